package redact

import (
	"sort"
	"strings"

	"sangto/viet"
)

// Kind is the sort of identifier that a placeholder stands for.
type Kind string

// The kinds. The placeholder of a kind is its name in square brackets.
const (
	Phone   Kind = "phone"
	Email   Kind = "email"
	ID      Kind = "id"
	Account Kind = "account"
	Number  Kind = "number"
	Handle  Kind = "handle"
	Profile Kind = "profile"
	Sender  Kind = "sender"
	Plate   Kind = "plate"
)

// Placeholder returns the mark that stands for what was taken out, in ASCII
// and in square brackets.
func (k Kind) Placeholder() string { return "[" + string(k) + "]" }

// kinds is in alphabetical order, which is that of Result.Found.
var kinds = [...]Kind{Account, Email, Handle, ID, Number, Phone, Plate, Profile, Sender}

// marks holds the placeholder of each kind.
var marks = func() (m [len(kinds)]string) {
	for i, k := range kinds {
		m[i] = k.Placeholder()
	}
	return m
}()

// Kinds lists every kind in alphabetical order.
func Kinds() []Kind { return append([]Kind(nil), kinds[:]...) }

// MaxGrowth bounds len(Redact(s).Text)/len(s): what viet.Canonical may grow a
// text by, or a handle of three bytes that becomes a placeholder of eight.
const MaxGrowth = viet.MaxGrowth

// Found says how many identifiers of one kind were taken out, never which.
type Found struct {
	Kind  Kind
	Count int
}

// Result is a redacted text.
type Result struct {
	// Text is the canonical text with placeholders.
	Text string
	// Found is sorted by kind. Placeholders that were already there do not
	// count.
	Found []Found
	// Tail holds the folded words of the author tails and handles that were
	// taken out. They help to match a message with the check of it and must
	// live in memory for that one query only.
	Tail []string
}

// maxPasses bounds how often the rules are applied. What one pass takes out
// can bring two things together that the next sees as one; ordinary text is
// stable after the first.
const maxPasses = 6

// Redact takes personal identifiers out of s. It never fails, whatever the
// bytes, and changes nothing in a text that it returned.
func Redact(s string) Result {
	res := Result{Text: viet.Canonical(s)}
	counts := map[Kind]int{}
	for range maxPasses {
		p := newPage(res.Text)
		p.apply()
		if len(p.spans) == 0 {
			break
		}
		for _, sp := range p.spans {
			counts[sp.kind]++
		}
		res.Tail = append(res.Tail, p.tail...)
		res.Text = viet.Canonical(p.text())
	}
	for _, k := range kinds {
		if counts[k] > 0 {
			res.Found = append(res.Found, Found{Kind: k, Count: counts[k]})
		}
	}
	return res
}

// apply runs the rules. The order matters where two could take the same
// characters: what is read whole (a header, an address, an e-mail) goes before
// what could be a part of it (a handle, a number).
func (p *page) apply() {
	p.takeSenders()
	p.takeLinks()
	p.takeEmails()
	p.takeTails()
	p.takeHandles()
	p.takePlates()
	p.takeNumbers()
}

// text writes the page with placeholders for its spans.
func (p *page) text() string {
	sort.Slice(p.spans, func(i, j int) bool { return p.spans[i].start < p.spans[j].start })
	var b strings.Builder
	b.Grow(len(p.s))
	at := 0
	for _, sp := range p.spans {
		b.WriteString(p.s[p.off[at]:p.off[sp.start]])
		b.WriteString(sp.kind.Placeholder())
		at = sp.end
	}
	b.WriteString(p.s[p.off[at]:])
	return b.String()
}
