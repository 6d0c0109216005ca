package lookup_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"sangto/internal/desk"
	"sangto/internal/lookup"
	"sangto/internal/store"
)

func openStore(t *testing.T) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), store.Options{
		Path: filepath.Join(t.TempDir(), "t.db"), Zone: time.UTC, Random: rand.Reader, Clock: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	err = db.Update(t.Context(), func(tx *store.Tx) error {
		return tx.PutDesk(desk.Desk{ID: "other", Name: "Other desk", URL: "https://other.example", OwnerKind: desk.OwnerUnknown, FunderKind: desk.OwnerUnknown})
	})
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// put adds version n of an imported check.
func put(t *testing.T, db *store.DB, id string, n int, claim string, change func(*desk.Version)) {
	t.Helper()
	err := db.Update(t.Context(), func(tx *store.Tx) error {
		if n == 1 {
			err := tx.AddCheck(desk.Check{ID: id, DeskID: "other", Lang: "vi", SourceURL: "https://other.example/" + id})
			if err != nil {
				return err
			}
		}
		v := desk.Version{
			CheckID: id, Number: n, Act: desk.ImportAct, Rating: "Không đúng", Claim: claim, Title: claim,
			Published: tx.Day(), ClaimantKind: desk.ClaimantUnknown,
		}
		if change != nil {
			change(&v)
		}
		return tx.AddVersion(v, desk.Revision(v), nil)
	})
	if err != nil {
		t.Fatal(err)
	}
}

const (
	dam    = "Đập thủy điện Sông Lành xả lũ lúc 22 giờ đêm nay, cả xã phải sơ tán"
	school = "Trường tiểu học Hòa Bình đóng cửa cả tuần sau vì mưa bão"
)

// search looks words up in a store that can be read.
func search(f *lookup.Finder, words string) lookup.Answer {
	a, err := f.Search(context.Background(), lookup.Query{Text: desk.StoredText(words)})
	if err != nil {
		panic(err)
	}
	return a
}

func first(f *lookup.Finder, words string) string {
	a := search(f, words)
	switch {
	case a.Answer != nil:
		return a.Answer.Check.ID
	case len(a.Candidates) > 0:
		return a.Candidates[0].Check.ID
	}
	return ""
}

// filler gives the index enough other checks for words to be telling.
func filler(t *testing.T, db *store.DB) {
	t.Helper()
	for i, claim := range []string{
		"Uống nước chanh nóng mỗi sáng chữa khỏi ung thư", "Ngân hàng khóa mọi tài khoản chưa cập nhật khuôn mặt trong tuần này",
		"Ăn mì tôm với trứng gây ngộ độc chết người", "Giá xăng tăng gấp đôi từ thứ hai tới", "Công ty nước ngoài tuyển lao động lương cao không cần phỏng vấn",
		"Tiêm vắc xin cúm làm mất trí nhớ ở người già", "Đường cao tốc phía nam cấm xe máy từ đầu tháng", "Bánh trung thu năm nay chứa chất cấm",
	} {
		put(t, db, fmt.Sprintf("filler%010d", i), 1, claim, nil)
	}
}

func TestFollowsTheStore(t *testing.T) {
	db := openStore(t)
	filler(t, db)
	put(t, db, "dam0000000000000", 1, dam, nil)
	f, err := lookup.Open(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	if got := first(f, "dap thuy dien song lanh xa lu luc 22 gio dem nay"); got != "dam0000000000000" {
		t.Fatalf("found %q", got)
	}
	put(t, db, "school0000000000", 1, school, nil)
	if got := first(f, school); got == "school0000000000" {
		t.Fatal("found before it was told: the test shows nothing")
	}
	if err := f.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := first(f, school); got != "school0000000000" {
		t.Fatalf("after Refresh found %q", got)
	}
	put(t, db, "dam0000000000000", 2, dam, func(v *desk.Version) { v.LinkOnly, v.Claim, v.Title = true, "", "" })
	if err := f.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := first(f, dam); got == "dam0000000000000" {
		t.Fatal("words that were taken out are still found")
	}
	if f.Len() != 9 {
		t.Fatalf("%d checks can be found, want 9", f.Len())
	}
}

func TestSaysWhatDiffers(t *testing.T) {
	db := openStore(t)
	filler(t, db)
	put(t, db, "bridge0000000000", 1, "Sập cầu Bến Đò làm 5 người chết", nil)
	f, err := lookup.Open(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		words   string
		differs bool
	}{
		{"sap cau ben do lam 5 nguoi chet", false},
		{"sập cầu bến đò làm 50 người chết", true},
		{"sap cau ben do lam 50 nguoi chet", true},
	} {
		a := search(f, c.words)
		best := a.Answer
		if best == nil && len(a.Candidates) > 0 {
			best = &a.Candidates[0]
		}
		if best == nil || best.Check.ID != "bridge0000000000" {
			t.Fatalf("%q: not found", c.words)
		}
		if got := len(best.Differences) > 0; got != c.differs {
			t.Errorf("%q: differences %+v", c.words, best.Differences)
		}
	}
}

func TestManyChangesInOneRefresh(t *testing.T) {
	db := openStore(t)
	f, err := lookup.Open(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	const n = 1200 // more than two batches
	err = db.Update(t.Context(), func(tx *store.Tx) error {
		for i := range n {
			id := fmt.Sprintf("many%012d", i)
			if err := tx.AddCheck(desk.Check{ID: id, DeskID: "other", Lang: "vi", SourceURL: "https://other.example/" + id}); err != nil {
				return err
			}
			v := desk.Version{CheckID: id, Number: 1, Act: desk.ImportAct, Rating: "Đúng", Claim: fmt.Sprintf("chuyện số %d ở làng", i), Published: tx.Day(), ClaimantKind: desk.ClaimantUnknown}
			if err := tx.AddVersion(v, desk.Revision(v), nil); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	if f.Len() != n {
		t.Fatalf("%d checks, want %d", f.Len(), n)
	}
}

// TestSearchWhileFollowing is for the race detector: a hit must always have
// its entry.
func TestSearchWhileFollowing(t *testing.T) {
	db := openStore(t)
	filler(t, db)
	f, err := lookup.Open(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					a := search(f, dam)
					if a.Answer != nil && a.Answer.Desk.Name == "" {
						t.Error("a hit without its entry")
						return
					}
				}
			}
		})
	}
	put(t, db, "dam0000000000000", 1, dam, nil)
	for n := 2; n < 30; n++ {
		put(t, db, "dam0000000000000", n, dam, func(v *desk.Version) { v.LinkOnly = n%2 == 0 })
		if err := f.Refresh(t.Context()); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	wg.Wait()
}

func TestGroupsForgetWhatTheStoreForgot(t *testing.T) {
	db := openStore(t)
	gs := lookup.NewGroups()
	gs.Remember("claim", desk.StoredText(dam))
	if id, ok := gs.Find(desk.StoredText("dap thuy dien song lanh xa lu luc 22 gio dem nay, ca xa phai so tan")); !ok || id != "claim" {
		t.Fatalf("not found: %q %v", id, ok)
	}
	if err := gs.Reload(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	if _, ok := gs.Find(desk.StoredText(dam)); ok {
		t.Fatal("a claim that is not in the store is still remembered")
	}
}
