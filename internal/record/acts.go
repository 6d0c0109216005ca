package record

import (
	"cmp"
	"fmt"
	"slices"

	"sangto/internal/desk"
	"sangto/internal/record/leaf"
	"sangto/internal/store"
)

// add writes a leaf, and what its hashes cover, in the transaction of the act it
// records. Both remain or neither.
func add(tx *store.Tx, l leaf.Leaf, subject string, c *leaf.Content) error {
	b, err := l.Bytes()
	if err != nil {
		return &desk.Error{Kind: desk.Internal, Op: "record", Err: err}
	}
	text := ""
	if c != nil {
		t, err := c.Text()
		if err != nil {
			return &desk.Error{Kind: desk.Internal, Op: "record", Err: err}
		}
		text = string(t)
	}
	_, err = tx.AddLeaf(store.Leaf{Kind: string(l.Kind), Subject: subject, Rev: l.Rev, Bytes: b, Hash: leaf.Hash(b)}, l.Check, text)
	return err
}

// prev is the hash of the newest leaf of a subject.
func prev(tx *store.Tx, subject string) (string, error) {
	l, _, err := tx.LastLeaf(subject)
	return l.Hash, err
}

// Version records a version of a local desk's check that was added in this
// transaction, with the declaration and the keys it rests on where the record
// does not have them yet.
func Version(tx *store.Tx, v desk.Version, approvals []desk.Approval) error {
	return version(tx, v, approvals, false)
}

func version(tx *store.Tx, v desk.Version, approvals []desk.Approval, before bool) error {
	on, err := tx.Entering(v.CheckID, v.Number)
	if err != nil {
		return err
	}
	c := on.Check
	if c.Imported() {
		return nil
	}
	// After an old backup the record may have a version that the database lacks.
	// Two entries of one number would be a broken record for good.
	if on.Entries > 0 {
		return behind("version")
	}
	page := pageSubject(c.DeskID, leaf.DeclarationPage)
	subjects := []string{c.ID, page}
	for _, a := range approvals {
		subjects = append(subjects, a.KeyID)
	}
	newest, err := tx.LastLeaves(subjects...)
	if err != nil {
		return err
	}
	for _, a := range approvals {
		if _, known := newest[a.KeyID]; known {
			continue
		}
		if err := approver(tx, c.DeskID, a.KeyID); err != nil {
			return err
		}
	}
	owner, err := declared(tx, on, v.Published, before, newest[page])
	if err != nil {
		return err
	}
	of := leaf.VersionOf{Check: c, Version: v, Approvals: approvals, Owner: owner, Before: before, Prev: newest[c.ID].Hash}
	if of.Salt, err = tx.NewSalt(); err != nil {
		return err
	}
	l, content, err := leaf.Of(of)
	if err != nil {
		return &desk.Error{Kind: desk.Internal, Op: "record a version", Err: err}
	}
	// What was erased before the record began has no words to keep.
	if v.Erased {
		return add(tx, l, c.ID, nil)
	}
	return add(tx, l, c.ID, &content)
}

// approver records a key that approves something before the record had it, and
// with it the present keys of the desk's other members: those of members who were
// put in place by hand have no days, and begin together.
func approver(tx *store.Tx, deskID, keyID string) error {
	if _, ok, err := tx.LastLeaf(keyID); ok || err != nil || keyID == "" {
		return err
	}
	members, err := tx.Members(deskID)
	if err != nil {
		return err
	}
	ids := []string{keyID}
	for _, m := range members {
		if m.KeyID != "" && m.KeyID != keyID && !m.Ended {
			ids = append(ids, m.KeyID)
		}
	}
	slices.Sort(ids)
	for _, id := range ids {
		if err := present(tx, deskID, id); err != nil {
			return err
		}
	}
	return nil
}

// present records a key, if the record does not have it.
func present(tx *store.Tx, deskID, keyID string) error {
	if _, ok, err := tx.LastLeaf(keyID); ok || err != nil {
		return err
	}
	k, err := tx.ApprovalKey(keyID)
	if desk.KindOf(err) == desk.NotFound {
		k, err = desk.ApprovalKey{ID: keyID, Good: tx.Now(), Until: tx.Now().Add(desk.KeyLife)}, nil
	}
	if err != nil {
		return err
	}
	return key(tx, deskID, k)
}

// keyed records the keys under a page.
func keyed(tx *store.Tx, deskID string, k desk.Keys) error {
	if err := approver(tx, deskID, k.ProposedKey); err != nil {
		return err
	}
	return approver(tx, deskID, k.AgreedKey)
}

