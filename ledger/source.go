package ledger

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"golang.org/x/mod/sumdb/tlog"
)

// Source gives the bytes behind a path of a log: "checkpoint" and what
// [Tile.Path] yields. It must fail with an error that is [fs.ErrNotExist] for what is not there
// must answer with a [*Damage] for what is longer than limit, as [ReadLimited]
// does, and must be safe for concurrent use.
type Source interface {
	Read(ctx context.Context, path string, limit int) ([]byte, error)
}

// Folder is a log that lies in a folder of any file system.
func Folder(fsys fs.FS) Source { return folder{fsys} }

type folder struct{ fsys fs.FS }

func (f folder) Read(ctx context.Context, path string, limit int) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	file, err := f.fsys.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	return ReadLimited(file, path, limit)
}

// ReadLimited reads all of r and fails where it is longer than limit.
func ReadLimited(r io.Reader, path string, limit int) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, int64(limit)+1))
	if err != nil {
		return nil, err
	}
	if len(b) > limit {
		return nil, &Damage{path, fmt.Sprintf("longer than %d bytes", limit)}
	}
	return b, nil
}

// Damage means that a file of a log was read and cannot be what its path
// promises. Any other error of a [Source] says nothing about the log.
type Damage struct{ Path, Text string }

func (d *Damage) Error() string { return d.Path + ": " + d.Text }

// ReadTile reads a tile or a bundle of a log. Where the partial tile is
// gone, as a log may let it be once the full one is there, the full one is read and cut.
func ReadTile(ctx context.Context, src Source, t Tile) ([]byte, error) {
	limit := Width * tlog.HashSize
	if t.Level == entriesLevel {
		limit = maxBundle
	}
	b, err := src.Read(ctx, t.Path(), limit)
	if errors.Is(err, fs.ErrNotExist) && t.W < Width {
		b, err = readFull(ctx, src, t, limit)
	}
	if err != nil {
		return nil, err
	}
	if t.Level != entriesLevel && len(b) != t.W*tlog.HashSize {
		return nil, &Damage{t.Path(), fmt.Sprintf("%d bytes instead of %d", len(b), t.W*tlog.HashSize)}
	}
	return b, nil
}

func readFull(ctx context.Context, src Source, t Tile, limit int) ([]byte, error) {
	b, err := src.Read(ctx, Tile{t.Level, t.N, Width}.Path(), limit)
	if err != nil {
		return nil, err
	}
	if t.Level != entriesLevel {
		return b[:min(len(b), t.W*tlog.HashSize)], nil
	}
	entries, err := ReadEntries(b, Width)
	if err != nil {
		return nil, &Damage{Tile{t.Level, t.N, Width}.Path(), err.Error()}
	}
	var cut []byte
	for _, e := range entries[:t.W] {
		if cut, err = AppendEntry(cut, e); err != nil {
			return nil, err
		}
	}
	return cut, nil
}

// tileReader gives x/mod's prover the tiles of a Source.
type tileReader struct {
	ctx context.Context
	src Source
}

func (r tileReader) Height() int { return 8 }

func (r tileReader) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	data := make([][]byte, len(tiles))
	for i, t := range tiles {
		b, err := ReadTile(r.ctx, r.src, Tile{Level: t.L, N: t.N, W: t.W})
		if err != nil {
			return nil, err
		}
		data[i] = b
	}
	return data, nil
}

func (r tileReader) SaveTiles([]tlog.Tile, [][]byte) {}

// hashes reads stored hashes of the checkpoint's tree. Every tile is checked
// against the root on the way.
func hashes(ctx context.Context, src Source, c Checkpoint) tlog.HashReader {
	return tlog.TileHashReader(tlog.Tree{N: c.Size, Hash: c.Root}, tileReader{ctx, src})
}

// ProveInclusion makes the hashes that lead from entry index to the root of
// the checkpoint, from the log's tiles.
func ProveInclusion(ctx context.Context, src Source, c Checkpoint, index int64) ([]Hash, error) {
	if index < 0 || index >= c.Size {
		return nil, fmt.Errorf("entry %d is not among the %d of this checkpoint", index, c.Size)
	}
	return tlog.ProveRecord(c.Size, index, hashes(ctx, src, c))
}

// ProveConsistency makes the hashes that show that the checkpoint adds to the
// log of oldSize entries. None are needed from an empty log or to the same size.
func ProveConsistency(ctx context.Context, src Source, c Checkpoint, oldSize int64) ([]Hash, error) {
	if oldSize < 0 || oldSize > c.Size {
		return nil, fmt.Errorf("a log of %d entries cannot come before one of %d", oldSize, c.Size)
	}
	if oldSize == 0 || oldSize == c.Size {
		return nil, nil
	}
	return tlog.ProveTree(c.Size, oldSize, hashes(ctx, src, c))
}

// RootAt is the root that the checkpoint's log had at an earlier size.
func RootAt(ctx context.Context, src Source, c Checkpoint, size int64) (Hash, error) {
	if size < 0 || size > c.Size {
		return Hash{}, fmt.Errorf("a log of %d entries cannot come before one of %d", size, c.Size)
	}
	if size == 0 {
		return emptyRoot(), nil
	}
	return tlog.TreeHash(size, hashes(ctx, src, c))
}
