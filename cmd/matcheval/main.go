// Command matcheval measures the matcher on a judged collection.
//
//	matcheval -docs docs.jsonl -queries queries.dev.tsv -qrels qrels.dev.tsv
//
// It prints retrieval measures, how well the matcher knows when it does not
// know, processor time, build time and memory; -run also writes a TREC run
// file. It exits with 0 when it has measured, 1 when a file could not be read
// or written, 2 when it was called wrongly.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"sangto/internal/eval"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

type options struct {
	docs, queries, qrels, run, damage, rows string
	served, json, kin                       bool
	grow                                    int
	config                                  eval.Config
	embedder                                embedder
}

func run(args []string, stdout, stderr io.Writer) int {
	o, code, ok := parse(args, stderr)
	if !ok {
		return code
	}
	report, err := o.measure()
	if err == nil {
		err = o.print(stdout, report)
	}
	if err != nil {
		fmt.Fprintln(stderr, "matcheval:", err)
		return 1
	}
	return 0
}

func parse(args []string, stderr io.Writer) (o options, code int, ok bool) {
	f := flag.NewFlagSet("matcheval", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&o.docs, "docs", "", "documents, a JSON object a line: `file`")
	f.StringVar(&o.queries, "queries", "", "messages, id TAB text a line: `file`")
	f.StringVar(&o.qrels, "qrels", "", "TREC judgements; without them only time and memory are measured: `file`")
	f.StringVar(&o.run, "run", "", "write a TREC run to this `file`")
	f.IntVar(&o.config.K, "k", 10, "hits a query in the run file")
	f.Float64Var(&o.config.Absent, "absent", 0.3, "share of queries whose answers are removed for the absent-answer measures, 0 for none")
	f.Uint64Var(&o.config.Seed, "seed", 1, "chooses which answers are removed, and the damage")
	f.BoolVar(&o.served, "served", false, "ask what the page would ask after redaction, not the raw text")
	f.StringVar(&o.damage, "damage", "", "damage every message first: `kind`, one of "+eval.DamageNames())
	f.IntVar(&o.grow, "grow", 0, "add mutants until there are `n` documents, for measuring speed at size")
	o.embedder.flags(f)
	f.BoolVar(&o.json, "json", false, "print JSON")
	f.BoolVar(&o.kin, "kin", false, "measure absent answers again with every document of the same url taken out too")
	f.BoolVar(&o.config.Grouping, "grouping", false, "measure how messages about one claim are put together")
	f.StringVar(&o.rows, "rows", "", "print rows of the tables of docs/performance.md, under this `name`")
	f.Usage = func() {
		fmt.Fprintln(stderr, "usage: matcheval -docs FILE -queries FILE [-qrels FILE] [-run OUT] [-k 10] [-absent 0.3] [-served] [-kin] [-grouping] [-json | -rows NAME]")
		f.PrintDefaults()
	}
	if err := f.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return o, 0, false
		}
		return o, 2, false
	}
	if o.docs == "" || o.queries == "" || f.NArg() > 0 || o.config.K < 1 || o.config.Absent < 0 || o.config.Absent >= 1 {
		f.Usage()
		return o, 2, false
	}
	return o, 0, true
}

func (o options) measure() (eval.Report, error) {
	docs, err := eval.LoadFile(o.docs, eval.ReadDocs)
	if err != nil {
		return eval.Report{}, err
	}
	queries, err := eval.LoadFile(o.queries, eval.ReadQueries)
	if err != nil {
		return eval.Report{}, err
	}
	var rels eval.Qrels
	if o.qrels != "" {
		if rels, err = eval.LoadFile(o.qrels, eval.ReadQrels); err != nil {
			return eval.Report{}, err
		}
	}
	if o.kin {
		if o.config.Kin, err = eval.LoadFile(o.docs, eval.ReadKin); err != nil {
			return eval.Report{}, err
		}
	}
	if o.damage != "" {
		if queries, err = eval.Damaged(queries, o.damage, o.config.Seed); err != nil {
			return eval.Report{}, err
		}
	}
	if o.served {
		o.config.Prepare = eval.Served
	}
	docs = eval.Grow(docs, o.grow, o.config.Seed)
	report := eval.Evaluate(docs, queries, rels, o.config)
	if report.Fused, err = o.embedder.measure(docs, queries, rels, o.config); err != nil || o.run == "" {
		return report, err
	}
	return report, writeRun(o.run, report.Runs, o.config.K)
}

func writeRun(path string, runs []eval.Run, k int) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	for i := range runs {
		runs[i].Hits = runs[i].Hits[:min(k, len(runs[i].Hits))]
	}
	return errors.Join(eval.WriteRun(f, runs, "sangto"), f.Close())
}

func (o options) print(w io.Writer, r eval.Report) error {
	if o.json {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(r)
	}
	if o.rows != "" {
		return r.PrintRows(w, o.rows)
	}
	if err := r.Print(w); err != nil || r.Fused == nil {
		return err
	}
	return r.Fused.Print(w)
}
