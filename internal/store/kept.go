package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"

	"modernc.org/sqlite"
)

// statementsKept is how many compiled statements a connection of SQLite keeps.
// One act needs some thirty; the store has a few hundred, and lists make up
// more as their filters come.
const statementsKept = 200

// openKept opens a pool on an address of SQLite whose connections keep their
// compiled statements from one transaction to the next, as those of PostgreSQL
// do by themselves. Compiling took longer than running: the guards of a table
// are compiled into every statement that writes to it.
func openKept(dsn string) (*sql.DB, error) {
	plain, err := sqlite.NewConnector(dsn)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(keeper{plain}), nil
}

// keeper makes connections that keep statements.
type keeper struct{ driver.Connector }

func (k keeper) Connect(ctx context.Context) (driver.Conn, error) {
	raw, err := k.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	plain, ok := raw.(plainConn)
	if !ok {
		return nil, errors.Join(fmt.Errorf("the driver gave a %T", raw), raw.Close())
	}
	return &keptConn{plainConn: plain, idle: map[string]*keptStmt{}}, nil
}

// plainConn is what package database/sql finds in a connection of the driver,
// whose type has no name here: what is missing in the list would be lost.
type plainConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// keptConn is a connection with the statements it has compiled. Only what is
// prepared is kept; scripts and pragmas that are run at once are not. Package
// database/sql calls it and its statements under one lock.
type keptConn struct {
	plainConn
	// idle are statements nobody uses, by their text.
	idle map[string]*keptStmt
	// turn grows with every statement given back; the lowest is the one that was
	// used longest ago.
	turn int64
}

// PrepareContext hands out a kept statement to one user at a time. A schema that
// has changed since is no matter: SQLite notices and compiles it anew.
func (c *keptConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	if s := c.idle[query]; s != nil {
		delete(c.idle, query)
		return s, nil
	}
	raw, err := c.plainConn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	plain, ok := raw.(plainStmt)
	if !ok {
		return nil, errors.Join(fmt.Errorf("the driver gave a %T", raw), raw.Close())
	}
	return &keptStmt{plainStmt: plain, conn: c, query: query}, nil
}

// Prepare is PrepareContext.
func (c *keptConn) Prepare(query string) (driver.Stmt, error) {
	return c.PrepareContext(context.Background(), query)
}

// Close ends the kept statements first: SQLite would keep the file open for
// them.
func (c *keptConn) Close() error {
	var errs []error
	for _, s := range c.idle {
		errs = append(errs, s.plainStmt.Close())
	}
	clear(c.idle)
	return errors.Join(append(errs, c.plainConn.Close())...)
}

// giveBack takes a statement that its user is done with.
func (c *keptConn) giveBack(s *keptStmt) error {
	if s.failed || c.idle[s.query] != nil {
		return s.plainStmt.Close()
	}
	c.turn++
	s.turn, c.idle[s.query] = c.turn, s
	if len(c.idle) <= statementsKept {
		return nil
	}
	oldest := s
	for _, other := range c.idle {
		if other.turn < oldest.turn {
			oldest = other
		}
	}
	delete(c.idle, oldest.query)
	return oldest.plainStmt.Close()
}

type plainStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// keptStmt is a compiled statement.
type keptStmt struct {
	plainStmt
	conn  *keptConn
	query string
	turn  int64
	// failed says that it returned an error. The driver then may leave values
	// bound to it, so nobody gets it again.
	failed bool
}

// Close gives the statement back to its connection.
func (s *keptStmt) Close() error { return s.conn.giveBack(s) }

// ExecContext runs a statement without rows.
func (s *keptStmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	result, err := s.plainStmt.ExecContext(ctx, args)
	s.failed = s.failed || err != nil
	return result, err
}

// QueryContext runs a statement that has rows.
func (s *keptStmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	rows, err := s.plainStmt.QueryContext(ctx, args)
	if err != nil {
		s.failed = true
		return nil, err
	}
	return keptRows{rows, s}, nil
}

// keptRows tells the statement when reading its rows fails.
type keptRows struct {
	driver.Rows
	stmt *keptStmt
}

func (r keptRows) Next(dest []driver.Value) error {
	err := r.Rows.Next(dest)
	if err != nil && !errors.Is(err, io.EOF) {
		r.stmt.failed = true
	}
	return err
}

func (r keptRows) Close() error {
	err := r.Rows.Close()
	r.stmt.failed = r.stmt.failed || err != nil
	return err
}
