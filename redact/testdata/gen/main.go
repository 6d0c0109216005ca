//go:build ignore

// Command gen writes the grammar half of the redaction corpus: messages made
// from templates, slots and a seed. The same seed always gives the same file.
//
//	go run redact/testdata/gen/main.go -seed 20261121 > redact/testdata/corpus/grammar.tsv
//
// Every number, name, address and account is invented by the seed. The columns
// are described in the corpus's README.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"log"
	"math/rand/v2"
	"os"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

func main() {
	log.SetFlags(0)
	seed := flag.Uint64("seed", 0, "seed of the PCG generator; required")
	flag.Parse()
	if *seed == 0 || flag.NArg() > 0 {
		log.Fatal("usage: gen -seed N > grammar.tsv")
	}
	g := &gen{rand.New(rand.NewPCG(*seed, 1)), map[string]bool{}}
	out := bufio.NewWriter(os.Stdout)
	fmt.Fprintln(out, "kind\tlang\tform\ttext\tsecret\tkeep")
	for _, f := range families() {
		for range f.lines {
			fmt.Fprintln(out, g.line(f))
		}
	}
	if err := out.Flush(); err != nil {
		log.Fatal(err)
	}
}

// A family makes the lines of one kind in one language.
type family struct {
	kind, lang string
	lines      int
	forms      []string
	padded     bool // a chain letter's opening or closing may be put around it
	templates  []string
}

// A slot's filling: what is written, and which parts of it must go or stay.
type filling struct {
	text   string
	secret []string
	keep   []string
}

func secret(s string) filling       { return filling{s, []string{s}, nil} }
func part(s, hidden string) filling { return filling{s, []string{hidden}, nil} }
func keep(s string) filling         { return filling{s, nil, []string{s}} }
func plain(s string) filling        { return filling{text: s} }

type gen struct {
	*rand.Rand
	seen map[string]bool
}

// line makes one line that has not been made before.
func (g *gen) line(f family) string {
	for {
		form := pick(g, f.forms)
		m := g.fill(f, pick(g, f.templates), form)
		if f.padded {
			m = g.pad(f.lang, m)
		}
		text := dress(form, m.text)
		if g.seen[text] {
			continue
		}
		g.seen[text] = true
		cols := []string{
			f.kind, f.lang, form, text,
			dress(form, strings.Join(m.secret, "|")), dress(form, strings.Join(m.keep, "|")),
		}
		return strings.Join(cols, "\t")
	}
}

// fill replaces each {slot} of the template.
func (g *gen) fill(f family, template, form string) filling {
	var m filling
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(template, "{")
		b.WriteString(before)
		if !ok {
			m.text = b.String()
			return m
		}
		name, after, ok := strings.Cut(rest, "}")
		if !ok {
			log.Fatalf("template without a closing brace: %q", template)
		}
		v := g.slot(name, f.lang)
		if form == "zerowidth" {
			v = g.thread(v)
		}
		b.WriteString(v.text)
		m.secret = append(m.secret, v.secret...)
		m.keep = append(m.keep, v.keep...)
		template = after
	}
}

// thread puts invisible characters between the characters of what must go.
func (g *gen) thread(v filling) filling {
	for i, s := range v.secret {
		var b strings.Builder
		for j, r := range []rune(s) {
			if j > 0 && g.IntN(3) == 0 {
				b.WriteString(pick(g, []string{"\u200b", "\u200c", "\u2060", "\ufeff", "\u00ad", "\u200e"}))
			}
			b.WriteRune(r)
		}
		v.text = strings.Replace(v.text, s, b.String(), 1)
		v.secret[i] = b.String()
	}
	return v
}

func (g *gen) pad(lang string, m filling) filling {
	open, end := openings[lang], closings[lang]
	if g.IntN(3) == 0 {
		m.text = pick(g, open) + m.text
	}
	if g.IntN(3) == 0 {
		m.text += pick(g, end)
	}
	return m
}

var openings = map[string][]string{
	"vi": {
		"Cả nhà chú ý: ", "Mọi người ơi, ", "TIN MỚI NHẬN!!! ", "Fw: ", "Bà con lưu ý giúp. ", "Em mới nhận được tin này: ",
		"⚠️⚠️ ", "Kính gửi quý phụ huynh, ", "Nhóm mình ai biết thì xác nhận giúp: ", "Xin phép ad cho em đăng. ", "Khẩn!\\n", "Hỏi chút ạ: ",
	},
	"en": {
		"Please read: ", "FWD: ", "URGENT!!! ", "Got this in the family group: ", "Is this real? ", "Dear parents, ", "👉 ",
		"Copied from another group -\\n", "Hi all, ", "Not sure about this one: ",
	},
}

var closings = map[string][]string{
	"vi": {
		" Chuyển cho mọi người cùng biết nhé.", " Ai biết báo lại giúp em.", " Có đúng không ạ?", "\\nCảm ơn cả nhà.", " Thấy bảo thế chứ em không rõ.",
		" 🙏🙏🙏", " Nhận được thì gửi tiếp cho người thân.", " Tin chuẩn nha mọi người.", "\\n\\n(đã gửi nhiều lần)",
	},
	"en": {
		" Please pass it on.", " Is it true?", " 🙏", "\\nThanks everyone.", " A friend of a friend confirmed it.", "\\n\\n(forwarded many times)", " Better safe than sorry!",
	},
}

