package store

import "sangto/internal/desk"

const contestColumns = `id, check_id, number, desk_id, kind, state, day, due, coalesce(joined_to, ''), receipt_mac, text_mac, text,
	decided, answer, answer_lang, outside, coalesce(decided_by, ''), decided_key, coalesce(second_by, ''), second_key`

func contestFields(c *desk.Contest, text *string) []any {
	return []any{
		&c.ID, &c.CheckID, &c.Number, &c.DeskID, &c.Kind, &c.State, &c.Day, &c.Due, &c.JoinedTo, &c.ReceiptMAC, &c.TextMAC, text,
		&c.Decided, &c.Answer, &c.AnswerLang, &c.Outside, &c.DecidedBy, &c.DecidedKey, &c.SecondBy, &c.SecondKey,
	}
}

// AddContest inserts a waiting contest of a local check. One with the very same
// words as another that waits joins it and keeps none of its own. A receipt
// that exists is desk.Conflict; a check that has ContestsMax different ones
// waiting takes no more, which is desk.TooMany.
func (tx *Tx) AddContest(c desk.Contest) error {
	const op = "add contest"
	text := c.Text.String()
	var head string
	err := tx.row(op, `SELECT id FROM contests WHERE check_id = ? AND kind = ? AND text = ?`, []any{c.CheckID, string(c.Kind), text}, &head)
	switch {
	case err == nil:
		text = ""
	case desk.KindOf(err) != desk.NotFound:
		return err
	default:
		if err := tx.contestFits(c); err != nil {
			return err
		}
	}
	n, err := tx.exec(op, `INSERT INTO contests (id, check_id, number, desk_id, local, kind, state, day, due, joined_to, receipt_mac, text_mac, text,
			decided, answer, answer_lang, outside, decided_key, second_key)
		SELECT ?, id, ?, desk_id, local, ?, ?, ?, ?, ?, ?, ?, ?, 0, '', '', '', '', '' FROM checks WHERE id = ? AND local = 1`,
		c.ID, c.Number, string(c.Kind), string(desk.ContestWaiting), c.Day, c.Due, orNull(head), c.ReceiptMAC, c.TextMAC, text, c.CheckID)
	if err == nil && n == 0 {
		return &desk.Error{Kind: desk.NotFound, Op: op, Key: "error.not_found"}
	}
	return err
}

func (tx *Tx) contestFits(c desk.Contest) error {
	const op = "add contest"
	var n int
	err := tx.row(op, `SELECT count(*) FROM contests WHERE check_id = ? AND kind = ? AND text <> ''`, []any{c.CheckID, string(c.Kind)}, &n)
	if err == nil && n >= desk.ContestsMax {
		return &desk.Error{Kind: desk.TooMany, Op: op, Key: "error.contest.many"}
	}
	return err
}

// Contest returns one contest, of a check or of a notice.
func (tx *Tx) Contest(id string) (desk.Contest, error) {
	c, err := tx.contest(`SELECT `+contestColumns+` FROM contests WHERE id = ?`, id)
	if desk.KindOf(err) == desk.NotFound {
		return tx.NoticeContest(id)
	}
	return c, err
}

// ContestByMAC returns the contest of a receipt.
func (tx *Tx) ContestByMAC(mac []byte) (desk.Contest, error) {
	return tx.contest(`SELECT `+contestColumns+` FROM contests WHERE receipt_mac = ?`, mac)
}

func (tx *Tx) contest(query string, args ...any) (desk.Contest, error) {
	var c desk.Contest
	var text string
	err := tx.row("read contest", query, args, contestFields(&c, &text)...)
	c.Text = desk.StoredText(text)
	return c, err
}

func (tx *Tx) contests(query string, args ...any) ([]desk.Contest, error) {
	var out []desk.Contest
	err := tx.each("list contests", query, args, func(scan func(...any) error) error {
		var c desk.Contest
		var text string
		if err := scan(contestFields(&c, &text)...); err != nil {
			return err
		}
		c.Text = desk.StoredText(text)
		out = append(out, c)
		return nil
	})
	return out, err
}

// ContestsOfOneCheck is how many contests of one check stand together in the
// list before those of other checks have their turn.
const ContestsOfOneCheck = 20

