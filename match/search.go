package match

import (
	"cmp"
	"slices"
)

// Query is a message to be matched.
type Query struct {
	// Text is the message as it came, at most 64 KiB of it are looked at.
	Text string
	// Extra are words that help to match but belong to no sentence of the
	// message, such as the tail of a pasted post's author.
	Extra []string
	// Limit is how many hits to return, 5 if zero.
	Limit int
	// Explain asks for the parts of each score.
	Explain bool
}

// Outcome is what a reader is told.
type Outcome uint8

// The outcomes.
const (
	// None: no document answers the message; the hits are merely nearest.
	None Outcome = iota
	// Candidates: perhaps one of the hits.
	Candidates
	// Answer: the first hit answers the message.
	Answer
)

var outcomeNames = [...]string{"none", "candidates", "answer"}

// String names the outcome in lower-case English.
func (o Outcome) String() string {
	if int(o) < len(outcomeNames) {
		return outcomeNames[o]
	}
	return "unknown"
}

// Result is what Search found.
type Result struct {
	Outcome Outcome
	// Present, between 0 and 1, is the probability that the answer is among the
	// first five hits.
	Present float64
	// Hits are sorted best first; Hits[0] is the answer if Outcome is Answer.
	Hits []Hit
}

// Hit is one document that resembles the message.
type Hit struct {
	ID string
	// Score orders the hits of one search. It has no unit and means nothing
	// across searches.
	Score float64
	// Probability, between 0 and 1, is that of this document answering the
	// message; it is calibrated on real messages whose answers had been taken
	// out of the index as often as not.
	Probability float64
	// Terms are the words of the message, folded, that the document has too.
	Terms []string
	// Parts are named contributions that sum to Score, largest first; nil
	// unless asked for.
	Parts []Part
}

// Part is one contribution to a score.
type Part struct {
	Name  string
	Value float64
}

const (
	defaultLimit      = 5
	defaultCandidates = 160
	// queryMax is how many bytes of a message are read.
	queryMax = 64 << 10
)

// candidate is a document worth a closer look, and the window of the message
// that found it.
type candidate struct {
	part   int32
	doc    uint16
	window int16
	score  float32
}

// wanted is a word or a pair that a window is looked for by.
type wanted struct {
	key    uint64
	pair   bool
	weight float32
}

// probe is one list of postings to be added up; no document gains more than
// most by it, nor more than rest by it and all lists after it.
type probe struct {
	list
	weight, rest float32
}

// Search finds the documents that answer a message. It is safe for any number
// of goroutines and never fails: a message without words has no hits.
func (ix *Index) Search(q Query) Result {
	var r Result
	ix.study(q, func(s *state, m *message, sc *scratch, list []judged) {
		r = ix.judge(q, s, m, sc, list)
	})
	return r
}

// study finds and ranks the candidates of a message and hands them to use,
// which must not keep anything of them.
func (ix *Index) study(q Query, use func(*state, *message, *scratch, []judged)) {
	s := ix.now.Load()
	if s.live == 0 {
		return
	}
	if len(q.Text) > queryMax {
		q.Text = q.Text[:queryMax]
	}
	sc := ix.scratch.Get().(*scratch)
	defer func() {
		sc.forget()
		ix.scratch.Put(sc)
	}()
	m := ix.read(q, s, sc)
	if len(m.words) == 0 {
		return
	}
	sc.windows = m.windows(sc.windows)
	use(s, m, sc, ix.rank(s, m, sc, ix.candidates(s, m, sc)))
}

// candidates returns the best documents of every window, each document once
// with its best window.
func (ix *Index) candidates(s *state, m *message, sc *scratch) []candidate {
	sc.found = sc.found[:0]
	for i, w := range sc.windows {
		m.gather(w, sc)
		sc.best = sc.best[:0]
		for p := range s.parts {
			ix.scan(s, p, sc)
		}
		for _, c := range sc.best {
			c.window = int16(i)
			sc.found = append(sc.found, c)
		}
	}
	return ix.strongest(s, sc.found)
}

// strongest keeps each document once, and of those the strongest.
func (ix *Index) strongest(s *state, found []candidate) []candidate {
	slices.SortFunc(found, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.part, b.part), cmp.Compare(a.doc, b.doc),
			cmp.Compare(b.score, a.score), cmp.Compare(a.window, b.window))
	})
	found = slices.CompactFunc(found, func(a, b candidate) bool { return a.part == b.part && a.doc == b.doc })
	slices.SortFunc(found, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(s.id(a), s.id(b)))
	})
	return found[:min(len(found), ix.options.Candidates)]
}

func (s *state) id(c candidate) string { return s.parts[c.part].seg.docs[c.doc].id }

