package web_test

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mmcdole/gofeed"

	"sangto/internal/catalog"
	"sangto/internal/desk"
	"sangto/internal/exchange"
	"sangto/internal/lang"
)

// reviewIn returns the ClaimReview of a page, "" if it has none.
func reviewIn(page string) string {
	m := regexp.MustCompile(`<script type="application/ld\+json">(.*)</script>`).FindStringSubmatch(page)
	if m == nil {
		return ""
	}
	return m[1]
}

// TestClaimReviewInPages: a page's ClaimReview says the verdict that the page
// shows, and pages without a finding of ours have none.
func TestClaimReviewInPages(t *testing.T) {
	b := openBook(t)
	for _, e := range []catalog.Entry{damCheck, schoolCheck, bankCheck, jobCheck, soundCheck, opinionCheck, ownCauseCheck, correctedCheck} {
		for _, tag := range lang.Tags() {
			page := send(b.handler, "GET", under(tag, "/c/"+e.Check.ID), nil, nil).Body.String()
			var review struct {
				Context string `json:"@context"`
				Claim   string `json:"claimReviewed"`
				Rating  struct {
					Words string `json:"alternateName"`
				} `json:"reviewRating"`
				Usage struct{ Text string } `json:"usageInfo"`
			}
			if err := json.Unmarshal([]byte(reviewIn(page)), &review); err != nil {
				t.Fatalf("%s: %v: %s", e.Version.Title, err, reviewIn(page))
			}
			stamp := regexp.MustCompile(`(?s)<p class="stamp big.*?<span[^>]*>([^<]*)</span>`).FindStringSubmatch(page)
			if stamp == nil || html.UnescapeString(stamp[1]) != review.Rating.Words {
				t.Errorf("%s: the page shows %q, programs are told %q", e.Version.Title, stamp, review.Rating.Words)
			}
			if !strings.Contains(html.UnescapeString(page), review.Claim) || review.Usage.Text != words(t, tag).T("check.fixed_line") {
				t.Errorf("%s: programs are told %+v", e.Version.Title, review)
			}
			items := 0
			for item, drop := range exchange.Read(strings.NewReader(page), "page.html", exchange.Limits{}) {
				if drop != nil || item.Rating != review.Rating.Words {
					t.Errorf("%s: another desk reads %+v, %+v", e.Version.Title, item, drop)
				}
				items++
			}
			if items != 1 {
				t.Errorf("%s: another desk reads %d checks", e.Version.Title, items)
			}
		}
	}
	for _, path := range []string{"/c/" + withdrawnCheck.Check.ID, "/c/" + farCheck.Check.ID, "/c/" + correctedCheck.Check.ID + "/v/1", "/checks", "/"} {
		if got := reviewIn(send(b.handler, "GET", path, nil, nil).Body.String()); got != "" {
			t.Errorf("%s describes %s", path, got)
		}
	}
}

func under(tag, path string) string {
	if tag == lang.Vietnamese {
		return path
	}
	return "/" + tag + path
}

// TestFeeds reads every feed of every language with an independent parser: the
// desk's own checks of that language and topic, whole addresses, and the line
// that goes with every check.
func TestFeeds(t *testing.T) {
	b := openBook(t)
	english := lemonCheck
	english.Check.Lang, english.Check.ID = "en", id(50)
	b.entries = append(b.entries, english)
	b.pages[english.Check.ID] = catalog.Page{Entry: english, Versions: []desk.Version{english.Version}}
	for path, want := range map[string]int{"/feed": 10, "/topics/health/feed": 1, "/topics/law/feed": 0, "/en/feed": 1, "/en/topics/health/feed": 1, "/en/topics/office/feed": 0} {
		for form, contentType := range map[string]string{"atom": "application/atom+xml", "rss": "application/rss+xml", "json": "application/feed+json"} {
			got := send(b.handler, "GET", path+"."+form, nil, nil)
			if got.Code != 200 || got.Header().Get("Content-Type") != contentType+"; charset=utf-8" {
				t.Fatalf("%s.%s: %d %s", path, form, got.Code, got.Header().Get("Content-Type"))
			}
			f, err := gofeed.NewParser().Parse(strings.NewReader(got.Body.String()))
			if err != nil || f.FeedType != form || len(f.Items) != want {
				t.Fatalf("%s.%s: %v, %d items, want %d", path, form, err, len(f.Items), want)
			}
			if f.FeedLink != "https://sangto.example"+path+"."+form {
				t.Errorf("%s.%s says that it is at %s", path, form, f.FeedLink)
			}
			for _, item := range f.Items {
				if !strings.HasPrefix(item.GUID, "https://sangto.example/") || !strings.Contains(item.Content+item.Description, words(t, f.Language).T("check.fixed_line")) {
					t.Errorf("%s.%s: %s", path, form, item.GUID)
				}
				if page := send(b.handler, "GET", strings.TrimPrefix(item.GUID, "https://sangto.example"), nil, nil); page.Code != 200 {
					t.Errorf("%s.%s names %s: %d", path, form, item.GUID, page.Code)
				}
			}
			again := send(b.handler, "GET", path+"."+form, nil, http.Header{"If-None-Match": {got.Header().Get("Etag")}})
			if got.Header().Get("Etag") == "" || again.Code != http.StatusNotModified || again.Body.Len() != 0 {
				t.Errorf("%s.%s: asked again: %d, %d bytes", path, form, again.Code, again.Body.Len())
			}
		}
	}
	for _, path := range []string{"/topics/people/feed.atom", "/topics/x/feed.json", "/feed.xml"} {
		if got := send(b.handler, "GET", path, nil, nil); got.Code != 404 {
			t.Errorf("%s: %d", path, got.Code)
		}
	}
}

