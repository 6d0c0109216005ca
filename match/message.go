package match

import (
	"cmp"
	"math"
	"slices"

	"sangto/viet"
)

// A message is a query as the index understands it.
type message struct {
	// words are the message's words in order; a word's run tells apart texts
	// that do not belong together, such as a message and the tail of its author.
	words []spoken
	terms []term
	// textLen is how many of words belong to the text itself; the rest is Extra.
	textLen int
	spots   []spot
	live    float64 // documents in the index
}

// spoken is one word of the message in its place.
type spoken struct {
	term int32
	run  int32
	// opens marks the first word of a sentence.
	opens bool
	// pair is the weight of this word with the one before it, 0 when no
	// document has the two together.
	pair float32
	// spots is where the message's spots of this pair begin, one for each part.
	spots int
}

// term is a distinct word of the message.
type term struct {
	word
	id     uint32
	known  bool
	common bool // says nothing: too many documents hold it
	idf    float64
}

const (
	// wordsMax bounds the words of a message that are looked at; 64 KiB of
	// text hold about this many.
	wordsMax = 16 << 10
	// extraMax bounds the words of Query.Extra.
	extraMax = 48
	// commonShare is the share of the documents above which a word says
	// nothing, commonFloor the number of documents below which it may always
	// speak: in a small index one document is a large share.
	commonShare = 0.15
	commonFloor = 12
)

// idf is the Robertson-Sparck Jones weight in the form that is never negative.
func idf(docs int, live float64) float64 {
	return math.Log(1 + (live-float64(docs)+0.5)/(float64(docs)+0.5))
}

// read makes a message of q against the vocabulary as it is now.
func (ix *Index) read(q Query, s *state, sc *scratch) *message {
	m := &sc.message
	m.words, m.terms = m.words[:0], m.terms[:0]
	m.live = float64(s.live)
	clear(sc.seen)
	raw := sc.reader.read(sc.raw[:0], q.Text)
	sc.raw = raw
	if len(raw) > wordsMax {
		raw = raw[:wordsMax]
	}
	vietnamese := mostlySyllables(raw)
	ix.say(m, sc, raw, 0, vietnamese)
	m.textLen = len(m.words)
	for _, extra := range q.Extra {
		sc.raw = sc.reader.read(sc.raw[:0], extra)
		ix.say(m, sc, sc.raw, 1, vietnamese)
		if len(m.words) >= m.textLen+extraMax {
			m.words = m.words[:m.textLen+extraMax]
			break
		}
	}
	weighPairs(m, s)
	return m
}

// say appends the words to the message, undoing the spellings of keyboards and
// chats where the index gives reason to.
func (ix *Index) say(m *message, sc *scratch, words []word, run int32, vietnamese bool) {
	for i := range words {
		w := words[i]
		id, known := ix.known(w.stem)
		if r, ok := ix.reread(sc, &w, known, vietnamese); ok {
			r.opens = w.opens
			w = r
			id, known = ix.known(w.stem)
		}
		t, ok := sc.seen[w.stem]
		if !ok {
			t = int32(len(m.terms))
			sc.seen[w.stem] = t
			m.terms = append(m.terms, ix.weigh(term{word: w, id: id, known: known}, m.live))
		}
		m.words = append(m.words, spoken{term: t, run: run, opens: w.opens})
	}
}

func (ix *Index) known(stem string) (uint32, bool) {
	id, ok := ix.vocab.find(stem)
	return id, ok && ix.vocab.docs(id) > 0
}

func (ix *Index) weigh(t term, live float64) term {
	docs := 0
	if t.known {
		docs = ix.vocab.docs(t.id)
	}
	t.idf = idf(docs, max(live, float64(docs)))
	t.common = docs > commonFloor && float64(docs) > commonShare*live
	return t
}

// reread undoes Telex, VNI and chat spellings. A word the index knows is left
// alone, since it may be meant; only a chat spelling in a message that is
// plainly Vietnamese gives way to a reading that is much more common.
func (ix *Index) reread(sc *scratch, w *word, known, vietnamese bool) (word, bool) {
	if w.typed == "" {
		return word{}, false
	}
	if plain, ok := viet.Chat(w.typed); ok && vietnamese {
		if r, ok := ix.reading(sc, w, plain); ok && (!known || ix.commoner(r.stem, w.stem)) {
			return r, true
		}
	}
	if known {
		return word{}, false
	}
	for _, undo := range [...]func(string) (string, bool){viet.ReadTelex, viet.ReadVNI} {
		if plain, ok := undo(w.typed); ok {
			if r, ok := ix.reading(sc, w, plain); ok {
				return r, true
			}
		}
	}
	return word{}, false
}

