package store_test

import (
	"fmt"
	"strings"
	"testing"

	"sangto/internal/desk"
	"sangto/internal/store"
)

// after fills a published database with what comes after a check: a page, a
// declaration, a waiting contest and reply, a shown reply, an aside. "ann" wrote
// c1 and "bob" approved it; "cat" had no part.
func after(t *testing.T, db *store.DB) {
	t.Helper()
	published(t, db)
	mac := func(c string) []byte { return []byte(strings.Repeat(c, 32)) }
	contest := func(id, m string, kind desk.ContestKind, text string) desk.Contest {
		return desk.Contest{
			ID: id, CheckID: "c1", DeskID: "own", Number: 1, Kind: kind, State: desk.ContestWaiting, Day: 20_000, Due: 20_010,
			ReceiptMAC: mac(m), TextMAC: mac(m), Text: desk.StoredText(text),
		}
	}
	keys := desk.Keys{ProposedBy: "amy", ProposedKey: "k", AgreedBy: "bob", AgreedKey: "k"}
	must(t, db.Update(t.Context(), func(tx *store.Tx) error {
		for _, err := range []error{
			tx.PutMember(desk.Member{ID: "cat", DeskID: "own", Role: desk.Reviewer, KeyID: "k5"}),
			tx.PutMember(desk.Member{ID: "amy", DeskID: "own", Role: desk.Admin, KeyID: "k6"}),
			tx.AddPolicyPage(desk.PolicyPage{
				DeskID: "own", Kind: desk.MethodologyPage, Number: 1, Text: desk.Wording{VI: "x"}, SHA256: strings.Repeat("a", 64), Day: 20_000, Keys: keys,
			}),
			tx.Declare(desk.Declaration{
				DeskID: "own", Number: 1, Owner: "o", OwnerKind: desk.OwnerIndependent, Funders: "f", FunderKind: desk.OwnerUnknown,
				Note: desk.Wording{VI: "n"}, SHA256: strings.Repeat("b", 64), Day: 20_000, Keys: keys,
			}),
			tx.AddContest(contest("contest000000001", "1", desk.ContestCheck, "khác")),
			tx.AddContest(contest("contest000000002", "2", desk.ReplyToCheck, "lời đáp")),
			tx.AddContest(contest("contest000000003", "3", desk.ContestCheck, "nữa")),
			tx.ShowReply("contest000000002", desk.Member{ID: "cat", KeyID: "k5"}),
			tx.DecideContest(desk.Contest{ID: "contest000000002", State: desk.ReplyShown, Decided: 20_001, DecidedBy: "cat", DecidedKey: "k5"}),
			tx.DecideContest(desk.Contest{ID: "contest000000003", State: desk.ContestDeclined, Decided: 20_001, Answer: "vì", DecidedBy: "cat", DecidedKey: "k5"}),
			tx.PutAside(desk.Aside{CheckID: "c1", OtherID: "c2", Number: 1, Shown: true, Day: 20_000, MemberID: "cat", KeyID: "k5"}),
		} {
			if err != nil {
				return err
			}
		}
		return nil
	}))
}

