package promises_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"testing"
	"time"

	"sangto/internal/catalog"
	"sangto/internal/desk"
	"sangto/internal/gate"
	"sangto/internal/keys"
	"sangto/internal/lang"
	"sangto/internal/store"
	"sangto/internal/web"
	"sangto/internal/workflow"
)

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
	d.handler = unlimited(site, public)
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
	topics := usedTopics()
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

// usedTopics are all topics but one.
func usedTopics() []string { return desk.Topics()[:len(desk.Topics())-1] }

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
	topic := usedTopics()[n%len(usedTopics())]
	return map[string]string{
		"home": "/", "checks": "/checks", "checks of a month": "/checks/" + month, "topic": "/topics/" + topic,
		"check": "/c/" + corpusID(n*2), "check of others": "/c/" + corpusID(n*2+1), "desks": "/desks", "desk": "/desks/river",
		"feed": "/feed.atom", "feed of a topic": "/topics/" + topic + "/feed.atom", "feed without a check": "/en/feed.atom", "topic without a check": "/en/topics/" + topic + "/feed.atom",
		"feed of a topic without": "/topics/" + desk.Topics()[len(usedTopics())] + "/feed.atom",
		"list of one desk":        "/checks?desk=rare", "later page": "/topics/" + topic + "?page=4", "sitemap": "/sitemap.xml", "oembed": "/c/" + corpusID(n*2) + "/oembed.json", "record": "/record",
	}
}
