package web_test

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"html"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"sangto/internal/desk"
	"sangto/internal/intake"
	"sangto/internal/store"
	"sangto/internal/web"
	"sangto/internal/workflow"
)

// The pages of what comes after a check stand here on a real store and the
// real workflow: what they show is what the rules leave.

// afterDesk is the storybook's desk with one published check, written by Hoa
// and approved by a member who has left since, so that Minh and Lan had no part
// in it.
type afterDesk struct {
	*deskBook
	db    *store.DB
	check string
	other string
	time  time.Time
}

func openAfter(t testing.TB) *afterDesk {
	t.Helper()
	a := &afterDesk{check: "c000000000000001", other: "j000000000000001", time: now}
	db, err := store.Open(t.Context(), store.Options{
		Path: filepath.Join(t.TempDir(), "t.db"), Zone: time.UTC, Random: rand.Reader, Clock: func() time.Time { return a.time },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	a.db = db
	v := damCheck.Version
	v.CheckID, v.Author, v.Evidence, v.Blind = a.check, "hoa", nil, desk.Classification{Kind: desk.FactKind}
	far := farCheck.Version
	far.CheckID = a.other
	a.update(t, func(tx *store.Tx) error {
		steps := []error{tx.PutDesk(riverDesk), tx.PutDesk(farDesk)}
		for _, m := range storyMembers() {
			steps = append(steps, tx.PutMember(m))
		}
		return errors.Join(append(
			steps,
			tx.PutMember(desk.Member{ID: "gone", DeskID: riverDesk.ID, Name: "Gone", Role: desk.Reviewer, KeyID: "key-gone"}),
			tx.AddCheck(desk.Check{ID: a.check, DeskID: riverDesk.ID, Lang: "vi"}),
			tx.AddVersion(v, "rev", []desk.Approval{{MemberID: "hoa", KeyID: "key-hoa", Revision: "rev"}, {MemberID: "gone", KeyID: "key-gone", Revision: "rev"}}),
			tx.AddCheck(desk.Check{ID: a.other, DeskID: farDesk.ID, Lang: "en", SourceURL: "https://harbour.example/1"}),
			tx.AddVersion(far, "", nil),
			tx.PutMember(desk.Member{ID: "gone", DeskID: riverDesk.ID, Name: "Gone", Role: desk.Reviewer, KeyID: "key-gone", Ended: true}))...)
	})
	flow := workflow.New(db)
	a.deskBook = openDesk(t, func(d *web.DeskDeps) {
		d.After = flow
		d.Alike = func(context.Context, string) ([]intake.Candidate, error) {
			e := farCheck
			e.Check.ID = a.other
			return []intake.Candidate{{Entry: e, Probability: 0.9}}, nil
		}
		d.Waits = func(ctx context.Context, m desk.Member) (map[string]bool, error) {
			contests, pages, err := flow.AfterWaits(ctx, m)
			return map[string]bool{"contests": contests, "pages": pages}, err
		}
	})
	return a
}

func (a *afterDesk) update(t testing.TB, fn func(tx *store.Tx) error) {
	t.Helper()
	if err := a.db.Update(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func (a *afterDesk) contest(t testing.TB, id string, kind desk.ContestKind, words string, ago desk.Day) {
	t.Helper()
	m := sha256.Sum256([]byte(id))
	a.update(t, func(tx *store.Tx) error {
		day := tx.Day() - ago
		return tx.AddContest(desk.Contest{
			ID: id, CheckID: a.check, DeskID: riverDesk.ID, Number: 1, Kind: kind, State: desk.ContestWaiting, Day: day,
			Due: desk.WorkingDays(day, desk.AnswerDays), ReceiptMAC: m[:], TextMAC: m[:], Text: desk.StoredText(words),
		})
	})
}

// page gets a page as a member and fails unless it is whole.
func (a *afterDesk) page(t *testing.T, path string, role desk.Role) string {
	t.Helper()
	got := a.get(path, a.as(role))
	if got.Code != http.StatusOK {
		t.Fatalf("%s as %s: status %d", path, role, got.Code)
	}
	body := got.Body.String()
	for _, f := range faults(body) {
		t.Errorf("%s: %s", path, f)
	}
	return html.UnescapeString(body)
}

// does posts a form and wants to be led on; it returns where to.
func (a *afterDesk) does(t *testing.T, role desk.Role, path string, form url.Values) string {
	t.Helper()
	got := a.post(path, form, a.as(role))
	if got.Code != http.StatusSeeOther {
		t.Fatalf("%s as %s: status %d: %s", path, role, got.Code, got.Body.String())
	}
	return got.Header().Get("Location")
}

// refused posts a form and wants the sentence of an error.
func (a *afterDesk) refused(t *testing.T, role desk.Role, path string, form url.Values, key string) {
	t.Helper()
	got := a.post(path, form, a.as(role))
	if body := html.UnescapeString(got.Body.String()); got.Code < 400 || !says(body, words(t, "vi").T(key)) {
		t.Errorf("%s as %s: status %d, wanted %s", path, role, got.Code, key)
	}
}

var hashField = regexp.MustCompile(`name="hash" value="([0-9a-f]{64})"`)

func hashIn(t *testing.T, page string) string {
	t.Helper()
	m := hashField.FindStringSubmatch(page)
	if m == nil {
		t.Fatalf("no hash to agree to on the page:\n%s", page)
	}
	return m[1]
}

func TestDeskContests(t *testing.T) {
	a := openAfter(t)
	const one, two = "contest000000001", "contest000000002"
	a.contest(t, one, desk.ContestCheck, "Trạm Cầu Mới ghi khác <script>alert(1)</script>\u202e.", 30)
	a.contest(t, two, desk.ReplyToCheck, "Chúng tôi đã báo trước, anh Nguyễn Văn Tèo ở ấp 3 đã ký.", 1)
	list := a.page(t, "/desk/contests", desk.Reviewer)
	if strings.Contains(list, "Trạm Cầu Mới ghi khác") {
		t.Error("the list shows the words")
	}
	if !strings.Contains(list, words(t, "vi").T("desk_frame.waits")) || strings.Index(list, one) > strings.Index(list, two) {
		t.Error("the late one does not stand first, or nothing marks that it waits")
	}
	path := "/desk/contests/" + one
	if !strings.Contains(a.page(t, path, desk.Editor), words(t, "vi").T("desk_after.decider.not_you")) {
		t.Error("the author is not told that somebody else answers")
	}
	form := url.Values{"outcome": {"declined"}, "answer": {"Bản đo của trạm ghi như bài nêu."}, "answer_lang": {"vi"}}
	a.refused(t, desk.Editor, path+"/decide", form, "error.role.higher")
	a.refused(t, desk.Reviewer, path+"/decide", url.Values{"outcome": {"declined"}}, "error.contest.answer")
	a.refused(t, desk.Reviewer, path+"/decide", url.Values{"outcome": {"shown"}, "answer": {"x"}}, "error.contest.outcome")
	if to := a.does(t, desk.Reviewer, path+"/decide", form); to != "/desk/contests?said=decided" {
		t.Errorf("led to %s", to)
	}
	a.refused(t, desk.Admin, path+"/decide", form, "error.contest.decided")
	if page := a.page(t, path, desk.Admin); strings.Contains(page, "Trạm Cầu Mới") || !strings.Contains(page, "Bản đo của trạm") {
		t.Error("after the answer the words still stand, or the answer does not")
	}
	reply := "/desk/contests/" + two
	if page := a.page(t, reply, desk.Admin); !strings.Contains(page, words(t, "vi").T("desk_after.hints")) {
		t.Error("a name in a reply is not pointed out")
	}
	a.refused(t, desk.Admin, reply+"/decide", url.Values{"outcome": {"shown"}}, "error.contest.names")
	a.does(t, desk.Admin, reply+"/decide", url.Values{"outcome": {"shown"}, "no_names": {"yes"}})
	beside := a.page(t, "/desk/beside/"+a.check, desk.Reviewer)
	if !strings.Contains(beside, "Chúng tôi đã báo trước") {
		t.Fatal("the shown reply is not there")
	}
	a.does(t, desk.Reviewer, "/desk/beside/"+a.check+"/erase", url.Values{"reply": {two}})
	a.does(t, desk.Admin, "/desk/beside/"+a.check+"/erase", url.Values{"reply": {two}, "hash": {hashIn(t, a.page(t, "/desk/beside/"+a.check, desk.Admin))}})
	if strings.Contains(a.page(t, "/desk/beside/"+a.check, desk.Admin), "Chúng tôi đã báo trước") {
		t.Error("an erased reply still shows")
	}
	if got := a.get("/desk/contests/0000000000000000", a.as(desk.Admin)); got.Code != http.StatusNotFound {
		t.Errorf("a contest that is not there: %d", got.Code)
	}
}

// Where everybody had a part, two decide; a stale page changes nothing.
func TestDeskContestsByTwo(t *testing.T) {
	a := openAfter(t)
	const one = "contest000000001"
	a.contest(t, one, desk.ContestCheck, "Trạm ghi khác.", 1)
	a.update(t, func(tx *store.Tx) error {
		v, err := tx.Latest(a.check)
		v.Number, v.Act, v.Author, v.Reason, v.Note = 2, desk.Correct, "minh", "r", "n"
		return errors.Join(err, tx.AddVersion(v, "rev2", []desk.Approval{
			{MemberID: "minh", KeyID: "key-minh", Revision: "rev2"}, {MemberID: "lan", KeyID: "key-lan", Revision: "rev2"},
		}))
	})
	path := "/desk/contests/" + one
	form := url.Values{"outcome": {"upheld"}, "answer": {"Đúng vậy."}, "outside": {"Thư viện huyện Hạ Đồng"}}
	a.refused(t, desk.Reviewer, path+"/decide", url.Values{"outcome": {"upheld"}, "answer": {"Đúng vậy."}}, "error.contest.two_admins")
	a.does(t, desk.Reviewer, path+"/decide", form)
	old := hashIn(t, a.page(t, path, desk.Admin))
	if hashField.MatchString(a.page(t, path, desk.Reviewer)) {
		t.Error("whoever proposed may agree to it")
	}
	a.does(t, desk.Reviewer, path+"/decide", url.Values{"outcome": {"declined"}, "answer": {"Không."}, "outside": {"Thư viện"}})
	a.refused(t, desk.Admin, path+"/agree", url.Values{"hash": {old}}, "error.proposal.changed")
	a.does(t, desk.Admin, path+"/take-back", nil)
	a.does(t, desk.Reviewer, path+"/decide", form)
	a.does(t, desk.Admin, path+"/agree", url.Values{"hash": {hashIn(t, a.page(t, path, desk.Admin))}})
	if page := a.page(t, path, desk.Admin); !strings.Contains(page, words(t, "vi").T("desk_after.outcome.upheld")) {
		t.Error("the decision does not stand")
	}
}

func TestDeskPages(t *testing.T) {
	a := openAfter(t)
	w := words(t, "vi")
	for _, role := range desk.Roles() {
		if page := a.page(t, "/desk/pages", role); !strings.Contains(page, w.T("desk_after.pages_missing")) {
			t.Errorf("%s is not told that pages are missing", role)
		}
	}
	const path = "/desk/pages/methodology"
	offered := a.page(t, path, desk.Admin)
	if !strings.Contains(offered, words(t, "en").T("desk_after.draft.methodology")) || !strings.Contains(offered, w.T("desk_after.draft.methodology")) {
		t.Error("no draft is offered in both languages")
	}
	a.refused(t, desk.Admin, path, url.Values{"vi": {w.T("desk_after.draft.methodology")}}, "error.policy.blank")
	a.refused(t, desk.Admin, path, url.Values{"vi": {" "}}, "error.policy.empty")
	a.refused(t, desk.Editor, path, url.Values{"vi": {"Cách làm"}}, "error.role.higher")
	a.does(t, desk.Admin, path, url.Values{"vi": {"Cách làm <b>của</b> ta"}, "en": {"How we work"}})
	if hashField.MatchString(a.page(t, path, desk.Admin)) {
		t.Error("the admin is offered to agree to her own words")
	}
	hash := hashIn(t, a.page(t, path, desk.Editor))
	a.does(t, desk.Admin, path, url.Values{"vi": {"Cách khác"}})
	a.refused(t, desk.Editor, path+"/agree", url.Values{"hash": {hash}}, "error.proposal.changed")
	hash = hashIn(t, a.page(t, path, desk.Editor))
	a.does(t, desk.Editor, path+"/agree", url.Values{"hash": {hash}})
	a.refused(t, desk.Reviewer, path+"/agree", url.Values{"hash": {hash}}, "error.proposal.changed")
	if page := a.page(t, "/desk/pages", desk.Reviewer); strings.Count(page, w.T("desk_after.page_none")) != 5 {
		t.Error("the list does not show one page of six as published")
	}

	const declaration = "/desk/declaration"
	form := url.Values{
		"owner": {"Thư viện"}, "owner_kind": {"university"}, "funders": {"Bạn đọc"}, "funder_kind": {"unknown"}, "note_vi": {"Đổi chủ."}, "handed_over": {"yes"},
	}
	a.refused(t, desk.Reviewer, declaration, form, "error.role.higher")
	a.refused(t, desk.Admin, declaration, url.Values{"owner": {"x"}, "funders": {"y"}, "owner_kind": {"empire"}, "note_vi": {"z"}}, "error.declaration.kind")
	a.does(t, desk.Admin, declaration, form)
	a.does(t, desk.Reviewer, declaration+"/agree", url.Values{"hash": {hashIn(t, a.page(t, declaration, desk.Reviewer))}})
	if page := a.page(t, declaration, desk.Reviewer); !strings.Contains(page, "Chỉ quản trị viên") {
		t.Error("a reviewer is shown the form")
	}
	a.does(t, desk.Editor, "/desk/introduction", url.Values{"vi": {"Hoa, y tá"}})
	if !strings.Contains(a.page(t, "/desk/pages", desk.Editor), "Hoa, y tá") || strings.Contains(a.page(t, "/desk/pages", desk.Admin), "Hoa, y tá") {
		t.Error("an introduction stands in somebody else's form, or not in its writer's")
	}
	if got := a.get("/desk/pages/mission", a.as(desk.Admin)); got.Code != http.StatusNotFound {
		t.Errorf("a page of no kind: %d", got.Code)
	}
}

func TestDeskBeside(t *testing.T) {
	a := openAfter(t)
	path := "/desk/beside/" + a.check
	if list := a.page(t, "/desk/beside", desk.Editor); !strings.Contains(list, path) {
		t.Error("our check is not in the list")
	}
	a.does(t, desk.Editor, path+"/show", url.Values{"other": {a.other}})
	a.refused(t, desk.Reviewer, path+"/show", url.Values{"other": {a.other}}, "error.stale")
	a.refused(t, desk.Editor, path+"/take-away", url.Values{"other": {a.other}}, "error.aside.reason")
	a.does(t, desk.Editor, path+"/take-away", url.Values{"other": {a.other}, "reason": {"Bài nói về đập khác."}})
	if hashField.MatchString(a.page(t, path, desk.Editor)) {
		t.Error("one member can hide another desk's verdict")
	}
	a.does(t, desk.Reviewer, path+"/agree", url.Values{"other": {a.other}, "hash": {hashIn(t, a.page(t, path, desk.Reviewer))}})
	if page := a.page(t, path, desk.Editor); !strings.Contains(page, words(t, "vi").T("desk_after.beside_nothing")) {
		t.Error("it still stands beside ours")
	}
	if got := a.get("/desk/beside/"+a.other, a.as(desk.Editor)); got.Code != http.StatusNotFound {
		t.Errorf("another desk's check: %d", got.Code)
	}
}
