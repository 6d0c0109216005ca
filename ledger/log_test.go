package ledger_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/binary"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/mod/sumdb/note"

	"sangto/ledger"
)

const origin = "desk.example/log"

// written is a log laid out as files in memory.
type written struct {
	files   fstest.MapFS
	entries [][]byte
	front   ledger.Frontier
	signer  note.Signer
	vkey    string
	bundle  []byte
}

// zeroes is a source of key material that gives the same keys every time.
type zeroes byte

func (z zeroes) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(z)
	}
	return len(p), nil
}

func newLog(tb testing.TB) *written {
	tb.Helper()
	skey, vkey, err := ledger.GenerateKey(zeroes(7), origin)
	if err != nil {
		tb.Fatal(err)
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		tb.Fatal(err)
	}
	return &written{files: fstest.MapFS{}, signer: signer, vkey: vkey}
}

func entry(i int) []byte { return fmt.Appendf(nil, `{"kind":"publish","n":%d}`, i) }

// grow adds n entries and publishes a checkpoint.
func (w *written) grow(tb testing.TB, n int) {
	tb.Helper()
	for range n {
		w.add(tb, entry(len(w.entries)))
	}
	w.publish(tb)
}

func (w *written) add(tb testing.TB, e []byte) {
	tb.Helper()
	var err error
	if w.bundle, err = ledger.AppendEntry(w.bundle, e); err != nil {
		tb.Fatal(err)
	}
	w.entries = append(w.entries, e)
	w.front.Append(ledger.EntryHash(e), func(f ledger.File) { w.put(f.Path, f.Data) })
	if n := len(w.entries); n%ledger.Width == 0 {
		w.put(ledger.EntriesPath(int64(n/ledger.Width-1), ledger.Width), w.bundle)
		w.bundle = nil
	}
}

func (w *written) publish(tb testing.TB) {
	tb.Helper()
	if n := len(w.entries); n%ledger.Width > 0 {
		w.put(ledger.EntriesPath(int64(n/ledger.Width), n%ledger.Width), w.bundle)
	}
	for _, f := range w.front.Edge() {
		w.put(f.Path, f.Data)
	}
	w.put(ledger.CheckpointPath, w.signed(tb))
}

func (w *written) put(path string, data []byte) {
	w.files[path] = &fstest.MapFile{Data: bytes.Clone(data)}
}

func (w *written) checkpoint() ledger.Checkpoint {
	return ledger.Checkpoint{Origin: origin, Size: w.front.Size(), Root: w.front.Root()}
}

func (w *written) signed(tb testing.TB) []byte {
	tb.Helper()
	signed, err := w.checkpoint().Sign(w.signer)
	if err != nil {
		tb.Fatal(err)
	}
	return signed
}

func (w *written) source() ledger.Source { return ledger.Folder(w.files) }

