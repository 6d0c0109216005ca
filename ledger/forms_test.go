package ledger_test

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"sangto/ledger"
)

func TestPaths(t *testing.T) {
	for path, want := range map[string]ledger.Tile{
		"tile/0/000":                     {Level: 0, N: 0, W: 256},
		"tile/0/x001/x234/067":           {Level: 0, N: 1234067, W: 256},
		"tile/0/x001/x234/067.p/1":       {Level: 0, N: 1234067, W: 1},
		"tile/5/999":                     {Level: 5, N: 999, W: 256},
		"tile/63/x001/000":               {Level: 63, N: 1000, W: 256},
		"tile/entries/000.p/255":         {Level: -1, N: 0, W: 255},
		"tile/entries/x123/x456/789.p/8": {Level: -1, N: 123456789, W: 8},
	} {
		if got := want.Path(); got != path {
			t.Errorf("%v lies at %s, want %s", want, got, path)
		}
		if got, err := ledger.ParsePath(path); err != nil || got != want {
			t.Errorf("%s is %v, %v", path, got, err)
		}
	}
	for _, path := range []string{
		"", "tile", "tile/0", "tile/0/", "tile/0/0", "tile/0/00", "tile/0/0000", "tile/00/000", "tile/-1/000", "tile/64/000", "tile/+1/000",
		"tile/0/001/234", "tile/0/x001", "tile/0/x000/001", "tile/0/001.p/0", "tile/0/001.p/256", "tile/0/001.p/01", "tile/0/001.p/", "tile/0/001.p",
		"tile/entries", "tile/entries/", "tile/entries/../000", "tile/../0/000", "/tile/0/000", "tile/0/000/", "tile/8/0/000", "tile/data/000", "tile/0/-01",
		"tile/0/x999/x999/x999/x999/x999/x999/x999/999", "tile/0/" + strings.Repeat("x000/", 40) + "000", "tile/0/٠٠١", "tile/0/00١",
	} {
		if got, err := ledger.ParsePath(path); err == nil {
			t.Errorf("%q passes as %v", path, got)
		}
	}
}

func TestEntries(t *testing.T) {
	b, err := ledger.AppendEntry(nil, []byte("a"))
	if err != nil {
		t.Fatal(err)
	}
	if b, err = ledger.AppendEntry(b, bytes.Repeat([]byte("b"), ledger.MaxEntry)); err != nil {
		t.Fatal(err)
	}
	got, err := ledger.ReadEntries(b, 2)
	if err != nil || string(got[0]) != "a" || len(got[1]) != ledger.MaxEntry {
		t.Errorf("%d entries, %v", len(got), err)
	}
	for name, bad := range map[string]func() error{
		"empty entry":   func() error { _, err := ledger.AppendEntry(nil, nil); return err },
		"long entry":    func() error { _, err := ledger.AppendEntry(nil, make([]byte, ledger.MaxEntry+1)); return err },
		"too few":       func() error { _, err := ledger.ReadEntries(b, 3); return err },
		"too many":      func() error { _, err := ledger.ReadEntries(b, 1); return err },
		"none":          func() error { _, err := ledger.ReadEntries(nil, 0); return err },
		"cut length":    func() error { _, err := ledger.ReadEntries(b[:4], 2); return err },
		"cut entry":     func() error { _, err := ledger.ReadEntries(b[:len(b)-1], 2); return err },
		"byte left":     func() error { _, err := ledger.ReadEntries(append(bytes.Clone(b), 0), 2); return err },
		"beyond a tile": func() error { _, err := ledger.ReadEntries(b, 257); return err },
	} {
		if bad() == nil {
			t.Errorf("%s passes", name)
		}
	}
}

