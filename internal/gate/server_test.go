package gate_test

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sangto/internal/gate"
)

var noTime time.Time

// start runs g's server on a real listener.
func start(t *testing.T, g *gate.Gate, h http.Handler, change func(*http.Server)) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := g.Server(h)
	if change != nil {
		change(server)
	}
	done := make(chan error, 1)
	go func() { done <- server.Serve(ln) }()
	t.Cleanup(func() {
		_ = server.Close()
		<-done
	})
	return ln.Addr().String()
}

func TestServerLimits(t *testing.T) {
	s := gate.New(gate.Config{}).Server(http.NotFoundHandler())
	for name, c := range map[string]struct{ got, want time.Duration }{
		"headers": {s.ReadHeaderTimeout, 5 * time.Second}, "body": {s.ReadTimeout, 30 * time.Second},
		"write": {s.WriteTimeout, 30 * time.Second}, "idle": {s.IdleTimeout, 60 * time.Second},
	} {
		if c.got != c.want {
			t.Errorf("%s: %v, want %v", name, c.got, c.want)
		}
	}
	if s.MaxHeaderBytes+4096 > 16<<10 || s.HTTP2.MaxConcurrentStreams > 100 || s.ErrorLog == nil || !s.DisableGeneralOptionsHandler {
		t.Errorf("%+v", s)
	}
}

func TestHeaderBomb(t *testing.T) {
	g := gate.New(gate.Config{})
	addr := start(t, g, g.Public(gate.Page, page("ok")), nil)
	for size, want := range map[int]string{10 << 10: "200", 17 << 10: "431", 1 << 20: "431"} {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			_, _ = fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: a\r\nX: %s\r\n\r\n", strings.Repeat("x", size))
		}()
		line, _ := bufio.NewReader(conn).ReadString('\n')
		if !strings.Contains(line, want) {
			t.Errorf("%d bytes of headers: %q, want %s", size, line, want)
		}
		_ = conn.Close()
	}
}

// What net/http wants to log holds addresses: it must go nowhere and be
// counted.
func TestErrorLogIsSilent(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	old := os.Stderr
	os.Stderr = write
	defer func() { os.Stderr = old }()
	g := gate.New(gate.Config{})
	addr := start(t, g, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("unguarded") }), nil)
	if _, err := http.Get("http://" + addr); err == nil {
		t.Error("no error from a panic without a gate")
	}
	http.DefaultClient.CloseIdleConnections()
	_ = write.Close()
	if b, _ := io.ReadAll(read); len(b) != 0 {
		t.Errorf("written to standard error: %s", b)
	}
	if g.Stats().Lines == 0 {
		t.Error("the dropped line was not counted")
	}
}

// TestSlowloris opens connections that send a header byte by byte, a body byte
// by byte, or read the answer byte by byte. Others are served all the while,
// and the slow ones are cut. Times are a tenth of the real ones.
func TestSlowloris(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	g := gate.New(gate.Config{Limits: map[gate.Lane]gate.Limit{
		gate.LookupLane: {Rate: 1e6, Burst: 1e6, Concurrent: 2, Wait: 250 * time.Millisecond},
	}})
	mux := http.NewServeMux()
	mux.Handle("POST /lookup", g.Public(gate.Form, g.Lane(gate.LookupLane, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := gate.ReadBody(w, r, gate.FormMax); err != nil {
			t.Errorf("a body in the lane: %v", err)
		}
		gate.Pad(w, r, 200, html, noise(100<<10))
	}))))
	addr := start(t, g, mux, func(s *http.Server) {
		// A tenth of what a public server waits, which must be as promised.
		if s.ReadHeaderTimeout != 5*time.Second || s.ReadTimeout != 30*time.Second || s.WriteTimeout != 30*time.Second || s.IdleTimeout != time.Minute {
			t.Errorf("headers may take %s, a body %s, an answer %s, and idleness %s", s.ReadHeaderTimeout, s.ReadTimeout, s.WriteTimeout, s.IdleTimeout)
		}
		s.ReadHeaderTimeout, s.ReadTimeout, s.WriteTimeout = s.ReadHeaderTimeout/10, s.ReadTimeout/10, s.WriteTimeout/10
	})
	const each = 300
	var before, during runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var slow sync.WaitGroup
	var mu sync.Mutex
	cut := map[string][]time.Duration{}
	for _, kind := range []string{"header", "body"} {
		for range each {
			conn, err := net.Dial("tcp", addr)
			if err != nil {
				t.Fatal(err)
			}
			slow.Go(func() {
				took := dawdle(conn, kind)
				mu.Lock()
				defer mu.Unlock()
				cut[kind] = append(cut[kind], took)
			})
		}
	}
	for range each {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		_, _ = io.WriteString(conn, "POST /lookup HTTP/1.1\r\nHost: a\r\nContent-Type: "+urlencoded+"\r\nContent-Length: 6\r\n\r\ntext=x") // and never reads
	}
	time.Sleep(100 * time.Millisecond)
	runtime.ReadMemStats(&during)
	median, worst := honest(t, "http://"+addr+"/lookup", time.Second)
	slow.Wait()
	t.Logf("%d slow connections: %.1f MiB more; the others: median %v, slowest %v", 3*each,
		float64(int64(during.Sys)-int64(before.Sys))/(1<<20), median, worst)
	// Behind the slow ones, an answer would be refused or take until they are
	// cut, 3 s. The bound leaves room for a busy machine.
	if median > 2*time.Second {
		t.Errorf("the slow ones slow the others: median %v, slowest %v", median, worst)
	}
	for kind, most := range map[string]time.Duration{"header": 2 * time.Second, "body": 6 * time.Second} {
		if len(cut[kind]) != each {
			t.Errorf("%s: %d of %d were cut", kind, len(cut[kind]), each)
		}
		for _, took := range cut[kind] {
			if took > most {
				t.Errorf("%s: cut only after %v", kind, took)
				break
			}
		}
	}
}

