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
		docs: slices.Clip(b.docs), stream: slices.Clip(b.stream),
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
		keys: make([]uint64, size), at: make([]uint32, size),
		count: make([]uint32, size), size: make([]uint32, size), most: make([]uint8, size),
		docs: make([]uint16, len(p.entries)), power: make([]uint8, len(p.entries)),
	}
	place := p.places(&out)
	for _, e := range p.entries {
		i := place[e.key]
		at := out.at[i] + out.size[i]
		out.docs[at], out.power[at] = e.doc, e.power
		out.size[i]++
		out.most[i] = max(out.most[i], e.power)
	}
	copy(out.count, out.size)
	return out
}

// places gives every key its slot and the start of its entries.
func (p *poster) places(out *postings) []uint32 {
	sizes := make([]uint32, len(p.keys))
	for _, e := range p.entries {
		sizes[e.key]++
	}
	place := make([]uint32, len(p.keys))
	mask := uint64(len(out.keys) - 1)
	at := uint32(0)
	for k, key := range p.keys {
		i := mix(key) & mask
		for out.keys[i] != 0 {
			i = (i + 1) & mask
		}
		out.keys[i], out.at[i] = key+1, at
		place[k] = uint32(i)
		at += sizes[k]
	}
	return place
}
