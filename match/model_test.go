//go:build !race

package match

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestEveryDamageIsSeen cuts a snapshot at every length and flips every bit.
func TestEveryDamageIsSeen(t *testing.T) {
	whole := snapshotBytes(t)
	refuse := func(data []byte, what string, n int) {
		if _, _, err := readSnapshot(bytes.NewReader(data), int64(len(data)), Options{}); !errors.Is(err, ErrDamaged) {
			t.Fatalf("%s %d of %d: %v", what, n, len(whole), err)
		}
	}
	for n := range whole {
		refuse(whole[:n], "cut to", n)
	}
	for bit := range len(whole) * 8 {
		whole[bit/8] ^= 1 << (bit % 8)
		refuse(whole, "flipped bit", bit)
		whole[bit/8] ^= 1 << (bit % 8)
	}
	if _, _, err := readSnapshot(bytes.NewReader(whole), int64(len(whole)), Options{}); err != nil {
		t.Fatal("the whole file:", err)
	}
}

// model is an index as one would write it without any thought of speed. It
// keeps the words of each document, because reading them is most of the work.
type model map[string][fields][]string

func modelOf(d Doc) (m [fields][]string) {
	for f, text := range [fields]string{d.Title, d.Claim, d.Text} {
		for _, w := range newReader(false).read(nil, text) {
			m[f] = append(m[f], w.stem)
		}
	}
	return m
}

// best adds up every word and pair of every document.
func (md model) best(ix *Index, m *message, sc *scratch) []scored {
	var all []scored
	for id, d := range md {
		tf := map[uint64]float32{}
		var order []uint64
		for f, words := range d {
			for i := range words {
				b, _ := ix.vocab.find(words[i])
				keys := []uint64{uint64(b)}
				if i > 0 {
					a, _ := ix.vocab.find(words[i-1])
					keys = append(keys, pairKey(a, b)|1<<63)
				}
				for _, k := range keys {
					if _, ok := tf[k]; !ok {
						order = append(order, k)
					}
					tf[k] += fieldRules[f].weight(len(words))
				}
			}
		}
		sum := uint32(0)
		for _, k := range order {
			for _, w := range sc.wanted {
				if !w.pair && uint64(w.word) == k || w.pair && pairsOf(m, w)[0]|1<<63 == k {
					sum += w.weight * uint32(strength(float64(tf[k])))
				}
			}
		}
		if sum > 0 {
			all = append(all, scored{id, sum})
		}
	}
	slices.SortFunc(all, func(a, b scored) int { return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.id, b.id)) })
	return all
}

// documents counts the documents that hold a pair.
func (md model) documents(a, b string) int {
	n := 0
	for _, d := range md {
		for _, words := range d {
			found := false
			for i := 1; i < len(words); i++ {
				found = found || words[i-1] == a && words[i] == b
			}
			if found {
				n++
				break
			}
		}
	}
	return n
}

// TestAgainstNaiveModel runs ten thousand sequences of changes, with snapshots
// among them, and compares candidates and counts with those of the model.
func TestAgainstNaiveModel(t *testing.T) {
	sequences := 10_000
	if testing.Short() {
		sequences = 500
	}
	path := filepath.Join(t.TempDir(), "x")
	r := rand.New(rand.NewPCG(11, 12))
	text := func(n int) string {
		var b strings.Builder
		for range r.IntN(n + 1) {
			x := r.Float64()
			fmt.Fprintf(&b, "w%dx ", int(20*x*x))
		}
		return b.String()
	}
	sc := newScratch()
	loads, shared := 0, 0
	for seq := range sequences {
		ix, md := New(Options{Candidates: 1 + r.IntN(6)}), model{}
		for range 2 + r.IntN(8) {
			switch r.IntN(8) {
			case 0, 1:
				id := fmt.Sprint(r.IntN(12))
				ix.Delete(id)
				delete(md, id)
			case 2:
				if seq%8 > 0 { // the disk is slow
					continue
				}
				loads++
				if err := ix.Snapshot().Save(path, nil); err != nil {
					t.Fatal(err)
				}
				back, _, err := Load(path, ix.options)
				if err != nil {
					t.Fatal(err)
				}
				ix = back
			default:
				var docs []Doc
				for range 1 + r.IntN(4) {
					d := Doc{ID: fmt.Sprint(r.IntN(12)), Title: text(4), Claim: text(8), Text: text(5)}
					docs = append(docs, d)
					md[d.ID] = modelOf(d)
				}
				ix.Put(docs...)
			}
		}
		if ix.Len() != len(md) {
			t.Fatalf("sequence %d: %d documents, want %d", seq, ix.Len(), len(md))
		}
		s := ix.now.Load()
		if s.live == 0 {
			continue
		}
		m := ix.read(Query{Text: text(10)}, s, sc)
		sc.windows = append(sc.windows[:0], window{0, m.textLen})
		sc.limit = ix.options.Candidates
		got, want := ix.candidates(s, m, sc), md.best(ix, m, sc)
		if len(got) != min(len(want), ix.options.Candidates) {
			t.Fatalf("sequence %d: %d candidates of %d", seq, len(got), len(want))
		}
		for i, c := range got {
			if s.id(c) != want[i].id || c.score != want[i].score {
				t.Fatalf("sequence %d: candidate %d is %s %d, want %s %d", seq, i, s.id(c), c.score, want[i].id, want[i].score)
			}
		}
		for i := 1; i < len(m.words); i++ {
			a, b := &m.terms[m.words[i-1].term], &m.terms[m.words[i].term]
			if !a.known || !b.known {
				continue
			}
			n := md.documents(a.stem, b.stem)
			if want := float32(idf(n, max(m.live, float64(n)))); m.words[i].pair != want {
				t.Fatalf("sequence %d: pair %s %s weighs %v, want %v of %d documents", seq, a.stem, b.stem, m.words[i].pair, want, n)
			}
			shared += n
		}
	}
	if shared == 0 || sequences > 500 && loads < 500 {
		t.Errorf("%d shared pairs, %d loads: the test shows little", shared, loads)
	}
}