// dress rewrites a finished message, and its secret and keep columns alike, in
// the form it is sent in.
func dress(form, s string) string {
	switch form {
	case "nfc", "zerowidth":
		return norm.NFC.String(s)
	case "nfd":
		return norm.NFD.String(s)
	case "nodia":
		return bare(s)
	case "upper":
		return strings.ReplaceAll(strings.ToUpper(norm.NFC.String(s)), "\\N", "\\n")
	case "fullwidth":
		return strings.Map(func(r rune) rune {
			if unicode.IsDigit(r) || strings.ContainsRune("@.-", r) {
				return r + 0xFEE0
			}
			return r
		}, s)
	case "mathbold":
		return digits(s, 0x1D7CE)
	case "mathmono":
		return digits(s, 0x1D7F6)
	case "arabic":
		return digits(s, 0x0660)
	}
	log.Fatalf("unknown form %q", form)
	return ""
}

func digits(s string, zero rune) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return zero + r - '0'
		}
		return r
	}, s)
}

// bare removes every mark, as people type who have no Vietnamese keyboard.
func bare(s string) string {
	s = strings.NewReplacer("đ", "d", "Đ", "D").Replace(norm.NFD.String(s))
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, s)
}

func pick[T any](g *gen, from []T) T { return from[g.IntN(len(from))] }

// number gives n random digits.
func (g *gen) number(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte('0' + g.IntN(10))
	}
	return string(b)
}

// group writes digits in groups of the given sizes.
func group(s, sep string, sizes ...int) string {
	var parts []string
	for _, n := range sizes {
		if s == "" {
			break
		}
		n = min(n, len(s))
		parts, s = append(parts, s[:n]), s[n:]
	}
	if s != "" {
		parts = append(parts, s)
	}
	return strings.Join(parts, sep)
}

// between gives a whole number from lo to hi.
func (g *gen) between(lo, hi int) int { return lo + g.IntN(hi-lo+1) }

// slot fills one named slot.
func (g *gen) slot(name, lang string) filling {
	switch name {
	case "phone":
		return secret(g.phone())
	case "fixed":
		return secret(g.fixed())
	case "foreign":
		return secret(g.foreign())
	case "email":
		return g.email(false)
	case "emailobf":
		return g.email(true)
	case "cccd":
		return secret(g.cccd())
	case "id9":
		return secret(group(nozero(g, 9), pick(g, []string{"", "", " ", "."}), 3, 3, 3))
	case "tax":
		return secret(g.tax())
	case "bhxh":
		return secret(g.number(10))
	case "bhyt":
		return g.healthCard()
	case "passport":
		return g.passport()
	case "account":
		return secret(g.account())
	case "card":
		return secret(group(pick(g, []string{"4", "5", "9"})+g.number(15), pick(g, []string{"", " ", "-"}), 4, 4, 4, 4))
	case "bank":
		return plain(pick(g, banks))
	case "longnumber":
		return secret(nozero(g, g.between(8, 14)))
	case "shortnumber":
		return secret(nozero(g, g.between(7, 8)))
	case "handle":
		return g.handle()
	case "profile":
		return g.profile()
	case "name":
		return secret(g.name())
	case "somebody":
		return plain(g.name())
	case "plate":
		return secret(g.plate())
	case "amount":
		return keep(g.amount(lang))
	case "date":
		return keep(g.date(lang))
	case "span":
		return keep(g.span())
	case "stamp":
		return plain(g.stamp())
	case "clock":
		return plain(fmt.Sprintf("%02d:%02d", g.IntN(24), g.IntN(60)))
	case "decree":
		return keep(g.decree())
	case "hotline":
		return keep(g.hotline())
	case "emergency":
		return keep(pick(g, []string{"111", "112", "113", "114", "115"}))
	case "measure":
		return keep(g.measure(lang))
	case "percent":
		return keep(g.percent(lang))
	case "year":
		return keep(fmt.Sprint(g.between(1930, 2026)))
	case "hour":
		return keep(pick(g, []string{fmt.Sprintf("%dh%02d", g.between(5, 22), g.IntN(60)), fmt.Sprintf("%02d:%02d", g.IntN(24), g.IntN(60)), fmt.Sprintf("%d giờ", g.between(5, 22))}))
	case "link":
		return keep(g.link())
	case "matter":
		return keep(pick(g, matters[lang]))
	}
	log.Fatalf("unknown slot %q", name)
	return filling{}
}

func nozero(g *gen, n int) string { return fmt.Sprint(g.between(1, 9)) + g.number(n-1) }

var separators = []string{"", "", "", " ", " ", ".", ".", "-", "-", "–", "—", " - ", " . ", "·", "•", ". ", "\u00a0"}

// mobile gives a national mobile number of ten digits over all ranges in use.
func (g *gen) mobile() string {
	ranges := []string{"51", "522", "523", "528", "559", "56", "58", "59", "70", "76", "77", "78", "79", "81", "82", "83", "84", "85", "86", "87", "88", "896", "897", "898", "899"}
	for n := 30; n <= 39; n++ {
		ranges = append(ranges, fmt.Sprint(n))
	}
	for n := 90; n <= 99; n++ {
		ranges = append(ranges, fmt.Sprint(n))
	}
	r := pick(g, ranges)
	return "0" + r + g.number(9-len(r))
}

func (g *gen) phone() string {
	n := g.mobile()
	sep := pick(g, separators)
	sizes := pick(g, [][]int{{4, 3, 3}, {4, 3, 3}, {3, 3, 4}, {4, 2, 2, 2}, {3, 4, 3}, {5, 5}, {2, 2, 2, 2, 2}, {4, 6}})
	switch g.IntN(12) {
	case 0:
		return "+84" + pick(g, []string{"", " ", "-", "."}) + group(n[1:], sep, 3, 3, 3)
	case 1:
		return "0084" + pick(g, []string{"", " ", "-"}) + group(n[1:], sep, 3, 3, 3)
	case 2:
		return "84" + group(n[1:], pick(g, []string{"", "", " ", "."}), 3, 3, 3)
	case 3:
		return "(+84)" + pick(g, []string{"", " "}) + group(n[1:], sep, 3, 3, 3)
	case 4:
		return "(" + n[:4] + ")" + pick(g, []string{"", " "}) + group(n[4:], sep, 3, 3)
	case 5:
		return "+84 (0)" + pick(g, []string{"", " "}) + group(n[1:], pick(g, []string{"", " ", "."}), 3, 3, 3)
	case 6:
		return "+84" + group(n[1:], pick(g, []string{"", " "}), 2, 3, 2, 2)
	}
	return group(n, sep, sizes...)
}

