package store

import (
	"encoding/json"
	"time"

	"sangto/internal/desk"
)

const noticeColumns = `n.notice_id, n.number, n.desk_id, n.act, n.kind, n.what_vi, n.where_vi, n.todo_vi, n.what_en, n.where_en, n.todo_en,
	n.source, n.source_url, n.contact, n.valid_from, n.valid_until, n.note_vi, n.note_en, n.alert, n.named, n.sha256, n.issued, n.published,
	n.proposed_by, n.proposed_key, n.agreed_by, n.agreed_key`

// noticeRow is a version as it stands in its table.
type noticeRow struct {
	desk.Notice
	from, until, issued, published int64
	alert                          string
}

func noticeFields(r *noticeRow) []any {
	return []any{
		&r.ID, &r.Number, &r.DeskID, &r.Act, &r.Kind, &r.VI.What, &r.VI.Where, &r.VI.ToDo, &r.EN.What, &r.EN.Where, &r.EN.ToDo,
		&r.Source, &r.SourceURL, &r.Contact, &r.from, &r.until, &r.Note.VI, &r.Note.EN, &r.alert, &r.Named, &r.SHA256, &r.issued, &r.published,
		&r.Keys.ProposedBy, &r.Keys.ProposedKey, &r.Keys.AgreedBy, &r.Keys.AgreedKey,
	}
}

func (r noticeRow) notice() (desk.Notice, error) {
	n := r.Notice
	n.From, n.Until = time.UnixMicro(r.from).UTC(), time.UnixMicro(r.until).UTC()
	n.Issued, n.Published = time.UnixMicro(r.issued).UTC(), time.UnixMicro(r.published).UTC()
	if r.alert == "" {
		return n, nil
	}
	n.Alert = new(desk.Alert)
	if err := json.Unmarshal([]byte(r.alert), n.Alert); err != nil {
		return n, &desk.Error{Kind: desk.Internal, Op: "read notice", Err: err}
	}
	return n, nil
}

