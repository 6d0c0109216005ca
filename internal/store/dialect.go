package store

import (
	"context"
	"database/sql"
	"strconv"
	"strings"

	"github.com/pressly/goose/v3"
)

// dialect is all that differs between the engines.
type dialect struct {
	name  string
	goose goose.Dialect
	// numbered placeholders ($1) instead of ?.
	numbered bool
	// remembers says that the driver keeps compiled statements by itself.
	remembers bool
	// viewOptions make a transaction a snapshot.
	viewOptions *sql.TxOptions
	// takeTurn makes writers queue, where beginning does not.
	takeTurn string
	// hasTable counts tables of a given name, with one placeholder.
	hasTable string
	// rewrite turns the text of a migration into the engine's own.
	rewrite func(sql string) string
	// script runs several statements at once.
	script func(ctx context.Context, tx *sql.Tx, sql string) error
	scrub  func(ctx context.Context, writer *sql.DB) error
	// rewrites says that scrub writes whole tables anew.
	rewrites bool
	// fault says what a driver's error means.
	fault func(err error) fault
}

// bind writes the placeholders the way the engine reads them, in order of
// appearance. Question marks inside quotes are left alone.
func (d dialect) bind(query string) string {
	if !d.numbered || !strings.Contains(query, "?") {
		return query
	}
	var b strings.Builder
	b.Grow(len(query) + 16)
	n, quoted := 0, false
	for i := range len(query) {
		switch c := query[i]; {
		case c == '\'':
			quoted = !quoted
			b.WriteByte(c)
		case c == '?' && !quoted:
			n++
			b.WriteByte('$')
			b.WriteString(strconv.Itoa(n))
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
