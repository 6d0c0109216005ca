package store_test

import (
	"fmt"
	"strings"
	"testing"

	"sangto/internal/desk"
	"sangto/internal/store"
)

// recorded gives every version of published its leaf and words, and ends with
// a leaf that has none.
func recorded(t *testing.T, db *store.DB) {
	t.Helper()
	must(t, db.Update(t.Context(), func(tx *store.Tx) error {
		hash := strings.Repeat("a", 64)
		for _, l := range []struct {
			leaf           store.Leaf
			check, content string
		}{
			{store.Leaf{Kind: "policy", Subject: "own methodology", Rev: 1}, "", "page"},
			{store.Leaf{Kind: "publish", Subject: "c1", Rev: 1}, "c1", "words"},
			{store.Leaf{Kind: "beat", Subject: "beat"}, "", ""},
		} {
			l.leaf.Bytes, l.leaf.Hash = []byte(`{"kind":"`+l.leaf.Kind+`"}`), hash
			if _, err := tx.AddLeaf(l.leaf, l.check, l.content); err != nil {
				return err
			}
		}
		return nil
	}))
}

// Every way we know to change, remove, reorder or slip in an entry of the
// public record, or to change or take away the words behind one.
func TestRecordOnBareSQL(t *testing.T) {
	hash := `'` + strings.Repeat("b", 64) + `'`
	entry := func(idx string) string {
		return `INSERT INTO leaves (idx, kind, subject, rev, leaf, hash) VALUES (` + idx + `, 'publish', 'c1', 1, '{"forged":1}', ` + hash + `)`
	}
	words := func(idx string) string {
		return `INSERT INTO leaf_contents (idx, check_id, rev, content) VALUES (` + idx + `, 'c1', 1, 'forged')`
	}
	attempts := map[string][]string{
		"": {
			`UPDATE leaves SET leaf = '{"forged":1}' WHERE idx = 1`,
			`UPDATE leaves SET hash = ` + hash,
			`UPDATE leaves SET subject = 'c2'`,
			`UPDATE leaves SET idx = idx + 10`,
			`UPDATE leaves SET leaf = leaf`,
			`DELETE FROM leaves WHERE idx = 2`,
			`DELETE FROM leaves`,
			entry("0"), entry("1"), entry("2"), entry("4"), entry("-1"), entry("NULL"),
			entry("1") + ` ON CONFLICT (idx) DO UPDATE SET leaf = excluded.leaf`,
			entry("1") + ` ON CONFLICT (idx) DO NOTHING`,
			entry("2") + ` ON CONFLICT (idx) DO UPDATE SET leaf = excluded.leaf`,
			`INSERT INTO leaves SELECT * FROM leaves`,
			`INSERT INTO leaves SELECT idx + 4, kind, subject, rev, leaf, hash FROM leaves`,
			strings.Replace(entry("3"), "'publish'", "'rumour'", 1),
			strings.Replace(entry("3"), hash, "'short'", 1),
			`UPDATE leaf_contents SET content = 'forged' WHERE idx = 1`,
			`UPDATE leaf_contents SET idx = 2 WHERE idx = 1`,
			`UPDATE leaf_contents SET check_id = '', rev = 0`,
			`UPDATE leaf_contents SET content = content`,
			`DELETE FROM leaf_contents WHERE idx = 1`,
			`DELETE FROM leaf_contents WHERE check_id = ''`,
			`DELETE FROM leaf_contents`,
			words("0"), words("1"), words("3"),
			words("1") + ` ON CONFLICT (idx) DO UPDATE SET content = excluded.content`,
			words("1") + ` ON CONFLICT (idx) DO NOTHING`,
		},
		"sqlite": {
			strings.Replace(entry("1"), "INSERT", "REPLACE", 1),
			strings.Replace(entry("1"), "INSERT", "INSERT OR REPLACE", 1),
			strings.Replace(entry("2"), "INSERT", "INSERT OR REPLACE", 1),
			`INSERT OR REPLACE INTO leaves SELECT * FROM leaves WHERE idx = 2`,
			`UPDATE OR REPLACE leaves SET idx = 2 WHERE idx = 1`,
			strings.Replace(words("1"), "INSERT", "REPLACE", 1),
			strings.Replace(words("1"), "INSERT", "INSERT OR REPLACE", 1),
			`UPDATE OR REPLACE leaf_contents SET idx = 0 WHERE idx = 1`,
		},
		"postgres": {
			`TRUNCATE leaves`, `TRUNCATE leaves CASCADE`, `TRUNCATE leaf_contents`, `TRUNCATE leaves, leaf_contents`,
			`WITH gone AS (DELETE FROM leaf_contents RETURNING idx) SELECT * FROM gone`,
			`MERGE INTO leaves l USING (SELECT 1 AS idx) s ON l.idx = s.idx WHEN MATCHED THEN UPDATE SET leaf = '{"forged":1}'`,
			`MERGE INTO leaves l USING (SELECT 1 AS idx) s ON l.idx = s.idx WHEN MATCHED THEN DELETE`,
		},
	}
	eachEngine(t, func(t *testing.T, b bare) {
		published(t, b.db)
		recorded(t, b.db)
		state := func() string { return b.dump(t, "leaves") + b.dump(t, "leaf_contents") }
		before := state()
		if strings.Count(before, "\n") != 5 {
			t.Fatalf("not what the attempts are about:\n%s", before)
		}
		for _, s := range append(append([]string{}, attempts[""]...), attempts[b.engine]...) {
			if _, err := b.sql.ExecContext(t.Context(), s); err == nil {
				t.Errorf("went through: %s", s)
			}
			if after := state(); after != before {
				t.Fatalf("%s changed\n%s\ninto\n%s", s, before, after)
			}
		}
		if b.engine == "postgres" {
			// Where ordinary triggers sleep, those of the record do not.
			b.exec(t, `SET session_replication_role = replica`)
			for _, s := range []string{attempts[""][0], `DELETE FROM leaves`, `TRUNCATE leaves CASCADE`, entry("4"), `DELETE FROM leaf_contents`, `TRUNCATE leaf_contents`, words("1")} {
				if _, err := b.sql.ExecContext(t.Context(), s); err == nil {
					t.Errorf("went through with sleeping triggers: %s", s)
				}
			}
			b.exec(t, `SET session_replication_role = origin`)
			if after := state(); after != before {
				t.Errorf("with sleeping triggers\n%s\nbecame\n%s", before, after)
			}
		}
		// Each attempt differs in one point from what is taken.
		b.exec(t, entry("3"))
		b.exec(t, words("3"))
		newest := []string{words("3") + ` ON CONFLICT (idx) DO UPDATE SET content = 'other'`}
		if b.engine == "sqlite" {
			newest = append(newest, strings.Replace(words("3"), "INSERT", "REPLACE", 1))
		}
		before = state()
		for _, s := range newest {
			if _, err := b.sql.ExecContext(t.Context(), s); err == nil || state() != before {
				t.Errorf("went through on the newest: %s", s)
			}
		}
	})
}

