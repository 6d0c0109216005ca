package record_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sangto/internal/desk"
	"sangto/internal/record"
	"sangto/internal/record/leaf"
	"sangto/internal/store"
	"sangto/internal/testkit"
	"sangto/ledger"
)

// site is an installation: a database, a data folder, a clock.
type site struct {
	t    testing.TB
	o    store.Options
	data string
	db   *store.DB
	log  *record.Log
	now  time.Time
}

// eachEngine runs a test on a new installation of each engine.
func eachEngine(t *testing.T, test func(t *testing.T, s *site)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, newSite(t, "")) })
	t.Run("postgres", func(t *testing.T) { test(t, newSite(t, testkit.Postgres(t))) })
}

func newSite(t testing.TB, dsn string) *site {
	t.Helper()
	s := &site{t: t, data: t.TempDir(), now: time.Date(2026, 3, 1, 5, 0, 0, 0, time.UTC)}
	s.o = store.Options{DSN: dsn, Zone: time.UTC, Clock: func() time.Time { return s.now }}
	if dsn == "" {
		s.o.Path = filepath.Join(s.data, "sangto.db")
	}
	s.openDB()
	s.update(func(tx *store.Tx) error {
		err := tx.PutDesk(desk.Desk{ID: "river", Local: true, Name: "River", Lang: "vi", Owner: "Hội", OwnerKind: desk.OwnerIndependent, Funders: "Bạn đọc", FunderKind: desk.OwnerUnknown})
		for _, m := range []string{"ann", "bob", "cat"} {
			err = errors.Join(err, tx.PutMember(desk.Member{ID: m, DeskID: "river", Name: "Tên " + m, Role: desk.Admin, KeyID: "key-" + m}))
		}
		return err
	})
	return s
}

func (s *site) openDB() {
	s.t.Helper()
	db, err := store.Open(s.t.Context(), s.o)
	if err != nil {
		s.t.Fatal(err)
	}
	s.db = db
	s.t.Cleanup(func() { _ = db.Close() })
}

func (s *site) open(o record.Options) *record.Log {
	s.t.Helper()
	o.DB, o.Data, o.Origin, o.Clock = s.db, s.data, origin, func() time.Time { return s.now }
	l, err := record.OpenLog(s.t.Context(), o)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(l.Close)
	s.log = l
	return l
}

