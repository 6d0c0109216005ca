package keys_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"sangto/internal/keys"
)

func open(t *testing.T, dir string) *keys.Ring {
	t.Helper()
	r, err := keys.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestKeysSurviveARestart(t *testing.T) {
	dir := t.TempDir()
	first, second, other := open(t, dir), open(t, dir), open(t, t.TempDir())
	label := []byte("label")
	if first.FormMAC(label) != second.FormMAC(label) || first.ReceiptMAC(label) != second.ReceiptMAC(label) {
		t.Error("a second start got other keys")
	}
	if first.FormMAC(label) == first.ReceiptMAC(label) {
		t.Error("the two keys are one")
	}
	if first.FormMAC(label) == other.FormMAC(label) {
		t.Error("two installations share a key")
	}
}

func TestFilesArePrivateAndComplete(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	open(t, dir)
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, e.Name())
		if info.Mode() != 0o600 || info.Size() != keys.Size {
			t.Errorf("%s: mode %v, size %d", e.Name(), info.Mode(), info.Size())
		}
	}
	if got := strings.Join(names, " "); got != "form.key receipt.key" {
		t.Errorf("files: %s", got)
	}
	if info, _ := os.Stat(dir); info.Mode().Perm() != 0o700 {
		t.Errorf("folder mode %v", info.Mode())
	}
}

// The MAC is reckoned here a second time by its definition, so that a change
// of the format, which would kill every receipt, cannot pass unnoticed.
func TestMACIsHMACOverLengthPrefixedParts(t *testing.T) {
	dir := t.TempDir()
	key := bytes.Repeat([]byte{7}, keys.Size)
	for _, name := range []string{"form.key", "receipt.key"} {
		if err := os.WriteFile(filepath.Join(dir, name), key, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	h := hmac.New(sha256.New, key)
	h.Write([]byte("\x00\x00\x00\x00\x00\x00\x00\x0areceipt-v1\x00\x00\x00\x00\x00\x00\x00\x02ab"))
	want := hex.EncodeToString(h.Sum(nil))
	r := open(t, dir)
	for name, f := range map[string]func(...[]byte) [32]byte{"form": r.FormMAC, "receipt": r.ReceiptMAC} {
		got := f([]byte("receipt-v1"), []byte("ab"))
		if hex.EncodeToString(got[:]) != want {
			t.Errorf("%s: got %x, want %s", name, got, want)
		}
	}
}

func TestPartsDoNotRunTogether(t *testing.T) {
	r := open(t, t.TempDir())
	seen := map[[32]byte]string{}
	for _, parts := range [][]string{{}, {""}, {"", ""}, {"ab"}, {"a", "b"}, {"", "ab"}, {"ab", ""}, {"b", "a"}} {
		var in [][]byte
		for _, p := range parts {
			in = append(in, []byte(p))
		}
		sum := r.FormMAC(in...)
		if other, ok := seen[sum]; ok {
			t.Errorf("%q and %s have the same MAC", parts, other)
		}
		seen[sum] = fmt.Sprintf("%q", parts)
	}
}

func TestRefusals(t *testing.T) {
	cases := []struct {
		name  string
		spoil func(folder string) error
		want  string
	}{
		{"short key", func(f string) error { return os.WriteFile(filepath.Join(f, "form.key"), make([]byte, 31), 0o600) }, "31 bytes"},
		{"long key", func(f string) error { return os.WriteFile(filepath.Join(f, "receipt.key"), make([]byte, 33), 0o600) }, "33 bytes"},
		{"empty key", func(f string) error { return os.Truncate(filepath.Join(f, "receipt.key"), 0) }, "0 bytes"},
		{"key of zeros", func(f string) error { return os.WriteFile(filepath.Join(f, "form.key"), make([]byte, 32), 0o600) }, "damaged"},
		{"key others may read", func(f string) error { return os.Chmod(filepath.Join(f, "receipt.key"), 0o640) }, "chmod go-rwx"},
		{"folder others may write", func(f string) error { return os.Chmod(f, 0o775) }, "chmod go-rwx"},
		{"lost receipt key", func(f string) error { return os.Remove(filepath.Join(f, "receipt.key")) }, "put back your copy"},
		{"symbolic link", func(f string) error {
			if err := os.Rename(filepath.Join(f, "form.key"), filepath.Join(f, "elsewhere")); err != nil {
				return err
			}
			return os.Symlink("elsewhere", filepath.Join(f, "form.key"))
		}, "neither made by this program"},
		{"file in place of the folder", func(f string) error {
			if err := os.RemoveAll(f); err != nil {
				return err
			}
			return os.WriteFile(f, nil, 0o600)
		}, "neither made by this program"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			open(t, dir)
			if err := c.spoil(dir); err != nil {
				t.Fatal(err)
			}
			if _, err := keys.Open(dir); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
}

// A start that died between the two keys is completed by the next one.
func TestHalfAFirstStart(t *testing.T) {
	dir := t.TempDir()
	before := open(t, dir)
	if err := os.Remove(filepath.Join(dir, "form.key")); err != nil {
		t.Fatal(err)
	}
	after := open(t, dir)
	if before.ReceiptMAC() != after.ReceiptMAC() || before.FormMAC() == after.FormMAC() {
		t.Error("want the old receipt key and a new form key")
	}
}

func TestTwoOpenersRace(t *testing.T) {
	for range 50 {
		dir := filepath.Join(t.TempDir(), "keys")
		rings := make([]*keys.Ring, 8)
		var wg sync.WaitGroup
		start := make(chan struct{})
		for i := range rings {
			wg.Go(func() {
				<-start
				r, err := keys.Open(dir)
				if err != nil {
					t.Error(err)
				}
				rings[i] = r
			})
		}
		close(start)
		wg.Wait()
		if t.Failed() {
			return
		}
		for _, r := range rings[1:] {
			if r.FormMAC() != rings[0].FormMAC() || r.ReceiptMAC() != rings[0].ReceiptMAC() {
				t.Fatal("two openers got different keys")
			}
		}
	}
}

func TestMissingDataFolder(t *testing.T) {
	if _, err := keys.Open(filepath.Join(t.TempDir(), "missing", "keys")); err == nil {
		t.Error("keys were made in a folder that does not exist")
	}
}

func TestKeysAreNotPrinted(t *testing.T) {
	r := open(t, t.TempDir())
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
		if got := fmt.Sprintf(verb, r); got != "[keys withheld]" {
			t.Errorf("%s prints %q", verb, got)
		}
	}
}
