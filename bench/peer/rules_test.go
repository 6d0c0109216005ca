package peer

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"sangto/match"
)

func near(a, b float64) bool { return math.Abs(a-b) < 1e-9 }

func TestDice(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want float64
	}{
		// he ea al lt th | he ea al le ed: 3 common of 5 and 5.
		{"healthy"[:6], "healed", 0.6},
		// The example of the library's own documentation.
		{"healed", "sealed", 0.8},
		{"dam opens", "damopens", 1},
		{"a", "b", 0},
		{"a", "a", 1},
		// ni ig gh ht | na ac ch ht: 1 of 4 and 4.
		{"night", "nacht", 0.25},
		// Pairs count as often as they stand: aa aa aa | aa: 1 of 3 and 1.
		{"aaaa", "aa", 0.5},
		// Case is kept.
		{"ABC", "abc", 0},
		// xả ả_l lũ, white space gone: xả ảl lũ | xa al lu.
		{"xả lũ", "xa lu", 0},
		// A face outside the basic plane is two units: one pair more.
		{"ab😭", "ab", 0.5},
	} {
		if got := Dice(c.a, c.b); !near(got, c.want) {
			t.Errorf("Dice(%q, %q) = %v, want %v", c.a, c.b, got, c.want)
		}
		if Dice(c.a, c.b) != Dice(c.b, c.a) {
			t.Errorf("Dice(%q, %q) depends on the order", c.a, c.b)
		}
	}
}

func TestBM25Score(t *testing.T) {
	x := newWordIndex(1.2, 0.75, 1)
	x.add([]string{"dam", "opens", "tonight"})
	x.add([]string{"bank", "opens", "opens", "now", "x"})
	hits := x.search([]string{"opens", "dam"}, 1, 10)
	// Two rows of 3 and 5 words, average 4. idf(opens) = ln(1 + 0.5/2.5),
	// idf(dam) = ln(1 + 1.5/1.5).
	norm0, norm1 := 1.2*(0.25+0.75*3/4), 1.2*(0.25+0.75*5/4)
	want0 := math.Log(1.2)/(1+norm0) + math.Log(2)/(1+norm0)
	want1 := math.Log(1.2) * 2 / (2 + norm1)
	if len(hits) != 2 || hits[0].row != 0 || !near(hits[0].score, want0) || !near(hits[1].score, want1) {
		t.Errorf("hits = %+v, want row 0 at %v and row 1 at %v", hits, want0, want1)
	}
	if again := x.search([]string{"opens", "dam"}, 1, 10); !slices.Equal(again, hits) {
		t.Errorf("a second search finds %+v", again)
	}
	if both := x.search([]string{"opens", "dam"}, 2, 10); len(both) != 1 || both[0].row != 0 {
		t.Errorf("rows with both words: %+v", both)
	}
	if best := x.search([]string{"opens", "dam"}, 1, 1); len(best) != 1 || best[0].row != 0 {
		t.Errorf("the best one: %+v", best)
	}
}

func TestInsertKeepsTheBest(t *testing.T) {
	var best []scored
	for i, s := range []float64{1, 5, 3, 5, 2, 4} {
		best = insert(best, scored{int32(i), s}, 3)
	}
	want := []scored{{1, 5}, {3, 5}, {5, 4}}
	if !slices.Equal(best, want) {
		t.Errorf("best = %v, want %v", best, want)
	}
}

func TestPercent(t *testing.T) {
	for _, c := range [][3]int{{10, 70, 7}, {11, 70, 7}, {9, 88, 7}, {8, 88, 7}, {25, 70, 17}, {1, 70, 0}} {
		if got := percent(c[0], c[1]); got != c[2] {
			t.Errorf("%d %% of %d = %d, want %d", c[1], c[0], got, c[2])
		}
	}
}

