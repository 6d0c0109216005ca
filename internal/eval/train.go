package eval

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"

	"sangto/match"
)

// Collection is judged material to learn from.
type Collection struct {
	Name    string
	Docs    []match.Doc
	Queries []Query
	Rels    Qrels
	// Damage lists the kinds of damage its queries are given in turn; "" is
	// none.
	Damage []string
}

// Spoil gives every query one of the collection's kinds of damage, chosen by
// round.
func (c Collection) Spoil(round int) ([]Query, error) {
	out := make([]Query, len(c.Queries))
	for i, q := range c.Queries {
		kind := c.Damage[(i+round)%len(c.Damage)]
		out[i] = q
		if kind == "" {
			continue
		}
		one, err := Damaged([]Query{q}, kind, uint64(round))
		if err != nil {
			return nil, err
		}
		out[i] = one[0]
	}
	return out, nil
}

// List is the candidates of one query for learning to rank.
type List struct {
	Query  string
	Weight float64
	Rows   [][]float64
	Right  []bool
}

// Lists asks an index of the collection's documents every query, rounds times
// with different damage, and keeps the candidate lists that hold a relevant
// document. The lists of a collection together weigh total.
func Lists(c Collection, o match.Options, rounds int, total float64) ([]List, error) {
	ix := match.New(o)
	ix.Put(c.Docs...)
	var lists []List
	asked := 0
	for round := range rounds {
		queries, err := c.Spoil(round)
		if err != nil {
			return nil, err
		}
		asked += len(queries)
		lists = append(lists, views(ix, queries, c.Rels)...)
	}
	for i := range lists {
		lists[i].Weight = total / float64(len(lists))
	}
	if len(lists) == 0 {
		return nil, fmt.Errorf("%s: none of %d queries finds its document", c.Name, asked)
	}
	return lists, nil
}

// listMax is how many candidates of a query are learned from: those far down
// the present ranking teach little and cost as much.
const listMax = 40

func views(ix *match.Index, queries []Query, rels Qrels) []List {
	all := make([]List, len(queries))
	parallel(len(queries), func(i int) {
		q := queries[i]
		l := List{Query: q.ID}
		right := false
		for n, v := range ix.Views(match.Query{Text: q.Text}) {
			if n >= listMax && !rels[q.ID][v.ID] {
				continue
			}
			l.Rows = append(l.Rows, v.Features)
			l.Right = append(l.Right, rels[q.ID][v.ID])
			right = right || rels[q.ID][v.ID]
		}
		if right {
			all[i] = l
		}
	})
	kept := all[:0]
	for _, l := range all {
		if l.Rows != nil {
			kept = append(kept, l)
		}
	}
	return kept
}

func parallel(n int, do func(i int)) {
	var wait sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		wait.Go(func() {
			for i := w; i < n; i += workers {
				do(i)
			}
		})
	}
	wait.Wait()
}

// shares is how many partial sums a gradient is made of: fixed, so that the
// rounding, and with it the model, does not depend on the machine.
const shares = 8

// LearnRank fits the weights of a linear model by the listwise cross-entropy of
// Cao et al., "Learning to Rank: From Pairwise Approach to Listwise Approach",
// ICML 2007, in its top-one form, with a penalty on the weights of the
// standardised features. No weight is negative: each is the square of what is
// fitted, so that a feature that speaks for a document can never count against
// it in a message unlike those that were learned from.
func LearnRank(lists []List, features int, penalty float64) []float64 {
	scale := rowScale(lists, features)
	root := make([]float64, features)
	for i := range root {
		root[i] = 0.3
	}
	raw := make([]float64, features)
	minimise(root, rankSteps, func(root, grad []float64) float64 {
		loss := 0.0
		for i, z := range root {
			raw[i] = z * z / scale[i]
			loss += penalty / 2 * z * z * z * z
		}
		parts, losses := make([][]float64, shares), make([]float64, shares)
		parallel(len(parts), func(p int) {
			parts[p] = make([]float64, features)
			var scores []float64
			for i := p; i < len(lists); i += len(parts) {
				var one float64
				scores, one = rankGradient(&lists[i], raw, parts[p], scores)
				losses[p] += one
			}
		})
		clear(grad)
		for p, part := range parts {
			loss += losses[p]
			for i, g := range part {
				grad[i] += g / scale[i]
			}
		}
		for i, z := range root {
			grad[i] = 2 * z * (grad[i] + penalty*z*z)
		}
		return loss
	})
	w := make([]float64, features)
	for i, z := range root {
		w[i] = z * z / scale[i]
	}
	return w
}

