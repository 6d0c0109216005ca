package viet

import (
	"strings"
	"unicode"
)

// maxHashtag is the longest run of letters that SplitHashtag tries to cut.
const maxHashtag = 100

// SplitHashtag cuts a hashtag or handle, with or without its sign, into folded
// words: "#NongTrongNgay" and "#nongtrongngay" are nong, trong, ngay. Capitals,
// digits and underscores are cut points. A run without such a cut is cut into
// the fewest Vietnamese syllables if it can be, and kept whole if it cannot.
func SplitHashtag(tag string) []string {
	tag = strings.TrimLeft(Canonical(tag), "#@")
	var words []string
	for _, part := range strings.FieldsFunc(tag, func(r rune) bool { return !unicode.In(r, unicode.L, unicode.M, unicode.N) }) {
		cut := splitCase(part)
		whole := cutByCase(cut)
		for _, w := range cut {
			switch w = Fold(w); {
			case w == "":
			case whole:
				words = append(words, w)
			default:
				words = append(words, splitRun(w)...)
			}
		}
	}
	return words
}

// splitCase cuts before a capital that follows a small letter, before the last
// capital of a run that a small letter follows, and between letters and
// digits.
func splitCase(s string) []string {
	var words []string
	rs := []rune(s)
	start := 0
	for i := 1; i < len(rs); i++ {
		before, here := rs[i-1], rs[i]
		rises := !unicode.IsUpper(before) && unicode.IsUpper(here)
		falls := unicode.IsUpper(before) && unicode.IsUpper(here) && i+1 < len(rs) && unicode.IsLower(rs[i+1])
		if rises || falls || unicode.IsDigit(before) != unicode.IsDigit(here) {
			words = append(words, string(rs[start:i]))
			start = i
		}
	}
	return append(words, string(rs[start:]))
}

// cutByCase reports whether capitals have cut the words: then each is whole.
func cutByCase(words []string) bool {
	letters := 0
	for _, w := range words {
		if !isDigit(w[0]) {
			letters++
		}
	}
	return letters > 1
}

// splitRun cuts a folded run of letters into the fewest syllables. Among equal
// counts the cut with the longest first syllables wins.
func splitRun(run string) []string {
	if len(run) < 4 || len(run) > maxHashtag || !isSyllables(run) {
		return []string{run}
	}
	const none = maxHashtag + 1
	// fewest[i] is the least number of syllables in run[i:], step[i] the
	// length of the first of them.
	var fewest, step [maxHashtag + 1]int
	for i := len(run) - 1; i >= 0; i-- {
		fewest[i] = none
		for n := min(maxSyllable, len(run)-i); n >= 1; n-- {
			if cost := fewest[i+n] + 1; cost < fewest[i] && foldedSyllable(run[i:i+n]) {
				fewest[i], step[i] = cost, n
			}
		}
	}
	if fewest[0] >= none {
		return []string{run}
	}
	words := make([]string, 0, fewest[0])
	for i := 0; i < len(run); i += step[i] {
		words = append(words, run[i:i+step[i]])
	}
	return words
}

func isSyllables(run string) bool {
	for i := 0; i < len(run); i++ {
		if run[i] < 'a' || run[i] > 'z' {
			return false
		}
	}
	return true
}

func foldedSyllable(w string) bool {
	s, ok := spell(w)
	return ok && s.valid()
}
