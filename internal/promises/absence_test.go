package promises_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"sangto/internal/config"
	"sangto/internal/desk"
	"sangto/internal/transfer"
)

// The tests of this file assert what is not there. They compare with closed
// lists: whoever adds a command, a flag or a column finds the test red, and
// before adding a line here answers what somebody who wants to watch, count,
// report or silence people could bend it into.

// commandLine is every command of the program and every flag of each.
var commandLine = map[string][]string{
	"serve":             {"backup", "backup-keep", "data", "data-licence", "db", "demo", "embed", "embed-kind", "embed-model", "listen", "lock-db", "name", "oidc-client", "oidc-issuer", "oidc-name", "oidc-secret-file", "proxy", "tls", "tls-cert", "tls-key", "url", "witnesses", "zone"},
	"check":             {"data", "db", "json", "limit", "lock-db", "zone"},
	"import":            {"data", "db", "dry-run", "json", "lock-db", "problems", "url", "zone"},
	"export":            {"data", "db", "format", "lock-db", "url", "zone"},
	"roles":             {"json"},
	"feed add":          {"data", "db", "lock-db", "mirror", "zone"},
	"feed list":         {"data", "db", "json", "lock-db", "zone"},
	"feed remove":       {"data", "db", "lock-db", "zone"},
	"member add":        {"data", "db", "desk", "json", "lock-db", "name", "role", "url", "zone"},
	"member list":       {"data", "db", "json", "lock-db", "zone"},
	"member recover":    {"data", "db", "json", "lock-db", "url", "zone"},
	"backup":            {"data", "db", "json", "keep-days", "lock-db", "to", "zone"},
	"doctor":            {"backups", "data", "db", "json", "lock-db", "zone"},
	"restore":           {"data", "db", "json", "lock-db", "new-keys", "replace", "zone"},
	"version":           {"json"},
	"verify":            {"db", "json", "lock-db", "mirror", "policy", "since", "state", "wait", "zone"},
	"mirror":            {"follow-orders", "json", "listen", "no-data", "policy", "serve", "wait"},
	"witness serve":     {"data", "listen", "name"},
	"witness add":       {"data"},
	"witness list":      {"data", "json"},
	"witness remove":    {"data"},
	"record demand":     {"data", "db", "law", "lock-db", "outcome", "requester", "zone"},
	"record rotate-key": {"data", "db", "lock-db", "zone"},
	"repair":            {"data", "db", "from", "lock-db", "lost-lock", "since", "zone"},
}

var (
	commandRow = regexp.MustCompile(`(?m)^  ((?:feed|member|witness|record) [a-z-]+|[a-z][a-z-]*)\b`)
	flagWord   = regexp.MustCompile(`--([a-z][a-z-]*)`)
)

// TestCommandsAreAClosedList reads the help, as an operator looking for a
// switch would.
func TestCommandsAreAClosedList(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	help, _, _ := p.run(t, "", "--help")
	_, list, ok := strings.Cut(help, "Commands:")
	if !ok {
		t.Fatalf("the help lists no commands:\n%s", help)
	}
	list, _, _ = strings.Cut(list, "\nRun ")
	var found []string
	for _, m := range commandRow.FindAllStringSubmatch(list, -1) {
		found = append(found, m[1])
		if _, known := commandLine[m[1]]; !known {
			t.Errorf("a new command: %s", m[1])
		}
	}
	for name, flags := range commandLine {
		if !slices.Contains(found, name) {
			t.Errorf("the help does not show %s", name)
			continue
		}
		help, _, code := p.run(t, "", append(strings.Fields(name), "--help")...)
		if code != 0 {
			t.Errorf("%s --help exits %d", name, code)
		}
		for _, m := range flagWord.FindAllStringSubmatch(help, -1) {
			if !slices.Contains(flags, m[1]) && m[1] != "help" && m[1] != "lang" {
				t.Errorf("%s has a new flag: --%s", name, m[1])
			}
		}
	}
}

