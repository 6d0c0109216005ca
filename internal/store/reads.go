package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"sangto/internal/desk"
)

// read is one entry of the read log.
type read struct {
	seq               int64
	day               desk.Day
	memberID, claimID string
	prev, hash        []byte
}

const readColumns = `seq, day, member_id, claim_id, prev, hash`

func readFields(r *read) []any {
	return []any{&r.seq, &r.day, &r.memberID, &r.claimID, &r.prev, &r.hash}
}

// sum is what hash must be: SHA-256 over a label, the hash before, and the
// row's fields with their lengths.
func (r read) sum() []byte {
	h := sha256.New()
	h.Write([]byte("sangto read v1\n"))
	h.Write(r.prev)
	var b []byte
	b = binary.BigEndian.AppendUint64(b, uint64(r.seq))
	b = binary.BigEndian.AppendUint32(b, uint32(r.day))
	for _, s := range []string{r.memberID, r.claimID} {
		b = binary.BigEndian.AppendUint32(b, uint32(len(s)))
		b = append(b, s...)
	}
	h.Write(b)
	return h.Sum(nil)
}

// readEnd returns what the next entry hangs on.
func (tx *Tx) readEnd() (seq int64, day desk.Day, hash []byte, err error) {
	const op = "find end of read log"
	err = tx.row(op, `SELECT seq, day, hash FROM reads ORDER BY seq DESC LIMIT 1`, nil, &seq, &day, &hash)
	if desk.KindOf(err) == desk.NotFound && err != nil {
		err = tx.row(op, `SELECT cut_seq, cut_hash FROM read_chain WHERE id = 1`, nil, &seq, &hash)
	}
	return seq, day, hash, err
}

// AddRead writes down that a member is shown the words under a claim. With the
// first reading of a day beyond desk.ReadsADay it raises an alert for the
// admins. A clock that was set back does not stop the log: its days never
// fall.
func (tx *Tx) AddRead(memberID, claimID string) error {
	const op = "write read log"
	seq, day, hash, err := tx.readEnd()
	if err != nil {
		return err
	}
	r := read{seq: seq + 1, day: max(tx.Day(), day), memberID: memberID, claimID: claimID, prev: hash}
	_, err = tx.exec(op, `INSERT INTO reads (`+readColumns+`) VALUES (?, ?, ?, ?, ?, ?)`, r.seq, r.day, r.memberID, r.claimID, r.prev, r.sum())
	if err != nil {
		return err
	}
	n, err := tx.ReadsOf(memberID, r.day)
	if err != nil || n <= desk.ReadsADay {
		return err
	}
	_, err = tx.exec(op, `INSERT INTO alerts (day, member_id, settled) VALUES (?, ?, 0) ON CONFLICT (day, member_id) DO NOTHING`, r.day, memberID)
	return err
}

// ReadsOf counts a member's readings of a day, to one more than desk.ReadsADay
// and no further: all it is for is to know whether that was passed.
func (tx *Tx) ReadsOf(memberID string, day desk.Day) (int, error) {
	var n int
	err := tx.row("count readings", `SELECT count(*) FROM (SELECT 1 FROM reads WHERE member_id = ? AND day = ? LIMIT ?) AS few`,
		[]any{memberID, day, desk.ReadsADay + 1}, &n)
	return n, err
}

// VerifyReads walks the read log and reports the first entry that is missing,
// altered or out of its place, as a desk.Conflict.
func (tx *Tx) VerifyReads() error {
	const op = "verify read log"
	var seq int64
	var hash []byte
	if err := tx.row(op, `SELECT cut_seq, cut_hash FROM read_chain WHERE id = 1`, nil, &seq, &hash); err != nil {
		return err
	}
	return tx.each(op, `SELECT `+readColumns+` FROM reads ORDER BY seq`, nil, func(scan func(...any) error) error {
		var r read
		if err := scan(readFields(&r)...); err != nil {
			return err
		}
		if r.seq != seq+1 || !bytes.Equal(r.prev, hash) || !bytes.Equal(r.hash, r.sum()) {
			return &desk.Error{Kind: desk.Conflict, Op: op, Key: "error.reads.broken", Err: fmt.Errorf("at entry %d", seq+1)}
		}
		seq, hash = r.seq, bytes.Clone(r.hash)
		return nil
	})
}

// CutReadsBefore forgets the readings of days before day, and the alerts about
// them. What is left can still be verified: the place of the cut is kept.
func (tx *Tx) CutReadsBefore(day desk.Day) (int, error) {
	const op = "cut read log"
	if _, err := tx.exec(op, `DELETE FROM alerts WHERE day < ?`, day); err != nil {
		return 0, err
	}
	n, err := tx.exec(op, `UPDATE read_chain SET (cut_seq, cut_hash) = (SELECT seq, hash FROM reads WHERE day < ? ORDER BY seq DESC LIMIT 1)
		WHERE EXISTS (SELECT 1 FROM reads WHERE day < ?)`, day, day)
	if err != nil || n == 0 {
		return 0, err
	}
	return tx.exec(op, `DELETE FROM reads WHERE seq <= (SELECT cut_seq FROM read_chain WHERE id = 1)`)
}

// Alert says that a member opened more than desk.ReadsADay private questions
// on a day. It does not say how many.
type Alert struct {
	Day      desk.Day
	MemberID string
	Name     string
	Settled  bool
}

// Alerts returns the alerts about members of a desk, latest first.
func (tx *Tx) Alerts(deskID string) ([]Alert, error) {
	return all(tx, "list alerts", `SELECT a.day, a.member_id, m.name, a.settled FROM alerts a JOIN members m ON m.id = a.member_id
		WHERE m.desk_id = ? ORDER BY a.day DESC, a.member_id`, []any{deskID},
		func(a *Alert) []any { return []any{&a.Day, &a.MemberID, &a.Name, &a.Settled} })
}

// SettleAlert marks an alert as looked into.
func (tx *Tx) SettleAlert(day desk.Day, memberID string) error {
	const op = "settle alert"
	n, err := tx.exec(op, `UPDATE alerts SET settled = 1 WHERE day = ? AND member_id = ?`, day, memberID)
	return unlessNone(op, n, err)
}
