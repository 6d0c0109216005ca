package web

import (
	"slices"
	"strings"
	"time"

	"sangto/internal/catalog"
	"sangto/internal/desk"
	"sangto/internal/lang"
	"sangto/internal/publish"
)

// The parts of the sitemap: the pages that are always there, and a part for
// each month in which a check of ours was last published.
const (
	sitemapDir   = "/sitemaps/"
	sitemapPages = "pages"
)

// sitemaps is the index of the sitemap's parts.
func (s *Site) sitemaps(v *visit) error {
	if s.public == nil {
		return notFound("write sitemap")
	}
	days, err := s.catalog.Days(v.r.Context(), catalog.Filter{LocalOnly: true})
	if err != nil {
		return err
	}
	out := []publish.SitemapPage{{Address: s.absolute(sitemapDir + sitemapPages)}}
	var last desk.Day
	for _, d := range days {
		if first := monthOf(d.Day); d.Day != 0 && first != last {
			last = first
			out = append(out, publish.SitemapPage{Address: s.absolute(sitemapDir + first.Time().Format(monthForm)), Modified: d.Day})
		}
	}
	return sendFile(v, publish.SitemapType, publish.SitemapIndex(out))
}

// sitemap is one part.
func (s *Site) sitemap(v *visit) error {
	part := v.r.PathValue("part")
	t, err := time.Parse(monthForm, part)
	switch {
	case s.public == nil:
		return notFound("write sitemap")
	case part == sitemapPages:
		return sendFile(v, publish.SitemapType, publish.Sitemap(s.lastingPages()))
	case err != nil || t.Year() < 1970 || t.Year() > 2999:
		return notFound("write sitemap")
	}
	f := newMonthShelf(desk.DayOf(t, time.UTC)).filter
	f.LocalOnly = true
	found, err := s.catalog.Newest(v.r.Context(), f, publish.SitemapMax)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return notFound("write sitemap")
	}
	var out []publish.SitemapPage
	for _, e := range found {
		if p := pieceOf(e); !p.Wordless() {
			out = append(out, s.inEachLanguage(checkPath(e.Check.ID, title(e.Version)), e.Check.Lang, e.Version.Published))
		}
	}
	return sendFile(v, publish.SitemapType, publish.Sitemap(out))
}

// lastingPages are the pages that do not depend on what was published.
func (s *Site) lastingPages() []publish.SitemapPage {
	paths := []string{"/", "/checks", "/desks", "/figures", "/about", "/privacy", "/accessibility"}
	for _, topic := range desk.Topics() {
		paths = append(paths, newTopicShelf(topic).base)
	}
	var out []publish.SitemapPage
	for _, path := range paths {
		for _, tag := range lang.Tags() {
			out = append(out, s.inEachLanguage(path, tag, 0))
		}
	}
	return out
}

// inEachLanguage is a page at its address in one language, with those in all.
func (s *Site) inEachLanguage(path, tag string, modified desk.Day) publish.SitemapPage {
	if !slices.Contains(lang.Tags(), tag) {
		tag = lang.Vietnamese
	}
	out := publish.SitemapPage{Address: s.absolute(href(tag, path)), Modified: modified}
	for _, other := range lang.Tags() {
		out.Others = append(out.Others, publish.SitemapOther{Lang: other, Address: s.absolute(href(other, path))})
	}
	return out
}

// newsSitemap lists the checks of the last two days.
func (s *Site) newsSitemap(v *visit) error {
	if s.public == nil {
		return notFound("write sitemap of news")
	}
	site := s.site(v.r.Context())
	zone := zoneOf(site)
	today := desk.DayOf(s.clock(), zone)
	found, err := s.catalog.Newest(v.r.Context(), catalog.Filter{LocalOnly: true, Since: today - publish.NewsDays}, publish.NewsSitemapMax)
	if err != nil {
		return err
	}
	items := make([]publish.NewsItem, 0, len(found))
	for _, e := range found {
		items = append(items, publish.NewsItem{Piece: pieceOf(e), Address: s.inEachLanguage(checkPath(e.Check.ID, title(e.Version)), e.Check.Lang, 0).Address})
	}
	name := s.newFeed(v.words, site, "/", "").Author
	return sendFile(v, publish.SitemapType, publish.NewsSitemap(name, zone, today, items))
}

// robots keeps crawlers off the pages that take a person's words and leads them
// to the sitemaps. User-agent is a field of that file (RFC 9309, 2.2.1); no
// request's User-Agent is read.
func (s *Site) robots(v *visit) error {
	var b strings.Builder
	b.WriteString("User-agent: *\n")
	for _, tag := range lang.Tags() {
		for _, path := range []string{"/lookup", "/ask", "/track"} {
			b.WriteString("Disallow: " + href(tag, path) + "\n")
		}
	}
	if s.public != nil {
		b.WriteString("\nSitemap: " + s.absolute("/sitemap.xml") + "\nSitemap: " + s.absolute("/sitemap-news.xml") + "\n")
	}
	return sendFile(v, "text/plain; charset=utf-8", []byte(b.String()))
}
