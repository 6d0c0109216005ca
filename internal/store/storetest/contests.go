package storetest

import (
	"errors"
	"fmt"
	"testing"

	"sangto/internal/desk"
	"sangto/internal/store"
)

// newsroom is a desk with a check "c1" written by "ann" and approved by "bob",
// another "c2" of theirs, and "cat", a reviewer who had no part in either.
func newsroom(t *testing.T, db *store.DB) {
	t.Helper()
	admins(t, db)
	update(t, db, func(tx *store.Tx) error {
		return errors.Join(
			tx.PutMember(desk.Member{ID: "cat", DeskID: localDesk, Name: "cat", Role: desk.Reviewer, KeyID: "key-cat"}),
			tx.PutMember(desk.Member{ID: "dan", DeskID: localDesk, Name: "dan", Role: desk.Editor, KeyID: "key-dan"}),
			tx.AddCheck(localCheck("c1")), tx.AddVersion(localVersion("c1", 1), revision, approvals("ann", "bob")),
			tx.AddCheck(localCheck("c2")), tx.AddVersion(localVersion("c2", 1), revision, approvals("ann", "bob")),
			tx.AddCheck(importedCheck("i1")), tx.AddVersion(importedVersion("i1", 1), "", nil))
	})
}

func contest(n int, checkID string, kind desk.ContestKind, day desk.Day, text string) desk.Contest {
	return desk.Contest{
		ID: fmt.Sprintf("contest0%08d", n), CheckID: checkID, DeskID: localDesk, Number: 1, Kind: kind, State: desk.ContestWaiting,
		Day: day, Due: desk.WorkingDays(day, desk.AnswerDays), ReceiptMAC: mac("contest", n), TextMAC: mac("words", n), Text: desk.StoredText(text),
	}
}

func addContests(t *testing.T, db *store.DB, all ...desk.Contest) {
	t.Helper()
	for _, c := range all {
		update(t, db, func(tx *store.Tx) error { return tx.AddContest(c) })
	}
}

// decided is a decision on a contest by one key, or by two.
func decided(c desk.Contest, state desk.ContestState, keys ...string) desk.Contest {
	c.State, c.Decided, c.Answer, c.AnswerLang = state, c.Day+3, "Vì bằng chứng thứ hai nói khác.", "vi"
	c.DecidedBy, c.DecidedKey = keys[0], "key-"+keys[0]
	if len(keys) > 1 {
		c.SecondBy, c.SecondKey = keys[1], "key-"+keys[1]
	}
	return c
}

func testContests(t *testing.T, db *store.DB) {
	newsroom(t, db)
	first := contest(1, "c1", desk.ContestCheck, 20_000, "Số liệu ở đoạn hai không khớp.")
	same1 := contest(2, "c1", desk.ContestCheck, 20_001, first.Text.String())
	other := contest(3, "c2", desk.ContestCheck, 19_990, "Nguồn này đã đính chính.")
	addContests(t, db, first, same1, other)
	refused(t, db, desk.Conflict, "the same form twice", func(tx *store.Tx) error {
		c := contest(1, "c1", desk.ContestCheck, 20_000, "Lời khác")
		c.ID = "contest000000099"
		return tx.AddContest(c)
	})
	refused(t, db, desk.NotFound, "a contest of another desk's check", func(tx *store.Tx) error {
		return tx.AddContest(contest(9, "i1", desk.ContestCheck, 20_000, "Sai"))
	})
	refused(t, db, desk.Forbidden, "a contest of a version that does not exist", func(tx *store.Tx) error {
		c := contest(9, "c1", desk.ContestCheck, 20_000, "Sai")
		c.Number = 7
		return tx.AddContest(c)
	})
	view(t, db, func(tx *store.Tx) error {
		waiting, err := tx.WaitingContests(localDesk, 10)
		same(t, "waiting, late first, equal ones once", ids(waiting), []string{other.ID, first.ID})
		joined, err2 := tx.ContestByMAC(same1.ReceiptMAC)
		same(t, "joined", []string{joined.JoinedTo, joined.Text.String()}, []string{first.ID, ""})
		n, late, err3 := tx.CountContests(localDesk, other.Due+1)
		same(t, "counts", []int{n, late}, []int{2, 1})
		return errors.Join(err, err2, err3)
	})

	for _, c := range []struct {
		what string
		keys []string
		role string
	}{
		{"the author", []string{"ann"}, ""},
		{"the approver", []string{"bob"}, ""},
		{"an editor", []string{"dan"}, ""},
		{"two involved admins, while somebody uninvolved is there", []string{"ann", "bob"}, ""},
		{"one key twice", []string{"cat", "cat"}, ""},
	} {
		refused(t, db, desk.Forbidden, c.what, func(tx *store.Tx) error { return tx.DecideContest(decided(first, desk.ContestDeclined, c.keys...)) })
	}
	refused(t, db, desk.Forbidden, "no reason", func(tx *store.Tx) error {
		c := decided(first, desk.ContestDeclined, "cat")
		c.Answer = ""
		return tx.DecideContest(c)
	})
	refused(t, db, desk.Forbidden, "a contest that ends as a reply", func(tx *store.Tx) error { return tx.DecideContest(decided(first, desk.ReplyShown, "cat")) })
	done := decided(first, desk.ContestUpheld, "cat")
	update(t, db, func(tx *store.Tx) error { return tx.DecideContest(done) })
	refused(t, db, desk.Conflict, "deciding twice", func(tx *store.Tx) error { return tx.DecideContest(decided(first, desk.ContestDeclined, "cat")) })
	view(t, db, func(tx *store.Tx) error {
		outcomes, err := tx.DecidedContests("c1", 10)
		same(t, "outcomes", ids(outcomes), []string{first.ID})
		got, err2 := tx.Contest(first.ID)
		done.Text, done.ReceiptMAC, done.TextMAC = desk.Text{}, first.ReceiptMAC, first.TextMAC
		same(t, "what stays", got, done)
		joined, err3 := tx.Contest(same1.ID)
		same(t, "the joined one ends with it", []any{joined.State, joined.Answer}, []any{desk.ContestUpheld, done.Answer})
		return errors.Join(err, err2, err3)
	})
	testNobodyUninvolved(t, db, other)
}

