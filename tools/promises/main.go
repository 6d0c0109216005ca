// Command promises runs the tests that hold the numbered promises of
// docs/promises.md, at a size of choice, and keeps their figures.
//
//	go run ./promises                      # from the folder of the tools; the short size
//	go run ./promises -size nightly -only T3,T5
//
// Results are merged by commit into a file, one promise after the other at the
// larger sizes, so that a long run may be broken off and taken up again: what
// was held at this commit and size is not run a second time without -again.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"time"
)

// Exit codes: every promise run held; one was broken; the harness itself failed.
const (
	exitHeld   = 0
	exitBroken = 1
	exitFailed = 2
)

type options struct {
	size, only, root, results, kept, doc string
	list, write, again                   bool
}

func parse(args []string) (options, error) {
	var o options
	f := flag.NewFlagSet("promises", flag.ContinueOnError)
	f.StringVar(&o.size, "size", short, "short, nightly or release")
	f.StringVar(&o.only, "only", "", "promises to run, by name and comma: T3,T5; empty is all")
	f.StringVar(&o.root, "root", "..", "the project's folder; the files below are named from there")
	f.StringVar(&o.results, "results", ".cache/promises.json", "file that the results are merged into")
	f.StringVar(&o.kept, "kept", "docs/promises.json", "file of the project that keeps the results of the larger sizes, which take hours")
	f.StringVar(&o.doc, "doc", "docs/promises.md", "page that holds the table of figures")
	f.BoolVar(&o.list, "list", false, "print the promises and run nothing")
	f.BoolVar(&o.again, "again", false, "run also what was held at this commit and size")
	f.BoolVar(&o.write, "write-doc", false, "add the results of the larger sizes to those that are kept, rewrite the table of the page from them, and run nothing")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if f.NArg() > 0 {
		return o, fmt.Errorf("%q is not understood; see -help", f.Arg(0))
	}
	if !slices.Contains(sizes(), o.size) {
		return o, fmt.Errorf("size %q is none of %s", o.size, strings.Join(sizes(), ", "))
	}
	return o, nil
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:]))
}

func run(ctx context.Context, args []string) int {
	o, err := parse(args)
	if errors.Is(err, flag.ErrHelp) {
		return exitHeld
	}
	if err == nil {
		var broken bool
		if broken, err = act(ctx, o); err == nil {
			if broken {
				return exitBroken
			}
			return exitHeld
		}
	}
	fmt.Fprintln(os.Stderr, "promises:", err)
	return exitFailed
}

func act(ctx context.Context, o options) (broken bool, err error) {
	if err := os.Chdir(o.root); err != nil {
		return false, err
	}
	all, err := loadList()
	if err != nil {
		return false, err
	}
	kept, err := readResults(o.results)
	if err != nil {
		return false, err
	}
	switch {
	case o.list:
		for _, p := range all {
			fmt.Printf("%-4s %s\n", p.ID, p.Promise)
		}
		return false, nil
	case o.write:
		long, err := mergeLong(o.kept, kept)
		if err != nil {
			return false, err
		}
		return false, writeDoc(o.doc, all, long)
	}
	chosen, err := choose(all, o.only)
	if err != nil {
		return false, err
	}
	commit, err := commitName(ctx)
	if err != nil {
		return false, err
	}
	w, err := newWorkshop()
	if err != nil {
		return false, err
	}
	defer w.close()
	begun := time.Now()
	var results []result
	var strays []string
	for _, some := range o.batches(chosen) {
		if o.size != short && !o.again {
			if r, ok := kept.of(some[0].ID, o.size, commit); ok && r.Outcome == held {
				fmt.Printf("\n==> %s was held at this commit and size, on %s\n", r.ID, r.Day)
				results = append(results, r)
				continue
			}
		}
		// The whole harness belongs to the short run of everything, which is
		// part of every full test.
		came, loose := w.runAll(ctx, some, o.size, o.size == short && o.only == "", os.Stdout)
		strays = append(strays, loose...)
		for _, r := range came {
			r.Commit, r.Size, r.Day = commit, o.size, begun.UTC().Format(time.DateOnly)
			results = append(results, r)
		}
		// What was broken off by hand says nothing of the program.
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		if kept, err = merge(o.results, results); err != nil {
			return false, err
		}
	}
	passed, failed, left := tally(results)
	fmt.Printf("\n%s\n%d of %d promises held, %d broken, %d left out, in %s; figures in %s\n", table(chosen, results),
		passed, len(results), failed, left, time.Since(begun).Round(time.Second), o.results)
	for _, name := range strays {
		fmt.Printf("failed, though no promise rests on it: %s\n", name)
	}
	return failed+len(strays) > 0, nil
}

// batches are the promises that run together and are saved together: all of
// them at the short size, where a package is then built and started once, and
// each for itself at the sizes that take hours.
func (o options) batches(chosen []promise) [][]promise {
	if o.size == short {
		return [][]promise{chosen}
	}
	return slices.Collect(slices.Chunk(chosen, 1))
}

// changed marks a commit that the files differ from.
const changed = "+changes"

// commitName is the commit that is judged, with a mark where files differ from
// it: figures of an unsaved state are nobody's.
func commitName(ctx context.Context) (string, error) {
	name, err := exec.CommandContext(ctx, "git", "rev-parse", "--short=10", "HEAD").Output()
	if err != nil {
		return "unknown", nil
	}
	differ, err := exec.CommandContext(ctx, "git", "status", "--porcelain", "--untracked-files=no").Output()
	if err != nil {
		return "", fmt.Errorf("git status: %w", err)
	}
	if len(differ) > 0 {
		return strings.TrimSpace(string(name)) + changed, nil
	}
	return strings.TrimSpace(string(name)), nil
}
