package store

import (
	"strings"
	"time"

	"sangto/internal/desk"
)

const feedColumns = `id, url, mirror, added, removed, etag, modified, next_pull, pulled, failures, reason, status, taken, dropped, refused`

// feedRow is a Feed on its way from the database.
type feedRow struct {
	desk.Feed
	next int64
}

func feedFields(f *feedRow) []any {
	return []any{
		&f.ID, &f.URL, &f.Mirror, &f.Added, &f.Removed, &f.ETag, &f.Modified, &f.next, &f.Pulled, &f.Failures, &f.Reason, &f.Status, &f.Taken, &f.Dropped, &f.Refused,
	}
}

func (f feedRow) feed() desk.Feed {
	if f.next != 0 {
		f.Next = time.UnixMicro(f.next).UTC()
	}
	return f.Feed
}

// AddFeed begins to follow a feed, which is due at once. An address that is
// followed already is desk.Conflict.
func (tx *Tx) AddFeed(f desk.Feed) error {
	const op = "add feed"
	n, err := tx.exec(op, `INSERT INTO feeds (`+feedColumns+`) SELECT ?, ?, ?, ?, 0, '', '', 0, 0, 0, '', 0, 0, 0, 0
		WHERE NOT EXISTS (SELECT 1 FROM feeds WHERE url = ? AND removed = 0)`, f.ID, f.URL, number(f.Mirror), f.Added, f.URL)
	if err == nil && n == 0 {
		return &desk.Error{Kind: desk.Conflict, Op: op, Key: "feed.error.exists", Args: map[string]any{"Address": f.URL}}
	}
	return err
}

// RemoveFeed ends following a feed. Its checks stay. An address that is not
// followed is desk.NotFound.
func (tx *Tx) RemoveFeed(url string) (desk.Feed, error) {
	const op = "remove feed"
	var f feedRow
	err := tx.row(op, `SELECT `+feedColumns+` FROM feeds WHERE url = ? AND removed = 0`, []any{url}, feedFields(&f)...)
	if desk.KindOf(err) == desk.NotFound && err != nil {
		return desk.Feed{}, &desk.Error{Kind: desk.NotFound, Op: op, Key: "feed.error.unknown", Args: map[string]any{"Address": url}}
	}
	if err != nil {
		return desk.Feed{}, err
	}
	f.Removed = max(tx.Day(), f.Added)
	_, err = tx.exec(op, `UPDATE feeds SET removed = ? WHERE id = ?`, f.Removed, f.ID)
	return f.feed(), err
}

// Feeds returns the feeds that are followed, by address.
func (tx *Tx) Feeds() ([]desk.Feed, error) {
	rows, err := all(tx, "list feeds", `SELECT `+feedColumns+` FROM feeds WHERE removed = 0 ORDER BY url, id`, nil, feedFields)
	out := make([]desk.Feed, 0, len(rows))
	for _, r := range rows {
		out = append(out, r.feed())
	}
	return out, err
}

// FeedDue reports whether TakeFeed would give one.
func (tx *Tx) FeedDue() (bool, error) {
	var n int
	err := tx.row("count due feeds", `SELECT count(*) FROM feeds WHERE removed = 0 AND next_pull <= ?`, []any{tx.now.UnixMicro()}, &n)
	return n > 0, err
}

// TakeFeed gives the feed that is due longest and sets it back by lease, so
// that nobody else takes it meanwhile and a crash costs no more than that. ok
// is false if none is due.
func (tx *Tx) TakeFeed(lease time.Duration) (f desk.Feed, ok bool, err error) {
	var r feedRow
	err = tx.row("find a due feed", `SELECT `+feedColumns+` FROM feeds WHERE removed = 0 AND next_pull <= ? ORDER BY next_pull, id LIMIT 1`,
		[]any{tx.now.UnixMicro()}, feedFields(&r)...)
	if desk.KindOf(err) == desk.NotFound && err != nil {
		return desk.Feed{}, false, nil
	}
	if err != nil {
		return desk.Feed{}, false, err
	}
	_, err = tx.exec("take a feed", `UPDATE feeds SET next_pull = ? WHERE id = ?`, tx.now.Add(lease).UnixMicro(), r.ID)
	return r.feed(), err == nil, err
}

// EndPull writes what became of a reading: all of f but its address, its kind
// and its days. A feed that was removed meanwhile is desk.Conflict.
func (tx *Tx) EndPull(f desk.Feed) error {
	const op = "end reading a feed"
	n, err := tx.exec(op, `UPDATE feeds SET etag = ?, modified = ?, next_pull = ?, pulled = ?, failures = ?, reason = ?, status = ?, taken = ?, dropped = ?, refused = ?
		WHERE id = ? AND removed = 0`, f.ETag, f.Modified, f.Next.UnixMicro(), f.Pulled, f.Failures, f.Reason, f.Status, f.Taken, f.Dropped, f.Refused, f.ID)
	return unlessNone(op, n, err)
}

// FeedItems returns what a feed has carried, by check.
func (tx *Tx) FeedItems(feedID string) ([]desk.FeedItem, error) {
	return all(tx, "list what a feed carried", `SELECT feed_id, check_id, published, missed, gone, slid FROM feed_items WHERE feed_id = ? ORDER BY check_id`,
		[]any{feedID}, func(i *desk.FeedItem) []any {
			return []any{&i.FeedID, &i.CheckID, &i.Published, &i.Missed, &i.Gone, &i.Slid}
		})
}

// PutFeedItem notes that a feed carries a check, or lacks it since a day.
func (tx *Tx) PutFeedItem(i desk.FeedItem) error {
	_, err := tx.exec("note what a feed carries", `INSERT INTO feed_items (feed_id, check_id, published, missed, gone, slid) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (feed_id, check_id) DO UPDATE SET published = excluded.published, missed = excluded.missed, gone = excluded.gone, slid = excluded.slid`,
		i.FeedID, i.CheckID, i.Published, i.Missed, i.Gone, number(i.Slid))
	return err
}

// FirstHand returns the checks that a followed feed of their own publisher
// carries.
func (tx *Tx) FirstHand() (map[string]bool, error) {
	out := map[string]bool{}
	err := tx.each("list checks of publishers' own feeds", `SELECT DISTINCT i.check_id FROM feed_items i JOIN feeds f ON f.id = i.feed_id
		WHERE f.removed = 0 AND f.mirror = 0 AND i.gone = 0`, nil, func(scan func(...any) error) error {
		var id string
		err := scan(&id)
		out[id] = true
		return err
	})
	return out, err
}

// Gone says which of these checks are no longer at their source, and since
// when: every feed that is followed and carried one lacks it.
func (tx *Tx) Gone(ids []string) (map[string]desk.Day, error) {
	out := map[string]desk.Day{}
	for len(ids) > 0 {
		n := min(entriesAtOnce, len(ids))
		args := make([]any, n)
		for i, id := range ids[:n] {
			args[i] = id
		}
		ids = ids[n:]
		err := tx.each("find what is gone at its source", `SELECT i.check_id, max(i.gone) FROM feed_items i JOIN feeds f ON f.id = i.feed_id AND f.removed = 0
			WHERE i.check_id IN (?`+strings.Repeat(", ?", n-1)+`) GROUP BY i.check_id HAVING min(i.gone) > 0`, args,
			func(scan func(...any) error) error {
				var id string
				var day desk.Day
				err := scan(&id, &day)
				out[id] = day
				return err
			})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}
