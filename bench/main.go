// Command bench measures sangto's matcher beside other systems, on the same
// documents and messages in the same run.
//
//	go run . -data DIR                    quality: one table a set
//	go run . -data DIR -grouping          which questions are put together
//	go run . -data DIR -scale 100000      time and memory at a size
//
// README.md says what each peer is given and how its rows were checked.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"slices"
	"strings"

	"sangto/bench/peer"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

type options struct {
	data, systems, sets, damage string
	grouping, list, decided     bool
	scale, messages             int
	scaleOne                    bool
	comparer
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, code, ok := parse(args, stderr)
	if !ok {
		return code
	}
	if err := o.do(ctx, args, stdout, stderr); err != nil {
		fmt.Fprintln(stderr, "bench:", err)
		return 1
	}
	return 0
}

func parse(args []string, stderr io.Writer) (o options, code int, ok bool) {
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&o.data, "data", "", "`folder` of the judged collections: en-checkthat22, vi-claims, vi-articles")
	f.StringVar(&o.systems, "systems", "", "only systems whose name matches this `regexp`, and for quality sangto besides; empty for all but pg_trgm")
	f.StringVar(&o.sets, "sets", "", "only sets whose name matches this `regexp`, empty for all")
	f.StringVar(&o.damage, "damage", "vni,heavy", "damage to do to the Vietnamese dev claims besides the damaged files: `kinds`, by commas")
	f.BoolVar(&o.decided, "decided", false, "of the Vietnamese claims ask only those that their evidence supports or refutes, by meta.dev.tsv")
	f.BoolVar(&o.grouping, "grouping", false, "measure which questions are put together, and nothing else")
	f.IntVar(&o.scale, "scale", 0, "measure time and memory with this many `documents`, and nothing else")
	f.IntVar(&o.messages, "messages", 0, "with -scale: ask only this many `messages` of each set, 0 for all")
	f.BoolVar(&o.scaleOne, "scale-here", false, "with -scale: measure in this process the one system that -systems leaves")
	f.BoolVar(&o.list, "list", false, "list the systems and stop")
	f.Float64Var(&o.absent, "absent", 0.3, "`share` of the messages whose answers are taken out for the answering rules, 0 for none")
	f.Uint64Var(&o.seed, "seed", 1, "chooses answers taken out, damage, order and resampling")
	f.IntVar(&o.rounds, "rounds", 5000, "bootstrap `rounds`")
	f.IntVar(&o.repeat, "repeat", 1, "ask each message this many `times` and take the median time")
	f.Usage = func() {
		fmt.Fprintln(stderr, "usage: bench -data DIR [-systems RE] [-sets RE] [-grouping | -scale N] [flags]")
		f.PrintDefaults()
	}
	if err := f.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return o, 0, false
		}
		return o, 2, false
	}
	if o.data == "" && !o.list || f.NArg() > 0 || o.absent < 0 || o.absent >= 1 || o.scale < 0 || o.messages < 0 {
		f.Usage()
		return o, 2, false
	}
	o.note = stderr
	return o, 0, true
}

func (o options) do(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	sets, err := matcher(o.sets)
	if err != nil {
		return err
	}
	if o.grouping {
		found, err := groupSets(o.data, sets, o.seed)
		if err != nil {
			return err
		}
		return grouping(stdout, found, peer.Groupings(), o.rounds, o.seed)
	}
	kinds, closeAll, err := o.kinds(stderr)
	if err != nil {
		return err
	}
	defer closeAll()
	switch {
	case o.list:
		for _, k := range kinds {
			fmt.Fprintln(stdout, k.Name)
		}
		return nil
	case o.scale > 0 && o.scaleOne:
		return scaleHere(ctx, stdout, o, kinds)
	case o.scale > 0:
		return scaleAll(ctx, stdout, stderr, args, kinds)
	}
	return o.compare(ctx, stdout, sets, kinds)
}

func (o options) compare(ctx context.Context, stdout io.Writer, sets func(string) bool, kinds []peer.Kind) error {
	var made []string
	if o.damage != "" {
		made = strings.Split(o.damage, ",")
	}
	collections, err := loadAll(o.data, sets, made, o.decided, o.seed)
	if err != nil {
		return err
	}
	for _, c := range collections {
		all, err := o.run(ctx, c, kinds)
		if err != nil {
			return err
		}
		if err := o.print(stdout, c.sets, all); err != nil {
			return err
		}
	}
	return nil
}

// ours is the first row of every table.
const ours = "sangto"

// kinds are the systems asked for, ours first. A missing PostgreSQL is said
// aloud and left out. pg_trgm has no index that finds what it ranks and takes
// longer than all the others together, so it has to be asked for by name.
func (o options) kinds(stderr io.Writer) ([]peer.Kind, func(), error) {
	chosen, err := matcher(o.systems)
	if err != nil {
		return nil, nil, err
	}
	kinds := []peer.Kind{
		peer.Sangto(ours, true), peer.Sangto("sangto, raw message", false), peer.BM25(), peer.BM25Better(),
		peer.FTS5(false), peer.FTS5(true), peer.Bleve(), peer.Cofacts(), peer.Check(),
	}
	wanted := func(k peer.Kind) bool { return k.Name == ours && o.scale == 0 || chosen(k.Name) }
	kinds = slices.DeleteFunc(kinds, func(k peer.Kind) bool { return !wanted(k) })
	rank, trigram := peer.TSRank(nil), peer.Trigram(nil)
	asked := o.systems != "" && chosen(trigram.Name) || o.list
	if o.scale > 0 || !chosen(rank.Name) && !asked {
		return kinds, func() {}, nil
	}
	if o.list {
		return append(kinds, rank, trigram), func() {}, nil
	}
	cluster, err := peer.StartCluster()
	if errors.Is(err, peer.ErrNoPostgres) {
		fmt.Fprintln(stderr, "NOT MEASURED: PostgreSQL full text and pg_trgm:", err)
		return kinds, func() {}, nil
	}
	if err != nil {
		return nil, nil, err
	}
	if chosen(rank.Name) {
		kinds = append(kinds, peer.TSRank(cluster))
	}
	if asked {
		kinds = append(kinds, peer.Trigram(cluster))
	}
	return kinds, func() { cluster.Close() }, nil
}

// matcher reports whether a name matches an expression; every name matches the
// empty one.
func matcher(expression string) (func(string) bool, error) {
	re, err := regexp.Compile(expression)
	if err != nil {
		return nil, err
	}
	return re.MatchString, nil
}
