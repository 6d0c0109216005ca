package app

import (
	"context"
	"time"

	"sangto/internal/config"
	"sangto/internal/embed"
	"sangto/internal/lookup"
)

const (
	// vectorsEvery is how soon a new check is embedded, and a failed embedder
	// tried again.
	vectorsEvery = 5 * time.Second
	// progressEvery is how often the log says how far it is.
	progressEvery = 30 * time.Second
)

// openEmbedder refuses an embedder that is not on this machine, before
// anything else is opened. It returns nil if there is none.
func openEmbedder(e config.Embed) (*embed.Client, error) {
	if !e.On() {
		return nil, nil
	}
	return embed.New(embed.Kind(e.Kind), e.URL, e.Model)
}

// useEmbedder lets look-ups use the embedder through a breaker of their own:
// that the filling fails, or takes its time, must not cost them theirs.
func (a *App) useEmbedder() {
	if a.embedder == nil {
		return
	}
	a.finder.UseEmbedder(embed.NewBreaker(a.embedder, time.Now, a.embedderChanged), a.embedder)
}

// embedderChanged tells the operator. Errors of the embedder hold no text.
func (a *App) embedderChanged(err error) {
	if err != nil {
		a.log.Warn("look-ups go on without the embedder", "cause", err)
		return
	}
	a.log.Info("look-ups use the embedder again")
}

// fillVectors gives checks their vectors and logs how far it is: counts only.
func (a *App) fillVectors(ctx context.Context) error {
	var told time.Time
	began := time.Now()
	return a.finder.FillVectors(ctx, func(p lookup.Progress) {
		ready := p.Ready && p.Done == p.Total
		if now := time.Now(); ready || now.Sub(began) > progressEvery && now.Sub(told) > progressEvery {
			told = now
			a.log.Info("checks have their vectors", "done", p.Done, "of", p.Total, "in_use", p.Ready)
		}
	})
}
