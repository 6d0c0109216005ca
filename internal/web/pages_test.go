package web_test

import (
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sangto/internal/lang"
)

// play requests a scene in a language.
func play(t testing.TB, b *book, s scene, tag string) *httptest.ResponseRecorder {
	t.Helper()
	if s.prepare != nil {
		s.prepare(b, &s)
	}
	path := s.path
	if tag != lang.Vietnamese {
		path = "/" + tag + path
	}
	return send(b.handler, s.method, path, s.form, s.header)
}

func send(h http.Handler, method, path string, form url.Values, header http.Header) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "https://sangto.example"+path, strings.NewReader(form.Encode()))
	for name, values := range header {
		r.Header[name] = values
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func words(t testing.TB, tag string) *lang.Words {
	t.Helper()
	c, err := lang.Load()
	if err != nil {
		t.Fatal(err)
	}
	return c.For(tag)
}

// TestEveryPage shows every page in every state and language: the right
// status, the sentence it is about, HTML whose tags balance, and none of what
// public pages never have.
func TestEveryPage(t *testing.T) {
	for _, tag := range lang.Tags() {
		w := words(t, tag)
		for _, s := range scenes(t) {
			t.Run(tag+"/"+s.name, func(t *testing.T) {
				got := play(t, openBook(t), s, tag)
				if got.Code != s.status {
					t.Errorf("status %d, want %d", got.Code, s.status)
				}
				body := got.Body.String()
				if !says(html.UnescapeString(body), w.T(s.says)) {
					t.Errorf("the page does not say %q", w.T(s.says))
				}
				for _, fault := range faults(body) {
					t.Error(fault)
				}
				if !strings.Contains(body, `<html lang="`+tag+`">`) {
					t.Error("the page is not in the language of its path")
				}
				if plain := strings.TrimRight(body, " "); len(plain) > 100<<10 && !strings.HasPrefix(s.name, "ask-long") {
					t.Errorf("the page has %d bytes", len(plain))
				}
			})
		}
	}
}

// says reports whether a page holds a sentence, whatever its arguments.
func says(page, sentence string) bool {
	for part := range strings.SplitSeq(sentence, "<no value>") {
		if !strings.Contains(page, part) {
			return false
		}
	}
	return true
}

// never are things no public page holds, whatever happens.
var never = map[string]*regexp.Regexp{
	"a script":                 regexp.MustCompile(`(?i)<script|\son[a-z]+\s*=\s*"|javascript:`),
	"an inline style":          regexp.MustCompile(`(?i)<style|\sstyle\s*=`),
	"a frame or an object":     regexp.MustCompile(`(?i)<(iframe|frame|object|embed|applet)`),
	"a file from elsewhere":    regexp.MustCompile(`(?i)(src|<link[^>]*(stylesheet|icon|preload)[^>]*href)="(https?:)?//`),
	"a raw catalogue key":      regexp.MustCompile(`>(site|home|answer|ask|track|check|list|desks?|about|privacy|accessibility|problem|error|verdict|topic|owner)\.[a-z_.]+<`),
	"a template's failure":     regexp.MustCompile(`<no value>|ZgotmplZ|%!|\{\{`),
	"a count of what is asked": regexp.MustCompile(`(?i)lượt hỏi|người hỏi\b.*\d|asked \d+ times|\d+ people asked`),
	"a cause of ours":          regexp.MustCompile(`disk on fire|/var/lib`),
}

var (
	tagForm = regexp.MustCompile(`<(/?)([a-zA-Z][a-zA-Z0-9]*)((?:\s+[a-zA-Z:-]+(?:="[^"<>]*")?)*)\s*(/?)>`)
	idForm  = regexp.MustCompile(`\sid="([^"]*)"`)
	// dataForm is the one element called script that a public page may have: it
	// holds data, in which every "<" is escaped, and runs nowhere.
	dataForm = regexp.MustCompile(`<script type="application/ld\+json">(\{[^<]*\})</script>`)
	refForm  = regexp.MustCompile(`\s(?:for|aria-labelledby|aria-describedby)="([^"]*)"`)
)

// faults reads a page like a strict parser: every "<" starts a tag, tags
// balance, ids are unique, and what refers to an id finds it.
func faults(page string) []string {
	var out []string
	page = dataForm.ReplaceAllString(page, "")
	for what, form := range never {
		if m := form.FindString(page); m != "" {
			out = append(out, fmt.Sprintf("the page holds %s: %q", what, m))
		}
	}
	page = strings.Replace(page, "<!doctype html>", "", 1)
	void := []string{"meta", "link", "input", "br", "hr", "wbr", "path", "circle"}
	var open []string
	for rest := page; ; {
		i := strings.IndexByte(rest, '<')
		if i < 0 {
			break
		}
		m := tagForm.FindStringSubmatchIndex(rest[i:])
		if m == nil || m[0] != 0 {
			return append(out, fmt.Sprintf("no tag: %.60q", rest[i:]))
		}
		name, closing, self := rest[i+m[4]:i+m[5]], m[3] > m[2], m[9] > m[8]
		rest = rest[i+m[1]:]
		switch {
		case closing:
			if len(open) == 0 || open[len(open)-1] != name {
				return append(out, fmt.Sprintf("</%s> closes %v", name, open))
			}
			open = open[:len(open)-1]
		case !self && !slices.Contains(void, name):
			if name == "p" && slices.Contains(open, "p") {
				out = append(out, "a paragraph in a paragraph")
			}
			open = append(open, name)
		}
	}
	if len(open) > 0 {
		out = append(out, fmt.Sprintf("never closed: %v", open))
	}
	ids := map[string]bool{}
	for _, m := range idForm.FindAllStringSubmatch(page, -1) {
		if ids[m[1]] {
			out = append(out, "two elements are called "+m[1])
		}
		ids[m[1]] = true
	}
	for _, m := range refForm.FindAllStringSubmatch(page, -1) {
		for _, ref := range strings.Fields(m[1]) {
			if !ids[ref] {
				out = append(out, "nothing is called "+ref)
			}
		}
	}
	return out
}

// TestFaultsAreSeen makes sure that the strict parser above can fail.
func TestFaultsAreSeen(t *testing.T) {
	for _, page := range []string{
		"<p><b>x</p>", "<p>a < b</p>", "<div>", "<p id=\"a\"></p><p id=\"a\"></p>", "<label for=\"x\">y</label>",
		"<p>home.title</p>", "<script>x</script>", "<p style=\"x\"></p>", "<img src=\"https://a.example/b\">",
	} {
		if len(faults(page)) == 0 {
			t.Errorf("no fault seen in %s", page)
		}
	}
}

// TestEveryRouteHasAScene fails when a page is added without a story.
func TestEveryRouteHasAScene(t *testing.T) {
	b := openBook(t)
	met := map[string]bool{}
	mux := http.NewServeMux()
	b.handler = mux
	for _, r := range b.site.Routes() {
		mux.HandleFunc(r.Method+" "+r.Pattern, func(_ http.ResponseWriter, q *http.Request) { met[q.Pattern] = true })
	}
	for _, tag := range lang.Tags() {
		for _, s := range scenes(t) {
			b.time = now
			play(t, b, s, tag)
		}
	}
	for _, r := range b.site.Routes() {
		if key := r.Method + " " + r.Pattern; !met[key] && !slices.Contains(elsewhere, strings.TrimPrefix(r.Pattern, "/en")) {
			t.Errorf("no scene reaches %s", key)
		}
	}
}

// elsewhere are the routes whose tests stand on their own.
var elsewhere = []string{
	"/c/{id}/v/{n}/copy/{k}/copy.txt", "/data/{set}/{file}",
	"/log/checkpoint", "/log/tile/{path...}", "/log/key", "/log/policy", "/log/content/{index}", "/log/proof/{file}",
	"/c/{id}/card.png", "/c/{id}/card-square.png", "/c/{id}/sms.txt", "/c/{id}/aloud.txt",
	"/lookup", "/ask", "/track/withdraw", "/c/{id}/{slug}", // redirects
	"/static/{hash}/{name...}", "/favicon.ico", "/robots.txt", "/healthz",
	"/feed.atom", "/feed.rss", "/feed.json", "/topics/{topic}/feed.atom", "/topics/{topic}/feed.rss", "/topics/{topic}/feed.json", "/claimreview.json",
	"/c/{id}/oembed.json", "/embed.css", "/sitemap.xml", "/sitemaps/{part}", "/sitemap-news.xml",
	"/notices/feed.atom", "/notices/feed.rss", "/notices/feed.json",
}

// TestTheBoxSaysHowNotToAsk: whoever would rather not ask us finds, on the page
// with the box, the way to search alone and the way to ask somebody else.
func TestTheBoxSaysHowNotToAsk(t *testing.T) {
	b := openBook(t)
	for prefix, words := range map[string][]string{
		"":    {"Tải tất cả về và tra cứu trên máy của bạn", "một bản sao do người khác giữ"},
		"/en": {"Download everything and search on your own device", "a mirror run by someone else"},
	} {
		page := send(b.handler, "GET", prefix+"/", nil, nil).Body.String()
		for i, href := range []string{prefix + "/data/", prefix + "/about#mirror"} {
			if !strings.Contains(page, `<a href="`+href+`">`+words[i]+`</a>`) {
				t.Errorf("%s/ does not link %s as %q", prefix, href, words[i])
			}
		}
		if about := send(b.handler, "GET", prefix+"/about", nil, nil).Body.String(); !strings.Contains(about, `id="mirror"`) {
			t.Errorf("%s/about says nothing of mirrors", prefix)
		}
	}
}
