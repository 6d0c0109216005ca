package workflow

import (
	"context"
	"encoding/json"
	"fmt"

	"sangto/internal/desk"
	"sangto/internal/store"
	"sangto/redact"
)

// contestsShown is how many waiting contests a member sees at once.
const contestsShown = 100

// ContestItem is a contest that waits, with the check or the notice it is
// about.
type ContestItem struct {
	Contest desk.Contest
	Check   store.Entry
	// Notice is set in place of Check where a notice is contested.
	Notice *desk.Notice
	// Decider says how the member who asked may decide it.
	Decider desk.Decider
	// Proposal is set when a decision waits for its second key.
	Proposal *desk.Proposal
	// Hints are what in the words may still say who somebody is.
	Hints []string
}

// Contests is the desk's list of what readers contest and reply.
type Contests struct {
	Items []ContestItem
	// Waiting and Late count all that wait, shown or not.
	Waiting, Late int
	Today         desk.Day
}

// Contests returns what waits for an answer of the actor's desk, late ones
// first.
func (w *Workflow) Contests(ctx context.Context, actor desk.Member) (Contests, error) {
	var out Contests
	err := w.db.View(ctx, func(tx *store.Tx) error {
		m, err := serving(tx, actor)
		if err != nil {
			return err
		}
		out.Today = tx.Day()
		if out.Waiting, out.Late, err = tx.CountContests(m.DeskID, out.Today); err != nil {
			return err
		}
		waiting, err := tx.WaitingContests(m.DeskID, contestsShown)
		if err != nil {
			return err
		}
		// What is said of a notice is worth an answer while the notice is news. A
		// crowd that writes against one does not hide what waits of checks.
		ofNotices, err := tx.WaitingNoticeContests(m.DeskID, contestsShown/4)
		if err != nil {
			return err
		}
		waiting = append(ofNotices, waiting...)
		waiting = waiting[:min(len(waiting), contestsShown)]
		out.Items, err = contestItems(tx, m, waiting)
		return err
	})
	return out, err
}

func contestItems(tx *store.Tx, m desk.Member, contests []desk.Contest) ([]ContestItem, error) {
	members, err := tx.Members(m.DeskID)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, c := range contests {
		if c.NoticeID == "" {
			ids = append(ids, c.CheckID)
		}
	}
	entries, err := tx.Entries(ids)
	if err != nil {
		return nil, err
	}
	deciders := map[string]desk.Decider{}
	out := make([]ContestItem, 0, len(contests))
	for _, c := range contests {
		about := c.CheckID + c.NoticeID
		if _, ok := deciders[about]; !ok {
			involved, err := tx.InvolvedIn(c)
			if err != nil {
				return nil, err
			}
			deciders[about] = desk.DecidedBy(m, members, involved)
		}
		item := ContestItem{Contest: c, Check: entries[c.CheckID], Decider: deciders[about]}
		if c.NoticeID != "" {
			versions, err := tx.NoticeVersions(c.NoticeID)
			if err != nil {
				return nil, err
			}
			item.Notice = newestOf(versions)
		}
		p, err := tx.Proposal(m.DeskID, desk.ProposeContest, c.ID)
		switch {
		case err == nil:
			item.Proposal = &p
		case desk.KindOf(err) != desk.NotFound:
			return nil, err
		}
		out = append(out, item)
	}
	return out, nil
}

// Contest returns one contest of the actor's desk.
func (w *Workflow) Contest(ctx context.Context, actor desk.Member, id string) (ContestItem, error) {
	var out ContestItem
	err := w.db.View(ctx, func(tx *store.Tx) error {
		m, err := serving(tx, actor)
		if err != nil {
			return err
		}
		c, err := ownContest(tx, m, id)
		if err != nil {
			return err
		}
		if err := desk.Allow(m, desk.ReadContest, contestState(c)); err != nil {
			return err
		}
		items, err := contestItems(tx, m, []desk.Contest{c})
		if err != nil {
			return err
		}
		out = items[0]
		for _, h := range redact.Hints(c.Text.String()) {
			out.Hints = append(out.Hints, h.Text)
		}
		return nil
	})
	return out, err
}

// ownContest reads a contest of the member's own desk; another desk's is not
// there.
func ownContest(tx *store.Tx, m desk.Member, id string) (desk.Contest, error) {
	c, err := tx.Contest(id)
	if err == nil && c.DeskID != m.DeskID {
		err = &desk.Error{Kind: desk.NotFound, Op: "read contest", Key: "error.not_found"}
	}
	return c, err
}

