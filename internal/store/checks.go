package store

import (
	"fmt"
	"strings"
	"time"

	"sangto/internal/desk"
)

const checkColumns = `c.id, c.desk_id, c.lang, coalesce(c.claim_id, ''), c.source_url`

func checkFields(c *desk.Check) []any {
	return []any{&c.ID, &c.DeskID, &c.Lang, &c.ClaimID, &c.SourceURL}
}

const versionColumns = `v.check_id, v.number, v.act, v.kind, v.about_power, v.claimant_kind, v.verdict, v.not_rated_kind,
	v.rating, v.no_verdict_rating, v.topic, v.claim, v.title, v.summary, v.body, v.todo, v.link_only, v.reason, v.note,
	v.published, v.as_of, coalesce(v.author, ''), coalesce(v.last_editor, ''), v.blind_kind, v.blind_power, v.disputed, v.one_source,
	v.sought, v.reply, v.reply_note, v.emergency, v.review, v.order_body, v.order_date, v.order_law, v.order_digest, v.order_lapses,
	v.method, v.gone, v.erased`

func versionFields(v *desk.Version) []any {
	return []any{
		&v.CheckID, &v.Number, &v.Act, &v.Kind, &v.AboutPower, &v.ClaimantKind, &v.Verdict, &v.NotRatedKind,
		&v.Rating, &v.NoVerdictRating, &v.Topic, &v.Claim, &v.Title, &v.Summary, &v.Body, &v.ToDo, &v.LinkOnly,
		&v.Reason, &v.Note, &v.Published, &v.AsOf, &v.Author, &v.LastEditor, &v.Blind.Kind, &v.Blind.AboutPower, &v.Disputed, &v.OneSource,
		&v.Sought, &v.Hearing.State, &v.Hearing.Note, &v.Emergency, &v.Review, &v.Order.Body, &v.Order.Date, &v.Order.Law, &v.Order.Digest, &v.Order.Lapses,
		&v.Method, &v.Gone, &v.Erased,
	}
}

// AddCheck inserts the stable address of a check. A key that exists is
// desk.Conflict, a desk that does not is desk.NotFound. An imported check
// cannot be filed under a local desk, nor ours under another's.
func (tx *Tx) AddCheck(c desk.Check) error {
	const op = "add check"
	n, err := tx.exec(op, `INSERT INTO checks (id, desk_id, local, lang, claim_id, source_url)
		SELECT ?, id, local, ?, ?, ? FROM desks WHERE id = ? AND NOT EXISTS (SELECT 1 FROM checks WHERE id = ?)`,
		c.ID, c.Lang, orNull(c.ClaimID), c.SourceURL, c.DeskID, c.ID)
	if err != nil || n > 0 {
		return err
	}
	if _, err := tx.Desk(c.DeskID); err != nil {
		return err
	}
	return &desk.Error{Kind: desk.Conflict, Op: op, Key: "error.exists"}
}

// Check returns one check.
func (tx *Tx) Check(id string) (desk.Check, error) {
	var c desk.Check
	err := tx.row("read check", `SELECT `+checkColumns+` FROM checks c WHERE c.id = ?`, []any{id}, checkFields(&c)...)
	return c, err
}

// AddVersion publishes a version: evidence and approvals first, then the row
// that seals them, then the change. v.Number must be the newest number plus
// one, otherwise desk.Conflict. A version of a local desk needs approvals of
// two distinct members for this revision; an imported one takes none. What
// desk.CheckVersion and desk.CheckApprovals forbid the schema refuses too,
// with desk.Forbidden.
func (tx *Tx) AddVersion(v desk.Version, revision string, approvals []desk.Approval) error {
	return tx.addVersion(v, revision, approvals, tx.now)
}

// RestoreVersion puts back a version that the database has lost. Everything that
// holds for AddVersion holds here, the keys being those of the day it was
// published. At what hour that was nobody knows any more: the end of the day
// stands for it.
func (tx *Tx) RestoreVersion(v desk.Version, revision string, approvals []desk.Approval) error {
	y, m, d := v.Published.Time().Date()
	at := time.Date(y, m, d, 23, 59, 59, 0, tx.db.zone)
	if tx.now.Before(at) {
		at = tx.now
	}
	return tx.addVersion(v, revision, approvals, at)
}

