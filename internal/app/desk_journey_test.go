package app_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sangto/internal/app"
	"sangto/internal/config"
	"sangto/internal/desk"
	"sangto/internal/fetch"
	"sangto/internal/gate"
	"sangto/internal/testkit"
	"sangto/internal/workflow"
)

// sourcePage is what the water works say, on a server of this machine.
const sourcePage = `<!doctype html><html lang="vi"><title>Nhật ký vận hành</title><nav>Trang chủ</nav>
<article><h1>Nhật ký vận hành hồ Bến Đá</h1><p>19 giờ: mực nước hồ 41,70 m, sáu cửa xả đều đóng. Không có thông báo xả.</p></article>`

// journey is a desk of three members and one person who asks.
type journey struct {
	t       *testing.T
	app     *app.App
	cfg     config.Config
	browser *testkit.Browser
	source  string
	base    string
	shots   int
}

// TestDeskOfThree goes the whole way in a real browser: set up, three members
// with passkeys, the pages a desk owes its readers, a question, its wording, a draft
// with a page archived, two keys, the answer by receipt, a contest, a correction,
// and what the asker reads then.
func TestDeskOfThree(t *testing.T) {
	if testing.Short() {
		t.Skip("NOT TESTED in a browser: -short")
	}
	j := newJourney(t)
	lan, minh, thu := j.enrolThree()
	j.owedPages(lan, minh)

	code := j.ask("Nghe nói đêm nay hồ Bến Đá xả lũ khẩn cấp lúc 22 giờ, cả xã ven sông phải chạy, có thật không?")
	j.word(thu, "Hồ Bến Đá xả lũ khẩn cấp lúc 22 giờ đêm nay.")
	draft := j.write(thu)
	j.archive(thu, draft)
	j.handIn(thu, draft)
	check := j.approve(minh, draft)

	j.nextDay()
	// Scripts are on here only because axe is one.
	asker := j.browser.Tab(t, testkit.View{Width: 320, Height: 640})
	j.track(asker, code, "Hồ không xả đêm nay")
	asker.Open(j.base + "/c/" + check)
	j.look(asker, "check")
	if !strings.Contains(asker.Text("main"), "Sáu cửa xả đều đóng") {
		t.Errorf("the check does not say why:\n%s", asker.Text("main"))
	}
	asker.Open(j.base + "/c/" + check + "/v/1/copy/1")
	if !strings.Contains(asker.Text("main"), "mực nước hồ 41,70 m") {
		t.Errorf("the copy does not show what the page said:\n%s", asker.Text("main"))
	}
	j.look(asker, "copy")

	j.beside(thu, "Nghe tin hồ Bến Đá xả lũ khẩn cấp lúc 22 giờ.", "Hồ không xả đêm nay")
	j.contest(asker, check)
	j.uphold(lan)
	fix := j.correct(thu, check)
	j.approve(minh, fix)
	j.nextDay()
	j.track(asker, code, "Sửa")
	asker.Open(j.base + "/c/" + check)
	if body := asker.Text("main"); !strings.Contains(body, "Mực nước ghi sai một chữ số") || !strings.Contains(body, "41,07") {
		t.Errorf("the correction is not shown:\n%s", body)
	}
	j.look(asker, "corrected")
	asker.Open(j.base + "/c/" + check + "/v/1")
	if asker.Text("h1") == "" {
		t.Error("the first version is gone")
	}
}

