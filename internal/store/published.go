package store

import (
	"strings"

	"sangto/internal/desk"
)

// Published is a check as the public may have all of it: its desk and every
// version with its evidence, oldest first. While an order withholds the check,
// each version is desk.Version.Hidden; what was erased has lost its wording. Where
// the record is ahead and desk.Ahead hides the check, each is Hidden too, and those
// that are not there follow.
type Published struct {
	Check    desk.Check
	Desk     desk.Desk
	Versions []desk.Version
}

// Latest is the newest version.
func (p Published) Latest() desk.Version { return p.Versions[len(p.Versions)-1] }

// EachPublished hands over every published check by key, from the snapshot of
// the transaction, a few hundred in memory at a time. An error of fn ends the
// walk and comes back unchanged.
func (tx *Tx) EachPublished(fn func(Published) error) error {
	desks, err := tx.Desks()
	if err != nil {
		return err
	}
	byID := make(map[string]desk.Desk, len(desks))
	for _, d := range desks {
		byID[d.ID] = d
	}
	for after := ""; ; {
		checks, err := all(tx, "list checks", `SELECT `+checkColumns+`, `+ahead+` FROM checks c JOIN latest l ON l.check_id = c.id
			WHERE c.id > ? ORDER BY c.id LIMIT ?`, []any{after, entriesAtOnce},
			func(l *listed) []any { return append(checkFields(&l.Check), &l.after) })
		if err != nil || len(checks) == 0 {
			return err
		}
		some, err := tx.published(checks, byID)
		if err != nil {
			return err
		}
		for _, p := range some {
			if err := fn(p); err != nil {
				return err
			}
		}
		after = checks[len(checks)-1].ID
	}
}

// listed is a check with what the record has after its newest version.
type listed struct {
	desk.Check
	after string
}

// published reads the versions and the evidence of some checks.
func (tx *Tx) published(checks []listed, desks map[string]desk.Desk) ([]Published, error) {
	out, args, at := make([]Published, len(checks)), make([]any, len(checks)), map[string]int{}
	for i, c := range checks {
		out[i], args[i], at[c.ID] = Published{Check: c.Check, Desk: desks[c.DeskID]}, c.ID, i
	}
	in := ` IN (?` + strings.Repeat(", ?", len(checks)-1) + `) `
	versions, err := all(tx, "read versions", `SELECT `+versionColumns+` FROM versions v WHERE v.check_id`+in+`ORDER BY v.check_id, v.number`, args, versionFields)
	if err != nil {
		return nil, err
	}
	for _, v := range versions {
		p := &out[at[v.CheckID]]
		p.Versions = append(p.Versions, v)
	}
	err = tx.each("read evidence", `SELECT check_id, number, `+evidenceColumns+` FROM evidence WHERE check_id`+in+`ORDER BY check_id, number, position`, args,
		func(scan func(...any) error) error {
			var id string
			var number int
			var e desk.Evidence
			if err := scan(append([]any{&id, &number}, evidenceFields(&e)...)...); err != nil {
				return err
			}
			// Numbers have no gaps: version n stands at n-1.
			v := &out[at[id]].Versions[number-1]
			v.Evidence = append(v.Evidence, e)
			return nil
		})
	if err != nil {
		return nil, err
	}
	for i := range out {
		if err := out[i].hide(checks[i].after, tx.Day()); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// hide takes the wording out where the public may not have it; after is what the
// record has after the newest version.
func (p *Published) hide(after string, today desk.Day) error {
	missing, err := readAhead(p.Check.ID, after)
	if err != nil {
		return err
	}
	shown, ahead := desk.Ahead(p.Latest(), missing, today)
	if !ahead && !p.Latest().Withheld(today) {
		return nil
	}
	for i, v := range p.Versions {
		p.Versions[i] = v.Hidden()
	}
	if ahead {
		p.Versions = append(append(p.Versions, missing[:len(missing)-1]...), shown)
	}
	return nil
}

// TakenBack reports whether a change after the one numbered after erased or
// withheld wording, so that what was given out before must not be given out
// again.
func (tx *Tx) TakenBack(after int64) (bool, error) {
	var n int
	err := tx.row("look for erasures", `SELECT count(*) FROM (SELECT 1 FROM changes c WHERE c.seq > ? AND (
		EXISTS (SELECT 1 FROM versions v WHERE v.check_id = c.check_id AND v.act IN ('erase_personal', 'withhold_order', 'withdraw'))
		OR EXISTS (SELECT 1 FROM leaves l WHERE l.subject = c.check_id AND l.kind IN ('erase_personal', 'withhold_order', 'retract'))) LIMIT 1) AS few`, []any{after}, &n)
	return n > 0, err
}
