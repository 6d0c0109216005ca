package match

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// TestStems: what an apostrophe joins to a word, and how it is spelled, does not
// part it from its other forms. The reader that remembers reads as the one that
// does not.
func TestStems(t *testing.T) {
	for _, c := range []struct{ lang, a, b string }{
		{"fr", "d'hôpital", "hôpitaux"},
		{"fr", "L’HÔPITAL", "hôpitaux"},
		{"fr", "jusqu'aux", "aux"},
		{"it", "dell'ospedale", "ospedali"},
		{"de", "Merkel's", "Merkel"},
		{"de", "STRASSE", "Straßen"},
		{"tr", "Ankara'da", "Ankara"},
		{"ru", "Москвич", "москвичами"},
		{"es", "autori\u0301a", "autorías"},
		{"fr", "#ÉcoleRurale", "écoles rurales"},
	} {
		for _, remember := range []bool{false, true} {
			r := newReader(remember)
			r.lang = languageOf(c.lang)
			a, b := r.read(nil, c.a), r.read(nil, c.b)
			if again := r.read(nil, c.a); len(again) != len(a) || again[0].stem != a[0].stem {
				t.Errorf("%s: %q is read %v, then %v", c.lang, c.a, a, again)
			}
			if len(a) != len(b) {
				t.Fatalf("%s: %q, %q: %d and %d words", c.lang, c.a, c.b, len(a), len(b))
			}
			for i := range a {
				if a[i].stem != b[i].stem {
					t.Errorf("%s: %q is looked up by %q, %q by %q", c.lang, c.a, a[i].stem, c.b, b[i].stem)
				}
			}
		}
	}
}

// TestLanguagesAreCounted compares the counts of every part with its live
// documents after many changes.
func TestLanguagesAreCounted(t *testing.T) {
	tags := []string{"", "fr", "de", "vi", "es", "ru"}
	r := rand.New(rand.NewPCG(8, 9))
	ix := New(Options{})
	for range 300 {
		id := fmt.Sprint(r.IntN(60))
		if r.IntN(3) == 0 {
			ix.Delete(id)
		} else {
			ix.Put(Doc{ID: id, Lang: tags[r.IntN(len(tags))], Claim: "mange " + id})
		}
		for _, p := range ix.now.Load().parts {
			var want [languages]uint16
			for d, l := range p.seg.langs {
				if !p.isDead(uint16(d)) {
					want[l]++
				}
			}
			if p.langs != want {
				t.Fatalf("languages are counted %v, want %v", p.langs, want)
			}
		}
	}
}

// TestFormsAreOneTerm: in no reading does a word of the index belong to two
// words of a message.
func TestFormsAreOneTerm(t *testing.T) {
	ix := New(Options{})
	ix.Put(Doc{ID: "a", Lang: "fr", Claim: "vaccin électronique mangeait"}, Doc{ID: "b", Lang: "es", Claim: "vacunas comer"}, Doc{ID: "c", Claim: "vaccines electronic"})
	s, sc := ix.now.Load(), newScratch()
	m := ix.read(Query{Text: "vaccins vaccin vaccinait vaccine électroniques électronique vacuna vacunas mangeant mange"}, s, sc)
	held := map[uint32]bool{}
	for i := range m.terms {
		for slot := range m.slots {
			if id, ok := m.owned(int32(i), slot); ok {
				if held[id] {
					t.Errorf("%q belongs to two terms", ix.vocab.text(id))
				}
				held[id] = true
			}
		}
	}
	if len(m.terms) >= len(m.words) || len(held) < 4 {
		t.Errorf("%d terms of %d words, %d known: the test shows little", len(m.terms), len(m.words), len(held))
	}
}
