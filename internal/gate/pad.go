package gate

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"hash/crc32"
	"io"
	"net/http"
	"strconv"
	"sync"
)

// PadStep is the grain of a padded answer: whoever counts the bytes on the
// wire learns how many times 16 KiB it was, and no more.
const PadStep = 16 << 10

// The parts of a gzip member, RFC 1952.
const (
	gzipHeader   = 10
	gzipTrailer  = 8
	gzipExtraLen = 2
	gzipSubfield = 4 // two bytes of name, two of length
)

// Pad answers a request with a body whose size on the wire is a multiple of
// PadStep: with a filled extra field of the gzip header if the reader takes
// gzip, with trailing spaces otherwise. The extra field is part of RFC 1952
// and skipped by every reader of gzip; unlike padding inside the page it does
// not compress away. Pad sets Content-Type, Content-Length, Content-Encoding,
// Vary and Cache-Control: no-store.
//
// Behind Public every Form page and every answer to a POST is padded anyhow;
// there Pad only writes. It is for handlers that stand alone.
func Pad(w http.ResponseWriter, r *http.Request, status int, contentType string, body []byte) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	if p := held(w); p != nil && p.private() {
		w.WriteHeader(status)
		_, _ = w.Write(body)
		return
	}
	h.Set("Cache-Control", cacheNever)
	h.Add("Vary", "Accept-Encoding")
	if acceptsGzip(r) && compressible(contentType) {
		h.Set("Content-Encoding", "gzip")
		body = padGzip(deflate(newZipper(flate.BestSpeed), body), body)
	} else {
		body = padSpaces(body, contentType)
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body)
	}
}

// padGzip wraps a deflate stream of plain into one gzip member whose size is a
// multiple of PadStep.
func padGzip(stream, plain []byte) []byte {
	fixed := gzipHeader + gzipExtraLen + gzipSubfield + len(stream) + gzipTrailer
	size := (fixed + PadStep - 1) / PadStep * PadStep
	out := make([]byte, 0, size)
	out = append(out, 0x1f, 0x8b, 8, 1<<2, 0, 0, 0, 0, 0, 255)
	fill := size - fixed
	out = binary.LittleEndian.AppendUint16(out, uint16(gzipSubfield+fill))
	out = append(out, 'P', 'D')
	out = binary.LittleEndian.AppendUint16(out, uint16(fill))
	out = append(out, make([]byte, fill)...)
	out = append(out, stream...)
	out = binary.LittleEndian.AppendUint32(out, crc32.ChecksumIEEE(plain))
	return binary.LittleEndian.AppendUint32(out, uint32(len(plain)))
}

// padSpaces appends spaces to text, where they mean nothing. Other content is
// left alone: it would no longer be what it claims to be.
func padSpaces(body []byte, contentType string) []byte {
	if !compressible(contentType) {
		return body
	}
	size := max(1, (len(body)+PadStep-1)/PadStep) * PadStep
	out := make([]byte, size)
	n := copy(out, body)
	for i := n; i < size; i++ {
		out[i] = ' '
	}
	return out
}

func newZipper(level int) *flate.Writer {
	z, err := flate.NewWriter(io.Discard, level)
	if err != nil {
		panic(err) // the levels are constants
	}
	return z
}

// newZippers pools fast compressors: each is about a megabyte.
func newZippers() *sync.Pool {
	return &sync.Pool{New: func() any { return newZipper(flate.BestSpeed) }}
}

// deflate compresses with a pooled compressor.
func (g *Gate) deflate(plain []byte) []byte {
	z, _ := g.zippers.Get().(*flate.Writer)
	defer g.zippers.Put(z)
	return deflate(z, plain)
}

func deflate(z *flate.Writer, plain []byte) []byte {
	var out bytes.Buffer
	z.Reset(&out)
	_, _ = z.Write(plain) // to memory
	_ = z.Close()
	z.Reset(io.Discard)
	return out.Bytes()
}

// packedMax bounds the memory of compressed pages, in bytes.
const packedMax = 16 << 20

// packed keeps compressed forms of published pages and static files, by the
// hash of their content: a hot page is compressed once. Answers to forms never
// come here.
type packed struct {
	mu    sync.Mutex
	pages map[[32]byte][]byte
	size  int
}

func newPacked() *packed { return &packed{pages: map[[32]byte][]byte{}} }

// get returns the compressed form of the content with hash sum, making it if
// need be. When full it starts over, which costs one compression a page.
func (k *packed) get(sum [32]byte, pack func() []byte) []byte {
	k.mu.Lock()
	b, ok := k.pages[sum]
	k.mu.Unlock()
	if ok {
		return b
	}
	b = pack()
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.size+len(b) > packedMax {
		clear(k.pages)
		k.size = 0
	}
	if _, ok := k.pages[sum]; !ok {
		k.pages[sum] = b
		k.size += len(b)
	}
	return b
}
