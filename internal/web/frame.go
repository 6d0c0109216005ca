package web

import (
	"net/url"
	"strings"

	"sangto/internal/catalog"
	"sangto/internal/lang"
	"sangto/internal/publish"
)

// frame is what every page has: its words, its title, the way to the other
// language and the links around it.
type frame struct {
	*lang.Words
	Title       string
	Description string
	NoIndex     bool
	// PageClass is the class of the whole page, for those that are not like the rest.
	PageClass string
	SiteName  string
	SiteLang  string
	Notice    string
	// Overdue says that a desk here has not gone over its pages for a year.
	Overdue    []link
	Canonical  string
	Alternates []alternate
	Graph      *graph
	// Feeds are what a feed reader finds by itself.
	Feeds  []feedLink
	Switch *langSwitch
	path   string
	static func(name string) string
}

// alternate is the address of the page in one language.
type alternate struct{ Tag, Href string }

// graph is what a link preview shows of a check.
type graph struct {
	Type, Title, Description, URL, Site, Locale string
	Published, Modified, Section                string
	Image                                       *graphImage
}

type graphImage struct {
	publish.Picture
	Alt string
}

// feedLink is a feed in one form.
type feedLink struct{ Label, Type, Title, Href string }

// langSwitch leads to the other language: a link, or, where the page answers a
// form, a form that sends the same fields there.
type langSwitch struct {
	Tag, Label, Href string
	Fields           []field
}

type field struct{ Name, Value string }

// menuItem is a link of the header or the footer.
type menuItem struct {
	Label, Href string
	Here        bool
}

// link is a sentence of the catalogue with the address of its link.
type link struct {
	lang.Linked
	Href string
}

// href puts a path of the site under its language.
func href(tag, path string) string {
	if tag == lang.Vietnamese {
		return path
	}
	return "/" + tag + path
}

// otherTag is the language that the switch leads to.
func otherTag(tag string) string {
	if tag == lang.Vietnamese {
		return lang.English
	}
	return lang.Vietnamese
}

// Link returns the address of a path of the site in the page's language.
func (f *frame) Link(path string) string { return href(f.Tag(), path) }

// Static returns the address of a static file.
func (f *frame) Static(name string) string { return f.static(name) }

// A returns a sentence with its link, for the "linked" template.
func (f *frame) A(key, path string) link { return link{Linked: f.L(key), Href: f.Link(path)} }

// DocTitle is the page's title with the site's name.
func (f *frame) DocTitle() string {
	return f.T("site.page_title", "Page", f.Title, "Site", f.SiteName)
}

// Menu returns the links of the header.
func (f *frame) Menu() []menuItem {
	return []menuItem{
		f.item("site.nav.home", "/"),
		f.item("site.nav.checks", "/checks"),
		f.item("site.nav.desks", "/desks"),
		f.item("site.nav.track", "/track"),
		f.item("site.nav.about", "/about"),
	}
}

// FootMenu returns the links of the footer: those of the header, which small
// screens do not show, and the rest.
func (f *frame) FootMenu() []menuItem {
	return append(
		f.Menu(),
		f.item("notice.title", "/notices"),
		f.item("site.nav.figures", "/figures"),
		f.item("site.nav.privacy", "/privacy"),
		f.item("site.nav.accessibility", "/accessibility"),
		f.item("site.nav.offline", "/data/"),
		f.item("site.nav.programs", "/api"),
	)
}

func (f *frame) item(key, path string) menuItem {
	return menuItem{Label: f.T(key), Href: f.Link(path), Here: path == f.path}
}

// newFrame starts a page. path is the page's own path without its language.
func (s *Site) newFrame(words *lang.Words, site catalog.Site, path string) frame {
	f := frame{
		Words: words, SiteName: publish.Plain(site.Name), Notice: publish.Plain(site.Notice[words.Tag()]),
		path: path, static: s.static,
	}
	if f.SiteName == "" {
		f.SiteName, f.SiteLang = words.T("site.name"), lang.Vietnamese
	}
	f.Overdue = overdue(words, site)
	return f
}

// switchLink offers the page's own path in the other language, and tells
// search engines of both.
func (s *Site) switchLink(f *frame) {
	other := otherTag(f.Tag())
	f.Switch = &langSwitch{Tag: other, Label: f.T("site.switch"), Href: href(other, f.path)}
	if s.public == nil || f.NoIndex {
		return
	}
	for _, tag := range lang.Tags() {
		f.Alternates = append(f.Alternates, alternate{Tag: tag, Href: s.absolute(href(tag, f.path))})
	}
}

// switchForm offers to answer the same form in the other language.
func (f *frame) switchForm(path string, fields ...field) {
	other := otherTag(f.Tag())
	f.Switch = &langSwitch{Tag: other, Label: f.T("site.switch"), Href: href(other, path), Fields: fields}
}

// absolute returns the public address of a path that may hold a query, or ""
// where the public address is not known.
func (s *Site) absolute(path string) string {
	if s.public == nil {
		return ""
	}
	base := url.URL{Scheme: s.public.Scheme, Host: s.public.Host}
	return base.String() + strings.TrimSuffix(s.public.Path, "/") + path
}
