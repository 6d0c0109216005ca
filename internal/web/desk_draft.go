package web

import (
	"context"
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"sangto/internal/access"
	"sangto/internal/desk"
	"sangto/internal/publish"
	"sangto/internal/workflow"
)

// Drafts carries a check from its first words to its two keys.
// *workflow.Workflow is one.
type Drafts interface {
	Drafts(ctx context.Context, actor desk.Member) (workflow.DraftLists, error)
	Room(ctx context.Context, actor desk.Member, id string) (workflow.Room, error)
	OwnCheck(ctx context.Context, actor desk.Member, checkID string) (desk.Check, desk.Version, []desk.Draft, error)
	StartDraft(ctx context.Context, actor desk.Member, claimID, lang string) (string, error)
	StartRevision(ctx context.Context, actor desk.Member, checkID string, act desk.Act) (string, error)
	SaveDraft(ctx context.Context, actor desk.Member, id string, counter int, edit desk.Version) (desk.Draft, error)
	TakeIn(ctx context.Context, actor desk.Member, id string, counter int) error
	HandIn(ctx context.Context, actor desk.Member, id string) (string, error)
	SubmitDraft(ctx context.Context, actor desk.Member, id string, counter int, h workflow.Handed) error
	Classify(ctx context.Context, actor desk.Member, id string, c desk.Classification) error
	ApproveDraft(ctx context.Context, actor desk.Member, id string, answers desk.ReviewAnswers, a desk.Approval) (bool, error)
	ReturnDraft(ctx context.Context, actor desk.Member, id, revision, reason string) error
	DropDraft(ctx context.Context, actor desk.Member, id string, counter int) error
}

// Keys takes a member's assent to an exact revision. *access.Access is one.
type Keys interface {
	BeginApproval(ctx context.Context, token, revision string) (access.Approval, error)
	FinishApproval(ctx context.Context, token, revision string, response []byte) (access.Assent, error)
}

const (
	draftsPath = "/desk/drafts"
	reviewPath = "/desk/review"
	checksPath = "/desk/checks"
	// draftScript saves while somebody writes.
	draftScript = "draft.js"
)

// draftRoutes are the routes of writing and reviewing.
func (s *Site) draftRoutes() []Route {
	get := func(pattern string, h deskHandler) Route { return s.deskGet(pattern, s.drafting(h)) }
	post := func(pattern string, h deskHandler) Route { return s.deskPost(pattern, s.drafting(h)) }
	return []Route{
		get("/desk/drafts", s.draftList),
		post("/desk/drafts", s.draftStart),
		get("/desk/drafts/{id}", s.draftPage),
		post("/desk/drafts/{id}", s.draftSave),
		get("/desk/drafts/{id}/hand-in", s.handInPage),
		post("/desk/drafts/{id}/hand-in", s.handIn),
		post("/desk/drafts/{id}/take-in", s.takeIn),
		post("/desk/drafts/{id}/drop", s.draftDrop),
		get("/desk/review", s.reviewList),
		get("/desk/review/{id}", s.reviewPage),
		post("/desk/review/{id}/classify", s.reviewClassify),
		post("/desk/review/{id}/approve", s.reviewApprove),
		post("/desk/review/{id}/return", s.reviewReturn),
		get("/desk/checks/{id}", s.ownCheckPage),
		post("/desk/checks/{id}", s.ownCheckStart),
	}
}

// drafting is h where there are drafts.
func (s *Site) drafting(h deskHandler) deskHandler {
	return func(w http.ResponseWriter, r *http.Request, v visit) error {
		if s.drafts == nil {
			return notFound("open the drafts")
		}
		return h(w, r, v)
	}
}

// scripts leaves out what this build does not have.
func (s *Site) scripts(names ...string) []string {
	var out []string
	for _, n := range names {
		if s.static(n) != "" {
			out = append(out, n)
		}
	}
	return out
}

// draftRow is a draft in a list.
type draftRow struct {
	Href, Label, Lang, Act, Author, Editor, Saved, Returned string
	Own                                                     bool
}

