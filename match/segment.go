package match

import (
	"math"
	"sync/atomic"
)

// A segment is an immutable part of an index: at most segmentMax documents,
// with their words in order and the postings of words and pairs. Only the
// counts of pairs change, atomically, when a document dies.
type segment struct {
	docs  []document
	words postings
	pairs postings
	// stream holds every document's words, field after field; see pack.
	stream []uint32
}

// segmentMax is bounded by the two bytes a posting spends on a document, and
// keeps the accumulators of a search within a processor's cache.
const segmentMax = 1 << 16

// A document of a segment. Its fields are stream[start:ends[0]],
// stream[ends[0]:ends[1]] and stream[ends[1]:ends[2]].
type document struct {
	id    string
	day   int32
	start uint32
	ends  [fields]uint32
}

// The fields of a document.
const (
	titleField = iota
	claimField
	textField
	fields
)

// A fieldRule says how much a word counts in a field and how the field's
// length weakens it. The pivots are fixed and not averages of the index, so
// that a posting's strength can be stored in one byte when it is written and
// stays right when documents come and go.
type fieldRule struct{ boost, slope, pivot float64 }

var fieldRules = [fields]fieldRule{
	titleField: {boost: 1.0, slope: 0.4, pivot: 9},
	claimField: {boost: 1.2, slope: 0.4, pivot: 18},
	textField:  {boost: 0.8, slope: 0.4, pivot: 30},
}

// saturation is BM25's k1.
const saturation = 1.0

// strength is the share, 0 to 255, of its weight that a word earns in a
// document, from its frequency already weighted by field: BM25F's
// saturation, tf/(k1+tf).
func strength(tf float64) uint8 {
	// Never 0: a document that holds a word must be seen to hold it.
	return uint8(max(1, math.Round(255*tf/(saturation+tf))))
}

// postings maps a key to the documents that hold it. Keys are word numbers, or
// two of them for a pair. Most pairs are in one document only, so the table of
// slots, which must have room to spare, holds nothing but places in the dense
// arrays.
type postings struct {
	slots []uint32 // open addressing; place plus one
	keys  []uint64
	at    []uint32 // where the key's entries begin; one more at the end
	count []uint32 // how many of the entries are live, atomic
	most  []uint8  // the strongest entry
	docs  []uint16
	power []uint8
}

// list is one key's entries.
type list struct {
	docs  []uint16
	power []uint8
	most  uint8
}

// place returns where key stands in the dense arrays, -1 if it is not there.
func (p *postings) place(key uint64) int {
	mask := uint64(len(p.slots) - 1)
	for i := mix(key) & mask; p.slots[i] != 0; i = (i + 1) & mask {
		if k := int(p.slots[i] - 1); p.keys[k] == key {
			return k
		}
	}
	return -1
}

// find returns the entries of key, dead ones among them.
func (p *postings) find(key uint64) list {
	k := p.place(key)
	if k < 0 {
		return list{}
	}
	a, b := p.at[k], p.at[k+1]
	return list{docs: p.docs[a:b], power: p.power[a:b], most: p.most[k]}
}

// live returns how many live documents hold key.
func (p *postings) live(key uint64) int {
	if k := p.place(key); k >= 0 {
		return int(atomic.LoadUint32(&p.count[k]))
	}
	return 0
}

func pairKey(a, b uint32) uint64 { return uint64(a&wordMask)<<wordBits | uint64(b&wordMask) }

// field returns the words of one field.
func (s *segment) field(doc, f int) []uint32 {
	d := &s.docs[doc]
	from := d.start
	if f > 0 {
		from = d.ends[f-1]
	}
	return s.stream[from:d.ends[f]]
}

// all returns every word of the document.
func (s *segment) all(doc int) []uint32 {
	d := &s.docs[doc]
	return s.stream[d.start:d.ends[fields-1]]
}
