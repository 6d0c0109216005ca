package match_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sangto/match"
)

// demo is a small index of the kind a new desk has.
func demo() []match.Doc {
	return []match.Doc{
		{ID: "dam", Lang: "vi", Title: "Thủy điện Sông Lam không xả lũ trong đêm", Claim: "Thủy điện Sông Lam sẽ xả lũ trong đêm nay, ba huyện hạ du phải sơ tán ngay.", Text: "Lịch vận hành công khai cho thấy hồ chỉ điều tiết qua tổ máy, không mở cửa xả."},
		{ID: "bank", Lang: "vi", Title: "Không có lệnh khóa tài khoản thiếu sinh trắc học", Claim: "Từ ngày mai ngân hàng sẽ khóa mọi tài khoản chưa cập nhật vân tay.", Text: "Quy định chỉ yêu cầu xác thực khuôn mặt khi chuyển khoản trên 10 triệu đồng."},
		{ID: "salt", Lang: "vi", Title: "Nước muối không chữa khỏi sốt xuất huyết", Claim: "Uống nước muối ấm mỗi sáng chữa khỏi sốt xuất huyết trong một ngày.", Text: "Không có nghiên cứu nào cho thấy nước muối tác động tới vi rút Dengue."},
		{ID: "school", Lang: "vi", Title: "Học sinh toàn tỉnh vẫn đi học thứ Hai", Claim: "Toàn bộ học sinh trong tỉnh được nghỉ học một tuần vì dịch cúm.", Text: "Sở đăng lịch học bình thường; chỉ hai trường cho nghỉ ba ngày để khử khuẩn."},
		{ID: "job", Lang: "vi", Title: "Lời mời việc nhẹ lương cao ở Campuchia", Claim: "Công ty tuyển nhân viên chăm sóc khách hàng tại Campuchia, lương 30 triệu, không cần bằng cấp.", Text: "Địa chỉ công ty trong tin tuyển dụng không tồn tại."},
		{ID: "lemon", Lang: "vi", Title: "Chanh và baking soda không diệt tế bào ung thư", Claim: "Nước chanh pha baking soda diệt tế bào ung thư mạnh gấp vạn lần hóa trị.", Text: "Tuyên bố này lan truyền từ nhiều năm và không có thử nghiệm trên người."},
		{ID: "power", Lang: "vi", Title: "Lịch cắt điện luân phiên là của năm trước", Claim: "Cả thành phố cắt điện luân phiên từ 18 giờ đến 22 giờ suốt tháng này.", Text: "Ảnh chụp thông báo đề ngày của năm trước."},
		{ID: "recall", Lang: "en", Title: "Recall of infant formula covers two batches only", Claim: "All infant formula sold in supermarkets has been recalled because of salmonella.", Text: "The notice lists two batch numbers of one brand."},
		{ID: "vaccine", Lang: "en", Title: "No microchips in vaccines", Claim: "The new flu vaccine contains a microchip that tracks people by 5G.", Text: "The list of ingredients is public and no chip fits through the needle."},
		{ID: "bridge", Lang: "en", Title: "The harbour bridge is not closed", Claim: "The harbour bridge will be closed for six months from Monday after cracks were found.", Text: "The road office closed one lane for two nights."},
	}
}

func demoIndex() *match.Index {
	ix := match.New(match.Options{})
	ix.Put(demo()...)
	return ix
}

func first(r match.Result) string {
	if len(r.Hits) == 0 {
		return ""
	}
	return r.Hits[0].ID
}