func TestCheckpointText(t *testing.T) {
	root := strings.Repeat("A", 43) + "="
	c, err := ledger.ParseText("example.com/log\n20852163\n" + root + "\nmore\n")
	if err != nil || c.Origin != "example.com/log" || c.Size != 20852163 || len(c.Extension) != 1 {
		t.Fatalf("%+v, %v", c, err)
	}
	if c.Text() != "example.com/log\n20852163\n"+root+"\nmore\n" {
		t.Errorf("text %q", c.Text())
	}
	for _, bad := range []string{
		"", "\n", "a\n1\n", "a\n1\n" + root, "\n1\n" + root + "\n", "a\n01\n" + root + "\n", "a\n-1\n" + root + "\n", "a\n+1\n" + root + "\n", "a\n1 \n" + root + "\n",
		"a\n99999999999999999999\n" + root + "\n", "a\n281474976710657\n" + root + "\n", "a\n1\n" + root[:40] + "\n", "a\n1\n" + strings.Repeat("A", 42) + "B=\n", "a\n1\n" + root + "\n\n",
	} {
		if c, err := ledger.ParseText(bad); err == nil {
			t.Errorf("%q passes as %+v", bad, c)
		}
	}
}

func TestProofForm(t *testing.T) {
	h := strings.Repeat("A", 43) + "="
	good := "c2sp.org/tlog-proof@v1\nextra YQ==\nindex 7\n" + h + "\n\nnote\n"
	p, err := ledger.ParseProof([]byte(good))
	if err != nil || string(p.Extra) != "a" || p.Index != 7 || len(p.Hashes) != 1 || string(p.Text()) != good {
		t.Fatalf("%+v, %v", p, err)
	}
	for _, bad := range []string{
		"", "c2sp.org/tlog-proof@v1", "c2sp.org/tlog-proof@v1\n\nnote\n", "c2sp.org/tlog-proof@v1\nindex 7\n\n", "c2sp.org/tlog-proof@v2\nindex 7\n\nnote\n",
		"c2sp.org/tlog-proof@v1\nindex 07\n\nnote\n", "c2sp.org/tlog-proof@v1\nindex -7\n\nnote\n", "c2sp.org/tlog-proof@v1\nindex 7\nextra YQ==\n\nnote\n",
		"c2sp.org/tlog-proof@v1\nextra !\nindex 7\n\nnote\n", "c2sp.org/tlog-proof@v1\nextra \nindex 7\n\nnote\n", "c2sp.org/tlog-proof@v1\nindex 7\n" + h[:20] + "\n\nnote\n",
		"c2sp.org/tlog-proof@v1\nindex 7\n" + strings.Repeat(h+"\n", 64) + "\nnote\n", good + strings.Repeat("x", ledger.MaxProof),
	} {
		if _, err := ledger.ParseProof([]byte(bad)); err == nil {
			t.Errorf("%.60q passes", bad)
		}
	}
}

// The right edge gives the root that the reference implementation gives.
func TestRootsAgainstReference(t *testing.T) {
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(indexes))
		for i, x := range indexes {
			out[i] = stored[x]
		}
		return out, nil
	})
	var f ledger.Frontier
	for i := range int64(1500) {
		e := fmt.Appendf(nil, "%d", i)
		hashes, err := tlog.StoredHashes(i, e, reader)
		if err != nil {
			t.Fatal(err)
		}
		stored = append(stored, hashes...)
		f.Append(ledger.EntryHash(e), nil)
		want, err := tlog.TreeHash(i+1, reader)
		if err != nil {
			t.Fatal(err)
		}
		if got := f.Root(); got != want {
			t.Fatalf("%d entries: root %v, want %v", i+1, got, want)
		}
	}
}

// TestEveryKeyIsRead: base64 uses the plus that separates the parts of a key.
func TestEveryKeyIsRead(t *testing.T) {
	for i := range 64 {
		skey, vkey, err := ledger.GenerateKey(rand.Reader, "desk.example/log")
		if err != nil {
			t.Fatal(err)
		}
		if got, err := ledger.VerifierKey(skey); err != nil || got != vkey {
			t.Fatalf("key %d of %q: %q, %v", i, vkey, got, err)
		}
		if _, err := ledger.NewVerifier(vkey); err != nil {
			t.Fatal(err)
		}
	}
}
