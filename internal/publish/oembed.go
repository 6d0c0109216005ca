package publish

import (
	"fmt"
	"html/template"
	"net/url"

	"sangto/internal/desk"
	"sangto/internal/lang"
)

// The size in CSS pixels that a card on another site asks for. It scrolls where
// its words need more.
const (
	embedWidth  = 600
	embedHeight = 520
)

// Picture is a picture of a check for previews, whole or not at all.
type Picture struct {
	Address       string
	Width, Height int
}

// oembed is an answer of type rich (oEmbed 1.0, section 2.3.4.4), with what we
// say of every check.
type oembed struct {
	Type         string   `json:"type"`
	Version      string   `json:"version"`
	Title        string   `json:"title"`
	AuthorName   string   `json:"author_name"`
	AuthorURL    string   `json:"author_url"`
	ProviderName string   `json:"provider_name"`
	ProviderURL  string   `json:"provider_url"`
	CacheAge     int      `json:"cache_age"`
	HTML         string   `json:"html"`
	Width        int      `json:"width"`
	Height       int      `json:"height"`
	ThumbURL     string   `json:"thumbnail_url,omitempty"`
	ThumbWidth   int      `json:"thumbnail_width,omitempty"`
	ThumbHeight  int      `json:"thumbnail_height,omitempty"`
	Verdict      string   `json:"verdict_text"`
	Ownership    []string `json:"ownership_funding"`
	Notice       string   `json:"notice"`
}

// OEmbedType is the media type of an oEmbed answer.
const OEmbedType = "application/json+oembed; charset=utf-8"

// oembedAge is for how many seconds others may keep an answer: it holds the
// verdict, and a correction should reach them within the hour.
const oembedAge = 3600

// EmbedAddress is where the card of a check for other sites is, in the words'
// language.
func EmbedAddress(site *url.URL, words *lang.Words, c desk.Check) string {
	if words.Tag() == lang.English {
		site = site.JoinPath(lang.English)
	}
	return site.JoinPath("c", c.ID, "embed").String()
}

// OEmbed describes the card of a check that other sites can show. The frame is
// told to send no referrer, to load when it is seen and to do nothing but open
// links.
func OEmbed(site *url.URL, words *lang.Words, provider string, p Piece, preview Picture) []byte {
	owner, funders := Ownership(words, p.Desk)
	heading := Headline(words, p)
	frame := fmt.Sprintf(`<iframe src="%s" title="%s" width="%d" height="%d" loading="lazy" referrerpolicy="no-referrer"`+
		` sandbox="allow-popups allow-popups-to-escape-sandbox" frameborder="0"></iframe>`,
		template.HTMLEscapeString(EmbedAddress(site, words, p.Check)), template.HTMLEscapeString(heading), embedWidth, embedHeight)
	return append(encode(oembed{
		Type: "rich", Version: "1.0", Title: heading, AuthorName: Plain(p.Desk.Name), AuthorURL: DeskAddress(site, p.Desk),
		ProviderName: Plain(provider), ProviderURL: site.String(), CacheAge: oembedAge, HTML: frame, Width: embedWidth, Height: embedHeight,
		ThumbURL: preview.Address, ThumbWidth: preview.Width, ThumbHeight: preview.Height,
		Verdict: Label(words, p), Ownership: []string{owner, funders}, Notice: words.T("check.fixed_line"),
	}), '\n')
}
