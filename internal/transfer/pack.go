package transfer

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"sangto/internal/desk"
)

// A backup is a plain tar file: manifest.json first, then the database, then
// the published log's files. Any tar program opens it, and sha256sum compares
// what comes out with the manifest.
const (
	manifestName   = "manifest.json"
	databaseName   = "sangto.db"
	recordPrefix   = "log/"
	manifestFormat = 1
	// manifestMax bounds the manifest in bytes, partsMax the files it names.
	manifestMax = 64 << 20
	partsMax    = 500_000
)

// Manifest says what a backup holds. Its JSON form is a promise.
type Manifest struct {
	Format int `json:"format"`
	// Program is the version that made it.
	Program string `json:"program"`
	// Made is when it was begun: UTC, whole seconds. Everything acknowledged
	// before is in it.
	Made time.Time `json:"made"`
	// Engine is the engine the desk was on; the copy is SQLite in any case.
	Engine string `json:"engine"`
	// Level, Floor and Change are the state of the database: see store.Mark.
	Level  int64 `json:"level"`
	Floor  int64 `json:"floor"`
	Change int64 `json:"change"`
	// KeyMark tells the keys that belong to it from others.
	KeyMark string `json:"key_mark"`
	Files   []Part `json:"files"`
}

// Part is a file of a backup: its name there, its size in bytes and the
// SHA-256 of its bytes in hex.
type Part struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// partNames is what a part may be called: the database, or a path below log/
// in the characters that the log's own addresses have.
var partNames = regexp.MustCompile(`^(?:sangto\.db|log(?:/[A-Za-z0-9_][A-Za-z0-9_.-]*)+)$`)

func partName(name string) bool { return len(name) <= 500 && partNames.MatchString(name) }

// pack writes the parts, by name and path, into a new tar file. Its bytes
// depend on the parts and the manifest alone.
func pack(ctx context.Context, path string, m Manifest, parts map[string]string, progress func(done, total int64)) (err error) {
	names := slices.Sorted(maps.Keys(parts))
	// The database first: a restore that has no use for the rest stops early.
	slices.SortStableFunc(names, func(a, b string) int {
		switch databaseName {
		case a:
			return -1
		case b:
			return 1
		}
		return 0
	})
	c := &copying{ctx: ctx, progress: progress}
	for _, name := range names {
		info, err := os.Stat(parts[name])
		if err != nil {
			return err
		}
		c.total += 2 * info.Size()
	}
	for _, name := range names {
		part, err := weigh(c, name, parts[name])
		if err != nil {
			return err
		}
		m.Files = append(m.Files, part)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := tar.NewWriter(f)
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	if len(text) > manifestMax || len(m.Files) > partsMax {
		return fmt.Errorf("the log has %d files, more than a backup takes", len(m.Files))
	}
	if err := add(w, m.Made, manifestName, int64(len(text)), bytes.NewReader(text), &copying{ctx: ctx}); err != nil {
		return err
	}
	for _, part := range m.Files {
		if err := addFile(w, m.Made, part, parts[part.Name], c); err != nil {
			return err
		}
	}
	return errors.Join(w.Close(), f.Sync())
}

// weigh measures a part.
func weigh(c *copying, name, path string) (Part, error) {
	f, err := os.Open(path)
	if err != nil {
		return Part{}, err
	}
	defer f.Close()
	h := sha256.New()
	before := c.done
	if err := c.copy(h, f); err != nil {
		return Part{}, err
	}
	return Part{Name: name, Size: c.done - before, SHA256: hex.EncodeToString(h.Sum(nil))}, nil
}

func addFile(w *tar.Writer, made time.Time, part Part, path string, c *copying) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return add(w, made, part.Name, part.Size, io.LimitReader(f, part.Size), c)
}

func add(w *tar.Writer, made time.Time, name string, size int64, from io.Reader, c *copying) error {
	err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o600, ModTime: made, Format: tar.FormatPAX})
	if err != nil {
		return err
	}
	return c.copy(w, from)
}

