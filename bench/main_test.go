package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sangto/internal/eval"
	"sangto/match"
)

// tiny writes collections of a few documents in the layout of the real ones.
func tiny(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	english := []match.Doc{
		{ID: "bank", Title: "Bank accounts", Claim: "The bank will close all accounts without a fingerprint tomorrow"},
		{ID: "dam", Title: "Dam", Claim: "The dam upstream will be opened tonight and three districts flooded"},
		{ID: "salt", Title: "Salt water", Claim: "Drinking salt water cures the new fever within an hour"},
	}
	vietnamese := []match.Doc{
		{ID: "ngan-hang", Text: "Ngân hàng sẽ khóa mọi tài khoản chưa có vân tay từ ngày mai"},
		{ID: "xa-lu", Text: "Đêm nay thủy điện thượng nguồn xả lũ, ba huyện hạ lưu sẽ ngập sâu"},
	}
	asked := map[string]string{"dam": "is it true the dam upstream is opened tonight", "salt": "they say salt water cures the fever"}
	hoi := map[string]string{"xa-lu": "Nghe nói đêm nay thủy điện xả lũ ba huyện ngập sâu", "ngan-hang": "Ngân hàng khóa tài khoản chưa có vân tay à"}
	writeSet(t, filepath.Join(dir, "en-checkthat22"), english, map[string]map[string]string{"devtest": asked, "dev": asked, "train": asked})
	writeSet(t, filepath.Join(dir, "vi-claims"), vietnamese, map[string]map[string]string{"dev": hoi, "train": hoi, "dev.chain": hoi, "dev.nodia": hoi})
	writeSet(t, filepath.Join(dir, "vi-articles"), vietnamese, map[string]map[string]string{"dev": hoi})
	return dir
}

func writeSet(t *testing.T, dir string, docs []match.Doc, splits map[string]map[string]string) {
	t.Helper()
	var text bytes.Buffer
	for _, d := range docs {
		line, err := json.Marshal(map[string]string{"id": d.ID, "title": d.Title, "claim": d.Claim, "text": d.Text})
		if err != nil {
			t.Fatal(err)
		}
		text.Write(append(line, '\n'))
	}
	write(t, filepath.Join(dir, "docs.jsonl"), text.String())
	for split, asked := range splits {
		queries, rels := "", ""
		for _, id := range sorted(asked) {
			queries += "q-" + id + "\t" + asked[id] + "\n"
			rels += "q-" + id + "\t0\t" + id + "\t1\n"
		}
		write(t, filepath.Join(dir, "queries."+split+".tsv"), queries)
		write(t, filepath.Join(dir, "qrels."+split+".tsv"), rels)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func bench(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), args, &out, &errs)
	return out.String(), errs.String(), code
}

func TestCompare(t *testing.T) {
	out, errs, code := bench(t, "-data", tiny(t), "-systems", "raw|BM25|FTS5|Bleve|rule", "-rounds", "50", "-absent", "0.5")
	if code != 0 {
		t.Fatalf("exit %d: %s", code, errs)
	}
	for _, want := range []string{
		"en devtest: 2 queries", "en dev: 2 queries", "vi-claims none: 2", "vi-claims chain: 2", "vi-claims nodia: 2",
		"vi-claims made:vni: 2", "vi-claims made:heavy: 2", "vi-articles none: 2", "vi-articles chain: 2",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in:\n%s", want, out)
		}
	}
	// Nine sets of nine rows each, ours first, and both messages found.
	first, _, _ := strings.Cut(out, "en dev:")
	lines := strings.Split(strings.TrimSpace(first), "\n")
	if len(lines) != 2+9 || !strings.HasPrefix(lines[2], "sangto ") {
		t.Fatalf("rows:\n%s", first)
	}
	for _, system := range []string{"sangto ", "plain BM25 ", "SQLite FTS5 porter ", "Bleve, bm25 "} {
		if !strings.Contains(first, "\n"+system) {
			t.Errorf("no row of %q", system)
		}
	}
	for _, line := range []string{lines[2], lines[4]} {
		if fields := strings.Fields(strings.ReplaceAll(line, "plain BM25", "plain")); fields[1] != "1.000" || fields[2] != "1.000" {
			t.Errorf("not found: %s", line)
		}
	}
}