func (tx *Tx) addVersion(v desk.Version, revision string, approvals []desk.Approval, at time.Time) error {
	const op = "add version"
	if len(approvals)+len(v.Evidence) > 0 {
		// They would be refused by the seal of the version that stands, and
		// the caller would not learn that somebody was faster.
		if err := tx.isNext(v); err != nil {
			return err
		}
	}
	keys, err := tx.addApprovals(v, revision, approvals)
	if err != nil {
		return err
	}
	if err := tx.addEvidence(v); err != nil {
		return err
	}
	n, err := tx.exec(op, `INSERT INTO versions (check_id, number, desk_id, local, desk_power, act, kind, about_power, claimant_kind,
			verdict, not_rated_kind, rating, no_verdict_rating, topic, claim, title, summary, body, todo, link_only,
			reason, note, published, as_of, author, revision, approver_1, approver_2, approver_3, evidence_count, recorded,
			last_editor, blind_kind, blind_power, disputed, one_source, sought, reply, reply_note, emergency, review,
			order_body, order_date, order_law, order_digest, order_lapses, method, gone)
		SELECT c.id, ?, c.desk_id, c.local, d.of_power, `+strings.Repeat("?, ", 42)+`?
		FROM checks c JOIN desks d ON d.id = c.desk_id
		WHERE c.id = ? AND 1 + coalesce((SELECT max(number) FROM versions WHERE check_id = c.id), 0) = ?`,
		v.Number, string(v.Act), string(v.Kind), number(v.AboutPower), string(v.ClaimantKind), string(v.Verdict), string(v.NotRatedKind),
		v.Rating, number(v.NoVerdictRating), v.Topic, v.Claim, v.Title, v.Summary, v.Body, v.ToDo, number(v.LinkOnly),
		v.Reason, v.Note, v.Published, v.AsOf, orNull(v.Author), revision, orNull(keys[0]), orNull(keys[1]), orNull(keys[2]),
		len(v.Evidence), at.UnixMicro(), orNull(v.LastEditor), string(v.Blind.Kind), number(v.Blind.AboutPower), number(v.Disputed),
		v.OneSource, v.Sought, string(v.Hearing.State), v.Hearing.Note, number(v.Emergency), v.Review,
		v.Order.Body, v.Order.Date, v.Order.Law, v.Order.Digest, v.Order.Lapses, v.Method, number(v.Gone), v.CheckID, v.Number)
	if err != nil {
		return err
	}
	if n == 0 {
		return tx.isNext(v)
	}
	if err := tx.linkCopies(v); err != nil {
		return err
	}
	return tx.pointLatest(v)
}

// isNext reports why v may not be the next version of its check.
func (tx *Tx) isNext(v desk.Version) error {
	const op = "add version"
	var newest int
	err := tx.row(op, `SELECT (SELECT coalesce(max(number), 0) FROM versions WHERE check_id = checks.id)
		FROM checks WHERE id = ?`, []any{v.CheckID}, &newest)
	if err == nil && v.Number != newest+1 {
		return &desk.Error{Kind: desk.Conflict, Op: op, Key: "error.stale", Err: fmt.Errorf("version %d after %d", v.Number, newest)}
	}
	return err
}

// pointLatest makes the version the one that lists show, and tells followers.
func (tx *Tx) pointLatest(v desk.Version) error {
	_, err := tx.exec("point at newest version", `INSERT INTO latest (check_id, number, desk_id, local, lang, topic, published)
		SELECT id, ?, desk_id, local, lang, ?, ? FROM checks WHERE id = ?
		ON CONFLICT (check_id) DO UPDATE SET number = excluded.number, topic = excluded.topic, published = excluded.published`,
		v.Number, v.Topic, v.Published, v.CheckID)
	if err != nil {
		return err
	}
	return tx.addChange(v.CheckID)
}

// addApprovals writes the approvals and returns the first three members, who
// differ, because one member's second approval is refused by its key.
func (tx *Tx) addApprovals(v desk.Version, revision string, approvals []desk.Approval) (keys [3]string, err error) {
	const op = "add approvals"
	if len(approvals) == 0 {
		return keys, nil
	}
	var args []any
	for i, a := range approvals {
		if a.Revision != revision {
			return keys, &desk.Error{Kind: desk.Conflict, Op: op, Key: "error.approval.stale"}
		}
		if i < len(keys) {
			keys[i] = a.MemberID
		}
		args = append(args, v.CheckID, v.Number, a.MemberID, revision, v.CheckID, v.CheckID, a.KeyID, number(a.Signed), blob(a.Assertion))
	}
	_, err = tx.exec(op, `INSERT INTO approvals (check_id, number, member_id, revision, desk_id, local, key_id, signed, assertion) VALUES `+
		rows(len(approvals), `(?, ?, ?, ?, (SELECT desk_id FROM checks WHERE id = ?), (SELECT local FROM checks WHERE id = ?), ?, ?, ?)`), args...)
	return keys, err
}

// rows repeats a row of placeholders.
func rows(n int, row string) string { return row + strings.Repeat(", "+row, n-1) }

