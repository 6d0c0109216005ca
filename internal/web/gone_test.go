package web_test

import (
	"html"
	"strings"
	"testing"
)

// TestGoneAtItsSourceIsSaid: a check that its publisher took away says so, on
// its own page and where it stands beside ours, and one that is there does not.
func TestGoneAtItsSourceIsSaid(t *testing.T) {
	b := openBook(t)
	says := func(path, sentence string) bool {
		t.Helper()
		got := send(b.handler, "GET", path, nil, nil)
		if got.Code != 200 {
			t.Fatalf("%s: status %d", path, got.Code)
		}
		return strings.Contains(html.UnescapeString(got.Body.String()), sentence)
	}
	far, beside := "/c/"+farCheck.Check.ID, "/c/"+damCheck.Check.ID
	lines := map[string]string{
		"/en" + far: "No longer at its source since", "/en" + beside: "No longer at its source since",
		far: "Bài này không còn ở nơi đã đăng, kể từ", beside: "Bài này không còn ở nơi đã đăng, kể từ",
	}
	for path, line := range lines {
		if says(path, line) {
			t.Errorf("%s: said of what is there", path)
		}
	}
	b = openBook(t)
	b.gone = day("2026-11-18")
	p := b.pages[farCheck.Check.ID]
	p.Gone = b.gone
	b.pages[farCheck.Check.ID] = p
	for path, line := range lines {
		date := words(t, "vi").Date(b.gone)
		if strings.HasPrefix(path, "/en/") {
			date = words(t, "en").Date(b.gone)
		}
		if !says(path, line+" "+date+".") {
			t.Errorf("%s: not said, or not since when", path)
		}
	}
}
