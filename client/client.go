// Package client calls the public JSON interface of a desk that runs Sáng Tỏ:
// reads what it published, looks one text up, asks for somebody, and comes back
// with a receipt. It needs no key, keeps nothing and follows no redirect.
//
// A text that is looked up goes to whoever runs the desk. For more than a few
// texts take the open data of the desk and search on your own machine.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// MaxAnswer is the longest answer that is read, in bytes.
const MaxAnswer = 8 << 20

// base is where the interface lives on a site.
const base = "/api/v1"

// Client calls one desk. It is safe for concurrent use.
type Client struct {
	site *url.URL
	http *http.Client
}

// New returns a Client of the desk at an address such as
// https://desk.example, over c. Nil c is a client with a timeout of 30 seconds.
// Whatever c is, its cookies are not sent and redirects are not followed: a
// person's words go where they were meant to go or nowhere.
func New(address string, c *http.Client) (*Client, error) {
	site, err := url.Parse(address)
	if err != nil || site.Scheme != "https" && site.Scheme != "http" || site.Host == "" || site.User != nil || site.RawQuery != "" || site.Fragment != "" {
		return nil, fmt.Errorf("%q is not the address of a site", address)
	}
	own := http.Client{Timeout: 30 * time.Second}
	if c != nil {
		own = *c
	}
	own.Jar = nil
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Client{site: site, http: &own}, nil
}

// Error implements error, in English.
func (p *Problem) Error() string {
	return fmt.Sprintf("%d %s: %s", p.Status, p.Code, p.Detail)
}

// Wait is how long to wait before the same call, zero if waiting does not help.
func (p *Problem) Wait() time.Duration { return time.Duration(p.RetryAfter) * time.Second }

// ErrAnswer says that the answer is not one of this interface: the address
// leads elsewhere, or something between replaced it.
var ErrAnswer = errors.New("not an answer of this interface")

// Filter narrows a list. Empty fields do not.
type Filter struct {
	// Topic is a code of Site.Topics, Desk the id of a desk.
	Topic, Desk string
}

func (f Filter) query(page int) url.Values {
	q := url.Values{"page": {strconv.Itoa(page)}}
	if f.Topic != "" {
		q.Set("topic", f.Topic)
	}
	if f.Desk != "" {
		q.Set("desk", f.Desk)
	}
	return q
}

// Site says what the site is called and where everything is.
func (c *Client) Site(ctx context.Context) (Site, error) { return get[Site](ctx, c, nil, "site") }

// Checks returns a page of checks, newest first, counted from 1.
func (c *Client) Checks(ctx context.Context, f Filter, page int) (CheckList, error) {
	return get[CheckList](ctx, c, f.query(page), "checks")
}

// AllChecks walks every page of checks, newest first, and stops at the first
// error. What is published meanwhile may make a check come twice.
func (c *Client) AllChecks(ctx context.Context, f Filter) iter.Seq2[Check, error] {
	return func(yield func(Check, error) bool) {
		for page := 1; ; page++ {
			l, err := c.Checks(ctx, f, page)
			if err != nil {
				yield(Check{}, err)
				return
			}
			for _, one := range l.Checks {
				if !yield(one, nil) {
					return
				}
			}
			if l.Page.Next == "" {
				return
			}
		}
	}
}

// Check returns the newest version of a check in full.
func (c *Client) Check(ctx context.Context, id string) (FullCheck, error) {
	return get[FullCheck](ctx, c, nil, "checks", id)
}

// Versions returns the history of a check, oldest first.
func (c *Client) Versions(ctx context.Context, id string) ([]Head, error) {
	l, err := get[struct {
		Versions []Head `json:"versions"`
	}](ctx, c, nil, "checks", id, "versions")
	return l.Versions, err
}

// Version returns version n of a check as it was published.
func (c *Client) Version(ctx context.Context, id string, n int) (Detail, error) {
	return get[Detail](ctx, c, nil, "checks", id, "versions", strconv.Itoa(n))
}

// Evidence returns the sources of version n of a check.
func (c *Client) Evidence(ctx context.Context, id string, n int) (EvidenceList, error) {
	return get[EvidenceList](ctx, c, nil, "checks", id, "versions", strconv.Itoa(n), "evidence")
}

// Claims returns a page of the sentences that checks judge.
func (c *Client) Claims(ctx context.Context, f Filter, page int) (ClaimList, error) {
	return get[ClaimList](ctx, c, f.query(page), "claims")
}

// Claim returns every desk's finding on the sentence of a check.
func (c *Client) Claim(ctx context.Context, id string) (ClaimFindings, error) {
	return get[ClaimFindings](ctx, c, nil, "claims", id)
}

// Desks returns every desk whose checks are here.
func (c *Client) Desks(ctx context.Context) ([]Desk, error) {
	l, err := get[struct {
		Desks []Desk `json:"desks"`
	}](ctx, c, nil, "desks")
	return l.Desks, err
}

// Desk returns one desk with its own words.
func (c *Client) Desk(ctx context.Context, id string) (FullDesk, error) {
	return get[FullDesk](ctx, c, nil, "desks", id)
}

// DeskPage returns a page of a desk, such as "methodology", in version n, the
// newest if n is 0.
func (c *Client) DeskPage(ctx context.Context, id, page string, n int) (DeskPage, error) {
	path := []string{"desks", id, "pages", page}
	if n != 0 {
		path = append(path, strconv.Itoa(n))
	}
	return get[DeskPage](ctx, c, nil, path...)
}

// Figures counts what the desks of the site published.
func (c *Client) Figures(ctx context.Context) (Figures, error) {
	return get[Figures](ctx, c, nil, "figures")
}

