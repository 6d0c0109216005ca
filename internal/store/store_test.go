package store_test

import (
	"path/filepath"
	"testing"

	"sangto/internal/store"
	"sangto/internal/store/storetest"
	"sangto/internal/testkit"
)

func TestSQLite(t *testing.T) {
	storetest.Run(t, func(t *testing.T) *store.DB {
		return open(t, store.Options{Path: filepath.Join(t.TempDir(), "desk.db")})
	})
}

func TestPostgres(t *testing.T) {
	storetest.Run(t, func(t *testing.T) *store.DB { return open(t, store.Options{DSN: testkit.Postgres(t)}) })
}

func open(t *testing.T, o store.Options) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}
