package catalog

import (
	"context"
	"fmt"

	"sangto/internal/desk"
	"sangto/internal/store"
)

// Dated is an entry with the day on which the check first came out.
type Dated struct {
	Entry
	First desk.Day
}

// DayCount is how many checks have their newest version on a day.
type DayCount = store.DayCount

// Newest returns up to limit checks that fit f, newest version first.
func (c *Catalog) Newest(ctx context.Context, f Filter, limit int) ([]Dated, error) {
	return c.dated(ctx, func(tx *store.Tx) ([]Entry, error) {
		return tx.List(store.ListFilter(f), 0, limit)
	})
}

// Walk returns up to limit checks that fit f and whose keys follow after, by
// key. Whoever wants all of them calls it with the last key until fewer than
// limit come; what is published meanwhile may or may not be among them.
func (c *Catalog) Walk(ctx context.Context, f Filter, after string, limit int) ([]Dated, error) {
	return c.dated(ctx, func(tx *store.Tx) ([]Entry, error) {
		return tx.EntriesAfter(store.ListFilter(f), after, limit)
	})
}

func (c *Catalog) dated(ctx context.Context, read func(*store.Tx) ([]Entry, error)) ([]Dated, error) {
	var out []Dated
	err := c.db.View(ctx, func(tx *store.Tx) error {
		entries, err := read(tx)
		if err != nil {
			return err
		}
		ids := make([]string, len(entries))
		for i, e := range entries {
			ids[i] = e.Check.ID
		}
		first, err := tx.FirstDays(ids)
		if err != nil {
			return err
		}
		out = make([]Dated, len(entries))
		for i, e := range entries {
			out[i] = Dated{Entry: e, First: first[e.Check.ID]}
		}
		return nil
	})
	return out, err
}

// Days counts the checks that fit f by the day of their newest version, latest
// first. The answer is everybody's: it must not be changed.
func (c *Catalog) Days(ctx context.Context, f Filter) ([]DayCount, error) {
	var out []DayCount
	err := c.db.View(ctx, func(tx *store.Tx) error {
		var err error
		out, err = c.days.get(tx, f, tx.Days)
		return err
	})
	return out, err
}

// State names a state of everything published: it is the same as long as no
// list, no check and no desk of this installation reads differently. Replies,
// contests and pages of desks do not count.
func (c *Catalog) State(ctx context.Context) (string, error) {
	var out string
	err := c.db.View(ctx, func(tx *store.Tx) error {
		seq, err := tx.LastChange()
		if err != nil {
			return err
		}
		local, err := tx.LocalDesks()
		out = fmt.Sprintf("%d %s %+v", seq, tx.Day(), local)
		return err
	})
	return out, err
}

// Written counts what was written through this program's database since it
// started, whatever it was: while the number stands, nothing that this program
// did has changed a page. It costs nothing to ask.
func (c *Catalog) Written() int64 { return c.db.Stats().Updates }
