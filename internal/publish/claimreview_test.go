package publish_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sangto/internal/desk"
	"sangto/internal/exchange"
	"sangto/internal/lang"
	"sangto/internal/publish"
)

var update = flag.Bool("update", false, "write the expected output anew")

// golden holds got against a file under testdata, or writes it.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

func speak(t testing.TB, tag string) *lang.Words {
	t.Helper()
	c, err := lang.Load()
	if err != nil {
		t.Fatal(err)
	}
	return c.For(tag)
}

func on(t testing.TB, s string) desk.Day {
	t.Helper()
	d, err := desk.ParseDay(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

var siteURL = &url.URL{Scheme: "https", Host: "sangto.example"}

// piece is a check in Vietnamese as it is first published.
func piece(t testing.TB) publish.Piece {
	return publish.Piece{
		Check: desk.Check{ID: "00000000000000d1", DeskID: "bensong", Lang: "vi", ClaimID: "c1"},
		Desk: desk.Desk{
			ID: "bensong", Local: true, Name: "Bàn tin Bến Sông", URL: "https://bensong.example", Lang: "vi",
			Owner: "Hợp tác xã báo chí Bến Sông, 14 thành viên", OwnerKind: desk.OwnerIndependent, Funders: "Bạn đọc góp 62 %, Quỹ Sông Xanh 38 %", FunderKind: desk.OwnerUnknown,
		},
		Version: desk.Version{
			CheckID: "00000000000000d1", Number: 1, Act: desk.Publish, Kind: desk.FactKind, ClaimantKind: desk.ClaimantOffice,
			Verdict: desk.NotTrue, Topic: "weather", Published: on(t, "2026-11-18"), AsOf: on(t, "2026-11-18"), Author: "m1",
			Claim:   "Đêm nay đập thủy điện Suối Vàng xả toàn bộ nước </script><b>&",
			Title:   "Đập Suối Vàng không xả toàn bộ nước đêm 18 tháng 11",
			Summary: "Nhà máy chỉ mở một cửa từ 14 đến 17 giờ; không xã nào có lệnh sơ tán.",
			Body:    "Lịch vận hành ghi **một cửa**.",
		},
	}
}

// states are the piece in every state that a check of ours can have.
func states(t testing.TB) map[string]publish.Piece {
	with := func(change func(p *publish.Piece)) publish.Piece {
		p := piece(t)
		change(&p)
		return p
	}
	verdict := func(v desk.Verdict) publish.Piece {
		return with(func(p *publish.Piece) { p.Version.Verdict = v })
	}
	return map[string]publish.Piece{
		"not-true": piece(t), "true": verdict(desk.True), "mostly-true": verdict(desk.MostlyTrue),
		"missing-context": verdict(desk.MissingContext), "not-enough": verdict(desk.NotEnoughEvidence),
		"opinion": with(func(p *publish.Piece) {
			p.Version.Verdict, p.Version.NotRatedKind, p.Version.Kind = desk.NotRated, desk.Opinion, desk.OpinionKind
		}),
		"english": with(func(p *publish.Piece) {
			p.Check.Lang, p.Version.Claim, p.Version.Title, p.Version.Summary = "en", "The dam lets all its water go tonight.", "The dam opened one gate for three hours", "One gate, announced three days before."
		}),
		"undeclared": with(func(p *publish.Piece) { p.Desk.Owner, p.Desk.Funders, p.Desk.OwnerKind = "", "", desk.OwnerUnknown }),
		"corrected": with(func(p *publish.Piece) {
			p.First, p.Version.Number, p.Version.Act, p.Version.Published = p.Version.Published, 2, desk.Correct, on(t, "2026-11-20")
			p.Version.Reason, p.Version.Note = "Số giờ", "Bản đầu viết 13 giờ; lịch ghi 14 giờ."
		}),
		"withdrawn": with(func(p *publish.Piece) {
			p.First, p.Version.Number, p.Version.Act, p.Version.Published = p.Version.Published, 2, desk.Withdraw, on(t, "2026-11-21")
			p.Version.Reason, p.Version.Note, p.Version.Gone = "Nguồn sai", "Lịch chúng tôi đọc là của đập khác.", true
		}),
		"withheld": with(func(p *publish.Piece) {
			p.First, p.Version.Number, p.Version.Act, p.Version.Published = p.Version.Published, 2, desk.WithholdOrder, on(t, "2026-11-22")
			p.Version.Order = desk.Order{Body: "Tòa án Thượng Đồng", Date: on(t, "2026-11-21"), Law: "Luật số 1", Digest: strings.Repeat("ab", 32), Lapses: on(t, "2027-05-21")}
			p.Version = p.Version.Hidden()
		}),
		"erased": with(func(p *publish.Piece) {
			p.Version.Claim, p.Version.Title, p.Version.Summary, p.Version.Body, p.Version.Erased = "", "", "", "", true
		}),
	}
}

// silent are the states in which no finding stands.
var silent = []string{"withdrawn", "withheld", "erased"}

func TestClaimReviewGolden(t *testing.T) {
	for name, p := range states(t) {
		got, ok := publish.ClaimReview(siteURL, speak(t, p.Check.Lang), p)
		if ok == slices.Contains(silent, name) {
			t.Errorf("%s: described: %v", name, ok)
		}
		if !ok {
			continue
		}
		var b bytes.Buffer
		if err := json.Indent(&b, got, "", "  "); err != nil {
			t.Fatal(err)
		}
		golden(t, "claimreview-"+name+".json", append(b.Bytes(), '\n'))
	}
}

// members are the closed list of what each type may have; those before the bar
// must be there.
var members = map[string]string{
	"ClaimReview":       "@context @type @id url claimReviewed inLanguage datePublished version reviewRating author publisher isAccessibleForFree usageInfo | name description dateModified correction",
	"Rating":            "@type alternateName | ratingValue bestRating worstRating",
	"Organization":      "@type @id name url ownershipFundingInfo |",
	"CreativeWork":      "@type text |",
	"CorrectionComment": "@type datePublished | text",
	"":                  "@id |",
	"DataFeed":          "@context @type name url usageInfo dataFeedElement |",
}

// schemaFaults reads JSON-LD against the rules that fact checks follow: the
// types and members of schema.org that are used here and no others, numbers on
// the scale only all together, every address under the site's own host, and
// nowhere a word on who made the claim.
func schemaFaults(doc []byte) []string {
	d := json.NewDecoder(bytes.NewReader(doc))
	var v any
	if err := d.Decode(&v); err != nil {
		return []string{err.Error()}
	}
	var out []string
	for _, word := range []string{"itemReviewed", "appearance", "sameAs", "Person", "</"} {
		if bytes.Contains(doc, []byte(word)) {
			out = append(out, "says "+word)
		}
	}
	return append(out, objectFaults(v)...)
}

func objectFaults(v any) []string {
	var out []string
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			out = append(out, objectFaults(e)...)
		}
	case map[string]any:
		kind, _ := v["@type"].(string)
		list, known := members[kind]
		if !known {
			out = append(out, "a "+kind)
		}
		must, may, _ := strings.Cut(list, "|")
		for _, name := range strings.Fields(must) {
			if v[name] == nil || v[name] == "" {
				out = append(out, kind+" without "+name)
			}
		}
		for name, inner := range v {
			if !slices.Contains(strings.Fields(must+may), name) {
				out = append(out, kind+" with "+name)
			}
			out = append(out, valueFaults(kind, name, inner)...)
			out = append(out, objectFaults(inner)...)
		}
		if n := len(present(v, "ratingValue", "bestRating", "worstRating")); kind == "Rating" && n != 0 && n != 3 {
			out = append(out, "a scale in parts")
		}
	}
	return out
}

