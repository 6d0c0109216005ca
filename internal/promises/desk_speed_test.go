package promises_test

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sangto/internal/access"
	"sangto/internal/catalog"
	"sangto/internal/desk"
	"sangto/internal/gate"
	"sangto/internal/intake"
	"sangto/internal/keys"
	"sangto/internal/lang"
	"sangto/internal/lookup"
	"sangto/internal/queue"
	"sangto/internal/store"
	"sangto/internal/testkit"
	"sangto/internal/web"
	"sangto/internal/workflow"
)

// oneSeat is a desk at which one member sits.
type oneSeat struct{ member desk.Member }

func (s oneSeat) Seat(context.Context, string) (access.Seat, error) {
	return access.Seat{Member: s.member, Lang: "vi"}, nil
}

func (oneSeat) SetLang(context.Context, string, string) error { return nil }

// deskOf is the members' side over a store with so many open claims and
// questions.
type deskOf struct {
	handler http.Handler
	claims  []string
}

// fillDesk opens a store with so many open claims and questions, and returns the
// claims: one in five is worded, the questions lie evenly under them. The first
// question of claim i that has none has the words of waiting(i).
func fillDesk(tb testing.TB, o store.Options, claims, questions int) (db *store.DB, member desk.Member, ids []string) {
	tb.Helper()
	o.Zone, o.Random = time.UTC, rand.Reader
	db, err := store.Open(tb.Context(), o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = db.Close() })
	update := func(fn func(tx *store.Tx) error) {
		tb.Helper()
		if err := db.Update(tb.Context(), fn); err != nil {
			tb.Fatal(err)
		}
	}
	member = desk.Member{ID: "lan", DeskID: "river", Name: "Lan", Role: desk.Admin, KeyID: "k"}
	update(func(tx *store.Tx) error {
		if err := tx.PutDesk(desk.Desk{ID: "river", Local: true, Name: "River", OwnerKind: desk.OwnerIndependent}); err != nil {
			return err
		}
		if err := tx.PutMember(member); err != nil {
			return err
		}
		for i := range claims {
			id, err := tx.NewID()
			if err != nil {
				return err
			}
			ids = append(ids, id)
			c := desk.Claim{ID: id, DeskID: "river", State: desk.Waiting, Opened: tx.Day() - desk.Day(i%30)}
			if i%5 == 4 {
				c.State, c.Wording, c.Lang = desk.Checking, "Có đúng là "+words(i)+" "+words(i*7), "vi"
			}
			if err := tx.AddClaim(c); err != nil {
				return err
			}
		}
		return nil
	})
	const batch = 50_000
	for from := 0; from < questions; from += batch {
		update(func(tx *store.Tx) error {
			for i := from; i < min(from+batch, questions); i++ {
				sum := sha256.Sum256(fmt.Append(nil, i))
				id, err := tx.NewID()
				if err != nil {
					return err
				}
				// Claim after claim, which fills the store several times faster.
				each := questions / claims
				at := i / each
				q := desk.Question{ID: id, ClaimID: ids[at], Day: tx.Day(), ReceiptMAC: sum[:], TextMAC: sum[:]}
				if i%each == 0 && at%5 != 4 {
					q.Text = desk.StoredText(waiting(at))
				}
				if err := tx.AddQuestion(q); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return db, member, ids
}

// waiting are the words that claim i waits with.
func waiting(i int) string { return "Có phải " + words(i) + " " + words(i*3) + " không?" }

// newDeskOf fills a store and stands the members' pages on it.
func newDeskOf(tb testing.TB, o store.Options, claims, questions int) *deskOf {
	tb.Helper()
	must := func(err error) {
		tb.Helper()
		if err != nil {
			tb.Fatal(err)
		}
	}
	d := &deskOf{}
	var db *store.DB
	var member desk.Member
	db, member, d.claims = fillDesk(tb, o, claims, questions)
	finder, err := lookup.Open(tb.Context(), db)
	must(err)
	q, err := queue.New(tb.Context(), db, finder, workflow.New(db), "river")
	must(err)
	catalogue, err := lang.Load()
	must(err)
	ring, err := keys.Open(filepath.Join(tb.TempDir(), "keys"))
	must(err)
	public := &url.URL{Scheme: "http", Host: "localhost"}
	site, err := web.New(web.Deps{
		Catalog: catalog.New(db, time.UTC), Forms: gate.NewForms(ring, time.Now), Lang: catalogue, PublicURL: public,
		Desk: web.DeskDeps{Seats: oneSeat{member}, Cookie: "seat", Queue: q, Waits: func(ctx context.Context, m desk.Member) (map[string]bool, error) {
			waits, err := q.Waits(ctx, m)
			return map[string]bool{"queue": waits}, err
		}},
	})
	must(err)
	limits := map[gate.Lane]gate.Limit{}
	for lane, l := range gate.DefaultLimits() {
		l.Each, l.Rate, l.Burst = 0, 1e6, 1e6
		limits[lane] = l
	}
	d.handler = site.Handler(gate.New(gate.Config{Public: public, Refuse: site.Refuse, Limits: limits}))
	return d
}

// pages are requests of a member in an ordinary day; n varies them.
func (d *deskOf) pages(n int) map[string]*http.Request {
	get := func(path string) *http.Request {
		return httptest.NewRequest(http.MethodGet, "http://localhost"+path, nil)
	}
	find := httptest.NewRequest(http.MethodPost, "http://localhost/desk/queue/find", strings.NewReader(url.Values{"words": {words(n*5 + 4)}}.Encode()))
	find.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	find.Header.Set("Sec-Fetch-Site", "same-origin")
	return map[string]*http.Request{
		"queue":       get("/desk/queue"),
		"second page": get("/desk/queue?after=0." + fmt.Sprint(20_000+n%500) + "." + d.claims[n%len(d.claims)]),
		"nobody's":    get("/desk/queue?view=free"),
		"mine":        get("/desk/queue?view=mine"),
		"checking":    get("/desk/queue?view=checking"),
		"bin":         get("/desk/queue?view=bin"),
		"sheet":       get("/desk/queue?words=yes"),
		"claim":       get("/desk/queue/claim/" + d.claims[n*5%len(d.claims)]),
		"worded":      get("/desk/queue/claim/" + d.claims[(n*5+4)%len(d.claims)]),
		"find":        find,
	}
}

// TestDeskPagesStayQuick compares each page of the queue over many claims and
// questions with the same page over a hundred of each, turn by turn in one run:
// none takes more than three times as long. At full size "many" is 10,000 open
// claims and a million questions.
func TestDeskPagesStayQuick(t *testing.T) {
	for engine, options := range deskEngines(t) {
		t.Run(engine, func(t *testing.T) {
			began := time.Now()
			small := newDeskOf(t, options(), 100, 100)
			large := newDeskOf(t, options(), size(500, 1000, 10_000), size(1000, 5000, 1_000_000))
			t.Logf("filled in %v", time.Since(began).Round(time.Second))
			took := map[string][2][]time.Duration{}
			for n := range 41 {
				for i, d := range []*deskOf{small, large} {
					for name, r := range d.pages(n) {
						r.AddCookie(&http.Cookie{Name: "seat", Value: "x"})
						w := httptest.NewRecorder()
						start := time.Now()
						d.handler.ServeHTTP(w, r)
						spent := time.Since(start)
						if w.Code != http.StatusOK {
							t.Fatalf("%s: status %d\n%s", name, w.Code, w.Body)
						}
						both := took[name]
						both[i] = append(both[i], spent)
						took[name] = both
					}
				}
			}
			compare(t, took)
		})
	}
}

// deskEngines are the engines that desks of two sizes are compared on: SQLite, and
// PostgreSQL where there is a night's time to fill it.
func deskEngines(t *testing.T) map[string]func() store.Options {
	engines := map[string]func() store.Options{
		"sqlite": func() store.Options { return store.Options{Path: filepath.Join(t.TempDir(), "desk.db")} },
	}
	if nightly() && os.Getenv(testkit.RequirePostgres) == "1" {
		engines["postgres"] = func() store.Options { return store.Options{DSN: testkit.Postgres(t)} }
	}
	return engines
}

// compare wants nothing to take more than three times as long on the large desk,
// which is the second of each pair, as on the small one.
func compare(t *testing.T, took map[string][2][]time.Duration) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(took)) {
		few, many := middle(took[name][0]), middle(took[name][1])
		ratio := float64(many) / float64(few)
		t.Logf("%-20s %8v  %8v  %.2f times", name, few.Round(time.Microsecond), many.Round(time.Microsecond), ratio)
		if ratio > 3 {
			t.Errorf("%s takes %.1f times as long with many claims", name, ratio)
		}
	}
}

// TestAskersDoNotWaitForEachOther compares what an asker does on a desk with many
// open claims and questions with the same on a small one, as
// TestDeskPagesStayQuick does for the members.
func TestAskersDoNotWaitForEachOther(t *testing.T) {
	for engine, options := range deskEngines(t) {
		t.Run(engine, func(t *testing.T) {
			desks := []*intake.Intake{
				takingIn(t, options(), 100, 100),
				takingIn(t, options(), size(500, 1000, 10_000), size(1000, 5000, 1_000_000)),
			}
			took := map[string][2][]time.Duration{}
			for n := range 41 {
				for i, in := range desks {
					timed := func(name string, act func() error) {
						began := time.Now()
						if err := act(); err != nil {
							t.Fatalf("%s: %v", name, err)
						}
						both := took[name]
						both[i] = append(both[i], time.Since(began))
						took[name] = both
					}
					for name, text := range map[string]string{"of a new matter": waiting(1_000_000 + n), "of a known one": waiting(n % 4)} {
						nonce, receipt := newForm()
						ask := func() error {
							_, err := in.Ask(t.Context(), nonce, receipt, desk.NewRaw(text))
							return err
						}
						timed("ask "+name, ask)
						timed("again "+name, ask)
						timed("track "+name, func() error { _, err := in.Track(t.Context(), receipt); return err })
						timed("take back "+name, func() error { return in.Withdraw(t.Context(), receipt) })
					}
				}
			}
			compare(t, took)
		})
	}
}

// TestReadersDoNotWaitForTheCorpus compares each public page over a great many
// published checks, of this desk and of another, with the same page over few, as
// TestDeskPagesStayQuick does for the members. Something is written before each
// request, so that no answer is a kept one.
func TestReadersDoNotWaitForTheCorpus(t *testing.T) {
	for engine, options := range deskEngines(t) {
		t.Run(engine, func(t *testing.T) {
			began := time.Now()
			sizes := []int{2_000, size(4_000, 10_000, 200_000)}
			desks := []*readersOf{newReadersOf(t, options(), sizes[0]), newReadersOf(t, options(), sizes[1])}
			t.Logf("filled in %v", time.Since(began).Round(time.Second))
			took := map[string][2][]time.Duration{}
			for n := range 21 {
				for i, d := range desks {
					keep := func(name string, spent time.Duration) {
						both := took[name]
						both[i] = append(both[i], spent)
						took[name] = both
					}
					for name, path := range d.pages(n) {
						d.write(t, n)
						w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "http://localhost"+path, nil)
						r.Header.Set("Accept-Encoding", "gzip")
						start := time.Now()
						d.handler.ServeHTTP(w, r)
						keep(name, time.Since(start))
						if w.Code != http.StatusOK {
							t.Fatalf("%s: %s: status %d\n%s", name, path, w.Code, w.Body)
						}
					}
					keep("begin a draft", d.begin(t, n))
				}
			}
			compare(t, took)
		})
	}
}

