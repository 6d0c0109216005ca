package app

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"sangto/internal/config"
	"sangto/internal/desk"
	"sangto/internal/keys"
	"sangto/internal/store"
	"sangto/internal/transfer"
)

// Backup makes a proven backup of the desk in cfg, which may be running. Of o,
// To, KeepDays and Progress are the caller's; without To it goes into the
// folder backups of the data folder.
func Backup(ctx context.Context, cfg config.Config, o transfer.BackupOptions) (_ transfer.Backup, err error) {
	if err := exists(cfg); err != nil {
		return transfer.Backup{}, err
	}
	if o.To == "" {
		o.To = filepath.Join(cfg.Data, "backups")
		if err := os.MkdirAll(o.To, 0o700); err != nil {
			return transfer.Backup{}, err
		}
	}
	ring, err := keys.Peek(filepath.Join(cfg.Data, "keys"))
	switch {
	case err == nil:
		o.KeyMark = ring.Mark()
	case !errors.Is(err, fs.ErrNotExist):
		return transfer.Backup{}, err
	}
	db, err := openAsIs(ctx, cfg)
	if err != nil {
		return transfer.Backup{}, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return backUp(ctx, cfg, db, o)
}

// backUp fills in what is the program's to say.
func backUp(ctx context.Context, cfg config.Config, db *store.DB, o transfer.BackupOptions) (transfer.Backup, error) {
	o.Program, o.Now, o.Record = Version(), time.Now(), recordFolder(cfg)
	return transfer.WriteBackup(ctx, db, o)
}

// recordFolder is where the published log's files lie.
func recordFolder(cfg config.Config) string {
	if cfg.Data == "" {
		return ""
	}
	return filepath.Join(cfg.Data, "log")
}

// openAsIs opens the store for reading at whatever level it is.
func openAsIs(ctx context.Context, cfg config.Config) (*store.DB, error) {
	o := store.Options{DSN: cfg.DB, Zone: cfg.Zone, ReadOnly: true, AsIs: true}
	if o.DSN == "" {
		o.Path = databaseFile(cfg)
	}
	return store.Open(ctx, o)
}

// Restore brings a backup into the folder or the database of cfg, which nobody
// may serve meanwhile. Of o, Backup, AnyKeys, Replace and Progress are the
// caller's.
func Restore(ctx context.Context, cfg config.Config, o transfer.RestoreOptions) (transfer.Restored, error) {
	if err := os.MkdirAll(cfg.Data, 0o700); err != nil {
		return transfer.Restored{}, &desk.Error{Kind: desk.Invalid, Op: "open data folder", Key: "config.error.data", Args: map[string]any{"Path": cfg.Data}, Err: err}
	}
	if cfg.DB == "" {
		if err := store.FolderProblem(cfg.Data); err != nil {
			return transfer.Restored{}, err
		}
	}
	release, err := store.LockFolder(cfg.Data)
	if err != nil {
		return transfer.Restored{}, err
	}
	defer release()
	ring, err := keys.Peek(filepath.Join(cfg.Data, "keys"))
	switch {
	case err == nil:
		o.KeyMark = ring.Mark()
	case !errors.Is(err, fs.ErrNotExist):
		return transfer.Restored{}, err
	}
	o.Data, o.DSN, o.Record, o.Now = cfg.Data, cfg.DB, recordFolder(cfg), time.Now()
	return transfer.Restore(ctx, o)
}

// backupRetry is how long a nightly backup that failed is left alone: it may be
// gigabytes of work.
const backupRetry = time.Hour

// nightly returns the loop that makes one backup a day. It comes after the
// day's tick, so that a backup holds nothing the desk forgets on that day.
func (a *App) nightly() func(context.Context) error {
	var notBefore time.Time
	return func(ctx context.Context) error {
		folder, now := a.cfg.Backup.Folder, time.Now()
		if folder == "" || now.Before(notBefore) {
			return nil
		}
		due, err := a.backupDue(folder, now)
		if err != nil || !due {
			return err
		}
		if err := a.tick(ctx); err != nil {
			return err
		}
		b, err := a.backUpNow(ctx, folder)
		if err != nil {
			notBefore = now.Add(backupRetry)
			return err
		}
		a.log.Info("backup made and proven by unpacking it; the folder keys is not in it", "file", filepath.Base(b.Path), "bytes", b.Size, "took", b.Took.Round(time.Millisecond), "removed", len(b.Pruned))
		return nil
	}
}

func (a *App) backUpNow(ctx context.Context, folder string) (transfer.Backup, error) {
	o := transfer.BackupOptions{To: folder, KeepDays: a.cfg.Backup.KeepDays, KeyMark: a.keyMark}
	b, err := backUp(ctx, a.cfg, a.db, o)
	return b, errors.Join(err, transfer.PruneSafeties(a.cfg.Data, time.Now()))
}

// backupDue reports whether the desk's day has no backup yet.
func (a *App) backupDue(folder string, now time.Time) (bool, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return false, err
	}
	made, err := transfer.Times(folder)
	if err != nil {
		return false, err
	}
	today := desk.DayOf(now, a.cfg.Zone)
	for _, at := range made {
		if desk.DayOf(at, a.cfg.Zone) == today {
			return false, nil
		}
	}
	return true, nil
}