func (s *site) update(fn func(tx *store.Tx) error) {
	s.t.Helper()
	if err := s.db.Update(s.t.Context(), fn); err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) step() {
	s.t.Helper()
	if err := s.log.Step(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
}

// version publishes the next version of a check in a transaction.
func version(tx *store.Tx, check string, n int, act desk.Act, recorded bool) error {
	if n == 1 {
		if err := tx.AddCheck(desk.Check{ID: check, DeskID: "river", Lang: "vi"}); err != nil {
			return err
		}
	}
	v := desk.Version{
		CheckID: check, Number: n, Act: act, Kind: desk.FactKind, Verdict: desk.NotTrue, Topic: "weather", Claim: "Khẳng định " + check, Summary: "Vì sao",
		Body: fmt.Sprintf("Lời bản %d", n), Published: tx.Day(), Author: "ann", Blind: desk.Classification{Kind: desk.FactKind},
		Evidence: []desk.Evidence{{Stance: desk.Against, URL: "https://a.example/" + check, Title: "Nguồn"}},
	}
	if act != desk.Publish {
		v.Reason, v.Note = "lý do", "ghi chú"
	}
	if act == desk.WithholdOrder {
		v.Order = desk.Order{Body: "Toà án", Date: tx.Day(), Law: "Điều 17", Digest: strings.Repeat("ab", 32), Lapses: tx.Day() + desk.OrderDays}
	}
	revision := desk.Revision(v)
	var approvals []desk.Approval
	for _, m := range []string{"ann", "bob", "cat"}[:act.Keys()] {
		approvals = append(approvals, desk.Approval{MemberID: m, KeyID: "key-" + m, Revision: revision})
	}
	if err := tx.AddVersion(v, revision, approvals); err != nil {
		return err
	}
	if recorded {
		if err := record.Version(tx, v, approvals); err != nil {
			return err
		}
	}
	if act == desk.ErasePersonal {
		_, err := tx.EraseBefore(check, n)
		return err
	}
	return nil
}

func (s *site) publish(check string, n int, act desk.Act) {
	s.t.Helper()
	s.update(func(tx *store.Tx) error { return version(tx, check, n, act, true) })
}

// audit reads the whole published log as an outsider would.
func (s *site) audit() (leaves []leaf.Leaf, report *ledger.Report) {
	s.t.Helper()
	policy, err := ledger.ParsePolicy(s.log.Policy())
	if err != nil {
		s.t.Fatal(err)
	}
	report, err = ledger.Audit{Policy: policy, Entry: func(_ int64, b []byte) error {
		l, err := leaf.Parse(b)
		leaves = append(leaves, l)
		return err
	}}.Run(s.t.Context(), ledger.Folder(os.DirFS(filepath.Join(s.data, "log"))))
	if err != nil {
		s.t.Fatal(err)
	}
	return leaves, report
}

func kinds(leaves []leaf.Leaf) string {
	var out []string
	for _, l := range leaves {
		out = append(out, string(l.Kind))
	}
	return strings.Join(out, " ")
}

// TestPublishedIsRecorded: what is published is in the signed log, its words
// beside it hold, and its proof convinces somebody who has nothing else.
func TestPublishedIsRecorded(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *site) {
		s.open(record.Options{})
		s.publish("aaaaaaaaaaaaaaaa", 1, desk.Publish)
		s.publish("bbbbbbbbbbbbbbbb", 1, desk.Publish)
		s.publish("aaaaaaaaaaaaaaaa", 2, desk.Correct)
		s.publish("aaaaaaaaaaaaaaaa", 3, desk.Withdraw)
		place, err := s.log.Place(t.Context(), "aaaaaaaaaaaaaaaa", 2)
		if err != nil || place.Signed {
			t.Errorf("before it is signed: %+v, %v", place, err)
		}
		s.step()
		leaves, report := s.audit()
		if !report.Whole() || kinds(leaves) != "keys keys keys keys policy publish publish correct retract" {
			t.Fatalf("%s\n%v", kinds(leaves), report.Problems)
		}
		if place, err = s.log.Place(t.Context(), "aaaaaaaaaaaaaaaa", 2); err != nil || !place.Signed || place.Leaf != 7 {
			t.Errorf("after it is signed: %+v, %v", place, err)
		}
		for i, l := range leaves {
			if l.BodyH == "" {
				continue
			}
			text, why, err := s.log.Content(t.Context(), int64(i))
			if err != nil || why != record.Present {
				t.Fatal(i, why, err)
			}
			c, err := leaf.ParseContent([]byte(text))
			if err != nil {
				t.Fatal(err)
			}
			if wrong := l.Holds(c); wrong != nil {
				t.Errorf("leaf %d: %q", i, wrong)
			}
			if strings.Contains(text, "Tên ") || strings.Contains(text, `"ann"`) {
				t.Errorf("a member is named beside leaf %d", i)
			}
		}
		if leaves[7].Prev == "" || leaves[7].Prev == leaves[8].Prev || leaves[6].Prev != "" {
			t.Error("the versions of a check are no chain")
		}
		proof, err := s.log.Proof(t.Context(), 7)
		if err != nil {
			t.Fatal(err)
		}
		p, err := ledger.ParseProof(proof)
		if err != nil {
			t.Fatal(err)
		}
		entry, err := leaves[7].Bytes()
		if err != nil {
			t.Fatal(err)
		}
		policy, _ := ledger.ParsePolicy(s.log.Policy())
		if _, _, err := p.Verify(policy, entry); err != nil {
			t.Error(err)
		}
		if _, err := s.log.Proof(t.Context(), 9); desk.KindOf(err) != desk.NotFound {
			t.Errorf("a proof for a leaf that is not there: %v", err)
		}
	})
}

