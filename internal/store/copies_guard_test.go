package store_test

import (
	"strings"
	"testing"
	"time"

	"sangto/internal/desk"
	"sangto/internal/store"
)

// TestCopiesOnBareSQL: what a published version rests on can be neither
// changed, nor removed, nor pushed under it, by whoever has the database.
func TestCopiesOnBareSQL(t *testing.T) {
	eachEngine(t, func(t *testing.T, b bare) {
		published(t, b.db)
		kept := func(id, text string) desk.Copy {
			c := desk.Copy{
				ID: id, DraftID: "d1", URL: "https://" + id + ".example/", Page: id, Way: desk.CopyUploaded, State: desk.CopyKept, MediaType: "text/plain",
				Text: text, Size: 1, Original: strings.Repeat("0", 64), Kept: time.Unix(1_700_000_000, 0),
			}
			return c.Sealed()
		}
		cited, other := kept("cited", "Lời của trang."), kept("other", "Lời khác.")
		const revision = "rev"
		must(t, b.db.Update(t.Context(), func(tx *store.Tx) error {
			content := desk.Version{Act: desk.Correct, Author: "ann"}
			for _, err := range []error{
				tx.AddDraft(desk.Draft{ID: "d1", DeskID: "own", CheckID: "c1", Base: 1, Lang: "vi", Content: content}), tx.AddCopy(cited), tx.AddCopy(other),
				tx.AddVersion(desk.Version{
					CheckID: "c1", Number: 2, Act: desk.Correct, Kind: desk.FactKind, Verdict: desk.True, Claim: "c", Summary: "s", Author: "ann", Reason: "r", Note: "n",
					Blind:    desk.Classification{Kind: desk.FactKind},
					Evidence: []desk.Evidence{{Stance: desk.For, URL: cited.URL, SHA256: cited.SHA256}},
				}, revision, []desk.Approval{{MemberID: "ann", Revision: revision}, {MemberID: "bob", Revision: revision}}),
			} {
				if err != nil {
					return err
				}
			}
			return nil
		}))
		attempts := []string{
			`UPDATE copies SET text = 'forged' WHERE id = 'cited'`,
			`UPDATE copies SET url = 'https://forged.example/' WHERE id = 'cited'`,
			`UPDATE copies SET kept = 1 WHERE id = 'cited'`,
			`UPDATE copies SET sha256 = '` + other.SHA256 + `' WHERE id = 'cited'`,
			`UPDATE copies SET state = 'wanted' WHERE id = 'cited'`,
			`UPDATE copies SET state = 'failed', reason = 'taken_out', text = '', title = '' WHERE id = 'cited'`,
			`DELETE FROM copies WHERE id = 'cited'`,
			`DELETE FROM copies`,
			`UPDATE version_copies SET copy_id = 'other'`,
			`DELETE FROM version_copies`,
			`INSERT INTO version_copies (check_id, number, position, copy_id) VALUES ('c1', 1, 1, 'other')`,
			`INSERT INTO version_copies (check_id, number, position, copy_id) VALUES ('c1', 2, 1, 'other')`,
		}
		if b.engine == "sqlite" {
			attempts = append(attempts, `INSERT OR REPLACE INTO copies SELECT * FROM copies WHERE id = 'cited'`, `REPLACE INTO version_copies SELECT check_id, number, position, 'other' FROM version_copies`)
		} else {
			attempts = append(attempts, `TRUNCATE copies CASCADE`, `TRUNCATE version_copies`)
		}
		before := b.dump(t, "copies") + b.dump(t, "version_copies")
		if !strings.Contains(before, "Lời của trang.") {
			t.Fatal("the copy is not there, the test would pass on anything")
		}
		for _, s := range attempts {
			if _, err := b.sql.ExecContext(t.Context(), s); err == nil {
				t.Errorf("went through: %s", s)
			}
			if after := b.dump(t, "copies") + b.dump(t, "version_copies"); after != before {
				t.Fatalf("%s changed\n%s\ninto\n%s", s, before, after)
			}
		}
	})
}
