package transfer_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sangto/internal/desk"
	"sangto/internal/store"
	"sangto/internal/testkit"
	"sangto/internal/transfer"
)

func open(t testing.TB) *store.DB {
	t.Helper()
	db, err := store.Open(context.Background(), store.Options{Path: filepath.Join(t.TempDir(), "sangto.db"), Clock: time.Now, Zone: time.UTC})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// onBoth runs a test on each engine. PostgreSQL is one cluster a process with
// a database a store, so its tests are few.
func onBoth(t *testing.T, test func(t *testing.T, open func(testing.TB) *store.DB)) {
	t.Run("sqlite", func(t *testing.T) { test(t, open) })
	t.Run("postgres", func(t *testing.T) {
		if testing.Short() && os.Getenv(testkit.RequirePostgres) != "1" {
			t.Skip("NOT TESTED on PostgreSQL in a short run")
		}
		test(t, func(t testing.TB) *store.DB {
			t.Helper()
			db, err := store.Open(context.Background(), store.Options{DSN: testkit.Postgres(t), Clock: time.Now, Zone: time.UTC})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = db.Close() })
			return db
		})
	})
}

func text(name, content string) transfer.Source {
	return transfer.Source{Name: name, Size: int64(len(content)), Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(content)), nil }}
}

func record(n int, claim string) string {
	return fmt.Sprintf(`{"@type":"ClaimReview","url":"https://desk%d.example/c/%d","claimReviewed":%q,"name":"Title %[2]d","author":{"@type":"Organization","name":"Desk %[1]d","ownershipFundingInfo":"Trust %[1]d"},"reviewRating":{"alternateName":"Not so"},"inLanguage":"en","datePublished":"2026-01-02","itemReviewed":{"author":{"@type":"Person","name":"Canaria Canaryson"}}}`, n%7, n, claim)
}

func records(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(record(i, fmt.Sprintf("Claim number %d about the dam, the bank and the school", i)))
		b.WriteByte('\n')
	}
	return b.String()
}

func load(t testing.TB, db *store.DB, o transfer.Options, sources ...transfer.Source) transfer.Report {
	t.Helper()
	report, err := transfer.Import(t.Context(), db, sources, o)
	if err != nil {
		t.Fatal(err)
	}
	if report.Seen != report.Added+report.Updated+report.Unchanged+report.Dropped {
		t.Errorf("the report does not add up: %+v", report)
	}
	return report
}

func counts(r transfer.Report) [5]int {
	return [5]int{r.Seen, r.Added, r.Updated, r.Unchanged, r.Dropped}
}

type state struct {
	entries []store.Entry
	desks   []desk.Desk
	change  int64
}

