package publish_test

import (
	"strings"
	"testing"

	"sangto/internal/publish"
)

func sides(changes []publish.Change) (older, newer, marked string) {
	for _, c := range changes {
		switch {
		case c.Gone:
			older += c.Text
			marked += "[-" + c.Text + "]"
		case c.New:
			newer += c.Text
			marked += "[+" + c.Text + "]"
		default:
			older += c.Text
			newer += c.Text
			marked += c.Text
		}
	}
	return older, newer, marked
}

func TestDiff(t *testing.T) {
	for _, c := range []struct{ older, newer, want string }{
		{"", "", ""},
		{"như nhau", "như nhau", "như nhau"},
		{"", "mới", "[+mới]"},
		{"cũ", "", "[-cũ]"},
		{"đợt này có 6 vòi nước", "đợt này có 8 vòi nước", "đợt này có [-6 ][+8 ]vòi nước"},
		{"một hai ba bốn", "hai ba bốn năm", "[-một ]hai ba [-bốn][+bốn năm]"},
		{"đoạn một\n\nđoạn hai", "đoạn một\n\nxen vào\n\nđoạn hai", "đoạn một\n\n[+xen vào\n\n]đoạn hai"},
	} {
		older, newer, marked := sides(publish.Diff(c.older, c.newer))
		if older != c.older || newer != c.newer || marked != c.want {
			t.Errorf("%q to %q: %s", c.older, c.newer, marked)
		}
	}
	long := strings.Repeat("a b c d ", 2_000)
	if older, newer, _ := sides(publish.Diff("x "+long+"y", "z "+strings.Repeat("e f ", 3_000)+"w")); older != "x "+long+"y" || !strings.HasPrefix(newer, "z ") {
		t.Error("a long text is not whole")
	}
}

// FuzzDiff wants both texts back, whatever they are.
func FuzzDiff(f *testing.F) {
	f.Add("đợt này có 6 vòi", "đợt này có 8 vòi nước")
	f.Add(" a  b\xff", "\na b")
	f.Fuzz(func(t *testing.T, a, b string) {
		if len(a)+len(b) > 4<<10 {
			t.Skip()
		}
		older, newer, _ := sides(publish.Diff(a, b))
		if older != a || newer != b {
			t.Errorf("%q and %q came back as %q and %q", a, b, older, newer)
		}
	})
}
