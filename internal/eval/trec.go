package eval

import (
	"bufio"
	"fmt"
	"io"

	"sangto/match"
)

// Run is the hits of one query, for a run file.
type Run struct {
	Query string
	Hits  []match.Hit
}

// WriteRun writes the TREC run format: query id, the letter-digit constant
// "Q0", document id, rank from 1, score, tag.
func WriteRun(w io.Writer, runs []Run, tag string) error {
	b := bufio.NewWriter(w)
	for _, r := range runs {
		for i, h := range r.Hits {
			fmt.Fprintf(b, "%s Q0 %s %d %.6f %s\n", r.Query, h.ID, i+1, h.Score, tag)
		}
	}
	return b.Flush()
}
