package viet_test

import (
	"strings"
	"testing"
	"time"

	"golang.org/x/text/unicode/norm"

	"sangto/viet"
)

const sentence = "Thủy điện Hòa Bình sẽ xả lũ đêm nay, người dân ven sông cần di chuyển tài sản đến nơi an toàn trước 19 giờ. "

// texts are 8 KB each of what arrives: as printed, without diacritics,
// English, decomposed, and styled.
func texts() map[string]string {
	bold := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r - 'a' + 0x1D5EE
		}
		return r
	}, norm.NFD.String(sentence))
	return map[string]string{
		"printed": strings.Repeat(sentence, 60), "bare": strings.Repeat(viet.Fold(sentence), 80),
		"english": strings.Repeat("The dam will open tonight, move your things to a safe place before 7 pm. ", 110),
		"nfd":     strings.Repeat(norm.NFD.String(sentence), 50), "bold": strings.Repeat(bold, 25),
	}
}

func bench(b *testing.B, do func(string)) {
	for name, s := range texts() {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(s)))
			b.ReportAllocs()
			for b.Loop() {
				do(s)
			}
		})
	}
}

func BenchmarkCanonical(b *testing.B) { bench(b, func(s string) { viet.Canonical(s) }) }
func BenchmarkLower(b *testing.B)     { bench(b, func(s string) { viet.Lower(s) }) }
func BenchmarkFold(b *testing.B)      { bench(b, func(s string) { viet.Fold(s) }) }
func BenchmarkTokens(b *testing.B)    { bench(b, func(s string) { viet.Tokens(s) }) }

func BenchmarkAppendTokens(b *testing.B) {
	var tokens []viet.Token
	bench(b, func(s string) { tokens = viet.AppendTokens(tokens[:0], s) })
}

func BenchmarkMarks(b *testing.B) {
	s := "a" + strings.Repeat("\u0301", 10000)
	b.SetBytes(int64(len(s)))
	for b.Loop() {
		viet.Canonical(s)
	}
}

func BenchmarkReadTelex(b *testing.B) {
	for b.Loop() {
		viet.ReadTelex("nhieeuf")
	}
}

// everything runs each function on s and returns how long that took.
func everything(s string) time.Duration {
	start := time.Now()
	viet.Fold(s)
	viet.Canonical(s)
	viet.Tokens(s)
	viet.SplitHashtag(s)
	viet.ReadTelex(s)
	viet.Syllable(s)
	return time.Since(start)
}

// TestLinear compares hostile repetitions, 32 KiB each, with ordinary text of
// the same length in the same run, so that a busy machine does not matter. Linear
// ones cost up to ten times as much, quadratic ones a hundred times and more.
func TestLinear(t *testing.T) {
	const size, limit, tries = 32 << 10, 40, 3
	ordinary := strings.Repeat(sentence, size/len(sentence))
	for _, piece := range []string{"\u0301", "ế", "ê\u0301", "oà", "a\u0338", "1.", "'a", "#a", "[a", "a.", "http://", "\u200b", "\xff", "ⓐ", "mộtch", "@a.", "1a", "ab1"} {
		s := strings.Repeat(piece, size/len(piece))
		ratio := 0.0
		for range tries {
			ratio = float64(everything(s)) / float64(everything(ordinary))
			if ratio < limit {
				break
			}
		}
		t.Logf("%q: %.0f", piece, ratio)
		if ratio >= limit {
			t.Errorf("%q repeated takes %.0f times as long as ordinary text", piece, ratio)
		}
	}
}
