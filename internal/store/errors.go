package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"

	"sangto/internal/desk"
)

// fault is what a driver's error means to us.
type fault uint8

const (
	faultUnknown  fault = iota
	faultKey            // a key exists already
	faultMissing        // a row that was referred to does not exist
	faultRule           // a CHECK constraint or a trigger of the schema
	faultBusy           // somebody else holds the lock, or the server is stopping
	faultFull           // no space; may recover
	faultIO             // what the disk holds is unknown
	faultReadOnly       // the file or the server takes no writes
)

// mapped turns any error of a driver into a desk.Error. It is the only place
// that knows what a driver's error means, and it goes by code, never by text.
func (db *DB) mapped(op string, err error) error {
	var known *desk.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known):
		return err
	case errors.Is(err, sql.ErrNoRows):
		return &desk.Error{Kind: desk.NotFound, Op: op, Key: "error.missing", Err: err}
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded),
		errors.Is(err, driver.ErrBadConn), errors.Is(err, sql.ErrConnDone), errors.Is(err, sql.ErrTxDone):
		return storageError(op, err)
	}
	switch db.dialect.fault(err) {
	case faultKey:
		return &desk.Error{Kind: desk.Conflict, Op: op, Key: "error.exists", Err: err}
	case faultMissing:
		return &desk.Error{Kind: desk.NotFound, Op: op, Key: "error.missing", Err: err}
	case faultRule:
		return &desk.Error{Kind: desk.Forbidden, Op: op, Key: "error.rule", Err: err}
	case faultIO:
		db.broken.Store(true)
		return storageError(op, err)
	case faultBusy, faultFull, faultReadOnly:
		return storageError(op, err)
	}
	if network(err) {
		return storageError(op, err)
	}
	return &desk.Error{Kind: desk.Internal, Op: op, Err: err}
}

// storageError says that the database cannot serve now. The caller's work was
// not accepted.
func storageError(op string, err error) *desk.Error {
	return &desk.Error{Kind: desk.Unavailable, Op: op, Key: "error.storage", Err: err}
}

// network reports whether the way to the server is the trouble. It does not ask
// for net.Error, which every error of the operating system satisfies.
func network(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed)
}
