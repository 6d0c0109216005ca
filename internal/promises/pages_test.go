package promises_test

import (
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"sangto/internal/web"
)

// formFields is every field that a public form may have. The kind is that of a
// contest: something is not right, or a reply.
var formFields = []string{"text", "token", "receipt", "code", "confirm", "topic", "page", "lang", "desk", "kind"}

// linkedElements load something by themselves when a page is shown.
var linkedElements = map[string]string{
	"img": "src", "link": "href", "source": "src", "video": "src", "audio": "src", "track": "src", "input": "src", "use": "href", "image": "href",
}

// bannedElements have no place on a public page.
var bannedElements = []string{"iframe", "object", "embed", "frame", "frameset", "applet", "portal", "base", "canvas", "video", "audio"}

// bannedWords are offers that no public page makes, in either language: to
// report or silence somebody, to share on order, to count, to certify.
var bannedWords = regexp.MustCompile(`(?i)báo cáo (bài|người|tài khoản)|tố cáo|tố giác|gỡ (bài|bỏ bài)|chặn (tài khoản|người)|xử phạt|chia sẻ ngay|hãy chia sẻ|lan toả ngay|` +
	`hỏi nhiều nhất|xu hướng|lượt (xem|hỏi|thích|chia sẻ)|chứng chỉ|giấy chứng nhận|điểm số|` +
	`report (this|the) (post|person|account|user)|take ?down|remove this post|block this|share (this|it) now|most asked|trending|\b\d+ (views|likes|shares)\b|certificate|your score|sign in|log in|đăng nhập`)

// faults reads a public page as somebody suspicious would.
func faults(body string) []string {
	var out []string
	doc, err := html.Parse(strings.NewReader(body))
	if err != nil {
		return []string{err.Error()}
	}
	for n := range doc.Descendants() {
		switch n.Type {
		case html.ElementNode:
			out = append(out, elementFaults(n)...)
		case html.TextNode:
			if m := bannedWords.FindString(n.Data); m != "" && n.Parent.Data != "textarea" {
				out = append(out, "offers "+m)
			}
		}
	}
	return out
}

func elementFaults(n *html.Node) []string {
	var out []string
	if slices.Contains(bannedElements, n.Data) {
		out = append(out, "has <"+n.Data+">")
	}
	if n.Data == "script" && attribute(n, "type") != "application/ld+json" {
		out = append(out, "runs a script")
	}
	for _, a := range n.Attr {
		value := strings.TrimSpace(strings.ToLower(a.Val))
		switch {
		case strings.HasPrefix(a.Key, "on"):
			out = append(out, "runs a script in "+a.Key)
		case a.Key == "ping" || a.Key == "style" || a.Key == "srcset" || a.Key == "background" || a.Key == "formaction":
			out = append(out, "has the attribute "+a.Key)
		case strings.HasPrefix(value, "javascript:") || strings.HasPrefix(value, "data:") && a.Key != "content":
			out = append(out, "has an address "+value)
		case n.Data == "meta" && a.Key == "http-equiv":
			out = append(out, "has a meta "+value)
		}
	}
	return append(out, loadFaults(n)...)
}

