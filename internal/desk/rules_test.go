package desk_test

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"sangto/internal/desk"
)

func key(err error) string {
	var e *desk.Error
	if errors.As(err, &e) {
		return e.Key
	}
	return ""
}

func TestDayOf(t *testing.T) {
	hanoi := time.FixedZone("Hà Nội", 7*3600)
	west := time.FixedZone("west", -11*3600)
	for _, c := range []struct {
		at   string
		zone *time.Location
		want string
	}{
		{"2026-03-01T16:59:59Z", hanoi, "2026-03-01"},
		{"2026-03-01T17:00:00Z", hanoi, "2026-03-02"},
		{"2026-03-01T10:59:59Z", west, "2026-02-28"},
		{"2024-02-28T17:00:00Z", hanoi, "2024-02-29"},
		{"1969-12-31T12:00:00Z", time.UTC, "1969-12-31"},
		{"2026-03-02T01:00:00+07:00", hanoi, "2026-03-02"},
	} {
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := desk.DayOf(at, c.zone).String(); got != c.want {
			t.Errorf("%s in %v is %s, want %s", c.at, c.zone, got, c.want)
		}
	}
}

// Days follow one another without a gap or a double, also where clocks are
// put forward and back.
func TestDaysAreConsecutive(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip("no zone files here")
	}
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, zone)
	last := desk.DayOf(at, zone)
	for h := range 400 * 24 {
		day := desk.DayOf(at.Add(time.Duration(h)*time.Hour), zone)
		if day != last && day != last+1 {
			t.Fatalf("after %s comes %s", last, day)
		}
		last = day
	}
	if want := desk.DayOf(at, zone) + 399; last != want {
		t.Errorf("400 days end on %s, want %s", last, want)
	}
}

func TestParseDay(t *testing.T) {
	for s, want := range map[string]string{
		"2026-03-01": "2026-03-01", "2026-03-01T23:59:59+07:00": "2026-03-01", "2026-03-01 10:00:00": "2026-03-01", "1900-01-01": "1900-01-01",
		"2999-12-31": "2999-12-31", "2024-02-29": "2024-02-29",
	} {
		if got, err := desk.ParseDay(s); err != nil || got.String() != want {
			t.Errorf("%q is %v, %v", s, got, err)
		}
	}
	for _, s := range []string{
		"", "2026-3-1", "01-03-2026", "2026-02-29", "1899-12-31", "3000-01-01", "2026-03-01X", "2026-03-011",
		"０２０２６", "2026-13-01", "T2026-03-01", "2026-03-01\x00",
	} {
		if got, err := desk.ParseDay(s); err == nil {
			t.Errorf("%q is %v", s, got)
		}
	}
}

func TestDayJSON(t *testing.T) {
	type row struct{ Day desk.Day }
	for day, want := range map[desk.Day]string{0: `{"Day":""}`, 20513: `{"Day":"2026-03-01"}`, -1: `{"Day":"1969-12-31"}`} {
		b, err := json.Marshal(row{day})
		if err != nil || string(b) != want {
			t.Errorf("%d is written %s, %v", day, b, err)
		}
		var back row
		if err := json.Unmarshal(b, &back); err != nil || back.Day != day {
			t.Errorf("%s is read as %d, %v", b, back.Day, err)
		}
	}
	var r row
	if err := json.Unmarshal([]byte(`{"Day":"tomorrow"}`), &r); err == nil {
		t.Error("tomorrow is a day")
	}
}

func TestIDs(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		id, err := desk.NewID(rand.Reader)
		if err != nil || !desk.ValidID(id) || id != strings.ToLower(id) || seen[id] {
			t.Fatalf("%q, %v", id, err)
		}
		seen[id] = true
	}
	if _, err := desk.NewID(bytes.NewReader(make([]byte, desk.IDSize-1))); err == nil {
		t.Error("a key was drawn from too little")
	}
	if id := desk.HashID([32]byte{0xff}); id != "zw00000000000000" || !desk.ValidID(id) {
		t.Errorf("hash key %q", id)
	}
	for _, bad := range []string{"", "0", "000000000000000", "00000000000000000", "000000000000000i", "000000000000000Z", "00000000/0000000", "0000000000000 00", "000000000000000\n", "0000000\n00000000", "đ00000000000000"} {
		if desk.ValidID(bad) {
			t.Errorf("%q passes for a key", bad)
		}
	}
}

