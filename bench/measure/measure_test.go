package measure_test

import (
	"math"
	"testing"

	"sangto/bench/measure"
)

func near(a, b float64) bool { return math.Abs(a-b) < 1e-9 }

func TestBCubed(t *testing.T) {
	for _, c := range []struct {
		name                  string
		group, truth          []string
		precision, recall, f1 float64
	}{
		{"perfect", []string{"x", "x", "y"}, []string{"a", "a", "b"}, 1, 1, 1},
		// Each is pure; the two of a are half complete: (1/2 + 1/2 + 1) / 3.
		{"each alone", []string{"1", "2", "3"}, []string{"a", "a", "b"}, 1, 2.0 / 3, 0.8},
		// All complete; two have 2/3 of their group, one 1/3: (4/3 + 1/3) / 3.
		{"all in one", []string{"x", "x", "x"}, []string{"a", "a", "b"}, 5.0 / 9, 1, 5.0 / 7},
		// Groups {a1 a2 b1} {b2}: precision (2/3+2/3+1/3+1)/4 = 2/3, recall (1+1+1/2+1/2)/4 = 3/4.
		{"one astray", []string{"x", "x", "x", "y"}, []string{"a", "a", "b", "b"}, 2.0 / 3, 0.75, 12.0 / 17},
		{"nothing", nil, nil, 0, 0, 0},
	} {
		s := measure.ScoreBCubed(c.group, c.truth)
		if !near(s.Precision, c.precision) || !near(s.Recall, c.recall) || !near(s.F1, c.f1) {
			t.Errorf("%s: %+v, want %v %v %v", c.name, s, c.precision, c.recall, c.f1)
		}
	}
}

func TestBCubedDifference(t *testing.T) {
	truth := []string{"a", "a", "b"}
	i := measure.BCubedDifference(truth, []string{"1", "2", "3"}, truth, 1000, 1)
	if !near(i.Difference, 0.2) || i.Low < 0 || i.High > 0.5 || i.Low > i.High {
		t.Errorf("perfect − each alone = %+v, want 0.2 between 0 and 1/3", i)
	}
}

func TestBootstrap(t *testing.T) {
	// One system is right on 60 of 100 queries, the other on 50 of the same
	// 60: every query differs by 0 or 1, 10 of them by 1.
	a, b := make([]float64, 100), make([]float64, 100)
	for i := range a {
		if i < 60 {
			a[i] = 1
		}
		if i < 50 {
			b[i] = 1
		}
	}
	i := measure.Bootstrap(100, 4000, 1, measure.Mean(a), measure.Mean(b))
	// The difference is binomial: 0.1 ± 1.96·√(0.1·0.9/100) = 0.041 to 0.159.
	if !near(i.Difference, 0.1) || math.Abs(i.Low-0.05) > 0.015 || math.Abs(i.High-0.16) > 0.015 {
		t.Errorf("interval = %+v, want about 0.1 [0.05 0.16]", i)
	}
	// Unpaired, the interval would be about ±0.137.
	if i.High-i.Low > 0.15 {
		t.Errorf("interval %+v is too wide to be paired", i)
	}
	if again := measure.Bootstrap(100, 4000, 1, measure.Mean(a), measure.Mean(b)); again != i {
		t.Errorf("the same seed gives %+v and %+v", i, again)
	}
	same := measure.Bootstrap(100, 500, 1, measure.Mean(a), measure.Mean(a))
	if same != (measure.Interval{}) {
		t.Errorf("a system differs from itself by %+v", same)
	}
}

func TestRatio(t *testing.T) {
	s := measure.Ratio([]float64{1, 0, 1, 0}, []float64{1, 1, 1, 0}, 1)
	if got := s([]int{0, 1, 2, 3}); !near(got, 2.0/3) {
		t.Errorf("ratio = %v, want 2/3", got)
	}
	if got := s([]int{0, 1, 1}); !near(got, 1.0/3) {
		t.Errorf("ratio with a query twice = %v, want 1/3", got)
	}
	if got := s([]int{3}); got != 1 {
		t.Errorf("ratio of no answers = %v, want 1", got)
	}
}

func TestQuantile(t *testing.T) {
	v := []float64{5, 1, 4, 2, 3}
	for q, want := range map[float64]float64{0: 1, 0.5: 3, 0.99: 4, 1: 5} {
		if got := measure.Quantile(v, q); got != want {
			t.Errorf("quantile %v = %v, want %v", q, got, want)
		}
	}
	if v[0] != 5 {
		t.Error("the values were sorted in place")
	}
	if measure.Quantile(nil, 0.5) != 0 {
		t.Error("quantile of nothing")
	}
}

func TestCPUGoesForward(t *testing.T) {
	before := measure.CPU()
	x := 0.0
	for i := range 20_000_000 {
		x += math.Sqrt(float64(i))
	}
	if spent := measure.CPU() - before; spent <= 0 {
		t.Errorf("the work (%v) took %v of processor time", x, spent)
	}
}
