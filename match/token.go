package match

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/english"

	"sangto/viet"
)

// A word of a text as the matcher sees it.
type word struct {
	// folded is the word in lower case without diacritics, stem what is looked
	// up: the same for a Vietnamese syllable, an English stem otherwise.
	folded, stem string
	// accent tells apart the accented forms that fold alike; 0 is a form
	// without diacritics.
	accent uint8
	// capital and number are what they say.
	capital, number bool
	// opens marks the first word after a full stop, a line break or the like.
	opens bool
	// typed is the canonical lower-case form, what Telex, VNI and chat
	// spellings are read from. Empty for the parts of hashtags and handles.
	typed string
}

const (
	wordBits    = 23
	accentBits  = 7
	accentShift = wordBits
	capitalBit  = 1 << (wordBits + accentBits)
	numberBit   = 1 << (wordBits + accentBits + 1)
	wordMask    = 1<<wordBits - 1
	accentMask  = 1<<accentBits - 1
)

// wordMaxLen bounds a word, in bytes: nothing longer is one, and a run of
// letters pasted by accident must not grow the vocabulary.
const wordMaxLen = 48

// A reader turns texts into words. The one that reads documents remembers
// stems, because the same words come again and again; the one that reads
// messages must not remember anything. It is not safe for concurrent use.
type reader struct {
	stems map[string]string // nil: remember nothing
	env   *snowballstem.Env
	// lang is the language of the text, foreign what stems remembers for plain.
	lang    language
	foreign [languages]map[string]string
}

func newReader(remember bool) *reader {
	r := &reader{env: snowballstem.NewEnv("")}
	if remember {
		r.stems = map[string]string{}
	}
	return r
}

// stemsKept bounds a reader's memory of stems.
const stemsKept = 1 << 16

// stem returns what folded is looked up by in plain text. Vietnamese syllables are never
// stemmed; telling them by their shape and not by the language of the text
// keeps one name for a word in every document and in every message.
func (r *reader) stem(folded string) string {
	if s, ok := r.stems[folded]; ok {
		return s
	}
	s := folded
	if len(folded) > 2 && isASCIILetters(folded) && !viet.Syllable(folded) {
		r.env.SetCurrent(folded)
		english.Stem(r.env)
		s = strings.Clone(r.env.Current())
	}
	if r.stems == nil {
		return s
	}
	if len(r.stems) >= stemsKept {
		clear(r.stems)
	}
	r.stems[strings.Clone(folded)] = s
	return s
}

func isASCIILetters(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && c != '\'' {
			return false
		}
	}
	return true
}

// read appends the words of text to dst. Links are skipped, unless the text
// holds nothing else: then the words of their path are what there is to go by.
func (r *reader) read(dst []word, text string) []word {
	before := len(dst)
	tokens := viet.Tokens(text)
	for i, end := 0, 0; i < len(tokens); i++ {
		n := len(dst)
		dst = r.token(dst, text, &tokens[i])
		if len(dst) > n {
			dst[n].opens = endsSentence(text[end:max(end, tokens[i].Start)])
			end = tokens[i].End
		}
	}
	if len(dst) > before {
		return dst
	}
	for i := range tokens {
		if tokens[i].Kind == viet.Link {
			dst = r.link(dst, tokens[i].Text)
		}
	}
	return dst
}

// endsSentence reports whether what lies between two words parts them.
func endsSentence(gap string) bool { return strings.ContainsAny(gap, ".!?…;\n\r。！？") }

func (r *reader) token(dst []word, text string, t *viet.Token) []word {
	switch t.Kind {
	case viet.Word:
		if len(t.Folded) == 0 || len(t.Folded) > wordMaxLen {
			return dst
		}
		first, _ := utf8.DecodeRuneInString(text[t.Start:])
		return append(dst, word{
			folded: t.Folded, stem: r.lookup(t.Text, t.Folded), typed: t.Text,
			accent: accentOf(t.Text, t.Folded), capital: unicode.IsUpper(first),
		})
	case viet.Number:
		if len(t.Folded) == 0 || len(t.Folded) > wordMaxLen {
			return dst
		}
		return append(dst, word{folded: t.Folded, stem: t.Folded, number: true})
	case viet.Hashtag, viet.Handle:
		return r.split(dst, text[t.Start:t.End])
	}
	return dst
}

// split appends the words of a hashtag or a handle.
func (r *reader) split(dst []word, tag string) []word {
	for _, w := range viet.SplitHashtag(strings.TrimLeft(tag, "#@＃＠")) {
		lower, folded := viet.Lower(w), viet.Fold(w)
		if folded == "" || len(folded) > wordMaxLen {
			continue
		}
		dst = append(dst, word{
			folded: folded, stem: r.lookup(lower, folded), accent: accentOf(lower, folded),
			capital: true, number: folded[0] >= '0' && folded[0] <= '9',
		})
	}
	return dst
}

// link appends the words of a link's path: an address often carries the
// headline.
func (r *reader) link(dst []word, link string) []word {
	for _, w := range viet.LinkWords(link) {
		if folded := viet.FoldWord(w); folded != "" && len(folded) <= wordMaxLen {
			dst = append(dst, word{folded: folded, stem: r.lookup(w, folded), number: folded[0] >= '0' && folded[0] <= '9'})
		}
	}
	return dst
}

// accentOf is a small non-zero mark of an accented form, 0 for a plain one.
// Different forms share a mark about once in 127 times, which a light view can
// bear.
func accentOf(text, folded string) uint8 {
	if text == folded {
		return 0
	}
	return uint8(1 + hashString(text)%accentMask)
}
