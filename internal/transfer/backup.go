package transfer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"sangto/internal/desk"
	"sangto/internal/store"
)

// KeepDays is the longest that a backup is kept, in days: it holds questions
// that the desk itself forgets after 14 days.
const KeepDays = 14

// stampForm is the time in the name of a backup, UTC, so that names sort by age.
const stampForm = "20060102T150405Z"

const (
	backupPrefix = "sangto-"
	backupSuffix = ".tar"
	partPrefix   = ".sangto-"
)

// BackupOptions says where a backup goes and what goes with the database.
type BackupOptions struct {
	// To is a new file, or an existing folder in which the backup is named by
	// its time and outdated backups are removed.
	To string
	// Record is the folder of the published log's files, empty for none.
	Record string
	// KeyMark is what keys.Ring.Mark says, so that a restore can tell whether
	// the keys beside it belong to the backup. It reveals nothing of a key.
	KeyMark string
	// Program names the version that makes the backup.
	Program string
	// KeepDays is how long backups in a folder are kept; 0 is KeepDays.
	KeepDays int
	Now      time.Time
	// Progress may be nil. step is "copy", "pack" or "prove".
	Progress func(step string, done, total int64)
}

// Backup is what was made and proven.
type Backup struct {
	Path string
	Size int64
	Manifest
	// Pruned are the names of outdated backups that were removed.
	Pruned []string
	Took   time.Duration
}

// WriteBackup makes a backup of a desk, which may be running and may be on
// either engine, and proves it: the packed file is unpacked into a temporary
// folder, every checksum is compared, the database in it is opened and
// examined. Only then does it get its name. A failure leaves nothing behind
// and removes no older backup. The file has mode 0600 and is durable when
// WriteBackup returns.
//
// Keys are in no backup, and neither is the store that guards the signed
// checkpoint against being rolled back.
func WriteBackup(ctx context.Context, db *store.DB, o BackupOptions) (Backup, error) {
	const op = "back up"
	began := time.Now()
	if o.KeepDays == 0 {
		o.KeepDays = KeepDays
	}
	if o.KeepDays < 1 || o.KeepDays > KeepDays {
		return Backup{}, &desk.Error{Kind: desk.Invalid, Op: op, Key: "backup.error.keep", Args: map[string]any{"Max": KeepDays}}
	}
	folder, path, err := destination(o.To, o.Now)
	if err != nil {
		return Backup{}, err
	}
	if err := room(ctx, db, folder); err != nil {
		return Backup{}, err
	}
	b := Backup{Path: path}
	if b.Manifest, b.Size, err = makeAside(ctx, db, folder, path, o); err != nil {
		return Backup{}, failed(op, err)
	}
	if path != o.To {
		b.Pruned, err = Prune(folder, o.Now, o.KeepDays)
	}
	b.Took = time.Since(began)
	return b, failed(op, err)
}

// failed gives an error of the system a sentence.
func failed(op string, err error) error {
	var known *desk.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	return &desk.Error{Kind: desk.Unavailable, Op: op, Key: "backup.error.failed", Err: err}
}

// destination tells a folder from a file, and refuses to overwrite.
func destination(to string, now time.Time) (folder, path string, err error) {
	const op = "back up"
	if to == "" {
		return "", "", &desk.Error{Kind: desk.Invalid, Op: op, Key: "backup.error.to"}
	}
	info, err := os.Stat(to)
	switch {
	case err == nil && info.IsDir():
		path = filepath.Join(to, backupPrefix+now.UTC().Format(stampForm)+backupSuffix)
		if _, err := os.Lstat(path); err == nil {
			return "", "", &desk.Error{Kind: desk.Conflict, Op: op, Key: "backup.error.exists", Args: map[string]any{"Path": path}}
		}
		return to, path, nil
	case err == nil:
		return "", "", &desk.Error{Kind: desk.Conflict, Op: op, Key: "backup.error.exists", Args: map[string]any{"Path": to}}
	case !errors.Is(err, fs.ErrNotExist):
		return "", "", failed(op, err)
	}
	folder = filepath.Dir(to)
	if info, err := os.Stat(folder); err != nil || !info.IsDir() || strings.HasSuffix(to, string(filepath.Separator)) {
		return "", "", &desk.Error{Kind: desk.NotFound, Op: op, Key: "backup.error.folder", Args: map[string]any{"Path": to}, Err: err}
	}
	return folder, to, nil
}

