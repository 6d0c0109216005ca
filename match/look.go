package match

import (
	"math"
)

// The features of a candidate. Each is between about 0 and 1 (some reach
// below 0), and each is 0 where it has nothing to say, so that one linear model
// serves every language and every shape of document.
const (
	fWords     = iota // BM25F over words, as a share of the most the message could earn
	fPairs            // neighbouring pairs found, by weight
	fCover            // message's known words found, by idf
	fCoverAll         // the same, of all words: unknown ones count as missing
	fTitle            // title: harmonic mean of message covered and title covered
	fClaim            // claim: the same
	fText             // best passage of the text: the same
	fTitleBack        // share of the title's weight that the message has
	fClaimBack        // share of the claim's
	fTextBack         // share of the best passage's
	fRun              // longest common run of words, by weight
	fAccent           // accented forms that agree, less those that differ
	fNumbers          // numbers of the message found
	fNumberGap        // -1 if both speak in numbers and share none
	fCapitals         // capitalised words of the message found
	fCapsBack         // capitalised words of title and claim that the message has
	fBest             // the best harmonic mean of any field
	fMass             // log of the weight found: says more than a share for short messages
	fWordsRaw         // BM25F itself: tells a long window from a short one
	fPairsRaw         // weight of the pairs found
	fRunRaw           // weight of the longest run
	fRarest           // the rarest word of the message is found
	fNear             // neighbouring telling words of the message that are near each other too
	fHead             // title and claim together: harmonic mean of the two coverages
	fFuzzy            // unknown words of the message that resemble words of the document
	features
)

// The circumstances under which the features weigh more or less, each between
// 0 and 1.
const (
	cLong    = iota // how many known words the window has
	cStrange        // share of the window's weight that the index does not know
	cSize           // how long the document is
	circumstances
)

var circumstanceNames = [circumstances][2]string{
	{"short message", "long message"}, {"known words", "unknown words"}, {"short document", "long document"},
}

var featureNames = [features]string{
	"words", "pairs", "coverage", "coverage of all", "title", "claim", "text",
	"title covered", "claim covered", "text covered", "longest run", "accents",
	"numbers", "numbers differ", "names", "names covered", "best field",
	"weight found",
	"words by weight", "pairs by weight", "run by weight", "rarest word",
	"near words", "title and claim", "resembling words",
}

// vector is what was seen of a candidate: its features, and under which
// circumstances.
type vector struct {
	f [features]float64
	c [circumstances]float64
}

// look is the working memory for looking closely at candidates through one
// window of the message.
type look struct {
	window int16
	order  []int32 // words of the window, as indexes into message.words
	// The table maps a word's number to its term; open addressing, key plus one.
	keys []uint32
	vals []int32
	// Per term of the message, valid where stamp matches:
	terms []seenTerm
	stamp uint32
	// Per word of the window: the run of common words that ends there.
	runs []run
	// Sums over the window's distinct words.
	all, known, pairs, names, numbers, near float64
	rarest, telling                         int32 // the last telling word, while entering
	grams                                   grams
	// marks are those of the field being looked at, head those of title and claim.
	marks, head []mark
	// idfs is a table of weights by number of documents, for an index of live.
	idfs   []float64
	live   float64
	common [512]commonIDF // beyond the table
	// passes numbers the passages looked at.
	passes uint32
}

type seenTerm struct {
	in     bool    // in the window
	first  int32   // its first place in order
	stamp  uint32  // document that found it
	tf     float64 // weighted by field
	accent int8    // 1 agrees, -1 differs, 0 does not say
	pass   uint32  // passage that found it
}

type run struct {
	next  int32 // the next place of the same word, -1 at the end
	last  int32 // document position plus one of the newest match
	mass  float64
	stamp uint32
	pair  uint32 // document that found the pair ending here
	// before is the place of the telling word before this one, -1 if there is
	// none or this word tells nothing; near is the document that has the two
	// near each other.
	before int32
	near   uint32
}

