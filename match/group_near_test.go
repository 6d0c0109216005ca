package match_test

import (
	"fmt"
	"testing"

	"sangto/match"
)

func TestNear(t *testing.T) {
	g := match.NewGrouper()
	g.Put("dam", "Nghe nói tối nay đập thủy điện Sông Lành xả lũ, cả xã phải sơ tán trước 10 giờ đêm")
	g.Put("bank", "Ngân hàng Bình Minh sắp đóng cửa, mọi người mau rút hết tiền tiết kiệm ra trong tuần này")
	for _, c := range []struct{ name, text, want string }{
		{"another hour", "Nghe nói tối nay đập thủy điện Sông Lành xả lũ, cả xã phải sơ tán trước 3 giờ sáng", "dam"},
		{"another river", "Nghe nói tối nay đập thủy điện Sông Dữ xả lũ, cả xã phải sơ tán trước 10 giờ đêm", "dam"},
		{"denied", "Tối nay đập thủy điện Sông Lành không xả lũ, cả xã không phải sơ tán trước 10 giờ đêm đâu", "dam"},
		{"without marks", "nghe noi toi nay dap thuy dien song lanh xa lu ca xa phai so tan truoc 10 gio dem nha ba con", "dam"},
		{"something else", "Uống nước chanh nóng mỗi sáng chữa được bệnh ung thư, bác sĩ cũng phải bất ngờ", ""},
		{"one phrase in common", "Ngân hàng Bình Minh tuyển nhân viên giao dịch, lương hai mươi triệu, phỏng vấn thứ hai tới", ""},
		{"no words", "…", ""},
	} {
		got, ok := g.Near(c.text)
		if got != c.want || ok != (c.want != "") {
			t.Errorf("%s: %q, %v, want %q", c.name, got, ok, c.want)
		}
	}
}

// TestNearIsBounded asks about a text of which there are thousands of copies.
func TestNearIsBounded(t *testing.T) {
	g := match.NewGrouper()
	for i := range 5000 {
		g.Put(fmt.Sprintf("%05d", i), fmt.Sprintf("Trường tiểu học số %d cho nghỉ học cả tuần vì có ca bệnh lạ, phụ huynh đón con ngay", i))
	}
	text := "Trường tiểu học số 7777 cho nghỉ học cả tuần vì có ca bệnh lạ, phụ huynh đón con ngay"
	if _, ok := g.Near(text); !ok {
		t.Fatal("a near-copy is not seen")
	}
	one, many := match.NewGrouper(), g
	one.Put("a", text)
	perCopy := testing.AllocsPerRun(20, func() { many.Near(text) })
	alone := testing.AllocsPerRun(20, func() { one.Near(text) })
	if perCopy > 40*alone {
		t.Errorf("%v allocations among 5,000 copies, %v alone", perCopy, alone)
	}
}
