package web_test

import (
	"bytes"
	"image/png"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"sangto/internal/catalog"
	"sangto/internal/desk"
	"sangto/internal/publish"
)

// TestShareForms asks for every other form of every sort of check.
func TestShareForms(t *testing.T) {
	for _, prefix := range []string{"", "/en"} {
		for _, e := range []catalog.Entry{damCheck, schoolCheck, opinionCheck, ownCauseCheck, farCheck, articleCheck, privateCheck, correctedCheck, withdrawnCheck} {
			b := openBook(t)
			for name, kind := range map[string]string{
				"card.png": "image/png", "card-square.png": "image/png", "sms.txt": "text/plain; charset=utf-8", "sheet": "text/html; charset=utf-8",
			} {
				path := prefix + "/c/" + e.Check.ID + "/" + name
				got := send(b.handler, "GET", path, nil, nil)
				if got.Code != 200 || got.Header().Get("Content-Type") != kind {
					t.Errorf("%s: %d %s", path, got.Code, got.Header().Get("Content-Type"))
				}
				for method, status := range map[string]int{"POST": 405, "DELETE": 405, "HEAD": 200} {
					if again := send(b.handler, method, path, nil, nil); again.Code != status {
						t.Errorf("%s %s: %d", method, path, again.Code)
					}
				}
			}
			if got := send(b.handler, "GET", prefix+"/c/"+e.Check.ID+"/sms.txt", nil, nil).Body.String(); !strings.Contains(got, words(t, map[string]string{"": "vi", "/en": "en"}[prefix]).T("check.fixed_line")) {
				t.Errorf("no fixed line in %q", got)
			}
		}
	}
}

// TestCardIsDrawnOnce: the tag is strong, whoever has the card is not sent it
// again, and another card takes its place when the check changes.
func TestCardIsDrawnOnce(t *testing.T) {
	b := openBook(t)
	path := "/c/" + damCheck.Check.ID + "/card.png"
	first := send(b.handler, "GET", path, nil, nil)
	tag := first.Header().Get("Etag")
	if first.Code != 200 || !strings.HasPrefix(tag, `"`) || first.Header().Get("Cache-Control") != "no-cache" {
		t.Fatalf("%d %q %q", first.Code, tag, first.Header().Get("Cache-Control"))
	}
	config, err := png.DecodeConfig(bytes.NewReader(first.Body.Bytes()))
	if err != nil || config.Width != 1200 || config.Height != 630 {
		t.Errorf("%v %v", config, err)
	}
	start := time.Now()
	again := send(b.handler, "GET", path, nil, http.Header{"If-None-Match": {tag}})
	if took := time.Since(start); again.Code != 304 || again.Body.Len() != 0 {
		t.Errorf("%d with %d bytes after %v", again.Code, again.Body.Len(), took)
	}
	p := b.pages[damCheck.Check.ID]
	p.Shown.Summary = "Một lý do khác."
	b.pages[damCheck.Check.ID] = p
	if other := send(b.handler, "GET", path, nil, http.Header{"If-None-Match": {tag}}); other.Code != 200 || other.Header().Get("Etag") == tag {
		t.Errorf("a changed check has the old card: %d", other.Code)
	}
	if english := send(b.handler, "GET", "/en"+path, nil, nil); english.Header().Get("Etag") == tag {
		t.Error("the English card is the Vietnamese one")
	}
}

