package desk_test

import (
	"strings"
	"testing"

	"sangto/internal/desk"
)

func TestWorkingDays(t *testing.T) {
	for _, c := range []struct {
		from string
		n    int
		want string
	}{
		{"2026-11-23", 7, "2026-12-02"}, // Monday: Tue Wed Thu Fri | Mon Tue Wed
		{"2026-11-20", 1, "2026-11-23"}, // Friday to Monday
		{"2026-11-20", 7, "2026-12-01"},
		{"2026-11-21", 7, "2026-12-01"}, // Saturday counts from Monday
		{"2026-11-22", 7, "2026-12-01"},
		{"2026-11-22", 0, "2026-11-22"},
		{"2026-12-28", 7, "2027-01-06"}, // holidays are not left out
		{"2028-02-24", 7, "2028-03-06"}, // a leap year
		{"1970-01-01", 1, "1970-01-02"},
	} {
		from, err := desk.ParseDay(c.from)
		if err != nil {
			t.Fatal(err)
		}
		if got := desk.WorkingDays(from, c.n).String(); got != c.want {
			t.Errorf("%d working days after %s: %s, want %s", c.n, c.from, got, c.want)
		}
	}
}

func TestLate(t *testing.T) {
	c := desk.Contest{State: desk.ContestWaiting, Due: 100}
	if c.Late(100) || !c.Late(101) {
		t.Error("a waiting contest is late from the day after it is due")
	}
	c.State, c.Decided = desk.ContestUpheld, 100
	if c.Late(500) {
		t.Error("answered on the last day is in time")
	}
	c.Decided = 101
	if !c.Late(500) {
		t.Error("answered a day late is late")
	}
	c.State, c.Decided = desk.ContestLapsed, 90
	if !c.Late(90) {
		t.Error("never answered is late")
	}
}

func TestStale(t *testing.T) {
	health := desk.Version{Act: desk.Publish, Topic: "health", Published: 1000, AsOf: 1000}
	later, law, school, gone := health, health, health, health
	later.AsOf = 1100
	law.Topic, school.Topic, gone.Act = "law", "school", desk.Withdraw
	for _, c := range []struct {
		v     desk.Version
		today desk.Day
		want  bool
	}{
		{health, 1180, false},
		{health, 1181, true},
		{later, 1181, false},
		{later, 1281, true},
		{law, 1181, true},
		{school, 9999, false},
		{gone, 9999, false},
	} {
		if got := desk.Stale(c.v, c.today); got != c.want {
			t.Errorf("%+v on day %d: %v", c.v, c.today, got)
		}
	}
}

// The canonical bytes are a promise to whoever checks a hash: this is what
// they are, byte by byte.
func TestPageBytes(t *testing.T) {
	p := desk.PolicyPage{DeskID: "river", Kind: desk.MethodologyPage, Number: 2, Text: desk.Wording{VI: "Dòng 1\n\"hai\" <b> & ơ", EN: ""}}
	const want = `{"desk":"river","kind":"methodology","number":2,"vi":"Dòng 1\n\"hai\" <b> & ơ","en":""}`
	if got := string(desk.PageBytes(p)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := desk.HashBytes([]byte(want)); len(got) != 64 || strings.ToLower(got) != got {
		t.Errorf("hash %q", got)
	}
}

func TestWordingFor(t *testing.T) {
	for _, c := range []struct {
		w             desk.Wording
		tag, text, in string
	}{
		{desk.Wording{VI: "a", EN: "b"}, "vi", "a", "vi"},
		{desk.Wording{VI: "a", EN: "b"}, "en", "b", "en"},
		{desk.Wording{VI: "a"}, "en", "a", "vi"},
		{desk.Wording{EN: "b"}, "vi", "b", "en"},
		{desk.Wording{}, "vi", "", "vi"},
	} {
		if text, in := c.w.For(c.tag); text != c.text || in != c.in {
			t.Errorf("%+v for %s: %q in %s", c.w, c.tag, text, in)
		}
	}
}

func TestDecidedBy(t *testing.T) {
	member := func(id string, role desk.Role, ended bool) desk.Member {
		return desk.Member{ID: id, Role: role, Ended: ended}
	}
	ann, bob, cat, dan := member("ann", desk.Admin, false), member("bob", desk.Reviewer, false), member("cat", desk.Reviewer, false), member("dan", desk.Editor, false)
	gone := member("cat", desk.Reviewer, true)
	involved := map[string]bool{"ann": true, "bob": true}
	for _, c := range []struct {
		name    string
		m       desk.Member
		members []desk.Member
		want    desk.Decider
	}{
		{"uninvolved", cat, []desk.Member{ann, bob, cat, dan}, desk.You},
		{"involved, while another is not", ann, []desk.Member{ann, bob, cat, dan}, desk.NotYou},
		{"involved, everybody is", ann, []desk.Member{ann, bob}, desk.TwoOfYou},
		{"involved, an editor is not", ann, []desk.Member{ann, bob, dan}, desk.TwoOfYou},
		{"involved, who was not has left", bob, []desk.Member{ann, bob, gone}, desk.TwoOfYou},
		{"an editor", dan, []desk.Member{ann, bob, dan}, desk.NotYou},
		{"somebody who left", gone, []desk.Member{ann, bob, gone}, desk.NotYou},
	} {
		if got := desk.DecidedBy(c.m, c.members, involved); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
