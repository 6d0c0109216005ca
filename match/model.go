package match

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// Model is what was learned: how features make a score, and how much a score
// is to be believed. The zero Model cannot be used; DefaultModel returns the
// one the package was released with, and cmd/matchtrain makes others.
type Model struct {
	// Rank weighs the features of a candidate under each circumstance, in the
	// order of FeatureNames. None is negative.
	Rank []float64
	// Sure weighs the signs of SignNames, in order; the last weight is the
	// constant. The weighted sum is the log-odds that a hit is the answer.
	Sure []float64
	// Present weighs the same signs, of the best hit; their weighted sum is the
	// log-odds that the answer is among the first hits at all.
	Present []float64
	// Answer is the probability from which the best hit is shown as the answer,
	// Perhaps the probability of presence from which hits are candidates.
	Answer, Perhaps float64
}

// FeatureNames names the features of a candidate under either extreme of each
// circumstance, in the order of Model.Rank.
func FeatureNames() []string {
	var names []string
	for _, ends := range circumstanceNames {
		for _, end := range ends {
			for _, n := range featureNames {
				names = append(names, n+", "+end)
			}
		}
	}
	return append(names, circumstanceNames[cSize][:]...)
}

// SignNames names the signs that a hit is the answer and the products of any
// two of them, in the order of Model.Sure.
func SignNames() []string {
	names := slices.Clone(signNames[:])
	for i := range signs {
		for j := i; j < signs; j++ {
			names = append(names, signNames[i]+" × "+signNames[j])
		}
	}
	return names
}

// The signs: what speaks for the best hit being the answer, apart from its
// place.
const (
	gScore  = iota // score
	gMargin        // lead over the best other candidate
	gCover
	gCoverAll
	gBest
	gBack
	gRun
	gPairs
	gAccent
	gNumbers
	gNumberGap
	gCapitals
	gMass
	gRarest
	gWords   // log of how many known words the message or its window has
	gUnknown // share of the message's weight that the index does not know
	gSmall   // how small the index is: rarity means little in a small one
	gCoverSq
	gBestSq
	gShortCover // coverage, for short messages only
	gRivalCover // the next candidate's coverage
	gCoverLead  // coverage less that of the next
	gAbove      // score above the mean of the next ten
	gDeviation  // the same in standard deviations
	gMissing    // the rarest word of the message that is missing, by idf
	gMissingTwo // the second rarest
	gWordsCover // BM25F share
	gText       // best field of the text
	gShare      // log-odds of this document among the candidates, as ranking was learned
	signs
)

var signNames = [signs]string{
	"score", "lead", "coverage", "coverage of all", "best field", "best field covered",
	"longest run", "pairs", "accents", "numbers", "numbers differ", "names", "weight found",
	"rarest word", "words", "unknown", "small index", "coverage squared", "best field squared",
	"coverage of short", "rival coverage", "coverage lead", "above the next ten", "deviations above",
	"rarest missing", "next missing", "words", "text", "share",
}

// signsOf gathers the signs for list[i], looked at through its window.
func signsOf(m *message, l *look, list []judged, i int) [signs]float64 {
	j := &list[i]
	v := &j.v
	known := 0
	for _, at := range l.order {
		if t := &m.terms[m.words[at].term]; t.known && !t.common {
			known++
		}
	}
	short := math.Max(0, 1-float64(known)/12)
	// A document that shares nothing with the message scores 0: it is the rival
	// where no other is.
	lead, rivalCover := j.score, 0.0
	rival := 0
	if i == 0 {
		rival = 1
	}
	if rival < len(list) {
		lead, rivalCover = j.score-list[rival].score, list[rival].v.f[fCoverAll]
	}
	above, deviation := crowd(list, i)
	one, two := missing(m, l)
	return [signs]float64{
		gScore: j.score / 4, gMargin: math.Min(lead, 8) / 4,
		gCover: v.f[fCover], gCoverAll: v.f[fCoverAll], gBest: v.f[fBest],
		gBack: max(v.f[fTitleBack], v.f[fClaimBack], v.f[fTextBack]),
		gRun:  v.f[fRun], gPairs: v.f[fPairs], gAccent: v.f[fAccent], gNumbers: v.f[fNumbers],
		gNumberGap: -v.f[fNumberGap], gCapitals: v.f[fCapitals], gMass: v.f[fMass], gRarest: v.f[fRarest],
		gWords: math.Log1p(float64(known)) / 4, gUnknown: 1 - l.known/max(l.all, 1e-9),
		gSmall:   1 / math.Log(math.E+math.Max(m.live, smallest)),
		gCoverSq: v.f[fCoverAll] * v.f[fCoverAll], gBestSq: v.f[fBest] * v.f[fBest],
		gShortCover: short * v.f[fCoverAll],
		gRivalCover: rivalCover, gCoverLead: v.f[fCoverAll] - rivalCover,
		gAbove: math.Min(above, 12) / 4, gDeviation: math.Min(deviation, 8) / 4,
		gMissing: one / 10, gMissingTwo: two / 10, gWordsCover: v.f[fWords], gText: v.f[fText],
		gShare: oddsAmong(list, i) / 8,
	}
}