// TestBothOrNeither: a version and its leaf are one act. Whatever fails after
// either of them was written takes both away.
func TestBothOrNeither(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *site) {
		s.open(record.Options{})
		s.publish("aaaaaaaaaaaaaaaa", 1, desk.Publish)
		before := s.counts()
		for name, act := range map[string]func(tx *store.Tx) error{
			"after the leaf": func(tx *store.Tx) error {
				return errors.Join(version(tx, "bbbbbbbbbbbbbbbb", 1, desk.Publish, true), errFault)
			},
			"before the leaf": func(tx *store.Tx) error {
				return errors.Join(version(tx, "bbbbbbbbbbbbbbbb", 1, desk.Publish, false), errFault)
			},
			"a broken rule": func(tx *store.Tx) error {
				return errors.Join(version(tx, "aaaaaaaaaaaaaaaa", 2, desk.Correct, true), tx.AddCheck(desk.Check{ID: "aaaaaaaaaaaaaaaa", DeskID: "river"}))
			},
			"a leaf too large": func(tx *store.Tx) error {
				return errors.Join(version(tx, "aaaaaaaaaaaaaaaa", 2, desk.Correct, true), record.Feed(tx, "no desk!", "x", true))
			},
		} {
			if err := s.db.Update(t.Context(), act); err == nil {
				t.Errorf("%s: went through", name)
			}
			if after := s.counts(); after != before {
				t.Errorf("%s: %s became %s", name, before, after)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		err := s.db.Update(ctx, func(tx *store.Tx) error {
			defer cancel()
			return version(tx, "cccccccccccccccc", 1, desk.Publish, true)
		})
		if after := s.counts(); (err == nil) == (after == before) {
			t.Errorf("cut off at the commit, told %v: %s became %s", err, before, after)
		}
	})
}

func (s *site) counts() string {
	s.t.Helper()
	var out string
	err := s.db.View(s.t.Context(), func(tx *store.Tx) error {
		leaves, err := tx.CountLeaves()
		checks, err2 := tx.CountChecks(store.ListFilter{})
		left, err3 := tx.UnrecordedVersions()
		out = fmt.Sprint(leaves, checks, len(left))
		return errors.Join(err, err2, err3)
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return out
}

// TestDeskFromBefore: a desk that published before it had a record gets its
// leaves once, in order, and no more at the next start.
func TestDeskFromBefore(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *site) {
		s.update(func(tx *store.Tx) error {
			if err := tx.AddApprovalKey(desk.ApprovalKey{ID: "key-ann", MemberID: "ann", Made: s.now, Good: s.now, Until: s.now.Add(desk.KeyLife)}); err != nil {
				return err
			}
			return version(tx, "aaaaaaaaaaaaaaaa", 1, desk.Publish, false)
		})
		s.now = s.now.Add(time.Hour)
		s.update(func(tx *store.Tx) error { return version(tx, "bbbbbbbbbbbbbbbb", 1, desk.Publish, false) })
		s.now = s.now.Add(time.Hour)
		s.update(func(tx *store.Tx) error { return version(tx, "aaaaaaaaaaaaaaaa", 2, desk.Correct, false) })
		for range 2 {
			s.open(record.Options{})
			s.step()
			leaves, report := s.audit()
			if !report.Whole() || kinds(leaves) != "keys keys keys keys policy publish publish correct" {
				t.Fatalf("%s\n%v", kinds(leaves), report.Problems)
			}
			if leaves[5].Check != "aaaaaaaaaaaaaaaa" || leaves[6].Check != "bbbbbbbbbbbbbbbb" || leaves[7].Before != 1 {
				t.Errorf("%+v", leaves[5:])
			}
			s.log.Close()
		}
	})
}

