package match_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"sangto/match"
)

// lean makes directions that crowd into one corner, as those of real encoders
// do: a common part and a part of their own.
func lean(r *rand.Rand, dimension int, common float64) []float32 {
	v := make([]float32, dimension)
	for i := range v {
		v[i] = float32(r.NormFloat64() + common*math.Sin(float64(i)))
	}
	return v
}

// near is v, moved a little.
func near(r *rand.Rand, v []float32, by float64) []float32 {
	out := slices.Clone(v)
	for i := range out {
		out[i] += float32(by * r.NormFloat64())
	}
	return out
}

func cosine(a, b []float32) float64 {
	var ab, aa, bb float64
	for i := range a {
		ab += float64(a[i]) * float64(b[i])
		aa += float64(a[i]) * float64(a[i])
		bb += float64(b[i]) * float64(b[i])
	}
	return ab / math.Sqrt(aa*bb)
}

func fill(tb testing.TB, v *match.Vectors, id string, vector []float32) {
	tb.Helper()
	if err := v.Put(id, vector); err != nil {
		tb.Fatal(err)
	}
}

func similar(tb testing.TB, v *match.Vectors, vector []float32, limit int) []match.Similar {
	tb.Helper()
	out, err := v.Search(vector, limit)
	if err != nil {
		tb.Fatal(err)
	}
	return out
}

func TestVectorsFindTheNearest(t *testing.T) {
	for _, c := range []struct {
		dimension int
		common    float64
	}{{384, 0}, {384, 1}, {384, 3}, {100, 1}, {768, 2}} {
		t.Run(fmt.Sprintf("%d around %v", c.dimension, c.common), func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 2))
			v := match.NewVectors(c.dimension)
			var all [][]float32
			for i := range 3000 {
				all = append(all, lean(r, c.dimension, c.common))
				fill(t, v, fmt.Sprint(i), all[i])
			}
			missed := 0
			for i := range 20 {
				q := near(r, all[i*97], 0.8)
				got := similar(t, v, q, 10)
				if got[0].ID != fmt.Sprint(i*97) {
					t.Fatalf("found %s, want %d", got[0].ID, i*97)
				}
				if want := cosine(q, all[i*97]); math.Abs(got[0].Cosine-want) > 0.01 {
					t.Errorf("cosine %.4f, want %.4f", got[0].Cosine, want)
				}
				if got[0].Lead < 6 || got[1].Lead > 5 {
					t.Errorf("leads %.1f and %.1f", got[0].Lead, got[1].Lead)
				}
				missed += lost(all, q, got)
			}
			// The rest of the ten are near by chance, which is the hardest case.
			if missed > 60 {
				t.Errorf("%d of 200 nearest documents were missed", missed)
			}
		})
	}
}

// lost counts how many of the true nearest documents are not in got.
func lost(all [][]float32, q []float32, got []match.Similar) int {
	best := make([]int, len(all))
	for i := range best {
		best[i] = i
	}
	cosines := make([]float64, len(all))
	for i := range all {
		cosines[i] = cosine(q, all[i])
	}
	slices.SortFunc(best, func(a, b int) int {
		if cosines[a] > cosines[b] {
			return -1
		}
		return 1
	})
	n := 0
	for _, i := range best[:len(got)] {
		if !slices.ContainsFunc(got, func(s match.Similar) bool { return s.ID == fmt.Sprint(i) }) {
			n++
		}
	}
	return n
}

func TestVectorsRefuse(t *testing.T) {
	v := match.NewVectors(3)
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for name, c := range map[string]struct {
		vector []float32
		want   error
	}{
		"zero": {[]float32{0, 0, 0}, match.ErrNoDirection}, "nan": {[]float32{1, nan, 0}, match.ErrNoDirection},
		"infinite": {[]float32{1, inf, 0}, match.ErrNoDirection}, "nothing": {nil, match.ErrDimension},
		"short": {[]float32{1, 2}, match.ErrDimension}, "long": {[]float32{1, 2, 3, 4}, match.ErrDimension},
	} {
		if err := v.Put("x", c.vector); !errors.Is(err, c.want) {
			t.Errorf("put %s: %v", name, err)
		}
		if _, err := v.Search(c.vector, 1); !errors.Is(err, c.want) {
			t.Errorf("search %s: %v", name, err)
		}
	}
	if v.Len() != 0 {
		t.Errorf("%d vectors after refusals", v.Len())
	}
	if got := similar(t, v, []float32{1, 0, 0}, 3); len(got) != 0 {
		t.Errorf("an empty set finds %v", got)
	}
	// Tiny and huge vectors have a direction too.
	fill(t, v, "tiny", []float32{1e-38, 0, 0})
	fill(t, v, "huge", []float32{0, 3e38, 3e38})
	if got := similar(t, v, []float32{0, 1e-40, 1e-40}, 1); got[0].ID != "huge" || got[0].Lead != 0 {
		t.Errorf("found %+v; with two documents nothing stands out", got)
	}
}