// TestSwitchesThatDoNotExist tries what somebody would try first.
func TestSwitchesThatDoNotExist(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	for _, flag := range []string{
		"--access-log", "--log-requests", "--log-level=debug", "--verbose", "--debug", "--pprof", "--metrics",
		"--retention=3650", "--keep-text", "--keep-days=365", "--no-redact", "--raw", "--record", "--analytics",
		"--webhook=http://127.0.0.1:1/", "--notify=x", "--smtp=x", "--blocklist=x", "--trusted-sources=x", "--auth-header=X",
	} {
		_, _, code := p.run(t, "", "serve", "--data", p.data(), "--listen", p.addr, "--url", p.url(), flag)
		if code != 2 {
			t.Errorf("serve %s exits %d, want 2: not understood", flag, code)
		}
	}
	for _, command := range []string{"questions", "askers", "users", "stats", "trends", "report", "follow", "crawl", "watch", "batch", "block", "takedown", "certificate"} {
		if _, _, code := p.run(t, "", command); code != 2 {
			t.Errorf("sangto %s exits %d, want 2: not understood", command, code)
		}
	}
}

// TestRetentionIsFixed pins the lengths that the privacy page promises.
func TestRetentionIsFixed(t *testing.T) {
	t.Parallel()
	if desk.TextDays != 14 || desk.OpenDays != 60 || desk.ReceiptDays != 365 || desk.QuestionMax != 2000 {
		t.Errorf("the promised lengths are 14, 60, 365 days and 2,000 characters, not %d, %d, %d and %d",
			desk.TextDays, desk.OpenDays, desk.ReceiptDays, desk.QuestionMax)
	}
	if desk.BinDays != 3 || desk.UndoDays != 1 || desk.ReadLogDays != 90 {
		t.Errorf("the promised lengths are 3 days in the bin, 1 to take a refusal back and 90 of the log of readings, not %d, %d and %d",
			desk.BinDays, desk.UndoDays, desk.ReadLogDays)
	}
	if transfer.KeepDays != 14 || config.BackupDays != 14 {
		t.Errorf("a backup stays 14 days at most, not %d or %d", transfer.KeepDays, config.BackupDays)
	}
}

