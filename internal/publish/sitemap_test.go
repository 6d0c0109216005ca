package publish_test

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"

	"sangto/internal/lang"
	"sangto/internal/publish"
)

// siteMap is a sitemap as those who read it see it: by name and space.
type siteMap struct {
	XMLName xml.Name
	URLs    []struct {
		Loc   string `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 loc"`
		Mod   string `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 lastmod"`
		Other []struct {
			Rel  string `xml:"rel,attr"`
			Lang string `xml:"hreflang,attr"`
			Href string `xml:"href,attr"`
		} `xml:"http://www.w3.org/1999/xhtml link"`
		News *struct {
			Publication struct {
				Name string `xml:"http://www.google.com/schemas/sitemap-news/0.9 name"`
				Lang string `xml:"http://www.google.com/schemas/sitemap-news/0.9 language"`
			} `xml:"http://www.google.com/schemas/sitemap-news/0.9 publication"`
			Date  string `xml:"http://www.google.com/schemas/sitemap-news/0.9 publication_date"`
			Title string `xml:"http://www.google.com/schemas/sitemap-news/0.9 title"`
		} `xml:"http://www.google.com/schemas/sitemap-news/0.9 news"`
	} `xml:"url"`
	Maps []struct {
		Loc string `xml:"loc"`
		Mod string `xml:"lastmod"`
	} `xml:"sitemap"`
}

func readMap(t *testing.T, doc []byte) siteMap {
	t.Helper()
	var m siteMap
	if err := xml.Unmarshal(doc, &m); err != nil {
		t.Fatal(err)
	}
	if m.XMLName.Space != "http://www.sitemaps.org/schemas/sitemap/0.9" {
		t.Errorf("space %q", m.XMLName.Space)
	}
	return m
}

func TestSitemap(t *testing.T) {
	page := publish.SitemapPage{Address: "https://sangto.example/c/1/x?a=1&b=2", Modified: on(t, "2026-11-20"), Others: []publish.SitemapOther{
		{Lang: "vi", Address: "https://sangto.example/c/1/x"}, {Lang: "en", Address: "https://sangto.example/en/c/1/x"},
	}}
	doc := publish.Sitemap([]publish.SitemapPage{page, {Address: "https://sangto.example/"}})
	golden(t, "sitemap.xml", doc)
	m := readMap(t, doc)
	if m.XMLName.Local != "urlset" || len(m.URLs) != 2 || m.URLs[0].Loc != page.Address || m.URLs[0].Mod != "2026-11-20" || m.URLs[1].Mod != "" || len(m.URLs[0].Other) != 2 || m.URLs[0].Other[1].Lang != "en" {
		t.Errorf("%+v", m)
	}
	doc = publish.SitemapIndex([]publish.SitemapPage{{Address: "https://sangto.example/sitemaps/2026-11", Modified: on(t, "2026-11-20")}})
	golden(t, "sitemap-index.xml", doc)
	if m = readMap(t, doc); m.XMLName.Local != "sitemapindex" || len(m.Maps) != 1 || m.Maps[0].Mod != "2026-11-20" {
		t.Errorf("%+v", m)
	}
	if m = readMap(t, publish.Sitemap(make([]publish.SitemapPage, publish.SitemapMax+1))); len(m.URLs) != publish.SitemapMax {
		t.Errorf("%d pages", len(m.URLs))
	}
}

