package storetest

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"sangto/internal/desk"
	"sangto/internal/store"
)

// row returns a claim.
func row(t *testing.T, db *store.DB, id string) desk.Claim {
	t.Helper()
	var c desk.Claim
	view(t, db, func(tx *store.Tx) (err error) {
		c, err = tx.Claim(id)
		return err
	})
	return c
}

// queue lists the keys of a queue, page by page of the size given.
func queue(t *testing.T, db *store.DB, f store.QueueFilter, size int) string {
	t.Helper()
	var out []string
	var at store.Place
	for {
		var page []desk.Claim
		view(t, db, func(tx *store.Tx) (err error) {
			page, err = tx.Queue(f, at, size)
			return err
		})
		if len(page) == 0 {
			return strings.Join(out, " ")
		}
		for _, c := range page {
			out = append(out, c.ID)
		}
		at = store.PlaceOf(page[len(page)-1])
	}
}

// askOften puts n wordless questions under a claim, numbered from first.
func askOften(t *testing.T, db *store.DB, claimID string, first, n int) {
	t.Helper()
	update(t, db, func(tx *store.Tx) error {
		for i := range n {
			if err := tx.AddQuestion(question(first+i, claimID, "")); err != nil {
				return err
			}
		}
		return nil
	})
}

func testQueueOrder(t *testing.T, db *store.DB) {
	world(t, db)
	update(t, db, func(tx *store.Tx) error {
		for i, opened := range []desk.Day{20_003, 20_001, 20_002, 20_001, 20_005, 20_007} {
			if err := tx.AddClaim(waitingClaim(fmt.Sprintf("k%d", i), opened)); err != nil {
				return err
			}
		}
		late := waitingClaim("k6", 19_000)
		late.Kin, late.Lap = "k1", 1
		other := waitingClaim("k7", 19_000)
		other.DeskID = stateDesk
		return errors.Join(tx.AddClaim(late), tx.AddClaim(other))
	})
	askOften(t, db, "k4", 0, 10)    // 20,005 − 3 = 20,002
	askOften(t, db, "k5", 100, 100) // 20,007 − 6 = 20,001
	all := store.QueueFilter{DeskID: localDesk, State: desk.Waiting}
	for _, size := range []int{1, 2, 3, 50} {
		same(t, fmt.Sprintf("queue by %d", size), queue(t, db, all, size), "k1 k3 k5 k2 k4 k0 k6")
	}
	same(t, "due", []desk.Day{row(t, db, "k4").Due(), row(t, db, "k5").Due()}, []desk.Day{20_002, 20_001})
	update(t, db, func(tx *store.Tx) error {
		return errors.Join(tx.Assign("k3", "", "bob"), tx.Assign("k2", "", "bob"), tx.Assign("k0", "", "ann"), tx.JoinClaim("k5", "k1"))
	})
	same(t, "queue without a part", queue(t, db, all, 2), "k1 k3 k2 k4 k0 k6")
	mine, free := all, all
	mine.Assignee, free.Unassigned = "bob", true
	same(t, "mine", queue(t, db, mine, 1), "k3 k2")
	same(t, "nobody's", queue(t, db, free, 2), "k1 k4 k6")
	same(t, "checking", queue(t, db, store.QueueFilter{DeskID: localDesk, State: desk.Checking}, 2), "")
	view(t, db, func(tx *store.Tx) error {
		some, err := tx.HasWaiting(localDesk)
		same(t, "something waits", some, true)
		none, err2 := tx.HasWaiting(foreignDesk)
		same(t, "something waits elsewhere", none, false)
		return errors.Join(err, err2)
	})
}

