package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"sangto/internal/desk"
	"sangto/internal/store"
)

// standing fills a published database with two notices that stand and one that
// was cancelled, a proposal, and a contest of each fate. "amy" proposed and "bob"
// agreed; "cat" had no part.
func standing(t *testing.T, db *store.DB) (now int64) {
	t.Helper()
	published(t, db)
	keys := desk.Keys{ProposedBy: "amy", ProposedKey: "k", AgreedBy: "bob", AgreedKey: "k"}
	notice := func(tx *store.Tx, id string) desk.Notice {
		at := tx.Now().Truncate(time.Minute)
		return desk.Notice{
			ID: id, DeskID: "own", Number: 1, Act: desk.IssueNotice, Kind: desk.PowerNotice, VI: desk.NoticeText{What: "a", Where: "b", ToDo: "c"},
			Source: "Body", Contact: "1900 1234", From: at, Until: at.Add(time.Hour), SHA256: strings.Repeat("a", 64), Keys: keys,
		}
	}
	contest := func(id, text string) desk.Contest {
		return desk.Contest{
			ID: id, NoticeID: "notice0000000001", DeskID: "own", Number: 1, Day: 20_000, Due: 20_010, Text: desk.StoredText(text),
		}
	}
	must(t, db.Update(t.Context(), func(tx *store.Tx) error {
		now = tx.Now().UnixMicro()
		gone := notice(tx, "notice0000000003")
		over := gone
		over.Number, over.Act, over.Note, over.Issued = 2, desk.CancelNotice, desk.Wording{VI: "n"}, tx.Now()
		for _, err := range []error{
			tx.PutMember(desk.Member{ID: "cat", DeskID: "own", Role: desk.Reviewer, KeyID: "k5"}),
			tx.PutMember(desk.Member{ID: "eve", DeskID: "own", Role: desk.Reviewer, KeyID: "k7", Ended: true}),
			tx.PutMember(desk.Member{ID: "amy", DeskID: "own", Role: desk.Admin, KeyID: "k6"}),
			tx.AddNotice(notice(tx, "notice0000000001")), tx.AddNotice(notice(tx, "notice0000000002")), tx.AddNotice(gone), tx.AddNotice(over),
			tx.AddNoticeContest(contest("contest000000001", "khác")), tx.AddNoticeContest(contest("contest000000002", "nữa")),
			tx.DecideContest(desk.Contest{
				ID: "contest000000002", NoticeID: "notice0000000001", State: desk.ContestDeclined, Decided: 20_001, Answer: "vì", DecidedBy: "cat", DecidedKey: "k5",
			}),
		} {
			if err != nil {
				return err
			}
		}
		return nil
	}))
	return now
}

