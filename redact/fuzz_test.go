package redact_test

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"sangto/redact"
)

// plain finds digits that stand together, whatever the rules think of them.
var plain = regexp.MustCompile(`[0-9]{8,}`)

// mobile is the shape of a Vietnamese mobile number, written as one.
var mobile = regexp.MustCompile(`^0[35789][0-9]{8}$`)

func FuzzRedact(f *testing.F) {
	for _, s := range []string{
		"", "Gọi 0912 345 678 hoặc (+84) 24 3825 1234", "STK: 1903 4567 8901, 123456 - 987654 VCB", "CCCD 001 099 012 345", "[12/05/2024, 19:30] Nguyễn A: 1.500.000 đ",
		"— A (@b) c 0912345678", "a.b (at) gmail . com", "https://fb.com/a https://a.vn/0912345678-p/@x", "30A-123.45 59X1-234.56", "From: a <b@c.d>\nTo: x",
		"[phone][id] 12345678 [account], 123456", "chuyển tiếp từ [sender] 1 2 3 4 5 6 7 8 9", "0 9.1-2 (3) 4 5,6 7 8", "ck 200.000.000 12-05-2024 1900 1234",
		"@@@@a.b@c.d", "fb: a.b/c:d", "\xff\u0301[\u200b0９1", "(@a", "wrote:\nOn 1/1/2020 10:00 x wrote:", "12.345 678.901 0912.345.678",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		res := redact.Redact(s)
		if again := redact.Redact(res.Text); again.Text != res.Text {
			t.Errorf("Redact(%+q) = %+q, then %+q", s, res.Text, again.Text)
		}
		if !utf8.ValidString(res.Text) || len(res.Text) > redact.MaxGrowth*len(s) {
			t.Errorf("Redact(%+q) = %+q", s, res.Text)
		}
		total := 0
		for i, found := range res.Found {
			if found.Count < 1 || i > 0 && res.Found[i-1].Kind >= found.Kind {
				t.Errorf("Redact(%+q) found %v", s, res.Found)
			}
			total += found.Count
		}
		if marks := strings.Count(res.Text, "["); marks < total {
			t.Errorf("Redact(%+q) = %+q found %d", s, res.Text, total)
		}
		for _, at := range plain.FindAllStringIndex(res.Text, -1) {
			if mobile.MatchString(res.Text[at[0]:at[1]]) {
				t.Errorf("Redact(%+q) = %+q keeps a telephone number", s, res.Text)
			}
		}
		if len(redact.Hints(res.Text)) > 10 {
			t.Errorf("too many hints for %+q", s)
		}
	})
}