// rankSteps bounds the walk; further steps change no ranking.
const rankSteps = 120

// rowScale is the standard deviation of each feature over all rows.
func rowScale(lists []List, features int) []float64 {
	n, mean, square := 0.0, make([]float64, features), make([]float64, features)
	for i := range lists {
		for _, row := range lists[i].Rows {
			n++
			for k, x := range row {
				mean[k] += x
				square[k] += x * x
			}
		}
	}
	for k := range square {
		mean[k] /= n
		square[k] = math.Max(1e-3, math.Sqrt(math.Max(0, square[k]/n-mean[k]*mean[k])))
	}
	return square
}

// rankGradient adds the gradient of one list to grad and returns its loss.
func rankGradient(l *List, w, grad, scores []float64) (room []float64, loss float64) {
	scores = scores[:0]
	top, right := math.Inf(-1), math.Inf(-1)
	for i, row := range l.Rows {
		s := dot(w, row)
		scores = append(scores, s)
		top = max(top, s)
		if l.Right[i] {
			right = max(right, s)
		}
	}
	var all, good float64
	for i, s := range scores {
		all += math.Exp(s - top)
		if l.Right[i] {
			good += math.Exp(s - right)
		}
	}
	for i, s := range scores {
		p := math.Exp(s-top) / all
		if l.Right[i] {
			p -= math.Exp(s-right) / good
		}
		if p *= l.Weight; p != 0 {
			for j, x := range l.Rows[i] {
				grad[j] += p * x
			}
		}
	}
	return scores, l.Weight * (math.Log(all) + top - math.Log(good) - right)
}

func dot(w, x []float64) float64 {
	sum := 0.0
	for i, v := range x {
		sum += w[i] * v
	}
	return sum
}

// RankScores measures lists under weights as MAP@5 and R@1 within the
// candidates.
func RankScores(lists []List, w []float64) Scores {
	var out []Ranking
	rels := Qrels{}
	for n := range lists {
		l := &lists[n]
		id := fmt.Sprint(n)
		best := make([]int, 0, 10)
		scores := make([]float64, len(l.Rows))
		for i, row := range l.Rows {
			scores[i] = dot(w, row)
		}
		for len(best) < min(10, len(scores)) {
			top := -1
			for i, s := range scores {
				if !math.IsInf(s, -1) && (top < 0 || s > scores[top]) {
					top = i
				}
			}
			scores[top] = math.Inf(-1)
			best = append(best, top)
		}
		r := Ranking{Query: id}
		for _, i := range best {
			r.Docs = append(r.Docs, fmt.Sprint(i))
		}
		rels[id] = map[string]bool{}
		for i, right := range l.Right {
			if right {
				rels[id][fmt.Sprint(i)] = true
			}
		}
		out = append(out, r)
	}
	return Measure(out, rels)
}

// Sign is one observation for the calibration: what spoke for the best hit,
// whether it was right, and whether the answer was among the first hits.
type Sign struct {
	X              []float64
	Right, Present bool
	Weight         float64
}

// observed is how many queries of a collection are asked of one index: if more
// of the answers were missing than ever are, the index would be emptier, and
// what is left easier to tell apart, than a real one.
const observed = 600

// Observe asks indexes that lack the answers of a share of some of the queries,
// one index a round, and notes the signs of each best hit. Every fourth round
// uses many indexes of a hundred documents or fewer instead, because rarity
// means little in a small index and the probability must hold there too.
func Observe(c Collection, o match.Options, rounds int, absent, total float64) ([]Sign, error) {
	var all []Sign
	for round := range rounds {
		queries, err := c.Spoil(round)
		if err != nil {
			return nil, err
		}
		if round%4 != 3 {
			queries = some(queries, observed, round)
			gone := Absent(queries, c.Rels, absent, uint64(1000+round))
			all = append(all, observe(o, Without(c.Docs, gone), queries, c.Rels)...)
			continue
		}
		for k := range smallIndexes {
			few := some(queries, 60, 100*(round+1)+k)
			gone := Absent(few, c.Rels, absent, uint64(1000+round))
			all = append(all, observe(o, fewer(Without(c.Docs, gone), few, c.Rels, 10*k, k), few, c.Rels)...)
		}
	}
	for i := range all {
		all[i].Weight = total / float64(len(all))
	}
	return all, nil
}

// smallIndexes is how many small indexes make a round.
const smallIndexes = 8

