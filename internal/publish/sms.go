package publish

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"sangto/viet"
)

// The sizes of one short message: in septets of the GSM 7-bit alphabet, and in
// code units of UCS-2 (3GPP TS 23.038, 6.1.2).
const (
	SeptetsMax = 160
	UnitsMax   = 70
)

// Message is a finding in two short messages that each fit a single one:
// without diacritics, and with them. Each holds the finding, the correction as
// far as it fits, cut at a word and never in a number, and the short address.
type Message struct{ Plain, Full string }

// NewMessage writes the two. Where a very long address leaves no room for the
// finding it is left out.
func NewMessage(f Finding) Message {
	return Message{
		Plain: compose(f, gsm{}, SeptetsMax),
		Full:  compose(f, ucs2{}, UnitsMax),
	}
}

// alphabet says how text is written in a message, and what it costs.
type alphabet interface {
	write(text string) string
	cost(text string) int
	more() string
}

func compose(f Finding, a alphabet, limit int) string {
	head := a.write(head(f))
	tail := ""
	if short := a.write(f.Short()); short != "" {
		tail = " " + short
	}
	if a.cost(head)+a.cost(tail) > limit {
		tail = ""
	}
	if a.cost(head) > limit {
		return cutTo(a, head, limit)
	}
	room := limit - a.cost(head) - a.cost(tail) - a.cost(": ")
	truth := ""
	title := bareTitle(f)
	for _, text := range []string{f.Truth, title} {
		if text = a.write(text); text != "" && a.cost(text) <= room {
			truth = text
			break
		}
	}
	if truth == "" {
		truth = fuller(a, a.write(f.Truth), a.write(title), room)
	}
	if truth == "" {
		return head + tail
	}
	return head + ": " + truth + tail
}

// bareTitle is the title without the finding, which stands before it already.
func bareTitle(f Finding) string {
	if rest, ok := strings.CutPrefix(viet.Fold(f.Title), viet.Fold(f.Verdict)+": "); ok && utf8.RuneCountInString(viet.Fold(f.Title)) == utf8.RuneCountInString(f.Title) {
		runes := []rune(f.Title)
		return sentence(string(runes[len(runes)-utf8.RuneCountInString(rest):]))
	}
	return f.Title
}

// fuller cuts both texts and returns the one of which more is left: of a
// headline that is mostly the whole of what matters.
func fuller(a alphabet, truth, title string, room int) string {
	cut, short := cutTo(a, truth, room), cutTo(a, title, room)
	if a.cost(short)*a.cost(truth) > a.cost(cut)*a.cost(title) {
		return short
	}
	return cut
}

// head is the finding, and whose it is where it is another desk's.
func head(f Finding) string {
	if f.Sign == "rating" {
		return f.Desk + " – " + f.Verdict
	}
	return strings.ToUpper(f.Verdict)
}

// cutTo shortens text to a whole sentence or part of one, if that uses half of
// the room, and else to whole words with an ellipsis. It returns "" where not
// even one word fits.
func cutTo(a alphabet, text string, room int) string {
	if a.cost(text) <= room {
		return text
	}
	words := strings.Fields(text)
	best, whole := "", ""
	for i := range words {
		part := strings.Join(words[:i+1], " ")
		if a.cost(part) > room {
			break
		}
		if ends := part[len(part)-1]; ends == ';' || ends == '.' || ends == '!' || ends == '?' {
			whole = strings.TrimRight(part, ";.") + "."
		}
		if i+1 < len(words) && mayCut(words[i], words[i+1]) {
			if part = strings.TrimRight(part, ",;:–-(\"“ ") + a.more(); a.cost(part) <= room {
				best = part
			}
		}
	}
	if whole != "" && a.cost(whole)*2 >= room {
		return whole
	}
	return best
}

// mayCut reports whether text may end between two words: not behind a number,
// whose unit may come, nor within one, nor on either side of a word that
// turns the sentence into its opposite.
func mayCut(word, next string) bool {
	last, _ := utf8.DecodeLastRuneInString(word)
	if unicode.IsDigit(last) || last == '$' {
		return false
	}
	bare := strings.TrimRight(viet.Fold(next), ".,;:")
	if slices.Contains([]string{"nghin", "ngan", "trieu", "ty", "ti", "thousand", "million", "billion", "trillion", "phan", "muoi", "tram", "linh", "phay"}, bare) {
		return false
	}
	return !turns(word) && !turns(next)
}

// turns reports whether a word says that something is not so. Without what
// follows it, or what follows without it, would say the opposite.
func turns(word string) bool {
	return slices.Contains([]string{
		"khong", "chua", "chang", "cha", "dung", "not", "no", "never", "cannot", "can't", "doesn't", "don't", "isn't", "without",
	}, strings.Trim(viet.Fold(word), ".,;:\"“”"))
}

// gsm writes the GSM 7-bit default alphabet, of it only what has no diacritic.
type gsm struct{}

func (gsm) more() string { return "..." }

func (gsm) cost(text string) int {
	n, _ := Septets(text)
	return n
}

func (gsm) write(text string) string {
	var out strings.Builder
	for _, r := range viet.NFKC(text) {
		if plain := plainRune(r); plain != "" {
			out.WriteString(plain)
		}
	}
	return strings.Join(strings.Fields(out.String()), " ")
}

// plainRune is how a character is written without diacritics, "" if it cannot
// be.
func plainRune(r rune) string {
	switch r {
	case '“', '”', '„', '«', '»', '″':
		return `"`
	case '‘', '’', '′', '`', '´':
		return "'"
	case '–', '—', '−', '‑', '‐':
		return "-"
	case '₫':
		return "d"
	case '×':
		return "x"
	case '°':
		return " do "
	case '≤':
		return "<="
	case '≥':
		return ">="
	case '\n', '\t':
		return " "
	}
	if r >= utf8.RuneSelf {
		return foldedRune(r)
	}
	if _, ok := septets(r); ok && r >= ' ' {
		return string(r)
	}
	return ""
}

func foldedRune(r rune) string {
	if unicode.IsSpace(r) {
		return " "
	}
	folded := viet.Fold(string(r))
	if strings.ContainsFunc(folded, func(c rune) bool { return c >= utf8.RuneSelf || c < ' ' }) {
		return ""
	}
	if unicode.IsUpper(r) {
		return strings.ToUpper(folded)
	}
	return folded
}

// Septets counts a text in the GSM 7-bit default alphabet, in which ten
// characters take an escape before them and count twice (3GPP TS 23.038,
// 6.2.1). ok is false if a character has no place in it.
func Septets(text string) (n int, ok bool) {
	ok = true
	for _, r := range text {
		cost, known := septets(r)
		n, ok = n+cost, ok && known
	}
	return n, ok
}

func septets(r rune) (int, bool) {
	const basic = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
		"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	switch {
	case r == utf8.RuneError:
		return 1, false
	case strings.ContainsRune(basic, r):
		return 1, true
	case strings.ContainsRune("\f^{}\\[~]|€", r):
		return 2, true
	}
	return 1, false
}

// ucs2 writes text as it is; a character beyond the first plane takes two
// units and is one that old telephones cannot show.
type ucs2 struct{}

func (ucs2) more() string             { return "…" }
func (ucs2) cost(text string) int     { return Units(text) }
func (ucs2) write(text string) string { return strings.Join(strings.Fields(viet.NFC(text)), " ") }

// Units counts a text in the 16-bit units of UCS-2.
func Units(text string) int { return len(utf16.Encode([]rune(text))) }
