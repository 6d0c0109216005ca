package match

import (
	"encoding/binary"
	"hash/crc32"
	"io"
	"strings"
)

// A snapshot is a head and blocks. Each block is its length, its checksum and
// its bytes; a block of no bytes is the last. A block's checksum also covers
// the checksum before it, that of the head being the first, so that blocks
// cannot be swapped, repeated or taken from another file unseen.
//
// Checksums are CRC-32C, which finds every change of up to five bits in a block
// of this size (Koopman, "32-bit cyclic redundancy codes for internet
// applications", DSN 2002, gives the lengths) and lets one of four billion
// other changes pass.
const blockMax = 256 << 10

const blockHead = 8

type blockWriter struct {
	w     io.Writer
	table *crc32.Table
	sum   uint32
	buf   []byte
	err   error
}

func newBlockWriter(w io.Writer, head []byte) *blockWriter {
	b := &blockWriter{w: w, table: crc32.MakeTable(crc32.Castagnoli), buf: make([]byte, blockHead, blockHead+blockMax)}
	b.sum = crc32.Checksum(head, b.table)
	_, b.err = w.Write(binary.LittleEndian.AppendUint32(head, b.sum))
	return b
}

// flush writes the block that was filled.
func (b *blockWriter) flush() {
	binary.LittleEndian.PutUint32(b.buf, uint32(len(b.buf)-blockHead))
	b.sum = blockSum(b.table, b.sum, b.buf[:4], b.buf[blockHead:])
	binary.LittleEndian.PutUint32(b.buf[4:], b.sum)
	if b.err == nil {
		_, b.err = b.w.Write(b.buf)
	}
	b.buf = b.buf[:blockHead]
}

func blockSum(t *crc32.Table, before uint32, length, data []byte) uint32 {
	var seed [4]byte
	binary.LittleEndian.PutUint32(seed[:], before)
	return crc32.Update(crc32.Update(crc32.Update(0, t, seed[:]), t, length), t, data)
}

// close writes the last blocks and returns the first error of any.
func (b *blockWriter) close() error {
	if len(b.buf) > blockHead {
		b.flush()
	}
	b.flush()
	return b.err
}

// room makes sure that n bytes fit into the block.
func (b *blockWriter) room(n int) {
	if cap(b.buf)-len(b.buf) < n {
		b.flush()
	}
}

func (b *blockWriter) uint(n uint64) {
	b.room(8)
	b.buf = binary.LittleEndian.AppendUint64(b.buf, n)
}

func (b *blockWriter) bytes(p []byte) {
	b.uint(uint64(len(p)))
	for len(p) > 0 {
		b.room(1)
		n := copy(b.buf[len(b.buf):cap(b.buf)], p)
		b.buf, p = b.buf[:len(b.buf)+n], p[n:]
	}
}

func (b *blockWriter) text(s string) {
	b.uint(uint64(len(s)))
	for len(s) > 0 {
		b.room(1)
		n := copy(b.buf[len(b.buf):cap(b.buf)], s)
		b.buf, s = b.buf[:len(b.buf)+n], s[n:]
	}
}

// number is what arrays are made of.
type number interface {
	uint16 | int32 | uint32 | uint64
}

// width is how many bytes a number takes.
func width[T number]() int {
	switch any(T(0)).(type) {
	case uint16:
		return 2
	case uint64:
		return 8
	}
	return 4
}

// numbers writes an array, least significant bytes first.
func numbers[T number](b *blockWriter, list []T) {
	b.uint(uint64(len(list)))
	size := width[T]()
	for len(list) > 0 {
		b.room(size)
		n := min(len(list), (cap(b.buf)-len(b.buf))/size)
		for _, x := range list[:n] {
			switch size {
			case 2:
				b.buf = binary.LittleEndian.AppendUint16(b.buf, uint16(x))
			case 4:
				b.buf = binary.LittleEndian.AppendUint32(b.buf, uint32(x))
			default:
				b.buf = binary.LittleEndian.AppendUint64(b.buf, uint64(x))
			}
		}
		list = list[n:]
	}
}

