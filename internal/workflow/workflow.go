// Package workflow holds the acts that change what a desk says: wording a
// claim, declining to rate it, publishing, correcting and withdrawing a check
// with two keys, and the daily tick that moves receipts and keeps the
// retention promises. Each act is one transaction.
package workflow

import (
	"context"
	"fmt"
	"strings"

	"sangto/internal/desk"
	"sangto/internal/store"
	"sangto/redact"
)

// Workflow performs editorial acts. It is safe for concurrent use.
type Workflow struct{ db *store.DB }

// New returns a Workflow over db.
func New(db *store.DB) *Workflow { return &Workflow{db: db} }

// Draft is what two members agreed to publish.
type Draft struct {
	DeskID string
	Lang   string
	// ClaimID is the open claim this check answers, if it answers one.
	ClaimID string
	// Version carries the wording and the evidence. CheckID, Number, Act and
	// Published are set by the act.
	Version desk.Version
	// Approvals name desk.Revision(Version).
	Approvals []desk.Approval
}

// Publish makes version 1 of a new check and answers its claim. It returns
// the check's id.
func (w *Workflow) Publish(ctx context.Context, d Draft) (string, error) {
	const op = "publish"
	if err := clean(op, "error.version.identifiers", d.Version.Claim, d.Version.Title, d.Version.Summary); err != nil {
		return "", err
	}
	var id string
	err := w.db.Update(ctx, func(tx *store.Tx) error {
		var err error
		if id, err = tx.NewID(); err != nil {
			return err
		}
		if err := tx.AddCheck(desk.Check{ID: id, DeskID: d.DeskID, Lang: d.Lang, ClaimID: d.ClaimID}); err != nil {
			return err
		}
		if err := add(tx, id, 1, desk.Publish, d); err != nil {
			return err
		}
		return answer(tx, d.ClaimID, id)
	})
	return id, err
}

// answer moves the claim to answered; receipts see it at the next daily tick.
func answer(tx *store.Tx, claimID, checkID string) error {
	if claimID == "" {
		return nil
	}
	c, err := tx.Claim(claimID)
	if err != nil {
		return err
	}
	c.State, c.CheckID, c.Closed = desk.Answered, checkID, tx.Day()
	return tx.MoveClaim(c)
}

// Correct adds the next version of a check, with a reason and a public note.
func (w *Workflow) Correct(ctx context.Context, checkID string, d Draft) error {
	return w.revise(ctx, checkID, desk.Correct, d)
}

// Withdraw adds a version that says the desk no longer stands by the check.
// The check keeps its address and shows the reason.
func (w *Workflow) Withdraw(ctx context.Context, checkID string, d Draft) error {
	return w.revise(ctx, checkID, desk.Withdraw, d)
}

func (w *Workflow) revise(ctx context.Context, checkID string, act desk.Act, d Draft) error {
	op := string(act)
	if strings.TrimSpace(d.Version.Reason) == "" || strings.TrimSpace(d.Version.Note) == "" {
		return &desk.Error{Kind: desk.Invalid, Op: op, Key: "error.version.reason"}
	}
	if err := clean(op, "error.version.identifiers", d.Version.Claim, d.Version.Title, d.Version.Summary, d.Version.Note); err != nil {
		return err
	}
	return w.db.Update(ctx, func(tx *store.Tx) error {
		c, err := tx.Check(checkID)
		if err != nil {
			return err
		}
		if c.DeskID != d.DeskID || c.Imported() {
			return &desk.Error{Kind: desk.Forbidden, Op: op, Key: "error.version.not_ours"}
		}
		latest, err := tx.Latest(checkID)
		if err != nil {
			return err
		}
		if latest.Act == desk.Withdraw {
			return &desk.Error{Kind: desk.Conflict, Op: op, Key: "error.version.withdrawn"}
		}
		return add(tx, checkID, latest.Number+1, act, d)
	})
}