func newDraftRow(v visit, d workflow.DraftItem, base string) draftRow {
	label := publish.Plain(firstOf(d.Content.Title, d.Content.Claim))
	if base == reviewPath {
		label = publish.Plain(d.Content.Claim)
	}
	if label == "" {
		label = v.words.T("desk_draft.untitled")
	}
	return draftRow{
		Href: base + "/" + d.ID, Label: label, Lang: passage(v.words, d.Lang), Act: actName(v, d.Content.Act),
		Author: publish.Plain(d.Author), Editor: publish.Plain(d.Editor), Own: d.Own, Returned: publish.Plain(d.Returned),
		Saved: v.words.T("desk_draft.saved", "Date", v.words.Date(desk.DayOf(d.Saved, d.Saved.Location()))),
	}
}

// actName names an act. The keys are spelt out so that a search finds them.
func actName(v visit, act desk.Act) string {
	switch act {
	case desk.Correct:
		return v.words.T("desk_draft.act.correct")
	case desk.Withdraw:
		return v.words.T("desk_draft.act.withdraw")
	case desk.ErasePersonal:
		return v.words.T("desk_draft.act.erase_personal")
	case desk.WithholdOrder:
		return v.words.T("desk_draft.act.withhold_order")
	case desk.Restore:
		return v.words.T("desk_draft.act.restore")
	}
	return v.words.T("desk_draft.act.publish")
}

type draftsView struct {
	deskPage
	Heading, Empty string
	Rows           []draftRow
	Start          bool
}

func (draftsView) template() string { return "desk_drafts" }

func (s *Site) draftList(_ http.ResponseWriter, r *http.Request, v visit) error {
	lists, err := s.drafts.Drafts(r.Context(), v.Member)
	if err != nil {
		return err
	}
	d := &draftsView{deskPage: s.deskFrame(v, draftsSection, v.words.T("desk_draft.list")), Start: true}
	d.Heading, d.Empty = d.Title, d.T("desk_draft.none")
	for _, item := range lists.Writing {
		d.Rows = append(d.Rows, newDraftRow(v, item, draftsPath))
	}
	return s.showPage(v, d)
}

func (s *Site) reviewList(_ http.ResponseWriter, r *http.Request, v visit) error {
	lists, err := s.drafts.Drafts(r.Context(), v.Member)
	if err != nil {
		return err
	}
	d := &draftsView{deskPage: s.deskFrame(v, reviewSection, v.words.T("desk_draft.reviews"))}
	d.Heading, d.Empty = d.Title, d.T("desk_draft.no_reviews")
	for _, item := range lists.Review {
		d.Rows = append(d.Rows, newDraftRow(v, item, reviewPath))
	}
	return s.showPage(v, d)
}

// draftStart opens a draft: for a claim of the queue, or for none.
func (s *Site) draftStart(_ http.ResponseWriter, r *http.Request, v visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	claim, tag := form.Get("claim"), form.Get("lang")
	if claim != "" && !desk.ValidID(claim) {
		return notFound("start draft")
	}
	if tag != "vi" && tag != "en" {
		tag = ""
		if claim == "" {
			tag = v.Lang
		}
	}
	id, err := s.drafts.StartDraft(r.Context(), v.Member, claim, tag)
	if err != nil {
		return err
	}
	return seeOther(v, draftsPath+"/"+id, "")
}

// draftField is one field of the form.
type draftField struct {
	ID, Label, Hint, Value, Lang string
	Rows, Max                    int
	// Stands is what stands in the store now, where that differs, word by word.
	Stands []publish.Change
	Differ bool
	// Count shows a counter; Page says the sentences of the field's template.
	Count bool
	Page  *draftView
}

// In gives the field's template the page it stands on.
func (f draftField) In(p *draftView) draftField {
	f.Page = p
	return f
}

// draftChoice is a choice of a closed list.
type draftChoice struct {
	Value, Label string
	Chosen       bool
}

