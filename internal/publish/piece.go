package publish

import (
	"net/url"
	"regexp"
	"strings"

	"sangto/internal/desk"
	"sangto/internal/lang"
)

// Piece is the newest version of a check with all that goes with it wherever it
// is shown. Its evidence may be missing: no machine form carries it.
type Piece struct {
	Check   desk.Check
	Desk    desk.Desk
	Version desk.Version
	// First is the day of the check's first version, zero if it is not known;
	// then it is taken to be that of Version.
	First desk.Day
}

// first is the day on which the check came out.
func (p Piece) first() desk.Day {
	if p.First != 0 {
		return p.First
	}
	return p.Version.Published
}

// Wordless reports whether nothing of the check may be shown but that it is
// there: an order withholds it, or its wording was taken out or lost.
func (p Piece) Wordless() bool {
	return p.Version.IsHidden() || p.Version.Claim == "" && !p.Check.Imported()
}

// Stands reports whether there is a finding that the desk stands by and whose
// words may be shown.
func (p Piece) Stands() bool { return !p.Version.Withdrawn() && !p.Wordless() }

// Address is the lasting address of a check at site: that of its page in the
// language it is written in, where the verdict reads as the desk wrote it. It is
// the check's identity in every machine form and never changes with its title.
func Address(site *url.URL, c desk.Check) string {
	return site.JoinPath(c.Path()).String()
}

// languageTag is the shape of a tag that may stand beside wording.
var languageTag = regexp.MustCompile(`^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$`)

// language is the language a check is written in, "und" (ISO 639-2) where that
// is not known.
func language(c desk.Check) string {
	if languageTag.MatchString(c.Lang) {
		return c.Lang
	}
	return "und"
}

// DeskAddress is the lasting address of a desk at site. It names the publisher
// in every machine form.
func DeskAddress(site *url.URL, d desk.Desk) string { return site.JoinPath("desks", d.ID).String() }

// Label is the verdict as every form of a check shows it: ours in the reader's
// language, that of an imported check in its publisher's own words.
func Label(words *lang.Words, p Piece) string {
	v := p.Version
	switch {
	case v.Lost && !v.Withdrawn():
		return words.T("check.lost_label")
	case v.IsHidden() && !v.Lost:
		return words.T("check.withheld_label")
	case v.Withdrawn():
		return words.T("check.withdrawn_label")
	case p.Check.Imported() && (v.NoVerdictRating || strings.TrimSpace(v.Rating) == ""):
		return words.T("check.read_at", "Desk", Plain(p.Desk.Name))
	case p.Check.Imported():
		return Plain(v.Rating)
	case v.Verdict == desk.NotRated || !v.Verdict.Valid():
		return words.T("check.not_rated", "Reason", words.NotRated(v.NotRatedKind))
	}
	return words.Verdict(v.Verdict)
}

// Ownership is the declared owner and the declared funders of a desk, each with
// a word that says so or, the owner, as declared: other programs read the first
// as the owner's name. What nobody declared is said to be undeclared.
func Ownership(words *lang.Words, d desk.Desk) (owner, funders string) {
	owner = Plain(strings.TrimSpace(d.Owner))
	switch {
	case owner != "":
	case d.OwnerKind.Valid() && d.OwnerKind != desk.OwnerUnknown:
		owner = words.Owner(d.OwnerKind)
	default:
		owner = words.T("check.owner_undeclared")
	}
	funders = Plain(strings.TrimSpace(d.Funders))
	if funders == "" {
		funders = words.T("check.undeclared")
	}
	return owner, words.T("publish.funders", "Funders", funders)
}