// testCounting holds asked to the number of questions, capped, whatever comes
// and goes.
func testCounting(t *testing.T, db *store.DB) {
	world(t, db)
	update(t, db, func(tx *store.Tx) error {
		return errors.Join(tx.AddClaim(waitingClaim("k1", 20_000)), tx.AddClaim(waitingClaim("k2", 20_000)))
	})
	asked := func(what string, want ...int) {
		t.Helper()
		same(t, what, []int{row(t, db, "k1").Asked, row(t, db, "k2").Asked}, want)
	}
	asked("before", 0, 0)
	askOften(t, db, "k1", 0, 9)
	asked("nine", 9, 0)
	askOften(t, db, "k1", 9, 96)
	asked("a hundred and five", 100, 0)
	_ = db.Update(t.Context(), func(tx *store.Tx) error {
		return errors.Join(tx.AddQuestion(question(900, "k2", "")), errors.New("rolled back"))
	})
	asked("after a rollback", 100, 0)
	for i := range 7 {
		update(t, db, func(tx *store.Tx) error { return tx.DeleteQuestion(fmt.Sprintf("question%08d", i)) })
	}
	asked("after seven were withdrawn", 98, 0)
	askOften(t, db, "k2", 200, 5)
	update(t, db, func(tx *store.Tx) error {
		if err := tx.JoinClaim("k2", "k1"); err != nil {
			return err
		}
		c, err := tx.Claim("k1")
		fill(&c, desk.Checking)
		return errors.Join(err, tx.MoveClaim(c))
	})
	asked("after a part moved over", 100, 0)
	view(t, db, func(tx *store.Tx) error {
		n, err := tx.Asked("k1")
		same(t, "questions", n, 103)
		return err
	})
	update(t, db, func(tx *store.Tx) error {
		_, err := tx.DeleteQuestionsBefore(20_001)
		return err
	})
	asked("after their year", 0, 0)
}

func threeClaims(t *testing.T, db *store.DB) {
	t.Helper()
	world(t, db)
	update(t, db, func(tx *store.Tx) error {
		for i := 1; i <= 3; i++ {
			id := fmt.Sprint("k", i)
			if err := errors.Join(tx.AddClaim(waitingClaim(id, desk.Day(20_000+i))), tx.AddQuestion(question(i, id, "w"+id))); err != nil {
				return err
			}
		}
		return nil
	})
}

func parts(t *testing.T, db *store.DB, head string) string {
	t.Helper()
	var ids []string
	view(t, db, func(tx *store.Tx) error {
		list, err := tx.Parts(head)
		for _, c := range list {
			ids = append(ids, c.ID)
		}
		return err
	})
	return strings.Join(ids, " ")
}

func testJoining(t *testing.T, db *store.DB) {
	threeClaims(t, db)
	all := store.QueueFilter{DeskID: localDesk, State: desk.Waiting}
	update(t, db, func(tx *store.Tx) error { return tx.JoinClaim("k2", "k1") })
	same(t, "parts", parts(t, db, "k1"), "k2")
	same(t, "queue", queue(t, db, all, 5), "k1 k3")
	// A head that is joined takes its parts along: there are no chains.
	update(t, db, func(tx *store.Tx) error { return tx.JoinClaim("k1", "k3") })
	same(t, "parts of the new head", parts(t, db, "k3"), "k1 k2")
	same(t, "words", waitingTexts(t, db), "k1=wk1 k2=wk2 k3=wk3 ")
	for what, join := range map[string][2]string{
		"itself": {"k3", "k3"}, "to a part": {"k3", "k1"}, "what is a part": {"k1", "k3"}, "to nothing": {"k3", "none"}, "nothing": {"none", "k3"},
	} {
		refused(t, db, desk.Conflict, "joining "+what, func(tx *store.Tx) error { return tx.JoinClaim(join[0], join[1]) })
	}
	refused(t, db, desk.Conflict, "binning a part", func(tx *store.Tx) error { return tx.BinClaim("k1") })
	refused(t, db, desk.Conflict, "wording a part", func(tx *store.Tx) error {
		c := waitingClaim("k1", 20_001)
		fill(&c, desk.Checking)
		return tx.MoveClaim(c)
	})
	update(t, db, func(tx *store.Tx) error { return tx.SplitClaim("k1") })
	same(t, "parts after the split", parts(t, db, "k3"), "k2")
	same(t, "queue after the split", queue(t, db, all, 5), "k1 k3")
	if c := row(t, db, "k1"); c.JoinedTo != "" || !c.Apart {
		t.Errorf("after the split: %+v", c)
	}
	refused(t, db, desk.Conflict, "splitting what is whole", func(tx *store.Tx) error { return tx.SplitClaim("k1") })
	update(t, db, func(tx *store.Tx) error { return tx.KeepApart("k3") })
	if !row(t, db, "k3").Apart {
		t.Error("kept apart, and not noted")
	}
}

