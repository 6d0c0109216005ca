package web

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"sangto/internal/catalog"
	"sangto/internal/desk"
	"sangto/internal/intake"
	"sangto/internal/lang"
	"sangto/internal/publish"
	"sangto/internal/workflow"
)

// AfterDesk is the members' side of what comes after a check: contests, the
// pages a desk owes its readers, and other desks' verdicts.
// *workflow.Workflow is one.
type AfterDesk interface {
	Contests(ctx context.Context, actor desk.Member) (workflow.Contests, error)
	Contest(ctx context.Context, actor desk.Member, id string) (workflow.ContestItem, error)
	Decide(ctx context.Context, actor desk.Member, id string, d desk.Decision) error
	ProposeDecision(ctx context.Context, actor desk.Member, id string, d desk.Decision) error
	AgreeDecision(ctx context.Context, actor desk.Member, id, sha256 string) error
	ProposeEraseReply(ctx context.Context, actor desk.Member, id string) error
	AgreeEraseReply(ctx context.Context, actor desk.Member, id, sha256 string) error

	DeskPages(ctx context.Context, actor desk.Member) (workflow.DeskPages, error)
	ProposePage(ctx context.Context, actor desk.Member, kind desk.PageKind, text desk.Wording) error
	AgreePage(ctx context.Context, actor desk.Member, kind desk.PageKind, sha256 string) error
	ProposeDeclaration(ctx context.Context, actor desk.Member, d desk.Declaration) error
	AgreeDeclaration(ctx context.Context, actor desk.Member, sha256 string) error
	TakeBack(ctx context.Context, actor desk.Member, kind desk.ProposalKind, subject string) error
	Introduce(ctx context.Context, actor desk.Member, words desk.Wording) error

	OwnChecks(ctx context.Context, actor desk.Member, offset, limit int) ([]catalog.Entry, int, error)
	Beside(ctx context.Context, actor desk.Member, checkID string) (workflow.Beside, error)
	ShowBeside(ctx context.Context, actor desk.Member, checkID, otherID string) error
	ProposeTakeAway(ctx context.Context, actor desk.Member, checkID, otherID, reason string) error
	AgreeTakeAway(ctx context.Context, actor desk.Member, checkID, otherID, sha256 string) error
}

// Alike finds checks of other desks that may judge the same claim, likeliest
// first, none that is not likely enough to be worth reading.
type Alike func(ctx context.Context, claim string) ([]intake.Candidate, error)

// afterDeskRoutes are the members' pages of what comes after a check.
func (s *Site) afterDeskRoutes() []Route {
	get := func(pattern string, h deskHandler) Route { return s.deskGet(pattern, s.afterwards(h)) }
	post := func(pattern string, h deskHandler) Route { return s.deskPost(pattern, s.afterwards(h)) }
	return []Route{
		get("/desk/contests", s.deskContests),
		get("/desk/contests/{id}", s.deskContest),
		post("/desk/contests/{id}/decide", s.deskDecide),
		post("/desk/contests/{id}/agree", s.deskAgreeDecision),
		post("/desk/contests/{id}/take-back", s.takeBack(desk.ProposeContest, "id", "/desk/contests")),
		get("/desk/pages", s.deskPages),
		post("/desk/introduction", s.deskIntroduce),
		get("/desk/declaration", s.deskDeclaration),
		post("/desk/declaration", s.deskDeclare),
		post("/desk/declaration/agree", s.deskAgreeDeclaration),
		post("/desk/declaration/take-back", s.takeBack(desk.ProposeDeclaration, "", "/desk/pages")),
		get("/desk/pages/{page}", s.deskPolicy),
		post("/desk/pages/{page}", s.deskProposePage),
		post("/desk/pages/{page}/agree", s.deskAgreePage),
		post("/desk/pages/{page}/take-back", s.takeBack(desk.ProposePage, "page", "/desk/pages")),
		get("/desk/beside", s.deskBesides),
		get("/desk/beside/{id}", s.deskBeside),
		post("/desk/beside/{id}/show", s.deskShowBeside),
		post("/desk/beside/{id}/take-away", s.deskTakeAway),
		post("/desk/beside/{id}/agree", s.deskAgreeAway),
		post("/desk/beside/{id}/erase", s.deskEraseReply),
	}
}

