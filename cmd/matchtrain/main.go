// Command matchtrain learns the weights of package match from judged
// collections and writes them as Go source.
//
//	matchtrain -en DIR -vi DIR -articles DIR -out match/weights.go
//
// Each folder is laid out as package eval describes; only docs.jsonl,
// queries.train.tsv and qrels.train.tsv are read. The same input gives the
// same output. With -cross it also trains on four fifths of the queries and
// tests on the rest, and on one language and tests on the other.
package main

import (
	"errors"
	"flag"
	"fmt"
	"go/format"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sangto/internal/eval"
	"sangto/match"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

type options struct {
	en, vi, articles, out string
	cross                 bool
	penalty               float64
}

func run(args []string, stdout, stderr io.Writer) int {
	var o options
	f := flag.NewFlagSet("matchtrain", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&o.en, "en", "", "English collection: `folder`")
	f.StringVar(&o.vi, "vi", "", "Vietnamese collection of short texts: `folder`")
	f.StringVar(&o.articles, "articles", "", "Vietnamese collection of articles: `folder`")
	f.StringVar(&o.out, "out", "", "write the weights to this `file`")
	f.BoolVar(&o.cross, "cross", false, "cross-validate")
	f.Float64Var(&o.penalty, "penalty", 1e-4, "L2 penalty")
	if err := f.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return 0
		}
		return 2
	}
	if o.en == "" || o.vi == "" || o.articles == "" {
		f.Usage()
		return 2
	}
	if err := o.train(stdout); err != nil {
		fmt.Fprintln(stderr, "matchtrain:", err)
		return 1
	}
	return 0
}

// The damage each collection's queries are given, in turn. The undamaged form
// comes more often than any other.
var (
	english    = []string{"", "", "", "", "drop", "short", "", "slips"}
	vietnamese = []string{"", "nodia", "heavy", "short", "", "chain", "slips", "heavy", "drop", "short", "ocr", "chat"}
)

func (o options) train(w io.Writer) error {
	sets := []eval.Collection{
		{Name: "en", Damage: english}, {Name: "vi", Damage: vietnamese}, {Name: "articles", Damage: vietnamese},
	}
	for i, dir := range []string{o.en, o.vi, o.articles} {
		if err := load(&sets[i], dir); err != nil {
			return err
		}
	}
	model, err := o.begin(sets)
	if err != nil {
		return err
	}
	lists, err := gather(sets, model, rounds)
	if err != nil {
		return err
	}
	for i, c := range sets {
		fmt.Fprintf(w, "%s: %d lists\n", c.Name, len(lists[i]))
	}
	if o.cross {
		o.validate(w, sets, lists)
	}
	model.Rank = eval.LearnRank(join(lists), len(model.Rank), o.penalty)
	for i, c := range sets {
		s := eval.RankScores(lists[i], model.Rank)
		fmt.Fprintf(w, "%s on its own train lists: MAP@5 %.4f R@1 %.4f\n", c.Name, s.MAP5, s.R1)
	}
	return o.calibrate(w, sets, model)
}

// begin learns to rank from a part of the material, starting from equal weights,
// so that what comes out depends on the material and not on the weights that
// were there before.
func (o options) begin(sets []eval.Collection) (match.Model, error) {
	model := match.Model{
		Rank: make([]float64, len(match.FeatureNames())),
		Sure: make([]float64, len(match.SignNames())+1), Present: make([]float64, len(match.SignNames())+1),
	}
	for i := range model.Rank {
		model.Rank[i] = 1
	}
	few := slices.Clone(sets)
	for i := range few {
		few[i].Queries = few[i].Queries[:min(len(few[i].Queries), beginWith)]
	}
	lists, err := gather(few, model, [3]int{1, 1, 1})
	if err == nil {
		model.Rank = eval.LearnRank(join(lists), len(model.Rank), o.penalty)
	}
	return model, err
}

// beginWith is how many queries of each collection the first weights are
// learned from.
const beginWith = 400

// gather asks every collection its queries, ranked by model.
func gather(sets []eval.Collection, model match.Model, rounds [3]int) ([][]eval.List, error) {
	lists := make([][]eval.List, len(sets))
	for i, c := range sets {
		var err error
		c.Queries = c.Queries[:min(len(c.Queries), queriesMax)]
		if lists[i], err = eval.Lists(c, match.Options{Model: &model}, rounds[i], shares[i]); err != nil {
			return nil, err
		}
	}
	return lists, nil
}

// How often each collection is gone through, and how much it weighs.
var (
	rounds = [3]int{2, 1, 1}
	shares = [3]float64{1, 1, 0.3}
)

