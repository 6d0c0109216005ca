package web_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"html"
	"strings"
	"testing"
)

// TestCopyIsInertText: whatever a page was, its copy is shown as text, and the
// file is what the page says its hash is.
func TestCopyIsInertText(t *testing.T) {
	b := openBook(t)
	path := "/c/" + damCheck.Check.ID + "/v/1/copy/1"
	got := send(b.handler, "GET", path, nil, nil)
	body := got.Body.String()
	if strings.Contains(body, "<script") || strings.Contains(body, "<b>chữ") || !strings.Contains(body, "&lt;script&gt;alert(1)&lt;/script&gt;") {
		t.Error("markup of the copy comes through")
	}
	if !strings.Contains(body, `<meta name="robots" content="noindex">`) {
		t.Error("search engines may index what a page said of people")
	}
	file := send(b.handler, "GET", path+"/copy.txt", nil, nil)
	sum := sha256.Sum256(file.Body.Bytes())
	if file.Code != 200 || !strings.Contains(body, hex.EncodeToString(sum[:])) {
		t.Errorf("%d: the file's hash is not the one shown", file.Code)
	}
	for name, want := range map[string]string{
		"Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff", "Content-Disposition": `attachment; filename="copy.txt"`, "X-Robots-Tag": "noindex",
	} {
		if file.Header().Get(name) != want {
			t.Errorf("%s is %q", name, file.Header().Get(name))
		}
	}
	for _, none := range []string{"/copy/9", "/copy/0", "/copy/-1", "/copy/01", "/copy/x", "/copy/99999999999999999999", "/copy/3/copy.txt", "/copy/9/copy.txt"} {
		if got := send(b.handler, "GET", "/c/"+damCheck.Check.ID+"/v/1"+none, nil, nil); got.Code != 404 {
			t.Errorf("%s: %d", none, got.Code)
		}
	}
	if got := send(b.handler, "GET", "/c/"+lemonCheck.Check.ID+"/v/1/copy/1", nil, nil); got.Code != 404 {
		t.Errorf("a check without copies: %d", got.Code)
	}
}

// TestEvidenceLeadsToItsCopy: the check links to the copies that exist and to
// no other.
func TestEvidenceLeadsToItsCopy(t *testing.T) {
	for tag, prefix := range map[string]string{"vi": "", "en": "/en"} {
		b := openBook(t)
		dam := b.pages[damCheck.Check.ID]
		dam.Copies = []int{2}
		b.pages[damCheck.Check.ID] = dam
		body := html.UnescapeString(send(b.handler, "GET", prefix+"/c/"+damCheck.Check.ID+"/v/1", nil, nil).Body.String())
		link := fmt.Sprintf(`<a href="%s/c/%s/v/1/copy/`, prefix, damCheck.Check.ID)
		if strings.Count(body, link) != 1 || !strings.Contains(body, link+`2">`+words(t, tag).T("check.evidence_said")) {
			t.Errorf("%s: %d links", tag, strings.Count(body, link))
		}
	}
}
