package ledger

import (
	"crypto/sha256"
	"fmt"
	"math/bits"

	"golang.org/x/mod/sumdb/tlog"
)

// EntryHash is the hash of an entry as a leaf of the tree (RFC 6962: a zero
// byte before it, so that no leaf can be read as a node).
func EntryHash(entry []byte) Hash { return tlog.RecordHash(entry) }

// emptyRoot is the root of a tree without entries.
func emptyRoot() Hash { return sha256.Sum256(nil) }

// Frontier is the right edge of a tree: for every level the hashes of its
// last, partial tile. It is all that is needed to grow the tree and to know its
// root: at most 255 hashes a level, whatever the size. The zero value is the
// empty tree. It is not safe for concurrent use.
type Frontier struct {
	size   int64
	levels [][]Hash
}

// File is one file of the log.
type File struct {
	Path string
	Data []byte
}

// Size is how many entries the tree has.
func (f *Frontier) Size() int64 { return f.size }

// Clone is a copy that grows on its own.
func (f *Frontier) Clone() *Frontier {
	c := &Frontier{size: f.size, levels: make([][]Hash, len(f.levels))}
	for i, level := range f.levels {
		c.levels[i] = append([]Hash(nil), level...)
	}
	return c
}

// Append adds the hash of the next entry. Every tile that becomes full is
// handed to full, which may be nil.
func (f *Frontier) Append(leaf Hash, full func(File)) {
	f.push(0, leaf, full)
	f.size++
}

func (f *Frontier) push(level int, h Hash, full func(File)) {
	if level == len(f.levels) {
		f.levels = append(f.levels, nil)
	}
	f.levels[level] = append(f.levels[level], h)
	if len(f.levels[level]) < Width {
		return
	}
	tile := f.levels[level]
	if full != nil {
		n := f.size >> (8 * (level + 1))
		full(File{TilePath(level, n, Width), tileBytes(tile)})
	}
	f.levels[level] = nil
	f.push(level+1, subtreeRoot(tile), full)
}

// Edge is the partial tiles of the tree as it stands. A checkpoint of this
// size may be published once they and all full tiles can be read.
func (f *Frontier) Edge() []File {
	var files []File
	for level, hashes := range f.levels {
		if len(hashes) > 0 {
			files = append(files, File{TilePath(level, f.size>>(8*(level+1)), len(hashes)), tileBytes(hashes)})
		}
	}
	return files
}

// Root is the hash over the whole tree.
func (f *Frontier) Root() Hash {
	if f.size == 0 {
		return emptyRoot()
	}
	var root Hash
	first := true
	for _, hashes := range f.levels {
		// From the right: single hashes, then pairs, then fours.
		for rest := hashes; len(rest) > 0; {
			n := 1 << bits.TrailingZeros(uint(len(rest)))
			part := subtreeRoot(rest[len(rest)-n:])
			rest = rest[:len(rest)-n]
			if first {
				root, first = part, false
			} else {
				root = tlog.NodeHash(part, root)
			}
		}
	}
	return root
}

// subtreeRoot is the root over a power of two of hashes.
func subtreeRoot(hashes []Hash) Hash {
	level := append([]Hash(nil), hashes...)
	for len(level) > 1 {
		for i := range len(level) / 2 {
			level[i] = tlog.NodeHash(level[2*i], level[2*i+1])
		}
		level = level[:len(level)/2]
	}
	return level[0]
}

func tileBytes(hashes []Hash) []byte {
	b := make([]byte, 0, len(hashes)*tlog.HashSize)
	for _, h := range hashes {
		b = append(b, h[:]...)
	}
	return b
}

func tileHashes(b []byte) []Hash {
	hashes := make([]Hash, len(b)/tlog.HashSize)
	for i := range hashes {
		copy(hashes[i][:], b[i*tlog.HashSize:])
	}
	return hashes
}

// EdgePaths are the partial tiles that a tree of this size has.
func EdgePaths(size int64) []string {
	var paths []string
	for level := 0; size>>(8*level) > 0; level++ {
		if w := int(size >> (8 * level) % Width); w > 0 {
			paths = append(paths, TilePath(level, size>>(8*(level+1)), w))
		}
	}
	return paths
}

// LoadFrontier reads the right edge of a tree from its partial tiles and
// requires its root to be the checkpoint's.
func LoadFrontier(c Checkpoint, read func(path string) ([]byte, error)) (*Frontier, error) {
	f := &Frontier{size: c.Size}
	for level := 0; c.Size>>(8*level) > 0; level++ {
		f.levels = append(f.levels, nil)
		w := int(c.Size >> (8 * level) % Width)
		if w == 0 {
			continue
		}
		path := TilePath(level, c.Size>>(8*(level+1)), w)
		b, err := read(path)
		if err != nil {
			return nil, err
		}
		if len(b) != w*tlog.HashSize {
			return nil, fmt.Errorf("%s has %d bytes instead of %d", path, len(b), w*tlog.HashSize)
		}
		f.levels[level] = tileHashes(b)
	}
	if f.Root() != c.Root {
		return nil, fmt.Errorf("the right edge of the log does not lead to its root at %d entries", c.Size)
	}
	return f, nil
}
