package api

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"sangto/internal/catalog"
	"sangto/internal/desk"
	"sangto/internal/publish"
)

// Desk says who publishes, who owns them and who pays for them.
type Desk struct {
	ID         string `json:"id"`
	URL        string `json:"url" format:"uri" doc:"Page of the desk here"`
	Name       string `json:"name"`
	Lang       string `json:"lang,omitempty" doc:"Language of the desk's own words"`
	Here       bool   `json:"here" doc:"Whether the desk works on this site; others were imported"`
	Website    string `json:"website,omitempty" format:"uri"`
	Owner      string `json:"owner" doc:"In the desk's own words; empty if nobody has declared it"`
	OwnerKind  Term   `json:"owner_kind"`
	Funders    string `json:"funders" doc:"In the desk's own words; empty if nobody has declared it"`
	FunderKind Term   `json:"funder_kind" doc:"Kind of whoever gives more than half of the income"`
	OfPower    bool   `json:"of_power" doc:"Owned or mostly paid by a state or a party: such a desk gives no verdict on claims about power"`
	Declared   string `json:"declared,omitempty" format:"date" doc:"Day of the declaration"`
}

// Check is a check as lists and look-ups show it.
type Check struct {
	ID        string `json:"id"`
	URL       string `json:"url" format:"uri" doc:"Lasting address of its page"`
	Lang      string `json:"lang" doc:"Language of the wording"`
	Topic     *Term  `json:"topic,omitempty"`
	Imported  bool   `json:"imported" doc:"Published elsewhere first; rating and wording are the publisher's"`
	SourceURL string `json:"source_url,omitempty" format:"uri" doc:"Where an imported check was published"`
	LinkOnly  bool   `json:"link_only,omitempty" doc:"Kept as a link without wording, because that held personal data"`

	Number    int    `json:"number" doc:"Number of this version, counted from 1"`
	Act       string `json:"act" enum:"publish,correct,withdraw,import,erase_personal,withhold_order,restore" doc:"What this version did"`
	Published string `json:"published" format:"date" doc:"Day of this version"`
	Withdrawn bool   `json:"withdrawn" doc:"With this version the desk stands by the check no more"`
	Withheld  bool   `json:"withheld" doc:"The wording is not shown: an order hides it, see order, or the public record has a newer version than this site"`

	Claim    string `json:"claim" doc:"The one sentence that is judged"`
	Title    string `json:"title,omitempty"`
	Summary  string `json:"summary,omitempty" doc:"Why, in one sentence"`
	Verdict  *Term  `json:"verdict,omitempty" doc:"The desk's verdict; not_rated is none"`
	NotRated *Term  `json:"not_rated,omitempty" doc:"Why there is no verdict"`
	Rating   string `json:"rating,omitempty" doc:"The publisher's own rating of an imported check, in its words"`

	Desk Desk `json:"desk" doc:"Who publishes, owns and pays"`
	Line Said `json:"line" doc:"What a check is not; shown with every check"`
}

// Evidence is a source for or against a claim.
type Evidence struct {
	Position   int    `json:"position"`
	Stance     Term   `json:"stance"`
	URL        string `json:"url,omitempty" format:"uri"`
	Title      string `json:"title,omitempty"`
	Publisher  string `json:"publisher,omitempty"`
	Quote      string `json:"quote,omitempty"`
	Locator    string `json:"locator,omitempty" doc:"Where in the source"`
	Dated      string `json:"dated,omitempty" format:"date"`
	Archived   string `json:"archived,omitempty" format:"date"`
	ArchiveURL string `json:"archive_url,omitempty" format:"uri" doc:"A third party's copy"`
	SHA256     string `json:"sha256,omitempty" doc:"Of the archived copy"`
	Copy       string `json:"copy,omitempty" format:"uri" doc:"The desk's own copy, where it holds one"`
}

// Order is what a check is withheld by.
type Order struct {
	Body   string `json:"body" doc:"Who ordered it"`
	Date   string `json:"date" format:"date"`
	Law    string `json:"law"`
	SHA256 string `json:"sha256" doc:"Of the order's text"`
	Lapses string `json:"lapses" format:"date" doc:"First day on which it no longer holds"`
}