func TestClaimStates(t *testing.T) {
	all := []desk.ClaimState{desk.Waiting, desk.Checking, desk.Answered, desk.Closed, "", "other"}
	allowed := map[[2]desk.ClaimState]bool{
		{desk.Waiting, desk.Checking}: true, {desk.Waiting, desk.Closed}: true, {desk.Checking, desk.Answered}: true,
		{desk.Checking, desk.Closed}: true, {desk.Closed, desk.Checking}: true,
		// A refusal taken back; only without a wording, which the schema holds.
		{desk.Closed, desk.Waiting}: true,
	}
	for _, from := range all {
		for _, to := range all {
			if got := from.MayBecome(to); got != allowed[[2]desk.ClaimState{from, to}] {
				t.Errorf("%s to %s: %v", from, to, got)
			}
		}
	}
}

// The retention that TRUST promises: no installation can lengthen it, and no
// slip of a finger either.
func TestRetention(t *testing.T) {
	if desk.TextDays != 14 || desk.OpenDays != 60 || desk.ReceiptDays != 365 || desk.QuestionMax != 2000 || desk.MessageMax != 65536 {
		t.Error("the retention or the limits changed")
	}
}

func TestClosedLists(t *testing.T) {
	for _, bad := range []string{"", "TRUE", "misleading", "true ", "false"} {
		if desk.Verdict(bad).Valid() || desk.NotRatedKind(bad).Valid() || desk.ClaimKind(bad).Valid() ||
			desk.ClaimantKind(bad).Valid() || desk.OwnerKind(bad).Valid() || desk.Role(bad).Valid() || desk.Stance(bad).Valid() {
			t.Errorf("%q is on a list", bad)
		}
	}
	for _, v := range desk.Verdicts() {
		if !v.Valid() {
			t.Errorf("verdict %s", v)
		}
	}
	for _, k := range desk.NotRatedKinds() {
		if !k.Valid() {
			t.Errorf("not rated as %s", k)
		}
	}
	if len(desk.Verdicts()) != 6 || slices.Contains(desk.Verdicts(), "misleading") || len(desk.NotRatedKinds()) != 5 {
		t.Error("the scale changed")
	}
}

func version() desk.Version {
	return desk.Version{Claim: "Đập xả tối nay", Summary: "Không có lệnh xả.", Verdict: desk.NotTrue, Kind: desk.FactKind, AboutPower: true}
}

func TestCheckVersion(t *testing.T) {
	independent := desk.Desk{OwnerKind: desk.OwnerIndependent}
	for _, c := range []struct {
		name   string
		change func(*desk.Version, *desk.Desk)
		key    string
	}{
		{"as it should be", func(*desk.Version, *desk.Desk) {}, ""},
		{"no claim", func(v *desk.Version, _ *desk.Desk) { v.Claim = " \n" }, "error.version.claim"},
		{"no summary", func(v *desk.Version, _ *desk.Desk) { v.Summary = "" }, "error.version.summary"},
		{"longest summary", func(v *desk.Version, _ *desk.Desk) { v.Summary = strings.Repeat("ộ", 280) }, ""},
		{"too long a summary", func(v *desk.Version, _ *desk.Desk) { v.Summary = strings.Repeat("ộ", 281) }, "error.version.summary"},
		{"no verdict", func(v *desk.Version, _ *desk.Desk) { v.Verdict = "" }, "error.version.verdict"},
		{"no kind", func(v *desk.Version, _ *desk.Desk) { v.Kind = "" }, "error.version.kind"},
		{"not rated without reason", func(v *desk.Version, _ *desk.Desk) { v.Verdict = desk.NotRated }, "error.version.not_rated"},
		{"verdict with a reason for none", func(v *desk.Version, _ *desk.Desk) { v.NotRatedKind = desk.Opinion }, "error.version.not_rated"},
		{"not rated", func(v *desk.Version, _ *desk.Desk) { v.Verdict, v.NotRatedKind = desk.NotRated, desk.Opinion }, ""},
		{"verdict on an opinion", func(v *desk.Version, _ *desk.Desk) { v.Kind = desk.OpinionKind }, "error.version.only_facts"},
		{"verdict on satire", func(v *desk.Version, _ *desk.Desk) { v.Kind = desk.SatireKind }, "error.version.only_facts"},
		{"verdict on a private matter", func(v *desk.Version, _ *desk.Desk) { v.Kind = desk.PrivateKind }, "error.version.only_facts"},
		{"verdict on a prediction", func(v *desk.Version, _ *desk.Desk) { v.Kind = desk.PredictionKind }, "error.version.only_facts"},
		{"state desk on power", func(_ *desk.Version, d *desk.Desk) { d.OwnerKind = desk.OwnerState }, "error.version.own_cause"},
		{"party desk on power", func(_ *desk.Version, d *desk.Desk) { d.OwnerKind = desk.OwnerParty }, "error.version.own_cause"},
		{"state-funded desk on power", func(_ *desk.Version, d *desk.Desk) { d.FunderKind = desk.OwnerState }, "error.version.own_cause"},
		{"state desk on power, not enough evidence", func(v *desk.Version, d *desk.Desk) {
			d.OwnerKind, v.Verdict = desk.OwnerState, desk.NotEnoughEvidence
		}, "error.version.own_cause"},
		{"state desk on power, in its favour", func(v *desk.Version, d *desk.Desk) { d.OwnerKind, v.Verdict = desk.OwnerState, desk.True }, "error.version.own_cause"},
		{"state desk on power, not rated", func(v *desk.Version, d *desk.Desk) {
			d.OwnerKind, v.Verdict, v.NotRatedKind = desk.OwnerState, desk.NotRated, desk.NotIndependent
		}, ""},
		{"state desk on the weather", func(v *desk.Version, d *desk.Desk) { d.OwnerKind, v.AboutPower = desk.OwnerState, false }, ""},
		{"company desk on power", func(_ *desk.Version, d *desk.Desk) { d.OwnerKind = desk.OwnerCompany }, ""},
		{"university desk on power", func(_ *desk.Version, d *desk.Desk) { d.OwnerKind = desk.OwnerUniversity }, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			v, d := version(), independent
			c.change(&v, &d)
			if err := desk.CheckVersion(d, v); key(err) != c.key || (err == nil) != (c.key == "") {
				t.Errorf("%v, want %q", err, c.key)
			}
		})
	}
}

