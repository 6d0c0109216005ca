package fetch

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"

	"sangto/internal/source"
)

// The bounds of one call. A policy may lower them and never raise them.
const (
	MaxBytes     = 10 << 20         // of a page, before and after decompression
	MaxTime      = 20 * time.Second // for everything, redirects included
	MaxRedirects = 3
	maxHeader    = 64 << 10
	maxTries     = 4 // addresses of one host
	dialTime     = 6 * time.Second
)

// userAgent is the same for every installation and version: whoever is called
// learns that a machine calls, and not whose.
const userAgent = "Mozilla/5.0 (compatible; page copy)"

// Policy says where a Client may go. The zero Policy reaches public addresses
// on ports 80 and 443 and follows no redirect. It is an argument of New and
// cannot be set from outside the program: no flag, file or variable leads here.
type Policy struct {
	// Redirects is how many redirects are followed, at most MaxRedirects. Each
	// is judged like the first address.
	Redirects int
	// Own are hosts of this installation, refused with all hosts below them.
	Own []string

	// Widen lets tests reach a local server. Outside tests it is nil, and a
	// law test keeps it so.
	Widen func(netip.AddrPort) bool
	// Resolve finds the addresses of a host; nil asks the system.
	Resolve func(ctx context.Context, host string) ([]netip.Addr, error)
	// Roots are the certificates that are trusted; nil means the system's.
	Roots *x509.CertPool
	// Bytes and Time lower the bounds; zero leaves them.
	Bytes int64
	Time  time.Duration
}

// Reason says why a page was not got. Its text is stored and is part of a
// catalogue key.
type Reason string

// The reasons.
const (
	BadAddress Reason = "address"   // not an http or https address with a name
	BadPort    Reason = "port"      // another port than 80 and 443
	Network    Reason = "network"   // a host where anybody has an account
	OwnHost    Reason = "own"       // this installation
	NotPublic  Reason = "private"   // leads to an address that is not public
	Unknown    Reason = "name"      // no such host
	Unreached  Reason = "unreached" // no answer, or a broken one
	Insecure   Reason = "insecure"  // the certificate is not good
	Redirected Reason = "redirect"  // too many redirects, or one that may not be followed
	Refused    Reason = "status"    // an answer that is no page
	TooLarge   Reason = "large"
	TooSlow    Reason = "slow"
	Unreadable Reason = "encoding" // compressed in a way we do not read
)

// Error is the only error of Get and Refresh. Status is set with Refused, and
// After to what the server asked to be left alone for, zero if it did not.
type Error struct {
	Reason Reason
	Status int
	After  time.Duration
	Err    error
}

// Error implements error for logs.
func (e *Error) Error() string {
	s := "fetch: " + string(e.Reason)
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Page is what the web answered.
type Page struct {
	// Address is where the page was found, after redirects.
	Address string
	// ContentType is the header as it was sent, for its media type and
	// character set.
	ContentType string
	// Body is at most MaxBytes, decompressed.
	Body []byte
	// Known is what the server said of this answer, for the next Refresh.
	Known Known
	// Unchanged is set by Refresh alone: the answer is the one before, and not
	// sent again.
	Unchanged bool
}

// Known are the validators of an answer (RFC 9110, section 8.8). A server's
// words are kept only if they are short and plain.
type Known struct{ ETag, Modified string }

// Client gets pages.
type Client struct {
	policy    Policy
	transport *http.Transport
	bytes     int64
	time      time.Duration
}

// New returns a client that keeps to the policy.
func New(p Policy) *Client {
	p.Redirects = min(max(p.Redirects, 0), MaxRedirects)
	c := &Client{policy: p, bytes: MaxBytes, time: MaxTime}
	if p.Bytes > 0 {
		c.bytes = min(p.Bytes, MaxBytes)
	}
	if p.Time > 0 {
		c.time = min(p.Time, MaxTime)
	}
	var plain http.Protocols
	plain.SetHTTP1(true)
	c.transport = &http.Transport{
		Proxy:                  nil, // the environment is not asked
		DialContext:            c.dial,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: p.Roots},
		TLSHandshakeTimeout:    dialTime,
		Protocols:              &plain,
		DisableKeepAlives:      true,
		DisableCompression:     true, // Get decompresses, under its own caps
		MaxResponseHeaderBytes: maxHeader,
	}
	return c
}

// Get fetches one page. It follows the policy's number of redirects, judges
// every address anew, and gives up after MaxTime or MaxBytes. The error is
// always an *Error; it holds the end of ctx as Unreached with ctx's own cause.
func (c *Client) Get(ctx context.Context, address string) (Page, error) {
	return c.get(ctx, address, asks{accept: acceptPage})
}

