package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

//go:embed list.json
var listJSON []byte

// short is the size that every change is tried at.
const short = "short"

func sizes() []string { return []string{short, "nightly", "release"} }

// promise is one row of the list: what is promised, what holds it, and how it
// was seen to fail.
type promise struct {
	ID      string `json:"id"`
	Promise string `json:"promise"`
	// Tests are the tests that hold it, by package.
	Tests []tests `json:"tests"`
	// Fuzz runs every fuzz target for a while instead, at the larger sizes.
	Fuzz bool `json:"fuzz,omitempty"`
	// Broken says what was broken on purpose, and that a test went red.
	Broken string `json:"broken"`
	// Left says what of the promise no test holds yet.
	Left string `json:"left,omitempty"`
}

// rests reports whether the promise is held by a test.
func (p promise) rests(pkg, name string) bool {
	return slices.ContainsFunc(p.Tests, func(t tests) bool { return t.Package == pkg && slices.Contains(t.Names, name) })
}

type tests struct {
	Package string   `json:"package"`
	Names   []string `json:"names"`
}

// loadList reads the list and refuses one that leaves something open.
func loadList() ([]promise, error) {
	var all []promise
	d := json.NewDecoder(bytes.NewReader(listJSON))
	d.DisallowUnknownFields()
	if err := d.Decode(&all); err != nil {
		return nil, fmt.Errorf("list.json: %w", err)
	}
	seen := map[string]bool{}
	for _, p := range all {
		if p.ID == "" || p.Promise == "" || len(p.Tests) == 0 && !p.Fuzz || p.Broken == "" {
			return nil, fmt.Errorf("list.json: %q needs id, promise, tests and broken", p.ID)
		}
		if seen[p.ID] {
			return nil, fmt.Errorf("list.json: %s stands twice", p.ID)
		}
		seen[p.ID] = true
	}
	return all, nil
}

// choose picks promises by name, "" for all.
func choose(all []promise, only string) ([]promise, error) {
	if only == "" {
		return all, nil
	}
	var out []promise
	for name := range strings.SplitSeq(only, ",") {
		i := slices.IndexFunc(all, func(p promise) bool { return strings.EqualFold(p.ID, strings.TrimSpace(name)) })
		if i < 0 {
			return nil, fmt.Errorf("no promise is called %q; -list names them", name)
		}
		out = append(out, all[i])
	}
	return out, nil
}
