// Package intake is the only reader of a person's raw words. It redacts them,
// looks them up, and, if asked, keeps a Question under its Claim. Raw words
// exist only inside its functions: what it returns and what it writes went
// through redact first.
//
// What is true on disk if the program dies while a question is accepted:
// before the commit returns, nothing, and the person sees no receipt; after
// it, the question is durable, and sending the same form again finds it and
// gives the same receipt, because the receipt is derived from the form's
// one-time nonce and not drawn anew.
package intake

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"unicode"
	"unicode/utf8"

	"sangto/internal/desk"
	"sangto/internal/keys"
	"sangto/internal/lookup"
	"sangto/internal/store"
	"sangto/redact"
	"sangto/viet"
)

// Reader reads messages and looks them up. It is safe for concurrent use.
type Reader struct{ finder *lookup.Finder }

// NewReader returns a Reader that can look up but keeps no questions.
func NewReader(f *lookup.Finder) Reader { return Reader{finder: f} }

// Intake is a Reader that also takes in questions. It is safe for concurrent
// use.
type Intake struct {
	Reader
	db     *store.DB
	groups *lookup.Groups
	ring   *keys.Ring
	deskID string
	// one lets a single question at a time look for its group and commit, so
	// that two copies of one message sent at once make one claim.
	one chan struct{}
	// refusing is set while nothing is taken in.
	refusing atomic.Bool
}

// New returns an Intake whose questions go to the desk deskID. It reads the
// open claims once.
func New(ctx context.Context, db *store.DB, f *lookup.Finder, ring *keys.Ring, deskID string) (*Intake, error) {
	in := &Intake{
		Reader: NewReader(f), db: db, groups: lookup.NewGroups(), ring: ring, deskID: deskID,
		one: make(chan struct{}, 1),
	}
	return in, in.groups.Reload(ctx, db)
}

// Refuse says whether to take nothing in for now, and returns what was said
// before. Whoever asks meanwhile is told so honestly, and look-ups go on.
func (in *Intake) Refuse(on bool) (before bool) { return in.refusing.Swap(on) }

// closed is the answer to whoever asks while nothing is taken in.
func (in *Intake) closed(op string) error {
	if !in.refusing.Load() {
		return nil
	}
	return &desk.Error{Kind: desk.Unavailable, Op: op, Key: "error.storage", Err: errRefusing}
}

var errRefusing = errors.New("there is little room on the disk")

// Reload forgets in memory what was forgotten on disk, and learns of claims
// that were worded or closed. The program calls it every minute.
func (in *Intake) Reload(ctx context.Context) error {
	if err := in.lock(ctx); err != nil {
		return err
	}
	defer in.unlock()
	return in.groups.Reload(ctx, in.db)
}

// Hint is something in redacted text that may still say who somebody is.
type Hint struct {
	Kind string
	Text string
}

// Candidate is a published check that may answer a message.
type Candidate = lookup.Candidate

// Perhaps is the outcome of a look-up that found no more than candidates.
const Perhaps = lookup.Perhaps

// Seen is what a look-up found: the message as it was understood, what was
// taken out of it, what may still identify somebody, and the answer.
type Seen struct {
	Text       desk.Text
	Redactions []desk.Redaction
	Hints      []Hint
	lookup.Answer
}

// Look redacts a message and looks it up. It writes nothing anywhere. Errors
// are Invalid or TooLarge with a sentence for the reader, or Unavailable where
// the store must still be read and cannot be.
func (rd Reader) Look(ctx context.Context, raw desk.Raw, limit int) (Seen, error) {
	r, err := read("look up", raw)
	if err != nil {
		return Seen{}, err
	}
	seen := Seen{Text: r.text, Redactions: r.found, Hints: r.hints}
	seen.Answer, err = rd.finder.Search(ctx, lookup.Query{Text: r.text, Extra: r.extra, Limit: limit})
	return seen, err
}

// Asked is the answer to an accepted question.
type Asked struct {
	Text       desk.Text
	Redactions []desk.Redaction
	// Repeated says that this form was accepted before: the first stands.
	Repeated bool
	// Different says that the repeated form carried other words.
	Different bool
}

