package match

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"sync"
	"sync/atomic"
)

// An Embedder turns texts into vectors whose directions lie near each other
// where the texts mean nearly the same, in other words or another language.
// Package match ships none; a program that has one puts what it makes into a
// Vectors and joins both results with Fuse.
//
// Implementations must be safe for any number of goroutines.
type Embedder interface {
	// Embed returns one vector for each text, in the order of the texts. The
	// vectors of an answer all have the same dimension, which the caller learns
	// from the first answer, and length 1. An answer is whole or an error; it
	// comes, or fails, soon after ctx ends.
	Embed(ctx context.Context, texts []string) ([][]float32, error)
	// Model names what makes the vectors. Vectors of two models, or of two
	// dimensions, cannot be compared.
	Model() string
}

// Vectors finds the documents whose vectors are nearest in direction to that
// of a message. A search compares one bit per component first, its sign
// relative to the mean of all vectors, and computes the cosine only for the
// several hundred documents that differ in the fewest bits (Charikar, "Similarity
// Estimation Techniques from Rounding Algorithms", STOC 2002, without the random
// planes, which trained vectors do not need). Signs are taken around the mean
// because the vectors of most encoders crowd into one corner of the space.
//
// Components are kept as signed bytes with one scale per vector, which moves a
// cosine by less than 0.01. A vector of dimension d costs 9d/8 bytes, and its
// ID and bookkeeping about 100 more: half a gigabyte for a million documents
// of dimension 384.
//
// Any number of goroutines may use a Vectors at once. A search sees one state
// from beginning to end and never waits for a writer; writers take turns.
type Vectors struct {
	dimension int
	now       atomic.Pointer[vectorState]
	scratch   sync.Pool

	writing sync.Mutex
	where   map[string]int // slot of each live vector; guarded by writing
	centred int            // how many vectors the mean was taken of; guarded by writing
}

// vectorState is what a search sees. Slots below n never change; a writer
// fills the next slot before it publishes a state that counts it.
type vectorState struct {
	chunks []*vectorChunk
	dead   [][]uint64 // per chunk a bit per slot; nil while all live
	n      int
	live   int
	mean   []float32
}

// vectorChunk holds perChunk vectors.
type vectorChunk struct {
	ids   []string
	scale []float32
	parts []int8   // dimension of them per vector
	codes []uint64 // one bit per component, in whole words per vector
}

const (
	perChunk = 1024
	// rescored is how many documents of fewest differing bits have their
	// cosine computed, at least; fourfold the limit if that is more.
	rescored = 400
	// centreFrom is how many vectors tell where their mean is.
	centreFrom = 64
)

// Errors of Vectors.
var (
	// ErrDimension: a vector has another dimension than the Vectors.
	ErrDimension = errors.New("another dimension")
	// ErrNoDirection: a vector is zero, or a component is no finite number.
	ErrNoDirection = errors.New("a vector without direction")
)

// NewVectors returns an empty Vectors for vectors of the given dimension, which
// must be at least 1.
func NewVectors(dimension int) *Vectors {
	if dimension < 1 {
		panic("match: a vector has at least one component")
	}
	v := &Vectors{dimension: dimension, where: map[string]int{}}
	v.scratch.New = func() any { return &vectorScratch{} }
	v.now.Store(&vectorState{mean: make([]float32, dimension)})
	return v
}

// Dimension returns the dimension of the vectors.
func (v *Vectors) Dimension() int { return v.dimension }

// Len returns the number of documents that have a vector.
func (v *Vectors) Len() int { return v.now.Load().live }

// Put adds the vector of a document, replacing that of the same ID. Its length
// does not matter, only its direction, and it is not kept. The error is
// ErrDimension or ErrNoDirection, and nothing has changed.
func (v *Vectors) Put(id string, vector []float32) error {
	unit, err := v.unit(vector)
	if err != nil {
		return err
	}
	v.writing.Lock()
	defer v.writing.Unlock()
	next := *v.now.Load()
	if slot, ok := v.where[id]; ok {
		next.kill(slot)
	}
	v.fill(&next, id, unit)
	v.now.Store(&next)
	v.tidy()
	return nil
}

