package store

import (
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"time"

	"sangto/internal/desk"
)

// Leaf is an entry of the public record as the database keeps it. Bytes are
// those of the log; Kind, Subject and Rev repeat what is needed to find it.
type Leaf struct {
	Index int64
	Kind  string
	// Subject is the check, the desk and its page, or the key it is of.
	Subject string
	Rev     int
	Bytes   []byte
	Hash    string
}

const leafColumns = `idx, kind, subject, rev, leaf, hash`

func leafFields(l *Leaf) []any {
	return []any{&l.Index, &l.Kind, &l.Subject, &l.Rev, &l.Bytes, &l.Hash}
}

// HoldLeaves makes every AddLeaf fail with desk.Unavailable and the cause, so
// that nothing is recorded that could contradict what was signed. nil lets
// them through again.
func (db *DB) HoldLeaves(cause error) {
	if cause == nil {
		db.held.Store(nil)
		return
	}
	db.held.Store(&cause)
}

// AddLeaf appends an entry and returns its index; l.Index is not read. content
// is what its hashes cover, empty for none, of version rev of checkID, which is
// empty for a page.
func (tx *Tx) AddLeaf(l Leaf, checkID, content string) (int64, error) {
	const op = "add leaf"
	if cause := tx.db.held.Load(); cause != nil {
		return 0, &desk.Error{Kind: desk.Unavailable, Op: op, Key: "error.record.held", Err: *cause}
	}
	var index int64
	err := tx.returning(op, `INSERT INTO leaves (`+leafColumns+`) SELECT 1 + coalesce(max(idx), -1), ?, ?, ?, ?, ? FROM leaves RETURNING idx`,
		[]any{l.Kind, l.Subject, l.Rev, string(l.Bytes), l.Hash}, &index)
	if err != nil || content == "" {
		return index, err
	}
	_, err = tx.exec(op, `INSERT INTO leaf_contents (idx, check_id, rev, content) VALUES (?, ?, ?, ?)`, index, checkID, l.Rev, content)
	return index, err
}

// LeavesHeld reports whether AddLeaf would fail because nothing may be recorded.
func (tx *Tx) LeavesHeld() bool { return tx.db.held.Load() != nil }

// CountLeaves is how many entries there are.
func (tx *Tx) CountLeaves() (int64, error) {
	var n int64
	err := tx.row("count leaves", `SELECT 1 + coalesce(max(idx), -1) FROM leaves`, nil, &n)
	return n, err
}

// Leaves returns up to limit entries from an index on, in order.
func (tx *Tx) Leaves(from int64, limit int) ([]Leaf, error) {
	return all(tx, "read leaves", `SELECT `+leafColumns+` FROM leaves WHERE idx >= ? ORDER BY idx LIMIT ?`, []any{from, limit}, leafFields)
}

// LeafAt returns one entry.
func (tx *Tx) LeafAt(index int64) (Leaf, error) {
	var l Leaf
	err := tx.row("read leaf", `SELECT `+leafColumns+` FROM leaves WHERE idx = ?`, []any{index}, leafFields(&l)...)
	return l, err
}

// LastLeaf returns the newest entry of a subject; ok is false where it has none.
func (tx *Tx) LastLeaf(subject string) (l Leaf, ok bool, err error) {
	err = tx.row("find leaf", `SELECT `+leafColumns+` FROM leaves WHERE subject = ? ORDER BY idx DESC LIMIT 1`, []any{subject}, leafFields(&l)...)
	if desk.KindOf(err) == desk.NotFound {
		return Leaf{}, false, nil
	}
	return l, err == nil, err
}

// LastLeaves returns the newest entry of each of a few subjects; those that have
// none are left out.
func (tx *Tx) LastLeaves(subjects ...string) (map[string]Leaf, error) {
	out := make(map[string]Leaf, len(subjects))
	if len(subjects) == 0 {
		return out, nil
	}
	args := make([]any, len(subjects))
	for i, s := range subjects {
		args[i] = s
	}
	found, err := all(tx, "find leaves", `SELECT `+leafColumns+` FROM leaves WHERE idx IN (`+
		rows(len(subjects), `(SELECT max(idx) FROM leaves WHERE subject = ?)`)+`)`, args, leafFields)
	for _, l := range found {
		out[l.Subject] = l
	}
	return out, err
}

// Entering is what an entry for a version rests on beside the version itself.
type Entering struct {
	Check desk.Check
	Desk  desk.Desk
	// Entries is how many entries stand for the version already, Declarations how
	// often the desk has declared its owner by two keys.
	Entries, Declarations int
}

