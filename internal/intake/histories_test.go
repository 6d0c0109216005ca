package intake_test

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	mrand "math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"sangto/internal/desk"
	"sangto/internal/gate"
	"sangto/internal/intake"
	"sangto/internal/keys"
	"sangto/internal/lookup"
	"sangto/internal/store"
	"sangto/internal/testkit"
	"sangto/internal/workflow"
	"sangto/redact"
)

// The size of the histories. Few forms, few things to ask and many hands make
// them meet.
const (
	hands       = 4
	actsOfAHand = 8
	formsOfOne  = 5
	saidOfOne   = 4
	// ofOneDesk is how many histories one desk lives through; the claims of
	// earlier ones stay in it.
	ofOneDesk = 25
	// onPostgres is one in how many desks stands on PostgreSQL.
	onPostgres = 12
)

// TestHistories lets several people at once ask, send forms again, follow and
// withdraw questions, word, refuse, bin and join claims and take that back, while
// days pass, and judges every history of what they were answered: there must be
// an order in which a desk that does one thing at a time gives these answers. The
// dice are those of the number in a test's name; who is faster is not.
func TestHistories(t *testing.T) {
	t.Parallel()
	desks := testkit.Size(4, 12, 400)
	var judged tally
	t.Run("desks", func(t *testing.T) {
		for n := range desks {
			engine := "sqlite"
			if n%onPostgres == 1 {
				engine = "postgres"
			}
			t.Run(fmt.Sprintf("%s/%d", engine, n), func(t *testing.T) {
				t.Parallel()
				options := store.Options{Path: filepath.Join(t.TempDir(), "t.db")}
				if engine == "postgres" {
					options = store.Options{DSN: testkit.Postgres(t)}
				}
				d := newHistoryDesk(t, options)
				for i := range ofOneDesk {
					h := d.newHistory(t, n, i)
					h.live()
					judged.count(h, engine)
					if wrong := judge(formsOfOne, h.acts); wrong != "" {
						t.Fatalf("history %d of desk %d: %s", i, n, wrong)
					}
				}
			})
		}
	})
	judged.report(t)
}

// tally counts what was judged.
type tally struct {
	histories, onPostgres, acts, atOnce, refused atomic.Int64
}

func (n *tally) count(h *history, engine string) {
	n.histories.Add(1)
	if engine == "postgres" {
		n.onPostgres.Add(1)
	}
	n.acts.Add(int64(len(h.acts)))
	for _, op := range h.acts {
		if op.Output.(outcome).refused != "" {
			n.refused.Add(1)
		}
		if slices.ContainsFunc(h.acts, func(o porcupine.Operation) bool { return o.Call != op.Call && o.Call < op.Return && op.Call < o.Return }) {
			n.atOnce.Add(1)
		}
	}
}

// report gives the figures, and demands that the acts met: one after the other
// they would prove nothing.
func (n *tally) report(t *testing.T) {
	t.Helper()
	if t.Failed() {
		return
	}
	if 2*n.atOnce.Load() < n.acts.Load() {
		t.Errorf("of %d acts only %d were under way with another", n.acts.Load(), n.atOnce.Load())
	}
	t.Attr("histories", fmt.Sprint(n.histories.Load()))
	t.Attr("histories_on_postgresql", fmt.Sprint(n.onPostgres.Load()))
	t.Attr("acts", fmt.Sprint(n.acts.Load()))
	t.Attr("acts_at_once_with_another", fmt.Sprint(n.atOnce.Load()))
	t.Attr("acts_refused", fmt.Sprint(n.refused.Load()))
	t.Attr("violations", "0")
}

// historyDesk is a desk that histories happen to, one after the other.
type historyDesk struct {
	db    *store.DB
	in    *intake.Intake
	flow  *workflow.Workflow
	forms *gate.Forms
	// days have passed.
	days atomic.Int64
}

