package desk

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
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

// Act is what a version does to the public record.
type Act string

// The acts that make a version.
const (
	Publish  Act = "publish"
	Correct  Act = "correct"
	Withdraw Act = "withdraw"
	// ImportAct marks a version taken over from another desk.
	ImportAct Act = "import"
)

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
}

// Approval is one key's assent to the exact revision. Two of distinct members
// are needed to publish, correct or withdraw.
type Approval struct {
	MemberID string
	KeyID    string
	Revision string
	Signed   bool
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
	return nil
}

// CheckApprovals reports whether a version may be made public: at least two
// distinct members approved this exact revision, and at least one of them did
// not write it.
func CheckApprovals(author, revision string, approvals []Approval) error {
	const op = "check approvals"
	keys := map[string]bool{}
	other := false
	for _, a := range approvals {
		if a.Revision != revision {
			return &Error{Kind: Conflict, Op: op, Key: "error.approval.stale"}
		}
		keys[a.MemberID] = true
		if a.MemberID != author {
			other = true
		}
	}
	if len(keys) < 2 || !other {
		return &Error{Kind: Forbidden, Op: op, Key: "error.approval.two_keys"}
	}
	return nil
}

// WebAddress reports whether s is an absolute http or https address with a
// host and no user information.
func WebAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil
}

// Revision is the hash that approvals are bound to: SHA-256, in hex, over the
// JSON of everything a reader will see and every classification behind it.
// Number, Act and Published are set by the act of publishing and are not part
// of it. Struct order is the canonical order; changing a field's name or place
// invalidates approvals that are under way, which is right.
func Revision(v Version) string {
	v.CheckID, v.Number, v.Act, v.Published = "", 0, "", 0
	b, err := json.Marshal(v)
	if err != nil {
		// Version holds only strings, numbers and booleans; Marshal cannot fail.
		panic(err)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
