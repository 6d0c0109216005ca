package store

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"sangto/internal/desk"
)

// networkMagic lists the file systems, by statfs type, on which locks or the
// shared memory of a write-ahead log cannot be trusted.
func networkMagic(magic int64) string {
	switch uint32(magic) {
	case 0x6969:
		return "NFS"
	case 0x517b, 0xff534d42, 0xfe534d42:
		return "SMB"
	case 0x564c:
		return "NCP"
	case 0x5346414f, 0x6b414653:
		return "AFS"
	case 0x73757245:
		return "Coda"
	case 0x00c36400:
		return "Ceph"
	case 0x01021997:
		return "9P"
	case 0x0bd00bd0:
		return "Lustre"
	case 0x47504653:
		return "GPFS"
	}
	return ""
}

func refuseNetworkFolder(dir string) error {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return fmt.Errorf("look at the file system of %s: %w", dir, err)
	}
	if name := networkMagic(int64(s.Type)); name != "" {
		return &desk.Error{
			Kind: desk.Invalid, Op: "open database", Key: "error.folder.network",
			Args: map[string]any{"Path": dir, "System": name},
		}
	}
	return nil
}

// FreeSpace is how many bytes an unprivileged program may still write in dir.
func FreeSpace(dir string) (int64, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, fmt.Errorf("look at the file system of %s: %w", dir, err)
	}
	return int64(s.Bavail) * s.Bsize, nil
}

// reserve lets the file system set the room aside, or writes where it cannot.
func reserve(f *os.File, size int64) error {
	err := syscall.Fallocate(int(f.Fd()), 0, 0, size)
	if errors.Is(err, syscall.EOPNOTSUPP) || errors.Is(err, syscall.ENOSYS) {
		return fill(f, size)
	}
	return err
}