func read(t testing.TB, db *store.DB) (s state) {
	t.Helper()
	err := db.View(t.Context(), func(tx *store.Tx) error {
		var err error
		if err = tx.EachEntry(func(e store.Entry) error { s.entries = append(s.entries, e); return nil }); err != nil {
			return err
		}
		if s.desks, err = tx.Desks(); err != nil {
			return err
		}
		s.change, err = tx.LastChange()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestImportTwiceChangesNothing(t *testing.T) { onBoth(t, testImportTwiceChangesNothing) }

func testImportTwiceChangesNothing(t *testing.T, open func(testing.TB) *store.DB) {
	db := open(t)
	source := text("a.ndjson", records(640)+"broken\n")
	first := load(t, db, transfer.Options{}, source)
	if got := counts(first); got != [5]int{641, 640, 0, 0, 1} {
		t.Fatalf("first: %v", got)
	}
	before := read(t, db)
	if before.change != 640 || len(before.desks) != 7 {
		t.Errorf("%d changes, %d desks", before.change, len(before.desks))
	}
	second := load(t, db, transfer.Options{}, source)
	if got := counts(second); got != [5]int{641, 0, 0, 640, 1} {
		t.Errorf("second: %v", got)
	}
	if after := read(t, db); !reflect.DeepEqual(before, after) {
		t.Error("importing again changed the store")
	}
}

func TestImportedCheck(t *testing.T) {
	db := open(t)
	load(t, db, transfer.Options{}, text("a.json", record(3, "A claim")))
	s := read(t, db)
	e := s.entries[0]
	want := desk.Version{
		CheckID: e.Check.ID, Number: 1, Act: desk.ImportAct, ClaimantKind: desk.ClaimantUnknown, Topic: "other",
		Rating: "Not so", Claim: "A claim", Title: "Title 3", Published: day(t, "2026-01-02"),
	}
	if !reflect.DeepEqual(e.Version, want) {
		t.Errorf("version %+v, want %+v", e.Version, want)
	}
	if e.Check.SourceURL != "https://desk3.example/c/3" || e.Check.Lang != "en" || e.Check.ClaimID != "" || !e.Check.Imported() {
		t.Errorf("check %+v", e.Check)
	}
	if d := e.Desk; d.Local || d.Name != "Desk 3" || d.URL != "https://desk3.example" || d.Owner != "Trust 3" || d.OwnerKind != desk.OwnerUnknown {
		t.Errorf("desk %+v", d)
	}
}

func day(t *testing.T, s string) desk.Day {
	t.Helper()
	d, err := desk.ParseDay(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestChangedContentIsANewVersion(t *testing.T) { onBoth(t, testChangedContentIsANewVersion) }

func testChangedContentIsANewVersion(t *testing.T, open func(testing.TB) *store.DB) {
	db := open(t)
	load(t, db, transfer.Options{}, text("a", record(1, "Before")+"\n"+record(2, "Same")))
	report := load(t, db, transfer.Options{}, text("a", record(1, "After")+"\n"+record(2, "Same")))
	if got := counts(report); got != [5]int{2, 0, 1, 1, 0} {
		t.Errorf("%v", got)
	}
	id := ""
	for _, e := range read(t, db).entries {
		if e.Version.Claim == "After" {
			id = e.Check.ID
		}
	}
	var versions []desk.Version
	err := db.View(t.Context(), func(tx *store.Tx) (err error) { versions, err = tx.Versions(id); return err })
	if err != nil || len(versions) != 2 || versions[0].Claim != "Before" || versions[1].Number != 2 {
		t.Errorf("versions %+v, %v", versions, err)
	}
}

// Every field a publisher may correct makes a new version.
func TestEveryFieldCounts(t *testing.T) {
	base := `{"@type":"ClaimReview","url":"https://a.example/1","claimReviewed":"Claim","name":"Title","description":"Why","author":{"@type":"Organization","name":"A"},"reviewRating":{"alternateName":"True"},"datePublished":"2026-01-02"}`
	for _, change := range [][2]string{
		{`"Claim"`, `"Claim two"`},
		{`"Title"`, `"Title two"`},
		{`"Why"`, `"Why not"`},
		{`"True"`, `"Not true"`},
		{"2026-01-02", "2026-01-03"},
		{`"Claim"`, `"Claim of 096405678"`},
	} {
		db := open(t)
		load(t, db, transfer.Options{}, text("a", base))
		if r := load(t, db, transfer.Options{}, text("a", strings.ReplaceAll(base, change[0], change[1]))); r.Updated != 1 {
			t.Errorf("%v: %v", change, counts(r))
		}
	}
}

func TestFirstOfSeveralCounts(t *testing.T) {
	db := open(t)
	source := text("a.ndjson", record(1, "One")+"\n"+record(1, "Two")+"\n"+record(1, "One")+"\n")
	for i, want := range [][5]int{{3, 1, 0, 1, 1}, {3, 0, 0, 2, 1}} {
		r := load(t, db, transfer.Options{}, source)
		if counts(r) != want || r.Reasons["import.reason.duplicate"] != 1 || r.Problems[0].Line != 2 {
			t.Errorf("round %d: %v %+v", i, counts(r), r.Problems)
		}
	}
	if s := read(t, db); s.change != 1 || s.entries[0].Version.Claim != "One" {
		t.Errorf("%+v", s)
	}
}

func TestDryRun(t *testing.T) { onBoth(t, testDryRun) }

func testDryRun(t *testing.T, open func(testing.TB) *store.DB) {
	db := open(t)
	load(t, db, transfer.Options{}, text("a", record(1, "Before")+"\n"+record(2, "Same")))
	before := read(t, db)
	source := text("a", record(1, "After")+"\n"+record(2, "Same")+"\n"+record(3, "New")+"\n[]\n")
	dry := load(t, db, transfer.Options{DryRun: true}, source)
	if !reflect.DeepEqual(before, read(t, db)) {
		t.Error("a dry run changed the store")
	}
	if wet := load(t, db, transfer.Options{}, source); counts(wet) != counts(dry) || counts(wet) != [5]int{4, 1, 1, 1, 1} {
		t.Errorf("dry %v, real %v", counts(dry), counts(wet))
	}
}

// A feed of posts, films, articles or accounts leaves no row of any kind.
func TestNoWatching(t *testing.T) {
	db := open(t)
	before := read(t, db)
	names, err := filepath.Glob("../exchange/testdata/refused/*")
	if err != nil || len(names) < 15 {
		t.Fatalf("%d fixtures, %v", len(names), err)
	}
	sources, err := transfer.Files(names, nil)
	if err != nil {
		t.Fatal(err)
	}
	report := load(t, db, transfer.Options{}, sources...)
	if report.Taken() != 0 || report.Dropped < len(names) || !reflect.DeepEqual(before, read(t, db)) {
		t.Errorf("%v: rows were left", counts(report))
	}
}

func TestDeclarationsAreNotOverwritten(t *testing.T) { onBoth(t, testDeclarationsAreNotOverwritten) }

func testDeclarationsAreNotOverwritten(t *testing.T, open func(testing.TB) *store.DB) {
	db := open(t)
	one := strings.Replace(record(1, "One"), `,"ownershipFundingInfo":"Trust 1"`, "", 1)
	load(t, db, transfer.Options{}, text("a", one))
	load(t, db, transfer.Options{}, text("a", record(8, "Two")))
	d := read(t, db).desks[0]
	if d.Owner != "Trust 1" {
		t.Errorf("an owner nobody declared was not filled in: %+v", d)
	}
	d.OwnerKind, d.Name, d.Owner = desk.OwnerState, "Declared by hand", "The state"
	if err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.PutDesk(d) }); err != nil {
		t.Fatal(err)
	}
	load(t, db, transfer.Options{}, text("a", record(15, "Three")))
	if got := read(t, db).desks[0]; got != d {
		t.Errorf("a file overwrote a declaration: %+v", got)
	}
}

func TestOwnSite(t *testing.T) {
	site, _ := url.Parse("https://desk1.example")
	db := open(t)
	r := load(t, db, transfer.Options{Site: site}, text("a", record(1, "Ours")+"\n"+record(2, "Theirs")))
	if r.Added != 1 || r.Reasons["import.reason.own"] != 1 {
		t.Errorf("%+v", r)
	}
}

func TestProblemsAreCappedAndCounted(t *testing.T) {
	r := load(t, open(t), transfer.Options{Keep: 3}, text("a.ndjson", record(1, "One")+"\n{}\n"+strings.Repeat("broken\n", 50)))
	if len(r.Problems) != 3 || r.Dropped != 51 || r.Problems[0].Line != 2 || r.Problems[1].Line != 3 || r.Problems[1].File != "a.ndjson" || r.Reasons["import.reason.json"] != 50 {
		t.Errorf("%+v", r)
	}
}

func TestSourceThatCannotBeRead(t *testing.T) {
	cause := errors.New("no such thing")
	bad := transfer.Source{Name: "bad", Size: 5, Open: func() (io.ReadCloser, error) { return nil, cause }}
	r := load(t, open(t), transfer.Options{}, bad, text("good", record(1, "One")))
	if r.Added != 1 || r.Dropped != 1 || !errors.Is(r.Problems[0].Err, cause) {
		t.Errorf("%+v", r)
	}
}

func TestProgress(t *testing.T) {
	var last int64
	calls := 0
	a, b := text("a.ndjson", records(700)), text("b.ndjson", records(10))
	load(t, open(t), transfer.Options{Progress: func(done, total int64) {
		if calls++; done < last || total != a.Size+b.Size {
			t.Errorf("%d of %d after %d", done, total, last)
		}
		last = done
	}}, a, b)
	if last != a.Size+b.Size || calls < 5 {
		t.Errorf("ended at %d of %d after %d calls", last, a.Size+b.Size, calls)
	}
	b.Size = -1
	load(t, open(t), transfer.Options{Progress: func(_, total int64) {
		if total >= 0 {
			t.Errorf("total %d of an unknown size", total)
		}
	}}, a, b)
}

// What was committed before the import was stopped stays, and going on later
// brings the rest.
func TestStoppedImport(t *testing.T) { onBoth(t, testStoppedImport) }

func testStoppedImport(t *testing.T, open func(testing.TB) *store.DB) {
	db := open(t)
	ctx, stop := context.WithCancel(t.Context())
	source := text("a.ndjson", records(800))
	report, err := transfer.Import(ctx, db, []transfer.Source{source}, transfer.Options{Progress: func(done, total int64) {
		if done > total/2 {
			stop()
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v", err)
	}
	s := read(t, db)
	if len(s.entries) != report.Added || report.Added == 0 || report.Added == 800 {
		t.Errorf("%d entries, report %v", len(s.entries), counts(report))
	}
	rest := load(t, db, transfer.Options{}, source)
	if rest.Added+report.Added != 800 || rest.Unchanged != report.Added {
		t.Errorf("then %v", counts(rest))
	}
}

// A desk at work is not kept waiting, and loses nothing.
func TestImportBesideAWorkingDesk(t *testing.T) { onBoth(t, testImportBesideAWorkingDesk) }

func testImportBesideAWorkingDesk(t *testing.T, open func(testing.TB) *store.DB) {
	db := open(t)
	done := make(chan struct{})
	var work sync.WaitGroup
	writes, refused := 0, 0
	work.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
			}
			err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.SetSetting("beat", fmt.Sprint(writes+1)) })
			// Where others use the machine too, even the smallest batch may take
			// longer than anybody waits; who then comes again gets his turn, and that is rare.
			if desk.KindOf(err) == desk.Unavailable {
				refused++
				continue
			}
			if err != nil {
				t.Errorf("the desk could not write: %v", err)
				return
			}
			writes++
			time.Sleep(time.Millisecond)
		}
	})
	report := load(t, db, transfer.Options{}, text("a.ndjson", records(1000)))
	close(done)
	work.Wait()
	if report.Added != 1000 || writes < 3 || refused > 2 {
		t.Errorf("added %d, the desk wrote %d times and could not %d times", report.Added, writes, refused)
	}
	var beat string
	if err := db.View(t.Context(), func(tx *store.Tx) (err error) { beat, err = tx.Setting("beat"); return err }); err != nil || beat != fmt.Sprint(writes) {
		t.Errorf("beat %q of %d, %v", beat, writes, err)
	}
}

