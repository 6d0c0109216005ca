package sangto_test

import (
	"fmt"
	"go/ast"
	"go/build/constraint"
	"maps"
	"os/exec"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// withoutRace is the line that keeps a file of tests from the race detector.
const withoutRace = "//go:build !race"

// aboutRace returns the build lines of a file that ask for the race detector
// or for its absence.
func aboutRace(f *source) []string {
	var out []string
	for _, group := range f.ast.Comments {
		for _, c := range group.List {
			if !constraint.IsGoBuild(c.Text) {
				continue
			}
			x, err := constraint.Parse(c.Text)
			asked := false
			if err == nil {
				x.Eval(func(tag string) bool { asked = asked || tag == "race"; return false })
				x.Eval(func(tag string) bool { asked = asked || tag == "race"; return true })
			}
			if asked {
				out = append(out, c.Text)
			}
		}
	}
	return out
}

// isTest reports whether go test runs a function by itself.
func isTest(fn *ast.FuncDecl) bool {
	return fn.Recv == nil && fn.Name.Name != "TestMain" && regexp.MustCompile(`^(Test|Fuzz|Example)`).MatchString(fn.Name.Name)
}

// leftOver says which tests the two passes of `make test` would run twice or
// never: pattern and packages are those of the pass without the race detector.
func leftOver(files []*source, pattern string, packages []string) []string {
	names, err := regexp.Compile(pattern)
	if err != nil {
		return []string{err.Error()}
	}
	var faults []string
	holders := map[string]bool{}
	for _, f := range files {
		lines := aboutRace(f)
		without := slices.Equal(lines, []string{withoutRace})
		if len(lines) > 0 && (!without || !f.test) {
			faults = append(faults, fmt.Sprintf("%s: only %q is allowed, and only in tests: %q", f.name, withoutRace, lines))
		}
		for _, decl := range f.ast.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || !f.test || !isTest(fn) {
				continue
			}
			listed := slices.Contains(packages, f.pkg) && names.MatchString(fn.Name.Name)
			if without {
				holders[f.pkg] = true
			}
			switch {
			case without && !listed:
				faults = append(faults, fmt.Sprintf("%s: %s is run in neither pass", f.name, fn.Name.Name))
			case !without && listed:
				faults = append(faults, fmt.Sprintf("%s: %s is run in both passes; give it another name", f.name, fn.Name.Name))
			}
		}
	}
	if got := slices.Sorted(maps.Keys(holders)); !slices.Equal(got, packages) {
		faults = append(faults, fmt.Sprintf("packages %q, want %q", packages, got))
	}
	return faults
}

// TestEveryTestRunsOnce holds scripts/without-race to the files: what is built
// without the race detector alone is what the second pass runs.
func TestEveryTestRunsOnce(t *testing.T) {
	out, err := exec.Command("scripts/without-race").Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Fields(string(out))
	for i := range lines[1:] {
		lines[1+i] = path.Clean(lines[1+i])
	}
	all, err := ourSources()
	if err != nil {
		t.Fatal(err)
	}
	// Modules of their own are run whole, and never with the detector.
	ours := slices.DeleteFunc(slices.Clone(all), func(f *source) bool {
		first, _, _ := strings.Cut(f.pkg, "/")
		return slices.Contains([]string{"bench", "conformance", "tools"}, first)
	})
	for _, fault := range leftOver(ours, lines[0], lines[1:]) {
		t.Error(fault)
	}
	for _, f := range all {
		if first, _, _ := strings.Cut(f.pkg, "/"); !slices.Contains(ours, f) && len(aboutRace(f)) > 0 {
			t.Errorf("%s: %s is a module of its own, whose tests run once as they are", f.name, first)
		}
	}
}

func TestEveryTestRunsOnceCatches(t *testing.T) {
	files, err := readSources(fstest.MapFS{
		"a/with_test.go":    {Data: []byte("package a\n\nfunc TestWith() {}\n\nfunc TestTwice() {}\n")},
		"a/without_test.go": {Data: []byte(withoutRace + "\n\npackage a\n\nfunc TestWithout() {}\n\nfunc ExampleLost() {}\n")},
		"b/only_test.go":    {Data: []byte("//go:build race\n\npackage b\n\nfunc TestOnly() {}\n")},
		"b/b.go":            {Data: []byte("//go:build linux && !race\n\npackage b\n")},
	})
	if err != nil {
		t.Fatal(err)
	}
	faults := strings.Join(leftOver(files, "^(TestWithout|TestTwice)$", []string{"a"}), "\n")
	for _, want := range []string{"TestTwice is run in both", "ExampleLost is run in neither", "b/only_test.go: only", "b/b.go: only"} {
		if !strings.Contains(faults, want) {
			t.Errorf("%q is not among\n%s", want, faults)
		}
	}
	if strings.Contains(faults, "TestWith ") || strings.Contains(faults, "TestWithout ") {
		t.Error(faults)
	}
}
