package workflow

import (
	"context"
	"slices"

	"sangto/internal/desk"
	"sangto/internal/source"
	"sangto/internal/store"
)

// DraftItem is a draft in a list.
type DraftItem struct {
	desk.Draft
	// Author and Editor are names of members.
	Author, Editor string
	// Own says that the actor wrote it or changed it last, so that somebody else
	// reviews it.
	Own bool
}

// DraftLists are the drafts of a desk that are under way, longest untouched
// first.
type DraftLists struct{ Writing, Review []DraftItem }

// draftsMax bounds a list of drafts.
const draftsMax = 200

// Drafts lists the drafts of the actor's desk. What a reviewer is to classify
// blind is not in it.
func (w *Workflow) Drafts(ctx context.Context, actor desk.Member) (DraftLists, error) {
	var out DraftLists
	err := w.db.View(ctx, func(tx *store.Tx) error {
		m, err := serving(tx, actor)
		if err != nil {
			return err
		}
		names, err := memberNames(tx, m.DeskID)
		if err != nil {
			return err
		}
		for state, list := range map[desk.DraftState]*[]DraftItem{desk.Writing: &out.Writing, desk.InReview: &out.Review} {
			drafts, err := tx.Drafts(m.DeskID, state, draftsMax)
			if err != nil {
				return err
			}
			for _, d := range drafts {
				item := DraftItem{Draft: d, Author: names[d.Content.Author], Editor: names[d.Content.Editor()], Own: own(d, m)}
				item.Content = headOf(d.Content)
				*list = append(*list, item)
			}
		}
		return nil
	})
	return out, err
}

// ReviewWaits reports whether a draft waits for the actor's review, and whether
// one of his was returned.
func (w *Workflow) ReviewWaits(ctx context.Context, actor desk.Member) (review, returned bool, err error) {
	lists, err := w.Drafts(ctx, actor)
	if err != nil {
		return false, false, err
	}
	may := desk.Allowed(actor.Role, desk.ApproveDraft, desk.DraftReview)
	for _, d := range lists.Review {
		review = review || may && !d.Own
	}
	for _, d := range lists.Writing {
		returned = returned || d.Own && d.Returned != ""
	}
	return review, returned, nil
}

func own(d desk.Draft, m desk.Member) bool {
	return d.Content.Author == m.ID || d.Content.Editor() == m.ID
}

func memberNames(tx *store.Tx, deskID string) (map[string]string, error) {
	members, err := tx.Members(deskID)
	out := make(map[string]string, len(members))
	for _, m := range members {
		out[m.ID] = m.Name
	}
	return out, err
}

// headOf is what everybody may see of a draft: what it is about, and not how
// its author judges it.
func headOf(v desk.Version) desk.Version {
	return desk.Version{
		CheckID: v.CheckID, Act: v.Act, Claim: v.Claim, Title: v.Title, Topic: v.Topic, Author: v.Author, LastEditor: v.LastEditor,
		Emergency: v.Emergency,
	}
}

// Room is a draft with all that stands around it on its page.
type Room struct {
	DraftItem
	Desk  desk.Desk
	Today desk.Day
	// Newest is the newest version of the check, nil for a new one. Overtaken
	// says that it is not the one the draft builds on.
	Newest    *desk.Version
	Overtaken bool
	// Siblings are the open drafts of the same claim in other languages.
	Siblings []DraftItem
	// Gates are the conditions as they stand, for the reviewer without his own
	// answers.
	Gates []desk.Gate
	// Same holds, for each source, the place (from 1) of an earlier source that
	// counts as one with it, 0 for none; Twice those that lead to the same page.
	Same, Twice []int
	// Suspected says that the wording may name somebody.
	Suspected bool
	// Networks says that a source stands on a network; OneSource that only one
	// independent source is given, so that the reviewer must say why it is enough.
	Networks, OneSource bool
	// Blind says that the actor has to classify first: the content holds nothing
	// but the claim.
	Blind bool
	// Given and Need are how many keys the round has and needs; Mine says that
	// the actor's is among them.
	Given, Need int
	Mine        bool
	// LastSeen is what the actor approved or returned last, nil if nothing.
	LastSeen *desk.Version
	// handedIn is the draft as its gates judge it.
	handedIn desk.Draft
}

