package web

import (
	"context"
	"html/template"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"sangto/internal/catalog"
	"sangto/internal/desk"
	"sangto/internal/gate"
	"sangto/internal/lang"
	"sangto/internal/publish"
)

// After is the part of the catalogue that shows what came after a check and
// what a desk owes its readers.
type After interface {
	After(ctx context.Context, id string) (catalog.After, error)
	Policy(ctx context.Context, deskID string, kind desk.PageKind, n, page int) (catalog.Policy, error)
	Figures(ctx context.Context) (catalog.Figures, error)
}

// afterRoutes are the public pages of what comes after a check.
func afterRoutes() []Route {
	get := func(pattern string, class gate.PageClass, h handler) Route {
		return Route{Method: http.MethodGet, Pattern: pattern, Class: class, Lane: gate.PageLane, Laned: true, handle: h}
	}
	return []Route{
		get("/c/{id}/contest", gate.Form, (*Site).contestForm),
		{Method: http.MethodPost, Pattern: "/c/{id}/contest", Class: gate.Form, Lane: gate.AskLane, Laned: true, handle: (*Site).contest},
		get("/figures", gate.Page, (*Site).figures),
		get("/desks/{id}/{page}", gate.Page, (*Site).policy),
		get("/desks/{id}/{page}/{n}", gate.Page, (*Site).policyVersion),
	}
}

// overdue are the sentences that every page carries while a desk here has not
// gone over its pages for a year.
func overdue(words *lang.Words, site catalog.Site) []link {
	var out []link
	for _, o := range site.Overdue {
		if len(o.Pages) == 0 {
			continue
		}
		out = append(out, link{
			Linked: words.L("after.overdue", "Desk", publish.Plain(o.Desk.Name), "Page", pageName(words, o.Pages[0])),
			Href:   href(words.Tag(), "/desks/"+o.Desk.ID+"/"+string(o.Pages[0])),
		})
	}
	return out
}

// pageName names a page a desk owes its readers. The keys are spelt out so
// that a search for a key finds its use.
func pageName(words *lang.Words, kind desk.PageKind) string {
	switch kind {
	case desk.MethodologyPage:
		return words.T("after.page.methodology")
	case desk.OwnershipPage:
		return words.T("after.page.ownership")
	case desk.FundingPage:
		return words.T("after.page.funding")
	case desk.CorrectionsPage:
		return words.T("after.page.corrections")
	case desk.ComplaintsPage:
		return words.T("after.page.complaints")
	}
	return words.T("after.page.people")
}

// afterView is what came after a check, as a part of its page.
type afterView struct {
	*lang.Words
	Stale, Href      string
	Clocks           []clockView
	Outcomes         []outcomeView
	Replies          []replyView
	Groups           []groupView
	TakenAway        []besideView
	NobodyUninvolved bool
}

// clockView says until when the desk owes an answer.
type clockView struct{ Class, Text string }

type outcomeView struct {
	Label, Outside string
	Answer         []string
}

type replyView struct {
	Lines         []string
	Dated, Erased string
}

type groupView struct {
	Owner string
	Items []besideView
}

type besideView struct {
	Card          card
	Since, Reason string
	// Gone says since when it is no longer at its source.
	Gone string
}

// afterOf reads what came after a check of ours.
func (s *Site) afterOf(v *visit, p catalog.Page) (afterView, error) {
	out := afterView{Words: v.words}
	if p.Check.Imported() {
		return out, nil
	}
	a, err := s.catalog.After(v.r.Context(), p.Check.ID)
	if err != nil {
		return out, err
	}
	out.Href = href(v.words.Tag(), "/c/"+p.Check.ID+"/contest")
	out.NobodyUninvolved = a.NobodyUninvolved
	if a.Stale {
		out.Stale = v.words.T("after.stale", "Date", v.words.Date(max(p.Version.AsOf, p.Version.Published)))
	}
	out.clocks(a)
	for _, c := range a.Outcomes {
		out.Outcomes = append(out.Outcomes, newOutcome(v.words, c))
	}
	for _, r := range a.Replies {
		one := replyView{Lines: paragraphs(publish.Plain(r.Text.String())), Dated: v.words.T("after.reply_dated", "Date", v.words.Date(r.Day))}
		if r.Erased != 0 {
			one.Erased = v.words.T("after.reply_erased", "Date", v.words.Date(r.Erased))
		}
		out.Replies = append(out.Replies, one)
	}
	for _, g := range a.Groups {
		out.Groups = append(out.Groups, newGroup(v.words, g))
	}
	for _, b := range a.TakenAway {
		one := newBeside(v.words, b)
		one.Since = v.words.T("after.taken_on", "Date", v.words.Date(b.Since))
		out.TakenAway = append(out.TakenAway, one)
	}
	return out, nil
}