// Hearing says what became of the right of reply.
type Hearing struct {
	State string `json:"state" enum:"asked,unsafe,nobody"`
	Note  string `json:"note,omitempty"`
}

// Detail is one version of a check in full.
type Detail struct {
	Check
	Newest int  `json:"newest" doc:"Number of the newest version"`
	Keys   int  `json:"keys" doc:"How many distinct members of the desk approved this version; 0 for imported ones, whose approval is not known here"`
	Erased bool `json:"erased,omitempty" doc:"The wording was taken out because it held a private person's data"`

	Body   string `json:"body,omitempty" doc:"The reasoning, in Markdown"`
	ToDo   string `json:"to_do,omitempty" doc:"What a reader can do, in Markdown"`
	Reason string `json:"reason,omitempty" doc:"Why it was corrected or withdrawn"`
	Note   string `json:"note,omitempty" doc:"What changed"`
	AsOf   string `json:"as_of,omitempty" format:"date" doc:"Day on which the facts held"`

	Emergency bool     `json:"emergency,omitempty" doc:"Published for a danger to health or life; looked at again soon"`
	Review    string   `json:"review,omitempty" format:"date" doc:"Day by which the desk looks at it again"`
	Sought    string   `json:"sought,omitempty" doc:"What was looked for and not found"`
	OneSource string   `json:"one_source,omitempty" doc:"The reviewer's reason why one source is enough"`
	Hearing   *Hearing `json:"hearing,omitempty" doc:"Whether those concerned were asked"`
	Method    string   `json:"method,omitempty" doc:"SHA-256 of the methodology page of that day"`
	Order     *Order   `json:"order,omitempty" doc:"The order of a version that withholds"`
	Recorded  *Entry   `json:"recorded,omitempty" doc:"Its entry in the public record; absent for imported checks"`

	Evidence []Evidence `json:"evidence" nullable:"false" doc:"Sources for and against"`
}

// Entry is an entry of the public record.
type Entry struct {
	Index   int64  `json:"index" doc:"Number of the leaf, counted from 0"`
	Signed  bool   `json:"signed" doc:"Whether the published checkpoint covers it"`
	Content string `json:"content,omitempty" format:"uri" doc:"What its hashes cover; absent where it was erased or is withheld"`
	Proof   string `json:"proof,omitempty" format:"uri" doc:"That it is in the record; absent until it is signed"`
}

// Head is a line of a check's history.
type Head struct {
	Number    int    `json:"number"`
	URL       string `json:"url" format:"uri"`
	Act       string `json:"act"`
	Published string `json:"published" format:"date"`
	Reason    string `json:"reason,omitempty"`
	Note      string `json:"note,omitempty"`
	Order     *Order `json:"order,omitempty"`
}

// Page says which part of a list this is.
type Page struct {
	Number int    `json:"number" doc:"Counted from 1"`
	Pages  int    `json:"pages"`
	Total  int    `json:"total" doc:"How many there are in all"`
	Next   string `json:"next,omitempty" format:"uri" doc:"Address of the next page"`
}

// number is a whole number in an address, read by the handlers.
type number string

// Schema implements huma.SchemaProvider.
func (number) Schema(huma.Registry) *huma.Schema {
	least := 1.0
	return &huma.Schema{Type: huma.TypeInteger, Minimum: &least}
}

// read returns the number, first where none is given.
func (n number) read() (int, error) {
	if n == "" {
		return 1, nil
	}
	v, err := strconv.Atoi(string(n))
	if err != nil || v < 1 || strconv.Itoa(v) != string(n) {
		return 0, notFound("read number")
	}
	return v, nil
}

type listInput struct {
	Page  number `query:"page" doc:"Counted from 1; a page holds 20 checks"`
	Topic string `query:"topic" doc:"Code of a topic"`
	Desk  string `query:"desk" doc:"Id of a desk"`
}

