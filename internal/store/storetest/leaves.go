package storetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"sangto/internal/desk"
	"sangto/internal/store"
)

// leafOf is the entry of a version, as far as a store looks into it.
func leafOf(kind, subject string, rev int) store.Leaf {
	text := fmt.Sprintf(`{"check":%q,"kind":%q,"rev":%d}`, subject, kind, rev)
	return store.Leaf{Kind: kind, Subject: subject, Rev: rev, Bytes: []byte(text), Hash: desk.HashBytes([]byte(text))}
}

// addLeaf appends an entry and wants it at an index.
func addLeaf(t *testing.T, tx *store.Tx, l store.Leaf, checkID, content string, index int64) error {
	t.Helper()
	got, err := tx.AddLeaf(l, checkID, content)
	if err == nil && got != index {
		t.Errorf("%s of %s has index %d, want %d", l.Kind, l.Subject, got, index)
	}
	return err
}

// Entries are numbered without a gap from 0, read back as they came and found
// by what they are of; a transaction that fails leaves neither entry nor gap.
func testLeaves(t *testing.T, db *store.DB) {
	world(t, db)
	first, page, key, beat, second := leafOf("publish", "c1", 1), leafOf("policy", "desk methodology", 1), leafOf("keys", "key-ann", 0), leafOf("beat", "beat", 0), leafOf("correct", "c1", 2)
	update(t, db, func(tx *store.Tx) error {
		return errors.Join(addLeaf(t, tx, first, "c1", "một", 0), addLeaf(t, tx, page, "", "trang", 1), addLeaf(t, tx, key, "", "", 2))
	})
	broken := errors.New("broken off")
	if err := db.Update(t.Context(), func(tx *store.Tx) error {
		return errors.Join(addLeaf(t, tx, second, "c1", "hai", 3), broken)
	}); !errors.Is(err, broken) {
		t.Fatal(err)
	}
	// The index is the store's to give, whatever the caller says.
	beat.Index = 77
	update(t, db, func(tx *store.Tx) error {
		return errors.Join(addLeaf(t, tx, beat, "", "", 3), addLeaf(t, tx, leafOf("dispute", "c1", 2), "", "", 4), addLeaf(t, tx, second, "c1", "hai", 5))
	})
	view(t, db, func(tx *store.Tx) error {
		all, err := tx.Leaves(0, 100)
		some, err2 := tx.Leaves(2, 2)
		n, err3 := tx.CountLeaves()
		same(t, "how many", n, int64(6))
		want := []store.Leaf{first, page, key, beat, leafOf("dispute", "c1", 2), second}
		for i := range want {
			want[i].Index = int64(i)
		}
		same(t, "entries", all, want)
		same(t, "a part", some, want[2:4])
		at, err4 := tx.LeafAt(3)
		same(t, "one by its index", at, want[3])
		last, ok, err5 := tx.LastLeaf("c1")
		same(t, "the newest of a check", []any{last, ok}, []any{want[5], true})
		newest, err8 := tx.LastLeaves("c1", "c9", beat.Subject, "c1", "")
		same(t, "the newest of a few", newest, map[string]store.Leaf{"c1": want[5], beat.Subject: want[3]})
		none, err9 := tx.LastLeaves()
		same(t, "the newest of none", none, map[string]store.Leaf{})
		_, ok, err6 := tx.LastLeaf("c9")
		same(t, "a subject without", ok, false)
		of, err7 := tx.LeafOf("c1", 2)
		same(t, "a version's own, not the dispute beside it", of, want[5])
		_, missing := tx.LeafOf("c1", 3)
		kind(t, "a version without", missing, desk.NotFound)
		_, missing = tx.LeafAt(6)
		kind(t, "past the end", missing, desk.NotFound)
		_, missing = tx.Entering("c1", 2)
		kind(t, "an entry for a check that is not there", missing, desk.NotFound)
		return errors.Join(err, err2, err3, err4, err5, err6, err7, err8, err9)
	})
	update(t, db, func(tx *store.Tx) error { return tx.AddCheck(localCheck("c1")) })
	view(t, db, func(tx *store.Tx) error {
		for number, entries := range map[int]int{1: 1, 2: 1, 3: 0} {
			got, err := tx.Entering("c1", number)
			if err != nil {
				return err
			}
			own, err := tx.Desk(localDesk)
			same(t, "what an entry rests on", got, store.Entering{Check: localCheck("c1"), Desk: own, Entries: entries})
			if err != nil {
				return err
			}
		}
		return nil
	})
	for what, change := range map[string]func(l *store.Leaf){
		"an entry of no kind":       func(l *store.Leaf) { l.Kind = "rumour" },
		"an entry without bytes":    func(l *store.Leaf) { l.Bytes = nil },
		"an entry that is too long": func(l *store.Leaf) { l.Bytes = []byte(strings.Repeat("x", 2049)) },
		"an entry without its hash": func(l *store.Leaf) { l.Hash = "" },
		"a version below zero":      func(l *store.Leaf) { l.Rev = -1 },
	} {
		l := leafOf("publish", "c2", 1)
		change(&l)
		if err := db.Update(t.Context(), func(tx *store.Tx) error { _, err := tx.AddLeaf(l, "", ""); return err }); err == nil {
			t.Errorf("%s was taken", what)
		}
	}
	held := errors.New("held")
	db.HoldLeaves(held)
	refused(t, db, desk.Unavailable, "an entry while nothing may be recorded", func(tx *store.Tx) error {
		_, err := tx.AddLeaf(leafOf("beat", "beat", 0), "", "")
		if !errors.Is(err, held) || !tx.LeavesHeld() {
			t.Errorf("held, and not told why: %v", err)
		}
		return err
	})
	db.HoldLeaves(nil)
	update(t, db, func(tx *store.Tx) error { return addLeaf(t, tx, leafOf("beat", "beat", 0), "", "", 6) })
}

