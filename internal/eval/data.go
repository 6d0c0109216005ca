package eval

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"sangto/match"
)

// Query is one judged or unjudged message.
type Query struct{ ID, Text string }

// Qrels maps a query to its relevant documents. Judgements of relevance zero
// are left out.
type Qrels map[string]map[string]bool

// lineMax bounds one line of an input file: the longest real article is a few
// kilobytes, and a runaway line should be an error and not an exhausted memory.
const lineMax = 16 << 20

type record struct {
	ID    string `json:"id"`
	Lang  string `json:"lang"`
	Title string `json:"title"`
	Claim string `json:"claim"`
	Text  string `json:"text"`
	Day   int32  `json:"day"`
}

// ReadDocs reads documents, one JSON object a line. Unknown fields are
// ignored; a line that is no object or has no id is an error naming the line.
func ReadDocs(r io.Reader) ([]match.Doc, error) {
	var docs []match.Doc
	err := eachLine(r, func(n int, line []byte) error {
		var rec record
		if err := json.Unmarshal(line, &rec); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
		if rec.ID == "" {
			return fmt.Errorf("line %d: a document needs an id", n)
		}
		docs = append(docs, match.Doc(rec))
		return nil
	})
	return docs, err
}

// ReadKin reads the source of each document that names one in its url.
func ReadKin(r io.Reader) (map[string]string, error) {
	kin := map[string]string{}
	err := eachLine(r, func(n int, line []byte) error {
		var rec struct{ ID, URL string }
		if err := json.Unmarshal(line, &rec); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
		if rec.URL != "" {
			kin[rec.ID] = rec.URL
		}
		return nil
	})
	return kin, err
}

// ReadQueries reads messages, one "id TAB text" a line, in file order.
func ReadQueries(r io.Reader) ([]Query, error) {
	var queries []Query
	err := eachLine(r, func(n int, line []byte) error {
		id, text, ok := strings.Cut(string(line), "\t")
		if !ok || id == "" {
			return fmt.Errorf("line %d: want id TAB text", n)
		}
		queries = append(queries, Query{ID: id, Text: text})
		return nil
	})
	return queries, err
}

// ReadQrels reads TREC judgements, four fields a line.
func ReadQrels(r io.Reader) (Qrels, error) {
	rels := Qrels{}
	err := eachLine(r, func(n int, line []byte) error {
		f := strings.Fields(string(line))
		if len(f) != 4 {
			return fmt.Errorf("line %d: want four fields, have %d", n, len(f))
		}
		if f[3] == "0" {
			return nil
		}
		if rels[f[0]] == nil {
			rels[f[0]] = map[string]bool{}
		}
		rels[f[0]][f[2]] = true
		return nil
	})
	return rels, err
}

// LoadFile opens path and reads it with read; errors name the file.
func LoadFile[T any](path string, read func(io.Reader) (T, error)) (T, error) {
	f, err := os.Open(path)
	if err != nil {
		var none T
		return none, err
	}
	defer f.Close()
	v, err := read(f)
	if err != nil {
		return v, fmt.Errorf("%s: %w", path, err)
	}
	return v, nil
}

func eachLine(r io.Reader, do func(n int, line []byte) error) error {
	s := bufio.NewScanner(r)
	s.Buffer(make([]byte, 64<<10), lineMax)
	for n := 1; s.Scan(); n++ {
		line := s.Bytes()
		if n == 1 {
			line = bytes.TrimPrefix(line, []byte("\ufeff"))
		}
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		if err := do(n, line); err != nil {
			return err
		}
	}
	return s.Err()
}
