package match_test

import (
	"fmt"

	"sangto/match"
)

func ExampleIndex_Search() {
	ix := match.New(match.Options{})
	ix.Put(
		match.Doc{ID: "dam", Claim: "Thủy điện Sông Lam sẽ xả lũ trong đêm nay, ba huyện phải sơ tán"},
		match.Doc{ID: "bank", Claim: "Ngân hàng sẽ khóa mọi tài khoản chưa cập nhật vân tay"},
	)
	r := ix.Search(match.Query{Text: "thuy dien song lam xa lu dem nay ba con oi"})
	fmt.Println(r.Hits[0].ID, r.Hits[0].Terms)
	// Output: dam [thuy dien song lam xa lu dem nay ba]
}

func ExampleIndex_Put() {
	ix := match.New(match.Options{})
	ix.Put(match.Doc{ID: "1", Claim: "The bridge is closed"})
	ix.Put(match.Doc{ID: "1", Claim: "The bridge is open again"}) // replaces
	fmt.Println(ix.Len())
	ix.Delete("1")
	fmt.Println(ix.Len())
	// Output:
	// 1
	// 0
}

func ExampleMark() {
	for _, s := range match.Mark("Ngân hàng sẽ khóa tài khoản.", []string{"ngan", "hang", "khoan"}) {
		if s.Marked {
			fmt.Printf("[%s]", s.Text)
		} else {
			fmt.Print(s.Text)
		}
	}
	// Output: [Ngân hàng] sẽ khóa tài [khoản].
}

func ExampleGrouper() {
	g := match.NewGrouper()
	g.Put("claim-1", "Nước máy ở phường 5 có thuốc trừ sâu")
	fmt.Println(g.Find("nuoc may o phuong 5 co thuoc tru sau"))
	fmt.Println(g.Find("nuoc may o phuong 6 co thuoc tru sau"))
	// Output:
	// claim-1 true
	//  false
}
