package gate

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
)

// Ready is an answer of status 200 that is made once and sent often: a published
// page or file with its tag and its compressed form. It is never for what
// answers a person's words. It does not change and is safe for concurrent use.
type Ready struct {
	contentType, tag string
	plain, packed    []byte
}

// NewReady makes an answer of content that nobody changes afterwards.
func NewReady(contentType string, content []byte) *Ready {
	sum := sha256.Sum256(content)
	r := &Ready{contentType: contentType, plain: content, tag: tagOf(sum)}
	if !compressible(contentType) || len(content) < packAbove {
		return r
	}
	if small := packBytes(content); len(small) < len(content) {
		r.packed = small
	}
	return r
}

// packAbove is the size in bytes below which gzip gains nothing.
const packAbove = 256

func tagOf(sum [32]byte) string { return `W/"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"` }

// packBytes makes an ordinary gzip member, well compressed because it is kept.
func packBytes(plain []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, _ = z.Write(plain) // to memory
	_ = z.Close()
	return out.Bytes()
}

// Size is the memory it takes, in bytes.
func (r *Ready) Size() int { return len(r.plain) + len(r.packed) }

// Serve answers with r. Behind Public the answer is the same as if the content
// had been written, without the work.
func (r *Ready) Serve(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Content-Type", r.contentType)
	if p := held(w); p != nil && !p.private() && !p.started() {
		h.Set("Etag", r.tag)
		p.ready = r
		p.WriteHeader(http.StatusOK)
		return
	}
	_, _ = w.Write(r.plain)
}

// body is the content as p's reader takes it, nil if the reader has it.
func (r *Ready) body(p *response) []byte {
	if p.unchanged() {
		return nil
	}
	if !p.gzip || r.packed == nil {
		return r.plain
	}
	p.Header().Set("Content-Encoding", "gzip")
	return r.packed
}

// Unchanged tags the answer that is about to be given and reports whether the
// reader has it already; then the answer is given and nothing more is to be
// written. It is for what is too large to be held. version must change whenever
// the content does.
func Unchanged(w http.ResponseWriter, version string) bool {
	p := held(w)
	if p == nil || p.private() || p.started() {
		return false
	}
	p.Header().Set("Etag", tagOf(sha256.Sum256([]byte(version))))
	p.WriteHeader(http.StatusOK)
	gone := p.unchanged()
	if !gone {
		p.status = 0
	}
	return gone
}
