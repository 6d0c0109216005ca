package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"sangto/internal/catalog"
	"sangto/internal/desk"
	"sangto/internal/gate"
	"sangto/internal/lang"
	"sangto/internal/publish"
)

// Notices is the part of the catalogue that shows service notices.
type Notices interface {
	Notice(ctx context.Context, id string, n int) (catalog.Notice, error)
	Notices(ctx context.Context, page int) (catalog.Notices, error)
	StandingNotices(ctx context.Context) ([]catalog.NoticeEntry, error)
	RecentNotices(ctx context.Context, limit int) ([]catalog.NoticeEntry, error)
}

// noticeRoutes are the public pages of service notices.
func noticeRoutes() []Route {
	get := func(pattern string, class gate.PageClass, h handler) Route {
		return Route{Method: http.MethodGet, Pattern: pattern, Class: class, Lane: gate.PageLane, Laned: true, handle: h}
	}
	out := []Route{
		get("/notices", gate.Page, (*Site).noticeList),
		get("/n/{id}", gate.Page, (*Site).notice),
		get("/n/{id}/v/{n}", gate.Page, (*Site).noticeVersion),
		get("/n/{id}/contest", gate.Form, (*Site).noticeContestForm),
		{Method: http.MethodPost, Pattern: "/n/{id}/contest", Class: gate.Form, Lane: gate.AskLane, Laned: true, handle: (*Site).noticeContest},
	}
	for _, form := range feedForms() {
		out = append(out, open("/notices/"+form.name, noticeFeed(form)))
	}
	return out
}

// noticesInFeed is how many notices the feed holds: a week of the most that may
// stand.
const noticesInFeed = 20

// noticeFeed shows the newest notices in one form. It holds nothing else, and no
// other feed holds a notice.
func noticeFeed(form feedForm) handler {
	return func(s *Site, v *visit) error {
		if s.public == nil {
			return notFound("write feed")
		}
		list, err := s.catalog.RecentNotices(v.r.Context(), noticesInFeed)
		if err != nil {
			return err
		}
		site := s.site(v.r.Context())
		out := s.newFeed(v.words, site, "/notices/", form.name)
		out.Title, out.Summary = v.words.T("notice.feed", "Site", out.Author), v.words.T("notice.section_note")
		out.Home = s.absolute(href(v.words.Tag(), "/notices"))
		for _, e := range list {
			out.Entries = append(out.Entries, publish.NoticeEntry(s.public, v.words, zoneOf(site), e.Notice, e.Desk))
		}
		return sendFile(v, form.contentType, form.write(out))
	}
}

// noticeCard is a notice in a list. Heading says whose statement it is and that
// nobody here has checked it; no notice is shown without it.
type noticeCard struct {
	*lang.Words
	Heading lang.Linked
	Href    string
	Title   string
	Lang    string
	Kind    string
	Where   string
	When    string
	Label   string
}

func newNoticeCard(words *lang.Words, zone *time.Location, n desk.Notice, now time.Time) noticeCard {
	text, in := n.Text(words.Tag())
	c := noticeCard{
		Words: words, Heading: publish.NoticeHeading(words, n), Href: href(words.Tag(), "/n/"+n.ID), Title: publish.Plain(text.What), Lang: passage(words, in),
		Kind: words.NoticeKind(n.Kind), Where: publish.Plain(text.Where), When: publish.NoticeSpan(words, zone, n),
	}
	switch {
	case n.Act == desk.CancelNotice:
		c.Label = words.T("notice.label_cancelled")
	case !n.Standing(now):
		c.Label = words.T("notice.label_over")
	}
	return c
}

func noticeCards(words *lang.Words, zone *time.Location, list []catalog.NoticeEntry, now time.Time) []noticeCard {
	out := make([]noticeCard, 0, len(list))
	for _, e := range list {
		out = append(out, newNoticeCard(words, zone, e.Notice, now))
	}
	return out
}

type noticesView struct {
	frame
	Lead, Where  string
	Now, Past    []noticeCard
	Newer, Older string
	FeedLinks    []menuItem
}

func (noticesView) template() string { return "notices" }