func observe(o match.Options, docs []match.Doc, queries []Query, rels Qrels) []Sign {
	ix := match.New(o)
	ix.Put(docs...)
	signs := make([]Sign, len(queries))
	parallel(len(queries), func(i int) {
		ids, x := ix.Signs(match.Query{Text: queries[i].Text})
		signs[i].X = x
		for n, id := range ids {
			right := rels[queries[i].ID][id]
			signs[i].Right = signs[i].Right || n == 0 && right
			signs[i].Present = signs[i].Present || right
		}
	})
	return slices.DeleteFunc(signs, func(s Sign) bool { return s.X == nil })
}

// some keeps about n of the queries, others in every round.
func some(queries []Query, n float64, round int) []Query {
	var kept []Query
	for _, q := range queries {
		if draw(q.ID, uint64(2000+round)) < n/float64(len(queries)) {
			kept = append(kept, q)
		}
	}
	return kept
}

// fewer keeps the answers of queries and about n other documents.
func fewer(docs []match.Doc, queries []Query, rels Qrels, n, round int) []match.Doc {
	keep := map[string]bool{}
	for _, q := range queries {
		for id := range rels[q.ID] {
			keep[id] = true
		}
	}
	var kept []match.Doc
	for _, d := range docs {
		if keep[d.ID] || draw(d.ID, uint64(round)) < float64(n)/float64(len(docs)) {
			kept = append(kept, d)
		}
	}
	return kept
}

// LearnSure fits a logistic regression (Platt, "Probabilistic Outputs for
// Support Vector Machines", 1999, with more than one sign); the last weight is
// the constant.
func LearnSure(signs []Sign, penalty float64, label func(Sign) bool) []float64 {
	n := len(signs[0].X)
	mean, scale := spread(signs, n)
	rows, targets := make([][]float64, len(signs)), make([]float64, len(signs))
	for k, s := range signs {
		targets[k] = one(label(s))
		rows[k] = make([]float64, n)
		for i, x := range s.X {
			rows[k][i] = (x - mean[i]) / scale[i]
		}
	}
	w := make([]float64, n+1)
	minimise(w, sureSteps, func(w, grad []float64) float64 {
		grad[n] = 0
		loss := 0.0
		for i := range n {
			grad[i] = penalty * w[i]
			loss += penalty / 2 * w[i] * w[i]
		}
		parts, losses := make([][]float64, shares), make([]float64, shares)
		parallel(len(parts), func(p int) {
			parts[p] = make([]float64, n+1)
			for i := p; i < len(rows); i += len(parts) {
				z := dot(w[:n], rows[i]) + w[n]
				losses[p] += signs[i].Weight * (math.Log1p(math.Exp(-math.Abs(z))) + max(z, 0) - targets[i]*z)
				sureGradient(rows[i], (sigmoid(z)-targets[i])*signs[i].Weight, parts[p])
			}
		})
		for p, part := range parts {
			loss += losses[p]
			for i, g := range part {
				grad[i] += g
			}
		}
		return loss
	})
	for i := range n {
		w[i] /= scale[i]
		w[n] -= w[i] * mean[i]
	}
	return w
}

func sigmoid(z float64) float64 { return 1 / (1 + math.Exp(-z)) }

// sureSteps bounds the walk of the calibration.
const sureSteps = 150

func sureGradient(row []float64, p float64, grad []float64) {
	for i, x := range row {
		grad[i] += p * x
	}
	grad[len(row)] += p
}

func spread(signs []Sign, n int) (mean, scale []float64) {
	mean, scale = make([]float64, n), make([]float64, n)
	for _, s := range signs {
		for i, x := range s.X {
			mean[i] += x / float64(len(signs))
		}
	}
	for _, s := range signs {
		for i, x := range s.X {
			scale[i] += (x - mean[i]) * (x - mean[i]) / float64(len(signs))
		}
	}
	for i := range scale {
		scale[i] = math.Max(1e-6, math.Sqrt(scale[i]))
	}
	return mean, scale
}

// Fold splits lists into the lists to train on and those of collection test
// whose query falls into the fold.
func Fold(lists [][]List, test, fold, folds int) (train, held []List) {
	for c := range lists {
		for _, l := range lists[c] {
			if c == test && int(draw(l.Query, 7)*float64(folds)) == fold {
				held = append(held, l)
			} else {
				train = append(train, l)
			}
		}
	}
	return train, held
}

// KeepShare returns the probability that the given share of the observations
// with the answer present reach.
func KeepShare(signs []Sign, w []float64, keep float64) float64 {
	var found []float64
	for _, s := range signs {
		if s.Present {
			found = append(found, sigmoid(dot(w, s.X)+w[len(s.X)]))
		}
	}
	slices.Sort(found)
	return found[int(float64(len(found))*(1-keep))]
}
