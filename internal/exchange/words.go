package exchange

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/charset"

	"sangto/internal/desk"
)

// Words is what a document says, without markup, scripts, pictures and
// controls of forms.
type Words struct {
	// MediaType is the type the document was taken for.
	MediaType string
	// Title is one line, empty if it has none.
	Title string
	// Text is lines of visible characters, NFC, without control, format and
	// bidirectional characters; paragraphs are apart by an empty line. It is
	// empty where the document is of a type that is not read.
	Text string
	// Cut says that there was more than desk.CopyTextMax.
	Cut bool
}

// titleMax is the longest kept title of a document, in characters.
const titleMax = 300

// ReadWords reads the words of a document of a hostile site: HTML or plain
// text in any encoding that browsers know. Nothing is fetched or run. The
// caller bounds the size of body; time and memory are linear in it, and no
// depth of nesting costs anything, because no tree is built.
func ReadWords(body []byte, contentType string) Words {
	kind, _, err := mime.ParseMediaType(contentType)
	if err != nil || kind == "" || kind == "application/octet-stream" {
		kind, _, _ = mime.ParseMediaType(http.DetectContentType(body[:min(len(body), 512)]))
	}
	w := Words{MediaType: shorten(visible(kind), 100)}
	switch kind {
	case "text/html", "application/xhtml+xml":
		p := readMarkup(decoded(body, contentType), unheard, false)
		if p.open && p.lost > len(p.out.String()) {
			// An element that is never closed swallowed most of the page.
			p = readMarkup(decoded(body, contentType), nil, false)
		}
		w.Title, w.Text, w.Cut = shorten(visible(p.title.String()), titleMax), p.out.String(), p.full
	case "text/plain":
		if bytes.IndexByte(body, 0) >= 0 && !bytes.HasPrefix(body, []byte{0xff, 0xfe}) && !bytes.HasPrefix(body, []byte{0xfe, 0xff}) {
			return w // called text, but it is none
		}
		b, _ := io.ReadAll(decoded(body, contentType))
		w.Text = string(b)
	default:
		return w
	}
	text, cut := paragraphs(w.Text)
	w.Text, w.Cut = text, w.Cut || cut
	return w
}

func decoded(body []byte, contentType string) io.Reader {
	r, err := charset.NewReader(bytes.NewReader(body), contentType)
	if err != nil {
		return bytes.NewReader(body)
	}
	return r
}

// unheard are the elements whose content a reader of the page does not read as
// its words. What the tokenizer itself takes as raw text is left out anyway.
var unheard = map[string]bool{"svg": true, "math": true, "template": true, "select": true, "button": true, "object": true, "audio": true, "video": true, "canvas": true, "datalist": true, "map": true}

// rawText are the elements that the tokenizer gives as one piece of text.
var rawText = map[string]bool{"script": true, "style": true, "iframe": true, "noscript": true, "noembed": true, "noframes": true, "textarea": true, "xmp": true, "plaintext": true}

// breaks are the elements that begin and end a line (1), and those that stand
// apart from what is around them (2).
var breaks = map[string]int{
	"br": 1, "li": 1, "tr": 1, "dt": 1, "dd": 1, "div": 1, "figcaption": 1, "summary": 1, "caption": 1, "legend": 1,
	"hr": 2, "p": 2, "h1": 2, "h2": 2, "h3": 2, "h4": 2, "h5": 2, "h6": 2, "ul": 2, "ol": 2, "dl": 2, "table": 2, "blockquote": 2, "pre": 2,
	"section": 2, "article": 2, "header": 2, "footer": 2, "aside": 2, "nav": 2, "main": 2, "figure": 2, "form": 2, "fieldset": 2, "address": 2, "details": 2,
}

// markup is a page on its way to words.
type markup struct {
	out, title strings.Builder
	lost       int  // bytes of text inside an element that is left out
	open       bool // such an element was never closed
	full       bool // not all of the page was read
	space      bool // the text ends in white space
	lines      int  // line ends due before the next word
}

