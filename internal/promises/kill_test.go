package promises_test

import (
	"bufio"
	"database/sql"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	_ "modernc.org/sqlite"
)

// form is one question as its asker sees it: sent, perhaps acknowledged.
type form struct {
	token, text string
	receipt     string // what the asker was shown, "" if nothing
}

// perCycle is how many acknowledged questions each life of the program must
// reach before it is killed.
const perCycle = 50

// mostPerCycle is how many forms may be sent in one life.
const mostPerCycle = perCycle + 40

// TestKilledWithoutLoss kills the program again and again while people ask.
// Whoever saw a receipt finds the question behind it; whoever saw nothing
// sends the form again and is accepted once; nobody is kept twice.
func TestKilledWithoutLoss(t *testing.T) {
	t.Parallel()
	cycles := size(1, 6, 1000)
	if release() {
		cycles = 5000
	}
	if n, err := strconv.Atoi(os.Getenv("SANGTO_CYCLES")); err == nil {
		cycles = n
	}
	p := newPlace(t)
	s := p.serve(t)
	var fresh []string
	var all []*form
	unknown := 0
	for cycle := range cycles {
		if len(fresh) < mostPerCycle {
			fresh = append(fresh, p.tokens(t, min(cycles-cycle, 50)*mostPerCycle)...)
		}
		sent, used := askUntilKilled(s, fresh[:mostPerCycle], cycle)
		fresh = fresh[used:]
		s = p.serve(t)
		acknowledged := 0
		for _, f := range sent {
			if f.receipt != "" {
				acknowledged++
			}
		}
		if acknowledged < perCycle {
			t.Fatalf("cycle %d: only %d questions were accepted:\n%s", cycle, acknowledged, p.readLog())
		}
		unknown += len(sent) - acknowledged
		inParallel(8, len(sent), func(i int) { settle(t, p, sent[i]) })
		if t.Failed() {
			t.Fatalf("cycle %d of %d", cycle, cycles)
		}
		all = append(all, sent...)
	}
	inParallel(8, len(all), func(i int) { known(t, p, all[i].receipt) })
	s.stop(t)
	countRows(t, p, all)
	t.Attr("kills", fmt.Sprint(cycles))
	t.Attr("questions", fmt.Sprint(len(all)))
	t.Attr("without_answer_at_the_kill", fmt.Sprint(unknown))
	t.Attr("lost", "0")
	t.Attr("twice", "0")
	t.Logf("%d kills, %d questions, %d of them with no answer at the kill: none lost, none twice", cycles, len(all), unknown)
}

// askUntilKilled sends forms from several people at once and kills the program
// at a random moment after enough of them were acknowledged. It returns the
// forms that were sent, answered or not, and how many tokens may be spent: those
// behind the last form that was sent are new.
func askUntilKilled(s *server, tokens []string, cycle int) (sent []*form, used int) {
	forms := make([]*form, len(tokens))
	var acknowledged atomic.Int64
	var dead atomic.Bool
	enough, over := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(over)
		inParallel(8, len(tokens), func(i int) {
			if dead.Load() {
				return
			}
			forms[i] = &form{token: tokens[i], text: question(cycle, i)}
			// Without an answer the asker holds nothing.
			forms[i].receipt, _, _ = s.place.ask(tokens[i], forms[i].text)
			if forms[i].receipt != "" && acknowledged.Add(1) == perCycle {
				close(enough)
			}
		})
	}()
	select {
	case <-enough:
		time.Sleep(time.Duration(rand.IntN(25_000)) * time.Microsecond)
	case <-over: // too few were accepted; the caller says so
	}
	s.kill()
	dead.Store(true)
	<-over // requests under way fail at once: the peer is gone
	for i, f := range forms {
		if f != nil {
			sent, used = append(sent, f), i+1
		}
	}
	return sent, used
}

// question makes the words of a question: mostly ones that nobody else asks,
// and now and then one that many ask, so that open claims are joined.
func question(cycle, i int) string {
	if i%10 == 0 {
		return "Nghe nói nước máy của thành phố bị nhiễm chất độc, có thật không?"
	}
	return "Có đúng là " + words(cycle*1000+i) + " không?"
}

// patiently repeats a request that is refused only because there were many.
func patiently(send func() (page, error)) (got page, err error) {
	for range 600 {
		got, err = send()
		if err != nil || (got.status != http.StatusTooManyRequests && got.status != http.StatusServiceUnavailable) {
			return got, err
		}
		time.Sleep(100 * time.Millisecond)
	}
	return got, err
}

// known demands that a receipt opens its question.
func known(t *testing.T, p *place, receipt string) {
	t.Helper()
	got, err := patiently(func() (page, error) { return p.post("/track", url.Values{"code": {receipt}}) })
	if err != nil || got.status != http.StatusOK {
		t.Errorf("LOST: a receipt that was shown opens nothing: status %d, %v", got.status, err)
	}
}

// settle does what an asker does after the restart: looks the receipt up, and
// sends the same form again, which must show the same receipt.
func settle(t *testing.T, p *place, f *form) {
	t.Helper()
	again := 1
	if f.receipt != "" {
		known(t, p, f.receipt)
	} else {
		again = 2
	}
	for range again {
		got, err := patiently(func() (page, error) {
			_, got, err := p.ask(f.token, f.text)
			return got, err
		})
		receipt := shownReceipt(got.body)
		switch {
		case err != nil || got.status >= 300 || receipt == "":
			t.Errorf("sending the form again: status %d, %v", got.status, err)
			return
		case f.receipt == "":
			f.receipt = receipt
		case receipt != f.receipt:
			t.Errorf("DUPLICATE: the same form gave two receipts")
		}
	}
}

