package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"sangto/internal/desk"
	"sangto/internal/gate"
	"sangto/internal/lang"
	"sangto/internal/publish"
	"sangto/internal/queue"
)

// Queue shows members the claims and lets them act. *queue.Queue is one.
type Queue interface {
	List(ctx context.Context, actor desk.Member, v queue.View, after string) (queue.Page, error)
	Sheet(ctx context.Context, actor desk.Member, v queue.View, after string) (queue.Page, error)
	Claim(ctx context.Context, actor desk.Member, id string) (queue.Claim, error)
	Alike(ctx context.Context, actor desk.Member, id string) (queue.Page, error)
	Search(ctx context.Context, actor desk.Member, words string) (queue.Found, error)
	Refusals(ctx context.Context, actor desk.Member) ([]queue.Refusal, error)
	Watch(ctx context.Context, actor desk.Member) (queue.Watch, error)

	Word(ctx context.Context, actor desk.Member, claimID string, as queue.Wording) error
	Decline(ctx context.Context, actor desk.Member, claimID string, as desk.NotRatedKind) error
	Reopen(ctx context.Context, actor desk.Member, claimID string) error
	Join(ctx context.Context, actor desk.Member, claimID, headID string) error
	Split(ctx context.Context, actor desk.Member, claimID string) error
	KeepApart(ctx context.Context, actor desk.Member, claimID string) error
	Assign(ctx context.Context, actor desk.Member, claimID, was, memberID string) error
	Note(ctx context.Context, actor desk.Member, claimID, was, note string) error
	Unbin(ctx context.Context, actor desk.Member, claimID string) error
	Refuse(ctx context.Context, actor desk.Member, claimIDs []string, reason string) (queue.Refused, error)
	Undo(ctx context.Context, actor desk.Member, actID string) (queue.Refused, error)
	SettleAlert(ctx context.Context, actor desk.Member, day desk.Day, memberID string) error
}

const (
	queuePath  = "/desk/queue"
	claimPath  = queuePath + "/claim/"
	queueKeys  = "queue.js"
	maxVisible = 400
)

// queueRoutes are the routes of the queue. There is none that lists, searches
// or writes out what was asked.
func (s *Site) queueRoutes() []Route {
	get := func(pattern string, h deskHandler) Route { return s.deskGet(pattern, s.queued(h)) }
	post := func(pattern string, h deskHandler) Route { return s.deskPost(pattern, s.queued(h)) }
	return []Route{
		get("/desk/queue", s.queueList),
		post("/desk/queue/refuse", s.queueRefuse),
		get("/desk/queue/refusals", s.queueRefusals),
		post("/desk/queue/undo", s.queueUndo),
		get("/desk/queue/find", s.queueSearch),
		post("/desk/queue/find", s.queueSearch),
		get("/desk/queue/watch", s.queueWatch),
		post("/desk/queue/watch", s.queueSettle),
		get("/desk/queue/claim/{id}", s.claimPage),
		get("/desk/queue/claim/{id}/alike", s.claimAlike),
		post("/desk/queue/claim/{id}/word", s.claimWord),
		post("/desk/queue/claim/{id}/decline", s.claimDecline),
		post("/desk/queue/claim/{id}/reopen", s.claimReopen),
		post("/desk/queue/claim/{id}/join", s.claimJoin),
		post("/desk/queue/claim/{id}/split", s.claimSplit),
		post("/desk/queue/claim/{id}/apart", s.claimApart),
		post("/desk/queue/claim/{id}/assign", s.claimAssign),
		post("/desk/queue/claim/{id}/note", s.claimNote),
		post("/desk/queue/claim/{id}/unbin", s.claimUnbin),
	}
}

// queued is h where there is a queue.
func (s *Site) queued(h deskHandler) deskHandler {
	return func(w http.ResponseWriter, r *http.Request, v visit) error {
		if s.queue == nil {
			return notFound("open the queue")
		}
		return h(w, r, v)
	}
}

// claimRow is a claim in a list.
type claimRow struct {
	ID, Href, Label, Lang, State, Waited, Bucket, By string
	// Words are what was asked, on a sheet.
	Words []word
	// Bare says that a sheet has no words to show for it.
	Bare bool
}

