package store

import (
	"sangto/internal/desk"
)

// QueueFilter says which rows of a desk's queue are wanted. Parts of other
// claims are never among them.
type QueueFilter struct {
	DeskID string
	State  desk.ClaimState
	// Assignee narrows to one member's claims, Unassigned to nobody's.
	Assignee   string
	Unassigned bool
}

// Place is where a row of the queue stands; the zero Place is before the first.
type Place struct {
	Lap int
	Due desk.Day
	ID  string
}

// PlaceOf returns the place of a claim.
func PlaceOf(c desk.Claim) Place { return Place{Lap: c.Lap, Due: c.Due(), ID: c.ID} }

// Queue returns at most limit claims that stand after a place: those of a lower
// lap first, then what waits longest (desk.Claim.Due), then by key. Its cost is
// that of the rows returned, whatever the queue and the questions hold.
func (tx *Tx) Queue(f QueueFilter, after Place, limit int) ([]desk.Claim, error) {
	query := `SELECT ` + claimColumns + ` FROM claims WHERE desk_id = ? AND state = ? AND joined_to IS NULL`
	args := []any{f.DeskID, string(f.State)}
	switch {
	case f.Assignee != "":
		query, args = query+` AND assignee = ?`, append(args, f.Assignee)
	case f.Unassigned:
		query += ` AND assignee IS NULL`
	}
	if after != (Place{}) {
		query, args = query+` AND (lap, due, id) > (?, ?, ?)`, append(args, after.Lap, after.Due, after.ID)
	}
	return all(tx, "list queue", query+` ORDER BY lap, due, id LIMIT ?`, append(args, limit), claimFields)
}

// Bin returns the claims of a desk that may still be taken out of the bin,
// latest binned first, at most limit.
func (tx *Tx) Bin(deskID string, limit int) ([]desk.Claim, error) {
	// That binned is above zero is said outright: a placeholder does not tell
	// the engine that the index of what is binned serves.
	return all(tx, "list bin", `SELECT `+claimColumns+` FROM claims WHERE binned > 0 AND binned > ? AND desk_id = ? ORDER BY binned DESC, id LIMIT ?`,
		[]any{tx.Day() - desk.BinDays, deskID, limit}, claimFields)
}

// KinLap returns the lap of the next claim that resembles root: the first
// twenty, root among them, come in lap 0, the next in lap 1. It looks at one
// lap's rows at most.
func (tx *Tx) KinLap(root string) (int, error) {
	const op = "place among kin"
	lap := 0
	err := tx.row(op, `SELECT lap FROM claims WHERE kin = ? ORDER BY lap DESC LIMIT 1`, []any{root}, &lap)
	if err != nil && desk.KindOf(err) != desk.NotFound {
		return 0, err
	}
	var n int
	if err := tx.row(op, `SELECT count(*) FROM claims WHERE kin = ? AND lap = ?`, []any{root, lap}, &n); err != nil {
		return 0, err
	}
	if lap == 0 {
		n++ // root itself
	}
	if n >= desk.KinShare {
		lap++
	}
	return lap, nil
}

// JoinClaim makes a waiting claim, and what was joined to it, a part of head,
// which waits too or is being checked. In the second case the parts end at
// once. A claim that has moved on, or a head that is none, is a desk.Conflict.
func (tx *Tx) JoinClaim(id, head string) error {
	const op = "join claims"
	_, err := tx.exec(op, `UPDATE claims SET joined_to = ? WHERE joined_to = ? AND state = 'waiting'
		AND EXISTS (SELECT 1 FROM claims h WHERE h.id = ? AND h.joined_to IS NULL AND h.state IN ('waiting', 'checking'))`, head, id, head)
	if err != nil {
		return err
	}
	n, err := tx.exec(op, `UPDATE claims SET joined_to = ? WHERE id = ? AND id <> ? AND state = 'waiting' AND joined_to IS NULL
		AND EXISTS (SELECT 1 FROM claims h WHERE h.id = ? AND h.desk_id = claims.desk_id AND h.joined_to IS NULL AND h.state IN ('waiting', 'checking'))`,
		head, id, head, head)
	if err := unlessNone(op, n, err); err != nil {
		return err
	}
	return tx.settle(head)
}

