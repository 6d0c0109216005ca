package transfer

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"sangto/internal/desk"
	"sangto/internal/store"
)

// RestoreOptions says which backup goes where. The caller holds the folder's
// lock, so that nothing is served from it meanwhile.
type RestoreOptions struct {
	// Backup is a backup, or a folder of which the newest is taken.
	Backup string
	// Data is the data folder, which exists. Record is the folder below it
	// where the published log's files belong, empty for none.
	Data, Record string
	// DSN is an empty PostgreSQL database to fill instead of a file in Data.
	DSN string
	// KeyMark is the mark of the keys that lie in Data, empty if there are none.
	KeyMark string
	// AnyKeys restores although the backup's own keys are not there: every
	// receipt given out before then opens nothing.
	AnyKeys bool
	// Replace moves a database that is there into a folder beside it.
	Replace  bool
	Now      time.Time
	Progress func(step string, done, total int64)
}

// Restored says what was done.
type Restored struct {
	Backup string
	Manifest
	// Safety is the folder that holds what was there before, empty if nothing
	// was.
	Safety string
	Took   time.Duration
}

// safetyPrefix begins the name of a folder with what a restore replaced.
const safetyPrefix = "before-restore-"

// unfinishedName is a file that is there while a restore moves things, and
// stays if it is cut short.
const unfinishedName = "restore.unfinished"

// Restore brings a backup into a data folder. Everything is unpacked, compared
// and examined aside before anything in the folder is touched; if it is cut
// short after that, the folder refuses to be opened until it is done again.
// The keys and the store that guards the signed checkpoint are never touched,
// and files of the published log that are there are never replaced.
func Restore(ctx context.Context, o RestoreOptions) (Restored, error) {
	const op = "restore"
	began := time.Now()
	r := Restored{}
	var err error
	if r.Backup, err = pick(o.Backup); err != nil {
		return r, err
	}
	if r.Manifest, err = ReadManifest(r.Backup); err != nil {
		return r, err
	}
	if err := o.allowed(r.Manifest); err != nil {
		return r, err
	}
	r.Safety, err = o.bring(ctx, r.Backup, r.Manifest)
	r.Took = time.Since(began)
	return r, failed(op, err)
}

// pick chooses the newest backup of a folder.
func pick(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", unreadable(path, err)
	}
	if !info.IsDir() {
		return path, nil
	}
	name, _, err := Newest(path)
	if err == nil && name == "" {
		err = fs.ErrNotExist
	}
	if err != nil {
		return "", unreadable(path, err)
	}
	return filepath.Join(path, name), nil
}

// allowed refuses what must not be begun.
func (o RestoreOptions) allowed(m Manifest) error {
	const op = "restore"
	ours, err := store.ProgramLevel()
	if err != nil {
		return err
	}
	refuse := func(kind desk.ErrorKind, key string, args map[string]any) error {
		return &desk.Error{Kind: kind, Op: op, Key: key, Args: args}
	}
	_, there := os.Lstat(o.database())
	free, spaceErr := store.FreeSpace(o.Data)
	need := store.LowSpace + m.size()
	switch {
	case m.Floor > ours:
		return refuse(desk.Conflict, "error.database.newer", map[string]any{"Database": m.Floor, "Program": ours})
	case m.KeyMark != "" && o.KeyMark == "" && !o.AnyKeys:
		return refuse(desk.NotFound, "restore.error.keys_missing", map[string]any{"Path": filepath.Join(o.Data, "keys")})
	case m.KeyMark != "" && o.KeyMark != m.KeyMark && !o.AnyKeys:
		return refuse(desk.Conflict, "restore.error.keys_other", map[string]any{"Path": filepath.Join(o.Data, "keys")})
	case o.DSN != "" && o.Replace:
		return refuse(desk.Invalid, "restore.error.replace_postgres", nil)
	case o.DSN == "" && there == nil && !o.Replace:
		return refuse(desk.Conflict, "restore.error.occupied", map[string]any{"Path": o.Data})
	case spaceErr == nil && free < need:
		return refuse(desk.Unavailable, "backup.error.room", map[string]any{"Path": o.Data, "Need": megabytes(need), "Free": megabytes(free)})
	}
	return nil
}

func (o RestoreOptions) database() string { return filepath.Join(o.Data, databaseName) }

// size is what the parts take on disk.
func (m Manifest) size() int64 {
	var n int64
	for _, p := range m.Files {
		n += p.Size
	}
	return n
}