// TestWordsGo: an order hides the words and gives them back, erasing takes
// them for good, and the log holds through all of it.
func TestWordsGo(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *site) {
		s.open(record.Options{})
		const check = "aaaaaaaaaaaaaaaa"
		s.publish(check, 1, desk.Publish)
		why := func(n int) record.Absence {
			t.Helper()
			p, err := s.log.Place(t.Context(), check, n)
			if err != nil {
				t.Fatal(err)
			}
			text, why, err := s.log.Content(t.Context(), p.Leaf)
			if err != nil || (text == "") != (why != record.Present) {
				t.Fatal(text, why, err)
			}
			return why
		}
		s.publish(check, 2, desk.WithholdOrder)
		if why(1) != record.Withheld || why(2) != record.Withheld {
			t.Error("an order is in force and the words are there")
		}
		s.now = s.now.AddDate(0, 0, desk.OrderDays)
		s.update(record.Daily)
		s.update(record.Daily)
		if why(1) != record.Present {
			t.Error("the order lapsed and the words are not back")
		}
		s.publish(check, 3, desk.ErasePersonal)
		if why(1) != record.Erased || why(2) != record.Erased || why(3) != record.Present {
			t.Error("erased", why(1), why(2), why(3))
		}
		s.step()
		leaves, report := s.audit()
		if want := "keys keys keys keys policy publish withhold_order restore beat erase_personal"; !report.Whole() || kinds(leaves) != want {
			t.Fatalf("%s\nwant %s\n%v", kinds(leaves), want, report.Problems)
		}
		if l := leaves[7]; l.Reason != leaf.Lapsed || l.Rev != 2 || l.BodyH != "" {
			t.Errorf("lapsed: %+v", l)
		}
		if l := leaves[6]; l.OrderBody != "Toà án" || l.Law != "Điều 17" || l.Expires-l.Day != desk.OrderDays || l.ApproversN != 3 {
			t.Errorf("order: %+v", l)
		}
	})
}

// TestOldBackup: a database that lacks what was signed is not signed, nothing
// is published on it, and what is published stays readable.
func TestOldBackup(t *testing.T) {
	s := newSite(t, "")
	s.open(record.Options{})
	s.publish("aaaaaaaaaaaaaaaa", 1, desk.Publish)
	s.step()
	s.log.Close()
	if err := s.db.Close(); err != nil {
		t.Fatal(err)
	}
	backup, err := os.ReadFile(s.o.Path)
	if err != nil {
		t.Fatal(err)
	}
	s.openDB()
	s.open(record.Options{})
	s.publish("bbbbbbbbbbbbbbbb", 1, desk.Publish)
	s.step()
	signed, err := s.log.Checkpoint()
	if err != nil {
		t.Fatal(err)
	}
	s.log.Close()
	s.putBack(backup)
	s.open(record.Options{})
	if !errors.Is(s.log.Refused(), record.ErrRolledBack) {
		t.Fatalf("refused: %v", s.log.Refused())
	}
	err = s.db.Update(t.Context(), func(tx *store.Tx) error { return version(tx, "cccccccccccccccc", 1, desk.Publish, true) })
	var de *desk.Error
	if !errors.As(err, &de) || de.Key != "error.record.held" {
		t.Errorf("published on an old backup: %v", err)
	}
	// What must go on: the day's deletions and members' keys.
	s.update(record.Daily)
	s.update(func(tx *store.Tx) error { return record.KeysGone(tx, "ann") })
	s.step()
	after, err := s.log.Checkpoint()
	if err != nil || !bytes.Equal(after, signed) {
		t.Error("the checkpoint changed")
	}
	if _, err := s.log.Proof(t.Context(), 5); err != nil {
		t.Error("what is published cannot be read any more:", err)
	}
}

