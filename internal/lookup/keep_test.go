package lookup_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sangto/internal/desk"
	"sangto/internal/lookup"
	"sangto/internal/store"
	"sangto/match"
)

// kept opens the index kept at path and fails on anything but the store's
// answer; rebuilt is why it was built anew.
func kept(t *testing.T, db *store.DB, path string) (f *lookup.Finder, rebuilt error) {
	t.Helper()
	f, rebuilt, err := lookup.OpenKept(t.Context(), db, path)
	if err != nil {
		t.Fatal(err)
	}
	return f, rebuilt
}

func save(t *testing.T, f *lookup.Finder) {
	t.Helper()
	if err := f.Save(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// same compares what two finders answer.
func same(t *testing.T, want, got *lookup.Finder) {
	t.Helper()
	if want.Len() != got.Len() {
		t.Errorf("%d checks, want %d", got.Len(), want.Len())
	}
	for _, words := range []string{dam, school, "tiem vac xin cum mat tri nho", "duong cao toc cam xe may"} {
		if diff := cmp.Diff(search(want, words), search(got, words)); diff != "" {
			t.Errorf("%q: %s", words, diff)
		}
	}
}

// built is a finder that read the store and nothing else.
func built(t *testing.T, db *store.DB) *lookup.Finder {
	t.Helper()
	f, err := lookup.Open(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestAKeptIndexFollowsWhatCameSince(t *testing.T) {
	db, path := openStore(t), filepath.Join(t.TempDir(), "index.snapshot")
	filler(t, db)
	put(t, db, "dam0000000000000", 1, dam, nil)
	f, rebuilt := kept(t, db, path)
	if rebuilt != nil {
		t.Errorf("a first start says %v", rebuilt)
	}
	save(t, f)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	save(t, f)
	if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
		t.Error("saved again though nothing changed")
	}
	put(t, db, "school0000000000", 1, school, nil)
	put(t, db, "dam0000000000000", 2, dam, func(v *desk.Version) { v.LinkOnly, v.Claim, v.Title = true, "", "" })
	put(t, db, "filler0000000003", 2, "Giá xăng giảm một nửa", nil)
	g, rebuilt := kept(t, db, path)
	if rebuilt != nil {
		t.Fatalf("built anew: %v", rebuilt)
	}
	if got := first(g, dam); got == "dam0000000000000" {
		t.Error("words that were taken out came back with the file")
	}
	if got := first(g, school); got != "school0000000000" {
		t.Errorf("what came after the file is not found, but %q", got)
	}
	same(t, built(t, db), g) // entries from the store
	put(t, db, "filler0000000004", 2, "Tiêm vắc xin cúm miễn phí cho người già", nil)
	if err := g.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := g.Fill(t.Context()); err != nil {
		t.Fatal(err)
	}
	same(t, built(t, db), g) // entries from memory
	save(t, g)
	h, rebuilt := kept(t, db, path)
	if rebuilt != nil {
		t.Fatalf("built anew: %v", rebuilt)
	}
	same(t, built(t, db), h)
}

// TestLookUpsLeaveTheStoreOnceFilled closes the store under a finder.
func TestLookUpsLeaveTheStoreOnceFilled(t *testing.T) {
	db, path := openStore(t), filepath.Join(t.TempDir(), "index.snapshot")
	filler(t, db)
	put(t, db, "dam0000000000000", 1, dam, nil)
	save(t, opened(t, db, path))
	early, _ := kept(t, db, path)
	full, _ := kept(t, db, path)
	if err := full.Fill(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if got := first(full, dam); got != "dam0000000000000" {
		t.Errorf("found %q", got)
	}
	if _, err := early.Search(t.Context(), lookup.Query{Text: desk.StoredText(dam)}); err == nil {
		t.Error("a finder that could not read what it found says nothing is there")
	}
}

func opened(t *testing.T, db *store.DB, path string) *lookup.Finder {
	t.Helper()
	f, _ := kept(t, db, path)
	return f
}

func TestADamagedFileIsBuiltAnew(t *testing.T) {
	db, path := openStore(t), filepath.Join(t.TempDir(), "index.snapshot")
	filler(t, db)
	put(t, db, "dam0000000000000", 1, dam, nil)
	save(t, opened(t, db, path))
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"empty": {}, "cut": whole[:len(whole)/2], "another program's": []byte("%PDF-1.7 and so on"),
		"flipped": append(bytes.Clone(whole[:len(whole)/3]), append([]byte{^whole[len(whole)/3]}, whole[len(whole)/3+1:]...)...),
	} {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		f, rebuilt := kept(t, db, path)
		if !errors.Is(rebuilt, match.ErrDamaged) {
			t.Errorf("%s: %v", name, rebuilt)
		}
		same(t, built(t, db), f)
		save(t, f)
		if _, rebuilt := kept(t, db, path); rebuilt != nil {
			t.Errorf("%s: what was saved afterwards is not taken: %v", name, rebuilt)
		}
	}
}

func openAt(t *testing.T, path string) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), store.Options{Path: path, Zone: time.UTC, Random: rand.Reader, Clock: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestARestoredCopyIsNotMixedWithWhatCameAfterIt goes back to a copy of the
// database and on from there, to as many changes of the same checks as the
// file had seen, with other words.
func TestARestoredCopyIsNotMixedWithWhatCameAfterIt(t *testing.T) {
	dir := t.TempDir()
	live, path := filepath.Join(dir, "live.db"), filepath.Join(dir, "index.snapshot")
	db := openAt(t, live)
	err := db.Update(t.Context(), func(tx *store.Tx) error {
		return tx.PutDesk(desk.Desk{ID: "other", Name: "Other desk", URL: "https://other.example", OwnerKind: desk.OwnerUnknown, FunderKind: desk.OwnerUnknown})
	})
	if err != nil {
		t.Fatal(err)
	}
	filler(t, db)
	put(t, db, "dam0000000000000", 1, dam, nil)
	save(t, opened(t, db, path))
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	copyFile(t, live, filepath.Join(dir, "copy.db"))
	copyFile(t, path, filepath.Join(dir, "copy.snapshot"))

	db = openAt(t, live)
	put(t, db, "dam0000000000000", 2, "Cầu treo Bản Mường đứt cáp lúc rạng sáng", nil)
	save(t, opened(t, db, path))
	_ = db.Close()

	restored := openAt(t, filepath.Join(dir, "copy.db"))
	f, rebuilt := kept(t, restored, path)
	if rebuilt == nil {
		t.Error("a file of later changes was taken")
	}
	same(t, built(t, restored), f)
	put(t, restored, "dam0000000000000", 2, "Tàu cá Cửa Lạch cập bến an toàn sau bão", nil)
	f, rebuilt = kept(t, restored, path)
	if rebuilt == nil {
		t.Error("a file of other changes with the same number was taken")
	}
	same(t, built(t, restored), f)

	f, rebuilt = kept(t, restored, filepath.Join(dir, "copy.snapshot"))
	if rebuilt != nil {
		t.Errorf("the copy's own file was not taken: %v", rebuilt)
	}
	same(t, built(t, restored), f)
}

func TestAFailedSaveLeavesTheFileInUse(t *testing.T) {
	db, path := openStore(t), filepath.Join(t.TempDir(), "index.snapshot")
	filler(t, db)
	f := opened(t, db, path)
	save(t, f)
	// Something in the way that cannot be removed.
	if err := os.MkdirAll(filepath.Join(path+".new", "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	for n := 1; n < 4; n++ {
		put(t, db, "dam0000000000000", n, dam, nil)
		if err := f.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := f.Save(t.Context()); err == nil {
			t.Fatal("saved through a folder that is in the way")
		}
	}
	g, rebuilt := kept(t, db, path)
	if rebuilt != nil {
		t.Errorf("the file that is still there was not taken: %v", rebuilt)
	}
	same(t, f, g)
}

// TestTheFileHoldsNothingOfLookUps looks for a word that was only asked for.
func TestTheFileHoldsNothingOfLookUps(t *testing.T) {
	db, path := openStore(t), filepath.Join(t.TempDir(), "index.snapshot")
	filler(t, db)
	f := opened(t, db, path)
	search(f, "Uống nước chanh zyxcanary mỗi sáng #zyxcanary zyxcanary")
	save(t, f)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(data, []byte("zyxcanary")) {
		t.Error("a word of a look-up is in the file")
	}
	if !bytes.Contains(data, []byte("chanh")) {
		t.Error("words of checks are not, so this shows nothing")
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

// TestSavingWhileServing is for the race detector.
func TestSavingWhileServing(t *testing.T) {
	db, path := openStore(t), filepath.Join(t.TempDir(), "index.snapshot")
	filler(t, db)
	save(t, opened(t, db, path))
	f, _ := kept(t, db, path)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for _, do := range []func(context.Context) error{
		f.Save, f.Fill, f.Refresh,
		func(ctx context.Context) error {
			_, err := f.Search(ctx, lookup.Query{Text: desk.StoredText(dam)})
			return err
		},
	} {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if err := do(context.Background()); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for n := 1; n < 20; n++ {
		put(t, db, "dam0000000000000", n, dam, func(v *desk.Version) { v.LinkOnly = n%2 == 0 })
	}
	close(stop)
	wg.Wait()
	if err := f.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	save(t, f)
	g, rebuilt := kept(t, db, path)
	if rebuilt != nil {
		t.Fatal(rebuilt)
	}
	same(t, built(t, db), g)
}
