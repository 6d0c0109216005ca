package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
)

// Lock is the small store that holds the newest signed checkpoint of the public
// record, a SQLite file of its own outside the database and every backup: it
// must never be rolled back. It is safe for concurrent use, also by several
// programs.
type Lock struct{ db *sql.DB }

// OpenLock opens the file, and makes it with mode 0600 if create is set. A
// missing file without create is [os.ErrNotExist].
func OpenLock(ctx context.Context, path string, create bool) (*Lock, error) {
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
		return nil, fmt.Errorf("open the record's lock: %w", err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return nil, fmt.Errorf("open the record's lock: %w", err)
	}
	if err := syncDir(filepath.Dir(path)); err != nil {
		return nil, fmt.Errorf("open the record's lock: %w", err)
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
	l := &Lock{db: db}
	_, err = db.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS signed (id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1), checkpoint BLOB NOT NULL) STRICT`)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the record's lock: %w", err), db.Close())
	}
	return l, nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Close closes the file.
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
	tx, err := l.db.BeginTx(ctx, nil)
	if err != nil {
		return false, fmt.Errorf("write the record's lock: %w", err)
	}
	defer func() { _ = tx.Rollback() }()
	var there []byte
	err = tx.QueryRowContext(ctx, `SELECT checkpoint FROM signed WHERE id = 1`).Scan(&there)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return false, fmt.Errorf("write the record's lock: %w", err)
	}
	if !bytes.Equal(there, old) {
		return false, nil
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO signed (id, checkpoint) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET checkpoint = excluded.checkpoint`, next)
	if err == nil {
		err = tx.Commit()
	}
	if err != nil {
		return false, fmt.Errorf("write the record's lock: %w", err)
	}
	return true, nil
}