func contestState(c desk.Contest) desk.ObjectState {
	if c.State == desk.ContestWaiting {
		return desk.ContestOpen
	}
	return desk.ContestAnswered
}

// Decide ends a contest, by a member who had no part in the check. The words
// of whoever sent it are gone in the same transaction.
func (w *Workflow) Decide(ctx context.Context, actor desk.Member, id string, d desk.Decision) error {
	return w.deciding(ctx, actor, id, d, desk.You, func(tx *store.Tx, m desk.Member, c desk.Contest, d desk.Decision) error {
		return decide(tx, c, d, desk.Keys{ProposedBy: m.ID, ProposedKey: m.KeyID})
	})
}

// ProposeDecision is the first of two keys, where nobody uninvolved is left.
func (w *Workflow) ProposeDecision(ctx context.Context, actor desk.Member, id string, d desk.Decision) error {
	return w.deciding(ctx, actor, id, d, desk.TwoOfYou, func(tx *store.Tx, m desk.Member, c desk.Contest, d desk.Decision) error {
		if err := admitted(m, d); err != nil {
			return err
		}
		return propose(tx, m, desk.ProposeContest, c.ID, desk.CanonicalDecision(c.ID, d))
	})
}

// admitted: two admins decide, unless a person outside did and two members
// write it down.
func admitted(m desk.Member, d desk.Decision) error {
	if m.Role != desk.Admin && d.Outside == "" {
		return &desk.Error{Kind: desk.Forbidden, Op: "decide a contest", Key: "error.contest.two_admins"}
	}
	return nil
}

func (w *Workflow) deciding(
	ctx context.Context, actor desk.Member, id string, d desk.Decision, as desk.Decider,
	act func(*store.Tx, desk.Member, desk.Contest, desk.Decision) error,
) error {
	const op = "decide a contest"
	d.Answer, d.Outside = tidy(d.Answer), tidy(d.Outside)
	if as == desk.You {
		d.Outside = ""
	}
	if err := clean(op, "error.contest.identifiers", d.Answer, d.Outside); err != nil {
		return err
	}
	err := w.db.Update(ctx, func(tx *store.Tx) error {
		m, err := keyed(tx, actor)
		if err != nil {
			return err
		}
		c, err := ownContest(tx, m, id)
		if err != nil {
			return err
		}
		if err := mayDecide(tx, m, c, as); err != nil {
			return err
		}
		if err := desk.CheckDecision(c.Kind, d); err != nil {
			return err
		}
		return act(tx, m, c, d)
	})
	if err == nil {
		w.db.ScrubSoon(ctx)
	}
	return err
}

// mayDecide asks the table of roles and who was involved.
func mayDecide(tx *store.Tx, m desk.Member, c desk.Contest, as desk.Decider) error {
	const op = "decide a contest"
	if c.State != desk.ContestWaiting {
		return &desk.Error{Kind: desk.Conflict, Op: op, Key: "error.contest.decided"}
	}
	if err := desk.Allow(m, desk.AnswerContest, contestState(c)); err != nil {
		return err
	}
	members, err := tx.Members(m.DeskID)
	if err != nil {
		return err
	}
	involved, err := tx.InvolvedIn(c)
	if err != nil {
		return err
	}
	switch desk.DecidedBy(m, members, involved) {
	case as:
		return nil
	case desk.NotYou:
		return &desk.Error{Kind: desk.Forbidden, Op: op, Key: "error.contest.involved"}
	case desk.TwoOfYou:
		return &desk.Error{Kind: desk.Forbidden, Op: op, Key: "error.contest.two"}
	}
	// Somebody uninvolved has come meanwhile and may decide alone.
	return &desk.Error{Kind: desk.Conflict, Op: op, Key: "error.contest.alone"}
}

func decide(tx *store.Tx, c desk.Contest, d desk.Decision, keys desk.Keys) error {
	if d.State == desk.ReplyShown {
		if err := tx.ShowReply(c.ID, desk.Member{ID: keys.ProposedBy, KeyID: keys.ProposedKey}); err != nil {
			return err
		}
	}
	c.State, c.Decided = d.State, tx.Day()
	c.Answer, c.AnswerLang, c.Outside = d.Answer, d.AnswerLang, d.Outside
	c.DecidedBy, c.DecidedKey, c.SecondBy, c.SecondKey = keys.ProposedBy, keys.ProposedKey, keys.AgreedBy, keys.AgreedKey
	return tx.DecideContest(c)
}

