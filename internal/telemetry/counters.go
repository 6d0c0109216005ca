package telemetry

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Counters counts answers by route pattern. A pattern is a string of the
// program's own route table: no path, no word and no number of a request can
// become a label. It is safe for concurrent use.
type Counters struct {
	mu     sync.Mutex
	routes map[string]*route
}

type route struct {
	class [6]atomic.Uint64
	slow  [len(bounds) + 1]atomic.Uint64
	nanos atomic.Int64
}

// bounds are the upper ends of the time buckets.
var bounds = [...]time.Duration{
	5 * time.Millisecond, 25 * time.Millisecond, 100 * time.Millisecond,
	250 * time.Millisecond, time.Second, 10 * time.Second,
}

// Stats is the numbers of all routes since the start, sorted by pattern.
type Stats struct{ Routes []RouteStats }

// RouteStats is the numbers of one route.
type RouteStats struct {
	Pattern string
	// Class counts answers by the first digit of their status; Class[0] those
	// that never got one because the connection was cut.
	Class [6]uint64
	// Within counts answers by time taken: up to 5 ms, 25 ms, 100 ms, 250 ms,
	// 1 s, 10 s, and longer.
	Within [7]uint64
	// Total is the time taken by all of them.
	Total time.Duration
}

// NewCounters returns Counters without routes.
func NewCounters() *Counters { return &Counters{routes: map[string]*route{}} }

// Route counts the answers of next under pattern. Call it once for each entry
// of the route table, when the program is assembled.
func (c *Counters) Route(pattern string, next http.Handler) http.Handler {
	r := c.route(pattern)
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		began := time.Now()
		seen := &statusWriter{ResponseWriter: w}
		defer func() { r.count(seen.status, time.Since(began)) }()
		next.ServeHTTP(seen, req)
		seen.settle()
	})
}

func (c *Counters) route(pattern string) *route {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.routes[pattern] == nil {
		c.routes[pattern] = &route{}
	}
	return c.routes[pattern]
}

func (r *route) count(status int, took time.Duration) {
	r.class[min(max(status/100, 0), 5)].Add(1)
	at, _ := slices.BinarySearch(bounds[:], took)
	r.slow[at].Add(1)
	r.nanos.Add(int64(took))
}

// Stats returns the present numbers.
func (c *Counters) Stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	var s Stats
	for pattern, r := range c.routes {
		one := RouteStats{Pattern: pattern, Total: time.Duration(r.nanos.Load())}
		for i := range r.class {
			one.Class[i] = r.class[i].Load()
		}
		for i := range r.slow {
			one.Within[i] = r.slow[i].Load()
		}
		s.Routes = append(s.Routes, one)
	}
	slices.SortFunc(s.Routes, func(a, b RouteStats) int { return strings.Compare(a.Pattern, b.Pattern) })
	return s
}

// statusWriter notes the status that a handler sends.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 && status >= http.StatusOK {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(b []byte) (int, error) {
	w.settle()
	return w.ResponseWriter.Write(b)
}

// settle notes the status that net/http sends when a handler names none.
func (w *statusWriter) settle() {
	if w.status == 0 {
		w.status = http.StatusOK
	}
}

// Unwrap lets http.ResponseController reach the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