// What came after a check cannot be rewritten, decided by somebody involved or
// hidden by one person, with any statement we know.
func TestAfterOnBareSQL(t *testing.T) {
	decide := func(state, by, second string) string {
		return fmt.Sprintf(`UPDATE contests SET state = '%s', text = '', decided = 20001, answer = 'vì', decided_by = %s, second_by = %s WHERE id = 'contest000000001'`, state, by, second)
	}
	aside := `INSERT INTO asides (check_id, other_id, number, desk_id, local, other_desk, other_local, act, day, member_id, key_id, second_by, second_key, reason) VALUES `
	policy := `INSERT INTO policies (desk_id, kind, number, text_vi, text_en, sha256, day, proposed_by, proposed_key, agreed_by, agreed_key) VALUES `
	attempts := map[string][]string{
		"policies": {
			`UPDATE policies SET text_vi = 'forged'`, `DELETE FROM policies`,
			policy + `('own', 'funding', 1, 'x', '', '` + strings.Repeat("a", 64) + `', 1, 'amy', '', 'amy', '')`,
			policy + `('own', 'funding', 1, 'x', '', '` + strings.Repeat("a", 64) + `', 1, 'cat', '', 'amy', '')`,
			policy + `('own', 'funding', 2, 'x', '', '` + strings.Repeat("a", 64) + `', 1, 'amy', '', 'bob', '')`,
		},
		"declarations": {`UPDATE declarations SET owner = 'forged'`, `DELETE FROM declarations`},
		"desks":        {`UPDATE desks SET owner_kind = 'company' WHERE id = 'own'`, `UPDATE desks SET funders = 'nobody' WHERE id = 'own'`},
		"contests": {
			decide("declined", "'ann'", "NULL"), decide("declined", "'bob'", "NULL"), decide("declined", "NULL", "NULL"),
			decide("upheld", "'ann'", "'bob'"), decide("shown", "'cat'", "NULL"), decide("declined", "'sam'", "NULL"),
			`UPDATE contests SET state = 'declined', decided = 20001, answer = 'vì', decided_by = 'cat' WHERE id = 'contest000000001'`,
			`UPDATE contests SET text = 'other' WHERE id = 'contest000000001'`,
			`UPDATE contests SET due = due + 30`, `UPDATE contests SET day = day + 1`,
			`UPDATE contests SET state = 'upheld' WHERE id = 'contest000000003'`,
			`UPDATE contests SET answer = 'forged' WHERE id = 'contest000000003'`,
			`DELETE FROM contests WHERE id = 'contest000000003'`,
			`DELETE FROM contests`,
		},
		"replies": {
			`UPDATE replies SET text = 'edited'`, `DELETE FROM replies`,
			`UPDATE replies SET text = '', erased = 1, erased_by = 'ann', second_by = 'ann'`,
			`UPDATE replies SET text = '', erased = 1, erased_by = 'ann'`,
			`INSERT INTO replies (id, check_id, desk_id, local, text, day, accepted_by, accepted_key, erased, erased_key, second_key)
				VALUES ('contest000000001', 'c1', 'own', 1, 'khác', 1, 'cat', '', 0, '', '')`,
		},
		"asides": {
			`UPDATE asides SET act = 'take_away'`, `DELETE FROM asides`,
			aside + `('c1', 'c2', 2, 'own', 1, 'other', 0, 'take_away', 1, 'ann', '', NULL, '', 'r')`,
			aside + `('c1', 'c2', 2, 'own', 1, 'other', 0, 'take_away', 1, 'ann', '', 'ann', '', 'r')`,
			aside + `('c1', 'c2', 2, 'own', 1, 'other', 0, 'take_away', 1, 'ann', '', 'bob', '', '')`,
			aside + `('c1', 'c2', 3, 'own', 1, 'other', 0, 'show', 1, 'ann', '', NULL, '', '')`,
		},
	}
	eachEngine(t, func(t *testing.T, b bare) {
		after(t, b.db)
		if b.engine == "sqlite" {
			b.exec(t, `PRAGMA foreign_keys = ON`)
		}
		for table, statements := range attempts {
			before := b.dump(t, table)
			if before == "" {
				t.Fatalf("%s is empty, the test would pass on anything", table)
			}
			if b.engine == "postgres" && table != "desks" {
				statements = append(statements, `TRUNCATE `+table+` CASCADE`)
			} else if table != "desks" && table != "contests" {
				statements = append(statements, `INSERT OR REPLACE INTO `+table+` SELECT * FROM `+table)
			}
			for _, s := range statements {
				if _, err := b.sql.ExecContext(t.Context(), s); err == nil {
					t.Errorf("went through: %s", s)
				}
				if now := b.dump(t, table); now != before {
					t.Fatalf("%s changed %s:\n%s\nwas\n%s", s, table, now, before)
				}
			}
		}
		b.exec(t, decide("declined", "'cat'", "NULL"))
	})
}
