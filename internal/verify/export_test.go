package verify

import (
	"context"
	"time"
)

// Hurry makes a Web try again at once.
func (w *Web) Hurry() {
	w.pause = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
}
