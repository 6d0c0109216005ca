package eval

import (
	"runtime"
	"slices"
	"time"

	"sangto/match"
)

// Config says what to measure.
type Config struct {
	// K is how many hits to ask for; at least 10 are, for the measures.
	K int
	// Absent is the share of judged queries whose answers are taken out for
	// the absent-answer measures; 0 leaves those out.
	Absent float64
	Seed   uint64
	// Kin names the source of each document that has one, see WithKin. With it the
	// absent-answer measures are taken a second time.
	Kin map[string]string
	// Grouping asks for the grouping measure.
	Grouping bool
	// Prepare makes what the index is asked of a message; nil asks for the text
	// as it is.
	Prepare func(text string) match.Query
	// Options go to the index.
	Options match.Options
}

// Report is what was measured.
type Report struct {
	Docs    int      `json:"docs"`
	Queries int      `json:"queries"`
	Scores  *Scores  `json:"scores,omitempty"`
	Knowing *Knowing `json:"absent,omitempty"`
	// KnowingKin is the same with all documents of the same sources taken out.
	KnowingKin *Knowing `json:"absent_with_kin,omitempty"`
	Grouped    *Grouped `json:"grouping,omitempty"`
	// CPU50 and CPU99 are quantiles of the processor time of one search, in
	// milliseconds; Build is the wall time of building the index, in seconds;
	// Heap what the index holds, in bytes.
	CPU50 float64 `json:"cpu_ms_p50"`
	CPU99 float64 `json:"cpu_ms_p99"`
	Build float64 `json:"build_s"`
	Heap  uint64  `json:"heap_bytes"`
	Runs  []Run   `json:"-"`
	// Fused is what an embedder adds, nil without one.
	Fused *Fused `json:"embedder,omitempty"`
}

// Evaluate builds an index of docs, asks it every query, and measures. Without
// judgements it measures time and memory only.
func Evaluate(docs []match.Doc, queries []Query, rels Qrels, c Config) Report {
	r := Report{Docs: len(docs), Queries: len(queries)}
	before := heap()
	start := time.Now()
	ix := match.New(c.Options)
	ix.Put(docs...)
	r.Build = time.Since(start).Seconds()
	if after := heap(); after > before {
		r.Heap = after - before
	}
	var spent []time.Duration
	r.Runs, spent = ask(ix, queries, c)
	r.CPU50, r.CPU99 = quantile(spent, 0.50), quantile(spent, 0.99)
	runtime.KeepAlive(ix)
	if len(rels) == 0 {
		return r
	}
	scores := Measure(rankings(r.Runs), rels)
	r.Scores = &scores
	if c.Absent > 0 {
		gone := Absent(queries, rels, c.Absent, c.Seed)
		k := Know(tries(docs, queries, rels, gone, c))
		r.Knowing = &k
		if len(c.Kin) > 0 {
			k := Know(tries(docs, queries, rels, WithKin(gone, c.Kin), c))
			r.KnowingKin = &k
		}
	}
	if c.Grouping {
		g := Group(queries, rels, c.Prepare)
		r.Grouped = &g
	}
	return r
}

// heap is the memory in live objects after a collection.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func (c Config) query(text string) match.Query {
	q := match.Query{Text: text}
	if c.Prepare != nil {
		q = c.Prepare(text)
	}
	q.Limit = max(10, c.K)
	return q
}

// ask searches for every query on one thread and returns the hits and the
// processor time of each search, preparation not counted.
func ask(ix *match.Index, queries []Query, c Config) ([]Run, []time.Duration) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	clock := cpuClock()
	runs := make([]Run, len(queries))
	spent := make([]time.Duration, len(queries))
	for i, q := range queries {
		query := c.query(q.Text)
		start := clock()
		found := ix.Search(query)
		spent[i] = clock() - start
		runs[i] = Run{Query: q.ID, Hits: found.Hits}
	}
	return runs, spent
}

func rankings(runs []Run) []Ranking {
	out := make([]Ranking, len(runs))
	for i, r := range runs {
		out[i].Query = r.Query
		for _, h := range r.Hits {
			out[i].Docs = append(out[i].Docs, h.ID)
		}
	}
	return out
}

// quantile is in milliseconds.
func quantile(spent []time.Duration, q float64) float64 {
	if len(spent) == 0 {
		return 0
	}
	s := slices.Clone(spent)
	slices.Sort(s)
	return float64(s[int(float64(len(s)-1)*q)].Nanoseconds()) / 1e6
}

// Tries asks every judged query of an index that lacks the answers of a share
// of them.
func Tries(docs []match.Doc, queries []Query, rels Qrels, c Config) []Try {
	return tries(docs, queries, rels, Absent(queries, rels, c.Absent, c.Seed), c)
}

func tries(docs []match.Doc, queries []Query, rels Qrels, gone map[string]bool, c Config) []Try {
	ix := match.New(c.Options)
	ix.Put(Without(docs, gone)...)
	var tries []Try
	for _, q := range queries {
		rel := rels[q.ID]
		if len(rel) == 0 {
			continue
		}
		t := Try{}
		for id := range rel {
			t.Findable = t.Findable || !gone[id]
		}
		found := ix.Search(c.query(q.Text))
		t.Answered, t.Nothing = found.Outcome == match.Answer, found.Outcome == match.None
		if len(found.Hits) > 0 {
			t.Right = rel[found.Hits[0].ID]
			t.Probability, t.Present = found.Hits[0].Probability, found.Present
		}
		tries = append(tries, t)
	}
	return tries
}
