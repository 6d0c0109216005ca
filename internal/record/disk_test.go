package record_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"sangto/internal/record"
	"sangto/internal/store"
	"sangto/internal/testkit"
	"sangto/ledger"
)

// bench is a log on a real folder with a real lock file; only the leaves are made up.
type bench struct {
	dir    string
	lock   *store.Lock
	folder record.Folder
	count  int
	faults faults
	// torn leaves the half of a temporary file behind where a write is lost.
	torn bool
}

func newBench(tb testing.TB, dir string, count int) *bench {
	tb.Helper()
	b := &bench{dir: dir, count: count}
	b.reopen(tb)
	return b
}

// reopen is what a new program finds.
func (b *bench) reopen(tb testing.TB) {
	tb.Helper()
	if b.lock != nil {
		_ = b.lock.Close()
	}
	lock, err := store.OpenLock(tb.Context(), filepath.Join(b.dir, "lock.db"), true)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = lock.Close() })
	b.lock = lock
	if b.folder, err = record.NewFolder(filepath.Join(b.dir, "log")); err != nil {
		tb.Fatal(err)
	}
}

func (b *bench) Count(context.Context) (int64, error) { return int64(b.count), nil }

func (b *bench) entry(i int64) []byte { return fmt.Appendf(nil, "leaf %d", i) }

type benchLeaves struct{ *bench }

func (b benchLeaves) Read(_ context.Context, from int64, limit int) (out [][]byte, err error) {
	for i := from; i < min(int64(b.count), from+int64(limit)); i++ {
		out = append(out, b.entry(i))
	}
	return out, nil
}

func (b *bench) Load(ctx context.Context) ([]byte, error) { return b.lock.Load(ctx) }

func (b *bench) Replace(ctx context.Context, old, next []byte) (ok bool, err error) {
	err = b.faults.act("lock", func() error {
		ok, err = b.lock.Replace(ctx, old, next)
		return err
	})
	return ok && err == nil, err
}

type benchDisk struct{ *bench }

func (b benchDisk) Read(path string) ([]byte, error) { return b.folder.Read(path) }

func (b benchDisk) Write(path string, data []byte) error {
	err := b.faults.act("write "+path, func() error { return b.folder.Write(path, data) })
	if err != nil && b.torn {
		dir := filepath.Dir(filepath.Join(b.dir, "log", filepath.FromSlash(path)))
		return errors.Join(err, os.MkdirAll(dir, 0o755), os.WriteFile(filepath.Join(dir, ".new-1"), data[:len(data)/2], 0o600))
	}
	return err
}

func (b benchDisk) Remove(path string) error {
	return b.faults.act("remove "+path, func() error { return b.folder.Remove(path) })
}

