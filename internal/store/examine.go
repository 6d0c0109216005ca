package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/pressly/goose/v3"

	"sangto/internal/desk"
)

// Flaw is one thing that is wrong with a database.
type Flaw struct {
	// What names what was examined: "integrity", "references", "guards",
	// "schema", or the name of a rule.
	What string
	// Detail is for the operator: places and numbers, never anybody's words.
	Detail string
}

// Examine looks for damage: pages and indexes, references between rows, the
// schema with its guards against what this program's migrations make, and
// what must be true of the rows whatever was done to them. An error means that
// it could not look; damage is in the flaws. On a large database it reads
// everything once and takes as long as that.
func (db *DB) Examine(ctx context.Context) ([]Flaw, error) {
	const op = "examine database"
	var out []Flaw
	for _, look := range []func(context.Context) ([]Flaw, error){db.examineEngine, db.examineSchema, db.examineRows, db.examineCopies, db.examineReads} {
		flaws, err := look(ctx)
		out = append(out, flaws...)
		// A damaged page stops the reading of everything after it.
		if err != nil && db.dialect.fault(err) == faultIO {
			return append(out, Flaw{What: "integrity", Detail: err.Error()}), nil
		}
		if err != nil {
			return out, db.mapped(op, err)
		}
	}
	return out, nil
}

// examineEngine asks the engine for damage.
func (db *DB) examineEngine(ctx context.Context) ([]Flaw, error) {
	if db.dialect.numbered {
		return flawsOf(ctx, db.reader, "references", `SELECT conname FROM pg_constraint WHERE NOT convalidated ORDER BY conname`)
	}
	flaws, err := flawsOf(ctx, db.reader, "integrity", `PRAGMA integrity_check(20)`)
	if err != nil {
		return flaws, err
	}
	flaws = slices.DeleteFunc(flaws, func(f Flaw) bool { return f.Detail == "ok" })
	more, err := flawsOf(ctx, db.reader, "references",
		`SELECT "table" || ': ' || count(*) || ' rows refer to nothing in ' || parent FROM pragma_foreign_key_check() GROUP BY "table", parent`)
	return append(flaws, more...), err
}

// flawsOf makes a flaw of each row of one column.
func flawsOf(ctx context.Context, q querier, what, query string, args ...any) ([]Flaw, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Flaw
	for rows.Next() {
		f := Flaw{What: what}
		if err := rows.Scan(&f.Detail); err != nil {
			return out, err
		}
		out = append(out, f)
	}
	return out, rows.Err()
}

// rules are what holds between rows, each a query that counts the breaches.
// The schema refuses most of them when somebody writes; a copy, a disk or a
// person with a database shell did not ask it.
func rules() []struct{ name, query string } {
	return []struct{ name, query string }{
		{"every check has its versions, without a gap", `SELECT count(*) FROM (SELECT check_id FROM versions GROUP BY check_id
			HAVING min(number) <> 1 OR max(number) <> count(*)) AS gaps`},
		{"every check shows its newest version", `SELECT count(*) FROM (SELECT check_id, max(number) AS newest FROM versions GROUP BY check_id) AS v
			LEFT JOIN latest l ON l.check_id = v.check_id WHERE l.number IS NULL OR l.number <> v.newest`},
		{"a version has the evidence it was sealed with", `SELECT count(*) FROM versions v WHERE v.evidence_count <>
			(SELECT count(*) FROM evidence e WHERE e.check_id = v.check_id AND e.number = v.number)`},
		{"two different members approved each version of ours", `SELECT count(*) FROM versions v WHERE v.local = 1 AND (SELECT count(DISTINCT a.member_id)
			FROM approvals a WHERE a.check_id = v.check_id AND a.number = v.number AND a.revision = v.revision) < 2`},
		{"changes are numbered without a gap", `SELECT count(*) FROM counters c WHERE c.name = 'changes' AND (
			c.value <> (SELECT count(*) FROM changes) OR c.value <> (SELECT coalesce(max(seq), 0) FROM changes))`},
		{"an answered claim has its check", `SELECT count(*) FROM claims c WHERE c.check_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM checks k WHERE k.id = c.check_id)
			OR c.shown_check IS NOT NULL AND NOT EXISTS (SELECT 1 FROM checks k WHERE k.id = c.shown_check)`},
		{"only a claim that waits keeps askers' words", `SELECT count(*) FROM questions q JOIN claims c ON c.id = q.claim_id
			WHERE q.text <> '' AND c.state <> 'waiting' AND c.binned = 0`},
		{"a claim knows how many asked", `SELECT count(*) FROM claims c WHERE c.asked <>
			(SELECT count(*) FROM (SELECT 1 FROM questions q WHERE q.claim_id = c.id LIMIT 100) AS few)`},
	}
}

