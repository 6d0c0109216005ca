package feed_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"sangto/internal/desk"
	"sangto/internal/feed"
	"sangto/internal/fetch"
	"sangto/internal/store"
	"sangto/internal/testkit"
)

// web is one server behind every name, with an answer for each path.
type web struct {
	mu     sync.Mutex
	server *httptest.Server
	at     netip.AddrPort
	roots  *x509.CertPool
	answer map[string]http.HandlerFunc
	got    []*http.Request
}

func newWeb(t testing.TB) *web {
	t.Helper()
	w := &web{answer: map[string]http.HandlerFunc{}, roots: x509.NewCertPool()}
	w.server = httptest.NewUnstartedServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		w.got = append(w.got, r)
		answer := w.answer[r.URL.Path]
		w.mu.Unlock()
		if answer == nil {
			http.NotFound(rw, r)
			return
		}
		answer(rw, r)
	}))
	w.server.TLS = &tls.Config{Certificates: []tls.Certificate{w.certificate(t)}}
	w.server.StartTLS()
	t.Cleanup(w.server.Close)
	w.at = netip.MustParseAddrPort(w.server.Listener.Addr().String())
	return w
}

func (w *web) certificate(t testing.TB) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{"*.example", "ban.example", "khac.example", "guong.example", "may.example", "www.ban.example"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	must(t, err)
	parsed, err := x509.ParseCertificate(der)
	must(t, err)
	w.roots.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func (w *web) address(host, path string) string {
	return fmt.Sprintf("https://%s:%d%s", host, w.at.Port(), path)
}

func (w *web) serve(path string, h http.HandlerFunc) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answer[path] = h
}

func (w *web) text(path, body string) {
	w.serve(path, func(rw http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(rw, body) })
}

func (w *web) last(t testing.TB) *http.Request {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.got) == 0 {
		t.Fatal("nobody called")
	}
	return w.got[len(w.got)-1]
}

func (w *web) calls() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.got)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// office is a desk with a clock of the test's own.
type office struct {
	*web
	db     *store.DB
	now    time.Time
	reader *feed.Reader
	failed []desk.Feed
}

// engines runs a test on both engines.
func engines(t *testing.T, test func(t *testing.T, o *office)) {
	t.Run("sqlite", func(t *testing.T) {
		test(t, newOffice(t, store.Options{Path: filepath.Join(t.TempDir(), "sangto.db")}))
	})
	t.Run("postgres", func(t *testing.T) { test(t, newOffice(t, store.Options{DSN: testkit.Postgres(t)})) })
}

func newOffice(t *testing.T, at store.Options) *office {
	t.Helper()
	o := &office{web: newWeb(t), now: time.Date(2026, 11, 29, 5, 0, 0, 0, time.UTC)}
	at.Clock, at.Zone, at.Random = func() time.Time { return o.now }, time.UTC, rand.Reader
	db, err := store.Open(t.Context(), at)
	must(t, err)
	t.Cleanup(func() { _ = db.Close() })
	o.db = db
	o.use(t, fetch.Policy{})
	return o
}

// use reads through another door. Only its bounds are p's.
func (o *office) use(t *testing.T, p fetch.Policy) {
	t.Helper()
	p.Redirects, p.Own, p.Roots = fetch.MaxRedirects, []string{"nha.example"}, o.roots
	p.Widen = func(a netip.AddrPort) bool { return a == o.at }
	p.Resolve = func(_ context.Context, host string) ([]netip.Addr, error) {
		if strings.HasPrefix(host, "trong.") {
			return []netip.Addr{netip.MustParseAddr("10.0.0.7")}, nil
		}
		return []netip.Addr{o.at.Addr()}, nil
	}
	site, err := url.Parse("https://nha.example")
	must(t, err)
	o.reader = feed.New(o.db, fetch.New(p), site, func() float64 { return 0 }, func(f desk.Feed) { o.failed = append(o.failed, f) })
}

