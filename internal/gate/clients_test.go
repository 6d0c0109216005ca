package gate_test

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"runtime"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sangto/internal/gate"
)

func prefixes(list ...string) []netip.Prefix {
	var out []netip.Prefix
	for _, s := range list {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}

func TestClientPrefix(t *testing.T) {
	proxies := prefixes("10.0.0.0/8", "192.0.2.1/32", "2001:db8:f::/48", "127.0.0.1/32")
	for _, c := range []struct {
		name, remote string
		forwarded    []string
		want         string
	}{
		{"v4", "203.0.113.9:1", nil, "203.0.113.0/24"},
		{"v6", "[2a02:1:2:3ff::9]:1", nil, "2a02:1:2:300::/56"},
		{"v4 in v6", "[::ffff:203.0.113.9]:1", nil, "203.0.113.0/24"},
		{"zone", "[2a02:1:2:3ff::9%eth0]:1", nil, "2a02:1:2:300::/56"},
		{"loopback", "127.0.0.2:1", nil, ""},
		{"loopback v6", "[::1]:1", nil, ""},
		{"private", "192.168.1.9:1", nil, ""},
		{"private v6", "[fd00::1]:1", nil, ""},
		{"link-local", "[fe80::1]:1", nil, ""},
		{"carrier", "100.64.1.1:1", nil, ""},
		{"beside carrier", "100.128.1.1:1", nil, "100.128.1.0/24"},
		{"unix socket", "@", nil, ""},
		{"none", "", nil, ""},
		{"header from a stranger", "203.0.113.9:1", []string{"198.51.100.1"}, "203.0.113.0/24"},
		{"header from an undeclared neighbour", "192.168.1.9:1", []string{"198.51.100.1"}, ""},
		{"proxy", "10.1.1.1:1", []string{"198.51.100.1"}, "198.51.100.0/24"},
		{"proxy at loopback", "127.0.0.1:1", []string{"198.51.100.1"}, "198.51.100.0/24"},
		{"proxy in v6", "[::ffff:10.1.1.1]:1", []string{"2a02:1:2:3::1"}, "2a02:1:2::/56"},
		{"proxy with port", "10.1.1.1:1", []string{"198.51.100.1:4711"}, "198.51.100.0/24"},
		{"proxy with brackets", "10.1.1.1:1", []string{"[2a02:1:2:3::1]:4711"}, "2a02:1:2::/56"},
		{"two proxies", "10.1.1.1:1", []string{"198.51.100.1, 192.0.2.1"}, "198.51.100.0/24"},
		{"two lines", "10.1.1.1:1", []string{"198.51.100.1", "192.0.2.1"}, "198.51.100.0/24"},
		{"made up by the client", "10.1.1.1:1", []string{"8.8.8.8, 9.9.9.9, 198.51.100.1"}, "198.51.100.0/24"},
		{"proxy names itself only", "10.1.1.1:1", []string{"10.2.2.2"}, ""},
		{"proxy says nothing", "10.1.1.1:1", nil, ""},
		{"proxy says nonsense", "10.1.1.1:1", []string{"198.51.100.1, unknown"}, ""},
		{"nonsense further out", "10.1.1.1:1", []string{"unknown, 198.51.100.1"}, "198.51.100.0/24"},
		{"proxy names a neighbour", "10.1.1.1:1", []string{"192.168.7.7"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := gate.ClientPrefix(c.remote, c.forwarded, proxies)
			if c.want == "" && got.IsValid() || c.want != "" && got.String() != c.want {
				t.Errorf("%v, want %q", got, c.want)
			}
		})
	}
}

func FuzzClientPrefix(f *testing.F) {
	f.Add("203.0.113.9:1", "198.51.100.1, 10.0.0.1")
	f.Add("10.0.0.1:1", "[::1%x]:9,,")
	f.Fuzz(func(t *testing.T, remote, forwarded string) {
		p := gate.ClientPrefix(remote, []string{forwarded}, prefixes("10.0.0.0/8"))
		if p.IsValid() && (p != p.Masked() || p.Bits() != 24 && p.Bits() != 56 || p.Addr().IsPrivate() || p.Addr().IsLoopback()) {
			t.Errorf("%q, %q: %v", remote, forwarded, p)
		}
	})
}

// TestLimitHeld lets one prefix hammer for three hours at ten a second and
// counts what gets through: the limit within 10 %, across every change of key.
func TestLimitHeld(t *testing.T) {
	for lane, limit := range gate.DefaultLimits() {
		if limit.Each == 0 {
			continue
		}
		clock := newClock()
		b := gate.NewBuckets(clock.Now)
		p := netip.MustParsePrefix("203.0.113.0/24")
		const hours = 3
		admitted := 0
		for range hours * 3600 * 10 {
			clock.move(100 * time.Millisecond)
			if b.Take(lane, p, limit) == 0 {
				admitted++
			}
		}
		want := float64(limit.Each) * (1 + float64(hours*time.Hour)/float64(limit.Per))
		if got := float64(admitted); got < 0.9*want || got > 1.1*want {
			t.Errorf("lane %d: %v admitted, want %v within 10 %%", lane, got, want)
		}
	}
}

// TestLimitHeldAgainstWaiting plays every patient sender: in any span of time
// no more gets through than a burst and what the span gives back.
func TestLimitHeldAgainstWaiting(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := gate.Limit{Each: rapid.IntRange(1, 10).Draw(t, "each"), Per: time.Duration(rapid.IntRange(1, 60).Draw(t, "minutes")) * time.Minute}
		clock := newClock()
		b := gate.NewBuckets(clock.Now)
		p := netip.MustParsePrefix("2a02:1:2:300::/56")
		var taken []time.Time
		for range rapid.IntRange(1, 120).Draw(t, "steps") {
			clock.move(time.Duration(rapid.Int64Range(0, int64(40*time.Minute)).Draw(t, "wait")))
			for range rapid.IntRange(1, 12).Draw(t, "tries") {
				if b.Take(gate.AskLane, p, limit) == 0 {
					taken = append(taken, clock.Now())
				}
			}
		}
		for i := range taken {
			for j := i; j < len(taken); j++ {
				span := taken[j].Sub(taken[i])
				most := float64(limit.Each) * (1 + float64(span)/float64(limit.Per))
				if n := float64(j - i + 1); n > most+1e-6 {
					t.Fatalf("%v in %v, at most %v", n, span, most)
				}
			}
		}
	})
}