func TestFindsDamagedMessages(t *testing.T) {
	ix := demoIndex()
	for name, c := range map[string]struct{ text, want string }{
		"clean":           {"Thủy điện Sông Lam sẽ xả lũ trong đêm nay, ba huyện hạ du phải sơ tán", "dam"},
		"no diacritics":   {"thuy dien song lam se xa lu trong dem nay, ba huyen ha du phai so tan", "dam"},
		"capitals":        {"THỦY ĐIỆN SÔNG LAM SẼ XẢ LŨ TRONG ĐÊM NAY", "dam"},
		"decomposed":      {"Ngân hàng sẽ khóa mọi tài khoản chưa cập nhật vân tay", "bank"},
		"bold":            {"𝗨𝗼̂́𝗻𝗴 𝗻𝘂̛𝗼̛́𝗰 𝗺𝘂𝗼̂́𝗶 𝗮̂́𝗺 𝗰𝗵𝘂̛̃𝗮 𝗸𝗵𝗼̉𝗶 𝘀𝗼̂́𝘁 𝘅𝘂𝗮̂́𝘁 𝗵𝘂𝘆𝗲̂́𝘁", "salt"},
		"telex":           {"hocj sinh toanf tinhr dduwowcj nghir hocj mootj tuaanf vif dichj cums", "school"},
		"vni":             {"hoc5 sinh toan2 tinh3 d9u7o7c5 nghi3 hoc5 mo6t5 tua6n2 vi2 dich5 cum1", "school"},
		"line breaks":     {"Công ty tuyển\nnhân viên chăm\nsóc khách hàng\ntại Campuchia\nlương 30 triệu", "job"},
		"hashtag":         {"#catdienluanphien ca thanh pho 18h den 22h", "power"},
		"hashtag capital": {"so scary #InfantFormulaRecall #Salmonella", "recall"},
		"inflected":       {"they are recalling every infant formula in the supermarket, salmonella!!", "recall"},
		"chain": {"Cả nhà ơi đọc kỹ nhé, em vừa nhận được từ một chị làm trong ngành, ai thương người thân thì đừng bỏ qua. " +
			"Mọi người chia sẻ giúp em với, chậm một phút là có người gặp nạn. Nước chanh pha baking soda diệt tế bào ung thư mạnh gấp vạn lần hóa trị. " +
			"Hãy gửi cho ít nhất mười người bạn của bạn ngay hôm nay, em cảm ơn cả nhà rất nhiều, chúc mọi người một ngày bình an và nhiều sức khỏe.", "lemon"},
		"link alone": {"https://tin.example/2026/harbour-bridge-closed-six-months.html", "bridge"},
	} {
		if got := first(ix.Search(match.Query{Text: c.text})); got != c.want {
			t.Errorf("%s: found %q, want %q", name, got, c.want)
		}
	}
}

func TestSmallIndexIsNotSureOfEverything(t *testing.T) {
	ix := demoIndex()
	for name, text := range map[string]string{
		"one shared word":   "Bão số 5 sắp vào, hồ nước nhà em cạn rồi",
		"other topic":       "Giá vàng hôm nay tăng mạnh, bà con nên bán hay giữ",
		"english other":     "Does anybody know whether the museum is open on Sunday?",
		"shared bank":       "Ngân hàng tuyển dụng giao dịch viên tại Đà Nẵng",
		"one word":          "ngân",
		"one common word":   "the",
		"number":            "30",
		"greeting":          "chào cả nhà, chúc mọi người ngủ ngon",
		"shared place only": "sông Lam mùa này đẹp quá, ai đi chụp ảnh không",
	} {
		if r := ix.Search(match.Query{Text: text}); r.Outcome == match.Answer {
			t.Errorf("%s: sure (%.2f) of %s", name, r.Hits[0].Probability, r.Hits[0].ID)
		}
	}
}

func TestGarbage(t *testing.T) {
	ix := demoIndex()
	for name, text := range map[string]string{
		"empty": "", "spaces": " \n\t ", "emoji": "😀😀🔥🔥👇", "marks": strings.Repeat("\u0301", 10000),
		"binary": "\x00\xff\xfe\x80", "punctuation": "!!! ??? ...", "placeholders": "[phone] [email]",
	} {
		if r := ix.Search(match.Query{Text: text}); r.Outcome != match.None || len(r.Hits) != 0 {
			t.Errorf("%s: %v with %d hits", name, r.Outcome, len(r.Hits))
		}
	}
	for name, text := range map[string]string{
		"one letter":  strings.Repeat("a", 64<<10),
		"one word":    strings.Repeat("nuoc ", 13<<10),
		"lines":       strings.Repeat("muối\n", 12<<10),
		"cut in rune": strings.Repeat("ữ", 40<<10),
	} {
		if r := ix.Search(match.Query{Text: text}); r.Outcome == match.Answer {
			t.Errorf("%s of 64 KiB is answered by %s", name, r.Hits[0].ID)
		}
	}
	if r := match.New(match.Options{}).Search(match.Query{Text: "anything"}); r.Outcome != match.None || r.Hits != nil {
		t.Errorf("an empty index answers %v", r)
	}
}

func TestLongMessageStillFinds(t *testing.T) {
	ix := demoIndex()
	filler := strings.Repeat("Hôm qua trời đẹp nên gia đình tôi đi chơi công viên rồi ăn kem với nhau thật vui. ", 300)
	text := filler + "Thủy điện Sông Lam sẽ xả lũ trong đêm nay, ba huyện hạ du phải sơ tán ngay. " + filler
	if len(text) > 64<<10 {
		t.Fatalf("%d bytes are more than a message may have", len(text))
	}
	if got := first(ix.Search(match.Query{Text: text})); got != "dam" {
		t.Errorf("found %q in a message of %d bytes", got, len(text))
	}
}

