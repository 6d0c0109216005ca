package web_test

import (
	"encoding/json"
	"errors"
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"

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
