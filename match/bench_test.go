package match_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"sangto/match"
)

// syllables makes words whose frequencies fall like those of a language.
func invent(r *rand.Rand, n int) string {
	onset := []string{"b", "c", "ch", "d", "g", "h", "kh", "l", "m", "n", "ng", "nh", "ph", "qu", "s", "t", "th", "tr", "v", "x"}
	rime := []string{"a", "an", "ang", "at", "e", "en", "inh", "o", "on", "ong", "oc", "u", "un", "ung", "uc", "i", "iet", "uong", "ien", "ay"}
	var b strings.Builder
	for range n {
		x := r.Float64()
		k := int(400 * x * x * x)
		b.WriteString(onset[k/20] + rime[k%20] + " ")
	}
	return b.String()
}

func inventDocs(n int) []match.Doc {
	r := rand.New(rand.NewPCG(1, 2))
	docs := make([]match.Doc, n)
	for i := range docs {
		docs[i] = match.Doc{ID: fmt.Sprint(i), Title: invent(r, 9), Claim: invent(r, 17), Text: invent(r, 17)}
	}
	return docs
}

func BenchmarkSearch(b *testing.B) {
	docs := inventDocs(14000)
	ix := match.New(match.Options{})
	ix.Put(docs...)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		i++
		ix.Search(match.Query{Text: docs[i*37%len(docs)].Claim})
	}
}

func BenchmarkSearchLongMessage(b *testing.B) {
	docs := inventDocs(14000)
	ix := match.New(match.Options{})
	ix.Put(docs...)
	text := invent(rand.New(rand.NewPCG(3, 4)), 60) + ". " + docs[5].Claim + ". " + invent(rand.New(rand.NewPCG(3, 4)), 60)
	b.ReportAllocs()
	for b.Loop() {
		ix.Search(match.Query{Text: text})
	}
}

func BenchmarkPut14k(b *testing.B) {
	docs := inventDocs(14000)
	b.ReportAllocs()
	for b.Loop() {
		match.New(match.Options{}).Put(docs...)
	}
}

func BenchmarkPutOne(b *testing.B) {
	docs := inventDocs(14000)
	ix := match.New(match.Options{})
	ix.Put(docs...)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		i++
		ix.Put(docs[i%len(docs)])
	}
}

// TestSearchAllocates bounds what a search leaves to the collector: the result
// and the tokens of the message, and nothing that grows with the index.
func TestSearchAllocates(t *testing.T) {
	docs := inventDocs(3000)
	ix := match.New(match.Options{})
	ix.Put(docs...)
	q := match.Query{Text: docs[7].Claim}
	ix.Search(q)
	if n := testing.AllocsPerRun(50, func() { ix.Search(q) }); n > 60 {
		t.Errorf("a search allocates %v times", n)
	}
}
