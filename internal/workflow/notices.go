package workflow

import (
	"context"
	"regexp"
	"slices"
	"time"

	"sangto/internal/desk"
	"sangto/internal/exchange"
	"sangto/internal/store"
)

// NoticeForm is what a member writes of a notice.
type NoticeForm struct {
	Kind   desk.NoticeKind
	VI, EN desk.NoticeText
	// Source, SourceURL and Contact name the body whose statement this is.
	Source, SourceURL, Contact string
	From, Until                time.Time
	// Note says why an update is made.
	Note desk.Wording
	// Alert is the file of a CAP alert, empty if none is attached. An update
	// without one keeps the alert there is unless DropAlert is set.
	Alert     []byte
	DropAlert bool
	// NobodyNamed declares that no private person is named, where the gate of
	// names suspects one.
	NobodyNamed bool
}

// NoticeItem is a notice as the members of its desk see it.
type NoticeItem struct {
	// Versions are oldest first, none if the first still waits for a key.
	Versions []desk.Notice
	// Proposal is what waits for the second key, nil if nothing does, and Proposed
	// the version it would make.
	Proposal *desk.Proposal
	Proposed desk.Notice
	// Spoilt is why the proposal can no longer be agreed to, nil if it can.
	Spoilt error
}

// Newest is the newest version, that proposed if none is out.
func (i NoticeItem) Newest() desk.Notice {
	if len(i.Versions) == 0 {
		return i.Proposed
	}
	return i.Versions[len(i.Versions)-1]
}

// DeskNotices is what members see of their desk's notices.
type DeskNotices struct {
	Desk desk.Desk
	// Waiting have a version that waits for a second key, Standing stand, Past do
	// no longer.
	Waiting, Standing []NoticeItem
	Past              []desk.Notice
	// Room is how many more may stand, of all desks that work here.
	Room int
	Now  time.Time
}

// pastNoticesShown is how many past notices the desk's own list shows.
const pastNoticesShown = 20

// Notices lists the notices of the actor's desk.
func (w *Workflow) Notices(ctx context.Context, actor desk.Member) (DeskNotices, error) {
	var out DeskNotices
	err := w.db.View(ctx, func(tx *store.Tx) error {
		m, err := serving(tx, actor)
		if err != nil {
			return err
		}
		out.Now = tx.Now()
		if out.Desk, err = tx.Desk(m.DeskID); err != nil {
			return err
		}
		standing, err := tx.StandingNotices()
		if err != nil {
			return err
		}
		out.Room = max(0, desk.NoticesStanding-len(standing))
		for _, n := range standing {
			if n.DeskID == m.DeskID {
				out.Standing = append(out.Standing, NoticeItem{Versions: []desk.Notice{n}})
			}
		}
		proposals, err := tx.NoticeProposals(m.DeskID)
		if err != nil {
			return err
		}
		for _, p := range proposals {
			item, err := noticeItem(tx, m.DeskID, p.Subject)
			if err != nil {
				return err
			}
			out.Waiting = append(out.Waiting, item)
		}
		out.Past, _, err = tx.PastNotices(m.DeskID, 0, pastNoticesShown)
		return err
	})
	return out, err
}

// Notice reads one notice of the actor's desk.
func (w *Workflow) Notice(ctx context.Context, actor desk.Member, id string) (NoticeItem, error) {
	var out NoticeItem
	err := w.db.View(ctx, func(tx *store.Tx) error {
		m, err := serving(tx, actor)
		if err != nil {
			return err
		}
		out, err = noticeItem(tx, m.DeskID, id)
		return err
	})
	return out, err
}

// noticeItem reads a notice of a desk; another desk's is not there.
func noticeItem(tx *store.Tx, deskID, id string) (NoticeItem, error) {
	var out NoticeItem
	var err error
	if out.Versions, err = tx.NoticeVersions(id); err != nil {
		return out, err
	}
	p, err := tx.NoticeProposal(deskID, id)
	switch {
	case err == nil:
		out.Proposal = &p
		if out.Proposed, err = desk.ReadNotice([]byte(p.Content)); err != nil {
			return out, err
		}
		out.Spoilt = desk.CheckNotice(out.Proposed, newestOf(out.Versions), tx.Now())
	case desk.KindOf(err) != desk.NotFound:
		return out, err
	}
	if out.Proposal == nil && len(out.Versions) == 0 || out.Newest().DeskID != deskID {
		return NoticeItem{}, &desk.Error{Kind: desk.NotFound, Op: "read notice", Key: "error.not_found"}
	}
	return out, nil
}

func newestOf(versions []desk.Notice) *desk.Notice {
	if len(versions) == 0 {
		return nil
	}
	return &versions[len(versions)-1]
}

