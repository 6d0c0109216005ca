package workflow

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"sangto/internal/desk"
	"sangto/internal/store"
	"sangto/redact"
)

// Spam is the reason of a refusal that is no judgement on a kind: the claims
// go to the bin.
const Spam = "spam"

// WordingMax is the longest wording of a claim, in characters.
const WordingMax = 500

// Wording is a claim in the desk's own words.
type Wording struct {
	Lang, Text string
	// NamesSeen says that the member looked at what may be a person's name in
	// the text and says that it is none, or that of a public body.
	NamesSeen bool
}

// act runs change in one transaction on a claim that the actor may do action
// to in its present state. Who the actor is, is read anew: a member who was let
// go a moment ago does nothing any more. A claim of another desk is not found.
func (w *Workflow) act(ctx context.Context, actor desk.Member, action desk.Action, claimID string, change func(*store.Tx, desk.Claim) error) error {
	return w.db.Update(ctx, func(tx *store.Tx) error {
		c, err := allowed(tx, actor, action, claimID)
		if err != nil {
			return err
		}
		return change(tx, c)
	})
}

func allowed(tx *store.Tx, actor desk.Member, action desk.Action, claimID string) (desk.Claim, error) {
	m, err := tx.Member(actor.ID)
	if desk.KindOf(err) == desk.NotFound && err != nil {
		m, err = desk.Member{Ended: true}, nil
	}
	if err != nil {
		return desk.Claim{}, err
	}
	c, err := tx.Claim(claimID)
	if err != nil {
		return desk.Claim{}, err
	}
	if !m.Ended && c.DeskID != m.DeskID {
		return desk.Claim{}, &desk.Error{Kind: desk.NotFound, Op: string(action), Key: "error.missing"}
	}
	return c, desk.Allow(m, action, c.ObjectState())
}

// settled is act for what deletes askers' words: they leave the disk soon
// after.
func (w *Workflow) settled(ctx context.Context, actor desk.Member, action desk.Action, claimID string, change func(*store.Tx, desk.Claim) error) error {
	if err := w.act(ctx, actor, action, claimID, change); err != nil {
		return err
	}
	w.db.ScrubSoon(ctx)
	return nil
}

// Word gives a waiting claim its wording, in the desk's own words. In the same
// transaction the text of every question under it, and under what was joined to
// it, is gone. Personal identifiers are refused; so is what looks like a
// person's name, with error.claim.names and the names in Args, until the member
// has looked.
func (w *Workflow) Word(ctx context.Context, actor desk.Member, claimID string, as Wording) error {
	const op = "word a claim"
	text := strings.Join(strings.Fields(as.Text), " ")
	switch {
	case text == "":
		return &desk.Error{Kind: desk.Invalid, Op: op, Key: "error.claim.wording"}
	case utf8.RuneCountInString(text) > WordingMax:
		return &desk.Error{Kind: desk.Invalid, Op: op, Key: "error.claim.long", Args: map[string]any{"Max": WordingMax}}
	}
	if err := clean(op, "error.claim.identifiers", text); err != nil {
		return err
	}
	if names := nameHints(text); len(names) > 0 && !as.NamesSeen {
		return &desk.Error{Kind: desk.Invalid, Op: op, Key: "error.claim.names", Args: map[string]any{"Names": strings.Join(names, ", ")}}
	}
	return w.settled(ctx, actor, desk.WordClaim, claimID, func(tx *store.Tx, c desk.Claim) error {
		c.State, c.Wording, c.Lang = desk.Checking, text, as.Lang
		return tx.MoveClaim(c)
	})
}

// nameHints lists what may be a person's name.
func nameHints(text string) []string {
	var out []string
	for _, h := range redact.Hints(text) {
		if h.Kind == "name" {
			out = append(out, h.Text)
		}
	}
	return out
}

// Decline closes a claim that is not for a verdict: an opinion, a prediction,
// satire, a private matter. The text of its questions is gone in the same
// transaction.
func (w *Workflow) Decline(ctx context.Context, actor desk.Member, claimID string, as desk.NotRatedKind) error {
	if !as.Valid() {
		return &desk.Error{Kind: desk.Invalid, Op: "decline a claim", Key: "error.claim.kind"}
	}
	return w.settled(ctx, actor, desk.DeclineClaim, claimID, func(tx *store.Tx, c desk.Claim) error {
		return decline(tx, c, as)
	})
}

func decline(tx *store.Tx, c desk.Claim, as desk.NotRatedKind) error {
	c.State, c.ClosedAs, c.Closed = desk.Closed, as, tx.Day()
	return tx.MoveClaim(c)
}

