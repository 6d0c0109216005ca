package promises_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"sangto/internal/desk"
	"sangto/internal/store"
)

// The notices that the test below brings out: one that stands, with an alert
// beside it; one that was changed since; one that was cancelled; one that is over.
const (
	alertNotice     = "ntcestands000001"
	changedNotice   = "ntcechanged00001"
	cancelledNotice = "ntcecance11ed001"
	pastNotice      = "ntcepast00000001"
)

// noticeMarks are invented words that a notice is made of, so that each can be
// found wherever it goes.
type noticeMarks struct{ what, where, todo, source, note, alert string }

func marksOf(n int) noticeMarks {
	of := func(part int) string { return words(800_000 + 10*n + part) }
	return noticeMarks{what: of(0), where: of(1), todo: of(2), source: of(3), note: of(4), alert: of(5)}
}

// hands are those who keyed the notices and who contested one: nobody learns who.
func hands() map[string]string {
	return map[string]string{
		"who proposed a notice": words(810_001), "who agreed to a notice": words(810_002), "what somebody said against a notice": words(810_003),
		"the id of who proposed": "proposermember01", "the id of who agreed": "agreeingmember01", "a key under a notice": "proposersownkey1",
	}
}

// bringOut puts the notices into the database of a place that is not running.
func bringOut(t *testing.T, p *place) {
	t.Helper()
	at := func(now time.Time, do func(tx *store.Tx) error) {
		t.Helper()
		db, err := store.Open(t.Context(), store.Options{Path: p.database(), Zone: time.UTC, Clock: func() time.Time { return now }})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if err := db.Update(t.Context(), do); err != nil {
			t.Fatal(err)
		}
	}
	deskID := ""
	notice := func(tx *store.Tx, id string, n int, span time.Duration) desk.Notice {
		m, begins := marksOf(n), tx.Now().Truncate(time.Minute)
		return desk.Notice{
			ID: id, DeskID: deskID, Number: 1, Act: desk.IssueNotice, Kind: desk.WeatherNotice,
			VI:     desk.NoticeText{What: "Mưa to " + m.what, Where: "Vùng " + m.where, ToDo: "Xin " + m.todo},
			EN:     desk.NoticeText{What: "Heavy rain " + m.what, Where: "Area " + m.where, ToDo: "Please " + m.todo},
			Source: "Đài " + m.source, SourceURL: "https://dai.example/" + id, Contact: "1900 1234", From: begins, Until: begins.Add(span),
			Keys: desk.Keys{ProposedBy: "proposermember01", ProposedKey: "proposersownkey1", AgreedBy: "agreeingmember01", AgreedKey: "agreeingownkey01"},
		}
	}
	add := func(tx *store.Tx, n desk.Notice) error {
		n.SHA256 = desk.HashBytes(desk.NoticeBytes(n))
		return tx.AddNotice(n)
	}
	again := func(tx *store.Tx, id string, act desk.NoticeAct, n int) error {
		all, err := tx.NoticeVersions(id)
		if err != nil {
			return err
		}
		v := all[len(all)-1]
		v.Number, v.Act, v.Note, v.Alert = v.Number+1, act, desk.Wording{VI: "Vì " + marksOf(n).note, EN: "Because " + marksOf(n).note}, nil
		return add(tx, v)
	}
	now := time.Now().UTC()
	at(now.Add(-100*time.Hour), func(tx *store.Tx) error {
		own, err := tx.LocalDesks()
		if err != nil {
			return err
		}
		deskID = own[0].ID
		return errors.Join(
			tx.PutMember(desk.Member{ID: "proposermember01", DeskID: deskID, Name: hands()["who proposed a notice"], Role: desk.Admin, KeyID: "proposersownkey1"}),
			tx.PutMember(desk.Member{ID: "agreeingmember01", DeskID: deskID, Name: hands()["who agreed to a notice"], Role: desk.Admin, KeyID: "agreeingownkey01"}),
			add(tx, notice(tx, pastNotice, 4, 10*time.Hour)),
		)
	})
	at(now.Add(-time.Hour), func(tx *store.Tx) error {
		first := notice(tx, alertNotice, 1, 70*time.Hour)
		a := marksOf(1).alert
		first.Alert = &desk.Alert{
			Identifier: "alert-" + strings.ReplaceAll(a, " ", "-"), Sender: "tin@dai.example", SenderName: "Đài phát " + a, Sent: first.From, Lang: "vi",
			Event: "Dông " + a, Urgency: "Expected", Severity: "Severe", Certainty: "Likely", Area: "Hạ lưu " + a, Expires: first.Until, SHA256: strings.Repeat("a", 64),
		}
		return errors.Join(add(tx, first), add(tx, notice(tx, changedNotice, 2, 60*time.Hour)), add(tx, notice(tx, cancelledNotice, 3, 50*time.Hour)))
	})
	at(now.Add(-time.Minute), func(tx *store.Tx) error {
		return errors.Join(again(tx, changedNotice, desk.UpdateNotice, 2), again(tx, cancelledNotice, desk.CancelNotice, 3),
			// Of yesterday, as a contest of today is shown tomorrow: what is read
			// must not hang on the hour of the day.
			tx.AddNoticeContest(desk.Contest{
				ID: "contestnotice001", NoticeID: alertNotice, DeskID: deskID, Number: 1, Day: tx.Day() - 1, Due: desk.WorkingDays(tx.Day()-1, desk.AnswerDays),
				Text: desk.StoredText(hands()["what somebody said against a notice"]),
			}))
	})
}