// prepare sets the table up for the message.
func (l *look) prepare(m *message) {
	size := 16
	for size < 2*len(m.terms)*m.slots {
		size *= 2
	}
	if len(l.keys) < size {
		l.keys, l.vals = make([]uint32, size), make([]int32, size)
	} else {
		clear(l.keys)
	}
	for i := range m.terms {
		for slot := range m.slots {
			if id, ok := m.owned(int32(i), slot); ok {
				l.put(id, int32(i))
			}
		}
	}
	if cap(l.terms) < len(m.terms) {
		l.terms = make([]seenTerm, len(m.terms))
	}
	l.terms = l.terms[:len(m.terms)]
	clear(l.terms)
	l.weights(m.live)
	l.order, l.stamp = l.order[:0], 0
	l.window = -1
}

func (l *look) put(id uint32, t int32) {
	mask := uint32(len(l.keys) - 1)
	i := spread(id) & mask
	for l.keys[i] != 0 {
		i = (i + 1) & mask
	}
	l.keys[i], l.vals[i] = id+1, t
}

func (l *look) term(id uint32) int32 {
	mask := uint32(len(l.keys) - 1)
	for i := spread(id) & mask; l.keys[i] != 0; i = (i + 1) & mask {
		if l.keys[i] == id+1 {
			return l.vals[i]
		}
	}
	return -1
}

func spread(id uint32) uint32 { return id * 0x9E3779B1 >> 7 }

// through makes ready to look through window w.
func (l *look) through(m *message, at int16, w window) {
	if l.window == at {
		return
	}
	l.window = at
	for _, i := range l.order {
		l.terms[m.words[i].term].in = false
	}
	l.order, l.runs = l.order[:0], l.runs[:0]
	l.all, l.known, l.pairs, l.names, l.numbers, l.near = 0, 0, 0, 0, 0, 0
	l.rarest, l.telling = -1, -1
	l.grams.reset()
	for i := w.from; i < w.to; i++ {
		l.enter(m, int32(i))
	}
	for i := m.textLen; i < len(m.words); i++ {
		l.enter(m, int32(i))
	}
}

func (l *look) enter(m *message, i int32) {
	x := m.words[i]
	t, s := &m.terms[x.term], &l.terms[x.term]
	at := int32(len(l.order))
	l.order = append(l.order, i)
	r := run{next: -1, before: -1}
	l.pairs += float64(x.pair)
	if t.known && !t.common {
		if l.telling >= 0 {
			r.before = l.telling
			l.near += t.idf + m.terms[m.words[l.order[l.telling]].term].idf
		}
		l.telling = at
	}
	if s.in {
		r.next = s.first
	} else {
		s.in = true
		l.count(m, x.term, t)
	}
	s.first = at
	l.runs = append(l.runs, r)
}

func (l *look) count(m *message, at int32, t *term) {
	l.all += t.idf
	if t.number {
		l.numbers += t.idf
	}
	if !t.known {
		l.grams.add(t.stem, t.idf)
		return
	}
	l.known += t.idf
	if t.capital {
		l.names += t.idf
	}
	if l.rarest < 0 || t.idf > m.terms[l.rarest].idf {
		l.rarest = at
	}
}

// passageSize and passageStride cut long texts, in words.
const (
	passageSize   = 64
	passageStride = 32
)

// features looks at one document.
func (ix *Index) features(s *state, m *message, l *look, c candidate) vector {
	var v vector
	seg := s.parts[c.part].seg
	l.stamp++
	f := finder{ix: ix, m: m, l: l}
	f.field(&v, seg.field(int(c.doc), titleField), titleField, fTitle, fTitleBack)
	l.head = append(l.head[:0], l.marks...)
	f.field(&v, seg.field(int(c.doc), claimField), claimField, fClaim, fClaimBack)
	l.head = append(l.head, l.marks...)
	v.f[fHead] = harmonic(f.passage(l.head))
	f.field(&v, seg.field(int(c.doc), textField), textField, fText, fTextBack)
	f.sum(&v)
	return v
}

