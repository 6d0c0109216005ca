// Package ledger is a tamper-evident log that anyone can copy and check: an
// append-only Merkle tree (RFC 6962) served as static files, with signed
// checkpoints, proofs that fit in a small file, witnesses, and a complete
// verifier.
//
// It speaks the formats of C2SP, so that other people's tools read what it
// writes:
//
//   - tlog-tiles: where tiles and entry bundles lie and what is in them
//     ([TilePath], [EntriesPath], [ParsePath], [AppendEntry], [ReadEntries]);
//   - tlog-checkpoint, a signed note ([Checkpoint]);
//   - tlog-cosignature, Ed25519 ([NewCosigner], [NewCosignatureVerifier]);
//   - tlog-witness ([Witness], [AddCheckpoint]);
//   - tlog-policy ([ParsePolicy]);
//   - tlog-proof ([Proof]).
//
// A log is grown with a [Frontier], which holds nothing but the right edge of
// the tree, and read through a [Source], which is any place that can give the
// bytes behind a path: a folder, a server, a mirror, a memory stick. [Audit]
// reads a whole log from a Source and recomputes every hash in it.
//
// The package has never heard of what an entry means. It knows no database
// and starts nothing.
package ledger
