package gate_test

import (
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"sangto/internal/gate"
)

const html = "text/html; charset=utf-8"

// noise is text of n bytes that hardly compresses.
func noise(n int) []byte {
	raw := make([]byte, n)
	_, _ = rand.Read(raw)
	return []byte(base64.StdEncoding.EncodeToString(raw))[:n]
}

func sizes() []int { return []int{0, 1, 100, 16000, 16383, 16384, 16385, 40000, 65536, 200000} }

// standalone and guarded are the two ways to a padded answer.
func ways(status int, contentType string, body []byte) map[string]http.Handler {
	pad := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { gate.Pad(w, r, status, contentType, body) })
	g := gate.New(gate.Config{})
	return map[string]http.Handler{
		"alone": pad, "behind the gate": g.Public(gate.Form, pad), "behind gate and lane": g.Public(gate.Form, g.Lane(gate.LookupLane, pad)),
		"written": g.Public(gate.Form, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			w.WriteHeader(status)
			_, _ = w.Write(body)
		})),
	}
}

func TestPad(t *testing.T) {
	for _, size := range sizes() {
		body := noise(size)
		for name, h := range ways(http.StatusConflict, html, body) {
			for _, encoding := range []string{"gzip", "br, gzip;q=0.5", "", "br", "gzip;q=0", "*;q=0.1", "identity, *;q=0"} {
				got := serve(h, request(http.MethodPost, "/lookup", nil, "Accept-Encoding", encoding))
				wire, err := io.ReadAll(got.Body)
				if err != nil {
					t.Fatal(err)
				}
				if got.StatusCode != http.StatusConflict || len(wire) == 0 || len(wire)%gate.PadStep != 0 ||
					got.Header.Get("Content-Length") != strconv.Itoa(len(wire)) || len(wire) > size+2*gate.PadStep {
					t.Errorf("%s, %d bytes, %q: %d, %d bytes on the wire", name, size, encoding, got.StatusCode, len(wire))
				}
				wantZip := strings.Contains(encoding, "gzip") && !strings.Contains(encoding, "gzip;q=0") || strings.HasPrefix(encoding, "*") || encoding == "br, gzip;q=0.5"
				if zipped := got.Header.Get("Content-Encoding") == "gzip"; zipped != wantZip {
					t.Errorf("%s, %q: compressed is %v", name, encoding, zipped)
				}
				if plain := unpack(t, got.Header.Get("Content-Encoding"), wire); plain != string(body) {
					t.Errorf("%s, %d bytes, %q: %d bytes come out", name, size, encoding, len(plain))
				}
				if vary := got.Header.Values("Vary"); len(vary) != 1 || vary[0] != "Accept-Encoding" {
					t.Errorf("%s: Vary %q", name, vary)
				}
				if c := got.Header.Get("Cache-Control"); c != "no-store" {
					t.Errorf("%s: Cache-Control %q", name, c)
				}
			}
		}
	}
}

func unpack(t *testing.T, encoding string, wire []byte) string {
	t.Helper()
	if encoding != "gzip" {
		return strings.TrimRight(string(wire), " ")
	}
	z, err := gzip.NewReader(bytes.NewReader(wire))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return string(plain)
}

// Two answers that differ only in what they hold must be of one size: that is
// what padding is for.
func TestPaddedSizesAreEqual(t *testing.T) {
	for _, encoding := range []string{"gzip", ""} {
		seen := map[int]bool{}
		for _, size := range []int{10, 500, 3000, 9000, 12000} {
			for _, h := range ways(200, html, noise(size)) {
				got := serve(h, request(http.MethodPost, "/track", nil, "Accept-Encoding", encoding))
				b, _ := io.ReadAll(got.Body)
				seen[len(b)] = true
			}
		}
		if len(seen) != 1 {
			t.Errorf("%q: sizes on the wire %v", encoding, seen)
		}
	}
}

func TestPadHead(t *testing.T) {
	for name, h := range ways(200, html, noise(100)) {
		got := serve(h, request(http.MethodHead, "/track", nil, "Accept-Encoding", "gzip"))
		b, _ := io.ReadAll(got.Body)
		if len(b) != 0 || got.Header.Get("Content-Length") != strconv.Itoa(gate.PadStep) {
			t.Errorf("%s: %d bytes, Content-Length %s", name, len(b), got.Header.Get("Content-Length"))
		}
	}
}

func TestPadLeavesBinaryAlone(t *testing.T) {
	got := serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { gate.Pad(w, r, 200, "image/png", []byte("png ")) }),
		request(http.MethodPost, "/", nil, "Accept-Encoding", "gzip"))
	if b, _ := io.ReadAll(got.Body); string(b) != "png " {
		t.Errorf("%d bytes", len(b))
	}
}

