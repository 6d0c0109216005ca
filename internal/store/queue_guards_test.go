package store_test

import (
	"crypto/sha256"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sangto/internal/desk"
	"sangto/internal/store"
	"sangto/internal/testkit"
)

// What the queue promises holds for somebody with a database shell too.
func TestQueueOnBareSQL(t *testing.T) {
	eachEngine(t, func(t *testing.T, b bare) {
		published(t, b.db)
		must(t, b.db.Update(t.Context(), func(tx *store.Tx) error {
			for i, id := range []string{"k3", "k4", "k5", "k6"} {
				if err := tx.AddClaim(desk.Claim{ID: id, DeskID: "own", State: desk.Waiting, Opened: desk.Day(20_000 + i)}); err != nil {
					return err
				}
			}
			office := desk.Claim{ID: "o1", DeskID: "office", State: desk.Waiting, Opened: 20_000}
			for _, err := range []error{
				tx.AddClaim(office), tx.JoinClaim("k4", "k3"), tx.BinClaim("k5"),
				tx.PutMember(desk.Member{ID: "eve", DeskID: "own", Role: desk.Editor, Ended: true}),
				tx.AddRead("ann", "k1"), tx.AddRead("ann", "k1"), tx.AddRead("bob", "k1"),
			} {
				if err != nil {
					return err
				}
			}
			return nil
		}))
		hash := strings.Repeat("x", 32)
		before := b.dump(t, "claims") + b.dump(t, "reads") + b.dump(t, "read_chain")
		for _, s := range []string{
			`UPDATE claims SET asked = 99 WHERE id = 'k1'`,
			`UPDATE claims SET asked = 0 WHERE id = 'k1'`,
			`UPDATE claims SET due = 1`,
			`UPDATE claims SET lap = 0, kin = 'k1' WHERE id = 'k2'`,
			`UPDATE claims SET joined_to = 'k2' WHERE id = 'k2'`,
			`UPDATE claims SET joined_to = 'k4' WHERE id = 'k2'`,
			`UPDATE claims SET joined_to = 'k2' WHERE id = 'k3'`,
			`UPDATE claims SET joined_to = 'k5' WHERE id = 'k2'`,
			`UPDATE claims SET joined_to = 'o1' WHERE id = 'k2'`,
			`UPDATE claims SET state = 'checking', wording = 'w' WHERE id = 'k4'`,
			`UPDATE claims SET state = 'waiting', wording = 'w', binned = 0 WHERE id = 'k5'`,
			`UPDATE claims SET binned = binned + 9 WHERE id = 'k5'`,
			`UPDATE claims SET binned = 20000 WHERE id = 'k2'`,
			`UPDATE claims SET state = 'checking', wording = 'w', binned = 20000 WHERE id = 'k2'`,
			`UPDATE claims SET assignee = 'eve' WHERE id = 'k2'`,
			`UPDATE claims SET assignee = 'sam' WHERE id = 'k2'`,
			`UPDATE claims SET note = 'x' WHERE id = 'k5'`,
			`UPDATE questions SET claim_id = 'k2', text = ''`,
			`INSERT INTO claims (id, desk_id, state, wording, lang, closed_as, opened, closed, shown_state, shown_wording, shown_as, asked)
				VALUES ('k9', 'own', 'waiting', '', '', '', 1, 0, 'waiting', '', '', 50)`,
			`INSERT INTO questions SELECT '0000000000000009', 'k5', day, ` + b.otherMAC() + `, text_mac, 'words for the bin' FROM questions`,
			`UPDATE reads SET member_id = 'bob' WHERE seq = 1`,
			`UPDATE reads SET day = 1`,
			`DELETE FROM reads WHERE seq = 3`,
			`DELETE FROM reads`,
			`INSERT INTO reads SELECT 9, day, member_id, claim_id, prev, hash FROM reads WHERE seq = 3`,
			`INSERT INTO reads SELECT 4, day, member_id, claim_id, prev, hash FROM reads WHERE seq = 3`,
			`UPDATE read_chain SET cut_seq = 2`,
			`UPDATE read_chain SET cut_seq = 9`,
			`UPDATE read_chain SET cut_seq = 2, cut_hash = ` + b.bytes(hash),
			`DELETE FROM read_chain`,
			`INSERT INTO read_chain SELECT 1, 0, cut_hash FROM read_chain`,
		} {
			if _, err := b.sql.ExecContext(t.Context(), s); err == nil {
				t.Errorf("went through: %s", s)
			}
		}
		if b.engine == "postgres" {
			for _, s := range []string{`TRUNCATE reads`, `TRUNCATE read_chain`} {
				if _, err := b.sql.ExecContext(t.Context(), s); err == nil {
					t.Errorf("went through: %s", s)
				}
			}
		}
		if after := b.dump(t, "claims") + b.dump(t, "reads") + b.dump(t, "read_chain"); after != before {
			t.Errorf("changed:\n%s\nwas\n%s", after, before)
		}
		// What is counted follows bare statements too.
		b.exec(t, `INSERT INTO questions SELECT '0000000000000009', 'k1', day, `+b.otherMAC()+`, text_mac, '' FROM questions`)
		b.exec(t, `DELETE FROM questions WHERE id = 'question00000001'`)
		must(t, b.db.View(t.Context(), func(tx *store.Tx) error {
			c, err := tx.Claim("k1")
			if c.Asked != 1 {
				t.Errorf("asked is %d, one question is left", c.Asked)
			}
			return err
		}))
	})
}