func (o *office) add(t *testing.T, address string, mirror bool) desk.Feed {
	t.Helper()
	var f desk.Feed
	must(t, o.db.Update(t.Context(), func(tx *store.Tx) (err error) {
		f, err = feed.Add(tx, address, mirror)
		return err
	}))
	return f
}

// pull lets an hour pass, or more, and works.
func (o *office) pull(t *testing.T, wait time.Duration) desk.Feed {
	t.Helper()
	o.now = o.now.Add(wait)
	must(t, o.reader.Work(t.Context()))
	return o.feeds(t)[0]
}

func (o *office) feeds(t *testing.T) (out []desk.Feed) {
	t.Helper()
	must(t, o.db.View(t.Context(), func(tx *store.Tx) (err error) {
		out, err = tx.Feeds()
		return err
	}))
	return out
}

// kept is every check here, by address, with the newest claim and its number.
func (o *office) kept(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	must(t, o.db.View(t.Context(), func(tx *store.Tx) error {
		return tx.EachEntry(func(e store.Entry) error {
			out[e.Check.SourceURL] = fmt.Sprintf("%d %s", e.Version.Number, e.Version.Claim)
			return nil
		})
	}))
	return out
}

// gone is the day since which each check is no longer at its source.
func (o *office) gone(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	must(t, o.db.View(t.Context(), func(tx *store.Tx) error {
		addresses := map[string]string{}
		if err := tx.EachEntry(func(e store.Entry) error { addresses[e.Check.ID] = e.Check.SourceURL; return nil }); err != nil {
			return err
		}
		var ids []string
		for id := range addresses {
			ids = append(ids, id)
		}
		days, err := tx.Gone(ids)
		for id, day := range days {
			out[addresses[id]] = day.String()
		}
		return err
	}))
	return out
}

// check is a published check of a host.
func check(host, path, claim, day string) map[string]any {
	return map[string]any{
		"@context": "https://schema.org", "@type": "ClaimReview", "url": "https://" + host + path, "claimReviewed": claim, "inLanguage": "vi", "datePublished": day,
		"author":       map[string]any{"@type": "Organization", "name": "Bàn " + host, "url": "https://" + host},
		"reviewRating": map[string]any{"@type": "Rating", "alternateName": "Không đúng"},
	}
}

func document(checks ...map[string]any) string {
	b, err := json.Marshal(map[string]any{"@context": "https://schema.org", "@type": "DataFeed", "dataFeedElement": checks})
	if err != nil {
		panic(err)
	}
	return string(b)
}

func ndjson(checks ...map[string]any) string {
	var b strings.Builder
	for _, c := range checks {
		line, err := json.Marshal(c)
		if err != nil {
			panic(err)
		}
		b.Write(append(line, '\n'))
	}
	return b.String()
}

// three is what the feed of most tests carries.
func three() []map[string]any {
	return []map[string]any{
		check("ban.example", "/1", "Cầu Đá sập đêm qua.", "2026-11-01"), check("ban.example", "/2", "Nước giếng chữa được sỏi thận.", "2026-11-10"),
		check("ban.example", "/3", "Ngân hàng đóng cửa từ thứ hai.", "2026-11-20"),
	}
}

