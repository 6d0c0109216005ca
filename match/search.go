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
	defaultLimit = 5
	// candidatesUsual documents are looked at closely, candidatesMany in an
	// index of more than many documents.
	candidatesUsual = 160
	candidatesMany  = 96
	many            = 250_000
	// queryMax is how many bytes of a message are read.
	queryMax = 64 << 10
)

// candidate is a document worth a closer look, and the window of the message
// that found it.
type candidate struct {
	part   int32
	doc    uint16
	window int16
	// score is a whole number, so that it is the same in whatever order it was
	// added up.
	score uint32
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
	sc.limit = ix.options.limit(s.live)
	use(s, m, sc, ix.rank(s, m, sc, ix.candidates(s, m, sc)))
}

// limit is how many of so many documents are looked at closely.
func (o *Options) limit(live int) int {
	switch {
	case o.Candidates > 0:
		return o.Candidates
	case live > many:
		return candidatesMany
	}
	return candidatesUsual
}

// candidates returns the best documents of every window, each document once
// with its best window.
func (ix *Index) candidates(s *state, m *message, sc *scratch) []candidate {
	sc.found = sc.found[:0]
	scale := m.scale(sc.windows)
	for i, w := range sc.windows {
		m.gather(w, scale, sc)
		find(s, m, sc)
		for _, c := range sc.best {
			c.window = int16(i)
			sc.found = append(sc.found, c)
		}
	}
	return strongest(s, sc.found, sc.limit)
}

// strongest keeps each document once, and of those the strongest, at most limit.
func strongest(s *state, found []candidate, limit int) []candidate {
	slices.SortFunc(found, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.part, b.part), cmp.Compare(a.doc, b.doc),
			cmp.Compare(b.score, a.score), cmp.Compare(a.window, b.window))
	})
	found = slices.CompactFunc(found, func(a, b candidate) bool { return a.part == b.part && a.doc == b.doc })
	slices.SortFunc(found, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(s.id(a), s.id(b)))
	})
	return found[:min(len(found), limit)]
}

func (s *state) id(c candidate) string { return s.parts[c.part].seg.id(int(c.doc)) }
