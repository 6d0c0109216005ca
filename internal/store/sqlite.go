package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"

	"sangto/internal/desk"
)

// sqliteMinimum is the first release without the bug that could corrupt a
// write-ahead log when two connections wrote and checkpointed at once.
const sqliteMinimum = 3_051_003

// Pragmas stand in the connection string, because one run by Exec reaches only
// the pooled connection that happened to run it. auto_vacuum works only before
// the first table, so it stands before journal_mode.
func sqlitePragmas() []string {
	return []string{
		"busy_timeout(5000)",
		"auto_vacuum(INCREMENTAL)",
		"journal_mode(WAL)",
		"synchronous(FULL)",
		"fullfsync(ON)",
		"checkpoint_fullfsync(ON)",
		"foreign_keys(ON)",
		"recursive_triggers(ON)",
		"secure_delete(ON)",
		"trusted_schema(OFF)",
		"cell_size_check(ON)",
		"temp_store(MEMORY)",
	}
}

func sqliteDialect() dialect {
	return dialect{
		name:        "sqlite",
		goose:       goose.DialectSQLite3,
		viewOptions: &sql.TxOptions{},
		hasTable:    `SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = ?`,
		rewrite:     sqliteSchema,
		script: func(ctx context.Context, tx *sql.Tx, script string) error {
			_, err := tx.ExecContext(ctx, script)
			return err
		},
		scrub: scrubSQLite,
		fault: sqliteFault,
	}
}

// sqliteSchema rewrites a migration: STRICT tables refuse every type word but
// their own five.
func sqliteSchema(script string) string {
	script = strings.NewReplacer(
		" BIGINT ", " INTEGER ", " BYTEA ", " BLOB ", " DOUBLE PRECISION ", " REAL ",
	).Replace(alignless(script))
	script = strings.ReplaceAll(script, "\n); -- without rowid\n", "\n) STRICT, WITHOUT ROWID;\n")
	return strings.ReplaceAll(script, "\n);\n", "\n) STRICT;\n")
}

// alignless squeezes the spaces that align columns, so that a type word always
// stands between two single spaces.
func alignless(script string) string {
	for strings.Contains(script, "  ") {
		script = strings.ReplaceAll(script, "  ", " ")
	}
	return script
}

func (db *DB) openSQLite(ctx context.Context, path string, readOnly bool) error {
	db.dialect = sqliteDialect()
	path, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	if err := prepareFile(path, readOnly); err != nil {
		return err
	}
	if !readOnly {
		if db.writer, err = openKept(sqliteDSN(path, false)); err != nil {
			return err
		}
		db.writer.SetMaxOpenConns(1)
		db.writer.SetMaxIdleConns(1)
		db.lockSchema = func(context.Context) (func(), error) { return lockSchemaFolder(filepath.Dir(path)) }
		if err := db.firstOfSQLite(ctx, path); err != nil {
			return err
		}
	}
	if db.reader, err = openKept(sqliteDSN(path, true)); err != nil {
		return err
	}
	readers := max(4, 2*runtime.GOMAXPROCS(0))
	db.reader.SetMaxOpenConns(readers)
	db.reader.SetMaxIdleConns(readers)
	return checkSQLite(ctx, db.reader)
}

// firstOfSQLite opens the writer's connection, which makes the file a WAL database.
// That is a write, for which SQLite does not always wait: of programs that meet a
// new folder, or while another brings its schema up to date, one is the first.
func (db *DB) firstOfSQLite(ctx context.Context, path string) error {
	release, err := db.lockSchema(ctx)
	if err != nil {
		return err
	}
	defer release()
	if err := db.refuseUntouched(ctx, path); err != nil {
		return err
	}
	return checkSQLite(ctx, db.writer)
}

// refuseUntouched refuses a file that needs a newer program before a byte of it
// is written: opening the writer's connection writes the first page.
func (db *DB) refuseUntouched(ctx context.Context, path string) error {
	info, err := os.Stat(path)
	if err != nil || info.Size() == 0 {
		return err
	}
	steps, err := db.migrations()
	if err != nil {
		return err
	}
	probe, err := openKept(sqliteDSN(path, true))
	if err != nil {
		return err
	}
	return errors.Join(db.refuseNewer(ctx, probe, levelOf(steps)), probe.Close())
}

func sqliteDSN(path string, reader bool) string {
	q := url.Values{"_pragma": sqlitePragmas(), "_txlock": {"immediate"}}
	if reader {
		q.Set("_txlock", "deferred")
		// Setting auto_vacuum writes the first page whenever a connection
		// opens: a burst of look-ups would write to the disk.
		q["_pragma"] = slices.DeleteFunc(q["_pragma"], func(p string) bool { return strings.HasPrefix(p, "auto_vacuum") })
		q.Add("_pragma", "query_only(ON)")
	}
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: q.Encode()}
	return u.String()
}