func TestAnalyzers(t *testing.T) {
	for _, c := range []struct {
		name      string
		got, want []string
	}{
		{"plain", plainWords("Don't eat 4.1930 Thủy-điện!"), []string{"don", "t", "eat", "4", "1930", "thủy", "điện"}},
		{"plain, decomposed", plainWords("thu\u0309y"), []string{"thu", "y"}},
		{"standard", standardWords("Don't eat 4.1930 Thủy-điện!"), []string{"don't", "eat", "4.1930", "thủy", "điện"}},
		{"stopped", stoppedWords("The dam IS open: https://t.co/Ab"), []string{"dam", "open", "https://t.co/ab"}},
	} {
		if !slices.Equal(c.got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, c.got, c.want)
		}
	}
}

func TestMoreLikeThisTerms(t *testing.T) {
	x := newElastic()
	x.add([]string{"dam", "opens"})
	x.add([]string{"bank", "opens"})
	x.add([]string{"bank", "opens"})
	// Weights: opens 1+ln(4/4) = 1, twice 2; bank 1+ln(4/3) = 1.29; dam
	// 1+ln(4/2) = 1.69; flood is in no document.
	if got := x.alike([]string{"opens", "bank", "flood", "dam"}, 25); !slices.Equal(got, []string{"dam", "bank", "opens"}) {
		t.Errorf("terms = %q", got)
	}
	if got := x.alike([]string{"opens", "bank", "opens", "dam"}, 2); !slices.Equal(got, []string{"opens", "dam"}) {
		t.Errorf("two terms = %q", got)
	}
}

