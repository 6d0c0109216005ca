package web

import (
	"html/template"
	"regexp"
	"slices"
	"strings"

	"sangto/internal/catalog"
	"sangto/internal/desk"
	"sangto/internal/lang"
	"sangto/internal/publish"
)

// stamp shows a verdict: a sign, which is also the class of its colours, and
// words. By says whose words they are where they are not ours.
type stamp struct{ Sign, Label, Lang, By string }

// card is a check in a list, as an answer or as a candidate.
type card struct {
	*lang.Words
	Stamp     stamp
	Href      string
	Lang      string
	Title     string
	Claim     []publish.Segment
	Summary   string
	Dated     string
	DeskName  string
	DeskLang  string
	OwnerLine ownerLine
	// Differs are sentences that say what the message states differently.
	Differs []string
}

// languageTag is the shape of a tag that a lang attribute may carry.
var languageTag = regexp.MustCompile(`^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$`)

// passage returns the lang attribute of wording in language tag on a page in
// words' language: empty if it is the page's own or not known.
func passage(words *lang.Words, tag string) string {
	if tag == words.Tag() || !languageTag.MatchString(tag) {
		return ""
	}
	return tag
}

// newCard shows the version v of an entry. terms are the folded words to mark
// in the claim.
func newCard(words *lang.Words, e catalog.Entry, v desk.Version, terms []string) card {
	c := card{
		Words: words, Stamp: newStamp(words, e, v), Lang: passage(words, e.Check.Lang),
		Href:  href(words.Tag(), checkPath(e.Check.ID, title(v))),
		Title: publish.Plain(title(v)), DeskName: publish.Plain(e.Desk.Name), DeskLang: passage(words, e.Desk.Lang),
	}
	if v.Published != 0 {
		c.Dated = words.T(datedKey(v.Act), "Date", words.Date(v.Published))
	}
	c.OwnerLine = newOwnerLine(words, e.Desk)
	if wordless := v.Claim == "" && !e.Check.Imported(); wordless {
		c.Title, c.Lang = words.T("check.wordless_title"), ""
		return c
	}
	if v.LinkOnly {
		c.Title, c.Lang = words.T("check.link_only_title", "Desk", c.DeskName), ""
		return c
	}
	c.Summary = publish.Plain(v.Summary)
	if v.Claim != "" {
		c.Claim = publish.Mark(publish.Plain(v.Claim), terms)
	}
	return c
}

func datedKey(a desk.Act) string {
	switch a {
	case desk.Correct:
		return "check.corrected"
	case desk.Withdraw:
		return "check.withdrawn_on"
	}
	return "check.published"
}

// title is the headline of a version, or its claim if it has none, as many
// imported checks do.
func title(v desk.Version) string {
	switch {
	case v.LinkOnly:
		return ""
	case strings.TrimSpace(v.Title) == "":
		return v.Claim
	}
	return v.Title
}

// checkPath is the lasting address of a check with its readable end.
func checkPath(id, title string) string {
	path := "/c/" + id
	if slug := publish.Slug(title); slug != "" && !slices.Contains(ends(), slug) {
		path += "/" + slug
	}
	return path
}

func newStamp(words *lang.Words, e catalog.Entry, v desk.Version) stamp {
	st := stamp{Label: publish.Label(words, publish.Piece{Check: e.Check, Desk: e.Desk, Version: v})}
	switch {
	case v.IsHidden() || v.Withdrawn():
		st.Sign = "withdrawn"
	case e.Check.Imported() && (v.NoVerdictRating || strings.TrimSpace(v.Rating) == ""):
		st.Sign = "read"
	case e.Check.Imported():
		st.Sign, st.Lang = "rating", passage(words, e.Check.Lang)
		st.By = words.T("check.rating_by", "Desk", publish.Plain(e.Desk.Name))
	case v.Verdict == desk.NotRated || !v.Verdict.Valid():
		st.Sign = string(desk.NotRated)
	default:
		st.Sign = string(v.Verdict)
	}
	return st
}

// ownerLine says who owns a desk: our sentence around a name in its own
// language.
type ownerLine struct{ Before, Name, Lang, After string }

func newOwnerLine(words *lang.Words, d desk.Desk) ownerLine {
	name, tag := owner(words, d)
	if name == "" {
		return ownerLine{Before: words.T("check.owner_undeclared")}
	}
	l := words.L("check.owner_of", "Owner", name)
	return ownerLine{Before: l.Before, Name: l.Link, Lang: tag, After: l.After}
}