func TestFollow(t *testing.T) {
	engines(t, func(t *testing.T, o *office) {
		all := three()
		o.text("/claims.json", document(all...))
		address := o.address("www.ban.example", "/claims.json")
		o.add(t, address, false)
		f := o.pull(t, 0)
		if f.Taken != 3 || f.Failures != 0 || f.Pulled.String() != "2026-11-29" || len(o.kept(t)) != 3 {
			t.Fatalf("%+v %v", f, o.kept(t))
		}
		for _, name := range []string{"Cookie", "Referer", "Authorization", "From", "Accept-Language"} {
			if v := o.last(t).Header.Get(name); v != "" {
				t.Errorf("%s: %s", name, v)
			}
		}
		// Within the hour nobody calls, whatever happens here.
		before := o.calls()
		o.pull(t, 59*time.Minute)
		if o.calls() != before {
			t.Error("called before the hour is over")
		}
		// A changed check is a new version, the others stay.
		all[1]["claimReviewed"] = "Nước giếng làng chữa được sỏi thận."
		o.text("/claims.json", document(all...))
		o.pull(t, time.Hour)
		if got := o.kept(t); got["https://ban.example/2"] != "2 Nước giếng làng chữa được sỏi thận." || got["https://ban.example/1"] != "1 Cầu Đá sập đêm qua." {
			t.Errorf("%v", got)
		}
		if len(o.gone(t)) != 0 {
			t.Errorf("gone: %v", o.gone(t))
		}
		must(t, o.db.Update(t.Context(), func(tx *store.Tx) error { _, err := feed.Remove(tx, address); return err }))
		before = o.calls()
		o.now = o.now.Add(48 * time.Hour)
		must(t, o.reader.Work(t.Context()))
		if o.calls() != before || len(o.kept(t)) != 3 {
			t.Error("a feed that was removed is read, or its checks went")
		}
		again := o.add(t, address, false)
		if f := o.pull(t, 0); f.ID != again.ID || f.Taken != 3 {
			t.Errorf("%+v", f)
		}
	})
}

func TestFormats(t *testing.T) {
	o := newOffice(t, store.Options{Path: filepath.Join(t.TempDir(), "sangto.db")})
	page := `<!doctype html><html><body onload="alert(1)"><script>location="https://elsewhere.example"</script><script type="application/ld+json">` + document(three()...) + `</script></body></html>`
	csv := "url,claim,rating,publisher,publisher_url\nhttps://ban.example/9,Bảng tính có bài này.,Đúng,Bàn,https://ban.example\n"
	for path, body := range map[string]string{"/a.json": document(three()...), "/b.ndjson": ndjson(three()...), "/c.html": page, "/d.csv": csv} {
		o.text(path, body)
		o.add(t, o.address("ban.example", path), false)
	}
	o.pull(t, 0)
	for _, f := range o.feeds(t) {
		if f.Failures != 0 || f.Taken == 0 {
			t.Errorf("%+v", f)
		}
	}
	if len(o.kept(t)) != 4 {
		t.Errorf("%v", o.kept(t))
	}
}

// What is missing twice in whole answers is marked with the first day; it is
// never deleted, and comes back without a word when its source has it again.
func TestGoneAtItsSource(t *testing.T) {
	engines(t, func(t *testing.T, o *office) {
		all := three()
		o.text("/f", document(all...))
		o.add(t, o.address("ban.example", "/f"), false)
		o.pull(t, 0)
		o.text("/f", document(all[0], all[2]))
		o.pull(t, 25*time.Hour)
		if got := o.gone(t); len(got) != 0 {
			t.Fatalf("one answer is no proof: %v", got)
		}
		o.pull(t, 25*time.Hour)
		if got := o.gone(t); len(got) != 1 || got["https://ban.example/2"] != "2026-11-30" {
			t.Fatalf("%v", got)
		}
		if got := o.kept(t); len(got) != 3 || got["https://ban.example/2"] != "1 Nước giếng chữa được sỏi thận." {
			t.Errorf("%v", got)
		}
		o.text("/f", document(all...))
		o.pull(t, time.Hour)
		if got := o.gone(t); len(got) != 0 {
			t.Errorf("it is back: %v", got)
		}
	})
}

