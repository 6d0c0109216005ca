package store

import (
	"strings"

	"sangto/internal/desk"
)

// FirstDays returns the day of the first version of each of these checks;
// unknown keys are left out.
func (tx *Tx) FirstDays(ids []string) (map[string]desk.Day, error) {
	type first struct {
		id  string
		day desk.Day
	}
	out := make(map[string]desk.Day, len(ids))
	for len(ids) > 0 {
		n := min(entriesAtOnce, len(ids))
		args := make([]any, n)
		for i, id := range ids[:n] {
			args[i] = id
		}
		ids = ids[n:]
		rows, err := all(tx, "read first days", `SELECT check_id, published FROM versions WHERE number = 1 AND check_id IN (?`+strings.Repeat(", ?", n-1)+`)`,
			args, func(f *first) []any { return []any{&f.id, &f.day} })
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			out[r.id] = r.day
		}
	}
	return out, nil
}

// EntriesAfter returns up to limit entries whose keys follow after, by key, so
// that a long walk needs no transaction that stays open.
func (tx *Tx) EntriesAfter(f ListFilter, after string, limit int) ([]Entry, error) {
	where, args := f.where()
	var out []Entry
	err := tx.entries(entryQuery+`WHERE `+where+` AND l.check_id > ? ORDER BY l.check_id LIMIT ?`, append(args, after, limit),
		func(e Entry) error { out = append(out, e); return nil })
	return out, err
}

// DayCount is how many checks have their newest version on a day.
type DayCount struct {
	Day   desk.Day
	Count int
}

// Days counts the entries of each day that has any, latest first.
func (tx *Tx) Days(f ListFilter) ([]DayCount, error) {
	where, args := f.where()
	return all(tx, "count days", `SELECT l.published, count(*) FROM latest l WHERE `+where+` GROUP BY l.published ORDER BY l.published DESC`, args,
		func(d *DayCount) []any { return []any{&d.Day, &d.Count} })
}
