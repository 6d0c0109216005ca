package gate_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"testing"

	"sangto/internal/gate"
)

// TestPacked: whoever takes gzip gets what is kept, whoever does not gets what was
// written, short or so long that it is passed on as it comes; by HEAD nobody gets
// anything; and what is too long is not kept.
func TestPacked(t *testing.T) {
	for name, lines := range map[string]int{"nothing": 0, "short": 3, "long": 60_000} {
		var want bytes.Buffer
		write := func(w io.Writer) error {
			for i := range lines {
				// Compressed it is too long to be held as well.
				if _, err := fmt.Fprintf(w, "dòng %x\n", sha256.Sum256([]byte{byte(i), byte(i >> 8), byte(i >> 16)})); err != nil {
					return err
				}
			}
			return nil
		}
		_ = write(&want)
		kept, err := gate.Pack("application/ld+json; charset=utf-8", 4<<20, write)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		h := gate.New(gate.Config{}).Public(gate.Open, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if err := kept.Serve(w); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}))
		plain := serve(h, request(http.MethodGet, "/", nil))
		if text(t, plain) != want.String() || plain.Header.Get("Content-Encoding") != "" {
			t.Errorf("%s: plain: %v", name, plain.Header)
		}
		asked := request(http.MethodGet, "/", nil)
		asked.Header.Set("Accept-Encoding", "br, gzip")
		small := serve(h, asked)
		if small.Header.Get("Content-Encoding") != "gzip" || small.Header.Get("Vary") != plain.Header.Get("Vary") || small.Header.Get("Vary") == "" {
			t.Errorf("%s: compressed: %v", name, small.Header)
		}
		z, err := gzip.NewReader(small.Body)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got, err := io.ReadAll(z); err != nil || !bytes.Equal(got, want.Bytes()) {
			t.Errorf("%s: compressed: %d bytes, want %d, %v", name, len(got), want.Len(), err)
		}
		if head := serve(h, request(http.MethodHead, "/", nil)); head.StatusCode != http.StatusOK || text(t, head) != "" {
			t.Errorf("%s: HEAD has a body", name)
		}
		if _, err := gate.Pack("text/plain", 1000, write); errors.Is(err, gate.ErrTooLong) != (lines > 3) {
			t.Errorf("%s: with a bound of 1,000 bytes: %v", name, err)
		}
	}
	broken := errors.New("disk on fire")
	if _, err := gate.Pack("text/plain", 1<<20, func(io.Writer) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("what fails is kept: %v", err)
	}
}
