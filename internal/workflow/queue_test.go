package workflow_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"sangto/internal/desk"
	"sangto/internal/store"
	"sangto/internal/workflow"
)

// other is a second member of the desk that is asked, stranger one of another.
var (
	other    = desk.Member{ID: "riverb", DeskID: "river", Role: desk.Reviewer}
	stranger = desk.Member{ID: "officea", DeskID: "office", Role: desk.Reviewer}
)

func worded(text string) workflow.Wording { return workflow.Wording{Lang: "vi", Text: text} }

func (b *bench) reads() int {
	b.t.Helper()
	n := 0
	if err := b.db.View(b.t.Context(), func(tx *store.Tx) error {
		if err := tx.VerifyReads(); err != nil {
			return err
		}
		for _, m := range []string{"rivera", "riverb"} {
			k, err := tx.ReadsOf(m, tx.Day())
			if err != nil {
				return err
			}
			n += k
		}
		return nil
	}); err != nil {
		b.t.Fatal(err)
	}
	return n
}

// TestActsNeedASeat tries every act as a stranger, as somebody who was let go,
// and as nobody.
func TestActsNeedASeat(t *testing.T) {
	b := newBench(t)
	id, _ := b.ask("xả đập tối nay phải không")
	second, _ := b.ask("ngân hàng đóng cửa phải không")
	bulk, err := b.flow.Refuse(t.Context(), river, []string{second}, workflow.Spam)
	if err != nil || bulk.Done != 1 {
		t.Fatalf("%+v, %v", bulk, err)
	}
	b.update(func(tx *store.Tx) error {
		m, err := tx.Member("riverc")
		m.Ended = true
		if err != nil {
			return err
		}
		return tx.PutMember(m)
	})
	acts := map[string]func(m desk.Member) error{
		"word":    func(m desk.Member) error { return b.flow.Word(t.Context(), m, id, worded("Đập xả lũ.")) },
		"decline": func(m desk.Member) error { return b.flow.Decline(t.Context(), m, id, desk.Satire) },
		"join":    func(m desk.Member) error { return b.flow.Join(t.Context(), m, id, id) },
		"split":   func(m desk.Member) error { return b.flow.Split(t.Context(), m, id) },
		"apart":   func(m desk.Member) error { return b.flow.KeepApart(t.Context(), m, id) },
		"assign":  func(m desk.Member) error { return b.flow.Assign(t.Context(), m, id, "", "rivera") },
		"note":    func(m desk.Member) error { return b.flow.Note(t.Context(), m, id, "", "x") },
		"unbin":   func(m desk.Member) error { return b.flow.Unbin(t.Context(), m, second) },
		"undo":    func(m desk.Member) error { _, err := b.flow.Undo(t.Context(), m, bulk.Act); return err },
		"refuse": func(m desk.Member) error {
			out, err := b.flow.Refuse(t.Context(), m, []string{id}, workflow.Spam)
			if err == nil && out.Done == 0 {
				return &desk.Error{Kind: desk.NotFound}
			}
			return err
		},
		"read": func(m desk.Member) error {
			words, err := b.flow.Read(t.Context(), m, id)
			if err == nil && len(words) == 0 {
				return &desk.Error{Kind: desk.NotFound}
			}
			return err
		},
		"alert": func(m desk.Member) error { return b.flow.SettleAlert(t.Context(), m, 1, "rivera") },
	}
	for name, act := range acts {
		for _, m := range []desk.Member{stranger, {ID: "riverc", DeskID: "river", Role: desk.Admin}, {ID: "nobody", DeskID: "river", Role: desk.Admin}, {}} {
			if err := act(m); err == nil {
				t.Errorf("%q did %s", m.ID, name)
			}
		}
	}
	if c := b.claim(id); c.State != desk.Waiting || c.Assignee != "" || c.Note != "" || b.texts() != 1 || b.reads() != 0 {
		t.Errorf("something was done after all: %+v", c)
	}
}