// TestLockLost: without its lock a log that was shown is not begun anew.
func TestLockLost(t *testing.T) {
	s := newSite(t, "")
	s.open(record.Options{})
	s.publish("aaaaaaaaaaaaaaaa", 1, desk.Publish)
	s.step()
	s.log.Close()
	if err := os.Remove(filepath.Join(s.data, "lock.db")); err != nil {
		t.Fatal(err)
	}
	s.open(record.Options{})
	if !errors.Is(s.log.Refused(), record.ErrLockLost) {
		t.Errorf("refused: %v", s.log.Refused())
	}
	if err := os.RemoveAll(filepath.Join(s.data, "log")); err != nil {
		t.Fatal(err)
	}
	s.open(record.Options{})
	if !errors.Is(s.log.Refused(), record.ErrLockLost) {
		t.Errorf("with the whole folder gone: %v", s.log.Refused())
	}
}

// TestKeyLost: a new key under a log that has begun is refused.
func TestKeyLost(t *testing.T) {
	s := newSite(t, "")
	s.open(record.Options{})
	s.publish("aaaaaaaaaaaaaaaa", 1, desk.Publish)
	s.step()
	s.log.Close()
	key := filepath.Join(s.data, "keys", "log.key")
	if info, err := os.Stat(key); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatal(info, err)
	}
	if err := os.Remove(key); err != nil {
		t.Fatal(err)
	}
	if _, err := record.OpenLog(t.Context(), record.Options{DB: s.db, Data: s.data, Origin: origin}); err == nil {
		t.Error("a second log under one name")
	}
}

// TestRepair: an old backup that was put back gets the signed leaves from the
// published log, and from then on the record goes on as if nothing had been.
func TestRepair(t *testing.T) {
	s := newSite(t, "")
	s.open(record.Options{})
	s.publish("aaaaaaaaaaaaaaaa", 1, desk.Publish)
	s.step()
	s.log.Close()
	_ = s.db.Close()
	backup, err := os.ReadFile(s.o.Path)
	if err != nil {
		t.Fatal(err)
	}
	s.openDB()
	s.open(record.Options{})
	s.publish("bbbbbbbbbbbbbbbb", 1, desk.Publish)
	s.step()
	content, _, err := s.log.Content(t.Context(), 6)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := s.log.Checkpoint()
	if err != nil {
		t.Fatal(err)
	}
	mirror := t.TempDir()
	words := filepath.Join(mirror, "log", "content")
	if err := errors.Join(os.MkdirAll(words, 0o700), os.WriteFile(filepath.Join(words, "6"), []byte(content), 0o600)); err != nil {
		t.Fatal(err)
	}
	from := record.Copy{Name: "mirror", Source: ledger.Folder(os.DirFS(mirror))}
	s.log.Close()
	s.putBack(backup)
	o := record.Options{DB: s.db, Data: s.data, Origin: origin}
	if err := record.Guard(t.Context(), s.db, filepath.Join(s.data, "lock.db")); err != nil || !errors.Is(s.db.Held(), record.ErrRolledBack) {
		t.Fatalf("a command may write beside: %v, %v", err, s.db.Held())
	}
	s.db.HoldLeaves(nil)
	done, err := record.Repair(t.Context(), o)
	if err != nil || done.Leaves != 1 || done.Contents != 0 || len(done.Lost) != 1 || done.Lost[0].Name != "bbbbbbbbbbbbbbbb" || done.Lost[0].Why != record.NoWords {
		t.Fatalf("%+v, %v", done, err)
	}
	if done, err = record.Repair(t.Context(), o, from); err != nil || done.Leaves != 0 || done.Contents != 1 || done.Versions != 1 || len(done.Lost) != 0 {
		t.Errorf("with the words of a mirror: %+v, %v", done, err)
	}
	if done, err = record.Repair(t.Context(), o, from); err != nil || done.Leaves+done.Contents+done.Versions != 0 || len(done.Lost) != 0 {
		t.Errorf("a third time: %+v, %v", done, err)
	}
	s.open(record.Options{})
	if s.log.Refused() != nil {
		t.Fatal(s.log.Refused())
	}
	if after, err := s.log.Checkpoint(); err != nil || !bytes.Equal(after, signed) {
		t.Error("the repair signed something")
	}
	s.publish("cccccccccccccccc", 1, desk.Publish)
	s.step()
	leaves, report := s.audit()
	if !report.Whole() || kinds(leaves) != "keys keys keys keys policy publish publish publish" {
		t.Errorf("%s %v", kinds(leaves), report.Problems)
	}
	kept, err := ledger.LogPolicy(strings.TrimSpace(string(s.log.Key())))
	if err != nil {
		t.Fatal(err)
	}
	old, _, err := kept.Open(signed)
	if err != nil {
		t.Fatal(err)
	}
	again, err := ledger.Audit{Policy: kept, Kept: &old}.Run(t.Context(), ledger.Folder(os.DirFS(filepath.Join(s.data, "log"))))
	if err != nil || !again.Whole() {
		t.Errorf("it conflicts with what was signed before: %v, %v", again, err)
	}
}