// afterwards answers for a desk that has nothing to show of what comes after a
// check.
func (s *Site) afterwards(h deskHandler) deskHandler {
	return func(w http.ResponseWriter, r *http.Request, v visit) error {
		if s.after == nil {
			return notFound("find the contests")
		}
		return h(w, r, v)
	}
}

// act runs a deed of a form and leads to a page that says so.
func (s *Site) act(v visit, next, said string, do func() error) error {
	if err := do(); err != nil {
		return err
	}
	return seeOther(v, next, said)
}

// takeBack drops a proposal; field names the part of the path that is its
// subject.
func (s *Site) takeBack(kind desk.ProposalKind, field, next string) deskHandler {
	return func(_ http.ResponseWriter, r *http.Request, v visit) error {
		subject := "declaration"
		if field != "" {
			subject = r.PathValue(field)
		}
		return s.act(v, next, "taken_back", func() error { return s.after.TakeBack(r.Context(), v.Member, kind, subject) })
	}
}

// contestsView is the list of what waits for an answer.
type contestsView struct {
	deskPage
	Lead string
	Rows []contestRow
}

func (contestsView) template() string { return "desk_contests" }

type contestRow struct {
	Href, Title, Lang, Kind, Due, Who string
	Late                              bool
}

func (s *Site) deskContests(_ http.ResponseWriter, r *http.Request, v visit) error {
	all, err := s.after.Contests(r.Context(), v.Member)
	if err != nil {
		return err
	}
	d := &contestsView{deskPage: s.deskFrame(v, contestsSection, v.words.T("desk_after.contests"))}
	d.Lead = d.T("desk_after.contests_lead", "Waiting", all.Waiting, "Late", all.Late, "Count", desk.AnswerDays)
	for _, item := range all.Items {
		d.Rows = append(d.Rows, newContestRow(v.words, item, all.Today))
	}
	return s.showPage(v, d)
}

func newContestRow(words *lang.Words, item workflow.ContestItem, today desk.Day) contestRow {
	c := item.Contest
	row := contestRow{
		Href: "/desk/contests/" + c.ID, Title: publish.Plain(title(item.Check.Version)), Lang: passage(words, item.Check.Check.Lang),
		Kind: contestKind(words, c.Kind), Due: words.T("desk_after.due", "Date", words.Date(c.Due)), Late: c.Late(today),
		Who: deciderWords(words, item),
	}
	if n := item.Notice; n != nil {
		text, in := n.Text(words.Tag())
		row.Title, row.Lang, row.Kind = publish.Plain(text.What), passage(words, in), words.T("desk_notice.contest_of")
	}
	if row.Late {
		row.Due = words.T("desk_after.due_late", "Date", words.Date(c.Due))
	}
	return row
}

func contestKind(words *lang.Words, k desk.ContestKind) string {
	if k == desk.ReplyToCheck {
		return words.T("desk_after.kind.reply")
	}
	return words.T("desk_after.kind.contest")
}

// deciderWords says who may decide.
func deciderWords(words *lang.Words, item workflow.ContestItem) string {
	switch {
	case item.Proposal != nil:
		return words.T("desk_after.decider.proposed")
	case item.Decider == desk.You:
		return words.T("desk_after.decider.you")
	case item.Decider == desk.TwoOfYou:
		return words.T("desk_after.decider.two")
	}
	return words.T("desk_after.decider.not_you")
}

// deskContestView is one contest with the form that decides it.
type deskContestView struct {
	deskPage
	Row  contestRow
	Card card
	// Notice heads the words where a notice is contested.
	Notice       *lang.Linked
	CheckHref    string
	Received     string
	Text         []string
	Hints        []string
	Contest      bool // or a reply
	May, Two     bool
	NeedsOutside bool
	State        string
	Answer       string
	AnswerVI     bool
	Proposed     *proposedDecision
	CorrectHref  string
	Closed       string
	ClosedAnswer []string
	Max          int
}

type proposedDecision struct {
	Outcome, Outside, Hash string
	Answer                 []string
	Own                    bool
}

