package match_test

import (
	"math"
	"strings"
	"testing"

	"sangto/match"
)

func FuzzSearch(f *testing.F) {
	for _, s := range []string{
		"thuy dien xa lu dem nay", "#KhoaTaiKhoan @abc https://x.example/a-b/c?d=e", "\xff\x00\u0301", "nhieeuf nu7o7c1 ko dc",
		strings.Repeat("Nước muối. ", 40), "18h–22h 10.000 30%", "𝗯𝗼𝗹𝗱 ＡＢＣ", "[phone]",
	} {
		f.Add(s, "ngan hang", true)
	}
	ix := demoIndex()
	f.Fuzz(func(t *testing.T, text, extra string, explain bool) {
		r := ix.Search(match.Query{Text: text, Extra: []string{extra}, Explain: explain})
		if r.Outcome == match.Answer && len(r.Hits) == 0 || r.Present < 0 || r.Present > 1 || math.IsNaN(r.Present) {
			t.Fatalf("%+v", r)
		}
		for i, h := range r.Hits {
			if math.IsNaN(h.Score) || math.IsNaN(h.Probability) || h.Probability < 0 || h.Probability > 1 {
				t.Fatalf("hit %d: %+v", i, h)
			}
			if i > 0 && h.Score > r.Hits[i-1].Score {
				t.Fatalf("hit %d scores more than the one before", i)
			}
		}
	})
}

// FuzzPut puts any document and expects it gone without a trace afterwards.
func FuzzPut(f *testing.F) {
	f.Add("tin", "nước muối chữa sốt", "\xffx #Abc")
	f.Add("", "", "")
	f.Add("a a a a", "1,000 1.000", strings.Repeat("x", 100))
	f.Fuzz(func(t *testing.T, title, claim, text string) {
		ix := demoIndex()
		before := ix.Search(match.Query{Text: "nước muối chữa khỏi sốt"})
		ix.Put(match.Doc{ID: "new", Title: title, Claim: claim, Text: text})
		ix.Search(match.Query{Text: claim})
		ix.Delete("new")
		after := ix.Search(match.Query{Text: "nước muối chữa khỏi sốt"})
		if len(before.Hits) != len(after.Hits) || before.Hits[0].ID != after.Hits[0].ID || before.Hits[0].Score != after.Hits[0].Score {
			t.Fatalf("a document that came and went left %v, want %v", after.Hits, before.Hits)
		}
	})
}

func FuzzMark(f *testing.F) {
	f.Add("Ngân hàng khóa tài khoản", "khoa")
	f.Add("\xff\u0301a #AbcDef", "abc")
	f.Fuzz(func(t *testing.T, text, term string) {
		var b strings.Builder
		for _, s := range match.Mark(text, []string{term}) {
			if s.Text == "" {
				t.Fatal("an empty stretch")
			}
			b.WriteString(s.Text)
		}
		if b.String() != text {
			t.Fatalf("put together: %q, want %q", b.String(), text)
		}
	})
}

func FuzzGrouper(f *testing.F) {
	f.Add("nước máy có thuốc trừ sâu", "nuoc may ko co thuoc")
	f.Fuzz(func(t *testing.T, a, b string) {
		g, h := match.NewGrouper(), match.NewGrouper()
		g.Put("a", a)
		h.Put("b", b)
		if _, ok := g.Find(a); ok != (g.Len() == 1) {
			t.Fatalf("%q finds itself: %v", a, ok)
		}
		_, ab := g.Find(b)
		if _, ba := h.Find(a); ab != ba {
			t.Fatalf("%q and %q: %v one way, %v the other", a, b, ab, ba)
		}
	})
}