// prepareFile makes the database file before SQLite does, so that it is never
// readable by others, not even for a moment; the log files inherit its mode.
func prepareFile(path string, readOnly bool) error {
	missing := func(path string, err error) error {
		return &desk.Error{Kind: desk.NotFound, Op: "open database", Key: "error.database.missing", Args: map[string]any{"Path": path}, Err: err}
	}
	if err := refuseNetworkFolder(filepath.Dir(path)); errors.Is(err, fs.ErrNotExist) {
		return missing(filepath.Dir(path), err)
	} else if err != nil {
		return err
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && readOnly:
		return missing(path, err)
	case errors.Is(err, fs.ErrNotExist):
		return makeFile(path)
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return &desk.Error{Kind: desk.Invalid, Op: "open database", Err: fmt.Errorf("%s is no file", path)}
	case readOnly:
		return nil
	}
	return tighten(path, path+"-wal", path+"-shm")
}

// tighten takes files that a careless copy left readable away from others.
func tighten(paths ...string) error {
	for _, path := range paths {
		info, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			err = os.Chmod(path, 0o600)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// makeFile makes an empty file whose name survives a power cut.
func makeFile(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

func checkSQLite(ctx context.Context, pool *sql.DB) error {
	var version, journal string
	var synchronous int
	err := errors.Join(
		pool.QueryRowContext(ctx, `SELECT sqlite_version()`).Scan(&version),
		pool.QueryRowContext(ctx, `PRAGMA journal_mode`).Scan(&journal),
		pool.QueryRowContext(ctx, `PRAGMA synchronous`).Scan(&synchronous),
	)
	if err != nil {
		return err
	}
	if number, err := sqliteNumber(version); err != nil || number < sqliteMinimum {
		return fmt.Errorf("SQLite %s is too old, 3.51.3 is needed: %w", version, errors.Join(err, errUnsafe))
	}
	if journal != "wal" || synchronous != 2 {
		return fmt.Errorf("journal_mode %s, synchronous %d: %w", journal, synchronous, errUnsafe)
	}
	return nil
}

var errUnsafe = errors.New("accepted questions could be lost")

// sqliteNumber turns "3.51.3" into 3051003.
func sqliteNumber(version string) (int, error) {
	number := 0
	parts := strings.Split(version, ".")
	if len(parts) != 3 {
		return 0, fmt.Errorf("version %q", version)
	}
	for _, p := range parts {
		n, err := strconv.Atoi(p)
		if err != nil || n > 999 {
			return 0, fmt.Errorf("version %q", version)
		}
		number = number*1000 + n
	}
	return number, nil
}

func scrubSQLite(ctx context.Context, writer *sql.DB) error {
	conn, err := writer.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	// Each step of the pragma frees one page: only reading it to its end frees
	// them all.
	if err := drain(conn.QueryContext(ctx, `PRAGMA incremental_vacuum`)); err != nil {
		return err
	}
	var busy, inLog, moved int
	if err := conn.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &inLog, &moved); err != nil {
		return err
	}
	if busy != 0 {
		return storageError("empty the write-ahead log", errors.New("a reader held it"))
	}
	return nil
}

func drain(rows *sql.Rows, err error) error {
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		continue
	}
	return rows.Err()
}

// Result codes of SQLite; the extended ones carry the primary code in their
// low byte.
const (
	sqliteBusy         = 5
	sqliteLocked       = 6
	sqliteReadOnly     = 8
	sqliteInterrupt    = 9
	sqliteIOErr        = 10
	sqliteCorrupt      = 11
	sqliteFull         = 13
	sqliteCantOpen     = 14
	sqliteProtocol     = 15
	sqliteConstraint   = 19
	sqliteNotADB       = 26
	sqliteForeignKey   = sqliteConstraint | 3<<8
	sqlitePrimaryKey   = sqliteConstraint | 6<<8
	sqliteUnique       = sqliteConstraint | 8<<8
	sqliteRowID        = sqliteConstraint | 10<<8
	sqliteIOErrNoMem   = sqliteIOErr | 12<<8
	sqliteIOErrBlocked = sqliteIOErr | 11<<8
)

func sqliteFault(err error) fault {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return faultUnknown
	}
	switch e.Code() {
	case sqlitePrimaryKey, sqliteUnique, sqliteRowID:
		return faultKey
	case sqliteForeignKey:
		return faultMissing
	case sqliteIOErrNoMem, sqliteIOErrBlocked:
		return faultBusy
	}
	switch e.Code() & 0xff {
	case sqliteConstraint:
		return faultRule
	case sqliteBusy, sqliteLocked, sqliteInterrupt, sqliteProtocol:
		return faultBusy
	case sqliteFull:
		return faultFull
	case sqliteReadOnly, sqliteCantOpen:
		return faultReadOnly
	case sqliteIOErr, sqliteCorrupt, sqliteNotADB:
		return faultIO
	}
	return faultUnknown
}