// smallest is the size of the smallest indexes that were learned from.
const smallest = 60

// crowd compares list[i] with the ten that follow it, documents that share
// nothing counting as 0: how far above their mean it scores, and that in their
// standard deviations.
func crowd(list []judged, i int) (above, deviations float64) {
	const size = 10
	next := list[min(i+1, len(list)):min(i+1+size, len(list))]
	mean, square := 0.0, 0.0
	for k := range next {
		mean += next[k].score / size
	}
	for k := range next {
		d := next[k].score - mean
		square += d * d / size
	}
	square += mean * mean * float64(size-len(next)) / size
	above = list[i].score - mean
	return above, above / (math.Sqrt(square) + 0.25)
}

// oddsAmong is the log-odds of list[i] against all other candidates, which is
// what listwise learning made the scores for, within ±8.
func oddsAmong(list []judged, i int) float64 {
	rest := 0.0
	for k := range list {
		if k != i {
			rest += math.Exp(list[k].score - list[i].score)
		}
	}
	return math.Max(-8, math.Min(8, -math.Log(rest+1e-9)))
}

// missing returns the weights of the two rarest words of the window that the
// document just looked at does not have.
func missing(m *message, l *look) (one, two float64) {
	for at, i := range l.order {
		t := m.words[i].term
		if s := &l.terms[t]; s.stamp == l.stamp || s.first != int32(at) {
			continue
		}
		switch w := m.terms[t].idf; {
		case w > one:
			one, two = w, one
		case w > two:
			two = w
		}
	}
	return one, two
}

// ranks is how many weights rank: one for each feature under each extreme of a
// circumstance, and two for the length of the document itself.
const ranks = 2*circumstances*features + 2

// score weighs the features. None of the weights is negative, so that whatever
// a document has in common with the message can only lift it.
func (m *Model) score(v *vector) float64 {
	w := m.Rank[:ranks]
	sum := 0.0
	for c, x := range v.c {
		low, high := w[2*c*features:][:features], w[(2*c+1)*features:][:features]
		for i, y := range v.f {
			sum += y * ((1-x)*low[i] + x*high[i])
		}
	}
	return sum + (1-v.c[cSize])*w[ranks-2] + v.c[cSize]*w[ranks-1]
}

// weighable lists what score weighs.
func (v *vector) weighable() []float64 {
	out := make([]float64, 0, ranks)
	for _, x := range v.c {
		for _, y := range v.f {
			out = append(out, (1-x)*y)
		}
		for _, y := range v.f {
			out = append(out, x*y)
		}
	}
	return append(out, 1-v.c[cSize], v.c[cSize])
}

// odds is how many weights a logistic model has: one for each sign, one for
// each product of two, and the constant.
const odds = signs + signs*(signs+1)/2 + 1

// logistic is the probability that weights make of signs.
func logistic(weights []float64, g *[signs]float64) float64 {
	sum := weights[odds-1]
	k := signs
	for i, x := range g {
		sum += weights[i] * x
		for _, y := range g[i:] {
			sum += weights[k] * x * y
			k++
		}
	}
	return 1 / (1 + math.Exp(-sum))
}

// products lists the signs and the products of any two, as logistic reads them.
func products(g *[signs]float64) []float64 {
	out := append(make([]float64, 0, odds-1), g[:]...)
	for i, x := range g {
		for _, y := range g[i:] {
			out = append(out, x*y)
		}
	}
	return out
}

// enough weakens the probability of a document that shares fewer than five
// words with the message, whatever the words: a name or a number alone says
// what a message is about, not what it claims. It weakens that of messages of
// fewer than twelve words too, a little: many claims begin alike; and in an index
// of fewer than 200 documents, where how rare a word is can hardly be told. It
// speaks of the document looked at last.
func enough(l *look, m *message) float64 {
	shared, distinct := l.shared(m)
	return unit(float64(shared-1)/4) * math.Min(1, 0.88+0.01*float64(distinct)) * math.Min(1, 0.955+0.045*m.live/200)
}

// chance reports whether the document looked at last has but one word of a
// message of four or more: in a small index, where nothing else competes, that happens
// by chance, and such a document is not worth a reader's look.
func chance(l *look, m *message) bool {
	shared, distinct := l.shared(m)
	return shared < 2 && distinct >= 4
}

// shared counts the distinct words of the message, and those of them that the
// document looked at last has.
func (l *look) shared(m *message) (shared, distinct int) {
	for at, i := range l.order {
		s := &l.terms[m.words[i].term]
		if s.first != int32(at) {
			continue
		}
		distinct++
		if s.stamp == l.stamp {
			shared++
		}
	}
	return shared, distinct
}

// judged is a candidate after the closer look.
type judged struct {
	candidate
	score float64
	v     vector
}

