package ledger

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// FolderMemory is a witness's memory in a folder, one small file a log. Only one
// process may use a folder at a time.
type FolderMemory struct {
	dir string
	mu  sync.Mutex
}

// NewFolderMemory uses an existing folder.
func NewFolderMemory(dir string) *FolderMemory { return &FolderMemory{dir: dir} }

// path is a name that no origin can lead out of the folder.
func (m *FolderMemory) path(origin string) string {
	sum := sha256.Sum256([]byte(origin))
	return filepath.Join(m.dir, hex.EncodeToString(sum[:16])+".checkpoint")
}

// Latest implements [Memory]. A file that cannot be read as a checkpoint is an
// error, never a new beginning: a witness that forgets could sign a fork.
func (m *FolderMemory) Latest(_ context.Context, origin string) (Checkpoint, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.latest(origin)
}

func (m *FolderMemory) latest(origin string) (Checkpoint, error) {
	text, err := os.ReadFile(m.path(origin))
	if errors.Is(err, fs.ErrNotExist) {
		return Checkpoint{}, nil
	}
	if err != nil {
		return Checkpoint{}, err
	}
	c, err := ParseText(string(text))
	if err != nil {
		return Checkpoint{}, fmt.Errorf("the memory of %q is damaged: %w", shorten(origin), err)
	}
	if c.Origin != origin {
		return Checkpoint{}, fmt.Errorf("the memory of %q is of another log", shorten(origin))
	}
	return c, nil
}

// Replace implements [Memory]: a new file, fsync, rename, fsync of the folder.
// If we die before the rename, the old checkpoint is the latest and a file with another name is
// left over; after it, the new one.
func (m *FolderMemory) Replace(_ context.Context, old, next Checkpoint) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	latest, err := m.latest(next.Origin)
	if err != nil {
		return false, err
	}
	if latest.Size != old.Size || latest.Size > 0 && latest.Root != old.Root {
		return false, nil
	}
	return true, WriteFile(m.path(next.Origin), []byte(next.Text()))
}

// WriteFile writes a file that is either there whole or not at all, also after
// a power cut: a temporary file beside it, fsync, rename, fsync of the folder.
func WriteFile(path string, data []byte) error {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, ".new-*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return SyncFolder(dir)
}

// SyncFolder makes the names in a folder survive a power cut.
func SyncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