// newClaimRow shows a claim. What was asked is no label: a claim without
// wording goes by the end of its key.
func newClaimRow(v visit, r queue.Row, sheet bool) claimRow {
	out := claimRow{
		ID: r.ID, Href: claimPath + r.ID, Label: publish.Plain(r.Wording), Lang: passage(v.words, r.Lang),
		State: stateLabel(v, r.Claim), Waited: v.words.T("desk_queue.opened", "Date", v.words.Date(r.Opened)),
		Bucket: bucketLabel(v, desk.BucketOf(r.Asked)), By: publish.Plain(r.By), Bare: sheet,
	}
	if out.Label == "" {
		out.Label, out.Lang = v.words.T("desk_queue.unworded", "Key", shortKey(r.ID)), ""
	}
	if r.Words != nil {
		out.Words, out.Bare = masked(v.words, r.Words.Text.String()), false
	}
	return out
}

// shortKey is enough of a key to tell the rows of a page apart.
func shortKey(id string) string { return id[max(0, len(id)-4):] }

func claimRows(v visit, rows []queue.Row, sheet bool) []claimRow {
	out := make([]claimRow, 0, len(rows))
	for _, r := range rows {
		out = append(out, newClaimRow(v, r, sheet))
	}
	return out
}

func bucketLabel(v visit, b desk.Bucket) string {
	switch b {
	case desk.Hundreds:
		return v.words.T("desk_queue.bucket.hundreds")
	case desk.Tens:
		return v.words.T("desk_queue.bucket.tens")
	}
	return v.words.T("desk_queue.bucket.few")
}

func stateLabel(v visit, c desk.Claim) string {
	switch {
	case c.JoinedTo != "":
		return v.words.T("desk_queue.state.part")
	case c.Binned != 0:
		return v.words.T("desk_queue.state.binned")
	case c.State == desk.Waiting:
		return v.words.T("desk_queue.state.waiting")
	case c.State == desk.Checking:
		return v.words.T("desk_queue.state.checking")
	case c.State == desk.Answered:
		return v.words.T("desk_queue.state.answered")
	case c.ClosedAs.Valid():
		return v.words.T("desk_queue.state.refused", "Reason", v.words.NotRated(c.ClosedAs))
	}
	return v.words.T("desk_queue.state.closed")
}

func viewLabel(v visit, view queue.View) string {
	switch view {
	case queue.Free:
		return v.words.T("desk_queue.view.free")
	case queue.Mine:
		return v.words.T("desk_queue.view.mine")
	case queue.Checking:
		return v.words.T("desk_queue.view.checking")
	case queue.Review:
		return v.words.T("desk_queue.view.review")
	case queue.Bin:
		return v.words.T("desk_queue.view.bin")
	}
	return v.words.T("desk_queue.view.waiting")
}

// queueOption is one option of a form.
type queueOption struct {
	Value, Label string
	Chosen       bool
}

// reasons are the reasons for which a claim is refused.
func reasons(v visit) []queueOption {
	out := []queueOption{{Value: queue.Spam, Label: v.words.T("desk_queue.reason.spam")}}
	return append(out, kinds(v)...)
}

func kinds(v visit) []queueOption {
	var out []queueOption
	for _, k := range desk.NotRatedKinds() {
		if k != desk.NotIndependent {
			out = append(out, queueOption{Value: string(k), Label: v.words.NotRated(k)})
		}
	}
	return out
}

// queueNav are the links of every page of the queue.
type queueNav struct {
	Label            string
	Views            []deskNav
	Search, Refusals deskNav
	Watch            *deskNav
}

func newQueueNav(v visit, here string) queueNav {
	n := queueNav{Label: v.words.T("desk_queue.views")}
	for _, view := range queue.Views() {
		n.Views = append(n.Views, deskNav{Label: viewLabel(v, view), Href: viewPath(view, "", false), Here: here == string(view)})
	}
	n.Search = deskNav{Label: v.words.T("desk_queue.search"), Href: queuePath + "/find", Here: here == "search"}
	n.Refusals = deskNav{Label: v.words.T("desk_queue.refusals"), Href: queuePath + "/refusals", Here: here == "refusals"}
	if v.Member.Role == desk.Admin {
		n.Watch = &deskNav{Label: v.words.T("desk_queue.watch"), Href: queuePath + "/watch", Here: here == "watch"}
	}
	return n
}

func viewPath(view queue.View, after string, sheet bool) string {
	q := url.Values{}
	if view != queue.Waiting {
		q.Set("view", string(view))
	}
	if after != "" {
		q.Set("after", after)
	}
	if sheet {
		q.Set("words", "yes")
	}
	if len(q) == 0 {
		return queuePath
	}
	return queuePath + "?" + q.Encode()
}

