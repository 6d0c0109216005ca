package viet_test

import (
	"strings"
	"testing"

	"sangto/viet"
)

// spoken reads one line of testdata/number.txt.
func spoken(s string) string {
	if digits, one := strings.CutPrefix(s, "d "); one {
		return said(viet.SayDigits(digits))
	}
	if whole, fraction, decimal := strings.Cut(s, ","); decimal {
		return said(viet.SayDecimal(whole, fraction))
	}
	return said(viet.SayNumber(s))
}

func said(words string) string {
	if words == "" {
		return "!"
	}
	return words
}

// heard reads a number back from its words. It shares nothing with what it
// judges but the names of the digits and scales.
func heard(t testing.TB, words string) string {
	value := map[string]int{
		"không": 0, "một": 1, "mốt": 1, "hai": 2, "ba": 3, "bốn": 4, "tư": 4, "năm": 5, "lăm": 5, "sáu": 6, "bảy": 7, "tám": 8, "chín": 9,
	}
	digits := make([]byte, 40) // by place, from the right
	group, digit := 0, 0
	put := func(at int) {
		for i, n := at, group+digit; n > 0; i, n = i+1, n/10 {
			digits[i] += byte(n % 10)
		}
		group, digit = 0, 0
	}
	fields := strings.Fields(words)
	// Scales multiply what stands before them, so the words are read from the
	// right: each scale moves the place.
	scale, giant := 0, 0
	for i := len(fields) - 1; i >= 0; i-- {
		switch fields[i] {
		case "tỷ":
			giant += 9
			scale = 0
			continue
		case "triệu":
			scale = 6
			continue
		case "nghìn":
			scale = 3
			continue
		}
		j := i
		for j > 0 && fields[j-1] != "tỷ" && fields[j-1] != "triệu" && fields[j-1] != "nghìn" {
			j--
		}
		for _, w := range fields[j : i+1] {
			switch w {
			case "trăm":
				group, digit = group+digit*100, 0
			case "mươi":
				group, digit = group+digit*10, 0
			case "mười":
				group += 10
			case "linh":
			default:
				n, ok := value[w]
				if !ok {
					t.Fatalf("%q: no number word: %q", words, w)
				}
				digit = n
			}
		}
		put(giant + scale)
		i = j
	}
	for i := range digits {
		digits[i] += '0'
	}
	var out strings.Builder
	for i := len(digits) - 1; i >= 0; i-- {
		out.WriteByte(digits[i])
	}
	if s := strings.TrimLeft(out.String(), "0"); s != "" {
		return s
	}
	return "0"
}

// FuzzNumber reads every number back from its words.
func FuzzNumber(f *testing.F) {
	for _, s := range []string{"0", "15", "1001000", "21021000000015", "999999999999999999999999999", "1000000000000000000", "x", "１", "0000000000000000000000000000000000001"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		words := viet.SayNumber(s)
		if s == "" || strings.Trim(s, "0123456789") != "" {
			if words != "" || viet.SayDigits(s) != "" || viet.SayDecimal(s, "1") != "" || viet.SayDecimal("1", s) != "" {
				t.Fatalf("%q was read as a number", s)
			}
			return
		}
		want := strings.TrimLeft(s, "0")
		if want == "" {
			want = "0"
		}
		if len(want) > 27 {
			if len(strings.Fields(words)) != len(want) {
				t.Fatalf("%q: %q", s, words)
			}
			return
		}
		if got := heard(t, words); got != want {
			t.Fatalf("%q is said %q, which is %q", s, words, got)
		}
	})
}

// TestNumbersReadBack goes through all small numbers and the edges of the scales.
func TestNumbersReadBack(t *testing.T) {
	for n := range 20_000 {
		s := digitsOf(n)
		if got := heard(t, viet.SayNumber(s)); got != s {
			t.Fatalf("%s is said %q, which is %s", s, viet.SayNumber(s), got)
		}
	}
}

func digitsOf(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return digitsOf(n/10) + string(rune('0'+n%10))
}
