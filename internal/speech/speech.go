// Package speech writes text out the way it is read aloud: numbers, dates,
// times, units, percentages, money and short forms become words. It is for
// read-aloud scripts, on the radio, at an assembly or by a screen reader, so
// whatever a reader would stumble over has to be gone; whatever the rules do
// not know is left as it stands, except that no ASCII digit is ever left.
//
// Which short form, unit or currency is said how stands in the tables vi.txt
// and en.txt, which need no Go.
package speech

import (
	"embed"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"sangto/viet"
)

//go:embed vi.txt en.txt
var tables embed.FS

// TextMax is the longest text that Spell reads, in bytes; what is beyond is
// cut off at a word. A script of a minute has a fifth of it.
const TextMax = 8 << 10

// Speech speaks the languages it has a table for. It is read-only once made
// and safe for concurrent use.
type Speech struct{ tongues map[string]*tongue }

// New reads the tables built into the program.
func New() (*Speech, error) {
	s := &Speech{tongues: map[string]*tongue{}}
	for tag, rules := range map[string]func(*tongue) []rule{"vi": vietnamese, "en": english} {
		raw, err := tables.ReadFile(tag + ".txt")
		if err != nil {
			return nil, err
		}
		t, err := readTable(string(raw))
		if err != nil {
			return nil, fmt.Errorf("table %s.txt: %w", tag, err)
		}
		t.rules = rules(t)
		s.tongues[tag] = t
	}
	return s, nil
}

// Speaks reports whether the language is one that Spell can write out.
func (s *Speech) Speaks(tag string) bool { return s.tongues[tag] != nil }

// Spell writes text in the language tag out for reading aloud. Line breaks are
// kept, other runs of space become one. The result holds no ASCII digit. Text
// in a language that it does not speak comes back unchanged.
func (s *Speech) Spell(tag, text string) string {
	t := s.tongues[tag]
	if t == nil {
		return text
	}
	// NFKC writes ½ with a fraction slash.
	text = strings.ReplaceAll(viet.NFKC(strings.ToValidUTF8(text, "")), "⁄", "/")
	if len(text) > TextMax {
		text = strings.ToValidUTF8(text[:TextMax], "")
		if at := strings.LastIndexByte(text, ' '); at > 0 {
			text = text[:at]
		}
	}
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.Join(strings.Fields(line), " ")
		for _, r := range t.rules {
			line = r.apply(line)
		}
		lines = append(lines, tidy(line))
	}
	return strings.Join(lines, "\n")
}

// The pace of reading aloud, in written words a minute: 190 syllables in
// Vietnamese, where each is written apart, and 150 words in English. Both are
// an unhurried reading of news.
const (
	paceVietnamese = 190
	paceEnglish    = 150
)

// Seconds says how long it takes to read what Spell wrote, rounded up. Words
// joined by hyphens count one by one.
func (s *Speech) Seconds(tag, spoken string) int {
	words := 0
	for _, w := range strings.FieldsFunc(spoken, func(r rune) bool { return unicode.IsSpace(r) || r == '-' }) {
		if strings.ContainsFunc(w, unicode.IsLetter) {
			words++
		}
	}
	pace := paceEnglish
	if tag == "vi" {
		pace = paceVietnamese
	}
	return (words*60 + pace - 1) / pace
}

// tongue is a language: its tables and its rules, which are applied in order.
type tongue struct {
	short map[string]string
	unit  map[string]word
	money map[string]word
	rules []rule
}

// word is what is said for one, and for several.
type word struct{ one, many string }

func (w word) of(number string) string {
	if number == "1" {
		return w.one
	}
	return w.many
}

var errTable = errors.New(`a line is "short|unit|money FORM => WORDS"`)

func readTable(text string) (*tongue, error) {
	t := &tongue{short: map[string]string{}, unit: map[string]word{}, money: map[string]word{}}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		left, said, ok := strings.Cut(line, " => ")
		kind, form, ok2 := strings.Cut(left, " ")
		form = viet.NFKC(strings.TrimSpace(form))
		if !ok || !ok2 || form == "" || said == "" || strings.ContainsAny(said, "0123456789") {
			return nil, fmt.Errorf("%q: %w", line, errTable)
		}
		one, many, both := strings.Cut(said, " / ")
		if !both {
			many = one
		}
		switch kind {
		case "short":
			t.short[form] = said
		case "unit":
			t.unit[form] = word{one, many}
		case "money":
			t.money[form] = word{one, many}
		default:
			return nil, fmt.Errorf("%q: %w", line, errTable)
		}
	}
	return t, nil
}

