package publish

import (
	"net/url"
	"slices"
	"time"

	"sangto/internal/desk"
	"sangto/internal/lang"
)

// checkData is what a JSON Feed tells programs of a check, beside what people
// read.
type checkData struct {
	Verdict   desk.Verdict `json:"verdict,omitempty"`
	Kind      string       `json:"not_rated_kind,omitempty"`
	Label     string       `json:"verdict_text"`
	Claim     string       `json:"claim,omitempty"`
	State     string       `json:"state"`
	Version   int          `json:"version"`
	Desk      string       `json:"desk"`
	Ownership []string     `json:"ownership_funding"`
	Notice    string       `json:"notice"`
}

// CheckEntry is a check as an entry of a feed whose words are words: verdict,
// claim and reason, what was corrected or withdrawn and why, who stands behind
// it, and the line that goes with every check. zone is the desk's.
func CheckEntry(site *url.URL, words *lang.Words, zone *time.Location, p Piece) FeedEntry {
	v, address := p.Version, Address(site, p.Check)
	owner, funders := Ownership(words, p.Desk)
	e := FeedEntry{
		ID: address, URL: address, Title: Headline(words, p), Lang: language(p.Check),
		Published: dayTime(p.first(), zone), Updated: versionTime(p, zone),
		Author: Plain(p.Desk.Name), AuthorURL: DeskAddress(site, p.Desk),
	}
	if slices.Contains(desk.Topics(), v.Topic) {
		e.Topic, e.TopicName = v.Topic, words.Topic(v.Topic)
	}
	ours := words.Tag()
	if ours == e.Lang {
		ours = ""
	}
	say := func(label, text string, tag string) {
		if text != "" {
			e.Lines = append(e.Lines, FeedLine{Label: label, Text: text, Lang: tag})
		}
	}
	say("", ChangeLine(words, v), ours)
	if v.Act != desk.Publish {
		say("", Plain(v.Note), "")
	}
	data := checkData{
		Label: Label(words, p), State: string(state(v)), Version: v.Number, Desk: e.AuthorURL,
		Ownership: []string{owner, funders}, Notice: words.T("check.fixed_line"),
	}
	say(words.T("publish.verdict"), data.Label, ours)
	if !p.Wordless() {
		say(words.T("publish.claim"), Plain(v.Claim), "")
		data.Claim = Plain(v.Claim)
	}
	if p.Stands() {
		say("", Plain(v.Summary), "")
		data.Verdict, data.Kind = v.Verdict, string(v.NotRatedKind)
	}
	say(words.T("publish.desk"), e.Author, "")
	if owner == words.T("check.owner_undeclared") {
		say("", owner, ours)
	} else {
		say(words.T("publish.owner"), owner, "")
	}
	say("", funders, "")
	say("", data.Notice, ours)
	e.Data = data
	return e
}

// state is the state of a check as programs know it, which an order that has
// lapsed leaves.
func state(v desk.Version) desk.ObjectState {
	switch {
	case v.IsHidden():
		return desk.CheckWithheld
	case v.Withdrawn():
		return desk.CheckWithdrawn
	}
	return desk.CheckStanding
}

// Headline is a check's title where it stands alone, which then says by itself
// when the desk no longer stands by it.
func Headline(words *lang.Words, p Piece) string {
	switch {
	case p.Wordless():
		return words.T("check.wordless_title")
	case p.Version.Withdrawn():
		return words.T("publish.withdrawn_title", "Title", title(p.Version))
	}
	return title(p.Version)
}

func title(v desk.Version) string {
	if t := Plain(v.Title); t != "" {
		return t
	}
	return Plain(v.Claim)
}

// ChangeLine says what a later version did and when, nothing for a first one.
func ChangeLine(words *lang.Words, v desk.Version) string {
	date := words.Date(v.Published)
	switch v.Act {
	case desk.Correct:
		return words.T("check.correction", "Date", date)
	case desk.Withdraw:
		return words.T("publish.withdrawn", "Date", date)
	case desk.ErasePersonal:
		return words.T("check.erasing", "Date", date)
	case desk.WithholdOrder:
		o, key := v.Order, "check.withheld"
		if !v.IsHidden() || v.Lost {
			key = "check.withheld_over"
		}
		return words.T(key, "Body", Plain(o.Body), "Date", words.Date(o.Date), "Law", Plain(o.Law),
			"Since", date, "Until", words.Date(o.Lapses), "Digest", Plain(o.Digest))
	case desk.Restore:
		return words.T("check.restored", "Date", date)
	}
	return ""
}

// DayTime writes the beginning of a day in a zone as RFC 3339 has it, nothing
// for no day.
func DayTime(d desk.Day, zone *time.Location) string {
	if d == 0 {
		return ""
	}
	return stampOf(dayTime(d, zone))
}

// dayTime is the beginning of a day in the desk's zone.
func dayTime(d desk.Day, zone *time.Location) time.Time {
	y, m, n := d.Time().Date()
	return time.Date(y, m, n, 0, 0, 0, 0, zone)
}

// versionTime is when a version was published, as far as readers of feeds must
// know it. The record holds the day; a second is added for each version before
// it, so that a correction of the same day is later than what it corrects.
func versionTime(p Piece, zone *time.Location) time.Time {
	return dayTime(p.Version.Published, zone).Add(time.Duration(max(0, p.Version.Number-1)) * time.Second)
}
