//go:build !race

package web_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"sangto/internal/desk"
	"sangto/internal/lang"
	"sangto/internal/testkit"
)

// stage serves the storybook. Under /scene/LANGUAGE/NAME it gives the answer
// of that scene, headers and all, so that a browser can look at pages that
// answer a form.
func stage(t testing.TB) *httptest.Server {
	t.Helper()
	all := map[string]scene{}
	for _, s := range scenes(t) {
		all[s.name] = s
	}
	static := openBook(t)
	var mu sync.Mutex // the storybook is made for one reader at a time
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		// A person takes longer over a form than a browser under test.
		static.time = static.time.Add(10 * time.Second)
		parts := strings.Split(r.URL.Path, "/")
		if len(parts) != 4 || parts[1] != "scene" {
			static.handler.ServeHTTP(w, r)
			return
		}
		got := play(t, openBook(t), all[parts[3]], parts[2])
		for name, values := range got.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(got.Code)
		_, _ = w.Write(got.Body.Bytes())
	}))
	t.Cleanup(srv.Close)
	return srv
}

// looks are the rules whose answer depends on the colours. All others read the
// document and the layout, which light and dark share.
var looks = []string{"color-contrast", "link-in-text-block"}

// TestAxe judges every page in every state, in both languages, light and dark,
// at 320 and 1280 pixels: no fault that axe-core knows, nothing to scroll
// sideways, controls large enough for a thumb, and nothing asked of anybody
// else.
func TestAxe(t *testing.T) {
	srv, browser := stage(t), testkit.OpenBrowser(t)
	tab := browser.Tab(t, testkit.View{Width: 320, Height: 640})
	for _, tag := range lang.Tags() {
		judged := map[string]bool{}
		for _, s := range scenes(t) {
			bones := skeleton(play(t, openBook(t), s, tag).Body.String())
			if judged[bones] {
				continue
			}
			judged[bones] = true
			tab.Open(srv.URL + "/scene/" + tag + "/" + s.name)
			t.Run(tag+"/"+s.name, func(t *testing.T) { judge(t, tab) })
		}
	}
	for _, address := range tab.Requests() {
		if !strings.HasPrefix(address, srv.URL+"/") {
			t.Errorf("a page asked %s", address)
		}
	}
}

// judge looks at the page shown from all sides.
func judge(t *testing.T, tab *testkit.Tab) {
	t.Helper()
	for _, view := range []struct {
		testkit.View
		rules []string
	}{
		{testkit.View{Width: 320, Height: 640}, nil},
		{testkit.View{Width: 320, Height: 640, Dark: true}, looks},
		{testkit.View{Width: 1280, Height: 800, Dark: true}, looks},
		{testkit.View{Width: 1280, Height: 800}, nil},
	} {
		tab.Show(view.View)
		where := fmt.Sprintf("%d pixels, dark %v", view.Width, view.Dark)
		for _, v := range tab.Axe(view.rules...) {
			t.Errorf("%s: %s (%s)\n\t%s", where, v.ID, v.Help, strings.Join(v.Nodes, "\n\t"))
		}
		if over := testkit.Eval[int](tab, "document.documentElement.scrollWidth - innerWidth"); over > 0 {
			t.Errorf("%s: scrolls sideways by %d pixels", where, over)
		}
		for _, small := range testkit.Eval[[]string](tab, smallTargets) {
			t.Errorf("%s: too small for a thumb: %s", where, small)
		}
	}
}

// TestAxeBites makes sure that the judge can find fault, in the light and in
// the dark.
func TestAxeBites(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(`<!doctype html><html lang="en"><title>x</title><main><h1>x</h1><img src="x">
<p class="a">in the light</p><p class="b">in the dark</p><style>.a { color: #ccc; background: #fff }
@media (prefers-color-scheme: dark) { .a { color: #000 } .b { color: #444; background: #333 } }</style></main></html>`))
	}))
	defer srv.Close()
	tab := testkit.OpenBrowser(t).Tab(t, testkit.View{Width: 320, Height: 640})
	tab.Open(srv.URL)
	found := func(rules ...string) string {
		var all []string
		for _, v := range tab.Axe(rules...) {
			all = append(all, v.ID+" "+strings.Join(v.Nodes, " "))
		}
		return strings.Join(all, "; ")
	}
	if light := found(); !strings.Contains(light, "image-alt") || !strings.Contains(light, "in the light") || strings.Contains(light, "in the dark") {
		t.Errorf("in the light: %s", light)
	}
	tab.Show(testkit.View{Width: 320, Height: 640, Dark: true})
	if dark := found(looks...); !strings.Contains(dark, "in the dark") || strings.Contains(dark, "in the light") {
		t.Errorf("in the dark: %s", dark)
	}
}

var (
	pageText = regexp.MustCompile(`>[^<]+<`)
	pageData = regexp.MustCompile(` (href|value|content|action)="[^"]*"`)
)

