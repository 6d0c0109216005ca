package publish_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"sangto/internal/lang"
	"sangto/internal/publish"
)

// TestSeptets counts by the tables of 3GPP TS 23.038, 6.2.1.
func TestSeptets(t *testing.T) {
	for _, c := range []struct {
		text string
		n    int
		ok   bool
	}{
		{"", 0, true},
		{"KHONG DUNG", 10, true},
		{"@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ¤¡ÄÖÑÜ§¿äöñüà", 42, true},
		{"^{}\\[~]|€", 18, true},
		{"a\nb\rc", 5, true},
		{"`", 1, false},
		{"đ", 1, false},
		{"ẩ", 1, false},
		{"ç", 1, false}, // the capital is in the table, the small letter is not
		{"\xff", 1, false},
	} {
		if n, ok := publish.Septets(c.text); n != c.n || ok != c.ok {
			t.Errorf("%q has %d septets, %v; want %d, %v", c.text, n, ok, c.n, c.ok)
		}
	}
}

func TestUnits(t *testing.T) {
	for text, want := range map[string]int{"": 0, "Ẩn": 2, "e\u0301": 2, "🌊": 2, "…": 1} {
		if got := publish.Units(text); got != want {
			t.Errorf("%q has %d units, want %d", text, got, want)
		}
	}
}

func TestMessages(t *testing.T) {
	e := examples()
	for _, c := range []struct{ name, tag, plain, full string }{
		{
			"not_true", "vi",
			"KHONG DUNG: Dap Suoi Vang khong xa toan bo nuoc dem 18 thang 11 bensong.example/c/7k2m9x4q1w8e3r5t",
			"KHÔNG ĐÚNG: Đập Suối Vàng không xả… bensong.example/c/7k2m9x4q1w8e3r5t",
		},
		{
			"true", "en",
			"TRUE: Nha truong xac nhan bang thong bao dan cong va thu gui phu huynh, vi sua duong ong nuoc. bensong.example/c/7k2m9x4q1w8e3r5t",
			"TRUE: Nhà trường xác nhận bằng… bensong.example/c/7k2m9x4q1w8e3r5t",
		},
		{
			"withheld", "vi",
			"TAM AN THEO LENH: So Thong tin tinh Thuong Dong ra lenh ngay 20 thang 11 nam 2026, dan Dieu 5 Nghi dinh 99, yeu cau tam an... bensong.example/c/7k2m9x4q1w8e3r5t",
			"TẠM ẨN THEO LỆNH: Sở Thông tin… bensong.example/c/7k2m9x4q1w8e3r5t",
		},
		{
			"withdrawn", "vi",
			"DA RUT: Ban kiem chung da rut bai nay va khong con giu ket qua da cong bo. bensong.example/c/7k2m9x4q1w8e3r5t",
			"ĐÃ RÚT: Bàn kiểm chứng đã rút bài… bensong.example/c/7k2m9x4q1w8e3r5t",
		},
		{
			"rating", "vi",
			"Harbour Check - Pants on Fire!: The photograph shows a pet's identification tag, and the list of ingredients is public. bensong.example/c/7k2m9x4q1w8e3r5t",
			"Harbour Check – Pants on Fire! bensong.example/c/7k2m9x4q1w8e3r5t",
		},
	} {
		m := publish.NewMessage(e[c.name].finding(words(t, c.tag)))
		if m.Plain != c.plain || m.Full != c.full {
			t.Errorf("%s:\n %s\n %s", c.name, m.Plain, m.Full)
		}
	}
}

// fits says what is wrong with a message, if anything.
func fits(m publish.Message, f publish.Finding) []string {
	var out []string
	if n, ok := publish.Septets(m.Plain); !ok || n > publish.SeptetsMax {
		out = append(out, "the plain one does not fit")
	}
	if publish.Units(m.Full) > publish.UnitsMax {
		out = append(out, "the full one does not fit")
	}
	for _, r := range m.Plain {
		if r >= utf8.RuneSelf || r < ' ' {
			out = append(out, "the plain one is not plain")
		}
	}
	if !utf8.ValidString(m.Full) {
		out = append(out, "the full one is not text")
	}
	return out
}

