//go:build !race

package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"sangto/internal/desk"
	"sangto/internal/lang"
	"sangto/internal/testkit"
)

// TestAxeDeskAfter looks at the pages with a real browser, both languages,
// small and wide; with SANGTO_SHOTS set to a folder it leaves pictures there.
func TestAxeDeskAfter(t *testing.T) {
	a := openAfter(t)
	a.contest(t, "contest000000001", desk.ContestCheck, "Trạm Cầu Mới ghi 2,10 m lúc 18 giờ, không phải 19 giờ.\nXin xem lại bảng 2.", 30)
	a.contest(t, "contest000000002", desk.ReplyToCheck, "Nhà máy đã báo trước ba ngày.", 1)
	a.contest(t, "contest000000003", desk.ReplyToCheck, "Chúng tôi đã báo bằng loa.", 1)
	a.does(t, desk.Admin, "/desk/contests/contest000000003/decide", url.Values{"outcome": {"shown"}, "no_names": {"yes"}})
	a.does(t, desk.Admin, "/desk/pages/methodology", url.Values{"vi": {"## Chọn\n\nTin chờ lâu."}, "en": {"What waits longest."}})
	a.does(t, desk.Admin, "/desk/declaration", url.Values{
		"owner": {"Thư viện"}, "owner_kind": {"university"}, "funders": {"Bạn đọc"}, "funder_kind": {"unknown"}, "note_vi": {"Đổi chủ."}, "handed_over": {"yes"},
	})
	a.does(t, desk.Editor, "/desk/beside/"+a.check+"/show", url.Values{"other": {a.other}})
	who := "minh"
	stage := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/desk") {
			r.Header.Set("Cookie", storyCookie+"="+who)
		}
		a.handler.ServeHTTP(w, r)
	}))
	defer stage.Close()
	tab := testkit.OpenBrowser(t).Tab(t, testkit.View{Width: 320, Height: 640})
	for _, tag := range lang.Tags() {
		a.chairs.langs["minh"], a.chairs.langs["lan"] = tag, tag
		for _, p := range []struct{ who, path string }{
			{"minh", "/desk/contests"},
			{"minh", "/desk/contests/contest000000001"},
			{"minh", "/desk/contests/contest000000002"},
			{"minh", "/desk/pages"},
			{"lan", "/desk/pages/funding"},
			{"minh", "/desk/pages/methodology"},
			{"minh", "/desk/declaration"},
			{"lan", "/desk/declaration"},
			{"minh", "/desk/beside"},
			{"minh", "/desk/beside/" + a.check},
		} {
			who = p.who
			tab.Open(stage.URL + p.path)
			t.Run(tag+p.path+" "+p.who, func(t *testing.T) { judge(t, tab) })
			if dir := os.Getenv("SANGTO_SHOTS"); dir != "" && tag == lang.Vietnamese {
				name := strings.ReplaceAll(strings.Trim(p.path, "/"), "/", "-") + "-" + p.who
				tab.Show(testkit.View{Width: 1280, Height: 800})
				if err := os.WriteFile(filepath.Join(dir, name+".png"), tab.Shot(), 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

// TestAxeDeskNotices judges the members' pages of notices, small, in both
// languages; with SANGTO_SHOTS set to a folder it leaves pictures there.
func TestAxeDeskNotices(t *testing.T) {
	a := openNotices(t)
	english := url.Values{"what_en": {"Power off for repairs"}, "where_en": {"Dong Ha commune"}, "todo_en": {"Charge your lamps."}}
	out := a.propose(t, desk.Editor, "/desk/notices", english, alertFile(t)).Header().Get("Location")
	out, _, _ = strings.Cut(out, "?")
	a.does(t, desk.Reviewer, out+"/agree", url.Values{"hash": {hashIn(t, a.get(out, a.as(desk.Reviewer)).Body.String())}})
	_ = a.propose(t, desk.Editor, out+"/update", url.Values{"note_vi": {"Chậm thêm một giờ."}}, "")
	who := "minh"
	stage := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/desk") {
			r.Header.Set("Cookie", storyCookie+"="+who)
		}
		a.handler.ServeHTTP(w, r)
	}))
	defer stage.Close()
	tab := testkit.OpenBrowser(t).Tab(t, testkit.View{Width: 320, Height: 640})
	for _, tag := range lang.Tags() {
		a.chairs.langs["minh"], a.chairs.langs["hoa"] = tag, tag
		for _, p := range []struct{ who, path string }{
			{"minh", "/desk/notices"}, {"minh", out}, {"hoa", out}, {"minh", out + "/update"}, {"hoa", "/desk/propose-notice"},
		} {
			who = p.who
			tab.Open(stage.URL + p.path)
			t.Run(tag+p.path+" "+p.who, func(t *testing.T) { judge(t, tab) })
			if dir := os.Getenv("SANGTO_SHOTS"); dir != "" {
				name := tag + strings.ReplaceAll(strings.ReplaceAll(p.path, out, "/desk/notices/one"), "/", "-") + "-" + p.who
				tab.Show(testkit.View{Width: 320, Height: 640})
				small := tab.Shot()
				tab.Show(testkit.View{Width: 1280, Height: 800})
				for suffix, b := range map[string][]byte{"-320": small, "-1280": tab.Shot()} {
					if err := os.WriteFile(filepath.Join(dir, name+suffix+".png"), b, 0o600); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
	}
}

// queueStage serves the queue to a browser, signed in as the admin.
func queueStage(t *testing.T) (string, *storyQueue, *deskBook) {
	t.Helper()
	b, q := queueBook(t)
	var mu sync.Mutex
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if strings.HasPrefix(r.URL.Path, "/desk") {
			r.Header.Set("Cookie", storyCookie+"=lan")
		}
		if f, ok := strings.CutPrefix(r.URL.Path, "/found/"); ok {
			got := b.post("/desk/queue/find", url.Values{"words": {f}}, cookieOf("lan"))
			w.Header()["Content-Security-Policy"] = got.Header()["Content-Security-Policy"]
			w.Header().Set("Content-Type", "text/html")
			_, _ = w.Write(got.Body.Bytes())
			return
		}
		b.handler.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	return srv.URL, q, b
}

func TestQueueAxe(t *testing.T) {
	base, _, b := queueStage(t)
	tab := testkit.OpenBrowser(t).Tab(t, testkit.View{Width: 320, Height: 640})
	shots := os.Getenv("SANGTO_SHOTS")
	for _, tag := range lang.Tags() {
		b.chairs.langs["lan"] = tag
		for _, s := range queueScenes() {
			path := s.path
			if s.form != nil {
				path = "/found/" + s.form.Get("words")
			}
			tab.Open(base + path)
			t.Run(tag+"/"+s.name, func(t *testing.T) { judge(t, tab) })
			if shots != "" {
				for _, width := range []int64{320, 1280} {
					tab.Show(testkit.View{Width: width, Height: 800})
					name := filepath.Join(shots, tag+"-"+s.name+map[int64]string{320: "-narrow", 1280: "-wide"}[width]+".png")
					if err := os.WriteFile(name, tab.Shot(), 0o600); err != nil {
						t.Fatal(err)
					}
				}
			}
			tab.Show(testkit.View{Width: 320, Height: 640})
		}
	}
	for _, address := range tab.Requests() {
		if !strings.HasPrefix(address, base+"/") {
			t.Errorf("a page asked %s", address)
		}
	}
}

// TestQueueByKeyboard goes through the queue with the keys of the script, and
// once more with scripts off, by Tab alone.
func TestQueueByKeyboard(t *testing.T) {
	base, q, _ := queueStage(t)
	browser := testkit.OpenBrowser(t)
	focus := func(tab *testkit.Tab) string {
		return testkit.Eval[string](tab, "document.activeElement.id || document.activeElement.tagName")
	}
	tab := browser.Tab(t, testkit.View{Width: 1280, Height: 800})
	tab.Open(base + "/desk/queue?words=yes")
	tab.Press("j", "j")
	if got := focus(tab); got != "l-"+storyWaiting {
		t.Errorf("after j j the focus is on %s", got)
	}
	tab.Press("x", "r")
	if got := focus(tab); got != "reason" || !testkit.Eval[bool](tab, `document.getElementById("c-`+storyWaiting+`").checked`) {
		t.Errorf("after x r the focus is on %s", got)
	}
	tab.Open(base + "/desk/queue/claim/" + storyWaiting)
	tab.Press("w")
	if got := focus(tab); got != "wording" {
		t.Errorf("after w the focus is on %s", got)
	}
	// The debugger types the letter of a key apart from its press.
	testkit.Eval[any](tab, `void (document.getElementById("wording").value = "")`)
	tab.Press("n") // typed, not obeyed
	if got := testkit.Eval[string](tab, `document.getElementById("wording").value`); focus(tab) != "wording" || got != "n" {
		t.Errorf("a key typed into a field: focus on %s, %q", focus(tab), got)
	}
	tab.Open(base + "/desk/queue")
	testkit.Eval[any](tab, `void document.querySelector("[data-keys-on]").click()`)
	tab.Open(base + "/desk/queue")
	tab.Press("j")
	if got := focus(tab); strings.HasPrefix(got, "l-") {
		t.Errorf("switched off, j still moves to %s", got)
	}

	plain := browser.Tab(t, testkit.View{Width: 360, Height: 720, NoScript: true})
	plain.Open(base + "/desk/queue")
	plain.FocusOn("#c-" + storyWaiting)
	plain.Press(" ")
	plain.FocusOn("#reason")
	plain.Press("s", "p")
	testkit.Eval[any](plain, `void (document.getElementById("reason").value = "spam")`)
	plain.FocusOn("#refuse")
	plain.Submit(testkit.KeyEnter)
	if got := strings.Join(q.did, ";"); got != "refuse lan spam "+storyWaiting {
		t.Errorf("by keyboard without scripts: %q", got)
	}
}

// TestAxeOfCopies looks at the pages of this file in a browser.
func TestAxeOfCopies(t *testing.T) {
	b, _ := openShelf(t)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Set("Cookie", storyCookie+"=hoa")
		b.handler.ServeHTTP(w, r)
	}))
	defer srv.Close()
	tab := testkit.OpenBrowser(t).Tab(t, testkit.View{Width: 320, Height: 640})
	for _, tag := range lang.Tags() {
		b.chairs.langs["hoa"] = tag
		for name, path := range map[string]string{"copies": copiesPage, "copy": copiesPage + "/" + id(101)} {
			tab.Open(srv.URL + path)
			testkit.Eval[any](tab, "document.querySelectorAll('details').forEach(d => { d.open = true })")
			t.Run(tag+"/"+name, func(t *testing.T) { judge(t, tab) })
			if dir := os.Getenv("SANGTO_SHOTS"); dir != "" {
				for _, width := range []int64{320, 1280} {
					tab.Show(testkit.View{Width: width, Height: 800})
					file := filepath.Join(dir, "desk-"+name+"-"+tag+"-"+map[int64]string{320: "narrow", 1280: "wide"}[width]+".png")
					if err := os.WriteFile(file, tab.Shot(), 0o600); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
	}
}

// TestSheetFitsOnePage prints sheets with a real browser. With SANGTO_SHOTS
// naming a folder it leaves the files there.
func TestSheetFitsOnePage(t *testing.T) {
	srv, browser := stage(t), testkit.OpenBrowser(t)
	tab := browser.Tab(t, testkit.View{Width: 800, Height: 1100, Print: true})
	for _, tag := range lang.Tags() {
		for _, name := range []string{"sheet", "sheet-imported", "sheet-link-only", "sheet-withdrawn", "sheet-own-cause"} {
			tab.Open(srv.URL + "/scene/" + tag + "/" + name)
			pdf := tab.PDF()
			if n := len(pdfPage.FindAll(pdf, -1)); n != 1 {
				t.Errorf("%s/%s has %d pages", tag, name, n)
			}
			if !pdfA4.Match(pdf) {
				t.Errorf("%s/%s is not on A4", tag, name)
			}
			if dir := os.Getenv("SANGTO_SHOTS"); dir != "" {
				if err := os.WriteFile(filepath.Join(dir, name+"-"+tag+".pdf"), pdf, 0o644); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}
