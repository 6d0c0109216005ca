package web_test

import (
	"context"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"sangto/internal/desk"
	"sangto/internal/lang"
	"sangto/internal/queue"
	"sangto/internal/web"
)

// storyQueue is a queue with one claim of every sort, and a memory of what it
// was told to do.
type storyQueue struct {
	fail error
	did  []string
}

const (
	storyWaiting  = "0000000000000a01"
	storyPart     = "0000000000000a02"
	storyLike     = "0000000000000a03"
	storyChecking = "0000000000000a04"
	storyBinned   = "0000000000000a05"
	storyClosed   = "0000000000000a06"
	storyAnswered = "0000000000000a07"
	storyTaken    = "0000000000000a08"
)

func storyRows() map[string]queue.Row {
	row := func(id string, state desk.ClaimState, wording string, asked int) queue.Row {
		return queue.Row{Claim: desk.Claim{ID: id, DeskID: riverDesk.ID, State: state, Wording: wording, Lang: "vi", Opened: 20_512, Asked: asked}}
	}
	said := func(r queue.Row, text string) queue.Row {
		r.Words = &queue.Words{ClaimID: r.ID, Text: desk.StoredText(text), Asked: r.Opened}
		return r
	}
	waiting := said(row(storyWaiting, desk.Waiting, "", 3), "Nghe nói tối nay đập thủy điện Sông Lành <b>xả lũ</b>, gọi [phone] để biết thêm phải không?\nAi biết chỉ giúp")
	waiting.Note = "Hỏi ban quản lý đập"
	part := said(row(storyPart, desk.Waiting, "", 12), "Đập Sông Lành xả lũ lúc 10 giờ đêm nay?")
	part.JoinedTo = storyWaiting
	binned := said(row(storyBinned, desk.Closed, "", 1), "Mua thuốc giảm cân giá rẻ "+strings.Repeat("inbox", 30))
	binned.Binned = 20_512
	closed := row(storyClosed, desk.Closed, "", 2)
	closed.ClosedAs = desk.Opinion
	answered := row(storyAnswered, desk.Answered, "Trường tiểu học Suối Vàng đóng cửa một tuần", 120)
	answered.CheckID = id(1)
	taken := row(storyTaken, desk.Waiting, "", 150)
	taken.Assignee, taken.By = "minh", "Minh"
	out := map[string]queue.Row{}
	for _, r := range []queue.Row{
		waiting, part, binned, closed, answered, taken,
		said(row(storyLike, desk.Waiting, "", 1), "Hồ chứa Sông Lành sắp vỡ?"),
		row(storyChecking, desk.Checking, "Đập thủy điện Sông Lành xả lũ không báo trước", 40),
	} {
		out[r.ID] = r
	}
	return out
}

func pick(sheet bool, ids ...string) []queue.Row {
	all := storyRows()
	var out []queue.Row
	for _, id := range ids {
		r := all[id]
		if !sheet {
			r.Words = nil
		}
		out = append(out, r)
	}
	return out
}

func (q *storyQueue) List(_ context.Context, _ desk.Member, v queue.View, _ string) (queue.Page, error) {
	return q.page(v, false)
}

func (q *storyQueue) Sheet(_ context.Context, _ desk.Member, v queue.View, _ string) (queue.Page, error) {
	return q.page(v, true)
}

func (q *storyQueue) page(v queue.View, sheet bool) (queue.Page, error) {
	p := queue.Page{View: v}
	switch v {
	case queue.Waiting:
		p.Rows, p.Next = pick(sheet, storyTaken, storyWaiting, storyLike), "0.20512."+storyLike
	case queue.Free:
		p.Rows = pick(sheet, storyWaiting)
	case queue.Mine:
	case queue.Checking, queue.Review:
		p.Rows = pick(sheet, storyChecking)
	case queue.Bin:
		p.Rows = pick(sheet, storyBinned)
	default:
		return p, &desk.Error{Kind: desk.NotFound, Key: "error.missing"}
	}
	return p, nil
}

func (q *storyQueue) Claim(_ context.Context, _ desk.Member, id string) (queue.Claim, error) {
	r, ok := storyRows()[id]
	if !ok {
		return queue.Claim{}, &desk.Error{Kind: desk.NotFound, Key: "error.missing"}
	}
	c := queue.Claim{Row: r, Bucket: desk.BucketOf(r.Asked), Members: storyMembers()}
	switch id {
	case storyWaiting:
		like := storyRows()[storyLike]
		c.Parts, c.Like, c.Alike, c.Bucket = pick(true, storyPart), &like, pick(false, storyLike), desk.Tens
		c.Near = pick(false, storyChecking)
	case storyPart:
		head := pick(false, storyWaiting)[0]
		c.Head = &head
	}
	return c, nil
}