// TestOrderWithoutItsVersion: an order came after the backup that was put back, and
// nobody has the words of its version, since they were served to nobody. What came
// back is its entry, and that is enough to hide what was published before.
func TestOrderWithoutItsVersion(t *testing.T) {
	for act, absent := range map[desk.Act]record.Absence{desk.WithholdOrder: record.Withheld, desk.ErasePersonal: record.Erased, desk.Withdraw: record.Present} {
		t.Run(string(act), func(t *testing.T) {
			s := newSite(t, "")
			s.open(record.Options{})
			const check = "aaaaaaaaaaaaaaaa"
			s.publish(check, 1, desk.Publish)
			s.step()
			s.log.Close()
			_ = s.db.Close()
			backup, err := os.ReadFile(s.o.Path)
			if err != nil {
				t.Fatal(err)
			}
			s.openDB()
			s.open(record.Options{})
			s.publish(check, 2, act)
			s.step()
			s.log.Close()
			s.putBack(backup)
			var last int64
			s.update(func(tx *store.Tx) error { var err error; last, err = tx.LastChange(); return err })
			done, err := record.Repair(t.Context(), record.Options{DB: s.db, Data: s.data, Origin: origin})
			if err != nil || len(done.Lost) != 1 || done.Lost[0].Withheld != (act == desk.WithholdOrder) {
				t.Fatalf("%+v, %v", done, err)
			}
			s.open(record.Options{})
			if s.log.Refused() != nil {
				t.Fatal(s.log.Refused())
			}
			at, err := s.log.Place(t.Context(), check, 1)
			if err != nil {
				t.Fatal(err)
			}
			if _, why, err := s.log.Content(t.Context(), at.Leaf); why != absent || err != nil {
				t.Errorf("the words behind the entry: %q, %v", why, err)
			}
			hides := func(want bool) {
				t.Helper()
				s.update(func(tx *store.Tx) error {
					some, err := tx.Entries([]string{check})
					if v := some[check].Version; v.IsHidden() != want || want && (v.Number != 2 || v.Act != act) {
						t.Errorf("shown: %+v", v)
					}
					return err
				})
			}
			hides(true)
			s.update(func(tx *store.Tx) error {
				taken, err := tx.TakenBack(last)
				if !taken {
					t.Error("whoever gave the words out is not told")
				}
				return err
			})
			s.now = s.now.AddDate(0, 0, desk.OrderDays-1)
			hides(true)
			s.now = s.now.AddDate(0, 0, 1)
			hides(act != desk.WithholdOrder)
		})
	}
}

// putBack replaces the database by a copy of it.
func (s *site) putBack(backup []byte) {
	s.t.Helper()
	_ = s.db.Close()
	for _, end := range []string{"", "-wal", "-shm"} {
		_ = os.Remove(s.o.Path + end)
	}
	if err := os.WriteFile(s.o.Path, backup, 0o600); err != nil {
		s.t.Fatal(err)
	}
	s.openDB()
}

