package storetest

import (
	"errors"
	"fmt"
	"testing"

	"sangto/internal/desk"
	"sangto/internal/store"
)

// claimIn walks a claim to a state by moves that are allowed.
func claimIn(t *testing.T, db *store.DB, id string, state desk.ClaimState) desk.Claim {
	t.Helper()
	c := waitingClaim(id, 20_000)
	steps := map[desk.ClaimState][]desk.ClaimState{
		desk.Checking: {desk.Checking}, desk.Answered: {desk.Checking, desk.Answered}, desk.Closed: {desk.Closed},
	}
	update(t, db, func(tx *store.Tx) error {
		if err := tx.AddClaim(c); err != nil {
			return err
		}
		for _, s := range steps[state] {
			fill(&c, s)
			if err := tx.MoveClaim(c); err != nil {
				return err
			}
		}
		return nil
	})
	return c
}

func fill(c *desk.Claim, s desk.ClaimState) {
	c.State, c.Wording, c.CheckID = s, "Một khẳng định", ""
	if s == desk.Waiting {
		c.Wording = "" // what was worded does not wait again
	}
	if s == desk.Answered {
		c.CheckID = "c1"
	}
}

func testClaimStates(t *testing.T, db *store.DB) {
	world(t, db)
	update(t, db, func(tx *store.Tx) error { return tx.AddCheck(localCheck("c1")) })
	states := []desk.ClaimState{desk.Waiting, desk.Checking, desk.Answered, desk.Closed}
	for _, from := range states {
		for _, to := range states {
			name := fmt.Sprintf("%s-%s", from, to)
			c := claimIn(t, db, name, from)
			fill(&c, to)
			err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.MoveClaim(c) })
			if from.MayBecome(to) {
				if err != nil {
					t.Errorf("%s: %v", name, err)
				}
				continue
			}
			kind(t, name, err, desk.Conflict)
		}
	}
	refused(t, db, desk.NotFound, "no claim", func(tx *store.Tx) error {
		c := waitingClaim("none", 20_000)
		fill(&c, desk.Checking)
		return tx.MoveClaim(c)
	})
	refused(t, db, desk.Conflict, "a state off the list", func(tx *store.Tx) error {
		return tx.MoveClaim(desk.Claim{ID: "waiting-waiting", State: "lost"})
	})
}

func testClaimFields(t *testing.T, db *store.DB) {
	world(t, db)
	update(t, db, func(tx *store.Tx) error { return tx.AddCheck(localCheck("c1")) })
	c := waitingClaim("k1", 20_000)
	update(t, db, func(tx *store.Tx) error { return tx.AddClaim(c) })
	c.Shown = desk.Waiting
	sameClaim(t, db, c)
	c.State, c.Wording, c.Lang, c.Closed = desk.Checking, "Đập sẽ xả lũ tối nay", "en", 0
	moved := c
	moved.DeskID, moved.Opened, moved.Shown, moved.ShownWords = stateDesk, 1, desk.Answered, "leak"
	update(t, db, func(tx *store.Tx) error { return tx.MoveClaim(moved) })
	sameClaim(t, db, c)
	c.State, c.CheckID, c.Closed = desk.Answered, "c1", 20_003
	update(t, db, func(tx *store.Tx) error { return tx.MoveClaim(c) })
	sameClaim(t, db, c)
	full := desk.Claim{
		ID: "k2", DeskID: localDesk, State: desk.Closed, Wording: "w", Lang: "vi", ClosedAs: desk.Satire, Opened: 5, Closed: 6,
		Shown: desk.Answered, ShownWords: "sw", ShownCheck: "c1", ShownAs: desk.Opinion,
	}
	update(t, db, func(tx *store.Tx) error { return tx.AddClaim(full) })
	sameClaim(t, db, full)

	add := func(what string, want desk.ErrorKind, change func(c *desk.Claim)) {
		t.Helper()
		c := waitingClaim("k9", 20_000)
		change(&c)
		refused(t, db, want, what, func(tx *store.Tx) error { return tx.AddClaim(c) })
	}
	add("a claim that exists", desk.Conflict, func(c *desk.Claim) { c.ID = "k1" })
	add("a claim of no desk", desk.NotFound, func(c *desk.Claim) { c.DeskID = "none" })
	add("a state off the list", desk.Forbidden, func(c *desk.Claim) { c.State = "lost" })
	add("a shown state off the list", desk.Forbidden, func(c *desk.Claim) { c.Shown = "lost" })
	add("a reason off the list", desk.Forbidden, func(c *desk.Claim) { c.State, c.ClosedAs = desk.Closed, "boring" })
	add("a reason before the end", desk.Forbidden, func(c *desk.Claim) { c.ClosedAs = desk.Satire })
	add("a claim without a day", desk.Forbidden, func(c *desk.Claim) { c.Opened = 0 })
	add("a check that is not there", desk.Forbidden, func(c *desk.Claim) { c.CheckID = "none" })
	add("answered without a check", desk.Forbidden, func(c *desk.Claim) { c.State, c.Wording = desk.Answered, "w" })
	add("checking without words", desk.Forbidden, func(c *desk.Claim) { c.State = desk.Checking })
}