// finder gathers what one document has in common with the message.
type finder struct {
	ix   *Index
	m    *message
	l    *look
	at   int32   // words seen so far, fields kept apart
	mass float64 // best run

	docNames, docNamesFound float64
	docNumbers              int
}

// field looks at the words of one field.
func (f *finder) field(v *vector, words []uint32, field, both, back int) {
	f.l.marks = f.l.marks[:0]
	if len(words) == 0 {
		return
	}
	rule := fieldRules[field]
	tf := rule.boost / (1 - rule.slope + rule.slope*float64(len(words))/rule.pivot)
	f.at += 2
	l := f.l
	for _, w := range words {
		l.marks = append(l.marks, f.word(w, tf, field))
	}
	for from := 0; ; from += passageStride {
		to := min(from+passageSize, len(words))
		message, passage := f.passage(l.marks[from:to])
		if h := harmonic(message, passage); h > v.f[both] || from == 0 {
			v.f[both], v.f[back] = h, passage
		}
		if to == len(words) {
			break
		}
	}
	v.f[fBest] = max(v.f[fBest], v.f[both])
}

// mark is what was seen of one word of a field: its weight, and its term if it
// is in the window, -1 otherwise.
type mark struct {
	weight float64
	term   int32
}

func harmonic(a, b float64) float64 {
	if a+b == 0 {
		return 0
	}
	return 2 * a * b / (a + b)
}

// passage returns the share of the message's weight and of the passage's that
// the two have in common.
func (f *finder) passage(marks []mark) (message, passage float64) {
	l := f.l
	pass := f.nextPass()
	var found, foundBack, all float64
	for _, x := range marks {
		all += x.weight
		if x.term < 0 {
			continue
		}
		foundBack += x.weight
		if s := &l.terms[x.term]; s.pass != pass {
			s.pass = pass
			found += x.weight
		}
	}
	return found / max(l.known, 1e-9), foundBack / max(all, 1e-9)
}

func (f *finder) nextPass() uint32 {
	f.l.passes++
	return f.l.passes
}

// word takes note of one word of the document.
func (f *finder) word(w uint32, tf float64, field int) mark {
	l := f.l
	f.at++
	x := mark{term: l.term(w & wordMask)}
	in := x.term >= 0 && l.terms[x.term].in
	if x.term >= 0 {
		x.weight = f.m.terms[x.term].idf
	} else {
		x.weight = l.idf(f.ix.vocab.docs(w & wordMask))
	}
	if w&numberBit != 0 {
		f.docNumbers++
	}
	if w&capitalBit != 0 && field != textField {
		f.docNames += x.weight
		if in {
			f.docNamesFound += x.weight
		}
	}
	if !in {
		x.term = -1
		if len(l.grams.terms) > 0 && w&numberBit == 0 {
			l.grams.compare(f.ix.vocab.text(w & wordMask))
		}
		return x
	}
	s := &l.terms[x.term]
	if s.stamp != l.stamp {
		s.stamp, s.tf, s.accent = l.stamp, 0, 0
	}
	s.tf += tf
	f.accents(s, &f.m.terms[x.term], w)
	f.run(s.first, x.weight)
	return x
}

// accents compares the accented forms; one that agrees anywhere in the
// document settles it.
func (f *finder) accents(s *seenTerm, t *term, w uint32) {
	d := uint8(w >> accentShift & accentMask)
	switch {
	case t.accent == 0 || d == 0:
	case t.accent == d:
		s.accent = 1
	case s.accent == 0:
		s.accent = -1
	}
}

// nearMax is how far apart two words may be, in words, to be near each other.
const nearMax = 4

// run extends the runs of common words that end at the places of a word.
func (f *finder) run(at int32, weight float64) {
	l := f.l
	for ; at >= 0; at = l.runs[at].next {
		r := &l.runs[at]
		mass := weight
		if at > 0 {
			if p := &l.runs[at-1]; p.stamp == l.stamp && p.last == f.at-1 && f.m.words[l.order[at]].pair > 0 {
				mass += p.mass
				r.pair = l.stamp
			}
		}
		if r.before >= 0 {
			if p := &l.runs[r.before]; p.stamp == l.stamp && f.at-p.last <= nearMax {
				r.near = l.stamp
			}
		}
		r.stamp, r.last, r.mass = l.stamp, f.at, mass
		f.mass = max(f.mass, mass)
	}
}

