package match_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"sangto/match"
)

func TestGrouper(t *testing.T) {
	const base = "Ngày mai ngân hàng Vietcombank sẽ khóa hết tài khoản chưa cập nhật vân tay, mọi người ra quầy gấp"
	for name, c := range map[string]struct {
		claim, question string
		same            bool
	}{
		"itself":             {base, base, true},
		"no diacritics":      {base, "ngay mai ngan hang vietcombank se khoa het tai khoan chua cap nhat van tay moi nguoi ra quay gap", true},
		"capitals and bold":  {base, strings.ToUpper(base) + "!!! 🔥🔥", true},
		"a slip":             {base, strings.Replace(base, "Vietcombank", "Vietcomabnk", 1), true},
		"one word more":      {base, base + " nha", true},
		"chat spelling":      {"Nước này không uống được đúng không ạ", "nước này ko uống đc đúng k ạ", true},
		"other bank":         {base, strings.Replace(base, "Vietcombank", "Techcombank", 1), false},
		"negated":            {base, strings.Replace(base, "sẽ khóa", "không khóa", 1), false},
		"other number":       {"Có 50 người chết vì uống rượu ở xã bên", "Có 5 người chết vì uống rượu ở xã bên", false},
		"english negation":   {"The harbour bridge is closed from Monday", "The harbour bridge is not closed from Monday", false},
		"part of it":         {base, "Vietcombank khóa tài khoản", false},
		"padding around it":  {base, "Cả nhà ơi em mới nghe chị đồng nghiệp kể là " + base + " không thì mất tiền oan, ai biết thực hư sao không", false},
		"short, other place": {"Trường Lê Lợi đóng cửa", "Trường Trần Phú đóng cửa", false},
		"same words turned":  {"chó cắn ông Năm ở chợ huyện chiều qua lúc mưa to", "ông huyện qua cắn mưa chợ chó to lúc Năm chiều ở", false},
		"english same":       {"All infant formula in shops has been recalled today", "all infant formula in shops has been RECALLED today??", true},
		"empty question":     {base, "🔥🔥", false},
	} {
		g := match.NewGrouper()
		g.Put("other", "Bão số 9 đổ bộ vào miền Trung tối nay, sức gió giật cấp 15")
		g.Put("claim", c.claim)
		id, ok := g.Find(c.question)
		if ok != c.same || ok && id != "claim" {
			t.Errorf("%s: %q, %v; want %v", name, id, ok, c.same)
		}
		// Both ways: what the question finds, it is found by.
		back := match.NewGrouper()
		back.Put("question", c.question)
		if _, ok := back.Find(c.claim); ok != c.same {
			t.Errorf("%s, the other way round: %v", name, ok)
		}
	}
}

func TestGrouperForgets(t *testing.T) {
	g := match.NewGrouper()
	g.Put("a", "nước máy có thuốc trừ sâu")
	g.Put("b", "nước máy có thuốc trừ sâu")
	if id, _ := g.Find("nuoc may co thuoc tru sau"); id != "a" {
		t.Errorf("of two equal claims it finds %q", id)
	}
	g.Delete("a")
	g.Delete("nobody")
	if id, _ := g.Find("nuoc may co thuoc tru sau"); id != "b" || g.Len() != 1 {
		t.Errorf("after deleting a: %q of %d", id, g.Len())
	}
	g.Put("b", "trường học đóng cửa vì dịch cúm")
	if _, ok := g.Find("nuoc may co thuoc tru sau"); ok {
		t.Error("finds the old text of a replaced claim")
	}
	g.Put("b", "!!!")
	if g.Len() != 0 {
		t.Errorf("a claim without words stays: %d", g.Len())
	}
}

func TestGrouperRetains(t *testing.T) {
	g := match.NewGrouper()
	for _, id := range []string{"a", "b", "c"} {
		g.Put(id, "nước máy có thuốc trừ sâu")
	}
	g.Retain(func(id string) bool { return id == "b" })
	if id, _ := g.Find("nuoc may co thuoc tru sau"); id != "b" || g.Len() != 1 {
		t.Errorf("of b alone it finds %q of %d", id, g.Len())
	}
	g.Retain(func(string) bool { return false })
	if _, ok := g.Find("nuoc may co thuoc tru sau"); ok || g.Len() != 0 {
		t.Errorf("%d left of none", g.Len())
	}
}

// TestGrouperIsSmall: a desk may have 100,000 open claims, and all of them are
// put again every minute.
func TestGrouperIsSmall(t *testing.T) {
	const claims = 4000
	text := func(i int) string {
		return fmt.Sprintf("Có đúng là uống nước lá xoài số%d mỗi sáng thì chữa khỏi bệnh tiểu đường type%d không cần tiêm thuốc insulin w%d nữa không ạ", i*7, i*13, i)
	}
	g := match.NewGrouper()
	before := heap()
	for i := range claims {
		g.Put(fmt.Sprint(i), text(i))
	}
	if each := (heap() - before) / claims; each > 2500 {
		t.Errorf("%d bytes for an open claim of 25 words", each)
	}
	ids, texts := make([]string, claims), make([]string, claims)
	for i := range claims {
		ids[i], texts[i] = fmt.Sprint(i), text(i)
	}
	i := 0
	if n := testing.AllocsPerRun(claims, func() { g.Put(ids[i%claims], texts[i%claims]); i++ }); n > 0 {
		t.Errorf("%v allocations to put what is there", n)
	}
	if g.Len() != claims {
		t.Errorf("%d claims", g.Len())
	}
}

// heap is what is in use once what nobody uses is gone.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// TestGrouperUnderAFlood checks that the cost of a question does not grow with
// the number of near-copies of one message: a hundred times as many may not take
// ten times as long, where looking at all of them would take a hundred times.
func TestGrouperUnderAFlood(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	const text = "khẩn cấp đêm nay thủy điện xả lũ bà con ba huyện hạ du sơ tán ngay lập tức"
	flood := func(copies int) *match.Grouper {
		g := match.NewGrouper()
		for i := range copies {
			g.Put(fmt.Sprint(i), fmt.Sprintf("%s mã%d", text, i))
		}
		return g
	}
	ask := func(g *match.Grouper) time.Duration {
		start := time.Now()
		for range 20 {
			if _, ok := g.Find(text + " nhé"); !ok {
				t.Fatal("does not find one of the near-copies")
			}
		}
		return time.Since(start)
	}
	small, g := flood(200), flood(20000)
	few, many := ask(small), ask(g)
	for range 10 {
		few, many = min(few, ask(small)), min(many, ask(g))
	}
	if many > 10*few {
		t.Errorf("20 questions take %v among 200 near-copies, %v among 20,000", few, many)
	}
	for i := range 20000 {
		g.Delete(fmt.Sprint(i))
	}
	if g.Len() != 0 {
		t.Errorf("%d left", g.Len())
	}
}

func TestGrouperLongTexts(t *testing.T) {
	g := match.NewGrouper()
	long := strings.Repeat("nước lũ lên nhanh quá bà con ơi. ", 2000)
	g.Put("a", long)
	if _, ok := g.Find(long); !ok {
		t.Error("a long text does not find itself")
	}
}

func BenchmarkGrouperFind(b *testing.B) {
	g := match.NewGrouper()
	for i := range 20000 {
		g.Put(fmt.Sprint(i), fmt.Sprintf("tin số %d về việc %d đóng cửa cầu số %d trong tháng", i, i%97, i%31))
	}
	b.ReportAllocs()
	for b.Loop() {
		g.Find("tin số 77 về việc 77 đóng cửa cầu số 15 trong tháng")
	}
}
