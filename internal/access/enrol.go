package access

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"sangto/internal/desk"
	"sangto/internal/record"
	"sangto/internal/store"
)

// Link is a one-time link: whoever opens it first becomes the member it is
// for. Code is in no log and no database; it is shown once.
type Link struct {
	Code string
	// Member it is for; zero for the set-up of the desk itself.
	Member desk.Member
	Ends   time.Time
	// Path is the page that takes the code.
	Path string
}

// The pages that take a code.
const (
	EnrolPath = "/desk/enrol"
	SetUpPath = "/desk/set-up"
)

// Address is the whole link. The code stands behind the #, which browsers keep
// to themselves: it reaches no server's log.
func (l Link) Address(deskURL *url.URL) string {
	return deskURL.Scheme + "://" + deskURL.Host + l.Path + "#" + l.Code
}

// foldCode makes one spelling of a code that was typed.
func foldCode(code string) string {
	return strings.ToUpper(strings.NewReplacer(" ", "", "-", "").Replace(strings.TrimSpace(code)))
}

// link issues a link in a transaction, in place of an earlier one. The code is
// 130 random bits in base32.
func (a *Access) link(tx *store.Tx, purpose store.Purpose, m desk.Member) (Link, error) {
	l := Link{Code: rand.Text(), Member: m, Ends: tx.Now().Add(LinkFor), Path: EnrolPath}
	if purpose == store.SetUp {
		l.Path = SetUpPath
	}
	return l, tx.AddEnrolment(store.Enrolment{
		Hash: hashOf(l.Code), Purpose: purpose, MemberID: m.ID, Made: tx.Now(), Ends: l.Ends,
	})
}

// opened finds what a code opens: error.link.dead for one that is unknown, used
// up or too old, without saying which.
func (a *Access) opened(tx *store.Tx, code string, purposes ...store.Purpose) (store.Enrolment, error) {
	dead := forbidden("open link", "error.link.dead", nil)
	e, err := tx.Enrolment(hashOf(foldCode(code)))
	if desk.KindOf(err) == desk.NotFound {
		return e, dead
	}
	if err != nil {
		return e, err
	}
	now := tx.Now()
	if now.After(e.Ends) || e.Made.Sub(now) > slack {
		return e, dead
	}
	for _, p := range purposes {
		if e.Purpose == p {
			return e, nil
		}
	}
	return e, dead
}

// Invitation is what a link offers its member.
type Invitation struct {
	Member desk.Member
	Desk   desk.Desk
	// Recovery says that the member's earlier ways to sign in end with it.
	Recovery bool
	// Passkey is for the browser's navigator.credentials.create; empty where
	// there can be none.
	Passkey json.RawMessage
	// Step is what an authenticator app is set up with, where a password is
	// offered.
	Step *SecondStep
}

// Open shows what a link offers, and uses nothing up.
func (a *Access) Open(ctx context.Context, code string) (Invitation, error) {
	var in Invitation
	err := a.db.View(ctx, func(tx *store.Tx) error {
		e, err := a.opened(tx, code, store.Enrol, store.Recover)
		if err != nil {
			return err
		}
		in.Recovery = e.Purpose == store.Recover
		if in.Member, err = tx.Member(e.MemberID); err != nil {
			return err
		}
		in.Desk, err = tx.Desk(in.Member.DeskID)
		return err
	})
	if err != nil {
		return Invitation{}, err
	}
	if a.Passkeys() {
		if in.Passkey, err = a.beginPasskey(in.Member.Name, foldCode(code)); err != nil {
			return Invitation{}, err
		}
	}
	if a.Passwords() {
		_, step, err := a.secondStep(in.Member, foldCode(code))
		if err != nil {
			return Invitation{}, err
		}
		in.Step = &step
	}
	return in, nil
}

// EnrolPasskey uses a link up: the member of it now has this passkey, to sign
// in and to approve with, and a session, whose token is returned.
func (a *Access) EnrolPasskey(ctx context.Context, old, code, label string, response []byte) (token string, err error) {
	in, err := a.Open(ctx, code)
	if err != nil {
		return "", err
	}
	c, challenge, err := a.newCredential(in.Member.Name, foldCode(code), label, response)
	if err == nil {
		token, err = a.enrol(ctx, old, code, byPasskey, func(tx *store.Tx, m desk.Member) error {
			if err := answer(tx, challenge); err != nil {
				return conflictAs(err, forbidden("enrol", "error.passkey.late", err))
			}
			key, err := a.newKey(tx, m, c.PublicKey)
			if err != nil {
				return err
			}
			c.MemberID, c.Made, c.ApprovalKey = m.ID, tx.Now(), key.ID
			return tx.AddCredential(c)
		})
	}
	a.noteMember(ctx, "enrol with a passkey", in.Member.ID, err)
	return token, err
}

