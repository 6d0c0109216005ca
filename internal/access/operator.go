package access

import (
	"context"
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"sangto/internal/desk"
	"sangto/internal/store"
)

// This file is what the operator may do from the command line, beside a running
// desk or a stopped one. Each act stands in the desk's book of members.

// Operator is the door as the operator's shell sees it: no session, no
// passkeys, links only.
type Operator struct{ a Access }

// NewOperator returns an Operator on a store.
func NewOperator(db *store.DB) Operator { return Operator{a: Access{db: db}} }

// ErrSeveral is the cause when a name does not say which member or desk is
// meant.
var ErrSeveral = errors.New("the name fits several")

// Add makes a member of a local desk. deskID may be empty where there is one.
func (o Operator) Add(ctx context.Context, deskID, name string, role desk.Role) (l Link, err error) {
	err = o.a.db.Update(ctx, func(tx *store.Tx) error {
		d, err := localDesk(tx, deskID)
		if err != nil {
			return err
		}
		l, err = o.a.add(tx, d.ID, name, role, "")
		return err
	})
	return l, err
}

// List returns the members of every local desk.
func (o Operator) List(ctx context.Context) (out []Standing, err error) {
	err = o.a.db.View(ctx, func(tx *store.Tx) error {
		desks, err := tx.LocalDesks()
		if err != nil {
			return err
		}
		for _, d := range desks {
			all, err := standings(tx, d.ID)
			if err != nil {
				return err
			}
			out = append(out, all...)
		}
		return nil
	})
	return out, err
}

// Recover gives a locked-out member, by id or by name, a new link. For one who
// has never signed in it is a new enrolment link.
func (o Operator) Recover(ctx context.Context, who string) (l Link, err error) {
	err = o.a.db.Update(ctx, func(tx *store.Tx) error {
		s, err := o.find(tx, who)
		if err != nil {
			return err
		}
		if s.State() == desk.MemberInvited {
			l, err = o.a.link(tx, store.Enrol, s.Member)
			return err
		}
		l, err = o.a.recover(tx, s.Member, "")
		return err
	})
	return l, err
}

// Renew gives every serving member of the local desks who cannot sign in yet a
// fresh link.
func (o Operator) Renew(ctx context.Context) (out []Link, err error) {
	err = o.a.db.Update(ctx, func(tx *store.Tx) error {
		desks, err := tx.LocalDesks()
		if err != nil {
			return err
		}
		for _, d := range desks {
			all, err := standings(tx, d.ID)
			if err != nil {
				return err
			}
			for _, s := range all {
				if s.State() != desk.MemberInvited {
					continue
				}
				l, err := o.a.link(tx, store.Enrol, s.Member)
				if err != nil {
					return err
				}
				out = append(out, l)
			}
		}
		return nil
	})
	return out, err
}

// NewKey gives a member a key of the kind that does not sign, as one made on
// the command line or by a seed has. Where the desk has published it waits like
// any other.
func (o Operator) NewKey(ctx context.Context, memberID string) error {
	return o.a.db.Update(ctx, func(tx *store.Tx) error {
		m, err := tx.Member(memberID)
		if err != nil {
			return err
		}
		_, err = o.a.newKey(tx, m, nil)
		return err
	})
}

func (o Operator) find(tx *store.Tx, who string) (Standing, error) {
	const op = "find member"
	desks, err := tx.LocalDesks()
	if err != nil {
		return Standing{}, err
	}
	var found []Standing
	for _, d := range desks {
		all, err := standings(tx, d.ID)
		if err != nil {
			return Standing{}, err
		}
		for _, s := range all {
			if !s.Ended && (s.ID == who || strings.EqualFold(s.Name, strings.Join(strings.Fields(who), " "))) {
				found = append(found, s)
			}
		}
	}
	switch len(found) {
	case 0:
		return Standing{}, &desk.Error{Kind: desk.NotFound, Op: op, Key: "error.member.unknown"}
	case 1:
		return found[0], nil
	}
	return Standing{}, &desk.Error{Kind: desk.Conflict, Op: op, Key: "error.member.several", Err: ErrSeveral}
}

// localDesk finds the desk that is meant.
func localDesk(tx *store.Tx, id string) (desk.Desk, error) {
	const op = "find desk"
	desks, err := tx.LocalDesks()
	if err != nil {
		return desk.Desk{}, err
	}
	for _, d := range desks {
		if d.ID == id || id == "" && len(desks) == 1 {
			return d, nil
		}
	}
	if id == "" && len(desks) > 1 {
		return desk.Desk{}, &desk.Error{Kind: desk.Conflict, Op: op, Key: "error.desk.several", Err: ErrSeveral}
	}
	return desk.Desk{}, &desk.Error{Kind: desk.NotFound, Op: op, Key: "error.desk.unknown"}
}

