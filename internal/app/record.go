package app

import (
	"context"
	"errors"
	"os"
	"time"

	"sangto/internal/config"
	"sangto/internal/desk"
	"sangto/internal/fetch"
	"sangto/internal/record"
	"sangto/internal/store"
	"sangto/ledger"
)

// openRecord opens the public record. One whose database does not continue it
// keeps the desk open for reading: the log says so, and nothing is published.
func (a *App) openRecord(ctx context.Context) (err error) {
	o := record.Options{
		DB: a.db, Data: a.cfg.Data, Lock: a.cfg.Lock(), Origin: record.Origin(a.cfg.URL), Witnesses: a.cfg.Witnesses, Clock: time.Now,
	}
	if len(a.cfg.Witnesses) > 0 {
		door := a.door
		door.Time = witnessWithin
		o.Door = fetch.New(door)
	}
	if a.record, err = record.OpenLog(ctx, o); err != nil {
		return err
	}
	if cause := a.record.Refused(); cause != nil {
		a.log.Error("the public record signs nothing and the desk publishes nothing: see \"sangto repair\"", "cause", cause)
	}
	return nil
}

// withRecord opens a data folder that may be in use by a running desk. Where its
// database does not continue what was signed, nothing can be recorded in it.
func withRecord(ctx context.Context, cfg config.Config, do func(o record.Options) error) (err error) {
	if err := exists(cfg); err != nil {
		return err
	}
	db, err := OpenStore(ctx, cfg, time.Now, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := record.Guard(ctx, db, cfg.Lock()); err != nil {
		return err
	}
	return do(record.Options{DB: db, Data: cfg.Data, Lock: cfg.Lock()})
}

// RecordDemand puts a demand that was made on the public record: the class of
// the requester, the law it names and the outcome, and nothing else.
func RecordDemand(ctx context.Context, cfg config.Config, requester, outcome, law string) error {
	return withRecord(ctx, cfg, func(o record.Options) error {
		return o.DB.Update(ctx, func(tx *store.Tx) error {
			return record.Demand(tx, record.Demanded{Requester: requester, Outcome: outcome, Law: law})
		})
	})
}

// RotateRecordKey makes a new key of the public record and returns its public
// half. A running desk signs with it from its next start.
func RotateRecordKey(ctx context.Context, cfg config.Config) (vkey string, err error) {
	err = withRecord(ctx, cfg, func(o record.Options) error {
		vkey, err = record.RotateKey(ctx, o)
		return err
	})
	return vkey, err
}

// Repaired says what a repair did.
type Repaired = record.Repaired

// Lost is one thing that a repair could not bring back.
type Lost = record.Lost

// RepairOptions say where a repair may look beside the installation itself.
type RepairOptions struct {
	// From are addresses or folders of mirrors.
	From []string
	// LostLock is the operator's word that the lock is lost, or was put back from a
	// backup, and that nothing was signed that is newer than every checkpoint found
	// in the installation, at From and at Since.
	LostLock bool
	// Since are files that hold a checkpoint, or addresses and folders of mirrors.
	Since []string
}

// RepairRecord gives a database that was put back from an old backup the signed
// leaves that it lacks and what hangs on them, and before that, if it is asked to,
// the lock what it has lost. size is how many entries the lock covers then, 0 where
// it was not asked. Nobody may serve the folder.
func RepairRecord(ctx context.Context, cfg config.Config, o RepairOptions) (out Repaired, size int64, err error) {
	if err := exists(cfg); err != nil {
		return out, 0, err
	}
	release, err := store.LockFolder(cfg.Data)
	if err != nil {
		return out, 0, err
	}
	defer release()
	db, err := OpenStore(ctx, cfg, time.Now, false)
	if err != nil {
		return out, 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	at := record.Options{DB: db, Data: cfg.Data, Lock: cfg.Lock()}
	copies, err := copiesAt(o.From)
	if err != nil {
		return out, 0, err
	}
	if o.LostLock {
		if size, err = relock(ctx, at, o.Since, copies); err != nil {
			return out, 0, err
		}
	}
	out, err = record.Repair(ctx, at, copies...)
	return out, size, inWords(err)
}

func copiesAt(from []string) ([]record.Copy, error) {
	var out []record.Copy
	for _, where := range from {
		p, err := RecordPlace(where)
		if err != nil {
			return nil, err
		}
		out = append(out, record.Copy{Name: p.Name, Source: p.Source})
	}
	return out, nil
}

func relock(ctx context.Context, at record.Options, since []string, copies []record.Copy) (int64, error) {
	heads := make([]record.Head, 0, len(since))
	for _, where := range since {
		signed, err := headAt(ctx, where)
		if err != nil {
			return 0, &desk.Error{Kind: desk.NotFound, Op: "read a checkpoint", Key: "error.record.head", Args: map[string]any{"Place": where}, Err: err}
		}
		heads = append(heads, record.Head{Name: where, Signed: signed})
	}
	c, err := record.Relock(ctx, at, heads, copies...)
	return c.Size, inWords(err)
}

// inWords says what to do about what a repair met.
func inWords(err error) error {
	for cause, key := range map[error]string{
		record.ErrForked: "error.record.forked", record.ErrHead: "error.record.not_ours", record.ErrAhead: "error.record.ahead",
		record.ErrLayout: "error.record.entries", record.ErrRolledBack: "error.record.other",
		record.ErrLockLost: "error.record.lock_lost", record.ErrLockBehind: "error.record.lock_lost",
	} {
		if errors.Is(err, cause) {
			return &desk.Error{Kind: desk.Conflict, Op: "repair", Key: key, Err: err}
		}
	}
	return err
}

// headAt reads a checkpoint from a file, or the newest that an address or a folder
// shows.
func headAt(ctx context.Context, where string) ([]byte, error) {
	if info, err := os.Stat(where); err == nil && info.Mode().IsRegular() {
		f, err := os.Open(where)
		if err != nil {
			return nil, err
		}
		defer func() { _ = f.Close() }()
		return ledger.ReadLimited(f, where, ledger.MaxCheckpoint)
	}
	p, err := RecordPlace(where)
	if err != nil {
		return nil, err
	}
	return p.Source.Read(ctx, "log/"+ledger.CheckpointPath, ledger.MaxCheckpoint)
}
