package access

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"sangto/internal/desk"
	"sangto/internal/record"
	"sangto/internal/store"
)

// memberNameMax is the longest name of a member, in characters.
const memberNameMax = 80

// Standing is a member as the desk's list shows them.
type Standing struct {
	desk.Member
	// CanSignIn is false for members who have not used their link yet.
	CanSignIn bool
	// Link is when an unused link ends, zero if there is none.
	Link time.Time
	// Recovery is the name of the administrator who asked to recover the
	// member, "" if nobody did; AskedBy is that administrator's id.
	Recovery, AskedBy string
	// KeyState says how it stands with the member's approval key.
	KeyState KeyState
}

// State is the member's state in the table of roles.
func (s Standing) State() desk.ObjectState {
	switch {
	case s.Ended:
		return desk.MemberEnded
	case !s.CanSignIn:
		return desk.MemberInvited
	}
	return desk.MemberActive
}

// KeyState is how it stands with a member's approval key.
type KeyState string

// The states of a key, from the best.
const (
	KeyGood   KeyState = "good"
	KeyAgeing KeyState = "ageing" // to be replaced soon
	KeyYoung  KeyState = "young"  // waits
	KeyOld    KeyState = "old"    // refused
	KeyNone   KeyState = "none"
)

// keyState judges a member's keys.
func keyState(keys []desk.ApprovalKey, now time.Time) KeyState {
	out := KeyNone
	for _, k := range keys {
		switch err := desk.CheckKey(k, now); {
		case err == nil && now.Sub(k.Made) >= desk.KeyWarn:
			return KeyAgeing
		case err == nil:
			return KeyGood
		case k.Retired.IsZero() && now.Before(k.Good):
			out = KeyYoung
		case out == KeyNone:
			out = KeyOld
		}
	}
	return out
}

// Act is a line of the desk's book of members.
type Act struct {
	Act    string
	Member string
	// By is the name of whoever did it, "" for the command line and set-up.
	By     string
	Detail string
	At     time.Time
}

// Roster is the desk's members and what happened to the list lately.
type Roster struct {
	Members []Standing
	Acts    []Act
}

// actsShown is how many lines of the book a page shows.
const actsShown = 50

// Roster returns the members of a desk, those who left last.
func (a *Access) Roster(ctx context.Context, deskID string) (Roster, error) {
	var out Roster
	err := a.db.View(ctx, func(tx *store.Tx) (err error) {
		if out.Members, err = standings(tx, deskID); err != nil {
			return err
		}
		names := map[string]string{}
		for _, m := range out.Members {
			names[m.ID] = m.Name
		}
		acts, err := tx.MemberActs(deskID, actsShown)
		for _, x := range acts {
			out.Acts = append(out.Acts, Act{Act: x.Act, Member: names[x.MemberID], By: names[x.By], Detail: x.Detail, At: x.At})
		}
		return err
	})
	return out, err
}

func standings(tx *store.Tx, deskID string) ([]Standing, error) {
	members, err := tx.Members(deskID)
	if err != nil {
		return nil, err
	}
	can, err := tx.CanSignIn(deskID)
	if err != nil {
		return nil, err
	}
	links, err := tx.Enrolments(deskID)
	if err != nil {
		return nil, err
	}
	recoveries, err := tx.Recoveries(deskID)
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for _, m := range members {
		names[m.ID] = m.Name
	}
	var out []Standing
	for _, m := range members {
		s := Standing{Member: m, CanSignIn: can[m.ID]}
		for _, l := range links {
			if l.MemberID == m.ID {
				s.Link = l.Ends
			}
		}
		for _, r := range recoveries {
			if r.MemberID == m.ID && tx.Now().Sub(r.Asked) < recoveryFor {
				s.Recovery, s.AskedBy = names[r.AskedBy], r.AskedBy
			}
		}
		keys, err := tx.ApprovalKeys(m.ID)
		if err != nil {
			return nil, err
		}
		s.KeyState = keyState(keys, tx.Now())
		out = append(out, s)
	}
	slices.SortStableFunc(out, func(x, y Standing) int {
		if x.Ended != y.Ended {
			if y.Ended {
				return -1
			}
			return 1
		}
		return strings.Compare(strings.ToLower(x.Name), strings.ToLower(y.Name))
	})
	return out, nil
}

// standing finds one member of the actor's own desk and judges an action on
// it by the table of roles.
func (a *Access) standing(tx *store.Tx, actor desk.Member, action desk.Action, memberID string) (Standing, []Standing, error) {
	all, err := standings(tx, actor.DeskID)
	if err != nil {
		return Standing{}, nil, err
	}
	for _, s := range all {
		if s.ID == memberID {
			return s, all, desk.Allow(actor, action, s.State())
		}
	}
	return Standing{}, nil, &desk.Error{Kind: desk.NotFound, Op: string(action), Key: "error.missing"}
}

