package eval

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"sangto/match"
)

// Fused is what was measured with an embedder, beside the words alone.
type Fused struct {
	Model     string `json:"model"`
	Dimension int    `json:"dimension"`
	Words     Row    `json:"words"`
	Vectors   Scores `json:"vectors"`
	Both      Row    `json:"both"`
}

// Row is the measures of one way to answer; Knowing is nil unless answers were
// removed.
type Row struct {
	Scores  Scores   `json:"scores"`
	Knowing *Knowing `json:"absent,omitempty"`
}

const (
	// fuseDepth is how many hits of each kind are fused, as in the program.
	fuseDepth = 50
	// embedBatch is how many texts go to the embedder at once.
	embedBatch = 32
	// embedMax is how many bytes of a document or a message are embedded.
	embedMax = 2000
)

// EvaluateFused measures words, vectors and both, on the same documents and
// messages, with the vectors of e. The error is that of the embedder.
func EvaluateFused(ctx context.Context, docs []match.Doc, queries []Query, rels Qrels, c Config, e match.Embedder) (Fused, error) {
	b := bench{config: c, rels: rels, queries: queries, asked: make([]match.Query, len(queries))}
	var texts []string
	for i, q := range queries {
		b.asked[i] = c.query(q.Text)
		texts = append(texts, b.asked[i].Text)
	}
	var err error
	if b.vectors, err = embedAll(ctx, e, texts); err != nil {
		return Fused{}, err
	}
	texts = texts[:0]
	for _, d := range docs {
		texts = append(texts, d.Claim+"\n"+d.Title+"\n"+d.Text)
	}
	made, err := embedAll(ctx, e, texts)
	if err != nil || len(made) == 0 {
		return Fused{}, err
	}
	out := Fused{Model: e.Model(), Dimension: len(made[0])}
	words, near, both, err := b.ask(docs, made)
	if err != nil {
		return Fused{}, err
	}
	out.Words.Scores, out.Vectors, out.Both.Scores = b.scores(words), b.scores(near), b.scores(both)
	if c.Absent > 0 {
		gone := Absent(queries, rels, c.Absent, c.Seed)
		words, _, both, err := b.ask(without(docs, made, gone))
		if err != nil {
			return Fused{}, err
		}
		out.Words.Knowing, out.Both.Knowing = b.know(words, gone), b.know(both, gone)
	}
	return out, nil
}

// embedAll embeds texts in batches.
func embedAll(ctx context.Context, e match.Embedder, texts []string) ([][]float32, error) {
	var out [][]float32
	for batch := range slices.Chunk(texts, embedBatch) {
		short := make([]string, len(batch))
		for i, t := range batch {
			short[i] = strings.ToValidUTF8(t[:min(len(t), embedMax)], "")
		}
		got, err := e.Embed(ctx, short)
		if err != nil {
			return nil, fmt.Errorf("embed: %w", err)
		}
		out = append(out, got...)
	}
	return out, nil
}

func without(docs []match.Doc, made [][]float32, gone map[string]bool) (kept []match.Doc, vectors [][]float32) {
	for i, d := range docs {
		if !gone[d.ID] {
			kept, vectors = append(kept, d), append(vectors, made[i])
		}
	}
	return kept, vectors
}

// bench is messages with all that is needed to ask them.
type bench struct {
	config  Config
	rels    Qrels
	queries []Query
	asked   []match.Query
	vectors [][]float32
}

// ask answers every message by words, by its vector and by both.
func (b *bench) ask(docs []match.Doc, made [][]float32) (words, near, both []match.Result, err error) {
	ix := match.New(b.config.Options)
	ix.Put(docs...)
	v := match.NewVectors(len(b.vectors[0]))
	for i, d := range docs {
		if err := v.Put(d.ID, made[i]); err != nil {
			return nil, nil, nil, err
		}
	}
	for i, q := range b.asked {
		limit := q.Limit
		q.Limit = max(limit, fuseDepth)
		byWords := ix.Search(q)
		similar, err := v.Search(b.vectors[i], fuseDepth)
		if err != nil {
			return nil, nil, nil, err
		}
		words = append(words, match.Fuse(byWords, nil, limit))
		near = append(near, match.Fuse(match.Result{}, similar, limit))
		both = append(both, match.Fuse(byWords, similar, limit))
	}
	return words, near, both, nil
}

func (b *bench) scores(results []match.Result) Scores {
	runs := make([]Run, len(results))
	for i, r := range results {
		runs[i] = Run{Query: b.queries[i].ID, Hits: r.Hits}
	}
	return Measure(rankings(runs), b.rels)
}

func (b *bench) know(results []match.Result, gone map[string]bool) *Knowing {
	var tries []Try
	for i, r := range results {
		rel := b.rels[b.queries[i].ID]
		if len(rel) == 0 {
			continue
		}
		t := Try{Answered: r.Outcome == match.Answer, Nothing: r.Outcome == match.None, Present: r.Present}
		for id := range rel {
			t.Findable = t.Findable || !gone[id]
		}
		if len(r.Hits) > 0 {
			t.Right, t.Probability = rel[r.Hits[0].ID], r.Hits[0].Probability
		}
		tries = append(tries, t)
	}
	k := Know(tries)
	return &k
}

// Print writes the rows as a table for people.
func (f Fused) Print(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "with %s, %d components\tMAP@1\tMAP@5\tR@1\tR@5\tR@10\tanswer precision\trate\tfindable told none\tabsent told none\n", f.Model, f.Dimension)
	for _, row := range []struct {
		name string
		Row
	}{{"words", f.Words}, {"vectors", Row{Scores: f.Vectors}}, {"both", f.Both}} {
		s := row.Scores
		fmt.Fprintf(t, "%s\t%.3f\t%.3f\t%.3f\t%.3f\t%.3f", row.name, s.MAP1, s.MAP5, s.R1, s.R5, s.R10)
		if k := row.Knowing; k != nil {
			fmt.Fprintf(t, "\t%.3f\t%.3f\t%.3f\t%.3f", k.Precision, k.Rate, k.Missed, k.Silent)
		}
		fmt.Fprintln(t)
	}
	return t.Flush()
}
