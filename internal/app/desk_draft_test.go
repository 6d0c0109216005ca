package app_test

import (
	"context"
	"crypto/rand"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"sangto/internal/access"
	"sangto/internal/catalog"
	"sangto/internal/desk"
	"sangto/internal/gate"
	"sangto/internal/intake"
	"sangto/internal/keys"
	"sangto/internal/lang"
	"sangto/internal/lookup"
	"sangto/internal/store"
	"sangto/internal/testkit"
	"sangto/internal/web"
	"sangto/internal/workflow"
)

// writingRoom is the members' side over a real store and a real workflow; only
// the sessions are invented: the cookie is the member's id.
type writingRoom struct {
	t       *testing.T
	db      *store.DB
	handler http.Handler
}

func (o *writingRoom) Seat(ctx context.Context, token string) (access.Seat, error) {
	var m desk.Member
	err := o.db.View(ctx, func(tx *store.Tx) (err error) { m, err = tx.Member(token); return err })
	if err != nil {
		return access.Seat{}, &desk.Error{Kind: desk.Unauthenticated, Op: "seat", Key: "error.session.over"}
	}
	tag := lang.English
	if m.Name == "Bình" {
		tag = lang.Vietnamese
	}
	return access.Seat{Member: m, Lang: tag, Reauthenticated: true}, nil
}

func (o *writingRoom) SetLang(context.Context, string, string) error { return nil }

func (o *writingRoom) BeginApproval(context.Context, string, string) (access.Approval, error) {
	return access.Approval{}, nil
}

func (o *writingRoom) FinishApproval(ctx context.Context, token, revision string, _ []byte) (access.Assent, error) {
	seat, err := o.Seat(ctx, token)
	return access.Assent{MemberID: seat.Member.ID, KeyID: seat.Member.KeyID, Revision: revision}, err
}

