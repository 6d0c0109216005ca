package web_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sangto/internal/catalog"
	"sangto/internal/desk"
	"sangto/internal/gate"
	"sangto/internal/intake"
	"sangto/internal/lang"
	"sangto/internal/lookup"
	"sangto/internal/web"
)

// The storybook: invented desks and checks behind the real pages and the real
// gate, with no database. Every state of every page has a story.

// now is the storybook's time.
var now = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

func day(s string) desk.Day {
	d, err := desk.ParseDay(s)
	if err != nil {
		panic(err)
	}
	return d
}

func id(n int) string {
	return desk.HashID(sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(n))))
}

// The invented desks.
var (
	riverDesk = desk.Desk{
		ID: "bensong", Local: true, Name: "Bàn tin Bến Sông", URL: "https://bensong.example", Lang: "vi",
		Owner: "Hợp tác xã báo chí Bến Sông, 14 thành viên", OwnerKind: desk.OwnerIndependent,
		Funders: "Bạn đọc góp 62 %, Quỹ Sông Xanh 30 %, bán sách 8 %", FunderKind: desk.OwnerUnknown,
		About:    "Bốn người viết và hai người đọc lại, ở một thị trấn ven sông.\n\nChúng tôi chọn những tin được hỏi nhiều và chờ lâu, xem bằng chứng **cả hai phía** rồi mới viết. Cách làm: [đọc ở đây](https://bensong.example/cach-lam).",
		Declared: day("2026-02-01"),
	}
	provinceDesk = desk.Desk{
		ID: "cong-tinh", Local: true, Name: "Tổ trả lời Cổng thông tin tỉnh Thượng Đồng", URL: "https://thuongdong.example", Lang: "vi",
		Owner: "Ủy ban tỉnh Thượng Đồng", OwnerKind: desk.OwnerState, Funders: "Ngân sách tỉnh", FunderKind: desk.OwnerState,
		Declared: day("2026-03-10"),
	}
	farDesk = desk.Desk{
		ID: "harbour", Name: "Harbour Check", URL: "https://harbour.example", Lang: "en", OwnerKind: desk.OwnerUnknown, FunderKind: desk.OwnerUnknown,
	}
	campusDesk = desk.Desk{
		ID: "campus", Name: "Campus Facts", URL: "https://campus.example", Lang: "en",
		Owner: "Eastbridge University, School of Journalism", OwnerKind: desk.OwnerUniversity, FunderKind: desk.OwnerUniversity, Funders: "The university",
	}
)

func local(n int, d desk.Desk, v desk.Version) catalog.Entry {
	v.CheckID, v.Number, v.Act, v.Kind = id(n), 1, desk.Publish, desk.FactKind
	return catalog.Entry{Check: desk.Check{ID: id(n), DeskID: d.ID, Lang: "vi"}, Desk: d, Version: v}
}

func imported(n int, d desk.Desk, v desk.Version) catalog.Entry {
	v.CheckID, v.Number, v.Act = id(n), 1, desk.ImportAct
	return catalog.Entry{
		Check: desk.Check{ID: id(n), DeskID: d.ID, Lang: d.Lang, SourceURL: d.URL + "/checks/" + fmt.Sprint(n)},
		Desk:  d, Version: v,
	}
}

