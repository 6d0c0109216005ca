package lookup

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"sangto/internal/desk"
	"sangto/internal/store"
	"sangto/match"
)

const (
	// vectorBudget is what a look-up waits for the vector of its message; then
	// it goes on without.
	vectorBudget = 300 * time.Millisecond
	// askedAtOnce is how many look-ups may wait for the embedder at the same
	// time; one more goes on without it.
	askedAtOnce = 8
	// fuseDepth is how many hits of each kind are fused.
	fuseDepth = 50
	// fillBatch is how many checks are embedded in one call: few, so that a
	// look-up does not wait long behind them.
	fillBatch = 16
	// fillPatience is what one such call may take.
	fillPatience = time.Minute
	// sameModel is the cosine from which two vectors of one text are taken for
	// the work of one model; servers round differently from day to day.
	sameModel = 0.98
	// queueMax is how many changed checks wait in memory to be embedded; with
	// more, all checks are gone through again.
	queueMax = 10_000
	// dropBatch is how many old vectors go in one transaction.
	dropBatch = 500
)

// Progress says how far the vectors of the published checks have come.
type Progress struct {
	// Done of Total checks have a vector.
	Done, Total int
	// Ready: look-ups use them.
	Ready bool
}

// errOtherModel says that the embedder's vectors are not comparable with those
// that are kept: its model was replaced under the same name, or its dimension
// changed.
var errOtherModel = errors.New("the embedder's vectors have changed: all are made again")

// meaning keeps a vector for every check that can be found, if there is an
// embedder. Look-ups read it without waiting for the filling.
type meaning struct {
	query match.Embedder
	fill  match.Embedder
	asked chan struct{}
	// ready is what look-ups search: nil until every check has its vector.
	ready atomic.Pointer[match.Vectors]

	mu      sync.Mutex
	vectors *match.Vectors  // nil until the dimension is known; guarded by mu
	queue   map[string]bool // changed checks; guarded by mu
	again   bool            // go through all checks; guarded by mu
	checked bool            // what is kept was compared with the present model; guarded by mu

	filling sync.Mutex // one FillVectors at a time; guards what follows
	after   string     // how far the checks were gone through
	whole   bool       // to the end
}

// UseEmbedder makes look-ups find checks by meaning too, as soon as
// FillVectors has given every check a vector. query is asked for the vectors of messages and
// should fail fast; fill, of the same model, for those of checks and may take
// its time. Only redacted text is handed to either. It must be called before
// the Finder is used.
func (f *Finder) UseEmbedder(query, fill match.Embedder) {
	f.meaning = &meaning{
		query: query, fill: fill, asked: make(chan struct{}, askedAtOnce),
		queue: map[string]bool{}, again: true,
	}
}

// near asks for the vector of a message and searches with it. It returns nil
// if there is no embedder, or none that answers in time. The text is redacted:
// its type says so.
func (m *meaning) near(ctx context.Context, text desk.Text) []match.Similar {
	vectors := m.ready.Load()
	if vectors == nil {
		return nil
	}
	select {
	case m.asked <- struct{}{}:
		defer func() { <-m.asked }()
	default:
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, vectorBudget)
	defer cancel()
	got, err := m.query.Embed(ctx, []string{text.String()})
	if err != nil || len(got) != 1 {
		return nil
	}
	near, err := vectors.Search(got[0], fuseDepth)
	if errors.Is(err, match.ErrDimension) {
		m.distrust(vectors)
	}
	return near
}

// distrust stops look-ups from using vectors that cannot be compared with what
// the embedder says now; FillVectors then compares, and begins anew if it must.
func (m *meaning) distrust(vectors *match.Vectors) {
	if m.ready.CompareAndSwap(vectors, nil) {
		m.mu.Lock()
		m.vectors, m.checked = nil, false
		m.mu.Unlock()
	}
}

// search ranks by words and, if there is an embedder, by meaning, side by side.
func (f *Finder) search(ctx context.Context, q match.Query, text desk.Text) match.Result {
	if f.meaning == nil || f.meaning.ready.Load() == nil {
		return f.ix.Search(q)
	}
	found := make(chan []match.Similar, 1)
	go func() { found <- f.meaning.near(ctx, text) }()
	limit := q.Limit
	q.Limit = max(limit, fuseDepth)
	words := f.ix.Search(q)
	return match.Fuse(words, <-found, limit)
}

// changed notes checks that are new, changed or gone: what was known of their
// meaning is forgotten at once.
func (m *meaning) changed(ids []string) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.vectors != nil {
		m.vectors.Delete(ids...)
	}
	for _, id := range ids {
		m.queue[id] = true
	}
	if len(m.queue) > queueMax {
		clear(m.queue)
		m.again = true
	}
}

