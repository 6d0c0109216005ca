package telemetry_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"sangto/internal/desk"
	"sangto/internal/telemetry"
)

// lines logs with do in both formats and returns everything that was written.
func lines(t *testing.T, do func(*slog.Logger)) string {
	t.Helper()
	var b bytes.Buffer
	for _, f := range []telemetry.Format{telemetry.Text, telemetry.JSON} {
		do(telemetry.New(&b, slog.LevelInfo, f))
	}
	return b.String()
}

func TestForbiddenNames(t *testing.T) {
	const canary = "geheimnis"
	for _, name := range []string{
		"ip", "IP", "client_ip", "clientIP", "remote", "RemoteAddr", "remote_addr", "http.remote.addr", "addr", "peer",
		"user_agent", "User-Agent", "userAgent", "referer", "http_referrer", "cookie", "Set-Cookie", "x-forwarded-for.ip",
		"text", "question_text", "body", "requestBody", "request.body", "words", "message", "query", "raw_query", "url", "request_uri", "path",
		"token", "form-token", "receipt", "code", "accept_language", "session", "authorization", "password", "dsn", "panic", "request",
	} {
		out := lines(t, func(l *slog.Logger) {
			l.Info("m", name, canary)
			l.With(name, canary).Info("m")
			l.Info("m", slog.Group("g", slog.String(name, canary)))
			l.WithGroup("g").Info("m", slog.Group("h", slog.Any(name, []string{canary})))
			l.Info("m", name, canary, "rest", "kept")
		})
		if strings.Contains(out, canary) {
			t.Errorf("%s gets through:\n%s", name, out)
		}
		if !strings.Contains(out, "kept") {
			t.Errorf("%s takes its neighbours along", name)
		}
	}
}

func TestNamesThatStay(t *testing.T) {
	for _, name := range []string{"id", "err", "stack", "count", "took", "listen", "public", "pattern", "route", "status", "recipe", "ship", "context", "subject_id", "script"} {
		if out := lines(t, func(l *slog.Logger) { l.Info("m", name, "kept") }); strings.Count(out, "kept") != 2 {
			t.Errorf("%s is dropped", name)
		}
	}
}

func TestAddressesAreTakenOut(t *testing.T) {
	for _, address := range []string{
		"203.0.113.9", "203.0.113.9:51234", "2001:db8::1", "[2001:db8::1]:443", "2001:db8:1:2:3:4:5:6", "::1", "fe80::1%eth0",
		"::ffff:203.0.113.9", "[::ffff:203.0.113.9]:80", "2001:DB8::A:B",
	} {
		text := "read tcp " + address + ": i/o timeout"
		out := lines(t, func(l *slog.Logger) {
			l.Info(text)
			l.Info("m", "err", errors.New(text))
			l.Info("m", "note", text)
			l.Info("m", "notes", []string{text})
			l.Info("m", "inside", fmt.Errorf("wrapped: %w", &desk.Error{Op: "serve", Err: errors.New(text)}))
		})
		bare := strings.Trim(strings.TrimSuffix(strings.TrimSuffix(address, ":443"), ":51234"), "[]")
		if strings.Contains(out, bare) || strings.Contains(out, "db8") || strings.Contains(out, "203.0") {
			t.Errorf("%s gets through:\n%s", address, out)
		}
		if !strings.Contains(out, "timeout") {
			t.Errorf("%s takes the sentence along", address)
		}
	}
	out := lines(t, func(l *slog.Logger) {
		l.Info("m", "peer_", netip.MustParseAddr("203.0.113.9"), "net", netip.MustParsePrefix("203.0.113.0/24"))
	})
	if strings.Contains(out, "203.0.113") {
		t.Errorf("an address value gets through:\n%s", out)
	}
}

func TestWhatLooksLikeAnAddress(t *testing.T) {
	for _, s := range []string{"12:30:45", "a::b", "version 1.26.8", "sangto/internal/gate.(*Gate).Public.func1", "2026-03-01", "sha256:abcdef", "1.2.3"} {
		out := lines(t, func(l *slog.Logger) { l.Info("m", "note", s) })
		if s == "a::b" {
			continue // it is one
		}
		if strings.Count(out, s) != 2 {
			t.Errorf("%s is taken for an address:\n%s", s, out)
		}
	}
	out := lines(t, func(l *slog.Logger) { l.Info("open", "listen", "0.0.0.0:8080", "public", "http://192.168.1.2:8080") })
	if strings.Count(out, "0.0.0.0:8080") != 2 || strings.Count(out, "192.168.1.2") != 2 {
		t.Errorf("the operator's own settings are hidden:\n%s", out)
	}
}

