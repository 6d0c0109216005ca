package promises_test

import (
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
)

// needle is something that must not be found, in one of its disguises.
type needle struct {
	what  string
	bytes []byte
}

// haystackWindow is how many bytes of a needle are looked up at each place.
const haystackWindow = 6

// scanner searches bytes for many needles at once.
type scanner struct {
	byPrefix map[[haystackWindow]byte][]needle
	known    map[string]bool
}

func newScanner() *scanner {
	return &scanner{byPrefix: map[[haystackWindow]byte][]needle{}, known: map[string]bool{}}
}

// add looks for s as it is, in other letter cases, reversed in byte order of
// UTF-16, in hex, in base64, and as any of the usual digests, raw or in hex.
func (s *scanner) add(what, marker string) {
	for _, spelling := range []string{marker, strings.ToLower(marker), strings.ToUpper(marker)} {
		s.addBytes(what, []byte(spelling))
		s.addBytes(what+" in UTF-16", utf16Bytes(spelling, binary.LittleEndian))
		s.addBytes(what+" in UTF-16", utf16Bytes(spelling, binary.BigEndian))
		s.addBytes(what+" in hex", []byte(hex.EncodeToString([]byte(spelling))))
		for before := range 3 {
			s.addBytes(what+" in base64", inBase64(base64.RawStdEncoding, spelling, before))
			s.addBytes(what+" in base64", inBase64(base64.RawURLEncoding, spelling, before))
		}
		a, b, c := sha256.Sum256([]byte(spelling)), sha1.Sum([]byte(spelling)), md5.Sum([]byte(spelling))
		for _, digest := range [][]byte{a[:], b[:], c[:]} {
			s.addBytes(what+" as a digest", digest)
			s.addBytes(what+" as a digest in hex", []byte(hex.EncodeToString(digest)))
		}
	}
}

// inBase64 is what base64 makes of s behind that many other bytes: of its first
// and last character only what no other byte has a part in.
func inBase64(as *base64.Encoding, s string, before int) []byte {
	b := as.AppendEncode(nil, append(make([]byte, before), s...))
	return b[(8*before+5)/6 : (before+len(s))*8/6]
}

func utf16Bytes(s string, order binary.AppendByteOrder) []byte {
	var out []byte
	for _, u := range utf16.Encode([]rune(s)) {
		out = order.AppendUint16(out, u)
	}
	return out
}

func (s *scanner) addBytes(what string, b []byte) {
	if len(b) < haystackWindow {
		panic("a marker of " + what + " is too short to be told from chance")
	}
	if s.known[string(b)] {
		return
	}
	s.known[string(b)] = true
	key := [haystackWindow]byte(b)
	s.byPrefix[key] = append(s.byPrefix[key], needle{what, b})
}

// search returns what it finds in b.
func (s *scanner) search(b []byte) []string {
	var out []string
	for i := 0; i+haystackWindow <= len(b); i++ {
		for _, n := range s.byPrefix[[haystackWindow]byte(b[i:])] {
			if bytes.HasPrefix(b[i:], n.bytes) {
				out = append(out, n.what)
			}
		}
	}
	return out
}

// searchTree searches every file below root, and their names.
func (s *scanner) searchTree(t *testing.T, root string) (hits []string, size int) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(root, path)
		for _, hit := range s.search([]byte(name)) {
			hits = append(hits, hit+" in the name of "+name)
		}
		if !d.Type().IsRegular() {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		size += len(text)
		for _, hit := range s.search(text) {
			hits = append(hits, hit+" in "+name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return hits, size
}

// TestScanner makes sure that the search is not blind in any disguise.
func TestScanner(t *testing.T) {
	s := newScanner()
	s.add("phone", "0987123456")
	s.add("agent", "Marked-Agent-17")
	// In base64 this has a character that differs between its two alphabets.
	const questionMarks = "???>>>???>>>"
	s.add("marks", questionMarks)
	const phone = "0987123456"
	long, short, shorter := sha256.Sum256([]byte(phone)), sha1.Sum([]byte(phone)), md5.Sum([]byte(phone))
	hays := map[string][]byte{
		"plain":                   []byte("xx0987123456yy"),
		"at the end":              []byte("xx0987123456"),
		"lower case":              []byte("..marked-agent-17.."),
		"upper case":              []byte("..MARKED-AGENT-17.."),
		"hex":                     []byte(hex.EncodeToString([]byte(phone))),
		"UTF-16":                  utf16Bytes("call 0987123456", binary.LittleEndian),
		"UTF-16, big end first":   utf16Bytes("call 0987123456", binary.BigEndian),
		"base64 for an address":   []byte(base64.URLEncoding.EncodeToString([]byte("~~" + questionMarks))),
		"base64 with its padding": []byte(base64.StdEncoding.EncodeToString([]byte("~~~" + questionMarks))),
	}
	for before := range 7 {
		hays[fmt.Sprint("base64 after ", before)] = []byte(base64.StdEncoding.EncodeToString([]byte("message"[:before] + phone + " and more")))
	}
	for name, sum := range map[string][]byte{"SHA-256": long[:], "SHA-1": short[:], "MD5": shorter[:]} {
		hays[name] = append([]byte("row"), sum...)
		hays[name+" in hex"] = []byte("id=" + hex.EncodeToString(sum))
	}
	for name, hay := range hays {
		if len(s.search(hay)) == 0 {
			t.Errorf("%s: found nothing", name)
		}
	}
	if got := s.search([]byte("098712345 and Marked-Agent-1")); len(got) != 0 {
		t.Errorf("near misses were taken for hits: %q", got)
	}
	dir := t.TempDir()
	for _, name := range []string{"0987123456.tmp", "sangto.db", "sangto.db-wal", "sangto.db-shm", ".hidden/deep/log"} {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte("marked-agent-17"), 0o600)); err != nil {
			t.Fatal(err)
		}
		hits, size := s.searchTree(t, dir)
		want := []string{"agent in " + name}
		if name == "0987123456.tmp" {
			want = []string{"phone in the name of " + name, "agent in " + name}
		}
		if !slices.Equal(hits, want) || size != len("marked-agent-17") {
			t.Errorf("%s: %q in %d bytes", name, hits, size)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}
