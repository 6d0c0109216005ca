package promises_test

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sangto/internal/gate"
	"sangto/internal/keys"
)

// TestUpgradeUnderLoad starts the program on data folders of earlier ones while
// people come, over a socket that the test holds as a service manager does: from
// before the start until after it no look-up fails, no connection is refused, and
// what was asked is kept, once. At the nightly size, and where the history of the
// repository is at hand, the earlier program itself serves first, the present one
// takes over, then the earlier one comes back, and the present one again.
func TestUpgradeUnderLoad(t *testing.T) {
	besideOthers(t)
	var all upgrades
	t.Run("from", func(t *testing.T) {
		for _, path := range earlierFolders(t) {
			t.Run(strings.TrimSuffix(filepath.Base(path), ".tar.gz"), func(t *testing.T) {
				h := newHeldDesk(t, path)
				programs := []string{""}
				if nightly() {
					programs = h.withEarlierProgram(t)
				}
				all.add(h.change(t, programs))
			})
		}
	})
	all.report(t)
}

// TestDowngradeUnderLoad gives the program a database that a later one made. Where
// it may be used, people notice nothing; where it needs the later program, it is
// refused with a sentence and left as it was, people wait, and the backup that was
// made before the upgrade brings back what was there.
func TestDowngradeUnderLoad(t *testing.T) {
	besideOthers(t)
	t.Run("may be used", func(t *testing.T) {
		besideOthers(t)
		h := newHeldDesk(t, newestEarlier(t))
		h.upgrade(t)
		h.later(t, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, 1)`,
			`ALTER TABLE questions ADD COLUMN added TEXT NOT NULL DEFAULT ''`,
			`CREATE TABLE added (id TEXT NOT NULL PRIMARY KEY) STRICT`,
			`INSERT INTO added (id) VALUES ('kept')`)
		var all upgrades
		all.add(h.change(t, []string{""}))
		if got := h.one(t, `SELECT id FROM added`); got != "kept" {
			t.Errorf("what a later program added is %q", got)
		}
		all.report(t)
	})
	t.Run("needs its program", func(t *testing.T) {
		besideOthers(t)
		refusedAndRestored(t)
	})
}

// besideOthers lets a test run beside others, but where the whole load comes: a
// machine bears it once.
func besideOthers(t *testing.T) {
	t.Helper()
	if !nightly() {
		t.Parallel()
	}
}

func refusedAndRestored(t *testing.T) {
	t.Helper()
	h := newHeldDesk(t, newestEarlier(t))
	backup := filepath.Join(h.root, "backup.tar")
	if out, errs, code := h.run(t, "", "backup", "--data", h.data(), "--to", backup, "--json"); code != 0 {
		t.Fatalf("backup exits %d:\n%s%s", code, out, errs)
	}
	s := h.start(t, "")
	lost := &form{token: h.token(t), text: question(900, 1)}
	var got page
	if lost.receipt, got, _ = h.ask(lost.token, lost.text); lost.receipt == "" {
		t.Fatalf("a question after the upgrade: status %d", got.status)
	}
	s.stop(t)
	h.later(t, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, 1)`, `UPDATE compatibility SET floor = 99`)

	before := bytesOf(t, h.data())
	waiting := &form{token: h.token(t), text: question(900, 3)}
	var people sync.WaitGroup
	var mu sync.Mutex
	answered := 0
	over := func(what string, err error, status int) {
		mu.Lock()
		defer mu.Unlock()
		answered++
		if err != nil || status != http.StatusOK {
			t.Errorf("%s, while the wrong program was tried: status %d, %v", what, status, err)
		}
	}
	for i := range 8 {
		people.Go(func() {
			got, err := h.send("/lookup", url.Values{"text": {"thăm dò " + words(i)}})
			over("a look-up", err, got.status)
		})
	}
	people.Go(func() {
		got, err := h.send("/ask", url.Values{"token": {waiting.token}, "text": {waiting.text}, "receipt": {"yes"}})
		waiting.receipt = shownReceipt(got.body)
		over("a question", err, got.status)
	})
	logged := len(h.readLog())
	refused := h.begin(t, "")
	select {
	case <-refused.done:
	case <-time.After(time.Minute):
		t.Fatal("a database that needs a later program is served")
	}
	said := h.readLog()[logged:]
	if code := refused.cmd.ProcessState.ExitCode(); code == 0 || !strings.Contains(said, "level 99") {
		t.Errorf("exit code %d, and it said:\n%s", code, said)
	}
	sameBytes(t, before, bytesOf(t, h.data()))
	mu.Lock()
	if answered > 0 {
		t.Errorf("%d people were answered by nobody", answered)
	}
	mu.Unlock()

	if out, errs, code := h.run(t, "", "restore", "--data", h.data(), "--replace", backup); code != 0 {
		t.Fatalf("restore exits %d:\n%s%s", code, out, errs)
	}
	s = h.start(t, "")
	people.Wait()
	h.knows(t)
	known(t, h.place, waiting.receipt)
	// What was asked after the backup is gone with it, and must be asked again.
	if got := h.mustPost(t, "/track", url.Values{"code": {lost.receipt}}); got.status != http.StatusNotFound {
		t.Errorf("the receipt of a question after the backup: status %d", got.status)
	}
	was := lost.receipt
	if lost.receipt, got, _ = h.ask(lost.token, lost.text); lost.receipt != was {
		t.Errorf("asked again: status %d, another receipt", got.status)
	}
	known(t, h.place, was)
	s.stop(t)
	t.Attr("waited_for_the_right_program", fmt.Sprint(answered))
}

func earlierFolders(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob("testdata/earlier/*.tar.gz")
	if err != nil || len(found) < 3 {
		t.Fatalf("%d folders of earlier programs, %v", len(found), err)
	}
	return found
}

func newestEarlier(t *testing.T) string {
	t.Helper()
	found := earlierFolders(t)
	return found[len(found)-1]
}

// heldDesk is the data folder of an earlier program and a socket that is held
// for whatever program serves it.
type heldDesk struct {
	*place
	was   earlier
	held  *os.File
	words *heard
	forms *gate.Forms
}

func newHeldDesk(t *testing.T, folder string) *heldDesk {
	t.Helper()
	h := &heldDesk{place: newPlace(t)}
	unpack(t, folder, h.data())
	if err := json.Unmarshal([]byte(readFile(t, filepath.Join(h.data(), "expected.json"))), &h.was); err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", h.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	if h.held, err = ln.(*net.TCPListener).File(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.held.Close() })
	h.words = listenForWords(t, h.place)
	ring, err := keys.Open(copyOfKeys(t, h.data()))
	if err != nil {
		t.Fatal(err)
	}
	// People had their forms before the program that answers was started.
	h.forms = gate.NewForms(ring, func() time.Time { return time.Now().Add(-2 * gate.FormMinAge) })
	return h
}

func copyOfKeys(t *testing.T, data string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "keys")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	found, err := filepath.Glob(filepath.Join(data, "keys", "*"))
	if err != nil || len(found) == 0 {
		t.Fatalf("%d keys, %v", len(found), err)
	}
	for _, path := range found {
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(path)), []byte(readFile(t, path)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func (h *heldDesk) token(t *testing.T) string {
	t.Helper()
	token, err := h.forms.Issue()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// begin starts a program, "" for the present one, and does not wait.
func (h *heldDesk) begin(t *testing.T, path string) *server {
	t.Helper()
	if path == "" {
		var err error
		if path, err = program(); err != nil {
			t.Fatal(err)
		}
	}
	return h.startHeldAs(t, path, h.was.URL, h.held, h.words.path)
}

// start starts a program and waits until it says that it serves.
func (h *heldDesk) start(t *testing.T, path string) *server {
	t.Helper()
	for s := h.begin(t, path); ; {
		if h.words.next(t, s) == "READY=1" {
			return s
		}
	}
}

// next is the next word of a program.
func (h *heard) next(t *testing.T, s *server) string {
	t.Helper()
	_ = h.conn.SetReadDeadline(time.Now().Add(time.Minute))
	buf := make([]byte, 200)
	n, err := h.conn.Read(buf)
	if err != nil {
		t.Fatalf("no word of the program: %v\n%s", err, s.place.readLog())
	}
	return string(buf[:n])
}

// upgrade brings the folder up to date, with nobody there.
func (h *heldDesk) upgrade(t *testing.T) {
	t.Helper()
	h.start(t, "").stop(t)
}

// later does to the database what a later program would.
func (h *heldDesk) later(t *testing.T, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+h.database())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, s := range append(statements, `PRAGMA wal_checkpoint(TRUNCATE)`) {
		if _, err := db.ExecContext(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

func (h *heldDesk) one(t *testing.T, query string) (s string) {
	t.Helper()
	db := openDatabase(t, h.place)
	defer db.Close()
	if err := db.QueryRowContext(t.Context(), query).Scan(&s); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return s
}

// knows demands everything that people held before. Receipts end, and so those
// of the folder are asked for while they last.
func (h *heldDesk) knows(t *testing.T) {
	t.Helper()
	if time.Since(madeOn) > 300*24*time.Hour {
		return
	}
	for _, receipt := range h.was.Receipts {
		known(t, h.place, receipt)
	}
}

// send posts a form, and read reads a page, with the patience of a person who sees
// that it loads.
func (h *heldDesk) send(path string, form url.Values) (page, error) {
	return patience(func(c *http.Client) (*http.Response, error) { return c.PostForm(h.url()+path, form) })
}

func (h *heldDesk) read(path string) (page, error) {
	return patience(func(c *http.Client) (*http.Response, error) { return c.Get(h.url() + path) })
}

func patience(do func(*http.Client) (*http.Response, error)) (page, error) {
	resp, err := do(&http.Client{Transport: client.Transport, CheckRedirect: client.CheckRedirect, Timeout: 3 * time.Minute})
	if err != nil {
		return page{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return page{status: resp.StatusCode, header: resp.Header, body: string(body)}, err
}

// withEarlierProgram is the order of programs with the one that made the folder,
// if it can be built here and takes a socket.
func (h *heldDesk) withEarlierProgram(t *testing.T) []string {
	t.Helper()
	if err := exec.Command("git", "cat-file", "-e", h.was.Commit+":internal/activation").Run(); err != nil {
		t.Logf("LEFT OUT: the program of %s, which is not in this copy of the history or takes no socket: %v", h.was.Commit, err)
		return []string{""}
	}
	source, err := exec.Command("git", "-C", "../..", "archive", h.was.Commit).Output()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	unpackSource(t, source, dir)
	path := filepath.Join(h.root, "earlier")
	build := exec.Command("go", "build", "-buildvcs=false", "-o", path, "./cmd/sangto")
	build.Dir, build.Env = dir, append(os.Environ(), "CGO_ENABLED=0")
	if msg, err := build.CombinedOutput(); err != nil {
		t.Logf("LEFT OUT: the program of %s, which cannot be built here: %v\n%s", h.was.Commit, err, msg)
		return []string{""}
	}
	return []string{path, "", path, ""}
}

func unpackSource(t *testing.T, source []byte, dir string) {
	t.Helper()
	for r := tar.NewReader(bytes.NewReader(source)); ; {
		head, err := r.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if head.Typeflag != tar.TypeReg {
			continue
		}
		path := filepath.Join(dir, filepath.FromSlash(head.Name))
		b, err := io.ReadAll(r)
		if err == nil {
			err = os.MkdirAll(filepath.Dir(path), 0o755)
		}
		if err == nil {
			err = os.WriteFile(path, b, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// change lets people come, has one program after the other serve them, and then
// looks at what became of all they did.
func (h *heldDesk) change(t *testing.T, programs []string) *crowd {
	t.Helper()
	old := h.questions(t)
	c := newCrowd(t, h)
	c.come()
	time.Sleep(time.Second) // people wait in the queue of the socket
	var s *server
	for i, path := range programs {
		if i > 0 {
			s.stop(t)
		}
		began := time.Now()
		s = h.start(t, path)
		c.ready(began)
		time.Sleep(seconds(1, 2, 20))
	}
	c.leave()
	if t.Failed() {
		t.Fatalf("the program said:\n%s", h.readLog())
	}
	c.capacity = h.capacity(t)
	for _, f := range c.forms {
		settle(t, h.place, f)
	}
	h.knows(t)
	s.stop(t)
	if kept := h.questions(t) - old; kept != len(c.forms) {
		t.Errorf("%d questions were acknowledged and %d are kept", len(c.forms), kept)
	}
	for query, want := range map[string]string{
		`PRAGMA integrity_check`: "ok", `SELECT count(*) FROM pragma_foreign_key_check`: "0",
	} {
		if got := h.one(t, query); got != want {
			t.Errorf("%s: %s", query, got)
		}
	}
	c.programs = len(programs)
	return c
}

// questions counts those that no daily tick is about to delete.
func (h *heldDesk) questions(t *testing.T) (n int) {
	t.Helper()
	today := int(time.Since(time.Unix(0, 0)).Hours() / 24)
	if _, err := fmt.Sscan(h.one(t, fmt.Sprintf(`SELECT count(*) FROM questions WHERE day > %d`, today-300)), &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// crowd is the load: people who look up and ask, whether anybody answers or not.
type crowd struct {
	t    *testing.T
	desk *heldDesk
	gone chan struct{}
	all  sync.WaitGroup

	mu             sync.Mutex
	looked, putOff int
	forms          []*form
	asks           []asked
	// refusals are when questions were put off.
	refusals []time.Time
	// served is when each program began to serve, start the longest that took.
	served   []time.Time
	start    time.Duration
	programs int
	// capacity is how many pages a second the program read at the end.
	capacity float64
}

// asked is when a question was sent, and when it was acknowledged.
type asked struct{ sent, answered time.Time }

func newCrowd(t *testing.T, h *heldDesk) *crowd {
	t.Helper()
	return &crowd{t: t, desk: h, gone: make(chan struct{})}
}

// come sends people, so many a second, until they leave. In every run a quarter of
// the design load comes, and no more wait at a time than have places in their lanes
// on one core: however long the start takes, nobody need be put off. At the
// nightly size everybody comes.
func (c *crowd) come() {
	rate, most := designLoad(), 1<<20
	if !nightly() {
		rate.pages, most = rate.pages/4, 8
	}
	c.every(rate.pages, 4*most, func(i int) {
		c.look(func() (page, error) { return c.desk.read("/c/" + c.desk.was.Checks[i%len(c.desk.was.Checks)]) })
	})
	c.every(rate.searches, most, func(i int) {
		text := url.Values{"text": {"có đúng là " + words(600_000+i) + " chữa khỏi bệnh không"}}
		c.look(func() (page, error) { return c.desk.send("/lookup", text) })
	})
	c.every(rate.asks, most, c.ask)
}

// every calls do so many times a second, but for most that are under way.
func (c *crowd) every(rate float64, most int, do func(i int)) {
	var under atomic.Int64
	c.all.Go(func() {
		tick := time.NewTicker(time.Duration(float64(time.Second) / rate))
		defer tick.Stop()
		for i := 0; ; {
			select {
			case <-c.gone:
				return
			case <-tick.C:
			}
			if int(under.Load()) >= most {
				continue
			}
			under.Add(1)
			c.all.Go(func() {
				defer under.Add(-1)
				do(i)
			})
			i++
		}
	})
}

// leave ends the load when everybody was answered.
func (c *crowd) leave() {
	close(c.gone)
	c.all.Wait()
}

// putOff reports whether an answer puts somebody off and says for how long, and
// waits as long.
func putOff(got page, err error) bool {
	if err != nil || got.status != http.StatusServiceUnavailable {
		return false
	}
	wait, err := strconv.Atoi(got.header.Get("Retry-After"))
	time.Sleep(time.Duration(wait) * time.Second)
	return err == nil
}

// look demands an answer to a look-up, at once or after a wait. Whoever is put off
// comes again and is counted.
func (c *crowd) look(send func() (page, error)) {
	got, err := send()
	again := 0
	for ; putOff(got, err); got, err = send() {
		again = 1
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.looked, c.putOff = c.looked+1, c.putOff+again
	if err != nil || got.status >= 400 {
		c.t.Errorf("a look-up failed: status %d, %v", got.status, err)
	}
}

// ask sends a form until it is acknowledged. Whoever is refused is told when to
// come back.
func (c *crowd) ask(i int) {
	f := &form{token: c.desk.token(c.t), text: "Có đúng là " + words(910_000+i) + " không?"}
	a := asked{sent: time.Now()}
	for {
		got, err := c.desk.send("/ask", url.Values{"token": {f.token}, "text": {f.text}, "receipt": {"yes"}})
		a.answered = time.Now()
		if f.receipt = shownReceipt(got.body); err == nil && got.status == http.StatusOK && f.receipt != "" {
			break
		}
		c.mu.Lock()
		c.refusals = append(c.refusals, a.answered)
		c.mu.Unlock()
		if !putOff(got, err) {
			c.t.Errorf("a question was neither kept nor put off: status %d, %v", got.status, err)
			return
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forms, c.asks = append(c.forms, f), append(c.asks, a)
}

// ready says that a program serves that was started at a time.
func (c *crowd) ready(began time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	c.served, c.start = append(c.served, now), max(c.start, now.Sub(began))
}

// upgrades are the figures of several.
type upgrades struct {
	looked, putOff, asked, programs int
	slowest, refusing, start        time.Duration
	capacity                        float64
}

// longestStart is what a start takes at most on a machine that nobody else uses.
const longestStart = 3 * time.Second

// alone reports whether this machine had the time to be judged by.
func (u *upgrades) alone() bool { return u.capacity >= busyMachine && u.start <= longestStart }

func (u *upgrades) add(c *crowd) {
	if u.programs == 0 || c.capacity < u.capacity {
		u.capacity = c.capacity
	}
	u.start = max(u.start, c.start)
	u.looked, u.putOff, u.asked, u.programs = u.looked+c.looked, u.putOff+c.putOff, u.asked+len(c.forms), u.programs+c.programs
	for _, a := range c.asks {
		// Of a wait that a start made longer, what came after it counts.
		from := a.sent
		for _, s := range c.served {
			if s.After(a.sent) && s.Before(a.answered) {
				from = s
			}
		}
		u.slowest = max(u.slowest, a.answered.Sub(from))
	}
	for i, since := range c.served {
		until := time.Now()
		if i+1 < len(c.served) {
			until = c.served[i+1]
		}
		u.refusing = max(u.refusing, lasted(c.refusals, since, until))
	}
}

// lasted is how long the first and the last of some moments lie apart.
func lasted(moments []time.Time, since, until time.Time) time.Duration {
	var first, last time.Time
	for _, m := range moments {
		if m.Before(since) || m.After(until) {
			continue
		}
		if first.IsZero() || m.Before(first) {
			first = m
		}
		if m.After(last) {
			last = m
		}
	}
	return last.Sub(first)
}

// report holds the waits to a second at the nightly size on a machine that nobody
// else uses. Elsewhere ten are allowed: what is to be seen there is that nobody
// waits for ever.
func (u *upgrades) report(t *testing.T) {
	t.Helper()
	if t.Failed() {
		return
	}
	waits, refuses := 10*time.Second, time.Second
	switch {
	case nightly() && u.alone():
		waits = time.Second
	case nightly():
		refuses = waits
	}
	if u.slowest > waits || u.refusing > refuses {
		t.Errorf("a question waited %s beyond the start, and for %s questions were refused", u.slowest, u.refusing)
	}
	if u.putOff > 0 && !nightly() {
		t.Errorf("%d look-ups were put off with places free", u.putOff)
	}
	if u.looked < 10*u.programs || u.asked < 2*u.programs {
		t.Errorf("only %d look-ups and %d questions came", u.looked, u.asked)
	}
	t.Attr("programs_started", fmt.Sprint(u.programs))
	t.Attr("lookups", fmt.Sprint(u.looked))
	t.Attr("lookups_failed", "0")
	t.Attr("lookups_put_off", fmt.Sprint(u.putOff))
	t.Attr("questions", fmt.Sprint(u.asked))
	t.Attr("lost", "0")
	t.Attr("longest_start_ms", ms(u.start))
	t.Attr("longest_wait_beyond_a_start_ms", ms(u.slowest))
	t.Attr("longest_refusing_ms", ms(u.refusing))
	if nightly() && !u.alone() {
		t.Skipf("LEFT OUT: this machine reads %.0f pages a second and starts the program in %s while others use it; the waits are judged from %d and up to %s",
			u.capacity, u.start, busyMachine, longestStart)
	}
}

// bytesOf is the hash of every file of a folder, by name.
func bytesOf(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		out[name] = fmt.Sprintf("%x", sha256.Sum256(b))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// sameBytes demands that no file changed or went, and that none came but what
// every start makes for itself.
func sameBytes(t *testing.T, before, after map[string]string) {
	t.Helper()
	for name, hash := range before {
		if after[name] != hash {
			t.Errorf("the refused program changed %s", name)
		}
	}
	for name := range after {
		if _, there := before[name]; !there && !slices.Contains([]string{"serve.lock", "ballast"}, name) {
			t.Errorf("the refused program left %s", name)
		}
	}
}
