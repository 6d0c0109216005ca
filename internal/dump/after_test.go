package dump_test

import (
	"bytes"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"sangto/internal/desk"
	"sangto/internal/dump"
	"sangto/internal/store"
)

// room is a small desk whose clock and acts are the test's own.
type room struct {
	db  *store.DB
	now time.Time
}

const secret = "Trần Thị Bí Mật, 12 phố Hàng Kín"

func newRoom(t *testing.T) *room {
	t.Helper()
	r := &room{now: today}
	db, err := store.Open(t.Context(), store.Options{
		Path: filepath.Join(t.TempDir(), "sangto.db"), Clock: func() time.Time { return r.now }, Zone: time.UTC, Random: rand.Reader,
	})
	must(t, err)
	t.Cleanup(func() { _ = db.Close() })
	r.db = db
	r.update(t, func(tx *store.Tx) error {
		err := tx.PutDesk(desk.Desk{ID: "own", Local: true, Name: "Bàn thử", Lang: "vi", OwnerKind: desk.OwnerIndependent, FunderKind: desk.OwnerUnknown})
		for _, m := range []string{"member-ann", "member-bob", "member-cat"} {
			err = errors.Join(err, tx.PutMember(desk.Member{ID: m, DeskID: "own", Name: "Tên riêng của " + m, Role: desk.Reviewer, KeyID: "key-of-" + m}))
		}
		return errors.Join(err, tx.AddCheck(desk.Check{ID: "check00000000001", DeskID: "own", Lang: "vi"}), r.add(tx, 1, desk.Version{Act: desk.Publish, Claim: "Cầu sập. " + secret, Body: secret}))
	})
	return r
}

func (r *room) update(t *testing.T, do func(*store.Tx) error) {
	t.Helper()
	must(t, r.db.Update(t.Context(), do))
}

// add publishes a version with the keys of all.
func (r *room) add(tx *store.Tx, n int, v desk.Version) error {
	v.CheckID, v.Number, v.Author, v.Topic = "check00000000001", n, "member-ann", "transport"
	v.Kind, v.Verdict, v.ClaimantKind, v.Published = desk.FactKind, desk.NotTrue, desk.ClaimantUnknown, tx.Day()
	v.Title, v.Summary, v.Reason, v.Note = v.Claim, "Vì sao.", "r", "n"
	v.Blind = desk.Classification{Kind: desk.FactKind}
	v.Evidence = []desk.Evidence{{Stance: desk.Against, URL: "https://nguon.example/1", Title: "Nguồn", Publisher: "Báo", Quote: v.Body}}
	revision := strings.Repeat("a", 64)
	var keys []desk.Approval
	for _, m := range []string{"member-ann", "member-bob", "member-cat"} {
		keys = append(keys, desk.Approval{MemberID: m, KeyID: "key-of-" + m, Revision: revision})
	}
	return tx.AddVersion(v, revision, keys)
}

// holds reads every file of every set on disk for a string, the database of
// the set and the packed page included.
func holds(t *testing.T, path, text string) []string {
	t.Helper()
	var out []string
	must(t, filepath.WalkDir(path, func(file string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(file)
		escaped, _ := json.Marshal(text)
		if bytes.Contains(b, []byte(text)) || bytes.Contains(b, escaped[1:len(escaped)-1]) {
			out = append(out, file)
		}
		return err
	}))
	return out
}

