package lookup_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sangto/internal/desk"
	"sangto/internal/embed"
	"sangto/internal/eval"
	"sangto/internal/lookup"
	"sangto/internal/store"
	"sangto/internal/testkit"
	"sangto/match"
)

// bilingual is an embedder with a notion of meaning: it knows a few English
// words that mean what Vietnamese ones do.
type bilingual struct{ match.Embedder }

var meanings = strings.NewReplacer("hydropower", "thủy điện", "dam", "đập", "tonight", "đêm nay", "release", "xả", "flood", "lũ", "evacuate", "sơ tán", "whole commune", "cả xã")

func (b bilingual) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	in := make([]string, len(texts))
	for i, t := range texts {
		in[i] = meanings.Replace(strings.ToLower(t))
	}
	return b.Embedder.Embed(ctx, in)
}

// foreign is a message that shares no word with the check it is about.
const foreign = "hydropower dam release flood tonight whole commune evacuate"

func manyChecks(t *testing.T, db *store.DB) {
	t.Helper()
	filler(t, db)
	for i, place := range strings.Fields("Lạng Sơn Cà Mau Đồng Tháp Kiên Giang Phú Yên Hậu Bắc Ninh Lào Cai Quảng Trị") {
		put(t, db, fmt.Sprintf("place%011d", i), 1, fmt.Sprintf("Chợ đầu mối %s dời về bến xe cũ từ tháng %d", place, i%12+1), nil)
	}
	put(t, db, "dam0000000000000", 1, dam, nil)
}

