package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"sangto/internal/desk"
)

// Tx is a running transaction. It belongs to the goroutine that runs the
// function given to Update or View and dies with it. Its methods return
// desk.Error: NotFound for a missing row, Conflict for a key that exists or a
// state that has moved on, Forbidden for a rule of the schema, Invalid for
// text no engine can hold, Unavailable when the database cannot serve. After an
// error that a statement caused (a rule or a key, not a missing row) the
// transaction can only be rolled back.
type Tx struct {
	ctx      context.Context
	db       *DB
	tx       *sql.Tx
	now      time.Time
	writable bool
	// streaming is set while rows are handed to a callback: PostgreSQL cannot
	// run a second statement on that connection, so SQLite does not either.
	streaming bool
	prepared  map[string]*sql.Stmt
	// failed is the first error of a statement. PostgreSQL takes nothing more
	// in such a transaction, so SQLite does not either: half of an act must
	// not be committed because its caller went on.
	failed error
	// lastChange is the newest number this transaction gave, 0 if none;
	// moreChanges says that the counter in the database is behind it.
	lastChange  int64
	moreChanges bool
}

// Update runs fn in the one writing transaction. If fn returns an error or
// panics, or ctx ends, nothing of it remains; fn's own errors come back
// unchanged. When Update returns nil the changes are durable.
func (db *DB) Update(ctx context.Context, fn func(tx *Tx) error) error {
	const op = "update database"
	if err := db.writable(op); err != nil {
		db.counts.failed.Add(1)
		return err
	}
	err := db.run(ctx, db.writer, &sql.TxOptions{}, true, op, fn)
	db.count(&db.counts.updates, err)
	return err
}

// View runs fn on one snapshot of the database. Writing in it is an error. A
// broken disk does not stop it: what can still be read may be shown.
func (db *DB) View(ctx context.Context, fn func(tx *Tx) error) error {
	const op = "view database"
	if db.closed.Load() {
		return storageError(op, errClosed)
	}
	err := db.run(ctx, db.reader, db.dialect.viewOptions, false, op, fn)
	db.count(&db.counts.views, err)
	return err
}

func (db *DB) count(well *atomic.Int64, err error) {
	switch {
	case err == nil:
		well.Add(1)
	case desk.KindOf(err) == desk.Unavailable:
		db.counts.failed.Add(1)
	default:
		db.counts.refused.Add(1)
	}
}

func (db *DB) run(ctx context.Context, pool *sql.DB, o *sql.TxOptions, writable bool, op string, fn func(tx *Tx) error) error {
	raw, err := db.begin(ctx, pool, o, writable)
	if err != nil {
		return db.mapped(op, because(ctx, err))
	}
	// After a commit this does nothing; after an error or a panic in fn it is
	// what leaves no trace.
	defer func() { _ = raw.Rollback() }()
	tx := &Tx{ctx: ctx, db: db, tx: raw, writable: writable, prepared: map[string]*sql.Stmt{}}
	// Read after the turn was taken: a writer that waited must not carry a
	// time before that of the one it waited for.
	tx.now = db.clock().UTC().Truncate(time.Microsecond)
	if err := fn(tx); err != nil {
		return err
	}
	if tx.failed != nil {
		return tx.failed
	}
	if err := tx.storeLastChange(); err != nil {
		return err
	}
	return db.mapped(op, because(ctx, raw.Commit()))
}

// begin opens a transaction and waits for its turn. A server that was restarted
// leaves dead connections in the pool; nothing was done on them yet, so the
// next one is tried instead of telling a visitor.
func (db *DB) begin(ctx context.Context, pool *sql.DB, o *sql.TxOptions, writable bool) (raw *sql.Tx, err error) {
	for range idleConnections + 1 {
		if raw, err = pool.BeginTx(ctx, o); err == nil && writable && db.dialect.takeTurn != "" {
			if _, err = raw.ExecContext(ctx, db.dialect.takeTurn); err != nil {
				_ = raw.Rollback()
			}
		}
		if err == nil || ctx.Err() != nil || db.dialect.fault(err) != faultCut {
			break
		}
	}
	return raw, err
}

// Now is the time of the transaction: UTC, whole microseconds, the same for
// every row written in it.
func (tx *Tx) Now() time.Time { return tx.now }

// Day is the day of the transaction in the desk's time zone.
func (tx *Tx) Day() desk.Day { return desk.DayOf(tx.now, tx.db.zone) }

// SettingTick holds the day of the last daily tick, as desk.Day spells it.
const SettingTick = "tick.day"

// LastTick is the day of the last daily tick, zero before the first.
func (tx *Tx) LastTick() (last desk.Day, err error) {
	done, err := tx.Setting(SettingTick)
	if err != nil || done == "" {
		return 0, err
	}
	return last, last.UnmarshalText([]byte(done))
}

// Today is Day, but never before the last daily tick: what is kept under the
// date of a clock that went back would be deleted as old when it is set right.
func (tx *Tx) Today() (desk.Day, error) {
	last, err := tx.LastTick()
	return max(last, tx.Day()), err
}

