package peer

import (
	"context"
	"strings"

	"sangto/match"
)

// Thresholds as published by Meedan's Check and Alegre.
const (
	checkSuggest = 70
	checkConfirm = 88
	// checkScore is the raw score a hit must exceed.
	checkScore = 10
	// checkWords is how many words a message needs to be more than a
	// suggestion.
	checkWords = 8
)

// Check is the rule of Meedan's Check with Alegre's text index and no vectors:
// a match query with minimum_should_match 70 % finds suggestions, one with 88 %
// confirms, each with a raw score above 10; a message under 8 words is only
// ever a suggestion. Title, claim and text are rows of their own, as Alegre
// stores the fields of an item, and an item ranks by its best row.
func Check() Kind {
	return Kind{Name: "Check's rule", Answers: true, Build: func(_ context.Context, docs []match.Doc, _ string) (System, error) {
		s := &check{index: newElastic()}
		for _, d := range docs {
			s.put(d)
		}
		return s, nil
	}}
}

type check struct {
	index *wordIndex
	ids   []string // of each row
}

func (s *check) put(d match.Doc) {
	for _, part := range []string{d.Title, d.Claim, d.Text} {
		if part != "" {
			s.ids = append(s.ids, d.ID)
			s.index.add(standardWords(part))
		}
	}
}

func (s *check) Ask(_ context.Context, text string, k int) (Reply, error) {
	var r Reply
	words := standardWords(text)
	suggested := s.find(words, checkSuggest, k)
	if len(suggested) == 0 {
		return r, nil
	}
	r.Present = suggested[0].score
	// Confirmed items come before suggested ones: the relationship they get
	// replaces that of the suggestion.
	if countFields(text) >= checkWords {
		confirmed := s.find(words, checkConfirm, k)
		r.Answered = len(confirmed) > 0
		suggested = append(confirmed, suggested...)
	}
	for _, h := range suggested {
		r.Docs = append(r.Docs, s.ids[h.row])
	}
	r.Docs = distinct(r.Docs)
	r.Docs = r.Docs[:min(k, len(r.Docs))]
	return r, nil
}

// find returns the rows with at least the share of the words, the best of each
// item among them first. Several rows of one item are asked for.
func (s *check) find(words []string, share, k int) []scored {
	need := percent(len(words), share)
	if len(words) == 0 {
		return nil
	}
	hits := s.index.search(words, max(1, need), 3*k)
	for i, h := range hits {
		if h.score <= checkScore {
			return hits[:i]
		}
	}
	return hits
}

func (s *check) Close() error { return nil }

// countFields is how Check counts words: by white space.
func countFields(text string) int { return len(strings.Fields(text)) }
