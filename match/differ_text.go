package match

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"sangto/viet"
)

// A passage is a message or a claim as Differ reads it.
type passage struct {
	text  string
	words []passageWord
	// vietnamese: most words have the shape of Vietnamese syllables.
	// accented: it is written with diacritics, so a bare word is bare.
	vietnamese, accented bool

	quantities []quantity
	moments    []moment
}

// A passageWord is one word in its place.
type passageWord struct {
	text, folded string
	// concept is what the word is compared by, the same number on both sides;
	// stop words and figures have none (0).
	concept int32
	// sign is -1 for the second of two opposites that share a concept.
	sign int8
	// gap is the break before the word.
	gap        gapKind
	figure     bool // written in digits
	syllable   bool // has the shape of a Vietnamese syllable
	skip       bool // placeholder, link, hashtag, handle
	start, end int
}

// gapKind is how strongly a word is parted from the one before it.
type gapKind uint8

const (
	joined   gapKind = iota // nothing between them
	spaced                  // blanks, quotes, a dash
	clause                  // a comma, colon or bracket
	sentence                // a full stop, a line break
	question                // a question mark
)

func gapOf(s string) gapKind {
	kind := joined
	for _, r := range s {
		k := spaced
		switch r {
		case '?', '？':
			k = question
		case '.', '!', ';', '\n', '\r', '…', '。', '！', '•', '—':
			k = sentence
		case ',', ':', '(', ')', '，', '；', '：':
			k = clause
		}
		kind = max(kind, k)
	}
	return kind
}

// wraps reports whether a break is the end of a line in mid sentence: a single
// one, with a small letter after it.
func wraps(between, rest string) bool {
	between = strings.Trim(between, " \t\r")
	if between != "\n" {
		return false
	}
	r, _ := utf8.DecodeRuneInString(rest)
	return unicode.IsLower(r)
}

// A passageReader reads the two sides of a comparison with one numbering of
// concepts.
type passageReader struct {
	stems *reader
	ids   map[string]int32
}

func (r *passageReader) read(text string) *passage {
	p := &passage{text: text}
	tokens := viet.Tokens(text)
	p.words = make([]passageWord, 0, len(tokens))
	end, accents, syllables, english := 0, 0, 0, 0
	for i := range tokens {
		t := &tokens[i]
		w := passageWord{text: t.Text, folded: t.Folded, start: t.Start, end: t.End, sign: 1}
		between := text[end:max(end, t.Start)]
		w.gap = gapOf(between)
		if w.gap == sentence && wraps(between, text[t.Start:]) {
			w.gap = spaced
		}
		if i == 0 {
			w.gap = sentence
		}
		end = max(end, t.End)
		w.figure = t.Kind == viet.Number || t.Kind == viet.Word && t.Folded[0] >= '0' && t.Folded[0] <= '9'
		w.skip = t.Kind != viet.Word && t.Kind != viet.Number
		if t.Kind == viet.Word && !w.figure {
			if w.text != w.folded && !strings.Contains(w.text, "'") {
				accents++
			}
			if w.syllable = viet.Syllable(w.folded); w.syllable {
				syllables++
			}
			if onlyEnglish(w.folded) {
				english++
			}
		}
		p.words = append(p.words, w)
	}
	p.accented = accents*6 >= len(p.words)
	p.vietnamese = p.accented || english*4 < syllables && syllables*2 >= len(p.words)
	r.conceive(p)
	return p
}

// plainDigits writes styled and full-width letters plainly: figures in them
// would come apart at their separators.
func plainDigits(s string) string {
	if strings.Contains(s, "\xf0\x9d") || strings.Contains(s, "\xef\xbc") {
		return viet.Canonical(s)
	}
	return s
}

// conceive gives the words their concepts.
func (r *passageReader) conceive(p *passage) {
	for i := range p.words {
		w := &p.words[i]
		if w.figure || w.skip {
			continue
		}
		if p.vietnamese && !p.accented || w.text != w.folded || len(w.text) < 4 {
			p.unchat(i)
		}
		name, sign := p.concept(i, r.stems)
		if name == "" {
			continue
		}
		id, ok := r.ids[name]
		if !ok {
			id = int32(len(r.ids) + 1)
			r.ids[name] = id
		}
		w.concept, w.sign = id, sign
	}
}

