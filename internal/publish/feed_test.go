package publish_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"io"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mmcdole/gofeed"

	"sangto/internal/desk"
	"sangto/internal/lang"
	"sangto/internal/publish"
)

// zone is seven hours before UTC, so that a day told in the wrong zone is
// another day.
func zone() *time.Location { return time.FixedZone("", 7*3600) }

// feedOf is every state of a check as one feed.
func feedOf(t testing.TB, tag string) publish.Feed {
	words := speak(t, tag)
	f := publish.Feed{
		ID: "https://sangto.example/feed.atom", Self: "https://sangto.example/feed.x", Home: "https://sangto.example/checks",
		Title: words.T("publish.feed_title", "Site", "Sáng Tỏ"), Summary: words.T("publish.feed_summary"), Lang: tag, Author: "Sáng Tỏ",
	}
	all := states(t)
	for i, name := range slices.Sorted(maps.Keys(all)) {
		p := all[name]
		p.Check.ID = "00000000000000" + string(rune('a'+i/10)) + string(rune('0'+i%10))
		f.Entries = append(f.Entries, publish.CheckEntry(siteURL, words, zone(), p))
	}
	return f
}

// forms are the writers of a feed.
func forms() map[string]func(publish.Feed) []byte {
	return map[string]func(publish.Feed) []byte{"atom": publish.Feed.Atom, "rss": publish.Feed.RSS, "json": publish.Feed.JSON}
}

func TestFeedGolden(t *testing.T) {
	for _, tag := range lang.Tags() {
		for name, write := range forms() {
			golden(t, "feed-"+tag+"."+name, write(feedOf(t, tag)))
		}
	}
}

// TestFeedsComeBack reads every form with an independent parser.
func TestFeedsComeBack(t *testing.T) {
	for _, tag := range lang.Tags() {
		for name, write := range forms() {
			f := feedOf(t, tag)
			got, err := gofeed.NewParser().Parse(bytes.NewReader(write(f)))
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if got.FeedType != name || got.Title != f.Title || got.Language != tag || got.FeedLink != f.Self || got.Link != f.Home {
				t.Errorf("%s: read as %s %q in %q at %s of %s", name, got.FeedType, got.Title, got.Language, got.FeedLink, got.Link)
			}
			if len(got.Items) != len(f.Entries) {
				t.Fatalf("%s: %d of %d entries", name, len(got.Items), len(f.Entries))
			}
			for i, e := range f.Entries {
				for _, fault := range entryFaults(speak(t, tag), e, got.Items[i]) {
					t.Errorf("%s: %s: %s", name, e.Title, fault)
				}
			}
		}
	}
}

// entryFaults compares an entry with what a reader of feeds found.
func entryFaults(words *lang.Words, e publish.FeedEntry, got *gofeed.Item) []string {
	var out []string
	if got.GUID != e.ID || got.Link != e.URL || got.Title != e.Title {
		out = append(out, "read as "+got.GUID+" "+got.Link+" "+got.Title)
	}
	if got.PublishedParsed == nil || !got.PublishedParsed.Equal(e.Published) {
		out = append(out, "published "+got.Published)
	}
	if len(got.Authors) != 1 || got.Authors[0].Name != e.Author {
		out = append(out, "by another")
	}
	// RSS says the change in the words of Atom, which gofeed keeps apart.
	updated := got.UpdatedParsed
	if more := got.Extensions["atom"]["updated"]; updated == nil && len(more) == 1 {
		at, err := time.Parse(time.RFC3339, more[0].Value)
		if err == nil {
			updated = &at
		}
	}
	if updated == nil || !updated.Equal(e.Updated) {
		out = append(out, "updated "+got.Updated)
	}
	body := got.Content
	if body == "" {
		body = got.Description
	}
	for _, line := range e.Lines {
		if !strings.Contains(body, escaped(line.Text)) {
			out = append(out, "lacks "+line.Text)
		}
	}
	if !strings.Contains(body, escaped(words.T("check.fixed_line"))) {
		out = append(out, "lacks the line that goes with every check")
	}
	return out
}

func escaped(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;", "'", "&#39;", "+", "&#43;").Replace(s)
}

// TestCorrectionsReplaceInPlace: whoever has the first version sees the same
// entry change.
func TestCorrectionsReplaceInPlace(t *testing.T) {
	all := states(t)
	words := speak(t, "vi")
	first := publish.CheckEntry(siteURL, words, zone(), all["not-true"])
	for _, name := range []string{"corrected", "withdrawn", "withheld"} {
		later := publish.CheckEntry(siteURL, words, zone(), all[name])
		if later.ID != first.ID || !later.Published.Equal(first.Published) || !later.Updated.After(first.Updated) {
			t.Errorf("%s: %s %v %v", name, later.ID, later.Published, later.Updated)
		}
	}
	again := all["corrected"]
	again.Version.Number++
	if a, b := publish.CheckEntry(siteURL, words, zone(), all["corrected"]), publish.CheckEntry(siteURL, words, zone(), again); !b.Updated.After(a.Updated) {
		t.Error("a second correction on one day is not seen")
	}
	if first.Published.Format(time.DateOnly) != "2026-11-18" {
		t.Errorf("another day: %v", first.Published)
	}
}

