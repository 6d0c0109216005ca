package app_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sangto/internal/desk"
	"sangto/internal/gate"
	"sangto/internal/testkit"
)

// journeyTime is many times what the journey takes on a machine of its own.
const journeyTime = 4 * time.Minute

// TestReaderWithoutScript runs the demonstration, real store, real index and
// all, in a browser whose scripts are off, by keyboard, on a phone: three
// damaged messages find their check, and a message nobody checked is asked and
// followed by its receipt.
func TestReaderWithoutScript(t *testing.T) {
	if testing.Short() {
		t.Skip("NOT TESTED in a browser: -short")
	}
	cfg, _ := demo(t)
	r := start(t, cfg)
	tab := testkit.OpenBrowser(t).Tab(t, testkit.View{Width: 320, Height: 640, NoScript: true})
	tab.Within(journeyTime)
	for _, x := range tries(t)[:3] {
		tab.Open(r.base + "/")
		tab.FocusOn("#text")
		tab.Type(x.message)
		tab.FocusOn("form.box button")
		if status := tab.Submit(testkit.KeyEnter); status != 200 {
			t.Fatalf("%s: status %d", x.name, status)
		}
		if body := tab.Text("main"); !strings.Contains(strings.Join(strings.Fields(body), " "), x.claim) {
			t.Errorf("%s: the page does not show the claim:\n%s", x.name, body)
		}
		picture(t, tab, strings.Fields(x.name)[0])
	}
	tab.FocusOn(`main a[href^="/c/"]`)
	tab.Submit(testkit.KeyEnter)
	picture(t, tab, "check")

	tab.Open(r.base + "/")
	tab.FocusOn("#text")
	tab.Type("Nghe nói hội chợ đèn lồng ở bến phà cũ năm nay thu vé vào cửa năm mươi nghìn một người?")
	tab.FocusOn("form.box button")
	tab.Submit(testkit.KeyEnter)
	picture(t, tab, "none")
	time.Sleep(gate.FormMinAge + 200*time.Millisecond)
	tab.FocusOn("form[action='/ask'] button")
	if status := tab.Submit(testkit.KeyEnter); status != 200 {
		t.Fatalf("ask: status %d: %s", status, tab.Text("main"))
	}
	code := strings.Join(strings.Fields(tab.Text(".code")), "")
	if _, ok, err := desk.ParseReceipt(code); !ok || err != nil {
		t.Fatalf("the page shows %q, which is no receipt: %v", code, err)
	}
	picture(t, tab, "asked")
	tab.Open(r.base + "/track")
	tab.FocusOn("#code")
	tab.Type(code)
	if status := tab.Submit(testkit.KeyEnter); status != 200 {
		t.Fatalf("track: status %d", status)
	}
	picture(t, tab, "tracked")
	for _, address := range tab.Requests() {
		if !strings.HasPrefix(address, r.base+"/") {
			t.Errorf("a page asked %s", address)
		}
	}
}

// TestEveryPublicPageIsAccessible walks the links of the demonstration and
// lets axe-core judge what it meets, on a phone and on a desk.
func TestEveryPublicPageIsAccessible(t *testing.T) {
	if testing.Short() {
		t.Skip("NOT TESTED in a browser: -short")
	}
	cfg, _ := demo(t)
	r := start(t, cfg)
	browser := testkit.OpenBrowser(t)
	for _, v := range []testkit.View{{Width: 320, Height: 640}, {Width: 1280, Height: 900, Dark: true}} {
		tab := browser.Tab(t, v)
		for _, path := range []string{"/", "/en/", "/checks", "/en/checks", "/desks", "/en/desks", "/about", "/en/privacy", "/track", "/en/track", "/c/nothing"} {
			tab.Open(r.base + path)
			judge(t, tab, path)
		}
		tab.Open(r.base + "/checks")
		for _, link := range testkit.Eval[[]string](tab, `[...document.querySelectorAll('main a[href^="/c/"]')].map(a => a.getAttribute("href")).slice(0, 6)`) {
			tab.Open(r.base + link)
			judge(t, tab, link)
		}
	}
}

func judge(t *testing.T, tab *testkit.Tab, where string) {
	t.Helper()
	for _, v := range tab.Axe() {
		t.Errorf("%s: %s (%s)\n\t%s", where, v.ID, v.Help, strings.Join(v.Nodes, "\n\t"))
	}
	if over := testkit.Eval[int](tab, "document.documentElement.scrollWidth - innerWidth"); over > 0 {
		t.Errorf("%s scrolls sideways by %d pixels", where, over)
	}
}

// picture keeps the page for a person to look at, in the folder that
// SANGTO_SHOTS names.
func picture(t *testing.T, tab *testkit.Tab, name string) {
	t.Helper()
	dir := os.Getenv("SANGTO_SHOTS")
	if dir == "" {
		return
	}
	if err := os.WriteFile(filepath.Join(dir, "journey-"+name+".png"), tab.Shot(), 0o644); err != nil {
		t.Fatal(err)
	}
}
