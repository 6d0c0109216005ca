package storetest

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"

	"sangto/internal/desk"
	"sangto/internal/store"
)

// ahead are acts that only the record has of a check, as kinds of its entries from
// version 2 on, and what a reader is shown for its newest version.
type ahead struct {
	kinds  string
	lapses desk.Day
	act    desk.Act
	// hidden says that the old words are, lost that it is not by an order.
	hidden, lost, gone bool
}

// testAhead: what the record has of a check and the database lacks hides the old
// words from every public read, unless it was an order that holds no longer.
func testAhead(t *testing.T, db *store.DB) {
	newsroom(t, db)
	var today desk.Day
	view(t, db, func(tx *store.Tx) error { today = tx.Day(); return nil })
	cases := map[string]ahead{
		"order":    {"withhold_order", today + 1, desk.WithholdOrder, true, false, false},
		"over":     {"withhold_order", today, desk.Publish, false, false, false},
		"lapsed":   {"withhold_order lapsed", today + 1, desk.Publish, false, false, false},
		"ended":    {"withhold_order restore", today + 9, desk.Publish, false, false, false},
		"again":    {"withhold_order restore withhold_order", today + 9, desk.WithholdOrder, true, false, false},
		"withdraw": {"retract", 0, desk.Withdraw, true, true, true},
		"wordless": {"erase_personal", 0, desk.ErasePersonal, true, true, false},
		"correct":  {"correct", 0, desk.Correct, true, true, false},
		"then":     {"retract withhold_order", today, desk.WithholdOrder, true, true, true},
		"both":     {"correct withhold_order", today + 1, desk.WithholdOrder, true, false, false},
		"aside":    {"dispute", 0, desk.Publish, false, false, false},
		"level":    {"", 0, desk.Publish, false, false, false},
	}
	for id := range maps.Keys(cases) {
		update(t, db, func(tx *store.Tx) error {
			v := localVersion(id, 1)
			v.Claim = "words of " + id
			v.Evidence = []desk.Evidence{{Stance: desk.For, URL: "https://a.example/" + id}}
			return errors.Join(tx.AddCheck(localCheck(id)), tx.AddVersion(v, revision, approvals("ann", "bob")))
		})
	}
	var last int64
	var before store.Figures
	view(t, db, func(tx *store.Tx) error {
		var err, err2 error
		last, err = tx.LastChange()
		before, err2 = tx.Figures(localDesk)
		return errors.Join(err, err2)
	})
	for id, c := range cases {
		update(t, db, func(tx *store.Tx) error { return onRecord(tx, id, c, today) })
	}
	view(t, db, func(tx *store.Tx) error {
		listed, err := tx.List(store.ListFilter{LocalOnly: true}, 0, 100)
		for _, e := range listed {
			seen(t, "list", e.Check.ID, cases, e.Version)
		}
		some, err2 := tx.Entries([]string{"order", "withdraw", "level"})
		for id, e := range some {
			seen(t, "entries", id, cases, e.Version)
		}
		err3 := tx.EachEntry(func(e store.Entry) error { seen(t, "walk", e.Check.ID, cases, e.Version); return nil })
		err4 := tx.EachPublished(func(p store.Published) error {
			if c, ok := cases[p.Check.ID]; ok {
				seen(t, "everything", p.Check.ID, cases, p.Latest())
				wholeHistory(t, p, c)
			}
			return nil
		})
		after, err5 := tx.Figures(localDesk)
		same(t, "checks that stand and are not the newest of the record", before.Standing[0].Count-after.Standing[0].Count, 10)
		taken, err6 := tx.TakenBack(last)
		same(t, "taken back before anybody was told", taken, false)
		lapsed, err7 := tx.LapsedAhead(today, today)
		same(t, "lapsed today", lapsed, []string{"lapsed", "over", "then"})
		_, missing := tx.Ahead("none")
		kind(t, "of no check", missing, desk.NotFound)
		return errors.Join(err, err2, err3, err4, err5, err6, err7)
	})
	update(t, db, func(tx *store.Tx) error { return tx.TellAgain("level") })
	view(t, db, func(tx *store.Tx) error {
		taken, err := tx.TakenBack(last)
		same(t, "taken back from a check that is level", taken, false)
		return err
	})
	for _, id := range []string{"order", "withdraw", "wordless"} {
		view(t, db, func(tx *store.Tx) error { var err error; last, err = tx.LastChange(); return err })
		update(t, db, func(tx *store.Tx) error { return tx.TellAgain(id) })
		view(t, db, func(tx *store.Tx) error {
			taken, err := tx.TakenBack(last)
			same(t, "taken back from "+id, taken, true)
			return err
		})
	}
	update(t, db, func(tx *store.Tx) error {
		v := localVersion("correct", 2)
		v.Claim = "new words"
		return tx.AddVersion(v, revision, approvals("ann", "bob"))
	})
	view(t, db, func(tx *store.Tx) error {
		back, err := tx.Entries([]string{"correct"})
		same(t, "its version is back", back["correct"].Version.Claim, "new words")
		return err
	})
}

