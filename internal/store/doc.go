// Package store keeps the nouns of package desk in SQLite or PostgreSQL. It
// owns every line of SQL, the transactions, the migrations and the mapping of
// driver errors to desk.Error; nothing else in the program sees a database.
//
// There is one concrete DB. What differs between the engines sits in one
// private dialect value; statements are written once, with ? placeholders in
// order of appearance, and every ORDER BY ends in the key, because the engines
// return ties in different orders.
//
// # What the schema forbids
//
// Each rule that must never break is stated twice: as a pure function in desk
// and as a constraint or trigger here, so that bare SQL cannot break it
// either. Versions, evidence, approvals, checks and changes are append-only. A
// verdict needs a statement of fact, two keys of distinct members of the desk,
// and a desk that does not belong to the power judged. Rows an asker causes
// carry a random key and a day, and lose their words when the claim is worded.
//
// # Transactions
//
// Update runs one writer at a time on both engines (an immediate transaction
// on SQLite, an advisory lock on PostgreSQL), so a function given to Update
// may read, decide and write without a race. View reads one snapshot and
// cannot write. The clock of a transaction is fixed when it begins.
package store
