package store

import (
	"encoding/json"
	"time"

	"sangto/internal/desk"
)

const draftColumns = `id, desk_id, coalesce(claim_id, ''), check_id, base, act, lang, state, counter, round, content, author, last_editor,
	revision, disputed, named, returned, opened, saved`

// draftRow is a draft as it stands in its table.
type draftRow struct {
	desk.Draft
	act                desk.Act
	content            string
	author, lastEditor string
	openedAt, savedAt  int64
}

func draftFields(d *draftRow) []any {
	return []any{
		&d.ID, &d.DeskID, &d.ClaimID, &d.CheckID, &d.Base, &d.act, &d.Lang, &d.State, &d.Counter, &d.Round, &d.content,
		&d.author, &d.lastEditor, &d.Revision, &d.Disputed, &d.Named, &d.Returned, &d.openedAt, &d.savedAt,
	}
}

// draft reads the content. What stands in columns of its own wins over what
// the content says of it.
func (d draftRow) draft() (desk.Draft, error) {
	out := d.Draft
	if err := decodeContent(d.content, &out.Content); err != nil {
		return out, err
	}
	out.Content.CheckID, out.Content.Act = d.CheckID, d.act
	out.Content.Author, out.Content.LastEditor, out.Content.Disputed = d.author, d.lastEditor, d.Disputed
	out.Opened, out.Saved = time.UnixMicro(d.openedAt).UTC(), time.UnixMicro(d.savedAt).UTC()
	return out, nil
}

func encodeContent(op string, v desk.Version) (string, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return "", &desk.Error{Kind: desk.Internal, Op: op, Err: err}
	}
	if len(b) > desk.DraftMax {
		return "", &desk.Error{Kind: desk.TooLarge, Op: op, Key: "error.draft.length"}
	}
	return string(b), nil
}

func decodeContent(s string, v *desk.Version) error {
	if s == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(s), v); err != nil {
		return &desk.Error{Kind: desk.Internal, Op: "read draft", Err: err}
	}
	return nil
}

// AddDraft opens a draft in state Writing with counter 1. A second open draft
// for the same claim and language, or for the same act on a check, is
// desk.Conflict.
func (tx *Tx) AddDraft(d desk.Draft) error {
	const op = "add draft"
	content, err := encodeContent(op, d.Content)
	if err != nil {
		return err
	}
	now := tx.now.UnixMicro()
	_, err = tx.exec(op, `INSERT INTO drafts (id, desk_id, claim_id, check_id, base, act, lang, state, counter, round, content,
		author, last_editor, revision, disputed, named, returned, opened, saved)
		VALUES (?, ?, ?, ?, ?, ?, ?, 'writing', 1, 0, ?, ?, ?, '', 0, 0, '', ?, ?)`,
		d.ID, d.DeskID, orNull(d.ClaimID), d.CheckID, d.Base, string(d.Content.Act), d.Lang, content,
		d.Content.Author, d.Content.Editor(), now, now)
	return err
}

// Draft returns one draft.
func (tx *Tx) Draft(id string) (desk.Draft, error) {
	var row draftRow
	if err := tx.row("read draft", `SELECT `+draftColumns+` FROM drafts WHERE id = ?`, []any{id}, draftFields(&row)...); err != nil {
		return desk.Draft{}, err
	}
	return row.draft()
}

// Drafts returns the drafts of a desk in one state, oldest saved first, at most
// limit.
func (tx *Tx) Drafts(deskID string, state desk.DraftState, limit int) ([]desk.Draft, error) {
	return tx.drafts(`desk_id = ? AND state = ? ORDER BY saved, id LIMIT ?`, deskID, string(state), limit)
}

// OpenDrafts returns the open drafts of one claim, or of one check, by
// language; give the other as "".
func (tx *Tx) OpenDrafts(claimID, checkID string) ([]desk.Draft, error) {
	return tx.drafts(`(claim_id = ? OR check_id = ?) AND state IN ('writing', 'review') ORDER BY lang, id`, claimID, checkID)
}

