package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/pressly/goose/v3"

	"sangto/internal/desk"
)

// Mark says which state of a database a copy holds.
type Mark struct {
	// Level is the newest migration the database has seen, Floor the lowest
	// level of program that may work on it.
	Level, Floor int64
	// Change is the number of the newest change.
	Change int64
}

// ProgramLevel is the level of schema that this program makes.
func ProgramLevel() (int64, error) {
	steps, err := (&DB{dialect: sqliteDialect()}).migrations()
	if err != nil {
		return 0, err
	}
	return steps[len(steps)-1].Version, nil
}

// Mark reads what state the database is in.
func (db *DB) Mark(ctx context.Context) (Mark, error) {
	const op = "read state of database"
	var m Mark
	var err error
	if m.Level, err = db.level(ctx, db.reader); err != nil {
		return m, db.mapped(op, err)
	}
	err = db.reader.QueryRowContext(ctx, `SELECT floor FROM compatibility WHERE id = 1`).Scan(&m.Floor)
	if err == nil {
		err = db.reader.QueryRowContext(ctx, `SELECT value FROM counters WHERE name = 'changes'`).Scan(&m.Change)
	}
	return m, db.mapped(op, err)
}

// Size is about how many bytes a copy of the database will have.
func (db *DB) Size(ctx context.Context) (int64, error) {
	query := `SELECT (SELECT page_count FROM pragma_page_count()) * (SELECT page_size FROM pragma_page_size())`
	if db.dialect.numbered {
		query = `SELECT pg_database_size(current_database())`
	}
	var n int64
	err := db.reader.QueryRowContext(ctx, query).Scan(&n)
	return n, db.mapped("measure database", err)
}

// Duplicate writes one consistent state of the database to a new SQLite file
// of mode 0600, whichever engine the database is on, and makes it durable. It
// works beside a running desk and takes no lock that a writer waits for. Free
// pages are not copied, so words that were deleted are not in the file. The
// folder must exist and should hold nothing else; progress may be nil and is
// called with bytes written and expected, from another goroutine.
func (db *DB) Duplicate(ctx context.Context, path string, progress func(done, total int64)) error {
	const op = "copy database"
	total, err := db.Size(ctx)
	if err != nil {
		return err
	}
	stop := watchSize(path, total, progress)
	defer stop()
	if db.dialect.numbered {
		err = db.duplicateRows(ctx, path)
	} else {
		err = db.vacuumInto(ctx, path)
	}
	if err == nil {
		err = syncFile(path)
	}
	return db.mapped(op, err)
}

// vacuumInto needs an empty file: SQLite would make one that others may read.
// The reader's connections refuse every write, this one's own file included, so
// a connection of its own does it.
func (db *DB) vacuumInto(ctx context.Context, path string) error {
	if err := makeFile(path); err != nil {
		return err
	}
	conn, err := db.reader.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, `PRAGMA query_only = OFF`); err != nil {
		return err
	}
	_, err = conn.ExecContext(ctx, `VACUUM INTO ?`, path)
	_, back := conn.ExecContext(context.WithoutCancel(ctx), `PRAGMA query_only = ON`)
	return errors.Join(err, back)
}

// watchSize reports how far a file has grown until stop is called.
func watchSize(path string, total int64, progress func(done, total int64)) (stop func()) {
	if progress == nil {
		return func() {}
	}
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		t := time.NewTicker(200 * time.Millisecond)
		defer t.Stop()
		for {
			select {
			case <-done:
				return
			case <-t.C:
			}
			if info, err := os.Stat(path); err == nil {
				progress(min(info.Size(), total), total)
			}
		}
	}()
	return func() { close(done); <-ended }
}

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// duplicateRows copies a PostgreSQL database, row by row in one snapshot, into
// a SQLite database of the same level, so that both engines have one form of
// backup and a backup is judged without a server.
func (db *DB) duplicateRows(ctx context.Context, path string) (err error) {
	steps, err := db.migrations()
	if err != nil {
		return err
	}
	level, err := db.level(ctx, db.reader)
	if err != nil {
		return err
	}
	if ours := steps[len(steps)-1].Version; level != ours {
		return &desk.Error{
			Kind: desk.Conflict, Op: "copy database", Key: "error.backup.level",
			Args: map[string]any{"Database": level, "Program": ours},
		}
	}
	to, err := Open(ctx, Options{Path: path, Clock: db.clock})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	from, err := db.reader.BeginTx(ctx, db.dialect.viewOptions)
	if err != nil {
		return err
	}
	defer func() { _ = from.Rollback() }()
	if err := to.takeRows(ctx, from); err != nil {
		return err
	}
	return to.settle(ctx)
}

