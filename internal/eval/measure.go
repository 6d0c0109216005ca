package eval

// Ranking is what a system returned for one query, best first.
type Ranking struct {
	Query string
	Docs  []string
}

// Scores are averages over the judged queries, each between 0 and 1.
type Scores struct {
	Queries int     `json:"queries"`
	MAP1    float64 `json:"map@1"`
	MAP5    float64 `json:"map@5"`
	R1      float64 `json:"r@1"`
	R5      float64 `json:"r@5"`
	R10     float64 `json:"r@10"`
	MRR10   float64 `json:"mrr@10"`
}

// Measure averages the measures over the rankings whose query is judged.
func Measure(rankings []Ranking, rels Qrels) Scores {
	var s Scores
	for _, r := range rankings {
		rel := rels[r.Query]
		if len(rel) == 0 {
			continue
		}
		s.Queries++
		s.MAP1 += AveragePrecision(r.Docs, rel, 1)
		s.MAP5 += AveragePrecision(r.Docs, rel, 5)
		s.R1 += Recall(r.Docs, rel, 1)
		s.R5 += Recall(r.Docs, rel, 5)
		s.R10 += Recall(r.Docs, rel, 10)
		s.MRR10 += ReciprocalRank(r.Docs, rel, 10)
	}
	if s.Queries > 0 {
		n := float64(s.Queries)
		for _, v := range []*float64{&s.MAP1, &s.MAP5, &s.R1, &s.R5, &s.R10, &s.MRR10} {
			*v /= n
		}
	}
	return s
}

// AveragePrecision is the mean, over all relevant documents, of the precision
// at the rank of each one found within the first k; those not found count 0.
func AveragePrecision(docs []string, rel map[string]bool, k int) float64 {
	if len(rel) == 0 {
		return 0
	}
	found, sum := 0, 0.0
	for i, d := range docs[:min(k, len(docs))] {
		if rel[d] {
			found++
			sum += float64(found) / float64(i+1)
		}
	}
	return sum / float64(len(rel))
}

// Recall is the share of the relevant documents found within the first k.
func Recall(docs []string, rel map[string]bool, k int) float64 {
	if len(rel) == 0 {
		return 0
	}
	found := 0
	for _, d := range docs[:min(k, len(docs))] {
		if rel[d] {
			found++
		}
	}
	return float64(found) / float64(len(rel))
}

// ReciprocalRank is one over the rank of the first relevant document, 0 when
// none is within the first k.
func ReciprocalRank(docs []string, rel map[string]bool, k int) float64 {
	for i, d := range docs[:min(k, len(docs))] {
		if rel[d] {
			return 1 / float64(i+1)
		}
	}
	return 0
}
