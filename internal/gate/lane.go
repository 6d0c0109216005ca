package gate

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/netip"
	"runtime"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"sangto/internal/desk"
)

// Lane is a kind of work with its own limits, so that a flood of one kind
// leaves the others alone.
type Lane uint8

// The lanes. PageLane is for published pages; static files need none.
const (
	LookupLane Lane = iota
	AskLane
	TrackLane
	PageLane
	// DeskLane is for the pages of members, SignInLane for whatever somebody may
	// try who is not signed in.
	DeskLane
	SignInLane
)

// Limit bounds one lane.
type Limit struct {
	// Rate and Burst bound the lane as a whole, in requests a second.
	Rate  float64
	Burst int
	// Concurrent is how many handlers of the lane may run at a time.
	Concurrent int
	// Wait is how long a request may wait for a place before it is shed; at
	// most waitersPerPlace times as many wait as may run.
	Wait time.Duration
	// Each and Per bound one network prefix: at most Each in a burst, won back
	// evenly over Per. Each of 0 means no such limit.
	Each int
	Per  time.Duration
	// Body bounds a form, in bytes after decoding. 0 means FormMax.
	Body int64
}

// DeskFormMax is the limit of a form of the desk: a draft in two languages with
// all its evidence.
const DeskFormMax = 1 << 20

// DefaultLimits returns the limits of a desk on two cores. Per prefix: 30
// look-ups a minute, 5 questions an hour, 10 receipt codes an hour. As a
// whole: 200 look-ups a second (burst 400), 200 questions (400), 50 codes
// (100), 2,000 pages (4,000), 200 pages of the desk (400), 20 steps of signing
// in (60), of which one prefix, a newsroom perhaps, has 60 in ten minutes. Places scale with the processors, since a
// look-up is all computing; a question mostly waits for the disk.
func DefaultLimits() map[Lane]Limit {
	cores := runtime.GOMAXPROCS(0)
	return map[Lane]Limit{
		LookupLane: {Rate: 200, Burst: 400, Concurrent: 8 * cores, Wait: 250 * time.Millisecond, Each: 30, Per: time.Minute},
		AskLane:    {Rate: 200, Burst: 400, Concurrent: 32 * cores, Wait: 50 * time.Millisecond, Each: 5, Per: time.Hour},
		TrackLane:  {Rate: 50, Burst: 100, Concurrent: 8 * cores, Wait: 100 * time.Millisecond, Each: 10, Per: time.Hour},
		PageLane:   {Rate: 2000, Burst: 4000, Concurrent: 32 * cores, Wait: 100 * time.Millisecond},
		DeskLane:   {Rate: 200, Burst: 400, Concurrent: 16 * cores, Wait: 500 * time.Millisecond, Body: DeskFormMax},
		SignInLane: {Rate: 20, Burst: 60, Concurrent: 2 * cores, Wait: time.Second, Each: 60, Per: 10 * time.Minute},
	}
}

// busyRetry is what a reader is told to wait when a lane is full or a handler
// too slow: short, because the lanes empty themselves in seconds.
const busyRetry = 2 * time.Second

// waitersPerPlace bounds how many wait: those beyond would wait in vain, since
// a place is seldom free that often within Limit.Wait.
const waitersPerPlace = 4

type lane struct {
	name    Lane
	limit   Limit
	global  *rate.Limiter
	places  chan struct{}
	waiting atomic.Int64
}

func newLane(name Lane, l Limit) *lane {
	return &lane{name: name, limit: l, global: newGlobal(l), places: make(chan struct{}, max(1, l.Concurrent))}
}

