//go:build !linux

package store

import (
	"errors"
	"os"
)

// refuseNetworkFolder: only Linux tells file systems apart in a way we trust.
func refuseNetworkFolder(string) error { return nil }

// FreeSpace is known on Linux only.
func FreeSpace(string) (int64, error) { return 0, errors.ErrUnsupported }

func reserve(f *os.File, size int64) error { return fill(f, size) }
