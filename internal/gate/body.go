package gate

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"

	"sangto/internal/desk"
)

// FormMax is the limit of a form that carries a message: the message itself
// and room for the other fields.
const FormMax = desk.MessageMax + 4<<10

// What a form may have around its text.
const (
	maxFields    = 64
	maxDesk      = 1024 // a draft with its evidence
	bodyOverhead = 16 << 10
)

// bodyMax is how long a body of limit bytes may be on the wire: in the
// urlencoded form every byte of Vietnamese becomes three.
func bodyMax(limit int64) int64 { return 3*limit + bodyOverhead }

// ReadBody reads the fields of a form, application/x-www-form-urlencoded or
// multipart/form-data. It works in memory alone and never touches a temporary
// file. limit bounds names and values together, in bytes after decoding; use
// FormMax where a message is among them. Values are the bytes that were sent,
// valid UTF-8 or not. Names sent twice keep both values.
//
// The errors are *desk.Error:
//
//	error.body.large    TooLarge: more than limit
//	error.body.form     Invalid: not a form, damaged, or with a file in it
//	error.body.charset  Invalid: declared to be in another encoding than UTF-8
//	error.body.cut      Invalid: the connection ended before the form did
//	error.body.busy     Unavailable: behind Public, all memory for bodies is in use
func ReadBody(w http.ResponseWriter, r *http.Request, limit int64) (url.Values, error) {
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || encoded(r.Header.Get("Content-Encoding")) {
		return nil, bodyError(desk.Invalid, "error.body.form")
	}
	if !utf8Charset(params["charset"]) {
		return nil, bodyError(desk.Invalid, "error.body.charset")
	}
	switch kind {
	case "application/x-www-form-urlencoded", "multipart/form-data":
	default:
		return nil, bodyError(desk.Invalid, "error.body.form")
	}
	body, err := readAll(w, r, bodyMax(limit))
	if err != nil {
		return nil, err
	}
	if kind == "multipart/form-data" {
		return parseMultipart(body, params["boundary"], limit)
	}
	return parseURLEncoded(body, limit)
}

func bodyError(kind desk.ErrorKind, key string) error {
	return &desk.Error{Kind: kind, Op: "read form", Key: key}
}

func encoded(contentEncoding string) bool {
	e := strings.ToLower(strings.TrimSpace(contentEncoding))
	return e != "" && e != "identity"
}

// transferEncoded reports whether a part is something other than its bytes,
// which RFC 7578 forbids and no browser sends.
func transferEncoded(name string) bool {
	switch strings.ToLower(strings.TrimSpace(name)) {
	case "", "7bit", "8bit", "binary":
		return false
	}
	return true
}

func utf8Charset(name string) bool {
	switch strings.ToLower(strings.TrimSpace(name)) {
	case "", "utf-8", "utf8", "us-ascii", "ascii", "unicode-1-1-utf-8":
		return true
	}
	return false
}

// readChunk is the first and smallest step by which a body's memory grows, so
// that a sender who announces much and sends little costs little.
const readChunk = 2 << 10

// readAll reads a body of at most most bytes.
func readAll(w http.ResponseWriter, r *http.Request, most int64) ([]byte, error) {
	if r.ContentLength > most {
		return nil, bodyError(desk.TooLarge, "error.body.large")
	}
	if r.Body == nil {
		return nil, nil
	}
	src := http.MaxBytesReader(w, r.Body, most)
	var buf []byte
	for {
		if len(buf) == cap(buf) {
			buf = append(make([]byte, 0, cap(buf)+max(readChunk, cap(buf))), buf...)
		}
		n, err := src.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if errors.Is(err, io.EOF) {
			return buf, nil
		}
		if err != nil {
			return nil, readError(err)
		}
	}
}

func readError(err error) error {
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return bodyError(desk.TooLarge, "error.body.large")
	case errors.Is(err, errBudget):
		return bodyError(desk.Unavailable, "error.body.busy")
	}
	// The cause is left out on purpose: network errors hold addresses.
	return bodyError(desk.Invalid, "error.body.cut")
}

