package promises_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// faultsOfASweep are the system calls by which a question reaches the disk,
// each with the ways in which it may fail.
func faultsOfASweep() map[string][]string {
	return map[string][]string{
		"pwrite64":  {"error=EIO", "error=ENOSPC", "signal=KILL"},
		"fsync":     {"error=EIO", "signal=KILL"},
		"fdatasync": {"error=EIO", "signal=KILL"},
		"ftruncate": {"error=EIO", "signal=KILL"},
		"openat":    {"error=EIO", "signal=KILL"},
		"unlink":    {"error=EIO", "signal=KILL"},
	}
}

// point is one place at which an ask is made to fail: the nth such call after
// the program was ready.
type point struct {
	call, how string
	n         int
}

func (p point) String() string { return fmt.Sprintf("%s %d: %s", p.call, p.n, p.how) }

// sweepPoints are the points of a sweep, the first most ones of each call.
func sweepPoints(most int) []point {
	var out []point
	for call, ways := range faultsOfASweep() {
		for _, how := range ways {
			for n := 1; n <= most; n++ {
				out = append(out, point{call, how, n})
			}
		}
	}
	return out
}

// TestFaultAtEverySystemCall makes one system call of an ask fail, or kills the
// program in it, one call after the other. Whatever the asker saw then holds
// after a restart: a receipt opens its question, and without one the same form
// is accepted once.
func TestFaultAtEverySystemCall(t *testing.T) {
	t.Parallel()
	needStrace(t)
	points := sweepPoints(size(1, 2, 12))
	p := newPlace(t)
	s := p.serve(t)
	tokens := p.tokens(t, len(points))
	s.stop(t)
	var all []*form
	tried, reached, refused := 0, 0, 0
	// An ask has so many calls of a kind: where one was not reached, none after
	// it is.
	beyond := map[[2]string]bool{}
	for i, at := range points {
		kind := [2]string{at.call, at.how}
		if beyond[kind] {
			continue
		}
		tried++
		f := &form{token: tokens[i], text: question(1, i)}
		hit := p.askUnderFault(t, at, f)
		if hit {
			reached++
		}
		beyond[kind] = !hit
		if f.receipt == "" {
			refused++
		}
		s := p.serve(t)
		settle(t, p, f)
		s.kill()
		if t.Failed() {
			t.Fatalf("at %s", at)
		}
		all = append(all, f)
	}
	s = p.serve(t)
	s.stop(t)
	countRows(t, p, all)
	if reached < tried/3 || refused == 0 {
		t.Errorf("%d of %d faults were reached and %d asks refused: the sweep shows little", reached, tried, refused)
	}
	t.Attr("points", fmt.Sprint(tried))
	t.Attr("faults_reached", fmt.Sprint(reached))
	t.Attr("asks_without_answer", fmt.Sprint(refused))
	t.Attr("lost", "0")
}

// askUnderFault starts the program, asks with the fault in place and kills it.
// It reports whether the fault was reached.
func (p *place) askUnderFault(t *testing.T, at point, f *form) (hit bool) {
	t.Helper()
	s := p.serve(t)
	trace := filepath.Join(p.root, "attached")
	_ = os.Remove(trace)
	detach := attachStrace(t, s, "-e", "trace="+at.call, "-e", fmt.Sprintf("inject=%s:%s:when=%d", at.call, at.how, at.n))
	f.receipt, _, _ = p.ask(f.token, f.text)
	select {
	case <-s.done:
	case <-time.After(50 * time.Millisecond):
	}
	detach()
	s.kill()
	text := readFile(t, trace)
	return strings.Contains(text, "(INJECTED)") || strings.Contains(text, "SIGKILL")
}

// TestDiskFullLosesNothing lets the disk be full for a while, at random
// moments. Asks are refused honestly and at once, looking up goes on, and when
// there is space again asks are taken without a restart.
func TestDiskFullLosesNothing(t *testing.T) {
	t.Parallel()
	needStrace(t)
	times := size(1, 2, 100)
	p := newPlace(t)
	s := p.serve(t)
	tokens := p.tokens(t, 3*times)
	var all []*form
	var slowest, recovered time.Duration
	for i := range times {
		before := &form{token: tokens[3*i], text: question(2, 3*i+1)}
		before.receipt, _, _ = p.ask(before.token, before.text)
		detach := attachStrace(t, s, "-e", "trace=pwrite64,ftruncate", "-e", "inject=pwrite64,ftruncate:error=ENOSPC")
		during := &form{token: tokens[3*i+1], text: question(2, 3*i+2)}
		began := time.Now()
		receipt, got, err := p.ask(during.token, during.text)
		slowest = max(slowest, time.Since(began))
		if receipt != "" || err != nil || got.status != http.StatusServiceUnavailable && got.status != http.StatusInsufficientStorage {
			t.Errorf("on a full disk an ask was answered with status %d, receipt %v, %v", got.status, receipt != "", err)
		}
		if got := p.mustPost(t, "/lookup", map[string][]string{"text": {"uống nước chanh nóng"}}); got.status != http.StatusOK {
			t.Errorf("looking up ended with the disk: status %d", got.status)
		}
		detach()
		space := time.Now()
		after := &form{token: tokens[3*i+2], text: question(2, 3*i+3)}
		for after.receipt == "" && time.Since(space) < 10*time.Second {
			if after.receipt, _, _ = p.ask(after.token, after.text); after.receipt == "" {
				time.Sleep(100 * time.Millisecond)
			}
		}
		recovered = max(recovered, time.Since(space))
		if after.receipt == "" {
			t.Fatalf("no ask was taken within 10 s of there being space again:\n%s", p.readLog())
		}
		all = append(all, before, during, after)
	}
	for _, f := range all {
		settle(t, p, f)
	}
	s.stop(t)
	countRows(t, p, all)
	if slowest > time.Second {
		t.Logf("the slowest refusal took %s; under strace on a busy machine that is no finding", slowest)
	}
	t.Attr("times_full", fmt.Sprint(times))
	t.Attr("slowest_refusal_ms", fmt.Sprint(slowest.Milliseconds()))
	t.Attr("longest_recovery_ms", fmt.Sprint(recovered.Milliseconds()))
}

// TestSecondProgramIsRefused starts a second program on a folder in use. It
// must say so and end, and the first must not notice.
func TestSecondProgramIsRefused(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	first := p.serve(t)
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	var slowest time.Duration
	times := size(2, 10, 200)
	for range times {
		// One that runs would never end by itself.
		soon, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		cmd := exec.CommandContext(soon, path, "serve", "--data", p.data(), "--listen", freeAddr(t), "--url", "http://127.0.0.1:1")
		cmd.Env, cmd.Dir = p.environment(), p.temp()
		began := time.Now()
		out, err := cmd.CombinedOutput()
		slowest = max(slowest, time.Since(began))
		ran := soon.Err() != nil
		cancel()
		if ran || err == nil || len(out) == 0 {
			t.Fatalf("a second program ran on the same folder: %v\n%s", err, out)
		}
	}
	if got, err := p.get("/"); err != nil || got.status != http.StatusOK {
		t.Errorf("the first program noticed: %d, %v", got.status, err)
	}
	first.stop(t)
	t.Attr("times", fmt.Sprint(times))
	t.Attr("slowest_refusal_ms", fmt.Sprint(slowest.Milliseconds()))
}