// declared is the declaration of owner and funders that was in force on a day;
// what the record lacks of it, whose newest leaf of them is last, is added. nil
// means that nobody knows any more.
func declared(tx *store.Tx, on store.Entering, day desk.Day, before bool, last store.Leaf) (*desk.Declaration, error) {
	in, err := inForce(tx, on, day, before)
	if in == nil || err != nil {
		return nil, err
	}
	if len(last.Bytes) > 0 {
		l, err := leaf.Parse(last.Bytes)
		if err != nil || l.BodyH == desk.HashBytes(desk.DeclarationBytes(*in)) {
			return in, err
		}
	}
	return in, Declaration(tx, *in)
}

// inForce is the declaration that was in force on a day, or, for a version that
// is published now, the newest. Before the first by two keys it is the one made at
// set-up.
func inForce(tx *store.Tx, on store.Entering, day desk.Day, before bool) (*desk.Declaration, error) {
	if on.Declarations == 0 {
		d := on.Desk
		return &desk.Declaration{DeskID: d.ID, Owner: d.Owner, OwnerKind: d.OwnerKind, Funders: d.Funders, FunderKind: d.FunderKind, Day: cmp.Or(d.Declared, tx.Day())}, nil
	}
	made, err := tx.Declarations(on.Desk.ID)
	if err != nil {
		return nil, err
	}
	var in *desk.Declaration
	for i := range made {
		if made[i].Day <= day || !before {
			in = &made[i]
		}
	}
	return in, nil
}

// behind refuses an act on something of which the record has a newer version than
// the database.
func behind(what string) error {
	return &desk.Error{Kind: desk.Conflict, Op: "record", Key: "error.record.behind", Err: fmt.Errorf("the record has this %s already", what)}
}

// follows refuses a page whose number the record has already.
func follows(tx *store.Tx, subject string, number int) (prev string, err error) {
	last, ok, err := tx.LastLeaf(subject)
	if err != nil || !ok {
		return "", err
	}
	if last.Rev > number || number > 0 && last.Rev == number {
		return "", behind("page")
	}
	return last.Hash, nil
}

func pageSubject(deskID, page string) string { return deskID + " " + page }

// Declaration records what a desk declares of its owner and funders.
func Declaration(tx *store.Tx, d desk.Declaration) error {
	if err := keyed(tx, d.DeskID, d.Keys); err != nil {
		return err
	}
	subject := pageSubject(d.DeskID, leaf.DeclarationPage)
	before, err := follows(tx, subject, d.Number)
	if err != nil {
		return err
	}
	l, c, err := leaf.OfDeclaration(d, before)
	if err != nil {
		return err
	}
	return add(tx, l, subject, &c)
}

// Page records a version of a page that a desk owes its readers.
func Page(tx *store.Tx, p desk.PolicyPage) error {
	if err := keyed(tx, p.DeskID, p.Keys); err != nil {
		return err
	}
	subject := pageSubject(p.DeskID, string(p.Kind))
	before, err := follows(tx, subject, p.Number)
	if err != nil {
		return err
	}
	l, c, err := leaf.OfPage(p, before)
	if err != nil {
		return err
	}
	return add(tx, l, subject, &c)
}

// ReadableKey returns an error if Key would not take a public key, a COSE key as
// WebAuthn gives it: because it is none, or of a kind that others could not check
// a signature with.
func ReadableKey(cose []byte) error {
	_, _, err := leaf.PublicKey(cose)
	return err
}

// Key records a member's new approval key. The record does not say whose it is.
// While nothing may be recorded the key is made all the same, and CatchUp
// records it later: that somebody can sign in must not hang on the record.
func Key(tx *store.Tx, k desk.ApprovalKey) error {
	if tx.LeavesHeld() {
		return nil
	}
	m, err := tx.Member(k.MemberID)
	if err != nil {
		return err
	}
	return key(tx, m.DeskID, k)
}

func key(tx *store.Tx, deskID string, k desk.ApprovalKey) error {
	var spki []byte
	alg := 0
	if k.Signs() {
		var err error
		if spki, alg, err = leaf.PublicKey(k.PublicKey); err != nil {
			return &desk.Error{Kind: desk.Internal, Op: "record a key", Err: err}
		}
	}
	return add(tx, leaf.OfKey(deskID, k, spki, alg, tx.DayOf(k.Good), tx.DayOf(k.Until), tx.Day()), k.ID, nil)
}