func newWritingRoom(t *testing.T) *writingRoom {
	t.Helper()
	folder := t.TempDir()
	ring, err := keys.Open(filepath.Join(folder, "keys"))
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), store.Options{Path: filepath.Join(folder, "t.db"), Random: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	o := &writingRoom{t: t, db: db}
	err = db.Update(t.Context(), func(tx *store.Tx) error {
		if err := tx.PutDesk(desk.Desk{ID: "river", Local: true, Name: "Bàn Sông", Lang: "vi", Owner: "Hợp tác xã", OwnerKind: desk.OwnerIndependent}); err != nil {
			return err
		}
		for _, m := range []desk.Member{
			{ID: "an", Name: "An", Role: desk.Admin, KeyID: "key-an"},
			{ID: "binh", Name: "Bình", Role: desk.Reviewer, KeyID: "key-binh"},
			{ID: "chi", Name: "Chi", Role: desk.Editor, KeyID: "key-chi"},
		} {
			m.DeskID = "river"
			if err := tx.PutMember(m); err != nil {
				return err
			}
		}
		for _, kind := range desk.RequiredPages() {
			p := desk.PolicyPage{
				DeskID: "river", Kind: kind, Number: 1, Text: desk.Wording{VI: "Cách làm."}, Day: tx.Day(),
				Keys: desk.Keys{ProposedBy: "an", ProposedKey: "key-an", AgreedBy: "binh", AgreedKey: "key-binh"},
			}
			p.SHA256 = desk.HashBytes(desk.PageBytes(p))
			if err := tx.AddPolicyPage(p); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	finder, err := lookup.Open(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	in, err := intake.New(t.Context(), db, finder, ring, "river")
	if err != nil {
		t.Fatal(err)
	}
	words, err := lang.Load()
	if err != nil {
		t.Fatal(err)
	}
	site, err := web.New(web.Deps{
		Catalog: catalog.New(db, time.UTC), Intake: in, Forms: gate.NewForms(ring, nil), Lang: words, AskDesk: "Bàn Sông",
		Desk: web.DeskDeps{Seats: o, Cookie: "seat", Drafts: workflow.New(db), Keys: o},
	})
	if err != nil {
		t.Fatal(err)
	}
	o.handler = site.Handler(gate.New(gate.Config{Refuse: site.Refuse}))
	return o
}

// do sends a request as a member and returns status, place and page.
func (o *writingRoom) do(who, method, path string, form url.Values) (int, string, string) {
	o.t.Helper()
	r := httptest.NewRequestWithContext(o.t.Context(), method, path, strings.NewReader(form.Encode()))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	r.Header.Set("Cookie", "seat="+who)
	w := httptest.NewRecorder()
	o.handler.ServeHTTP(w, r)
	return w.Code, w.Header().Get("Location"), html.UnescapeString(w.Body.String())
}

func (o *writingRoom) must(who, method, path string, form url.Values, status int) (place, page string) {
	o.t.Helper()
	code, place, page := o.do(who, method, path, form)
	if code != status {
		o.t.Fatalf("%s %s %s: %d, want %d:\n%s", who, method, path, code, status, page)
	}
	return place, page
}

var hidden = regexp.MustCompile(`name="(counter|revision)" value="([^"]*)"`)

// fields are the hidden fields of a page's forms.
func fields(page string) url.Values {
	out := url.Values{}
	for _, m := range hidden.FindAllStringSubmatch(page, -1) {
		out.Set(m[1], m[2])
	}
	return out
}

func wholeCheck() url.Values {
	return url.Values{
		"claim": {"Đập mở lúc 22 giờ đêm nay."}, "title_": {"Đập không mở đêm nay"}, "summary": {"Mọi cửa đều đóng."}, "body": {"**Nhật ký** ghi rõ."},
		"todo": {"- Xem bảng mực nước."}, "sought": {""}, "hearing_note": {"Công ty đã trả lời."}, "finding": {"1"}, "kind": {"fact"},
		"verdict": {"not_true"}, "not_rated": {""}, "claimant": {"unknown"}, "topic": {"weather"}, "hearing": {"asked"}, "as_of": {""}, "review": {""},
		"sources": {"1"},
		"url.1":   {"https://dap.example/nhat-ky"}, "stitle.1": {"Nhật ký"}, "publisher.1": {"Công ty đập"}, "owner.1": {"Công ty đập"},
		"quote.1": {"Cửa đóng."}, "locator.1": {"dòng 19 giờ"}, "archive.1": {"https://web.archive.org/web/1/https://dap.example/nhat-ky"}, "stance.1": {"against"},
		"url.2": {"https://bao.example/2020"}, "stitle.2": {"Bài cũ"}, "publisher.2": {"Báo"}, "owner.2": {"Toà soạn"},
		"quote.2": {"Đập mở lúc 22 giờ."}, "locator.2": {"đoạn 2"}, "archive.2": {""}, "stance.2": {"for"},
	}
}

// TestFromFirstWordsToPublished goes the whole way through the pages: writing,
// a conflict, handing in, the blind form, a return, a stale approval, the
// second key, the public page, and a correction.
func TestFromFirstWordsToPublished(t *testing.T) {
	o := newWritingRoom(t)
	draft, _ := o.must("an", "POST", "/desk/drafts", url.Values{}, 303)
	_, page := o.must("an", "GET", draft, nil, 200)
	form := wholeCheck()
	form.Set("counter", fields(page).Get("counter"))
	o.must("an", "POST", draft, form, 303)

	// Somebody who had the older page open saves: both texts are shown.
	late := wholeCheck()
	late.Set("counter", fields(page).Get("counter"))
	late.Set("summary", "Hồ còn cạn.")
	_, page = o.must("chi", "POST", draft, late, 409)
	if !strings.Contains(page, "Hồ còn cạn.") || !strings.Contains(page, "<del>Hồ còn cạn.</del><ins>Mọi cửa đều đóng.</ins>") {
		t.Errorf("the conflict does not show both:\n%s", page)
	}

	_, page = o.must("an", "GET", draft+"/hand-in", nil, 200)
	sign := fields(page)
	sign.Set("no_interest", "1")
	o.must("an", "POST", draft+"/hand-in", sign, 303)

	review := strings.Replace(draft, "/drafts/", "/review/", 1)
	_, page = o.must("binh", "GET", review, nil, 200)
	for _, hiddenWord := range []string{"Mọi cửa đều đóng", "not_true", "Không đúng", "Nhật ký"} {
		if strings.Contains(page, hiddenWord) {
			t.Errorf("the blind form shows %q", hiddenWord)
		}
	}
	if place, _ := o.must("binh", "GET", draft, nil, 303); place != review {
		t.Errorf("a reviewer reads the author's page before the blind form: %s", place)
	}
	o.must("binh", "POST", review+"/classify", url.Values{"kind": {"fact"}, "about_power": {"no"}}, 303)
	_, page = o.must("binh", "GET", review, nil, 200)
	stale := fields(page)
	if !strings.Contains(page, "Mọi cửa đều đóng") || stale.Get("revision") == "" {
		t.Fatalf("the review shows no revision:\n%s", page)
	}
	back := fields(page)
	back.Set("reason", "Thiếu ngày của nguồn thứ hai.")
	o.must("binh", "POST", review+"/return", back, 303)

	_, page = o.must("an", "GET", draft, nil, 200)
	if !strings.Contains(page, "Thiếu ngày của nguồn thứ hai.") {
		t.Error("the author does not see why it came back")
	}
	form = wholeCheck()
	form.Set("counter", fields(page).Get("counter"))
	form.Set("summary", "Mọi cửa đều đóng từ sáng.")
	form.Set("dated.2", "2020-10-18")
	o.must("an", "POST", draft, form, 303)
	_, page = o.must("an", "GET", draft+"/hand-in", nil, 200)
	sign = fields(page)
	sign.Set("no_interest", "1")
	o.must("an", "POST", draft+"/hand-in", sign, 303)

	stale.Set("no_interest", "1")
	_, page = o.must("binh", "POST", review+"/approve", stale, 409)
	if !strings.Contains(page, "đã") {
		t.Errorf("the stale approval is not explained:\n%s", page)
	}
	_, page = o.must("binh", "GET", review, nil, 200)
	if !strings.Contains(page, "<ins>") {
		t.Error("the review does not show what changed")
	}
	_, page = o.must("chi", "GET", review, nil, 200)
	if strings.Contains(page, "/approve") {
		t.Error("an editor is offered to approve")
	}
	_, page = o.must("binh", "GET", review, nil, 200)
	final := fields(page)
	final.Set("no_interest", "1")
	own, _ := o.must("binh", "POST", review+"/approve", final, 303)
	check := strings.TrimSuffix(strings.TrimPrefix(own, "/desk/checks/"), "?said=draft_published")
	_, page = o.must("", "GET", "/c/"+check, nil, 200)
	if !strings.Contains(page, "Mọi cửa đều đóng từ sáng.") {
		t.Error("the public page does not show the check")
	}

	_, page = o.must("an", "GET", own, nil, 200)
	if !strings.Contains(page, "Withhold by order") {
		t.Error("the desk's page does not offer the acts")
	}
	fix, _ := o.must("an", "POST", "/desk/checks/"+check, url.Values{"act": {"correct"}}, 303)
	_, page = o.must("an", "GET", fix, nil, 200)
	form = url.Values{"counter": {fields(page).Get("counter")}, "reason": {"Sai giờ"}, "note": {"Bản đầu ghi sai giờ."}, "summary": {"Mọi cửa đều đóng từ hôm qua."}}
	o.must("an", "POST", fix, form, 303)
	_, page = o.must("an", "GET", fix+"/hand-in", nil, 200)
	sign = fields(page)
	sign.Set("no_interest", "1")
	o.must("an", "POST", fix+"/hand-in", sign, 303)
	review = strings.Replace(fix, "/drafts/", "/review/", 1)
	o.must("binh", "POST", review+"/classify", url.Values{"kind": {"fact"}, "about_power": {"no"}}, 303)
	_, page = o.must("binh", "GET", review, nil, 200)
	final = fields(page)
	final.Set("no_interest", "1")
	o.must("binh", "POST", review+"/approve", final, 303)
	_, page = o.must("", "GET", "/c/"+check, nil, 200)
	if !strings.Contains(page, "Bản đầu ghi sai giờ.") || !strings.Contains(page, "từ hôm qua") {
		t.Error("the correction is not shown with its note")
	}
}

// TestDraftPagesAreAccessible lets axe judge the pages of writing and reviewing
// in both languages at 320 pixels, where nothing may scroll sideways.
// SANGTO_SHOTS names a folder for pictures.
func TestDraftPagesAreAccessible(t *testing.T) {
	o := newWritingRoom(t)
	draft, _ := o.must("an", "POST", "/desk/drafts", url.Values{}, 303)
	_, page := o.must("an", "GET", draft, nil, 200)
	form := wholeCheck()
	form.Set("counter", fields(page).Get("counter"))
	o.must("an", "POST", draft, form, 303)
	who := "an"
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/desk/") {
			r.Header.Set("Cookie", "seat="+who)
		}
		o.handler.ServeHTTP(w, r)
	}))
	defer srv.Close()
	tab := testkit.OpenBrowser(t).Tab(t, testkit.View{Width: 320, Height: 640})
	look := func(member, name, path string) {
		t.Helper()
		who = member
		tab.Open(srv.URL + path)
		judge(t, tab, name)
		if over := testkit.Eval[int](tab, "document.documentElement.scrollWidth - innerWidth"); over > 0 {
			t.Errorf("%s scrolls sideways by %d pixels", name, over)
		}
		if text := tab.Text("body"); strings.Contains(text, "desk_draft.") {
			t.Errorf("%s shows the name of a sentence", name)
		}
		if shots := os.Getenv("SANGTO_SHOTS"); shots != "" {
			if err := os.WriteFile(filepath.Join(shots, name+".png"), tab.Shot(), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	look("an", "drafts", "/desk/drafts")
	look("an", "draft", draft)
	look("an", "hand-in", draft+"/hand-in")
	_, page = o.must("an", "GET", draft+"/hand-in", nil, 200)
	sign := fields(page)
	sign.Set("no_interest", "1")
	o.must("an", "POST", draft+"/hand-in", sign, 303)
	review := strings.Replace(draft, "/drafts/", "/review/", 1)
	look("binh", "review-list", "/desk/review")
	look("binh", "blind", review)
	o.must("binh", "POST", review+"/classify", url.Values{"kind": {"fact"}, "about_power": {"no"}}, 303)
	look("binh", "review", review)
}
