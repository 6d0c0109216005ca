package publish

import (
	"encoding/json"
	"encoding/xml"
	"html/template"
	"strings"
	"time"
)

// Feed is a list of published things, newest first, as feed readers take it. It
// is written as Atom (RFC 4287), RSS 2.0 or JSON Feed 1.1 from the same values,
// so that the three never say different things. All wording in it is plain text.
type Feed struct {
	// ID is the feed's lasting identity: its own address in the Atom form.
	ID string
	// Self is the address of the form that is written; Home that of the page
	// which shows the same things.
	Self, Home     string
	Title, Summary string
	Lang           string
	// Author stands for the whole feed; entries name their own.
	Author  string
	Entries []FeedEntry
}

// FeedEntry is one published thing. When it is corrected it keeps ID and
// Published, and Updated moves on; readers then replace what they have.
type FeedEntry struct {
	// ID is the lasting address of what is described, URL where it is read.
	ID, URL            string
	Title, Lang        string
	Published, Updated time.Time
	// Author is who publishes it, AuthorURL where they say who they are.
	Author, AuthorURL string
	// Lines are what it says, a paragraph each, in the order they are read.
	Lines []FeedLine
	// Topic is a word for programs, TopicName for people; both may be empty.
	Topic, TopicName string
	// Image is the address of a picture of it, empty if there is none.
	Image string
	// Data is what programs read of it in a JSON Feed, under "_sangto".
	Data any
}

// FeedLine is a paragraph of an entry. Label, which may be empty, says what it
// is; Lang is its language where that is not the entry's.
type FeedLine struct{ Label, Text, Lang string }

// The media types of the three forms.
const (
	AtomType = "application/atom+xml; charset=utf-8"
	RSSType  = "application/rss+xml; charset=utf-8"
	JSONType = "application/feed+json; charset=utf-8"
)

// Updated is when the latest entry changed, the beginning of 1970 for a feed
// without any: the formats want a time that does not move by itself.
func (f Feed) Updated() time.Time {
	last := time.Unix(0, 0).UTC()
	for _, e := range f.Entries {
		if e.Updated.After(last) {
			last = e.Updated
		}
	}
	return last
}

// feedBody writes an entry's paragraphs as the small HTML that readers show.
var feedBody = template.Must(template.New("").Parse(
	`{{range .}}<p{{with .Lang}} lang="{{.}}"{{end}}>{{with .Label}}<strong>{{.}}</strong> {{end}}{{.Text}}</p>{{end}}`))

func (e FeedEntry) html() string {
	var b strings.Builder
	// A template of ours on strings, into memory: it cannot fail.
	if err := feedBody.Execute(&b, e.Lines); err != nil {
		panic(err)
	}
	return b.String()
}

func (e FeedEntry) text() string {
	lines := make([]string, 0, len(e.Lines))
	for _, l := range e.Lines {
		lines = append(lines, strings.TrimSpace(l.Label+" "+l.Text))
	}
	return strings.Join(lines, "\n\n")
}

type atomFeed struct {
	XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	Lang    string      `xml:"http://www.w3.org/XML/1998/namespace lang,attr,omitempty"`
	ID      string      `xml:"id"`
	Title   string      `xml:"title"`
	Summary string      `xml:"subtitle,omitempty"`
	Updated string      `xml:"updated"`
	Author  atomPerson  `xml:"author"`
	Links   []atomLink  `xml:"link"`
	Entries []atomEntry `xml:"entry"`
}