// TestClaimReviewFile: the file holds the standing checks of the desks here and
// no others, the importer of another desk takes them all, and a reader who has
// it gets nothing again.
func TestClaimReviewFile(t *testing.T) {
	b := openBook(t)
	got := send(b.handler, "GET", "/claimreview.json", nil, nil)
	want := map[string]bool{}
	for _, e := range []catalog.Entry{damCheck, schoolCheck, lemonCheck, bankCheck, jobCheck, soundCheck, opinionCheck, ownCauseCheck, correctedCheck} {
		want["https://sangto.example/c/"+e.Check.ID] = true
	}
	for item, drop := range exchange.Read(got.Body, "x.json", exchange.Limits{}) {
		if drop != nil || !want[item.Address] {
			t.Errorf("%+v %+v", item, drop)
		}
		delete(want, item.Address)
	}
	if len(want) > 0 {
		t.Errorf("lacks %v", want)
	}
	again := send(b.handler, "GET", "/claimreview.json", nil, http.Header{"If-None-Match": {got.Header().Get("Etag")}})
	if got.Header().Get("Etag") == "" || again.Code != http.StatusNotModified || again.Body.Len() != 0 {
		t.Errorf("asked again: %d, %d bytes", again.Code, again.Body.Len())
	}
	b.fail = errors.New("disk on fire")
	if broken := send(b.handler, "GET", "/claimreview.json", nil, nil); broken.Code != 500 || broken.Header().Get("Etag") != "" {
		t.Errorf("without a catalogue: %d %v", broken.Code, broken.Header())
	}
}

// TestClaimReviewFileIsMadeOnce: a crowd that asks for the file has it made once,
// also when the one it is made for has left, and once more when something was
// published; what failed is not kept.
func TestClaimReviewFileIsMadeOnce(t *testing.T) {
	b := openBook(t)
	b.slow = make(chan struct{})
	ctx, leave := context.WithCancel(t.Context())
	var crowd sync.WaitGroup
	crowd.Go(func() {
		b.handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "https://sangto.example/claimreview.json", nil).WithContext(ctx))
	})
	for b.walks.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	leave()
	bodies := make([]string, 30)
	for i := range bodies {
		crowd.Go(func() {
			var header http.Header
			if i%2 == 0 {
				header = http.Header{"Accept-Encoding": {"gzip"}}
			}
			got := send(b.handler, "GET", "/claimreview.json", nil, header)
			bodies[i] = plainly(t, got)
		})
	}
	close(b.slow)
	crowd.Wait()
	for i, body := range bodies {
		if body != bodies[0] || !strings.Contains(body, "/c/"+damCheck.Check.ID) {
			t.Fatalf("reader %d got %d bytes, the first %d", i, len(body), len(bodies[0]))
		}
	}
	if n := b.walks.Load(); n != 1 {
		t.Errorf("made %d times for one crowd", n)
	}
	b.entries = slices.DeleteFunc(slices.Clone(b.entries), func(e catalog.Entry) bool { return e.Check.ID == damCheck.Check.ID })
	b.lost = errors.New("disk on fire")
	if broken := send(b.handler, "GET", "/claimreview.json", nil, nil); broken.Code != 500 || broken.Header().Get("Etag") != "" {
		t.Errorf("while the checks cannot be read: %d %v", broken.Code, broken.Header())
	}
	b.lost = nil
	now := send(b.handler, "GET", "/claimreview.json", nil, nil)
	if body := plainly(t, now); now.Code != 200 || strings.Contains(body, damCheck.Check.ID) || !strings.Contains(body, schoolCheck.Check.ID) {
		t.Errorf("after a check was taken back: %d, %d bytes", now.Code, len(body))
	}
}

