package match_test

import (
	"fmt"

	"sangto/match"
)

func ExampleDiffer() {
	for _, d := range match.Differ(
		"vu chay chung cu lam 50 nguoi chet, phuong 5 ko bi cat dien",
		"Vụ cháy chung cư làm 5 người chết, phường 5 bị cắt điện",
	) {
		fmt.Printf("%s: %q, not %q\n", d.Kind, d.Message, d.Claim)
	}
	fmt.Println(match.Differ("phat 50k neu vut rac", "Vứt rác bị phạt 50.000 đồng"))
	// Output:
	// number: "50 nguoi chet", not "5 người chết"
	// negation: "ko bi cat dien", not "bị cắt điện"
	// []
}
