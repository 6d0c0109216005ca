package app

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// newcomers are connections of which no request was read yet. net/http drops
// them without a word once Shutdown has begun, although their request may be
// on its way: whoever came a moment before a restart would get no answer.
type newcomers struct {
	mu   sync.Mutex
	open map[net.Conn]bool
}

func newNewcomers() *newcomers { return &newcomers{open: map[net.Conn]bool{}} }

// note is the ConnState hook of the server.
func (n *newcomers) note(c net.Conn, state http.ConnState) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if state == http.StateNew {
		n.open[c] = true
	} else {
		delete(n.open, c)
	}
}

func (n *newcomers) count() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.open)
}

const (
	// newcomersWithin is how long a newcomer gets to send its request. Those who
	// are slow on purpose must not hold a restart.
	newcomersWithin = 2 * time.Second
	// settleTime is what a request that was just read gets to reach its handler,
	// which net/http does not tell.
	settleTime = 100 * time.Millisecond
)

// shutdown stops accepting, lets newcomers and requests under way finish, and
// returns within stopWithin.
func (a *App) shutdown(ctx context.Context) error {
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
	defer cancel()
	// Where somebody else holds the socket too, who comes now waits in its queue.
	_ = a.ln.Close()
	a.server.SetKeepAlivesEnabled(false)
	for end := time.Now().Add(newcomersWithin); a.newcomers.count() > 0 && time.Now().Before(end); {
		time.Sleep(5 * time.Millisecond)
	}
	time.Sleep(settleTime)
	if err := a.server.Shutdown(grace); err != nil {
		_ = a.server.Close()
		return fmt.Errorf("requests were cut off after %s: %w", stopWithin, err)
	}
	return nil
}
