package store_test

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"sangto/internal/app"
	"sangto/internal/config"
	"sangto/internal/desk"
	"sangto/internal/store"
	"sangto/internal/testkit"
)

// invented is the database of the invented desk, made once: what a test gets is
// a copy.
var invented = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "sangto-invented-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	cfg, err := config.Raw{Data: dir, Demo: true}.Config()
	if err != nil {
		return nil, err
	}
	if _, err := app.SeedDemo(context.Background(), cfg); err != nil {
		return nil, err
	}
	return os.ReadFile(filepath.Join(dir, "sangto.db"))
})

// filled is the invented desk on an engine, and its bare connection.
func filled(t *testing.T, engine string) bare {
	t.Helper()
	b, err := invented()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "desk.db")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if engine == "postgres" {
		dsn := testkit.Postgres(t)
		if err := store.Refill(t.Context(), dsn, path); err != nil {
			t.Fatal(err)
		}
		return bare{engine, open(t, store.Options{DSN: dsn}), connect(t, "pgx", dsn)}
	}
	return bare{engine, open(t, store.Options{Path: path}), connect(t, "sqlite", fileURL(path))}
}

func fileURL(path string) string { return (&url.URL{Scheme: "file", Opaque: path}).String() }

// tables lists the tables that hold rows of the desk.
func (b bare) tables(t *testing.T) []string {
	t.Helper()
	query := `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'goose%'`
	if b.engine == "postgres" {
		query = `SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() AND table_name NOT LIKE 'goose%'`
	}
	rows, err := b.sql.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// lines is a table as a set of rows, so that neither the engine's order nor its
// types of numbers matter.
func (b bare) lines(t *testing.T, table string) []string {
	t.Helper()
	rows, err := b.sql.QueryContext(t.Context(), "SELECT * FROM "+table)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, _ := rows.Columns()
	order := slices.Clone(columns)
	slices.Sort(order)
	var out []string
	for rows.Next() {
		values := map[string]*any{}
		var places []any
		for _, c := range columns {
			values[c] = new(any)
			places = append(places, values[c])
		}
		if err := rows.Scan(places...); err != nil {
			t.Fatal(err)
		}
		var line strings.Builder
		for _, c := range order {
			fmt.Fprintf(&line, "%s=%v|", c, *values[c])
		}
		out = append(out, line.String())
	}
	slices.Sort(out)
	return out
}

func sameRows(t *testing.T, want, got bare) {
	t.Helper()
	tables := want.tables(t)
	if other := got.tables(t); !slices.Equal(tables, other) || len(tables) < 20 {
		t.Fatalf("tables %q, then %q", tables, other)
	}
	rows := 0
	for _, table := range tables {
		before, after := want.lines(t, table), got.lines(t, table)
		rows += len(before)
		if !slices.Equal(before, after) {
			t.Errorf("table %s: %d rows before, %d after, and they differ", table, len(before), len(after))
		}
	}
	if rows < 100 {
		t.Errorf("only %d rows were compared", rows)
	}
}

// TestDuplicate copies a desk of either engine into a file, and that into a new
// database of each engine: every row of every table arrives, and every guard
// stands again.
func TestDuplicate(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			from := filled(t, engine)
			path := filepath.Join(t.TempDir(), "copy.db")
			if err := from.db.Duplicate(t.Context(), path, nil); err != nil {
				t.Fatal(err)
			}
			if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
				t.Fatalf("the copy: %v, %v", info, err)
			}
			if beside, _ := filepath.Glob(path + "-*"); len(beside) > 0 {
				t.Errorf("left beside the copy: %q", beside)
			}
			if pages := header(t, path); pages != "delete journal, auto_vacuum" {
				t.Errorf("the file is %s", pages)
			}
			file := bare{"sqlite", open(t, store.Options{Path: path}), connect(t, "sqlite", fileURL(path))}
			sameRows(t, from, file)
			sound(t, file.db)
			t.Run("to postgres", func(t *testing.T) {
				dsn := testkit.Postgres(t)
				if err := store.Refill(t.Context(), dsn, path); err != nil {
					t.Fatal(err)
				}
				to := bare{"postgres", open(t, store.Options{DSN: dsn}), connect(t, "pgx", dsn)}
				sameRows(t, from, to)
				sound(t, to.db)
				if err := store.Refill(t.Context(), dsn, path); desk.KindOf(err) != desk.Conflict {
					t.Errorf("a second time into the same database: %v", err)
				}
			})
		})
	}
}

// header says what the file itself carries of how it must be opened.
func header(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil || len(b) < 100 {
		t.Fatal(err)
	}
	out := "delete journal"
	if b[18] != 1 || b[19] != 1 {
		out = "write-ahead log"
	}
	if b[55] != 0 && b[67] != 0 {
		out += ", auto_vacuum"
	}
	return out
}

func sound(t *testing.T, db *store.DB) {
	t.Helper()
	if flaws, err := db.Examine(t.Context()); err != nil || len(flaws) > 0 {
		t.Errorf("the copy has flaws: %v, %v", flaws, err)
	}
}