func (q *storyQueue) Alike(context.Context, desk.Member, string) (queue.Page, error) {
	return queue.Page{View: queue.Waiting, Rows: pick(true, storyWaiting, storyLike)}, nil
}

func (q *storyQueue) Search(_ context.Context, _ desk.Member, words string) (queue.Found, error) {
	if strings.Contains(words, "không có") {
		return queue.Found{}, nil
	}
	return queue.Found{Claims: pick(false, storyChecking)}, nil
}

func (q *storyQueue) Refusals(context.Context, desk.Member) ([]queue.Refusal, error) {
	return []queue.Refusal{
		{ID: "0000000000000b01", Reason: queue.Spam, Day: 20_512},
		{ID: "0000000000000b02", Reason: string(desk.Satire), Day: 20_511},
	}, nil
}

func (q *storyQueue) Watch(_ context.Context, actor desk.Member) (queue.Watch, error) {
	if actor.Role != desk.Admin {
		return queue.Watch{}, &desk.Error{Kind: desk.Forbidden, Key: "error.role.higher"}
	}
	return queue.Watch{Whole: true, Alerts: []queue.Alert{
		{Day: 20_512, MemberID: "minh", Name: "Minh"}, {Day: 20_501, MemberID: "hoa", Name: "Hoa", Settled: true},
	}}, nil
}

func (q *storyQueue) do(act string, args ...string) error {
	if q.fail == nil {
		q.did = append(q.did, act+" "+strings.Join(args, " "))
	}
	return q.fail
}

func (q *storyQueue) Word(_ context.Context, m desk.Member, id string, as queue.Wording) error {
	return q.do("word", m.ID, id, as.Lang, as.Text)
}

func (q *storyQueue) Decline(_ context.Context, m desk.Member, id string, as desk.NotRatedKind) error {
	return q.do("decline", m.ID, id, string(as))
}

func (q *storyQueue) Reopen(_ context.Context, m desk.Member, id string) error {
	return q.do("reopen", m.ID, id)
}

func (q *storyQueue) Join(_ context.Context, m desk.Member, id, head string) error {
	return q.do("join", m.ID, id, head)
}

func (q *storyQueue) Split(_ context.Context, m desk.Member, id string) error {
	return q.do("split", m.ID, id)
}

func (q *storyQueue) KeepApart(_ context.Context, m desk.Member, id string) error {
	return q.do("apart", m.ID, id)
}

func (q *storyQueue) Assign(_ context.Context, m desk.Member, id, was, to string) error {
	return q.do("assign", m.ID, id, was, to)
}

func (q *storyQueue) Note(_ context.Context, m desk.Member, id, was, note string) error {
	return q.do("note", m.ID, id, was, note)
}

func (q *storyQueue) Unbin(_ context.Context, m desk.Member, id string) error {
	return q.do("unbin", m.ID, id)
}

func (q *storyQueue) Refuse(_ context.Context, m desk.Member, ids []string, reason string) (queue.Refused, error) {
	err := q.do("refuse", append([]string{m.ID, reason}, ids...)...)
	return queue.Refused{Done: len(ids)}, err
}

func (q *storyQueue) Undo(_ context.Context, m desk.Member, act string) (queue.Refused, error) {
	return queue.Refused{Done: 1, Moved: 1}, q.do("undo", m.ID, act)
}

func (q *storyQueue) SettleAlert(_ context.Context, m desk.Member, day desk.Day, member string) error {
	return q.do("settle", m.ID, day.String(), member)
}

func queueBook(t testing.TB) (*deskBook, *storyQueue) {
	t.Helper()
	q := &storyQueue{}
	return openDesk(t, func(d *web.DeskDeps) { d.Queue = q }), q
}

// ownScript is the only script a page of the desk may carry.
var ownScript = regexp.MustCompile(`<script src="/static/[^"]+" nonce="[A-Z2-7]+" defer></script>`)

