package redact_test

import (
	"reflect"
	"testing"

	"sangto/redact"
)

func TestHints(t *testing.T) {
	for in, want := range map[string][]redact.Hint{
		"Thủy điện Hòa Bình xả lũ đêm nay 11.10.2021, 77,303,568 người, gọi [phone]": nil,
		"Anh Nguyễn Văn Nam ở số 12 ngõ 34 đường Láng bị mất xe":                     {{"name", "Anh Nguyễn Văn Nam"}, {"address", "số 12 ngõ 34 đường Láng"}},
		"theo bà Lan và Trần Thị B.":                                                 {{"name", "bà Lan"}, {"name", "Trần Thị B"}},
		"xem https://vnexpress.net/a.html hoặc mã 482913":                            {{"link", "https://vnexpress.net/a.html"}, {"number", "482913"}},
		"NGÀY MAI XẢ ĐẬP HÒA BÌNH KHẨN CẤP, HOTLINE 19001234":                        nil,
		"chủ tài khoản DO THI MAN nhé":                                               {{"name", "DO THI MAN"}},
		"tổ 5, phường Bến Nghé, quận 1":                                              {{"address", "tổ 5, phường Bến Nghé, quận 1"}},
		"Nguyen Van A, Nguyen Van A, Nguyen Van A, Nguyen Van B":                     {{"name", "Nguyen Van A"}, {"name", "Nguyen Van B"}},
	} {
		if got := redact.Hints(in); !reflect.DeepEqual(got, want) {
			t.Errorf("Hints(%q)\n got  %v\n want %v", in, got, want)
		}
	}
}

func TestHintsAreFew(t *testing.T) {
	text := ""
	for r := 'A'; r <= 'Z'; r++ {
		text += "Nguyễn Văn " + string(r) + ". "
	}
	if got := redact.Hints(text); len(got) != 10 {
		t.Errorf("%d hints", len(got))
	}
}

// Tail words are for matching: names and handles in words, never a number that
// could be somebody's.
func TestTail(t *testing.T) {
	got := redact.Redact("Đập vỡ — Donald J. Trump (@realDonaldTrump) January 6, 2021 0912345678").Tail
	want := []string{"donald", "j", "trump", "real", "donald", "trump", "january", "6", "2021"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestFound(t *testing.T) {
	got := redact.Redact("gọi 0912345678, 0987654321 hay a@b.vn [id]").Found
	want := []redact.Found{{Kind: redact.Email, Count: 1}, {Kind: redact.Phone, Count: 2}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v", got)
	}
}
