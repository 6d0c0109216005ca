package desk

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// PageKind names one of the pages a desk owes its readers.
type PageKind string

// The pages. Corrections is the desk's policy on corrections; the log of
// corrections is generated and stands below it.
const (
	MethodologyPage PageKind = "methodology"
	OwnershipPage   PageKind = "ownership"
	FundingPage     PageKind = "funding"
	CorrectionsPage PageKind = "corrections"
	ComplaintsPage  PageKind = "complaints"
	PeoplePage      PageKind = "people"
)

// PageKinds lists the pages in the order a desk writes them.
func PageKinds() []PageKind {
	return []PageKind{MethodologyPage, OwnershipPage, FundingPage, PeoplePage, ComplaintsPage, CorrectionsPage}
}

// RequiredPages lists the pages without which a desk may not publish its first
// check.
func RequiredPages() []PageKind { return []PageKind{MethodologyPage, OwnershipPage, FundingPage} }

// Valid reports whether k is a known page.
func (k PageKind) Valid() bool {
	for _, w := range PageKinds() {
		if k == w {
			return true
		}
	}
	return false
}

// Wording is what a desk says in each language of the interface, side by side.
// One of them may be empty.
type Wording struct{ VI, EN string }

// For returns the wording in a language and the language it is really in: the
// other one where nothing was written in this.
func (w Wording) For(tag string) (text, in string) {
	own, other, otherTag := w.VI, w.EN, "en"
	if tag == "en" {
		own, other, otherTag = w.EN, w.VI, "vi"
	}
	if strings.TrimSpace(own) == "" && strings.TrimSpace(other) != "" {
		return other, otherTag
	}
	return own, tag
}

// Empty reports whether nothing is said in any language.
func (w Wording) Empty() bool {
	return strings.TrimSpace(w.VI) == "" && strings.TrimSpace(w.EN) == ""
}

// Keys names who proposed and who agreed, by member and by the public name of
// the key, where something takes two keys.
type Keys struct{ ProposedBy, ProposedKey, AgreedBy, AgreedKey string }

// PolicyPage is one version of a page a desk owes its readers. Versions are
// append-only. SHA256 is the hash, in hex, of PageBytes, so that a check can
// pin the methodology it was made under.
type PolicyPage struct {
	DeskID string
	Kind   PageKind
	Number int
	Text   Wording
	SHA256 string
	Day    Day
	Keys   Keys
}

// PageMax is the longest page in one language, in characters.
const PageMax = 20_000

// PageAgeDays is after how many days a page is so old that every page of the
// site says so.
const PageAgeDays = 365

// PageBytes are the canonical bytes of a page, over which its hash is taken:
// JSON in UTF-8 with the fields desk, kind, number, vi, en in this order,
// without spaces, without a line end, and with no escapes but those JSON asks
// for. Line breaks in the texts are LF.
func PageBytes(p PolicyPage) []byte {
	return canonical(pageForm{p.DeskID, p.Kind, p.Number, p.Text.VI, p.Text.EN})
}

type pageForm struct {
	Desk   string   `json:"desk"`
	Kind   PageKind `json:"kind"`
	Number int      `json:"number"`
	VI     string   `json:"vi"`
	EN     string   `json:"en"`
}

// ReadPage reads what PageBytes wrote: everything of a page but its day and the
// keys it took. Anything that would not be written again as the same bytes is
// Invalid.
func ReadPage(b []byte) (PolicyPage, error) {
	var f pageForm
	err := strictly(b, &f)
	p := PolicyPage{DeskID: f.Desk, Kind: f.Kind, Number: f.Number, Text: Wording{VI: f.VI, EN: f.EN}, SHA256: HashBytes(b)}
	if err != nil || !bytes.Equal(PageBytes(p), b) {
		return PolicyPage{}, &Error{Kind: Invalid, Op: "read a page", Err: err}
	}
	return p, nil
}

