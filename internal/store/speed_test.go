package store_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sangto/internal/desk"
	"sangto/internal/store"
	"sangto/internal/testkit"
)

// corpus is the number of real published checks the program is measured with.
const corpus = 14_581

func BenchmarkSQLite(b *testing.B) {
	speed(b, store.Options{Path: filepath.Join(b.TempDir(), "desk.db")})
}
func BenchmarkPostgres(b *testing.B) { speed(b, store.Options{DSN: testkit.Postgres(b)}) }

func speed(b *testing.B, o store.Options) {
	db, err := store.Open(b.Context(), o)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	began := time.Now()
	fillCorpus(b, db)
	b.Logf("import of %d: %v", corpus, time.Since(began))
	b.Run("each entry", func(b *testing.B) {
		for b.Loop() {
			n := 0
			must(b, db.View(b.Context(), func(tx *store.Tx) error {
				return tx.EachEntry(func(store.Entry) error { n++; return nil })
			}))
			if n != corpus {
				b.Fatal(n)
			}
		}
	})
	for name, f := range map[string]store.ListFilter{"all": {}, "topic": {Topic: "health"}, "local": {LocalOnly: true}} {
		b.Run("list "+name, func(b *testing.B) {
			for b.Loop() {
				must(b, db.View(b.Context(), func(tx *store.Tx) error {
					_, err := tx.List(f, 40, 20)
					return err
				}))
			}
		})
	}
	b.Run("five entries", func(b *testing.B) {
		ids := []string{"c00001", "c00100", "c01000", "c10000", "c14000"}
		for b.Loop() {
			must(b, db.View(b.Context(), func(tx *store.Tx) error {
				_, err := tx.Entries(ids)
				return err
			}))
		}
	})
	b.Run("ask", func(b *testing.B) {
		n := 0
		for b.Loop() {
			must(b, db.Update(b.Context(), func(tx *store.Tx) error { n++; return ask(tx, n) }))
		}
	})
}

func ask(tx *store.Tx, n int) error {
	id := fmt.Sprintf("claim%011d", n)
	if err := tx.AddClaim(desk.Claim{ID: id, DeskID: "d", State: desk.Waiting, Opened: 20_000}); err != nil {
		return err
	}
	mac := fmt.Appendf(nil, "%032d", n)
	return tx.AddQuestion(desk.Question{
		ID: fmt.Sprintf("%016d", n), ClaimID: id, Day: 20_000, ReceiptMAC: mac, TextMAC: mac,
		Text: desk.StoredText("Nước chanh chữa được cúm phải không?"),
	})
}

// fillCorpus imports as many checks as the real corpus has, of the same size,
// in batches of 500.
func fillCorpus(tb testing.TB, db *store.DB) {
	tb.Helper()
	must(tb, db.Update(tb.Context(), func(tx *store.Tx) error {
		return tx.PutDesk(desk.Desk{ID: "d", Name: "Elsewhere", URL: "https://x.example"})
	}))
	topics := desk.Topics()
	for from := 0; from < corpus; from += 500 {
		must(tb, db.Update(tb.Context(), func(tx *store.Tx) error {
			for i := from; i < min(from+500, corpus); i++ {
				id := fmt.Sprintf("c%05d", i)
				if err := tx.AddCheck(desk.Check{ID: id, DeskID: "d", Lang: "en", SourceURL: "https://x.example/" + id}); err != nil {
					return err
				}
				err := tx.AddVersion(desk.Version{
					CheckID: id, Number: 1, Act: desk.ImportAct, Rating: "False", Topic: topics[i%len(topics)],
					Claim: strings.Repeat("a claim of ordinary length ", 5), Title: "A headline of ordinary length for this",
					Summary: strings.Repeat("one sentence why ", 8), Published: desk.Day(15_000 + i%4000),
				}, "", nil)
				if err != nil {
					return err
				}
			}
			return nil
		}))
	}
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}
