package peer

import (
	"math"
	"slices"
	"strings"
	"unicode"
)

// plainWords are the runs of letters and digits, in lower case. Combining marks
// divide words, as they do for every program that has not met decomposed text.
func plainWords(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(c rune) bool {
		return !unicode.IsLetter(c) && !unicode.IsDigit(c)
	})
}

// posting is a row and how often it holds the word.
type posting struct{ row, count int32 }

// wordIndex is a plain inverted index with Okapi BM25 weights, scored a word at
// a time (Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25
// and Beyond", 2009). Inverse document frequency is that of Lucene, which is
// never negative.
type wordIndex struct {
	k1, b float64
	// scale multiplies every score; Lucene's older BM25 keeps the constant
	// factor k1+1, which matters where a raw score has a threshold.
	scale float64
	lists map[string][]posting
	size  []int32
	total int64

	score []float64
	met   []int32
	rows  []int32
}

func newWordIndex(k1, b, scale float64) *wordIndex {
	return &wordIndex{k1: k1, b: b, scale: scale, lists: map[string][]posting{}}
}

// add makes words the next row.
func (x *wordIndex) add(words []string) {
	row := int32(len(x.size))
	x.size = append(x.size, int32(len(words)))
	x.total += int64(len(words))
	x.score, x.met = append(x.score, 0), append(x.met, 0)
	for _, w := range words {
		list := x.lists[w]
		if n := len(list); n > 0 && list[n-1].row == row {
			list[n-1].count++
			continue
		}
		x.lists[w] = append(list, posting{row, 1})
	}
}

func (x *wordIndex) idf(n int) float64 {
	return math.Log(1 + (float64(len(x.size)-n)+0.5)/(float64(n)+0.5))
}

// scored is a row and its score.
type scored struct {
	row   int32
	score float64
}

// search scores every row that holds at least need of the words, a repeated
// word counting as often as it is repeated, and returns the best k, equal
// scores in the order of the rows.
func (x *wordIndex) search(words []string, need, k int) []scored {
	average := float64(x.total) / float64(max(1, len(x.size)))
	for _, w := range words {
		list := x.lists[w]
		idf := x.idf(len(list))
		for _, p := range list {
			if x.met[p.row] == 0 {
				x.rows = append(x.rows, p.row)
			}
			x.met[p.row]++
			tf := float64(p.count)
			x.score[p.row] += x.scale * idf * tf / (tf + x.k1*(1-x.b+x.b*float64(x.size[p.row])/average))
		}
	}
	var best []scored
	for _, row := range x.rows {
		if int(x.met[row]) >= need {
			best = insert(best, scored{row, x.score[row]}, k)
		}
		x.met[row], x.score[row] = 0, 0
	}
	x.rows = x.rows[:0]
	return best
}

// insert keeps the best k sorted.
func insert(best []scored, s scored, k int) []scored {
	at, _ := slices.BinarySearchFunc(best, s, func(a, b scored) int {
		switch {
		case a.score > b.score, a.score == b.score && a.row < b.row:
			return -1
		case a == b:
			return 0
		}
		return 1
	})
	if at >= k {
		return best
	}
	if len(best) == k {
		best = best[:k-1]
	}
	return slices.Insert(best, at, s)
}

// distinct keeps the first of equal words, in their order.
func distinct(words []string) []string {
	seen := make(map[string]bool, len(words))
	return slices.DeleteFunc(slices.Clone(words), func(w string) bool {
		again := seen[w]
		seen[w] = true
		return again
	})
}

// englishStop reports whether a lower-case word is one of the 174 stop words of
// the Snowball project's English list, or what plainWords leaves of one.
func englishStop(w string) bool { return strings.Contains(englishStops, " "+w+" ") }

const englishStops = " i me my myself we our ours ourselves you your yours yourself yourselves he him his himself she her hers herself it its itself " +
	"they them their theirs themselves what which who whom this that these those am is are was were be been being have has had having " +
	"do does did doing would should could ought m re ve ll d s t a an the and but if or because as until while of at by for with about against " +
	"between into through during before after above below to from up down in out on off over under again further then once here there when " +
	"where why how all any both each few more most other some such no nor not only own same so than too very isn aren wasn weren hasn haven " +
	"hadn doesn don didn won wouldn shan shouldn can cannot couldn mustn let "