// SplitClaim makes a part a claim of its own again. One that has ended, or is
// no part, is a desk.Conflict.
func (tx *Tx) SplitClaim(id string) error {
	const op = "split claim"
	n, err := tx.exec(op, `UPDATE claims SET joined_to = NULL, apart = 1 WHERE id = ? AND state = 'waiting' AND joined_to IS NOT NULL`, id)
	return unlessNone(op, n, err)
}

// KeepApart notes that a claim is not what it was taken to resemble.
func (tx *Tx) KeepApart(id string) error {
	const op = "keep claims apart"
	n, err := tx.exec(op, `UPDATE claims SET apart = 1 WHERE id = ? AND state = 'waiting'`, id)
	return unlessNone(op, n, err)
}

// Parts returns the claims joined to head that still wait, by key.
func (tx *Tx) Parts(head string) ([]desk.Claim, error) {
	return all(tx, "list parts", `SELECT `+claimColumns+` FROM claims WHERE joined_to = ? AND state = 'waiting' ORDER BY id`,
		[]any{head}, claimFields)
}

// Likes returns waiting claims of the same kin as root that stand by
// themselves, at most limit, those of the lowest lap first.
func (tx *Tx) Likes(root string, limit int) ([]desk.Claim, error) {
	return all(tx, "list kin", `SELECT `+claimColumns+` FROM claims
		WHERE kin = ? AND state = 'waiting' AND joined_to IS NULL AND apart = 0 ORDER BY lap, id LIMIT ?`, []any{root, limit}, claimFields)
}

// Assign gives an open claim to a member of its desk, or to nobody. was is who
// the caller believes has it: if that has changed, the answer is desk.Conflict.
func (tx *Tx) Assign(id, was, memberID string) error {
	const op = "assign claim"
	n, err := tx.exec(op, `UPDATE claims SET assignee = ? WHERE id = ? AND coalesce(assignee, '') = ? AND state IN ('waiting', 'checking')`,
		orNull(memberID), id, was)
	return unlessNone(op, n, err)
}

// SetNote replaces the note was of an open claim; another note there by now is
// a desk.Conflict.
func (tx *Tx) SetNote(id, was, note string) error {
	const op = "write note"
	n, err := tx.exec(op, `UPDATE claims SET note = ? WHERE id = ? AND note = ? AND state IN ('waiting', 'checking')`, note, id, was)
	return unlessNone(op, n, err)
}

// BinClaim closes a waiting claim for the bin, with its parts set free first.
// Its words stay for desk.BinDays at most.
func (tx *Tx) BinClaim(id string) error {
	const op = "bin claim"
	if _, err := tx.exec(op, `UPDATE claims SET joined_to = NULL WHERE joined_to = ? AND state = 'waiting'`, id); err != nil {
		return err
	}
	n, err := tx.exec(op, `UPDATE claims SET state = 'closed', closed = ?, binned = ? WHERE id = ? AND state = 'waiting' AND joined_to IS NULL`,
		tx.Day(), tx.Day(), id)
	return unlessNone(op, n, err)
}

// UnbinClaim takes a claim out of the bin, as it was. One that is not there, or
// whose days there are over, is a desk.Conflict.
func (tx *Tx) UnbinClaim(id string) error {
	const op = "take claim out of the bin"
	n, err := tx.exec(op, `UPDATE claims SET state = 'waiting', closed = 0, binned = 0 WHERE id = ? AND state = 'closed' AND binned > ?`,
		id, tx.Day()-desk.BinDays)
	return unlessNone(op, n, err)
}

// EmptyBin ends the claims that were binned before day; their words are gone.
func (tx *Tx) EmptyBin(day desk.Day) (int, error) {
	return tx.exec("empty the bin", `UPDATE claims SET binned = 0 WHERE binned > 0 AND binned < ?`, day)
}

// ReopenClaim undoes a refusal: the claim waits again, or is being checked
// again if it was worded. Its words do not come back. A claim that did not end
// by a refusal, or is a part of another, is a desk.Conflict.
func (tx *Tx) ReopenClaim(id string) error {
	const op = "reopen claim"
	n, err := tx.exec(op, `UPDATE claims SET state = CASE WHEN wording = '' THEN 'waiting' ELSE 'checking' END,
		closed = 0, closed_as = '', reopened = ?
		WHERE id = ? AND state = 'closed' AND binned = 0 AND check_id IS NULL AND joined_to IS NULL`, tx.Day(), id)
	return unlessNone(op, n, err)
}

