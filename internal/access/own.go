package access

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"time"

	"sangto/internal/desk"
	"sangto/internal/record"
	"sangto/internal/store"
)

// OwnKey is one of a member's approval keys.
type OwnKey struct {
	desk.ApprovalKey
	State KeyState
}

// OwnPasskey is one of a member's passkeys. Name is what the acts below take.
type OwnPasskey struct {
	Name, Label string
	Made        time.Time
	// Approves says that it holds the key that approves now, or will.
	Approves bool
}

// Own is what a member sees of their own keys and sessions.
type Own struct {
	Passkeys   []OwnPasskey
	Password   bool
	Identities []string // issuers
	Keys       []OwnKey
	Sessions   []OwnSession
	// State is how it stands with approving; Ends is when the present key ends
	// and Young when the next one becomes good.
	State       KeyState
	Ends, Young time.Time
	// Recovery says that a recovery of this member was asked for.
	Recovery bool
}

func passkeyName(id []byte) string { return base64.RawURLEncoding.EncodeToString(id) }

// Own returns what the member behind a token has.
func (a *Access) Own(ctx context.Context, token string) (Own, error) {
	var out Own
	err := a.db.View(ctx, func(tx *store.Tx) error {
		seat, here, err := a.seated(tx, token)
		if err != nil {
			return err
		}
		id := seat.Member.ID
		if err := a.ownKeys(tx, id, &out); err != nil {
			return err
		}
		held, err := tx.Credentials(id)
		if err != nil {
			return err
		}
		for _, c := range held {
			out.Passkeys = append(out.Passkeys, OwnPasskey{Name: passkeyName(c.ID), Label: c.Label, Made: c.Made, Approves: stands(out.Keys, c.ApprovalKey)})
		}
		if _, err := tx.PasswordOf(id); err == nil {
			out.Password = true
		} else if desk.KindOf(err) != desk.NotFound {
			return err
		}
		bound, err := tx.Identities(id)
		if err != nil {
			return err
		}
		for _, i := range bound {
			out.Identities = append(out.Identities, i.Issuer)
		}
		recoveries, err := tx.Recoveries(seat.Member.DeskID)
		if err != nil {
			return err
		}
		for _, r := range recoveries {
			out.Recovery = out.Recovery || r.MemberID == id && tx.Now().Sub(r.Asked) < recoveryFor
		}
		return a.ownSessions(tx, id, here, &out)
	})
	return out, err
}

func (a *Access) ownKeys(tx *store.Tx, memberID string, out *Own) error {
	keys, err := tx.ApprovalKeys(memberID)
	now := tx.Now()
	for _, k := range keys {
		out.Keys = append(out.Keys, OwnKey{ApprovalKey: k, State: keyState([]desk.ApprovalKey{k}, now)})
		if desk.CheckKey(k, now) == nil && out.Ends.IsZero() {
			out.Ends = k.Until
		}
		if k.Retired.IsZero() && now.Before(k.Good) {
			out.Young = k.Good
		}
	}
	out.State = keyState(keys, now)
	return err
}

func (a *Access) ownSessions(tx *store.Tx, memberID string, here store.Session, out *Own) error {
	all, err := tx.Sessions(memberID)
	now := a.clock()
	for _, s := range all {
		if now.Sub(s.Used) >= IdleFor || now.Sub(s.Opened) >= SessionFor {
			continue
		}
		out.Sessions = append(out.Sessions, OwnSession{
			Name: sessionName(s.Hash), Way: s.Way, Opened: s.Opened, Used: s.Used, Here: sessionName(s.Hash) == sessionName(here.Hash),
		})
	}
	return err
}

func stands(keys []OwnKey, id string) bool {
	for _, k := range keys {
		if k.ID == id {
			return k.State == KeyGood || k.State == KeyAgeing || k.State == KeyYoung
		}
	}
	return false
}

// BeginPasskey gives the options with which a member makes one more passkey.
func (a *Access) BeginPasskey(ctx context.Context, token string) (json.RawMessage, error) {
	if a.keys == nil {
		return nil, nil
	}
	seat, err := a.Seat(ctx, token)
	if err != nil {
		return nil, err
	}
	return a.beginPasskey(seat.Member.Name, token)
}

// AddPasskey keeps one more passkey of the member. It signs in; ApproveWith
// makes it approve.
func (a *Access) AddPasskey(ctx context.Context, token, label string, response []byte) error {
	seat, err := a.Seat(ctx, token)
	if err != nil {
		return err
	}
	c, challenge, err := a.newCredential(seat.Member.Name, token, label, response)
	if err != nil {
		return err
	}
	return a.act(ctx, token, "add a passkey", func(tx *store.Tx, actor desk.Member) error {
		if err := desk.Allow(actor, desk.ManageOwnKeys, desk.MemberActive); err != nil {
			return err
		}
		if err := answer(tx, challenge); err != nil {
			return conflictAs(err, forbidden("add passkey", "error.passkey.late", err))
		}
		c.MemberID, c.Made = actor.ID, tx.Now()
		return tx.AddCredential(c)
	})
}