// TestSchemaIsAClosedList compares every column on disk with testdata/schema,
// which says for each what it holds. No column may hold who asked, wrote or
// read, and no row of an ask may hold a time finer than a day.
func TestSchemaIsAClosedList(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.serve(t).stop(t)
	known := map[string]string{}
	for line := range strings.Lines(readFile(t, "testdata/schema")) {
		if name, holds, ok := strings.Cut(strings.TrimSpace(line), ": "); ok && !strings.HasPrefix(name, "#") {
			known[name] = holds
		}
	}
	db := openDatabase(t, p)
	rows, err := db.Query(`SELECT m.name || '.' || c.name FROM sqlite_master m, pragma_table_xinfo(m.name) c
		WHERE m.type IN ('table', 'view') AND m.name NOT LIKE 'sqlite_%' ORDER BY 1`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		if known[name] == "" {
			t.Errorf("a new column: %s. Say in testdata/schema what it holds, after asking what it could be bent into", name)
		}
		delete(known, name)
		if m := forbiddenColumn.FindString(name); m != "" {
			t.Errorf("%s: a column of this name would hold data on people", name)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	for name := range known {
		t.Errorf("testdata/schema names %s, which is not there", name)
	}
}

// forbiddenColumn matches names that no column may have, whatever it holds.
var forbiddenColumn = regexp.MustCompile(`\.(.*_)?(ip|address|addr|agent|device|browser|phone|e?mail|handle|profile|account|speaker|claimant|asker|reader|visitor|session|cookie|created(_at)?|updated(_at)?|asked_at|time|seen|read_at|told|score|likes|shares|views|hits)$`)

// TestColumnsAreJudged makes sure that the names above are seen.
func TestColumnsAreJudged(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"questions.ip", "questions.client_ip", "questions.created_at", "versions.speaker", "checks.views", "members.email"} {
		if !forbiddenColumn.MatchString(name) {
			t.Errorf("%s passes", name)
		}
	}
	for _, name := range []string{"questions.day", "questions.receipt_mac", "versions.claimant_kind", "claims.shown_state", "desks.local"} {
		if forbiddenColumn.MatchString(name) {
			t.Errorf("%s is refused", name)
		}
	}
}

// TestLookupsLeaveTheDiskAlone compares the data folder byte by byte before
// and after look-ups, found and not found, sane and insane.
func TestLookupsLeaveTheDiskAlone(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.importChecks(t)
	s := p.serve(t)
	before, log := settled(t, p), p.readLog()
	made := watchNames(t, p.data(), p.temp(), p.home())
	inParallel(8, 200, func(i int) {
		text := []string{checkedClaim, words(i), "\xff\xfe" + words(i), "0912345678", "", strings.Repeat("á ", 14_000)}[i%6]
		if _, err := p.post([]string{"/lookup", "/en/lookup"}[i%2], url.Values{"text": {text}}); err != nil {
			t.Error(err)
		}
	})
	if after := settled(t, p); after != before {
		t.Errorf("look-ups changed the data folder:\n%s\nbecame\n%s", before, after)
	}
	if got := p.readLog(); got != log {
		t.Errorf("look-ups wrote to the log:\n%s", strings.TrimPrefix(got, log))
	}
	if names := made(); len(names) > 0 {
		t.Errorf("files came or went during look-ups: %q", names)
	}
	s.stop(t)
}

// watchNames watches folders for files that come, go or are renamed, those that
// are gone again included, which a look at the folder would not find. made
// returns their names since then.
func watchNames(t *testing.T, roots ...string) (made func() []string) {
	t.Helper()
	fd, err := syscall.InotifyInit1(syscall.IN_CLOEXEC | syscall.IN_NONBLOCK)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Close(fd) })
	for _, root := range roots {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.IsDir() {
				return err
			}
			_, err = syscall.InotifyAddWatch(fd, path, syscall.IN_CREATE|syscall.IN_DELETE|syscall.IN_MOVE)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return func() (names []string) {
		buf := make([]byte, 64<<10)
		for {
			n, err := syscall.Read(fd, buf)
			if err != nil || n <= 0 {
				return names
			}
			// Each event is sixteen bytes, the last four of them the length of the
			// name, and the name with zeros after it.
			for at := 0; at+syscall.SizeofInotifyEvent <= n; {
				size := int(binary.NativeEndian.Uint32(buf[at+12:]))
				at += syscall.SizeofInotifyEvent
				names = append(names, strings.TrimRight(string(buf[at:at+size]), "\x00"))
				at += size
			}
		}
	}
}

// TestWatchSeesShortLives makes sure that a file is noticed that is gone again
// when somebody looks.
func TestWatchSeesShortLives(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	made := watchNames(t, root)
	path := filepath.Join(root, "short")
	if err := errors.Join(os.WriteFile(path, nil, 0o600), os.Remove(path)); err != nil {
		t.Fatal(err)
	}
	if got := made(); !slices.Equal(got, []string{"short", "short"}) {
		t.Errorf("noticed %q", got)
	}
}

// settled waits until the loops of the program have done what they do anyway, and
// returns the fingerprint of what they left.
func settled(t *testing.T, p *place) string {
	t.Helper()
	last := ""
	for range 60 {
		time.Sleep(time.Second)
		now := fingerprint(t, p)
		if now == last {
			return now
		}
		last = now
	}
	t.Fatalf("the data folder does not come to rest:\n%s", last)
	return ""
}

// fingerprint lists every file with its digest. The -shm file is the shared
// memory of SQLite's readers and holds no content.
func fingerprint(t *testing.T, p *place) string {
	t.Helper()
	var b strings.Builder
	for _, root := range []string{p.data(), p.temp(), p.home()} {
		for _, path := range filesBelow(t, root) {
			if strings.HasSuffix(path, "-shm") {
				continue
			}
			text, err := os.ReadFile(path)
			if err != nil && !errors.Is(err, fs.ErrNotExist) { // gone since it was listed
				t.Fatal(err)
			}
			fmt.Fprintf(&b, "%s %x\n", filepath.Base(path), sha256.Sum256(text))
		}
	}
	return b.String()
}

// checkedClaim is the claim of the one check that importChecks brings in.
const checkedClaim = "Uống nước chanh nóng chữa được bệnh ung thư"