// fixed gives a fixed line: 02 and nine digits.
func (g *gen) fixed() string {
	area := pick(g, []string{"024", "028", "0204", "0213", "0225", "0229", "0234", "0236", "0238", "0252", "0258", "0262", "0274", "0292", "0299"})
	rest := pick(g, []string{"2", "3", "6", "7"}) + g.number(10-len(area))
	sep := pick(g, []string{"", " ", ".", "-"})
	switch g.IntN(5) {
	case 0:
		return "(" + area + ")" + pick(g, []string{"", " "}) + group(rest, sep, 4, 4)
	case 1:
		return "+84" + pick(g, []string{"", " ", "-"}) + area[1:] + sep + group(rest, sep, 4, 4)
	case 2:
		return "(84-" + area[1:] + ") " + group(rest, sep, 4, 4)
	}
	return area + sep + group(rest, sep, 4, 4)
}

// foreign gives a number outside Viet Nam, in ranges kept for fiction where a
// country has one.
func (g *gen) foreign() string {
	switch g.IntN(6) {
	case 0:
		return "+1 " + pick(g, []string{"(202) 555-01", "312-555-01", "415 555 01"}) + g.number(2)
	case 1:
		return "+44 7700 900" + g.number(3)
	case 2:
		return "+61 491 570 " + g.number(3)
	case 3:
		return "+855 1" + g.number(1) + " " + group(g.number(6), " ", 3, 3)
	case 4:
		return "0086" + group("1"+g.number(10), pick(g, []string{"", " ", "-"}), 3, 4, 4)
	}
	return "+886 9" + g.number(2) + " " + group(g.number(6), " ", 3, 3)
}

var (
	surnames = []string{"Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Phan", "Vũ", "Võ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương", "Lý", "Triệu", "Nông", "Lò", "Thạch"}
	middles  = []string{"Văn", "Thị", "Minh", "Đức", "Ngọc", "Thu", "Quốc", "Hữu", "Thanh", "Bảo", "Kim", "Xuân", ""}
	givens   = []string{"Bình", "Hạnh", "Lượng", "Thảo", "Dũng", "Oanh", "Khuê", "Tín", "Ngân", "Phước", "Quyên", "Sáu", "Út", "Trâm", "Vượng", "Yến", "Đạt", "Lành", "Mận", "Toàn"}
	foreigns = []string{"Karla Windmere", "Tomas Oakhart", "Priya Larkfield", "Dale Brookner", "Ines Valcourt", "Moe Tannery", "Rita Ashgrove", "Owen Pellworth"}
	banks    = []string{
		"Vietcombank", "VCB", "Techcombank", "TCB", "BIDV", "Agribank", "VietinBank", "MB Bank", "MBBank", "ACB", "Sacombank", "TPBank", "VPBank", "SHB", "HDBank",
		"ngân hàng Á Châu", "ngân hàng Quân đội", "ngan hang Ngoai thuong", "NH Nông nghiệp", "Vietinbank CN Sông Lành",
	}
)

func (g *gen) name() string {
	if g.IntN(7) == 0 {
		return pick(g, foreigns)
	}
	m := pick(g, middles)
	if m != "" {
		m += " "
	}
	return pick(g, surnames) + " " + m + pick(g, givens)
}

// user gives the name somebody might have on a service.
func (g *gen) user(sep []string) string {
	a := strings.ToLower(bare(pick(g, givens)))
	b := strings.ToLower(bare(pick(g, surnames)))
	tail := pick(g, []string{"", g.number(2), g.number(3), "19" + fmt.Sprint(g.between(60, 99)), "official", "shop", "xinh", "vn"})
	return a + pick(g, sep) + b + tail + pick(g, []string{"", "", "x", "kt"}) + string(rune('a'+g.IntN(26)))
}

func (g *gen) email(obfuscated bool) filling {
	local := g.user([]string{".", "_", "", "-"})
	host := pick(g, []string{"example.com", "example.org", "example.net", "hopthu.example", "thu.songlanh.example", "mail.giobien.example", "truong.test", "vidu.example.vn"})
	if g.IntN(6) == 0 {
		local = strings.ToUpper(local[:1]) + local[1:]
	}
	if !obfuscated {
		s := local + "@" + host
		return part(pick(g, []string{s, s, s, "<" + s + ">", "mailto:" + s}), local)
	}
	at := pick(g, []string{"(at)", "[at]", " (at) ", " [at] ", "＠", "﹫", "(AT)", "{at}"})
	dot := "."
	if at != "＠" && at != "﹫" || g.IntN(2) == 0 {
		dot = pick(g, []string{"[dot]", "(dot)", " [dot] ", " (dot) ", "."})
	}
	return part(local+at+strings.ReplaceAll(host, ".", dot), local)
}

func (g *gen) cccd() string {
	s := fmt.Sprintf("%03d%d%02d%s", g.between(1, 96), g.between(0, 3), g.IntN(100), g.number(6))
	switch g.IntN(6) {
	case 0:
		return group(s, " ", 3, 3, 3, 3)
	case 1:
		return group(s, " ", 4, 4, 4)
	case 2:
		return group(s, ".", 3, 3, 6)
	case 3:
		return group(s, "-", 3, 3, 3, 3)
	}
	return s
}