// bring unpacks aside, examines, and moves.
func (o RestoreOptions) bring(ctx context.Context, backup string, m Manifest) (safety string, err error) {
	aside, err := os.MkdirTemp(o.Data, partPrefix+"*")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(aside)) }()
	step := func(name string) func(done, total int64) { return step(o.Progress, name) }
	if _, err := unpack(ctx, backup, aside, step("unpack")); err != nil {
		return "", err
	}
	fresh := filepath.Join(aside, databaseName)
	if err := examine(ctx, fresh, m); err != nil {
		return "", err
	}
	if o.DSN != "" {
		if err := o.refill(ctx, fresh); err != nil {
			return "", err
		}
		return "", o.placeRecord(aside)
	}
	// Without a log beside it, so that one file is moved and nothing is lost.
	if err := closeLog(ctx, fresh); err != nil {
		return "", err
	}
	return o.place(aside, fresh)
}

// refill fills PostgreSQL from a copy that is first brought to this program's
// level.
func (o RestoreOptions) refill(ctx context.Context, fresh string) error {
	db, err := store.Open(ctx, store.Options{Path: fresh})
	if err != nil {
		return err
	}
	if err := db.Close(); err != nil {
		return err
	}
	return store.Refill(ctx, o.DSN, fresh)
}

// closeLog opens the database for writing and closes it, which leaves one file.
func closeLog(ctx context.Context, path string) error {
	db, err := store.Open(ctx, store.Options{Path: path, AsIs: true})
	if err != nil {
		return err
	}
	return db.Close()
}

// place moves what was there away and what was unpacked in. It does not stop
// for a context: from here on it is finished, or says that it was not.
func (o RestoreOptions) place(aside, fresh string) (safety string, err error) {
	unfinished := filepath.Join(o.Data, unfinishedName)
	if err := os.WriteFile(unfinished, nil, 0o600); err != nil {
		return "", err
	}
	if err := syncFolder(o.Data); err != nil {
		return "", err
	}
	if safety, err = o.setAside(); err != nil {
		return safety, err
	}
	if err := os.Rename(fresh, o.database()); err != nil {
		return safety, err
	}
	if err := o.placeRecord(aside); err != nil {
		return safety, err
	}
	if err := syncFolder(o.Data); err != nil {
		return safety, err
	}
	if err := os.Remove(unfinished); err != nil {
		return safety, err
	}
	return safety, syncFolder(o.Data)
}

// setAside moves the old database with its log out of the way. A log that
// stayed would be replayed into the new database. The kept index is of another
// state and is made again.
func (o RestoreOptions) setAside() (safety string, err error) {
	if err := os.Remove(filepath.Join(o.Data, "index.snapshot")); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		path := o.database() + suffix
		if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if safety == "" {
			safety = filepath.Join(o.Data, safetyPrefix+o.Now.UTC().Format(stampForm))
			if err := os.Mkdir(safety, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
				return "", err
			}
		}
		if err := os.Rename(path, filepath.Join(safety, databaseName+suffix)); err != nil {
			return safety, err
		}
	}
	if safety == "" {
		return "", nil
	}
	return safety, syncFolder(safety)
}

// placeRecord gives the published log the files it lacks.
func (o RestoreOptions) placeRecord(aside string) error {
	from := filepath.Join(aside, "log")
	if o.Record == "" {
		return nil
	}
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		inside, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		to := filepath.Join(o.Record, inside)
		if d.IsDir() {
			return os.MkdirAll(to, 0o700)
		}
		if err := os.Link(path, to); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
		return syncFolder(filepath.Dir(to))
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Unfinished reports a data folder in which a restore was cut short.
func Unfinished(data string) error {
	_, err := os.Lstat(filepath.Join(data, unfinishedName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return &desk.Error{Kind: desk.Conflict, Op: "open data folder", Key: "restore.error.unfinished", Args: map[string]any{"Path": data}, Err: err}
}

// Safeties lists the folders of a data folder that hold what a restore
// replaced, with the time of each.
func Safeties(data string) (map[string]time.Time, error) {
	entries, err := os.ReadDir(data)
	if err != nil {
		return nil, err
	}
	out := map[string]time.Time{}
	for _, e := range entries {
		if len(e.Name()) <= len(safetyPrefix) || e.Name()[:len(safetyPrefix)] != safetyPrefix || !e.IsDir() {
			continue
		}
		if at, err := time.Parse(stampForm, e.Name()[len(safetyPrefix):]); err == nil {
			out[e.Name()] = at
		}
	}
	return out, nil
}

// PruneSafeties removes what restores replaced more than KeepDays ago: it holds
// questions, like a backup.
func PruneSafeties(data string, now time.Time) error {
	there, err := Safeties(data)
	if err != nil {
		return err
	}
	var errs []error
	for name, at := range there {
		if now.Sub(at) > KeepDays*24*time.Hour {
			errs = append(errs, os.RemoveAll(filepath.Join(data, name)))
		}
	}
	return errors.Join(errs...)
}
