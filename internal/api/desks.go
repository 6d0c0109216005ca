package api

import (
	"context"

	"sangto/internal/catalog"
	"sangto/internal/desk"
	"sangto/internal/publish"
)

// Overdue is a desk that has not gone over one of its pages for a year.
type Overdue struct {
	Desk  string   `json:"desk" doc:"Id of the desk"`
	Pages []string `json:"pages" nullable:"false"`
}

type siteOutput struct {
	Body struct {
		Name    string    `json:"name" doc:"What this site calls itself; empty for the program's own name"`
		Notice  *Said     `json:"notice,omitempty" doc:"What every reader is told first"`
		Zone    string    `json:"zone" doc:"Time zone in which days are counted"`
		Overdue []Overdue `json:"overdue" nullable:"false" doc:"Desks that have not gone over their pages for a year"`
		Topics  []Term    `json:"topics" nullable:"false" doc:"The closed list of topics"`
		Line    Said      `json:"line" doc:"What a check is not"`
		Links   Links     `json:"links"`
	}
}

// Links are where everything is.
type Links struct {
	Documentation string `json:"documentation" format:"uri"`
	Description   string `json:"description" format:"uri" doc:"The OpenAPI description"`
	Checks        string `json:"checks" format:"uri"`
	Desks         string `json:"desks" format:"uri"`
	Figures       string `json:"figures" format:"uri"`
	Feeds         string `json:"feeds" format:"uri"`
	Notices       string `json:"notices" format:"uri"`
	Record        string `json:"record" format:"uri"`
}

func (a *API) site(ctx context.Context, _ *struct{}) (*siteOutput, error) {
	s, err := a.catalog.Site(ctx)
	if err != nil {
		return nil, err
	}
	out := &siteOutput{}
	b := &out.Body
	b.Name, b.Zone, b.Line, b.Overdue = publish.Plain(s.Name), zone(s).String(), a.said("check.fixed_line"), []Overdue{}
	if vi, en := publish.Plain(s.Notice["vi"]), publish.Plain(s.Notice["en"]); vi != "" || en != "" {
		b.Notice = &Said{VI: vi, EN: en}
	}
	for _, o := range s.Overdue {
		one := Overdue{Desk: o.Desk.ID}
		for _, p := range o.Pages {
			one.Pages = append(one.Pages, string(p))
		}
		b.Overdue = append(b.Overdue, one)
	}
	for _, t := range desk.Topics() {
		b.Topics = append(b.Topics, *a.topic(t))
	}
	b.Links = Links{
		Documentation: a.address("/en/api"), Description: a.address(Base + "/openapi.json"), Checks: a.address(Base + "/checks"),
		Desks: a.address(Base + "/desks"), Figures: a.address(Base + "/figures"),
		Feeds: a.address(Base + "/feeds"), Notices: a.address(Base + "/notices"), Record: a.address(Base + "/record"),
	}
	return out, nil
}

type desksOutput struct {
	Body struct {
		Desks []Desk `json:"desks" nullable:"false" doc:"Those that work here first"`
	}
}

func (a *API) desks(ctx context.Context, _ *struct{}) (*desksOutput, error) {
	all, err := a.catalog.Desks(ctx)
	if err != nil {
		return nil, err
	}
	out := &desksOutput{}
	out.Body.Desks = []Desk{}
	for _, d := range all {
		out.Body.Desks = append(out.Body.Desks, a.deskOf(d))
	}
	return out, nil
}

type deskInput struct {
	ID string `path:"id" doc:"Id of a desk"`
}

type deskOutput struct {
	Body struct {
		Desk
		About string   `json:"about,omitempty" doc:"What the desk says of itself, in Markdown"`
		Pages []string `json:"pages" nullable:"false" doc:"Addresses of the pages it owes its readers; empty for desks that work elsewhere"`
	}
}