// KeyGone records that a key no longer holds, if the record has it and it did.
// What holds for Key holds here: nobody keeps a lost key because of the record.
func KeyGone(tx *store.Tx, k desk.ApprovalKey) error {
	if tx.LeavesHeld() || !tx.Now().Before(k.Until) {
		return nil
	}
	return keyGone(tx, k)
}

func keyGone(tx *store.Tx, k desk.ApprovalKey) error {
	last, ok, err := tx.LastLeaf(k.ID)
	if err != nil || !ok {
		return err
	}
	l, err := leaf.Parse(last.Bytes)
	if err != nil || l.Reason == leaf.Removed {
		return err
	}
	m, err := tx.Member(k.MemberID)
	if err != nil {
		return err
	}
	return add(tx, leaf.OfKeyGone(m.DeskID, k.ID, tx.Day()), k.ID, nil)
}

// KeysGone records that none of a member's keys holds any longer. Call it before
// they are retired.
func KeysGone(tx *store.Tx, memberID string) error {
	keys, err := tx.ApprovalKeys(memberID)
	if err != nil {
		return err
	}
	// By name: the order they were made in would say which came after which.
	slices.SortFunc(keys, func(a, b desk.ApprovalKey) int { return cmp.Compare(a.ID, b.ID) })
	for _, k := range keys {
		if k.Retired.IsZero() {
			if err := KeyGone(tx, k); err != nil {
				return err
			}
		}
	}
	return nil
}

// Aside records that another desk's check now stands beside ours, or that it no
// longer does. It belongs to the chain of our check.
func Aside(tx *store.Tx, a desk.Aside) error {
	c, err := tx.Check(a.CheckID)
	if err != nil {
		return err
	}
	other, err := tx.Check(a.OtherID)
	if err != nil {
		return err
	}
	l := leaf.Leaf{
		V: leaf.Format, Kind: leaf.Dispute, Day: a.Day, Desk: c.DeskID, Check: c.ID, Other: leaf.Address(other.SourceURL), Reason: leaf.Removed,
	}
	if a.Shown {
		l.Reason = leaf.Added
	}
	if l.Prev, err = prev(tx, c.ID); err != nil {
		return err
	}
	return add(tx, l, c.ID, nil)
}

// Feed records that a feed of another desk's checks was added or removed. deskID
// is the desk that reads it, empty for all.
func Feed(tx *store.Tx, deskID, address string, added bool) error {
	l := leaf.Leaf{V: leaf.Format, Kind: leaf.Feed, Day: tx.Day(), Desk: deskID, Feed: leaf.Address(address), Reason: leaf.Removed}
	if added {
		l.Reason = leaf.Added
	}
	return add(tx, l, "", nil)
}

// Demanded is a demand by somebody to hand over or remove something.
type Demanded struct {
	// DeskID is the desk it was addressed to, empty for the installation.
	DeskID             string
	Requester, Outcome string
	// Law is what the demand names, empty for nothing.
	Law string
}

// Demand records that a demand was made, of what class of requester, by which
// law, and what became of it: never of whom or about whom.
func Demand(tx *store.Tx, d Demanded) error {
	l := leaf.Leaf{V: leaf.Format, Kind: leaf.Demand, Day: tx.Day(), Desk: d.DeskID, Requester: d.Requester, Law: leaf.Short(d.Law), Outcome: d.Outcome}
	if !slices.Contains(leaf.Requesters(), d.Requester) || !slices.Contains(leaf.Outcomes(), d.Outcome) {
		return &desk.Error{Kind: desk.Invalid, Op: "record a demand", Key: "error.record.demand"}
	}
	return add(tx, l, "", nil)
}

// Lapsed records once that the order that withheld a check holds no longer.
func Lapsed(tx *store.Tx, checkID string) error {
	c, err := tx.Check(checkID)
	if err != nil {
		return err
	}
	v, err := tx.Latest(checkID)
	if err != nil {
		return err
	}
	last, ok, err := tx.LastLeaf(checkID)
	if err != nil || !ok {
		return err
	}
	if l, err := leaf.Parse(last.Bytes); err != nil || l.Reason == leaf.Lapsed {
		return err
	}
	return add(tx, leaf.Leaf{
		V: leaf.Format, Kind: leaf.Restore, Day: tx.Day(), Desk: c.DeskID, Check: c.ID, Rev: v.Number, Prev: last.Hash, Reason: leaf.Lapsed,
	}, c.ID, nil)
}

