package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"sangto/internal/desk"
)

// Lock is the small store that holds the newest signed checkpoint of the public
// record, outside the database and every backup: it must never be rolled back. It
// is a SQLite file of its own, or a PostgreSQL database of its own. It is safe for
// concurrent use, also by several programs.
type Lock struct {
	db      *sql.DB
	dialect dialect
}

// OpenLock opens the lock at place, which is the path of a file or the
// postgres:// address of a database that holds nothing else, and makes it if
// create is set: a file gets mode 0600. One that is missing, without create, is
// [fs.ErrNotExist]. A database that is a desk's own is refused with
// desk.Invalid, since the two would be restored together.
func OpenLock(ctx context.Context, place string, create bool) (*Lock, error) {
	var l *Lock
	var err error
	if addressed(place) {
		l, err = openLockDatabase(ctx, place, create)
	} else {
		l, err = openLockFile(ctx, place, create)
	}
	if err != nil {
		return nil, fmt.Errorf("open the record's lock: %w", err)
	}
	return l, nil
}

// LockName is how a place of a lock may be shown: an address may hold a password.
func LockName(place string) string {
	if !addressed(place) {
		return place
	}
	u, err := url.Parse(place)
	if err != nil {
		return "postgres://…"
	}
	return "postgres://" + u.Host + u.Path
}

func addressed(place string) bool { return strings.Contains(place, "://") }

func openLockFile(ctx context.Context, path string, create bool) (*Lock, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	flags := os.O_RDWR
	if create {
		flags |= os.O_CREATE
	}
	f, err := os.OpenFile(path, flags, 0o600)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(f.Sync(), f.Close(), syncDir(filepath.Dir(path))); err != nil {
		return nil, err
	}
	// A rollback journal and not a write-ahead log: one file, and a commit is
	// durable when it returns.
	q := url.Values{"_pragma": {
		"busy_timeout(5000)", "journal_mode(DELETE)", "synchronous(EXTRA)", "fullfsync(ON)", "trusted_schema(OFF)", "cell_size_check(ON)",
	}, "_txlock": {"immediate"}}
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: q.Encode()}
	db, err := sql.Open("sqlite", u.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	_, err = db.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS signed (id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1), checkpoint BLOB NOT NULL) STRICT`)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &Lock{db: db, dialect: sqliteDialect()}, nil
}

func openLockDatabase(ctx context.Context, dsn string, create bool) (_ *Lock, err error) {
	db, err := postgresPool(dsn)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, db.Close())
		}
	}()
	db.SetMaxOpenConns(2)
	// The pool of the desk's own database says what there is to say of the server.
	if err := checkPostgres(ctx, db, slog.New(slog.DiscardHandler)); err != nil {
		return nil, err
	}
	l := &Lock{db: db, dialect: postgresDialect()}
	switch desks, err := l.dialect.has(ctx, db, "desks"); {
	case err != nil:
		return nil, err
	case desks:
		return nil, &desk.Error{Kind: desk.Invalid, Op: "open the record's lock", Key: "error.lock.shared"}
	}
	if there, err := l.dialect.has(ctx, db, "signed"); err != nil || there {
		return l, err
	}
	if !create {
		return nil, fs.ErrNotExist
	}
	_, err = db.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS signed (id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1), checkpoint BYTEA NOT NULL)`)
	return l, err
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Close closes the file or the connections.
func (l *Lock) Close() error { return l.db.Close() }

// Load returns the newest signed checkpoint, nil where there is none.
func (l *Lock) Load(ctx context.Context) ([]byte, error) {
	var b []byte
	err := l.db.QueryRowContext(ctx, `SELECT checkpoint FROM signed WHERE id = 1`).Scan(&b)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the record's lock: %w", err)
	}
	return b, nil
}

// Replace puts next in the place of old, nil for none, in one durable step, and
// reports false, changing nothing, where old is not what is there.
func (l *Lock) Replace(ctx context.Context, old, next []byte) (bool, error) {
	// Each is one statement, hence a transaction of its own: of two programs that
	// hold the same old one, the second finds it gone.
	query, args := `INSERT INTO signed (id, checkpoint) VALUES (1, ?) ON CONFLICT (id) DO NOTHING`, []any{next}
	if old != nil {
		query, args = `UPDATE signed SET checkpoint = ? WHERE id = 1 AND checkpoint = ?`, []any{next, old}
	}
	result, err := l.db.ExecContext(ctx, l.dialect.bind(query), args...)
	if err != nil {
		return false, fmt.Errorf("write the record's lock: %w", err)
	}
	n, err := result.RowsAffected()
	if err != nil {
		return false, fmt.Errorf("write the record's lock: %w", err)
	}
	return n == 1, nil
}