// TestWithheldWordsStayHidden looks for the words of a withheld check in all
// its forms, also after its card was drawn with them.
func TestWithheldWordsStayHidden(t *testing.T) {
	b := openBook(t)
	at := "/c/" + damCheck.Check.ID + "/"
	before := send(b.handler, "GET", at+"card.png", nil, nil)
	p := b.pages[damCheck.Check.ID]
	p.Shown.Act = desk.WithholdOrder
	p.Shown.Order = desk.Order{Body: "Sở Thông tin", Law: "Điều 5", Date: day("2026-11-19"), Lapses: day("2027-05-18")}
	p.Shown = p.Shown.Hidden()
	p.Entry.Version, p.Withheld = p.Shown, true
	for i := range p.Versions {
		p.Versions[i] = p.Versions[i].Hidden()
	}
	b.pages[damCheck.Check.ID] = p
	for _, name := range []string{"sms.txt", "aloud.txt", "sheet"} {
		got := send(b.handler, "GET", at+name, nil, nil)
		body := strings.ToLower(got.Body.String())
		for _, word := range []string{"suối vàng", "suoi vang", "14 giờ", "sơ tán"} {
			if strings.Contains(body, word) {
				t.Errorf("%s says %q", name, word)
			}
		}
		if name == "aloud.txt" && got.Code != 404 || name != "aloud.txt" && !strings.Contains(strings.ToLower(body), "sở thông tin") {
			t.Errorf("%s: %d %s", name, got.Code, body)
		}
	}
	after := send(b.handler, "GET", at+"card.png", nil, nil)
	if after.Code != 200 || bytes.Equal(before.Body.Bytes(), after.Body.Bytes()) {
		t.Error("the card shows what it showed before the order")
	}
	restored, err := publish.NewPrinter()
	if err != nil {
		t.Fatal(err)
	}
	w := words(t, "vi")
	want, err := restored.Card(w, publish.NewFinding(w, p.Check, p.Desk, p.Shown, "https://sangto.example/c/"+p.Check.ID), publish.Wide())
	if err != nil || !bytes.Equal(want, after.Body.Bytes()) {
		t.Error("the card of a withheld check is not made of what Hidden leaves")
	}
}

func TestAloudFile(t *testing.T) {
	b := openBook(t)
	for _, prefix := range []string{"", "/en"} {
		got := send(b.handler, "GET", prefix+"/c/"+damCheck.Check.ID+"/aloud.txt", nil, nil)
		text := got.Body.String()
		// The script is in the language of the check, whichever page led to it.
		if got.Code != 200 || got.Header().Get("Content-Language") != "vi" || !strings.Contains(text, "mười bốn giờ") || !strings.HasPrefix(text, "Đọc chừng ") {
			t.Errorf("%d %v %s", got.Code, got.Header(), text)
		}
		refused := send(b.handler, "GET", prefix+"/c/"+ownCauseCheck.Check.ID+"/aloud.txt", nil, nil)
		page := send(b.handler, "GET", prefix+"/c/"+ownCauseCheck.Check.ID, nil, nil).Body.String()
		if refused.Code != 404 || strings.Contains(page, "aloud.txt") {
			t.Errorf("read-aloud text on public power: %d", refused.Code)
		}
	}
}

// TestReadableEndsKeepOff: no title leads to the address of another form.
func TestReadableEndsKeepOff(t *testing.T) {
	b := openBook(t)
	p := b.pages[damCheck.Check.ID]
	p.Shown.Title = "Sheet"
	p.Entry.Version.Title = "Sheet"
	b.pages[damCheck.Check.ID] = p
	got := send(b.handler, "GET", "/c/"+damCheck.Check.ID, nil, nil)
	if got.Code != 200 || strings.Contains(got.Body.String(), `rel="canonical" href="https://sangto.example/c/`+damCheck.Check.ID+`/sheet"`) {
		t.Errorf("%d: a check called Sheet is at the address of its sheet", got.Code)
	}
}

// TestManyWantOneCard: whoever comes while a card is drawn waits for it.
func TestManyWantOneCard(t *testing.T) {
	b := openBook(t)
	var all sync.WaitGroup
	tags := make([]string, 12)
	for i := range tags {
		all.Go(func() {
			tags[i] = send(b.handler, "GET", "/c/"+damCheck.Check.ID+"/card.png", nil, nil).Header().Get("Etag")
		})
	}
	all.Wait()
	for _, tag := range tags {
		if tag == "" || tag != tags[0] {
			t.Errorf("%q", tags)
		}
	}
}

var (
	pdfPage = regexp.MustCompile(`/Type\s*/Page\b`)
	pdfA4   = regexp.MustCompile(`/MediaBox\s*\[\s*0 0 59[45][.\d]* 84[12][.\d]*\s*\]`)
)
