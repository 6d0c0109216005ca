package gate

import (
	"bytes"
	"crypto/sha256"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// streamAbove is the size beyond which an answer that need not be padded is
// passed on as it comes instead of being held.
const streamAbove = 1 << 20

// response holds an answer until the handler is done, so that it can be
// compressed, padded and, after a panic, thrown away.
type response struct {
	gate      *Gate
	out       http.ResponseWriter
	class     PageClass
	nonce     string // of the scripts of a Desk page
	method    string
	gzip      bool
	noneMatch string
	status    int
	body      bytes.Buffer
	ready     *Ready // instead of body
	streaming bool
}

func newResponse(g *Gate, w http.ResponseWriter, r *http.Request, class PageClass) *response {
	return &response{
		gate: g, out: w, class: class, method: r.Method,
		gzip: acceptsGzip(r), noneMatch: r.Header.Get("If-None-Match"),
	}
}

// held finds the held answer that w writes to, through whatever was put around
// it, or nil.
func held(w http.ResponseWriter) *response {
	for {
		switch v := w.(type) {
		case *response:
			return v
		case interface{ Unwrap() http.ResponseWriter }:
			w = v.Unwrap()
		default:
			return nil
		}
	}
}

// Header implements http.ResponseWriter.
func (p *response) Header() http.Header { return p.out.Header() }

// WriteHeader implements http.ResponseWriter. Only the first status counts;
// informational ones are dropped, since they would go out before the headers
// are in place.
func (p *response) WriteHeader(status int) {
	if p.status == 0 && status >= http.StatusOK {
		p.status = status
	}
}

// Write implements http.ResponseWriter.
func (p *response) Write(b []byte) (int, error) {
	p.WriteHeader(http.StatusOK)
	if !p.streaming && !p.private() && p.body.Len()+len(b) > streamAbove {
		if err := p.stream(); err != nil {
			return 0, err
		}
	}
	if p.streaming {
		return p.send(b)
	}
	return p.body.Write(b)
}

// started reports whether the handler has answered.
func (p *response) started() bool { return p.status != 0 }

// reset forgets what the handler wrote.
func (p *response) reset() {
	p.status, p.ready = 0, nil
	p.body.Reset()
	clear(p.Header())
}

// stream sends what is held and lets the rest pass.
func (p *response) stream() error {
	p.streaming = true
	p.enforce()
	p.out.WriteHeader(p.status)
	_, err := p.send(p.body.Bytes())
	p.body = bytes.Buffer{}
	return err
}

func (p *response) send(b []byte) (int, error) {
	if p.method == http.MethodHead {
		return len(b), nil
	}
	if p.class == Download {
		// A long file takes a slow line more than writeTime; each piece does not.
		_ = http.NewResponseController(p.out).SetWriteDeadline(time.Now().Add(writeTime))
	}
	return p.out.Write(b)
}

// hasBody reports whether the status allows a body.
func (p *response) hasBody() bool {
	return p.status >= http.StatusOK && p.status != http.StatusNoContent && p.status != http.StatusNotModified
}

// finish sends the answer. The time to write starts here and not when the
// request arrived, so that a slow upload does not eat the time of its answer.
func (p *response) finish() {
	if p.streaming {
		return
	}
	p.WriteHeader(http.StatusOK)
	_ = http.NewResponseController(p.out).SetWriteDeadline(time.Now().Add(writeTime))
	p.enforce()
	body := p.encode()
	if p.hasBody() && !p.toldLength() {
		p.Header().Set("Content-Length", strconv.Itoa(len(body)))
	}
	p.out.WriteHeader(p.status)
	if p.hasBody() {
		_, _ = p.send(body)
	}
}

// toldLength reports whether the handler answered a HEAD with the length of a
// file that it did not read.
func (p *response) toldLength() bool {
	return p.method == http.MethodHead && p.body.Len() == 0 && p.Header().Get("Content-Length") != ""
}

// encode returns the body as it goes over the wire and sets the headers that
// describe it.
func (p *response) encode() []byte {
	if p.ready != nil {
		return p.ready.body(p)
	}
	h, plain := p.Header(), p.body.Bytes()
	if h.Get("Content-Encoding") != "" || h.Get("Content-Range") != "" || !p.hasBody() {
		return plain
	}
	zip := p.gzip && compressible(h.Get("Content-Type"))
	if p.class == Desk {
		return p.packedOnce(plain, zip)
	}
	if p.private() {
		return p.padded(plain, zip)
	}
	sum := sha256.Sum256(plain)
	if p.status == http.StatusOK && h.Get("Etag") == "" {
		h.Set("Etag", tagOf(sum))
	}
	if p.unchanged() {
		return nil
	}
	if !zip || len(plain) < packAbove {
		return plain
	}
	small := p.gate.packed.get(sum, func() []byte { return packBytes(plain) })
	if len(small) >= len(plain) {
		return plain
	}
	h.Set("Content-Encoding", "gzip")
	h.Del("Accept-Ranges")
	if tag := h.Get("Etag"); !strings.HasPrefix(tag, "W/") {
		// A strong tag stands for the very bytes, and these are others.
		h.Set("Etag", "W/"+tag)
	}
	return small
}

// unchanged turns an answer into 304 if the reader has it, by its tag. A
// published page is tagged with the hash of its content, the same for everybody.
func (p *response) unchanged() bool {
	h := p.Header()
	if p.status != http.StatusOK || !matches(p.noneMatch, h.Get("Etag")) {
		return false
	}
	p.status = http.StatusNotModified
	h.Del("Content-Type")
	h.Del("Content-Length")
	return true
}

// matches is the weak comparison of RFC 9110, section 8.8.3.2.
func matches(noneMatch, tag string) bool {
	tag = strings.TrimPrefix(tag, "W/")
	for item := range strings.SplitSeq(noneMatch, ",") {
		item = strings.TrimSpace(item)
		if item == "*" || strings.TrimPrefix(item, "W/") == tag {
			return item != ""
		}
	}
	return false
}

// padded compresses or not, and fills up to the next step.
func (p *response) padded(plain []byte, zip bool) []byte {
	if !zip {
		return padSpaces(plain, p.Header().Get("Content-Type"))
	}
	p.Header().Set("Content-Encoding", "gzip")
	return padGzip(p.gate.deflate(plain), plain)
}

// packedOnce compresses an answer that is kept nowhere. Pages of the desk are
// not padded: whoever watches the wire knows that a member works, and how much
// of it is claims is no asker's secret.
func (p *response) packedOnce(plain []byte, zip bool) []byte {
	if !zip || len(plain) < packAbove {
		return plain
	}
	p.Header().Set("Content-Encoding", "gzip")
	return packBytes(plain)
}
