package match_test

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sangto/match"
	"sangto/viet"
)

// inflected is a row of testdata/inflected.tsv.
type inflected struct{ lang, claim, message string }

func readInflected(t testing.TB) []inflected {
	t.Helper()
	data, err := os.ReadFile("testdata/inflected.tsv")
	if err != nil {
		t.Fatal(err)
	}
	var out []inflected
	for line := range strings.Lines(string(data)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Split(strings.TrimSpace(line), "\t")
		if len(f) != 3 {
			t.Fatalf("%q: want language, claim and message", line)
		}
		out = append(out, inflected{f[0], f[1], f[2]})
	}
	return out
}

func (r inflected) doc(lang string) match.Doc {
	return match.Doc{ID: r.lang + " " + r.claim, Lang: lang, Claim: r.claim}
}

// firstID is the ID of the first hit.
func firstID(ix *match.Index, message string) string {
	if r := ix.Search(match.Query{Text: message}); len(r.Hits) > 0 {
		return r.Hits[0].ID
	}
	return ""
}

func folded(text string) map[string]bool {
	out := map[string]bool{}
	for _, w := range viet.Tokens(text) {
		out[w.Folded] = true
	}
	return out
}

// TestInflectedMessages searches every row in an index of its language with the
// Vietnamese and English documents, and shows that the language is what finds it.
func TestInflectedMessages(t *testing.T) {
	rows, plainly, kinds := readInflected(t), 0, map[string]bool{}
	for _, r := range rows {
		kinds[r.lang[:2]] = true
		claim := folded(r.claim)
		for w := range folded(r.message) {
			if claim[w] {
				t.Errorf("%s: %q stands in both %q and %q", r.lang, w, r.claim, r.message)
			}
		}
		for _, lang := range []string{r.lang, "und"} {
			ix := demoIndex()
			for _, other := range rows {
				if other.lang == r.lang {
					ix.Put(other.doc(lang))
				}
			}
			found := firstID(ix, r.message) == r.doc("").ID
			switch {
			case lang == "und" && found:
				plainly++
			case lang != "und" && !found:
				t.Errorf("%s: %q finds %q, not %q", r.lang, r.message, firstID(ix, r.message), r.claim)
			}
		}
	}
	if len(kinds) < 17 || plainly*3 > len(rows) {
		t.Errorf("%d of %d rows in %d languages are found without a stemmer: the test shows little", plainly, len(rows), len(kinds))
	}
}

// mixedIndex holds the demonstration and the rows of as many languages as
// messages are read in.
func mixedIndex(t testing.TB) (*match.Index, []inflected) {
	var rows []inflected
	ix := demoIndex()
	for _, r := range readInflected(t) {
		switch r.lang[:2] {
		case "fr", "de", "es", "pt", "it", "nl", "ru", "ar":
			rows = append(rows, r)
			ix.Put(r.doc(r.lang))
		}
	}
	return ix, rows
}

func TestMixedLanguages(t *testing.T) {
	ix, rows := mixedIndex(t)
	for _, r := range rows {
		if got := firstID(ix, r.message); got != r.doc("").ID {
			t.Errorf("%s: %q finds %q", r.lang, r.message, got)
		}
	}
	for _, d := range demo() {
		for _, message := range []string{d.Claim, d.Title, viet.Fold(d.Claim)} {
			if got := firstID(ix, message); got != d.ID {
				t.Errorf("%q finds %q, not %q", message, got, d.ID)
			}
		}
	}
	if got := firstID(ix, "recalling formulas for infants"); got != "recall" {
		t.Errorf("inflected English finds %q", got)
	}
	again, _ := loaded(t, saved(t, ix, ""))
	for _, r := range rows {
		q := match.Query{Text: r.message, Explain: true}
		if diff := cmp.Diff(ix.Search(q), again.Search(q)); diff != "" {
			t.Errorf("%q after loading: %s", r.message, diff)
		}
	}
}

// TestLanguageGoesWithItsDocuments: when the last document of a language is
// gone, the index is as if it had never been.
func TestLanguageGoesWithItsDocuments(t *testing.T) {
	ix, rows := mixedIndex(t)
	for i, r := range rows {
		if i%2 == 0 {
			// A document may change its language.
			ix.Put(r.doc("fr"), r.doc("vi"))
		}
		ix.Delete(r.doc("").ID)
	}
	alike(t, demoIndex(), ix)
}

// TestTags: what is no tag of a language with a stemmer changes nothing.
func TestTags(t *testing.T) {
	const claim, message = "Les écoles rurales ferment", "école rurale fermée"
	index := func(lang string) *match.Index {
		ix := match.New(match.Options{})
		ix.Put(append(demo(), match.Doc{ID: "x", Lang: lang, Claim: claim})...)
		return ix
	}
	for _, lang := range []string{"fr", "FR", "fr-CA", "fr_FR", "fr-Latn-CH-x-y", "Fr-"} {
		if got := firstID(index(lang), message); got != "x" {
			t.Errorf("%q: finds %q", lang, got)
		}
	}
	want := index("").Search(match.Query{Text: message, Explain: true})
	for _, lang := range []string{
		"vi", "en", "EN-gb", "pl", "und", "f", "frx", "french", "-fr", "x-fr", "fr CA", "fr\x00", "ﬁ", "ſv", "\xff\xfe", "fr;DROP",
		strings.Repeat("fr", 1<<16), strings.Repeat("-", 1<<16), "日本", "\u202efr", " fr",
	} {
		if diff := cmp.Diff(want, index(lang).Search(match.Query{Text: message, Explain: true})); diff != "" {
			t.Errorf("%.20q changes the search: %s", lang, diff)
		}
	}
}

