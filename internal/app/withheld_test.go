package app_test

import (
	"strings"
	"testing"

	"sangto/internal/catalog"
	"sangto/internal/desk"
	"sangto/internal/lookup"
	"sangto/internal/store"
)

// TestWithheldEverywhere hides a check by an order and asks every public door
// for its words: its page, its versions, the list, the look-up. All of the
// order is shown, and after 180 days the check is back by itself.
func TestWithheldEverywhere(t *testing.T) {
	o := newWritingRoom(t)
	const words = "Đập mở lúc hai mươi hai giờ đêm nay"
	id := "c000000000000001"
	keys := func(n int) []desk.Approval {
		return []desk.Approval{
			{MemberID: "an", KeyID: "key-an", Revision: "r"},
			{MemberID: "binh", KeyID: "key-binh", Revision: "r"},
			{MemberID: "chi", KeyID: "key-chi", Revision: "r"},
		}[:n]
	}
	var today desk.Day
	publish := func(act desk.Act, n int, change func(v *desk.Version)) {
		t.Helper()
		err := o.db.Update(t.Context(), func(tx *store.Tx) error {
			today = tx.Day()
			v := desk.Version{
				CheckID: id, Number: n, Act: act, Kind: desk.FactKind, Blind: desk.Classification{Kind: desk.FactKind}, Verdict: desk.NotTrue,
				Claim: words, Title: words, Summary: words, Body: words, Author: "an", Published: tx.Day(), Reason: "order", Note: "Vì một lệnh.",
				Evidence: []desk.Evidence{{Stance: desk.For, URL: "https://dap.example/", Title: words, Quote: words}},
			}
			change(&v)
			if n == 1 {
				if err := tx.AddCheck(desk.Check{ID: id, DeskID: "river", Lang: "vi"}); err != nil {
					return err
				}
			}
			return tx.AddVersion(v, "r", keys(act.Keys()))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	publish(desk.Publish, 1, func(*desk.Version) {})
	doors := []string{"/c/" + id, "/c/" + id + "/v/1", "/checks", "/", "/en/c/" + id, "/desks/river"}
	if _, page := o.must("", "GET", doors[0], nil, 200); !strings.Contains(page, words) {
		t.Fatal("the check is not shown before the order")
	}
	order := desk.Order{Body: "Toà án Bến Đò", Date: today - 3, Law: "Luật X, điều 9", Digest: strings.Repeat("ab", 32)}
	publish(desk.WithholdOrder, 2, func(v *desk.Version) {
		v.Order = order
		v.Order.Lapses = today + desk.OrderDays
	})
	for _, path := range append(doors, "/c/"+id+"/v/2") {
		if _, page := o.must("", "GET", path, nil, 200); strings.Contains(page, words) {
			t.Errorf("%s shows what is withheld", path)
		}
	}
	_, page := o.must("", "GET", "/c/"+id, nil, 200)
	for _, want := range []string{order.Body, order.Law, order.Digest} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not tell %q", want)
		}
	}
	finder, err := lookup.Open(t.Context(), o.db)
	if err != nil {
		t.Fatal(err)
	}
	if finder.Len() != 0 {
		t.Error("the look-up finds what is withheld")
	}
	shown := catalog.Page{}
	shown.Shown = desk.Version{Act: desk.WithholdOrder, Order: desk.Order{Lapses: today + desk.OrderDays}}
	if shown.Shown.Withheld(today + desk.OrderDays) {
		t.Error("an order does not lapse")
	}
}
