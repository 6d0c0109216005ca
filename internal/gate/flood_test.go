package gate_test

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sangto/internal/gate"
)

// The frames of HTTP/2 that a flood is made of (RFC 9113, section 6), written by
// hand: no client library sends what an attacker does.
const (
	frameHeaders      = 0x1
	frameReset        = 0x3
	frameSettings     = 0x4
	framePing         = 0x6
	frameContinuation = 0x9

	endStream  = 0x1
	endHeaders = 0x4

	cancelled = 0x8 // the error code CANCEL
)

// frame writes one frame.
func frame(kind, flags byte, stream uint32, payload []byte) []byte {
	out := make([]byte, 9, 9+len(payload))
	binary.BigEndian.PutUint32(out, uint32(len(payload))<<8|uint32(kind))
	out[4] = flags
	binary.BigEndian.PutUint32(out[5:], stream)
	return append(out, payload...)
}

// getRoot is "GET https://a/" as a block of headers (RFC 7541): three entries of
// the fixed table and a literal authority.
func getRoot() []byte { return []byte{0x82, 0x87, 0x84, 0x41, 0x01, 'a'} }

// growing is a literal header of 3,000 bytes that enters the table, and after it
// n times the one byte that stands for it there.
func growing(n int) []byte {
	out := append(getRoot(), 0x40, 0x01, 'x', 0x7f, 0xb9, 0x16) // 127 + 57 + 22*128 = 3,000
	out = append(out, bytes.Repeat([]byte{'a'}, 3000)...)
	return append(out, bytes.Repeat([]byte{0xbe}, n)...)
}

// flood is one way to send a connection more than it can be meant for.
type flood struct {
	// next returns what is sent as the ith piece, of at most pieces.
	next   func(i int) []byte
	pieces int
	// deaf reads no answer, so that they pile up on the other side.
	deaf bool
	// harmless floods cost the server so little that it may bear them.
	harmless bool
}

func floods() map[string]flood {
	const first = 1
	continued := func(payload []byte) func(i int) []byte {
		return func(i int) []byte {
			if i == 0 {
				return frame(frameHeaders, endStream, first, getRoot())
			}
			return frame(frameContinuation, 0, first, payload)
		}
	}
	literal := append([]byte{0x00, 0x01, 'x', 0x7f, 0x81, 0x7e}, bytes.Repeat([]byte{'a'}, 16_256)...) // 127 + 1 + 126*128
	return map[string]flood{
		"requests that are taken back at once": {pieces: 50_000, next: func(i int) []byte {
			stream := uint32(2*i + 1)
			ask := frame(frameHeaders, endStream|endHeaders, stream, getRoot())
			return append(ask, frame(frameReset, 0, stream, binary.BigEndian.AppendUint32(nil, cancelled))...)
		}},
		"headers that never end":             {pieces: 4000, next: continued(literal)},
		"headers that never end, of nothing": {pieces: 500_000, harmless: true, next: continued(nil)},
		"headers that grow": {pieces: 1, harmless: true, next: func(int) []byte {
			return frame(frameHeaders, endStream|endHeaders, first, growing(13_000))
		}},
		"pings whose answers nobody reads": {pieces: 2_000_000, deaf: true, next: func(int) []byte {
			return frame(framePing, 0, 0, make([]byte, 8))
		}},
		"settings whose answers nobody reads": {pieces: 2_000_000, deaf: true, harmless: true, next: func(int) []byte {
			return frame(frameSettings, 0, 0, nil)
		}},
	}
}

// send sends the flood until it is cut off or has run dry and returns how many
// bytes went out and whether it was cut.
func (f flood) send(t *testing.T, addr string) (sent int, cut bool) {
	t.Helper()
	conn, err := tls.Dial("tcp", addr, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(40 * time.Second))
	over := make(chan struct{})
	if !f.deaf {
		go func() {
			defer close(over)
			_, _ = io.Copy(io.Discard, conn)
		}()
		defer func() { _ = conn.Close(); <-over }()
	}
	out := append([]byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), frame(frameSettings, 0, 0, nil)...)
	for i := range f.pieces {
		if out = append(out, f.next(i)...); len(out) < 64<<10 && i < f.pieces-1 {
			continue
		}
		if _, err := conn.Write(out); err != nil {
			return sent, true
		}
		sent, out = sent+len(out), out[:0]
	}
	patience := 10 * time.Second
	if f.harmless {
		patience = 200 * time.Millisecond
	}
	select {
	case <-over:
		return sent, true
	case <-time.After(patience):
		return sent, false
	}
}

// TestFloodsOfHTTP2 sends floods to a real server over TLS. No more handlers run
// than streams are allowed, none is called for headers over the limit, memory
// stays bounded, and others are served all the while.
func TestFloodsOfHTTP2(t *testing.T) {
	for name, f := range floods() {
		t.Run(name, func(t *testing.T) {
			var running, most, large atomic.Int64
			// Work goes on after its asker has gone: that is what a flood of
			// requests taken back lives on.
			work := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("X") != "" {
					large.Add(1)
				}
				n := running.Add(1)
				defer running.Add(-1)
				for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
				}
				// So long that no client is too slow to outrun 64 of them.
				if r.URL.Path == "/" {
					time.Sleep(200 * time.Millisecond)
				}
				_, _ = io.WriteString(w, "ok")
			})
			g := gate.New(gate.Config{})
			server := httptest.NewUnstartedServer(nil)
			server.Config = g.Server(work)
			server.EnableHTTP2 = true
			server.StartTLS()
			defer server.Close()
			var before runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			var others sync.WaitGroup
			stop := make(chan struct{})
			served := 0
			others.Go(func() {
				for {
					got, err := server.Client().Get(server.URL + "/other")
					if err != nil {
						t.Errorf("somebody else: %v", err)
						return
					}
					_, _ = io.Copy(io.Discard, got.Body)
					_ = got.Body.Close()
					served++
					select {
					case <-stop:
						return
					case <-time.After(5 * time.Millisecond):
					}
				}
			})
			sent, cut := f.send(t, server.Listener.Addr().String())
			var after runtime.MemStats
			runtime.ReadMemStats(&after)
			close(stop)
			others.Wait()
			grown := (int64(after.Sys) - int64(before.Sys)) >> 20
			t.Attr("MiB_more_under_"+strings.NewReplacer(" ", "_", ",", "").Replace(name), fmt.Sprint(grown))
			t.Logf("%d bytes went out, cut %v; at most %d handlers; %d MiB more; %d others served", sent, cut, most.Load(), grown, served)
			if !f.harmless && !cut {
				t.Errorf("all of its %d bytes were taken", sent)
			}
			if most.Load() > 64+1 {
				t.Errorf("%d handlers ran at once", most.Load())
			}
			if large.Load() > 0 {
				t.Error("a handler was called with headers over the limit")
			}
			if grown > 64 {
				t.Errorf("%d MiB more memory", grown)
			}
		})
	}
}
