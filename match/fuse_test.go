package match_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sangto/match"
)

// listed makes hits in order, each with a probability and a part.
func listed(outcome match.Outcome, ids ...string) match.Result {
	r := match.Result{Outcome: outcome, Present: 0.5}
	for i, id := range ids {
		score := float64(10 - i)
		r.Hits = append(r.Hits, match.Hit{ID: id, Score: score, Probability: 0.4, Terms: []string{"x"}, Parts: []match.Part{{Name: "words", Value: score}}})
	}
	return r
}

// sure makes the first hit more likely right than wrong.
func sure(r match.Result) match.Result {
	r.Hits[0].Probability = 0.5
	return r
}

func nearest(lead float64, ids ...string) []match.Similar {
	var out []match.Similar
	for i, id := range ids {
		out = append(out, match.Similar{ID: id, Cosine: 0.9 - 0.1*float64(i), Lead: lead - float64(i)})
	}
	return out
}

func order(r match.Result) string {
	var ids []string
	for _, h := range r.Hits {
		ids = append(ids, h.ID)
	}
	return strings.Join(ids, " ")
}

func TestFuse(t *testing.T) {
	for name, c := range map[string]struct {
		words   match.Result
		near    []match.Similar
		limit   int
		outcome match.Outcome
		order   string
	}{
		"nothing at all":           {match.Result{}, nil, 5, match.None, ""},
		"no vectors":               {listed(match.Candidates, "a", "b", "c"), nil, 2, match.Candidates, "a b"},
		"only a vector, near":      {match.Result{}, nearest(9, "v"), 5, match.Candidates, "v"},
		"only a vector, not near":  {match.Result{}, nearest(2, "v"), 5, match.None, "v"},
		"both agree":               {listed(match.Candidates, "a", "b", "c"), nearest(9, "c", "d"), 3, match.Candidates, "c a b"},
		"an answer stays first":    {listed(match.Answer, "a", "b"), nearest(20, "b", "v"), 5, match.Answer, "a b v"},
		"none becomes candidates":  {listed(match.None, "a", "b"), nearest(9, "v", "w"), 5, match.Candidates, "v w a b"},
		"a small lead changes not": {listed(match.None, "a", "b"), nearest(4, "b"), 5, match.None, "a b"},
		"a probable hit stays":     {sure(listed(match.Candidates, "a", "b")), nearest(20, "b", "v"), 5, match.Candidates, "a b v"},
		"a doubtful hit does not":  {listed(match.Candidates, "a", "b"), nearest(20, "b", "v"), 5, match.Candidates, "b a v"},
		"a middling lead, behind":  {listed(match.Candidates, "a", "b"), nearest(5, "v"), 5, match.Candidates, "a b v"},
		"default limit":            {listed(match.Candidates, "a", "b", "c", "d", "e", "f"), nearest(1, "a"), 0, match.Candidates, "a b c d e"},
		"one document twice":       {listed(match.Candidates, "a"), nearest(1, "v", "v", "a"), 5, match.Candidates, "a v"},
	} {
		t.Run(name, func(t *testing.T) {
			got := match.Fuse(c.words, c.near, c.limit)
			if order(got) != c.order || got.Outcome != c.outcome || got.Present != c.words.Present {
				t.Errorf("%v of %q, present %v; want %v of %q", got.Outcome, order(got), got.Present, c.outcome, c.order)
			}
		})
	}
}

// TestFuseKeepsFaith holds the promises of Fuse for any two lists.
func TestFuseKeepsFaith(t *testing.T) {
	letters := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-f]`), 0, 6, rapid.ID[string])
	rapid.Check(t, func(t *rapid.T) {
		words := listed(match.Outcome(rapid.IntRange(0, 2).Draw(t, "outcome")), letters.Draw(t, "words")...)
		if len(words.Hits) == 0 {
			words.Outcome = match.None
		}
		near := nearest(rapid.Float64Range(0, 20).Draw(t, "lead"), letters.Draw(t, "near")...)
		before := listed(words.Outcome, strings.Fields(order(words))...)
		got := match.Fuse(words, near, 12)
		if diff := cmp.Diff(before, words); diff != "" {
			t.Fatalf("the argument was changed: %s", diff)
		}
		if (got.Outcome == match.Answer) != (words.Outcome == match.Answer) {
			t.Fatalf("%v became %v", words.Outcome, got.Outcome)
		}
		if words.Outcome == match.Answer && got.Hits[0].ID != words.Hits[0].ID {
			t.Fatalf("another answer: %s", got.Hits[0].ID)
		}
		byWords := strings.Fields(order(words))
		for i, h := range got.Hits {
			if slices.Contains(byWords, h.ID) != (h.Probability == 0.4) {
				t.Fatalf("%s: probability %v", h.ID, h.Probability)
			}
			if i > 0 && h.Score > got.Hits[i-1].Score {
				t.Fatal("scores out of order")
			}
			sum := 0.0
			for _, p := range h.Parts {
				sum += p.Value
			}
			if len(words.Hits) > 0 && len(near) > 0 && math.Abs(sum-h.Score) > 1e-12 {
				t.Fatalf("%s: parts sum to %v, score %v", h.ID, sum, h.Score)
			}
		}
	})
}
