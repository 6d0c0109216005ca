package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func files(t *testing.T) (docs, queries, qrels string) {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	return write("docs.jsonl", `{"id":"dam","claim":"The dam will be opened tonight"}`+"\n"+`{"id":"salt","claim":"Salt water cures fever"}`+"\n"),
		write("queries.tsv", "q1\tdam opened tonight?\nq2\tsalt water for fever\n"),
		write("qrels.tsv", "q1\t0\tdam\t1\nq2\t0\tsalt\t1\n")
}

func TestMeasures(t *testing.T) {
	docs, queries, qrels := files(t)
	out := filepath.Join(t.TempDir(), "run")
	var stdout, stderr bytes.Buffer
	if code := run([]string{"-docs", docs, "-queries", queries, "-qrels", qrels, "-run", out, "-k", "1", "-json"}, &stdout, &stderr); code != 0 {
		t.Fatalf("exit %d: %s", code, stderr.String())
	}
	var r struct {
		Scores struct {
			R1 float64 `json:"r@1"`
		}
	}
	if err := json.Unmarshal(stdout.Bytes(), &r); err != nil || r.Scores.R1 != 1 {
		t.Errorf("printed %s, %v", stdout.String(), err)
	}
	b, err := os.ReadFile(out)
	if err != nil || strings.Count(string(b), "\n") != 2 || !strings.HasPrefix(string(b), "q1 Q0 dam 1 ") {
		t.Errorf("run file %q, %v", b, err)
	}
}

func TestExitCodes(t *testing.T) {
	docs, queries, _ := files(t)
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"help":           {[]string{"--help"}, 0, "usage"},
		"nothing":        {nil, 2, "usage"},
		"unknown flag":   {[]string{"-what"}, 2, "what"},
		"missing file":   {[]string{"-docs", docs + "x", "-queries", queries}, 1, docs + "x"},
		"absent all":     {[]string{"-docs", docs, "-queries", queries, "-absent", "1"}, 2, "usage"},
		"unknown damage": {[]string{"-docs", docs, "-queries", queries, "-damage", "fire"}, 1, "heavy"},
		"swapped files":  {[]string{"-docs", queries, "-queries", docs}, 1, "line 1"},
	} {
		var stdout, stderr bytes.Buffer
		if code := run(c.args, &stdout, &stderr); code != c.code || !strings.Contains(stderr.String(), c.says) {
			t.Errorf("%s: exit %d, said %q; want %d, %q", name, code, stderr.String(), c.code, c.says)
		}
	}
}