// queueScenes are the pages of the queue that are looked at.
func queueScenes() []struct {
	name, path, says string
	form             url.Values
} {
	claim := "/desk/queue/claim/"
	return []struct {
		name, path, says string
		form             url.Values
	}{
		{"waiting", "/desk/queue", "desk_queue.with_words", nil},
		{"sheet", "/desk/queue?words=yes", "desk_queue.sheet_note", nil},
		{"free", "/desk/queue?view=free", "desk_queue.refuse_chosen", nil},
		{"mine", "/desk/queue?view=mine", "desk_queue.empty", nil},
		{"checking", "/desk/queue?view=checking", "desk_queue.state.checking", nil},
		{"bin", "/desk/queue?view=bin&words=yes", "desk_queue.state.binned", nil},
		{"claim", claim + storyWaiting, "desk_queue.word_button", nil},
		{"claim-part", claim + storyPart, "desk_queue.part_of", nil},
		{"claim-checking", claim + storyChecking, "desk_queue.note_label", nil},
		{"claim-binned", claim + storyBinned, "desk_queue.unbin", nil},
		{"claim-closed", claim + storyClosed, "desk_queue.reopen", nil},
		{"claim-answered", claim + storyAnswered, "desk_queue.state.answered", nil},
		{"claim-taken", claim + storyTaken, "desk_queue.wordless", nil},
		{"alike", claim + storyWaiting + "/alike", "desk_queue.join_chosen", nil},
		{"refusals", "/desk/queue/refusals?said=refused_some", "desk_said.refused_some", nil},
		{"search", "/desk/queue/find", "desk_queue.search_hint", nil},
		{"found", "/desk/queue/find", "desk_queue.found_claims", url.Values{"words": {"đập <sông>"}}},
		{"found-none", "/desk/queue/find", "desk_queue.found_none", url.Values{"words": {"không có"}}},
		{"watch", "/desk/queue/watch", "desk_queue.alerts", nil},
	}
}

func TestQueuePages(t *testing.T) {
	b, _ := queueBook(t)
	for _, tag := range lang.Tags() {
		b.chairs.langs["lan"] = tag
		w := words(t, tag)
		for _, s := range queueScenes() {
			t.Run(tag+"/"+s.name, func(t *testing.T) {
				got := b.get(s.path, b.as(desk.Admin))
				if s.form != nil {
					got = b.post(s.path, s.form, b.as(desk.Admin))
				}
				body := got.Body.String()
				if got.Code != 200 || !says(html.UnescapeString(body), w.T(s.says)) {
					t.Errorf("status %d, or the page does not say %q", got.Code, w.T(s.says))
				}
				for _, fault := range faults(ownScript.ReplaceAllString(body, "")) {
					t.Error(fault)
				}
				if regexp.MustCompile(`>desk_[a-z_.]+<`).MatchString(body) {
					t.Error("a raw key is shown")
				}
				if s.name == "waiting" && strings.Contains(body, "Nghe nói") {
					t.Error("the list shows what was asked")
				}
				if s.name == "claim" && (!strings.Contains(body, "&lt;b&gt;xả lũ") || !strings.Contains(body, `class="chip"`)) {
					t.Error("the words are not shown escaped, with what was masked")
				}
			})
		}
	}
}

