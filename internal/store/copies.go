package store

import (
	"slices"
	"time"

	"sangto/internal/desk"
)

const copyColumns = `c.id, c.draft_id, c.url, c.page, c.way, c.state, c.reason, c.tries, c.found_at, c.media_type, c.title, c.cut, c.size,
	c.original, c.sha256, c.archive_url, c.asked, c.kept`

// copyRow is a copy with its times as they are kept.
type copyRow struct {
	desk.Copy
	asked, kept int64
}

func copyFields(c *copyRow) []any {
	return []any{
		&c.ID, &c.DraftID, &c.URL, &c.Page, &c.Way, &c.State, &c.Reason, &c.Tries, &c.FoundAt, &c.MediaType, &c.Title, &c.Cut, &c.Size,
		&c.Original, &c.SHA256, &c.ArchiveURL, &c.asked, &c.kept,
	}
}

func (c copyRow) copy() desk.Copy {
	out := c.Copy
	out.Asked = time.UnixMicro(c.asked).UTC()
	if c.kept != 0 {
		out.Kept = time.UnixMicro(c.kept).UTC()
	}
	return out
}

// AddCopy inserts a copy, wanted or kept already. Asked is set to the time of
// the transaction. A page that the draft has by the same way is a
// desk.Conflict, the twenty-first copy of a draft a desk.Forbidden.
func (tx *Tx) AddCopy(c desk.Copy) error {
	kept := int64(0)
	if !c.Kept.IsZero() {
		kept = c.Kept.UnixMicro()
	}
	_, err := tx.exec("add copy", `INSERT INTO copies (id, draft_id, url, page, way, state, reason, tries, taken, found_at, media_type, title,
			text, cut, size, original, sha256, archive_url, asked, day, kept)
		VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		c.ID, c.DraftID, c.URL, c.Page, string(c.Way), string(c.State), c.Reason, c.FoundAt, c.MediaType, c.Title,
		c.Text, number(c.Cut), c.Size, c.Original, c.SHA256, c.ArchiveURL, tx.now.UnixMicro(), tx.Day(), kept)
	return err
}

// Copies returns the copies of a draft without their text, oldest first.
func (tx *Tx) Copies(draftID string) ([]desk.Copy, error) {
	rows, err := all(tx, "list copies", `SELECT `+copyColumns+` FROM copies c WHERE c.draft_id = ? ORDER BY c.asked, c.id`, []any{draftID}, copyFields)
	out := make([]desk.Copy, 0, len(rows))
	for _, r := range rows {
		out = append(out, r.copy())
	}
	return out, err
}

// Copy returns one copy with its text.
func (tx *Tx) Copy(id string) (desk.Copy, error) { return tx.oneCopy(`WHERE c.id = ?`, id) }

// VersionCopy returns the copy that a published source rests on, with its
// text, or desk.NotFound.
func (tx *Tx) VersionCopy(checkID string, number, position int) (desk.Copy, error) {
	return tx.oneCopy(`JOIN version_copies v ON v.copy_id = c.id WHERE v.check_id = ? AND v.number = ? AND v.position = ?`, checkID, number, position)
}

func (tx *Tx) oneCopy(where string, args ...any) (desk.Copy, error) {
	var c copyRow
	err := tx.row("read copy", `SELECT `+copyColumns+`, c.text FROM copies c `+where, args, append(copyFields(&c), &c.Text)...)
	return c.copy(), err
}

// VersionCopies returns the positions of a version's sources that rest on a
// copy of ours, in order.
func (tx *Tx) VersionCopies(checkID string, number int) ([]int, error) {
	return all(tx, "list copies of a version", `SELECT position FROM version_copies WHERE check_id = ? AND number = ? ORDER BY position`,
		[]any{checkID, number}, func(n *int) []any { return []any{n} })
}

// Wanted reports whether TakeWanted would give one.
func (tx *Tx) Wanted(lease time.Duration) (bool, error) {
	var n int
	err := tx.row("count wanted copies", `SELECT count(*) FROM copies WHERE state = 'wanted' AND taken < ?`, []any{tx.now.Add(-lease).UnixMicro()}, &n)
	return n > 0, err
}

// TakeWanted gives the next copy to fetch and marks it as begun; ok is false if
// there is none. One that was begun longer than lease ago was cut short and is
// given again: Tries says how often it was begun, this time included.
func (tx *Tx) TakeWanted(lease time.Duration) (c desk.Copy, ok bool, err error) {
	err = tx.row("find a wanted copy", `SELECT id, draft_id, url, tries FROM copies
		WHERE state = 'wanted' AND taken < ? ORDER BY taken, id LIMIT 1`, []any{tx.now.Add(-lease).UnixMicro()}, &c.ID, &c.DraftID, &c.URL, &c.Tries)
	if desk.KindOf(err) == desk.NotFound {
		return desk.Copy{}, false, nil
	}
	if err != nil {
		return desk.Copy{}, false, err
	}
	c.Tries++
	c.Way, c.State = desk.CopyFetched, desk.CopyWanted
	_, err = tx.exec("begin a copy", `UPDATE copies SET tries = ?, taken = ? WHERE id = ? AND state = 'wanted'`, c.Tries, tx.now.UnixMicro(), c.ID)
	return c, err == nil, err
}

// GiveBack undoes TakeWanted for a fetch that a stop of the program ended.
func (tx *Tx) GiveBack(id string) error {
	_, err := tx.exec("give a copy back", `UPDATE copies SET tries = tries - 1, taken = 0 WHERE id = ? AND state = 'wanted' AND tries > 0`, id)
	return err
}

// EndCopy writes what became of a wanted copy: kept or failed. A copy that is
// wanted no longer is a desk.Conflict.
func (tx *Tx) EndCopy(c desk.Copy) error {
	const op = "end a copy"
	kept := int64(0)
	if !c.Kept.IsZero() {
		kept = c.Kept.UnixMicro()
	}
	n, err := tx.exec(op, `UPDATE copies SET state = ?, reason = ?, found_at = ?, media_type = ?, title = ?, text = ?, cut = ?, size = ?,
			original = ?, sha256 = ?, kept = ? WHERE id = ? AND state = 'wanted'`,
		string(c.State), c.Reason, c.FoundAt, c.MediaType, c.Title, c.Text, number(c.Cut), c.Size, c.Original, c.SHA256, kept, c.ID)
	return unlessNone(op, n, err)
}

// TakeOutCopy takes a copy out of a draft: what a member uploaded or linked is
// gone, what was fetched loses its text and stays as a mark that its page is
// not fetched again. A copy that a published version cites, or that is still to
// be fetched, is a desk.Conflict.
func (tx *Tx) TakeOutCopy(id string) error {
	const op = "take out a copy"
	n, err := tx.exec(op, `DELETE FROM copies WHERE id = ? AND state = 'kept' AND way <> 'fetched'
		AND NOT EXISTS (SELECT 1 FROM version_copies WHERE copy_id = copies.id)`, id)
	if err != nil || n > 0 {
		return err
	}
	n, err = tx.exec(op, `UPDATE copies SET state = 'failed', reason = 'taken_out', title = '', text = '' WHERE id = ? AND state = 'kept'
		AND NOT EXISTS (SELECT 1 FROM version_copies WHERE copy_id = copies.id)`, id)
	return unlessNone(op, n, err)
}

// DeleteCopiesBefore deletes the copies asked for before day that no published
// version cites, and returns how many.
func (tx *Tx) DeleteCopiesBefore(day desk.Day) (int, error) {
	return tx.exec("delete old copies", `DELETE FROM copies WHERE day < ?
		AND NOT EXISTS (SELECT 1 FROM version_copies WHERE copy_id = copies.id)`, day)
}

// linkCopies ties a version's sources to the copies whose hashes they carry.
// AddVersion calls it in its own transaction: a published hash and its copy
// are there together or not at all. A hash without a copy is left alone: it
// came with an import, or its copy was never here.
func (tx *Tx) linkCopies(v desk.Version) error {
	cites := slices.ContainsFunc(v.Evidence, func(e desk.Evidence) bool { return e.SHA256 != "" })
	if v.Act == desk.ImportAct || !cites {
		return nil
	}
	_, err := tx.exec("link copies", `INSERT INTO version_copies (check_id, number, position, copy_id)
		SELECT e.check_id, e.number, e.position, (SELECT min(c.id) FROM copies c WHERE c.sha256 = e.sha256 AND c.state = 'kept')
		FROM evidence e WHERE e.check_id = ? AND e.number = ? AND e.sha256 <> ''
			AND EXISTS (SELECT 1 FROM copies c WHERE c.sha256 = e.sha256 AND c.state = 'kept')`, v.CheckID, v.Number)
	return err
}

// EraseCopies takes the text out of the copies that versions of a check before
// number n cite and n and later ones do not. Their hashes stay.
func (tx *Tx) EraseCopies(checkID string, n int) (int, error) {
	return tx.exec("erase copies", `UPDATE copies SET state = 'erased', title = '', text = '' WHERE state = 'kept'
		AND EXISTS (SELECT 1 FROM version_copies v WHERE v.copy_id = copies.id AND v.check_id = ? AND v.number < ?)
		AND NOT EXISTS (SELECT 1 FROM version_copies v WHERE v.copy_id = copies.id AND (v.check_id <> ? OR v.number >= ?))`,
		checkID, n, checkID, n)
}
