package match

// scratch is the working memory of one search, kept between searches.
type scratch struct {
	reader  *reader
	message message
	seen    map[string]int32
	numbers map[string][slotsMax]uint32
	raw     []word
	windows []window
	terms   []int32
	common  []int32
	wanted  []wanted
	sums    *sums // all zero between uses
	limit   int   // how many candidates are wanted
	best    []candidate
	found   []candidate
	judged  []judged
	look    look
}

func newScratch() *scratch {
	return &scratch{
		reader: newReader(false), seen: map[string]int32{}, numbers: map[string][slotsMax]uint32{},
		message: message{owner: map[uint32]int32{}},
		sums:    new(sums),
	}
}

// forget drops every word of the message: nothing a person pasted outlives its
// search.
func (sc *scratch) forget() {
	clear(sc.seen)
	clear(sc.numbers)
	clear(sc.message.owner)
	clear(sc.raw[:cap(sc.raw)])
	clear(sc.message.terms[:cap(sc.message.terms)])
	clear(sc.message.words[:cap(sc.message.words)])
	sc.reader.env.SetCurrent("")
}