// deskState is the state of a desk in the table of roles.
func deskState(tx *store.Tx, deskID string) (desk.ObjectState, error) {
	published, err := tx.HasPublished(deskID)
	if published {
		return desk.DeskPublishing, err
	}
	return desk.DeskNew, err
}

// checkName refuses what is no name of a member.
func checkName(name string) (string, error) {
	name = strings.Join(strings.Fields(name), " ")
	if name == "" || !utf8.ValidString(name) || utf8.RuneCountInString(name) > memberNameMax || strings.ContainsFunc(name, unicode.IsControl) {
		return "", invalid("name a member", "error.member.name", "Max", memberNameMax)
	}
	return name, nil
}

// add makes a member and their link, in a transaction.
func (a *Access) add(tx *store.Tx, deskID, name string, role desk.Role, by string) (Link, error) {
	name, err := checkName(name)
	if err != nil {
		return Link{}, err
	}
	if !role.Valid() {
		return Link{}, invalid("add member", "error.member.role")
	}
	members, err := tx.Members(deskID)
	if err != nil {
		return Link{}, err
	}
	for _, m := range members {
		if !m.Ended && strings.EqualFold(m.Name, name) {
			return Link{}, &desk.Error{Kind: desk.Conflict, Op: "add member", Key: "error.member.taken"}
		}
	}
	id, err := tx.NewID()
	if err != nil {
		return Link{}, err
	}
	m := desk.Member{ID: id, DeskID: deskID, Name: name, Role: role}
	if err := tx.PutMember(m); err != nil {
		return Link{}, err
	}
	if err := tx.NoteAct("add", id, by, string(role)); err != nil {
		return Link{}, err
	}
	return a.link(tx, store.Enrol, m)
}

// act runs a change to the members of a desk by one who just proved that it is
// them.
func (a *Access) act(ctx context.Context, token, what string, do func(tx *store.Tx, actor desk.Member) error) error {
	keyID := ""
	err := a.db.Update(ctx, func(tx *store.Tx) error {
		seat, err := a.proved(tx, token)
		if err != nil {
			return err
		}
		keyID = seat.Member.KeyID
		return do(tx, seat.Member)
	})
	a.note(ctx, what, keyID, err)
	return err
}

// Invite makes a new member of the administrator's desk, and the link to give
// them.
func (a *Access) Invite(ctx context.Context, token, name string, role desk.Role) (l Link, err error) {
	err = a.act(ctx, token, "add a member", func(tx *store.Tx, actor desk.Member) error {
		state, err := deskState(tx, actor.DeskID)
		if err != nil {
			return err
		}
		if err := desk.Allow(actor, desk.ManageMembers, state); err != nil {
			return err
		}
		l, err = a.add(tx, actor.DeskID, name, role, actor.ID)
		return err
	})
	return l, err
}

// InviteAgain gives a member who never used their link a new one.
func (a *Access) InviteAgain(ctx context.Context, token, memberID string) (l Link, err error) {
	err = a.act(ctx, token, "renew a member's link", func(tx *store.Tx, actor desk.Member) error {
		s, _, err := a.standing(tx, actor, desk.InviteMember, memberID)
		if err != nil {
			return err
		}
		if s.CanSignIn {
			return &desk.Error{Kind: desk.Conflict, Op: "invite again", Key: "error.member.enrolled"}
		}
		l, err = a.link(tx, store.Enrol, s.Member)
		return err
	})
	return l, err
}

// End ends a membership at once, with every session, link and way to sign in.
// The last administrator who can sign in cannot be ended.
func (a *Access) End(ctx context.Context, token, memberID string) error {
	return a.act(ctx, token, "end a member", func(tx *store.Tx, actor desk.Member) error {
		s, all, err := a.standing(tx, actor, desk.EndMembership, memberID)
		if err != nil {
			return err
		}
		if err := keepAdmin(all, s); err != nil {
			return err
		}
		s.Ended = true
		if err := tx.PutMember(s.Member); err != nil {
			return err
		}
		if err := record.KeysGone(tx, s.ID); err != nil {
			return err
		}
		if err := tx.RetireApprovalKeys(s.ID); err != nil {
			return err
		}
		return tx.NoteAct("end", s.ID, actor.ID, "")
	})
}

