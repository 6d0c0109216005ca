package app_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"sangto/internal/app"
	"sangto/internal/config"
	"sangto/internal/desk"
	"sangto/internal/publish"
	"sangto/internal/record"
	"sangto/internal/record/leaf"
	"sangto/internal/store"
	"sangto/internal/testkit"
)

// The checks of an installation that was put back from an old backup: of each the
// record has a second version that nobody could bring back. words is in every text
// of the first.
var ahead = []struct {
	id, words string
	act       desk.Act
	lapsed    bool
}{
	{"c000000000000001", "kiến vàng", desk.WithholdOrder, false},
	{"c000000000000002", "sếu đầu đỏ", desk.Withdraw, false},
	{"c000000000000003", "măng cụt", desk.ErasePersonal, false},
	{"c000000000000004", "thuyền thúng", desk.Correct, false},
	{"c000000000000005", "đàn bầu", desk.WithholdOrder, true},
	{"c000000000000006", "lúa mùa nổi", "", false},
}

// TestLostVersionsHideTheOldWords asks every public door of the assembled program
// for the words of checks that the desk withheld, withdrew, erased or corrected in a
// version that only the record has. A door that shows nothing of any check would
// pass; so one whose order lapsed and one that is whole must be shown.
func TestLostVersionsHideTheOldWords(t *testing.T) {
	for name, db := range map[string]func() string{"sqlite": func() string { return "" }, "postgres": func() string { return testkit.Postgres(t) }} {
		t.Run(name, func(t *testing.T) {
			cfg, err := config.Raw{Data: t.TempDir(), Listen: "127.0.0.1:0", DB: db()}.Config()
			if err != nil {
				t.Fatal(err)
			}
			lostVersions(t, cfg)
			r := start(t, cfg)
			for _, c := range ahead {
				shown := c.act == "" || c.lapsed
				for _, path := range doorsOf(c.id) {
					r.holds(t, path, c.words, shown)
				}
				r.holds(t, "/api/v1/checks/"+c.id+"/versions/1", c.words, shown)
				r.finds(t, c.id, c.words, shown)
				if !shown {
					r.tells(t, c.id, c.act)
				}
			}
			months := regexp.MustCompile(`/sitemaps/\d{4}-\d{2}`).FindAllString(r.page(t, "/sitemap.xml"), -1)
			for _, path := range slices.Concat(lists(), months, r.dataFiles(t)) {
				for _, c := range ahead {
					r.holds(t, path, c.words, c.act == "" || c.lapsed)
				}
			}
			r.holds(t, "/desks/river/corrections", "đã sửa lần một", false)
		})
	}
}

// doorsOf are the forms of one check that show its words.
func doorsOf(id string) []string {
	var out []string
	for _, end := range []string{"", "/v/1", "/embed", "/sms.txt", "/sheet", "/oembed.json", "/aloud.txt"} {
		out = append(out, "/c/"+id+end)
	}
	return append(out, "/en/c/"+id, "/api/v1/checks/"+id, "/api/v1/claims/"+id, "/api/v1/checks/"+id+"/versions/1/evidence")
}

// lists are the doors behind which the words of many checks stand.
func lists() []string {
	return []string{
		"/", "/en/", "/checks", "/topics/weather", "/feed.atom", "/feed.rss", "/feed.json", "/topics/weather/feed.atom",
		"/claimreview.json", "/sitemap-news.xml", "/api/v1/checks", "/api/v1/claims",
	}
}