var (
	// noticePath are the addresses at which a service notice may be shown.
	noticePath = regexp.MustCompile(`^(?:/en)?/(?:notices(?:/feed\.(?:atom|rss|json)|\?page=\d+)?|n/[^/]+(?:/contest|/v/\d+)?)?$|^/en$|^/api/v1/notices(?:[/?].*)?$`)
	// alertPath are those at which the alert beside one may be.
	alertPath = regexp.MustCompile(`^(?:/en)?/n/` + alertNotice + `(?:/v/1)?$`)
	feedEntry = regexp.MustCompile(`(?s)<entry>.*?</entry>|<item>.*?</item>`)
)

// noticeKeys are the names that an answer to a program has for a notice, in the
// JSON interface and in the feed: none is for who read it, and none could hold it.
var noticeKeys = []string{
	"act", "checked", "contact", "en", "from", "heading", "id", "issued", "kind", "note", "number", "published", "sha256", "source", "source_url", "standing", "until", "url", "vi",
	"what", "where", "to_do", "name", "day", "due", "late", "waiting", "came", "outcomes", "versions", "page", "pages", "total", "next", "past", "desk",
	"code", "website", "of_power", "here", "owner", "owner_kind", "funders", "funder_kind", "about", "lang", "local", "declared", "text",
	"service_notice", "valid_from", "valid_until", "version", "ownership",
	"authors", "content_html", "content_text", "date_modified", "date_published", "description", "feed_url", "home_page_url", "icon", "items", "language", "tags", "title", "_sangto", "favicon",
}

