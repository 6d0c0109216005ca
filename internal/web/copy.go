package web

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"sangto/internal/catalog"
	"sangto/internal/desk"
	"sangto/internal/publish"
)

// copyShown is how much of a copy its page shows, in bytes; the file has all of
// it. With its markup the page stays within what every page keeps to.
const copyShown = 40 << 10

func copyPath(id string, n, position int) string {
	return versionPath(id, n) + "/copy/" + strconv.Itoa(position)
}

// copyView shows what a source said when it was archived: text and nothing
// else, whatever the page was.
type copyView struct {
	frame
	Heading, CheckTitle, CheckLang, CheckHref string
	Source, SourceTitle, Publisher            string
	Found, Taken, Way                         string
	Kind, Size                                string
	Erased, Unread, Cut, More                 string
	CopyTitle                                 string
	Paragraphs                                []string
	Hash, Original, File, Command             string
}

func (copyView) template() string { return "copy" }

// archived is the page "what this source said that day".
func (s *Site) archived(v *visit) error {
	a, err := s.copyOf(v)
	if err != nil {
		return err
	}
	words, c := v.words, a.Copy
	path := copyPath(a.Check.ID, a.Shown.Number, a.Evidence.Position)
	d := &copyView{frame: s.newFrame(words, s.site(v.r.Context()), path)}
	d.Title = d.T("copy.title", "Title", publish.Plain(firstOf(a.Evidence.Title, c.URL)))
	d.Heading = d.T("copy.heading", "Date", words.Date(desk.DayOf(c.Kept, zoneOf(s.site(v.r.Context())))))
	d.NoIndex = true
	d.CheckTitle, d.CheckLang = publish.Plain(title(a.Shown)), passage(words, a.Check.Lang)
	d.CheckHref = d.Link(versionPath(a.Check.ID, a.Shown.Number))
	d.SourceTitle, d.Publisher = publish.Plain(firstOf(a.Evidence.Title, c.URL)), publish.Plain(a.Evidence.Publisher)
	if desk.WebAddress(c.URL) {
		d.Source = c.URL
	}
	if c.FoundAt != c.URL {
		d.Found = c.FoundAt
	}
	d.Taken = d.T("copy.taken", "Date", words.Date(desk.DayOf(c.Kept, time.UTC)), "Time", c.Kept.UTC().Format("15:04:05"))
	d.Way = d.T("copy.way." + string(c.Way))
	d.Kind, d.Size = publish.Plain(c.MediaType), d.T("copy.size", "Size", words.Number(int(c.Size)))
	d.describeText(c)
	d.Hash, d.Original = c.SHA256, c.Original
	if c.State == desk.CopyKept {
		d.File, d.Command = path+"/copy.txt", "sha256sum copy.txt"
		d.File = d.Link(d.File)
	}
	s.switchLink(&d.frame)
	return s.reply(v, http.StatusOK, d)
}

func zoneOf(site catalog.Site) *time.Location {
	if site.Zone == nil {
		return time.UTC
	}
	return site.Zone
}

// describeText fills in the words of the copy, or why there are none.
func (d *copyView) describeText(c desk.Copy) {
	switch {
	case c.State == desk.CopyErased:
		d.Erased = d.T("copy.erased")
		return
	case !c.Readable():
		d.Unread = d.T("copy.unread", "Kind", firstOf(d.Kind, "?"))
		return
	}
	d.CopyTitle = publish.Plain(c.Title)
	shown := c.Text
	if len(shown) > copyShown {
		end := strings.LastIndexByte(shown[:copyShown], '\n')
		if end < copyShown/2 {
			end = strings.LastIndexByte(shown[:copyShown], ' ')
		}
		shown = strings.ToValidUTF8(shown[:max(end, copyShown/2)], "")
		d.More = d.T("copy.more")
	}
	if c.Cut {
		d.Cut = d.T("copy.cut", "Max", desk.CopyTextMax>>10)
	}
	for part := range strings.SplitSeq(shown, "\n\n") {
		d.Paragraphs = append(d.Paragraphs, part)
	}
}

// archivedFile gives the copy as the plain file whose hash was approved.
func (s *Site) archivedFile(v *visit) error {
	a, err := s.copyOf(v)
	if err != nil {
		return err
	}
	if a.Copy.State != desk.CopyKept {
		return notFound("read copy")
	}
	v.w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	v.w.Header().Set("Content-Disposition", `attachment; filename="copy.txt"`)
	v.w.Header().Set("X-Robots-Tag", "noindex")
	_, err = v.w.Write(a.Copy.File())
	return clientGone(err)
}

// copyOf reads the copy that the address names.
func (s *Site) copyOf(v *visit) (catalog.Archived, error) {
	n, err := strconv.Atoi(v.r.PathValue("n"))
	position, err2 := strconv.Atoi(v.r.PathValue("k"))
	if err != nil || err2 != nil || strconv.Itoa(n) != v.r.PathValue("n") || strconv.Itoa(position) != v.r.PathValue("k") {
		return catalog.Archived{}, notFound("read copy")
	}
	return s.catalog.Copy(v.r.Context(), v.r.PathValue("id"), n, position)
}
