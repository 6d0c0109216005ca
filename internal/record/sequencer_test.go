package record_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"sangto/internal/record"
	"sangto/ledger"
)

const origin = "desk.example/log"

type zeroes byte

func (z zeroes) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(z)
	}
	return len(p), nil
}

func keyPair(tb testing.TB) (skey, vkey string) {
	tb.Helper()
	skey, vkey, err := ledger.GenerateKey(zeroes(3), origin)
	if err != nil {
		tb.Fatal(err)
	}
	return skey, vkey
}

var errFault = errors.New("fault")

// faults counts the acts on lock and disk and makes one of them fail, either
// without effect or after it took effect.
type faults struct {
	at, n int
	kept  bool
	names []string
}

func (f *faults) act(name string, do func() error) error {
	f.n++
	f.names = append(f.names, name)
	if f.n != f.at {
		return do()
	}
	if f.kept {
		if err := do(); err != nil {
			return err
		}
	}
	return fmt.Errorf("%s: %w", name, errFault)
}

// world is a database, a lock and a folder in memory.
type world struct {
	leaves [][]byte
	signed []byte
	files  map[string][]byte
	faults faults
}

func newWorld() *world { return &world{files: map[string][]byte{}} }

func (w *world) add(n int) {
	for range n {
		w.leaves = append(w.leaves, fmt.Appendf(nil, "leaf %d", len(w.leaves)))
	}
}

func (w *world) Count(context.Context) (int64, error) { return int64(len(w.leaves)), nil }

func (w *world) Leaves(from int64, limit int) [][]byte {
	return w.leaves[from:min(int64(len(w.leaves)), from+int64(limit))]
}

type leafReader struct{ *world }

func (l leafReader) Read(_ context.Context, from int64, limit int) ([][]byte, error) {
	return l.Leaves(from, limit), nil
}

func (w *world) Load(context.Context) ([]byte, error) { return w.signed, nil }

func (w *world) Replace(_ context.Context, old, next []byte) (bool, error) {
	ok := bytes.Equal(old, w.signed)
	err := w.faults.act("lock", func() error {
		if ok {
			w.signed = bytes.Clone(next)
		}
		return nil
	})
	return ok && err == nil, err
}

type disk struct{ *world }

func (d disk) Read(path string) ([]byte, error) {
	b, ok := d.files[path]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return b, nil
}

func (d disk) Write(path string, data []byte) error {
	return d.faults.act("write "+path, func() error { d.files[path] = bytes.Clone(data); return nil })
}

func (d disk) Remove(path string) error {
	return d.faults.act("remove "+path, func() error { delete(d.files, path); return nil })
}

func (w *world) open(tb testing.TB) (*record.Sequencer, error) {
	tb.Helper()
	skey, _ := keyPair(tb)
	return record.Open(tb.Context(), leafReader{w}, w, disk{w}, skey)
}