func (db *DB) examineRows(ctx context.Context) ([]Flaw, error) {
	if ready, err := db.atOurLevel(ctx); !ready {
		return nil, err
	}
	var out []Flaw
	for _, r := range rules() {
		var n int
		if err := db.reader.QueryRowContext(ctx, r.query).Scan(&n); err != nil {
			return out, err
		}
		if n > 0 {
			out = append(out, Flaw{What: r.name, Detail: fmt.Sprintf("broken %d times", n)})
		}
	}
	return out, nil
}

// examineCopies compares each archived copy with its hash.
func (db *DB) examineCopies(ctx context.Context) (out []Flaw, err error) {
	if ready, err := db.atOurLevel(ctx); !ready {
		return nil, err
	}
	err = db.View(ctx, func(tx *Tx) error {
		ids, err := all(tx, "list copies", `SELECT id FROM copies WHERE state = 'kept' AND sha256 <> '' ORDER BY id`, nil, func(id *string) []any { return []any{id} })
		if err != nil {
			return err
		}
		for _, id := range ids {
			c, err := tx.Copy(id)
			if err != nil {
				return err
			}
			if said := c.SHA256; c.Sealed().SHA256 != said {
				out = append(out, Flaw{What: "an archived copy has the hash it was kept under", Detail: "copy " + id})
			}
		}
		return nil
	})
	return out, err
}

// examineReads follows the chain of the log of readings.
func (db *DB) examineReads(ctx context.Context) ([]Flaw, error) {
	if ready, err := db.atOurLevel(ctx); !ready {
		return nil, err
	}
	err := db.View(ctx, func(tx *Tx) error { return tx.VerifyReads() })
	var broken *desk.Error
	if errors.As(err, &broken) && broken.Kind == desk.Conflict {
		return []Flaw{{What: "the log of readings is one chain", Detail: broken.Err.Error()}}, nil
	}
	return nil, err
}

// atOurLevel reports whether the schema is the one this program makes. What
// other schemas promise, their own programs know.
func (db *DB) atOurLevel(ctx context.Context) (bool, error) {
	steps, err := db.migrations()
	if err != nil {
		return false, err
	}
	level, err := db.level(ctx, db.reader)
	return level == steps[len(steps)-1].Version, err
}

// examineSchema compares the schema with what the migrations make.
func (db *DB) examineSchema(ctx context.Context) ([]Flaw, error) {
	steps, err := db.migrations()
	if err != nil {
		return nil, err
	}
	level, err := db.level(ctx, db.reader)
	if err != nil || level > steps[len(steps)-1].Version {
		return nil, err
	}
	steps = slices.DeleteFunc(steps, func(m *goose.Migration) bool { return m.Version > level })
	if db.dialect.numbered {
		return db.examineGuards(ctx, level)
	}
	want, err := db.modelSchema(ctx, steps)
	if err != nil {
		return nil, err
	}
	got, err := sqliteObjects(ctx, db.reader)
	return compareObjects(want, got), err
}

// modelSchema runs the migrations on a database in memory.
func (db *DB) modelSchema(ctx context.Context, steps []*goose.Migration) (map[string]string, error) {
	model := &DB{dialect: db.dialect}
	var err error
	if model.writer, err = sql.Open("sqlite", "file::memory:"); err != nil {
		return nil, err
	}
	defer model.writer.Close()
	model.writer.SetMaxOpenConns(1)
	model.lockSchema = func(context.Context) (func(), error) { return func() {}, nil }
	if err := model.migrate(ctx, steps); err != nil {
		return nil, err
	}
	return sqliteObjects(ctx, model.writer)
}

