package match

// scratch is the working memory of one search, kept between searches.
type scratch struct {
	reader  *reader
	message message
	seen    map[string]int32
	raw     []word
	windows []window
	terms   []int32
	common  []int32
	wanted  []wanted
	probes  []probe
	sums    []uint32 // all zero between uses
	met     []uint64 // a bit per document whose sum is not zero; none between uses
	touched []uint16
	lone    []lonely
	best    []candidate
	found   []candidate
	judged  []judged
	look    look
}

func newScratch() *scratch {
	return &scratch{
		reader: newReader(false), seen: map[string]int32{},
		sums: make([]uint32, 1<<16), met: make([]uint64, 1<<10),
	}
}

// forget drops every word of the message: nothing a person pasted outlives its
// search.
func (sc *scratch) forget() {
	clear(sc.seen)
	clear(sc.raw[:cap(sc.raw)])
	clear(sc.message.terms[:cap(sc.message.terms)])
	clear(sc.message.words[:cap(sc.message.words)])
	sc.reader.env.SetCurrent("")
}
