package publish

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"sangto/internal/desk"
	"sangto/internal/lang"
	"sangto/internal/speech"
)

// The length of a read-aloud text, in seconds. A text is filled up to Longest
// with what else is worth saying, and gives up the claim's own words before it
// goes beyond.
const (
	AloudShortest = 30
	AloudLongest  = 60
)

// NoAloud says why there is no read-aloud text of a check.
type NoAloud string

// The reasons. A claim about public power is none for a loudspeaker, which is
// the power's own, and of an imported check nobody here has said whether it is
// about power.
const (
	AloudOffered  NoAloud = ""
	AloudPower    NoAloud = "power"
	AloudImported NoAloud = "imported"
	AloudHidden   NoAloud = "hidden"
	AloudTongue   NoAloud = "language"
)

// AloudRefused says why a version of a check has no read-aloud text, or
// AloudOffered.
func AloudRefused(s *speech.Speech, c desk.Check, v desk.Version) NoAloud {
	switch {
	case c.Imported():
		return AloudImported
	case v.IsHidden() || v.Erased:
		return AloudHidden
	case v.AboutPower || v.NotRatedKind == desk.NotIndependent:
		return AloudPower
	case !s.Speaks(c.Lang):
		return AloudTongue
	}
	return AloudOffered
}

// Aloud is a text to be read out, and how long that takes.
type Aloud struct {
	// Tag is the language of the text, the check's own.
	Tag     string
	Text    string
	Seconds int
}

// NewAloud writes the text of a finding that is offered; words and f are in the
// language of the check, toDo is its Markdown. The truth comes first and the
// claim behind it, numbers and short forms are written out. What goes on, if
// there is time: who pays for the desk, the headline, what one can do, and the
// truth once more.
func NewAloud(s *speech.Speech, words *lang.Words, f Finding, toDo string) Aloud {
	w := script{speech: s, tag: words.Tag()}
	w.set(saysTruth, f.Truth)
	// A claim is not read out where no finding stands beside it.
	claim := f.Claim
	if f.Gone {
		claim = ""
	}
	w.set(saysFinding, verdictLine(words, f, claim))
	w.set(saysDesk, words.T("share.say.desk", "Desk", f.Desk, "Dated", lower(f.Dated)), f.Owner)
	w.set(saysFixed, f.Fixed)
	if w.seconds() > AloudLongest {
		w.set(saysFinding, verdictLine(words, f, ""))
	}
	if !w.add(saysDesk, f.Funders) {
		w.add(saysDesk, words.T("share.say.funders"))
	}
	if f.Title != f.Truth {
		w.add(saysTitle, f.Title)
	}
	for item := range strings.SplitSeq(toDo, "\n") {
		if item = plainItem(item); f.Gone || item != "" && !w.add(saysToDo, item) {
			break
		}
	}
	if w.seconds() < AloudShortest {
		w.add(saysAgain, words.T("share.say.again", "Truth", f.Truth))
	}
	return Aloud{Tag: w.tag, Text: w.text(), Seconds: w.seconds()}
}

// verdictLine says the finding, and of which sentence.
func verdictLine(words *lang.Words, f Finding, claim string) string {
	verdict := lower(f.Verdict)
	if f.Beside != "" {
		verdict += ", " + lower(f.Beside)
	}
	if claim == "" {
		return words.T("share.say.verdict", "Verdict", verdict)
	}
	return words.T("share.say.claim", "Claim", strings.TrimRight(claim, ". "), "Verdict", verdict)
}

// lower begins without a capital.
func lower(s string) string {
	_, n := utf8.DecodeRuneInString(s)
	return strings.ToLower(s[:n]) + s[n:]
}

// The places of a script, in the order in which they are read.
const (
	saysTitle = iota
	saysTruth
	saysFinding
	saysToDo
	saysAgain
	saysDesk
	saysFixed
	scriptPlaces
)

// script is a text in the making: sentences by place, each on its own line.
type script struct {
	speech *speech.Speech
	tag    string
	places [scriptPlaces][]string
}

func (s *script) spell(text string) string {
	said := strings.TrimSpace(s.speech.Spell(s.tag, text))
	if said != "" && !strings.ContainsAny(said[len(said)-1:], ".!?") {
		said += "."
	}
	return sentence(said)
}

// set fills a place, however long that makes the script.
func (s *script) set(place int, sentences ...string) {
	s.places[place] = nil
	for _, text := range sentences {
		if text = s.spell(text); text != "" {
			s.places[place] = append(s.places[place], text)
		}
	}
}

// add puts a sentence at the end of a place if the script stays within its
// length.
func (s *script) add(place int, text string) bool {
	text = s.spell(text)
	if text == "" || s.seconds()+s.speech.Seconds(s.tag, text) > AloudLongest {
		return false
	}
	s.places[place] = append(s.places[place], text)
	return true
}

func (s *script) seconds() int { return s.speech.Seconds(s.tag, s.text()) }

func (s *script) text() string { return strings.Join(slices.Concat(s.places[:]...), "\n") }

// markdownLink is a link or a picture, of which the words are read.
var markdownLink = regexp.MustCompile(`!?\[([^\]]*)\]\([^)]*\)`)

// plainItem is a line of Markdown without its marks.
func plainItem(item string) string {
	item = strings.TrimLeft(line(item), "-*#> ")
	item = strings.NewReplacer("**", "", "__", "", "`", "").Replace(item)
	return markdownLink.ReplaceAllString(item, "$1")
}
