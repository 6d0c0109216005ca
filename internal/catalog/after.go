package catalog

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"sangto/internal/desk"
	"sangto/internal/store"
)

// outcomesShown is how many outcomes of contests a check's page shows.
const outcomesShown = 10

// After is what came after a check: what it is owed, what was said of it and
// what other desks found.
type After struct {
	// Stale says that the check is about a matter that changes and nobody has
	// looked at it for desk.ReviewDays.
	Stale bool
	// Waiting is the day by which the desk owes an answer to the contest that
	// waits longest; a contest shows from the day after it came. Zero: none.
	Waiting, WaitingReply desk.Contest
	Outcomes              []desk.Contest
	Replies               []desk.Reply
	// Groups are the other desks' checks on the same claim, by owner.
	Groups []Group
	// TakenAway are those that two members took away again, with the reason.
	TakenAway []Beside
	Today     desk.Day
	// NobodyUninvolved says that everybody at the desk who may answer contests
	// had a part in this check.
	NobodyUninvolved bool
}

// Group is what desks of one owner found. However many they are, they count
// once.
type Group struct {
	Owner string
	Items []Beside
}

// Beside is another desk's check, since when it stands beside ours, and why it
// no longer does.
type Beside struct {
	Entry
	Since  desk.Day
	Reason string
	// Gone is the day since which it is no longer at its source, zero while it
	// is.
	Gone desk.Day
}

// After reads what came after a check of ours; a check of another desk has
// nothing of the sort.
func (c *Catalog) After(ctx context.Context, id string) (After, error) {
	var a After
	if !desk.ValidID(id) {
		return a, notFound("read check")
	}
	err := c.db.View(ctx, func(tx *store.Tx) error {
		check, err := tx.Check(id)
		if err != nil || check.Imported() {
			return err
		}
		latest, err := tx.Latest(id)
		if err != nil {
			return err
		}
		a.Today = tx.Day()
		a.Stale = desk.Stale(latest, a.Today)
		if err := a.contests(tx, check); err != nil {
			return err
		}
		if a.Replies, err = tx.Replies(id); err != nil {
			return err
		}
		return a.beside(tx, id)
	})
	return a, err
}

func (a *After) contests(tx *store.Tx, check desk.Check) error {
	for kind, to := range map[desk.ContestKind]*desk.Contest{desk.ContestCheck: &a.Waiting, desk.ReplyToCheck: &a.WaitingReply} {
		c, err := tx.OldestContest(check.ID, kind, a.Today)
		if err == nil {
			*to = desk.Contest{State: c.State, Kind: kind, Day: c.Day, Due: c.Due}
		} else if desk.KindOf(err) != desk.NotFound {
			return err
		}
	}
	decided, err := tx.DecidedContests(check.ID, outcomesShown)
	if err != nil {
		return err
	}
	for _, c := range decided {
		// Whose keys these were is the desk's own affair.
		c.ReceiptMAC, c.TextMAC, c.DecidedBy, c.SecondBy = nil, nil, "", ""
		a.Outcomes = append(a.Outcomes, c)
	}
	members, err := tx.Members(check.DeskID)
	if err != nil {
		return err
	}
	involved, err := tx.Involved(check.ID)
	a.NobodyUninvolved = !desk.Uninvolved(members, involved)
	return err
}

// beside groups the other desks' checks by owner; groups and what is in them
// stand in the order of their days.
func (a *After) beside(tx *store.Tx, id string) error {
	asides, err := tx.Asides(id)
	if err != nil || len(asides) == 0 {
		return err
	}
	var ids []string
	for _, s := range asides {
		ids = append(ids, s.OtherID)
	}
	entries, err := tx.Entries(ids)
	if err != nil {
		return err
	}
	gone, err := tx.Gone(ids)
	if err != nil {
		return err
	}
	byOwner := map[string]int{}
	for _, s := range asides {
		e, ok := entries[s.OtherID]
		if !ok {
			continue
		}
		item := Beside{Entry: e, Since: s.Day, Reason: s.Reason, Gone: gone[s.OtherID]}
		if !s.Shown {
			a.TakenAway = append(a.TakenAway, item)
			continue
		}
		owner := ownerGroup(e.Desk)
		i, ok := byOwner[owner]
		if !ok {
			i = len(a.Groups)
			byOwner[owner] = i
			a.Groups = append(a.Groups, Group{Owner: owner})
		}
		a.Groups[i].Items = append(a.Groups[i].Items, item)
	}
	for _, g := range a.Groups {
		slices.SortStableFunc(g.Items, func(x, y Beside) int { return int(y.Version.Published - x.Version.Published) })
	}
	slices.SortStableFunc(a.Groups, func(x, y Group) int { return int(y.Items[0].Version.Published - x.Items[0].Version.Published) })
	return nil
}