func (s *Site) noticeList(v *visit) error {
	page := 1
	if p := v.r.URL.Query().Get("page"); p != "" {
		n, err := strconv.Atoi(p)
		if err != nil {
			return notFound("list notices")
		}
		page = n
	}
	list, err := s.catalog.Notices(v.r.Context(), page)
	if err != nil {
		return err
	}
	at := func(n int) string {
		if n < 2 {
			return "/notices"
		}
		return "/notices?" + url.Values{"page": {strconv.Itoa(n)}}.Encode()
	}
	site := s.site(v.r.Context())
	d := &noticesView{frame: s.newFrame(v.words, site, at(page))}
	d.Title, d.Canonical = d.T("notice.title"), s.absolute(d.Link(at(page)))
	d.Lead = d.T("notice.lead", "Hours", int(desk.NoticeLife.Hours()), "Count", desk.NoticesStanding)
	d.Description = d.Lead
	d.Now, d.Past = noticeCards(v.words, zoneOf(site), list.Standing, list.Now), noticeCards(v.words, zoneOf(site), list.Past, list.Now)
	for _, form := range feedForms() {
		if s.public != nil {
			d.FeedLinks = append(d.FeedLinks, menuItem{Label: form.label, Href: d.Link("/notices/" + form.name)})
		}
	}
	if list.Pages > 1 {
		d.Where = d.T("list.page", "Page", list.Page, "Pages", list.Pages)
		if page > 1 {
			d.Newer = d.Link(at(page - 1))
		}
		if page < list.Pages {
			d.Older = d.Link(at(page + 1))
		}
	}
	s.switchLink(&d.frame)
	return s.reply(v, http.StatusOK, d)
}

// noticeView is the page of one version of a notice.
type noticeView struct {
	frame
	Card                                   noticeCard
	State, StateClass                      string
	Old                                    bool
	NewestHref                             string
	Note                                   []string
	NoteLang                               string
	What, Where, ToDo                      []string
	SourceURL, Source, Contact             string
	DeskName, DeskLang, DeskHref           string
	Owner, OwnerLang, Funders, FundersLang string
	Alert                                  []fact
	AlertHash                              string
	Versions                               []versionItem
	Clock                                  clockView
	Outcomes                               []outcomeView
	ContestHref                            string
	Hash                                   string
}

func (noticeView) template() string { return "notice" }

func (s *Site) notice(v *visit) error { return s.showNotice(v, 0) }

func (s *Site) noticeVersion(v *visit) error {
	n, err := strconv.Atoi(v.r.PathValue("n"))
	if err != nil || n < 1 {
		return notFound("read notice")
	}
	return s.showNotice(v, n)
}

func noticeVersionPath(id string, n int) string { return "/n/" + id + "/v/" + strconv.Itoa(n) }

func (s *Site) showNotice(v *visit, number int) error {
	n, err := s.catalog.Notice(v.r.Context(), v.r.PathValue("id"), number)
	if err != nil {
		return err
	}
	path := "/n/" + n.ID
	if number > 0 {
		path = noticeVersionPath(n.ID, number)
	}
	words, site := v.words, s.site(v.r.Context())
	d := &noticeView{frame: s.newFrame(words, site, path), Card: newNoticeCard(words, zoneOf(site), n.Notice, n.Now)}
	d.Title, d.Description = d.Card.Title, d.Card.Heading.Before+d.Card.Heading.Link+d.Card.Heading.After
	d.Canonical = s.absolute(d.Link("/n/" + n.ID))
	// A statement that holds for hours is nothing for a search engine to keep.
	d.NoIndex = true
	d.ContestHref, d.Hash = d.Link("/n/"+n.ID+"/contest"), n.SHA256
	d.tell(n)
	d.state(n, zoneOf(site))
	if n.Alert != nil {
		d.Alert, d.AlertHash = alertFacts(words, zoneOf(site), n.Alert), n.Alert.SHA256
	}
	d.after(n, zoneOf(site))
	s.switchLink(&d.frame)
	return s.reply(v, http.StatusOK, d)
}