// Notices cannot be rewritten, prolonged, multiplied or brought out by one
// person with any statement we know.
func TestNoticesOnBareSQL(t *testing.T) {
	decide := func(state, by, second string) string {
		return fmt.Sprintf(`UPDATE notice_contests SET state = '%s', text = '', decided = 20001, answer = 'vì', decided_by = %s, second_by = %s WHERE id = 'contest000000001'`, state, by, second)
	}
	eachEngine(t, func(t *testing.T, b bare) {
		now := standing(t, b.db)
		if b.engine == "sqlite" {
			b.exec(t, `PRAGMA foreign_keys = ON`)
		}
		// add inserts a version; change replaces columns of one that may be added.
		add := func(id string, number int, change map[string]string) string {
			row := map[string]string{
				"notice_id": "'" + id + "'", "number": fmt.Sprint(number), "desk_id": "'own'", "act": "'issue'", "kind": "'power'",
				"what_vi": "'a'", "where_vi": "'b'", "todo_vi": "'c'", "what_en": "''", "where_en": "''", "todo_en": "''",
				"source": "'Body'", "source_url": "''", "contact": "'1900 1234'", "valid_from": fmt.Sprint(now), "valid_until": fmt.Sprint(now + 3_600_000_000),
				"note_vi": "''", "note_en": "''", "alert": "''", "named": "0", "sha256": "'" + strings.Repeat("b", 64) + "'",
				"issued": fmt.Sprint(now + 1), "published": fmt.Sprint(now + 1), "proposed_by": "'amy'", "proposed_key": "'k'", "agreed_by": "'bob'", "agreed_key": "'k'",
			}
			if number > 1 {
				row["act"], row["note_vi"], row["issued"] = "'update'", "'n'", fmt.Sprint(now)
			}
			for name, value := range change {
				row[name] = value
			}
			var names, values []string
			for name, value := range row {
				names, values = append(names, name), append(values, value)
			}
			return `INSERT INTO notices (` + strings.Join(names, ", ") + `) VALUES (` + strings.Join(values, ", ") + `)`
		}
		const fresh, stands, gone = "notice0000000009", "notice0000000001", "notice0000000003"
		hours := func(n int) string { return fmt.Sprint(now + int64(n)*3_600_000_000) }
		attempts := map[string][]string{
			"notices": {
				`UPDATE notices SET what_vi = 'forged'`, `UPDATE notices SET valid_until = valid_until + 1`, `DELETE FROM notices`,
				add(fresh, 1, map[string]string{"agreed_by": "'amy'"}),
				add(fresh, 1, map[string]string{"agreed_by": "'sam'"}),
				add(fresh, 1, map[string]string{"agreed_by": "'eve'"}),
				add(fresh, 1, map[string]string{"valid_until": hours(73)}),
				add(fresh, 1, map[string]string{"valid_from": hours(-71), "valid_until": hours(2)}),
				add(fresh, 1, map[string]string{"valid_from": hours(-2), "valid_until": hours(-1)}),
				add(fresh, 1, map[string]string{"published": hours(-1), "issued": hours(-1)}),
				add(fresh, 1, map[string]string{"published": hours(0)}),
				add(fresh, 1, map[string]string{"kind": "'security'"}),
				add(fresh, 1, map[string]string{"act": "'order'"}),
				add(fresh, 1, map[string]string{"todo_vi": "''"}),
				add(fresh, 1, map[string]string{"source": "''"}),
				add(fresh, 2, nil),
				add(stands, 2, map[string]string{"act": "'issue'"}),
				add(stands, 2, map[string]string{"source": "'Police'"}),
				add(stands, 2, map[string]string{"issued": fmt.Sprint(now + 1)}),
				add(stands, 2, map[string]string{"note_vi": "''"}),
				add(stands, 2, map[string]string{"valid_until": hours(73)}),
				add(stands, 2, map[string]string{"published": hours(2), "valid_until": hours(3)}),
				add(stands, 3, nil),
				add(gone, 3, nil),
			},
			"notice_contests": {
				decide("declined", "'amy'", "NULL"), decide("declined", "'bob'", "NULL"), decide("declined", "NULL", "NULL"),
				decide("upheld", "'amy'", "'bob'"), decide("shown", "'cat'", "NULL"), decide("declined", "'sam'", "NULL"), decide("declined", "'eve'", "NULL"),
				`UPDATE notice_contests SET text = 'other' WHERE id = 'contest000000001'`, `UPDATE notice_contests SET due = due + 30`,
				`UPDATE notice_contests SET state = 'upheld' WHERE id = 'contest000000002'`,
				`UPDATE notice_contests SET answer = 'forged' WHERE id = 'contest000000002'`,
				`DELETE FROM notice_contests`, `DELETE FROM notice_contests WHERE id = 'contest000000001'`,
			},
		}
		for table, statements := range attempts {
			before := b.dump(t, table)
			if b.engine == "postgres" {
				statements = append(statements, `TRUNCATE `+table+` CASCADE`)
			} else {
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
		// Two stand: a third may, a fourth may not, and an update is no fourth.
		b.exec(t, add(fresh, 1, nil))
		for _, s := range []string{
			add("notice0000000010", 1, map[string]string{"issued": fmt.Sprint(now + 2), "published": fmt.Sprint(now + 2)}),
			add("notice0000000010", 1, map[string]string{"issued": hours(-90), "published": hours(-90), "valid_from": hours(-90), "valid_until": hours(-89)}),
		} {
			if _, err := b.sql.ExecContext(t.Context(), s); err == nil {
				t.Errorf("went through: %s", s)
			}
		}
		b.exec(t, add(stands, 2, map[string]string{"published": fmt.Sprint(now + 2)}))
		// When the three are over there is room again.
		b.exec(t, add("notice0000000010", 1, map[string]string{"issued": hours(2), "published": hours(2), "valid_until": hours(3)}))
	})
}