// Notices returns the service notices in force and a page of past ones, counted
// from 1. Nobody at the desk has checked them: show Notice.Heading above each.
func (c *Client) Notices(ctx context.Context, page int) (NoticeList, error) {
	return get[NoticeList](ctx, c, url.Values{"page": {strconv.Itoa(page)}}, "notices")
}

// Notice returns the newest version of a service notice.
func (c *Client) Notice(ctx context.Context, id string) (FullNotice, error) {
	return get[FullNotice](ctx, c, nil, "notices", id)
}

// NoticeVersions returns the history of a service notice, oldest first.
func (c *Client) NoticeVersions(ctx context.Context, id string) ([]Notice, error) {
	l, err := get[struct {
		Versions []Notice `json:"versions"`
	}](ctx, c, nil, "notices", id, "versions")
	return l.Versions, err
}

// NoticeVersion returns version n of a service notice as it came out.
func (c *Client) NoticeVersion(ctx context.Context, id string, n int) (Notice, error) {
	return get[Notice](ctx, c, nil, "notices", id, "versions", strconv.Itoa(n))
}

// Feeds says where the feeds, ClaimReview and the open data are.
func (c *Client) Feeds(ctx context.Context) (Feeds, error) { return get[Feeds](ctx, c, nil, "feeds") }

// Record says where the material for verifying is. The desk cannot vouch for
// itself: verify with a program of your own.
func (c *Client) Record(ctx context.Context) (Record, error) {
	return get[Record](ctx, c, nil, "record")
}

// Lookup asks whether a text was checked. An outcome of "none" says nothing
// about whether it is true.
func (c *Client) Lookup(ctx context.Context, text string) (Found, error) {
	return post[Found](ctx, c, map[string]any{"text": text}, "lookup")
}

// Token takes a token for one question or one contest. It is taken
// Token.NotFor seconds later at the earliest.
func (c *Client) Token(ctx context.Context) (Token, error) {
	return post[Token](ctx, c, map[string]any{}, "token")
}

// Ask hands a question to the desk and returns once it is kept for good. If no
// answer arrives, call it again with the same token: that counts once. With
// receipt the answer holds a code by which whoever has it can come back.
func (c *Client) Ask(ctx context.Context, token, text string, receipt bool) (Sent, error) {
	return post[Sent](ctx, c, map[string]any{"token": token, "text": text, "receipt": receipt}, "ask")
}

// Contest hands the desk what somebody says of a check: kind is "contest" if
// the check is wrong, "reply" for the word of somebody it concerns. The token
// works as in Ask.
func (c *Client) Contest(ctx context.Context, id, token, kind, text string, receipt bool) (Sent, error) {
	return post[Sent](ctx, c, map[string]any{"token": token, "kind": kind, "text": text, "receipt": receipt}, "checks", id, "contest")
}

// Track returns what a receipt opens. Wrong, old and unknown codes get the
// same Problem.
func (c *Client) Track(ctx context.Context, receipt string) (Tracked, error) {
	return post[Tracked](ctx, c, map[string]any{"receipt": receipt}, "track")
}

// Withdraw deletes what a receipt opens, at once and for good.
func (c *Client) Withdraw(ctx context.Context, receipt string) error {
	_, err := post[struct {
		Withdrawn bool `json:"withdrawn"`
	}](ctx, c, map[string]any{"receipt": receipt, "confirm": true}, "withdraw")
	return err
}

func get[T any](ctx context.Context, c *Client, query url.Values, path ...string) (T, error) {
	return call[T](ctx, c, http.MethodGet, nil, query, path)
}

func post[T any](ctx context.Context, c *Client, body map[string]any, path ...string) (T, error) {
	raw, err := json.Marshal(body)
	if err != nil {
		var none T
		return none, fmt.Errorf("write the body: %w", err)
	}
	return call[T](ctx, c, http.MethodPost, raw, nil, path)
}

// call sends one request and reads its answer. Errors hold the call and never
// what was sent.
func call[T any](ctx context.Context, c *Client, method string, body []byte, query url.Values, path []string) (T, error) {
	var out T
	address := *c.site
	address.Path = strings.TrimSuffix(address.Path, "/") + base
	for _, part := range path {
		if part == "" || strings.ContainsAny(part, "/\\?#%") || part == "." || part == ".." {
			return out, fmt.Errorf("%q cannot be part of an address", part)
		}
		address.Path += "/" + part
	}
	address.RawQuery = query.Encode()
	req, err := http.NewRequestWithContext(ctx, method, address.String(), bytes.NewReader(body))
	if err != nil {
		return out, fmt.Errorf("make the request: %w", err)
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("User-Agent", "") // none is sent
	resp, err := c.http.Do(req)
	if err != nil {
		return out, fmt.Errorf("call %s: %w", path[0], err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, MaxAnswer+1))
	if err != nil {
		return out, fmt.Errorf("read the answer of %s: %w", path[0], err)
	}
	return read[T](resp, raw, path[0])
}

// read turns an answer into a value or a *Problem.
func read[T any](resp *http.Response, raw []byte, name string) (T, error) {
	var out T
	kind, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	var p Problem
	switch {
	case err != nil, len(raw) > MaxAnswer:
	case resp.StatusCode == http.StatusOK && kind == "application/json":
		if json.Unmarshal(raw, &out) == nil {
			return out, nil
		}
	case resp.StatusCode >= 400 && kind == "application/problem+json":
		if json.Unmarshal(raw, &p) == nil && p.Code != "" {
			p.Status = resp.StatusCode
			return out, &p
		}
	}
	var none T
	return none, fmt.Errorf("call %s: %w: status %d, %d bytes", name, ErrAnswer, resp.StatusCode, len(raw))
}