func TestExtraHelpsToMatch(t *testing.T) {
	ix := match.New(match.Options{})
	ix.Put(
		match.Doc{ID: "a", Claim: "Senator Armbruster said the reactor would be shut down"},
		match.Doc{ID: "b", Claim: "Governor Villalobos said the reactor would be shut down"},
	)
	const text = "we will shut the reactor down"
	if got := first(ix.Search(match.Query{Text: text, Extra: []string{"villalobos"}})); got != "b" {
		t.Errorf("with the author of b it finds %q", got)
	}
	if got := first(ix.Search(match.Query{Text: text, Extra: []string{"Armbruster"}})); got != "a" {
		t.Errorf("with the author of a it finds %q", got)
	}
}

func TestPartsSumToScore(t *testing.T) {
	ix := demoIndex()
	for _, q := range []string{"thuy dien xa lu dem nay", "infant formula recalled", strings.Repeat("ngân hàng khóa tài khoản vân tay. ", 20)} {
		r := ix.Search(match.Query{Text: q, Explain: true})
		if len(r.Hits) == 0 {
			t.Fatalf("%q finds nothing", q)
		}
		for _, h := range r.Hits {
			sum := 0.0
			for _, p := range h.Parts {
				sum += p.Value
			}
			if math.Abs(sum-h.Score) > 1e-9 {
				t.Errorf("%q: parts of %s sum to %v, score is %v", q, h.ID, sum, h.Score)
			}
		}
	}
	if r := ix.Search(match.Query{Text: "infant formula"}); r.Hits[0].Parts != nil {
		t.Error("explained without being asked")
	}
}

func TestHits(t *testing.T) {
	ix := demoIndex()
	r := ix.Search(match.Query{Text: "ngân hàng khóa tài khoản nước muối học sinh cắt điện bridge", Limit: 3})
	if len(r.Hits) != 3 {
		t.Fatalf("%d hits, want the limit", len(r.Hits))
	}
	for i, h := range r.Hits {
		if h.Probability < 0 || h.Probability > 1 || i > 0 && h.Score > r.Hits[i-1].Score {
			t.Errorf("hit %d: %+v", i, h)
		}
	}
	r = ix.Search(match.Query{Text: "Khóa tài khoản ngân hàng"})
	if diff := cmp.Diff([]string{"khoa", "tai", "khoan", "ngan", "hang"}, r.Hits[0].Terms); diff != "" {
		t.Errorf("terms: %s", diff)
	}
}

func TestNewerFirstAmongEquals(t *testing.T) {
	ix := match.New(match.Options{})
	ix.Put(match.Doc{ID: "a", Claim: "the well is poisoned", Day: 10}, match.Doc{ID: "b", Claim: "the well is poisoned", Day: 20})
	if got := first(ix.Search(match.Query{Text: "poisoned well"})); got != "b" {
		t.Errorf("found %q, want the newer", got)
	}
}

func TestPutReplacesAndDeleteRemoves(t *testing.T) {
	ix := demoIndex()
	n := ix.Len()
	ix.Put(match.Doc{ID: "dam", Claim: "đường sắt ngừng chạy tàu đêm"}, match.Doc{ID: "x", Claim: "a"}, match.Doc{ID: "x", Claim: "quarantine of parrots"})
	if ix.Len() != n+1 {
		t.Errorf("Len = %d, want %d", ix.Len(), n+1)
	}
	for _, h := range ix.Search(match.Query{Text: "thủy điện xả lũ"}).Hits {
		if h.ID == "dam" {
			t.Error("the old text of a replaced document is found")
		}
	}
	if got := first(ix.Search(match.Query{Text: "tàu đêm đường sắt"})); got != "dam" {
		t.Errorf("new text finds %q", got)
	}
	if got := first(ix.Search(match.Query{Text: "parrots in quarantine"})); got != "x" {
		t.Errorf("the last of two with one ID is not kept: %q", got)
	}
	ix.Delete("dam", "x", "nobody")
	if ix.Len() != n-1 || first(ix.Search(match.Query{Text: "parrots in quarantine"})) == "x" {
		t.Error("a deleted document is found")
	}
	for _, d := range demo() {
		ix.Delete(d.ID)
	}
	if ix.Len() != 0 || ix.Search(match.Query{Text: "ngân hàng"}).Hits != nil {
		t.Error("an emptied index is not empty")
	}
}

