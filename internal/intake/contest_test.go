package intake_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"sangto/internal/desk"
	"sangto/internal/intake"
	"sangto/internal/store"
	"sangto/internal/workflow"
)

const contested = "c000000000000001"

// publishedBench is a desk with one published check, written by "ann" and
// approved by "bob"; "cat" had no part in it.
func publishedBench(t *testing.T) *bench {
	t.Helper()
	b := newBench(t)
	b.update(t, func(tx *store.Tx) error {
		var steps []error
		for _, id := range []string{"ann", "bob", "cat"} {
			steps = append(steps, tx.PutMember(desk.Member{ID: id, DeskID: "river", Name: id, Role: desk.Reviewer, KeyID: "key-" + id}))
		}
		return errors.Join(append(steps, tx.AddCheck(desk.Check{ID: contested, DeskID: "river", Lang: "vi"}), addVersion(tx, 1, desk.Publish))...)
	})
	return b
}

func (b *bench) update(t *testing.T, fn func(tx *store.Tx) error) {
	t.Helper()
	if err := b.db.Update(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func addVersion(tx *store.Tx, n int, act desk.Act) error {
	return tx.AddVersion(desk.Version{
		CheckID: contested, Number: n, Act: act, Kind: desk.FactKind, Blind: desk.Classification{Kind: desk.FactKind},
		ClaimantKind: desk.ClaimantUnknown, Verdict: desk.NotTrue, Topic: "weather", Claim: "Đêm nay đập xả hết nước.",
		Title: "Đập không xả hết nước", Summary: "Chỉ mở một cửa.", Published: tx.Day(), Author: "ann", Reason: "r", Note: "n",
	}, "rev", []desk.Approval{{MemberID: "ann", KeyID: "key-ann", Revision: "rev"}, {MemberID: "bob", KeyID: "key-bob", Revision: "rev"}})
}

func (b *bench) contest(t *testing.T, f form, kind desk.ContestKind, words string) intake.Asked {
	t.Helper()
	a, err := b.in.Contest(t.Context(), f.nonce, f.receipt, contested, kind, desk.NewRaw(words))
	if err != nil {
		t.Fatalf("contest: %v", err)
	}
	return a
}

func TestContestsAreRedactedAndKeptOnce(t *testing.T) {
	b := publishedBench(t)
	f := newForm()
	const words = "Trạm ghi khác, gọi 0912 345 678 mà hỏi. — Nguyễn Văn Tèo (@teo.nguyen) trên mạng"
	first := b.contest(t, f, desk.ContestCheck, words)
	for _, bad := range []string{"0912", "teo.nguyen"} {
		if strings.Contains(first.Text.String(), bad) {
			t.Errorf("kept %q", first.Text)
		}
	}
	if again := b.contest(t, f, desk.ContestCheck, words); !again.Repeated || again.Different {
		t.Errorf("the same form again: %+v", again)
	}
	if other := b.contest(t, f, desk.ContestCheck, "Lời khác hẳn về trạm."); !other.Different {
		t.Error("other words under the same form were not noticed")
	}
	b.contest(t, newForm(), desk.ContestCheck, words)
	err := b.db.View(t.Context(), func(tx *store.Tx) error {
		n, _, err := tx.CountContests("river", tx.Day())
		if n != 1 {
			t.Errorf("%d contests with the same words, want one", n)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestContestsThatAreNotTaken(t *testing.T) {
	b := publishedBench(t)
	b.update(t, func(tx *store.Tx) error {
		return errors.Join(
			tx.PutDesk(desk.Desk{ID: "far", Name: "Far", URL: "https://far.example"}),
			tx.AddCheck(desk.Check{ID: "i000000000000001", DeskID: "far", Lang: "en", SourceURL: "https://far.example/1"}),
			tx.AddVersion(desk.Version{CheckID: "i000000000000001", Number: 1, Act: desk.ImportAct, Rating: "False"}, "", nil))
	})
	for _, c := range []struct {
		name, check string
		kind        desk.ContestKind
		words, key  string
	}{
		{"no kind", contested, "praise", "Trạm ghi khác.", "error.contest.kind"},
		{"no words", contested, desk.ContestCheck, " \n ", "error.text.empty"},
		{"only a number", contested, desk.ReplyToCheck, "0912345678", "error.text.identifiers"},
		{"too long", contested, desk.ReplyToCheck, strings.Repeat("dài ", 600), "error.contest.long"},
		{"one line of 64 KiB and more", contested, desk.ContestCheck, strings.Repeat("x", desk.MessageMax+1), "error.text.large"},
		{"one line of just 64 KiB", contested, desk.ContestCheck, strings.Repeat("x", desk.MessageMax), "error.contest.long"},
		{"a file", contested, desk.ContestCheck, strings.Repeat("\x00\x01", 50), "error.text.binary"},
		{"another desk's check", "i000000000000001", desk.ContestCheck, "Trạm ghi khác.", "error.contest.elsewhere"},
	} {
		f := newForm()
		_, err := b.in.Contest(t.Context(), f.nonce, f.receipt, c.check, c.kind, desk.NewRaw(c.words))
		var e *desk.Error
		if !errors.As(err, &e) || e.Key != c.key {
			t.Errorf("%s: %v, want %s", c.name, err, c.key)
		}
	}
	f := newForm()
	if _, err := b.in.Contest(t.Context(), f.nonce, f.receipt, "0000000000000000", desk.ContestCheck, desk.NewRaw("Trạm ghi khác.")); desk.KindOf(err) != desk.NotFound {
		t.Errorf("a check that is not there: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.in.Contest(ctx, f.nonce, f.receipt, contested, desk.ContestCheck, desk.NewRaw("Trạm ghi khác.")); err == nil {
		t.Error("accepted for somebody who left")
	}
}

// A receipt opens what it belongs to, the answer from the day after it was
// given, and nothing once it was taken back.
func TestReceiptsOfContests(t *testing.T) {
	b := publishedBench(t)
	ctx := t.Context()
	f, gone := newForm(), newForm()
	b.contest(t, f, desk.ContestCheck, "Trạm ghi khác.")
	b.contest(t, gone, desk.ReplyToCheck, "Chúng tôi đã báo trước.")
	track := func(f form) *intake.TrackedContest {
		t.Helper()
		got, err := b.in.Track(ctx, f.receipt)
		if err != nil || got.Contest == nil {
			t.Fatalf("track: %+v, %v", got, err)
		}
		return got.Contest
	}
	if c := track(f); c.State != desk.ContestWaiting || c.Check.Check.ID != contested || c.Due == 0 {
		t.Errorf("waiting: %+v", c)
	}
	if err := b.in.Withdraw(ctx, gone.receipt); err != nil {
		t.Fatal(err)
	}
	if _, err := b.in.Track(ctx, gone.receipt); desk.KindOf(err) != desk.NotFound {
		t.Errorf("taken back: %v", err)
	}
	flow := workflow.New(b.db)
	cat := desk.Member{ID: "cat", DeskID: "river"}
	list, err := flow.Contests(ctx, cat)
	if err != nil || len(list.Items) != 1 {
		t.Fatalf("what waits: %+v, %v", list, err)
	}
	decision := desk.Decision{State: desk.ContestUpheld, Answer: "Đúng vậy.", AnswerLang: "vi"}
	if err := flow.Decide(ctx, cat, list.Items[0].Contest.ID, decision); err != nil {
		t.Fatal(err)
	}
	if c := track(f); c.State != desk.ContestWaiting || c.Answer != "" {
		t.Errorf("the minute of the decision shows: %+v", c)
	}
	b.now = b.now.Add(24 * time.Hour)
	if c := track(f); c.State != desk.ContestUpheld || c.Answer != "Đúng vậy." {
		t.Errorf("the day after: %+v", c)
	}
	b.update(t, func(tx *store.Tx) error { return addVersion(tx, 2, desk.Correct) })
	if c := track(f); c.Check.Version.Number != 2 || c.Check.Version.Act != desk.Correct {
		t.Errorf("whoever returns sees version %d", c.Check.Version.Number)
	}
}

// Publishing answers every receipt under the claim at the next tick, and a
// correction is there for whoever returns.
func TestReceiptsSeeTheCorrection(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	flow := workflow.New(b.db)
	one, two := newForm(), newForm()
	b.ask(t, one, "Đêm nay đập Suối Vàng xả hết nước phải không?")
	b.ask(t, two, "Đêm nay đập Suối Vàng xả hết nước phải không?")
	b.update(t, func(tx *store.Tx) error {
		claims, err := tx.ClaimsByState(desk.Waiting, 0)
		if err != nil || len(claims) != 1 {
			t.Fatalf("%d claims, %v", len(claims), err)
		}
		c := claims[0]
		c.State, c.Wording, c.Lang = desk.Checking, "Đêm nay đập xả hết nước.", "vi"
		if err := tx.MoveClaim(c); err != nil {
			return err
		}
		for _, id := range []string{"ann", "bob"} {
			if err := tx.PutMember(desk.Member{ID: id, DeskID: "river", Name: id, Role: desk.Reviewer, KeyID: "key-" + id}); err != nil {
				return err
			}
		}
		if err := errors.Join(tx.AddCheck(desk.Check{ID: contested, DeskID: "river", Lang: "vi", ClaimID: c.ID}), addVersion(tx, 1, desk.Publish)); err != nil {
			return err
		}
		c.State, c.CheckID, c.Closed = desk.Answered, contested, tx.Day()
		return tx.MoveClaim(c)
	})
	see := func(f form) intake.Tracked {
		t.Helper()
		got, err := b.in.Track(ctx, f.receipt)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	for _, f := range []form{one, two} {
		if got := see(f); got.State == desk.Answered || got.Check != nil {
			t.Errorf("answered before the tick: %+v", got)
		}
	}
	b.now = b.now.Add(24 * time.Hour)
	if _, err := flow.Tick(ctx); err != nil {
		t.Fatal(err)
	}
	for _, f := range []form{one, two} {
		if got := see(f); got.State != desk.Answered || got.Check == nil || got.Check.Version.Act != desk.Publish {
			t.Errorf("after the tick: %+v", got)
		}
	}
	for n, act := range []desk.Act{desk.Correct, desk.Withdraw} {
		b.update(t, func(tx *store.Tx) error { return addVersion(tx, n+2, act) })
		for _, f := range []form{one, two} {
			if got := see(f); got.Check == nil || got.Check.Version.Act != act {
				t.Errorf("whoever returns after %s sees %+v", act, got.Check)
			}
		}
	}
}
