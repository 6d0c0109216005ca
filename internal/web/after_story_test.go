package web_test

import (
	"context"
	"crypto/sha256"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"sangto/internal/catalog"
	"sangto/internal/desk"
	"sangto/internal/intake"
	"sangto/internal/store"
)

// What came after the checks of the storybook.

func (s *story) After(_ context.Context, checkID string) (catalog.After, error) {
	if s.fail != nil {
		return catalog.After{}, s.fail
	}
	today := desk.DayOf(now, time.UTC)
	a := catalog.After{Today: today}
	switch checkID {
	case lemonCheck.Check.ID:
		a.Stale, a.NobodyUninvolved = true, true
		a.Waiting = desk.Contest{State: desk.ContestWaiting, Kind: desk.ContestCheck, Day: today - 30, Due: today - 19}
	case damCheck.Check.ID:
		a.Waiting = desk.Contest{State: desk.ContestWaiting, Kind: desk.ContestCheck, Day: today - 2, Due: desk.WorkingDays(today-2, desk.AnswerDays)}
		a.WaitingReply = desk.Contest{State: desk.ContestWaiting, Kind: desk.ReplyToCheck, Day: today - 1, Due: desk.WorkingDays(today-1, desk.AnswerDays)}
		a.Outcomes = []desk.Contest{
			{State: desk.ContestUpheld, Day: today - 40, Decided: today - 35, Answer: "Bạn nói đúng: trạm Cầu Mới ghi 2,10 m lúc 18 giờ.\nBài đã được sửa.", AnswerLang: "vi"},
			{State: desk.ContestDeclined, Day: today - 50, Decided: today - 44, Answer: "Bản lịch bạn nêu là của tháng mười.", AnswerLang: "vi", Outside: "Thư viện huyện Hạ Đồng"},
			{State: desk.ContestDeclined, Day: today - 60, Decided: today - 54, Answer: "Chúng tôi đã gọi lại nhà máy.", SecondKey: "key-2"},
			{State: desk.ContestLapsed, Day: today - 150, Decided: today - 89},
		}
		a.Replies = []desk.Reply{
			{ID: id(900), Text: desk.StoredText("Nhà máy đã báo trước ba ngày bằng loa và bảng tin.\nChúng tôi sẽ báo cả bằng tin nhắn."), Day: today - 1},
			{ID: id(901), Day: today - 20, Erased: today - 10},
		}
		a.Groups = []catalog.Group{
			{Owner: "desk harbour", Items: []catalog.Beside{{Entry: farCheck, Since: today - 5, Gone: s.gone}}},
			{Owner: "eastbridge", Items: []catalog.Beside{{Entry: articleCheck, Since: today - 5}, {Entry: privateCheck, Since: today - 4}}},
		}
		a.TakenAway = []catalog.Beside{{Entry: farCheck, Since: today - 1, Reason: "Bài ấy nói về một con đập khác."}}
	}
	return a, nil
}

// pageOf is a version of a page of the invented desk.
func pageOf(kind desk.PageKind, n int, on string, vi, en string) desk.PolicyPage {
	p := desk.PolicyPage{DeskID: riverDesk.ID, Kind: kind, Number: n, Text: desk.Wording{VI: vi, EN: en}, Day: day(on)}
	p.SHA256 = desk.HashBytes(desk.PageBytes(p))
	return p
}