// testEndsOfParts follows a part to each of its ends: no words, its questions
// under the head.
func testEndsOfParts(t *testing.T, db *store.DB) {
	threeClaims(t, db)
	update(t, db, func(tx *store.Tx) error {
		_, err := tx.ClearTextsBefore(20_001)
		return err
	})
	move := func(tx *store.Tx, id string, change func(c *desk.Claim)) error {
		c, err := tx.Claim(id)
		change(&c)
		return errors.Join(err, tx.MoveClaim(c))
	}
	ends := []struct {
		name string
		end  func(tx *store.Tx, head string) error
	}{
		{"worded", func(tx *store.Tx, head string) error {
			return move(tx, head, func(c *desk.Claim) { fill(c, desk.Checking) })
		}},
		{"declined", func(tx *store.Tx, head string) error {
			return move(tx, head, func(c *desk.Claim) { c.State, c.ClosedAs = desk.Closed, desk.Satire })
		}},
		{"too old", func(tx *store.Tx, _ string) error {
			_, err := tx.CloseClaimsBefore(19_002)
			return err
		}},
		{"wordless", func(tx *store.Tx, head string) error {
			for _, q := range []int{103, 203} {
				if err := tx.DropText(fmt.Sprintf("question%08d", q)); err != nil {
					return err
				}
			}
			_, err := tx.CloseWordless()
			return err
		}},
		{"wordless, seen from the head", func(tx *store.Tx, head string) error {
			return errors.Join(tx.DropText(fmt.Sprintf("question%08d", 104)), tx.DropText(fmt.Sprintf("question%08d", 204)), tx.CloseIfWordless(head))
		}},
		{"wordless, seen from the part", func(tx *store.Tx, _ string) error {
			return errors.Join(tx.DropText(fmt.Sprintf("question%08d", 105)), tx.DropText(fmt.Sprintf("question%08d", 205)), tx.CloseIfWordless("p5"))
		}},
	}
	for i, e := range ends {
		head, part := fmt.Sprint("h", i), fmt.Sprint("p", i)
		opened := desk.Day(20_001)
		if e.name == "too old" {
			opened = 19_001
		}
		update(t, db, func(tx *store.Tx) error {
			return errors.Join(
				tx.AddClaim(waitingClaim(head, opened)), tx.AddQuestion(question(100+i, head, "wh")),
				tx.AddClaim(waitingClaim(part, 20_001)), tx.AddQuestion(question(200+i, part, "wp")), tx.AddQuestion(question(300+i, part, "")),
				tx.JoinClaim(part, head))
		})
		update(t, db, func(tx *store.Tx) error { return e.end(tx, head) })
		h, p := row(t, db, head), row(t, db, part)
		if h.State == desk.Waiting || h.Asked != 3 || p.State != desk.Closed || p.JoinedTo != head || p.Asked != 0 {
			t.Errorf("%s: head %+v, part %+v", e.name, h, p)
		}
		for _, n := range []int{100 + i, 200 + i, 300 + i} {
			view(t, db, func(tx *store.Tx) error {
				q, err := tx.QuestionByMAC(mac("receipt", n))
				if q.ClaimID != head || !q.Text.Empty() {
					t.Errorf("%s: question %+v", e.name, q)
				}
				return err
			})
		}
	}
	// A head that is being checked takes a part in at once.
	update(t, db, func(tx *store.Tx) error {
		return errors.Join(tx.AddClaim(waitingClaim("late", 20_001)), tx.AddQuestion(question(400, "late", "w")), tx.JoinClaim("late", "h0"))
	})
	if p := row(t, db, "late"); p.State != desk.Closed || row(t, db, "h0").Asked != 4 || strings.Contains(waitingTexts(t, db), "late") {
		t.Errorf("joined to a worded claim: %+v", p)
	}
	refused(t, db, desk.Conflict, "splitting what has ended", func(tx *store.Tx) error { return tx.SplitClaim("late") })
	refused(t, db, desk.Conflict, "reopening a part", func(tx *store.Tx) error { return tx.ReopenClaim("late") })
	// A head whose own words are gone waits as long as a part has some.
	update(t, db, func(tx *store.Tx) error {
		err := errors.Join(tx.AddClaim(waitingClaim("h9", 20_001)), tx.AddClaim(waitingClaim("p9", 20_001)),
			tx.AddQuestion(question(500, "p9", "w")), tx.JoinClaim("p9", "h9"))
		n, err2 := tx.CloseWordless()
		same(t, "closed", n, 0)
		return errors.Join(err, err2, tx.CloseIfWordless("h9"), tx.CloseIfWordless("p9"))
	})
	if row(t, db, "h9").State != desk.Waiting {
		t.Error("a head was closed for want of words although its part has some")
	}
}