// The wait that a refusal names must be true: then, and not before.
func TestWaitIsExact(t *testing.T) {
	clock := newClock()
	b := gate.NewBuckets(clock.Now)
	limit := gate.Limit{Each: 5, Per: time.Hour}
	p := netip.MustParsePrefix("203.0.113.0/24")
	for range 5 {
		if w := b.Take(gate.AskLane, p, limit); w != 0 {
			t.Fatalf("within the burst: wait %v", w)
		}
	}
	wait := b.Take(gate.AskLane, p, limit)
	if wait < 12*time.Minute-time.Second || wait > 12*time.Minute+time.Second {
		t.Fatalf("wait %v, want 12 minutes", wait)
	}
	clock.move(wait - time.Second)
	if b.Take(gate.AskLane, p, limit) == 0 {
		t.Error("let in before the time it named")
	}
	clock.move(2 * time.Second)
	if w := b.Take(gate.AskLane, p, limit); w != 0 {
		t.Errorf("still %v after the time it named", w)
	}
}

func TestBucketsAreApart(t *testing.T) {
	clock := newClock()
	b := gate.NewBuckets(clock.Now)
	limit := gate.Limit{Each: 1, Per: time.Hour}
	for _, lane := range []gate.Lane{gate.LookupLane, gate.AskLane, gate.TrackLane} {
		for _, p := range prefixes("203.0.113.0/24", "203.0.114.0/24", "2a02:1:2:300::/56", "2a02:1:2:400::/56") {
			if w := b.Take(lane, p, limit); w != 0 {
				t.Errorf("lane %d, %v pays for another", lane, p)
			}
		}
	}
	if w := b.Take(gate.AskLane, netip.Prefix{}, limit); w != 0 {
		t.Error("an unknown network is limited")
	}
}