// Refresh fetches a file for programs as Get fetches a page, unless it is still
// what the server said of the answer before.
func (c *Client) Refresh(ctx context.Context, address string, known Known) (Page, error) {
	return c.get(ctx, address, asks{accept: acceptData, known: known})
}

// asks is what differs between requests.
type asks struct {
	accept string
	known  Known
}

const (
	acceptPage = "text/html,application/xhtml+xml,text/plain;q=0.9,*/*;q=0.5"
	acceptData = "application/ld+json,application/json,application/x-ndjson,text/csv;q=0.9,text/html;q=0.8,*/*;q=0.5"
)

func (c *Client) get(ctx context.Context, address string, a asks) (Page, error) {
	outer := ctx
	ctx, cancel := context.WithTimeout(ctx, c.time)
	defer cancel()
	u, err := c.judge(address)
	for hop := 0; err == nil; hop++ {
		var next string
		var page Page
		if page, next, err = c.once(ctx, u, a); err != nil || next == "" {
			return page, classify(outer, ctx, err)
		}
		if hop >= c.policy.Redirects {
			return Page{}, &Error{Reason: Redirected}
		}
		u, err = c.follow(u, next)
	}
	return Page{}, err
}

// Post sends a body to an address of another program and returns its status and
// at most the policy's bytes of its answer, whatever the status. It follows no
// redirect; what holds for the addresses of Get holds here.
func (c *Client) Post(ctx context.Context, address, contentType string, body []byte) (status int, answer []byte, err error) {
	outer := ctx
	ctx, cancel := context.WithTimeout(ctx, c.time)
	defer cancel()
	u, err := c.judge(address)
	if err != nil {
		return 0, nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), bytes.NewReader(body))
	if err != nil {
		return 0, nil, &Error{Reason: BadAddress, Err: err}
	}
	r.Header.Set("User-Agent", userAgent)
	r.Header.Set("Content-Type", contentType)
	got, err := c.transport.RoundTrip(r)
	if err != nil {
		return 0, nil, classify(outer, ctx, err)
	}
	defer func() { _ = got.Body.Close() }()
	answer, err = c.read(got)
	return got.StatusCode, answer, classify(outer, ctx, err)
}

// judge reads an address and refuses what can be refused before anything is
// resolved.
func (c *Client) judge(address string) (*url.URL, error) {
	u, err := source.Parse(address)
	if err != nil {
		return nil, &Error{Reason: BadAddress, Err: err}
	}
	host := u.Hostname()
	switch {
	case source.IsNetwork(host, u.Path):
		return nil, &Error{Reason: Network}
	case u.Port() != "" && u.Port() != "80" && u.Port() != "443" && c.policy.Widen == nil:
		return nil, &Error{Reason: BadPort}
	}
	for _, own := range c.policy.Own {
		if own = strings.ToLower(own); host == own || strings.HasSuffix(host, "."+own) {
			return nil, &Error{Reason: OwnHost}
		}
	}
	return u, nil
}

// follow judges where a redirect leads. From https nothing leads back to http.
func (c *Client) follow(from *url.URL, location string) (*url.URL, error) {
	to, err := from.Parse(location)
	if err != nil {
		return nil, &Error{Reason: Redirected, Err: err}
	}
	if from.Scheme == "https" && to.Scheme == "http" {
		return nil, &Error{Reason: Redirected, Err: errors.New("from https to http")}
	}
	return c.judge(to.String())
}

// once sends one request. next is where a redirect leads, "" for a page.
func (c *Client) once(ctx context.Context, u *url.URL, a asks) (page Page, next string, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return Page{}, "", &Error{Reason: BadAddress, Err: err}
	}
	r.Header.Set("User-Agent", userAgent)
	r.Header.Set("Accept", a.accept)
	if a.known.ETag != "" {
		r.Header.Set("If-None-Match", a.known.ETag)
	}
	if a.known.Modified != "" {
		r.Header.Set("If-Modified-Since", a.known.Modified)
	}
	r.Header.Set("Accept-Encoding", "gzip")
	// A transport, not an http.Client: no cookies, no referrer, no redirects
	// of its own.
	answer, err := c.transport.RoundTrip(r)
	if err != nil {
		return Page{}, "", err
	}
	defer func() { _ = answer.Body.Close() }()
	switch answer.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		if to := answer.Header.Get("Location"); to != "" {
			return Page{}, to, nil
		}
	case http.StatusOK, http.StatusNonAuthoritativeInfo:
		body, err := c.read(answer)
		return Page{Address: u.String(), ContentType: answer.Header.Get("Content-Type"), Body: body, Known: knownOf(answer.Header)}, "", err
	case http.StatusNotModified:
		if a.known != (Known{}) {
			return Page{Address: u.String(), Known: a.known, Unchanged: true}, "", nil
		}
	}
	return Page{}, "", &Error{Reason: Refused, Status: answer.StatusCode, After: after(answer.Header.Get("Retry-After"), answer.Header.Get("Date"))}
}

