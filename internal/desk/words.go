package desk

import (
	"fmt"
	"io"
	"log/slog"
)

// Raw carries a person's own words from the HTTP edge to intake and nowhere
// else. It refuses to be printed, logged or encoded: every formatting door
// yields a fixed mark, so that a forgotten %v cannot become a leak. Only
// intake may call Reveal; the law test names the callers of NewRaw and Reveal.
//
// The words lie behind a pointer because fmt prints the unexported fields of a
// struct without asking their methods, and so does %w outside Errorf; pointers
// inside a struct it prints as numbers.
type Raw struct{ words *string }

// rawMark is what every formatter prints in place of a person's words.
const rawMark = "[words withheld]"

// NewRaw wraps words as they arrived, without looking at them.
func NewRaw(words string) Raw { return Raw{words: &words} }

// Reveal gives the words to the one package that may read them.
func (r Raw) Reveal() string { return r.bare() }

func (r Raw) bare() string {
	if r.words == nil {
		return ""
	}
	return *r.words
}

// Len is the length in bytes, which size caps may read without seeing the words.
func (r Raw) Len() int { return len(r.bare()) }

// Format implements fmt.Formatter for every verb.
func (Raw) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, rawMark) }

// LogValue implements slog.LogValuer.
func (Raw) LogValue() slog.Value { return slog.StringValue(rawMark) }

// MarshalText keeps the words out of JSON, XML and text encoders.
func (Raw) MarshalText() ([]byte, error) { return []byte(rawMark), nil }

// Text is wording that may be kept or passed on: a person's words after
// redaction, or wording that came back from the store. The field is hidden so
// that the compiler finds every attempt to make one from unredacted words.
type Text struct{ s string }

// Redactor replaces personal identifiers by typed placeholders. It is the only
// way from Raw to Text. Implementations must be safe for concurrent use.
type Redactor interface {
	Redact(words string) (clean string, found []Redaction)
}

// Redaction says how many identifiers of one kind were replaced. It never
// says which.
type Redaction struct {
	Kind  string `json:"kind"`
	Count int    `json:"count"`
}

// Redacted is the first door into Text: raw words and a redactor.
func Redacted(raw Raw, r Redactor) (Text, []Redaction) {
	clean, found := r.Redact(raw.bare())
	return Text{s: clean}, found
}

// StoredText is the second door: rows that come back from the store, which
// went through the first door before they were written. Only the store may
// call it.
func StoredText(s string) Text { return Text{s: s} }

// String returns the redacted wording.
func (t Text) String() string { return t.s }

// Empty reports whether no wording is kept.
func (t Text) Empty() bool { return t.s == "" }
