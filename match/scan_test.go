package match

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// TestCandidatesAreTheBest compares the candidates found over several parts
// with those of adding up every document, word by word. It looks inside, because
// the closer look would hide a lost candidate.
func TestCandidatesAreTheBest(t *testing.T) {
	for _, langs := range [][]string{{""}, {"", "fr", "es", "fi"}} {
		t.Run(fmt.Sprint(langs), func(t *testing.T) { candidatesAreTheBest(t, langs) })
	}
}

func candidatesAreTheBest(t *testing.T, langs []string) {
	endings := []string{"", "es", "er", "ing", "ar"}[:1+len(langs)]
	r := rand.New(rand.NewPCG(5, 6))
	text := func(n int) string {
		var b strings.Builder
		for range n {
			x := r.Float64()
			fmt.Fprintf(&b, "w%cx%cn%s ", 'a'+int(300*x*x*x)/20, 'a'+int(300*x*x*x)%20, endings[r.IntN(len(endings))])
		}
		return b.String()
	}
	ix := New(Options{Candidates: 10})
	for size := 640; size > 2; size /= 4 {
		docs := make([]Doc, size)
		for i := range docs {
			docs[i] = Doc{ID: fmt.Sprint(size, "-", i), Lang: langs[i%len(langs)], Claim: text(3 + r.IntN(20))}
		}
		ix.Put(docs...)
	}
	ix.Delete("640-1", "640-7", "160-3")
	if n := len(ix.now.Load().parts); n < 3 {
		t.Fatalf("%d parts: fewer than three show little", n)
	}
	pruned := 0
	for range 200 {
		s, sc := ix.now.Load(), newScratch()
		m := ix.read(Query{Text: text(12)}, s, sc)
		sc.windows = append(sc.windows, window{0, m.textLen})
		sc.limit = ix.options.Candidates
		got := ix.candidates(s, m, sc)
		want := addAll(s, m, sc)
		for i, c := range got {
			if s.id(c) != want[i].id || c.score != want[i].score {
				t.Fatalf("candidate %d is %s %v, want %s %v", i, s.id(c), c.score, want[i].id, want[i].score)
			}
		}
		pruned += len(want) - len(got)
	}
	if len(ix.now.Load().langs) != len(langs)-1 {
		t.Errorf("messages are read in %v", ix.now.Load().langs)
	}
	if pruned == 0 {
		t.Error("never more documents than candidates")
	}
}

type scored struct {
	id    string
	score uint32
}

func addAll(s *state, m *message, sc *scratch) []scored {
	var all []scored
	for _, p := range s.parts {
		sums := make([]uint32, p.seg.size())
		for _, w := range sc.wanted {
			for d := range sums {
				sums[d] += w.weight * held(p.seg, d, m, w)
			}
		}
		for d, sum := range sums {
			if sum > 0 && !p.isDead(uint16(d)) {
				all = append(all, scored{p.seg.id(d), sum})
			}
		}
	}
	slices.SortFunc(all, func(a, b scored) int { return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.id, b.id)) })
	return all
}

// held is the strength of a word or pair in a document, seen from its words.
func held(seg *segment, doc int, m *message, w wanted) uint32 {
	if w.pair {
		sum := uint32(0)
		for _, key := range pairsOf(m, w) {
			sum += uint32(seg.pairPower(doc, key))
		}
		return sum
	}
	tf := float32(0)
	for f := range fields {
		words := seg.field(doc, f)
		for _, x := range words {
			if x&wordMask == w.word {
				tf += fieldRules[f].weight(len(words))
			}
		}
	}
	if tf == 0 {
		return 0
	}
	return uint32(strength(float64(tf)))
}

// pairsOf lists the pair that is wanted, in every reading.
func pairsOf(m *message, w wanted) []uint64 {
	i := slices.IndexFunc(m.words, func(x spoken) bool { return x.pair > 0 && x.spots == w.spots })
	a, b := &m.terms[m.words[i-1].term], &m.terms[m.words[i].term]
	var keys []uint64
	for slot := range m.slots {
		key := pairKey(a.ids[slot], b.ids[slot])
		if a.ids[slot] != noWord && b.ids[slot] != noWord && !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	return keys
}

func TestHowManyCandidates(t *testing.T) {
	for _, c := range []struct{ asked, live, want int }{{0, 10, 160}, {0, 250_000, 160}, {0, 250_001, 96}, {-3, 10, 160}, {300, 1_000_000, 300}, {5, 10, 5}} {
		if got := (&Options{Candidates: c.asked}).limit(c.live); got != c.want {
			t.Errorf("asked for %d of %d: %d, want %d", c.asked, c.live, got, c.want)
		}
	}
}
