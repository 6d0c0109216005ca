package gate_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"sangto/internal/desk"
	"sangto/internal/gate"
)

// net/http lingers half a second over a connection it closed.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("net/http.(*conn).closeWriteAndWait"))
}

func classes() []gate.PageClass {
	return []gate.PageClass{gate.Form, gate.Page, gate.Front, gate.Asset, gate.Open}
}

// page answers every request with an HTML page.
func page(body string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, body)
	})
}

// spoken is a Gate whose refusals are the error's key.
func spoken(c gate.Config) *gate.Gate {
	c.Refuse = func(w http.ResponseWriter, _ *http.Request, err error) {
		var e *desk.Error
		status := http.StatusInternalServerError
		if errors.As(err, &e) {
			status = map[desk.ErrorKind]int{
				desk.Invalid: 400, desk.Forbidden: 403, desk.TooMany: 429, desk.Unavailable: 503, desk.TooLarge: 413, desk.Internal: 500,
			}[e.Kind]
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, key(err))
		if id, ok := e.Args["ID"].(string); ok {
			_, _ = io.WriteString(w, " id="+id)
		}
	}
	return gate.New(c)
}

func request(method, target string, body io.Reader, headers ...string) *http.Request {
	r := httptest.NewRequest(method, target, body)
	r.RemoteAddr = "203.0.113.9:51234"
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	if method == http.MethodPost && r.Header.Get("Content-Type") == "" {
		r.Header.Set("Content-Type", urlencoded)
	}
	return r
}

func serve(h http.Handler, r *http.Request) *http.Response {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func text(t *testing.T, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimRight(string(b), " ")
}

// TestHeaderPolicy looks at every class, every method and every way an answer
// can come about: the policy must not depend on the handler having done well.
func TestHeaderPolicy(t *testing.T) {
	https, err := url.Parse("https://desk.example")
	if err != nil {
		t.Fatal(err)
	}
	handlers := map[string]http.Handler{
		"page":     page("<p>hello"),
		"nothing":  http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}),
		"missing":  http.NotFoundHandler(),
		"redirect": http.RedirectHandler("/c/x", http.StatusMovedPermanently),
		"no body":  http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }),
		"panic":    http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("x") }),
		"large": http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(make([]byte, 3<<20))
		}),
		"unruly": http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			h := w.Header()
			h.Set("Content-Security-Policy", "script-src *")
			h.Set("Referrer-Policy", "unsafe-url")
			h.Set("Set-Cookie", "id=1")
			h.Set("Server", "sangto/1.0")
			h.Set("X-Powered-By", "go")
			h.Set("Access-Control-Allow-Origin", "https://elsewhere.example")
			h.Set("Access-Control-Allow-Credentials", "true")
			h.Set("X-Content-Type-Options", "sniff")
			h.Set("Etag", `"one-for-each-reader"`)
			h.Set("Last-Modified", "Sun, 01 Mar 2026 09:00:00 GMT")
			_, _ = io.WriteString(w, "x")
		}),
	}
	requests := map[string]func() *http.Request{
		"GET":      func() *http.Request { return request(http.MethodGet, "/", nil) },
		"HEAD":     func() *http.Request { return request(http.MethodHead, "/", nil) },
		"POST":     func() *http.Request { return request(http.MethodPost, "/", strings.NewReader("a=b")) },
		"TRACE":    func() *http.Request { return request(http.MethodTrace, "/", nil) },
		"DELETE":   func() *http.Request { return request(http.MethodDelete, "/", nil) },
		"identity": func() *http.Request { return request(http.MethodGet, "/", nil, "Remote-User", "an") },
		"foreign": func() *http.Request {
			return request(http.MethodPost, "/", strings.NewReader("a=b"), "Sec-Fetch-Site", "cross-site")
		},
	}
	for _, class := range classes() {
		for hname, h := range handlers {
			for rname, r := range requests {
				got := serve(spoken(gate.Config{Public: https}).Public(class, h), r())
				checkPolicy(t, hname+" "+rname, class, r().Method, got)
			}
		}
	}
}

