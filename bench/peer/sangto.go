package peer

import (
	"context"

	"sangto/internal/eval"
	"sangto/match"
)

// Sangto is this project's matcher. With served it is asked what the page asks
// it of a message, after personal identifiers were taken out; otherwise the
// message as it came, like the peers.
func Sangto(name string, served bool) Kind {
	return Kind{Name: name, Answers: true, Build: func(_ context.Context, docs []match.Doc, _ string) (System, error) {
		s := &sangto{index: match.New(match.Options{}), served: served}
		s.index.Put(docs...)
		return s, nil
	}}
}

type sangto struct {
	index  *match.Index
	served bool
}

func (s *sangto) Ask(_ context.Context, text string, k int) (Reply, error) {
	q := match.Query{Text: text}
	if s.served {
		q = eval.Served(text)
	}
	q.Limit = k
	found := s.index.Search(q)
	r := Reply{Answered: found.Outcome == match.Answer, Present: found.Present}
	for _, h := range found.Hits {
		r.Docs = append(r.Docs, h.ID)
	}
	return r, nil
}

func (s *sangto) Close() error { return nil }
