package store

import (
	"time"

	"sangto/internal/desk"
)

// micros writes a time the way staff rows hold it; the zero time is 0.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// moment reads it back.
func moment(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMicro(n).UTC()
}

const keyColumns = `id, member_id, public_key, made, good_from, good_until, retired`

// keyRow is an approval key as the columns hold it.
type keyRow struct {
	desk.ApprovalKey
	made, good, until, retired int64
}

func keyFields(k *keyRow) []any {
	return []any{&k.ID, &k.MemberID, &k.PublicKey, &k.made, &k.good, &k.until, &k.retired}
}

func (k keyRow) key() desk.ApprovalKey {
	out := k.ApprovalKey
	out.Made, out.Good, out.Until, out.Retired = moment(k.made), moment(k.good), moment(k.until), moment(k.retired)
	if len(out.PublicKey) == 0 {
		out.PublicKey = nil
	}
	return out
}

// AddApprovalKey keeps a new key. The schema refuses one that would be good
// sooner than desk.KeyWait at a desk that has published, and one that would
// last longer than desk.KeyLife.
func (tx *Tx) AddApprovalKey(k desk.ApprovalKey) error {
	public := k.PublicKey
	if public == nil {
		public = []byte{}
	}
	_, err := tx.exec("add approval key", `INSERT INTO approval_keys (`+keyColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		k.ID, k.MemberID, public, micros(k.Made), micros(k.Good), micros(k.Until), micros(k.Retired))
	return err
}

// ApprovalKey returns one key.
func (tx *Tx) ApprovalKey(id string) (desk.ApprovalKey, error) {
	var k keyRow
	err := tx.row("read approval key", `SELECT `+keyColumns+` FROM approval_keys WHERE id = ?`, []any{id}, keyFields(&k)...)
	return k.key(), err
}

// ApprovalKeys returns a member's keys, the newest first, those that ended
// included.
func (tx *Tx) ApprovalKeys(memberID string) ([]desk.ApprovalKey, error) {
	rows, err := all(tx, "list approval keys",
		`SELECT `+keyColumns+` FROM approval_keys WHERE member_id = ? ORDER BY made DESC, id`, []any{memberID}, keyFields)
	out := make([]desk.ApprovalKey, 0, len(rows))
	for _, r := range rows {
		out = append(out, r.key())
	}
	return out, err
}

// EndApprovalKeys makes a member's other keys end when a new one becomes good.
func (tx *Tx) EndApprovalKeys(memberID, except string, at time.Time) error {
	_, err := tx.exec("end approval keys",
		`UPDATE approval_keys SET good_until = CASE WHEN made < ? THEN ? ELSE made + 1 END WHERE member_id = ? AND id <> ? AND good_until > ?`,
		micros(at), micros(at), memberID, except, micros(at))
	return err
}

// RetireApprovalKeys ends every key of a member at once, as after a loss.
func (tx *Tx) RetireApprovalKeys(memberID string) error {
	_, err := tx.exec("retire approval keys", `UPDATE approval_keys SET retired = ? WHERE member_id = ? AND retired = 0`, micros(tx.now), memberID)
	return err
}

// RetireApprovalKey ends one key at once.
func (tx *Tx) RetireApprovalKey(id string) error {
	_, err := tx.exec("retire approval key", `UPDATE approval_keys SET retired = ? WHERE id = ? AND retired = 0`, micros(tx.now), id)
	return err
}

// HasPublished reports whether a desk has a published check of its own.
func (tx *Tx) HasPublished(deskID string) (bool, error) {
	var n int
	err := tx.row("ask whether the desk has published",
		`SELECT count(*) FROM (SELECT 1 FROM latest WHERE desk_id = ? AND local = 1 LIMIT 1) l`, []any{deskID}, &n)
	return n > 0, err
}
