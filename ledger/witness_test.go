package ledger_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"sangto/ledger"
)

// asked is a request from the size a witness last signed to the log's present
// checkpoint.
func asked(tb testing.TB, w *written, old int64) []byte {
	tb.Helper()
	hashes, err := ledger.ProveConsistency(tb.Context(), w.source(), w.checkpoint(), old)
	if err != nil {
		tb.Fatal(err)
	}
	return ledger.AddCheckpoint{Old: old, Hashes: hashes, Checkpoint: w.signed(tb)}.Text()
}

func newWitness(tb testing.TB, name string, b byte, dir string, vkeys ...string) (*ledger.Witness, *ledger.Cosigner) {
	tb.Helper()
	c := cosigner(tb, name, b, noon)
	w, err := ledger.NewWitness(c, ledger.NewFolderMemory(dir), vkeys...)
	if err != nil {
		tb.Fatal(err)
	}
	return w, c
}

func TestWitnessAnswers(t *testing.T) {
	log := newLog(t)
	log.grow(t, 5)
	dir := t.TempDir()
	w, signer := newWitness(t, "witness.example/w1", 1, dir, log.vkey)
	status := func(body []byte) (int, string) {
		t.Helper()
		rec := httptest.NewRecorder()
		w.ServeHTTP(rec, httptest.NewRequest(http.MethodPost, "/add-checkpoint", bytes.NewReader(body)))
		return rec.Code, rec.Body.String()
	}
	first := asked(t, log, 0)
	code, line := status(first)
	v, err := ledger.NewCosignatureVerifier(signer.VerifierKey())
	if err != nil {
		t.Fatal(err)
	}
	sigs, err := ledger.ReadCosignatures([]byte(line), log.signed(t), v)
	if code != 200 || err != nil || len(sigs) != 1 {
		t.Fatalf("%d %q: %v", code, line, err)
	}
	if at, err := ledger.CosignedAt(sigs[0]); err != nil || !at.Equal(noon()) {
		t.Errorf("signed at %v, %v", at, err)
	}
	if code, body := status(first); code != 409 || body != "5\n" {
		t.Errorf("asked from zero again: %d %q", code, body)
	}
	if code, _ := status(asked(t, log, 5)); code != 200 {
		t.Errorf("the same checkpoint again: %d", code)
	}
	log.grow(t, 300)
	grown := asked(t, log, 5)
	if code, _ := status(asked(t, log, 4)); code != 409 {
		t.Errorf("from another size: %d", code)
	}
	if code, body := status(bytes.Replace(grown, []byte("\n\n"), []byte("\n"+strings.Repeat("A", 43)+"=\n\n"), 1)); code != 422 {
		t.Errorf("a hash too many: %d %s", code, body)
	}
	fork := newLog(t)
	for i := range 400 {
		fork.add(t, fmt.Appendf(nil, "other %d", i))
	}
	fork.publish(t)
	if code, _ := status(asked(t, fork, 5)); code != 422 {
		t.Errorf("a fork: %d", code)
	}
	if code, _ := status(bytes.Replace(grown, []byte("old 5"), []byte("old 900"), 1)); code != 400 {
		t.Errorf("an old size beyond the new: %d", code)
	}
	if code, _ := status(bytes.Replace(grown, []byte(origin), []byte("other.example/log"), 2)); code != 404 {
		t.Errorf("an unknown log: %d", code)
	}
	cut := grown[:len(grown)-12]
	if code, _ := status(append(bytes.Clone(cut), "AAAAAAAAAA=\n"...)); code != 403 {
		t.Errorf("a false signature: %d", code)
	}
	if code, _ := status([]byte("hello")); code != 400 {
		t.Errorf("no request at all: %d", code)
	}
	if code, _ := status(bytes.Repeat([]byte("A"), 1<<20)); code != 400 {
		t.Errorf("a long body: %d", code)
	}
	if code, _ := status(grown); code != 200 {
		t.Errorf("after all that the honest one: %d", code)
	}
	rec := httptest.NewRecorder()
	w.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/add-checkpoint", nil))
	if rec.Code != 405 {
		t.Errorf("GET: %d", rec.Code)
	}
}