// canonical writes a value as JSON with no line end and no HTML escapes.
func canonical(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		// Only structs of strings, numbers and booleans come here; they cannot fail.
		panic(err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// HashBytes is SHA-256 in hex.
func HashBytes(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// CheckPage reports the first rule that a page breaks.
func CheckPage(p PolicyPage) error {
	const op = "check page"
	switch {
	case !p.Kind.Valid():
		return &Error{Kind: NotFound, Op: op, Key: "error.not_found"}
	case p.Text.Empty():
		return invalid(op, "error.policy.empty")
	case utf8.RuneCountInString(p.Text.VI) > PageMax, utf8.RuneCountInString(p.Text.EN) > PageMax:
		return &Error{Kind: Invalid, Op: op, Key: "error.policy.long", Args: map[string]any{"Max": PageMax}}
	case hasBlank(p.Text.VI), hasBlank(p.Text.EN):
		return invalid(op, "error.policy.blank")
	}
	return nil
}

// Blank marks what a desk has to fill in in the drafts it is offered.
const Blank = "[…]"

func hasBlank(s string) bool { return strings.Contains(s, Blank) || strings.Contains(s, "[...]") }

// CheckPages reports whether a desk that has these pages may publish its first
// check: methodology, ownership and funding must be there.
func CheckPages(pages []PolicyPage) error {
	if len(MissingPages(pages)) > 0 {
		return &Error{Kind: Forbidden, Op: "publish", Key: "error.policy.missing"}
	}
	return nil
}

// MissingPages lists the required pages that are not among these.
func MissingPages(pages []PolicyPage) []PageKind {
	have := map[PageKind]bool{}
	for _, p := range pages {
		have[p.Kind] = true
	}
	var out []PageKind
	for _, k := range RequiredPages() {
		if !have[k] {
			out = append(out, k)
		}
	}
	return out
}

// OldPages lists which of the newest pages were last published more than
// PageAgeDays before today.
func OldPages(pages []PolicyPage, today Day) []PageKind {
	var out []PageKind
	for _, p := range pages {
		if today-p.Day > PageAgeDays {
			out = append(out, p.Kind)
		}
	}
	return out
}

// Declaration is one version of what a desk declares of who owns it and who
// pays for it. The first may have been made when the desk was set up, before
// there were two keys; it then has no row of its own.
type Declaration struct {
	DeskID     string
	Number     int
	Owner      string
	OwnerKind  OwnerKind
	Funders    string
	FunderKind OwnerKind
	// HandedOver says that with this declaration the desk went to another
	// operator.
	HandedOver bool
	// Note tells readers what changed and why.
	Note   Wording
	SHA256 string
	Day    Day
	Keys   Keys
}

// DeclarationMax is the longest part of a declaration, in characters.
const DeclarationMax = 2000

// DeclarationBytes are the canonical bytes of a declaration, in the manner of
// PageBytes.
func DeclarationBytes(d Declaration) []byte {
	return canonical(declarationForm{d.DeskID, d.Number, d.Owner, d.OwnerKind, d.Funders, d.FunderKind, d.HandedOver, d.Note.VI, d.Note.EN})
}

type declarationForm struct {
	Desk       string    `json:"desk"`
	Number     int       `json:"number"`
	Owner      string    `json:"owner"`
	OwnerKind  OwnerKind `json:"owner_kind"`
	Funders    string    `json:"funders"`
	FunderKind OwnerKind `json:"funder_kind"`
	HandedOver bool      `json:"handed_over"`
	NoteVI     string    `json:"note_vi"`
	NoteEN     string    `json:"note_en"`
}

// ReadDeclaration reads what DeclarationBytes wrote. What holds for ReadPage holds
// here.
func ReadDeclaration(b []byte) (Declaration, error) {
	var f declarationForm
	err := strictly(b, &f)
	d := Declaration{
		DeskID: f.Desk, Number: f.Number, Owner: f.Owner, OwnerKind: f.OwnerKind, Funders: f.Funders, FunderKind: f.FunderKind,
		HandedOver: f.HandedOver, Note: Wording{VI: f.NoteVI, EN: f.NoteEN}, SHA256: HashBytes(b),
	}
	if err != nil || !bytes.Equal(DeclarationBytes(d), b) {
		return Declaration{}, &Error{Kind: Invalid, Op: "read a declaration", Err: err}
	}
	return d, nil
}

// CheckDeclaration reports the first rule that a declaration breaks.
func CheckDeclaration(d Declaration) error {
	const op = "check declaration"
	switch {
	case strings.TrimSpace(d.Owner) == "", strings.TrimSpace(d.Funders) == "":
		return invalid(op, "error.declaration.empty")
	case !d.OwnerKind.Valid() || !d.FunderKind.Valid() || d.OwnerKind == OwnerUnknown:
		return invalid(op, "error.declaration.kind")
	case d.Note.Empty():
		return invalid(op, "error.declaration.note")
	}
	for _, s := range []string{d.Owner, d.Funders, d.Note.VI, d.Note.EN} {
		if utf8.RuneCountInString(s) > DeclarationMax {
			return &Error{Kind: Invalid, Op: op, Key: "error.declaration.long", Args: map[string]any{"Max": DeclarationMax}}
		}
	}
	return nil
}

// Introduction is what a member, by her own choice, says of herself on the
// page of who we are. She alone writes it and may take it back at any time.
type Introduction struct {
	MemberID, DeskID string
	Words            Wording
	Day              Day
}

// IntroductionMax is the longest introduction in one language, in characters.
const IntroductionMax = 500

// ProposalKind says what a proposal would do.
type ProposalKind string

// The kinds of proposal.
const (
	ProposePage        ProposalKind = "page"
	ProposeDeclaration ProposalKind = "declaration"
	// ProposeAside takes another desk's verdict away from beside ours.
	ProposeAside ProposalKind = "aside"
	// ProposeContest decides a contest where nobody uninvolved is left.
	ProposeContest ProposalKind = "contest"
	// ProposeReply erases a shown reply that holds a private person's data.
	ProposeReply ProposalKind = "reply"
	// ProposeNoticeVersion issues, updates or cancels a service notice.
	ProposeNoticeVersion ProposalKind = "notice"
)

// Proposal is something that takes two keys and has the first. Content is
// exactly what was proposed and SHA256 its hash, which the second member
// names, so that nobody agrees to what she has not seen.
type Proposal struct {
	ID, DeskID      string
	Kind            ProposalKind
	Subject         string
	Content, SHA256 string
	MemberID, KeyID string
	Day             Day
}

// CheckSecond reports whether m may give the second key to p.
func CheckSecond(p Proposal, m Member, sha256 string) error {
	const op = "give the second key"
	switch {
	case m.DeskID != p.DeskID || m.Ended:
		return &Error{Kind: Forbidden, Op: op, Key: "error.approval.member"}
	case m.ID == p.MemberID:
		return &Error{Kind: Forbidden, Op: op, Key: "error.proposal.own"}
	case sha256 != p.SHA256:
		return &Error{Kind: Conflict, Op: op, Key: "error.proposal.changed"}
	}
	return nil
}
