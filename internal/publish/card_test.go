package publish_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"sangto/internal/desk"
	"sangto/internal/lang"
	"sangto/internal/publish"
	"sangto/viet"
)

func words(t testing.TB, tag string) *lang.Words {
	t.Helper()
	c, err := lang.Load()
	if err != nil {
		t.Fatal(err)
	}
	return c.For(tag)
}

func printer(t testing.TB) *publish.Printer {
	t.Helper()
	p, err := publish.NewPrinter()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

const address = "https://bensong.example/c/7k2m9x4q1w8e3r5t"

func day(s string) desk.Day {
	d, err := desk.ParseDay(s)
	if err != nil {
		panic(err)
	}
	return d
}

// example is a published version with the check and the desk around it.
type example struct {
	check   desk.Check
	desk    desk.Desk
	version desk.Version
}

func (e example) finding(w *lang.Words) publish.Finding {
	return publish.NewFinding(w, e.check, e.desk, e.version, address)
}

// secret stands in the wording that must not be shown.
const secret = "Cồn Phượng"

// examples are one check of every kind, short ones and long ones.
func examples() map[string]example {
	river := desk.Desk{
		Name: "Bàn tin Bến Sông", Lang: "vi", Owner: "Hợp tác xã báo chí Bến Sông, 14 thành viên", OwnerKind: desk.OwnerIndependent,
		Funders: "Bạn đọc góp 62 %, Quỹ Sông Xanh 30 %, bán sách 8 %",
	}
	far := desk.Desk{Name: "Harbour Check", Lang: "en", OwnerKind: desk.OwnerUnknown}
	ours := func(v desk.Version) example {
		v.Act, v.Kind, v.Published = desk.Publish, desk.FactKind, day("2026-11-18")
		return example{check: desk.Check{ID: "7k2m9x4q1w8e3r5t", Lang: "vi"}, desk: river, version: v}
	}
	theirs := func(v desk.Version) example {
		v.Act, v.Published = desk.ImportAct, day("2022-04-01")
		return example{check: desk.Check{ID: "7k2m9x4q1w8e3r5t", Lang: "en", SourceURL: "https://harbour.example/1"}, desk: far, version: v}
	}
	dam := desk.Version{
		Verdict: desk.NotTrue, Claim: "Đêm nay đập thủy điện Suối Vàng xả toàn bộ nước, các xã hạ lưu phải sơ tán trước 22 giờ.",
		Title:   "Đập Suối Vàng không xả toàn bộ nước đêm 18 tháng 11",
		Summary: "Nhà máy chỉ mở một cửa từ 14 giờ đến 17 giờ theo lịch đã báo trước ba ngày; nước hạ lưu dâng 20 cm và không xã nào có lệnh sơ tán.",
		ToDo:    "Xem lịch xả nước ở bảng tin của xã.\nNghe còi báo ba hồi dài thì rời bờ sông ngay.",
	}
	out := map[string]example{"not_true": ours(dam)}
	for v, text := range map[desk.Verdict][2]string{
		desk.True:              {"Trường tiểu học Hoa Sữa cho học sinh nghỉ thứ Hai 23 tháng 11.", "Nhà trường xác nhận bằng thông báo dán cổng và thư gửi phụ huynh, vì sửa đường ống nước."},
		desk.MostlyTrue:        {"Từ ngày 1 tháng 10 chuyển trên 10 triệu đồng phải quét khuôn mặt.", "Quy định áp dụng cho chuyển tiền qua ứng dụng; chuyển tại quầy thì không."},
		desk.MissingContext:    {"Sang nước ngoài hái quả lương 60 triệu đồng một tháng.", "Mức ấy là trước khi trừ tiền nhà, ăn, đi lại và thuế; người đã đi còn lại khoảng 24 triệu."},
		desk.NotEnoughEvidence: {"Tiếng nổ đêm 9 tháng 7 ở Bến Sông là do thiên thạch.", "Hai trạm đo ghi được một xung âm nhưng không ai ghi được vệt sáng hay tìm thấy mảnh vỡ."},
	} {
		out[string(v)] = ours(desk.Version{Verdict: v, Claim: text[0], Summary: text[1]})
	}
	for _, k := range append(desk.NotRatedKinds(), desk.Unsettled) {
		out["not_rated_"+string(k)] = ours(desk.Version{
			Verdict: desk.NotRated, NotRatedKind: k, Claim: "Ủy ban làm đường chậm vì không coi dân ra gì.",
			Summary: "Ngày khởi công và ngày hẹn xong thì kiểm chứng được, và được nêu trong bài.",
		})
	}
	hidden := dam
	hidden.Claim, hidden.Title, hidden.Summary = "Lũ về "+secret, "Lũ không về "+secret, secret+" không ngập."
	hidden.Act = desk.WithholdOrder
	hidden.Order = desk.Order{Body: "Sở Thông tin tỉnh Thượng Đồng", Date: day("2026-11-20"), Law: "Điều 5 Nghị định 99", Lapses: day("2027-05-19")}
	out["withheld"] = ours(desk.Version{})
	withheld := out["withheld"]
	withheld.version = hidden.Hidden()
	withheld.version.Published = day("2026-11-21")
	out["withheld"] = withheld
	gone := ours(dam)
	gone.version.Act, gone.version.Gone, gone.version.Summary, gone.version.Title = desk.Withdraw, true, secret, secret
	out["withdrawn"] = gone
	erased := ours(desk.Version{Verdict: desk.NotTrue})
	erased.version.Erased = true
	out["erased"] = erased
	out["rating"] = theirs(desk.Version{
		Rating: "Pants on Fire!", Claim: "A new vaccine contains a tracking chip.", Title: "No, the vaccine holds no tracking chip",
		Summary: "The photograph shows a pet's identification tag, and the list of ingredients is public.",
	})
	out["rating_long"] = theirs(desk.Version{
		Rating: "Partly false, and the rest is missing the context without which nobody can understand what was said at the hearing",
		Claim:  strings.Repeat("The harbour was closed for two weeks in March because of a spill. ", 12), Summary: strings.Repeat("It was closed for two hours, and not because of any spill. ", 9),
	})
	out["read"] = theirs(desk.Version{NoVerdictRating: true, Rating: "See the article", Claim: "Boiling plastic bottles makes them safe to reuse."})
	out["link_only"] = theirs(desk.Version{Rating: "False", LinkOnly: true})
	other := theirs(desk.Version{Rating: "假的", Claim: "港口因泄漏关闭了两个星期", Summary: "港口只关闭了两个小时"})
	out["other_script"] = other
	long := ours(dam)
	long.version.Summary = strings.Repeat("Nghiêng ngả Ẩn Ễ Ỗ Ữ thuỷ điện xuống ", 7) + "hết rồi."
	long.version.Claim = strings.Repeat("Chuyến phà Nguyễn Ỷ chuyển hướng về bến Khuỷu trước 22 giờ. ", 9)
	long.desk.Name = strings.Repeat("Tổ kiểm chứng liên phường ", 6)
	long.desk.Owner = strings.Repeat("Liên hiệp các hội khoa học và kỹ thuật ", 8)
	long.desk.Funders = strings.Repeat("Quỹ hỗ trợ báo chí địa phương 12 %, ", 12)
	out["long"] = long
	short := ours(desk.Version{Verdict: desk.NotTrue, Claim: "Ẩu.", Summary: "Ổn."})
	out["short"] = short
	apart := ours(dam)
	apart.version.Summary = "Đạ\u0302p Ho\u0300a bi\u0300nh ô\u0309n, kho\u0302ng xa\u0309 lu\u0303 🌊 nhe\u0301."
	out["decomposed"] = apart
	english := ours(desk.Version{
		Verdict: desk.MissingContext, Claim: "Tap water in Bến Sông is safe to drink straight from the tap.",
		Title:   "Tap water in Bến Sông: clean at the plant, not always at your tap",
		Summary: "Water leaves the plant clean, but 10 of 30 taps fed from rooftop tanks held bacteria on 5 October 2026. Boil it or filter it.",
		ToDo:    "- Boil water for 1 minute.\n- Call 112 if a child is very ill.",
	})
	english.check.Lang, english.desk.Lang = "en", "en"
	english.desk.Name, english.desk.Owner, english.desk.Funders = "River Town Desk", "A cooperative of 14 members", "Readers 62%, a foundation 38%"
	out["english"] = english
	unbroken := ours(dam)
	unbroken.version.Summary = strings.Repeat("xả", 300)
	out["unbroken"] = unbroken
	return out
}

// each runs f for every example, language and shape.
func each(t *testing.T, f func(t *testing.T, name string, w *lang.Words, e publish.Finding, s publish.Shape)) {
	for name, e := range examples() {
		for _, tag := range lang.Tags() {
			// Ours differ little between the languages: a few show it.
			if tag != "vi" && !slices.Contains([]string{"not_true", "not_rated_unsettled", "withheld", "withdrawn", "rating", "long", "english"}, name) {
				continue
			}
			w := words(t, tag)
			for shape, s := range map[string]publish.Shape{"wide": publish.Wide(), "square": publish.Square()} {
				full := name + "-" + tag + "-" + shape
				t.Run(full, func(t *testing.T) { f(t, full, w, e.finding(w), s) })
			}
		}
	}
}

// TestCardsKeepTheirPlaces: no letter leaves the card, its line's box or comes
// upon another or the QR code; the finding is larger than the correction, the
// correction larger than the claim, and everything can be read.
func TestCardsKeepTheirPlaces(t *testing.T) {
	p := printer(t)
	each(t, func(t *testing.T, _ string, w *lang.Words, f publish.Finding, s publish.Shape) {
		lines, code, err := p.Lines(w, f, s)
		if err != nil {
			t.Fatal(err)
		}
		size := map[string]float64{}
		all := ""
		for _, l := range lines {
			size[l.What] = l.Size
			all += " " + l.Text
			margin := image.Rect(s.Width/30, 0, s.Width-s.Width/30, s.Height-s.Height/60)
			if !l.Ink.In(margin) {
				t.Errorf("%s %q leaves the card: %v", l.What, l.Text, l.Ink)
			}
			if grown := image.Rect(l.Box.Min.X-4, l.Box.Min.Y-int(l.Size/6), l.Box.Max.X+2, l.Box.Max.Y+3); !l.Ink.In(grown) {
				t.Errorf("%s %q leaves its line: %v not in %v", l.What, l.Text, l.Ink, l.Box)
			}
			if l.Ink.Overlaps(code) {
				t.Errorf("%s %q runs into the QR code", l.What, l.Text)
			}
			if l.Collides {
				t.Errorf("%q runs into another line", l.Text)
			}
			if r := contrast(l.Colour, l.On); r < 4.5 {
				t.Errorf("%s has a contrast of %.1f", l.What, r)
			}
			if l.Size < float64(s.Width)/75 {
				t.Errorf("%s is set at %.0f px", l.What, l.Size)
			}
		}
		for _, pair := range [][2]string{{"verdict", "truth"}, {"truth", "claim"}} {
			if size[pair[1]] >= size[pair[0]] {
				t.Errorf("the %s is set at %.0f, the %s at %.0f", pair[0], size[pair[0]], pair[1], size[pair[1]])
			}
		}
		for _, must := range []string{"verdict", "truth", "desk", "owner", "funders", "dated", "fixed"} {
			if size[must] == 0 {
				t.Errorf("no %s", must)
			}
		}
		if plain := strings.ReplaceAll(all, "\u00a0", " "); !strings.Contains(plain, f.Fixed) {
			t.Errorf("the fixed line is not whole: %q", plain)
		}
		if strings.Contains(all, secret) {
			t.Errorf("shows what it must not: %q", all)
		}
	})
}

// contrast is the ratio of WCAG 2.2, 1.4.3.
func contrast(a, b color.RGBA) float64 {
	light := func(c color.RGBA) float64 {
		part := func(v uint8) float64 {
			x := float64(v) / 255
			if x <= 0.04045 {
				return x / 12.92
			}
			return math.Pow((x+0.055)/1.055, 2.4)
		}
		return 0.2126*part(c.R) + 0.7152*part(c.G) + 0.0722*part(c.B)
	}
	x, y := light(a), light(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// TestCards draws every card: its size, its QR code as a reader of codes sees
// it, and its look, as a coarse picture in testdata/cards.
func TestCards(t *testing.T) {
	p := printer(t)
	each(t, func(t *testing.T, name string, w *lang.Words, f publish.Finding, s publish.Shape) {
		raw, err := p.Card(w, f, s)
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		if got := img.Bounds().Size(); got != image.Pt(s.Width, s.Height) {
			t.Fatalf("the card has %v pixels", got)
		}
		if len(raw) > 150<<10 {
			t.Errorf("the file has %d bytes", len(raw))
		}
		_, at, err := p.Lines(w, f, s)
		if err != nil {
			t.Fatal(err)
		}
		if got := scan(t, img.(*image.Paletted).SubImage(at.Inset(-30))); got != address {
			t.Errorf("the code says %q", got)
		}
		compare(t, filepath.Join("testdata", "cards", name+".txt"), coarse(img))
		if again, err := p.Card(w, f, s); err != nil || !bytes.Equal(raw, again) {
			t.Error("the same finding gives other bytes")
		}
	})
}

// scan reads the QR code in a picture.
func scan(t *testing.T, img image.Image) string {
	t.Helper()
	bitmap, err := gozxing.NewBinaryBitmapFromImage(img)
	if err != nil {
		t.Fatal(err)
	}
	result, err := qrcode.NewQRCodeReader().Decode(bitmap, map[gozxing.DecodeHintType]interface{}{gozxing.DecodeHintType_TRY_HARDER: true})
	if err != nil {
		t.Fatalf("nothing reads the code: %v", err)
	}
	return result.GetText()
}

// coarse is a picture as few grey squares, a letter each: enough to see that
// something moved, too coarse for the last bit of a curve.
func coarse(img image.Image) string {
	const across = 60
	side := img.Bounds().Dx() / across
	flat := img.(*image.Paletted)
	grey := make([]int, len(flat.Palette))
	for i, c := range flat.Palette {
		grey[i] = int(color.GrayModel.Convert(c).(color.Gray).Y)
	}
	var out strings.Builder
	for y := 0; y+side <= img.Bounds().Dy(); y += side {
		for x := 0; x+side <= img.Bounds().Dx(); x += side {
			sum := 0
			for j := range side {
				for i := range side {
					sum += grey[flat.Pix[flat.PixOffset(x+i, y+j)]]
				}
			}
			out.WriteByte("ABCDEFGHIJKLMNOPQRSTUVWXYZ"[sum/side/side/10])
		}
		out.WriteByte('\n')
	}
	return out.String()
}

// compare allows a step of grey in either direction.
func compare(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	want := string(raw)
	off := 0
	for i := range min(len(want), len(got)) {
		if d := int(want[i]) - int(got[i]); d < -1 || d > 1 {
			off++
		}
	}
	if len(want) != len(got) || off > 0 {
		t.Errorf("%s: %d squares look different; look at the card, then run with -update", file, off)
	}
}

// TestCardWithoutAddress: where a site does not know its address there is no
// code, and the text has its room.
func TestCardWithoutAddress(t *testing.T) {
	w := words(t, "vi")
	e := examples()["not_true"]
	f := publish.NewFinding(w, e.check, e.desk, e.version, "")
	_, code, err := printer(t).Lines(w, f, publish.Wide())
	if err != nil || !code.Empty() {
		t.Errorf("%v %v", code, err)
	}
	if _, err := printer(t).Card(w, f, publish.Wide()); err != nil {
		t.Error(err)
	}
}

// TestLinesBreak: no orphan, no number apart from its unit, no word cut that
// need not be.
func TestLinesBreak(t *testing.T) {
	p := printer(t)
	for _, text := range []string{
		"Nhà máy chỉ mở một cửa từ 14 giờ đến 17 giờ theo lịch đã báo trước ba ngày; nước hạ lưu dâng 20 cm và không xã nào có lệnh sơ tán cả.",
		"Một hai ba bốn năm sáu bảy tám chín mười mười một mười hai ạ",
		"The harbour was closed for two hours on 3 March and not for 14 days as the message says so",
	} {
		for width := 260; width < 900; width += 7 {
			lines, err := p.BreakLines(text, 30, width)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.ReplaceAll(strings.Join(lines, " "), "\u00a0", " "); got != text {
				t.Fatalf("width %d: %q", width, got)
			}
			last := lines[len(lines)-1]
			if len(lines) > 1 && len(lines) < 6 && len([]rune(last)) < 5 {
				t.Errorf("width %d: an orphan: %q", width, lines)
			}
			for i, l := range lines {
				if i+1 < len(lines) && strings.ContainsAny(l[len(l)-1:], "0123456789") {
					t.Errorf("width %d: a number at the end: %q", width, lines)
				}
			}
		}
	}
}

// TestComposed: whatever form the marks come in, the letters drawn are whole.
func TestComposed(t *testing.T) {
	w := words(t, "vi")
	f := examples()["decomposed"].finding(w)
	if !viet.IsNFC(f.Truth) {
		t.Errorf("%+q", f.Truth)
	}
	lines, _, err := printer(t).Lines(w, f, publish.Wide())
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(lines, func(l publish.Line) bool { return l.What == "truth" })
	if got := lines[at].Text; got != "Đập Hòa bình ổn, không xả lũ nhé." {
		t.Errorf("%q", got)
	}
}

func TestFontsHaveEveryVietnameseLetter(t *testing.T) {
	letters := "aàáảãạăằắẳẵặâầấẩẫậbcdđeèéẻẽẹêềếểễệghiìíỉĩịklmnoòóỏõọôồốổỗộơờớởỡợpqrstuùúủũụưừứửữựvxyỳýỷỹỵ“”–…₫·"
	text := letters + strings.ToUpper(letters)
	lines, err := printer(t).BreakLines(text, 20, 100_000)
	if err != nil || len(lines) != 1 {
		t.Fatal(err)
	}
	w := words(t, "vi")
	e := examples()["short"]
	for _, r := range text {
		e.version.Summary = string(r)
		f := e.finding(w)
		got, _, err := printer(t).Lines(w, f, publish.Wide())
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(got, func(l publish.Line) bool { return l.What == "truth" && l.Text == string(r) }) {
			t.Errorf("%c is not drawn", r)
		}
	}
}

func BenchmarkCard(b *testing.B) {
	p, w := printer(b), words(b, "vi")
	for _, name := range []string{"not_true", "long"} {
		f := examples()[name].finding(w)
		for shape, s := range map[string]publish.Shape{"wide": publish.Wide(), "square": publish.Square()} {
			b.Run(name+"-"+shape, func(b *testing.B) {
				size := 0
				for b.Loop() {
					raw, err := p.Card(w, f, s)
					if err != nil {
						b.Fatal(err)
					}
					size = len(raw)
				}
				b.ReportMetric(float64(size), "bytes/card")
			})
		}
	}
}

// FuzzCard: any wording gives a card of the right size.
func FuzzCard(f *testing.F) {
	for _, e := range examples() {
		f.Add(e.version.Claim, e.version.Summary, e.desk.Owner, address)
	}
	f.Add("\u202e\x00\xff", strings.Repeat("\u0301", 400), "…", "")
	p := printer(f)
	w := words(f, "vi")
	e := examples()["not_true"]
	f.Fuzz(func(t *testing.T, claim, summary, owner, where string) {
		if len(where) > 200 {
			return
		}
		e.version.Claim, e.version.Summary, e.desk.Owner = claim, summary, owner
		raw, err := p.Card(w, publish.NewFinding(w, e.check, e.desk, e.version, where), publish.Wide())
		if err != nil {
			t.Fatal(err)
		}
		config, err := png.DecodeConfig(bytes.NewReader(raw))
		if err != nil || config.Width != 1200 || config.Height != 630 {
			t.Fatal(fmt.Sprint(config, err))
		}
	})
}
