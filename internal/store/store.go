package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"io"
	"log/slog"
	"sync/atomic"
	"time"

	"sangto/internal/desk"
)

// Options says which database to open. Exactly one of Path and DSN is set.
type Options struct {
	// Path is the SQLite file. It is created with mode 0600 if it is missing;
	// its folder must exist.
	Path string
	// DSN is a postgres:// address.
	DSN string
	// Clock is the time source; nil is time.Now.
	Clock func() time.Time
	// Zone is the desk's time zone, which decides what day it is; nil is UTC.
	Zone *time.Location
	// Random is the source of keys; nil is crypto/rand.
	Random io.Reader
	// ReadOnly opens an existing, current database for View only.
	ReadOnly bool
	// AsIs leaves the schema as it is, so that a database of an older program
	// can be copied or looked at before it is brought up to date.
	AsIs bool
	// Logger receives warnings about the database's settings; nil drops them.
	Logger *slog.Logger
}

// DB is an open database. It is safe for concurrent use.
type DB struct {
	dialect dialect
	writer  *sql.DB // nil when read-only
	reader  *sql.DB
	// lockSchema lets one program at a time change the schema.
	lockSchema func(ctx context.Context) (release func(), err error)

	clock  func() time.Time
	zone   *time.Location
	random io.Reader
	broken atomic.Bool
	closed atomic.Bool
	// scrubbed is false from the start: nobody knows how the last process ended.
	scrubbed atomic.Bool
	// rested is when Rescrub may work again, in Unix nanoseconds.
	rested atomic.Int64
	counts counts
	// held is why no leaf may be added, nil where they may.
	held atomic.Pointer[error]
}

type counts struct{ updates, views, refused, failed atomic.Int64 }

// Stats counts what the database did since it was opened, and never for whom.
type Stats struct {
	// Updates and Views are transactions that ended well.
	Updates, Views int64
	// Refused are transactions that ended with an error of the caller or a
	// broken rule; Failed are those the database could not carry out.
	Refused, Failed int64
	// Connections is the number of open connections.
	Connections int
	Broken      bool
}

// Open opens the database, brings its schema up to date unless ReadOnly is
// set, and checks the settings on which durability rests. A database that
// needs a newer program, one on a network file system, or a server that may
// lose acknowledged writes is refused with a desk.Error.
func Open(ctx context.Context, o Options) (*DB, error) {
	db := &DB{clock: o.Clock, zone: o.Zone, random: o.Random}
	if db.clock == nil {
		db.clock = time.Now
	}
	if db.zone == nil {
		db.zone = time.UTC
	}
	if db.random == nil {
		db.random = rand.Reader
	}
	logger := o.Logger
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	var err error
	switch {
	case (o.Path == "") == (o.DSN == ""):
		return nil, &desk.Error{Kind: desk.Invalid, Op: "open database", Err: errors.New("give a file or a PostgreSQL address, not both")}
	case o.Path != "":
		err = db.openSQLite(ctx, o.Path, o.ReadOnly)
	default:
		err = db.openPostgres(ctx, o.DSN, o.ReadOnly, logger)
	}
	if err == nil {
		err = db.prepareSchema(ctx, o.ReadOnly, o.AsIs)
	}
	if err != nil {
		_ = db.Close()
		return nil, db.mapped("open database", err)
	}
	return db, nil
}

// Close closes every connection. Closing twice is harmless.
func (db *DB) Close() error {
	db.closed.Store(true)
	var errs []error
	if db.reader != nil && db.reader != db.writer {
		errs = append(errs, db.reader.Close())
	}
	if db.writer != nil {
		errs = append(errs, db.writer.Close())
	}
	return errors.Join(errs...)
}

// Engine names the database engine: "sqlite" or "postgres".
func (db *DB) Engine() string { return db.dialect.name }

// Zone is the desk's time zone.
func (db *DB) Zone() *time.Location { return db.zone }

// Broken reports whether an I/O or fsync error was seen. What the disk then
// holds is unknown: a failed fsync must not be tried again, because the kernel
// may already have dropped the data. Update refuses from that moment on, and
// the program should stop accepting and exit.
func (db *DB) Broken() bool { return db.broken.Load() }

// Ping reports whether the database answers and its disk is not broken.
func (db *DB) Ping(ctx context.Context) error {
	const op = "ping database"
	if err := db.usable(op); err != nil {
		return err
	}
	return db.mapped(op, db.reader.PingContext(ctx))
}

// Stats returns the counters.
func (db *DB) Stats() Stats {
	s := Stats{
		Updates: db.counts.updates.Load(), Views: db.counts.views.Load(),
		Refused: db.counts.refused.Load(), Failed: db.counts.failed.Load(),
		Broken:      db.Broken(),
		Connections: db.reader.Stats().OpenConnections,
	}
	if db.writer != nil && db.writer != db.reader {
		s.Connections += db.writer.Stats().OpenConnections
	}
	return s
}

// Scrub makes deleted words leave the disk as far as a database can: call it
// after each purge. SQLite overwrites deleted content as it goes
// (secure_delete); Scrub gives free pages back and empties the write-ahead
// log. PostgreSQL rewrites the tables of questions and claims in key order, and
// nobody can ask or look for an answer meanwhile.
func (db *DB) Scrub(ctx context.Context) error {
	const op = "scrub database"
	if err := db.writable(op); err != nil {
		return err
	}
	return db.mapped(op, db.dialect.scrub(ctx, db.writer))
}

// ScrubSoon is Scrub for a caller whose deletion is committed already: it must
// neither look undone nor wait for whole tables. On SQLite it scrubs; what a
// reader that holds the log keeps it from, and the work of PostgreSQL, is left to
// Rescrub.
func (db *DB) ScrubSoon(ctx context.Context) {
	if db.dialect.rewrites || db.Scrub(ctx) != nil {
		db.scrubbed.Store(false)
	}
}

// A scrub that rewrites tables may keep others waiting for a hundredth of the
// time, but deleted words stay for an hour at most because of that.
const (
	scrubRest    = 99
	scrubRestMax = time.Hour
)

// Rescrub does what a ScrubSoon, or a process that died before its Scrub,
// left undone. Call it every minute; it does nothing if nothing is due, or while
// the tables of PostgreSQL are left in peace after the last time.
func (db *DB) Rescrub(ctx context.Context) error {
	began := db.clock()
	// A clock that was put back must not make the rest longer.
	if rest := time.Duration(db.rested.Load() - began.UnixNano()); 0 < rest && rest <= scrubRestMax || db.scrubbed.Swap(true) {
		return nil
	}
	err := db.Scrub(ctx)
	if err != nil {
		db.scrubbed.Store(false)
	}
	if ended := db.clock(); db.dialect.rewrites {
		db.rested.Store(ended.Add(min(scrubRest*ended.Sub(began), scrubRestMax)).UnixNano())
	}
	return err
}

// usable reports why nothing can be asked of the database.
func (db *DB) usable(op string) error {
	switch {
	case db.closed.Load():
		return storageError(op, errClosed)
	case db.Broken():
		return storageError(op, errBroken)
	}
	return nil
}

// writable reports why nothing can be written.
func (db *DB) writable(op string) error {
	if db.writer == nil {
		return &desk.Error{Kind: desk.Internal, Op: op, Err: errReadOnly}
	}
	return db.usable(op)
}

var (
	errClosed   = errors.New("the database is closed")
	errReadOnly = errors.New("the database or the transaction is open for reading only")
	errBroken   = errors.New("an earlier I/O error left the disk's content unknown")
)
