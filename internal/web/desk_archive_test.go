package web_test

import (
	"bytes"
	"context"
	"html"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"sangto/internal/desk"
	"sangto/internal/evidence"
	"sangto/internal/lang"
	"sangto/internal/web"
)

// shelfStory is an invented draft with sources in every state.
type shelfStory struct {
	did  []string
	fail error
	open bool
}

func (s *shelfStory) Shelf(_ context.Context, m desk.Member, draftID string) (evidence.Shelf, error) {
	if draftID != id(1) {
		return evidence.Shelf{}, missing()
	}
	kept := func(n int, state desk.CopyState, way desk.CopyWay, reason string) desk.Copy {
		c := desk.Copy{ID: id(100 + n), DraftID: draftID, State: state, Way: way, Reason: reason, MediaType: "text/html", Kept: now}
		if way == desk.CopyLinked {
			c.ArchiveURL = "https://web.archive.org/web/2026/https://nuoc.example/cau-moi"
		}
		return c
	}
	sources := []evidence.Source{
		{Evidence: damCheck.Version.Evidence[0]},
		{Evidence: damCheck.Version.Evidence[1], Copies: []desk.Copy{kept(1, desk.CopyKept, desk.CopyFetched, ""), kept(2, desk.CopyKept, desk.CopyLinked, "")}, SamePage: 1},
		{Evidence: damCheck.Version.Evidence[2], Copies: []desk.Copy{kept(3, desk.CopyWanted, desk.CopyFetched, "")}, SameOwner: 2, Owner: "Ủy ban tỉnh Thượng Đồng"},
		{Evidence: damCheck.Version.Evidence[3], Copies: []desk.Copy{kept(4, desk.CopyFailed, desk.CopyFetched, "private"), kept(5, desk.CopyKept, desk.CopyUploaded, "")}},
		{Evidence: desk.Evidence{URL: "https://facebook.com/newsroom/1", Title: "<script>alert(1)</script>", By: desk.ByOrganisation}, Network: true},
		{Evidence: desk.Evidence{URL: "not an address"}, Broken: true},
	}
	return evidence.Shelf{DraftID: draftID, Claim: damCheck.Version.Claim, Sources: sources, Left: 15, Waiting: true, Open: s.open}, nil
}

func (s *shelfStory) note(what ...string) error {
	s.did = append(s.did, strings.Join(what, " "))
	return s.fail
}

func (s *shelfStory) Want(_ context.Context, m desk.Member, draftID, address string) error {
	return s.note("want", m.ID, draftID, address)
}

func (s *shelfStory) Upload(_ context.Context, m desk.Member, draftID, address string, body []byte, kind string) error {
	return s.note("upload", m.ID, draftID, address, string(body), kind)
}

func (s *shelfStory) Link(_ context.Context, m desk.Member, draftID, address, archive string) error {
	return s.note("link", m.ID, draftID, address, archive)
}

func (s *shelfStory) Read(_ context.Context, _ desk.Member, draftID, copyID string) (desk.Copy, error) {
	if copyID != id(101) {
		return desk.Copy{}, missing()
	}
	return desk.Copy{
		ID: copyID, DraftID: draftID, URL: "https://nuoc.example/cau-moi", FoundAt: "https://nuoc.example/cau-moi/2", Kept: now, MediaType: "text/html",
		Title: "Mực nước", Text: "Một <script>alert(1)</script>\n\nHai", SHA256: strings.Repeat("ab", 32),
	}, nil
}

func (s *shelfStory) TakeOut(_ context.Context, m desk.Member, draftID, copyID string) error {
	return s.note("out", m.ID, draftID, copyID)
}

func openShelf(t testing.TB) (*deskBook, *shelfStory) {
	t.Helper()
	s := &shelfStory{open: true}
	return openDesk(t, func(d *web.DeskDeps) { d.Archive = s }), s
}

var copiesPage = "/desk/drafts/" + id(1) + "/copies"