var errBudget = errors.New("all memory for bodies is in use")

// meteredBody charges what is read of a body to the memory that all bodies
// share, until release.
type meteredBody struct {
	io.ReadCloser
	gate *Gate
	used int64
}

func (b *meteredBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.used += int64(n)
	if b.gate.bodyUsed.Add(int64(n)) > b.gate.bodyBudget {
		return 0, errBudget
	}
	return n, err
}

func (b *meteredBody) release() {
	b.gate.bodyUsed.Add(-b.used)
	b.used = 0
}

// fields collects a form under a limit.
type fields struct {
	values url.Values
	count  int
	most   int
	room   int64
}

func newFields(limit int64) fields {
	f := fields{values: url.Values{}, most: maxFields, room: limit}
	if limit > FormMax {
		f.most = maxDesk
	}
	return f
}

func (f *fields) add(name, value string) error {
	f.count++
	f.room -= int64(len(name) + len(value))
	if f.room < 0 {
		return bodyError(desk.TooLarge, "error.body.large")
	}
	if f.count > f.most {
		return bodyError(desk.Invalid, "error.body.form")
	}
	f.values.Add(name, value)
	return nil
}

// parseURLEncoded follows the URL standard of the WHATWG (section 5.1), which
// cannot fail: a stray percent sign stands for itself, and only & separates.
// The parser of net/url drops a whole message for one bare semicolon.
func parseURLEncoded(body []byte, limit int64) (url.Values, error) {
	f := newFields(limit)
	for piece := range bytes.SplitSeq(body, []byte("&")) {
		if len(piece) == 0 {
			continue
		}
		name, value, _ := bytes.Cut(piece, []byte("="))
		if err := f.add(unescape(name), unescape(value)); err != nil {
			return nil, err
		}
	}
	return f.values, nil
}

func unescape(b []byte) string {
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		switch {
		case b[i] == '+':
			out = append(out, ' ')
		case b[i] == '%' && i+2 < len(b) && hexDigit(b[i+1]) >= 0 && hexDigit(b[i+2]) >= 0:
			out = append(out, byte(hexDigit(b[i+1])<<4|hexDigit(b[i+2])))
			i += 2
		default:
			out = append(out, b[i])
		}
	}
	return string(out)
}

func hexDigit(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// parseMultipart reads the text parts. A part with a file name is refused:
// nothing here takes files, and guessing would drop what somebody sent.
func parseMultipart(body []byte, boundary string, limit int64) (url.Values, error) {
	if boundary == "" {
		return nil, bodyError(desk.Invalid, "error.body.form")
	}
	f := newFields(limit)
	reader := multipart.NewReader(bytes.NewReader(body), boundary)
	for {
		part, err := reader.NextRawPart()
		if errors.Is(err, io.EOF) && f.count > 0 {
			return f.values, nil
		}
		if err != nil {
			return nil, bodyError(desk.Invalid, "error.body.form")
		}
		if err := f.addPart(part); err != nil {
			return nil, err
		}
	}
}

func (f *fields) addPart(part *multipart.Part) error {
	name := part.FormName()
	if name == "" || part.FileName() != "" || transferEncoded(part.Header.Get("Content-Transfer-Encoding")) {
		return bodyError(desk.Invalid, "error.body.form")
	}
	if kind := part.Header.Get("Content-Type"); kind != "" {
		_, params, err := mime.ParseMediaType(kind)
		if err != nil {
			return bodyError(desk.Invalid, "error.body.form")
		}
		if !utf8Charset(params["charset"]) {
			return bodyError(desk.Invalid, "error.body.charset")
		}
	}
	value, err := io.ReadAll(io.LimitReader(part, f.room+1))
	if err != nil {
		return bodyError(desk.Invalid, "error.body.form")
	}
	return f.add(name, string(value))
}