// A feed of the newest checks lets the oldest slide out; that is no
// disappearance. What is taken out of the middle, or out of a feed to which
// nothing came, is one.
func TestSlidingOutIsNotGone(t *testing.T) {
	o := newOffice(t, store.Options{Path: filepath.Join(t.TempDir(), "sangto.db")})
	all := append(three(), check("ban.example", "/4", "Chợ mới mở ngày rằm.", "2026-11-25"), check("ban.example", "/5", "Trường cho nghỉ thứ sáu.", "2026-11-27"))
	o.text("/f", document(all[:3]...))
	o.add(t, o.address("ban.example", "/f"), false)
	o.pull(t, 0)
	o.text("/f", document(all[1:4]...)) // one came in, the oldest slid out
	o.pull(t, time.Hour)
	o.pull(t, time.Hour)
	if got := o.gone(t); len(got) != 0 {
		t.Fatalf("slid out: %v", got)
	}
	o.text("/f", document(all[1], all[3], all[4])) // one came in, one of the middle is missing
	o.pull(t, time.Hour)
	o.pull(t, time.Hour)
	if got := o.gone(t); len(got) != 1 || got["https://ban.example/3"] == "" {
		t.Fatalf("%v", got)
	}
	o.text("/f", document(all[3], all[4])) // nothing came in, the oldest is missing
	o.pull(t, time.Hour)
	o.pull(t, time.Hour)
	if got := o.gone(t); len(got) != 2 || got["https://ban.example/2"] == "" {
		t.Fatalf("%v", got)
	}
}

// An answer that is broken, empty, or full of records that are refused says
// nothing of what it lacks.
func TestBrokenAnswersTakeNothingAway(t *testing.T) {
	for name, body := range map[string]string{
		"cut":      document(three()...)[:400],
		"empty":    document(),
		"nothing":  "",
		"page":     "<!doctype html><html><body>Máy chủ đang bảo trì</body></html>",
		"atom":     `<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><entry><title>Bài viết</title></entry></feed>`,
		"posts":    `{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"1","content_text":"một bài đăng"}]}`,
		"people":   strings.ReplaceAll(document(three()...), `"Organization"`, `"Person"`),
		"numbers":  strings.ReplaceAll(document(three()...), `"Không đúng"`, `"1"`),
		"deep":     strings.Repeat("[", 100_000),
		"binary":   "\x00\x01\x02" + strings.Repeat("\xff", 1000),
		"one left": document(append([]map[string]any{three()[0]}, map[string]any{"@type": "ClaimReview", "url": "https://ban.example/2"})...),
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t, store.Options{Path: filepath.Join(t.TempDir(), "sangto.db")})
			o.text("/f", document(three()...))
			o.add(t, o.address("ban.example", "/f"), false)
			o.pull(t, 0)
			before := o.kept(t)
			o.text("/f", body)
			for range 4 {
				o.pull(t, 25*time.Hour)
			}
			if got := o.kept(t); fmt.Sprint(got) != fmt.Sprint(before) {
				t.Errorf("%v became %v", before, got)
			}
			if got := o.gone(t); len(got) != 0 {
				t.Errorf("gone: %v", got)
			}
		})
	}
}

// Where a feed always has a record that is refused, a cut answer with no more
// of them still says nothing of what it lacks.
func TestCutAnswersTakeNothingAway(t *testing.T) {
	o := newOffice(t, store.Options{Path: filepath.Join(t.TempDir(), "sangto.db")})
	odd := check("ban.example", "/odd", "Một bài chấm bằng số.", "2026-11-05")
	odd["reviewRating"] = map[string]any{"@type": "Rating", "ratingValue": "3"}
	o.text("/f", ndjson(append(three(), odd)...))
	o.add(t, o.address("ban.example", "/f"), false)
	if f := o.pull(t, 0); f.Taken != 3 || f.Refused != 1 {
		t.Fatalf("%+v", f)
	}
	o.text("/f", ndjson(three()[0])+`{"@type":"ClaimReview","url":"https://ban.exa`)
	for range 3 {
		o.pull(t, 25*time.Hour)
	}
	if got := o.gone(t); len(got) != 0 {
		t.Errorf("gone: %v", got)
	}
}

