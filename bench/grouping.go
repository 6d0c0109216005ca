package main

import (
	"cmp"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"text/tabwriter"
	"time"

	"sangto/bench/measure"
	"sangto/bench/peer"
	"sangto/internal/eval"
)

// question is one message and the group it truly belongs to.
type question struct{ id, text, truth string }

// groupSets are the questions to group: those of the judged collections that
// share a check, and the damaged copies of the Vietnamese dev queries, where the
// truth is the query they were made from.
func groupSets(data string, filter func(string) bool, seed uint64) (map[string][]question, error) {
	sets := map[string][]question{}
	for _, s := range []struct{ folder, split string }{
		{"en-checkthat22", "train"}, {"en-checkthat22", "dev"}, {"vi-claims", "train"}, {"vi-claims", "dev"},
	} {
		name := s.folder + " " + s.split
		if !filter(name) {
			continue
		}
		var c collection
		if err := c.read(data, s.folder, s.split, "", name); err != nil {
			return nil, err
		}
		for _, q := range c.sets[0].queries {
			sets[name] = append(sets[name], question{q.ID, q.Text, smallest(c.sets[0].rels[q.ID])})
		}
	}
	if !filter("vi-claims copies") {
		return sets, nil
	}
	copies, err := damagedCopies(data, seed)
	if err == nil {
		sets["vi-claims copies"] = copies
	}
	return sets, err
}

func damagedCopies(data string, seed uint64) ([]question, error) {
	var out []question
	found, err := filepath.Glob(filepath.Join(data, "vi-claims", "queries.dev*.tsv"))
	if err != nil {
		return nil, err
	}
	for _, path := range found {
		queries, err := eval.LoadFile(path, eval.ReadQueries)
		if err != nil {
			return nil, err
		}
		for _, q := range queries {
			out = append(out, question{q.ID + filepath.Base(path), q.Text, q.ID})
		}
	}
	return mixed(out, seed), nil
}

// smallest picks one of the checks of a question; most have only one.
func smallest(rel map[string]bool) string {
	var ids []string
	for id := range rel {
		ids = append(ids, id)
	}
	return slices.Min(ids)
}

// mixed puts questions in an order that depends on nothing but their identities
// and the seed, as people do not ask in the order of a file.
func mixed(questions []question, seed uint64) []question {
	out := slices.Clone(questions)
	slices.SortFunc(out, func(a, b question) int {
		return cmp.Or(cmp.Compare(place(a.id, seed), place(b.id, seed)), cmp.Compare(a.id, b.id))
	})
	return out
}

// place is a 64-bit FNV-1a of the seed and the identity, its bits mixed.
func place(id string, seed uint64) uint64 {
	h := uint64(14695981039346656037) ^ seed
	for i := range len(id) {
		h = (h ^ uint64(id[i])) * 1099511628211
	}
	h ^= h >> 31
	h *= 0x9E3779B97F4A7C15
	return h ^ h>>29
}

// grouping runs every rule on every set and prints B-cubed with intervals of
// the difference in F1.
func grouping(w io.Writer, sets map[string][]question, kinds []peer.GroupingKind, rounds int, seed uint64) error {
	for _, name := range sorted(sets) {
		questions := mixed(sets[name], seed)
		truth := make([]string, len(questions))
		for i, q := range questions {
			truth[i] = q.truth
		}
		fmt.Fprintf(w, "\n%s: %d questions about %d claims\n", name, len(questions), len(slices.Compact(slices.Sorted(slices.Values(truth)))))
		t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		fmt.Fprintln(t, "rule\tB³ precision\tB³ recall\tB³ F1\tours−peer F1\tCPU ms each")
		var ours []string
		for _, k := range kinds {
			before := measure.CPU()
			groups := joinAll(k.New(), questions)
			spent := measure.CPU() - before
			s := measure.ScoreBCubed(groups, truth)
			interval := ""
			if ours == nil {
				ours = groups
			} else {
				i := measure.BCubedDifference(ours, groups, truth, rounds, seed)
				interval = fmt.Sprintf("%+.3f [%+.3f %+.3f]", i.Difference, i.Low, i.High)
			}
			fmt.Fprintf(t, "%s\t%.3f\t%.3f\t%.3f\t%s\t%.2f\n", k.Name, s.Precision, s.Recall, s.F1, interval,
				float64(spent/time.Duration(max(1, len(questions))))/1e6)
		}
		if err := t.Flush(); err != nil {
			return err
		}
	}
	return nil
}

func joinAll(g peer.Grouping, questions []question) []string {
	groups := make([]string, len(questions))
	for i, q := range questions {
		groups[i] = g.Join(q.id, q.text)
	}
	return groups
}

func sorted[V any](m map[string]V) []string {
	var names []string
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
