package promises_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
)

// bodies serves pages of the test's own, under a policy of the test's own.
type bodies struct {
	server *httptest.Server
	mu     sync.Mutex
	pages  []served
}

type served struct{ body, policy string }

func serveBodies(t *testing.T) *bodies {
	t.Helper()
	b := &bodies{}
	b.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, err := strconv.Atoi(r.URL.Path[1:])
		b.mu.Lock()
		defer b.mu.Unlock()
		if err != nil || n >= len(b.pages) {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if p := b.pages[n].policy; p != "" {
			w.Header().Set("Content-Security-Policy", p)
		}
		_, _ = io.WriteString(w, b.pages[n].body)
	}))
	t.Cleanup(b.server.Close)
	return b
}

// put keeps a page and returns its address.
func (b *bodies) put(body, policy string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.pages = append(b.pages, served{body, policy})
	return b.server.URL + "/" + strconv.Itoa(len(b.pages)-1)
}
