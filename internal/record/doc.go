// Package record keeps the public record: it turns editorial acts into the
// leaves of an append-only log, signs the log's head, lays it out as files that
// anyone can copy, and refuses to sign anything that does not continue what was
// signed before.
//
// The database decides what the leaves are and in which order: a leaf is written in
// the transaction of the act it records. The sequencer only hashes, signs and
// lays out. What was signed is kept in a small store of its own, outside the
// database and every backup, because a backup that is put back must not make the
// desk sign a second history.
package record
