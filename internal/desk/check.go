package desk

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"unicode/utf8"
)

// Topics is the closed list of everyday matters under which checks are filed.
func Topics() []string {
	return []string{
		"health", "food", "weather", "scam", "banking", "school", "work",
		"transport", "law", "science", "technology", "office", "other",
	}
}

// Check is a desk's published finding on a claim, in versions. A Check row is
// the stable address; all wording is in its versions.
type Check struct {
	ID     string
	DeskID string
	Lang   string
	// ClaimID is the claim this check answers, empty for imported checks.
	ClaimID string
	// SourceURL is where an imported check was published, empty for ours.
	SourceURL string
}

// Imported reports whether the check was published elsewhere.
func (c Check) Imported() bool { return c.SourceURL != "" }

// Path is the lasting path of the check's page on a site of ours, in the
// language it is written in. With the site's address before it, it is what every
// format calls the check, so that whoever takes the same check in from two of
// them has it once.
func (c Check) Path() string {
	if c.Lang == "en" {
		return "/en/c/" + c.ID
	}
	return "/c/" + c.ID
}

// Act is what a version does to the public record.
type Act string

// The acts that make a version.
const (
	Publish  Act = "publish"
	Correct  Act = "correct"
	Withdraw Act = "withdraw"
	// ImportAct marks a version taken over from another desk.
	ImportAct Act = "import"
	// ErasePersonal re-issues a check without a private person's data; the
	// wording of the versions before it is gone.
	ErasePersonal Act = "erase_personal"
	// WithholdOrder hides a check because a body ordered it by a law. It takes
	// three keys and lapses.
	WithholdOrder Act = "withhold_order"
	// Restore ends a WithholdOrder before it lapses.
	Restore Act = "restore"
)

// Acts lists the acts that members do, in the order they are explained.
func Acts() []Act {
	return []Act{Publish, Correct, Withdraw, ErasePersonal, WithholdOrder, Restore}
}

// Keys is how many distinct members must approve the act.
func (a Act) Keys() int {
	if a == WithholdOrder {
		return 3
	}
	return 2
}

// Judges reports whether the act says something new of the claim, so that the
// rules about evidence apply to it. The others only take away.
func (a Act) Judges() bool { return a == Publish || a == Correct }

// Version is one published state of a check. Versions are append-only: there
// is no update, a correction is the next number.
type Version struct {
	CheckID string
	// Number counts from 1 within a check.
	Number int
	Act    Act
	// Kind and AboutPower classify the claim; the schema forbids a verdict
	// where they do not allow one.
	Kind         ClaimKind
	AboutPower   bool
	ClaimantKind ClaimantKind
	// Verdict and NotRatedKind are ours; Rating is the publisher's own words
	// of an imported check, whose Verdict is empty.
	Verdict      Verdict
	NotRatedKind NotRatedKind
	Rating       string
	// NoVerdictRating marks an imported rating that is no verdict ("See the
	// article"): it is shown as "read it at X".
	NoVerdictRating bool
	Topic           string
	// Claim is the sentence judged, Title the headline, Summary the
	// one-sentence why (at most 280 characters), Body the reasoning and what
	// is true instead, ToDo what a reader can do. Body and ToDo are Markdown.
	Claim, Title, Summary, Body, ToDo string
	// LinkOnly marks an imported check whose wording held personal data: it
	// is shown as link and verdict only.
	LinkOnly bool
	// Reason and Note explain a correction or a withdrawal.
	Reason, Note string
	// Published is the day of this version; AsOf the day its facts held.
	Published, AsOf Day
	// Author wrote this version; empty when imported. Approvals are kept
	// beside the version, by key.
	Author   string
	Evidence []Evidence

	// LastEditor changed the wording last and signed it; empty means Author.
	LastEditor string `json:",omitempty"`
	// Sought says what was looked for and not found, where one side has no
	// source or the evidence is not enough.
	Sought string `json:",omitempty"`
	// Hearing records that those concerned were asked, or why not.
	Hearing Hearing `json:",omitzero"`
	// Emergency marks a danger to health or life: the check is looked at again
	// within EmergencyDays.
	Emergency bool `json:",omitempty"`
	// Review is the day by which the desk looks at the check again, zero if it
	// need not.
	Review Day `json:",omitempty"`
	// Order is what a WithholdOrder rests on.
	Order Order `json:",omitzero"`

	// What follows is set by the act of publishing, not by who writes.

	// Blind is how the reviewer classified the claim before seeing the
	// author's choice; Disputed says that some reviewer chose otherwise.
	Blind    Classification `json:",omitzero"`
	Disputed bool           `json:",omitempty"`
	// OneSource is the reviewer's public reason why one source is enough.
	OneSource string `json:",omitempty"`
	// Method is the SHA-256, in hex, of the methodology page of that day.
	Method string `json:",omitempty"`
	// Gone says that the check was withdrawn by an earlier version; it stays so
	// whatever comes after.
	Gone bool `json:",omitempty"`
	// Erased says that the wording was taken out by a later ErasePersonal.
	Erased bool `json:",omitempty"`

	// Lost says that the public record has this version and the database lacks
	// it, so that nobody here has its wording. No row is ever like that: see Ahead.
	Lost bool `json:",omitempty"`
}