// TextOf returns the words that an asker left under a claim, and their day. A
// claim without words is desk.NotFound.
func (tx *Tx) TextOf(claimID string) (desk.Text, desk.Day, error) {
	var text string
	var day desk.Day
	err := tx.row("read words", `SELECT text, day FROM questions WHERE claim_id = ? AND text <> ''`, []any{claimID}, &text, &day)
	return desk.StoredText(text), day, err
}

// HasWaiting reports whether anything of a desk waits for its wording.
func (tx *Tx) HasWaiting(deskID string) (bool, error) {
	claims, err := tx.Queue(QueueFilter{DeskID: deskID, State: desk.Waiting}, Place{}, 1)
	return len(claims) > 0, err
}

// EachWorded hands over the claims of a desk that are worded and open, by key,
// streaming, for search in the desk's own words. fn must not use tx.
func (tx *Tx) EachWorded(deskID string, fn func(desk.Claim) error) error {
	return tx.each("read worded claims", `SELECT `+claimColumns+` FROM claims WHERE desk_id = ? AND state = 'checking' AND wording <> '' ORDER BY id`,
		[]any{deskID}, func(scan func(...any) error) error {
			var c desk.Claim
			if err := scan(claimFields(&c)...); err != nil {
				return err
			}
			return fn(c)
		})
}

// BulkAct is one refusal of several claims. Reason is "spam" or a
// desk.NotRatedKind.
type BulkAct struct {
	ID, DeskID, Reason string
	Day                desk.Day
	Undone             bool
	Claims             []string
}

// AddBulkAct remembers what was refused together, and for whom nothing.
func (tx *Tx) AddBulkAct(a BulkAct) error {
	const op = "remember refusal"
	_, err := tx.exec(op, `INSERT INTO bulk_acts (id, desk_id, day, reason, undone) VALUES (?, ?, ?, ?, 0)`, a.ID, a.DeskID, a.Day, a.Reason)
	for _, id := range a.Claims {
		if err != nil {
			return err
		}
		_, err = tx.exec(op, `INSERT INTO bulk_claims (act_id, claim_id) VALUES (?, ?)`, a.ID, id)
	}
	return err
}

// BulkAct returns one refusal with its claims.
func (tx *Tx) BulkAct(id string) (BulkAct, error) {
	var a BulkAct
	err := tx.row("read refusal", `SELECT id, desk_id, day, reason, undone FROM bulk_acts WHERE id = ?`, []any{id},
		&a.ID, &a.DeskID, &a.Day, &a.Reason, &a.Undone)
	if err != nil {
		return BulkAct{}, err
	}
	a.Claims, err = all(tx, "read refused claims", `SELECT claim_id FROM bulk_claims WHERE act_id = ? ORDER BY claim_id`, []any{id},
		func(s *string) []any { return []any{s} })
	return a, err
}

// BulkActs returns the refusals of a desk since a day, latest first, without
// their claims.
func (tx *Tx) BulkActs(deskID string, since desk.Day) ([]BulkAct, error) {
	return all(tx, "list refusals", `SELECT id, desk_id, day, reason, undone FROM bulk_acts WHERE day >= ? AND desk_id = ? ORDER BY day DESC, id`,
		[]any{since, deskID}, func(a *BulkAct) []any { return []any{&a.ID, &a.DeskID, &a.Day, &a.Reason, &a.Undone} })
}

// UndoBulkAct marks a refusal as taken back. Twice is a desk.Conflict.
func (tx *Tx) UndoBulkAct(id string) error {
	const op = "take refusal back"
	n, err := tx.exec(op, `UPDATE bulk_acts SET undone = 1 WHERE id = ? AND undone = 0`, id)
	return unlessNone(op, n, err)
}

// DeleteBulkActsBefore forgets the refusals of days before day.
func (tx *Tx) DeleteBulkActsBefore(day desk.Day) (int, error) {
	return tx.exec("forget refusals", `DELETE FROM bulk_acts WHERE day < ?`, day)
}
