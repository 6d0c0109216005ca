package lookup

import (
	"context"
	"fmt"
	"sync"

	"sangto/internal/desk"
	"sangto/internal/store"
	"sangto/match"
)

// Worded finds open claims by the desk's own wording of them. It never holds
// what an asker wrote. It is safe for concurrent use.
type Worded struct {
	deskID string
	mu     sync.RWMutex
	ix     *match.Index
}

// NewWorded returns an empty Worded for one desk; call Reload before using it.
func NewWorded(deskID string) *Worded {
	return &Worded{deskID: deskID, ix: match.New(match.Options{})}
}

// Reload reads the worded claims afresh.
func (w *Worded) Reload(ctx context.Context, db *store.DB) error {
	var docs []match.Doc
	err := db.View(ctx, func(tx *store.Tx) error {
		docs = nil
		return tx.EachWorded(w.deskID, func(c desk.Claim) error {
			docs = append(docs, wordedDoc(c))
			return nil
		})
	})
	if err != nil {
		return fmt.Errorf("read worded claims: %w", err)
	}
	ix := match.New(match.Options{})
	ix.Put(docs...)
	w.mu.Lock()
	w.ix = ix
	w.mu.Unlock()
	return nil
}

// Put adds a claim that was worded a moment ago.
func (w *Worded) Put(c desk.Claim) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	w.ix.Put(wordedDoc(c))
}

func wordedDoc(c desk.Claim) match.Doc {
	return match.Doc{ID: c.ID, Lang: c.Lang, Claim: c.Wording, Day: int32(c.Opened)}
}

// Search returns the keys of at most limit claims, likeliest first. Some may
// have ended since the last Reload.
func (w *Worded) Search(words string, limit int) []string {
	w.mu.RLock()
	defer w.mu.RUnlock()
	var out []string
	for _, h := range w.ix.Search(match.Query{Text: words, Limit: limit}).Hits {
		out = append(out, h.ID)
	}
	return out
}

// Find ranks the published checks for words that a member of the desk typed.
func (f *Finder) Find(ctx context.Context, words string, limit int) ([]Candidate, error) {
	res := f.ix.Search(match.Query{Text: words, Limit: min(limit, MaxLimit)})
	return f.candidates(ctx, words, res.Hits)
}
