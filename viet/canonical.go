package viet

import (
	"bytes"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxMarks is how many combining marks a base keeps. Written languages need
// at most four; stacks of hundreds exist only to break programs.
const maxMarks = 8

// Canonical returns the one spelling of s that the package documentation
// describes. It is idempotent, and returns s itself, without allocating, when
// s is already canonical.
func Canonical(s string) string { return canonical(s, false) }

// Lower returns the Unicode lower case of Canonical(s), which is canonical.
func Lower(s string) string { return canonical(s, true) }

func canonical(s string, lower bool) string {
	at := look(s)
	switch {
	case !at.clean:
		return settle(string(appendNormal(make([]byte, 0, len(s)+8), s, lower)))
	case lower && at.upper:
		s = string(appendLower(make([]byte, 0, len(s)+8), s))
	}
	if at.misplaced {
		return placeTones(s)
	}
	return s
}

// settle places the tones of text whose characters are all canonical.
func settle(s string) string {
	if look(s).misplaced {
		return placeTones(s)
	}
	return s
}

// appendNormal appends s with all its characters canonical but its tones where
// they were typed. It goes from one ASCII white space to the next:
// normalisation never reaches across, because no mark is kept on a space.
func appendNormal(dst []byte, s string, lower bool) []byte {
	for start := 0; start < len(s); {
		end := start
		for end < len(s) && !blank(s[end]) {
			end++
		}
		if end < len(s) {
			end++
		}
		chunk := s[start:end]
		if quick, ok := appendQuick(dst, chunk, lower); ok {
			dst = quick
		} else {
			b := normalise([]byte(chunk))
			if lower {
				b = lowerAgain(b)
			}
			dst = append(dst, b...)
		}
		start = end
	}
	return dst
}

func blank(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

// A glance is what one cheap pass tells about a string.
type glance struct {
	clean     bool // nothing to normalise except perhaps tone placement
	upper     bool
	misplaced bool // a word may carry its tone on the wrong vowel
}

// look makes the pass. It may call a clean string unclean and a well-placed
// tone misplaced, never the reverse.
func look(s string) glance {
	at := glance{clean: true}
	all, any := flagStable, uint8(0)
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			f := latin[c].flags
			all &= f
			any |= f
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		e, ok := entry(r)
		switch {
		case ok:
			all &= e.flags
			any |= e.flags
			if e.tone != ngang && suspicious(s, i, i+n) {
				at.misplaced = true
			}
		case !plain(r):
			return glance{upper: true, misplaced: true}
		case unicode.IsUpper(r):
			any |= flagUpper
		}
		i += n
	}
	at.clean = all&flagStable != 0
	at.upper = any&flagUpper != 0
	return at
}

// suspicious reports whether the toned vowel at s[i:j] has vowels beside it
// among which another should carry the tone, judged by the vowels alone.
func suspicious(s string, i, j int) bool {
	before, _ := utf8.DecodeLastRuneInString(s[:i])
	after, _ := utf8.DecodeRuneInString(s[j:])
	eb, _ := entry(before)
	ea, _ := entry(after)
	if !eb.is(flagVowel) && !ea.is(flagVowel) {
		return false
	}
	start, at := i, 0
	for e := eb; e.is(flagVowel); e, _ = entry(before) {
		if at++; at == maxSyllable {
			return false
		}
		start -= utf8.RuneLen(before)
		before, _ = utf8.DecodeLastRuneInString(s[:start])
	}
	var codes [maxSyllable]byte
	n := 0
	closed := false
	for _, r := range s[start:] {
		e, _ := entry(r)
		if !e.is(flagVowel) {
			closed = e.is(flagLetter)
			break
		}
		if n == len(codes) {
			return false
		}
		codes[n] = e.code
		n++
	}
	glide := 0
	if n > 1 && (codes[0] == 'u' && (before == 'q' || before == 'Q') || codes[0] == 'i' && (before == 'g' || before == 'G')) {
		glide = 1
	}
	return glide+seatOf(codes[glide:n], closed) != at
}

// plain reports whether r, outside the Latin blocks, is one of the common
// characters that need no normalisation and compose with no starter after
// them. It decides speed only.
func plain(r rune) bool {
	switch {
	case r >= 0x2012 && r <= 0x2023:
		return r != 0x2017
	case r >= 0x400 && r <= 0x45F, r >= 0x3B1 && r <= 0x3C9:
		return true
	case r >= 0x2600 && r < 0x2776, r >= 0x2794 && r < 0x27C0:
		return true
	case r >= 0x3041 && r <= 0x3096, r >= 0x30A1 && r <= 0x30FA, r >= 0x4E00 && r <= 0x9FFF:
		return true
	case r >= 0xAC00 && r <= 0xD7A3, r == 0x20AB, r == 0x3001, r == 0x3002:
		return true
	}
	return r >= 0x1F300 && r <= 0x1FAFF
}

// appendLower appends the lower case of a clean string.
func appendLower(dst []byte, s string) []byte {
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			dst = append(dst, byte(latin[c].lower))
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		i += n
		if e, ok := entry(r); r == dottedI {
			dst = append(dst, "i\u0307"...)
		} else if ok {
			dst = utf8.AppendRune(dst, rune(e.lower))
		} else {
			dst = utf8.AppendRune(dst, unicode.ToLower(r))
		}
	}
	return dst
}