func (deskContestView) template() string { return "desk_contest" }

func (s *Site) deskContest(_ http.ResponseWriter, r *http.Request, v visit) error {
	item, err := s.after.Contest(r.Context(), v.Member, r.PathValue("id"))
	if err != nil {
		return err
	}
	words, c := v.words, item.Contest
	d := &deskContestView{
		deskPage: s.deskFrame(v, contestsSection, contestKind(words, c.Kind)), Row: newContestRow(words, item, 0),
		Card: newCard(words, item.Check, item.Check.Version, nil), CheckHref: "/c/" + c.CheckID,
		Received: words.T("desk_after.received", "Date", words.Date(c.Day), "Number", c.Number),
		Text:     paragraphs(publish.Plain(c.Text.String())), Contest: c.Kind == desk.ContestCheck, Max: desk.ContestMax,
		May: item.Decider != desk.NotYou && c.State == desk.ContestWaiting, Two: item.Decider == desk.TwoOfYou,
		NeedsOutside: v.Member.Role != desk.Admin, AnswerVI: item.Check.Check.Lang != lang.English,
	}
	if n := item.Notice; n != nil {
		heading := publish.NoticeHeading(words, *n)
		d.Card, d.Notice, d.CheckHref, d.AnswerVI = card{Words: words}, &heading, "/n/"+n.ID, !n.VI.Empty()
	}
	for _, h := range item.Hints {
		d.Hints = append(d.Hints, publish.Plain(h))
	}
	if c.State != desk.ContestWaiting {
		d.Closed = outcomeWords(words, c.State)
		d.ClosedAnswer = paragraphs(publish.Plain(c.Answer))
	}
	if item.Proposal != nil {
		if d.Proposed, err = newProposed(v, *item.Proposal); err != nil {
			return err
		}
	}
	return s.showPage(v, d)
}

func newProposed(v visit, p desk.Proposal) (*proposedDecision, error) {
	decision, err := workflow.ProposedDecision(p)
	if err != nil {
		return nil, err
	}
	out := &proposedDecision{
		Outcome: outcomeWords(v.words, decision.State), Answer: paragraphs(publish.Plain(decision.Answer)), Hash: p.SHA256, Own: p.MemberID == v.Member.ID,
	}
	if decision.Outside != "" {
		out.Outside = v.words.T("after.outcome.outside", "Who", publish.Plain(decision.Outside))
	}
	return out, nil
}

func outcomeWords(words *lang.Words, s desk.ContestState) string {
	switch s {
	case desk.ContestUpheld:
		return words.T("desk_after.outcome.upheld")
	case desk.ContestDeclined:
		return words.T("desk_after.outcome.declined")
	case desk.ReplyShown:
		return words.T("desk_after.outcome.shown")
	case desk.ReplyReturned:
		return words.T("desk_after.outcome.returned")
	}
	return words.T("desk_after.outcome.lapsed")
}

func (s *Site) deskDecide(_ http.ResponseWriter, r *http.Request, v visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	id := r.PathValue("id")
	item, err := s.after.Contest(r.Context(), v.Member, id)
	if err != nil {
		return err
	}
	d := desk.Decision{
		State: desk.ContestState(form.Get("outcome")), Answer: form.Get("answer"), AnswerLang: lang.Vietnamese,
		NoNames: form.Get("no_names") == "yes", Outside: form.Get("outside"),
	}
	if form.Get("answer_lang") == lang.English {
		d.AnswerLang = lang.English
	}
	if item.Decider == desk.TwoOfYou {
		return s.act(v, "/desk/contests", "proposed", func() error { return s.after.ProposeDecision(r.Context(), v.Member, id, d) })
	}
	next, said := "/desk/contests", "decided"
	if d.State == desk.ContestUpheld {
		next, said = "/desk/contests/"+id, "upheld"
		if item.Notice != nil {
			next, said = "/desk/notices/"+item.Notice.ID, "notice_upheld"
		}
	}
	return s.act(v, next, said, func() error { return s.after.Decide(r.Context(), v.Member, id, d) })
}

