package app

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"sangto/internal/config"
	"sangto/internal/desk"
	"sangto/internal/feed"
	"sangto/internal/fetch"
	"sangto/internal/record"
	"sangto/internal/store"
)

// openFeeds builds what reads other desks' feeds, through the door of sources.
func (a *App) openFeeds() {
	a.feeds = feed.New(a.db, fetch.New(a.door), a.cfg.URL, rand.Float64, func(f desk.Feed) {
		a.log.Warn("a feed could not be read", "feed", f.URL, "reason", f.Reason, "status", f.Status, "failures", f.Failures)
	})
}

// AddFeed begins to follow another desk's feed in a data folder, which may be
// in use by a running desk. It calls nobody: the desk reads the feed within a
// minute.
func AddFeed(ctx context.Context, cfg config.Config, address string, mirror bool) (f desk.Feed, err error) {
	err = withFeeds(ctx, cfg, func(tx *store.Tx) error {
		if f, err = feed.Add(tx, address, mirror); err != nil {
			return err
		}
		return record.Feed(tx, "", f.URL, true)
	})
	return f, err
}

// RemoveFeed ends following a feed. Its checks stay.
func RemoveFeed(ctx context.Context, cfg config.Config, address string) (f desk.Feed, err error) {
	err = withFeeds(ctx, cfg, func(tx *store.Tx) error {
		if f, err = feed.Remove(tx, address); err != nil {
			return err
		}
		return record.Feed(tx, "", f.URL, false)
	})
	return f, err
}

// Feeds lists the feeds that are followed.
func Feeds(ctx context.Context, cfg config.Config) (out []desk.Feed, err error) {
	if err := exists(cfg); err != nil {
		return nil, err
	}
	db, err := OpenStore(ctx, cfg, time.Now, true)
	if err != nil {
		return nil, err
	}
	err = db.View(ctx, func(tx *store.Tx) error {
		out, err = tx.Feeds()
		return err
	})
	return out, errors.Join(err, db.Close())
}

// withFeeds does something and enters it into the public record in one
// transaction. Feeds are read for all desks of a folder.
func withFeeds(ctx context.Context, cfg config.Config, do func(*store.Tx) error) error {
	if err := exists(cfg); err != nil {
		return err
	}
	db, err := OpenStore(ctx, cfg, time.Now, false)
	if err != nil {
		return err
	}
	return errors.Join(db.Update(ctx, do), db.Close())
}
