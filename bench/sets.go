package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sangto/internal/eval"
	"sangto/match"
)

// collection is one folder of documents and the sets of messages asked of it.
type collection struct {
	name, lang string
	docs       []match.Doc
	sets       []set
}

// set is one list of messages. Sets of a collection that share their query
// identities share their judgements.
type set struct {
	name    string
	rels    eval.Qrels
	queries []eval.Query
}

// loadAll reads the collections of the data folder whose sets match the filter.
// Made lists the kinds of damage of internal/eval to do to the Vietnamese dev
// queries besides the damaged files found. Decided leaves out the Vietnamese
// claims that their evidence neither supports nor refutes.
func loadAll(data string, filter func(string) bool, made []string, decided bool, seed uint64) ([]collection, error) {
	loaders := []func() (collection, error){
		func() (collection, error) { return loadEnglish(data) },
		func() (collection, error) { return loadClaims(data, made, seed) },
		func() (collection, error) { return loadArticles(data) },
	}
	var out []collection
	for _, load := range loaders {
		c, err := load()
		if err != nil {
			return nil, err
		}
		c.sets = slices.DeleteFunc(c.sets, func(s set) bool { return !filter(s.name) })
		if decided && c.lang == "vi" {
			if err := c.keepDecided(data); err != nil {
				return nil, err
			}
		}
		if len(c.sets) > 0 {
			out = append(out, c)
		}
	}
	return out, nil
}

func loadEnglish(data string) (collection, error) {
	c := collection{name: "en-checkthat22", lang: "en"}
	if err := c.readDocs(data); err != nil {
		return c, err
	}
	for _, split := range []string{"devtest", "dev"} {
		if err := c.read(data, c.name, split, "", "en "+split); err != nil {
			return c, err
		}
	}
	return c, nil
}

func loadClaims(data string, made []string, seed uint64) (collection, error) {
	c := collection{name: "vi-claims", lang: "vi"}
	if err := c.readDocs(data); err != nil {
		return c, err
	}
	if err := c.read(data, c.name, "dev", "", "vi-claims none"); err != nil {
		return c, err
	}
	clean := c.sets[0]
	found, err := filepath.Glob(filepath.Join(data, c.name, "queries.dev.*.tsv"))
	if err != nil {
		return c, err
	}
	for _, path := range found {
		kind := strings.Split(filepath.Base(path), ".")[2]
		if err := c.read(data, c.name, "dev", kind, "vi-claims "+kind); err != nil {
			return c, err
		}
	}
	for _, kind := range made {
		queries, err := eval.Damaged(clean.queries, kind, seed)
		if err != nil {
			return c, err
		}
		c.sets = append(c.sets, set{"vi-claims made:" + kind, clean.rels, queries})
	}
	return c, nil
}

// loadArticles asks long articles the clean claims and, because the queries are
// the same people's claims, the chain letters made of them for vi-claims.
func loadArticles(data string) (collection, error) {
	c := collection{name: "vi-articles", lang: "vi"}
	if err := c.readDocs(data); err != nil {
		return c, err
	}
	if err := c.read(data, c.name, "dev", "", "vi-articles none"); err != nil {
		return c, err
	}
	chain := filepath.Join(data, "vi-claims", "queries.dev.chain.tsv")
	if _, err := os.Stat(chain); err != nil {
		return c, nil
	}
	queries, err := eval.LoadFile(chain, eval.ReadQueries)
	c.sets = append(c.sets, set{"vi-articles chain", c.sets[0].rels, queries})
	return c, err
}

func (c *collection) readDocs(data string) (err error) {
	c.docs, err = eval.LoadFile(filepath.Join(data, c.name, "docs.jsonl"), eval.ReadDocs)
	return err
}

func (c *collection) read(data, folder, split, kind, name string) error {
	rels, err := eval.LoadFile(filepath.Join(data, folder, "qrels."+split+".tsv"), eval.ReadQrels)
	if err != nil {
		return err
	}
	file := "queries." + split + ".tsv"
	if kind != "" {
		file = fmt.Sprintf("queries.%s.%s.tsv", split, kind)
	}
	queries, err := eval.LoadFile(filepath.Join(data, folder, file), eval.ReadQueries)
	if err != nil {
		return err
	}
	queries = slices.DeleteFunc(queries, func(q eval.Query) bool { return len(rels[q.ID]) == 0 })
	c.sets = append(c.sets, set{name, rels, queries})
	return nil
}

// keepDecided leaves only the claims whose label says that their evidence
// supports or refutes them. The articles are asked the same claims.
func (c *collection) keepDecided(data string) error {
	path := filepath.Join(data, "vi-claims", "meta.dev.tsv")
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	open := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		id, meta, _ := strings.Cut(line, "\t")
		open[id] = strings.HasPrefix(meta, "label=nei")
	}
	for i := range c.sets {
		c.sets[i].name += " decided"
		c.sets[i].queries = slices.DeleteFunc(c.sets[i].queries, func(q eval.Query) bool {
			undecided, known := open[q.ID]
			return undecided || !known
		})
	}
	return nil
}
