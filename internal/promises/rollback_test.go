package promises_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sangto/internal/app"
	"sangto/internal/config"
	"sangto/internal/desk"
	"sangto/internal/record"
	"sangto/internal/store"
	"sangto/internal/testkit"
	"sangto/internal/verify"
	"sangto/ledger"
)

// TestRollbacks is T7: an installation of which something older is put back, in
// every combination of database, published log and lock, after more or less was
// published. Nothing is signed that does not continue everything that an observer
// ever saw; deletions go on; a repair, cut short and taken up again, brings back
// what the record holds; and whoever verifies afterwards finds it whole.
func TestRollbacks(t *testing.T) {
	t.Parallel()
	var sum rolled
	t.Run("runs", func(t *testing.T) {
		for n := range size(6, len(rollbacks()), 108) {
			t.Run(fmt.Sprint(n), func(t *testing.T) {
				t.Parallel()
				s := &scene{t: t, draw: rand.New(rand.NewPCG(7, uint64(n))), sum: &sum, what: rollbacks()[n%len(rollbacks())]}
				if n%12 == 5 {
					s.dsn = testkit.Postgres(t)
				}
				s.run()
			})
		}
	})
	t.Attr("runs", fmt.Sprint(sum.runs.Load()))
	t.Attr("checkpoints_seen", fmt.Sprint(sum.seen.Load()))
	t.Attr("second_histories", fmt.Sprint(sum.forks.Load()))
	t.Attr("repairs_cut_short", fmt.Sprint(sum.cut.Load()))
	t.Attr("versions_brought_back", fmt.Sprint(sum.back.Load()))
	if sum.cut.Load() == 0 || sum.back.Load() == 0 {
		t.Errorf("%d repairs were cut short and %d versions came back: the runs are too easy", sum.cut.Load(), sum.back.Load())
	}
}

type rolled struct{ runs, seen, forks, cut, back atomic.Int64 }

// rollback is what is older after the accident, and what is gone.
type rollback struct {
	name                      string
	oldDB, oldLog, oldLock    bool
	noLog, noLock, mirrorLags bool
}

func rollbacks() []rollback {
	return []rollback{
		{name: "database", oldDB: true},
		{name: "database, and the mirror lags", oldDB: true, mirrorLags: true},
		{name: "database and log", oldDB: true, oldLog: true},
		{name: "database, log gone", oldDB: true, noLog: true},
		{name: "database, lock gone", oldDB: true, noLock: true},
		{name: "database and log, lock gone", oldDB: true, oldLog: true, noLock: true},
		{name: "all three", oldDB: true, oldLog: true, oldLock: true},
		{name: "lock gone", noLock: true},
		{name: "log", oldLog: true},
		{name: "log gone", noLog: true},
		{name: "lock", oldLock: true},
		{name: "log and lock gone", noLog: true, noLock: true},
	}
}

// scene is an installation with its observer and its mirror.
type scene struct {
	t    *testing.T
	draw *rand.Rand
	sum  *rolled
	what rollback

	dsn, data, mirror string
	now               time.Time
	db                *store.DB
	log               *record.Log
	checks            []*judged
	pages, feeds      int
	retired           bool
	// seen is every checkpoint that was ever shown, by its size.
	seen map[int64]ledger.Hash
	last []byte
}

type judged struct {
	id  string
	n   int
	act desk.Act
}

func (s *scene) run() {
	s.data, s.mirror, s.seen = s.t.TempDir(), s.t.TempDir(), map[int64]ledger.Hash{}
	s.now = time.Now()
	s.open()
	s.members()
	s.openLog()
	s.work(1 + s.draw.IntN(10))
	s.step()
	s.copyOut()
	s.close()
	backup := s.backUp()
	signed := s.last
	s.open()
	s.openLog()
	s.act(desk.Publish)
	for range 1 + s.draw.IntN(3) {
		s.work(s.draw.IntN(6))
		s.step()
	}
	s.copyOut()
	lagging := s.mirror
	if s.what.mirrorLags {
		lagging = s.t.TempDir()
		s.must(over(lagging, s.mirror))
	}
	s.act(desk.Publish)
	s.act(desk.Correct)
	s.step()
	s.copyOut()
	full := s.mirror
	s.mirror = lagging
	if bytes.Equal(s.last, signed) {
		s.t.Fatal("nothing was signed after the backup")
	}
	before := s.rows()
	s.close()
	s.rollBack(backup)
	s.refuses()
	lost := s.repair()
	s.goesOn(before, lost, full)
	s.sum.runs.Add(1)
}

