package web

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"sangto/internal/desk"
	"sangto/internal/gate"
	"sangto/internal/lang"
	"sangto/internal/publish"
	"sangto/internal/workflow"
)

// NoticeDesk is the members' side of service notices. *workflow.Workflow is one.
type NoticeDesk interface {
	Notices(ctx context.Context, actor desk.Member) (workflow.DeskNotices, error)
	Notice(ctx context.Context, actor desk.Member, id string) (workflow.NoticeItem, error)
	ProposeNotice(ctx context.Context, actor desk.Member, f workflow.NoticeForm) (string, error)
	ProposeNoticeUpdate(ctx context.Context, actor desk.Member, id string, f workflow.NoticeForm) error
	ProposeNoticeEnd(ctx context.Context, actor desk.Member, id string, why desk.Wording, nobodyNamed bool) error
	AgreeNotice(ctx context.Context, actor desk.Member, id, sha256 string) error
	TakeNoticeBack(ctx context.Context, actor desk.Member, id string) error
}

// noticeDeskRoutes are the members' pages of service notices.
func (s *Site) noticeDeskRoutes() []Route {
	get := func(pattern string, h deskHandler) Route { return s.deskGet(pattern, s.noticing(h)) }
	post := func(pattern string, h deskHandler) Route { return s.deskPost(pattern, s.noticing(h)) }
	return []Route{
		get("/desk/notices", s.deskNotices),
		post("/desk/notices", s.deskProposeNotice),
		get("/desk/propose-notice", s.deskNewNotice),
		get("/desk/notices/{id}", s.deskNotice),
		get("/desk/notices/{id}/update", s.deskNoticeUpdate),
		post("/desk/notices/{id}/update", s.deskProposeUpdate),
		post("/desk/notices/{id}/cancel", s.deskCancelNotice),
		post("/desk/notices/{id}/agree", s.deskAgreeNotice),
		post("/desk/notices/{id}/take-back", s.deskTakeNoticeBack),
	}
}

// noticing answers for a desk that has no notices to show.
func (s *Site) noticing(h deskHandler) deskHandler {
	return func(w http.ResponseWriter, r *http.Request, v visit) error {
		if s.notices == nil {
			return notFound("find the notices")
		}
		return h(w, r, v)
	}
}

// deskNoticesView lists the notices of a desk.
type deskNoticesView struct {
	deskPage
	Lead, Full              string
	Waiting, Standing, Past []deskNoticeRow
}

func (deskNoticesView) template() string { return "desk_notices" }

// deskNoticeTable is one of the lists under its heading.
type deskNoticeTable struct {
	*lang.Words
	ID   string
	Rows []deskNoticeRow
}

// Table names a list for its template.
func (d *deskNoticesView) Table(id string, rows []deskNoticeRow) deskNoticeTable {
	return deskNoticeTable{d.Words, id, rows}
}

type deskNoticeRow struct{ Href, Title, Lang, Source, Until, State string }

func (s *Site) deskNotices(_ http.ResponseWriter, r *http.Request, v visit) error {
	all, err := s.notices.Notices(r.Context(), v.Member)
	if err != nil {
		return err
	}
	d := &deskNoticesView{deskPage: s.deskFrame(v, noticesSection, v.words.T("desk_notice.title"))}
	d.Lead = d.T("desk_notice.lead", "Hours", int(desk.NoticeLife.Hours()), "Count", desk.NoticesStanding)
	if all.Room == 0 {
		d.Full = d.T("desk_notice.room.none")
	}
	for _, item := range all.Waiting {
		d.Waiting = append(d.Waiting, s.deskNoticeRow(v, item.Proposed, proposedState(v, item.Proposed.Act)))
	}
	for _, item := range all.Standing {
		d.Standing = append(d.Standing, s.deskNoticeRow(v, item.Newest(), v.words.T("desk_notice.state.standing")))
	}
	for _, n := range all.Past {
		state := v.words.T("desk_notice.state.over")
		if n.Act == desk.CancelNotice {
			state = v.words.T("desk_notice.state.cancelled")
		}
		d.Past = append(d.Past, s.deskNoticeRow(v, n, state))
	}
	return s.showPage(v, d)
}

