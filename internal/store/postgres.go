package store

import (
	"context"
	"crypto/tls"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"sangto/internal/desk"
)

// postgresMinimum is server_version_num of the oldest release we test with
// features of: PostgreSQL 13.
const postgresMinimum = 130000

// idleConnections is how many connections wait for work.
const idleConnections = 4

// ruleBroken is the SQLSTATE our own triggers raise.
const ruleBroken = "SG001"

// Keys of advisory locks: one writer at a time, one program changing the
// schema at a time.
const (
	writerLock = 0x73616e67746f // "sangto"
	schemaLock = writerLock + 1
)

func postgresDialect() dialect {
	return dialect{
		name:        "postgres",
		goose:       goose.DialectPostgres,
		numbered:    true,
		remembers:   true,
		viewOptions: &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true},
		takeTurn:    fmt.Sprintf(`SELECT pg_advisory_xact_lock(%d)`, writerLock),
		hasTable:    `SELECT count(*) FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = ?`,
		rewrite:     postgresSchema,
		script: func(ctx context.Context, tx *sql.Tx, script string) error {
			_, err := tx.ExecContext(ctx, script, pgx.QueryExecModeSimpleProtocol)
			return err
		},
		scrub:    scrubPostgres,
		rewrites: true,
		fault:    postgresFault,
	}
}

// postgresSchema gives every text column the byte order SQLite has, so that
// both engines sort keys alike whatever the server's locale.
func postgresSchema(script string) string {
	return strings.ReplaceAll(alignless(script), " TEXT ", ` TEXT COLLATE "C" `)
}

func (db *DB) openPostgres(ctx context.Context, dsn string, readOnly bool, logger *slog.Logger) error {
	db.dialect = postgresDialect()
	var err error
	if db.reader, err = postgresPool(dsn); err != nil {
		return err
	}
	db.reader.SetMaxOpenConns(16)
	db.reader.SetMaxIdleConns(idleConnections)
	if !readOnly {
		db.writer = db.reader
		db.lockSchema = db.lockPostgresSchema
	}
	return checkPostgres(ctx, db.reader, logger)
}

// postgresPool opens a pool on an address. It does not connect yet.
func postgresPool(dsn string) (*sql.DB, error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, &desk.Error{Kind: desk.Invalid, Op: "open database", Err: err}
	}
	if err := refuseOpenWire(&config.Config); err != nil {
		return nil, err
	}
	config.RuntimeParams["application_name"] = "sangto"
	config.RuntimeParams["timezone"] = "UTC"
	config.RuntimeParams["lock_timeout"] = "5000"
	// Words in a failed statement must not reach the server's log.
	config.RuntimeParams["log_parameter_max_length_on_error"] = "0"
	return stdlib.OpenDB(*config), nil
}

// schemaWait is how long a program waits while others change the schema. The five
// seconds of every other lock may be less than their changes take.
const schemaWait = "10min"

// lockPostgresSchema holds a lock of the session on a connection of its own.
func (db *DB) lockPostgresSchema(ctx context.Context) (release func(), err error) {
	conn, err := db.writer.Conn(ctx)
	if err != nil {
		return nil, err
	}
	_, err = conn.ExecContext(ctx, `SET lock_timeout = '`+schemaWait+`'`)
	if err == nil {
		_, err = conn.ExecContext(ctx, fmt.Sprintf(`SELECT pg_advisory_lock(%d)`, schemaLock))
	}
	_, reset := conn.ExecContext(context.WithoutCancel(ctx), `RESET lock_timeout`)
	if err = errors.Join(err, reset); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return func() {
		_, _ = conn.ExecContext(context.WithoutCancel(ctx), fmt.Sprintf(`SELECT pg_advisory_unlock(%d)`, schemaLock))
		_ = conn.Close()
	}, nil
}

// refuseOpenWire insists on a verified TLS connection to any server that is
// not this machine.
func refuseOpenWire(config *pgconn.Config) error {
	hosts := []*pgconn.FallbackConfig{{Host: config.Host, TLSConfig: config.TLSConfig}}
	for _, h := range append(hosts, config.Fallbacks...) {
		if !thisMachine(h.Host) && !verifies(h.TLSConfig) {
			return &desk.Error{
				Kind: desk.Invalid, Op: "open database", Key: "error.database.tls",
				Err: errors.New("the connection to PostgreSQL on another machine needs sslmode=verify-full"),
			}
		}
	}
	return nil
}