func (s *scene) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatalf("%s: %v", s.what.name, err)
	}
}

func (s *scene) options() record.Options {
	return record.Options{DB: s.db, Data: s.data, Origin: "desk.example/log", Clock: func() time.Time { return s.now }}
}

func (s *scene) open() {
	s.t.Helper()
	o := store.Options{DSN: s.dsn, Zone: time.UTC, Clock: func() time.Time { return s.now }}
	if s.dsn == "" {
		o.Path = filepath.Join(s.data, "sangto.db")
	}
	var err error
	s.db, err = store.Open(s.t.Context(), o)
	s.must(err)
}

func (s *scene) openLog() {
	s.t.Helper()
	var err error
	s.log, err = record.OpenLog(s.t.Context(), s.options())
	s.must(err)
}

func (s *scene) close() {
	s.t.Helper()
	s.log.Close()
	s.must(s.db.Close())
}

func (s *scene) update(fn func(tx *store.Tx) error) {
	s.t.Helper()
	s.must(s.db.Update(s.t.Context(), fn))
}

func (s *scene) members() {
	s.update(func(tx *store.Tx) error {
		err := tx.PutDesk(desk.Desk{ID: "river", Local: true, Name: "River", Lang: "vi", Owner: "Hội", OwnerKind: desk.OwnerIndependent, Funders: "Bạn đọc", FunderKind: desk.OwnerUnknown})
		for _, m := range []string{"ann", "bob", "cat", "dan"} {
			err = errors.Join(err, tx.PutMember(desk.Member{ID: m, DeskID: "river", Name: "Tên " + m, Role: desk.Admin, KeyID: "key-" + m}))
		}
		k := desk.ApprovalKey{ID: "key-dan", MemberID: "dan", Made: s.now, Good: s.now, Until: s.now.Add(desk.KeyLife)}
		return errors.Join(err, tx.AddApprovalKey(k))
	})
}

// step signs, and shows the observer what is published and what the lock holds.
func (s *scene) step() {
	s.t.Helper()
	s.must(s.log.Step(s.t.Context()))
	s.observe()
}

// observe keeps every checkpoint. Two of one size with two roots are two histories.
func (s *scene) observe() {
	s.t.Helper()
	for _, name := range []string{"log/checkpoint", "lock.db"} {
		signed, err := os.ReadFile(filepath.Join(s.data, name))
		if name == "lock.db" && err == nil {
			lock, err := store.OpenLock(s.t.Context(), filepath.Join(s.data, name), false)
			s.must(err)
			signed, err = lock.Load(s.t.Context())
			s.must(errors.Join(err, lock.Close()))
		}
		if errors.Is(err, fs.ErrNotExist) || len(signed) == 0 {
			continue
		}
		s.must(err)
		policy, err := ledger.LogPolicy(strings.TrimSpace(string(s.log.Key())))
		s.must(err)
		c, _, err := policy.Open(signed)
		s.must(err)
		if root, ok := s.seen[c.Size]; ok && root != c.Root {
			s.sum.forks.Add(1)
			s.t.Errorf("%s: two checkpoints of %d entries", s.what.name, c.Size)
		} else if !ok {
			s.seen[c.Size] = c.Root
			s.sum.seen.Add(1)
		}
		if name != "lock.db" {
			s.last = signed
		}
	}
}

// work does some of what a desk does.
func (s *scene) work(acts int) {
	for range acts {
		s.now = s.now.Add(time.Duration(s.draw.IntN(20)) * time.Hour)
		switch s.draw.IntN(12) {
		case 0:
			s.update(record.Daily)
		case 1:
			s.feeds++
			s.update(func(tx *store.Tx) error {
				return record.Feed(tx, "river", fmt.Sprintf("https://feed.example/%d", s.feeds), s.draw.IntN(2) == 0)
			})
		case 2:
			s.update(func(tx *store.Tx) error {
				return record.Demand(tx, record.Demanded{Requester: "police", Outcome: "nothing_held"})
			})
		case 3:
			s.page()
		case 4:
			if !s.retired {
				s.retired = true
				s.update(func(tx *store.Tx) error {
					return errors.Join(record.KeysGone(tx, "dan"), tx.RetireApprovalKeys("dan"))
				})
			}
		case 5, 6:
			s.act(desk.Publish)
		case 7:
			s.act(desk.ErasePersonal)
		case 8:
			s.act(desk.Withdraw)
		case 9:
			s.act(desk.WithholdOrder)
			// Whoever mirrors sees no words of it until it ends.
			s.act(desk.Restore)
		default:
			s.act(desk.Correct)
		}
		if s.draw.IntN(3) == 0 {
			s.step()
		}
	}
}

