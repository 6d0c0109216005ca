package exchange_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"sangto/internal/desk"
	"sangto/internal/exchange"
)

// TestReadWords compares every page of testdata/words with the text beside it:
// the first line is the title.
func TestReadWords(t *testing.T) {
	files, err := filepath.Glob("testdata/words/*.html")
	if err != nil || len(files) == 0 {
		t.Fatal("no pages", err)
	}
	for _, name := range files {
		page, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(strings.TrimSuffix(name, ".html") + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		got := exchange.ReadWords(page, "text/html; charset=utf-8")
		if text := got.Title + "\n\n" + got.Text + "\n"; text != string(want) || got.MediaType != "text/html" || got.Cut {
			t.Errorf("%s (%s, cut %v):\n%s\nwant\n%s", name, got.MediaType, got.Cut, text, want)
		}
	}
}

func TestReadWordsOfOtherKinds(t *testing.T) {
	for _, c := range []struct{ name, body, kind, want, media string }{
		{"plain text", "Một\r\n\r\n\r\nHai \t ba\u202e", "text/plain; charset=utf-8", "Một\n\nHai ba", "text/plain"},
		{"windows-1258", "<p>\xd0\xeb", "text/html; charset=windows-1258", "Đë", "text/html"},
		{"encoding named in the page", `<meta charset="iso-8859-1"><p>caf` + "\xe9", "text/html", "café", "text/html"},
		{"UTF-16", "\xff\xfeh\x00i\x00", "text/plain", "hi", "text/plain"},
		{"no type", "<!doctype html><p>lời", "", "lời", "text/html"},
		{"PDF", "%PDF-1.7 text", "application/pdf", "", "application/pdf"},
		{"PDF without a type", "%PDF-1.7 text", "", "", "application/pdf"},
		{"a picture called text", "GIF89a\x00\x01", "text/plain", "", "text/plain"},
		{"JSON", `{"a":"b"}`, "application/json", "", "application/json"},
		{"nothing", "", "text/html", "", "text/html"},
	} {
		if got := exchange.ReadWords([]byte(c.body), c.kind); got.Text != c.want || got.MediaType != c.media {
			t.Errorf("%s: %q as %s, want %q as %s", c.name, got.Text, got.MediaType, c.want, c.media)
		}
	}
}

// TestHostileDocuments: no page costs more than its size, and none leaves
// anything but visible text.
func TestHostileDocuments(t *testing.T) {
	const small, large = 256 << 10, 2 << 20
	little := hostile(small)
	for name, body := range hostile(large) {
		// Eight times the page may cost eight times the work; a square would
		// cost sixty-four. The least of a few tries, because others use the machine too.
		const most = 32
		for try := 1; ; try++ {
			a, b := cost(little[name]), cost(body)
			if b <= most*a+20*time.Millisecond {
				break
			}
			if try == 5 {
				t.Errorf("%s: %s for %d bytes, %s for %d", name, a, small, b, large)
				break
			}
		}
		if problem := unsoundWords(exchange.ReadWords(body, "text/html; charset=utf-8")); problem != "" {
			t.Errorf("%s: %s", name, problem)
		}
	}
	long := []byte(strings.Repeat("một hai ", desk.CopyTextMax/4))
	if got := exchange.ReadWords(long, "text/plain"); !got.Cut || len(got.Text) < desk.CopyTextMax-10 {
		t.Errorf("%d bytes, cut %v", len(got.Text), got.Cut)
	}
}

// cost is the time that one reading takes.
func cost(body []byte) time.Duration {
	began := time.Now()
	exchange.ReadWords(body, "text/html; charset=utf-8")
	return time.Since(began)
}

// hostile are pages of about n bytes, each the worst of its kind.
func hostile(n int) map[string][]byte {
	fill := func(unit string) []byte { return []byte(strings.Repeat(unit, n/len(unit))) }
	return map[string][]byte{
		"deep": fill("<div>"), "deep and mixed": fill("<b><i><table><tr><td>"), "unclosed tags": fill("<a href="), "attributes": append([]byte("<p "), fill(`a="b" `)...),
		"comments": fill("<!--"), "entities": fill("&#x41;"), "unknown entities": fill("&aaaaaa;"), "marks": append([]byte("<p>a"), fill("\u0301")...), "bidi": fill("\u202ea"), "spaces": fill(" \n\t"),
		"breaks": fill("<br>"), "one word": fill("a"), "nul": fill("\x00"), "bytes": fill("\xff\xfe\xfd"), "script": append([]byte("<script>"), fill("x")...), "titles": fill("<title>x</title>"),
		"unclosed svg": append([]byte("<svg>"), fill("lời ")...), "unclosed object in the middle": append([]byte("<p>đầu<object>"), fill("x y ")...), "tags": fill("<x>"), "numbers": fill("&#1114111;"),
	}
}

func unsoundWords(w exchange.Words) string {
	for what, s := range map[string]string{"title": w.Title, "text": w.Text} {
		switch {
		case !utf8.ValidString(s):
			return what + " is no UTF-8"
		case strings.ContainsFunc(s, func(r rune) bool {
			return r != '\n' && (r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x200b || r == 0xfeff)
		}):
			return what + " holds what cannot be seen"
		case len(s) > desk.CopyTextMax:
			return what + " is too long"
		case strings.TrimSpace(s) != s:
			return fmt.Sprintf("%s has white space around it: %q", what, s[:min(len(s), 40)])
		}
	}
	if strings.Contains(w.Title, "\n") || strings.Contains(w.Text, "\n\n\n") {
		return "lines"
	}
	return ""
}

func FuzzReadWords(f *testing.F) {
	files, _ := filepath.Glob("testdata/words/*.html")
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b, "text/html")
	}
	f.Add([]byte("\xff\xfeh\x00"), "text/plain; charset=utf-16")
	f.Add([]byte("<svg><![CDATA[</svg>x"), "application/xhtml+xml; charset=x-sjis")
	f.Fuzz(func(t *testing.T, b []byte, kind string) {
		got := exchange.ReadWords(bytes.Clone(b), kind)
		if problem := unsoundWords(got); problem != "" {
			t.Fatalf("%s: %+v", problem, got)
		}
	})
}