func (s *Site) deskAgreeDecision(_ http.ResponseWriter, r *http.Request, v visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	id := r.PathValue("id")
	return s.act(v, "/desk/contests/"+id, "decided", func() error {
		return s.after.AgreeDecision(r.Context(), v.Member, id, form.Get("hash"))
	})
}

// pagesView lists the pages a desk owes its readers.
type pagesView struct {
	deskPage
	Admin    bool
	Missing  string
	Rows     []pageRow
	IntroVI  string
	IntroEN  string
	IntroMax int
}

func (pagesView) template() string { return "desk_pages" }

// pageRow is one page: where it stands and what waits.
type pageRow struct {
	Name, Href, State, Waits, Public string
	Required                         bool
}

func (s *Site) deskPages(_ http.ResponseWriter, r *http.Request, v visit) error {
	all, err := s.after.DeskPages(r.Context(), v.Member)
	if err != nil {
		return err
	}
	words := v.words
	d := &pagesView{deskPage: s.deskFrame(v, pagesSection, words.T("desk_after.pages")), Admin: v.Member.Role == desk.Admin, IntroMax: desk.IntroductionMax}
	if len(desk.MissingPages(all.Pages)) > 0 {
		d.Missing = words.T("desk_after.pages_missing")
	}
	for _, kind := range desk.PageKinds() {
		d.Rows = append(d.Rows, newPageRow(words, all, kind))
	}
	declaration := pageRow{
		Name: words.T("desk_after.declaration"), Href: "/desk/declaration", State: words.T("desk_after.declared", "Date", words.Date(all.Desk.Declared)),
		Public: href(v.Lang, "/desks/"+all.Desk.ID+"/ownership"),
	}
	if _, ok := all.Proposal(desk.ProposeDeclaration, "declaration"); ok {
		declaration.Waits = words.T("desk_after.waits_second")
	}
	d.Rows = append(d.Rows, declaration)
	for _, i := range all.Introductions {
		if i.MemberID == v.Member.ID {
			d.IntroVI, d.IntroEN = i.Words.VI, i.Words.EN
		}
	}
	return s.showPage(v, d)
}

func newPageRow(words *lang.Words, all workflow.DeskPages, kind desk.PageKind) pageRow {
	row := pageRow{
		Name: pageName(words, kind), Href: "/desk/pages/" + string(kind), State: words.T("desk_after.page_none"),
		Public: href(words.Tag(), "/desks/"+all.Desk.ID+"/"+string(kind)),
	}
	for _, k := range desk.RequiredPages() {
		row.Required = row.Required || k == kind
	}
	if p, ok := all.Page(kind); ok {
		row.State = words.T("after.page_dated", "Number", p.Number, "Date", words.Date(p.Day))
		if len(desk.OldPages([]desk.PolicyPage{p}, all.Today)) > 0 {
			row.State = words.T("after.page_old")
		}
	}
	if _, ok := all.Proposal(desk.ProposePage, string(kind)); ok {
		row.Waits = words.T("desk_after.waits_second")
	}
	return row
}

// deskPolicyView is one page being written or agreed to.
type deskPolicyView struct {
	deskPage
	Name, Action  string
	VI, EN        string
	Admin, Offer  bool
	Max           int
	Proposed      *proposedPage
	Public, Blank string
}

type proposedPage struct {
	VI, EN []string
	Hash   string
	Own    bool
}

func (deskPolicyView) template() string { return "desk_policy" }

func (s *Site) deskPolicy(_ http.ResponseWriter, r *http.Request, v visit) error {
	kind := desk.PageKind(r.PathValue("page"))
	if !kind.Valid() {
		return notFound("find a page")
	}
	all, err := s.after.DeskPages(r.Context(), v.Member)
	if err != nil {
		return err
	}
	words := v.words
	d := &deskPolicyView{
		deskPage: s.deskFrame(v, pagesSection, pageName(words, kind)), Action: "/desk/pages/" + string(kind),
		Admin: v.Member.Role == desk.Admin, Max: desk.PageMax, Public: href(words.Tag(), "/desks/"+all.Desk.ID+"/"+string(kind)), Blank: desk.Blank,
	}
	page, there := all.Page(kind)
	d.VI, d.EN = page.Text.VI, page.Text.EN
	if p, ok := all.Proposal(desk.ProposePage, string(kind)); ok {
		proposed, err := workflow.ProposedPage(p)
		if err != nil {
			return err
		}
		d.Proposed = &proposedPage{
			VI: paragraphs(publish.Plain(proposed.Text.VI)), EN: paragraphs(publish.Plain(proposed.Text.EN)), Hash: p.SHA256, Own: p.MemberID == v.Member.ID,
		}
		d.VI, d.EN = proposed.Text.VI, proposed.Text.EN
	} else if !there {
		d.Offer = true
		d.VI, d.EN = pageDraft(s.lang.For(lang.Vietnamese), kind), pageDraft(s.lang.For(lang.English), kind)
	}
	return s.showPage(v, d)
}

