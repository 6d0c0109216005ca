package web_test

import (
	"errors"
	"html"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"sangto/internal/desk"
	"sangto/internal/gate"
	"sangto/internal/lang"
	"sangto/internal/lookup"
	"sangto/internal/web"
)

// concrete fills the wildcards of a pattern with what the storybook has.
func concrete(pattern string) string {
	path := strings.NewReplacer("{$}", "", "{slug}", "x", "{n}", "1", "{hash}", "0", "{name...}", "x", "{page}", "methodology", "{topic}", "weather", "{month}", "2026-11", "{part}", "pages").Replace(pattern)
	if strings.Contains(path, "/desks/") {
		return strings.Replace(path, "{id}", riverDesk.ID, 1)
	}
	return strings.Replace(path, "{id}", damCheck.Check.ID, 1)
}

// TestHeadersOfEveryRoute walks the whole table, and addresses outside it.
func TestHeadersOfEveryRoute(t *testing.T) {
	b := openBook(t)
	routes := b.site.Routes()
	if len(routes) < 40 {
		t.Fatalf("only %d routes", len(routes))
	}
	check := func(t *testing.T, method, path string, class gate.PageClass) {
		t.Helper()
		got := send(b.handler, method, path, url.Values{"text": {shortMsg}}, nil)
		h := got.Header()
		origin, readers := "", "same-origin"
		if (class == gate.Open || class == gate.Download) && method == http.MethodGet {
			origin, readers = "*", "cross-origin"
		}
		policy := "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
		if class == gate.Embed {
			policy, readers = "default-src 'none'; style-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors *", "cross-origin"
		}
		for name, want := range map[string]string{
			"Content-Security-Policy":      policy,
			"X-Content-Type-Options":       "nosniff",
			"Cross-Origin-Opener-Policy":   "same-origin",
			"Cross-Origin-Resource-Policy": readers,
			"Set-Cookie":                   "",
			"Access-Control-Allow-Origin":  origin,
			"Server":                       "",
		} {
			if h.Get(name) != want {
				t.Errorf("%s %s: %s is %q, want %q", method, path, name, h.Get(name), want)
			}
		}
		private := class == gate.Form || method == http.MethodPost
		if private && (h.Get("Cache-Control") != "no-store" || h.Get("X-Robots-Tag") != "noindex" || h.Get("Etag") != "") {
			t.Errorf("%s %s may be kept: %v", method, path, h)
		}
		if private && got.Code < 300 && got.Body.Len()%gate.PadStep != 0 {
			t.Errorf("%s %s: %d bytes are not padded", method, path, got.Body.Len())
		}
		referrer := "no-referrer"
		if class == gate.Form || class == gate.Front {
			referrer = "same-origin"
		}
		if h.Get("Referrer-Policy") != referrer {
			t.Errorf("%s %s: Referrer-Policy %q, want %q", method, path, h.Get("Referrer-Policy"), referrer)
		}
		if got.Code >= 500 {
			t.Errorf("%s %s: status %d", method, path, got.Code)
		}
	}
	for _, r := range routes {
		check(t, r.Method, concrete(r.Pattern), r.Class)
	}
	check(t, http.MethodGet, "/nowhere", gate.Page)
	check(t, http.MethodGet, "/en/nowhere", gate.Page)
	check(t, http.MethodPost, "/checks", gate.Page)
}

// TestPagesWithFormsSendAnOrigin: a page that holds a form must not say
// no-referrer, or browsers send it with "Origin: null".
func TestPagesWithFormsSendAnOrigin(t *testing.T) {
	for _, s := range scenes(t) {
		got := play(t, openBook(t), s, "vi")
		if strings.Contains(got.Body.String(), "<form") && got.Header().Get("Referrer-Policy") != "same-origin" {
			t.Errorf("%s holds a form under %q", s.name, got.Header().Get("Referrer-Policy"))
		}
	}
}