// Words go by bare SQL only where a later version erased them, and what went
// is not put back, not even other words in its place.
func TestErasedWordsOnBareSQL(t *testing.T) {
	eachEngine(t, func(t *testing.T, b bare) {
		published(t, b.db)
		recorded(t, b.db)
		must(t, b.db.Update(t.Context(), func(tx *store.Tx) error {
			v := desk.Version{
				CheckID: "c1", Number: 2, Act: desk.ErasePersonal, Kind: desk.FactKind, Verdict: desk.True, Claim: "c", Summary: "s", Author: "ann",
				LastEditor: "ann", Gone: true, Reason: "r", Note: "n", Blind: desk.Classification{Kind: desk.FactKind},
				Evidence: []desk.Evidence{{Stance: desk.For, URL: "https://e.example"}},
			}
			return tx.AddVersion(v, "rev2", []desk.Approval{{MemberID: "ann", Revision: "rev2"}, {MemberID: "bob", Revision: "rev2"}})
		}))
		if _, err := b.sql.ExecContext(t.Context(), `DELETE FROM leaf_contents WHERE idx = 0`); err == nil {
			t.Error("a page's words went with a check's")
		}
		b.exec(t, `DELETE FROM leaf_contents WHERE idx = 1`)
		after := b.dump(t, "leaf_contents")
		if strings.Contains(after, "words") || !strings.Contains(after, "page") {
			t.Errorf("left: %s", after)
		}
		for _, words := range []string{"words", "others"} {
			if _, err := b.sql.ExecContext(t.Context(), `INSERT INTO leaf_contents (idx, check_id, rev, content) VALUES (1, 'c1', 1, '`+words+`')`); err == nil {
				t.Errorf("%q came back", words)
			}
		}
		if n := strings.Count(b.dump(t, "leaves"), "\n"); n != 3 {
			t.Errorf("%d leaves are left of 3", n)
		}
	})
}