// sqliteObjects describes what stands in the schema: triggers and indexes by
// their text, tables by their columns, because the text of a table that was
// altered depends on the SQLite that altered it.
func sqliteObjects(ctx context.Context, q querier) (map[string]string, error) {
	out := map[string]string{}
	err := eachPair(ctx, q, out, `SELECT type || ' ' || name, coalesce(sql, '') FROM sqlite_master WHERE type IN ('trigger', 'index', 'view') AND name NOT LIKE 'sqlite\_%' ESCAPE '\'`)
	if err != nil {
		return nil, err
	}
	err = eachPair(ctx, q, out, `SELECT 'table ' || m.name, group_concat(c.name || ' ' || c.type || ' ' || c."notnull" || c.pk || c.hidden, ', ' ORDER BY c.cid)
		FROM sqlite_master m, pragma_table_xinfo(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\_%' ESCAPE '\' GROUP BY m.name`)
	return out, err
}

func eachPair(ctx context.Context, q querier, out map[string]string, query string) error {
	rows, err := q.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var name, text string
		if err := rows.Scan(&name, &text); err != nil {
			return err
		}
		out[name] = strings.Join(strings.Fields(text), " ")
	}
	return rows.Err()
}

func compareObjects(want, got map[string]string) []Flaw {
	var out []Flaw
	for _, name := range slices.Sorted(maps.Keys(want)) {
		what := "schema"
		if strings.HasPrefix(name, "trigger ") {
			what = "guards"
		}
		text, ok := got[name]
		switch {
		case !ok:
			out = append(out, Flaw{What: what, Detail: name + " is missing"})
		case text != want[name]:
			out = append(out, Flaw{What: what, Detail: name + " is not as this program made it"})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[name]; !ok {
			out = append(out, Flaw{What: "schema", Detail: name + " is not ours"})
		}
	}
	return out
}

// guardLine matches, in the PostgreSQL parts of the migrations, what makes and
// unmakes a guard: a function with its body, a trigger, or its end.
var guardLine = regexp.MustCompile(`(?s)CREATE (?:OR REPLACE )?FUNCTION (\w+)\([^)]*\)[^$]*AS \$\$(.*?)\$\$|CREATE TRIGGER (\w+) |DROP TRIGGER (\w+) |DROP FUNCTION (\w+)`)

// guardsOf reads the guards out of the migrations up to a level: the bodies of
// functions by name, and for each trigger its name.
func guardsOf(level int64) (map[string]string, error) {
	names, err := fs.Glob(migrationFiles, "migrations/*.postgres.sql")
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, name := range names {
		var number int64
		if _, err := fmt.Sscanf(name, "migrations/%d_", &number); err != nil {
			return nil, err
		}
		if number > level {
			continue
		}
		text, err := fs.ReadFile(migrationFiles, name)
		if err != nil {
			return nil, err
		}
		for _, m := range guardLine.FindAllStringSubmatch(string(text), -1) {
			switch {
			case m[1] != "":
				out["function "+m[1]] = strings.Join(strings.Fields(m[2]), " ")
			case m[3] != "":
				out["trigger "+m[3]] = "A"
			case m[4] != "":
				delete(out, "trigger "+m[4])
			case m[5] != "":
				delete(out, "function "+m[5])
			}
		}
	}
	return out, nil
}

// examineGuards compares functions by their text, and triggers by whether they
// are there and awake in every role of replication.
func (db *DB) examineGuards(ctx context.Context, level int64) ([]Flaw, error) {
	want, err := guardsOf(level)
	if err != nil {
		return nil, err
	}
	got := map[string]string{}
	err = eachPair(ctx, db.reader, got, `SELECT 'function ' || proname, prosrc FROM pg_proc WHERE pronamespace = current_schema()::regnamespace
		UNION ALL SELECT 'trigger ' || t.tgname, t.tgenabled::text FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
		WHERE NOT t.tgisinternal AND c.relnamespace = current_schema()::regnamespace`)
	if err != nil {
		return nil, err
	}
	var out []Flaw
	for _, f := range compareObjects(want, got) {
		f.What = "guards"
		out = append(out, f)
	}
	return out, nil
}
