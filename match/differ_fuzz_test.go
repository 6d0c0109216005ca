package match_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"sangto/match"
)

func FuzzDiffer(f *testing.F) {
	for _, name := range []string{"first.tsv", "second.tsv"} {
		for _, p := range readPairs(f, name) {
			f.Add(p.message, p.claim)
		}
	}
	f.Add("\xff 5/ \u0301 1tr 0 ₫", "ngày 5. năm  hai chục rưỡi %")
	f.Add("𝟱,𝟯 triệu", "không không không chưa")
	f.Add("5-", "$")
	f.Fuzz(func(t *testing.T, message, claim string) {
		if len(message)+len(claim) > 1<<16 {
			return
		}
		start := time.Now()
		got := match.Differ(message, claim)
		if spent := time.Since(start); spent > 30*time.Second {
			t.Fatalf("took %v", spent)
		}
		for i, d := range got {
			if d.Kind < match.Number || d.Kind > match.Opposite || d.Message == "" && d.Claim == "" {
				t.Fatalf("difference %d: %+v", i, d)
			}
			if utf8.ValidString(message) && !utf8.ValidString(d.Message) || strings.ContainsAny(d.Message+d.Claim, "\n\r") {
				t.Fatalf("wording %q | %q", d.Message, d.Claim)
			}
			if len(d.Message) > 16*len(message)+16 {
				t.Fatalf("a wording longer than the message: %q", d.Message)
			}
		}
		if same := match.Differ(message, message); same != nil {
			t.Fatalf("a text differs from itself: %+v", same)
		}
		if same := match.Differ(message+" ", message); len(same) > 0 && !strings.ContainsAny(message, "?？") {
			t.Fatalf("a text differs from itself and a blank: %+v", same)
		}
	})
}
