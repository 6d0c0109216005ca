package storetest

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"sangto/internal/desk"
	"sangto/internal/store"
)

// testPublished walks more checks than are read at once, with several versions
// and sources each, and withholds one.
func testPublished(t *testing.T, db *store.DB) {
	world(t, db)
	const many = 450
	var want []string
	update(t, db, func(tx *store.Tx) error {
		for i := range many {
			id := fmt.Sprintf("check%05d", i)
			v := localVersion(id, 1)
			v.Evidence = []desk.Evidence{{Stance: desk.For, URL: "https://a.example/" + id}, {Stance: desk.Against, URL: "https://b.example/" + id}}
			if err := errors.Join(tx.AddCheck(localCheck(id)), tx.AddVersion(v, revision, approvals("ann", "bob"))); err != nil {
				return err
			}
			want = append(want, id)
		}
		second := localVersion("check00200", 2)
		second.Evidence = []desk.Evidence{{Stance: desk.Context, URL: "https://c.example/"}}
		return tx.AddVersion(second, revision, approvals("ann", "bob"))
	})
	var last int64
	view(t, db, func(tx *store.Tx) error {
		var got []string
		err := tx.EachPublished(func(p store.Published) error {
			got = append(got, p.Check.ID)
			full, err := tx.Version(p.Check.ID, 1)
			same(t, "version of "+p.Check.ID, p.Versions[0], full)
			if p.Desk.ID != localDesk || p.Check.ID == "check00200" && (len(p.Versions) != 2 || len(p.Latest().Evidence) != 1) {
				t.Errorf("%+v", p)
			}
			return err
		})
		same(t, "checks", got, want)
		stop := errors.New("stop")
		if got := tx.EachPublished(func(store.Published) error { return stop }); !errors.Is(got, stop) {
			t.Errorf("the walk ended with %v", got)
		}
		var err2 error
		if last, err2 = tx.LastChange(); err2 != nil {
			return err2
		}
		taken, err3 := tx.TakenBack(0)
		same(t, "taken back", taken, false)
		return errors.Join(err, err3)
	})
	update(t, db, func(tx *store.Tx) error {
		v := localVersion("check00001", 2)
		v.Act = desk.WithholdOrder
		v.Order = desk.Order{Body: "o", Law: "l", Date: v.Published, Digest: strings.Repeat("d", 64), Lapses: v.Published + desk.OrderDays}
		return tx.AddVersion(v, revision, approvals("ann", "bob", "cat"))
	})
	view(t, db, func(tx *store.Tx) error {
		taken, err := tx.TakenBack(last)
		same(t, "taken back", taken, true)
		return errors.Join(err, tx.EachPublished(func(p store.Published) error {
			withheld := p.Check.ID == "check00001" && tx.Day() < 20_000+desk.OrderDays
			if hidden := p.Versions[0].Claim == "" && p.Latest().Claim == ""; hidden != withheld {
				t.Errorf("hidden %v, want %v: %+v", hidden, withheld, p)
			}
			return nil
		}))
	})
}
