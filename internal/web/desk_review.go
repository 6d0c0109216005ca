package web

import (
	"html/template"
	"net/http"
	"net/url"
	"strconv"

	"sangto/internal/desk"
	"sangto/internal/lang"
	"sangto/internal/publish"
	"sangto/internal/workflow"
)

// signing is the part of a page that asks for a member's key.
type signing struct {
	// Options are for the passkey, "" where the member has none; Confirm leads to
	// the page that asks again who it is, "" if that was done a moment ago.
	Options, Confirm, Problem string
}

// newSigning prepares a key over a revision.
func (s *Site) newSigning(v visit, revision, back string) signing {
	if s.keys == nil {
		return signing{}
	}
	a, err := s.keys.BeginApproval(v.r.Context(), v.token, revision)
	if err != nil {
		return signing{Problem: v.words.Error(err)}
	}
	out := signing{Options: string(a.Options)}
	if out.Options == "" && !v.Reauthenticated {
		out.Confirm = "/desk/confirm?" + url.Values{"next": {back}}.Encode()
	}
	return out
}

// assent takes the key from a form.
func (s *Site) assent(v visit, revision string, form url.Values) (desk.Approval, error) {
	if s.keys == nil {
		return desk.Approval{}, &desk.Error{Kind: desk.Forbidden, Op: "approve", Key: "error.approval.member"}
	}
	a, err := s.keys.FinishApproval(v.r.Context(), v.token, revision, []byte(form.Get("response")))
	return desk.Approval{MemberID: a.MemberID, KeyID: a.KeyID, Revision: a.Revision, Signed: a.Signed, Assertion: a.Assertion}, err
}

type handInView struct {
	deskPage
	Heading, Back, Action, Revision string
	Counter                         int
	Ready, Suspected                bool
	Gates                           []gateView
	Signing                         signing
}

func (handInView) template() string { return "desk_hand_in" }

// handInPage shows what is missing, and asks for the submitter's key.
func (s *Site) handInPage(_ http.ResponseWriter, r *http.Request, v visit) error {
	id := r.PathValue("id")
	room, err := s.drafts.Room(r.Context(), v.Member, id)
	if err != nil {
		return err
	}
	revision, err := s.drafts.HandIn(r.Context(), v.Member, id)
	if err != nil {
		return err
	}
	d := &handInView{
		deskPage: s.deskFrame(v, draftsSection, v.words.T("desk_draft.hand_in"), s.scripts(doorScript)...),
		Back:     draftsPath + "/" + id + "?edit=1", Action: draftsPath + "/" + id + "/hand-in", Counter: room.Counter, Revision: revision,
		Suspected: room.Suspected, Ready: true,
	}
	d.Heading = d.Title
	var own []desk.Gate
	for _, g := range room.Gates {
		one := g.ID == "two_sources" && room.OneSource
		if g.Ours || one || g.ID == "names" && room.Suspected && g.Key == "error.draft.names" {
			continue
		}
		own = append(own, g)
		d.Ready = d.Ready && g.OK
	}
	d.Gates = gates(v, own)
	if d.Ready {
		d.Signing = s.newSigning(v, revision, draftsPath+"/"+id+"/hand-in")
	}
	return s.showPage(v, d)
}

func (s *Site) handIn(_ http.ResponseWriter, r *http.Request, v visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	counter, err := strconv.Atoi(form.Get("counter"))
	if err != nil {
		return &desk.Error{Kind: desk.Invalid, Op: "submit", Key: "error.kind.invalid"}
	}
	id := r.PathValue("id")
	revision, err := s.drafts.HandIn(r.Context(), v.Member, id)
	if err != nil {
		return err
	}
	if form.Get("revision") != revision {
		return &desk.Error{Kind: desk.Conflict, Op: "submit", Key: "error.draft.changed"}
	}
	key, err := s.assent(v, revision, form)
	if err != nil {
		return err
	}
	err = s.drafts.SubmitDraft(r.Context(), v.Member, id, counter, workflow.Handed{
		NoInterest: form.Get("no_interest") != "", NobodyNamed: form.Get("nobody_named") != "", Approval: key,
	})
	if err != nil {
		return err
	}
	return seeOther(v, draftsPath, "draft_handed_in")
}

// diffView is one field of the wording, with what changed since the reviewer
// last saw it.
type diffView struct {
	Label   string
	Changes []publish.Change
	Text    string
	HTML    template.HTML
}

type reviewView struct {
	deskPage
	Heading, Lang, Act, Author, Editor, Action, Edit string
	Blind, May, Mine, Since                          bool
	Kinds                                            []draftChoice
	Stamp                                            stamp
	Classes                                          []string
	Fields                                           []diffView
	Evidence                                         []evidenceGroup
	Gates                                            []gateView
	Networks, OneSource, Suspected, Disputed         bool
	Revision, Keys, Overtaken, Emergency, Order      string
	Signing                                          signing
}

