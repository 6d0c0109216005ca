package api_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"sangto/internal/api"
	"sangto/internal/catalog"
	"sangto/internal/desk"
	"sangto/internal/gate"
	"sangto/internal/intake"
	"sangto/internal/keys"
	"sangto/internal/lang"
	"sangto/internal/lookup"
	"sangto/internal/record"
	"sangto/internal/store"
	"sangto/internal/web"
)

var update = flag.Bool("update", false, "write the golden files")

// The invented checks, by what they show.
const (
	dam       = "0000000000000001"
	corrected = "0000000000000002"
	opinion   = "0000000000000003"
	far       = "0000000000000004"
	private   = "0000000000000005"
	withdrawn = "0000000000000006"
	withheld  = "0000000000000007"
	far2      = "0000000000000008"

	water = "000000000000000w"
)

// bench is the interface and the pages over a real store, behind one gate.
type bench struct {
	t       *testing.T
	db      *store.DB
	finder  *lookup.Finder
	in      *intake.Intake
	calls   *api.API
	handler http.Handler
	now     time.Time
}

// steady draws the same numbers each time, so that keys can be in golden
// files.
type steady struct{ n uint64 }

func (s *steady) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 0
	}
	s.n++
	binary.BigEndian.PutUint64(p[len(p)-8:], s.n)
	return len(p), nil
}

func newBench(t *testing.T, limits map[gate.Lane]gate.Limit) *bench {
	t.Helper()
	b := &bench{t: t, now: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)}
	clock := func() time.Time { return b.now }
	dir := t.TempDir()
	var err error
	b.db, err = store.Open(t.Context(), store.Options{Path: filepath.Join(dir, "t.db"), Zone: time.UTC, Random: &steady{}, Clock: clock})
	must(t, err)
	t.Cleanup(func() { _ = b.db.Close() })
	must(t, b.db.Update(t.Context(), fill))
	ring, err := keys.Open(filepath.Join(dir, "keys"))
	must(t, err)
	b.finder, err = lookup.Open(t.Context(), b.db)
	must(t, err)
	b.in, err = intake.New(t.Context(), b.db, b.finder, ring, "bensong")
	must(t, err)
	words, err := lang.Load()
	must(t, err)
	public := &url.URL{Scheme: "https", Host: "bensong.example"}
	shown, forms := catalog.New(b.db, time.UTC), gate.NewForms(ring, clock)
	b.calls, err = api.New(api.Deps{Catalog: shown, Record: book{}, Intake: b.in, Forms: forms, Lang: words, PublicURL: public})
	must(t, err)
	site, err := web.New(web.Deps{Catalog: shown, Intake: b.in, Forms: forms, Lang: words, PublicURL: public, Clock: clock})
	must(t, err)
	g := gate.New(gate.Config{
		Clock: clock, Public: public, Limits: limits, Proxies: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")},
		Refuse: func(w http.ResponseWriter, r *http.Request, err error) {
			if api.Owns(r.URL.Path) {
				b.calls.Refuse(w, r, err)
				return
			}
			site.Refuse(w, r, err)
		},
	})
	calls, pages := b.calls.Handler(g), site.Handler(g)
	b.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if api.Owns(r.URL.Path) {
			calls.ServeHTTP(w, r)
			return
		}
		pages.ServeHTTP(w, r)
	})
	return b
}

// book is a record whose checkpoint covers first versions, and from which one
// check is missing.
type book struct{}

