package publish

import (
	"strings"
	"unicode"
)

// Change is a run of words that two texts share, or that only one has.
type Change struct {
	Text string
	// Gone is in the older text only, New in the newer only.
	Gone, New bool
}

// diffMax bounds the words of one side between what both texts begin and end
// with: the table of the comparison has diffMax squared cells.
const diffMax = 2_000

// Diff compares two texts word by word, by their longest common subsequence
// (Hirschberg's problem, solved by the usual table), after setting apart what
// both begin and end with. Joining the runs without New gives the older text,
// those without Gone the newer. Longer texts than diffMax words between
// beginning and end are shown as one run gone and one new.
func Diff(older, newer string) []Change {
	a, b := diffWords(older), diffWords(newer)
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	var out changes
	out.add(a[:head], false, false)
	out.between(a[head:len(a)-tail], b[head:len(b)-tail])
	out.add(a[len(a)-tail:], false, false)
	return out
}

type changes []Change

func (c *changes) add(words []string, gone, fresh bool) {
	text := strings.Join(words, "")
	if text == "" {
		return
	}
	if n := len(*c); n > 0 && (*c)[n-1].Gone == gone && (*c)[n-1].New == fresh {
		(*c)[n-1].Text += text
		return
	}
	*c = append(*c, Change{Text: text, Gone: gone, New: fresh})
}

func (c *changes) between(a, b []string) {
	if len(a) == 0 || len(b) == 0 || len(a) > diffMax || len(b) > diffMax {
		c.add(a, true, false)
		c.add(b, false, true)
		return
	}
	// longest[i][j] is the length for a[i:] and b[j:].
	width := len(b) + 1
	longest := make([]int32, (len(a)+1)*width)
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				longest[i*width+j] = longest[(i+1)*width+j+1] + 1
			} else {
				longest[i*width+j] = max(longest[(i+1)*width+j], longest[i*width+j+1])
			}
		}
	}
	i, j := 0, 0
	for i < len(a) && j < len(b) {
		switch {
		case a[i] == b[j]:
			c.add(a[i:i+1], false, false)
			i, j = i+1, j+1
		case longest[(i+1)*width+j] >= longest[i*width+j+1]:
			c.add(a[i:i+1], true, false)
			i++
		default:
			c.add(b[j:j+1], false, true)
			j++
		}
	}
	c.add(a[i:], true, false)
	c.add(b[j:], false, true)
}

// diffWords cuts a text before each word, so that the parts join to the text.
func diffWords(s string) []string {
	var out []string
	start, space := 0, false
	for i, r := range s {
		if unicode.IsSpace(r) {
			space = true
			continue
		}
		if space && i > start {
			out = append(out, s[start:i])
			start = i
		}
		space = false
	}
	if start < len(s) {
		out = append(out, s[start:])
	}
	return out
}