// clocks says what waits and since when. Nothing says how much waits.
func (d *afterView) clocks(a catalog.After) {
	for _, c := range []desk.Contest{a.Waiting, a.WaitingReply} {
		if c.Day == 0 {
			continue
		}
		clock := clockView{Class: "banner", Text: d.T("after.clock", "Day", d.Date(c.Day), "Due", d.Date(c.Due), "Count", desk.AnswerDays)}
		if c.Kind == desk.ReplyToCheck {
			clock.Text = d.T("after.clock_reply", "Day", d.Date(c.Day), "Due", d.Date(c.Due), "Count", desk.AnswerDays)
		}
		if c.Late(a.Today) {
			clock = clockView{Class: "banner gone", Text: d.T("after.clock_late", "Day", d.Date(c.Day), "Due", d.Date(c.Due))}
		}
		d.Clocks = append(d.Clocks, clock)
	}
}

func newOutcome(words *lang.Words, c desk.Contest) outcomeView {
	o := outcomeView{Answer: paragraphs(publish.Plain(c.Answer))}
	came, decided := words.Date(c.Day), words.Date(c.Decided)
	switch c.State {
	case desk.ContestUpheld:
		o.Label = words.T("after.outcome.upheld", "Day", came, "Decided", decided)
	case desk.ContestDeclined:
		o.Label = words.T("after.outcome.declined", "Day", came, "Decided", decided)
	default:
		o.Label = words.T("after.outcome.lapsed", "Day", came, "Count", desk.ContestDays)
	}
	if c.Outside != "" {
		o.Outside = words.T("after.outcome.outside", "Who", publish.Plain(c.Outside))
	} else if c.SecondKey != "" {
		o.Outside = words.T("after.outcome.two")
	}
	return o
}

// newGroup shows what desks of one owner found. Where there are several, it
// says that they count once.
func newGroup(words *lang.Words, g catalog.Group) groupView {
	var out groupView
	for _, b := range g.Items {
		out.Items = append(out.Items, newBeside(words, b))
	}
	if len(g.Items) > 1 {
		name, _ := owner(words, g.Items[0].Desk)
		if name == "" {
			name = publish.Plain(g.Items[0].Desk.Name)
		}
		out.Owner = words.T("after.one_owner", "Owner", name)
	}
	return out
}

func newBeside(words *lang.Words, b catalog.Beside) besideView {
	out := besideView{
		Card: newCard(words, b.Entry, b.Version, nil), Since: words.T("after.beside_since", "Date", words.Date(b.Since)),
		Reason: publish.Plain(b.Reason),
	}
	if b.Gone != 0 {
		out.Gone = words.T("check.gone_at_source", "Date", words.Date(b.Gone))
	}
	return out
}