// pageDraft is the text a desk is offered to begin with. Blanks in it must be
// filled in before it can be published.
func pageDraft(words *lang.Words, kind desk.PageKind) string {
	switch kind {
	case desk.MethodologyPage:
		return words.T("desk_after.draft.methodology")
	case desk.OwnershipPage:
		return words.T("desk_after.draft.ownership")
	case desk.FundingPage:
		return words.T("desk_after.draft.funding")
	case desk.CorrectionsPage:
		return words.T("desk_after.draft.corrections")
	case desk.ComplaintsPage:
		return words.T("desk_after.draft.complaints")
	}
	return words.T("desk_after.draft.people")
}

func (s *Site) deskProposePage(_ http.ResponseWriter, r *http.Request, v visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	kind := desk.PageKind(r.PathValue("page"))
	return s.act(v, "/desk/pages/"+string(kind), "proposed", func() error {
		return s.after.ProposePage(r.Context(), v.Member, kind, desk.Wording{VI: form.Get("vi"), EN: form.Get("en")})
	})
}

func (s *Site) deskAgreePage(_ http.ResponseWriter, r *http.Request, v visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	kind := desk.PageKind(r.PathValue("page"))
	return s.act(v, "/desk/pages", "agreed", func() error {
		return s.after.AgreePage(r.Context(), v.Member, kind, form.Get("hash"))
	})
}

// deskDeclarationView is the declaration of owner and funders.
type deskDeclarationView struct {
	deskPage
	Admin          bool
	Owner, Funders string
	Kinds, Payers  []choice
	Max            int
	Proposed       *proposedDeclaration
}

// choice is an option of a form.
type choice struct {
	Value, Label string
	Chosen       bool
}

type proposedDeclaration struct {
	Owner, Kind, Funders, FunderKind, Hash string
	NoteVI, NoteEN                         []string
	HandedOver, Own                        bool
}

func (deskDeclarationView) template() string { return "desk_declaration" }

func (s *Site) deskDeclaration(_ http.ResponseWriter, r *http.Request, v visit) error {
	all, err := s.after.DeskPages(r.Context(), v.Member)
	if err != nil {
		return err
	}
	words := v.words
	d := &deskDeclarationView{
		deskPage: s.deskFrame(v, pagesSection, words.T("desk_after.declaration")), Admin: v.Member.Role == desk.Admin,
		Owner: all.Desk.Owner, Funders: all.Desk.Funders, Max: desk.DeclarationMax,
	}
	for _, k := range []desk.OwnerKind{desk.OwnerIndependent, desk.OwnerCompany, desk.OwnerUniversity, desk.OwnerState, desk.OwnerParty} {
		d.Kinds = append(d.Kinds, choice{string(k), words.Owner(k), k == all.Desk.OwnerKind})
		d.Payers = append(d.Payers, choice{string(k), words.Owner(k), k == all.Desk.FunderKind})
	}
	none := choice{string(desk.OwnerUnknown), words.T("desk_after.funder_none"), all.Desk.FunderKind == desk.OwnerUnknown}
	d.Payers = append([]choice{none}, d.Payers...)
	if p, ok := all.Proposal(desk.ProposeDeclaration, "declaration"); ok {
		proposed, err := workflow.ProposedDeclaration(p)
		if err != nil {
			return err
		}
		d.Proposed = &proposedDeclaration{
			Owner: publish.Plain(proposed.Owner), Kind: words.Owner(proposed.OwnerKind), Funders: publish.Plain(proposed.Funders),
			FunderKind: funderKind(words, proposed.FunderKind), Hash: p.SHA256, HandedOver: proposed.HandedOver, Own: p.MemberID == v.Member.ID,
			NoteVI: paragraphs(publish.Plain(proposed.Note.VI)), NoteEN: paragraphs(publish.Plain(proposed.Note.EN)),
		}
	}
	return s.showPage(v, d)
}