func (s *story) Policy(_ context.Context, deskID string, kind desk.PageKind, n, page int) (catalog.Policy, error) {
	if s.fail != nil {
		return catalog.Policy{}, s.fail
	}
	if deskID != riverDesk.ID || !kind.Valid() || n > 2 || page > 2 {
		return catalog.Policy{}, missing()
	}
	p := catalog.Policy{Desk: riverDesk, Kind: kind}
	if kind != desk.ComplaintsPage {
		p.Versions = []desk.PolicyPage{
			pageOf(kind, 1, "2025-01-10", "Bản đầu.", "First."),
			pageOf(kind, 2, "2026-02-01", "## Chọn\n\nChúng tôi chọn tin **chờ lâu nhất**.\n\n- Hai khóa\n- Hai phía", ""),
		}
		p.Shown = &p.Versions[1]
		if n > 0 {
			p.Shown = &p.Versions[n-1]
		}
		p.Old = kind == desk.FundingPage
	}
	switch kind {
	case desk.OwnershipPage:
		p.Declarations = []desk.Declaration{
			{Number: 1, Owner: "Nhóm sáng lập", OwnerKind: desk.OwnerIndependent, Funders: "Bạn đọc", FunderKind: desk.OwnerUnknown, Note: desk.Wording{VI: "Lần đầu."}, Day: day("2025-01-10")},
			{Number: 2, Owner: riverDesk.Owner, OwnerKind: desk.OwnerIndependent, Funders: riverDesk.Funders, FunderKind: desk.OwnerCompany, HandedOver: true, Note: desk.Wording{VI: "Hợp tác xã nhận bàn.", EN: "The cooperative took over."}, Day: day("2026-02-01")},
		}
	case desk.PeoplePage:
		p.Introductions = []desk.Introduction{{Words: desk.Wording{VI: "Hoa, y tá về hưu.\nViết về sức khỏe."}}, {Words: desk.Wording{EN: "Lan"}}}
	case desk.CorrectionsPage:
		withheld := lemonCheck
		withheld.Version.Act, withheld.Version.Number, withheld.Version.Note = desk.WithholdOrder, 2, "Chúng tôi không đồng ý và đã khiếu nại."
		withheld.Version.Order = desk.Order{Body: "Tòa án huyện Thượng", Date: day("2026-10-10"), Law: "Luật 1", Lapses: day("2027-04-10")}
		corrected, gone := s.pages[correctedCheck.Check.ID], s.pages[withdrawnCheck.Check.ID]
		p.Log = catalog.List{Entries: []catalog.Entry{withheld, corrected.Entry, gone.Entry}, Total: 23, Page: page, Pages: 2}
	}
	return p, nil
}

func (s *story) Figures(context.Context) (catalog.Figures, error) {
	f := catalog.Figures{Public: 12, NotSo: 5, Checked: 30}
	for _, d := range []desk.Desk{riverDesk, provinceDesk} {
		f.Desks = append(f.Desks, catalog.DeskFigures{Desk: d, Figures: store.Figures{
			Standing: []store.Tally{{Verdict: desk.NotTrue, Claimant: desk.ClaimantOffice, Count: 5}, {Verdict: desk.True, Count: 1234}},
			Acts:     map[desk.Act]int{desk.Correct: 3}, Refused: map[desk.NotRatedKind]int{desk.Opinion: 7}, InTime: 4, Late: 1, Waiting: 2, Upheld: 2,
		}})
	}
	return f, s.fail
}

// contested is what the storybook's intake keeps of contests.
func (c *counter) Contest(_ context.Context, nonce [16]byte, _ desk.Receipt, checkID string, kind desk.ContestKind, raw desk.Raw) (intake.Asked, error) {
	if c.busy != nil {
		return intake.Asked{}, c.busy
	}
	found, err := seen(raw)
	if err != nil {
		return intake.Asked{}, err
	}
	text := found.Text.String()
	switch {
	case !kind.Valid():
		return intake.Asked{}, &desk.Error{Kind: desk.Invalid, Op: "contest", Key: "error.contest.kind"}
	case utf8.RuneCountInString(text) > desk.ContestMax:
		return intake.Asked{}, &desk.Error{
			Kind: desk.Invalid, Op: "contest", Key: "error.contest.long", Args: map[string]any{"Count": utf8.RuneCountInString(text), "Max": desk.ContestMax},
		}
	}
	first, again := c.asked[nonce]
	if !again {
		c.asked[nonce] = text
	}
	return intake.Asked{Text: found.Text, Redactions: found.Redactions, Repeated: again, Different: again && first != text}, nil
}