// queueView is a list of claims.
type queueView struct {
	deskPage
	Queue   queueNav
	Heading string
	Rows    []claimRow
	// Sheet says that the words are shown; Toggle leads to the list with or
	// without them.
	Sheet        bool
	Toggle, Next string
	Reasons      []queueOption
	Problem      string
	Back         string
	// Head is the claim that others may be joined to, on a sheet of near-copies.
	Head string
}

func (queueView) template() string { return "desk_queue" }

func (s *Site) queueList(_ http.ResponseWriter, r *http.Request, v visit) error {
	query := r.URL.Query()
	view := queue.View(query.Get("view"))
	if view == "" {
		view = queue.Waiting
	}
	return s.showQueue(v, view, query.Get("after"), query.Get("words") == "yes", nil)
}

func (s *Site) showQueue(v visit, view queue.View, after string, sheet bool, wrong error) error {
	list := s.queue.List
	if sheet {
		list = s.queue.Sheet
	}
	p, err := list(v.r.Context(), v.Member, view, after)
	if err != nil {
		return err
	}
	d := &queueView{Sheet: sheet, Rows: claimRows(v, p.Rows, sheet), Heading: viewLabel(v, view), Queue: newQueueNav(v, string(view))}
	d.deskPage = s.deskFrame(v, queueSection, d.Heading, queueKeys)
	if p.Next != "" {
		d.Next = viewPath(view, p.Next, sheet)
	}
	d.Back = viewPath(view, after, sheet)
	if view == queue.Waiting || view == queue.Free {
		d.Reasons = reasons(v)
	}
	if view != queue.Checking && view != queue.Review {
		d.Toggle = viewPath(view, after, !sheet)
	}
	return s.showWrong(v, d, &d.deskPage, &d.Problem, wrong)
}

// showWrong shows a page of the queue with what was wrong with a form above it.
func (s *Site) showWrong(v visit, data page, frame *deskPage, problem *string, wrong error) error {
	if wrong == nil {
		return s.showPage(v, data)
	}
	*problem = v.words.Error(wrong)
	frame.Title = v.words.T("site.error_title", "Page", frame.Title)
	return s.showPageAs(v, gate.Status(desk.KindOf(wrong)), data)
}

// mendable reports whether a failure is shown above the form it came from:
// something to correct, or somebody who was faster.
func mendable(err error) bool {
	kind := desk.KindOf(err)
	return err != nil && (kind == desk.Invalid || kind == desk.Conflict)
}

func (s *Site) queueRefuse(_ http.ResponseWriter, _ *http.Request, v visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	done, err := s.queue.Refuse(v.r.Context(), v.Member, form["id"], form.Get("reason"))
	if err == nil && done.Done == 0 {
		err = &desk.Error{Kind: desk.Conflict, Op: "refuse", Key: "error.stale"}
	}
	if mendable(err) {
		if id := form.Get("claim"); desk.ValidID(id) {
			return s.showClaim(v, id, err, nil)
		}
		view, after, sheet := viewOf(form.Get("back"))
		return s.showQueue(v, view, after, sheet, err)
	}
	if err != nil {
		return err
	}
	said := "refused"
	if done.Moved > 0 {
		said = "refused_some"
	}
	return seeOther(v, queuePath+"/refusals", said)
}

// viewOf reads back what viewPath wrote.
func viewOf(path string) (view queue.View, after string, sheet bool) {
	view = queue.Waiting
	u, err := url.Parse(ownPath(path))
	if err != nil {
		return view, "", false
	}
	q := u.Query()
	if w := queue.View(q.Get("view")); w.Valid() {
		view = w
	}
	return view, q.Get("after"), q.Get("words") == "yes"
}

// refusalsView lists what can be taken back.
type refusalsView struct {
	deskPage
	Queue   queueNav
	Acts    []refusalRow
	Problem string
}

type refusalRow struct{ ID, Reason, Day string }

func (refusalsView) template() string { return "desk_refusals" }

func (s *Site) queueRefusals(_ http.ResponseWriter, _ *http.Request, v visit) error {
	return s.showRefusals(v, nil)
}