// ProposeNotice is the first key under a new notice. It returns the notice's
// key.
func (w *Workflow) ProposeNotice(ctx context.Context, actor desk.Member, f NoticeForm) (string, error) {
	alert, err := readAlert(f.Alert)
	if err != nil {
		return "", err
	}
	var id string
	err = w.db.Update(ctx, func(tx *store.Tx) error {
		m, err := keyed(tx, actor)
		if err != nil {
			return err
		}
		if err := desk.Allow(m, desk.ProposeNotice, desk.NoticeNew); err != nil {
			return err
		}
		if id, err = tx.NewID(); err != nil {
			return err
		}
		n := desk.Notice{ID: id, DeskID: m.DeskID, Number: 1, Act: desk.IssueNotice, Alert: alert}
		f.fill(&n)
		return proposeNotice(tx, m, n, nil, f.NobodyNamed)
	})
	return id, err
}

// ProposeNoticeUpdate is the first key under another wording of a notice that
// stands. What the form leaves empty of the body's name stays.
func (w *Workflow) ProposeNoticeUpdate(ctx context.Context, actor desk.Member, id string, f NoticeForm) error {
	alert, err := readAlert(f.Alert)
	if err != nil {
		return err
	}
	return w.revising(ctx, actor, id, desk.ReviseNotice, func(tx *store.Tx, m desk.Member, before desk.Notice) error {
		n := before
		n.Number, n.Act = before.Number+1, desk.UpdateNotice
		f.fill(&n)
		n.Source = before.Source
		if alert != nil || f.DropAlert {
			n.Alert = alert
		}
		return proposeNotice(tx, m, n, &before, f.NobodyNamed)
	})
}

// ProposeNoticeEnd is the first key under the cancellation of a notice that
// stands. Its wording stays for readers, with the reason.
func (w *Workflow) ProposeNoticeEnd(ctx context.Context, actor desk.Member, id string, why desk.Wording, nobodyNamed bool) error {
	return w.revising(ctx, actor, id, desk.EndNotice, func(tx *store.Tx, m desk.Member, before desk.Notice) error {
		n := before
		n.Number, n.Act, n.Note = before.Number+1, desk.CancelNotice, tidyWording(why)
		return proposeNotice(tx, m, n, &before, nobodyNamed)
	})
}

func (w *Workflow) revising(
	ctx context.Context, actor desk.Member, id string, action desk.Action, do func(*store.Tx, desk.Member, desk.Notice) error,
) error {
	return w.db.Update(ctx, func(tx *store.Tx) error {
		m, err := keyed(tx, actor)
		if err != nil {
			return err
		}
		item, err := noticeItem(tx, m.DeskID, id)
		if err != nil {
			return err
		}
		before := newestOf(item.Versions)
		if before == nil {
			return &desk.Error{Kind: desk.Conflict, Op: string(action), Key: "error.notice.not_out"}
		}
		if err := desk.Allow(m, action, before.State(tx.Now())); err != nil {
			return err
		}
		return do(tx, m, *before)
	})
}

// fill lays the form over a version.
func (f NoticeForm) fill(n *desk.Notice) {
	n.Kind, n.Note = f.Kind, tidyWording(f.Note)
	n.VI, n.EN = tidyNotice(f.VI), tidyNotice(f.EN)
	n.Source, n.SourceURL, n.Contact = tidy(f.Source), tidy(f.SourceURL), tidy(f.Contact)
	n.From, n.Until = f.From.UTC().Truncate(time.Minute), f.Until.UTC().Truncate(time.Minute)
}

func tidyNotice(t desk.NoticeText) desk.NoticeText {
	return desk.NoticeText{What: tidy(t.What), Where: tidy(t.Where), ToDo: tidy(t.ToDo)}
}

func readAlert(file []byte) (*desk.Alert, error) {
	if len(file) == 0 {
		return nil, nil
	}
	a, err := exchange.ReadAlert(file)
	return &a, err
}

func proposeNotice(tx *store.Tx, m desk.Member, n desk.Notice, before *desk.Notice, nobodyNamed bool) error {
	pages, err := tx.PolicyPages(m.DeskID)
	if err != nil {
		return err
	}
	if err := desk.CheckPages(pages); err != nil {
		return err
	}
	if err := desk.CheckNotice(n, before, tx.Now()); err != nil {
		return err
	}
	if n.Named, err = noticeNames(n, nobodyNamed); err != nil {
		return err
	}
	id, err := tx.NewID()
	if err != nil {
		return err
	}
	content := desk.NoticeBytes(n)
	return tx.ProposeNotice(desk.Proposal{
		ID: id, DeskID: m.DeskID, Kind: desk.ProposeNoticeVersion, Subject: n.ID, Content: string(content), SHA256: desk.HashBytes(content),
		MemberID: m.ID, KeyID: m.KeyID, Day: tx.Day(),
	})
}

