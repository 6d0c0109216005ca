package transfer

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"net/url"
	"slices"
	"strings"

	"sangto/internal/desk"
	"sangto/internal/exchange"
	"sangto/internal/schemaorg"
	"sangto/internal/store"
)

// Format is a format that exports are written in.
type Format string

// The formats. All of them can be imported again.
const (
	// NDJSON is one ClaimReview a line.
	NDJSON Format = "ndjson"
	// CSV has a header and one check a row.
	CSV Format = "csv"
	// ClaimReview is one JSON-LD document, a DataFeed of ClaimReview.
	ClaimReview Format = "claimreview"
)

// Formats lists them.
func Formats() []Format { return []Format{NDJSON, CSV, ClaimReview} }

// Exporter says how published checks are written. The zero value can write
// those of other desks.
type Exporter struct {
	// Site is this desk's public address. A check of our own has no address
	// without it and is left out.
	Site *url.URL
	// Verdict gives the words for a verdict of ours in a language; without it
	// the English ones of the scale are used.
	Verdict func(v desk.Version, lang string) string
	// Notice gives the sentence that every check carries, in a language.
	Notice func(lang string) string
}

// Exported says what an export wrote. Withdrawn checks are no finding any more
// and are not written; Unplaced ones are ours and lack Exporter.Site.
type Exported struct{ Written, Withdrawn, Unplaced int }

// Export writes the newest version of every published check without anything
// on who made a claim. Checks that Exporter would leave out for want of an
// address are desk.Invalid, after all others were written.
func Export(ctx context.Context, db *store.DB, w io.Writer, f Format) error {
	done, err := Exporter{}.Write(ctx, db, w, f)
	if err == nil && done.Unplaced > 0 {
		err = &desk.Error{Kind: desk.Invalid, Op: "export", Key: "import.error.site", Args: map[string]any{"Count": done.Unplaced}}
	}
	return err
}

// Write writes the newest version of every published check, in the order of
// their keys, from one snapshot of the store.
func (e Exporter) Write(ctx context.Context, db *store.DB, w io.Writer, f Format) (Exported, error) {
	var done Exported
	out, err := e.Open(w, f)
	if err != nil {
		return done, err
	}
	err = db.View(ctx, func(tx *store.Tx) error { return tx.EachEntry(out.Put) })
	if err == nil {
		err = out.Close()
	}
	return out.Done, err
}

// Writer writes one document of published checks. It belongs to one goroutine.
type Writer struct {
	// Done says what was written so far.
	Done   Exported
	e      Exporter
	buffer *bufio.Writer
	rows   rows
}

// Open begins a document in w. Nothing is sure to be there before Close
// returned nil.
func (e Exporter) Open(w io.Writer, f Format) (*Writer, error) {
	if !slices.Contains(Formats(), f) {
		return nil, &desk.Error{Kind: desk.Invalid, Op: "export", Key: "import.error.format", Args: map[string]any{"Format": string(f)}}
	}
	out := &Writer{e: e, buffer: bufio.NewWriter(w)}
	out.rows = f.writer(out.buffer)
	return out, nil
}

// Put adds a check, unless it is no finding any more or has no address.
func (w *Writer) Put(entry store.Entry) error {
	switch {
	case entry.Version.Withdrawn() || entry.Version.IsHidden():
		w.Done.Withdrawn++
		return nil
	case !entry.Check.Imported() && w.e.Site == nil:
		w.Done.Unplaced++
		return nil
	}
	w.Done.Written++
	return w.rows.put(w.e.row(entry))
}

// Close ends the document.
func (w *Writer) Close() error {
	if err := w.rows.end(); err != nil {
		return err
	}
	return w.buffer.Flush()
}

// row is one check as it is exported.
type row struct {
	address, publisher, site, owner, lang string
	funders                               string
	claim, title, summary, rating         string
	published, access, notice             string
}

