package match

import (
	"cmp"
	"slices"
)

const (
	// rankWeight is the k of reciprocal rank fusion: the larger, the less the
	// first ranks count beside the others.
	rankWeight = 60
	// A rank by vector counts nothing up to unremarkable, fully from
	// remarkable: a weak encoder ranks something first for every message, but
	// little of it stands out. Both are leads, chosen on development messages
	// with an embedder that is weak; docs/performance.md gives the figures.
	unremarkable, remarkable = 4.5, 6.0
	// standsOut is the lead from which a document that only its vector found is
	// worth a reader's look.
	standsOut = 5.5
	// probable is from when a hit by words is more likely right than wrong, and
	// keeps the first place.
	probable = 0.5
	// nothingShare is what a rank by words counts where the words say that no
	// document answers the message.
	nothingShare = 0.25
)

// Fuse joins what the words of a message found with what its vector found, by
// reciprocal rank (Cormack, Clarke and Büttcher, "Reciprocal Rank Fusion
// outperforms Condorcet and individual Rank Learning Methods", SIGIR 2009):
// each list gives a document 1/(60+rank), and the sums are sorted. A rank by
// vector counts as far as the document's Lead is remarkable, a rank by words
// little where their Outcome is None. Fuse returns the first limit hits, 5 if
// limit is 0 or less, and changes neither argument. Ranks say more the longer
// the lists are; 50 of each are plenty.
//
// Vectors rank, they decide nothing. An Answer stays the Answer and stays
// first, and so does a first hit whose calibrated probability is a half or
// more. Result.Present and the probabilities of hits are those of the words,
// and a hit that only its vector found has probability 0, because nothing was
// calibrated on such hits. The most they do is to make Candidates of None, when
// the nearest document stands out from all others.
func Fuse(words Result, near []Similar, limit int) Result {
	if limit <= 0 {
		limit = defaultLimit
	}
	out := Result{Outcome: words.Outcome, Present: words.Present, Hits: slices.Clone(words.Hits)}
	if len(near) > 0 {
		out.Hits = fused(words, near)
		if out.Outcome == None && near[0].Lead >= standsOut {
			out.Outcome = Candidates
		}
	}
	out.Hits = out.Hits[:min(limit, len(out.Hits))]
	return out
}

// fusing is a document with what each list gives it.
type fusing struct {
	Hit
	words, near float64
}

func (f *fusing) sum() float64 { return f.words + f.near }

func fused(words Result, near []Similar) []Hit {
	share := 1.0
	if words.Outcome == None {
		share = nothingShare
	}
	all := make([]fusing, len(words.Hits), len(words.Hits)+len(near))
	at := make(map[string]int, len(words.Hits)+len(near))
	for i, h := range words.Hits {
		all[i] = fusing{Hit: h, words: share * byRank(i)}
		at[h.ID] = i
	}
	for i, s := range near {
		j, ok := at[s.ID]
		if !ok {
			j = len(all)
			at[s.ID] = j
			all = append(all, fusing{Hit: Hit{ID: s.ID}})
		}
		all[j].near = max(all[j].near, trust(s.Lead)*byRank(i))
	}
	first := 0
	if len(words.Hits) > 0 && (words.Outcome == Answer || words.Hits[0].Probability >= probable) {
		first = 1
	}
	slices.SortStableFunc(all[first:], func(a, b fusing) int { return cmp.Compare(b.sum(), a.sum()) })
	explain := len(words.Hits) > 0 && words.Hits[0].Parts != nil
	hits := make([]Hit, len(all))
	for i := range all {
		hits[i] = all[i].hit(explain)
	}
	if first == 1 && len(hits) > 1 {
		hits[0].lift(hits[1].Score, explain)
	}
	return hits
}

func byRank(i int) float64 { return 1 / float64(rankWeight+1+i) }

// trust is how far a rank by vector counts.
func trust(lead float64) float64 {
	return max(0, min(1, (lead-unremarkable)/(remarkable-unremarkable)))
}

// hit gives the document its new score and, if asked for, what it is made of.
func (f *fusing) hit(explain bool) Hit {
	h := f.Hit
	h.Score, h.Parts = f.sum(), nil
	if !explain {
		return h
	}
	h.Parts = []Part{{"rank by words", f.words}, {"rank by vector", f.near}}
	slices.SortStableFunc(h.Parts, func(a, b Part) int { return cmp.Compare(b.Value, a.Value) })
	return h
}

// lift keeps the scores in order where the first hit by words stands before a
// document that both lists together place higher.
func (h *Hit) lift(score float64, explain bool) {
	if h.Score >= score {
		return
	}
	if explain {
		h.Parts = append(h.Parts, Part{"first by words", score - h.Score})
	}
	h.Score = score
}
