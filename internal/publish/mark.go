package publish

import (
	"slices"
	"strings"

	"sangto/viet"
)

// Segment is a run of text, marked or not.
type Segment struct {
	Text   string
	Marked bool
}

// Mark cuts text into runs so that a page can show which of its words are
// among terms, the folded words of a message. Words that follow one another
// make one run. The texts joined are the text given.
func Mark(text string, terms []string) []Segment {
	wanted := make(map[string]bool, 2*len(terms))
	for _, term := range terms {
		wanted[stem(term)] = true
	}
	var runs []Segment
	done, open := 0, -1 // bytes handed out; start of the open marked run
	end := 0            // end of the open marked run
	flush := func() {
		if open < 0 {
			return
		}
		if open > done {
			runs = append(runs, Segment{Text: text[done:open]})
		}
		runs = append(runs, Segment{Text: text[open:end], Marked: true})
		done, open = end, -1
	}
	for _, token := range viet.Tokens(text) {
		if token.Start < end || !hit(token, wanted) {
			continue
		}
		if open < 0 || strings.TrimSpace(text[end:token.Start]) != "" {
			flush()
			open = token.Start
		}
		end = token.End
	}
	flush()
	if done < len(text) {
		runs = append(runs, Segment{Text: text[done:]})
	}
	return runs
}

func hit(token viet.Token, wanted map[string]bool) bool {
	if wanted[stem(token.Folded)] {
		return true
	}
	return token.Kind == viet.Hashtag && slices.ContainsFunc(viet.SplitHashtag(token.Text), func(w string) bool {
		return wanted[stem(viet.FoldWord(w))]
	})
}

// stem takes the commonest English endings off, so that "vaccines" marks
// "vaccine". Vietnamese syllables have no endings and stay whole.
func stem(word string) string {
	if len(word) < 5 || viet.Syllable(word) {
		return word
	}
	for _, ending := range []string{"ing", "ed", "es", "s", "e"} {
		if short, ok := strings.CutSuffix(word, ending); ok && len(short) >= 4 {
			return short
		}
	}
	return word
}
