package store

import (
	"context"
	"database/sql"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"

	"sangto/internal/desk"
)

// Corpus is a SQLite file of published checks to give away: a file of its own,
// which shares nothing with the database of the program. It holds what is
// written in corpusSchema and nothing else.
type Corpus struct {
	db    *sql.DB
	tx    *sql.Tx
	desks map[string]bool
	// stmts are the compiled statements by their text.
	stmts map[string]*sql.Stmt
}

// corpusSchema is a closed list: a column more is a promise more. Days are
// YYYY-MM-DD, NULL where there is none.
const corpusSchema = `
CREATE TABLE about (key TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE desks (
  id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL, url TEXT NOT NULL, lang TEXT NOT NULL, here INTEGER NOT NULL,
  owner TEXT NOT NULL, owner_kind TEXT NOT NULL, funders TEXT NOT NULL, funder_kind TEXT NOT NULL, declared TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE checks (
  id TEXT NOT NULL PRIMARY KEY, desk_id TEXT NOT NULL REFERENCES desks (id), lang TEXT NOT NULL, url TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('standing', 'withdrawn', 'withheld')), newest INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE versions (
  check_id TEXT NOT NULL REFERENCES checks (id), number INTEGER NOT NULL, act TEXT NOT NULL, topic TEXT NOT NULL,
  kind TEXT NOT NULL, about_power INTEGER NOT NULL, verdict TEXT NOT NULL, not_rated_kind TEXT NOT NULL, rating TEXT NOT NULL,
  claim TEXT NOT NULL, title TEXT NOT NULL, summary TEXT NOT NULL, body TEXT NOT NULL, todo TEXT NOT NULL,
  reason TEXT NOT NULL, note TEXT NOT NULL, sought TEXT NOT NULL, one_source TEXT NOT NULL, hearing TEXT NOT NULL, hearing_note TEXT NOT NULL,
  published TEXT, as_of TEXT, review TEXT, emergency INTEGER NOT NULL, link_only INTEGER NOT NULL, erased INTEGER NOT NULL,
  order_body TEXT NOT NULL, order_law TEXT NOT NULL, order_date TEXT, order_digest TEXT NOT NULL, order_lapses TEXT, method TEXT NOT NULL,
  PRIMARY KEY (check_id, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE evidence (
  check_id TEXT NOT NULL, number INTEGER NOT NULL, position INTEGER NOT NULL, stance TEXT NOT NULL, url TEXT NOT NULL, title TEXT NOT NULL,
  publisher TEXT NOT NULL, owner_group TEXT NOT NULL, quote TEXT NOT NULL, locator TEXT NOT NULL, dated TEXT, archived TEXT,
  archive_url TEXT NOT NULL, sha256 TEXT NOT NULL,
  PRIMARY KEY (check_id, number, position), FOREIGN KEY (check_id, number) REFERENCES versions (check_id, number)
) STRICT, WITHOUT ROWID;
`

