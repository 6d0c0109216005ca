package match_test

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sangto/match"
)

// A labelledPair is a line of testdata/differ: what is to be found between a
// message and a claim.
type labelledPair struct {
	line                        int
	label, lang, message, claim string
	want                        []match.Difference
}

func readPairs(t testing.TB, name string) []labelledPair {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", "differ", name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []labelledPair
	s := bufio.NewScanner(f)
	for n := 1; s.Scan(); n++ {
		col := strings.Split(s.Text(), "\t")
		if len(col) != 5 {
			t.Fatalf("%s:%d: %d columns", name, n, len(col))
		}
		p := labelledPair{line: n, label: col[0], lang: col[1], message: strings.ReplaceAll(col[2], `\n`, "\n"), claim: strings.ReplaceAll(col[3], `\n`, "\n")}
		if col[4] != "none" {
			for _, item := range strings.Split(col[4], "; ") {
				p.want = append(p.want, readDifference(t, item))
			}
		}
		out = append(out, p)
	}
	if err := s.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// readDifference reads "number:50|5"; the wordings are parts of what is shown.
func readDifference(t testing.TB, item string) match.Difference {
	t.Helper()
	name, said, _ := strings.Cut(item, ":")
	d := match.Difference{}
	for _, k := range []match.DifferenceKind{match.Number, match.Date, match.Negation, match.Opposite} {
		if k.String() == name {
			d.Kind = k
		}
	}
	if d.Kind == 0 {
		t.Fatalf("no kind %q", name)
	}
	d.Message, d.Claim, _ = strings.Cut(said, "|")
	return d
}

// hits counts the differences of got that are wanted, each once.
func hits(got, want []match.Difference) int {
	used := make([]bool, len(want))
	n := 0
	for _, g := range got {
		for i, w := range want {
			if !used[i] && g.Kind == w.Kind && strings.Contains(g.Message, w.Message) && strings.Contains(g.Claim, w.Claim) {
				used[i] = true
				n++
				break
			}
		}
	}
	return n
}

func TestDifferOnLabelledPairs(t *testing.T) {
	files, err := filepath.Glob("testdata/differ/*.tsv")
	if err != nil || len(files) == 0 {
		t.Fatal("no pairs", err)
	}
	for _, f := range files {
		t.Run(filepath.Base(f), func(t *testing.T) {
			right, given, wanted, alarms, still := 0, 0, 0, 0, 0
			for _, p := range readPairs(t, filepath.Base(f)) {
				got := match.Differ(p.message, p.claim)
				n := hits(got, p.want)
				right, given, wanted = right+n, given+len(got), wanted+len(p.want)
				if len(p.want) == 0 {
					still++
					alarms += min(1, len(got))
				}
				if n < len(p.want) || n < len(got) {
					t.Logf("line %d (%s): %q / %q:\n  got %+v, want %+v", p.line, p.label, p.message, p.claim, got, p.want)
				}
			}
			precision, recall := float64(right)/float64(max(given, 1)), float64(right)/float64(max(wanted, 1))
			t.Logf("precision %.3f, recall %.3f (%d of %d); %d of %d pairs without a difference given one", precision, recall, right, wanted, alarms, still)
			if precision < 0.95 || recall < 0.85 {
				t.Errorf("precision %.3f, recall %.3f", precision, recall)
			}
		})
	}
}