// appendQuick is normalise for the characters that nearly all text is made
// of: Latin letters, Vietnamese marks in any order, styled letters, invisible
// characters. It is false, and what it appended worthless, where it meets
// anything else.
func appendQuick(dst []byte, chunk string, lower bool) ([]byte, bool) {
	var base latinEntry // of the last character, if marks may stand on it
	at := len(dst)      // where it stands in dst
	for i := 0; i < len(chunk); {
		r, n := rune(chunk[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRuneInString(chunk[i:])
		}
		i += n
		e, ok := entry(r)
		if !ok || !e.is(flagStable) {
			switch {
			case r == utf8.RuneError && n == 1, dropped(r):
				continue
			case r >= 0x300 && r < 0x370:
				if base, ok = withMark(base, r); !ok {
					return dst, false
				}
				dst = utf8.AppendRune(dst[:at], base.letter(lower))
				continue
			case plain(r):
				base = latinEntry{}
				if lower {
					r = unicode.ToLower(r)
				}
				dst = utf8.AppendRune(dst, r)
				continue
			}
			r = digitOf(unstyled(r))
			if e, ok = entry(r); !ok || !e.is(flagStable) {
				return dst, false
			}
		}
		base, at = e, len(dst)
		if lower {
			r = rune(e.lower)
		}
		dst = utf8.AppendRune(dst, r)
	}
	return dst, true
}

// withMark puts a Vietnamese mark on a Vietnamese vowel that has room for it.
func withMark(e latinEntry, mark rune) (latinEntry, bool) {
	if !e.is(flagVowel) {
		return e, false
	}
	switch mark {
	case 0x302, 0x306, 0x31B:
		shaped := shapes(e.code, mark)
		if shaped == 0 {
			return e, false
		}
		e.code = shaped
		return e, true
	}
	if e.tone != ngang {
		return e, false
	}
	switch mark {
	case 0x300, 0x340:
		e.tone = huyen
	case 0x301, 0x341:
		e.tone = sac
	case 0x309:
		e.tone = hoi
	case 0x303:
		e.tone = nga
	case 0x323:
		e.tone = nang
	default:
		return e, false
	}
	return e, true
}

// shapes returns the code of a plain vowel with a circumflex, breve or horn,
// or 0 if Vietnamese has no such letter.
func shapes(code byte, mark rune) byte {
	switch {
	case code == 'a' && mark == 0x302:
		return codeACirc
	case code == 'a' && mark == 0x306:
		return codeABreve
	case code == 'e' && mark == 0x302:
		return codeECirc
	case code == 'o' && mark == 0x302:
		return codeOCirc
	case code == 'o' && mark == 0x31B:
		return codeOHorn
	case code == 'u' && mark == 0x31B:
		return codeUHorn
	}
	return 0
}

// letter returns the character of a Vietnamese entry.
func (e latinEntry) letter(lower bool) rune {
	r := toned(e.code, e.tone)
	if e.is(flagUpper) && !lower {
		return unicode.ToUpper(r)
	}
	return r
}

// lowerAgain lower-cases normalised text. A small letter can compose where its
// capital could not (J with caron), or be a styled one (Ʀ), so it normalises
// once more.
func lowerAgain(b []byte) []byte {
	l := appendLower(make([]byte, 0, len(b)), string(b))
	if look(string(l)).clean {
		return l
	}
	return normalise(l)
}

// normalise filters, decomposes, orders and composes until nothing changes.
// Compatibility decomposition can bring forth what the filter takes out, and
// dropping a mark can let its neighbours compose; the second round is nearly
// always the last.
func normalise(b []byte) []byte {
	b = filter(make([]byte, 0, len(b)), b)
	for range 4 {
		d := norm.NFKD.Append(make([]byte, 0, 2*len(b)), b...)
		orderMarks(d)
		c := norm.NFC.Bytes(d)
		next := filter(make([]byte, 0, len(c)), c)
		if bytes.Equal(next, c) {
			return c
		}
		b = next
	}
	return norm.NFC.Bytes(b)
}

// filter appends b without what Canonical drops, with plain characters for
// styled ones.
func filter(dst, b []byte) []byte {
	var base rune // the character that marks would stand on, 0 if none
	marks := 0
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		b = b[n:]
		switch {
		case r == utf8.RuneError && n == 1, dropped(r):
			continue
		case lineBreak(r):
			r = '\n'
		case unicode.Is(unicode.M, r):
			if marks++; marks > maxMarks || !bears(base) || decoration(r, base) {
				continue
			}
			dst = utf8.AppendRune(dst, r)
			continue
		}
		r = digitOf(unstyled(r))
		base, marks = r, 0
		dst = utf8.AppendRune(dst, r)
	}
	return dst
}

