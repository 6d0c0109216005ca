package dump_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sangto/internal/dump"
	"sangto/internal/testkit"
	"sangto/viet"
)

// shots is a folder for pictures of the offline search, to be looked at.
var shots = flag.String("shots", "", "write pictures of the offline search into this folder")

// offline puts the search onto a stick and opens it from there.
func offline(t *testing.T, view testkit.View) (*testkit.Tab, string) {
	t.Helper()
	browser := testkit.OpenBrowser(t)
	f := dump.New(seeded(t), t.TempDir(), options(t))
	must(t, f.Keep(t.Context()))
	path := filepath.Join(t.TempDir(), "Tra cứu.html")
	must(t, os.WriteFile(path, read(t, f, dump.Offline), 0o600))
	tab := browser.Tab(t, view)
	tab.Open("file://" + path)
	return tab, path
}

// ask types into the box and returns the claims found, nearest first.
func ask(t *testing.T, tab *testkit.Tab, text string) []string {
	t.Helper()
	quoted, err := json.Marshal(text)
	must(t, err)
	return testkit.Eval[[]string](tab, fmt.Sprintf(`(() => {
		document.getElementById("box").value = %s;
		document.getElementById("form").requestSubmit();
		return [...document.querySelectorAll("#list > li > article > blockquote")].map((e) => e.textContent);
	})()`, quoted))
}

// TestOfflineSearch opens the file as a library's reader does, from a stick and
// without a network, and finds what the demonstration's desks have checked.
func TestOfflineSearch(t *testing.T) {
	tab, _ := offline(t, testkit.View{Width: 390, Height: 844})
	for _, c := range []struct{ name, text, first string }{
		{"as it was written", "Cầu Bến Đò cấm tất cả xe tải từ ngày 15/6/2026", "Cầu Bến Đò cấm tất cả xe tải"},
		{"no diacritics", "ho thuy dien Suoi Ngan se xa lu khan cap luc 22 gio dem 5/10, thanh pho Song Lanh ngap sau 2 met", "Hồ thủy điện Suối Ngân"},
		{"decomposed", "Bi\u0323 cu\u0301m thi\u0300 uo\u0302\u0301ng kha\u0301ng sinh ngay tu\u031b\u0300 đa\u0302\u0300u", "Bị cúm thì uống kháng sinh"},
		{"Telex left as typed", "bij soots xuaats huyeets thif khoong dduwowcj haj soots bawngf aspirin hay ibuprofen", "Bị sốt xuất huyết"},
		{"bold letters", "𝗖𝗔̉𝗡𝗛 𝗕𝗔́𝗢: 𝗰𝗵𝗼̛̣ 𝗩𝗮̣𝗻 𝗧𝗵𝗮̣𝗻𝗵 𝗯𝗮́𝗻 𝗴𝗮̣𝗼 𝗴𝗶𝗮̉ 𝗹𝗮̀𝗺 𝗯𝗮̆̀𝗻𝗴 𝗻𝗵𝘂̛̣𝗮, 𝗻𝗮̂́𝘂 𝗹𝗲̂𝗻 𝗻𝗮̉𝘆 𝗻𝗵𝘂̛ 𝗾𝘂𝗮̉ 𝗯𝗼́𝗻𝗴!!!", "Chợ Vạn Thạnh bán gạo giả"},
		{"a chain letter round it", "🙏🙏 XIN HÃY ĐỌC HẾT VÀ GỬI CHO 20 NGƯỜI THÂN 🙏🙏\nMột giáo sư đã nghỉ hưu chia sẻ: UỐNG NƯỚC CHANH NÓNG mỗi sáng diệt được tế bào ung thư, mạnh gấp 10.000 lần hóa trị. Ai nhận được mà không gửi tiếp là thiếu tình thương. Tôi đã gửi, còn bạn?", "Uống nước chanh nóng"},
		{"screenshot", "[SLBANK] Ngan hang Song\nLanh se khoa tai khoan trong\n24 gio neu quy khach khong\nbam duong lien ket de cap\nnhat sinh trac hoc\n\n20:14", "Ngân hàng Sông Lành sẽ khóa tài khoản"},
		{"two words", "gạo nhựa", "Chợ Vạn Thạnh bán gạo giả"},
		{"English", "is it true that MSG in noodle soup causes brain damage???", "MSG in noodle soup causes brain damage."},
	} {
		got := ask(t, tab, c.text)
		if len(got) == 0 || !strings.HasPrefix(got[0], c.first) {
			t.Errorf("%s: %q", c.name, got)
		}
	}
	for _, unrelated := range []string{
		"Hôm nay trời đẹp, tối nay nhà mình ăn gì nhỉ, ai rảnh thì qua chơi với bà ngoại nhé",
		"Giá vàng tuần này tăng hơn hai triệu một lượng, cửa hàng xếp hàng dài",
		"The match ended two all after extra time and the referee added six minutes",
		"Xin hãy đọc hết và gửi cho 20 người thân. Ai nhận được mà không gửi tiếp là thiếu tình thương.",
		"0123456789", "!!!", "Đội tuyển thắng ba không",
	} {
		if got := ask(t, tab, unrelated); len(got) != 0 {
			t.Errorf("%q finds %q", unrelated, got)
		}
		if says := tab.Text("#heading"); !strings.Contains(says, "Không có bài nào trong tệp này") && !strings.Contains(says, "No check in this file") {
			t.Errorf("%q: %q", unrelated, says)
		}
	}
}