// room refuses to begin what would fill the disk: the copy, the packed copy and
// the proof lie there at one moment.
func room(ctx context.Context, db *store.DB, folder string) error {
	size, err := db.Size(ctx)
	if err != nil {
		return err
	}
	free, err := store.FreeSpace(folder)
	if need := 3*size + store.LowSpace; err == nil && free < need {
		return &desk.Error{
			Kind: desk.Unavailable, Op: "back up", Key: "backup.error.room",
			Args: map[string]any{"Path": folder, "Need": megabytes(need), "Free": megabytes(free)},
		}
	}
	return nil
}

// megabytes rounds up.
func megabytes(n int64) int64 { return (n + 1<<20 - 1) >> 20 }

// makeAside does all the work in a folder of its own beside the destination,
// and gives the file its name at the end.
func makeAside(ctx context.Context, db *store.DB, folder, path string, o BackupOptions) (m Manifest, size int64, err error) {
	aside, err := os.MkdirTemp(folder, partPrefix+"*")
	if err != nil {
		return m, 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(aside)) }()
	parts, m, err := gather(ctx, db, aside, o)
	if err != nil {
		return m, 0, err
	}
	packed := filepath.Join(aside, "packed")
	if err := pack(ctx, packed, m, parts, step(o.Progress, "pack")); err != nil {
		return m, 0, err
	}
	// What is proven is the packed file alone, and the room is needed.
	if err := os.Remove(filepath.Join(aside, databaseName)); err != nil {
		return m, 0, err
	}
	if err := prove(ctx, packed, filepath.Join(aside, "proof"), step(o.Progress, "prove")); err != nil {
		return m, 0, err
	}
	info, err := os.Stat(packed)
	if err != nil {
		return m, 0, err
	}
	// Link, not rename: somebody else's file of that name is never replaced.
	if err := os.Link(packed, path); err != nil {
		return m, 0, err
	}
	return m, info.Size(), syncFolder(folder)
}

func step(progress func(string, int64, int64), name string) func(done, total int64) {
	if progress == nil {
		return nil
	}
	return func(done, total int64) { progress(name, done, total) }
}

// gather copies the files of the record, then the database: the database is
// what the record's files are made from, so a backup may hold fewer of them
// than it needs, never more.
func gather(ctx context.Context, db *store.DB, aside string, o BackupOptions) (parts map[string]string, m Manifest, err error) {
	m = Manifest{Format: manifestFormat, Program: o.Program, Made: o.Now.UTC().Truncate(time.Second), Engine: db.Engine(), KeyMark: o.KeyMark}
	parts = map[string]string{}
	if o.Record != "" {
		if err := recordParts(ctx, o.Record, filepath.Join(aside, "record"), parts); err != nil {
			return nil, m, err
		}
	}
	copied := filepath.Join(aside, databaseName)
	if err := db.Duplicate(ctx, copied, step(o.Progress, "copy")); err != nil {
		return nil, m, err
	}
	parts[databaseName] = copied
	// The mark is read from the copy: the desk goes on meanwhile.
	look, err := store.Open(ctx, store.Options{Path: copied, AsIs: true, ReadOnly: true})
	if err != nil {
		return nil, m, err
	}
	mark, err := look.Mark(ctx)
	m.Level, m.Floor, m.Change = mark.Level, mark.Floor, mark.Change
	return parts, m, errors.Join(err, look.Close())
}

// recordParts copies the files of the published log, which goes on growing:
// its checkpoint is replaced and partial tiles are let go meanwhile. Whatever
// has another shape of name is no part of it.
func recordParts(ctx context.Context, folder, aside string, parts map[string]string) error {
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // let go since it was listed
		}
		if err != nil || d.IsDir() {
			return err
		}
		inside, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		name := recordPrefix + filepath.ToSlash(inside)
		if !d.Type().IsRegular() || !partName(name) {
			return nil
		}
		copied := filepath.Join(aside, inside)
		if err := copyPart(ctx, path, copied); err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			return err
		}
		parts[name] = copied
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func copyPart(ctx context.Context, from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	return errors.Join((&copying{ctx: ctx}).copy(out, in), out.Close())
}

