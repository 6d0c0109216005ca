package viet

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Fold returns Lower(s) without diacritics, with d for đ: the form in which
// "Đập Hòa Bình", "ĐẬP HOÀ BÌNH" and "dap hoa binh" are one. Letters of other
// scripts lose their accents too; signs that spell a vowel there, as in
// Devanagari and Thai, stay. Fold is idempotent.
func Fold(s string) string {
	at := look(s)
	if at.clean {
		return foldClean(s)
	}
	return FoldWord(string(appendNormal(make([]byte, 0, len(s)+8), s, true)))
}

// FoldWord returns Fold(w) for a word that is already Lower(w). It allocates
// only when w has a diacritic.
func FoldWord(w string) string {
	for i := 0; i < len(w); i++ {
		if w[i] >= utf8.RuneSelf {
			var buf [32]byte
			return string(appendFold(buf[:0], w))
		}
	}
	return w
}

func foldClean(s string) string {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf || latin[s[i]].is(flagUpper) {
			return string(appendFold(make([]byte, 0, len(s)), s))
		}
	}
	return s
}

// appendFold appends the folded form of canonical text.
func appendFold(dst []byte, s string) []byte {
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			dst = append(dst, byte(latin[c].lower))
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		i += n
		if e, ok := entry(r); ok && e.fold != 0 {
			dst = append(dst, e.fold)
			continue
		}
		dst = appendFoldRune(dst, r)
	}
	return dst
}

// appendFoldRune folds one character that has no ASCII letter of its own.
func appendFoldRune(dst []byte, r rune) []byte {
	r = unicode.ToLower(r)
	if diacritic(r) {
		return dst
	}
	var buf [utf8.UTFMax]byte
	d := norm.NFD.Properties(buf[:utf8.EncodeRune(buf[:], r)]).Decomposition()
	base, n := utf8.DecodeRune(d)
	if len(d) == 0 || r >= 0xAC00 && r <= 0xD7A3 {
		return appendLetter(dst, r)
	}
	for rest := d[n:]; len(rest) > 0; {
		m, k := utf8.DecodeRune(rest)
		if !diacritic(m) {
			return appendLetter(dst, r)
		}
		rest = rest[k:]
	}
	return appendLetter(dst, base)
}

// appendLetter appends a letter without diacritics, in ASCII if that is how it
// is commonly replaced.
func appendLetter(dst []byte, r rune) []byte {
	switch r {
	case 'ß':
		return append(dst, "ss"...)
	case 'æ':
		return append(dst, "ae"...)
	case 'œ':
		return append(dst, "oe"...)
	case 'þ':
		return append(dst, "th"...)
	case 'ɖ':
		return append(dst, 'd')
	case 'ς':
		return append(dst, "σ"...)
	}
	if e, ok := entry(r); ok && e.fold != 0 {
		return append(dst, e.fold)
	}
	return utf8.AppendRune(dst, r)
}

// diacritic reports whether r is a mark that Fold takes off: those that stand
// on, under or around a letter, and the points of Hebrew and Arabic, but not
// the signs with which other scripts spell. The classes are those of the
// Unicode Character Database.
func diacritic(r rune) bool {
	if r < 0x300 {
		return false
	}
	var buf [utf8.UTFMax]byte
	ccc := norm.NFC.Properties(buf[:utf8.EncodeRune(buf[:], r)]).CCC()
	return ccc >= 200 || ccc >= 10 && ccc <= 36 || ccc == 1
}

// FoldRune returns the ASCII letter that stands for r in folded text, r itself
// if it is ASCII, and 0 if no single ASCII character does.
func FoldRune(r rune) byte {
	if e, ok := entry(r); ok {
		if e.fold == 0 && r < utf8.RuneSelf {
			return byte(e.lower)
		}
		return e.fold
	}
	return 0
}
