package match

import (
	"slices"
	"sync"
	"sync/atomic"
)

// Doc is a published text that messages are matched against.
type Doc struct {
	// ID names the document; a later Put with the same ID replaces it.
	ID string
	// Lang is the BCP 47 language of the text, empty if unknown. Its primary
	// subtag chooses the stemmer, see the package documentation; a language
	// without one is read like Vietnamese and English.
	Lang string
	// Title is a headline, Claim the sentence that was checked, Text a summary
	// or the whole article. Any of them may be empty.
	Title, Claim, Text string
	// Day counts days since 1 January 1970, 0 if unknown. Between documents
	// that match a message equally well, the newer one comes first.
	Day int32
}

// Options adjusts an index. The zero value is what most programs want.
type Options struct {
	// Candidates is how many documents are looked at closely for a message,
	// 0 for the default: 160, and 96 in an index of more than 250,000, where
	// they find as much (docs/performance.md). More finds a little more and
	// costs in proportion.
	Candidates int
	// Model replaces the model the package was released with, nil for that
	// one. Its slices must have the lengths that FeatureNames and SignNames
	// tell.
	Model *Model
}

// Index is an in-memory index of documents. Any number of goroutines may use
// it at once. A search sees one state of the index from beginning to end and
// never waits for a writer; what Put and Delete change is seen by every search
// that begins after they return. Writers take turns.
type Index struct {
	options Options
	model   Model
	vocab   *vocab
	now     atomic.Pointer[state]
	scratch sync.Pool

	writing sync.Mutex
	reader  *reader // guarded by writing
}

// state is what a search sees: parts that never change once published.
type state struct {
	parts []part
	live  int
	// langs are the languages that messages are read in beside plain.
	langs []language
}

// part is a segment and which of its documents are dead.
type part struct {
	seg  *segment
	dead []uint64 // a bit per document; nil while all live
	live int
	// langs counts the live documents of each language.
	langs [languages]uint16
}

func (p *part) isDead(doc uint16) bool {
	return p.dead != nil && p.dead[doc>>6]&(1<<(doc&63)) != 0
}

// New returns an empty index.
func New(o Options) *Index {
	ix := &Index{options: o, vocab: newVocab(), reader: newReader(true)}
	ix.model = DefaultModel()
	if o.Model != nil {
		ix.model = *o.Model
	}
	ix.scratch.New = func() any { return newScratch() }
	ix.now.Store(&state{})
	return ix
}

// Len returns the number of documents.
func (ix *Index) Len() int { return ix.now.Load().live }

// Put adds documents, replacing those with the same ID. Of several documents
// with one ID in a call the last counts. A call with many documents is much
// cheaper than many calls with one.
func (ix *Index) Put(docs ...Doc) {
	if len(docs) == 0 {
		return
	}
	ix.writing.Lock()
	defer ix.writing.Unlock()
	docs = lastOfEach(docs)
	ids := make([]string, len(docs))
	for i := range docs {
		ids[i] = docs[i].ID
	}
	next := ix.without(ids)
	for batch := range slices.Chunk(docs, segmentMax) {
		next.parts = append(next.parts, ix.build(batch))
	}
	ix.publish(next)
	// The change is public before the parts are tidied, which may take a while.
	ix.tidy()
}

// Delete removes documents. Unknown IDs are ignored.
func (ix *Index) Delete(ids ...string) {
	if len(ids) == 0 {
		return
	}
	ix.writing.Lock()
	defer ix.writing.Unlock()
	ix.publish(ix.without(ids))
	ix.tidy()
}

func (ix *Index) publish(s *state) {
	s.live = 0
	for _, p := range s.parts {
		s.live += p.live
	}
	s.langs = spokenIn(s.parts)
	ix.now.Store(s)
}

func lastOfEach(docs []Doc) []Doc {
	last := make(map[string]int, len(docs))
	for i := range docs {
		last[docs[i].ID] = i
	}
	if len(last) == len(docs) {
		return docs
	}
	kept := make([]Doc, 0, len(last))
	for i := range docs {
		if last[docs[i].ID] == i {
			kept = append(kept, docs[i])
		}
	}
	return kept
}

// build makes a part of documents whose IDs are not in the index.
func (ix *Index) build(docs []Doc) part {
	b := newBuilder()
	var text [fields][]uint32
	var all []uint32
	for i := range docs {
		d := &docs[i]
		all = all[:0]
		ix.reader.lang = languageOf(d.Lang)
		for f, s := range [fields]string{d.Title, d.Claim, d.Text} {
			text[f] = ix.pack(text[f][:0], s)
			all = append(all, text[f]...)
		}
		b.add(d.ID, d.Day, ix.reader.lang, text)
		eachDistinct(all, func(w uint32) { ix.vocab.count(w, 1) })
	}
	return alive(b.segment())
}

