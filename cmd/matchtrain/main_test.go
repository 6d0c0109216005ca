package main

import (
	"bytes"
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// collection writes a small judged collection.
func collection(t *testing.T, name string) string {
	t.Helper()
	dir := t.TempDir()
	var docs, queries, qrels strings.Builder
	for i := range 24 {
		fmt.Fprintf(&docs, "{\"id\":\"d%d\",\"claim\":\"the %s%d reactor number %d will be shut down\"}\n", i, name, i, i)
		fmt.Fprintf(&queries, "q%d\tis the %s%d reactor shut\n", i, name, i)
		fmt.Fprintf(&qrels, "q%d\t0\td%d\t1\n", i, i)
	}
	for file, text := range map[string]string{"docs.jsonl": docs.String(), "queries.train.tsv": queries.String(), "qrels.train.tsv": qrels.String()} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestTrains(t *testing.T) {
	if testing.Short() {
		t.Skip("trains a model")
	}
	args := []string{"-en", collection(t, "alpha"), "-vi", collection(t, "beta"), "-articles", collection(t, "gamma")}
	var sources []string
	for i := range 2 {
		out := filepath.Join(t.TempDir(), fmt.Sprintf("weights%d.go", i))
		var stdout, stderr bytes.Buffer
		if code := run(append(args, "-out", out), &stdout, &stderr); code != 0 {
			t.Fatalf("exit %d: %s", code, stderr.String())
		}
		b, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, string(b))
	}
	if _, err := parser.ParseFile(token.NewFileSet(), "weights.go", sources[0], 0); err != nil {
		t.Error(err)
	}
	if !strings.Contains(sources[0], "// claim covered") || !strings.Contains(sources[0], "Present:") {
		t.Errorf("the model lacks parts:\n%s", sources[0])
	}
	if sources[0] != sources[1] {
		t.Error("the same material makes another model the second time")
	}
}

func TestExitCodes(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		code int
	}{
		"help": {[]string{"-h"}, 0}, "nothing": {nil, 2}, "unknown": {[]string{"-x"}, 2},
		"no folder": {[]string{"-en", "a", "-vi", "b", "-articles", "c"}, 1},
	} {
		var stdout, stderr bytes.Buffer
		if code := run(c.args, &stdout, &stderr); code != c.code || stderr.Len() == 0 {
			t.Errorf("%s: exit %d, said %q; want %d", name, code, stderr.String(), c.code)
		}
	}
}
