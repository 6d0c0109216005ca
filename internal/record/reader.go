package record

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"sangto/internal/desk"
	"sangto/internal/record/leaf"
	"sangto/internal/store"
	"sangto/ledger"
)

// Reader is the record of an installation as its site would serve it, read from
// the data folder and the database by somebody who changes neither. The desk may
// be running. It implements [ledger.Source], rooted at the site, and is safe for
// concurrent use.
type Reader struct {
	db    *store.DB
	files ledger.Source
}

// NewReader reads the record that lies in a data folder, and the words behind it
// in db, which may be open for reading only.
func NewReader(db *store.DB, data string) *Reader {
	return &Reader{db: db, files: ledger.Folder(os.DirFS(folderPath(data)))}
}

// The places on a site that are no files of the log.
const (
	sitePrefix    = "log/"
	siteKey       = "key"
	contentPrefix = "content/"
)

// Read implements [ledger.Source]. What was erased or is withheld is not there.
func (r *Reader) Read(ctx context.Context, path string, limit int) ([]byte, error) {
	path, ok := strings.CutPrefix(path, sitePrefix)
	if !ok {
		return nil, fs.ErrNotExist
	}
	if path == siteKey {
		return r.keys(ctx)
	}
	name, ok := strings.CutPrefix(path, contentPrefix)
	if !ok {
		return r.files.Read(ctx, path, limit)
	}
	index, err := strconv.ParseInt(name, 10, 64)
	if err != nil {
		return nil, fs.ErrNotExist
	}
	text, why, err := content(ctx, r.db, index)
	switch {
	case desk.KindOf(err) == desk.NotFound, err == nil && why != Present:
		return nil, fs.ErrNotExist
	case err != nil:
		return nil, err
	case len(text) > limit:
		return nil, &ledger.Damage{Path: path, Text: "longer than " + strconv.Itoa(limit) + " bytes"}
	}
	return []byte(text), nil
}

// keys are the log's keys as the entries name them: the present one, and the one
// before it, with which a desk signs that was not started since.
func (r *Reader) keys(ctx context.Context) ([]byte, error) {
	var out []byte
	err := r.db.View(ctx, func(tx *store.Tx) error {
		last, ok, err := tx.LastLeaf(logKeySubject)
		if err != nil {
			return err
		}
		if !ok {
			return fs.ErrNotExist
		}
		l, err := leaf.Parse(last.Bytes)
		out = []byte(strings.TrimSpace(l.VKey+"\n"+l.VKeyOld) + "\n")
		return err
	})
	return out, err
}

// Signed is how many entries the published checkpoint covers, 0 where there is
// none that can be read. Whether anybody signed it is not asked.
func (r *Reader) Signed(ctx context.Context) int64 {
	signed, err := r.files.Read(ctx, ledger.CheckpointPath, ledger.MaxCheckpoint)
	if err != nil {
		return 0
	}
	c, err := textOf(signed)
	if err != nil {
		return 0
	}
	return c.Size
}

// Pending reports whether a check has entries from index on, which the head may
// not cover yet.
func (r *Reader) Pending(ctx context.Context, checkID string, index int64) (pending bool, err error) {
	err = r.db.View(ctx, func(tx *store.Tx) error {
		last, ok, err := tx.LastLeaf(checkID)
		pending = ok && last.Index >= index
		return err
	})
	return pending, err
}

// Compare says in English what the database has otherwise than the record, of the
// version that entry index recorded. c is nil where its words are erased or withheld.
func (r *Reader) Compare(ctx context.Context, index int64, l leaf.Leaf, c *leaf.Content) (wrong []string, err error) {
	entry, err := l.Bytes()
	if err != nil {
		return nil, err
	}
	err = r.db.View(ctx, func(tx *store.Tx) error {
		have, err := tx.LeafAt(index)
		if desk.KindOf(err) == desk.NotFound || err == nil && !bytes.Equal(have.Bytes, entry) {
			wrong = []string{"the database has another entry in the place of this one, or none"}
			return nil
		}
		if err != nil {
			return err
		}
		v, err := tx.Version(l.Check, l.Rev)
		if desk.KindOf(err) == desk.NotFound {
			wrong = []string{"the database does not have this version"}
			return nil
		}
		if err != nil {
			return err
		}
		if c == nil {
			return nil
		}
		approvals, err := tx.Approvals(l.Check, l.Rev)
		if err != nil {
			return err
		}
		wrong, err = differs(v, approvals, l, *c)
		return err
	})
	return wrong, err
}

func differs(v desk.Version, approvals []desk.Approval, l leaf.Leaf, c leaf.Content) ([]string, error) {
	given, err := leaf.ApprovalBytes(approvals)
	if err != nil {
		return nil, err
	}
	var wrong []string
	for _, part := range []struct {
		name string
		same bool
	}{
		{"the wording", string(desk.VersionBytes(v)) == c.Body},
		{"what publishing added", string(desk.AddedBytes(v)) == c.Added},
		{"the approvals", string(given) == c.Approvals},
		{"the day", v.Published == l.Day},
		{"the methodology", v.Method == l.MethodH},
	} {
		if !part.same {
			wrong = append(wrong, part.name+" in the database is not what was recorded")
		}
	}
	return wrong, nil
}
