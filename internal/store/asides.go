package store

import "sangto/internal/desk"

// PutAside shows another desk's check beside ours or takes it away. a.Number
// must be the newest number of the pair plus one, otherwise desk.Conflict.
func (tx *Tx) PutAside(a desk.Aside) error {
	const op = "put aside"
	err := tx.following(op, a.Number, `SELECT coalesce(max(number), 0) FROM asides WHERE check_id = ? AND other_id = ?`, a.CheckID, a.OtherID)
	if err != nil {
		return err
	}
	act := "take_away"
	if a.Shown {
		act = "show"
	}
	n, err := tx.exec(op, `INSERT INTO asides (check_id, other_id, number, desk_id, local, other_desk, other_local, act, day, member_id, key_id, second_by, second_key, reason)
		SELECT c.id, o.id, ?, c.desk_id, c.local, o.desk_id, o.local, ?, ?, ?, ?, ?, ?, ? FROM checks c, checks o WHERE c.id = ? AND o.id = ?`,
		a.Number, act, a.Day, a.MemberID, a.KeyID, orNull(a.SecondBy), a.SecondKey, a.Reason, a.CheckID, a.OtherID)
	if err == nil && n == 0 {
		return &desk.Error{Kind: desk.NotFound, Op: op, Key: "error.not_found"}
	}
	return err
}

// Asides returns the newest act on each pair of a check, shown or taken away.
func (tx *Tx) Asides(checkID string) ([]desk.Aside, error) {
	return all(tx, "list asides", `SELECT check_id, other_id, number, number % 2 = 1, day, member_id, key_id, coalesce(second_by, ''), second_key, reason
		FROM asides a WHERE check_id = ? AND number = (SELECT max(number) FROM asides WHERE check_id = a.check_id AND other_id = a.other_id)
		ORDER BY day, other_id`, []any{checkID}, func(a *desk.Aside) []any {
		return []any{&a.CheckID, &a.OtherID, &a.Number, &a.Shown, &a.Day, &a.MemberID, &a.KeyID, &a.SecondBy, &a.SecondKey, &a.Reason}
	})
}