func thisMachine(host string) bool {
	if strings.HasPrefix(host, "/") || strings.HasPrefix(host, "@") || host == "localhost" {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}

func verifies(c *tls.Config) bool {
	return c != nil && (!c.InsecureSkipVerify || c.VerifyPeerCertificate != nil || c.VerifyConnection != nil)
}

// checkPostgres reads the server's settings and judges them.
func checkPostgres(ctx context.Context, pool *sql.DB, logger *slog.Logger) error {
	settings, err := postgresSettings(ctx, pool)
	if err != nil {
		return err
	}
	if err := judgeSettings(settings); err != nil {
		return err
	}
	if settings["data_checksums"] != "on" {
		logger.WarnContext(ctx, "PostgreSQL runs without data checksums: silent damage of the disk would not be noticed")
	}
	return nil
}

// judgeSettings refuses a server that may forget what it acknowledged, or that
// writes down when each row was committed or what words it carried.
func judgeSettings(settings map[string]string) error {
	if n, err := strconv.Atoi(settings["server_version_num"]); err != nil || n < postgresMinimum {
		return unsafeSetting("server_version_num", settings, "130000 or more")
	}
	wanted := []struct {
		name   string
		values []string
	}{
		{"fsync", []string{"on"}},
		{"full_page_writes", []string{"on"}},
		{"synchronous_commit", []string{"on", "remote_write", "remote_apply"}},
		{"data_sync_retry", []string{"off"}},
		{"server_encoding", []string{"UTF8"}},
		{"track_commit_timestamp", []string{"off"}},
	}
	for _, w := range wanted {
		if !slices.Contains(w.values, settings[w.name]) {
			return unsafeSetting(w.name, settings, strings.Join(w.values, ", "))
		}
	}
	return refuseStatementLog(settings)
}

// refuseStatementLog: a statement log with parameters would hold people's
// words and the millisecond they arrived.
func refuseStatementLog(settings map[string]string) error {
	if settings["log_parameter_max_length"] == "0" {
		return nil
	}
	if s := settings["log_statement"]; s == "mod" || s == "all" {
		return unsafeSetting("log_statement", settings, "none, ddl, or log_parameter_max_length 0")
	}
	for _, name := range []string{"log_min_duration_statement", "log_min_duration_sample"} {
		if s := settings[name]; s != "" && s != "-1" {
			return unsafeSetting(name, settings, "-1, or log_parameter_max_length 0")
		}
	}
	return nil
}

func unsafeSetting(name string, settings map[string]string, want string) error {
	return &desk.Error{
		Kind: desk.Invalid, Op: "open database", Key: "error.database.setting",
		Args: map[string]any{"Setting": name, "Value": settings[name], "Want": want},
		Err:  fmt.Errorf("PostgreSQL setting %s is %q, want %s", name, settings[name], want),
	}
}

func postgresSettings(ctx context.Context, pool *sql.DB) (map[string]string, error) {
	rows, err := pool.QueryContext(ctx, `SELECT name, setting FROM pg_settings WHERE name IN (
		'fsync', 'full_page_writes', 'synchronous_commit', 'data_sync_retry', 'data_checksums',
		'server_version_num', 'server_encoding', 'track_commit_timestamp', 'log_statement',
		'log_parameter_max_length', 'log_min_duration_statement', 'log_min_duration_sample')`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]string{}
	for rows.Next() {
		var name, setting string
		if err := rows.Scan(&name, &setting); err != nil {
			return nil, err
		}
		out[name] = setting
	}
	return out, rows.Err()
}

// scrubPostgres rewrites the rows an asker causes, in the order of their
// random keys: deleted words go with the old file, and the order of arrival
// goes with the old order.
func scrubPostgres(ctx context.Context, pool *sql.DB) error {
	_, err := pool.ExecContext(ctx, `CLUSTER questions USING questions_pkey`)
	if err != nil {
		return err
	}
	_, err = pool.ExecContext(ctx, `CLUSTER claims USING claims_pkey`)
	return err
}

func postgresFault(err error) fault {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		var connect *pgconn.ConnectError
		switch {
		case errors.As(err, &connect):
			return faultBusy // no server: trying at once would not help
		case pgconn.SafeToRetry(err), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return faultCut
		}
		return faultUnknown
	}
	switch e.Code {
	case "23505":
		return faultKey
	case "23503":
		return faultMissing
	case ruleBroken:
		return faultRule
	case "25006": // read_only_sql_transaction: a standby, or switched by the administrator
		return faultReadOnly
	case "53100", "53200", "53400": // disk, memory, configured limit
		return faultFull
	case "53300", "55P03", "57014", "40001", "40P01":
		return faultBusy
	case "58030", "XX001", "XX002", "58P02": // io_error, corrupted data or index, crash
		return faultIO
	}
	switch e.Code[:min(2, len(e.Code))] {
	case "23", "22": // another constraint, or a value its type refuses
		return faultRule
	case "08", "57": // connection, shutdown
		return faultCut
	}
	return faultUnknown
}