// TestNoticesStayNotices brings out notices whose every word is marked and reads
// everything that anybody can get: pages, feeds, sitemaps, open data, the record,
// both interfaces, the commands. A notice is on pages of its own and in nothing
// that holds checks; what it says never comes before whose statement it is; an
// alert stays beside its notice and under the word that the desk sends none; who
// brought it out, contested or read it is nowhere.
func TestNoticesStayNotices(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.importChecks(t)
	p.serve(t).stop(t)
	bringOut(t, p)
	s := p.serve(t)

	said, beside, people, checks := newScanner(), newScanner(), newScanner(), newScanner()
	for n := 1; n <= 4; n++ {
		m := marksOf(n)
		for what, mark := range map[string]string{"what": m.what, "where": m.where, "what to do": m.todo, "the source": m.source, "the note": m.note} {
			said.add(fmt.Sprintf("%s of notice %d", what, n), mark)
		}
	}
	said.add("the address of a notice's source", "https://dai.example/")
	for _, id := range []string{alertNotice, changedNotice, cancelledNotice, pastNotice} {
		said.add("the id of a notice", id)
	}
	beside.add("the alert", marksOf(1).alert)
	beside.add("the alert's number", "alert-"+strings.ReplaceAll(marksOf(1).alert, " ", "-"))
	for what, mark := range hands() {
		people.add(what, mark)
	}
	checks.addBytes("a check", []byte("ung thư"))

	found, faults := map[string]bool{}, map[string]bool{}
	read := map[string]string{}
	holdsChecks := 0
	fault := func(format string, args ...any) {
		if f := fmt.Sprintf(format, args...); !faults[f] {
			faults[f] = true
			t.Error(f)
		}
	}
	judge := func(path string, got page) {
		for _, body := range unpacked(t, path, got) {
			if len(checks.search([]byte(body))) > 0 {
				holdsChecks++
			}
			for _, hit := range people.search([]byte(body)) {
				fault("%s shows %s", path, hit)
			}
			for _, hit := range beside.search([]byte(body)) {
				found[hit] = true
				if !alertPath.MatchString(path) {
					fault("%s holds %s, which belongs beside its notice", path, hit)
				}
			}
			for _, hit := range said.search([]byte(body)) {
				found[hit] = true
				if !noticePath.MatchString(path) {
					fault("%s holds %s", path, hit)
				}
			}
		}
		for _, f := range noticeFaults(path, got) {
			fault("%s: %s", path, f)
		}
	}
	data := 0
	p.crawl(t, func(path string, got page) {
		method, target, _ := strings.Cut(path, " ")
		if method == http.MethodGet {
			read[target] = got.body
		}
		switch {
		case method == http.MethodGet || strings.Contains(target, "/n/"):
		case got.status >= http.StatusBadRequest:
			target = "/" // the front page again, with what was wrong above its box
		default:
			target = path // an answer to a message is no place for a notice
		}
		if strings.HasPrefix(target, "/data/") && got.status == http.StatusOK {
			data++
		}
		judge(target, got)
	})
	for _, path := range p.noticeCalls(t) {
		got := p.mustGet(t, path)
		read[path] = got.body
		judge(path, got)
	}
	for _, call := range calls {
		if path, ok := strings.CutPrefix(call, "GET "); ok && !strings.Contains(path, "{") {
			judge(path, p.mustGet(t, path))
		}
	}
	p.lookForNotices(t, said)
	for _, format := range []string{"ndjson", "csv", "claimreview"} {
		out, errs, code := p.run(t, "", "export", "--data", p.data(), "--format", format)
		if code != 0 || len(checks.search([]byte(out))) == 0 {
			t.Errorf("export of %s exits %d without the check:\n%s", format, code, errs)
		}
		judge("sangto export --format "+format, page{body: out})
	}
	nobodyIsCounted(t, p, read)
	s.stop(t)
	judge("the log", page{body: p.readLog()})

	for n := 1; n <= 4; n++ {
		for _, what := range []string{"what", "where", "what to do", "the source"} {
			if name := fmt.Sprintf("%s of notice %d", what, n); !found[name] {
				t.Errorf("%s was found nowhere: the search is looking in the wrong place", name)
			}
		}
	}
	for _, what := range []string{"the note of notice 2", "the note of notice 3", "the id of a notice", "the alert", "the alert's number"} {
		if !found[what] {
			t.Errorf("%s was found nowhere: the search is looking in the wrong place", what)
		}
	}
	if data < 6 || holdsChecks < 15 {
		t.Errorf("%d files of open data, %d answers with checks: the search is looking in the wrong place", data, holdsChecks)
	}
	t.Logf("%d answers read, %d of them files of open data, %d with checks", len(read), data, holdsChecks)
}

