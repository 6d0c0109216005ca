package storetest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"sangto/internal/desk"
	"sangto/internal/store"
)

func wantedCopy(id, draft, page string) desk.Copy {
	return desk.Copy{ID: id, DraftID: draft, URL: "https://" + page, Page: page, Way: desk.CopyFetched, State: desk.CopyWanted}
}

// keptCopy fills a copy.
func keptCopy(c desk.Copy, text string) desk.Copy {
	c.State, c.FoundAt, c.MediaType, c.Title, c.Text = desk.CopyKept, c.URL, "text/html", "Một bài", text
	c.Size, c.Original, c.Kept = int64(len(text)), strings.Repeat("ab", 32), time.Unix(1_700_000_000, 0).UTC()
	return c.Sealed()
}

// copyDrafts are the drafts that the copies of these tests belong to.
func copyDrafts(t *testing.T, db *store.DB) {
	t.Helper()
	update(t, db, func(tx *store.Tx) error {
		for _, id := range []string{"d", "draft1", "draft2"} {
			content := localVersion("check-of-"+id, 1)
			d := desk.Draft{ID: id, DeskID: localDesk, CheckID: "check-of-" + id, Lang: "vi", State: desk.Writing, Counter: 1, Content: content}
			if err := tx.AddDraft(d); err != nil {
				return err
			}
		}
		return nil
	})
}

func linkedCopy(id, draft, page string) desk.Copy {
	c := wantedCopy(id, draft, page)
	c.Way, c.State, c.ArchiveURL, c.Kept = desk.CopyLinked, desk.CopyKept, "https://web.archive.org/web/1/"+page, time.Unix(1_700_000_000, 0).UTC()
	return c
}

func testCopies(t *testing.T, db *store.DB) {
	world(t, db)
	copyDrafts(t, db)
	page := "báo.example/tin"
	uploaded := wantedCopy("u1", "draft1", page)
	uploaded.Way = desk.CopyUploaded
	uploaded = keptCopy(uploaded, "Nước sông đục.\n\nĐó là lời trang này.")
	update(t, db, func(tx *store.Tx) error {
		return errors.Join(tx.AddCopy(wantedCopy("w1", "draft1", page)), tx.AddCopy(uploaded), tx.AddCopy(linkedCopy("l1", "draft1", page)), tx.AddCopy(wantedCopy("w2", "draft2", page)))
	})
	view(t, db, func(tx *store.Tx) error {
		got, err := tx.Copy("u1")
		want := uploaded
		want.Asked = got.Asked
		same(t, "copy", got, want)
		if got.Asked.IsZero() || got.Sealed().SHA256 != uploaded.SHA256 {
			t.Errorf("asked %v, hash %s", got.Asked, got.Sealed().SHA256)
		}
		list, err2 := tx.Copies("draft1")
		if len(list) != 3 || list[0].Text != "" || list[1].Text != "" || list[2].Text != "" {
			t.Errorf("copies %+v", list)
		}
		_, missing := tx.Copy("none")
		kind(t, "missing copy", missing, desk.NotFound)
		return errors.Join(err, err2)
	})
	refused(t, db, desk.Conflict, "a page fetched twice", func(tx *store.Tx) error { return tx.AddCopy(wantedCopy("w3", "draft1", page)) })
	refused(t, db, desk.Forbidden, "a copy kept without a hash", func(tx *store.Tx) error {
		c := uploaded
		c.ID, c.Page, c.SHA256 = "x", "other", ""
		return tx.AddCopy(c)
	})
	refused(t, db, desk.Forbidden, "an upload that is wanted", func(tx *store.Tx) error {
		c := wantedCopy("x", "draft1", "other")
		c.Way = desk.CopyUploaded
		return tx.AddCopy(c)
	})
	refused(t, db, desk.Forbidden, "another scheme", func(tx *store.Tx) error {
		c := wantedCopy("x", "draft1", "other")
		c.URL = "file:///etc/passwd"
		return tx.AddCopy(c)
	})
	for i := range desk.CopiesMax - 3 {
		update(t, db, func(tx *store.Tx) error {
			return tx.AddCopy(linkedCopy(fmt.Sprint("m", i), "draft1", fmt.Sprint("p", i)))
		})
	}
	refused(t, db, desk.Forbidden, "the twenty-first", func(tx *store.Tx) error { return tx.AddCopy(wantedCopy("w4", "draft1", "more")) })
	update(t, db, func(tx *store.Tx) error { return errors.Join(tx.TakeOutCopy("u1"), tx.TakeOutCopy("l1")) })
	refused(t, db, desk.NotFound, "what is gone", func(tx *store.Tx) error { _, err := tx.Copy("u1"); return err })
	refused(t, db, desk.Conflict, "what is not here yet", func(tx *store.Tx) error { return tx.TakeOutCopy("w1") })
}

