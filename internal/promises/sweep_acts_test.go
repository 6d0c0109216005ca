package promises_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"sangto/internal/desk"
	"sangto/internal/store"
	"sangto/internal/testkit"
	"sangto/ledger"
)

// faultsOfAnAct are the system calls by which a process changes or trusts its
// files, each with the ways in which it may fail.
func faultsOfAnAct() map[string][]string {
	return map[string][]string{
		"pwrite64":  {"error=EIO", "error=ENOSPC", "signal=KILL"},
		"write":     {"error=ENOSPC", "signal=KILL"},
		"fsync":     {"error=EIO", "signal=KILL"},
		"fdatasync": {"error=EIO", "signal=KILL"},
		"ftruncate": {"error=EIO", "signal=KILL"},
		"openat":    {"error=EIO", "error=ENOSPC", "signal=KILL"},
		"renameat":  {"error=EIO", "signal=KILL"},
		"linkat":    {"error=EIO", "signal=KILL"},
		"unlinkat":  {"error=EIO", "signal=KILL"},
		"mkdirat":   {"error=ENOSPC", "signal=KILL"},
	}
}

// pointsOf are the faults of a sweep over calls: every call in every way, or, of
// more than most of a kind, as many that are spread over them.
func pointsOf(calls map[string][]int, most int) []point {
	var out []point
	for call, ways := range faultsOfAnAct() {
		at := calls[call]
		step := max(1, (len(at)+most-1)/most)
		for i := len(at) - 1; i >= 0; i -= step {
			for _, how := range ways {
				out = append(out, point{call, how, at[i]})
			}
		}
	}
	slices.SortFunc(out, func(a, b point) int { return strings.Compare(a.String(), b.String()) })
	return out
}

// underFault runs a command with one call failing, and says whether it came to that.
func underFault(t *testing.T, at point, cmd []string, env []string, dir string) (out string, code int, hit bool) {
	t.Helper()
	trace := filepath.Join(t.TempDir(), "trace")
	args := []string{"-f", "-qq", "-o", trace, "-e", "trace=" + at.call, "-e", fmt.Sprintf("inject=%s:%s:when=%d", at.call, at.how, at.n)}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	run := exec.CommandContext(ctx, "strace", append(args, cmd...)...)
	// One thread keeps the calls in one order from run to run.
	run.Env, run.Dir = append(env, "GOMAXPROCS=1"), dir
	said, err := run.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) || ctx.Err() != nil {
		t.Fatalf("at %s: %v\n%s", at, errors.Join(err, ctx.Err()), said)
	}
	text := readFile(t, trace)
	return string(said), run.ProcessState.ExitCode(), strings.Contains(text, "(INJECTED)") || strings.Contains(text, "SIGKILL")
}

// The marks by which the test below knows that it is the second process.
const (
	actFolder = "SANGTO_TEST_ACT_FOLDER"
	actMark   = "SANGTO-ACT-BEGINS"
	actDone   = "SANGTO-ACT-COMMITTED"
	actSigned = "SANGTO-ACT-SIGNED"
)

// TestPublishAtEverySystemCall lets a second process publish a version, with its
// approvals, evidence, entry and words, and sign it, and makes one system call of
// that fail, or ends the process in it. A new process then finds the version and
// its entry, both or neither; both if the first one had come to know that they were
// committed. It goes on, and an outsider finds one history.
func TestPublishAtEverySystemCall(t *testing.T) {
	if dir := os.Getenv(actFolder); dir != "" {
		publishOnce(t, dir)
		return
	}
	t.Parallel()
	needStrace(t)
	model := sceneIn(t, t.TempDir())
	model.open()
	model.members()
	model.openLog()
	model.act(desk.Publish)
	model.act(desk.Publish)
	model.step()
	base := sizeOf(model)
	model.close()
	self := []string{os.Args[0], "-test.run=^TestPublishAtEverySystemCall$", "-test.count=1"}
	whole := filepath.Join(t.TempDir(), "trace")
	calls := model.copied(t)
	cmd := exec.CommandContext(t.Context(), "strace", append([]string{"-f", "-qq", "-o", whole}, self...)...)
	cmd.Env = append(os.Environ(), actFolder+"="+calls.data, "GOMAXPROCS=1")
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), actSigned) {
		t.Fatalf("%v\n%s", err, out)
	}
	points := pointsOf(testkit.Calls(readFile(t, whole), actMark), size(1, 3, 40))
	reached, lost, kept := 0, 0, 0
	for _, at := range points {
		s := model.copied(t)
		said, _, hit := underFault(t, at, self, append(os.Environ(), actFolder+"="+s.data), s.data)
		if hit {
			reached++
		}
		if s.wholeAfter(at, base, said) {
			kept++
		} else {
			lost++
		}
		if t.Failed() {
			t.Fatalf("at %s the second process said:\n%s", at, said)
		}
	}
	if reached < len(points)/2 || lost == 0 || kept == 0 {
		t.Errorf("%d of %d faults were reached, %d versions not kept and %d kept: the sweep shows little", reached, len(points), lost, kept)
	}
	t.Attr("publish_points", fmt.Sprint(len(points)))
	t.Attr("publish_faults_reached", fmt.Sprint(reached))
	t.Attr("versions_not_kept", fmt.Sprint(lost))
	t.Attr("versions_without_entry", "0")
}

// publishedAt is the check of the second process.
func publishedAt() judged { return judged{id: strings.Repeat("p", 16), n: 1, act: desk.Publish} }