// forms makes a pattern of the forms of a table, longest first.
func forms[V any](table map[string]V) string {
	keys := make([]string, 0, len(table))
	for k := range table {
		keys = append(keys, regexp.QuoteMeta(k))
	}
	slices.SortFunc(keys, func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
	return strings.Join(keys, "|")
}

// rule rewrites what its pattern finds. say declines with false.
type rule struct {
	pattern *regexp.Regexp
	say     func(m match) (string, bool)
}

// match is one finding: the text around it, and its groups, where 0 is all of
// it.
type match struct {
	before, after string
	group         []string
}

// alone reports whether the finding is no part of a longer word or number.
func (m match) alone() bool {
	last, _ := utf8.DecodeLastRuneInString(m.before)
	first, _ := utf8.DecodeRuneInString(m.after)
	return !wordy(last) && !wordy(first)
}

// starts reports whether the finding does not continue a word or a number.
func (m match) starts() bool {
	last, _ := utf8.DecodeLastRuneInString(m.before)
	return !wordy(last)
}

// ends reports whether no word or number goes on behind the finding.
func (m match) ends() bool {
	first, _ := utf8.DecodeRuneInString(m.after)
	return !wordy(first)
}

func wordy(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.M, r))
}

// previous is the word before the finding, in lower case.
func (m match) previous() string { return strings.ToLower(lastWord(m.before)) }

func lastWord(s string) string {
	s = strings.TrimRight(s, " ")
	return s[strings.LastIndexByte(s, ' ')+1:]
}

// apply rewrites every finding of the line that the rule accepts. After one it
// declines, it looks on behind it.
func (r rule) apply(line string) string {
	found := r.pattern.FindAllStringSubmatchIndex(line, -1)
	if found == nil {
		return line
	}
	var out strings.Builder
	done := 0
	for _, at := range found {
		m := match{before: line[:at[0]], after: line[at[1]:]}
		for i := 0; i < len(at); i += 2 {
			text := ""
			if at[i] >= 0 {
				text = line[at[i]:at[i+1]]
			}
			m.group = append(m.group, text)
		}
		said, ok := r.say(m)
		if !ok {
			continue
		}
		out.WriteString(line[done:at[0]])
		if !m.starts() {
			out.WriteByte(' ')
		}
		out.WriteString(said)
		if !m.ends() {
			out.WriteByte(' ')
		}
		done = at[1]
	}
	out.WriteString(line[done:])
	return out.String()
}

// link is an address; reading one out helps nobody.
var link = regexp.MustCompile(`(?i)(?:https?://|www\.)[^\s<>"”)]*[^\s<>"”).,;:!?]|[\w.+-]+@[\w-]+(?:\.[\w-]+)+`)

func links(words string) rule {
	return rule{link, func(match) (string, bool) { return words, true }}
}

func shorts(t *tongue) rule {
	return rule{regexp.MustCompile(forms(t.short)), func(m match) (string, bool) {
		said := t.short[m.group[0]]
		// A form with a stop may run into its name: TP.Huế.
		return said, m.starts() && (m.ends() || strings.HasSuffix(m.group[0], "."))
	}}
}

// symbols says what stands between numbers and words. Brackets are a pause.
func symbols(names map[string]string) rule {
	return rule{regexp.MustCompile(forms(names)), func(m match) (string, bool) {
		said := names[m.group[0]]
		if said == "" {
			return " ", true
		}
		return " " + said + " ", true
	}}
}

var (
	manySpaces = regexp.MustCompile(`\s+`)
	spaceStop  = regexp.MustCompile(`\s+([,.;:!?…”’)])`)
	twoStops   = regexp.MustCompile(`[,;:]+\s*([,.;:!?])`)
	openQuote  = regexp.MustCompile(`([“‘])\s+`)
	firstStops = regexp.MustCompile(`^[\s,;:]+`)
)

// tidy mends the spaces and stops that the rules left.
func tidy(line string) string {
	line = manySpaces.ReplaceAllString(line, " ")
	line = spaceStop.ReplaceAllString(line, "$1")
	line = twoStops.ReplaceAllString(line, "$1")
	line = openQuote.ReplaceAllString(line, "$1")
	line = firstStops.ReplaceAllString(line, "")
	return strings.TrimRight(strings.TrimSpace(line), ",")
}

// digitsOnly keeps the ASCII digits of s.
func digitsOnly(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

// dayMonth reports whether two numbers can be a day and a month.
func dayMonth(day, month string) bool {
	d, m := small(day), small(month)
	return d >= 1 && m >= 1 && m <= 12 && d <= [13]int{0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}[m]
}

// small reads a number of at most four digits, -1 for others.
func small(s string) int {
	if s == "" || len(s) > 4 {
		return -1
	}
	n := 0
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return -1
		}
		n = n*10 + int(c-'0')
	}
	return n
}

// roman reads a Roman number up to 39, 0 for anything else.
func roman(s string) int {
	tens := 0
	for strings.HasPrefix(s, "X") && tens < 30 {
		if rest := s[1:]; rest != "" && strings.Trim(rest, "XVI") != "" {
			return 0
		}
		s, tens = s[1:], tens+10
	}
	at := slices.Index([]string{"", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX"}, s)
	if at < 0 {
		return 0
	}
	return tens + at
}