// published is a well-formed check of another desk.
func published(publisher, address, claim string) string {
	return fmt.Sprintf(`{"@context":"https://schema.org","@type":"ClaimReview","url":%q,"datePublished":"2026-03-01","inLanguage":"vi",
"claimReviewed":%q,"author":{"@type":"Organization","name":%q,"url":%q},
"itemReviewed":{"@type":"Claim","author":{"@type":"Person","name":"Trần Bị Nêu Tên","sameAs":"https://www.facebook.com/tran.bi.neu.ten"},"appearance":"https://www.facebook.com/tran.bi.neu.ten/posts/1"},
"reviewRating":{"@type":"Rating","alternateName":"Không đúng"}}`, address, claim, publisher, home(address))
}

// home is the front page of the host of an address.
func home(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host + "/"
}

func (p *place) importChecks(t *testing.T) {
	t.Helper()
	line := strings.ReplaceAll(published("Bàn kiểm chứng Ví Dụ", "https://example.org/kiem-chung/1", checkedClaim), "\n", "")
	if out, errs, code := p.run(t, line, "import", "--data", p.data(), "-"); code != 0 {
		t.Fatalf("import exits %d:\n%s%s", code, out, errs)
	}
}

// rows counts the rows of a table.
func (p *place) rows(t *testing.T, table string) int {
	t.Helper()
	var n int
	if err := openDatabase(t, p).QueryRow(`SELECT count(*) FROM ` + table).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestNobodyIsFollowed feeds the import what a watcher would: feeds of blogs,
// channels and networks, pages of people, addresses to fetch. Nothing is kept
// and nothing is fetched.
func TestNobodyIsFollowed(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.importChecks(t)
	for _, file := range filesBelow(t, "testdata/feeds") {
		out, errs, code := p.run(t, "", "import", "--data", p.data(), mustAbs(t, file))
		if code == 0 || strings.Contains(errs, "panic") {
			t.Errorf("%s: import exits %d:\n%s%s", file, code, out, errs)
		}
	}
	for _, address := range []string{"https://example.org/feed", "http://127.0.0.1:9/rss", "@somebody", "facebook.com/somebody"} {
		if _, _, code := p.run(t, "", "import", "--data", p.data(), address); code == 0 {
			t.Errorf("import takes the address %s", address)
		}
	}
	if n := p.rows(t, "checks"); n != 1 {
		t.Errorf("%d checks are kept, only the published one was", n)
	}
	hunt := newScanner()
	for what, words := range map[string]string{
		"the speaker": "Trần Bị Nêu Tên", "the speaker's profile": "tran.bi.neu.ten",
		"a blogger": "Blogger Nguyen Van Rieng", "an account": "rieng_tu_account", "a post": "bai-viet-rieng-tu",
	} {
		hunt.add(what, words)
	}
	if hits, _ := hunt.searchTree(t, p.root); len(hits) > 0 {
		t.Errorf("import kept what it must drop: %q", hits)
	}
}

func mustAbs(t *testing.T, path string) string {
	t.Helper()
	abs, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return abs
}

// TestNoSourceIsForbidden imports checks of independent, foreign and exile
// media: all pass.
func TestNoSourceIsForbidden(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	sources := map[string]string{
		"BBC News Tiếng Việt":    "https://www.bbc.com/vietnamese/articles/c0001",
		"Đài Á Châu Tự Do (RFA)": "https://www.rfa.org/vietnamese/news/0002.html",
		"VOA Tiếng Việt":         "https://www.voatiengviet.com/a/0003.html",
		"Luật Khoa tạp chí":      "https://www.luatkhoa.com/2026/03/0004/",
		"Agence France-Presse":   "https://factcheck.afp.com/doc.afp.com.0005",
		"Thông tấn xã":           "https://vnanet.example/0006",
	}
	var lines []string
	i := 0
	for publisher, address := range sources {
		i++
		lines = append(lines, strings.ReplaceAll(published(publisher, address, "Có bão lớn đổ bộ vào "+words(i)), "\n", ""))
	}
	out, errs, code := p.run(t, strings.Join(lines, "\n"), "import", "--data", p.data(), "-")
	if code != 0 {
		t.Errorf("import exits %d:\n%s%s", code, out, errs)
	}
	if n := p.rows(t, "checks"); n != len(sources) {
		t.Errorf("%d of %d checks were kept", n, len(sources))
	}
}

// TestQuestionsCannotBeTakenOut asks, and then tries every way out that the
// command line has.
func TestQuestionsCannotBeTakenOut(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.importChecks(t)
	s := p.serve(t)
	for i, token := range p.tokens(t, 20) {
		if receipt, got, err := p.ask(token, question(7, i)); receipt == "" {
			t.Fatalf("not accepted: status %d, %v", got.status, err)
		}
	}
	hunt := newScanner()
	for i := range 20 {
		if i%10 != 0 {
			hunt.add("a question", words(7000+i))
		}
	}
	hunt.add("a question", "nước máy của thành phố")
	if hits, _ := hunt.searchTree(t, p.data()); len(hits) == 0 {
		t.Fatal("the questions are nowhere: the search is looking in the wrong place")
	}
	out, errs, _ := p.run(t, "", "export", "--data", p.data())
	if !strings.Contains(out, "ung thư") {
		t.Errorf("export does not even write the published check:\n%s%s", out, errs)
	}
	look, _, _ := p.run(t, "", "check", "--data", p.data(), "--json", words(7001))
	for name, text := range map[string]string{"export": out + errs, "check": look, "log": p.readLog()} {
		if name == "check" {
			text = strings.Replace(text, words(7001), "", 1) // what was typed, shown back
		}
		if hits := hunt.search([]byte(text)); len(hits) > 0 {
			t.Errorf("%s shows %d questions", name, len(hits))
		}
	}
	// Nor can one asker learn what others asked.
	for _, path := range []string{"/", "/en/", "/checks", "/desks", "/about", "/checks?q=nước", "/checks?page=2", "/robots.txt", "/healthz"} {
		got, err := p.get(path)
		if err != nil {
			t.Fatal(err)
		}
		if hits := hunt.search([]byte(got.body)); len(hits) > 0 {
			t.Errorf("%s shows %d questions", path, len(hits))
		}
	}
	s.stop(t)
}

// TestAnswersDoNotProbe sends the same question twice, as two people: the
// answers to the look-up and to the ask are the same bytes whether or not the
// claim was open, apart from what is drawn for each form.
func TestAnswersDoNotProbe(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.serve(t)
	tokens := p.tokens(t, 2)
	text := question(3, 1)
	var looks, asks, heads []string
	for _, token := range tokens {
		look := p.mustPost(t, "/lookup", url.Values{"text": {text}})
		looks = append(looks, anonymous(look.body))
		receipt, got, err := p.ask(token, text)
		if receipt == "" {
			t.Fatalf("not accepted: status %d, %v", got.status, err)
		}
		asks = append(asks, anonymous(got.body))
		heads = append(heads, headOf(look)+headOf(got))
	}
	if n := p.rows(t, "claims"); n != 1 {
		t.Fatalf("the two questions are under %d claims; this test needs them joined", n)
	}
	if looks[0] != looks[1] {
		t.Error("the answer to a look-up tells whether somebody asked")
	}
	if asks[0] != asks[1] {
		t.Error("the answer to an ask tells whether somebody asked before")
	}
	if heads[0] != heads[1] {
		t.Errorf("the headers tell whether somebody asked before:\n%s\nbecame\n%s", heads[0], heads[1])
	}
}

// headOf is the status and the headers of an answer, without the time.
func headOf(got page) string {
	h := got.header.Clone()
	h.Del("Date")
	return fmt.Sprintln(got.status, h)
}

// anonymous blanks what is drawn afresh for every form.
func anonymous(body string) string {
	body = codeShown.ReplaceAllString(body, "CODE")
	return tokenField.ReplaceAllString(body, "TOKEN")
}

// TestQuestionRowsCannotBeLinedUp looks at the rows as somebody holding the
// disk and a network log would.
func TestQuestionRowsCannotBeLinedUp(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.serve(t)
	n := 40
	var order []string // receipts' rows in the order of arrival
	seen := map[string]bool{}
	db := openDatabase(t, p)
	for i, token := range p.tokens(t, n) {
		if receipt, got, err := p.ask(token, "Có đúng là "+words(9000+i)+" không?"); receipt == "" {
			t.Fatalf("not accepted: status %d, %v", got.status, err)
		}
		rows, err := db.Query(`SELECT id, day FROM questions`)
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			var id string
			var day int
			if err := rows.Scan(&id, &day); err != nil {
				t.Fatal(err)
			}
			if day < 20_000 || day > 100_000 {
				t.Errorf("day %d is no day", day)
			}
			if !seen[id] {
				seen[id] = true
				order = append(order, id)
			}
		}
		rows.Close()
	}
	if len(order) != n {
		t.Fatalf("%d rows of %d", len(order), n)
	}
	rising := 0
	for i := 1; i < n; i++ {
		if order[i] > order[i-1] {
			rising++
		}
	}
	if rising > n-6 || rising < 5 {
		t.Errorf("%d of %d keys rise with arrival: they can be sorted by it", rising, n-1)
	}
	var rowids int
	if err := db.QueryRow(`SELECT count(rowid) FROM questions`).Scan(&rowids); err == nil {
		t.Error("questions have a hidden row number, which counts arrivals")
	}
}