func checkPolicy(t *testing.T, name string, class gate.PageClass, method string, got *http.Response) {
	t.Helper()
	want := map[string]string{
		"Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; " +
			"form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
		"X-Content-Type-Options":       "nosniff",
		"Cross-Origin-Opener-Policy":   "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin",
		"Strict-Transport-Security":    "max-age=31536000; includeSubDomains",
		"X-Dns-Prefetch-Control":       "off",
		"Referrer-Policy":              "no-referrer",
		"Set-Cookie":                   "", "Server": "", "X-Powered-By": "", "Access-Control-Allow-Origin": "", "Access-Control-Allow-Credentials": "",
	}
	if class == gate.Open && (method == http.MethodGet || method == http.MethodHead) {
		want["Cross-Origin-Resource-Policy"], want["Access-Control-Allow-Origin"] = "cross-origin", "*"
	}
	if class == gate.Form || class == gate.Front {
		want["Referrer-Policy"] = "same-origin"
	}
	private := class == gate.Form || method == http.MethodPost
	if private {
		want["Etag"], want["Last-Modified"], want["X-Robots-Tag"] = "", "", "noindex"
	}
	if private || got.StatusCode >= 400 {
		want["Cache-Control"] = "no-store"
	}
	for header, value := range want {
		if g := strings.Join(got.Header.Values(header), "|"); g != value {
			t.Errorf("class %d, %s: %s: %q, want %q", class, name, header, g, value)
		}
	}
	if p := got.Header.Get("Permissions-Policy"); !strings.Contains(p, "camera=()") || strings.Contains(p, "self") || strings.Contains(p, "*") {
		t.Errorf("class %d, %s: Permissions-Policy %q", class, name, p)
	}
	if n := got.ContentLength; private && got.StatusCode != http.StatusNoContent && got.StatusCode != 304 && n%gate.PadStep != 0 {
		t.Errorf("class %d, %s: %d bytes are not padded", class, name, n)
	}
}

func TestNoHSTSOnPlainHTTP(t *testing.T) {
	for _, public := range []*url.URL{nil, {Scheme: "http", Host: "localhost:8080"}} {
		got := serve(gate.New(gate.Config{Public: public}).Public(gate.Page, page("x")), request(http.MethodGet, "/", nil))
		if h := got.Header.Get("Strict-Transport-Security"); h != "" {
			t.Errorf("public %v: Strict-Transport-Security %q", public, h)
		}
	}
}

func TestCaching(t *testing.T) {
	for class, want := range map[gate.PageClass]string{
		gate.Form: "no-store", gate.Page: "no-cache", gate.Front: "no-cache", gate.Open: "no-cache", gate.Asset: "public, max-age=31536000, immutable",
	} {
		if got := serve(gate.New(gate.Config{}).Public(class, page("x")), request(http.MethodGet, "/", nil)).Header.Get("Cache-Control"); got != want {
			t.Errorf("class %d: %q, want %q", class, got, want)
		}
	}
}

func TestETag(t *testing.T) {
	h := gate.New(gate.Config{}).Public(gate.Page, page(strings.Repeat("xin chào ", 100)))
	first := serve(h, request(http.MethodGet, "/", nil, "Accept-Encoding", "gzip"))
	tag := first.Header.Get("Etag")
	if tag == "" {
		t.Fatal("a published page has no ETag")
	}
	if other := serve(h, request(http.MethodGet, "/", nil, "User-Agent", "another")).Header.Get("Etag"); other != tag {
		t.Errorf("two readers get two tags: %s, %s", tag, other)
	}
	for noneMatch, status := range map[string]int{tag: 304, `"a", ` + tag: 304, "*": 304, `W/"other"`: 200, "": 200, ",": 200} {
		again := serve(h, request(http.MethodGet, "/", nil, "If-None-Match", noneMatch))
		if again.StatusCode != status {
			t.Errorf("If-None-Match %q: %d, want %d", noneMatch, again.StatusCode, status)
		}
		if body := text(t, again); status == 304 && body != "" {
			t.Errorf("304 with a body")
		}
	}
}

