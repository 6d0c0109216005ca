package measure

// BCubed are the averages over items of how pure and how complete the group of
// each is (Bagga and Baldwin, "Algorithms for scoring coreference chains", 1998;
// Amigó et al., "A comparison of extrinsic clustering evaluation metrics", 2009).
type BCubed struct {
	Items                 int
	Precision, Recall, F1 float64
}

// ScoreBCubed compares a grouping with the truth: group[i] and truth[i] name the
// group and the true group of item i.
func ScoreBCubed(group, truth []string) BCubed {
	s := BCubed{Items: len(group)}
	precision, recall := perItem(group, truth)
	for i := range group {
		s.Precision += precision[i]
		s.Recall += recall[i]
	}
	s.Precision = ratio(s.Precision, float64(s.Items))
	s.Recall = ratio(s.Recall, float64(s.Items))
	s.F1 = ratio(2*s.Precision*s.Recall, s.Precision+s.Recall)
	return s
}

// BCubedDifference is the paired bootstrap of the difference in F1 between two
// groupings. The precision and the recall of each item are those within the
// whole collection; the items are what is resampled.
func BCubedDifference(a, b, truth []string, rounds int, seed uint64) Interval {
	return Bootstrap(len(truth), rounds, seed, f1(a, truth), f1(b, truth))
}

func f1(group, truth []string) Statistic {
	precision, recall := perItem(group, truth)
	p, r := Mean(precision), Mean(recall)
	return func(at []int) float64 { return ratio(2*p(at)*r(at), p(at)+r(at)) }
}

// perItem is the B-cubed precision and recall of each item.
func perItem(group, truth []string) (precision, recall []float64) {
	type cell struct{ group, truth string }
	both, groups, truths := map[cell]float64{}, map[string]float64{}, map[string]float64{}
	for i := range group {
		both[cell{group[i], truth[i]}]++
		groups[group[i]]++
		truths[truth[i]]++
	}
	precision, recall = make([]float64, len(group)), make([]float64, len(group))
	for i := range group {
		n := both[cell{group[i], truth[i]}]
		precision[i], recall[i] = n/groups[group[i]], n/truths[truth[i]]
	}
	return precision, recall
}
