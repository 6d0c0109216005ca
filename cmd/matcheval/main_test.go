package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sangto/internal/eval"
	"sangto/internal/testkit"
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

// TestMeasuresWithAnEmbedder uses the one that needs no server, and one that
// is a server.
func TestMeasuresWithAnEmbedder(t *testing.T) {
	docs, queries, qrels := files(t)
	server := testkit.NewEmbedder(t, eval.NewHashed(64))
	for name, args := range map[string][]string{
		"hashed": {"-embed", "hashed"}, "server": {"-embed", server.URL(), "-embed-model", "m", "-embed-kind", "ollama"},
	} {
		var stdout, stderr bytes.Buffer
		args = append(args, "-docs", docs, "-queries", queries, "-qrels", qrels, "-absent", "0.5")
		if code := run(args, &stdout, &stderr); code != 0 {
			t.Fatalf("%s: exit %d: %s", name, code, stderr.String())
		}
		for _, row := range []string{"words", "vectors", "both"} {
			if !strings.Contains(stdout.String(), "\n"+row+" ") {
				t.Errorf("%s: no row of %s in\n%s", name, row, stdout.String())
			}
		}
	}
	if server.Calls() == 0 {
		t.Error("the server was not asked")
	}
}

func TestExitCodes(t *testing.T) {
	docs, queries, qrels := files(t)
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"help":                    {[]string{"--help"}, 0, "usage"},
		"nothing":                 {nil, 2, "usage"},
		"unknown flag":            {[]string{"-what"}, 2, "what"},
		"missing file":            {[]string{"-docs", docs + "x", "-queries", queries}, 1, docs + "x"},
		"absent all":              {[]string{"-docs", docs, "-queries", queries, "-absent", "1"}, 2, "usage"},
		"unknown damage":          {[]string{"-docs", docs, "-queries", queries, "-damage", "fire"}, 1, "heavy"},
		"embedder elsewhere":      {[]string{"-docs", docs, "-queries", queries, "-qrels", qrels, "-embed", "http://localhost:1", "-embed-model", "m"}, 1, "embed_address"},
		"embedder, no judgements": {[]string{"-docs", docs, "-queries", queries, "-embed", "hashed"}, 1, "judgements"},
		"swapped files":           {[]string{"-docs", queries, "-queries", docs}, 1, "line 1"},
	} {
		var stdout, stderr bytes.Buffer
		if code := run(c.args, &stdout, &stderr); code != c.code || !strings.Contains(stderr.String(), c.says) {
			t.Errorf("%s: exit %d, said %q; want %d, %q", name, code, stderr.String(), c.code, c.says)
		}
	}
}