func TestIdentityHeadersAreRefused(t *testing.T) {
	refused := []string{
		"Authorization", "Proxy-Authorization", "Remote-User", "X-Remote-User", "X-Forwarded-User", "X-Forwarded-Email",
		"X-Forwarded-Preferred-Username", "X-Auth-Request-User", "X-Auth-Request-Email", "X-Auth-Request-Access-Token",
		"Cf-Access-Authenticated-User-Email", "Cf-Access-Jwt-Assertion", "X-Msisdn", "X-Up-Calling-Line-Id", "X-Uidh",
		"X-Goog-Authenticated-User-Email", "X-Ms-Client-Principal-Name", "X-Amzn-Oidc-Identity", "X-Authentik-Username",
		"Tailscale-User-Login", "X-Ssl-Client-S-Dn", "remote_user", "X_Forwarded_User", "cf_access_jwt_assertion",
	}
	called := false
	h := spoken(gate.Config{}).Public(gate.Form, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { called = true }))
	for _, name := range refused {
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost} {
			r := request(method, "/", nil)
			r.Header[name] = []string{"", "an"}
			got := serve(h, r)
			if got.StatusCode != http.StatusBadRequest || called {
				t.Errorf("%s %s: %d, handler called: %v", method, name, got.StatusCode, called)
			}
			if body := text(t, got); method != http.MethodHead && body != "error.identity" {
				t.Errorf("%s: %q", name, body)
			}
		}
	}
	for _, name := range append([]string{"X-Forwarded-For", "X-Forwarded-Proto", "X-Request-Id", "Cookie", "User-Agent"}, "Accept") {
		called = false
		if serve(h, request(http.MethodGet, "/", nil, name, "x")); !called {
			t.Errorf("%s is refused", name)
		}
	}
	called = false
	if serve(h, request(http.MethodGet, "/", nil, "Remote-User", " ")); !called {
		t.Error("an empty identity header is refused")
	}
}

// TestHandlersSeeNobody prints everything a handler is given and looks for
// marks that were planted wherever a request can tell one visitor from another.
func TestHandlersSeeNobody(t *testing.T) {
	var seen string
	h := gate.New(gate.Config{Proxies: []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24")}}).Public(gate.Form,
		http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			b, err := json.Marshal(map[string]any{"h": r.Header, "a": r.RemoteAddr, "t": r.TLS, "tr": r.Trailer, "u": r.URL.String(), "host": r.Host, "m": r.Method})
			if err != nil {
				t.Error(err)
			}
			seen = string(b)
		}))
	r := request(http.MethodPost, "https://desk.example/lookup?page=2", strings.NewReader("x"), "Content-Encoding", "br",
		"Origin", "https://desk.example", "If-None-Match", "kept", "Range", "kept", "Sec-Fetch-Site", "same-origin", "Accept-Encoding", "gzip")
	for _, name := range []string{
		"User-Agent", "Accept-Language", "Accept", "Referer", "Cookie", "X-Forwarded-For", "X-Real-Ip", "Forwarded", "Via", "Dnt", "Cf-Connecting-Ip",
		"Sec-Ch-Ua", "Sec-Gpc", "X-Request-Id", "Traceparent", "If-Modified-Since", "Save-Data", "Device-Memory", "Priority", "From", "Purpose",
	} {
		r.Header.Set(name, "198.51.100.7 mark")
	}
	serve(h, r)
	for _, bad := range []string{"mark", "198.51", "203.0.113", "TLS", "CipherSuite"} {
		if strings.Contains(seen, bad) {
			t.Errorf("the handler sees %s: %s", bad, seen)
		}
	}
	for _, good := range []string{`"m":"POST"`, "page=2", `"Origin"`, `"Range"`, `"If-None-Match"`, `"Sec-Fetch-Site"`, `"Content-Type"`, `"Content-Encoding"`} {
		if !strings.Contains(seen, good) {
			t.Errorf("the handler lacks %s: %s", good, seen)
		}
	}
	r = request(http.MethodGet, "/", nil, "Range", "bytes=0-1", "If-Range", `"x"`)
	if serve(h, r); strings.Contains(seen, "Range") {
		t.Error("Range is kept although its condition is not")
	}
}