// A witness that lost its memory to damage says so and signs nothing.
func TestDamagedMemory(t *testing.T) {
	log := newLog(t)
	log.grow(t, 5)
	dir := t.TempDir()
	w, _ := newWitness(t, "w", 1, dir, log.vkey)
	if _, err := w.Add(t.Context(), asked(t, log, 0)); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%v, %v", files, err)
	}
	if err := os.WriteFile(files[0], []byte("desk.example/log\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var no *ledger.Refusal
	if _, err := w.Add(t.Context(), asked(t, log, 0)); err == nil || errors.As(err, &no) {
		t.Errorf("signed or refused as if it knew: %v", err)
	}
}

// failing is a memory whose Replace fails, before or after it took effect.
type failing struct {
	ledger.Memory
	kept bool
}

var errDisk = errors.New("disk")

func (f failing) Replace(ctx context.Context, old, next ledger.Checkpoint) (bool, error) {
	if f.kept {
		if ok, err := f.Memory.Replace(ctx, old, next); !ok || err != nil {
			return ok, err
		}
	}
	return false, errDisk
}

// Lost, and kept but reported failed: neither yields a signature, and
// afterwards the witness goes on from what it really remembers.
func TestMemoryFails(t *testing.T) {
	for _, kept := range []bool{false, true} {
		log := newLog(t)
		log.grow(t, 5)
		memory := ledger.NewFolderMemory(t.TempDir())
		signer := cosigner(t, "w", 1, noon)
		bad, err := ledger.NewWitness(signer, failing{memory, kept}, log.vkey)
		if err != nil {
			t.Fatal(err)
		}
		if line, err := bad.Add(t.Context(), asked(t, log, 0)); !errors.Is(err, errDisk) || line != "" {
			t.Errorf("kept %v: %q, %v", kept, line, err)
		}
		good, err := ledger.NewWitness(signer, memory, log.vkey)
		if err != nil {
			t.Fatal(err)
		}
		old := int64(0)
		if kept {
			old = 5
		}
		if _, err := good.Add(t.Context(), asked(t, log, old)); err != nil {
			t.Errorf("kept %v: %v", kept, err)
		}
	}
}

// The race of the specification: two requests checked at once, only one may
// be signed from the same size.
func TestOneOfManyAtOnce(t *testing.T) {
	log := newLog(t)
	log.grow(t, 5)
	w, _ := newWitness(t, "w", 1, t.TempDir(), log.vkey)
	var bodies [][]byte
	for range 8 {
		log.grow(t, 1)
		bodies = append(bodies, asked(t, log, 0))
	}
	var signed atomic.Int32
	var wg sync.WaitGroup
	for _, body := range bodies {
		wg.Go(func() {
			if _, err := w.Add(t.Context(), body); err == nil {
				signed.Add(1)
			}
		})
	}
	wg.Wait()
	if n := signed.Load(); n != 1 {
		t.Errorf("%d of 8 requests from size 0 were signed", n)
	}
}

const policyOf3 = `# two of three
log %s
witness w1 %s https://w1.example/
witness w2 %s
 	witness w3 %s
group g 2 w1 w2 w3
quorum g
`

// A split view shown to three witnesses never reaches the quorum on both
// sides; with one witness down the honest log still does.
func TestSplitView(t *testing.T) {
	honest := newLog(t)
	honest.grow(t, 20)
	other := newLog(t)
	for i := range 21 {
		other.add(t, fmt.Appendf(nil, "another truth %d", i))
	}
	other.publish(t)
	keys := []any{honest.vkey}
	var verifiers []*ledger.CosignatureVerifier
	for i := range 3 {
		c := cosigner(t, fmt.Sprintf("witness.example/w%d", i+1), byte(i+1), noon)
		v, err := ledger.NewCosignatureVerifier(c.VerifierKey())
		if err != nil {
			t.Fatal(err)
		}
		verifiers, keys = append(verifiers, v), append(keys, c.VerifierKey())
	}
	policy, err := ledger.ParsePolicy(fmt.Appendf(nil, policyOf3, keys...))
	if err != nil {
		t.Fatal(err)
	}
	if policy.WitnessURL("w1") != "https://w1.example/" || !slices.Equal(policy.Witnesses(), []string{"w1", "w2", "w3"}) {
		t.Error("the policy's witnesses")
	}
	// Every order in which two views may reach three witnesses, one of them down.
	for order := range 27 {
		signed := map[*written][]byte{honest: honest.signed(t), other: other.signed(t)}
		fresh := make([]*ledger.Witness, 3)
		for i := range fresh {
			fresh[i], _ = newWitness(t, fmt.Sprintf("witness.example/w%d", i+1), byte(i+1), t.TempDir(), honest.vkey)
		}
		for i, w := range fresh {
			views := [][]*written{{honest, other}, {other, honest}, {}}[order/[]int{1, 3, 9}[i]%3]
			for _, view := range views {
				line, err := w.Add(t.Context(), asked(t, view, 0))
				if err != nil {
					continue
				}
				sigs, err := ledger.ReadCosignatures([]byte(line), view.signed(t), verifiers[i])
				if err != nil {
					t.Fatal(err)
				}
				signed[view] = ledger.AppendSignatures(signed[view], sigs...)
			}
		}
		_, a, errHonest := policy.Open(signed[honest])
		_, b, errOther := policy.Open(signed[other])
		if errHonest == nil && errOther == nil {
			t.Fatalf("order %d: both views have a quorum: %v, %v", order, a, b)
		}
		if len(a) >= 2 && errHonest != nil || len(a) < 2 && !errors.Is(errHonest, ledger.ErrQuorum) {
			t.Errorf("order %d: %v signed, %v", order, a, errHonest)
		}
	}
}

func TestPolicyForm(t *testing.T) {
	log := newLog(t)
	key := func(b byte) string { return cosigner(t, "w", b, noon).VerifierKey() }
	for name, text := range map[string]string{
		"no quorum":           "log " + log.vkey + "\n",
		"two quorums":         "quorum none\nquorum none\n",
		"unknown quorum":      "quorum w\n",
		"unknown word":        "logs " + log.vkey + "\nquorum none\n",
		"the same log":        "log " + log.vkey + "\nlog " + log.vkey + "\nquorum none\n",
		"the same witness":    "witness a " + key(1) + "\nwitness b " + key(1) + "\nquorum none\n",
		"the same name":       "witness a " + key(1) + "\nwitness a " + key(2) + "\nquorum none\n",
		"named none":          "witness none " + key(1) + "\nquorum none\n",
		"a log as witness":    "witness a " + log.vkey + "\nquorum none\n",
		"a witness as log":    "log " + key(1) + "\nquorum none\n",
		"a group of nobody":   "group g any\nquorum none\n",
		"none needed":         "witness a " + key(1) + "\ngroup g 0 a\nquorum g\n",
		"more than there are": "witness a " + key(1) + "\ngroup g 2 a\nquorum g\n",
		"leading zero":        "witness a " + key(1) + "\ngroup g 01 a\nquorum g\n",
		"a member twice":      "witness a " + key(1) + "\ngroup g all a a\nquorum g\n",
		"in two groups":       "witness a " + key(1) + "\ngroup g all a\ngroup h all a\nquorum g\n",
		"not yet defined":     "group g all a\nwitness a " + key(1) + "\nquorum g\n",
		"control character":   "quorum none\r\n",
		"a broken key":        "log " + log.vkey[:len(log.vkey)-4] + "\nquorum none\n",
		"long":                strings.Repeat("#", ledger.MaxPolicy+1),
	} {
		if _, err := ledger.ParsePolicy([]byte(text)); err == nil {
			t.Errorf("%s passes", name)
		}
	}
}

func FuzzParsers(f *testing.F) {
	w := newLog(f)
	w.grow(f, 3)
	f.Add([]byte(w.checkpoint().Text()))
	f.Add(w.signed(f))
	f.Add(asked(f, w, 0))
	f.Add(ledger.Proof{Index: 1, Checkpoint: w.signed(f)}.Text())
	f.Add(fmt.Appendf(nil, "log %s\nquorum none\n", w.vkey))
	f.Add(w.files["tile/entries/000.p/3"].Data)
	f.Add([]byte("tile/0/x001/234.p/9"))
	policy := w.policy(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		if c, err := ledger.ParseText(string(b)); err == nil && c.Text() != string(b) {
			t.Errorf("checkpoint %q comes back as %q", b, c.Text())
		}
		if p, err := ledger.ParseProof(b); err == nil && !bytes.Equal(p.Text(), b) {
			t.Errorf("proof %q comes back as %q", b, p.Text())
		}
		if a, err := ledger.ParseAddCheckpoint(b); err == nil && !bytes.Equal(a.Text(), b) {
			t.Errorf("request %q comes back as %q", b, a.Text())
		}
		if tile, err := ledger.ParsePath(string(b)); err == nil && tile.Path() != string(b) {
			t.Errorf("path %q comes back as %q", b, tile.Path())
		}
		for _, n := range []int{1, 3, 256} {
			if entries, err := ledger.ReadEntries(b, n); err == nil && len(entries) != n {
				t.Errorf("%d entries instead of %d", len(entries), n)
			}
		}
		_, _ = ledger.ParsePolicy(b)
		_, _, _ = policy.Open(b)
		_, _ = ledger.NewCosignatureVerifier(string(b))
		_, _ = io.WriteString(io.Discard, fmt.Sprint(ledger.LogPolicy(string(b))))
	})
}