// contestStates are the receipts of contests, by the state they open.
var contestStates = map[string]desk.ContestState{
	"contest waiting": desk.ContestWaiting, "contest upheld": desk.ContestUpheld, "contest declined": desk.ContestDeclined,
	"reply shown": desk.ReplyShown, "reply returned": desk.ReplyReturned, "contest lapsed": desk.ContestLapsed,
}

// trackContest is the storybook's answer to a receipt of a contest.
func trackContest(r desk.Receipt) (intake.Tracked, bool) {
	for name, state := range contestStates {
		if receiptOf(name).Secret() != r.Secret() {
			continue
		}
		t := &intake.TrackedContest{Kind: desk.ContestCheck, State: state, Due: day("2026-12-01"), Check: damCheck}
		if state == desk.ContestDeclined || state == desk.ReplyReturned {
			t.Answer, t.AnswerLang, t.Outside = "Bản lịch bạn nêu là của tháng mười.", "vi", "Thư viện huyện Hạ Đồng"
		}
		return intake.Tracked{Contest: t}, true
	}
	return intake.Tracked{}, false
}

// afterScenes are the pages of what comes after a check.
func afterScenes(t testing.TB) []scene {
	send := func(kind, receipt, words string) func(*book, *scene) {
		return func(b *book, s *scene) {
			s.form = url.Values{"token": {b.token(t)}, "kind": {kind}, "text": {words}, "receipt": {receipt}}
		}
	}
	get := func(name, path string, status int, says string) scene {
		return scene{name: name, method: "GET", path: path, status: status, says: says}
	}
	contest := "/c/" + damCheck.Check.ID + "/contest"
	post := func(name string, prepare func(*book, *scene), status int, says string) scene {
		return scene{name: name, method: "POST", path: contest, prepare: prepare, status: status, says: says}
	}
	const words = "Trạm Cầu Mới ghi 2,10 m lúc 18 giờ, không phải 19 giờ."
	out := []scene{
		get("check-after-late", "/c/"+lemonCheck.Check.ID, 200, "after.clock_late"),
		get("check-after", "/c/"+damCheck.Check.ID, 200, "after.replies_lead"),
		get("contest", contest, 200, "contest.who"),
		get("contest-reply", contest+"?kind=reply", 200, "contest.who"),
		get("contest-nobody", "/c/"+lemonCheck.Check.ID+"/contest", 200, "contest.who_nobody"),
		get("contest-elsewhere", "/c/"+farCheck.Check.ID+"/contest", 200, "contest.elsewhere"),
		get("contest-lost", "/c/0000000000000000/contest", 404, "error.not_found"),
		post("contested-code", send("contest", "yes", words), 200, "contest.done.once"),
		post("contested-plain", send("reply", "no", words), 200, "contest.done.no_code"),
		post("contest-empty", send("contest", "yes", " "), 400, "error.text.empty"),
		post("contest-no-kind", send("praise", "yes", words), 400, "error.contest.kind"),
		post("contest-number", send("contest", "yes", "0912345678"), 400, "error.text.identifiers"),
		post("contest-long", send("contest", "no", "cầu "+strings.Repeat("dài ", 600)), 400, "error.contest.long"),
		post("contest-64k", send("contest", "no", strings.Repeat("a ", 33<<10)), 413, "error.text.large"),
		post("contest-flood", send("contest", "no", strings.Repeat("a ", 400<<10)), 413, "error.body.large"),
		post("contest-forged", func(_ *book, s *scene) {
			s.form = url.Values{"token": {"x"}, "kind": {"contest"}, "text": {words}}
		}, 403, "error.form.forged"),
		post("contest-early", func(b *book, s *scene) {
			token, err := b.forms.Issue()
			if err != nil {
				t.Fatal(err)
			}
			s.form = url.Values{"token": {token}, "kind": {"contest"}, "text": {words}}
		}, 429, "error.form.early"),
		post("contested-different", func(b *book, s *scene) {
			send("contest", "yes", words)(b, s)
			nonce, err := b.forms.Check(s.form.Get("token"))
			if err != nil {
				t.Fatal(err)
			}
			b.asked[nonce] = "khác"
		}, 200, "contest.done.different"),
		post("contest-full", func(b *book, s *scene) {
			send("contest", "yes", words)(b, s)
			b.busy = &desk.Error{Kind: desk.Unavailable, Op: "contest", Key: "error.storage"}
		}, 503, "error.storage"),
		get("figures", "/figures", 200, "after.figures_never"),
		get("policy-missing", "/desks/bensong/complaints", 200, "after.complain"),
		get("policy-old", "/desks/bensong/funding", 200, "after.page_old"),
		get("policy-older", "/desks/bensong/methodology/1", 200, "after.page_older"),
		get("policy-beyond", "/desks/bensong/methodology/9", 404, "error.not_found"),
		get("policy-nonsense", "/desks/bensong/methodology/x", 404, "error.not_found"),
		get("policy-unknown", "/desks/bensong/secrets", 404, "error.not_found"),
		get("policy-foreign", "/desks/harbour/methodology", 404, "error.not_found"),
		get("policy", "/desks/bensong/methodology", 200, "after.page_kept"),
		get("policy-owner", "/desks/bensong/ownership", 200, "after.declarations"),
		get("policy-people", "/desks/bensong/people", 200, "after.people_note"),
		get("corrections", "/desks/bensong/corrections", 200, "after.log_lead"),
		get("corrections-2", "/desks/bensong/corrections?page=2", 200, "list.newer"),
		get("corrections-beyond", "/desks/bensong/corrections?page=3", 404, "error.not_found"),
		{name: "home-overdue", method: "GET", path: "/", status: 200, says: "after.overdue_label", prepare: func(b *book, _ *scene) {
			b.story.site.Overdue = []catalog.Overdue{{Desk: riverDesk, Pages: []desk.PageKind{desk.FundingPage}}}
		}},
	}
	for name, key := range map[string]string{
		"contest waiting": "track.contest.waiting", "contest upheld": "track.contest.upheld_text", "contest declined": "track.contest.declined_text",
		"reply shown": "track.contest.shown_text", "reply returned": "track.contest.returned_text", "contest lapsed": "track.contest.lapsed",
	} {
		out = append(out, scene{
			name: "track-" + strings.ReplaceAll(name, " ", "-"), method: "POST", path: "/track", status: 200, says: key,
			form: url.Values{"code": {receiptOf(name).Code()}},
		})
	}
	return out
}