// skeleton is a page without its words and addresses. Two pages with the same
// one differ in nothing that is judged here but the length of their texts, and
// one of them is enough.
func skeleton(page string) string {
	return pageData.ReplaceAllString(pageText.ReplaceAllString(page, "><"), "")
}

// smallTargets finds controls of less than 44 pixels; links inside a sentence
// are as high as its lines.
const smallTargets = `[...document.querySelectorAll("button, summary, input[type=text], textarea, .top a, .foot a, .topics a, a.go, a.button, .choice")]
	.filter(e => { const b = e.getBoundingClientRect(); return b.width > 0 && (b.height < 43.5 || b.width < 24) && !e.classList.contains("skip") })
	.map(e => e.outerHTML.slice(0, 100) + " " + e.getBoundingClientRect().height)`

// TestFirstScreen holds a sure answer to its promise on a small phone: the
// verdict, the reason, the date, the desk and its owner without scrolling.
func TestFirstScreen(t *testing.T) {
	srv, browser := stage(t), testkit.OpenBrowser(t)
	tab := browser.Tab(t, testkit.View{Width: 320, Height: 640})
	for _, tag := range lang.Tags() {
		tab.Open(srv.URL + "/scene/" + tag + "/answer-sure")
		for _, part := range []string{".finding .stamp", ".finding .why", ".finding .by"} {
			bottom := testkit.Eval[float64](tab, fmt.Sprintf("document.querySelector(%q).getBoundingClientRect().bottom", part))
			if bottom > 640 || bottom < 50 {
				t.Errorf("%s: %s ends at %.0f pixels of 640", tag, part, bottom)
			}
		}
	}
}

// TestWeight keeps pages light: what a browser fetches for the first page it
// opens, but for the fonts, which it fetches once and shows pages without.
func TestWeight(t *testing.T) {
	b := openBook(t)
	total := 0
	for _, address := range []string{"/"} {
		page := send(b.handler, "GET", address, nil, nil).Body.String()
		total += len(page)
		for _, ref := range regexp.MustCompile(`href="(/static/[^"]+)"`).FindAllStringSubmatch(page, -1) {
			total += send(b.handler, "GET", ref[1], nil, nil).Body.Len()
		}
	}
	t.Logf("first page with style sheet and icon: %d bytes uncompressed", total)
	if total > 100<<10 {
		t.Errorf("the first page weighs %d bytes", total)
	}
}

// journey opens a tab without scripts, as a reader with a keyboard would use
// it.
func journey(t *testing.T) (*testkit.Tab, string) {
	t.Helper()
	srv, browser := stage(t), testkit.OpenBrowser(t)
	return browser.Tab(t, testkit.View{Width: 360, Height: 720, NoScript: true}), srv.URL
}

// expect fails unless the page shows the sentence of a key.
func expect(t *testing.T, tab *testkit.Tab, tag, key string) {
	t.Helper()
	if text := tab.Text("body"); !says(text, words(t, tag).T(key)) {
		t.Fatalf("the page does not say %q:\n%s", words(t, tag).T(key), text)
	}
}

func TestScriptsAreOff(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<p>off</p><script>document.querySelector('p').textContent = 'on'</script>"))
	}))
	defer srv.Close()
	browser := testkit.OpenBrowser(t)
	for _, off := range []bool{false, true} {
		tab := browser.Tab(t, testkit.View{Width: 320, Height: 640, NoScript: off})
		tab.Open(srv.URL)
		if got := tab.Text("p"); (got == "off") != off {
			t.Errorf("NoScript %v: the page says scripts are %s", off, got)
		}
	}
}

func TestJourneyLookUp(t *testing.T) {
	tab, base := journey(t)
	tab.Open(base + "/")
	tab.FocusOn("#text")
	tab.Type(damMessage)
	tab.FocusOn("form.box button")
	if status := tab.Submit(testkit.KeyEnter); status != 200 {
		t.Fatalf("status %d", status)
	}
	expect(t, tab, "vi", "answer.sure")
	if got := tab.Text(".finding .stamp"); got != "Không đúng" {
		t.Fatalf("verdict %q", got)
	}
	tab.FocusOn("form.switch button")
	tab.Submit(testkit.KeyEnter)
	expect(t, tab, "en", "answer.sure")
	if got := tab.Text(".finding .stamp"); got != "Not true" {
		t.Fatalf("verdict %q", got)
	}
	tab.FocusOn("a.button")
	tab.Submit(testkit.KeyEnter)
	expect(t, tab, "en", "check.fixed_line")
	if path := testkit.Eval[string](tab, "location.pathname"); path != "/en/c/"+damCheck.Check.ID+"/dap-suoi-vang-khong-xa-toan-bo-nuoc-dem-18-thang-11" {
		t.Fatalf("at %s", path)
	}
	if got := testkit.Eval[string](tab, "document.querySelector('h1').lang"); got != "vi" {
		t.Errorf("a Vietnamese headline on an English page is marked %q", got)
	}
}

