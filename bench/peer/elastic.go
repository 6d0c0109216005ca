package peer

import (
	"math"
	"slices"
	"strings"

	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/analysis/tokenizer/unicode"
)

// What Cofacts and Check ask of Elasticsearch and OpenSearch, with the same
// analysis and the same arithmetic: the standard tokenizer (Unicode Standard
// Annex 29), lower case, Lucene's BM25 with its older constant factor, which
// both servers kept for compatibility.

const (
	luceneK1 = 1.2
	luceneB  = 0.75
)

func newElastic() *wordIndex { return newWordIndex(luceneK1, luceneB, luceneK1+1) }

var standardTokenizer analysis.Tokenizer = unicode.NewUnicodeTokenizer()

// standardWords is the analyzer "standard": words by Unicode's rules, in lower
// case, nothing left out.
func standardWords(s string) []string {
	tokens := standardTokenizer.Tokenize([]byte(s))
	words := make([]string, len(tokens))
	for i, t := range tokens {
		words[i] = strings.ToLower(string(t.Term))
	}
	return words
}

// stoppedWords is Cofacts' analyzer "cjk_url_email" for text without Chinese,
// Japanese or Korean: links and addresses whole, lower case, Lucene's English
// stop words left out. The bigrams it makes of CJK letters are not made here.
func stoppedWords(s string) []string {
	var words []string
	for _, field := range strings.Fields(s) {
		if strings.Contains(field, "://") {
			words = append(words, strings.ToLower(field))
			continue
		}
		words = append(words, standardWords(field)...)
	}
	return slices.DeleteFunc(words, func(w string) bool { return strings.Contains(luceneStops, " "+w+" ") })
}

const luceneStops = " a an and are as at be but by for if in into is it no not of on or such that the their then there these they this to was will with "

// percent is minimum_should_match "n%" of a number of clauses: rounded down.
func percent(clauses, n int) int { return clauses * n / 100 }

// alike is the more_like_this query of Elasticsearch: the terms of the text
// that the index knows, the best termsMax of them by tf-idf, equal ones in
// the order of the text.
func (x *wordIndex) alike(words []string, termsMax int) []string {
	count := map[string]int{}
	for _, w := range words {
		count[w]++
	}
	terms := slices.DeleteFunc(distinct(words), func(w string) bool { return len(x.lists[w]) == 0 })
	weight := func(w string) float64 {
		return float64(count[w]) * (1 + math.Log(float64(len(x.size)+1)/float64(len(x.lists[w])+1)))
	}
	slices.SortStableFunc(terms, func(a, b string) int {
		switch wa, wb := weight(a), weight(b); {
		case wa > wb:
			return -1
		case wa < wb:
			return 1
		}
		return 0
	})
	return terms[:min(len(terms), termsMax)]
}
