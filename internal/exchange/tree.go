package exchange

import (
	"bytes"
	"encoding/json"
	"errors"
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
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	v, err := grow(dec, nil)
	if err != nil {
		return nil, reasonJSON
	}
	return v, ""
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

var errTree = errors.New("not a JSON value")

// grow builds the value that starts with tok, or with the next token if tok
// is nil. Its depth is bounded by measure.
func grow(dec *json.Decoder, tok json.Token) (any, error) {
	if tok == nil {
		var err error
		if tok, err = dec.Token(); err != nil {
			return nil, err
		}
	}
	switch tok {
	case json.Delim('{'):
		return growObject(dec)
	case json.Delim('['):
		return growList(dec)
	}
	if _, odd := tok.(json.Delim); odd {
		return nil, errTree
	}
	return tok, nil
}

func growList(dec *json.Decoder) (any, error) {
	var list []any
	for dec.More() {
		v, err := grow(dec, nil)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	_, err := dec.Token()
	return list, err
}

func growObject(dec *json.Decoder) (any, error) {
	n := &node{members: map[string]any{}}
	for dec.More() {
		tok, err := dec.Token()
		if err != nil {
			return nil, err
		}
		name, ok := tok.(string)
		if !ok {
			return nil, errTree
		}
		v, err := grow(dec, nil)
		if err != nil {
			return nil, err
		}
		name = localName(name)
		if _, again := n.members[name]; again && wanted[name] {
			n.twice = name
		}
		if wanted[name] {
			n.members[name] = v
		}
	}
	_, err := dec.Token()
	return n, err
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
