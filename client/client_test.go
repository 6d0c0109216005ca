package client_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"sangto/client"
)

// desk answers every call with one status, type and body.
func desk(t testing.TB, status int, kind, body string) (*client.Client, *[]*http.Request) {
	t.Helper()
	var seen []*http.Request
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, r)
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Location", "/elsewhere")
		w.Header().Set("Set-Cookie", "who=1")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(server.Close)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	own := server.Client()
	own.Jar = jar
	c, err := client.New(server.URL, own)
	if err != nil {
		t.Fatal(err)
	}
	return c, &seen
}

func TestAnswersThatAreNone(t *testing.T) {
	for name, a := range map[string]struct {
		status     int
		kind, body string
	}{
		"a page":              {200, "text/html", "<p>sign in here"},
		"a redirect":          {302, "application/json", `{}`},
		"no type":             {200, "", `{"text":"a"}`},
		"cut":                 {200, "application/json", `{"text":"a`},
		"another shape":       {200, "application/json", `[1]`},
		"too long":            {200, "application/json", `{"text":"` + strings.Repeat("a", client.MaxAnswer) + `"}`},
		"a failure as page":   {500, "text/html", "<h1>500"},
		"a problem sans code": {400, "application/problem+json", `{"title":"x"}`},
		"another 2xx":         {204, "application/json", ``},
	} {
		c, seen := desk(t, a.status, a.kind, a.body)
		got, err := c.Lookup(t.Context(), "bí mật")
		if !errors.Is(err, client.ErrAnswer) || got.Text != "" || strings.Contains(fmt.Sprint(err), "bí mật") {
			t.Errorf("%s: %v, %v", name, got, err)
		}
		if len(*seen) != 1 {
			t.Errorf("%s: %d requests", name, len(*seen))
		}
	}
}

func TestProblems(t *testing.T) {
	c, _ := desk(t, 429, "application/problem+json; charset=utf-8", `{"title":"Too Many Requests","status":400,"code":"rate.lookup","detail":"Wait.","words":{"vi":"Chờ.","en":"Wait."},"retry_after":7}`)
	_, err := c.Lookup(t.Context(), "bí mật")
	var p *client.Problem
	if !errors.As(err, &p) || p.Code != "rate.lookup" || p.Status != 429 || p.Wait() != 7*time.Second || p.Words.VI != "Chờ." || err.Error() != "429 rate.lookup: Wait." {
		t.Errorf("%#v, %v", p, err)
	}
}

// TestNothingIdentifies: a call carries what it must and no more.
func TestNothingIdentifies(t *testing.T) {
	c, seen := desk(t, 200, "application/json", `{}`)
	for range 2 {
		if _, err := c.Lookup(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.Checks(t.Context(), client.Filter{Topic: "health"}, 2); err != nil {
		t.Fatal(err)
	}
	for _, r := range *seen {
		for name := range r.Header {
			switch name {
			case "Content-Type", "Content-Length", "Accept-Encoding":
			default:
				t.Errorf("%s: %s is sent", r.URL, name)
			}
		}
	}
	if got := (*seen)[2].URL.String(); got != "/api/v1/checks?page=2&topic=health" {
		t.Errorf("the list is asked for at %s", got)
	}
}

func TestAddresses(t *testing.T) {
	for _, bad := range []string{"", "desk.example", "ftp://desk.example", "https://", "https://a@desk.example", "https://desk.example?x=1", "https://desk.example#x", "::"} {
		if _, err := client.New(bad, nil); err == nil {
			t.Errorf("%q is taken for a site", bad)
		}
	}
	c, seen := desk(t, 200, "application/json", `{}`)
	for _, bad := range []string{"", ".", "..", "a/b", `a\b`, "a?b", "a%2fb", "a#b"} {
		if _, err := c.Check(t.Context(), bad); err == nil {
			t.Errorf("%q is taken for a check", bad)
		}
	}
	if len(*seen) != 0 {
		t.Errorf("%d requests were sent", len(*seen))
	}
	if _, err := client.New("https://desk.example/below/", nil); err != nil {
		t.Error(err)
	}
}

func TestEndsWithItsContext(t *testing.T) {
	c, _ := desk(t, 200, "application/json", `{}`)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Site(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	var e *url.Error
	if _, err := c.Site(ctx); !errors.As(err, &e) {
		t.Errorf("%v does not say which call", err)
	}
}

func TestAllChecksStops(t *testing.T) {
	c, seen := desk(t, 200, "application/json", `{"page":{"number":1,"pages":9,"next":"x"},"checks":[{"id":"a"},{"id":"b"}]}`)
	n := 0
	for one, err := range c.AllChecks(t.Context(), client.Filter{}) {
		if err != nil || one.ID == "" {
			t.Fatal(one, err)
		}
		if n++; n == 5 {
			break
		}
	}
	if len(*seen) != 3 {
		t.Errorf("%d pages for 5 checks of 2 a page", len(*seen))
	}
	gone, _ := desk(t, 404, "application/problem+json", `{"code":"not_found"}`)
	for _, err := range gone.AllChecks(t.Context(), client.Filter{}) {
		if err == nil {
			t.Error("no error")
		}
	}
}

// FuzzAnswers: whatever a desk sends is a value, a Problem or ErrAnswer.
func FuzzAnswers(f *testing.F) {
	f.Add(200, "application/json", `{"text":"a","outcome":"none","candidates":[]}`)
	f.Add(400, "application/problem+json", `{"code":"x"}`)
	f.Add(200, "application/json", `{"answer":{"check":{"number":1e99}}}`)
	f.Add(999, "x/y; a", "\xff")
	f.Fuzz(func(t *testing.T, status int, kind, body string) {
		c, err := client.New("https://desk.example", &http.Client{Transport: canned{status, kind, body}})
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Lookup(t.Context(), "a")
		var p *client.Problem
		if err != nil && !errors.As(err, &p) && !errors.Is(err, client.ErrAnswer) {
			t.Errorf("%v", err)
		}
	})
}

// canned is a transport that answers by itself.
type canned struct {
	status     int
	kind, body string
}

func (c canned) RoundTrip(*http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	w.Body.WriteString(c.body)
	resp := w.Result()
	resp.StatusCode, resp.Header = c.status, http.Header{"Content-Type": {c.kind}}
	return resp, nil
}