func (tx *Tx) drafts(where string, args ...any) ([]desk.Draft, error) {
	rows, err := all(tx, "list drafts", `SELECT `+draftColumns+` FROM drafts WHERE `+where, args, draftFields)
	if err != nil {
		return nil, err
	}
	out := make([]desk.Draft, 0, len(rows))
	for _, r := range rows {
		d, err := r.draft()
		if err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, nil
}

// PutDraft writes what may change of a draft, if its counter still is from:
// otherwise, and where the move is none, desk.Conflict. A draft that is
// published or dropped keeps no content.
func (tx *Tx) PutDraft(d desk.Draft, from int) error {
	const op = "save draft"
	content := ""
	if d.Open() {
		var err error
		if content, err = encodeContent(op, d.Content); err != nil {
			return err
		}
	}
	n, err := tx.exec(op, `UPDATE drafts SET state = ?, counter = ?, round = ?, base = ?, content = ?, last_editor = ?, revision = ?, disputed = ?,
		named = ?, returned = ?, saved = ? WHERE id = ? AND counter = ? AND state IN ('writing', 'review')`,
		string(d.State), d.Counter, d.Round, d.Base, content, d.Content.Editor(), d.Revision, number(d.Disputed),
		number(d.Named), d.Returned, tx.now.UnixMicro(), d.ID, from)
	if err == nil && n == 0 {
		if _, missing := tx.Draft(d.ID); missing != nil {
			return missing
		}
		return &desk.Error{Kind: desk.Conflict, Op: op, Key: "error.draft.changed"}
	}
	return err
}

// DraftRevision is what was handed in for one round.
type DraftRevision struct {
	Round    int
	Revision string
	Content  desk.Version
	MemberID string
	Named    bool
	At       time.Time
}

// AddDraftRevision keeps what is handed in; the round must be the next.
func (tx *Tx) AddDraftRevision(d desk.Draft, memberID string) error {
	const op = "keep revision"
	content, err := encodeContent(op, d.Content)
	if err != nil {
		return err
	}
	_, err = tx.exec(op, `INSERT INTO draft_revisions (draft_id, round, revision, content, member_id, named, at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		d.ID, d.Round, d.Revision, content, memberID, number(d.Named), tx.now.UnixMicro())
	return err
}

// DraftRevisions returns the rounds of a draft, oldest first.
func (tx *Tx) DraftRevisions(draftID string) ([]DraftRevision, error) {
	type row struct {
		DraftRevision
		content string
		at      int64
	}
	rows, err := all(tx, "list revisions", `SELECT round, revision, content, member_id, named, at FROM draft_revisions WHERE draft_id = ? ORDER BY round`,
		[]any{draftID}, func(r *row) []any {
			return []any{&r.Round, &r.Revision, &r.content, &r.MemberID, &r.Named, &r.at}
		})
	if err != nil {
		return nil, err
	}
	out := make([]DraftRevision, 0, len(rows))
	for _, r := range rows {
		if err := decodeContent(r.content, &r.Content); err != nil {
			return nil, err
		}
		r.At = time.UnixMicro(r.at).UTC()
		out = append(out, r.DraftRevision)
	}
	return out, nil
}

// ForgetRevisions takes the wording out of a draft's rounds, once it is
// published or dropped.
func (tx *Tx) ForgetRevisions(draftID string) error {
	_, err := tx.exec("forget revisions", `UPDATE draft_revisions SET content = '' WHERE draft_id = ? AND content <> ''`, draftID)
	return err
}

// BlindChoice is how a reviewer classified a claim before seeing the author's
// choice. Claim is the SHA-256, in hex, of the sentence.
type BlindChoice struct {
	MemberID string
	Claim    string
	desk.Classification
	Agreed bool
}

// AddBlindChoice keeps a reviewer's classification. A second one of the same
// sentence, and one by the author or the last editor, is refused.
func (tx *Tx) AddBlindChoice(draftID string, b BlindChoice) error {
	_, err := tx.exec("classify", `INSERT INTO draft_classifications (draft_id, member_id, claim, kind, about_power, agreed, at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		draftID, b.MemberID, b.Claim, string(b.Kind), number(b.AboutPower), number(b.Agreed), tx.now.UnixMicro())
	return err
}

// BlindChoices returns the classifications of a draft, by member.
func (tx *Tx) BlindChoices(draftID string) ([]BlindChoice, error) {
	return all(tx, "read classifications", `SELECT member_id, claim, kind, about_power, agreed FROM draft_classifications WHERE draft_id = ? ORDER BY member_id, claim`,
		[]any{draftID}, func(b *BlindChoice) []any {
			return []any{&b.MemberID, &b.Claim, &b.Kind, &b.AboutPower, &b.Agreed}
		})
}

// DraftKey is a key given to one round of a draft.
type DraftKey struct {
	desk.Approval
	// Organisations and OneSource are the reviewer's answers.
	Organisations bool
	OneSource     string
	At            time.Time
	// Left says that the member has left since. It is not written.
	Left bool
}

// AddDraftKey gives a key to the draft's present round. The schema refuses the
// author's unless he submitted, a key twice, one of somebody who left, and one
// for another revision than the one in review.
func (tx *Tx) AddDraftKey(d desk.Draft, k DraftKey) error {
	_, err := tx.exec("give key", `INSERT INTO draft_approvals (draft_id, round, member_id, revision, key_id, signed, assertion, no_interest, organisations, one_source, at)
		VALUES (?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?)`,
		d.ID, d.Round, k.MemberID, k.Revision, k.KeyID, number(k.Signed), blob(k.Assertion), number(k.Organisations), k.OneSource, tx.now.UnixMicro())
	return err
}

// DraftKeys returns the keys of one round, in the order they were given.
func (tx *Tx) DraftKeys(draftID string, round int) ([]DraftKey, error) {
	type row struct {
		DraftKey
		at int64
	}
	rows, err := all(tx, "read keys", `SELECT member_id, revision, key_id, signed, assertion, organisations, one_source, at,
		(SELECT ended FROM members WHERE id = member_id) FROM draft_approvals
		WHERE draft_id = ? AND round = ? ORDER BY at, member_id`, []any{draftID, round}, func(k *row) []any {
		return []any{&k.MemberID, &k.Revision, &k.KeyID, &k.Signed, &k.Assertion, &k.Organisations, &k.OneSource, &k.at, &k.Left}
	})
	if err != nil {
		return nil, err
	}
	out := make([]DraftKey, 0, len(rows))
	for _, r := range rows {
		r.At = time.UnixMicro(r.at).UTC()
		out = append(out, r.DraftKey)
	}
	return out, nil
}

// AddReturn keeps the reason why a round was returned.
func (tx *Tx) AddReturn(d desk.Draft, memberID, reason string) error {
	_, err := tx.exec("return draft", `INSERT INTO draft_returns (draft_id, round, member_id, reason, at) VALUES (?, ?, ?, ?, ?)`,
		d.ID, d.Round, memberID, reason, tx.now.UnixMicro())
	return err
}

// SeenRound is the last round before this one that a member approved or
// returned, 0 for none. That he looked at one is nowhere kept.
func (tx *Tx) SeenRound(draftID, memberID string, before int) (int, error) {
	var round int
	err := tx.row("read rounds", `SELECT coalesce(max(round), 0) FROM (
		SELECT round FROM draft_approvals WHERE draft_id = ? AND member_id = ? AND round < ?
		UNION ALL SELECT round FROM draft_returns WHERE draft_id = ? AND member_id = ? AND round < ?) AS seen`,
		[]any{draftID, memberID, before, draftID, memberID, before}, &round)
	return round, err
}

// LapsedOrders returns the checks whose newest version is an order that lapsed
// between two days, both included.
func (tx *Tx) LapsedOrders(from, to desk.Day) ([]string, error) {
	return all(tx, "list lapsed orders", `SELECT v.check_id FROM versions v JOIN latest l ON l.check_id = v.check_id AND l.number = v.number
		WHERE v.act = 'withhold_order' AND v.order_lapses BETWEEN ? AND ? ORDER BY v.check_id`, []any{from, to},
		func(id *string) []any { return []any{id} })
}

// TellAgain tells followers of the change sequence that a check is to be read
// anew though no version was added: an order has lapsed.
func (tx *Tx) TellAgain(checkID string) error { return tx.addChange(checkID) }

// Claimed returns the published check of a desk that answers a claim in a
// language, "" if there is none.
func (tx *Tx) Claimed(claimID, lang string) (string, error) {
	var id string
	err := tx.row("find check of claim", `SELECT c.id FROM checks c WHERE c.claim_id = ? AND c.lang = ? ORDER BY c.id LIMIT 1`, []any{claimID, lang}, &id)
	if desk.KindOf(err) == desk.NotFound {
		return "", nil
	}
	return id, err
}
