package store

// Change says that a check has a new newest version.
type Change struct {
	Seq     int64
	CheckID string
}

// Changes returns what follows after in the order of commits; limit 0 means
// all. The numbers have no gaps: a follower that saw n has missed nothing
// before it.
func (tx *Tx) Changes(after int64, limit int) ([]Change, error) {
	query, args := `SELECT seq, check_id FROM changes WHERE seq > ? ORDER BY seq`, []any{after}
	if limit > 0 {
		query, args = query+` LIMIT ?`, append(args, limit)
	}
	return all(tx, "read changes", query, args, func(c *Change) []any { return []any{&c.Seq, &c.CheckID} })
}

// LastChange returns the number of the newest change, 0 before the first.
func (tx *Tx) LastChange() (int64, error) {
	if tx.lastChange > 0 {
		return tx.lastChange, nil
	}
	var n int64
	err := tx.row("read last change", `SELECT value FROM counters WHERE name = 'changes'`, nil, &n)
	return n, err
}

// addChange takes the next number. The first one of a transaction locks the
// counter's row until the end, so numbers become visible in order on both
// engines; what further ones add to it is written once, by storeLastChange.
func (tx *Tx) addChange(checkID string) error {
	const op = "add change"
	if tx.lastChange == 0 {
		err := tx.returning(op, `UPDATE counters SET value = value + 1 WHERE name = 'changes' RETURNING value`, nil, &tx.lastChange)
		if err != nil {
			return err
		}
	} else {
		tx.lastChange++
		tx.moreChanges = true
	}
	_, err := tx.exec(op, `INSERT INTO changes (seq, check_id) VALUES (?, ?)`, tx.lastChange, checkID)
	return err
}

func (tx *Tx) storeLastChange() error {
	if !tx.moreChanges {
		return nil
	}
	_, err := tx.exec("store last change", `UPDATE counters SET value = ? WHERE name = 'changes'`, tx.lastChange)
	return err
}
