package match

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"sync"

	"sangto/viet"
)

// Grouper finds, among open claims, the one that a question says again. It is
// strict, because joining two different claims loses one of them while keeping
// two copies apart costs a click: nearly every word of each must be in the
// other, allowing for slips of typing; numbers, names and negations must
// agree.
//
// Candidates come from MinHash signatures in bands (Broder, "On the
// resemblance and containment of documents", 1997; Leskovec, Rajaraman and
// Ullman, "Mining of Massive Datasets", section 3.4). The work of Find is
// bounded however many near-copies there are. A Grouper is safe for concurrent
// use.
type Grouper struct {
	mu      sync.RWMutex
	entries map[string]*said
	bands   [bands]map[uint64][]*said
}

const (
	bands    = 16
	bandRows = 4
	// bucketLook bounds how many of a bucket are compared: those beyond it are
	// copies of copies.
	bucketLook = 24
)

// said is a claim's text as the grouper keeps it.
type said struct {
	id string
	// text is the hash of the whole, so that the same words put again cost
	// nothing.
	text   uint64
	words  []uint64 // sorted, distinct
	stems  []string // what words are the hashes of, in the same order
	pairs  []uint64 // sorted, distinct
	strict []uint64 // numbers and negations: sorted, distinct
	// names are words that may not be missing from the other text, whatever
	// its length: sorted, distinct.
	names []uint64
	keys  [bands]uint64
	at    [bands]int32
}

// NewGrouper returns an empty Grouper.
func NewGrouper() *Grouper {
	g := &Grouper{entries: map[string]*said{}}
	for i := range g.bands {
		g.bands[i] = map[uint64][]*said{}
	}
	return g
}

// Len returns the number of claims.
func (g *Grouper) Len() int {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return len(g.entries)
}

// Put adds the text of an open claim, replacing what id had. A text without
// words is only forgotten. To put again what id has already is cheap.
func (g *Grouper) Put(id, text string) {
	if g.has(id, hashString(text)) {
		return
	}
	e := read(text)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.drop(id)
	if len(e.words) == 0 {
		return
	}
	e.id = id
	for b, key := range e.keys {
		e.at[b] = int32(len(g.bands[b][key]))
		g.bands[b][key] = append(g.bands[b][key], e)
	}
	g.entries[id] = e
}

func (g *Grouper) has(id string, text uint64) bool {
	g.mu.RLock()
	defer g.mu.RUnlock()
	e := g.entries[id]
	return e != nil && e.text == text
}

// Retain forgets every claim for which keep is false. keep must not call g.
func (g *Grouper) Retain(keep func(id string) bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for id := range g.entries {
		if !keep(id) {
			g.drop(id)
		}
	}
}

// Delete forgets a claim. An unknown id is ignored.
func (g *Grouper) Delete(id string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.drop(id)
}

func (g *Grouper) drop(id string) {
	e := g.entries[id]
	if e == nil {
		return
	}
	delete(g.entries, id)
	for b, key := range e.keys {
		bucket := g.bands[b][key]
		last := bucket[len(bucket)-1]
		bucket[e.at[b]], last.at[b] = last, e.at[b]
		bucket[len(bucket)-1] = nil
		if bucket = bucket[:len(bucket)-1]; len(bucket) == 0 {
			delete(g.bands[b], key)
		} else {
			g.bands[b][key] = bucket
		}
	}
}

// Find returns the claim that text says again: of several the closest, and of
// equally close ones the one with the smallest id.
func (g *Grouper) Find(text string) (id string, ok bool) {
	e := read(text)
	if len(e.words) == 0 {
		return "", false
	}
	g.mu.RLock()
	defer g.mu.RUnlock()
	var best *said
	closest := -1.0
	for _, c := range g.near(e) {
		if near, same := e.same(c); same && (near > closest || near == closest && c.id < best.id) {
			best, closest = c, near
		}
	}
	if best == nil {
		return "", false
	}
	return best.id, true
}

// near lists the entries that share a band with e, each once.
func (g *Grouper) near(e *said) []*said {
	var found []*said
	for b, key := range e.keys {
		bucket := g.bands[b][key]
		found = append(found, bucket[:min(len(bucket), bucketLook)]...)
	}
	slices.SortFunc(found, func(a, b *said) int { return cmp.Compare(a.id, b.id) })
	return slices.Compact(found)
}

// read makes the entry of a text. An entry lives as long as its claim is open,
// and there may be very many: its lists have no room to spare.
func read(text string) *said {
	e := &said{text: hashString(text)}
	r := newReader(false)
	words := r.read(nil, text)
	words = words[:min(len(words), wordsMax)]
	lower := slices.ContainsFunc(words, func(w word) bool { return !w.capital && !w.number })
	vietnamese := mostlySyllables(words)
	stems := make(map[uint64]string, len(words))
	var pairs, strict, names []uint64
	var before uint64
	for i := range words {
		w := r.plainest(words[i])
		h := hashString(w.stem)
		stems[h] = w.stem
		if i > 0 {
			pairs = append(pairs, mix(before^h*3))
		}
		before = h
		if w.number || negation(w.folded) {
			strict = append(strict, h)
		}
		if lower && w.capital && i > 0 || vietnamese && !viet.Syllable(w.folded) {
			names = append(names, h)
		}
	}
	e.words = slices.Clone(slices.Sorted(maps.Keys(stems)))
	e.stems = spelled(e.words, stems)
	e.pairs, e.strict, e.names = distinct(pairs), distinct(strict), distinct(names)
	e.sign()
	return e
}

