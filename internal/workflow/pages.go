package workflow

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"sangto/internal/desk"
	"sangto/internal/record"
	"sangto/internal/store"
)

// DeskPages is what an admin sees of a desk's pages: the newest versions, what
// waits for a second key, what the desk declares, and what members say of
// themselves.
type DeskPages struct {
	Desk          desk.Desk
	Pages         []desk.PolicyPage
	Proposals     []desk.Proposal
	Declarations  []desk.Declaration
	Introductions []desk.Introduction
	Members       []desk.Member
	Today         desk.Day
}

// Page returns the newest version of one page, and whether there is one.
func (p DeskPages) Page(kind desk.PageKind) (desk.PolicyPage, bool) {
	i := slices.IndexFunc(p.Pages, func(q desk.PolicyPage) bool { return q.Kind == kind })
	if i < 0 {
		return desk.PolicyPage{DeskID: p.Desk.ID, Kind: kind}, false
	}
	return p.Pages[i], true
}

// Proposal returns what waits for a thing's second key, and whether something
// does.
func (p DeskPages) Proposal(kind desk.ProposalKind, subject string) (desk.Proposal, bool) {
	i := slices.IndexFunc(p.Proposals, func(q desk.Proposal) bool { return q.Kind == kind && q.Subject == subject })
	if i < 0 {
		return desk.Proposal{}, false
	}
	return p.Proposals[i], true
}

// DeskPages reads the pages of the actor's desk.
func (w *Workflow) DeskPages(ctx context.Context, actor desk.Member) (DeskPages, error) {
	var out DeskPages
	err := w.db.View(ctx, func(tx *store.Tx) error {
		if _, err := serving(tx, actor); err != nil {
			return err
		}
		var err error
		out.Today = tx.Day()
		if out.Desk, err = tx.Desk(actor.DeskID); err != nil {
			return err
		}
		if out.Pages, err = tx.PolicyPages(actor.DeskID); err != nil {
			return err
		}
		if out.Proposals, err = tx.Proposals(actor.DeskID); err != nil {
			return err
		}
		if out.Declarations, err = tx.Declarations(actor.DeskID); err != nil {
			return err
		}
		if out.Members, err = tx.Members(actor.DeskID); err != nil {
			return err
		}
		out.Introductions, err = tx.Introductions(actor.DeskID)
		return err
	})
	return out, err
}

// serving reads the actor afresh: whoever was removed, given another role or
// another key a moment ago acts as what they are now.
func serving(tx *store.Tx, actor desk.Member) (desk.Member, error) {
	m, err := tx.Member(actor.ID)
	if err != nil {
		return m, err
	}
	if m.Ended || m.DeskID != actor.DeskID {
		return m, &desk.Error{Kind: desk.Forbidden, Op: "act", Key: "error.role.ended"}
	}
	return m, nil
}

// keyed is serving for acts that give a key: a key that is too young, too old
// or retired gives nothing.
func keyed(tx *store.Tx, actor desk.Member) (desk.Member, error) {
	m, err := serving(tx, actor)
	if err != nil {
		return m, err
	}
	k, err := tx.ApprovalKey(m.KeyID)
	if desk.KindOf(err) == desk.NotFound {
		// Members who were put in place by hand have no key of their own yet.
		return m, nil
	}
	if err != nil {
		return m, err
	}
	return m, desk.CheckKey(k, tx.Now())
}

// deskState is the state of a desk that the table of roles asks for.
func deskState(tx *store.Tx, deskID string) (desk.ObjectState, error) {
	some, err := tx.List(store.ListFilter{DeskID: deskID, LocalOnly: true}, 0, 1)
	if len(some) > 0 {
		return desk.DeskPublishing, err
	}
	return desk.DeskNew, err
}

// allowOnDesk reads the actor afresh and asks the table of roles.
func allowOnDesk(tx *store.Tx, actor desk.Member, action desk.Action) (desk.Member, error) {
	m, err := keyed(tx, actor)
	if err != nil {
		return m, err
	}
	state, err := deskState(tx, m.DeskID)
	if err != nil {
		return m, err
	}
	return m, desk.Allow(m, action, state)
}

