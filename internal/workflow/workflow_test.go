package workflow_test

import (
	"context"
	"crypto/rand"
	"path/filepath"
	"testing"
	"time"

	"sangto/internal/desk"
	"sangto/internal/store"
	"sangto/internal/workflow"
)

// bench is a desk with three members, a settable clock and one question.
type bench struct {
	t    testing.TB
	db   *store.DB
	flow *workflow.Workflow
	now  time.Time
}

func newBench(t testing.TB) *bench {
	t.Helper()
	return newBenchOn(t, store.Options{Path: filepath.Join(t.TempDir(), "t.db")})
}

// newBenchOn is newBench on a given database.
func newBenchOn(t testing.TB, o store.Options) *bench {
	t.Helper()
	b := &bench{t: t, now: time.Date(2026, 3, 1, 5, 0, 0, 0, time.UTC)}
	o.Zone, o.Random, o.Clock = time.UTC, rand.Reader, func() time.Time { return b.now }
	db, err := store.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	b.db, b.flow = db, workflow.New(db)
	b.update(func(tx *store.Tx) error {
		for _, d := range []desk.Desk{
			{ID: "river", Local: true, Name: "River desk", Lang: "en", OwnerKind: desk.OwnerIndependent, FunderKind: desk.OwnerUnknown},
			{ID: "office", Local: true, Name: "Office desk", Lang: "en", OwnerKind: desk.OwnerIndependent, FunderKind: desk.OwnerState},
		} {
			if err := tx.PutDesk(d); err != nil {
				return err
			}
			for _, m := range []string{"a", "b", "c"} {
				if err := tx.PutMember(desk.Member{ID: d.ID + m, DeskID: d.ID, Name: m, Role: desk.Reviewer, KeyID: "key" + m}); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return b
}

// river is a member of the desk that is asked.
var river = desk.Member{ID: "rivera", DeskID: "river", Role: desk.Reviewer}

func (b *bench) update(fn func(tx *store.Tx) error) {
	b.t.Helper()
	if err := b.db.Update(b.t.Context(), fn); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) claim(id string) desk.Claim {
	b.t.Helper()
	var c desk.Claim
	err := b.db.View(b.t.Context(), func(tx *store.Tx) (err error) {
		c, err = tx.Claim(id)
		return err
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return c
}

// texts counts the questions that still hold words.
func (b *bench) texts() int {
	b.t.Helper()
	n := 0
	err := b.db.View(b.t.Context(), func(tx *store.Tx) error {
		return tx.EachWaitingText(func(string, desk.Text) error { n++; return nil })
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return n
}

// ask opens a claim with one question and returns the claim's id.
func (b *bench) ask(words string) (claimID string, mac []byte) {
	b.t.Helper()
	mac = make([]byte, 32)
	_, _ = rand.Read(mac)
	b.update(func(tx *store.Tx) error {
		claimID, _ = tx.NewID()
		q, _ := tx.NewID()
		if err := tx.AddClaim(desk.Claim{ID: claimID, DeskID: "river", State: desk.Waiting, Opened: tx.Day()}); err != nil {
			return err
		}
		return tx.AddQuestion(desk.Question{ID: q, ClaimID: claimID, Day: tx.Day(), ReceiptMAC: mac, TextMAC: make([]byte, 32), Text: desk.StoredText(words)})
	})
	return claimID, mac
}

// version is a check that passes every gate.
func version() desk.Version {
	return desk.Version{
		Kind: desk.FactKind, ClaimantKind: desk.ClaimantUnknown, Verdict: desk.NotTrue, Topic: "weather",
		Claim: "The dam opens tonight.", Title: "Will the dam open tonight?", Summary: "No release is planned this week.",
		Author: "rivera", Blind: desk.Classification{Kind: desk.FactKind},
		Hearing: desk.Hearing{State: desk.HearingAsked, Note: "The operator answered the same day."},
		Evidence: []desk.Evidence{
			{
				Stance: desk.Against, URL: "https://dam.example/log", Title: "Log of the dam", Publisher: "Dam company", OwnerGroup: "Dam company",
				Quote: "All gates closed.", Locator: "line 19:00", Archived: 20_000,
			},
			{
				Stance: desk.For, URL: "https://paper.example/2020", Title: "Release of 2020", Publisher: "Paper", OwnerGroup: "Paper house",
				Quote: "The dam opens at 22:00.", Locator: "paragraph 2",
			},
		},
	}
}

func wantKey(t *testing.T, err error, key string) {
	t.Helper()
	var e *desk.Error
	if err == nil || !asDesk(err, &e) || e.Key != key {
		t.Fatalf("error is %v, want %s", err, key)
	}
}

func TestReceiptsSeeTheAnswerAtTheTick(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	tick := func() workflow.Ticked {
		t.Helper()
		done, err := b.flow.Tick(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return done
	}
	id, _ := b.ask("xa dap toi nay phai khong")
	tick()
	if err := b.flow.Word(ctx, river, id, workflow.Wording{Lang: "en", Text: "The dam opens tonight."}); err != nil {
		t.Fatal(err)
	}
	if n := b.texts(); n != 0 {
		t.Fatalf("%d texts left after the claim was worded", n)
	}
	if c := b.claim(id); c.Shown != desk.Waiting {
		t.Fatalf("shown %s before the tick", c.Shown)
	}
	if tick().Ran {
		t.Fatal("a second tick on one day did something")
	}
	b.now = b.now.Add(24 * time.Hour)
	tick()
	if c := b.claim(id); c.Shown != desk.Checking || c.ShownWords != "The dam opens tonight." {
		t.Fatalf("after the tick %+v", c)
	}
	b.ready("river")
	check, err := b.publish("river", id, version(), "rivera", "riverb")
	if err != nil {
		t.Fatal(err)
	}
	if c := b.claim(id); c.Shown != desk.Checking || c.State != desk.Answered {
		t.Fatalf("after publication %+v", c)
	}
	b.now = b.now.Add(24 * time.Hour)
	tick()
	if c := b.claim(id); c.Shown != desk.Answered || c.ShownCheck != check {
		t.Fatalf("after the second tick %+v", c)
	}
}

func TestDeclineDeletesTheWords(t *testing.T) {
	b := newBench(t)
	id, _ := b.ask("toi ghet ong chu tich")
	if err := b.flow.Decline(t.Context(), river, id, desk.Opinion); err != nil {
		t.Fatal(err)
	}
	if n := b.texts(); n != 0 {
		t.Fatalf("%d texts left", n)
	}
	if c := b.claim(id); c.State != desk.Closed || c.ClosedAs != desk.Opinion {
		t.Fatalf("claim %+v", c)
	}
}

// TestRetention lives 420 days with one question a day and holds every promise
// of days on each of them.
func TestRetention(t *testing.T) {
	b := newBench(t)
	start := b.now
	type asked struct {
		claim string
		mac   []byte
	}
	var all []asked
	for day := range 420 {
		b.now = start.Add(time.Duration(day) * 24 * time.Hour)
		if _, err := b.flow.Tick(t.Context()); err != nil {
			t.Fatal(err)
		}
		if day%7 == 0 {
			id, mac := b.ask("câu hỏi")
			all = append(all, asked{id, mac})
		}
	}
	err := b.db.View(t.Context(), func(tx *store.Tx) error {
		today := tx.Day()
		for _, a := range all {
			c, err := tx.Claim(a.claim)
			if err != nil {
				return err
			}
			q, err := tx.QuestionByMAC(a.mac)
			age := today - c.Opened
			switch {
			case age >= desk.ReceiptDays && desk.KindOf(err) != desk.NotFound:
				t.Errorf("a receipt of %d days still opens: %v", age, err)
			case age < desk.ReceiptDays && err != nil:
				t.Errorf("a receipt of %d days is gone: %v", age, err)
			case err == nil && age >= desk.TextDays && !q.Text.Empty():
				t.Errorf("words of %d days are kept", age)
			case err == nil && age < desk.TextDays && q.Text.Empty():
				t.Errorf("words of %d days are gone early", age)
			}
			if open := c.State != desk.Closed; open && age >= desk.TextDays {
				t.Errorf("a claim without words waits after %d days", age)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestNothingHalfDone cancels each act before it commits and finds the store
// as it was.
func TestNothingHalfDone(t *testing.T) {
	b := newBench(t)
	id, _ := b.ask("câu hỏi")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.flow.Word(ctx, river, id, workflow.Wording{Lang: "en", Text: "Words."}); err == nil {
		t.Fatal("a cancelled act succeeded")
	}
	if _, err := b.flow.StartDraft(ctx, river, id, "en"); err == nil {
		t.Fatal("a cancelled act succeeded")
	}
	if c := b.claim(id); c.State != desk.Waiting || b.texts() != 1 {
		t.Fatalf("half done: %+v", c)
	}
}
