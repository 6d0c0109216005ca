package gate

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// How long a key of the client buckets takes new entries, how long it is kept
// after that so that levels can be carried over, and how many entries there
// may be. The longest Limit.Per is an hour: a bucket left alone for keyOverlap
// is full again, so that forgetting it changes nothing.
const (
	keyCurrent  = 10 * time.Minute
	keyOverlap  = time.Hour
	maxClients  = 100_000
	evictSample = 8
)

// clients holds a token bucket for each network prefix and lane, under keyed
// hashes. There is nothing in it that could be compared with an address
// without the keys, which are drawn at random, live in memory, and are
// overwritten keyCurrent+keyOverlap after they were drawn.
type clients struct {
	clock func() time.Time
	start time.Time
	mu    sync.Mutex
	ages  []*age // newest last
	count int
	sweep *time.Timer
}

// age is the time during which one key was the current one.
type age struct {
	key    [32]byte
	born   time.Duration
	levels map[bucketKey]level
}

type bucketKey [16]byte

// level is what a bucket holds at a moment since clients.start.
type level struct {
	tokens float64
	at     time.Duration
}

func newClients(clock func() time.Time) *clients {
	return &clients{clock: clock, start: clock()}
}

// take spends one token of the bucket and returns 0, or returns how long until
// there is one. The zero Prefix and a Limit without Each are not counted.
func (c *clients) take(lane Lane, prefix netip.Prefix, limit Limit) time.Duration {
	if !prefix.IsValid() || limit.Each <= 0 {
		return 0
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.clock().Sub(c.start)
	current := c.turn(now)
	key, was := c.find(lane, prefix)
	level := was.after(now, limit)
	if level.tokens < 1 {
		c.put(current, key, level)
		return time.Duration((1 - level.tokens) * float64(limit.Per) / float64(limit.Each))
	}
	level.tokens--
	c.put(current, key, level)
	return 0
}

// giveBack returns a token that was taken for nothing.
func (c *clients) giveBack(lane Lane, prefix netip.Prefix, limit Limit) {
	if !prefix.IsValid() || limit.Each <= 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.clock().Sub(c.start)
	current := c.turn(now)
	key, was := c.find(lane, prefix)
	level := was.after(now, limit)
	level.tokens = min(level.tokens+1, float64(limit.Each))
	c.put(current, key, level)
}

// len is the number of buckets held.
func (c *clients) len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.count
}

// after is the level after time has passed. A clock that went back gives nothing
// and takes nothing.
func (l *level) after(now time.Duration, limit Limit) level {
	full := float64(limit.Each)
	if l == nil {
		return level{tokens: full, at: now}
	}
	gained := full * float64(max(0, now-l.at)) / float64(limit.Per)
	return level{tokens: min(full, l.tokens+gained), at: now}
}

// turn drops the ages that are over and returns the current one, beginning a
// new one when its time has come.
func (c *clients) turn(now time.Duration) *age {
	c.expire(now)
	if n := len(c.ages); n > 0 {
		if last := c.ages[n-1]; now-last.born < keyCurrent && now >= last.born-keyCurrent {
			return last
		}
	}
	a := &age{born: now, levels: map[bucketKey]level{}}
	_, _ = rand.Read(a.key[:]) // never fails: crypto/rand ends the program instead
	c.ages = append(c.ages, a)
	c.plan()
	return a
}

// expire overwrites and drops keys at the end of their life. A clock set back
// ends a life too: an age from the future would otherwise never be over.
func (c *clients) expire(now time.Duration) {
	kept := c.ages[:0]
	for _, a := range c.ages {
		if old := now - a.born; old < keyCurrent+keyOverlap && old >= -keyCurrent-keyOverlap {
			kept = append(kept, a)
			continue
		}
		c.count -= len(a.levels)
		clear(a.key[:])
		clear(a.levels)
	}
	clear(c.ages[len(kept):])
	c.ages = kept
}

// plan makes sure that keys also die when no request comes to turn them over.
func (c *clients) plan() {
	if c.sweep != nil {
		return
	}
	left := c.ages[0].born + keyCurrent + keyOverlap - c.clock().Sub(c.start)
	c.sweep = time.AfterFunc(max(left, time.Second), func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.sweep = nil
		c.expire(c.clock().Sub(c.start))
		if len(c.ages) > 0 {
			c.plan()
		}
	})
}

