package app

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"time"

	"sangto/internal/config"
	"sangto/internal/demo"
	"sangto/internal/desk"
	"sangto/internal/intake"
	"sangto/internal/keys"
	"sangto/internal/lookup"
)

// Receipt is the code of one of the demonstration's questions.
type Receipt = demo.Receipt

// SeedDemo fills a new data folder with the invented desks. A folder that
// already holds a desk is refused, so that no real record gets an invented
// entry.
func SeedDemo(ctx context.Context, cfg config.Config) (_ []Receipt, err error) {
	if _, err := os.Stat(databaseFile(cfg)); err == nil || cfg.DB != "" {
		return nil, &desk.Error{Kind: desk.Conflict, Op: "seed the demonstration", Key: "cli.error.demo", Args: map[string]any{"Path": cfg.Data}}
	}
	if err := os.MkdirAll(cfg.Data, 0o700); err != nil {
		return nil, err
	}
	ring, err := keys.Open(filepath.Join(cfg.Data, "keys"))
	if err != nil {
		return nil, err
	}
	clock := demo.NewClock(time.Now())
	db, err := OpenStore(ctx, cfg, clock.Now, false)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := demo.Desks(ctx, db); err != nil {
		return nil, err
	}
	finder, err := lookup.Open(ctx, db)
	if err != nil {
		return nil, err
	}
	deskID, err := intake.LocalDesk(ctx, db)
	if err != nil {
		return nil, err
	}
	in, err := intake.New(ctx, db, finder, ring, deskID)
	if err != nil {
		return nil, err
	}
	l := demo.Loader{DB: db, Intake: in, Clock: clock, Random: rand.Reader}
	if err := l.Load(ctx); err != nil {
		return nil, err
	}
	return l.Receipts, nil
}
