package web

import (
	"net/http"
	"os"
	"path"
	"strconv"
	"strings"
	"time"

	"sangto/internal/desk"
	"sangto/internal/dump"
)

// Data are the files of open data. *dump.Folder is one.
type Data interface {
	Newest() (dump.Set, error)
	Open(set, name string) (*os.File, dump.File, error)
	Licence() dump.Licence
}

// dataView is the page of open data.
type dataView struct {
	frame
	// Making is set while there is no set yet.
	Making                           string
	Offline, OfflineSize             string
	Dated, Licence, LicenceURL, Path string
	Files                            []dataFileView
}

func (dataView) template() string { return "data" }

type dataFileView struct{ Name, What, Size, SHA256, Href string }

// dataKind says what a file is. The keys are spelt out so that a search for a
// key finds its use.
func (d *dataView) kind(name string) string {
	switch name {
	case dump.Offline:
		return d.T("data.kind.offline")
	case dump.OfflineZip:
		return d.T("data.kind.zip")
	case dump.NDJSON:
		return d.T("data.kind.ndjson")
	case dump.CSV:
		return d.T("data.kind.csv")
	case dump.ClaimReview:
		return d.T("data.kind.claimreview")
	case dump.SQLite:
		return d.T("data.kind.sqlite")
	case dump.Sums:
		return d.T("data.kind.sums")
	}
	return d.T("data.kind.readme")
}

// openData shows what there is to take.
func (s *Site) openData(v *visit) error {
	d := &dataView{frame: s.newFrame(v.words, s.site(v.r.Context()), "/data/")}
	d.Title, d.Description = d.T("data.title"), d.T("data.lead")
	d.Canonical = s.absolute(d.Link("/data/"))
	s.switchLink(&d.frame)
	if s.data == nil {
		d.Making = d.T("data.making")
		return s.reply(v, http.StatusOK, d)
	}
	licence := s.data.Licence()
	d.Licence, d.LicenceURL = licence.Name, licence.URL
	set, err := s.data.Newest()
	switch {
	case desk.KindOf(err) == desk.NotFound:
		d.Making = d.T("data.making")
		return s.reply(v, http.StatusOK, d)
	case err != nil:
		return err
	}
	d.Dated, d.Path = d.T("data.dated", "Date", d.Date(set.Day)), "/data/"+set.Name+"/"
	for _, f := range set.Files {
		one := dataFileView{Name: f.Name, What: d.kind(f.Name), Size: d.size(f.Size), SHA256: f.SHA256, Href: "/data/" + dump.Latest + "/" + f.Name}
		if f.Name == dump.Offline {
			d.Offline, d.OfflineSize = one.Href, one.Size
		}
		d.Files = append(d.Files, one)
	}
	return s.reply(v, http.StatusOK, d)
}

// size writes a length in the unit that suits it, rounded up.
func (d *dataView) size(bytes int64) string {
	switch {
	case bytes >= 10<<20:
		return d.T("data.mib", "Number", int((bytes+1<<20-1)>>20))
	case bytes >= 1<<10:
		return d.T("data.kib", "Number", int((bytes+1<<10-1)>>10))
	}
	return d.T("data.bytes", "Number", int(bytes))
}

// dataTypes are spelt out because the system's table differs between machines.
func dataType(name string) string {
	switch path.Ext(name) {
	case ".html":
		return htmlType
	case ".zip":
		return "application/zip"
	case ".ndjson":
		return "application/x-ndjson; charset=utf-8"
	case ".csv":
		return "text/csv; charset=utf-8; header=present"
	case ".json":
		return "application/ld+json; charset=utf-8"
	case ".sqlite":
		return "application/vnd.sqlite3"
	}
	return "text/plain; charset=utf-8"
}

// cacheDay is how long a file of a named set may be kept by whoever is between
// us and a reader. Its content never changes, but it may have to go: words that
// were erased must not be handed out for a year.
const cacheDay = "public, max-age=86400, immutable"

// dataFile hands out a file, whole or in part (RFC 9110, section 14). All but
// plain text is a download, the offline search above all: its script must never
// run as a page of this site.
func (s *Site) dataFile(v *visit) error {
	if s.data == nil {
		return notFound("open data")
	}
	set, name := v.r.PathValue("set"), v.r.PathValue("file")
	f, about, err := s.data.Open(set, name)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	h := v.w.Header()
	h.Set("Content-Type", dataType(name))
	h.Set("Etag", strconv.Quote(about.SHA256))
	if !strings.HasPrefix(dataType(name), "text/plain") {
		h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	}
	if set != dump.Latest {
		h.Set("Cache-Control", cacheDay)
	}
	http.ServeContent(v.w, v.r, name, time.Time{}, f)
	return nil
}