// Reopen undoes a refusal. Words that were deleted with it do not come back: a
// claim that never had a wording waits desk.BinDays for one and closes then.
func (w *Workflow) Reopen(ctx context.Context, actor desk.Member, claimID string) error {
	return w.act(ctx, actor, desk.ReopenClaim, claimID, func(tx *store.Tx, _ desk.Claim) error { return tx.ReopenClaim(claimID) })
}

// Join makes a waiting claim part of another that is open: a member confirms
// that the two ask the same. While both wait it can be split off again.
func (w *Workflow) Join(ctx context.Context, actor desk.Member, claimID, headID string) error {
	return w.settled(ctx, actor, desk.JoinClaims, claimID, func(tx *store.Tx, c desk.Claim) error {
		head, err := tx.Claim(headID)
		if err != nil {
			return err
		}
		if head.JoinedTo != "" {
			headID = head.JoinedTo
		}
		return tx.JoinClaim(c.ID, headID)
	})
}

// Split makes a part a claim of its own again.
func (w *Workflow) Split(ctx context.Context, actor desk.Member, claimID string) error {
	return w.act(ctx, actor, desk.SplitClaim, claimID, func(tx *store.Tx, _ desk.Claim) error { return tx.SplitClaim(claimID) })
}

// KeepApart says that a claim is not what it was taken to resemble.
func (w *Workflow) KeepApart(ctx context.Context, actor desk.Member, claimID string) error {
	return w.act(ctx, actor, desk.SplitClaim, claimID, func(tx *store.Tx, _ desk.Claim) error { return tx.KeepApart(claimID) })
}

// Assign gives an open claim to a member of the desk, or to nobody for "". was
// is who had it on the page that was acted on.
func (w *Workflow) Assign(ctx context.Context, actor desk.Member, claimID, was, memberID string) error {
	return w.act(ctx, actor, desk.AssignClaim, claimID, func(tx *store.Tx, c desk.Claim) error {
		if memberID != "" {
			m, err := tx.Member(memberID)
			if err != nil {
				return err
			}
			if m.DeskID != c.DeskID || m.Ended {
				return &desk.Error{Kind: desk.Conflict, Op: "assign", Key: "error.claim.assignee"}
			}
		}
		return tx.Assign(claimID, was, memberID)
	})
}

// Note replaces the members' note was on a claim. It is redacted like
// everything else that is written by hand.
func (w *Workflow) Note(ctx context.Context, actor desk.Member, claimID, was, note string) error {
	note = strings.TrimSpace(redact.Redact(note).Text)
	if utf8.RuneCountInString(note) > desk.NoteMax {
		return &desk.Error{Kind: desk.Invalid, Op: "note", Key: "error.claim.note", Args: map[string]any{"Max": desk.NoteMax}}
	}
	return w.act(ctx, actor, desk.NoteClaim, claimID, func(tx *store.Tx, _ desk.Claim) error { return tx.SetNote(claimID, was, note) })
}

// Unbin takes a claim out of the bin as it was, words and all.
func (w *Workflow) Unbin(ctx context.Context, actor desk.Member, claimID string) error {
	return w.act(ctx, actor, desk.UnbinClaim, claimID, func(tx *store.Tx, _ desk.Claim) error { return tx.UnbinClaim(claimID) })
}

// Refused says what came of a refusal of several claims.
type Refused struct {
	// Act is the key with which it can be undone, "" if nothing was refused.
	Act string
	// Done were refused; Moved were not there any more, or not waiting: somebody
	// was faster.
	Done, Moved int
}