// sourceForm is one source in the form.
type sourceForm struct {
	Number   int
	Fields   []draftField
	Stances  []draftChoice
	By       []draftChoice
	Dated    string
	Archived string
	Notes    []string
}

type draftView struct {
	deskPage
	Heading, Act, Problem, Returned, Action string
	Counter                                 int
	// Judges shows the fields of the finding; Fixed says that the finding of the
	// version before stays.
	Judges, Writes, Review, Own, Order bool
	Fields                             []draftField
	Remarks                            []draftField
	Kinds, Verdicts, NotRated, Topics  []draftChoice
	Claimants, Hearings                []draftChoice
	AboutPower, Emergency              bool
	AsOf, ReviewBy, OrderDate          string
	Sources                            []sourceForm
	Gates                              []gateView
	Overtaken                          string
	Siblings                           []draftRow
	Body, ToDo                         template.HTML
	Preview                            bool
	Lang, Author, Editor               string
	Copies                             string
	Public                             string
	Checks                             []card
}

func (draftView) template() string { return "desk_draft" }

// gateView is a line of the checklist.
type gateView struct {
	OK             bool
	Label, Missing string
}

func (s *Site) draftPage(_ http.ResponseWriter, r *http.Request, v visit) error {
	room, err := s.drafts.Room(r.Context(), v.Member, r.PathValue("id"))
	if err != nil {
		return err
	}
	if room.Blind || room.State == desk.InReview && !room.Own && r.URL.Query().Get("edit") == "" {
		return seeOther(v, reviewPath+"/"+room.ID, "")
	}
	d := s.newDraftView(v, room, room.Content, nil)
	if err := s.checksBeside(d, v, room); err != nil {
		return err
	}
	return s.showPage(v, d)
}

// checksBeside puts the published checks of this and other desks that resemble
// the claim beside the draft, in the desk's words and not an asker's.
func (s *Site) checksBeside(d *draftView, v visit, room workflow.Room) error {
	if s.queue == nil || !d.Writes || strings.TrimSpace(room.Content.Claim) == "" {
		return nil
	}
	found, err := s.queue.Search(v.r.Context(), v.Member, room.Content.Claim)
	if err != nil {
		return err
	}
	for _, c := range found.Checks {
		if c.Check.ID != room.CheckID {
			d.Checks = append(d.Checks, newCard(v.words, c.Entry, c.Version, c.Terms))
		}
	}
	return nil
}

// newDraftView shows a room with wording that is what stands there, or, after a
// conflict, what the member wrote.
func (s *Site) newDraftView(v visit, room workflow.Room, shown desk.Version, conflict error) *draftView {
	d := &draftView{
		deskPage: s.deskFrame(v, draftsSection, v.words.T("desk_draft.title", "Act", actName(v, room.Content.Act)), s.scripts(draftScript)...),
		Act:      actName(v, room.Content.Act), Action: draftsPath + "/" + room.ID, Counter: room.Counter, Returned: publish.Plain(room.Returned),
		Judges: room.Content.Act.Judges(), Review: room.State == desk.InReview, Own: room.Own, Order: room.Content.Act == desk.WithholdOrder,
		Lang: passage(v.words, room.Lang), Author: publish.Plain(room.Author), Editor: publish.Plain(room.Editor),
		AboutPower: shown.AboutPower, Emergency: shown.Emergency, AsOf: shown.AsOf.String(), ReviewBy: shown.Review.String(),
		OrderDate: shown.Order.Date.String(), Copies: copiesAddress(s, room.ID),
	}
	d.Heading = publish.Plain(firstOf(shown.Title, shown.Claim, d.T("desk_draft.untitled")))
	d.Writes = d.Judges || room.Content.Act == desk.ErasePersonal
	if conflict != nil {
		d.Problem = d.Error(conflict)
	}
	if room.Base > 0 {
		d.Public = href(v.words.Tag(), "/c/"+room.CheckID)
	}
	if room.Overtaken {
		d.Overtaken = d.Action + "/take-in"
	}
	d.fields(shown, room.Content, conflict != nil)
	d.choices(shown)
	if d.Writes {
		d.sources(shown, room)
	}
	d.Body, d.ToDo = publish.HTML(shown.Body), publish.HTML(shown.ToDo)
	d.Preview = d.Body != "" || d.ToDo != ""
	d.Gates = gates(v, room.Gates)
	for _, sibling := range room.Siblings {
		d.Siblings = append(d.Siblings, newDraftRow(v, sibling, draftsPath))
	}
	return d
}