// Delete removes vectors. Unknown IDs are ignored.
func (v *Vectors) Delete(ids ...string) {
	v.writing.Lock()
	defer v.writing.Unlock()
	next := *v.now.Load()
	for _, id := range ids {
		if slot, ok := v.where[id]; ok {
			delete(v.where, id)
			next.kill(slot)
		}
	}
	v.now.Store(&next)
	v.tidy()
}

// unit returns the vector of length 1 of the same direction.
func (v *Vectors) unit(vector []float32) ([]float32, error) {
	if len(vector) != v.dimension {
		return nil, fmt.Errorf("%w: %d instead of %d", ErrDimension, len(vector), v.dimension)
	}
	sum := 0.0
	for _, x := range vector {
		sum += float64(x) * float64(x)
	}
	if length := math.Sqrt(sum); length > 0 && !math.IsInf(length, 0) && !math.IsNaN(length) {
		unit := make([]float32, len(vector))
		for i, x := range vector {
			unit[i] = float32(float64(x) / length)
		}
		return unit, nil
	}
	return nil, ErrNoDirection
}

// fill puts a vector into the next slot.
func (v *Vectors) fill(s *vectorState, id string, unit []float32) {
	if s.n == len(s.chunks)*perChunk {
		// Copies, because searches under way still read the old lists.
		s.chunks = append(slices.Clone(s.chunks), newVectorChunk(v.dimension))
		s.dead = append(slices.Clone(s.dead), nil)
	}
	c, at := s.chunks[s.n/perChunk], s.n%perChunk
	c.ids[at] = id
	c.scale[at] = shrink(c.vector(at, v.dimension), unit)
	encode(c.code(at), unit, s.mean)
	v.where[id] = s.n
	s.n++
	s.live++
}

func newVectorChunk(dimension int) *vectorChunk {
	return &vectorChunk{
		ids: make([]string, perChunk), scale: make([]float32, perChunk),
		parts: make([]int8, perChunk*dimension), codes: make([]uint64, perChunk*codeWords(dimension)),
	}
}

// codeWords is how many words a code of that many bits takes.
func codeWords(dimension int) int { return (dimension + 63) / 64 }

func (c *vectorChunk) vector(at, dimension int) []int8 {
	return c.parts[at*dimension : (at+1)*dimension]
}

func (c *vectorChunk) code(at int) []uint64 {
	n := len(c.codes) / perChunk
	return c.codes[at*n : (at+1)*n]
}

// shrink writes the components as bytes and returns what one step stands for.
func shrink(dst []int8, unit []float32) (scale float32) {
	most := float32(0)
	for _, x := range unit {
		most = max(most, x, -x)
	}
	scale = most / 127
	for i, x := range unit {
		dst[i] = int8(math.RoundToEven(float64(x / scale)))
	}
	return scale
}

// encode writes a bit for each component that lies above the mean.
func encode(dst []uint64, unit, mean []float32) {
	clear(dst)
	for i, x := range unit {
		if x > mean[i] {
			dst[i>>6] |= 1 << (i & 63)
		}
	}
}

// kill marks a slot dead, in bits that no published state shares.
func (s *vectorState) kill(slot int) {
	c, at := slot/perChunk, slot%perChunk
	own := make([]uint64, perChunk/64)
	copy(own, s.dead[c])
	own[at>>6] |= 1 << (at & 63)
	s.dead = slices.Clone(s.dead)
	s.dead[c] = own
	s.live--
}

func (s *vectorState) isDead(slot int) bool {
	bits := s.dead[slot/perChunk]
	at := slot % perChunk
	return bits != nil && bits[at>>6]&(1<<(at&63)) != 0
}