// TestVectorsAgreeWithASimpleModel does at random what a desk does, and
// compares with a map; few vectors, so that the search is exact.
func TestVectorsAgreeWithASimpleModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		v := match.NewVectors(16)
		model := map[string][]float32{}
		for range rapid.IntRange(1, 300).Draw(t, "steps") {
			id := fmt.Sprint(r.IntN(80))
			if r.IntN(3) == 0 {
				v.Delete(id, "unknown")
				delete(model, id)
				continue
			}
			model[id] = lean(r, 16, 1)
			if err := v.Put(id, model[id]); err != nil {
				t.Fatal(err)
			}
		}
		if v.Len() != len(model) {
			t.Fatalf("%d vectors, want %d", v.Len(), len(model))
		}
		q := lean(r, 16, 1)
		got, err := v.Search(q, 100)
		if err != nil || len(got) != len(model) {
			t.Fatalf("%d found of %d, %v", len(got), len(model), err)
		}
		for i, s := range got {
			if i > 0 && s.Cosine > got[i-1].Cosine {
				t.Fatal("not sorted")
			}
			if want := cosine(q, model[s.ID]); math.Abs(s.Cosine-want) > 0.01 {
				t.Fatalf("%s: cosine %.3f, want %.3f", s.ID, s.Cosine, want)
			}
		}
	})
}

// TestVectorsForgetReplacedOnes replaces everything many times over, which
// must neither grow nor find what was.
func TestVectorsForgetReplacedOnes(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	v := match.NewVectors(64)
	var last [][]float32
	for range 12 {
		last = nil
		for i := range 700 {
			last = append(last, lean(r, 64, 1))
			fill(t, v, fmt.Sprint(i), last[i])
		}
	}
	if v.Len() != 700 {
		t.Fatalf("%d vectors", v.Len())
	}
	for i := range last {
		if got := similar(t, v, last[i], 1)[0]; got.ID != fmt.Sprint(i) || got.Cosine < 0.99 {
			t.Fatalf("%d: found %+v", i, got)
		}
	}
}

// TestVectorsWhileWriting is for the race detector.
func TestVectorsWhileWriting(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	v := match.NewVectors(64)
	fixed := lean(r, 64, 0)
	fill(t, v, "fixed", fixed)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				got, err := v.Search(fixed, 3)
				if err != nil || got[0].ID != "fixed" {
					t.Errorf("found %v, %v", got, err)
					return
				}
			}
		})
	}
	for i := range 6000 {
		fill(t, v, fmt.Sprint(i%1500), lean(r, 64, 0))
		if i%5 == 0 {
			v.Delete(fmt.Sprint(r.IntN(1500)))
		}
	}
	close(stop)
	wg.Wait()
}

// filled is n vectors of 384 components, made cheaply.
func filled(b *testing.B, n int) (*match.Vectors, [][]float32) {
	b.Helper()
	r := rand.New(rand.NewPCG(9, 10))
	v := match.NewVectors(384)
	few := make([][]float32, 500)
	for i := range few {
		few[i] = lean(r, 384, 1)
	}
	mixed := make([]float32, 384)
	for i := range n {
		x, y, share := few[r.IntN(500)], few[r.IntN(500)], r.Float32()
		for j := range mixed {
			mixed[j] = x[j] + share*y[j] + r.Float32()
		}
		fill(b, v, fmt.Sprint(i), mixed)
	}
	return v, few
}

func benchmarkVectors(b *testing.B, n int) {
	v, queries := filled(b, n)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		i++
		similar(b, v, queries[i%len(queries)], 50)
	}
}

func BenchmarkVectors100k(b *testing.B) { benchmarkVectors(b, 100_000) }
func BenchmarkVectors1M(b *testing.B)   { benchmarkVectors(b, 1_000_000) }
