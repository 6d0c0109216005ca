package web

import (
	"bytes"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"sangto/internal/gate"
)

// How long an answer is kept when nothing was written here. Another program on
// the same database may have written meanwhile: that is seen this much later.
// Up to keptStale one reader makes it anew while the others still get the old.
const (
	keptFor   = time.Second
	keptStale = 3 * time.Second
)

// Bounds of what is kept, in bytes: one answer, and all of them.
const (
	keptAnswer = 256 << 10
	keptAll    = 32 << 20
)

// answers are the answers to addresses of published pages, made once and sent again
// as long as nothing was written. They hold nothing of anybody who asked, live in
// memory, and go with the program. It is safe for concurrent use.
type answers struct {
	written func() int64
	clock   func() time.Time

	mu    sync.RWMutex
	pages map[string]*keptPage
	size  int
}

// keptPage is the place of one address. making is held by whoever makes its
// answer anew.
type keptPage struct {
	making sync.Mutex
	last   atomic.Pointer[keptMade]
	size   int // as it was counted; guarded by answers.mu
}

type keptMade struct {
	answer  *gate.Ready
	written int64
	at      time.Time
}

func newAnswers(written func() int64, clock func() time.Time) *answers {
	return &answers{written: written, clock: clock, pages: map[string]*keptPage{}}
}

// keeps reports whether the answers of a route are the same for everybody and
// small enough to be kept.
func keeps(r Route) bool {
	switch r.Class {
	case gate.Page, gate.Front, gate.Open, gate.Embed:
		return r.Laned && r.Method == http.MethodGet && r.Pattern != claimReviewPath
	}
	return false
}

// keep puts what is kept before next. Whatever a query asks for is made each
// time, so that nobody can fill the memory with addresses of his own invention.
func (k *answers) keep(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.RawQuery != "" || r.URL.RawPath != "" {
			next.ServeHTTP(w, r)
			return
		}
		k.mu.RLock()
		page := k.pages[r.URL.Path]
		k.mu.RUnlock()
		if page == nil {
			page = &keptPage{}
		}
		m := page.last.Load()
		stale := !k.fresh(m, keptFor)
		if stale && !page.making.TryLock() {
			stale = !k.fresh(m, keptStale)
			if stale {
				page.making.Lock()
			}
		}
		if !stale {
			m.answer.Serve(w)
			return
		}
		defer page.making.Unlock()
		k.make(w, r, next, page)
	})
}

// fresh reports whether an answer may still be sent that was made at most age
// ago and since which nothing was written here.
func (k *answers) fresh(m *keptMade, age time.Duration) bool {
	if m == nil || m.written != k.written() {
		return false
	}
	old := k.clock().Sub(m.at)
	return old >= 0 && old < age
}

// make lets next answer and keeps the answer, for a caller that holds
// page.making. What was written while it was made counts as written after it.
func (k *answers) make(w http.ResponseWriter, r *http.Request, next http.Handler, page *keptPage) {
	if m := page.last.Load(); k.fresh(m, keptFor) {
		m.answer.Serve(w)
		return
	}
	made := &keptMade{written: k.written(), at: k.clock()}
	answer := &caught{header: http.Header{}}
	next.ServeHTTP(answer, r)
	if !answer.plain() {
		k.drop(r.URL.Path)
		answer.pass(w)
		return
	}
	made.answer = gate.NewReady(answer.header.Get("Content-Type"), answer.body.Bytes())
	page.last.Store(made)
	k.put(r.URL.Path, page)
	made.answer.Serve(w)
}

// put remembers a page at its path. Sizes are added up as they come: when the
// sum passes its bound everything is forgotten, which costs making each page
// once more.
func (k *answers) put(path string, page *keptPage) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.pages[path] == page {
		return
	}
	page.size = page.last.Load().answer.Size() + len(path)
	k.size += page.size
	if k.size > keptAll {
		clear(k.pages)
		k.size = page.size
	}
	k.pages[path] = page
}

func (k *answers) drop(path string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if page := k.pages[path]; page != nil {
		k.size -= page.size
		delete(k.pages, path)
	}
}

// caught is an answer on its way from a handler.
type caught struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (c *caught) Header() http.Header { return c.header }

// WriteHeader implements http.ResponseWriter.
func (c *caught) WriteHeader(status int) {
	if c.status == 0 {
		c.status = status
	}
}

// Write implements http.ResponseWriter.
func (c *caught) Write(b []byte) (int, error) {
	c.WriteHeader(http.StatusOK)
	return c.body.Write(b)
}

// plain reports whether the answer is one that can be kept: of status 200, of
// bearable size, and with nothing said about it but its type.
func (c *caught) plain() bool {
	return c.status == http.StatusOK && c.body.Len() <= keptAnswer && len(c.header) == 1 && c.header.Get("Content-Type") != ""
}

// pass hands the answer on as it came. A handler that gave up without one
// leaves that to whoever waits for it.
func (c *caught) pass(w http.ResponseWriter) {
	if c.status == 0 {
		return
	}
	for name, values := range c.header {
		w.Header()[name] = values
	}
	w.WriteHeader(c.status)
	_, _ = w.Write(c.body.Bytes())
}