// spelled lists the stems of words. They are parts of one string, which holds
// nothing else alive.
func spelled(words []uint64, stems map[uint64]string) []string {
	var all strings.Builder
	for _, h := range words {
		all.WriteString(stems[h])
	}
	out := make([]string, len(words))
	rest := all.String()
	for i, h := range words {
		n := len(stems[h])
		out[i], rest = rest[:n], rest[n:]
	}
	return out
}

// distinct returns a sorted copy of list, each value once.
func distinct(list []uint64) []uint64 {
	slices.Sort(list)
	return slices.Clone(slices.Compact(list))
}

// plainest undoes chat spellings and Telex without an index to ask: a word that
// has the shape of a syllable stays.
func (r *reader) plainest(w word) word {
	if w.typed == "" {
		return w
	}
	plain, ok := viet.Chat(w.typed)
	if !ok && !viet.Syllable(w.typed) {
		plain, ok = viet.ReadTelex(w.typed)
	}
	if !ok && !viet.Syllable(w.typed) {
		plain, ok = viet.ReadVNI(w.typed)
	}
	if ok {
		w.folded = viet.FoldWord(plain)
		w.stem = r.stem(w.folded)
	}
	return w
}

// negation reports whether a folded word turns a sentence round.
func negation(folded string) bool {
	switch folded {
	case "khong", "chua", "chang", "cham", "not", "no", "never", "isnt", "arent", "wasnt", "dont", "doesnt", "didnt", "wont", "cant", "cannot":
		return true
	}
	return false
}

// sign fills the band keys with the smallest hashes of the words.
func (e *said) sign() {
	for b := range bands {
		key := uint64(0)
		for row := range bandRows {
			seed := mix(uint64(b*bandRows+row) + 0x9E3779B97F4A7C15)
			low := ^uint64(0)
			for _, w := range e.words {
				low = min(low, mix(w^seed))
			}
			key = mix(key*31 ^ low)
		}
		e.keys[b] = key
	}
}

// same reports whether two texts say the same, and how close they are.
func (e *said) same(c *said) (near float64, same bool) {
	mine, theirs := difference(e.words, c.words), difference(c.words, e.words)
	if !slices.Equal(e.strict, c.strict) {
		return 0, false
	}
	left, right, ok := slipsAside(e, c, mine, theirs)
	if !ok || left > allowed(len(e.words)) || right > allowed(len(c.words)) {
		return 0, false
	}
	common := len(e.pairs) - len(difference(e.pairs, c.pairs))
	if few := min(len(e.pairs), len(c.pairs)); common*5 < few*2 {
		return 0, false
	}
	return 1 - float64(len(mine)+len(theirs))/float64(len(e.words)+len(c.words)), true
}

// differMax bounds the words that are compared one with another.
const differMax = 64

// allowed is how many words of a text of n may be missing from the other: none
// of a short question, where every word may be the point.
func allowed(n int) int { return n / 9 }

// difference lists what a has and b has not; both are sorted.
func difference(a, b []uint64) []uint64 {
	var out []uint64
	for _, x := range a {
		if _, ok := slices.BinarySearch(b, x); !ok {
			out = append(out, x)
		}
	}
	return out
}

// stem is the word that h, one of e's words, is the hash of.
func (e *said) stem(h uint64) string {
	i, _ := slices.BinarySearch(e.words, h)
	return e.stems[i]
}

func (e *said) named(h uint64) bool {
	_, ok := slices.BinarySearch(e.names, h)
	return ok
}

// slipsAside pairs the words that differ by a slip of typing and returns how
// many are left on each side; false when a name is left.
func slipsAside(a, b *said, mine, theirs []uint64) (left, right int, ok bool) {
	if len(mine) > differMax || len(theirs) > differMax {
		return len(mine), len(theirs), false
	}
	used := make([]bool, len(theirs))
	for _, x := range mine {
		j := 0
		for j < len(theirs) && (used[j] || !slipOf(a.stem(x), b.stem(theirs[j]))) {
			j++
		}
		if j < len(theirs) {
			used[j] = true
			continue
		}
		if a.named(x) {
			return 0, 0, false
		}
		left++
	}
	for j, y := range theirs {
		if used[j] {
			continue
		}
		if b.named(y) {
			return 0, 0, false
		}
		right++
	}
	return left, right, true
}

// slipOf reports whether two words of at least five letters differ by one
// letter changed, lost or added, or two exchanged. Shorter words are too often
// one slip away from another word.
func slipOf(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(a) < 5 || len(b)-len(a) > 1 {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) != len(b) {
		return a[i:] == b[i+1:]
	}
	if i == len(a) {
		return true
	}
	swapped := i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
	return swapped || a[i+1:] == b[i+1:]
}
