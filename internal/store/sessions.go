package store

import (
	"time"

	"sangto/internal/desk"
)

// Session is one browser's session, by the hash of its token.
type Session struct {
	Hash     []byte
	MemberID string
	// Way is how the member signed in: passkey, password, organisation.
	Way string
	// Opened, Used and Proved are when it began, when it was last used, to the
	// minute, and when the member last showed that it is them.
	Opened, Used, Proved time.Time
}

type sessionRow struct {
	Session
	opened, used, proved int64
}

const sessionColumns = `token_hash, member_id, way, opened, used, proved`

func sessionFields(s *sessionRow) []any {
	return []any{&s.Hash, &s.MemberID, &s.Way, &s.opened, &s.used, &s.proved}
}

func (s sessionRow) session() Session {
	out := s.Session
	out.Opened, out.Used, out.Proved = moment(s.opened), moment(s.used), moment(s.proved)
	return out
}

// AddSession keeps a new session and forgets those that were last used before
// stale. A member who left gets none: desk.Forbidden.
func (tx *Tx) AddSession(s Session, stale time.Time) error {
	if _, err := tx.exec("forget sessions", `DELETE FROM sessions WHERE used < ?`, micros(stale)); err != nil {
		return err
	}
	_, err := tx.exec("add session", `INSERT INTO sessions (`+sessionColumns+`) VALUES (?, ?, ?, ?, ?, ?)`,
		s.Hash, s.MemberID, s.Way, micros(s.Opened), micros(s.Used), micros(s.Proved))
	return err
}

// Session returns one session.
func (tx *Tx) Session(hash []byte) (Session, error) {
	var s sessionRow
	err := tx.row("read session", `SELECT `+sessionColumns+` FROM sessions WHERE token_hash = ?`, []any{hash}, sessionFields(&s)...)
	return s.session(), err
}

// Sessions returns a member's sessions, the newest first.
func (tx *Tx) Sessions(memberID string) ([]Session, error) {
	rows, err := all(tx, "list sessions", `SELECT `+sessionColumns+` FROM sessions WHERE member_id = ? ORDER BY opened DESC`, []any{memberID}, sessionFields)
	out := make([]Session, 0, len(rows))
	for _, r := range rows {
		out = append(out, r.session())
	}
	return out, err
}

// UseSession keeps that a session was used. Ended meanwhile is a desk.Conflict.
func (tx *Tx) UseSession(hash []byte, at time.Time) error {
	n, err := tx.exec("use session", `UPDATE sessions SET used = CASE WHEN used < ? THEN ? ELSE used END WHERE token_hash = ?`, micros(at), micros(at), hash)
	return unlessNone("use session", n, err)
}

// EndSession ends one session of a member. One that is gone is no error.
func (tx *Tx) EndSession(memberID string, hash []byte) error {
	_, err := tx.exec("end session", `DELETE FROM sessions WHERE token_hash = ? AND member_id = ?`, hash, memberID)
	return err
}

// EndSessions ends all sessions of a member but one; except may be nil.
func (tx *Tx) EndSessions(memberID string, except []byte) error {
	if except == nil {
		except = []byte{}
	}
	_, err := tx.exec("end sessions", `DELETE FROM sessions WHERE member_id = ? AND token_hash <> ?`, memberID, except)
	return err
}

// MemberLang returns the language a member reads.
func (tx *Tx) MemberLang(memberID string) (string, error) {
	var tag string
	err := tx.row("read language", `SELECT lang FROM members WHERE id = ?`, []any{memberID}, &tag)
	return tag, err
}

// SetMemberLang keeps the language a member reads.
func (tx *Tx) SetMemberLang(memberID, tag string) error {
	n, err := tx.exec("set language", `UPDATE members SET lang = ? WHERE id = ?`, tag, memberID)
	return unlessNone("set language", n, err)
}

// Purpose is what a one-time link is for.
type Purpose string

// The purposes.
const (
	SetUp   Purpose = "setup"
	Enrol   Purpose = "enrol"
	Recover Purpose = "recover"
)

// Enrolment is a one-time link, by the hash of its code.
type Enrolment struct {
	Hash    []byte
	Purpose Purpose
	// MemberID is empty for the set-up of the desk itself.
	MemberID   string
	Made, Ends time.Time
}

type enrolmentRow struct {
	Enrolment
	made, ends int64
}

const enrolmentColumns = `code_hash, purpose, coalesce(member_id, ''), made, ends`

func enrolmentFields(e *enrolmentRow) []any {
	return []any{&e.Hash, &e.Purpose, &e.MemberID, &e.made, &e.ends}
}

func (e enrolmentRow) enrolment() Enrolment {
	out := e.Enrolment
	out.Made, out.Ends = moment(e.made), moment(e.ends)
	return out
}

// AddEnrolment keeps a new link in place of an earlier one of the same member,
// or of set-up.
func (tx *Tx) AddEnrolment(e Enrolment) error {
	const op = "add enrolment"
	if _, err := tx.exec(op, `DELETE FROM enrolments WHERE ends < ? OR member_id = ? OR (purpose = 'setup' AND ? = 'setup')`,
		micros(tx.now), e.MemberID, string(e.Purpose)); err != nil {
		return err
	}
	_, err := tx.exec(op, `INSERT INTO enrolments (code_hash, purpose, member_id, made, ends) VALUES (?, ?, ?, ?, ?)`,
		e.Hash, string(e.Purpose), orNull(e.MemberID), micros(e.Made), micros(e.Ends))
	return err
}

// Enrolment returns a link by the hash of its code.
func (tx *Tx) Enrolment(hash []byte) (Enrolment, error) {
	var e enrolmentRow
	err := tx.row("read enrolment", `SELECT `+enrolmentColumns+` FROM enrolments WHERE code_hash = ?`, []any{hash}, enrolmentFields(&e)...)
	return e.enrolment(), err
}