func TestRedirects(t *testing.T) {
	b := openBook(t)
	c := "/c/" + damCheck.Check.ID
	for _, tt := range []struct {
		path, to string
		status   int
	}{
		{c, "", 200},
		{c + "/dap-suoi-vang-khong-xa-toan-bo-nuoc-dem-18-thang-11", "", 200},
		{c + "/an-old-title", c + "/dap-suoi-vang-khong-xa-toan-bo-nuoc-dem-18-thang-11", 301},
		{"/en" + c + "/x", "/en" + c + "/dap-suoi-vang-khong-xa-toan-bo-nuoc-dem-18-thang-11", 301},
		{"/en", "/en/", 307},
		{"/checks/", "/checks", 301},
		{"/en/about/", "/en/about", 301},
		{"/lookup", "/", 303},
		{"/en/lookup", "/en/", 303},
		{"/ask", "/", 303},
		{"/en/track/withdraw", "/en/track", 303},
		{"/%5Cevil.example/", "", 404},
		{"/.//evil.example/", "", 404},
		{"/evil.example/", "", 404},
		{c + "/v/0", "", 404},
		{c + "/v/99999999999999999999", "", 404},
		{c + "/v/x", "", 404},
	} {
		got := send(b.handler, "GET", tt.path, nil, nil)
		// ServeMux tidies a path before anything else; follow it once.
		if to := got.Header().Get("Location"); tt.status == 404 && got.Code >= 300 && got.Code < 400 && strings.HasPrefix(to, "/") && !strings.HasPrefix(to, "//") {
			got = send(b.handler, "GET", to, nil, nil)
		}
		if got.Code != tt.status || got.Header().Get("Location") != tt.to {
			t.Errorf("%s: %d %q, want %d %q", tt.path, got.Code, got.Header().Get("Location"), tt.status, tt.to)
		}
	}
}

func TestWrongMethodSaysWhatIsRight(t *testing.T) {
	b := openBook(t)
	for path, allow := range map[string]string{"/about": "GET, HEAD", "/lookup": "POST, GET, HEAD", "/en/track": "GET, POST, HEAD"} {
		method := http.MethodPost
		if strings.Contains(allow, "POST") {
			method = http.MethodPut
		}
		got := send(b.handler, method, path, nil, nil)
		if got.Code != 405 || got.Header().Get("Allow") == "" {
			t.Errorf("%s %s: %d, Allow %q, want %q", method, path, got.Code, got.Header().Get("Allow"), allow)
		}
	}
	if got := send(b.handler, http.MethodPost, "/about", nil, nil); got.Header().Get("Allow") != "GET, HEAD" {
		t.Errorf("Allow %q", got.Header().Get("Allow"))
	}
}

func TestStaticFiles(t *testing.T) {
	b := openBook(t)
	page := send(b.handler, "GET", "/", nil, nil).Body.String()
	sheet := regexp.MustCompile(`href="(/static/[0-9a-f]+/site\.css)"`).FindStringSubmatch(page)
	if sheet == nil {
		t.Fatal("no style sheet")
	}
	got := send(b.handler, "GET", sheet[1], nil, nil)
	if got.Code != 200 || got.Header().Get("Content-Type") != "text/css; charset=utf-8" || !strings.Contains(got.Header().Get("Cache-Control"), "immutable") {
		t.Fatalf("%d %v", got.Code, got.Header())
	}
	css := got.Body.String()
	if strings.Contains(css, "static:") || regexp.MustCompile(`url\("?(https?:)?//`).MatchString(css) {
		t.Error("the style sheet names files it should not")
	}
	fonts := regexp.MustCompile(`url\("([^"]+)"\)`).FindAllStringSubmatch(css, -1)
	if len(fonts) != 4 {
		t.Errorf("%d fonts", len(fonts))
	}
	for _, f := range fonts {
		if got := send(b.handler, "GET", f[1], nil, nil); got.Code != 200 || got.Header().Get("Content-Type") != "font/woff2" {
			t.Errorf("%s: %d %s", f[1], got.Code, got.Header().Get("Content-Type"))
		}
	}
	for _, path := range []string{"/static/000000000000/site.css", "/static/", "/static/x/../../web.go", strings.Replace(sheet[1], "site.css", "templates/home.html", 1)} {
		if got := send(b.handler, "GET", path, nil, nil); got.Code == 200 {
			t.Errorf("%s is served", path)
		}
	}
	if got := send(b.handler, "GET", "/favicon.ico", nil, nil); got.Code != 200 || got.Body.Len() == 0 {
		t.Errorf("favicon: %d", got.Code)
	}
}

