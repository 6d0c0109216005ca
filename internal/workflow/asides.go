package workflow

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"sangto/internal/desk"
	"sangto/internal/record"
	"sangto/internal/store"
)

// Beside is a check of the desk with the other desks' checks beside it.
type Beside struct {
	Check store.Entry
	// Asides are the newest acts, and Others the checks they are about.
	Asides    []desk.Aside
	Others    map[string]store.Entry
	Proposals []desk.Proposal
	Replies   []desk.Reply
}

// Shown reports whether another desk's check stands beside this one.
func (b Beside) Shown(otherID string) bool {
	for _, a := range b.Asides {
		if a.OtherID == otherID {
			return a.Shown
		}
	}
	return false
}

// Beside reads one check of the actor's desk with what stands beside it.
func (w *Workflow) Beside(ctx context.Context, actor desk.Member, checkID string) (Beside, error) {
	var out Beside
	err := w.db.View(ctx, func(tx *store.Tx) error {
		m, err := serving(tx, actor)
		if err != nil {
			return err
		}
		if err := ownCheck(tx, m, checkID); err != nil {
			return err
		}
		entries, err := tx.Entries([]string{checkID})
		if err != nil {
			return err
		}
		out.Check = entries[checkID]
		if out.Asides, err = tx.Asides(checkID); err != nil {
			return err
		}
		var others []string
		for _, a := range out.Asides {
			others = append(others, a.OtherID)
		}
		if out.Others, err = tx.Entries(others); err != nil {
			return err
		}
		if out.Proposals, err = tx.Proposals(m.DeskID); err != nil {
			return err
		}
		out.Replies, err = tx.Replies(checkID)
		return err
	})
	return out, err
}

// OwnChecks returns a page of the published checks of the actor's desk, newest
// first, and how many there are.
func (w *Workflow) OwnChecks(ctx context.Context, actor desk.Member, offset, limit int) ([]store.Entry, int, error) {
	var out []store.Entry
	var total int
	err := w.db.View(ctx, func(tx *store.Tx) error {
		m, err := serving(tx, actor)
		if err != nil {
			return err
		}
		own := store.ListFilter{DeskID: m.DeskID, LocalOnly: true}
		if total, err = tx.CountChecks(own); err != nil {
			return err
		}
		out, err = tx.List(own, offset, limit)
		return err
	})
	return out, total, err
}

func ownCheck(tx *store.Tx, m desk.Member, checkID string) error {
	c, err := tx.Check(checkID)
	if err == nil && c.DeskID != m.DeskID {
		err = &desk.Error{Kind: desk.NotFound, Op: "read check", Key: "error.not_found"}
	}
	return err
}

// ShowBeside puts another desk's check beside ours, by one key: the member
// has read both and finds that they judge the same claim.
func (w *Workflow) ShowBeside(ctx context.Context, actor desk.Member, checkID, otherID string) error {
	return w.db.Update(ctx, func(tx *store.Tx) error {
		m, err := serving(tx, actor)
		if err != nil {
			return err
		}
		if err := ownCheck(tx, m, checkID); err != nil {
			return err
		}
		if err := desk.Allow(m, desk.CorrectCheck, desk.CheckStanding); err != nil {
			return err
		}
		other, err := tx.Check(otherID)
		if err != nil {
			return err
		}
		if !other.Imported() {
			return &desk.Error{Kind: desk.Invalid, Op: "show beside", Key: "error.aside.ours"}
		}
		number, shown, err := aside(tx, checkID, otherID)
		if err != nil {
			return err
		}
		if shown {
			return &desk.Error{Kind: desk.Conflict, Op: "show beside", Key: "error.stale"}
		}
		return putAside(tx, desk.Aside{
			CheckID: checkID, OtherID: otherID, Number: number + 1, Shown: true, Day: tx.Day(), MemberID: m.ID, KeyID: m.KeyID,
		})
	})
}

// putAside keeps an act on a pair and records it.
func putAside(tx *store.Tx, a desk.Aside) error {
	if err := tx.PutAside(a); err != nil {
		return err
	}
	return record.Aside(tx, a)
}

// aside finds the newest act on a pair.
func aside(tx *store.Tx, checkID, otherID string) (number int, shown bool, err error) {
	all, err := tx.Asides(checkID)
	for _, a := range all {
		if a.OtherID == otherID {
			return a.Number, a.Shown, err
		}
	}
	return 0, false, err
}

// takeAway is what two members agree on when another desk's check goes.
type takeAway struct {
	Check  string `json:"check"`
	Other  string `json:"other"`
	Reason string `json:"reason"`
}

// asideReasonMax is the longest reason, in characters.
const asideReasonMax = 1000

// ProposeTakeAway is the first of two keys to take another desk's check from
// beside ours. The reason is public.
func (w *Workflow) ProposeTakeAway(ctx context.Context, actor desk.Member, checkID, otherID, reason string) error {
	const op = "take away"
	reason = tidy(reason)
	if reason == "" || len([]rune(reason)) > asideReasonMax {
		return &desk.Error{Kind: desk.Invalid, Op: op, Key: "error.aside.reason", Args: map[string]any{"Max": asideReasonMax}}
	}
	if err := clean(op, "error.contest.identifiers", reason); err != nil {
		return err
	}
	return w.db.Update(ctx, func(tx *store.Tx) error {
		m, err := serving(tx, actor)
		if err != nil {
			return err
		}
		if err := ownCheck(tx, m, checkID); err != nil {
			return err
		}
		if err := desk.Allow(m, desk.CorrectCheck, desk.CheckStanding); err != nil {
			return err
		}
		_, shown, err := aside(tx, checkID, otherID)
		if err != nil {
			return err
		}
		if !shown {
			return &desk.Error{Kind: desk.Conflict, Op: op, Key: "error.stale"}
		}
		content, err := json.Marshal(takeAway{checkID, otherID, reason})
		if err != nil {
			return err
		}
		return propose(tx, m, desk.ProposeAside, checkID+" "+otherID, content)
	})
}

// ProposedReason is why a proposal would take another desk's check away.
func ProposedReason(p desk.Proposal) (string, error) {
	var c takeAway
	if err := json.Unmarshal([]byte(p.Content), &c); err != nil {
		return "", fmt.Errorf("read a proposal to take away: %w", err)
	}
	return c.Reason, nil
}

// AgreeTakeAway is the second key.
func (w *Workflow) AgreeTakeAway(ctx context.Context, actor desk.Member, checkID, otherID, sha256 string) error {
	return w.db.Update(ctx, func(tx *store.Tx) error {
		p, keys, err := second(tx, actor, desk.ProposeAside, checkID+" "+otherID, sha256)
		if err != nil {
			return err
		}
		reason, err := ProposedReason(p)
		if err != nil {
			return err
		}
		number, shown, err := aside(tx, checkID, otherID)
		if err != nil {
			return err
		}
		if !shown || strings.TrimSpace(reason) == "" {
			return &desk.Error{Kind: desk.Conflict, Op: "take away", Key: "error.stale"}
		}
		return putAside(tx, desk.Aside{
			CheckID: checkID, OtherID: otherID, Number: number + 1, Day: tx.Day(), MemberID: keys.ProposedBy, KeyID: keys.ProposedKey,
			SecondBy: keys.AgreedBy, SecondKey: keys.AgreedKey, Reason: reason,
		})
	})
}