// TestWithdrawnGivesNoFindingInFeeds: neither people nor programs are told a
// verdict that the desk no longer stands by, nor words that an order hides.
func TestWithdrawnGivesNoFindingInFeeds(t *testing.T) {
	words := speak(t, "vi")
	for name, p := range states(t) {
		f := publish.Feed{Entries: []publish.FeedEntry{publish.CheckEntry(siteURL, words, zone(), p)}}
		out := string(f.JSON())
		gone := name == "withdrawn" || name == "withheld"
		if gone && (strings.Contains(out, `"not_true"`) || strings.Contains(out, words.Verdict(desk.NotTrue)) || strings.Contains(out, "Nhà máy chỉ mở")) {
			t.Errorf("%s: %s", name, out)
		}
		if name == "withheld" && (strings.Contains(out, "Suối Vàng") || !strings.Contains(out, "Tòa án Thượng Đồng")) {
			t.Errorf("withheld: %s", out)
		}
		if name == "withdrawn" && !strings.Contains(out, "đập khác") {
			t.Errorf("withdrawn without its reason: %s", out)
		}
	}
}

// TestLostIsNoFinding: of a check whose newest version only the record has, every
// form says that it changed and when, and gives neither a verdict nor an order that
// there is not.
func TestLostIsNoFinding(t *testing.T) {
	for _, tag := range []string{"vi", "en"} {
		words := speak(t, tag)
		for act, label := range map[desk.Act]string{
			desk.Correct: words.T("check.lost_label"), desk.Withdraw: words.T("check.withdrawn_label"), desk.WithholdOrder: words.T("check.lost_label"),
		} {
			p := piece(t)
			p.Version = desk.Version{
				CheckID: p.Version.CheckID, Number: 2, Act: act, Published: on(t, "2026-11-20"), Gone: act == desk.Withdraw, Lost: true,
				Order: desk.Order{Body: "Tòa án", Law: "Luật", Lapses: on(t, "2026-11-21")},
			}
			f := publish.NewFinding(words, p.Check, p.Desk, p.Version, address)
			want := words.T("check.lost", "Date", words.Date(p.Version.Published))
			if f.Truth != want || f.Verdict != label || f.Claim != "" || !f.Gone || publish.Label(words, p) != label {
				t.Errorf("%s, %s: %+v", tag, act, f)
			}
			if m := publish.NewMessage(f); m.Full == "" || strings.Contains(m.Full, words.T("check.withheld_label")) {
				t.Errorf("%s, %s: %s", tag, act, m.Full)
			}
			if review, ok := publish.ClaimReview(siteURL, words, p); ok {
				t.Errorf("%s, %s: %s", tag, act, review)
			}
			if line := publish.ChangeLine(words, p.Version); act == desk.WithholdOrder && line != words.T("check.withheld_over", "Body", "Tòa án", "Date", "",
				"Law", "Luật", "Since", words.Date(p.Version.Published), "Until", words.Date(p.Version.Order.Lapses), "Digest", "") {
				t.Errorf("an order that is over: %s", line)
			}
		}
	}
}

// FuzzFeeds writes feeds of any wording: they stay well-formed, and no wording
// becomes markup.
func FuzzFeeds(f *testing.F) {
	f.Add("a</p><script>", "b]]>", "vi")
	f.Add("\x00\xff\u202e", "&#x1;", "x\"y")
	words := speak(f, "vi")
	base := piece(f)
	f.Fuzz(func(t *testing.T, a, b, tag string) {
		p := base
		p.Version.Claim, p.Version.Title, p.Version.Note, p.Version.Summary = a, b, a+b, b+a
		p.Desk.Name, p.Desk.Owner, p.Desk.Funders, p.Check.Lang, p.Version.Topic = b, a, b, tag, a
		p.Version.Act = desk.Correct
		feed := publish.Feed{Title: b, Author: b, Lang: "vi", Entries: []publish.FeedEntry{publish.CheckEntry(siteURL, words, zone(), p)}}
		for _, doc := range [][]byte{feed.Atom(), feed.RSS()} {
			d := xml.NewDecoder(bytes.NewReader(doc))
			for {
				token, err := d.Token()
				if err == io.EOF {
					break
				}
				if err != nil {
					t.Fatalf("%v in %s", err, doc)
				}
				if s, ok := token.(xml.StartElement); ok && (s.Name.Local == "script" || s.Name.Local == "p") {
					t.Fatalf("markup in %s", doc)
				}
			}
		}
		if doc := feed.JSON(); !json.Valid(doc) || bytes.Contains(doc, []byte("<")) {
			t.Fatalf("%s", doc)
		}
		review, ok := publish.ClaimReview(siteURL, words, p)
		if ok && (!json.Valid(review) || bytes.Contains(review, []byte("<"))) {
			t.Fatalf("%s", review)
		}
	})
}

// TestJSONFeedFollowsItsRules reads the form against version 1.1 of its
// specification: what must be there, and addresses that are whole.
func TestJSONFeedFollowsItsRules(t *testing.T) {
	var doc struct {
		Version, Title string
		Items          []map[string]any
	}
	if err := json.Unmarshal(feedOf(t, "vi").JSON(), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Version != "https://jsonfeed.org/version/1.1" || doc.Title == "" || len(doc.Items) == 0 {
		t.Errorf("%+v", doc)
	}
	for _, item := range doc.Items {
		for _, name := range []string{"id", "url", "content_html", "content_text", "date_published", "date_modified", "authors", "_sangto"} {
			if item[name] == nil || item[name] == "" {
				t.Errorf("an item without %s", name)
			}
		}
		if u, err := url.Parse(item["url"].(string)); err != nil || u.Scheme != "https" {
			t.Errorf("url %v", item["url"])
		}
	}
}

func TestEmptyFeedIsWhole(t *testing.T) {
	for name, write := range forms() {
		f := publish.Feed{ID: "https://sangto.example/feed.atom", Self: "https://sangto.example/feed", Home: "https://sangto.example/", Title: "x", Author: "x"}
		if _, err := gofeed.NewParser().Parse(bytes.NewReader(write(f))); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