// Enrolments returns the links that members of a desk have not used yet.
func (tx *Tx) Enrolments(deskID string) ([]Enrolment, error) {
	rows, err := all(tx, "list enrolments", `SELECT `+enrolmentColumns+` FROM enrolments
		WHERE member_id IN (SELECT id FROM members WHERE desk_id = ?) AND ends > ? ORDER BY made`, []any{deskID, micros(tx.now)}, enrolmentFields)
	out := make([]Enrolment, 0, len(rows))
	for _, r := range rows {
		out = append(out, r.enrolment())
	}
	return out, err
}

// TakeEnrolment uses a link up. Of two who try, one gets a desk.Conflict.
func (tx *Tx) TakeEnrolment(hash []byte) error {
	n, err := tx.exec("take enrolment", `DELETE FROM enrolments WHERE code_hash = ?`, hash)
	return unlessNone("take enrolment", n, err)
}

// DropEnrolment takes a member's unused link back.
func (tx *Tx) DropEnrolment(memberID string) error {
	_, err := tx.exec("drop enrolment", `DELETE FROM enrolments WHERE member_id = ?`, memberID)
	return err
}

// DropSetUp takes the set-up link back.
func (tx *Tx) DropSetUp() error {
	_, err := tx.exec("drop set-up", `DELETE FROM enrolments WHERE purpose = 'setup'`)
	return err
}

// Recovery is a recovery that one administrator asked for.
type Recovery struct {
	MemberID, AskedBy string
	Asked             time.Time
}

// Recoveries returns the recoveries asked for at a desk.
func (tx *Tx) Recoveries(deskID string) ([]Recovery, error) {
	type row struct {
		Recovery
		asked int64
	}
	rows, err := all(tx, "list recoveries", `SELECT r.member_id, r.asked_by, r.asked FROM recoveries r JOIN members m ON m.id = r.member_id
		WHERE m.desk_id = ? ORDER BY r.asked`, []any{deskID}, func(r *row) []any { return []any{&r.MemberID, &r.AskedBy, &r.asked} })
	out := make([]Recovery, 0, len(rows))
	for _, r := range rows {
		r.Asked = moment(r.asked)
		out = append(out, r.Recovery)
	}
	return out, err
}

// AskRecovery keeps that an administrator asked to recover a member. A second
// asking is a desk.Conflict.
func (tx *Tx) AskRecovery(memberID, by string) error {
	n, err := tx.exec("ask recovery", `INSERT INTO recoveries (member_id, asked_by, asked) VALUES (?, ?, ?) ON CONFLICT (member_id) DO NOTHING`,
		memberID, by, micros(tx.now))
	return unlessNone("ask recovery", n, err)
}

// DropRecovery forgets a recovery. One that is gone is a desk.Conflict.
func (tx *Tx) DropRecovery(memberID string) error {
	n, err := tx.exec("drop recovery", `DELETE FROM recoveries WHERE member_id = ?`, memberID)
	return unlessNone("drop recovery", n, err)
}

// MemberAct is one line of the desk's book of members.
type MemberAct struct {
	Seq      int64
	Act      string
	MemberID string
	// By is the member who did it, "" for the command line and for set-up.
	By     string
	Detail string
	At     time.Time
}

// NoteAct writes a line into the book of members.
func (tx *Tx) NoteAct(act, memberID, by, detail string) error {
	const op = "note act"
	var seq int64
	if err := tx.row(op, `UPDATE counters SET value = value + 1 WHERE name = 'member_acts' RETURNING value`, nil, &seq); err != nil {
		return err
	}
	_, err := tx.exec(op, `INSERT INTO member_acts (seq, act, member_id, by_member, detail, at) VALUES (?, ?, ?, ?, ?, ?)`,
		seq, act, memberID, orNull(by), detail, micros(tx.now))
	return err
}

// MemberActs returns the newest lines of a desk's book, the newest first.
func (tx *Tx) MemberActs(deskID string, most int) ([]MemberAct, error) {
	type row struct {
		MemberAct
		at int64
	}
	rows, err := all(tx, "list acts", `SELECT a.seq, a.act, a.member_id, coalesce(a.by_member, ''), a.detail, a.at FROM member_acts a
		JOIN members m ON m.id = a.member_id WHERE m.desk_id = ? ORDER BY a.seq DESC LIMIT ?`, []any{deskID, most},
		func(r *row) []any { return []any{&r.Seq, &r.Act, &r.MemberID, &r.By, &r.Detail, &r.at} })
	out := make([]MemberAct, 0, len(rows))
	for _, r := range rows {
		r.At = moment(r.at)
		out = append(out, r.MemberAct)
	}
	return out, err
}

// AdminsWhoCanSignIn counts the administrators of the local desks who have a
// way to sign in or a link that still works.
func (tx *Tx) AdminsWhoCanSignIn() (int, error) {
	var n int
	err := tx.row("count administrators", `SELECT count(*) FROM members m JOIN desks d ON d.id = m.desk_id
		WHERE d.local = 1 AND m.ended = 0 AND m.role = ? AND (
			EXISTS (SELECT 1 FROM credentials c WHERE c.member_id = m.id)
			OR EXISTS (SELECT 1 FROM passwords p WHERE p.member_id = m.id)
			OR EXISTS (SELECT 1 FROM identities i WHERE i.member_id = m.id)
			OR EXISTS (SELECT 1 FROM enrolments e WHERE e.member_id = m.id AND e.ends > ?))`, []any{string(desk.Admin), micros(tx.now)}, &n)
	return n, err
}