func (s *Site) deskNoticeRow(v visit, n desk.Notice, state string) deskNoticeRow {
	text, in := n.Text(v.Lang)
	return deskNoticeRow{
		Href: "/desk/notices/" + n.ID, Title: publish.Plain(text.What), Lang: passage(v.words, in), Source: publish.Plain(n.Source),
		Until: publish.Moment(v.words, s.zone, n.Until), State: state,
	}
}

func proposedState(v visit, a desk.NoticeAct) string {
	switch a {
	case desk.UpdateNotice:
		return v.words.T("desk_notice.state.update")
	case desk.CancelNotice:
		return v.words.T("desk_notice.state.cancel")
	}
	return v.words.T("desk_notice.state.new")
}

// deskNoticeView is one notice: what is out, what waits, and what may be done.
type deskNoticeView struct {
	deskPage
	Href, Public         string
	Now, Proposed        *noticeText
	Heading, Hash        string
	Spoilt               string
	Own, MayTakeBack     bool
	Named                bool
	MayUpdate, MayCancel bool
	Max                  int
}

func (deskNoticeView) template() string { return "desk_notice" }

// noticeText is a version as members read it, both languages side by side.
type noticeText struct {
	Card                      noticeCard
	VI, EN                    []fact
	Facts, Alert              []fact
	SourceURL, NoteVI, NoteEN string
}

func (s *Site) noticeText(v visit, n desk.Notice) *noticeText {
	words := v.words
	t := &noticeText{
		Card: newNoticeCard(words, s.zone, n, n.Published), NoteVI: publish.Plain(n.Note.VI), NoteEN: publish.Plain(n.Note.EN),
		Facts: []fact{
			{words.T("notice.kind"), words.NoticeKind(n.Kind)},
			{words.T("notice.when"), publish.NoticeSpan(words, s.zone, n)},
			{words.T("notice.source"), publish.Plain(n.Source)},
			{words.T("notice.contact"), publish.Plain(n.Contact)},
		},
	}
	t.Card.Label = ""
	for _, side := range []struct {
		text desk.NoticeText
		to   *[]fact
	}{{n.VI, &t.VI}, {n.EN, &t.EN}} {
		if !side.text.Empty() {
			*side.to = []fact{
				{words.T("notice.what"), publish.Plain(side.text.What)},
				{words.T("notice.where"), publish.Plain(side.text.Where)},
				{words.T("notice.todo"), publish.Plain(side.text.ToDo)},
			}
		}
	}
	if desk.WebAddress(n.SourceURL) {
		t.SourceURL = n.SourceURL
	}
	t.Alert = alertFacts(words, s.zone, n.Alert)
	return t
}

func (s *Site) deskNotice(_ http.ResponseWriter, r *http.Request, v visit) error {
	item, err := s.notices.Notice(r.Context(), v.Member, r.PathValue("id"))
	if err != nil {
		return err
	}
	words, newest := v.words, item.Newest()
	text, _ := newest.Text(v.Lang)
	d := &deskNoticeView{
		deskPage: s.deskFrame(v, noticesSection, publish.Plain(text.What)), Href: "/desk/notices/" + newest.ID, Max: desk.NoticeTextMax,
	}
	if p := item.Proposal; p != nil {
		d.Proposed, d.Hash, d.Named = s.noticeText(v, item.Proposed), p.SHA256, item.Proposed.Named
		d.Own = p.MemberID == v.Member.ID
		d.MayTakeBack = d.Own || v.Member.Role == desk.Admin
		d.Heading = proposedHeading(v, item.Proposed.Act)
		if item.Spoilt != nil {
			d.Spoilt = words.Error(item.Spoilt)
		}
	}
	if len(item.Versions) > 0 {
		d.Now, d.Public = s.noticeText(v, newest), href(v.Lang, "/n/"+newest.ID)
		state := newest.State(s.clock())
		d.MayUpdate = desk.Allowed(v.Member.Role, desk.ReviseNotice, state)
		d.MayCancel = desk.Allowed(v.Member.Role, desk.EndNotice, state)
	}
	return s.showPage(v, d)
}

func proposedHeading(v visit, a desk.NoticeAct) string {
	switch a {
	case desk.UpdateNotice:
		return v.words.T("desk_notice.proposed.update")
	case desk.CancelNotice:
		return v.words.T("desk_notice.proposed.cancel")
	}
	return v.words.T("desk_notice.proposed.issue")
}