// A real connection, Go's own transport and curl must both read it.
func TestPadOverTheWire(t *testing.T) {
	body := []byte("<!doctype html><p>" + strings.Repeat("Tin này có đúng không? ", 300))
	server := httptest.NewServer(gate.New(gate.Config{}).Public(gate.Form, page(string(body))))
	defer server.Close()
	defer http.DefaultClient.CloseIdleConnections()
	got, err := http.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(got.Body)
	_ = got.Body.Close()
	if err != nil || !bytes.Equal(plain, body) || !got.Uncompressed {
		t.Errorf("net/http: %d bytes, %v", len(plain), err)
	}
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("no curl here")
	}
	for _, args := range [][]string{{"--compressed"}, {}} {
		out, err := exec.Command(curl, append(args, "-sS", "--fail", server.URL)...).Output()
		if err != nil || !bytes.Equal(bytes.TrimRight(out, " "), bytes.TrimRight(body, " ")) {
			t.Errorf("curl %v: %d bytes, %v", args, len(out), err)
		}
	}
}

func TestPublishedPagesAreCompressed(t *testing.T) {
	body := "<!doctype html>" + strings.Repeat("<p>Đập sẽ xả tối nay</p>", 500)
	for _, class := range []gate.PageClass{gate.Page, gate.Front, gate.Asset, gate.Open} {
		h := gate.New(gate.Config{}).Public(class, page(body))
		for range 2 { // the second comes from the cache
			got := serve(h, request(http.MethodGet, "/", nil, "Accept-Encoding", "gzip"))
			wire, _ := io.ReadAll(got.Body)
			if got.Header.Get("Content-Encoding") != "gzip" || len(wire) > len(body)/10 || got.Header.Get("Vary") != "Accept-Encoding" ||
				got.Header.Get("Content-Length") != strconv.Itoa(len(wire)) || unpack(t, "gzip", wire) != body {
				t.Errorf("class %d: %q, %d bytes of %d", class, got.Header.Get("Content-Encoding"), len(wire), len(body))
			}
		}
		got := serve(h, request(http.MethodGet, "/", nil))
		if wire, _ := io.ReadAll(got.Body); string(wire) != body || got.Header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("class %d, plain: %d bytes", class, len(wire))
		}
	}
}

func TestRangesPassUntouched(t *testing.T) {
	font := noise(5000)
	h := gate.New(gate.Config{}).Public(gate.Asset, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
		http.ServeContent(w, r, "", noTime, bytes.NewReader(font))
	}))
	got := serve(h, request(http.MethodGet, "/", nil, "Range", "bytes=10-2009", "Accept-Encoding", "gzip"))
	if b, _ := io.ReadAll(got.Body); got.StatusCode != 206 || string(b) != string(font[10:2010]) || got.Header.Get("Content-Encoding") != "" {
		t.Errorf("%d, %d bytes", got.StatusCode, len(b))
	}
}

// What goes beyond the memory set aside for a page is streamed, whole.
func TestLargeFilesAreStreamed(t *testing.T) {
	data := noise(5 << 20)
	h := gate.New(gate.Config{}).Public(gate.Asset, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/octet-stream")
		for piece := range bytes.SplitAfterSeq(data, []byte("A")) {
			_, _ = w.Write(piece)
		}
	}))
	got := serve(h, request(http.MethodGet, "/", nil, "Accept-Encoding", "gzip"))
	if b, _ := io.ReadAll(got.Body); !bytes.Equal(b, data) {
		t.Errorf("%d of %d bytes", len(b), len(data))
	}
	head := serve(h, request(http.MethodHead, "/", nil))
	if b, _ := io.ReadAll(head.Body); len(b) != 0 {
		t.Errorf("HEAD sends %d bytes", len(b))
	}
}

func FuzzPad(f *testing.F) {
	f.Add([]byte("<p>xin chào"), "gzip")
	f.Add([]byte{}, "")
	f.Fuzz(func(t *testing.T, body []byte, encoding string) {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		r.Header.Set("Accept-Encoding", encoding)
		gate.Pad(w, r, 200, html, body)
		wire := w.Body.Bytes()
		if len(wire) == 0 || len(wire)%gate.PadStep != 0 {
			t.Errorf("%d bytes on the wire", len(wire))
		}
		plain := unpack(t, w.Header().Get("Content-Encoding"), wire)
		if strings.TrimRight(plain, " ") != strings.TrimRight(string(body), " ") {
			t.Errorf("%d bytes in, %d out", len(body), len(plain))
		}
	})
}

func BenchmarkPaddedAnswer(b *testing.B) {
	h := gate.New(gate.Config{}).Public(gate.Form, page(strings.Repeat("<p>Đập sẽ xả tối nay</p>", 1000)))
	r := request(http.MethodPost, "/lookup", nil, "Accept-Encoding", "gzip")
	for b.Loop() {
		h.ServeHTTP(httptest.NewRecorder(), r)
	}
}

func BenchmarkPublishedPage(b *testing.B) {
	h := gate.New(gate.Config{}).Public(gate.Page, page(strings.Repeat("<p>Đập sẽ xả tối nay</p>", 1000)))
	r := request(http.MethodGet, "/c/x", nil, "Accept-Encoding", "gzip")
	for b.Loop() {
		h.ServeHTTP(httptest.NewRecorder(), r)
	}
}
