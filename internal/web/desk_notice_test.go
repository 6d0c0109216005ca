package web_test

import (
	"bytes"
	"html"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"sangto/internal/desk"
	"sangto/internal/store"
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
