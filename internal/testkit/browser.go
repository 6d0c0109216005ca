package testkit

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// RequireBrowser is the environment variable that turns a missing Chromium
// from a skipped test into a failed one.
const RequireBrowser = "SANGTO_REQUIRE_BROWSER"

// Keys for Tab.Press.
const (
	KeyTab   = kb.Tab
	KeyEnter = kb.Enter
	KeySpace = " "
	KeyDown  = kb.ArrowDown
)

// stepTime bounds one thing a tab does. It is long because test machines are
// shared; a browser that hangs still fails its test.
const stepTime = 2 * time.Minute

// Browser is a headless Chromium of one test, with a profile of its own.
type Browser struct{ ctx context.Context }

// OpenBrowser starts Chromium and ends it with the test. Where there is none,
// the test is skipped, or fails if RequireBrowser is 1. Short test runs skip
// it always: a browser takes longer than all their other tests.
func OpenBrowser(tb testing.TB) *Browser {
	tb.Helper()
	if testing.Short() {
		tb.Skip("NOT TESTED in a browser: -short")
	}
	binary, err := chromium()
	if err != nil {
		if os.Getenv(RequireBrowser) == "1" {
			tb.Fatal(err)
		}
		tb.Skipf("NOT TESTED in a browser: %v (set %s=1 to make this a failure)", err, RequireBrowser)
	}
	options := append(
		chromedp.DefaultExecAllocatorOptions[:len(chromedp.DefaultExecAllocatorOptions):len(chromedp.DefaultExecAllocatorOptions)],
		chromedp.ExecPath(binary), chromedp.DisableGPU, chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("font-render-hinting", "none"),
	)
	if os.Geteuid() == 0 {
		// Chromium refuses its sandbox to root, which is who tests run as in
		// most containers. The pages it opens here are our own.
		options = append(options, chromedp.NoSandbox)
	}
	ctx, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, closeBrowser := chromedp.NewContext(ctx)
	tb.Cleanup(func() { closeBrowser(); stop() })
	if err := chromedp.Do(ctx); err != nil {
		tb.Fatalf("start %s: %v", binary, err)
	}
	return &Browser{ctx: ctx}
}

func chromium() (string, error) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("no Chromium is installed")
}

// View is how a tab shows pages.
type View struct {
	Width, Height int64
	Dark          bool
	// Print shows pages as they are printed.
	Print bool
	// NoScript switches JavaScript off for the pages.
	NoScript bool
}

// Tab is one tab, with no cookies or memory shared with another. Its methods
// fail the test on any error.
type Tab struct {
	tb  testing.TB
	ctx context.Context
	// until ends the whole journey, if it is set.
	until time.Time

	mu       sync.Mutex
	requests []string
}

// Tab opens a tab.
func (b *Browser) Tab(tb testing.TB, v View) *Tab {
	tb.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext())
	tb.Cleanup(cancel)
	t := &Tab{tb: tb, ctx: ctx}
	// The tab lives as long as the context it is first used with, so that one
	// must not be the short-lived context of a single step.
	if err := chromedp.Do(ctx); err != nil {
		tb.Fatal(err)
	}
	t.Show(v)
	if err := chromedp.Listen(ctx, t.note); err != nil {
		tb.Fatal(err)
	}
	return t
}

// Show changes how the tab shows its page, without loading it again.
func (t *Tab) Show(v View) {
	t.tb.Helper()
	t.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error { return v.apply(ctx, target) }))
}

func (v View) apply(ctx context.Context, t *chromedp.Target) error {
	scheme, media := "light", "screen"
	if v.Dark {
		scheme = "dark"
	}
	if v.Print {
		media = "print"
	}
	_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Media: media,
		Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
		},
	})
	if err != nil {
		return err
	}
	_, err = cdp.Call(ctx, t, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: v.Width, Height: v.Height, DeviceScaleFactor: 1,
	})
	if err != nil {
		return err
	}
	if v.NoScript {
		_, err = cdp.Call(ctx, t, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		if err != nil {
			return err
		}
	}
	_, err = cdp.Call(ctx, t, network.Enable, network.EnableParams{})
	return err
}

