// Package lookup answers "has this been checked?". It owns the live index of
// published checks, keeps it in step with the store by following the change
// sequence, and remembers which open claim a question would join. What it
// answers comes from memory: a look-up leaves no trace on disk, and reads from
// it only in the first moments after a start, until every check was read.
package lookup

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"sangto/internal/desk"
	"sangto/internal/store"
	"sangto/match"
)

// Outcome is what a look-up can say. The words are part of the public JSON.
type Outcome string

// The three outcomes.
const (
	// Found: this is the check.
	Found Outcome = "answer"
	// Perhaps: it may be one of these.
	Perhaps Outcome = "candidates"
	// Nothing: no desk here has checked this.
	Nothing Outcome = "none"
)

// Query is one message to look up. Extra holds words that help matching but
// are not part of the redacted text (the words of an author's tail); they live
// for this one query and go nowhere.
type Query struct {
	Text  desk.Text
	Extra []string
	// Limit is the number of candidates wanted, 5 if zero, at most MaxLimit.
	Limit int
}

// MaxLimit is the most candidates one look-up returns.
const MaxLimit = 50

const defaultLimit = 5

// Candidate is a published check that may answer a message. Its version
// carries neither body nor evidence.
type Candidate struct {
	store.Entry
	Score       float64
	Probability float64
	// Terms are the folded words of the message that the check shares.
	Terms []string
	// Differences say what the message states differently from the claim: the
	// two must not be shown as the same without them.
	Differences []Difference
}

// Difference is one thing that a message and a claim state differently. Kind
// is "number", "date", "negation" or "opposite"; the wording of one side is
// empty where it has no words for it.
type Difference struct{ Kind, Message, Claim string }

// Answer is the result of a look-up. Answer is set only for Found and is not
// repeated in Candidates. For Nothing, Candidates hold what is nearest.
type Answer struct {
	Outcome    Outcome
	Answer     *Candidate
	Candidates []Candidate
}

// Finder holds the live index. It is safe for any number of goroutines.
type Finder struct {
	db *store.DB
	ix *match.Index
	// meaning is nil without an embedder.
	meaning *meaning

	mu      sync.RWMutex
	entries map[string]store.Entry
	// late names the checks that changed since the index was loaded, until Fill
	// has read every entry; nil when all are in memory.
	late map[string]bool

	follow sync.Mutex // one Refresh at a time
	seq    int64      // last change applied; guarded by follow

	kept kept
}

// Open reads every published check and builds the index.
func Open(ctx context.Context, db *store.DB) (*Finder, error) {
	f := &Finder{db: db}
	return f, f.build(ctx)
}

// part is how many checks are put into a new index at once.
const part = 50_000

func (f *Finder) build(ctx context.Context) error {
	f.ix, f.entries, f.late = match.New(match.Options{}), map[string]store.Entry{}, nil
	var docs []match.Doc
	err := f.db.View(ctx, func(tx *store.Tx) error {
		var err error
		if f.seq, err = tx.LastChange(); err != nil {
			return err
		}
		return tx.EachEntry(func(e store.Entry) error {
			if !indexed(e) {
				return nil
			}
			f.entries[e.Check.ID] = light(e)
			if docs = append(docs, document(e)); len(docs) == part {
				f.ix.Put(docs...)
				docs = docs[:0]
			}
			return nil
		})
	})
	if err != nil {
		return fmt.Errorf("read published checks: %w", err)
	}
	f.ix.Put(docs...)
	return nil
}

// Len returns the number of checks that can be found.
func (f *Finder) Len() int { return f.ix.Len() }

// indexed reports whether a check can be found by its words: withdrawn checks
// and those withheld by an order stay addressable but answer nothing, and a
// check kept as a link has no words.
func indexed(e store.Entry) bool {
	return !e.Version.Withdrawn() && !e.Version.LinkOnly && !e.Version.IsHidden()
}

func document(e store.Entry) match.Doc {
	v := e.Version
	text := v.Summary
	if v.Body != "" {
		text += "\n" + v.Body
	}
	return match.Doc{
		ID: e.Check.ID, Lang: e.Check.Lang, Title: v.Title, Claim: v.Claim,
		Text: text, Day: int32(v.Published),
	}
}