// AgreeDecision is the second of two keys.
func (w *Workflow) AgreeDecision(ctx context.Context, actor desk.Member, id, sha256 string) error {
	err := w.db.Update(ctx, func(tx *store.Tx) error {
		m, err := serving(tx, actor)
		if err != nil {
			return err
		}
		c, err := ownContest(tx, m, id)
		if err != nil {
			return err
		}
		if err := mayDecide(tx, m, c, desk.TwoOfYou); err != nil {
			return err
		}
		p, keys, err := second(tx, m, desk.ProposeContest, id, sha256)
		if err != nil {
			return err
		}
		d, err := ProposedDecision(p)
		if err != nil {
			return err
		}
		if err := admitted(m, d); err != nil {
			return err
		}
		return decide(tx, c, d, keys)
	})
	if err == nil {
		w.db.ScrubSoon(ctx)
	}
	return err
}

// ProposedDecision reads the decision a proposal would make.
func ProposedDecision(p desk.Proposal) (desk.Decision, error) {
	var c struct {
		State      desk.ContestState `json:"state"`
		Answer     string            `json:"answer"`
		AnswerLang string            `json:"answer_lang"`
		NoNames    bool              `json:"no_names"`
		Outside    string            `json:"outside"`
	}
	if err := json.Unmarshal([]byte(p.Content), &c); err != nil {
		return desk.Decision{}, fmt.Errorf("read a proposed decision: %w", err)
	}
	return desk.Decision{State: c.State, Answer: c.Answer, AnswerLang: c.AnswerLang, NoNames: c.NoNames, Outside: c.Outside}, nil
}

// ProposeEraseReply is the first of two keys to take out a shown reply that
// holds a private person's data.
func (w *Workflow) ProposeEraseReply(ctx context.Context, actor desk.Member, id string) error {
	return w.db.Update(ctx, func(tx *store.Tx) error {
		m, r, err := ownReply(tx, actor, id)
		if err != nil {
			return err
		}
		return propose(tx, m, desk.ProposeReply, r.ID, []byte("erase "+r.ID))
	})
}

// AgreeEraseReply is the second key.
func (w *Workflow) AgreeEraseReply(ctx context.Context, actor desk.Member, id, sha256 string) error {
	err := w.db.Update(ctx, func(tx *store.Tx) error {
		m, r, err := ownReply(tx, actor, id)
		if err != nil {
			return err
		}
		_, keys, err := second(tx, m, desk.ProposeReply, r.ID, sha256)
		if err != nil {
			return err
		}
		return tx.EraseReply(r.ID, keys)
	})
	if err == nil {
		w.db.ScrubSoon(ctx)
	}
	return err
}

func ownReply(tx *store.Tx, actor desk.Member, id string) (desk.Member, desk.Reply, error) {
	m, err := serving(tx, actor)
	if err != nil {
		return m, desk.Reply{}, err
	}
	r, err := tx.Reply(id)
	switch {
	case err != nil:
	case r.DeskID != m.DeskID:
		err = &desk.Error{Kind: desk.NotFound, Op: "read reply", Key: "error.not_found"}
	case r.Erased != 0:
		err = &desk.Error{Kind: desk.Conflict, Op: "erase reply", Key: "error.stale"}
	default:
		err = desk.Allow(m, desk.ErasePersonalIn, desk.CheckStanding)
	}
	return m, r, err
}

// AfterWaits says whether anything of the desk's waits for this member among
// contests, and among pages and other desks' verdicts. It looks at work, never
// at people.
func (w *Workflow) AfterWaits(ctx context.Context, actor desk.Member) (contests, pages bool, err error) {
	err = w.db.View(ctx, func(tx *store.Tx) error {
		n, _, err := tx.CountContests(actor.DeskID, tx.Day())
		if err != nil {
			return err
		}
		contests = n > 0 && desk.Allowed(actor.Role, desk.AnswerContest, desk.ContestOpen)
		proposals, err := tx.Proposals(actor.DeskID)
		if err != nil {
			return err
		}
		for _, p := range proposals {
			pages = pages || p.MemberID != actor.ID && (p.Kind == desk.ProposePage || p.Kind == desk.ProposeDeclaration)
		}
		if actor.Role != desk.Admin {
			return nil
		}
		published, err := tx.PolicyPages(actor.DeskID)
		pages = pages || len(desk.MissingPages(published)) > 0 || len(desk.OldPages(published, tx.Day())) > 0
		return err
	})
	return contests, pages, err
}