// TestLogOfARun reads all that a life with every kind of request wrote down.
func TestLogOfARun(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	s := p.serve(t)
	before := strings.Count(p.readLog(), "\n")
	tokens := p.tokens(t, 10)
	for i := range 60 {
		_, _ = p.get([]string{"/", "/checks", "/c/0123456789abcdef", "/nowhere", "/en/about", "/debug/pprof/", "/metrics"}[i%7])
		_, _ = p.post("/lookup", url.Values{"text": {words(i)}})
		_, _ = p.post("/track", url.Values{"code": {words(i)}})
		if i < len(tokens) {
			_, _, _ = p.ask(tokens[i], question(1, i))
		}
	}
	if grown := strings.Count(p.readLog(), "\n") - before; grown > 3 {
		t.Errorf("190 requests wrote %d lines: the log follows people", grown)
	}
	s.stop(t)
	if text := p.readLog(); strings.Contains(text, "/lookup") || strings.Contains(text, "POST") || strings.Contains(text, "/c/") {
		t.Errorf("the log speaks of requests:\n%s", text)
	}
}

// TestHandshakesLeaveNothing serves TLS and breaks it off: net/http then writes
// the visitor's address to its error log, if it is let.
func TestHandshakesLeaveNothing(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	cert, key := certificate(t, p.root)
	s := p.start(t, nil, "--tls", "files", "--tls-cert", cert, "--tls-key", key, "--url", "https://"+p.addr)
	var conn net.Conn
	for range 600 {
		var err error
		if conn, err = tls.Dial("tcp", p.addr, &tls.Config{InsecureSkipVerify: true}); err == nil {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if conn == nil {
		t.Fatalf("no TLS is spoken:\n%s", p.readLog())
	}
	_ = conn.Close()
	for _, words := range []string{"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "\x16\x03\x01\x00\x05hello", ""} {
		conn, err := net.Dial("tcp", p.addr)
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.SetDeadline(time.Now().Add(3 * time.Second))
		_, _ = conn.Write([]byte(words))
		if words != "" {
			_, _ = conn.Read(make([]byte, 512))
		}
		visitor := conn.LocalAddr().String()
		_ = conn.Close()
		time.Sleep(200 * time.Millisecond)
		if strings.Contains(p.readLog(), visitor) || strings.Contains(p.readLog(), "handshake") {
			t.Errorf("a broken handshake was written down:\n%s", p.readLog())
		}
	}
	s.stop(t)
}

// certificate makes a certificate for this machine.
func certificate(t *testing.T, folder string) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	bare, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, kind string, content []byte) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	return write("cert.pem", "CERTIFICATE", der), write("key.pem", "PRIVATE KEY", bare)
}

