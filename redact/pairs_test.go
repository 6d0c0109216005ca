package redact_test

import (
	"bufio"
	"os"
	"strconv"
	"strings"
	"testing"

	"sangto/redact"
)

// TestPairs reads testdata/pairs.txt, whose head says how to add a line.
func TestPairs(t *testing.T) {
	const file = "testdata/pairs.txt"
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		line := lines.Text()
		if line == "" || strings.HasPrefix(line, "# ") {
			continue
		}
		in, want, ok := strings.Cut(line, " => ")
		if !ok {
			in, want = line, line
		}
		in, want = unescape(t, in), unescape(t, want)
		res := redact.Redact(in)
		if res.Text != want {
			t.Errorf("%s:%d: %+q\n got  %q\n want %q", file, n, in, res.Text, want)
		}
		if again := redact.Redact(res.Text); again.Text != res.Text || again.Found != nil {
			t.Errorf("%s:%d: not stable: %q, then %q", file, n, res.Text, again.Text)
		}
	}
	if lines.Err() != nil {
		t.Error(lines.Err())
	}
}

func unescape(t *testing.T, s string) string {
	t.Helper()
	out, err := strconv.Unquote(`"` + strings.ReplaceAll(s, `"`, `\"`) + `"`)
	if err != nil {
		t.Fatalf("%q: %v", s, err)
	}
	return out
}
