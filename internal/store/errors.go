package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
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
	faultBusy           // somebody else holds the lock
	faultCut            // the connection is gone, or the server is stopping
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
	case faultBusy, faultCut, faultFull, faultReadOnly:
		return storageError(op, err)
	}
	if passing(err) {
		return storageError(op, err)
	}
	return &desk.Error{Kind: desk.Internal, Op: op, Err: err}
}

// storageError says that the database cannot serve now. The caller's work was
// not accepted.
func storageError(op string, err error) *desk.Error {
	return &desk.Error{Kind: desk.Unavailable, Op: op, Key: "error.storage", Err: err}
}

// passing reports whether the caller's time ran out or the way to the server is
// the trouble. It does not ask for net.Error, which every error of the
// operating system satisfies.
func passing(err error) bool {
	for _, known := range []error{
		context.Canceled, context.DeadlineExceeded, driver.ErrBadConn, sql.ErrConnDone, sql.ErrTxDone,
		io.EOF, io.ErrUnexpectedEOF, net.ErrClosed,
	} {
		if errors.Is(err, known) {
			return true
		}
	}
	var op *net.OpError
	return errors.As(err, &op)
}

// because names the end of the caller's time as the cause of an error that it
// brought about: the driver then only says that the transaction is gone.
func because(ctx context.Context, err error) error {
	if err == nil || ctx.Err() == nil || errors.Is(err, ctx.Err()) {
		return err
	}
	return fmt.Errorf("%w: %w", ctx.Err(), err)
}
