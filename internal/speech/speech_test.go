package speech_test

import (
	"bufio"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"sangto/internal/speech"
)

func open(t testing.TB) *speech.Speech {
	t.Helper()
	s, err := speech.New()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestPairs reads testdata, where each line is a case.
func TestPairs(t *testing.T) {
	s := open(t)
	for _, tag := range []string{"vi", "en"} {
		for _, c := range cases(t, tag) {
			if got := s.Spell(tag, c[0]); got != c[1] {
				t.Errorf("%s: %q\n got  %q\n want %q", tag, c[0], got, c[1])
			}
		}
	}
}

func cases(t testing.TB, tag string) [][2]string {
	t.Helper()
	f, err := os.Open("testdata/" + tag + ".txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out [][2]string
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if lines.Text() == "" || strings.HasPrefix(lines.Text(), "#") {
			continue
		}
		in, want, ok := strings.Cut(lines.Text(), " => ")
		if !ok {
			t.Errorf("no => in %q", lines.Text())
		}
		out = append(out, [2]string{in, want})
	}
	if len(out) < 40 {
		t.Fatalf("only %d cases in %s", len(out), tag)
	}
	return out
}

func TestOtherLanguagesStay(t *testing.T) {
	s := open(t)
	if got := s.Spell("fr", "le 5 mai 2026"); got != "le 5 mai 2026" || s.Speaks("fr") || !s.Speaks("vi") || !s.Speaks("en") {
		t.Errorf("%q", got)
	}
}

func TestSeconds(t *testing.T) {
	s := open(t)
	for _, c := range []struct {
		tag, text string
		want      int
	}{
		{"vi", strings.Repeat("tiếng ", 190), 60},
		{"vi", "ki-lô-mét, – và", 2},
		{"en", strings.Repeat("word ", 75), 30},
		{"en", "", 0},
	} {
		if got := s.Seconds(c.tag, c.text); got != c.want {
			t.Errorf("%s %.20q takes %d s, want %d", c.tag, c.text, got, c.want)
		}
	}
}

// FuzzSpell: whatever comes in, no digit is left, the result is text, and it
// stays within bounds.
func FuzzSpell(f *testing.F) {
	for _, tag := range []string{"vi", "en"} {
		for _, c := range cases(f, tag) {
			f.Add(tag, c[0])
		}
	}
	f.Add("vi", "5/10/2026-1.000,5m3/s$9h99\x80３⁄４²")
	f.Add("en", strings.Repeat("9", 300)+"th 99:99 1,2,3.4.5/6")
	s := open(f)
	f.Fuzz(func(t *testing.T, tag, text string) {
		got := s.Spell(tag, text)
		if !s.Speaks(tag) {
			return
		}
		if strings.ContainsAny(got, "0123456789") {
			t.Fatalf("%q becomes %q", text, got)
		}
		if !utf8.ValidString(got) || strings.Contains(got, "  ") {
			t.Fatalf("%q becomes %q", text, got)
		}
		if limit := 64*min(len(text)*11, speech.TextMax) + 64; len(got) > limit {
			t.Fatalf("%d bytes become %d", len(text), len(got))
		}
	})
}
