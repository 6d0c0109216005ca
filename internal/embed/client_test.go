package embed_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"sangto/internal/embed"
	"sangto/internal/eval"
	"sangto/internal/testkit"
	"sangto/match"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func client(t *testing.T, k embed.Kind, address string) *embed.Client {
	t.Helper()
	c, err := embed.New(k, address, "some-model")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

var three = []string{"đập thủy điện xả lũ", "the bridge is closed", ""}

func TestClientReadsBothProtocols(t *testing.T) {
	for _, k := range []embed.Kind{embed.OpenAI, embed.Ollama} {
		t.Run(string(k), func(t *testing.T) {
			c := client(t, k, testkit.NewEmbedder(t, eval.NewHashed(64)).URL())
			got, err := c.Embed(t.Context(), three)
			if err != nil || len(got) != 3 || c.Model() != "some-model" {
				t.Fatalf("%d vectors of %q, %v", len(got), c.Model(), err)
			}
			want, _ := eval.NewHashed(64).Embed(t.Context(), []string{three[0], three[1], "."})
			for i := range got {
				dot, length := 0.0, 0.0
				for j := range got[i] {
					dot += float64(got[i][j]) * float64(want[i][j])
					length += float64(got[i][j]) * float64(got[i][j])
				}
				if math.Abs(dot-1) > 1e-5 || math.Abs(length-1) > 1e-5 {
					t.Errorf("text %d: dot product %v, length %v", i, dot, length)
				}
			}
			if none, err := c.Embed(t.Context(), nil); len(none) != 0 || err != nil {
				t.Errorf("no texts: %v, %v", none, err)
			}
		})
	}
}

func TestClientOverASocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "e.sock")
	ln, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	testkit.NewEmbedderAt(t, eval.NewHashed(64), ln)
	got, err := client(t, embed.Ollama, "unix:"+path).Embed(t.Context(), three)
	if err != nil || len(got) != 3 {
		t.Fatalf("%d vectors, %v", len(got), err)
	}
}

func TestClientSendsABoundedText(t *testing.T) {
	server := testkit.NewEmbedder(t, eval.NewHashed(64))
	c := client(t, embed.OpenAI, server.URL())
	if _, err := c.Embed(t.Context(), []string{strings.Repeat("ữ", 10_000)}); err != nil {
		t.Fatal(err)
	}
	if got := server.Texts()[0]; len(got) > 8<<10 || strings.Trim(got, "ữ") != "" || len(got) < 8000 {
		t.Errorf("%d bytes were sent, ending %q", len(got), got[len(got)-5:])
	}
	if _, err := c.Embed(t.Context(), make([]string, embed.TextsMax+1)); err == nil {
		t.Error("any number of texts goes")
	}
}

// secret is a text that no error may repeat, though the server does.
const secret = "the-words-of-a-message"

func TestClientFailures(t *testing.T) {
	elsewhere := testkit.NewEmbedder(t, eval.NewHashed(64))
	for name, mood := range map[string]testkit.Mood{
		"status":         {Status: http.StatusInternalServerError},
		"redirect":       {Status: http.StatusTemporaryRedirect, Location: elsewhere.URL() + "/v1/embeddings"},
		"no content":     {Status: http.StatusNoContent},
		"cut off":        {Dead: true},
		"mute":           {Mute: true},
		"too many":       {Extra: 2},
		"too few":        {Extra: -1},
		"not JSON":       {Body: secret},
		"another shape":  {Body: `["` + secret + `"]`},
		"empty":          {Body: " "},
		"huge":           {Body: strings.Repeat(" ", 2<<20)},
		"tiny dimension": {Notion: eval.NewHashed(4)},
		"huge dimension": {Notion: eval.NewHashed(5000)},
	} {
		for _, k := range []embed.Kind{embed.OpenAI, embed.Ollama} {
			t.Run(name+" "+string(k), func(t *testing.T) {
				server := testkit.NewEmbedder(t, eval.NewHashed(64))
				server.Be(mood)
				got, err := client(t, k, server.URL()).Embed(t.Context(), []string{secret, "b"})
				if err == nil || got != nil {
					t.Fatalf("%d vectors, %v", len(got), err)
				}
				if strings.Contains(err.Error(), secret) {
					t.Errorf("the error repeats what was sent: %v", err)
				}
			})
		}
	}
	if elsewhere.Calls() > 0 {
		t.Error("a redirect was followed")
	}
}

