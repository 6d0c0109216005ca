package gate_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"sangto/internal/gate"
)

// crowd is a server that holds few connections open.
type crowd struct {
	t    *testing.T
	gate *gate.Gate
	addr string
	// begun has a value for every request to /wait whose handler runs, and each
	// value in goOn lets one end.
	begun, goOn chan struct{}
}

func newCrowd(t *testing.T, most int) *crowd {
	c := &crowd{t: t, gate: gate.New(gate.Config{Connections: most}), begun: make(chan struct{}, most), goOn: make(chan struct{}, most)}
	mux := http.NewServeMux()
	mux.Handle("GET /", c.gate.Public(gate.Page, page("ok")))
	mux.Handle("GET /wait", c.gate.Public(gate.Page, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.begun <- struct{}{}
		<-c.goOn
		_, _ = io.WriteString(w, "waited")
	})))
	mux.Handle("POST /lookup", c.gate.Public(gate.Form, c.gate.Lane(gate.LookupLane, page("read"))))
	c.addr = start(t, c.gate, mux, nil)
	return c
}

// opens connects and sends the beginning of a request.
func (c *crowd) opens(text string) net.Conn {
	c.t.Helper()
	conn, err := net.Dial("tcp", c.addr)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { _ = conn.Close() })
	if _, err := io.WriteString(conn, text); err != nil {
		c.t.Fatal(err)
	}
	return conn
}

// answer is the status line that comes on a connection, "" where it was cut.
func answer(conn net.Conn) string {
	_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		return ""
	}
	return strings.TrimSpace(line)
}

// cutReaches waits until n connections were cut, and demands that no more were.
func (c *crowd) cutReaches(n uint64) {
	c.t.Helper()
	for range 1000 {
		if c.gate.Stats().Cut >= n {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	if got := c.gate.Stats().Cut; got != n {
		c.t.Fatalf("%d connections were cut, want %d", got, n)
	}
}

const (
	halfHeader = "GET / HTTP/1.1\r\nHost: a\r\nX: "
	halfBody   = "POST /lookup HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 6000\r\n\r\ntext="
	aRequest   = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
	aWait      = "GET /wait HTTP/1.1\r\nHost: a\r\n\r\n"
)

// TestSlowOnesMakeRoom: a server full of connections that are half a header, half
// a body or idle takes everybody who comes, and cuts those that wait for longest.
func TestSlowOnesMakeRoom(t *testing.T) {
	for _, kind := range []string{"", halfHeader, halfBody} {
		c := newCrowd(t, 10)
		working := c.opens(aWait)
		<-c.begun
		idle := c.opens(aRequest)
		if got := answer(idle); !strings.Contains(got, "200") {
			t.Fatalf("%q: %q", kind, got)
		}
		var slow []net.Conn
		for range 8 {
			slow = append(slow, c.opens(kind))
			time.Sleep(20 * time.Millisecond) // their order is that of their coming
		}
		for i := range 5 {
			honest := c.opens(aRequest)
			if got := answer(honest); !strings.Contains(got, "200") {
				t.Errorf("%q: the honest request %d: %q", kind, i, got)
			}
		}
		c.cutReaches(5)
		// The idle one had waited for longest, then the first four of the slow.
		for i, conn := range append([]net.Conn{idle}, slow...) {
			_ = conn.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
			_, err := conn.Read(make([]byte, 1))
			e, waits := err.(net.Error)
			if open := waits && e.Timeout(); open != (i > 4) && err != nil {
				t.Errorf("%q: connection %d is open: %v (%v)", kind, i, open, err)
			}
		}
		c.goOn <- struct{}{}
		if got := answer(working); !strings.Contains(got, "200") {
			t.Errorf("%q: a request under way was cut: %q", kind, got)
		}
	}
}

// TestFullOfWork: where every connection is being answered, who comes is turned
// away, and nobody who is being answered notices.
func TestFullOfWork(t *testing.T) {
	c := newCrowd(t, 4)
	var working []net.Conn
	for range 4 {
		working = append(working, c.opens(aWait))
		<-c.begun
	}
	late := c.opens("")
	if got := answer(late); got != "" {
		t.Errorf("a fifth connection: %q", got)
	}
	c.cutReaches(1)
	for i, conn := range working {
		c.goOn <- struct{}{}
		if got := answer(conn); !strings.Contains(got, "200") {
			t.Errorf("request %d: %q", i, got)
		}
	}
	if got := answer(c.opens(aRequest)); !strings.Contains(got, "200") {
		t.Errorf("afterwards: %q", got)
	}
}

// TestConnectionsAreForgotten: connections that ended take nobody's place, and one
// is fresh until its first byte.
func TestConnectionsAreForgotten(t *testing.T) {
	c := newCrowd(t, 5)
	for i := range 50 {
		conn := c.opens(aRequest)
		if got := answer(conn); !strings.Contains(got, "200") {
			t.Fatalf("connection %d: %q", i, got)
		}
		_ = conn.Close()
		time.Sleep(2 * time.Millisecond)
	}
	if cut := c.gate.Stats().Cut; cut > 10 {
		t.Errorf("%d of 50 connections that had ended were cut to make room", cut)
	}
	if n := c.gate.Fresh(); n != 0 {
		t.Errorf("%d connections are still fresh", n)
	}
	fresh := c.opens("")
	for i := 0; c.gate.Fresh() != 1; i++ {
		if i == 1000 {
			t.Fatalf("%d connections are fresh", c.gate.Fresh())
		}
		time.Sleep(5 * time.Millisecond)
	}
	_, _ = fmt.Fprint(fresh, aRequest)
	if got := answer(fresh); !strings.Contains(got, "200") || c.gate.Fresh() != 0 {
		t.Errorf("%q, and %d are fresh", got, c.gate.Fresh())
	}
}