// TestHistoryDoesNotMatter compares an index after any sequence of changes with
// one built at once of the same documents.
func TestHistoryDoesNotMatter(t *testing.T) {
	words := strings.Fields("ngân hàng khóa tài khoản vân tay nước muối chữa sốt lũ đêm nay bank dam closing closed 50 5 2026 Villalobos vaccine")
	text := rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 0, 12).Draw(t, "words"), " ")
	})
	id := rapid.StringMatching(`[a-h]`)
	rapid.Check(t, func(t *rapid.T) {
		ix := match.New(match.Options{})
		naive := map[string]match.Doc{}
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			if rapid.IntRange(0, 2).Draw(t, "what") == 0 {
				gone := rapid.SliceOfN(id, 0, 3).Draw(t, "gone")
				ix.Delete(gone...)
				for _, g := range gone {
					delete(naive, g)
				}
				continue
			}
			var docs []match.Doc
			for range rapid.IntRange(0, 3).Draw(t, "docs") {
				d := match.Doc{ID: id.Draw(t, "id"), Title: text.Draw(t, "title"), Claim: text.Draw(t, "claim"), Text: text.Draw(t, "text"), Day: rapid.Int32Range(0, 3).Draw(t, "day")}
				docs = append(docs, d)
				naive[d.ID] = d
			}
			ix.Put(docs...)
		}
		fresh := match.New(match.Options{})
		for _, d := range naive {
			fresh.Put(d)
		}
		if ix.Len() != len(naive) || fresh.Len() != len(naive) {
			t.Fatalf("Len = %d, want %d", ix.Len(), len(naive))
		}
		for range 3 {
			q := match.Query{Text: text.Draw(t, "query"), Limit: 20, Explain: true}
			if diff := cmp.Diff(fresh.Search(q), ix.Search(q)); diff != "" {
				t.Fatalf("%q: %s", q.Text, diff)
			}
		}
	})
}

func TestReadersAndWriters(t *testing.T) {
	ix := match.New(match.Options{})
	ix.Put(demo()...)
	var writers, readers sync.WaitGroup
	stop := make(chan struct{})
	for w := range 2 {
		writers.Go(func() {
			r := rand.New(rand.NewPCG(1, uint64(w)))
			for i := range 300 {
				id := fmt.Sprintf("w%d-%d", w, r.IntN(20))
				claim := fmt.Sprintf("tin số%d về ngân hàng mã%d%d", i, w, i)
				ix.Put(match.Doc{ID: id, Claim: claim})
				if got := first(ix.Search(match.Query{Text: claim})); got != id {
					t.Errorf("just put, %q finds %q, want %q", claim, got, id)
				}
				if i%3 == 0 {
					ix.Delete(id)
				}
			}
		})
	}
	for range 3 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if got := first(ix.Search(match.Query{Text: "thuy dien xa lu dem nay ba huyen"})); got != "dam" {
					t.Errorf("found %q while others write", got)
				}
			}
		})
	}
	writers.Wait()
	close(stop)
	readers.Wait()
}

// TestManySmallPuts goes through every merge of a growing index.
func TestManySmallPuts(t *testing.T) {
	ix := match.New(match.Options{})
	for i := range 700 {
		ix.Put(match.Doc{ID: fmt.Sprint(i), Claim: fmt.Sprintf("tin thứ n%d về việc v%d", i, i%7)})
		if i%5 == 4 {
			ix.Delete(fmt.Sprint(i - 2))
		}
	}
	if ix.Len() != 700-140 {
		t.Errorf("Len = %d", ix.Len())
	}
	for _, i := range []int{0, 1, 333, 699} {
		if got := first(ix.Search(match.Query{Text: fmt.Sprintf("n%d v%d", i, i%7)})); got != fmt.Sprint(i) {
			t.Errorf("%d: found %q", i, got)
		}
	}
}

func TestMark(t *testing.T) {
	for _, c := range []struct {
		text  string
		terms []string
		want  string
	}{
		{"Ngân hàng sẽ khóa.", []string{"ngan", "hang", "khoa"}, "«Ngân hàng» sẽ «khóa»."},
		{"They recalled it", []string{"recalling"}, "They «recalled» it"},
		{"see #KhoaTaiKhoan now", []string{"tai"}, "see «#KhoaTaiKhoan» now"},
		{"nothing here", []string{"else"}, "nothing here"},
		{"ngân, hàng", []string{"ngan", "hang"}, "«ngân», «hàng»"},
		{"", []string{"x"}, ""},
		{"x", nil, "x"},
	} {
		var b strings.Builder
		for _, s := range match.Mark(c.text, c.terms) {
			if s.Marked {
				b.WriteString("«" + s.Text + "»")
			} else {
				b.WriteString(s.Text)
			}
		}
		if b.String() != c.want {
			t.Errorf("Mark(%q, %q) = %q, want %q", c.text, c.terms, b.String(), c.want)
		}
	}
}

func TestOutcomeNames(t *testing.T) {
	for o, want := range map[match.Outcome]string{match.None: "none", match.Candidates: "candidates", match.Answer: "answer", 9: "unknown"} {
		if o.String() != want {
			t.Errorf("%d is %q, want %q", o, o.String(), want)
		}
	}
}