// DropPasskey forgets a passkey of the member, and retires the approval key it
// holds. The last way to sign in cannot be dropped.
func (a *Access) DropPasskey(ctx context.Context, token, name string) error {
	return a.act(ctx, token, "drop a passkey", func(tx *store.Tx, actor desk.Member) error {
		c, err := ownCredential(tx, actor.ID, name)
		if err != nil {
			return err
		}
		if c.ApprovalKey != "" {
			k, err := tx.ApprovalKey(c.ApprovalKey)
			if err != nil {
				return err
			}
			if err := record.KeyGone(tx, k); err != nil {
				return err
			}
			if err := tx.RetireApprovalKey(k.ID); err != nil {
				return err
			}
		}
		if err := tx.DropCredential(actor.ID, c.ID); err != nil {
			return err
		}
		can, err := tx.CanSignIn(actor.DeskID)
		if err != nil {
			return err
		}
		if !can[actor.ID] {
			return &desk.Error{Kind: desk.Conflict, Op: "drop passkey", Key: "error.passkey.last"}
		}
		return nil
	})
}

func ownCredential(tx *store.Tx, memberID, name string) (store.Credential, error) {
	id, err := encoding.DecodeString(name)
	if err != nil {
		return store.Credential{}, &desk.Error{Kind: desk.NotFound, Op: "find passkey", Key: "error.missing"}
	}
	c, err := tx.Credential(id)
	if err == nil && c.MemberID != memberID {
		return c, &desk.Error{Kind: desk.NotFound, Op: "find passkey", Key: "error.missing"}
	}
	return c, err
}

// ApproveWith makes a new approval key of a passkey that held none before. The
// present key stays good until the new one is.
func (a *Access) ApproveWith(ctx context.Context, token, name string) error {
	return a.act(ctx, token, "make a new approval key", func(tx *store.Tx, actor desk.Member) error {
		if err := desk.Allow(actor, desk.ManageOwnKeys, desk.MemberActive); err != nil {
			return err
		}
		c, err := ownCredential(tx, actor.ID, name)
		if err != nil {
			return err
		}
		if c.ApprovalKey != "" {
			return &desk.Error{Kind: desk.Conflict, Op: "approve with", Key: "error.key.used"}
		}
		k, err := a.newKey(tx, actor, c.PublicKey)
		if err != nil {
			return err
		}
		return tx.ApproveWith(c.ID, k.ID)
	})
}

// RenewKey makes a new approval key for a member who has no passkey: its
// approvals are not signed.
func (a *Access) RenewKey(ctx context.Context, token string) error {
	return a.act(ctx, token, "make a new approval key", func(tx *store.Tx, actor desk.Member) error {
		if err := desk.Allow(actor, desk.ManageOwnKeys, desk.MemberActive); err != nil {
			return err
		}
		held, err := tx.Credentials(actor.ID)
		if err != nil {
			return err
		}
		if len(held) > 0 {
			return &desk.Error{Kind: desk.Conflict, Op: "renew key", Key: "error.key.passkey"}
		}
		_, err = a.newKey(tx, actor, nil)
		return err
	})
}

// ChangePassword shows what a new second step is set up with.
func (a *Access) ChangePassword(ctx context.Context, token string) (SecondStep, error) {
	seat, err := a.Seat(ctx, token)
	if err != nil {
		return SecondStep{}, err
	}
	_, step, err := a.secondStep(seat.Member, token)
	return step, err
}

// SetPassword keeps a new name, password and second step of the member, and
// ends their other sessions.
func (a *Access) SetPassword(ctx context.Context, token, name, password, code string) error {
	if !a.Passwords() {
		return forbidden("set password", "error.password.address", nil)
	}
	seat, err := a.Seat(ctx, token)
	if err != nil {
		return err
	}
	p, err := a.newPassword(seat.Member, token, name, password, code, a.clock())
	if err != nil {
		return err
	}
	return a.act(ctx, token, "change a password", func(tx *store.Tx, actor desk.Member) error {
		if err := putPassword(tx, p); err != nil {
			return err
		}
		return tx.EndSessions(actor.ID, hashOf(token))
	})
}

// Ageing reports whether the member should make a new approval key soon, or has
// none that is good.
func (a *Access) Ageing(ctx context.Context, memberID string) (KeyState, error) {
	var state KeyState
	err := a.db.View(ctx, func(tx *store.Tx) error {
		keys, err := tx.ApprovalKeys(memberID)
		state = keyState(keys, tx.Now())
		return err
	})
	return state, err
}