// Classification is what decides whether a claim may get a verdict.
type Classification struct {
	Kind       ClaimKind
	AboutPower bool
}

// HearingState says what became of the right of reply.
type HearingState string

// The states of the right of reply: those concerned were asked, asking would
// put somebody in danger, or the claim concerns nobody in particular.
const (
	HearingAsked  HearingState = "asked"
	HearingUnsafe HearingState = "unsafe"
	HearingNobody HearingState = "nobody"
)

// HearingStates lists the states in the order they are offered.
func HearingStates() []HearingState {
	return []HearingState{HearingAsked, HearingUnsafe, HearingNobody}
}

// Valid reports whether r is a known state.
func (r HearingState) Valid() bool {
	return r == HearingAsked || r == HearingUnsafe || r == HearingNobody
}

// Hearing is the record of the right of reply: who was asked and what came
// back, or the reason why nobody was. Note names no private person.
type Hearing struct {
	State HearingState
	Note  string
}

// Order is what a check is withheld by: the body that ordered it, the day and
// the law it names, and the SHA-256 of the order's text in hex. Lapses is the
// first day on which it no longer holds; publishing sets it.
type Order struct {
	Body   string
	Date   Day
	Law    string
	Digest string
	Lapses Day
}

// Days that the rules about time are made of. They are constants and not
// options.
const (
	// OrderDays is how long an order withholds a check unless it is renewed.
	OrderDays = 180
	// EmergencyDays is how soon a check published as an emergency is looked at
	// again. ReviewDays is the limit for health and law.
	EmergencyDays = 7
)

// Withheld reports whether an order hides the version on that day.
func (v Version) Withheld(today Day) bool { return v.Act == WithholdOrder && today < v.Order.Lapses }

// Withdrawn reports whether the desk no longer stands by the check.
func (v Version) Withdrawn() bool { return v.Act == Withdraw || v.Gone }

// State is the state of the check whose newest version this is, as the table
// of roles names it.
func (v Version) State(today Day) ObjectState {
	switch {
	case v.Withheld(today):
		return CheckWithheld
	case v.Withdrawn():
		return CheckWithdrawn
	}
	return CheckStanding
}

// Stale reports whether the day by which the check was to be looked at again
// has passed.
func (v Version) Stale(today Day) bool { return v.Review != 0 && today > v.Review }

// Editor is the member whose wording this is: the last editor, or the author
// where nobody else touched it.
func (v Version) Editor() string {
	if v.LastEditor != "" {
		return v.LastEditor
	}
	return v.Author
}

// IsHidden reports whether v is what Hidden returns of a newest version, or Lost.
func (v Version) IsHidden() bool {
	return v.Lost || v.Act == WithholdOrder && v.Claim == "" && !v.Erased
}

// Ahead is what stands for the newest version of a check while the public record
// is ahead of the database: an old backup was put back and nobody had the words of
// what came after it. newest is the newest version that is there, missing what the
// record has after it, oldest first. hidden says that of the check nothing is shown
// but acts, days and orders: an order holds, or the desk said since something else
// than what is there. An order that lapsed or ended changed no words and hides
// nothing.
func Ahead(newest Version, missing []Version, today Day) (shown Version, hidden bool) {
	for _, v := range missing {
		v.Topic, v.Gone = newest.Topic, v.Act == Withdraw || newest.Withdrawn()
		v.Lost = shown.Lost || v.Act != WithholdOrder && v.Act != Restore
		shown, newest = v, v
	}
	if shown.Withheld(today) {
		shown.Lost = false
		return shown, true
	}
	return shown, shown.Lost
}

