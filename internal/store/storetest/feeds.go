package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"sangto/internal/desk"
	"sangto/internal/store"
)

func feedOf(id, path string) desk.Feed {
	return desk.Feed{ID: fmt.Sprintf("%-16s", id)[:16], URL: "https://other.example/" + path, Added: 20_000}
}

func testFeeds(t *testing.T, db *store.DB) {
	world(t, db)
	one, two := feedOf("feed-one", "1"), feedOf("feed-two", "2")
	two.Mirror = true
	update(t, db, func(tx *store.Tx) error {
		return errors.Join(tx.AddFeed(one), tx.AddFeed(two), tx.AddCheck(importedCheck("c1")), tx.AddVersion(importedVersion("c1", 1), revision, nil))
	})
	again := one
	again.ID = feedOf("feed-again", "").ID
	refused(t, db, desk.Conflict, "an address followed twice", func(tx *store.Tx) error { return tx.AddFeed(again) })
	for _, bad := range []string{"http://other.example/", "file:///etc/passwd", ""} {
		refused(t, db, desk.Forbidden, "a feed at "+bad, func(tx *store.Tx) error {
			return tx.AddFeed(desk.Feed{ID: feedOf("feed-bad", "").ID, URL: bad, Added: 20_000})
		})
	}
	take := func() (got desk.Feed, ok bool) {
		t.Helper()
		update(t, db, func(tx *store.Tx) (err error) {
			got, ok, err = tx.TakeFeed(time.Hour)
			return err
		})
		return got, ok
	}
	first, ok := take()
	second, ok2 := take()
	if !ok || !ok2 || first.URL != one.URL || second.URL != two.URL || !second.Mirror {
		t.Fatalf("%+v %+v", first, second)
	}
	if got, ok := take(); ok {
		t.Errorf("given twice: %+v", got)
	}
	first.ETag, first.Modified, first.Pulled, first.Taken, first.Dropped, first.Refused = `"x"`, "Sat, 28 Nov 2026 10:00:00 GMT", 20_001, 3, 2, 1
	update(t, db, func(tx *store.Tx) error {
		first.Next = tx.Now().Add(time.Hour)
		return errors.Join(tx.EndPull(first), tx.PutFeedItem(desk.FeedItem{FeedID: first.ID, CheckID: "c1", Published: 19_000}),
			tx.PutFeedItem(desk.FeedItem{FeedID: second.ID, CheckID: "c1", Published: 19_000, Missed: 20_002, Gone: 20_002}))
	})
	view(t, db, func(tx *store.Tx) error {
		list, err := tx.Feeds()
		if len(list) != 2 {
			t.Fatalf("%+v", list)
		}
		same(t, "feed", list[0], first)
		items, err2 := tx.FeedItems(first.ID)
		same(t, "items", items, []desk.FeedItem{{FeedID: first.ID, CheckID: "c1", Published: 19_000}})
		hand, err3 := tx.FirstHand()
		same(t, "first hand", hand, map[string]bool{"c1": true})
		// One of two feeds still has it.
		gone, err4 := tx.Gone([]string{"c1", "none"})
		same(t, "gone", gone, map[string]desk.Day{})
		return errors.Join(err, err2, err3, err4)
	})
	update(t, db, func(tx *store.Tx) error {
		return tx.PutFeedItem(desk.FeedItem{FeedID: first.ID, CheckID: "c1", Published: 19_000, Missed: 20_005, Gone: 20_005})
	})
	view(t, db, func(tx *store.Tx) error {
		gone, err := tx.Gone([]string{"c1"})
		same(t, "gone", gone, map[string]desk.Day{"c1": 20_005})
		hand, err2 := tx.FirstHand()
		same(t, "first hand", hand, map[string]bool{})
		return errors.Join(err, err2)
	})
	refused(t, db, desk.Forbidden, "gone on another day than missed", func(tx *store.Tx) error {
		return tx.PutFeedItem(desk.FeedItem{FeedID: first.ID, CheckID: "c1", Missed: 20_005, Gone: 20_006})
	})
	refused(t, db, desk.NotFound, "a check that is not here", func(tx *store.Tx) error {
		return tx.PutFeedItem(desk.FeedItem{FeedID: first.ID, CheckID: "none"})
	})
	update(t, db, func(tx *store.Tx) error {
		ended, err := tx.RemoveFeed(one.URL)
		if ended.ID != first.ID || ended.Removed == 0 {
			t.Errorf("%+v", ended)
		}
		return err
	})
	refused(t, db, desk.NotFound, "removed twice", func(tx *store.Tx) error { _, err := tx.RemoveFeed(one.URL); return err })
	refused(t, db, desk.Conflict, "read after it was removed", func(tx *store.Tx) error { return tx.EndPull(first) })
	update(t, db, func(tx *store.Tx) error { return tx.AddFeed(again) })
}
