package gate_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"sangto/internal/desk"
	"sangto/internal/gate"
)

func open(l gate.Lane, limit gate.Limit, clock func() time.Time) *gate.Gate {
	return spoken(gate.Config{Clock: clock, Limits: map[gate.Lane]gate.Limit{l: limit}})
}

func TestLimitByPrefix(t *testing.T) {
	for _, c := range []struct {
		lane gate.Lane
		each int
		key  string
		wait int
	}{
		{gate.LookupLane, 30, "error.rate.lookup", 2},
		{gate.AskLane, 5, "error.rate.ask", 720},
		{gate.TrackLane, 10, "error.rate.track", 360},
	} {
		clock := newClock()
		g := spoken(gate.Config{Clock: clock.Now})
		h := g.Public(gate.Form, g.Lane(c.lane, page("ok")))
		post := func(from string) *http.Response {
			r := request(http.MethodPost, "/", strings.NewReader("a=b"))
			r.RemoteAddr = from
			return serve(h, r)
		}
		for i := range c.each {
			if got := post(fmt.Sprintf("203.0.113.%d:1", i)); got.StatusCode != 200 {
				t.Fatalf("%s: request %d: %d", c.key, i, got.StatusCode)
			}
		}
		got := post("203.0.113.200:9")
		if body := text(t, got); got.StatusCode != 429 || body != c.key || got.Header.Get("Retry-After") != strconv.Itoa(c.wait) {
			t.Errorf("%s: %d %q, Retry-After %s", c.key, got.StatusCode, body, got.Header.Get("Retry-After"))
		}
		if got := post("203.0.114.1:1"); got.StatusCode != 200 {
			t.Errorf("%s: the next network is refused: %d", c.key, got.StatusCode)
		}
		for range 40 {
			if got := post("192.168.1.2:1"); got.StatusCode != 200 {
				t.Fatalf("%s: an undeclared neighbour is counted: %d", c.key, got.StatusCode)
			}
		}
	}
}

func TestRateErrorArgs(t *testing.T) {
	clock := newClock()
	var got *desk.Error
	g := gate.New(gate.Config{Clock: clock.Now, Refuse: func(_ http.ResponseWriter, _ *http.Request, err error) { errors.As(err, &got) }})
	h := g.Lane(gate.AskLane, page("ok"))
	for range 6 {
		serve(h, request(http.MethodPost, "/", strings.NewReader("a=b")))
	}
	if got == nil || got.Args["Seconds"] != 720 || got.Args["Minutes"] != 12 || got.Kind != desk.TooMany {
		t.Errorf("error %v, args %v", got, got.Args)
	}
}

// A prefix must not pay for a lane that was over its rate as a whole.
func TestGlobalRate(t *testing.T) {
	clock := newClock()
	g := open(gate.AskLane, gate.Limit{Rate: 2, Burst: 3, Concurrent: 1, Each: 6, Per: time.Hour}, clock.Now)
	h := g.Public(gate.Form, g.Lane(gate.AskLane, page("ok")))
	post := func() (int, string) {
		got := serve(h, request(http.MethodPost, "/", strings.NewReader("a=b")))
		return got.StatusCode, text(t, got) + got.Header.Get("Retry-After")
	}
	var all []string
	for range 5 {
		_, body := post()
		all = append(all, body)
	}
	clock.move(2 * time.Second)
	for range 4 {
		_, body := post()
		all = append(all, body)
	}
	want := "ok ok ok error.rate.busy2 error.rate.busy2 ok ok ok error.rate.ask600"
	if got := strings.Join(all, " "); got[:len(want)-3] != want[:len(want)-3] {
		t.Errorf("%s\nwant %s", got, want)
	}
	if s := g.Stats(); s.Busy != 2 || s.TooMany != 1 {
		t.Errorf("stats %+v", s)
	}
}

// TestConcurrency fills a lane: as many run as may, four times as many wait a moment, and
// the rest is told so at once. The other lanes do not notice.
func TestConcurrency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := open(gate.LookupLane, gate.Limit{Rate: 1e6, Burst: 1e6, Concurrent: 4, Wait: 250 * time.Millisecond}, time.Now)
		var running, most atomic.Int64
		h := g.Public(gate.Form, g.Lane(gate.LookupLane, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			now := running.Add(1)
			for {
				old := most.Load()
				if now <= old || most.CompareAndSwap(old, now) {
					break
				}
			}
			time.Sleep(time.Second)
			running.Add(-1)
		})))
		var took [30]time.Duration
		var status [30]int
		var wg sync.WaitGroup
		for i := range took {
			wg.Go(func() {
				began := time.Now()
				got := serve(h, request(http.MethodPost, "/", strings.NewReader("a=b")))
				status[i], took[i] = got.StatusCode, time.Since(began)
				if got.StatusCode == 503 && got.Header.Get("Retry-After") == "" {
					t.Error("shed without Retry-After")
				}
			})
		}
		wg.Wait()
		count := map[string]int{}
		for i := range took {
			count[fmt.Sprint(status[i], took[i])]++
		}
		if most.Load() != 4 || count["200 1s"] != 4 || count["503 250ms"] != 16 || count["503 0s"] != 10 {
			t.Errorf("at most %d ran; answers %v", most.Load(), count)
		}
		if g.Stats().Shed != 26 {
			t.Errorf("%d shed", g.Stats().Shed)
		}
	})
}