// WaitingContests returns the contests that members of a desk have to decide,
// those whose time is over or nearly so first, and of one check at most
// ContestsOfOneCheck before the others; joined ones are left out.
func (tx *Tx) WaitingContests(deskID string, limit int) ([]desk.Contest, error) {
	return tx.contests(`SELECT `+contestColumns+` FROM (SELECT c.*, (row_number() OVER (PARTITION BY check_id ORDER BY due, id) - 1) / ? AS lap
		FROM contests c WHERE desk_id = ? AND state = 'waiting' AND joined_to IS NULL) AS waiting ORDER BY lap, due, id LIMIT ?`,
		ContestsOfOneCheck, deskID, limit)
}

// CountContests returns how many contests of a desk's checks and notices wait, and how many of them
// are late on the given day; joined ones are not counted.
func (tx *Tx) CountContests(deskID string, today desk.Day) (waiting, late int, err error) {
	err = tx.row("count contests", `SELECT count(*), coalesce(sum(CASE WHEN due < ? THEN 1 ELSE 0 END), 0) FROM (
		SELECT due FROM contests WHERE desk_id = ? AND state = 'waiting' AND joined_to IS NULL
		UNION ALL SELECT due FROM notice_contests WHERE desk_id = ? AND state = 'waiting') AS waiting`, []any{today, deskID, deskID}, &waiting, &late)
	return waiting, late, err
}

// OldestContest returns the contest of a check whose answer is due first, of
// those that came before a day, or desk.NotFound.
func (tx *Tx) OldestContest(checkID string, kind desk.ContestKind, before desk.Day) (desk.Contest, error) {
	return tx.contest(`SELECT `+contestColumns+` FROM contests WHERE check_id = ? AND kind = ? AND state = 'waiting' AND joined_to IS NULL
		AND day < ? ORDER BY due, id LIMIT 1`, checkID, string(kind), before)
}

// DecidedContests returns the outcomes of the contests of a check, newest
// first, joined ones left out.
func (tx *Tx) DecidedContests(checkID string, limit int) ([]desk.Contest, error) {
	return tx.contests(`SELECT `+contestColumns+` FROM contests WHERE check_id = ? AND kind = 'contest' AND state <> 'waiting' AND joined_to IS NULL
		ORDER BY decided DESC, id LIMIT ?`, checkID, limit)
}

// DecideContest ends a contest and those that joined it: their words are gone,
// the outcome and the answer stay. One that no longer waits is desk.Conflict; a
// key that may not decide is refused by the schema with desk.Forbidden.
func (tx *Tx) DecideContest(c desk.Contest) error {
	const op = "decide contest"
	if c.NoticeID != "" {
		return tx.decideNoticeContest(c)
	}
	n, err := tx.exec(op, `UPDATE contests SET state = ?, text = '', decided = ?, answer = ?, answer_lang = ?, outside = ?,
			decided_by = ?, decided_key = ?, second_by = ?, second_key = ?
		WHERE (id = ? OR joined_to = ?) AND state = 'waiting'`,
		string(c.State), c.Decided, c.Answer, c.AnswerLang, c.Outside, orNull(c.DecidedBy), c.DecidedKey, orNull(c.SecondBy), c.SecondKey, c.ID, c.ID)
	return unlessNone(op, n, err)
}

// TakeBackContest forgets what the holder of a receipt sent, while it waits:
// the words go too, unless somebody else sent the very same.
func (tx *Tx) TakeBackContest(id string) error {
	const op = "take a contest back"
	n, err := tx.exec(op, `DELETE FROM contests WHERE id = ? AND state = 'waiting' AND NOT EXISTS (SELECT 1 FROM contests j WHERE j.joined_to = contests.id)`, id)
	if err != nil || n > 0 {
		return err
	}
	n, err = tx.exec(op, `UPDATE contests SET receipt_mac = NULL, text_mac = NULL WHERE id = ?`, id)
	return unlessNone(op, n, err)
}

