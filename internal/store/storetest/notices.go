package storetest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"sangto/internal/desk"
	"sangto/internal/store"
)

func noticeID(n int) string { return fmt.Sprintf("notice%010d", n) }

// firstNotice is a notice that "ann" proposed and "bob" agreed to, ending so
// long from now.
func firstNotice(tx *store.Tx, n int, life time.Duration) desk.Notice {
	now := tx.Now().Truncate(time.Minute)
	v := desk.Notice{
		ID: noticeID(n), DeskID: localDesk, Number: 1, Act: desk.IssueNotice, Kind: desk.WaterNotice,
		VI: desk.NoticeText{What: "Ngừng cấp nước", Where: "Phường Ba", ToDo: "Trữ nước."}, Source: "Nhà máy nước", SourceURL: "https://nuoc.example",
		Contact: "1900 1234", From: now.Add(-time.Hour), Until: now.Add(life), Keys: twoKeys("ann", "bob"),
	}
	v.SHA256 = desk.HashBytes(desk.NoticeBytes(v))
	return v
}

func followUp(n desk.Notice, act desk.NoticeAct) desk.Notice {
	n.Number, n.Act, n.Note = n.Number+1, act, desk.Wording{EN: "because"}
	return n
}

func testNotices(t *testing.T, db *store.DB) {
	world(t, db)
	var first, second desk.Notice
	update(t, db, func(tx *store.Tx) error {
		first = firstNotice(tx, 1, 3*time.Hour)
		first.Named = true
		first.Alert = &desk.Alert{
			Identifier: "a", Sender: "s", Event: "Lũ", Area: "Sông Lam", Sent: tx.Now().Truncate(time.Second), SHA256: strings.Repeat("0", 64),
		}
		first.Issued, first.Published = tx.Now(), tx.Now()
		return tx.AddNotice(first)
	})
	update(t, db, func(tx *store.Tx) error {
		second = followUp(first, desk.UpdateNotice)
		second.EN, second.Alert, second.Keys, second.Published = second.VI, nil, twoKeys("bob", "cat"), tx.Now()
		return tx.AddNotice(second)
	})
	view(t, db, func(tx *store.Tx) error {
		versions, err := tx.NoticeVersions(first.ID)
		same(t, "versions of a notice", versions, []desk.Notice{first, second})
		standing, err2 := tx.StandingNotices()
		same(t, "what stands", standing, []desk.Notice{second})
		none, err3 := tx.NoticeVersions(noticeID(9))
		same(t, "versions of none", len(none), 0)
		recent, err4 := tx.RecentNotices(10)
		same(t, "recent ones", recent, []desk.Notice{second})
		involved, err5 := tx.InvolvedInNotice(first.ID)
		same(t, "who was involved", involved, map[string]bool{"ann": true, "bob": true, "cat": true})
		return errors.Join(err, err2, err3, err4, err5)
	})
	third := followUp(second, desk.UpdateNotice)
	for what, change := range map[string]func(n *desk.Notice){
		"one key twice":       func(n *desk.Notice) { n.Keys = twoKeys("ann", "ann") },
		"another body":        func(n *desk.Notice) { n.Source = "Khác" },
		"no reason":           func(n *desk.Notice) { n.Note = desk.Wording{} },
		"another beginning":   func(n *desk.Notice) { n.Issued = n.Issued.Add(time.Hour) },
		"more than 72 hours":  func(n *desk.Notice) { n.Until = n.Issued.Add(72*time.Hour + time.Second) },
		"a span that is over": func(n *desk.Notice) { n.From, n.Until = n.From.Add(-2*time.Hour), n.From },
		"no kind":             func(n *desk.Notice) { n.Kind = "security" },
		"no words":            func(n *desk.Notice) { n.VI, n.EN = desk.NoticeText{}, desk.NoticeText{} },
		"half the words":      func(n *desk.Notice) { n.VI.Where, n.EN.ToDo = "", "" },
		"a first act":         func(n *desk.Notice) { n.Act = desk.IssueNotice },
		"no contact":          func(n *desk.Notice) { n.Contact = "" },
		"no hash":             func(n *desk.Notice) { n.SHA256 = "" },
	} {
		n := third
		change(&n)
		refused(t, db, desk.Forbidden, what, func(tx *store.Tx) error { return tx.AddNotice(n) })
	}
	stranger := third
	stranger.Keys = twoKeys("ann", "sam")
	refused(t, db, desk.NotFound, "a key of another desk", func(tx *store.Tx) error { return tx.AddNotice(stranger) })
	refused(t, db, desk.Conflict, "a number taken", func(tx *store.Tx) error { return tx.AddNotice(second) })
	skipped := third
	skipped.Number = 4
	refused(t, db, desk.Conflict, "a number left out", func(tx *store.Tx) error { return tx.AddNotice(skipped) })
	update(t, db, func(tx *store.Tx) error {
		return tx.PutMember(desk.Member{ID: "bob", DeskID: localDesk, Role: desk.Reviewer, Ended: true})
	})
	refused(t, db, desk.Forbidden, "a key of somebody who left", func(tx *store.Tx) error { return tx.AddNotice(third) })
	third.Keys = twoKeys("ann", "cat")
	update(t, db, func(tx *store.Tx) error { return tx.AddNotice(third) })
}

