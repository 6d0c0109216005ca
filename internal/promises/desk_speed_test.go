package promises_test

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
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
	d.handler = unlimited(site, public)
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

// unlimited is a site that takes whatever comes.
func unlimited(site *web.Site, public *url.URL) http.Handler {
	limits := map[gate.Lane]gate.Limit{}
	for lane, l := range gate.DefaultLimits() {
		l.Each, l.Rate, l.Burst = 0, 1e6, 1e6
		limits[lane] = l
	}
	return site.Handler(gate.New(gate.Config{Public: public, Refuse: site.Refuse, Limits: limits}))
}

// middle is the median.
func middle(times []time.Duration) time.Duration {
	times = slices.Sorted(slices.Values(times))
	return times[len(times)/2]
}