// reading is the word that plain stands for, if the index knows it.
func (ix *Index) reading(sc *scratch, w *word, plain string) (word, bool) {
	folded := viet.FoldWord(plain)
	r := word{folded: folded, stem: sc.reader.stem(folded), accent: accentOf(plain, folded), capital: w.capital}
	_, ok := ix.known(r.stem)
	return r, ok
}

func (ix *Index) commoner(a, b string) bool {
	i, _ := ix.vocab.find(a)
	j, _ := ix.vocab.find(b)
	return ix.vocab.docs(i) > 10*ix.vocab.docs(j)
}

// mostlySyllables reports whether most words have the shape of Vietnamese
// syllables.
func mostlySyllables(words []word) bool {
	n := 0
	for i := range words {
		if viet.Syllable(words[i].folded) {
			n++
		}
	}
	return n*10 >= len(words)*6
}

// weighPairs gives every neighbouring pair its weight, and remembers where each
// part keeps it.
func weighPairs(m *message, s *state) {
	m.spots = m.spots[:0]
	for i := 1; i < len(m.words); i++ {
		a, b := &m.terms[m.words[i-1].term], &m.terms[m.words[i].term]
		if m.words[i-1].run != m.words[i].run || !a.known || !b.known {
			continue
		}
		key, n := pairKey(a.id, b.id), 0
		m.words[i].spots = len(m.spots)
		for p := range s.parts {
			at := s.parts[p].seg.spot(key)
			m.spots = append(m.spots, at)
			n += s.parts[p].documents(at)
		}
		m.words[i].pair = float32(idf(n, max(m.live, float64(n))))
	}
}

// A window is a stretch of the message that is scored by itself: a claim drowns
// in a chain letter when the letter is scored as one.
type window struct{ from, to int }

const (
	// windowSize and windowStride, in words, cut sentences that are too long,
	// or a message without full stops.
	windowSize   = 48
	windowStride = 24
	// sentenceMin is the shortest sentence that is a window by itself.
	sentenceMin = 4
	// wholeMax is the longest text that is scored as one.
	wholeMax = 70
	// windowsMax bounds the work for the longest messages: beyond it, the
	// windows that hold the most weight are kept.
	windowsMax = 32
)

// windows cuts the message's text, if it is long: every sentence by itself, and
// with as many of the following ones as fit. Extra is added to every window
// later.
func (m *message) windows(dst []window) []window {
	dst = dst[:0]
	if m.textLen <= wholeMax {
		return append(dst, window{0, m.textLen})
	}
	sentences := m.sentences()
	for i, s := range sentences {
		end := s.to
		for _, next := range sentences[i+1:] {
			if next.to-s.from > windowSize {
				break
			}
			end = next.to
		}
		if s.to-s.from >= sentenceMin {
			dst = append(dst, s)
		}
		// A group that ends where the one before it ended says nothing new.
		if end > s.to && (i == 0 || len(dst) == 0 || !endsAt(dst, end)) {
			dst = append(dst, window{s.from, end})
		}
	}
	if len(dst) == 0 {
		dst = append(dst, window{0, m.textLen})
	}
	return m.heaviest(dst)
}

func endsAt(list []window, end int) bool {
	return slices.ContainsFunc(list, func(w window) bool { return w.to == end && w.to-w.from > windowSize/2 })
}

// sentences cuts the text where a word opens one, and what is longer than a
// window by overlapping windows.
func (m *message) sentences() []window {
	var out []window
	from := 0
	for i := 1; i <= m.textLen; i++ {
		if i < m.textLen && !m.words[i].opens {
			continue
		}
		for i-from > windowSize {
			out = append(out, window{from, from + windowSize})
			from += windowStride
		}
		out = append(out, window{from, i})
		from = i
	}
	return out
}

// heaviest keeps the windows that hold the most weight.
func (m *message) heaviest(list []window) []window {
	if len(list) <= windowsMax {
		return list
	}
	slices.SortStableFunc(list, func(a, b window) int { return cmp.Compare(m.weight(b), m.weight(a)) })
	return list[:windowsMax]
}

// weight is the sum of what the window's words say.
func (m *message) weight(w window) float64 {
	sum := 0.0
	for _, x := range m.words[w.from:w.to] {
		if t := &m.terms[x.term]; t.known && !t.common {
			sum += t.idf
		}
	}
	return sum
}
