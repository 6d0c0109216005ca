package record

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"sangto/internal/store"
	"sangto/ledger"
)

// Folder is a [Disk] that is a folder of the file system. Its files are public;
// only the stage is not part of the log.
type Folder struct{ dir string }

// NewFolder uses a folder, and makes it if it is missing.
func NewFolder(dir string) (Folder, error) {
	f := Folder{dir}
	return f, f.makeFolder(dir)
}

// fileMost is the longest file that is read, in bytes: a stage of a few
// thousand leaves.
const fileMost = 64 << 20

func (f Folder) path(p string) string { return filepath.Join(f.dir, filepath.FromSlash(p)) }

// Read implements Disk.
func (f Folder) Read(p string) ([]byte, error) {
	file, err := os.Open(f.path(p))
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	return ledger.ReadLimited(file, p, fileMost)
}

// Write implements Disk: a temporary file beside it, fsync, rename, fsync of the
// folder. With a full tile the partial ones that it contains are let go, as
// tlog-tiles permits: readers cut the full one.
func (f Folder) Write(p string, data []byte) error {
	name := f.path(p)
	if err := f.makeFolder(filepath.Dir(name)); err != nil {
		return err
	}
	if err := ledger.WriteFile(name, data); err != nil {
		return err
	}
	if t, err := ledger.ParsePath(p); err == nil && t.W == ledger.Width {
		// What is left over is a waste of space and nothing else.
		_ = os.RemoveAll(name + ".p")
	}
	return nil
}

// Remove implements Disk.
func (f Folder) Remove(p string) error {
	err := os.Remove(f.path(p))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return ledger.SyncFolder(filepath.Dir(f.path(p)))
}

// makeFolder makes a folder and those above it, each durable before what comes
// into it.
func (f Folder) makeFolder(dir string) error {
	if info, err := os.Stat(dir); err == nil && info.IsDir() {
		return nil
	}
	parent := filepath.Dir(dir)
	if parent == dir {
		return fmt.Errorf("no such folder: %s", dir)
	}
	if err := f.makeFolder(parent); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return ledger.SyncFolder(parent)
}

// rows is the [Leaves] of a database.
type rows struct{ db *store.DB }

// Count implements Leaves.
func (r rows) Count(ctx context.Context) (n int64, err error) {
	err = r.db.View(ctx, func(tx *store.Tx) error {
		n, err = tx.CountLeaves()
		return err
	})
	return n, err
}

// Read implements Leaves.
func (r rows) Read(ctx context.Context, from int64, limit int) (out [][]byte, err error) {
	err = r.db.View(ctx, func(tx *store.Tx) error {
		leaves, err := tx.Leaves(from, limit)
		out = make([][]byte, 0, len(leaves))
		for _, l := range leaves {
			out = append(out, l.Bytes)
		}
		return err
	})
	return out, err
}