// testNobodyUninvolved ends the one uninvolved member; then two have to decide.
func testNobodyUninvolved(t *testing.T, db *store.DB, c desk.Contest) {
	t.Helper()
	update(t, db, func(tx *store.Tx) error {
		return tx.PutMember(desk.Member{ID: "cat", DeskID: localDesk, Role: desk.Reviewer, Ended: true})
	})
	for what, keys := range map[string][]string{
		"an involved member alone":   {"ann"},
		"somebody who has left":      {"cat"},
		"an admin with an editor":    {"ann", "dan"},
		"one who left, as the other": {"ann", "cat"},
	} {
		refused(t, db, desk.Forbidden, what, func(tx *store.Tx) error { return tx.DecideContest(decided(c, desk.ContestDeclined, keys...)) })
	}
	refused(t, db, desk.Forbidden, "a person outside, by one key", func(tx *store.Tx) error {
		d := decided(c, desk.ContestDeclined, "ann")
		d.Outside = "Bà Mai, thư viện huyện"
		return tx.DecideContest(d)
	})
	update(t, db, func(tx *store.Tx) error {
		d := decided(c, desk.ContestDeclined, "ann", "bob")
		d.Outside = "Bà Mai, thư viện huyện"
		return tx.DecideContest(d)
	})
}

func testContestRetention(t *testing.T, db *store.DB) {
	newsroom(t, db)
	old, joined, fresh := contest(1, "c1", desk.ContestCheck, 20_000, "Cũ"), contest(2, "c1", desk.ContestCheck, 20_000, "Cũ"), contest(3, "c1", desk.ContestCheck, 20_060, "Mới")
	addContests(t, db, old, joined, fresh)
	update(t, db, func(tx *store.Tx) error { return tx.TakeBackContest(fresh.ID) })
	view(t, db, func(tx *store.Tx) error {
		_, err := tx.Contest(fresh.ID)
		kind(t, "taken back", err, desk.NotFound)
		return nil
	})
	update(t, db, func(tx *store.Tx) error { return tx.TakeBackContest(old.ID) })
	view(t, db, func(tx *store.Tx) error {
		_, err := tx.ContestByMAC(old.ReceiptMAC)
		kind(t, "the receipt of one taken back", err, desk.NotFound)
		head, err := tx.Contest(old.ID)
		same(t, "words that another sent too", head.Text.String(), "Cũ")
		return err
	})
	fresh.ID = "contest000000077"
	addContests(t, db, fresh)
	var n int
	update(t, db, func(tx *store.Tx) (err error) { n, err = tx.ForgetContests(20_001); return err })
	same(t, "receipts forgotten", n, 1)
	view(t, db, func(tx *store.Tx) error {
		for _, c := range []desk.Contest{old, joined} {
			got, err := tx.Contest(c.ID)
			same(t, "lapsed", []any{got.State, got.Text.String(), len(got.ReceiptMAC), len(got.TextMAC)}, []any{desk.ContestLapsed, "", 0, 0})
			if err != nil {
				return err
			}
		}
		got, err := tx.Contest(fresh.ID)
		same(t, "the fresh one", got, fresh)
		return err
	})
}