func (a *API) desk(ctx context.Context, in *deskInput) (*deskOutput, error) {
	d, err := a.catalog.Desk(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out := &deskOutput{}
	out.Body.Desk, out.Body.About, out.Body.Pages = a.deskOf(d), publish.Plain(d.About), []string{}
	if d.Local {
		for _, k := range desk.PageKinds() {
			out.Body.Pages = append(out.Body.Pages, a.address(Base+"/desks/"+d.ID+"/pages/"+string(k)))
		}
	}
	return out, nil
}

// PageVersion is a version of a page of a desk.
type PageVersion struct {
	Number int    `json:"number"`
	Day    string `json:"day" format:"date"`
	SHA256 string `json:"sha256" doc:"Of its canonical bytes"`
}

// Declaration is what a desk declared of who owns it and who pays for it.
type Declaration struct {
	Day        string `json:"day" format:"date"`
	Owner      string `json:"owner"`
	OwnerKind  Term   `json:"owner_kind"`
	Funders    string `json:"funders"`
	FunderKind Term   `json:"funder_kind"`
	HandedOver bool   `json:"handed_over" doc:"With this the desk went to another operator"`
	Note       Said   `json:"note"`
}

// Correction is a version that came after a first one.
type Correction struct {
	Check string `json:"check" doc:"Id of the check"`
	Head
}

type pageInput struct {
	ID   string `path:"id" doc:"Id of a desk"`
	Kind string `path:"page" enum:"methodology,ownership,funding,people,complaints,corrections"`
}

type pageVersionInput struct {
	ID     string `path:"id" doc:"Id of a desk"`
	Kind   string `path:"page" enum:"methodology,ownership,funding,people,complaints,corrections"`
	Number number `path:"n" doc:"Number of a version"`
}

type pageOutput struct {
	Body struct {
		Desk     Desk          `json:"desk"`
		Page     string        `json:"page"`
		Text     *Said         `json:"text,omitempty" doc:"In Markdown; absent where it was never published, and a language may be empty"`
		Shown    *PageVersion  `json:"shown,omitempty"`
		Versions []PageVersion `json:"versions" nullable:"false" doc:"Oldest first"`
		Old      bool          `json:"old" doc:"Not gone over for a year"`

		Declarations  []Declaration `json:"declarations,omitempty" nullable:"false" doc:"On ownership and funding"`
		Introductions []Said        `json:"introductions,omitempty" nullable:"false" doc:"On people: what members say of themselves, by their own choice"`
		Corrections   []Correction  `json:"corrections,omitempty" nullable:"false" doc:"On corrections: the newest 20"`
	}
}

func (a *API) deskPage(ctx context.Context, in *pageInput) (*pageOutput, error) {
	return a.policy(ctx, in.ID, in.Kind, 0)
}

func (a *API) deskPageVersion(ctx context.Context, in *pageVersionInput) (*pageOutput, error) {
	n, err := in.Number.read()
	if err != nil {
		return nil, err
	}
	return a.policy(ctx, in.ID, in.Kind, n)
}

func (a *API) policy(ctx context.Context, deskID, kind string, n int) (*pageOutput, error) {
	p, err := a.catalog.Policy(ctx, deskID, desk.PageKind(kind), n, 1)
	if err != nil {
		return nil, err
	}
	out := &pageOutput{}
	b := &out.Body
	b.Desk, b.Page, b.Old, b.Versions = a.deskOf(p.Desk), string(p.Kind), p.Old, []PageVersion{}
	for _, v := range p.Versions {
		b.Versions = append(b.Versions, pageVersion(v))
	}
	if p.Shown != nil {
		shown := pageVersion(*p.Shown)
		b.Shown, b.Text = &shown, &Said{VI: publish.Plain(p.Shown.Text.VI), EN: publish.Plain(p.Shown.Text.EN)}
	}
	for _, d := range p.Declarations {
		b.Declarations = append(b.Declarations, Declaration{
			Day: date(d.Day), Owner: publish.Plain(d.Owner), OwnerKind: a.ownerKind(d.OwnerKind), Funders: publish.Plain(d.Funders),
			FunderKind: a.ownerKind(d.FunderKind), HandedOver: d.HandedOver, Note: Said{VI: publish.Plain(d.Note.VI), EN: publish.Plain(d.Note.EN)},
		})
	}
	for _, i := range p.Introductions {
		b.Introductions = append(b.Introductions, Said{VI: publish.Plain(i.Words.VI), EN: publish.Plain(i.Words.EN)})
	}
	for _, e := range p.Log.Entries {
		one := a.heads(catalog.Page{Entry: e, Versions: []desk.Version{e.Version}})[0]
		b.Corrections = append(b.Corrections, Correction{Check: e.Check.ID, Head: one})
	}
	return out, nil
}

func pageVersion(p desk.PolicyPage) PageVersion {
	return PageVersion{Number: p.Number, Day: date(p.Day), SHA256: p.SHA256}
}

// Standing is how many checks that stand have one verdict on statements of one
// kind of claimant. It is never a person.
type Standing struct {
	Verdict  Term   `json:"verdict"`
	Claimant string `json:"claimant" enum:"office,party,company,organisation,unknown"`
	Count    int    `json:"count"`
}

// Refused is how many claims were not taken up for one reason.
type Refused struct {
	Reason Term `json:"reason"`
	Count  int  `json:"count"`
}

// DeskFigures are one desk's figures.
type DeskFigures struct {
	Desk      Desk       `json:"desk"`
	Standing  []Standing `json:"standing" nullable:"false"`
	Corrected int        `json:"corrected"`
	Withdrawn int        `json:"withdrawn"`
	Erased    int        `json:"erased"`
	Withheld  int        `json:"withheld"`
	Refused   []Refused  `json:"refused" nullable:"false" doc:"Claims not taken up, by reason, as of yesterday"`
	InTime    int        `json:"contests_in_time" doc:"Contests answered in time; those of today are left out"`
	Late      int        `json:"contests_late"`
	Waiting   int        `json:"contests_waiting"`
	Upheld    int        `json:"contests_upheld"`
}

type figuresOutput struct {
	Body struct {
		Checked int           `json:"checked" doc:"Checks of desks here that stand"`
		Public  int           `json:"public" doc:"Of these, on statements of offices of the state and of parties"`
		NotSo   int           `json:"public_not_true" doc:"Of these, found not true"`
		Desks   []DeskFigures `json:"desks" nullable:"false"`
	}
}

func (a *API) figures(ctx context.Context, _ *struct{}) (*figuresOutput, error) {
	f, err := a.catalog.Figures(ctx)
	if err != nil {
		return nil, err
	}
	out := &figuresOutput{}
	b := &out.Body
	b.Checked, b.Public, b.NotSo, b.Desks = f.Checked, f.Public, f.NotSo, []DeskFigures{}
	for _, d := range f.Desks {
		b.Desks = append(b.Desks, a.figuresOf(d))
	}
	return out, nil
}

func (a *API) figuresOf(d catalog.DeskFigures) DeskFigures {
	out := DeskFigures{
		Desk: a.deskOf(d.Desk), Standing: []Standing{}, Refused: []Refused{},
		Corrected: d.Acts[desk.Correct], Withdrawn: d.Acts[desk.Withdraw], Erased: d.Acts[desk.ErasePersonal], Withheld: d.Acts[desk.WithholdOrder],
		InTime: d.InTime, Late: d.Late, Waiting: d.Waiting, Upheld: d.Upheld,
	}
	for _, t := range d.Standing {
		claimant := t.Claimant
		if claimant == "" {
			claimant = desk.ClaimantUnknown
		}
		out.Standing = append(out.Standing, Standing{
			Verdict: Term{string(t.Verdict), a.vi.Verdict(t.Verdict), a.en.Verdict(t.Verdict)}, Claimant: string(claimant), Count: t.Count,
		})
	}
	for _, k := range desk.NotRatedKinds() {
		out.Refused = append(out.Refused, Refused{Reason: Term{string(k), a.vi.NotRated(k), a.en.NotRated(k)}, Count: d.Refused[k]})
	}
	return out
}
