package publish

import (
	"image"
	"image/color"
	"math"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// Lines by the size of their type: their distance, and how far the baseline is
// below the top. Vietnamese capitals carry two marks, one over the other, which
// reach 1.19 above it.
const (
	leadingRatio = 1.42
	ascentRatio  = 1.12
)

// fitting is a text that looks for its size.
type fitting struct {
	what        string
	text        string
	bold        bool
	colour, on  color.RGBA
	size        float64
	most, least float64
	lines       int // how many it may take
}

// set is a text broken into lines of a width at a size.
type set struct {
	fitting
	face  font.Face
	width int
	lines []string
}

func (s set) tooMany() bool { return s.fitting.lines > 0 && len(s.lines) > s.fitting.lines }
func (s set) leading() int  { return int(math.Ceil(s.size * leadingRatio)) }
func (s set) height() int   { return len(s.lines) * s.leading() }

// set breaks a text at its size.
func (l *layout) set(f fitting, width int) (set, error) {
	f.text = l.printer.clean(f.text)
	out := set{fitting: f, width: width}
	if f.text == "" {
		return out, nil
	}
	var err error
	if out.face, err = l.printer.face(f.bold, f.size); err != nil {
		return out, err
	}
	out.lines = breakLines(out.face, f.text, width)
	return out, nil
}

// fit finds the largest size at which a text keeps to its lines and to the
// height, and cuts it at the smallest if none does.
func (l *layout) fit(f fitting, width, height int) (set, error) {
	for f.size = f.most; ; f.size-- {
		f.size = max(f.size, f.least)
		s, err := l.set(f, width)
		if err != nil || !s.tooMany() && s.height() <= height {
			return s, err
		}
		if f.size == f.least {
			s.cut(f.lines)
			return s, nil
		}
	}
}

// cut leaves at most n lines and ends the last with an ellipsis.
func (s *set) cut(n int) {
	if n < 1 || len(s.lines) <= n {
		return
	}
	words := strings.Fields(strings.Join(s.lines, " "))
	shortened := func(k int) string { return strings.TrimRight(strings.Join(words[:k], " "), ",;:.–-(“\" ") + "…" }
	fits := sort.Search(len(words), func(k int) bool {
		return len(breakLines(s.face, shortened(k+1), s.width)) > n
	})
	for k := min(fits, len(words)-1); k > 0; k-- {
		if mayCut(words[k-1], words[k]) {
			s.lines = breakLines(s.face, shortened(k), s.width)
			return
		}
	}
	// One word without an end, such as an address.
	last := s.lines[0]
	for last != "" && advance(s.face, last+"…") > s.width {
		_, size := utf8.DecodeLastRuneInString(last)
		last = last[:len(last)-size]
	}
	s.lines = []string{last + "…"}
}

// advance is the width of a line in whole pixels, rounded up.
func advance(face font.Face, text string) int { return font.MeasureString(face, text).Ceil() }

// breakLines breaks text at its spaces into as few lines as fit, as even as
// they can be, so that no last line holds one short word. A number stays with
// what follows it. What has no space is broken where the line ends.
func breakLines(face font.Face, text string, width int) []string {
	words := pieces(face, text, width)
	widths := make([]int, len(words))
	for i, w := range words {
		widths[i] = advance(face, w)
	}
	space := advance(face, " ")
	n := greedy(widths, space, width)
	// best[i][k] is the least raggedness of the words from i on in k lines.
	type choice struct {
		cost float64
		next int
	}
	best := make([]map[int]choice, len(words)+1)
	best[len(words)] = map[int]choice{0: {}}
	for i := len(words) - 1; i >= 0; i-- {
		best[i] = map[int]choice{}
		long := -space
		for j := i; j < len(words); j++ {
			long += space + widths[j]
			if long > width && j > i {
				break
			}
			left := float64(width-long) / float64(width)
			cost := left * left
			if j == len(words)-1 && i > 0 {
				// The last line may be short, but not so short that it is an orphan.
				cost = max(0, left-0.6) * 4
			}
			for k, rest := range best[j+1] {
				c, seen := best[i][k+1]
				if total := cost + rest.cost; k < n && (!seen || total < c.cost) {
					best[i][k+1] = choice{total, j + 1}
				}
			}
		}
	}
	var lines []string
	for i, k := 0, n; i < len(words); k-- {
		c, ok := best[i][k]
		if !ok {
			return append(lines, strings.Join(words[i:], " "))
		}
		lines = append(lines, strings.Join(words[i:c.next], " "))
		i = c.next
	}
	return lines
}

// greedy counts the lines that words need at least.
func greedy(widths []int, space, width int) int {
	n, long := 0, width+1
	for _, w := range widths {
		if long+space+w > width {
			n, long = n+1, w
			continue
		}
		long += space + w
	}
	return n
}

// pieces are the words between which a line may end. A number keeps what
// follows it, and a dash what is before it.
func pieces(face font.Face, text string, width int) []string {
	var out []string
	for _, w := range strings.Fields(text) {
		if last := len(out) - 1; last >= 0 {
			before, _ := utf8.DecodeLastRuneInString(out[last])
			joined := out[last] + "\u00a0" + w
			if (unicode.IsDigit(before) || w == "–" || w == "·") && advance(face, joined) <= width/2 {
				out[last] = joined
				continue
			}
		}
		for advance(face, w) > width {
			cut := len(w)
			for cut > 0 && advance(face, w[:cut]) > width {
				_, size := utf8.DecodeLastRuneInString(w[:cut])
				cut -= size
			}
			if cut == 0 {
				break
			}
			out = append(out, w[:cut])
			w = w[cut:]
		}
		out = append(out, w)
	}
	return out
}

// put places the lines of a set, the top left corner of its first line at x, y.
func (l *layout) put(s set, x, y int) {
	for i, text := range s.lines {
		base := y + i*s.leading() + int(s.size*ascentRatio)
		l.texts = append(l.texts, placed{
			what: s.what, text: text, bold: s.bold, size: s.size, colour: s.colour, on: s.on, x: x, y: base,
			box: image.Rect(x, y+i*s.leading(), x+s.width, y+(i+1)*s.leading()),
		})
	}
}

// write draws a line.
func (l *layout) write(img *image.RGBA, t placed) {
	face, err := l.printer.face(t.bold, t.size)
	if err != nil {
		return // the layout made this face already
	}
	d := font.Drawer{Dst: img, Src: image.NewUniform(t.colour), Face: face, Dot: fixed.P(t.x, t.y)}
	d.DrawString(t.text)
}

// has reports whether the font can draw a character.
func (p *Printer) has(r rune) bool {
	var b sfnt.Buffer
	i, err := p.regular.GlyphIndex(&b, r)
	return err == nil && i != 0
}

// clean takes out what the font cannot draw, such as emoji.
func (p *Printer) clean(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		if !p.has(r) {
			return -1
		}
		return r
	}, text)
	return strings.Join(strings.Fields(text), " ")
}

// legible reports whether the font has nearly all letters of a text: a
// sentence with holes is worse than none.
func (p *Printer) legible(text string) bool {
	letters, missing := 0, 0
	for _, r := range text {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.M, r) {
			letters++
			if !p.has(r) {
				missing++
			}
		}
	}
	return missing*50 <= letters
}
