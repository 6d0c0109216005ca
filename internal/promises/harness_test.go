// Package promises_test holds the fault harness: tests that start the real
// program, kill it, trace it, send it marked requests and search everything it
// leaves behind. Each promise of the README that concerns what exists has a
// test here, written as somebody who wants to bend it would try.
//
// SANGTO_PROMISES=nightly runs at full size, release at no less; SANGTO_BINARY=path judges a program
// that was built elsewhere, such as a release.
package promises_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"sangto/internal/testkit"
)

// nightly reports whether the tests run at full size.
func nightly() bool { return testkit.Nightly() }

// size picks the short, the usual or the nightly size of a test.
func size(short, usual, full int) int { return testkit.Size(short, usual, full) }

// release reports whether the tests run at the size that goes before a release.
func release() bool { return os.Getenv("SANGTO_PROMISES") == "release" }

// program builds the program once for all tests, without a C compiler and with
// the flags of `make check`, whose work it finds in the cache.
var program = sync.OnceValues(func() (string, error) {
	if path := os.Getenv("SANGTO_BINARY"); path != "" {
		return path, nil
	}
	folder, err := os.MkdirTemp("", "sangto-promises-")
	if err != nil {
		return "", err
	}
	out := filepath.Join(folder, "sangto")
	build := exec.Command("go", "build", "-buildvcs=false", "-o", out, "sangto/cmd/sangto")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if msg, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the program: %w\n%s", err, msg)
	}
	return out, nil
})

// atOnce is how many tests run side by side: they mostly wait for forms to
// come of age.
const atOnce = "8"

