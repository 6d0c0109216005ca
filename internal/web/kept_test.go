package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sangto/internal/catalog"
	"sangto/internal/gate"
	"sangto/internal/lang"
	"sangto/internal/web"
)

// still is a catalogue in which nothing is written unless write is called.
type still struct {
	*story
	count, reads atomic.Int64
	summary      atomic.Pointer[string]
	// slow is waited for by a read of a check.
	slow chan struct{}
}

func (s *still) Written() int64 { return s.count.Load() }

func (s *still) Check(ctx context.Context, id string) (catalog.Page, error) {
	s.reads.Add(1)
	p, err := s.story.Check(ctx, id)
	if words := s.summary.Load(); words != nil {
		p.Shown.Summary = *words
	}
	if s.slow != nil {
		<-s.slow
	}
	return p, err
}

// write publishes a new summary of every check.
func (s *still) write(words string) {
	s.summary.Store(&words)
	s.count.Add(1)
}

// quiet is the storybook over a catalogue that stands still.
func quiet(t testing.TB) (http.Handler, *still, *atomic.Int64) {
	t.Helper()
	b := openBook(t)
	s := &still{story: b.story}
	clock := &atomic.Int64{}
	at := func() time.Time { return now.Add(time.Duration(clock.Load())) }
	public := &url.URL{Scheme: "https", Host: "sangto.example"}
	site, err := web.New(web.Deps{Catalog: s, Intake: b.counter, Forms: b.forms, Lang: bookWords(t), PublicURL: public, Clock: at})
	if err != nil {
		t.Fatal(err)
	}
	return site.Handler(gate.New(gate.Config{Public: public, Refuse: site.Refuse})), s, clock
}

const hotPath = "/c/"

func TestHotPagesAreKept(t *testing.T) {
	h, s, clock := quiet(t)
	path := hotPath + damCheck.Check.ID
	get := func(header http.Header) *httptest.ResponseRecorder { return send(h, "GET", path, nil, header) }
	first := get(nil)
	for range 10 {
		again := get(nil)
		if again.Body.String() != first.Body.String() || fmt.Sprint(again.Header()) != fmt.Sprint(first.Header()) {
			t.Fatalf("kept: %v\nmade: %v", again.Header(), first.Header())
		}
	}
	if n := s.reads.Load(); n != 1 {
		t.Errorf("made %d times", n)
	}
	if got := get(http.Header{"If-None-Match": {first.Header().Get("Etag")}}); got.Code != 304 || got.Body.Len() != 0 || got.Header().Get("Etag") != first.Header().Get("Etag") {
		t.Errorf("asked again: %d", got.Code)
	}
	small := get(http.Header{"Accept-Encoding": {"gzip"}})
	if plainly(t, small) != first.Body.String() || small.Header().Get("Content-Encoding") != "gzip" {
		t.Errorf("compressed: %v", small.Header())
	}
	if head := send(h, "HEAD", path, nil, nil); head.Code != 200 || head.Body.Len() != 0 || head.Header().Get("Content-Length") != first.Header().Get("Content-Length") {
		t.Errorf("HEAD: %d %v", head.Code, head.Header())
	}
	s.write("Bản sửa.")
	if got := get(nil).Body.String(); !strings.Contains(got, "Bản sửa.") {
		t.Error("a correction is not seen at once")
	}
	words := "Ghi từ chương trình khác."
	s.summary.Store(&words) // by another program: the count does not move
	if got := get(nil).Body.String(); strings.Contains(got, words) {
		t.Error("nothing was kept")
	}
	clock.Add(int64(time.Second))
	if got := get(nil).Body.String(); !strings.Contains(got, words) {
		t.Error("what another program wrote is not seen after a second")
	}
}

// TestOnlyPublishedPagesAreKept: an answer to words, a refusal, a page that is
// not there and what a query asks for are made each time.
func TestOnlyPublishedPagesAreKept(t *testing.T) {
	h, s, _ := quiet(t)
	for range 3 {
		send(h, "GET", hotPath+"0000000000000000", nil, nil)
		send(h, "GET", hotPath+damCheck.Check.ID+"?x=1", nil, nil)
	}
	if n := s.reads.Load(); n != 6 {
		t.Errorf("made %d times of 6", n)
	}
	if got := send(h, "GET", hotPath+damCheck.Check.ID, nil, http.Header{"Remote-User": {"binh"}}); got.Code != 400 {
		t.Errorf("identified: %d", got.Code)
	}
	if got := send(h, "GET", hotPath+damCheck.Check.ID, nil, nil); got.Code != 200 {
		t.Errorf("after a refusal: %d", got.Code)
	}
	a, b := send(h, "POST", "/lookup", url.Values{"text": {damMessage}}, nil), send(h, "POST", "/lookup", url.Values{"text": {shortMsg}}, nil)
	if a.Body.String() == b.Body.String() || a.Header().Get("Etag") != "" {
		t.Error("an answer to words is kept")
	}
}

// TestHotPageAndCorrections: readers in a crowd never see what had been
// corrected before they asked.
func TestHotPageAndCorrections(t *testing.T) {
	h, s, clock := quiet(t)
	path := hotPath + damCheck.Check.ID
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				before := s.count.Load()
				body := send(h, "GET", path, nil, nil).Body.String()
				clock.Add(int64(time.Millisecond))
				if before == 0 {
					continue
				}
				seen := int64(-1)
				if at := strings.Index(body, "Lần sửa thứ "); at >= 0 {
					_, _ = fmt.Sscanf(body[at+len("Lần sửa thứ "):], "%d", &seen)
				}
				if seen < before {
					t.Errorf("asked after correction %d, saw %d", before, seen)
					return
				}
			}
		})
	}
	for i := range 50 {
		s.write(fmt.Sprintf("Lần sửa thứ %d.", i+1))
		time.Sleep(2 * time.Millisecond)
	}
	close(stop)
	wg.Wait()
}

// TestOneMakesTheRestWait: while one reader's page is made, the others get the
// one before if nothing was written, and no second is made.
func TestOneMakesTheRestWait(t *testing.T) {
	h, s, clock := quiet(t)
	path := hotPath + damCheck.Check.ID
	send(h, "GET", path, nil, nil)
	clock.Add(int64(1500 * time.Millisecond))
	s.slow = make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		send(h, "GET", path, nil, nil)
	}()
	for s.reads.Load() < 2 {
		time.Sleep(time.Millisecond)
	}
	for range 5 {
		if got := send(h, "GET", path, nil, nil); got.Code != 200 {
			t.Errorf("%d", got.Code)
		}
	}
	close(s.slow)
	<-done
	if n := s.reads.Load(); n != 2 {
		t.Errorf("made %d times", n)
	}
}

// BenchmarkHotPage compares a kept page with the same bytes from a bare
// handler, without a network.
func BenchmarkHotPage(b *testing.B) {
	h, _, _ := quiet(b)
	path := hotPath + damCheck.Check.ID
	body := send(h, "GET", path, nil, nil).Body.Bytes()
	bare := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(body)
	})
	for name, handler := range map[string]http.Handler{"bare": bare, "kept": h} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			r := httptest.NewRequest("GET", "https://sangto.example"+path, nil)
			for b.Loop() {
				handler.ServeHTTP(httptest.NewRecorder(), r)
			}
		})
	}
}

func bookWords(t testing.TB) *lang.Catalog {
	t.Helper()
	c, err := lang.Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}
