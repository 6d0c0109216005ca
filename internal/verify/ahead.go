package verify

import (
	"context"
	"errors"
	"sync"

	"sangto/internal/record/leaf"
	"sangto/ledger"
)

const (
	// atOnce is how many requests are under way at a time.
	atOnce = 6
	// aheadBy is how many bundles are asked for before they are needed.
	aheadBy = 4
	// bundleMost is the longest bundle of a record, whose leaves are short.
	bundleMost = ledger.Width * (2 + leaf.Max)
)

// ahead reads full bundles and their tiles before the audit asks for them, so
// that a far-away site does not cost one round trip after another. Each is held
// until it is asked for once.
type ahead struct {
	src ledger.Source
	// full is how many full bundles the log has.
	full  int64
	slots chan struct{}

	mu    sync.Mutex
	asked map[string]chan fetched
	next  int64
}

type fetched struct {
	data []byte
	err  error
}

func newAhead(src ledger.Source, size int64) *ahead {
	return &ahead{src: src, full: size / ledger.Width, slots: make(chan struct{}, atOnce), asked: map[string]chan fetched{}}
}

// Read implements [ledger.Source].
func (a *ahead) Read(ctx context.Context, path string, limit int) ([]byte, error) {
	t, err := ledger.ParsePath(path)
	if err != nil {
		return a.src.Read(ctx, path, limit)
	}
	if t.Level < 0 {
		limit = min(limit, bundleMost)
		a.schedule(ctx, t.N)
	}
	a.mu.Lock()
	waiting := a.asked[path]
	delete(a.asked, path)
	a.mu.Unlock()
	if waiting == nil {
		return a.src.Read(ctx, path, limit)
	}
	select {
	case f := <-waiting:
		return f.data, f.err
	case <-ctx.Done():
		return nil, errors.Join(ctx.Err())
	}
}

// schedule asks for what follows bundle n.
func (a *ahead) schedule(ctx context.Context, n int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for a.next = max(a.next, n+1); a.next <= n+aheadBy && a.next < a.full; a.next++ {
		a.fetch(ctx, ledger.EntriesPath(a.next, ledger.Width), bundleMost)
		a.fetch(ctx, ledger.TilePath(0, a.next, ledger.Width), ledger.Width*32)
	}
}

func (a *ahead) fetch(ctx context.Context, path string, limit int) {
	answer := make(chan fetched, 1)
	a.asked[path] = answer
	go func() {
		select {
		case a.slots <- struct{}{}:
			defer func() { <-a.slots }()
		case <-ctx.Done():
			answer <- fetched{err: ctx.Err()}
			return
		}
		b, err := a.src.Read(ctx, path, limit)
		answer <- fetched{b, err}
	}()
}