func loadFaults(n *html.Node) []string {
	switch n.Data {
	case "form":
		action := attribute(n, "action")
		if !strings.HasPrefix(action, "/") || strings.HasPrefix(action, "//") {
			return []string{"sends a form to " + action}
		}
	case "input", "textarea", "select", "button":
		if name := attribute(n, "name"); name != "" && !slices.Contains(formFields, name) {
			return []string{"asks for " + name}
		}
		if kind := attribute(n, "type"); kind == "file" || kind == "email" || kind == "tel" || kind == "password" {
			return []string{"asks for a " + kind}
		}
	}
	key, loads := linkedElements[n.Data]
	if rel := attribute(n, "rel"); n.Data == "link" && (rel == "canonical" || rel == "alternate") {
		loads = false
	}
	if address := attribute(n, key); loads && address != "" && !strings.HasPrefix(address, "#") &&
		(!strings.HasPrefix(address, "/") || strings.HasPrefix(address, "//")) {
		return []string{"loads " + address}
	}
	return nil
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// TestPagesAreJudged plants every fault on a page.
func TestPagesAreJudged(t *testing.T) {
	t.Parallel()
	for _, planted := range []string{
		`<script>1</script>`, `<script src="/x.js"></script>`, `<script type="module">1</script>`, `<img src="https://t.example/1.gif">`,
		`<img src="//t.example/1.gif">`, `<link rel="stylesheet" href="https://fonts.example/a.css">`, `<p onclick="x()">a</p>`,
		`<a href="javascript:x">a</a>`, `<a href="/" ping="/count">a</a>`, `<iframe src="/"></iframe>`, `<p style="color:red">a</p>`,
		`<form method="post" action="https://t.example/"></form>`, `<form><input name="email"></form>`, `<input type="file" name="text">`,
		`<meta http-equiv="refresh" content="1">`, `<button>Báo cáo bài viết này</button>`, `<a href="/x">Most asked</a>`, `<p>Đăng nhập</p>`,
		`<base href="/">`, `<form action="/lookup"><input name="phone"></form>`,
	} {
		if got := faults("<!doctype html><title>x</title>" + planted); len(got) == 0 {
			t.Errorf("%s passes", planted)
		}
	}
	innocent := `<!doctype html><title>x</title><link rel="canonical" href="https://desk.example/"><link rel="stylesheet" href="/static/1/a.css">` +
		`<script type="application/ld+json">{}</script><a href="https://example.org/">source</a><img src="/static/1/a.png" alt="">` +
		`<form method="post" action="/lookup"><textarea name="text">sign in</textarea></form>`
	if got := faults(innocent); len(got) != 0 {
		t.Errorf("an innocent page: %q", got)
	}
}

// checkRef matches the address of a check.
var checkRef = regexp.MustCompile(`^(/c/[0-9a-z]{16})/[^/]+$`)

// pageRef matches links of our own.
var pageRef = regexp.MustCompile(`(?:href|src|action)="(/[^"#]*)`)

// crawl reads every page that can be reached by links and the answers to every
// form, and calls visit with each.
func (p *place) crawl(t *testing.T, visit func(path string, got page)) {
	t.Helper()
	queue := []string{
		"/", "/en/", "/lookup", "/en/lookup", "/ask", "/en/ask", "/track/withdraw", "/en/track/withdraw", "/nowhere", "/en/nowhere", "/c/0123456789abcdef", "/checks?page=999", "/checks?topic=health", "/desks/river/methodology/1", "/en/desks/river/methodology/1", "/robots.txt", "/favicon.ico", "/healthz",
		"/feed.atom", "/feed.rss", "/feed.json", "/topics/health/feed.atom", "/topics/health/feed.rss", "/topics/health/feed.json", "/claimreview.json", "/sitemap.xml", "/sitemap-news.xml", "/sitemaps/pages", "/embed.css",
		"/topics/health/2", "/en/topics/health/2", "/checks/2026-01/2", "/en/checks/2026-01/2", "/checks/2026-01", "/en/checks/2026-01",
		"/n/0123456789abcdef", "/n/0123456789abcdef/contest", "/n/0123456789abcdef/v/1", "/notices", "/notices/feed.atom", "/notices/feed.rss", "/notices/feed.json",
		"/en/n/0123456789abcdef", "/en/n/0123456789abcdef/contest", "/en/n/0123456789abcdef/v/1", "/en/notices/feed.atom", "/en/notices/feed.rss", "/en/notices/feed.json",
		"/record", "/en/record", "/log/checkpoint", "/log/key", "/log/policy", "/log/tile/0/000", "/log/tile/entries/000", "/log/tile/entries/000.p/1", "/log/tile/../keys/log.key",
		"/log/content/0", "/log/content/01", "/log/proof/0.tlog-proof", "/log/proof/9999999.tlog-proof",
		"/en/feed.atom", "/en/feed.rss", "/en/feed.json", "/en/topics/health/feed.atom", "/en/topics/health/feed.rss", "/en/topics/health/feed.json",
	}
	seen := map[string]bool{}
	posts := map[string]bool{}
	contest := ""
	for len(queue) > 0 && len(seen) < 400 {
		path := queue[0]
		queue = queue[1:]
		if seen[path] {
			continue
		}
		seen[path] = true
		got, err := patiently(func() (page, error) { return p.get(path) })
		if err != nil {
			t.Fatalf("GET %s: %v", path, err)
		}
		visit("GET "+path, got)
		for _, m := range pageRef.FindAllStringSubmatch(got.body, -1) {
			queue = append(queue, html.UnescapeString(m[1]))
		}
		if m := checkRef.FindStringSubmatch(path); m != nil {
			queue = append(queue, m[1], m[1]+"/v/1", m[1]+"/v/2", m[1]+"/wrong-slug", "/en"+m[1], "/en"+m[1]+"/v/1")
			// Only the desk's own checks have these; that an imported one has not is an answer too.
			for _, more := range []string{"/contest", "/embed", "/oembed.json", "/aloud.txt", "/v/1/copy/1", "/v/1/copy/1/copy.txt"} {
				queue = append(queue, m[1]+more, "/en"+m[1]+more)
			}
			contest = m[1] + "/contest"
		}
		for _, m := range formAction.FindAllStringSubmatch(got.body, -1) {
			posts[m[1]] = true
		}
	}
	for _, action := range []string{"/lookup", "/ask", "/track", "/track/withdraw", contest, "/n/0123456789abcdef/contest"} {
		posts[action], posts["/en"+action] = true, true
	}
	for _, action := range slices.Sorted(maps.Keys(posts)) {
		for _, form := range []url.Values{
			{"text": {checkedClaim}},
			{"text": {words(5)}},
			{"text": {""}},
			{"text": {"\xff\x00\x01"}},
			{"text": {strings.Repeat("a ", 40_000)}},
			{"token": {"forged"}, "text": {words(5)}, "receipt": {"yes"}},
			{"code": {"ABCD"}},
			{"code": {"0123-4567-89AB-CDEF-GHJK-MNPQ-RST"}, "confirm": {"yes"}},
		} {
			got, err := patiently(func() (page, error) { return p.post(action, form) })
			if err != nil {
				t.Fatalf("POST %s: %v", action, err)
			}
			visit("POST "+action, got)
		}
	}
}

var formAction = regexp.MustCompile(`<form[^>]*action="(/[^"]*)"`)

// full makes a place in which every kind of page has something to show, and
// adds the pages that only an asker sees.
func (p *place) full(t *testing.T, visit func(path string, got page)) {
	t.Helper()
	p.importChecks(t)
	p.serve(t)
	tokens := p.tokens(t, 2)
	receipt, got, err := p.ask(tokens[0], question(5, 1))
	if receipt == "" {
		t.Fatalf("not accepted: status %d, %v", got.status, err)
	}
	visit("POST /ask accepted", got)
	visit("POST /ask repeated", p.mustPost(t, "/en/ask", url.Values{"token": {tokens[0]}, "text": {words(6)}, "receipt": {"yes"}}))
	visit("POST /ask without receipt", p.mustPost(t, "/ask", url.Values{"token": {tokens[1]}, "text": {words(7)}, "receipt": {"no"}}))
	visit("POST /track known", p.mustPost(t, "/track", url.Values{"code": {receipt}}))
	visit("POST /track/withdraw known", p.mustPost(t, "/track/withdraw", url.Values{"code": {receipt}, "confirm": {"yes"}}))
	p.crawl(t, visit)
}

// TestPagesOfferNothingForbidden reads every page there is.
func TestPagesOfferNothingForbidden(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	pages := map[string]bool{}
	p.full(t, func(path string, got page) {
		// The offline search is a file to take away, not a page: its headers are
		// judged with all others.
		if !strings.HasPrefix(got.header.Get("Content-Type"), "text/html") || got.header.Get("Content-Security-Policy") == downloadPolicy {
			return
		}
		pages[path] = true
		for _, f := range faults(got.body) {
			// The page about the desk says what it will never do, in these words.
			if !strings.HasSuffix(path, "/about") || !strings.HasPrefix(f, "offers ") {
				t.Errorf("%s %s", path, f)
			}
		}
		if n := len(got.body); n > 100<<10 {
			t.Errorf("%s weighs %d bytes", path, n)
		}
	})
	if len(pages) < 30 {
		t.Errorf("only %d pages were read: %q", len(pages), slices.Sorted(maps.Keys(pages)))
	}
}

// openPath matches what programs and pages of other sites may read: published
// data, the record and the description of the JSON interface, by GET. It is a
// list and not the table's own word for it.
var openPath = regexp.MustCompile(`^GET (/en)?/((topics/[a-z]+/|notices/)?feed\.(atom|rss|json)|claimreview\.json|sitemap(-news)?\.xml|sitemaps/[^/]+|embed\.css|c/[^/]+/oembed\.json)$` +
	`|^GET /(api/v1/openapi\.json|log/(checkpoint|key|policy|tile/[^.]+(\.p/[0-9]+)?|content/[^/]+|proof/[^/]+))$`)

// embedPath matches the cards that other sites may frame.
var embedPath = regexp.MustCompile(`^GET (/en)?/c/[^/]+/embed$`)

// embedPolicy lets a card be framed, and lets it send and run nothing.
const embedPolicy = "default-src 'none'; style-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors *"

const contentPolicy = "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// downloadPolicy is that of files that are taken away: nothing in them runs.
const downloadPolicy = "default-src 'none'; sandbox; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// dataPath is the address of a file of the open data, which pages of other
// sites may read.
var dataPath = regexp.MustCompile(`^GET /data/[^/]+/[^/]+$`)

// headerFaults judges an answer by the header policy of public pages.
func headerFaults(path string, got page) []string {
	var out []string
	demand := func(name string, ok bool) {
		if !ok {
			out = append(out, path+": "+name+" is "+strings.Join(got.header.Values(name), " | "))
		}
	}
	h := got.header.Clone()
	policy, readers := contentPolicy, "same-origin"
	data := dataPath.MatchString(path)
	if data || openPath.MatchString(path) {
		readers = "cross-origin"
		demand("Access-Control-Allow-Origin", h.Get("Access-Control-Allow-Origin") == "*")
		h.Del("Access-Control-Allow-Origin")
	}
	if embedPath.MatchString(path) && got.status < http.StatusBadRequest {
		policy, readers = embedPolicy, "cross-origin"
		if strings.Contains(got.body, "<form") || strings.Contains(got.body, "<input") || strings.Contains(got.body, "<textarea") {
			out = append(out, path+": a card asks for something")
		}
	}
	if data && got.status < http.StatusBadRequest {
		policy = downloadPolicy
		demand("Content-Disposition", strings.HasPrefix(h.Get("Content-Type"), "text/plain") || strings.HasPrefix(h.Get("Content-Disposition"), "attachment"))
	}
	demand("Content-Security-Policy", h.Get("Content-Security-Policy") == policy && len(h.Values("Content-Security-Policy")) == 1)
	demand("X-Content-Type-Options", h.Get("X-Content-Type-Options") == "nosniff")
	demand("Cross-Origin-Opener-Policy", h.Get("Cross-Origin-Opener-Policy") == "same-origin")
	demand("Cross-Origin-Resource-Policy", h.Get("Cross-Origin-Resource-Policy") == readers)
	demand("Referrer-Policy", h.Get("Referrer-Policy") == "same-origin" || h.Get("Referrer-Policy") == "no-referrer")
	for _, feature := range []string{"camera=()", "microphone=()", "geolocation=()", "payment=()"} {
		demand("Permissions-Policy", strings.Contains(h.Get("Permissions-Policy"), feature))
	}
	for _, name := range []string{
		"Set-Cookie", "Server", "X-Powered-By", "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials",
		"Refresh", "Clear-Site-Data", "Report-To", "Reporting-Endpoints", "Nel", "Alt-Svc", "Accept-Ch", "Critical-Ch", "Www-Authenticate", "X-Request-Id", "Server-Timing",
	} {
		demand(name, len(h.Values(name)) == 0)
	}
	if len(got.body) > 0 {
		kind := h.Get("Content-Type")
		text := strings.HasPrefix(kind, "text/") || strings.Contains(kind, "json") || strings.Contains(kind, "xml") && !strings.Contains(kind, "svg")
		demand("Content-Type", kind != "" && (!text || strings.Contains(strings.ToLower(kind), "charset=utf-8")))
	}
	private := strings.HasPrefix(path, "POST ") || path == "GET /track" || path == "GET /en/track"
	if private {
		demand("Cache-Control", h.Get("Cache-Control") == "no-store")
		demand("Etag", h.Get("Etag") == "")
		demand("Last-Modified", h.Get("Last-Modified") == "")
		demand("X-Robots-Tag", strings.Contains(h.Get("X-Robots-Tag"), "noindex"))
	}
	if strings.Contains(got.body, `<form`) && strings.HasPrefix(h.Get("Content-Type"), "text/html") && strings.Contains(got.body, `method="post"`) {
		demand("Referrer-Policy", h.Get("Referrer-Policy") == "same-origin")
	}
	return out
}

// TestHeadersOnEveryAnswer judges every page, every answer to every form and
// every refusal.
func TestHeadersOnEveryAnswer(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	judged := 0
	statuses := map[int]int{}
	visit := func(path string, got page) {
		judged++
		statuses[got.status]++
		for _, f := range headerFaults(path, got) {
			t.Error(f)
		}
	}
	reached := routesReached(t, p, visit)
	for _, r := range (&web.Site{}).Routes() {
		if name := r.Method + " " + r.Pattern; !reached[name] {
			t.Errorf("no answer of %s was judged", name)
		}
	}
	for _, method := range []string{http.MethodPut, http.MethodDelete, http.MethodPatch, http.MethodOptions, http.MethodTrace, "PROPFIND"} {
		for _, path := range append(publicPages, "/lookup", "/ask", "/healthz", "/nowhere") {
			req, err := http.NewRequest(method, p.url()+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			got, err := send(req, nil)
			if err != nil || got.status < 400 {
				t.Errorf("%s %s: status %d, %v", method, path, got.status, err)
			}
			visit(method+" "+path, got)
		}
	}
	foreign := func(r *http.Request) {
		r.Header.Set("Origin", "https://elsewhere.example")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
	}
	for _, path := range []string{"/lookup", "/ask", "/track", "/track/withdraw"} {
		got := p.mustPost(t, path, url.Values{"text": {words(1)}}, foreign)
		if got.status != http.StatusForbidden {
			t.Errorf("POST %s from another site: status %d", path, got.status)
		}
		visit("POST "+path, got)
	}
	visit("GET / identified", p.mustGet(t, "/", func(r *http.Request) { r.Header.Set("Remote-User", "a") }))
	if judged < 100 || statuses[200] == 0 || statuses[404] == 0 || statuses[400] == 0 || statuses[413] == 0 || statuses[403] == 0 {
		t.Errorf("%d answers were judged, by status %v: the crawl does not reach them all", judged, statuses)
	}
	t.Logf("%d answers judged, by status %v", judged, statuses)
}

// routesReached runs the crawl and says which routes answered it.
func routesReached(t *testing.T, p *place, visit func(string, page)) map[string]bool {
	t.Helper()
	mux := http.NewServeMux()
	for _, r := range (&web.Site{}).Routes() {
		mux.Handle(r.Method+" "+r.Pattern, http.NotFoundHandler())
	}
	reached := map[string]bool{}
	p.full(t, func(path string, got page) {
		visit(path, got)
		method, target, _ := strings.Cut(path, " ")
		target, _, _ = strings.Cut(target, " ") // what the visit was called beside its path
		req, err := http.NewRequest(method, p.url()+target, nil)
		if err != nil {
			t.Fatal(err)
		}
		_, pattern := mux.Handler(req)
		reached[pattern] = true
	})
	return reached
}

// TestRoutesAreAClosedList compares the table of routes with testdata/routes,
// which says what each is for.
func TestRoutesAreAClosedList(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for line := range strings.Lines(readFile(t, "testdata/routes")) {
		if name, purpose, ok := strings.Cut(strings.TrimSpace(line), ": "); ok && purpose != "" && !strings.HasPrefix(line, "#") {
			known[name] = true
		}
	}
	site := &web.Site{}
	for _, r := range append(site.Routes(), site.DeskRoutes()...) {
		name := r.Method + " " + strings.TrimPrefix(r.Pattern, "/"+r.Lang+"/")
		name = strings.Replace(name, r.Method+" /", r.Method+" ", 1)
		if !known[name] {
			t.Errorf("a new route: %s. Say in testdata/routes what it is for, after asking what it could be bent into", name)
		}
		if m := bannedPath.FindString(r.Pattern); m != "" {
			t.Errorf("%s: no page of this name may exist", r.Pattern)
		}
		if r.Method == http.MethodGet && strings.Contains(r.Pattern, "text") {
			t.Errorf("%s: words travel in bodies", r.Pattern)
		}
	}
}

var bannedPath = regexp.MustCompile(`batch|webhook|callback|stream|subscribe|trend|statistic|search|alert|user|people|person|speaker|author|report|takedown|remove|block|score|certificate|login|session|track/.*\{|question`)

func (p *place) mustGet(t *testing.T, path string, change ...func(*http.Request)) page {
	t.Helper()
	got, err := p.get(path, change...)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// TestHeadersAreJudged takes one header after another away.
func TestHeadersAreJudged(t *testing.T) {
	t.Parallel()
	good := func() page {
		h := http.Header{}
		for name, value := range map[string]string{
			"Content-Security-Policy": contentPolicy, "X-Content-Type-Options": "nosniff", "Cross-Origin-Opener-Policy": "same-origin",
			"Cross-Origin-Resource-Policy": "same-origin", "Referrer-Policy": "same-origin", "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
			"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store", "X-Robots-Tag": "noindex",
		} {
			h.Set(name, value)
		}
		return page{status: 200, header: h, body: "x"}
	}
	if got := headerFaults("POST /ask", good()); len(got) != 0 {
		t.Errorf("good headers: %q", got)
	}
	wrong := func(path, what string, change func(p *page)) {
		t.Helper()
		p := good()
		if change(&p); len(headerFaults(path, p)) == 0 {
			t.Errorf("%s %s: nothing is said", path, what)
		}
	}
	for name := range good().header {
		wrong("POST /ask", "without "+name, func(p *page) { p.header.Del(name) })
		if name != "Content-Type" {
			wrong("POST /ask", "with another "+name, func(p *page) { p.header.Set(name, "x") })
		}
	}
	for _, name := range []string{
		"Set-Cookie", "Server", "X-Powered-By", "Etag", "Last-Modified", "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials",
		"Refresh", "Clear-Site-Data", "Report-To", "Reporting-Endpoints", "Nel", "Alt-Svc", "Accept-Ch", "Critical-Ch", "Www-Authenticate",
		"X-Request-Id", "Server-Timing",
	} {
		wrong("POST /ask", "with "+name, func(p *page) { p.header.Set(name, "x") })
	}
	for _, feature := range []string{"camera", "microphone", "geolocation", "payment"} {
		wrong("GET /", "with "+feature, func(p *page) {
			p.header.Set("Permissions-Policy", strings.ReplaceAll(p.header.Get("Permissions-Policy"), feature+"=()", feature+"=*"))
		})
	}
	for _, directive := range strings.Split(contentPolicy, "; ") {
		wrong("GET /", "without "+directive, func(p *page) {
			p.header.Set("Content-Security-Policy", strings.Trim(strings.Replace(contentPolicy, directive, "", 1), "; "))
		})
	}
	wrong("GET /", "with two policies", func(p *page) { p.header.Add("Content-Security-Policy", contentPolicy) })
	wrong("GET /", "in no encoding", func(p *page) { p.header.Set("Content-Type", "text/html") })
	wrong("GET /track", "kept by others", func(p *page) { p.header.Set("Cache-Control", "max-age=60") })
	wrong("GET /", "with a form whose address goes nowhere", func(p *page) {
		p.header.Set("Referrer-Policy", "no-referrer")
		p.body = `<form method="post">`
	})
	wrong("GET /c/x/embed", "with the policy of a page", func(*page) {})
	wrong("GET /data/x/checks.csv", "readable by this site alone", func(*page) {})
	wrong("GET /data/x/checks.csv", "shown instead of kept", func(p *page) {
		p.header.Set("Access-Control-Allow-Origin", "*")
		p.header.Set("Cross-Origin-Resource-Policy", "cross-origin")
		p.header.Set("Content-Security-Policy", downloadPolicy)
	})
	wrong("GET /feed.atom", "readable by this site alone", func(*page) {})
	if got := headerFaults("GET /c/x/embed", page{status: 200, body: `<input name="text">`, header: http.Header{}}); !slices.ContainsFunc(got, func(s string) bool { return strings.Contains(s, "asks for something") }) {
		t.Errorf("a card with a field: %q", got)
	}
}
