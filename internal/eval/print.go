package eval

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// Print writes the report as a table for people.
func (r Report) Print(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(name, format string, args ...any) {
		fmt.Fprintf(t, "%s\t"+format+"\n", append([]any{name}, args...)...)
	}
	row("documents, queries", "%d, %d", r.Docs, r.Queries)
	if s := r.Scores; s != nil {
		row("MAP@1  MAP@5  MRR@10", "%.3f  %.3f  %.3f", s.MAP1, s.MAP5, s.MRR10)
		row("R@1  R@5  R@10", "%.3f  %.3f  %.3f", s.R1, s.R5, s.R10)
	}
	knowing := func(k *Knowing, kind string) {
		if k == nil {
			return
		}
		row(kind, "%d findable, %d absent", k.Findable, k.Absent)
		row("answer precision, rate", "%.3f, %.3f", k.Precision, k.Rate)
		row("absent answered, told none", "%.3f, %.3f", k.Wrong, k.Silent)
		row("findable told none", "%.3f", k.Missed)
		row("absent passing at 95 % kept", "%.3f", k.Passing)
		row("calibration error", "%.3f", k.Error)
	}
	knowing(r.Knowing, "with answers removed")
	knowing(r.KnowingKin, "with their sources removed")
	if g := r.Grouped; g != nil {
		row("grouping", "%d messages about %d claims", g.Messages, g.Claims)
		row("B-cubed precision, recall, F1", "%.3f, %.3f, %.3f", g.Precision, g.Recall, g.F1)
	}
	row("CPU ms p50, p99", "%.2f, %.2f", r.CPU50, r.CPU99)
	row("build s, heap MB", "%.2f, %.0f", r.Build, float64(r.Heap)/(1<<20))
	return t.Flush()
}

// PrintRows writes the report as rows of the tables of docs/performance.md, each
// after the name of its table.
func (r Report) PrintRows(w io.Writer, name string) error {
	var b strings.Builder
	if s := r.Scores; s != nil {
		fmt.Fprintf(&b, "find: | %s | %.3f | %.3f | %.3f | %.3f | %.3f | %.3f | %.1f / %.1f |\n",
			name, s.MAP1, s.MAP5, s.R1, s.R5, s.R10, s.MRR10, r.CPU50, r.CPU99)
	}
	r.Knowing.row(&b, "know", name)
	r.KnowingKin.row(&b, "kin", name)
	if k := r.Knowing; k != nil {
		fmt.Fprintf(&b, "reliability: | %s |", name)
		for _, x := range k.Bins {
			if x.Count == 0 {
				b.WriteString(" |")
				continue
			}
			fmt.Fprintf(&b, " %.2f (%d) |", x.Was, x.Count)
		}
		b.WriteByte('\n')
	}
	if g := r.Grouped; g != nil {
		fmt.Fprintf(&b, "group: | %s | %d / %d | %.3f | %.3f | %.3f |\n", name, g.Messages, g.Claims, g.Precision, g.Recall, g.F1)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (k *Knowing) row(b *strings.Builder, table, name string) {
	if k == nil {
		return
	}
	fmt.Fprintf(b, "%s: | %s | %d / %d | %.3f | %.3f | %.3f | %.3f | %.3f | %.3f | %.3f |\n",
		table, name, k.Findable, k.Absent, k.Precision, k.Rate, k.Wrong, k.Missed, k.Silent, k.Passing, k.Error)
}
