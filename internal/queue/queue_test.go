package queue_test

import (
	"crypto/rand"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sangto/internal/desk"
	"sangto/internal/lookup"
	"sangto/internal/queue"
	"sangto/internal/store"
	"sangto/internal/workflow"
)

type bench struct {
	t  *testing.T
	db *store.DB
	q  *queue.Queue
}

var (
	an    = desk.Member{ID: "an", DeskID: "river", Role: desk.Editor}
	admin = desk.Member{ID: "lan", DeskID: "river", Role: desk.Admin}
	away  = desk.Member{ID: "sam", DeskID: "office", Role: desk.Admin}
)

func newBench(t *testing.T) *bench {
	t.Helper()
	now := time.Date(2026, 3, 1, 5, 0, 0, 0, time.UTC)
	db, err := store.Open(t.Context(), store.Options{
		Path: filepath.Join(t.TempDir(), "t.db"), Zone: time.UTC, Random: rand.Reader, Clock: func() time.Time { return now },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	b := &bench{t: t, db: db}
	b.update(func(tx *store.Tx) error {
		return errors.Join(
			tx.PutDesk(desk.Desk{ID: "river", Local: true, Name: "River", OwnerKind: desk.OwnerIndependent}),
			tx.PutDesk(desk.Desk{ID: "office", Local: true, Name: "Office", OwnerKind: desk.OwnerIndependent}),
			tx.PutMember(desk.Member{ID: "an", DeskID: "river", Name: "An", Role: desk.Editor, KeyID: "k1"}),
			tx.PutMember(desk.Member{ID: "lan", DeskID: "river", Name: "Lan", Role: desk.Admin, KeyID: "k2"}),
			tx.PutMember(desk.Member{ID: "gone", DeskID: "river", Name: "Gone", Role: desk.Admin, KeyID: "k3", Ended: true}),
			tx.PutMember(desk.Member{ID: "sam", DeskID: "office", Name: "Sam", Role: desk.Admin, KeyID: "k4"}))
	})
	finder, err := lookup.Open(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	if b.q, err = queue.New(t.Context(), db, finder, workflow.New(db), "river"); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bench) update(fn func(tx *store.Tx) error) {
	b.t.Helper()
	if err := b.db.Update(b.t.Context(), fn); err != nil {
		b.t.Fatal(err)
	}
}

// ask opens claim n with words, like another one if kin is not "".
func (b *bench) ask(n int, deskID, kin, words string) string {
	b.t.Helper()
	id := fmt.Sprintf("%016d", n)
	mac := fmt.Appendf(nil, "%032d", n)
	b.update(func(tx *store.Tx) error {
		return errors.Join(
			tx.AddClaim(desk.Claim{ID: id, DeskID: deskID, State: desk.Waiting, Opened: desk.Day(20_000 + n), Kin: kin}),
			tx.AddQuestion(desk.Question{ID: id, ClaimID: id, Day: tx.Day(), ReceiptMAC: mac, TextMAC: mac, Text: desk.StoredText(words)}))
	})
	return id
}

func TestPagesFollowOneAnother(t *testing.T) {
	b := newBench(t)
	for i := range 60 {
		b.ask(i, "river", "", fmt.Sprint("câu hỏi ", i))
	}
	b.ask(90, "office", "", "của bàn khác")
	for _, sheet := range []bool{false, true} {
		list, want := b.q.List, 25
		if sheet {
			list, want = b.q.Sheet, 10
		}
		var seen []string
		for after, pages := "", 0; ; pages++ {
			p, err := list(t.Context(), an, queue.Waiting, after)
			if err != nil {
				t.Fatal(err)
			}
			if len(p.Rows) > want {
				t.Fatalf("%d rows on a page", len(p.Rows))
			}
			for _, r := range p.Rows {
				seen = append(seen, r.ID)
				if (r.Words != nil) != sheet {
					t.Fatalf("sheet %v: words %v", sheet, r.Words)
				}
			}
			if after = p.Next; after == "" {
				break
			}
		}
		if len(seen) != 60 || seen[0] != fmt.Sprintf("%016d", 0) || seen[59] != fmt.Sprintf("%016d", 59) {
			t.Errorf("sheet %v: %d rows, %v", sheet, len(seen), seen)
		}
	}
	for _, after := range []string{"x", "1.2", "..", "9999999999999.1." + fmt.Sprintf("%016d", 3), "0.20010.'; DROP"} {
		if p, err := b.q.List(t.Context(), an, queue.Waiting, after); err != nil || len(p.Rows) != 25 {
			t.Errorf("cursor %q: %d rows, %v", after, len(p.Rows), err)
		}
	}
	if _, err := b.q.List(t.Context(), an, "all", ""); desk.KindOf(err) != desk.NotFound {
		t.Errorf("a view that is none: %v", err)
	}
}

func TestViews(t *testing.T) {
	b := newBench(t)
	taken, free, spam, worded := b.ask(1, "river", "", "một"), b.ask(2, "river", "", "hai"), b.ask(3, "river", "", "ba"), b.ask(4, "river", "", "bốn")
	for _, err := range []error{
		b.q.Assign(t.Context(), admin, taken, "", "an"),
		b.q.Word(t.Context(), admin, worded, queue.Wording{Lang: "vi", Text: "Một câu đã viết lại."}),
		b.q.Assign(t.Context(), admin, worded, "", "an"),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := b.q.Refuse(t.Context(), an, []string{spam}, queue.Spam); err != nil {
		t.Fatal(err)
	}
	b.update(func(tx *store.Tx) error {
		d := desk.Draft{ID: "draft00000000001", DeskID: "river", ClaimID: worded, CheckID: "c", Lang: "vi", Content: desk.Version{Act: desk.Publish, Author: "an"}}
		if err := tx.AddDraft(d); err != nil {
			return err
		}
		d.State, d.Counter, d.Round, d.Revision = desk.InReview, 2, 1, "r"
		return errors.Join(tx.AddDraftRevision(d, "an"), tx.PutDraft(d, 1))
	})
	for view, want := range map[queue.View]string{
		queue.Waiting: taken + " " + free, queue.Free: free, queue.Mine: taken + " " + worded, queue.Checking: worded, queue.Review: worded, queue.Bin: spam,
	} {
		p, err := b.q.List(t.Context(), an, view, "")
		var got []string
		for _, r := range p.Rows {
			got = append(got, r.ID)
			if r.Assignee == "an" && r.By != "An" {
				t.Errorf("%s: taken on by %q", view, r.By)
			}
		}
		if strings.Join(got, " ") != want || err != nil {
			t.Errorf("%s: %v, %v, want %s", view, got, err, want)
		}
	}
	list, err := b.q.Refusals(t.Context(), an)
	if err != nil || len(list) != 1 {
		t.Errorf("refusals %v, %v", list, err)
	}
	if _, err := b.q.Undo(t.Context(), an, list[0].ID); err != nil {
		t.Fatal(err)
	}
	if list, err := b.q.Refusals(t.Context(), an); err != nil || len(list) != 0 {
		t.Errorf("refusals after the undo: %v, %v", list, err)
	}
}

func TestClaimWithItsSurroundings(t *testing.T) {
	b := newBench(t)
	head := b.ask(1, "river", "", "Tối nay đập Sông Lành xả lũ phải không")
	part := b.ask(2, "river", head, "Đập Sông Lành xả lũ tối nay à")
	like := b.ask(3, "river", head, "Đập Sông Lành xả lũ sáng mai phải không")
	worded := b.ask(4, "river", "", "x")
	const wording = "Đập thủy điện Sông Lành xả lũ tối nay"
	if err := errors.Join(
		b.q.Join(t.Context(), an, part, head),
		b.q.Word(t.Context(), an, worded, queue.Wording{Lang: "vi", Text: wording, NamesSeen: true}),
	); err != nil {
		t.Fatal(err)
	}
	c, err := b.q.Claim(t.Context(), an, head)
	if err != nil || c.Words == nil || len(c.Parts) != 1 || c.Parts[0].Words == nil || len(c.Alike) != 1 || c.Alike[0].ID != like || c.Alike[0].Words != nil {
		t.Fatalf("%+v, %v", c, err)
	}
	if len(c.Near) != 1 || c.Near[0].ID != worded || len(c.Members) != 2 {
		t.Errorf("near %+v, members %+v", c.Near, c.Members)
	}
	c, err = b.q.Claim(t.Context(), an, like)
	if err != nil || c.Like == nil || c.Like.ID != head || c.Like.Words == nil {
		t.Fatalf("what it resembles: %+v, %v", c.Like, err)
	}
	if p, err := b.q.Alike(t.Context(), an, like); err != nil || len(p.Rows) != 1 || p.Rows[0].Words == nil {
		t.Errorf("near-copies: %+v, %v", p, err)
	}
	if err := b.q.KeepApart(t.Context(), an, like); err != nil {
		t.Fatal(err)
	}
	if c, err := b.q.Claim(t.Context(), an, like); err != nil || c.Like != nil {
		t.Errorf("kept apart, and suggested again: %+v, %v", c.Like, err)
	}
	if c, err := b.q.Claim(t.Context(), an, part); err != nil || c.Head == nil || c.Head.ID != head {
		t.Errorf("a part: %+v, %v", c.Head, err)
	}
	for name, m := range map[string]desk.Member{"another desk": away, "who left": {ID: "gone"}, "nobody": {ID: "x"}} {
		if c, err := b.q.Claim(t.Context(), m, head); err == nil {
			t.Errorf("%s sees %+v", name, c)
		}
		if p, err := b.q.Alike(t.Context(), m, head); err == nil {
			t.Errorf("%s sees %+v", name, p)
		}
	}
	if found, err := b.q.Search(t.Context(), away, wording); err != nil || len(found.Claims) != 0 {
		t.Errorf("another desk finds %+v, %v", found, err)
	}
}

func TestWatchIsForAdmins(t *testing.T) {
	b := newBench(t)
	id := b.ask(1, "river", "", "một")
	for range desk.ReadsADay + 1 {
		if _, err := b.q.Read(t.Context(), an, id); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := b.q.Watch(t.Context(), an); desk.KindOf(err) != desk.Forbidden {
		t.Errorf("an editor: %v", err)
	}
	w, err := b.q.Watch(t.Context(), admin)
	if err != nil || !w.Whole || len(w.Alerts) != 1 || w.Alerts[0].Name != "An" {
		t.Errorf("%+v, %v", w, err)
	}
	if err := b.q.Decline(t.Context(), an, id, desk.Satire); err != nil {
		t.Fatal(err)
	}
	for m, want := range map[string]bool{"an": false, "lan": true} {
		role := desk.Editor
		if m == "lan" {
			role = desk.Admin
		}
		if got, err := b.q.Waits(t.Context(), desk.Member{ID: m, DeskID: "river", Role: role}); err != nil || got != want {
			t.Errorf("something waits for %s: %v, %v", m, got, err)
		}
	}
	if w, err := b.q.Watch(t.Context(), away); err != nil || len(w.Alerts) != 0 {
		t.Errorf("another desk's admin: %+v, %v", w, err)
	}
}