// TestCopiesPage: every source with its hints and copies, and a form only
// where something can be done.
func TestCopiesPage(t *testing.T) {
	b, s := openShelf(t)
	for _, tag := range lang.Tags() {
		w := words(t, tag)
		b.chairs.langs["hoa"] = tag
		got := b.get(copiesPage, b.as(desk.Editor))
		raw := got.Body.String()
		body := html.UnescapeString(raw)
		for _, want := range []string{
			w.T("desk_archive.wanted"), w.T("desk_archive.refresh"), w.T("desk_archive.reason.private"), w.T("desk_archive.same_page", "Number", 1), w.T("desk_archive.same_owner", "Number", 2),
			w.T("desk_archive.owner", "Owner", "Ủy ban tỉnh Thượng Đồng"), w.T("desk_archive.network"), w.T("desk_archive.broken"), w.T("desk_archive.linked"),
		} {
			if !strings.Contains(body, want) {
				t.Errorf("%s: the page lacks %q", tag, want)
			}
		}
		if got.Code != 200 || strings.Contains(raw, "<script>") {
			t.Errorf("%s: %d, or markup of a source comes through", tag, got.Code)
		}
		// Fetching: only the first; the others have a copy, are on a network or broken.
		if n := strings.Count(body, ">"+w.T("desk_archive.fetch")+"</button>"); n != 1 {
			t.Errorf("%s: %d sources can be fetched, want 1", tag, n)
		}
		for _, fault := range faults(raw) {
			t.Error(tag, fault)
		}
	}
	s.open = false
	if body := b.get(copiesPage, b.as(desk.Reviewer)).Body.String(); strings.Contains(body, "<form method=\"post\" action=\"/desk/drafts/") {
		t.Error("a closed draft offers forms")
	}
	if got := b.get("/desk/drafts/"+id(9)+"/copies", b.as(desk.Editor)); got.Code != 404 {
		t.Errorf("no draft: %d", got.Code)
	}
	if got := b.get(copiesPage, nil); got.Code != http.StatusSeeOther {
		t.Errorf("nobody: %d", got.Code)
	}
}

func TestCopiesForms(t *testing.T) {
	b, s := openShelf(t)
	const source = "https://nuoc.example/cau-moi"
	for _, c := range []struct {
		path string
		form url.Values
		did  string
		said string
	}{
		{copiesPage, url.Values{"address": {source}}, "want hoa " + id(1) + " " + source, "copy_wanted"},
		{copiesPage, url.Values{"address": {source}, "archive": {" https://perma.cc/x "}}, "link hoa " + id(1) + " " + source + " https://perma.cc/x", "copy_linked"},
		{copiesPage + "/" + id(101) + "/out", nil, "out hoa " + id(1) + " " + id(101), "copy_out"},
	} {
		s.did = nil
		got := b.post(c.path, c.form, b.as(desk.Editor))
		if got.Code != http.StatusSeeOther || got.Header().Get("Location") != copiesPage+"?said="+c.said || len(s.did) != 1 || s.did[0] != c.did {
			t.Errorf("%s: %d %s %q", c.path, got.Code, got.Header().Get("Location"), s.did)
		}
		s.did = nil
		if got := b.post(c.path, c.form, nil); len(s.did) != 0 || got.Code < 400 {
			t.Errorf("%s by nobody: %d %q", c.path, got.Code, s.did)
		}
	}
	s.fail = &desk.Error{Kind: desk.Conflict, Op: "x", Key: "error.copy.again"}
	got := b.post(copiesPage, url.Values{"address": {source}}, b.as(desk.Editor))
	if got.Code != http.StatusConflict || !strings.Contains(html.UnescapeString(got.Body.String()), words(t, "vi").T("error.copy.again")) {
		t.Errorf("a refusal: %d", got.Code)
	}
}

func TestUploadACopy(t *testing.T) {
	b, s := openShelf(t)
	send := func(content string, h http.Header) *httptest.ResponseRecorder {
		var body bytes.Buffer
		m := multipart.NewWriter(&body)
		_ = m.WriteField("address", "https://a.example/")
		w, err := m.CreateFormFile("file", "riêng tư.html")
		if err != nil {
			t.Fatal(err)
		}
		_, _ = w.Write([]byte(content))
		_ = m.Close()
		r := httptest.NewRequest("POST", "https://sangto.example"+"/desk/drafts/"+id(1)+"/upload-copy", &body)
		r.Header.Set("Content-Type", m.FormDataContentType())
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		for name, values := range h {
			r.Header[name] = values
		}
		got := httptest.NewRecorder()
		b.handler.ServeHTTP(got, r)
		return got
	}
	got := send("<p>lời", b.as(desk.Editor))
	if got.Code != http.StatusSeeOther || len(s.did) != 1 || s.did[0] != "upload hoa "+id(1)+" https://a.example/ <p>lời application/octet-stream" {
		t.Errorf("%d %q", got.Code, s.did)
	}
	got = send(strings.Repeat("x", desk.UploadMax+1), b.as(desk.Editor))
	if got.Code != http.StatusRequestEntityTooLarge || len(s.did) != 1 {
		t.Errorf("too large: %d", got.Code)
	}
	if got := send("x", nil); got.Code < 400 || len(s.did) != 1 {
		t.Errorf("nobody uploads: %d", got.Code)
	}
}

func TestCopyForMembersIsInert(t *testing.T) {
	b, _ := openShelf(t)
	body := b.get(copiesPage+"/"+id(101), b.as(desk.Editor)).Body.String()
	if strings.Contains(body, "<script>") || !strings.Contains(body, "&lt;script&gt;alert(1)&lt;/script&gt;") || !strings.Contains(body, "cau-moi/2") {
		t.Error("the copy is not shown as text")
	}
	if got := b.get(copiesPage+"/"+id(102), b.as(desk.Editor)); got.Code != 404 {
		t.Errorf("another's copy: %d", got.Code)
	}
}