func TestEveryMessageFits(t *testing.T) {
	for name, e := range examples() {
		for _, tag := range lang.Tags() {
			f := e.finding(words(t, tag))
			m := publish.NewMessage(f)
			for _, fault := range fits(m, f) {
				t.Errorf("%s: %s: %+v", name, fault, m)
			}
			if !strings.HasSuffix(m.Full, f.Short()) && f.Sign != "rating" || !strings.HasSuffix(m.Plain, f.Short()) && name != "rating_long" {
				t.Errorf("%s: no address: %+v", name, m)
			}
			if strings.Contains(m.Full+m.Plain, secret) {
				t.Errorf("%s shows what it must not", name)
			}
		}
	}
}

// FuzzMessage: whatever the wording, both fit, and where the correction is cut
// it is at a word, not behind a number and not beside a "not".
func FuzzMessage(f *testing.F) {
	for _, e := range examples() {
		f.Add(e.version.Summary, e.version.Title, e.desk.Name, e.version.Rating)
	}
	f.Add("Cấp 2.000 suất, lương 60 triệu đồng [một] {tháng} ~ không thu phí €", "", "x", "")
	f.Add("\u202e\x00\xffẨ́", strings.Repeat("không ", 60), "🌊", "Sai")
	w := words(f, "vi")
	f.Fuzz(func(t *testing.T, summary, title, name, rating string) {
		e := examples()["not_true"]
		e.version.Summary, e.version.Title, e.desk.Name = summary, title, name
		if rating != "" {
			e.check.SourceURL, e.version.Rating = "https://harbour.example/1", rating
		}
		finding := e.finding(w)
		m := publish.NewMessage(finding)
		for _, fault := range fits(m, finding) {
			t.Fatalf("%s: %+q", fault, m)
		}
		if rating != "" {
			return
		}
		if !strings.HasPrefix(m.Full, "KHÔNG ĐÚNG") || !strings.HasPrefix(m.Plain, "KHONG DUNG") || !strings.HasSuffix(m.Full, finding.Short()) {
			t.Fatalf("%+q", m)
		}
		body := strings.TrimSuffix(strings.TrimPrefix(m.Full, "KHÔNG ĐÚNG: "), " "+finding.Short())
		if cut, ok := strings.CutSuffix(body, "…"); ok && !strings.HasSuffix(finding.Truth, "…") && !strings.HasSuffix(finding.Title, "…") {
			whole := strings.Contains(finding.Truth, cut+" ") || strings.Contains(finding.Title, cut+" ")
			last, _ := utf8.DecodeLastRuneInString(cut)
			if unicode.IsDigit(last) && whole {
				t.Fatalf("%q ends with a number", body)
			}
			for _, no := range []string{" không", " chưa", " chẳng"} {
				if strings.HasSuffix(cut, no) {
					t.Fatalf("%q ends with a no", body)
				}
			}
		}
	})
}

// TestCutKeepsMeaning: what would say something else without its end is cut
// earlier.
func TestCutKeepsMeaning(t *testing.T) {
	e := examples()["not_true"]
	for _, c := range []struct {
		summary string
		room    int
		want    string
	}{
		{"Bột ngọt ở quán phở không gây hại cho ai cả đâu", 26, "Bột ngọt ở quán…"},
		{"Bột ngọt ở quán phở không gây hại cho ai cả đâu", 30, "Bột ngọt ở quán phở không gây…"},
		{"Công ty chỉ tuyển 340 người cho cả năm thôi", 23, "Công ty chỉ tuyển…"},
		{"Lương thật khoảng 24 triệu tỷ đồng một tháng làm", 27, "Lương thật khoảng…"},
		{"Đã mở lại. Hai bên đang sửa chữa các thiết bị cũ", 19, "Đã mở lại."},
		{"Không", 3, ""},
	} {
		e.version.Summary, e.version.Title = c.summary, ""
		f := e.finding(words(t, "vi"))
		f.Address = "https://" + strings.Repeat("a", publish.UnitsMax-len([]rune("KHÔNG ĐÚNG: "))-1-c.room)
		got := strings.TrimSuffix(publish.NewMessage(f).Full, " "+f.Short())
		if got != strings.TrimSuffix("KHÔNG ĐÚNG: "+c.want, ": ") {
			t.Errorf("%q is cut to %q, want %q", c.summary, got, c.want)
		}
	}
}
