package viet

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// A tone is one of the six tones of Vietnamese, in the order of vowelRows.
type tone uint8

const (
	ngang tone = iota
	huyen
	sac
	hoi
	nga
	nang
)

// vowelRows spells every Vietnamese vowel with every tone. The first letter
// of a row is the vowel without a tone.
var vowelRows = [...]string{
	"aàáảãạ", "ăằắẳẵặ", "âầấẩẫậ",
	"eèéẻẽẹ", "êềếểễệ",
	"iìíỉĩị",
	"oòóỏõọ", "ôồốổỗộ", "ơờớởỡợ",
	"uùúủũụ", "ưừứửữự",
	"yỳýỷỹỵ",
}

// A code is one byte for a Vietnamese letter without its tone, so that a
// syllable without its tone is a short ASCII string that can be looked up.
// Plain letters are themselves.
const (
	codeABreve byte = 'W'
	codeACirc  byte = 'A'
	codeDBar   byte = 'D'
	codeECirc  byte = 'E'
	codeOCirc  byte = 'O'
	codeOHorn  byte = 'J'
	codeUHorn  byte = 'U'
)

// codeOf returns the code of a toneless lower-case Vietnamese letter.
func codeOf(r rune) byte {
	switch r {
	case 'ă':
		return codeABreve
	case 'â':
		return codeACirc
	case 'đ':
		return codeDBar
	case 'ê':
		return codeECirc
	case 'ô':
		return codeOCirc
	case 'ơ':
		return codeOHorn
	case 'ư':
		return codeUHorn
	}
	return byte(r)
}

// letterOf undoes codeOf.
func letterOf(code byte) rune {
	switch code {
	case codeABreve:
		return 'ă'
	case codeACirc:
		return 'â'
	case codeDBar:
		return 'đ'
	case codeECirc:
		return 'ê'
	case codeOCirc:
		return 'ô'
	case codeOHorn:
		return 'ơ'
	case codeUHorn:
		return 'ư'
	}
	return rune(code)
}

// toned returns the lower-case letter of a vowel code with a tone.
func toned(code byte, t tone) rune {
	if t == ngang {
		return letterOf(code)
	}
	return tonedLetters[code&0x7F][t]
}

// tonedLetters is vowelRows by code.
var tonedLetters = func() (t [128][6]rune) {
	for _, row := range vowelRows {
		letters := []rune(row)
		copy(t[codeOf(letters[0])][:], letters)
	}
	return t
}()

const (
	flagLetter uint8 = 1 << iota
	flagUpper
	flagVowel
	// flagStable marks characters that Canonical leaves alone unless a mark
	// follows.
	flagStable
	flagDigit
)

// A latin entry says what the package needs to know about one character of
// the Latin blocks.
type latinEntry struct {
	lower uint16
	code  byte // of the Vietnamese letter without its tone; 0 for others
	fold  byte // ASCII letter without diacritics; 0 when there is no single one
	tone  tone
	flags uint8
}

func (e latinEntry) is(flag uint8) bool { return e.flags&flag != 0 }

const (
	latinLow      = 0x250
	latinExtra    = 0x1E00
	latinExtraEnd = 0x1F00
	latinSize     = latinLow + latinExtraEnd - latinExtra
)

// latin covers U+0000 to U+024F and U+1E00 to U+1EFF, which hold every letter
// of Vietnamese. It is never written after it is made.
var latin = makeLatin()

// entry returns the latin entry of r, and whether r is covered.
func entry(r rune) (latinEntry, bool) {
	switch {
	case uint32(r) < latinLow:
		return latin[r], true
	case r >= latinExtra && r < latinExtraEnd:
		return latin[r-latinExtra+latinLow], true
	}
	return latinEntry{}, false
}

func makeLatin() *[latinSize]latinEntry {
	var t [latinSize]latinEntry
	for i := range t {
		r := rune(i)
		if i >= latinLow {
			r = rune(i) - latinLow + latinExtra
		}
		t[i] = makeEntry(r)
	}
	for _, row := range vowelRows {
		letters := []rune(row)
		for n, r := range letters {
			for _, c := range [...]rune{r, unicode.ToUpper(r)} {
				i := c
				if c >= latinExtra {
					i = c - latinExtra + latinLow
				}
				t[i].code, t[i].tone = codeOf(letters[0]), tone(n)
				t[i].flags |= flagVowel
			}
		}
	}
	for _, c := range "bcdđghklmnpqrstvx" {
		t[c].code, t[unicode.ToUpper(c)].code = codeOf(c), codeOf(c)
	}
	return &t
}

// dottedI is the one letter whose lower case is two characters, i and a mark
// (SpecialCasing.txt of Unicode). It takes the long way everywhere.
const dottedI = 'İ'

func makeEntry(r rune) latinEntry {
	e := latinEntry{lower: uint16(unicode.ToLower(r))}
	if unicode.IsLetter(r) {
		e.flags |= flagLetter
	}
	if unicode.IsUpper(r) || unicode.IsTitle(r) {
		e.flags |= flagUpper
	}
	if '0' <= r && r <= '9' {
		e.flags |= flagDigit
	}
	if norm.NFKC.IsNormalString(string(r)) && !dropped(r) && !lineBreak(r) && unstyled(r) == r && r != dottedI {
		e.flags |= flagStable
	}
	e.fold = foldLatin(r)
	return e
}

// foldLatin returns the one ASCII character that stands for r without
// diacritics, in lower case, or 0.
func foldLatin(r rune) byte {
	switch unicode.ToLower(r) {
	case 'đ', 'ð':
		return 'd'
	case 'ø':
		return 'o'
	case 'ł':
		return 'l'
	case 'ħ':
		return 'h'
	case 'ı':
		return 'i'
	case 'ŧ':
		return 't'
	}
	d := norm.NFKD.String(string(unicode.ToLower(r)))
	if d[0] >= utf8.RuneSelf {
		return 0
	}
	for _, m := range d[1:] {
		if !diacritic(m) {
			return 0
		}
	}
	return d[0]
}
