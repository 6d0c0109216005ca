package sangto_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestSecurityTableIsShown reads docs/asvs.md: every row has a state, what is
// done is shown by something that exists, and what is not done says why.
func TestSecurityTableIsShown(t *testing.T) {
	doc, err := os.ReadFile("docs/asvs.md")
	if err != nil {
		t.Fatal(err)
	}
	tests := ourTests(t)
	number := regexp.MustCompile(`^(?:\d+\.\d+\.\d+|10 )`)
	rows, seen := 0, map[string]bool{}
	for line := range strings.Lines(string(doc)) {
		cells := strings.Split(strings.TrimSpace(line), " | ")
		if len(cells) < 3 || strings.HasPrefix(line, "| requirement") {
			continue
		}
		what, state, why := strings.TrimPrefix(cells[0], "| "), cells[1], strings.Join(cells[2:], " | ")
		rows++
		if !number.MatchString(what) || seen[what] {
			t.Errorf("a row without its number, or twice: %s", what)
		}
		seen[what] = true
		shown := 0
		for _, span := range codeSpans(why) {
			switch {
			case strings.HasPrefix(span, "Test"), strings.HasPrefix(span, "Fuzz"):
				shown++
				if !tests[span] {
					t.Errorf("%s: names %s, which does not exist", what, span)
				}
			case strings.Contains(span, "/") && !strings.Contains(span, "="), strings.HasSuffix(span, ".md"):
				shown++
				if _, err := os.Stat(span); err != nil {
					t.Errorf("%s: names %s, which does not exist", what, span)
				}
			}
		}
		switch state {
		case "done":
			if shown == 0 {
				t.Errorf("%s: done, and nothing shows it", what)
			}
		case "not met", "exception", "operator", "no such thing":
			if len(why) < 40 {
				t.Errorf("%s: %s, and it does not say why", what, state)
			}
		default:
			t.Errorf("%s: state %q", what, state)
		}
	}
	if rows < 60 {
		t.Errorf("only %d rows were read", rows)
	}
}
