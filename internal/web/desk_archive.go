package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"sangto/internal/desk"
	"sangto/internal/evidence"
	"sangto/internal/gate"
	"sangto/internal/lang"
	"sangto/internal/publish"
)

// Archive keeps copies of the sources a draft cites. *evidence.Archive is one.
type Archive interface {
	Shelf(ctx context.Context, m desk.Member, draftID string) (evidence.Shelf, error)
	Want(ctx context.Context, m desk.Member, draftID, address string) error
	Upload(ctx context.Context, m desk.Member, draftID, address string, body []byte, contentType string) error
	Link(ctx context.Context, m desk.Member, draftID, address, archive string) error
	Read(ctx context.Context, m desk.Member, draftID, id string) (desk.Copy, error)
	TakeOut(ctx context.Context, m desk.Member, draftID, id string) error
}

// archiveRoutes are the pages on which members archive sources.
func (s *Site) archiveRoutes() []Route {
	return []Route{
		s.deskGet("/desk/drafts/{id}/copies", s.copies),
		s.deskPost("/desk/drafts/{id}/copies", s.wantCopy),
		s.deskPost("/desk/drafts/{id}/upload-copy", s.uploadCopy),
		s.deskGet("/desk/drafts/{id}/copies/{copy}", s.readCopy),
		s.deskPost("/desk/drafts/{id}/copies/{copy}/out", s.takeOutCopy),
	}
}

// copiesPanel is the sources of a draft with their copies, for the template
// "copies", which any page of the desk can hold.
type copiesPanel struct {
	*lang.Words
	Sources []copiesSource
	Left    string
	// Refresh is the address of the page on which the panel stands alone; Waiting
	// asks the reader to open it again.
	Refresh string
	Waiting bool
}

type copiesSource struct {
	Anchor, Number        string
	URL, Title, Publisher string
	Address               string
	Hints                 []string
	Copies                []copiesLine
	Action, Upload        string
	CanFetch, CanUpload   bool
	CanLink, Open         bool
}

// copiesLine is one copy in a line: what became of it, and what can be done.
type copiesLine struct{ Said, Read, ReadName, Out string }

// copiesPath is the page of a draft's copies.
func copiesPath(draftID string) string { return "/desk/drafts/" + url.PathEscape(draftID) + "/copies" }

// newCopiesPanel shows a shelf; zone is the desk's.
func newCopiesPanel(words *lang.Words, shelf evidence.Shelf, zone *time.Location) copiesPanel {
	p := copiesPanel{Words: words, Waiting: shelf.Waiting, Refresh: copiesPath(shelf.DraftID)}
	p.Left = words.T("desk_archive.left", "Count", max(shelf.Left, 0), "Max", desk.CopiesMax)
	for i, src := range shelf.Sources {
		p.Sources = append(p.Sources, newCopiesSource(words, shelf, i, src, zone))
	}
	return p
}

func newCopiesSource(words *lang.Words, shelf evidence.Shelf, i int, src evidence.Source, zone *time.Location) copiesSource {
	number := strconv.Itoa(i + 1)
	out := copiesSource{
		Anchor: "source-" + number, Number: number, Address: src.URL, Publisher: publish.Plain(src.Publisher),
		Title: publish.Plain(firstOf(src.Title, src.URL)), Action: copiesPath(shelf.DraftID),
		Upload: "/desk/drafts/" + url.PathEscape(shelf.DraftID) + "/upload-copy",
	}
	if desk.WebAddress(src.URL) {
		out.URL = src.URL
	}
	has := func(way desk.CopyWay) bool {
		return slices.ContainsFunc(src.Copies, func(c desk.Copy) bool { return c.Way == way })
	}
	out.Open = shelf.Open && !src.Broken && shelf.Left > 0
	out.CanFetch = out.Open && !src.Network && !has(desk.CopyFetched)
	out.CanUpload = out.Open && !has(desk.CopyUploaded)
	out.CanLink = out.Open && !has(desk.CopyLinked)
	out.Open = out.CanUpload || out.CanLink
	out.Hints = hints(words, src)
	for _, c := range src.Copies {
		out.Copies = append(out.Copies, newCopiesLine(words, shelf, c, number, zone))
	}
	return out
}

// hints point out what a member may want to know of a source. They judge
// nothing.
func hints(words *lang.Words, src evidence.Source) []string {
	var out []string
	switch {
	case src.SamePage > 0:
		out = append(out, words.T("desk_archive.same_page", "Number", src.SamePage))
	case src.SameOwner > 0:
		out = append(out, words.T("desk_archive.same_owner", "Number", src.SameOwner))
	}
	if src.Owner != "" {
		out = append(out, words.T("desk_archive.owner", "Owner", src.Owner))
	}
	if src.Network {
		out = append(out, words.T("desk_archive.network"))
	}
	if src.Broken {
		out = append(out, words.T("desk_archive.broken"))
	}
	return out
}

func newCopiesLine(words *lang.Words, shelf evidence.Shelf, c desk.Copy, number string, zone *time.Location) copiesLine {
	here := copiesPath(shelf.DraftID) + "/" + url.PathEscape(c.ID)
	var l copiesLine
	when := words.Date(desk.DayOf(c.Kept, zone))
	switch {
	case c.State == desk.CopyWanted:
		return copiesLine{Said: words.T("desk_archive.wanted")}
	case c.State == desk.CopyFailed:
		return copiesLine{Said: words.T("desk_archive.reason." + c.Reason)}
	case c.State == desk.CopyErased:
		return copiesLine{Said: words.T("copy.erased")}
	case c.Way == desk.CopyLinked:
		l = copiesLine{Said: words.T("desk_archive.linked"), Read: c.ArchiveURL, ReadName: c.ArchiveURL}
	case c.MediaType == "text/html" || c.MediaType == "text/plain" || c.MediaType == "application/xhtml+xml":
		l = copiesLine{Said: words.T("desk_archive.kept."+string(c.Way), "Date", when), Read: here, ReadName: words.T("desk_archive.read", "Number", number)}
	default:
		l = copiesLine{Said: words.T("desk_archive.unread", "Date", when, "Kind", publish.Plain(c.MediaType))}
	}
	if shelf.Open {
		l.Out = here + "/out"
	}
	return l
}

