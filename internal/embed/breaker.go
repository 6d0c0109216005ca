package embed

import (
	"context"
	"errors"
	"sync"
	"time"

	"sangto/match"
)

// ErrOpen says that the embedder was not asked, because it failed lately.
var ErrOpen = errors.New("embed: not asked, it failed lately")

const (
	// failuresMax is after how many failures in a row the embedder is left alone.
	failuresMax = 3
	// restTime is for how long.
	restTime = 15 * time.Second
)

// Breaker is an Embedder that leaves another alone after it failed three times
// in a row: for 15 seconds every call returns ErrOpen at once, then one call
// tries it while the others still get ErrOpen (Nygard, "Release It!", 2007). So
// a server that is down or slow costs three look-ups their patience and the
// rest nothing. It is safe for concurrent use.
type Breaker struct {
	inner match.Embedder
	clock func() time.Time
	// changed is told when the embedder is left alone, with the reason, and
	// with nil when it works again.
	changed func(error)

	mu       sync.Mutex
	failures int
	until    time.Time // while failures are too many: nobody asks before
	trying   bool      // one call is trying it
}

var _ match.Embedder = (*Breaker)(nil)

// NewBreaker returns a Breaker around inner. changed is called when the state
// changes, by one goroutine at a time, and must not call the Breaker.
func NewBreaker(inner match.Embedder, clock func() time.Time, changed func(error)) *Breaker {
	return &Breaker{inner: inner, clock: clock, changed: changed}
}

// Model implements match.Embedder.
func (b *Breaker) Model() string { return b.inner.Model() }

// Embed implements match.Embedder. A call that its caller cancelled counts
// neither as success nor as failure; one that ran out of time is a failure.
func (b *Breaker) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	ok, trial := b.enter()
	if !ok {
		return nil, ErrOpen
	}
	vectors, err := b.inner.Embed(ctx, texts)
	b.leave(trial, err)
	return vectors, err
}

// enter reports whether the embedder may be asked now, and whether that is the
// one call that tries it.
func (b *Breaker) enter() (ok, trial bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failures < failuresMax {
		return true, false
	}
	if b.trying || b.clock().Before(b.until) {
		return false, false
	}
	b.trying = true
	return true, true
}

func (b *Breaker) leave(trial bool, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if trial {
		b.trying = false
	}
	if errors.Is(err, context.Canceled) {
		return
	}
	was := b.failures >= failuresMax
	if err == nil {
		b.failures = 0
	} else {
		b.failures++
		b.until = b.clock().Add(restTime)
	}
	if is := b.failures >= failuresMax; is != was {
		b.changed(err)
	}
}