// TestOfflineReadsAsTheProgram folds with the script what package viet folds,
// and reads every syllable of the corpus typed in Telex.
func TestOfflineReadsAsTheProgram(t *testing.T) {
	tab, _ := offline(t, testkit.View{Width: 1000, Height: 800})
	db := seeded(t)
	f := dump.New(db, t.TempDir(), options(t))
	must(t, f.Keep(t.Context()))
	texts := []string{
		"ĐẬP HÒA BÌNH", "Đập Hoà Bình", "Tiê\u0301ng Viê\u0323t", "ﬁn ２０２６ Ⓐⓑ", "Straße Æsir Þór", "𝓗𝓮𝓵𝓵𝓸 𝟏𝟐𝟑", "c\u00ada\u200bn\u2060h báo", "Ⅻ № ½", "ǎ ȟ ẅ Ŋ ı İ",
		"москва Ελλάς 東京 ไทย", "o\u031b\u0300 o\u0300\u031b u\u031b\u0309", "é́́", "🇻🇳 🙏 ❤️",
	}
	for _, l := range records(t, read(t, f, dump.NDJSON)) {
		texts = append(texts, l.Claim, l.Name)
	}
	quoted, err := json.Marshal(texts)
	must(t, err)
	folded := testkit.Eval[[]string](tab, `(() => { const fold = Search.folder(JSON.parse(document.getElementById("head").textContent).fold); return `+string(quoted)+`.map(fold); })()`)
	for i, text := range texts {
		if want := viet.Fold(text); folded[i] != want {
			t.Errorf("%q: the script folds %q, the program %q", text, folded[i], want)
		}
	}

	var typed, wants []string
	for _, text := range texts {
		for _, token := range viet.Tokens(text) {
			keys := telex(token.Text)
			if token.Kind != viet.Word || keys == token.Text || !viet.Syllable(token.Text) {
				continue
			}
			if reading, ok := viet.ReadTelex(keys); ok && reading == token.Text {
				typed, wants = append(typed, keys), append(wants, token.Folded)
			}
		}
	}
	if len(typed) < 200 {
		t.Fatalf("only %d syllables", len(typed))
	}
	quoted, err = json.Marshal(typed)
	must(t, err)
	read := testkit.Eval[[]string](tab, string(quoted)+`.map(Search.untelex)`)
	for i, want := range wants {
		if read[i] != want {
			t.Errorf("%s: the script reads %q, the program %q", typed[i], read[i], want)
		}
	}
}

// telex types a syllable with its keys, the tone at the end.
func telex(word string) string {
	tones := map[rune]string{0x300: "f", 0x301: "s", 0x309: "r", 0x303: "x", 0x323: "j"}
	shapes := map[rune]string{'ă': "aw", 'â': "aa", 'ê': "ee", 'ô': "oo", 'ơ': "ow", 'ư': "uw", 'đ': "dd"}
	var out, tone strings.Builder
	for _, r := range word {
		base, mark := split(r)
		if keys, ok := shapes[base]; ok {
			out.WriteString(keys)
		} else {
			out.WriteRune(base)
		}
		tone.WriteString(tones[mark])
	}
	return out.String() + tone.String()
}

