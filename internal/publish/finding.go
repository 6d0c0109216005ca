package publish

import (
	"strings"
	"unicode/utf8"

	"sangto/internal/desk"
	"sangto/internal/lang"
	"sangto/viet"
)

// Finding is a version of a check in words, as whatever leaves its page says
// it: the card, the short message, the printed sheet, the read-aloud text. Our
// own words are in the language of Tag, the desk's stay in theirs.
type Finding struct {
	// Tag is the language of our words, Lang that of the desk's.
	Tag, Lang string
	// Sign is the verdict's sign and colour: one of desk.Verdicts, "rating" for
	// another desk's own words, "read" where it gave none, "withdrawn".
	Sign string
	// Verdict is the finding in few words; Beside is the reason why there is
	// none, or says whose words it is, and may be empty.
	Verdict, Beside string
	// Truth is the correction: why the finding is as it is, in a sentence or
	// two. Of a check that is withdrawn, withheld or erased it says that and
	// nothing else, and Gone is true.
	Truth string
	Gone  bool
	// Title is the headline, empty where it would repeat the claim. Claim is
	// the sentence judged, empty where it is not shown.
	Title, Claim string
	// Desk, Owner and Funders say who speaks; each is a whole line.
	Desk, Owner, Funders string
	// Dated says when this version was published.
	Dated string
	// Fixed is the line that every output of a check carries.
	Fixed string
	// Address is the lasting address of the check, "" where the site does not
	// know its own.
	Address string
}

// NewFinding puts version v of a check into words. A version that an order
// hides must come as Hidden returns it; address is absolute or "".
func NewFinding(words *lang.Words, c desk.Check, d desk.Desk, v desk.Version, address string) Finding {
	f := Finding{
		Tag: words.Tag(), Lang: c.Lang, Desk: line(d.Name), Dated: dated(words, v), Fixed: words.T("check.fixed_line"), Address: address,
	}
	f.Owner, f.Funders = declared(words, d)
	f.judge(words, c, v)
	switch {
	case v.Lost:
		f.Gone, f.Truth = true, words.T("check.lost", "Date", words.Date(v.Published))
		return f
	case v.IsHidden():
		f.Gone, f.Truth = true, words.T("share.withheld", "Body", line(v.Order.Body), "Date", words.Date(v.Order.Date),
			"Law", line(v.Order.Law), "Until", words.Date(v.Order.Lapses))
		return f
	case v.Withdrawn():
		f.Gone, f.Truth = true, words.T("share.withdrawn")
	case v.Erased:
		f.Gone, f.Truth = true, words.T("share.erased")
	case v.LinkOnly:
		f.Truth = words.T("check.link_only", "Desk", f.Desk)
		return f
	default:
		f.Truth = line(v.Summary)
	}
	f.Claim = line(v.Claim)
	if title := line(v.Title); !f.Gone && !repeats(title, f.Claim) {
		f.Title = title
	}
	switch {
	case f.Truth == "" && f.Title != "":
		f.Truth = f.Title
	case f.Truth == "" && c.Imported():
		f.Truth = words.T("check.imported", "Desk", f.Desk)
	case f.Truth == "":
		f.Truth = words.VerdictMeaning(v.Verdict)
	}
	return f
}

// judge fills in the finding itself.
func (f *Finding) judge(words *lang.Words, c desk.Check, v desk.Version) {
	switch {
	case v.Lost && !v.Withdrawn():
		f.Sign, f.Verdict = "withdrawn", words.T("check.lost_label")
	case v.IsHidden() && !v.Lost:
		f.Sign, f.Verdict = "withdrawn", words.T("check.withheld_label")
	case v.Withdrawn():
		f.Sign, f.Verdict = "withdrawn", words.T("check.withdrawn_label")
	case c.Imported() && (v.NoVerdictRating || strings.TrimSpace(v.Rating) == ""):
		f.Sign, f.Verdict = "read", words.T("check.read_at", "Desk", f.Desk)
	case c.Imported():
		f.Sign, f.Verdict, f.Beside = "rating", line(v.Rating), words.T("check.rating_by", "Desk", f.Desk)
	case v.Verdict == desk.NotRated || !v.Verdict.Valid():
		f.Sign, f.Verdict, f.Beside = string(desk.NotRated), words.Verdict(desk.NotRated), sentence(words.NotRated(v.NotRatedKind))
	default:
		f.Sign, f.Verdict = string(v.Verdict), words.Verdict(v.Verdict)
	}
}

func dated(words *lang.Words, v desk.Version) string {
	date := words.Date(v.Published)
	switch {
	case v.Published == 0:
		return ""
	case v.Act == desk.Withdraw:
		return words.T("check.withdrawn_on", "Date", date)
	case v.Act == desk.Correct:
		return words.T("check.corrected", "Date", date)
	}
	return words.T("check.published", "Date", date)
}

// declared are the lines on who owns a desk and who pays for it.
func declared(words *lang.Words, d desk.Desk) (owner, funders string) {
	name := line(d.Owner)
	if name == "" && d.OwnerKind != desk.OwnerUnknown {
		name = words.Owner(d.OwnerKind)
	}
	if owner = words.T("check.owner_undeclared"); name != "" {
		l := words.L("check.owner_of", "Owner", name)
		owner = l.Before + l.Link + l.After
	}
	paid := line(d.Funders)
	if paid == "" {
		paid = words.T("check.undeclared")
	}
	return owner, words.T("publish.funders", "Funders", paid)
}

// line is wording on one line, in the composed form that fonts and short
// messages need.
func line(s string) string { return strings.Join(strings.Fields(viet.NFC(Plain(s))), " ") }

// repeats reports whether a headline says what the claim says, and so would
// put the claim where the correction belongs.
func repeats(title, claim string) bool {
	bare := func(s string) string {
		var words []string
		for _, token := range viet.Tokens(s) {
			words = append(words, token.Folded)
		}
		return strings.Join(words, " ")
	}
	t, c := bare(title), bare(claim)
	return t == "" || c != "" && (strings.Contains(c, t) || strings.Contains(t, c))
}

// sentence begins with a capital.
func sentence(s string) string {
	_, n := utf8.DecodeRuneInString(s)
	return strings.ToUpper(s[:n]) + s[n:]
}

// Short is the address without its scheme, as it is written by hand.
func (f Finding) Short() string {
	_, rest, ok := strings.Cut(f.Address, "://")
	if !ok {
		return f.Address
	}
	return rest
}

// SheetSource is a source as the printed sheet names it.
type SheetSource struct{ Title, From string }

// SheetSources are the sources that a printed sheet has room for, those that
// decided first: against a claim that is not so, for one that is; left is how
// many stand on the check's page alone.
func SheetSources(words *lang.Words, v desk.Version) (shown []SheetSource, left int) {
	const room = 4
	first := desk.Against
	if v.Verdict == desk.True || v.Verdict == desk.MostlyTrue {
		first = desk.For
	}
	for _, deciding := range []bool{true, false} {
		for _, e := range v.Evidence {
			if (e.Stance == first) != deciding {
				continue
			}
			if len(shown) == room {
				left++
				continue
			}
			s := SheetSource{Title: line(e.Title), From: line(e.Publisher)}
			if s.Title == "" {
				s.Title = line(e.URL)
			}
			if e.Dated != 0 {
				s.From = strings.TrimPrefix(s.From+", "+words.Date(e.Dated), ", ")
			}
			shown = append(shown, s)
		}
	}
	return shown, left
}
