package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestListIsWhole(t *testing.T) {
	all, err := loadList()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 25 {
		t.Errorf("%d promises", len(all))
	}
	for _, p := range all {
		for _, set := range p.Tests {
			if _, err := os.Stat(filepath.Join("../..", set.Package)); err != nil {
				t.Errorf("%s: %v", p.ID, err)
			}
		}
	}
}

// TestPageShowsTheList compares the table of the page with the list. The
// figures in it are of the last run and not compared.
func TestPageShowsTheList(t *testing.T) {
	all, err := loadList()
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../../docs/promises.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range all {
		row := ""
		for line := range strings.SplitSeq(string(page), "\n") {
			if strings.HasPrefix(line, "| "+p.ID+" | ") {
				row = line
			}
		}
		if !strings.Contains(row, p.Promise) || !strings.HasSuffix(row, "| "+p.Broken+" |") {
			t.Errorf("docs/promises.md does not show %s as it is in the list: make promises-page", p.ID)
		}
		for _, set := range p.Tests {
			for _, n := range set.Names {
				if !strings.Contains(row, "`"+n+"`") {
					t.Errorf("docs/promises.md, %s: %s is missing", p.ID, n)
				}
			}
		}
	}
}

// TestGather deals events out as go test -json writes them.
func TestGather(t *testing.T) {
	s := &seen{outcome: map[string]string{}, seconds: map[string]float64{}, figures: map[string]map[string]string{}}
	var progress strings.Builder
	for _, e := range []event{
		{Action: "run", Test: "TestA"},
		{Action: "attr", Test: "TestA/part", Key: "kills", Value: "100"},
		{Action: "pass", Test: "TestA/part", Elapsed: 1},
		{Action: "pass", Test: "TestA", Elapsed: 2},
		{Action: "skip", Test: "TestB"},
		{Action: "fail", Test: "TestC", Elapsed: 1},
		{Action: "output", Test: "TestC", Output: "why\n"},
	} {
		s.take(e, &progress)
	}
	said := map[string]*seen{"p": s}
	for names, want := range map[string]string{
		"TestA": held, "TestA TestB": leftOut, "TestA TestB TestC": broken, "TestA TestNotRun": broken, "TestB TestA": leftOut,
	} {
		r := gather(promise{ID: "X", Tests: []tests{{Package: "p", Names: strings.Fields(names)}}}, said)
		if r.Outcome != want {
			t.Errorf("%s: %s, want %s", names, r.Outcome, want)
		}
		if strings.Contains(names, "TestA") && r.Figures["kills"] != "100" {
			t.Errorf("%s: figures %v", names, r.Figures)
		}
	}
}

// TestAstray finds what fails beside the promises, so that the run is red.
func TestAstray(t *testing.T) {
	chosen := []promise{{ID: "X", Tests: []tests{{Package: "p", Names: []string{"TestA"}}}}}
	failed := errors.New("exit status 1")
	for _, c := range []struct {
		seen *seen
		want string
	}{
		{&seen{outcome: map[string]string{"TestA": "pass", "TestB": "skip"}}, ""},
		{&seen{outcome: map[string]string{"TestA": "fail"}, err: failed}, ""},
		{&seen{outcome: map[string]string{"TestA": "pass", "TestB": "fail"}, err: failed}, "p TestB"},
		{&seen{outcome: map[string]string{"TestA": "pass"}, err: failed}, "p: exit status 1"},
	} {
		if got := strings.Join(astray(chosen, map[string]*seen{"p": c.seen}), ", "); got != c.want {
			t.Errorf("%v: %q, want %q", c.seen.outcome, got, c.want)
		}
	}
}

func TestResultsAreMerged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "r.json")
	for _, r := range []result{
		{ID: "T1", Size: "short", Commit: "a", Outcome: held},
		{ID: "T1", Size: "nightly", Commit: "a", Outcome: broken},
		{ID: "T1", Size: "short", Commit: "b", Outcome: held},
		{ID: "T1", Size: "nightly", Commit: "a", Outcome: held, Figures: map[string]string{"kills_done": "9"}},
	} {
		kept, err := readResults(path)
		if err != nil {
			t.Fatal(err)
		}
		kept.put(r)
		if err := kept.save(path); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := readResults(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(kept.rows) != 3 {
		t.Errorf("%d rows: %v", len(kept.rows), kept.rows)
	}
	if r, ok := kept.last("T1"); !ok || r.Size != "nightly" || r.Outcome != held || r.figures() != "kills done 9" {
		t.Errorf("last: %+v", r)
	}
	if r, ok := kept.of("T1", "nightly", "a"); !ok || r.Outcome != held {
		t.Errorf("of a commit and size: %+v, %v", r, ok)
	}
	if _, ok := kept.of("T1", "nightly", "b"); ok {
		t.Error("a result of another size was taken up")
	}
	kept.put(result{ID: "T2", Size: "nightly", Commit: "a" + changed, Outcome: held})
	if _, ok := kept.of("T2", "nightly", "a"+changed); ok {
		t.Error("a result of nobody's commit was taken up")
	}
	if _, err := merge(path, []result{{ID: "T9", Size: "short", Commit: "a", Outcome: held}}); err != nil {
		t.Fatal(err)
	}
	if again, err := readResults(path); err != nil || len(again.rows) != 4 {
		t.Errorf("after a merge: %+v, %v", again, err)
	}
	long, err := mergeLong(filepath.Join(t.TempDir(), "docs", "promises.json"), &results{rows: []result{
		{ID: "T1", Size: short}, {ID: "T2", Size: "nightly"}, {ID: "T3", Size: "release"},
	}})
	if err != nil || len(long.rows) != 2 {
		t.Errorf("of a short, a nightly and a release run are kept: %+v, %v", long, err)
	}
	if err := os.WriteFile(path, []byte("no"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := readResults(path); err == nil {
		t.Error("a damaged file was read")
	}
}

func TestArguments(t *testing.T) {
	for args, good := range map[string]bool{"": true, "-size nightly -only T3": true, "-size huge": false, "extra": false} {
		_, err := parse(strings.Fields(args))
		if (err == nil) != good {
			t.Errorf("%q: %v", args, err)
		}
	}
	if _, err := choose([]promise{{ID: "T1"}}, "T1,T99"); err == nil {
		t.Error("a promise that does not exist was chosen")
	}
}