func newJourney(t *testing.T) *journey {
	t.Helper()
	source := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(sourcePage))
	}))
	t.Cleanup(source.Close)
	at := netip.MustParseAddrPort(strings.TrimPrefix(source.URL, "http://"))
	j := &journey{t: t, browser: testkit.OpenBrowser(t), source: fmt.Sprintf("http://ho-ben-da.example:%d/nhat-ky", at.Port())}
	var err error
	if j.cfg, err = (config.Raw{Data: t.TempDir(), Listen: "127.0.0.1:0"}).Config(); err != nil {
		t.Fatal(err)
	}
	j.app, err = app.NewWith(t.Context(), j.cfg, app.Logger(os.Stderr, nil), fetch.Policy{
		Widen:   func(a netip.AddrPort) bool { return a == at },
		Resolve: func(context.Context, string) ([]netip.Addr, error) { return []netip.Addr{at.Addr()}, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- j.app.Run(ctx) }()
	t.Cleanup(func() { stop(); <-done })
	return j
}

// at is an address of the desk.
func (j *journey) at(path string) string { return j.app.DeskURL().String() + path }

// look judges a page by axe on a phone and keeps pictures for people.
func (j *journey) look(tab *testkit.Tab, name string) {
	j.t.Helper()
	j.shots++
	for _, width := range []int64{1280, 320} {
		tab.Show(testkit.View{Width: width, Height: 800})
		judge(j.t, tab, fmt.Sprintf("%s at %d", name, width))
		if dir := os.Getenv("SANGTO_SHOTS"); dir != "" {
			file := filepath.Join(dir, fmt.Sprintf("three-%02d-%s-%d.png", j.shots, name, width))
			if err := os.WriteFile(file, tab.Shot(), 0o644); err != nil {
				j.t.Fatal(err)
			}
		}
	}
}

func (j *journey) newTab() *testkit.Tab {
	tab := j.browser.Tab(j.t, testkit.View{Width: 1280, Height: 900})
	tab.Passkeys()
	return tab
}

func (j *journey) enrolThree() (lan, minh, thu *testkit.Tab) {
	j.t.Helper()
	link, due, err := j.app.SetUpLink(j.t.Context())
	if err != nil || !due {
		j.t.Fatal(due, err)
	}
	lan = j.newTab()
	lan.Open(link.Address(j.app.DeskURL()))
	lan.Await("#member")
	for field, text := range map[string]string{
		"#name": "Bàn tin Bến Sông", "#owner": "Hợp tác xã báo chí Bến Sông", "#funders": "Bạn đọc góp", "#member": "Lan",
	} {
		lan.Fill(field, text)
	}
	lan.Click("main form button", "form[data-passkey=create]")
	lan.Click("form[data-passkey=create] button", ".steps")
	j.base = strings.TrimSuffix(j.app.DeskURL().String(), "/")
	minh, thu = j.invite(lan, "Minh", "reviewer"), j.invite(lan, "Thu", "editor")
	return lan, minh, thu
}

func (j *journey) invite(admin *testkit.Tab, name, role string) *testkit.Tab {
	j.t.Helper()
	admin.Open(j.at("/desk/members"))
	admin.Fill("#name", name)
	admin.Fill("#role", role)
	admin.Click("form[action='/desk/members'] button", ".linkcode")
	tab := j.newTab()
	tab.Open(strings.TrimSpace(admin.Text(".linkcode")))
	tab.Await("form[data-passkey=create]")
	tab.Click("form[data-passkey=create] button", "nav.sections")
	return tab
}

// owedPages publishes the pages without which nothing may be published.
func (j *journey) owedPages(admin, second *testkit.Tab) {
	j.t.Helper()
	for _, kind := range desk.RequiredPages() {
		path := j.at("/desk/pages/" + string(kind))
		admin.Open(path)
		admin.Await("#vi")
		admin.Fill("#vi", "Bàn do bảy người làm, không nhận tiền của nhà nước. Mỗi bài hai người xem.")
		admin.Fill("#en", "Seven people, no money of the state. Two people look at every check.")
		admin.Click("form[accept-charset] button:not(.plain)", "#proposed")
		second.Open(path)
		second.Await("#proposed")
		second.Click("form[action$='/agree'] button", ".said")
	}
	j.look(second, "pages")
}

// ask sends a question without script, as a person on a phone does.
func (j *journey) ask(message string) string {
	j.t.Helper()
	tab := j.browser.Tab(j.t, testkit.View{Width: 320, Height: 640, NoScript: true})
	tab.Open(j.base + "/")
	tab.FocusOn("#text")
	tab.Type(message)
	tab.FocusOn("form.box button")
	tab.Submit(testkit.KeyEnter)
	time.Sleep(gate.FormMinAge + 200*time.Millisecond)
	tab.FocusOn("form[action='/ask'] button")
	if status := tab.Submit(testkit.KeyEnter); status != 200 {
		j.t.Fatalf("ask: %d: %s", status, tab.Text("main"))
	}
	code := strings.Join(strings.Fields(tab.Text(".code")), "")
	if _, ok, err := desk.ParseReceipt(code); !ok || err != nil {
		j.t.Fatalf("%q is no receipt: %v", code, err)
	}
	return code
}

func (j *journey) word(tab *testkit.Tab, wording string) {
	j.t.Helper()
	tab.Open(j.at("/desk/queue"))
	tab.Await(".claims")
	j.look(tab, "queue")
	tab.Click(".claimlabel", "#wording")
	j.look(tab, "claim")
	if !strings.Contains(tab.Text(".asked"), "Bến Đá") {
		j.t.Errorf("the member does not see what was asked: %q", tab.Text(".asked"))
	}
	tab.Fill("#wording", wording)
	// The name of the lake might be a person's; a member has to look.
	tab.Click("form[action$='/word'] button", "#names")
	j.look(tab, "names")
	testkit.Eval[any](tab, "void (document.querySelector('#names').checked = true)")
	tab.Click("form[action$='/word'] button", "form[action='/desk/drafts'] button")
	if strings.Contains(tab.Text("main"), "Nghe nói") {
		j.t.Error("the asker's words are still shown after the wording")
	}
}

// write starts the draft from the claim that is shown and fills it in.
func (j *journey) write(tab *testkit.Tab) string {
	j.t.Helper()
	tab.Click("form[action='/desk/drafts'] button", "form[data-autosave]")
	path := testkit.Eval[string](tab, "location.pathname")
	for name, value := range map[string]string{
		"title_": "Hồ không xả đêm nay", "summary": "Sáu cửa xả đều đóng, không có thông báo xả.",
		"body": "Nhật ký vận hành ghi mực nước 41,70 m.\n\n**Đêm nay không xả.**", "todo": "- Xem bảng mực nước.",
		"sought": "", "hearing_note": "Đơn vị quản lý hồ đã trả lời.", "kind": "fact", "verdict": "not_true", "claimant": "unknown", "topic": "weather", "hearing": "asked",
		"stance.1": "against", "url.1": j.source, "stitle.1": "Nhật ký vận hành", "publisher.1": "Đơn vị quản lý hồ", "owner.1": "Công ty hồ", "quote.1": "Sáu cửa xả đều đóng.", "locator.1": "dòng 19 giờ",
		"stance.2": "for", "url.2": "https://bao.example/2020", "stitle.2": "Bài năm 2020", "publisher.2": "Báo Sông", "owner.2": "Toà soạn Sông", "quote.2": "Hồ bắt đầu xả lúc 22 giờ.", "locator.2": "đoạn 2",
	} {
		tab.Fill(fmt.Sprintf("[name=%q]", name), value)
	}
	testkit.Eval[any](tab, "void (document.querySelector('#about_power').checked = false)")
	tab.Click("form[data-autosave] .acts button:not([name])", ".said")
	j.look(tab, "draft")
	return path
}

func (j *journey) archive(tab *testkit.Tab, draft string) {
	j.t.Helper()
	tab.Open(j.at(draft + "/copies"))
	tab.Click("input[name=address][value*='ho-ben-da'] ~ button", ".said")
	for deadline := time.Now().Add(90 * time.Second); ; time.Sleep(300 * time.Millisecond) {
		tab.Open(j.at(draft + "/copies"))
		if testkit.Eval[bool](tab, "document.querySelector(`a[href*='/copies/']:not([href$='/copies'])`) !== null && document.querySelector('.said') === null") {
			break
		}
		if time.Now().After(deadline) {
			j.t.Fatalf("the page was not archived:\n%s", tab.Text("main"))
		}
	}
	j.look(tab, "copies")
}

func (j *journey) handIn(tab *testkit.Tab, draft string) {
	j.t.Helper()
	tab.Open(j.at(draft + "/hand-in"))
	tab.Await("form[data-passkey=get]")
	j.look(tab, "hand-in")
	testkit.Eval[any](tab, "void document.querySelectorAll('main input[type=checkbox]').forEach(x => x.checked = true)")
	tab.Click("form[data-passkey=get] button", ".said")
}

// approve reviews as the second key does: blind first, then the revision. It
// returns the id of the check.
func (j *journey) approve(tab *testkit.Tab, draft string) string {
	j.t.Helper()
	review := strings.Replace(draft, "/drafts/", "/review/", 1)
	tab.Open(j.at(review))
	tab.Await("form[action$='/classify']")
	j.look(tab, "blind")
	testkit.Eval[any](tab, "void (document.querySelector('#kind-fact').checked = document.querySelector('#power-no').checked = true)")
	tab.Click("form[action$='/classify'] button", "form[action$='/approve']")
	j.look(tab, "review")
	testkit.Eval[any](tab, "void document.querySelectorAll('form[action$=\"/approve\"] input[type=checkbox]').forEach(x => x.checked = true)")
	tab.Click("form[action$='/approve'] button", "#acts")
	id, ok := strings.CutPrefix(testkit.Eval[string](tab, "location.pathname"), "/desk/checks/")
	if !ok {
		j.t.Fatalf("not published: %s", tab.Text("main"))
	}
	return id
}

// nextDay runs the daily tick of tomorrow, as another process on the folder.
func (j *journey) nextDay() {
	j.t.Helper()
	j.shots++
	days := time.Duration(j.shots) * 24 * time.Hour
	db, err := app.OpenStore(j.t.Context(), j.cfg, func() time.Time { return time.Now().Add(days) }, false)
	if err != nil {
		j.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := workflow.New(db).Tick(j.t.Context()); err != nil {
		j.t.Fatal(err)
	}
}

func (j *journey) track(tab *testkit.Tab, code, want string) {
	j.t.Helper()
	tab.Open(j.base + "/track")
	tab.FocusOn("#code")
	tab.Type(code)
	if status := tab.Submit(testkit.KeyEnter); status != 200 {
		j.t.Fatalf("track: %d", status)
	}
	if body := tab.Text("main"); !strings.Contains(body, want) {
		j.t.Errorf("the receipt does not show %q:\n%s", want, body)
	}
	j.look(tab, "tracked")
}

// beside starts a draft on a claim and expects a published check beside it.
func (j *journey) beside(tab *testkit.Tab, claim, want string) {
	j.t.Helper()
	tab.Open(j.at("/desk/drafts"))
	tab.Click("form[action='/desk/drafts'] button", "form[data-autosave]")
	tab.Fill("[name=claim]", claim)
	tab.Click("form[data-autosave] .acts button:not([name])", "section[aria-labelledby=checks]")
	if body := tab.Text("section[aria-labelledby=checks]"); !strings.Contains(body, want) {
		j.t.Errorf("beside the draft stands %q", body)
	}
	j.look(tab, "beside")
}

func (j *journey) contest(tab *testkit.Tab, check string) {
	j.t.Helper()
	tab.Open(j.base + "/c/" + check + "/contest")
	tab.FocusOn("textarea")
	tab.Type("Mực nước trong bài ghi 41,70 m nhưng bảng của hồ ghi 41,07 m. Xin xem lại dòng 19 giờ.")
	time.Sleep(gate.FormMinAge + 200*time.Millisecond)
	tab.FocusOn("main form button")
	if status := tab.Submit(testkit.KeyEnter); status != 200 {
		j.t.Fatalf("contest: %d: %s", status, tab.Text("main"))
	}
	j.look(tab, "contested")
}

func (j *journey) uphold(tab *testkit.Tab) {
	j.t.Helper()
	tab.Open(j.at("/desk/contests"))
	j.look(tab, "contests")
	tab.Click("main a[href^='/desk/contests/']", "#upheld")
	testkit.Eval[any](tab, "void (document.querySelector('#upheld').checked = true)")
	tab.Fill("#answer", "Đúng, chúng tôi ghi sai một chữ số và sẽ sửa bài.")
	j.look(tab, "contest")
	tab.Click("form[action$='/decide'] button", ".said")
}

func (j *journey) correct(tab *testkit.Tab, check string) string {
	j.t.Helper()
	tab.Open(j.at("/desk/checks/" + check))
	j.look(tab, "desk-check")
	testkit.Eval[any](tab, "void document.querySelector('input[name=act][value=correct]').form.requestSubmit()")
	tab.Await("form[data-autosave]")
	path := testkit.Eval[string](tab, "location.pathname")
	tab.Fill("[name=body]", "Nhật ký vận hành ghi mực nước 41,07 m.\n\n**Đêm nay không xả.**")
	tab.Fill("[name=reason]", "Sửa số liệu")
	tab.Fill("[name=note]", "Mực nước ghi sai một chữ số, do người đọc chỉ ra.")
	tab.Click("form[data-autosave] .acts button:not([name])", ".said")
	j.handIn(tab, path)
	return path
}
