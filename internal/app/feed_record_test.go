package app_test

import (
	"slices"
	"testing"
	"time"

	"sangto/internal/app"
	"sangto/internal/record/leaf"
	"sangto/internal/store"
)

// TestFeedsAreRecorded: beginning and ending to follow a feed are acts of the
// desk, each an entry of the public record; an act that is refused is none.
func TestFeedsAreRecorded(t *testing.T) {
	cfg := settings(t)
	importOne(t, cfg, "Bảo tàng gốm Làng Sen mở cửa miễn phí")
	const address = "https://ban.example/claims.json"
	entries := func() (out []string) {
		t.Helper()
		db, err := app.OpenStore(t.Context(), cfg, time.Now, true)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		err = db.View(t.Context(), func(tx *store.Tx) error {
			all, err := tx.Leaves(0, 100)
			for _, one := range all {
				l, err := leaf.Parse(one.Bytes)
				if err != nil {
					return err
				}
				out = append(out, string(l.Kind)+" "+l.Reason+" "+l.Feed)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	want := func(lines ...string) {
		t.Helper()
		if got := entries(); !slices.Equal(got, lines) {
			t.Errorf("the record holds %q, want %q", got, lines)
		}
	}
	want()
	if _, err := app.AddFeed(t.Context(), cfg, address, false); err != nil {
		t.Fatal(err)
	}
	want("feed added " + address)
	if _, err := app.AddFeed(t.Context(), cfg, address, false); err == nil {
		t.Error("followed twice")
	}
	want("feed added " + address)
	if _, err := app.RemoveFeed(t.Context(), cfg, address); err != nil {
		t.Fatal(err)
	}
	want("feed added "+address, "feed removed "+address)
	if _, err := app.RemoveFeed(t.Context(), cfg, address); err == nil {
		t.Error("removed twice")
	}
	want("feed added "+address, "feed removed "+address)
}