func (s *scene) page() {
	s.pages++
	p := desk.PolicyPage{
		DeskID: "river", Kind: desk.MethodologyPage, Number: s.pages, Text: desk.Wording{VI: fmt.Sprintf("Cách làm %d", s.pages)},
		Keys: desk.Keys{ProposedBy: "ann", ProposedKey: "key-ann", AgreedBy: "bob", AgreedKey: "key-bob"},
	}
	p.SHA256 = desk.HashBytes(desk.PageBytes(p))
	s.update(func(tx *store.Tx) error {
		p.Day = tx.Day()
		return errors.Join(tx.AddPolicyPage(p), record.Page(tx, p))
	})
}

// act does one act on a check that it may be done on, or on none.
func (s *scene) act(act desk.Act) {
	s.t.Helper()
	if act == desk.Publish {
		s.checks = append(s.checks, &judged{id: strings.Repeat(string("abcdefghjk"[s.draw.IntN(10)]), 8) + fmt.Sprintf("%08d", len(s.checks))})
	}
	for _, i := range s.draw.Perm(len(s.checks)) {
		c := s.checks[i]
		if act == desk.Publish {
			c = s.checks[len(s.checks)-1]
		} else if c.act == desk.Withdraw && act != desk.ErasePersonal || (c.act == desk.WithholdOrder) != (act == desk.Restore) {
			continue
		}
		c.n, c.act = c.n+1, act
		s.update(func(tx *store.Tx) error { return s.version(tx, *c) })
		return
	}
}

func (s *scene) version(tx *store.Tx, c judged) error {
	if c.n == 1 {
		if err := tx.AddCheck(desk.Check{ID: c.id, DeskID: "river", Lang: "vi"}); err != nil {
			return err
		}
	}
	v := desk.Version{
		CheckID: c.id, Number: c.n, Act: c.act, Kind: desk.FactKind, Verdict: desk.NotTrue, Topic: "weather", Claim: "Khẳng định " + c.id, Summary: "Vì sao",
		Title: "<Tiêu đề> & \"ngoặc\"", Body: fmt.Sprintf("Lời bản %d", c.n), Published: tx.Day(), Author: "ann", LastEditor: "bob", Blind: desk.Classification{Kind: desk.FactKind},
		Evidence: []desk.Evidence{{Stance: desk.Against, URL: "https://a.example/" + c.id, Title: "Nguồn"}, {Stance: desk.Context, URL: "https://b.example/", Quote: "Lời trích"}},
	}
	pages, err := tx.PolicyPages("river")
	if err != nil {
		return err
	}
	for _, p := range pages {
		v.Method = p.SHA256
	}
	if v.Act != desk.Publish {
		v.Reason, v.Note = "lý do", "ghi chú"
	}
	if v.Act == desk.WithholdOrder {
		v.Order = desk.Order{Body: "Toà án", Date: tx.Day(), Law: "Điều 17", Digest: strings.Repeat("ab", 32), Lapses: tx.Day() + desk.OrderDays}
	}
	revision := desk.Revision(v)
	var approvals []desk.Approval
	for _, m := range []string{"cat", "ann", "dan"}[:2] {
		approvals = append(approvals, desk.Approval{MemberID: m, KeyID: "key-" + m, Revision: revision})
	}
	if v.Act == desk.WithholdOrder {
		approvals[1] = desk.Approval{MemberID: "bob", KeyID: "key-bob", Revision: revision}
		v.Author, v.LastEditor = "ann", ""
		revision = desk.Revision(v)
		approvals = nil
		for _, m := range []string{"ann", "bob", "cat"} {
			approvals = append(approvals, desk.Approval{MemberID: m, KeyID: "key-" + m, Revision: revision})
		}
	}
	if err := tx.AddVersion(v, revision, approvals); err != nil {
		return err
	}
	if err := record.Version(tx, v, approvals); err != nil {
		return err
	}
	if v.Act == desk.ErasePersonal {
		_, err = tx.EraseBefore(v.CheckID, v.Number)
	}
	return err
}

