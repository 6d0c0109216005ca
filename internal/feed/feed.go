// Package feed reads other desks' feeds of published checks by itself: once an
// hour, whatever anybody here asked, so that the rhythm of its requests says
// nothing. What it keeps goes through the very gates of an import: a published
// check, of an organisation, at an https address on that organisation's own
// site. Social networks, blogs, posts and people are not followed; an address
// on a network is refused when it is added and again when it is read.
//
// A check whose wording changed at its source gets a new version. One that is
// no longer there is never deleted: it is marked with the day, and shown so.
package feed

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"time"

	"sangto/internal/desk"
	"sangto/internal/exchange"
	"sangto/internal/fetch"
	"sangto/internal/source"
	"sangto/internal/store"
)

const (
	// Every is how often a feed is read.
	Every = time.Hour
	// longest is the longest wait after failures, unless a server asks for
	// more.
	longest = 24 * time.Hour
	// lease is how long a reading may take before somebody else takes it: more
	// than any fetch, its parsing and its writing.
	lease = 10 * time.Minute
	// atOnce is how many due feeds one Work reads.
	atOnce = 20
	// What one feed may carry, and how many there may be.
	inputMax = fetch.MaxBytes
	itemsMax = 50_000
	feedsMax = 200
	spread   = 0.2 // of a wait, at random, so that feeds do not meet
	problems = 1   // nobody reads more of an hourly reading
)

// Reasons of a failed reading beside those of fetch. They are stored and are
// parts of catalogue keys.
const (
	Empty = "empty" // an answer without one published check
	Cut   = "cut"   // an answer that could not be read to its end
)

// Reasons lists every word that desk.Feed.Reason can be.
func Reasons() []string {
	out := []string{Empty, Cut}
	for _, r := range []fetch.Reason{
		fetch.BadAddress, fetch.BadPort, fetch.Network, fetch.OwnHost, fetch.NotPublic, fetch.Unknown, fetch.Unreached,
		fetch.Insecure, fetch.Redirected, fetch.Refused, fetch.TooLarge, fetch.TooSlow, fetch.Unreadable,
	} {
		out = append(out, string(r))
	}
	return out
}

// Reasons for which a published check is not taken from a feed, beside those
// of an import.
const (
	reasonElsewhere = "feed.reason.elsewhere"
	reasonFirstHand = "feed.reason.first_hand"
	reasonMany      = "feed.reason.many"
)

// Address reads the address of a feed and writes it in its normal form. It is
// https, since what comes unprotected may be anybody's, and on no network.
func Address(s string) (string, error) {
	const op = "add feed"
	u, err := source.Parse(s)
	if err != nil {
		return "", &desk.Error{Kind: desk.Invalid, Op: op, Key: "feed.error.address", Err: err}
	}
	switch {
	case u.Scheme != "https":
		return "", &desk.Error{Kind: desk.Invalid, Op: op, Key: "feed.error.https"}
	case source.IsNetwork(u.Hostname(), u.Path):
		return "", &desk.Error{Kind: desk.Invalid, Op: op, Key: "feed.error.network", Args: map[string]any{"Host": u.Hostname()}}
	}
	return u.String(), nil
}

// Add begins to follow a feed; it is first read within a minute. mirror lets it
// carry checks of publishers on other hosts.
func Add(tx *store.Tx, address string, mirror bool) (desk.Feed, error) {
	address, err := Address(address)
	if err != nil {
		return desk.Feed{}, err
	}
	followed, err := tx.Feeds()
	if err != nil {
		return desk.Feed{}, err
	}
	if len(followed) >= feedsMax {
		return desk.Feed{}, &desk.Error{Kind: desk.Conflict, Op: "add feed", Key: "feed.error.many", Args: map[string]any{"Max": feedsMax}}
	}
	f := desk.Feed{URL: address, Mirror: mirror, Added: tx.Day()}
	if f.ID, err = tx.NewID(); err != nil {
		return desk.Feed{}, err
	}
	return f, tx.AddFeed(f)
}

// Remove ends following a feed. Its checks stay.
func Remove(tx *store.Tx, address string) (desk.Feed, error) {
	if normal, err := Address(address); err == nil {
		address = normal
	}
	return tx.RemoveFeed(address)
}

// Door gets one file. *fetch.Client is one.
type Door interface {
	Refresh(ctx context.Context, address string, known fetch.Known) (fetch.Page, error)
}

// Reader reads the feeds that are due. It is safe for concurrent use, by
// several programs on one database too.
type Reader struct {
	db   *store.DB
	door Door
	site *url.URL
	// chance gives a number in [0, 1).
	chance func() float64
	// failed is called after a reading that failed, for the log.
	failed func(desk.Feed)
}

// New returns a reader. site is this desk's public address: what was published
// there is ours already. failed may be nil.
func New(db *store.DB, door Door, site *url.URL, chance func() float64, failed func(desk.Feed)) *Reader {
	if failed == nil {
		failed = func(desk.Feed) {}
	}
	return &Reader{db: db, door: door, site: site, chance: chance, failed: failed}
}

