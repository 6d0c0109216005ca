package fetch_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"sangto/internal/fetch"
)

// web is a local server that a client may reach under any name.
type web struct {
	server *httptest.Server
	at     netip.AddrPort
	mu     sync.Mutex
	got    []*http.Request
}

func serve(t testing.TB, h http.HandlerFunc) *web {
	t.Helper()
	w := &web{}
	w.server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		w.got = append(w.got, r)
		w.mu.Unlock()
		h(rw, r)
	}))
	t.Cleanup(w.server.Close)
	w.at = netip.MustParseAddrPort(w.server.Listener.Addr().String())
	return w
}

// address of a path on the server under a public name.
func (w *web) address(path string) string {
	return fmt.Sprintf("http://news.example:%d%s", w.at.Port(), path)
}

// policy reaches this server and nothing else that is not public. Every name
// leads to it.
func (w *web) policy() fetch.Policy {
	return fetch.Policy{
		Widen:   func(a netip.AddrPort) bool { return a == w.at },
		Resolve: func(context.Context, string) ([]netip.Addr, error) { return []netip.Addr{w.at.Addr()}, nil },
	}
}

func reason(err error) fetch.Reason {
	var e *fetch.Error
	if errors.As(err, &e) {
		return e.Reason
	}
	return ""
}

func TestGet(t *testing.T) {
	w := serve(t, func(rw http.ResponseWriter, r *http.Request) {
		http.SetCookie(rw, &http.Cookie{Name: "id", Value: "1"})
		rw.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(rw, "<p>đập")
	})
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:9")
	t.Setenv("http_proxy", "http://127.0.0.1:9")
	c := fetch.New(w.policy())
	for range 2 {
		page, err := c.Get(t.Context(), w.address("/a?utm_source=x&b=1#c"))
		if err != nil || string(page.Body) != "<p>đập" || page.ContentType != "text/html; charset=utf-8" || page.Address != w.address("/a?b=1") {
			t.Fatalf("%+v %v", page, err)
		}
	}
	for _, r := range w.got {
		for _, name := range []string{"Cookie", "Referer", "Authorization", "From", "Accept-Language", "X-Forwarded-For", "Via"} {
			if r.Header.Get(name) != "" {
				t.Errorf("%s is sent", name)
			}
		}
		if agent := r.Header.Get("User-Agent"); strings.Contains(strings.ToLower(agent), "sangto") || strings.Contains(agent, "Go") || agent == "" {
			t.Errorf("user agent %q", agent)
		}
		if r.URL.RawQuery != "b=1" {
			t.Errorf("query %q", r.URL.RawQuery)
		}
	}
}

func TestRedirects(t *testing.T) {
	w := serve(t, func(rw http.ResponseWriter, r *http.Request) {
		n := 0
		if _, err := fmt.Sscanf(r.URL.Path, "/hop/%d", &n); err == nil && n > 0 {
			http.Redirect(rw, r, fmt.Sprintf("/hop/%d?fbclid=x", n-1), http.StatusFound)
			return
		}
		if to, err := hex.DecodeString(strings.TrimPrefix(r.URL.Path, "/to/")); err == nil {
			rw.Header().Set("Location", string(to))
			rw.WriteHeader(http.StatusMovedPermanently)
			return
		}
		_, _ = io.WriteString(rw, "arrived")
	})
	p := w.policy()
	if _, err := fetch.New(p).Get(t.Context(), w.address("/hop/1")); reason(err) != fetch.Redirected {
		t.Errorf("off by default: %v", err)
	}
	p.Redirects = 99
	c := fetch.New(p)
	if page, err := c.Get(t.Context(), w.address("/hop/3")); err != nil || page.Address != w.address("/hop/0") {
		t.Errorf("three: %+v %v", page, err)
	}
	if _, err := c.Get(t.Context(), w.address("/hop/4")); reason(err) != fetch.Redirected {
		t.Errorf("four: %v", err)
	}
	for to, want := range map[string]fetch.Reason{
		"https://www.facebook.com/x": fetch.Network, "ftp://a.example/": fetch.BadAddress, "file:///etc/passwd": fetch.BadAddress,
		"http://127.0.0.1/": fetch.BadAddress, "//user@news.example/": fetch.BadAddress, "http://[::1]/": fetch.BadAddress, "http://own.example/": fetch.OwnHost,
		"http://desk.own.example/": fetch.OwnHost, "http://a b/": fetch.Redirected, "http://news.example/": fetch.NotPublic, ":": fetch.Redirected,
	} {
		p.Own = []string{"own.example"}
		if _, err := fetch.New(p).Get(t.Context(), w.address("/to/"+hex.EncodeToString([]byte(to)))); reason(err) != want {
			t.Errorf("to %s: %v, want %s", to, err, want)
		}
	}
}