// TestTwoMembersOneClaim lets two members triage the same claim at once: one
// of them does it, the other is told, and nothing is half done.
func TestTwoMembersOneClaim(t *testing.T) {
	b := newBench(t)
	for range 20 {
		id, _ := b.ask("xả đập tối nay phải không")
		errs := make([]error, 2)
		var wg sync.WaitGroup
		wg.Go(func() { errs[0] = b.flow.Word(t.Context(), river, id, worded("Đập xả lũ tối nay.")) })
		wg.Go(func() { errs[1] = b.flow.Word(t.Context(), other, id, worded("Đập thủy điện sẽ xả lũ.")) })
		wg.Wait()
		late := errs[0]
		if late == nil {
			late = errs[1]
		}
		if (errs[0] == nil) == (errs[1] == nil) || desk.KindOf(late) != desk.Conflict {
			t.Fatalf("%v and %v", errs[0], errs[1])
		}
		if c := b.claim(id); c.State != desk.Checking || c.Wording == "" {
			t.Fatalf("after both: %+v", c)
		}
	}
	if b.texts() != 0 {
		t.Errorf("%d texts are left", b.texts())
	}
}

func TestWordingIsLookedAt(t *testing.T) {
	b := newBench(t)
	id, _ := b.ask("xả đập tối nay phải không")
	for _, c := range []struct{ text, key string }{
		{"  ", "error.claim.wording"},
		{"Gọi 0912 345 678 để nhận quà là thật.", "error.claim.identifiers"},
		{"Tài khoản @nguyenvana bán thuốc giả.", "error.claim.identifiers"},
		{"Bà Trần Thị Bích Ngọc đã nhận hối lộ.", "error.claim.names"},
		{strings.Repeat("đập ", 200), "error.claim.long"},
	} {
		wantKey(t, b.flow.Word(t.Context(), river, id, worded(c.text)), c.key)
	}
	if b.texts() != 1 || b.claim(id).State != desk.Waiting {
		t.Fatal("a wording that was refused took the words away")
	}
	seen := worded("Bà Trần Thị Bích Ngọc\n đã nhận hối lộ.")
	seen.NamesSeen = true
	if err := b.flow.Word(t.Context(), river, id, seen); err != nil {
		t.Fatal(err)
	}
	if c := b.claim(id); c.Wording != "Bà Trần Thị Bích Ngọc đã nhận hối lộ." || c.Lang != "vi" {
		t.Errorf("worded as %+v", c)
	}
	wantKey(t, b.flow.Word(t.Context(), other, id, worded("Khác.")), "error.role.state")
}

func TestReadingIsWrittenDown(t *testing.T) {
	b := newBench(t)
	id, _ := b.ask("xả đập tối nay phải không")
	empty, _ := b.ask("")
	words, err := b.flow.Read(t.Context(), river, id, empty, "none")
	if err != nil || len(words) != 1 || words[0].Text.String() != "xả đập tối nay phải không" || words[0].ClaimID != id {
		t.Fatalf("%+v, %v", words, err)
	}
	if n := b.reads(); n != 1 {
		t.Errorf("%d readings are written down, one was shown", n)
	}
	if err := b.flow.Word(t.Context(), river, id, worded("Đập xả lũ tối nay.")); err != nil {
		t.Fatal(err)
	}
	if words, err := b.flow.Read(t.Context(), river, id); err != nil || len(words) != 0 {
		t.Errorf("words of a worded claim: %+v, %v", words, err)
	}
	for i := range desk.ReadsADay + 5 {
		if i%50 == 0 {
			id, _ = b.ask(fmt.Sprint("câu hỏi số ", i))
		}
		if _, err := b.flow.Read(t.Context(), other, id); err != nil {
			t.Fatal(err)
		}
	}
	var alerts []store.Alert
	if err := b.db.View(t.Context(), func(tx *store.Tx) (err error) {
		alerts, err = tx.Alerts("river")
		return err
	}); err != nil || len(alerts) != 1 || alerts[0].MemberID != "riverb" {
		t.Fatalf("alerts %+v, %v", alerts, err)
	}
	if err := b.flow.SettleAlert(t.Context(), river, alerts[0].Day, "riverb"); desk.KindOf(err) != desk.Forbidden {
		t.Errorf("a reviewer settled an alert: %v", err)
	}
	b.update(func(tx *store.Tx) error {
		return tx.PutMember(desk.Member{ID: "riverx", DeskID: "river", Name: "x", Role: desk.Admin, KeyID: "kx"})
	})
	if err := b.flow.SettleAlert(t.Context(), desk.Member{ID: "riverx"}, alerts[0].Day, "riverb"); err != nil {
		t.Errorf("an admin: %v", err)
	}
}

