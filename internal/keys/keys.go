// Package keys makes and keeps the secret keys that must never be in the
// database or in a backup of it. With the database alone, receipts cannot be
// guessed and forms cannot be forged.
package keys

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Size is the size of a key in bytes.
const Size = 32

const (
	formName    = "form.key"
	receiptName = "receipt.key"
)

// Ring holds the keys of one installation. It is safe for concurrent use.
type Ring struct{ form, receipt [Size]byte }

// Open reads form.key and receipt.key in folder (DATA/keys), and makes folder
// and keys on the first start: 32 random bytes each, mode 0600, durable before
// Open returns.
// Any number of programs may open one folder at the same moment and get the
// same keys. A key of another size, one that others may read, and a receipt
// key that is gone while the form key is still there are refused: a fresh
// receipt key would silently kill every receipt given out.
func Open(folder string) (*Ring, error) {
	if err := makeFolder(folder); err != nil {
		return nil, err
	}
	// The form key is made last, so if it is there the other one was, too.
	started := true
	if _, err := os.Lstat(filepath.Join(folder, formName)); errors.Is(err, fs.ErrNotExist) {
		started = false
	}
	r := &Ring{}
	if err := load(folder, receiptName, !started, &r.receipt); err != nil {
		return nil, err
	}
	if err := load(folder, formName, !started, &r.form); err != nil {
		return nil, err
	}
	return r, nil
}

// FormMAC is the HMAC-SHA-256 of parts under the form key. The first part is
// the label of the purpose; each part is preceded by its length, so that no
// two lists of parts look alike.
func (r *Ring) FormMAC(parts ...[]byte) [32]byte { return mac(r.form[:], parts) }

// ReceiptMAC is the same under the receipt key.
func (r *Ring) ReceiptMAC(parts ...[]byte) [32]byte { return mac(r.receipt[:], parts) }

// Format keeps the keys out of every print and log line.
func (*Ring) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("[keys withheld]")) }

func mac(key []byte, parts [][]byte) (sum [32]byte) {
	h := hmac.New(sha256.New, key)
	var length [8]byte
	for _, p := range parts {
		binary.BigEndian.PutUint64(length[:], uint64(len(p)))
		h.Write(length[:])
		h.Write(p)
	}
	h.Sum(sum[:0])
	return sum
}

// makeFolder makes the folder, or checks that nobody else can put keys in it.
func makeFolder(folder string) error {
	err := os.Mkdir(folder, 0o700)
	switch {
	case err == nil:
		return syncFolder(filepath.Dir(folder))
	case !errors.Is(err, fs.ErrExist):
		return fmt.Errorf("make the folder of the keys: %w", err)
	}
	info, err := os.Lstat(folder)
	if err != nil {
		return fmt.Errorf("look at the folder of the keys: %w", err)
	}
	return private(folder, info, info.IsDir(), 0o755)
}

// load reads a key, making it first if that is allowed.
func load(folder, name string, mayMake bool, key *[Size]byte) error {
	path := filepath.Join(folder, name)
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) && mayMake {
		if err = makeKey(folder, path); err == nil {
			info, err = os.Lstat(path)
		}
	}
	if err != nil {
		return fmt.Errorf("key %s (put back your copy of it): %w", path, err)
	}
	if err := private(path, info, info.Mode().IsRegular(), 0o600); err != nil {
		return err
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read key: %w", err)
	}
	if len(b) != Size || [Size]byte(b) == [Size]byte{} {
		return fmt.Errorf("key %s is damaged: it has %d bytes and should have %d random ones; put back your copy of it", path, len(b), Size)
	}
	*key = [Size]byte(b)
	return nil
}

func private(path string, info fs.FileInfo, rightKind bool, want fs.FileMode) error {
	if !rightKind {
		return fmt.Errorf("%s is neither made by this program nor a plain copy of what it made", path)
	}
	if mode := info.Mode().Perm(); mode&^want != 0 {
		return fmt.Errorf("%s may be used by others (mode %04o); say: chmod go-rwx %s", path, mode, path)
	}
	return nil
}

// makeKey writes the key aside and gives it its name when it is complete and
// durable: whoever sees the name sees 32 bytes. If somebody else was faster,
// theirs stands.
func makeKey(folder, path string) error {
	// CreateTemp opens with O_EXCL and mode 0600.
	f, err := os.CreateTemp(folder, ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	var key [Size]byte
	if _, err := rand.Read(key[:]); err != nil {
		return errors.Join(err, f.Close())
	}
	_, err = f.Write(key[:])
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncFolder(folder)
}

// syncFolder makes the names in a folder durable.
func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Mark tells the keys of one installation from those of another: copies of
// one database belong together with the keys of one mark. It is an HMAC under
// the receipt key, so nothing of the key can be learned from it.
func (r *Ring) Mark() string {
	sum := r.ReceiptMAC([]byte("mark of the keys"))
	return hex.EncodeToString(sum[:8])
}

// Peek is Open for a folder that somebody else keeps: it makes nothing. A
// folder in which a key is missing is fs.ErrNotExist.
func Peek(folder string) (*Ring, error) {
	for _, name := range []string{receiptName, formName} {
		if _, err := os.Lstat(filepath.Join(folder, name)); err != nil {
			return nil, fmt.Errorf("look for key: %w", err)
		}
	}
	return Open(folder)
}