// pack appends the words of s in the form a segment keeps them: number, mark of
// the accented form, and what kind of word it is.
func (ix *Index) pack(dst []uint32, s string) []uint32 {
	if s == "" {
		return dst
	}
	for _, w := range ix.reader.read(nil, s) {
		id, ok := ix.vocab.add(w.stem)
		if !ok {
			continue // the vocabulary is full: eight million words
		}
		dst = append(dst, pack(id, &w))
	}
	return dst
}

func pack(id uint32, w *word) uint32 {
	v := id | uint32(w.accent)<<accentShift
	if w.capital {
		v |= capitalBit
	}
	if w.number {
		v |= numberBit
	}
	return v
}

// eachDistinct calls do once for every word number in words, which it sorts.
func eachDistinct(words []uint32, do func(uint32)) {
	for i, w := range words {
		words[i] = w & wordMask
	}
	slices.Sort(words)
	for i, w := range words {
		if i == 0 || words[i-1] != w {
			do(w)
		}
	}
}

// without returns a new state in which the given documents are dead, and takes
// them out of all counts.
func (ix *Index) without(ids []string) *state {
	next := &state{parts: slices.Clone(ix.now.Load().parts)}
	copied := make([]bool, len(next.parts))
	for _, id := range ids {
		i, doc, ok := next.find(id)
		if !ok {
			continue
		}
		p := &next.parts[i]
		if !copied[i] {
			// Searches under way still read the old bits.
			bits := make([]uint64, (p.seg.size()+63)/64)
			copy(bits, p.dead)
			p.dead, copied[i] = bits, true
		}
		p.dead[doc>>6] |= 1 << (doc & 63)
		p.live--
		p.langs[p.seg.langs[doc]]--
		ix.forget(p.seg, int(doc))
	}
	next.parts = slices.DeleteFunc(next.parts, func(p part) bool { return p.live == 0 })
	return next
}

// find returns where a live document is.
func (s *state) find(id string) (at int, doc uint16, ok bool) {
	hash := hashString(id)
	for i := range s.parts {
		p := &s.parts[i]
		if doc, ok := p.seg.find(id, hash); ok && !p.isDead(doc) {
			return i, doc, true
		}
	}
	return 0, 0, false
}

// forget takes a document out of the counts of its words and pairs.
func (ix *Index) forget(seg *segment, doc int) {
	eachDistinct(slices.Clone(seg.all(doc)), func(w uint32) { ix.vocab.count(w, -1) })
	seg.forgetPairs(doc)
}

// tidy merges parts until each is at least twice the size of the next, so that
// there are few of them and a document is rewritten only a few times in its
// life; and rewrites a part of which more than half is dead.
func (ix *Index) tidy() {
	for {
		s := ix.now.Load()
		i, j, ok := worthMerging(s.parts)
		if !ok {
			return
		}
		merged := ix.merge(s.parts[i:j])
		next := &state{parts: slices.Clone(s.parts[:i])}
		next.parts = append(next.parts, merged)
		next.parts = append(next.parts, s.parts[j:]...)
		ix.publish(next)
	}
}

func worthMerging(parts []part) (i, j int, ok bool) {
	for i := len(parts) - 1; i > 0; i-- {
		a, b := parts[i-1].live, parts[i].live
		if b*2 > a && a+b <= segmentMax {
			return i - 1, i + 1, true
		}
	}
	for i, p := range parts {
		if p.live*2 < p.seg.size() {
			return i, i + 1, true
		}
	}
	return 0, 0, false
}

// merge rewrites the live documents of parts into one.
func (ix *Index) merge(parts []part) part {
	b := newBuilder()
	for i := range parts {
		p := &parts[i]
		for d := range p.seg.size() {
			if p.isDead(uint16(d)) {
				continue
			}
			b.add(p.seg.id(d), p.seg.days[d], p.seg.langs[d], [fields][]uint32{p.seg.field(d, 0), p.seg.field(d, 1), p.seg.field(d, 2)})
		}
	}
	return alive(b.segment())
}

// alive is a part of which every document lives.
func alive(seg *segment) part {
	p := part{seg: seg, live: seg.size()}
	for _, l := range seg.langs {
		p.langs[l]++
	}
	return p
}