// Lane bounds a handler's work. A request that is over a limit is answered at
// once, through Refuse, with Retry-After and one of
//
//	error.rate.lookup, error.rate.ask, error.rate.track, error.rate.page, error.rate.sign_in
//	            TooMany: this network prefix is over its limit; Args has
//	            Seconds and Minutes to wait
//	error.rate.busy   Unavailable: the lane is over its rate or full
//	error.body.large  TooLarge; error.body.cut  Invalid; error.body.busy  Unavailable
//
// The body of a POST is read into memory before the request takes a place in
// the lane, so that a slow sender occupies none. Nothing is queued: a request
// that is not being worked on within Limit.Wait is refused, and is then not
// accepted in any sense.
//
// A prefix's allowance is spent by a request that the lane as a whole then
// refuses only if its body was read.
func (g *Gate) Lane(name Lane, next http.Handler) http.Handler {
	l := g.lanes[name]
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if wait, err := g.allow(l, g.sender(r)); err != nil {
			g.refuse(w, r, err, wait)
			return
		}
		r, err := g.load(w, r, l.limit.Body)
		if err != nil {
			g.refuse(w, r, err, 0)
			return
		}
		if !l.enter(r.Context()) {
			g.count.shed.Add(1)
			g.refuse(w, r, busyError(), busyRetry)
			return
		}
		defer l.leave()
		g.serve(w, r.WithContext(forget(r.Context())), next, g.handlerTime)
	})
}

func busyError() error {
	return &desk.Error{Kind: desk.Unavailable, Op: "enter lane", Key: "error.rate.busy"}
}

// sender finds the prefix that Public noted, or reads it if Public does not
// stand in front.
func (g *Gate) sender(r *http.Request) netip.Prefix {
	if p, ok := r.Context().Value(clientKey{}).(netip.Prefix); ok {
		return p
	}
	return g.client(r)
}

// forget hides the prefix from everything behind the lane.
func forget(ctx context.Context) context.Context {
	return context.WithValue(ctx, clientKey{}, netip.Prefix{})
}

// allow asks the prefix's bucket, then the lane's.
func (g *Gate) allow(l *lane, client netip.Prefix) (time.Duration, error) {
	if wait := g.clients.take(l.name, client, l.limit); wait > 0 {
		g.count.tooMany.Add(1)
		return wait, rateError(l.name, wait)
	}
	if !l.global.AllowN(g.clock(), 1) {
		g.clients.giveBack(l.name, client, l.limit)
		g.count.busy.Add(1)
		return busyRetry, busyError()
	}
	return 0, nil
}

func rateError(name Lane, wait time.Duration) error {
	seconds := wholeSeconds(wait)
	return &desk.Error{
		Kind: desk.TooMany, Op: "count requests", Key: name.overKey(),
		Args: map[string]any{"Seconds": seconds, "Minutes": (seconds + 59) / 60},
	}
}

// overKey is the sentence for a prefix that is over the lane's limit.
func (n Lane) overKey() string {
	switch n {
	case LookupLane:
		return "error.rate.lookup"
	case AskLane:
		return "error.rate.ask"
	case TrackLane:
		return "error.rate.track"
	case SignInLane:
		return "error.rate.sign_in"
	}
	return "error.rate.page"
}

// load reads the body of a POST into memory. The returned request reads from
// there; on error it is the request as it was, its body partly read.
func (g *Gate) load(w http.ResponseWriter, r *http.Request, limit int64) (*http.Request, error) {
	if r.Method != http.MethodPost {
		return r, nil
	}
	if limit == 0 {
		limit = FormMax
	}
	// Whoever sends it slowly is not being worked for.
	c := connectionOf(r.Context())
	c.rests()
	body, err := readAll(w, r, bodyMax(limit))
	c.works()
	if err != nil {
		if desk.KindOf(err) != desk.Invalid {
			g.count.large.Add(1)
		}
		return r, err
	}
	loaded := r.WithContext(r.Context())
	loaded.Body = io.NopCloser(bytes.NewReader(body))
	loaded.ContentLength = int64(len(body))
	return loaded, nil
}

// enter takes a place, waiting a moment if the lane is full.
func (l *lane) enter(ctx context.Context) bool {
	select {
	case l.places <- struct{}{}:
		return true
	default:
	}
	if l.waiting.Add(1) > int64(waitersPerPlace*cap(l.places)) {
		l.waiting.Add(-1)
		return false
	}
	defer l.waiting.Add(-1)
	timer := time.NewTimer(l.limit.Wait)
	defer timer.Stop()
	select {
	case l.places <- struct{}{}:
		return true
	case <-timer.C:
	case <-ctx.Done():
	}
	return false
}

func (l *lane) leave() { <-l.places }