func testWantedCopies(t *testing.T, db *store.DB) {
	world(t, db)
	copyDrafts(t, db)
	update(t, db, func(tx *store.Tx) error {
		return errors.Join(tx.AddCopy(wantedCopy("a", "d", "one.example")), tx.AddCopy(wantedCopy("b", "d", "two.example")))
	})
	take := func(lease time.Duration) (got desk.Copy) {
		t.Helper()
		update(t, db, func(tx *store.Tx) error {
			c, ok, err := tx.TakeWanted(lease)
			if got = c; !ok {
				got.ID = ""
			}
			return err
		})
		return got
	}
	first := take(time.Hour)
	if first.ID != "a" || first.Tries != 1 || first.URL != "https://one.example" || first.State != desk.CopyWanted {
		t.Fatalf("%+v", first)
	}
	if second := take(time.Hour); second.ID != "b" {
		t.Fatalf("%+v", second)
	}
	if none := take(time.Hour); none.ID != "" {
		t.Fatalf("given twice: %+v", none)
	}
	// What a crash left is given again after the lease, and counts.
	if again := take(-time.Hour); again.ID != "a" || again.Tries != 2 {
		t.Fatalf("%+v", again)
	}
	update(t, db, func(tx *store.Tx) error { return tx.GiveBack("a") })
	if again := take(time.Hour); again.ID != "a" || again.Tries != 2 {
		t.Fatalf("%+v", again)
	}
	kept := keptCopy(first, "Lời của trang.")
	update(t, db, func(tx *store.Tx) error { return tx.EndCopy(kept) })
	refused(t, db, desk.Conflict, "ended twice", func(tx *store.Tx) error { return tx.EndCopy(kept) })
	failed := desk.Copy{ID: "b", State: desk.CopyFailed, Reason: "slow"}
	update(t, db, func(tx *store.Tx) error { return tx.EndCopy(failed) })
	view(t, db, func(tx *store.Tx) error {
		a, err := tx.Copy("a")
		b, err2 := tx.Copy("b")
		if a.State != desk.CopyKept || a.Text != "Lời của trang." || a.SHA256 != kept.SHA256 || !a.Kept.Equal(kept.Kept) {
			t.Errorf("%+v", a)
		}
		if b.State != desk.CopyFailed || b.Reason != "slow" || !b.Kept.IsZero() {
			t.Errorf("%+v", b)
		}
		return errors.Join(err, err2)
	})
	refused(t, db, desk.Forbidden, "a failure without a reason", func(tx *store.Tx) error {
		return errors.Join(tx.AddCopy(wantedCopy("c", "d", "three.example")), tx.EndCopy(desk.Copy{ID: "c", State: desk.CopyFailed}))
	})
	// Taking out what was fetched leaves a mark: the page is not fetched again.
	update(t, db, func(tx *store.Tx) error { return tx.TakeOutCopy("a") })
	view(t, db, func(tx *store.Tx) error {
		a, err := tx.Copy("a")
		if a.State != desk.CopyFailed || a.Reason != "taken_out" || a.Text != "" || a.Title != "" {
			t.Errorf("%+v", a)
		}
		return err
	})
	refused(t, db, desk.Conflict, "fetched again", func(tx *store.Tx) error { return tx.AddCopy(wantedCopy("e", "d", "one.example")) })
}