func (g *gen) tax() string {
	s := pick(g, []string{"0", "3", "4", "8"}) + g.number(9)
	if g.IntN(3) == 0 {
		s += "-0" + g.number(2)
	}
	return s
}

func (g *gen) healthCard() filling {
	n := fmt.Sprint(g.between(1, 5)) + fmt.Sprintf("%02d", g.between(1, 96)) + g.number(10)
	code := pick(g, []string{"DN", "HC", "TE", "GD", "HT", "SV", "CN"})
	s := group(n, pick(g, []string{"", " "}), 1, 2, 10)
	return part(code+pick(g, []string{"", " "})+s, s)
}

func (g *gen) passport() filling {
	n := g.number(pick(g, []int{7, 8}))
	return part(pick(g, []string{"B", "C", "N", "P", "K"})+pick(g, []string{"", "", " "})+n, n)
}

func (g *gen) account() string {
	n := g.number(g.between(8, 16))
	switch g.IntN(5) {
	case 0:
		return group(n, " ", 4, 4, 4, 4)
	case 1:
		return group(n, pick(g, []string{".", "-"}), 3, 3, 3, 3, 3)
	}
	return n
}

func (g *gen) handle() filling {
	u := g.user([]string{".", "_", ""})
	return part("@"+u, u)
}

func (g *gen) profile() filling {
	u := g.user([]string{".", "_", "", "-"})
	num := "1000" + g.number(11)
	phone := "84" + g.mobile()[1:]
	type page struct{ url, hidden string }
	p := pick(g, []page{
		{"facebook.com/" + u, u},
		{"www.facebook.com/" + u + "/posts/pfbid0" + g.number(6) + "abcXYZ", u},
		{"facebook.com/profile.php?id=" + num, num},
		{"m.facebook.com/story.php?story_fbid=" + g.number(12) + "&id=" + num, num},
		{"facebook.com/groups/" + num + "/user/" + u, u},
		{"fb.com/" + u, u},
		{"fb.me/" + u, u},
		{"m.me/" + u, u},
		{"instagram.com/" + u, u},
		{"www.instagram.com/" + u + "/reel/C" + g.number(5) + "xYz/", u},
		{"www.threads.net/@" + u, u},
		{"threads.com/@" + u + "/post/DA" + g.number(4), u},
		{"www.tiktok.com/@" + u + "/video/7" + g.number(18), u},
		{"tiktok.com/@" + u, u},
		{"vt.tiktok.com/ZS" + strings.ToUpper(u[:4]) + g.number(4) + "/", strings.ToUpper(u[:4]) + "/"},
		{"x.com/" + u, u},
		{"x.com/" + u + "/status/18" + g.number(17), u},
		{"twitter.com/" + u, u},
		{"mobile.twitter.com/" + u + "/status/15" + g.number(17), u},
		{"youtube.com/@" + u, u},
		{"www.youtube.com/channel/UC" + u + g.number(8), u},
		{"youtube.com/c/" + u, u},
		{"zalo.me/" + phone, phone},
		{"zalo.me/0" + phone[2:], phone[2:]},
		{"zalo.me/g/" + u[:4] + "qx" + g.number(3), ""},
		{"t.me/" + u, u},
		{"t.me/s/" + u + "/" + g.number(4), u},
		{"wa.me/" + phone, phone},
		{"wa.me/" + phone + "?text=Xin%20chao", phone},
		{"www.linkedin.com/in/" + u, u},
		{"linkedin.com/in/" + u + "-" + g.number(6) + "/", u},
		{"vk.com/" + u, u},
		{"vk.com/id" + num[4:], num[4:]},
		{"weibo.com/u/" + num[4:14], num[4:14]},
		{"m.weibo.cn/u/" + num[4:14], num[4:14]},
		{"bsky.app/profile/" + u + ".bsky.social", u},
	})
	if strings.HasPrefix(p.url, "vt.tiktok") || p.hidden == "" {
		p.hidden = p.url[strings.LastIndex(strings.TrimSuffix(p.url, "/"), "/")+1:]
		p.hidden = strings.TrimSuffix(p.hidden, "/")
	}
	scheme := pick(g, []string{"https://", "https://", "http://", ""})
	return part(scheme+p.url, p.hidden)
}

func (g *gen) plate() string {
	province := pick(g, []int{11, 14, 15, 17, 20, 24, 29, 30, 34, 37, 43, 47, 50, 51, 59, 61, 65, 68, 75, 77, 79, 92, 93, 99})
	n := g.number(5)
	tail := pick(g, []string{n, n[:3] + "." + n[3:]})
	letter := string("ABCDEFGHKLMNPSTUVXYZ"[g.IntN(20)])
	if g.IntN(2) == 0 {
		return fmt.Sprintf("%d%s%s%s", province, letter, pick(g, []string{"-", " ", ""}), tail)
	}
	return fmt.Sprintf("%d%s%s%d%s%s", province, pick(g, []string{"-", " ", ""}), letter, g.between(1, 9), pick(g, []string{"-", " "}), tail)
}

// grouped writes n with a thousands separator.
func grouped(n int, sep string) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + sep + s[i:]
	}
	return s
}

