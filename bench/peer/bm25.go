package peer

import (
	"context"

	"sangto/match"
)

// BM25 is the plainest baseline: Okapi BM25 over lower-cased words, the message
// as it came.
func BM25() Kind {
	return Kind{Name: "plain BM25", Build: func(_ context.Context, docs []match.Doc, _ string) (System, error) {
		s := &bm25{index: newWordIndex(1.2, 0.75, 1)}
		for _, d := range docs {
			s.ids = append(s.ids, d.ID)
			s.index.add(plainWords(whole(d)))
		}
		return s, nil
	}}
}

type bm25 struct {
	index *wordIndex
	ids   []string
}

func (s *bm25) Ask(_ context.Context, text string, k int) (Reply, error) {
	var r Reply
	for _, h := range s.index.search(plainWords(text), 1, k) {
		r.Docs = append(r.Docs, s.ids[h.row])
		r.Present = max(r.Present, h.score)
	}
	return r, nil
}

func (s *bm25) Close() error { return nil }
