package publish_test

import (
	"bytes"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/mmcdole/gofeed"

	"sangto/internal/desk"
	"sangto/internal/publish"
)

// TestNoticeFeed holds the three forms of the feed of notices to golden files and
// to an independent reader: every entry begins with whose statement it is.
func TestNoticeFeed(t *testing.T) {
	site := &url.URL{Scheme: "https", Host: "desk.example", Path: "/sub"}
	zone := time.FixedZone("", 7*60*60)
	at := time.Date(2026, 11, 30, 1, 0, 0, 0, time.UTC)
	power := desk.Notice{
		ID: "notice0000000001", DeskID: "own", Number: 1, Act: desk.IssueNotice, Kind: desk.PowerNotice, Issued: at, Published: at,
		VI:     desk.NoticeText{What: "Ngừng cấp điện để sửa trạm & thay dây", Where: "Xã Đồng Hạ", ToDo: "Sạc sẵn <đèn pin>."},
		EN:     desk.NoticeText{What: "Power off for repairs", Where: "Dong Ha commune", ToDo: "Charge your lamps."},
		Source: "Điện lực Hải Lam", SourceURL: "https://dienluc.example/lich", Contact: "1900 1234", From: at.Add(6 * time.Hour), Until: at.Add(12 * time.Hour),
	}
	road := power
	road.ID, road.Kind, road.Number, road.Act, road.Published, road.EN = "notice0000000002", desk.RoadNotice, 2, desk.CancelNotice, at.Add(time.Hour), desk.NoticeText{}
	road.Note, road.SourceURL = desk.Wording{VI: "Đường đã thông."}, ""
	by := desk.Desk{ID: "own", Name: "Bàn Bến Sông", Lang: "vi", URL: "https://desk.example", Owner: "Hợp tác xã", OwnerKind: desk.OwnerIndependent, Funders: "Bạn đọc"}
	for _, tag := range []string{"vi", "en"} {
		words := speak(t, tag)
		f := publish.Feed{
			ID: "https://desk.example/sub/notices/feed.atom", Self: "https://desk.example/sub/notices/feed.atom", Home: "https://desk.example/sub/notices",
			Title: words.T("notice.feed", "Site", "Sáng Tỏ"), Summary: words.T("notice.section_note"), Lang: tag, Author: "Sáng Tỏ",
			Entries: []publish.FeedEntry{publish.NoticeEntry(site, words, zone, road, by), publish.NoticeEntry(site, words, zone, power, by)},
		}
		for name, write := range map[string]func(publish.Feed) []byte{"atom": publish.Feed.Atom, "rss": publish.Feed.RSS, "json": publish.Feed.JSON} {
			b := write(f)
			golden(t, "notices-"+tag+"."+name, b)
			got, err := gofeed.NewParser().Parse(bytes.NewReader(b))
			if err != nil || len(got.Items) != 2 {
				t.Errorf("%s %s: %v", tag, name, err)
				continue
			}
			for _, item := range got.Items {
				body := item.Content + item.Description
				if !strings.Contains(body, words.T("notice.heading", "Source", "Điện lực Hải Lam")[:9]) || !strings.Contains(item.Title, "Điện lực Hải Lam") {
					t.Errorf("%s %s does not say whose statement it is: %s %s", tag, name, item.Title, body)
				}
			}
		}
	}
}
