package promises_test

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// needStrace skips loudly where strace is missing, and fails where it is
// required.
func needStrace(t *testing.T) {
	t.Helper()
	path, err := exec.LookPath("strace")
	if err == nil {
		err = exec.Command(path, "-o", os.DevNull, "true").Run()
	}
	if err == nil {
		return
	}
	if os.Getenv("SANGTO_REQUIRE_STRACE") != "" {
		t.Fatalf("strace is required and does not work here: %v", err)
	}
	t.Skipf("LEFT OUT: strace does not work here: %v", err)
}

// call is one finished system call of a trace.
type call struct {
	name string // fsync
	args string // 7</data/sangto.db-wal>
	ok   bool
	// began and ended are line numbers: a call may be interrupted by others.
	began, ended int
}

var (
	wholeCall  = regexp.MustCompile(`^(?:\[pid +)?(\d+)\]? +(\w+)\((.*)\) += +(-?\w+)`)
	openCall   = regexp.MustCompile(`^(?:\[pid +)?(\d+)\]? +(\w+)\((.*) <unfinished \.\.\.>$`)
	resumeCall = regexp.MustCompile(`^(?:\[pid +)?(\d+)\]? +<\.\.\. (\w+) resumed>(.*)\) += +(-?\w+)`)
)

// readTrace reads what strace -f wrote.
func readTrace(text string) []call {
	var out []call
	open := map[string]call{}
	for i, line := range strings.Split(text, "\n") {
		if m := openCall.FindStringSubmatch(line); m != nil {
			open[m[1]] = call{name: m[2], args: m[3], began: i}
			continue
		}
		if m := resumeCall.FindStringSubmatch(line); m != nil {
			if c, ok := open[m[1]]; ok {
				c.args, c.ok, c.ended = c.args+m[3], !strings.HasPrefix(m[4], "-"), i
				out = append(out, c)
				delete(open, m[1])
			}
			continue
		}
		if m := wholeCall.FindStringSubmatch(line); m != nil {
			out = append(out, call{name: m[2], args: m[3], ok: !strings.HasPrefix(m[4], "-"), began: i, ended: i})
		}
	}
	return out
}

// durableBeforeAnswer judges a trace of one ask: the log of the database is
// written, then synced, and only after that sync has returned does the first
// byte of the answer go out.
func durableBeforeAnswer(calls []call) error {
	written, synced, answered := -1, -1, -1
	for _, c := range calls {
		switch {
		case strings.HasPrefix(c.name, "pwrite") && onLog(c) && c.ok && answered < 0:
			written = c.ended
		case (c.name == "fsync" || c.name == "fdatasync") && onLog(c) && c.ok && (answered < 0 || c.ended < answered):
			if written >= 0 && c.began >= written {
				synced = c.ended
			}
		case strings.HasPrefix(c.name, "write") && strings.Contains(c.args, `"HTTP/1.1 `) && answered < 0:
			answered = c.began
		}
	}
	switch {
	case answered < 0:
		return fmt.Errorf("no answer was seen in %d calls", len(calls))
	case written < 0:
		return fmt.Errorf("nothing was written to the log before the answer")
	case synced < written:
		return fmt.Errorf("the log was written at line %d and not synced before the answer at line %d", written, answered)
	case synced > answered:
		return fmt.Errorf("the answer at line %d went out before the sync at line %d", answered, synced)
	}
	return nil
}

// onLog reports whether a call concerns the write-ahead log; strace -y prints
// the path behind the number.
func onLog(c call) bool { return strings.Contains(strings.SplitN(c.args, ">", 2)[0], "sangto.db-wal") }

// TestTraceIsJudged feeds the judge traces in every wrong order.
func TestTraceIsJudged(t *testing.T) {
	const (
		write  = `101 pwrite64(7</d/sangto.db-wal>, "..."..., 4120, 32) = 4120`
		sync   = `101 fdatasync(7</d/sangto.db-wal>) = 0`
		other  = `101 fsync(6</d/sangto.db>) = 0`
		failed = `101 fsync(7</d/sangto.db-wal>) = -1 EIO (Input/output error)`
		answer = `102 write(9<TCP:[127.0.0.1:80->127.0.0.1:99]>, "HTTP/1.1 200 OK\r\n"..., 900) = 900`
		begin  = `101 fsync(7</d/sangto.db-wal> <unfinished ...>`
		end    = `101 <... fsync resumed>) = 0`
	)
	for name, c := range map[string]struct {
		lines []string
		good  bool
	}{
		"in order":               {[]string{write, sync, answer}, true},
		"interrupted sync":       {[]string{write, begin, end, answer}, true},
		"more after the answer":  {[]string{write, sync, answer, write, sync}, true},
		"no sync":                {[]string{write, answer}, false},
		"sync of another file":   {[]string{write, other, answer}, false},
		"sync failed":            {[]string{write, failed, answer}, false},
		"sync before the write":  {[]string{sync, write, answer}, false},
		"sync after the answer":  {[]string{write, answer, sync}, false},
		"answer during the sync": {[]string{write, begin, answer, end}, false},
		"nothing written":        {[]string{sync, answer}, false},
		"no answer":              {[]string{write, sync}, false},
	} {
		err := durableBeforeAnswer(readTrace(strings.Join(c.lines, "\n")))
		if (err == nil) != c.good {
			t.Errorf("%s: %v", name, err)
		}
	}
}