// unchat undoes the chat spelling of word i where it stands for one word.
func (p *passage) unchat(i int) {
	w := &p.words[i]
	if !p.vietnamese || len(w.text) > 8 || i > 0 && p.words[i-1].figure && w.gap <= spaced && (w.text == "k" || w.text == "kg") {
		return
	}
	if w.folded == "hong" && !p.saysHong(i) {
		return
	}
	if plain, ok := viet.Chat(w.text); ok && !strings.Contains(plain, " ") {
		w.text, w.folded, w.syllable = plain, viet.FoldWord(plain), true
	}
}

// saysHong reports whether "hong" at i is the chat spelling of không and not
// the colour, the river or a name.
func (p *passage) saysHong(i int) bool {
	if c, _ := utf8.DecodeRuneInString(p.text[p.words[i].start:]); c == 'H' {
		return false
	}
	switch p.folded(i + 1) {
	case "co", "phai", "duoc", "bi", "the", "can", "nen", "he":
		return true
	}
	return false
}

// folded is the folded form of word i, "" beyond the ends.
func (p *passage) folded(i int) string {
	if i < 0 || i >= len(p.words) {
		return ""
	}
	return p.words[i].folded
}

// gap is the break before word i; beyond the end, that of the text's end.
func (p *passage) gap(i int) gapKind {
	if i < 0 {
		return sentence
	}
	if i < len(p.words) {
		return p.words[i].gap
	}
	return max(sentence, gapOf(p.text[p.words[len(p.words)-1].end:]))
}

// is reports whether word i is the given one: in the accented spelling where
// it carries an accent, in the folded one where the passage has none. A word
// without accents in an accented passage is taken at its word.
func (p *passage) is(i int, accented, folded string) bool {
	if i < 0 || i >= len(p.words) || p.words[i].folded != folded {
		return false
	}
	return p.words[i].text == accented || p.words[i].text == folded && !p.accented
}

// follow reports whether the words from i on fold to these, without a break
// between them.
func (p *passage) follow(i int, words ...string) bool {
	for k, w := range words {
		if p.folded(i+k) != w || k > 0 && p.gap(i+k) > spaced {
			return false
		}
	}
	return true
}

// wording is the text from word i to word j as it stands there, on one line.
func (p *passage) wording(i, j int) string {
	from, to := p.words[i].start, p.words[min(j, len(p.words)-1)].end
	if i > 0 {
		from = max(from, p.words[i-1].start)
	}
	return strings.Join(strings.Fields(p.text[from:max(from, to)]), " ")
}

// reach is how many words around a place belong to it.
const reach = 7

// around appends the concepts near the words from i to j, within their
// sentence, without theirs.
func (p *passage) around(dst []int32, i, j int) []int32 {
	for k, n := i-1, 0; k >= 0 && n < reach && p.gap(k+1) < sentence; k, n = k-1, n+1 {
		if c := p.words[k].concept; c != 0 {
			dst = append(dst, c)
		}
	}
	for k, n := j+1, 0; k < len(p.words) && n < reach && p.gap(k) < sentence; k, n = k+1, n+1 {
		if c := p.words[k].concept; c != 0 {
			dst = append(dst, c)
		}
	}
	return dst
}

// shared counts the distinct members of a that b has too.
func shared(a, b []int32) int {
	n := 0
	for i, x := range a {
		if containsConcept(b, x) && !containsConcept(a[:i], x) {
			n++
		}
	}
	return n
}

func containsConcept(list []int32, x int32) bool {
	for _, y := range list {
		if x == y {
			return true
		}
	}
	return false
}

// heads are the up to n nearest concepts before word i (step -1) or after it
// (step 1), up to a break or a figure.
func (p *passage) heads(i, step, n int) []int32 {
	var out []int32
	for k := i + step; k >= 0 && k < len(p.words) && len(out) < n; k += step {
		if p.words[k].figure || step > 0 && p.gap(k) > spaced || step < 0 && p.gap(k+1) > spaced {
			break
		}
		if c := p.words[k].concept; c != 0 {
			out = append(out, c)
		}
	}
	return out
}

// meet reports whether the nearest head of one is among the heads of the other.
func meet(a, b []int32) bool {
	return len(a) > 0 && len(b) > 0 && (containsConcept(b, a[0]) || containsConcept(a, b[0]))
}