func testPublishedCopies(t *testing.T, db *store.DB) {
	world(t, db)
	copyDrafts(t, db)
	one, two := keptCopy(uploadedCopy("one", "one.example"), "Một."), keptCopy(uploadedCopy("two", "two.example"), "Hai.")
	v := localVersion("check1", 1)
	v.Evidence = []desk.Evidence{
		{Stance: desk.For, URL: one.URL, SHA256: one.SHA256},
		{Stance: desk.Against, URL: "https://other.example/", SHA256: strings.Repeat("0", 64)},
		{Stance: desk.Context, URL: two.URL},
		{Stance: desk.Against, URL: two.URL, SHA256: two.SHA256},
	}
	update(t, db, func(tx *store.Tx) error {
		return errors.Join(tx.AddCopy(one), tx.AddCopy(two), tx.AddCopy(keptCopy(uploadedCopy("three", "three.example"), "Ba.")),
			tx.AddCheck(localCheck("check1")), tx.AddVersion(v, revision, approvals("ann", "bob")))
	})
	view(t, db, func(tx *store.Tx) error {
		got, err := tx.VersionCopies("check1", 1)
		same(t, "positions", got, []int{1, 4})
		c, err2 := tx.VersionCopy("check1", 1, 4)
		if c.ID != "two" || c.Text != "Hai." {
			t.Errorf("%+v", c)
		}
		for _, n := range []int{2, 3, 5} {
			_, missing := tx.VersionCopy("check1", 1, n)
			kind(t, "no copy", missing, desk.NotFound)
		}
		return errors.Join(err, err2)
	})
	// What is published stays, the rest goes after its days.
	update(t, db, func(tx *store.Tx) error {
		n, err := tx.DeleteCopiesBefore(tx.Day())
		same(t, "deleted today", n, 0)
		n, err2 := tx.DeleteCopiesBefore(tx.Day() + 1)
		same(t, "deleted", n, 1)
		return errors.Join(err, err2)
	})
	refused(t, db, desk.Conflict, "a published copy taken out", func(tx *store.Tx) error { return tx.TakeOutCopy("one") })
	// A correction that cites one of the two again.
	next := localVersion("check1", 2)
	next.Evidence = []desk.Evidence{{Stance: desk.For, URL: one.URL, SHA256: one.SHA256}}
	update(t, db, func(tx *store.Tx) error { return tx.AddVersion(next, revision, approvals("ann", "bob")) })
	update(t, db, func(tx *store.Tx) error {
		n, err := tx.EraseCopies("check1", 2)
		same(t, "erased", n, 1)
		return err
	})
	view(t, db, func(tx *store.Tx) error {
		stays, err := tx.VersionCopy("check1", 2, 1)
		gone, err2 := tx.VersionCopy("check1", 1, 4)
		if stays.Text != "Một." || gone.State != desk.CopyErased || gone.Text != "" || gone.SHA256 != two.SHA256 {
			t.Errorf("%+v %+v", stays, gone)
		}
		return errors.Join(err, err2)
	})
}

func uploadedCopy(id, page string) desk.Copy {
	c := wantedCopy(id, "d", page)
	c.Way = desk.CopyUploaded
	return c
}

// Two workers never hold the same copy, and a draft never has more than its
// twenty, however many ask at once.
func testCopiesAtOnce(t *testing.T, db *store.DB) {
	world(t, db)
	copyDrafts(t, db)
	together(4, func(w int) error {
		for i := range 8 {
			_ = db.Update(t.Context(), func(tx *store.Tx) error {
				return tx.AddCopy(wantedCopy(fmt.Sprintf("%d-%d", w, i), "d", fmt.Sprintf("p%d-%d", w, i)))
			})
		}
		return nil
	})
	taken := make([]map[string]bool, 4)
	errs := together(4, func(w int) error {
		taken[w] = map[string]bool{}
		for {
			var id string
			err := db.Update(t.Context(), func(tx *store.Tx) error {
				c, ok, err := tx.TakeWanted(time.Hour)
				if id = c.ID; !ok {
					id = ""
				}
				return err
			})
			if err != nil || id == "" {
				return err
			}
			taken[w][id] = true
		}
	})
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	all := map[string]int{}
	for _, mine := range taken {
		for id := range mine {
			all[id]++
		}
	}
	if len(all) != desk.CopiesMax {
		t.Errorf("%d copies, want %d", len(all), desk.CopiesMax)
	}
	for id, n := range all {
		if n > 1 {
			t.Errorf("%s was given %d times", id, n)
		}
	}
}