func TestSecureStaysSecure(t *testing.T) {
	plain := serve(t, func(rw http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(rw, "plain") })
	secure := httptest.NewTLSServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/down" {
			http.Redirect(rw, r, plain.address("/"), http.StatusFound)
			return
		}
		_, _ = io.WriteString(rw, "secret")
	}))
	defer secure.Close()
	at := netip.MustParseAddrPort(secure.Listener.Addr().String())
	p := fetch.Policy{
		Redirects: 3,
		Widen:     func(a netip.AddrPort) bool { return a == at || a == plain.at },
		Resolve:   func(context.Context, string) ([]netip.Addr, error) { return []netip.Addr{at.Addr()}, nil },
	}
	there := fmt.Sprintf("https://example.com:%d", at.Port()) // the name in httptest's certificate
	if _, err := fetch.New(p).Get(t.Context(), there+"/"); reason(err) != fetch.Insecure {
		t.Errorf("an unknown certificate: %v", err)
	}
	p.Roots = secure.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	if page, err := fetch.New(p).Get(t.Context(), there+"/"); err != nil || string(page.Body) != "secret" {
		t.Errorf("%v", err)
	}
	if _, err := fetch.New(p).Get(t.Context(), fmt.Sprintf("https://wrong.example:%d/", at.Port())); reason(err) != fetch.Insecure {
		t.Errorf("another name: %v", err)
	}
	if _, err := fetch.New(p).Get(t.Context(), there+"/down"); reason(err) != fetch.Redirected || len(plain.got) != 0 {
		t.Errorf("down to http: %v", err)
	}
	if _, err := fetch.New(p).Get(t.Context(), fmt.Sprintf("https://example.com:%d/", plain.at.Port())); reason(err) != fetch.Insecure {
		t.Errorf("plain text where TLS is due: %v", err)
	}
}

func zipped(n int) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	zero := make([]byte, 1<<20)
	for ; n > 0; n -= len(zero) {
		_, _ = z.Write(zero[:min(n, len(zero))])
	}
	_ = z.Close()
	return b.Bytes()
}