// blob is an empty value as NULL.
func blob(b []byte) any {
	if len(b) == 0 {
		return nil
	}
	return b
}

const evidenceColumns = `position, stance, url, title, publisher, owner_group, quote, locator, dated, archived, archive_url, sha256, by_whom`

func evidenceFields(e *desk.Evidence) []any {
	return []any{
		&e.Position, &e.Stance, &e.URL, &e.Title, &e.Publisher, &e.OwnerGroup, &e.Quote, &e.Locator,
		&e.Dated, &e.Archived, &e.ArchiveURL, &e.SHA256, &e.By,
	}
}

// addEvidence writes the sources. Positions that are zero are given by order.
func (tx *Tx) addEvidence(v desk.Version) error {
	for first := 0; first < len(v.Evidence); first += evidenceAtOnce {
		some := v.Evidence[first:min(first+evidenceAtOnce, len(v.Evidence))]
		var args []any
		for i, e := range some {
			if e.Position == 0 {
				e.Position = first + i + 1
			}
			args = append(args, v.CheckID, v.Number, e.Position, string(e.Stance), e.URL, e.Title, e.Publisher, e.OwnerGroup, e.Quote, e.Locator,
				e.Dated, e.Archived, e.ArchiveURL, e.SHA256, string(e.By))
		}
		_, err := tx.exec("add evidence", `INSERT INTO evidence (check_id, number, `+evidenceColumns+`) VALUES `+
			rows(len(some), `(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`), args...)
		if err != nil {
			return err
		}
	}
	return nil
}

// evidenceAtOnce bounds the placeholders of one statement.
const evidenceAtOnce = 50

func (tx *Tx) evidence(v *desk.Version) error {
	var err error
	v.Evidence, err = all(tx, "read evidence", `SELECT `+evidenceColumns+` FROM evidence WHERE check_id = ? AND number = ? ORDER BY position`,
		[]any{v.CheckID, v.Number}, evidenceFields)
	return err
}

// Latest returns the newest version of a check, with its evidence.
func (tx *Tx) Latest(checkID string) (desk.Version, error) {
	return tx.version(`SELECT `+versionColumns+` FROM versions v WHERE v.check_id = ? ORDER BY v.number DESC LIMIT 1`, checkID)
}

// Version returns one version of a check, with its evidence.
func (tx *Tx) Version(checkID string, n int) (desk.Version, error) {
	return tx.version(`SELECT `+versionColumns+` FROM versions v WHERE v.check_id = ? AND v.number = ?`, checkID, n)
}

func (tx *Tx) version(query string, args ...any) (desk.Version, error) {
	var v desk.Version
	if err := tx.row("read version", query, args, versionFields(&v)...); err != nil {
		return desk.Version{}, err
	}
	return v, tx.evidence(&v)
}

// EraseBefore takes the wording out of every version of a check before number
// n, out of their evidence and out of the copies that only they cite, with the
// vectors made of it and what the public record keeps of it. The schema lets it happen only after an
// erase_personal, which the record may have without a version; it returns how many versions lost their wording.
func (tx *Tx) EraseBefore(checkID string, n int) (int, error) {
	const op = "erase personal data"
	if _, err := tx.exec(op, `UPDATE evidence SET url = '', title = '', publisher = '', owner_group = '', quote = '', locator = '',
		archive_url = '', sha256 = '' WHERE check_id = ? AND number < ?`, checkID, n); err != nil {
		return 0, err
	}
	if _, err := tx.EraseCopies(checkID, n); err != nil {
		return 0, err
	}
	if err := tx.forgetContents(checkID, n); err != nil {
		return 0, err
	}
	if _, err := tx.exec(op, `DELETE FROM vectors WHERE check_id = ? AND number < ?`, checkID, n); err != nil {
		return 0, err
	}
	return tx.exec(op, `UPDATE versions SET claim = '', title = '', summary = '', body = '', todo = '', note = '', one_source = '',
		sought = '', reply_note = '', erased = 1 WHERE check_id = ? AND number < ? AND erased = 0`, checkID, n)
}

// Versions returns all versions of a check without evidence, oldest first. A
// check that does not exist has none.
func (tx *Tx) Versions(checkID string) ([]desk.Version, error) {
	return all(tx, "list versions", `SELECT `+versionColumns+` FROM versions v WHERE v.check_id = ? ORDER BY v.number`, []any{checkID}, versionFields)
}

// Approvals returns the approvals of one version, by member.
func (tx *Tx) Approvals(checkID string, n int) ([]desk.Approval, error) {
	return all(tx, "read approvals", `SELECT member_id, key_id, revision, signed, assertion FROM approvals WHERE check_id = ? AND number = ? ORDER BY member_id`,
		[]any{checkID, n}, func(a *desk.Approval) []any {
			return []any{&a.MemberID, &a.KeyID, &a.Revision, &a.Signed, &a.Assertion}
		})
}