// plainly is the body of an answer as it was before it was compressed.
func plainly(t *testing.T, got *httptest.ResponseRecorder) string {
	t.Helper()
	if got.Header().Get("Content-Encoding") != "gzip" {
		return got.Body.String()
	}
	z, err := gzip.NewReader(got.Body)
	if err != nil {
		t.Error(err)
		return ""
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Error(err)
	}
	return string(b)
}

// heads are the links of a page's head, by what they are.
func heads(page string) map[string]string {
	out := map[string]string{}
	for _, m := range regexp.MustCompile(`<link rel="alternate" type="([^"]+)"[^>]*href="([^"]+)"`).FindAllStringSubmatch(page, -1) {
		out[html.UnescapeString(m[1])] = html.UnescapeString(m[2])
	}
	for _, m := range regexp.MustCompile(`<link rel="alternate" type="([^"]+)" href="([^"]+)"`).FindAllStringSubmatch(page, -1) {
		out[html.UnescapeString(m[1])] = html.UnescapeString(m[2])
	}
	return out
}

// TestHeadsLeadToFormats: what a page offers to programs is there, and is what
// it is said to be.
func TestHeadsLeadToFormats(t *testing.T) {
	b := openBook(t)
	for path, want := range map[string]int{"/": 3, "/checks": 3, "/topics/weather": 3, "/c/" + damCheck.Check.ID: 2, "/c/" + farCheck.Check.ID: 2} {
		for _, tag := range lang.Tags() {
			found := heads(send(b.handler, "GET", under(tag, path), nil, nil).Body.String())
			if len(found) != want {
				t.Errorf("%s offers %v", path, found)
			}
			for kind, address := range found {
				got := send(b.handler, "GET", strings.TrimPrefix(address, "https://sangto.example"), nil, nil)
				if got.Code != 200 || !strings.HasPrefix(got.Header().Get("Content-Type"), kind+";") {
					t.Errorf("%s: %s gives %d %s, not %s", path, address, got.Code, got.Header().Get("Content-Type"), kind)
				}
				if strings.HasPrefix(path, "/topics") && !strings.Contains(address, "/topics/weather/") || tag == "en" && !strings.Contains(address, "/en/") {
					t.Errorf("%s in %s leads to %s", path, tag, address)
				}
			}
		}
	}
}

func meta(page, property string) string {
	m := regexp.MustCompile(`<meta property="` + property + `" content="([^"]*)">`).FindStringSubmatch(page)
	if m == nil {
		return ""
	}
	return html.UnescapeString(m[1])
}

// TestPreviews: what a link preview is told of a corrected check.
func TestPreviews(t *testing.T) {
	page := send(openBook(t).handler, "GET", "/c/"+correctedCheck.Check.ID, nil, nil).Body.String()
	for property, want := range map[string]string{
		"og:type": "article", "og:title": correctedCheck.Version.Title, "og:locale": "vi_VN", "article:section": words(t, "vi").Topic("food"),
		"article:published_time": "2026-03-01T00:00:00Z", "article:modified_time": "2026-03-20T00:00:00Z",
		"og:url": "https://sangto.example/c/" + correctedCheck.Check.ID + "/rau-muong-kenh-ba-bo-thieu-boi-canh",
	} {
		if got := meta(page, property); got != want {
			t.Errorf("%s is %q, want %q", property, got, want)
		}
	}
}

