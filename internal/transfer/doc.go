// Package transfer brings published checks of other desks into the store and
// writes the store's published checks out again.
//
// Both work beside a running desk. An import commits in batches and each
// batch is whole or not there at all; whoever follows the change sequence
// sees the new versions as they are committed. Importing the same records
// again changes nothing. An export reads one snapshot.
//
// It also makes backups of a whole desk and brings them back: see WriteBackup
// and Restore.
package transfer
