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
		p := readMarkup(decoded(body, contentType), unheard)
		if p.open && p.lost > len(p.out.String()) {
			// An element that is never closed swallowed most of the page.
			p = readMarkup(decoded(body, contentType), nil)
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
var rawText = map[string]bool{"script": true, "style": true, "iframe": true, "noembed": true, "noframes": true, "textarea": true, "xmp": true, "plaintext": true}

// breaks are the elements that begin a line, and those that stand apart.
var breaks = map[string]string{
	"br": "\n", "li": "\n", "tr": "\n", "dt": "\n", "dd": "\n", "option": "\n", "div": "\n", "hr": "\n\n",
	"p": "\n\n", "h1": "\n\n", "h2": "\n\n", "h3": "\n\n", "h4": "\n\n", "h5": "\n\n", "h6": "\n\n", "ul": "\n\n", "ol": "\n\n", "dl": "\n\n", "table": "\n\n",
	"blockquote": "\n\n", "section": "\n\n", "article": "\n\n", "header": "\n\n", "footer": "\n\n", "aside": "\n\n", "nav": "\n\n", "main": "\n\n", "figure": "\n\n",
	"figcaption": "\n", "pre": "\n\n", "form": "\n\n", "fieldset": "\n\n", "address": "\n\n", "details": "\n\n", "summary": "\n",
	"td": " ", "th": " ", "caption": "\n",
}

// markup is a page on its way to words.
type markup struct {
	out, title strings.Builder
	lost       int  // bytes of text inside an element that is left out
	open       bool // such an element was never closed
	full       bool // not all of the page was read
	space      bool // the text ends in white space
}

// readMarkup goes through the tokens once. skip names elements to leave out.
func readMarkup(r io.Reader, skip map[string]bool) *markup {
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
			if end := breaks[name]; end != "" {
				p.out.WriteString(end)
				p.space = true
			}
		}
	}
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