// copiesAddress is the page of a draft's copies, where there is one.
func copiesAddress(s *Site, id string) string {
	if !s.deskPaths["/desk/drafts/{id}/copies"] {
		return ""
	}
	return draftsPath + "/" + id + "/copies"
}

// fields fills the text fields. After a conflict each says what stands now.
func (d *draftView) fields(shown, stands desk.Version, conflict bool) {
	add := func(list *[]draftField, id, label, hint, value, other string, rows, limit int) {
		f := draftField{ID: id, Label: d.T(label), Value: value, Rows: rows, Max: limit, Lang: d.Lang, Count: id == "summary"}
		if hint != "" {
			f.Hint = d.T(hint, "Max", limit)
		}
		if conflict && value != other {
			f.Stands, f.Differ = publish.Diff(value, other), true
		}
		*list = append(*list, f)
	}
	if d.Writes {
		add(&d.Fields, "claim", "desk_draft.claim", "desk_draft.claim.hint", shown.Claim, stands.Claim, 2, desk.ClaimMax)
		add(&d.Fields, "title_", "desk_draft.headline", "", shown.Title, stands.Title, 1, desk.TitleMax)
		add(&d.Fields, "summary", "desk_draft.summary", "desk_draft.summary.hint", shown.Summary, stands.Summary, 3, desk.SummaryMax)
		add(&d.Fields, "body", "desk_draft.body", "desk_draft.markdown", shown.Body, stands.Body, 14, desk.BodyMax)
		add(&d.Fields, "todo", "desk_draft.todo", "desk_draft.markdown", shown.ToDo, stands.ToDo, 4, desk.ToDoMax)
		add(&d.Fields, "sought", "desk_draft.sought", "desk_draft.sought.hint", shown.Sought, stands.Sought, 2, desk.RemarkMax)
		add(&d.Fields, "hearing_note", "desk_draft.hearing_note", "", shown.Hearing.Note, stands.Hearing.Note, 2, desk.RemarkMax)
	}
	if shown.Act != desk.Publish {
		add(&d.Remarks, "reason", "desk_draft.reason", "desk_draft.reason.hint", shown.Reason, stands.Reason, 1, desk.RemarkMax)
		add(&d.Remarks, "note", "desk_draft.note", "desk_draft.note.hint", shown.Note, stands.Note, 4, desk.RemarkMax)
	}
	if d.Order {
		add(&d.Remarks, "order_body", "desk_draft.order_body", "", shown.Order.Body, stands.Order.Body, 1, desk.SourceField)
		add(&d.Remarks, "order_law", "desk_draft.order_law", "", shown.Order.Law, stands.Order.Law, 1, desk.SourceField)
		add(&d.Remarks, "order_digest", "desk_draft.order_digest", "desk_draft.order_digest.hint", shown.Order.Digest, stands.Order.Digest, 1, 64)
	}
}