// Work reads the feeds that are due, one after the other. Call it every minute.
// Its errors are the store's; what is wrong with a feed is kept with the feed.
func (r *Reader) Work(ctx context.Context) error {
	for range atOnce {
		f, ok, err := r.take(ctx)
		if err != nil || !ok {
			return err
		}
		if err := r.read(ctx, f); err != nil {
			return err
		}
	}
	return nil
}

// take looks before it writes: most of the time nothing is due.
func (r *Reader) take(ctx context.Context) (f desk.Feed, ok bool, err error) {
	due := false
	err = r.db.View(ctx, func(tx *store.Tx) (err error) {
		due, err = tx.FeedDue()
		return err
	})
	if err != nil || !due {
		return f, false, err
	}
	err = r.db.Update(ctx, func(tx *store.Tx) (err error) {
		f, ok, err = tx.TakeFeed(lease)
		return err
	})
	return f, ok, err
}

// read gets a feed and keeps what it carries.
func (r *Reader) read(ctx context.Context, f desk.Feed) error {
	page, err := r.door.Refresh(ctx, f.URL, fetch.Known{ETag: f.ETag, Modified: f.Modified})
	if ctx.Err() != nil {
		return ctx.Err() // the program stops; the lease ends by itself
	}
	var refused *fetch.Error
	switch {
	case errors.As(err, &refused):
		return r.fail(ctx, f, string(refused.Reason), refused.Status, refused.After)
	case err != nil:
		return r.fail(ctx, f, string(fetch.Unreached), 0, 0)
	case page.Unchanged:
		return r.done(ctx, f, page, nil)
	}
	got, err := r.keep(ctx, f, page)
	switch {
	case err != nil:
		return err
	case len(got.items) == 0 && got.cut:
		return r.fail(ctx, f, Cut, 0, 0)
	case len(got.items) == 0:
		return r.fail(ctx, f, Empty, 0, 0)
	}
	return r.done(ctx, f, page, got)
}

// wait is d and a little more, at random.
func (r *Reader) wait(d time.Duration) time.Duration {
	return d + time.Duration(spread*r.chance()*float64(d))
}

// fail sets a feed back: an hour, then twice as long each time, up to a day,
// or as long as its server asked. What it said before stays as it was.
func (r *Reader) fail(ctx context.Context, f desk.Feed, reason string, status int, after time.Duration) error {
	f.Failures++
	f.Reason, f.Status = reason, status
	d := longest
	if f.Failures < 6 {
		d = min(longest, Every<<(f.Failures-1))
	}
	d = max(r.wait(d), after)
	err := r.end(ctx, f, d, nil)
	if err == nil {
		r.failed(f)
	}
	return err
}

// done ends a reading that succeeded; got is nil if the answer was the same as
// before, which says of every check what the last one said.
func (r *Reader) done(ctx context.Context, f desk.Feed, page fetch.Page, got *harvest) error {
	f.ETag, f.Modified = page.Known.ETag, page.Known.Modified
	f.Failures, f.Reason, f.Status = 0, "", 0
	if got != nil {
		f.Taken, f.Dropped = len(got.items), got.dropped
	}
	return r.end(ctx, f, r.wait(Every), func(tx *store.Tx, f *desk.Feed) error {
		before, err := tx.FeedItems(f.ID)
		if err != nil {
			return err
		}
		f.Pulled = tx.Day()
		items, sure := compare(f, before, got, tx.Day())
		if sure {
			f.Refused = f.Dropped
		}
		for _, item := range items {
			if err := tx.PutFeedItem(item); err != nil {
				return err
			}
		}
		return nil
	})
}

// end writes the next day and hour of a feed. A feed that was removed while it
// was read is left alone.
func (r *Reader) end(ctx context.Context, f desk.Feed, wait time.Duration, do func(*store.Tx, *desk.Feed) error) error {
	err := r.db.Update(ctx, func(tx *store.Tx) error {
		f.Next = tx.Now().Add(wait)
		if do != nil {
			if err := do(tx, &f); err != nil {
				return err
			}
		}
		return tx.EndPull(f)
	})
	if desk.KindOf(err) == desk.Conflict {
		return nil
	}
	return err
}

// related reports whether one of two hosts is the other, or below it. A "www."
// says nothing.
func related(a, b string) bool {
	a, b = strings.TrimPrefix(a, "www."), strings.TrimPrefix(b, "www.")
	return a == b || strings.HasSuffix(a, "."+b) || strings.HasSuffix(b, "."+a)
}

// hostOf is the host of an address in normal form.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// allow judges what a feed carries: publishers of its own host, or, from a
// mirror, what no publisher's own feed brings us.
func allow(f desk.Feed, firstHand map[string]bool) func(exchange.Item) string {
	host, n := hostOf(f.URL), 0
	return func(item exchange.Item) string {
		switch own := related(host, hostOf(item.Site)); {
		case !f.Mirror && !own:
			return reasonElsewhere
		case f.Mirror && !own && firstHand[item.CheckID]:
			return reasonFirstHand
		}
		if n++; n > itemsMax {
			return reasonMany
		}
		return ""
	}
}