func (reviewView) template() string { return "desk_review" }

func (s *Site) reviewPage(_ http.ResponseWriter, r *http.Request, v visit) error {
	id := r.PathValue("id")
	room, err := s.drafts.Room(r.Context(), v.Member, id)
	if err != nil {
		return err
	}
	if room.State != desk.InReview {
		return &desk.Error{Kind: desk.Conflict, Op: "review", Key: "error.role.state"}
	}
	d := &reviewView{
		deskPage: s.deskFrame(v, reviewSection, v.words.T("desk_draft.review"), s.scripts(doorScript)...),
		Heading:  publish.Plain(room.Content.Claim), Lang: passage(v.words, room.Lang), Act: actName(v, room.Content.Act),
		Author: publish.Plain(room.Author), Editor: publish.Plain(room.Editor), Action: reviewPath + "/" + id, Edit: draftsPath + "/" + id + "?edit=1",
		Blind: room.Blind, Mine: room.Mine, Revision: room.Revision,
		Keys: v.words.T("desk_draft.keys", "Given", room.Given, "Need", room.Need),
	}
	d.May = !room.Own && !room.Mine && desk.Allowed(v.Member.Role, desk.ApproveDraft, desk.DraftReview)
	if room.Blind {
		d.Kinds = kindChoices(d.deskPage, "")
		return s.showPage(v, d)
	}
	d.finding(v, room)
	if d.May && !room.Overtaken {
		d.Signing = s.newSigning(v, room.Revision, reviewPath+"/"+id)
	}
	return s.showPage(v, d)
}

// finding shows the exact revision, and what changed in it.
func (d *reviewView) finding(v visit, room workflow.Room) {
	c := room.Content
	d.Disputed, d.Networks, d.OneSource, d.Suspected = room.Disputed, room.Networks, room.OneSource, room.Suspected
	d.Since = room.LastSeen != nil
	d.Gates = gates(v, openGates(room))
	d.Stamp = stamp{Sign: string(c.Verdict), Label: d.Verdict(c.Verdict)}
	if c.Verdict == desk.NotRated {
		d.Stamp.Label = d.T("check.not_rated", "Reason", d.NotRated(c.NotRatedKind))
	}
	power := d.T("desk_draft.power.no")
	if c.AboutPower {
		power = d.T("desk_draft.power.yes")
	}
	d.Classes = []string{d.T(claimKindKey(c.Kind)), power, d.T(claimantKey(c.ClaimantKind)), d.Topic(c.Topic), d.T(hearingKey(c.Hearing.State))}
	if c.AsOf != 0 {
		d.Classes = append(d.Classes, d.T("check.as_of", "Date", d.Date(c.AsOf)))
	}
	if c.Review != 0 {
		d.Classes = append(d.Classes, d.T("desk_draft.review_on", "Date", d.Date(c.Review)))
	}
	if c.Emergency {
		d.Emergency = d.T("desk_draft.emergency.note")
	}
	if c.Act == desk.WithholdOrder {
		d.Order = d.T("desk_draft.order_line", "Body", c.Order.Body, "Date", d.Date(c.Order.Date), "Law", c.Order.Law, "Digest", c.Order.Digest)
	}
	if room.Overtaken {
		d.Overtaken = d.T("error.draft.overtaken")
	}
	before := room.LastSeen
	if before == nil && room.Newest != nil {
		before, d.Since = room.Newest, false
	}
	d.Fields = diffs(d.Words, c, before)
	d.Evidence = evidenceOf(v.words, c.Evidence, func(int) string { return "" })
}

// openGates are the gates without those that the form below answers.
func openGates(room workflow.Room) []desk.Gate {
	var out []desk.Gate
	for _, g := range room.Gates {
		if g.Ours || g.ID == "two_sources" && room.OneSource {
			continue
		}
		out = append(out, g)
	}
	return out
}

// diffs shows the wording field by field.
func diffs(p *lang.Words, c desk.Version, before *desk.Version) []diffView {
	var out []diffView
	add := func(key string, now string, old func(desk.Version) string, html bool) {
		d := diffView{Label: p.T(key)}
		switch {
		case before != nil && old(*before) != now:
			d.Changes = publish.Diff(old(*before), now)
		case now == "":
			return
		case html:
			d.HTML = publish.HTML(now)
		default:
			d.Text = now
		}
		out = append(out, d)
	}
	add("desk_draft.claim", c.Claim, func(v desk.Version) string { return v.Claim }, false)
	add("desk_draft.headline", c.Title, func(v desk.Version) string { return v.Title }, false)
	add("desk_draft.summary", c.Summary, func(v desk.Version) string { return v.Summary }, false)
	add("desk_draft.body", c.Body, func(v desk.Version) string { return v.Body }, true)
	add("desk_draft.todo", c.ToDo, func(v desk.Version) string { return v.ToDo }, true)
	add("desk_draft.sought", c.Sought, func(v desk.Version) string { return v.Sought }, false)
	add("desk_draft.hearing_note", c.Hearing.Note, func(v desk.Version) string { return v.Hearing.Note }, false)
	add("desk_draft.reason", c.Reason, func(v desk.Version) string { return v.Reason }, false)
	add("desk_draft.note", c.Note, func(v desk.Version) string { return v.Note }, false)
	return out
}