func sameClaim(t *testing.T, db *store.DB, want desk.Claim) {
	t.Helper()
	view(t, db, func(tx *store.Tx) error {
		got, err := tx.Claim(want.ID)
		same(t, "claim", got, want)
		_, missing := tx.Claim("none")
		kind(t, "missing claim", missing, desk.NotFound)
		return err
	})
}

func testDailyTick(t *testing.T, db *store.DB) {
	world(t, db)
	update(t, db, func(tx *store.Tx) error { return tx.AddCheck(localCheck("c1")) })
	still := claimIn(t, db, "k1", desk.Waiting)
	answered := claimIn(t, db, "k2", desk.Answered)
	still.Shown, answered.Shown = desk.Waiting, desk.Waiting
	sameClaim(t, db, answered)

	tick := func(day desk.Day, want int) {
		t.Helper()
		update(t, db, func(tx *store.Tx) error {
			n, err := tx.ShowClaims(day)
			same(t, fmt.Sprintf("shown on day %d", day), n, want)
			return err
		})
	}
	tick(20_001, 1)
	answered.Shown, answered.ShownWords, answered.ShownCheck = desk.Answered, answered.Wording, "c1"
	sameClaim(t, db, answered)
	sameClaim(t, db, still)

	still.State, still.ClosedAs = desk.Closed, desk.Satire
	update(t, db, func(tx *store.Tx) error { return tx.MoveClaim(still) })
	tick(20_001, 0)
	sameClaim(t, db, still)
	tick(20_002, 1)
	still.Shown, still.ShownAs = desk.Closed, desk.Satire
	sameClaim(t, db, still)
	tick(20_003, 0)
	// A clock that was set back must not stop the tick for good.
	tick(10_000, 0)
	tick(20_003, 0)
}