// pairShare is what a pair of words counts beside a word of the same rarity
// when candidates are sought.
const pairShare = 0.5

// gather lists what a window is looked for by, heaviest first: its distinct
// words that say something, and its pairs. Where every word is common, all of
// them count.
func (m *message) gather(w window, sc *scratch) {
	sc.terms, sc.common, sc.wanted = sc.terms[:0], sc.common[:0], sc.wanted[:0]
	for i := w.from; i < w.to; i++ {
		m.want(i, sc)
	}
	for i := m.textLen; i < len(m.words); i++ {
		m.want(i, sc)
	}
	if len(sc.terms) == 0 {
		sc.terms = append(sc.terms, sc.common...)
	}
	slices.Sort(sc.terms)
	for _, t := range slices.Compact(sc.terms) {
		sc.wanted = append(sc.wanted, wanted{key: uint64(m.terms[t].id), weight: float32(m.terms[t].idf) / 255})
	}
	// The order must not depend on the index's history, since sums are rounded
	// as they grow.
	slices.SortStableFunc(sc.wanted, func(a, b wanted) int { return cmp.Compare(b.weight, a.weight) })
}

func (m *message) want(i int, sc *scratch) {
	x := m.words[i]
	switch t := &m.terms[x.term]; {
	case !t.known:
	case t.common:
		sc.common = append(sc.common, x.term)
	default:
		sc.terms = append(sc.terms, x.term)
	}
	if x.pair > 0 {
		sc.wanted = append(sc.wanted, wanted{key: x.key, pair: true, weight: x.pair * pairShare / 255})
	}
}

// scan adds up one part's postings and keeps the best of it in sc.best. Lists
// go heaviest first; once those left cannot lift a new document among the best,
// only documents already met are followed up (MaxScore: Turtle and Flood,
// "Query evaluation: strategies and optimizations", 1995).
func (ix *Index) scan(s *state, at int, sc *scratch) {
	p := s.parts[at]
	least := float32(-1)
	if len(sc.best) == ix.options.Candidates {
		// A little less, because the bounds are rounded too.
		least = sc.best[0].score * (1 - 1e-5)
	}
	sc.open(p.seg)
	sum := sc.sums[:len(p.seg.docs)]
	touched := sc.touched[:0]
	next := 0
	for ; next < len(sc.probes) && sc.probes[next].rest >= least; next++ {
		b := &sc.probes[next]
		power := b.power[:len(b.docs)]
		for i, d := range b.docs {
			if sum[d] == 0 {
				touched = append(touched, d)
			}
			sum[d] += b.weight * float32(power[i])
		}
	}
	sc.touched = touched
	met := follow(touched, sum, sc.probes[next:], least)
	for _, d := range met {
		score := sum[d]
		sum[d] = 0
		if (len(sc.best) < ix.options.Candidates || score >= sc.best[0].score) && !p.isDead(d) {
			ix.keep(s, sc, candidate{part: int32(at), doc: d, score: score})
		}
	}
}

// open finds the lists of a segment and bounds what is left at each.
func (sc *scratch) open(seg *segment) {
	sc.probes = sc.probes[:0]
	for _, w := range sc.wanted {
		from := &seg.words
		if w.pair {
			from = &seg.pairs
		}
		if l := from.find(w.key); len(l.docs) > 0 {
			sc.probes = append(sc.probes, probe{list: l, weight: w.weight})
		}
	}
	rest := float32(0)
	for i := len(sc.probes) - 1; i >= 0; i-- {
		b := &sc.probes[i]
		rest += b.weight * float32(b.most)
		b.rest = rest
	}
}

// follow adds the remaining lists to the documents met that can still reach
// least, and returns those; the sums of the others are cleared.
func follow(met []uint16, sum []float32, rest []probe, least float32) []uint16 {
	if len(rest) == 0 {
		return met
	}
	met = drop(met, sum, least-rest[0].rest)
	slices.Sort(met)
	for i := range rest {
		if len(met) == 0 {
			break
		}
		b := &rest[i]
		b.lift(met, sum)
		left := float32(0)
		if i+1 < len(rest) {
			left = rest[i+1].rest
		}
		met = drop(met, sum, least-left)
	}
	return met
}

func drop(met []uint16, sum []float32, least float32) []uint16 {
	kept := met[:0]
	for _, d := range met {
		if sum[d] >= least {
			kept = append(kept, d)
		} else {
			sum[d] = 0
		}
	}
	return kept
}

// lift adds the list's contributions to the sums of the documents met, which
// are in order.
func (b *probe) lift(met []uint16, sum []float32) {
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
			sum[d] += b.weight * float32(b.power[at])
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