// tidy writes the vectors afresh when most slots are dead, and codes them
// around a new mean when they have doubled since it was taken. Either happens
// so rarely that a vector is rewritten only a few times in its life.
func (v *Vectors) tidy() {
	s := v.now.Load()
	if s.n-s.live > s.live+perChunk {
		v.now.Store(v.compacted(s))
		s = v.now.Load()
	}
	if s.live >= centreFrom && s.live >= 2*v.centred {
		v.centred = s.live
		v.now.Store(s.around(s.average(), v.dimension))
	}
}

func (v *Vectors) compacted(s *vectorState) *vectorState {
	next := &vectorState{mean: s.mean}
	clear(v.where)
	unit := make([]float32, v.dimension)
	for slot := range s.n {
		if !s.isDead(slot) {
			c, at := s.chunks[slot/perChunk], slot%perChunk
			c.expand(unit, at)
			v.fill(next, c.ids[at], unit)
		}
	}
	return next
}

// expand writes the components of a vector.
func (c *vectorChunk) expand(dst []float32, at int) {
	for i, p := range c.vector(at, len(dst)) {
		dst[i] = float32(p) * c.scale[at]
	}
}

func (s *vectorState) average() []float32 {
	sum, unit := make([]float64, len(s.mean)), make([]float32, len(s.mean))
	for slot := range s.n {
		if s.isDead(slot) {
			continue
		}
		s.chunks[slot/perChunk].expand(unit, slot%perChunk)
		for i, x := range unit {
			sum[i] += float64(x)
		}
	}
	mean := make([]float32, len(sum))
	for i, x := range sum {
		mean[i] = float32(x / float64(s.live))
	}
	return mean
}

// around returns the state with all codes taken around mean.
func (s *vectorState) around(mean []float32, dimension int) *vectorState {
	next := *s
	next.mean, next.chunks = mean, make([]*vectorChunk, len(s.chunks))
	unit := make([]float32, dimension)
	for i, c := range s.chunks {
		fresh := *c
		fresh.codes = make([]uint64, len(c.codes))
		for at := range min(perChunk, s.n-i*perChunk) {
			c.expand(unit, at)
			encode(fresh.code(at), unit, mean)
		}
		next.chunks[i] = &fresh
	}
	return &next
}

// Similar is a document whose vector is near that of a message.
type Similar struct {
	ID string
	// Cosine of the angle between the two, -1 to 1. What is much differs from
	// one model to the next: only Lead may be compared with a fixed number.
	Cosine float64
	// Lead is by how many standard deviations Cosine lies above what is usual
	// between this message and the other documents; 0 where there are too few
	// documents to tell.
	Lead float64
}

// vectorScratch is the working memory of one search. It holds nothing that
// tells the message.
type vectorScratch struct {
	code []uint64
	best []uint64 // differing bits in the upper half, slot in the lower
}

// Search returns the limit documents nearest in direction, nearest first, 5 if
// limit is 0 or less. The error is ErrDimension or ErrNoDirection.
func (v *Vectors) Search(vector []float32, limit int) ([]Similar, error) {
	unit, err := v.unit(vector)
	if err != nil {
		return nil, err
	}
	if limit <= 0 {
		limit = defaultLimit
	}
	s := v.now.Load()
	sc := v.scratch.Get().(*vectorScratch)
	defer func() {
		clear(sc.code)
		v.scratch.Put(sc)
	}()
	s.fewest(sc, unit, max(rescored, 4*limit))
	found := make([]ranked, len(sc.best))
	for i, b := range sc.best {
		slot := int(uint32(b))
		found[i] = ranked{slot, s.cosine(slot, unit)}
	}
	slices.SortFunc(found, func(a, b ranked) int {
		return cmp.Or(cmp.Compare(b.cosine, a.cosine), cmp.Compare(s.id(a.slot), s.id(b.slot)))
	})
	return s.similar(found[:min(limit, len(found))], unit), nil
}

type ranked struct {
	slot   int
	cosine float64
}

func (s *vectorState) id(slot int) string { return s.chunks[slot/perChunk].ids[slot%perChunk] }