// judge makes the result of ranked candidates and says how sure it is.
func (ix *Index) judge(q Query, s *state, m *message, sc *scratch, list []judged) Result {
	limit := q.Limit
	if limit <= 0 {
		limit = defaultLimit
	}
	var r Result
	hits := make([]Hit, min(limit, len(list)))
	for i := range hits {
		j := &list[i]
		g := ix.signs(s, m, sc, list, i)
		if i == 0 && !chance(&sc.look, m) {
			r.Present = logistic(ix.model.Present, &g)
		}
		hits[i] = Hit{
			ID: strings.Clone(s.id(j.candidate)), Score: j.score, Probability: enough(&sc.look, m) * logistic(ix.model.Sure, &g),
			Terms: ix.terms(s, m, &sc.look, sc.windows[j.window], j.candidate),
		}
		if q.Explain {
			hits[i].Parts = ix.model.parts(&j.v)
		}
	}
	if r.Hits = hits; len(hits) > 0 {
		r.Outcome = ix.model.outcome(hits[0].Probability, r.Present)
	}
	return r
}

func (m *Model) outcome(sure, present float64) Outcome {
	switch {
	case sure >= m.Answer:
		return Answer
	case present >= m.Perhaps:
		return Candidates
	}
	return None
}

// rank looks at every candidate and sorts them, best first.
func (ix *Index) rank(s *state, m *message, sc *scratch, found []candidate) []judged {
	l := &sc.look
	l.prepare(m)
	slices.SortStableFunc(found, func(a, b candidate) int { return cmp.Compare(a.window, b.window) })
	list := sc.judged[:0]
	for _, c := range found {
		l.through(m, c.window, sc.windows[c.window])
		v := ix.features(s, m, l, c)
		list = append(list, judged{candidate: c, score: ix.model.score(&v), v: v})
	}
	sc.judged = list
	slices.SortFunc(list, func(a, b judged) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(s.day(b.candidate), s.day(a.candidate)),
			cmp.Compare(s.id(a.candidate), s.id(b.candidate)))
	})
	return list
}

func (s *state) day(c candidate) int32 { return s.parts[c.part].seg.days[c.doc] }

// signs gathers the signs for the i-th of list.
func (ix *Index) signs(s *state, m *message, sc *scratch, list []judged, i int) [signs]float64 {
	j := &list[i]
	sc.look.through(m, j.window, sc.windows[j.window])
	// Looking again leaves the marks of this document in the working memory.
	ix.features(s, m, &sc.look, j.candidate)
	return signsOf(m, &sc.look, list, i)
}

// terms lists the message's words that the document has, in the order of the
// message.
func (ix *Index) terms(s *state, m *message, l *look, w window, c candidate) []string {
	l.through(m, c.window, w)
	has := make([]bool, len(m.terms))
	for _, x := range s.parts[c.part].seg.all(int(c.doc)) {
		if t := l.term(x & wordMask); t >= 0 && l.terms[t].in {
			has[t] = true
		}
	}
	var out []string
	for t := range m.terms {
		if has[t] && !m.terms[t].common {
			out = append(out, m.terms[t].folded)
		}
	}
	return out
}

// parts explains a score by features, whatever the circumstances.
func (m *Model) parts(v *vector) []Part {
	var parts []Part
	add := func(name string, x float64) {
		if x != 0 {
			parts = append(parts, Part{Name: name, Value: x})
		}
	}
	w, x := m.Rank, v.weighable()
	for i, name := range featureNames {
		sum := 0.0
		for k := range 2 * circumstances {
			sum += w[k*features+i] * x[k*features+i]
		}
		add(name, sum)
	}
	add("length", w[ranks-2]*x[ranks-2]+w[ranks-1]*x[ranks-1])
	slices.SortStableFunc(parts, func(a, b Part) int {
		return cmp.Compare(math.Abs(b.Value), math.Abs(a.Value))
	})
	return parts
}

// View is what the index saw in one candidate, for trainers.
type View struct {
	ID string
	// Features are in the order of FeatureNames.
	Features []float64
}

// Views returns the candidates of a message with their features, ranked by the
// model, for trainers; Search is the same without them.
func (ix *Index) Views(q Query) []View {
	var views []View
	ix.study(q, func(s *state, _ *message, _ *scratch, list []judged) {
		for i := range list {
			views = append(views, View{ID: strings.Clone(s.id(list[i].candidate)), Features: list[i].v.weighable()})
		}
	})
	return views
}

// Signs returns the first hits of a message, five by default, and the signs that
// the best is the answer, in the order of SignNames, for trainers.
func (ix *Index) Signs(q Query) (ids []string, signs []float64) {
	ix.study(q, func(s *state, m *message, sc *scratch, list []judged) {
		if len(list) == 0 {
			return
		}
		g := ix.signs(s, m, sc, list, 0)
		signs = products(&g)
		for i := range list[:min(len(list), defaultLimit)] {
			ids = append(ids, strings.Clone(s.id(list[i].candidate)))
		}
	})
	return ids, signs
}