// TestExamineFinds breaks a desk in one way at a time, with a database shell
// that sleeps through every guard, and demands that the examination names it.
func TestExamineFinds(t *testing.T) {
	const off = `PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON; `
	for _, c := range []struct{ name, sqlite, postgres, what string }{
		{"a guard taken away", `DROP TRIGGER versions_no_update`, `DROP TRIGGER versions_append_only ON versions`, "guards"},
		{"a guard put to sleep", ``, `ALTER TABLE versions DISABLE TRIGGER versions_append_only`, "guards"},
		{
			"a guard that refuses nothing", `DROP TRIGGER versions_no_update; CREATE TRIGGER versions_no_update BEFORE UPDATE ON versions WHEN 0 BEGIN SELECT 1; END`,
			`CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$`, "guards",
		},
		{"a table of somebody else", `CREATE TABLE askers (name TEXT)`, ``, "schema"},
		{"a column of somebody else", `ALTER TABLE questions ADD COLUMN address TEXT`, ``, "schema"},
		{"an index gone", `DROP INDEX questions_receipt`, ``, "schema"},
		{"a row that refers to nothing", `INSERT INTO changes (seq, check_id) VALUES ((SELECT max(seq) + 1 FROM changes), 'nothing')`, ``, "references"},
		{"a check without its newest version", `DROP TRIGGER latest_no_delete; DELETE FROM latest WHERE check_id = (SELECT min(check_id) FROM latest)`, ``, "every check shows its newest version"},
		{"evidence slipped in", `DROP TRIGGER evidence_no_delete; DELETE FROM version_copies; DELETE FROM evidence`, ``, "a version has the evidence it was sealed with"},
		{
			"changes with a gap", `UPDATE counters SET value = value + 1 WHERE name = 'changes'`,
			`UPDATE counters SET value = value + 1 WHERE name = 'changes'`, "changes are numbered without a gap",
		},
		{"askers miscounted", `DROP TRIGGER claims_state; DROP TRIGGER IF EXISTS claims_asked; UPDATE claims SET asked = asked + 7`, ``, "a claim knows how many asked"},
		{
			"words kept too long", `DROP TRIGGER questions_forget; DROP TRIGGER questions_words; DROP TRIGGER IF EXISTS claims_forget; UPDATE questions SET text = 'x' WHERE id = (SELECT q.id FROM questions q JOIN claims c ON c.id = q.claim_id WHERE c.state = 'answered' LIMIT 1)`,
			``, "only a claim that waits keeps askers' words",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			for engine, script := range map[string]string{"sqlite": c.sqlite, "postgres": c.postgres} {
				if script == "" {
					continue
				}
				b := filled(t, engine)
				if engine == "sqlite" {
					script = off + script
				}
				sound(t, b.db)
				b.exec(t, script)
				flaws, err := b.db.Examine(t.Context())
				if err != nil {
					t.Fatalf("%s: %v", engine, err)
				}
				if !slices.ContainsFunc(flaws, func(f store.Flaw) bool { return f.What == c.what }) {
					t.Errorf("%s: not found, only %q", engine, flaws)
				}
			}
		})
	}
}

// TestExamineDamagedFile flips bytes in the middle of a file.
func TestExamineDamagedFile(t *testing.T) {
	from := filled(t, "sqlite")
	path := filepath.Join(t.TempDir(), "copy.db")
	if err := from.db.Duplicate(t.Context(), path, nil); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := len(b) / 2; i < len(b)/2+4096*8; i += 7 {
		b[i] ^= 0xff
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), store.Options{Path: path, AsIs: true, ReadOnly: true})
	if err != nil {
		return // refused already
	}
	defer db.Close()
	if flaws, err := db.Examine(t.Context()); err != nil || len(flaws) == 0 {
		t.Errorf("damage was not seen: %v, %v", flaws, err)
	}
}

// TestDuplicateForgets: words that were deleted, and stay in free pages of a
// careless database, are not in a copy.
func TestDuplicateForgets(t *testing.T) {
	const marker = "vết-mực-đã-xóa-93215"
	b := filled(t, "sqlite")
	// A careless shell, without secure_delete.
	b.exec(t, `PRAGMA secure_delete = OFF`)
	for i := range 200 {
		b.exec(t, fmt.Sprintf(`INSERT INTO settings (key, value) VALUES ('gone-%d', '%s %s')`, i, marker, strings.Repeat("x", 900)))
	}
	b.exec(t, `DELETE FROM settings WHERE key LIKE 'gone-%'`)
	b.exec(t, `PRAGMA wal_checkpoint(TRUNCATE)`)
	var file string
	if err := b.sql.QueryRowContext(t.Context(), `SELECT file FROM pragma_database_list WHERE name = 'main'`).Scan(&file); err != nil {
		t.Fatal(err)
	}
	if words, _ := os.ReadFile(file); !bytes.Contains(words, []byte(marker)) {
		t.Fatal("the marker is not in the free pages, so this test cannot fail")
	}
	path := filepath.Join(t.TempDir(), "copy.db")
	if err := b.db.Duplicate(t.Context(), path, nil); err != nil {
		t.Fatal(err)
	}
	if words, err := os.ReadFile(path); err != nil || bytes.Contains(words, []byte(marker)) {
		t.Errorf("deleted words are in the copy (%v)", err)
	}
}

// TestDuplicateStops gives up when its caller does.
func TestDuplicateStops(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			b := filled(t, engine)
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if err := b.db.Duplicate(ctx, filepath.Join(t.TempDir(), "copy.db"), nil); desk.KindOf(err) != desk.Unavailable {
				t.Errorf("got %v", err)
			}
		})
	}
}
