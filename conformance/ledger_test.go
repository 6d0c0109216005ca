package conformance_test

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"filippo.io/torchwood"
	"github.com/transparency-dev/tessera/client"
	"github.com/transparency-dev/tessera/fsck"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"sangto/ledger"
)

const origin = "desk.example/log"

type published struct {
	dir    string
	vkey   string
	policy []byte
	signed []byte
	tree   ledger.Checkpoint
}

func seeded(b byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{b}, 32))
}

func entry(i int) []byte { return fmt.Appendf(nil, `{"n":%d}`, i) }

// publish writes a log of n entries to a folder, signed by the log and by one
// of two witnesses.
func publish(t *testing.T, n int) published {
	t.Helper()
	p := published{dir: t.TempDir()}
	skey, vkey, err := ledger.GenerateKey(bytes.NewReader(bytes.Repeat([]byte{5}, 64)), origin)
	must(t, err)
	p.vkey = vkey
	var f ledger.Frontier
	var bundle []byte
	for i := range n {
		f.Append(ledger.EntryHash(entry(i)), func(file ledger.File) { p.write(t, file) })
		bundle, err = ledger.AppendEntry(bundle, entry(i))
		must(t, err)
		if done := i + 1; done%ledger.Width == 0 || done == n {
			width := i%ledger.Width + 1
			p.write(t, ledger.File{Path: ledger.EntriesPath(int64(i/ledger.Width), width), Data: bundle})
			bundle = nil
		}
	}
	for _, file := range f.Edge() {
		p.write(t, file)
	}
	p.tree = ledger.Checkpoint{Origin: origin, Size: int64(n), Root: f.Root()}
	signer, err := note.NewSigner(skey)
	must(t, err)
	clock := func() time.Time { return time.Unix(1679315147, 0) }
	w1, err := ledger.NewCosigner("witness.example/w1", seeded(1), clock)
	must(t, err)
	w2, err := ledger.NewCosigner("witness.example/w2", seeded(2), clock)
	must(t, err)
	p.signed, err = p.tree.Sign(signer, w1)
	must(t, err)
	p.write(t, ledger.File{Path: ledger.CheckpointPath, Data: p.signed})
	p.policy = fmt.Appendf(nil, "log %s\nwitness w1 %s\nwitness w2 %s\ngroup g any w1 w2\nquorum g\n", vkey, w1.VerifierKey(), w2.VerifierKey())
	return p
}

func (p published) write(t *testing.T, f ledger.File) {
	t.Helper()
	path := filepath.Join(p.dir, filepath.FromSlash(f.Path))
	must(t, os.MkdirAll(filepath.Dir(path), 0o755))
	must(t, os.WriteFile(path, f.Data, 0o644))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

var sizes = []int{1, 2, 255, 256, 257, 1000, 65536, 70000}

func TestTorchwoodReadsTheLog(t *testing.T) {
	for _, n := range sizes {
		p := publish(t, n)
		policy, err := torchwood.ParsePolicy(p.policy)
		must(t, err)
		c, _, err := torchwood.VerifyCheckpoint(p.signed, policy)
		must(t, err)
		if c.Origin != origin || c.N != int64(n) || c.Hash != p.tree.Root {
			t.Fatalf("checkpoint %+v", c)
		}
		tiles, err := torchwood.NewTileFS(os.DirFS(p.dir))
		must(t, err)
		reader, err := torchwood.NewClient(tiles)
		must(t, err)
		seen := 0
		for i, e := range reader.AllEntries(t.Context(), c.Tree, 0) {
			if !bytes.Equal(e, entry(int(i))) {
				t.Fatalf("entry %d is %q", i, e)
			}
			seen++
		}
		if err := reader.Err(); err != nil || seen != n {
			t.Errorf("%d of %d entries: %v", seen, n, err)
		}
	}
}

func TestTorchwoodBelievesTheProof(t *testing.T) {
	p := publish(t, 1000)
	policy, err := torchwood.ParsePolicy(p.policy)
	must(t, err)
	for _, i := range []int64{0, 255, 256, 999} {
		hashes, err := ledger.ProveInclusion(t.Context(), ledger.Folder(os.DirFS(p.dir)), p.tree, i)
		must(t, err)
		proof := ledger.Proof{Extra: []byte("page"), Index: i, Hashes: hashes, Checkpoint: p.signed}.Text()
		if err := torchwood.VerifyProof(policy, tlog.RecordHash(entry(int(i))), proof); err != nil {
			t.Errorf("entry %d: %v", i, err)
		}
		if err := torchwood.VerifyProof(policy, tlog.RecordHash(entry(int(i)+1)), proof); err == nil {
			t.Errorf("entry %d: another entry passes", i)
		}
	}
}

// The other way round: what torchwood signs and writes, ledger believes.
func TestLedgerBelievesTorchwood(t *testing.T) {
	p := publish(t, 300)
	signer, err := torchwood.NewCosignatureSigner("witness.example/w2", seeded(2))
	must(t, err)
	sig, err := signer.Sign([]byte(p.tree.Text()))
	must(t, err)
	ours, err := ledger.NewCosigner("witness.example/w2", seeded(2), time.Now)
	must(t, err)
	v, err := ledger.NewCosignatureVerifier(ours.VerifierKey())
	must(t, err)
	if v.KeyHash() != signer.KeyHash() || !v.Verify([]byte(p.tree.Text()), sig) {
		t.Error("torchwood's cosignature is not believed")
	}
	hashes, err := ledger.ProveInclusion(t.Context(), ledger.Folder(os.DirFS(p.dir)), p.tree, 7)
	must(t, err)
	proof, err := ledger.ParseProof(torchwood.FormatProofWithExtraData(7, []byte("x"), hashes, p.signed))
	must(t, err)
	policy, err := ledger.ParsePolicy(p.policy)
	must(t, err)
	if _, witnesses, err := proof.Verify(policy, entry(7)); err != nil || len(witnesses) != 1 {
		t.Errorf("torchwood's proof: %v, %v", witnesses, err)
	}
}

func TestTesseraFindsNothingWrong(t *testing.T) {
	for _, n := range sizes {
		p := publish(t, n)
		if err := tesseraCheck(t, p); err != nil {
			t.Errorf("%d entries: %v", n, err)
		}
	}
}

// Its check is worth something only if it can fail.
func TestTesseraFindsDamage(t *testing.T) {
	for _, path := range []string{ledger.EntriesPath(1, 256), ledger.TilePath(0, 2, 256), ledger.TilePath(1, 0, 3)} {
		p := publish(t, 1000)
		full := filepath.Join(p.dir, filepath.FromSlash(path))
		b, err := os.ReadFile(full)
		must(t, err)
		b[20] ^= 1
		must(t, os.WriteFile(full, b, 0o644))
		if tesseraCheck(t, p) == nil {
			t.Errorf("%s: damage not found", path)
		}
	}
}

func tesseraCheck(t *testing.T, p published) error {
	t.Helper()
	v, err := note.NewVerifier(p.vkey)
	must(t, err)
	// One worker that met damage stops and would leave its feeder waiting for ever.
	return fsck.New(origin, v, client.FileFetcher{Root: p.dir}, leafHashes, fsck.Opts{N: 64}).Check(t.Context())
}

// leafHashes reads a bundle by the specification, without package ledger.
func leafHashes(bundle []byte) ([][]byte, error) {
	var out [][]byte
	for len(bundle) > 0 {
		e, rest, err := torchwood.ReadTileEntry(bundle)
		if err != nil {
			return nil, err
		}
		h := tlog.RecordHash(e)
		out, bundle = append(out, h[:]), rest
	}
	return out, nil
}
