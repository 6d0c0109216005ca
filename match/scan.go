package match

import (
	"cmp"
	"math/bits"
	"slices"
)

// wanted is a word or a pair that a window is looked for by.
type wanted struct {
	key    uint64
	pair   bool
	weight uint32
}

// probe is one list of postings to be added up; no document gains more than
// rest by it and all lists after it.
type probe struct {
	list
	weight, rest uint32
}

// sumMax is what no sum of a window's lists comes to; half of what a sum can
// hold, since weights are rounded up.
const sumMax = 1 << 31

// scale is what weights are multiplied by to become whole numbers: the same for
// all windows of a message, because their candidates are compared.
func (m *message) scale(windows []window) float64 {
	extra := m.most(m.textLen, len(m.words))
	heaviest := 1.0
	for _, w := range windows {
		heaviest = max(heaviest, m.most(w.from, w.to)+extra)
	}
	return sumMax / heaviest / 255
}

// most is what the words and pairs of a stretch weigh together.
func (m *message) most(from, to int) float64 {
	sum := 0.0
	for _, x := range m.words[from:to] {
		sum += m.terms[x.term].idf + float64(x.pair)*pairShare
	}
	return sum
}

func whole(weight, scale float64) uint32 { return uint32(weight*scale) + 1 }

// pairShare is what a pair of words counts beside a word of the same rarity
// when candidates are sought.
const pairShare = 0.5

// gather lists what a window is looked for by: its distinct words that say
// something, and its pairs. Where every word is common, all of them count.
func (m *message) gather(w window, scale float64, sc *scratch) {
	sc.terms, sc.common, sc.wanted = sc.terms[:0], sc.common[:0], sc.wanted[:0]
	for i := w.from; i < w.to; i++ {
		m.want(i, scale, sc)
	}
	for i := m.textLen; i < len(m.words); i++ {
		m.want(i, scale, sc)
	}
	if len(sc.terms) == 0 {
		sc.terms = append(sc.terms, sc.common...)
	}
	slices.Sort(sc.terms)
	for _, t := range slices.Compact(sc.terms) {
		sc.wanted = append(sc.wanted, wanted{key: uint64(m.terms[t].id), weight: whole(m.terms[t].idf, scale)})
	}
}

func (m *message) want(i int, scale float64, sc *scratch) {
	x := m.words[i]
	switch t := &m.terms[x.term]; {
	case !t.known:
	case t.common:
		sc.common = append(sc.common, x.term)
	default:
		sc.terms = append(sc.terms, x.term)
	}
	if x.pair > 0 {
		sc.wanted = append(sc.wanted, wanted{key: x.key, pair: true, weight: whole(float64(x.pair)*pairShare, scale)})
	}
}

// scan adds up one part's postings and keeps the best of it in sc.best. Short
// lists go first; once those left cannot lift a new document among the best,
// only documents already met are followed up (MaxScore: Turtle and Flood,
// "Query evaluation: strategies and optimizations", 1995).
func (ix *Index) scan(s *state, at int, sc *scratch) {
	p := &s.parts[at]
	sc.open(p.seg)
	least := uint32(0)
	if len(sc.best) == ix.options.Candidates {
		least = sc.best[0].score
	}
	next := 0
	for ; next < len(sc.probes) && sc.probes[next].rest >= least; next++ {
		sc.addAll(&sc.probes[next])
	}
	rest := sc.probes[next:]
	met := sc.meet(p.seg.size(), least, rest)
	for _, d := range sc.follow(met, rest, least) {
		score := sc.sums[d]
		sc.sums[d] = 0
		if (len(sc.best) < ix.options.Candidates || score >= sc.best[0].score) && !p.isDead(d) {
			ix.keep(s, sc, candidate{part: int32(at), doc: d, score: score})
		}
	}
}

// open finds the lists of a segment, shortest first, and bounds what is left
// at each.
func (sc *scratch) open(seg *segment) {
	sc.probes, sc.lone = sc.probes[:0], sc.lone[:0]
	for i := range sc.wanted {
		w := &sc.wanted[i]
		if l := sc.list(seg, w); len(l.docs) > 0 {
			sc.probes = append(sc.probes, probe{list: l, weight: w.weight})
		}
	}
	slices.SortFunc(sc.probes, func(a, b probe) int { return cmp.Compare(len(a.docs), len(b.docs)) })
	rest := uint32(0)
	for i := len(sc.probes) - 1; i >= 0; i-- {
		b := &sc.probes[i]
		rest += b.weight * uint32(b.most)
		b.rest = rest
	}
}