func TestGroupingIsConfirmedOrUndone(t *testing.T) {
	b := newBench(t)
	first, _ := b.ask("xả đập tối nay phải không")
	second, mac := b.ask("tối nay có xả đập không")
	third, _ := b.ask("đập sắp vỡ phải không")
	for _, err := range []error{
		b.flow.Join(t.Context(), river, second, first),
		b.flow.Join(t.Context(), river, third, second), // a part stands for its head
		b.flow.Split(t.Context(), other, third),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if c := b.claim(third); c.JoinedTo != "" || !c.Apart {
		t.Errorf("after the split %+v", c)
	}
	if words, err := b.flow.Read(t.Context(), river, first, second); err != nil || len(words) != 2 {
		t.Errorf("words of both parts: %v, %v", words, err)
	}
	wantKey(t, b.flow.Word(t.Context(), river, second, worded("Đập xả lũ.")), "error.stale")
	if err := b.flow.Word(t.Context(), river, first, worded("Đập xả lũ tối nay.")); err != nil {
		t.Fatal(err)
	}
	if b.texts() != 1 {
		t.Errorf("%d texts are left, only the one that was split off may be", b.texts())
	}
	if err := b.db.View(t.Context(), func(tx *store.Tx) error {
		q, err := tx.QuestionByMAC(mac)
		if q.ClaimID != first {
			t.Errorf("the receipt of a part leads to %s", q.ClaimID)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := b.flow.KeepApart(t.Context(), river, third); err != nil {
		t.Fatal(err)
	}
	if err := b.flow.Join(t.Context(), river, third, first); err != nil {
		t.Fatal("a waiting claim cannot join a worded one:", err)
	}
	if b.texts() != 0 || b.claim(third).State != desk.Closed {
		t.Errorf("joined to a worded claim: %+v, %d texts", b.claim(third), b.texts())
	}
}

func TestBulkRefusalAndItsUndo(t *testing.T) {
	b := newBench(t)
	var ids []string
	for i := range 5 {
		id, _ := b.ask(fmt.Sprint("tin rác số ", i))
		ids = append(ids, id)
	}
	if err := b.flow.Word(t.Context(), other, ids[4], worded("Một câu khác.")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		ids    []string
		reason string
		key    string
	}{
		{ids, "", "error.claim.reason"},
		{ids, "boring", "error.claim.reason"},
		{nil, workflow.Spam, "error.claim.none"},
		{make([]string, 0, 200), workflow.Spam, "error.claim.none"},
	} {
		_, err := b.flow.Refuse(t.Context(), river, c.ids, c.reason)
		wantKey(t, err, c.key)
	}
	many := make([]string, desk.BulkMax+1)
	for i := range many {
		many[i] = fmt.Sprintf("%016d", i)
	}
	_, err := b.flow.Refuse(t.Context(), river, many, workflow.Spam)
	wantKey(t, err, "error.claim.many")

	spam, err := b.flow.Refuse(t.Context(), river, append([]string{ids[0]}, ids[:2]...), workflow.Spam)
	if err != nil || spam.Done != 2 || spam.Moved != 0 {
		t.Fatalf("%+v, %v", spam, err)
	}
	rest, err := b.flow.Refuse(t.Context(), river, ids, string(desk.Opinion))
	if err != nil || rest.Done != 2 || rest.Moved != 3 {
		t.Fatalf("%+v, %v", rest, err)
	}
	if b.texts() != 0 {
		t.Errorf("%d texts wait", b.texts())
	}
	none, err := b.flow.Refuse(t.Context(), river, ids, workflow.Spam)
	if err != nil || none.Act != "" || none.Moved != 5 {
		t.Errorf("refusing what is gone: %+v, %v", none, err)
	}
	back, err := b.flow.Undo(t.Context(), other, spam.Act)
	if err != nil || back.Done != 2 || b.texts() != 2 {
		t.Errorf("%+v, %v, %d texts", back, err, b.texts())
	}
	_, err = b.flow.Undo(t.Context(), other, spam.Act)
	wantKey(t, err, "error.claim.undone")
	// A judgement on a kind deleted the words: the claim comes back without.
	if err := b.flow.Reopen(t.Context(), river, ids[2]); err != nil {
		t.Fatal(err)
	}
	back, err = b.flow.Undo(t.Context(), other, rest.Act)
	if err != nil || back.Done != 1 || back.Moved != 1 || b.texts() != 2 {
		t.Errorf("%+v, %v, %d texts", back, err, b.texts())
	}
	for _, id := range ids[2:4] {
		if c := b.claim(id); c.State != desk.Waiting || c.ClosedAs != "" {
			t.Errorf("taken back: %+v", c)
		}
	}
	last, err := b.flow.Refuse(t.Context(), river, ids[:1], workflow.Spam)
	if err != nil {
		t.Fatal(err)
	}
	b.now = b.now.AddDate(0, 0, desk.UndoDays+1)
	_, err = b.flow.Undo(t.Context(), river, last.Act)
	wantKey(t, err, "error.claim.undone")
	if err := b.flow.Unbin(t.Context(), river, ids[0]); err != nil {
		t.Errorf("out of the bin on the second day: %v", err)
	}
}

// TestQueueForgets walks through the days and wants what each promise says to
// be gone, and not before.
func TestQueueForgets(t *testing.T) {
	b := newBench(t)
	day := func(n int) workflow.Ticked {
		t.Helper()
		b.now = b.now.AddDate(0, 0, n)
		done, err := b.flow.Tick(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return done
	}
	day(0)
	binned, _ := b.ask("tin rác")
	noted, _ := b.ask("xả đập tối nay phải không")
	wordless, _ := b.ask("chuyện riêng")
	if _, err := b.flow.Read(t.Context(), river, noted); err != nil {
		t.Fatal(err)
	}
	if err := b.flow.Note(t.Context(), river, noted, "", "gọi 0912 345 678 hỏi"); err != nil {
		t.Fatal(err)
	}
	if got := b.claim(noted).Note; got != "gọi [phone] hỏi" {
		t.Errorf("the note is %q", got)
	}
	wantKey(t, b.flow.Note(t.Context(), other, noted, "", "khác"), "error.stale")
	wantKey(t, b.flow.Note(t.Context(), other, noted, "", strings.Repeat("x ", desk.NoteMax)), "error.claim.note")
	if _, err := b.flow.Refuse(t.Context(), river, []string{binned}, workflow.Spam); err != nil {
		t.Fatal(err)
	}
	if err := b.flow.Decline(t.Context(), river, wordless, desk.Private); err != nil {
		t.Fatal(err)
	}
	if err := b.flow.Reopen(t.Context(), river, wordless); err != nil {
		t.Fatal(err)
	}
	inBin := func() bool {
		found := false
		_ = b.db.View(t.Context(), func(tx *store.Tx) error {
			_, _, err := tx.TextOf(binned)
			found = err == nil
			return err
		})
		return found
	}
	day(desk.BinDays - 1)
	if !inBin() || b.claim(wordless).State != desk.Waiting {
		t.Fatal("gone too early")
	}
	if done := day(1); done.Binned != 1 || inBin() || b.claim(binned).Binned != 0 {
		t.Errorf("after %d days in the bin: %+v, words %v", desk.BinDays, done, inBin())
	}
	if c := b.claim(wordless); c.State != desk.Closed {
		t.Errorf("nobody worded it from memory: %+v", c)
	}
	wantKey(t, b.flow.Unbin(t.Context(), river, binned), "error.role.state")
	if err := b.flow.Word(t.Context(), river, noted, worded("Đập xả lũ tối nay.")); err != nil {
		t.Fatal(err)
	}
	day(desk.OpenDays - desk.BinDays)
	if c := b.claim(noted); c.State != desk.Closed || c.Note != "" {
		t.Errorf("a note outlived its claim: %+v", c)
	}
	if done := day(desk.ReadLogDays - desk.OpenDays - 1); done.Reads != 0 {
		t.Errorf("the read log was cut after 89 days: %+v", done)
	}
	if done := day(1); done.Reads != 1 {
		t.Errorf("the read log after 90 days: %+v", done)
	}
	b.reads() // verifies the chain
}

// TestMemberLeavesInTheMiddle ends a membership between two acts.
func TestMemberLeavesInTheMiddle(t *testing.T) {
	b := newBench(t)
	id, _ := b.ask("xả đập tối nay phải không")
	if err := b.flow.Assign(t.Context(), river, id, "", "riverb"); err != nil {
		t.Fatal(err)
	}
	wantKey(t, b.flow.Assign(t.Context(), river, id, "", "rivera"), "error.stale")
	b.update(func(tx *store.Tx) error {
		m, err := tx.Member("riverb")
		m.Ended = true
		if err != nil {
			return err
		}
		return tx.PutMember(m)
	})
	if c := b.claim(id); c.Assignee != "" {
		t.Errorf("still with %s", c.Assignee)
	}
	wantKey(t, b.flow.Word(t.Context(), other, id, worded("Đập xả lũ.")), "error.role.ended")
	wantKey(t, b.flow.Assign(t.Context(), river, id, "", "riverb"), "error.claim.assignee")
	wantKey(t, b.flow.Assign(t.Context(), river, id, "", "officea"), "error.claim.assignee")
}
