package desk

import (
	"errors"
	"strings"
)

// ErrorKind says what sort of failure an Error is. Only the front ends turn a
// kind into a status, a page, a sentence or an exit code.
type ErrorKind uint8

// The kinds. An error that is no *Error is Internal.
const (
	Internal ErrorKind = iota
	Invalid
	NotFound
	Conflict
	Forbidden
	Unauthenticated
	TooMany
	Unavailable
	TooLarge
)

var errorKindNames = [...]string{
	"internal", "invalid", "not found", "conflict", "forbidden",
	"unauthenticated", "too many", "unavailable", "too large",
}

// String names the kind in English, for logs.
func (k ErrorKind) String() string {
	if int(k) < len(errorKindNames) {
		return errorKindNames[k]
	}
	return "unknown"
}

// Error is a failure with a kind, a sentence for people and a cause for us.
// Key names a sentence of the catalogue, Args fill it; Op says what was being
// done; Err is the cause and is never shown to a visitor. No field may hold a
// person's words.
type Error struct {
	Kind ErrorKind
	Key  string
	Args map[string]any
	Op   string
	Err  error
}

// Error implements error for logs.
func (e *Error) Error() string {
	var b strings.Builder
	if e.Op != "" {
		b.WriteString(e.Op)
		b.WriteString(": ")
	}
	b.WriteString(e.Kind.String())
	if e.Key != "" {
		b.WriteString(" (" + e.Key + ")")
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// KindOf returns the kind of the first *Error in err's chain, Internal for
// any other error.
func KindOf(err error) ErrorKind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

// invalid is the commonest error: input that breaks a rule, with the sentence
// that says what to do about it.
func invalid(op, key string) *Error { return &Error{Kind: Invalid, Op: op, Key: key} }
