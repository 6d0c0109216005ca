package store

import (
	"errors"
	"os"
)

// LowSpace is the free space, in bytes, below which a desk takes no more
// questions: what is left belongs to what was accepted.
const LowSpace = 256 << 20

// FolderProblem says why a database does not belong in dir: a file system on
// which locks cannot be trusted is desk.Invalid.
func FolderProblem(dir string) error { return refuseNetworkFolder(dir) }

// Reserve makes a file of mode 0600 that takes up size bytes of the disk. A
// file that cannot be had whole is not there afterwards.
func Reserve(path string, size int64) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if err := errors.Join(reserve(f, size), f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

// fill takes up room by writing, where the system cannot do it by itself.
func fill(f *os.File, size int64) error {
	zeros := make([]byte, 1<<20)
	for size > 0 {
		n, err := f.Write(zeros[:min(size, int64(len(zeros)))])
		if err != nil {
			return err
		}
		size -= int64(n)
	}
	return f.Sync()
}