// EnrolPassword is EnrolPasskey for a name, a password and the code of the
// second step that Open showed.
func (a *Access) EnrolPassword(ctx context.Context, old, code, name, password, stepCode string) (token string, err error) {
	const op = "enrol"
	if !a.Passwords() {
		return "", forbidden(op, "error.password.address", nil)
	}
	in, err := a.Open(ctx, code)
	if err != nil {
		return "", err
	}
	p, err := a.newPassword(in.Member, foldCode(code), name, password, stepCode, a.clock())
	if err == nil {
		token, err = a.enrol(ctx, old, code, byPassword, func(tx *store.Tx, m desk.Member) error {
			if _, err := a.newKey(tx, m, nil); err != nil {
				return err
			}
			return putPassword(tx, p)
		})
	}
	a.noteMember(ctx, "enrol with a password", in.Member.ID, err)
	return token, err
}

// putPassword keeps a password under a name that is nobody else's.
func putPassword(tx *store.Tx, p store.Password) error {
	other, err := tx.PasswordNamed(p.Name)
	switch {
	case desk.KindOf(err) == desk.NotFound:
	case err != nil:
		return err
	case other.MemberID != p.MemberID:
		return &desk.Error{Kind: desk.Conflict, Op: "keep password", Key: "error.password.taken"}
	}
	return tx.PutPassword(p)
}

// enrol uses a link up and lets give add the way to sign in. After a recovery
// nothing the member had before opens anything, nor approves.
func (a *Access) enrol(ctx context.Context, old, code, way string, give func(tx *store.Tx, m desk.Member) error) (token string, err error) {
	err = a.db.Update(ctx, func(tx *store.Tx) error {
		e, err := a.opened(tx, code, store.Enrol, store.Recover)
		if err != nil {
			return err
		}
		if err := tx.TakeEnrolment(e.Hash); err != nil {
			return conflictAs(err, forbidden("enrol", "error.link.dead", err))
		}
		m, err := tx.Member(e.MemberID)
		if err != nil {
			return err
		}
		if e.Purpose == store.Recover {
			if err := a.forget(tx, m.ID); err != nil {
				return err
			}
		}
		if err := give(tx, m); err != nil {
			return err
		}
		if err := tx.NoteAct("enrol", m.ID, m.ID, ""); err != nil {
			return err
		}
		if err := tx.DropSetUp(); err != nil {
			return err
		}
		token, err = a.open(tx, m.ID, way, old)
		return err
	})
	return token, err
}

// forget ends whatever a member had: ways to sign in, sessions, keys.
func (a *Access) forget(tx *store.Tx, memberID string) error {
	if err := tx.ForgetWays(memberID); err != nil {
		return err
	}
	if err := tx.EndSessions(memberID, nil); err != nil {
		return err
	}
	if err := record.KeysGone(tx, memberID); err != nil {
		return err
	}
	return tx.RetireApprovalKeys(memberID)
}

// newKey makes a member's next approval key. The keys before it stay good until
// it is.
func (a *Access) newKey(tx *store.Tx, m desk.Member, public []byte) (desk.ApprovalKey, error) {
	published, err := tx.HasPublished(m.DeskID)
	if err != nil {
		return desk.ApprovalKey{}, err
	}
	id, err := tx.NewID()
	if err != nil {
		return desk.ApprovalKey{}, err
	}
	k := desk.NewApprovalKey(id, m.ID, public, tx.Now(), published)
	if err := tx.EndApprovalKeys(m.ID, k.ID, k.Good); err != nil {
		return k, err
	}
	if err := tx.AddApprovalKey(k); err != nil {
		return k, err
	}
	if err := record.Key(tx, k); err != nil {
		return k, err
	}
	if m.KeyID == "" || !k.Good.After(tx.Now()) {
		if err := a.rename(tx, m, k.ID); err != nil {
			return k, err
		}
	}
	return k, tx.NoteAct("key", m.ID, m.ID, k.ID)
}
