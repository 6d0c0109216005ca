package eval

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"sangto/match"
)

// Grow returns docs followed by as many mutants as it takes to have n: in a
// mutant, half of the words of each field are those of another document's
// field, and 2 of 100 are new to the collection, as vocabularies grow. The
// result depends on docs, n and seed alone.
func Grow(docs []match.Doc, n int, seed uint64) []match.Doc {
	if len(docs) == 0 || n <= len(docs) {
		return docs
	}
	r := rand.New(rand.NewPCG(seed, uint64(n)))
	out := make([]match.Doc, len(docs), n)
	copy(out, docs)
	for i := len(docs); i < n; i++ {
		a, b := &docs[r.IntN(len(docs))], &docs[r.IntN(len(docs))]
		out = append(out, match.Doc{
			ID: fmt.Sprintf("mutant-%d", i), Lang: a.Lang, Day: a.Day,
			Title: cross(r, a.Title, b.Title), Claim: cross(r, a.Claim, b.Claim), Text: cross(r, a.Text, b.Text),
		})
	}
	return out
}

// cross replaces half of the words of a by words of b.
func cross(r *rand.Rand, a, b string) string {
	words, other := strings.Fields(a), strings.Fields(b)
	for i := range words {
		switch x := r.Float64(); {
		case x < 0.02:
			words[i] = fmt.Sprintf("q%xz", r.Uint32())
		case x < 0.51 && len(other) > 0:
			words[i] = other[r.IntN(len(other))]
		}
	}
	return strings.Join(words, " ")
}
