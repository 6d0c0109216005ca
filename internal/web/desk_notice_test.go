package web_test

import (
	"bytes"
	"html"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sangto/internal/desk"
	"sangto/internal/lang"
	"sangto/internal/store"
	"sangto/internal/testkit"
	"sangto/internal/web"
	"sangto/internal/workflow"
)

// openNotices is the storybook's desk with its pages, on a real store and the real
// workflow.
func openNotices(t testing.TB) *afterDesk {
	t.Helper()
	a := openAfter(t)
	a.update(t, func(tx *store.Tx) error {
		for _, kind := range desk.RequiredPages() {
			p := desk.PolicyPage{
				DeskID: riverDesk.ID, Kind: kind, Number: 1, Text: desk.Wording{VI: "Cách làm"}, Day: tx.Day(),
				Keys: desk.Keys{ProposedBy: "lan", ProposedKey: "key-lan", AgreedBy: "minh", AgreedKey: "key-minh"},
			}
			p.SHA256 = desk.HashBytes(desk.PageBytes(p))
			if err := tx.AddPolicyPage(p); err != nil {
				return err
			}
		}
		return nil
	})
	flow := workflow.New(a.db)
	a.deskBook = openDesk(t, func(d *web.DeskDeps) { d.After, d.Notices = flow, flow })
	return a
}

// propose posts the form of a notice, as a browser does, with a file.
func (a *afterDesk) propose(t testing.TB, role desk.Role, path string, change url.Values, file string) *httptest.ResponseRecorder {
	t.Helper()
	fields := url.Values{
		"kind": {"power"}, "what_vi": {"Ngừng cấp điện để sửa trạm"}, "where_vi": {"xã Đồng Hạ"}, "todo_vi": {"Sạc sẵn đèn pin."},
		"source": {"Điện lực Hải Lam"}, "contact": {"1900 1234"}, "from": {now.Format("2006-01-02T15:04")}, "until": {now.AddDate(0, 0, 1).Format("2006-01-02T15:04")},
	}
	for name, values := range change {
		fields[name] = values
	}
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	for name, values := range fields {
		_ = m.WriteField(name, values[0])
	}
	w, err := m.CreateFormFile("alert", "riêng tư.xml")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = w.Write([]byte(file))
	_ = m.Close()
	r := httptest.NewRequest("POST", "https://sangto.example"+path, &body)
	r.Header.Set("Content-Type", m.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	for name, values := range a.as(role) {
		r.Header[name] = values
	}
	got := httptest.NewRecorder()
	a.handler.ServeHTTP(got, r)
	return got
}

func alertFile(t testing.TB) string {
	t.Helper()
	b, err := os.ReadFile("../exchange/testdata/alerts/kept/two_languages.xml")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestDeskNotices goes the whole way by the pages: proposed with an alert, agreed
// to by another member, updated, cancelled.
func TestDeskNotices(t *testing.T) {
	a := openNotices(t)
	a.page(t, "/desk/propose-notice", desk.Editor)
	got := a.propose(t, desk.Editor, "/desk/notices", url.Values{"kind": {"security"}}, "")
	if body := html.UnescapeString(got.Body.String()); got.Code != 400 || !says(body, words(t, "vi").T("error.notice.kind")) || !strings.Contains(body, "Sạc sẵn đèn pin.") {
		t.Errorf("a kind that is none: %d, and the words must come back", got.Code)
	}
	got = a.propose(t, desk.Editor, "/desk/notices", nil, "<!DOCTYPE alert><alert/>")
	if got.Code != 400 || !says(html.UnescapeString(got.Body.String()), words(t, "vi").T("error.alert.form")) {
		t.Errorf("a hostile alert: %d", got.Code)
	}
	got = a.propose(t, desk.Editor, "/desk/notices", nil, alertFile(t))
	if got.Code != http.StatusSeeOther {
		t.Fatalf("status %d: %s", got.Code, got.Body.String())
	}
	path, _, _ := strings.Cut(got.Header().Get("Location"), "?")
	own := a.page(t, path, desk.Editor)
	if strings.Contains(own, path+"/agree") || !strings.Contains(own, "Cảnh báo lũ") {
		t.Error("who proposed may agree, or the alert is not shown")
	}
	hash := hashIn(t, a.page(t, path, desk.Reviewer))
	a.refused(t, desk.Editor, path+"/agree", url.Values{"hash": {hash}}, "error.proposal.own")
	a.refused(t, desk.Reviewer, path+"/agree", url.Values{"hash": {strings.Repeat("0", 64)}}, "error.proposal.changed")
	a.does(t, desk.Reviewer, path+"/agree", url.Values{"hash": {hash}})
	a.page(t, path+"/update", desk.Editor)
	got = a.propose(t, desk.Admin, path+"/update", url.Values{"note_vi": {"Chậm thêm một giờ."}, "source": {"Nơi khác"}}, "")
	if got.Code != http.StatusSeeOther {
		t.Fatalf("update: %d", got.Code)
	}
	a.does(t, desk.Reviewer, path+"/agree", url.Values{"hash": {hashIn(t, a.page(t, path, desk.Reviewer))}})
	if body := a.page(t, path, desk.Reviewer); strings.Contains(body, "Nơi khác") || !strings.Contains(body, "Chậm thêm một giờ.") {
		t.Error("an update changed whose statement it is, or lost its reason")
	}
	a.refused(t, desk.Admin, path+"/cancel", url.Values{}, "error.notice.note")
	a.does(t, desk.Admin, path+"/cancel", url.Values{"note_vi": {"Việc sửa đã hoãn."}})
	a.does(t, desk.Reviewer, path+"/agree", url.Values{"hash": {hashIn(t, a.page(t, path, desk.Reviewer))}})
	if body := a.page(t, path, desk.Reviewer); strings.Contains(body, path+"/update") || strings.Contains(body, path+"/cancel") {
		t.Error("what was cancelled can still be changed")
	}
	a.page(t, "/desk/notices", desk.Editor)
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