// publishOnce is the second process.
func publishOnce(t *testing.T, dir string) {
	s := sceneIn(t, dir)
	s.open()
	s.openLog()
	_, _ = os.Stat("/" + actMark)
	err := s.db.Update(t.Context(), func(tx *store.Tx) error { return s.version(tx, publishedAt()) })
	if err == nil {
		fmt.Println(actDone)
		if err = s.log.Step(t.Context()); err == nil {
			fmt.Println(actSigned)
		}
	}
	fmt.Println(err)
	os.Exit(map[bool]int{true: 0, false: 3}[err == nil])
}

func sceneIn(t *testing.T, dir string) *scene {
	t.Helper()
	return &scene{
		t: t, data: dir, mirror: dir, draw: rand.New(rand.NewPCG(2, 2)), sum: &rolled{}, what: rollback{name: "a fault"},
		now: time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC), seen: map[int64]ledger.Hash{},
	}
}

// copied is the same installation in another folder.
func (s *scene) copied(t *testing.T) *scene {
	t.Helper()
	to := sceneIn(t, t.TempDir())
	for _, c := range s.checks {
		to.checks = append(to.checks, &judged{id: c.id, n: c.n, act: c.act})
	}
	to.must(os.CopyFS(to.data, os.DirFS(s.data)))
	to.must(filepath.WalkDir(filepath.Join(to.data, "keys"), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		return os.Chmod(path, 0o600)
	}))
	return to
}

// wholeAfter goes on where a process ended that began with base entries and said
// how far it came, and reports whether its version is there.
func (s *scene) wholeAfter(at point, base int64, said string) bool {
	s.t.Helper()
	s.open()
	s.openLog()
	s.what.name = at.String()
	s.observe()
	v, there := publishedAt(), 0
	s.must(s.db.View(s.t.Context(), func(tx *store.Tx) error {
		versions, err := tx.Versions(v.id)
		if desk.KindOf(err) == desk.NotFound && err != nil {
			err = nil
		}
		there = len(versions)
		_, found := tx.LeafOf(v.id, v.n)
		if (found == nil) != (there == 1) {
			s.t.Errorf("%s: %d versions, and of an entry: %v", at, there, found)
		}
		return err
	}))
	if strings.Contains(said, actDone) && there == 0 {
		s.t.Errorf("%s: the version was committed and is gone", at)
	}
	shown := base
	if strings.Contains(said, actSigned) {
		shown++
	}
	if size := sizeOf(s); size < shown {
		s.t.Errorf("%s: the checkpoint that is shown has %d entries and not %d", at, size, shown)
	}
	s.act(desk.Publish)
	s.step()
	if got, want := sizeOf(s), base+1+int64(there); got != want {
		s.t.Errorf("%s: %d entries are signed and not %d", at, got, want)
	}
	s.verified(nil)
	s.close()
	return there == 1
}

// sizeOf is the size of the checkpoint that is published, 0 for none.
func sizeOf(s *scene) int64 {
	largest := int64(0)
	for size := range s.seen {
		largest = max(largest, size)
	}
	return largest
}

// TestBackupAtEverySystemCall makes one system call of a backup fail, or ends the
// backup in it. A file that stands where the backup was to be is whole: a desk
// restored from it opens every receipt; and what reports success left one. The
// desk itself is as it was, and the next backup is whole.
func TestBackupAtEverySystemCall(t *testing.T) {
	t.Parallel()
	needStrace(t)
	p := newPlace(t)
	s := p.serve(t)
	var receipts []string
	for i, token := range p.tokens(t, 3) {
		receipt, got, err := p.ask(token, question(7, i+1))
		if err != nil || receipt == "" {
			t.Fatalf("status %d, %v", got.status, err)
		}
		receipts = append(receipts, receipt)
	}
	s.stop(t)
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(p.root, "backup.tar")
	backup := []string{path, "backup", "--data", p.data(), "--to", to, "--json"}
	whole := filepath.Join(t.TempDir(), "trace")
	cmd := exec.CommandContext(t.Context(), "strace", append([]string{"-f", "-qq", "-o", whole}, backup...)...)
	cmd.Env, cmd.Dir = append(p.environment(), "GOMAXPROCS=1"), p.temp()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	points := pointsOf(testkit.Calls(readFile(t, whole), p.data()+"/"), size(1, 2, 25))
	reached, left, none := 0, 0, 0
	for i, at := range points {
		_ = os.Remove(to)
		said, code, hit := underFault(t, at, backup, p.environment(), p.temp())
		if hit {
			reached++
		}
		_, err := os.Stat(to)
		switch {
		case err == nil:
			left++
			drilled(t, p, to, receipts)
		case code == 0:
			t.Errorf("success without a backup")
		default:
			none++
		}
		// Every tenth time, since it takes a program its whole start.
		if i%10 == 0 {
			_ = os.Remove(to)
			out, errs, code := p.run(t, "", "backup", "--data", p.data(), "--to", to, "--json")
			if code != 0 || !json.Valid([]byte(out)) {
				t.Errorf("the next backup exits %d: %s%s", code, out, errs)
			}
			drilled(t, p, to, receipts)
		}
		if t.Failed() {
			t.Fatalf("at %s, exit %d:\n%s", at, code, said)
		}
	}
	if stray, _ := filepath.Glob(filepath.Join(p.root, ".*")); len(stray) > len(points) {
		t.Errorf("%d files are left over", len(stray))
	}
	s = p.serve(t)
	for _, receipt := range receipts {
		known(t, p, receipt)
	}
	s.stop(t)
	if reached < len(points)/2 || none == 0 {
		t.Errorf("%d of %d faults were reached, %d backups failed: the sweep shows little", reached, len(points), none)
	}
	t.Attr("backup_points", strconv.Itoa(len(points)))
	t.Attr("backup_faults_reached", strconv.Itoa(reached))
	t.Attr("backups_left_whole", strconv.Itoa(left))
	t.Attr("backups_left_torn", "0")
}