// TestNothingGoesOut watches the program for connections of its own while it
// is given every reason to make one.
func TestNothingGoesOut(t *testing.T) {
	t.Parallel()
	needStrace(t)
	p := newPlace(t)
	trace := filepath.Join(p.root, "trace")
	s := p.serve(t, "strace", "-f", "-o", trace, "-e", "trace=connect,sendto,sendmsg,sendmmsg,execve")
	for _, text := range []string{
		"https://example.com/tin-nong/nuoc-nhiem-doc", "http://127.0.0.1:9/unique-trap/4711", "Xem https://bit.ly/abcdef đi bà con",
		"www.facebook.com/groups/1/posts/2", "mailto:somebody@example.com",
	} {
		p.mustPost(t, "/lookup", url.Values{"text": {text}})
	}
	for i, token := range p.tokens(t, 3) {
		_, _, _ = p.ask(token, "Có phải https://example.com/"+strings.ReplaceAll(words(i), " ", "-")+" là thật không?")
	}
	time.Sleep(time.Second)
	s.kill()
	starts := 0
	for line := range strings.Lines(readFile(t, trace)) {
		switch {
		case strings.Contains(line, "execve("):
			if starts++; starts > 1 {
				t.Errorf("another program was started: %s", line)
			}
		case strings.Contains(line, "connect("), strings.Contains(line, "sendto("), strings.Contains(line, "sendmsg("), strings.Contains(line, "sendmmsg("):
			t.Errorf("a connection of its own: %s", line)
		}
	}
	if starts == 0 {
		t.Error("the trace does not even show the start: it is blind")
	}
}