// Room reads a draft of the actor's desk for its page. Whoever may review it
// and has not classified the claim sees only the claim.
func (w *Workflow) Room(ctx context.Context, actor desk.Member, id string) (Room, error) {
	var out Room
	err := w.db.View(ctx, func(tx *store.Tx) error {
		m, d, err := ownDraft(tx, actor, id)
		if err != nil {
			return err
		}
		if err := desk.Allow(m, desk.ReadDraft, d.State.Object()); err != nil {
			return err
		}
		names, err := memberNames(tx, m.DeskID)
		if err != nil {
			return err
		}
		out = Room{
			DraftItem: DraftItem{Draft: d, Author: names[d.Content.Author], Editor: names[d.Content.Editor()], Own: own(d, m)},
			Today:     tx.Day(), Need: d.Content.Act.Keys(), handedIn: d,
		}
		// What is being written is judged as it would be handed in: with the
		// copies that have been kept meanwhile.
		if d.State == desk.Writing {
			if err := w.withCopies(tx, &out.handedIn); err != nil {
				return err
			}
		}
		for _, step := range []func(*store.Tx, desk.Member, map[string]string) error{out.around, out.reviewed} {
			if err := step(tx, m, names); err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

// around reads what stands beside the draft.
func (r *Room) around(tx *store.Tx, _ desk.Member, names map[string]string) error {
	var err error
	if r.Desk, err = tx.Desk(r.DeskID); err != nil {
		return err
	}
	if r.Base > 0 {
		latest, err := tx.Latest(r.CheckID)
		if err != nil {
			return err
		}
		r.Newest, r.Overtaken = &latest, r.Open() && latest.Number != r.Base
	}
	if r.ClaimID != "" {
		drafts, err := tx.OpenDrafts(r.ClaimID, "")
		if err != nil {
			return err
		}
		for _, d := range drafts {
			if d.ID != r.ID {
				r.Siblings = append(r.Siblings, DraftItem{Draft: d, Author: names[d.Content.Author]})
			}
		}
	}
	v := r.handedIn.Content
	f, err := facts(tx, r.handedIn, desk.ReviewAnswers{})
	if err != nil {
		return err
	}
	r.Gates = desk.Checklist(v, f)
	r.Suspected, r.Networks = f.Named, f.Sources.Networks
	r.OneSource = v.Act.Judges() && v.Verdict != desk.NotRated && f.Sources.Independent == 1
	r.Same, r.Twice = make([]int, len(v.Evidence)), make([]int, len(v.Evidence))
	for _, group := range source.Groups(v.Evidence, v.AboutPower) {
		for _, at := range group[1:] {
			r.Same[at] = group[0] + 1
		}
	}
	for _, at := range source.Duplicates(v.Evidence) {
		r.Twice[at] = 1
	}
	return nil
}

// reviewed reads what the actor and the others have done in review, and hides
// what he is to judge unseen.
func (r *Room) reviewed(tx *store.Tx, m desk.Member, _ map[string]string) error {
	keys, err := tx.DraftKeys(r.ID, r.Round)
	if err != nil {
		return err
	}
	if r.State == desk.InReview {
		r.Given = len(keys)
		r.Mine = slices.ContainsFunc(keys, func(k store.DraftKey) bool { return k.MemberID == m.ID })
	}
	if r.Own || r.State != desk.InReview {
		return nil
	}
	choices, err := tx.BlindChoices(r.ID)
	if err != nil {
		return err
	}
	reviewer := desk.Allowed(m.Role, desk.ClassifyDraft, desk.DraftReview)
	if r.Content.Act.Judges() && reviewer && chosen(choices, m.ID, sentenceHash(r.Content.Claim)) == nil {
		r.Blind, r.Gates, r.Siblings = true, nil, nil
		r.Content = headOf(r.Content)
		r.Content.Title = ""
		return nil
	}
	for i := range r.Gates {
		if r.Gates[i].ID == "classified" {
			r.Gates[i].OK, r.Gates[i].Key = true, ""
		}
	}
	seen, err := tx.SeenRound(r.ID, m.ID, r.Round)
	if err != nil || seen == 0 {
		return err
	}
	rounds, err := tx.DraftRevisions(r.ID)
	for _, round := range rounds {
		if round.Round == seen && round.Content.Claim != "" {
			content := round.Content
			r.LastSeen = &content
		}
	}
	return err
}

// OwnCheck reads a published check of the actor's desk, its newest version, and
// the drafts that are open on it.
func (w *Workflow) OwnCheck(ctx context.Context, actor desk.Member, checkID string) (c desk.Check, v desk.Version, open []desk.Draft, err error) {
	err = w.db.View(ctx, func(tx *store.Tx) error {
		m, err := serving(tx, actor)
		if err != nil {
			return err
		}
		if err := ownCheck(tx, m, checkID); err != nil {
			return err
		}
		if c, err = tx.Check(checkID); err != nil {
			return err
		}
		if v, err = tx.Latest(checkID); err != nil {
			return err
		}
		all, err := tx.OpenDrafts("", checkID)
		for _, d := range all {
			d.Content = headOf(d.Content)
			open = append(open, d)
		}
		return err
	})
	return c, v, open, err
}

// ActsOn lists the acts that a member may begin on a check that stands so.
func ActsOn(m desk.Member, v desk.Version, today desk.Day) []desk.Act {
	var out []desk.Act
	for _, act := range desk.Acts() {
		if act != desk.Publish && desk.Allowed(m.Role, actionOf(act), v.State(today)) {
			out = append(out, act)
		}
	}
	return out
}