// TestKeysDie moves the clock with nobody there: 70 minutes after it was drawn
// no key and no bucket is left.
func TestKeysDie(t *testing.T) {
	clock := newClock()
	b := gate.NewBuckets(clock.Now)
	limit := gate.Limit{Each: 5, Per: time.Hour}
	for i := range 3 {
		b.Take(gate.AskLane, netip.PrefixFrom(netip.AddrFrom4([4]byte{203, 0, byte(i), 0}), 24), limit)
		clock.move(10 * time.Minute)
	}
	if n := b.Expire(); n != 3 || b.Len() != 3 {
		t.Fatalf("%d keys, %d buckets; want 3 of each", n, b.Len())
	}
	clock.move(40*time.Minute - time.Second)
	if n := b.Expire(); n != 3 {
		t.Errorf("%d keys just before the first dies", n)
	}
	clock.move(time.Second)
	if n := b.Expire(); n != 2 || b.Len() != 2 {
		t.Errorf("%d keys, %d buckets after the first died", n, b.Len())
	}
	clock.move(20 * time.Minute)
	if n := b.Expire(); n != 0 || b.Len() != 0 {
		t.Errorf("%d keys, %d buckets in the end", n, b.Len())
	}
}

func TestClockJumps(t *testing.T) {
	for _, jump := range []time.Duration{-24 * time.Hour, 24 * time.Hour, -10 * 365 * 24 * time.Hour, 10 * 365 * 24 * time.Hour, -5 * time.Minute} {
		clock := newClock()
		b := gate.NewBuckets(clock.Now)
		limit := gate.Limit{Each: 5, Per: time.Hour}
		p := netip.MustParsePrefix("203.0.113.0/24")
		for range 5 {
			b.Take(gate.AskLane, p, limit)
		}
		clock.move(jump)
		for range 20 {
			b.Take(gate.AskLane, p, limit)
		}
		clock.move(2 * time.Hour)
		if w := b.Take(gate.AskLane, p, limit); w != 0 {
			t.Errorf("two hours after a jump of %v: wait %v", jump, w)
		}
	}
}

// TestMillionPrefixes floods the buckets: memory stays bounded, the flood is
// quick, one sender who hammers all the while stays limited, nothing is
// written.
func TestMillionPrefixes(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	t.Setenv("TMPDIR", dir)
	clock := newClock()
	limit := gate.Limit{Each: 30, Per: time.Minute}
	steady := netip.MustParsePrefix("203.0.113.0/24")
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	b := gate.NewBuckets(clock.Now)
	random := rand.New(rand.NewPCG(1, 2))
	admitted, slowest := 0, time.Duration(0)
	began := time.Now()
	n := 1_000_000
	if testing.Short() {
		n = 150_000
	}
	for i := range n {
		clock.move(60 * time.Microsecond)
		var a [16]byte
		binary.BigEndian.PutUint64(a[:], 0x2a02<<48|random.Uint64()>>16)
		one := time.Now()
		b.Take(gate.LookupLane, netip.PrefixFrom(netip.AddrFrom16(a), 56).Masked(), limit)
		slowest = max(slowest, time.Since(one))
		if i%167 == 0 && b.Take(gate.LookupLane, steady, limit) == 0 { // a hundred a second
			admitted++
		}
	}
	took := time.Since(began)
	runtime.GC()
	runtime.ReadMemStats(&after)
	grown := int64(after.HeapAlloc) - int64(before.HeapAlloc)
	t.Logf("%d buckets, %.1f MiB, %v a take, slowest %v, steady sender %d", b.Len(), float64(grown)/(1<<20), took/time.Duration(n), slowest, admitted)
	t.Attr("prefixes", fmt.Sprint(n))
	t.Attr("MiB_more", fmt.Sprintf("%.1f", float64(grown)/(1<<20)))
	if b.Len() > 100_000 || grown > 64<<20 {
		t.Errorf("%d buckets in %d bytes", b.Len(), grown)
	}
	want := 30 + 30*clock.Now().Sub(newClock().Now()).Minutes()
	if got := float64(admitted); got < 0.9*want || got > 1.1*want {
		t.Errorf("the steady sender got %v through, want %v within 10 %%", got, want)
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 0 {
		t.Errorf("%d files, %v", len(files), err)
	}
	runtime.KeepAlive(b)
}

func BenchmarkTake(b *testing.B) {
	buckets := gate.NewBuckets(time.Now)
	limit := gate.Limit{Each: 30, Per: time.Minute}
	p := netip.MustParsePrefix("203.0.113.0/24")
	for b.Loop() {
		buckets.Take(gate.LookupLane, p, limit)
	}
}