// TestNoRepairOverOthers: leaves that stand in the place of signed ones are
// evidence, and are not replaced.
func TestNoRepairOverOthers(t *testing.T) {
	s := newSite(t, "")
	s.open(record.Options{})
	s.publish("aaaaaaaaaaaaaaaa", 1, desk.Publish)
	s.step()
	s.log.Close()
	other := newSite(t, "")
	other.update(func(tx *store.Tx) error { return version(tx, "dddddddddddddddd", 1, desk.Publish, true) })
	if _, err := record.Repair(t.Context(), record.Options{DB: other.db, Data: s.data, Origin: origin}); !errors.Is(err, record.ErrRolledBack) {
		t.Errorf("repaired over another history: %v", err)
	}
}

// TestRotateKey: the record goes over to another key, whoever knows the old one
// reads on, and a change that was cut short is carried on.
func TestRotateKey(t *testing.T) {
	s := newSite(t, "")
	s.open(record.Options{})
	s.publish("aaaaaaaaaaaaaaaa", 1, desk.Publish)
	s.step()
	first := strings.TrimSpace(string(s.log.Key()))
	s.log.Close()
	o := record.Options{DB: s.db, Data: s.data, Origin: origin}
	s.db.HoldLeaves(errFault)
	if _, err := record.RotateKey(t.Context(), o); err == nil {
		t.Fatal("rotated without a leaf")
	}
	s.db.HoldLeaves(nil)
	if info, err := os.Stat(filepath.Join(s.data, "keys", "log.key.next")); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatal("the next key was not kept", err)
	}
	vkey, err := record.RotateKey(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	s.open(record.Options{})
	s.publish("bbbbbbbbbbbbbbbb", 1, desk.Publish)
	s.step()
	leaves, report := s.audit()
	if !report.Whole() || kinds(leaves) != "keys keys keys keys policy publish keys publish" {
		t.Fatalf("%s %v", kinds(leaves), report.Problems)
	}
	if l := leaves[6]; l.VKey != vkey || l.VKeyOld != first || l.Reason != leaf.Rotated {
		t.Errorf("%+v", l)
	}
	for _, key := range []string{first, vkey} {
		policy, err := ledger.LogPolicy(key)
		if err != nil {
			t.Fatal(err)
		}
		signed, _ := s.log.Checkpoint()
		if _, _, err := policy.Open(signed); err != nil {
			t.Errorf("%s does not read on: %v", key, err)
		}
	}
}

