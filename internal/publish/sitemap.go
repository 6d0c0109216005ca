package publish

import (
	"encoding/xml"
	"time"

	"sangto/internal/desk"
)

// The limits of sitemaps.org and of the sitemaps of news.
const (
	SitemapMax     = 50_000
	NewsSitemapMax = 1000
	// NewsDays is how many days back, today included, news goes.
	NewsDays = 2
)

// SitemapType is the media type of every sitemap.
const SitemapType = "application/xml; charset=utf-8"

const (
	sitemapSpace = "http://www.sitemaps.org/schemas/sitemap/0.9"
	newsSpace    = "http://www.google.com/schemas/sitemap-news/0.9"
	xhtmlSpace   = "http://www.w3.org/1999/xhtml"
)

// SitemapPage is an address with the day it last changed, zero if that says
// nothing, and the same page in each language by its tag.
type SitemapPage struct {
	Address  string
	Modified desk.Day
	Others   []SitemapOther
}

// SitemapOther is a page in one language.
type SitemapOther struct{ Lang, Address string }

type sitemap struct {
	XMLName xml.Name
	XHTML   string       `xml:"xmlns:xhtml,attr,omitempty"`
	News    string       `xml:"xmlns:news,attr,omitempty"`
	Maps    []sitemapURL `xml:"sitemap"`
	URLs    []sitemapURL `xml:"url"`
}

type sitemapURL struct {
	Address  string       `xml:"loc"`
	Modified string       `xml:"lastmod,omitempty"`
	Others   []xhtmlLink  `xml:"xhtml:link"`
	News     *sitemapNews `xml:"news:news"`
}

type xhtmlLink struct {
	Rel  string `xml:"rel,attr"`
	Lang string `xml:"hreflang,attr"`
	Href string `xml:"href,attr"`
}

type sitemapNews struct {
	Name      string `xml:"news:publication>news:name"`
	Lang      string `xml:"news:publication>news:language"`
	Published string `xml:"news:publication_date"`
	Title     string `xml:"news:title"`
}

// Sitemap lists pages, at most SitemapMax of them (sitemaps.org 0.9).
func Sitemap(pages []SitemapPage) []byte {
	out := sitemap{XMLName: xml.Name{Space: sitemapSpace, Local: "urlset"}, XHTML: xhtmlSpace}
	out.URLs = sitemapURLs(pages[:min(len(pages), SitemapMax)])
	return encodeXML(out)
}

// SitemapIndex lists sitemaps.
func SitemapIndex(maps []SitemapPage) []byte {
	return encodeXML(sitemap{XMLName: xml.Name{Space: sitemapSpace, Local: "sitemapindex"}, Maps: sitemapURLs(maps)})
}

func sitemapURLs(pages []SitemapPage) []sitemapURL {
	out := make([]sitemapURL, 0, len(pages))
	for _, p := range pages {
		one := sitemapURL{Address: p.Address, Modified: p.Modified.String()}
		for _, o := range p.Others {
			one.Others = append(one.Others, xhtmlLink{Rel: "alternate", Lang: o.Lang, Href: o.Address})
		}
		out = append(out, one)
	}
	return out
}

// NewsItem is a check at the address of its page.
type NewsItem struct {
	Piece
	Address string
}

// NewsSitemap lists the standing checks of ours among these that came out within
// NewsDays up to today, at most NewsSitemapMax, under the publication's name.
// Older ones are left to the plain sitemap, as the rules for news ask.
func NewsSitemap(name string, zone *time.Location, today desk.Day, items []NewsItem) []byte {
	out := sitemap{XMLName: xml.Name{Space: sitemapSpace, Local: "urlset"}, News: newsSpace}
	for _, i := range items {
		lang := language(i.Check)
		fresh := i.first() > today-NewsDays && i.first() <= today
		if !fresh || lang == "und" || i.Check.Imported() || !i.Stands() || len(out.URLs) == NewsSitemapMax {
			continue
		}
		out.URLs = append(out.URLs, sitemapURL{Address: i.Address, News: &sitemapNews{
			Name: Plain(name), Lang: lang, Published: stampOf(dayTime(i.first(), zone)), Title: title(i.Version),
		}})
	}
	return encodeXML(out)
}
