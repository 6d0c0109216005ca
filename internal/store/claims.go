package store

import (
	"cmp"
	"strconv"
	"strings"

	"sangto/internal/desk"
)

const claimColumns = `id, desk_id, state, wording, lang, closed_as, coalesce(check_id, ''), opened, closed,
	shown_state, shown_wording, coalesce(shown_check, ''), shown_as,
	coalesce(joined_to, ''), coalesce(kin, ''), lap, apart, asked, coalesce(assignee, ''), binned, reopened, note`

func claimFields(c *desk.Claim) []any {
	return []any{
		&c.ID, &c.DeskID, &c.State, &c.Wording, &c.Lang, &c.ClosedAs, &c.CheckID, &c.Opened, &c.Closed,
		&c.Shown, &c.ShownWords, &c.ShownCheck, &c.ShownAs,
		&c.JoinedTo, &c.Kin, &c.Lap, &c.Apart, &c.Asked, &c.Assignee, &c.Binned, &c.Reopened, &c.Note,
	}
}

// AddClaim inserts a claim. What receipts see starts as waiting unless the
// claim says otherwise. Kin and lap are written now or never; a new claim has no
// assignee, no note and no questions. A key that exists is a desk.Conflict.
func (tx *Tx) AddClaim(c desk.Claim) error {
	if c.Shown == "" {
		c.Shown = desk.Waiting
	}
	_, err := tx.exec("add claim", `INSERT INTO claims (id, desk_id, state, wording, lang, closed_as, check_id, opened, closed,
		shown_state, shown_wording, shown_check, shown_as, kin, lap) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		c.ID, c.DeskID, string(c.State), c.Wording, c.Lang, string(c.ClosedAs), orNull(c.CheckID), c.Opened, c.Closed,
		string(c.Shown), c.ShownWords, orNull(c.ShownCheck), string(c.ShownAs), orNull(c.Kin), c.Lap)
	return err
}

// Claim returns one claim.
func (tx *Tx) Claim(id string) (desk.Claim, error) {
	var c desk.Claim
	err := tx.row("read claim", `SELECT `+claimColumns+` FROM claims WHERE id = ?`, []any{id}, claimFields(&c)...)
	return c, err
}

// MoveClaim moves a claim to c.State and writes its wording, language, reason,
// check and day of closing. The stored state decides, in the same statement,
// whether the move is allowed: if it is not, if somebody was faster, or if the
// claim is a part of another, the answer is desk.Conflict. Leaving Waiting deletes the askers' words, and what
// was joined to the claim comes to an end: its questions are the claim's now.
func (tx *Tx) MoveClaim(c desk.Claim) error {
	const op = "move claim"
	args := []any{string(c.State), c.Wording, c.Lang, string(c.ClosedAs), orNull(c.CheckID), c.Closed, c.ID}
	var from []string
	for _, s := range []desk.ClaimState{desk.Waiting, desk.Checking, desk.Answered, desk.Closed} {
		if s.MayBecome(c.State) {
			from = append(from, "?")
			args = append(args, string(s))
		}
	}
	if len(from) == 0 {
		return unlessNone(op, 0, nil)
	}
	n, err := tx.exec(op, `UPDATE claims SET state = ?, wording = ?, lang = ?, closed_as = ?, check_id = ?, closed = ?
		WHERE id = ? AND joined_to IS NULL AND state IN (`+strings.Join(from, ", ")+`)`, args...)
	if err == nil && n == 0 {
		if _, missing := tx.Claim(c.ID); missing != nil {
			return missing
		}
	}
	if err := unlessNone(op, n, err); err != nil {
		return err
	}
	if c.State == desk.Waiting {
		return nil
	}
	return tx.settle(c.ID)
}

// shownDay is the setting that remembers the day of the last tick.
const shownDay = "claims.shown_day"

// ShowClaims is the daily tick: receipts now see every claim's present state,
// wording, check and reason. It returns how many changed. A second tick on the
// same day does nothing, so that no restart shows when the desk works.
func (tx *Tx) ShowClaims(day desk.Day) (int, error) {
	today := strconv.Itoa(int(day))
	last, err := tx.Setting(shownDay)
	if err != nil || last == today {
		return 0, err
	}
	if err := tx.SetSetting(shownDay, today); err != nil {
		return 0, err
	}
	return tx.exec("show claims", `UPDATE claims SET shown_state = state, shown_wording = wording, shown_check = check_id, shown_as = closed_as
		WHERE shown_state <> state OR shown_wording <> wording OR shown_as <> closed_as
			OR coalesce(shown_check, '') <> coalesce(check_id, '')`)
}

// ClaimsByState returns claims of one state, longest open first; limit 0
// means all.
func (tx *Tx) ClaimsByState(state desk.ClaimState, limit int) ([]desk.Claim, error) {
	query, args := `SELECT `+claimColumns+` FROM claims WHERE state = ? ORDER BY opened, id`, []any{string(state)}
	if limit > 0 {
		query, args = query+` LIMIT ?`, append(args, limit)
	}
	return all(tx, "list claims", query, args, claimFields)
}

// Asked returns how many questions stand under a claim.
func (tx *Tx) Asked(claimID string) (int, error) {
	var n int
	err := tx.row("count questions", `SELECT count(*) FROM questions WHERE claim_id = ?`, []any{claimID}, &n)
	return n, err
}

// CloseClaimsBefore closes the claims opened before day that are still waiting
// or being checked, and returns how many. Their questions lose their words.
func (tx *Tx) CloseClaimsBefore(day desk.Day) (int, error) {
	n, err := tx.exec("close old claims", `UPDATE claims SET state = 'closed', closed = ?, closed_as = ''
		WHERE opened < ? AND state IN ('waiting', 'checking') AND joined_to IS NULL`, tx.Day(), day)
	if err != nil {
		return 0, err
	}
	return n, tx.settle("")
}

// CloseWordless closes the claims that wait for their wording but hold no
// words to make it from, neither their own nor of a part: their question was
// taken back, or its days are over. A claim whose refusal was undone less than
// desk.BinDays ago is left to the members' memory. It returns how many closed.
func (tx *Tx) CloseWordless() (int, error) { return tx.closeWordless("") }

// CloseIfWordless is CloseWordless for one claim, or for the one that it is part
// of.
func (tx *Tx) CloseIfWordless(claimID string) error {
	c, err := tx.Claim(claimID)
	if err != nil {
		return err
	}
	_, err = tx.closeWordless(cmp.Or(c.JoinedTo, c.ID))
	return err
}

// closeWordless looks at one claim, or, with "", at all.
func (tx *Tx) closeWordless(head string) (int, error) {
	query, args := `UPDATE claims SET state = 'closed', closed = ?, closed_as = ''
		WHERE state = 'waiting' AND joined_to IS NULL AND reopened <= ?
			AND NOT EXISTS (SELECT 1 FROM questions q WHERE q.claim_id = claims.id AND q.text <> '')
			AND NOT EXISTS (SELECT 1 FROM claims p JOIN questions q ON q.claim_id = p.id WHERE p.joined_to = claims.id AND q.text <> '')`,
		[]any{tx.Day(), tx.Day() - desk.BinDays}
	if head != "" {
		query, args = query+` AND id = ?`, append(args, head)
	}
	n, err := tx.exec("close wordless claims", query, args...)
	if err != nil || n == 0 && head != "" {
		return 0, err
	}
	return n, tx.settle(head)
}

// settle ends the parts of a claim that no longer waits, "" for those of every
// such claim: their questions move to it without words, so that receipts and
// the count follow it, and the parts close.
func (tx *Tx) settle(head string) error {
	const op = "settle joined claims"
	parts, of := `SELECT p.id FROM claims p JOIN claims h ON h.id = p.joined_to WHERE p.state = 'waiting' AND h.state <> 'waiting'`, []any{}
	if head != "" {
		// Said of the part too: no claim that waits for something else is looked at.
		parts, of = parts+` AND h.id = ? AND p.joined_to = ?`, []any{head, head}
	}
	// Most claims have no parts, and PostgreSQL works longer on changing nothing
	// than on looking.
	var n int
	if err := tx.row(op, `SELECT count(*) FROM (`+parts+` LIMIT 1) AS one`, of, &n); err != nil || n == 0 {
		return err
	}
	_, err := tx.exec(op, `UPDATE questions SET text = '', claim_id = (SELECT joined_to FROM claims WHERE id = questions.claim_id)
		WHERE claim_id IN (`+parts+`)`, of...)
	if err != nil {
		return err
	}
	_, err = tx.exec(op, `UPDATE claims SET state = 'closed', closed = ?, closed_as = '' WHERE id IN (`+parts+`)`, append([]any{tx.Day()}, of...)...)
	return err
}