type listOutput struct {
	Body struct {
		Page   Page    `json:"page"`
		Checks []Check `json:"checks" nullable:"false" doc:"Newest first"`
	}
}

// Claim is a sentence that at least one desk has judged.
type Claim struct {
	ID    string `json:"id" doc:"Id of the check that words it"`
	Claim string `json:"claim"`
	Lang  string `json:"lang"`
	Topic *Term  `json:"topic,omitempty"`
	Check string `json:"check" format:"uri" doc:"Address of the check in this interface"`
}

type claimsOutput struct {
	Body struct {
		Page   Page    `json:"page"`
		Claims []Claim `json:"claims" nullable:"false" doc:"Newest first; a page leaves out checks without wording and may hold fewer than 20"`
	}
}

// Finding is what one desk found on a claim.
type Finding struct {
	Check Check  `json:"check"`
	Since string `json:"since,omitempty" format:"date" doc:"Since when another desk's check stands beside this desk's"`
}

// Findings are those of desks of one owner, which count once.
type Findings struct {
	Owner    string    `json:"owner" doc:"The declared owner; empty if nobody has declared it"`
	Findings []Finding `json:"findings" nullable:"false"`
}

type claimOutput struct {
	Body struct {
		Claim
		Owners []Findings `json:"owners" nullable:"false" doc:"What desks found, grouped by who owns them. They may differ; there is no arbiter"`
	}
}

// Outcome is what became of a contest.
type Outcome struct {
	State   string `json:"state" enum:"upheld,declined,lapsed"`
	Came    string `json:"came" format:"date"`
	Decided string `json:"decided,omitempty" format:"date"`
	Answer  string `json:"answer,omitempty"`
	Lang    string `json:"lang,omitempty"`
	Outside string `json:"outside,omitempty" doc:"Who outside the desk decided"`
}

// Reply is the word of somebody a check concerns.
type Reply struct {
	Text   string `json:"text,omitempty"`
	Day    string `json:"day" format:"date"`
	Erased string `json:"erased,omitempty" format:"date"`
}

// Due is a contest or a reply that waits for the desk. Nothing says how many
// wait.
type Due struct {
	Kind string `json:"kind" enum:"contest,reply"`
	Came string `json:"came" format:"date"`
	Due  string `json:"due" format:"date" doc:"Last day on which an answer is in time"`
	Late bool   `json:"late"`
}

// TakenAway is another desk's check that two members took away from beside
// this one.
type TakenAway struct {
	Check  Check  `json:"check"`
	Day    string `json:"day" format:"date"`
	Reason string `json:"reason"`
}

// Afterwards is what came after a check of a desk here.
type Afterwards struct {
	Stale            bool        `json:"stale" doc:"About a matter that changes, and not looked at for long"`
	Waiting          []Due       `json:"waiting" nullable:"false"`
	Outcomes         []Outcome   `json:"outcomes" nullable:"false"`
	Replies          []Reply     `json:"replies" nullable:"false"`
	TakenAway        []TakenAway `json:"taken_away" nullable:"false"`
	NobodyUninvolved bool        `json:"nobody_uninvolved" doc:"Everybody at the desk who may answer contests had a part in this check"`
}

type oneInput struct {
	ID string `path:"id" doc:"Id of a check"`
}

type oneOutput struct {
	Body struct {
		Detail
		Versions []Head      `json:"versions" nullable:"false" doc:"Oldest first"`
		After    *Afterwards `json:"after,omitempty" doc:"Contests, replies and what else came after; absent for imported checks"`
	}
}

type versionsOutput struct {
	Body struct {
		Versions []Head `json:"versions" nullable:"false" doc:"Oldest first"`
	}
}

type versionInput struct {
	ID     string `path:"id" doc:"Id of a check"`
	Number number `path:"n" doc:"Number of a version"`
}

type versionOutput struct{ Body Detail }

type evidenceOutput struct {
	Body struct {
		Evidence []Evidence `json:"evidence" nullable:"false"`
		Line     Said       `json:"line"`
	}
}

