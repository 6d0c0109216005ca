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
	if s == "" {
		return nil
	}
	return AppendTokens(make([]Token, 0, len(s)/5+1), s)
}

// AppendTokens appends the tokens of s to dst, for callers that go through many
// texts and can use one slice for all.
func AppendTokens(dst []Token, s string) []Token {
	c := cutter{s: s, tokens: dst}
	for i := 0; i < len(s); {
		i = c.next(i)
	}
	return c.tokens
}

// A cutter is one run of AppendTokens.
type cutter struct {
	s      string
	tokens []Token
	// made holds the text of tokens that are not substrings of s. What a
	// Builder has handed out stays as it was while more is appended.
	made strings.Builder
}

// next handles what starts at byte i and returns where to go on.
func (c *cutter) next(i int) int {
	b := c.s[i]
	if b < utf8.RuneSelf {
		switch {
		case latin[b].is(flagLetter | flagDigit):
			return c.run(i)
		case b == '[':
			return c.placeholder(i)
		case b == '#':
			return c.tag(i, Hashtag)
		case b == '@':
			return c.tag(i, Handle)
		}
		return i + 1
	}
	r, n := utf8.DecodeRuneInString(c.s[i:])
	switch sortOf(r) {
	case letter, digit:
		return c.run(i)
	case single:
		return c.character(i, i+n)
	}
	return i + n
}

// placeholder adds the mark that may start at i.
func (c *cutter) placeholder(i int) int {
	end := placeholderEnd(c.s, i)
	if end == 0 {
		return i + 1
	}
	t := c.s[i+1 : end-1]
	c.tokens = append(c.tokens, Token{Text: t, Folded: t, Start: i, End: end, Kind: Placeholder})
	return end
}

// character adds a token of one character and its marks.
func (c *cutter) character(start, end int) int {
	for end < len(c.s) {
		r, n := utf8.DecodeRuneInString(c.s[end:])
		if sortOf(r) != part {
			break
		}
		end += n
	}
	c.add(start, end, Word, 0)
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

// What a run of letters and digits was seen to hold.
const (
	sawLetter = 1 << iota
	sawDigit
	sawUpper
	sawBeyond // a character that is not ASCII
	sawSeparator
	sawApostrophe
)

// runEnd returns the end of the run of letters and digits at i, with the
// separators inside numbers and the apostrophes inside words, and what it
// holds.
func (c *cutter) runEnd(i int) (end int, saw int) {
	s := c.s
	for i < len(s) {
		b := s[i]
		if b >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			kind := sortOf(r)
			switch {
			case r == utf8.RuneError && n == 1:
				// Canonical drops it.
			case r == '’' && i+n < len(s) && isLetter(s[i-1]) && isLetter(s[i+n]):
				saw |= sawApostrophe
			case kind == other || kind == single:
				return i, saw
			case kind == digit:
				saw |= sawDigit
			case kind == letter:
				saw |= sawLetter
			}
			saw |= sawBeyond
			i += n
			continue
		}
		switch f := latin[b].flags; {
		case f&flagUpper != 0:
			saw |= sawLetter | sawUpper
		case f&flagLetter != 0:
			saw |= sawLetter
		case f&flagDigit != 0:
			saw |= sawDigit
		case (b == '.' || b == ',') && digitBefore(s[:i]) && digitAfter(s[i+1:]):
			saw |= sawSeparator
		case b == '\'' && i+1 < len(s) && isLetter(s[i-1]) && isLetter(s[i+1]):
			saw |= sawApostrophe
		case dropped(rune(b)):
			saw |= sawBeyond
		default:
			return i, saw
		}
		i++
	}
	return i, saw
}

func isDigit(b byte) bool  { return b >= '0' && b <= '9' }
func isLetter(b byte) bool { return b < utf8.RuneSelf && latin[b].is(flagLetter) }

// digitBefore and digitAfter see styled and full-width digits too: 𝟱𝟬.𝟬𝟬𝟬 is
// one number.
func digitBefore(s string) bool {
	r, _ := utf8.DecodeLastRuneInString(s)
	return figure(r)
}

func digitAfter(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return figure(r)
}

func figure(r rune) bool {
	return r >= '0' && r <= '9' || r >= utf8.RuneSelf && sortOf(r) == digit
}