// readersOf is the public side over a store with so many published checks.
type readersOf struct {
	handler http.Handler
	db      *store.DB
	checks  int
}

// begin begins a draft for a claim that somebody asks about, and ends both again.
func (d *readersOf) begin(t *testing.T, n int) time.Duration {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	flow, lan, claim := workflow.New(d.db), desk.Member{ID: "lan", DeskID: "river", Role: desk.Admin, KeyID: "k"}, ""
	must(d.db.Update(t.Context(), func(tx *store.Tx) (err error) {
		if claim, err = tx.NewID(); err != nil {
			return err
		}
		return tx.AddClaim(desk.Claim{ID: claim, DeskID: "river", State: desk.Checking, Wording: "Có đúng là " + words(n), Lang: "vi", Opened: tx.Day()})
	}))
	start := time.Now()
	id, err := flow.StartDraft(t.Context(), lan, claim, "vi")
	must(err)
	spent := time.Since(start)
	must(d.db.Update(t.Context(), func(tx *store.Tx) error {
		draft, err := tx.Draft(id)
		if err != nil {
			return err
		}
		draft.State = desk.Dropped
		return tx.PutDraft(draft, draft.Counter)
	}))
	return spent
}

// corpusDays is over how many days the checks of readersOf lie; each month of them
// has some.
const corpusDays = 1000