// readers registers what may be read.
func (a *API) readers() {
	get := func(id, path, summary, text string) operation {
		return operation{id: id, method: http.MethodGet, path: path, summary: summary, text: text}
	}
	register(a, get("site", "/site", "The site", "Its name and notice, and where everything is."), a.site)
	register(a, get("list-checks", "/checks", "List checks", "Newest first, 20 a page. There is no search here: look up takes a text in a POST body, so that no address ever holds one."), a.list)
	register(a, get("get-check", "/checks/{id}", "One check", "The newest version in full, its history and what came after."), a.one)
	register(a, get("list-versions", "/checks/{id}/versions", "Versions of a check", "Every version that was ever published, oldest first."), a.versions)
	register(a, get("get-version", "/checks/{id}/versions/{n}", "One version", "A version as it was published."), a.version)
	register(a, get("list-evidence", "/checks/{id}/versions/{n}/evidence", "Evidence of a version", "Sources for and against, with the desk's copies."), a.evidence)
	register(a, get("list-claims", "/claims", "List claims", "The sentences that checks judge. Only published ones: what people asked, what a desk is working on and how many asked is published nowhere."), a.claims)
	register(a, get("get-claim", "/claims/{id}", "One claim", "Every desk's finding on one sentence, grouped by owner."), a.claim)
	register(a, get("list-desks", "/desks", "List desks", "Who owns them and who pays for them."), a.desks)
	register(a, get("get-desk", "/desks/{id}", "One desk", "Who owns it, who pays for it, and its pages."), a.desk)
	register(a, get("get-desk-page", "/desks/{id}/pages/{page}", "A page of a desk", "One of the pages a desk owes its readers, in its newest version."), a.deskPage)
	register(a, get("get-desk-page-version", "/desks/{id}/pages/{page}/{n}", "A version of a page of a desk", "Older versions stay; a check names the methodology of its day by its hash."), a.deskPageVersion)
	register(a, get("list-notices", "/notices", "Service notices", "Short-lived statements by a named body, passed on and not checked. They are no checks and never answer a look-up."), a.notices)
	register(a, get("get-notice", "/notices/{id}", "One service notice", "The newest version, its history and what came after."), a.oneNotice)
	register(a, get("list-notice-versions", "/notices/{id}/versions", "Versions of a service notice", "Oldest first."), a.noticeVersions)
	register(a, get("get-notice-version", "/notices/{id}/versions/{n}", "One version of a service notice", "A version as it came out."), a.noticeVersion)
	register(a, get("list-feeds", "/feeds", "Feeds", "Where the feeds, ClaimReview and the open data are."), a.feeds)
	register(a, get("get-record", "/record", "Material to verify with", "Where the public record is: checkpoint, tiles, key, proofs. Verify with a program of your own, such as sangto verify."), a.recordOf)
	register(a, get("get-figures", "/figures", "Figures", "What the desks here published, counted. Never questions, people or readers."), a.figures)
}

func (a *API) list(ctx context.Context, in *listInput) (*listOutput, error) {
	l, err := a.listed(ctx, in)
	if err != nil {
		return nil, err
	}
	out := &listOutput{}
	out.Body.Page, out.Body.Checks = a.page("/checks", in, l), []Check{}
	for _, e := range l.Entries {
		out.Body.Checks = append(out.Body.Checks, a.check(e, e.Version))
	}
	return out, nil
}

// listed reads a page of checks. A topic or a desk that does not exist is
// NotFound.
func (a *API) listed(ctx context.Context, in *listInput) (catalog.List, error) {
	n, err := in.Page.read()
	if err != nil {
		return catalog.List{}, err
	}
	if in.Topic != "" && !slices.Contains(desk.Topics(), in.Topic) {
		return catalog.List{}, notFound("list checks")
	}
	if in.Desk != "" {
		if _, err := a.catalog.Desk(ctx, in.Desk); err != nil {
			return catalog.List{}, err
		}
	}
	return a.catalog.List(ctx, catalog.Filter{Topic: in.Topic, DeskID: in.Desk}, n)
}

