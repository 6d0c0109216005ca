package exchange

import (
	"bytes"
	"errors"
	"io"
)

// byteSource is a bounded reader that knows the line and the offset of its next
// byte and can look ahead and step back. encoding/json and encoding/csv
// buffer a whole value or field before a caller can refuse it, and neither
// can go on after a broken one; the readers here split records themselves and
// let the standard parsers see only what has already passed the caps.
type byteSource struct {
	r        io.Reader
	buf      []byte
	pos, end int
	taken    int64 // bytes read from r
	limit    int64
	line     int
	err      error // sticky: io.EOF, errInput or what r said
}

var errInput = errors.New("the input is larger than the cap")

const windowSize = 64 << 10

func newSource(r io.Reader, limit int64) *byteSource {
	return &byteSource{r: r, buf: make([]byte, windowSize), limit: limit, line: 1}
}

func (s *byteSource) offset() int64 { return s.taken - int64(s.end-s.pos) }

// fill makes at least one byte available if there is any.
func (s *byteSource) fill() bool {
	if s.pos < s.end {
		return true
	}
	s.pos, s.end = 0, 0
	s.more()
	return s.pos < s.end
}

// more reads once into the free end of the buffer.
func (s *byteSource) more() {
	for tries := 0; s.err == nil && s.end < len(s.buf); tries++ {
		room := s.buf[s.end:]
		if left := s.limit - s.taken; int64(len(room)) > left {
			room = room[:left]
		}
		if len(room) == 0 {
			s.err = s.atLimit()
			return
		}
		n, err := s.r.Read(room)
		n = max(0, min(n, len(room)))
		s.end += n
		s.taken += int64(n)
		if s.err = err; n > 0 {
			return
		}
		if tries > 100 && s.err == nil {
			s.err = io.ErrNoProgress
		}
	}
}

// atLimit tells an input that ends exactly at the cap from a longer one.
func (s *byteSource) atLimit() error {
	var one [1]byte
	n, err := io.ReadFull(s.r, one[:])
	if n > 0 {
		return errInput
	}
	return err
}

// failure is the error that ended the input, nil for its plain end.
func (s *byteSource) failure() error {
	if s.err == nil || errors.Is(s.err, io.EOF) {
		return nil
	}
	return s.err
}

// window returns up to n bytes ahead without taking them.
func (s *byteSource) window(n int) []byte {
	n = min(n, len(s.buf))
	if s.pos > 0 && s.end-s.pos < n {
		s.end = copy(s.buf, s.buf[s.pos:s.end])
		s.pos = 0
	}
	for s.end-s.pos < n && s.err == nil {
		s.more()
	}
	return s.buf[s.pos:min(s.end, s.pos+n)]
}

func (s *byteSource) peek() (byte, bool) {
	if !s.fill() {
		return 0, false
	}
	return s.buf[s.pos], true
}

// next takes one byte.
func (s *byteSource) next() (byte, bool) {
	if !s.fill() {
		return 0, false
	}
	c := s.buf[s.pos]
	s.pos++
	if c == '\n' {
		s.line++
	}
	return c, true
}

// discard takes n bytes that are known to be in the buffer.
func (s *byteSource) discard(n int) {
	s.line += bytes.Count(s.buf[s.pos:s.pos+n], []byte{'\n'})
	s.pos += n
}

// space takes white space.
func (s *byteSource) space() {
	for s.fill() {
		switch s.buf[s.pos] {
		case '\n':
			s.line++
			fallthrough
		case ' ', '\t', '\r':
			s.pos++
		default:
			return
		}
	}
}

// unread puts bytes just taken in front of the input again.
func (s *byteSource) unread(b []byte) {
	s.line -= bytes.Count(b, []byte{'\n'})
	if len(b) <= s.pos {
		s.pos -= len(b) // they are still there
		return
	}
	rest := s.buf[s.pos:s.end]
	joined := make([]byte, 0, max(windowSize, len(b)+len(rest)))
	joined = append(append(joined, b...), rest...)
	s.buf, s.pos, s.end = joined[:cap(joined)], 0, len(joined)
}

// lineInto appends the next line without its end to dst[:0]. A line longer
// than limit is taken whole but kept only up to there, and whole is false. ok
// is false at the end of the input.
func (s *byteSource) lineInto(dst []byte, limit int) (line []byte, whole, ok bool) {
	line, whole = dst[:0], true
	for s.fill() {
		ok = true
		chunk := s.buf[s.pos:s.end]
		i := bytes.IndexByte(chunk, '\n')
		if i >= 0 {
			chunk = chunk[:i]
		}
		if len(line)+len(chunk) > limit {
			whole = false
			line = append(line, chunk[:limit-len(line)]...)
		} else {
			line = append(line, chunk...)
		}
		s.pos += len(chunk)
		if i >= 0 {
			s.pos++
			s.line++
			return line, whole, true
		}
	}
	return line, whole, ok
}
