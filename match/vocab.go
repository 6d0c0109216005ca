package match

import (
	"strings"
	"sync/atomic"
)

// A vocab numbers words and counts, for each, the live documents that hold it.
// One writer adds to it while any number of readers look words up without a
// lock: a word's entry is complete before the slot that leads to it is stored.
// Words are never removed, so numbers stay valid for the life of an index;
// a word whose last document went away keeps its number with a count of zero.
type vocab struct {
	table  atomic.Pointer[slots]
	chunks [chunkCount]atomic.Pointer[chunk]
	n      uint32
}

// slots is an open-addressing table of word number plus one; its length is a
// power of two.
type slots []atomic.Uint32

const (
	chunkBits  = 12
	chunkSize  = 1 << chunkBits
	chunkCount = 1 << (wordBits - chunkBits)
)

type chunk struct {
	hash [chunkSize]uint64
	text [chunkSize]string
	docs [chunkSize]atomic.Uint32
}

func newVocab() *vocab {
	v := &vocab{}
	t := make(slots, 1024)
	v.table.Store(&t)
	return v
}

// find returns the number of word.
func (v *vocab) find(word string) (uint32, bool) {
	return v.probe(*v.table.Load(), hashString(word), word)
}

func (v *vocab) probe(t slots, h uint64, word string) (uint32, bool) {
	mask := uint64(len(t) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		s := t[i].Load()
		if s == 0 {
			return 0, false
		}
		c, j := v.entry(s - 1)
		if c.hash[j] == h && c.text[j] == word {
			return s - 1, true
		}
	}
}

func (v *vocab) entry(id uint32) (*chunk, uint32) {
	return v.chunks[id>>chunkBits].Load(), id & (chunkSize - 1)
}

// add returns the number of word, giving it one if it is new. It reports false
// when the vocabulary is full. Only the writer may call it.
func (v *vocab) add(word string) (uint32, bool) {
	h := hashString(word)
	t := *v.table.Load()
	if id, ok := v.probe(t, h, word); ok {
		return id, true
	}
	if v.n >= 1<<wordBits {
		return 0, false
	}
	id := v.n
	if id&(chunkSize-1) == 0 {
		v.chunks[id>>chunkBits].Store(new(chunk))
	}
	c, j := v.entry(id)
	// A copy: word may be a piece of a long text that would stay in memory.
	c.hash[j], c.text[j] = h, strings.Clone(word)
	v.n++
	if int(v.n)*4 > len(t)*3 {
		v.grow(len(t) * 2)
	} else {
		t.put(h, id)
	}
	return id, true
}

// grow replaces the table by a larger one that also holds the newest word.
func (v *vocab) grow(size int) {
	t := make(slots, size)
	for id := range v.n {
		c, j := v.entry(id)
		t.put(c.hash[j], id)
	}
	v.table.Store(&t)
}

func (t slots) put(h uint64, id uint32) {
	mask := uint64(len(t) - 1)
	i := h & mask
	for t[i].Load() != 0 {
		i = (i + 1) & mask
	}
	t[i].Store(id + 1)
}

// text returns the word with the given number.
func (v *vocab) text(id uint32) string {
	c, j := v.entry(id)
	return c.text[j]
}

// docs returns how many live documents hold the word.
func (v *vocab) docs(id uint32) int {
	c, j := v.entry(id)
	return int(c.docs[j].Load())
}

// count adds delta to the number of live documents that hold the word.
func (v *vocab) count(id uint32, delta int32) {
	c, j := v.entry(id)
	c.docs[j].Add(uint32(delta))
}

// hashString is FNV-1a with a final mix, which FNV needs before its low bits
// can pick a slot.
func hashString(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return mix(h)
}

// mix is the finalizer of MurmurHash3.
func mix(h uint64) uint64 {
	h ^= h >> 33
	h *= 0xff51afd7ed558ccd
	h ^= h >> 33
	h *= 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}
