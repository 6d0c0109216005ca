package match

import (
	"cmp"
	"slices"
	"strings"

	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/arabic"
	"github.com/blevesearch/snowballstem/danish"
	"github.com/blevesearch/snowballstem/dutch"
	"github.com/blevesearch/snowballstem/finnish"
	"github.com/blevesearch/snowballstem/french"
	"github.com/blevesearch/snowballstem/german"
	"github.com/blevesearch/snowballstem/hungarian"
	"github.com/blevesearch/snowballstem/irish"
	"github.com/blevesearch/snowballstem/italian"
	"github.com/blevesearch/snowballstem/norwegian"
	"github.com/blevesearch/snowballstem/portuguese"
	"github.com/blevesearch/snowballstem/romanian"
	"github.com/blevesearch/snowballstem/russian"
	"github.com/blevesearch/snowballstem/spanish"
	"github.com/blevesearch/snowballstem/swedish"
	"github.com/blevesearch/snowballstem/tamil"
	"github.com/blevesearch/snowballstem/turkish"

	"sangto/viet"
)

// A language is one whose words have a stemmer of their own. The zero value,
// plain, is how every other text is read: Vietnamese syllables as they are, the
// rest by the English stemmer. Snapshots hold these numbers.
type language uint8

const (
	plain language = iota
	inArabic
	inDanish
	inDutch
	inFinnish
	inFrench
	inGerman
	inHungarian
	inIrish
	inItalian
	inNorwegian
	inPortuguese
	inRomanian
	inRussian
	inSpanish
	inSwedish
	inTamil
	inTurkish
	languages
)

// slotsMax is in how many ways a word of a message is looked up: as plain text,
// and in each of the languages of which the index holds most documents. It
// bounds what a message costs in an index of many languages; documents of
// further ones are found by the words that no stemmer changes.
const slotsMax = 1 + 8

// languageOf reads a BCP 47 tag (RFC 5646), of which the primary subtag alone
// decides. Tags are compared without regard to case; anything unknown is plain.
func languageOf(tag string) language {
	if end := strings.IndexAny(tag, "-_"); end >= 0 {
		tag = tag[:end]
	}
	if len(tag) != 2 {
		return plain
	}
	switch strings.ToLower(tag) {
	case "ar":
		return inArabic
	case "da":
		return inDanish
	case "nl":
		return inDutch
	case "fi":
		return inFinnish
	case "fr":
		return inFrench
	case "de":
		return inGerman
	case "hu":
		return inHungarian
	case "ga":
		return inIrish
	case "it":
		return inItalian
	case "no", "nb", "nn":
		return inNorwegian
	case "pt":
		return inPortuguese
	case "ro":
		return inRomanian
	case "ru":
		return inRussian
	case "es":
		return inSpanish
	case "sv":
		return inSwedish
	case "ta":
		return inTamil
	case "tr":
		return inTurkish
	}
	return plain
}

// stemmer is the Snowball algorithm of a language, nil for plain.
func (l language) stemmer() func(*snowballstem.Env) bool {
	return [languages]func(*snowballstem.Env) bool{
		inArabic: arabic.Stem, inDanish: danish.Stem, inDutch: dutch.Stem, inFinnish: finnish.Stem,
		inFrench: french.Stem, inGerman: german.Stem, inHungarian: hungarian.Stem, inIrish: irish.Stem,
		inItalian: italian.Stem, inNorwegian: norwegian.Stem, inPortuguese: portuguese.Stem,
		inRomanian: romanian.Stem, inRussian: russian.Stem, inSpanish: spanish.Stem,
		inSwedish: swedish.Stem, inTamil: tamil.Stem, inTurkish: turkish.Stem,
	}[l]
}

// bare takes off what an apostrophe joins to a word and no stemmer knows of:
// the articles of French and Italian before it, and what follows it in others,
// such as Turkish endings of names.
func (l language) bare(w string) string {
	at := strings.IndexByte(w, '\'')
	switch {
	case at < 0, l == inIrish: // whose stemmer knows its prefixes
		return w
	case l == inFrench || l == inItalian:
		return strings.ReplaceAll(w[at+1:], "'", "")
	}
	return w[:at]
}

// stemIn returns what a word is looked up by in a language other than plain.
// The stemmer sees lower, the canonical lower-case form with its accents, as the
// algorithms expect; the stem is then folded like every other word, so that
// names and loans are one word in all languages.
func (r *reader) stemIn(l language, lower, folded string) string {
	if len(lower) > 2*wordMaxLen {
		return folded
	}
	r.env.SetCurrent(l.bare(lower))
	l.stemmer()(r.env)
	s := viet.FoldWord(r.env.Current())
	if s == "" || len(s) > 2*wordMaxLen {
		return folded
	}
	return strings.Clone(s)
}

// lookup returns what a word of the reader's language is looked up by. lower is
// its canonical lower-case form.
func (r *reader) lookup(lower, folded string) string {
	if r.lang == plain {
		return r.stem(folded)
	}
	if r.stems == nil {
		return r.stemIn(r.lang, lower, folded)
	}
	known := r.foreign[r.lang]
	if s, ok := known[lower]; ok {
		return s
	}
	if known == nil || len(known) >= stemsKept {
		known = map[string]string{}
		r.foreign[r.lang] = known
	}
	s := r.stemIn(r.lang, lower, folded)
	known[strings.Clone(lower)] = s
	return s
}

// spokenIn lists the languages that messages are read in beside plain: those of
// most live documents, at most slotsMax-1.
func spokenIn(parts []part) []language {
	var n [languages]int
	for i := range parts {
		for l, docs := range parts[i].langs {
			n[l] += int(docs)
		}
	}
	var out []language
	for l := plain + 1; l < languages; l++ {
		if n[l] > 0 {
			out = append(out, l)
		}
	}
	slices.SortStableFunc(out, func(a, b language) int { return cmp.Compare(n[b], n[a]) })
	return out[:min(len(out), slotsMax-1)]
}