func present(v map[string]any, names ...string) (out []string) {
	for _, n := range names {
		if v[n] != nil {
			out = append(out, n)
		}
	}
	return out
}

var isoDay = regexp.MustCompile(`^\d{4}-\d\d-\d\d$`)

func valueFaults(kind, name string, v any) []string {
	s, _ := v.(string)
	switch {
	case name == "@context" && s != "https://schema.org":
		return []string{"context " + s}
	case (name == "url" || name == "@id") && !strings.HasPrefix(s, siteURL.String()+"/"):
		return []string{kind + " at " + s}
	case strings.HasPrefix(name, "date") && name != "dataFeedElement" && !isoDay.MatchString(s):
		return []string{name + " " + s}
	}
	if n, ok := v.(float64); ok && name == "ratingValue" && (n < 1 || n > 5) {
		return []string{"a rating off the scale"}
	}
	return nil
}

func TestClaimReviewFollowsTheRules(t *testing.T) {
	for name, p := range states(t) {
		for _, tag := range lang.Tags() {
			words := speak(t, tag)
			got, ok := publish.ClaimReview(siteURL, words, p)
			if !ok {
				continue
			}
			for _, fault := range schemaFaults(got) {
				t.Errorf("%s: %s", name, fault)
			}
			var r struct {
				Rating struct {
					Words string   `json:"alternateName"`
					Value *float64 `json:"ratingValue"`
				} `json:"reviewRating"`
				Usage struct{ Text string } `json:"usageInfo"`
			}
			if err := json.Unmarshal(got, &r); err != nil {
				t.Fatal(err)
			}
			ordered := slices.Contains([]desk.Verdict{desk.True, desk.MostlyTrue, desk.NotTrue}, p.Version.Verdict)
			if r.Rating.Words != publish.Label(words, p) || (r.Rating.Value != nil) != ordered {
				t.Errorf("%s: rated %+v", name, r.Rating)
			}
			if r.Usage.Text != words.T("check.fixed_line") {
				t.Errorf("%s: the line is %q", name, r.Usage.Text)
			}
		}
	}
}