// Hidden is the version as it is shown while an order withholds its check:
// what happened, when and by which order, without the wording.
func (v Version) Hidden() Version {
	return Version{
		CheckID: v.CheckID, Number: v.Number, Act: v.Act, Topic: v.Topic, Reason: v.Reason, Note: v.Note,
		Published: v.Published, Order: v.Order, Gone: v.Gone, Erased: v.Erased, Lost: v.Lost,
	}
}

// Stance says whether a source speaks for or against the claim.
type Stance string

// The stances.
const (
	For     Stance = "for"
	Against Stance = "against"
	Context Stance = "context"
)

// Valid reports whether s is a known stance.
func (s Stance) Valid() bool { return s == For || s == Against || s == Context }

// Evidence is a source for or against a claim: quoted, linked, archived,
// hashed.
type Evidence struct {
	Position  int
	Stance    Stance
	URL       string
	Title     string
	Publisher string
	// OwnerGroup counts sources of one owner once.
	OwnerGroup string
	Quote      string
	Locator    string
	Dated      Day
	// Archived is the day a copy was kept, zero if none was; ArchiveURL is a
	// third party's copy.
	Archived   Day
	ArchiveURL string
	// SHA256 of the archived copy, hex, if the desk holds one.
	SHA256 string
	// By says whose words it is, as the member declares it.
	By SourceBy `json:",omitempty"`
}

// Kept reports whether a copy exists that the address cannot take back: the
// desk's own, or a third party's.
func (e Evidence) Kept() bool { return e.Archived != 0 || e.ArchiveURL != "" || e.SHA256 != "" }

// Approval is one key's assent to the exact revision. Act.Keys of distinct
// members are needed. Assertion is the passkey's answer over the revision where
// there was one, as it came; Signed is false without.
type Approval struct {
	MemberID  string
	KeyID     string
	Revision  string
	Signed    bool
	Assertion []byte
}

// SummaryMax is the longest summary, in characters.
const SummaryMax = 280

// CheckVersion reports the first rule that v breaks, given the desk that wants
// to publish it. It is the first of the two places where each rule is
// enforced; the schema is the second.
func CheckVersion(d Desk, v Version) error {
	const op = "check version"
	switch {
	case strings.TrimSpace(v.Claim) == "":
		return invalid(op, "error.version.claim")
	case strings.TrimSpace(v.Summary) == "" || utf8.RuneCountInString(v.Summary) > SummaryMax:
		return invalid(op, "error.version.summary")
	case !v.Verdict.Valid():
		return invalid(op, "error.version.verdict")
	case !v.Kind.Valid():
		return invalid(op, "error.version.kind")
	case (v.Verdict == NotRated) != v.NotRatedKind.Valid():
		return invalid(op, "error.version.not_rated")
	}
	if v.Verdict == NotRated {
		return nil
	}
	if v.Kind != FactKind {
		return &Error{Kind: Forbidden, Op: op, Key: "error.version.only_facts"}
	}
	if v.AboutPower && d.OfPower() {
		return &Error{Kind: Forbidden, Op: op, Key: "error.version.own_cause"}
	}
	if v.Disputed || v.Blind.Kind != "" && v.Blind != (Classification{Kind: v.Kind, AboutPower: v.AboutPower}) {
		return &Error{Kind: Forbidden, Op: op, Key: "error.version.disputed"}
	}
	return nil
}

// CheckApprovals reports whether a version may be made public: Act.Keys
// distinct members approved this exact revision, and all of them but one
// neither wrote it nor edited it last.
func CheckApprovals(v Version, revision string, approvals []Approval) error {
	const op = "check approvals"
	keys, others := map[string]bool{}, 0
	for _, a := range approvals {
		if a.Revision != revision {
			return &Error{Kind: Conflict, Op: op, Key: "error.approval.stale"}
		}
		if !keys[a.MemberID] && a.MemberID != v.Author && a.MemberID != v.Editor() {
			others++
		}
		keys[a.MemberID] = true
	}
	need := v.Act.Keys()
	switch {
	case len(keys) >= need && others >= need-1:
		return nil
	case need > 2:
		return &Error{Kind: Forbidden, Op: op, Key: "error.approval.three_keys"}
	}
	return &Error{Kind: Forbidden, Op: op, Key: "error.approval.two_keys"}
}