// A blockReader reads what a blockWriter wrote. The first error stays; after
// it everything read is empty.
type blockReader struct {
	r     io.Reader
	table *crc32.Table
	sum   uint32
	left  int64 // bytes of the file that were not read yet
	buf   []byte
	data  []byte // what is left of the block
	err   error
}

// newBlockReader reads blocks of a file with so many bytes after the head.
func newBlockReader(r io.Reader, left int64, head []byte) (*blockReader, error) {
	b := &blockReader{r: r, table: crc32.MakeTable(crc32.Castagnoli), left: left, buf: make([]byte, min(blockMax, max(0, left)))}
	var sum [4]byte
	b.read(sum[:])
	b.sum = crc32.Checksum(head, b.table)
	b.check(binary.LittleEndian.Uint32(sum[:]) == b.sum, "head")
	return b, b.err
}

// check keeps a damage if ok is false.
func (b *blockReader) check(ok bool, what string) {
	if !ok && b.err == nil {
		b.err = damaged(what)
	}
}

func (b *blockReader) read(p []byte) {
	if b.err != nil {
		return
	}
	n, err := io.ReadFull(b.r, p)
	b.left -= int64(n)
	b.check(err == nil, "cut short")
}

// next reads the next block and returns its length.
func (b *blockReader) next() int {
	var head [blockHead]byte
	b.read(head[:])
	n := int(binary.LittleEndian.Uint32(head[:]))
	b.check(n <= len(b.buf), "length of a block")
	if b.err != nil {
		return 0
	}
	b.data = b.buf[:n]
	b.read(b.data)
	b.sum = blockSum(b.table, b.sum, head[:4], b.data)
	b.check(binary.LittleEndian.Uint32(head[4:]) == b.sum, "checksum")
	if b.err != nil {
		b.data = nil
	}
	return n
}

// some returns what is there of the next n bytes, at least least of them, or
// nothing after an error.
func (b *blockReader) some(n, least int) []byte {
	if len(b.data) == 0 && b.err == nil {
		b.check(b.next() > 0, "ends too early")
	}
	b.check(len(b.data) >= least, "cut within a number")
	if b.err != nil {
		return nil
	}
	n = min(n, len(b.data)) / least * least
	out := b.data[:n]
	b.data = b.data[n:]
	return out
}

func (b *blockReader) uint() uint64 {
	if p := b.some(8, 8); p != nil {
		return binary.LittleEndian.Uint64(p)
	}
	return 0
}

// length reads the length of an array of elements of so many bytes, which
// cannot be more than the file still holds.
func (b *blockReader) length(size int) int {
	n := b.uint()
	b.check(n <= uint64(b.left+int64(len(b.data)))/uint64(size), "longer than the file")
	if b.err != nil {
		return 0
	}
	return int(n)
}

func (b *blockReader) bytes() []byte {
	out := make([]byte, b.length(1))
	for at := 0; at < len(out) && b.err == nil; {
		at += copy(out[at:], b.some(len(out)-at, 1))
	}
	return out
}

func (b *blockReader) text() string {
	n := b.length(1)
	var s strings.Builder
	s.Grow(n)
	for s.Len() < n && b.err == nil {
		s.Write(b.some(n-s.Len(), 1))
	}
	return s.String()
}

// readNumbers reads an array.
func readNumbers[T number](b *blockReader) []T {
	size := width[T]()
	out := make([]T, b.length(size))
	for at := 0; at < len(out) && b.err == nil; {
		p := b.some((len(out)-at)*size, size)
		decode(out[at:at+len(p)/size], p, size)
		at += len(p) / size
	}
	return out
}

func decode[T number](out []T, p []byte, size int) {
	switch size {
	case 2:
		for i := range out {
			out[i] = T(binary.LittleEndian.Uint16(p[i*2:]))
		}
	case 4:
		for i := range out {
			out[i] = T(binary.LittleEndian.Uint32(p[i*4:]))
		}
	default:
		for i := range out {
			out[i] = T(binary.LittleEndian.Uint64(p[i*8:]))
		}
	}
}

// end expects that nothing follows.
func (b *blockReader) end() {
	b.check(len(b.data) == 0 && b.next() == 0 && b.err == nil, "goes on after its end")
	b.check(b.left == 0, "bytes after the end")
}
