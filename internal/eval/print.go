package eval

import (
	"fmt"
	"io"
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
	if k := r.Knowing; k != nil {
		row("with answers removed", "%d findable, %d absent", k.Findable, k.Absent)
		row("answer precision, rate", "%.3f, %.3f", k.Precision, k.Rate)
		row("absent answered, told none", "%.3f, %.3f", k.Wrong, k.Silent)
		row("findable told none", "%.3f", k.Missed)
		row("absent passing at 95 % kept", "%.3f", k.Passing)
		row("calibration error", "%.3f", k.Error)
	}
	row("CPU ms p50, p99", "%.2f, %.2f", r.CPU50, r.CPU99)
	row("build s, heap MB", "%.2f, %.0f", r.Build, float64(r.Heap)/(1<<20))
	return t.Flush()
}