func (s *Site) showRefusals(v visit, wrong error) error {
	acts, err := s.queue.Refusals(v.r.Context(), v.Member)
	if err != nil {
		return err
	}
	d := &refusalsView{Queue: newQueueNav(v, "refusals")}
	d.deskPage = s.deskFrame(v, queueSection, v.words.T("desk_queue.refusals"))
	for _, a := range acts {
		label := v.words.T("desk_queue.reason.spam")
		if a.Reason != queue.Spam {
			label = v.words.NotRated(desk.NotRatedKind(a.Reason))
		}
		d.Acts = append(d.Acts, refusalRow{ID: a.ID, Reason: label, Day: v.words.Date(a.Day)})
	}
	return s.showWrong(v, d, &d.deskPage, &d.Problem, wrong)
}

func (s *Site) queueUndo(_ http.ResponseWriter, _ *http.Request, v visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	done, err := s.queue.Undo(v.r.Context(), v.Member, form.Get("act"))
	if mendable(err) {
		return s.showRefusals(v, err)
	}
	if err != nil {
		return err
	}
	said := "undone"
	if done.Moved > 0 {
		said = "undone_some"
	}
	return seeOther(v, queuePath, said)
}

// queueSearchView is the search over the desk's own words and published checks.
type queueSearchView struct {
	deskPage
	Queue  queueNav
	Words  string
	Asked  bool
	Claims []claimRow
	Checks []card
}

func (queueSearchView) template() string { return "desk_search" }

func (s *Site) queueSearch(_ http.ResponseWriter, _ *http.Request, v visit) error {
	d := &queueSearchView{Queue: newQueueNav(v, "search")}
	d.deskPage = s.deskFrame(v, queueSection, v.words.T("desk_queue.search"), queueKeys)
	if v.r.Method != http.MethodPost {
		return s.showPage(v, d)
	}
	form, err := v.form()
	if err != nil {
		return err
	}
	d.Words, d.Asked = publish.Plain(form.Get("words")), true
	if len(d.Words) > maxVisible {
		d.Words = strings.ToValidUTF8(d.Words[:maxVisible], "")
	}
	found, err := s.queue.Search(v.r.Context(), v.Member, d.Words)
	if err != nil {
		return err
	}
	d.Claims = claimRows(v, found.Claims, false)
	for _, c := range found.Checks {
		d.Checks = append(d.Checks, newCard(v.words, c.Entry, c.Version, c.Terms))
	}
	return s.showPage(v, d)
}

// watchView is what admins see of the read log.
type watchView struct {
	deskPage
	Queue  queueNav
	Whole  bool
	Alerts []alertRow
	Limit  int
	Days   int
}

type alertRow struct {
	Member, Name, Day, Value string
	Settled                  bool
}

func (watchView) template() string { return "desk_watch" }

func (s *Site) queueWatch(_ http.ResponseWriter, _ *http.Request, v visit) error {
	w, err := s.queue.Watch(v.r.Context(), v.Member)
	if err != nil {
		return err
	}
	d := &watchView{Queue: newQueueNav(v, "watch"), Whole: w.Whole, Limit: desk.ReadsADay, Days: desk.ReadLogDays}
	d.deskPage = s.deskFrame(v, queueSection, v.words.T("desk_queue.watch"))
	for _, a := range w.Alerts {
		d.Alerts = append(d.Alerts, alertRow{
			Member: a.MemberID, Name: publish.Plain(a.Name), Day: v.words.Date(a.Day), Value: a.Day.String(), Settled: a.Settled,
		})
	}
	return s.showPage(v, d)
}

func (s *Site) queueSettle(_ http.ResponseWriter, _ *http.Request, v visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	day, err := desk.ParseDay(form.Get("day"))
	if err != nil {
		return &desk.Error{Kind: desk.Invalid, Op: "settle an alert", Key: "error.kind.invalid", Err: err}
	}
	if err := s.queue.SettleAlert(v.r.Context(), v.Member, day, form.Get("member")); err != nil {
		return err
	}
	return seeOther(v, queuePath+"/watch", "settled")
}

// triageView is one claim with everything that is done to it.
type triageView struct {
	deskPage
	Queue   queueNav
	Problem string
	Claim   claimRow
	Action  string
	Wording string
	// Waiting, Open, Binned and Closed say which forms there are.
	Waiting, Open, Binned, Closed, Part bool
	// Draft is the claim's key where the check of it can be written.
	Draft                   string
	Closes                  string
	Words                   []word
	Head, Like              *claimRow
	Parts, Near             []claimRow
	Alike                   bool
	Checks                  []card
	Form                    wordingForm
	Reasons, Kinds, Members []queueOption
	Was, Note               string
	NoteMax, WordingMax     int
}

