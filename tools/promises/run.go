package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Outcomes of a promise.
const (
	held    = "held"
	broken  = "BROKEN"
	leftOut = "left out"
)

// result is what came of one promise.
type result struct {
	ID      string  `json:"id"`
	Size    string  `json:"size"`
	Commit  string  `json:"commit"`
	Day     string  `json:"day"`
	Outcome string  `json:"outcome"`
	Seconds float64 `json:"seconds"`
	// Figures are the attributes that its tests set (testing.TB.Attr).
	Figures map[string]string `json:"figures,omitempty"`
}

// seen is what the tests of a package said.
type seen struct {
	outcome map[string]string // of each top-level test: pass, fail, skip
	seconds map[string]float64
	figures map[string]map[string]string
	output  strings.Builder
	err     error
}

// workshop holds the tests of each package, built once: building them again for
// every promise would take longer than most of them.
type workshop struct {
	dir   string
	built map[string]string
}

func newWorkshop() (*workshop, error) {
	dir, err := os.MkdirTemp("", "sangto-tests-")
	return &workshop{dir: dir, built: map[string]string{}}, err
}

func (w *workshop) close() { _ = os.RemoveAll(w.dir) }

// tests is the program of a package's tests.
func (w *workshop) tests(ctx context.Context, pkg string) (string, error) {
	if path := w.built[pkg]; path != "" {
		return path, nil
	}
	path := filepath.Join(w.dir, fmt.Sprintf("%d.test", len(w.built)))
	cmd := exec.CommandContext(ctx, "go", "test", "-c", "-vet=off", "-o", path, pkg)
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return "", err
	}
	w.built[pkg] = path
	return path, nil
}

// harness is the package that holds nothing but tests of promises, some of
// which are in no row of the list. Nothing else runs it.
const harness = "./internal/promises"

// runAll runs the tests package by package, so that each is built once, and
// deals what they said out to the promises. With whole, the harness is run
// with all its tests. Strays are failures that break no promise of those
// chosen.
func (w *workshop) runAll(ctx context.Context, chosen []promise, size string, whole bool, progress io.Writer) (results []result, strays []string) {
	names := map[string][]string{}
	for _, p := range chosen {
		for _, t := range p.Tests {
			names[t.Package] = append(names[t.Package], t.Names...)
		}
	}
	said := map[string]*seen{}
	for _, pkg := range slices.Sorted(maps.Keys(names)) {
		slices.Sort(names[pkg])
		fmt.Fprintf(progress, "\n==> %s at the %s size: %s\n", pkg, size, strings.Join(slices.Compact(names[pkg]), " "))
		if whole && pkg == harness {
			fmt.Fprintln(progress, "    and all its other tests")
			names[pkg] = nil
		}
		said[pkg] = w.runPackage(ctx, pkg, slices.Compact(names[pkg]), size, progress)
	}
	for _, p := range chosen {
		r := gather(p, said)
		if p.Fuzz && size != short {
			runFuzz(ctx, &r, size, progress)
		}
		results = append(results, r)
	}
	return results, astray(chosen, said)
}

// astray names the tests that failed without breaking a promise, and the
// packages that failed although none of their tests did.
func astray(chosen []promise, said map[string]*seen) (out []string) {
	for _, pkg := range slices.Sorted(maps.Keys(said)) {
		failed := false
		for _, name := range slices.Sorted(maps.Keys(said[pkg].outcome)) {
			if said[pkg].outcome[name] != "fail" {
				continue
			}
			failed = true
			if !slices.ContainsFunc(chosen, func(p promise) bool { return p.rests(pkg, name) }) {
				out = append(out, pkg+" "+name)
			}
		}
		if err := said[pkg].err; err != nil && !failed {
			out = append(out, fmt.Sprintf("%s: %v", pkg, err))
		}
	}
	return out
}

// event is a line of go test -json; see go doc test2json.
type event struct {
	Action, Test, Output, Key, Value string
	Elapsed                          float64
}

