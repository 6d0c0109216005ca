package eval_test

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"sangto/internal/eval"
	"sangto/match"
	"sangto/viet"
)

func near(a, b float64) bool { return math.Abs(a-b) < 1e-9 }

func TestMeasures(t *testing.T) {
	rel := map[string]bool{"a": true, "b": true}
	docs := []string{"x", "a", "y", "b", "z"}
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		// Relevant at ranks 2 and 4: (1/2 + 2/4) / 2.
		{"AP@5", eval.AveragePrecision(docs, rel, 5), 0.5},
		{"AP@3", eval.AveragePrecision(docs, rel, 3), 0.25},
		{"AP@1", eval.AveragePrecision(docs, rel, 1), 0},
		{"AP of nothing", eval.AveragePrecision(nil, rel, 5), 0},
		{"R@1", eval.Recall(docs, rel, 1), 0},
		{"R@2", eval.Recall(docs, rel, 2), 0.5},
		{"R@10", eval.Recall(docs, rel, 10), 1},
		{"RR", eval.ReciprocalRank(docs, rel, 10), 0.5},
		{"RR@1", eval.ReciprocalRank(docs, rel, 1), 0},
		{"no relevant", eval.Recall(docs, nil, 5), 0},
	} {
		if !near(c.got, c.want) {
			t.Errorf("%s = %v, want %v", c.name, c.got, c.want)
		}
	}
}

func TestMeasureAverages(t *testing.T) {
	rels := eval.Qrels{"q1": {"a": true}, "q2": {"b": true}, "unasked": {"c": true}}
	s := eval.Measure([]eval.Ranking{
		{Query: "q1", Docs: []string{"a", "b"}},
		{Query: "q2", Docs: []string{"x", "y", "b"}},
		{Query: "unjudged", Docs: []string{"a"}},
	}, rels)
	if s.Queries != 2 {
		t.Fatalf("queries = %d, want the two judged and asked", s.Queries)
	}
	if !near(s.MAP1, 0.5) || !near(s.MAP5, (1+1.0/3)/2) || !near(s.MRR10, (1+1.0/3)/2) || !near(s.R1, 0.5) || !near(s.R5, 1) {
		t.Errorf("scores = %+v", s)
	}
}

func TestKnow(t *testing.T) {
	k := eval.Know([]eval.Try{
		{Findable: true, Right: true, Answered: true, Probability: 0.95, Present: 0.95},
		{Findable: true, Right: true, Probability: 0.55, Present: 0.55},
		{Findable: true, Probability: 0.15, Present: 0.15, Nothing: true},
		{Findable: true, Right: true, Answered: true, Probability: 0.95, Present: 0.95},
		{Answered: true, Probability: 0.95, Present: 0.95},
		{Probability: 0.05, Present: 0.05, Nothing: true},
	})
	if k.Findable != 4 || k.Absent != 2 {
		t.Fatalf("findable, absent = %d, %d", k.Findable, k.Absent)
	}
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"precision", k.Precision, 2.0 / 3},
		{"rate", k.Rate, 0.5},
		{"wrong", k.Wrong, 0.5},
		{"missed", k.Missed, 0.25},
		{"silent", k.Silent, 0.5},
		// A fifth of 4 is nobody: the threshold is the weakest findable, 0.15.
		{"passing", k.Passing, 0.5},
		// Bins: 0.95 ×3 (2 right), 0.55 (1), 0.15 (0), 0.05 (0).
		{"error", k.Error, (math.Abs(3*0.95-2) + 0.45 + 0.15 + 0.05) / 6},
	} {
		if !near(c.got, c.want) {
			t.Errorf("%s = %v, want %v", c.name, c.got, c.want)
		}
	}
	if none := eval.Know(nil); none.Precision != 1 || none.Error != 0 {
		t.Errorf("of nothing: %+v", none)
	}
}

