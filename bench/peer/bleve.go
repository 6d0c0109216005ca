package peer

import (
	"context"
	"os"
	"path/filepath"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis/analyzer/standard"
	"github.com/blevesearch/bleve/v2/analysis/lang/en"
	"github.com/blevesearch/bleve/v2/index/scorch"
	"github.com/blevesearch/bleve/v2/mapping"
	"github.com/blevesearch/bleve/v2/search/query"

	index "github.com/blevesearch/bleve_index_api"

	"sangto/match"
)

// Bleve is the Go search library with its analyzer for English (its standard
// one for other languages), its BM25 scoring, and a match query of the whole
// message on the composite field of all the others. The index is on disk, as
// Bleve's users have it.
func Bleve() Kind {
	return Kind{Name: "Bleve, bm25", Build: func(ctx context.Context, docs []match.Doc, lang string) (System, error) {
		return newBleve(ctx, docs, lang)
	}}
}

type bleveSystem struct {
	index bleve.Index
	dir   string
}

func bleveMapping(lang string) *mapping.IndexMappingImpl {
	m := bleve.NewIndexMapping()
	m.ScoringModel = index.BM25Scoring
	m.DefaultAnalyzer = standard.Name
	if lang == "en" {
		m.DefaultAnalyzer = en.AnalyzerName
	}
	m.StoreDynamic, m.DocValuesDynamic = false, false
	return m
}

// bleveBatch is how many documents go into one batch: as many as keep the
// memory of a build well below that of the index.
const bleveBatch = 1000

func newBleve(ctx context.Context, docs []match.Doc, lang string) (_ *bleveSystem, err error) {
	dir, err := os.MkdirTemp("", "bench-bleve-")
	if err != nil {
		return nil, err
	}
	s := &bleveSystem{dir: dir}
	defer func() {
		if err != nil {
			s.Close()
		}
	}()
	if s.index, err = bleve.NewUsing(filepath.Join(dir, "index"), bleveMapping(lang), scorch.Name, scorch.Name, nil); err != nil {
		return nil, err
	}
	batch := s.index.NewBatch()
	for i, d := range docs {
		if err = batch.Index(d.ID, map[string]any{"title": d.Title, "claim": d.Claim, "text": d.Text}); err != nil {
			return nil, err
		}
		if batch.Size() == bleveBatch || i == len(docs)-1 {
			if err = s.index.Batch(batch); err != nil {
				return nil, err
			}
			batch.Reset()
			if err = ctx.Err(); err != nil {
				return nil, err
			}
		}
	}
	return s, nil
}

func (s *bleveSystem) Ask(ctx context.Context, text string, k int) (Reply, error) {
	q := bleve.NewMatchQuery(text)
	q.SetOperator(query.MatchQueryOperatorOr)
	found, err := s.index.SearchInContext(ctx, bleve.NewSearchRequestOptions(q, k, 0, false))
	if err != nil {
		return Reply{}, err
	}
	var r Reply
	for _, h := range found.Hits {
		r.Docs = append(r.Docs, h.ID)
		r.Present = max(r.Present, h.Score)
	}
	return r, nil
}

func (s *bleveSystem) Close() error {
	if s.index != nil {
		s.index.Close()
	}
	return os.RemoveAll(s.dir)
}