// identityHeaders are those the product promises to refuse.
var identityHeaders = []string{"Authorization", "Remote-User", "X-Forwarded-User", "X-Forwarded-Email"}

// TestIdentityIsRefused sends each identity header to every public page.
func TestIdentityIsRefused(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.serve(t)
	tokens := p.tokens(t, len(identityHeaders))
	for i, name := range identityHeaders {
		with := func(r *http.Request) { r.Header.Set(name, "nguyen.van.a") }
		for _, path := range publicPages {
			got, err := p.get(path, with)
			if err != nil || got.status < 400 || got.status == http.StatusUnauthorized {
				t.Errorf("GET %s with %s: status %d, %v", path, name, got.status, err)
			}
			if strings.Contains(got.body, "nguyen.van.a") {
				t.Errorf("GET %s with %s shows who it was", path, name)
			}
		}
		got := p.mustPost(t, "/en/lookup", url.Values{"text": {checkedClaim}}, with)
		if got.status < 400 || !strings.Contains(got.body, "something between us identifies you") && !strings.Contains(got.body, "Something between us identifies you") {
			t.Errorf("POST /en/lookup with %s: status %d, without the sentence that says why", name, got.status)
		}
		rows := p.rows(t, "questions")
		got = p.mustPost(t, "/ask", url.Values{"token": {tokens[i]}, "text": {words(i)}, "receipt": {"yes"}}, with)
		if got.status < 400 || p.rows(t, "questions") != rows {
			t.Errorf("POST /ask with %s: status %d, and a question was kept", name, got.status)
		}
	}
}

// publicPages are pages that anyone may read.
var publicPages = []string{"/", "/en/", "/track", "/en/track", "/checks", "/en/checks", "/desks", "/about", "/privacy", "/en/privacy", "/accessibility"}

var checkLink = regexp.MustCompile(`/c/[0-9a-z]{16}`)