func (g *gen) amount(lang string) string {
	round := g.between(1, 999) * pick(g, []int{1000, 10_000, 100_000, 1_000_000, 10_000_000})
	if lang == "en" {
		switch g.IntN(8) {
		case 0:
			return grouped(round, ",") + " USD"
		case 1:
			return "$" + grouped(round, ",")
		case 2:
			return "VND " + grouped(round, ",")
		case 3:
			return grouped(round, ",") + " dong"
		case 4:
			return fmt.Sprintf("%d million", g.between(2, 900))
		case 5:
			return fmt.Sprintf("%d.%d billion", g.between(1, 90), g.IntN(10))
		case 6:
			return "US$" + grouped(round, ",") + ".00"
		}
		return grouped(g.between(1000, 99_999_999), ",") + pick(g, []string{" VND", " USD", " euros", " people", " doses"})
	}
	switch g.IntN(12) {
	case 0:
		return grouped(round, ".") + pick(g, []string{"đ", "đ", " đ"})
	case 1:
		return grouped(round, ",") + " VNĐ"
	case 2:
		return fmt.Sprintf("%d tỷ", g.between(2, 900))
	case 3:
		return fmt.Sprintf("%d,%d triệu", g.between(1, 99), g.IntN(10))
	case 4:
		return fmt.Sprintf("%dk", g.between(10, 950))
	case 5:
		return fmt.Sprintf("%dtr%d", g.between(1, 30), g.between(1, 9))
	case 6:
		return fmt.Sprintf("%d đồng", round*100)
	case 7:
		return grouped(round, " ") + " đồng"
	case 8:
		return grouped(round, ",") + " USD"
	case 9:
		return grouped(round, ".") + "-" + grouped(round*2, ".") + " đồng"
	}
	return grouped(round, ".") + pick(g, []string{" đồng", " đồng", " VND", " vnđ", "đ/tháng", " đồng/kg", " tỷ đồng"})
}

func (g *gen) date(lang string) string {
	d, m, y := g.between(1, 28), g.between(1, 12), g.between(1990, 2027)
	switch g.IntN(10) {
	case 0:
		return fmt.Sprintf("%02d-%02d-%d", d, m, y)
	case 1:
		return fmt.Sprintf("%d-%02d-%02d", y, m, d)
	case 2:
		return fmt.Sprintf("%02d.%02d.%d", d, m, y)
	case 3:
		if lang == "en" {
			return fmt.Sprintf("%d %s %d", d, pick(g, []string{"March", "June", "September", "December"}), y)
		}
		return fmt.Sprintf("ngày %d tháng %d năm %d", d, m, y)
	case 4:
		return fmt.Sprintf("%d/%d", d, m)
	case 5:
		return fmt.Sprintf("%02d/%02d/%d %02d:%02d", d, m, y, g.IntN(24), g.IntN(60))
	case 6:
		return fmt.Sprintf("%d-%02d-%02d %02d:%02d", y, m, d, g.IntN(24), g.IntN(60))
	case 7:
		return fmt.Sprintf("%d/%d/%d", d, m, y)
	}
	return fmt.Sprintf("%02d/%02d/%d", d, m, y)
}

func (g *gen) span() string {
	y := g.between(1995, 2020)
	switch g.IntN(6) {
	case 0:
		return fmt.Sprintf("%d-%d", y, y+g.between(1, 10))
	case 1:
		return fmt.Sprintf("%d – %d", y, y+g.between(1, 10))
	case 2:
		return fmt.Sprintf("%02d/%02d - %02d/%02d/%d", g.between(1, 14), g.between(1, 12), g.between(15, 28), g.between(1, 12), y)
	case 3:
		return fmt.Sprintf("%02d/%02d/%d - %02d/%02d/%d", g.between(1, 28), g.between(1, 12), y, g.between(1, 28), g.between(1, 12), y+1)
	case 4:
		return fmt.Sprintf("%02d.%02d.%d-%02d.%02d.%d", g.between(1, 14), g.between(1, 12), y, g.between(15, 28), g.between(1, 12), y)
	}
	return fmt.Sprintf("%d-%d, %d-%d", y, y+5, y+5, y+10)
}

// stamp is the time in a chat export's header: neither to keep nor to hide.
func (g *gen) stamp() string {
	return fmt.Sprintf("%02d/%02d/20%02d", g.between(1, 28), g.between(1, 12), g.between(20, 26))
}

func (g *gen) decree() string {
	y := g.between(1995, 2026)
	n := g.between(1, 399)
	switch g.IntN(9) {
	case 0:
		return fmt.Sprintf("%d/%d/QH%d", n, y, g.between(11, 16))
	case 1:
		return fmt.Sprintf("%02d/%d/TT-%s", n%99+1, y, pick(g, []string{"BYT", "BGDĐT", "NHNN", "BTC", "BTNMT"}))
	case 2:
		return fmt.Sprintf("%d/QĐ-UBND", g.between(100, 9999))
	case 3:
		return fmt.Sprintf("%d/QĐ-TTg", g.between(100, 2999))
	case 4:
		return fmt.Sprintf("%d/UBND-%s", g.between(100, 9999), pick(g, []string{"VX", "KT", "NC"}))
	case 5:
		return fmt.Sprintf("TCVN %d:%d", g.between(1000, 13999), y)
	case 6:
		return fmt.Sprintf("%d/CĐ-PCTT", g.between(1, 199))
	}
	return fmt.Sprintf("%d/%d/NĐ-CP", n, y)
}

// hotline is a service number: 1800 or 1900, here always followed by 03, which
// no service known to us has.
func (g *gen) hotline() string {
	s := pick(g, []string{"1800", "1900"})
	rest := "03" + g.number(pick(g, []int{2, 2, 4}))
	switch g.IntN(6) {
	case 0:
		return s + " " + rest
	case 1:
		return s + "." + rest
	case 2:
		return s + "-" + rest
	case 3:
		return s + " " + group(rest, " ", 2, 2, 2)
	case 4:
		return "(" + s + ") " + rest
	}
	return s + rest
}

func (g *gen) measure(lang string) string {
	n := grouped(g.between(1000, 9_999_999), map[string]string{"vi": ".", "en": ","}[lang])
	if lang == "en" {
		return n + pick(g, []string{" km", " m3/s", " people", " cases", " tonnes", " hectares", " doses", " km2"})
	}
	return n + pick(g, []string{" km", " m3/s", " m³/giây", " người", " ca", " tấn", " ha", " liều", " hộ dân", " km²", " cây số", " lượt khách"})
}