// AddNotice publishes a version of a notice at tx.Now. n.Number must be the
// newest number plus one, otherwise desk.Conflict; three that stand already are
// desk.Conflict too. Two keys of members who are still there are needed; the
// schema refuses everything else that desk.CheckNotice would with
// desk.Forbidden.
func (tx *Tx) AddNotice(n desk.Notice) error {
	const op = "add notice"
	if err := tx.following(op, n.Number, `SELECT coalesce(max(number), 0) FROM notices WHERE notice_id = ?`, n.ID); err != nil {
		return err
	}
	n.Published = tx.now
	if n.Number == 1 {
		n.Issued = tx.now
		if err := tx.roomForNotice(op); err != nil {
			return err
		}
	}
	alert := ""
	if n.Alert != nil {
		b, err := json.Marshal(n.Alert)
		if err != nil {
			return &desk.Error{Kind: desk.Internal, Op: op, Err: err}
		}
		alert = string(b)
	}
	_, err := tx.exec(op, `INSERT INTO notices (notice_id, number, desk_id, act, kind, what_vi, where_vi, todo_vi, what_en, where_en, todo_en,
			source, source_url, contact, valid_from, valid_until, note_vi, note_en, alert, named, sha256, issued, published,
			proposed_by, proposed_key, agreed_by, agreed_key)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		n.ID, n.Number, n.DeskID, string(n.Act), string(n.Kind), n.VI.What, n.VI.Where, n.VI.ToDo, n.EN.What, n.EN.Where, n.EN.ToDo,
		n.Source, n.SourceURL, n.Contact, n.From.UnixMicro(), n.Until.UnixMicro(), n.Note.VI, n.Note.EN, alert, number(n.Named), n.SHA256,
		n.Issued.UnixMicro(), n.Published.UnixMicro(), n.Keys.ProposedBy, n.Keys.ProposedKey, n.Keys.AgreedBy, n.Keys.AgreedKey)
	return err
}

// newestNotice keeps of each notice the newest version.
const newestNotice = ` NOT EXISTS (SELECT 1 FROM notices l WHERE l.notice_id = n.notice_id AND l.number > n.number)`

// standingNotice takes a moment, twice.
const standingNotice = ` n.published <= ? AND n.valid_until > ? AND n.act <> 'cancel' AND` + newestNotice

func (tx *Tx) roomForNotice(op string) error {
	at := tx.now.UnixMicro()
	var standing int
	err := tx.row(op, `SELECT count(*) FROM notices n WHERE`+standingNotice, []any{at, at}, &standing)
	if err == nil && standing >= desk.NoticesStanding {
		err = &desk.Error{Kind: desk.Conflict, Op: op, Key: "error.notice.three", Args: map[string]any{"Count": desk.NoticesStanding}}
	}
	return err
}

func (tx *Tx) notices(op, query string, args ...any) ([]desk.Notice, error) {
	rows, err := all(tx, op, query, args, noticeFields)
	if err != nil {
		return nil, err
	}
	var out []desk.Notice
	for _, r := range rows {
		n, err := r.notice()
		if err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	return out, nil
}

// StandingNotices returns the notices that stand now, in their newest version,
// the one that is over first at the top.
func (tx *Tx) StandingNotices() ([]desk.Notice, error) {
	at := tx.now.UnixMicro()
	return tx.notices("list standing notices", `SELECT `+noticeColumns+` FROM notices n WHERE`+standingNotice+` ORDER BY n.valid_until, n.notice_id`, at, at)
}

// NoticeVersions returns every version of a notice that is out, oldest first. A
// notice that does not exist has none.
func (tx *Tx) NoticeVersions(id string) ([]desk.Notice, error) {
	return tx.notices("list versions of a notice", `SELECT `+noticeColumns+` FROM notices n WHERE n.notice_id = ? AND n.published <= ? ORDER BY n.number`,
		id, tx.now.UnixMicro())
}

// PastNotices returns the newest versions of the notices that no longer stand,
// the newest first, and how many there are. An empty desk means all.
func (tx *Tx) PastNotices(deskID string, offset, limit int) ([]desk.Notice, int, error) {
	const op = "list past notices"
	at := tx.now.UnixMicro()
	where := ` FROM notices n WHERE n.published <= ? AND (n.valid_until <= ? OR n.act = 'cancel') AND` + newestNotice
	args := []any{at, at}
	if deskID != "" {
		where, args = where+` AND n.desk_id = ?`, append(args, deskID)
	}
	var total int
	if err := tx.row(op, `SELECT count(*)`+where, args, &total); err != nil {
		return nil, 0, err
	}
	out, err := tx.notices(op, `SELECT `+noticeColumns+where+` ORDER BY n.published DESC, n.notice_id LIMIT ? OFFSET ?`, append(args, limit, offset)...)
	return out, total, err
}

// RecentNotices returns the newest versions of the notices that came out or
// changed last, newest first.
func (tx *Tx) RecentNotices(limit int) ([]desk.Notice, error) {
	return tx.notices("list recent notices", `SELECT `+noticeColumns+` FROM notices n WHERE n.published <= ? AND`+newestNotice+`
		ORDER BY n.published DESC, n.notice_id LIMIT ?`, tx.now.UnixMicro(), limit)
}

const noticeProposalColumns = `id, desk_id, notice_id, content, sha256, member_id, key_id, day`

func noticeProposalFields(p *desk.Proposal) []any {
	return []any{&p.ID, &p.DeskID, &p.Subject, &p.Content, &p.SHA256, &p.MemberID, &p.KeyID, &p.Day}
}

// ProposeNotice writes the first key under a version; p.Subject is the notice.
// One that waits for the same notice is replaced, and whoever meant to agree to
// it finds that its hash is gone.
func (tx *Tx) ProposeNotice(p desk.Proposal) error {
	const op = "propose notice"
	if _, err := tx.exec(op, `DELETE FROM notice_proposals WHERE notice_id = ? AND desk_id = ?`, p.Subject, p.DeskID); err != nil {
		return err
	}
	_, err := tx.exec(op, `INSERT INTO notice_proposals (`+noticeProposalColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		p.ID, p.DeskID, p.Subject, p.Content, p.SHA256, p.MemberID, p.KeyID, p.Day)
	return err
}

// NoticeProposal returns what waits for the second key under a notice, or
// desk.NotFound.
func (tx *Tx) NoticeProposal(deskID, noticeID string) (desk.Proposal, error) {
	p := desk.Proposal{Kind: desk.ProposeNoticeVersion}
	err := tx.row("read notice proposal", `SELECT `+noticeProposalColumns+` FROM notice_proposals WHERE desk_id = ? AND notice_id = ?`,
		[]any{deskID, noticeID}, noticeProposalFields(&p)...)
	return p, err
}

// NoticeProposals returns all of a desk's that wait for a second key.
func (tx *Tx) NoticeProposals(deskID string) ([]desk.Proposal, error) {
	out, err := all(tx, "list notice proposals", `SELECT `+noticeProposalColumns+` FROM notice_proposals WHERE desk_id = ? ORDER BY day, notice_id`,
		[]any{deskID}, noticeProposalFields)
	for i := range out {
		out[i].Kind = desk.ProposeNoticeVersion
	}
	return out, err
}

// DropNoticeProposal deletes a proposal. One that is gone is desk.Conflict, so
// that of two who agree at once only one acts.
func (tx *Tx) DropNoticeProposal(id string) error {
	const op = "drop notice proposal"
	n, err := tx.exec(op, `DELETE FROM notice_proposals WHERE id = ?`, id)
	return unlessNone(op, n, err)
}

// DeleteNoticeProposalsBefore deletes the proposals made before a day.
func (tx *Tx) DeleteNoticeProposalsBefore(day desk.Day) (int, error) {
	return tx.exec("delete notice proposals", `DELETE FROM notice_proposals WHERE day < ?`, day)
}

const noticeContestColumns = `id, notice_id, number, desk_id, 'contest', state, day, due, text, decided, answer, answer_lang, outside,
	coalesce(decided_by, ''), decided_key, coalesce(second_by, ''), second_key`

func (tx *Tx) noticeContests(query string, args ...any) ([]desk.Contest, error) {
	var out []desk.Contest
	err := tx.each("list contests of notices", query, args, func(scan func(...any) error) error {
		var c desk.Contest
		var text string
		err := scan(&c.ID, &c.NoticeID, &c.Number, &c.DeskID, &c.Kind, &c.State, &c.Day, &c.Due, &text, &c.Decided, &c.Answer, &c.AnswerLang,
			&c.Outside, &c.DecidedBy, &c.DecidedKey, &c.SecondBy, &c.SecondKey)
		c.Text = desk.StoredText(text)
		out = append(out, c)
		return err
	})
	return out, err
}

// AddNoticeContest inserts a waiting contest of a notice. The very same words as
// one that waits are kept once. A notice that has ContestsMax waiting takes no
// more, which is desk.TooMany.
func (tx *Tx) AddNoticeContest(c desk.Contest) error {
	const op = "contest a notice"
	var same, waiting int
	err := tx.row(op, `SELECT count(*), coalesce(sum(CASE WHEN text = ? THEN 1 ELSE 0 END), 0) FROM notice_contests
		WHERE notice_id = ? AND state = 'waiting'`, []any{c.Text.String(), c.NoticeID}, &waiting, &same)
	switch {
	case err != nil || same > 0:
		return err
	case waiting >= desk.ContestsMax:
		return &desk.Error{Kind: desk.TooMany, Op: op, Key: "error.contest.many"}
	}
	_, err = tx.exec(op, `INSERT INTO notice_contests (id, notice_id, number, desk_id, state, day, due, text, decided, answer, answer_lang, outside,
			decided_key, second_key) VALUES (?, ?, ?, ?, 'waiting', ?, ?, ?, 0, '', '', '', '', '')`,
		c.ID, c.NoticeID, c.Number, c.DeskID, c.Day, c.Due, c.Text.String())
	return err
}

// NoticeContest returns one contest of a notice.
func (tx *Tx) NoticeContest(id string) (desk.Contest, error) {
	found, err := tx.noticeContests(`SELECT `+noticeContestColumns+` FROM notice_contests WHERE id = ?`, id)
	if err == nil && len(found) == 0 {
		err = &desk.Error{Kind: desk.NotFound, Op: "read contest", Key: "error.not_found"}
	}
	if err != nil {
		return desk.Contest{}, err
	}
	return found[0], nil
}

// WaitingNoticeContests returns the contests of notices that members of a desk
// have to decide, those due first at the top, of one notice at most
// ContestsOfOneCheck before the others.
func (tx *Tx) WaitingNoticeContests(deskID string, limit int) ([]desk.Contest, error) {
	return tx.noticeContests(`SELECT `+noticeContestColumns+` FROM (SELECT c.*, (row_number() OVER (PARTITION BY notice_id ORDER BY due, id) - 1) / ? AS lap
		FROM notice_contests c WHERE desk_id = ? AND state = 'waiting') AS waiting ORDER BY lap, due, id LIMIT ?`, ContestsOfOneCheck, deskID, limit)
}

// OldestNoticeContest returns the contest of a notice whose answer is due first,
// of those that came before a day, or desk.NotFound.
func (tx *Tx) OldestNoticeContest(noticeID string, before desk.Day) (desk.Contest, error) {
	found, err := tx.noticeContests(`SELECT `+noticeContestColumns+` FROM notice_contests WHERE notice_id = ? AND state = 'waiting' AND day < ?
		ORDER BY due, id LIMIT 1`, noticeID, before)
	if err == nil && len(found) == 0 {
		err = &desk.Error{Kind: desk.NotFound, Op: "read contest", Key: "error.not_found"}
	}
	if err != nil {
		return desk.Contest{}, err
	}
	return found[0], nil
}

// DecidedNoticeContests returns the outcomes of the contests of a notice, newest
// first.
func (tx *Tx) DecidedNoticeContests(noticeID string, limit int) ([]desk.Contest, error) {
	return tx.noticeContests(`SELECT `+noticeContestColumns+` FROM notice_contests WHERE notice_id = ? AND state <> 'waiting'
		ORDER BY decided DESC, id LIMIT ?`, noticeID, limit)
}

// decideNoticeContest is DecideContest for one of a notice.
func (tx *Tx) decideNoticeContest(c desk.Contest) error {
	const op = "decide contest"
	n, err := tx.exec(op, `UPDATE notice_contests SET state = ?, text = '', decided = ?, answer = ?, answer_lang = ?, outside = ?,
			decided_by = ?, decided_key = ?, second_by = ?, second_key = ? WHERE id = ? AND state = 'waiting'`,
		string(c.State), c.Decided, c.Answer, c.AnswerLang, c.Outside, orNull(c.DecidedBy), c.DecidedKey, orNull(c.SecondBy), c.SecondKey, c.ID)
	return unlessNone(op, n, err)
}

// InvolvedInNotice returns the members who gave a key to a version of a notice.
func (tx *Tx) InvolvedInNotice(noticeID string) (map[string]bool, error) {
	out := map[string]bool{}
	err := tx.each("read who was involved", `SELECT proposed_by FROM notices WHERE notice_id = ? UNION SELECT agreed_by FROM notices WHERE notice_id = ?
		UNION SELECT member_id FROM notice_proposals WHERE notice_id = ?`, []any{noticeID, noticeID, noticeID}, func(scan func(...any) error) error {
		var id string
		err := scan(&id)
		out[id] = true
		return err
	})
	return out, err
}