// Ask keeps a question. It returns only after the question is durable.
// nonce is the form's one-time nonce and receipt the one derived from it.
// Whether the question opened a claim or joined one cannot be told from the
// result.
func (in *Intake) Ask(ctx context.Context, nonce [16]byte, receipt desk.Receipt, raw desk.Raw) (Asked, error) {
	r, err := read("ask", raw)
	if err != nil {
		return Asked{}, err
	}
	if err := in.closed("ask"); err != nil {
		return Asked{}, err
	}
	if utf8.RuneCountInString(r.text.String()) > desk.QuestionMax {
		return Asked{}, &desk.Error{
			Kind: desk.Invalid, Op: "ask", Key: "error.question.long",
			Args: map[string]any{"Count": utf8.RuneCountInString(r.text.String()), "Max": desk.QuestionMax},
		}
	}
	q := desk.Question{
		ReceiptMAC: in.receiptMAC(receipt),
		TextMAC:    in.textMAC(nonce, r.text),
		Text:       r.text,
	}
	asked := Asked{Text: r.text, Redactions: r.found}
	if err := in.lock(ctx); err != nil {
		return Asked{}, err
	}
	defer in.unlock()
	first, err := in.keep(ctx, q)
	if err != nil {
		return Asked{}, err
	}
	if first != nil {
		asked.Repeated = true
		asked.Different = string(first.TextMAC) != string(q.TextMAC)
	}
	return asked, nil
}

// keep commits q under the claim it repeats or under a new one. If the same
// form was accepted before, that question is returned and nothing changes.
func (in *Intake) keep(ctx context.Context, q desk.Question) (first *desk.Question, err error) {
	group, joined := in.groups.Find(q.Text)
	var opened string
	err = in.db.Update(ctx, func(tx *store.Tx) error {
		opened, first = "", nil
		switch old, err := tx.QuestionByMAC(q.ReceiptMAC); {
		case err == nil:
			first = &old
			return nil
		case desk.KindOf(err) != desk.NotFound:
			return err
		}
		group, joined, err := in.live(tx, group, joined, q.Text, in.groups.Find)
		if err != nil {
			return err
		}
		row := q
		if row.Day, err = tx.Today(); err != nil {
			return err
		}
		if row.ID, err = tx.NewID(); err != nil {
			return err
		}
		if joined {
			row.ClaimID, row.Text = group, desk.Text{}
			return tx.AddQuestion(row)
		}
		c := desk.Claim{DeskID: in.deskID, State: desk.Waiting, Shown: desk.Waiting, Opened: row.Day}
		if c.Kin, c.Lap, err = in.kin(tx, q.Text); err != nil {
			return err
		}
		if c.ID, err = tx.NewID(); err != nil {
			return err
		}
		if err := tx.AddClaim(c); err != nil {
			return err
		}
		opened, row.ClaimID = c.ID, c.ID
		return tx.AddQuestion(row)
	})
	if err != nil {
		return nil, err
	}
	if opened != "" {
		in.groups.Remember(opened, q.Text)
	}
	return first, nil
}

// live returns the open claim that find names for a text, beginning with the one
// that it named before the transaction. What is open no more is forgotten on the
// way: as the closest of all it would hide the one that was opened after it.
func (in *Intake) live(tx *store.Tx, id string, found bool, text desk.Text, find func(desk.Text) (string, bool)) (string, bool, error) {
	for ; found; id, found = find(text) {
		claimID, ok, err := open(tx, id)
		if err != nil || ok {
			return claimID, ok, err
		}
		in.groups.Forget(id)
	}
	return "", false, nil
}

// open returns the claim that takes the question: the one that was found, or
// the one it has been made part of and ended with. ok is false if that is open
// no more.
func open(tx *store.Tx, claimID string) (id string, ok bool, err error) {
	c, err := tx.Claim(claimID)
	if err == nil && c.State == desk.Closed && c.JoinedTo != "" {
		c, err = tx.Claim(c.JoinedTo)
	}
	if desk.KindOf(err) == desk.NotFound && err != nil {
		return "", false, nil
	}
	return c.ID, err == nil && (c.State == desk.Waiting || c.State == desk.Checking), err
}