func testReplies(t *testing.T, db *store.DB) {
	newsroom(t, db)
	word := contest(1, "c1", desk.ReplyToCheck, 20_000, "Chúng tôi đã sửa đường ống từ tháng ba.")
	back := contest(2, "c1", desk.ReplyToCheck, 20_000, "Ông ấy nói vậy.")
	plain := contest(3, "c1", desk.ContestCheck, 20_000, "Chúng tôi đã sửa đường ống từ tháng ba.")
	addContests(t, db, word, back, plain)
	cat := desk.Member{ID: "cat", KeyID: "key-cat"}
	refused(t, db, desk.Conflict, "showing a contest as a reply", func(tx *store.Tx) error { return tx.ShowReply(plain.ID, cat) })
	shown := decided(word, desk.ReplyShown, "cat")
	shown.Answer = ""
	update(t, db, func(tx *store.Tx) error {
		return errors.Join(tx.ShowReply(word.ID, cat), tx.DecideContest(shown), tx.DecideContest(decided(back, desk.ReplyReturned, "cat")))
	})
	refused(t, db, desk.Conflict, "showing it twice", func(tx *store.Tx) error { return tx.ShowReply(word.ID, cat) })
	view(t, db, func(tx *store.Tx) error {
		got, err := tx.Replies("c1")
		same(t, "replies", len(got), 1)
		same(t, "its words", got[0].Text.String(), word.Text.String())
		one, err2 := tx.Reply(word.ID)
		same(t, "one reply", one, got[0])
		return errors.Join(err, err2)
	})
	refused(t, db, desk.Forbidden, "erasing with one key", func(tx *store.Tx) error { return tx.EraseReply(word.ID, twoKeys("ann", "ann")) })
	update(t, db, func(tx *store.Tx) error { return tx.EraseReply(word.ID, twoKeys("ann", "cat")) })
	refused(t, db, desk.Conflict, "erasing twice", func(tx *store.Tx) error { return tx.EraseReply(word.ID, twoKeys("ann", "cat")) })
	view(t, db, func(tx *store.Tx) error {
		got, err := tx.Replies("c1")
		same(t, "words of an erased reply", got[0].Text.String(), "")
		if got[0].Erased == 0 {
			t.Error("the erasing left no day")
		}
		return err
	})
}

func testContestsFair(t *testing.T, db *store.DB) {
	newsroom(t, db)
	update(t, db, func(tx *store.Tx) error {
		for n := range desk.ContestsMax {
			if err := tx.AddContest(contest(n, "c1", desk.ContestCheck, 20_000, fmt.Sprintf("Lời thứ %d", n))); err != nil {
				return err
			}
		}
		return tx.AddContest(contest(1000, "c2", desk.ContestCheck, 20_005, "Lời khác hẳn"))
	})
	refused(t, db, desk.TooMany, "one more", func(tx *store.Tx) error {
		return tx.AddContest(contest(2000, "c1", desk.ContestCheck, 20_000, "Một lời nữa"))
	})
	update(t, db, func(tx *store.Tx) error {
		return errors.Join(tx.AddContest(contest(2001, "c1", desk.ContestCheck, 20_000, "Lời thứ 7")),
			tx.AddContest(contest(2002, "c1", desk.ReplyToCheck, 20_000, "Chúng tôi xin đáp lại.")))
	})
	view(t, db, func(tx *store.Tx) error {
		list, err := tx.WaitingContests(localDesk, 30)
		for i, c := range list {
			if c.CheckID == "c2" {
				if i > store.ContestsOfOneCheck {
					t.Errorf("a check with one contest stands behind %d of another", i)
				}
				return err
			}
		}
		t.Error("one check's contests hold the whole list")
		return err
	})
}

