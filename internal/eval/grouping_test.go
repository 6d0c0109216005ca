package eval_test

import (
	"bytes"
	"strings"
	"testing"

	"sangto/internal/eval"
	"sangto/match"
)

func TestGroup(t *testing.T) {
	const dam = "Đêm nay thủy điện xả lũ, ba huyện hạ du sẽ ngập, bà con sơ tán ngay"
	queries := []eval.Query{
		{ID: "1", Text: dam},
		{ID: "2", Text: strings.ToUpper(dam)},
		{ID: "3", Text: "xả lũ phải không"},
		{ID: "4", Text: "uống nước muối khỏi sốt trong một ngày"},
		{ID: "unjudged", Text: dam},
	}
	rels := eval.Qrels{"1": {"dam": true}, "2": {"dam": true}, "3": {"dam": true, "flood": true}, "4": {"salt": true}}
	g := eval.Group(queries, rels, nil)
	// The groups are 1 and 2, 3, 4; the claims are dam (three) and salt.
	if g.Messages != 4 || g.Claims != 2 || !near(g.Precision, 1) || !near(g.Recall, (2.0/3+2.0/3+1.0/3+1)/4) {
		t.Errorf("%+v", g)
	}
	rels["2"] = map[string]bool{"other": true}
	if g := eval.Group(queries, rels, nil); !near(g.Precision, 0.75) {
		t.Errorf("two claims joined: precision %v, want 0.75", g.Precision)
	}
}

func TestKinGoTogether(t *testing.T) {
	kin, err := eval.ReadKin(strings.NewReader(`{"id":"a","url":"x"}` + "\n" + `{"id":"b","url":"x"}` + "\n" + `{"id":"c","url":"y"}` + "\n" + `{"id":"d"}` + "\n" + `{"id":"e"}`))
	if err != nil || len(kin) != 3 {
		t.Fatal(kin, err)
	}
	gone := map[string]bool{"a": true, "d": true}
	all := eval.WithKin(gone, kin)
	if len(all) != 3 || !all["b"] || all["c"] || all["e"] || len(gone) != 2 {
		t.Errorf("gone %v, all %v", gone, all)
	}
}

func TestRows(t *testing.T) {
	docs := []match.Doc{{ID: "dam", Claim: "The dam will be opened tonight"}, {ID: "salt", Claim: "Salt water cures fever"}}
	queries := []eval.Query{{ID: "q1", Text: "dam opened tonight?"}, {ID: "q2", Text: "salt water for fever"}}
	rels := eval.Qrels{"q1": {"dam": true}, "q2": {"salt": true}}
	r := eval.Evaluate(docs, queries, rels, eval.Config{Absent: 0.9, Seed: 1, Grouping: true, Kin: map[string]string{"dam": "x", "salt": "x"}})
	var b bytes.Buffer
	if err := r.PrintRows(&b, "two"); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"find: | two | 1.000 |", "know: | two |", "kin: | two | 0 / 2 |", "reliability: | two |", "group: | two | 2 / 2 | 1.000 | 1.000 | 1.000 |"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("lacks %q:\n%s", want, b.String())
		}
	}
}
