package match

import (
	"math"
	"strings"
	"sync/atomic"
)

// A segment is an immutable part of an index: at most segmentMax documents,
// with their words in order and the postings of words and pairs. Everything in
// it lies in a few long arrays, because a million documents made of small
// pieces would cost more in headers than in content, and because a snapshot
// then reads as fast as the disk. Only gone changes, atomically, when a
// document dies.
type segment struct {
	// ids holds the documents' IDs one after the other; idAt says where each
	// begins, with one more at the end.
	ids  string
	idAt []uint32
	// slots finds a document by its ID: open addressing, place plus one.
	slots []uint16
	days  []int32
	langs []language // of the documents
	// stream holds every document's words, field after field; see pack. at
	// says where each field of each document begins, with one more at the end.
	stream []uint32
	at     []uint32
	words  table
	pairs  table // those that more than one document holds
	alone  loners
	// gone counts, for each key of pairs, the dead documents that hold it; nil
	// until a document dies.
	gone atomic.Pointer[[]uint32]
}

// segmentMax is bounded by the two bytes a posting spends on a document, and
// keeps the accumulators of a search within a processor's cache. One less than
// what two bytes can tell apart, so that a slot has a value to be empty.
const segmentMax = 1<<16 - 1

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

// weight is what one occurrence counts in a field of so many words.
func (r fieldRule) weight(words int) float32 {
	return float32(r.boost / (1 - r.slope + r.slope*float64(words)/r.pivot))
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

// A table maps a key to the documents that hold it. Keys are word numbers, or
// two of them for a pair. They stand in the order of the upper bits of their
// hash, and bucket says where each value of those bits begins: four bytes for
// several keys, where open addressing needs eight for each.
type table struct {
	bits   uint8
	bucket []uint32
	keys   []uint64
	at     []uint32 // where the key's entries begin; one more at the end
	most   []uint8  // the strongest entry
	docs   []uint16 // in order within a key
	power  []uint8
}

// loners are the pairs that a single document holds, three quarters of all. Of
// each, only the document and 16 bits of the hash are kept; whether it is
// really there, and how strong, is seen from the document's words.
type loners struct {
	bits    uint8
	bucket  []uint32
	entries []uint32 // lower half of the hash's lower half, then the document
}

// list is one key's entries.
type list struct {
	docs  []uint16
	power []uint8
	most  uint8
}

// bucketKeys is how many keys share a bucket, about.
const bucketKeys = 4

// bucketBits is how many bits of a hash tell apart enough buckets for n keys.
func bucketBits(n int) uint8 {
	bits := uint8(0)
	for bucketKeys<<bits < n {
		bits++
	}
	return bits
}

func bucketOf(hash uint64, bits uint8) int { return int(hash >> (64 - bits)) }

// place returns where key stands in the arrays, -1 if it is not there.
func (t *table) place(key, hash uint64) int {
	b := bucketOf(hash, t.bits)
	for k := int(t.bucket[b]); k < int(t.bucket[b+1]); k++ {
		if t.keys[k] == key {
			return k
		}
	}
	return -1
}

func (t *table) list(k int) list {
	a, b := t.at[k], t.at[k+1]
	return list{docs: t.docs[a:b], power: t.power[a:b], most: t.most[k]}
}

// loner is the entry of a pair with this hash.
func loner(hash uint64, doc uint16) uint32 { return uint32(hash)<<16 | uint32(doc) }

// size is the number of documents, dead ones among them.
func (s *segment) size() int { return len(s.days) }

// id returns a document's ID, which must be copied before it leaves the index:
// it would keep the IDs of the whole segment in memory.
func (s *segment) id(doc int) string { return s.ids[s.idAt[doc]:s.idAt[doc+1]] }

// find returns the document with the given ID.
func (s *segment) find(id string, hash uint64) (doc uint16, ok bool) {
	mask := uint64(len(s.slots) - 1)
	for i := hash & mask; s.slots[i] != 0; i = (i + 1) & mask {
		if d := int(s.slots[i]) - 1; s.id(d) == id {
			return uint16(d), true
		}
	}
	return 0, false
}

// settle gives every ID its slot. It reports false if two are the same.
func (s *segment) settle() bool {
	size := 8
	for size*2 < s.size()*3 {
		size *= 2
	}
	s.slots = make([]uint16, size)
	mask := uint64(size - 1)
	for d := range s.size() {
		id := s.id(d)
		i := hashString(id) & mask
		for s.slots[i] != 0 {
			if s.id(int(s.slots[i])-1) == id {
				return false
			}
			i = (i + 1) & mask
		}
		s.slots[i] = uint16(d + 1)
	}
	return true
}

// field returns the words of one field.
func (s *segment) field(doc, f int) []uint32 {
	i := doc*fields + f
	return s.stream[s.at[i]:s.at[i+1]]
}

// all returns every word of the document.
func (s *segment) all(doc int) []uint32 {
	return s.stream[s.at[doc*fields]:s.at[(doc+1)*fields]]
}

func pairKey(a, b uint32) uint64 { return uint64(a&wordMask)<<wordBits | uint64(b&wordMask) }

// lone returns the only document that holds a pair, if it is such a pair.
func (s *segment) lone(key, hash uint64) (doc uint16, power uint8, ok bool) {
	b := bucketOf(hash, s.alone.bits)
	want := loner(hash, 0)
	for _, e := range s.alone.entries[s.alone.bucket[b]:s.alone.bucket[b+1]] {
		if e&^0xFFFF != want {
			continue
		}
		if power := s.pairPower(int(uint16(e)), key); power > 0 {
			return uint16(e), power, true
		}
	}
	return 0, 0, false
}

// pairPower is the strength of a pair in a document, 0 if it is not there. It
// adds up as the builder does.
func (s *segment) pairPower(doc int, key uint64) uint8 {
	a, b := uint32(key>>wordBits), uint32(key&wordMask)
	tf, found := float32(0), false
	for f := range fields {
		words := s.field(doc, f)
		for i := 1; i < len(words); i++ {
			if words[i]&wordMask == b && words[i-1]&wordMask == a {
				tf += fieldRules[f].weight(len(words))
				found = true
			}
		}
	}
	if !found {
		return 0
	}
	return strength(float64(tf))
}

// spot is where a segment keeps a pair: the place in its table, or the only
// document and the strength there.
type spot struct {
	at    int32 // nowhere and alone are no places
	doc   uint16
	power uint8
}

const (
	nowhere = -1
	alone   = -2
)

func (s *segment) spot(key uint64) spot {
	hash := mix(key)
	if k := s.pairs.place(key, hash); k >= 0 {
		return spot{at: int32(k)}
	}
	if doc, power, ok := s.lone(key, hash); ok {
		return spot{alone, doc, power}
	}
	return spot{at: nowhere}
}

// documents returns how many live documents hold the pair kept at a spot.
func (p *part) documents(at spot) int {
	switch {
	case at.at == nowhere || at.at == alone && p.isDead(at.doc):
		return 0
	case at.at == alone:
		return 1
	}
	t := &p.seg.pairs
	n := int(t.at[at.at+1] - t.at[at.at])
	if gone := p.seg.gone.Load(); gone != nil {
		n -= int(atomic.LoadUint32(&(*gone)[at.at]))
	}
	return n
}

// forgetPairs takes a document out of the counts of its pairs.
func (s *segment) forgetPairs(doc int) {
	gone := s.gone.Load()
	if gone == nil {
		gone = new(make([]uint32, len(s.pairs.keys)))
		s.gone.Store(gone)
	}
	seen := map[uint64]bool{}
	for f := range fields {
		words := s.field(doc, f)
		for i := 1; i < len(words); i++ {
			key := pairKey(words[i-1], words[i])
			if seen[key] {
				continue
			}
			seen[key] = true
			if k := s.pairs.place(key, mix(key)); k >= 0 {
				atomic.AddUint32(&(*gone)[k], 1)
			}
		}
	}
}

// cloneAll joins copies of the strings and says where each begins.
func cloneAll(ids []string) (all string, at []uint32) {
	var b strings.Builder
	size := 0
	for _, id := range ids {
		size += len(id)
	}
	b.Grow(size)
	at = make([]uint32, 1, len(ids)+1)
	for _, id := range ids {
		b.WriteString(id)
		at = append(at, uint32(b.Len()))
	}
	return b.String(), at
}