// Entry is a check with its desk and its newest version, without evidence.
// While an order withholds the check, the version is desk.Version.Hidden; while the
// record is ahead of the database, it is what desk.Ahead says.
type Entry struct {
	Check   desk.Check
	Desk    desk.Desk
	Version desk.Version
}

// ListFilter narrows a list; empty fields do not. Since is the first day of the
// newest version, Until the first day that no longer belongs.
type ListFilter struct {
	Topic, Lang, DeskID string
	LocalOnly           bool
	Since, Until        desk.Day
}

func (f ListFilter) where() (string, []any) {
	conditions, args := []string{"1 = 1"}, []any{}
	for _, c := range []struct{ column, value string }{{"topic", f.Topic}, {"lang", f.Lang}, {"desk_id", f.DeskID}} {
		if c.value != "" {
			conditions, args = append(conditions, "l."+c.column+" = ?"), append(args, c.value)
		}
	}
	if f.LocalOnly {
		conditions = append(conditions, "l.local = 1")
	}
	if f.Since != 0 {
		conditions, args = append(conditions, "l.published >= ?"), append(args, f.Since)
	}
	if f.Until != 0 {
		conditions, args = append(conditions, "l.published < ?"), append(args, f.Until)
	}
	return strings.Join(conditions, " AND "), args
}

const entryColumns = `SELECT ` + checkColumns + `, ` + versionColumns + `, ` + ahead

const entryJoins = `
	JOIN versions v ON v.check_id = l.check_id AND v.number = l.number
	JOIN checks c ON c.id = l.check_id `

const entryQuery = entryColumns + ` FROM latest l` + entryJoins

// List returns entries, newest published first. What comes before offset is
// stepped over in an index alone.
func (tx *Tx) List(f ListFilter, offset, limit int) ([]Entry, error) {
	where, args := f.where()
	var out []Entry
	err := tx.entries(entryColumns+` FROM (SELECT l.check_id FROM latest l WHERE `+where+` ORDER BY l.published DESC, l.check_id DESC LIMIT ? OFFSET ?) page
		JOIN latest l ON l.check_id = page.check_id`+entryJoins+`ORDER BY l.published DESC, l.check_id DESC`, append(args, limit, offset),
		func(e Entry) error { out = append(out, e); return nil })
	return out, err
}

// CountChecks returns how many entries match. It counts each, so that the answer
// is worth remembering until LastChange moves.
func (tx *Tx) CountChecks(f ListFilter) (int, error) {
	where, args := f.where()
	var n int
	err := tx.row("count checks", `SELECT count(*) FROM latest l WHERE `+where, args, &n)
	return n, err
}

// entriesAtOnce bounds the placeholders of one statement.
const entriesAtOnce = 200

// Entries returns the entries of these keys; unknown keys are left out.
func (tx *Tx) Entries(ids []string) (map[string]Entry, error) {
	out := make(map[string]Entry, len(ids))
	for len(ids) > 0 {
		n := min(entriesAtOnce, len(ids))
		args := make([]any, n)
		for i, id := range ids[:n] {
			args[i] = id
		}
		ids = ids[n:]
		err := tx.entries(entryQuery+`WHERE l.check_id IN (?`+strings.Repeat(", ?", n-1)+`) ORDER BY l.check_id`, args,
			func(e Entry) error { out[e.Check.ID] = e; return nil })
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// EachEntry hands over every check's entry by key, streaming. fn must not use
// tx; an error of fn ends the walk and comes back unchanged.
func (tx *Tx) EachEntry(fn func(Entry) error) error {
	return tx.entries(entryQuery+`ORDER BY l.check_id`, nil, fn)
}

func (tx *Tx) entries(query string, args []any, fn func(Entry) error) error {
	desks, err := tx.Desks()
	if err != nil {
		return err
	}
	byID := make(map[string]desk.Desk, len(desks))
	for _, d := range desks {
		byID[d.ID] = d
	}
	return tx.each("read entries", query, args, func(scan func(...any) error) error {
		var e Entry
		var after string
		if err := scan(append(append(checkFields(&e.Check), versionFields(&e.Version)...), &after)...); err != nil {
			return err
		}
		e.Desk = byID[e.Check.DeskID]
		missing, err := readAhead(e.Check.ID, after)
		if err != nil {
			return err
		}
		if shown, hidden := desk.Ahead(e.Version, missing, tx.Day()); hidden {
			e.Version = shown
		} else if e.Version.Withheld(tx.Day()) {
			e.Version = e.Version.Hidden()
		}
		return fn(e)
	})
}
