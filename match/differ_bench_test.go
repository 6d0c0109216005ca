package match_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"sangto/match"
)

func BenchmarkDiffer(b *testing.B) {
	for _, c := range []struct{ name, message, claim string }{
		{"vi", "vu chay chung cu Hoa Sen toi qua lam 50 nguoi chet, cong an chua bat ai het moi nguoi oi", "Vụ cháy chung cư Hoa Sen làm 5 người chết, công an bắt hai người"},
		{"en", "The measles vaccine does not cause autism and 50 doctors said so on March 5", "The measles vaccine causes autism, 5 doctors said on March 15"},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				match.Differ(c.message, c.claim)
			}
		})
	}
	chain := strings.Repeat("Ngày 5/3 có 12 ca sốt, không ai chết, phạt 3 triệu đồng nếu chưa tiêm. ", 800)[:64<<10]
	claim := "Có 5 ca sốt, 3 người chết, phạt 2 triệu đồng với người chưa tiêm ngày 6/3"
	for _, size := range []int{4 << 10, 16 << 10, 64 << 10} {
		b.Run("long/"+strconv.Itoa(size>>10)+"KiB", func(b *testing.B) {
			b.SetBytes(int64(size))
			for b.Loop() {
				match.Differ(chain[:size], claim)
			}
		})
	}
}

// hostileTexts are long texts that repeat what makes work.
func hostileTexts(size int) []string {
	var out []string
	for _, unit := range []string{
		"không ", "5 người chết ", "không có chuyện ", "mở cửa đóng cửa ", "ngày 5/3 ", "năm trăm ", "not open closed ", "ch ", "5 ", "hai chục rưỡi ", "0912 ", "nếu không thì sẽ ", "million ",
		"không nghỉ học, nghỉ học. ", "a", "5,", "? ",
	} {
		out = append(out, strings.Repeat(unit, size/len(unit)))
	}
	return out
}

// TestDifferIsLinear holds hostile texts against texts sixteen times as long:
// a quadratic step takes 256 times the time, whenever it is measured, so that
// 60 times leaves room for a busy machine. Only what shows every time is a
// fault.
func TestDifferIsLinear(t *testing.T) {
	if testing.Short() {
		t.Skip("measures time")
	}
	part, whole := hostileTexts(4<<10), hostileTexts(64<<10)
	for i := range whole {
		var small, large time.Duration
		linear := false
		for range 6 {
			small, large = fastest(part[i]), fastest(whole[i])
			if linear = large <= 60*small; linear {
				break
			}
		}
		if !linear {
			t.Errorf("%.20q: %v for 4 KiB, %v for 64 KiB", whole[i], small, large)
		}
	}
}

// fastest is the best of three runs on a text and nearly the same text.
func fastest(text string) time.Duration {
	best := time.Duration(1 << 62)
	for range 3 {
		start := time.Now()
		match.Differ(text, text[:len(text)-1]+" xong 7 giờ")
		best = min(best, time.Since(start))
	}
	return best
}