// countRows looks at what is on disk: as many questions as forms, each whole.
func countRows(t *testing.T, p *place, all []*form) {
	t.Helper()
	db := openDatabase(t, p)
	one := func(query string) string {
		var s string
		if err := db.QueryRow(query).Scan(&s); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		return s
	}
	receipts := map[string]bool{}
	for _, f := range all {
		receipts[f.receipt] = true
	}
	if len(receipts) != len(all) {
		t.Errorf("%d forms share %d receipts", len(all), len(receipts))
	}
	for query, want := range map[string]string{
		`SELECT count(*) FROM questions`:                                               fmt.Sprint(len(all)),
		`PRAGMA integrity_check`:                                                       "ok",
		`SELECT count(*) FROM pragma_foreign_key_check`:                                "0",
		`SELECT count(*) FROM claims WHERE id NOT IN (SELECT claim_id FROM questions)`: "0",
		`SELECT count(*) FROM questions WHERE claim_id NOT IN (SELECT id FROM claims)`: "0",
		`SELECT count(*) FROM claims c WHERE state = 'waiting' AND NOT EXISTS (SELECT 1 FROM questions WHERE claim_id = c.id AND text <> '')`: "0",
	} {
		if got := one(query); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
}

// openDatabase opens the file for reading, beside or after the program.
func openDatabase(t *testing.T, p *place) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+p.database()+"?_pragma=query_only(ON)&_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// TestAnswerWaitsForTheDisk traces the system calls of one ask: kill -9 cannot
// see a missing sync, because the kernel outlives the program.
func TestAnswerWaitsForTheDisk(t *testing.T) {
	t.Parallel()
	needStrace(t)
	p := newPlace(t)
	trace := p.root + "/trace"
	p.serve(t, "strace", "-f", "-y", "-s", "32", "-e", "trace=write,writev,pwrite64,pwritev,fsync,fdatasync", "-o", trace)
	tokens := p.tokens(t, 3)
	for i, token := range tokens {
		before := len(readFile(t, trace))
		receipt, got, err := p.ask(token, question(0, i+1))
		if err != nil || receipt == "" {
			t.Fatalf("the question was not accepted: status %d, %v", got.status, err)
		}
		time.Sleep(300 * time.Millisecond)
		lines := readFile(t, trace)[before:]
		if err := durableBeforeAnswer(readTrace(lines)); err != nil {
			t.Errorf("%v\n%s", err, lines)
		}
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestDiskErrorIsAdmitted makes every sync fail in the middle of the program's
// life. Nothing may be acknowledged from then on, not even after the disk seems
// well again, since what it dropped is unknown; looking up goes on.
func TestDiskErrorIsAdmitted(t *testing.T) {
	t.Parallel()
	needStrace(t)
	times := size(1, 1, 100)
	p := newPlace(t)
	s := p.serve(t)
	tokens := p.tokens(t, times*formsPerError)
	s.kill()
	var slowest time.Duration
	for i := range times {
		slowest = max(slowest, diskError(t, p, tokens[i*formsPerError:][:formsPerError]))
		if t.Failed() {
			t.Fatalf("time %d of %d", i+1, times)
		}
	}
	t.Attr("times", fmt.Sprint(times))
	t.Attr("slowest_refusal_ms", fmt.Sprint(slowest.Milliseconds()))
	t.Attr("acknowledged_after_the_error", "0")
}

const formsPerError = 6

func diskError(t *testing.T, p *place, tokens []string) (slowest time.Duration) {
	t.Helper()
	s := p.serve(t)
	defer s.kill()
	if receipt, _, _ := p.ask(tokens[0], question(0, 1)); receipt == "" {
		t.Fatal("the question before the fault was not accepted")
	}
	detach := attachStrace(t, s, "-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:error=EIO")
	refused := func(i int, when string) {
		began := time.Now()
		receipt, got, err := p.ask(tokens[i], question(0, i+1))
		slowest = max(slowest, time.Since(began))
		if receipt != "" || err == nil && got.status < 500 {
			t.Errorf("a question %s was answered with status %d, receipt %v", when, got.status, receipt != "")
		}
	}
	refused(1, "on a failing disk")
	refused(2, "on a failing disk")
	got := p.mustPost(t, "/lookup", url.Values{"text": {"uống nước chanh nóng"}})
	if got.status != http.StatusOK {
		t.Errorf("looking up ended with the disk: status %d", got.status)
	}
	detach()
	refused(3, "after the disk had failed")
	s.kill()
	again := p.serve(t)
	defer again.kill()
	for i := 4; i < 6; i++ {
		if receipt, got, err := p.ask(tokens[i], question(0, i+1)); receipt == "" {
			t.Errorf("after a restart on a good disk: status %d, %v", got.status, err)
		}
	}
	return slowest
}

// attachStrace attaches to the running program and returns what detaches.
func attachStrace(t *testing.T, s *server, args ...string) (detach func()) {
	t.Helper()
	out := s.place.root + "/attached"
	cmd := exec.Command("strace", append([]string{"-f", "-o", out, "-p", strconv.Itoa(s.cmd.Process.Pid)}, args...)...)
	said, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	// The first line says whether it worked.
	line, _ := bufio.NewReader(said).ReadString('\n')
	if !strings.Contains(line, "attached") {
		_ = cmd.Wait()
		t.Skipf("LEFT OUT: this machine lets nobody attach to a running program: %s", line)
	}
	go func() { _, _ = io.Copy(io.Discard, said) }()
	var once sync.Once
	detach = func() {
		once.Do(func() {
			_ = cmd.Process.Signal(syscall.SIGINT)
			_ = cmd.Wait()
		})
	}
	t.Cleanup(detach)
	return detach
}