// TestBombs: whatever a page does, it ends in bounded time and memory with a
// reason.
func TestBombs(t *testing.T) {
	bomb := zipped(200 << 20)
	double := func() []byte {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = z.Write(bomb)
		_ = z.Close()
		return b.Bytes()
	}()
	members := bytes.Repeat(zipped(0), 1000)
	release := make(chan struct{})
	w := serve(t, func(rw http.ResponseWriter, r *http.Request) {
		flush := func() { _ = http.NewResponseController(rw).Flush() }
		switch r.URL.Path {
		case "/gzip":
			rw.Header().Set("Content-Encoding", "gzip")
			_, _ = rw.Write(bomb)
		case "/double":
			rw.Header().Set("Content-Encoding", "gzip, gzip")
			_, _ = rw.Write(double)
		case "/br":
			rw.Header().Set("Content-Encoding", "br")
			_, _ = rw.Write(bomb[:100])
		case "/notgzip":
			rw.Header().Set("Content-Encoding", "gzip")
			_, _ = io.WriteString(rw, "plain text under another name")
		case "/members":
			rw.Header().Set("Content-Encoding", "gzip")
			for {
				if _, err := rw.Write(members); err != nil {
					return
				}
			}
		case "/endless":
			for {
				if _, err := rw.Write(make([]byte, 1<<16)); err != nil {
					return
				}
			}
		case "/announced":
			rw.Header().Set("Content-Length", fmt.Sprint(int64(1)<<40))
			flush()
			<-release
		case "/drip":
			for {
				if _, err := io.WriteString(rw, "x"); err != nil {
					return
				}
				flush()
				select {
				case <-release:
					return
				case <-time.After(20 * time.Millisecond):
				}
			}
		case "/silent":
			<-release
		case "/headers":
			for i := range 2000 {
				rw.Header().Set(fmt.Sprintf("X-%d", i), strings.Repeat("h", 1000))
			}
			rw.WriteHeader(200)
		case "/hints":
			for {
				rw.Header().Set("Link", strings.Repeat("h", 1000))
				rw.WriteHeader(103)
				if r.Context().Err() != nil {
					return
				}
			}
		case "/loop":
			http.Redirect(rw, r, "/loop", http.StatusFound)
		case "/cut":
			rw.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(rw, "short")
		case "/404":
			rw.WriteHeader(404)
		case "/204":
			rw.WriteHeader(204)
		case "/exact":
			_, _ = rw.Write(make([]byte, 1<<20))
		}
	})
	defer close(release)
	p := w.policy()
	p.Redirects, p.Time, p.Bytes = 3, 2*time.Second, 1<<20
	c := fetch.New(p)
	for path, want := range map[string][]fetch.Reason{
		"/gzip": {fetch.TooLarge}, "/double": {fetch.Unreadable}, "/br": {fetch.Unreadable}, "/notgzip": {fetch.Unreadable},
		"/members": {fetch.TooLarge, fetch.TooSlow}, "/endless": {fetch.TooLarge}, "/announced": {fetch.TooLarge},
		"/drip": {fetch.TooSlow}, "/silent": {fetch.TooSlow}, "/headers": {fetch.Unreached}, "/hints": {fetch.Unreached, fetch.TooSlow},
		"/loop": {fetch.Redirected}, "/cut": {fetch.Unreached}, "/404": {fetch.Refused}, "/204": {fetch.Refused}, "/exact": {""},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		began := time.Now()
		_, err := c.Get(t.Context(), w.address(path))
		took := time.Since(began)
		runtime.ReadMemStats(&after)
		ok := false
		for _, r := range want {
			ok = ok || r == reason(err)
		}
		if !ok {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
		if took > 10*time.Second {
			t.Errorf("%s took %s", path, took)
		}
		if grown := int64(after.TotalAlloc-before.TotalAlloc) >> 20; grown > 64 {
			t.Errorf("%s took %d MiB", path, grown)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, cancel)
	if _, err := c.Get(ctx, w.address("/silent")); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestBoundsCannotBeRaised(t *testing.T) {
	w := serve(t, func(rw http.ResponseWriter, _ *http.Request) { _, _ = rw.Write(make([]byte, fetch.MaxBytes+1)) })
	p := w.policy()
	p.Bytes, p.Time = 1<<40, time.Hour
	if _, err := fetch.New(p).Get(t.Context(), w.address("/")); reason(err) != fetch.TooLarge {
		t.Error(err)
	}
}

func TestPublic(t *testing.T) {
	for _, s := range []string{
		"0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200", "100.127.255.255", "127.0.0.1", "127.255.255.254", "168.63.129.16",
		"169.254.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1", "198.19.255.255",
		"198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
		"::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::ffff:0:8.8.8.8", "64:ff9b::7f00:1", "64:ff9b::8.8.8.8", "64:ff9b:1::1", "100::1", "2001::1", "2001:0:7f00:1::", "2001:2::1",
		"2001:10::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::1", "2002:808:808::1", "3ffe::1", "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fd12:3456::1", "fe80::1", "fec0::1", "ff02::1",
		"2606:4700::5efe:7f00:1", "2606:4700::200:5efe:a00:1", "fe80::1%eth0", "2606:4700::1%eth0", "4000::1", "e000::1",
	} {
		if fetch.Public(netip.MustParseAddr(s)) {
			t.Errorf("%s is public", s)
		}
	}
	for _, s := range []string{"1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.1", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1", "192.0.1.1", "198.17.1.1", "198.20.0.1", "223.255.255.254", "2606:4700::1111", "2a00:1450:4001::1", "2001:4860:4860::8888", "2400:cb00::1"} {
		if !fetch.Public(netip.MustParseAddr(s)) {
			t.Errorf("%s is not public", s)
		}
	}
	if fetch.Public(netip.Addr{}) {
		t.Error("no address is public")
	}
}

// Addresses of this machine are refused even where they are public. Here they
// are not, so the rule is asked about the loopback address with the list of
// closed networks out of the way.
func TestOwnAddresses(t *testing.T) {
	ours, err := net.InterfaceAddrs()
	if err != nil || len(ours) == 0 {
		t.Skip("this machine has no addresses")
	}
	c := fetch.New(fetch.Policy{})
	for _, o := range ours {
		ip := o.(*net.IPNet).IP
		if err := c.Control("tcp4", net.JoinHostPort(ip.String(), "443")); reason(err) != fetch.NotPublic {
			t.Errorf("%s: %v", ip, err)
		}
		if a, ok := netip.AddrFromSlice(ip); ok && fetch.NotOurs(a.Unmap()) == nil {
			t.Errorf("%s is not seen as this machine's", ip)
		}
	}
}

func FuzzGuard(f *testing.F) {
	for _, s := range []string{"127.0.0.1:80", "[::1]:443", "[::ffff:10.0.0.1]:80", "8.8.8.8:443", "[fe80::1%lo]:80", "0x7f.1:80", "1.1.1.1:22", "[64:ff9b::a00:1]:80"} {
		f.Add(s)
	}
	c := fetch.New(fetch.Policy{})
	f.Fuzz(func(t *testing.T, s string) {
		if c.Control("tcp4", s) != nil && c.Control("tcp6", s) != nil {
			return
		}
		host, port, err := net.SplitHostPort(s)
		ip := net.ParseIP(host)
		if err != nil || ip == nil || (port != "80" && port != "443") || ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast() ||
			ip.IsMulticast() || ip.IsUnspecified() || ip.IsInterfaceLocalMulticast() || ip.IsLinkLocalMulticast() || !ip.IsGlobalUnicast() {
			t.Fatalf("%q is let through", s)
		}
	})
}

// TestPost sends a body where Get would go and nowhere else: inward addresses,
// other ports, networks and ourselves are refused before a byte leaves, and an
// answer leads nowhere and is not read without end.
func TestPost(t *testing.T) {
	bodies := make(chan string, 10)
	w := serve(t, func(rw http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		bodies <- r.Method + " " + r.Header.Get("Content-Type") + " " + string(b)
		switch r.URL.Path {
		case "/conflict":
			rw.WriteHeader(http.StatusConflict)
			_, _ = io.WriteString(rw, "7\n")
		case "/elsewhere":
			http.Redirect(rw, r, "/arrived", http.StatusTemporaryRedirect)
		case "/large":
			_, _ = rw.Write(make([]byte, 5000))
		}
	})
	p := w.policy()
	p.Bytes, p.Redirects = 1000, 3
	c := fetch.New(p)
	status, answer, err := c.Post(t.Context(), w.address("/conflict"), "text/plain", []byte("old 1"))
	if err != nil || status != http.StatusConflict || string(answer) != "7\n" || <-bodies != "POST text/plain old 1" {
		t.Errorf("%d %q %v", status, answer, err)
	}
	if status, _, err := c.Post(t.Context(), w.address("/elsewhere"), "text/plain", nil); err != nil || status != http.StatusTemporaryRedirect {
		t.Errorf("a redirect: %d %v", status, err)
	}
	if _, _, err := c.Post(t.Context(), w.address("/large"), "text/plain", nil); reason(err) != fetch.TooLarge {
		t.Errorf("a large answer: %v", err)
	}
	if n := len(bodies); n != 2 {
		t.Errorf("%d requests arrived besides, want 2", n)
	}
	sent := len(w.got)
	tight := fetch.Policy{Own: []string{"own.example"}, Resolve: p.Resolve}
	for address, want := range map[string]fetch.Reason{
		"http://witness.example/":      fetch.NotPublic, // leads to this machine
		"https://witness.example/":     fetch.NotPublic,
		w.address("/"):                 fetch.BadPort,
		"http://127.0.0.1/":            fetch.BadAddress,
		"http://[::1]/":                fetch.BadAddress,
		"http://169.254.169.254/":      fetch.BadAddress,
		"http://localhost/":            fetch.BadAddress,
		"http://own.example/":          fetch.OwnHost,
		"http://w1.own.example/":       fetch.OwnHost,
		"https://www.facebook.com/x":   fetch.Network,
		"ftp://witness.example/":       fetch.BadAddress,
		"http://user@witness.example/": fetch.BadAddress,
	} {
		if status, answer, err := fetch.New(tight).Post(t.Context(), address, "text/plain", []byte("body")); reason(err) != want {
			t.Errorf("%s: %d %q %v, want %s", address, status, answer, err, want)
		}
	}
	if len(w.got) != sent {
		t.Error("something arrived after all")
	}
}