// ReadManifest reads what a backup says of itself. The rest of the file is not
// read, so nothing is known of it yet.
func ReadManifest(path string) (Manifest, error) {
	f, err := os.Open(path)
	if err != nil {
		return Manifest{}, unreadable(path, err)
	}
	defer f.Close()
	m, err := readManifest(tar.NewReader(f))
	return m, err
}

func unreadable(path string, err error) error {
	return &desk.Error{Kind: desk.NotFound, Op: "read backup", Key: "backup.error.unreadable", Args: map[string]any{"Path": path}, Err: err}
}

// readManifest judges the first entry of a hostile file.
func readManifest(r *tar.Reader) (Manifest, error) {
	var m Manifest
	h, err := r.Next()
	if err != nil {
		return m, damaged(fmt.Errorf("not a backup: %w", err))
	}
	if h.Name != manifestName || h.Typeflag != tar.TypeReg || h.Size > manifestMax {
		return m, damaged(errors.New("not a backup: it does not begin with its manifest"))
	}
	text, err := io.ReadAll(io.LimitReader(r, manifestMax))
	if err != nil {
		return m, damaged(err)
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return m, damaged(fmt.Errorf("manifest: %w", err))
	}
	return m, m.check()
}

// check refuses a manifest that this program cannot follow.
func (m Manifest) check() error {
	if m.Format > manifestFormat {
		return &desk.Error{Kind: desk.Conflict, Op: "read backup", Key: "backup.error.newer", Args: map[string]any{"Program": m.Program}}
	}
	if m.Format != manifestFormat || len(m.Files) == 0 || len(m.Files) > partsMax || m.Level < 1 || m.Floor < 1 {
		return damaged(errors.New("manifest: not in a form this program makes"))
	}
	seen, total := map[string]bool{}, int64(0)
	for _, p := range m.Files {
		sum, err := hex.DecodeString(p.SHA256)
		if !partName(p.Name) || seen[p.Name] || p.Size < 0 || p.Size > math.MaxInt64/4-total || err != nil || len(sum) != sha256.Size {
			return damaged(fmt.Errorf("manifest: %q cannot be part of a backup", p.Name))
		}
		seen[p.Name] = true
		total += p.Size
	}
	if m.Files[0].Name != databaseName {
		return damaged(errors.New("manifest: there is no database in it"))
	}
	return nil
}

// unpack writes the parts of a backup into an empty folder, each durable and of
// mode 0600, and compares every size and checksum. Names are those of the
// manifest, in its order, or the file is refused.
func unpack(ctx context.Context, path, into string, progress func(done, total int64)) (Manifest, error) {
	f, err := os.Open(path)
	if err != nil {
		return Manifest{}, unreadable(path, err)
	}
	defer f.Close()
	r := tar.NewReader(f)
	m, err := readManifest(r)
	if err != nil {
		return m, err
	}
	c := &copying{ctx: ctx, progress: progress}
	for _, p := range m.Files {
		c.total += p.Size
	}
	for _, p := range m.Files {
		if err := unpackPart(c, r, p, into); err != nil {
			return m, err
		}
	}
	if _, err := r.Next(); !errors.Is(err, io.EOF) {
		return m, damaged(errors.New("it holds more than its manifest says"))
	}
	return m, nil
}

func unpackPart(c *copying, r *tar.Reader, p Part, into string) error {
	h, err := r.Next()
	if err != nil {
		return damaged(fmt.Errorf("%s is missing: %w", p.Name, err))
	}
	if h.Name != p.Name || h.Typeflag != tar.TypeReg || h.Size != p.Size {
		return damaged(fmt.Errorf("%s is not where or what its manifest says", p.Name))
	}
	path := filepath.Join(into, filepath.FromSlash(p.Name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	sum := sha256.New()
	err = c.copy(io.MultiWriter(f, sum), r)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return damaged(err)
		}
		return err
	}
	if hex.EncodeToString(sum.Sum(nil)) != p.SHA256 {
		return damaged(fmt.Errorf("%s does not have its checksum", p.Name))
	}
	return nil
}