// withEmbedder opens a Finder that uses the server, as the program does.
func withEmbedder(t *testing.T, db *store.DB, server *testkit.Embedder) *lookup.Finder {
	t.Helper()
	f, err := lookup.Open(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	c, err := embed.New(embed.Ollama, server.URL(), "m")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	f.UseEmbedder(embed.NewBreaker(c, time.Now, func(error) {}), c)
	return f
}

func fillAll(t *testing.T, f *lookup.Finder) lookup.Progress {
	t.Helper()
	var last lookup.Progress
	if err := f.FillVectors(t.Context(), func(p lookup.Progress) { last = p }); err != nil {
		t.Fatal(err)
	}
	return last
}

func lookFor(t *testing.T, f *lookup.Finder, words string) lookup.Answer {
	t.Helper()
	a, err := f.Search(t.Context(), lookup.Query{Text: desk.StoredText(words)})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func candidateIDs(a lookup.Answer) []string {
	var ids []string
	for _, c := range a.Candidates {
		ids = append(ids, c.Check.ID)
	}
	return ids
}

func TestFoundByMeaningAlone(t *testing.T) {
	db := openStore(t)
	manyChecks(t, db)
	server := testkit.NewEmbedder(t, bilingual{eval.NewHashed(256)})
	f := withEmbedder(t, db, server)
	if a := lookFor(t, f, foreign); slices.Contains(candidateIDs(a), "dam0000000000000") {
		t.Fatal("found by its words: the test shows nothing")
	}
	if n := server.Calls(); n != 0 {
		t.Errorf("%d calls before the checks have vectors", n)
	}
	if p := fillAll(t, f); !p.Ready || p.Done != f.Len() || p.Total != p.Done {
		t.Fatalf("progress %+v of %d checks", p, f.Len())
	}
	a := lookFor(t, f, foreign)
	if a.Outcome != lookup.Perhaps || a.Answer != nil || len(a.Candidates) == 0 || a.Candidates[0].Check.ID != "dam0000000000000" {
		t.Fatalf("%s: %v", a.Outcome, candidateIDs(a))
	}
	if p := a.Candidates[0].Probability; p != 0 {
		t.Errorf("probability %v of what no word found", p)
	}
	// What words answer, they still answer.
	if a := lookFor(t, f, dam); a.Outcome != lookup.Found || a.Answer.Check.ID != "dam0000000000000" {
		t.Errorf("the claim itself: %s", a.Outcome)
	}
	if a := lookFor(t, f, "giá vàng trong nước hôm qua"); a.Outcome == lookup.Found {
		t.Errorf("an answer to something else: %v", candidateIDs(a))
	}
}

// TestLookupsGoOnWithout: whatever the embedder does, a look-up says what it
// would say without one, soon.
func TestLookupsGoOnWithout(t *testing.T) {
	db := openStore(t)
	manyChecks(t, db)
	server := testkit.NewEmbedder(t, bilingual{eval.NewHashed(256)})
	plain, err := lookup.Open(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	for name, mood := range map[string]testkit.Mood{
		"down": {Mute: true}, "slow": {Slow: time.Minute}, "dead in mid-answer": {Dead: true}, "an error": {Status: http.StatusInternalServerError},
		"too many vectors": {Extra: 3}, "too few": {Extra: -1}, "another dimension": {Notion: eval.NewHashed(32)}, "no JSON": {Body: "?"},
	} {
		t.Run(name, func(t *testing.T) {
			server.Be(testkit.Mood{})
			f := withEmbedder(t, db, server)
			fillAll(t, f)
			if lookFor(t, f, foreign).Outcome != lookup.Perhaps {
				t.Fatal("the embedder is not used")
			}
			server.Be(mood)
			for i := range 12 {
				for _, words := range []string{dam, foreign, "giá xăng tăng gấp đôi"} {
					begin := time.Now()
					got, want := lookFor(t, f, words), lookFor(t, plain, words)
					if diff := cmp.Diff(want, got, cmp.AllowUnexported(desk.Text{}), cmpopts.EquateEmpty()); diff != "" {
						t.Fatalf("look-up %d (-without +with): %s", i, diff)
					}
					if took := time.Since(begin); took > 30*time.Second {
						t.Fatalf("look-up %d took %s", i, took)
					}
				}
			}
		})
	}
}

// TestSlowEmbedderCostsThreeLookups: the breaker stands between look-ups and
// the embedder.
func TestSlowEmbedderCostsThreeLookups(t *testing.T) {
	db := openStore(t)
	manyChecks(t, db)
	server := testkit.NewEmbedder(t, eval.NewHashed(64))
	f := withEmbedder(t, db, server)
	fillAll(t, f)
	server.Be(testkit.Mood{Slow: time.Minute})
	before := server.Calls()
	for range 20 {
		lookFor(t, f, dam)
	}
	if n := server.Calls() - before; n > 3 {
		t.Errorf("a slow embedder was asked %d times", n)
	}
}

// TestFillingResumes stops the embedder in the middle and restarts the desk.
func TestFillingResumes(t *testing.T) {
	db := openStore(t)
	manyChecks(t, db)
	server := testkit.NewEmbedder(t, eval.NewHashed(64))
	f := withEmbedder(t, db, server)
	ctx, stop := context.WithCancel(t.Context())
	var first lookup.Progress
	err := f.FillVectors(ctx, func(p lookup.Progress) { first = p; stop() })
	if err == nil || first.Done == 0 || first.Done == first.Total || first.Ready {
		t.Fatalf("%v after %+v", err, first)
	}
	before := len(server.Texts())
	again := withEmbedder(t, db, server)
	p := fillAll(t, again)
	// One text more is sent to see that the model is still the same.
	if sent := len(server.Texts()) - before; !p.Ready || p.Done != p.Total || sent != p.Total-first.Done+1 {
		t.Errorf("%d texts sent after %d of %d had vectors: %+v", sent, first.Done, first.Total, p)
	}
	third := withEmbedder(t, db, server)
	before = len(server.Texts())
	if p := fillAll(t, third); !p.Ready || len(server.Texts())-before != 1 {
		t.Errorf("a restart sends %d texts: %+v", len(server.Texts())-before, p)
	}
	// What failed once is not forgotten.
	put(t, db, "school0000000000", 1, school, nil)
	if err := third.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	server.Be(testkit.Mood{Dead: true})
	if err := third.FillVectors(t.Context(), nil); err == nil {
		t.Fatal("an embedder that dies is no error")
	}
	server.Be(testkit.Mood{})
	if p := fillAll(t, third); p.Done != p.Total || p.Total != third.Len() {
		t.Errorf("after a failure: %+v", p)
	}
}

// TestAnotherModel: vectors that cannot be compared are not used and made
// again, whether the model was replaced before a restart or the dimension
// changes while the desk runs.
func TestAnotherModel(t *testing.T) {
	for name, other := range map[string]match.Embedder{
		"another dimension": bilingual{eval.NewHashed(384)}, "the same dimension": shuffled{bilingual{eval.NewHashed(256)}},
	} {
		t.Run(name, func(t *testing.T) {
			db := openStore(t)
			manyChecks(t, db)
			server := testkit.NewEmbedder(t, bilingual{eval.NewHashed(256)})
			f := withEmbedder(t, db, server)
			total := fillAll(t, f).Total
			server.Be(testkit.Mood{Notion: other})
			before := len(server.Texts())
			again := withEmbedder(t, db, server)
			if p := fillAll(t, again); !p.Ready || p.Done != total {
				t.Fatalf("after a restart: %+v", p)
			}
			if sent := len(server.Texts()) - before; sent != total+1 {
				t.Errorf("%d texts sent, want all %d and one to compare", sent, total)
			}
			if lookFor(t, again, foreign).Outcome != lookup.Perhaps {
				t.Error("the new vectors are not used")
			}
			// Back, while it runs: a look-up notices another dimension.
			server.Be(testkit.Mood{})
			lookFor(t, again, foreign)
			if name != "another dimension" {
				return
			}
			before = server.Calls()
			if lookFor(t, again, foreign); server.Calls() != before {
				t.Error("vectors of another dimension are still compared")
			}
			if p := fillAll(t, again); !p.Ready || p.Done != total {
				t.Errorf("made again: %+v", p)
			}
			if lookFor(t, again, foreign).Outcome != lookup.Perhaps {
				t.Error("the vectors made again are not used")
			}
		})
	}
}

// shuffled has another model's directions in the same dimension.
type shuffled struct{ match.Embedder }

func (s shuffled) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	out, err := s.Embedder.Embed(ctx, texts)
	for _, v := range out {
		slices.Reverse(v)
	}
	return out, err
}

// TestVectorsFollowTheChecks: new checks get vectors, changed ones new vectors,
// and withdrawn ones are no longer found.
func TestVectorsFollowTheChecks(t *testing.T) {
	db := openStore(t)
	filler(t, db)
	for i := range 30 {
		put(t, db, fmt.Sprintf("other%011d", i), 1, fmt.Sprintf("Xe buýt số %d đổi lộ trình qua cầu mới", i), nil)
	}
	f := withEmbedder(t, db, testkit.NewEmbedder(t, bilingual{eval.NewHashed(256)}))
	fillAll(t, f)
	found := func() bool { return slices.Contains(candidateIDs(lookFor(t, f, foreign)), "dam0000000000000") }
	refresh := func() {
		t.Helper()
		if err := f.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	put(t, db, "dam0000000000000", 1, dam, nil)
	refresh()
	if found() {
		t.Fatal("found before it has a vector")
	}
	if fillAll(t, f); !found() {
		t.Fatal("a new check is not found")
	}
	put(t, db, "dam0000000000000", 2, "Chợ hoa tết họp ở sân vận động", nil)
	refresh()
	if found() {
		t.Fatal("found by what it no longer says")
	}
	if fillAll(t, f); found() {
		t.Fatal("found by its old vector")
	}
	put(t, db, "dam0000000000000", 3, dam, nil)
	refresh()
	if fillAll(t, f); !found() {
		t.Fatal("not found after it says so again")
	}
	put(t, db, "dam0000000000000", 4, dam, func(v *desk.Version) { v.LinkOnly, v.Claim, v.Title = true, "", "" })
	refresh()
	if fillAll(t, f); found() {
		t.Fatal("found without its words")
	}
}

// TestVectorsWhileFollowing is for the race detector.
func TestVectorsWhileFollowing(t *testing.T) {
	db := openStore(t)
	manyChecks(t, db)
	f := withEmbedder(t, db, testkit.NewEmbedder(t, eval.NewHashed(64)))
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 15 {
			if err := f.FillVectors(t.Context(), nil); err != nil {
				t.Error(err)
			}
		}
	}()
	for n := 2; n < 20; n++ {
		put(t, db, "dam0000000000000", n, dam, func(v *desk.Version) { v.LinkOnly = n%2 == 0 })
		if err := f.Refresh(t.Context()); err != nil {
			t.Error(err)
		}
		lookFor(t, f, dam)
	}
	<-done
	if p := fillAll(t, f); p.Done != p.Total && p.Total != 0 {
		t.Errorf("%+v", p)
	}
}
