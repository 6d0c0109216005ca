package transfer

import "sangto/internal/exchange"

// Problem says why a record was not taken.
type Problem struct {
	File string
	// Line counts from 1, Offset in bytes from 0.
	Line   int
	Offset int64
	// Reason names a sentence of the catalogue and Args fill it.
	Reason string
	Args   map[string]any
	// Err is the cause where reading failed.
	Err error
}

// Report says what an import did, or would do. Seen is the sum of Added,
// Updated, Unchanged and Dropped; an input that is no list of records at all
// counts as one that was dropped.
type Report struct {
	Seen, Added, Updated, Unchanged, Dropped int
	// LinkOnly counts those of Added and Updated whose wording was withheld.
	LinkOnly int
	// Problems are the first of the dropped, as many as Options.Keep.
	Problems []Problem
	// Reasons counts all dropped records by reason.
	Reasons map[string]int
	DryRun  bool
}

// Taken is how many of the records are in the store now, or would be.
func (r Report) Taken() int { return r.Added + r.Updated + r.Unchanged }

// Line is one line of a summary: a key of the catalogue and its arguments.
type Line struct {
	Key  string
	Args map[string]any
}

// Summary puts the report into lines for the operator.
func (r Report) Summary() []Line {
	count := func(key string, n int) Line { return Line{Key: key, Args: map[string]any{"Count": n}} }
	lines := []Line{count("import.summary.seen", r.Seen)}
	if r.DryRun {
		lines = append([]Line{{Key: "import.summary.dry"}}, lines...)
	}
	for _, l := range []struct {
		key string
		n   int
	}{
		{"import.summary.added", r.Added},
		{"import.summary.updated", r.Updated},
		{"import.summary.unchanged", r.Unchanged},
		{"import.summary.link_only", r.LinkOnly},
		{"import.summary.dropped", r.Dropped},
		{"import.summary.more", r.Dropped - len(r.Problems)},
	} {
		if l.n > 0 {
			lines = append(lines, count(l.key, l.n))
		}
	}
	return lines
}

// Reasons of this package, beside those of exchange.
const (
	reasonDuplicate = "import.reason.duplicate"
	reasonOwn       = "import.reason.own"
	reasonOpen      = "import.reason.open"
)

// Reasons lists every key a Problem can carry.
func Reasons() []string {
	return append(exchange.Reasons(), reasonDuplicate, reasonOwn, reasonOpen)
}
