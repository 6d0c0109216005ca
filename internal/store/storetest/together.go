package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sangto/internal/desk"
	"sangto/internal/store"
)

func testSnapshots(t *testing.T, db *store.DB) {
	update(t, db, func(tx *store.Tx) error { return tx.SetSetting("k", "before") })
	view(t, db, func(tx *store.Tx) error {
		first, err := tx.Setting("k")
		if err != nil {
			return err
		}
		if err := db.Update(t.Context(), func(w *store.Tx) error { return w.SetSetting("k", "after") }); err != nil {
			return err
		}
		second, err := tx.Setting("k")
		same(t, "a value during a view", []string{first, second}, []string{"before", "before"})
		return err
	})
	view(t, db, func(tx *store.Tx) error {
		v, err := tx.Setting("k")
		same(t, "a value after the view", v, "after")
		return err
	})
}

func testCancelling(t *testing.T, db *store.DB) {
	ctx, cancel := context.WithCancel(t.Context())
	err := db.Update(ctx, func(tx *store.Tx) error {
		if err := tx.SetSetting("k", "v"); err != nil {
			return err
		}
		cancel()
		return nil
	})
	kind(t, "cancelled before the commit", err, desk.Unavailable)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the cause is lost: %v", err)
	}
	noSetting(t, db, "k")

	ctx, cancel = context.WithCancel(t.Context())
	err = db.Update(ctx, func(tx *store.Tx) error {
		cancel()
		return tx.SetSetting("k", "v")
	})
	kind(t, "cancelled before a statement", err, desk.Unavailable)
	noSetting(t, db, "k")

	ctx, cancel = context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	held := make(chan struct{})
	release := make(chan struct{})
	done := make(chan error, 1)
	go func() {
		done <- db.Update(t.Context(), func(*store.Tx) error { close(held); <-release; return nil })
	}()
	<-held
	kind(t, "a turn that did not come in time", db.Update(ctx, func(*store.Tx) error { return nil }), desk.Unavailable)
	close(release)
	if err := <-done; err != nil {
		t.Error(err)
	}
	if db.Broken() {
		t.Error("cancelling is no broken disk")
	}
	update(t, db, func(tx *store.Tx) error { return tx.SetSetting("k", "v") })
}

// together runs n functions at the same moment and returns their errors.
func together(n int, fn func(i int) error) []error {
	errs := make([]error, n)
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			<-start
			errs[i] = fn(i)
		})
	}
	close(start)
	wg.Wait()
	return errs
}

// A form sent twice at the same moment is accepted once, whichever handler
// wins, and the other is told so.
func testSameFormAtOnce(t *testing.T, db *store.DB) {
	world(t, db)
	update(t, db, func(tx *store.Tx) error { return tx.AddClaim(waitingClaim("k1", 20_000)) })
	const forms, copies = 10, 4
	errs := together(forms*copies, func(i int) error {
		q := question(i, "k1", "")
		q.ReceiptMAC = mac("form", i/copies)
		return db.Update(t.Context(), func(tx *store.Tx) error { return tx.AddQuestion(q) })
	})
	accepted := 0
	for _, err := range errs {
		if err == nil {
			accepted++
		} else {
			kind(t, "a second copy", err, desk.Conflict)
		}
	}
	same(t, "accepted", accepted, forms)
	view(t, db, func(tx *store.Tx) error {
		n, err := tx.Asked("k1")
		same(t, "stored", n, forms)
		return err
	})
}

// Writers who read, decide and write never step on each other: every number is
// given once, the change sequence has no gap and follows the commits.
func testWritersAtOnce(t *testing.T, db *store.DB) {
	world(t, db)
	update(t, db, func(tx *store.Tx) error { return errors.Join(tx.AddCheck(importedCheck("i0")), tx.SetSetting("n", "")) })
	const writers, rounds = 8, 10
	var stale atomic.Int64
	errs := together(writers, func(int) error {
		for range rounds {
			err := db.Update(t.Context(), func(tx *store.Tx) error {
				versions, err := tx.Versions("i0")
				if err != nil {
					return err
				}
				n, err := tx.Setting("n")
				if err != nil {
					return err
				}
				return errors.Join(tx.AddVersion(importedVersion("i0", len(versions)+1), "", nil), tx.SetSetting("n", n+"."))
			})
			if desk.KindOf(err) == desk.Conflict {
				stale.Add(1)
			} else if err != nil {
				return err
			}
		}
		return nil
	})
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	same(t, "writers who acted on stale reading", stale.Load(), int64(0))
	view(t, db, func(tx *store.Tx) error {
		n, err := tx.Setting("n")
		same(t, "lost updates", writers*rounds-len(n), 0)
		changes, err2 := tx.Changes(0, 0)
		same(t, "changes", len(changes), writers*rounds)
		for i, c := range changes {
			if c.Seq != int64(i+1) {
				t.Fatalf("change %d has number %d", i+1, c.Seq)
			}
		}
		return errors.Join(err, err2)
	})
}

// While writers publish, a reader's view is whole: what it lists, counts and
// follows is of one moment, and a change it saw never becomes unseen.
func testReadersAndWriters(t *testing.T, db *store.DB) {
	world(t, db)
	ctx, stop := context.WithCancel(t.Context())
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			var before int64
			for ctx.Err() == nil {
				err := db.View(t.Context(), func(tx *store.Tx) error {
					last, err := tx.LastChange()
					if err != nil {
						return err
					}
					entries, err := tx.List(store.ListFilter{}, 0, 1000)
					if err != nil {
						return err
					}
					total, err := tx.CountChecks(store.ListFilter{})
					if err != nil {
						return err
					}
					changes, err := tx.Changes(0, 0)
					if total != len(entries) || int64(len(changes)) != last || int64(total) != last || last < before {
						return fmt.Errorf("total %d, listed %d, changes %d, last %d, before %d", total, len(entries), len(changes), last, before)
					}
					before = last
					return err
				})
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	errs := together(2, func(w int) error {
		for i := range 15 {
			id := fmt.Sprintf("w%d-%d", w, i)
			err := db.Update(t.Context(), func(tx *store.Tx) error {
				return errors.Join(tx.AddCheck(importedCheck(id)), tx.AddVersion(importedVersion(id, 1), "", nil))
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	stop()
	readers.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Error(err)
	}
}
