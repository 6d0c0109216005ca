package web_test

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"sangto/internal/catalog"
	"sangto/internal/desk"
)

// The storybook's service notices.

// powerNotice stands, in both languages, with an alert; waterNotice was updated
// and is Vietnamese alone; roadNotice was cancelled; recallNotice is over.
var (
	powerNotice  = noticeVersions(700, desk.PowerNotice, "Điện lực huyện Hạ Đồng", 5)
	waterNotice  = noticeVersions(701, desk.WaterNotice, "Nhà máy nước Bến Sông", 40)
	roadNotice   = noticeVersions(702, desk.RoadNotice, "Đội quản lý đường bộ số 3", 8)
	recallNotice = noticeVersions(703, desk.RecallNotice, "Công ty Sữa Đồng Xanh", -2)
)

func noticeVersions(n int, kind desk.NoticeKind, source string, ends int) []desk.Notice {
	out := now.Add(-30 * time.Hour)
	v := desk.Notice{
		ID: id(n), DeskID: riverDesk.ID, Number: 1, Act: desk.IssueNotice, Kind: kind, Source: source, Contact: "1900 1234", Issued: out, Published: out,
		VI:   desk.NoticeText{What: "Ngừng cấp để sửa chữa, theo lịch đã dán ở trụ sở xã", Where: "Các xã Đồng Hạ, Đồng Thượng và phường Bến Sông", ToDo: "Chuẩn bị trước. Hỏi nơi ra thông báo nếu có người ốm cần máy thở ở nhà."},
		From: now.Add(-2 * time.Hour), Until: now.Add(time.Duration(ends) * time.Hour), SourceURL: "https://haduong.example/lich-thang-11",
	}
	if ends < 0 {
		v.From = now.Add(-20 * time.Hour)
	}
	next := v
	next.Number, next.Published = 2, now.Add(-time.Hour)
	switch kind {
	case desk.PowerNotice:
		v.EN = desk.NoticeText{What: "Supply is off for repairs, as posted at the commune office", Where: "Communes of Đồng Hạ and Đồng Thượng, ward of Bến Sông", ToDo: "Prepare. Ask the body itself if somebody ill at home needs a breathing machine."}
		v.Alert = &desk.Alert{
			Identifier: "vn.example.kttv.7", Sender: "canhbao@kttv.example", SenderName: "Đài khí tượng thủy văn Hạ Đồng", Sent: out, Lang: "vi", Event: "Dông kèm gió giật",
			Urgency: "Expected", Severity: "Moderate", Certainty: "Likely", Area: "Hạ lưu sông Vàng", Onset: now, Expires: now.Add(5 * time.Hour), SHA256: strings.Repeat("c4", 32),
		}
		return sealed(v)
	case desk.WaterNotice:
		next.Act, next.Note = desk.UpdateNotice, desk.Wording{VI: "Nhà máy báo chậm thêm bốn giờ.", EN: "The plant says that it will take four hours more."}
		return sealed(v, next)
	case desk.RoadNotice:
		next.Act, next.Note = desk.CancelNotice, desk.Wording{VI: "Đường đã thông sớm."}
		return sealed(v, next)
	}
	return sealed(v)
}

func sealed(versions ...desk.Notice) []desk.Notice {
	for i := range versions {
		versions[i].SHA256 = desk.HashBytes(desk.NoticeBytes(versions[i]))
	}
	return versions
}

func newestNotice(versions []desk.Notice) catalog.NoticeEntry {
	return catalog.NoticeEntry{Notice: versions[len(versions)-1], Desk: riverDesk}
}

func (s *story) StandingNotices(context.Context) ([]catalog.NoticeEntry, error) {
	return []catalog.NoticeEntry{newestNotice(powerNotice), newestNotice(waterNotice)}, s.fail
}

func (s *story) RecentNotices(context.Context, int) ([]catalog.NoticeEntry, error) {
	return []catalog.NoticeEntry{newestNotice(waterNotice), newestNotice(roadNotice), newestNotice(powerNotice), newestNotice(recallNotice)}, s.fail
}

func (s *story) Notices(ctx context.Context, page int) (catalog.Notices, error) {
	if page < 1 || page > 2 || s.fail != nil {
		return catalog.Notices{}, missing()
	}
	standing, err := s.StandingNotices(ctx)
	past := []catalog.NoticeEntry{newestNotice(roadNotice), newestNotice(recallNotice)}
	return catalog.Notices{Standing: standing, Past: past, Page: page, Pages: 2, Total: 22, Now: now}, err
}