// readMarkup goes through the tokens once. skip names elements to leave out;
// within says that this is the content of a noscript, which holds no other.
func readMarkup(r io.Reader, skip map[string]bool, within bool) *markup {
	p := &markup{}
	z := html.NewTokenizer(r)
	z.SetMaxBuf(8 << 20)
	inside, depth, raw := "", 0, ""
	for {
		switch kind := z.Next(); kind {
		case html.ErrorToken:
			p.open, p.full = inside != "", p.full || !errors.Is(z.Err(), io.EOF)
			return p
		case html.TextToken:
			if raw == "noscript" && inside == "" && !within {
				// What a reader without scripts sees: markup that the tokenizer
				// takes for one piece of text. Text would decode it in place.
				p.add(readMarkup(bytes.NewReader(z.Raw()), skip, true))
				raw = ""
				continue
			}
			text := z.Text()
			switch {
			case raw == "title" && inside == "" && p.title.Len() == 0:
				p.title.Write(text[:min(len(text), 4096)])
			case raw != "":
			case inside != "":
				p.lost += len(text)
			default:
				p.text(text)
			}
			raw = ""
		case html.StartTagToken, html.EndTagToken, html.SelfClosingTagToken:
			b, _ := z.TagName()
			name := string(b)
			raw = ""
			if kind == html.StartTagToken && (rawText[name] || name == "title") {
				raw = name
			}
			switch {
			case inside == "" && kind == html.StartTagToken && skip[name]:
				inside, depth = name, 1
			case inside == name && kind == html.StartTagToken:
				depth++
			case inside == name && kind == html.EndTagToken:
				if depth--; depth == 0 {
					inside = ""
				}
			}
			p.breakLine(name)
		}
	}
}

// breakLine notes the line ends that an element asks for.
func (p *markup) breakLine(name string) {
	switch n := breaks[name]; {
	case name == "br":
		p.lines = min(p.lines+1, 2)
	case n > 0:
		p.lines = max(p.lines, n)
	case (name == "td" || name == "th") && !p.space:
		p.out.WriteByte(' ')
		p.space = true
	}
}

// add takes over the words of a part.
func (p *markup) add(part *markup) {
	p.lines = max(p.lines, 1)
	p.text([]byte(" "))
	for line := range strings.SplitSeq(part.out.String(), "\n") {
		p.text([]byte(line))
		p.lines = max(p.lines, 1)
	}
	p.full = p.full || part.full
}

// text takes a run of text; its own line ends mean nothing in HTML.
func (p *markup) text(b []byte) {
	if p.out.Len() > 4*desk.CopyTextMax {
		p.full = true
		return
	}
	for _, c := range b {
		white := c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f'
		if white && p.space {
			continue
		}
		if p.space = white; white {
			c = ' '
		} else if p.lines > 0 {
			p.out.WriteString("\n\n"[:p.lines])
			p.lines = 0
		}
		p.out.WriteByte(c)
	}
}

// paragraphs cleans every line, keeps at most one empty line between two, and
// cuts at the cap, at the end of a line where there is one.
func paragraphs(s string) (text string, cut bool) {
	var b strings.Builder
	empty := 0
	for line := range strings.SplitSeq(strings.ReplaceAll(s, "\r", "\n"), "\n") {
		line = visible(line)
		if line == "" {
			empty++
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('\n')
			if empty > 0 {
				b.WriteByte('\n')
			}
		}
		empty = 0
		if room := desk.CopyTextMax - b.Len(); len(line) > room {
			for room > 0 && !utf8.RuneStart(line[room]) {
				room--
			}
			b.WriteString(line[:max(room, 0)])
			return strings.TrimSpace(b.String()), true
		}
		b.WriteString(line)
	}
	return b.String(), false
}