// kin returns the first claim of those that a new one with these words
// resembles, and its lap among them, so that a flood of near-copies waits behind
// everything else.
func (in *Intake) kin(tx *store.Tx, text desk.Text) (root string, lap int, err error) {
	near, found := in.groups.Near(text)
	id, ok, err := in.live(tx, near, found, text, in.groups.Near)
	if err != nil || !ok {
		return "", 0, err
	}
	c, err := tx.Claim(id)
	if err != nil {
		return "", 0, err
	}
	if root = c.Kin; root == "" {
		root = c.ID
	}
	lap, err = tx.KinLap(root)
	return root, lap, err
}

// Tracked is what a receipt opens: the claim as shown since the last daily
// tick, in the desk's words and never the asker's.
type Tracked struct {
	State    desk.ClaimState
	Wording  string
	ClosedAs desk.NotRatedKind
	CheckID  string
	// Check is the check as it stands today, if the claim was answered.
	Check *store.Entry
	// Contest is set instead of all this if the receipt is of a contest.
	Contest *TrackedContest
}

// unknownReceipt is the same for codes that are wrong, expired or nearly
// right, so that guessing learns nothing.
func unknownReceipt() error {
	return &desk.Error{Kind: desk.NotFound, Op: "track", Key: "error.receipt.unknown"}
}

// Track reads the state of a question.
func (in *Intake) Track(ctx context.Context, receipt desk.Receipt) (Tracked, error) {
	mac := in.receiptMAC(receipt)
	var t Tracked
	err := in.db.View(ctx, func(tx *store.Tx) error {
		q, err := tx.QuestionByMAC(mac)
		if desk.KindOf(err) == desk.NotFound && err != nil {
			t.Contest, err = in.trackContest(tx, receipt)
			return err
		}
		if err != nil {
			return err
		}
		c, err := tx.Claim(q.ClaimID)
		if err != nil {
			return err
		}
		t = Tracked{State: c.Shown, Wording: c.ShownWords, ClosedAs: c.ShownAs, CheckID: c.ShownCheck}
		if c.ShownCheck == "" {
			return nil
		}
		found, err := tx.Entries([]string{c.ShownCheck})
		if e, ok := found[c.ShownCheck]; ok {
			t.Check = &e
		}
		return err
	})
	if desk.KindOf(err) == desk.NotFound && err != nil {
		return Tracked{}, unknownReceipt()
	}
	return t, err
}

// Withdraw deletes a question and its text at once; the receipt opens nothing
// afterwards. If its text was the only wording of a claim, the claim closes:
// nobody at the desk could word it any more, and whoever asked the same is told
// so at the next tick and may ask again.
func (in *Intake) Withdraw(ctx context.Context, receipt desk.Receipt) error {
	mac := in.receiptMAC(receipt)
	if err := in.lock(ctx); err != nil {
		return err
	}
	defer in.unlock()
	var claim string
	err := in.db.Update(ctx, func(tx *store.Tx) error {
		claim = ""
		q, err := tx.QuestionByMAC(mac)
		if desk.KindOf(err) == desk.NotFound && err != nil {
			c, err := tx.ContestByMAC(in.contestMAC(receipt))
			if err != nil {
				return err
			}
			return tx.TakeBackContest(c.ID)
		}
		if err != nil {
			return err
		}
		if err := tx.DeleteQuestion(q.ID); err != nil {
			return err
		}
		if !q.Text.Empty() {
			claim = q.ClaimID
		}
		return tx.CloseIfWordless(q.ClaimID)
	})
	if err != nil {
		if desk.KindOf(err) == desk.NotFound {
			return unknownReceipt()
		}
		return err
	}
	if claim != "" {
		in.groups.Forget(claim)
	}
	in.db.ScrubSoon(ctx)
	return nil
}

