package peer

import (
	"context"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"

	"sangto/match"
)

// Thresholds as published by Cofacts (rumors-api, rumors-line-bot).
const (
	// CofactsAnswer is the similarity at which the one message found is
	// answered at once.
	CofactsAnswer = 0.95
	// CofactsGroup is the similarity at which the bot speaks up in a group
	// chat.
	CofactsGroup = 0.7
	// cofactsFetched is how many messages the bot asks for.
	cofactsFetched = 4
	// moreLikeThisTerms is Elasticsearch's default for max_query_terms.
	moreLikeThisTerms = 25
)

// Cofacts is the rule of the Cofacts bot: candidates by more_like_this with
// minimum_should_match "10<70%" (up to 10 terms all must match, beyond that
// 70 %), the first four sorted by Dice's coefficient over pairs of characters,
// and an answer when only one was found and its coefficient is at least 0.95.
// Candidates beyond the fourth, which the bot would not see, follow in their
// first order so that deeper measures are not cut short.
//
// A Cofacts article is one message; a document here has a title, a claim and a
// text, and its similarity is that of the most similar of them.
func Cofacts() Kind {
	return Kind{Name: "Cofacts' rule", Answers: true, Build: func(_ context.Context, docs []match.Doc, _ string) (System, error) {
		s := &cofacts{index: newElastic()}
		for _, d := range docs {
			s.put(d)
		}
		return s, nil
	}}
}

type cofacts struct {
	index *wordIndex
	docs  []match.Doc
}

func (s *cofacts) put(d match.Doc) {
	s.docs = append(s.docs, d)
	s.index.add(stoppedWords(searched(d)))
}

func (s *cofacts) Ask(_ context.Context, text string, k int) (Reply, error) {
	hits, similar := s.find(text, max(k, cofactsFetched))
	var r Reply
	for _, h := range hits[:min(k, len(hits))] {
		r.Docs = append(r.Docs, s.docs[h.row].ID)
	}
	r.Present = similar
	r.Answered = len(hits) == 1 && similar >= CofactsAnswer
	return r, nil
}

// find returns the candidates in the order shown and the similarity of the
// first.
func (s *cofacts) find(text string, k int) ([]scored, float64) {
	terms := s.index.alike(stoppedWords(text), moreLikeThisTerms)
	need := len(terms)
	if len(terms) > 10 {
		need = percent(len(terms), 70)
	}
	if need == 0 {
		return nil, 0
	}
	hits := s.index.search(terms, need, k)
	shown := hits[:min(cofactsFetched, len(hits))]
	for i := range shown {
		shown[i].score = s.similarity(s.docs[shown[i].row], text)
	}
	slices.SortStableFunc(shown, func(a, b scored) int {
		switch {
		case a.score > b.score:
			return -1
		case a.score < b.score:
			return 1
		}
		return 0
	})
	if len(shown) == 0 {
		return nil, 0
	}
	return hits, shown[0].score
}

func (s *cofacts) similarity(d match.Doc, text string) float64 {
	best := 0.0
	for _, part := range []string{d.Title, d.Claim, d.Text} {
		if part != "" {
			best = max(best, Dice(part, text))
		}
	}
	return best
}

func (s *cofacts) Close() error { return nil }

// Dice is Sørensen and Dice's coefficient over pairs of neighbouring UTF-16
// units with white space removed and case kept, as in the JavaScript library
// string-similarity that the bot uses.
func Dice(a, b string) float64 {
	x, y := units(a), units(b)
	if slices.Equal(x, y) {
		return 1
	}
	if len(x) < 2 || len(y) < 2 {
		return 0
	}
	pairs := map[[2]uint16]int{}
	for i := range len(x) - 1 {
		pairs[[2]uint16{x[i], x[i+1]}]++
	}
	common := 0
	for i := range len(y) - 1 {
		p := [2]uint16{y[i], y[i+1]}
		if pairs[p] > 0 {
			pairs[p]--
			common++
		}
	}
	return 2 * float64(common) / float64(len(x)+len(y)-2)
}

func units(s string) []uint16 {
	bare := strings.Map(func(c rune) rune {
		if unicode.IsSpace(c) || c == '\ufeff' {
			return -1
		}
		return c
	}, s)
	return utf16.Encode([]rune(bare))
}
