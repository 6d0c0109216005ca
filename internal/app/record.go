package app

import (
	"context"
	"time"

	"sangto/internal/fetch"
	"sangto/internal/record"
)

// openRecord opens the public record. One whose database does not continue it
// keeps the desk open for reading: the log says so, and nothing is published.
func (a *App) openRecord(ctx context.Context) (err error) {
	o := record.Options{
		DB: a.db, Data: a.cfg.Data, Origin: record.Origin(a.cfg.URL), Witnesses: a.cfg.Witnesses, Clock: time.Now,
	}
	if len(a.cfg.Witnesses) > 0 {
		o.Door = fetch.New(a.door)
	}
	if a.record, err = record.OpenLog(ctx, o); err != nil {
		return err
	}
	if cause := a.record.Refused(); cause != nil {
		a.log.Error("the public record signs nothing and the desk publishes nothing: see \"sangto repair\"", "cause", cause)
	}
	return nil
}
