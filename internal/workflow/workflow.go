// Package workflow holds the acts that change what a desk says: wording a
// claim, declining to rate it, publishing, correcting and withdrawing a check
// with two keys, and the daily tick that moves receipts and keeps the
// retention promises. Each act is one transaction.
package workflow

import (
	"context"
	"fmt"

	"sangto/internal/desk"
	"sangto/internal/record"
	"sangto/internal/store"
	"sangto/redact"
)

// Workflow performs editorial acts. It is safe for concurrent use.
type Workflow struct{ db *store.DB }

// New returns a Workflow over db.
func New(db *store.DB) *Workflow { return &Workflow{db: db} }

// clean refuses wording that holds a personal identifier.
func clean(op, key string, wordings ...string) error {
	for _, s := range wordings {
		if res := redact.Redact(s); len(res.Found) > 0 {
			return &desk.Error{Kind: desk.Invalid, Op: op, Key: key, Args: map[string]any{"Kind": string(res.Found[0].Kind)}}
		}
	}
	return nil
}

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

// LastTick is the day of the last tick, zero before the first.
func (w *Workflow) LastTick(ctx context.Context) (last desk.Day, err error) {
	err = w.db.View(ctx, func(tx *store.Tx) (err error) {
		last, err = tx.LastTick()
		return err
	})
	return last, err
}

// Tick does the day's work once: question text past its days is gone, the bin
// is emptied, the read log is cut, claims that waited too long are closed, old receipts stop opening anything, and
// receipts come to show what the desk has done. Calling it again on the same
// day, or on an earlier one, does nothing; a day that was missed is made up for by the next.
func (w *Workflow) Tick(ctx context.Context) (Ticked, error) {
	var t Ticked
	err := w.db.Update(ctx, func(tx *store.Tx) error {
		t = Ticked{}
		today := tx.Day()
		last, err := tx.LastTick()
		if err != nil || last >= today {
			return err
		}
		t.Ran = true
		var undo, proposals int
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
			{&proposals, tx.DeleteNoticeProposalsBefore, today - desk.NoticeProposalDays},
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
		if err := lapse(tx, last, today); err != nil {
			return err
		}
		if err := record.Daily(tx); err != nil {
			return err
		}
		if t.Contests, err = tx.ForgetContests(today - desk.ContestDays + 1); err != nil {
			return err
		}
		return tx.SetSetting(store.SettingTick, today.String())
	})
	if err != nil {
		return Ticked{}, fmt.Errorf("daily tick: %w", err)
	}
	if t.Ran {
		w.db.ScrubSoon(ctx)
	}
	return t, nil
}

// lapse lets followers read again the checks whose order holds no longer since
// the last tick.
func lapse(tx *store.Tx, last, today desk.Day) error {
	from := today
	if last != 0 {
		from = last + 1
	}
	ids, err := tx.LapsedOrders(from, today)
	if err != nil {
		return err
	}
	ahead, err := tx.LapsedAhead(from, today)
	if err != nil {
		return err
	}
	for _, id := range append(ids, ahead...) {
		if err := tx.TellAgain(id); err != nil {
			return err
		}
	}
	return nil
}
