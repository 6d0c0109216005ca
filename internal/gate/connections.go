package gate

import (
	"container/list"
	"context"
	"net"
	"net/http"
	"sync"
)

// defaultConnections is how many connections a server holds open: with some 25
// KiB for each, 50 MiB. The unit file of deploy/ allows 16,384 descriptors, of
// which the store and its log must always find some.
const defaultConnections = 2048

// connections are those that a server holds open. While there are as many as it
// may hold, each that comes takes the place of the one that has had nothing done
// for it for longest: it waits idle, or has sent half a header or half a body and
// the rest very slowly. One whose request is being answered is never cut; where
// all are, who comes is turned away. So thousands of slow connections neither fill
// the memory nor keep anybody out.
type connections struct {
	mu   sync.Mutex
	most int
	open map[net.Conn]*connection
	// resting are the *connection that may be cut, longest first.
	resting *list.List
	cut     func()
}

// connection is one open connection.
type connection struct {
	book *connections
	conn net.Conn
	// fresh says that no byte of a request came yet.
	fresh bool
	// requests are under way on it, several only in HTTP/2.
	requests int
	// rest is its place among those that may be cut, nil while a request is
	// under way.
	rest *list.Element
}

func newConnections(most int, cut func()) *connections {
	return &connections{most: most, open: map[net.Conn]*connection{}, resting: list.New(), cut: cut}
}

// arrive is the ConnContext hook of a server, which is called before anything is
// read: it makes room, and gives the requests of the connection a way back to it.
func (b *connections) arrive(ctx context.Context, conn net.Conn) context.Context {
	c, closed := b.take(conn)
	if closed != nil {
		b.cut()
		_ = closed.Close()
	}
	return context.WithValue(ctx, connectionKey{}, c)
}

// take puts a connection among those that are open and returns the one that must
// be closed for it, if any: another, or itself.
func (b *connections) take(conn net.Conn) (c *connection, closed net.Conn) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.open) >= b.most {
		longest := b.resting.Front()
		if longest == nil {
			return nil, conn
		}
		closed = longest.Value.(*connection).conn
		b.forget(closed)
	}
	c = &connection{book: b, conn: conn, fresh: true}
	c.rest = b.resting.PushBack(c)
	b.open[conn] = c
	return c, closed
}

// note is the ConnState hook of a server.
func (b *connections) note(conn net.Conn, state http.ConnState) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := b.open[conn]
	switch {
	case c == nil || state == http.StateNew:
	case state == http.StateActive || state == http.StateIdle:
		c.fresh = false
		if c.rest != nil {
			b.resting.MoveToBack(c.rest)
		}
	default:
		b.forget(conn)
	}
}

func (b *connections) forget(conn net.Conn) {
	c := b.open[conn]
	if c == nil {
		return
	}
	delete(b.open, conn)
	if c.rest != nil {
		b.resting.Remove(c.rest)
		c.rest = nil
	}
}

// fresh counts the connections of which no byte of a request came yet.
func (b *connections) fresh() (n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.open {
		if c.fresh {
			n++
		}
	}
	return n
}

// works says that a request is under way on the connection.
func (c *connection) works() {
	if c == nil {
		return
	}
	c.book.mu.Lock()
	defer c.book.mu.Unlock()
	c.requests++
	if c.rest != nil {
		c.book.resting.Remove(c.rest)
		c.rest = nil
	}
}

// rests takes works back.
func (c *connection) rests() {
	if c == nil {
		return
	}
	c.book.mu.Lock()
	defer c.book.mu.Unlock()
	c.requests--
	if c.requests == 0 && c.book.open[c.conn] == c {
		c.rest = c.book.resting.PushBack(c)
	}
}

// connectionKey is the context key of the *connection of a request.
type connectionKey struct{}

// connectionOf is nil for a request that came by no server of a Gate.
func connectionOf(ctx context.Context) *connection {
	c, _ := ctx.Value(connectionKey{}).(*connection)
	return c
}

// working marks the connection of every request while h answers it.
func working(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := connectionOf(r.Context())
		c.works()
		defer c.rests()
		h.ServeHTTP(w, r)
	})
}