func testClaimLists(t *testing.T, db *store.DB) {
	world(t, db)
	update(t, db, func(tx *store.Tx) error {
		for i, opened := range []desk.Day{20_003, 20_001, 20_002, 20_001, 20_005} {
			if err := tx.AddClaim(waitingClaim(fmt.Sprintf("k%d", i), opened)); err != nil {
				return err
			}
		}
		gone := waitingClaim("k0", 20_003)
		gone.State = desk.Closed
		return tx.MoveClaim(gone)
	})
	list := func(state desk.ClaimState, limit int, want string) {
		t.Helper()
		view(t, db, func(tx *store.Tx) error {
			claims, err := tx.ClaimsByState(state, limit)
			got := ""
			for _, c := range claims {
				got += c.ID + " "
			}
			same(t, "claims", got, want)
			return err
		})
	}
	list(desk.Waiting, 0, "k1 k3 k2 k4 ")
	list(desk.Waiting, 2, "k1 k3 ")
	list(desk.Closed, 5, "k0 ")
	list(desk.Answered, 5, "")
	update(t, db, func(tx *store.Tx) error {
		n, err := tx.CloseClaimsBefore(20_002)
		same(t, "closed", n, 2)
		return err
	})
	list(desk.Waiting, 0, "k2 k4 ")
	list(desk.Closed, 0, "k1 k3 k0 ")
	view(t, db, func(tx *store.Tx) error {
		c, err := tx.Claim("k1")
		if c.Closed == 0 || c.ClosedAs != "" || c.Shown != desk.Waiting {
			t.Errorf("a claim that was closed by age: %+v", c)
		}
		return err
	})
	update(t, db, func(tx *store.Tx) error {
		return errors.Join(tx.AddQuestion(question(1, "k2", "có chữ")), tx.AddQuestion(question(2, "k4", "")))
	})
	update(t, db, func(tx *store.Tx) error { return tx.CloseIfWordless("k2") })
	list(desk.Waiting, 0, "k2 k4 ")
	refused(t, db, desk.NotFound, "a claim that is not there", func(tx *store.Tx) error { return tx.CloseIfWordless("none") })
	update(t, db, func(tx *store.Tx) error {
		n, err := tx.CloseWordless()
		same(t, "closed for want of words", n, 1)
		return err
	})
	list(desk.Waiting, 0, "k2 ")
}

func testQuestions(t *testing.T, db *store.DB) {
	world(t, db)
	first, joined := question(1, "k1", "nước chanh chữa cúm?"), question(2, "k1", "")
	joined.Day = 20_004
	update(t, db, func(tx *store.Tx) error {
		return errors.Join(tx.AddClaim(waitingClaim("k1", 20_000)), tx.AddClaim(waitingClaim("k2", 20_000)),
			tx.AddQuestion(first), tx.AddQuestion(joined))
	})
	view(t, db, func(tx *store.Tx) error {
		for _, want := range []desk.Question{first, joined} {
			got, err := tx.QuestionByMAC(want.ReceiptMAC)
			same(t, "question", got, want)
			if err != nil {
				return err
			}
		}
		_, missing := tx.QuestionByMAC(mac("receipt", 99))
		kind(t, "unknown receipt", missing, desk.NotFound)
		n, err := tx.Asked("k1")
		same(t, "asked", n, 2)
		none, err2 := tx.Asked("k2")
		same(t, "asked under another", none, 0)
		return errors.Join(err, err2)
	})
	add := func(what string, want desk.ErrorKind, change func(q *desk.Question)) {
		t.Helper()
		q := question(9, "k2", "")
		change(&q)
		refused(t, db, want, what, func(tx *store.Tx) error { return tx.AddQuestion(q) })
	}
	add("the same receipt", desk.Conflict, func(q *desk.Question) { q.ReceiptMAC = first.ReceiptMAC })
	add("the same key", desk.Conflict, func(q *desk.Question) { q.ID = first.ID })
	add("words joining words", desk.Conflict, func(q *desk.Question) { q.ClaimID, q.Text = "k1", desk.StoredText("chanh?") })
	add("no claim", desk.NotFound, func(q *desk.Question) { q.ClaimID = "none" })
	add("a short receipt hash", desk.Forbidden, func(q *desk.Question) { q.ReceiptMAC = q.ReceiptMAC[:31] })
	add("no text hash", desk.Forbidden, func(q *desk.Question) { q.TextMAC = []byte{} })
	add("a key that is no key", desk.Forbidden, func(q *desk.Question) { q.ID = "1" })
	add("no day", desk.Forbidden, func(q *desk.Question) { q.Day = 0 })
	long := make([]rune, desk.QuestionMax+1)
	for i := range long {
		long[i] = 'ữ'
	}
	add("too many characters", desk.Forbidden, func(q *desk.Question) { q.Text = desk.StoredText(string(long)) })
	q := question(9, "k2", string(long[1:]))
	update(t, db, func(tx *store.Tx) error { return tx.AddQuestion(q) })
	update(t, db, func(tx *store.Tx) error { return tx.DeleteQuestion(q.ID) })
	refused(t, db, desk.NotFound, "deleting twice", func(tx *store.Tx) error { return tx.DeleteQuestion(q.ID) })
}