// TestOneTextACall tries to make a filter out of the page.
func TestOneTextACall(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.importChecks(t)
	p.serve(t)
	other := "Ngân hàng sẽ khoá mọi tài khoản vào tuần sau"
	alone := checkLink.FindString(p.mustPost(t, "/lookup", url.Values{"text": {checkedClaim}}).body)
	if alone == "" {
		t.Fatal("the published check is not found at all: this test cannot see")
	}
	if got := p.mustPost(t, "/lookup", url.Values{"text": {other, checkedClaim}}); got.status < 400 && strings.Contains(got.body, alone) {
		t.Error("two texts in one call are both answered")
	}
	for contentType, body := range map[string]string{
		"application/json":     `{"text":"` + checkedClaim + `"}`,
		"application/x-ndjson": `{"text":"` + checkedClaim + `"}` + "\n",
		"text/csv":             "text\n" + checkedClaim + "\n",
		"text/plain":           "text=" + checkedClaim,
	} {
		req, err := http.NewRequest(http.MethodPost, p.url()+"/lookup", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", contentType)
		if got, err := send(req, nil); err != nil || got.status < 400 {
			t.Errorf("a body of type %s: status %d, %v", contentType, got.status, err)
		}
	}
	for _, path := range []string{
		"/api/v2", "/api/v1/batch", "/api/v1/lookups", "/api/v1/questions", "/api/v1/webhooks", "/api/v1/search", "/api/v1/stats", "/api/v1/trends",
		"/api/v1/members", "/api/v1/users", "/api/v1/docs", "/docs", "/schemas", "/openapi.json", "/batch", "/lookup/batch", "/webhook", "/hooks", "/callback", "/stream", "/subscribe", "/graphql",
		"/questions", "/trends", "/trending", "/stats", "/search?q=a", "/topics", "/alerts", "/export", "/users", "/people", "/speakers",
		"/report", "/takedown", "/block", "/blocklist", "/sources", "/certificate", "/score", "/login", "/admin", "/debug/pprof", "/debug/vars", "/metrics", "/expvar",
	} {
		for _, language := range []string{"", "/en"} {
			if got, err := p.get(language + path); err != nil || got.status != http.StatusNotFound {
				t.Errorf("GET %s%s: status %d, %v; no such page may exist", language, path, got.status, err)
			}
		}
	}
}

// TestWordsTravelInBodies makes sure that neither words nor codes work in an
// address, where proxies and histories keep them.
func TestWordsTravelInBodies(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.importChecks(t)
	p.serve(t)
	token := p.tokens(t, 1)[0]
	receipt, _, _ := p.ask(token, words(1))
	if receipt == "" {
		t.Fatal("not accepted")
	}
	for _, path := range []string{"/", "/lookup", "/en/lookup", "/checks"} {
		plain, got := p.mustGet(t, path), p.mustGet(t, path+"?text="+url.QueryEscape(checkedClaim))
		if got.status != plain.status || anonymous(got.body) != anonymous(plain.body) {
			t.Errorf("GET %s?text=…: status %d: looked up", path, got.status)
		}
	}
	waiting := p.mustPost(t, "/track", url.Values{"code": {receipt}})
	for _, path := range []string{"/track?code=" + receipt, "/track/" + receipt, "/en/track?code=" + receipt} {
		got, err := p.get(path)
		if err != nil || got.body == waiting.body {
			t.Errorf("GET %s: status %d: a receipt works in an address", path, got.status)
		}
	}
	blank, err := p.get("/track")
	if err != nil {
		t.Fatal(err)
	}
	withCode, err := p.get("/track?code=" + receipt)
	if err != nil || anonymous(withCode.body) != anonymous(blank.body) {
		t.Error("GET /track reads the address")
	}
	// Nor in the address of a form, whose body is empty then.
	if got := p.mustPost(t, "/track?code="+receipt, url.Values{}); got.status < 400 || got.body == waiting.body {
		t.Errorf("POST /track?code=…: status %d: a receipt works in an address", got.status)
	}
	for _, path := range []string{"/lookup?text=", "/en/lookup?text="} {
		if got := p.mustPost(t, path+url.QueryEscape(checkedClaim), url.Values{}); got.status < 400 {
			t.Errorf("POST %s…: status %d: looked up", path, got.status)
		}
	}
}

// TestBareSQLCannotBendIt opens the file with a tool of one's own.
func TestBareSQLCannotBendIt(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.importChecks(t)
	p.serve(t).stop(t)
	db := openDatabase(t, p)
	if _, err := db.Exec(`PRAGMA query_only = OFF`); err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	for _, statement := range []string{
		`UPDATE versions SET rating = 'Đúng'`,
		`DELETE FROM versions`,
		`UPDATE checks SET source_url = 'https://example.org/2'`,
		`DELETE FROM checks`,
		`DELETE FROM changes`,
		`UPDATE desks SET of_power = 0`,
		`INSERT INTO questions SELECT 'aaaaaaaaaaaaaaaa', id, strftime('%s','now'), x'00', x'00', '' FROM claims`,
	} {
		if res, err := db.Exec(statement); err == nil {
			if n, _ := res.RowsAffected(); n > 0 {
				t.Errorf("%s: %d rows", statement, n)
			}
		}
	}
	if _, err := os.Stat(p.database()); err != nil {
		t.Fatal(err)
	}
}
