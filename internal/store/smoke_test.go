package store_test

import (
	"context"
	"path/filepath"
	"testing"

	"sangto/internal/store"
)

func TestSmoke(t *testing.T) {
	db, err := store.Open(context.Background(), store.Options{Path: filepath.Join(t.TempDir(), "x.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Scrub(context.Background()); err != nil {
		t.Fatal(err)
	}
}