// ChangeRole gives a member another role. The last administrator who can sign
// in keeps theirs.
func (a *Access) ChangeRole(ctx context.Context, token, memberID string, role desk.Role) error {
	return a.act(ctx, token, "change a role", func(tx *store.Tx, actor desk.Member) error {
		s, all, err := a.standing(tx, actor, desk.ChangeRole, memberID)
		if err != nil {
			return err
		}
		if !role.Valid() {
			return invalid("change role", "error.member.role")
		}
		if s.Role == role {
			return nil
		}
		if role != desk.Admin {
			if err := keepAdmin(all, s); err != nil {
				return err
			}
		}
		s.Role = role
		if err := tx.PutMember(s.Member); err != nil {
			return err
		}
		return tx.NoteAct("role", s.ID, actor.ID, string(role))
	})
}

// keepAdmin refuses to leave a desk without an administrator who can sign in.
func keepAdmin(all []Standing, leaving Standing) error {
	if leaving.Role != desk.Admin {
		return nil
	}
	for _, s := range all {
		if s.ID != leaving.ID && s.Role == desk.Admin && s.State() == desk.MemberActive {
			return nil
		}
	}
	return &desk.Error{Kind: desk.Conflict, Op: "keep an administrator", Key: "error.member.last_admin"}
}

// AskRecovery asks that a member who lost their way in be given a new one.
// Another administrator must confirm. At a desk whose only other administrator
// is the one who asks, that one is enough, and gets the link: needed is false.
func (a *Access) AskRecovery(ctx context.Context, token, memberID string) (l Link, needed bool, err error) {
	err = a.act(ctx, token, "ask for a recovery", func(tx *store.Tx, actor desk.Member) error {
		const op = "ask recovery"
		s, all, err := a.standing(tx, actor, desk.RecoverMember, memberID)
		if err != nil {
			return err
		}
		if s.ID == actor.ID {
			return &desk.Error{Kind: desk.Forbidden, Op: op, Key: "error.recovery.own"}
		}
		if s.Recovery != "" {
			return &desk.Error{Kind: desk.Conflict, Op: op, Key: "error.recovery.asked"}
		}
		needed = slices.ContainsFunc(all, func(o Standing) bool {
			return o.ID != actor.ID && o.ID != s.ID && o.Role == desk.Admin && o.State() == desk.MemberActive
		})
		if !needed {
			l, err = a.recover(tx, s.Member, actor.ID)
			return err
		}
		// One that nobody confirmed in time makes room.
		if err := tx.DropRecovery(s.ID); err != nil && desk.KindOf(err) != desk.Conflict {
			return err
		}
		if err := tx.AskRecovery(s.ID, actor.ID); err != nil {
			return conflictAs(err, &desk.Error{Kind: desk.Conflict, Op: op, Key: "error.recovery.asked"})
		}
		return tx.NoteAct("ask_recovery", s.ID, actor.ID, "")
	})
	return l, needed, err
}

// ConfirmRecovery is the second administrator's word, and gives the link.
func (a *Access) ConfirmRecovery(ctx context.Context, token, memberID string) (l Link, err error) {
	err = a.act(ctx, token, "confirm a recovery", func(tx *store.Tx, actor desk.Member) error {
		const op = "confirm recovery"
		s, _, err := a.standing(tx, actor, desk.RecoverMember, memberID)
		switch {
		case err != nil:
			return err
		case s.Recovery == "":
			return &desk.Error{Kind: desk.Conflict, Op: op, Key: "error.recovery.gone"}
		case s.AskedBy == actor.ID, s.ID == actor.ID:
			return &desk.Error{Kind: desk.Forbidden, Op: op, Key: "error.recovery.second"}
		}
		l, err = a.recover(tx, s.Member, actor.ID)
		return err
	})
	return l, err
}

// DropRecovery takes a recovery back that nobody confirmed yet. Any
// administrator may, and so may the member it is about.
func (a *Access) DropRecovery(ctx context.Context, token, memberID string) error {
	return a.act(ctx, token, "drop a recovery", func(tx *store.Tx, actor desk.Member) error {
		if actor.ID != memberID {
			if _, _, err := a.standing(tx, actor, desk.RecoverMember, memberID); err != nil {
				return err
			}
		}
		if err := tx.DropRecovery(memberID); err != nil {
			return conflictAs(err, &desk.Error{Kind: desk.Conflict, Op: "drop recovery", Key: "error.recovery.gone"})
		}
		return tx.NoteAct("drop_recovery", memberID, actor.ID, "")
	})
}

// recover issues the link of a recovery. What the member has stays until the
// link is used, so that an attacker who talks two people into it is noticed.
func (a *Access) recover(tx *store.Tx, m desk.Member, by string) (Link, error) {
	if err := tx.DropRecovery(m.ID); err != nil && desk.KindOf(err) != desk.Conflict {
		return Link{}, err
	}
	if err := tx.NoteAct("recover", m.ID, by, ""); err != nil {
		return Link{}, err
	}
	return a.link(tx, store.Recover, m)
}