// ownerGroup is what desks of one owner have in common: the owner they
// declare, or, where nobody has declared any, the desk itself.
func ownerGroup(d desk.Desk) string {
	if owner := strings.ToLower(strings.Join(strings.Fields(d.Owner), " ")); owner != "" {
		return owner
	}
	return "desk " + d.ID
}

// Policy is a page a desk owes its readers, with what is generated below it.
type Policy struct {
	Desk desk.Desk
	Kind desk.PageKind
	// Shown is the version asked for, nil where the page was never published.
	Shown *desk.PolicyPage
	// Versions are oldest first.
	Versions []desk.PolicyPage
	// Declarations belong to the page on owners, Introductions to that on
	// people, Log to that on corrections.
	Declarations  []desk.Declaration
	Introductions []desk.Introduction
	Log           List
	Old           bool
}

// Policy reads version n of a page of a desk that works here, the newest if n
// is 0; page is the page of the log of corrections.
func (c *Catalog) Policy(ctx context.Context, deskID string, kind desk.PageKind, n, page int) (Policy, error) {
	p := Policy{Kind: kind}
	if !kind.Valid() || n < 0 || page < 1 {
		return p, notFound("read page")
	}
	err := c.db.View(ctx, func(tx *store.Tx) error {
		var err error
		if p.Desk, err = tx.Desk(deskID); err != nil {
			return err
		}
		if !p.Desk.Local {
			return notFound("read page")
		}
		if p.Versions, err = tx.PolicyVersions(deskID, kind); err != nil {
			return err
		}
		if n > len(p.Versions) {
			return notFound("read page")
		}
		if last := len(p.Versions); last > 0 {
			p.Old = len(desk.OldPages(p.Versions[last-1:], tx.Day())) > 0
			if n == 0 {
				n = last
			}
			p.Shown = &p.Versions[n-1]
		}
		return p.below(tx, page)
	})
	return p, err
}

func (p *Policy) below(tx *store.Tx, page int) (err error) {
	switch p.Kind {
	case desk.OwnershipPage, desk.FundingPage:
		p.Declarations, err = tx.Declarations(p.Desk.ID)
	case desk.PeoplePage:
		p.Introductions, err = tx.Introductions(p.Desk.ID)
	case desk.CorrectionsPage:
		p.Log.Page = page
		if p.Log.Entries, p.Log.Total, err = tx.Later(p.Desk.ID, (page-1)*PageSize, PageSize); err != nil {
			return err
		}
		p.Log.Pages = max(1, (p.Log.Total+PageSize-1)/PageSize)
		if page > p.Log.Pages {
			return notFound("read page")
		}
	}
	return err
}

// Figures are the generated figures of the desks that work here.
type Figures struct {
	Desks []DeskFigures
	// Public is how many statements by public bodies (offices of the state and
	// parties) the desks checked, and NotSo how many of them they found not so.
	Public, NotSo int
	Checked       int
}

// DeskFigures are one desk's.
type DeskFigures struct {
	Desk desk.Desk
	store.Figures
}

// figuresAge is how long figures are remembered when nothing was published.
const figuresAge = time.Minute

// figures remembers the last count.
type figures struct {
	mu   sync.Mutex
	last Figures
	at   time.Time
	seq  int64
}

// Figures counts what the desks here published. The count is remembered for a
// minute, or until something is published.
func (c *Catalog) Figures(ctx context.Context) (Figures, error) {
	m := &c.figures
	m.mu.Lock()
	defer m.mu.Unlock()
	err := c.db.View(ctx, func(tx *store.Tx) error {
		seq, err := tx.LastChange()
		if err != nil {
			return err
		}
		if age := tx.Now().Sub(m.at); !m.at.IsZero() && seq == m.seq && age >= 0 && age < figuresAge {
			return nil
		}
		counted, err := count(tx)
		if err == nil {
			m.last, m.at, m.seq = counted, tx.Now(), seq
		}
		return err
	})
	return m.last, err
}

func count(tx *store.Tx) (Figures, error) {
	var out Figures
	local, err := tx.LocalDesks()
	if err != nil {
		return out, err
	}
	for _, d := range local {
		f, err := tx.Figures(d.ID)
		if err != nil {
			return out, err
		}
		out.Desks = append(out.Desks, DeskFigures{Desk: d, Figures: f})
		for _, t := range f.Standing {
			out.Checked += t.Count
			if t.Claimant != desk.ClaimantOffice && t.Claimant != desk.ClaimantParty {
				continue
			}
			out.Public += t.Count
			if t.Verdict == desk.NotTrue {
				out.NotSo += t.Count
			}
		}
	}
	return out, nil
}
