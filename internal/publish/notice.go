package publish

import (
	"net/url"
	"strings"
	"time"

	"sangto/internal/desk"
	"sangto/internal/lang"
)

// NoticeAddress is the lasting address of a service notice in the words'
// language, and its identity in that language's feed.
func NoticeAddress(site *url.URL, words *lang.Words, n desk.Notice) string {
	path := "/n/" + n.ID
	if words.Tag() != lang.Vietnamese {
		path = "/" + words.Tag() + path
	}
	return site.Scheme + "://" + site.Host + strings.TrimSuffix(site.Path, "/") + path
}

// NoticeHeading says whose statement a notice is and that nobody here has checked
// it. Whatever shows a notice begins with it.
func NoticeHeading(words *lang.Words, n desk.Notice) lang.Linked {
	return words.L("notice.heading", "Source", Plain(n.Source))
}

// NoticeSpan says of when a notice speaks, in the desk's zone.
func NoticeSpan(words *lang.Words, zone *time.Location, n desk.Notice) string {
	if day := desk.DayOf(n.From, zone); day == desk.DayOf(n.Until, zone) {
		return words.T("notice.span_day", "From", n.From.In(zone).Format("15:04"), "Until", n.Until.In(zone).Format("15:04"), "Date", words.Date(day))
	}
	return words.T("notice.span", "From", Moment(words, zone, n.From), "Until", Moment(words, zone, n.Until))
}

// Moment writes a time of day with its date, in the desk's zone.
func Moment(words *lang.Words, zone *time.Location, t time.Time) string {
	return words.T("notice.moment", "Time", t.In(zone).Format("15:04"), "Date", words.Date(desk.DayOf(t, zone)))
}

// noticeData is what programs read of a notice in a JSON Feed.
type noticeData struct {
	Notice  bool      `json:"service_notice"`
	Checked bool      `json:"checked"`
	Heading string    `json:"heading"`
	Kind    string    `json:"kind"`
	Act     string    `json:"act"`
	Source  string    `json:"source"`
	URL     string    `json:"source_url,omitempty"`
	Contact string    `json:"contact"`
	From    time.Time `json:"valid_from"`
	Until   time.Time `json:"valid_until"`
	Version int       `json:"version"`
	Owner   []string  `json:"ownership"`
}

// NoticeEntry is a notice as an entry of the feed of notices, and of no other:
// its newest version, in the words' language where it has that.
func NoticeEntry(site *url.URL, words *lang.Words, zone *time.Location, n desk.Notice, by desk.Desk) FeedEntry {
	text, in := n.Text(words.Tag())
	address := NoticeAddress(site, words, n)
	owner, funders := Ownership(words, by)
	linked := NoticeHeading(words, n)
	heading := linked.Before + linked.Link + linked.After
	e := FeedEntry{
		ID: address, URL: address, Title: words.T("notice.entry", "What", Plain(text.What), "Source", Plain(n.Source)), Lang: in,
		Published: n.Issued, Updated: n.Published, Author: Plain(by.Name), AuthorURL: DeskAddress(site, by),
		Topic: string(n.Kind), TopicName: words.NoticeKind(n.Kind),
	}
	ours := words.Tag()
	if ours == in {
		ours = ""
	}
	say := func(label, text, tag string) {
		if text != "" {
			e.Lines = append(e.Lines, FeedLine{Label: label, Text: text, Lang: tag})
		}
	}
	say("", heading, ours)
	data := noticeData{
		Notice: true, Heading: heading, Kind: string(n.Kind), Act: string(n.Act), Source: Plain(n.Source), Contact: Plain(n.Contact),
		From: n.From, Until: n.Until, Version: n.Number, Owner: []string{owner, funders},
	}
	if desk.WebAddress(n.SourceURL) {
		data.URL = n.SourceURL
	}
	switch n.Act {
	case desk.CancelNotice:
		say("", words.T("notice.cancelled", "When", Moment(words, zone, n.Published)), ours)
	case desk.UpdateNotice:
		say("", words.T("notice.updated", "When", Moment(words, zone, n.Published)), ours)
	}
	note, noteIn := n.Note.For(words.Tag())
	if noteIn == in {
		noteIn = ""
	}
	say("", Plain(note), noteIn)
	say(words.T("notice.what")+":", Plain(text.What), "")
	say(words.T("notice.where")+":", Plain(text.Where), "")
	say(words.T("notice.when")+":", NoticeSpan(words, zone, n), ours)
	say(words.T("notice.todo")+":", Plain(text.ToDo), "")
	say(words.T("notice.contact")+":", data.Contact, "")
	say(words.T("publish.owner"), owner, "")
	say("", funders, "")
	e.Data = data
	return e
}