func TestPassingKeepsNinetyFive(t *testing.T) {
	var tries []eval.Try
	for i := range 100 {
		tries = append(tries, eval.Try{Findable: true, Present: float64(i) / 100})
	}
	tries = append(tries, eval.Try{Present: 0.04}, eval.Try{Present: 0.05}, eval.Try{Present: 0.5}, eval.Try{})
	// Dropping the 5 weakest of 100 leaves 0.05 as the threshold.
	if k := eval.Know(tries); !near(k.Passing, 0.5) {
		t.Errorf("passing = %v, want 0.5", k.Passing)
	}
}

func TestReaders(t *testing.T) {
	docs, err := eval.ReadDocs(strings.NewReader("\ufeff{\"id\":\"1\",\"claim\":\"c\",\"url\":\"u\"}\n\n{\"id\":\"2\"}\n"))
	if err != nil || len(docs) != 2 || docs[0].Claim != "c" {
		t.Fatalf("docs = %+v, %v", docs, err)
	}
	queries, err := eval.ReadQueries(strings.NewReader("q1\tone\ttwo\nq2\t\n"))
	if err != nil || len(queries) != 2 || queries[0].Text != "one\ttwo" {
		t.Fatalf("queries = %+v, %v", queries, err)
	}
	rels, err := eval.ReadQrels(strings.NewReader("q1\t0\td1\t1\nq1 0 d2 0\n"))
	if err != nil || len(rels["q1"]) != 1 || !rels["q1"]["d1"] {
		t.Fatalf("qrels = %+v, %v", rels, err)
	}
}

func TestReadersNameTheLine(t *testing.T) {
	for name, read := range map[string]func() error{
		"json":    func() error { _, err := eval.ReadDocs(strings.NewReader("{\"id\":\"1\"}\n{")); return err },
		"no id":   func() error { _, err := eval.ReadDocs(strings.NewReader("{\"id\":\"1\"}\n{}")); return err },
		"no tab":  func() error { _, err := eval.ReadQueries(strings.NewReader("a\tb\nab")); return err },
		"columns": func() error { _, err := eval.ReadQrels(strings.NewReader("a 0 b 1\na b")); return err },
	} {
		if err := read(); err == nil || !strings.Contains(err.Error(), "line 2") {
			t.Errorf("%s: error %v does not name line 2", name, err)
		}
	}
}

func TestWriteRun(t *testing.T) {
	var b bytes.Buffer
	err := eval.WriteRun(&b, []eval.Run{{Query: "q", Hits: []match.Hit{{ID: "d1", Score: 2.5}, {ID: "d2", Score: 1}}}}, "tag")
	want := "q Q0 d1 1 2.500000 tag\nq Q0 d2 2 1.000000 tag\n"
	if err != nil || b.String() != want {
		t.Errorf("run = %q, %v; want %q", b.String(), err, want)
	}
}

func TestAbsent(t *testing.T) {
	var queries []eval.Query
	rels := eval.Qrels{}
	for i := range 1000 {
		id := "q" + string(rune('a'+i%26)) + strings.Repeat("x", i/26)
		queries = append(queries, eval.Query{ID: id})
		rels[id] = map[string]bool{"d" + id: true}
	}
	gone := eval.Absent(queries, rels, 0.3, 1)
	if n := len(gone); n < 250 || n > 350 {
		t.Errorf("%d of 1000 answers removed, want about 300", n)
	}
	if again := eval.Absent(queries, rels, 0.3, 1); len(again) != len(gone) {
		t.Error("the same seed removes other answers")
	}
}

func TestDamage(t *testing.T) {
	const text = "Nhiều người đã được nhận tiền."
	for kind, want := range map[string]string{
		"nodia": "Nhieu nguoi da duoc nhan tien.",
		"telex": "Nhieeuf nguwowif ddax dduwowcj nhaanj tieenf.",
		"vni":   "Nhie6u2 ngu7o7i2 d9a4 d9u7o7c5 nha6n5 tie6n2.",
		"short": text,
	} {
		got, err := eval.Damaged([]eval.Query{{ID: "1", Text: text}}, kind, 1)
		if err != nil || got[0].Text != want {
			t.Errorf("%s: %q, %v; want %q", kind, got[0].Text, err, want)
		}
	}
	if _, err := eval.Damaged(nil, "earthquake", 1); err == nil {
		t.Error("an unknown damage is accepted")
	}
}

