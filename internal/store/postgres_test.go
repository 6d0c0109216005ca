package store_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"sangto/internal/desk"
	"sangto/internal/store"
	"sangto/internal/testkit"
)

func postgresOptions(t *testing.T) store.Options {
	t.Helper()
	return store.Options{DSN: testkit.Postgres(t)}
}

// The judge of settings is asked at the start, on what the server really says.
func TestPostgresStartChecks(t *testing.T) {
	o := postgresOptions(t)
	raw := connect(t, "pgx", o.DSN)
	var name string
	must(t, raw.QueryRowContext(t.Context(), `SELECT current_database()`).Scan(&name))
	for setting, value := range map[string]string{"synchronous_commit": "off", "log_statement": "all", "log_min_duration_statement": "0"} {
		_, err := raw.ExecContext(t.Context(), "ALTER DATABASE "+name+" SET "+setting+" = '"+value+"'")
		must(t, err)
		_, err = store.Open(t.Context(), o)
		var e *desk.Error
		if !errors.As(err, &e) || e.Key != "error.database.setting" || e.Args["Setting"] != setting {
			t.Errorf("%s = %s: %v", setting, value, err)
		}
		_, err = raw.ExecContext(t.Context(), "ALTER DATABASE "+name+" RESET "+setting)
		must(t, err)
	}
	open(t, o)
}

func TestPostgresOpenedAtOnce(t *testing.T) {
	for range 3 {
		o := postgresOptions(t)
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				db, err := store.Open(t.Context(), o)
				if err != nil {
					t.Errorf("opening an empty database together: %v", err)
					return
				}
				_ = db.Close()
			})
		}
		wg.Wait()
	}
}

// A connection that is cut says "not now", accepts nothing, and is replaced.
func TestPostgresConnectionCut(t *testing.T) {
	o := postgresOptions(t)
	db := open(t, o)
	raw := connect(t, "pgx", o.DSN)
	// Several connections at once, so that some stay idle.
	var together sync.WaitGroup
	for range 4 {
		together.Go(func() {
			err := db.View(t.Context(), func(*store.Tx) error { time.Sleep(50 * time.Millisecond); return nil })
			if err != nil {
				t.Error(err)
			}
		})
	}
	together.Wait()
	err := db.Update(t.Context(), func(tx *store.Tx) error {
		if err := tx.SetSetting("k", "v"); err != nil {
			return err
		}
		_, err := raw.ExecContext(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
			WHERE datname = current_database() AND pid <> pg_backend_pid()`)
		return err
	})
	if desk.KindOf(err) != desk.Unavailable || db.Broken() {
		t.Errorf("%v, broken %v", err, db.Broken())
	}
	// Whatever else waited in the pool is dead, too, and nobody is told.
	for range 3 {
		_, err := raw.ExecContext(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
			WHERE datname = current_database() AND pid <> pg_backend_pid()`)
		must(t, err)
		must(t, db.View(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Setting("k")
			return err
		}))
	}
	must(t, db.Update(t.Context(), func(tx *store.Tx) error {
		v, err := tx.Setting("k")
		if v != "" {
			t.Error("half a transaction stayed")
		}
		return err
	}))
}

// What a question said is gone from the table's file after Scrub, and the rows
// lie in the order of their random keys, not of arrival.
func TestPostgresScrub(t *testing.T) {
	o := postgresOptions(t)
	db := open(t, o)
	raw := connect(t, "pgx", o.DSN)
	must(t, db.Update(t.Context(), func(tx *store.Tx) error {
		if err := tx.PutDesk(desk.Desk{ID: "d", Name: "d", Local: true}); err != nil {
			return err
		}
		for _, n := range []int{3, 1, 2} {
			if err := ask(tx, n); err != nil {
				return err
			}
		}
		return nil
	}))
	file := func() string {
		t.Helper()
		_, err := raw.ExecContext(t.Context(), `CHECKPOINT`)
		must(t, err)
		var b []byte
		must(t, raw.QueryRowContext(t.Context(), `SELECT pg_read_binary_file(pg_relation_filepath('questions'))`).Scan(&b))
		return string(b)
	}
	if !strings.Contains(file(), "chanh") {
		t.Fatal("the words were never in the file: the test would pass on anything")
	}
	must(t, db.Update(t.Context(), func(tx *store.Tx) error {
		_, err := tx.ClearTextsBefore(30_000)
		return err
	}))
	must(t, db.Scrub(t.Context()))
	if strings.Contains(file(), "chanh") {
		t.Error("deleted words are still in the table's file")
	}
	var order string
	must(t, raw.QueryRowContext(t.Context(), `SELECT string_agg(right(id, 1), '') FROM (SELECT id FROM questions ORDER BY ctid) q`).Scan(&order))
	if order != "123" {
		t.Errorf("rows lie in the order %s", order)
	}
}