// sum turns what was gathered into features.
func (f *finder) sum(v *vector) {
	l, m := f.l, f.m
	var words, found, accents, names, numbers, known float64
	for _, i := range l.order {
		t := &m.terms[m.words[i].term]
		s := &l.terms[m.words[i].term]
		// The same word may stand in the window more than once: count it once.
		if l.order[s.first] != i {
			continue
		}
		if t.known {
			known++
		}
		if s.stamp != l.stamp {
			continue
		}
		words += t.idf * s.tf / (saturation + s.tf)
		found += t.idf
		accents += t.idf * float64(s.accent)
		if t.capital {
			names += t.idf
		}
		if t.number {
			numbers += t.idf
		}
	}
	pairs, nearby := 0.0, 0.0
	for i := range l.runs {
		if r := &l.runs[i]; r.near == l.stamp {
			nearby += m.terms[m.words[l.order[i]].term].idf + m.terms[m.words[l.order[r.before]].term].idf
		}
		if l.runs[i].pair == l.stamp {
			pairs += float64(m.words[l.order[i]].pair)
		}
	}
	v.f[fWords] = words / max(l.known, 1e-9)
	v.f[fPairs] = pairs / max(l.pairs, 1e-9)
	v.f[fCover] = found / max(l.known, 1e-9)
	v.f[fCoverAll] = found / max(l.all, 1e-9)
	v.f[fRun] = f.mass / max(l.known, 1e-9)
	v.f[fAccent] = accents / max(l.known, 1e-9)
	v.f[fNumbers] = numbers / max(l.numbers, 1e-9)
	if l.numbers > 0 && f.docNumbers > 0 && numbers == 0 {
		v.f[fNumberGap] = -1
	}
	v.f[fCapitals] = names / max(l.names, 1e-9)
	v.f[fCapsBack] = f.docNamesFound / max(f.docNames, 1e-9)
	v.f[fWordsRaw], v.f[fPairsRaw], v.f[fRunRaw] = words/50, pairs/50, f.mass/50
	v.f[fNear] = nearby / max(l.near, 1e-9)
	v.f[fFuzzy] = l.grams.found() / max(l.all, 1e-9)
	v.f[fMass] = math.Log1p(found) / 5
	v.c[cLong] = unit((math.Log1p(known) - 1.6) / 2.4)
	v.c[cStrange] = unit((1 - l.known/max(l.all, 1e-9)) * 2)
	v.c[cSize] = unit((math.Log1p(float64(f.at)) - 2) / 4.8)
	if l.rarest >= 0 && l.terms[l.rarest].stamp == l.stamp {
		v.f[fRarest] = 1
	}
}

// unit holds x between 0 and 1.
func unit(x float64) float64 { return math.Max(0, math.Min(1, x)) }

// idfsMax bounds the table of weights by number of documents.
const idfsMax = 4096

// idf is the weight of a word that so many documents hold.
func (l *look) idf(docs int) float64 {
	if docs < len(l.idfs) {
		return l.idfs[docs]
	}
	c := &l.common[docs%len(l.common)]
	if c.docs != docs {
		*c = commonIDF{docs, idf(docs, max(l.live, float64(docs)))}
	}
	return c.weight
}

// commonIDF is the weight of words in many documents, of which there are few.
type commonIDF struct {
	docs   int
	weight float64
}

// weights fills the table of weights for an index of live documents; it stays
// good until the size of the index changes.
func (l *look) weights(live float64) {
	if l.live == live && l.idfs != nil {
		return
	}
	l.live, l.idfs = live, l.idfs[:0]
	clear(l.common[:])
	for n := range idfsMax {
		l.idfs = append(l.idfs, idf(n, max(live, float64(n))))
	}
}
