package viet

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// TokenKind says what a token is.
type TokenKind uint8

// The kinds. Punctuation, emoji and other symbols are no tokens.
const (
	// Word is a syllable, or a word of another language.
	Word TokenKind = iota
	// Number is digits with their separators; its Folded form has no thousands
	// separators and a decimal point.
	Number
	// Hashtag and Handle are the word after # and @.
	Hashtag
	Handle
	// Link is a web address, with or without its scheme. See LinkWords.
	Link
	// Placeholder is a mark such as "[phone]" that package redact leaves.
	Placeholder
)

var kindNames = [...]string{"word", "number", "hashtag", "handle", "link", "placeholder"}

// String names the kind in English.
func (k TokenKind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "unknown"
}

// A Token is one unit of a text.
type Token struct {
	// Text is the canonical lower-case form, without the sign of a hashtag,
	// handle or placeholder.
	Text string
	// Folded is Text without diacritics; in words, also without apostrophes
	// and the English possessive.
	Folded string
	// Start and End are byte offsets into the string given to Tokens. They
	// include signs. Tokens never overlap unless they share both offsets, which
	// happens where one character stands for several words.
	Start, End int
	Kind       TokenKind
}

// Tokens cuts s into tokens, in order. s may be anything; the offsets refer to
// s as it is given. Scripts that are written without spaces (Han, kana, Thai,
// Lao, Khmer, Burmese) give one token a character with its marks.
func Tokens(s string) []Token {
	c := cutter{s: s}
	if s != "" {
		c.tokens = make([]Token, 0, len(s)/5+1)
	}
	for i := 0; i < len(s); {
		i = c.next(i)
	}
	return c.tokens
}

// A cutter is one run of Tokens.
type cutter struct {
	s      string
	tokens []Token
	// made holds the text of tokens that are not substrings of s. What a
	// Builder has handed out stays as it was while more is appended.
	made strings.Builder
}

// next handles what starts at byte i and returns where to go on.
func (c *cutter) next(i int) int {
	switch b := c.s[i]; {
	case b == '[':
		if end := placeholderEnd(c.s, i); end > 0 {
			t := c.s[i+1 : end-1]
			c.add(Token{Text: t, Folded: t, Start: i, End: end, Kind: Placeholder})
			return end
		}
		return i + 1
	case b == '#' || b == '@':
		return c.tag(i)
	case b < utf8.RuneSelf && !latin[b].is(flagLetter|flagDigit):
		return i + 1
	}
	r, n := utf8.DecodeRuneInString(c.s[i:])
	switch sort := sortOf(r); sort {
	case other, part:
		return i + n
	case single:
		end := i + n
		for end < len(c.s) {
			r, n := utf8.DecodeRuneInString(c.s[end:])
			if sortOf(r) != part {
				break
			}
			end += n
		}
		c.word(i, end, Word)
		return end
	}
	if end := linkEnd(c.s, i); end > 0 {
		c.link(i, end)
		return end
	}
	end := c.runEnd(i)
	c.run(i, end)
	return end
}

// A sort is the role of a character in words.
type sort uint8

const (
	other  sort = iota
	letter      // joins with its neighbours into a word
	digit
	part   // a mark or an invisible character: goes with what is before it
	single // a word of its own
)

func sortOf(r rune) sort {
	if e, ok := entry(r); ok {
		switch {
		case e.is(flagDigit):
			return digit
		case e.is(flagLetter):
			return letter
		case r == 0xAD:
			return part
		}
		return other
	}
	switch {
	case r >= 0x300 && r < 0x370:
		return part
	case r == utf8.RuneError:
		return other
	case unicode.Is(unicode.M, r), dropped(r):
		return part
	case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar):
		if unicode.IsLetter(r) {
			return single
		}
	case unicode.IsLetter(r):
		return letter
	}
	switch plain := digitOf(unstyled(r)); {
	case plain >= '0' && plain <= '9':
		return digit
	case plain != r:
		return letter
	case r >= 0x2460 && r <= 0x2468: // ① has a digit in NFKC
		return digit
	case r >= 0x24B6 && r <= 0x24E9, r >= 0x1F130 && r <= 0x1F149: // Ⓐ ⓐ 🄰
		return letter
	}
	return other
}