// bears reports whether a mark may stand on base: there is one, and it is no
// space or control.
func bears(base rune) bool { return base > ' ' && !unicode.IsSpace(base) }

// dropped reports whether a reader cannot see r: format characters (zero
// width, bidirectional, soft hyphen, tags), variation selectors, fillers, and
// controls other than tab and line breaks.
func dropped(r rune) bool {
	if r < 0xA0 {
		return r < ' ' && r != '\n' && r != '\t' && r != '\r' || r >= 0x7F && r != 0x85
	}
	switch {
	case r == 0xAD, r == 0x34F, r == 0x115F, r == 0x1160, r == 0x3164, r == 0xFFA0:
		return true
	case r == 0x17B4, r == 0x17B5, r >= 0x180B && r <= 0x180F:
		return true
	case r >= 0xFE00 && r <= 0xFE0F, r >= 0xE0000 && r <= 0xE0FFF:
		return true
	}
	return r >= 0x600 && unicode.Is(unicode.Cf, r)
}

// lineBreak reports whether r is a line break other than \n and \r.
func lineBreak(r rune) bool { return r == 0x85 || r == 0x2028 || r == 0x2029 }

// decoration reports whether mark only strikes, underlines or encloses the
// letter or digit it stands on, as styling sites do.
func decoration(mark, base rune) bool {
	if unicode.Is(unicode.Me, mark) {
		return true
	}
	switch mark {
	case 0x305, 0x332, 0x333, 0x334, 0x335, 0x336, 0x337, 0x338, 0x33F:
		return unicode.IsLetter(base) || unicode.IsDigit(base)
	}
	return false
}

// orderMarks puts the circumflex, breve and horn of each base before its other
// marks, in place. Both circumflex and acute stand above the letter, so
// Unicode keeps the order in which they were typed, and only one of the two
// orders composes to ế. b is decomposed, with at most a few marks on a base.
func orderMarks(b []byte) {
	for i := 0; i+1 < len(b); i++ {
		if !shapeMark(b[i], b[i+1]) {
			continue
		}
		j := i
		for j >= 2 && combining(b[j-2], b[j-1]) && !shapeMark(b[j-2], b[j-1]) && i-j < 2*2*maxMarks {
			b[j], b[j+1], b[j-2], b[j-1] = b[j-2], b[j-1], b[j], b[j+1]
			j -= 2
		}
		i++
	}
}

// shapeMark reports whether two bytes are U+0302, U+0306 or U+031B.
func shapeMark(a, b byte) bool { return a == 0xCC && (b == 0x82 || b == 0x86 || b == 0x9B) }

// combining reports whether two bytes are of the block U+0300 to U+036F.
func combining(a, b byte) bool { return a == 0xCC && b >= 0x80 || a == 0xCD && b >= 0x80 && b < 0xB0 }