type wordingForm struct {
	Text  string
	Langs []queueOption
	// Names asks whether what looks like a name is one.
	Names bool
}

func (triageView) template() string { return "desk_claim" }

func (s *Site) claimPage(_ http.ResponseWriter, r *http.Request, v visit) error {
	return s.showClaim(v, r.PathValue("id"), nil, nil)
}

// showClaim shows a claim in its present state, above it what was wrong with a
// form, whose fields are kept.
func (s *Site) showClaim(v visit, id string, wrong error, form url.Values) error {
	c, err := s.queue.Claim(v.r.Context(), v.Member, id)
	if err != nil {
		return err
	}
	d := s.newTriageView(v, c)
	d.fill(v, c, form)
	var e *desk.Error
	if errors.As(wrong, &e) && e.Key == "error.claim.names" {
		d.Form.Names = true
	}
	return s.showWrong(v, d, &d.deskPage, &d.Problem, wrong)
}

func (s *Site) newTriageView(v visit, c queue.Claim) *triageView {
	d := &triageView{
		Queue: newQueueNav(v, ""), Claim: newClaimRow(v, c.Row, true), Action: claimPath + c.ID,
		Waiting: c.State == desk.Waiting && c.JoinedTo == "", Part: c.State == desk.Waiting && c.JoinedTo != "",
		Open: c.JoinedTo == "" && (c.State == desk.Waiting || c.State == desk.Checking), Binned: c.Binned != 0,
		Closed: c.State == desk.Closed && c.Binned == 0 && c.JoinedTo == "" && c.CheckID == "",
		Alike:  len(c.Alike) > 0, Reasons: reasons(v), Kinds: kinds(v), NoteMax: desk.NoteMax, WordingMax: queue.WordingMax,
	}
	if s.drafts != nil && c.JoinedTo == "" && desk.Allowed(v.Member.Role, desk.StartDraft, claimObject(c.State)) {
		d.Draft = c.ID
	}
	d.Claim.Bucket = bucketLabel(v, c.Bucket)
	d.deskPage = s.deskFrame(v, queueSection, d.Claim.Label, queueKeys)
	d.Words = d.Claim.Words
	d.Head, d.Like = claimRowOf(v, c.Head), claimRowOf(v, c.Like)
	d.Parts, d.Near = claimRows(v, c.Parts, true), claimRows(v, c.Near, false)
	for _, found := range c.Checks {
		d.Checks = append(d.Checks, newCard(v.words, found.Entry, found.Version, found.Terms))
	}
	return d
}

func claimRowOf(v visit, r *queue.Row) *claimRow {
	if r == nil {
		return nil
	}
	row := newClaimRow(v, *r, false)
	return &row
}

// fill puts into the forms what is stored, or what a refused form held.
func (d *triageView) fill(v visit, c queue.Claim, form url.Values) {
	tag := c.Lang
	if tag == "" {
		tag = v.Lang
	}
	if form.Has("lang") {
		tag = form.Get("lang")
	}
	for _, l := range lang.Tags() {
		d.Form.Langs = append(d.Form.Langs, queueOption{Value: l, Label: v.words.Language(l), Chosen: l == tag})
	}
	d.Form.Text = form.Get("wording")
	d.Was, d.Note = c.Note, c.Note
	if form.Has("note") {
		d.Note = form.Get("note")
	}
	d.Members = append(d.Members, queueOption{Label: v.words.T("desk_queue.nobody"), Chosen: c.Assignee == ""})
	for _, m := range c.Members {
		d.Members = append(d.Members, queueOption{Value: m.ID, Label: publish.Plain(m.Name), Chosen: m.ID == c.Assignee})
	}
}

// Assignee is who has the claim on this page.
func (d *triageView) Assignee() string {
	for _, m := range d.Members {
		if m.Chosen {
			return m.Value
		}
	}
	return ""
}

// claimAct runs an act of a form on a claim, and goes on to next ("" for the
// claim itself) with a sentence. What can be mended is shown on the claim's
// page as it now stands, with the form's words.
func (s *Site) claimAct(v visit, said, next string, act func(ctx context.Context, id string, form url.Values) error) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	id := v.r.PathValue("id")
	err = act(v.r.Context(), id, form)
	if mendable(err) {
		return s.showClaim(v, id, err, form)
	}
	if err != nil {
		return err
	}
	if next == "" {
		next = claimPath + id
	}
	return seeOther(v, next, said)
}

