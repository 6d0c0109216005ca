package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"sangto/internal/desk"
)

// Newest is the latest moment and the latest day that any row carries, zero
// where there is none: a clock that says less was set back.
func (db *DB) Newest(ctx context.Context) (at time.Time, day desk.Day, err error) {
	var recorded, asked sql.NullInt64
	err = db.reader.QueryRowContext(ctx, `SELECT (SELECT max(recorded) FROM versions), (SELECT max(day) FROM questions)`).Scan(&recorded, &asked)
	if recorded.Valid {
		at = time.UnixMicro(recorded.Int64).UTC()
	}
	return at, desk.Day(asked.Int64), db.mapped("read newest rows", err)
}

// EngineVersion is the version of SQLite in the program, or of the PostgreSQL
// server.
func (db *DB) EngineVersion(ctx context.Context) (string, error) {
	query := `SELECT sqlite_version()`
	if db.dialect.numbered {
		query = `SELECT current_setting('server_version')`
	}
	var v string
	err := db.reader.QueryRowContext(ctx, query).Scan(&v)
	return v, db.mapped("read version", err)
}

// SQLiteMinimum is the oldest SQLite that is taken, as people write it.
const SQLiteMinimum = "3.51.3"

// NewEnough reports whether a version of SQLite is SQLiteMinimum or later.
func NewEnough(version string) bool {
	n, err := sqliteNumber(version)
	return err == nil && n >= sqliteMinimum
}

// Unwise is a setting of a server that works and should be another way.
type Unwise struct{ Setting, Value, Want string }

// Unwise lists settings of a PostgreSQL server that do not lose anything but
// keep or miss what they should not. Those that do lose are refused by Open.
func (db *DB) Unwise(ctx context.Context) ([]Unwise, error) {
	if !db.dialect.numbered {
		return nil, nil
	}
	var out []Unwise
	for _, w := range []Unwise{
		{"data_checksums", "", "on"},
		{"log_connections", "", "off"},
		{"log_disconnections", "", "off"},
		{"log_statement", "", "none"},
		{"log_parameter_max_length", "", "0"},
		{"log_parameter_max_length_on_error", "", "0"},
		{"log_min_duration_statement", "", "-1"},
	} {
		if err := db.reader.QueryRowContext(ctx, `SELECT current_setting($1)`, w.Setting).Scan(&w.Value); err != nil {
			return out, db.mapped("read settings of server", err)
		}
		if w.Value != w.Want {
			out = append(out, w)
		}
	}
	return out, nil
}

// LinkedSQLite is the version of the SQLite in this program.
func LinkedSQLite(ctx context.Context) (string, error) {
	pool, err := sql.Open("sqlite", "file::memory:")
	if err != nil {
		return "", err
	}
	var v string
	err = pool.QueryRowContext(ctx, `SELECT sqlite_version()`).Scan(&v)
	return v, errors.Join(err, pool.Close())
}
