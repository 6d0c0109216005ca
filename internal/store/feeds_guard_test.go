package store_test

import (
	"testing"

	"sangto/internal/desk"
	"sangto/internal/store"
)

// What was followed, from where and since when, cannot be rewritten with bare
// SQL, and what is gone at its source is not forgotten.
func TestFeedsOnBareSQL(t *testing.T) {
	eachEngine(t, func(t *testing.T, b bare) {
		published(t, b.db)
		must(t, b.db.Update(t.Context(), func(tx *store.Tx) error {
			for _, err := range []error{
				tx.AddFeed(desk.Feed{ID: "feed000000000001", URL: "https://other.example/1", Added: 20_000}),
				tx.AddFeed(desk.Feed{ID: "feed000000000002", URL: "https://other.example/2", Added: 20_000}),
				tx.PutFeedItem(desk.FeedItem{FeedID: "feed000000000001", CheckID: "c2", Missed: 20_001, Gone: 20_001}),
			} {
				if err != nil {
					return err
				}
			}
			_, err := tx.RemoveFeed("https://other.example/2")
			return err
		}))
		attempts := []string{
			`UPDATE feeds SET url = 'https://forged.example/' WHERE id = 'feed000000000001'`,
			`UPDATE feeds SET added = 1 WHERE id = 'feed000000000001'`,
			`UPDATE feeds SET mirror = 1 WHERE id = 'feed000000000001'`,
			`UPDATE feeds SET removed = 0 WHERE id = 'feed000000000002'`,
			`UPDATE feeds SET removed = 1 WHERE id = 'feed000000000001'`,
			`DELETE FROM feeds WHERE id = 'feed000000000002'`,
			`DELETE FROM feed_items`,
		}
		if b.engine == "sqlite" {
			attempts = append(attempts, `INSERT OR REPLACE INTO feeds SELECT * FROM feeds WHERE id = 'feed000000000001'`)
		} else {
			attempts = append(attempts, `TRUNCATE feeds CASCADE`, `TRUNCATE feed_items`)
		}
		before := b.dump(t, "feeds") + b.dump(t, "feed_items")
		for _, s := range attempts {
			if _, err := b.sql.ExecContext(t.Context(), s); err == nil {
				t.Errorf("went through: %s", s)
			}
			if after := b.dump(t, "feeds") + b.dump(t, "feed_items"); after != before {
				t.Fatalf("%s changed\n%s\ninto\n%s", s, before, after)
			}
		}
	})
}