func TestJourneyAsk(t *testing.T) {
	tab, base := journey(t)
	tab.Open(base + "/")
	tab.FocusOn("#text")
	tab.Type("Nghe nói chợ Bờ Đê dời về bến xe cũ từ tháng sau?")
	tab.FocusOn("form.box button")
	tab.Submit(testkit.KeyEnter)
	expect(t, tab, "vi", "answer.none")

	tab.FocusOn("#question")
	tab.Type(" Có thật không?")
	tab.FocusOn("form[action='/ask'] button")
	if status := tab.Submit(testkit.KeyEnter); status != 200 {
		t.Fatalf("status %d", status)
	}
	expect(t, tab, "vi", "ask.done.write")
	code := strings.Join(strings.Fields(tab.Text(".code")), "")
	if _, ok, err := desk.ParseReceipt(code); !ok || err != nil {
		t.Fatalf("the page shows %q, which is no receipt: %v", code, err)
	}

	tab.FocusOn("main a[href='/track']")
	tab.Submit(testkit.KeyEnter)
	tab.FocusOn("#code")
	tab.Type(strings.ToLower(strings.ReplaceAll(code, "-", " ")))
	if status := tab.Submit(testkit.KeyEnter); status != 200 {
		t.Fatalf("status %d: %s", status, tab.Text("main"))
	}
	expect(t, tab, "vi", "track.state.waiting_text")

	tab.FocusOn("details summary")
	tab.Press(testkit.KeyEnter)
	tab.FocusOn("#confirm")
	tab.Press(testkit.KeySpace)
	tab.FocusOn("details button")
	if status := tab.Submit(testkit.KeyEnter); status != 200 {
		t.Fatalf("status %d", status)
	}
	expect(t, tab, "vi", "track.withdrawn.title")

	tab.Open(base + "/track")
	tab.FocusOn("#code")
	tab.Type(code)
	if status := tab.Submit(testkit.KeyEnter); status != 404 {
		t.Fatalf("a withdrawn receipt gives status %d", status)
	}
	expect(t, tab, "vi", "error.receipt.unknown")
	if cookies := testkit.Eval[string](tab, "document.cookie"); cookies != "" {
		t.Errorf("cookies: %s", cookies)
	}
}

func TestJourneyAskWithoutReceipt(t *testing.T) {
	tab, base := journey(t)
	tab.Open(base + "/en/")
	tab.FocusOn("#text")
	tab.Type("Is the old bridge closed next week?")
	tab.FocusOn("form.box button")
	tab.Submit(testkit.KeyEnter)
	expect(t, tab, "en", "answer.none")
	tab.FocusOn("#receipt-yes")
	tab.Press(testkit.KeyDown)
	tab.FocusOn("form[action='/en/ask'] button")
	tab.Submit(testkit.KeyEnter)
	expect(t, tab, "en", "ask.done.no_code")
	if code := tab.Text(".code"); code != "" {
		t.Errorf("a code that nobody wanted: %s", code)
	}
	tab.FocusOn("form.switch button")
	tab.Submit(testkit.KeyEnter)
	expect(t, tab, "vi", "ask.done.repeated_plain")
}

// TestPictures writes pictures of every scene to the folder in SANGTO_SHOTS,
// for a person to look at.
func TestPictures(t *testing.T) {
	dir := os.Getenv("SANGTO_SHOTS")
	if dir == "" {
		t.Skip("SANGTO_SHOTS names no folder")
	}
	srv, browser := stage(t), testkit.OpenBrowser(t)
	only := os.Getenv("SANGTO_SHOTS_ONLY")
	for _, view := range []struct {
		name string
		testkit.View
	}{
		{"320-light", testkit.View{Width: 320, Height: 640}},
		{"320-dark", testkit.View{Width: 320, Height: 640, Dark: true}},
		{"768-light", testkit.View{Width: 768, Height: 1024}},
		{"1280-light", testkit.View{Width: 1280, Height: 800}},
		{"1280-dark", testkit.View{Width: 1280, Height: 800, Dark: true}},
		{"print", testkit.View{Width: 700, Height: 1000, Print: true}},
	} {
		if only != "" && !strings.Contains(only, view.name) && strings.ContainsAny(only, "0123456789") {
			continue
		}
		tab := browser.Tab(t, view.View)
		for _, tag := range lang.Tags() {
			for _, s := range scenes(t) {
				if only != "" && !strings.Contains(" "+only+" ", " "+tag+"/"+s.name+" ") {
					continue
				}
				tab.Open(srv.URL + "/scene/" + tag + "/" + s.name)
				file := filepath.Join(dir, s.name+"-"+tag+"-"+view.name+".png")
				if err := os.WriteFile(file, tab.Shot(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}
