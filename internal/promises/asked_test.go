package promises_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"sangto/internal/app"
	"sangto/internal/config"
	"sangto/internal/desk"
	"sangto/internal/fetch"
	"sangto/internal/intake"
	"sangto/internal/record"
	"sangto/internal/store"
	"sangto/ledger"
)

// press publishes beside a running desk, as its commands write beside it.
type press struct {
	db   *store.DB
	desk string
	n    int
}

func newPress(t *testing.T, p *place) *press {
	t.Helper()
	db, err := store.Open(t.Context(), store.Options{Path: p.database(), Zone: time.UTC})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	out := &press{db: db}
	if out.desk, err = intake.LocalDesk(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	err = db.Update(t.Context(), func(tx *store.Tx) error {
		return errors.Join(
			tx.PutMember(desk.Member{ID: "presser000000001", DeskID: out.desk, Name: "Lan", Role: desk.Editor, KeyID: "presskey00000001"}),
			tx.PutMember(desk.Member{ID: "presser000000002", DeskID: out.desk, Name: "Minh", Role: desk.Reviewer, KeyID: "presskey00000002"}),
		)
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// publish publishes a check that holds words and returns its id and its leaf.
func (s *press) publish(ctx context.Context, said string) (check string, leaf int64, err error) {
	s.n++
	check = fmt.Sprintf("presscheck%06d", s.n)
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		v := desk.Version{
			CheckID: check, Number: 1, Act: desk.Publish, Kind: desk.FactKind, Verdict: desk.NotTrue, Topic: "weather", Claim: "Có tin rằng " + said,
			Title: "Tin " + said, Summary: "Không có căn cứ.", Body: "Đã hỏi nơi có trách nhiệm.", Published: tx.Day(), Author: "presser000000001",
			Blind: desk.Classification{Kind: desk.FactKind}, Evidence: []desk.Evidence{{Stance: desk.Against, URL: "https://nguon.example/" + check, Title: "Nguồn"}},
		}
		revision := desk.Revision(v)
		keys := []desk.Approval{
			{MemberID: "presser000000001", KeyID: "presskey00000001", Revision: revision}, {MemberID: "presser000000002", KeyID: "presskey00000002", Revision: revision},
		}
		if err := errors.Join(tx.AddCheck(desk.Check{ID: check, DeskID: s.desk, Lang: "vi"}), tx.AddVersion(v, revision, keys)); err != nil {
			return err
		}
		if err := record.Version(tx, v, keys); err != nil {
			return err
		}
		l, err := tx.LeafOf(check, 1)
		leaf = l.Index
		return err
	})
	return check, leaf, err
}

// shown is the published checkpoint as somebody sees it who trusts the desk's
// key and the witnesses of its policy.
func shown(t *testing.T, p *place) (size int64, names []string, quorum bool) {
	t.Helper()
	text, err := p.get("/log/policy")
	if err != nil || text.status != http.StatusOK {
		t.Fatal(text.status, err)
	}
	policy, err := ledger.ParsePolicy([]byte(text.body))
	if err != nil {
		t.Fatal(err)
	}
	got, err := p.get("/log/checkpoint")
	if err != nil {
		t.Fatal(err)
	}
	if got.status == http.StatusNotFound {
		return 0, nil, false
	}
	c, names, err := policy.Open([]byte(got.body))
	if err != nil && !errors.Is(err, ledger.ErrQuorum) {
		t.Fatalf("%v\n%s", err, got.body)
	}
	return c.Size, names, err == nil
}

// awaitShown waits until a leaf is in the published checkpoint and the rest holds,
// and returns how long that took.
func awaitShown(t *testing.T, p *place, leaf int64, within time.Duration, what string, holds func(names []string, quorum bool) bool) time.Duration {
	t.Helper()
	began := time.Now()
	for {
		size, names, quorum := shown(t, p)
		if size > leaf && holds(names, quorum) {
			return time.Since(began)
		}
		if time.Since(began) > within {
			t.Fatalf("%s: after %s the checkpoint of %d leaves is signed by %v, quorum %v; leaf %d\n%s", what, within, size, names, quorum, leaf, p.readLog())
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func anyhow([]string, bool) bool { return true }

// leafWithin is the promise: a version is in a signed checkpoint this soon.
const leafWithin = 10 * time.Second

// TestLeafIsSignedSoon publishes on a running desk and looks at what it serves.
func TestLeafIsSignedSoon(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.serve(t)
	s := newPress(t, p)
	var worst time.Duration
	for i := range size(3, 6, 30) {
		_, leaf, err := s.publish(t.Context(), words(i))
		if err != nil {
			t.Fatal(err)
		}
		worst = max(worst, awaitShown(t, p, leaf, leafWithin, "signed", anyhow))
		time.Sleep(time.Duration(i%4) * 250 * time.Millisecond)
	}
	t.Logf("the slowest leaf was in a published checkpoint after %s", worst.Round(time.Millisecond))
}

// TestWitnessesAreAsked runs a desk that asks three witnesses, each a process of
// its own: all sign; one hangs and the other two are enough; none is there and
// publishing goes on as before.
func TestWitnessesAreAsked(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.serve(t).stop(t) // makes the record's key
	key, err := os.ReadFile(filepath.Join(p.data(), "keys", "log.key"))
	if err != nil {
		t.Fatal(err)
	}
	vkey, err := ledger.VerifierKey(strings.TrimSpace(string(key)))
	if err != nil {
		t.Fatal(err)
	}
	var watchers []*watcher
	var policy strings.Builder
	doors := map[netip.AddrPort]bool{}
	for i := range 3 {
		w := newWatcher(t, i+1, vkey)
		at := netip.MustParseAddrPort(w.addr)
		doors[at] = true
		watchers = append(watchers, w)
		fmt.Fprintf(&policy, "witness w%d %s http://w%d.example:%d/\n", i+1, w.vkey, i+1, at.Port())
	}
	policy.WriteString("group two 2 w1 w2 w3\nquorum two\n")
	file := filepath.Join(p.root, "witnesses")
	if err := os.WriteFile(file, []byte(policy.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	inside(t, p, file, doors)
	s := newPress(t, p)
	publish := func() (check string, leaf int64) {
		t.Helper()
		check, leaf, err := s.publish(t.Context(), words(s.n))
		if err != nil {
			t.Fatal(err)
		}
		return check, leaf
	}
	says := func(check, want string) {
		t.Helper()
		got, err := p.get("/en/c/" + check)
		if err != nil || got.status != http.StatusOK || !strings.Contains(got.body, want) {
			t.Errorf("%s: status %d, %v, and it does not say %q: %s", check, got.status, err, want, recordOf(got.body))
		}
	}

	check, leaf := publish()
	took := awaitShown(t, p, leaf, 20*time.Second, "three witnesses", func(names []string, quorum bool) bool { return quorum && len(names) == 3 })
	says(check, "Signed by 3 outside witnesses: ")
	t.Logf("three witnesses signed after %s", took.Round(time.Millisecond))

	watchers[0].kill()
	hole := hangs(t, watchers[0].addr)
	check, leaf = publish()
	took = awaitShown(t, p, leaf, 15*time.Second, "one witness hangs", func(names []string, quorum bool) bool { return quorum && len(names) == 2 })
	says(check, "Signed by 2 outside witnesses: ")
	t.Logf("two witnesses signed beside one that hangs after %s", took.Round(time.Millisecond))

	_ = hole.Close()
	watchers[1].kill()
	watchers[2].kill()
	check, leaf = publish()
	took = awaitShown(t, p, leaf, leafWithin, "no witness there", func(names []string, quorum bool) bool { return !quorum && len(names) == 0 })
	says(check, "Signed by the desk, waiting for outside witnesses.")
	t.Logf("without witnesses the leaf was shown after %s", took.Round(time.Millisecond))
	check, leaf = publish()
	awaitShown(t, p, leaf, leafWithin, "no witness there, again", anyhow)
	says(check, "waiting for outside witnesses")

	for _, w := range watchers {
		w.start(t)
	}
	awaitShown(t, p, leaf, time.Minute, "they came back", func(names []string, quorum bool) bool { return quorum })
	says(check, "outside witnesses: ")
}

// inside runs the program in this process, because only so can it be let out
// to witnesses on this machine, and nowhere else.
func inside(t *testing.T, p *place, witnesses string, doors map[netip.AddrPort]bool) {
	t.Helper()
	cfg, err := (config.Raw{Data: p.data(), Listen: p.addr, URL: p.url(), Witnesses: witnesses}).Config()
	if err != nil {
		t.Fatal(err)
	}
	log, err := os.OpenFile(p.log(), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = log.Close() })
	a, err := app.NewWith(t.Context(), cfg, app.Logger(log, nil), fetch.Policy{
		Widen: func(at netip.AddrPort) bool { return doors[at] },
		Resolve: func(context.Context, string) ([]netip.Addr, error) {
			return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// hangs listens, takes every connection and never answers.
func hangs(t *testing.T, addr string) net.Listener {
	t.Helper()
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	go func() {
		var held []net.Conn
		for {
			c, err := ln.Accept()
			if err != nil {
				for _, c := range held {
					_ = c.Close()
				}
				return
			}
			held = append(held, c)
		}
	}()
	return ln
}

// recordOf is the part of a page that speaks of the record.
func recordOf(body string) string {
	_, rest, _ := strings.Cut(body, `id="record"`)
	part, _, _ := strings.Cut(rest, "</section>")
	return part
}

// TestTheRecordKnowsNobody publishes while marked visitors ask and look up, and
// searches all that the record shows and keeps for them.
func TestTheRecordKnowsNobody(t *testing.T) {
	t.Parallel()
	n := size(30, 90, 600)
	p := newPlace(t)
	p.serve(t)
	s := newPress(t, p)
	tokens := p.tokens(t, n/3+1)
	var mu sync.Mutex
	var last int64
	inParallel(8, n, func(i int) {
		if i%5 == 0 {
			mu.Lock()
			_, leaf, err := s.publish(t.Context(), words(100_000+s.n))
			last = max(last, leaf)
			mu.Unlock()
			if err != nil {
				t.Error(err)
			}
		}
		p.visit(t, mark(i), tokens[i/3])
	})
	awaitShown(t, p, last, leafWithin, "the last leaf", anyhow)

	hunt, own := newScanner(), newScanner()
	for i := range n {
		for what, marker := range mark(i).all() {
			hunt.add(what, marker)
		}
		hunt.addBytes("the words of a question", []byte(words(i)))
	}
	for i := range s.n {
		own.addBytes("a published claim", []byte(words(100_000+i)))
	}
	found := 0
	look := func(path string) string {
		t.Helper()
		got, err := p.get(path)
		if err != nil || got.status != http.StatusOK {
			t.Errorf("%s: %d, %v", path, got.status, err)
			return ""
		}
		for _, hit := range hunt.search([]byte(got.body)) {
			t.Errorf("%s in %s", hit, path)
		}
		found += len(own.search([]byte(got.body)))
		return got.body
	}
	leaves, _, _ := shown(t, p)
	for i := range leaves {
		if look(fmt.Sprintf("/log/proof/%d.tlog-proof", i)) == "" {
			break
		}
	}
	for i := last - int64(s.n) + 1; i <= last; i++ {
		look(fmt.Sprintf("/log/content/%d", i))
	}
	for _, path := range []string{"/log/checkpoint", "/log/key", "/log/policy", "/record", "/en/record"} {
		look(path)
	}
	tiles := 0
	root := filepath.Join(p.data(), "log")
	for _, name := range filesBelow(t, root) {
		if rel, _ := filepath.Rel(root, name); strings.HasPrefix(rel, "tile") {
			look("/log/" + filepath.ToSlash(rel))
			tiles++
		}
	}
	if hits, _ := hunt.searchTree(t, root); len(hits) > 0 {
		t.Errorf("in the folder: %q", hits)
	}
	if found < s.n || tiles < 2 {
		t.Errorf("%d published claims found of %d, %d tiles: the search is looking in the wrong place", found, s.n, tiles)
	}
	t.Logf("%d publications beside %d marked visits, %d leaves, %d tiles searched", s.n, n, leaves, tiles)
}
