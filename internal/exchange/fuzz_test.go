package exchange_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"sangto/internal/exchange"
)

// small keeps fuzzing fast; the caps themselves are tested elsewhere.
var small = exchange.Limits{Input: 1 << 20, Page: 1 << 18, Record: 1 << 16, Tokens: 5000}

// hold fails on any item that breaks a promise.
func hold(t *testing.T, b []byte, name string) {
	t.Helper()
	n := 0
	for item, drop := range exchange.Read(strings.NewReader(string(b)), name, small) {
		n++
		if drop != nil {
			if drop.Line < 1 || drop.Offset < 0 || !strings.HasPrefix(drop.Key, "import.reason.") {
				t.Fatalf("drop %+v", drop)
			}
			continue
		}
		if problem := unsound(item); problem != "" && !strings.Contains(strings.ToLower(string(b)), "canar") {
			t.Fatalf("%s: %+v", problem, item)
		}
	}
	if n == 0 {
		t.Fatal("neither kept nor dropped")
	}
}

func seed(f *testing.F, suffixes ...string) {
	for _, folder := range []string{"cases", "refused"} {
		for name, b := range fixtures(f, folder) {
			for _, s := range suffixes {
				if strings.HasSuffix(name, s) {
					f.Add(b)
				}
			}
		}
	}
}

func FuzzJSON(f *testing.F) {
	seed(f, ".json", ".jsonld")
	f.Fuzz(func(t *testing.T, b []byte) { hold(t, append([]byte("["), b...), "x.json"); hold(t, b, "x.json") })
}

func FuzzLines(f *testing.F) {
	seed(f, ".ndjson")
	f.Fuzz(func(t *testing.T, b []byte) { hold(t, append([]byte("{}\n{}\n"), b...), "x.ndjson") })
}

func FuzzPage(f *testing.F) {
	seed(f, ".html")
	f.Fuzz(func(t *testing.T, b []byte) {
		hold(t, append([]byte("<!doctype html><html>"), b...), "x.html")
		hold(t, fmt.Appendf(nil, `<html><script type="application/ld+json">%s</script>`, b), "x.html")
	})
}

func FuzzTable(f *testing.F) {
	seed(f, ".csv", ".tsv")
	f.Fuzz(func(t *testing.T, b []byte) {
		hold(t, b, "x.csv")
		hold(t, append([]byte("url;claim;rating;publisher\n"), b...), "x.csv")
	})
}

// FuzzFields attacks the wording and the address of an otherwise sound record,
// and asks that what is kept stays the same when it is read again.
func FuzzFields(f *testing.F) {
	f.Add("https://ok.example/1", "A claim", "Not so", "Ok")
	for _, value := range hostileValues() {
		var s string
		if json.Unmarshal([]byte(value), &s) == nil && len(s) < 2000 {
			f.Add(s, s, s, s)
		}
	}
	f.Fuzz(func(t *testing.T, address, claim, rating, publisher string) {
		record := func(address, claim, rating, publisher string) []exchange.Item {
			b, err := json.Marshal(map[string]any{
				"@type": "ClaimReview", "url": address, "claimReviewed": claim, "reviewRating": rating,
				"author": map[string]any{"@type": "Organization", "name": publisher},
			})
			if err != nil {
				t.Fatal(err)
			}
			hold(t, b, "")
			items, _ := read(b, "", small)
			return items
		}
		once := record(address, claim, rating, publisher)
		if len(once) != 1 || once[0].LinkOnly {
			return
		}
		twice := record(once[0].Address, once[0].Claim, once[0].Rating, once[0].Publisher)
		if len(twice) != 1 || twice[0].Address != once[0].Address || twice[0].Claim != once[0].Claim ||
			twice[0].Rating != once[0].Rating || twice[0].Publisher != once[0].Publisher || twice[0].CheckID != once[0].CheckID {
			t.Fatalf("%+v became %+v", once, twice)
		}
	})
}
