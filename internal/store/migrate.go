package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"github.com/pressly/goose/v3"

	"sangto/internal/desk"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// prepareSchema refuses a database that needs a newer program, then applies
// the migrations it lacks. A program of level N works on any schema whose
// floor is at most N, so that an upgrade can be undone.
func (db *DB) prepareSchema(ctx context.Context, readOnly, asIs bool) error {
	steps, err := db.migrations()
	if err != nil {
		return err
	}
	ours := levelOf(steps)
	pool := db.writer
	if readOnly {
		pool = db.reader
	}
	if err := db.refuseNewer(ctx, pool, ours); err != nil || asIs {
		return err
	}
	level, err := db.level(ctx, pool)
	if err != nil || level >= ours {
		return err
	}
	if readOnly {
		return &desk.Error{
			Kind: desk.Conflict, Op: "open database", Key: "error.database.older",
			Args: map[string]any{"Database": level, "Program": ours},
		}
	}
	return db.migrate(ctx, steps)
}

// migrate applies what is missing. Whoever comes second waits and then finds
// nothing to do: two programs may meet a new folder at the same moment.
func (db *DB) migrate(ctx context.Context, steps []*goose.Migration) error {
	release, err := db.lockSchema(ctx)
	if err != nil {
		return err
	}
	defer release()
	provider, err := goose.NewProvider(db.dialect.goose, db.writer, nil,
		goose.WithGoMigrations(steps...), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("bring the schema up to date: %w", err)
	}
	return nil
}

// refuseNewer reads the floor of an existing database.
func (db *DB) refuseNewer(ctx context.Context, pool *sql.DB, ours int64) error {
	if ok, err := db.dialect.has(ctx, pool, "compatibility"); !ok {
		return err
	}
	var floor int64
	if err := pool.QueryRowContext(ctx, `SELECT floor FROM compatibility WHERE id = 1`).Scan(&floor); err != nil {
		return err
	}
	if floor > ours {
		return &desk.Error{
			Kind: desk.Conflict, Op: "open database", Key: "error.database.newer",
			Args: map[string]any{"Database": floor, "Program": ours},
		}
	}
	return nil
}

// levelOf is the level of a program with these steps.
func levelOf(steps []*goose.Migration) int64 { return steps[len(steps)-1].Version }

// level is the newest migration the database has seen, 0 for an empty one.
func (db *DB) level(ctx context.Context, pool *sql.DB) (int64, error) {
	if ok, err := db.dialect.has(ctx, pool, goose.DefaultTablename); !ok {
		return 0, err
	}
	var level sql.NullInt64
	err := pool.QueryRowContext(ctx, `SELECT max(version_id) FROM `+goose.DefaultTablename+` WHERE is_applied`).Scan(&level)
	return level.Int64, err
}

// has reports whether a database has a table.
func (d dialect) has(ctx context.Context, pool *sql.DB, table string) (bool, error) {
	var n int
	err := pool.QueryRowContext(ctx, d.bind(d.hasTable), table).Scan(&n)
	return n > 0, err
}

// migrations loads the one series: NNNNN_name.sql for both engines, and beside
// it NNNNN_name.ENGINE.sql where an engine needs something of its own. A step
// and its record are one transaction.
func (db *DB) migrations() ([]*goose.Migration, error) {
	names, err := fs.Glob(migrationFiles, "migrations/*.sql")
	if err != nil {
		return nil, err
	}
	var steps []*goose.Migration
	for _, name := range names {
		base := strings.TrimSuffix(path.Base(name), ".sql")
		if strings.Contains(base, ".") {
			continue
		}
		number, _, _ := strings.Cut(base, "_")
		version, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("migration %s: %w", name, err)
		}
		shared, err := fs.ReadFile(migrationFiles, name)
		if err != nil {
			return nil, err
		}
		companion, err := readCompanion(strings.TrimSuffix(name, ".sql") + "." + db.dialect.name + ".sql")
		if err != nil {
			return nil, err
		}
		script := db.dialect.rewrite(string(shared)) + "\n" + companion
		steps = append(steps, goose.NewGoMigration(version, &goose.GoFunc{
			RunTx: func(ctx context.Context, tx *sql.Tx) error { return db.dialect.script(ctx, tx, script) },
		}, nil))
	}
	return steps, nil
}

// readCompanion returns an engine's own part of a migration, "" if it has none.
func readCompanion(name string) (string, error) {
	text, err := fs.ReadFile(migrationFiles, name)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return string(text), err
}