// CreateCorpus makes the file, which must not exist. about is what it says of
// itself. Close must be called, and the file is worth something only if Close
// returned nil.
func CreateCorpus(ctx context.Context, path string, about map[string]string) (_ *Corpus, err error) {
	const op = "make a file of checks"
	// Made before SQLite sees it: a file that exists is somebody's.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, storageError(op, err)
	}
	if err := f.Close(); err != nil {
		return nil, storageError(op, err)
	}
	if path, err = filepath.Abs(path); err != nil {
		return nil, storageError(op, err)
	}
	// Nobody reads it before it is whole and synced by its maker, so it needs
	// neither a journal nor a sync of SQLite's own.
	q := url.Values{"_pragma": {"journal_mode(OFF)", "synchronous(OFF)", "foreign_keys(ON)", "trusted_schema(OFF)", "temp_store(MEMORY)"}}
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: q.Encode()}
	c := &Corpus{desks: map[string]bool{}, stmts: map[string]*sql.Stmt{}}
	if c.db, err = sql.Open("sqlite", u.String()); err != nil {
		return nil, storageError(op, err)
	}
	c.db.SetMaxOpenConns(1)
	defer func() {
		if err != nil {
			_ = c.db.Close()
			err = storageError(op, err)
		}
	}()
	if c.tx, err = c.db.BeginTx(ctx, nil); err != nil {
		return nil, err
	}
	if _, err = c.tx.ExecContext(ctx, corpusSchema); err != nil {
		return nil, err
	}
	// In order, so that the same corpus makes the same file.
	for _, key := range slices.Sorted(maps.Keys(about)) {
		if err = c.exec(ctx, `INSERT INTO about VALUES (?, ?)`, key, about[key]); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// exec runs one statement, compiled once.
func (c *Corpus) exec(ctx context.Context, query string, args ...any) error {
	stmt := c.stmts[query]
	if stmt == nil {
		var err error
		if stmt, err = c.tx.PrepareContext(ctx, query); err != nil {
			return err
		}
		c.stmts[query] = stmt
	}
	_, err := stmt.ExecContext(ctx, args...)
	return err
}

// Put adds a check, published at an address and in the state it is in.
func (c *Corpus) Put(ctx context.Context, p Published, address, state string) error {
	const op = "add to a file of checks"
	if err := c.putDesk(ctx, p.Desk); err != nil {
		return storageError(op, err)
	}
	err := c.exec(ctx, `INSERT INTO checks VALUES (?, ?, ?, ?, ?, ?)`,
		p.Check.ID, p.Check.DeskID, p.Check.Lang, address, state, p.Latest().Number)
	for _, v := range p.Versions {
		if err == nil {
			err = c.putVersion(ctx, v)
		}
	}
	if err != nil {
		return storageError(op, err)
	}
	return nil
}

func (c *Corpus) putDesk(ctx context.Context, d desk.Desk) error {
	if c.desks[d.ID] {
		return nil
	}
	c.desks[d.ID] = true
	return c.exec(ctx, `INSERT INTO desks VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, d.ID, d.Name, d.URL, d.Lang, number(d.Local),
		d.Owner, orUnknown(d.OwnerKind), d.Funders, orUnknown(d.FunderKind), dayText(d.Declared))
}

func (c *Corpus) putVersion(ctx context.Context, v desk.Version) error {
	err := c.exec(ctx, `INSERT INTO versions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		v.CheckID, v.Number, string(v.Act), v.Topic, string(v.Kind), number(v.AboutPower), string(v.Verdict), string(v.NotRatedKind), v.Rating,
		v.Claim, v.Title, v.Summary, v.Body, v.ToDo, v.Reason, v.Note, v.Sought, v.OneSource, string(v.Hearing.State), v.Hearing.Note,
		dayText(v.Published), dayText(v.AsOf), dayText(v.Review), number(v.Emergency), number(v.LinkOnly), number(v.Erased),
		v.Order.Body, v.Order.Law, dayText(v.Order.Date), v.Order.Digest, dayText(v.Order.Lapses), v.Method)
	for _, e := range v.Evidence {
		if err != nil {
			return err
		}
		err = c.exec(ctx, `INSERT INTO evidence VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			v.CheckID, v.Number, e.Position, string(e.Stance), e.URL, e.Title, e.Publisher, e.OwnerGroup, e.Quote, e.Locator,
			dayText(e.Dated), dayText(e.Archived), e.ArchiveURL, e.SHA256)
	}
	return err
}

// Close commits what was put and closes the file.
func (c *Corpus) Close() error {
	const op = "end a file of checks"
	err := c.tx.Commit()
	if err == nil {
		_, err = c.db.Exec(`PRAGMA optimize`)
	}
	if e := c.db.Close(); err == nil {
		err = e
	}
	if err != nil {
		return storageError(op, err)
	}
	return nil
}

// Abandon closes the file as it is; it is for a file that will be deleted.
func (c *Corpus) Abandon() {
	_ = c.tx.Rollback()
	_ = c.db.Close()
}

// dayText is a day as readers of the file see it.
func dayText(d desk.Day) any {
	if d == 0 {
		return nil
	}
	return d.String()
}