func (b bare) bytes(s string) string {
	if b.engine == "sqlite" {
		return "CAST('" + s + "' AS BLOB)"
	}
	return "'" + s + "'::bytea"
}

// TestReadLogShowsTampering alters each row of the log as somebody would who
// can switch the guards off, and wants verification to notice.
func TestReadLogShowsTampering(t *testing.T) {
	path := filepath.Join(t.TempDir(), "desk.db")
	db := open(t, store.Options{Path: path})
	published(t, db)
	must(t, db.Update(t.Context(), func(tx *store.Tx) error {
		for range 4 {
			if err := tx.AddRead("ann", "k1"); err != nil {
				return err
			}
		}
		return nil
	}))
	verify := func() error { return db.View(t.Context(), func(tx *store.Tx) error { return tx.VerifyReads() }) }
	must(t, verify())
	raw := connect(t, "sqlite", (&url.URL{Scheme: "file", Opaque: path}).String())
	for _, trigger := range []string{"reads_no_update", "reads_no_delete", "read_chain_cut"} {
		_, err := raw.ExecContext(t.Context(), `DROP TRIGGER `+trigger)
		must(t, err)
	}
	for _, s := range []string{
		`UPDATE reads SET member_id = 'bob' WHERE seq = 2`,
		`UPDATE reads SET claim_id = 'k2' WHERE seq = 4`,
		`UPDATE reads SET day = day - 1 WHERE seq = 1`,
		`UPDATE reads SET hash = zeroblob(32) WHERE seq = 4`,
		`DELETE FROM reads WHERE seq = 3`,
		`DELETE FROM reads WHERE seq = 1`,
		`UPDATE read_chain SET cut_seq = 1`,
	} {
		tx, err := raw.BeginTx(t.Context(), nil)
		must(t, err)
		_, err = tx.ExecContext(t.Context(), s)
		must(t, err)
		must(t, tx.Commit())
		if err := verify(); desk.KindOf(err) != desk.Conflict {
			t.Errorf("not noticed: %s (%v)", s, err)
		}
		restore(t, raw, db)
	}
	must(t, verify())
}

// restore puts the log of TestReadLogShowsTampering back.
func restore(t *testing.T, raw *sql.DB, db *store.DB) {
	t.Helper()
	for _, s := range []string{`UPDATE read_chain SET cut_seq = 0`, `DELETE FROM reads`} {
		_, err := raw.ExecContext(t.Context(), s)
		must(t, err)
	}
	must(t, db.Update(t.Context(), func(tx *store.Tx) error {
		for range 4 {
			if err := tx.AddRead("ann", "k1"); err != nil {
				return err
			}
		}
		return nil
	}))
}

