// Package verify is the outsider's side of a public record: it reads what a
// desk shows to everybody, from its address, a mirror or a copied folder, and says
// whether anything in it was changed, removed, reordered or forked.
//
// It trusts nothing it reads: every answer has a limit, every hash is
// recomputed, every signature is checked with the standard library, and what it
// saw is kept for the next time. It shares no code with what serves the record,
// beyond the formats.
package verify
