package viet

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// rimeList holds every rime of written Vietnamese without its tone: what may
// follow the onset of a syllable. After qu the glide u belongs to the onset.
// Those in k are of place names (Đắk Lắk).
const rimeList = `
a ai am an ang anh ao ap at ac ach ak au ay ă ăm ăn ăng ăp ăt ăc ăk â âm ân âng âp ât âc âu ây
e em en eng eo ep et ec ê êm ên ênh êp êt êch êu
i ia im in inh ip it ich iu iêm iên iêng iêp iêt iêc iêu
o oi om on ong op ot oc oong ooc oa oai oam oan oang oanh oao oap oat oac oach oay
oăm oăn oăng oăt oăc oe oem oen oeo oet ô ôi ôm ôn ông ôp ôt ôc ôông ơ ơi ơm ơn ơp ơt
u ua ui um un ung up ut uc uân uâng uât uây uê uên uênh uêch uêu uôi uôm uôn uông uôt uôc uơ
uy uya uych uyn uynh uyp uyt uyu uyên uyêt
ư ưa ưi ưm ưn ưng ưt ưc ưu ươi ươm ươn ương ươp ươt ươc ươu
y ych yn ynh yt yêm yên yêng yêt yêu`

// onsetList holds the onsets; a syllable may also have none.
const onsetList = "b c ch d đ g gh gi h k kh l m n ng ngh nh p ph qu r s t th tr v x"

var (
	rimes        = codeSet(rimeList, false)
	rimesFolded  = codeSet(rimeList, true)
	onsets       = codeSet(onsetList, false)
	onsetsFolded = codeSet(onsetList, true)
)

// codeSet encodes the words of a list as keys of a set.
func codeSet(list string, folded bool) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(list) {
		if folded {
			w = FoldWord(w)
		}
		var code []byte
		for _, r := range w {
			code = append(code, codeOf(r))
		}
		set[string(code)] = true
	}
	return set
}

// maxSyllable is the most letters a syllable has: nghiêng has seven.
const maxSyllable = 8

// A spelt word is one taken apart: letters without tones, and the tone.
type spelt struct {
	code   [maxSyllable]byte
	upper  [maxSyllable]bool
	n      int
	tone   tone
	toneAt int // index of the letter that carries it
	tones  int // how many letters carry one
	marked bool
}

