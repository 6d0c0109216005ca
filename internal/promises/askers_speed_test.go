package promises_test

import (
	"crypto/rand"
	"path/filepath"
	"testing"
	"time"

	"sangto/internal/desk"
	"sangto/internal/intake"
	"sangto/internal/keys"
	"sangto/internal/lookup"
	"sangto/internal/store"
)

// TestAskersDoNotWaitForEachOther compares what an asker does on a desk with many
// open claims and questions with the same on a small one, as
// TestDeskPagesStayQuick does for the members.
func TestAskersDoNotWaitForEachOther(t *testing.T) {
	for engine, options := range deskEngines(t) {
		t.Run(engine, func(t *testing.T) {
			desks := []*intake.Intake{
				takingIn(t, options(), 100, 100),
				takingIn(t, options(), size(500, 1000, 10_000), size(1000, 5000, 1_000_000)),
			}
			took := map[string][2][]time.Duration{}
			for n := range 41 {
				for i, in := range desks {
					timed := func(name string, act func() error) {
						began := time.Now()
						if err := act(); err != nil {
							t.Fatalf("%s: %v", name, err)
						}
						both := took[name]
						both[i] = append(both[i], time.Since(began))
						took[name] = both
					}
					for name, text := range map[string]string{"of a new matter": waiting(1_000_000 + n), "of a known one": waiting(n % 4)} {
						nonce, receipt := newForm()
						ask := func() error {
							_, err := in.Ask(t.Context(), nonce, receipt, desk.NewRaw(text))
							return err
						}
						timed("ask "+name, ask)
						timed("again "+name, ask)
						timed("track "+name, func() error { _, err := in.Track(t.Context(), receipt); return err })
						timed("take back "+name, func() error { return in.Withdraw(t.Context(), receipt) })
					}
				}
			}
			compare(t, took)
		})
	}
}

// newForm draws what a form carries.
func newForm() (nonce [16]byte, receipt desk.Receipt) {
	var secret [desk.ReceiptSecretSize]byte
	_, _ = rand.Read(nonce[:])
	_, _ = rand.Read(secret[:])
	return nonce, desk.NewReceipt(secret)
}

// takingIn is the askers' side over a store with so many open claims and questions.
func takingIn(t *testing.T, o store.Options, claims, questions int) *intake.Intake {
	t.Helper()
	db, member, _ := fillDesk(t, o, claims, questions)
	finder, err := lookup.Open(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	ring, err := keys.Open(filepath.Join(t.TempDir(), "keys"))
	if err != nil {
		t.Fatal(err)
	}
	in, err := intake.New(t.Context(), db, finder, ring, member.DeskID)
	if err != nil {
		t.Fatal(err)
	}
	return in
}