// dial resolves a host and connects to one of its addresses. One address that
// may not be reached condemns the host: no site has a public and a private one.
func (c *Client) dial(ctx context.Context, _, hostPort string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(hostPort)
	if err != nil {
		return nil, &Error{Reason: BadAddress, Err: err}
	}
	addrs, err := c.resolve(ctx, host)
	if err != nil {
		return nil, err
	}
	var targets []string
	for _, a := range addrs {
		target := net.JoinHostPort(a.String(), port)
		if err := c.allowed(target); err != nil {
			return nil, err
		}
		targets = append(targets, target)
	}
	d := net.Dialer{Timeout: dialTime, KeepAlive: -1, ControlContext: c.control}
	for _, target := range targets[:min(len(targets), maxTries)] {
		var conn net.Conn
		if conn, err = d.DialContext(ctx, "tcp", target); err == nil {
			return conn, nil
		}
	}
	return nil, err
}

func (c *Client) resolve(ctx context.Context, host string) ([]netip.Addr, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{a}, nil
	}
	find := c.policy.Resolve
	if find == nil {
		find = func(ctx context.Context, host string) ([]netip.Addr, error) {
			// The dot keeps the search list of resolv.conf, which may name
			// hosts of the private network, out of it.
			return net.DefaultResolver.LookupNetIP(ctx, "ip", strings.TrimSuffix(host, ".")+".")
		}
	}
	addrs, err := find(ctx, host)
	if err == nil && len(addrs) == 0 {
		err = errors.New("no address")
	}
	if err != nil {
		return nil, &Error{Reason: Unknown, Err: err}
	}
	out := make([]netip.Addr, 0, len(addrs))
	for _, a := range addrs {
		if a.Is4In6() && c.policy.Resolve == nil {
			// The system's resolver writes plain IPv4 answers this way.
			a = a.Unmap()
		}
		out = append(out, a)
	}
	return out, nil
}

// control is asked by the dialer with the address that the socket is about to
// be connected to. It is the last word.
func (c *Client) control(_ context.Context, network, address string, _ syscall.RawConn) error {
	if network != "tcp4" && network != "tcp6" {
		return &Error{Reason: NotPublic, Err: errors.New(network)}
	}
	return c.allowed(address)
}

// allowed judges an address by number with its port.
func (c *Client) allowed(address string) error {
	at, err := netip.ParseAddrPort(address)
	switch {
	case err != nil:
		return &Error{Reason: NotPublic, Err: err}
	case c.policy.Widen != nil && c.policy.Widen(at):
		return nil
	case !Public(at.Addr()):
		return &Error{Reason: NotPublic}
	case at.Port() != 80 && at.Port() != 443:
		return &Error{Reason: BadPort}
	}
	return notOurs(at.Addr())
}

// notOurs refuses the addresses of this machine. They are read anew each time,
// because they change.
func notOurs(a netip.Addr) error {
	ours, err := net.InterfaceAddrs()
	if err != nil {
		return &Error{Reason: NotPublic, Err: err}
	}
	for _, o := range ours {
		if n, ok := o.(*net.IPNet); ok {
			if mine, ok := netip.AddrFromSlice(n.IP); ok && mine.Unmap() == a {
				return &Error{Reason: NotPublic, Err: errors.New("this machine")}
			}
		}
	}
	return nil
}

// classify makes any failure an *Error.
func classify(outer, ctx context.Context, err error) error {
	var known *Error
	var record tls.RecordHeaderError
	var cert *tls.CertificateVerificationError
	switch {
	case err == nil:
		return nil
	case outer.Err() != nil:
		return &Error{Reason: Unreached, Err: context.Cause(outer)}
	case errors.As(err, &known):
		return known
	case ctx.Err() != nil, isTimeout(err):
		return &Error{Reason: TooSlow, Err: err}
	case errors.As(err, &record), errors.As(err, &cert):
		return &Error{Reason: Insecure, Err: err}
	}
	return &Error{Reason: Unreached, Err: err}
}

func isTimeout(err error) bool {
	var t net.Error
	return errors.As(err, &t) && t.Timeout()
}