// light drops what a result never shows, so that a million checks fit.
func light(e store.Entry) store.Entry {
	e.Version.Body, e.Version.ToDo, e.Version.Evidence = "", "", nil
	return e
}

// batch is how many changes one Refresh step applies.
const batch = 500

// Refresh applies the changes that were committed since the last call. It may
// be called at any time and from several goroutines.
func (f *Finder) Refresh(ctx context.Context) error {
	f.follow.Lock()
	defer f.follow.Unlock()
	for {
		n, err := f.step(ctx)
		if err != nil {
			return fmt.Errorf("follow changes: %w", err)
		}
		if n < batch {
			return nil
		}
	}
}

// step applies at most one batch and returns how many changes it held.
func (f *Finder) step(ctx context.Context) (int, error) {
	var changes []store.Change
	var fresh map[string]store.Entry
	err := f.db.View(ctx, func(tx *store.Tx) error {
		var err error
		if changes, err = tx.Changes(f.seq, batch); err != nil || len(changes) == 0 {
			return err
		}
		fresh, err = tx.Entries(ids(changes))
		return err
	})
	if err != nil || len(changes) == 0 {
		return 0, err
	}
	f.apply(changes, fresh)
	f.seq = changes[len(changes)-1].Seq
	return len(changes), nil
}

func ids(changes []store.Change) []string {
	seen := make(map[string]bool, len(changes))
	var out []string
	for _, c := range changes {
		if !seen[c.CheckID] {
			seen[c.CheckID] = true
			out = append(out, c.CheckID)
		}
	}
	return out
}

// apply makes the entries known before the index can return them, and forgets
// them only after it no longer can, so that a hit always has its entry.
func (f *Finder) apply(changes []store.Change, fresh map[string]store.Entry) {
	var docs []match.Doc
	var gone []string
	f.mu.Lock()
	for _, id := range ids(changes) {
		if f.late != nil {
			f.late[id] = true
		}
		e, ok := fresh[id]
		if !ok || !indexed(e) {
			gone = append(gone, id)
			continue
		}
		docs = append(docs, document(e))
		f.entries[id] = light(e)
	}
	f.mu.Unlock()
	f.ix.Put(docs...)
	f.meaning.changed(ids(changes))
	if len(gone) == 0 {
		return
	}
	f.ix.Delete(gone...)
	f.mu.Lock()
	for _, id := range gone {
		delete(f.entries, id)
	}
	f.mu.Unlock()
	f.meaning.changed(gone)
}

// Search ranks the published checks for a message. Its only error is that of a
// store that cannot be read before Fill is done. With an embedder it may wait
// for it, 0.3 seconds at most.
func (f *Finder) Search(ctx context.Context, q Query) (Answer, error) {
	limit := q.Limit
	if limit <= 0 {
		limit = defaultLimit
	}
	res := f.search(ctx, match.Query{Text: q.Text.String(), Extra: q.Extra, Limit: min(limit, MaxLimit)}, q.Text)
	found, err := f.candidates(ctx, q.Text.String(), res.Hits)
	if err != nil {
		return Answer{}, err
	}
	switch {
	case res.Outcome == match.Answer && len(found) > 0 && found[0].Check.ID == res.Hits[0].ID:
		return Answer{Outcome: Found, Answer: &found[0], Candidates: found[1:]}, nil
	case res.Outcome == match.None:
		return Answer{Outcome: Nothing, Candidates: found}, nil
	}
	if len(found) == 0 {
		return Answer{Outcome: Nothing}, nil
	}
	return Answer{Outcome: Perhaps, Candidates: found}, nil
}

func (f *Finder) candidates(ctx context.Context, message string, hits []match.Hit) ([]Candidate, error) {
	out, err := f.known(ctx, hits)
	if err != nil {
		return nil, err
	}
	for i := range out {
		for _, d := range match.Differ(message, out[i].Version.Claim) {
			out[i].Differences = append(out[i].Differences, Difference{d.Kind.String(), d.Message, d.Claim})
		}
	}
	return out, nil
}

