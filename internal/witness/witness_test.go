package witness_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"sangto/internal/desk"
	"sangto/internal/lang"
	"sangto/internal/witness"
	"sangto/ledger"
)

func noon() time.Time { return time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC) }

type zeroes byte

func (z zeroes) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(z)
	}
	return len(p), nil
}

// aLog is a log of n entries whose last ones are of a branch.
type aLog struct {
	skey, vkey string
	tree       ledger.Frontier
}

func newLog(tb testing.TB, origin string, seed byte) *aLog {
	tb.Helper()
	skey, vkey, err := ledger.GenerateKey(zeroes(seed), origin)
	if err != nil {
		tb.Fatal(err)
	}
	return &aLog{skey: skey, vkey: vkey}
}

func (l *aLog) add(entries ...string) *aLog {
	for _, e := range entries {
		l.tree.Append(ledger.EntryHash([]byte(e)), nil)
	}
	return l
}

// first asks a witness that has signed nothing yet.
func (l *aLog) first(tb testing.TB) []byte {
	tb.Helper()
	signer, err := ledger.NewSigner(l.skey)
	if err != nil {
		tb.Fatal(err)
	}
	signed, err := ledger.Checkpoint{Origin: signer.Name(), Size: l.tree.Size(), Root: l.tree.Root()}.Sign(signer)
	if err != nil {
		tb.Fatal(err)
	}
	return ledger.AddCheckpoint{Checkpoint: signed}.Text()
}

func open(tb testing.TB, dir, name string) (*witness.Folder, *ledger.Witness, string) {
	tb.Helper()
	f, err := witness.Open(dir)
	if err != nil {
		tb.Fatal(err)
	}
	w, signer, err := f.Witness(name, noon)
	if err != nil {
		tb.Fatal(err)
	}
	return f, w, signer.VerifierKey()
}

func status(w *ledger.Witness, body []byte) int {
	_, err := w.Add(context.Background(), body)
	var no *ledger.Refusal
	switch {
	case errors.As(err, &no):
		return no.Status
	case err != nil:
		return 500
	}
	return 200
}

func TestLogsComeAndGoWhileTheWitnessAnswers(t *testing.T) {
	dir := t.TempDir()
	f, w, _ := open(t, dir, "witness.example/w1")
	log := newLog(t, "desk.example/log", 1).add("a")
	if got := status(w, log.first(t)); got != 404 {
		t.Fatalf("a log that is not followed: %d", got)
	}
	// Another process follows it.
	other, err := witness.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(other.Follow(log.vkey+"\n"), other.Follow(log.vkey)); err != nil {
		t.Fatal(err)
	}
	if got := status(w, log.first(t)); got != 200 {
		t.Fatalf("a log that is followed: %d", got)
	}
	logs, err := f.Logs()
	if err != nil || len(logs) != 1 || logs[0].Size != 1 || logs[0].VKey != log.vkey {
		t.Errorf("%+v, %v", logs, err)
	}
	if err := other.Follow(newLog(t, "desk.example/log", 2).vkey); desk.KindOf(err) != desk.Conflict {
		t.Errorf("the same log under another key: %v", err)
	}
	if err := other.Leave("desk.example/log"); err != nil {
		t.Fatal(err)
	}
	if err := other.Leave("desk.example/log"); desk.KindOf(err) != desk.NotFound {
		t.Errorf("left twice: %v", err)
	}
	if got := status(w, log.first(t)); got != 404 {
		t.Errorf("a log that was left: %d", got)
	}
	// What was signed stays: no fresh start by leaving and following again.
	if err := other.Follow(log.vkey); err != nil {
		t.Fatal(err)
	}
	if got := status(w, newLog(t, "desk.example/log", 1).add("b").first(t)); got != 409 {
		t.Errorf("another history after following again: %d", got)
	}
}

