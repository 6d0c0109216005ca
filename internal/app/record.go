package app

import (
	"context"
	"errors"
	"time"

	"sangto/internal/config"
	"sangto/internal/fetch"
	"sangto/internal/record"
	"sangto/internal/store"
)

// openRecord opens the public record. One whose database does not continue it
// keeps the desk open for reading: the log says so, and nothing is published.
func (a *App) openRecord(ctx context.Context) (err error) {
	o := record.Options{
		DB: a.db, Data: a.cfg.Data, Origin: record.Origin(a.cfg.URL), Witnesses: a.cfg.Witnesses, Clock: time.Now,
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
	if err := record.Guard(ctx, db, cfg.Data); err != nil {
		return err
	}
	return do(record.Options{DB: db, Data: cfg.Data})
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

// RepairRecord gives a database that was put back from an old backup the signed
// leaves that it lacks. Nobody may serve the folder. from is a mirror's folder,
// empty for none.
func RepairRecord(ctx context.Context, cfg config.Config, from string) (out Repaired, err error) {
	if err := exists(cfg); err != nil {
		return out, err
	}
	release, err := store.LockFolder(cfg.Data)
	if err != nil {
		return out, err
	}
	defer release()
	db, err := OpenStore(ctx, cfg, time.Now, false)
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return record.Repair(ctx, record.Options{DB: db, Data: cfg.Data}, from)
}