// noticeFormView is the form of a notice, new or to be updated.
type noticeFormView struct {
	deskPage
	Action, Problem        string
	Update, HasAlert       bool
	Kinds                  []option
	VI, EN                 desk.NoticeText
	Source, URL, Contact   string
	From, Until            string
	NoteVI, NoteEN, Pasted string
	DropAlert, Nobody      bool
	UntilHint              string
	TextMax, SourceMax     int
	AlertMax               int
}

func (noticeFormView) template() string { return "desk_notice_form" }

// option is one choice of a list.
type option struct {
	Value, Label string
	Chosen       bool
}

// formTime is how a browser writes a date with a time of day (HTML, 4.10.5.1.13).
const formTime = "2006-01-02T15:04"

// pastedAlertMax is the longest alert that can be pasted, in bytes; a longer one
// is attached as a file.
const pastedAlertMax = 6000

// alertFileMax is the largest file that is read, in bytes. What reads it has a
// limit of its own.
const alertFileMax = 256 << 10

func (s *Site) newNoticeForm(v visit, title, action string) *noticeFormView {
	d := &noticeFormView{
		deskPage: s.deskFrame(v, noticesSection, title), Action: action, TextMax: desk.NoticeTextMax, SourceMax: desk.NoticeSourceMax, AlertMax: pastedAlertMax,
	}
	d.UntilHint = d.T("desk_notice.until_hint", "Zone", s.zone.String(), "Hours", int(desk.NoticeLife.Hours()))
	return d
}

// offer fills the list of kinds in.
func (d *noticeFormView) offer(chosen desk.NoticeKind) {
	d.Kinds = nil
	for _, k := range desk.NoticeKinds() {
		d.Kinds = append(d.Kinds, option{string(k), d.NoticeKind(k), k == chosen})
	}
}

func (s *Site) deskNewNotice(_ http.ResponseWriter, _ *http.Request, v visit) error {
	d := s.newNoticeForm(v, v.words.T("desk_notice.form_title"), "/desk/notices")
	d.offer("")
	d.From = s.clock().In(s.zone).Format(formTime)
	return s.showPage(v, d)
}

func (s *Site) deskNoticeUpdate(_ http.ResponseWriter, r *http.Request, v visit) error {
	item, err := s.notices.Notice(r.Context(), v.Member, r.PathValue("id"))
	if err != nil {
		return err
	}
	n := item.Newest()
	if item.Proposal != nil && item.Proposed.Act == desk.UpdateNotice {
		n = item.Proposed
	}
	d := s.newUpdateForm(v, n)
	d.offer(n.Kind)
	d.VI, d.EN, d.URL, d.Contact = n.VI, n.EN, n.SourceURL, n.Contact
	d.From, d.Until = n.From.In(s.zone).Format(formTime), n.Until.In(s.zone).Format(formTime)
	return s.showPage(v, d)
}

func (s *Site) newUpdateForm(v visit, n desk.Notice) *noticeFormView {
	d := s.newNoticeForm(v, v.words.T("desk_notice.update_title"), "/desk/notices/"+n.ID+"/update")
	d.Update, d.HasAlert, d.Source = true, n.Alert != nil, publish.Plain(n.Source)
	return d
}

// noticeForm reads the form of a notice. Whatever is wrong with a time is said by
// the rules of a notice, which see none then.
func (s *Site) noticeForm(v visit) (workflow.NoticeForm, url.Values, error) {
	values, file, err := gate.ReadUpload(v.w, v.r, alertFileMax)
	if desk.KindOf(err) == desk.TooLarge {
		err = &desk.Error{Kind: desk.TooLarge, Op: "read a notice", Key: "error.alert.large", Args: map[string]any{"Max": alertFileMax >> 10}}
	} else if err != nil {
		err = &desk.Error{Kind: desk.Invalid, Op: "read a notice", Key: "error.notice.form", Err: err}
	}
	if err != nil {
		return workflow.NoticeForm{}, url.Values{}, err
	}
	text := func(tag string) desk.NoticeText {
		return desk.NoticeText{What: values.Get("what_" + tag), Where: values.Get("where_" + tag), ToDo: values.Get("todo_" + tag)}
	}
	at := func(name string) time.Time {
		t, err := time.ParseInLocation(formTime, values.Get(name), s.zone)
		if err != nil {
			return time.Time{}
		}
		return t
	}
	f := workflow.NoticeForm{
		Kind: desk.NoticeKind(values.Get("kind")), VI: text("vi"), EN: text("en"),
		Source: values.Get("source"), SourceURL: values.Get("url"), Contact: values.Get("contact"), From: at("from"), Until: at("until"),
		Note: desk.Wording{VI: values.Get("note_vi"), EN: values.Get("note_en")}, Alert: file.Body,
		DropAlert: values.Get("drop_alert") == "yes", NobodyNamed: values.Get("nobody") == "yes",
	}
	if len(f.Alert) == 0 {
		f.Alert = []byte(values.Get("alert_text"))
	}
	return f, values, nil
}

