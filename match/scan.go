package match

import (
	"slices"
)

// wanted is a word or a pair that a window is looked for by.
type wanted struct {
	word   uint32
	pair   bool
	spots  int // of a pair, in the message, and how often all parts follow
	times  int
	weight uint32
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
	// A document may hold a word in every reading.
	return sumMax / heaviest / 255 / float64(m.slots)
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
		for slot := range m.slots {
			if id, ok := m.owned(t, slot); ok {
				sc.wanted = append(sc.wanted, wanted{word: id, weight: whole(m.terms[t].idf, scale)})
			}
		}
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
		sc.wanted = append(sc.wanted, wanted{pair: true, spots: x.spots, times: x.readings, weight: whole(float64(x.pair)*pairShare, scale)})
	}
}

// sums is an accumulator for every document a part can have; the index of two
// bytes needs no check.
type sums [1 << 16]uint32

// find puts the best documents for what is wanted into sc.best. It adds up
// every list: at a nanosecond a posting that costs less than finding out which
// could be left out, because the sum that the last candidate reaches is but a
// tenth of what all lists together might add.
func find(s *state, m *message, sc *scratch) {
	sc.best = sc.best[:0]
	for p := range s.parts {
		seg := s.parts[p].seg
		for i := range sc.wanted {
			sc.sums.add(m, seg, p, len(s.parts), &sc.wanted[i])
		}
		pick(s, p, sc)
	}
}

// add adds a word or pair to the sums of the documents of a part that hold it.
func (sum *sums) add(m *message, seg *segment, part, parts int, w *wanted) {
	if !w.pair {
		key := uint64(w.word)
		if k := seg.words.place(key, mix(key)); k >= 0 {
			sum.addList(seg.words.list(k), w.weight)
		}
		return
	}
	for i := range w.times {
		switch at := m.spots[w.spots+i*parts+part]; at.at {
		case nowhere:
		case alone:
			sum[at.doc] += w.weight * uint32(at.power)
		default:
			sum.addList(seg.pairs.list(int(at.at)), w.weight)
		}
	}
}

func (sum *sums) addList(l list, weight uint32) {
	power := l.power[:len(l.docs)]
	for i, d := range l.docs {
		sum[d] += weight * uint32(power[i])
	}
}

// pick keeps the documents of a part that are among the best, and clears the
// sums.
func pick(s *state, at int, sc *scratch) {
	p := &s.parts[at]
	size := p.seg.size()
	least := sc.least()
	const stride = 8
	for from := 0; from < size; from += stride {
		x := (*[stride]uint32)(sc.sums[from:])
		// Nothing that any of them reaches is above what all have together.
		if x[0]|x[1]|x[2]|x[3]|x[4]|x[5]|x[6]|x[7] < least {
			continue
		}
		for i, score := range x {
			if d := uint16(from + i); score >= least && !p.isDead(d) {
				s.keep(sc, candidate{part: int32(at), doc: d, score: score})
				least = sc.least()
			}
		}
	}
	clear(sc.sums[:size])
}

// least is the sum below which a document is not among the best.
func (sc *scratch) least() uint32 {
	if len(sc.best) < sc.limit {
		return 1
	}
	return sc.best[0].score
}

// keep puts c among the best, a heap whose first is the weakest.
func (s *state) keep(sc *scratch, c candidate) {
	h := sc.best
	if len(h) < sc.limit {
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