// TestWithdrawnCheckGivesNoFinding: the page says that the check was withdrawn
// and why, and explains no verdict any more.
func TestWithdrawnCheckGivesNoFinding(t *testing.T) {
	w := words(t, "vi")
	body := html.UnescapeString(send(openBook(t).handler, "GET", "/c/"+withdrawnCheck.Check.ID, nil, nil).Body.String())
	for _, want := range []string{w.T("check.withdrawn_label"), "Biển cấm chúng tôi thấy", w.T("check.withdrawn_on", "Date", w.Date(day("2026-02-02")))} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, not := range []string{w.VerdictMeaning(desk.True), "v-true"} {
		if strings.Contains(body, not) {
			t.Errorf("the page still says %q", not)
		}
	}
}

func TestRobots(t *testing.T) {
	got := send(openBook(t).handler, "GET", "/robots.txt", nil, nil).Body.String()
	for _, line := range []string{"Disallow: /ask", "Disallow: /track", "Disallow: /en/ask", "Disallow: /en/track", "Disallow: /lookup"} {
		if !strings.Contains(got, line+"\n") {
			t.Errorf("robots.txt lacks %q", line)
		}
	}
}

func TestHealth(t *testing.T) {
	b := openBook(t)
	if got := send(b.handler, "GET", "/healthz", nil, nil); got.Code != 200 || got.Body.String() != "ok\n" {
		t.Errorf("%d %q", got.Code, got.Body)
	}
}

// switchForm is the form with which a page answers in the other language.
var switchForm = regexp.MustCompile(`<form class="switch" method="post" action="([^"]+)"[^>]*>((?:<input type="hidden"[^>]*>)*)<button`)

// TestSwitchingKeepsTheWords: whoever pasted a message, sent a question or
// entered a code gets the same answer in the other language.
func TestSwitchingKeepsTheWords(t *testing.T) {
	fields := regexp.MustCompile(`name="([^"]*)" value="([^"]*)"`)
	for _, name := range []string{"answer-sure", "answer-maybe", "answer-none", "asked-code", "asked-plain", "ask-expired", "track-waiting", "track-answered"} {
		b := openBook(t)
		all := scenes(t)
		s := all[slices.IndexFunc(all, func(s scene) bool { return s.name == name })]
		first := play(t, b, s, "vi").Body.String()
		m := switchForm.FindStringSubmatch(first)
		if m == nil {
			t.Errorf("%s: no way to the other language", name)
			continue
		}
		form := url.Values{}
		for _, f := range fields.FindAllStringSubmatch(m[2], -1) {
			form.Set(html.UnescapeString(f[1]), html.UnescapeString(f[2]))
		}
		b.time = b.time.Add(10 * time.Second)
		got := send(b.handler, "POST", m[1], form, nil)
		if got.Code != 200 || !strings.Contains(got.Body.String(), `<html lang="en">`) {
			t.Errorf("%s: %d in the other language", name, got.Code)
		}
		if code := regexp.MustCompile(`<p class="code">.*?</p>`).FindString(first); code != "" && !strings.Contains(got.Body.String(), code) {
			t.Errorf("%s: another receipt in the other language", name)
		}
	}
}