func TestCheckApprovals(t *testing.T) {
	by := func(member string) desk.Approval { return desk.Approval{MemberID: member, Revision: "r1"} }
	for _, c := range []struct {
		name      string
		approvals []desk.Approval
		key       string
	}{
		{"none", nil, "error.approval.two_keys"},
		{"author alone", []desk.Approval{by("an")}, "error.approval.two_keys"},
		{"author twice", []desk.Approval{by("an"), by("an")}, "error.approval.two_keys"},
		{"another alone", []desk.Approval{by("bình")}, "error.approval.two_keys"},
		{"another twice", []desk.Approval{by("bình"), by("bình")}, "error.approval.two_keys"},
		{"author and another", []desk.Approval{by("an"), by("bình")}, ""},
		{"two others", []desk.Approval{by("bình"), by("chi")}, ""},
		{"one of an older revision", []desk.Approval{by("an"), {MemberID: "bình", Revision: "r0"}}, "error.approval.stale"},
		{"two and one of an older revision", []desk.Approval{by("an"), by("bình"), {MemberID: "chi", Revision: "r0"}}, "error.approval.stale"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := desk.CheckApprovals(desk.Version{Author: "an"}, "r1", c.approvals); key(err) != c.key || (err == nil) != (c.key == "") {
				t.Errorf("%v, want %q", err, c.key)
			}
		})
	}
}

func TestWebAddress(t *testing.T) {
	for _, s := range []string{"https://a.example/x", "http://a.example", "https://a.example:8080/?q=ộ#x", "HTTPS://a.example"} {
		if !desk.WebAddress(s) {
			t.Errorf("%q is refused", s)
		}
	}
	for _, s := range []string{
		"", "a.example", "//a.example", "/x", "https:///x", "https:a.example", "ftp://a.example", "javascript:alert(1)", "data:text/html,x",
		"https://u:p@a.example", "https://u@a.example", "java\nscript:alert(1)", "https://a.example\x00", " https://a.example",
	} {
		if desk.WebAddress(s) {
			t.Errorf("%q passes", s)
		}
	}
}

func TestTopicsAreDistinct(t *testing.T) {
	topics := slices.Sorted(slices.Values(desk.Topics()))
	if len(slices.Compact(topics)) != len(desk.Topics()) || !slices.Contains(desk.Topics(), "other") {
		t.Errorf("topics %v", desk.Topics())
	}
}