func (s *Site) claimWord(_ http.ResponseWriter, _ *http.Request, v visit) error {
	return s.claimAct(v, "worded", "", func(ctx context.Context, id string, form url.Values) error {
		tag := form.Get("lang")
		if !languageTag.MatchString(tag) {
			return &desk.Error{Kind: desk.Invalid, Op: "word", Key: "error.claim.wording"}
		}
		return s.queue.Word(ctx, v.Member, id, queue.Wording{Lang: tag, Text: form.Get("wording"), NamesSeen: form.Get("names") == "yes"})
	})
}

func (s *Site) claimDecline(_ http.ResponseWriter, _ *http.Request, v visit) error {
	return s.claimAct(v, "declined", "", func(ctx context.Context, id string, form url.Values) error {
		return s.queue.Decline(ctx, v.Member, id, desk.NotRatedKind(form.Get("reason")))
	})
}

func (s *Site) claimReopen(_ http.ResponseWriter, _ *http.Request, v visit) error {
	return s.claimAct(v, "reopened", "", func(ctx context.Context, id string, _ url.Values) error {
		return s.queue.Reopen(ctx, v.Member, id)
	})
}

// claimJoin joins the claims of a form to the claim of the address, or that
// one to another.
func (s *Site) claimJoin(_ http.ResponseWriter, _ *http.Request, v visit) error {
	return s.claimAct(v, "joined", "", func(ctx context.Context, id string, form url.Values) error {
		if to := form.Get("to"); to != "" {
			return s.queue.Join(ctx, v.Member, id, to)
		}
		if len(form["id"]) == 0 {
			return &desk.Error{Kind: desk.Invalid, Op: "join", Key: "error.claim.none"}
		}
		for _, part := range form["id"] {
			if part == id {
				continue
			}
			if err := s.queue.Join(ctx, v.Member, part, id); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Site) claimSplit(_ http.ResponseWriter, _ *http.Request, v visit) error {
	return s.claimAct(v, "split", "", func(ctx context.Context, id string, _ url.Values) error {
		return s.queue.Split(ctx, v.Member, id)
	})
}

func (s *Site) claimApart(_ http.ResponseWriter, _ *http.Request, v visit) error {
	return s.claimAct(v, "apart", "", func(ctx context.Context, id string, _ url.Values) error {
		return s.queue.KeepApart(ctx, v.Member, id)
	})
}

func (s *Site) claimAssign(_ http.ResponseWriter, _ *http.Request, v visit) error {
	return s.claimAct(v, "assigned", "", func(ctx context.Context, id string, form url.Values) error {
		return s.queue.Assign(ctx, v.Member, id, form.Get("was"), form.Get("member"))
	})
}

func (s *Site) claimNote(_ http.ResponseWriter, _ *http.Request, v visit) error {
	return s.claimAct(v, "noted", "", func(ctx context.Context, id string, form url.Values) error {
		return s.queue.Note(ctx, v.Member, id, form.Get("was"), form.Get("note"))
	})
}

func (s *Site) claimUnbin(_ http.ResponseWriter, _ *http.Request, v visit) error {
	return s.claimAct(v, "unbinned", "", func(ctx context.Context, id string, _ url.Values) error {
		return s.queue.Unbin(ctx, v.Member, id)
	})
}

// claimAlike is the sheet of near-copies of a claim.
func (s *Site) claimAlike(_ http.ResponseWriter, r *http.Request, v visit) error {
	id := r.PathValue("id")
	p, err := s.queue.Alike(r.Context(), v.Member, id)
	if err != nil {
		return err
	}
	d := &queueView{
		Sheet: true, Rows: claimRows(v, p.Rows, true), Heading: v.words.T("desk_queue.alike"), Head: claimPath + id,
		Queue: newQueueNav(v, ""), Reasons: reasons(v), Back: queuePath,
	}
	d.deskPage = s.deskFrame(v, queueSection, d.Heading, queueKeys)
	return s.showPage(v, d)
}

// claimObject is a claim's state as the table of roles names it.
func claimObject(state desk.ClaimState) desk.ObjectState {
	return desk.ObjectState("claim:" + string(state))
}