// run adds the tokens of the run of letters and digits at start, or of the
// address that begins with it, and returns where it ends.
func (c *cutter) run(start int) int {
	end, saw := c.runEnd(start)
	if end < len(c.s) && (c.s[end] == '.' || c.s[end] == ':' || c.s[end] == '-') {
		if address := linkEnd(c.s, start); address > 0 {
			c.add(start, address, Link, sawBeyond)
			return address
		}
	}
	c.pieces(start, end, saw)
	return end
}

// pieces adds the run between two offsets, cut where a number meets its unit.
func (c *cutter) pieces(start, end, saw int) {
	if saw&sawDigit == 0 {
		c.add(start, end, Word, saw)
		return
	}
	if saw&sawLetter == 0 {
		c.add(start, end, Number, saw)
		return
	}
	s := c.s[start:end]
	split := strings.IndexFunc(s, func(r rune) bool { return sortOf(r) == letter })
	switch {
	case split > 0 && (saw&sawSeparator != 0 || unit(s[split:])):
		c.add(start, start+split, Number, saw)
		rest, sawRest := c.runEnd(start + split)
		c.pieces(start+split, min(rest, end), sawRest)
	case numberTail(s) > 0:
		n := numberTail(s)
		c.add(start, end-n, Word, saw)
		c.add(end-n, end, Number, saw)
	default:
		c.add(start, end, Word, saw)
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
func (c *cutter) tag(i int, kind TokenKind) int {
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
	t := Token{Start: i, End: end, Kind: kind}
	t.Text, _ = c.lower(c.s[i+1:end], sawBeyond)
	t.Folded = c.fold(t.Text)
	if t.Folded != "" {
		c.tokens = append(c.tokens, t)
	}
	return end
}

// add adds the token between two offsets.
func (c *cutter) add(start, end int, kind TokenKind, saw int) {
	raw := c.s[start:end]
	if kind == Word && saw&sawApostrophe == 0 && saw&(sawUpper|sawBeyond) == 0 && saw != 0 {
		c.tokens = append(c.tokens, Token{Text: raw, Folded: raw, Start: start, End: end})
		return
	}
	text, rewritten := c.lower(raw, saw)
	t := Token{Text: text, Start: start, End: end, Kind: kind}
	switch {
	case kind == Number:
		t.Folded = number(c.fold(t.Text))
	case saw&sawApostrophe != 0 || rewritten && strings.ContainsAny(text, " '’⁄"):
		c.words(t)
		return
	case saw&sawBeyond == 0 && saw != 0:
		t.Folded = t.Text
	default:
		t.Folded = c.fold(t.Text)
	}
	if t.Folded != "" {
		c.tokens = append(c.tokens, t)
	}
}

// words adds the several words, or the word with an apostrophe, that one run
// became.
func (c *cutter) words(t Token) {
	text := strings.ReplaceAll(t.Text, "’", "'")
	for _, w := range strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == '⁄' }) {
		t.Text = w
		t.Folded = FoldWord(strings.ReplaceAll(strings.TrimSuffix(w, "'s"), "'", ""))
		if t.Folded != "" {
			c.tokens = append(c.tokens, t)
		}
	}
}

// lower returns Lower(raw), as raw itself or in the shared buffer, and whether
// characters were replaced by others, which may be several words.
func (c *cutter) lower(raw string, saw int) (text string, rewritten bool) {
	if saw&sawBeyond == 0 && saw != 0 {
		if saw&sawUpper == 0 {
			return raw, false
		}
		from := c.made.Len()
		for i := 0; i < len(raw); i++ {
			c.made.WriteByte(byte(latin[raw[i]].lower))
		}
		return c.made.String()[from:], false
	}
	at := look(raw)
	if !at.clean || at.misplaced {
		return Lower(raw), true
	}
	if !at.upper {
		return raw, false
	}
	var buf [64]byte
	from := c.made.Len()
	c.made.Write(appendLower(buf[:0], raw))
	return c.made.String()[from:], false
}

// fold returns FoldWord(text), as text itself or in the shared buffer.
func (c *cutter) fold(text string) string {
	for i := 0; i < len(text); i++ {
		if text[i] >= utf8.RuneSelf {
			var buf [64]byte
			from := c.made.Len()
			c.made.Write(appendFold(buf[:0], text))
			return c.made.String()[from:]
		}
	}
	return text
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
