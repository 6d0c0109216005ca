package record

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"sangto/internal/desk"
	"sangto/internal/record/leaf"
	"sangto/internal/store"
)

// Repaired says what a repair did.
type Repaired struct {
	// Leaves came back from the published log, Contents of them, or of those that
	// were there, with their words.
	Leaves, Contents int64
	// Versions and Pages came back as the rows that are shown.
	Versions, Pages int64
	// Erased is how many versions lost their wording because the record says that it
	// was erased; Retired how many keys ended because it says that they did.
	Erased, Retired int64
	// Lost is what the record has and the database has not, in the record's order.
	Lost []Lost
}

// LossKind is what sort of thing is lost.
type LossKind string

// The kinds: a version of a check, a page or declaration of a desk, an approval key
// of a member whom the database does not know, a change to the feeds that a desk
// follows, another desk's check that was put beside ours or taken away.
const (
	LostVersion LossKind = "version"
	LostPage    LossKind = "page"
	LostKey     LossKind = "key"
	LostFeed    LossKind = "feed"
	LostAside   LossKind = "aside"
)

// Why says why something cannot be brought back.
type Why string

// The reasons. NoWords: no copy that was named has the words. GoneWords: the
// record says that they were erased. Nobody: whose wording or whose key it was, is
// nobody whom the database knows. Former: an earlier version is lost. Against: the
// database refuses it, since a key had ended or a member has left. NotKept: the record
// does not hold enough.
const (
	NoWords   Why = "no_words"
	GoneWords Why = "gone"
	Nobody    Why = "nobody"
	Former    Why = "former"
	Against   Why = "against"
	NotKept   Why = "not_kept"
)

// Lost is one thing that did not come back.
type Lost struct {
	Kind LossKind
	Why  Why
	// Index is its entry; Name the check, the page, the key or the address.
	Index  int64
	Name   string
	Number int
	// Withheld says of a version that it is the newest and withholds its check by
	// an order. Nothing but the order is shown of the check, for the entry says so.
	Withheld bool
	// Cause is what the database said, nil for nothing.
	Cause error
}

// refusal is why a row is not brought back.
type refusal struct {
	why   Why
	cause error
}

func (r *refusal) Error() string { return fmt.Sprintf("%s: %v", r.why, r.cause) }
func (r *refusal) Unwrap() error { return r.cause }

// restorer brings back what hangs on leaves, one after another.
type restorer struct {
	db     *store.DB
	copies []Copy
	out    Repaired
	// erased is the newest erasure of each check on the record.
	erased map[string]int
	// newest is the newest version of each check on the record.
	newest map[string]int
	// lapsed are the checks whose newest order ended by itself.
	lapsed map[string]bool
}

// step is what is done for one leaf: what of it the database lacks.
type step struct {
	index int64
	entry []byte
	leaf  leaf.Leaf
	// words is the content to be kept, "" for none.
	words             string
	addLeaf, addWords bool
	addRow            bool
}

