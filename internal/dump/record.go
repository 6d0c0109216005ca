package dump

import (
	"net/url"

	"sangto/internal/desk"
	"sangto/internal/exchange"
	"sangto/internal/lang"
	"sangto/internal/schemaorg"
	"sangto/internal/store"
)

// State says what a check is now.
type State string

// The states. Only a Standing check is a finding; of a Withheld one the words
// are not here.
const (
	Standing  State = "standing"
	Withdrawn State = "withdrawn"
	Withheld  State = "withheld"
)

func stateOf(v desk.Version) State {
	switch {
	case v.IsHidden():
		return Withheld
	case v.Withdrawn():
		return Withdrawn
	}
	return Standing
}

// record is one line of checks.ndjson, a closed list of members. The first part
// is schema.org's ClaimReview, so that whoever reads ClaimReview reads it; a
// check that is no finding calls itself a WebPage there, which they pass over.
type record struct {
	schemaorg.ClaimReview

	ID       string          `json:"id"`
	State    State           `json:"state"`
	Here     bool            `json:"here"`
	Desk     deskRecord      `json:"desk"`
	Versions []versionRecord `json:"versions"`
}

type deskRecord struct {
	ID         string         `json:"id"`
	Owner      string         `json:"owner,omitempty"`
	OwnerKind  desk.OwnerKind `json:"owner_kind"`
	Funders    string         `json:"funders,omitempty"`
	FunderKind desk.OwnerKind `json:"funder_kind"`
	Declared   desk.Day       `json:"declared,omitzero"`
}

// versionRecord is one version. Members, approvals and what kind of body made
// the claim are not of it.
type versionRecord struct {
	Number       int               `json:"number"`
	Act          desk.Act          `json:"act"`
	Published    desk.Day          `json:"published,omitzero"`
	AsOf         desk.Day          `json:"as_of,omitzero"`
	Review       desk.Day          `json:"review,omitzero"`
	Topic        string            `json:"topic,omitempty"`
	Kind         desk.ClaimKind    `json:"kind,omitempty"`
	AboutPower   bool              `json:"about_power,omitempty"`
	Verdict      desk.Verdict      `json:"verdict,omitempty"`
	NotRatedKind desk.NotRatedKind `json:"not_rated_kind,omitempty"`
	Rating       string            `json:"rating,omitempty"`
	Claim        string            `json:"claim,omitempty"`
	Title        string            `json:"title,omitempty"`
	Summary      string            `json:"summary,omitempty"`
	Body         string            `json:"body,omitempty"`
	ToDo         string            `json:"todo,omitempty"`
	Reason       string            `json:"reason,omitempty"`
	Note         string            `json:"note,omitempty"`
	Sought       string            `json:"sought,omitempty"`
	OneSource    string            `json:"one_source,omitempty"`
	Hearing      desk.HearingState `json:"hearing,omitempty"`
	HearingNote  string            `json:"hearing_note,omitempty"`
	Emergency    bool              `json:"emergency,omitempty"`
	LinkOnly     bool              `json:"link_only,omitempty"`
	Erased       bool              `json:"erased,omitempty"`
	Method       string            `json:"method,omitempty"`
	Order        *orderRecord      `json:"order,omitempty"`
	Evidence     []evidenceRecord  `json:"evidence,omitempty"`
}

type orderRecord struct {
	Body   string   `json:"body"`
	Law    string   `json:"law"`
	Date   desk.Day `json:"date,omitzero"`
	Digest string   `json:"digest"`
	Lapses desk.Day `json:"lapses,omitzero"`
}

type evidenceRecord struct {
	Position   int         `json:"position"`
	Stance     desk.Stance `json:"stance"`
	URL        string      `json:"url,omitempty"`
	Title      string      `json:"title,omitempty"`
	Publisher  string      `json:"publisher,omitempty"`
	OwnerGroup string      `json:"owner_group,omitempty"`
	Quote      string      `json:"quote,omitempty"`
	Locator    string      `json:"locator,omitempty"`
	Dated      desk.Day    `json:"dated,omitzero"`
	Archived   desk.Day    `json:"archived,omitzero"`
	ArchiveURL string      `json:"archive_url,omitempty"`
	SHA256     string      `json:"sha256,omitempty"`
}