func (a *API) page(path string, in *listInput, l catalog.List) Page {
	p := Page{Number: l.Page, Pages: l.Pages, Total: l.Total}
	if l.Page >= l.Pages {
		return p
	}
	p.Next = a.address(Base+path) + "?page=" + strconv.Itoa(l.Page+1)
	if in.Topic != "" { // both are names of things that exist, and safe in an address
		p.Next += "&topic=" + in.Topic
	}
	if in.Desk != "" {
		p.Next += "&desk=" + in.Desk
	}
	return p
}

func (a *API) claims(ctx context.Context, in *listInput) (*claimsOutput, error) {
	l, err := a.listed(ctx, in)
	if err != nil {
		return nil, err
	}
	out := &claimsOutput{}
	out.Body.Page, out.Body.Claims = a.page("/claims", in, l), []Claim{}
	for _, e := range l.Entries {
		if c, ok := a.worded(e); ok {
			out.Body.Claims = append(out.Body.Claims, c)
		}
	}
	return out, nil
}

// worded is the claim of a check that still stands and has its wording.
func (a *API) worded(e catalog.Entry) (Claim, bool) {
	v := e.Version
	if v.Claim == "" || v.LinkOnly || v.Withdrawn() || v.IsHidden() {
		return Claim{}, false
	}
	return Claim{
		ID: e.Check.ID, Claim: publish.Plain(v.Claim), Lang: e.Check.Lang, Topic: a.topic(v.Topic),
		Check: a.address(Base + "/checks/" + e.Check.ID),
	}, true
}