// beatSubject finds the newest beat.
const beatSubject = "beat"

// Daily records that the desk was there, and which orders hold no longer. It does
// nothing twice on a day, and nothing while nothing may be recorded: what the
// desk deletes that day is deleted all the same.
func Daily(tx *store.Tx) error {
	if tx.LeavesHeld() {
		return nil
	}
	lapsed, err := tx.LapsedOrders(1, tx.Day())
	if err != nil {
		return err
	}
	for _, id := range lapsed {
		if err := Lapsed(tx, id); err != nil {
			return err
		}
	}
	return beat(tx)
}

func beat(tx *store.Tx) error {
	last, ok, err := tx.LastLeaf(beatSubject)
	if err != nil {
		return err
	}
	if ok {
		l, err := leaf.Parse(last.Bytes)
		if err != nil || l.Day >= tx.Day() {
			return err
		}
	}
	return add(tx, leaf.Leaf{V: leaf.Format, Kind: leaf.Beat, Day: tx.Day()}, beatSubject, nil)
}

// CatchUp records what a desk published before it had a record, in the order of
// publication, and reports how many leaves that took. A desk that is up to date
// gets none. Everything is one transaction: half a history would be another one.
func CatchUp(tx *store.Tx) (int64, error) {
	began, err := tx.CountLeaves()
	if err != nil {
		return 0, err
	}
	keys, err := tx.UnrecordedKeys()
	if err != nil {
		return 0, err
	}
	for _, k := range keys {
		if err := Key(tx, k); err != nil {
			return 0, err
		}
	}
	ended, err := tx.UnrecordedEnds()
	if err != nil {
		return 0, err
	}
	for _, k := range ended {
		if err := keyGone(tx, k); err != nil {
			return 0, err
		}
	}
	if err := catchUpDesks(tx); err != nil {
		return 0, err
	}
	versions, err := tx.UnrecordedVersions()
	if err != nil {
		return 0, err
	}
	for _, u := range versions {
		v, err := tx.Version(u.CheckID, u.Number)
		if err != nil {
			return 0, err
		}
		approvals, err := tx.Approvals(u.CheckID, u.Number)
		if err != nil {
			return 0, err
		}
		if err := version(tx, v, approvals, true); err != nil {
			return 0, fmt.Errorf("version %d of check %s: %w", u.Number, u.CheckID, err)
		}
	}
	now, err := tx.CountLeaves()
	return now - began, err
}

// catchUpDesks records the pages and declarations that the record lacks.
func catchUpDesks(tx *store.Tx) error {
	desks, err := tx.LocalDesks()
	if err != nil {
		return err
	}
	for _, d := range desks {
		made, err := tx.Declarations(d.ID)
		if err != nil {
			return err
		}
		last, _, err := tx.LastLeaf(pageSubject(d.ID, leaf.DeclarationPage))
		if err != nil {
			return err
		}
		for _, one := range made {
			if one.Number > last.Rev {
				if err := Declaration(tx, one); err != nil {
					return err
				}
			}
		}
		for _, kind := range desk.PageKinds() {
			pages, err := tx.PolicyVersions(d.ID, kind)
			if err != nil {
				return err
			}
			last, _, err := tx.LastLeaf(pageSubject(d.ID, string(kind)))
			if err != nil {
				return err
			}
			for _, p := range pages {
				if p.Number > last.Rev {
					if err := Page(tx, p); err != nil {
						return err
					}
				}
			}
		}
	}
	return nil
}

// Rotation records that the log goes over to another key. It is signed by both.
func Rotation(tx *store.Tx, oldSecret, nextSecret string) error {
	l, err := leaf.OfRotation(oldSecret, nextSecret, tx.Day())
	if err != nil {
		return err
	}
	return add(tx, l, logKeySubject, nil)
}

// FirstKey records the key that the log begins with, if no key is recorded.
func FirstKey(tx *store.Tx, vkey string) error {
	_, ok, err := tx.LastLeaf(logKeySubject)
	if err != nil || ok {
		return err
	}
	return add(tx, leaf.Leaf{V: leaf.Format, Kind: leaf.Keys, Day: tx.Day(), Reason: leaf.Added, VKey: vkey}, logKeySubject, nil)
}

// logKeySubject finds the newest key of the log. No key of a member has a space
// in its name.
const logKeySubject = "log key"
