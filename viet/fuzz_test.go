package viet_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"sangto/viet"
)

// seeds are spellings that once broke something, or that differ in kind.
func seeds(f *testing.F) {
	for _, s := range []string{
		"", "Đập HOÀ Bình xả lũ", "Việt Nam", "e\u0302\u0323 e\u0323\u0302 e\u0301\u0302", "𝗡𝗵𝗶𝗲̂̀𝘂 🅰 ᴠɪᴇᴛ ⓐ\u0338\u0301", "a\u200bb\u202e\u00ad\ufe0f",
		"\xff\xfe\u0301", "ﷺ ½ \u00a8 \u1d15e\u0301 J\u030c İ ǅ ẞ", "हिन्दी ไทย 한국어 각 日本語 が", "nhieeuf d9u7o7ng2 ko đc", "1.000.000đ 5tr 19h30 12/5/2021",
		"#NongTrongNgay @a.b [phone] https://x.vn/a?b www. a.com", "don’t it's O’Neil’s", "hoàn qúy gía thuở khuỷu", strings.Repeat("\u0301", 300),
		"a\u0323\u0301\u0302", "\u1fee\u0385", "\u0344\u0345\u0340", "\u2260 a\u0338 =\u0338", "\u3164\uffa0\u115f", "ⓐ\u0332\u0301",
	} {
		f.Add(s)
	}
}

func FuzzCanonical(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, s string) {
		c := viet.Canonical(s)
		if again := viet.Canonical(c); again != c {
			t.Errorf("Canonical(%+q) = %+q, then %+q", s, c, again)
		}
		if !utf8.ValidString(c) || !norm.NFC.IsNormalString(c) {
			t.Errorf("Canonical(%+q) = %+q is not NFC", s, c)
		}
		if len(c) > viet.MaxGrowth*len(s) {
			t.Errorf("Canonical(%+q) grew to %d bytes", s, len(c))
		}
		l := viet.Lower(s)
		if again := viet.Lower(l); again != l {
			t.Errorf("Lower(%+q) = %+q, then %+q", s, l, again)
		}
		if again := viet.Canonical(l); again != l {
			t.Errorf("Lower(%+q) = %+q is not canonical: %+q", s, l, again)
		}
		if fromCanonical := viet.Lower(c); fromCanonical != l {
			t.Errorf("Lower(%+q) = %+q, of its canonical form %+q", s, l, fromCanonical)
		}
	})
}

// FuzzShortcut compares the table-driven way through a word with the way
// through full normalisation, which one compatibility character in the word
// forces.
func FuzzShortcut(f *testing.F) {
	seeds(f)
	const slow = "…"
	f.Fuzz(func(t *testing.T, s string) {
		for _, w := range strings.Fields(s) {
			if r, _ := utf8.DecodeRuneInString(w); !unicode.IsLetter(r) || viet.Canonical(string(r)) == "" {
				continue
			}
			if got, want := viet.Canonical(w), strings.TrimPrefix(viet.Canonical(slow+w), viet.Canonical(slow)); got != want {
				t.Errorf("Canonical(%+q) = %+q, the long way %+q", w, got, want)
			}
			if got, want := viet.Fold(w), strings.TrimPrefix(viet.Fold(slow+w), viet.Fold(slow)); got != want {
				t.Errorf("Fold(%+q) = %+q, the long way %+q", w, got, want)
			}
		}
	})
}

func FuzzFold(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, s string) {
		got := viet.Fold(s)
		if again := viet.Fold(got); again != got {
			t.Errorf("Fold(%+q) = %+q, then %+q", s, got, again)
		}
		if len(got) > viet.MaxGrowth*len(s) {
			t.Errorf("Fold(%+q) grew to %d bytes", s, len(got))
		}
		for _, r := range got {
			if r >= 0x300 && r < 0x370 && unicode.Is(unicode.Mn, r) {
				t.Errorf("Fold(%+q) = %+q has a mark", s, got)
			}
		}
		if l := viet.Lower(s); viet.FoldWord(l) != got {
			t.Errorf("FoldWord(%+q) = %+q, Fold %+q", l, viet.FoldWord(l), got)
		}
	})
}

func FuzzTokens(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, s string) {
		start, end, total := 0, 0, 0
		for _, k := range viet.Tokens(s) {
			same := k.Start == start && k.End == end
			if k.Start >= k.End || k.End > len(s) || (k.Start < end && !same) {
				t.Fatalf("Tokens(%+q): %d-%d after %d-%d", s, k.Start, k.End, start, end)
			}
			start, end = k.Start, k.End
			if k.Text == "" || k.Folded == "" || !utf8.ValidString(k.Text) {
				t.Errorf("Tokens(%+q): empty or broken token %+v", s, k)
			}
			if viet.Lower(k.Text) != k.Text {
				t.Errorf("Tokens(%+q): %+q is not canonical lower case", s, k.Text)
			}
			if viet.Fold(k.Folded) != k.Folded {
				t.Errorf("Tokens(%+q): %+q is not folded", s, k.Folded)
			}
			total += len(k.Text)
		}
		if total > viet.MaxGrowth*len(s) {
			t.Errorf("Tokens(%+q) grew to %d bytes", s, total)
		}
	})
}

func FuzzSplitHashtag(f *testing.F) {
	seeds(f)
	f.Add("#nongtrongngay")
	f.Fuzz(func(t *testing.T, s string) {
		total := 0
		for _, w := range viet.SplitHashtag(s) {
			if w == "" || viet.Fold(w) != w {
				t.Errorf("SplitHashtag(%+q): %+q is empty or not folded", s, w)
			}
			total += len(w)
		}
		if total > viet.MaxGrowth*len(s) {
			t.Errorf("SplitHashtag(%+q) grew to %d bytes", s, total)
		}
	})
}

func FuzzReadings(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, s string) {
		for name, read := range map[string]func(string) (string, bool){"Telex": viet.ReadTelex, "VNI": viet.ReadVNI} {
			got, ok := read(s)
			if ok != (got != "") || (ok && (!viet.Syllable(got) || viet.Lower(got) != got)) {
				t.Errorf("%s(%+q) = %+q, %v", name, s, got, ok)
			}
		}
		got, ok := viet.Chat(s)
		if ok != (got != "") || viet.Lower(got) != got {
			t.Errorf("Chat(%+q) = %+q, %v", s, got, ok)
		}
		if viet.Syllable(s) && !viet.Syllable(viet.Fold(s)) {
			t.Errorf("%+q is a syllable, without diacritics it is none", s)
		}
		viet.LinkWords(s)
	})
}
