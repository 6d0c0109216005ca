package store

import (
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sangto/internal/desk"
	"sangto/internal/testkit"
)

// TestUpgradeInPlace fills a database of the first schema with published
// checks and opens it with this program: everything still reads as it did, and
// the rules that came later hold.
func TestUpgradeInPlace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "desk.db")
	t.Run("sqlite", func(t *testing.T) {
		upgrade(t, Options{Path: path}, func(db *DB) error { return db.openSQLite(t.Context(), path, false) })
	})
	dsn := testkit.Postgres(t)
	t.Run("postgres", func(t *testing.T) {
		upgrade(t, Options{DSN: dsn}, func(db *DB) error {
			return db.openPostgres(t.Context(), dsn, false, slog.New(slog.DiscardHandler))
		})
	})
}

const firstRows = `
INSERT INTO desks (id, local, name, url, lang, owner, owner_kind, funders, funder_kind, about, declared)
  VALUES ('own', 1, 'Own', '', 'vi', '', 'independent', '', 'unknown', '', 0);
INSERT INTO members (id, desk_id, name, role, key_id, ended) VALUES ('ann', 'own', 'Ann', 'editor', 'k1', 0), ('bob', 'own', 'Bob', 'reviewer', 'k2', 0);
INSERT INTO checks (id, desk_id, local, lang, claim_id, source_url) VALUES ('c1', 'own', 1, 'vi', NULL, '');
INSERT INTO approvals (check_id, number, member_id, revision, desk_id, local, key_id, signed)
  VALUES ('c1', 1, 'ann', 'r', 'own', 1, 'k1', 0), ('c1', 1, 'bob', 'r', 'own', 1, 'k2', 0),
    ('c1', 2, 'ann', 'r', 'own', 1, 'k1', 0), ('c1', 2, 'bob', 'r', 'own', 1, 'k2', 0);
INSERT INTO evidence (check_id, number, position, stance, url, title, publisher, owner_group, quote, locator, dated, archived, archive_url, sha256)
  VALUES ('c1', 1, 1, 'for', 'https://e.example', 'E', 'P', 'g', 'q', 'l', 1, 0, '', '');
INSERT INTO versions (check_id, number, desk_id, local, desk_power, act, kind, about_power, claimant_kind, verdict, not_rated_kind, rating,
    no_verdict_rating, topic, claim, title, summary, body, todo, link_only, reason, note, published, as_of, author, revision,
    approver_1, approver_2, evidence_count, recorded)
  VALUES ('c1', 1, 'own', 1, 0, 'publish', 'fact', 1, 'office', 'not_true', '', '', 0, 'office', 'Claim', 'T', 'S', 'B', 'D', 0, '', '', 20000, 20000,
    'ann', 'r', 'ann', 'bob', 1, 5),
  ('c1', 2, 'own', 1, 0, 'withdraw', 'fact', 1, 'office', 'not_true', '', '', 0, 'office', 'Claim', 'T', 'S', 'B', 'D', 0, 'error', 'N', 20001, 20000,
    'ann', 'r', 'ann', 'bob', 0, 6);
INSERT INTO latest (check_id, number, desk_id, local, lang, topic, published) VALUES ('c1', 2, 'own', 1, 'vi', 'office', 20001);
`