// spell takes a canonical word apart. ok is false if it is too long or has a
// letter that is not Vietnamese.
func spell(w string) (s spelt, ok bool) {
	for i := 0; i < len(w); {
		r, n := rune(w[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRuneInString(w[i:])
		}
		i += n
		e, covered := entry(r)
		if !covered || e.code == 0 || s.n == maxSyllable {
			return s, false
		}
		s.code[s.n] = e.code
		s.upper[s.n] = e.is(flagUpper)
		s.marked = s.marked || r >= utf8.RuneSelf
		if e.tone != ngang {
			s.tone, s.toneAt = e.tone, s.n
			s.tones++
		}
		s.n++
	}
	return s, s.n > 0
}

// cut returns where the rime starts, and whether onset and rime are both
// known and go together in spelling.
func (s *spelt) cut(onsets, rimes map[string]bool) (rime int, ok bool) {
	code := s.code[:s.n]
	// gi before a vowel is an onset; gìn and giếng are g with i in the rime.
	for k := min(3, s.n); k >= 0; k-- {
		if k > 0 && !onsets[string(code[:k])] {
			continue
		}
		if rimes[string(code[k:])] && agree(code[:k], code[k]) {
			return k, true
		}
	}
	return 0, false
}

// agree applies the spelling rule that c, g and ng are written k, gh and ngh
// before e, ê, i and y. The list makes no other restriction.
func agree(onset []byte, first byte) bool {
	if len(onset) == 0 {
		return true
	}
	front := first == 'e' || first == codeECirc || first == 'i' || first == 'y'
	switch string(onset) {
	case "gh", "ngh":
		return front
	case "c", "ng":
		return !front
	case "g":
		return !front || first == 'i'
	case "k":
		// Kạn, Kon and Krông are place names.
		return front || first == 'a' || first == 'o'
	}
	return true
}

// seat returns the letter on which the tone is written.
func (s *spelt) seat(rime int) int {
	end := rime
	for end < s.n && isVowelCode(s.code[end]) {
		end++
	}
	return rime + seatOf(s.code[rime:end], end < s.n)
}

// seatOf returns which vowel of a rime carries the tone, by the older school:
// the last with a circumflex, breve or horn (the ư of ưa, ưi, ưu); else the
// middle one of three; else the second of two before a consonant, and the
// first of two at the end.
func seatOf(vowels []byte, closed bool) int {
	for i := len(vowels) - 1; i >= 0; i-- {
		if vowels[i] < 'a' {
			return i
		}
	}
	if len(vowels) >= 3 || len(vowels) == 2 && closed {
		return 1
	}
	return 0
}

func isVowelCode(c byte) bool {
	switch c {
	case 'a', 'e', 'i', 'o', 'u', 'y', codeABreve, codeACirc, codeECirc, codeOCirc, codeOHorn, codeUHorn:
		return true
	}
	return false
}

// stopped reports whether the syllable ends in p, t, c, ch or k, which go with
// the tones sắc and nặng alone.
func (s *spelt) stopped() bool {
	switch s.code[s.n-1] {
	case 'p', 't', 'c', 'k':
		return true
	case 'h':
		return s.n > 1 && s.code[s.n-2] == 'c'
	}
	return false
}

// Syllable reports whether word, in any case and form, is a well-formed
// Vietnamese syllable, either written in full or with no diacritics at all.
// Whether Vietnamese uses it, it does not say.
func Syllable(word string) bool {
	s, ok := spell(Canonical(word))
	return ok && s.valid()
}

func (s *spelt) valid() bool {
	if !s.marked {
		_, ok := s.cut(onsetsFolded, rimesFolded)
		return ok
	}
	return s.full()
}

// full is valid without the leave to omit diacritics.
func (s *spelt) full() bool {
	if _, ok := s.cut(onsets, rimes); !ok || s.tones > 1 {
		return false
	}
	// Đăk is written without a tone as often as with one.
	return !s.stopped() || s.tone == sac || s.tone == nang || s.tone == ngang && s.code[s.n-1] == 'k'
}

// placeTones moves each misplaced tone mark of text whose characters are all
// canonical.
func placeTones(s string) string {
	out := make([]byte, 0, len(s)+8)
	for i := 0; i < len(s); {
		end, toned := wordEnd(s, i)
		if end == i {
			_, n := utf8.DecodeRuneInString(s[i:])
			out = append(out, s[i:i+n]...)
			i += n
			continue
		}
		word := s[i:end]
		if toned {
			if moved, ok := moveTone(word); ok {
				word = moved
			}
		}
		out = append(out, word...)
		i = end
	}
	return string(out)
}

// wordEnd returns the end of the run of letters at s[i:], and whether one of
// them has a tone. Letters of other languages and marks that composed with
// nothing belong to the run, and keep it from being a syllable.
func wordEnd(s string, i int) (end int, toned bool) {
	for end = i; end < len(s); {
		r, n := rune(s[end]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRuneInString(s[end:])
		}
		e, covered := entry(r)
		if !e.is(flagLetter) && (covered || !unicode.In(r, unicode.L, unicode.M)) {
			break
		}
		toned = toned || e.tone != ngang
		end += n
	}
	return end, toned
}

// moveTone returns the word with its tone where seat puts it, and whether that
// is a change.
func moveTone(w string) (string, bool) {
	s, ok := spell(w)
	if !ok || s.tones != 1 {
		return "", false
	}
	rime, ok := s.cut(onsets, rimes)
	if !ok || s.seat(rime) == s.toneAt {
		return "", false
	}
	return s.write(rime), true
}

// write puts the syllable together again.
func (s *spelt) write(rime int) string {
	seat := s.seat(rime)
	out := make([]byte, 0, 3*maxSyllable)
	for i := range s.n {
		r := letterOf(s.code[i])
		if i == seat {
			r = toned(s.code[i], s.tone)
		}
		if s.upper[i] {
			r = unicode.ToUpper(r)
		}
		out = utf8.AppendRune(out, r)
	}
	return string(out)
}