func (s *Site) reviewClassify(_ http.ResponseWriter, r *http.Request, v visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	c := desk.Classification{Kind: desk.ClaimKind(form.Get("kind")), AboutPower: form.Get("about_power") != "no"}
	if err := s.drafts.Classify(r.Context(), v.Member, r.PathValue("id"), c); err != nil {
		return err
	}
	return seeOther(v, reviewPath+"/"+r.PathValue("id"), "")
}

func (s *Site) reviewApprove(_ http.ResponseWriter, r *http.Request, v visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	id, revision := r.PathValue("id"), form.Get("revision")
	room, err := s.drafts.Room(r.Context(), v.Member, id)
	if err != nil {
		return err
	}
	// A page that is out of date must not cost the member a signature.
	if room.State != desk.InReview || room.Revision != revision {
		return &desk.Error{Kind: desk.Conflict, Op: "approve", Key: "error.approval.stale"}
	}
	key, err := s.assent(v, revision, form)
	if err != nil {
		return err
	}
	published, err := s.drafts.ApproveDraft(r.Context(), v.Member, id, desk.ReviewAnswers{
		OneSource: form.Get("one_source"), Organisations: form.Get("organisations") != "", NoInterest: form.Get("no_interest") != "",
	}, key)
	switch {
	case err != nil:
		return err
	case published:
		return seeOther(v, checksPath+"/"+room.CheckID, "draft_published")
	}
	return seeOther(v, reviewPath, "draft_key_given")
}

func (s *Site) reviewReturn(_ http.ResponseWriter, r *http.Request, v visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	if err := s.drafts.ReturnDraft(r.Context(), v.Member, r.PathValue("id"), form.Get("revision"), form.Get("reason")); err != nil {
		return err
	}
	return seeOther(v, reviewPath, "draft_returned")
}

type ownCheckView struct {
	deskPage
	Heading, Lang, Public, State, Action string
	Acts                                 []ownAct
	Open                                 []draftRow
}

// ownAct is an act that may be begun, and what it does.
type ownAct struct{ Act, Label, Hint string }

func (ownCheckView) template() string { return "desk_check" }

// ownCheckPage is a published check as the desk sees it: what may be done.
func (s *Site) ownCheckPage(_ http.ResponseWriter, r *http.Request, v visit) error {
	check, latest, open, err := s.drafts.OwnCheck(r.Context(), v.Member, r.PathValue("id"))
	if err != nil {
		return err
	}
	d := &ownCheckView{
		deskPage: s.deskFrame(v, draftsSection, v.words.T("desk_draft.own_check")), Lang: passage(v.words, check.Lang),
		Heading: publish.Plain(firstOf(latest.Title, latest.Claim)), Public: href(v.words.Tag(), "/c/"+check.ID), Action: checksPath + "/" + check.ID,
	}
	today := desk.DayOf(s.clock(), s.site(r.Context()).Zone)
	for _, act := range workflow.ActsOn(v.Member, latest, today) {
		d.Acts = append(d.Acts, ownAct{Act: string(act), Label: actName(v, act), Hint: actHint(v, act)})
	}
	for _, o := range open {
		d.Open = append(d.Open, newDraftRow(v, workflow.DraftItem{Draft: o}, draftsPath))
	}
	return s.showPage(v, d)
}

func actHint(v visit, act desk.Act) string {
	switch act {
	case desk.Correct:
		return v.words.T("desk_draft.hint.correct")
	case desk.Withdraw:
		return v.words.T("desk_draft.hint.withdraw")
	case desk.ErasePersonal:
		return v.words.T("desk_draft.hint.erase_personal")
	case desk.WithholdOrder:
		return v.words.T("desk_draft.hint.withhold_order")
	}
	return v.words.T("desk_draft.hint.restore")
}

func (s *Site) ownCheckStart(_ http.ResponseWriter, r *http.Request, v visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	id, err := s.drafts.StartRevision(r.Context(), v.Member, r.PathValue("id"), desk.Act(form.Get("act")))
	if err != nil {
		return err
	}
	return seeOther(v, draftsPath+"/"+id, "")
}