// An unchanged feed is not sent again, and 304 confirms what the answer before
// lacked.
func TestUnchanged(t *testing.T) {
	engines(t, func(t *testing.T, o *office) {
		body, tag, sent := document(three()...), `"one"`, 0
		o.serve("/f", func(rw http.ResponseWriter, r *http.Request) {
			rw.Header().Set("Etag", tag)
			rw.Header().Set("Last-Modified", "Sat, 28 Nov 2026 10:00:00 GMT")
			if r.Header.Get("If-None-Match") == tag {
				rw.WriteHeader(http.StatusNotModified)
				return
			}
			sent++
			_, _ = io.WriteString(rw, body)
		})
		o.add(t, o.address("ban.example", "/f"), false)
		o.pull(t, 0)
		f := o.pull(t, time.Hour)
		if sent != 1 || f.Taken != 3 || f.Failures != 0 || f.ETag != tag {
			t.Fatalf("sent %d times, %+v", sent, f)
		}
		if got := o.last(t).Header.Get("If-Modified-Since"); got != "Sat, 28 Nov 2026 10:00:00 GMT" {
			t.Errorf("If-Modified-Since %q", got)
		}
		body, tag = document(three()[0], three()[2]), `W/"two"`
		o.pull(t, time.Hour)
		o.pull(t, time.Hour)
		if got := o.gone(t); sent != 2 || len(got) != 1 {
			t.Errorf("sent %d times, gone %v", sent, got)
		}
	})
}

// A tag that is no tag is not kept; it would be sent out again.
func TestOddValidators(t *testing.T) {
	for _, tag := range []string{"bare", `"` + strings.Repeat("x", 300) + `"`, "\"a\tb\"", `"a"b"`} {
		o := newOffice(t, store.Options{Path: filepath.Join(t.TempDir(), "sangto.db")})
		o.serve("/f", func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Etag", tag)
			rw.Header().Set("Last-Modified", "yesterday")
			_, _ = io.WriteString(rw, document(three()...))
		})
		o.add(t, o.address("ban.example", "/f"), false)
		if f := o.pull(t, 0); f.ETag != "" || f.Modified != "" || f.Taken != 3 {
			t.Errorf("%q: %+v", tag, f)
		}
	}
}

// Failures set a feed back: an hour, two, four, up to a day, or as long as the
// server asks; a good answer ends that.
func TestBackOff(t *testing.T) {
	engines(t, func(t *testing.T, o *office) {
		o.add(t, o.address("ban.example", "/f"), false)
		start := o.now
		for i, want := range []time.Duration{1, 2, 4, 8, 16, 24, 24, 24} {
			f := o.pull(t, 0)
			if f.Failures != i+1 || f.Reason != string(fetch.Refused) || f.Status != 404 || f.Next.Sub(o.now) != want*time.Hour {
				t.Fatalf("failure %d: %+v, next after %s", i+1, f, f.Next.Sub(o.now))
			}
			calls := o.calls()
			o.pull(t, want*time.Hour-time.Minute)
			if o.calls() != calls {
				t.Fatalf("called %s too early", time.Minute)
			}
			o.now = o.now.Add(time.Minute)
		}
		if len(o.failed) != 8 || o.now.Before(start.Add(48*time.Hour)) {
			t.Errorf("%d failures were told", len(o.failed))
		}
		for ask, want := range map[string]time.Duration{"172800": 48 * time.Hour, "30": 24 * time.Hour, "99999999999": 24 * time.Hour, "4000000000": 7 * 24 * time.Hour, "soon": 24 * time.Hour, "-5": 24 * time.Hour} {
			o.serve("/f", func(rw http.ResponseWriter, _ *http.Request) {
				rw.Header().Set("Retry-After", ask)
				rw.WriteHeader(http.StatusTooManyRequests)
			})
			f := o.pull(t, 8*24*time.Hour)
			if f.Status != 429 || f.Next.Sub(o.now) != want {
				t.Errorf("Retry-After %s: next after %s", ask, f.Next.Sub(o.now))
			}
		}
		o.serve("/f", func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Retry-After", time.Now().Add(50*time.Hour).UTC().Format(http.TimeFormat))
			rw.WriteHeader(http.StatusServiceUnavailable)
		})
		if f := o.pull(t, 8*24*time.Hour); f.Next.Sub(o.now) < 49*time.Hour || f.Next.Sub(o.now) > 51*time.Hour {
			t.Errorf("Retry-After as a day: next after %s", f.Next.Sub(o.now))
		}
		o.text("/f", document(three()...))
		if f := o.pull(t, 8*24*time.Hour); f.Failures != 0 || f.Reason != "" || f.Next.Sub(o.now) != time.Hour {
			t.Errorf("%+v", f)
		}
	})
}