// unpacked is an answer as it came and, of an archive, what is in it.
func unpacked(t *testing.T, path string, got page) []string {
	t.Helper()
	out := []string{got.body}
	if !strings.HasSuffix(path, ".zip") || got.status != http.StatusOK {
		return out
	}
	r, err := zip.NewReader(bytes.NewReader([]byte(got.body)), int64(len(got.body)))
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	for _, f := range r.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(b))
	}
	return out
}

// noticeCalls are the addresses of the notices in the JSON interface.
func (p *place) noticeCalls(t *testing.T) []string {
	t.Helper()
	out := []string{"/api/v1/notices?page=1", "/api/v1/notices?page=2"}
	for id, versions := range map[string]int{alertNotice: 1, changedNotice: 2, cancelledNotice: 2, pastNotice: 1} {
		base := "/api/v1/notices/" + id
		out = append(out, base, base+"/versions")
		for n := range versions {
			out = append(out, fmt.Sprintf("%s/versions/%d", base, n+1))
			out = append(out, fmt.Sprintf("/n/%s/v/%d", id, n+1), fmt.Sprintf("/en/n/%s/v/%d", id, n+1))
		}
	}
	for _, path := range out {
		if got := p.mustGet(t, path); got.status != http.StatusOK && !strings.HasSuffix(path, "page=2") {
			t.Errorf("%s: status %d", path, got.status)
		}
	}
	// Imported checks and their desk by their own addresses.
	var list struct {
		Checks []struct{ ID string }
	}
	if err := json.Unmarshal([]byte(p.mustGet(t, "/api/v1/checks").body), &list); err != nil || len(list.Checks) == 0 {
		t.Fatalf("no check to read: %v", err)
	}
	for _, c := range list.Checks {
		out = append(out, "/api/v1/checks/"+c.ID, "/api/v1/checks/"+c.ID+"/versions", "/api/v1/checks/"+c.ID+"/versions/1/evidence")
	}
	return out
}

// lookForNotices pastes a notice word for word: a look-up answers with checks alone.
func (p *place) lookForNotices(t *testing.T, said *scanner) {
	t.Helper()
	for n := 1; n <= 4; n++ {
		m := marksOf(n)
		pasted := "Mưa to " + m.what
		answers := map[string]string{}
		for _, path := range []string{"/lookup", "/en/lookup"} {
			got, err := patiently(func() (page, error) { return p.post(path, url.Values{"text": {pasted}}) })
			if err != nil || got.status != http.StatusOK {
				t.Fatalf("%s: status %d, %v", path, got.status, err)
			}
			answers[path] = got.body
		}
		got, err := patiently(func() (page, error) { return p.postJSON("/api/v1/lookup", fmt.Sprintf(`{"text":%q}`, pasted)) })
		if err != nil || got.status != http.StatusOK {
			t.Fatalf("look-up: status %d, %v", got.status, err)
		}
		answers["/api/v1/lookup"] = got.body
		answers["sangto check"], _, _ = p.run(t, "", "check", "--data", p.data(), "--json", pasted)
		for where, body := range answers {
			body = strings.ReplaceAll(body, m.what, "") // what was pasted, shown back
			for _, hit := range said.search([]byte(body)) {
				t.Errorf("%s answers with %s", where, hit)
			}
		}
	}
}

