package peer

import (
	"context"
	"regexp"

	"github.com/jackc/pgx/v5"

	"sangto/match"
)

// TSRank is PostgreSQL's full-text search: a text-search vector of title, claim
// and text under the configuration of the language ("simple" where there is
// none), a query that is the disjunction of the message's lexemes, a GIN index,
// and ts_rank.
func TSRank(c *Cluster) Kind {
	return Kind{Name: "PostgreSQL ts_rank", Wall: true, Build: func(ctx context.Context, docs []match.Doc, lang string) (System, error) {
		config := "simple"
		if lang == "en" {
			config = "english"
		}
		return newPostgres(ctx, c, docs, []string{
			`ALTER TABLE d ADD v tsvector`,
			`UPDATE d SET v = to_tsvector('` + config + `', words)`,
			`CREATE INDEX ON d USING gin (v)`,
			`VACUUM ANALYZE d`,
		}, `WITH q AS (SELECT string_agg(quote_literal(lexeme), '|')::tsquery AS q FROM unnest(to_tsvector('`+config+`', $1)))
SELECT id, ts_rank(v, q)::float8 AS s FROM d, q WHERE v @@ q ORDER BY s DESC, n LIMIT $2`)
	}}
}

// Trigram is PostgreSQL's pg_trgm: documents by the similarity of the message,
// its links taken out, to the document, over all of them, because the operator
// that can use an index would drop those below its threshold.
func Trigram(c *Cluster) Kind {
	return Kind{Name: "PostgreSQL pg_trgm", Wall: true, Build: func(ctx context.Context, docs []match.Doc, _ string) (System, error) {
		s, err := newPostgres(ctx, c, docs, []string{`VACUUM ANALYZE d`},
			`SELECT id, similarity(words, $1)::float8 AS s FROM d ORDER BY s DESC, n LIMIT $2`)
		if err != nil {
			return nil, err
		}
		return withoutLinks{s}, nil
	}}
}

// withoutLinks takes the links out of a message before it asks.
type withoutLinks struct{ System }

func (s withoutLinks) Ask(ctx context.Context, text string, k int) (Reply, error) {
	return s.System.Ask(ctx, links.ReplaceAllString(text, ""), k)
}

var links = regexp.MustCompile(`https?://\S+|pic\.twitter\S+`)

type postgres struct {
	conn *pgx.Conn
	ask  string
}

func newPostgres(ctx context.Context, c *Cluster, docs []match.Doc, then []string, ask string) (_ *postgres, err error) {
	address, err := c.Database()
	if err != nil {
		return nil, err
	}
	s := &postgres{ask: ask}
	if s.conn, err = pgx.Connect(ctx, address); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			s.Close()
		}
	}()
	for _, statement := range []string{`CREATE EXTENSION pg_trgm`, `CREATE TABLE d (n int, id text, words text)`} {
		if _, err = s.conn.Exec(ctx, statement); err != nil {
			return nil, err
		}
	}
	_, err = s.conn.CopyFrom(ctx, pgx.Identifier{"d"}, []string{"n", "id", "words"},
		pgx.CopyFromSlice(len(docs), func(i int) ([]any, error) { return []any{i, docs[i].ID, searched(docs[i])}, nil }))
	if err != nil {
		return nil, err
	}
	for _, statement := range then {
		if _, err = s.conn.Exec(ctx, statement); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (s *postgres) Ask(ctx context.Context, text string, k int) (Reply, error) {
	rows, err := s.conn.Query(ctx, s.ask, text, k)
	if err != nil {
		return Reply{}, err
	}
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

func (s *postgres) Close() error { return s.conn.Close(context.Background()) }