func (s *Site) deskDeclare(_ http.ResponseWriter, r *http.Request, v visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	return s.act(v, "/desk/declaration", "proposed", func() error {
		return s.after.ProposeDeclaration(r.Context(), v.Member, desk.Declaration{
			Owner: form.Get("owner"), OwnerKind: desk.OwnerKind(form.Get("owner_kind")), Funders: form.Get("funders"),
			FunderKind: desk.OwnerKind(form.Get("funder_kind")), HandedOver: form.Get("handed_over") == "yes",
			Note: desk.Wording{VI: form.Get("note_vi"), EN: form.Get("note_en")},
		})
	})
}

func (s *Site) deskAgreeDeclaration(_ http.ResponseWriter, r *http.Request, v visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	return s.act(v, "/desk/pages", "agreed", func() error { return s.after.AgreeDeclaration(r.Context(), v.Member, form.Get("hash")) })
}

func (s *Site) deskIntroduce(_ http.ResponseWriter, r *http.Request, v visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	return s.act(v, "/desk/pages", "introduced", func() error {
		return s.after.Introduce(r.Context(), v.Member, desk.Wording{VI: form.Get("vi"), EN: form.Get("en")})
	})
}

// besidesShown is how many checks the list of what may stand beside ours shows
// at once; each takes one look-up.
const besidesShown = 20

// besidesView lists the desk's checks with what may stand beside them.
type besidesView struct {
	deskPage
	Rows         []besidesRow
	Newer, Older string
}

func (besidesView) template() string { return "desk_besides" }

type besidesRow struct {
	Href, Title, Lang, Alike string
}

func (s *Site) deskBesides(_ http.ResponseWriter, r *http.Request, v visit) error {
	page, err := strconv.Atoi(firstOf(r.URL.Query().Get("page"), "1"))
	if err != nil || page < 1 || page > 1_000_000 {
		return notFound("list checks")
	}
	entries, total, err := s.after.OwnChecks(r.Context(), v.Member, (page-1)*besidesShown, besidesShown)
	if err != nil {
		return err
	}
	d := &besidesView{deskPage: s.deskFrame(v, "", v.words.T("desk_after.beside"))}
	for _, e := range entries {
		row := besidesRow{Href: "/desk/beside/" + e.Check.ID, Title: publish.Plain(title(e.Version)), Lang: passage(v.words, e.Check.Lang)}
		alike, err := s.alikeOf(r.Context(), e.Version.Claim)
		if err != nil {
			return err
		}
		if n := len(alike); n > 0 {
			row.Alike = v.words.T("desk_after.alike", "Count", n)
		}
		d.Rows = append(d.Rows, row)
	}
	if page > 1 {
		d.Newer = "/desk/beside?page=" + strconv.Itoa(page-1)
	}
	if page*besidesShown < total {
		d.Older = "/desk/beside?page=" + strconv.Itoa(page+1)
	}
	return s.showPage(v, d)
}

func (s *Site) alikeOf(ctx context.Context, claim string) ([]intake.Candidate, error) {
	if s.alike == nil || strings.TrimSpace(claim) == "" {
		return nil, nil
	}
	return s.alike(ctx, claim)
}

// deskBesideView is one check with what stands beside it and what may.
type deskBesideView struct {
	deskPage
	Card      card
	ID        string
	CheckHref string
	Shown     []besideRow
	Perhaps   []besideRow
	Replies   []deskReply
}

func (deskBesideView) template() string { return "desk_beside" }

type besideRow struct {
	OtherID, Since, Reason, Hash string
	Card                         card
	Waits, Own                   bool
}

type deskReply struct {
	ID, Dated, Hash string
	Text            []string
	Waits, Own      bool
}