// noticeFaults says where an answer shows a notice without first saying whose
// statement it is and that nobody here checked it.
func noticeFaults(path string, got page) []string {
	if !noticePath.MatchString(path) || got.status != http.StatusOK {
		return nil
	}
	heading := func(n int) []string {
		source := "Đài " + marksOf(n).source
		return []string{"Thông báo của " + source + ". Bàn này không kiểm chứng.", "Statement by " + source + ". Not checked by this desk."}
	}
	switch kind := got.header.Get("Content-Type"); {
	case strings.Contains(kind, "json"):
		var v any
		if err := json.Unmarshal([]byte(got.body), &v); err != nil {
			return []string{err.Error()}
		}
		return jsonFaults("", v, heading)
	case strings.Contains(kind, "xml"):
		var out []string
		for _, entry := range feedEntry.FindAllString(got.body, -1) {
			out = append(out, headless("an entry", entry, heading)...)
		}
		return out
	}
	_, main, _ := strings.Cut(got.body, "<main")
	out := headless("the page", markup.ReplaceAllString(main, ""), heading)
	if at := strings.Index(main, marksOf(1).alert); at >= 0 {
		if note := strings.Index(main, `id="alert"`); note < 0 || note > at {
			out = append(out, "the alert is not under its own heading")
		}
		if !strings.Contains(main, "This desk sends no alerts.") && !strings.Contains(main, "Bàn này không phát cảnh báo.") {
			out = append(out, "an alert is shown without the word that this desk sends none")
		}
	}
	return out
}

// headless finds notices in a text whose words come before their heading.
func headless(what, text string, heading func(n int) []string) []string {
	var out []string
	for n := 1; n <= 4; n++ {
		m := marksOf(n)
		for _, mark := range []string{m.where, m.todo, m.note} {
			at := strings.Index(text, mark)
			if at >= 0 && !slices.ContainsFunc(heading(n), func(h string) bool { return strings.Contains(text[:at], h) }) {
				out = append(out, fmt.Sprintf("%s says %q of notice %d before whose statement it is", what, mark, n))
			}
		}
	}
	return out
}

// jsonFaults judges an answer for programs: nothing but what the list names, a
// heading and "not checked" with every notice, and no number that could count people.
func jsonFaults(key string, v any, heading func(n int) []string) []string {
	var out []string
	switch v := v.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if !slices.Contains(noticeKeys, name) {
				out = append(out, "a new name: "+name+". Add it to the list after asking what it could be bent into")
			}
			out = append(out, jsonFaults(name, v[name], heading)...)
		}
		_, isNotice := v["act"]
		if text := fmt.Sprint(v["heading"]); isNotice {
			if v["checked"] != false {
				out = append(out, "a notice is not said to be unchecked")
			}
			if !slices.ContainsFunc([]int{1, 2, 3, 4}, func(n int) bool {
				return slices.ContainsFunc(heading(n), func(h string) bool { return strings.Contains(text, h) })
			}) {
				out = append(out, "a notice has the heading "+text)
			}
		}
		if content, ok := v["content_html"].(string); ok {
			out = append(out, headless("an item", markup.ReplaceAllString(content, ""), heading)...)
		}
	case []any:
		for _, x := range v {
			out = append(out, jsonFaults(key, x, heading)...)
		}
	case float64:
		if !slices.Contains([]string{"number", "version", "page", "pages", "total"}, key) {
			out = append(out, fmt.Sprintf("%s is %v: nothing here is counted", key, v))
		}
	}
	return out
}

// nobodyIsCounted reads the notices many times over: whoever reads them once more
// sees the same bytes.
func nobodyIsCounted(t *testing.T, p *place, read map[string]string) {
	t.Helper()
	var paths []string
	for path := range read {
		if noticePath.MatchString(path) {
			paths = append(paths, path)
		}
	}
	if len(paths) < 30 {
		t.Errorf("only %d addresses of notices were read: %q", len(paths), slices.Sorted(slices.Values(paths)))
	}
	for range 20 {
		for _, path := range []string{"/n/" + alertNotice, "/en/n/" + alertNotice, "/notices", "/notices/feed.atom", "/api/v1/notices/" + alertNotice} {
			if _, err := patiently(func() (page, error) { return p.get(path) }); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, path := range paths {
		got, err := patiently(func() (page, error) { return p.get(path) })
		if err != nil {
			t.Fatal(err)
		}
		if anonymous(got.body) != anonymous(read[path]) {
			t.Errorf("%s changed because somebody read it", path)
		}
	}
}