// What is erased or withheld leaves the disk within one round, and a minute
// later nobody is handed it; what merely changes waits for the day, and those
// who are taking the old set may finish.
func TestWhatIsTakenBackIsGone(t *testing.T) {
	for _, act := range []desk.Act{desk.ErasePersonal, desk.WithholdOrder} {
		t.Run(string(act), func(t *testing.T) {
			r, path := newRoom(t), filepath.Join(t.TempDir(), "out")
			f := dump.New(r.db, path, options(t))
			must(t, f.Keep(t.Context()))
			first, err := f.Newest()
			must(t, err)
			if len(holds(t, path, secret)) < 5 {
				t.Fatal("the words are not there, the test would pass on anything")
			}
			r.now = r.now.Add(24 * time.Hour)
			must(t, f.Keep(t.Context()))
			second, err := f.Newest()
			must(t, err)
			if second.Name == first.Name || len(holds(t, path, secret)) < 10 {
				t.Fatalf("%s after %s", second.Name, first.Name)
			}
			if old, _, err := f.Open(first.Name, dump.CSV); err != nil {
				t.Errorf("the set of yesterday: %v", err)
			} else {
				_ = old.Close()
			}
			r.update(t, func(tx *store.Tx) error {
				v := desk.Version{Act: act, Claim: "Cầu sập."}
				if act == desk.WithholdOrder {
					v.Claim, v.Body = "Cầu sập. "+secret, secret
					v.Order = desk.Order{Body: "Tòa án", Law: "Luật số 1", Date: tx.Day(), Digest: strings.Repeat("b", 64), Lapses: tx.Day() + desk.OrderDays}
				}
				if err := r.add(tx, 2, v); err != nil {
					return err
				}
				if act == desk.ErasePersonal {
					_, err := tx.EraseBefore("check00000000001", 2)
					return err
				}
				return nil
			})
			must(t, f.Keep(t.Context()))
			if left := holds(t, path, secret); len(left) > 0 {
				t.Errorf("still there: %q", left)
			}
			for _, old := range []string{first.Name, second.Name} {
				if _, _, err := f.Open(old, dump.CSV); desk.KindOf(err) != desk.NotFound {
					t.Errorf("%s is handed out: %v", old, err)
				}
			}
			if act == desk.WithholdOrder {
				wantOrder(t, f)
			}
		})
	}
}

// wantOrder wants the newest set to tell the order that withholds the check.
func wantOrder(t *testing.T, f *dump.Folder) {
	t.Helper()
	got := string(read(t, f, dump.NDJSON))
	for _, part := range []string{`"state":"withheld"`, "Tòa án", "Luật số 1"} {
		if !strings.Contains(got, part) {
			t.Errorf("the order is not told: no %s in %s", part, got)
		}
	}
}

// TestWhatTheRecordTakesBackIsGone: where a repair brought back the entry of an order
// and not its version, the words leave the disk as they do for an order that is there.
func TestWhatTheRecordTakesBackIsGone(t *testing.T) {
	r, path := newRoom(t), filepath.Join(t.TempDir(), "out")
	f := dump.New(r.db, path, options(t))
	must(t, f.Keep(t.Context()))
	if len(holds(t, path, secret)) < 5 {
		t.Fatal("the words are not there, the test would pass on anything")
	}
	r.update(t, func(tx *store.Tx) error {
		text := fmt.Sprintf(`{"kind":"withhold_order","rev":2,"day":%q,"order_body":"Tòa án","law":"Luật số 1","expires":%q}`, tx.Day(), tx.Day()+desk.OrderDays)
		_, err := tx.AddLeaf(store.Leaf{Kind: "withhold_order", Subject: "check00000000001", Rev: 2, Bytes: []byte(text), Hash: desk.HashBytes([]byte(text))}, "", "")
		return errors.Join(err, tx.TellAgain("check00000000001"))
	})
	must(t, f.Keep(t.Context()))
	if left := holds(t, path, secret); len(left) > 0 {
		t.Errorf("still there: %q", left)
	}
	wantOrder(t, f)
}

// TestNothingOfMembers looks for what must not be in any file.
func TestNothingOfMembers(t *testing.T) {
	r, path := newRoom(t), t.TempDir()
	f := dump.New(r.db, path, options(t))
	must(t, f.Keep(t.Context()))
	if len(holds(t, path, secret)) < 5 {
		t.Fatal("what is published is not found: the test would pass on anything")
	}
	for _, word := range []string{"Tên riêng của", "member-ann", "member-bob", strings.Repeat("a", 64)} {
		if found := holds(t, path, word); len(found) > 0 {
			t.Errorf("%q is in %q", word, found)
		}
	}
}