// dawdle sends a request byte by byte until it is cut off, and returns how long
// that took.
func dawdle(conn net.Conn, kind string) time.Duration {
	defer func() { _ = conn.Close() }()
	began := time.Now()
	if kind == "body" {
		_, _ = io.WriteString(conn, "POST /lookup HTTP/1.1\r\nHost: a\r\nContent-Type: "+urlencoded+"\r\nContent-Length: 60000\r\n\r\ntext=")
	} else {
		_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: a\r\nX: ")
	}
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		_, _ = io.Copy(io.Discard, conn)
	}()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-closed:
			return time.Since(began)
		case <-tick.C:
			_, _ = conn.Write([]byte("x"))
		}
	}
}

// honest looks up for a while and returns the times of the median and the
// slowest answer.
func honest(t *testing.T, target string, span time.Duration) (median, worst time.Duration) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	var took []time.Duration
	for end := time.Now().Add(span); time.Now().Before(end); {
		began := time.Now()
		got, err := client.Post(target, urlencoded, strings.NewReader("text=x"))
		if err != nil {
			t.Error(err)
			return 0, 0
		}
		_, _ = io.Copy(io.Discard, got.Body)
		_ = got.Body.Close()
		if got.StatusCode != 200 {
			t.Errorf("an honest look-up: %d", got.StatusCode)
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	return took[len(took)/2], took[len(took)-1]
}

func TestHTTP2(t *testing.T) {
	g := gate.New(gate.Config{})
	configured := g.Server(g.Public(gate.Page, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.TLS != nil || r.RemoteAddr != "" {
			t.Error("the handler sees the connection")
		}
		_, _ = io.WriteString(w, r.Proto)
	})))
	server := httptest.NewUnstartedServer(nil)
	server.Config = configured
	server.EnableHTTP2 = true
	server.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	server.StartTLS()
	defer server.Close()
	client := server.Client()
	got, err := client.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	b, _ := io.ReadAll(got.Body)
	_ = got.Body.Close()
	if string(b) != "HTTP/2.0" {
		t.Errorf("spoke %s", b)
	}
}

// A body that never ends must not be read to its end, and the answer arrives.
func TestEndlessBody(t *testing.T) {
	g := spoken(gate.Config{})
	addr := start(t, g, g.Public(gate.Form, g.Lane(gate.LookupLane, page("ok"))), nil)
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_, _ = io.WriteString(conn, "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: "+urlencoded+"\r\nTransfer-Encoding: chunked\r\n\r\n")
	sent := make(chan int64, 1)
	go func() {
		var n int64
		chunk := "10000\r\n" + strings.Repeat("x", 0x10000) + "\r\n"
		for n < 100<<20 {
			if _, err := io.WriteString(conn, chunk); err != nil {
				break
			}
			n += int64(len(chunk))
		}
		sent <- n
	}()
	got, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("%d", got.StatusCode)
	}
	_ = got.Body.Close()
	_ = conn.Close()
	if n := <-sent; n > 50<<20 {
		t.Errorf("took in %d bytes", n)
	}
}