// runEnd returns the end of the run of letters and digits at i, with the
// separators inside numbers and the apostrophes inside words.
func (c *cutter) runEnd(i int) int {
	s := c.s
	for i < len(s) {
		b := s[i]
		if b < utf8.RuneSelf {
			if latin[b].is(flagLetter | flagDigit) {
				i++
				continue
			}
			if (b == '.' || b == ',') && i+1 < len(s) && isDigit(s[i-1]) && isDigit(s[i+1]) {
				i++
				continue
			}
			if b == '\'' && i+1 < len(s) && isLetter(s[i-1]) && isLetter(s[i+1]) {
				i++
				continue
			}
			return i
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == '’' && i+n < len(s) && isLetter(s[i-1]) && isLetter(s[i+n]) {
			i += n
			continue
		}
		if k := sortOf(r); k == other || k == single {
			return i
		}
		i += n
	}
	return i
}

func isDigit(b byte) bool  { return b >= '0' && b <= '9' }
func isLetter(b byte) bool { return latin[b&0x7F].is(flagLetter) && b < utf8.RuneSelf }

// run adds the tokens of one run of letters and digits.
func (c *cutter) run(start, end int) {
	s := c.s[start:end]
	split := strings.IndexFunc(s, func(r rune) bool { return sortOf(r) == letter })
	switch {
	case split < 0:
		c.word(start, end, Number)
	case split > 0 && (unit(s[split:]) || strings.ContainsAny(s[:split], ".,")):
		c.word(start, start+split, Number)
		c.run(start+split, end)
	default:
		if n := numberTail(s); n > 0 {
			c.word(start, end-n, Word)
			c.word(end-n, end, Number)
			return
		}
		c.word(start, end, Word)
	}
}

// numberTail returns how many bytes of digits to cut off a name such as
// "covid19". Words of VNI keep their digits, which are letters there.
func numberTail(s string) int {
	n := 0
	for n < len(s) && isDigit(s[len(s)-1-n]) {
		n++
	}
	if n == 0 || len(s)-n < 3 {
		return 0
	}
	for i := range len(s) - n {
		if !isLetter(s[i]) {
			return 0
		}
	}
	if _, vni := ReadVNI(s); vni {
		return 0
	}
	return n
}

// unit reports whether s is a measure that people write against its number,
// or an hour and its minutes (19h30).
func unit(s string) bool {
	if len(s) > 12 {
		return false
	}
	switch Lower(s) {
	case "km", "kg", "m", "cm", "mm", "ha", "ml", "l", "mg", "h", "p", "tr", "k", "đ", "d", "vnđ", "vnd", "usd",
		"tỷ", "ty", "tỉ", "ti", "triệu", "trieu", "ca", "người", "nguoi", "năm", "nam", "ngày", "ngay", "tuổi", "tuoi", "gb", "mb", "kw", "kwh":
		return true
	}
	return (s[0] == 'h' || s[0] == 'H') && len(s) > 1 && isDigit(s[1])
}

// tag adds the hashtag or handle that may start at i.
func (c *cutter) tag(i int) int {
	kind := Hashtag
	if c.s[i] == '@' {
		kind = Handle
	}
	end, letters := i+1, false
	for end < len(c.s) {
		r, n := utf8.DecodeRuneInString(c.s[end:])
		k := sortOf(r)
		inner := r == '.' && kind == Handle && end+1 < len(c.s) && isLetter(c.s[end+1])
		if k == other && r != '_' && !inner {
			break
		}
		letters = letters || k == letter || k == single
		end += n
	}
	if !letters {
		return i + 1
	}
	c.addText(i+1, end, i, end, kind)
	return end
}

// word adds the token between two offsets.
func (c *cutter) word(start, end int, kind TokenKind) {
	c.addText(start, end, start, end, kind)
}

// addText adds the token that spans from start to end and reads as the bytes
// between from and to.
func (c *cutter) addText(from, to, start, end int, kind TokenKind) {
	raw := c.s[from:to]
	t := Token{Text: raw, Folded: raw, Start: start, End: end, Kind: kind}
	if kind == Word || kind == Handle || kind == Hashtag {
		if simple(raw) {
			c.add(t)
			return
		}
	}
	t.Text = c.keep(raw, Lower)
	if kind == Word && strings.ContainsAny(t.Text, " ⁄'’") {
		c.words(t)
		return
	}
	if kind == Number {
		t.Folded = number(t.Text)
	} else {
		t.Folded = c.folded(t.Text)
	}
	if t.Text != "" && t.Folded != "" {
		c.add(t)
	}
}

// keep returns form(raw) as a part of raw or of the shared buffer.
func (c *cutter) keep(raw string, form func(string) string) string {
	text := form(raw)
	return text
}

func (c *cutter) folded(text string) string { return FoldWord(text) }

// words adds the several words, or the word with an apostrophe, that one run
// became.
func (c *cutter) words(t Token) {
	text := strings.ReplaceAll(t.Text, "’", "'")
	for _, w := range strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == '⁄' }) {
		part := t
		part.Text = w
		w = strings.TrimSuffix(w, "'s")
		part.Folded = FoldWord(strings.ReplaceAll(w, "'", ""))
		if part.Folded != "" {
			c.add(part)
		}
	}
}

func (c *cutter) add(t Token) { c.tokens = append(c.tokens, t) }

// simple reports whether a word is lower-case ASCII letters and digits.
func simple(w string) bool {
	for i := 0; i < len(w); i++ {
		if b := w[i]; !(b >= 'a' && b <= 'z' || b >= '0' && b <= '9') {
			return false
		}
	}
	return true
}

// number takes the thousands separators out of a number and makes a decimal
// comma a point. A separator is for thousands when every group after the first
// has three digits; "1.234" is read the Vietnamese way.
func number(text string) string {
	sep := strings.IndexAny(text, ".,")
	if sep < 0 {
		return text
	}
	if sep > 3 || sep == 0 {
		return strings.ReplaceAll(text, ",", ".")
	}
	groups := strings.Split(text, text[sep:sep+1])
	for i, g := range groups[1:] {
		last := i == len(groups)-2
		if len(g) == 3 && !strings.ContainsAny(g, ".,") {
			continue
		}
		if last && i > 0 && len(g) > 4 && (g[3] == '.' || g[3] == ',') {
			groups[i+1] = g[:3] + "." + g[4:]
			continue
		}
		return strings.ReplaceAll(text, ",", ".")
	}
	return strings.Join(groups, "")
}

// placeholderEnd returns the end of "[word]" at i, or 0.
func placeholderEnd(s string, i int) int {
	for j := i + 1; j < len(s) && j-i < 16; j++ {
		if s[j] == ']' && j > i+1 {
			return j + 1
		}
		if s[j] < 'a' || s[j] > 'z' {
			break
		}
	}
	return 0
}