func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", atOnce); err != nil {
		panic(err)
	}
	code := m.Run()
	if path, err := program(); err == nil && path != os.Getenv("SANGTO_BINARY") {
		_ = os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

// place is one installation: a data folder, a folder for temporary files, a
// log and an address, all of which outlive the processes that use them.
type place struct {
	root string
	addr string
}

func newPlace(t *testing.T) *place {
	t.Helper()
	p := &place{root: t.TempDir(), addr: freeAddr(t)}
	for _, dir := range []string{p.data(), p.temp(), p.home()} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

func (p *place) data() string { return filepath.Join(p.root, "data") }
func (p *place) temp() string { return filepath.Join(p.root, "temp") }
func (p *place) home() string { return filepath.Join(p.root, "home") }
func (p *place) log() string  { return filepath.Join(p.root, "log") }
func (p *place) url() string  { return "http://" + p.addr }

// database is the file that holds everything.
func (p *place) database() string { return filepath.Join(p.data(), "sangto.db") }

// handedOut holds the ports that tests of this process use.
var handedOut sync.Map

// freeAddr finds a port that nobody listens on. It lies below those that the
// system lends to outgoing connections, so that none of them takes it while
// the program is down between two lives.
func freeAddr(t *testing.T) string {
	t.Helper()
	for range 1000 {
		addr := fmt.Sprintf("127.0.0.1:%d", 20_000+rand.IntN(12_000))
		if _, taken := handedOut.LoadOrStore(addr, true); taken {
			continue
		}
		if ln, err := net.Listen("tcp", addr); err == nil {
			_ = ln.Close()
			return addr
		}
	}
	t.Fatal("no free port")
	return ""
}

// environment is all that the program sees of ours.
func (p *place) environment() []string {
	return []string{
		"PATH=" + os.Getenv("PATH"), "TMPDIR=" + p.temp(), "HOME=" + p.home(), "TZ=UTC", "LANG=C.UTF-8",
	}
}

// run runs a command of the program to its end.
func (p *place) run(t *testing.T, stdin string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env, cmd.Dir, cmd.Stdin = p.environment(), p.temp(), strings.NewReader(stdin)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err = cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// server is one running process.
type server struct {
	place *place
	cmd   *exec.Cmd
	done  chan struct{}
}

// serve starts the program on the place and waits until it is ready. wrap is
// a command to run it under, such as strace.
func (p *place) serve(t *testing.T, wrap ...string) *server {
	t.Helper()
	s := p.start(t, wrap)
	s.waitReady(t)
	return s
}

// start starts the program and does not wait. more are further flags of serve.
func (p *place) start(t *testing.T, wrap []string, more ...string) *server {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	log, err := os.OpenFile(p.log(), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	args := append(wrap, path, "serve", "--data", p.data(), "--listen", p.addr, "--url", p.url())
	args = append(args, more...)
	s := &server{place: p, cmd: exec.Command(args[0], args[1:]...), done: make(chan struct{})}
	s.cmd.Env, s.cmd.Dir = p.environment(), p.temp()
	s.cmd.Stdout, s.cmd.Stderr = log, log
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { _ = s.cmd.Wait(); close(s.done) }()
	t.Cleanup(s.kill)
	return s
}

func (s *server) waitReady(t *testing.T) {
	t.Helper()
	for range 600 {
		select {
		case <-s.done:
			t.Fatalf("the program ended before it was ready:\n%s", s.place.readLog())
		case <-time.After(50 * time.Millisecond):
		}
		resp, err := http.Get(s.place.url() + "/healthz")
		if err != nil {
			continue
		}
		resp.Body.Close()
		if resp.StatusCode == http.StatusOK {
			return
		}
	}
	t.Fatalf("not ready after 30 s:\n%s", s.place.readLog())
}

func (p *place) readLog() string {
	text, _ := os.ReadFile(p.log())
	return string(text)
}

// kill is kill -9, of whatever wraps the program as well.
func (s *server) kill() {
	_ = syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL)
	<-s.done
}

// stop asks for a clean end and demands one.
func (s *server) stop(t *testing.T) {
	t.Helper()
	_ = syscall.Kill(-s.cmd.Process.Pid, syscall.SIGTERM)
	select {
	case <-s.done:
	case <-time.After(15 * time.Second):
		t.Fatalf("no clean stop within 15 s:\n%s", s.place.readLog())
	}
	if code := s.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("a clean stop exits %d:\n%s", code, s.place.readLog())
	}
}

// client talks to a place as a careful browser would: no cookies, no
// redirects followed, a connection for each request.
var client = &http.Client{
	Transport: &http.Transport{DisableKeepAlives: true},
	Timeout:   20 * time.Second,
	CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	},
}

// page is an answer.
type page struct {
	status int
	header http.Header
	body   string
}

// post sends a form. An error means that the answer is unknown.
func (p *place) post(path string, form url.Values, change ...func(*http.Request)) (page, error) {
	req, err := http.NewRequest(http.MethodPost, p.url()+path, strings.NewReader(form.Encode()))
	if err != nil {
		return page{}, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return send(req, change)
}

func (p *place) get(path string, change ...func(*http.Request)) (page, error) {
	req, err := http.NewRequest(http.MethodGet, p.url()+path, nil)
	if err != nil {
		return page{}, err
	}
	return send(req, change)
}

func send(req *http.Request, change []func(*http.Request)) (page, error) {
	for _, c := range change {
		c(req)
	}
	resp, err := client.Do(req)
	if err != nil {
		return page{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return page{status: resp.StatusCode, header: resp.Header, body: string(body)}, err
}

func (p *place) mustPost(t *testing.T, path string, form url.Values, change ...func(*http.Request)) page {
	t.Helper()
	got, err := p.post(path, form, change...)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

var (
	tokenField = regexp.MustCompile(`name="token"[^>]*value="([^"]+)"|value="([^"]+)"[^>]*name="token"`)
	codeShown  = regexp.MustCompile(`(?s)<p class="code">(.*?)</p>`)
	markup     = regexp.MustCompile(`<[^>]*>`)
	codeShape  = regexp.MustCompile(`^[0-9A-HJKMNP-TV-Z]{4}(?:-[0-9A-HJKMNP-TV-Z]{4}){5}-[0-9A-HJKMNP-TV-Z]{3}$`)
)

// shownReceipt reads the receipt off a page as a person does, "" if there is
// none, or not all of one.
func shownReceipt(body string) string {
	m := codeShown.FindStringSubmatch(body)
	if m == nil {
		return ""
	}
	var b strings.Builder
	n := 0
	for _, c := range markup.ReplaceAllString(m[1], "") {
		if c == '-' || c == ' ' || c == '\n' {
			continue
		}
		if n > 0 && n%4 == 0 {
			b.WriteByte('-')
		}
		b.WriteRune(c)
		n++
	}
	if !codeShape.MatchString(b.String()) {
		return ""
	}
	return b.String()
}

// TestReceiptIsRead makes sure that a receipt is read whole or not at all.
func TestReceiptIsRead(t *testing.T) {
	const code = "0123-4567-89AB-CDEF-GHJK-MNPQ-RST"
	for body, want := range map[string]string{
		`<p class="code">` + code + `</p>`: code,
		`<p class="code"><span>0123-</span><wbr><span>4567-</span><span>89AB-</span><span>CDEF-</span><span>GHJK-</span><span>MNPQ-</span><span>RST</span></p>`: code,
		`<p class="code"><span>0123</span><wbr><span>4567</span><span>89AB</span><span>CDEF</span><span>GHJK</span><span>MNPQ</span><span>RST</span></p>`:       code,
		`<p class="code"><span>0123-</span><span>4567-</span></p>`:             "",
		`<p class="code"><span>0123-</span><wbr><span>4567-</span><span>89AB-`: "",
		`<p>` + code + `</p>`: "",
	} {
		if got := shownReceipt(body); got != want {
			t.Errorf("%s: %q, want %q", body, got, want)
		}
	}
}

// token looks up a text and takes the form token out of the answer.
func (p *place) token(text string) (string, error) {
	got, err := p.post("/lookup", url.Values{"text": {text}})
	if err != nil {
		return "", err
	}
	m := tokenField.FindStringSubmatch(got.body)
	if m == nil {
		return "", fmt.Errorf("status %d: the answer has no form to ask with", got.status)
	}
	return m[1] + m[2], nil
}

// tokens gathers n form tokens and waits until the youngest may be used. They
// survive restarts, so that one gathering serves a whole test.
func (p *place) tokens(t *testing.T, n int) []string {
	t.Helper()
	out := make([]string, n)
	inParallel(8, n, func(i int) {
		for range 200 {
			token, err := p.token(fmt.Sprintf("thăm dò số %s", words(i)))
			if err == nil {
				out[i] = token
				return
			}
			time.Sleep(100 * time.Millisecond)
		}
	})
	for i, token := range out {
		if token == "" {
			t.Fatalf("no token for look-up %d of %d", i, n)
		}
	}
	time.Sleep(minimumAge)
	return out
}

// minimumAge is how old a form must be, with a little to spare.
const minimumAge = 5200 * time.Millisecond

// inParallel calls do(0) … do(n-1) from several goroutines.
func inParallel(workers, n int, do func(int)) {
	next := make(chan int)
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for i := range next {
				do(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
}

// ask sends the form of a token and returns the receipt that the asker saw, ""
// if none. Somebody cut off in the middle of the answer may have seen it.
func (p *place) ask(token, text string) (receipt string, got page, err error) {
	got, err = p.post("/ask", url.Values{"token": {token}, "text": {text}, "receipt": {"yes"}})
	if got.status >= 300 {
		return "", got, err
	}
	return shownReceipt(got.body), got, err
}

// words spells a number in invented syllables, so that questions differ in
// words that survive redaction and resemble no other question.
func words(n int) string {
	onsets := []string{"b", "c", "d", "g", "h", "k", "l", "m", "n", "p", "r", "s", "t", "v", "x", "th"}
	rimes := []string{"a", "e", "i", "o", "u", "an", "en", "in", "on", "un", "ang", "eng", "inh", "ong", "ung", "ach"}
	var b strings.Builder
	x := uint64(n+1) * 0x9E3779B97F4A7C15
	for i := range 6 {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(onsets[x&15])
		b.WriteString(rimes[x>>4&15])
		x = x>>8 | x<<56
	}
	return b.String()
}