// split takes the tone off a Vietnamese vowel.
func split(r rune) (base, mark rune) {
	for _, m := range []rune{0x300, 0x301, 0x309, 0x303, 0x323} {
		for _, v := range "aăâeêioôơuưy" {
			if viet.NFC(string(v)+string(m)) == string(r) {
				return v, m
			}
		}
	}
	return r, 0
}

// TestOfflineForEverybody uses the page by keyboard, has axe look at it, and
// makes sure that it calls nobody.
func TestOfflineForEverybody(t *testing.T) {
	tab, path := offline(t, testkit.View{Width: 360, Height: 740})
	for _, v := range tab.Axe() {
		t.Errorf("empty: %+v", v)
	}
	tab.FocusOn("#box")
	tab.Type("nuoc chanh nong chua ung thu")
	tab.Press(testkit.KeyTab, testkit.KeyEnter)
	if got := testkit.Eval[string](tab, `document.activeElement.id`); got != "heading" {
		t.Errorf("the focus is on %q, a screen reader is told nothing", got)
	}
	card := tab.Text("#list article")
	for _, part := range []string{"Không đúng", "Uống nước chanh nóng", "Vì sao", "Chủ sở hữu", "Bàn", "Bài này chỉ xem xét một câu", "2026", "https://ban.example/c/"} {
		if part == "https://ban.example/c/" {
			if href := testkit.Eval[string](tab, `document.querySelector("#list article > p > a").href`); !strings.HasPrefix(href, part) {
				t.Errorf("the address of the check is %q", href)
			}
			continue
		}
		if !strings.Contains(card, part) {
			t.Errorf("the card lacks %q:\n%s", part, card)
		}
	}
	if of := tab.Text("#of"); !strings.Contains(of, "29 tháng 11 năm 2026") {
		t.Errorf("it does not say of which day it is: %q", of)
	}
	testkit.Eval[bool](tab, `document.querySelector("details").open = true`)
	if n := testkit.Eval[int](tab, `document.querySelectorAll("#list article:first-child details li a").length`); n < 2 {
		t.Errorf("%d sources", n)
	}
	for _, v := range tab.Axe() {
		t.Errorf("with a result: %+v", v)
	}
	if wide := testkit.Eval[int](tab, `document.documentElement.scrollWidth`); wide > 360 {
		t.Errorf("the page is %d px wide on a phone of 360", wide)
	}
	picture(t, tab, "vi-phone")
	testkit.Eval[bool](tab, `(document.querySelector('[data-lang="en"]').click(), true)`)
	if got := tab.Text("#list article"); !strings.Contains(got, "Not true") || !strings.Contains(got, "This judges one sentence.") || !strings.Contains(got, "written in Vietnamese") {
		t.Errorf("in English:\n%s", got)
	}
	if got := testkit.Eval[string](tab, `document.documentElement.lang`); got != "en" {
		t.Errorf("lang is %q", got)
	}
	tab.Show(testkit.View{Width: 1100, Height: 900, Dark: true})
	for _, v := range tab.Axe() {
		t.Errorf("dark, in English: %+v", v)
	}
	picture(t, tab, "en-dark")
	ask(t, tab, "gold price this week")
	picture(t, tab, "en-none")
	for _, request := range tab.Requests() {
		if !strings.HasPrefix(request, "file://") && !strings.HasPrefix(request, "data:") {
			t.Errorf("it calls %s", request)
		}
	}
	// What the policy forbids does not happen even if the script wanted it.
	testkit.Eval[bool](tab, `(() => {
		document.addEventListener("securitypolicyviolation", (e) => document.body.append(Object.assign(document.createElement("i"), { className: "refused-" + e.effectiveDirective })));
		new Image().src = "https://elsewhere.example/x";
		fetch("https://elsewhere.example/").catch(() => {});
		return true;
	})()`)
	tab.Await(".refused-img-src")
	tab.Await(".refused-connect-src")
	raw, err := os.ReadFile(path)
	must(t, err)
	for _, part := range []string{"src=", "<link", "@import", "url(", "http-equiv=\"refresh"} {
		if strings.Contains(strings.Split(string(raw), `<script type="application/json"`)[0], part) {
			t.Errorf("the page refers to something outside: %s", part)
		}
	}
}

func picture(t *testing.T, tab *testkit.Tab, name string) {
	t.Helper()
	if *shots != "" {
		must(t, os.WriteFile(filepath.Join(*shots, name+".png"), tab.Shot(), 0o644))
	}
}
