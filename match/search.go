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

// probe is one list of postings to be added up.
type probe struct {
	list
	weight float32
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
		sc.terms, sc.pairs = m.gather(w, sc.terms, sc.pairs)
		sc.best = sc.best[:0]
		for p := range s.parts {
			ix.scan(s, p, m, sc)
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

// gather lists the distinct words of a window that say something, and its
// distinct pairs by place. Where every word is common, all of them count.
func (m *message) gather(w window, terms, pairs []int32) ([]int32, []int32) {
	terms, pairs = terms[:0], pairs[:0]
	var common []int32
	each := func(i int) {
		x := m.words[i]
		t := &m.terms[x.term]
		switch {
		case !t.known:
		case t.common:
			common = append(common, x.term)
		default:
			terms = append(terms, x.term)
		}
		if x.pair > 0 {
			pairs = append(pairs, int32(i))
		}
	}
	for i := w.from; i < w.to; i++ {
		each(i)
	}
	for i := m.textLen; i < len(m.words); i++ {
		each(i)
	}
	if len(terms) == 0 {
		terms = common
	}
	slices.Sort(terms)
	return slices.Compact(terms), pairs
}

// pairShare is what a pair of words counts beside a word of the same rarity
// when candidates are sought.
const pairShare = 0.5

// scan adds up one part's postings and keeps the best of it in sc.best.
func (ix *Index) scan(s *state, at int, m *message, sc *scratch) {
	p := s.parts[at]
	sc.probes = sc.probes[:0]
	for _, t := range sc.terms {
		if l, _ := p.seg.words.find(uint64(m.terms[t].id)); len(l.docs) > 0 {
			sc.probes = append(sc.probes, probe{l, float32(m.terms[t].idf) / 255})
		}
	}
	for _, i := range sc.pairs {
		x := &m.words[i]
		if l, _ := p.seg.pairs.find(x.key); len(l.docs) > 0 {
			sc.probes = append(sc.probes, probe{l, x.pair * pairShare / 255})
		}
	}
	sum := sc.sums[:len(p.seg.docs)]
	touched := sc.touched[:0]
	for _, b := range sc.probes {
		power := b.power[:len(b.docs)]
		for i, d := range b.docs {
			if sum[d] == 0 {
				touched = append(touched, d)
			}
			sum[d] += b.weight * float32(power[i])
		}
	}
	for _, d := range touched {
		score := sum[d]
		sum[d] = 0
		if (len(sc.best) < ix.options.Candidates || score >= sc.best[0].score) && !p.isDead(d) {
			ix.keep(s, sc, candidate{part: int32(at), doc: d, score: score})
		}
	}
	sc.touched = touched
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