// Entering reads it in one go; desk.NotFound for a check that is not there.
func (tx *Tx) Entering(checkID string, number int) (Entering, error) {
	var e Entering
	err := tx.row("read what is recorded", `SELECT `+checkColumns+`, d.`+strings.ReplaceAll(deskColumns, ", ", ", d.")+`,
		(SELECT count(*) FROM leaves WHERE subject = c.id AND rev = ? AND kind <> 'dispute'),
		(SELECT count(*) FROM declarations WHERE desk_id = c.desk_id)
		FROM checks c JOIN desks d ON d.id = c.desk_id WHERE c.id = ?`, []any{number, checkID},
		append(append(checkFields(&e.Check), deskFields(&e.Desk)...), &e.Entries, &e.Declarations)...)
	return e, err
}

// LeafOf returns the entry that recorded a version of a check.
func (tx *Tx) LeafOf(checkID string, number int) (Leaf, error) {
	var l Leaf
	err := tx.row("find leaf", `SELECT `+leafColumns+` FROM leaves WHERE subject = ? AND rev = ? AND kind <> 'dispute' ORDER BY idx LIMIT 1`,
		[]any{checkID, number}, leafFields(&l)...)
	return l, err
}

// Content returns what the hashes of an entry cover, and the check and version it is of.
func (tx *Tx) Content(index int64) (content, checkID string, err error) {
	err = tx.row("read content", `SELECT content, check_id FROM leaf_contents WHERE idx = ?`, []any{index}, &content, &checkID)
	return content, checkID, err
}

// RestoreContent puts back what the hashes of entry index cover, of version rev of
// checkID (empty for a page), where it has none. The schema refuses it with
// desk.Forbidden if a later version or entry says that it was erased.
func (tx *Tx) RestoreContent(index int64, checkID string, rev int, content string) error {
	_, err := tx.exec("restore content", `INSERT INTO leaf_contents (idx, check_id, rev, content) VALUES (?, ?, ?, ?)`, index, checkID, rev, content)
	return err
}

// Unrecorded is a version of a local desk that no entry stands for.
type Unrecorded struct {
	CheckID string
	Number  int
	At      time.Time
}

// UnrecordedVersions lists the versions of local desks without an entry, in the
// order they were published.
func (tx *Tx) UnrecordedVersions() ([]Unrecorded, error) {
	type row struct {
		Unrecorded
		at int64
	}
	rows, err := all(tx, "list unrecorded versions", `SELECT v.check_id, v.number, v.recorded FROM versions v WHERE v.local = 1
		AND NOT EXISTS (SELECT 1 FROM leaves l WHERE l.subject = v.check_id AND l.rev = v.number AND l.kind <> 'dispute')
		ORDER BY v.recorded, v.check_id, v.number`, nil, func(r *row) []any { return []any{&r.CheckID, &r.Number, &r.at} })
	out := make([]Unrecorded, 0, len(rows))
	for _, r := range rows {
		r.At = moment(r.at)
		out = append(out, r.Unrecorded)
	}
	return out, err
}

// UnrecordedKeys lists the approval keys of local desks' members without an
// entry, with the desk of each, in the order they were made.
func (tx *Tx) UnrecordedKeys() ([]desk.ApprovalKey, error) {
	rows, err := all(tx, "list unrecorded keys", `SELECT `+keyColumns+` FROM approval_keys k
		WHERE NOT EXISTS (SELECT 1 FROM leaves l WHERE l.subject = k.id AND l.kind = 'keys') ORDER BY made, id`, nil, keyFields)
	out := make([]desk.ApprovalKey, 0, len(rows))
	for _, r := range rows {
		out = append(out, r.key())
	}
	return out, err
}

// UnrecordedEnds lists the retired keys whose newest entry says that they hold.
func (tx *Tx) UnrecordedEnds() ([]desk.ApprovalKey, error) {
	rows, err := all(tx, "list unrecorded ends of keys", `SELECT `+keyColumns+` FROM approval_keys k WHERE retired > 0 AND retired < good_until
		AND (SELECT count(*) FROM leaves l WHERE l.subject = k.id AND l.kind = 'keys') = 1 ORDER BY id`, nil, keyFields)
	out := make([]desk.ApprovalKey, 0, len(rows))
	for _, r := range rows {
		out = append(out, r.key())
	}
	return out, err
}

// NewSalt draws 32 random bytes, in hex.
func (tx *Tx) NewSalt() (string, error) {
	var b [32]byte
	if _, err := io.ReadFull(tx.db.random, b[:]); err != nil {
		return "", fmt.Errorf("draw a salt: %w", err)
	}
	return hex.EncodeToString(b[:]), nil
}

// DayOf is the day of a time in the desk's zone.
func (tx *Tx) DayOf(t time.Time) desk.Day { return desk.DayOf(t, tx.db.zone) }

// Held is why no entry is taken, nil where they are.
func (db *DB) Held() error {
	if cause := db.held.Load(); cause != nil {
		return *cause
	}
	return nil
}

// forgetContents deletes the words behind the entries of a check's versions
// before number n.
func (tx *Tx) forgetContents(checkID string, n int) error {
	_, err := tx.exec("erase contents", `DELETE FROM leaf_contents WHERE check_id = ? AND check_id <> '' AND rev < ?`, checkID, n)
	return err
}
