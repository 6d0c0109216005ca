// Package publish holds the pure functions from published wording to what is
// sent: safe HTML, addresses, and text with its shared words marked.
package publish

import (
	"bytes"
	"html/template"
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"sangto/internal/desk"
)

// renderer turns Markdown into HTML in two steps that do not trust each other:
// goldmark writes it, bluemonday lets through what is on its list.
type renderer struct {
	markdown goldmark.Markdown
	policy   *bluemonday.Policy
}

// shared is built on first use: the policy is costly to make and is not
// changed afterwards, which makes it safe for concurrent use.
var shared = sync.OnceValue(newRenderer)

// linkRel tells search engines that a link is no recommendation and gives the
// page behind it no handle on ours.
const linkRel = "noopener nofollow"

func newRenderer() renderer {
	md := goldmark.New(goldmark.WithParserOptions(
		parser.WithASTTransformers(util.Prioritized(tame{}, 100))))
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "em", "strong", "ul", "ol", "li", "blockquote", "h3", "h4", "h5", "h6", "code", "pre", "hr")
	p.AllowAttrs("start").Matching(bluemonday.Integer).OnElements("ol")
	p.AllowAttrs("href").OnElements("a")
	p.AllowAttrs("rel").Matching(regexp.MustCompile("^" + linkRel + "$")).OnElements("a")
	p.AllowURLSchemes("http", "https")
	p.AllowRelativeURLs(false)
	p.RequireParseableURLs(true)
	p.RequireNoFollowOnLinks(true)
	return renderer{markdown: md, policy: p}
}

// markdownMax is the longest wording read as Markdown, in bytes. Some inputs
// cost the parser time that grows with the square of their length (60 KB of
// "> " took 2 s); at this length the worst of them stays below a fifth of a
// second. Longer wording is shown as plain paragraphs.
const markdownMax = 16 << 10

// HTML renders the Markdown of a check. The result holds paragraphs, lists,
// quotations, emphasis, headings from h3 down and links to http and https
// addresses, and nothing else: raw HTML is dropped, a picture leaves its
// description. It is the only place in the program that makes a template.HTML.
func HTML(markdown string) template.HTML {
	r := shared()
	words := Plain(markdown)
	var out bytes.Buffer
	if len(words) > markdownMax || r.markdown.Convert([]byte(words), &out) != nil {
		out.Reset()
		for paragraph := range strings.SplitSeq(words, "\n\n") {
			out.WriteString("<p>" + template.HTMLEscapeString(paragraph) + "</p>\n")
		}
	}
	return template.HTML(r.policy.SanitizeBytes(out.Bytes()))
}

// tame rewrites the parsed document before it is rendered.
type tame struct{}

// Transform implements parser.ASTTransformer: the page owns h1 and h2, so
// headings start at h3 whatever level they are written at and skip none; links
// say nothing about us, pictures are replaced by their description because a
// public page loads nothing from elsewhere, and so are links that lead to no
// web page.
func (tame) Transform(doc *ast.Document, source text.Reader, _ parser.Context) {
	var bare []ast.Node
	var outline []int // the levels, as written, of the headings that hold this one
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Heading:
			for len(outline) > 0 && outline[len(outline)-1] >= n.Level {
				outline = outline[:len(outline)-1]
			}
			outline = append(outline, n.Level)
			n.Level = min(2+len(outline), 6)
		case *ast.Link:
			n.SetAttributeString("rel", []byte(linkRel))
			if !desk.WebAddress(string(n.Destination)) {
				bare = append(bare, n)
			}
		case *ast.AutoLink:
			n.SetAttributeString("rel", []byte(linkRel))
			if !desk.WebAddress(string(n.URL(source.Source()))) {
				n.AppendChild(n, ast.NewString(n.Label(source.Source())))
				bare = append(bare, n)
			}
		case *ast.Image:
			bare = append(bare, n)
		}
		return ast.WalkContinue, nil
	})
	// Innermost first, so that a picture in a picture's description is gone
	// before its parent is.
	for i := len(bare) - 1; i >= 0; i-- {
		unwrap(bare[i])
	}
}

// unwrap replaces a node by its children.
func unwrap(n ast.Node) {
	parent := n.Parent()
	for c := n.FirstChild(); c != nil; {
		next := c.NextSibling()
		parent.InsertBefore(parent, n, c)
		c = next
	}
	parent.RemoveChild(parent, n)
}

// Plain makes wording fit to be shown: valid UTF-8 without control characters
// and without the marks that reorder the text around them (Unicode's
// bidirectional controls), with which foreign wording could make our own say
// something else.
func Plain(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r < ' ' || (r >= 0x7f && r < 0xa0) || r == utf8.RuneError:
			return -1
		case r == 0x061c || r == 0x200e || r == 0x200f || (r >= 0x202a && r <= 0x202e) || (r >= 0x2066 && r <= 0x2069):
			return -1
		}
		return r
	}, s)
}
