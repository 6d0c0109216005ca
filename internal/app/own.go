package app

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"sangto/internal/config"
	"sangto/internal/record"
	"sangto/internal/store"
	"sangto/internal/verify"
)

// IsDeskFolder reports whether where is the data folder of a desk and neither an
// address nor a copy of a record.
func IsDeskFolder(where string) bool {
	for _, name := range []string{"sangto.db", "lock.db", filepath.Join("keys", "log.key")} {
		if _, err := os.Stat(filepath.Join(where, name)); err == nil {
			return true
		}
	}
	return false
}

// OwnRecord is the public record in the data folder of cfg, which may be in use,
// with the rows of its database in the place of pages. Nothing is changed by
// reading it. Call the function it returns when done.
func OwnRecord(ctx context.Context, cfg config.Config) (verify.Place, func() error, error) {
	if err := exists(cfg); err != nil {
		return verify.Place{}, nil, err
	}
	db, err := OpenStore(ctx, cfg, time.Now, true)
	if err != nil {
		return verify.Place{}, nil, err
	}
	name, err := filepath.Abs(cfg.Data)
	if err != nil {
		name = cfg.Data
	}
	reader := record.NewReader(db, cfg.Data)
	rows := ownRows{db: db, reader: reader, signed: reader.Signed(ctx)}
	return verify.Place{Name: name, Source: reader, Shown: rows, Own: true}, db.Close, nil
}

// ownRows is what a desk's database has in the place of what readers see.
type ownRows struct {
	db     *store.DB
	reader *record.Reader
	// signed is how many entries were signed before anything was read.
	signed int64
}

// Others implements [verify.Shown].
func (o ownRows) Others(ctx context.Context, recorded func(string) bool, listed func(string)) (unrecorded []string, others int, err error) {
	var left []string
	err = o.db.View(ctx, func(tx *store.Tx) error {
		return tx.EachPublished(func(p store.Published) error {
			listed(p.Check.ID)
			switch {
			case p.Check.Imported():
				others++
			case !recorded(p.Check.ID):
				left = append(left, p.Check.ID)
			}
			return nil
		})
	})
	if err != nil {
		return nil, 0, err
	}
	for _, id := range left {
		pending, err := o.reader.Pending(ctx, id, o.signed)
		if err != nil {
			return nil, 0, err
		}
		if !pending {
			unrecorded = append(unrecorded, id)
		}
	}
	return unrecorded, others, nil
}

// Compare implements [verify.Shown].
func (o ownRows) Compare(ctx context.Context, v verify.Version) ([]string, error) {
	if v.Hidden {
		return o.reader.Compare(ctx, v.Index, v.Leaf, nil)
	}
	return o.reader.Compare(ctx, v.Index, v.Leaf, &v.Content)
}
