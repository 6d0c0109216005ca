package viet_test

import (
	"reflect"
	"strings"
	"testing"

	"sangto/viet"
)

func TestCanonical(t *testing.T) {
	for in, want := range map[string]string{
		"":             "",
		"Đập Hòa Bình": "Đập Hòa Bình",
		"hoà thuý khoẻ huỷ quý quí thuở HOÀ":                      "hòa thúy khỏe hủy quý quí thuở HÒA",
		"hòan tóan gía qúy":                                       "hoàn toán giá quý",
		"Viê\u0323t Vie\u0323\u0302t Vie\u0302\u0323t":            "Việt Việt Việt",
		"e\u0323\u0302 e\u0302\u0323 e\u0301\u0302 o\u0300\u031b": "ệ ệ ế ờ",
		"𝗡𝗵𝗶𝗲̂̀𝘂 ｖｉệｔ ⓑⓐ 🅰🅱 ᴠɪᴇᴛ":                                 "Nhiều việt ba AB viet",
		"ph\u200bẩm\u00ad \u202exyz\ufeff":                        "phẩm xyz",
		"a\xffb\x00c\r\nd\te":                                     "abc\r\nd\te",
		"1️⃣ ⓿❶ ٣":                                                "1 01 3",
		"s̶t̶r̶i̶k̶e̶":                                            "strike",
	} {
		if got := viet.Canonical(in); got != want {
			t.Errorf("Canonical(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestCanonicalCutsStacks(t *testing.T) {
	got := viet.Canonical("a" + strings.Repeat("\u0301", 10000))
	if n := len([]rune(got)); n > 9 {
		t.Errorf("%d characters left", n)
	}
}

func TestFold(t *testing.T) {
	for in, want := range map[string]string{
		"Đập HOÀ Bình":   "dap hoa binh",
		"Łódź Straße":    "lodz strasse",
		"Việt\u200b nam": "viet nam",
		"Ελλάδα ёж":      "ελλαδα еж",
		"हिन्दी ไทย ก็":  "हिन्दी ไทย ก็",
	} {
		if got := viet.Fold(in); got != want {
			t.Errorf("Fold(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestTyped(t *testing.T) {
	for in, want := range map[string]string{
		"nhieeuf": "nhiều", "nhieufe": "nhiều", "ddangr": "đảng", "vowj": "vợ", "tuwngf": "từng", "nhiêuf": "nhiều",
		"dduwowcj": "được", "thuowr": "thuở", "ddoongs": "đống", "nguoiwf": "người", "wng": "ưng", "quyeetj": "quyệt", "hoaf": "hòa",
		"vieejt": "việt", "giair": "giải", "quas": "quá", "gif": "gì",
		"ban": "", "nhanh": "", "xyz": "", "catf": "", "ss": "", "server": "",
	} {
		got, ok := viet.ReadTelex(in)
		if got != want || ok != (want != "") {
			t.Errorf("ReadTelex(%q) = %q, %v, want %q", in, got, ok, want)
		}
	}
	for in, want := range map[string]string{
		"nhie62u": "nhiều", "nhieu62": "nhiều", "d9u7o7ng2": "đường", "duong972": "đường", "la2": "là", "a1": "á",
		"covid19": "", "u23": "", "19": "", "h5n1": "",
	} {
		got, ok := viet.ReadVNI(in)
		if got != want || ok != (want != "") {
			t.Errorf("ReadVNI(%q) = %q, %v, want %q", in, got, ok, want)
		}
	}
}

func TestSplitHashtag(t *testing.T) {
	for in, want := range map[string]string{
		"#NongTrongNgay": "nong trong ngay", "#nongtrongngay": "nong trong ngay", "#HoàBình": "hoa binh",
		"#covid19": "covid 19", "#tin_nhanh_24h": "tin nhanh 24 h", "#FakeNews": "fake news", "#canhbao": "canh bao", "#VTVNews": "vtv news",
	} {
		if got := viet.SplitHashtag(in); !reflect.DeepEqual(got, strings.Fields(want)) {
			t.Errorf("SplitHashtag(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestTokens(t *testing.T) {
	in := "Đập HOÀ Bình 🔥xả 1.000.000 m3, 19h30: #NongTrongNgay @ai.do [phone] vnexpress.net/xa-lu-4567.html 𝗵𝗲̂̀ don’t 5tr"
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
		"link:vnexpress.net/xa-lu-4567.html:vnexpress.net/xa-lu-4567.html", "word:hề:he", "word:don't:dont", "number:5:5", "word:tr:tr",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}