type words struct{ Text string }

func TestValuesOfUnknownMakeUp(t *testing.T) {
	r := httptest.NewRequest(http.MethodPost, "/lookup?q=geheimnis", strings.NewReader("geheimnis"))
	r.Header.Set("Cookie", "geheimnis")
	link, err := url.Parse("https://operator:geheimnis@desk.example/?q=geheimnis#geheimnis")
	if err != nil {
		t.Fatal(err)
	}
	out := lines(t, func(l *slog.Logger) {
		l.Info("m", "a", r, "b", r.Header, "c", words{"geheimnis"}, "d", &words{"geheimnis"}, "e", map[string]string{"k": "geheimnis"},
			"f", []any{"geheimnis"}, "g", []byte("geheimnis"), "h", func() string { return "geheimnis" }, "i", link,
			"j", desk.NewRaw("geheimnis"), "k", &url.Error{Op: "Get", URL: link.String(), Err: io.EOF}, "l", (*url.URL)(nil))
	})
	if strings.Contains(out, "geheimnis") {
		t.Errorf("something gets through:\n%s", out)
	}
	for _, want := range []string{"[*http.Request]", "[telemetry_test.words]", "[words withheld]", "EOF"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %s in:\n%s", want, out)
		}
	}
}

func TestLongTextIsCut(t *testing.T) {
	out := lines(t, func(l *slog.Logger) { l.Info("m", "note", strings.Repeat("ộ", 5000)) })
	if len(out) > 2500 || strings.Contains(out, "\ufffd") || strings.Contains(out, `\x`) {
		t.Errorf("%d bytes written", len(out))
	}
}

// A line gives no finer time than the minute: a finer one could be laid beside
// the log of a network to tell whose question it was.
func TestTimes(t *testing.T) {
	var b bytes.Buffer
	telemetry.New(&b, slog.LevelInfo, telemetry.JSON).Info("m")
	var line struct{ Time time.Time }
	if err := json.Unmarshal(b.Bytes(), &line); err != nil {
		t.Fatal(err)
	}
	if !line.Time.Equal(line.Time.Truncate(time.Minute)) || time.Since(line.Time) > 2*time.Minute || line.Time.Location() != time.UTC {
		t.Errorf("time %v", line.Time)
	}
}

func TestLevel(t *testing.T) {
	var b bytes.Buffer
	l := telemetry.New(&b, slog.LevelWarn, telemetry.Text)
	l.Info("quiet")
	l.Warn("loud")
	if s := b.String(); strings.Contains(s, "quiet") || !strings.Contains(s, "loud") {
		t.Errorf("wrote %q", s)
	}
}

func TestCounters(t *testing.T) {
	c := telemetry.NewCounters()
	h := c.Route("GET /c/{id}", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/c/none":
			w.WriteHeader(http.StatusNotFound)
		case "/c/body":
			_, _ = io.WriteString(w, "x")
		case "/c/cut":
			panic(http.ErrAbortHandler)
		}
	}))
	c.Route("GET /checks", http.NotFoundHandler())
	for _, path := range []string{"/c/none", "/c/body", "/c/silent", "/c/cut"} {
		func() {
			defer func() { _ = recover() }()
			h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, path+"?q=geheimnis", nil))
		}()
	}
	s := c.Stats()
	if len(s.Routes) != 2 || s.Routes[0].Pattern != "GET /c/{id}" || s.Routes[0].Class != [6]uint64{0: 1, 2: 2, 4: 1} {
		t.Errorf("stats %+v", s)
	}
	var within uint64
	for _, n := range s.Routes[0].Within {
		within += n
	}
	if within != 4 {
		t.Errorf("%d answers have a time, want 4", within)
	}
	if out := fmt.Sprintf("%+v", s); strings.Contains(out, "geheimnis") || strings.Contains(out, "none") {
		t.Errorf("the numbers name a request: %s", out)
	}
}

func FuzzScrub(f *testing.F) {
	f.Add("dial tcp 203.0.113.9:443: refused")
	f.Add("https://a:b@c/?d#e ::1 [fe80::1%x]:9")
	f.Fuzz(func(t *testing.T, s string) {
		var b bytes.Buffer
		telemetry.New(&b, slog.LevelInfo, telemetry.Text).Info("m", "note", s+" 203.0.113.9 "+s)
		if strings.Contains(b.String(), " 203.0.113.9 ") {
			t.Errorf("address left in %q", b.String())
		}
	})
}