// The words behind entries go with an erasing version of their check, those of
// the versions before it and nobody else's, and every entry stays.
func testLeafContents(t *testing.T, db *store.DB) {
	world(t, db)
	update(t, db, func(tx *store.Tx) error {
		erasing := localVersion("c1", 3)
		erasing.Act, erasing.LastEditor, erasing.Gone = desk.ErasePersonal, "ann", true
		return errors.Join(
			tx.AddCheck(localCheck("c1")), tx.AddCheck(localCheck("c2")),
			tx.AddVersion(localVersion("c1", 1), revision, approvals("ann", "bob")), addLeaf(t, tx, leafOf("publish", "c1", 1), "c1", "c1 một", 0),
			tx.AddVersion(localVersion("c1", 2), revision, approvals("ann", "bob")), addLeaf(t, tx, leafOf("correct", "c1", 2), "c1", "c1 hai", 1),
			tx.AddVersion(localVersion("c2", 1), revision, approvals("ann", "bob")), addLeaf(t, tx, leafOf("publish", "c2", 1), "c2", "c2 một", 2),
			addLeaf(t, tx, leafOf("policy", "desk methodology", 1), "", "trang", 3),
			tx.AddVersion(erasing, revision, approvals("ann", "bob")), addLeaf(t, tx, leafOf("erase_personal", "c1", 3), "c1", "c1 ba", 4),
		)
	})
	words := func() []string {
		var out []string
		view(t, db, func(tx *store.Tx) error {
			for i := range int64(5) {
				switch text, _, err := tx.Content(i); {
				case err == nil:
					out = append(out, text)
				case desk.KindOf(err) != desk.NotFound:
					return err
				}
			}
			return nil
		})
		return out
	}
	same(t, "before", words(), []string{"c1 một", "c1 hai", "c2 một", "trang", "c1 ba"})
	// Nothing of c2 was erased, so nothing of it goes, whoever asks.
	if err := db.Update(t.Context(), func(tx *store.Tx) error { _, err := tx.EraseBefore("c2", 9); return err }); err == nil {
		t.Error("words went without an erasing version")
	}
	same(t, "after an attempt", words(), []string{"c1 một", "c1 hai", "c2 một", "trang", "c1 ba"})
	update(t, db, func(tx *store.Tx) error { _, err := tx.EraseBefore("c1", 3); return err })
	same(t, "after the erasing", words(), []string{"c2 một", "trang", "c1 ba"})
	view(t, db, func(tx *store.Tx) error {
		n, err := tx.CountLeaves()
		same(t, "entries that are left", n, int64(5))
		_, check, err2 := tx.Content(2)
		same(t, "whose words", check, "c2")
		return errors.Join(err, err2)
	})
}

