package peer

import (
	"context"
	"strings"

	"sangto/match"
)

// BM25 is the plainest baseline: Okapi BM25 over lower-cased words, the message
// as it came, a word that is said twice counting twice.
func BM25() Kind {
	return newBM25("plain BM25", searched, plainWords)
}

// BM25Better is the same with all fields of a document and each word of the
// message once, the best that plain words were seen to do.
func BM25Better() Kind {
	return newBM25("BM25, all fields, words once", func(d match.Doc) string {
		return strings.Join([]string{d.Title, d.Claim, d.Text}, " ")
	}, func(s string) []string { return distinct(plainWords(s)) })
}

func newBM25(name string, text func(match.Doc) string, words func(string) []string) Kind {
	return Kind{Name: name, Build: func(_ context.Context, docs []match.Doc, _ string) (System, error) {
		s := &bm25{index: newWordIndex(1.2, 0.75, 1), words: words}
		for _, d := range docs {
			s.ids = append(s.ids, d.ID)
			s.index.add(plainWords(text(d)))
		}
		return s, nil
	}}
}

type bm25 struct {
	index *wordIndex
	ids   []string
	words func(string) []string
}

func (s *bm25) Ask(_ context.Context, text string, k int) (Reply, error) {
	var r Reply
	for _, h := range s.index.search(s.words(text), 1, k) {
		r.Docs = append(r.Docs, s.ids[h.row])
		r.Present = max(r.Present, h.score)
	}
	return r, nil
}

func (s *bm25) Close() error { return nil }