// copyOut is a mirror as it is kept: the published log, and the words that
// anybody may read; those of an erased version go.
func (s *scene) copyOut() {
	s.t.Helper()
	ctx := s.t.Context()
	s.must(over(filepath.Join(s.mirror, "log"), filepath.Join(s.data, "log")))
	words := filepath.Join(s.mirror, "log", "content")
	s.must(os.MkdirAll(words, 0o700))
	state, err := s.log.State()
	s.must(err)
	for i := range state.Size {
		name := filepath.Join(words, fmt.Sprint(i))
		text, why, err := s.log.Content(ctx, i)
		switch {
		case desk.KindOf(err) == desk.NotFound:
		case err != nil:
			s.t.Fatal(err)
		case why == record.Erased:
			s.must(os.RemoveAll(name))
		case why == record.Present:
			s.must(os.WriteFile(name, []byte(text), 0o600))
		}
	}
}

// over copies a folder over another. The stage is no part of a log.
func over(to, from string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Name() == ".stage" {
			return err
		}
		rest, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(to, rest), 0o700)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, rest), b, 0o600)
	})
}

// backUp copies the three stores.
func (s *scene) backUp() (dir string) {
	s.t.Helper()
	dir = s.t.TempDir()
	s.must(over(dir, s.data))
	if s.dsn != "" {
		s.psql("CREATE DATABASE %[1]s_old TEMPLATE %[1]s")
	}
	return dir
}

// psql speaks to the cluster of the scene's database, which nobody uses now.
func (s *scene) psql(format string) {
	s.t.Helper()
	u, err := url.Parse(s.dsn)
	s.must(err)
	sql := fmt.Sprintf(format, strings.TrimPrefix(u.Path, "/"))
	out, err := exec.CommandContext(s.t.Context(), "psql", "-h", u.Query().Get("host"), "-U", u.Query().Get("user"), "-d", "postgres", "-qc", sql).CombinedOutput()
	if err != nil {
		s.t.Fatalf("%s: %v\n%s", sql, err, out)
	}
}

// rollBack puts the older ones in the place of the present ones.
func (s *scene) rollBack(backup string) {
	s.t.Helper()
	if s.what.oldDB && s.dsn != "" {
		s.psql("DROP DATABASE %[1]s")
		s.psql("CREATE DATABASE %[1]s TEMPLATE %[1]s_old")
	}
	if s.what.oldDB && s.dsn == "" {
		for _, end := range []string{"-wal", "-shm"} {
			_ = os.Remove(filepath.Join(s.data, "sangto.db"+end))
		}
		s.put(backup, "sangto.db")
	}
	if s.what.oldLog || s.what.noLog {
		s.must(os.RemoveAll(filepath.Join(s.data, "log")))
	}
	if s.what.oldLog {
		s.must(over(filepath.Join(s.data, "log"), filepath.Join(backup, "log")))
	}
	if s.what.noLock {
		s.must(os.Remove(filepath.Join(s.data, "lock.db")))
	}
	if s.what.oldLock {
		s.put(backup, "lock.db")
	}
}

func (s *scene) put(from, name string) {
	b, err := os.ReadFile(filepath.Join(from, name))
	s.must(err)
	s.must(os.WriteFile(filepath.Join(s.data, name), b, 0o600))
}

// refuses starts the desk on what was put back. Where all three are of one day
// nobody can tell, and the operator, who must, repairs before he starts.
func (s *scene) refuses() {
	s.t.Helper()
	if s.what.oldDB && s.what.oldLog && s.what.oldLock {
		return
	}
	s.open()
	s.openLog()
	defer s.close()
	if s.log.Refused() == nil {
		s.t.Fatalf("%s: it would sign", s.what.name)
	}
	err := s.db.Update(s.t.Context(), func(tx *store.Tx) error {
		return s.version(tx, judged{id: "zzzzzzzz00000000", n: 1, act: desk.Publish})
	})
	var de *desk.Error
	if !errors.As(err, &de) || de.Key != "error.record.held" {
		s.t.Errorf("%s: published on it: %v", s.what.name, err)
	}
	// What must go on: the day's round, deletions, the end of a key.
	s.update(record.Daily)
	s.update(func(tx *store.Tx) error {
		if err := tx.AddClaim(desk.Claim{ID: "claim", DeskID: "river", State: desk.Waiting, Lang: "vi", Opened: tx.Day() - 30}); err != nil {
			return err
		}
		q := desk.Question{ID: "question00000000", ClaimID: "claim", Day: tx.Day() - 30, ReceiptMAC: bytes.Repeat([]byte{1}, 32), TextMAC: bytes.Repeat([]byte{2}, 32), Text: desk.StoredText("lời của một người hỏi")}
		if err := tx.AddQuestion(q); err != nil {
			return err
		}
		if n, err := tx.ClearTextsBefore(tx.Day() - 14); err != nil || n != 1 {
			return fmt.Errorf("%d texts were deleted: %w", n, err)
		}
		return nil
	})
	s.must(s.log.Step(s.t.Context()))
	if _, err := os.Stat(filepath.Join(s.data, "log", "checkpoint")); err == nil {
		s.observeOld()
	}
}

