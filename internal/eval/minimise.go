package eval

import "math"

// memory is how many steps minimise remembers to guess the curvature from.
const memory = 12

// minimise walks w downhill by the limited-memory method of Nocedal, "Updating
// quasi-Newton matrices with limited storage", Mathematics of Computation 35,
// 1980. loss fills grad with the gradient at w and returns the value there. It
// ends after the given number of steps, or when a step gains nothing.
func minimise(w []float64, steps int, loss func(w, grad []float64) float64) {
	n := len(w)
	h := history{rho: make([]float64, 0, memory)}
	grad, next := make([]float64, n), make([]float64, n)
	trial := make([]float64, n)
	at := loss(w, grad)
	for range steps {
		way := h.direction(grad)
		slope := dot(way, grad)
		if slope >= 0 {
			h.rho, h.step, h.turn = h.rho[:0], h.step[:0], h.turn[:0]
			way, slope = h.direction(grad), -dot(grad, grad)
		}
		if slope > -1e-14 {
			return
		}
		length, reached := 1.0, math.Inf(1)
		if len(h.rho) == 0 {
			length = min(1, 1/math.Sqrt(-slope))
		}
		for range 30 {
			for i := range w {
				trial[i] = w[i] + length*way[i]
			}
			if reached = loss(trial, next); reached <= at+1e-4*length*slope {
				break
			}
			length /= 2
		}
		if !(reached < at) {
			return
		}
		h.keep(w, trial, grad, next)
		copy(w, trial)
		copy(grad, next)
		if at-reached < 1e-9*math.Abs(at) {
			return
		}
		at = reached
	}
}

// history remembers the newest steps and how the gradient turned on each.
type history struct {
	step, turn [][]float64
	rho        []float64
}

func (h *history) keep(from, to, before, after []float64) {
	s, y := make([]float64, len(from)), make([]float64, len(from))
	for i := range from {
		s[i], y[i] = to[i]-from[i], after[i]-before[i]
	}
	bend := dot(s, y)
	if bend <= 1e-18 {
		return
	}
	if len(h.rho) == memory {
		h.step, h.turn, h.rho = h.step[1:], h.turn[1:], h.rho[1:]
	}
	h.step, h.turn, h.rho = append(h.step, s), append(h.turn, y), append(h.rho, 1/bend)
}

// direction is the way down that the remembered curvature suggests.
func (h *history) direction(grad []float64) []float64 {
	q := make([]float64, len(grad))
	for i, g := range grad {
		q[i] = -g
	}
	a := make([]float64, len(h.rho))
	for k := len(h.rho) - 1; k >= 0; k-- {
		a[k] = h.rho[k] * dot(h.step[k], q)
		for i, y := range h.turn[k] {
			q[i] -= a[k] * y
		}
	}
	if k := len(h.rho) - 1; k >= 0 {
		scale := 1 / (h.rho[k] * dot(h.turn[k], h.turn[k]))
		for i := range q {
			q[i] *= scale
		}
	}
	for k := range h.rho {
		b := h.rho[k] * dot(h.turn[k], q)
		for i, s := range h.step[k] {
			q[i] += (a[k] - b) * s
		}
	}
	return q
}