// WebAddress reports whether s is an absolute http or https address with a
// host and no user information.
func WebAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil
}

// VersionBytes are the canonical bytes of a version, in the manner of
// PageBytes: everything a reader will see, every classification behind it, the
// check, and the act it is for, so that assent to a correction is none to a
// withdrawal. What publishing and reviewing add is not part of them: that is in
// AddedBytes. author and editor bind whose wording it is without saying who:
// they are hashes of the member's key, which is never published, together with
// the check's, so that nothing links them from check to check.
//
// The order of the fields is the canonical order. Changing a name or a place
// invalidates approvals that are under way, which is right.
func VersionBytes(v Version) []byte {
	evidence := make([]json.RawMessage, 0, len(v.Evidence))
	for i := range v.Evidence {
		evidence = append(evidence, EvidenceBytes(v.Evidence[i]))
	}
	return canonical(versionForm{
		v.CheckID, v.Act, v.Kind, v.AboutPower, v.ClaimantKind, v.Verdict, v.NotRatedKind, v.Rating, v.NoVerdictRating, v.Topic,
		v.Claim, v.Title, v.Summary, v.Body, v.ToDo, v.LinkOnly, v.Reason, v.Note, v.AsOf, evidence, v.Sought,
		v.Hearing.State, v.Hearing.Note, v.Emergency, v.Review, v.Order.Body, v.Order.Date, v.Order.Law, v.Order.Digest,
		blinded(v.CheckID, v.Author), blinded(v.CheckID, v.Editor()),
	})
}

type versionForm struct {
	Check           string            `json:"check"`
	Act             Act               `json:"act"`
	Kind            ClaimKind         `json:"kind"`
	AboutPower      bool              `json:"about_power"`
	ClaimantKind    ClaimantKind      `json:"claimant_kind"`
	Verdict         Verdict           `json:"verdict"`
	NotRatedKind    NotRatedKind      `json:"not_rated_kind"`
	Rating          string            `json:"rating"`
	NoVerdictRating bool              `json:"no_verdict_rating"`
	Topic           string            `json:"topic"`
	Claim           string            `json:"claim"`
	Title           string            `json:"title"`
	Summary         string            `json:"summary"`
	Body            string            `json:"body"`
	ToDo            string            `json:"todo"`
	LinkOnly        bool              `json:"link_only"`
	Reason          string            `json:"reason"`
	Note            string            `json:"note"`
	AsOf            Day               `json:"as_of"`
	Evidence        []json.RawMessage `json:"evidence"`
	Sought          string            `json:"sought"`
	Hearing         HearingState      `json:"hearing"`
	HearingNote     string            `json:"hearing_note"`
	Emergency       bool              `json:"emergency"`
	Review          Day               `json:"review"`
	OrderBody       string            `json:"order_body"`
	OrderDate       Day               `json:"order_date"`
	OrderLaw        string            `json:"order_law"`
	OrderDigest     string            `json:"order_digest"`
	Author          string            `json:"author"`
	Editor          string            `json:"editor"`
}

// blinded stands for a member in one check.
func blinded(checkID, memberID string) string {
	if memberID == "" {
		return ""
	}
	return HashBytes([]byte("author\n" + checkID + "\n" + memberID))
}

// EvidenceBytes are the canonical bytes of one source.
func EvidenceBytes(e Evidence) []byte {
	return canonical(evidenceForm{
		e.Stance, e.URL, e.Title, e.Publisher, e.OwnerGroup, e.Quote, e.Locator, e.Dated, e.Archived, e.ArchiveURL, e.SHA256, e.By,
	})
}

