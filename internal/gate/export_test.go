package gate

import (
	"context"
	"net/netip"
	"time"
)

// PrefixIn returns what a context tells of a client.
func PrefixIn(ctx context.Context) (netip.Prefix, bool) {
	p, ok := ctx.Value(clientKey{}).(netip.Prefix)
	return p, ok
}

// ClientPrefix opens clientPrefix to tests.
func ClientPrefix(remote string, forwarded []string, proxies []netip.Prefix) netip.Prefix {
	return clientPrefix(remote, forwarded, proxies)
}

// Buckets opens the client buckets to tests.
type Buckets struct{ c *clients }

// NewBuckets returns empty buckets.
func NewBuckets(clock func() time.Time) Buckets { return Buckets{newClients(clock)} }

// Take spends a token.
func (b Buckets) Take(l Lane, p netip.Prefix, limit Limit) time.Duration {
	return b.c.take(l, p, limit)
}

// Len counts buckets.
func (b Buckets) Len() int { return b.c.len() }

// Expire runs what the timer runs, and returns how many keys are left.
func (b Buckets) Expire() int {
	b.c.mu.Lock()
	defer b.c.mu.Unlock()
	b.c.expire(b.c.clock().Sub(b.c.start))
	return len(b.c.ages)
}