func (b *bench) sequencer(tb testing.TB) *record.Sequencer {
	tb.Helper()
	skey, _ := keyPair(tb)
	s, err := record.Open(tb.Context(), benchLeaves{b}, b, benchDisk{b}, skey)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// audit reads the folder as an outsider does, and holds every entry to what was
// put in and the log to what was shown before.
func (b *bench) audit(tb testing.TB, kept *ledger.Checkpoint) *ledger.Report {
	tb.Helper()
	_, vkey := keyPair(tb)
	policy, err := ledger.LogPolicy(vkey)
	if err != nil {
		tb.Fatal(err)
	}
	r, err := ledger.Audit{Policy: policy, Kept: kept, Entry: func(i int64, e []byte) error {
		if !bytes.Equal(e, b.entry(i)) {
			return fmt.Errorf("leaf %d is %q", i, e)
		}
		return nil
	}}.Run(tb.Context(), ledger.Folder(os.DirFS(filepath.Join(b.dir, "log"))))
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

// copied is another folder with the same files.
func copied(t *testing.T, from string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return to
}

var diskSizes = []struct{ before, more int }{{1, 1}, {255, 1}, {256, 1}, {3, 300}}

// TestEveryFaultOnDisk fails every act of a step once on real files, lost, kept
// and half written, goes on with the same program or a new one, and reads the log
// as an outsider after each.
func TestEveryFaultOnDisk(t *testing.T) {
	tried := 0
	for _, size := range diskSizes {
		model := t.TempDir()
		b := newBench(t, model, size.before)
		drain(t, b.sequencer(t))
		_ = b.lock.Close()
		names := func() []string {
			b := newBench(t, copied(t, model), size.before+size.more)
			s := b.sequencer(t)
			b.faults = faults{}
			if _, err := s.Step(t.Context()); err != nil {
				t.Fatal(err)
			}
			return b.faults.names
		}()
		if len(names) < 5 {
			t.Fatalf("only %v", names)
		}
		for at := 1; at <= len(names); at++ {
			for _, how := range []string{"lost", "kept", "torn"} {
				for _, restart := range []bool{false, true} {
					name := fmt.Sprintf("%d+%d, %s, %s, restart %v", size.before, size.more, names[at-1], how, restart)
					b := newBench(t, copied(t, model), size.before+size.more)
					s := b.sequencer(t)
					shown := b.audit(t, nil).Checkpoint
					b.faults, b.torn = faults{at: at, kept: how == "kept"}, how == "torn"
					if _, err := s.Step(t.Context()); !errors.Is(err, errFault) {
						t.Fatalf("%s: %v", name, err)
					}
					b.faults, b.torn = faults{}, false
					if r := b.audit(t, &shown); !r.Whole() {
						t.Fatalf("%s: after the fault: %v", name, r.Problems)
					}
					b.count += 2
					if restart {
						b.reopen(t)
						s = b.sequencer(t)
					}
					drain(t, s)
					b.finished(t, name, &shown)
					_ = b.lock.Close()
					tried++
				}
			}
		}
	}
	t.Logf("%d faults", tried)
}

// finished requires all leaves to be shown, continuing what was shown before.
func (b *bench) finished(t *testing.T, name string, shown *ledger.Checkpoint) {
	t.Helper()
	r := b.audit(t, shown)
	if !r.Whole() || r.Checkpoint.Size != int64(b.count) {
		t.Fatalf("%s: size %d of %d, %v", name, r.Checkpoint.Size, b.count, r.Problems)
	}
	if _, err := b.folder.Read(".stage"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s: the stage is left over", name)
	}
}

// The marks by which a test knows that it is the second process, with the
// folder and the number of leaves.
const (
	stepFolder = "SANGTO_TEST_STEP_FOLDER"
	stepCount  = "SANGTO_TEST_STEP_COUNT"
	stepMark   = "SANGTO-STEP-BEGINS"
)

// TestKilledOnDisk makes a second process take one step and ends it at, or fails,
// its n-th fsync, write, rename, unlink, mkdir and open from the step's beginning on,
// and goes on in a new one. What the outsider saw continues each time.
func TestKilledOnDisk(t *testing.T) {
	if dir := os.Getenv(stepFolder); dir != "" {
		oneStep(t, dir)
		return
	}
	strace, err := exec.LookPath("strace")
	if err != nil {
		if os.Getenv("SANGTO_REQUIRE_STRACE") != "" {
			t.Fatal(err)
		}
		t.Skip("LEFT OUT: strace is not here, no system call was made to fail")
	}
	if testing.Short() {
		t.Skip("LEFT OUT: -short")
	}
	model := t.TempDir()
	b := newBench(t, model, 255)
	drain(t, b.sequencer(t))
	_ = b.lock.Close()
	const count = 255 + 3
	calls := traced(t, strace, copied(t, model), count)
	killed, failed := 0, 0
	for _, call := range []string{"fsync", "pwrite64", "write", "renameat", "unlinkat", "mkdirat", "openat"} {
		at := calls[call]
		for i, n := range at {
			if !everyFault(t) && len(at) > 4 && i%3 != 1 {
				continue
			}
			for _, fault := range []string{"signal=KILL", "error=EIO"} {
				name := fmt.Sprintf("%s %d of %d, %s", call, i+1, len(at), fault)
				dir := copied(t, model)
				died, err := stepUnder(t, dir, count, strace, "-e", "trace="+call, "-e", fmt.Sprintf("inject=%s:%s:when=%d", call, fault, n))
				if err != nil && !died {
					failed++
				}
				if died {
					killed++
				}
				b := &bench{dir: dir, count: count}
				b.reopen(t)
				shown := b.audit(t, nil)
				if !shown.Whole() || shown.Checkpoint.Size < 255 {
					t.Fatalf("%s: afterwards %d leaves, %v", name, shown.Checkpoint.Size, shown.Problems)
				}
				b.count += 2
				drain(t, b.sequencer(t))
				b.finished(t, name, &shown.Checkpoint)
				_ = b.lock.Close()
			}
		}
	}
	if killed < 5 || failed < 5 {
		t.Errorf("%d kills and %d failed calls: the faults did not happen", killed, failed)
	}
	t.Logf("%d kills, %d failed calls", killed, failed)
}

// everyFault reports whether all system calls fail in turn and not a part of them.
func everyFault(t *testing.T) bool {
	t.Helper()
	return testkit.Nightly()
}

// oneStep is the second process.
func oneStep(t *testing.T, dir string) {
	count, err := strconv.Atoi(os.Getenv(stepCount))
	if err != nil {
		t.Fatal(err)
	}
	b := newBench(t, dir, count)
	s := b.sequencer(t)
	_, _ = os.Stat("/" + stepMark)
	if _, err := s.Step(t.Context()); err != nil {
		fmt.Fprintln(os.Stderr, "the step failed:", err)
		os.Exit(3)
	}
	os.Exit(0)
}

func stepUnder(t *testing.T, dir string, count int, strace string, args ...string) (died bool, err error) {
	t.Helper()
	trace := filepath.Join(t.TempDir(), "trace")
	args = append([]string{"-f", "-qq", "-o", trace}, append(args, os.Args[0], "-test.run=^TestKilledOnDisk$", "-test.count=1")...)
	cmd := exec.CommandContext(t.Context(), strace, args...)
	// One thread keeps the calls in one order from run to run.
	cmd.Env = append(os.Environ(), stepFolder+"="+dir, stepCount+"="+strconv.Itoa(count), "GOMAXPROCS=1")
	out, err := cmd.CombinedOutput()
	// A call of the Go runtime's own that fails ends the process, too.
	died = strings.Contains(fmt.Sprint(err), "killed") || strings.Contains(string(out), "fatal error:")
	if err != nil && !died && cmd.ProcessState.ExitCode() != 3 && !strings.Contains(string(out), "FAIL") {
		t.Fatalf("%v\n%s", err, out)
	}
	return died, err
}

// traced says which calls of each kind are the step's.
func traced(t *testing.T, strace, dir string, count int) map[string][]int {
	t.Helper()
	trace := filepath.Join(t.TempDir(), "trace")
	cmd := exec.CommandContext(t.Context(), strace, "-f", "-qq", "-o", trace, os.Args[0], "-test.run=^TestKilledOnDisk$", "-test.count=1")
	cmd.Env = append(os.Environ(), stepFolder+"="+dir, stepCount+"="+strconv.Itoa(count), "GOMAXPROCS=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	text, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	out := testkit.Calls(string(text), stepMark)
	if len(out["fsync"]) < 5 || len(out["renameat"]) < 3 {
		t.Fatalf("the step's calls were not seen: %v", out)
	}
	return out
}
