package match

import (
	"cmp"
	"slices"
)

// DifferenceKind says in what a message and a claim differ.
type DifferenceKind uint8

// The kinds.
const (
	// Number: the same thing is counted or measured, and the figures differ.
	Number DifferenceKind = iota + 1
	// Date: the same thing is set on another day, weekday, hour or year.
	Date
	// Negation: one side denies what the other states.
	Negation
	// Opposite: one side states the contrary in another word, out of a small
	// closed list: open and closed, rise and fall, cấm and cho phép.
	Opposite
)

var differenceNames = [...]string{"", "number", "date", "negation", "opposite"}

// String names the kind in English.
func (k DifferenceKind) String() string {
	if int(k) < len(differenceNames) {
		return differenceNames[k]
	}
	return "unknown"
}

// A Difference is one thing that a message and a claim state differently.
type Difference struct {
	Kind DifferenceKind
	// Message and Claim are the wordings of the two sides as they stand there,
	// in plain letters: "50 người chết" and "5 người chết". Claim or Message is empty where a side
	// denies a whole sentence ("it is false that …") and the other has no words
	// for that.
	Message, Claim string
}

// differencesMax bounds what Differ returns: more than this is another text,
// not the same one with differences.
const differencesMax = 8

// Differ says what a message states differently from the claim that a check is
// about, in the order of the message. The two are taken to be about the same
// thing, as when Search has found one for the other; Differ does not judge
// that.
//
// It is precise rather than eager. A number or a date differs only from one
// that plays the same part: same unit, same neighbours. What the claim gives in
// another spelling (50k, 50.000 đồng, năm mươi nghìn), anywhere, is the same,
// unless it stands there with something else counted and another number has its
// part, worded alike.
// A negation counts only at the same word in like surroundings; questions,
// conditions ("nếu không …", "unless") and "not only" state nothing. A sender's
// opinion of the message itself ("tin này không đúng", "this is not true") is
// no difference: it says what he thinks of the statement, which is the same
// statement. A sentence that denies another ("không có chuyện …", "it is false
// that …", "X denies that …") is one.
//
// Differ is linear in the message, and safe for concurrent use.
func Differ(message, claim string) []Difference {
	if message == "" || claim == "" || message == claim {
		return nil
	}
	r := passageReader{stems: newReader(false), ids: map[string]int32{}}
	m, c := r.read(plainDigits(message)), r.read(plainDigits(claim))
	if len(m.words) == 0 || len(c.words) == 0 {
		return nil
	}
	var out []placed
	m.measure()
	c.measure()
	out = differNumbers(out, m, c)
	out = differDates(out, m, c)
	out = differPolarity(out, m, c)
	slices.SortStableFunc(out, func(a, b placed) int { return cmp.Compare(a.at, b.at) })
	return settle(out)
}

// placed is a difference with its place in the message.
type placed struct {
	Difference
	at int
}

// settle drops repetitions.
func settle(list []placed) []Difference {
	var out []Difference
	for _, p := range list {
		if len(out) < differencesMax && !slices.Contains(out, p.Difference) {
			out = append(out, p.Difference)
		}
	}
	return out
}