// testNoticesStanding: three at a time, and what was cancelled makes room.
func testNoticesStanding(t *testing.T, db *store.DB) {
	world(t, db)
	update(t, db, func(tx *store.Tx) error {
		return errors.Join(tx.AddNotice(firstNotice(tx, 1, 3*time.Hour)), tx.AddNotice(firstNotice(tx, 2, 2*time.Hour)), tx.AddNotice(firstNotice(tx, 3, time.Hour)))
	})
	refused(t, db, desk.Conflict, "a fourth", func(tx *store.Tx) error { return tx.AddNotice(firstNotice(tx, 4, time.Hour)) })
	view(t, db, func(tx *store.Tx) error {
		standing, err := tx.StandingNotices()
		same(t, "the order", []string{standing[0].ID, standing[1].ID, standing[2].ID}, []string{noticeID(3), noticeID(2), noticeID(1)})
		past, total, err2 := tx.PastNotices("", 0, 10)
		same(t, "past ones", len(past)+total, 0)
		return errors.Join(err, err2)
	})
	var cancelled desk.Notice
	update(t, db, func(tx *store.Tx) error {
		versions, err := tx.NoticeVersions(noticeID(2))
		if err != nil {
			return err
		}
		cancelled = followUp(versions[0], desk.CancelNotice)
		cancelled.Published = tx.Now()
		return tx.AddNotice(cancelled)
	})
	refused(t, db, desk.Forbidden, "an update of what was cancelled", func(tx *store.Tx) error {
		return tx.AddNotice(followUp(cancelled, desk.UpdateNotice))
	})
	update(t, db, func(tx *store.Tx) error { return tx.AddNotice(firstNotice(tx, 4, time.Hour)) })
	view(t, db, func(tx *store.Tx) error {
		past, total, err := tx.PastNotices(localDesk, 0, 10)
		same(t, "past ones", past, []desk.Notice{cancelled})
		none, all, err2 := tx.PastNotices(stateDesk, 0, 10)
		same(t, "past ones of another desk", len(none)+all+total, 1)
		recent, err3 := tx.RecentNotices(2)
		same(t, "recent ones", []string{recent[0].ID, recent[1].ID}, []string{noticeID(4), noticeID(2)})
		return errors.Join(err, err2, err3)
	})
}

func testNoticeProposals(t *testing.T, db *store.DB) {
	world(t, db)
	propose := func(n int, id, member string, day desk.Day) desk.Proposal {
		p := desk.Proposal{
			ID: id, DeskID: localDesk, Kind: desk.ProposeNoticeVersion, Subject: noticeID(n), Content: id, SHA256: desk.HashBytes([]byte(id)),
			MemberID: member, KeyID: "key-" + member, Day: day,
		}
		update(t, db, func(tx *store.Tx) error { return tx.ProposeNotice(p) })
		return p
	}
	propose(1, "proposal00000001", "ann", 20_000)
	second := propose(1, "proposal00000002", "bob", 20_000)
	other := propose(2, "proposal00000003", "cat", 20_001)
	view(t, db, func(tx *store.Tx) error {
		got, err := tx.NoticeProposal(localDesk, noticeID(1))
		same(t, "the newer proposal", got, second)
		list, err2 := tx.NoticeProposals(localDesk)
		same(t, "proposals", list, []desk.Proposal{second, other})
		_, missing := tx.NoticeProposal(stateDesk, noticeID(1))
		kind(t, "another desk's proposal", missing, desk.NotFound)
		standing, err3 := tx.StandingNotices()
		same(t, "what stands", len(standing), 0)
		return errors.Join(err, err2, err3)
	})
	update(t, db, func(tx *store.Tx) error {
		n, err := tx.DeleteNoticeProposalsBefore(20_001)
		same(t, "old proposals", n, 1)
		return errors.Join(err, tx.PutMember(desk.Member{ID: "cat", DeskID: localDesk, Role: desk.Editor, Ended: true}))
	})
	view(t, db, func(tx *store.Tx) error {
		list, err := tx.NoticeProposals(localDesk)
		same(t, "what somebody who left leaves behind", len(list), 0)
		return err
	})
	refused(t, db, desk.Forbidden, "a proposal of somebody who left", func(tx *store.Tx) error { return tx.ProposeNotice(other) })
	refused(t, db, desk.Conflict, "agreeing twice", func(tx *store.Tx) error { return tx.DropNoticeProposal(second.ID) })
}