// ForgetContests ends the contests that came before a day undecided, and
// deletes what a receipt could still open of all that came before it. It
// returns how many lost their receipt.
func (tx *Tx) ForgetContests(before desk.Day) (int, error) {
	const op = "forget contests"
	for _, table := range []string{"contests", "notice_contests"} {
		_, err := tx.exec(op, `UPDATE `+table+` SET state = 'lapsed', text = '', decided = ? WHERE state = 'waiting' AND day < ?`, tx.Day(), before)
		if err != nil {
			return 0, err
		}
	}
	return tx.exec(op, `UPDATE contests SET receipt_mac = NULL, text_mac = NULL WHERE day < ? AND receipt_mac IS NOT NULL`, before)
}

// InvolvedIn returns the members who had a part in what a contest is about.
func (tx *Tx) InvolvedIn(c desk.Contest) (map[string]bool, error) {
	if c.NoticeID != "" {
		return tx.InvolvedInNotice(c.NoticeID)
	}
	return tx.Involved(c.CheckID)
}

// Involved returns the members who had a part in a check: who wrote or last
// changed a version or a draft of it, or gave a key to one.
func (tx *Tx) Involved(checkID string) (map[string]bool, error) {
	out := map[string]bool{}
	args := []any{checkID, checkID, checkID, checkID, checkID, checkID}
	err := tx.each("read who was involved", `SELECT author FROM versions WHERE check_id = ? AND author IS NOT NULL
		UNION SELECT last_editor FROM versions WHERE check_id = ? AND last_editor IS NOT NULL
		UNION SELECT member_id FROM approvals WHERE check_id = ?
		UNION SELECT author FROM drafts WHERE check_id = ?
		UNION SELECT last_editor FROM drafts WHERE check_id = ?
		UNION SELECT a.member_id FROM draft_approvals a JOIN drafts d ON d.id = a.draft_id WHERE d.check_id = ?`, args, func(scan func(...any) error) error {
		var id string
		if err := scan(&id); err != nil {
			return err
		}
		out[id] = true
		return nil
	})
	return out, err
}

// ShowReply puts a waiting reply on the page of its check as it stands. The
// contest itself is decided after this, in the same transaction.
func (tx *Tx) ShowReply(contestID string, m desk.Member) error {
	const op = "show reply"
	n, err := tx.exec(op, `INSERT INTO replies (id, check_id, desk_id, local, text, day, accepted_by, accepted_key, erased, erased_key, second_key)
		SELECT id, check_id, desk_id, local, text, ?, ?, ?, 0, '', '' FROM contests WHERE id = ? AND kind = 'reply' AND state = 'waiting'`,
		tx.Day(), m.ID, m.KeyID, contestID)
	return unlessNone(op, n, err)
}

// EraseReply takes the words of a reply out, by two keys.
func (tx *Tx) EraseReply(id string, k desk.Keys) error {
	const op = "erase reply"
	n, err := tx.exec(op, `UPDATE replies SET text = '', erased = ?, erased_by = ?, erased_key = ?, second_by = ?, second_key = ? WHERE id = ? AND erased = 0`,
		tx.Day(), orNull(k.ProposedBy), k.ProposedKey, orNull(k.AgreedBy), k.AgreedKey, id)
	return unlessNone(op, n, err)
}

// Replies returns the replies of a check, oldest first.
func (tx *Tx) Replies(checkID string) ([]desk.Reply, error) {
	var out []desk.Reply
	err := tx.each("list replies", `SELECT id, check_id, desk_id, text, day, erased FROM replies WHERE check_id = ? ORDER BY day, id`, []any{checkID},
		func(scan func(...any) error) error {
			var r desk.Reply
			var text string
			if err := scan(&r.ID, &r.CheckID, &r.DeskID, &text, &r.Day, &r.Erased); err != nil {
				return err
			}
			r.Text = desk.StoredText(text)
			out = append(out, r)
			return nil
		})
	return out, err
}

// Reply returns one reply.
func (tx *Tx) Reply(id string) (desk.Reply, error) {
	var r desk.Reply
	var text string
	err := tx.row("read reply", `SELECT id, check_id, desk_id, text, day, erased FROM replies WHERE id = ?`, []any{id},
		&r.ID, &r.CheckID, &r.DeskID, &text, &r.Day, &r.Erased)
	r.Text = desk.StoredText(text)
	return r, err
}
