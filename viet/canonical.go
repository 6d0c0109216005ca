package viet

import (
	"bytes"
	"strings"
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
	if at.clean && !at.misplaced && (!lower || !at.upper) {
		return s
	}
	dst := make([]byte, 0, len(s)+8)
	if at.clean && !at.misplaced {
		return string(appendLower(dst, s))
	}
	eachChunk(s, func(chunk string) {
		dst = appendCanonical(dst, chunk, lower)
	})
	return string(dst)
}

// eachChunk cuts s after each ASCII white space. No normalisation reaches
// across such a cut, because Canonical keeps no mark that stands on a space.
func eachChunk(s string, do func(chunk string)) {
	for s != "" {
		n := strings.IndexAny(s, " \n\t\r") + 1
		if n == 0 {
			n = len(s)
		}
		do(s[:n])
		s = s[n:]
	}
}

// A glance is what one cheap pass tells about a string.
type glance struct {
	clean     bool // nothing to normalise except perhaps tone placement
	upper     bool
	misplaced bool // a word may carry its tone on the wrong vowel
}

// look makes the pass. It may call a clean string unclean, never the reverse.
func look(s string) glance {
	at := glance{clean: true}
	wasVowel, wasToned := false, false
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			e := latin[c]
			if !e.is(flagStable) {
				at.clean = false
			}
			at.upper = at.upper || e.is(flagUpper)
			isVowel := e.is(flagVowel)
			at.misplaced = at.misplaced || (wasToned && isVowel)
			wasVowel, wasToned = isVowel, false
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		i += n
		e, ok := entry(r)
		if !ok {
			if !plain(r) {
				at.clean = false
				at.upper = true
				at.misplaced = true
				return at
			}
			at.upper = at.upper || unicode.IsUpper(r)
			wasVowel, wasToned = false, false
			continue
		}
		if !e.is(flagStable) {
			at.clean = false
		}
		at.upper = at.upper || e.is(flagUpper)
		isVowel, isToned := e.is(flagVowel), e.tone != ngang
		at.misplaced = at.misplaced || ((wasToned || wasVowel && isToned) && isVowel)
		wasVowel, wasToned = isVowel, isToned
	}
	return at
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
		if e, ok := entry(r); ok {
			dst = utf8.AppendRune(dst, rune(e.lower))
		} else {
			dst = utf8.AppendRune(dst, unicode.ToLower(r))
		}
	}
	return dst
}

// appendCanonical appends the canonical form of one chunk.
func appendCanonical(dst []byte, chunk string, lower bool) []byte {
	at := look(chunk)
	start := len(dst)
	switch {
	case !at.clean:
		b := normalise([]byte(chunk))
		if lower {
			b = lowerAgain(b)
		}
		dst = append(dst, b...)
		at = look(string(dst[start:]))
	case lower && at.upper:
		dst = appendLower(dst, chunk)
	default:
		dst = append(dst, chunk...)
	}
	if at.misplaced {
		dst = append(dst[:start], placeTones(dst[start:])...)
	}
	return dst
}

// lowerAgain lower-cases normalised text. A lower-case letter can compose
// where its capital could not (J with caron), so it normalises once more.
func lowerAgain(b []byte) []byte {
	l := appendLower(make([]byte, 0, len(b)), string(b))
	if norm.NFKC.IsNormal(l) {
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