// TestSchemaRulesBite plants what the rules forbid.
func TestSchemaRulesBite(t *testing.T) {
	good, _ := publish.ClaimReview(siteURL, speak(t, "vi"), piece(t))
	if faults := schemaFaults(good); len(faults) > 0 {
		t.Fatal(faults)
	}
	for _, change := range [][2]string{
		{`"claimReviewed"`, `"itemReviewed"`},
		{`"@type":"ClaimReview"`, `"@type":"Review"`},
		{`"ratingValue":1,`, ``},
		{`"ratingValue":1`, `"ratingValue":9`},
		{`"url":"https://sangto.example/c`, `"url":"https://elsewhere.example/c`},
		{`"2026-11-18"`, `"18/11/2026"`},
		{`"name":"Bàn tin Bến Sông"`, `"name":""`},
		{`"ownershipFundingInfo"`, `"sameAs"`},
		{`"Organization"`, `"Person"`},
	} {
		bad := strings.Replace(string(good), change[0], change[1], 1)
		if bad == string(good) || len(schemaFaults([]byte(bad))) == 0 {
			t.Errorf("%s for %s passes", change[1], change[0])
		}
	}
}

func TestUnstatedAndForeignAreNotDescribed(t *testing.T) {
	p := piece(t)
	p.Check.SourceURL = "https://elsewhere.example/1"
	if _, ok := publish.ClaimReview(siteURL, speak(t, "vi"), p); ok {
		t.Error("another desk's check is described as ours")
	}
}

// TestDataFeedComesBack reads the feed with the importer that other desks use.
func TestDataFeedComesBack(t *testing.T) {
	var b bytes.Buffer
	feed := publish.NewDataFeed(&b, "Sáng Tỏ", "https://sangto.example/claimreview.json", speak(t, "vi").T("check.fixed_line"))
	want := map[string]publish.Piece{}
	n := 0
	all := states(t)
	for _, name := range slices.Sorted(func(yield func(string) bool) {
		for k := range all {
			if !yield(k) {
				return
			}
		}
	}) {
		p := all[name]
		n++
		p.Check.ID = "00000000000000" + string(rune('a'+n/10)) + string(rune('0'+n%10))
		review, ok := publish.ClaimReview(siteURL, speak(t, p.Check.Lang), p)
		if !ok {
			continue
		}
		want[publish.Address(siteURL, p.Check)] = p
		if err := feed.Add(review); err != nil {
			t.Fatal(err)
		}
	}
	if err := feed.End(); err != nil {
		t.Fatal(err)
	}
	for _, fault := range schemaFaults(b.Bytes()) {
		t.Error(fault)
	}
	golden(t, "datafeed.json", b.Bytes())
	for item, drop := range exchange.Read(bytes.NewReader(b.Bytes()), "claimreview.json", exchange.Limits{}) {
		if drop != nil {
			t.Errorf("dropped: %+v", drop)
			continue
		}
		p, ok := want[item.Address]
		delete(want, item.Address)
		words := speak(t, p.Check.Lang)
		owner, _ := publish.Ownership(words, p.Desk)
		got := []string{item.Rating, item.Title, item.Summary, item.Publisher, item.Owner, item.Lang, item.Published.String()}
		first := p.First
		if first == 0 {
			first = p.Version.Published
		}
		expect := []string{publish.Label(words, p), p.Version.Title, p.Version.Summary, p.Desk.Name, owner, p.Check.Lang, first.String()}
		if !ok || !slices.Equal(got, expect) {
			t.Errorf("%s came back as %q, went out as %q", item.Address, got, expect)
		}
	}
	if len(want) != 0 {
		t.Errorf("did not come back: %v", want)
	}
}

func TestEmptyDataFeedIsWhole(t *testing.T) {
	var b bytes.Buffer
	if err := publish.NewDataFeed(&b, "x", "https://sangto.example/claimreview.json", "y").End(); err != nil || !json.Valid(b.Bytes()) {
		t.Errorf("%v: %s", err, &b)
	}
}