// TestMembersAreAClosedList compares every member of the lines, every column of
// the table and every column of the database with testdata/schema. Whoever adds
// one says there what it holds, after asking what it could be bent into.
func TestMembersAreAClosedList(t *testing.T) {
	f := dump.New(seeded(t), t.TempDir(), options(t))
	must(t, f.Keep(t.Context()))
	found := map[string]bool{}
	for raw := range bytes.Lines(read(t, f, dump.NDJSON)) {
		var v any
		must(t, json.Unmarshal(raw, &v))
		members("ndjson", v, found)
	}
	var feed any
	must(t, json.Unmarshal(read(t, f, dump.ClaimReview), &feed))
	members("claimreview", feed, found)
	head, _, _ := strings.Cut(string(read(t, f, dump.CSV)), "\n")
	for _, c := range strings.Split(strings.TrimSpace(head), ",") {
		found["csv."+c] = true
	}
	db := sqlite(t, f)
	rows, err := db.Query(`SELECT m.name || '.' || c.name FROM sqlite_master m, pragma_table_xinfo(m.name) c WHERE m.type IN ('table', 'view')`)
	must(t, err)
	defer rows.Close()
	for rows.Next() {
		var name string
		must(t, rows.Scan(&name))
		found["sqlite."+name] = true
	}
	must(t, rows.Err())
	got := strings.Join(slices.Sorted(maps.Keys(found)), "\n") + "\n"
	const path = "testdata/schema"
	if *update {
		must(t, os.WriteFile(path, []byte(got), 0o644))
		return
	}
	want, err := os.ReadFile(path)
	must(t, err)
	if got != string(want) {
		t.Errorf("the members are not those of %s: %s", path, firstDifference(string(want), got))
	}
}

// members collects the paths of all members of a value.
func members(at string, v any, out map[string]bool) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			members(at, e, out)
		}
	case map[string]any:
		for name, e := range v {
			out[at+"."+name] = true
			members(at+"."+name, e, out)
		}
	}
}