// find returns the bucket's key in the current age and, if any age knows the
// prefix, its level there, taken out of that age.
func (c *clients) find(lane Lane, prefix netip.Prefix) (bucketKey, *level) {
	current := c.ages[len(c.ages)-1].name(lane, prefix)
	for i := len(c.ages) - 1; i >= 0; i-- {
		a := c.ages[i]
		key := current
		if i < len(c.ages)-1 {
			key = a.name(lane, prefix)
		}
		if l, ok := a.levels[key]; ok {
			delete(a.levels, key)
			c.count--
			return current, &l
		}
	}
	return current, nil
}

func (c *clients) put(a *age, key bucketKey, l level) {
	if c.count >= maxClients {
		c.evict()
	}
	a.levels[key] = l
	c.count++
}

// evict makes room: of a few buckets of the oldest age that has any, it
// forgets the fullest, which is the one whose owner gains least.
func (c *clients) evict() {
	for _, a := range c.ages {
		if len(a.levels) == 0 {
			continue
		}
		var victim bucketKey
		best, seen := -1.0, 0
		for key, l := range a.levels {
			if l.tokens > best {
				victim, best = key, l.tokens
			}
			if seen++; seen == evictSample {
				break
			}
		}
		delete(a.levels, victim)
		c.count--
		return
	}
}

// name is the keyed hash under which a prefix is known in this age.
func (a *age) name(lane Lane, prefix netip.Prefix) bucketKey {
	h := hmac.New(sha256.New, a.key[:])
	b := prefix.Addr().As16()
	_, _ = h.Write([]byte{byte(lane), byte(prefix.Bits())})
	_, _ = h.Write(b[:])
	return bucketKey(h.Sum(nil)[:16])
}

// clientPrefix returns the network that a request is counted under: the /24 or
// /56 of its peer, or, if the peer is one of proxies, of the last address in
// X-Forwarded-For that is not. The result is the zero Prefix where no public
// address is known: a private or loopback address stands for a proxy nobody
// declared, or for everybody in a house, and counting it would lock out all
// for one.
func clientPrefix(remote string, forwarded []string, proxies []netip.Prefix) netip.Prefix {
	addr, ok := parsePeer(remote)
	if !ok {
		return netip.Prefix{}
	}
	if within(proxies, addr) {
		addr, ok = lastForeign(forwarded, proxies)
		if !ok {
			return netip.Prefix{}
		}
	}
	if !countable(addr) {
		return netip.Prefix{}
	}
	bits := 56
	if addr.Is4() {
		bits = 24
	}
	p, err := addr.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return p
}

// countable reports whether an address can stand for one household.
func countable(a netip.Addr) bool {
	carrier := netip.PrefixFrom(netip.AddrFrom4([4]byte{100, 64}), 10)
	return a.IsGlobalUnicast() && !a.IsPrivate() && !a.IsLoopback() && !carrier.Contains(a)
}

// lastForeign walks the proxies' list from its trusted end. Whatever lies
// beyond the first address that is no proxy of ours was written by strangers.
func lastForeign(forwarded []string, proxies []netip.Prefix) (netip.Addr, bool) {
	items := strings.Split(strings.Join(forwarded, ","), ",")
	for i := len(items) - 1; i >= 0; i-- {
		addr, ok := parsePeer(strings.TrimSpace(items[i]))
		if !ok {
			return netip.Addr{}, false
		}
		if !within(proxies, addr) {
			return addr, true
		}
	}
	return netip.Addr{}, false
}

// parsePeer reads an address with or without port, brackets or zone.
func parsePeer(s string) (netip.Addr, bool) {
	if ap, err := netip.ParseAddrPort(s); err == nil {
		return ap.Addr().Unmap().WithZone(""), true
	}
	a, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(s, "["), "]"))
	if err != nil {
		return netip.Addr{}, false
	}
	return a.Unmap().WithZone(""), true
}

func within(prefixes []netip.Prefix, a netip.Addr) bool {
	for _, p := range prefixes {
		if p.Contains(a) {
			return true
		}
	}
	return false
}