func (d *draftView) choices(v desk.Version) {
	none := draftChoice{Label: d.T("desk_draft.choose")}
	d.Kinds = append(kindChoices(d.deskPage, v.Kind), none)
	d.Kinds = append([]draftChoice{none}, d.Kinds[:len(d.Kinds)-1]...)
	d.Verdicts, d.NotRated, d.Topics = []draftChoice{none}, []draftChoice{none}, []draftChoice{none}
	for _, x := range desk.Verdicts() {
		d.Verdicts = append(d.Verdicts, draftChoice{string(x), d.Verdict(x), x == v.Verdict})
	}
	for _, x := range append(desk.NotRatedKinds(), desk.Unsettled) {
		d.NotRated = append(d.NotRated, draftChoice{string(x), d.Words.NotRated(x), x == v.NotRatedKind})
	}
	for _, x := range desk.Topics() {
		d.Topics = append(d.Topics, draftChoice{x, d.Topic(x), x == v.Topic})
	}
	for _, x := range desk.HearingStates() {
		d.Hearings = append(d.Hearings, draftChoice{string(x), d.T(hearingKey(x)), x == v.Hearing.State})
	}
	for _, x := range []desk.ClaimantKind{desk.ClaimantUnknown, desk.ClaimantOffice, desk.ClaimantCompany, desk.ClaimantParty, desk.ClaimantOrganisation} {
		d.Claimants = append(d.Claimants, draftChoice{string(x), d.T(claimantKey(x)), x == v.ClaimantKind})
	}
}

func kindChoices(p deskPage, chosen desk.ClaimKind) []draftChoice {
	var out []draftChoice
	for _, x := range []desk.ClaimKind{desk.FactKind, desk.OpinionKind, desk.PredictionKind, desk.SatireKind, desk.PrivateKind} {
		out = append(out, draftChoice{string(x), p.T(claimKindKey(x)), x == chosen})
	}
	return out
}

func claimKindKey(k desk.ClaimKind) string {
	switch k {
	case desk.OpinionKind:
		return "desk_draft.kind.opinion"
	case desk.PredictionKind:
		return "desk_draft.kind.prediction"
	case desk.SatireKind:
		return "desk_draft.kind.satire"
	case desk.PrivateKind:
		return "desk_draft.kind.private"
	}
	return "desk_draft.kind.fact"
}

func hearingKey(h desk.HearingState) string {
	switch h {
	case desk.HearingAsked:
		return "desk_draft.hearing.asked"
	case desk.HearingUnsafe:
		return "desk_draft.hearing.unsafe"
	}
	return "desk_draft.hearing.nobody"
}

func claimantKey(k desk.ClaimantKind) string {
	switch k {
	case desk.ClaimantOffice:
		return "desk_draft.claimant.office"
	case desk.ClaimantCompany:
		return "desk_draft.claimant.company"
	case desk.ClaimantParty:
		return "desk_draft.claimant.party"
	case desk.ClaimantOrganisation:
		return "desk_draft.claimant.organisation"
	}
	return "desk_draft.claimant.unknown"
}

// blankSources is how many empty rows follow the sources; saving gives more.
const blankSources = 2

func (d *draftView) sources(v desk.Version, room workflow.Room) {
	for i := range len(v.Evidence) + blankSources {
		var e desk.Evidence
		if i < len(v.Evidence) {
			e = v.Evidence[i]
		}
		n := strconv.Itoa(i + 1)
		src := sourceForm{Number: i + 1, Dated: e.Dated.String(), Archived: e.Archived.String()}
		src.Fields = []draftField{
			{ID: "url." + n, Label: d.T("desk_draft.source.url"), Value: e.URL, Max: desk.SourceURLMax},
			{ID: "stitle." + n, Label: d.T("desk_draft.source.title"), Value: e.Title, Max: desk.SourceField},
			{ID: "publisher." + n, Label: d.T("desk_draft.source.publisher"), Value: e.Publisher, Max: desk.SourceField},
			{ID: "owner." + n, Label: d.T("desk_draft.source.owner"), Value: e.OwnerGroup, Max: desk.SourceField},
			{ID: "quote." + n, Label: d.T("desk_draft.source.quote"), Value: e.Quote, Rows: 3, Max: desk.QuoteMax},
			{ID: "locator." + n, Label: d.T("desk_draft.source.locator"), Value: e.Locator, Max: desk.SourceField},
			{ID: "archive." + n, Label: d.T("desk_draft.source.archive"), Value: e.ArchiveURL, Max: desk.SourceURLMax},
		}
		for _, x := range []desk.Stance{desk.For, desk.Against, desk.Context} {
			src.Stances = append(src.Stances, draftChoice{string(x), d.Stance(x), x == e.Stance})
		}
		src.By = []draftChoice{
			{"", d.T("desk_draft.by.unsaid"), e.By == ""},
			{string(desk.ByOrganisation), d.T("desk_draft.by.organisation"), e.By == desk.ByOrganisation},
			{string(desk.ByPerson), d.T("desk_draft.by.person"), e.By == desk.ByPerson},
		}
		if i < len(room.Same) && room.Same[i] > 0 {
			src.Notes = append(src.Notes, d.T("desk_draft.same_owner", "Number", room.Same[i]))
		}
		if i < len(room.Twice) && room.Twice[i] > 0 {
			src.Notes = append(src.Notes, d.T("desk_draft.twice"))
		}
		d.Sources = append(d.Sources, src)
	}
}

