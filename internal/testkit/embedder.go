package testkit

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"sangto/match"
)

// Embedder is a real HTTP server on 127.0.0.1 that speaks the OpenAI and the
// Ollama protocol and answers with the vectors of another embedder, until it is
// told to misbehave. It keeps every text it was sent.
type Embedder struct {
	notion match.Embedder
	server *httptest.Server

	mu    sync.Mutex
	mood  Mood
	texts []string
	calls int
}

// Mood is how an Embedder behaves.
type Mood struct {
	// Slow is how long it waits before it answers.
	Slow time.Duration
	// Status is sent instead of an answer, with Location if that is set.
	Status   int
	Location string
	// Body is sent instead of vectors.
	Body string
	// Dead cuts the connection in the middle of the answer, Mute at once.
	Dead, Mute bool
	// Extra is how many vectors too many it sends; -1 is one too few.
	Extra int
	// Notion makes the vectors instead of the first one: another model under
	// the same name.
	Notion match.Embedder
}

// NewEmbedder starts an Embedder, which ends with the test.
func NewEmbedder(tb testing.TB, notion match.Embedder) *Embedder {
	tb.Helper()
	e := &Embedder{notion: notion}
	e.server = httptest.NewServer(e)
	tb.Cleanup(e.server.Close)
	return e
}

// NewEmbedderAt starts one that listens where ln does.
func NewEmbedderAt(tb testing.TB, notion match.Embedder, ln net.Listener) *Embedder {
	tb.Helper()
	e := &Embedder{notion: notion}
	e.server = &httptest.Server{Listener: ln, Config: &http.Server{Handler: e, ReadHeaderTimeout: time.Minute}}
	e.server.Start()
	tb.Cleanup(e.server.Close)
	return e
}

// URL is its address, a literal one.
func (e *Embedder) URL() string { return e.server.URL }

// Be changes its mood.
func (e *Embedder) Be(m Mood) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.mood = m
}

// Texts returns every text it was ever sent.
func (e *Embedder) Texts() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]string(nil), e.texts...)
}

// Calls is how often it was asked.
func (e *Embedder) Calls() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.calls
}

// ServeHTTP implements http.Handler.
func (e *Embedder) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var ask struct {
		Model string   `json:"model"`
		Input []string `json:"input"`
	}
	if err := json.NewDecoder(r.Body).Decode(&ask); err != nil || r.Method != http.MethodPost || ask.Model == "" {
		http.Error(w, "no question", http.StatusBadRequest)
		return
	}
	m := e.note(ask.Input)
	select {
	case <-time.After(m.Slow):
	case <-r.Context().Done():
		return
	}
	body, err := e.body(r, m, ask.Input)
	switch {
	case m.Mute:
		panic(http.ErrAbortHandler)
	case m.Status != 0:
		w.Header().Set("Location", m.Location)
		http.Error(w, strings.Join(ask.Input, " "), m.Status)
	case err != nil:
		http.Error(w, err.Error(), http.StatusNotFound)
	case m.Dead:
		w.Header().Set("Content-Length", fmt.Sprint(len(body)))
		_, _ = w.Write(body[:len(body)/2])
		panic(http.ErrAbortHandler)
	default:
		_, _ = w.Write(body)
	}
}

func (e *Embedder) note(texts []string) Mood {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.calls++
	e.texts = append(e.texts, texts...)
	return e.mood
}

func (e *Embedder) body(r *http.Request, m Mood, texts []string) ([]byte, error) {
	if m.Body != "" {
		return []byte(m.Body), nil
	}
	notion := e.notion
	if m.Notion != nil {
		notion = m.Notion
	}
	vectors, err := notion.Embed(r.Context(), texts)
	if err != nil {
		return nil, err
	}
	for range m.Extra {
		vectors = append(vectors, vectors[0])
	}
	vectors = vectors[:len(vectors)+min(0, m.Extra)]
	switch r.URL.Path {
	case "/api/embed":
		return json.Marshal(map[string]any{"model": "m", "embeddings": vectors})
	case "/v1/embeddings":
		return json.Marshal(map[string]any{"object": "list", "data": reversed(vectors)})
	}
	return nil, fmt.Errorf("no such path")
}

// reversed lists vectors as OpenAI's protocol does, last first, which it allows.
func reversed(vectors [][]float32) []any {
	var out []any
	for i := len(vectors) - 1; i >= 0; i-- {
		out = append(out, map[string]any{"object": "embedding", "index": i, "embedding": vectors[i]})
	}
	return out
}