// noticeNames is the gate of names for a notice. Identifiers are refused; a
// suspected name needs the member's word, and the version says that it was given.
func noticeNames(n desk.Notice, cleared bool) (named bool, err error) {
	const op = "propose notice"
	words := []string{n.VI.What, n.VI.Where, n.VI.ToDo, n.EN.What, n.EN.Where, n.EN.ToDo, n.Source, n.Note.VI, n.Note.EN}
	if n.Alert != nil {
		words = append(words, n.Alert.Event, n.Alert.Area, n.Alert.SenderName)
	}
	if err := clean(op, "error.notice.identifiers", words...); err != nil {
		return false, err
	}
	if err := clean(op, "error.notice.contact_person", landline.ReplaceAllString(n.Contact, " ")); err != nil {
		return false, err
	}
	named = slices.ContainsFunc(words, suspected)
	if named && !cleared {
		return true, &desk.Error{Kind: desk.Invalid, Op: op, Key: "error.notice.names"}
	}
	return named, nil
}

// landline is a telephone number that belongs to a place: in Vietnam the area
// codes begin with 02 (circular 22/2014/TT-BTTTT). Package redact leaves service
// numbers alone, but takes these out, because it cannot tell a shop's from a
// family's; a member who gives the contact of a body can.
var landline = regexp.MustCompile(`(?:\(?\+?84\)?[ .-]*|\(?\b0)2[0-9]{0,2}\)?(?:[ .-]?[0-9]){6,9}\b`)

// AgreeNotice is the second key; sha256 names what the member saw. The version is
// out at once.
func (w *Workflow) AgreeNotice(ctx context.Context, actor desk.Member, id, sha256 string) error {
	const op = "agree to a notice"
	return w.db.Update(ctx, func(tx *store.Tx) error {
		m, err := keyed(tx, actor)
		if err != nil {
			return err
		}
		item, err := noticeItem(tx, m.DeskID, id)
		if err != nil {
			return err
		}
		if item.Proposal == nil {
			return &desk.Error{Kind: desk.Conflict, Op: op, Key: "error.proposal.changed"}
		}
		state := desk.NoticeNew
		before := newestOf(item.Versions)
		if before != nil {
			state = before.State(tx.Now())
		}
		if err := desk.Allow(m, desk.AgreeNotice, state); err != nil {
			return err
		}
		if err := desk.CheckSecond(*item.Proposal, m, sha256); err != nil {
			return err
		}
		if item.Spoilt != nil {
			return item.Spoilt
		}
		n := item.Proposed
		if before != nil {
			n.Issued = before.Issued
		}
		n.Keys = desk.Keys{ProposedBy: item.Proposal.MemberID, ProposedKey: item.Proposal.KeyID, AgreedBy: m.ID, AgreedKey: m.KeyID}
		if err := tx.DropNoticeProposal(item.Proposal.ID); err != nil {
			return err
		}
		return tx.AddNotice(n)
	})
}

// TakeNoticeBack drops what waits for a second key. Whoever proposed it may, and
// any admin.
func (w *Workflow) TakeNoticeBack(ctx context.Context, actor desk.Member, id string) error {
	const op = "take a proposal back"
	return w.db.Update(ctx, func(tx *store.Tx) error {
		m, err := serving(tx, actor)
		if err != nil {
			return err
		}
		p, err := tx.NoticeProposal(m.DeskID, id)
		switch {
		case desk.KindOf(err) == desk.NotFound:
			return &desk.Error{Kind: desk.Conflict, Op: op, Key: "error.proposal.changed"}
		case err != nil:
			return err
		case p.MemberID != m.ID && m.Role != desk.Admin:
			return &desk.Error{Kind: desk.Forbidden, Op: op, Key: "error.role.higher"}
		}
		return tx.DropNoticeProposal(p.ID)
	})
}

// NoticesWait reports whether a notice waits for the actor's key.
func (w *Workflow) NoticesWait(ctx context.Context, actor desk.Member) (bool, error) {
	waits := false
	err := w.db.View(ctx, func(tx *store.Tx) error {
		proposals, err := tx.NoticeProposals(actor.DeskID)
		if err != nil {
			return err
		}
		for _, p := range proposals {
			n, err := desk.ReadNotice([]byte(p.Content))
			if err != nil {
				return err
			}
			waits = waits || p.MemberID != actor.ID && tx.Now().Before(n.Until)
		}
		return nil
	})
	return waits, err
}