// gates shows the conditions in words.
func gates(v visit, list []desk.Gate) []gateView {
	var out []gateView
	for _, g := range list {
		view := gateView{OK: g.OK, Label: v.words.T(gateKey(g.ID))}
		if !g.OK {
			view.Missing = v.words.T(g.Key)
		}
		// Gates that go by one name are one line while all of them are met.
		at := slices.IndexFunc(out, func(o gateView) bool { return o.Label == view.Label && (o.OK || g.OK) })
		switch {
		case at < 0:
			out = append(out, view)
		case !g.OK:
			out[at] = view
		}
	}
	return out
}

// gateKey names a gate. A gate without a name of its own goes by the general
// one.
func gateKey(id string) string {
	switch id {
	case "claim", "summary", "length", "kind", "verdict", "reason":
		return "desk_draft.gate.wording"
	case "names":
		return "desk_draft.gate.names"
	case "order":
		return "desk_draft.gate.order"
	case "only_facts", "own_cause", "disputed":
		return "desk_draft.gate.verdict"
	case "hearing":
		return "desk_draft.gate.hearing"
	case "source_details", "source_person":
		return "desk_draft.gate.sources"
	case "two_sources":
		return "desk_draft.gate.two_sources"
	case "archived":
		return "desk_draft.gate.archived"
	case "both_sides":
		return "desk_draft.gate.both_sides"
	case "as_of", "review", "emergency":
		return "desk_draft.gate.dates"
	case "policies":
		return "desk_draft.gate.pages"
	}
	return "desk_draft.gate.reviewer"
}

// draftOf reads the form of a draft.
func draftOf(form url.Values, stands desk.Version) desk.Version {
	v := stands
	text := func(to *string, name string) {
		if form.Has(name) {
			*to = form.Get(name)
		}
	}
	for name, to := range map[string]*string{
		"claim": &v.Claim, "title_": &v.Title, "summary": &v.Summary, "body": &v.Body, "todo": &v.ToDo, "sought": &v.Sought,
		"hearing_note": &v.Hearing.Note, "reason": &v.Reason, "note": &v.Note, "topic": &v.Topic,
		"order_body": &v.Order.Body, "order_law": &v.Order.Law, "order_digest": &v.Order.Digest,
	} {
		text(to, name)
	}
	if form.Has("finding") {
		v.Kind, v.Verdict, v.NotRatedKind = desk.ClaimKind(form.Get("kind")), desk.Verdict(form.Get("verdict")), desk.NotRatedKind(form.Get("not_rated"))
		v.ClaimantKind, v.Hearing.State = desk.ClaimantKind(form.Get("claimant")), desk.HearingState(form.Get("hearing"))
		v.AboutPower, v.Emergency = form.Get("about_power") != "", form.Get("emergency") != ""
	}
	for name, to := range map[string]*desk.Day{"as_of": &v.AsOf, "review": &v.Review, "order_date": &v.Order.Date} {
		if form.Has(name) {
			// An empty or broken day is none: a gate then says what is missing.
			*to, _ = desk.ParseDay(form.Get(name))
		}
	}
	if form.Has("sources") {
		v.Evidence = sourcesOf(form, stands.Evidence)
	}
	return v
}