func testAssigning(t *testing.T, db *store.DB) {
	threeClaims(t, db)
	update(t, db, func(tx *store.Tx) error { return tx.Assign("k1", "", "ann") })
	refused(t, db, desk.Conflict, "taking what another took", func(tx *store.Tx) error { return tx.Assign("k1", "", "bob") })
	update(t, db, func(tx *store.Tx) error {
		return errors.Join(tx.Assign("k1", "ann", "bob"), tx.Assign("k2", "", "bob"))
	})
	same(t, "assignee", row(t, db, "k1").Assignee, "bob")
	refused(t, db, desk.Forbidden, "a member of another desk", func(tx *store.Tx) error { return tx.Assign("k1", "bob", "sam") })
	refused(t, db, desk.Forbidden, "nobody known", func(tx *store.Tx) error { return tx.Assign("k1", "bob", "none") })

	update(t, db, func(tx *store.Tx) error { return tx.SetNote("k1", "", "hỏi trạm y tế") })
	refused(t, db, desk.Conflict, "a note over another's", func(tx *store.Tx) error { return tx.SetNote("k1", "", "khác") })
	refused(t, db, desk.Forbidden, "a long note", func(tx *store.Tx) error {
		return tx.SetNote("k2", "", strings.Repeat("ữ", desk.NoteMax+1))
	})
	update(t, db, func(tx *store.Tx) error { return tx.SetNote("k2", "", strings.Repeat("ữ", desk.NoteMax)) })
	same(t, "note", row(t, db, "k1").Note, "hỏi trạm y tế")
	update(t, db, func(tx *store.Tx) error {
		c, err := tx.Claim("k1")
		fill(&c, desk.Checking)
		return errors.Join(err, tx.MoveClaim(c))
	})
	same(t, "note of a worded claim", row(t, db, "k1").Note, "hỏi trạm y tế")
	update(t, db, func(tx *store.Tx) error {
		c, err := tx.Claim("k1")
		c.State = desk.Closed
		return errors.Join(err, tx.MoveClaim(c))
	})
	same(t, "note of a closed claim", row(t, db, "k1").Note, "")
	refused(t, db, desk.Conflict, "a note on a closed claim", func(tx *store.Tx) error { return tx.SetNote("k1", "", "x") })
	update(t, db, func(tx *store.Tx) error { return tx.BinClaim("k2") })
	if row(t, db, "k2").Note == "" {
		t.Error("the bin took the note before its time")
	}

	update(t, db, func(tx *store.Tx) error { return tx.Assign("k3", "", "cat") })
	update(t, db, func(tx *store.Tx) error {
		return tx.PutMember(desk.Member{ID: "cat", DeskID: localDesk, Name: "cat", Role: desk.Editor, KeyID: "key-cat", Ended: true})
	})
	same(t, "assignee who left", row(t, db, "k3").Assignee, "")
	refused(t, db, desk.Forbidden, "somebody who left", func(tx *store.Tx) error { return tx.Assign("k3", "", "cat") })
}

