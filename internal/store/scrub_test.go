package store_test

import (
	"context"
	"crypto/rand"
	"path/filepath"
	"testing"
	"time"

	"sangto/internal/store"
	"sangto/internal/testkit"
)

// TestScrubSoonIsMadeUpFor cancels a scrub and wants the next Rescrub to do it.
func TestScrubSoonIsMadeUpFor(t *testing.T) {
	db, err := store.Open(t.Context(), store.Options{
		Path: filepath.Join(t.TempDir(), "t.db"), Clock: time.Now, Zone: time.UTC, Random: rand.Reader,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := db.Rescrub(gone); err == nil {
		t.Fatal("what the last process left undone was not due")
	}
	if err := db.Rescrub(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := db.Rescrub(gone); err != nil {
		t.Fatalf("something is due after a scrub: %v", err)
	}
	db.ScrubSoon(gone)
	if err := db.Rescrub(gone); err == nil {
		t.Fatal("a scrub that failed was forgotten")
	}
}

// TestScrubbingLeavesTablesInPeace: a deletion on PostgreSQL does not wait for the
// rewriting of tables, which comes with the next Rescrub, but not while the tables
// rest from the last; then it comes all the same.
func TestScrubbingLeavesTablesInPeace(t *testing.T) {
	now := time.Now()
	took := time.Duration(0)
	db, err := store.Open(t.Context(), store.Options{DSN: testkit.Postgres(t), Clock: func() time.Time {
		now = now.Add(took)
		return now
	}})
	must(t, err)
	defer db.Close()
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	// Each look at the clock finds it 3 s later: so long a scrub seems to take.
	took = 3 * time.Second
	must(t, db.Rescrub(t.Context()))
	took = 0
	db.ScrubSoon(gone)
	now = now.Add(99*3*time.Second - time.Second)
	must(t, db.Rescrub(gone))
	now = now.Add(time.Second)
	if err := db.Rescrub(gone); err == nil {
		t.Fatal("what was deleted is forgotten after the rest")
	}
	must(t, db.Rescrub(t.Context()))
	must(t, db.Rescrub(gone))

	db.ScrubSoon(gone)
	now = now.Add(-48 * time.Hour)
	if err := db.Rescrub(gone); err == nil {
		t.Fatal("a clock that was put back two days keeps deleted words for two days")
	}

	took = time.Minute
	db.ScrubSoon(t.Context())
	must(t, db.Rescrub(t.Context()))
	took = 0
	db.ScrubSoon(t.Context())
	now = now.Add(time.Hour)
	if err := db.Rescrub(gone); err == nil {
		t.Fatal("deleted words stay for more than an hour")
	}
}