// lostVersions makes the installation.
func lostVersions(t *testing.T, cfg config.Config) {
	t.Helper()
	db, err := app.OpenStore(t.Context(), cfg, time.Now, false)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	log, err := record.OpenLog(t.Context(), record.Options{DB: db, Data: cfg.Data, Origin: "desk.example/log"})
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	err = db.Update(t.Context(), func(tx *store.Tx) error {
		err := tx.PutDesk(desk.Desk{ID: "river", Local: true, Name: "Bàn Sông", Lang: "vi", Owner: "Hợp tác xã", OwnerKind: desk.OwnerIndependent, FunderKind: desk.OwnerUnknown})
		for _, m := range []string{"an", "binh", "chi"} {
			err = errors.Join(err, tx.PutMember(desk.Member{ID: m, DeskID: "river", Name: m, Role: desk.Admin, KeyID: "key-" + m}))
		}
		for _, c := range ahead {
			err = errors.Join(err, lostVersion(tx, c.id, c.words, c.act, c.lapsed))
		}
		return err
	})
	if err == nil {
		err = log.Step(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// lostVersion publishes a check and records what was done to it, as a repair leaves
// it that found nobody who has the words.
func lostVersion(tx *store.Tx, id, words string, act desk.Act, lapsed bool) error {
	all := "Tin về " + words
	v := desk.Version{
		CheckID: id, Number: 1, Act: desk.Publish, Kind: desk.FactKind, Blind: desk.Classification{Kind: desk.FactKind}, Verdict: desk.NotTrue, Topic: "weather",
		Claim: all, Title: all, Summary: all, Body: all, ToDo: all, Author: "an", Published: tx.Day(), Sought: all, OneSource: all,
		Evidence: []desk.Evidence{{Stance: desk.For, URL: "https://dap.example/", Title: all, Quote: all, Publisher: all}},
	}
	check := desk.Check{ID: id, DeskID: "river", Lang: "vi"}
	approvals := func(act desk.Act) (out []desk.Approval) {
		for _, m := range []string{"an", "binh", "chi"}[:act.Keys()] {
			out = append(out, desk.Approval{MemberID: m, KeyID: "key-" + m, Revision: "r"})
		}
		return out
	}
	if err := errors.Join(tx.AddCheck(check), tx.AddVersion(v, "r", approvals(v.Act)), record.Version(tx, v, approvals(v.Act))); err != nil || act == "" {
		return err
	}
	v.Number, v.Act, v.Reason, v.Note = 2, act, "r", "đã sửa lần một"
	if act == desk.WithholdOrder {
		v.Order = desk.Order{Body: "Toà án Bến Đò", Date: tx.Day() - 200, Law: "Luật X, điều 9", Digest: strings.Repeat("ab", 32), Lapses: tx.Day() + 1}
	}
	if lapsed {
		v.Order.Lapses = tx.Day()
	}
	last, _, err := tx.LastLeaf(id)
	if err != nil {
		return err
	}
	owner := desk.Declaration{DeskID: "river", Owner: "Hợp tác xã", OwnerKind: desk.OwnerIndependent, FunderKind: desk.OwnerUnknown}
	l, _, err := leaf.Of(leaf.VersionOf{Check: check, Version: v, Approvals: approvals(act), Owner: &owner, Salt: strings.Repeat("0", 64), Prev: last.Hash})
	if err != nil {
		return err
	}
	b, err := l.Bytes()
	if err != nil {
		return err
	}
	if _, err := tx.AddLeaf(store.Leaf{Kind: string(l.Kind), Subject: id, Rev: 2, Bytes: b, Hash: leaf.Hash(b)}, id, ""); err != nil || act != desk.ErasePersonal {
		return err
	}
	_, err = tx.EraseBefore(id, 2)
	return err
}

// holds reads a door, which may say that there is nothing there.
func (r *running) holds(t *testing.T, path, words string, want bool) {
	t.Helper()
	status, body := r.get(t, path)
	for tries := 0; status == http.StatusTooManyRequests && tries < 60; tries++ {
		time.Sleep(time.Second)
		status, body = r.get(t, path)
	}
	body = text(body)
	said := strings.Contains(body, words) || strings.Contains(body, publish.Slug(words))
	if got := status == http.StatusOK && said; got != want {
		t.Errorf("%s: shows %q %v, want %v (status %d)", path, words, got, want, status)
	}
}

// text is a body of whatever kind with its escapes undone, as far as they could hide
// Vietnamese words.
func text(body string) string {
	var plain string
	escaped := regexp.MustCompile(`\\u[0-9a-f]{4}`).ReplaceAllStringFunc(body, func(s string) string {
		_ = json.Unmarshal([]byte(`"`+s+`"`), &plain)
		return plain
	})
	return escaped + strings.ToLower(escaped)
}

// finds looks the words of a check up.
func (r *running) finds(t *testing.T, id, words string, want bool) {
	t.Helper()
	message, err := json.Marshal(map[string]string{"text": "Tin về " + words})
	if err != nil {
		t.Fatal(err)
	}
	for range 60 {
		res, err := http.Post(r.base+"/api/v1/lookup", "application/json", bytes.NewReader(message))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		if res.StatusCode == http.StatusTooManyRequests {
			time.Sleep(time.Second)
			continue
		}
		if got := strings.Contains(string(body), id); res.StatusCode != http.StatusOK || got != want {
			t.Errorf("a look-up finds what says %q: %v, want %v (status %d)", words, got, want, res.StatusCode)
		}
		return
	}
	t.Error("no look-up is answered")
}

// tells wants a page to say what the record says, and the record to go on serving
// words that no order hides.
func (r *running) tells(t *testing.T, id string, act desk.Act) {
	t.Helper()
	_, page := r.get(t, "/c/"+id)
	_, second := r.get(t, "/c/"+id+"/v/2")
	_, card := r.get(t, "/api/v1/checks/"+id)
	want := []string{"Sổ công khai ghi rằng bài này đã thay đổi"}
	if act == desk.WithholdOrder {
		want = []string{"Toà án Bến Đò", "Luật X, điều 9", strings.Repeat("ab", 32)}
	}
	for _, sentence := range want {
		if !strings.Contains(page, sentence) || !strings.Contains(second, sentence) {
			t.Errorf("the page of what was lost with %s does not say %q", act, sentence)
		}
	}
	if !strings.Contains(card, `"withheld":true`) || !strings.Contains(card, fmt.Sprintf(`"act":%q`, act)) || !strings.Contains(card, `"number":2`) {
		t.Errorf("%s: %s", act, card)
	}
	at := regexp.MustCompile(`data-leaf="(\d+)"`).FindStringSubmatch(r.page(t, "/c/"+id+"/v/1"))
	if at == nil {
		t.Fatalf("%s: the page names no entry", act)
	}
	status, _ := r.get(t, "/log/content/"+at[1])
	if should := map[desk.Act]int{desk.WithholdOrder: 451, desk.ErasePersonal: 410, desk.Withdraw: 200, desk.Correct: 200}[act]; status != should {
		t.Errorf("the words behind the entry before %s: status %d, want %d", act, status, should)
	}
}

func (r *running) page(t *testing.T, path string) string {
	t.Helper()
	_, body := r.get(t, path)
	return body
}

// dataFiles are the files of the open data in which words can be read, once they are
// made.
func (r *running) dataFiles(t *testing.T) []string {
	t.Helper()
	for range 120 {
		found := regexp.MustCompile(`/data/latest/[\w.-]+\.(ndjson|csv|json|db|sqlite)\b`).FindAllString(r.page(t, "/data/"), -1)
		slices.Sort(found)
		if found = slices.Compact(found); len(found) >= 3 {
			return found
		}
		time.Sleep(250 * time.Millisecond)
	}
	t.Fatal("no open data")
	return nil
}
