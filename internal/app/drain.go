package app

import (
	"context"
	"fmt"
	"time"
)

const (
	// newcomersWithin is how long a connection of which no request was read yet is
	// waited for. net/http drops it without a word once Shutdown has begun, although
	// its request may be on its way: whoever came a moment before a restart would
	// get no answer. But those who are slow on purpose must not hold a restart.
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
	for end := time.Now().Add(newcomersWithin); a.gate.Fresh() > 0 && time.Now().Before(end); {
		time.Sleep(5 * time.Millisecond)
	}
	time.Sleep(settleTime)
	if err := a.server.Shutdown(grace); err != nil {
		_ = a.server.Close()
		return fmt.Errorf("requests were cut off after %s: %w", stopWithin, err)
	}
	return nil
}