func TestDamageUndoes(t *testing.T) {
	for _, w := range []string{"nhiều", "người", "đã", "được", "nghiêng", "quỳnh"} {
		telex, _ := eval.Damaged([]eval.Query{{ID: "1", Text: w}}, "telex", 1)
		if got, ok := viet.ReadTelex(telex[0].Text); !ok || got != w {
			t.Errorf("%q typed as %q reads %q", w, telex[0].Text, got)
		}
	}
}

func TestHeavyKeepsTheClaim(t *testing.T) {
	const text = "Từ ngày mai toàn bộ bệnh viện trong tỉnh ngừng nhận bệnh nhân có thẻ bảo hiểm"
	for seed := range uint64(50) {
		got, err := eval.Damaged([]eval.Query{{ID: "1", Text: text}}, "heavy", seed)
		if err != nil {
			t.Fatal(err)
		}
		have := " " + viet.Fold(got[0].Text) + " "
		n := 0
		for _, w := range strings.Fields(viet.Fold(text)) {
			if strings.Contains(have, " "+w+" ") {
				n++
			}
		}
		if n < 8 {
			t.Errorf("seed %d leaves %d of 17 words: %q", seed, n, got[0].Text)
		}
	}
}

func TestEvaluate(t *testing.T) {
	docs := []match.Doc{
		{ID: "bank", Claim: "The bank will close all accounts without a fingerprint tomorrow"},
		{ID: "dam", Claim: "The dam upstream will be opened tonight and flood three districts"},
		{ID: "salt", Claim: "Drinking salt water cures the new fever within an hour"},
	}
	queries := []eval.Query{{ID: "q1", Text: "is it true the dam will be opened tonight"}, {ID: "q2", Text: "salt water cures fever"}}
	rels := eval.Qrels{"q1": {"dam": true}, "q2": {"salt": true}}
	r := eval.Evaluate(docs, queries, rels, eval.Config{Absent: 0.5, Seed: 1})
	if r.Scores == nil || r.Scores.R1 != 1 || r.Knowing == nil {
		t.Fatalf("report = %+v", r)
	}
	if r.Knowing.Findable+r.Knowing.Absent != 2 {
		t.Errorf("tries = %+v", r.Knowing)
	}
	var b bytes.Buffer
	if err := r.Print(&b); err != nil || !strings.Contains(b.String(), "MAP@5") {
		t.Errorf("printed %q, %v", b.String(), err)
	}
}

func TestServed(t *testing.T) {
	q := eval.Served("Gọi ngay 0912 345 678 để được nhận quà — Lan Anh (@lananh) May 3, 2026")
	if strings.Contains(q.Text, "345") || strings.Contains(q.Text, "lananh") || !strings.Contains(q.Text, "nhận quà") {
		t.Errorf("asks the index %q", q.Text)
	}
	if len(q.Extra) == 0 {
		t.Error("the words of the tail are lost to matching")
	}
}

func TestGrow(t *testing.T) {
	docs := []match.Doc{{ID: "a", Claim: "one two three four five six seven eight"}, {ID: "b", Claim: "nine ten eleven twelve"}}
	grown := eval.Grow(docs, 50, 1)
	if len(grown) != 50 || grown[0] != docs[0] || grown[1] != docs[1] {
		t.Fatalf("%d documents, beginning with %v", len(grown), grown[:2])
	}
	ids := map[string]bool{}
	for _, d := range grown {
		ids[d.ID] = true
		if d.Claim == "" {
			t.Errorf("%s is empty", d.ID)
		}
	}
	if len(ids) != 50 {
		t.Errorf("%d distinct ids of 50", len(ids))
	}
	if again := eval.Grow(docs, 50, 1); again[49] != grown[49] {
		t.Error("the same seed grows other documents")
	}
}