// runPackage runs the tests of a package that are named, all if none is.
func (w *workshop) runPackage(ctx context.Context, pkg string, names []string, size string, progress io.Writer) *seen {
	s := &seen{outcome: map[string]string{}, seconds: map[string]float64{}, figures: map[string]map[string]string{}}
	for i, n := range names {
		names[i] = regexp.QuoteMeta(n)
	}
	path, err := w.tests(ctx, pkg)
	if err != nil {
		s.err = err
		return s
	}
	which := "."
	if len(names) > 0 {
		which = "^(" + strings.Join(names, "|") + ")$"
	}
	cmd := exec.CommandContext(ctx, "go", "tool", "test2json", "-t", "-p", pkg, path, "-test.v=test2json", "-test.timeout=24h", "-test.run="+which)
	cmd.Dir, cmd.Env, cmd.Stderr = pkg, append(os.Environ(), "SANGTO_PROMISES="+size), os.Stderr
	// A run that is broken off ends with all that it started, and not with the
	// first of them alone.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		s.err = err
		return s
	}
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			break
		}
		var e event
		if json.Unmarshal(line, &e) == nil {
			s.take(e, progress)
		}
	}
	s.err = cmd.Wait()
	if s.err != nil {
		fmt.Fprint(progress, s.output.String())
	}
	return s
}

// take keeps one event. Attributes of a part of a test belong to the test.
func (s *seen) take(e event, progress io.Writer) {
	top, _, part := strings.Cut(e.Test, "/")
	switch e.Action {
	case "attr":
		if s.figures[top] == nil {
			s.figures[top] = map[string]string{}
		}
		s.figures[top][e.Key] = e.Value
	case "output":
		s.output.WriteString(e.Output)
	case "pass", "fail", "skip":
		if top != "" && !part {
			s.outcome[top], s.seconds[top] = e.Action, e.Elapsed
			fmt.Fprintf(progress, "    %s %s (%.1f s)\n", e.Action, top, e.Elapsed)
		}
	}
}

// gather is the result of one promise: broken if any of its tests failed or
// did not run, left out if one could not run here.
func gather(p promise, said map[string]*seen) result {
	r := result{ID: p.ID, Outcome: held, Figures: map[string]string{}}
	for _, t := range p.Tests {
		s := said[t.Package]
		for _, name := range t.Names {
			r.Seconds += s.seconds[name]
			maps.Copy(r.Figures, s.figures[name])
			switch s.outcome[name] {
			case "pass":
			case "skip":
				if r.Outcome == held {
					r.Outcome = leftOut
				}
			default:
				r.Outcome = broken
			}
		}
	}
	return r
}

// fuzzTime is how long each target runs.
func fuzzTime(size string) time.Duration {
	if size == "release" {
		return time.Hour
	}
	return 10 * time.Minute
}

// runFuzz runs every fuzz target. SANGTO_FUZZTIME shortens it, and the figures
// say so.
func runFuzz(ctx context.Context, r *result, size string, progress io.Writer) {
	each := fuzzTime(size).String()
	if s := os.Getenv("SANGTO_FUZZTIME"); s != "" {
		each = s
	}
	cmd := exec.CommandContext(ctx, "scripts/fuzz", each)
	var last strings.Builder
	cmd.Stdout, cmd.Stderr = io.MultiWriter(progress, &last), progress
	begun := time.Now()
	err := cmd.Run()
	r.Seconds += time.Since(begun).Seconds()
	r.Figures["cpu_hours"] = fmt.Sprintf("%.2f", cmd.ProcessState.UserTime().Hours()+cmd.ProcessState.SystemTime().Hours())
	r.Figures["fuzz_time_each"] = each
	r.Figures["fuzz_targets"] = fmt.Sprint(strings.Count(last.String(), "\n==> "))
	if err != nil {
		r.Outcome = broken
	}
}