// TestEmbedAsksNothing: a card holds no form, box or script, opens its links in
// a window of its own, and says what every form of a check says.
func TestEmbedAsksNothing(t *testing.T) {
	b := openBook(t)
	for _, e := range []catalog.Entry{damCheck, opinionCheck, farCheck, privateCheck, correctedCheck, withdrawnCheck} {
		for _, tag := range lang.Tags() {
			path := under(tag, "/c/"+e.Check.ID)
			page := send(b.handler, "GET", path+"/embed", nil, nil).Body.String()
			if m := regexp.MustCompile(`(?i)<(form|input|textarea|button|select|script|img|iframe)`).FindString(page); m != "" {
				t.Errorf("%s holds %s", path, m)
			}
			for _, link := range regexp.MustCompile(`<a [^>]*>`).FindAllString(page, -1) {
				if !strings.Contains(link, `href="https://sangto.example`+path+`"`) || !strings.Contains(link, `target="_blank" rel="noopener"`) {
					t.Errorf("%s links %s", path, link)
				}
			}
			text := html.UnescapeString(page)
			w := words(t, tag)
			if !strings.Contains(text, w.T("check.fixed_line")) || !strings.Contains(text, e.Desk.Name) || !strings.Contains(text, w.T("check.funders")) {
				t.Errorf("%s lacks what every check says", path)
			}
			if e.Check.ID == withdrawnCheck.Check.ID && (strings.Contains(text, e.Version.Summary) || strings.Contains(text, ">"+e.Version.Title+"<")) {
				t.Errorf("%s repeats what was withdrawn", path)
			}
			if len(page) > 8<<10 {
				t.Errorf("%s has %d bytes", path, len(page))
			}
		}
	}
}

// TestSitemaps follows the sitemaps that robots.txt names to every page they
// list: each is there, is the page's own address, and may be indexed.
func TestSitemaps(t *testing.T) {
	b := openBook(t)
	fetch := func(address string) string {
		t.Helper()
		got := send(b.handler, "GET", strings.TrimPrefix(address, "https://sangto.example"), nil, nil)
		if got.Code != 200 {
			t.Errorf("%s: %d", address, got.Code)
		}
		return got.Body.String()
	}
	robots := fetch("/robots.txt")
	locs := func(doc string) (out []string) {
		for _, m := range regexp.MustCompile(`<loc>([^<]+)</loc>`).FindAllStringSubmatch(doc, -1) {
			out = append(out, html.UnescapeString(m[1]))
		}
		return out
	}
	pages := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^Sitemap: (.+)$`).FindAllStringSubmatch(robots, -1) {
		for _, loc := range locs(fetch(m[1])) {
			if !strings.Contains(loc, "/sitemaps/") {
				pages[loc] = true
				continue
			}
			for _, page := range locs(fetch(loc)) {
				pages[page] = true
			}
		}
	}
	if len(pages) < 40 {
		t.Errorf("only %d pages", len(pages))
	}
	for page := range pages {
		body := fetch(page)
		canonical := regexp.MustCompile(`<link rel="canonical" href="([^"]+)">`).FindStringSubmatch(body)
		if canonical == nil || canonical[1] != page || strings.Contains(body, `content="noindex"`) {
			t.Errorf("%s is at home at %v", page, canonical)
		}
	}
	for _, path := range []string{"/sitemaps/2020-01", "/sitemaps/x", "/sitemaps/2026-13"} {
		if got := send(b.handler, "GET", path, nil, nil); got.Code != 404 {
			t.Errorf("%s: %d", path, got.Code)
		}
	}
	news := fetch("/sitemap-news.xml")
	if !strings.Contains(news, schoolCheck.Check.ID) || strings.Contains(news, damCheck.Check.ID) {
		t.Errorf("news: %s", news)
	}
}

// TestMonthsAreLinked: the list leads to every month in which something was
// published, and each of those has a page.
func TestMonthsAreLinked(t *testing.T) {
	b := openBook(t)
	page := send(b.handler, "GET", "/checks", nil, nil).Body.String()
	months := regexp.MustCompile(`href="(/checks/\d{4}-\d\d)"`).FindAllStringSubmatch(page, -1)
	if len(months) < 8 {
		t.Errorf("%d months", len(months))
	}
	for _, m := range months {
		if got := send(b.handler, "GET", m[1], nil, nil); got.Code != 200 {
			t.Errorf("%s: %d", m[1], got.Code)
		}
	}
	if got := send(b.handler, "GET", "/topics/health/1", nil, nil); got.Code != 301 || got.Header().Get("Location") != "/topics/health" {
		t.Errorf("page one: %d %s", got.Code, got.Header().Get("Location"))
	}
}

// TestCheckPagesAreLight: a page of a check without pictures fits in 35 KiB
// before compression, the style sheet that comes once aside.
func TestCheckPagesAreLight(t *testing.T) {
	b := openBook(t)
	for _, e := range b.entries {
		for _, tag := range lang.Tags() {
			if n := send(b.handler, "GET", under(tag, "/c/"+e.Check.ID), nil, nil).Body.Len(); n > 35<<10 {
				t.Errorf("%s in %s: %d bytes", e.Version.Title, tag, n)
			}
		}
	}
}
