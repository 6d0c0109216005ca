package eval_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"sangto/internal/eval"
	"sangto/match"
)

func TestLearnRankFindsWhatMatters(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	var lists []eval.List
	for range 300 {
		l := eval.List{Weight: 1.0 / 300}
		right := r.IntN(8)
		for i := range 8 {
			signal := r.Float64()
			if i == right {
				signal += 0.8
			}
			l.Rows = append(l.Rows, []float64{r.Float64(), signal, r.Float64()})
			l.Right = append(l.Right, i == right)
		}
		lists = append(lists, l)
	}
	w := eval.LearnRank(lists, 3, 1e-4)
	if w[1] < 3 || math.Abs(w[0]) > w[1]/4 || math.Abs(w[2]) > w[1]/4 {
		t.Errorf("weights %v: only the second feature says anything", w)
	}
	if s, noise := eval.RankScores(lists, w), eval.RankScores(lists, []float64{1, 0, 0}); s.R1 < 0.7 || noise.R1 > 0.3 {
		t.Errorf("R@1 = %v learned, %v by noise", s.R1, noise.R1)
	}
}

func TestLearnSureIsCalibrated(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	var signs []eval.Sign
	for range 20000 {
		x := []float64{r.NormFloat64()*3 + 5, r.Float64()}
		p := 1 / (1 + math.Exp(-(x[0] - 5)))
		signs = append(signs, eval.Sign{X: x, Right: r.Float64() < p, Weight: 1.0 / 20000})
	}
	w := eval.LearnSure(signs, 1e-5, func(s eval.Sign) bool { return s.Right })
	if math.Abs(w[0]-1) > 0.1 || math.Abs(w[1]) > 0.2 || math.Abs(w[2]+5) > 0.5 {
		t.Errorf("weights %v, want about 1, 0, -5", w)
	}
}

func TestFoldsHoldOutEachQueryOnce(t *testing.T) {
	lists := [][]eval.List{{{Query: "a"}, {Query: "b"}, {Query: "c"}, {Query: "d"}}, {{Query: "a"}}}
	held := 0
	for fold := range 3 {
		train, test := eval.Fold(lists, 0, fold, 3)
		held += len(test)
		if len(train)+len(test) != 5 {
			t.Errorf("fold %d: %d and %d of 5", fold, len(train), len(test))
		}
	}
	if held != 4 {
		t.Errorf("%d held out, want each of the first collection once", held)
	}
}

func TestListsAndObservations(t *testing.T) {
	c := eval.Collection{Name: "tiny", Damage: []string{"", "drop"}, Rels: eval.Qrels{}}
	for _, id := range []string{"alpha", "beta", "gamma", "delta", "omega"} {
		c.Docs = append(c.Docs, match.Doc{ID: id, Claim: "the " + id + " reactor will be shut down"})
		c.Queries = append(c.Queries, eval.Query{ID: id, Text: id + " reactor shut"})
		c.Rels[id] = map[string]bool{id: true}
	}
	lists, err := eval.Lists(c, match.Options{}, 2, 3)
	if err != nil || len(lists) == 0 {
		t.Fatalf("%d lists, %v", len(lists), err)
	}
	total := 0.0
	for _, l := range lists {
		total += l.Weight
		if len(l.Rows[0]) != len(match.FeatureNames()) {
			t.Fatalf("%d features, want %d", len(l.Rows[0]), len(match.FeatureNames()))
		}
	}
	if !near(total, 3) {
		t.Errorf("lists weigh %v together, want 3", total)
	}
	signs, err := eval.Observe(c, match.Options{}, 4, 0.5, 1)
	if err != nil || len(signs) == 0 || len(signs[0].X) != len(match.SignNames()) {
		t.Fatalf("%d observations, %v", len(signs), err)
	}
	right := 0
	for _, s := range signs {
		if s.Right && !s.Present {
			t.Error("right without being present")
		}
		if s.Right {
			right++
		}
	}
	if right == 0 || right == len(signs) {
		t.Errorf("%d of %d right: with half of the answers removed it is neither none nor all", right, len(signs))
	}
}