type evidenceForm struct {
	Stance     Stance   `json:"stance"`
	URL        string   `json:"url"`
	Title      string   `json:"title"`
	Publisher  string   `json:"publisher"`
	OwnerGroup string   `json:"owner_group"`
	Quote      string   `json:"quote"`
	Locator    string   `json:"locator"`
	Dated      Day      `json:"dated"`
	Archived   Day      `json:"archived"`
	ArchiveURL string   `json:"archive_url"`
	SHA256     string   `json:"sha256"`
	By         SourceBy `json:"by"`
}

// AddedBytes are the canonical bytes of what reviewing and publishing add to a
// version and readers see.
func AddedBytes(v Version) []byte {
	return canonical(addedForm{v.OneSource, v.Blind.Kind, v.Blind.AboutPower, v.Disputed, v.Gone, v.Order.Lapses})
}

type addedForm struct {
	OneSource  string    `json:"one_source"`
	BlindKind  ClaimKind `json:"blind_kind"`
	BlindPower bool      `json:"blind_power"`
	Disputed   bool      `json:"disputed"`
	Gone       bool      `json:"gone"`
	Lapses     Day       `json:"lapses"`
}

// ReadVersion reads what VersionBytes and AddedBytes wrote: everything of a
// version but its number, its day and its methodology. Whose wording it is stands
// there blinded, and is found by trying the members that are given; where it is
// nobody's among them the answer is NotFound. Anything that would not be written
// again as the same bytes is Invalid.
func ReadVersion(body, added []byte, members []string) (Version, error) {
	const op = "read a version"
	var f versionForm
	var a addedForm
	if err := errors.Join(strictly(body, &f), strictly(added, &a)); err != nil {
		return Version{}, &Error{Kind: Invalid, Op: op, Err: err}
	}
	v := Version{
		CheckID: f.Check, Act: f.Act, Kind: f.Kind, AboutPower: f.AboutPower, ClaimantKind: f.ClaimantKind, Verdict: f.Verdict,
		NotRatedKind: f.NotRatedKind, Rating: f.Rating, NoVerdictRating: f.NoVerdictRating, Topic: f.Topic,
		Claim: f.Claim, Title: f.Title, Summary: f.Summary, Body: f.Body, ToDo: f.ToDo, LinkOnly: f.LinkOnly,
		Reason: f.Reason, Note: f.Note, AsOf: f.AsOf, Sought: f.Sought, Hearing: Hearing{State: f.Hearing, Note: f.HearingNote},
		Emergency: f.Emergency, Review: f.Review,
		Order:     Order{Body: f.OrderBody, Date: f.OrderDate, Law: f.OrderLaw, Digest: f.OrderDigest, Lapses: a.Lapses},
		OneSource: a.OneSource, Blind: Classification{Kind: a.BlindKind, AboutPower: a.BlindPower}, Disputed: a.Disputed, Gone: a.Gone,
	}
	for i, raw := range f.Evidence {
		var e evidenceForm
		if err := strictly(raw, &e); err != nil {
			return Version{}, &Error{Kind: Invalid, Op: op, Err: err}
		}
		v.Evidence = append(v.Evidence, Evidence{
			Position: i + 1, Stance: e.Stance, URL: e.URL, Title: e.Title, Publisher: e.Publisher, OwnerGroup: e.OwnerGroup, Quote: e.Quote,
			Locator: e.Locator, Dated: e.Dated, Archived: e.Archived, ArchiveURL: e.ArchiveURL, SHA256: e.SHA256, By: e.By,
		})
	}
	for _, m := range members {
		if blinded(f.Check, m) == f.Author {
			v.Author = m
		}
		if blinded(f.Check, m) == f.Editor && f.Editor != f.Author {
			v.LastEditor = m
		}
	}
	if f.Author != "" && v.Author == "" || f.Editor != f.Author && v.LastEditor == "" {
		return Version{}, &Error{Kind: NotFound, Op: op, Key: "error.not_found"}
	}
	if !bytes.Equal(VersionBytes(v), body) || !bytes.Equal(AddedBytes(v), added) {
		return Version{}, &Error{Kind: Invalid, Op: op, Err: errors.New("not in canonical form")}
	}
	return v, nil
}

// strictly reads JSON that has no other fields.
func strictly(b []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	return d.Decode(into)
}

// Revision is the hash that approvals are bound to: SHA-256, in hex, of
// VersionBytes.
func Revision(v Version) string { return HashBytes(VersionBytes(v)) }