// TestNewsSitemap: standing checks of today and yesterday by the day they came
// out, and nothing older however lately it was corrected.
func TestNewsSitemap(t *testing.T) {
	all := states(t)
	today := on(t, "2026-11-19")
	var items []publish.NewsItem
	for i, name := range slices.Sorted(maps.Keys(all)) {
		items = append(items, publish.NewsItem{Piece: all[name], Address: fmt.Sprintf("https://sangto.example/c/%d/x", i)})
	}
	doc := publish.NewsSitemap("Sáng Tỏ", zone(), today, items)
	golden(t, "sitemap-news.xml", doc)
	m := readMap(t, doc)
	if want := len(items) - len(silent); len(m.URLs) != want {
		t.Errorf("%d checks, want %d", len(m.URLs), want)
	}
	for _, u := range m.URLs {
		if u.News == nil || u.News.Publication.Name != "Sáng Tỏ" || len(u.News.Publication.Lang) != 2 || u.News.Title == "" || u.News.Date != "2026-11-18T00:00:00+07:00" {
			t.Errorf("%+v", u)
		}
	}
	for day, want := range map[string]bool{"2026-11-17": false, "2026-11-18": true, "2026-11-19": true, "2026-11-20": false} {
		m := readMap(t, publish.NewsSitemap("x", zone(), on(t, day), items[:1]))
		if (len(m.URLs) == 1) != want {
			t.Errorf("on %s: %d checks", day, len(m.URLs))
		}
	}
	many := slices.Repeat(items[:1], publish.NewsSitemapMax+5)
	if m := readMap(t, publish.NewsSitemap("x", zone(), today, many)); len(m.URLs) != publish.NewsSitemapMax {
		t.Errorf("%d checks", len(m.URLs))
	}
	foreign := items[0]
	foreign.Check.SourceURL = "https://elsewhere.example/1"
	if m := readMap(t, publish.NewsSitemap("x", zone(), today, []publish.NewsItem{foreign})); len(m.URLs) != 0 {
		t.Error("another desk's check is our news")
	}
}

// TestOEmbed holds the description of a card to oEmbed 1.0, and its frame to
// what we say of it.
func TestOEmbed(t *testing.T) {
	picture := publish.Picture{Address: "https://sangto.example/c/x/card.png", Width: 1200, Height: 630}
	for name, p := range states(t) {
		for _, tag := range lang.Tags() {
			words := speak(t, tag)
			doc := publish.OEmbed(siteURL, words, "Sáng Tỏ", p, picture)
			if name == "not-true" {
				golden(t, "oembed-"+tag+".json", doc)
			}
			var got map[string]any
			if err := json.Unmarshal(doc, &got); err != nil {
				t.Fatal(err)
			}
			for _, must := range []string{"title", "author_name", "author_url", "provider_name", "provider_url", "html", "width", "height", "thumbnail_url", "thumbnail_width", "thumbnail_height", "notice", "ownership_funding", "verdict_text"} {
				if got[must] == nil || got[must] == "" {
					t.Errorf("%s: no %s", name, must)
				}
			}
			if got["type"] != "rich" || got["version"] != "1.0" || got["notice"] != words.T("check.fixed_line") || got["verdict_text"] != publish.Label(words, p) {
				t.Errorf("%s: %s", name, doc)
			}
			frame, _ := got["html"].(string)
			src := publish.EmbedAddress(siteURL, words, p.Check)
			if !strings.HasPrefix(frame, `<iframe src="`+src+`" `) || strings.Count(frame, "<") != 2 || strings.Contains(frame, "allow-scripts") || strings.Contains(frame, "allow-forms") || !strings.Contains(frame, `referrerpolicy="no-referrer"`) {
				t.Errorf("%s: %s", name, frame)
			}
			if u, err := url.Parse(src); err != nil || !strings.HasSuffix(u.Path, "/embed") || strings.HasPrefix(u.Path, "/en/") != (tag == "en") {
				t.Errorf("framed at %s", src)
			}
		}
	}
	bare := string(publish.OEmbed(siteURL, speak(t, "vi"), "x", piece(t), publish.Picture{}))
	if strings.Contains(bare, "thumbnail") {
		t.Errorf("a thumbnail in parts: %s", bare)
	}
	hostile := piece(t)
	hostile.Version.Title = `"><script>alert(1)</script>`
	if doc := string(publish.OEmbed(siteURL, speak(t, "vi"), `"><b>`, hostile, picture)); strings.Contains(doc, "<") {
		t.Errorf("markup: %s", doc)
	}
}
