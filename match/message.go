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
	// slots is in how many ways the words are looked up: as plain text, and in
	// each language of the state. Of several, owner says which term a word of
	// the index belongs to, so that it counts once.
	slots int
	owner map[uint32]int32
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
	// spots is where the message's spots of this pair begin, one for each part;
	// so many times as there are readings of it, one in an index of plain text.
	spots, readings int
}

// term is a distinct word of the message.
type term struct {
	word
	// known says that documents hold it; ids are its numbers as plain text and
	// in each language of the state, noWord where there is none.
	ids    [slotsMax]uint32
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

// noWord is the number of no word.
const noWord = ^uint32(0)

// idf is the Robertson-Sparck Jones weight in the form that is never negative.
func idf(docs int, live float64) float64 {
	return math.Log(1 + (live-float64(docs)+0.5)/(float64(docs)+0.5))
}

// read makes a message of q against the vocabulary as it is now.
func (ix *Index) read(q Query, s *state, sc *scratch) *message {
	m := &sc.message
	m.words, m.terms = m.words[:0], m.terms[:0]
	m.live, m.slots = float64(s.live), 1+len(s.langs)
	clear(m.owner)
	clear(sc.numbers)
	clear(sc.seen)
	raw := sc.reader.read(sc.raw[:0], q.Text)
	sc.raw = raw
	if len(raw) > wordsMax {
		raw = raw[:wordsMax]
	}
	vietnamese := mostlySyllables(raw)
	ix.say(m, s, sc, raw, 0, vietnamese)
	m.textLen = len(m.words)
	for _, extra := range q.Extra {
		sc.raw = sc.reader.read(sc.raw[:0], extra)
		ix.say(m, s, sc, sc.raw, 1, vietnamese)
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
func (ix *Index) say(m *message, s *state, sc *scratch, words []word, run int32, vietnamese bool) {
	for i := range words {
		w := words[i]
		ids, known := ix.numbers(s, sc, &w)
		if r, ok := ix.reread(sc, &w, known, vietnamese); ok {
			r.opens = w.opens
			w = r
			ids, known = ix.numbers(s, sc, &w)
		}
		t, ok := sc.seen[w.stem]
		if !ok {
			t = ix.enter(m, term{word: w, ids: ids, known: known})
			sc.seen[w.stem] = t
		}
		m.words = append(m.words, spoken{term: t, run: run, opens: w.opens})
	}
}

func (ix *Index) known(stem string) (uint32, bool) {
	id, ok := ix.vocab.find(stem)
	return id, ok && ix.vocab.docs(id) > 0
}

// numbers looks a word up as plain text and in the languages of the state, and
// reports whether documents hold any of what it may be.
func (ix *Index) numbers(s *state, sc *scratch, w *word) (ids [slotsMax]uint32, known bool) {
	id, known := ix.known(w.stem)
	if !known {
		id = noWord
	}
	ids[0] = id
	if len(s.langs) == 0 {
		return ids, known
	}
	lower := w.typed
	if lower == "" {
		lower = w.folded
	}
	foreign, ok := sc.numbers[lower]
	if !ok {
		foreign = ix.foreign(s, sc, lower, w)
		sc.numbers[lower] = foreign
	}
	for i := range s.langs {
		ids[i+1] = foreign[i+1]
		known = known || foreign[i+1] != noWord
	}
	return ids, known
}

// foreign looks a word up in the languages of the state.
func (ix *Index) foreign(s *state, sc *scratch, lower string, w *word) (ids [slotsMax]uint32) {
	for i, l := range s.langs {
		stem := w.folded
		if !w.number {
			stem = sc.reader.stemIn(l, lower, w.folded)
		}
		ids[i+1] = noWord
		if id, ok := ix.known(stem); ok {
			ids[i+1] = id
		}
	}
	return ids
}

// enter adds a term, unless all that it may be belongs to earlier ones: two
// forms of a word are one term.
func (ix *Index) enter(m *message, t term) int32 {
	at := int32(len(m.terms))
	m.terms = append(m.terms, t)
	docs, own := 0, false
	for i := range m.slots {
		id := t.ids[i]
		if m.slots > 1 && id != noWord {
			if _, taken := m.owner[id]; !taken {
				m.owner[id] = at
			}
		}
		if id, ok := m.owned(at, i); ok {
			docs += ix.vocab.docs(id)
			own = true
		}
	}
	if t.known && !own {
		m.terms = m.terms[:at]
		return m.firstOwner(&t)
	}
	m.terms[at].idf = idf(docs, max(m.live, float64(docs)))
	m.terms[at].common = docs > commonFloor && float64(docs) > commonShare*m.live
	return at
}

// owned returns the number of a term in a slot, if there is one that no earlier
// slot or term has.
func (m *message) owned(at int32, slot int) (uint32, bool) {
	t := &m.terms[at]
	id := t.ids[slot]
	if id == noWord || slices.Contains(t.ids[:slot], id) {
		return id, false
	}
	return id, m.slots == 1 || m.owner[id] == at
}

// firstOwner is the term that the first of t's numbers belongs to.
func (m *message) firstOwner(t *term) int32 {
	for _, id := range t.ids[:m.slots] {
		if id != noWord {
			return m.owner[id]
		}
	}
	return 0
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
		n := 0
		m.words[i].spots = len(m.spots)
		for slot := range m.slots {
			if newPair(a, b, slot) {
				n += m.spot(s, pairKey(a.ids[slot], b.ids[slot]))
				m.words[i].readings++
			}
		}
		if m.words[i].readings > 0 {
			m.words[i].pair = float32(idf(n, max(m.live, float64(n))))
		}
	}
}

// newPair reports whether both have a number in a slot, and the two are not
// those of an earlier one.
func newPair(a, b *term, slot int) bool {
	if a.ids[slot] == noWord || b.ids[slot] == noWord {
		return false
	}
	for i := range slot {
		if a.ids[i] == a.ids[slot] && b.ids[i] == b.ids[slot] {
			return false
		}
	}
	return true
}

// spot remembers where each part keeps a pair, and returns how many documents
// hold it.
func (m *message) spot(s *state, key uint64) int {
	n := 0
	for p := range s.parts {
		at := s.parts[p].seg.spot(key)
		m.spots = append(m.spots, at)
		n += s.parts[p].documents(at)
	}
	return n
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
