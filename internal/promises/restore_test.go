package promises_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// asksPerDrill is how many people ask while one backup is made.
const asksPerDrill = 12

// TestRestoredReceiptsResolve makes backups while people ask, and restores each
// into another folder, with the program as it is: every receipt that was shown
// before a backup began opens its question there.
func TestRestoredReceiptsResolve(t *testing.T) {
	t.Parallel()
	drills := size(2, 20, 100)
	p := newPlace(t)
	s := p.serve(t)
	tokens := p.tokens(t, drills*asksPerDrill)
	var mu sync.Mutex
	var shown []string
	checked := 0
	for drill := range drills {
		older := append([]string{}, shown...)
		mine := tokens[drill*asksPerDrill:][:asksPerDrill]
		var asking sync.WaitGroup
		asking.Go(func() {
			inParallel(4, len(mine), func(i int) {
				receipt, got, err := p.ask(mine[i], question(drill, i))
				if err != nil || receipt == "" {
					t.Errorf("a question during a backup: status %d, %v", got.status, err)
					return
				}
				mu.Lock()
				defer mu.Unlock()
				shown = append(shown, receipt)
			})
		})
		file := filepath.Join(p.root, "backup.tar")
		_ = os.Remove(file)
		out, errs, code := p.run(t, "", "backup", "--data", p.data(), "--to", file, "--json")
		asking.Wait()
		if code != 0 {
			t.Fatalf("backup exits %d:\n%s%s", code, out, errs)
		}
		checked += drilled(t, p, file, older)
		if t.Failed() {
			t.Fatalf("drill %d of %d", drill+1, drills)
		}
	}
	s.stop(t)
	if checked < drills*asksPerDrill/2 {
		t.Errorf("only %d receipts were looked up", checked)
	}
	t.Attr("drills", fmt.Sprint(drills))
	t.Attr("receipts_looked_up", fmt.Sprint(checked))
	t.Attr("lost", "0")
	t.Logf("%d drills while people asked, %d receipts looked up in restored desks: none lost", drills, checked)
}

// drilled restores a backup into a new folder, beside a copy of the keys, and
// looks the newest and some of the other receipts up. It returns how many.
func drilled(t *testing.T, p *place, file string, older []string) int {
	t.Helper()
	back := newPlace(t)
	defer os.RemoveAll(back.root)
	if err := os.CopyFS(filepath.Join(back.data(), "keys"), os.DirFS(filepath.Join(p.data(), "keys"))); err != nil {
		t.Fatal(err)
	}
	copied, err := filepath.Glob(filepath.Join(back.data(), "keys", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range copied {
		if err := os.Chmod(key, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out, errs, code := back.run(t, "", "restore", "--data", back.data(), "--json", file)
	var done struct{ Made string }
	if err := json.Unmarshal([]byte(out), &done); code != 0 || err != nil || done.Made == "" {
		t.Fatalf("restore exits %d, %v:\n%s%s", code, err, out, errs)
	}
	newest := older[max(0, len(older)-asksPerDrill):]
	some := older[:len(older)-len(newest)]
	look := append([]string{}, newest...)
	for range min(20, len(some)) {
		look = append(look, some[rand.IntN(len(some))])
	}
	s := back.serve(t)
	inParallel(4, len(look), func(i int) { known(t, back, look[i]) })
	s.stop(t)
	return len(look)
}
