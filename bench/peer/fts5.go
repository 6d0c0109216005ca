package peer

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	_ "modernc.org/sqlite"

	"sangto/match"
)

// FTS5 is the full-text index of SQLite with its Porter tokenizer and its own
// bm25 over title, claim and text. The message is a disjunction of its words,
// each in quotes, as the documentation of FTS5 advises for text that is not a
// query. With drop, English stop words are left out of it.
func FTS5(drop bool) Kind {
	name := "SQLite FTS5 porter"
	if drop {
		name += ", stop words dropped"
	}
	return Kind{Name: name, Build: func(ctx context.Context, docs []match.Doc, _ string) (System, error) {
		return newFTS5(ctx, docs, drop)
	}}
}

type fts5 struct {
	db   *sql.DB
	ask  *sql.Stmt
	dir  string
	drop bool
}

func newFTS5(ctx context.Context, docs []match.Doc, drop bool) (_ *fts5, err error) {
	dir, err := os.MkdirTemp("", "bench-fts5-")
	if err != nil {
		return nil, err
	}
	s := &fts5{dir: dir, drop: drop}
	defer func() {
		if err != nil {
			s.Close()
		}
	}()
	if s.db, err = sql.Open("sqlite", filepath.Join(dir, "db")+"?_pragma=journal_mode(off)&_pragma=synchronous(off)&_pragma=cache_size(-262144)"); err != nil {
		return nil, err
	}
	s.db.SetMaxOpenConns(1)
	if err = s.fill(ctx, docs); err != nil {
		return nil, err
	}
	s.ask, err = s.db.PrepareContext(ctx, `SELECT id, -rank FROM d WHERE d MATCH ? ORDER BY rank LIMIT ?`)
	return s, err
}

func (s *fts5) fill(ctx context.Context, docs []match.Doc) error {
	if _, err := s.db.ExecContext(ctx, `CREATE VIRTUAL TABLE d USING fts5(id UNINDEXED, title, claim, text, tokenize='porter unicode61')`); err != nil {
		return err
	}
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	put, err := tx.PrepareContext(ctx, `INSERT INTO d VALUES (?, ?, ?, ?)`)
	if err != nil {
		return err
	}
	for _, d := range docs {
		if _, err := put.ExecContext(ctx, d.ID, d.Title, d.Claim, d.Text); err != nil {
			return fmt.Errorf("document %s: %w", d.ID, err)
		}
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO d(d) VALUES ('optimize')`); err != nil {
		return err
	}
	return tx.Commit()
}

// disjunction quotes every different word. FTS5 gives an error for an empty
// query, so that is for the caller.
func disjunction(text string, drop bool) string {
	var b strings.Builder
	for _, w := range distinct(plainWords(text)) {
		if drop && englishStop(w) {
			continue
		}
		if b.Len() > 0 {
			b.WriteString(" OR ")
		}
		b.WriteString(`"` + w + `"`)
	}
	return b.String()
}

func (s *fts5) Ask(ctx context.Context, text string, k int) (Reply, error) {
	query := disjunction(text, s.drop)
	if query == "" {
		return Reply{}, nil
	}
	rows, err := s.ask.QueryContext(ctx, query, k)
	if err != nil {
		return Reply{}, err
	}
	return replyOf(rows)
}

// replyOf reads pairs of identity and score, best first.
func replyOf(rows *sql.Rows) (Reply, error) {
	defer rows.Close()
	var r Reply
	for rows.Next() {
		var id string
		var score float64
		if err := rows.Scan(&id, &score); err != nil {
			return r, err
		}
		r.Docs = append(r.Docs, id)
		r.Present = max(r.Present, score)
	}
	return r, rows.Err()
}

func (s *fts5) Close() error {
	if s.db != nil {
		s.db.Close()
	}
	return os.RemoveAll(s.dir)
}