// SetUpLink issues the one-time link of a desk's set-up while no administrator
// can sign in, nor has a link that works; ok is false once one can. A new link
// ends the one before it.
func (a *Access) SetUpLink(ctx context.Context) (l Link, ok bool, err error) {
	err = a.db.Update(ctx, func(tx *store.Tx) error {
		n, err := tx.AdminsWhoCanSignIn()
		if err != nil || n > 0 {
			return err
		}
		ok = true
		l, err = a.link(tx, store.SetUp, desk.Member{})
		return err
	})
	return l, ok, err
}

// OpenSetUp shows the desk that a set-up link is for, and uses nothing up.
func (a *Access) OpenSetUp(ctx context.Context, code string) (d desk.Desk, err error) {
	err = a.db.View(ctx, func(tx *store.Tx) error {
		if _, err := a.opened(tx, code, store.SetUp); err != nil {
			return err
		}
		d, err = firstDesk(tx)
		return err
	})
	return d, err
}

// firstDesk is the desk that a set-up concerns: the one that has members, or
// the first there is.
func firstDesk(tx *store.Tx) (desk.Desk, error) {
	desks, err := tx.LocalDesks()
	if err != nil {
		return desk.Desk{}, err
	}
	if len(desks) == 0 {
		return desk.Desk{}, &desk.Error{Kind: desk.NotFound, Op: "find desk", Key: "error.desk.unknown"}
	}
	return desks[0], nil
}

// Founding is what a set-up asks for: the desk's declaration and its first
// member.
type Founding struct {
	Name, Lang, Owner, Funders string
	OwnerKind, FunderKind      desk.OwnerKind
	Member                     string
}

// SetUp keeps the declaration, makes the first member an administrator, and
// ends the set-up link: from here on the member's own link leads on.
func (a *Access) SetUp(ctx context.Context, code string, f Founding) (l Link, err error) {
	if err := checkFounding(&f); err != nil {
		return Link{}, err
	}
	err = a.db.Update(ctx, func(tx *store.Tx) error {
		e, err := a.opened(tx, code, store.SetUp)
		if err != nil {
			return err
		}
		if err := tx.TakeEnrolment(e.Hash); err != nil {
			return conflictAs(err, forbidden("set up", "error.link.dead", err))
		}
		d, err := firstDesk(tx)
		if err != nil {
			return err
		}
		d.Name, d.Lang, d.Owner, d.OwnerKind = f.Name, f.Lang, f.Owner, f.OwnerKind
		d.Funders, d.FunderKind, d.URL, d.Declared = f.Funders, f.FunderKind, a.url.String(), tx.Day()
		if err := tx.PutDesk(d); err != nil {
			return err
		}
		if err := tx.SetSetting("site.name", f.Name); err != nil {
			return err
		}
		if l, err = a.add(tx, d.ID, f.Member, desk.Admin, ""); err != nil {
			return err
		}
		return tx.SetMemberLang(l.Member.ID, f.Lang)
	})
	a.note(ctx, "set up the desk", "", err)
	return l, err
}

// The longest texts of a declaration, in characters.
const (
	deskNameMax    = 80
	declarationMax = 1000
)

func checkFounding(f *Founding) error {
	const op = "set up"
	f.Name, f.Owner, f.Funders = strings.TrimSpace(f.Name), strings.TrimSpace(f.Owner), strings.TrimSpace(f.Funders)
	f.Lang = knownLang(f.Lang)
	switch {
	case !plainText(f.Name, deskNameMax):
		return invalid(op, "error.set_up.name", "Max", deskNameMax)
	case !plainText(f.Owner, declarationMax) || !f.OwnerKind.Valid() || f.OwnerKind == desk.OwnerUnknown:
		return invalid(op, "error.set_up.owner", "Max", declarationMax)
	case !plainText(f.Funders, declarationMax) || !f.FunderKind.Valid():
		return invalid(op, "error.set_up.funders", "Max", declarationMax)
	}
	_, err := checkName(f.Member)
	return err
}

func plainText(s string, most int) bool {
	return s != "" && utf8.ValidString(s) && utf8.RuneCountInString(s) <= most &&
		!strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' })
}