func (w *world) mustOpen(tb testing.TB) *record.Sequencer {
	tb.Helper()
	s, err := w.open(tb)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// drain steps until nothing is left to do.
func drain(tb testing.TB, s *record.Sequencer) {
	tb.Helper()
	for range 100 {
		more, err := s.Step(tb.Context())
		if err != nil {
			tb.Fatal(err)
		}
		if !more {
			return
		}
	}
	tb.Fatal("no end of steps")
}

// audit reads the folder as an outsider does.
func (w *world) audit(tb testing.TB, kept *ledger.Checkpoint) *ledger.Report {
	tb.Helper()
	files := fstest.MapFS{}
	for path, b := range w.files {
		files[path] = &fstest.MapFile{Data: b}
	}
	_, vkey := keyPair(tb)
	policy, err := ledger.LogPolicy(vkey)
	if err != nil {
		tb.Fatal(err)
	}
	r, err := ledger.Audit{Policy: policy, Kept: kept, Entry: func(i int64, e []byte) error {
		if !bytes.Equal(e, w.leaves[i]) {
			return fmt.Errorf("leaf %d is %q", i, e)
		}
		return nil
	}}.Run(tb.Context(), ledger.Folder(files))
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

func TestGrows(t *testing.T) {
	w := newWorld()
	s := w.mustOpen(t)
	drain(t, s)
	var kept *ledger.Checkpoint
	for _, n := range []int{0, 1, 1, 254, 1, 300, 9000} {
		w.add(n)
		drain(t, s)
		r := w.audit(t, kept)
		if !r.Whole() || r.Checkpoint.Size != int64(len(w.leaves)) {
			t.Fatalf("%d leaves: size %d, %v", len(w.leaves), r.Checkpoint.Size, r.Problems)
		}
		kept = &r.Checkpoint
		if again := w.mustOpen(t); !bytes.Equal(again.Signed(), s.Signed()) {
			t.Fatal("a new start holds another checkpoint")
		}
	}
}

// Every act of a step fails once, lost and kept, within a tile and across its
// end, and the step is tried again by the same program and by a new one.
func TestEveryFault(t *testing.T) {
	for _, before := range []int{0, 3, 250, 256} {
		for _, more := range []int{1, 10, 300} {
			acts := actsOfAStep(t, before, more)
			if len(acts) < 5 {
				t.Fatalf("only %v", acts)
			}
			for at := 1; at <= len(acts); at++ {
				for _, kept := range []bool{false, true} {
					for _, restart := range []bool{false, true} {
						name := fmt.Sprintf("%d+%d, %s, kept %v, restart %v", before, more, acts[at-1], kept, restart)
						oneFault(t, name, before, more, faults{at: at, kept: kept}, restart)
					}
				}
			}
		}
	}
}

func actsOfAStep(t *testing.T, before, more int) []string {
	t.Helper()
	w, s := prepared(t, before, more)
	if _, err := s.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	return w.faults.names
}

func prepared(t *testing.T, before, more int) (*world, *record.Sequencer) {
	t.Helper()
	w := newWorld()
	w.add(before)
	s := w.mustOpen(t)
	drain(t, s)
	w.add(more)
	w.faults = faults{}
	return w, s
}

func oneFault(t *testing.T, name string, before, more int, f faults, restart bool) {
	t.Helper()
	w, s := prepared(t, before, more)
	shown := w.audit(t, nil).Checkpoint
	w.faults = f
	if _, err := s.Step(t.Context()); !errors.Is(err, errFault) {
		t.Fatalf("%s: %v", name, err)
	}
	w.faults = faults{}
	// What outsiders see meanwhile is whole: the old log or the new one.
	if r := w.audit(t, &shown); !r.Whole() {
		t.Fatalf("%s: after the fault: %v", name, r.Problems)
	}
	// More leaves come before the step is tried again, so that it is another step.
	w.add(2)
	if restart {
		s = w.mustOpen(t)
	}
	drain(t, s)
	r := w.audit(t, &shown)
	if !r.Whole() || r.Checkpoint.Size != int64(before+more+2) {
		t.Fatalf("%s: size %d, %v", name, r.Checkpoint.Size, r.Problems)
	}
	if _, left := w.files[".stage"]; left {
		t.Errorf("%s: the stage is left over", name)
	}
}

// An old backup put back, whatever was lost or replaced: nothing is signed.
func TestRollback(t *testing.T) {
	for name, change := range map[string]func(w *world){
		"one leaf fewer":         func(w *world) { w.leaves = w.leaves[:599] },
		"half":                   func(w *world) { w.leaves = w.leaves[:300] },
		"empty":                  func(w *world) { w.leaves = nil },
		"others in their place":  func(w *world) { w.leaves = w.leaves[:590]; w.addOther(20) },
		"one changed long ago":   func(w *world) { w.leaves[3] = []byte("other") },
		"two in the other order": func(w *world) { w.leaves[3], w.leaves[4] = w.leaves[4], w.leaves[3] },
	} {
		w := newWorld()
		w.add(600)
		drain(t, w.mustOpen(t))
		w.leaves = slices.Clone(w.leaves)
		change(w)
		before := maps.Clone(w.files)
		if _, err := w.open(t); !errors.Is(err, record.ErrRolledBack) {
			t.Errorf("%s: %v", name, err)
		}
		if !maps.EqualFunc(before, w.files, bytes.Equal) {
			t.Errorf("%s: the folder changed", name)
		}
	}
}

func (w *world) addOther(n int) {
	for range n {
		w.leaves = append(w.leaves, fmt.Appendf(nil, "other %d", len(w.leaves)))
	}
}

// A database that loses leaves while we run.
func TestRollbackWhileRunning(t *testing.T) {
	w := newWorld()
	w.add(10)
	s := w.mustOpen(t)
	drain(t, s)
	w.leaves = w.leaves[:9]
	if _, err := s.Step(t.Context()); !errors.Is(err, record.ErrRolledBack) {
		t.Error(err)
	}
}

func TestLostLockAndFolder(t *testing.T) {
	w := newWorld()
	w.add(10)
	drain(t, w.mustOpen(t))
	lost := *w
	lost.signed = nil
	if _, err := lost.open(t); !errors.Is(err, record.ErrLockLost) {
		t.Errorf("lock lost: %v", err)
	}
	for _, path := range []string{ledger.CheckpointPath, "tile/0/000.p/10"} {
		gone := newWorld()
		gone.leaves, gone.signed, gone.files = w.leaves, w.signed, maps.Clone(w.files)
		delete(gone.files, path)
		if _, err := gone.open(t); !errors.Is(err, record.ErrLayout) {
			t.Errorf("%s lost: %v", path, err)
		}
	}
}

// Two programs on one record: the second one's checkpoint is not signed twice
// at the same place.
func TestOvertaken(t *testing.T) {
	w := newWorld()
	w.add(10)
	a, b := w.mustOpen(t), w.mustOpen(t)
	drain(t, a)
	shown := w.audit(t, nil).Checkpoint
	w.add(5)
	if _, err := b.Step(t.Context()); !errors.Is(err, record.ErrOvertaken) {
		t.Fatal(err)
	}
	drain(t, b)
	if r := w.audit(t, &shown); !r.Whole() || r.Checkpoint.Size != 15 {
		t.Error(r.Problems)
	}
}

// A file of the log that is there with other bytes is not written over.
func TestNothingIsOverwritten(t *testing.T) {
	w := newWorld()
	w.add(10)
	s := w.mustOpen(t)
	drain(t, s)
	w.add(1)
	w.files["tile/0/000.p/11"] = []byte("something else")
	if _, err := s.Step(t.Context()); !errors.Is(err, record.ErrLayout) {
		t.Error(err)
	}
	if string(w.files["tile/0/000.p/11"]) != "something else" {
		t.Error("it was overwritten")
	}
}

// A stage of whatever bytes never leads to a write outside the log and never
// keeps the desk from starting.
func FuzzStage(f *testing.F) {
	w := newWorld()
	w.add(3)
	w.faults = faults{at: 4}
	s := w.mustOpen(f)
	_, _ = s.Step(f.Context())
	f.Add(w.files[".stage"])
	f.Add([]byte("sangto record stage 1\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		w := newWorld()
		w.add(3)
		drain(t, w.mustOpen(t))
		before := slices.Sorted(maps.Keys(w.files))
		w.files[".stage"] = b
		w.mustOpen(t)
		if after := slices.Sorted(maps.Keys(w.files)); !slices.Equal(before, after) {
			t.Errorf("files %v became %v", before, after)
		}
	})
}

func TestForeignKey(t *testing.T) {
	w := newWorld()
	w.add(3)
	drain(t, w.mustOpen(t))
	other, _, err := ledger.GenerateKey(zeroes(9), origin)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := record.Open(t.Context(), leafReader{w}, w, disk{w}, other); err == nil || !strings.Contains(err.Error(), "lock") {
		t.Errorf("another key continues the log: %v", err)
	}
}
