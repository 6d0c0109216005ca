package gate

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime"
	"strconv"
	"strings"
	"time"

	"sangto/internal/desk"
)

// Public guards a handler of the public side. It
//
//   - answers 405 to any method but GET, HEAD and POST;
//   - refuses requests with an identity header (error.identity) and forms sent
//     from another site (error.origin);
//   - hands next a request without peer address, TLS state, cookies or any
//     header that is not needed to answer it;
//   - holds the answer in memory until next returns, then sends it with the
//     headers of class, compressed if the reader takes gzip; an answer to a
//     POST and every Form page is padded to 16 KiB steps;
//   - recovers from a panic with error.internal, logging a random number and
//     function names only;
//   - bounds the handler's time through the request's context; a handler that
//     gives up without an answer is reported as error.slow.
//
// A handler that must know the peer or set a cookie does not belong behind
// Public.
func (g *Gate) Public(class PageClass, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g.count.requests.Add(1)
		p := newResponse(g, w, r, class)
		g.answer(p, r, next)
		p.finish()
	})
}

// Staff guards a handler of the desk's own pages as Public guards the public
// ones, and differs in this: the handler sees and may set cookies, headers that
// say who somebody is are dropped instead of refused, answers are of class Desk
// and unpadded, and each carries a nonce for its scripts, which NonceOf gives.
func (g *Gate) Staff(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g.count.requests.Add(1)
		p := newResponse(g, w, r, Desk)
		p.nonce = rand.Text()
		g.answer(p, r.WithContext(context.WithValue(r.Context(), nonceKey{}, p.nonce)), next)
		p.finish()
	})
}

// nonceKey is the context key of the nonce of a Desk page.
type nonceKey struct{}

// NonceOf returns the nonce that scripts of the answer to a request behind
// Staff must carry, "" elsewhere.
func NonceOf(ctx context.Context) string {
	nonce, _ := ctx.Value(nonceKey{}).(string)
	return nonce
}

// answer fills p, whatever happens in next.
func (g *Gate) answer(p *response, r *http.Request, next http.Handler) {
	if !allowedMethod(r.Method) {
		g.count.method.Add(1)
		p.Header().Set("Allow", "GET, HEAD, POST")
		p.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	clean := g.strip(r, p.class)
	if r.Body != nil {
		body := &meteredBody{ReadCloser: r.Body, gate: g}
		defer body.release()
		clean.Body = body
	}
	defer g.recovered(p, clean)
	if err := g.admit(r, p.class); err != nil {
		g.refuse(p, clean, err, 0)
		return
	}
	g.serve(p, clean, next, g.timeFor(r))
}

// serve runs next within limit and answers for it if it gives up silently
// because its time was over.
func (g *Gate) serve(w http.ResponseWriter, r *http.Request, next http.Handler, limit time.Duration) {
	ctx, cancel := context.WithTimeout(r.Context(), limit)
	defer cancel()
	next.ServeHTTP(w, r.WithContext(ctx))
	p := held(w)
	if p == nil || p.started() || !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return
	}
	g.count.slow.Add(1)
	g.refuse(w, r, &desk.Error{Kind: desk.Unavailable, Op: "serve", Key: "error.slow"}, busyRetry)
}

func allowedMethod(m string) bool {
	return m == http.MethodGet || m == http.MethodHead || m == http.MethodPost
}

// timeFor leaves a body the time to arrive, which Lane takes off again.
func (g *Gate) timeFor(r *http.Request) time.Duration {
	if r.Method == http.MethodPost {
		return bodyTime + g.handlerTime
	}
	return g.handlerTime
}

// admit is the part of Public that reads headers the handler will not see.
func (g *Gate) admit(r *http.Request, class PageClass) error {
	if err := g.identity.refuse(r.Header); err != nil && class != Desk {
		g.count.identity.Add(1)
		return err
	}
	if err := g.origin.Check(r); err != nil {
		g.count.origin.Add(1)
		return &desk.Error{Kind: desk.Forbidden, Op: "compare origins", Key: "error.origin"}
	}
	return nil
}

// clientKey is the context key of the network prefix of a request, between
// Public and Lane and nowhere else.
type clientKey struct{}

// strip returns the request that handlers see. What they have no use for is
// not merely unread but absent.
func (g *Gate) strip(r *http.Request, class PageClass) *http.Request {
	clean := r.WithContext(context.WithValue(r.Context(), clientKey{}, g.client(r)))
	clean.Header = http.Header{}
	for name, values := range r.Header {
		if keepHeader(name) || name == "Cookie" && class == Desk {
			clean.Header[name] = values
		}
	}
	if r.Header.Get("If-Range") != "" {
		clean.Header.Del("Range")
	}
	// Nothing behind the gate can keep or log an address that it is not given.
	clean.RemoteAddr = ""
	clean.TLS = nil
	clean.Trailer = nil
	return clean
}

// keepHeader names the request headers that the public side reads.
func keepHeader(name string) bool {
	switch name {
	case "Content-Type", "Content-Encoding", "Origin", "If-None-Match", "Accept-Encoding", "Range":
		return true
	}
	return strings.HasPrefix(name, "Sec-Fetch-")
}

// client returns the prefix under which a request's sender is counted, or the
// zero Prefix if only the limits of the whole lane apply. It is the only place
// that reads an address: what leaves it is a /24 or /56, which the limits hash
// under a random key that lives in memory, and nothing writes it anywhere.
func (g *Gate) client(r *http.Request) netip.Prefix {
	return clientPrefix(r.RemoteAddr, r.Header.Values("X-Forwarded-For"), g.proxies)
}

// refuse answers with err's page.
func (g *Gate) refuse(w http.ResponseWriter, r *http.Request, err error, retry time.Duration) {
	if retry > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(wholeSeconds(retry)))
	}
	g.render(w, r, err)
}

// recovered turns a panic into an internal error. The panic's value is not
// printed: it may hold what a person wrote. The number given to the reader and
// the log is random, so that it ties the two together and nothing else.
func (g *Gate) recovered(p *response, r *http.Request) {
	v := recover()
	if v == nil {
		return
	}
	if v == http.ErrAbortHandler {
		panic(v)
	}
	g.count.panics.Add(1)
	id := rand.Text()[:8]
	g.logger.LogAttrs(context.Background(), slog.LevelError, "a handler panicked",
		slog.String("id", id), slog.Any("stack", functionNames()))
	if p.streaming {
		panic(http.ErrAbortHandler)
	}
	p.reset()
	defer func() {
		if recover() != nil {
			p.reset()
			p.WriteHeader(http.StatusInternalServerError)
		}
	}()
	g.refuse(p, r, &desk.Error{Kind: desk.Internal, Op: "serve", Key: "error.internal", Args: map[string]any{"ID": id}}, 0)
}

// functionNames lists the functions of the panicking goroutine, innermost
// first. Names alone: frames print arguments, and file paths tell of the
// machine that built the program.
func functionNames() []string {
	pcs := make([]uintptr, 48)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs)])
	var names []string
	for {
		frame, more := frames.Next()
		if frame.Function != "" {
			names = append(names, frame.Function)
		}
		if !more {
			return names
		}
	}
}