// TestRepeatedForms: two forms of a word are one word of a message.
func TestRepeatedForms(t *testing.T) {
	ix := match.New(match.Options{})
	ix.Put(append(demo(), match.Doc{ID: "x", Lang: "fr", Claim: "vaccin électronique"})...)
	one := ix.Search(match.Query{Text: "vaccins électroniques", Explain: true})
	two := ix.Search(match.Query{Text: "vaccins vacciner électroniques électronique", Explain: true})
	if len(one.Hits) == 0 || len(two.Hits) == 0 || one.Hits[0].ID != "x" || two.Hits[0].ID != "x" {
		t.Fatalf("%+v, %+v", one, two)
	}
	cover := func(h match.Hit) (sum float64) {
		for _, p := range h.Parts {
			if strings.HasPrefix(p.Name, "coverage") {
				sum += p.Value
			}
		}
		return sum
	}
	if cover(two.Hits[0]) < 0.8*cover(one.Hits[0]) {
		t.Errorf("repeated forms count as missing: %+v, %+v", one.Hits[0].Parts, two.Hits[0].Parts)
	}
}

// TestLanguagesAtOnce has writers change which languages there are while others
// search; the race detector watches.
func TestLanguagesAtOnce(t *testing.T) {
	ix, rows := mixedIndex(t)
	all := readInflected(t)
	var wait sync.WaitGroup
	for g := range 4 {
		wait.Go(func() {
			for i := range 60 {
				r := all[(i*7+g)%len(all)]
				if g == 0 {
					d := r.doc(r.lang)
					d.ID = fmt.Sprint("other ", i%5)
					ix.Put(d)
					ix.Delete(fmt.Sprint("other ", (i+2)%5))
					continue
				}
				ix.Search(match.Query{Text: r.message + " " + r.claim})
			}
		})
	}
	wait.Wait()
	for i := range 5 {
		ix.Delete(fmt.Sprint("other ", i))
	}
	for _, r := range rows {
		if got := firstID(ix, r.message); got != r.doc("").ID {
			t.Errorf("%s: %q finds %q", r.lang, r.message, got)
		}
	}
}

// TestManyLanguages: an index of more languages than messages are read in still
// finds what stands word for word.
func TestManyLanguages(t *testing.T) {
	ix := demoIndex()
	rows := readInflected(t)
	for _, r := range rows {
		ix.Put(r.doc(r.lang))
	}
	for _, d := range demo() {
		if got := firstID(ix, d.Claim); got != d.ID {
			t.Errorf("%q finds %q", d.Claim, got)
		}
	}
	found := 0
	for _, r := range rows {
		if firstID(ix, r.claim) == r.doc("").ID {
			found++
		}
	}
	if found*10 < len(rows)*8 {
		t.Errorf("%d of %d claims are found by their own words", found, len(rows))
	}
}

func FuzzLanguages(f *testing.F) {
	tags := []string{"ar", "da", "nl", "fi", "fr", "de", "hu", "ga", "it", "no", "pt", "ro", "ru", "es", "sv", "ta", "tr"}
	for i, r := range readInflected(f) {
		f.Add(uint8(i), r.claim, r.message)
	}
	f.Add(uint8(4), "l' d'' 'qu''", "’’’ l’\u0301 l’l’l’")
	f.Add(uint8(15), "\u0b95\u0bcd\u0bcd\u0bcd \u0bbe\u0bbe", "\xff\u0b95")
	f.Add(uint8(0), "\u0640\u0640\u0640 \u0627\u0644 \u064b", "\u0648\u0627\u0644")
	f.Fuzz(func(t *testing.T, lang uint8, claim, message string) {
		ix := match.New(match.Options{})
		ix.Put(match.Doc{ID: "x", Lang: tags[int(lang)%len(tags)], Claim: claim}, match.Doc{ID: "y", Lang: "tr", Claim: "kitaplar"}, match.Doc{ID: "z", Claim: message})
		ix.Search(match.Query{Text: message})
		if r := ix.Search(match.Query{Text: claim}); len(r.Hits) > 0 && len(r.Hits[0].Terms) > len(claim) {
			t.Errorf("%q has more words than bytes: %q", claim, r.Hits[0].Terms)
		}
	})
}

// BenchmarkSearchLanguages is BenchmarkSearch where one document in fifty is in
// another language, and messages are read in so many more ways.
func BenchmarkSearchLanguages(b *testing.B) {
	tags := []string{"fr", "de", "es", "pt", "it", "nl", "ru", "fi"}
	for _, n := range []int{0, 1, 4, 8} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			docs := inventDocs(14000)
			for i := range docs {
				if n > 0 && i%50 == 0 {
					docs[i].Lang = tags[i/50%n]
				}
			}
			ix := match.New(match.Options{})
			ix.Put(docs...)
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				i++
				ix.Search(match.Query{Text: docs[i*37%len(docs)].Claim})
			}
		})
	}
}
