package exchange

import (
	"bytes"
	"encoding/json"
	"io"
	"iter"
	"strings"
)

// Read reads one input of any known format as a stream and yields, for every
// record, either an item or the reason why it was dropped (then the item is
// zero). name is the file's name, if it has one, and only helps to tell
// newline-delimited JSON from other JSON. An input that cannot be read to its
// end yields one last Drop that says so; what came before it stands. Breaking
// off the loop stops reading.
//
// Memory stays within a few records whatever the input; time is linear in
// what is read, and no more than the caps is ever read.
func Read(r io.Reader, name string, l Limits) iter.Seq2[Item, *Drop] {
	return func(yield func(Item, *Drop) bool) {
		l := l.orDefault()
		src := newSource(r, l.Input)
		w := newWalker(l, yield)
		if key := choose(src, w, name); key != "" {
			w.drop(src.line, src.offset(), key, nil)
		}
		w.settle()
		if !w.failed(src) {
			w.finish(src.line, src.offset())
		}
	}
}

// choose tells the formats apart by their first bytes and reads. The key is a
// reason if it is none of them.
func choose(src *byteSource, w *walker, name string) string {
	head := src.window(windowSize)
	if rest, ok := bytes.CutPrefix(head, []byte("\xef\xbb\xbf")); ok {
		src.discard(3)
		head = rest
	}
	if bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")) {
		return reasonEncoding
	}
	start := bytes.TrimLeft(head, " \t\r\n")
	switch {
	case len(start) == 0 && len(head) < windowSize/2:
		return ""
	case len(start) == 0 || start[0] == '{' || start[0] == '[':
		p := &stream{src: src, w: w}
		if perLine(start, name) {
			p.lines()
		} else {
			p.values()
		}
		return ""
	case bytes.IndexByte(head[:min(len(head), 1024)], 0) >= 0:
		return reasonBinary
	case start[0] == '<':
		if isXML(start) {
			return reasonFeed
		}
		return readPage(src, w)
	}
	return readTable(src, w)
}

// perLine recognises newline-delimited JSON: a first line that is whole and a
// second one that begins another object. Indented JSON never has that, and a
// list with one record a line leaves its first line open.
func perLine(start []byte, name string) bool {
	if len(start) == 0 || start[0] != '{' {
		return false
	}
	first, rest, more := bytes.Cut(start, []byte{'\n'})
	first, rest = bytes.TrimSpace(first), bytes.TrimLeft(rest, " \t\r\n")
	name = strings.ToLower(name)
	named := strings.HasSuffix(name, ".ndjson") || strings.HasSuffix(name, ".jsonl")
	if !more || len(first) < 2 || (len(rest) > 0 && rest[0] != '{') {
		return more && named && len(first) > 1
	}
	return named || (len(rest) > 0 && (json.Valid(first) || bytes.IndexByte([]byte("[{,:"), first[len(first)-1]) < 0))
}

// isXML recognises RSS, Atom and any other XML that is no web page.
func isXML(start []byte) bool {
	low := bytes.ToLower(start[:min(len(start), 4096)])
	for _, sign := range []string{"<!doctype html", "<html"} {
		if bytes.Contains(low, []byte(sign)) {
			return false
		}
	}
	for _, sign := range []string{"<?xml", "<rss", "<feed", "<rdf:rdf", "<!doctype"} {
		if bytes.HasPrefix(low, []byte(sign)) {
			return true
		}
	}
	return false
}