// note remembers what the tab asked for.
func (t *Tab) note(event any) {
	if e, ok := event.(*network.EventRequestWillBeSent); ok && !strings.HasPrefix(e.Request.URL, "data:") {
		t.mu.Lock()
		t.requests = append(t.requests, e.Request.URL)
		t.mu.Unlock()
	}
}

// Requests lists the addresses the tab has asked for since it was opened.
func (t *Tab) Requests() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]string(nil), t.requests...)
}

// Within gives all that the tab does from now on one deadline: a journey that
// leads nowhere fails, instead of waiting at every step as long as a step may take.
func (t *Tab) Within(d time.Duration) { t.until = time.Now().Add(d) }

// step is the context of one thing the tab does.
func (t *Tab) step() (context.Context, context.CancelFunc) {
	until := time.Now().Add(stepTime)
	if !t.until.IsZero() && t.until.Before(until) {
		until = t.until
	}
	return context.WithDeadline(t.ctx, until)
}

func (t *Tab) do(steps ...chromedp.Action[chromedp.Void]) {
	t.tb.Helper()
	ctx, cancel := t.step()
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.tb.Fatal(err)
	}
}

// run is do for an action with a result.
func run[T any](t *Tab, what string, action chromedp.Action[T]) T {
	t.tb.Helper()
	ctx, cancel := t.step()
	defer cancel()
	v, err := chromedp.Run(ctx, action)
	if err != nil {
		t.tb.Fatalf("%s: %v", what, err)
	}
	return v
}

// Open goes to an address and waits until the page has loaded.
func (t *Tab) Open(address string) {
	t.tb.Helper()
	t.do(chromedp.Navigate(address))
}

// Type enters text where the focus is, as an input method does.
func (t *Tab) Type(text string) {
	t.tb.Helper()
	// Keys would lose what no key gives: marks that stand apart from their letter.
	t.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, input.InsertText, input.InsertTextParams{Text: text})
		return err
	}))
}

// Press presses keys one after the other.
func (t *Tab) Press(keys ...string) {
	t.tb.Helper()
	for _, k := range keys {
		t.do(chromedp.KeyEvent(k))
	}
}

// Submit presses a key that leads to another page and waits for it. It
// returns the status of the answer.
func (t *Tab) Submit(key string) int {
	t.tb.Helper()
	ctx, cancel := t.step()
	defer cancel()
	answer, err := chromedp.RunResponse(ctx, chromedp.KeyEvent(key))
	if err != nil {
		t.tb.Fatalf("the key led to no other page: %v", err)
	}
	if answer == nil {
		return 0
	}
	return int(answer.Status)
}

// FocusOn presses Tab until the focus is on what the selector means, and
// fails if it cannot be reached that way.
func (t *Tab) FocusOn(selector string) {
	t.tb.Helper()
	const most = 200
	for range most {
		if Eval[bool](t, fmt.Sprintf("document.activeElement?.matches(%q) ?? false", selector)) {
			return
		}
		t.Press(KeyTab)
	}
	t.tb.Fatalf("%d presses of Tab do not reach %s", most, selector)
}

// Text is the visible text of what the selector means first.
func (t *Tab) Text(selector string) string {
	t.tb.Helper()
	return Eval[string](t, fmt.Sprintf("document.querySelector(%q)?.innerText ?? ''", selector))
}

// Eval evaluates an expression in the page, also where pages may run no
// script, as a debugger does.
func Eval[T any](t *Tab, expression string) T {
	t.tb.Helper()
	return run(t, fmt.Sprintf("evaluate %.200s", expression), chromedp.Evaluate[T](expression))
}

// Shot takes a picture of the whole page, PNG.
func (t *Tab) Shot() []byte {
	t.tb.Helper()
	return run(t, "take a picture", chromedp.FullScreenshot(100))
}