// Nothing on the page of figures, or on any page of a desk, counts what people
// ask, or anything by member, outlet or person.
func TestFiguresCountNobody(t *testing.T) {
	b := openBook(t)
	for _, path := range []string{"/en/figures", "/en/desks/bensong/people", "/en/desks/bensong/corrections", "/en/desks/bensong"} {
		page := send(b.handler, "GET", path, nil, nil).Body.String()
		for _, bad := range []string{"questions asked", "readers", "visits", "views", "Hoa:", "per member", "by outlet:"} {
			if strings.Contains(page, bad) {
				t.Errorf("%s says %q", path, bad)
			}
		}
	}
}

// A page's hash can be computed by whoever has the page's words.
func TestPolicyHash(t *testing.T) {
	page := send(openBook(t).handler, "GET", "/desks/bensong/methodology", nil, nil).Body.String()
	want := sha256.Sum256([]byte(`{"desk":"bensong","kind":"methodology","number":2,"vi":"## Chọn\n\nChúng tôi chọn tin **chờ lâu nhất**.\n\n- Hai khóa\n- Hai phía","en":""}`))
	if !strings.Contains(page, hexOf(want)) {
		t.Error("the page does not show the hash of its canonical bytes")
	}
}

func hexOf(sum [32]byte) string {
	const digits = "0123456789abcdef"
	out := make([]byte, 0, 64)
	for _, b := range sum {
		out = append(out, digits[b>>4], digits[b&15])
	}
	return string(out)
}