func testNoticeContests(t *testing.T, db *store.DB) {
	world(t, db)
	update(t, db, func(tx *store.Tx) error {
		return errors.Join(
			tx.AddNotice(firstNotice(tx, 1, time.Hour)),
			tx.PutMember(desk.Member{ID: "dan", DeskID: localDesk, Name: "dan", Role: desk.Reviewer, KeyID: "key-dan"}))
	})
	contest := func(n int, text string) desk.Contest {
		return desk.Contest{
			ID: fmt.Sprintf("contest%09d", n), NoticeID: noticeID(1), DeskID: localDesk, Number: 1, Kind: desk.ContestCheck, State: desk.ContestWaiting,
			Day: 20_000, Due: 20_010, Text: desk.StoredText(text),
		}
	}
	one, two := contest(1, "Không phải."), contest(3, "Sai giờ.")
	update(t, db, func(tx *store.Tx) error {
		return errors.Join(tx.AddNoticeContest(one), tx.AddNoticeContest(contest(2, "Không phải.")), tx.AddNoticeContest(two))
	})
	view(t, db, func(tx *store.Tx) error {
		waiting, err := tx.WaitingNoticeContests(localDesk, 10)
		same(t, "what waits", waiting, []desk.Contest{one, two})
		got, err2 := tx.Contest(two.ID)
		same(t, "one of them", got, two)
		_, missing := tx.Contest("contest000000009")
		kind(t, "a contest that is not", missing, desk.NotFound)
		n, late, err3 := tx.CountContests(localDesk, 20_011)
		same(t, "how many wait and are late", []int{n, late}, []int{2, 2})
		oldest, err4 := tx.OldestNoticeContest(noticeID(1), 20_001)
		same(t, "the oldest", oldest, one)
		_, early := tx.OldestNoticeContest(noticeID(1), 20_000)
		kind(t, "one of today", early, desk.NotFound)
		return errors.Join(err, err2, err3, err4)
	})
	decided := one
	decided.State, decided.Text, decided.Decided, decided.Answer, decided.AnswerLang = desk.ContestDeclined, desk.Text{}, 20_001, "Vì thế.", "vi"
	for what, by := range map[string]string{"who proposed": "ann", "who agreed": "bob", "an editor": "cat"} {
		d := decided
		d.DecidedBy, d.DecidedKey = by, "key-"+by
		refused(t, db, desk.Forbidden, what+" decides", func(tx *store.Tx) error { return tx.DecideContest(d) })
	}
	decided.DecidedBy, decided.DecidedKey = "dan", "key-dan"
	update(t, db, func(tx *store.Tx) error { return tx.DecideContest(decided) })
	refused(t, db, desk.Conflict, "deciding twice", func(tx *store.Tx) error { return tx.DecideContest(decided) })
	update(t, db, func(tx *store.Tx) error { _, err := tx.ForgetContests(20_005); return err })
	view(t, db, func(tx *store.Tx) error {
		outcomes, err := tx.DecidedNoticeContests(noticeID(1), 10)
		lapsed := two
		lapsed.State, lapsed.Text, lapsed.Decided = desk.ContestLapsed, desk.Text{}, tx.Day()
		same(t, "outcomes", outcomes, []desk.Contest{lapsed, decided})
		f, err2 := tx.Figures(localDesk)
		same(t, "what is counted", []int{f.InTime, f.Late, f.Waiting, f.Upheld}, []int{1, 1, 0, 0})
		return errors.Join(err, err2)
	})
}
