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
	var n int64
	err := tx.row("read last change", `SELECT value FROM counters WHERE name = 'changes'`, nil, &n)
	return n, err
}

// addChange takes the next number. The counter's row stays locked until the
// transaction ends, so numbers become visible in order on both engines.
func (tx *Tx) addChange(checkID string) error {
	const op = "add change"
	if _, err := tx.exec(op, `UPDATE counters SET value = value + 1 WHERE name = 'changes'`); err != nil {
		return err
	}
	_, err := tx.exec(op, `INSERT INTO changes (seq, check_id) SELECT value, ? FROM counters WHERE name = 'changes'`, checkID)
	return err
}
