package dump

import (
	"archive/zip"
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"sangto/internal/desk"
	"sangto/internal/exchange"
	"sangto/internal/store"
	"sangto/internal/transfer"
)

// The files of a set.
const (
	NDJSON      = "checks.ndjson"
	CSV         = "checks.csv"
	ClaimReview = "claimreview.json"
	SQLite      = "checks.sqlite"
	Offline     = "search-offline.html"
	OfflineZip  = "search-offline.zip"
	Readme      = "README.txt"
	Sums        = "SHA256SUMS"
)

// Names lists the files of every set, in the order they are shown.
func Names() []string {
	return []string{Offline, OfflineZip, NDJSON, CSV, ClaimReview, SQLite, Readme, Sums}
}

// file is a file being written, hashed as it goes.
type file struct {
	name   string
	disk   diskFile
	buffer *bufio.Writer
	sum    interface {
		io.Writer
		Sum([]byte) []byte
	}
}

// diskFile is what is needed of *os.File.
type diskFile interface {
	io.Writer
	Sync() error
	Close() error
}

// create makes a file that must not exist.
func create(path string) (diskFile, error) {
	return os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
}

func (s *set) create(name string) (*file, error) {
	disk, err := s.folder.create(filepath.Join(s.path, name))
	if err != nil {
		return nil, err
	}
	f := &file{name: name, disk: disk, sum: sha256.New()}
	f.buffer = bufio.NewWriterSize(io.MultiWriter(disk, f.sum), 64<<10)
	s.open = append(s.open, f)
	return f, nil
}

// set is a set being made.
type set struct {
	folder *Folder
	w      writer
	path   string
	day    desk.Day
	seq    int64
	name   string // of the site
	open   []*file
	sums   map[string]string
	// standing and checks count what was written.
	standing, checks int
}

// build writes all files of a set into path, an empty folder, from one
// snapshot. What it leaves after an error is worth nothing.
func (f *Folder) build(ctx context.Context, path string) (_ *set, err error) {
	s := &set{folder: f, path: path, sums: map[string]string{}, w: writer{site: f.o.Site, licence: f.o.Licence, words: f.o.Words}}
	defer func() {
		for _, one := range s.open {
			_ = one.disk.Close()
		}
	}()
	err = f.db.View(ctx, func(tx *store.Tx) error {
		s.day = tx.Day()
		if s.seq, err = tx.LastChange(); err != nil {
			return err
		}
		if s.name, err = tx.Setting("site.name"); err != nil {
			return err
		}
		return s.corpus(ctx, tx)
	})
	if err == nil {
		err = s.pack()
	}
	if err == nil {
		err = s.readme()
	}
	if err == nil {
		err = s.end()
	}
	return s, err
}

// corpus writes every file that holds checks.
func (s *set) corpus(ctx context.Context, tx *store.Tx) error {
	lite, err := store.CreateCorpus(ctx, filepath.Join(s.path, SQLite), s.about())
	if err != nil {
		return err
	}
	outs, err := s.outputs()
	if err == nil {
		err = tx.EachPublished(func(p store.Published) error {
			p = lean(p)
			s.checks++
			if stateOf(p.Latest()) == Standing {
				s.standing++
			}
			for _, out := range outs {
				if err := out.put(p); err != nil {
					return err
				}
			}
			return lite.Put(ctx, p, s.w.address(p), string(stateOf(p.Latest())))
		})
	}
	for _, out := range outs {
		if err == nil {
			err = out.end()
		}
	}
	if err != nil {
		lite.Abandon()
		return err
	}
	return lite.Close()
}

// about is what the SQLite file says of itself.
func (s *set) about() map[string]string {
	return map[string]string{
		"site": s.w.site.String(), "day": s.day.String(), "licence": s.w.licence.Name, "licence_url": s.w.licence.URL,
		"fixed_line_vi": s.w.fixedLine("vi"), "fixed_line_en": s.w.fixedLine("en"),
	}
}

// output is one format.
type output interface {
	put(store.Published) error
	end() error
}