// Jitter lengthens a wait and never shortens it.
func TestJitter(t *testing.T) {
	o := newOffice(t, store.Options{Path: filepath.Join(t.TempDir(), "sangto.db")})
	o.text("/f", document(three()...))
	o.add(t, o.address("ban.example", "/f"), false)
	door := fetch.New(fetch.Policy{Roots: o.roots, Widen: func(netip.AddrPort) bool { return true }, Resolve: func(context.Context, string) ([]netip.Addr, error) { return []netip.Addr{o.at.Addr()}, nil }})
	o.reader = feed.New(o.db, door, nil, func() float64 { return 0.999 }, nil)
	if f := o.pull(t, 0); f.Next.Sub(o.now) < time.Hour || f.Next.Sub(o.now) > 72*time.Minute {
		t.Errorf("next after %s", f.Next.Sub(o.now))
	}
}

func TestHostileServers(t *testing.T) {
	endless := func(rw http.ResponseWriter, _ *http.Request) {
		line := []byte(strings.Repeat("a", 64<<10))
		for {
			if _, err := rw.Write(line); err != nil {
				return
			}
		}
	}
	to := func(where string) http.HandlerFunc {
		return func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Location", where)
			rw.WriteHeader(http.StatusFound)
		}
	}
	o := newOffice(t, store.Options{Path: filepath.Join(t.TempDir(), "sangto.db")})
	o.use(t, fetch.Policy{Time: 8 * time.Second})
	for path, c := range map[string]struct {
		answer http.HandlerFunc
		reason fetch.Reason
	}{
		"/huge":     {endless, fetch.TooLarge},
		"/told":     {func(rw http.ResponseWriter, _ *http.Request) { rw.Header().Set("Content-Length", "99999999999") }, fetch.TooLarge},
		"/slow":     {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, fetch.TooSlow},
		"/inward":   {to("https://127.0.0.1/"), fetch.BadAddress},
		"/private":  {to("https://trong.example/"), fetch.NotPublic},
		"/metadata": {to("http://169.254.169.254/latest/meta-data/"), fetch.Redirected},
		"/plain":    {to("http://ban.example/"), fetch.Redirected},
		"/network":  {to("https://www.facebook.com/somebody"), fetch.Network},
		"/home":     {to("https://nha.example/"), fetch.OwnHost},
		"/round":    {to("/round"), fetch.Redirected},
		"/file":     {to("file:///etc/passwd"), fetch.BadAddress},
		"/never":    {func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusNotModified) }, fetch.Refused},
	} {
		o.serve(path, c.answer)
		o.add(t, o.address("may.example", path), false)
	}
	o.text("/good", document(check("may.example", "/1", "Bài tốt vẫn tới.", "2026-11-01")))
	o.add(t, o.address("may.example", "/good"), false)
	must(t, o.reader.Work(t.Context()))
	want := map[string]string{
		"/huge": "large", "/told": "large", "/slow": "slow", "/inward": "address", "/private": "private", "/metadata": "redirect", "/plain": "redirect",
		"/network": "network", "/home": "own", "/round": "redirect", "/file": "address", "/never": "status", "/good": "",
	}
	for _, f := range o.feeds(t) {
		u, err := url.Parse(f.URL)
		must(t, err)
		if f.Reason != want[u.Path] && !(u.Path == "/told" && f.Failures == 1) {
			t.Errorf("%s: %q, want %q", u.Path, f.Reason, want[u.Path])
		}
	}
	if got := o.kept(t); len(got) != 1 {
		t.Errorf("%v", got)
	}
}