func (g *gen) percent(lang string) string {
	return fmt.Sprintf("%d%s%d%%", g.IntN(100), map[string]string{"vi": ",", "en": "."}[lang], g.IntN(100))
}

// link is a page that is nobody's profile.
func (g *gen) link() string {
	slug := pick(g, []string{"ho-song-lanh-xa-lu", "lich-nghi-hoc-bao-so-5", "gia-xang-hom-nay", "dam-release-schedule", "recall-of-rice-noodles"})
	host := pick(g, []string{"baosonglanh.example", "www.daigiobien.example/tin", "so-yte.example.gov.vn", "news.example.org/en", "www.netflix.com", "dropbox.com", "fax.example", "wix.com/blog"})
	return "https://" + host + "/" + slug + pick(g, []string{"", ".html", "-" + nozero(g, 6) + ".html", fmt.Sprintf("?v=%d", g.between(1, 99))})
}

var matters = map[string][]string{
	"vi": {
		"xã An Khê mất nước ba ngày", "hồ Sông Lành xả lũ tối nay", "trường Hòa Bình cho nghỉ học", "ngân hàng khóa tài khoản chưa cập nhật sinh trắc học", "vắc xin cúm gây vô sinh",
		"cầu Bến Đò cấm xe tải", "uống nước lá chữa được tiểu đường", "tuyển người đi làm ở nước ngoài lương cao", "chợ Vạn Thạnh đóng cửa", "giá xăng ngày mai tăng mạnh",
	},
	"en": {
		"the dam opens tonight", "the school is closed tomorrow", "the flu jab causes infertility", "the bank is closing old accounts", "the Bến Đò bridge is shut to lorries",
		"boiled leaves cure diabetes", "petrol goes up at midnight", "the market has shut for good",
	},
}

var (
	usual   = []string{"nfc", "nfc", "nfc", "nfd", "nfd"}
	written = []string{"nfc", "nfc", "nfc", "nfc", "nfd", "nfd", "nodia", "nodia", "upper"}
	spelled = []string{"nfc", "nfc", "nfc", "nfc", "nfc", "nfc", "nfd", "nfd", "nfd", "nodia", "nodia", "nodia", "upper", "fullwidth", "mathbold", "mathmono", "zerowidth", "arabic"}
)

