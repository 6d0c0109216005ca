package access

import (
	"context"
	"encoding/hex"
	"time"

	"sangto/internal/desk"
	"sangto/internal/store"
)

// How a member signed in.
const (
	byPasskey      = "passkey"
	byPassword     = "password"
	byOrganisation = "organisation"
)

// useEvery is how exactly the last use of a session is kept: a page must not
// cost a write.
const useEvery = time.Minute

// Seat finds who holds the session behind a token, and keeps the session
// alive. A token that is unknown, ended, idle for IdleFor or older than
// SessionFor is desk.Unauthenticated, also when the member has left.
func (a *Access) Seat(ctx context.Context, token string) (Seat, error) {
	const op = "find seat"
	if len(token) != 43 {
		return Seat{}, unauthenticated(op, "error.session.over")
	}
	var seat Seat
	var s store.Session
	err := a.db.View(ctx, func(tx *store.Tx) (err error) {
		seat, s, err = a.seated(tx, token)
		return err
	})
	if err != nil {
		return Seat{}, err
	}
	if now := a.clock().UTC(); now.Sub(s.Used) >= useEvery {
		err = a.db.Update(ctx, func(tx *store.Tx) error { return tx.UseSession(s.Hash, now) })
		switch desk.KindOf(err) {
		case desk.Conflict:
			return Seat{}, unauthenticated(op, "error.session.over")
		case desk.Unavailable:
			err = nil // a full disk must not lock members out of reading
		}
		if err != nil {
			return Seat{}, err
		}
	}
	return seat, nil
}

// seated reads the session behind a token, in a transaction.
func (a *Access) seated(tx *store.Tx, token string) (Seat, store.Session, error) {
	const op = "find seat"
	over := unauthenticated(op, "error.session.over")
	s, err := tx.Session(hashOf(token))
	if desk.KindOf(err) == desk.NotFound {
		return Seat{}, s, over
	}
	if err != nil {
		return Seat{}, s, err
	}
	now := a.clock()
	// A clock that was set back makes nothing younger: what lies in the future
	// is over.
	if now.Sub(s.Used) >= IdleFor || now.Sub(s.Opened) >= SessionFor || s.Used.Sub(now) > slack || s.Opened.Sub(now) > slack {
		return Seat{}, s, over
	}
	m, err := tx.Member(s.MemberID)
	if err != nil {
		return Seat{}, s, err
	}
	if m.Ended {
		return Seat{}, s, over
	}
	tag, err := tx.MemberLang(m.ID)
	if err != nil {
		return Seat{}, s, err
	}
	age := now.Sub(s.Proved)
	return Seat{Member: m, Lang: knownLang(tag), Reauthenticated: age >= -slack && age < ReauthFor}, s, nil
}

// proved is seated for acts that need a member who just showed that it is them.
func (a *Access) proved(tx *store.Tx, token string) (Seat, error) {
	seat, _, err := a.seated(tx, token)
	if err == nil && !seat.Reauthenticated {
		err = forbidden("confirm", "error.confirm", nil)
	}
	return seat, err
}

// open makes a session in a transaction and returns its token. The session
// that the browser came with, if any, ends: a token is never carried over.
func (a *Access) open(tx *store.Tx, memberID, way, old string) (string, error) {
	token, hash, err := a.newToken()
	if err != nil {
		return "", err
	}
	if old != "" {
		if s, err := tx.Session(hashOf(old)); err == nil {
			if err := tx.EndSession(s.MemberID, s.Hash); err != nil {
				return "", err
			}
		}
	}
	now := tx.Now()
	err = tx.AddSession(store.Session{Hash: hash, MemberID: memberID, Way: way, Opened: now, Used: now, Proved: now}, now.Add(-SessionFor))
	return token, err
}

// renew gives a session that was just proved a new token and a new proof.
func (a *Access) renew(tx *store.Tx, token string) (string, error) {
	_, s, err := a.seated(tx, token)
	if err != nil {
		return "", err
	}
	fresh, hash, err := a.newToken()
	if err != nil {
		return "", err
	}
	if err := tx.EndSession(s.MemberID, s.Hash); err != nil {
		return "", err
	}
	now := tx.Now()
	s.Hash, s.Used, s.Proved = hash, now, now
	return fresh, tx.AddSession(s, now.Add(-SessionFor))
}

// SignOut ends the session behind a token. One that is over already is no error.
func (a *Access) SignOut(ctx context.Context, token string) error {
	return a.db.Update(ctx, func(tx *store.Tx) error {
		s, err := tx.Session(hashOf(token))
		if desk.KindOf(err) == desk.NotFound {
			return nil
		}
		if err != nil {
			return err
		}
		return tx.EndSession(s.MemberID, s.Hash)
	})
}

// OwnSession is one of a member's sessions. Name is what EndSession takes; it
// opens nothing.
type OwnSession struct {
	Name         string
	Way          string
	Opened, Used time.Time
	Here         bool
}

func sessionName(hash []byte) string { return hex.EncodeToString(hash[:8]) }

// EndSession ends one of the member's own sessions, by its name, or all but
// this one if name is "".
func (a *Access) EndSession(ctx context.Context, token, name string) error {
	return a.db.Update(ctx, func(tx *store.Tx) error {
		seat, here, err := a.seated(tx, token)
		if err != nil {
			return err
		}
		if name == "" {
			return tx.EndSessions(seat.Member.ID, here.Hash)
		}
		all, err := tx.Sessions(seat.Member.ID)
		if err != nil {
			return err
		}
		for _, s := range all {
			if sessionName(s.Hash) == name {
				return tx.EndSession(seat.Member.ID, s.Hash)
			}
		}
		return nil
	})
}
