package web_test

import "testing"

// BenchmarkPages measures one answer of each kind through the gate, without a
// database or a network.
func BenchmarkPages(b *testing.B) {
	for _, name := range []string{"home", "check", "answer-sure", "checks"} {
		b.Run(name, func(b *testing.B) {
			stage := openBook(b)
			for _, s := range scenes(b) {
				if s.name != name {
					continue
				}
				for b.Loop() {
					if got := play(b, stage, s, "vi"); got.Code != s.status {
						b.Fatal(got.Code)
					}
				}
			}
		})
	}
}
