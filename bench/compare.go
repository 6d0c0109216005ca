package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"sangto/bench/measure"
	"sangto/bench/peer"
	"sangto/internal/eval"
)

// depth is how many documents every system is asked for.
const depth = 10

// outcome is what one system did on one set, a value a query.
type outcome struct {
	set, system    string
	wall           bool
	ap5, r1, rr    []float64
	millis         []float64
	answers        bool
	answered       []float64 // shown as the answer, with some answers removed
	right          []float64 // ... and it was
	findable       []float64
	findableAndHit []float64
}

// comparer runs every system on every set.
type comparer struct {
	absent float64
	seed   uint64
	rounds int
	repeat int
	note   io.Writer
}

// run compares on one collection. The first kind is the one the others are
// compared with. A peer that fails is said aloud and left out, so that hours of
// the others' work are not lost with it.
func (c comparer) run(ctx context.Context, col collection, kinds []peer.Kind) (map[string][]outcome, error) {
	all := map[string][]outcome{}
	for _, kind := range kinds {
		start := time.Now()
		out, err := c.one(ctx, col, kind)
		if err != nil && (len(all) == 0 || ctx.Err() != nil) {
			return nil, fmt.Errorf("%s on %s: %w", kind.Name, col.name, err)
		}
		if err != nil {
			fmt.Fprintf(c.note, "NOT MEASURED: %s on %s: %v\n", kind.Name, col.name, err)
			continue
		}
		for _, o := range out {
			all[o.set] = append(all[o.set], o)
		}
		fmt.Fprintf(c.note, "%s on %s: %d sets in %s\n", kind.Name, col.name, len(out), time.Since(start).Round(time.Second))
	}
	return all, nil
}

// one runs one system on all sets of a collection.
func (c comparer) one(ctx context.Context, col collection, kind peer.Kind) ([]outcome, error) {
	s, err := kind.Build(ctx, col.docs, col.lang)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	settle()
	out := make([]outcome, len(col.sets))
	for i, set := range col.sets {
		out[i] = outcome{set: set.name, system: kind.Name, wall: kind.Wall, answers: kind.Answers}
		if err := c.rank(ctx, s, set, &out[i]); err != nil {
			return nil, err
		}
	}
	if !kind.Answers || c.absent <= 0 {
		return out, nil
	}
	return out, c.absence(ctx, col, kind, out)
}

func (c comparer) rank(ctx context.Context, s peer.System, set set, o *outcome) error {
	clock := measure.CPU
	if o.wall {
		start := time.Now()
		clock = func() time.Duration { return time.Since(start) }
	}
	for _, q := range set.queries {
		var spent []float64
		var reply peer.Reply
		for range max(1, c.repeat) {
			before := clock()
			r, err := s.Ask(ctx, q.Text, depth)
			if err != nil {
				return fmt.Errorf("query %s: %w", q.ID, err)
			}
			spent = append(spent, float64((clock()-before).Nanoseconds())/1e6)
			reply = r
		}
		rel := set.rels[q.ID]
		o.ap5 = append(o.ap5, eval.AveragePrecision(reply.Docs, rel, 5))
		o.r1 = append(o.r1, eval.Recall(reply.Docs, rel, 1))
		o.rr = append(o.rr, eval.ReciprocalRank(reply.Docs, rel, 10))
		o.millis = append(o.millis, measure.Quantile(spent, 0.5))
	}
	return nil
}

