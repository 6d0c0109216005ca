package match

import (
	"cmp"
	"slices"
)

// A builder collects documents and makes a segment of them. What it needs
// beside the segment is sixteen bytes a posting, twice, for at most segmentMax
// documents: about a hundred megabytes for full segments of short documents.
type builder struct {
	ids    []string
	days   []int32
	langs  []language
	at     []uint32
	stream []uint32
	words  poster
	pairs  poster
}

// A poster collects postings, document after document.
type poster struct {
	entries []entry
	doc     []weighed // of the document being added
}

type entry struct {
	key   uint64
	doc   uint16
	power uint8
}

type weighed struct {
	key    uint64
	weight float32
}

func newBuilder() *builder { return &builder{at: []uint32{0}} }

// add takes one document whose words are already packed.
func (b *builder) add(id string, day int32, lang language, text [fields][]uint32) {
	doc := uint16(len(b.ids))
	for f, words := range text {
		b.post(f, words)
		b.stream = append(b.stream, words...)
		b.at = append(b.at, uint32(len(b.stream)))
	}
	b.words.finish(doc)
	b.pairs.finish(doc)
	b.ids, b.days, b.langs = append(b.ids, id), append(b.days, day), append(b.langs, lang)
}

func (b *builder) post(f int, words []uint32) {
	w := fieldRules[f].weight(len(words))
	for i, t := range words {
		b.words.doc = append(b.words.doc, weighed{uint64(t & wordMask), w})
		if i > 0 {
			b.pairs.doc = append(b.pairs.doc, weighed{pairKey(words[i-1], t), w})
		}
	}
}

// finish turns the weights of the document's keys into entries.
func (p *poster) finish(doc uint16) {
	// Stable, because weights are rounded as they are added up.
	slices.SortStableFunc(p.doc, func(a, b weighed) int { return cmp.Compare(a.key, b.key) })
	for i := 0; i < len(p.doc); {
		key, sum := p.doc[i].key, float32(0)
		for ; i < len(p.doc) && p.doc[i].key == key; i++ {
			sum += p.doc[i].weight
		}
		p.entries = append(p.entries, entry{key: key, doc: doc, power: strength(float64(sum))})
	}
	p.doc = p.doc[:0]
}

// segment makes the segment. The builder must not be used afterwards.
func (b *builder) segment() *segment {
	// Copies, because what grew by appending holds up to a quarter too much.
	s := &segment{days: slices.Clone(b.days), langs: slices.Clone(b.langs), at: slices.Clone(b.at), stream: slices.Clone(b.stream)}
	s.ids, s.idAt = cloneAll(b.ids)
	s.settle()
	s.words, _ = b.words.tables(false)
	b.words = poster{}
	s.pairs, s.alone = b.pairs.tables(true)
	return s
}

// tables makes the tables of the entries; keys that one document holds go to
// the loners if they are kept apart.
func (p *poster) tables(apart bool) (table, loners) {
	bits := bucketBits(len(p.entries))
	sorted, bounds := scatter(p.entries, bits)
	p.entries = nil
	c := collector{apart: apart, t: table{docs: make([]uint16, 0, len(sorted)), power: make([]uint8, 0, len(sorted))}}
	for b := range len(bounds) - 1 {
		c.take(sorted[bounds[b]:bounds[b+1]])
	}
	return c.finish()
}

// scatter sorts entries by the upper bits of their keys' hashes, keeping the
// order of documents.
func scatter(entries []entry, bits uint8) (sorted []entry, bounds []uint32) {
	bounds = make([]uint32, 1<<bits+1)
	for i := range entries {
		bounds[bucketOf(mix(entries[i].key), bits)+1]++
	}
	for b := range len(bounds) - 1 {
		bounds[b+1] += bounds[b]
	}
	next := slices.Clone(bounds)
	sorted = make([]entry, len(entries))
	for _, e := range entries {
		b := bucketOf(mix(e.key), bits)
		sorted[next[b]] = e
		next[b]++
	}
	return sorted, bounds
}

// A collector fills the tables, bucket after bucket.
type collector struct {
	apart  bool
	t      table
	alone  loners
	hashes []uint64 // of the loners
	kinds  []kind   // of the bucket
	which  []int32  // of the bucket: each entry's kind
}

type kind struct {
	key  uint64
	n    uint32
	next int // where its next entry goes
}

// take adds the entries of one bucket, which holds a few keys only.
func (c *collector) take(entries []entry) {
	c.kinds, c.which = c.kinds[:0], c.which[:0]
	for i := range entries {
		k := slices.IndexFunc(c.kinds, func(x kind) bool { return x.key == entries[i].key })
		if k < 0 {
			k = len(c.kinds)
			c.kinds = append(c.kinds, kind{key: entries[i].key})
		}
		c.kinds[k].n++
		c.which = append(c.which, int32(k))
	}
	for k := range c.kinds {
		c.open(&c.kinds[k])
	}
	for i, e := range entries {
		k := &c.kinds[c.which[i]]
		if k.next < 0 {
			hash := mix(e.key)
			c.alone.entries = append(c.alone.entries, loner(hash, e.doc))
			c.hashes = append(c.hashes, hash)
			continue
		}
		c.t.docs[k.next], c.t.power[k.next] = e.doc, e.power
		k.next++
	}
}

// open makes room for a key's entries.
func (c *collector) open(k *kind) {
	if c.apart && k.n == 1 {
		k.next = -1
		return
	}
	k.next = len(c.t.docs)
	c.t.keys = append(c.t.keys, k.key)
	c.t.at = append(c.t.at, uint32(k.next))
	end := k.next + int(k.n)
	c.t.docs, c.t.power = c.t.docs[:end], c.t.power[:end]
}

func (c *collector) finish() (table, loners) {
	t := &c.t
	t.keys, t.docs, t.power = slices.Clone(t.keys), slices.Clone(t.docs), slices.Clone(t.power)
	t.at = append(slices.Clone(t.at), uint32(len(t.docs)))
	t.most = make([]uint8, len(t.keys))
	hashes := make([]uint64, len(t.keys))
	for k, key := range t.keys {
		hashes[k] = mix(key)
		t.most[k] = slices.Max(t.power[t.at[k]:t.at[k+1]])
	}
	t.bits, t.bucket = buckets(hashes)
	c.alone.entries = slices.Clone(c.alone.entries)
	c.alone.bits, c.alone.bucket = buckets(c.hashes)
	return *t, c.alone
}

// buckets says where each bucket begins among hashes that are in the order of
// finer buckets.
func buckets(hashes []uint64) (bits uint8, bucket []uint32) {
	bits = bucketBits(len(hashes))
	bucket = make([]uint32, 1<<bits+1)
	for _, h := range hashes {
		bucket[bucketOf(h, bits)+1]++
	}
	for b := range len(bucket) - 1 {
		bucket[b+1] += bucket[b]
	}
	return bits, bucket
}