func (w *written) policy(tb testing.TB) *ledger.Policy {
	tb.Helper()
	p, err := ledger.LogPolicy(w.vkey)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

func (w *written) audit(tb testing.TB, kept *ledger.Checkpoint) *ledger.Report {
	tb.Helper()
	r, err := ledger.Audit{Policy: w.policy(tb), Kept: kept}.Run(tb.Context(), w.source())
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

// copied is the same log in other files.
func (w *written) copied() *written {
	c := *w
	c.files = fstest.MapFS{}
	for path, f := range w.files {
		c.put(path, f.Data)
	}
	c.entries = slices.Clone(w.entries)
	c.front = *w.front.Clone()
	return &c
}

// paths are the files of the checkpoint's tree: older partial ones may stay and
// prove nothing.
func (w *written) paths() []string {
	size := w.front.Size()
	var paths []string
	for _, path := range slices.Sorted(maps.Keys(w.files)) {
		t, err := ledger.ParsePath(path)
		if err != nil {
			continue
		}
		n := size >> (8 * max(t.Level, 0))
		if t.W == ledger.Width && t.N < n/ledger.Width || t.N == n/ledger.Width && int64(t.W) == n%ledger.Width {
			paths = append(paths, path)
		}
	}
	return paths
}

func TestWholeLogs(t *testing.T) {
	w := newLog(t)
	size := 0
	for _, n := range []int{0, 1, 1, 3, 250, 1, 1, 255, 700, 1} {
		w.grow(t, n)
		size += n
		r := w.audit(t, nil)
		if !r.Whole() || r.Checkpoint.Size != int64(size) {
			t.Fatalf("%d entries: %v", size, r.Problems)
		}
		loaded, err := ledger.LoadFrontier(r.Checkpoint, func(path string) ([]byte, error) { return fs.ReadFile(w.files, path) })
		if err != nil || loaded.Root() != w.front.Root() {
			t.Fatalf("%d entries: the right edge: %v", size, err)
		}
	}
}

// A large tree has three levels of tiles.
func TestThreeLevels(t *testing.T) {
	w := newLog(t)
	w.grow(t, 70000)
	for path, size := range map[string]int{
		"tile/0/272": 8192, "tile/0/273.p/112": 112 * 32, "tile/1/000": 8192, "tile/1/001.p/17": 17 * 32, "tile/2/000.p/1": 32,
	} {
		f := w.files[path]
		if f == nil || len(f.Data) != size {
			t.Errorf("%s: the example of tlog-tiles wants %d bytes", path, size)
		}
	}
	if r := w.audit(t, nil); !r.Whole() {
		t.Error(r.Problems)
	}
}

func TestEveryTamperingIsFound(t *testing.T) {
	whole := newLog(t)
	whole.grow(t, 600)
	kept := whole.checkpoint()
	whole.grow(t, 400)
	for _, path := range append(whole.paths(), ledger.CheckpointPath) {
		for name, damage := range map[string]func(*written){
			"flip":     func(w *written) { d := w.files[path].Data; d[len(d)/3] ^= 4 },
			"last bit": func(w *written) { d := w.files[path].Data; d[len(d)-2] ^= 1 },
			"delete":   func(w *written) { delete(w.files, path) },
			"truncate": func(w *written) { f := w.files[path]; f.Data = f.Data[:len(f.Data)-32] },
			"empty":    func(w *written) { w.files[path].Data = nil },
			"longer":   func(w *written) { f := w.files[path]; f.Data = append(f.Data, 0) },
			"swap":     func(w *written) { d := w.files[path].Data; d[2], d[40] = d[40], d[2]+1 },
		} {
			w := whole.copied()
			damage(w)
			r, err := ledger.Audit{Policy: w.policy(t), Kept: &kept}.Run(t.Context(), w.source())
			if err != nil || r.Whole() {
				t.Errorf("%s of %s was not found: %v", name, path, err)
			}
		}
	}
	if r := whole.audit(t, &kept); !r.Whole() {
		t.Fatalf("the whole log: %v", r.Problems)
	}
}

// What an operator would do who holds the key and rewrites all files neatly.
func TestRewritingHistoryIsAFork(t *testing.T) {
	honest := newLog(t)
	honest.grow(t, 700)
	kept := honest.checkpoint()
	rewrite := func(change func([][]byte) [][]byte) *written {
		w := newLog(t)
		for _, e := range change(slices.Clone(honest.entries)) {
			w.add(t, e)
		}
		w.publish(t)
		return w
	}
	for name, change := range map[string]func([][]byte) [][]byte{
		"one entry changed":   func(e [][]byte) [][]byte { e[3] = []byte("other"); return e },
		"one entry removed":   func(e [][]byte) [][]byte { return append(slices.Delete(e, 500, 501), entry(9), entry(10)) },
		"two entries swapped": func(e [][]byte) [][]byte { e[255], e[256] = e[256], e[255]; return append(e, entry(1)) },
		"cut":                 func(e [][]byte) [][]byte { return e[:699] },
		"cut to a tile":       func(e [][]byte) [][]byte { return e[:512] },
		"empty":               func([][]byte) [][]byte { return nil },
	} {
		r := rewrite(change).audit(t, &kept)
		if !slices.ContainsFunc(r.Problems, func(p ledger.Problem) bool { return p.Kind == ledger.Fork }) {
			t.Errorf("%s: no fork among %v", name, r.Problems)
		}
	}
	if r := rewrite(func(e [][]byte) [][]byte { return append(e, entry(1)) }).audit(t, &kept); !r.Whole() {
		t.Errorf("one entry more: %v", r.Problems)
	}
}

func TestForeignCheckpoints(t *testing.T) {
	w := newLog(t)
	w.grow(t, 3)
	_, other, err := ledger.GenerateKey(zeroes(9), origin)
	if err != nil {
		t.Fatal(err)
	}
	p, err := ledger.LogPolicy(other)
	if err != nil {
		t.Fatal(err)
	}
	r, err := ledger.Audit{Policy: p}.Run(t.Context(), w.source())
	if err != nil || len(r.Problems) != 1 || r.Problems[0].Kind != ledger.BadCheckpoint {
		t.Errorf("%v, %v", r, err)
	}
}

func TestEntriesAreShown(t *testing.T) {
	w := newLog(t)
	w.grow(t, 300)
	var seen []int64
	r, err := ledger.Audit{Policy: w.policy(t), Entry: func(i int64, e []byte) error {
		if !bytes.Equal(e, entry(int(i))) {
			t.Errorf("entry %d is %s", i, e)
		}
		seen = append(seen, i)
		if i == 299 {
			return fmt.Errorf("bad")
		}
		return nil
	}}.Run(t.Context(), w.source())
	if err != nil || len(seen) != 300 || len(r.Problems) != 1 || r.Problems[0].Kind != ledger.BadEntry || r.Problems[0].Index != 299 {
		t.Errorf("%d seen, %v, %v", len(seen), r.Problems, err)
	}
}

// A source that fails says nothing about the log.
func TestCouldNotCheck(t *testing.T) {
	w := newLog(t)
	w.grow(t, 3)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if r, err := (ledger.Audit{Policy: w.policy(t)}).Run(ctx, w.source()); err == nil {
		t.Errorf("no error, %v", r)
	}
}

func TestProofs(t *testing.T) {
	w := newLog(t)
	w.grow(t, 70000)
	policy, c := w.policy(t), w.checkpoint()
	for _, i := range []int64{0, 1, 255, 256, 65535, 65536, 69999} {
		hashes, err := ledger.ProveInclusion(t.Context(), w.source(), c, i)
		if err != nil {
			t.Fatal(err)
		}
		file := ledger.Proof{Index: i, Hashes: hashes, Checkpoint: w.signed(t)}.Text()
		p, err := ledger.ParseProof(file)
		if err != nil || !bytes.Equal(p.Text(), file) {
			t.Fatalf("entry %d: %v", i, err)
		}
		if _, _, err := p.Verify(policy, entry(int(i))); err != nil {
			t.Errorf("entry %d: %v", i, err)
		}
		if _, _, err := p.Verify(policy, entry(int(i)+1)); err == nil {
			t.Errorf("entry %d: another entry passes", i)
		}
		p.Index ^= 1
		if _, _, err := p.Verify(policy, entry(int(i))); err == nil {
			t.Errorf("entry %d: another place passes", i)
		}
	}
	for _, old := range []int64{0, 1, 256, 65536, 69999, 70000} {
		root, err := ledger.RootAt(t.Context(), w.source(), c, old)
		if err != nil {
			t.Fatal(err)
		}
		hashes, err := ledger.ProveConsistency(t.Context(), w.source(), c, old)
		if err != nil {
			t.Fatal(err)
		}
		older := ledger.Checkpoint{Origin: origin, Size: old, Root: root}
		if err := ledger.CheckConsistency(older, c, hashes); err != nil {
			t.Errorf("from %d: %v", old, err)
		}
		older.Root[5] ^= 1
		if err := ledger.CheckConsistency(older, c, hashes); err == nil {
			t.Errorf("from %d: another root passes", old)
		}
	}
}

// cosigner is a witness's signer with a key made of one byte.
func cosigner(tb testing.TB, name string, b byte, clock func() time.Time) *ledger.Cosigner {
	tb.Helper()
	c, err := ledger.NewCosigner(name, ed25519.NewKeyFromSeed(bytes.Repeat([]byte{b}, 32)), clock)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

func noon() time.Time { return time.Unix(1679315147, 0) }

func TestCosignature(t *testing.T) {
	w := newLog(t)
	w.grow(t, 5)
	c := cosigner(t, "witness.example/w1", 1, noon)
	v, err := ledger.NewCosignatureVerifier(c.VerifierKey())
	if err != nil {
		t.Fatal(err)
	}
	text := []byte(w.checkpoint().Text())
	sig, err := c.Sign(text)
	if err != nil || !v.Verify(text, sig) || v.Name() != c.Name() || v.KeyHash() != c.KeyHash() {
		t.Fatalf("not verified: %v", err)
	}
	if binary.BigEndian.Uint64(sig) != 1679315147 {
		t.Error("the time is not in the signature")
	}
	for i := range sig {
		bad := bytes.Clone(sig)
		bad[i] ^= 0x80
		if v.Verify(text, bad) {
			t.Errorf("byte %d changed and still verified", i)
		}
	}
	if v.Verify(append(text, '\n'), sig) || v.Verify(text, sig[:71]) {
		t.Error("another text or a short signature verified")
	}
}

func BenchmarkAudit100k(b *testing.B) {
	w := newLog(b)
	w.grow(b, 100_000)
	for b.Loop() {
		if r := w.audit(b, nil); !r.Whole() {
			b.Fatal(r.Problems)
		}
	}
}
