package exchange

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// columns are the spellings of each column's name in a header, in lower case
// with underscores.
var columns = map[string]string{
	"url": "url", "link": "url", "address": "url", "review_url": "url", "claimreview_url": "url", "check_url": "url", "article_url": "url",
	"địa_chỉ": "url", "dia_chi": "url", "đường_dẫn": "url", "duong_dan": "url", "liên_kết": "url", "lien_ket": "url",
	"claim": "claim", "claimreviewed": "claim", "claim_reviewed": "claim", "claim_text": "claim", "statement": "claim",
	"khẳng_định": "claim", "khang_dinh": "claim", "nội_dung": "claim", "noi_dung": "claim",
	"rating": "rating", "verdict": "rating", "textualrating": "rating", "textual_rating": "rating", "alternatename": "rating", "review_rating": "rating", "conclusion": "rating",
	"kết_luận": "rating", "ket_luan": "rating", "kết_quả": "rating", "ket_qua": "rating", "kết_quả_kiểm_chứng": "rating",
	"publisher": "publisher", "publisher_name": "publisher", "organization": "publisher", "organisation": "publisher", "desk": "publisher",
	"đơn_vị": "publisher", "don_vi": "publisher", "tổ_chức": "publisher", "to_chuc": "publisher", "bàn_kiểm_chứng": "publisher",
	"publisher_url": "publisher_url", "publisher_site": "publisher_url", "site": "publisher_url", "website": "publisher_url", "trang_web": "publisher_url",
	"publisher_type": "publisher_type",
	"lang":           "lang", "language": "lang", "languagecode": "lang", "language_code": "lang", "inlanguage": "lang", "ngôn_ngữ": "lang", "ngon_ngu": "lang",
	"published": "published", "date": "published", "datepublished": "published", "date_published": "published", "reviewdate": "published", "review_date": "published",
	"ngày": "published", "ngay": "published", "ngày_đăng": "published", "ngay_dang": "published",
	"title": "title", "headline": "title", "tiêu_đề": "title", "tieu_de": "title",
	"summary": "summary", "description": "summary", "explanation": "summary", "tóm_tắt": "summary", "tom_tat": "summary",
	"owner": "owner", "ownership": "owner", "owned_by": "owner", "chủ_sở_hữu": "owner", "chu_so_huu": "owner",
	"access": "access",
}

// required are the columns without which no row can be a published check.
var required = []string{"url", "claim", "rating", "publisher"}

// maxColumns is how many columns a row may have.
const maxColumns = 200

// maxRewind is how much may be read again after rows whose quotes do not
// close, in bytes.
const maxRewind = 8 << 20

// table reads rows of separated values, RFC 4180 and what spreadsheets make of
// it.
type table struct {
	src    *byteSource
	w      *walker
	comma  byte
	ends   string // what ends a cell without quotes
	place  map[string]int
	width  int
	rewind int
	row    []byte // the bytes of the current row
	cells  []string
}

// readTable reads a table with a header.
func readTable(src *byteSource, w *walker) string {
	t := &table{src: src, w: w}
	line, _, _ := bytes.Cut(src.window(windowSize), []byte{'\n'})
	if !utf8.Valid(line) {
		return reasonEncoding
	}
	if t.comma = separator(string(line)); t.comma == 0 {
		return reasonColumns
	}
	t.ends = string([]byte{t.comma, '\n'})
	if state := t.next(); state != rowRead {
		return reasonColumns
	}
	t.place, t.width = header(t.cells), len(t.cells)
	for _, name := range required {
		if _, ok := t.place[name]; !ok {
			w.drop(1, 0, reasonColumns, map[string]any{"Name": name})
			return ""
		}
	}
	t.rows()
	return ""
}

// separator is the one that makes most known columns of a header, 0 if none
// makes two.
func separator(line string) byte {
	best, known := byte(0), 1
	for _, comma := range []byte{',', ';', '\t'} {
		cells := strings.Split(line, string(comma))
		if n := len(header(cells)); n > known {
			best, known = comma, n
		}
	}
	return best
}

// header says in which place each known column stands; of two that mean the
// same the first counts.
func header(cells []string) map[string]int {
	place := map[string]int{}
	for i, cell := range cells {
		clean, _ := plainText(strings.Trim(cell, "\" \r"))
		clean = strings.NewReplacer(" ", "_", "-", "_").Replace(strings.ToLower(clean))
		name, ok := columns[clean]
		if _, taken := place[name]; ok && !taken {
			place[name] = i
		}
	}
	return place
}

func (t *table) rows() {
	for !t.w.stopped {
		line, offset := t.src.line, t.src.offset()
		key := ""
		switch t.next() {
		case rowEnd:
			return
		case rowLarge:
			t.w.drop(line, offset, reasonLarge, nil)
			continue
		case rowOpen:
			key = reasonRow
		case rowRead:
			if len(t.cells) == 1 && strings.TrimSpace(t.cells[0]) == "" {
				continue
			}
			key = t.fault()
		}
		if key == "" {
			t.take(line, offset)
			continue
		}
		t.w.drop(line, offset, key, nil)
		if key == reasonRow && !t.stepBack() {
			t.w.drop(line, offset, reasonBroken, nil)
			return
		}
	}
}