func (s *story) Notice(_ context.Context, noticeID string, n int) (catalog.Notice, error) {
	for _, versions := range [][]desk.Notice{powerNotice, waterNotice, roadNotice, recallNotice} {
		if versions[0].ID != noticeID || n > len(versions) || s.fail != nil {
			continue
		}
		out := catalog.Notice{NoticeEntry: newestNotice(versions), Versions: versions, Now: now, Today: desk.DayOf(now, time.UTC)}
		if n > 0 {
			out.NoticeEntry.Notice = versions[n-1]
		}
		if noticeID == waterNotice[0].ID {
			out.Waiting = desk.Contest{State: desk.ContestWaiting, Kind: desk.ContestCheck, Day: out.Today - 1, Due: desk.WorkingDays(out.Today-1, desk.AnswerDays)}
			out.Outcomes = []desk.Contest{{State: desk.ContestUpheld, Day: out.Today - 2, Decided: out.Today - 1, Answer: "Bạn nói đúng: phường Bến Sông không bị ngừng.", AnswerLang: "vi"}}
		}
		return out, nil
	}
	return catalog.Notice{}, missing()
}

func (c *counter) ContestNotice(_ context.Context, _ string, raw desk.Raw) (desk.Text, error) {
	if c.busy != nil {
		return desk.Text{}, c.busy
	}
	found, err := seen(raw)
	return found.Text, err
}

// noticeScenes are the pages of service notices in all states.
func noticeScenes(t testing.TB) []scene {
	get := func(name, path string, status int, says string) scene {
		return scene{name: name, method: "GET", path: path, status: status, says: says}
	}
	n := func(versions []desk.Notice) string { return "/n/" + versions[0].ID }
	contest := func(words string) func(*book, *scene) {
		return func(b *book, s *scene) { s.form = url.Values{"token": {b.token(t)}, "text": {words}} }
	}
	return []scene{
		get("notices", "/notices", 200, "notice.now"),
		get("notices-2", "/notices?page=2", 200, "notice.past"),
		get("notices-beyond", "/notices?page=9", 404, "error.not_found"),
		get("notice", n(powerNotice), 200, "notice.alert"),
		get("notice-updated", n(waterNotice), 200, "notice.outcomes"),
		get("notice-first", n(waterNotice)+"/v/1", 200, "notice.old"),
		get("notice-cancelled", n(roadNotice), 200, "notice.act.cancel"),
		get("notice-over", n(recallNotice), 200, "notice.contest"),
		get("notice-none", "/n/"+id(799), 404, "error.not_found"),
		get("notice-no-version", n(powerNotice)+"/v/2", 404, "error.not_found"),
		get("notice-nonsense", n(powerNotice)+"/v/x", 404, "error.not_found"),
		get("notice-contest", n(powerNotice)+"/contest", 200, "contest.label"),
		{name: "notice-contested", method: "POST", path: n(powerNotice) + "/contest", status: 200, prepare: contest(shortMsg), says: "notice.contest_done"},
		{name: "notice-contest-empty", method: "POST", path: n(powerNotice) + "/contest", status: 400, prepare: contest(" "), says: "error.text.empty"},
		{name: "notice-contest-forged", method: "POST", path: n(powerNotice) + "/contest", status: 403, form: url.Values{"token": {"x"}, "text": {shortMsg}}, says: "error.form.forged"},
	}
}

// TestNoticesStayApart: what is on the pages of notices is in their feed, and in
// nothing else that this desk publishes.
func TestNoticesStayApart(t *testing.T) {
	b := openBook(t)
	inTheirs := []string{powerNotice[0].ID, waterNotice[0].ID, roadNotice[0].ID, recallNotice[0].ID}
	for _, form := range []string{"atom", "rss", "json"} {
		for _, prefix := range []string{"", "/en"} {
			got := send(b.handler, "GET", prefix+"/notices/feed."+form, nil, nil)
			for _, n := range inTheirs {
				if got.Code != 200 || !strings.Contains(got.Body.String(), "/n/"+n) {
					t.Errorf("%s/notices/feed.%s: %d, without %s", prefix, form, got.Code, n)
				}
			}
			if strings.Contains(got.Body.String(), "/c/") || strings.Contains(got.Body.String(), "ClaimReview") {
				t.Errorf("%s/notices/feed.%s holds a check", prefix, form)
			}
		}
	}
	for _, path := range []string{
		"/feed.atom", "/feed.rss", "/feed.json", "/topics/weather/feed.atom", "/claimreview.json", "/checks", "/checks?topic=weather", "/figures", "/desks/bensong",
	} {
		body := send(b.handler, "GET", path, nil, nil).Body.String()
		for _, n := range inTheirs {
			if strings.Contains(body, n) || strings.Contains(body, powerNotice[0].Source) {
				t.Errorf("%s holds a notice", path)
			}
		}
	}
	for _, words := range []string{powerNotice[0].VI.What, powerNotice[0].Source + " " + powerNotice[0].VI.Where} {
		body := send(b.handler, "POST", "/lookup", url.Values{"text": {words}}, nil).Body.String()
		if strings.Contains(body, powerNotice[0].ID) {
			t.Errorf("a look-up of %q finds a notice", words)
		}
	}
	for _, v := range [][]desk.Notice{powerNotice, roadNotice} {
		body := send(b.handler, "GET", "/n/"+v[0].ID, nil, nil).Body.String()
		if strings.Contains(body, "ld+json") || strings.Contains(body, "ClaimReview") || !strings.Contains(body, `content="noindex"`) {
			t.Error("the page of a notice is offered as a check")
		}
	}
}