func newReadersOf(t *testing.T, o store.Options, checks int) *readersOf {
	t.Helper()
	db, member, _ := fillDesk(t, o, 1, 1)
	d := &readersOf{db: db, checks: checks}
	d.fill(t, member)
	catalogue, err := lang.Load()
	if err != nil {
		t.Fatal(err)
	}
	ring, err := keys.Open(filepath.Join(t.TempDir(), "keys"))
	if err != nil {
		t.Fatal(err)
	}
	public := &url.URL{Scheme: "http", Host: "localhost"}
	site, err := web.New(web.Deps{Catalog: catalog.New(db, time.UTC), Forms: gate.NewForms(ring, time.Now), Lang: catalogue, PublicURL: public})
	if err != nil {
		t.Fatal(err)
	}
	limits := map[gate.Lane]gate.Limit{}
	for lane, l := range gate.DefaultLimits() {
		l.Each, l.Rate, l.Burst = 0, 1e6, 1e6
		limits[lane] = l
	}
	d.handler = site.Handler(gate.New(gate.Config{Public: public, Refuse: site.Refuse, Limits: limits}))
	return d
}

// fill publishes checks: every second is ours, the others come from elsewhere.
func (d *readersOf) fill(t *testing.T, member desk.Member) {
	t.Helper()
	update := func(fn func(tx *store.Tx) error) {
		t.Helper()
		if err := d.db.Update(t.Context(), fn); err != nil {
			t.Fatal(err)
		}
	}
	update(func(tx *store.Tx) error {
		second := member
		second.ID, second.KeyID = "huy", "l"
		return errors.Join(tx.PutMember(second), tx.PutDesk(desk.Desk{ID: "elsewhere", Name: "Bàn khác", URL: "https://elsewhere.example"}),
			tx.PutDesk(desk.Desk{ID: "rare", Name: "Bàn ít bài", URL: "https://rare.example"}),
			tx.AddCheck(desk.Check{ID: "rare", DeskID: "rare", Lang: "en", SourceURL: "https://rare.example/1"}),
			tx.AddVersion(desk.Version{CheckID: "rare", Number: 1, Act: desk.ImportAct, Rating: "False", Topic: desk.Topics()[0], Claim: "A claim", Published: 15_000}, "", nil))
	})
	topics := desk.Topics()
	const batch = 5_000
	for from := 0; from < d.checks; from += batch {
		update(func(tx *store.Tx) error {
			for i := from; i < min(from+batch, d.checks); i++ {
				c := desk.Check{ID: corpusID(i), DeskID: "river", Lang: "vi"}
				v := desk.Version{
					CheckID: c.ID, Number: 1, Topic: topics[i%len(topics)], Claim: waiting(i), Title: waiting(i), Summary: words(i) + " " + words(i+1),
					Published: tx.Day() - desk.Day(i*corpusDays/d.checks),
				}
				var approvals []desk.Approval
				revision := ""
				if i%2 == 0 {
					v.Act, v.Kind, v.Verdict, v.ClaimantKind, v.Author = desk.Publish, desk.FactKind, desk.NotTrue, desk.ClaimantUnknown, member.ID
					v.Blind = desk.Classification{Kind: desk.FactKind}
					v.Evidence = []desk.Evidence{{Stance: desk.Against, URL: "https://a.example/" + c.ID, Title: "Nguồn"}}
					revision = desk.Revision(v)
					for _, m := range []string{member.ID, "huy"} {
						approvals = append(approvals, desk.Approval{MemberID: m, KeyID: "key-" + m, Revision: revision})
					}
				} else {
					c.DeskID, c.Lang, c.SourceURL = "elsewhere", "en", "https://elsewhere.example/"+c.ID
					v.Act, v.Rating = desk.ImportAct, "False"
				}
				if err := errors.Join(tx.AddCheck(c), tx.AddVersion(v, revision, approvals)); err != nil {
					return err
				}
			}
			return nil
		})
	}
}

