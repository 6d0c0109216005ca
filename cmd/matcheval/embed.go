package main

import (
	"context"
	"errors"
	"flag"

	"sangto/internal/embed"
	"sangto/internal/eval"
	"sangto/match"
)

// embedder names what makes vectors for the rows with an embedder.
type embedder struct{ address, model, kind string }

// hashed is the embedder that needs no server, and what its vectors have.
const (
	hashed          = "hashed"
	hashedDimension = 384
)

func (e *embedder) flags(f *flag.FlagSet) {
	f.StringVar(&e.address, "embed", "", "also measure with an embedder: an `address` on this machine, or "+hashed+" for hashed pieces of words")
	f.StringVar(&e.model, "embed-model", "", "the model that the embedder is asked for: `name`")
	f.StringVar(&e.kind, "embed-kind", string(embed.OpenAI), "what the embedder speaks: openai or ollama")
}

// measure returns nil if no embedder was named.
func (e *embedder) measure(docs []match.Doc, queries []eval.Query, rels eval.Qrels, c eval.Config) (*eval.Fused, error) {
	if e.address == "" {
		return nil, nil
	}
	if len(rels) == 0 || len(docs) == 0 || len(queries) == 0 {
		return nil, errors.New("-embed needs documents, messages and judgements")
	}
	var maker match.Embedder = eval.NewHashed(hashedDimension)
	if e.address != hashed {
		client, err := embed.New(embed.Kind(e.kind), e.address, e.model)
		if err != nil {
			return nil, err
		}
		defer client.Close()
		maker = client
	}
	fused, err := eval.EvaluateFused(context.Background(), docs, queries, rels, c, maker)
	return &fused, err
}
