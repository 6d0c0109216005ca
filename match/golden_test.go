package match_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sangto/match"
	"sangto/viet"
)

// TestScoresStay compares every digit of what searches in Vietnamese and English
// score with testdata/scores.golden: a change that is not meant to touch them
// must not. SANGTO_UPDATE=1 writes the file anew.
func TestScoresStay(t *testing.T) {
	const path = "testdata/scores.golden"
	var got strings.Builder
	ix := demoIndex()
	for _, d := range demo() {
		half := strings.Fields(d.Claim)
		for _, q := range []string{d.Title, viet.Fold(d.Claim), d.Text, strings.Join(half[:len(half)/2], " ") + " #ChiaSẻ recalled closings"} {
			r := ix.Search(match.Query{Text: q, Extra: []string{d.Lang}})
			fmt.Fprintf(&got, "%s | %s %.9f", q, r.Outcome, r.Present)
			for _, h := range r.Hits {
				fmt.Fprintf(&got, " | %s %.9f %.9f %q", h.ID, h.Score, h.Probability, h.Terms)
			}
			got.WriteByte('\n')
		}
	}
	if os.Getenv("SANGTO_UPDATE") != "" {
		if err := os.WriteFile(path, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Error(diff)
	}
}