func (s *Site) deskBeside(_ http.ResponseWriter, r *http.Request, v visit) error {
	b, err := s.after.Beside(r.Context(), v.Member, r.PathValue("id"))
	if err != nil {
		return err
	}
	words := v.words
	d := &deskBesideView{
		deskPage: s.deskFrame(v, "", words.T("desk_after.beside")), Card: newCard(words, b.Check, b.Check.Version, nil),
		ID: b.Check.Check.ID, CheckHref: href(v.Lang, "/c/"+b.Check.Check.ID),
	}
	for _, a := range b.Asides {
		if e, ok := b.Others[a.OtherID]; ok && a.Shown {
			row, err := newBesideRow(v, b, e, words.T("after.beside_since", "Date", words.Date(a.Day)))
			if err != nil {
				return err
			}
			d.Shown = append(d.Shown, row)
		}
	}
	alike, err := s.alikeOf(r.Context(), b.Check.Version.Claim)
	if err != nil {
		return err
	}
	for _, c := range alike {
		if !b.Shown(c.Check.ID) {
			d.Perhaps = append(d.Perhaps, besideRow{OtherID: c.Check.ID, Card: newCard(words, c.Entry, c.Version, c.Terms)})
		}
	}
	d.replies(v, b)
	return s.showPage(v, d)
}

func newBesideRow(v visit, b workflow.Beside, e catalog.Entry, since string) (besideRow, error) {
	row := besideRow{OtherID: e.Check.ID, Card: newCard(v.words, e, e.Version, nil), Since: since}
	for _, p := range b.Proposals {
		if p.Kind != desk.ProposeAside || p.Subject != b.Check.Check.ID+" "+e.Check.ID {
			continue
		}
		reason, err := workflow.ProposedReason(p)
		if err != nil {
			return row, err
		}
		row.Waits, row.Own, row.Hash, row.Reason = true, p.MemberID == v.Member.ID, p.SHA256, publish.Plain(reason)
	}
	return row, nil
}

func (d *deskBesideView) replies(v visit, b workflow.Beside) {
	for _, r := range b.Replies {
		if r.Erased != 0 {
			continue
		}
		one := deskReply{ID: r.ID, Dated: v.words.T("after.reply_dated", "Date", v.words.Date(r.Day)), Text: paragraphs(publish.Plain(r.Text.String()))}
		for _, p := range b.Proposals {
			if p.Kind == desk.ProposeReply && p.Subject == r.ID {
				one.Waits, one.Own, one.Hash = true, p.MemberID == v.Member.ID, p.SHA256
			}
		}
		d.Replies = append(d.Replies, one)
	}
}

func (s *Site) deskShowBeside(_ http.ResponseWriter, r *http.Request, v visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	id := r.PathValue("id")
	return s.act(v, "/desk/beside/"+id, "shown", func() error { return s.after.ShowBeside(r.Context(), v.Member, id, form.Get("other")) })
}

func (s *Site) deskTakeAway(_ http.ResponseWriter, r *http.Request, v visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	id := r.PathValue("id")
	return s.act(v, "/desk/beside/"+id, "proposed", func() error {
		return s.after.ProposeTakeAway(r.Context(), v.Member, id, form.Get("other"), form.Get("reason"))
	})
}

func (s *Site) deskAgreeAway(_ http.ResponseWriter, r *http.Request, v visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	id := r.PathValue("id")
	return s.act(v, "/desk/beside/"+id, "agreed", func() error {
		return s.after.AgreeTakeAway(r.Context(), v.Member, id, form.Get("other"), form.Get("hash"))
	})
}

// deskEraseReply is both keys of erasing a reply: with a hash it is the
// second.
func (s *Site) deskEraseReply(_ http.ResponseWriter, r *http.Request, v visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	id, reply, hash := r.PathValue("id"), form.Get("reply"), form.Get("hash")
	if hash == "" {
		return s.act(v, "/desk/beside/"+id, "proposed", func() error { return s.after.ProposeEraseReply(r.Context(), v.Member, reply) })
	}
	return s.act(v, "/desk/beside/"+id, "agreed", func() error { return s.after.AgreeEraseReply(r.Context(), v.Member, reply, hash) })
}