func TestClientIgnoresProxies(t *testing.T) {
	var asked atomic.Bool
	proxy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Store(true) }))
	defer proxy.Close()
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"} {
		t.Setenv(name, proxy.URL)
	}
	server := testkit.NewEmbedder(t, eval.NewHashed(64))
	if _, err := client(t, embed.OpenAI, server.URL()).Embed(t.Context(), three); err != nil || asked.Load() {
		t.Errorf("%v; proxy asked: %v", err, asked.Load())
	}
}

func TestClientGivesUp(t *testing.T) {
	server := testkit.NewEmbedder(t, eval.NewHashed(64))
	server.Be(testkit.Mood{Slow: time.Minute})
	c := client(t, embed.OpenAI, server.URL())
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	begin := time.Now()
	if _, err := c.Embed(ctx, three); !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) > 30*time.Second {
		t.Errorf("%v after %s", err, time.Since(begin))
	}
	ctx, cancel = context.WithCancel(t.Context())
	cancel()
	if _, err := c.Embed(ctx, three); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// moody fails as it is told.
type moody struct {
	err   error
	calls int
	hold  chan struct{}
	// entered is told of every call that holds.
	entered chan struct{}
}

func (m *moody) Model() string { return "moody" }

func (m *moody) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	m.calls++
	if m.hold != nil {
		m.entered <- struct{}{}
		<-m.hold
	}
	return make([][]float32, len(texts)), m.err
}

var _ match.Embedder = (*moody)(nil)

func TestBreaker(t *testing.T) {
	now := time.Unix(0, 0)
	var said []string
	inner := &moody{}
	b := embed.NewBreaker(inner, func() time.Time { return now }, func(err error) { said = append(said, fmt.Sprint(err)) })
	ask := func(want error) {
		t.Helper()
		if _, err := b.Embed(t.Context(), three); !errors.Is(err, want) {
			t.Fatalf("got %v, want %v", err, want)
		}
	}
	down := errors.New("down")
	calls := func(n int) {
		t.Helper()
		if inner.calls != n {
			t.Fatalf("asked %d times, want %d", inner.calls, n)
		}
	}
	ask(nil)
	inner.err = down
	ask(down)
	ask(down)
	inner.err = nil
	ask(nil) // two failures in a row are not three
	inner.err = context.Canceled
	for range 5 {
		ask(context.Canceled) // the visitor left: says nothing
	}
	inner.err = down
	for range 3 {
		ask(down)
	}
	calls(12)
	for range 10 {
		ask(embed.ErrOpen)
	}
	calls(12)
	now = now.Add(15 * time.Second)
	ask(down) // the one that tries
	ask(embed.ErrOpen)
	calls(13)
	now = now.Add(15 * time.Second)
	inner.err = nil
	ask(nil)
	ask(nil)
	if want := []string{"down", "<nil>"}; !slices.Equal(said, want) {
		t.Errorf("said %q, want %q", said, want)
	}
}

// TestBreakerTriesOnce: while one call tries the embedder, no other waits.
func TestBreakerTriesOnce(t *testing.T) {
	now := time.Unix(0, 0)
	inner := &moody{err: errors.New("down")}
	b := embed.NewBreaker(inner, func() time.Time { return now }, func(error) {})
	for range 3 {
		_, _ = b.Embed(t.Context(), three)
	}
	now = now.Add(time.Minute)
	inner.hold, inner.entered, inner.err = make(chan struct{}), make(chan struct{}, 1), nil
	done := make(chan error)
	go func() {
		_, err := b.Embed(context.Background(), three)
		done <- err
	}()
	<-inner.entered
	if _, err := b.Embed(t.Context(), nil); !errors.Is(err, embed.ErrOpen) {
		t.Errorf("a second call meanwhile: %v", err)
	}
	close(inner.hold)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if _, err := b.Embed(t.Context(), three); err != nil {
		t.Errorf("after it worked: %v", err)
	}
}
