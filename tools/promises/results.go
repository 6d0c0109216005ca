package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// results are kept by promise, size and commit.
type results struct{ rows []result }

func readResults(path string) (*results, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &results{}, nil
	}
	if err != nil {
		return nil, err
	}
	var rs results
	if err := json.Unmarshal(b, &rs.rows); err != nil {
		return nil, fmt.Errorf("%s is not a file of results: %w", path, err)
	}
	return &rs, nil
}

// of is the result of a promise at a size and a commit.
func (rs *results) of(id, size, commit string) (result, bool) {
	i := slices.IndexFunc(rs.rows, func(r result) bool { return r.ID == id && r.Size == size && r.Commit == commit })
	if i < 0 || strings.HasSuffix(commit, changed) {
		return result{}, false
	}
	return rs.rows[i], true
}

// merge puts results into the file as it is now: another run may have saved
// some of its own meanwhile.
func merge(path string, add []result) (*results, error) {
	kept, err := readResults(path)
	if err != nil {
		return nil, err
	}
	for _, r := range add {
		kept.put(r)
	}
	return kept, kept.save(path)
}

// mergeLong adds what was run at the larger sizes to the file at path: the short
// size is run by every full test and says nothing that lasts.
func mergeLong(path string, from *results) (*results, error) {
	var long []result
	for _, r := range from.rows {
		if r.Size != short {
			long = append(long, r)
		}
	}
	return merge(path, long)
}

// put takes the place of an older result of the same promise, size and commit.
func (rs *results) put(r result) {
	rs.rows = slices.DeleteFunc(rs.rows, func(o result) bool { return o.ID == r.ID && o.Size == r.Size && o.Commit == r.Commit })
	rs.rows = append(rs.rows, r)
}

func (rs *results) save(path string) error {
	b, err := json.MarshalIndent(rs.rows, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, append(b, '\n'), 0o644)
}

// last is the newest result of a promise at the largest size that was run.
func (rs *results) last(id string) (result, bool) {
	var out result
	found := false
	for _, r := range rs.rows {
		if r.ID == id && (!found || slices.Index(sizes(), r.Size) >= slices.Index(sizes(), out.Size)) {
			out, found = r, true
		}
	}
	return out, found
}

func tally(rows []result) (passed, failed, left int) {
	for _, r := range rows {
		switch r.Outcome {
		case held:
			passed++
		case broken:
			failed++
		default:
			left++
		}
	}
	return passed, failed, left
}

func (r result) figures() string {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(r.Figures)) {
		parts = append(parts, strings.ReplaceAll(k, "_", " ")+" "+r.Figures[k])
	}
	return strings.Join(parts, ", ")
}

// table is for a terminal.
func table(chosen []promise, rows []result) string {
	var b strings.Builder
	for i, p := range chosen {
		r := rows[i]
		fmt.Fprintf(&b, "%-4s %-8s %7.1f s  %s\n", p.ID, r.Outcome, r.Seconds, p.Promise)
		if f := r.figures(); f != "" {
			fmt.Fprintf(&b, "%24s%s\n", "", f)
		}
	}
	return b.String()
}

// The table of the page stands between these two lines.
const (
	docBegin = "<!-- promises: begin -->"
	docEnd   = "<!-- promises: end -->"
)

// docTable is the table of docs/promises.md.
func docTable(all []promise, kept *results) string {
	var b strings.Builder
	b.WriteString("| | promise | tests | last run | seen to fail |\n|---|---|---|---|---|\n")
	for _, p := range all {
		var names []string
		for _, t := range p.Tests {
			for _, n := range t.Names {
				names = append(names, "`"+n+"`")
			}
		}
		if p.Fuzz {
			names = append(names, "`scripts/fuzz`")
		}
		promised := p.Promise
		if p.Left != "" {
			promised += " *Not held yet: " + p.Left + "*"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", p.ID, promised, strings.Join(names, " "), lastRun(p, kept), p.Broken)
	}
	return b.String()
}

func lastRun(p promise, kept *results) string {
	r, ok := kept.last(p.ID)
	if !ok {
		return "in every `make test`"
	}
	out := fmt.Sprintf("%s, %s at `%s`, %s", r.Size, r.Day, r.Commit, r.Outcome)
	if f := r.figures(); f != "" {
		out += ": " + f
	}
	return out
}

func writeDoc(path string, all []promise, kept *results) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	text, err := withTable(string(b), docTable(all, kept))
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return os.WriteFile(path, []byte(text), 0o644)
}

func withTable(page, table string) (string, error) {
	before, rest, ok := strings.Cut(page, docBegin)
	_, after, ok2 := strings.Cut(rest, docEnd)
	if !ok || !ok2 {
		return "", fmt.Errorf("the lines %s and %s are not there", docBegin, docEnd)
	}
	return before + docBegin + "\n\n" + table + "\n" + docEnd + after, nil
}