func (in *Intake) receiptMAC(r desk.Receipt) []byte {
	s := r.Secret()
	m := in.ring.ReceiptMAC([]byte("track-v1"), s[:])
	return m[:]
}

func (in *Intake) textMAC(nonce [16]byte, t desk.Text) []byte {
	m := in.ring.ReceiptMAC([]byte("text-v1"), nonce[:], []byte(t.String()))
	return m[:]
}

func (in *Intake) lock(ctx context.Context) error {
	select {
	case in.one <- struct{}{}:
		return nil
	case <-ctx.Done():
		return &desk.Error{Kind: desk.Unavailable, Op: "ask", Key: "error.busy", Err: ctx.Err()}
	}
}

func (in *Intake) unlock() { <-in.one }

// reading is a message after redaction, and what matching alone may use.
type reading struct {
	text  desk.Text
	found []desk.Redaction
	hints []Hint
	extra []string
}

// read checks a message and redacts it.
func read(op string, raw desk.Raw) (reading, error) {
	words := raw.Reveal()
	if err := readable(op, words); err != nil {
		return reading{}, err
	}
	var k keeper
	text, found := desk.Redacted(raw, &k)
	r := reading{text: text, found: found, extra: k.tail}
	if !wordy(text.String()) && len(r.extra) == 0 {
		key := "error.text.wordless"
		if len(found) > 0 {
			key = "error.text.identifiers"
		}
		return reading{}, &desk.Error{Kind: desk.Invalid, Op: op, Key: key}
	}
	for _, h := range redact.Hints(text.String()) {
		r.hints = append(r.hints, Hint{Kind: h.Kind, Text: h.Text})
	}
	return r, nil
}

// keeper is a Redactor that also keeps, for this one reading, the words of an
// author's tail that help matching.
type keeper struct{ tail []string }

// Redact implements desk.Redactor.
func (k *keeper) Redact(words string) (string, []desk.Redaction) {
	res := redact.Redact(words)
	k.tail = res.Tail
	found := make([]desk.Redaction, 0, len(res.Found))
	for _, f := range res.Found {
		found = append(found, desk.Redaction{Kind: string(f.Kind), Count: f.Count})
	}
	return strings.TrimSpace(res.Text), found
}

// binaryShare is the share of control characters above which a paste is taken
// for a file and not a message.
const binaryShare = 0.1

// readable refuses what cannot be a message, with the sentence that says why.
// Broken UTF-8 is repaired by redact, unless most of it is broken.
func readable(op, words string) error {
	switch {
	case strings.TrimSpace(words) == "":
		return &desk.Error{Kind: desk.Invalid, Op: op, Key: "error.text.empty"}
	case len(words) > desk.MessageMax:
		return &desk.Error{
			Kind: desk.TooLarge, Op: op, Key: "error.text.large",
			Args: map[string]any{"Max": desk.MessageMax >> 10},
		}
	}
	bad, n := 0, 0
	for _, c := range words {
		n++
		if c == utf8.RuneError || c == 0 || (unicode.IsControl(c) && !unicode.IsSpace(c)) {
			bad++
		}
	}
	if float64(bad) > binaryShare*float64(n) {
		return &desk.Error{Kind: desk.Invalid, Op: op, Key: "error.text.binary"}
	}
	return nil
}

// wordy reports whether anything is left that could be matched.
func wordy(text string) bool {
	for _, t := range viet.Tokens(text) {
		if t.Kind != viet.Placeholder {
			return true
		}
	}
	return false
}

// ErrNoDesk says that the installation has no local desk to ask.
var ErrNoDesk = errors.New("no local desk")

// LocalDesk returns the desk that questions go to: the first local one.
func LocalDesk(ctx context.Context, db *store.DB) (string, error) {
	var id string
	err := db.View(ctx, func(tx *store.Tx) error {
		local, err := tx.LocalDesks()
		if err != nil {
			return err
		}
		if len(local) == 0 {
			return ErrNoDesk
		}
		id = local[0].ID
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("find the desk: %w", err)
	}
	return id, nil
}
