package promises_test

import (
	"fmt"
	"testing"
	"time"

	"sangto/internal/desk"
	"sangto/internal/store"
)

// TestClockThatWentBackDeletesNothing asks while the clock is wrong and lets
// the daily tick run after it was set right.
func TestClockThatWentBackDeletesNothing(t *testing.T) {
	t.Parallel()
	for name, wrong := range map[string]time.Duration{"a day": 24 * time.Hour, "ten years": 3653 * 24 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t, desk.Desk{OwnerKind: desk.OwnerIndependent, FunderKind: desk.OwnerUnknown})
			tick := func(when string) {
				t.Helper()
				if _, err := o.flow.Tick(t.Context()); err != nil {
					t.Fatalf("%s: %v", when, err)
				}
			}
			tick("at first")
			right := o.now
			o.now = right.Add(-wrong)
			receipt := o.ask(t, "Có phải "+words(501)+" sẽ "+words(502))
			tick("while the clock is wrong")
			for i := range 3 {
				o.now = right.AddDate(0, 0, i)
				tick(fmt.Sprintf("%d days after it was set right", i))
			}
			if _, err := o.intake.Track(t.Context(), receipt); err != nil {
				t.Errorf("the receipt opens nothing: %v", err)
			}
			if !o.holds(t, words(501)) {
				t.Error("the words were deleted early")
			}
			if err := o.db.View(t.Context(), func(tx *store.Tx) error {
				return tx.EachWaitingText(func(string, desk.Text) error { return nil })
			}); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// TestFourHundredDays lives through more than a year, a question a day, and
// after each day searches the bytes of the disk for every question whose days
// are over.
func TestFourHundredDays(t *testing.T) {
	t.Parallel()
	days := size(45, 120, 400)
	o := newOffice(t, desk.Desk{OwnerKind: desk.OwnerIndependent, FunderKind: desk.OwnerUnknown})
	type asked struct {
		marker  string
		receipt desk.Receipt
	}
	var all []asked
	start := o.now
	for day := range days {
		o.now = start.AddDate(0, 0, day)
		if _, err := o.flow.Tick(t.Context()); err != nil {
			t.Fatal(err)
		}
		marker := words(2000 + day)
		all = append(all, asked{marker, o.ask(t, "Nghe nói "+marker+" đã "+words(9000+day))})
		old := day - desk.TextDays
		if old < 0 || day%7 != 0 && day != days-1 {
			continue
		}
		for i := max(0, old-7); i <= old; i++ {
			if o.holds(t, all[i].marker) {
				t.Fatalf("day %d: the words of the question of day %d are still on disk", day, i)
			}
		}
		if !o.holds(t, all[day].marker) {
			t.Fatalf("day %d: the question of the day is not on disk: this test cannot see", day)
		}
	}
	known := 0
	for i, a := range all {
		_, err := o.intake.Track(t.Context(), a.receipt)
		age := days - 1 - i
		switch {
		case err == nil:
			known++
			if age >= desk.ReceiptDays {
				t.Errorf("a receipt of %d days still opens something", age)
			}
		case desk.KindOf(err) != desk.NotFound || age < desk.ReceiptDays:
			t.Errorf("a receipt of %d days: %v", age, err)
		}
	}
	for i, a := range all {
		if days-1-i >= desk.TextDays && o.holds(t, a.marker) {
			t.Errorf("the words of day %d are on disk after %d days", i, days)
		}
	}
	t.Attr("days", fmt.Sprint(days))
	t.Attr("receipts_open", fmt.Sprint(known))
	t.Attr("expired_words_found", "0")
}