// fewest leaves the keep live slots whose codes differ least from that of unit
// in sc.best.
func (s *vectorState) fewest(sc *vectorScratch, unit []float32, keep int) {
	if n := codeWords(len(unit)); len(sc.code) != n {
		sc.code = make([]uint64, n)
	}
	encode(sc.code, unit, s.mean)
	sc.best = sc.best[:0]
	below := math.MaxInt
	for i, c := range s.chunks {
		below = s.collect(sc, c.codes, i*perChunk, keep, below)
	}
	sc.keep(keep)
}

// collect adds the slots of a chunk that differ in fewer than below bits, and
// returns the new bound. What was collected is cut down only now and then: a
// heap would be slower.
func (s *vectorState) collect(sc *vectorScratch, codes []uint64, from, keep, below int) int {
	code := sc.code
	for at := range min(perChunk, s.n-from) {
		differ := differing(code, codes[at*len(code):][:len(code)])
		if differ >= below || s.isDead(from+at) {
			continue
		}
		sc.best = append(sc.best, uint64(differ)<<32|uint64(from+at))
		if len(sc.best) == 4*keep {
			sc.keep(keep)
			below = int(sc.best[keep-1] >> 32)
		}
	}
	return below
}

// differing counts the bits in which two codes of equal length differ. Six
// words at a time, because most encoders have a multiple of 384 components.
func differing(a, b []uint64) int {
	n := 0
	for ; len(a) >= 6 && len(b) >= 6; a, b = a[6:], b[6:] {
		n += bits.OnesCount64(a[0]^b[0]) + bits.OnesCount64(a[1]^b[1]) + bits.OnesCount64(a[2]^b[2]) +
			bits.OnesCount64(a[3]^b[3]) + bits.OnesCount64(a[4]^b[4]) + bits.OnesCount64(a[5]^b[5])
	}
	for i := range a {
		n += bits.OnesCount64(a[i] ^ b[i])
	}
	return n
}

func (sc *vectorScratch) keep(n int) {
	slices.Sort(sc.best)
	sc.best = sc.best[:min(n, len(sc.best))]
}

// cosine is computed in two sums, which a processor adds up side by side.
func (s *vectorState) cosine(slot int, unit []float32) float64 {
	c, at := s.chunks[slot/perChunk], slot%perChunk
	parts := c.vector(at, len(unit))
	var even, odd float32
	i := 0
	for ; i+1 < len(parts); i += 2 {
		even += unit[i] * float32(parts[i])
		odd += unit[i+1] * float32(parts[i+1])
	}
	if i < len(parts) {
		even += unit[i] * float32(parts[i])
	}
	return float64((even + odd) * c.scale[at])
}

const (
	// sampled is how many documents tell what is usual, fewestSampled how many
	// must be there to tell it.
	sampled, fewestSampled = 256, 8
	// leastSpread keeps documents that are all equally far from a message from
	// giving a small difference a large lead.
	leastSpread = 0.01
)

// similar names the documents found and says how far they stand out.
func (s *vectorState) similar(found []ranked, unit []float32) []Similar {
	out := make([]Similar, len(found))
	if len(found) == 0 {
		return out
	}
	usual, spread := s.usual(unit, found[0].slot)
	for i, f := range found {
		out[i] = Similar{ID: s.id(f.slot), Cosine: f.cosine}
		if spread > 0 {
			out[i].Lead = (f.cosine - usual) / spread
		}
	}
	return out
}

// usual estimates mean and standard deviation of the cosines between unit and
// the live documents other than best, from evenly spaced ones. spread is 0 if
// they are too few.
func (s *vectorState) usual(unit []float32, best int) (mean, spread float64) {
	n, sum, squares := 0, 0.0, 0.0
	for slot := 0; slot < s.n; slot += max(1, s.n/sampled) {
		if slot == best || s.isDead(slot) {
			continue
		}
		x := s.cosine(slot, unit)
		n, sum, squares = n+1, sum+x, squares+x*x
	}
	if n < fewestSampled {
		return 0, 0
	}
	mean = sum / float64(n)
	return mean, max(leastSpread, math.Sqrt(max(0, squares/float64(n)-mean*mean)))
}
