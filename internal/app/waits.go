package app

import (
	"context"

	"sangto/internal/desk"
)

// waits says in which sections of the desk something waits for a member.
func (a *App) waits(ctx context.Context, m desk.Member) (map[string]bool, error) {
	queue, err := a.queue.Waits(ctx, m)
	if err != nil {
		return nil, err
	}
	contests, pages, err := a.flow.AfterWaits(ctx, m)
	if err != nil {
		return nil, err
	}
	notices, err := a.flow.NoticesWait(ctx, m)
	if err != nil {
		return nil, err
	}
	review, returned, err := a.flow.ReviewWaits(ctx, m)
	return map[string]bool{"notices": notices, "queue": queue, "contests": contests, "pages": pages, "review": review, "drafts": returned}, err
}
