package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sangto/internal/desk"
	"sangto/internal/store"
	"sangto/internal/testkit"
)

// bare is a database as somebody with a database shell sees it.
type bare struct {
	engine string
	db     *store.DB
	sql    *sql.DB
}

// eachEngine runs a test on a new database of each engine. On SQLite the
// second connection is a plain one, without a single pragma of ours.
func eachEngine(t *testing.T, test func(t *testing.T, b bare)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "desk.db")
		db := open(t, store.Options{Path: path})
		test(t, bare{"sqlite", db, connect(t, "sqlite", (&url.URL{Scheme: "file", Opaque: path}).String())})
	})
	t.Run("postgres", func(t *testing.T) {
		dsn := testkit.Postgres(t)
		db := open(t, store.Options{DSN: dsn})
		test(t, bare{"postgres", db, connect(t, "pgx", dsn)})
	})
}

func connect(t *testing.T, driver, dsn string) *sql.DB {
	t.Helper()
	raw, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	// One connection, so that what a test sets for the session stays set.
	raw.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = raw.Close() })
	return raw
}

func (b bare) exec(t *testing.T, query string) {
	t.Helper()
	if _, err := b.sql.ExecContext(t.Context(), query); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// dump is every row of a table, in order.
func (b bare) dump(t *testing.T, table string) string {
	t.Helper()
	rows, err := b.sql.QueryContext(t.Context(), "SELECT * FROM "+table+" ORDER BY 1, 2")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, _ := rows.Columns()
	var out strings.Builder
	for rows.Next() {
		values := make([]any, len(columns))
		for i := range values {
			values[i] = new(any)
		}
		if err := rows.Scan(values...); err != nil {
			t.Fatal(err)
		}
		for _, v := range values {
			fmt.Fprintf(&out, "%v|", *v.(*any))
		}
		out.WriteByte('\n')
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// published fills a database with one published check, an imported one, and a
// waiting claim with a question.
func published(t *testing.T, db *store.DB) {
	t.Helper()
	const revision = "rev"
	must(t, db.Update(t.Context(), func(tx *store.Tx) error {
		steps := []error{
			tx.PutDesk(desk.Desk{ID: "own", Local: true, Name: "Own", OwnerKind: desk.OwnerIndependent}),
			tx.PutDesk(desk.Desk{ID: "office", Local: true, Name: "Office", OwnerKind: desk.OwnerState}),
			tx.PutDesk(desk.Desk{ID: "other", Name: "Other", URL: "https://other.example"}),
			tx.PutMember(desk.Member{ID: "ann", DeskID: "own", Role: desk.Editor, KeyID: "k1"}),
			tx.PutMember(desk.Member{ID: "bob", DeskID: "own", Role: desk.Reviewer, KeyID: "k2"}),
			tx.PutMember(desk.Member{ID: "cat", DeskID: "own", Role: desk.Reviewer, KeyID: "k5"}),
			tx.PutMember(desk.Member{ID: "sam", DeskID: "office", Role: desk.Editor, KeyID: "k3"}),
			tx.PutMember(desk.Member{ID: "sue", DeskID: "office", Role: desk.Editor, KeyID: "k4"}),
			tx.AddCheck(desk.Check{ID: "c1", DeskID: "own", Lang: "vi"}),
			tx.AddCheck(desk.Check{ID: "c2", DeskID: "other", Lang: "en", SourceURL: "https://other.example/2"}),
			tx.AddCheck(desk.Check{ID: "c3", DeskID: "office", Lang: "vi"}),
			tx.AddVersion(desk.Version{
				CheckID: "c1", Number: 1, Act: desk.Publish, Kind: desk.FactKind, Verdict: desk.True, Claim: "c", Summary: "s", Author: "ann",
				Blind:    desk.Classification{Kind: desk.FactKind},
				Evidence: []desk.Evidence{{Stance: desk.For, URL: "https://e.example"}},
			}, revision, []desk.Approval{{MemberID: "ann", Revision: revision}, {MemberID: "bob", Revision: revision}}),
			tx.AddVersion(desk.Version{CheckID: "c2", Number: 1, Act: desk.ImportAct, Rating: "False"}, "", nil),
			tx.AddClaim(desk.Claim{ID: "k1", DeskID: "own", State: desk.Waiting, Opened: 20_000}),
			tx.AddClaim(desk.Claim{ID: "k2", DeskID: "own", State: desk.Waiting, Opened: 20_000}),
		}
		for _, err := range steps {
			if err != nil {
				return err
			}
		}
		mac := []byte(strings.Repeat("m", 32))
		return tx.AddQuestion(desk.Question{
			ID: "question00000001", ClaimID: "k1", Day: 20_000, ReceiptMAC: mac, TextMAC: mac, Text: desk.StoredText("nước chanh?"),
		})
	}))
}

// Every way we know to change or remove a row of an append-only table.
func TestAppendOnlyOnBareSQL(t *testing.T) {
	attempts := map[string]map[string][]string{
		"versions": {
			"": {
				`UPDATE versions SET claim = 'forged' WHERE check_id = 'c1'`,
				`UPDATE versions SET number = 7`,
				`DELETE FROM versions WHERE check_id = 'c1'`,
				`DELETE FROM versions`,
				insertVersion(`'c1', 1`, nil),
				insertVersion(`'c1', 1`, nil) + ` ON CONFLICT (check_id, number) DO UPDATE SET claim = 'forged'`,
			},
			"sqlite": {
				strings.Replace(insertVersion(`'c1', 1`, nil), "INSERT", "INSERT OR REPLACE", 1),
				strings.Replace(insertVersion(`'c1', 1`, nil), "INSERT", "REPLACE", 1),
				`UPDATE OR REPLACE versions SET check_id = 'c2' WHERE check_id = 'c1'`,
				`INSERT OR REPLACE INTO versions SELECT * FROM versions WHERE check_id = 'c1'`,
			},
		},
		"evidence": {
			"": {
				`UPDATE evidence SET stance = 'against'`,
				`UPDATE evidence SET number = 2`,
				`DELETE FROM evidence`,
				`INSERT INTO evidence SELECT check_id, number, position + 1, stance, url, title, publisher, owner_group, quote, locator, dated, archived, archive_url, sha256 FROM evidence`,
			},
			"sqlite": {`INSERT OR REPLACE INTO evidence SELECT * FROM evidence`},
		},
		"approvals": {
			"": {
				`UPDATE approvals SET key_id = 'forged'`,
				`UPDATE approvals SET revision = 'forged'`,
				`DELETE FROM approvals WHERE member_id = 'bob'`,
				`INSERT INTO approvals SELECT check_id, number, member_id, 'other', desk_id, local, key_id, signed FROM approvals`,
			},
			"sqlite": {`INSERT OR REPLACE INTO approvals SELECT * FROM approvals`},
		},
		"checks": {
			"":       {`UPDATE checks SET desk_id = 'office' WHERE id = 'c1'`, `DELETE FROM checks`},
			"sqlite": {`INSERT OR REPLACE INTO checks SELECT * FROM checks`},
		},
		"changes": {
			"": {
				`UPDATE changes SET check_id = 'c1'`,
				`DELETE FROM changes WHERE seq = 2`,
				`INSERT INTO changes (seq, check_id) VALUES (1, 'c1')`,
				`INSERT INTO changes (seq, check_id) VALUES (9, 'c1')`,
			},
			"sqlite": {`INSERT OR REPLACE INTO changes (seq, check_id) VALUES (2, 'c1')`},
		},
		"latest": {
			"": {
				`UPDATE latest SET number = 0`,
				`UPDATE latest SET check_id = 'c3' WHERE check_id = 'c1'`,
				`DELETE FROM latest`,
				`INSERT INTO latest (check_id, number, desk_id, local, lang, topic, published) VALUES ('c3', 1, 'office', 1, 'vi', '', 0)`,
			},
		},
	}
	eachEngine(t, func(t *testing.T, b bare) {
		published(t, b.db)
		for table, byEngine := range attempts {
			before := b.dump(t, table)
			if before == "" {
				t.Fatalf("%s is empty, the test would pass on anything", table)
			}
			statements := append([]string{}, byEngine[""]...)
			statements = append(statements, byEngine[b.engine]...)
			if b.engine == "postgres" {
				statements = append(statements, `TRUNCATE `+table, `TRUNCATE `+table+` CASCADE`)
			}
			for _, s := range statements {
				if _, err := b.sql.ExecContext(t.Context(), s); err == nil {
					t.Errorf("went through: %s", s)
				}
				if after := b.dump(t, table); after != before {
					t.Fatalf("%s changed %s:\n%s\nwas\n%s", s, table, after, before)
				}
			}
		}
	})
}

// The guards of PostgreSQL stay awake where ordinary triggers sleep, and a
// table others depend on cannot be emptied around them.
func TestPostgresGuardsStayAwake(t *testing.T) {
	eachEngine(t, func(t *testing.T, b bare) {
		if b.engine != "postgres" {
			return // SQLite has no such doors
		}
		published(t, b.db)
		b.exec(t, `SET session_replication_role = replica`)
		for _, s := range []string{
			`UPDATE versions SET claim = 'forged'`, `DELETE FROM versions`, `TRUNCATE versions CASCADE`, `TRUNCATE desks CASCADE`,
			`TRUNCATE members CASCADE`, `TRUNCATE claims CASCADE`, `UPDATE questions SET text = 'more'`,
		} {
			if _, err := b.sql.ExecContext(t.Context(), s); err == nil {
				t.Errorf("went through: %s", s)
			}
		}
	})
}

// versionColumns are what a bare INSERT into versions gives, in order; the
// values are those of a version the schema accepts as number 2 of c1.
var versionDefaults = []struct{ column, value string }{
	{"desk_id", "'own'"},
	{"local", "1"},
	{"desk_power", "0"},
	{"act", "'correct'"},
	{"kind", "'fact'"},
	{"about_power", "0"},
	{"claimant_kind", "''"},
	{"verdict", "'true'"},
	{"not_rated_kind", "''"},
	{"rating", "''"},
	{"no_verdict_rating", "0"},
	{"topic", "''"},
	{"claim", "'c'"},
	{"title", "''"},
	{"summary", "'s'"},
	{"body", "''"},
	{"todo", "''"},
	{"link_only", "0"},
	{"reason", "'r'"},
	{"note", "'n'"},
	{"published", "0"},
	{"as_of", "0"},
	{"author", "'ann'"},
	{"revision", "'rev'"},
	{"approver_1", "'ann'"},
	{"approver_2", "'bob'"},
	{"evidence_count", "0"},
	{"recorded", "0"},
	{"blind_kind", "'fact'"},
	{"blind_power", "0"},
	{"last_editor", "NULL"},
	{"approver_3", "NULL"},
	{"disputed", "0"},
	{"emergency", "0"},
	{"review", "0"},
	{"order_body", "''"},
	{"order_date", "0"},
	{"order_law", "''"},
	{"order_digest", "''"},
	{"order_lapses", "0"},
}

func insertVersion(key string, change map[string]string) string {
	columns, values := "check_id, number", key
	for _, d := range versionDefaults {
		columns += ", " + d.column
		if v, ok := change[d.column]; ok {
			values += ", " + v
		} else {
			values += ", " + d.value
		}
	}
	return "INSERT INTO versions (" + columns + ") VALUES (" + values + ")"
}

// orderColumns make a row an order to withhold; only its third key is missing.
var orderColumns = []string{
	"act", "'withhold_order'", "order_body", "'Court'", "order_date", "1", "order_law", "'Law'",
	"order_digest", "'" + strings.Repeat("a", 64) + "'", "order_lapses", "180",
}

func changedOrder(column, value string) []string {
	return append(slices.Clone(orderColumns), column, value)
}

// The rules of publication hold against whoever writes SQL by hand: each
// attempt differs in one point from a row that is accepted.
func TestRulesOnBareSQL(t *testing.T) {
	approve := func(check, number, member, revision, desk string) string {
		return fmt.Sprintf(`INSERT INTO approvals (check_id, number, member_id, revision, desk_id, local, key_id, signed)
			VALUES ('%s', %s, '%s', '%s', '%s', 1, '', 0)`, check, number, member, revision, desk)
	}
	office := map[string]string{
		"desk_id": "'office'", "desk_power": "1", "act": "'publish'", "author": "'sam'", "approver_1": "'sam'", "approver_2": "'sue'",
		"about_power": "1", "verdict": "'not_rated'", "not_rated_kind": "'not_independent'",
	}
	changed := func(base map[string]string, more ...string) map[string]string {
		out := map[string]string{}
		for k, v := range base {
			out[k] = v
		}
		for i := 0; i < len(more); i += 2 {
			out[more[i]] = more[i+1]
		}
		return out
	}
	imported := map[string]string{
		"desk_id": "'other'", "local": "0", "act": "'import'", "kind": "''", "verdict": "''", "rating": "'True'", "claim": "''", "summary": "''",
		"author": "NULL", "approver_1": "NULL", "approver_2": "NULL",
	}
	own := map[string]string{}
	eachEngine(t, func(t *testing.T, b bare) {
		published(t, b.db)
		if b.engine == "sqlite" {
			b.exec(t, `PRAGMA foreign_keys = ON`) // as every connection of ours has it
		}
		for _, s := range []string{
			approve("c1", "2", "ann", "rev", "own"), approve("c1", "2", "bob", "rev", "own"), approve("c1", "2", "bob", "older", "own"),
			approve("c1", "2", "cat", "rev", "own"), approve("c1", "3", "ann", "rev", "own"), approve("c1", "3", "bob", "rev", "own"), approve("c1", "3", "cat", "rev", "own"),
			approve("c3", "1", "sam", "rev", "office"), approve("c3", "1", "sue", "rev", "office"),
		} {
			b.exec(t, s)
		}
		cases := []struct {
			name   string
			key    string
			change map[string]string
		}{
			{"number left out", `'c1', 3`, own},
			{"verdict off the scale", `'c1', 2`, changed(own, "verdict", "'misleading'")},
			{"verdict on an opinion", `'c1', 2`, changed(own, "kind", "'opinion'")},
			{"approver twice", `'c1', 2`, changed(own, "approver_2", "'ann'")},
			{"another approver twice", `'c1', 2`, changed(own, "approver_1", "'bob'", "approver_2", "'bob'")},
			{"one approver", `'c1', 2`, changed(own, "approver_2", "NULL")},
			{"no approver", `'c1', 2`, changed(own, "approver_1", "NULL", "approver_2", "NULL")},
			{"no author", `'c1', 2`, changed(own, "author", "NULL")},
			{"approver who approved another revision", `'c1', 2`, changed(own, "revision", "'older'")},
			{"approver of another desk", `'c1', 2`, changed(own, "approver_2", "'sam'")},
			{"author of another desk", `'c1', 2`, changed(own, "author", "'sam'")},
			{"somebody else's desk", `'c1', 2`, changed(own, "desk_id", "'office'", "desk_power", "1")},
			{"passing as an import", `'c1', 2`, changed(imported, "desk_id", "'own'")},
			{"import without a check", `'c9', 1`, imported},
			{"import with a number left out", `'c2', 3`, imported},
			{"import over another", `'c2', 1`, imported},
			{"import with a verdict of ours", `'c2', 2`, changed(imported, "verdict", "'true'", "kind", "'fact'")},
			{"import with an author of ours", `'c2', 2`, changed(imported, "author", "'ann'")},
			{"import without their verdict", `'c2', 2`, changed(imported, "rating", "''")},
			{"evidence that is not there", `'c1', 2`, changed(own, "evidence_count", "1")},
			{"reviewer who classified otherwise", `'c1', 2`, changed(own, "blind_kind", "'opinion'")},
			{"reviewer who thought of power", `'c1', 2`, changed(own, "blind_power", "1")},
			{"nobody who classified", `'c1', 2`, changed(own, "blind_kind", "''")},
			{"verdict on what is disputed", `'c1', 2`, changed(own, "disputed", "1")},
			{"second key of the last editor", `'c1', 2`, changed(own, "last_editor", "'bob'")},
			{"last editor of another desk", `'c1', 2`, changed(own, "last_editor", "'sam'")},
			{"third key that is the second", `'c1', 2`, changed(own, "approver_3", "'bob'")},
			{"correction without a reason", `'c1', 2`, changed(own, "reason", "''")},
			{"correction without a public note", `'c1', 2`, changed(own, "note", "''")},
			{"withdrawal with another verdict", `'c1', 2`, changed(own, "act", "'withdraw'", "verdict", "'not_true'")},
			{"withdrawal that becomes an opinion", `'c1', 2`, changed(own, "act", "'withdraw'", "verdict", "'not_rated'", "not_rated_kind", "'opinion'", "kind", "'opinion'")},
			{"emergency without its day", `'c1', 2`, changed(own, "emergency", "1")},
			{"emergency looked at too late", `'c1', 2`, changed(own, "emergency", "1", "review", "8")},
			{"order with two keys", `'c1', 2`, changed(own, orderColumns...)},
			{"order with the author's second key", `'c1', 2`, changed(own, append([]string{"approver_3", "'cat'", "last_editor", "'bob'"}, orderColumns...)...)},
			{"order that never lapses", `'c1', 2`, changed(own, append([]string{"approver_3", "'cat'"}, changedOrder("order_lapses", "9999")...)...)},
			{"order of nobody", `'c1', 2`, changed(own, append([]string{"approver_3", "'cat'"}, changedOrder("order_body", "''")...)...)},
			{"order by no law", `'c1', 2`, changed(own, append([]string{"approver_3", "'cat'"}, changedOrder("order_law", "''")...)...)},
			{"order without its text", `'c1', 2`, changed(own, append([]string{"approver_3", "'cat'"}, changedOrder("order_digest", "''")...)...)},
			{"correction with an order", `'c1', 2`, changed(own, append([]string{"approver_3", "'cat'"}, changedOrder("act", "'correct'")...)...)},
			{"state desk judging power", `'c3', 1`, changed(office, "verdict", "'true'", "not_rated_kind", "''")},
			{"state desk passing as independent", `'c3', 1`, changed(office, "verdict", "'true'", "not_rated_kind", "''", "desk_power", "0")},
		}
		for _, c := range cases {
			if _, err := b.sql.ExecContext(t.Context(), insertVersion(c.key, c.change)); err == nil {
				t.Errorf("went through: %s", c.name)
			}
		}
		if _, err := b.sql.ExecContext(t.Context(), `UPDATE desks SET of_power = 0`); err == nil {
			t.Error("went through: declaring a state desk innocent by hand")
		}
		b.exec(t, insertVersion(`'c1', 2`, own))
		b.exec(t, insertVersion(`'c1', 3`, changed(own, append([]string{"approver_3", "'cat'"}, orderColumns...)...)))
		b.exec(t, insertVersion(`'c3', 1`, office))
		b.exec(t, insertVersion(`'c2', 2`, imported))
		if _, err := b.sql.ExecContext(t.Context(), approve("c1", "2", "bob", "rev2", "own")); err == nil {
			t.Error("went through: an approval after publication")
		}
	})
}

// What an asker leaves can only shrink.
func TestQuestionsOnBareSQL(t *testing.T) {
	eachEngine(t, func(t *testing.T, b bare) {
		published(t, b.db)
		before := b.dump(t, "questions")
		for _, s := range []string{
			`UPDATE questions SET text = text || ' and more'`,
			`UPDATE questions SET text = 'other'`,
			`UPDATE questions SET day = day + 1`,
			`UPDATE questions SET claim_id = 'k2'`,
			`UPDATE questions SET id = '0000000000000009'`,
			`UPDATE claims SET state = 'answered', wording = 'w', check_id = 'c1'`,
			`UPDATE claims SET opened = 1`,
			`UPDATE claims SET check_id = 'none'`,
			`INSERT INTO questions SELECT '0000000000000009', claim_id, day, ` + b.otherMAC() + `, text_mac, 'more words' FROM questions`,
		} {
			if _, err := b.sql.ExecContext(t.Context(), s); err == nil {
				t.Errorf("went through: %s", s)
			}
		}
		if after := b.dump(t, "questions"); after != before {
			t.Errorf("questions changed:\n%s\nwas\n%s", after, before)
		}
		b.exec(t, `UPDATE claims SET state = 'checking', wording = 'w'`)
		if after := b.dump(t, "questions"); strings.Contains(after, "chanh") || after == "" {
			t.Errorf("words outlived the wording of their claim: %s", after)
		}
	})
}

func (b bare) otherMAC() string {
	if b.engine == "sqlite" {
		return "zeroblob(32)"
	}
	return "decode(repeat('00', 32), 'hex')"
}

// The schema itself holds what may be known, and nothing else.
func TestSchemaHoldsNobody(t *testing.T) {
	banned := []string{
		"account", "handle", "address", "agent", "speaker", "like", "share", "device", "cookie", "phone", "mail", "person",
		"user", "ip", "referer", "referrer", "session", "location", "profile", "follow", "score", "visitor", "asker", "client",
	}
	allowed := map[string]string{
		"questions": "claim_id day id receipt_mac text text_mac",
		"claims": "apart asked assignee binned check_id closed closed_as desk_id due id joined_to kin lang lap note opened reopened " +
			"shown_as shown_check shown_state shown_wording state wording",
		"reads":   "claim_id day hash member_id prev seq",
		"members": "desk_id ended id key_id lang name role",
	}
	// Tables in which a moment, finer than a day, may stand.
	timed := map[string]bool{
		"versions.recorded": true, "reads.seq": true, "read_chain.cut_seq": true, "drafts.opened": true, "drafts.saved": true, "draft_revisions.at": true,
		"draft_classifications.at": true, "draft_approvals.at": true, "draft_returns.at": true,
		// Copies of sources are the desk's own work.
		"copies.asked": true, "copies.taken": true, "copies.kept": true, "copies.size": true,
		// When a feed of another desk is read next, and what a desk says of its own
		// notices; the places of leaves are counted and tell no time.
		"feeds.next_pull": true, "notices.issued": true, "notices.published": true, "notices.valid_from": true, "notices.valid_until": true,
		"leaves.idx": true, "leaf_contents.idx": true,
	}
	// Those of staff, who know that the desk knows when they sign in.
	for table, columns := range map[string]string{
		"approval_keys": "made good_from good_until retired", "credentials": "made sign_count", "passwords": "made step", "identities": "made",
		"attempts": "held_until", "sessions": "opened used proved", "enrolments": "made ends", "recoveries": "asked", "answered": "ends", "member_acts": "at seq",
	} {
		for c := range strings.FieldsSeq(columns) {
			timed[table+"."+c] = true
		}
	}
	eachEngine(t, func(t *testing.T, b bare) {
		tables := b.columns(t)
		if len(tables) < 12 {
			t.Fatalf("only %d tables found", len(tables))
		}
		for table, want := range allowed {
			if got := strings.Join(names(tables[table]), " "); got != want {
				t.Errorf("%s has columns\n%s\nwant\n%s", table, got, want)
			}
		}
		for table, columns := range tables {
			for _, c := range columns {
				for _, word := range strings.Split(c.name, "_") {
					for _, bad := range banned {
						if word == bad || word == bad+"s" {
							t.Errorf("%s.%s speaks of a person", table, c.name)
						}
					}
				}
				kind := strings.ToLower(c.kind)
				if strings.Contains(kind, "time") || strings.Contains(kind, "date") {
					t.Errorf("%s.%s is a %s", table, c.name, c.kind)
				}
				if b.engine == "postgres" && kind == "bigint" && !timed[table+"."+c.name] && table != "counters" && table != "changes" {
					t.Errorf("%s.%s could hold a moment", table, c.name)
				}
			}
		}
	})
}

// A hidden row number would be the order of arrival.
func TestNoHiddenOrderOfArrival(t *testing.T) {
	path := filepath.Join(t.TempDir(), "desk.db")
	open(t, store.Options{Path: path})
	raw := connect(t, "sqlite", path)
	rows, err := raw.QueryContext(t.Context(), `SELECT name, wr, strict FROM pragma_table_list WHERE schema = 'main' AND type = 'table'
		AND name NOT LIKE 'sqlite\_%' ESCAPE '\' AND name <> 'goose_db_version'`)
	must(t, err)
	defer rows.Close()
	without := map[string]bool{}
	for rows.Next() {
		var name string
		var wr, strict bool
		must(t, rows.Scan(&name, &wr, &strict))
		without[name] = wr
		if !strict {
			t.Errorf("%s is not STRICT", name)
		}
	}
	must(t, rows.Err())
	for _, table := range []string{"questions", "claims", "checks", "versions", "evidence", "approvals", "changes", "latest"} {
		if !without[table] {
			t.Errorf("%s has a hidden row number", table)
		}
	}
	if _, err := raw.ExecContext(t.Context(), `SELECT rowid FROM questions`); err == nil {
		t.Error("questions have a rowid")
	}
}

type column struct{ name, kind string }

func names(columns []column) []string {
	var out []string
	for _, c := range columns {
		out = append(out, c.name)
	}
	return out
}

// columns reads the schema of our own tables, by name.
func (b bare) columns(t *testing.T) map[string][]column {
	t.Helper()
	query := `SELECT m.name, c.name, c.type FROM sqlite_master m JOIN pragma_table_xinfo(m.name) c WHERE m.type = 'table' ORDER BY m.name, c.name`
	if b.engine == "postgres" {
		query = `SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public'
			ORDER BY table_name, column_name COLLATE "C"`
	}
	rows, err := b.sql.QueryContext(context.WithoutCancel(t.Context()), query)
	must(t, err)
	defer rows.Close()
	out := map[string][]column{}
	for rows.Next() {
		var table string
		var c column
		must(t, rows.Scan(&table, &c.name, &c.kind))
		// The migration library's own table says when the schema changed.
		if !strings.HasPrefix(table, "goose_") && !strings.HasPrefix(table, "sqlite_") {
			out[table] = append(out[table], c)
		}
	}
	must(t, rows.Err())
	return out
}
