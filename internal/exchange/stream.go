package exchange

import "encoding/json"

// maxNest is how deep containers may be streamed inside containers; what lies
// deeper is part of a record and under its caps.
const maxNest = 6

// maxFaults is how many breaks of its structure a JSON input may have before
// the rest is given up.
const maxFaults = 1000

// chunk is the text of one record as it is cut out of a stream. What exceeds
// a cap is passed over without being kept.
type chunk struct {
	raw    []byte
	tokens int
	line   int
	offset int64
	large  bool
	deep   bool
}

func (c *chunk) add(b []byte, limit int) {
	if len(c.raw)+len(b) > limit {
		c.large = true
		return
	}
	c.raw = append(c.raw, b...)
}

// fault names the cap that the record broke.
func (c *chunk) fault(l Limits) string {
	switch {
	case c.deep:
		return reasonDeep
	case c.large:
		return reasonLarge
	case c.tokens > l.Tokens:
		return reasonTokens
	}
	return ""
}

// stream cuts a JSON document into records. It knows only strings, brackets
// and separators; whether a record is JSON at all is for the strict parser to
// say. So one broken record does not take the others with it.
type stream struct {
	src    *byteSource
	w      *walker
	faults int
	over   bool
}

func (p *stream) stopped() bool { return p.over || p.w.stopped }

// begin starts a record at the next byte.
func (p *stream) begin() *chunk {
	return &chunk{line: p.src.line, offset: p.src.offset()}
}

// broken reports a break of the structure here.
func (p *stream) broken() {
	p.faults++
	key := reasonJSON
	if p.faults > maxFaults {
		key, p.over = reasonBroken, true
	}
	p.w.drop(p.src.line, p.src.offset(), key, nil)
}

// cutShort reports that the input ended inside the record.
func (p *stream) cutShort(c *chunk) {
	p.over = true
	p.w.drop(c.line, c.offset, reasonBroken, nil)
}

// values reads the top of the document: one value, or several after each
// other.
func (p *stream) values() {
	for p.src.space(); !p.stopped(); p.src.space() {
		c, ok := p.src.peek()
		if !ok {
			return
		}
		if c == ']' || c == '}' || c == ',' || c == ':' {
			p.broken()
			p.src.next()
			continue
		}
		p.element(0)
	}
}

// element reads one value where a record may stand.
func (p *stream) element(nest int) {
	c, _ := p.src.peek()
	switch {
	case c == '{' && nest < maxNest:
		p.object(nest)
	case c == '[' && nest < maxNest:
		p.array(nest + 1)
	default:
		rec := p.begin()
		switch {
		case !p.value(rec):
			p.cutShort(rec)
		case c == '{' || c == '[':
			p.w.record(rec)
		default:
			p.w.drop(rec.line, rec.offset, reasonNotCheck, nil)
		}
	}
}

// array reads a list of records.
func (p *stream) array(nest int) {
	start := p.begin()
	p.src.next()
	for after := false; !p.stopped(); {
		p.src.space()
		c, ok := p.src.peek()
		switch {
		case !ok:
			p.cutShort(start)
			return
		case c == ']':
			p.src.next()
			return
		case c == ',' && after:
			p.src.next()
			after = false
		case c == ',' || c == '}' || c == ':':
			p.broken()
			p.src.next()
		case after:
			p.broken()
			after = false
		default:
			p.element(nest)
			after = true
		}
	}
}

// streamed names the members whose lists are read record by record.
func streamed(key string) bool {
	switch localName(key) {
	case "@graph", "dataFeedElement", "itemListElement", "claims":
		return true
	}
	return false
}

// object reads one object: the lists of records in it one by one, all other
// members together as a record of their own.
func (p *stream) object(nest int) {
	rec := p.begin()
	p.take(rec)
	listed := false
	for first := true; !p.stopped(); {
		p.src.space()
		c, ok := p.src.peek()
		switch {
		case !ok:
			p.cutShort(rec)
			return
		case c == '}':
			p.take(rec)
			p.w.object(rec, listed)
			return
		case c == ',' && !first:
			p.take(rec)
			p.src.space()
			if c, _ = p.src.peek(); c != '"' {
				p.rest(rec)
				return
			}
		case c != '"' || !first:
			p.rest(rec)
			return
		}
		key, ok := p.key(rec)
		if !ok {
			p.rest(rec)
			return
		}
		p.src.space()
		first = false
		if c, _ = p.src.peek(); c == '[' && nest < maxNest && streamed(key) {
			listed = true
			p.array(nest + 1)
			rec.add([]byte("null"), p.w.limits.Record)
			continue
		}
		if !p.value(rec) {
			p.cutShort(rec)
			return
		}
	}
}

