// Package measure holds the statistics of the comparison: paired bootstrap
// intervals, B-cubed, quantiles and processor time.
package measure

import (
	"math/rand/v2"
	"slices"
)

// Interval is a difference and its 95 % interval.
type Interval struct{ Difference, Low, High float64 }

// Statistic computes one number of the queries at the given positions, which
// may repeat.
type Statistic func(at []int) float64

// Bootstrap is the paired percentile bootstrap of a−b over n queries: both
// systems are measured on the same resampled queries (Efron and Tibshirani, "An
// Introduction to the Bootstrap", 1993; Sakai, "Evaluating evaluation metrics
// based on the bootstrap", SIGIR 2006). The same seed gives the same interval.
func Bootstrap(n, rounds int, seed uint64, a, b Statistic) Interval {
	at := make([]int, n)
	for i := range at {
		at[i] = i
	}
	out := Interval{Difference: a(at) - b(at)}
	if n == 0 || rounds < 1 {
		return out
	}
	r := rand.New(rand.NewPCG(seed, uint64(n)))
	differences := make([]float64, rounds)
	for k := range differences {
		for i := range at {
			at[i] = r.IntN(n)
		}
		differences[k] = a(at) - b(at)
	}
	slices.Sort(differences)
	out.Low, out.High = quantile(differences, 0.025), quantile(differences, 0.975)
	return out
}

// Mean is the statistic of the mean of one value a query.
func Mean(values []float64) Statistic {
	return func(at []int) float64 {
		sum := 0.0
		for _, i := range at {
			sum += values[i]
		}
		return ratio(sum, float64(len(at)))
	}
}

// Ratio is the statistic of the sum of one value a query over the sum of
// another; otherwise, when the latter is zero.
func Ratio(above, below []float64, otherwise float64) Statistic {
	return func(at []int) float64 {
		x, y := 0.0, 0.0
		for _, i := range at {
			x += above[i]
			y += below[i]
		}
		if y == 0 {
			return otherwise
		}
		return x / y
	}
}

func ratio(x, y float64) float64 {
	if y == 0 {
		return 0
	}
	return x / y
}

// quantile of sorted values, by the nearest rank below.
func quantile(sorted []float64, q float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[int(float64(len(sorted)-1)*q)]
}

// Quantile of values in any order; 0 of none.
func Quantile(values []float64, q float64) float64 {
	return quantile(slices.Sorted(slices.Values(values)), q)
}
