package app_test

import (
	"bytes"
	"context"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"sangto/internal/app"
	"sangto/internal/config"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// settings returns valid settings for a fresh folder and a free port.
func settings(t *testing.T) config.Config {
	t.Helper()
	cfg, err := config.Raw{Data: t.TempDir(), Listen: "127.0.0.1:0"}.Config()
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// running is the assembled program under test.
type running struct {
	*app.App
	base string
	log  *bytes.Buffer
	stop func() error
}

func start(t *testing.T, cfg config.Config) *running {
	t.Helper()
	var log bytes.Buffer
	a, err := app.New(t.Context(), cfg, app.Logger(&log, slog.LevelInfo))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	stopped := false
	r := &running{App: a, base: "http://" + a.Addr(), log: &log}
	r.stop = func() error {
		if stopped {
			return nil
		}
		stopped = true
		cancel()
		http.DefaultClient.CloseIdleConnections()
		return <-done
	}
	t.Cleanup(func() { _ = r.stop() })
	return r
}

func (r *running) get(t *testing.T, path string) (int, string) {
	t.Helper()
	res, err := http.Get(r.base + path)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

func (r *running) post(t *testing.T, path string, form url.Values) (int, string) {
	t.Helper()
	res, err := http.PostForm(r.base+path, form)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

func TestStartsAndStops(t *testing.T) {
	cfg := settings(t)
	r := start(t, cfg)
	if code, _ := r.get(t, "/healthz"); code != http.StatusOK {
		t.Fatalf("healthz %d", code)
	}
	if code, body := r.get(t, "/"); code != http.StatusOK || !strings.Contains(body, `name="text"`) {
		t.Fatalf("front page %d", code)
	}
	if _, err := app.New(t.Context(), cfg, slog.New(slog.DiscardHandler)); err == nil {
		t.Fatal("a second server opened the same folder")
	}
	if err := r.stop(); err != nil {
		t.Fatalf("a clean stop says %v", err)
	}
	r.Close()
	r.Close()
	again := start(t, cfg)
	if code, _ := again.get(t, "/healthz"); code != http.StatusOK {
		t.Fatal("does not start again on its own folder")
	}
}

// TestKeepsItsIndex starts on the index that the run before left, and on one
// that was damaged since.
func TestKeepsItsIndex(t *testing.T) {
	cfg, _ := demo(t)
	file := filepath.Join(cfg.Data, "index.snapshot")
	const words = "ho thuy dien Suoi Ngan se xa lu khan cap luc 22 gio dem 5/10, thanh pho Song Lanh ngap sau 2 met"
	for turn, damage := range []func(whole []byte) []byte{
		nil,
		func(whole []byte) []byte { return whole },
		func(whole []byte) []byte { return whole[:len(whole)/2] },
		func(whole []byte) []byte { whole[len(whole)/2] ^= 1; return whole },
		func(whole []byte) []byte { return whole },
	} {
		if damage != nil {
			whole, err := os.ReadFile(file)
			if err == nil {
				err = os.WriteFile(file, damage(whole), 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		r := start(t, cfg)
		if _, body := r.post(t, "/lookup", url.Values{"text": {words}}); !strings.Contains(body, "Không đúng") {
			t.Errorf("turn %d: the check is not found", turn)
		}
		if err := r.stop(); err != nil {
			t.Fatal(err)
		}
		lines := strings.Count(r.log.String(), "the kept index was not used and is built anew")
		if want := map[int]int{2: 1, 3: 1}[turn]; lines != want {
			t.Errorf("turn %d: %d lines about it, want %d: %s", turn, lines, want, r.log)
		}
	}
}

func TestStopsBeforeItRan(t *testing.T) {
	a, err := app.New(t.Context(), settings(t), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	a.Close()
	a.Close()
}

// demo is a seeded folder.
func demo(t *testing.T) (config.Config, []app.Receipt) {
	t.Helper()
	cfg := settings(t)
	begin := time.Now()
	receipts, err := app.SeedDemo(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("seeded in %s", time.Since(begin).Round(time.Millisecond))
	return cfg, receipts
}

// try is one damaged message of the demonstration and the check it is about.
type try struct{ name, message, claim string }

var tryPattern = regexp.MustCompile("(?s)## \\d+\\. ([^\n]+)\n\n```text\n(.*?)\n```\n\n([^\n]+)\n")

func tries(t *testing.T) []try {
	t.Helper()
	raw, err := os.ReadFile("../demo/data/tries.md")
	if err != nil {
		t.Fatal(err)
	}
	var out []try
	for _, m := range tryPattern.FindAllStringSubmatch(string(raw), -1) {
		out = append(out, try{m[1], m[2], m[3]})
	}
	if len(out) < 12 {
		t.Fatalf("only %d messages were read", len(out))
	}
	return out
}

// TestDamagedMessagesFindTheirCheck pastes each message as a person would and
// wants the check to be the first thing the page shows.
func TestDamagedMessagesFindTheirCheck(t *testing.T) {
	cfg, _ := demo(t)
	finder, err := app.OpenFinder(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer finder.Close()
	sure := 0
	for _, x := range tries(t) {
		t.Run(x.name, func(t *testing.T) {
			seen, err := finder.Look(t.Context(), x.message, 5)
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case seen.Answer.Answer != nil && seen.Answer.Answer.Version.Claim == x.claim:
				sure++
			case seen.Answer.Answer != nil:
				t.Errorf("shows %q as the answer", seen.Answer.Answer.Version.Claim)
			case len(seen.Candidates) == 0 || seen.Candidates[0].Version.Claim != x.claim:
				t.Errorf("not first: %s %d candidates", seen.Outcome, len(seen.Candidates))
			default:
				t.Logf("first, as a candidate (%.2f)", seen.Candidates[0].Probability)
			}
		})
	}
	if sure < 8 {
		t.Errorf("%d of 12 are shown as the answer", sure)
	}
}

var token = regexp.MustCompile(`name="token" value="([^"]+)"`)

// TestAskWithAReceipt is the journey of somebody whose message nobody checked.
func TestAskWithAReceipt(t *testing.T) {
	if testing.Short() {
		t.Skip("a form must be five seconds old")
	}
	cfg, _ := demo(t)
	r := start(t, cfg)
	const words = "Hội chợ đèn lồng ở bến phà cũ năm nay thu vé vào cửa năm mươi nghìn một người"
	code, body := r.post(t, "/lookup", url.Values{"text": {words}})
	if code != http.StatusOK || !strings.Contains(html.UnescapeString(body), words) {
		t.Fatalf("look-up %d", code)
	}
	m := token.FindStringSubmatch(body)
	if m == nil {
		t.Fatal("the answer page has no form to ask with")
	}
	form := url.Values{"token": m[1:], "text": {words}, "receipt": {"yes"}}
	if code, body = r.post(t, "/ask", form); strings.Contains(body, "<output") {
		t.Fatalf("a form that came back at once was taken (%d)", code)
	}
	time.Sleep(5100 * time.Millisecond)
	code, body = r.post(t, "/ask", form)
	receipt := codeIn(body)
	if code != http.StatusOK || receipt == "" {
		t.Fatalf("ask %d, no receipt:\n%s", code, body)
	}
	if _, again := r.post(t, "/ask", form); codeIn(again) != receipt {
		t.Fatal("the same form gave another receipt")
	}
	if code, body = r.post(t, "/track", url.Values{"code": {strings.ToLower(receipt)}}); code != http.StatusOK {
		t.Fatalf("track %d:\n%s", code, body)
	}
	if strings.Contains(body, "đèn lồng") {
		t.Error("the receipt shows the asker's words")
	}
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(r.log.String(), "đèn") || strings.Contains(r.log.String(), "127.0.0.1") {
		t.Errorf("the log names a question or a reader:\n%s", r.log)
	}
}

var receiptPattern = regexp.MustCompile(`[0-9A-HJKMNP-TV-Z]{4}-(?:[0-9A-HJKMNP-TV-Z]{4}-){5}[0-9A-HJKMNP-TV-Z]{3}`)

// codeIn finds a receipt in a page that may break it into groups.
func codeIn(body string) string {
	plain := regexp.MustCompile(`<[^>]*>|\s`).ReplaceAllString(body, "")
	return receiptPattern.FindString(plain)
}

func TestDemoReceiptsOpen(t *testing.T) {
	cfg, receipts := demo(t)
	r := start(t, cfg)
	if len(receipts) == 0 {
		t.Fatal("no receipts")
	}
	seen := map[string]bool{}
	for _, x := range receipts {
		code, body := r.post(t, "/en/track", url.Values{"code": {x.Code}})
		if code != http.StatusOK {
			t.Errorf("%s receipt: %d", x.State, code)
		}
		seen[string(x.State)] = true
		if x.State == "answered" && !strings.Contains(body, `href="/en/c/`) {
			t.Error("an answered receipt does not lead to the check")
		}
	}
	for _, s := range []string{"waiting", "checking", "answered", "closed"} {
		if !seen[s] {
			t.Errorf("no question is %s", s)
		}
	}
	if t.Failed() {
		fmt.Fprintln(os.Stderr, r.log)
	}
}

// TestAnImportIsFoundWhileServing imports beside the running program.
func TestAnImportIsFoundWhileServing(t *testing.T) {
	cfg, _ := demo(t)
	r := start(t, cfg)
	const claim = "Bảo tàng gốm Làng Sen mở cửa miễn phí cả tháng mười một cho học sinh"
	if _, body := r.post(t, "/lookup", url.Values{"text": {claim}}); strings.Contains(body, "Báo Làng Sen") {
		t.Fatal("found before it was imported")
	}
	importOne(t, cfg, claim)
	deadline := time.Now().Add(5 * time.Second)
	for {
		if _, body := r.post(t, "/lookup", url.Values{"text": {claim}}); strings.Contains(body, "Báo Làng Sen") {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("an imported check was not found within 5 s")
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// TestAPageSaysWhatDiffers: a message about eight metres of water must not be
// answered by a check about two as if it were the same.
func TestAPageSaysWhatDiffers(t *testing.T) {
	cfg, _ := demo(t)
	r := start(t, cfg)
	for _, c := range []struct {
		words   string
		differs bool
	}{
		{"ho thuy dien Suoi Ngan se xa lu khan cap luc 22 gio dem 5/10, thanh pho Song Lanh ngap sau 2 met", false},
		{"ho thuy dien Suoi Ngan se xa lu khan cap luc 22 gio dem 5/10, thanh pho Song Lanh ngap sau 8 met", true},
	} {
		_, body := r.post(t, "/lookup", url.Values{"text": {c.words}})
		if !strings.Contains(body, "Không đúng") {
			t.Errorf("%q does not find its check", c.words)
		}
		if got := strings.Contains(body, `class="differs"`); got != c.differs {
			t.Errorf("%q: says that something differs: %v", c.words, got)
		}
	}
}