// Words that come late belong to their entry, and do not come after an erasure, be it
// a version or only an entry. That entry alone lets the wording go, too.
func testLateWords(t *testing.T, db *store.DB) {
	world(t, db)
	update(t, db, func(tx *store.Tx) error {
		return errors.Join(
			tx.AddCheck(localCheck("c1")), tx.AddVersion(localVersion("c1", 1), revision, approvals("ann", "bob")),
			addLeaf(t, tx, leafOf("publish", "c1", 1), "c1", "", 0), addLeaf(t, tx, leafOf("correct", "c1", 2), "c1", "", 1),
			tx.RestoreContent(0, "c1", 1, "một"))
	})
	restore := func(index int64, check string, rev int) error {
		return db.Update(t.Context(), func(tx *store.Tx) error { return tx.RestoreContent(index, check, rev, "late") })
	}
	kind(t, "a second time", restore(0, "c1", 1), desk.Forbidden)
	kind(t, "another version's", restore(1, "c1", 1), desk.Forbidden)
	kind(t, "a page's", restore(1, "", 2), desk.Forbidden)
	update(t, db, func(tx *store.Tx) error {
		n, err := 0, addLeaf(t, tx, leafOf("erase_personal", "c1", 3), "c1", "ba", 2)
		if err == nil {
			n, err = tx.EraseBefore("c1", 3)
		}
		same(t, "versions that lost their wording", n, 1)
		return err
	})
	kind(t, "what was there", restore(0, "c1", 1), desk.Forbidden)
	kind(t, "what never was", restore(1, "c1", 2), desk.Forbidden)
	view(t, db, func(tx *store.Tx) error {
		_, _, missing := tx.Content(0)
		kind(t, "the words", missing, desk.NotFound)
		kept, _, err := tx.Content(2)
		same(t, "the erasure's own", kept, "ba")
		v, err2 := tx.Version("c1", 1)
		same(t, "the row", []any{v.Claim, v.Erased}, []any{"", true})
		return errors.Join(err, err2)
	})
}

// Writers that come at once each get an index of their own, and none is left out.
func testLeavesAtOnce(t *testing.T, db *store.DB) {
	const writers, each = 4, 8
	var mu sync.Mutex
	var got []int64
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				err := db.Update(t.Context(), func(tx *store.Tx) error {
					check := fmt.Sprintf("w%d", w)
					index, err := tx.AddLeaf(leafOf("publish", check, i), check, "x")
					if err == nil {
						mu.Lock()
						got = append(got, index)
						mu.Unlock()
					}
					return err
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	slices.Sort(got)
	if got = slices.Compact(got); len(got) == 0 {
		t.Fatal("no entry was made")
	}
	view(t, db, func(tx *store.Tx) error {
		n, err := tx.CountLeaves()
		same(t, "entries", n, int64(writers*each))
		same(t, "indices", []any{len(got), got[0], got[len(got)-1]}, []any{writers * each, int64(0), int64(writers*each - 1)})
		return err
	})
}