// copiesView is the page of a draft's copies.
type copiesView struct {
	deskPage
	Claim, Problem, Back string
	Panel                copiesPanel
}

func (copiesView) template() string { return "desk_copies" }

func (s *Site) copies(_ http.ResponseWriter, _ *http.Request, v visit) error {
	return s.showCopies(v, nil)
}

// showCopies shows the page, with what was wrong with what came out of it.
func (s *Site) showCopies(v visit, wrong error) error {
	if s.archive == nil {
		return notFound("find the archive")
	}
	shelf, err := s.archive.Shelf(v.r.Context(), v.Member, v.r.PathValue("id"))
	if err != nil {
		return err
	}
	d := &copiesView{deskPage: s.deskFrame(v, draftsSection, v.words.T("desk_archive.title"))}
	d.Claim, d.Panel = publish.Plain(shelf.Claim), newCopiesPanel(v.words, shelf, zoneOf(s.site(v.r.Context())))
	d.Back = "/desk/drafts/" + url.PathEscape(shelf.DraftID)
	d.Path = d.Panel.Refresh
	status := http.StatusOK
	if wrong != nil {
		d.Problem, status = v.words.Error(wrong), gate.Status(desk.KindOf(wrong))
	}
	return s.showPageAs(v, status, d)
}

// ended answers a form: with the page that says what was done, or with the same
// page and what was wrong.
func (s *Site) ended(v visit, err error, said string) error {
	switch desk.KindOf(err) {
	case desk.Invalid, desk.Conflict, desk.Forbidden, desk.TooLarge:
		if err != nil {
			return s.showCopies(v, err)
		}
	}
	if err != nil {
		return err
	}
	return seeOther(v, copiesPath(v.r.PathValue("id")), said)
}

// wantCopy asks for a source to be fetched or, where the form names an archive,
// notes a third party's copy.
func (s *Site) wantCopy(_ http.ResponseWriter, _ *http.Request, v visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	if s.archive == nil {
		return notFound("find the archive")
	}
	ctx, id, address := v.r.Context(), v.r.PathValue("id"), form.Get("address")
	if form.Has("archive") {
		return s.ended(v, s.archive.Link(ctx, v.Member, id, address, strings.TrimSpace(form.Get("archive"))), "copy_linked")
	}
	return s.ended(v, s.archive.Want(ctx, v.Member, id, address), "copy_wanted")
}

func (s *Site) uploadCopy(w http.ResponseWriter, r *http.Request, v visit) error {
	if s.archive == nil {
		return notFound("find the archive")
	}
	form, file, err := gate.ReadUpload(w, r, desk.UploadMax)
	if desk.KindOf(err) == desk.TooLarge {
		err = &desk.Error{Kind: desk.TooLarge, Op: "upload a copy", Key: "error.copy.upload_large", Args: map[string]any{"Max": desk.UploadMax >> 20}}
		return s.showCopies(v, err)
	}
	if err != nil {
		return err
	}
	err = s.archive.Upload(r.Context(), v.Member, r.PathValue("id"), form.Get("address"), file.Body, file.ContentType)
	return s.ended(v, err, "copy_uploaded")
}

func (s *Site) takeOutCopy(_ http.ResponseWriter, _ *http.Request, v visit) error {
	if s.archive == nil {
		return notFound("find the archive")
	}
	err := s.archive.TakeOut(v.r.Context(), v.Member, v.r.PathValue("id"), v.r.PathValue("copy"))
	return s.ended(v, err, "copy_out")
}

// deskCopyView shows a member one copy as inert text.
type deskCopyView struct {
	deskPage
	Back, Address, Found, Taken, CopyTitle, Unread, Hash string
	Paragraphs                                           []string
}

func (deskCopyView) template() string { return "desk_copy" }

func (s *Site) readCopy(_ http.ResponseWriter, r *http.Request, v visit) error {
	if s.archive == nil {
		return notFound("find the archive")
	}
	c, err := s.archive.Read(r.Context(), v.Member, r.PathValue("id"), r.PathValue("copy"))
	if err != nil {
		return err
	}
	d := &deskCopyView{deskPage: s.deskFrame(v, draftsSection, v.words.T("desk_archive.copy_title"))}
	d.Back, d.Address, d.CopyTitle, d.Hash = copiesPath(c.DraftID), c.URL, publish.Plain(c.Title), c.SHA256
	if c.FoundAt != c.URL {
		d.Found = c.FoundAt
	}
	if !c.Kept.IsZero() {
		d.Taken = v.words.T("copy.taken", "Date", v.words.Date(desk.DayOf(c.Kept, time.UTC)), "Time", c.Kept.UTC().Format("15:04:05"))
	}
	if !c.Readable() {
		d.Unread = v.words.T("copy.unread", "Kind", firstOf(publish.Plain(c.MediaType), "?"))
	} else {
		d.Paragraphs = strings.Split(c.Text, "\n\n")
	}
	return s.showPage(v, d)
}