// TestQueueForms sends every form of the queue and looks at what was asked of
// the queue, and where the member is led.
func TestQueueForms(t *testing.T) {
	claim := "/desk/queue/claim/" + storyWaiting
	for _, c := range []struct {
		path     string
		form     url.Values
		did, to  string
		mendable bool
	}{
		{claim + "/word", url.Values{"lang": {"vi"}, "wording": {"Đập xả lũ"}}, "word hoa " + storyWaiting + " vi Đập xả lũ", claim + "?said=worded", true},
		{claim + "/decline", url.Values{"reason": {"satire"}}, "decline hoa " + storyWaiting + " satire", claim + "?said=declined", true},
		{claim + "/reopen", nil, "reopen hoa " + storyWaiting, claim + "?said=reopened", true},
		{claim + "/join", url.Values{"to": {storyLike}}, "join hoa " + storyWaiting + " " + storyLike, claim + "?said=joined", true},
		{claim + "/join", url.Values{"id": {storyWaiting, storyLike}}, "join hoa " + storyLike + " " + storyWaiting, claim + "?said=joined", true},
		{claim + "/split", nil, "split hoa " + storyWaiting, claim + "?said=split", true},
		{claim + "/apart", nil, "apart hoa " + storyWaiting, claim + "?said=apart", true},
		{claim + "/assign", url.Values{"was": {"minh"}, "member": {"lan"}}, "assign hoa " + storyWaiting + " minh lan", claim + "?said=assigned", true},
		{claim + "/note", url.Values{"was": {"a"}, "note": {"b"}}, "note hoa " + storyWaiting + " a b", claim + "?said=noted", true},
		{claim + "/unbin", nil, "unbin hoa " + storyWaiting, claim + "?said=unbinned", true},
		{"/desk/queue/refuse", url.Values{"id": {storyWaiting, storyLike}, "reason": {"spam"}, "back": {"/desk/queue?view=free"}}, "refuse hoa spam " + storyWaiting + " " + storyLike, "/desk/queue/refusals?said=refused", true},
		{"/desk/queue/undo", url.Values{"act": {"0000000000000b01"}}, "undo hoa 0000000000000b01", "/desk/queue?said=undone_some", true},
		{"/desk/queue/watch", url.Values{"day": {"2026-02-28"}, "member": {"minh"}}, "settle hoa 2026-02-28 minh", "/desk/queue/watch?said=settled", false},
	} {
		b, q := queueBook(t)
		got := b.post(c.path, c.form, b.as(desk.Editor))
		if got.Code != http.StatusSeeOther || got.Header().Get("Location") != c.to || strings.Join(q.did, ";") != strings.TrimSpace(c.did) {
			t.Errorf("%s: %d to %q, did %q", c.path, got.Code, got.Header().Get("Location"), q.did)
		}
		if next := b.get(c.to, b.as(desk.Admin)); !strings.Contains(next.Body.String(), `class="said"`) {
			t.Errorf("%s: nothing is said of it", c.to)
		}
		if got := b.post(c.path, c.form, nil); got.Code != http.StatusUnauthorized {
			t.Errorf("%s as nobody: %d", c.path, got.Code)
		}
		// Somebody was faster: a clear sentence, the present state, and the words
		// that were written.
		q.fail = &desk.Error{Kind: desk.Conflict, Key: "error.role.state"}
		got = b.post(c.path, c.form, b.as(desk.Editor))
		body := html.UnescapeString(got.Body.String())
		if got.Code != http.StatusConflict || !strings.Contains(body, words(t, "vi").T("error.role.state")) {
			t.Errorf("%s after somebody faster: %d", c.path, got.Code)
		}
		if c.mendable && !strings.Contains(body, `class="views"`) {
			t.Errorf("%s after somebody faster does not show the present state", c.path)
		}
		for _, kept := range []string{c.form.Get("wording"), c.form.Get("note")} {
			if !strings.Contains(body, kept) {
				t.Errorf("%s after somebody faster has lost %q", c.path, kept)
			}
		}
		q.fail = &desk.Error{Kind: desk.Unavailable, Key: "error.storage"}
		if got := b.post(c.path, c.form, b.as(desk.Editor)); got.Code != http.StatusServiceUnavailable {
			t.Errorf("%s without a store: %d", c.path, got.Code)
		}
	}
}

// TestWordingThatIsRefusedIsKept shows a telephone number and a name to their
// writer again, and asks about the name.
func TestWordingThatIsRefusedIsKept(t *testing.T) {
	b, q := queueBook(t)
	form := url.Values{"lang": {"en"}, "wording": {"Bà Trần Thị Bích Ngọc gọi 0912 345 678"}}
	for key, asks := range map[string]bool{"error.claim.identifiers": false, "error.claim.names": true} {
		q.fail = &desk.Error{Kind: desk.Invalid, Key: key, Args: map[string]any{"Names": "Trần Thị Bích Ngọc"}}
		got := b.post("/desk/queue/claim/"+storyWaiting+"/word", form, b.as(desk.Editor))
		body := html.UnescapeString(got.Body.String())
		if got.Code != http.StatusBadRequest || !strings.Contains(body, form.Get("wording")) || strings.Contains(body, `name="names"`) != asks ||
			!strings.Contains(body, `<option value="en" selected>`) {
			t.Errorf("%s: %d\n%s", key, got.Code, body)
		}
	}
}

func TestQueueIsForMembers(t *testing.T) {
	b, _ := queueBook(t)
	for _, s := range queueScenes() {
		if got := b.get(s.path, nil); got.Code != http.StatusSeeOther || strings.Contains(got.Body.String(), "Nghe nói") {
			t.Errorf("%s as nobody: %d", s.path, got.Code)
		}
	}
	if got := b.get("/desk/queue/watch", b.as(desk.Reviewer)); got.Code != http.StatusForbidden {
		t.Errorf("a reviewer sees the alerts: %d", got.Code)
	}
	if strings.Contains(b.get("/desk/queue", b.as(desk.Reviewer)).Body.String(), "/desk/queue/watch") {
		t.Error("a reviewer is led to the alerts")
	}
	for path, status := range map[string]int{
		"/desk/queue?view=all": 404, "/desk/queue?view=waiting&after=%27x": 200, "/desk/queue/claim/none": 404, "/desk/queue/claim/none/note": 404,
		"/desk/queue/export": 404, "/desk/queue/questions": 404,
	} {
		if got := b.get(path, b.as(desk.Admin)); got.Code != status && got.Code != http.StatusMethodNotAllowed {
			t.Errorf("%s: %d, want %d", path, got.Code, status)
		}
	}
}