func build(t *testing.T, k Kind, docs ...match.Doc) System {
	t.Helper()
	s, err := k.Build(t.Context(), docs, "en")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func ask(t *testing.T, s System, text string) Reply {
	t.Helper()
	r, err := s.Ask(context.Background(), text, 10)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

const damClaim = "dam upstream opened tonight three districts flooded before morning comes"

func TestCofactsRule(t *testing.T) {
	s := build(t, Cofacts(),
		match.Doc{ID: "dam", Claim: damClaim},
		match.Doc{ID: "salt", Claim: "salt water cures fever"},
	)
	if r := ask(t, s, damClaim); !r.Answered || r.Docs[0] != "dam" || !near(r.Present, 1) {
		t.Errorf("the same words: %+v", r)
	}
	// Up to ten terms: all must match. Two are dropped from the message and the
	// rest match, but the similarity is 2·49/(61+49) = 0.89: a candidate.
	if r := ask(t, s, strings.TrimSuffix(damClaim, " morning comes")); r.Answered || len(r.Docs) != 1 || r.Present >= 0.95 {
		t.Errorf("two words less: %+v", r)
	}
	// Four terms that the index knows, one of another document: nothing has all.
	if r := ask(t, s, "dam upstream opened salt"); len(r.Docs) != 0 {
		t.Errorf("a word too many: %+v", r)
	}
	if r := ask(t, s, "nothing known here"); len(r.Docs) != 0 || r.Answered {
		t.Errorf("unknown words: %+v", r)
	}
}

func TestCofactsRuleWithTwoFound(t *testing.T) {
	s := build(t, Cofacts(), match.Doc{ID: "b", Claim: damClaim + " again"}, match.Doc{ID: "a", Claim: damClaim})
	// Both have all the words: the bot shows both, the more similar one first.
	if r := ask(t, s, damClaim); r.Answered || !slices.Equal(r.Docs, []string{"a", "b"}) {
		t.Errorf("two found: %+v", r)
	}
}

func TestCheckRule(t *testing.T) {
	docs := []match.Doc{{ID: "dam", Title: "Dam", Claim: damClaim}}
	for i := range 40 {
		docs = append(docs, match.Doc{ID: "other" + string(rune('A'+i)), Claim: "salt water cures fever"})
	}
	s := build(t, Check(), docs...)
	if r := ask(t, s, damClaim); !r.Answered || !slices.Equal(r.Docs, []string{"dam"}) {
		t.Errorf("the same words: %+v", r)
	}
	// 10 known of 11 is 90 %: 88 % of 11 is 9.68, rounded down 9.
	if r := ask(t, s, damClaim+" honestly"); !r.Answered {
		t.Errorf("one word more: %+v", r)
	}
	// 10 of 14: 88 % needs 12, 70 % needs 9.
	if r := ask(t, s, damClaim+" people say this everywhere"); r.Answered || !slices.Equal(r.Docs, []string{"dam"}) {
		t.Errorf("four words more: %+v", r)
	}
	// 10 of 15: 70 % needs 10, of 16: 11.
	if r := ask(t, s, damClaim+" people say this everywhere now ok"); len(r.Docs) != 0 {
		t.Errorf("six words more: %+v", r)
	}
	// Seven words of the claim: enough score, too short to be confirmed.
	if r := ask(t, s, "dam upstream opened tonight three districts flooded"); r.Answered || len(r.Docs) != 1 {
		t.Errorf("seven words: %+v", r)
	}
	// A score of at most 10 does not count: every other document says it.
	if r := ask(t, s, "salt water cures fever"); len(r.Docs) != 0 {
		t.Errorf("common words: %+v", r)
	}
}

func TestDisjunction(t *testing.T) {
	const text = `The "dam" AND the NEAR( dam opens`
	if got := disjunction(text, false); got != `"the" OR "dam" OR "and" OR "near" OR "opens"` {
		t.Errorf("disjunction = %s", got)
	}
	if got := disjunction(text, true); got != `"dam" OR "near" OR "opens"` {
		t.Errorf("without stop words = %s", got)
	}
	if got := disjunction("!!!", false); got != "" {
		t.Errorf("of nothing = %q", got)
	}
}

// TestSystems asks every system that runs in this process the same things.
func TestSystems(t *testing.T) {
	docs := []match.Doc{
		{ID: "bank", Title: "Bank accounts", Claim: "The bank will close all accounts without a fingerprint tomorrow"},
		{ID: "dam", Title: "Dam", Claim: "The dam upstream will be opened tonight and three districts flooded"},
		{ID: "salt", Title: "Salt water", Claim: "Drinking salt water cures the new fever within an hour"},
	}
	for _, k := range []Kind{Sangto("sangto", true), Sangto("raw", false), BM25(), BM25Better(), FTS5(false), FTS5(true), Bleve()} {
		t.Run(k.Name, func(t *testing.T) { findsDam(t, build(t, k, docs...)) })
	}
}

func findsDam(t *testing.T, s System) {
	t.Helper()
	r := ask(t, s, `is it true that "the dam" upstream is opened tonight? * OR (`)
	if len(r.Docs) == 0 || r.Docs[0] != "dam" {
		t.Errorf("found %v, want dam first", r.Docs)
	}
	if r := ask(t, s, "?!"); len(r.Docs) != 0 {
		t.Errorf("no words find %v", r.Docs)
	}
}

func TestPostgres(t *testing.T) {
	c, err := StartCluster()
	if err == ErrNoPostgres {
		t.Skip("NOT TESTED on PostgreSQL:", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	docs := []match.Doc{
		{ID: "bank", Claim: "The bank will close all accounts without a fingerprint tomorrow"},
		{ID: "dam", Claim: "The dam upstream will be opened tonight and three districts flooded"},
	}
	findsDam(t, build(t, TSRank(c), docs...))
	s := build(t, Trigram(c), docs...)
	if r := ask(t, s, "the dam upstream is opened tonight"); len(r.Docs) != 2 || r.Docs[0] != "dam" {
		t.Errorf("trigrams find %v, want dam first", r.Docs)
	}
}

func TestGroupings(t *testing.T) {
	messages := []struct{ id, text string }{
		{"1", "The dam upstream will be opened tonight and three districts flooded"},
		{"2", "The dam upstream will be opened tonight and three districts flooded"},
		{"3", "Drinking salt water cures the new fever within an hour of the first cough"},
	}
	for _, k := range Groupings() {
		g := k.New()
		var got []string
		for _, m := range messages {
			got = append(got, g.Join(m.id, m.text))
		}
		want := []string{"1", "1", "3"}
		switch {
		case k.Name == "each alone":
			want = []string{"1", "2", "3"}
		case strings.HasPrefix(k.Name, "Check"):
			// One message says too little about how rare a word is for a raw
			// score above 10.
			want = []string{"1", "2", "3"}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s groups %v, want %v", k.Name, got, want)
		}
	}
}
