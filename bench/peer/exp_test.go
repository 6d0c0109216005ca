package peer

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"unicode"

	"sangto/internal/eval"
)

func TestExp(t *testing.T) {
	D := os.Getenv("D")
	if D == "" {
		t.Skip()
	}
	vdocs, _ := eval.LoadFile(D+"/vi-claims/docs.jsonl", eval.ReadDocs)
	vrels, _ := eval.LoadFile(D+"/vi-claims/qrels.dev.tsv", eval.ReadQrels)
	adocs, _ := eval.LoadFile(D+"/vi-articles/docs.jsonl", eval.ReadDocs)
	arels, _ := eval.LoadFile(D+"/vi-articles/qrels.dev.tsv", eval.ReadQrels)
	toks := map[string]func(string) []string{
		"A": plainWords,
		"B": func(s string) []string {
			return strings.FieldsFunc(strings.ToLower(s), func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) && !unicode.IsMark(c) })
		},
		"C": func(s string) []string {
			var o []string
			for _, w := range strings.Fields(strings.ToLower(s)) {
				if w = strings.TrimFunc(w, func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) && !unicode.IsMark(c) }); w != "" {
					o = append(o, w)
				}
			}
			return o
		},
	}
	for _, tk := range []string{"B", "C"} {
		tok := toks[tk]
		for _, kb := range [][2]float64{{1.2, .75}, {0.9, .4}, {1.2, .3}, {1.2, 0}} {
			vix := newWordIndex(kb[0], kb[1], 1)
			for _, d := range vdocs {
				vix.add(tok(whole(d)))
			}
			aix := newWordIndex(kb[0], kb[1], 1)
			for _, d := range adocs {
				aix.add(tok(d.Text))
			}
			run := func(ix *wordIndex, ids func(int32) string, qs []eval.Query, rels eval.Qrels, uniq bool) eval.Scores {
				var rk []eval.Ranking
				for _, q := range qs {
					w := tok(q.Text)
					if uniq {
						seen := map[string]bool{}
						var o []string
						for _, x := range w {
							if !seen[x] {
								seen[x] = true
								o = append(o, x)
							}
						}
						w = o
					}
					r := eval.Ranking{Query: q.ID}
					for _, h := range ix.search(w, 1, 10) {
						r.Docs = append(r.Docs, ids(h.row))
					}
					rk = append(rk, r)
				}
				return eval.Measure(rk, rels)
			}
			for _, u := range []bool{false, true} {
				fmt.Print(tk, kb, u)
				for _, k := range []string{"", ".nfd", ".nodia", ".telexall", ".chain", ".short", ".shortnodia"} {
					qs, err := eval.LoadFile(D+"/vi-claims/queries.dev"+k+".tsv", eval.ReadQueries)
					if err != nil {
						t.Fatal(err)
					}
					fmt.Printf(" %s %.3f", k, run(vix, func(i int32) string { return vdocs[i].ID }, qs, vrels, u).R1)
					if k == ".chain" {
						fmt.Printf(" ART %.3f", run(aix, func(i int32) string { return adocs[i].ID }, qs, arels, u).R1)
					}
				}
				fmt.Println()
			}
		}
	}
}