// sourcesOf reads the rows of sources. What the archive wrote of a source stays
// with its address.
func sourcesOf(form url.Values, stands []desk.Evidence) []desk.Evidence {
	var out []desk.Evidence
	for i := range desk.SourcesMax + blankSources {
		n := "." + strconv.Itoa(i+1)
		if !form.Has("url" + n) {
			break
		}
		e := desk.Evidence{
			URL: strings.TrimSpace(form.Get("url" + n)), Title: form.Get("stitle" + n), Publisher: form.Get("publisher" + n),
			OwnerGroup: form.Get("owner" + n), Quote: form.Get("quote" + n), Locator: form.Get("locator" + n),
			ArchiveURL: strings.TrimSpace(form.Get("archive" + n)), Stance: desk.Stance(form.Get("stance" + n)), By: desk.SourceBy(form.Get("by" + n)),
		}
		e.Dated, _ = desk.ParseDay(form.Get("dated" + n))
		for _, old := range stands {
			if old.URL == e.URL && e.URL != "" {
				e.Archived, e.SHA256 = old.Archived, old.SHA256
			}
		}
		out = append(out, e)
	}
	return out
}

// draftSave keeps what was written. A script that saves by itself is answered
// with a number alone; a conflict shows both texts.
func (s *Site) draftSave(w http.ResponseWriter, r *http.Request, v visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	id := r.PathValue("id")
	room, err := s.drafts.Room(r.Context(), v.Member, id)
	if err != nil {
		return err
	}
	counter, err := strconv.Atoi(form.Get("counter"))
	if err != nil {
		return &desk.Error{Kind: desk.Invalid, Op: "save draft", Key: "error.kind.invalid"}
	}
	edit := draftOf(form, room.Content)
	saved, err := s.drafts.SaveDraft(r.Context(), v.Member, id, counter, edit)
	byScript := r.Header.Get("Sec-Fetch-Dest") == "empty"
	var e *desk.Error
	switch {
	case err == nil && byScript:
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, err := w.Write([]byte(strconv.Itoa(saved.Counter)))
		return clientGone(err)
	case err == nil && form.Get("then") == "hand-in":
		return seeOther(v, draftsPath+"/"+id+"/hand-in", "")
	case err == nil:
		return seeOther(v, draftsPath+"/"+id+"?edit=1", "draft_saved")
	case errors.As(err, &e) && e.Key == "error.draft.changed" && !byScript:
		fresh, roomErr := s.drafts.Room(r.Context(), v.Member, id)
		if roomErr != nil {
			return roomErr
		}
		return s.showPageAs(v, http.StatusConflict, s.newDraftView(v, fresh, edit, err))
	}
	return err
}

func (s *Site) takeIn(_ http.ResponseWriter, r *http.Request, v visit) error {
	return s.counted(v, func(counter int) error {
		return s.drafts.TakeIn(r.Context(), v.Member, r.PathValue("id"), counter)
	}, draftsPath+"/"+r.PathValue("id")+"?edit=1", "draft_taken_in")
}

func (s *Site) draftDrop(_ http.ResponseWriter, r *http.Request, v visit) error {
	return s.counted(v, func(counter int) error {
		return s.drafts.DropDraft(r.Context(), v.Member, r.PathValue("id"), counter)
	}, draftsPath, "draft_dropped")
}

// counted runs an act that names the counter it was based on.
func (s *Site) counted(v visit, act func(counter int) error, next, said string) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	counter, err := strconv.Atoi(form.Get("counter"))
	if err != nil {
		return &desk.Error{Kind: desk.Invalid, Op: "read the form", Key: "error.kind.invalid"}
	}
	if err := act(counter); err != nil {
		return err
	}
	return seeOther(v, next, said)
}
