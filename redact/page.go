package redact

import (
	"unicode"
	"unicode/utf8"

	"sangto/viet"
)

// Bytes of the shadow that stand for more than themselves.
const (
	foreign = 0x02 // a letter that has no ASCII form
	symbol  = 0x03 // anything else that is not ASCII
	taken   = 0x04 // part of a placeholder, or of what a rule took
	bullet  = 0x05 // a dot that separates
)

// A span is what a rule takes out, by position in the shadow.
type span struct {
	start, end int
	kind       Kind
}

// A page is a canonical text with its shadow.
type page struct {
	s string
	// f holds one byte for each character of s: its lower-case ASCII form.
	f []byte
	// off maps positions of f to byte offsets of s; it has one entry more.
	off   []int32
	spans []span
	tail  []string
	links []link
}

func newPage(s string) *page {
	n := utf8.RuneCountInString(s)
	p := &page{s: s, f: make([]byte, n), off: make([]int32, n+1)}
	i := 0
	for at, r := range s {
		p.off[i] = int32(at)
		p.f[i] = shadow(r)
		i++
	}
	p.off[n] = int32(len(s))
	p.maskPlaceholders()
	return p
}

// shadow returns the byte that stands for r.
func shadow(r rune) byte {
	switch {
	case r < utf8.RuneSelf:
		if r >= 'A' && r <= 'Z' {
			return byte(r) + 'a' - 'A'
		}
		if r < ' ' && r != '\n' && r != '\t' && r != '\r' {
			return symbol
		}
		return byte(r)
	case r >= 0x2010 && r <= 0x2015, r == 0x2212, r == 0x2043:
		return '-'
	case r == 0x2018 || r == 0x2019:
		return '\''
	case r == 0x201C || r == 0x201D:
		return '"'
	case r == 0xB7, r == 0x2022, r == 0x2219, r == 0x2027, r == 0x30FB, r == 0x22C5, r == 0x25CF:
		return bullet
	case unicode.IsSpace(r):
		return ' '
	case unicode.IsLetter(r):
		if b := viet.FoldRune(r); b != 0 {
			return b
		}
		return foreign
	case unicode.IsDigit(r):
		return foreign
	}
	return symbol
}

// maskPlaceholders marks the placeholders that are there already, so that they
// stay and count as taken.
func (p *page) maskPlaceholders() {
	for i := 0; i < len(p.f); i++ {
		if p.f[i] != '[' {
			continue
		}
		for _, mark := range marks {
			if i+len(mark) <= len(p.f) && p.s[p.off[i]:p.off[i+len(mark)]] == mark {
				p.mask(i, i+len(mark))
				break
			}
		}
	}
}

func (p *page) mask(start, end int) {
	for i := start; i < end; i++ {
		p.f[i] = taken
	}
}

// take records a span and masks it.
func (p *page) take(start, end int, kind Kind) {
	p.spans = append(p.spans, span{start, end, kind})
	p.mask(start, end)
}

// free reports whether nothing between two positions is taken.
func (p *page) free(start, end int) bool {
	for i := start; i < end; i++ {
		if p.f[i] == taken {
			return false
		}
	}
	return true
}

// at returns the byte at a position, or a line break outside the page.
func (p *page) at(i int) byte {
	if i < 0 || i >= len(p.f) {
		return '\n'
	}
	return p.f[i]
}

// original returns the text between two positions.
func (p *page) original(start, end int) string { return p.s[p.off[start]:p.off[end]] }

// upper reports whether the character at a position is a capital.
func (p *page) upper(i int) bool {
	r, _ := utf8.DecodeRuneInString(p.s[p.off[i]:])
	return unicode.IsUpper(r)
}

// lineEnd returns the end of the line at i.
func (p *page) lineEnd(i int) int {
	for i < len(p.f) && p.f[i] != '\n' && p.f[i] != '\r' {
		i++
	}
	return i
}

// lineStart reports whether i is the first visible position of a line.
func (p *page) lineStart(i int) bool {
	for i--; i >= 0 && (p.f[i] == ' ' || p.f[i] == '\t' || p.f[i] == '>' || p.f[i] == '*' || p.f[i] == symbol); i-- {
	}
	return p.at(i) == '\n' || p.at(i) == '\r'
}

// skip returns the first position from i on that is not one of the bytes, and
// at most limit further.
func (p *page) skip(i int, bytes string, limit int) int {
	for end := i + limit; i < end && i < len(p.f) && contains(bytes, p.f[i]); i++ {
	}
	return i
}

// word reports whether the page has w at i, as a whole word.
func (p *page) word(i int, w string) bool {
	return p.has(i, w) && !wordy(p.at(i-1)) && !wordy(p.at(i+len(w)))
}

// has reports whether the page has s at i.
func (p *page) has(i int, s string) bool {
	return i >= 0 && i+len(s) <= len(p.f) && string(p.f[i:i+len(s)]) == s
}

func contains(s string, b byte) bool {
	for i := 0; i < len(s); i++ {
		if s[i] == b {
			return true
		}
	}
	return false
}

func isDigit(b byte) bool  { return b >= '0' && b <= '9' }
func isLetter(b byte) bool { return b >= 'a' && b <= 'z' || b == foreign }
func wordy(b byte) bool    { return isLetter(b) || isDigit(b) || b == '_' }
func blank(b byte) bool    { return b == ' ' || b == '\t' }