// sqlite opens a copy of the file as a reader would.
func sqlite(t *testing.T, f *dump.Folder) *sql.DB {
	t.Helper()
	path := filepath.Join(t.TempDir(), "checks.sqlite")
	must(t, os.WriteFile(path, read(t, f, dump.SQLite), 0o600))
	db, err := sql.Open("sqlite", "file:"+path+"?mode=ro&immutable=1")
	must(t, err)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// TestSQLite holds the file to its own rules and to the lines.
func TestSQLite(t *testing.T) {
	f := dump.New(seeded(t), t.TempDir(), options(t))
	must(t, f.Keep(t.Context()))
	db := sqlite(t, f)
	for _, pragma := range []string{"integrity_check", "quick_check"} {
		var said string
		must(t, db.QueryRow("PRAGMA "+pragma).Scan(&said))
		if said != "ok" {
			t.Errorf("%s: %s", pragma, said)
		}
	}
	rows, err := db.Query("PRAGMA foreign_key_check")
	must(t, err)
	if rows.Next() {
		t.Error("a row refers to nothing")
	}
	_ = rows.Close()
	lines := records(t, read(t, f, dump.NDJSON))
	versions, evidence := 0, 0
	for _, l := range lines {
		versions += len(l.Versions)
		for _, v := range l.Versions {
			some, _ := v["evidence"].([]any)
			evidence += len(some)
		}
		var state, claim, owner string
		var number int
		must(t, db.QueryRow(`SELECT c.state, v.claim, v.number, d.owner FROM checks c JOIN versions v ON v.check_id = c.id AND v.number = c.newest
			JOIN desks d ON d.id = c.desk_id WHERE c.id = ?`, l.ID).Scan(&state, &claim, &number, &owner))
		if state != l.State || l.State == "standing" && claim != l.Claim || number != len(l.Versions) || owner != l.Author.Owner {
			t.Errorf("%s: %s %q %d %q, the line says %+v", l.ID, state, claim, number, owner, l)
		}
	}
	for table, want := range map[string]int{"checks": len(lines), "versions": versions, "evidence": evidence} {
		var n int
		must(t, db.QueryRow("SELECT count(*) FROM "+table).Scan(&n))
		if n != want || want < 20 {
			t.Errorf("%d %s, the lines have %d", n, table, want)
		}
	}
	var licence, line string
	must(t, db.QueryRow(`SELECT (SELECT value FROM about WHERE key = 'licence'), (SELECT value FROM about WHERE key = 'fixed_line_en')`).Scan(&licence, &line))
	if licence != "CC BY 4.0" || !strings.HasPrefix(line, "This judges one sentence.") {
		t.Errorf("%q %q", licence, line)
	}
}

// A disk that fills up at any file leaves the set that was there, and nothing
// half made; when there is room again the new one comes.
func TestFullDisk(t *testing.T) {
	r, path := newRoom(t), t.TempDir()
	f := dump.New(r.db, path, options(t))
	must(t, f.Keep(t.Context()))
	first, err := f.Newest()
	must(t, err)
	r.now = r.now.Add(24 * time.Hour)
	full := errors.New("no space left on device")
	for at := range 9 {
		for _, room := range []int{0, 10} {
			f.FailAfter(room, at, full)
			err := f.Keep(t.Context())
			if at < 8 && !errors.Is(err, full) {
				t.Errorf("file %d with room for %d: %v", at, room, err)
			}
			if now, e := f.Newest(); at < 8 && (e != nil || now.Name != first.Name) {
				t.Errorf("file %d: %v %v", at, now.Name, e)
			}
			if at < 8 {
				read(t, f, dump.Offline)
			}
		}
	}
	f.Heal()
	must(t, f.Keep(t.Context()))
	if now, err := f.Newest(); err != nil || now.Name == first.Name {
		t.Errorf("%v %v", now.Name, err)
	}
	entries, err := os.ReadDir(path)
	must(t, err)
	if len(entries) != 3 { // two sets and the pointer
		t.Errorf("%v", entries)
	}
}

// A new start goes on with the set that is there; a pointer that is broken or
// leads to nothing is as good as none.
func TestNewStart(t *testing.T) {
	r, path := newRoom(t), t.TempDir()
	must(t, dump.New(r.db, path, options(t)).Keep(t.Context()))
	again := dump.New(r.db, path, options(t))
	first, err := again.Newest()
	must(t, err)
	must(t, again.Keep(t.Context()))
	if now, err := again.Newest(); err != nil || now.Name != first.Name {
		t.Errorf("made anew: %v %v", now.Name, err)
	}
	for _, broken := range []string{"", "{", `{"set":"../../etc"}`, `{"set":"2026-11-29-000000000000"}`, "null"} {
		must(t, os.WriteFile(filepath.Join(path, "latest"), []byte(broken), 0o600))
		f := dump.New(r.db, path, options(t))
		if _, err := f.Newest(); desk.KindOf(err) != desk.NotFound {
			t.Errorf("%q: %v", broken, err)
		}
		must(t, f.Keep(t.Context()))
		if now, err := f.Newest(); err != nil || now.Name != first.Name {
			t.Errorf("%q: %v %v", broken, now.Name, err)
		}
	}
	// What a crash left is cleared away, what is not ours is left alone.
	must(t, os.MkdirAll(filepath.Join(path, ".new-123"), 0o700))
	must(t, os.MkdirAll(filepath.Join(path, "notes-of-the-operator"), 0o700))
	r.now = r.now.Add(24 * time.Hour)
	must(t, dump.New(r.db, path, options(t)).Keep(t.Context()))
	if _, err := os.Stat(filepath.Join(path, ".new-123")); err == nil {
		t.Error("what a crash left stays")
	}
	if _, err := os.Stat(filepath.Join(path, "notes-of-the-operator")); err != nil {
		t.Error(err)
	}
	other := options(t)
	other.Licence = dump.Licence{Name: "CC0 1.0", URL: "https://creativecommons.org/publicdomain/zero/1.0/"}
	f := dump.New(r.db, path, other)
	must(t, f.Keep(t.Context()))
	if !strings.Contains(string(read(t, f, dump.Readme)), "CC0 1.0") {
		t.Error("a new licence waits for tomorrow")
	}
}

// Readers that take files while sets are made get whole files.
func TestReadersMeanwhile(t *testing.T) {
	r, path := newRoom(t), t.TempDir()
	f := dump.New(r.db, path, options(t))
	must(t, f.Keep(t.Context()))
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				in, about, err := f.Open(dump.Latest, dump.NDJSON)
				if err != nil {
					t.Error(err)
					return
				}
				b, err := io.ReadAll(in)
				_ = in.Close()
				if err != nil || int64(len(b)) != about.Size {
					t.Errorf("%d bytes of %d, %v", len(b), about.Size, err)
				}
			}
		})
	}
	for range 10 {
		r.now = r.now.Add(24 * time.Hour)
		if err := f.Keep(t.Context()); err != nil {
			t.Error(err)
		}
	}
	close(done)
	readers.Wait()
}