// A feed brings its own host's checks and no others; a mirror brings others,
// but never in place of what their own publisher says.
func TestWhoMayPublish(t *testing.T) {
	engines(t, func(t *testing.T, o *office) {
		own, forged := check("ban.example", "/1", "Lời của chính bàn này.", "2026-11-01"), check("ban.example", "/1", "Lời bị sửa ở bản sao.", "2026-11-01")
		o.text("/own", document(own, check("khac.example", "/1", "Bài của nơi khác.", "2026-11-01"), check("nha.example", "/1", "Bài của chính chúng tôi.", "2026-11-01")))
		o.text("/mirror", ndjson(forged, check("khac.example", "/2", "Bài chỉ có ở bản sao.", "2026-11-02")))
		o.add(t, o.address("ban.example", "/own"), false)
		o.pull(t, 0)
		o.add(t, o.address("guong.example", "/mirror"), true)
		o.now = o.now.Add(time.Minute)
		must(t, o.reader.Work(t.Context()))
		want := map[string]string{"https://ban.example/1": "1 Lời của chính bàn này.", "https://khac.example/2": "1 Bài chỉ có ở bản sao."}
		if got := o.kept(t); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%v, want %v", got, want)
		}
		// The domain is sold: the same address now serves another publisher.
		o.text("/own", document(check("khac.example", "/7", "Chủ mới đăng thứ khác.", "2026-11-28")))
		for range 3 {
			o.pull(t, 30*time.Hour)
		}
		if got := o.kept(t); len(got) != 2 {
			t.Errorf("a new publisher came in: %v", got)
		}
		// Its name may change; what is known of the desk is not replaced.
		renamed := check("ban.example", "/1", "Lời của chính bàn này.", "2026-11-01")
		renamed["author"].(map[string]any)["name"] = "Tòa án Tối cao"
		o.text("/own", document(renamed))
		o.pull(t, 30*time.Hour)
		must(t, o.db.View(t.Context(), func(tx *store.Tx) error {
			desks, err := tx.Desks()
			for _, d := range desks {
				if d.Name == "Tòa án Tối cao" || d.Local {
					t.Errorf("%+v", d)
				}
			}
			return err
		}))
	})
}

func TestAddresses(t *testing.T) {
	o := newOffice(t, store.Options{Path: filepath.Join(t.TempDir(), "sangto.db")})
	for address, key := range map[string]string{
		"http://ban.example/f": "feed.error.https", "https://www.facebook.com/ban": "feed.error.network", "https://t.me/s/ban": "feed.error.network",
		"https://x.com/ban": "feed.error.network", "https://www.tiktok.com/@ban": "feed.error.network", "https://zalo.me/ban": "feed.error.network",
		"@ban": "feed.error.address", "": "feed.error.address", "https://127.0.0.1/f": "feed.error.address", "https://[::1]/f": "feed.error.address",
		"https://0x7f000001/": "feed.error.address", "file:///etc/passwd": "feed.error.address", "https://u:p@ban.example/": "feed.error.address",
	} {
		err := o.db.Update(t.Context(), func(tx *store.Tx) error { _, err := feed.Add(tx, address, false); return err })
		var known *desk.Error
		if !errors.As(err, &known) || known.Key != key {
			t.Errorf("%q: %v, want %s", address, err, key)
		}
	}
	o.add(t, "https://BAN.example/f#x", false)
	for _, twice := range []string{"https://ban.example/f", "https://ban.example:443/f"} {
		err := o.db.Update(t.Context(), func(tx *store.Tx) error { _, err := feed.Add(tx, twice, true); return err })
		if desk.KindOf(err) != desk.Conflict {
			t.Errorf("%s: %v", twice, err)
		}
	}
	err := o.db.Update(t.Context(), func(tx *store.Tx) error { _, err := feed.Remove(tx, "https://ban.example/other"); return err })
	if desk.KindOf(err) != desk.NotFound {
		t.Errorf("%v", err)
	}
}