// fault says what is wrong with the row as such.
func (t *table) fault() string {
	switch {
	case !utf8.Valid(t.row):
		return reasonEncoding
	case len(t.cells) < t.width || strings.TrimSpace(strings.Join(t.cells[t.width:], "")) != "":
		return reasonRow
	}
	return ""
}

// take makes a check of a row.
func (t *table) take(line int, offset int64) {
	d := &draft{
		line: line, offset: offset,
		address: t.cell("url"), claim: t.cell("claim"), title: t.cell("title"), summary: t.cell("summary"),
		ratings: []string{t.cell("rating")}, lang: t.cell("lang"), published: t.cell("published"),
		linkOnly: t.cell("access") == LinkOnlyMark,
	}
	d.name, d.url, d.owner = t.cell("publisher"), t.cell("publisher_url"), t.cell("owner")
	kind := localName(t.cell("publisher_type"))
	d.person = strings.EqualFold(kind, "person")
	d.newsroom = kind == "NewsMediaOrganization"
	d.named = d.name != "" && !d.person
	t.w.hand(d.keep())
}

// cell reads a column of the row. An apostrophe that keeps a spreadsheet from
// taking a cell for a formula is no part of the text.
func (t *table) cell(name string) string {
	i, ok := t.place[name]
	if !ok || i >= len(t.cells) {
		return ""
	}
	s := strings.TrimSpace(t.cells[i])
	if rest, quoted := strings.CutPrefix(s, "'"); quoted && Formula(rest) {
		return rest
	}
	return s
}

// Formula reports whether a spreadsheet might take a cell for a formula.
// Exports put an apostrophe before such a cell and Read takes it away.
func Formula(cell string) bool {
	cell = strings.TrimLeft(cell, "'")
	return cell != "" && strings.IndexByte("=+-@\t\r", cell[0]) >= 0
}

type rowState uint8

const (
	rowEnd   rowState = iota
	rowRead           // cells holds the row
	rowOpen           // a quote was not closed
	rowLarge          // longer than the cap; taken to the end of its line
)

// next reads one row into cells.
func (t *table) next() rowState {
	t.row, t.cells = t.row[:0], t.cells[:0]
	if _, ok := t.src.peek(); !ok {
		return rowEnd
	}
	for {
		cell, end, ok := t.field()
		if !ok {
			return rowOpen
		}
		t.cells = append(t.cells, cell)
		if end {
			return rowRead
		}
		if len(t.row) >= t.w.limits.Record || len(t.cells) > maxColumns {
			t.skipLine()
			return rowLarge
		}
	}
}

// get takes one byte into the row.
func (t *table) get() (byte, bool) {
	c, ok := t.src.next()
	if ok {
		t.row = append(t.row, c)
	}
	return c, ok
}

// until takes what lies before the next of the stop bytes into the row, as far
// as the cap lets it, and reports whether one was found.
func (t *table) until(stops string) (found bool) {
	for len(t.row) < t.w.limits.Record && t.src.fill() {
		ahead := t.src.buf[t.src.pos:t.src.end]
		ahead = ahead[:min(len(ahead), t.w.limits.Record-len(t.row))]
		n := bytes.IndexAny(ahead, stops)
		if found = n >= 0; found {
			ahead = ahead[:n]
		}
		t.row = append(t.row, ahead...)
		t.src.discard(len(ahead))
		if found {
			return true
		}
	}
	return false
}

// field reads one cell and whether it ends the row. ok is false if its quote
// is not closed within the cap.
func (t *table) field() (cell string, end, ok bool) {
	if c, _ := t.src.peek(); c == '"' {
		return t.quoted()
	}
	start := len(t.row)
	found := t.until(t.ends)
	cell = string(t.row[start:])
	if !found {
		_, more := t.src.peek()
		return cell, !more, true
	}
	if c, _ := t.get(); c == t.comma {
		return cell, false, true
	}
	return strings.TrimSuffix(cell, "\r"), true, true
}

// quoted reads a cell in quotes. What follows the closing quote, which some
// programs write, belongs to the cell.
func (t *table) quoted() (cell string, end, ok bool) {
	t.get()
	var b strings.Builder
	for {
		start := len(t.row)
		found := t.until(`"`)
		b.Write(t.row[start:])
		if !found {
			return "", false, false
		}
		t.get()
		switch c, more := t.src.peek(); {
		case !more:
			return b.String(), true, true
		case c == '"':
			t.get()
			b.WriteByte('"')
		case c == t.comma:
			t.get()
			return b.String(), false, true
		case c == '\n':
			t.get()
			return b.String(), true, true
		case c == '\r' && bytes.HasPrefix(t.src.window(2), []byte("\r\n")):
			t.get()
			t.get()
			return b.String(), true, true
		default:
			b.WriteByte('"')
		}
	}
}

// skipLine takes the rest of the line without keeping it.
func (t *table) skipLine() {
	for {
		if c, ok := t.src.next(); !ok || c == '\n' {
			return
		}
	}
}

// stepBack goes on at the line after the one on which a broken row began, so
// that one stray quote does not swallow the rows after it. The total is
// bounded: otherwise a file of quotes would cost its size squared.
func (t *table) stepBack() bool {
	i := bytes.IndexByte(t.row, '\n')
	if i < 0 {
		if len(t.row) >= t.w.limits.Record {
			t.skipLine()
		}
		return true
	}
	rest := t.row[i+1:]
	if t.rewind += len(rest); t.rewind > maxRewind {
		return false
	}
	t.src.unread(rest)
	return true
}