// Refuse closes several waiting claims for one reason: Spam puts them in the
// bin, a desk.NotRatedKind deletes their words at once. Those that moved on
// meanwhile are left alone. It can be undone for desk.UndoDays.
func (w *Workflow) Refuse(ctx context.Context, actor desk.Member, claimIDs []string, reason string) (Refused, error) {
	const op = "refuse claims"
	action := desk.DeclineClaim
	switch {
	case reason == Spam:
		action = desk.BinClaim
	case !desk.NotRatedKind(reason).Valid():
		return Refused{}, &desk.Error{Kind: desk.Invalid, Op: op, Key: "error.claim.reason"}
	}
	claimIDs = slices.Compact(slices.Sorted(slices.Values(claimIDs)))
	switch {
	case len(claimIDs) == 0:
		return Refused{}, &desk.Error{Kind: desk.Invalid, Op: op, Key: "error.claim.none"}
	case len(claimIDs) > desk.BulkMax:
		return Refused{}, &desk.Error{Kind: desk.Invalid, Op: op, Key: "error.claim.many", Args: map[string]any{"Max": desk.BulkMax}}
	}
	var out Refused
	err := w.db.Update(ctx, func(tx *store.Tx) error {
		out = Refused{}
		var done []string
		for _, id := range claimIDs {
			c, err := allowed(tx, actor, action, id)
			switch {
			case err == nil && c.State == desk.Waiting && c.JoinedTo == "":
			case err == nil, desk.KindOf(err) == desk.NotFound, desk.KindOf(err) == desk.Conflict:
				out.Moved++
				continue
			default:
				return err
			}
			if reason == Spam {
				err = tx.BinClaim(id)
			} else {
				err = decline(tx, c, desk.NotRatedKind(reason))
			}
			if err != nil {
				return err
			}
			done = append(done, id)
		}
		if out.Done = len(done); out.Done == 0 {
			return nil
		}
		var err error
		if out.Act, err = tx.NewID(); err != nil {
			return err
		}
		return tx.AddBulkAct(store.BulkAct{ID: out.Act, DeskID: actor.DeskID, Reason: reason, Day: tx.Day(), Claims: done})
	})
	if err != nil {
		return Refused{}, err
	}
	w.db.ScrubSoon(ctx)
	return out, nil
}

// Undo takes a refusal of several claims back, within desk.UndoDays. Claims
// that somebody took up meanwhile stay as they are.
func (w *Workflow) Undo(ctx context.Context, actor desk.Member, actID string) (Refused, error) {
	const op = "undo a refusal"
	var out Refused
	err := w.db.Update(ctx, func(tx *store.Tx) error {
		out = Refused{Act: actID}
		a, err := tx.BulkAct(actID)
		if err != nil {
			return err
		}
		m, err := tx.Member(actor.ID)
		switch {
		case err != nil:
			return err
		case m.DeskID != a.DeskID:
			return &desk.Error{Kind: desk.NotFound, Op: op, Key: "error.missing"}
		case a.Undone || tx.Day()-a.Day > desk.UndoDays:
			return &desk.Error{Kind: desk.Conflict, Op: op, Key: "error.claim.undone"}
		}
		action, take := desk.ReopenClaim, tx.ReopenClaim
		if a.Reason == Spam {
			action, take = desk.UnbinClaim, tx.UnbinClaim
		}
		for _, id := range a.Claims {
			_, err := allowed(tx, actor, action, id)
			if err == nil {
				err = take(id)
			}
			switch {
			case err == nil:
				out.Done++
			case desk.KindOf(err) == desk.Conflict:
				out.Moved++
			default:
				return err
			}
		}
		return tx.UndoBulkAct(actID)
	})
	if err != nil {
		return Refused{}, err
	}
	return out, nil
}

// Words are what an asker wrote under a claim, redacted.
type Words struct {
	ClaimID string
	Text    desk.Text
	Asked   desk.Day
}

// Read shows a member the words under claims, and writes each showing to the
// read log in the same transaction: what is not written is not shown. Claims
// without words, or that a member may not read, are left out.
func (w *Workflow) Read(ctx context.Context, actor desk.Member, claimIDs ...string) ([]Words, error) {
	var out []Words
	err := w.db.Update(ctx, func(tx *store.Tx) error {
		out = nil
		for _, id := range claimIDs {
			words, err := show(tx, actor, id)
			switch {
			case err == nil:
				out = append(out, words)
			case desk.KindOf(err) != desk.Conflict && desk.KindOf(err) != desk.NotFound:
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// show reads the words under one claim and writes down that it did.
func show(tx *store.Tx, actor desk.Member, claimID string) (Words, error) {
	if _, err := allowed(tx, actor, desk.ReadQuestion, claimID); err != nil {
		return Words{}, err
	}
	text, day, err := tx.TextOf(claimID)
	if err != nil {
		return Words{}, err
	}
	return Words{ClaimID: claimID, Text: text, Asked: day}, tx.AddRead(actor.ID, claimID)
}

// SettleAlert marks an alert of the read log as looked into. Only an admin may.
func (w *Workflow) SettleAlert(ctx context.Context, actor desk.Member, day desk.Day, memberID string) error {
	return w.db.Update(ctx, func(tx *store.Tx) error {
		m, err := tx.Member(actor.ID)
		if err != nil {
			return err
		}
		if err := desk.Allow(m, desk.ManageMembers, desk.DeskPublishing); err != nil {
			return err
		}
		about, err := tx.Member(memberID)
		if err != nil || about.DeskID != m.DeskID {
			return &desk.Error{Kind: desk.NotFound, Op: "settle an alert", Key: "error.missing", Err: err}
		}
		return tx.SettleAlert(day, memberID)
	})
}
