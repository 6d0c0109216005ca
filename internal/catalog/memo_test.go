package catalog

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"sangto/internal/desk"
	"sangto/internal/store"
)

// TestTotalsAreNeverOld publishes one check after another: every list and every
// count of days knows of it at once, whatever an older snapshot that is still read
// finds meanwhile.
func TestTotalsAreNeverOld(t *testing.T) {
	db, err := store.Open(t.Context(), store.Options{Path: filepath.Join(t.TempDir(), "t.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	publish := func(n int) {
		t.Helper()
		if err := db.Update(t.Context(), func(tx *store.Tx) error {
			if n == 1 {
				if err := tx.PutDesk(desk.Desk{ID: "d", Name: "Elsewhere", URL: "https://x.example"}); err != nil {
					return err
				}
			}
			id := fmt.Sprint("c", n)
			if err := tx.AddCheck(desk.Check{ID: id, DeskID: "d", Lang: "en", SourceURL: "https://x.example/" + id}); err != nil {
				return err
			}
			return tx.AddVersion(desk.Version{CheckID: id, Number: 1, Act: desk.ImportAct, Rating: "False", Topic: "health", Claim: "a claim", Published: 20_000}, "", nil)
		}); err != nil {
			t.Fatal(err)
		}
	}
	c := New(db, time.UTC)
	filters := []Filter{{}, {Topic: "health"}, {DeskID: "d"}}
	total := func(want int) {
		t.Helper()
		for _, f := range filters {
			l, err := c.List(t.Context(), f, 1)
			if err != nil || l.Total != want || len(l.Entries) != want {
				t.Fatalf("%+v: total %d of %d entries, want %d, %v", f, l.Total, len(l.Entries), want, err)
			}
			days, err := c.Days(t.Context(), f)
			if err != nil || len(days) != 1 || days[0].Count != want {
				t.Fatalf("%+v: days %+v, want %d, %v", f, days, want, err)
			}
		}
	}
	publish(1)
	total(1)
	total(1)
	err = db.View(t.Context(), func(old *store.Tx) error {
		// SQLite takes the snapshot at the first read.
		if _, err := old.LastChange(); err != nil {
			return err
		}
		publish(2)
		total(2)
		for _, f := range filters {
			if n, err := c.totals.get(old, f, old.CountChecks); err != nil || n != 1 {
				t.Errorf("%+v: the old snapshot has %d, %v", f, n, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	total(2)
	publish(3)
	total(3)
}

// TestMemoIsBounded fills a memo with more filters than there are.
func TestMemoIsBounded(t *testing.T) {
	var m memo[int]
	for i := range 3 * memoMost {
		m.keep(1, Filter{Topic: fmt.Sprint(i)}, i)
	}
	if n := len(m.known); n > memoMost {
		t.Errorf("%d filters are known", n)
	}
	if v, ok := m.look(1, Filter{Topic: fmt.Sprint(3*memoMost - 1)}); !ok || v != 3*memoMost-1 {
		t.Error("the newest is not")
	}
}
