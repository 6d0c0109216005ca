package exchange

import (
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// node is one JSON object with the local names of its members. twice is the
// first known name that it gives more than once: two readers would not agree
// on what such a record says, so it is refused.
type node struct {
	members map[string]any
	twice   string
}

func (n *node) get(name string) any {
	if n == nil {
		return nil
	}
	return n.members[name]
}

// localName strips the spellings of the schema.org vocabulary from a name or
// a type: a full IRI or the schema: prefix.
func localName(name string) string {
	for _, prefix := range []string{"https://schema.org/", "http://schema.org/", "https://www.schema.org/", "http://www.schema.org/", "schema:"} {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			return rest
		}
	}
	return name
}

// parse reads one JSON text strictly. The key is a reason where it fails.
// Numbers stay text, so that a huge one costs no more than its digits.
// encoding/json judges; building is done here because it would build all that
// a record says about people, and let the last of two equal names win.
func parse(raw []byte, l Limits) (any, string) {
	if !utf8.Valid(raw) {
		return nil, reasonEncoding
	}
	if key := measure(raw, l); key != "" {
		return nil, key
	}
	if !json.Valid(raw) {
		return nil, reasonJSON
	}
	return (&tree{b: raw}).value(true), ""
}

// measure applies the caps on depth and tokens before anything is built.
func measure(raw []byte, l Limits) string {
	depth, tokens := 0, 0
	inText := false
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		switch {
		case inText && c == '\\':
			i++
		case c == '"':
			inText = !inText
		case inText:
		case c == '{' || c == '[':
			depth++
			tokens++
		case c == '}' || c == ']':
			depth--
		case c == ',' || c == ':':
			tokens++
		}
		if depth > l.Depth {
			return reasonDeep
		}
		if tokens > l.Tokens {
			return reasonTokens
		}
	}
	return ""
}

// tree builds values from JSON that is known to be valid and not too deep, so
// it decides nothing and cannot fail. What nobody wants is passed over and
// never built.
type tree struct {
	b []byte
	i int
}

// next skips white space and returns the byte there, 0 at the end.
func (t *tree) next() byte {
	for ; t.i < len(t.b); t.i++ {
		if c := t.b[t.i]; c > ' ' {
			return c
		}
	}
	return 0
}

// take reports whether c comes next, and takes it.
func (t *tree) take(c byte) bool {
	if t.next() != c {
		return false
	}
	t.i++
	return true
}

// value takes one value and builds it if it is wanted.
func (t *tree) value(build bool) any {
	switch t.next() {
	case '{':
		return t.object(build)
	case '[':
		return t.list(build)
	case '"':
		return t.text(build)
	}
	start := t.i
	for t.i < len(t.b) && t.b[t.i] > ' ' && !structural[t.b[t.i]] {
		t.i++
	}
	switch word := string(t.b[start:t.i]); word {
	case "null":
		return nil
	case "true", "false":
		return word == "true"
	default:
		return json.Number(word)
	}
}

func (t *tree) object(build bool) any {
	n := &node{}
	t.take('{')
	for t.next() == '"' {
		name := localName(t.text(true))
		t.take(':')
		keep := build && wanted[name]
		v := t.value(keep)
		if keep {
			n.set(name, v)
		}
		t.take(',')
	}
	t.take('}')
	return n
}

func (n *node) set(name string, v any) {
	if n.members == nil {
		n.members = make(map[string]any, 8)
	}
	if _, again := n.members[name]; again {
		n.twice = name
	}
	n.members[name] = v
}

func (t *tree) list(build bool) any {
	var list []any
	t.take('[')
	for c := t.next(); c != ']' && c != 0; c = t.next() {
		v := t.value(build)
		if build {
			list = append(list, v)
		}
		t.take(',')
	}
	t.take(']')
	return list
}

// text takes a string; without escapes its bytes are the text.
func (t *tree) text(build bool) string {
	start, plain := t.i, true
	for t.i++; t.i < len(t.b) && t.b[t.i] != '"'; t.i++ {
		if t.b[t.i] == '\\' {
			plain = false
			t.i++
		}
	}
	t.i = min(t.i+1, len(t.b))
	switch {
	case !build:
		return ""
	case plain && t.i-start >= 2:
		return string(t.b[start+1 : t.i-1])
	}
	var s string
	_ = json.Unmarshal(t.b[start:t.i], &s) // valid, or it would not be here
	return s
}

// wanted names the members this package looks at. All others, and with them
// everything said about the people behind a claim, end here.
var wanted = map[string]bool{
	"@type": true, "@id": true, "@value": true, "@graph": true,
	"dataFeedElement": true, "itemListElement": true, "item": true,
	"mainEntity": true, "hasPart": true, "review": true, "subjectOf": true, "associatedClaimReview": true,
	"url": true, "claimReviewed": true, "name": true, "headline": true, "legalName": true, "alternateName": true,
	"reviewRating": true, "ratingExplanation": true, "ratingValue": true, "description": true, "reviewBody": true,
	"author": true, "publisher": true, "parentOrganization": true, "ownershipFundingInfo": true,
	"inLanguage": true, "datePublished": true, "conditionsOfAccess": true,
	// Answers of the Fact Check Tools API.
	"claims": true, "claimReview": true, "text": true, "site": true, "title": true, "textualRating": true,
	"reviewDate": true, "languageCode": true,
	// What tells a feed of posts from a feed of checks.
	"type": true, "version": true, "orderedItems": true, "items": true,
}
