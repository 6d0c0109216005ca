package publish_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"sangto/internal/desk"
	"sangto/internal/lang"
	"sangto/internal/publish"
	"sangto/internal/speech"
)

func speaker(t testing.TB) *speech.Speech {
	t.Helper()
	s, err := speech.New()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAloudIsRefused(t *testing.T) {
	s := speaker(t)
	e := examples()
	power := e["not_true"]
	power.version.AboutPower = true
	french := e["not_true"]
	french.check.Lang = "fr"
	for _, c := range []struct {
		e    example
		want publish.NoAloud
	}{
		{e["not_true"], publish.AloudOffered},
		{e["withdrawn"], publish.AloudOffered},
		{e["not_rated_opinion"], publish.AloudOffered},
		{power, publish.AloudPower},
		{e["not_rated_not_independent"], publish.AloudPower},
		{e["rating"], publish.AloudImported},
		{e["withheld"], publish.AloudHidden},
		{e["erased"], publish.AloudHidden},
		{french, publish.AloudTongue},
	} {
		if got := publish.AloudRefused(s, c.e.check, c.e.version); got != c.want {
			t.Errorf("%v: %q, want %q", c.e.version.Verdict, got, c.want)
		}
	}
	for _, why := range []publish.NoAloud{publish.AloudPower, publish.AloudImported, publish.AloudHidden, publish.AloudTongue} {
		for _, tag := range lang.Tags() {
			if !words(t, tag).Has("share.aloud_none." + string(why)) {
				t.Errorf("%s does not say why: %s", tag, why)
			}
		}
	}
}

// TestAloud reads whole texts against testdata/aloud.
func TestAloud(t *testing.T) {
	s := speaker(t)
	for _, name := range []string{"not_true", "true", "withdrawn", "not_rated_prediction", "long", "short", "english"} {
		e := examples()[name]
		w := words(t, e.check.Lang)
		f := e.finding(w)
		a := publish.NewAloud(s, w, f, e.version.ToDo)
		spoken(t, name, f, a)
		goldenText(t, "testdata/aloud/"+name+".txt", a.Text+"\n")
		if f.Gone && strings.Contains(a.Text, s.Spell(a.Tag, f.Claim)) {
			t.Errorf("%s: a claim without a finding", name)
		}
	}
}

// spoken checks what holds for every text to be read out.
func spoken(t *testing.T, name string, f publish.Finding, a publish.Aloud) {
	t.Helper()
	if strings.ContainsAny(a.Text, "0123456789%$&/<>") {
		t.Errorf("%s: not written out: %s", name, a.Text)
	}
	s := speaker(t)
	claim := strings.TrimRight(s.Spell(a.Tag, f.Claim), ". ")
	truth := s.Spell(a.Tag, f.Truth)
	at, first := strings.Index(a.Text, claim), strings.Index(strings.ToLower(a.Text), strings.ToLower(strings.TrimRight(truth, ". ")))
	if first < 0 || f.Claim != "" && at >= 0 && at < first {
		t.Errorf("%s: the truth is at %d, the claim at %d", name, first, at)
	}
	if n := strings.Count(a.Text, claim); f.Claim != "" && n > 1 {
		t.Errorf("%s: the claim is read %d times", name, n)
	}
	if strings.Contains(a.Text, secret) {
		t.Errorf("%s: reads out what it must not", name)
	}
	if !strings.Contains(a.Text, strings.Split(f.Fixed, ".")[0]) {
		t.Errorf("%s: no fixed line", name)
	}
}

func goldenText(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll("testdata/aloud", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil || string(want) != got {
		t.Errorf("%s: %v\n%s", file, err, got)
	}
}

// TestDemoIsReadInAMinute: every check of the invented desks that may be read
// out takes 30 to 60 seconds.
func TestDemoIsReadInAMinute(t *testing.T) {
	s := speaker(t)
	raw, err := os.ReadFile("../demo/data/checks.json")
	if err != nil {
		t.Fatal(err)
	}
	var checks []struct {
		Slug, Lang, Verdict, Kind, Published, Claim, Title, Summary, Todo string
		AboutPower                                                        bool `json:"about_power"`
	}
	if err := json.Unmarshal(raw, &checks); err != nil {
		t.Fatal(err)
	}
	offered := 0
	for _, k := range checks {
		v := desk.Version{
			Act: desk.Publish, Kind: desk.ClaimKind(k.Kind), Verdict: desk.Verdict(k.Verdict), Claim: k.Claim, Title: k.Title, Summary: k.Summary,
			ToDo: k.Todo, Published: day(k.Published), AboutPower: k.AboutPower,
		}
		if v.Verdict == desk.NotRated {
			v.NotRatedKind = desk.NotRatedKind(k.Kind)
		}
		e := example{check: desk.Check{Lang: k.Lang}, desk: examples()["not_true"].desk, version: v}
		if publish.AloudRefused(s, e.check, v) != publish.AloudOffered {
			continue
		}
		offered++
		w := words(t, k.Lang)
		a := publish.NewAloud(s, w, e.finding(w), v.ToDo)
		spoken(t, k.Slug, e.finding(w), a)
		if a.Seconds < publish.AloudShortest || a.Seconds > publish.AloudLongest {
			t.Errorf("%s takes %d s:\n%s", k.Slug, a.Seconds, a.Text)
		}
	}
	if offered < 20 {
		t.Errorf("only %d checks are read out", offered)
	}
}

// FuzzAloud: any wording gives a text without digits, and one that fits goes
// no further than a minute.
func FuzzAloud(f *testing.F) {
	for _, e := range examples() {
		f.Add(e.version.Claim, e.version.Summary, e.version.ToDo, "vi")
	}
	f.Add("1/2", "**3** [4](https://5.example)", "- 6 %\n- 7", "en")
	s := speaker(f)
	words := map[string]*lang.Words{"vi": words(f, "vi"), "en": words(f, "en")}
	f.Fuzz(func(t *testing.T, claim, summary, toDo, tag string) {
		w := words[tag]
		if w == nil {
			return
		}
		e := examples()["not_true"]
		e.version.Claim, e.version.Summary, e.version.ToDo = claim, summary, toDo
		found := e.finding(w)
		a := publish.NewAloud(s, w, found, toDo)
		if strings.ContainsAny(a.Text, "0123456789") {
			t.Fatalf("%q", a.Text)
		}
		if bare := s.Seconds(tag, s.Spell(tag, found.Truth)); bare < 15 && a.Seconds > publish.AloudLongest {
			t.Fatalf("%d s of which the truth is %d: %q", a.Seconds, bare, a.Text)
		}
	})
}