// owner is the declared owner and the language it is in, or the kind of owner,
// or "".
func owner(words *lang.Words, d desk.Desk) (name, tag string) {
	switch {
	case strings.TrimSpace(d.Owner) != "":
		return publish.Plain(d.Owner), passage(words, d.Lang)
	case d.OwnerKind != desk.OwnerUnknown:
		return words.Owner(d.OwnerKind), ""
	}
	return "", ""
}

func cards(words *lang.Words, entries []catalog.Entry) []card {
	out := make([]card, 0, len(entries))
	for _, e := range entries {
		out = append(out, newCard(words, e, e.Version, nil))
	}
	return out
}

// word is a run of a person's masked words: text, or the label of what was
// taken out.
type word struct{ Text, Chip string }

// placeholder is what redact leaves.
var placeholder = regexp.MustCompile(`\[(phone|email|id|account|number|handle|profile|sender|plate)\]`)

// masked cuts redacted text at its placeholders.
func masked(words *lang.Words, text string) []word {
	text = publish.Plain(text)
	var out []word
	done := 0
	for _, at := range placeholder.FindAllStringSubmatchIndex(text, -1) {
		if at[0] > done {
			out = append(out, word{Text: text[done:at[0]]})
		}
		out = append(out, word{Chip: words.Placeholder(text[at[2]:at[3]])})
		done = at[1]
	}
	if done < len(text) {
		out = append(out, word{Text: text[done:]})
	}
	return out
}

// askedView shows what was understood of a message.
type askedView struct {
	*lang.Words
	Start  string
	Text   []word
	Masked []string
}

// evidenceGroup is the evidence of one stance.
type evidenceGroup struct {
	Stance  string
	Heading string
	Items   []evidenceView
}

type evidenceView struct {
	URL, Title, Publisher, Quote, ArchiveURL, Hash string
	// Copy leads to what this source said that day, empty where no copy of
	// ours exists.
	Copy  string
	Notes []string
}

// evidenceOf groups sources by stance; copyOf says where the copy of the one at a
// position is shown.
func evidenceOf(words *lang.Words, all []desk.Evidence, copyOf func(position int) string) []evidenceGroup {
	var out []evidenceGroup
	for _, group := range []struct {
		stance desk.Stance
		key    string
	}{
		{desk.For, "check.evidence_for"},
		{desk.Against, "check.evidence_against"},
		{desk.Context, "check.evidence_context"},
	} {
		g := evidenceGroup{Stance: string(group.stance), Heading: words.T(group.key)}
		for _, e := range all {
			if e.Stance == group.stance {
				item := newEvidence(words, e)
				item.Copy = copyOf(e.Position)
				g.Items = append(g.Items, item)
			}
		}
		if len(g.Items) > 0 {
			out = append(out, g)
		}
	}
	return out
}

func newEvidence(words *lang.Words, e desk.Evidence) evidenceView {
	v := evidenceView{
		Title: publish.Plain(e.Title), Publisher: publish.Plain(e.Publisher), Quote: publish.Plain(e.Quote),
	}
	if desk.WebAddress(e.URL) {
		v.URL = e.URL
	}
	if v.Title == "" {
		v.Title = publish.Plain(e.URL)
	}
	if desk.WebAddress(e.ArchiveURL) {
		v.ArchiveURL = e.ArchiveURL
	}
	if e.Dated != 0 {
		v.Notes = append(v.Notes, words.T("check.evidence_dated", "Date", words.Date(e.Dated)))
	}
	if e.Locator != "" {
		v.Notes = append(v.Notes, words.T("check.evidence_at", "Where", publish.Plain(e.Locator)))
	}
	if e.Archived != 0 {
		v.Notes = append(v.Notes, words.T("check.evidence_archived", "Date", words.Date(e.Archived)))
	}
	if e.SHA256 != "" {
		v.Hash = words.T("check.evidence_hash", "Hash", publish.Plain(e.SHA256))
	}
	return v
}

// markdown renders wording of a desk, nothing for nothing.
func markdown(s string) template.HTML {
	if strings.TrimSpace(s) == "" {
		return ""
	}
	return publish.HTML(s)
}