func export(t *testing.T, db *store.DB, e transfer.Exporter, f transfer.Format) ([]byte, transfer.Exported) {
	t.Helper()
	var b bytes.Buffer
	done, err := e.Write(t.Context(), db, &b, f)
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), done
}

func TestRoundTrip(t *testing.T) { onBoth(t, testRoundTrip) }

func testRoundTrip(t *testing.T, open func(testing.TB) *store.DB) {
	db := open(t)
	names, err := filepath.Glob("../exchange/testdata/cases/*")
	if err != nil || len(names) == 0 {
		t.Fatal("no fixtures", err)
	}
	names = slices.DeleteFunc(names, func(n string) bool { return strings.HasSuffix(n, ".want") })
	sources, err := transfer.Files(names, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, odd := range []string{"=1+1", "'=1+1", "''-x", "+84", "@home", `say "so"`, "a, b; c\td", "x<y", "l'eau", "'quoted'"} {
		sources = append(sources, text("odd", record(100+i, odd)))
	}
	r := load(t, db, transfer.Options{}, sources...)
	if r.Added < 40 || r.LinkOnly == 0 {
		t.Fatalf("%v: too little to try with", counts(r))
	}
	before := read(t, db)
	for _, f := range transfer.Formats() {
		out, done := export(t, db, transfer.Exporter{Notice: func(string) string { return "One sentence." }}, f)
		if done.Written != r.Added || done.Unplaced+done.Withdrawn != 0 {
			t.Errorf("%s: %+v", f, done)
		}
		if strings.Contains(strings.ToLower(string(out)), "canar") || bytes.Contains(out, []byte("itemReviewed")) {
			t.Errorf("%s: says something about a person", f)
		}
		if strings.Count(string(out), "One sentence.") != done.Written {
			t.Errorf("%s: a check lacks the sentence that goes with it", f)
		}
		other := open(t)
		back := load(t, other, transfer.Options{}, text("back", string(out)))
		if back.Added != r.Added || back.Dropped != 0 {
			t.Errorf("%s: %v %+v", f, counts(back), back.Problems)
		}
		after := read(t, other)
		if !reflect.DeepEqual(before.entries, after.entries) || !reflect.DeepEqual(before.desks, after.desks) {
			for i, e := range before.entries {
				if i < len(after.entries) && !reflect.DeepEqual(e, after.entries[i]) {
					t.Fatalf("%s: %+v\nbecame %+v", f, e, after.entries[i])
				}
			}
			t.Errorf("%s: the round trip lost something", f)
		}
		if again, _ := export(t, other, transfer.Exporter{Notice: func(string) string { return "One sentence." }}, f); !bytes.Equal(out, again) {
			t.Errorf("%s: exporting what was imported gives other bytes", f)
		}
	}
}

func TestExportsAreWellFormed(t *testing.T) {
	for _, n := range []int{0, 1, 5} {
		db := open(t)
		if n > 0 {
			load(t, db, transfer.Options{}, text("a.ndjson", records(n)))
		}
		out, _ := export(t, db, transfer.Exporter{}, transfer.ClaimReview)
		var doc struct {
			Type     string `json:"@type"`
			Elements []struct {
				Type, URL string
				Reviewed  string `json:"claimReviewed"`
			} `json:"dataFeedElement"`
		}
		if err := json.Unmarshal(out, &doc); err != nil || doc.Type != "DataFeed" || len(doc.Elements) != n {
			t.Errorf("%d checks: %s: %v", n, out, err)
		}
		out, _ = export(t, db, transfer.Exporter{}, transfer.NDJSON)
		if got := bytes.Count(out, []byte("\n")); got != n {
			t.Errorf("%d lines for %d checks", got, n)
		}
		out, _ = export(t, db, transfer.Exporter{}, transfer.CSV)
		rows, err := csv.NewReader(bytes.NewReader(out)).ReadAll()
		if err != nil || len(rows) != n+1 {
			t.Errorf("%d rows for %d checks: %v", len(rows), n, err)
		}
	}
	if err := transfer.Export(t.Context(), open(t), io.Discard, "pdf"); desk.KindOf(err) != desk.Invalid {
		t.Errorf("an unknown format: %v", err)
	}
}

// publish makes one check of a desk of ours, through every rule of the schema.
func publish(t *testing.T, db *store.DB, deskID, claim string, verdict desk.Verdict, withdraw bool) string {
	t.Helper()
	id := ""
	err := db.Update(t.Context(), func(tx *store.Tx) error {
		var err error
		if id, err = tx.NewID(); err != nil {
			return err
		}
		steps := []error{
			tx.PutDesk(desk.Desk{ID: deskID, Local: true, Name: "Desk " + deskID[10:], URL: "https://paper.example", Lang: "vi", Owner: "Owner " + deskID[10:], OwnerKind: desk.OwnerIndependent}),
			tx.PutMember(desk.Member{ID: "a" + deskID, DeskID: deskID, Name: "A", Role: desk.Editor, KeyID: "ka"}),
			tx.PutMember(desk.Member{ID: "b" + deskID, DeskID: deskID, Name: "B", Role: desk.Reviewer, KeyID: "kb"}),
			tx.AddCheck(desk.Check{ID: id, DeskID: deskID, Lang: "vi"}),
		}
		v := desk.Version{
			CheckID: id, Number: 1, Act: desk.Publish, Kind: desk.FactKind, ClaimantKind: desk.ClaimantUnknown, Verdict: verdict, Topic: "health",
			Claim: claim, Title: "Tiêu đề", Summary: "Vì vậy.", Published: 20000, AsOf: 20000, Author: "a" + deskID,
			Blind: desk.Classification{Kind: desk.FactKind},
		}
		keys := []desk.Approval{{MemberID: "a" + deskID, KeyID: "ka", Revision: "r"}, {MemberID: "b" + deskID, KeyID: "kb", Revision: "r"}}
		steps = append(steps, tx.AddVersion(v, "r", keys))
		if withdraw {
			v.Number, v.Act, v.Reason = 2, desk.Withdraw, "method"
			v.Note = "Cách làm chưa đủ."
			steps = append(steps, tx.AddVersion(v, "r", keys))
		}
		return errors.Join(steps...)
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestExportOfOurOwn(t *testing.T) {
	db := open(t)
	first := publish(t, db, "0123456789abcdef", "Khẳng định thứ nhất", desk.NotTrue, false)
	publish(t, db, "000000000000beef", "Khẳng định thứ hai", desk.MostlyTrue, false)
	publish(t, db, "000000000000beef", "Khẳng định đã rút", desk.True, true)
	if err := transfer.Export(t.Context(), db, io.Discard, transfer.NDJSON); desk.KindOf(err) != desk.Invalid {
		t.Errorf("our checks were left out without a word: %v", err)
	}
	site, _ := url.Parse("https://kiemchung.example")
	words := func(v desk.Version, lang string) string { return lang + ": " + string(v.Verdict) }
	for _, f := range transfer.Formats() {
		out, done := export(t, db, transfer.Exporter{Site: site, Verdict: words}, f)
		if done != (transfer.Exported{Written: 2, Withdrawn: 1}) {
			t.Errorf("%s: %+v", f, done)
		}
		other := open(t)
		if r := load(t, other, transfer.Options{}, text("x", string(out))); r.Added != 2 {
			t.Fatalf("%s: %+v", f, r)
		}
		s := read(t, other)
		if len(s.desks) != 2 {
			t.Errorf("%s: two desks of one site became %d", f, len(s.desks))
		}
		found := false
		for _, e := range s.entries {
			if e.Check.SourceURL == "https://kiemchung.example/c/"+first {
				found = true
				if e.Version.Rating != "vi: not_true" || e.Version.Claim != "Khẳng định thứ nhất" || e.Desk.Owner != "Owner abcdef" || e.Version.Verdict != "" {
					t.Errorf("%s: %+v", f, e)
				}
			}
		}
		if !found {
			t.Errorf("%s: the address is not that of the check's page", f)
		}
	}
	out, _ := export(t, db, transfer.Exporter{Site: site}, transfer.NDJSON)
	if !strings.Contains(string(out), `"alternateName":"not true"`) {
		t.Errorf("without words for verdicts: %s", out)
	}
}

type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

func TestExportReportsAFailingWriter(t *testing.T) {
	db := open(t)
	load(t, db, transfer.Options{}, text("a.ndjson", records(50)))
	for _, f := range transfer.Formats() {
		if err := transfer.Export(t.Context(), db, failingWriter{}, f); !errors.Is(err, io.ErrShortWrite) {
			t.Errorf("%s: %v", f, err)
		}
	}
}

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"b.json", "a.NDJSON", "sub/c.html", "sub/d.csv", "e.txt", ".hidden/f.json", ".g.json", "empty/h.pdf"} {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte("{}"), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("/etc/hostname", filepath.Join(dir, "link.json")); err != nil {
		t.Fatal(err)
	}
	sources, err := transfer.Files([]string{dir, transfer.Stdin, filepath.Join(dir, "e.txt")}, strings.NewReader("in"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range sources {
		name, _ := filepath.Rel(dir, s.Name)
		if s.Name == transfer.Stdin {
			name = s.Name
		}
		got = append(got, fmt.Sprint(name, " ", s.Size))
	}
	if want := []string{"a.NDJSON 2", "b.json 2", "sub/c.html 2", "sub/d.csv 2", "- -1", "e.txt 2"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for _, missing := range []string{filepath.Join(dir, "nothing"), filepath.Join(dir, "empty")} {
		if _, err := transfer.Files([]string{missing}, nil); desk.KindOf(err) != desk.NotFound {
			t.Errorf("%s: %v", missing, err)
		}
	}
}

// Every reason and every line of the summary has a sentence in both languages.
func TestSentences(t *testing.T) {
	keys := append(transfer.Reasons(), "import.error.path", "import.error.folder", "import.error.site", "import.error.format")
	r := transfer.Report{Seen: 9, Added: 1, Updated: 1, Unchanged: 1, Dropped: 5, LinkOnly: 1, DryRun: true}
	for _, l := range r.Summary() {
		keys = append(keys, l.Key)
	}
	for _, lang := range []string{"vi", "en"} {
		b, err := os.ReadFile("../lang/catalog/import." + lang + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var sentences map[string]any
		if err := json.Unmarshal(b, &sentences); err != nil {
			t.Fatal(err)
		}
		for _, key := range keys {
			if sentences[key] == nil {
				t.Errorf("%s lacks %s", lang, key)
			}
			delete(sentences, key)
		}
		for key := range sentences {
			t.Errorf("%s has %s, which nobody says", lang, key)
		}
	}
}

func BenchmarkImport(b *testing.B) {
	const n = 14_581
	in := text("a.ndjson", records(n))
	b.SetBytes(in.Size)
	for b.Loop() {
		b.StopTimer()
		db := open(b)
		b.StartTimer()
		r, err := transfer.Import(context.Background(), db, []transfer.Source{in}, transfer.Options{})
		if err != nil || r.Added != n {
			b.Fatal(r, err)
		}
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
}
