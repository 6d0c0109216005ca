package eval

import (
	"encoding/binary"
	"hash/fnv"
	"maps"
	"slices"

	"sangto/match"
)

// Absent chooses, by a hash of seed and query id, about share of the judged
// queries and returns the ids of all their relevant documents: the documents
// to leave out of the index.
func Absent(queries []Query, rels Qrels, share float64, seed uint64) map[string]bool {
	gone := map[string]bool{}
	for _, q := range queries {
		if draw(q.ID, seed) >= share {
			continue
		}
		for id := range rels[q.ID] {
			gone[id] = true
		}
	}
	return gone
}

// WithKin adds to gone every document that came from the same source as one of
// them, as kin tells: pieces of one article that say nearly the same answer
// the message too, though nobody judged them.
func WithKin(gone map[string]bool, kin map[string]string) map[string]bool {
	sources := map[string]bool{}
	for id := range gone {
		if kin[id] != "" {
			sources[kin[id]] = true
		}
	}
	all := maps.Clone(gone)
	for id, source := range kin {
		if sources[source] {
			all[id] = true
		}
	}
	return all
}

// draw maps an id to a number in [0,1) that depends on nothing but id and seed,
// so that every damaged form of one query set removes the same documents.
func draw(id string, seed uint64) float64 {
	h := fnv.New64a()
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], seed)
	h.Write(b[:])
	h.Write([]byte(id))
	x := h.Sum64()
	// FNV leaves the high bits of short, similar inputs close together.
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	return float64(x>>11) / (1 << 53)
}

// Without returns the documents that are not in gone.
func Without(docs []match.Doc, gone map[string]bool) []match.Doc {
	kept := make([]match.Doc, 0, len(docs))
	for _, d := range docs {
		if !gone[d.ID] {
			kept = append(kept, d)
		}
	}
	return kept
}

// Try is the outcome of one judged query against an index that lacks some
// answers.
type Try struct {
	// Findable reports whether a relevant document is in the index at all.
	Findable bool
	// Right reports whether the first hit is relevant.
	Right bool
	// Answered reports whether the first hit was shown as the answer.
	Answered bool
	// Nothing reports that the outcome was "no check".
	Nothing bool
	// Probability is that of the first hit, 0 without hits; Present that of
	// the answer being among the hits.
	Probability, Present float64
}

// Knowing says how well a system knows when it does not know.
type Knowing struct {
	Findable int `json:"findable"`
	Absent   int `json:"absent"`
	// Precision is the share of the answers shown that were right; 1 when
	// none was shown.
	Precision float64 `json:"answer_precision"`
	// Rate is the share of the findable queries that got the right answer
	// shown as the answer.
	Rate float64 `json:"answer_rate"`
	// Wrong is the share of the absent queries that got an answer.
	Wrong float64 `json:"answered_absent"`
	// Missed is the share of the findable queries told that there is nothing.
	Missed float64 `json:"findable_none"`
	// Silent is the share of the absent queries told that there is nothing.
	Silent float64 `json:"absent_none"`
	// Passing is the share of the absent queries whose probability of presence
	// is at least the threshold that keeps 95 of 100 findable ones.
	Passing float64 `json:"absent_passing_at_95"`
	// Error is the expected calibration error of the first hit's probability
	// over ten equal bins: see Guo et al., ICML 2017.
	Error float64 `json:"calibration_error"`
	// Bins is the reliability diagram behind Error.
	Bins []Bin `json:"bins,omitempty"`
}

// Bin is one column of a reliability diagram.
type Bin struct {
	Count int     `json:"count"`
	Said  float64 `json:"said"`
	Was   float64 `json:"was"`
}

// Know summarises tries.
func Know(tries []Try) Knowing {
	k := Knowing{Precision: 1}
	var answered, right int
	var found, absent []float64
	for _, t := range tries {
		if t.Answered {
			answered++
			if t.Right {
				right++
			}
		}
		if t.Findable {
			found = append(found, t.Present)
			k.Missed += one(t.Nothing)
			k.Rate += one(t.Answered && t.Right)
			continue
		}
		absent = append(absent, t.Present)
		k.Silent += one(t.Nothing)
		k.Wrong += one(t.Answered)
	}
	k.Findable, k.Absent = len(found), len(absent)
	if answered > 0 {
		k.Precision = float64(right) / float64(answered)
	}
	for _, v := range []*float64{&k.Missed, &k.Rate} {
		*v = share(*v, len(found))
	}
	for _, v := range []*float64{&k.Silent, &k.Wrong} {
		*v = share(*v, len(absent))
	}
	k.Passing = passing(found, absent, 0.95)
	k.Bins, k.Error = reliability(tries)
	return k
}

func one(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func share(sum float64, n int) float64 {
	if n == 0 {
		return 0
	}
	return sum / float64(n)
}

// passing is the share of absent at or above the threshold that keeps the
// given share of found.
func passing(found, absent []float64, keep float64) float64 {
	if len(found) == 0 || len(absent) == 0 {
		return 0
	}
	f := slices.Clone(found)
	slices.Sort(f)
	threshold := f[int(float64(len(f))*(1-keep))]
	n := 0
	for _, p := range absent {
		if p >= threshold {
			n++
		}
	}
	return float64(n) / float64(len(absent))
}

func reliability(tries []Try) ([]Bin, float64) {
	bins := make([]Bin, 10)
	for _, t := range tries {
		b := &bins[min(9, max(0, int(t.Probability*10)))]
		b.Count++
		b.Said += t.Probability
		b.Was += one(t.Right)
	}
	sum := 0.0
	for i := range bins {
		b := &bins[i]
		if b.Count == 0 {
			continue
		}
		gap := b.Said - b.Was
		if gap < 0 {
			gap = -gap
		}
		sum += gap
		b.Said /= float64(b.Count)
		b.Was /= float64(b.Count)
	}
	return bins, share(sum, len(tries))
}