func TestCrossOrigin(t *testing.T) {
	public := &url.URL{Scheme: "https", Host: "desk.example"}
	h := spoken(gate.Config{Public: public}).Public(gate.Form, page("ok"))
	for _, c := range []struct {
		name    string
		method  string
		headers []string
		ok      bool
	}{
		{"same origin", "POST", []string{"Sec-Fetch-Site", "same-origin"}, true},
		{"typed by hand", "POST", []string{"Sec-Fetch-Site", "none"}, true},
		{"another site", "POST", []string{"Sec-Fetch-Site", "cross-site"}, false},
		{"a sister site", "POST", []string{"Sec-Fetch-Site", "same-site"}, false},
		{"old browser, same origin", "POST", []string{"Origin", "http://inner.example"}, true},
		{"old browser, public origin behind a proxy", "POST", []string{"Origin", "https://desk.example"}, true},
		{"old browser, another site", "POST", []string{"Origin", "https://evil.example"}, false},
		{"old browser, null", "POST", []string{"Origin", "null"}, false},
		{"lookalike", "POST", []string{"Origin", "https://desk.example.evil.example"}, false},
		{"public host, other scheme", "POST", []string{"Origin", "http://desk.example"}, false},
		{"no browser", "POST", nil, true},
		{"link from another site", "GET", []string{"Sec-Fetch-Site", "cross-site"}, true},
	} {
		r := request(c.method, "http://inner.example/ask", strings.NewReader("a=b"), c.headers...)
		got := serve(h, r)
		if body := text(t, got); (body == "ok") != c.ok || !c.ok && (got.StatusCode != 403 || body != "error.origin") {
			t.Errorf("%s: %d %q", c.name, got.StatusCode, body)
		}
	}
}

func TestMethods(t *testing.T) {
	called := 0
	h := gate.New(gate.Config{}).Public(gate.Page, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { called++ }))
	for _, m := range []string{"TRACE", "CONNECT", "OPTIONS", "PUT", "DELETE", "PATCH", "PROPFIND", "get", "XYZZY", "post"} {
		r := request(http.MethodGet, "/", nil)
		r.Method = m
		got := serve(h, r)
		if got.StatusCode != http.StatusMethodNotAllowed || got.Header.Get("Allow") != "GET, HEAD, POST" || called != 0 {
			t.Errorf("%s: %d, Allow %q, handler called %d times", m, got.StatusCode, got.Header.Get("Allow"), called)
		}
	}
}

type ugly struct{ Words string }

func TestPanics(t *testing.T) {
	for name, value := range map[string]any{
		"text": "geheimnis", "error": errors.New("geheimnis"), "struct": ugly{"geheimnis"}, "nil": nil,
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			g := spoken(gate.Config{Logger: slog.New(slog.NewTextHandler(&log, nil))})
			h := g.Public(gate.Form, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				words, _ := io.ReadAll(r.Body)
				w.Header().Set("X-Half", "yes")
				_, _ = w.Write(words)
				panic(value)
			}))
			got := serve(h, request(http.MethodPost, "/ask-geheimnis", strings.NewReader("geheimnis"), "User-Agent", "geheimnis"))
			body := text(t, got)
			if got.StatusCode != 500 || !strings.HasPrefix(body, "error.internal id=") || got.Header.Get("X-Half") != "" {
				t.Errorf("%d, header %q, %q", got.StatusCode, got.Header.Get("X-Half"), body)
			}
			id := strings.TrimPrefix(body, "error.internal id=")
			if !strings.Contains(log.String(), id) || len(id) < 8 {
				t.Errorf("id %q is not in the log: %s", id, log.String())
			}
			for _, bad := range []string{"geheimnis", "203.0.113", "POST", "/ask", ".go:", "/internal/gate/"} {
				if strings.Contains(log.String(), bad) || strings.Contains(body, bad) {
					t.Errorf("%q gets out: %s %s", bad, log.String(), body)
				}
			}
			if !strings.Contains(log.String(), "gate_test.TestPanics") {
				t.Errorf("the log does not say where: %s", log.String())
			}
			if g.Stats().Panics != 1 {
				t.Errorf("%d panics counted", g.Stats().Panics)
			}
		})
	}
}