func TestTheKeyStays(t *testing.T) {
	dir := t.TempDir()
	f, err := witness.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"", "two words", "a+b"} {
		if _, _, err := f.Witness(name, noon); desk.KindOf(err) != desk.Invalid {
			t.Errorf("a new witness called %q: %v", name, err)
		}
	}
	_, _, first := open(t, dir, "witness.example/w1")
	for _, name := range []string{"", "witness.example/w1"} {
		if _, _, again := open(t, dir, name); again != first {
			t.Errorf("another key the second time: %s, %s", first, again)
		}
	}
	if _, _, err := f.Witness("witness.example/w2", noon); desk.KindOf(err) != desk.Invalid {
		t.Errorf("another name: %v", err)
	}
	key := filepath.Join(dir, "witness.key")
	whole, err := os.ReadFile(key)
	if err != nil {
		t.Fatal(err)
	}
	for i := range whole {
		damaged := bytes.Clone(whole)
		damaged[i] ^= 1
		if err := os.WriteFile(key, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, _, err := f.Witness("", noon); err == nil {
			t.Fatalf("byte %d flipped: a key all the same", i)
		}
	}
	if err := errors.Join(os.WriteFile(key, whole, 0o600), os.Chmod(key, 0o640)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := f.Witness("", noon); err == nil || !strings.Contains(err.Error(), "chmod") {
		t.Errorf("a key that others may read: %v", err)
	}
}

func TestAWitnessThatForgotDoesNotStart(t *testing.T) {
	dir := t.TempDir()
	f, _, _ := open(t, dir, "witness.example/w1")
	if err := os.RemoveAll(filepath.Join(dir, "seen")); err != nil {
		t.Fatal(err)
	}
	if _, _, err := f.Witness("", noon); desk.KindOf(err) != desk.Conflict {
		t.Errorf("the memory is gone: %v", err)
	}
}

// Two histories race for the first signature; one gets it.
func TestOneHistoryWins(t *testing.T) {
	for range 50 {
		f, w, _ := open(t, t.TempDir(), "witness.example/w1")
		a := newLog(t, "desk.example/log", 1).add("a", "b")
		b := newLog(t, "desk.example/log", 1).add("a", "c")
		if err := f.Follow(a.vkey); err != nil {
			t.Fatal(err)
		}
		bodies := [][]byte{a.first(t), b.first(t)}
		got := make([]int, len(bodies))
		var wg sync.WaitGroup
		for i, body := range bodies {
			wg.Go(func() { got[i] = status(w, body) })
		}
		wg.Wait()
		if got[0]+got[1] != 200+409 {
			t.Fatalf("two histories: %v", got)
		}
	}
}

func TestHandler(t *testing.T) {
	f, w, vkey := open(t, t.TempDir(), "witness.example/w1")
	log := newLog(t, "desk.example/log", 1).add("a")
	if err := f.Follow(log.vkey); err != nil {
		t.Fatal(err)
	}
	words, err := lang.Load()
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(witness.Handler(w, vkey, words))
	defer s.Close()
	for _, c := range []struct {
		method, path string
		body         []byte
		want         int
	}{
		{"GET", "/", nil, 200},
		{"GET", "/witness.key", nil, 404},
		{"GET", "/../witness.key", nil, 404},
		{"GET", "/add-checkpoint", nil, 405},
		{"POST", "/add-checkpoint", nil, 400},
		{"POST", "/add-checkpoint", bytes.Repeat([]byte("old 0\n"), 1<<20), 400},
		{"POST", "/add-checkpoint", log.first(t), 200},
		{"POST", "/add-checkpoint", log.first(t), 409},
	} {
		req, err := http.NewRequestWithContext(t.Context(), c.method, s.URL+c.path, bytes.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != c.want {
			t.Errorf("%s %s: %d %q", c.method, c.path, resp.StatusCode, text)
		}
		if c.path == "/" && !strings.Contains(string(text), vkey) {
			t.Errorf("the page does not show the key: %s", text)
		}
	}
}