// The checks of the storybook, by what they show.
var (
	damCheck = local(1, riverDesk, desk.Version{
		Verdict: desk.NotTrue, Topic: "weather", Published: day("2026-11-18"), AsOf: day("2026-11-18"),
		Claim:   "Đêm nay đập thủy điện Suối Vàng xả toàn bộ nước, các xã hạ lưu phải sơ tán trước 22 giờ.",
		Title:   "Đập Suối Vàng không xả toàn bộ nước đêm 18 tháng 11",
		Summary: "Nhà máy chỉ mở một cửa từ 14 giờ đến 17 giờ theo lịch đã báo trước ba ngày; nước hạ lưu dâng 20 cm và không xã nào có lệnh sơ tán.",
		Body:    "Lịch vận hành gửi cho ba huyện hạ lưu ngày 15 tháng 11 ghi **một cửa**, từ 14 đến 17 giờ. Trạm đo Cầu Mới ghi mực nước cao nhất 2,1 m lúc 18 giờ, dưới mức báo động một.\n\n### Điều đúng\n\n- Có xả nước, có báo trước.\n- Bãi bồi ven sông bị ngập nhẹ trong khoảng hai giờ.\n\n> Không có lệnh sơ tán nào được ban ra trong ngày.\n\nTấm ảnh kèm tin chụp ở một con đập khác, năm 2017.",
		ToDo:    "Xem lịch xả nước ở bảng tin của xã, hoặc gọi số in trên bảng ấy. Nếu nghe còi báo ba hồi dài thì rời bờ sông ngay, không cần chờ tin nhắn.",
		Evidence: []desk.Evidence{
			{Position: 1, Stance: desk.Against, URL: "https://suoivang.example/lich-van-hanh-11-2026.pdf", Title: "Lịch vận hành tháng 11 năm 2026", Publisher: "Nhà máy thủy điện Suối Vàng", Quote: "Ngày 18/11: mở cửa số 2, 14 giờ 00 đến 17 giờ 00, lưu lượng 120 m³/s.", Locator: "trang 3, bảng 2", Dated: day("2026-11-15"), Archived: day("2026-11-18"), ArchiveURL: "https://archive.example/suoivang-11-2026", SHA256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"},
			{Position: 2, Stance: desk.Against, URL: "https://nuoc.example/cau-moi", Title: "Số đo mực nước trạm Cầu Mới", Publisher: "Mạng trạm đo nước cộng đồng", Quote: "18:00 2,10 m; 19:00 1,96 m", Dated: day("2026-11-18"), Archived: day("2026-11-18")},
			{Position: 3, Stance: desk.For, URL: "https://thuongdong.example/thong-bao-8", Title: "Thông báo số 8 của xã Đồng Hạ", Publisher: "Xã Đồng Hạ", Quote: "Đề nghị bà con không ra bãi bồi sau 13 giờ.", Locator: "đoạn cuối", Dated: day("2026-11-17")},
			{Position: 4, Stance: desk.Context, URL: "https://world.example/dam-2017", Title: "Dam spillway photographs, 2017", Publisher: "World Picture Desk", Dated: day("2017-02-13"), Archived: day("2026-11-18")},
		},
	})
	lemonCheck = local(2, riverDesk, desk.Version{
		Verdict: desk.NotTrue, Topic: "health", Published: day("2026-10-02"),
		Claim: "Uống nước chanh ấm mỗi sáng chữa được ung thư.", Title: "Nước chanh ấm không chữa được ung thư",
		Summary: "Không có thử nghiệm nào trên người cho thấy nước chanh làm khối u nhỏ đi; các tài liệu được dẫn chỉ thử trên tế bào trong ống nghiệm.",
		Body:    "Ba bài được nhắc tới đều thử trên tế bào.", ToDo: "Hỏi bác sĩ đang điều trị trước khi đổi thuốc.",
	})
	bankCheck = local(3, riverDesk, desk.Version{
		Verdict: desk.MostlyTrue, Topic: "banking", Published: day("2026-09-12"),
		Claim: "Từ ngày 1 tháng 10 chuyển trên 10 triệu đồng phải quét khuôn mặt.", Title: "Chuyển trên 10 triệu đồng cần xác thực khuôn mặt: phần lớn đúng",
		Summary: "Quy định áp dụng cho chuyển tiền qua ứng dụng; chuyển tại quầy thì không.",
	})
	schoolCheck = local(4, riverDesk, desk.Version{
		Verdict: desk.True, Topic: "school", Published: day("2026-11-20"),
		Claim: "Trường tiểu học Hoa Sữa cho học sinh nghỉ thứ Hai 23 tháng 11.", Title: "Trường Hoa Sữa nghỉ học thứ Hai 23 tháng 11",
		Summary: "Nhà trường xác nhận bằng thông báo dán cổng và thư gửi phụ huynh, vì sửa đường ống nước.",
	})
	jobCheck = local(5, riverDesk, desk.Version{
		Verdict: desk.MissingContext, Topic: "work", Published: day("2026-08-30"),
		Claim: "Sang nước ngoài hái quả lương 60 triệu đồng một tháng.", Title: "Việc hái quả lương 60 triệu: có thật, nhưng thiếu bối cảnh",
		Summary: "Mức ấy là trước khi trừ tiền nhà, ăn, đi lại và thuế; người đã đi còn lại khoảng 24 triệu trong mùa cao điểm kéo dài ba tháng.",
	})
	soundCheck = local(6, riverDesk, desk.Version{
		Verdict: desk.NotEnoughEvidence, Topic: "science", Published: day("2026-07-14"),
		Claim: "Tiếng nổ đêm 9 tháng 7 ở Bến Sông là do thiên thạch.", Title: "Tiếng nổ đêm 9 tháng 7: chưa đủ bằng chứng",
		Summary: "Hai trạm đo ghi được một xung âm nhưng không ai ghi được vệt sáng hay tìm thấy mảnh vỡ.",
	})
	opinionCheck = local(7, riverDesk, desk.Version{
		Verdict: desk.NotRated, NotRatedKind: desk.Opinion, Topic: "office", Published: day("2026-06-03"),
		Claim: "Ủy ban làm đường chậm vì không coi dân ra gì.", Title: "Nhận xét về tiến độ làm đường: không đánh giá",
		Summary: "Đây là lời phê bình. Ngày khởi công và ngày hẹn xong thì kiểm chứng được, và được nêu trong bài.",
	})
	ownCauseCheck = local(8, provinceDesk, desk.Version{
		Verdict: desk.NotRated, NotRatedKind: desk.NotIndependent, AboutPower: true, Topic: "office", Published: day("2026-05-20"),
		Claim: "Tỉnh Thượng Đồng đã giải ngân hết tiền sửa đê năm 2025.", Title: "Tiền sửa đê năm 2025: chúng tôi không độc lập với việc này",
		Summary: "Bàn này thuộc tỉnh nên chỉ đăng số liệu quyết toán để bạn tự xem.",
	})
	farCheck = imported(9, farDesk, desk.Version{
		Rating: "Pants on Fire!", Topic: "health", Published: day("2022-04-01"),
		Claim: "A new vaccine contains a tracking chip.", Title: "No, the vaccine holds no tracking chip",
		Summary: "The photograph shows a pet's identification tag, and the list of ingredients is public.",
	})
	articleCheck = imported(10, campusDesk, desk.Version{
		Rating: "See the article", NoVerdictRating: true, Published: day("2024-01-15"),
		Claim: "Boiling plastic bottles makes them safe to reuse.",
	})
	privateCheck = imported(11, farDesk, desk.Version{
		Rating: "False", LinkOnly: true, Published: day("2021-03-09"),
	})
	correctedCheck = local(12, riverDesk, desk.Version{
		Verdict: desk.MissingContext, Topic: "food", Published: day("2026-03-01"),
		Claim: "Rau muống trồng ở kênh có chì.", Title: "Rau muống kênh Ba Bò: thiếu bối cảnh",
		Summary: "Một trong bốn mẫu vượt ngưỡng; ba mẫu còn lại thì không.",
	})
	withdrawnCheck = local(13, riverDesk, desk.Version{
		Verdict: desk.True, Topic: "transport", Published: day("2026-01-10"),
		Claim: "Cầu Mới cấm xe tải trên 5 tấn.", Title: "Cầu Mới cấm xe tải trên 5 tấn",
		Summary: "Biển cấm đã dựng ngày 8 tháng 1.",
	})
)

// story is the storybook's catalogue.
type story struct {
	// gone is since when the far check is no longer at its source.
	gone    desk.Day
	entries []catalog.Entry
	pages   map[string]catalog.Page
	desks   []desk.Desk
	site    catalog.Site
	fail    error
	written atomic.Int64
	// walks counts the steps of walks; the first waits for slow, if there is one.
	// Each fails with lost, and where nobody waits for it any more.
	walks atomic.Int64
	slow  chan struct{}
	lost  error
}

func newStory() *story {
	s := &story{
		entries: []catalog.Entry{
			schoolCheck, damCheck, lemonCheck, bankCheck, jobCheck, soundCheck, opinionCheck, ownCauseCheck,
			correctedCheck, withdrawnCheck, articleCheck, farCheck, privateCheck,
		},
		pages: map[string]catalog.Page{},
		desks: []desk.Desk{riverDesk, provinceDesk, campusDesk, farDesk},
		site: catalog.Site{Name: "", Zone: time.UTC, Notice: map[string]string{
			"vi": "Đây là bản trình diễn: mọi bàn, người và bài ở đây đều là bịa.",
			"en": "This is a demonstration: every desk, person and check here is invented.",
		}},
	}
	for _, e := range s.entries {
		s.pages[e.Check.ID] = catalog.Page{Entry: e, Shown: e.Version, Versions: []desk.Version{e.Version}}
	}
	dam := s.pages[damCheck.Check.ID]
	dam.Copies = []int{1, 2, 3, 4}
	s.pages[damCheck.Check.ID] = dam
	s.revise(correctedCheck, desk.Correct, day("2026-03-20"), "Số mẫu", "Bản đầu viết hai trong bốn mẫu; phòng thí nghiệm đã xác nhận chỉ một mẫu vượt ngưỡng.")
	s.revise(withdrawnCheck, desk.Withdraw, day("2026-02-02"), "Nguồn sai", "Biển cấm chúng tôi thấy là của một cây cầu khác trùng tên.")
	return s
}

// revise adds a second version.
func (s *story) revise(e catalog.Entry, act desk.Act, on desk.Day, reason, note string) {
	p := s.pages[e.Check.ID]
	next := p.Version
	next.Number, next.Act, next.Published, next.Reason, next.Note = 2, act, on, reason, note
	p.Entry.Version, p.Shown = next, next
	p.Versions = append(p.Versions, next)
	s.pages[e.Check.ID] = p
	for i := range s.entries {
		if s.entries[i].Check.ID == e.Check.ID {
			s.entries[i].Version = next
		}
	}
}

func missing() error {
	return &desk.Error{Kind: desk.NotFound, Op: "story", Key: "error.not_found"}
}

func (s *story) Check(_ context.Context, id string) (catalog.Page, error) {
	if p, ok := s.pages[id]; ok && s.fail == nil {
		return p, nil
	}
	if s.fail != nil {
		return catalog.Page{}, s.fail
	}
	return catalog.Page{}, missing()
}

func (s *story) Version(ctx context.Context, id string, n int) (catalog.Page, error) {
	p, err := s.Check(ctx, id)
	if err != nil {
		return p, err
	}
	for _, v := range p.Versions {
		if v.Number == n {
			p.Shown = v
			return p, nil
		}
	}
	return catalog.Page{}, missing()
}

// Copy gives the dam's sources a copy each: one of text, one that could not be
// read, one that was erased, one that is long.
func (s *story) Copy(ctx context.Context, id string, n, position int) (catalog.Archived, error) {
	p, err := s.Version(ctx, id, n)
	if err != nil || id != damCheck.Check.ID || position < 1 || position > 4 {
		return catalog.Archived{}, missing()
	}
	e := p.Shown.Evidence[position-1]
	c := desk.Copy{
		URL: e.URL, FoundAt: e.URL, Way: desk.CopyFetched, State: desk.CopyKept, MediaType: "text/html", Title: "Lịch vận hành | Suối Vàng",
		Text: "Trang nhất\nThời sự\n\nLịch vận hành tháng 11 năm 2026\n\nNgày 18/11: mở cửa số 2, 14 giờ 00 đến 17 giờ 00. <script>alert(1)</script> & <b>chữ</b>",
		Size: 48213, Original: strings.Repeat("5e", 32), Kept: now,
	}
	switch position {
	case 2:
		c.MediaType, c.Title, c.Text, c.Way = "application/pdf", "", "", desk.CopyUploaded
	case 3:
		c.State, c.Title, c.Text = desk.CopyErased, "", ""
	case 4:
		c.Text, c.Cut, c.FoundAt = strings.Repeat("Một đoạn dài của trang. ", 20_000), true, e.URL+"/moved"
	}
	return catalog.Archived{Page: p, Evidence: e, Copy: c.Sealed()}, nil
}

func (s *story) List(_ context.Context, f catalog.Filter, page int) (catalog.List, error) {
	if s.fail != nil {
		return catalog.List{}, s.fail
	}
	var found []catalog.Entry
	for _, e := range s.entries {
		if fits(f, e) {
			found = append(found, e)
		}
	}
	const size = 8
	l := catalog.List{Page: page, Total: len(found), Pages: max(1, (len(found)+size-1)/size)}
	if page < 1 || page > l.Pages {
		return l, missing()
	}
	l.Entries = found[(page-1)*size : min(page*size, len(found))]
	return l, nil
}

// dated gives the storybook's entries the day of their first version.
func (s *story) dated(f catalog.Filter) []catalog.Dated {
	var out []catalog.Dated
	for _, e := range s.entries {
		if !f.LocalOnly || e.Desk.Local {
			if fits(f, e) {
				out = append(out, catalog.Dated{Entry: e, First: s.pages[e.Check.ID].Versions[0].Published})
			}
		}
	}
	return out
}

func fits(f catalog.Filter, e catalog.Entry) bool {
	return (f.Topic == "" || e.Version.Topic == f.Topic) && (f.DeskID == "" || e.Desk.ID == f.DeskID) && (f.Lang == "" || e.Check.Lang == f.Lang) &&
		(f.Since == 0 || e.Version.Published >= f.Since) && (f.Until == 0 || e.Version.Published < f.Until)
}

func (s *story) Newest(_ context.Context, f catalog.Filter, limit int) ([]catalog.Dated, error) {
	all := s.dated(f)
	return all[:min(limit, len(all))], s.fail
}

func (s *story) Walk(ctx context.Context, f catalog.Filter, after string, limit int) ([]catalog.Dated, error) {
	all := s.dated(f)
	slices.SortFunc(all, func(a, b catalog.Dated) int { return strings.Compare(a.Check.ID, b.Check.ID) })
	all = slices.DeleteFunc(all, func(e catalog.Dated) bool { return e.Check.ID <= after })
	if s.walks.Add(1) == 1 && s.slow != nil {
		<-s.slow
	}
	return all[:min(limit, len(all))], errors.Join(s.fail, s.lost, ctx.Err())
}

func (s *story) Days(_ context.Context, f catalog.Filter) ([]catalog.DayCount, error) {
	counts := map[desk.Day]int{}
	for _, e := range s.dated(f) {
		counts[e.Version.Published]++
	}
	var out []catalog.DayCount
	for _, d := range slices.Sorted(maps.Keys(counts)) {
		out = append([]catalog.DayCount{{Day: d, Count: counts[d]}}, out...)
	}
	return out, s.fail
}

func (s *story) State(context.Context) (string, error) { return fmt.Sprint(len(s.entries)), s.fail }

// Written is another number each time, so that no page of the storybook is
// kept.
func (s *story) Written() int64 {
	return s.written.Add(1)
}

func (s *story) Desks(context.Context) ([]desk.Desk, error) { return s.desks, s.fail }

func (s *story) Desk(_ context.Context, id string) (desk.Desk, error) {
	for _, d := range s.desks {
		if d.ID == id {
			return d, s.fail
		}
	}
	return desk.Desk{}, missing()
}

func (s *story) Site(context.Context) (catalog.Site, error) { return s.site, s.fail }

// reader is a redactor that changes nothing and remembers what it was given.
type reader struct{ words string }

func (r *reader) Redact(words string) (string, []desk.Redaction) {
	r.words = strings.TrimSpace(words)
	return r.words, []desk.Redaction{{Kind: "phone", Count: 1}}
}

// counter is the storybook's intake. What a message gets depends on a word in
// it.
type counter struct {
	asked     map[[16]byte]string
	receipts  map[[desk.ReceiptSecretSize]byte]bool
	withdrawn bool
	busy      error
}

func newCounter() *counter {
	return &counter{asked: map[[16]byte]string{}, receipts: map[[desk.ReceiptSecretSize]byte]bool{}}
}

const (
	damMessage = "KHẨN!!! Dap thuy dien Suoi Vang dem nay XA TOAN BO NUOC, ba con cac xa ha luu so tan truoc 22h. Lien he anh Ba [phone]. Chuyen tin nay cho moi nguoi, dung de ai bi cuon troi, ai thuong ba con thi gui di ngay"
	shortMsg   = "nước chanh chữa ung thư, liên hệ [phone]"
)

func candidate(e catalog.Entry, terms ...string) lookup.Candidate {
	return lookup.Candidate{Entry: e, Score: 9, Probability: 0.9, Terms: terms}
}

// seen is what the storybook finds for a message, chosen by how it starts.
func seen(raw desk.Raw) (intake.Seen, error) {
	bad := func(kind desk.ErrorKind, key string, args map[string]any) (intake.Seen, error) {
		return intake.Seen{}, &desk.Error{Kind: kind, Op: "story", Key: key, Args: args}
	}
	var s intake.Seen
	var r reader
	s.Text, s.Redactions = desk.Redacted(raw, &r)
	words := r.words
	switch words {
	case "":
		return bad(desk.Invalid, "error.text.empty", nil)
	case "😀😀😀":
		return bad(desk.Invalid, "error.text.wordless", nil)
	case "0912345678":
		return bad(desk.Invalid, "error.text.identifiers", nil)
	}
	if len(words) > desk.MessageMax {
		return bad(desk.TooLarge, "error.text.large", map[string]any{"Max": desk.MessageMax >> 10})
	}
	switch {
	case strings.HasPrefix(words, "KHẨN"):
		c := candidate(damCheck, "dap", "thuy", "dien", "suoi", "vang", "dem", "nay", "xa", "toan", "bo", "nuoc", "cac", "ha", "luu", "so", "tan", "truoc")
		s.Outcome, s.Answer.Answer = lookup.Found, &c
		s.Candidates = []lookup.Candidate{candidate(soundCheck, "dem")}
		s.Hints = []intake.Hint{{Kind: "name", Text: "anh Ba"}}
	case strings.HasPrefix(words, "nước chanh"):
		s.Outcome = lookup.Perhaps
		s.Candidates = []lookup.Candidate{candidate(lemonCheck, "nuoc", "chanh", "chua", "ung", "thu"), candidate(farCheck), candidate(articleCheck), candidate(correctedCheck)}
	case strings.HasPrefix(words, "vaccine"):
		c := candidate(farCheck, "vaccine", "chip", "tracking")
		s.Outcome, s.Answer.Answer = lookup.Found, &c
	default:
		s.Outcome = lookup.Nothing
		s.Hints = []intake.Hint{{Kind: "name", Text: "Nguyễn Văn A"}, {Kind: "address", Text: "12 ngõ Bờ Đê"}, {Kind: "link", Text: "https://vi-du.example/tin"}}
		if strings.Contains(words, "cầu") {
			s.Candidates = []lookup.Candidate{candidate(bankCheck, "phai")}
		}
	}
	return s, nil
}

func (c *counter) Look(_ context.Context, raw desk.Raw, _ int) (intake.Seen, error) {
	return seen(raw)
}

func (c *counter) Ask(_ context.Context, nonce [16]byte, receipt desk.Receipt, raw desk.Raw) (intake.Asked, error) {
	if c.busy != nil {
		return intake.Asked{}, c.busy
	}
	s, err := seen(raw)
	if err != nil {
		return intake.Asked{}, err
	}
	if n := len([]rune(s.Text.String())); n > desk.QuestionMax {
		return intake.Asked{}, &desk.Error{Kind: desk.Invalid, Op: "story", Key: "error.question.long", Args: map[string]any{"Count": n, "Max": desk.QuestionMax}}
	}
	a := intake.Asked{Text: s.Text, Redactions: s.Redactions}
	if first, ok := c.asked[nonce]; ok {
		a.Repeated, a.Different = true, first != s.Text.String()
		return a, nil
	}
	c.asked[nonce], c.receipts[receipt.Secret()] = s.Text.String(), true
	return a, nil
}

// receiptOf makes the receipts of the storybook, one for each state.
func receiptOf(name string) desk.Receipt {
	sum := sha256.Sum256([]byte(name))
	return desk.NewReceipt([16]byte(sum[:16]))
}

func (c *counter) Track(_ context.Context, r desk.Receipt) (intake.Tracked, error) {
	if t, ok := trackContest(r); ok {
		return t, nil
	}
	check := func(e catalog.Entry) intake.Tracked {
		return intake.Tracked{State: desk.Answered, Wording: e.Version.Claim, CheckID: e.Check.ID, Check: &e}
	}
	switch {
	case c.receipts[r.Secret()], r.Equal(receiptOf("waiting")) || (r.Equal(receiptOf("leave")) && !c.withdrawn):
		return intake.Tracked{State: desk.Waiting}, nil
	case r.Equal(receiptOf("checking")):
		return intake.Tracked{State: desk.Checking, Wording: "Cầu Mới sẽ đóng để sửa từ ngày 1 tháng 12."}, nil
	case r.Equal(receiptOf("answered")):
		return check(damCheck), nil
	case r.Equal(receiptOf("answered, then withdrawn")):
		e := withdrawnCheck
		e.Version.Act, e.Version.Published = desk.Withdraw, day("2026-02-02")
		return check(e), nil
	case r.Equal(receiptOf("closed")):
		return intake.Tracked{State: desk.Closed}, nil
	case r.Equal(receiptOf("declined")):
		return intake.Tracked{State: desk.Closed, ClosedAs: desk.Prediction}, nil
	}
	return intake.Tracked{}, &desk.Error{Kind: desk.NotFound, Op: "story", Key: "error.receipt.unknown"}
}

func (c *counter) Withdraw(ctx context.Context, r desk.Receipt) error {
	if _, err := c.Track(ctx, r); err != nil {
		return err
	}
	c.withdrawn = true
	delete(c.receipts, r.Secret())
	return nil
}

// mac signs the storybook's forms.
type mac string

func (m mac) sum(label string, parts [][]byte) (out [32]byte) {
	h := hmac.New(sha256.New, []byte(string(m)+label))
	for _, p := range parts {
		_ = binary.Write(h, binary.BigEndian, uint64(len(p)))
		h.Write(p)
	}
	copy(out[:], h.Sum(nil))
	return out
}

func (m mac) FormMAC(parts ...[]byte) [32]byte    { return m.sum("form", parts) }
func (m mac) ReceiptMAC(parts ...[]byte) [32]byte { return m.sum("receipt", parts) }

// book is the assembled storybook.
type book struct {
	*story
	*counter
	shelf   *shelf
	site    *web.Site
	forms   *gate.Forms
	handler http.Handler
	time    time.Time
	ledger  *ledgerBook
}

func openBook(t testing.TB) *book {
	t.Helper()
	words, err := lang.Load()
	if err != nil {
		t.Fatal(err)
	}
	b := &book{story: newStory(), counter: newCounter(), shelf: newShelf(t), time: now, ledger: newLedgerBook()}
	clock := func() time.Time { return b.time }
	b.forms = gate.NewForms(mac("story"), clock)
	public := &url.URL{Scheme: "https", Host: "sangto.example"}
	b.site, err = web.New(web.Deps{
		Catalog: b.story, Intake: b.counter, Forms: b.forms, Lang: words, PublicURL: public, AskDesk: riverDesk.Name,
		Clock: clock, Data: b.shelf, Record: b.ledger,
	})
	if err != nil {
		t.Fatal(err)
	}
	limits := map[gate.Lane]gate.Limit{}
	for lane, l := range gate.DefaultLimits() {
		l.Each, l.Rate, l.Burst = 0, 1e6, 1e6
		limits[lane] = l
	}
	b.handler = b.site.Handler(gate.New(gate.Config{Public: public, Refuse: b.site.Refuse, Limits: limits}))
	return b
}

// token returns a form token that may be used now.
func (b *book) token(t testing.TB) string {
	t.Helper()
	at := b.time
	b.time = at.Add(-time.Minute)
	token, err := b.forms.Issue()
	b.time = at
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// scene is one page in one state: how to get there and what it answers.
type scene struct {
	name, method, path string
	form               url.Values
	header             http.Header
	status             int
	// prepare sets the storybook up, and may fill in the form.
	prepare func(b *book, s *scene)
	// says is a sentence's key that the page must show.
	says string
}

// scenes are all pages in all states, in Vietnamese; the same paths under /en
// are the English ones.
func scenes(t testing.TB) []scene {
	return append(dataScenes(), pageScenes(t)...)
}

func pageScenes(t testing.TB) []scene {
	text := func(s string) url.Values { return url.Values{"text": {s}} }
	code := func(name string) url.Values { return url.Values{"code": {receiptOf(name).Code()}} }
	ask := func(receipt, words string) func(*book, *scene) {
		return func(b *book, s *scene) {
			s.form = url.Values{"token": {b.token(t)}, "text": {words}, "receipt": {receipt}}
		}
	}
	twice := func(first, second string) func(*book, *scene) {
		return func(b *book, s *scene) {
			ask("yes", second)(b, s)
			nonce, err := b.forms.Check(s.form.Get("token"))
			if err != nil {
				t.Fatal(err)
			}
			b.asked[nonce] = first
		}
	}
	aged := func(age time.Duration) func(*book, *scene) {
		return func(b *book, s *scene) {
			token, err := b.forms.Issue()
			if err != nil {
				t.Fatal(err)
			}
			s.form = url.Values{"token": {token}, "text": {shortMsg}, "receipt": {"no"}}
			b.time = b.time.Add(age)
		}
	}
	failing := func(b *book, _ *scene) { b.fail = errors.New("disk on fire at /var/lib/secret") }
	busy := func(b *book, s *scene) {
		ask("yes", shortMsg)(b, s)
		b.busy = &desk.Error{Kind: desk.Unavailable, Op: "ask", Key: "error.storage"}
	}
	get := func(name, path string, status int, says string) scene {
		return scene{name: name, method: "GET", path: path, status: status, says: says}
	}
	post := func(name, path string, form url.Values, status int, says string) scene {
		return scene{name: name, method: "POST", path: path, form: form, status: status, says: says}
	}
	c := func(e catalog.Entry) string { return "/c/" + e.Check.ID }
	archived := func(name string, position int, says string) scene {
		return get(name, fmt.Sprintf("/c/%s/v/1/copy/%d", damCheck.Check.ID, position), 200, says)
	}
	return append([]scene{
		archived("copy", 1, "copy.heading"),
		archived("copy-unread", 2, "copy.unread"),
		archived("copy-erased", 3, "copy.erased"),
		archived("copy-long", 4, "copy.more"),
		get("copy-none", "/c/"+damCheck.Check.ID+"/v/1/copy/9", 404, "error.not_found"),
		get("home", "/", 200, "home.heading"),
		post("answer-sure", "/lookup", text(damMessage), 200, "answer.sure"),
		post("answer-sure-imported", "/lookup", text("vaccine co chip theo doi"), 200, "answer.sure"),
		post("answer-maybe", "/lookup", text(shortMsg), 200, "answer.maybe"),
		post("answer-none", "/lookup", text("Nghe nói chợ Bờ Đê dời về bến xe cũ từ tháng sau?"), 200, "answer.none"),
		post("answer-none-nearest", "/lookup", text("cầu Mới đóng cửa"), 200, "answer.nearest_lead"),
		post("look-empty", "/lookup", text(" "), 400, "error.text.empty"),
		post("look-emoji", "/lookup", text("😀😀😀"), 400, "error.text.wordless"),
		post("look-number", "/lookup", text("0912345678"), 400, "error.text.identifiers"),
		post("look-large", "/lookup", text(strings.Repeat("a ", 33<<10)), 413, "error.text.large"),
		post("look-flood", "/lookup", text(strings.Repeat("a ", 400<<10)), 413, "error.body.large"),
		{name: "asked-code", method: "POST", path: "/ask", status: 200, prepare: ask("yes", shortMsg), says: "ask.done.write"},
		{name: "asked-plain", method: "POST", path: "/ask", status: 200, prepare: ask("no", shortMsg), says: "ask.done.no_code"},
		{name: "asked-again", method: "POST", path: "/ask", status: 200, prepare: twice(shortMsg, shortMsg), says: "ask.done.repeated"},
		{name: "asked-different", method: "POST", path: "/ask", status: 200, prepare: twice("khác", shortMsg), says: "ask.done.different"},
		{name: "ask-early", method: "POST", path: "/ask", status: 429, prepare: aged(time.Second), says: "error.form.early"},
		{name: "ask-expired", method: "POST", path: "/ask", status: 409, prepare: aged(3 * time.Hour), says: "error.form.expired"},
		{name: "ask-forged", method: "POST", path: "/ask", status: 403, form: url.Values{"token": {"x"}, "text": {shortMsg}, "receipt": {"yes"}}, says: "error.form.forged"},
		{name: "ask-long", method: "POST", path: "/ask", status: 400, prepare: ask("yes", "cầu "+strings.Repeat("dài ", 600)), says: "ask.again"},
		{name: "ask-full", method: "POST", path: "/ask", status: 503, prepare: busy, says: "error.storage"},
		{name: "ask-empty", method: "POST", path: "/ask", status: 400, prepare: ask("yes", " "), says: "error.text.empty"},
		get("track", "/track", 200, "track.heading"),
		post("track-waiting", "/track", code("waiting"), 200, "track.state.waiting_text"),
		post("track-checking", "/track", code("checking"), 200, "track.state.checking_text"),
		post("track-answered", "/track", code("answered"), 200, "track.state.answered_text"),
		post("track-answered-withdrawn", "/track", code("answered, then withdrawn"), 200, "track.state.answered_text"),
		post("track-closed", "/track", code("closed"), 200, "track.state.closed"),
		post("track-declined", "/track", code("declined"), 200, "track.state.closed"),
		post("track-unknown", "/track", code("nobody's"), 404, "error.receipt.unknown"),
		post("track-wrong-check", "/track", url.Values{"code": {"0000-0000-0000-0000-0000-0000-001"}}, 404, "error.receipt.unknown"),
		post("track-short", "/track", url.Values{"code": {"ABCD"}}, 400, "track.lead"),
		post("track-character", "/track", url.Values{"code": {"ABCD-EF%H"}}, 400, "track.lead"),
		post("withdraw-unconfirmed", "/track/withdraw", code("waiting"), 400, "error.ask.confirm"),
		post("withdrawn", "/track/withdraw", url.Values{"code": {receiptOf("leave").Code()}, "confirm": {"yes"}}, 200, "track.withdrawn.title"),
		post("withdraw-unknown", "/track/withdraw", url.Values{"code": {receiptOf("nobody's").Code()}, "confirm": {"yes"}}, 404, "error.receipt.unknown"),
		get("check", c(damCheck), 200, "check.fixed_line"),
		get("check-true", c(schoolCheck), 200, "check.fixed_line"),
		get("check-opinion", c(opinionCheck), 200, "check.fixed_line"),
		get("check-own-cause", c(ownCauseCheck), 200, "check.fixed_line"),
		get("check-imported", c(farCheck), 200, "check.undeclared"),
		get("check-article", c(articleCheck), 200, "check.fixed_line"),
		get("check-link-only", c(privateCheck), 200, "check.fixed_line"),
		get("check-corrected", c(correctedCheck), 200, "check.fixed_line"),
		get("check-old", c(correctedCheck)+"/v/1", 200, "check.fixed_line"),
		get("check-withdrawn", c(withdrawnCheck), 200, "check.withdrawn_label"),
		get("sheet", c(damCheck)+"/sheet", 200, "share.sheet_how"),
		get("sheet-imported", c(farCheck)+"/sheet", 200, "check.rating_by"),
		get("sheet-link-only", c(privateCheck)+"/sheet", 200, "check.link_only"),
		get("sheet-withdrawn", c(withdrawnCheck)+"/sheet", 200, "share.withdrawn"),
		get("sheet-own-cause", c(ownCauseCheck)+"/sheet", 200, "not_rated.not_independent"),
		get("aloud-power", c(ownCauseCheck)+"/aloud.txt", 404, "share.aloud_none.power"),
		get("aloud-imported", c(farCheck)+"/aloud.txt", 404, "share.aloud_none.imported"),
		get("checks", "/checks", 200, "list.title"),
		get("checks-2", "/checks?page=2", 200, "list.newer"),
		get("checks-topic", "/checks?topic=health", 200, "list.topics"),
		get("topic", "/topics/health", 200, "list.feeds"),
		get("topic-empty", "/topics/law", 200, "list.empty"),
		get("topic-beyond", "/topics/health/2", 404, "error.not_found"),
		get("topic-none", "/topics/people", 404, "error.not_found"),
		get("month", "/checks/2026-11", 200, "list.total"),
		get("month-beyond", "/checks/2026-11/2", 404, "error.not_found"),
		get("month-empty", "/checks/1999-01", 404, "error.not_found"),
		get("month-nonsense", "/checks/2026-13", 404, "error.not_found"),
		get("embed", c(damCheck)+"/embed", 200, "check.fixed_line"),
		get("embed-imported", c(farCheck)+"/embed", 200, "embed.whole"),
		get("embed-corrected", c(correctedCheck)+"/embed", 200, "check.fixed_line"),
		get("embed-withdrawn", c(withdrawnCheck)+"/embed", 200, "check.withdrawn_label"),
		get("embed-lost", "/c/0000000000000000/embed", 404, "error.not_found"),
		get("checks-empty", "/checks?topic=law", 200, "list.empty"),
		get("checks-desk", "/checks?desk=harbour", 200, "check.owner_undeclared"),
		get("checks-beyond", "/checks?page=99", 404, "error.not_found"),
		get("checks-nonsense", "/checks?page=x", 404, "error.not_found"),
		get("checks-no-topic", "/checks?topic=people", 404, "error.not_found"),
		get("desks", "/desks", 200, "desks.lead"),
		get("desk", "/desks/bensong", 200, "desk.about"),
		get("desk-state", "/desks/cong-tinh", 200, "desk.power"),
		get("desk-undeclared", "/desks/harbour", 200, "desk.undeclared"),
		get("about", "/about", 200, "about.limits.5"),
		get("privacy", "/privacy", 200, "privacy.lead"),
		get("accessibility", "/accessibility", 200, "accessibility.lead"),
		get("programs", "/api", 200, "programs.lead"),
		get("lost", "/no/such/page", 404, "error.not_found"),
		get("lost-check", "/c/0000000000000000", 404, "error.not_found"),
		post("wrong-method", "/about", text("x"), 405, "problem.method.text"),
		{name: "identified", method: "GET", path: "/", header: http.Header{"X-Forwarded-User": {"binh"}}, status: 400, says: "problem.title.identity"},
		{name: "failed", method: "GET", path: "/checks", status: 500, prepare: failing, says: "error.kind.internal"},
	}, append(afterScenes(t), noticeScenes(t)...)...)
}