func upgrade(t *testing.T, o Options, openOld func(db *DB) error) {
	old := &DB{clock: time.Now, zone: time.UTC}
	steps := []error{openOld(old)}
	series, err := old.migrations()
	steps = append(steps, err, old.migrate(t.Context(), series[:1]))
	for _, err := range steps {
		if err != nil {
			t.Fatal(err)
		}
	}
	// A statement at a time: one that fails must fail the test.
	for _, s := range strings.Split(firstRows, ";\n") {
		if strings.TrimSpace(s) == "" {
			continue
		}
		if _, err := old.writer.ExecContext(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.View(t.Context(), func(tx *Tx) error {
		list, err := tx.Versions("c1")
		if err != nil || len(list) != 2 {
			t.Fatalf("%d versions, %v", len(list), err)
		}
		if v := list[0]; v.Claim != "Claim" || v.Author != "ann" || v.LastEditor != "" || v.Published != 20000 || !v.AboutPower {
			t.Errorf("the first version became %+v", v)
		}
		if v := list[1]; !v.Withdrawn() || v.Note != "N" {
			t.Errorf("the withdrawal became %+v", v)
		}
		entries, err := tx.List(ListFilter{}, 0, 10)
		if len(entries) != 1 || entries[0].Version.Number != 2 {
			t.Errorf("the list shows %+v", entries)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{
		`UPDATE versions SET claim = 'forged'`, `DELETE FROM versions`, `UPDATE latest SET number = 1`, `DELETE FROM latest`,
		`UPDATE versions SET claim = '', title = '', summary = '', body = '', todo = '', note = '', erased = 1`,
		`UPDATE evidence SET quote = ''`,
	} {
		if _, err := db.writer.ExecContext(t.Context(), s); err == nil {
			t.Errorf("after the upgrade went through: %s", s)
		}
	}
	err = db.Update(t.Context(), func(tx *Tx) error {
		v, err := tx.Latest("c1")
		if err != nil {
			return err
		}
		v.Number, v.Act, v.LastEditor, v.Gone, v.Note = 3, desk.ErasePersonal, "ann", true, "N2"
		keys := []desk.Approval{{MemberID: "ann", KeyID: "k1", Revision: "r"}, {MemberID: "bob", KeyID: "k2", Revision: "r"}}
		if err := tx.AddVersion(v, "r", keys); err != nil {
			return err
		}
		if n, err := tx.EraseBefore("c1", 3); err != nil || n != 2 {
			t.Errorf("%d versions lost their wording, %v", n, err)
		}
		first, err := tx.Version("c1", 1)
		if !first.Erased || first.Claim+first.Body != "" || first.Evidence[0].Quote != "" || first.Verdict != desk.NotTrue {
			t.Errorf("after the erasing %+v", first)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	upgradedMembers(t, db)
}

// upgradedMembers: members from before there were keys, sessions and languages
// read as they did, approved without a key until they had one, and live by the
// rules that came later.
func upgradedMembers(t *testing.T, db *DB) {
	t.Helper()
	now := db.clock().UTC().Truncate(time.Microsecond)
	ann := desk.Member{ID: "ann", DeskID: "own", Name: "Ann", Role: desk.Editor, KeyID: "k1"}
	err := db.Update(t.Context(), func(tx *Tx) error {
		got, err := tx.Member("ann")
		if got != ann {
			t.Errorf("the member became %+v", got)
		}
		tag, err2 := tx.MemberLang("ann")
		can, err3 := tx.CanSignIn("own")
		published, err4 := tx.HasPublished("own")
		if tag != "vi" || len(can) != 0 || !published {
			t.Errorf("language %q, who can sign in %v, published %v", tag, can, published)
		}
		acts, err5 := tx.MemberActs("own", 10)
		if len(acts) != 0 {
			t.Errorf("the book begins with %+v", acts)
		}
		ann.Role = desk.Admin
		return errors.Join(err, err2, err3, err4, err5, tx.PutMember(ann), tx.NoteAct("role", "ann", "", "admin"),
			tx.AddApprovalKey(desk.NewApprovalKey("k3", "ann", []byte{1}, now, true)),
			tx.AddIdentity(Identity{Issuer: "https://a.example", Subject: "s", MemberID: "ann"}))
	})
	if err != nil {
		t.Error(err)
	}
	for what, do := range map[string]func(tx *Tx) error{
		"a key that does not wait": func(tx *Tx) error { return tx.AddApprovalKey(desk.NewApprovalKey("k4", "bob", []byte{2}, now, false)) },
		"the last administrator leaving": func(tx *Tx) error {
			gone := ann
			gone.Ended = true
			return tx.PutMember(gone)
		},
		"a version with a key that still waits": func(tx *Tx) error {
			v, err := tx.Latest("c1")
			if err != nil {
				return err
			}
			v.Number, v.Act, v.LastEditor, v.Gone, v.Note = 4, desk.ErasePersonal, "ann", true, "N3"
			return tx.AddVersion(v, "r", []desk.Approval{{MemberID: "ann", KeyID: "k3", Revision: "r"}, {MemberID: "bob", KeyID: "k2", Revision: "r"}})
		},
	} {
		if err := db.Update(t.Context(), do); desk.KindOf(err) != desk.Forbidden {
			t.Errorf("after the upgrade, %s: %v", what, err)
		}
	}
}