func testBin(t *testing.T, db *store.DB) {
	threeClaims(t, db)
	update(t, db, func(tx *store.Tx) error { return errors.Join(tx.JoinClaim("k2", "k1"), tx.BinClaim("k1")) })
	if c := row(t, db, "k1"); c.State != desk.Closed || c.Binned == 0 || c.ObjectState() != desk.ClaimBinned {
		t.Errorf("binned: %+v", c)
	}
	same(t, "a part of what was binned", row(t, db, "k2").JoinedTo, "")
	binned := func(want string) {
		t.Helper()
		view(t, db, func(tx *store.Tx) error {
			list, err := tx.Bin(localDesk, 9)
			got := ""
			for _, c := range list {
				got += c.ID + " "
			}
			same(t, "bin", got, want)
			return err
		})
	}
	binned("k1 ")
	view(t, db, func(tx *store.Tx) error {
		text, day, err := tx.TextOf("k1")
		same(t, "words in the bin", text.String(), "wk1")
		same(t, "their day", day, desk.Day(20_000))
		return err
	})
	same(t, "words that wait", waitingTexts(t, db), "k2=wk2 k3=wk3 ")
	refused(t, db, desk.Conflict, "binning twice", func(tx *store.Tx) error { return tx.BinClaim("k1") })
	refused(t, db, desk.Conflict, "reopening out of the bin", func(tx *store.Tx) error { return tx.ReopenClaim("k1") })
	update(t, db, func(tx *store.Tx) error { return tx.UnbinClaim("k1") })
	binned("")
	same(t, "words taken back", waitingTexts(t, db), "k1=wk1 k2=wk2 k3=wk3 ")
	refused(t, db, desk.Conflict, "unbinning twice", func(tx *store.Tx) error { return tx.UnbinClaim("k1") })
	update(t, db, func(tx *store.Tx) error { return errors.Join(tx.SetNote("k1", "", "rác"), tx.BinClaim("k1")) })
	update(t, db, func(tx *store.Tx) error {
		n, err := tx.EmptyBin(tx.Day())
		same(t, "emptied too early", n, 0)
		all, err2 := tx.EmptyBin(tx.Day() + 1)
		same(t, "emptied", all, 1)
		return errors.Join(err, err2)
	})
	if c := row(t, db, "k1"); c.State != desk.Closed || c.Binned != 0 || c.Note != "" {
		t.Errorf("after the bin: %+v", c)
	}
	view(t, db, func(tx *store.Tx) error {
		_, _, missing := tx.TextOf("k1")
		kind(t, "words after the bin", missing, desk.NotFound)
		return nil
	})
}

func testReopening(t *testing.T, db *store.DB) {
	threeClaims(t, db)
	update(t, db, func(tx *store.Tx) error {
		one, err := tx.Claim("k1")
		one.State, one.ClosedAs, one.Closed = desk.Closed, desk.Opinion, 20_005
		two, err2 := tx.Claim("k2")
		fill(&two, desk.Checking)
		err3 := errors.Join(tx.MoveClaim(one), tx.MoveClaim(two))
		two.State = desk.Closed
		return errors.Join(err, err2, err3, tx.MoveClaim(two))
	})
	update(t, db, func(tx *store.Tx) error { return errors.Join(tx.ReopenClaim("k1"), tx.ReopenClaim("k2")) })
	one, two := row(t, db, "k1"), row(t, db, "k2")
	if one.State != desk.Waiting || one.ClosedAs != "" || one.Closed != 0 || one.Reopened == 0 || two.State != desk.Checking {
		t.Errorf("reopened: %+v, %+v", one, two)
	}
	same(t, "words after reopening", waitingTexts(t, db), "k3=wk3 ")
	refused(t, db, desk.Conflict, "reopening what is open", func(tx *store.Tx) error { return tx.ReopenClaim("k3") })
	update(t, db, func(tx *store.Tx) error {
		n, err := tx.CloseWordless()
		same(t, "closed for want of words", n, 0)
		return err
	})
}

func testKin(t *testing.T, db *store.DB) {
	threeClaims(t, db)
	var laps []int
	for i := range 45 {
		update(t, db, func(tx *store.Tx) error {
			lap, err := tx.KinLap("k1")
			laps = append(laps, lap)
			c := waitingClaim(fmt.Sprintf("n%02d", i), 19_000)
			c.Kin, c.Lap = "k1", lap
			return errors.Join(err, tx.AddClaim(c))
		})
	}
	for i, lap := range laps {
		if want := (i + 1) / desk.KinShare; lap != want {
			t.Errorf("resembling claim %d is in lap %d, want %d", i+1, lap, want)
		}
	}
	view(t, db, func(tx *store.Tx) error {
		likes, err := tx.Likes("k1", 3)
		same(t, "likes", len(likes), 3)
		none, err2 := tx.Likes("k2", 3)
		same(t, "likes of another", len(none), 0)
		return errors.Join(err, err2)
	})
	refused(t, db, desk.NotFound, "kin of nothing", func(tx *store.Tx) error {
		c := waitingClaim("x", 20_000)
		c.Kin = "none"
		return tx.AddClaim(c)
	})
	refused(t, db, desk.Forbidden, "a lap without kin", func(tx *store.Tx) error {
		c := waitingClaim("x", 20_000)
		c.Lap = 1
		return tx.AddClaim(c)
	})
}