func testAsides(t *testing.T, db *store.DB) {
	newsroom(t, db)
	show := desk.Aside{CheckID: "c1", OtherID: "i1", Number: 1, Shown: true, Day: 20_000, MemberID: "dan", KeyID: "key-dan"}
	update(t, db, func(tx *store.Tx) error { return tx.PutAside(show) })
	away := desk.Aside{
		CheckID: "c1", OtherID: "i1", Number: 2, Day: 20_010, MemberID: "ann", KeyID: "key-ann", SecondBy: "cat", SecondKey: "key-cat", Reason: "Khẳng định khác.",
	}
	alone, silent := away, away
	alone.SecondBy, silent.Reason = "", ""
	refused(t, db, desk.Forbidden, "taking away with one key", func(tx *store.Tx) error { return tx.PutAside(alone) })
	refused(t, db, desk.Forbidden, "taking away without a reason", func(tx *store.Tx) error { return tx.PutAside(silent) })
	refused(t, db, desk.Conflict, "showing twice", func(tx *store.Tx) error { return tx.PutAside(show) })
	ours := show
	ours.OtherID = "c2"
	refused(t, db, desk.Forbidden, "our own check as another desk's", func(tx *store.Tx) error { return tx.PutAside(ours) })
	theirs := show
	theirs.CheckID, theirs.OtherID = "i1", "c1"
	refused(t, db, desk.Forbidden, "ours beside theirs", func(tx *store.Tx) error { return tx.PutAside(theirs) })
	update(t, db, func(tx *store.Tx) error { return tx.PutAside(away) })
	view(t, db, func(tx *store.Tx) error {
		got, err := tx.Asides("c1")
		same(t, "asides", got, []desk.Aside{away})
		return err
	})
}

func testFigures(t *testing.T, db *store.DB) {
	newsroom(t, db)
	said := localVersion("c3", 1)
	said.ClaimantKind = desk.ClaimantOffice
	gone := localVersion("c2", 2)
	gone.Act, gone.Reason, gone.Note = desk.Withdraw, "r", "n"
	closed := waitingClaim("closed1", 19_000)
	closed.State, closed.ClosedAs, closed.Shown, closed.ShownAs = desk.Closed, desk.Opinion, desk.Closed, desk.Opinion
	secret := waitingClaim("closed2", 19_000)
	secret.State, secret.ClosedAs = desk.Closed, desk.Satire
	update(t, db, func(tx *store.Tx) error {
		return errors.Join(tx.AddCheck(localCheck("c3")), tx.AddVersion(said, revision, approvals("ann", "bob")),
			tx.AddVersion(gone, revision, approvals("ann", "bob")), tx.AddClaim(closed), tx.AddClaim(secret))
	})
	view(t, db, func(tx *store.Tx) error {
		f, err := tx.Figures(localDesk)
		same(t, "checks that stand", f.Standing, []store.Tally{
			{Verdict: desk.NotTrue, Claimant: desk.ClaimantOffice, Count: 1}, {Verdict: desk.NotTrue, Claimant: desk.ClaimantUnknown, Count: 1},
		})
		same(t, "withdrawn", f.Acts, map[desk.Act]int{desk.Withdraw: 1})
		same(t, "refused, as of the last tick", f.Refused, map[desk.NotRatedKind]int{desk.Opinion: 1})
		log, n, err2 := tx.Later(localDesk, 0, 10)
		same(t, "the log", []any{n, len(log), log[0].Version.CheckID, log[0].Version.Act}, []any{1, 1, "c2", desk.Withdraw})
		return errors.Join(err, err2)
	})
	var today desk.Day
	view(t, db, func(tx *store.Tx) error { today = tx.Day(); return nil })
	intime, late, waits, now := contest(1, "c1", desk.ContestCheck, today-30, "a"), contest(2, "c1", desk.ContestCheck, today-30, "b"),
		contest(3, "c1", desk.ContestCheck, today-1, "c"), contest(4, "c1", desk.ContestCheck, today, "d")
	addContests(t, db, intime, late, waits, now)
	slow := decided(late, desk.ContestUpheld, "cat")
	slow.Decided = late.Due + 1
	update(t, db, func(tx *store.Tx) error {
		return errors.Join(tx.DecideContest(decided(intime, desk.ContestDeclined, "cat")), tx.DecideContest(slow))
	})
	view(t, db, func(tx *store.Tx) error {
		f, err := tx.Figures(localDesk)
		same(t, "contests", []int{f.InTime, f.Late, f.Waiting, f.Upheld}, []int{1, 1, 1, 1})
		oldest, err2 := tx.OldestContest("c1", desk.ContestCheck, today)
		same(t, "the clock that shows", oldest.ID, waits.ID)
		return errors.Join(err, err2)
	})
}

func ids(all []desk.Contest) []string {
	var out []string
	for _, c := range all {
		out = append(out, c.ID)
	}
	return out
}