func newHistoryDesk(t *testing.T, o store.Options) *historyDesk {
	t.Helper()
	ctx := t.Context()
	d := &historyDesk{}
	o.Zone = time.UTC
	o.Clock = func() time.Time { return time.Date(2026, 3, 1, 5, 0, 0, 0, time.UTC).AddDate(0, 0, int(d.days.Load())) }
	db, err := store.Open(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	err = db.Update(ctx, func(tx *store.Tx) error {
		err := tx.PutDesk(desk.Desk{ID: "river", Local: true, Name: "River", Lang: "vi", OwnerKind: desk.OwnerIndependent, FunderKind: desk.OwnerUnknown})
		if err != nil {
			return err
		}
		return tx.PutMember(desk.Member{ID: member.ID, DeskID: member.DeskID, Name: "An", Role: member.Role, KeyID: "key"})
	})
	if err != nil {
		t.Fatal(err)
	}
	ring, err := keys.Open(filepath.Join(t.TempDir(), "keys"))
	if err != nil {
		t.Fatal(err)
	}
	f, err := lookup.Open(ctx, db)
	if err != nil {
		t.Fatal(err)
	}
	d.db, d.flow, d.forms = db, workflow.New(db), gate.NewForms(ring, o.Clock)
	if d.in, err = intake.New(ctx, db, f, ring, "river"); err != nil {
		t.Fatal(err)
	}
	return d
}

// history is what one group of people did to a desk. Only acts is shared.
type history struct {
	t    *testing.T
	desk *historyDesk
	seed [2]uint64
	// nonces are those of the forms, said the words that may be sent with them.
	nonces [formsOfOne][16]byte
	said   [saidOfOne]string
	// before are the claims of other histories.
	before map[string]bool
	clock  atomic.Int64

	mu   sync.Mutex
	acts []porcupine.Operation
	// seen are the claims that lists showed, with the words that they were shown with first.
	seen  []string
	words map[string]string
}

func (d *historyDesk) newHistory(t *testing.T, of, number int) *history {
	t.Helper()
	h := &history{t: t, desk: d, seed: [2]uint64{uint64(of), uint64(number)}, words: map[string]string{}}
	dice := h.dice(hands)
	for i := range h.nonces {
		if _, err := rand.Read(h.nonces[i][:]); err != nil {
			t.Fatal(err)
		}
	}
	for i := 0; i < saidOfOne; i += 2 {
		for h.said[i] = invented(dice); redact.Redact(h.said[i]).Text != h.said[i]; h.said[i] = invented(dice) {
			// Some syllables say who sent a message.
		}
		h.said[i+1] = strings.ToUpper(h.said[i]) + "?!"
	}
	d.days.Add(1)
	if _, err := d.flow.Tick(t.Context()); err != nil {
		t.Fatal(err)
	}
	rows, err := d.rows(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	h.before = map[string]bool{}
	for _, r := range rows {
		h.before[r.ID] = true
	}
	return h
}

func (h *history) dice(hand int) *mrand.Rand {
	return mrand.New(mrand.NewPCG(h.seed[0]<<32|h.seed[1], uint64(hand)))
}

// invented is something to ask that nobody else asks.
func invented(dice *mrand.Rand) string {
	onsets := []string{"b", "c", "d", "g", "h", "l", "m", "n", "r", "s", "t", "v", "x", "th", "ch", "ph"}
	rimes := []string{"a", "o", "u", "an", "en", "in", "on", "un", "ang", "inh", "ong", "ung", "ach", "oi", "ai", "ay"}
	syllables := make([]string, 9)
	for i := range syllables {
		syllables[i] = onsets[dice.IntN(len(onsets))] + rimes[dice.IntN(len(rimes))]
	}
	return strings.Join(syllables, " ")
}

// live lets everybody act at once and then looks at what came of it.
func (h *history) live() {
	var people sync.WaitGroup
	for hand := range hands {
		people.Go(func() {
			dice := h.dice(hand)
			for i := range actsOfAHand {
				// One hand turns the page of the calendar, and sees the day's work
				// done before it may do so again: a day without any is never missed.
				if hand == 0 && i == actsOfAHand/2 {
					h.do(hand, call{act: dawning})
					h.do(hand, call{act: ticking})
				}
				h.do(hand, h.choose(dice, hand*actsOfAHand+i))
			}
		})
	}
	people.Wait()
	h.do(hands, call{act: listing})
	h.do(hands, call{act: dawning})
	h.do(hands, call{act: ticking})
	for f := range formsOfOne {
		h.do(hands, call{act: tracking, form: f})
	}
	h.do(hands, call{act: listing})
}

// choose draws what somebody does next; n is different for every act. Members
// can only do something to claims that a list showed.
func (h *history) choose(dice *mrand.Rand, n int) call {
	c := call{form: dice.IntN(formsOfOne), said: dice.IntN(saidOfOne)}
	id, head, words := h.shown(dice.IntN(1<<20), dice.IntN(1<<20))
	c.act = []act{
		asking, asking, asking, asking, asking, asking, tracking, tracking, tracking, tracking, withdrawing, withdrawing,
		listing, listing, listing, reloading, ticking, wording, wording, declining, reopening, binning, unbinning, joining, splitting,
	}[dice.IntN(25)]
	switch c.act {
	case wording, declining, reopening, binning, unbinning, joining, splitting:
		if c.claim = id; id == "" {
			return call{act: listing}
		}
	}
	switch c.act {
	case joining:
		c.head = head
	case declining:
		c.as = desk.Opinion
	case wording:
		// Marks tell one wording from another and ask nothing else.
		c.wording = words + strings.Repeat("!", n+1)
	}
	return c
}

// shown picks two claims that a list showed, and the words of the first.
func (h *history) shown(i, j int) (id, head, words string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.seen) == 0 {
		return "", "", ""
	}
	id, head = h.seen[i%len(h.seen)], h.seen[j%len(h.seen)]
	return id, head, h.words[id]
}

// do performs an act and writes it down with its call and its return.
func (h *history) do(hand int, c call) {
	op := porcupine.Operation{ClientId: hand, Input: c, Call: h.clock.Add(1)}
	out, err := h.desk.perform(h, c)
	op.Return = h.clock.Add(1)
	switch desk.KindOf(err) {
	case desk.NotFound:
		out = outcome{refused: missing}
	case desk.Conflict:
		out = outcome{refused: moved}
	default:
		if err != nil {
			out = outcome{refused: err.Error()}
		}
	}
	op.Output = out
	h.mu.Lock()
	defer h.mu.Unlock()
	h.acts = append(h.acts, op)
	for _, r := range out.rows {
		if _, known := h.words[r.id]; !known && r.said >= 0 {
			h.seen, h.words[r.id] = append(h.seen, r.id), h.said[r.said&^1]
		}
	}
}

func (d *historyDesk) perform(h *history, c call) (o outcome, err error) {
	ctx := h.t.Context()
	receipt := d.forms.Receipt(h.nonces[c.form])
	switch c.act {
	case asking:
		var a intake.Asked
		a, err = d.in.Ask(ctx, h.nonces[c.form], receipt, desk.NewRaw(h.said[c.said]))
		o = outcome{code: receipt.Code(), repeated: a.Repeated, different: a.Different}
	case tracking:
		var tr intake.Tracked
		tr, err = d.in.Track(ctx, receipt)
		o.shown = shown{state: tr.State, wording: tr.Wording, as: tr.ClosedAs}
	case withdrawing:
		err = d.in.Withdraw(ctx, receipt)
	case listing:
		o.rows, err = d.list(ctx, h)
	case reloading:
		err = d.in.Reload(ctx)
	case dawning:
		d.days.Add(1)
	case ticking:
		var ticked workflow.Ticked
		ticked, err = d.flow.Tick(ctx)
		o.ran = ticked.Ran
	default:
		err = d.member(ctx, c)
	}
	return o, err
}

func (d *historyDesk) member(ctx context.Context, c call) error {
	switch c.act {
	case wording:
		return d.flow.Word(ctx, member, c.claim, workflow.Wording{Lang: "vi", Text: c.wording, NamesSeen: true})
	case declining:
		return d.flow.Decline(ctx, member, c.claim, c.as)
	case reopening:
		return d.flow.Reopen(ctx, member, c.claim)
	case binning:
		did, err := d.flow.Refuse(ctx, member, []string{c.claim}, workflow.Spam)
		if err == nil && did.Moved > 0 {
			return &desk.Error{Kind: desk.Conflict}
		}
		return err
	case unbinning:
		return d.flow.Unbin(ctx, member, c.claim)
	case joining:
		return d.flow.Join(ctx, member, c.claim, c.head)
	case splitting:
		return d.flow.Split(ctx, member, c.claim)
	}
	return fmt.Errorf("nobody knows how to %s", c.act)
}

// list is what a member sees of this history's claims, by key.
func (d *historyDesk) list(ctx context.Context, h *history) ([]row, error) {
	texts := map[string]string{}
	claims, err := d.rows(ctx, texts)
	if err != nil {
		return nil, err
	}
	var out []row
	for _, c := range claims {
		if !h.before[c.ID] {
			out = append(out, row{id: c.ID, state: c.State, head: c.JoinedTo, said: slices.Index(h.said[:], texts[c.ID]), wording: c.Wording, asked: c.Asked})
		}
	}
	slices.SortFunc(out, func(a, b row) int { return cmp.Compare(a.id, b.id) })
	return out, nil
}

// rows reads the open claims, and into texts the words that wait under them.
func (d *historyDesk) rows(ctx context.Context, texts map[string]string) (out []desk.Claim, err error) {
	err = d.db.View(ctx, func(tx *store.Tx) error {
		out = nil
		for _, s := range []desk.ClaimState{desk.Waiting, desk.Checking} {
			claims, err := tx.ClaimsByState(s, 0)
			if err != nil {
				return err
			}
			out = append(out, claims...)
		}
		if texts == nil {
			return nil
		}
		return tx.EachWaitingText(func(claimID string, text desk.Text) error {
			texts[claimID] = text.String()
			return nil
		})
	})
	return out, err
}