func (a *API) claim(ctx context.Context, in *oneInput) (*claimOutput, error) {
	p, err := a.catalog.Check(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	c, ok := a.worded(p.Entry)
	if !ok {
		return nil, notFound("read claim")
	}
	out := &claimOutput{}
	out.Body.Claim = c
	out.Body.Owners = []Findings{{Owner: publish.Plain(p.Desk.Owner), Findings: []Finding{{Check: a.check(p.Entry, p.Version)}}}}
	if p.Check.Imported() {
		return out, nil
	}
	after, err := a.catalog.After(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	for _, g := range after.Groups {
		f := Findings{Findings: []Finding{}}
		for _, b := range g.Items {
			f.Owner = publish.Plain(b.Desk.Owner)
			f.Findings = append(f.Findings, Finding{Check: a.check(b.Entry, b.Version), Since: date(b.Since)})
		}
		out.Body.Owners = append(out.Body.Owners, f)
	}
	return out, nil
}

func (a *API) one(ctx context.Context, in *oneInput) (*oneOutput, error) {
	p, err := a.catalog.Check(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out := &oneOutput{}
	if out.Body.Detail, err = a.recordedDetail(ctx, p); err != nil {
		return nil, err
	}
	out.Body.Versions = a.heads(p)
	if p.Check.Imported() {
		return out, nil
	}
	after, err := a.catalog.After(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out.Body.After = a.afterwards(after)
	return out, nil
}

func (a *API) versions(ctx context.Context, in *oneInput) (*versionsOutput, error) {
	p, err := a.catalog.Check(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out := &versionsOutput{}
	out.Body.Versions = a.heads(p)
	return out, nil
}

func (a *API) versionPage(ctx context.Context, in *versionInput) (catalog.Page, error) {
	n, err := in.Number.read()
	if err != nil {
		return catalog.Page{}, err
	}
	return a.catalog.Version(ctx, in.ID, n)
}

func (a *API) version(ctx context.Context, in *versionInput) (*versionOutput, error) {
	p, err := a.versionPage(ctx, in)
	if err != nil {
		return nil, err
	}
	d, err := a.recordedDetail(ctx, p)
	return &versionOutput{Body: d}, err
}

func (a *API) evidence(ctx context.Context, in *versionInput) (*evidenceOutput, error) {
	p, err := a.versionPage(ctx, in)
	if err != nil {
		return nil, err
	}
	out := &evidenceOutput{}
	out.Body.Evidence, out.Body.Line = a.sources(p), a.said("check.fixed_line")
	return out, nil
}

// check shows version v of an entry as lists do.
func (a *API) check(e catalog.Entry, v desk.Version) Check {
	c := Check{
		ID: e.Check.ID, URL: a.address(e.Check.Path()), Lang: e.Check.Lang, Topic: a.topic(v.Topic),
		Imported: e.Check.Imported(), LinkOnly: v.LinkOnly,
		Number: v.Number, Act: string(v.Act), Published: date(v.Published), Withdrawn: v.Withdrawn(), Withheld: v.IsHidden(),
		Desk: a.deskOf(e.Desk), Line: a.said("check.fixed_line"),
	}
	if desk.WebAddress(e.Check.SourceURL) {
		c.SourceURL = e.Check.SourceURL
	}
	if c.Imported && !v.NoVerdictRating {
		c.Rating = publish.Plain(v.Rating)
	}
	if v.LinkOnly {
		return c
	}
	c.Claim, c.Title, c.Summary = publish.Plain(v.Claim), publish.Plain(v.Title), publish.Plain(v.Summary)
	if !c.Imported && !c.Withheld {
		c.Verdict, c.NotRated = a.verdict(v)
	}
	return c
}

// verdict names a verdict of ours. A withdrawn check has none any more.
func (a *API) verdict(v desk.Version) (verdict, notRated *Term) {
	if !v.Verdict.Valid() || v.Withdrawn() {
		return nil, nil
	}
	verdict = &Term{string(v.Verdict), a.vi.Verdict(v.Verdict), a.en.Verdict(v.Verdict)}
	if v.Verdict == desk.NotRated {
		notRated = &Term{string(v.NotRatedKind), a.vi.NotRated(v.NotRatedKind), a.en.NotRated(v.NotRatedKind)}
	}
	return verdict, notRated
}

func (a *API) topic(code string) *Term {
	if !slices.Contains(desk.Topics(), code) {
		return nil
	}
	return &Term{code, a.vi.Topic(code), a.en.Topic(code)}
}

func (a *API) ownerKind(k desk.OwnerKind) Term {
	if !k.Valid() {
		k = desk.OwnerUnknown
	}
	return Term{string(k), a.vi.Owner(k), a.en.Owner(k)}
}

func (a *API) deskOf(d desk.Desk) Desk {
	out := Desk{
		ID: d.ID, URL: a.address("/desks/" + d.ID), Name: publish.Plain(d.Name), Lang: d.Lang, Here: d.Local,
		Owner: publish.Plain(d.Owner), OwnerKind: a.ownerKind(d.OwnerKind),
		Funders: publish.Plain(d.Funders), FunderKind: a.ownerKind(d.FunderKind), OfPower: d.OfPower(), Declared: date(d.Declared),
	}
	if desk.WebAddress(d.URL) {
		out.Website = d.URL
	}
	return out
}

// detail shows the version of a page in full.
func (a *API) detail(p catalog.Page) Detail {
	v := p.Shown
	d := Detail{
		Check: a.check(p.Entry, v), Newest: p.Version.Number, Erased: v.Erased,
		Reason: publish.Plain(v.Reason), Note: publish.Plain(v.Note), AsOf: date(v.AsOf),
		Emergency: v.Emergency, Review: date(v.Review), Sought: publish.Plain(v.Sought), OneSource: publish.Plain(v.OneSource),
		Method: v.Method, Order: order(v), Evidence: a.sources(p),
	}
	d.Withheld = d.Withheld || p.Withheld
	if !v.LinkOnly {
		d.Body, d.ToDo = publish.Plain(v.Body), publish.Plain(v.ToDo)
	}
	if !p.Check.Imported() {
		d.Keys = v.Act.Keys()
	}
	if v.Hearing.State.Valid() {
		d.Hearing = &Hearing{State: string(v.Hearing.State), Note: publish.Plain(v.Hearing.Note)}
	}
	return d
}

// recordedDetail adds where the version stands in the record.
func (a *API) recordedDetail(ctx context.Context, p catalog.Page) (Detail, error) {
	d := a.detail(p)
	if a.record == nil || p.Check.Imported() {
		return d, nil
	}
	at, err := a.record.Place(ctx, p.Check.ID, p.Shown.Number)
	if desk.KindOf(err) == desk.NotFound {
		return d, nil
	}
	if err != nil {
		return Detail{}, err
	}
	index := strconv.FormatInt(at.Leaf, 10)
	d.Recorded = &Entry{Index: at.Leaf, Signed: at.Signed}
	if !p.Withheld && !p.Shown.Erased {
		d.Recorded.Content = a.address("/log/content/" + index)
	}
	if at.Signed {
		d.Recorded.Proof = a.address("/log/proof/" + index + ".tlog-proof")
	}
	return d, nil
}

func order(v desk.Version) *Order {
	if v.Act != desk.WithholdOrder {
		return nil
	}
	o := v.Order
	return &Order{Body: publish.Plain(o.Body), Date: date(o.Date), Law: publish.Plain(o.Law), SHA256: o.Digest, Lapses: date(o.Lapses)}
}

func (a *API) sources(p catalog.Page) []Evidence {
	out := []Evidence{}
	for _, e := range p.Shown.Evidence {
		one := Evidence{
			Position: e.Position, Stance: Term{string(e.Stance), a.vi.Stance(e.Stance), a.en.Stance(e.Stance)},
			Title: publish.Plain(e.Title), Publisher: publish.Plain(e.Publisher), Quote: publish.Plain(e.Quote), Locator: publish.Plain(e.Locator),
			Dated: date(e.Dated), Archived: date(e.Archived), SHA256: publish.Plain(e.SHA256),
		}
		if desk.WebAddress(e.URL) {
			one.URL = e.URL
		}
		if desk.WebAddress(e.ArchiveURL) {
			one.ArchiveURL = e.ArchiveURL
		}
		if slices.Contains(p.Copies, e.Position) {
			one.Copy = a.address("/c/" + p.Check.ID + "/v/" + strconv.Itoa(p.Shown.Number) + "/copy/" + strconv.Itoa(e.Position))
		}
		out = append(out, one)
	}
	return out
}

func (a *API) heads(p catalog.Page) []Head {
	out := []Head{}
	for _, v := range p.Versions {
		out = append(out, Head{
			Number: v.Number, URL: a.address(Base + "/checks/" + p.Check.ID + "/versions/" + strconv.Itoa(v.Number)), Act: string(v.Act),
			Published: date(v.Published), Reason: publish.Plain(v.Reason), Note: publish.Plain(v.Note), Order: order(v),
		})
	}
	return out
}

func due(c desk.Contest, today desk.Day) Due {
	return Due{Kind: string(c.Kind), Came: date(c.Day), Due: date(c.Due), Late: c.Late(today)}
}

func outcome(c desk.Contest) Outcome {
	return Outcome{
		State: string(c.State), Came: date(c.Day), Decided: date(c.Decided), Answer: publish.Plain(c.Answer), Lang: c.AnswerLang,
		Outside: publish.Plain(c.Outside),
	}
}

func (a *API) afterwards(in catalog.After) *Afterwards {
	out := &Afterwards{
		Stale: in.Stale, NobodyUninvolved: in.NobodyUninvolved,
		Waiting: []Due{}, Outcomes: []Outcome{}, Replies: []Reply{}, TakenAway: []TakenAway{},
	}
	for _, c := range []desk.Contest{in.Waiting, in.WaitingReply} {
		if c.Day != 0 {
			out.Waiting = append(out.Waiting, due(c, in.Today))
		}
	}
	for _, c := range in.Outcomes {
		out.Outcomes = append(out.Outcomes, outcome(c))
	}
	for _, r := range in.Replies {
		out.Replies = append(out.Replies, Reply{Text: publish.Plain(r.Text.String()), Day: date(r.Day), Erased: date(r.Erased)})
	}
	for _, b := range in.TakenAway {
		out.TakenAway = append(out.TakenAway, TakenAway{Check: a.check(b.Entry, b.Version), Day: date(b.Since), Reason: publish.Plain(b.Reason)})
	}
	return out
}