// tell fills in what the notice says and who passes it on.
func (d *noticeView) tell(n catalog.Notice) {
	words := d.Words
	text, _ := n.Text(words.Tag())
	d.What, d.Where, d.ToDo = paragraphs(publish.Plain(text.What)), paragraphs(publish.Plain(text.Where)), paragraphs(publish.Plain(text.ToDo))
	d.Source, d.Contact = publish.Plain(n.Source), publish.Plain(n.Contact)
	if desk.WebAddress(n.SourceURL) {
		d.SourceURL = n.SourceURL
	}
	d.DeskName, d.DeskLang, d.DeskHref = publish.Plain(n.Desk.Name), passage(words, n.Desk.Lang), d.Link("/desks/"+n.Desk.ID)
	d.Owner, d.OwnerLang = owner(words, n.Desk)
	if d.Owner == "" {
		d.Owner = words.T("check.undeclared")
	}
	d.Funders, d.FundersLang = publish.Plain(n.Desk.Funders), passage(words, n.Desk.Lang)
	if d.Funders == "" {
		d.Funders, d.FundersLang = words.T("check.undeclared"), ""
	}
}

// state says whether the notice stands, in its newest version, and what became of
// it.
func (d *noticeView) state(n catalog.Notice, zone *time.Location) {
	words, newest := d.Words, n.Newest()
	d.Old, d.NewestHref = n.Number < newest.Number, d.Link("/n/"+n.ID)
	why := newest
	switch {
	case newest.Act == desk.CancelNotice:
		d.State, d.StateClass = words.T("notice.cancelled", "When", publish.Moment(words, zone, newest.Published)), "banner gone"
	case !newest.Standing(n.Now):
		d.State, d.StateClass = words.T("notice.over", "When", publish.Moment(words, zone, newest.Until)), "banner gone"
		why.Note = desk.Wording{}
	case n.Act == desk.UpdateNotice:
		d.State, d.StateClass = words.T("notice.updated", "When", publish.Moment(words, zone, newest.Published)), "banner"
	default:
		d.State, d.StateClass = words.T("notice.ends", "When", publish.Moment(words, zone, newest.Until)), "banner"
	}
	if d.Old && newest.Act != desk.CancelNotice {
		why.Note = desk.Wording{}
	}
	note, in := why.Note.For(words.Tag())
	d.Note, d.NoteLang = paragraphs(publish.Plain(note)), passage(words, in)
}

// alertFacts are the fields of an alert, nothing if there is none.
func alertFacts(words *lang.Words, zone *time.Location, a *desk.Alert) []fact {
	if a == nil {
		return nil
	}
	at := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return publish.Moment(words, zone, t)
	}
	sender := a.Sender
	if a.SenderName != "" {
		sender = a.SenderName + " (" + a.Sender + ")"
	}
	var out []fact
	for _, f := range []fact{
		{words.T("notice.alert.sender"), sender},
		{words.T("notice.alert.event"), a.Event},
		{words.T("notice.alert.urgency"), words.AlertWord(a.Urgency)},
		{words.T("notice.alert.severity"), words.AlertWord(a.Severity)},
		{words.T("notice.alert.certainty"), words.AlertWord(a.Certainty)},
		{words.T("notice.alert.area"), a.Area},
		{words.T("notice.alert.sent"), at(a.Sent)},
		{words.T("notice.alert.onset"), at(a.Onset)},
		{words.T("notice.alert.expires"), at(a.Expires)},
		{words.T("notice.alert.identifier"), a.Identifier},
	} {
		if f.Value = publish.Plain(f.Value); f.Value != "" {
			out = append(out, f)
		}
	}
	return out
}

// after lists the versions and what was said against the notice.
func (d *noticeView) after(n catalog.Notice, zone *time.Location) {
	words := d.Words
	for _, one := range n.Versions {
		note, _ := one.Note.For(words.Tag())
		d.Versions = append(d.Versions, versionItem{
			Label: words.T("notice.version", "Number", one.Number, "When", publish.Moment(words, zone, one.Published)), Act: noticeAct(words, one.Act),
			Note: publish.Plain(note), Href: d.Link(noticeVersionPath(n.ID, one.Number)), Here: one.Number == n.Number,
		})
	}
	if c := n.Waiting; c.Day != 0 {
		d.Clock = clockView{Class: "banner", Text: d.T("after.clock", "Day", d.Date(c.Day), "Due", d.Date(c.Due), "Count", desk.AnswerDays)}
		if c.Late(n.Today) {
			d.Clock = clockView{Class: "banner gone", Text: d.T("after.clock_late", "Day", d.Date(c.Day), "Due", d.Date(c.Due))}
		}
	}
	for _, c := range n.Outcomes {
		d.Outcomes = append(d.Outcomes, newOutcome(words, c))
	}
}