func (book) Place(_ context.Context, checkID string, n int) (record.Place, error) {
	if checkID == opinion {
		return record.Place{}, &desk.Error{Kind: desk.NotFound}
	}
	return record.Place{Leaf: int64(40 + n), Signed: n == 1}, nil
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// fill publishes the invented checks of two desks here and two elsewhere.
func fill(tx *store.Tx) error {
	var errs []error
	add := func(err error) { errs = append(errs, err) }
	add(tx.SetSetting(catalog.SettingName, "Bàn tin Bến Sông"))
	add(tx.SetSetting(catalog.SettingNotice+"vi", "Mọi thứ ở đây là bịa."))
	add(tx.SetSetting(catalog.SettingNotice+"en", "Everything here is invented."))
	for _, d := range []desk.Desk{
		{
			ID: "bensong", Local: true, Name: "Bàn tin Bến Sông", URL: "https://bensong.example", Lang: "vi", Owner: "Hợp tác xã báo chí Bến Sông",
			OwnerKind: desk.OwnerIndependent, Funders: "Bạn đọc góp 62 %", FunderKind: desk.OwnerUnknown, About: "Bốn người viết.", Declared: 20_500,
		},
		{
			ID: "harbour", Name: "Harbour Check", URL: "https://harbour.example", Lang: "en", Owner: "Harbour Trust", OwnerKind: desk.OwnerIndependent,
			FunderKind: desk.OwnerUnknown,
		},
		{ID: "nobody", Name: "Undeclared", URL: "https://nobody.example", Lang: "en", OwnerKind: desk.OwnerUnknown, FunderKind: desk.OwnerUnknown},
	} {
		add(tx.PutDesk(d))
	}
	for _, m := range []string{"ann", "bob", "cat"} {
		add(tx.PutMember(desk.Member{ID: m, DeskID: "bensong", Name: m, Role: desk.Admin, KeyID: "key-" + m}))
	}
	base := desk.Version{
		Number: 1, Act: desk.Publish, Kind: desk.FactKind, Blind: desk.Classification{Kind: desk.FactKind}, ClaimantKind: desk.ClaimantOffice,
		Published: 20_770, AsOf: 20_769, Author: "ann", Verdict: desk.NotTrue, Topic: "weather",
	}
	own := func(id string, change func(*desk.Version)) {
		v := base
		v.CheckID = id
		change(&v)
		if v.Number == 1 {
			add(tx.AddCheck(desk.Check{ID: id, DeskID: "bensong", Lang: "vi"}))
		}
		var keys []desk.Approval
		for _, m := range []string{"ann", "bob", "cat"}[:v.Act.Keys()] {
			keys = append(keys, desk.Approval{MemberID: m, KeyID: "key-" + m, Revision: "rev"})
		}
		add(tx.AddVersion(v, "rev", keys))
	}
	own(dam, func(v *desk.Version) {
		v.Claim, v.Title = "Đêm nay đập Suối Vàng xả toàn bộ nước, hạ lưu ngập 2 mét.", "Đập Suối Vàng không xả toàn bộ nước"
		v.Summary, v.Body, v.ToDo = "Nhà máy chỉ mở một cửa.", "Lịch ghi **một cửa**.", "Xem lịch ở bảng tin."
		v.Evidence = []desk.Evidence{
			{Position: 1, Stance: desk.Against, URL: "https://suoivang.example/lich.pdf", Title: "Lịch vận hành", Publisher: "Nhà máy", Quote: "mở cửa số 2", Dated: 20_768, Archived: 20_769, ArchiveURL: "https://archive.example/1"},
			{Position: 2, Stance: desk.For, URL: "javascript:alert(1)", Title: "Thông báo <b>số 8</b>", Publisher: "Xã Đồng Hạ"},
		}
		v.Hearing = desk.Hearing{State: desk.HearingAsked, Note: "Nhà máy trả lời cùng ngày."}
	})
	own(corrected, func(v *desk.Version) {
		v.Verdict, v.Topic, v.Claim, v.Title, v.Summary = desk.MissingContext, "food", "Rau muống trồng ở kênh Ba Bò có chì.", "Rau muống kênh Ba Bò: thiếu bối cảnh", "Một trong bốn mẫu vượt ngưỡng."
	})
	own(corrected, func(v *desk.Version) {
		v.Number, v.Act, v.Published = 2, desk.Correct, 20_775
		v.Verdict, v.Topic, v.Claim, v.Title, v.Summary = desk.MissingContext, "food", "Rau muống trồng ở kênh Ba Bò có chì.", "Rau muống kênh Ba Bò: thiếu bối cảnh", "Một trong năm mẫu vượt ngưỡng."
		v.Reason, v.Note = "Số mẫu", "Bản đầu viết bốn mẫu."
	})
	own(opinion, func(v *desk.Version) {
		v.Verdict, v.NotRatedKind, v.Kind, v.Topic = desk.NotRated, desk.Opinion, desk.OpinionKind, "office"
		v.Blind = desk.Classification{Kind: desk.OpinionKind}
		v.Claim, v.Title, v.Summary = "Ủy ban làm đường chậm vì không coi dân ra gì.", "Nhận xét về tiến độ: không đánh giá", "Đây là lời phê bình."
	})
	own(withdrawn, func(v *desk.Version) {
		v.Topic, v.Claim, v.Title, v.Summary = "transport", "Cầu Mới cấm xe tải trên 5 tấn.", "Cầu Mới cấm xe tải", "Biển đã dựng."
	})
	own(withdrawn, func(v *desk.Version) {
		v.Number, v.Act, v.Published, v.Topic, v.Claim, v.Title, v.Summary = 2, desk.Withdraw, 20_776, "transport", "Cầu Mới cấm xe tải trên 5 tấn.", "Cầu Mới cấm xe tải", "Biển đã dựng."
		v.Reason, v.Note = "Nguồn sai", "Biển là của cây cầu khác."
	})
	own(withheld, func(v *desk.Version) {
		v.Topic, v.Claim, v.Title, v.Summary = "office", "Chợ Mới đóng cửa tháng này.", "Chợ Mới", "Ban quản lý xác nhận."
	})
	own(withheld, func(v *desk.Version) {
		v.Number, v.Act, v.Published, v.Topic, v.Claim, v.Title, v.Summary = 2, desk.WithholdOrder, 20_777, "office", "Chợ Mới đóng cửa tháng này.", "Chợ Mới", "Ban quản lý xác nhận."
		v.Reason, v.Note = "Lệnh", "Theo lệnh."
		v.Order = desk.Order{Body: "Tòa án Thượng Đồng", Date: 20_776, Law: "Điều 1", Digest: strings.Repeat("ab", 32), Lapses: 20_957}
	})
	other := func(id, deskID, lang string, v desk.Version) {
		add(tx.AddCheck(desk.Check{ID: id, DeskID: deskID, Lang: lang, SourceURL: "https://" + deskID + ".example/" + id}))
		v.CheckID, v.Number, v.Act = id, 1, desk.ImportAct
		add(tx.AddVersion(v, "", nil))
	}
	other(far, "harbour", "en", desk.Version{Rating: "Pants on Fire!", Topic: "health", Published: 19_000, Claim: "A new vaccine contains a tracking chip.", Title: "No chip", Summary: "It is a pet's tag."})
	other(far2, "nobody", "en", desk.Version{Rating: "See the article", NoVerdictRating: true, Published: 19_100, Claim: "Boiling bottles makes them safe."})
	other(private, "harbour", "en", desk.Version{Rating: "False", LinkOnly: true, Published: 18_900})
	begin := tx.Now().Truncate(time.Minute)
	notice := desk.Notice{
		ID: water, DeskID: "bensong", Number: 1, Act: desk.IssueNotice, Kind: desk.WaterNotice, Source: "Nhà máy nước Bến Sông",
		SourceURL: "https://nuoc.example/lich", Contact: "1900 1234", From: begin, Until: begin.Add(5 * time.Hour),
		VI:   desk.NoticeText{What: "Ngừng cấp nước", Where: "Phường Bến Sông", ToDo: "Trữ nước."},
		Keys: desk.Keys{ProposedBy: "ann", ProposedKey: "key-ann", AgreedBy: "bob", AgreedKey: "key-bob"},
	}
	for number, act := range []desk.NoticeAct{desk.IssueNotice, desk.UpdateNotice} {
		notice.Number, notice.Act, notice.Issued = number+1, act, tx.Now()
		if act == desk.UpdateNotice {
			notice.Note = desk.Wording{VI: "Nhà máy đổi giờ."}
			notice.EN = desk.NoticeText{What: "Water is off", Where: "Bến Sông ward", ToDo: "Store water."}
		}
		notice.SHA256 = desk.HashBytes(desk.NoticeBytes(notice))
		add(tx.AddNotice(notice))
	}
	return errors.Join(errs...)
}

// call sends a request with a body, none if it is "".
func (b *bench) call(method, path, body string, headers ...string) *httptest.ResponseRecorder {
	b.t.Helper()
	var r io.Reader
	if body != "" || method == http.MethodPost {
		r = strings.NewReader(body)
	}
	req := httptest.NewRequest(method, "https://bensong.example"+path, r)
	req.RemoteAddr = "192.0.2.1:5000"
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	out := httptest.NewRecorder()
	b.handler.ServeHTTP(out, req)
	return out
}

// object reads the answer to a call that must have this status.
func (b *bench) object(method, path, body string, status int) map[string]any {
	b.t.Helper()
	got := b.call(method, path, body)
	if got.Code != status {
		b.t.Fatalf("%s %s: status %d, want %d: %s", method, path, got.Code, status, got.Body)
	}
	var out map[string]any
	if err := json.Unmarshal(got.Body.Bytes(), &out); err != nil {
		b.t.Fatalf("%s %s: %v: %s", method, path, err, got.Body)
	}
	return out
}

func (b *bench) token() string {
	b.t.Helper()
	s, _ := b.object("POST", "/api/v1/token", "", 200)["token"].(string)
	b.now = b.now.Add(6 * time.Second)
	return s
}

var drawn = regexp.MustCompile(`"(token|receipt|reference)": "[^"]+"`)

// TestAnswers compares the answer of every call, and of its failures, with a
// golden file, and demands that no described call is left out.
func TestAnswers(t *testing.T) {
	b := newBench(t, nil)
	token := b.token()
	asked := b.object("POST", "/api/v1/ask", `{"token":"`+b.token()+`","text":"Hội chợ năm nay thu vé?","receipt":true}`, 200)
	receipt, _ := asked["receipt"].(string)
	contest := b.object("POST", "/api/v1/checks/"+dam+"/contest", `{"token":"`+b.token()+`","kind":"contest","text":"Trạm đo ghi khác.","receipt":true}`, 200)
	contestReceipt, _ := contest["receipt"].(string)
	seen := map[string]bool{}
	for _, c := range []struct{ name, method, path, body string }{
		{"site", "GET", "/site", ""},
		{"checks", "GET", "/checks", ""},
		{"checks_topic", "GET", "/checks?topic=health&desk=harbour&utm=1", ""},
		{"checks_no_topic", "GET", "/checks?topic=nonsense", ""},
		{"checks_no_page", "GET", "/checks?page=2", ""},
		{"checks_bad_page", "GET", "/checks?page=+1", ""},
		{"check", "GET", "/checks/" + dam, ""},
		{"check_corrected", "GET", "/checks/" + corrected, ""},
		{"check_imported", "GET", "/checks/" + far, ""},
		{"check_link_only", "GET", "/checks/" + private, ""},
		{"check_withdrawn", "GET", "/checks/" + withdrawn, ""},
		{"check_withheld", "GET", "/checks/" + withheld, ""},
		{"check_missing", "GET", "/checks/zzzzzzzzzzzzzzzz", ""},
		{"versions", "GET", "/checks/" + corrected + "/versions", ""},
		{"version", "GET", "/checks/" + corrected + "/versions/1", ""},
		{"version_zero", "GET", "/checks/" + corrected + "/versions/0", ""},
		{"evidence", "GET", "/checks/" + dam + "/versions/1/evidence", ""},
		{"claims", "GET", "/claims", ""},
		{"claim", "GET", "/claims/" + dam, ""},
		{"claim_withdrawn", "GET", "/claims/" + withdrawn, ""},
		{"desks", "GET", "/desks", ""},
		{"desk", "GET", "/desks/bensong", ""},
		{"desk_page", "GET", "/desks/bensong/pages/corrections", ""},
		{"desk_page_version", "GET", "/desks/bensong/pages/ownership/1", ""},
		{"figures", "GET", "/figures", ""},
		{"notices", "GET", "/notices", ""},
		{"notices_no_page", "GET", "/notices?page=2", ""},
		{"notice", "GET", "/notices/" + water, ""},
		{"notice_missing", "GET", "/notices/zzzzzzzzzzzzzzzz", ""},
		{"notice_versions", "GET", "/notices/" + water + "/versions", ""},
		{"notice_version", "GET", "/notices/" + water + "/versions/1", ""},
		{"notice_no_version", "GET", "/notices/" + water + "/versions/3", ""},
		{"feeds", "GET", "/feeds", ""},
		{"record", "GET", "/record", ""},
		{"lookup_answer", "POST", "/lookup", `{"text":"dem nay dap Suoi Vang xa toan bo nuoc, ha luu ngap 8 met, goi 0912 345 678"}`},
		{"lookup_none", "POST", "/lookup", `{"text":"Giá vé xe buýt tăng"}`},
		{"lookup_empty", "POST", "/lookup", `{"text":" "}`},
		{"lookup_list", "POST", "/lookup", `[{"text":"a"}]`},
		{"token", "POST", "/token", ""},
		{"ask", "POST", "/ask", `{"token":"` + token + `","text":"Có thật là cầu phao đã đứt, gọi 0912 345 678?","receipt":true}`},
		{"ask_forged", "POST", "/ask", `{"token":"x","text":"a b c"}`},
		{"contest", "POST", "/checks/" + far + "/contest", `{"token":"` + b.token() + `","kind":"contest","text":"Không đúng đâu."}`},
		{"track", "POST", "/track", `{"receipt":"` + receipt + `"}`},
		{"track_contest", "POST", "/track", `{"receipt":"` + contestReceipt + `"}`},
		{"track_unknown", "POST", "/track", `{"receipt":"0000-0000-0000-0000-0000-0000-000"}`},
		{"withdraw_unconfirmed", "POST", "/withdraw", `{"receipt":"` + receipt + `","confirm":false}`},
		{"withdraw", "POST", "/withdraw", `{"receipt":"` + receipt + `","confirm":true}`},
		{"nowhere", "GET", "/nowhere", ""},
		{"wrong_method", "POST", "/checks", "{}"},
	} {
		got := b.call(c.method, api.Base+c.path, c.body)
		if got.Code < 400 {
			seen[c.method+" "+shape(c.path)] = true
		}
		golden(t, c.name, got)
	}
	seen["GET /openapi.json"] = true
	seen["POST /checks/{id}/contest"] = true // above, before its receipt was shown
	seen["GET /desks/{id}/pages/{page}/{n}"] = true
	for _, r := range b.calls.Routes() {
		if !seen[r.Method+" "+strings.TrimPrefix(r.Pattern, api.Base)] {
			t.Errorf("%s %s has no golden answer", r.Method, r.Pattern)
		}
	}
}

// shape is the pattern of a path.
func shape(path string) string {
	path, _, _ = strings.Cut(path, "?")
	for was, is := range map[string]string{
		`^/checks/[0-9a-z]{16}`: "/checks/{id}", `^/claims/[0-9a-z]{16}`: "/claims/{id}", `^/notices/[0-9a-z]{16}`: "/notices/{id}", `/versions/\d+`: "/versions/{n}",
		`^/desks/[a-z]+`: "/desks/{id}", `/pages/[a-z]+`: "/pages/{page}",
	} {
		path = regexp.MustCompile(was).ReplaceAllString(path, is)
	}
	return path
}

func golden(t *testing.T, name string, got *httptest.ResponseRecorder) {
	t.Helper()
	var body bytes.Buffer
	if err := json.Indent(&body, bytes.TrimRight(got.Body.Bytes(), " \n"), "", "  "); err != nil {
		t.Errorf("%s: %v: %s", name, err, got.Body)
	}
	text := fmt.Sprintf("%d %s\n\n%s\n", got.Code, got.Header().Get("Content-Type"), drawn.ReplaceAllString(body.String(), `"$1": "DRAWN"`))
	file := filepath.Join("testdata", "golden", name+".txt")
	if *update {
		must(t, os.MkdirAll(filepath.Dir(file), 0o755))
		must(t, os.WriteFile(file, []byte(text), 0o644))
		return
	}
	want, err := os.ReadFile(file)
	must(t, err)
	if text != string(want) {
		t.Errorf("%s is not as in %s:\n%s", name, file, text)
	}
}