// add checks the rules and writes one version with its approvals.
func add(tx *store.Tx, checkID string, number int, act desk.Act, d Draft) error {
	own, err := tx.Desk(d.DeskID)
	if err != nil {
		return err
	}
	if !own.Local {
		return &desk.Error{Kind: desk.Forbidden, Op: string(act), Key: "error.version.not_ours"}
	}
	if err := desk.CheckVersion(own, d.Version); err != nil {
		return err
	}
	revision := desk.Revision(d.Version)
	if err := desk.CheckApprovals(d.Version, revision, d.Approvals); err != nil {
		return err
	}
	if err := members(tx, d); err != nil {
		return err
	}
	v := d.Version
	v.CheckID, v.Number, v.Act, v.Published = checkID, number, act, tx.Day()
	return tx.AddVersion(v, revision, d.Approvals)
}

// members makes sure that every key belongs to a member of this desk who is
// still one.
func members(tx *store.Tx, d Draft) error {
	for _, a := range d.Approvals {
		m, err := tx.Member(a.MemberID)
		if err != nil {
			return err
		}
		if m.DeskID != d.DeskID || m.Ended || m.KeyID != a.KeyID {
			return &desk.Error{Kind: desk.Forbidden, Op: "approve", Key: "error.approval.member"}
		}
	}
	return nil
}

// clean refuses wording that holds a personal identifier.
func clean(op, key string, wordings ...string) error {
	for _, s := range wordings {
		if res := redact.Redact(s); len(res.Found) > 0 {
			return &desk.Error{Kind: desk.Invalid, Op: op, Key: key, Args: map[string]any{"Kind": string(res.Found[0].Kind)}}
		}
	}
	return nil
}

const settingTick = "tick.day"

// Ticked says what a daily tick did.
type Ticked struct {
	Ran                            bool
	Texts, Closed, Receipts, Shown int
	// Binned claims lost their words with the bin, Reads entries of the read log
	// were cut off.
	Binned, Reads int
	// Contests counts those of whose senders nothing is left now.
	Contests int
	// Copies of sources that nothing published cites were deleted.
	Copies int
}

// Tick does the day's work once: question text past its days is gone, the bin
// is emptied, the read log is cut, claims that waited too long are closed, old receipts stop opening anything, and
// receipts come to show what the desk has done. Calling it again on the same
// day does nothing; a day that was missed is made up for by the next.
func (w *Workflow) Tick(ctx context.Context) (Ticked, error) {
	var t Ticked
	err := w.db.Update(ctx, func(tx *store.Tx) error {
		t = Ticked{}
		today := tx.Day()
		done, err := tx.Setting(settingTick)
		if err != nil || done == today.String() {
			return err
		}
		t.Ran = true
		var undo int
		for _, step := range []struct {
			n  *int
			do func(desk.Day) (int, error)
			// before is exclusive: rows of earlier days are meant.
			before desk.Day
		}{
			{&t.Texts, tx.ClearTextsBefore, today - desk.TextDays + 1},
			{&t.Closed, tx.CloseClaimsBefore, today - desk.OpenDays + 1},
			{&t.Receipts, tx.DeleteQuestionsBefore, today - desk.ReceiptDays + 1},
			{&t.Binned, tx.EmptyBin, today - desk.BinDays + 1},
			{&t.Reads, tx.CutReadsBefore, today - desk.ReadLogDays + 1},
			{&t.Copies, tx.DeleteCopiesBefore, today - desk.CopyDays + 1},
			{&undo, tx.DeleteBulkActsBefore, today - desk.UndoDays},
		} {
			if *step.n, err = step.do(step.before); err != nil {
				return err
			}
		}
		wordless, err := tx.CloseWordless()
		if err != nil {
			return err
		}
		t.Closed += wordless
		if t.Shown, err = tx.ShowClaims(today); err != nil {
			return err
		}
		if t.Contests, err = tx.ForgetContests(today - desk.ContestDays + 1); err != nil {
			return err
		}
		return tx.SetSetting(settingTick, today.String())
	})
	if err != nil {
		return Ticked{}, fmt.Errorf("daily tick: %w", err)
	}
	if t.Ran {
		w.db.ScrubSoon(ctx)
	}
	return t, nil
}