// known joins hits with their entries.
func (f *Finder) known(ctx context.Context, hits []match.Hit) ([]Candidate, error) {
	entries, missing := f.inMemory(hits)
	if len(missing) > 0 {
		err := f.db.View(ctx, func(tx *store.Tx) error {
			read, err := tx.Entries(missing)
			for id, e := range read {
				if indexed(e) {
					entries[id] = light(e)
				}
			}
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("read what was found: %w", err)
		}
	}
	out := make([]Candidate, 0, len(hits))
	for _, h := range hits {
		if e, ok := entries[h.ID]; ok {
			out = append(out, Candidate{Entry: e, Score: h.Score, Probability: h.Probability, Terms: h.Terms})
		}
	}
	return out, nil
}

// inMemory returns the entries of hits, and the keys of those that were not
// read since the start.
func (f *Finder) inMemory(hits []match.Hit) (entries map[string]store.Entry, missing []string) {
	entries = make(map[string]store.Entry, len(hits))
	f.mu.RLock()
	defer f.mu.RUnlock()
	for _, h := range hits {
		if e, ok := f.entries[h.ID]; ok {
			entries[h.ID] = e
		} else if f.late != nil && !f.late[h.ID] {
			missing = append(missing, h.ID)
		}
	}
	return entries, missing
}

// Fill reads the entries that an index loaded from a file comes without. A
// look-up that is sooner reads its own. It does nothing when all are there.
func (f *Finder) Fill(ctx context.Context) error {
	f.mu.RLock()
	full := f.late == nil
	f.mu.RUnlock()
	if full {
		return nil
	}
	err := f.db.View(ctx, func(tx *store.Tx) error {
		return tx.EachEntry(func(e store.Entry) error {
			f.mu.Lock()
			defer f.mu.Unlock()
			// What changed since then is newer than what is read here.
			if indexed(e) && !f.late[e.Check.ID] {
				f.entries[e.Check.ID] = light(e)
			}
			return nil
		})
	})
	if err != nil {
		return fmt.Errorf("read published checks: %w", err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.late = nil
	return nil
}

// maxGroups bounds the open claims held in memory; a desk with more has to
// close some before new questions can join them.
const maxGroups = 100_000

// Groups remembers, in memory only, the wording of every open claim, to tell
// which of them a new question would join. It is safe for concurrent use.
type Groups struct{ g *match.Grouper }

// NewGroups returns an empty memory; call Reload before using it.
func NewGroups() *Groups { return &Groups{g: match.NewGrouper()} }

// Reload reads the open claims afresh: the words of questions that still wait,
// and the desk's words of claims being checked. What was forgotten on disk is
// forgotten here. What stayed as it was is kept and not made a second time,
// which would take twice the memory, every minute, with nothing asked. After an
// error, which is one of the store's, nothing that was known is lost.
func (gs *Groups) Reload(ctx context.Context, db *store.DB) error {
	var open map[string]bool
	put := func(claimID, text string) {
		open[claimID] = true
		gs.g.Put(claimID, text)
	}
	err := db.View(ctx, func(tx *store.Tx) error {
		open = map[string]bool{}
		err := tx.EachWaitingText(func(claimID string, text desk.Text) error {
			put(claimID, text.String())
			return nil
		})
		if err != nil {
			return err
		}
		worded, err := tx.ClaimsByState(desk.Checking, maxGroups)
		for _, c := range worded {
			put(c.ID, c.Wording)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("read open claims: %w", err)
	}
	gs.g.Retain(func(id string) bool { return open[id] })
	return nil
}

// Find returns the open claim that the text asks again.
func (gs *Groups) Find(text desk.Text) (claimID string, ok bool) {
	return gs.g.Find(text.String())
}

// Near returns the open claim that the text resembles most without asking it
// again, for fairness of the queue and for a member's judgement.
func (gs *Groups) Near(text desk.Text) (claimID string, ok bool) {
	return gs.g.Near(text.String())
}

// Forget leaves out a claim that is open no more, before the next Reload does.
func (gs *Groups) Forget(claimID string) { gs.g.Delete(claimID) }

// Remember adds the words of a new claim.
func (gs *Groups) Remember(claimID string, text desk.Text) {
	gs.g.Put(claimID, strings.Clone(text.String()))
}
