// Package desk holds the nouns of a public answers desk and the rules they
// obey: Question, Claim, Check, Evidence, Desk, Member, the states they move
// through and who may move them, the kinds of error, and the two types that
// keep a person's words where they belong, Raw and Text.
//
// The package is pure: it has no clock, no randomness, no I/O and no context
// values. Whatever it needs of the world is an argument. It imports nothing
// but the standard library, and nearly every other package imports it.
package desk
