package promises_test

import (
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// TestRestartRefusesNobody restarts the program again and again under people
// who look things up, while a parent holds the socket as a service manager
// does: no connection is refused and no request is left without its answer.
func TestRestartRefusesNobody(t *testing.T) {
	t.Parallel()
	restarts := size(2, 5, 50)
	p := newPlace(t)
	ln, err := net.Listen("tcp", p.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	held, err := ln.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	words := listenForWords(t, p)
	s := p.startHeld(t, held, words.path)
	words.await(t, "READY=1", s)

	var answered atomic.Int64
	over := make(chan struct{})
	var people sync.WaitGroup
	for i := range 4 {
		people.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-over:
					return
				default:
				}
				if err := p.dropIn(i == 0, n); err != nil {
					t.Errorf("somebody got no answer during a restart: %v", err)
					return
				}
				answered.Add(1)
			}
		})
	}
	for range restarts {
		before := answered.Load()
		s.stop(t)
		words.await(t, "STOPPING=1", nil)
		// A slow start: people wait in the queue of the socket meanwhile.
		time.Sleep(300 * time.Millisecond)
		s = p.startHeld(t, held, words.path)
		words.await(t, "READY=1", s)
		for deadline := time.Now().Add(20 * time.Second); answered.Load() < before+20 && time.Now().Before(deadline) && !t.Failed(); {
			time.Sleep(10 * time.Millisecond)
		}
	}
	close(over)
	people.Wait()
	s.stop(t)
	if answered.Load() < int64(restarts)*20 {
		t.Errorf("only %d requests were answered", answered.Load())
	}
	t.Logf("%d restarts under %d requests: 0 refused", restarts, answered.Load())
}

// dropIn is one request on a connection of its own: a page, or a look-up.
func (p *place) dropIn(looks bool, n int) error {
	if looks {
		got, err := patiently(func() (page, error) { return p.post("/lookup", url.Values{"text": {"thăm dò " + words(n)}}) })
		if err == nil && got.status != http.StatusOK {
			return errStatus(got.status)
		}
		return err
	}
	got, err := patiently(func() (page, error) { return p.get("/") })
	if err == nil && got.status != http.StatusOK {
		return errStatus(got.status)
	}
	return err
}

type errStatus int

func (e errStatus) Error() string { return http.StatusText(int(e)) }

// startHeld starts the program with a socket that the test keeps.
func (p *place) startHeld(t *testing.T, held *os.File, notify string) *server {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	return p.startHeldAs(t, path, p.url(), held, notify)
}

// startHeldAs is startHeld for any program, under any public address.
func (p *place) startHeldAs(t *testing.T, path, address string, held *os.File, notify string) *server {
	t.Helper()
	log, err := os.OpenFile(p.log(), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	// The number of a process is known to itself alone before it runs.
	s := &server{place: p, done: make(chan struct{}), cmd: exec.Command("/bin/sh", "-c", `LISTEN_PID=$$ exec "$@"`, "sh",
		path, "serve", "--data", p.data(), "--listen", "127.0.0.1:1", "--url", address)}
	s.cmd.Env = append(p.environment(), "LISTEN_FDS=1", "NOTIFY_SOCKET="+notify)
	s.cmd.Dir, s.cmd.Stdout, s.cmd.Stderr, s.cmd.ExtraFiles = p.temp(), log, log, []*os.File{held}
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { _ = s.cmd.Wait(); close(s.done) }()
	t.Cleanup(s.kill)
	return s
}

// heard is a service manager's ear.
type heard struct {
	path string
	conn *net.UnixConn
}

func listenForWords(t *testing.T, p *place) *heard {
	t.Helper()
	h := &heard{path: filepath.Join(p.root, "notify")}
	var err error
	if h.conn, err = net.ListenUnixgram("unixgram", &net.UnixAddr{Name: h.path, Net: "unixgram"}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.conn.Close() })
	return h
}

func (h *heard) await(t *testing.T, want string, s *server) {
	t.Helper()
	_ = h.conn.SetReadDeadline(time.Now().Add(30 * time.Second))
	buf := make([]byte, 200)
	n, err := h.conn.Read(buf)
	if err != nil || string(buf[:n]) != want {
		words := ""
		if s != nil {
			words = s.place.readLog()
		}
		t.Fatalf("heard %q, %v, want %s\n%s", buf[:n], err, want, words)
	}
}
