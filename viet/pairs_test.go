package viet_test

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"sangto/viet"
)

// forms names each file of testdata and what its lines go through.
var forms = map[string]func(string) string{
	"canonical": viet.Canonical,
	"lower":     viet.Lower,
	"fold":      viet.Fold,
	"telex":     declining(viet.ReadTelex),
	"vni":       declining(viet.ReadVNI),
	"chat":      declining(viet.Chat),
	"hashtag":   func(s string) string { return strings.Join(viet.SplitHashtag(s), "|") },
	"tokens":    tokens,
	"number":    spoken,
	"syllable": func(s string) string {
		if viet.Syllable(s) {
			return "yes"
		}
		return "no"
	},
}

func declining(read func(string) (string, bool)) func(string) string {
	return func(s string) string {
		if got, ok := read(s); ok {
			return got
		}
		return "!"
	}
}

func tokens(s string) string {
	var out []string
	for _, k := range viet.Tokens(s) {
		text := k.Text
		if k.Kind != viet.Word {
			text = k.Kind.String() + " " + text
		}
		out = append(out, text)
	}
	return strings.Join(out, "|")
}

func TestPairs(t *testing.T) {
	for name, form := range forms {
		file := "testdata/" + name + ".txt"
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(f)
		cases := 0
		for n := 1; lines.Scan(); n++ {
			in, want, ok := strings.Cut(lines.Text(), " => ")
			if strings.HasPrefix(lines.Text(), "# ") || lines.Text() == "" {
				continue
			}
			if !ok {
				t.Errorf("%s:%d: no =>", file, n)
				continue
			}
			cases++
			in, want = unescape(t, in), unescape(t, want)
			if got := form(in); got != want {
				t.Errorf("%s:%d: %s(%+q)\n got  %q\n want %q", file, n, name, in, got, want)
			}
		}
		if err := f.Close(); err != nil || lines.Err() != nil || cases == 0 {
			t.Errorf("%s: %d cases, %v, %v", file, cases, err, lines.Err())
		}
	}
}

// unescape reads the escapes that testdata/README.md describes.
func unescape(t *testing.T, s string) string {
	t.Helper()
	out, err := strconv.Unquote(`"` + strings.ReplaceAll(s, `"`, `\"`) + `"`)
	if err != nil {
		t.Fatal(fmt.Errorf("%q: %w", s, err))
	}
	return out
}