// observeOld holds what is shown now to what was: an older one may be shown, another
// may not.
func (s *scene) observeOld() {
	last := s.last
	s.observe()
	s.last = last
}

// repair cuts a repair short, at a place that the run draws, and takes it up again.
func (s *scene) repair() []record.Lost {
	s.t.Helper()
	ctx := s.t.Context()
	place, err := verify.Folder(s.mirror)
	s.must(err)
	s.open()
	if why := s.lockWrong(); why != nil {
		if _, err := record.Repair(ctx, s.options(), record.Copy{Name: "mirror", Source: place.Source}); !errors.Is(err, why) {
			s.t.Errorf("%s: repaired as if the lock were right: %v", s.what.name, err)
		}
	}
	failing := &cutShort{Source: place.Source, left: s.draw.IntN(40)}
	if _, err := s.mend(ctx, record.Copy{Name: "mirror", Source: failing}); failing.cut {
		s.sum.cut.Add(1)
		if err == nil {
			s.t.Errorf("%s: a repair that was cut short says that it is done", s.what.name)
		}
		s.must(s.db.Close())
		s.log = nil
		s.open()
	}
	done, err := s.mend(ctx, record.Copy{Name: "mirror", Source: place.Source})
	s.must(err)
	again, err := s.mend(ctx, record.Copy{Name: "mirror", Source: place.Source})
	if err != nil || again.Leaves+again.Contents+again.Versions+again.Pages+again.Retired != 0 {
		s.t.Errorf("%s: a second time: %+v, %v", s.what.name, again, err)
	}
	s.sum.back.Add(done.Versions)
	s.must(s.db.Close())
	return done.Lost
}

// lockWrong is why nothing may be repaired under this lock, nil where it may or
// nobody can tell.
func (s *scene) lockWrong() error {
	switch {
	case s.what.noLock && !s.what.noLog:
		return record.ErrLockLost
	case s.what.oldLock && !s.what.oldLog:
		return record.ErrLockBehind
	}
	return nil
}

func (s *scene) mend(ctx context.Context, from record.Copy) (record.Repaired, error) {
	if s.what.noLock || s.what.oldLock {
		// The reader's head is newer than the mirror where that one lags.
		heads := []record.Head{{Name: "a reader", Signed: s.last}}
		if _, err := record.Relock(ctx, s.options(), heads, from); err != nil {
			return record.Repaired{}, err
		}
	}
	return record.Repair(ctx, s.options(), from)
}

var errMirrorGone = errors.New("cut short")

// cutShort is a mirror that is gone after some reads.
type cutShort struct {
	ledger.Source
	left int
	cut  bool
}

func (c *cutShort) Read(ctx context.Context, path string, limit int) ([]byte, error) {
	if c.left--; c.left < 0 {
		c.cut = true
		return nil, errMirrorGone
	}
	return c.Source.Read(ctx, path, limit)
}

// goesOn starts the desk again, publishes, and verifies as an outsider does.
func (s *scene) goesOn(before map[string]string, lost []record.Lost, full string) {
	s.t.Helper()
	ctx := s.t.Context()
	s.open()
	s.openLog()
	if err := s.log.Refused(); err != nil {
		s.t.Fatalf("%s: refused after the repair: %v", s.what.name, err)
	}
	s.observe()
	if s.what.mirrorLags {
		lost = s.catchUp(lost, full)
	}
	now := s.rows()
	for key, want := range before {
		if got := now[key]; got != want && !mayDiffer(lost, key) {
			s.t.Errorf("%s: %s did not come back:\n%s\n%s", s.what.name, key, want, got)
		}
	}
	s.act(desk.Publish)
	s.step()
	var leaves [][]byte
	policy, err := ledger.LogPolicy(strings.TrimSpace(string(s.log.Key())))
	s.must(err)
	audit, err := ledger.Audit{Policy: policy, Entry: func(_ int64, b []byte) error {
		leaves = append(leaves, bytes.Clone(b))
		return nil
	}}.Run(ctx, ledger.Folder(os.DirFS(filepath.Join(s.data, "log"))))
	s.must(err)
	if !audit.Whole() {
		s.t.Errorf("%s: %v", s.what.name, audit.Problems)
	}
	var tree ledger.Frontier
	for i := int64(0); i <= int64(len(leaves)); i++ {
		if root, ok := s.seen[i]; ok && root != tree.Root() {
			s.sum.forks.Add(1)
			s.t.Errorf("%s: the checkpoint of %d entries that somebody saw is of another history", s.what.name, i)
		}
		if i < int64(len(leaves)) {
			tree.Append(ledger.EntryHash(leaves[i]), nil)
		}
	}
	for size := range s.seen {
		if size > int64(len(leaves)) {
			s.t.Errorf("%s: the record had %d entries and has %d", s.what.name, size, len(leaves))
		}
	}
	s.verified(lost)
	s.close()
}