func (r *restorer) run(ctx context.Context, entries [][]byte) error {
	r.erased, r.newest, r.lapsed = map[string]int{}, map[string]int{}, map[string]bool{}
	parsed := make([]leaf.Leaf, len(entries))
	for i, e := range entries {
		l, err := leaf.Parse(e)
		if err != nil {
			return fmt.Errorf("leaf %d: %w", i, err)
		}
		parsed[i] = l
		switch {
		case l.Kind == leaf.Restore && l.BodyH == "":
			r.lapsed[l.Check] = true
		case l.Kind.OfVersion():
			r.newest[l.Check], r.lapsed[l.Check] = l.Rev, false
		}
		if l.Kind == leaf.ErasePersonal {
			r.erased[l.Check] = l.Rev
		}
	}
	for i := range entries {
		s := step{index: int64(i), entry: entries[i], leaf: parsed[i]}
		if err := r.one(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// one does what is to be done for one leaf in one transaction. Where its row is
// refused, the leaf comes back without it.
func (r *restorer) one(ctx context.Context, s step) error {
	if err := r.look(ctx, &s); err != nil {
		return err
	}
	// What was erased is not asked for: a copy that still has it must not bring it back.
	if (s.addWords || s.addRow) && r.erased[s.leaf.Check] <= s.leaf.Rev {
		var err error
		if s.words, err = r.find(ctx, s); err != nil {
			return err
		}
	}
	if s.idle() {
		return nil
	}
	done, err := r.try(ctx, s, s.addRow)
	var no *refusal
	if errors.As(err, &no) {
		lost := Lost{Kind: LostVersion, Why: no.why, Index: s.index, Name: s.leaf.Check, Number: s.leaf.Rev, Cause: no.cause}
		if s.leaf.Kind == leaf.Policy {
			lost.Kind, lost.Name = LostPage, s.leaf.Page
		}
		lost.Withheld = s.leaf.Kind == leaf.WithholdOrder && r.newest[s.leaf.Check] == s.leaf.Rev && !r.lapsed[s.leaf.Check]
		r.out.Lost = append(r.out.Lost, lost)
		done, err = r.try(ctx, s, false)
	}
	if err != nil {
		return fmt.Errorf("leaf %d: %w", s.index, err)
	}
	r.out.Leaves += done.Leaves
	r.out.Contents += done.Contents
	r.out.Versions += done.Versions
	r.out.Pages += done.Pages
	r.out.Erased += done.Erased
	r.out.Retired += done.Retired
	r.out.Lost = append(r.out.Lost, done.Lost...)
	return nil
}

// idle reports whether the database has all of a leaf.
func (s step) idle() bool {
	return !s.addLeaf && !s.addRow && s.words == "" && s.leaf.Kind != leaf.ErasePersonal && s.leaf.Kind != leaf.Keys
}

// look finds out what the database lacks of a leaf.
func (r *restorer) look(ctx context.Context, s *step) error {
	return r.db.View(ctx, func(tx *store.Tx) error {
		_, err := tx.LeafAt(s.index)
		if s.addLeaf, err = lacks(err); err != nil {
			return err
		}
		if s.leaf.BodyH == "" {
			return nil
		}
		_, _, err = tx.Content(s.index)
		if s.addWords, err = lacks(err); err != nil {
			return err
		}
		switch {
		case s.leaf.Kind.OfVersion():
			_, err = tx.Version(s.leaf.Check, s.leaf.Rev)
			s.addRow, err = lacks(err)
		case s.leaf.Page == leaf.DeclarationPage:
			made, err := tx.Declarations(s.leaf.Desk)
			s.addRow = s.leaf.Rev > 0 && !slices.ContainsFunc(made, func(d desk.Declaration) bool { return d.Number == s.leaf.Rev })
			return err
		default:
			pages, err := tx.PolicyVersions(s.leaf.Desk, desk.PageKind(s.leaf.Page))
			s.addRow = !slices.ContainsFunc(pages, func(p desk.PolicyPage) bool { return p.Number == s.leaf.Rev })
			return err
		}
		return err
	})
}

// lacks tells what is not there from what could not be read.
func lacks(err error) (bool, error) {
	if desk.KindOf(err) == desk.NotFound {
		return true, nil
	}
	return false, err
}

// find gives the words behind a leaf: those that the database has, else those of
// the first copy that has what was recorded. "" means that nobody has.
func (r *restorer) find(ctx context.Context, s step) (string, error) {
	if !s.addWords {
		var text string
		err := r.db.View(ctx, func(tx *store.Tx) error {
			var err error
			text, _, err = tx.Content(s.index)
			return err
		})
		return text, err
	}
	for _, from := range r.copies {
		b, err := from.Source.Read(ctx, fmt.Sprintf("%s%s%d", sitePrefix, contentPrefix, s.index), leaf.ContentMax)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return "", fmt.Errorf("read the words behind entry %d from %s: %w", s.index, from.Name, err)
		}
		// A copy with other words is as good as none.
		if c, err := leaf.ParseContent(b); err == nil && s.leaf.Holds(c) == nil {
			return string(b), nil
		}
	}
	return "", nil
}

// try is the transaction.
func (r *restorer) try(ctx context.Context, s step, row bool) (done Repaired, err error) {
	err = r.db.Update(ctx, func(tx *store.Tx) error {
		done = Repaired{}
		if err := s.putBack(tx, &done); err != nil {
			return err
		}
		if row {
			if err := r.row(tx, s, &done); err != nil {
				return refused(err)
			}
		}
		return s.follow(tx, &done)
	})
	return done, err
}

// refused makes a refusal of what the rules of the database forbid; anything else
// is a failure of the repair.
func refused(err error) error {
	var no *refusal
	if errors.As(err, &no) {
		return err
	}
	switch desk.KindOf(err) {
	case desk.Forbidden, desk.Conflict, desk.Invalid, desk.NotFound:
		return &refusal{Against, err}
	}
	return err
}

// putBack writes the leaf and its words, as far as the database lacks them.
func (s step) putBack(tx *store.Tx, done *Repaired) error {
	l := s.leaf
	switch {
	case s.addLeaf:
		_, err := tx.AddLeaf(store.Leaf{Kind: string(l.Kind), Subject: subjectOf(l), Rev: l.Rev, Bytes: s.entry, Hash: leaf.Hash(s.entry)}, l.Check, s.words)
		if err != nil {
			return err
		}
		done.Leaves++
	case s.addWords && s.words != "":
		if err := tx.RestoreContent(s.index, l.Check, l.Rev, s.words); err != nil {
			return err
		}
	}
	if s.addWords && s.words != "" {
		done.Contents++
	}
	return nil
}

// row writes what readers see of a leaf.
func (r *restorer) row(tx *store.Tx, s step, done *Repaired) error {
	if s.words == "" {
		if r.erased[s.leaf.Check] > s.leaf.Rev {
			return &refusal{GoneWords, nil}
		}
		return &refusal{NoWords, nil}
	}
	c, err := leaf.ParseContent([]byte(s.words))
	if err != nil {
		return err
	}
	members, err := tx.Members(s.leaf.Desk)
	if err != nil {
		return err
	}
	approvals, err := approvalsOf(tx, members, c)
	if err != nil {
		return err
	}
	if s.leaf.Kind == leaf.Policy {
		err = page(tx, s.leaf, c, members, approvals)
		done.Pages++
		return err
	}
	err = versionRow(tx, s.leaf, c, members, approvals)
	done.Versions++
	return err
}

// approvalsOf finds whose keys approved.
func approvalsOf(tx *store.Tx, members []desk.Member, c leaf.Content) ([]desk.Approval, error) {
	list, err := leaf.ParseApprovals(c.Approvals)
	if err != nil {
		return nil, &refusal{NotKept, err}
	}
	var out []desk.Approval
	for _, a := range list {
		given := desk.Approval{KeyID: a.Key, Revision: a.Revision, Signed: a.Proof != nil}
		if given.MemberID, err = holder(tx, members, a.Key); err != nil {
			return nil, err
		}
		if a.Proof != nil {
			if given.Assertion, err = json.Marshal(a.Proof); err != nil {
				return nil, err
			}
		}
		out = append(out, given)
	}
	if again, err := leaf.ApprovalBytes(out); err != nil || string(again) != c.Approvals || len(out) == 0 {
		return nil, &refusal{NotKept, err}
	}
	return out, nil
}

// holder is the member whose key it is.
func holder(tx *store.Tx, members []desk.Member, key string) (string, error) {
	k, err := tx.ApprovalKey(key)
	if err == nil {
		return k.MemberID, nil
	}
	if desk.KindOf(err) != desk.NotFound {
		return "", err
	}
	for _, m := range members {
		if m.KeyID == key {
			return m.ID, nil
		}
	}
	return "", &refusal{Nobody, fmt.Errorf("key %s", key)}
}

// versionRow writes a version as it was published, its check if it is the first,
// and the answer to the claim that it is one to, where a draft still says which.
func versionRow(tx *store.Tx, l leaf.Leaf, c leaf.Content, members []desk.Member, approvals []desk.Approval) error {
	ids := make([]string, len(members))
	for i, m := range members {
		ids[i] = m.ID
	}
	v, err := desk.ReadVersion([]byte(c.Body), []byte(c.Added), ids)
	switch {
	case desk.KindOf(err) == desk.NotFound:
		return &refusal{Nobody, errors.New("whose wording it was")}
	case err != nil || v.CheckID != l.Check:
		return &refusal{NotKept, err}
	}
	v.Number, v.Published, v.Method = l.Rev, l.Day, l.MethodH
	if v.Number > 1 {
		_, err := tx.Version(v.CheckID, v.Number-1)
		if missing, err := lacks(err); missing || err != nil {
			return cause(err, &refusal{Former, nil})
		}
		return tx.RestoreVersion(v, approvals[0].Revision, approvals)
	}
	claim, err := claimOf(tx, l.Check)
	if err != nil {
		return err
	}
	if err := tx.AddCheck(desk.Check{ID: l.Check, DeskID: l.Desk, Lang: l.Lang, ClaimID: claim.ID}); err != nil {
		return err
	}
	if err := tx.RestoreVersion(v, approvals[0].Revision, approvals); err != nil || claim.ID == "" || claim.State == desk.Answered {
		return err
	}
	claim.State, claim.CheckID, claim.Closed = desk.Answered, l.Check, tx.Day()
	return tx.MoveClaim(claim)
}

// cause is err, or no where there is none.
func cause(err error, no *refusal) error {
	if err != nil {
		return err
	}
	return no
}

// claimOf is the claim that a draft of the check is about, if it can be answered
// now or is. The record does not say which claim a check answers.
func claimOf(tx *store.Tx, checkID string) (desk.Claim, error) {
	drafts, err := tx.OpenDrafts("", checkID)
	if err != nil {
		return desk.Claim{}, err
	}
	for _, d := range drafts {
		if d.CheckID != checkID || d.ClaimID == "" {
			continue
		}
		c, err := tx.Claim(d.ClaimID)
		if err != nil || c.State == desk.Answered || c.State == desk.Checking && c.JoinedTo == "" {
			return c, err
		}
	}
	return desk.Claim{}, nil
}

// page writes a version of a page or a declaration. The record does not say which
// of its two keys proposed it: that is the administrator's, and of two
// administrators' the one that comes first on the record.
func page(tx *store.Tx, l leaf.Leaf, c leaf.Content, members []desk.Member, approvals []desk.Approval) error {
	if len(approvals) != 2 {
		return &refusal{NotKept, fmt.Errorf("%d keys", len(approvals))}
	}
	admin := func(a desk.Approval) bool {
		return slices.ContainsFunc(members, func(m desk.Member) bool { return m.ID == a.MemberID && m.Role == desk.Admin })
	}
	if !admin(approvals[0]) {
		approvals[0], approvals[1] = approvals[1], approvals[0]
	}
	keys := desk.Keys{ProposedBy: approvals[0].MemberID, ProposedKey: approvals[0].KeyID, AgreedBy: approvals[1].MemberID, AgreedKey: approvals[1].KeyID}
	if l.Page == leaf.DeclarationPage {
		d, err := desk.ReadDeclaration([]byte(c.Body))
		if err != nil || d.DeskID != l.Desk || d.Number != l.Rev {
			return &refusal{NotKept, err}
		}
		d.Day, d.Keys = l.Day, keys
		return former(tx.Declare(d))
	}
	p, err := desk.ReadPage([]byte(c.Body))
	if err != nil || p.DeskID != l.Desk || p.Number != l.Rev || string(p.Kind) != l.Page {
		return &refusal{NotKept, err}
	}
	p.Day, p.Keys = l.Day, keys
	return former(tx.AddPolicyPage(p))
}

// former reads a conflict of numbers as what it is here.
func former(err error) error {
	if desk.KindOf(err) == desk.Conflict {
		return &refusal{Former, err}
	}
	return err
}

// follow does what the leaf says besides: erases wording, ends keys, and names what
// somebody has to look at.
func (s step) follow(tx *store.Tx, done *Repaired) error {
	l := s.leaf
	if s.addLeaf && l.Kind.OfVersion() {
		if err := tellAgain(tx, l.Check); err != nil {
			return err
		}
	}
	switch l.Kind {
	case leaf.ErasePersonal:
		n, err := tx.EraseBefore(l.Check, l.Rev)
		done.Erased += int64(n)
		return err
	case leaf.Keys:
		return s.key(tx, done)
	case leaf.Feed:
		if s.addLeaf {
			done.Lost = append(done.Lost, Lost{Kind: LostFeed, Why: NotKept, Index: s.index, Name: l.Feed})
		}
	case leaf.Dispute:
		if s.addLeaf {
			done.Lost = append(done.Lost, Lost{Kind: LostAside, Why: NotKept, Index: s.index, Name: l.Check})
		}
	}
	return nil
}

// tellAgain lets whoever gave out the words of a check read it anew: what came back
// to the record may hide them, though no version did. A check that is lost has none.
func tellAgain(tx *store.Tx, checkID string) error {
	_, err := tx.Check(checkID)
	if missing, err := lacks(err); missing || err != nil {
		return err
	}
	return tx.TellAgain(checkID)
}

// key ends a key that the record says has ended. An old backup would bring it back.
func (s step) key(tx *store.Tx, done *Repaired) error {
	l := s.leaf
	if l.Key == "" {
		return nil
	}
	k, err := tx.ApprovalKey(l.Key)
	missing, err := lacks(err)
	switch {
	case err != nil:
		return err
	case missing && s.addLeaf && l.Reason == leaf.Added:
		members, err := tx.Members(l.Desk)
		if err == nil && !slices.ContainsFunc(members, func(m desk.Member) bool { return m.KeyID == l.Key }) {
			done.Lost = append(done.Lost, Lost{Kind: LostKey, Why: Nobody, Index: s.index, Name: l.Key})
		}
		return err
	case !missing && l.Reason == leaf.Removed && k.Retired.IsZero():
		done.Retired++
		return tx.RetireApprovalKey(l.Key)
	}
	return nil
}
