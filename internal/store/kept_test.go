package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sangto/internal/desk"
)

func newKept(t *testing.T) (*DB, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "desk.db")
	db, err := Open(t.Context(), Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db, path
}

// onKept shows the one connection of the writer between two transactions.
func onKept(t *testing.T, db *DB, look func(c *keptConn)) {
	t.Helper()
	conn, err := db.writer.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	err = conn.Raw(func(raw any) error {
		c, ok := raw.(*keptConn)
		if !ok {
			return fmt.Errorf("a %T", raw)
		}
		look(c)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func keptOf(t *testing.T, db *DB, part string) (found []*keptStmt) {
	t.Helper()
	onKept(t, db, func(c *keptConn) {
		for query, s := range c.idle {
			if strings.Contains(query, part) {
				found = append(found, s)
			}
		}
	})
	return found
}

func update(t *testing.T, db *DB, fn func(tx *Tx) error) {
	t.Helper()
	if err := db.Update(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func setting(t *testing.T, db *DB, key string) (value string) {
	t.Helper()
	err := db.View(t.Context(), func(tx *Tx) (err error) {
		value, err = tx.Setting(key)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return value
}

const intoSettings = "INSERT INTO settings"

func TestStatementsOutliveTransactions(t *testing.T) {
	db, _ := newKept(t)
	update(t, db, func(tx *Tx) error { return tx.SetSetting("a", "1") })
	first := keptOf(t, db, intoSettings)
	if len(first) != 1 {
		t.Fatalf("%d statements kept", len(first))
	}
	update(t, db, func(tx *Tx) error { return tx.SetSetting("b", "2") })
	if again := keptOf(t, db, intoSettings); !slices.Equal(again, first) {
		t.Error("the statement was compiled a second time")
	}
	if a, b := setting(t, db, "a"), setting(t, db, "b"); a != "1" || b != "2" {
		t.Errorf("a is %q, b is %q", a, b)
	}
}

// What a transaction did that was rolled back, for whatever reason, is in no
// later one that uses the same statements.
func TestKeptStatementsAfterAFailure(t *testing.T) {
	errOwn := errors.New("own")
	for name, fail := range map[string]func(ctx context.Context, stop func(), tx *Tx) error{
		"an error of the caller": func(context.Context, func(), *Tx) error { return errOwn },
		"a broken key":           func(_ context.Context, _ func(), tx *Tx) error { return tx.addChange("nothing") },
		"a cancelled context": func(_ context.Context, stop func(), tx *Tx) error {
			stop()
			return tx.SetSetting("c", "1")
		},
		"cancelled among rows": func(_ context.Context, stop func(), tx *Tx) error {
			return tx.each("read", `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000) SELECT i FROM n`, nil,
				func(func(...any) error) error { stop(); return nil })
		},
		"a statement that is none": func(_ context.Context, _ func(), tx *Tx) error {
			_, err := tx.exec("nonsense", `INSERT INTO nowhere VALUES (?)`, "1")
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			db, _ := newKept(t)
			update(t, db, func(tx *Tx) error { return tx.SetSetting("a", "before") })
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			err := db.Update(ctx, func(tx *Tx) error {
				if err := tx.SetSetting("a", "lost"); err != nil {
					return err
				}
				if err := tx.SetSetting("b", "lost"); err != nil {
					return err
				}
				return fail(ctx, stop, tx)
			})
			if err == nil {
				t.Fatal("the transaction was to fail")
			}
			if a, b := setting(t, db, "a"), setting(t, db, "b"); a != "before" || b != "" {
				t.Errorf("after the failure a is %q, b is %q", a, b)
			}
			update(t, db, func(tx *Tx) error { return tx.SetSetting("c", "after") })
			if a, b, c := setting(t, db, "a"), setting(t, db, "b"), setting(t, db, "c"); a != "before" || b != "" || c != "after" {
				t.Errorf("a transaction later a is %q, b is %q, c is %q", a, b, c)
			}
		})
	}
}

// A statement that returned an error is not used again: what its driver left
// bound to it is unknown.
func TestFailedStatementsAreNotKept(t *testing.T) {
	db, _ := newKept(t)
	err := db.Update(t.Context(), func(tx *Tx) error {
		return tx.AddClaim(desk.Claim{ID: "a", DeskID: "nobody", State: desk.Waiting, Opened: 20_000})
	})
	if desk.KindOf(err) != desk.NotFound {
		t.Fatalf("a claim for no desk: %v", err)
	}
	if n := len(keptOf(t, db, "INSERT INTO claims")); n != 0 {
		t.Errorf("%d failed statements kept", n)
	}
	update(t, db, func(tx *Tx) error {
		return errors.Join(tx.PutDesk(desk.Desk{ID: "nobody", Name: "Somebody"}),
			tx.AddClaim(desk.Claim{ID: "a", DeskID: "nobody", State: desk.Waiting, Opened: 20_000}))
	})
	if n := len(keptOf(t, db, "INSERT INTO claims")); n != 1 {
		t.Errorf("%d good statements kept", n)
	}
}

// A schema that another connection changes reaches the statements kept here: no
// column is missing, and no new guard is passed over.
func TestKeptStatementsSeeANewSchema(t *testing.T) {
	db, path := newKept(t)
	const star = `SELECT * FROM settings WHERE key = ?`
	columns := func() int {
		t.Helper()
		n := 0
		update(t, db, func(tx *Tx) error {
			rows, err := tx.query(star, []any{"a"})
			if err != nil {
				return err
			}
			defer rows.Close()
			names, err := rows.Columns()
			n = len(names)
			return err
		})
		return n
	}
	update(t, db, func(tx *Tx) error { return tx.SetSetting("a", "1") })
	before, kept := columns(), keptOf(t, db, star)
	other, err := sql.Open("sqlite", sqliteDSN(path, false))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	for _, change := range []string{
		`ALTER TABLE settings ADD COLUMN more TEXT NOT NULL DEFAULT ''`,
		`CREATE TRIGGER settings_no_more BEFORE INSERT ON settings BEGIN SELECT RAISE(ABORT, 'settings: no more'); END`,
	} {
		if _, err := other.ExecContext(t.Context(), change); err != nil {
			t.Fatal(err)
		}
	}
	if after := columns(); after != before+1 {
		t.Errorf("%d columns before, %d after", before, after)
	}
	if again := keptOf(t, db, star); !slices.Equal(again, kept) || len(again) != 1 {
		t.Error("the test did not use the kept statement")
	}
	err = db.Update(t.Context(), func(tx *Tx) error { return tx.SetSetting("b", "1") })
	if desk.KindOf(err) != desk.Forbidden {
		t.Errorf("the new guard was passed over: %v", err)
	}
}

func TestKeptStatementsAreBounded(t *testing.T) {
	db, _ := newKept(t)
	query := func(i int) string { return fmt.Sprintf(`SELECT %d`, i) }
	const all = statementsKept + 60
	for i := range all {
		update(t, db, func(tx *Tx) error {
			var n int
			if err := errors.Join(tx.row("read", query(i), nil, &n), tx.row("read", query(0), nil, &n)); err != nil {
				return err
			}
			return nil
		})
	}
	onKept(t, db, func(c *keptConn) {
		if len(c.idle) != statementsKept {
			t.Errorf("%d statements kept, want %d", len(c.idle), statementsKept)
		}
		if c.idle[query(0)] == nil || c.idle[query(all-1)] == nil || c.idle[query(1)] != nil {
			t.Error("not the ones used last were kept")
		}
	})
}

// Nobody is given a statement that somebody else is reading from.
func TestAKeptStatementHasOneUser(t *testing.T) {
	db, _ := newKept(t)
	const query = `SELECT value FROM (SELECT 1 AS value UNION ALL SELECT 2) WHERE value >= ? ORDER BY value`
	update(t, db, func(tx *Tx) error {
		outer, err := tx.tx.PrepareContext(tx.ctx, query)
		if err != nil {
			return err
		}
		rows, err := outer.QueryContext(tx.ctx, 1)
		if err != nil {
			return err
		}
		defer rows.Close()
		var got []int
		for rows.Next() {
			inner, err := tx.tx.PrepareContext(tx.ctx, query)
			if err != nil {
				return err
			}
			var n, m int
			if err := errors.Join(rows.Scan(&n), inner.QueryRowContext(tx.ctx, 2).Scan(&m), inner.Close()); err != nil {
				return err
			}
			got = append(got, n, m)
		}
		if !slices.Equal(got, []int{1, 2, 2, 2}) {
			t.Errorf("got %v", got)
		}
		return rows.Err()
	})
	if n := len(keptOf(t, db, query)); n != 1 {
		t.Errorf("%d of one statement are kept", n)
	}
}

// The last connection that closes empties the log and deletes it, unless a
// statement keeps it open.
func TestKeptStatementsCloseWithTheirConnection(t *testing.T) {
	db, path := newKept(t)
	update(t, db, func(tx *Tx) error { return tx.SetSetting("a", "1") })
	if setting(t, db, "a") != "1" || len(keptOf(t, db, intoSettings)) != 1 {
		t.Fatal("nothing was kept")
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path + "-wal"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the database is still open: %v", err)
	}
}