// settle leaves one file without a log beside it.
func (db *DB) settle(ctx context.Context) error {
	if err := db.reader.Close(); err != nil {
		return err
	}
	for _, pragma := range []string{`PRAGMA wal_checkpoint(TRUNCATE)`, `PRAGMA journal_mode = DELETE`} {
		if err := drain(db.writer.QueryContext(ctx, pragma)); err != nil {
			return err
		}
	}
	return nil
}

// takeRows fills a new SQLite database with the rows of another. The guards
// of the schema judge acts, not copies, so they rest meanwhile and stand again
// before the commit; references are checked at the end.
func (db *DB) takeRows(ctx context.Context, from *sql.Tx) error {
	conn, err := db.writer.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	// Inside a transaction this pragma does nothing.
	if _, err := conn.ExecContext(ctx, `PRAGMA foreign_keys = OFF`); err != nil {
		return err
	}
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	guards, err := dropGuards(ctx, tx)
	if err != nil {
		return err
	}
	tables, err := tablesOf(ctx, tx)
	if err != nil {
		return err
	}
	for _, t := range tables {
		if err := copyTable(ctx, from, tx, t); err != nil {
			return fmt.Errorf("copy table %s: %w", t.name, err)
		}
	}
	for _, g := range guards {
		if _, err := tx.ExecContext(ctx, g); err != nil {
			return err
		}
	}
	if n, err := brokenReferences(ctx, tx); err != nil || n > 0 {
		return errors.Join(err, fmt.Errorf("%d references lead nowhere", n))
	}
	return tx.Commit()
}