// noticeFormAgain shows the form with what was wrong. An attached file is not
// kept: the browser has it.
func (s *Site) noticeFormAgain(v visit, d *noticeFormView, f workflow.NoticeForm, values url.Values, wrong error) error {
	switch desk.KindOf(wrong) {
	case desk.Invalid, desk.TooLarge, desk.Conflict, desk.Forbidden:
	default:
		return wrong
	}
	d.Problem = d.Error(wrong)
	d.offer(f.Kind)
	d.VI, d.EN, d.URL, d.Contact = f.VI, f.EN, f.SourceURL, f.Contact
	if !d.Update {
		d.Source = f.Source
	}
	d.From, d.Until, d.Pasted = values.Get("from"), values.Get("until"), values.Get("alert_text")
	d.NoteVI, d.NoteEN, d.Nobody, d.DropAlert = f.Note.VI, f.Note.EN, f.NobodyNamed, f.DropAlert
	return s.showPageAs(v, statusOf(wrong), d)
}

func (s *Site) deskProposeNotice(_ http.ResponseWriter, r *http.Request, v visit) error {
	f, values, err := s.noticeForm(v)
	id := ""
	if err == nil {
		id, err = s.notices.ProposeNotice(r.Context(), v.Member, f)
	}
	if err != nil {
		return s.noticeFormAgain(v, s.newNoticeForm(v, v.words.T("desk_notice.form_title"), "/desk/notices"), f, values, err)
	}
	return seeOther(v, "/desk/notices/"+id, "notice_proposed")
}

func (s *Site) deskProposeUpdate(_ http.ResponseWriter, r *http.Request, v visit) error {
	id := r.PathValue("id")
	item, err := s.notices.Notice(r.Context(), v.Member, id)
	if err != nil {
		return err
	}
	f, values, err := s.noticeForm(v)
	if err == nil {
		err = s.notices.ProposeNoticeUpdate(r.Context(), v.Member, id, f)
	}
	if err != nil {
		return s.noticeFormAgain(v, s.newUpdateForm(v, item.Newest()), f, values, err)
	}
	return seeOther(v, "/desk/notices/"+id, "notice_proposed")
}

// noticeDeed runs a deed of a form on a notice and says so.
func (s *Site) noticeDeed(v visit, said string, next func(id string) string, do func(id string, form url.Values) error) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	id := v.r.PathValue("id")
	return s.act(v, next(id), said, func() error { return do(id, form) })
}

func ofNotice(id string) string { return "/desk/notices/" + id }

func (s *Site) deskCancelNotice(_ http.ResponseWriter, r *http.Request, v visit) error {
	return s.noticeDeed(v, "notice_proposed", ofNotice, func(id string, form url.Values) error {
		why := desk.Wording{VI: form.Get("note_vi"), EN: form.Get("note_en")}
		return s.notices.ProposeNoticeEnd(r.Context(), v.Member, id, why, form.Get("nobody") == "yes")
	})
}

func (s *Site) deskAgreeNotice(_ http.ResponseWriter, r *http.Request, v visit) error {
	return s.noticeDeed(v, "notice_agreed", ofNotice, func(id string, form url.Values) error {
		return s.notices.AgreeNotice(r.Context(), v.Member, id, form.Get("hash"))
	})
}

func (s *Site) deskTakeNoticeBack(_ http.ResponseWriter, r *http.Request, v visit) error {
	return s.noticeDeed(v, "notice_taken_back", func(string) string { return "/desk/notices" }, func(id string, _ url.Values) error {
		return s.notices.TakeNoticeBack(r.Context(), v.Member, id)
	})
}