// tidy writes the line breaks of a form as the canonical bytes want them.
func tidy(s string) string {
	return strings.TrimSpace(strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n"))
}

func tidyWording(w desk.Wording) desk.Wording {
	return desk.Wording{VI: tidy(w.VI), EN: tidy(w.EN)}
}

// ProposePage is the first key under a new version of a page: an admin's. It
// waits for another member to agree.
func (w *Workflow) ProposePage(ctx context.Context, actor desk.Member, kind desk.PageKind, text desk.Wording) error {
	return w.db.Update(ctx, func(tx *store.Tx) error {
		m, err := allowOnDesk(tx, actor, desk.ManagePages)
		if err != nil {
			return err
		}
		old, err := tx.PolicyVersions(m.DeskID, kind)
		if err != nil {
			return err
		}
		p := desk.PolicyPage{DeskID: m.DeskID, Kind: kind, Number: len(old) + 1, Text: tidyWording(text)}
		if err := desk.CheckPage(p); err != nil {
			return err
		}
		return propose(tx, m, desk.ProposePage, string(kind), desk.PageBytes(p))
	})
}

func propose(tx *store.Tx, m desk.Member, kind desk.ProposalKind, subject string, content []byte) error {
	id, err := tx.NewID()
	if err != nil {
		return err
	}
	return tx.Propose(desk.Proposal{
		ID: id, DeskID: m.DeskID, Kind: kind, Subject: subject, Content: string(content), SHA256: desk.HashBytes(content),
		MemberID: m.ID, KeyID: m.KeyID, Day: tx.Day(),
	})
}

// second takes the second key to a proposal: the proposal is used up, and the
// keys of both come back.
func second(tx *store.Tx, actor desk.Member, kind desk.ProposalKind, subject, sha256 string) (desk.Proposal, desk.Keys, error) {
	m, err := keyed(tx, actor)
	if err != nil {
		return desk.Proposal{}, desk.Keys{}, err
	}
	p, err := tx.Proposal(m.DeskID, kind, subject)
	if desk.KindOf(err) == desk.NotFound {
		err = &desk.Error{Kind: desk.Conflict, Op: "agree", Key: "error.proposal.changed"}
	}
	if err != nil {
		return p, desk.Keys{}, err
	}
	if err := desk.CheckSecond(p, m, sha256); err != nil {
		return p, desk.Keys{}, err
	}
	keys := desk.Keys{ProposedBy: p.MemberID, ProposedKey: p.KeyID, AgreedBy: m.ID, AgreedKey: m.KeyID}
	return p, keys, tx.DropProposal(p.ID)
}

// AgreePage is the second key under a page; sha256 names what the member saw.
func (w *Workflow) AgreePage(ctx context.Context, actor desk.Member, kind desk.PageKind, sha256 string) error {
	return w.db.Update(ctx, func(tx *store.Tx) error {
		p, keys, err := second(tx, actor, desk.ProposePage, string(kind), sha256)
		if err != nil {
			return err
		}
		page, err := ProposedPage(p)
		if err != nil {
			return err
		}
		page.Day, page.Keys = tx.Day(), keys
		if err := tx.AddPolicyPage(page); err != nil {
			return err
		}
		return record.Page(tx, page)
	})
}

// ProposedPage reads the page a proposal would publish.
func ProposedPage(p desk.Proposal) (desk.PolicyPage, error) {
	var c struct {
		Desk   string        `json:"desk"`
		Kind   desk.PageKind `json:"kind"`
		Number int           `json:"number"`
		VI     string        `json:"vi"`
		EN     string        `json:"en"`
	}
	if err := json.Unmarshal([]byte(p.Content), &c); err != nil {
		return desk.PolicyPage{}, fmt.Errorf("read a proposed page: %w", err)
	}
	return desk.PolicyPage{
		DeskID: c.Desk, Kind: c.Kind, Number: c.Number, Text: desk.Wording{VI: c.VI, EN: c.EN}, SHA256: p.SHA256,
	}, nil
}

// ProposeDeclaration is the first key under a new declaration of owner and
// funders: an admin's.
func (w *Workflow) ProposeDeclaration(ctx context.Context, actor desk.Member, d desk.Declaration) error {
	return w.db.Update(ctx, func(tx *store.Tx) error {
		action := desk.DeclareOwner
		if d.HandedOver {
			action = desk.HandOver
		}
		m, err := allowOnDesk(tx, actor, action)
		if err != nil {
			return err
		}
		old, err := tx.Declarations(m.DeskID)
		if err != nil {
			return err
		}
		d.DeskID, d.Number, d.Note = m.DeskID, len(old)+1, tidyWording(d.Note)
		d.Owner, d.Funders = tidy(d.Owner), tidy(d.Funders)
		if err := desk.CheckDeclaration(d); err != nil {
			return err
		}
		return propose(tx, m, desk.ProposeDeclaration, declarationSubject, desk.DeclarationBytes(d))
	})
}

// declarationSubject: a desk has one declaration.
const declarationSubject = "declaration"

// AgreeDeclaration is the second key under a declaration.
func (w *Workflow) AgreeDeclaration(ctx context.Context, actor desk.Member, sha256 string) error {
	return w.db.Update(ctx, func(tx *store.Tx) error {
		p, keys, err := second(tx, actor, desk.ProposeDeclaration, declarationSubject, sha256)
		if err != nil {
			return err
		}
		d, err := ProposedDeclaration(p)
		if err != nil {
			return err
		}
		d.Day, d.Keys = tx.Day(), keys
		if err := tx.Declare(d); err != nil {
			return err
		}
		return record.Declaration(tx, d)
	})
}

// ProposedDeclaration reads the declaration a proposal would make.
func ProposedDeclaration(p desk.Proposal) (desk.Declaration, error) {
	var c struct {
		Desk       string         `json:"desk"`
		Number     int            `json:"number"`
		Owner      string         `json:"owner"`
		OwnerKind  desk.OwnerKind `json:"owner_kind"`
		Funders    string         `json:"funders"`
		FunderKind desk.OwnerKind `json:"funder_kind"`
		HandedOver bool           `json:"handed_over"`
		NoteVI     string         `json:"note_vi"`
		NoteEN     string         `json:"note_en"`
	}
	if err := json.Unmarshal([]byte(p.Content), &c); err != nil {
		return desk.Declaration{}, fmt.Errorf("read a proposed declaration: %w", err)
	}
	return desk.Declaration{
		DeskID: c.Desk, Number: c.Number, Owner: c.Owner, OwnerKind: c.OwnerKind, Funders: c.Funders, FunderKind: c.FunderKind,
		HandedOver: c.HandedOver, Note: desk.Wording{VI: c.NoteVI, EN: c.NoteEN}, SHA256: p.SHA256,
	}, nil
}

// TakeBack drops a proposal. Whoever made it may, and any admin.
func (w *Workflow) TakeBack(ctx context.Context, actor desk.Member, kind desk.ProposalKind, subject string) error {
	const op = "take a proposal back"
	return w.db.Update(ctx, func(tx *store.Tx) error {
		m, err := serving(tx, actor)
		if err != nil {
			return err
		}
		p, err := tx.Proposal(m.DeskID, kind, subject)
		if desk.KindOf(err) == desk.NotFound {
			return &desk.Error{Kind: desk.Conflict, Op: op, Key: "error.proposal.changed"}
		}
		if err != nil {
			return err
		}
		if p.MemberID != m.ID && m.Role != desk.Admin {
			return &desk.Error{Kind: desk.Forbidden, Op: op, Key: "error.role.higher"}
		}
		return tx.DropProposal(p.ID)
	})
}

// Introduce writes what the actor says of herself on the page of who we are;
// empty words take it away at once.
func (w *Workflow) Introduce(ctx context.Context, actor desk.Member, words desk.Wording) error {
	words = tidyWording(words)
	if len([]rune(words.VI)) > desk.IntroductionMax || len([]rune(words.EN)) > desk.IntroductionMax {
		return &desk.Error{
			Kind: desk.Invalid, Op: "introduce oneself", Key: "error.introduction.long", Args: map[string]any{"Max": desk.IntroductionMax},
		}
	}
	err := w.db.Update(ctx, func(tx *store.Tx) error {
		m, err := serving(tx, actor)
		if err != nil {
			return err
		}
		return tx.PutIntroduction(desk.Introduction{MemberID: m.ID, DeskID: m.DeskID, Words: words, Day: tx.Day()})
	})
	if err == nil {
		w.db.ScrubSoon(ctx)
	}
	return err
}
