package match

import (
	"strings"

	"sangto/viet"
)

// Segment is a stretch of a text that is marked or not.
type Segment struct {
	Text   string
	Marked bool
}

// Mark cuts text into stretches for display: marked where its words are among
// terms, however they are spelled or inflected there, and joined where only
// space lies between two of them. The stretches put together are text. terms
// are those of a Hit.
func Mark(text string, terms []string) []Segment {
	r := newReader(true)
	wanted := make(map[string]bool, len(terms))
	for _, t := range terms {
		wanted[r.stem(t)] = true
	}
	var out []Segment
	done := 0
	for _, t := range viet.Tokens(text) {
		if t.Start < done || !r.among(wanted, text, &t) {
			continue
		}
		gap := text[done:t.Start]
		if n := len(out); n > 0 && out[n-1].Marked && strings.TrimSpace(gap) == "" {
			out[n-1].Text += gap + text[t.Start:t.End]
		} else {
			out = add(out, gap, false)
			out = add(out, text[t.Start:t.End], true)
		}
		done = t.End
	}
	return add(out, text[done:], false)
}

func add(out []Segment, text string, marked bool) []Segment {
	if text == "" {
		return out
	}
	return append(out, Segment{Text: text, Marked: marked})
}

// among reports whether any word of the token is wanted.
func (r *reader) among(wanted map[string]bool, text string, t *viet.Token) bool {
	for _, w := range r.token(nil, text, t) {
		if wanted[w.stem] {
			return true
		}
	}
	return false
}
