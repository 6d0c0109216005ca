package exchange

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"

	"sangto/viet"
)

const (
	// rawMax is how much of a field is looked at, in bytes.
	rawMax = 64 << 10
	// cleanPasses is how often markup may hide further markup.
	cleanPasses = 6
	// marksMax is how many combining marks a letter may carry; no script
	// needs more.
	marksMax = 8
)

// plainText makes foreign wording safe to keep: markup becomes text, control,
// format and bidirectional characters go, white space becomes single spaces,
// the rest is NFC. It runs until nothing changes, because entities hide
// markup and removed characters join it; ok is false where that never ends.
// So plainText(plainText(s)) is plainText(s), which exports rely on.
func plainText(s string) (clean string, ok bool) {
	if len(s) > rawMax {
		s = strings.ToValidUTF8(s[:rawMax], "")
	}
	for range cleanPasses {
		next := visible(s)
		if strings.ContainsAny(next, "<&") {
			next = visible(unmarked(next))
		}
		if next == s {
			return unopened(s), true
		}
		s = next
	}
	return "", false
}

// visible drops what cannot be seen, limits marks and folds white space.
func visible(s string) string {
	if plain(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	marks, gap, prev := 0, false, rune(0)
	for i, r := range s {
		if unicode.IsSpace(r) {
			gap = true
			continue
		}
		if hidden(r) || (joins(r) && !joinsHere(prev, s[i+utf8.RuneLen(r):])) || (r == utf8.RuneError && broken(s[i:])) {
			continue
		}
		if marks++; !unicode.Is(unicode.M, r) {
			marks = 0
		}
		if marks > marksMax {
			continue
		}
		if gap && b.Len() > 0 {
			b.WriteByte(' ')
		}
		gap, prev = false, r
		b.WriteRune(r)
	}
	return viet.NFC(b.String())
}

func broken(s string) bool {
	_, size := utf8.DecodeRuneInString(s)
	return size <= 1
}

// plain is the fast path: printable ASCII with single spaces inside.
func plain(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c < ' ' || c > '~' || (c == ' ' && (i == 0 || i == len(s)-1 || s[i-1] == ' ')) {
			return false
		}
	}
	return true
}

// hidden names characters that show nothing or change how others are shown.
func hidden(r rune) bool {
	switch {
	case joins(r):
		return false
	case r == '\u00ad', r == '\u034f', r == '\u115f', r == '\u1160', r == '\u3164', r == '\uffa0', r == '\u2800':
		return true
	case r >= 0xfe00 && r <= 0xfe0e, r >= 0xe0000 && r <= 0xe0fff:
		return true
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp) || r&0xfffe == 0xfffe
}

// joins names the two joiners that Persian, Indic scripts and emoji need.
func joins(r rune) bool { return r == '\u200c' || r == '\u200d' }

// joinsHere allows a joiner between two characters beyond ASCII.
func joinsHere(prev rune, rest string) bool {
	next, _ := utf8.DecodeRuneInString(rest)
	return prev >= utf8.RuneSelf && next >= utf8.RuneSelf && next != utf8.RuneError &&
		!joins(next) && !joins(prev) && !hidden(next) && !unicode.IsSpace(next)
}

// unmarked gives the text that markup shows, with entities read once.
func unmarked(s string) string {
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(s))
	skip := ""
	for {
		switch kind := z.Next(); kind {
		case html.ErrorToken:
			if skip == "" {
				b.Write(z.Raw())
			}
			return b.String()
		case html.TextToken:
			if skip == "" {
				b.Write(z.Text())
			}
		case html.StartTagToken, html.EndTagToken, html.SelfClosingTagToken:
			name, _ := z.TagName()
			skip = skipped(skip, string(name), kind)
			if !inline[string(name)] {
				b.WriteByte(' ')
			}
		}
	}
}

// skipped follows the elements whose content is no text.
func skipped(skip, name string, kind html.TokenType) string {
	switch {
	case skip == name && kind == html.EndTagToken:
		return ""
	case skip == "" && kind == html.StartTagToken && unshown[name]:
		return name
	}
	return skip
}

var unshown = map[string]bool{"script": true, "style": true, "template": true, "iframe": true, "object": true, "noscript": true, "noembed": true, "noframes": true, "svg": true, "math": true, "select": true, "textarea": true, "title": true, "xmp": true, "plaintext": true}

var inline = map[string]bool{"a": true, "abbr": true, "b": true, "bdi": true, "bdo": true, "big": true, "cite": true, "code": true, "del": true, "em": true, "font": true, "i": true, "ins": true, "mark": true, "q": true, "s": true, "small": true, "span": true, "strong": true, "sub": true, "sup": true, "u": true, "wbr": true, "script": true, "style": true}

// unopened sets the "<" of a tag that is never closed apart, so that what is kept
// as text can never be taken for a tag again.
func unopened(s string) string {
	if !strings.Contains(s, "<") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		b.WriteByte(s[i])
		if s[i] == '<' && i+1 < len(s) && opens(s[i+1]) {
			b.WriteByte(' ')
		}
	}
	return b.String()
}

func opens(c byte) bool {
	return c == '/' || c == '!' || c == '?' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// shorten cuts s to at most limit characters, at a word where there is one,
// and says so with an ellipsis.
func shorten(s string, limit int) string {
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	end := 0
	for i := range s {
		if limit--; limit < 0 {
			break
		}
		end = i
	}
	cut := s[:end]
	if space := strings.LastIndexByte(cut, ' '); space > len(cut)*3/4 {
		cut = cut[:space]
	}
	return strings.TrimRightFunc(cut, func(r rune) bool { return unicode.IsSpace(r) || joins(r) }) + "…"
}

// says reports whether s has a letter or a digit.
func says(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
}
