package speech_test

import (
	"strings"
	"testing"
	"time"

	"sangto/internal/speech"
)

// TestLongTexts bounds the time of texts made to be slow.
func TestLongTexts(t *testing.T) {
	s := open(t)
	for _, unit := range []string{"9", "1.", "1/", "5/10 ", "-9", "A1", "gọi 112 ", "TP.", "(", "1-2-", "a/", " "} {
		text := strings.Repeat(unit, speech.TextMax/len(unit)-2)
		for _, tag := range []string{"vi", "en"} {
			start := time.Now()
			s.Spell(tag, text+" x")
			took := time.Since(start)
			if took > 5*time.Second {
				t.Errorf("%s: %q for %d bytes takes %v", tag, unit, len(text), took)
			}
		}
	}
}