// TestUpgradeOfAFirstDatabase opens a database of the first release that holds
// claims and questions, and finds them counted and in the queue.
func TestUpgradeOfAFirstDatabase(t *testing.T) {
	first := firstRelease(t)
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			var o store.Options
			var raw *sql.DB
			if engine == "sqlite" {
				o.Path = filepath.Join(t.TempDir(), "desk.db")
				raw = connect(t, "sqlite", (&url.URL{Scheme: "file", Opaque: o.Path}).String())
			} else {
				o.DSN = testkit.Postgres(t)
				raw = connect(t, "pgx", o.DSN)
			}
			for _, s := range first(engine) {
				if _, err := raw.ExecContext(t.Context(), s); err != nil {
					t.Fatalf("%.200s: %v", s, err)
				}
			}
			if engine == "sqlite" {
				must(t, raw.Close()) // our own opening sets the pragmas
			}
			db := open(t, o)
			must(t, db.View(t.Context(), func(tx *store.Tx) error {
				rows, err := tx.Queue(store.QueueFilter{DeskID: "own", State: desk.Waiting}, store.Place{}, 10)
				got := ""
				for _, c := range rows {
					got += fmt.Sprintf("%s/%d/%d ", c.ID, c.Asked, c.Due())
				}
				if want := "k2/100/19994 k1/3/20000 "; got != want {
					t.Errorf("queue %q, want %q", got, want)
				}
				text, _, err2 := tx.TextOf("k1")
				if text.String() != "nước chanh?" || err2 != nil {
					t.Errorf("words %q, %v", text, err2)
				}
				return err
			}))
			must(t, db.Update(t.Context(), func(tx *store.Tx) error { return tx.AddRead("ann", "k1") }))
		})
	}
}

// firstRelease gives the statements that make a database of the first schema
// with rows in it.
func firstRelease(t *testing.T) func(engine string) []string {
	t.Helper()
	return func(engine string) []string {
		shared, err := os.ReadFile("migrations/00001_nouns.sql")
		must(t, err)
		companion, err := os.ReadFile("migrations/00001_nouns." + engine + ".sql")
		must(t, err)
		out := []string{store.Rewritten(engine, string(shared)) + "\n" + string(companion), store.GooseTable(engine)}
		out = append(
			out,
			`INSERT INTO desks (id, local, name, url, lang, owner, owner_kind, funders, funder_kind, about, declared)
				VALUES ('own', 1, 'Own', '', 'vi', '', 'independent', '', 'unknown', '', 1)`,
			`INSERT INTO members (id, desk_id, name, role, key_id, ended) VALUES ('ann', 'own', 'Ann', 'editor', 'k', 0)`,
		)
		for _, id := range []string{"k1", "k2"} {
			out = append(out, `INSERT INTO claims (id, desk_id, state, wording, lang, closed_as, opened, closed, shown_state, shown_wording, shown_as)
				VALUES ('`+id+`', 'own', 'waiting', '', 'vi', '', 20000, 0, 'waiting', '', '')`)
		}
		for i := range 153 {
			claim, text := "k2", ""
			if i < 3 {
				claim = "k1"
			}
			if i == 0 {
				text = "nước chanh?"
			}
			sum := sha256.Sum256(fmt.Append(nil, i))
			literal := fmt.Sprintf("X'%x'", sum)
			if engine == "postgres" {
				literal = fmt.Sprintf("decode('%x', 'hex')", sum)
			}
			out = append(out, fmt.Sprintf(`INSERT INTO questions (id, claim_id, day, receipt_mac, text_mac, text)
				VALUES ('question%08d', '%s', 20000, %s, %s, '%s')`, i, claim, literal, literal, text))
		}
		return out
	}
}
