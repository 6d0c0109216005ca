package eval

import (
	"slices"

	"sangto/match"
)

// Grouped says how well messages about one claim were put together: averages
// over messages of how pure and how complete the group of each is (B-cubed:
// Bagga and Baldwin, "Algorithms for scoring coreference chains", 1998).
type Grouped struct {
	Messages  int     `json:"messages"`
	Claims    int     `json:"claims"`
	Precision float64 `json:"precision"`
	Recall    float64 `json:"recall"`
	F1        float64 `json:"f1"`
}

// Group hands the judged messages one by one to a match.Grouper, which keeps
// the first wording of each claim as the program does, and compares the groups
// with the documents the messages are judged to be about. prepare is that of
// Config.
func Group(queries []Query, rels Qrels, prepare func(string) match.Query) Grouped {
	g := match.NewGrouper()
	var groups, truth []string
	for _, q := range queries {
		if len(rels[q.ID]) == 0 {
			continue
		}
		text := Config{Prepare: prepare}.query(q.Text).Text
		id, ok := g.Find(text)
		if !ok {
			id = q.ID
			g.Put(id, text)
		}
		groups, truth = append(groups, id), append(truth, about(rels[q.ID]))
	}
	return bCubed(groups, truth)
}

// about names the claim of a message: the first of its documents.
func about(rel map[string]bool) string {
	var ids []string
	for id := range rel {
		ids = append(ids, id)
	}
	return slices.Min(ids)
}

func bCubed(groups, truth []string) Grouped {
	r := Grouped{Messages: len(groups)}
	sizes, claims, both := map[string]float64{}, map[string]float64{}, map[[2]string]float64{}
	for i := range groups {
		sizes[groups[i]]++
		claims[truth[i]]++
		both[[2]string{groups[i], truth[i]}]++
	}
	r.Claims = len(claims)
	for i := range groups {
		n := both[[2]string{groups[i], truth[i]}]
		r.Precision += n / sizes[groups[i]]
		r.Recall += n / claims[truth[i]]
	}
	r.Precision, r.Recall = share(r.Precision, len(groups)), share(r.Recall, len(groups))
	if r.Precision+r.Recall > 0 {
		r.F1 = 2 * r.Precision * r.Recall / (r.Precision + r.Recall)
	}
	return r
}
