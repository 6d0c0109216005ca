package match

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// TestPruningLosesNothing compares the candidates found with pruning, over
// several parts, with those of adding up every list. It looks inside, because
// the closer look would hide a lost candidate.
func TestPruningLosesNothing(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	text := func(n int) string {
		var b strings.Builder
		for range n {
			x := r.Float64()
			fmt.Fprintf(&b, "w%dx ", int(300*x*x*x))
		}
		return b.String()
	}
	ix := New(Options{Candidates: 10})
	for size := 640; size > 2; size /= 4 {
		docs := make([]Doc, size)
		for i := range docs {
			docs[i] = Doc{ID: fmt.Sprint(size, "-", i), Claim: text(3 + r.IntN(20))}
		}
		ix.Put(docs...)
	}
	ix.Delete("640-1", "640-7", "160-3")
	if n := len(ix.now.Load().parts); n < 3 {
		t.Fatalf("%d parts: nothing is pruned with fewer than three", n)
	}
	pruned := 0
	for range 200 {
		s, sc := ix.now.Load(), newScratch()
		m := ix.read(Query{Text: text(12)}, s, sc)
		sc.windows = append(sc.windows, window{0, m.textLen})
		got := ix.candidates(s, m, sc)
		want := addAll(s, sc)
		for i, c := range got {
			if s.id(c) != want[i].id || c.score != want[i].score {
				t.Fatalf("candidate %d is %s %v, want %s %v", i, s.id(c), c.score, want[i].id, want[i].score)
			}
		}
		pruned += len(want) - len(got)
	}
	if pruned == 0 {
		t.Error("never more documents than candidates")
	}
}

type scored struct {
	id    string
	score uint32
}

func addAll(s *state, sc *scratch) []scored {
	var all []scored
	for _, p := range s.parts {
		sums := make([]uint32, p.seg.size())
		for i := range sc.wanted {
			w := &sc.wanted[i]
			l := sc.list(p.seg, w)
			for i, d := range l.docs {
				sums[d] += w.weight * uint32(l.power[i])
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
