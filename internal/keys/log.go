package keys

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// The files of the public record's keys: log.key holds the secret keys in their
// text form, a line each, the newest first; log.key.next the key that a change
// under way leads to.
const (
	logName  = "log.key"
	nextName = "log.key.next"
)

// logMax is the longest file of keys that is read, in bytes.
const logMax = 64 << 10

// Log keeps the secret keys of the public record in a folder. It is as careful
// as Open; the keys' form is the caller's.
type Log struct{ folder string }

// OpenLog opens the folder (DATA/keys), and makes it if it is missing.
func OpenLog(folder string) (Log, error) { return Log{folder}, makeFolder(folder) }

// Secrets returns the keys, the newest first. A file that is not there is
// [fs.ErrNotExist].
func (l Log) Secrets() ([]string, error) { return l.read(logName) }

// Next returns the key that a change under way leads to; [fs.ErrNotExist] if
// there is none.
func (l Log) Next() (string, error) {
	keys, err := l.read(nextName)
	if err != nil {
		return "", err
	}
	return keys[0], nil
}

// Begin keeps the first key. If somebody else was faster, theirs stands.
func (l Log) Begin(secret string) error { return l.write(logName, secret+"\n", false) }

// Prepare keeps the key that a change will lead to.
func (l Log) Prepare(secret string) error { return l.write(nextName, secret+"\n", false) }

// Change puts the prepared key before the others. It may be repeated.
func (l Log) Change() error {
	next, err := l.Next()
	if err != nil {
		return err
	}
	keys, err := l.Secrets()
	if err != nil {
		return err
	}
	if keys[0] != next {
		if err := l.write(logName, strings.Join(append([]string{next}, keys...), "\n")+"\n", true); err != nil {
			return err
		}
	}
	if err := os.Remove(filepath.Join(l.folder, nextName)); err != nil {
		return err
	}
	return syncFolder(l.folder)
}

func (l Log) read(name string) ([]string, error) {
	path := filepath.Join(l.folder, name)
	info, err := os.Lstat(path)
	if err != nil {
		return nil, fmt.Errorf("key %s (put back your copy of it): %w", path, err)
	}
	if err := private(path, info, info.Mode().IsRegular(), 0o600); err != nil {
		return nil, err
	}
	if info.Size() > logMax {
		return nil, fmt.Errorf("key %s is damaged: it is too long; put back your copy of it", path)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read key: %w", err)
	}
	keys := strings.Fields(string(b))
	if len(keys) == 0 {
		return nil, fmt.Errorf("key %s is damaged: it is empty; put back your copy of it", path)
	}
	return keys, nil
}

// write gives a file its name when it is complete and durable. Without replace
// a file that is there stands.
func (l Log) write(name, text string, replace bool) error {
	f, err := os.CreateTemp(l.folder, ".new-*") // O_EXCL, mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(text)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	path := filepath.Join(l.folder, name)
	if replace {
		err = os.Rename(f.Name(), path)
	} else if err = os.Link(f.Name(), path); errors.Is(err, fs.ErrExist) {
		err = nil
	}
	if err != nil {
		return err
	}
	return syncFolder(l.folder)
}