func corpusID(i int) string { return fmt.Sprintf("%016d", i) }

// write writes something that is on no page.
func (d *readersOf) write(t *testing.T, n int) {
	t.Helper()
	if err := d.db.Update(t.Context(), func(tx *store.Tx) error { return tx.SetSetting("test.turn", fmt.Sprint(n)) }); err != nil {
		t.Fatal(err)
	}
}

// pages are what readers and programs ask for; n varies them.
func (d *readersOf) pages(n int) map[string]string {
	month := time.Now().UTC().AddDate(0, -1-n%20, 0).Format("2006-01")
	topic := desk.Topics()[n%len(desk.Topics())]
	return map[string]string{
		"home": "/", "checks": "/checks", "checks of a month": "/checks/" + month, "topic": "/topics/" + topic,
		"check": "/c/" + corpusID(n*2), "check of others": "/c/" + corpusID(n*2+1), "desks": "/desks", "desk": "/desks/river",
		"feed": "/feed.atom", "feed of a topic": "/topics/" + topic + "/feed.atom", "feed without a check": "/en/feed.atom",
		"list of one desk": "/checks?desk=rare", "later page": "/topics/" + topic + "?page=4", "sitemap": "/sitemap.xml", "oembed": "/c/" + corpusID(n*2) + "/oembed.json", "record": "/record",
	}
}

// newForm draws what a form carries.
func newForm() (nonce [16]byte, receipt desk.Receipt) {
	var secret [desk.ReceiptSecretSize]byte
	_, _ = rand.Read(nonce[:])
	_, _ = rand.Read(secret[:])
	return nonce, desk.NewReceipt(secret)
}

// takingIn is the askers' side over a store with so many open claims and questions.
func takingIn(t *testing.T, o store.Options, claims, questions int) *intake.Intake {
	t.Helper()
	db, member, _ := fillDesk(t, o, claims, questions)
	finder, err := lookup.Open(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	ring, err := keys.Open(filepath.Join(t.TempDir(), "keys"))
	if err != nil {
		t.Fatal(err)
	}
	in, err := intake.New(t.Context(), db, finder, ring, member.DeskID)
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// middle is the median.
func middle(times []time.Duration) time.Duration {
	times = slices.Sorted(slices.Values(times))
	return times[len(times)/2]
}