// FillVectors gives vectors to the checks that have none, until all have one,
// ctx ends or the embedder fails; then it may be called again, and goes on where
// it was, after a restart too. report, which may be nil, is told of progress
// after every batch. Without an embedder, or before Fill is done, it does
// nothing.
func (f *Finder) FillVectors(ctx context.Context, report func(Progress)) error {
	m := f.meaning
	if m == nil || !f.full() {
		return nil
	}
	m.filling.Lock()
	defer m.filling.Unlock()
	err := f.fillVectors(ctx, report)
	if errors.Is(err, errOtherModel) {
		m.distrust(m.ready.Load())
	}
	if err != nil {
		return fmt.Errorf("give checks their vectors: %w", err)
	}
	return nil
}

// full reports whether every entry is in memory.
func (f *Finder) full() bool {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.late == nil
}

func (f *Finder) fillVectors(ctx context.Context, report func(Progress)) error {
	m := f.meaning
	if err := f.begin(ctx); err != nil {
		return err
	}
	for {
		ids, err := f.lacking(ctx)
		if err != nil {
			return err
		}
		if len(ids) == 0 {
			break
		}
		if err := f.embed(ctx, ids); err != nil {
			return err
		}
		f.report(report)
	}
	m.mu.Lock()
	vectors, again := m.vectors, m.again
	m.mu.Unlock()
	if vectors == nil || again || m.ready.Load() == vectors {
		return nil
	}
	if err := f.dropOthers(ctx, vectors.Dimension()); err != nil {
		return err
	}
	m.ready.Store(vectors)
	f.report(report)
	return nil
}

func (f *Finder) report(to func(Progress)) {
	m := f.meaning
	m.mu.Lock()
	p := Progress{Total: f.Len(), Ready: m.ready.Load() != nil}
	if m.vectors != nil {
		p.Done = m.vectors.Len()
	}
	m.mu.Unlock()
	if to != nil {
		to(p)
	}
}