func join(lists [][]eval.List) []eval.List {
	var all []eval.List
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

// queriesMax bounds how many queries of a collection are learned to rank from;
// the calibration uses all of them.
const queriesMax = 2400

func load(c *eval.Collection, dir string) (err error) {
	if c.Docs, err = eval.LoadFile(filepath.Join(dir, "docs.jsonl"), eval.ReadDocs); err != nil {
		return err
	}
	if c.Queries, err = eval.LoadFile(filepath.Join(dir, "queries.train.tsv"), eval.ReadQueries); err != nil {
		return err
	}
	if len(c.Queries) == 0 {
		return fmt.Errorf("%s: no queries", dir)
	}
	c.Rels, err = eval.LoadFile(filepath.Join(dir, "qrels.train.tsv"), eval.ReadQrels)
	return err
}

// validate trains on part of the material and tests on the rest.
func (o options) validate(w io.Writer, sets []eval.Collection, lists [][]eval.List) {
	n := len(match.FeatureNames())
	const folds = 5
	for i, c := range sets {
		var sum eval.Scores
		for fold := range folds {
			train, test := eval.Fold(lists, i, fold, folds)
			s := eval.RankScores(test, eval.LearnRank(train, n, o.penalty))
			sum.MAP5 += s.MAP5 / folds
			sum.R1 += s.R1 / folds
		}
		fmt.Fprintf(w, "%s, five folds: MAP@5 %.4f R@1 %.4f\n", c.Name, sum.MAP5, sum.R1)
	}
	en, vi := eval.LearnRank(lists[0], n, o.penalty), eval.LearnRank(join(lists[1:]), n, o.penalty)
	s := eval.RankScores(lists[0], vi)
	fmt.Fprintf(w, "en, trained on Vietnamese only: MAP@5 %.4f R@1 %.4f\n", s.MAP5, s.R1)
	for i := 1; i < len(sets); i++ {
		s = eval.RankScores(lists[i], en)
		fmt.Fprintf(w, "%s, trained on English only: MAP@5 %.4f R@1 %.4f\n", sets[i].Name, s.MAP5, s.R1)
	}
}

func (o options) calibrate(w io.Writer, sets []eval.Collection, model match.Model) error {
	var signs []eval.Sign
	for i, c := range sets {
		s, err := eval.Observe(c, match.Options{Model: &model}, sureRounds[i], 0.5, shares[i])
		if err != nil {
			return err
		}
		signs = append(signs, s...)
	}
	model.Sure = eval.LearnSure(signs, surePenalty, func(s eval.Sign) bool { return s.Right })
	model.Present = eval.LearnSure(signs, surePenalty, func(s eval.Sign) bool { return s.Present })
	model.Answer, model.Perhaps = answerAt, eval.KeepShare(signs, model.Present, 0.97)
	fmt.Fprintf(w, "calibrated on %d observations\n", len(signs))
	if o.out == "" {
		return nil
	}
	text, err := format.Source([]byte(source(model)))
	if err != nil {
		return err
	}
	return os.WriteFile(o.out, text, 0o644)
}

// sureRounds is how many indexes each collection is observed in, surePenalty
// the L2 penalty on standardised signs.
var sureRounds = [3]int{8, 16, 4}

const surePenalty = 1e-3

// answerAt is the probability from which a check is shown as the answer: chosen
// on the development sets, so that about 98 of 100 are right.
const answerAt = 0.90

// source writes the model as Go.
func source(m match.Model) string {
	var b strings.Builder
	b.WriteString("// Code generated by cmd/matchtrain; DO NOT EDIT.\n\npackage match\n\n")
	b.WriteString("// DefaultModel returns the model the package was released with.\nfunc DefaultModel() Model {\n\treturn Model{\n")
	list := func(name string, names []string, values []float64) {
		fmt.Fprintf(&b, "\t\t%s: []float64{\n", name)
		for i, v := range values {
			switch {
			case i < len(names):
				fmt.Fprintf(&b, "\t\t\t%.4f, // %s\n", v, names[i])
			case i%16 == 0:
				fmt.Fprintf(&b, "%.4f,\n", v)
			default:
				fmt.Fprintf(&b, "%.4f, ", v)
			}
		}
		b.WriteString("\n")
		b.WriteString("\t\t},\n")
	}
	list("Rank", match.FeatureNames(), m.Rank)
	// Products are many and go without their names.
	single := singles(match.SignNames())
	list("Sure", single, m.Sure)
	list("Present", single, m.Present)
	fmt.Fprintf(&b, "\t\tAnswer: %.4f, Perhaps: %.4f,\n\t}\n}\n", m.Answer, m.Perhaps)
	return b.String()
}

func singles(names []string) []string {
	for i, n := range names {
		if strings.Contains(n, " × ") {
			return names[:i]
		}
	}
	return names
}