// absence asks every set again of an index that lacks the answers of a share
// of the queries. Sets of one collection with the same judgements and the same
// query identities lack the same ones, and share an index.
func (c comparer) absence(ctx context.Context, col collection, kind peer.Kind, out []outcome) error {
	built := ""
	var s peer.System
	defer func() {
		if s != nil {
			s.Close()
		}
	}()
	for i, set := range col.sets {
		gone := eval.Absent(set.queries, set.rels, c.absent, c.seed)
		if key := fmt.Sprint(len(gone), gone); s == nil || key != built {
			if s != nil {
				s.Close()
				s = nil
			}
			var err error
			if s, err = kind.Build(ctx, eval.Without(col.docs, gone), col.lang); err != nil {
				return err
			}
			built = key
		}
		for _, q := range set.queries {
			if err := tryAbsent(ctx, s, q, set.rels[q.ID], gone, &out[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

func tryAbsent(ctx context.Context, s peer.System, q eval.Query, rel, gone map[string]bool, o *outcome) error {
	r, err := s.Ask(ctx, q.Text, depth)
	if err != nil {
		return fmt.Errorf("query %s: %w", q.ID, err)
	}
	findable := false
	for id := range rel {
		findable = findable || !gone[id]
	}
	right := r.Answered && len(r.Docs) > 0 && rel[r.Docs[0]]
	o.answered = append(o.answered, one(r.Answered))
	o.right = append(o.right, one(right))
	o.findable = append(o.findable, one(findable))
	o.findableAndHit = append(o.findableAndHit, one(findable && right))
	return nil
}

func one(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func (o outcome) precision() measure.Statistic { return measure.Ratio(o.right, o.answered, 1) }
func (o outcome) rate() measure.Statistic      { return measure.Ratio(o.findableAndHit, o.findable, 0) }

func whole(stat measure.Statistic, n int) float64 {
	at := make([]int, n)
	for i := range at {
		at[i] = i
	}
	return stat(at)
}

// print writes the table of one collection, sets in order.
func (c comparer) print(w io.Writer, sets []set, all map[string][]outcome) error {
	for _, s := range sets {
		rows := all[s.name]
		if len(rows) == 0 {
			continue
		}
		fmt.Fprintf(w, "\n%s: %d queries\n", s.name, len(s.queries))
		t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		fmt.Fprintln(t, "system\tMAP@5\tR@1\tMRR@10\tms p50\tours−peer MAP@5\tours−peer R@1\tprecision\trate\tours−peer precision\tours−peer rate")
		for _, o := range rows {
			fmt.Fprintln(t, c.row(rows[0], o))
		}
		if err := t.Flush(); err != nil {
			return err
		}
	}
	return nil
}

func (c comparer) row(ours, o outcome) string {
	n := len(o.ap5)
	time := fmt.Sprintf("%.2f", measure.Quantile(o.millis, 0.5))
	if o.wall {
		time += " wall"
	}
	line := fmt.Sprintf("%s\t%.3f\t%.3f\t%.3f\t%s", o.system,
		whole(measure.Mean(o.ap5), n), whole(measure.Mean(o.r1), n), whole(measure.Mean(o.rr), n), time)
	if o.system == ours.system {
		line += "\t\t"
	} else {
		line += "\t" + c.interval(n, measure.Mean(ours.ap5), measure.Mean(o.ap5)) +
			"\t" + c.interval(n, measure.Mean(ours.r1), measure.Mean(o.r1))
	}
	if len(o.answered) == 0 {
		return line + "\t–\t–\t\t"
	}
	line += fmt.Sprintf("\t%s\t%.3f", o.precisionText(), whole(o.rate(), n))
	if o.system == ours.system || len(ours.answered) == 0 {
		return line + "\t\t"
	}
	precision := "–"
	if ours.shown() > 0 && o.shown() > 0 {
		precision = c.interval(n, ours.precision(), o.precision())
	}
	return line + "\t" + precision + "\t" + c.interval(n, ours.rate(), o.rate())
}

// shown is how many messages got an answer.
func (o outcome) shown() float64 {
	sum := 0.0
	for _, a := range o.answered {
		sum += a
	}
	return sum
}

// precisionText says so when there was no answer to be right or wrong.
func (o outcome) precisionText() string {
	if o.shown() == 0 {
		return "no answer"
	}
	return fmt.Sprintf("%.3f of %.0f", whole(o.precision(), len(o.answered)), o.shown())
}

func (c comparer) interval(n int, a, b measure.Statistic) string {
	i := measure.Bootstrap(n, c.rounds, c.seed, a, b)
	return fmt.Sprintf("%+.3f [%+.3f %+.3f]", i.Difference, i.Low, i.High)
}
