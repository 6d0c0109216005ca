package viet_test

import (
	"reflect"
	"strings"
	"testing"

	"sangto/viet"
)

func TestCanonicalCutsStacks(t *testing.T) {
	got := viet.Canonical("a" + strings.Repeat("\u0301", 10000))
	if n := len([]rune(got)); n > 9 {
		t.Errorf("%d characters left", n)
	}
}

func TestTokens(t *testing.T) {
	in := "Đập HOÀ Bình 🔥xả 1.000.000 m3, 19h30: #NongTrongNgay @ai.do [phone] vnexpress.net/xa-lu-4567.html 𝗵𝗲̂̀ don’t it's Trump’s 5tr"
	var got []string
	for _, k := range viet.Tokens(in) {
		got = append(got, k.Kind.String()+":"+k.Text+":"+k.Folded)
		if k.Start >= k.End {
			t.Errorf("%v spans nothing", k)
		}
	}
	want := []string{
		"word:đập:dap", "word:hòa:hoa", "word:bình:binh", "word:xả:xa", "number:1.000.000:1000000", "word:m3:m3", "number:19:19", "word:h30:h30",
		"hashtag:nongtrongngay:nongtrongngay", "handle:ai.do:ai.do", "placeholder:phone:phone",
		"link:vnexpress.net/xa-lu-4567.html:vnexpress.net/xa-lu-4567.html", "word:hề:he", "word:don't:dont", "word:it's:it", "word:trump's:trump", "number:5:5", "word:tr:tr",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// TestStyledFigures checks that a number is one number however its digits are
// drawn.
func TestStyledFigures(t *testing.T) {
	for in, want := range map[string]string{
		"𝟱𝟬.𝟬𝟬𝟬 đồng": "50000", "５０,５ triệu": "50.5", "1𝟎.𝟬00": "10000", "𝟏.𝟐𝟑𝟒.𝟓𝟔𝟕": "1234567", "𝟐𝟎. Hai": "20",
	} {
		got := viet.Tokens(in)
		if len(got) == 0 || got[0].Kind != viet.Number || got[0].Folded != want {
			t.Errorf("%q begins with %+v, want the number %s", in, got, want)
		}
	}
}