func noticeAct(words *lang.Words, a desk.NoticeAct) string {
	switch a {
	case desk.UpdateNotice:
		return words.T("notice.act.update")
	case desk.CancelNotice:
		return words.T("notice.act.cancel")
	}
	return words.T("notice.act.issue")
}

// noticeContestView is the form with which anybody contests a notice, and what is
// shown after it was sent.
type noticeContestView struct {
	frame
	Card          noticeCard
	Done          bool
	DoneText      string
	Action, Token string
	Problem, Text string
	Hints         []hint
	Max           int
	Who, Kept     string
	Received      []word
}

func (noticeContestView) template() string { return "notice_contest" }

func (s *Site) newNoticeContest(v *visit, n catalog.Notice) *noticeContestView {
	words, site, path := v.words, s.site(v.r.Context()), "/n/"+n.ID+"/contest"
	d := &noticeContestView{
		frame: s.newFrame(words, site, path), Card: newNoticeCard(words, zoneOf(site), n.Newest(), n.Now), Max: desk.ContestMax,
		Who: words.T("notice.contest_who", "Count", desk.AnswerDays), Kept: words.T("notice.contest_kept", "Count", desk.ContestDays),
	}
	d.Title, d.NoIndex, d.Action = words.T("notice.contest_title"), true, d.Link(path)
	return d
}

func (s *Site) noticeContestForm(v *visit) error {
	n, err := s.catalog.Notice(v.r.Context(), v.r.PathValue("id"), 0)
	if err != nil {
		return err
	}
	d := s.newNoticeContest(v, n)
	if d.Token, err = s.forms.Issue(); err != nil {
		return err
	}
	s.switchLink(&d.frame)
	return s.reply(v, http.StatusOK, d)
}

func (s *Site) noticeContest(v *visit) error {
	n, err := s.catalog.Notice(v.r.Context(), v.r.PathValue("id"), 0)
	if err != nil {
		return err
	}
	values, err := gate.ReadBody(v.w, v.r, gate.FormMax)
	if err != nil {
		return s.noticeContestAgain(v, n, "", desk.NewRaw(""), err)
	}
	raw, token := message(values), values.Get("token")
	if _, err := s.forms.Check(token); err != nil {
		return s.noticeContestAgain(v, n, token, raw, err)
	}
	text, err := s.intake.ContestNotice(v.r.Context(), n.ID, raw)
	if err != nil {
		return s.noticeContestAgain(v, n, token, raw, err)
	}
	d := s.newNoticeContest(v, n)
	d.Title, d.Done = d.T("notice.contest_done"), true
	d.DoneText, d.Received = d.T("notice.contest_done_text", "Count", desk.AnswerDays), masked(v.words, text.String())
	d.switchForm(d.path, field{"token", token}, field{"text", publish.Plain(text.String())})
	return s.reply(v, http.StatusOK, d)
}

// noticeContestAgain shows the form again with what was wrong, and with the words
// as they are after redaction.
func (s *Site) noticeContestAgain(v *visit, n catalog.Notice, token string, raw desk.Raw, wrong error) error {
	kind := desk.KindOf(wrong)
	if kind == desk.Internal || kind == desk.NotFound {
		return wrong
	}
	d := s.newNoticeContest(v, n)
	d.Token, d.Problem = token, d.Error(wrong)
	d.Title = d.T("site.error_title", "Page", d.Title)
	// Only a token that is merely young is good for another try.
	var e *desk.Error
	if errors.As(wrong, &e) && e.Key != "error.form.early" {
		fresh, err := s.forms.Issue()
		if err != nil {
			return err
		}
		d.Token = fresh
	}
	if seen, err := s.intake.Look(v.r.Context(), raw, 1); err == nil {
		d.Text = publish.Plain(seen.Text.String())
		for _, h := range seen.Hints {
			d.Hints = append(d.Hints, hint{Kind: v.words.Hint(h.Kind), Text: publish.Plain(h.Text)})
		}
	}
	d.switchForm(d.path, field{"token", d.Token}, field{"text", d.Text})
	return s.reply(v, gate.Status(kind), d)
}