// lean leaves of another desk's check what may be passed on without asking:
// the link, the rating and the claim. Its headline and its reasons are its own
// text, to be read there.
func lean(p store.Published) store.Published {
	if !p.Check.Imported() {
		return p
	}
	versions := make([]desk.Version, len(p.Versions))
	for i, v := range p.Versions {
		v.Title, v.Summary, v.Body, v.ToDo, v.Evidence = "", "", "", "", nil
		versions[i] = v
	}
	p.Versions = versions
	return p
}

// writer makes records.
type writer struct {
	site    *url.URL
	licence Licence
	words   *lang.Catalog
}

// address is where a check is read.
func (w writer) address(p store.Published) string {
	if p.Check.Imported() {
		return p.Check.SourceURL
	}
	return w.site.JoinPath(p.Check.Path()).String()
}

// deskAddress is where a desk is described.
func (w writer) deskAddress(p store.Published) string {
	if p.Check.Imported() {
		return p.Desk.URL
	}
	return w.site.JoinPath("desks", p.Desk.ID).String()
}

// finding is the verdict in words, in the language of the check.
func (w writer) finding(p store.Published) string {
	if v := p.Latest(); !p.Check.Imported() {
		return w.words.For(p.Check.Lang).Verdict(v.Verdict)
	}
	return p.Latest().Rating
}

func (w writer) fixedLine(tag string) string { return w.words.For(tag).T("check.fixed_line") }

func (w writer) record(p store.Published) record {
	v := p.Latest()
	r := record{
		ClaimReview: schemaorg.ClaimReview{
			Context: schemaorg.Context, Type: "WebPage", URL: w.address(p), Licence: w.licence.URL, Published: v.Published.String(),
			Usage: schemaorg.NewCreativeWork(w.fixedLine(p.Check.Lang)),
			Author: schemaorg.Organization{
				Type: schemaorg.PublisherType(w.deskAddress(p)), Name: p.Desk.Name, URL: w.deskAddress(p), Ownership: schemaorg.TextsOf(p.Desk.Owner),
			},
		},
		ID: p.Check.ID, State: stateOf(v), Here: !p.Check.Imported(),
		Desk: deskRecord{
			ID: p.Desk.ID, Owner: p.Desk.Owner, OwnerKind: p.Desk.OwnerKind, Funders: p.Desk.Funders, FunderKind: p.Desk.FunderKind, Declared: p.Desk.Declared,
		},
	}
	if p.Check.Lang != "und" {
		r.Lang = p.Check.Lang
	}
	if p.Desk.Funders != "" {
		r.Author.Funder = &schemaorg.Organization{Type: "Organization", Name: p.Desk.Funders}
	}
	if r.State == Standing {
		r.Type, r.Claim, r.Name, r.Description = "ClaimReview", v.Claim, v.Title, v.Summary
		r.Rating = schemaorg.NewRating(w.finding(p))
		if v.LinkOnly {
			r.Access = exchange.LinkOnlyMark
		}
	}
	for _, v := range p.Versions {
		r.Versions = append(r.Versions, newVersion(v))
	}
	return r
}

func newVersion(v desk.Version) versionRecord {
	out := versionRecord{
		Number: v.Number, Act: v.Act, Published: v.Published, AsOf: v.AsOf, Review: v.Review, Topic: v.Topic, Kind: v.Kind, AboutPower: v.AboutPower,
		Verdict: v.Verdict, NotRatedKind: v.NotRatedKind, Rating: v.Rating, Claim: v.Claim, Title: v.Title, Summary: v.Summary, Body: v.Body, ToDo: v.ToDo,
		Reason: v.Reason, Note: v.Note, Sought: v.Sought, OneSource: v.OneSource, Hearing: v.Hearing.State, HearingNote: v.Hearing.Note,
		Emergency: v.Emergency, LinkOnly: v.LinkOnly, Erased: v.Erased, Method: v.Method,
	}
	if o := v.Order; o != (desk.Order{}) {
		out.Order = &orderRecord{Body: o.Body, Law: o.Law, Date: o.Date, Digest: o.Digest, Lapses: o.Lapses}
	}
	for _, e := range v.Evidence {
		out.Evidence = append(out.Evidence, evidenceRecord{
			Position: e.Position, Stance: e.Stance, URL: e.URL, Title: e.Title, Publisher: e.Publisher, OwnerGroup: e.OwnerGroup, Quote: e.Quote,
			Locator: e.Locator, Dated: e.Dated, Archived: e.Archived, ArchiveURL: e.ArchiveURL, SHA256: e.SHA256,
		})
	}
	return out
}