// PDF prints the page as its style sheet wants it, on the paper that names.
func (t *Tab) PDF() []byte {
	t.tb.Helper()
	var out []byte
	t.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		yes := true
		got, err := cdp.Call(ctx, target, page.PrintToPDF, page.PrintToPDFParams{PreferCSSPageSize: &yes, PrintBackground: &yes})
		out = got.Data
		return err
	}))
	return out
}

// Screen takes a picture of what fits the window, PNG.
func (t *Tab) Screen() []byte {
	t.tb.Helper()
	return run(t, "take a picture", chromedp.CaptureScreenshot())
}

// axe is axe-core 4.14.1, Mozilla Public License 2.0, unchanged.
//
//go:embed testdata/axe/axe.min.js
var axe string

// axeRun asks axe for faults: everything it knows (WCAG up to 2.2 AA and its
// best practices), or what its only argument names.
const axeRun = `axe.run(document, %s).then(r => JSON.stringify(r.violations.map(v => ({
	id: v.id, help: v.help, nodes: v.nodes.map(n => n.html + "  " + n.failureSummary)}))))`

// Violation is a fault that axe-core found in a page.
type Violation struct {
	ID    string   `json:"id"`
	Help  string   `json:"help"`
	Nodes []string `json:"nodes"`
}

// Axe runs axe-core on the page shown, with all its rules or with those named.
// It comes in through the debugger, so that the page's own policy against
// scripts stays in force.
func (t *Tab) Axe(rules ...string) []Violation {
	t.tb.Helper()
	options := map[string]any{"resultTypes": []string{"violations"}}
	if len(rules) > 0 {
		options["runOnly"] = rules
	} else {
		options["rules"] = map[string]any{"target-size": map[string]bool{"enabled": true}}
	}
	arg, err := json.Marshal(options)
	if err != nil {
		t.tb.Fatal(err)
	}
	if Eval[bool](t, "typeof axe === 'undefined'") {
		run(t, "load axe", chromedp.Evaluate[any]("void (() => {"+axe+"})()"))
	}
	out := run(t, "run axe", chromedp.Evaluate[string](fmt.Sprintf(axeRun, arg), chromedp.EvalAwaitPromise))
	var found []Violation
	if err := json.Unmarshal([]byte(out), &found); err != nil {
		t.tb.Fatal(err)
	}
	return found
}

// Passkeys gives the tab a device that holds passkeys, whose owner is present
// and verified.
func (t *Tab) Passkeys() {
	t.tb.Helper()
	t.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		if _, err := cdp.Call(ctx, target, webauthn.Enable, webauthn.EnableParams{}); err != nil {
			return err
		}
		_, err := cdp.Call(ctx, target, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{
			Options: &webauthn.VirtualAuthenticatorOptions{
				Protocol: "ctap2", Transport: "internal", HasResidentKey: true, HasUserVerification: true,
				IsUserVerified: true, AutomaticPresenceSimulation: true,
			},
		})
		return err
	}))
}

// Click presses a control and waits for the page that comes of it: until is a selector
// that only the next page has.
func (t *Tab) Click(selector, until string) {
	t.tb.Helper()
	Eval[any](t, fmt.Sprintf("void document.querySelector(%q).click()", selector))
	t.Await(until)
}

// Await waits until the page has what the selector means.
func (t *Tab) Await(selector string) {
	t.tb.Helper()
	ask := chromedp.Evaluate[bool](fmt.Sprintf("document.readyState === 'complete' && document.querySelector(%q) !== null", selector))
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		ctx, cancel := t.step()
		there, err := chromedp.Run(ctx, ask)
		cancel()
		// An error says that the page went away while it was asked.
		if err == nil && there {
			return
		}
	}
	t.tb.Fatalf("%s does not come; the page says:\n%s", selector, t.Text("main"))
}

// Fill enters a value into a field.
func (t *Tab) Fill(selector, value string) {
	t.tb.Helper()
	Eval[any](t, fmt.Sprintf("void (document.querySelector(%q).value = %q)", selector, value))
}