// families lists what is made, in order. The look-alikes to keep are half as
// many as the identifiers.
func families() []family {
	return []family{
		{"phone", "vi", 300, spelled, true, []string{
			"Ai cần thì gọi {phone} gặp anh {somebody}.", "Liên hệ: {phone}", "SĐT {phone} (zalo)", "sđt:{phone}", "Mất ví ở chợ, ai nhặt được xin gọi {phone}, xin hậu tạ {amount}.",
			"Số này {phone} vừa gọi tự xưng là nhân viên ngân hàng", "đt {phone} hoặc {phone}", "{phone}", "{matter}, hỏi cô {somebody} {phone} là biết", "Tuyển công nhân lương {amount}, hồ sơ gửi zalo {phone}",
			"Cứu trợ lũ: {phone} / {phone}", "Đừng nghe máy số {phone} và {phone} nha", "Hotline {hotline}, di động {phone}", "Nhà xe chạy lúc {hour}, đặt vé {phone}", "📞{phone}📞", "gọi số{phone}nha",
			"Từ ngày {date} liên hệ thầy {somebody}, điện thoại {phone}, để nhận lại tiền.", "☎ {phone}\\n☎ {phone}", "Zalo: {phone}, giá {amount}", "Nhắn tin cho {phone} trước {date} để giữ chỗ", "Bé lạc ở bến xe, mẹ bé số {phone}. Chia sẻ giúp!",
		}},
		{"phone", "vi", 50, spelled, true, []string{
			"Điện thoại bàn {fixed}, trong giờ hành chính", "Văn phòng: {fixed} - máy lẻ 12", "Tổng đài phòng khám {fixed}, cấp cứu {emergency}", "ĐT: {fixed}, DĐ: {phone}", "{matter}, gọi {fixed} hỏi",
		}},
		{"phone", "en", 80, spelled, true, []string{
			"Call me on {phone} before noon.", "My number is {phone}", "Text {phone} or {phone} to claim {amount}", "Lost dog near the bridge, ring {phone}", "{matter}. Ask the manager, {phone}", "WhatsApp: {phone}",
			"Someone from {phone} said my account would be closed on {date}", "tel {fixed}", "Job abroad, {amount} a month, contact {foreign}", "Missed call from {foreign}, who is it?", "mob. {phone}, office {fixed}",
		}},
		{"email", "vi", 60, []string{"nfc", "nfc", "nfd", "nodia", "fullwidth", "zerowidth"}, true, []string{
			"Gửi hồ sơ về {email} trước {date}", "Email: {email}", "Thư từ {email} báo trúng thưởng {amount}", "Phản hồi cho thầy {somebody} ({email})", "{email} là địa chỉ lừa, mình bị mất {amount}", "nhận file ở {email}, {matter}",
		}},
		{"email", "en", 40, []string{"nfc", "nfc", "nodia", "fullwidth", "zerowidth"}, true, []string{
			"Send your CV to {email} by {date}.", "Reply to {email} to get {amount}", "Contact: {email}", "I got this from {email}: {matter}", "write to {email}; {email}",
		}},
		{"email", "vi", 40, []string{"nfc", "nfd", "nodia"}, true, []string{
			"Hồ sơ xin gửi {emailobf} nhé", "mail mình: {emailobf}", "liên lạc {emailobf} để nhận {amount}",
		}},
		{"email", "en", 30, []string{"nfc", "nodia"}, true, []string{
			"mail me: {emailobf}", "reach the recruiter at {emailobf} for {amount}", "{emailobf} wrote that {matter}",
		}},
		{"id", "vi", 170, spelled, true, []string{
			"Tôi tên {somebody}, CCCD {cccd}, bị giữ giấy tờ", "căn cước công dân số {cccd} cấp {date}", "CMND {id9} do công an tỉnh cấp", "cmt: {id9}", "chứng minh nhân dân {id9}, sổ hộ khẩu để ở nhà", "mã định danh {cccd}",
			"MST {tax}", "mã số thuế: {tax}, nợ {amount}", "số BHXH {bhxh}", "Sổ bhxh {bhxh} đóng từ {date}", "thẻ BHYT {bhyt}", "số thẻ bhyt {bhyt}, hạn {date}", "hộ chiếu {passport} hết hạn {date}", "Hộ chiếu số {passport}",
			"{cccd}", "Gửi ảnh mặt trước, số {cccd}, để vay {amount}", "Căn cước {cccd}, chứng minh cũ {id9}", "Số định danh cá nhân của bé là {cccd}", "GPLX số {cccd}, hạn {date}",
		}},
		{"id", "en", 40, spelled, true, []string{
			"ID card number {cccd}, issued {date}", "My CCCD is {cccd}", "They asked for my CMND {id9} and {amount}", "tax code MST {tax}", "passport hộ chiếu {passport}", "BHYT card {bhyt}", "citizen ID {cccd} was in the photo",
		}},
		{"account", "vi", 150, spelled, true, []string{
			"STK {account} {bank}", "stk: {account}, chủ tk {somebody}", "số tài khoản {account} tại {bank}", "Chuyển khoản vào {account} {bank} giúp cháu {somebody}", "số tk {account}", "TK {account}", "ck vào tk {account} trước {date}",
			"{bank} {account}", "{bank}: {account} ({somebody})", "momo {account}", "Ủng hộ qua MoMo: {account}", "zalopay {account}", "Chuyển khoản {amount} vào STK {account}", "nộp cọc {amount}, stk {account} {bank}", "ctk {somebody}, stk {account}",
			"Số thẻ {card}, hết hạn {date}", "thẻ {bank} số {card}", "Nạp {amount} vào ví momo {account} là nhận gấp đôi", "Tài khoản ủng hộ bà con vùng lũ: {account} - {bank}",
		}},
		{"account", "en", 30, spelled, true, []string{
			"Transfer {amount} to STK {account} {bank}", "{bank} {account}", "account (stk) {account}, {bank}", "Donate by MoMo {account}", "My card {card} was charged {amount}", "send it to {bank}, số tài khoản {account}",
		}},
		{"number", "vi", 40, usual, true, []string{
			"Mã vận đơn {longnumber}, bưu tá báo {matter}", "Mã khách hàng {longnumber} nợ {amount}", "Mã hồ sơ {longnumber}", "gọi {shortnumber} gặp chị {somebody}", "đơn hàng {longnumber} giá {amount}", "zalo {shortnumber}",
		}},
		{"number", "en", 20, usual, true, []string{
			"Tracking no. {longnumber}, pay {amount}", "customer code {longnumber}", "order {longnumber} arrives {date}",
		}},
		{"handle", "vi", 60, usual, true, []string{
			"Theo {handle} thì {matter}", "{handle} {handle} vào xem này", "nguồn: {handle}", "kênh {handle} nói {matter}", "Chủ page {handle} bảo chuyển {amount}", "({handle})", "đăng lại của {handle}: {matter}", "ib {handle} để mua, giá {amount}",
		}},
		{"handle", "en", 50, usual, true, []string{
			"{handle} says {matter}", "via {handle}", "RT {handle}: {matter}", ".{handle} is this true?", "cc {handle} {handle}", "follow \"{handle}\" for more", "ask {handle}, {matter}",
		}},
		{"profile", "vi", 80, usual, true, []string{
			"Xem ở {profile}", "{profile}", "nguồn {profile} {matter}", "Ai quen {profile} nhắn giúp", "Vào {profile} để nhận {amount}", "{profile}\\n{matter}", "fb: {profile}",
		}},
		{"profile", "en", 70, usual, true, []string{
			"See {profile}", "{profile}", "posted here: {profile} - {matter}", "Message me at {profile} before {date}", "<{profile}>", "source={profile}", "{profile} says {matter}",
		}},
		{"sender", "vi", 45, usual, false, []string{
			"{matter} — {name} ({handle}) {stamp}", "{matter} – {name} ({handle})", "{matter} -- {name} ({handle}) ngày {stamp}", "{matter}\\n— {name} ({handle}) {stamp} lúc {clock}", "{matter} - {name} ({handle})",
		}},
		{"sender", "en", 35, usual, false, []string{
			"{matter} — {name} ({handle}) March 3, 2026", "{matter} – {name} ({handle})", "{matter} -- {name} ({handle}) {stamp}", "{matter}\\n— {name} ({handle}) {stamp}",
		}},
		{"sender", "vi", 60, usual, false, []string{
			"[{stamp}, {clock}:07] {name}: {matter}", "{stamp}, {clock} - {name}: {matter}", "[{clock}, {stamp}] {name}: {matter}", "{name}, [{stamp} {clock}]\\n{matter}", "[{stamp} {clock}] {name}:\\n{matter}", "Người gửi: {name}\\n{matter}",
			"Chuyển tiếp từ: {name}\\n{matter}", "Chuyển tiếp từ {name}\\n{matter}", "Được đăng bởi {name}\\n{matter}", "Được đăng bởi: {name}\\n{matter}",
			"[{stamp}, {clock}] {name}: {matter}\\n[{stamp}, {clock}] {name}: có thật không", "From: {name} <{email}>\\nSubject: {matter}",
		}},
		{"sender", "en", 40, usual, false, []string{
			"[{stamp}, {clock}:41] {name}: {matter}", "{stamp}, {clock} - {name}: {matter}", "9/15/24, 8:31 AM - {name}: {matter}", "{name}, [{stamp} {clock}]\\n{matter}", "Forwarded from {name}\\n{matter}", "Forwarded from: {name}\\n{matter}",
			"From: {name} <{email}>\\nTo: {email}\\nSubject: {matter}", "From: {name} <{email}>\\nDate: Mon, 3 Mar 2026\\nSubject: Fwd: {matter}", "Reply-To: {email}\\nFrom: {name} <{email}>\\n\\n{matter}",
		}},
		{"plate", "vi", 40, written, true, []string{
			"Xe biển số {plate} gây tai nạn lúc {hour}", "Biển {plate} bán {amount}", "BKS {plate}", "ô tô {plate} chở hàng cứu trợ, {matter}", "{plate} đỗ chắn cổng trường", "xe tải {plate} và xe máy {plate}",
		}},
		{"plate", "en", 12, usual, true, []string{
			"White van {plate} near the school", "plate {plate}, seen at {hour}", "Truck {plate} sells rice for {amount}",
		}},
		{"keep-amount", "vi", 240, written, true, []string{
			"Chuyển khoản {amount} là nhận quà", "Trợ cấp {amount} cho mỗi hộ, tổng {amount}", "{matter}: lương {amount}", "Giá {amount}, trước đây {amount}", "Phạt {amount} theo quy định mới", "Nộp {amount} vào tài khoản thì được hoàn {percent}",
			"{amount}", "Cả tỉnh có {measure}, thiệt hại {amount}", "Lãi suất {percent}/năm cho khoản vay {amount}", "Ngân hàng tặng {amount} cho khách mở thẻ", "bán nhà {amount}, diện tích {measure}", "momo tặng {amount}", "gọi vốn {amount}", "Zalo phạt {amount}",
			"STK nào cũng bị trừ {amount}", "Hồ chứa xả {measure}, dân nhận {amount}",
		}},
		{"keep-amount", "en", 60, usual, true, []string{
			"Each family gets {amount}", "The fine is {amount}, up from {amount}", "{matter}: {amount} lost", "{measure} affected, {amount} paid", "Interest of {percent} on {amount}", "{amount}", "Transfer {amount} and double it", "VCB made {amount} last year",
		}},
		{"keep-date", "vi", 130, written, true, []string{
			"Từ ngày {date} đến {date} nghỉ học", "Giai đoạn {span} có {measure}", "{date}: {matter}", "Lịch cắt điện {span}", "hạn cuối {date}, lúc {hour}", "Nhiệm kỳ {span}", "{span}", "Năm {year} cũng từng xảy ra, rồi năm {year} lặp lại", "Cập nhật lúc {hour} {date}", "Khóa học {span}, khai giảng {date}",
		}},
		{"keep-date", "en", 50, usual, true, []string{
			"Closed from {date} until {date}", "Between {span} there were {measure}", "as of {date}, {matter}", "{span}", "It happened in {year} and in {year}", "deadline {date}",
		}},
		{"keep-decree", "vi", 80, written, true, []string{
			"Theo Nghị định {decree} thì phạt {amount}", "Luật {decree} có hiệu lực từ {date}", "Công văn số {decree} ngày {date}", "Quyết định {decree}, Thông tư {decree}", "Căn cứ {decree} và {decree}, {matter}", "Tiêu chuẩn {decree} áp dụng từ {year}", "công điện {decree} lúc {hour}",
		}},
		{"keep-decree", "en", 20, usual, true, []string{
			"Under Decree {decree} the fine is {amount}", "Law {decree}, in force since {date}", "Circular {decree} says {matter}",
		}},
		{"keep-hotline", "vi", 50, written, true, []string{
			"Gọi tổng đài {hotline} (miễn phí)", "Cấp cứu {emergency}, chữa cháy 114", "hotline {hotline} phục vụ {hour}", "Gọi {emergency} hoặc {hotline} khi thấy nước lên", "gọi 113, 114, 115 khi khẩn cấp", "Liên hệ {hotline}", "Tổng đài trẻ em 111, {matter}", "sđt tổng đài: {hotline}",
		}},
		{"keep-hotline", "en", 20, usual, true, []string{
			"Call {hotline}, it is free", "Dial {emergency} in an emergency", "hotline: {hotline}, open from {hour}", "Ambulance {emergency}, support line {hotline}",
		}},
		{"keep-other", "vi", 90, written, true, []string{
			"{matter}, đọc ở {link}", "{link}", "Hồ xả {measure}, mực nước 12,35 m, còn {percent}", "Tỉ số 3-1, sân có {measure}", "Mua 3 kg @ {amount}, không thêm gì", "Người gửi tiền được bảo hiểm {amount}", "Ghi nhận {measure}, tăng {percent} so với {year}",
			"Quãng đường {measure}, chạy {hour}", "Chương trình 5K và 4 không 3 có, {matter}", "Tàu chở {measure}, dài 1,5 km", "Vắc xin hiệu quả {percent} trên {measure}", "Tin này {matter} — theo báo ở {link}", "Xin chuyển tiếp giúp: {matter}",
		}},
		{"keep-other", "en", 40, usual, true, []string{
			"Read {link}", "{measure}, up {percent} on {year}", "It holds {measure}; {matter}", "Lost 3-1 before {measure}", "3 kg @ {amount} each", "The office is open {hour}, see {link}", "Efficacy of {percent} among {measure}",
		}},
	}
}