// verified runs the verifier on the desk's own folder, which is in use.
func (s *scene) verified(lost []record.Lost) {
	s.t.Helper()
	cfg, err := config.Raw{Data: s.data, DB: s.dsn, Zone: "UTC"}.Config()
	s.must(err)
	place, done, err := app.OwnRecord(s.t.Context(), cfg)
	s.must(err)
	defer func() { s.must(done()) }()
	report, err := verify.Run(s.t.Context(), place, verify.Options{Today: desk.DayOf(s.now, time.UTC)})
	s.must(err)
	for _, p := range report.Problems {
		if !mayDiffer(lost, fmt.Sprint(p.Index)) {
			s.t.Errorf("%s: %s", s.what.name, p)
		}
	}
	if len(lost) == 0 && !report.OK {
		s.t.Errorf("%s: %+v", s.what.name, report)
	}
}

// mayDiffer reports whether the repair said that a row or an entry is lost.
func mayDiffer(lost []record.Lost, key string) bool {
	for _, l := range lost {
		if l.Kind != record.LostVersion && l.Kind != record.LostPage {
			continue
		}
		if key == fmt.Sprint(l.Index) || key == fmt.Sprintf("%s %d", l.Name, l.Number) {
			return true
		}
	}
	return false
}

// catchUp: what a mirror that lagged could not give back, nobody may publish on,
// and a better mirror gives it back later.
func (s *scene) catchUp(lost []record.Lost, full string) []record.Lost {
	s.t.Helper()
	short := 0
	for _, l := range lost {
		if l.Kind != record.LostVersion || l.Why != record.NoWords {
			continue
		}
		short++
		err := s.db.Update(s.t.Context(), func(tx *store.Tx) error {
			return s.version(tx, judged{id: l.Name, n: l.Number, act: map[bool]desk.Act{true: desk.Publish, false: desk.Correct}[l.Number == 1]})
		})
		// A check whose first version is lost is not there at all.
		if k := desk.KindOf(err); k != desk.Conflict && k != desk.NotFound {
			s.t.Errorf("%s: a second entry for version %d of %s: %v", s.what.name, l.Number, l.Name, err)
		}
	}
	if short == 0 {
		s.t.Errorf("%s: the mirror lagged and nothing was lost: %+v", s.what.name, lost)
	}
	s.close()
	s.open()
	place, err := verify.Folder(full)
	s.must(err)
	done, err := record.Repair(s.t.Context(), s.options(), record.Copy{Name: "full", Source: place.Source})
	if err != nil || done.Versions == 0 || done.Leaves != 0 {
		s.t.Errorf("%s: with a better mirror: %+v, %v", s.what.name, done, err)
	}
	s.openLog()
	return done.Lost
}

// rows is every version as the database has it.
func (s *scene) rows() map[string]string {
	s.t.Helper()
	out := map[string]string{}
	s.must(s.db.View(s.t.Context(), func(tx *store.Tx) error {
		return tx.EachPublished(func(p store.Published) error {
			for _, shown := range p.Versions {
				// What is shown of a check leaves the words out where the record has
				// a version that is lost.
				v, err := tx.Version(shown.CheckID, shown.Number)
				if desk.KindOf(err) == desk.NotFound && err != nil {
					continue
				}
				if err != nil {
					return err
				}
				approvals, err := tx.Approvals(v.CheckID, v.Number)
				if err != nil {
					return err
				}
				out[fmt.Sprintf("%s %d", v.CheckID, v.Number)] = fmt.Sprintf("%+v %+v %+v", p.Check, v, approvals)
			}
			return nil
		})
	}))
	return out
}
