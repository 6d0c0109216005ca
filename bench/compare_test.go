package main

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"sangto/bench/peer"
	"sangto/internal/eval"
	"sangto/match"
)

func TestAPeerThatFailsIsLeftOut(t *testing.T) {
	var note, out bytes.Buffer
	c := comparer{seed: 1, rounds: 10, note: &note}
	col := collection{
		name: "c", lang: "en", docs: []match.Doc{{ID: "dam", Claim: "the dam is opened tonight"}},
		sets: []set{{"s", eval.Qrels{"q": {"dam": true}}, []eval.Query{{ID: "q", Text: "dam opened tonight"}}}},
	}
	broken := peer.Kind{Name: "broken", Build: func(context.Context, []match.Doc, string) (peer.System, error) {
		return nil, errors.New("gone")
	}}
	all, err := c.run(t.Context(), col, []peer.Kind{peer.BM25(), broken, peer.BM25Better()})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.print(&out, col.sets, all); err != nil || strings.Count(out.String(), "BM25") != 2 || strings.Contains(out.String(), "broken") {
		t.Errorf("printed %q, %v", out.String(), err)
	}
	if !strings.Contains(note.String(), "NOT MEASURED: broken on c: gone") {
		t.Errorf("said %q", note.String())
	}
	if _, err := c.run(t.Context(), col, []peer.Kind{broken, peer.BM25()}); err == nil {
		t.Error("ours fails and nobody is told")
	}
}