func testReadLog(t *testing.T, db *store.DB) {
	threeClaims(t, db)
	reading := func(member, claim string, n int) {
		t.Helper()
		update(t, db, func(tx *store.Tx) error {
			for range n {
				if err := tx.AddRead(member, claim); err != nil {
					return err
				}
			}
			return tx.VerifyReads()
		})
	}
	alerts := func(want ...store.Alert) {
		t.Helper()
		view(t, db, func(tx *store.Tx) error {
			got, err := tx.Alerts(localDesk)
			same(t, "alerts", got, want)
			none, err2 := tx.Alerts(stateDesk)
			same(t, "alerts of another desk", len(none), 0)
			return errors.Join(err, err2)
		})
	}
	var today desk.Day
	view(t, db, func(tx *store.Tx) error { today = tx.Day(); return tx.VerifyReads() })
	reading("ann", "k1", desk.ReadsADay)
	reading("bob", "k1", 3)
	alerts()
	reading("ann", "k2", 2)
	alerts(store.Alert{Day: today, MemberID: "ann", Name: "ann"})
	update(t, db, func(tx *store.Tx) error { return tx.SettleAlert(today, "ann") })
	reading("ann", "k2", 1)
	alerts(store.Alert{Day: today, MemberID: "ann", Name: "ann", Settled: true})
	refused(t, db, desk.Conflict, "settling what is none", func(tx *store.Tx) error { return tx.SettleAlert(today, "bob") })
	refused(t, db, desk.NotFound, "a reader who is nobody", func(tx *store.Tx) error { return tx.AddRead("none", "k1") })
	refused(t, db, desk.NotFound, "a reading of nothing", func(tx *store.Tx) error { return tx.AddRead("ann", "none") })

	update(t, db, func(tx *store.Tx) error {
		n, err := tx.CutReadsBefore(today)
		same(t, "cut too early", n, 0)
		all, err2 := tx.CutReadsBefore(today + 1)
		same(t, "cut", all, desk.ReadsADay+6)
		return errors.Join(err, err2, tx.VerifyReads())
	})
	alerts()
	reading("ann", "k1", 2) // the chain goes on from the cut
}

func testBulkActs(t *testing.T, db *store.DB) {
	threeClaims(t, db)
	act := store.BulkAct{ID: "act0000000000001", DeskID: localDesk, Reason: "spam", Day: 20_000, Claims: []string{"k1", "k3"}}
	later := store.BulkAct{ID: "act0000000000002", DeskID: localDesk, Reason: "satire", Day: 20_001, Claims: []string{"k2"}}
	update(t, db, func(tx *store.Tx) error { return errors.Join(tx.AddBulkAct(act), tx.AddBulkAct(later)) })
	view(t, db, func(tx *store.Tx) error {
		got, err := tx.BulkAct(act.ID)
		same(t, "act", got, act)
		list, err2 := tx.BulkActs(localDesk, 20_001)
		bare := later
		bare.Claims = nil
		same(t, "acts", list, []store.BulkAct{bare})
		_, missing := tx.BulkAct("none")
		kind(t, "no act", missing, desk.NotFound)
		return errors.Join(err, err2)
	})
	update(t, db, func(tx *store.Tx) error { return tx.UndoBulkAct(act.ID) })
	refused(t, db, desk.Conflict, "undoing twice", func(tx *store.Tx) error { return tx.UndoBulkAct(act.ID) })
	refused(t, db, desk.Forbidden, "a reason off the list", func(tx *store.Tx) error {
		return tx.AddBulkAct(store.BulkAct{ID: "act0000000000003", DeskID: localDesk, Reason: "boring", Day: 1})
	})
	update(t, db, func(tx *store.Tx) error {
		n, err := tx.DeleteBulkActsBefore(20_001)
		same(t, "forgotten", n, 1)
		return err
	})
}