// refuses runs statements that are each to be refused and to change nothing.
func (b bare) refuses(t *testing.T, why string, statements ...string) {
	t.Helper()
	state := func() string {
		return b.dump(t, "leaves") + b.dump(t, "leaf_contents") + b.dump(t, "versions") + b.dump(t, "evidence")
	}
	before := state()
	for _, s := range statements {
		if _, err := b.sql.ExecContext(t.Context(), s); err == nil {
			t.Errorf("%s: went through: %s", why, s)
		}
		if after := state(); after != before {
			t.Fatalf("%s: %s changed\n%s\ninto\n%s", why, s, before, after)
		}
	}
}

// entryOf appends an entry by bare SQL, as a repair does that has no words.
func (b bare) entryOf(t *testing.T, idx int, kind, subject string, rev int) {
	t.Helper()
	b.exec(t, fmt.Sprintf(`INSERT INTO leaves (idx, kind, subject, rev, leaf, hash) VALUES (%d, '%s', '%s', %d, '{}', '%s')`,
		idx, kind, subject, rev, strings.Repeat("c", 64)))
}

// wordsOf puts words behind an entry.
func wordsOf(idx int, check string, rev int) string {
	return fmt.Sprintf(`INSERT INTO leaf_contents (idx, check_id, rev, content) VALUES (%d, '%s', %d, 'late')`, idx, check, rev)
}

// behindItsBack are the ways around an INSERT that refuses.
func (b bare) behindItsBack(s string) []string {
	ways := []string{s, s + ` ON CONFLICT (idx) DO UPDATE SET content = excluded.content`, s + ` ON CONFLICT (idx) DO NOTHING`}
	if b.engine == "sqlite" {
		return append(ways, strings.Replace(s, "INSERT", "REPLACE", 1), strings.Replace(s, "INSERT", "INSERT OR IGNORE", 1))
	}
	return append(ways, `WITH late AS (`+s+` RETURNING idx) SELECT * FROM late`)
}

// TestLateWordsOnBareSQL: words may come after their entry, once, and only those of
// the very version or page that the entry is of.
func TestLateWordsOnBareSQL(t *testing.T) {
	eachEngine(t, func(t *testing.T, b bare) {
		published(t, b.db)
		b.entryOf(t, 0, "policy", "own methodology", 1)
		b.entryOf(t, 1, "publish", "c1", 1)
		b.entryOf(t, 2, "publish", "c3", 1)
		b.entryOf(t, 3, "beat", "beat", 0)
		b.refuses(t, "not its own words", wordsOf(1, "c3", 1), wordsOf(1, "c1", 2), wordsOf(1, "c1", 0), wordsOf(1, "", 1), wordsOf(1, "C1", 1),
			wordsOf(0, "c1", 1), wordsOf(0, "", 2), wordsOf(3, "", 0), wordsOf(3, "c1", 1), wordsOf(4, "c1", 1))
		b.exec(t, wordsOf(1, "c1", 1))
		b.exec(t, wordsOf(0, "", 1))
		b.refuses(t, "a second time", append(b.behindItsBack(wordsOf(1, "c1", 1)), b.behindItsBack(wordsOf(0, "", 1))...)...)
		b.refuses(t, "not erased", `DELETE FROM leaf_contents WHERE idx = 1`, `DELETE FROM leaf_contents WHERE idx = 0`)
	})
}