// TestLostAnswerIsFoundAgain: a question was kept, its answer got lost, and the
// person tries again after the form has expired.
func TestLostAnswerIsFoundAgain(t *testing.T) {
	b := openBook(t)
	form := url.Values{"token": {b.token(t)}, "text": {shortMsg}, "receipt": {"yes"}}
	code := regexp.MustCompile(`<p class="code">.*?</p>`)
	first := code.FindString(send(b.handler, "POST", "/ask", form, nil).Body.String())
	b.time = b.time.Add(3 * time.Hour)
	again := send(b.handler, "POST", "/ask", form, nil)
	if again.Code != 200 || first == "" || code.FindString(again.Body.String()) != first {
		t.Errorf("%d: %s, want %s", again.Code, code.FindString(again.Body.String()), first)
	}
}

// TestFormComesBackWhole: whatever is wrong with a form, its words are in the
// answer and there is a token that will do.
func TestFormComesBackWhole(t *testing.T) {
	token := regexp.MustCompile(`name="token" value="([^"]+)"`)
	for _, name := range []string{"ask-early", "ask-expired", "ask-forged", "ask-full"} {
		b := openBook(t)
		all := scenes(t)
		s := all[slices.IndexFunc(all, func(s scene) bool { return s.name == name })]
		body := play(t, b, s, "vi").Body.String()
		if !strings.Contains(html.UnescapeString(body), shortMsg+"</textarea>") {
			t.Errorf("%s: the words are lost", name)
		}
		m := token.FindStringSubmatch(body)
		if m == nil {
			t.Fatalf("%s: no token", name)
		}
		b.time, b.busy = b.time.Add(10*time.Second), nil
		form := url.Values{"token": {m[1]}, "text": {shortMsg}, "receipt": {"yes"}}
		if got := send(b.handler, "POST", "/ask", form, nil); got.Code != 200 {
			t.Errorf("%s: sent again, status %d", name, got.Code)
		}
	}
}

// TestRefusedFormIsNotLost: the gate turns a form away for want of room, and
// the page it answers with sends the same form again.
func TestRefusedFormIsNotLost(t *testing.T) {
	b := openBook(t)
	limits := gate.DefaultLimits()
	for lane, l := range limits {
		l.Rate, l.Burst = 0, 0
		limits[lane] = l
	}
	h := b.site.Handler(gate.New(gate.Config{Refuse: b.site.Refuse, Limits: limits}))
	form := url.Values{"token": {"t"}, "text": {`a "quoted" <b>message</b>`}, "receipt": {"no"}, "other": {"x"}}
	got := send(h, "POST", "/en/ask", form, nil)
	body := got.Body.String()
	if got.Code != 503 || got.Header().Get("Retry-After") == "" {
		t.Fatalf("%d, Retry-After %q", got.Code, got.Header().Get("Retry-After"))
	}
	for _, part := range []string{`action="/en/ask"`, `name="text" value="a &#34;quoted&#34; &lt;b&gt;message&lt;/b&gt;"`, `name="receipt" value="no"`} {
		if !strings.Contains(body, part) {
			t.Errorf("the page lacks %s", part)
		}
	}
	if strings.Contains(body, `name="other"`) {
		t.Error("a field that is none of ours came back")
	}
	for _, fault := range faults(body) {
		t.Error(fault)
	}
}

