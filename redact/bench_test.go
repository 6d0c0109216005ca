package redact_test

import (
	"strings"
	"testing"
	"time"

	"sangto/redact"
)

const message = "KHẨN: thủy điện xả lũ đêm nay 12-05-2024, gọi anh Nam 0912 345 678 hoặc mail nam@example.com, ủng hộ 500.000đ vào STK 1903456789012 Techcombank. https://vnexpress.net/xa-lu-4567890.html\n"

func BenchmarkRedact(b *testing.B) {
	s := strings.Repeat(message, 20)
	b.SetBytes(int64(len(s)))
	b.ReportAllocs()
	for b.Loop() {
		redact.Redact(s)
	}
}

// hostile inputs make each rule start as often as it can.
var hostile = []string{
	"@", "a@", "(@a", "0", "0 ", "0912345678 ", "1.", "1-", "12:30 - ", "[1:11]", "[", "a.", "a.a/", "http://a.b/", "from:", "chuyen tiep tu a ", "at ", "a a cong a ",
	"stk 1 ", "[phone]", "[account] 1", "30a-123.45", "fb:a.b ", "on 1:11 wrote:\n", "A a\n", "\u0301", "ê\u0301", "ﷺ", "-(@a", "1900 1234 ", "12-05-2024 ", "1 000 ", "x - ", "0/", "A, [1:11]", " ",
}

// TestLinear compares every hostile piece, repeated to 16 KiB, with ordinary
// text of the same length in the same run, so that a busy machine does not
// matter. A quadratic rule is hundreds of times dearer.
func TestLinear(t *testing.T) {
	const size, limit, tries = 16 << 10, 60, 3
	ordinary := strings.Repeat(message, size/len(message))
	for _, piece := range hostile {
		s := strings.Repeat(piece, size/len(piece))
		ratio := 0.0
		for range tries {
			if ratio = float64(taking(s)) / float64(taking(ordinary)); ratio < limit {
				break
			}
		}
		if t.Logf("%q: %.1f", piece, ratio); ratio >= limit {
			t.Errorf("%q repeated takes %.0f times as long as ordinary text", piece, ratio)
		}
	}
}

// taking returns how long it takes to redact s.
func taking(s string) time.Duration {
	start := time.Now()
	redact.Redact(s)
	return time.Since(start)
}