// TestRelock: the lock is made anew from the newest head that anybody has, goes
// forward only, and not at all where heads contradict each other.
func TestRelock(t *testing.T) {
	s := newSite(t, "")
	s.open(record.Options{})
	var heads []record.Head
	for _, check := range []string{"aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb", "cccccccccccccccc"} {
		s.publish(check, 1, desk.Publish)
		s.step()
		signed, err := s.log.Checkpoint()
		if err != nil {
			t.Fatal(err)
		}
		heads = append(heads, record.Head{Name: check, Signed: signed})
	}
	s.log.Close()
	o := record.Options{DB: s.db, Data: s.data, Origin: origin}
	lock := filepath.Join(s.data, "lock.db")
	held := func() string {
		t.Helper()
		l, err := store.OpenLock(t.Context(), lock, false)
		if errors.Is(err, os.ErrNotExist) {
			return ""
		}
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = l.Close() }()
		signed, err := l.Load(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return string(signed)
	}
	// An old head takes nothing back from a lock that is newer.
	if _, err := record.Relock(t.Context(), o, heads[:1]); err != nil || held() != string(heads[2].Signed) {
		t.Fatalf("the lock went back: %v\n%s", err, held())
	}
	if err := os.Remove(lock); err != nil {
		t.Fatal(err)
	}
	// Another history under the same key, as an operator can sign it.
	other := newSite(t, "")
	if err := os.CopyFS(filepath.Join(other.data, "keys"), os.DirFS(filepath.Join(s.data, "keys"))); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(other.data, "keys", "log.key"), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := store.OpenLock(t.Context(), filepath.Join(other.data, "lock.db"), true)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	other.open(record.Options{})
	for _, check := range []string{"dddddddddddddddd", "eeeeeeeeeeeeeeee", "ffffffffffffffff", "gggggggggggggggg"} {
		other.publish(check, 1, desk.Publish)
	}
	other.step()
	fork, err := other.log.Checkpoint()
	if err != nil {
		t.Fatal(err)
	}
	// It is newer than ours: nothing here has its entries, so that nothing can be said.
	if _, err := record.Relock(t.Context(), o, []record.Head{{Name: "fork", Signed: fork}}); !errors.Is(err, record.ErrLayout) || held() != "" {
		t.Errorf("a newer head without its entries: %v, lock %q", err, held())
	}
	site := record.Copy{Name: "fork", Source: ledger.Folder(os.DirFS(other.data))}
	if _, err := record.Relock(t.Context(), o, nil, site); !errors.Is(err, record.ErrForked) || held() != "" {
		t.Errorf("two histories: %v, lock %q", err, held())
	}
	if _, err := record.Relock(t.Context(), o, []record.Head{{Name: "nobody", Signed: []byte("desk.example/log\n1\nAAAA\n\n— x y\n")}}); !errors.Is(err, record.ErrHead) || held() != "" {
		t.Errorf("a head that nobody signed: %v, lock %q", err, held())
	}
	c, err := record.Relock(t.Context(), o, heads[:2])
	if err != nil || held() != string(heads[2].Signed) || c.Size != 8 {
		t.Fatalf("%+v, %v\n%s", c, err, held())
	}
	s.open(record.Options{})
	if err := s.log.Refused(); err != nil {
		t.Error(err)
	}
	s.log.Close()
	// A database that holds what no head covers: somebody has a newer one.
	if err := os.Remove(lock); err != nil {
		t.Fatal(err)
	}
	for i := range 70 {
		s.update(func(tx *store.Tx) error {
			for j := range 3 {
				if err := record.Feed(tx, "river", fmt.Sprintf("https://feed.example/%d/%d", i, j), true); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if _, err := record.Relock(t.Context(), o, heads); !errors.Is(err, record.ErrAhead) || held() != "" {
		t.Errorf("far ahead of every head: %v, lock %q", err, held())
	}
}

// TestLockInADatabase: the lock may lie in a database of its own. What it holds is
// not a file's then; a desk whose database was put back signs nothing against it,
// and one whose lock is gone refuses.
func TestLockInADatabase(t *testing.T) {
	lock := testkit.Postgres(t)
	s := newSite(t, testkit.Postgres(t))
	o := record.Options{Lock: lock}
	s.open(o)
	s.publish("aaaaaaaaaaaaaaaa", 1, desk.Publish)
	s.step()
	if _, err := os.Stat(filepath.Join(s.data, "lock.db")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a lock in the folder as well: %v", err)
	}
	s.log.Close()
	if err := s.open(o).Refused(); err != nil {
		t.Fatalf("the same desk again: %v", err)
	}
	s.log.Close()
	// An older database: one that has no entries yet.
	older := newSite(t, testkit.Postgres(t))
	older.data = s.data
	if err := older.open(o).Refused(); !errors.Is(err, record.ErrRolledBack) {
		t.Errorf("an older database: %v", err)
	}
	older.log.Close()
	if err := s.open(record.Options{Lock: testkit.Postgres(t)}).Refused(); !errors.Is(err, record.ErrLockLost) {
		t.Errorf("an empty database in the place of the lock's: %v", err)
	}
	s.log.Close()
}
