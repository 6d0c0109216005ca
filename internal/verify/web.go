package verify

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"sangto/ledger"
)

// The bounds of one request.
const (
	webTime      = 30 * time.Second // of one try, body included
	webTries     = 4
	webRedirects = 3
	webHeader    = 64 << 10
	waitMost     = 30 * time.Second // of what Retry-After may ask
)

// userAgent is the same for everybody: who checks a desk is nobody's business.
const userAgent = "Mozilla/5.0 (compatible; record reader)"

// ErrElsewhere means that a site leads to another one.
var ErrElsewhere = errors.New("the address leads to another site")

// StatusError is an answer that says nothing about the record.
type StatusError struct {
	Path   string
	Status int
	// after is what the site asks to wait.
	after time.Duration
}

func (e *StatusError) Error() string {
	return fmt.Sprintf("%s: the site answers %d %s", e.Path, e.Status, http.StatusText(e.Status))
}

// Web reads the record of a site. It implements [ledger.Source] and is safe for
// concurrent use.
//
// Its addresses are the operator's own choice, so that it goes wherever it is
// sent, private networks and proxies of the environment included; a site can
// lead it nowhere else.
type Web struct {
	base   *url.URL
	client *http.Client
	// pause waits between tries; tests shorten it.
	pause func(ctx context.Context, d time.Duration) error
}

var _ ledger.Source = (*Web)(nil)

// NewWeb reads the site at an http or https address, which may have a path in
// front of all others.
func NewWeb(address string) (*Web, error) {
	base, err := url.Parse(address)
	if err != nil || base.Host == "" || base.User != nil || base.Scheme != "http" && base.Scheme != "https" || base.RawQuery != "" || base.Fragment != "" {
		return nil, fmt.Errorf("%q is no address of a site", address)
	}
	base.Path = strings.TrimRight(base.Path, "/") + "/"
	base.RawPath = ""
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(true)
	transport := &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    10 * time.Second,
		ResponseHeaderTimeout:  webTime,
		IdleConnTimeout:        time.Minute,
		MaxIdleConnsPerHost:    atOnce,
		MaxResponseHeaderBytes: webHeader,
		Protocols:              &protocols,
	}
	w := &Web{base: base, pause: pause}
	w.client = &http.Client{Transport: transport, Timeout: webTime, CheckRedirect: w.follow}
	return w, nil
}

// String is the address.
func (w *Web) String() string { return strings.TrimSuffix(w.base.String(), "/") }

// follow lets a site correct a path or turn to https, and nothing else.
func (w *Web) follow(next *http.Request, via []*http.Request) error {
	same := next.URL.Host == w.base.Host || next.URL.Hostname() == w.base.Hostname() && next.URL.Port() == "" && w.base.Port() == ""
	if !same || w.base.Scheme == "https" && next.URL.Scheme != "https" || len(via) > webRedirects {
		return ErrElsewhere
	}
	next.Header.Del("Referer")
	return nil
}

// Read implements [ledger.Source] for a path relative to the address. What is
// gone (410) or withheld (451) is not there.
func (w *Web) Read(ctx context.Context, path string, limit int) ([]byte, error) {
	wait := 500 * time.Millisecond
	for try := 1; ; try++ {
		b, err := w.once(ctx, path, limit)
		if err == nil || try == webTries || !worthAgain(err) || ctx.Err() != nil {
			return b, err
		}
		var status *StatusError
		if errors.As(err, &status) {
			wait = max(wait, status.after)
		}
		if err := w.pause(ctx, wait); err != nil {
			return nil, err
		}
		wait *= 3
	}
}

// worthAgain reports whether a failure may be over in a moment.
func worthAgain(err error) bool {
	var damage *ledger.Damage
	var status *StatusError
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, ErrElsewhere), errors.As(err, &damage):
		return false
	case errors.As(err, &status):
		return status.Status >= 500 || status.Status == http.StatusTooManyRequests
	}
	return true
}

// Download writes what is at a path to w and returns how long it is, trying once.
// More than limit bytes are a [*ledger.Damage].
func (w *Web) Download(ctx context.Context, path string, to io.Writer, limit int64) (int64, error) {
	answer, err := w.get(ctx, &http.Client{Transport: w.client.Transport, CheckRedirect: w.follow}, path)
	if err != nil {
		return 0, err
	}
	defer func() { _ = answer.Body.Close() }()
	n, err := io.Copy(to, io.LimitReader(answer.Body, limit+1))
	if err == nil && n > limit {
		err = &ledger.Damage{Path: path, Text: fmt.Sprintf("longer than %d bytes", limit)}
	}
	return n, err
}

// get asks once. What is gone (410) or withheld (451) is not there.
func (w *Web) get(ctx context.Context, client *http.Client, path string) (*http.Response, error) {
	path, query, _ := strings.Cut(path, "?")
	address := w.base.JoinPath(path)
	address.RawQuery = query
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address.String(), nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("User-Agent", userAgent)
	answer, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	switch answer.StatusCode {
	case http.StatusOK:
		return answer, nil
	case http.StatusNotFound, http.StatusGone, http.StatusUnavailableForLegalReasons:
		err = fmt.Errorf("%s: the site answers %d: %w", path, answer.StatusCode, fs.ErrNotExist)
	default:
		seconds, _ := strconv.Atoi(answer.Header.Get("Retry-After"))
		err = &StatusError{Path: path, Status: answer.StatusCode, after: min(time.Duration(max(seconds, 0))*time.Second, waitMost)}
	}
	// A body that is left unread would cost the connection.
	_, _ = io.CopyN(io.Discard, answer.Body, 4<<10)
	return nil, errors.Join(err, answer.Body.Close())
}

func (w *Web) once(ctx context.Context, path string, limit int) ([]byte, error) {
	answer, err := w.get(ctx, w.client, path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	return ledger.ReadLimited(answer.Body, path, limit)
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