func TestWaitingIsServedWhenAPlaceFreesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := open(gate.LookupLane, gate.Limit{Rate: 1e6, Burst: 1e6, Concurrent: 1, Wait: 250 * time.Millisecond}, time.Now)
		h := g.Lane(gate.LookupLane, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { time.Sleep(200 * time.Millisecond) }))
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() {
				if got := serve(h, request(http.MethodPost, "/", strings.NewReader("a=b"))); got.StatusCode != 200 {
					t.Errorf("%d", got.StatusCode)
				}
			})
		}
		wg.Wait()
	})
}

func TestPanicLeavesTheLane(t *testing.T) {
	g := open(gate.LookupLane, gate.Limit{Rate: 1e6, Burst: 1e6, Concurrent: 1}, nil)
	h := g.Public(gate.Form, g.Lane(gate.LookupLane, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("x") })))
	for i := range 3 {
		if got := serve(h, request(http.MethodPost, "/", strings.NewReader("a=b"))); got.StatusCode != 500 {
			t.Fatalf("request %d: %d", i, got.StatusCode)
		}
	}
}

// slow is a body that hands out what it has only when told.
type slow struct{ more chan string }

func (s slow) Read(p []byte) (int, error) {
	b, ok := <-s.more
	if !ok {
		return 0, io.EOF
	}
	return copy(p, b), nil
}

// A sender who takes his time with the body takes no place.
func TestSlowBodyTakesNoPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := open(gate.AskLane, gate.Limit{Rate: 1e6, Burst: 1e6, Concurrent: 1}, nil)
		h := g.Public(gate.Form, g.Lane(gate.AskLane, page("ok")))
		dawdling := slow{make(chan string)}
		done := make(chan int)
		go func() { done <- serve(h, request(http.MethodPost, "/", dawdling)).StatusCode }()
		dawdling.more <- "text="
		synctest.Wait()
		if got := serve(h, request(http.MethodPost, "/", strings.NewReader("a=b"))); got.StatusCode != 200 {
			t.Errorf("while another dawdles: %d", got.StatusCode)
		}
		dawdling.more <- "x"
		close(dawdling.more)
		if status := <-done; status != 200 {
			t.Errorf("the slow one in the end: %d", status)
		}
	})
}

// All bodies together stay within the budget, and it is given back.
func TestBodyBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := spoken(gate.Config{
			BodyBudget: 100 << 10,
			Limits:     map[gate.Lane]gate.Limit{gate.AskLane: {Rate: 1e6, Burst: 1e6, Concurrent: 10}},
		})
		h := g.Public(gate.Form, g.Lane(gate.AskLane, page("ok")))
		holding := slow{make(chan string)}
		done := make(chan int)
		go func() { done <- serve(h, request(http.MethodPost, "/", holding)).StatusCode }()
		for range 60 {
			holding.more <- strings.Repeat("x", 1<<10)
		}
		synctest.Wait()
		large := func() *http.Response {
			return serve(h, request(http.MethodPost, "/", strings.NewReader(strings.Repeat("y", 60<<10))))
		}
		got := large()
		if body := text(t, got); got.StatusCode != 503 || body != "error.body.busy" {
			t.Errorf("over the budget: %d %q", got.StatusCode, body)
		}
		close(holding.more)
		<-done
		if got := large(); got.StatusCode != 200 {
			t.Errorf("after it was given back: %d", got.StatusCode)
		}
	})
}

func TestLaneRefusesLargeBodies(t *testing.T) {
	g := spoken(gate.Config{})
	called := false
	h := g.Public(gate.Form, g.Lane(gate.LookupLane, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { called = true })))
	for name, body := range map[string]io.Reader{
		"announced": strings.NewReader(strings.Repeat("x", 1<<20)),
		"unknown":   io.MultiReader(strings.NewReader(strings.Repeat("x", 1<<20))),
	} {
		got := serve(h, request(http.MethodPost, "/", body))
		if b := text(t, got); got.StatusCode != 413 || b != "error.body.large" || called {
			t.Errorf("%s: %d %q", name, got.StatusCode, b)
		}
	}
	if g.Stats().Large != 2 {
		t.Errorf("%d counted", g.Stats().Large)
	}
}

// The default limits must let a test harness on the same machine post hundreds
// of questions a minute.
func TestLoopbackHarness(t *testing.T) {
	clock := newClock()
	g := spoken(gate.Config{Clock: clock.Now})
	h := g.Public(gate.Form, g.Lane(gate.AskLane, page("ok")))
	for i := range 3000 {
		clock.move(10 * time.Millisecond)
		r := httptest.NewRequest(http.MethodPost, "/ask", strings.NewReader("text=x"))
		r.RemoteAddr = "127.0.0.1:40000"
		if got := serve(h, r); got.StatusCode != 200 {
			t.Fatalf("question %d: %d", i, got.StatusCode)
		}
	}
}