// onRecord writes entries of acts whose versions are not there.
func onRecord(tx *store.Tx, id string, c ahead, today desk.Day) error {
	rev := 1
	for _, k := range strings.Fields(c.kinds) {
		l, more := leafOf(k, id, rev+1), ""
		switch k {
		case "lapsed":
			l, more = leafOf("restore", id, rev), fmt.Sprintf(`,"reason":"lapsed","day":%q`, today)
		case "withhold_order":
			more = fmt.Sprintf(`,"day":%q,"order_body":"the court","law":"the law","digest":"d","ordered":%q,"expires":%q`, today-9, today-10, c.lapses)
		}
		l.Bytes = []byte(strings.TrimSuffix(string(l.Bytes), "}") + more + "}")
		if _, err := tx.AddLeaf(l, "", ""); err != nil {
			return err
		}
		rev = l.Rev
	}
	return nil
}

func seen(t *testing.T, where, id string, cases map[string]ahead, v desk.Version) {
	t.Helper()
	c, ok := cases[id]
	if !ok {
		return
	}
	if v.Act != c.act || v.Lost != c.lost || v.Withdrawn() != c.gone || (v.Claim == "") != c.hidden || v.IsHidden() != c.hidden || v.Topic != "health" {
		t.Errorf("%s, %s: %+v", where, id, v)
	}
	if c.act == desk.WithholdOrder && (v.Order.Body != "the court" || v.Order.Law != "the law" || v.Order.Lapses != c.lapses || v.Published == 0) {
		t.Errorf("%s, %s: the order is not told: %+v", where, id, v)
	}
}

// wholeHistory wants every version that the record has, and of what is hidden no
// word and no source.
func wholeHistory(t *testing.T, p store.Published, c ahead) {
	t.Helper()
	want := 1
	if c.hidden {
		want += len(strings.Fields(c.kinds))
	}
	if len(p.Versions) != want {
		t.Errorf("%s has %d versions, want %d", p.Check.ID, len(p.Versions), want)
	}
	for i, v := range p.Versions {
		if v.Number != i+1 || c.hidden && (v.Claim != "" || v.Title != "" || v.Summary != "" || len(v.Evidence) > 0) {
			t.Errorf("%s, version %d: %+v", p.Check.ID, i+1, v)
		}
	}
}

// testLog: while an order withholds a check, the log of corrections has none of its
// words, also not those of an earlier correction.
func testLog(t *testing.T, db *store.DB) {
	newsroom(t, db)
	update(t, db, func(tx *store.Tx) error {
		order := localVersion("c1", 3)
		order.Act, order.Published = desk.WithholdOrder, tx.Day()
		order.Order = desk.Order{Body: "o", Law: "l", Date: tx.Day(), Digest: strings.Repeat("d", 64), Lapses: tx.Day() + desk.OrderDays}
		return errors.Join(tx.AddVersion(localVersion("c1", 2), revision, approvals("ann", "bob")), tx.AddVersion(order, revision, approvals("ann", "bob", "cat")),
			tx.AddVersion(localVersion("c2", 2), revision, approvals("ann", "bob")))
	})
	wordless := func(want map[string]bool) {
		t.Helper()
		view(t, db, func(tx *store.Tx) error {
			log, n, err := tx.Later(localDesk, 0, 10)
			got := map[string]bool{}
			for _, e := range log {
				got[fmt.Sprint(e.Check.ID, " ", e.Version.Number)] = e.Version.Claim+e.Version.Title+e.Version.Summary == ""
			}
			same(t, "hidden", got, want)
			same(t, "how many", n, len(want))
			return err
		})
	}
	wordless(map[string]bool{"c1 2": true, "c1 3": true, "c2 2": false})
	update(t, db, func(tx *store.Tx) error {
		return onRecord(tx, "c2", ahead{kinds: "correct retract"}, tx.Day())
	})
	wordless(map[string]bool{"c1 2": true, "c1 3": true, "c2 2": true})
}
