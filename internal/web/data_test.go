package web_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sangto/internal/desk"
	"sangto/internal/dump"
)

// shelf is the open data of the storybook.
type shelf struct {
	path  string
	empty bool
	set   dump.Set
}

const shelfSet = "2026-10-20-0123456789ab"

func newShelf(t testing.TB) *shelf {
	t.Helper()
	s := &shelf{path: t.TempDir(), set: dump.Set{Name: shelfSet, Day: desk.DayOf(now, now.Location())}}
	for _, name := range dump.Names() {
		body := []byte(strings.Repeat(name+"\n", 100))
		if name == dump.SQLite {
			body = bytes.Repeat([]byte("0123456789abcdef"), 200_000) // 3.2 MB: it is passed on as it comes
		}
		sum := sha256.Sum256(body)
		if err := os.WriteFile(filepath.Join(s.path, name), body, 0o600); err != nil {
			t.Fatal(err)
		}
		s.set.Files = append(s.set.Files, dump.File{Name: name, SHA256: hex.EncodeToString(sum[:]), Size: int64(len(body))})
	}
	return s
}

func (s *shelf) Newest() (dump.Set, error) {
	if s.empty {
		return dump.Set{}, &desk.Error{Kind: desk.NotFound}
	}
	return s.set, nil
}

func (s *shelf) Open(set, name string) (*os.File, dump.File, error) {
	for _, f := range s.set.Files {
		if f.Name == name && (set == shelfSet || set == dump.Latest) {
			out, err := os.Open(filepath.Join(s.path, name))
			return out, f, err
		}
	}
	return nil, dump.File{}, &desk.Error{Kind: desk.NotFound, Key: "error.not_found"}
}

func (s *shelf) Licence() dump.Licence {
	return dump.Licence{Name: "CC BY 4.0", URL: "https://creativecommons.org/licenses/by/4.0/"}
}

func dataScenes() []scene {
	return []scene{
		{name: "record", method: "GET", path: "/record", status: 200, says: "record.cannot.1"},
		{name: "data", method: "GET", path: "/data/", status: 200, says: "data.names_gone"},
		{name: "data-none", method: "GET", path: "/data/", status: 200, says: "data.making", prepare: func(b *book, _ *scene) { b.shelf.empty = true }},
	}
}

// TestDataFiles takes files as readers, mirrors and pages of other sites do.
func TestDataFiles(t *testing.T) {
	b := openBook(t)
	get := func(method, path string, header http.Header) (int, http.Header, string) {
		got := send(b.handler, method, path, nil, header)
		return got.Code, got.Header(), got.Body.String()
	}
	const search = "/data/latest/" + dump.Offline
	status, h, body := get("GET", search, http.Header{"Origin": {"https://elsewhere.example"}})
	if status != 200 || !strings.HasPrefix(body, dump.Offline) || h.Get("Access-Control-Allow-Origin") != "*" {
		t.Fatalf("%d %v", status, h)
	}
	if !strings.HasPrefix(h.Get("Content-Disposition"), "attachment") || !strings.Contains(h.Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("the offline search may run as a page of ours: %v", h)
	}
	if h.Get("Cache-Control") != "no-cache" {
		t.Errorf("the newest set may be kept: %q", h.Get("Cache-Control"))
	}
	tag := h.Get("Etag")
	if status, _, body := get("GET", search, http.Header{"If-None-Match": {tag}}); status != 304 || body != "" {
		t.Errorf("unchanged: %d, %d bytes", status, len(body))
	}
	if _, h, _ := get("GET", "/data/"+shelfSet+"/"+dump.Offline, nil); h.Get("Etag") != tag || !strings.Contains(h.Get("Cache-Control"), "immutable") {
		t.Errorf("a named set: %v", h)
	}

	const lite = "/data/latest/" + dump.SQLite
	status, h, body = get("GET", lite, http.Header{"Range": {"bytes=3200-3203"}})
	if status != 206 || body != "0123" || h.Get("Content-Range") != "bytes 3200-3203/3200000" {
		t.Errorf("a part: %d %q %v", status, body, h)
	}
	if status, _, body := get("GET", lite, http.Header{"Range": {"bytes=1600000-"}}); status != 206 || len(body) != 1_600_000 {
		t.Errorf("the rest of a broken download: %d, %d bytes", status, len(body))
	}
	if status, h, _ := get("GET", lite, http.Header{"Range": {"bytes=9999999-"}}); status != 416 {
		t.Errorf("a part outside: %d %v", status, h)
	}
	status, h, body = get("HEAD", lite, nil)
	if status != 200 || body != "" || h.Get("Content-Length") != "3200000" || h.Get("Accept-Ranges") != "bytes" {
		t.Errorf("HEAD: %d %v", status, h)
	}
	if status, _, body := get("GET", lite, nil); status != 200 || len(body) != 3_200_000 {
		t.Errorf("whole: %d, %d bytes", status, len(body))
	}

	// Compressed, the bytes are others, and the tag says so.
	_, h, body = get("GET", "/data/latest/"+dump.CSV, http.Header{"Accept-Encoding": {"gzip"}})
	if h.Get("Content-Encoding") != "gzip" || !strings.HasPrefix(h.Get("Etag"), `W/"`) {
		t.Errorf("compressed: %v", h)
	}
	plain, err := gzip.NewReader(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if whole, err := io.ReadAll(plain); err != nil || !strings.HasPrefix(string(whole), dump.CSV) {
		t.Errorf("%v %.20q", err, whole)
	}

	for _, path := range []string{
		"/data/latest/nothing", "/data/2020-01-01-0123456789ab/checks.csv", "/data/latest/..%2f..%2fsangto.db", "/data/latest/.new-latest",
		"/data/..%2fkeys/checks.csv", "/data/latest/", "/data/latest",
	} {
		status, h, _ := get("GET", path, nil)
		if status != 404 && status != 301 || strings.HasPrefix(h.Get("Content-Disposition"), "attachment") {
			t.Errorf("%s: %d %v", path, status, h)
		}
	}
}