// dropGuards removes the triggers and returns the statements that make them.
func dropGuards(ctx context.Context, tx *sql.Tx) (statements []string, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY rowid`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name, statement string
		if err := rows.Scan(&name, &statement); err != nil {
			return nil, err
		}
		names, statements = append(names, name), append(statements, statement)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	for _, name := range names {
		if _, err := tx.ExecContext(ctx, `DROP TRIGGER `+name); err != nil {
			return nil, err
		}
	}
	return statements, nil
}

// table is a table of ours with the columns that are stored by hand.
type table struct {
	name    string
	columns []string
}

func (t table) list() string { return strings.Join(t.columns, ", ") }

// tablesOf lists the tables of a SQLite database by name. The record of
// migrations is the engine's own and no row of the desk.
func tablesOf(ctx context.Context, q querier) ([]table, error) {
	rows, err := q.QueryContext(ctx, `SELECT m.name, c.name FROM sqlite_master m, pragma_table_xinfo(m.name) c
		WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\_%' ESCAPE '\' AND m.name <> ? AND c.hidden = 0
		ORDER BY m.name, c.cid`, goose.DefaultTablename)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []table
	for rows.Next() {
		var name, column string
		if err := rows.Scan(&name, &column); err != nil {
			return nil, err
		}
		if len(out) == 0 || out[len(out)-1].name != name {
			out = append(out, table{name: name})
		}
		last := &out[len(out)-1]
		last.columns = append(last.columns, column)
	}
	return out, rows.Err()
}

// querier is what a pool, a connection and a transaction have in common.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// copyTable replaces the rows of one table, seeded ones included.
func copyTable(ctx context.Context, from, to *sql.Tx, t table) error {
	if _, err := to.ExecContext(ctx, `DELETE FROM `+t.name); err != nil {
		return err
	}
	marks := strings.TrimSuffix(strings.Repeat("?, ", len(t.columns)), ", ")
	insert, err := to.PrepareContext(ctx, `INSERT INTO `+t.name+` (`+t.list()+`) VALUES (`+marks+`)`)
	if err != nil {
		return err
	}
	defer insert.Close()
	return eachRow(ctx, from, t, func(values []any) error {
		_, err := insert.ExecContext(ctx, values...)
		return err
	})
}

// eachRow hands over the rows of a table; the slice is used again.
func eachRow(ctx context.Context, from querier, t table, do func(values []any) error) error {
	rows, err := from.QueryContext(ctx, `SELECT `+t.list()+` FROM `+t.name)
	if err != nil {
		return err
	}
	defer rows.Close()
	values, places := make([]any, len(t.columns)), make([]any, len(t.columns))
	for i := range values {
		places[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(places...); err != nil {
			return err
		}
		for i, v := range values {
			// A value of no bytes, which the driver gives as no value.
			if b, ok := v.([]byte); ok && b == nil {
				values[i] = []byte{}
			}
		}
		if err := do(values); err != nil {
			return err
		}
	}
	return rows.Err()
}

func brokenReferences(ctx context.Context, q querier) (int, error) {
	var n int
	err := q.QueryRowContext(ctx, `SELECT count(*) FROM pragma_foreign_key_check()`).Scan(&n)
	return n, err
}

// Refill brings the rows of a SQLite copy, made by Duplicate and brought to
// this program's level, into an empty PostgreSQL database, in one transaction.
// A database that holds anything is desk.Conflict.
func Refill(ctx context.Context, dsn, path string) (err error) {
	const op = "refill database"
	from, err := Open(ctx, Options{Path: path, ReadOnly: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	to, err := openEmpty(ctx, dsn)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	tables, err := tablesOf(ctx, from.reader)
	if err == nil {
		tables, err = parentsFirst(ctx, from.reader, tables)
	}
	if err != nil {
		return from.mapped(op, err)
	}
	return to.mapped(op, to.refill(ctx, from, tables))
}

// openEmpty opens a PostgreSQL database that holds no table, and brings it to
// this program's level.
func openEmpty(ctx context.Context, dsn string) (*DB, error) {
	look, err := Open(ctx, Options{DSN: dsn, AsIs: true})
	if err != nil {
		return nil, err
	}
	var n int
	err = look.reader.QueryRowContext(ctx, `SELECT count(*) FROM information_schema.tables WHERE table_schema = current_schema()`).Scan(&n)
	if err := errors.Join(look.mapped("look at database", err), look.Close()); err != nil {
		return nil, err
	}
	if n > 0 {
		return nil, &desk.Error{Kind: desk.Conflict, Op: "refill database", Key: "error.restore.database"}
	}
	return Open(ctx, Options{DSN: dsn})
}

// parentsFirst orders tables so that each comes after those it refers to.
func parentsFirst(ctx context.Context, q querier, tables []table) ([]table, error) {
	waits := map[string][]string{}
	for _, t := range tables {
		rows, err := q.QueryContext(ctx, `SELECT DISTINCT "table" FROM pragma_foreign_key_list(?)`, t.name)
		if err != nil {
			return nil, err
		}
		for rows.Next() {
			var parent string
			if err := rows.Scan(&parent); err != nil {
				return nil, errors.Join(err, rows.Close())
			}
			if parent != t.name {
				waits[t.name] = append(waits[t.name], parent)
			}
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return nil, err
		}
	}
	var out []table
	placed := map[string]bool{}
	for len(out) < len(tables) {
		before := len(out)
		for _, t := range tables {
			free := !slices.ContainsFunc(waits[t.name], func(p string) bool { return !placed[p] })
			if !placed[t.name] && free {
				out, placed[t.name] = append(out, t), true
			}
		}
		if len(out) == before {
			return nil, errors.New("tables refer to each other in a circle")
		}
	}
	return out, nil
}
