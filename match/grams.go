package match

// grams compares the few words of a message that the index does not know with
// the words of a document, by the runs of three letters they share: a slip, a
// misread letter or a compound leaves most of them in place. It looks at
// candidates only; as a way to find documents, runs of letters cost many times
// more than words and find little that words do not.
type grams struct {
	terms []gramTerm
	heads []int32 // open hashing by gram: place in links plus one
	links []gramLink
	met   []int32
}

type gramTerm struct {
	idf    float64
	size   int
	shared int     // with the word being compared
	best   float64 // resemblance found in this document
}

type gramLink struct {
	gram uint32
	term int32
	next int32
}

const (
	gramHeads = 256
	// gramTermMin is the shortest word worth comparing: most short ones
	// resemble something. gramTermsMax bounds how many are.
	gramTermMin  = 4
	gramTermsMax = 24
	// resembling is the least resemblance that counts.
	resembling = 0.6
)

func (g *grams) reset() {
	if len(g.terms) > 0 || g.heads == nil {
		if g.heads == nil {
			g.heads = make([]int32, gramHeads)
		}
		clear(g.heads)
	}
	g.terms, g.links = g.terms[:0], g.links[:0]
}

// add takes an unknown word of the message.
func (g *grams) add(word string, idf float64) {
	if len(word) < gramTermMin || len(g.terms) >= gramTermsMax {
		return
	}
	at := int32(len(g.terms))
	g.terms = append(g.terms, gramTerm{idf: idf, size: len(word)})
	eachGram(word, func(gram uint32) {
		h := &g.heads[gramSlot(gram)]
		g.links = append(g.links, gramLink{gram: gram, term: at, next: *h})
		*h = int32(len(g.links))
	})
}

func gramSlot(gram uint32) uint32 { return gram * 0x9E3779B1 >> 24 }

// eachGram calls do for every run of three bytes of the word with its ends
// marked, as many as the word has bytes.
func eachGram(word string, do func(uint32)) {
	gram := uint32('^')
	for i := range len(word) {
		gram = gram<<8 | uint32(word[i])
		if i > 0 {
			do(gram & 0xFFFFFF)
		}
	}
	do((gram<<8 | '$') & 0xFFFFFF)
}

// compare notes how much a word of the document resembles those of the message.
func (g *grams) compare(word string) {
	if len(word) < gramTermMin-1 {
		return
	}
	g.met = g.met[:0]
	eachGram(word, func(gram uint32) {
		for i := g.heads[gramSlot(gram)]; i > 0; i = g.links[i-1].next {
			l := &g.links[i-1]
			if l.gram != gram {
				continue
			}
			if g.terms[l.term].shared == 0 {
				g.met = append(g.met, l.term)
			}
			g.terms[l.term].shared++
		}
	})
	for _, t := range g.met {
		x := &g.terms[t]
		r := 2 * float64(x.shared) / float64(x.size+len(word))
		// Of long words, one may be part of the other.
		if few := min(x.size, len(word)); few >= 6 {
			r = max(r, 0.9*float64(x.shared)/float64(few))
		}
		if r >= resembling {
			x.best = max(x.best, min(1, r))
		}
		x.shared = 0
	}
}

// found returns the weight of what resembled, and begins anew for the next
// document.
func (g *grams) found() float64 {
	sum := 0.0
	for i := range g.terms {
		sum += g.terms[i].best * g.terms[i].idf
		g.terms[i].best = 0
	}
	return sum
}