// failing is a door behind which the store dies.
type failing struct {
	feed.Door
	before func()
}

func (f failing) Refresh(ctx context.Context, address string, known fetch.Known) (fetch.Page, error) {
	page, err := f.Door.Refresh(ctx, address, known)
	f.before()
	return page, err
}

// A program that dies between taking a feed and writing what came of it loses
// nothing but ten minutes: what was imported stays, the rest comes again.
func TestCutShort(t *testing.T) {
	engines(t, func(t *testing.T, o *office) {
		o.serve("/f", func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Etag", `"one"`)
			_, _ = io.WriteString(rw, document(three()...))
		})
		o.add(t, o.address("ban.example", "/f"), false)
		ctx, die := context.WithCancel(t.Context())
		p := fetch.Policy{Roots: o.roots, Widen: func(netip.AddrPort) bool { return true }, Resolve: func(context.Context, string) ([]netip.Addr, error) { return []netip.Addr{o.at.Addr()}, nil }}
		dying := feed.New(o.db, failing{fetch.New(p), die}, nil, func() float64 { return 0 }, nil)
		if err := dying.Work(ctx); !errors.Is(err, context.Canceled) {
			t.Fatalf("%v", err)
		}
		f := o.feeds(t)[0]
		if f.ETag != "" || f.Failures != 0 || f.Pulled != 0 {
			t.Errorf("half a reading was kept: %+v", f)
		}
		o.pull(t, time.Minute)
		if len(o.kept(t)) != 0 {
			t.Error("read before the lease is over")
		}
		if f := o.pull(t, 10*time.Minute); f.Taken != 3 || f.ETag != `"one"` || len(o.kept(t)) != 3 {
			t.Errorf("%+v", f)
		}
		// A store that fails after the import: the answer is asked for again as if
		// it had not been seen, and taking it in twice changes nothing.
		o.serve("/f", func(rw http.ResponseWriter, r *http.Request) {
			if r.Header.Get("If-None-Match") == `"two"` {
				rw.WriteHeader(http.StatusNotModified)
				return
			}
			rw.Header().Set("Etag", `"two"`)
			_, _ = io.WriteString(rw, document(append(three(), check("ban.example", "/4", "Một bài nữa.", "2026-11-28"))...))
		})
		o.now = o.now.Add(2 * time.Hour)
		removed := feed.New(o.db, failing{fetch.New(p), func() {
			must(t, o.db.Update(t.Context(), func(tx *store.Tx) error { _, err := feed.Remove(tx, o.address("ban.example", "/f")); return err }))
		}}, nil, func() float64 { return 0 }, nil)
		if err := removed.Work(t.Context()); err != nil {
			t.Errorf("a feed removed while it is read: %v", err)
		}
		if len(o.feeds(t)) != 0 {
			t.Error("it is followed again")
		}
	})
}

// Two programs on one database read a feed once.
func TestTwoReaders(t *testing.T) {
	engines(t, func(t *testing.T, o *office) {
		for i := range 6 {
			path := fmt.Sprintf("/f%d", i)
			o.text(path, document(check("ban.example", path, "Bài số "+path, "2026-11-01")))
			o.add(t, o.address("ban.example", path), false)
		}
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				if err := o.reader.Work(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if o.calls() != 6 || len(o.kept(t)) != 6 {
			t.Errorf("%d calls, %d checks", o.calls(), len(o.kept(t)))
		}
	})
}
