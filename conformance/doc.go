// Package conformance has other people's programs read what package ledger
// writes. It is a module of its own, so that the product carries none of them.
package conformance