func TestCompareOnlyWhatIsAsked(t *testing.T) {
	out, errs, code := bench(t, "-data", tiny(t), "-systems", "^plain", "-sets", "devtest", "-rounds", "10", "-absent", "0")
	if code != 0 || strings.Count(out, "queries") != 1 || strings.Contains(out, "Bleve") || !strings.Contains(out, "\nsangto ") {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
}

// One of the two Vietnamese claims is refuted, the other undecided.
func TestCompareOnlyDecidedClaims(t *testing.T) {
	data := tiny(t)
	write(t, filepath.Join(data, "vi-claims", "meta.dev.tsv"), "q-xa-lu\tlabel=refuted\ttopic=x\nq-ngan-hang\tlabel=nei\ttopic=x\n")
	out, errs, code := bench(t, "-data", data, "-systems", "^plain", "-decided", "-rounds", "10", "-absent", "0")
	if code != 0 {
		t.Fatalf("exit %d: %s", code, errs)
	}
	for _, want := range []string{"en dev: 2 queries", "vi-claims none decided: 1 queries", "vi-articles none decided: 1 queries"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in:\n%s", want, out)
		}
	}
}

func TestGroupingCommand(t *testing.T) {
	out, errs, code := bench(t, "-data", tiny(t), "-grouping", "-rounds", "20")
	if code != 0 {
		t.Fatalf("exit %d: %s", code, errs)
	}
	for _, want := range []string{"en-checkthat22 train: 2 questions about 2 claims", "vi-claims copies: 6 questions about 2 claims", "each alone"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in:\n%s", want, out)
		}
	}
}

func TestScaleHere(t *testing.T) {
	out, errs, code := bench(t, "-data", tiny(t), "-scale", "50", "-scale-here", "-systems", "^plain", "-messages", "1")
	if code != 0 || !strings.HasPrefix(out, "50\tplain BM25\t") || !strings.HasSuffix(out, "\n") {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
}

func TestUsage(t *testing.T) {
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"--help"}, 0, "usage: bench"},
		{nil, 2, "usage: bench"},
		{[]string{"-data", "x", "y"}, 2, "usage: bench"},
		{[]string{"-data", t.TempDir(), "-systems", "plain"}, 1, "docs.jsonl"},
		{[]string{"-data", "x", "-sets", "("}, 1, "missing closing"},
		{[]string{"-data", "x", "-damage", "earthquake", "-systems", "plain"}, 1, "bench:"},
	} {
		_, errs, code := bench(t, c.args...)
		if code != c.code || !strings.Contains(errs, c.says) {
			t.Errorf("%q: exit %d, %s; want %d and %q", c.args, code, errs, c.code, c.says)
		}
	}
}

func TestGrown(t *testing.T) {
	docs := []match.Doc{
		{ID: "a", Claim: strings.Repeat("left ", 1000)},
		{ID: "b", Claim: strings.Repeat("right ", 1000)},
	}
	grow := eval.Grow(docs, 22, 1)
	if len(grow) != 22 || grow[0].ID != "a" || grow[1].ID != "b" {
		t.Fatalf("%d documents, first %q", len(grow), grow[0].ID)
	}
	fresh, replaced, crossed := 0, 0, 0
	ids := map[string]bool{}
	for _, d := range grow[2:] {
		ids[d.ID] = true
		words := strings.Fields(d.Claim)
		left, right := strings.Count(d.Claim, "left"), strings.Count(d.Claim, "right")
		fresh += len(words) - left - right
		// Where the donor is another document, half of the words are its.
		if left > 0 && right > 0 {
			crossed++
			replaced += min(left, right)
		}
	}
	if len(ids) != 20 {
		t.Errorf("%d identities of 20", len(ids))
	}
	if fresh < 300 || fresh > 500 {
		t.Errorf("%d new words of 20,000, want about 2 %%", fresh)
	}
	if share := float64(replaced) / float64(1000*max(1, crossed)); crossed < 3 || share < 0.45 || share > 0.53 {
		t.Errorf("%d mutants of two claims, %v of the words from the other", crossed, share)
	}
	if fmt.Sprint(eval.Grow(docs, 22, 1)) != fmt.Sprint(grow) {
		t.Error("the same seed grows other documents")
	}
	if fmt.Sprint(eval.Grow(docs, 22, 2)) == fmt.Sprint(grow) {
		t.Error("another seed grows the same documents")
	}
}
