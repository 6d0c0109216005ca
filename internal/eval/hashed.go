package eval

import (
	"context"
	"math"
	"strings"

	"sangto/match"
	"sangto/viet"
)

// Hashed is an embedder that needs no weights: the character 3- and 4-grams of
// folded words, hashed, through a random projection of signs (Achlioptas,
// "Database-friendly random projections", JCSS 2003). Texts that share pieces of
// words come near each other, whatever they mean. It stands in for a real
// encoder where the machinery is tested and measured; its vectors are the same
// on every machine, up to the last digit.
type Hashed struct{ dimension int }

var _ match.Embedder = Hashed{}

// NewHashed returns a Hashed whose vectors have that dimension.
func NewHashed(dimension int) Hashed { return Hashed{dimension: dimension} }

// Model implements match.Embedder.
func (Hashed) Model() string { return "hashed" }

// Embed implements match.Embedder. It fails only when ctx has ended.
func (h Hashed) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	out := make([][]float32, len(texts))
	for i, t := range texts {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		out[i] = h.vector(t)
	}
	return out, nil
}

func (h Hashed) vector(text string) []float32 {
	counts := map[uint64]float64{}
	for _, word := range strings.Fields(viet.Fold(text)) {
		padded := []rune(" " + strings.Trim(word, `.,;:!?"'()[]“”’`) + " ")
		for n := 3; n <= 4; n++ {
			for i := 0; i+n <= len(padded); i++ {
				counts[gramHash(padded[i:i+n])]++
			}
		}
	}
	// A text without words points somewhere too.
	sums := make([]float64, h.dimension)
	sums[0] = 1e-3
	for gram, n := range counts {
		h.project(sums, gram, math.Sqrt(n))
	}
	return unit(sums)
}

// project adds a gram's own direction, a random sign for each component. The
// sums are of whole and half numbers only up to rounding, so the order of the
// grams shows in the last digits at most.
func (h Hashed) project(sums []float64, gram uint64, weight float64) {
	var signs uint64
	for i := range sums {
		if i&63 == 0 {
			gram += 0x9e3779b97f4a7c15
			signs = scatter(gram)
		}
		if signs&1 == 0 {
			sums[i] += weight
		} else {
			sums[i] -= weight
		}
		signs >>= 1
	}
}

// scatter is the finaliser of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
func scatter(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

func gramHash(runes []rune) uint64 {
	x := uint64(len(runes))
	for _, r := range runes {
		x = scatter(x ^ uint64(r)<<8)
	}
	return x
}

func unit(sums []float64) []float32 {
	squares := 0.0
	for _, x := range sums {
		squares += x * x
	}
	out := make([]float32, len(sums))
	for i, x := range sums {
		out[i] = float32(x / math.Sqrt(squares))
	}
	return out
}