func (e Exporter) row(entry store.Entry) row {
	v := entry.Version
	r := row{
		address: entry.Check.SourceURL, publisher: entry.Desk.Name, site: entry.Desk.URL, owner: entry.Desk.Owner, funders: entry.Desk.Funders,
		claim: v.Claim, title: v.Title, summary: v.Summary, rating: v.Rating, published: v.Published.String(),
	}
	if entry.Check.Lang != "und" {
		r.lang = entry.Check.Lang
	}
	if v.LinkOnly {
		r.access = exchange.LinkOnlyMark
	}
	if !entry.Check.Imported() {
		r.address = e.Site.JoinPath(entry.Check.Path()).String()
		r.site = e.Site.JoinPath("desks", entry.Desk.ID).String()
		r.rating = e.verdict(v, entry.Check.Lang)
	}
	if e.Notice != nil {
		r.notice = e.Notice(entry.Check.Lang)
	}
	return r
}

func (e Exporter) verdict(v desk.Version, lang string) string {
	if e.Verdict != nil {
		return e.Verdict(v, lang)
	}
	return strings.ReplaceAll(string(v.Verdict), "_", " ")
}

// rows writes the rows of one document.
type rows interface {
	put(row) error
	end() error
}

func (f Format) writer(w *bufio.Writer) rows {
	switch f {
	case CSV:
		return &table{w: csv.NewWriter(w)}
	case ClaimReview:
		return &feed{w: w}
	default:
		return &lines{json.NewEncoder(w)}
	}
}

// review is a row as ClaimReview.
func (r row) review() schemaorg.ClaimReview {
	out := schemaorg.ClaimReview{
		Type: "ClaimReview", URL: r.address, Claim: r.claim, Name: r.title, Description: r.summary, Lang: r.lang,
		Published: r.published, Access: r.access, Rating: schemaorg.NewRating(r.rating),
		Author: schemaorg.Organization{Type: schemaorg.PublisherType(r.site), Name: r.publisher, URL: r.site, Ownership: schemaorg.TextsOf(r.owner)},
	}
	if r.funders != "" {
		out.Author.Funder = &schemaorg.Organization{Type: "Organization", Name: r.funders}
	}
	if r.notice != "" {
		out.Usage = schemaorg.NewCreativeWork(r.notice)
	}
	return out
}

// lines writes NDJSON.
type lines struct{ *json.Encoder }

func (l *lines) put(r row) error {
	out := r.review()
	out.Context = schemaorg.Context
	return l.Encode(out)
}

func (l *lines) end() error { return nil }

// feed writes one JSON-LD document.
type feed struct {
	w     *bufio.Writer
	begun bool
}

const feedHead = `{"@context":"` + schemaorg.Context + `","@type":"DataFeed","dataFeedElement":[`

func (f *feed) put(r row) error {
	b, err := json.Marshal(r.review())
	if err != nil {
		return err
	}
	head := ",\n"
	if !f.begun {
		head = feedHead + "\n"
		f.begun = true
	}
	// bufio keeps the first error for Flush.
	_, _ = f.w.WriteString(head)
	_, err = f.w.Write(b)
	return err
}

func (f *feed) end() error {
	if !f.begun {
		_, _ = f.w.WriteString(feedHead)
	}
	_, err := f.w.WriteString("\n]}\n")
	return err
}

// table writes CSV.
type table struct {
	w     *csv.Writer
	begun bool
}

func (t *table) put(r row) error {
	t.head()
	cells := []string{r.address, r.claim, r.rating, r.publisher, r.site, schemaorg.PublisherType(r.site), r.lang, r.published, r.title, r.summary, r.owner, r.access, r.notice}
	for i, c := range cells {
		if exchange.Formula(c) {
			cells[i] = "'" + c
		}
	}
	return t.w.Write(cells)
}

func (t *table) head() {
	if t.begun {
		return
	}
	t.begun = true
	// csv.Writer keeps the first error for Error.
	_ = t.w.Write([]string{"url", "claim", "rating", "publisher", "publisher_url", "publisher_type", "lang", "published", "title", "summary", "owner", "access", "notice"})
}

func (t *table) end() error {
	t.head()
	t.w.Flush()
	return t.w.Error()
}