// begin reads the vectors that were kept, once, after comparing one of them
// with what the embedder makes of the same text now; and starts over where that
// was asked for.
func (f *Finder) begin(ctx context.Context) error {
	m := f.meaning
	m.mu.Lock()
	checked := m.checked
	m.mu.Unlock()
	var vectors *match.Vectors
	if !checked {
		var err error
		if vectors, err = f.keptVectors(ctx); err != nil {
			return err
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if !checked {
		m.vectors, m.checked, m.again = vectors, true, true
	}
	if m.again {
		m.again, m.after, m.whole = false, "", false
	}
	return nil
}

// keptVectors reads the vectors that are comparable with what the embedder
// makes now. Those that are not are deleted; nil means that there are none.
func (f *Finder) keptVectors(ctx context.Context) (*match.Vectors, error) {
	sample, err := f.sample(ctx)
	if err != nil || sample == nil {
		return nil, err
	}
	f.mu.RLock()
	text := meaningOf(f.entries[sample.CheckID])
	f.mu.RUnlock()
	now, err := f.ask(ctx, []string{text})
	if err != nil {
		return nil, err
	}
	if len(now[0]) != len(sample.Parts) || dot(now[0], sample.Parts) < sameModel {
		// Nothing has dimension 0: all of them go.
		return nil, f.dropOthers(ctx, 0)
	}
	vectors := match.NewVectors(len(now[0]))
	return vectors, f.eachKept(ctx, func(v store.Vector) error {
		if len(v.Parts) != vectors.Dimension() {
			return nil
		}
		return vectors.Put(v.CheckID, v.Parts)
	})
}

var errEnough = errors.New("enough")

// sample is one kept vector, nil if there is none.
func (f *Finder) sample(ctx context.Context) (one *store.Vector, err error) {
	err = f.eachKept(ctx, func(v store.Vector) error {
		one = &v
		return errEnough
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return one, err
}

// eachKept hands over the kept vectors of checks as they are in memory.
func (f *Finder) eachKept(ctx context.Context, do func(store.Vector) error) error {
	return f.db.View(ctx, func(tx *store.Tx) error {
		return tx.EachVector(f.meaning.fill.Model(), func(v store.Vector) error {
			if !f.current(v.CheckID, v.Number) {
				return nil
			}
			return do(v)
		})
	})
}

// current reports whether a version is the newest of a check that can be found.
func (f *Finder) current(id string, number int) bool {
	f.mu.RLock()
	defer f.mu.RUnlock()
	e, ok := f.entries[id]
	return ok && e.Version.Number == number
}

func dot(a, b []float32) float64 {
	sum := 0.0
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}

// lacking returns the next checks to embed: those that changed, then those
// that have no vector, in the order of their keys.
func (f *Finder) lacking(ctx context.Context) ([]string, error) {
	m := f.meaning
	m.mu.Lock()
	var ids []string
	for id := range maps.Keys(m.queue) {
		if len(ids) == fillBatch {
			break
		}
		ids = append(ids, id)
	}
	dimension := 0 // which no vector has: all checks lack it
	if m.vectors != nil {
		dimension = m.vectors.Dimension()
	}
	m.mu.Unlock()
	if len(ids) > 0 || m.whole {
		return ids, nil
	}
	err := f.db.View(ctx, func(tx *store.Tx) error {
		var err error
		ids, err = tx.WithoutVector(m.fill.Model(), dimension, m.after, fillBatch)
		return err
	})
	m.whole = err == nil && len(ids) == 0
	if len(ids) > 0 {
		m.after = ids[len(ids)-1]
	}
	return ids, err
}

// embed gives vectors to checks, keeps them, and lets look-ups find them if the
// check is still what it was.
func (f *Finder) embed(ctx context.Context, ids []string) error {
	m := f.meaning
	var entries []store.Entry
	var texts []string
	f.mu.RLock()
	for _, id := range ids {
		if e, ok := f.entries[id]; ok {
			entries, texts = append(entries, e), append(texts, meaningOf(e))
		}
	}
	f.mu.RUnlock()
	if len(texts) > 0 {
		made, err := f.ask(ctx, texts)
		if err == nil {
			err = f.keep(ctx, entries, made)
		}
		if err != nil {
			m.enqueue(ids) // the walk has passed them
			return err
		}
	}
	f.done(ids, entries)
	return nil
}

func (m *meaning) enqueue(ids []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, id := range ids {
		m.queue[id] = true
	}
}

// done takes checks out of the queue, unless they changed meanwhile, and the
// vectors of those that are gone out of memory.
func (f *Finder) done(ids []string, as []store.Entry) {
	was := map[string]int{}
	for _, e := range as {
		was[e.Check.ID] = e.Version.Number
	}
	f.mu.RLock()
	defer f.mu.RUnlock()
	f.meaning.mu.Lock()
	defer f.meaning.mu.Unlock()
	for _, id := range ids {
		e, ok := f.entries[id]
		if !ok && f.meaning.vectors != nil {
			f.meaning.vectors.Delete(id)
		}
		if !ok || e.Version.Number == was[id] {
			delete(f.meaning.queue, id)
		}
	}
}

func (f *Finder) ask(ctx context.Context, texts []string) ([][]float32, error) {
	ctx, cancel := context.WithTimeout(ctx, fillPatience)
	defer cancel()
	made, err := f.meaning.fill.Embed(ctx, texts)
	if err == nil && len(made) != len(texts) {
		err = fmt.Errorf("%d vectors for %d texts", len(made), len(texts))
	}
	return made, err
}

// keep writes vectors to the store and then to memory. The check is asked for
// once more after its vector went in: whoever changes a check changes its entry
// first and deletes the vector then, so one of the two sees the other.
func (f *Finder) keep(ctx context.Context, entries []store.Entry, made [][]float32) error {
	m := f.meaning
	vectors := m.ofDimension(len(made[0]))
	if len(made[0]) != vectors.Dimension() {
		return errOtherModel
	}
	err := f.db.Update(ctx, func(tx *store.Tx) error {
		for i, e := range entries {
			v := store.Vector{CheckID: e.Check.ID, Number: e.Version.Number, Model: m.fill.Model(), Parts: made[i]}
			if err := tx.PutVector(v); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i, e := range entries {
		if err := vectors.Put(e.Check.ID, made[i]); err != nil {
			return err
		}
		if !f.current(e.Check.ID, e.Version.Number) {
			vectors.Delete(e.Check.ID)
		}
	}
	return nil
}

// ofDimension returns the vectors being filled, which have the dimension of the
// first that came.
func (m *meaning) ofDimension(dimension int) *match.Vectors {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.vectors == nil {
		m.vectors = match.NewVectors(dimension)
	}
	return m.vectors
}

// dropOthers deletes what other models and dimensions left, in small steps.
func (f *Finder) dropOthers(ctx context.Context, dimension int) error {
	for {
		n := 0
		err := f.db.Update(ctx, func(tx *store.Tx) (err error) {
			n, err = tx.DropVectors(f.meaning.fill.Model(), dimension, dropBatch)
			return err
		})
		if err != nil || n < dropBatch {
			return err
		}
	}
}

// meaningMax bounds what is embedded of a check, in bytes.
const meaningMax = 2000

// meaningOf is what an embedder is given of a check: what was claimed, before
// what was found.
func meaningOf(e store.Entry) string {
	v := e.Version
	text := v.Claim + "\n" + v.Title + "\n" + v.Summary
	return strings.ToValidUTF8(text[:min(len(text), meaningMax)], "")
}
