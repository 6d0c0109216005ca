package intake

import (
	"context"
	"unicode/utf8"

	"sangto/internal/desk"
	"sangto/internal/store"
)

// Contest keeps what somebody says of a check, against it or in reply. It goes
// the way a question goes: identifiers are taken out before anything is
// written, the same form sent again finds the first, and it returns only after
// the contest is durable. It goes to the desk that published the check.
func (in *Intake) Contest(ctx context.Context, nonce [16]byte, receipt desk.Receipt, checkID string, kind desk.ContestKind, raw desk.Raw) (Asked, error) {
	const op = "contest"
	if !kind.Valid() {
		return Asked{}, &desk.Error{Kind: desk.Invalid, Op: op, Key: "error.contest.kind"}
	}
	r, err := read(op, raw)
	if err != nil {
		return Asked{}, err
	}
	if err := in.closed(op); err != nil {
		return Asked{}, err
	}
	if n := utf8.RuneCountInString(r.text.String()); n > desk.ContestMax {
		return Asked{}, &desk.Error{
			Kind: desk.Invalid, Op: op, Key: "error.contest.long", Args: map[string]any{"Count": n, "Max": desk.ContestMax},
		}
	}
	c := desk.Contest{
		CheckID: checkID, Kind: kind, State: desk.ContestWaiting, ReceiptMAC: in.contestMAC(receipt),
		TextMAC: in.textMAC(nonce, r.text), Text: r.text,
	}
	asked := Asked{Text: r.text, Redactions: r.found}
	if err := in.lock(ctx); err != nil {
		return Asked{}, err
	}
	defer in.unlock()
	err = in.db.Update(ctx, func(tx *store.Tx) error {
		asked.Repeated, asked.Different = false, false
		switch first, err := tx.ContestByMAC(c.ReceiptMAC); {
		case err == nil:
			asked.Repeated, asked.Different = true, string(first.TextMAC) != string(c.TextMAC)
			return nil
		case desk.KindOf(err) != desk.NotFound:
			return err
		}
		return in.addContest(tx, c)
	})
	return asked, err
}

func (in *Intake) addContest(tx *store.Tx, c desk.Contest) error {
	check, err := tx.Check(c.CheckID)
	if err != nil {
		return err
	}
	if check.Imported() {
		return &desk.Error{Kind: desk.Forbidden, Op: "contest", Key: "error.contest.elsewhere"}
	}
	latest, err := tx.Latest(c.CheckID)
	if err != nil {
		return err
	}
	c.DeskID, c.Number, c.Day = check.DeskID, latest.Number, tx.Day()
	c.Due = desk.WorkingDays(c.Day, desk.AnswerDays)
	if c.ID, err = tx.NewID(); err != nil {
		return err
	}
	return tx.AddContest(c)
}

// TrackedContest is what a receipt opens that belongs to a contest. Like a
// question's it follows the desk's work a day late at most, so that nobody can
// time the desk by it.
type TrackedContest struct {
	Kind  desk.ContestKind
	State desk.ContestState
	// Due is the day by which the desk owes an answer.
	Due                         desk.Day
	Answer, AnswerLang, Outside string
	// Check is the check as it stands today.
	Check store.Entry
}

// trackContest reads the contest of a receipt.
func (in *Intake) trackContest(tx *store.Tx, receipt desk.Receipt) (*TrackedContest, error) {
	c, err := tx.ContestByMAC(in.contestMAC(receipt))
	if err != nil {
		return nil, err
	}
	t := &TrackedContest{Kind: c.Kind, State: desk.ContestWaiting, Due: c.Due}
	if c.State != desk.ContestWaiting && c.Decided < tx.Day() {
		t.State, t.Answer, t.AnswerLang, t.Outside = c.State, c.Answer, c.AnswerLang, c.Outside
	}
	found, err := tx.Entries([]string{c.CheckID})
	t.Check = found[c.CheckID]
	return t, err
}

// contestMAC is under a label of its own: a receipt of a question opens no
// contest.
func (in *Intake) contestMAC(r desk.Receipt) []byte {
	s := r.Secret()
	m := in.ring.ReceiptMAC([]byte("contest-v1"), s[:])
	return m[:]
}

// ContestNotice keeps what somebody says of a service notice. It goes the way of
// Contest, but nothing of the sender's is kept to recognise a form by: the same
// words are kept once, and the answer stands on the notice's page.
func (in *Intake) ContestNotice(ctx context.Context, noticeID string, raw desk.Raw) (desk.Text, error) {
	const op = "contest a notice"
	r, err := read(op, raw)
	if err != nil {
		return desk.Text{}, err
	}
	if n := utf8.RuneCountInString(r.text.String()); n > desk.ContestMax {
		return desk.Text{}, &desk.Error{
			Kind: desk.Invalid, Op: op, Key: "error.contest.long", Args: map[string]any{"Count": n, "Max": desk.ContestMax},
		}
	}
	if err := in.lock(ctx); err != nil {
		return desk.Text{}, err
	}
	defer in.unlock()
	return r.text, in.db.Update(ctx, func(tx *store.Tx) error {
		versions, err := tx.NoticeVersions(noticeID)
		if err != nil {
			return err
		}
		if len(versions) == 0 {
			return &desk.Error{Kind: desk.NotFound, Op: op, Key: "error.not_found"}
		}
		newest := versions[len(versions)-1]
		c := desk.Contest{
			NoticeID: noticeID, DeskID: newest.DeskID, Number: newest.Number, Kind: desk.ContestCheck, State: desk.ContestWaiting,
			Day: tx.Day(), Due: desk.WorkingDays(tx.Day(), desk.AnswerDays), Text: r.text,
		}
		if c.ID, err = tx.NewID(); err != nil {
			return err
		}
		return tx.AddNoticeContest(c)
	})
}
