package store_test

import (
	"context"
	"crypto/rand"
	"path/filepath"
	"testing"
	"time"

	"sangto/internal/store"
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