// NewID draws a random key.
func (tx *Tx) NewID() (string, error) { return desk.NewID(tx.db.random) }

// exec runs one statement and returns how many rows it touched.
func (tx *Tx) exec(op, query string, args ...any) (int, error) {
	if !tx.writable {
		return 0, &desk.Error{Kind: desk.Internal, Op: op, Err: errReadOnly}
	}
	if err := tx.check(op, args); err != nil {
		return 0, err
	}
	result, err := tx.run(query, args)
	if err != nil {
		return 0, tx.fail(op, err)
	}
	n, err := result.RowsAffected()
	return int(n), tx.fail(op, err)
}

// returning runs a statement that writes one row and gives some of it back.
func (tx *Tx) returning(op, query string, args []any, dest ...any) error {
	if !tx.writable {
		return &desk.Error{Kind: desk.Internal, Op: op, Err: errReadOnly}
	}
	return tx.row(op, query, args, dest...)
}

// row runs a query for one row and scans it; no row is desk.NotFound.
func (tx *Tx) row(op, query string, args []any, dest ...any) error {
	found := false
	err := tx.each(op, query, args, func(scan func(dest ...any) error) error {
		found = true
		return scan(dest...)
	})
	if err == nil && !found {
		return tx.db.mapped(op, sql.ErrNoRows)
	}
	return err
}

// each runs a query and hands every row to fn, which must not use tx.
func (tx *Tx) each(op, query string, args []any, fn func(scan func(dest ...any) error) error) error {
	if err := tx.check(op, args); err != nil {
		return err
	}
	rows, err := tx.query(query, args)
	if err != nil {
		return tx.fail(op, err)
	}
	defer rows.Close()
	tx.streaming = true
	defer func() { tx.streaming = false }()
	scan := func(dest ...any) error { return tx.fail(op, rows.Scan(dest...)) }
	for rows.Next() {
		if err := fn(scan); err != nil {
			return err
		}
	}
	return tx.fail(op, rows.Err())
}

// fail maps the error of a statement and dooms the transaction.
func (tx *Tx) fail(op string, err error) error {
	err = tx.db.mapped(op, because(tx.ctx, err))
	if err != nil && tx.failed == nil {
		tx.failed = err
	}
	return err
}

// check refuses text that only one of the engines would take, and a second
// statement while rows are being read. Days become numbers: a driver that
// noticed their text form would send that.
func (tx *Tx) check(op string, args []any) error {
	if tx.streaming {
		return &desk.Error{Kind: desk.Internal, Op: op, Err: errStreaming}
	}
	if tx.failed != nil {
		return tx.failed
	}
	for i, a := range args {
		switch a := a.(type) {
		case desk.Day:
			args[i] = int64(a)
		case string:
			if !utf8.ValidString(a) || strings.ContainsRune(a, 0) {
				return &desk.Error{Kind: desk.Invalid, Op: op, Key: "error.text.binary"}
			}
		}
	}
	return nil
}

func (tx *Tx) run(query string, args []any) (sql.Result, error) {
	if tx.db.dialect.remembers {
		return tx.tx.ExecContext(tx.ctx, tx.db.dialect.bind(query), args...)
	}
	stmt, err := tx.prepare(query)
	if err != nil {
		return nil, err
	}
	return stmt.ExecContext(tx.ctx, args...)
}

func (tx *Tx) query(query string, args []any) (*sql.Rows, error) {
	if tx.db.dialect.remembers {
		return tx.tx.QueryContext(tx.ctx, tx.db.dialect.bind(query), args...)
	}
	stmt, err := tx.prepare(query)
	if err != nil {
		return nil, err
	}
	return stmt.QueryContext(tx.ctx, args...)
}

// prepare compiles a statement once per transaction, which is what makes a
// long import fast.
func (tx *Tx) prepare(query string) (*sql.Stmt, error) {
	if stmt := tx.prepared[query]; stmt != nil {
		return stmt, nil
	}
	stmt, err := tx.tx.PrepareContext(tx.ctx, tx.db.dialect.bind(query))
	if err == nil {
		tx.prepared[query] = stmt
	}
	return stmt, err
}

// all collects the rows of a query; fields says where a row's columns go.
func all[T any](tx *Tx, op, query string, args []any, fields func(*T) []any) ([]T, error) {
	var out []T
	err := tx.each(op, query, args, func(scan func(dest ...any) error) error {
		var v T
		err := scan(fields(&v)...)
		if err == nil {
			out = append(out, v)
		}
		return err
	})
	return out, err
}

// Setting returns the value of a setting, "" if there is none.
func (tx *Tx) Setting(key string) (string, error) {
	var value string
	err := tx.row("read setting", `SELECT value FROM settings WHERE key = ?`, []any{key}, &value)
	if desk.KindOf(err) == desk.NotFound {
		return "", nil
	}
	return value, err
}

// SetSetting writes a setting.
func (tx *Tx) SetSetting(key, value string) error {
	_, err := tx.exec("write setting",
		`INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value`, key, value)
	return err
}

var errStreaming = errors.New("the transaction was used inside its own callback")
