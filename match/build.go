package match

import "slices"

// A builder collects documents and makes a segment of them.
type builder struct {
	docs   []document
	stream []uint32
	words  poster
	pairs  poster
}

// A poster collects postings, document after document.
type poster struct {
	index   map[uint64]uint32
	keys    []uint64
	entries []entry
	weights []float32
	last    []uint32 // per key: its newest entry plus one
	begin   int      // where the current document's entries begin
}

type entry struct {
	key   uint32
	doc   uint16
	power uint8
}

func newBuilder() *builder {
	return &builder{words: newPoster(), pairs: newPoster()}
}

func newPoster() poster { return poster{index: map[uint64]uint32{}} }

// add takes one document whose words are already packed.
func (b *builder) add(id string, day int32, text [fields][]uint32) {
	doc := uint16(len(b.docs))
	d := document{id: id, day: day, start: uint32(len(b.stream))}
	for f, words := range text {
		b.post(doc, f, words)
		b.stream = append(b.stream, words...)
		d.ends[f] = uint32(len(b.stream))
	}
	b.words.finish()
	b.pairs.finish()
	b.docs = append(b.docs, d)
}

func (b *builder) post(doc uint16, f int, words []uint32) {
	rule := fieldRules[f]
	w := float32(rule.boost / (1 - rule.slope + rule.slope*float64(len(words))/rule.pivot))
	for i, t := range words {
		b.words.add(uint64(t&wordMask), doc, w)
		if i > 0 {
			b.pairs.add(pairKey(words[i-1], t), doc, w)
		}
	}
}

func (p *poster) add(key uint64, doc uint16, w float32) {
	k, ok := p.index[key]
	if !ok {
		k = uint32(len(p.keys))
		p.index[key] = k
		p.keys = append(p.keys, key)
		p.last = append(p.last, 0)
	}
	if e := int(p.last[k]) - 1; e >= p.begin {
		p.weights[e-p.begin] += w
		return
	}
	p.entries = append(p.entries, entry{key: k, doc: doc})
	p.weights = append(p.weights, w)
	p.last[k] = uint32(len(p.entries))
}

// finish turns the weights of the current document's entries into strengths.
func (p *poster) finish() {
	for i, w := range p.weights {
		p.entries[p.begin+i].power = strength(float64(w))
	}
	p.begin = len(p.entries)
	p.weights = p.weights[:0]
}

// segment makes the segment. The builder must not be used afterwards.
func (b *builder) segment() *segment {
	return &segment{
		// Copies, because what grew by appending holds up to a quarter too much.
		docs: slices.Clone(b.docs), stream: slices.Clone(b.stream),
		words: b.words.postings(), pairs: b.pairs.postings(),
	}
}

func (p *poster) postings() postings {
	n := len(p.keys)
	size := 8
	for size*3 < n*4 {
		size *= 2
	}
	out := postings{
		slots: make([]uint32, size), keys: slices.Clone(p.keys),
		at: make([]uint32, n+1), count: make([]uint32, n), most: make([]uint8, n),
		docs: make([]uint16, len(p.entries)), power: make([]uint8, len(p.entries)),
	}
	for _, e := range p.entries {
		out.at[e.key+1]++
	}
	for k := range n {
		out.at[k+1] += out.at[k]
	}
	// count serves as how far each list is filled, and ends as its length.
	for _, e := range p.entries {
		i := out.at[e.key] + out.count[e.key]
		out.docs[i], out.power[i] = e.doc, e.power
		out.count[e.key]++
		out.most[e.key] = max(out.most[e.key], e.power)
	}
	out.settle()
	return out
}

// settle gives every key its slot.
func (p *postings) settle() {
	mask := uint64(len(p.slots) - 1)
	for k, key := range p.keys {
		i := mix(key) & mask
		for p.slots[i] != 0 {
			i = (i + 1) & mask
		}
		p.slots[i] = uint32(k + 1)
	}
}