type atomPerson struct {
	Name string `xml:"name"`
	URI  string `xml:"uri,omitempty"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Type string `xml:"type,attr,omitempty"`
	Href string `xml:"href,attr"`
}

type atomEntry struct {
	Lang      string        `xml:"http://www.w3.org/XML/1998/namespace lang,attr,omitempty"`
	ID        string        `xml:"id"`
	Title     string        `xml:"title"`
	Published string        `xml:"published"`
	Updated   string        `xml:"updated"`
	Author    atomPerson    `xml:"author"`
	Links     []atomLink    `xml:"link"`
	Category  *atomCategory `xml:"category"`
	Content   atomContent   `xml:"content"`
}

type atomCategory struct {
	Term  string `xml:"term,attr"`
	Label string `xml:"label,attr,omitempty"`
}

type atomContent struct {
	Type string `xml:"type,attr"`
	Text string `xml:",chardata"`
}

// Atom writes the feed as Atom.
func (f Feed) Atom() []byte {
	out := atomFeed{
		Lang: f.Lang, ID: f.ID, Title: f.Title, Summary: f.Summary, Updated: stampOf(f.Updated()), Author: atomPerson{Name: f.Author},
		Links: []atomLink{{Rel: "self", Type: "application/atom+xml", Href: f.Self}, {Rel: "alternate", Type: "text/html", Href: f.Home}},
	}
	for _, e := range f.Entries {
		one := atomEntry{
			Lang: e.Lang, ID: e.ID, Title: e.Title, Published: stampOf(e.Published), Updated: stampOf(e.Updated),
			Author: atomPerson{Name: e.Author, URI: e.AuthorURL}, Content: atomContent{Type: "html", Text: e.html()},
			Links: []atomLink{{Rel: "alternate", Type: "text/html", Href: e.URL}},
		}
		if e.Topic != "" {
			one.Category = &atomCategory{Term: e.Topic, Label: e.TopicName}
		}
		out.Entries = append(out.Entries, one)
	}
	return encodeXML(out)
}

func stampOf(t time.Time) string { return t.Format(time.RFC3339) }

// encodeXML writes one of this package's structs of strings, which cannot fail:
// the encoder replaces what XML does not allow.
func encodeXML(v any) []byte {
	b, err := xml.MarshalIndent(v, "", " ")
	if err != nil {
		panic(err)
	}
	return append([]byte(xml.Header), append(b, '\n')...)
}

type rssFeed struct {
	XMLName xml.Name   `xml:"rss"`
	Version string     `xml:"version,attr"`
	Atom    string     `xml:"xmlns:atom,attr"`
	DC      string     `xml:"xmlns:dc,attr"`
	Channel rssChannel `xml:"channel"`
}

type rssChannel struct {
	Title   string    `xml:"title"`
	Link    string    `xml:"link"`
	Self    atomLink  `xml:"atom:link"`
	Summary string    `xml:"description"`
	Lang    string    `xml:"language,omitempty"`
	Built   string    `xml:"lastBuildDate"`
	Items   []rssItem `xml:"item"`
}

type rssItem struct {
	Title     string  `xml:"title"`
	Link      string  `xml:"link"`
	GUID      rssGUID `xml:"guid"`
	Published string  `xml:"pubDate"`
	Updated   string  `xml:"atom:updated"`
	Creator   string  `xml:"dc:creator"`
	Lang      string  `xml:"dc:language,omitempty"`
	Category  string  `xml:"category,omitempty"`
	Body      string  `xml:"description"`
}

type rssGUID struct {
	Permanent bool   `xml:"isPermaLink,attr"`
	ID        string `xml:",chardata"`
}

// RSS writes the feed as RSS 2.0. That format knows no change of an item; it is
// said in the words of Atom and Dublin Core, which readers of RSS commonly know.
func (f Feed) RSS() []byte {
	out := rssFeed{
		Version: "2.0", Atom: "http://www.w3.org/2005/Atom", DC: "http://purl.org/dc/elements/1.1/",
		Channel: rssChannel{
			Title: f.Title, Link: f.Home, Self: atomLink{Rel: "self", Type: "application/rss+xml", Href: f.Self},
			Summary: f.Summary, Lang: f.Lang, Built: f.Updated().Format(time.RFC1123Z),
		},
	}
	for _, e := range f.Entries {
		out.Channel.Items = append(out.Channel.Items, rssItem{
			Title: e.Title, Link: e.URL, GUID: rssGUID{Permanent: true, ID: e.ID}, Published: e.Published.Format(time.RFC1123Z),
			Updated: stampOf(e.Updated), Creator: e.Author, Lang: e.Lang, Category: e.TopicName, Body: e.html(),
		})
	}
	return encodeXML(out)
}

type jsonFeed struct {
	Version string       `json:"version"`
	Title   string       `json:"title"`
	Home    string       `json:"home_page_url"`
	Self    string       `json:"feed_url"`
	Summary string       `json:"description,omitempty"`
	Lang    string       `json:"language,omitempty"`
	Authors []jsonAuthor `json:"authors"`
	Items   []jsonItem   `json:"items"`
}

type jsonAuthor struct {
	Name string `json:"name"`
	URL  string `json:"url,omitempty"`
}

type jsonItem struct {
	ID        string       `json:"id"`
	URL       string       `json:"url"`
	Title     string       `json:"title"`
	HTML      string       `json:"content_html"`
	Text      string       `json:"content_text"`
	Image     string       `json:"image,omitempty"`
	Published string       `json:"date_published"`
	Updated   string       `json:"date_modified"`
	Authors   []jsonAuthor `json:"authors"`
	Tags      []string     `json:"tags,omitempty"`
	Lang      string       `json:"language,omitempty"`
	Data      any          `json:"_sangto,omitempty"`
}

// JSON writes the feed as JSON Feed 1.1.
func (f Feed) JSON() []byte {
	out := jsonFeed{
		Version: "https://jsonfeed.org/version/1.1", Title: f.Title, Home: f.Home, Self: f.Self, Summary: f.Summary, Lang: f.Lang,
		Authors: []jsonAuthor{{Name: f.Author}}, Items: []jsonItem{},
	}
	for _, e := range f.Entries {
		one := jsonItem{
			ID: e.ID, URL: e.URL, Title: e.Title, HTML: e.html(), Text: e.text(), Image: e.Image, Published: stampOf(e.Published),
			Updated: stampOf(e.Updated), Authors: []jsonAuthor{{Name: e.Author, URL: e.AuthorURL}}, Lang: e.Lang, Data: e.Data,
		}
		if e.TopicName != "" {
			one.Tags = []string{e.TopicName}
		}
		out.Items = append(out.Items, one)
	}
	b, err := json.MarshalIndent(out, "", " ")
	if err != nil {
		// Data is a struct of this program; a feed of one that cannot be written is
		// a mistake that every test would show.
		panic(err)
	}
	return append(b, '\n')
}
