//go:build unix

package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"

	"sangto/internal/desk"
)

// LockFolder claims a data folder for one server. A second claim, by this
// program or another, is desk.Conflict until release is called or the process
// ends, however it ends. Other commands need no claim.
func LockFolder(dir string) (release func(), err error) {
	f, err := lockFile(filepath.Join(dir, "serve.lock"), os.O_CREATE|os.O_RDWR, syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, &desk.Error{
			Kind: desk.Conflict, Op: "lock folder", Key: "error.folder.busy",
			Args: map[string]any{"Path": dir}, Err: err,
		}
	}
	if err != nil {
		return nil, &desk.Error{Kind: desk.Unavailable, Op: "lock folder", Key: "error.storage", Err: err}
	}
	return sync.OnceFunc(func() { _ = f.Close() }), nil
}

// lockSchemaFolder waits for its turn on the folder itself, which needs no file.
func lockSchemaFolder(dir string) (release func(), err error) {
	f, err := lockFile(dir, os.O_RDONLY, syscall.LOCK_EX)
	if err != nil {
		return nil, err
	}
	return func() { _ = f.Close() }, nil
}

// lockFile locks a file by its inode; the file itself stays, because removing
// it would let two holders lock two different files of one name.
func lockFile(path string, flags, how int) (*os.File, error) {
	f, err := os.OpenFile(path, flags, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		err = syscall.Flock(int(f.Fd()), how)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return f, nil
}
