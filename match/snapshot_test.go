package match_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sangto/match"
)

// saved writes the index to a new file and returns its path.
func saved(t testing.TB, ix *match.Index, mark string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "index.snapshot")
	if err := ix.Snapshot().Save(path, []byte(mark)); err != nil {
		t.Fatal(err)
	}
	return path
}

func loaded(t testing.TB, path string) (*match.Index, string) {
	t.Helper()
	ix, mark, err := match.Load(path, match.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return ix, string(mark)
}

// alike fails unless both answer the same, digit for digit.
func alike(t *testing.T, want, got *match.Index) {
	t.Helper()
	if want.Len() != got.Len() {
		t.Fatalf("%d documents, want %d", got.Len(), want.Len())
	}
	for _, d := range append(demo(), match.Doc{Claim: "tau dem duong sat"}, match.Doc{Claim: "recallin infnt formla"}) {
		q := match.Query{Text: d.Claim, Limit: 20, Explain: true}
		if diff := cmp.Diff(want.Search(q), got.Search(q)); diff != "" {
			t.Fatalf("%q: %s", d.Claim, diff)
		}
	}
}

func TestSnapshotKeepsEverything(t *testing.T) {
	ix := match.New(match.Options{})
	for i, d := range demo() {
		ix.Put(d) // many parts
		if i%3 == 2 {
			ix.Put(match.Doc{ID: "gone", Claim: d.Claim})
			ix.Delete("gone")
		}
	}
	ix.Put(demo()...)
	ix.Delete("dam")
	got, mark := loaded(t, saved(t, ix, "change 17"))
	if mark != "change 17" {
		t.Errorf("the mark is %q", mark)
	}
	alike(t, ix, got)
	for _, x := range []*match.Index{ix, got} {
		x.Put(match.Doc{ID: "bank", Claim: "đường sắt ngừng chạy tàu đêm"}, match.Doc{ID: "dam", Claim: "quarantine of parrots"})
		x.Delete("salt")
	}
	alike(t, ix, got)
	again, _ := loaded(t, saved(t, got, ""))
	alike(t, ix, again)
}

func TestSnapshotOfNothing(t *testing.T) {
	got, _ := loaded(t, saved(t, match.New(match.Options{}), ""))
	got.Put(demo()...)
	alike(t, demoIndex(), got)
	if _, _, err := match.Load(filepath.Join(t.TempDir(), "none"), match.Options{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if err := demoIndex().Snapshot().Save(filepath.Join(t.TempDir(), "x"), make([]byte, match.MarkMax+1)); err == nil {
		t.Error("a mark that cannot be read back was taken")
	}
}

func TestSnapshotIsPrivate(t *testing.T) {
	path := saved(t, demoIndex(), "")
	for range 2 {
		// What an earlier, killed writer left behind must not decide the mode.
		if err := os.WriteFile(path+".new", []byte("half"), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := demoIndex().Snapshot().Save(path, nil); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Fatalf("mode %v, %v", info.Mode(), err)
		}
	}
	if err := demoIndex().Snapshot().Save(filepath.Join(t.TempDir(), "no", "folder"), nil); err == nil {
		t.Error("saved where there is no folder")
	}
}

// small is the bytes of a snapshot as small as one with all its sections can be.
func small(t testing.TB) []byte {
	t.Helper()
	ix := match.New(match.Options{})
	ix.Put(match.Doc{ID: "a", Claim: "nước muối chữa sốt"}, match.Doc{ID: "b", Title: "nước muối", Text: "bank 50"}, match.Doc{ID: "c", Claim: "c"})
	ix.Delete("c")
	data, err := os.ReadFile(saved(t, ix, "m"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func refused(t *testing.T, path string, data []byte, what string) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if ix, _, err := match.Load(path, match.Options{}); err == nil || ix != nil || !errors.Is(err, match.ErrDamaged) {
		t.Fatalf("%s: %v", what, err)
	}
}

func TestDamagedSnapshotsAreRefused(t *testing.T) {
	data := small(t)
	path := filepath.Join(t.TempDir(), "x")
	for n := 0; n < len(data); n += 211 {
		refused(t, path, data[:n], fmt.Sprintf("cut to %d of %d bytes", n, len(data)))
		bad := bytes.Clone(data)
		bad[n] ^= 4
		refused(t, path, bad, fmt.Sprintf("a bit of byte %d flipped", n))
	}
	refused(t, path, append(bytes.Clone(data), 0), "a byte too many")
	refused(t, path, append(bytes.Clone(data), data...), "twice")
	refused(t, path, make([]byte, 4096), "zeros")
	refused(t, path, bytes.Repeat([]byte{0xFF}, 4096), "ones")
	refused(t, path, []byte("SQLite format 3\x00 and so on"), "another program's file")
}

// TestKilledWhileSaving kills processes in the middle of saving and expects a
// whole snapshot every time.
func TestKilledWhileSaving(t *testing.T) {
	const env = "SANGTO_TEST_SAVE_FOREVER"
	if path := os.Getenv(env); path != "" {
		saveForever(path)
	}
	path := saved(t, killIndex(0), "0")
	whole, partly := map[string]bool{}, 0
	for i := 0; i < 25 || i < 100 && partly == 0; i++ {
		cmd := exec.Command(os.Args[0], "-test.run=^TestKilledWhileSaving$")
		cmd.Env = append(os.Environ(), env+"="+path)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		// It says when it begins to save and after each save, so that however
		// slow the machine is, the kills fall into the first to the fifth, and at
		// least four different snapshots are seen.
		if _, err := io.ReadFull(out, make([]byte, 1+i%5)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(i*977%12000) * time.Microsecond)
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		if _, err := os.Stat(path + ".new"); err == nil {
			partly++
		}
		ix, mark := loaded(t, path)
		whole[mark] = true
		n := 0
		fmt.Sscan(mark, &n)
		want := killIndex(n)
		q := match.Query{Text: "tin số 3 về việc v3", Limit: 10}
		if diff := cmp.Diff(want.Search(q), ix.Search(q)); diff != "" || ix.Len() != want.Len() {
			t.Fatalf("killed %d times: snapshot %s is not right: %s", i+1, mark, diff)
		}
	}
	if partly == 0 || len(whole) < 3 {
		t.Errorf("%d were killed in the middle, %d different snapshots: the test shows little", partly, len(whole))
	}
}

func killIndex(n int) *match.Index {
	ix := match.New(match.Options{})
	docs := make([]match.Doc, 150+n%7)
	for i := range docs {
		docs[i] = match.Doc{ID: fmt.Sprint(i), Claim: fmt.Sprintf("tin số %d về việc v%d và n%d", i, i%17, n%7), Text: strings.Repeat(fmt.Sprintf("m%d ", i), 20)}
	}
	ix.Put(docs...)
	return ix
}

func saveForever(path string) {
	var all []*match.Snapshot
	for n := range 7 {
		all = append(all, killIndex(n).Snapshot())
	}
	fmt.Print("!")
	for n := 0; ; n++ {
		if err := all[n%7].Save(path, fmt.Append(nil, n)); err != nil {
			panic(err)
		}
		fmt.Print(".")
	}
}

func BenchmarkLoad(b *testing.B) {
	ix := match.New(match.Options{})
	ix.Put(inventDocs(14000)...)
	path := saved(b, ix, "")
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := match.Load(path, match.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSave(b *testing.B) {
	ix := match.New(match.Options{})
	ix.Put(inventDocs(14000)...)
	path := filepath.Join(b.TempDir(), "x")
	b.ReportAllocs()
	for b.Loop() {
		if err := ix.Snapshot().Save(path, nil); err != nil {
			b.Fatal(err)
		}
	}
}