// key takes a member's name and its colon.
func (p *stream) key(rec *chunk) (string, bool) {
	from := len(rec.raw)
	if !p.text(rec) {
		return "", false
	}
	var key string
	if !rec.large {
		if json.Unmarshal(rec.raw[from:], &key) != nil {
			return "", false
		}
	}
	p.src.space()
	if c, _ := p.src.peek(); c != ':' {
		return "", false
	}
	p.take(rec)
	return key, true
}

// rest takes what is left of an object that is not well formed, as far as its
// brackets tell, and hands it to the strict parser to be refused.
func (p *stream) rest(rec *chunk) {
	if !p.balance(rec, 1) {
		p.cutShort(rec)
		return
	}
	p.w.record(rec)
}

// take moves one byte into the record.
func (p *stream) take(rec *chunk) {
	c, _ := p.src.next()
	rec.tokens++
	rec.add([]byte{c}, p.w.limits.Record)
}

// value takes one whole value, false if the input ends before it does.
func (p *stream) value(rec *chunk) bool {
	switch c, ok := p.src.peek(); {
	case !ok:
		return false
	case c == '"':
		return p.text(rec)
	case c == '{' || c == '[':
		p.take(rec)
		return p.balance(rec, 1)
	default:
		p.scalar(rec)
		return true
	}
}

// balance takes bytes until as many brackets are closed as open are.
func (p *stream) balance(rec *chunk, open int) bool {
	for open > 0 {
		c, ok := p.src.peek()
		if !ok {
			return false
		}
		switch c {
		case '"':
			if !p.text(rec) {
				return false
			}
			continue
		case '{', '[':
			open++
			rec.deep = rec.deep || open > p.w.limits.Depth
		case '}', ']':
			open--
		case ',', ':':
		default:
			p.plain(rec)
			continue
		}
		p.take(rec)
	}
	return true
}

// plain takes the run of bytes up to the next one that matters to balance.
func (p *stream) plain(rec *chunk) {
	ahead := p.src.buf[p.src.pos:p.src.end]
	n := 1
	for n < len(ahead) && !structural[ahead[n]] {
		n++
	}
	rec.add(ahead[:n], p.w.limits.Record)
	p.src.discard(n)
}

var structural = [256]bool{'"': true, '{': true, '}': true, '[': true, ']': true, ',': true, ':': true}

// scalar takes a number or a word, and at least one byte.
func (p *stream) scalar(rec *chunk) {
	rec.tokens++
	for n := 0; ; n++ {
		c, ok := p.src.peek()
		if !ok || (n > 0 && (structural[c] || c <= ' ')) {
			return
		}
		p.src.next()
		rec.add([]byte{c}, p.w.limits.Record)
	}
}

// text takes a string, false if it is not closed.
func (p *stream) text(rec *chunk) bool {
	p.take(rec)
	for p.src.fill() {
		ahead := p.src.buf[p.src.pos:p.src.end]
		n := 0
		for n < len(ahead) && ahead[n] != '"' && ahead[n] != '\\' {
			n++
		}
		rec.add(ahead[:n], p.w.limits.Record)
		p.src.discard(n)
		if n == len(ahead) {
			continue
		}
		if ahead[n] == '"' {
			p.take(rec)
			return true
		}
		p.take(rec)
		if !p.src.fill() {
			return false
		}
		p.take(rec)
	}
	return false
}

// lines reads newline-delimited JSON: every line stands alone, so a broken one
// ends at its end.
func (p *stream) lines() {
	var buf []byte
	for !p.stopped() {
		line, offset := p.src.line, p.src.offset()
		raw, whole, ok := p.src.lineInto(buf, p.w.limits.Record)
		if !ok {
			return
		}
		buf = raw
		if blank(raw) && whole {
			continue
		}
		p.w.record(&chunk{raw: raw, line: line, offset: offset, large: !whole})
	}
}

func blank(b []byte) bool {
	for _, c := range b {
		if c > ' ' {
			return false
		}
	}
	return true
}
