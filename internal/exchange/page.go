package exchange

import (
	"bytes"
	"errors"
	"mime"

	"golang.org/x/net/html"
)

// maxScripts is how many blocks of data one page may carry.
const maxScripts = 200

// readPage reads the blocks of JSON-LD in a web page and nothing else of it.
// Nothing is fetched, no script is run, no document is built.
func readPage(src *byteSource, w *walker) string {
	w.page = true
	z := html.NewTokenizer(&pageReader{src: src, left: w.limits.Page})
	z.SetMaxBuf(w.limits.Record)
	line, offset := src.line, src.offset()
	var block *chunk
	data := false
	for scripts := 0; scripts <= maxScripts && !w.stopped; {
		kind := z.Next()
		raw := z.Raw()
		full := kind == html.ErrorToken && errors.Is(z.Err(), html.ErrBufferExceeded)
		if block != nil {
			// Only the token after a block tells whether it was cut at the cap.
			block.large = full
			w.record(block)
			block = nil
			scripts++
		} else if full {
			w.drop(line, offset, reasonLarge, nil)
		}
		switch {
		case kind == html.ErrorToken:
			return ""
		case kind == html.TextToken && data:
			block = newBlock(raw, line, offset)
		default:
			data = kind == html.StartTagToken && holdsData(z)
		}
		line += bytes.Count(raw, []byte{'\n'})
		offset += int64(len(raw))
	}
	return ""
}

// holdsData reports whether the tag just opened is a script of JSON-LD.
func holdsData(z *html.Tokenizer) bool {
	name, more := z.TagName()
	if string(name) != "script" {
		return false
	}
	for more {
		var key, value []byte
		key, value, more = z.TagAttr()
		if string(key) == "type" {
			kind, _, err := mime.ParseMediaType(string(value))
			return err == nil && kind == "application/ld+json"
		}
	}
	return false
}

// newBlock takes one block without the comment some publishing systems wrap
// it in; nil if nothing is left.
func newBlock(raw []byte, line int, offset int64) *chunk {
	body := bytes.TrimSpace(raw)
	for _, mark := range []string{"<!--", "//<![CDATA[", "/*<![CDATA[*/", "<![CDATA["} {
		body = bytes.TrimSpace(bytes.TrimPrefix(body, []byte(mark)))
	}
	for _, mark := range []string{"//]]>", "/*]]>*/", "]]>", "-->"} {
		body = bytes.TrimSpace(bytes.TrimSuffix(body, []byte(mark)))
	}
	if len(body) == 0 {
		return nil
	}
	return &chunk{raw: bytes.Clone(body), line: line, offset: offset}
}

// pageReader hands at most left bytes of a source to a tokenizer.
type pageReader struct {
	src  *byteSource
	left int64
}

func (p *pageReader) Read(b []byte) (int, error) {
	if !p.src.fill() {
		return 0, p.src.err
	}
	if p.left <= 0 {
		p.src.err = errInput
		return 0, errInput
	}
	n := copy(b[:min(int64(len(b)), p.left)], p.src.buf[p.src.pos:p.src.end])
	p.src.discard(n)
	p.left -= int64(n)
	return n, nil
}