// waitingTexts lists the words that are still there.
func waitingTexts(t *testing.T, db *store.DB) string {
	t.Helper()
	got := ""
	view(t, db, func(tx *store.Tx) error {
		got = ""
		return tx.EachWaitingText(func(claimID string, text desk.Text) error {
			got += claimID + "=" + text.String() + " "
			return nil
		})
	})
	return got
}

func testWordsGo(t *testing.T, db *store.DB) {
	world(t, db)
	update(t, db, func(tx *store.Tx) error {
		for i := range 6 {
			id := fmt.Sprintf("k%d", i)
			if err := errors.Join(tx.AddClaim(waitingClaim(id, desk.Day(20_000+i))), tx.AddQuestion(question(i, id, fmt.Sprint("w", i)))); err != nil {
				return err
			}
		}
		return nil
	})
	same(t, "words", waitingTexts(t, db), "k0=w0 k1=w1 k2=w2 k3=w3 k4=w4 k5=w5 ")
	update(t, db, func(tx *store.Tx) error {
		c := waitingClaim("k0", 20_000)
		fill(&c, desk.Checking)
		return tx.MoveClaim(c)
	})
	update(t, db, func(tx *store.Tx) error {
		n, err := tx.ClearTexts("k1")
		same(t, "cleared", n, 1)
		again, err2 := tx.ClearTexts("k1")
		same(t, "cleared again", again, 0)
		return errors.Join(err, err2, tx.DropText("question00000002"), tx.DropText("question00000002"), tx.DropText("none"))
	})
	same(t, "words after wording and withdrawing", waitingTexts(t, db), "k3=w3 k4=w4 k5=w5 ")
	update(t, db, func(tx *store.Tx) error {
		_, err := tx.CloseClaimsBefore(20_004)
		return err
	})
	same(t, "words after closing", waitingTexts(t, db), "k4=w4 k5=w5 ")
	for i := range 6 {
		view(t, db, func(tx *store.Tx) error {
			q, err := tx.QuestionByMAC(mac("receipt", i))
			same(t, fmt.Sprintf("question %d keeps words", i), !q.Text.Empty(), i >= 4)
			return err
		})
	}
	refused(t, db, desk.Forbidden, "words for a claim that is worded", func(tx *store.Tx) error {
		return tx.AddQuestion(question(9, "k0", "late"))
	})
	update(t, db, func(tx *store.Tx) error { return tx.AddQuestion(question(9, "k0", "")) })
}

func testRetention(t *testing.T, db *store.DB) {
	world(t, db)
	update(t, db, func(tx *store.Tx) error {
		for i := range 4 {
			id := fmt.Sprintf("k%d", i)
			q := question(i, id, fmt.Sprint("w", i))
			q.Day = desk.Day(20_000 + i)
			if err := errors.Join(tx.AddClaim(waitingClaim(id, q.Day)), tx.AddQuestion(q)); err != nil {
				return err
			}
		}
		return nil
	})
	update(t, db, func(tx *store.Tx) error {
		n, err := tx.ClearTextsBefore(20_002)
		same(t, "texts", n, 2)
		again, err2 := tx.ClearTextsBefore(20_002)
		same(t, "texts again", again, 0)
		gone, err3 := tx.DeleteQuestionsBefore(20_001)
		same(t, "questions", gone, 1)
		return errors.Join(err, err2, err3)
	})
	same(t, "words", waitingTexts(t, db), "k2=w2 k3=w3 ")
	view(t, db, func(tx *store.Tx) error {
		_, missing := tx.QuestionByMAC(mac("receipt", 0))
		kind(t, "an old receipt", missing, desk.NotFound)
		_, err := tx.QuestionByMAC(mac("receipt", 1))
		return err
	})
	if err := db.Scrub(t.Context()); err != nil {
		t.Errorf("scrub: %v", err)
	}
}