func (sc *scratch) list(seg *segment, w *wanted) list {
	hash := mix(w.key)
	if !w.pair {
		if k := seg.words.place(w.key, hash); k >= 0 {
			return seg.words.list(k)
		}
		return list{}
	}
	if k := seg.pairs.place(w.key, hash); k >= 0 {
		return seg.pairs.list(k)
	}
	doc, power, ok := seg.lone(w.key, hash)
	if !ok {
		return list{}
	}
	sc.lone = append(sc.lone, lonely{[1]uint16{doc}, [1]uint8{power}})
	l := &sc.lone[len(sc.lone)-1]
	return list{docs: l.doc[:], power: l.power[:], most: power}
}

// lonely is a list of one entry.
type lonely struct {
	doc   [1]uint16
	power [1]uint8
}

// addAll adds a list to the sums and marks its documents as met.
func (sc *scratch) addAll(b *probe) {
	sum, met, weight := sc.sums, sc.met, b.weight
	power := b.power[:len(b.docs)]
	for i, d := range b.docs {
		sum[d] += weight * uint32(power[i])
		met[d>>6] |= 1 << (d & 63)
	}
}

// meet returns the documents met that can still reach least with what is left,
// in order; the sums of the others are cleared, and the marks of all.
func (sc *scratch) meet(size int, least uint32, rest []probe) []uint16 {
	if len(rest) > 0 {
		least -= min(least, rest[0].rest)
	}
	out := sc.touched[:0]
	for i, word := range sc.met[:(size+63)/64] {
		sc.met[i] = 0
		for ; word != 0; word &= word - 1 {
			d := uint16(i<<6 + bits.TrailingZeros64(word))
			if sc.sums[d] >= least {
				out = append(out, d)
			} else {
				sc.sums[d] = 0
			}
		}
	}
	sc.touched = out
	return out
}

// follow adds the remaining lists to the documents met that can still reach
// least, and returns those; the sums of the others are cleared.
func (sc *scratch) follow(met []uint16, rest []probe, least uint32) []uint16 {
	for i := range rest {
		if len(met) == 0 {
			break
		}
		rest[i].lift(met, sc.sums)
		left := uint32(0)
		if i+1 < len(rest) {
			left = rest[i+1].rest
		}
		met = sc.drop(met, least-min(least, left))
	}
	return met
}

func (sc *scratch) drop(met []uint16, least uint32) []uint16 {
	kept := met[:0]
	for _, d := range met {
		if sc.sums[d] >= least {
			kept = append(kept, d)
		} else {
			sc.sums[d] = 0
		}
	}
	return kept
}

// lift adds the list's contributions to the sums of the documents met, which
// are in order.
func (b *probe) lift(met []uint16, sum []uint32) {
	at := 0
	for _, d := range met {
		// Gallop: the documents met are few and the list is long.
		step := 1
		for at+step < len(b.docs) && b.docs[at+step] < d {
			step *= 2
		}
		from, to := at+step/2, min(at+step+1, len(b.docs))
		n, ok := slices.BinarySearch(b.docs[from:to], d)
		at = from + n
		if ok {
			sum[d] += b.weight * uint32(b.power[at])
		}
		if at >= len(b.docs) {
			return
		}
	}
}

// keep puts c among the best, a heap whose first is the weakest.
func (ix *Index) keep(s *state, sc *scratch, c candidate) {
	h := sc.best
	if len(h) < ix.options.Candidates {
		h = append(h, c)
		for i := len(h) - 1; i > 0; {
			up := (i - 1) / 2
			if !s.weaker(h[i], h[up]) {
				break
			}
			h[i], h[up] = h[up], h[i]
			i = up
		}
		sc.best = h
		return
	}
	if !s.weaker(h[0], c) {
		return
	}
	h[0] = c
	for i := 0; ; {
		down := 2*i + 1
		if down >= len(h) {
			break
		}
		if down+1 < len(h) && s.weaker(h[down+1], h[down]) {
			down++
		}
		if !s.weaker(h[down], h[i]) {
			break
		}
		h[i], h[down] = h[down], h[i]
		i = down
	}
}

// weaker orders candidates by score, then by ID so that the order does not
// depend on how the index came about.
func (s *state) weaker(a, b candidate) bool {
	if a.score != b.score {
		return a.score < b.score
	}
	return s.id(a) > s.id(b)
}
