package eval

import (
	"sangto/match"
	"sangto/redact"
)

// Served is what the page asks the index of a message: its redacted text, and
// the words of what was taken out that help to match.
func Served(text string) match.Query {
	r := redact.Redact(text)
	return match.Query{Text: r.Text, Extra: r.Tail}
}
