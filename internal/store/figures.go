package store

import "sangto/internal/desk"

// Tally is how many checks of a desk that stand have one verdict on statements
// of one category of claimant.
type Tally struct {
	Verdict  desk.Verdict
	Claimant desk.ClaimantKind
	Count    int
}

// Figures are the generated numbers a desk owes its readers. They count checks,
// refusals, corrections and contests; never questions, members, people or
// outlets.
type Figures struct {
	DeskID string
	// Standing are the checks that were neither withdrawn nor withheld, in their
	// newest version.
	Standing []Tally
	// Acts counts the versions that came after a first one, by what they did.
	Acts map[desk.Act]int
	// Refused counts the claims not taken up, by kind, as of the last daily
	// tick.
	Refused map[desk.NotRatedKind]int
	// Contests that came before today: answered in time, answered late or
	// never, and still waiting.
	InTime, Late, Waiting int
	// Upheld counts the contests that were found right.
	Upheld int
}

// Figures counts for one desk. Contests that came today are left out, so that
// nobody can tell from a number at which minute one came.
func (tx *Tx) Figures(deskID string) (Figures, error) {
	f := Figures{DeskID: deskID, Acts: map[desk.Act]int{}, Refused: map[desk.NotRatedKind]int{}}
	var err error
	f.Standing, err = all(tx, "count checks", `SELECT v.verdict, v.claimant_kind, count(*) FROM latest l
		JOIN versions v ON v.check_id = l.check_id AND v.number = l.number
		WHERE l.local = 1 AND l.desk_id = ? AND v.act NOT IN ('withdraw', 'withhold_order')
			AND NOT EXISTS (SELECT 1 FROM leaves n WHERE n.subject = l.check_id AND n.rev > l.number AND n.kind <> 'dispute')
		GROUP BY v.verdict, v.claimant_kind ORDER BY 1, 2`,
		[]any{deskID}, func(t *Tally) []any { return []any{&t.Verdict, &t.Claimant, &t.Count} })
	if err != nil {
		return f, err
	}
	err = tx.tally("count versions", `SELECT act, count(*) FROM versions WHERE desk_id = ? AND local = 1 AND number > 1 GROUP BY act`, deskID,
		func(name string, n int) { f.Acts[desk.Act(name)] = n })
	if err != nil {
		return f, err
	}
	err = tx.tally("count refusals", `SELECT shown_as, count(*) FROM claims WHERE desk_id = ? AND shown_state = 'closed' AND shown_as <> '' GROUP BY shown_as`, deskID,
		func(name string, n int) { f.Refused[desk.NotRatedKind(name)] = n })
	if err != nil {
		return f, err
	}
	today := tx.Day()
	err = tx.row("count contests", `SELECT
			coalesce(sum(CASE WHEN state NOT IN ('waiting', 'lapsed') AND decided <= due THEN 1 ELSE 0 END), 0),
			coalesce(sum(CASE WHEN state = 'lapsed' OR state <> 'waiting' AND decided > due OR state = 'waiting' AND due < ? THEN 1 ELSE 0 END), 0),
			coalesce(sum(CASE WHEN state = 'waiting' AND due >= ? THEN 1 ELSE 0 END), 0),
			coalesce(sum(CASE WHEN state = 'upheld' THEN 1 ELSE 0 END), 0)
		FROM (SELECT state, decided, due FROM contests WHERE desk_id = ? AND kind = 'contest' AND joined_to IS NULL AND day < ?
			UNION ALL SELECT state, decided, due FROM notice_contests WHERE desk_id = ? AND day < ?) AS counted`,
		[]any{today, today, deskID, today, deskID, today}, &f.InTime, &f.Late, &f.Waiting, &f.Upheld)
	return f, err
}

func (tx *Tx) tally(op, query, deskID string, put func(name string, n int)) error {
	return tx.each(op, query, []any{deskID}, func(scan func(...any) error) error {
		var name string
		var n int
		if err := scan(&name, &n); err != nil {
			return err
		}
		put(name, n)
		return nil
	})
}

// Later returns the versions of a desk's checks that came after a first one,
// newest first, without evidence, and how many there are in all. It is the log
// of corrections.
func (tx *Tx) Later(deskID string, offset, limit int) ([]Entry, int, error) {
	const op = "list corrections"
	var total int
	if err := tx.row(op, `SELECT count(*) FROM versions WHERE desk_id = ? AND local = 1 AND number > 1`, []any{deskID}, &total); err != nil {
		return nil, 0, err
	}
	var out []Entry
	var ids []string
	err := tx.entries(`SELECT `+checkColumns+`, `+versionColumns+`, '' FROM versions v JOIN checks c ON c.id = v.check_id
		WHERE v.desk_id = ? AND v.local = 1 AND v.number > 1 ORDER BY v.published DESC, v.check_id DESC, v.number DESC LIMIT ? OFFSET ?`,
		[]any{deskID, limit, offset}, func(e Entry) error { out, ids = append(out, e), append(ids, e.Check.ID); return nil })
	if err != nil {
		return nil, 0, err
	}
	// Whether the wording of an earlier version is shown, the newest says.
	newest, err := tx.Entries(ids)
	for i, e := range out {
		if newest[e.Check.ID].Version.IsHidden() {
			out[i].Version = e.Version.Hidden()
		}
	}
	return out, total, err
}