// TestNoLateWordsAfterAnErasureOnBareSQL: words that were not there when a version of
// the check erased them do not come afterwards, whatever was there before.
func TestNoLateWordsAfterAnErasureOnBareSQL(t *testing.T) {
	eachEngine(t, func(t *testing.T, b bare) {
		published(t, b.db)
		b.entryOf(t, 0, "publish", "c1", 1)
		b.entryOf(t, 1, "publish", "c3", 1)
		must(t, b.db.Update(t.Context(), func(tx *store.Tx) error {
			v := desk.Version{
				CheckID: "c1", Number: 2, Act: desk.ErasePersonal, Kind: desk.FactKind, Verdict: desk.True, Claim: "c", Summary: "s", Author: "ann",
				LastEditor: "ann", Gone: true, Reason: "r", Note: "n", Blind: desk.Classification{Kind: desk.FactKind},
				Evidence: []desk.Evidence{{Stance: desk.For, URL: "https://e.example"}},
			}
			return tx.AddVersion(v, "rev2", []desk.Approval{{MemberID: "ann", Revision: "rev2"}, {MemberID: "bob", Revision: "rev2"}})
		}))
		b.refuses(t, "erased by a version", b.behindItsBack(wordsOf(0, "c1", 1))...)
		b.entryOf(t, 2, "erase_personal", "c1", 2)
		b.refuses(t, "erased by a version with its entry", b.behindItsBack(wordsOf(0, "c1", 1))...)
		b.exec(t, wordsOf(1, "c3", 1))
		b.exec(t, wordsOf(2, "c1", 2))
	})
}

// TestErasureOfTheRecordOnBareSQL: an erasure of which only the entry is there erases
// as one that has its version. Nothing else does, and nothing comes back after it.
func TestErasureOfTheRecordOnBareSQL(t *testing.T) {
	const (
		forget  = `DELETE FROM leaf_contents WHERE idx = `
		blank   = `UPDATE versions SET claim = '', title = '', summary = '', body = '', todo = '', note = '', one_source = '', sought = '', reply_note = '', erased = 1`
		sources = `UPDATE evidence SET url = '', title = '', publisher = '', owner_group = '', quote = '', locator = '', archive_url = '', sha256 = ''`
		ofFirst = ` WHERE check_id = 'c1' AND number = 1`
	)
	eachEngine(t, func(t *testing.T, b bare) {
		published(t, b.db)
		b.entryOf(t, 0, "publish", "c1", 1)
		b.exec(t, wordsOf(0, "c1", 1))
		b.entryOf(t, 1, "publish", "c3", 1)
		b.entryOf(t, 2, "correct", "c1", 2)
		all := []string{forget + "0", blank + ofFirst, sources + ofFirst}
		b.refuses(t, "corrected", all...)
		b.entryOf(t, 3, "erase_personal", "c3", 9)
		b.refuses(t, "another check was erased", all...)
		b.entryOf(t, 4, "erase_personal", "c1", 1)
		b.refuses(t, "the erasure is this version's own", all...)
		b.entryOf(t, 5, "erase_personal", "c1", 3)
		b.refuses(t, "more than the wording",
			strings.Replace(blank, "claim = ''", "claim = 'other'", 1)+ofFirst, strings.Replace(blank, "erased = 1", "erased = 0", 1)+ofFirst,
			blank+`, verdict = 'not_true'`+ofFirst, blank+`, published = published + 1`+ofFirst, blank+`, number = 7`+ofFirst, blank+`, revision = 'x'`+ofFirst,
			sources+`, stance = 'against'`+ofFirst, strings.Replace(sources, "url = ''", "url = 'https://other.example'", 1)+ofFirst,
			`DELETE FROM versions`+ofFirst, `DELETE FROM evidence`+ofFirst, `UPDATE leaf_contents SET content = 'other' WHERE idx = 0`, `DELETE FROM leaves WHERE idx = 0`)
		for _, s := range all {
			b.exec(t, s)
		}
		if left := b.dump(t, "leaf_contents"); strings.Contains(left, "late") {
			t.Errorf("the words are there: %s", left)
		}
		back := append(b.behindItsBack(wordsOf(0, "c1", 1)), b.behindItsBack(wordsOf(2, "c1", 2))...)
		back = append(back, `UPDATE versions SET claim = 'c'`+ofFirst, `UPDATE versions SET erased = 0`+ofFirst, `UPDATE evidence SET url = 'https://e.example'`+ofFirst)
		b.refuses(t, "erased by an entry", back...)
		if b.engine == "postgres" {
			b.exec(t, `SET session_replication_role = replica`)
			b.refuses(t, "erased by an entry, with sleeping triggers", wordsOf(0, "c1", 1), wordsOf(2, "c1", 2))
			b.exec(t, `SET session_replication_role = origin`)
		}
		// The erasure's own words are what stays.
		b.exec(t, wordsOf(5, "c1", 3))
		b.refuses(t, "what erased stays", forget+"5")
	})
}