// paragraphs cuts plain text at its line breaks.
func paragraphs(text string) []string {
	var out []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

// policyView is a page a desk owes its readers.
type policyView struct {
	frame
	Heading, DeskName, DeskLang, DeskHref string
	Missing, Old, Lang, Dated, Hash, Back string
	Older                                 string
	Text                                  template.HTML
	Versions                              []versionItem
	Declared                              []declarationView
	People                                []personView
	Corrections                           []correctionView
	Total, Where, NewerPage, OlderPage    string
	Complain                              bool
	Pages                                 []menuItem
	CorrectionLog                         bool
}

func (policyView) template() string { return "policy" }

type declarationView struct {
	Label, Owner, Kind, Funders, FunderKind string
	Note                                    []string
	NoteLang                                string
}

type personView struct {
	Words []string
	Lang  string
}

type correctionView struct {
	Card         card
	Act          string
	Reason, Note string
	Lang, Href   string
	Order        []string
}

func (s *Site) policy(v *visit) error {
	page := 1
	if p := v.r.URL.Query().Get("page"); p != "" {
		n, err := strconv.Atoi(p)
		if err != nil {
			return notFound("read page")
		}
		page = n
	}
	return s.showPolicy(v, 0, page)
}

func (s *Site) policyVersion(v *visit) error {
	n, err := strconv.Atoi(v.r.PathValue("n"))
	if err != nil || n < 1 {
		return notFound("read page")
	}
	return s.showPolicy(v, n, 1)
}

func (s *Site) showPolicy(v *visit, n, page int) error {
	kind := desk.PageKind(v.r.PathValue("page"))
	p, err := s.catalog.Policy(v.r.Context(), v.r.PathValue("id"), kind, n, page)
	if err != nil {
		return err
	}
	words, base := v.words, "/desks/"+p.Desk.ID
	path := base + "/" + string(kind)
	if n > 0 {
		path += "/" + strconv.Itoa(n)
	} else if page > 1 {
		path += "?page=" + strconv.Itoa(page)
	}
	d := &policyView{frame: s.newFrame(words, s.site(v.r.Context()), path)}
	d.Heading, d.DeskName, d.DeskLang = pageName(words, kind), publish.Plain(p.Desk.Name), passage(words, p.Desk.Lang)
	d.DeskHref = d.Link(base)
	d.Title = words.T("after.page_title", "Page", d.Heading, "Desk", d.DeskName)
	d.Canonical = s.absolute(d.Link(base + "/" + string(kind)))
	d.Pages = pageMenu(&d.frame, p.Desk.ID, kind)
	d.wording(p)
	d.below(p)
	if kind == desk.CorrectionsPage {
		d.log(p, base)
	}
	d.Complain = kind == desk.ComplaintsPage
	s.switchLink(&d.frame)
	return s.reply(v, http.StatusOK, d)
}

// pageMenu links the pages of a desk.
func pageMenu(f *frame, deskID string, here desk.PageKind) []menuItem {
	var out []menuItem
	for _, k := range desk.PageKinds() {
		out = append(out, menuItem{Label: pageName(f.Words, k), Href: f.Link("/desks/" + deskID + "/" + string(k)), Here: k == here})
	}
	return out
}

// wording shows the version asked for and lists the others.
func (d *policyView) wording(p catalog.Policy) {
	words := d.Words
	if p.Shown == nil {
		d.Missing = words.T("after.page_missing", "Desk", d.DeskName)
		return
	}
	text, in := p.Shown.Text.For(words.Tag())
	d.Lang = passage(words, in)
	d.Text = markdown(text)
	d.Dated = words.T("after.page_dated", "Number", p.Shown.Number, "Date", words.Date(p.Shown.Day))
	d.Hash = p.Shown.SHA256
	base := "/desks/" + p.Desk.ID + "/" + string(p.Kind)
	for _, one := range p.Versions {
		d.Versions = append(d.Versions, versionItem{
			Label: words.T("check.version", "Number", one.Number, "Date", words.Date(one.Day)),
			Href:  d.Link(base + "/" + strconv.Itoa(one.Number)), Here: one.Number == p.Shown.Number,
		})
	}
	if p.Old {
		d.Old = words.T("after.page_old")
	}
	if p.Shown.Number < len(p.Versions) {
		d.Older, d.Back = words.T("after.page_older"), d.Link(base)
	}
}

// below shows what is kept beside the wording.
func (d *policyView) below(p catalog.Policy) {
	words := d.Words
	for _, one := range p.Declarations {
		label := words.T("after.declared", "Date", words.Date(one.Day))
		if one.HandedOver {
			label = words.T("after.handed_over", "Date", words.Date(one.Day))
		}
		note, in := one.Note.For(words.Tag())
		d.Declared = append(d.Declared, declarationView{
			Label: label, Owner: publish.Plain(one.Owner), Kind: words.Owner(one.OwnerKind), Funders: publish.Plain(one.Funders),
			FunderKind: funderKind(words, one.FunderKind), Note: paragraphs(publish.Plain(note)), NoteLang: passage(words, in),
		})
	}
	for _, one := range p.Introductions {
		text, in := one.Words.For(words.Tag())
		d.People = append(d.People, personView{Words: paragraphs(publish.Plain(text)), Lang: passage(words, in)})
	}
}

func funderKind(words *lang.Words, k desk.OwnerKind) string {
	if k == desk.OwnerUnknown || !k.Valid() {
		return words.T("desk.funder_none")
	}
	return words.Owner(k)
}

// log lists the corrections, withdrawals, erasures and orders of a desk.
func (d *policyView) log(p catalog.Policy, base string) {
	words := d.Words
	d.CorrectionLog = true
	d.Total = words.T("after.log_total", "Count", p.Log.Total)
	for _, e := range p.Log.Entries {
		c := correctionView{
			Card: newCard(words, e, e.Version, nil), Act: logAct(words, e.Version.Act), Reason: publish.Plain(e.Version.Reason),
			Note: publish.Plain(e.Version.Note), Lang: passage(words, e.Check.Lang), Href: d.Link(versionPath(e.Check.ID, e.Version.Number)),
		}
		if c.Note == c.Reason {
			c.Note = ""
		}
		if o := e.Version.Order; o.Body != "" {
			c.Order = append(c.Order,
				words.T("after.order", "Body", publish.Plain(o.Body), "Date", words.Date(o.Date), "Law", publish.Plain(o.Law)),
				words.T("after.order_lapses", "Date", words.Date(o.Lapses)))
		}
		d.Corrections = append(d.Corrections, c)
	}
	if p.Log.Pages < 2 {
		return
	}
	d.Where = words.T("list.page", "Page", p.Log.Page, "Pages", p.Log.Pages)
	at := func(n int) string {
		return d.Link(base + "/corrections?" + url.Values{"page": {strconv.Itoa(n)}}.Encode())
	}
	if p.Log.Page > 1 {
		d.NewerPage = at(p.Log.Page - 1)
	}
	if p.Log.Page < p.Log.Pages {
		d.OlderPage = at(p.Log.Page + 1)
	}
}

// logAct names what a later version did.
func logAct(words *lang.Words, a desk.Act) string {
	switch a {
	case desk.Correct:
		return words.T("after.act.correct")
	case desk.Withdraw:
		return words.T("after.act.withdraw")
	case desk.ErasePersonal:
		return words.T("after.act.erase_personal")
	case desk.WithholdOrder:
		return words.T("after.act.withhold_order")
	}
	return words.T("after.act.restore")
}

// figuresView is the page of generated figures.
type figuresView struct {
	frame
	Public string
	Desks  []figuresOfDesk
}

func (figuresView) template() string { return "figures" }

type figuresOfDesk struct {
	ID, Name, Lang, Href string
	Columns              []string
	Rows                 []figuresRow
	Facts                []fact
	Chart                barChart
}

type figuresRow struct {
	Stamp  stamp
	Counts []string
}

// fact is a line of a list of names and values.
type fact struct{ Name, Value string }

// claimants are the categories in the order of the columns.
func claimants() []desk.ClaimantKind {
	return []desk.ClaimantKind{
		desk.ClaimantOffice, desk.ClaimantParty, desk.ClaimantCompany, desk.ClaimantOrganisation, desk.ClaimantUnknown,
	}
}

// claimantName names a category of claimant.
func claimantName(words *lang.Words, k desk.ClaimantKind) string {
	switch k {
	case desk.ClaimantOffice:
		return words.T("after.claimant.office")
	case desk.ClaimantParty:
		return words.T("after.claimant.party")
	case desk.ClaimantCompany:
		return words.T("after.claimant.company")
	case desk.ClaimantOrganisation:
		return words.T("after.claimant.organisation")
	}
	return words.T("after.claimant.unknown")
}

func (s *Site) figures(v *visit) error {
	f, err := s.catalog.Figures(v.r.Context())
	if err != nil {
		return err
	}
	d := &figuresView{frame: s.newFrame(v.words, s.site(v.r.Context()), "/figures")}
	d.Title, d.Description = d.T("after.figures"), d.T("after.figures_lead")
	d.Canonical = s.absolute(d.Link("/figures"))
	d.Public = publicLine(v.words, f)
	for _, one := range f.Desks {
		d.Desks = append(d.Desks, newFiguresOfDesk(&d.frame, one))
	}
	s.switchLink(&d.frame)
	return s.reply(v, http.StatusOK, d)
}

// publicLine says how the desks here judged public bodies, "" before they have
// published anything.
func publicLine(words *lang.Words, f catalog.Figures) string {
	if f.Checked == 0 {
		return ""
	}
	return words.T("after.public", "Checked", f.Public, "NotSo", f.NotSo)
}

func newFiguresOfDesk(f *frame, one catalog.DeskFigures) figuresOfDesk {
	words := f.Words
	d := figuresOfDesk{
		ID: "desk-" + one.Desk.ID, Name: publish.Plain(one.Desk.Name), Lang: passage(words, one.Desk.Lang), Href: f.Link("/desks/" + one.Desk.ID),
	}
	counts, totals, all := map[desk.Verdict]map[desk.ClaimantKind]int{}, map[desk.Verdict]int{}, 0
	for _, t := range one.Standing {
		k := t.Claimant
		if k == "" {
			k = desk.ClaimantUnknown
		}
		if counts[t.Verdict] == nil {
			counts[t.Verdict] = map[desk.ClaimantKind]int{}
		}
		counts[t.Verdict][k] += t.Count
		totals[t.Verdict] += t.Count
		all += t.Count
	}
	for _, k := range claimants() {
		d.Columns = append(d.Columns, claimantName(words, k))
	}
	d.Columns = append(d.Columns, words.T("after.all"))
	for _, verdict := range desk.Verdicts() {
		row := figuresRow{Stamp: stamp{Sign: string(verdict), Label: words.Verdict(verdict)}}
		for _, k := range claimants() {
			row.Counts = append(row.Counts, words.Number(counts[verdict][k]))
		}
		row.Counts = append(row.Counts, words.Number(totals[verdict]))
		d.Rows = append(d.Rows, row)
	}
	d.facts(words, one, all)
	d.Chart = newBarChart(words, totals)
	return d
}

// barChart is the checks of a desk by verdict as a picture, for those who take a
// proportion in by eye. Everything in it stands in the table beside it.
type barChart struct {
	Bars []bar
	// Height is that of the picture, in its own units, of which it is chartWidth
	// wide. Description says all of it in words.
	Height      int
	Description string
}

// bar is one line of the chart: its verdict, its length and where it ends.
type bar struct {
	Sign, Label, Count     string
	Top, Text, Length, End int
}

// The measures of the chart, in units of the picture.
const (
	chartStep  = 26  // from one bar to the next
	chartLeft  = 148 // where bars begin
	chartRoom  = 150 // the longest bar
	chartGap   = 6   // between a bar and its number
	chartSit   = 15  // of the letters, below the top of a line
	chartInset = 3   // of a bar, below the top of a line
)

// newBarChart draws the counts; the longest bar is as long as there is room. Without
// any check there is nothing to draw.
func newBarChart(words *lang.Words, totals map[desk.Verdict]int) barChart {
	most := 0
	for _, n := range totals {
		most = max(most, n)
	}
	if most == 0 {
		return barChart{}
	}
	var c barChart
	var said []string
	for i, v := range desk.Verdicts() {
		n := totals[v]
		b := bar{
			Sign: string(v), Label: words.Verdict(v), Count: words.Number(n), Top: i*chartStep + chartInset, Text: i*chartStep + chartSit,
			Length: n * chartRoom / most,
		}
		if n > 0 {
			b.Length = max(b.Length, 1)
		}
		b.End = chartLeft + b.Length + chartGap
		c.Bars = append(c.Bars, b)
		c.Height = (i + 1) * chartStep
		said = append(said, b.Label+": "+b.Count)
	}
	c.Description = strings.Join(said, ". ") + "."
	return c
}

func (d *figuresOfDesk) facts(words *lang.Words, one catalog.DeskFigures, all int) {
	add := func(name string, n int) { d.Facts = append(d.Facts, fact{name, words.Number(n)}) }
	add(words.T("after.fact.standing"), all)
	add(words.T("after.fact.corrected"), one.Acts[desk.Correct])
	add(words.T("after.fact.withdrawn"), one.Acts[desk.Withdraw])
	add(words.T("after.fact.erased"), one.Acts[desk.ErasePersonal])
	add(words.T("after.fact.withheld"), one.Acts[desk.WithholdOrder])
	for _, k := range desk.NotRatedKinds() {
		add(words.T("after.fact.refused", "Kind", words.NotRated(k)), one.Refused[k])
	}
	add(words.T("after.fact.in_time", "Count", desk.AnswerDays), one.InTime)
	add(words.T("after.fact.late"), one.Late)
	add(words.T("after.fact.waiting"), one.Waiting)
	add(words.T("after.fact.upheld"), one.Upheld)
}