func TestPanicInTheRefusal(t *testing.T) {
	g := gate.New(gate.Config{Refuse: func(http.ResponseWriter, *http.Request, error) { panic("again") }})
	h := g.Public(gate.Page, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("first") }))
	if got := serve(h, request(http.MethodGet, "/", nil)); got.StatusCode != 500 {
		t.Errorf("%d", got.StatusCode)
	}
	got := serve(g.Public(gate.Page, page("x")), request(http.MethodGet, "/", nil, "Remote-User", "an"))
	if got.StatusCode != 500 || g.Stats().Panics != 2 {
		t.Errorf("%d after %d panics", got.StatusCode, g.Stats().Panics)
	}
}

func TestAbortedAnswerStaysAborted(t *testing.T) {
	h := gate.New(gate.Config{}).Public(gate.Page, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(make([]byte, 2<<20))
		panic("halfway")
	}))
	defer func() {
		if v := recover(); v != http.ErrAbortHandler {
			t.Errorf("a half-sent answer ends with %v", v)
		}
	}()
	serve(h, request(http.MethodGet, "/", nil))
}

func TestHandlerTime(t *testing.T) {
	g := spoken(gate.Config{HandlerTime: 20 * time.Millisecond})
	wait := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	for name, h := range map[string]http.Handler{
		"bare": g.Public(gate.Page, wait), "in a lane": g.Public(gate.Form, g.Lane(gate.LookupLane, wait)),
	} {
		method := map[string]string{"bare": "GET", "in a lane": "POST"}[name]
		began := time.Now()
		got := serve(h, request(method, "/", strings.NewReader("a=b")))
		if body := text(t, got); got.StatusCode != 503 || body != "error.slow" || time.Since(began) > 30*time.Second {
			t.Errorf("%s: %d %q after %v", name, got.StatusCode, body, time.Since(began))
		}
		if got.Header.Get("Retry-After") == "" {
			t.Errorf("%s: no Retry-After", name)
		}
	}
}

func TestRefusalMayShowTheWordsAgain(t *testing.T) {
	var kept string
	g := gate.New(gate.Config{
		Limits: map[gate.Lane]gate.Limit{gate.AskLane: {Rate: 1000, Burst: 1000, Concurrent: 1, Each: 1, Per: time.Hour}},
		Refuse: func(w http.ResponseWriter, r *http.Request, err error) {
			values, readErr := gate.ReadBody(w, r, gate.FormMax)
			if readErr != nil {
				t.Error(readErr)
			}
			kept = values.Get("text") + " " + key(err)
		},
	})
	h := g.Public(gate.Form, g.Lane(gate.AskLane, page("ok")))
	for range 2 {
		serve(h, request(http.MethodPost, "/ask", strings.NewReader("text=đập")))
	}
	if kept != "đập error.rate.ask" {
		t.Errorf("kept %q", kept)
	}
}

// Nothing in a context that a handler gets may hold the prefix.
func TestLaneHidesThePrefix(t *testing.T) {
	var ctx context.Context
	g := gate.New(gate.Config{})
	serve(g.Public(gate.Form, g.Lane(gate.LookupLane, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { ctx = r.Context() }))),
		request(http.MethodPost, "/", strings.NewReader("a=b")))
	if p, ok := gate.PrefixIn(ctx); ok && p.IsValid() {
		t.Errorf("the handler's context holds %v", p)
	}
}

func TestStatsNameNobody(t *testing.T) {
	g := spoken(gate.Config{})
	h := g.Public(gate.Form, g.Lane(gate.AskLane, page("x")))
	for range 7 {
		serve(h, request(http.MethodPost, "/ask", strings.NewReader("text=geheimnis")))
	}
	s := g.Stats()
	if s.Requests != 7 || s.TooMany != 2 || s.Clients != 1 {
		t.Errorf("stats %+v", s)
	}
	b, err := json.Marshal(s)
	if err != nil || slices.ContainsFunc([]string{"203", "geheimnis", "ask"}, func(x string) bool { return strings.Contains(string(b), x) }) {
		t.Errorf("%s, %v", b, err)
	}
}
