package gate

import (
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"sangto/internal/desk"
)

// Config is what a Gate is made of. The zero value works: no proxy is trusted,
// the limits are DefaultLimits, refusals are bare.
type Config struct {
	// Clock tells the time to the rate limits. Default time.Now.
	Clock func() time.Time
	// Proxies are the peers whose X-Forwarded-For is believed, for one thing: the
	// network prefix that the rate limits hash in memory. The addresses in it are
	// kept nowhere and no handler sees them.
	Proxies []netip.Prefix
	// Public is the address under which readers know the site. If its scheme
	// is https, Strict-Transport-Security is sent; forms may come from its
	// origin also when a proxy rewrites Host.
	Public *url.URL
	// Logger receives the panic lines. Default: none are written.
	Logger *slog.Logger
	// Refuse renders a refusal as a page in the reader's language. err is
	// always a *desk.Error with a catalogue key; Retry-After is already set
	// where it applies. The request's body may still be read with ReadBody, so
	// that a person's words can be shown again. Default: a status and no page.
	Refuse func(w http.ResponseWriter, r *http.Request, err error)
	// Limits of the lanes, by Lane. Lanes that are absent get DefaultLimits.
	Limits map[Lane]Limit
	// HandlerTime bounds how long a handler may work on one request once its
	// body is read, through the request's context. Default 10 s.
	HandlerTime time.Duration
	// BodyBudget bounds the memory of all form bodies together, in bytes.
	// Default 32 MiB.
	BodyBudget int64
	// Connections bounds how many connections the servers of the gate hold open
	// together. Default 2,048.
	Connections int
}

// Gate guards the public handlers. It is safe for concurrent use, starts no
// goroutine and writes no file.
type Gate struct {
	clock       func() time.Time
	proxies     []netip.Prefix
	https       bool
	logger      *slog.Logger
	render      func(http.ResponseWriter, *http.Request, error)
	handlerTime time.Duration
	bodyBudget  int64
	bodyUsed    atomic.Int64
	identity    identity
	origin      *http.CrossOriginProtection
	lanes       map[Lane]*lane
	clients     *clients
	connections *connections
	packed      *packed
	zippers     *sync.Pool
	count       counters
}

// New returns a Gate.
func New(c Config) *Gate {
	g := &Gate{
		clock: c.Clock, proxies: c.Proxies, logger: c.Logger, render: c.Refuse,
		handlerTime: c.HandlerTime, bodyBudget: c.BodyBudget,
		identity: newIdentity(), origin: http.NewCrossOriginProtection(),
		lanes: map[Lane]*lane{}, packed: newPacked(), zippers: newZippers(),
	}
	if g.clock == nil {
		g.clock = time.Now
	}
	if g.logger == nil {
		g.logger = slog.New(slog.DiscardHandler)
	}
	if g.render == nil {
		g.render = bareRefusal
	}
	if g.handlerTime == 0 {
		g.handlerTime = 10 * time.Second
	}
	if g.bodyBudget == 0 {
		g.bodyBudget = 32 << 20
	}
	g.clients = newClients(g.clock)
	if c.Connections == 0 {
		c.Connections = defaultConnections
	}
	g.connections = newConnections(c.Connections, func() { g.count.cut.Add(1) })
	for name, limit := range DefaultLimits() {
		if own, ok := c.Limits[name]; ok {
			limit = own
		}
		g.lanes[name] = newLane(name, limit)
	}
	g.trust(c.Public)
	return g
}

// trust lets forms come from the site's public origin. An address that is no
// origin is left out: then only the comparison of Origin and Host counts.
func (g *Gate) trust(public *url.URL) {
	if public == nil {
		return
	}
	g.https = public.Scheme == "https"
	_ = g.origin.AddTrustedOrigin(public.Scheme + "://" + public.Host)
}

// counters are the numbers behind Stats.
type counters struct {
	requests, method, identity, origin, tooMany, busy, shed, large, panics, slow, lines, cut atomic.Uint64
}

// Stats is what a Gate may say about its work: numbers since the start, none
// of which concerns one visitor.
type Stats struct {
	Requests uint64 // that reached Public
	Method   uint64 // refused: method other than GET, HEAD or POST
	Identity uint64 // refused: carried an identity header
	Origin   uint64 // refused: form sent from another site
	TooMany  uint64 // refused: network prefix over its limit
	Busy     uint64 // refused: lane over its rate
	Shed     uint64 // refused: lane full
	Large    uint64 // refused: body too large or all body memory in use
	Slow     uint64 // cut: handler over its time
	Panics   uint64 // recovered
	Lines    uint64 // log lines of net/http that were dropped unread
	Cut      uint64 // connections closed to make room for others
	Clients  int    // network prefixes held in memory now, as keyed hashes
}

// Fresh counts the connections of which no byte of a request was read yet. At a
// stop they are waited for.
func (g *Gate) Fresh() int { return g.connections.fresh() }

// Stats returns the present numbers.
func (g *Gate) Stats() Stats {
	return Stats{
		Requests: g.count.requests.Load(), Method: g.count.method.Load(), Identity: g.count.identity.Load(),
		Origin: g.count.origin.Load(), TooMany: g.count.tooMany.Load(), Busy: g.count.busy.Load(),
		Shed: g.count.shed.Load(), Large: g.count.large.Load(), Slow: g.count.slow.Load(),
		Panics: g.count.panics.Load(), Lines: g.count.lines.Load(), Cut: g.count.cut.Load(), Clients: g.clients.len(),
	}
}

// bareRefusal is what a Gate without a renderer answers: the status alone.
func bareRefusal(w http.ResponseWriter, _ *http.Request, err error) {
	w.WriteHeader(Status(desk.KindOf(err)))
}

// Status is the one table from kinds of error to HTTP, for the gate and for the
// pages behind it.
func Status(kind desk.ErrorKind) int {
	switch kind {
	case desk.Invalid:
		return http.StatusBadRequest
	case desk.NotFound:
		return http.StatusNotFound
	case desk.Conflict:
		return http.StatusConflict
	case desk.Forbidden:
		return http.StatusForbidden
	case desk.Unauthenticated:
		return http.StatusUnauthorized
	case desk.TooMany:
		return http.StatusTooManyRequests
	case desk.Unavailable:
		return http.StatusServiceUnavailable
	case desk.TooLarge:
		return http.StatusRequestEntityTooLarge
	}
	return http.StatusInternalServerError
}

func newGlobal(l Limit) *rate.Limiter { return rate.NewLimiter(rate.Limit(l.Rate), l.Burst) }