func (s *set) outputs() ([]output, error) {
	var files []*file
	for _, name := range []string{NDJSON, CSV, ClaimReview, Offline} {
		f, err := s.create(name)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	feed, err := s.exporter().Open(files[2].buffer, transfer.ClaimReview)
	if err != nil {
		return nil, err
	}
	page, err := s.newPage(files[3].buffer)
	return []output{
		&lines{w: s.w, out: json.NewEncoder(files[0].buffer)}, &table{w: s.w, out: csv.NewWriter(files[1].buffer)}, &dataFeed{feed}, page,
	}, err
}

// exporter writes ClaimReview as an export does.
func (s *set) exporter() transfer.Exporter {
	return transfer.Exporter{
		Site:    s.w.site,
		Verdict: func(v desk.Version, tag string) string { return s.w.words.For(tag).Verdict(v.Verdict) },
		Notice:  s.w.fixedLine,
	}
}

type lines struct {
	w   writer
	out *json.Encoder
}

func (l *lines) put(p store.Published) error { return l.out.Encode(l.w.record(p)) }
func (l *lines) end() error                  { return nil }

type dataFeed struct{ out *transfer.Writer }

func (d *dataFeed) put(p store.Published) error {
	return d.out.Put(store.Entry{Check: p.Check, Desk: p.Desk, Version: p.Latest()})
}

func (d *dataFeed) end() error { return d.out.Close() }

// table writes CSV: the newest version of each check in a row. The names of
// the columns that an import reads are those an export writes.
type table struct {
	w     writer
	out   *csv.Writer
	begun bool
}

// columns is a closed list.
func columns() []string {
	return []string{
		"id", "version", "state", "url", "claim", "rating", "verdict_code", "not_rated_kind", "topic", "about_power", "title", "summary",
		"published", "first_published", "as_of", "lang", "publisher", "publisher_url", "publisher_type", "owner", "owner_kind", "funders", "funder_kind",
		"sources", "access", "licence", "notice",
	}
}

func (t *table) put(p store.Published) error {
	if err := t.head(); err != nil {
		return err
	}
	r, v := t.w.record(p), p.Latest()
	words := ""
	if r.Rating != nil {
		words = r.Rating.Words
	}
	cells := []string{
		r.ID, strconv.Itoa(v.Number), string(r.State), r.URL, r.Claim, words, string(v.Verdict), string(v.NotRatedKind), v.Topic, yes(v.AboutPower),
		r.Name, r.Description, r.Published, p.Versions[0].Published.String(), v.AsOf.String(), r.Lang, r.Author.Name, r.Author.URL, r.Author.Type,
		r.Desk.Owner, string(r.Desk.OwnerKind), r.Desk.Funders, string(r.Desk.FunderKind), strconv.Itoa(len(v.Evidence)), r.Access, r.Licence, r.Usage.Text,
	}
	if r.State != Standing {
		cells[6], cells[7], cells[8] = "", "", ""
	}
	for i, c := range cells {
		if exchange.Formula(c) {
			cells[i] = "'" + c
		}
	}
	return t.out.Write(cells)
}

func yes(b bool) string {
	if b {
		return "1"
	}
	return "0"
}

func (t *table) head() error {
	if t.begun {
		return nil
	}
	t.begun = true
	return t.out.Write(columns())
}

func (t *table) end() error {
	if err := t.head(); err != nil {
		return err
	}
	t.out.Flush()
	return t.out.Error()
}

// pack puts the page of the offline search into a zip, which is a fifth of its
// size on the way to a reader.
func (s *set) pack() error {
	if err := s.flush(Offline); err != nil {
		return err
	}
	f, err := s.create(OfflineZip)
	if err != nil {
		return err
	}
	page, err := os.Open(filepath.Join(s.path, Offline))
	if err != nil {
		return err
	}
	defer func() { _ = page.Close() }()
	z := zip.NewWriter(f.buffer)
	entry, err := z.CreateHeader(&zip.FileHeader{Name: Offline, Method: zip.Deflate, Modified: s.day.Time()})
	if err == nil {
		_, err = io.Copy(entry, page)
	}
	return errors.Join(err, z.Close())
}

func (s *set) flush(name string) error {
	for _, f := range s.open {
		if f.name == name {
			return f.buffer.Flush()
		}
	}
	return fmt.Errorf("%s is not open", name)
}

// readme says what the files are, in both languages.
func (s *set) readme() error {
	f, err := s.create(Readme)
	if err != nil {
		return err
	}
	for _, tag := range []string{"vi", "en"} {
		words := s.w.words.For(tag)
		fmt.Fprintf(f.buffer, "%s\n%s\n\n", s.name, s.w.site)
		for _, line := range []string{
			words.T("data.dated", "Date", words.Date(s.day)), words.T("data.count", "Count", s.standing), words.T("data.holds"), words.T("data.imported"),
			words.T("data.absent"), words.T("data.licence_plain", "Licence", s.w.licence.Name, "URL", s.w.licence.URL), words.T("check.fixed_line_each"), words.T("data.verify"),
		} {
			fmt.Fprintf(f.buffer, "%s\n\n", line)
		}
		fmt.Fprintln(f.buffer, "  sha256sum -c "+Sums)
		fmt.Fprintln(f.buffer)
	}
	return nil
}

// end flushes and syncs every file and writes the sums of all.
func (s *set) end() error {
	files := s.open
	s.open = nil
	for _, f := range files {
		if err := errors.Join(f.buffer.Flush(), f.disk.Sync(), f.disk.Close()); err != nil {
			return fmt.Errorf("write %s: %w", f.name, err)
		}
		s.sums[f.name] = hex.EncodeToString(f.sum.Sum(nil))
	}
	if err := s.sumSQLite(); err != nil {
		return err
	}
	names := slices.DeleteFunc(Names(), func(n string) bool { return n == Sums })
	slices.Sort(names)
	var list strings.Builder
	for _, name := range names {
		fmt.Fprintf(&list, "%s  %s\n", s.sums[name], name)
	}
	f, err := s.create(Sums)
	if err == nil {
		_, err = f.buffer.WriteString(list.String())
	}
	if err == nil {
		err = errors.Join(f.buffer.Flush(), f.disk.Sync())
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", Sums, err)
	}
	s.sums[Sums] = hex.EncodeToString(f.sum.Sum(nil))
	return syncFolder(s.path)
}

// sumSQLite syncs and hashes the file that SQLite wrote.
func (s *set) sumSQLite() error {
	f, err := os.OpenFile(filepath.Join(s.path, SQLite), os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return err
	}
	s.sums[SQLite] = hex.EncodeToString(sum.Sum(nil))
	return f.Sync()
}

// id names the set: its day, and the hash of the list of its hashes.
func (s *set) id() string { return s.day.String() + "-" + s.sums[Sums][:12] }