// refill copies the tables of a SQLite database into this one, which is new.
// The guards rest meanwhile. Each table comes in one statement, because rows
// refer to others of their own table that may come later.
func (db *DB) refill(ctx context.Context, from *DB, tables []table) error {
	conn, err := db.writer.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return conn.Raw(func(raw any) error {
		plain, ok := raw.(*stdlib.Conn)
		if !ok {
			return fmt.Errorf("the driver gave a %T", raw)
		}
		tx, err := plain.Conn().Begin(ctx)
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
		wake, err := restGuards(ctx, tx, tables)
		if err != nil {
			return err
		}
		for _, t := range tables {
			if err := refillTable(ctx, tx, from, t); err != nil {
				return fmt.Errorf("fill table %s: %w", t.name, err)
			}
		}
		for _, statement := range wake {
			if _, err := tx.Exec(ctx, statement); err != nil {
				return err
			}
		}
		return tx.Commit(ctx)
	})
}

// restGuards disables the triggers of the tables and returns the statements
// that put each back into the state it was in. Foreign keys stay in force.
func restGuards(ctx context.Context, tx pgx.Tx, tables []table) (wake []string, err error) {
	rows, err := tx.Query(ctx, `SELECT c.relname, t.tgname, t.tgenabled::text FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
		WHERE NOT t.tgisinternal AND c.relnamespace = current_schema()::regnamespace AND t.tgenabled <> 'D' ORDER BY 1, 2`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var name, trigger, state string
		if err := rows.Scan(&name, &trigger, &state); err != nil {
			return nil, err
		}
		how := map[string]string{"A": "ENABLE ALWAYS", "R": "ENABLE REPLICA"}[state]
		if how == "" {
			how = "ENABLE"
		}
		wake = append(wake, `ALTER TABLE `+name+` `+how+` TRIGGER `+trigger)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	for _, t := range tables {
		if _, err := tx.Exec(ctx, `ALTER TABLE `+t.name+` DISABLE TRIGGER USER`); err != nil {
			return nil, err
		}
	}
	// Rows that the migrations put there, children before parents.
	for _, t := range slices.Backward(tables) {
		if _, err := tx.Exec(ctx, `DELETE FROM `+t.name); err != nil {
			return nil, err
		}
	}
	return wake, nil
}

// refillTable streams the rows of one table.
func refillTable(ctx context.Context, tx pgx.Tx, from *DB, t table) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	next := make(chan []any)
	read := make(chan error, 1)
	go func() {
		defer close(next)
		read <- eachRow(ctx, from.reader, t, func(values []any) error {
			select {
			case next <- slices.Clone(values):
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	}()
	_, err := tx.CopyFrom(ctx, pgx.Identifier{t.name}, t.columns, pgx.CopyFromFunc(func() ([]any, error) { return <-next, nil }))
	stop()
	if failed := <-read; err == nil {
		err = failed
	}
	return err
}