// prove unpacks a backup as a restore would and examines what comes out.
func prove(ctx context.Context, packed, into string, progress func(done, total int64)) error {
	if err := os.Mkdir(into, 0o700); err != nil {
		return err
	}
	m, err := unpack(ctx, packed, into, progress)
	if err != nil {
		return err
	}
	if err := examine(ctx, filepath.Join(into, databaseName), m); err != nil {
		return err
	}
	return os.RemoveAll(into)
}

// examine opens an unpacked database for reading and looks for damage.
func examine(ctx context.Context, path string, m Manifest) (err error) {
	db, err := store.Open(ctx, store.Options{Path: path, AsIs: true, ReadOnly: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	mark, err := db.Mark(ctx)
	if err != nil {
		return err
	}
	if want := (store.Mark{Level: m.Level, Floor: m.Floor, Change: m.Change}); mark != want {
		return damaged(fmt.Errorf("the database is at %+v and its manifest says %+v", mark, want))
	}
	flaws, err := db.Examine(ctx)
	if err != nil {
		return err
	}
	if len(flaws) > 0 {
		return damaged(fmt.Errorf("%d flaws, the first: %s: %s", len(flaws), flaws[0].What, flaws[0].Detail))
	}
	return nil
}

func damaged(err error) error {
	return &desk.Error{Kind: desk.Invalid, Op: "prove backup", Key: "backup.error.damaged", Err: err}
}

// Made is when a backup was made by the name it has, and whether it has the
// name of one.
func Made(name string) (time.Time, bool) {
	rest, ok := strings.CutPrefix(name, backupPrefix)
	if !ok {
		return time.Time{}, false
	}
	if rest, ok = strings.CutSuffix(rest, backupSuffix); !ok {
		return time.Time{}, false
	}
	at, err := time.Parse(stampForm, rest)
	return at, err == nil
}

// Times lists when the backups of a folder were made, by their names.
func Times(folder string) ([]time.Time, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var out []time.Time
	for _, e := range entries {
		if at, ok := Made(e.Name()); ok && e.Type().IsRegular() {
			out = append(out, at)
		}
	}
	return out, nil
}

// Newest returns the name and the time of the newest backup in a folder, by
// name; "" if there is none.
func Newest(folder string) (name string, made time.Time, err error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return "", time.Time{}, err
	}
	for _, e := range entries {
		if at, ok := Made(e.Name()); ok && e.Type().IsRegular() && at.After(made) {
			name, made = e.Name(), at
		}
	}
	return name, made, nil
}

// Prune removes what a backup folder must not keep: backups older than so many
// days, and what a backup that was cut short left a day ago or earlier. A
// clock that runs ahead cannot take the newest backup away.
func Prune(folder string, now time.Time, days int) (removed []string, err error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	newest, _, err := Newest(folder)
	if err != nil {
		return nil, err
	}
	var errs []error
	for _, e := range entries {
		if e.Name() == newest || !outdated(e, now, days) {
			continue
		}
		if err := os.RemoveAll(filepath.Join(folder, e.Name())); err != nil {
			errs = append(errs, err)
			continue
		}
		removed = append(removed, e.Name())
	}
	slices.Sort(removed)
	return removed, errors.Join(append(errs, syncFolder(folder))...)
}

func outdated(e fs.DirEntry, now time.Time, days int) bool {
	if made, ok := Made(e.Name()); ok && e.Type().IsRegular() {
		return now.Sub(made) > time.Duration(days)*24*time.Hour
	}
	if !e.IsDir() || !strings.HasPrefix(e.Name(), partPrefix) {
		return false
	}
	info, err := e.Info()
	return err == nil && now.Sub(info.ModTime()) > 24*time.Hour
}

// syncFolder makes the names in a folder durable.
func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// copying copies with a stop and a meter.
type copying struct {
	ctx         context.Context
	done, total int64
	progress    func(done, total int64)
}

func (c *copying) copy(to io.Writer, from io.Reader) error {
	buf := make([]byte, 256<<10)
	for {
		if err := c.ctx.Err(); err != nil {
			return err
		}
		n, err := from.Read(buf)
		if n > 0 {
			if _, err := to.Write(buf[:n]); err != nil {
				return err
			}
			c.done += int64(n)
			if c.progress != nil {
				c.progress(c.done, c.total)
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