// TestFailuresAreLoggedWithoutWords: one line for each failure of ours, tied to
// the page by a random number, without the request.
func TestFailuresAreLoggedWithoutWords(t *testing.T) {
	var log strings.Builder
	b := openBook(t)
	c, err := lang.Load()
	if err != nil {
		t.Fatal(err)
	}
	site, err := web.New(web.Deps{
		Catalog: b.story, Intake: b.counter, Forms: brokenForms{b.forms}, Lang: c,
		Logger: slog.New(slog.NewTextHandler(&log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	h := site.Handler(gate.New(gate.Config{Refuse: site.Refuse}))
	got := send(h, "POST", "/lookup?secret=query", url.Values{"text": {damMessage}}, nil)
	if got.Code != 500 {
		t.Fatalf("status %d", got.Code)
	}
	id := regexp.MustCompile(`id=(\w+)`).FindStringSubmatch(log.String())
	if strings.Count(log.String(), "\n") != 1 || id == nil || !strings.Contains(got.Body.String(), id[1]) {
		t.Errorf("log %q does not belong to the page", log.String())
	}
	for _, word := range []string{"KHẨN", "Suoi", "secret", "192.0.2.1"} {
		if strings.Contains(log.String(), word) {
			t.Errorf("the log holds %q: %s", word, log.String())
		}
	}
	if strings.Contains(got.Body.String(), "no more randomness") {
		t.Error("the page shows the cause")
	}
}

type brokenForms struct{ *gate.Forms }

func (brokenForms) Issue() (string, error) { return "", errors.New("no more randomness") }

// hostile is wording that tries to be something else.
var hostile = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, `javascript:alert(1)`,
	`{{.Site}} {{template "layout"}}`, "\u202egnp.exe\u2066", "a\x00b\x07", "]]></style><b>", `&lt;b&gt;`, "\xff\xfe", strings.Repeat("e\u0301", 300),
	`[x](javascript:alert(1)) <iframe src="https://a.example">`,
}

// TestHostileWording puts every hostile string into every field of a check, its
// desk and a message: the page stays a well-formed page of ours.
func TestHostileWording(t *testing.T) {
	for _, bad := range hostile {
		b := openBook(t)
		d := desk.Desk{
			ID: "bad", Name: bad, URL: bad, Lang: bad, Owner: bad, OwnerKind: desk.OwnerKind(bad), Funders: bad,
			FunderKind: desk.OwnerKind(bad), About: bad, Declared: 1,
		}
		e := imported(77, d, desk.Version{
			Rating: bad, Topic: bad, Claim: bad, Title: bad, Summary: bad, Body: bad, ToDo: bad, Reason: bad, Note: bad,
			Published: 1, AsOf: 1, Verdict: desk.Verdict(bad), NotRatedKind: desk.NotRatedKind(bad),
			Evidence: []desk.Evidence{{Stance: desk.For, URL: bad, Title: bad, Publisher: bad, Quote: bad, Locator: bad, ArchiveURL: bad, SHA256: bad, Dated: 1, Archived: 1}},
		})
		e.Check.SourceURL, e.Check.Lang = bad, bad
		ours := e
		ours.Check.SourceURL = ""
		b.story.entries = append(b.story.entries, e)
		b.story.desks = append(b.story.desks, d)
		b.story.site.Name, b.story.site.Notice = bad, map[string]string{"vi": bad, "en": bad}
		p := b.pages[damCheck.Check.ID]
		p.Entry, p.Shown, p.Versions = e, e.Version, []desk.Version{e.Version, e.Version}
		b.pages[e.Check.ID] = p
		for _, path := range []string{"/c/" + e.Check.ID, "/c/" + e.Check.ID + "/v/1", "/desks", "/desks/bad", "/", "/checks?page=2", "/checks?desk=bad", "/checks?topic=" + url.QueryEscape(bad), "/checks?page=" + url.QueryEscape(bad)} {
			intact(t, send(b.handler, "GET", path, nil, nil), path, bad)
			p.Entry, p.Shown = ours, ours.Version
			b.pages[e.Check.ID] = p
			intact(t, send(b.handler, "GET", path, nil, nil), path, bad)
		}
		for _, path := range []string{"/lookup", "/track", "/track/withdraw"} {
			intact(t, send(b.handler, "POST", path, url.Values{"text": {"x " + bad}, "code": {bad}}, nil), path, bad)
		}
		intact(t, send(b.handler, "POST", "/ask", url.Values{"text": {"x " + bad}, "token": {bad}, "receipt": {bad}}, nil), "/ask", bad)
		intact(t, send(b.handler, "POST", "/ask", url.Values{"text": {"x " + bad}, "token": {b.token(t)}, "receipt": {bad}}, nil), "/ask", bad)
	}
}

func intact(t *testing.T, got *httptest.ResponseRecorder, path, bad string) {
	t.Helper()
	body := dataForm.ReplaceAllString(got.Body.String(), "$1")
	if got.Code >= 500 {
		t.Errorf("%q: %s has status %d", bad, path, got.Code)
	}
	if got.Code >= 300 && got.Code < 400 {
		return
	}
	for _, fault := range faults(body) {
		// Words that look like script are harmless as words; the strict parser
		// sees to it that they are nothing else.
		if !strings.Contains(fault, "a script") && !strings.Contains(fault, "a template's failure") {
			t.Errorf("%q: %s: %s", bad, path, fault)
		}
	}
	for _, raw := range []string{"<script", "<img", "<iframe", "<b>", "\u202e", "\x00", "href=\"javascript:"} {
		if strings.Contains(body, raw) {
			t.Errorf("%q: %s holds %q", bad, path, raw)
		}
	}
}

// TestLineBreaksCountOnce: a browser counts a line break as one character and
// sends two. What fits the form must fit the desk.
func TestLineBreaksCountOnce(t *testing.T) {
	b := openBook(t)
	text := "cầu" + strings.Repeat("\r\na", 998) // 1,999 characters as the form counts
	form := url.Values{"token": {b.token(t)}, "text": {text}, "receipt": {"no"}}
	if got := send(b.handler, "POST", "/ask", form, nil); got.Code != 200 {
		t.Errorf("status %d", got.Code)
	}
}

// TestAnyWords sends words put together at random through the look-up and the
// question form: the pages stay well-formed and nothing fails. (Not a fuzz
// target: instrumenting what this package stands on takes minutes.)
func TestAnyWords(t *testing.T) {
	b := openBook(t)
	token := b.token(t)
	pieces := append([]string{"[phone]", "[email]", "[", "]", "\n", "\r\n", "\t", " ", "Đập ", "e\u0301", "\u200b", "&amp;", "'", "\"", "<", ">", "0912 345 678"}, hostile...)
	random := rand.New(rand.NewPCG(1, 2))
	for range 60 {
		var words strings.Builder
		for range random.IntN(12) {
			words.WriteString(pieces[random.IntN(len(pieces))])
		}
		s := words.String()
		start := []string{"KHẨN ", "nước chanh ", ""}[random.IntN(3)]
		intact(t, send(b.handler, "POST", "/lookup", url.Values{"text": {start + s}}, nil), "/lookup", s)
		intact(t, send(b.handler, "POST", "/en/ask", url.Values{"text": {s}, "token": {token}, "receipt": {s}}, nil), "/ask", s)
	}
}

// TestSameMessageSamePage: the pages for a message and a question hold
// nothing that could depend on whether others asked the same. The storybook's
// answers carry no such thing, so two identical requests give identical pages
// but for the token.
func TestSameMessageSamePage(t *testing.T) {
	token := regexp.MustCompile(`name="token" value="[^"]+"`)
	b := openBook(t)
	form := url.Values{"text": {shortMsg}}
	one := token.ReplaceAllString(send(b.handler, "POST", "/lookup", form, nil).Body.String(), "")
	two := token.ReplaceAllString(send(b.handler, "POST", "/lookup", form, nil).Body.String(), "")
	if one != two {
		t.Error("the same message gave two pages")
	}
}

// TestOutcomesAreKnown ties the one place where the pages read an outcome by
// its public name to that name.
func TestOutcomesAreKnown(t *testing.T) {
	if lookup.Perhaps != "candidates" {
		t.Errorf("an uncertain look-up is now called %q", lookup.Perhaps)
	}
}
