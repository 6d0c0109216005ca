package record

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"sangto/internal/desk"
	"sangto/internal/keys"
	"sangto/internal/record/leaf"
	"sangto/internal/store"
	"sangto/ledger"
)

// Repaired says what a repair did.
type Repaired struct {
	// Leaves came back from the published log, Contents of them with their words.
	Leaves, Contents int64
	// Lost are the versions that the record has and the database has not: their
	// pages come back with a newer backup or not at all.
	Lost []Lost
}

// Lost is a version whose page is gone.
type Lost struct {
	CheckID string
	Number  int
}

// Repair gives a database that lacks signed leaves those leaves back, from the
// files of the published log, after reading that log whole. It signs nothing and
// changes no leaf: a database that holds others in their place is ErrRolledBack,
// because none of the two may be taken away. from is a folder that a mirror
// keeps, for the words behind the leaves; empty for none. Nobody may serve the
// folder meanwhile.
func Repair(ctx context.Context, o Options, from string) (Repaired, error) {
	l, signed, err := openSigned(ctx, o)
	if err != nil {
		return Repaired{}, err
	}
	defer l.Close()
	if signed == nil {
		return Repaired{}, nil
	}
	entries, err := l.readSigned(ctx, signed)
	if err != nil {
		return Repaired{}, err
	}
	var out Repaired
	err = l.db.Update(ctx, func(tx *store.Tx) error {
		out = Repaired{}
		have, err := tx.CountLeaves()
		if err != nil {
			return err
		}
		if err := same(tx, entries, min(have, int64(len(entries)))); err != nil {
			return err
		}
		for i := have; i < int64(len(entries)); i++ {
			if err := putBack(tx, i, entries[i], from, &out); err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

// openSigned opens key, lock and folder without asking the database, and ends
// what a step had begun.
func openSigned(ctx context.Context, o Options) (*Log, []byte, error) {
	l := &Log{db: o.DB}
	var err error
	if l.disk, err = NewFolder(folderPath(o.Data)); err != nil {
		return nil, nil, err
	}
	l.files = ledger.Folder(os.DirFS(folderPath(o.Data)))
	ring, err := keys.OpenLog(keysPath(o.Data))
	if err != nil {
		return nil, nil, err
	}
	secrets, err := ring.Secrets()
	if err != nil {
		return nil, nil, err
	}
	if err := l.believe(secrets, nil); err != nil {
		return nil, nil, err
	}
	if l.lock, err = store.OpenLock(ctx, lockPath(o.Data), false); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			err = ErrLockLost
		}
		return nil, nil, err
	}
	signed, err := l.lock.Load(ctx)
	if err == nil && signed != nil {
		err = (&Sequencer{disk: l.disk}).replay(signed)
	}
	if err != nil {
		l.Close()
		return nil, nil, err
	}
	return l, signed, nil
}

// readSigned reads the published log whole and requires it to be the signed one.
func (l *Log) readSigned(ctx context.Context, signed []byte) ([][]byte, error) {
	published, err := l.Checkpoint()
	if err != nil {
		return nil, fmt.Errorf("%w: there is no checkpoint", ErrLayout)
	}
	if !sameCheckpoint(published, signed) {
		return nil, fmt.Errorf("%w: the checkpoint is another one", ErrLayout)
	}
	policy, err := ledger.ParsePolicy(l.text)
	if err != nil {
		return nil, err
	}
	var entries [][]byte
	report, err := ledger.Audit{Policy: policy, Entry: func(_ int64, b []byte) error {
		entries = append(entries, bytes.Clone(b))
		return nil
	}}.Run(ctx, l.files)
	if err != nil {
		return nil, err
	}
	if !report.Whole() {
		return nil, fmt.Errorf("%w: %s", ErrLayout, report.Problems[0])
	}
	return entries, nil
}

// same requires the first n leaves of the database to be those of the log.
func same(tx *store.Tx, entries [][]byte, n int64) error {
	for from := int64(0); from < n; {
		leaves, err := tx.Leaves(from, int(min(n-from, stepMost)))
		if err != nil {
			return err
		}
		for _, have := range leaves {
			if !bytes.Equal(have.Bytes, entries[have.Index]) {
				return fmt.Errorf("%w: leaf %d is another one", ErrRolledBack, have.Index)
			}
		}
		from += int64(len(leaves))
	}
	return nil
}

func putBack(tx *store.Tx, index int64, entry []byte, from string, out *Repaired) error {
	l, err := leaf.Parse(entry)
	if err != nil {
		return fmt.Errorf("leaf %d: %w", index, err)
	}
	text := mirrored(from, index, l)
	_, err = tx.AddLeaf(store.Leaf{Kind: string(l.Kind), Subject: subjectOf(l), Rev: l.Rev, Bytes: entry, Hash: leaf.Hash(entry)}, l.Check, text)
	if err != nil {
		return err
	}
	out.Leaves++
	if text != "" {
		out.Contents++
	}
	if l.Kind.OfVersion() && l.BodyH != "" {
		if _, err := tx.Version(l.Check, l.Rev); desk.KindOf(err) == desk.NotFound {
			out.Lost = append(out.Lost, Lost{l.Check, l.Rev})
		} else if err != nil {
			return err
		}
	}
	return nil
}

// subjectOf is what a leaf is found by.
func subjectOf(l leaf.Leaf) string {
	switch l.Kind {
	case leaf.Policy:
		return pageSubject(l.Desk, l.Page)
	case leaf.Beat:
		return beatSubject
	case leaf.Keys:
		if l.Key == "" {
			return logKeySubject
		}
		return l.Key
	}
	return l.Check
}

// mirrored is the words behind a leaf as a mirror keeps them, "" where it does
// not or where they are not what was recorded.
func mirrored(from string, index int64, l leaf.Leaf) string {
	if from == "" || l.BodyH == "" {
		return ""
	}
	name := strconv.FormatInt(index, 10)
	for _, p := range []string{filepath.Join(from, "content", name), filepath.Join(from, "log", "content", name)} {
		b, err := os.ReadFile(p)
		if err != nil {
			continue
		}
		if c, err := leaf.ParseContent(b); err == nil && l.Holds(c) == nil {
			return string(b)
		}
	}
	return ""
}

// Guard makes a database that a command opens beside or without a running desk
// take no leaf where it lacks some that were signed. A folder without a lock has
// no record yet.
func Guard(ctx context.Context, db *store.DB, data string) error {
	lock, err := store.OpenLock(ctx, lockPath(data), false)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = lock.Close() }()
	signed, err := lock.Load(ctx)
	if err != nil || signed == nil {
		return err
	}
	c, err := textOf(signed)
	if err != nil {
		return fmt.Errorf("the lock: %w", err)
	}
	n, err := rows{db}.Count(ctx)
	if err == nil && n < c.Size {
		db.HoldLeaves(fmt.Errorf("%w: it has %d leaves, %d were signed", ErrRolledBack, n, c.Size))
	}
	return err
}

// textOf reads what a checkpoint says, whoever signed it.
func textOf(signed []byte) (ledger.Checkpoint, error) {
	text, _, _ := bytes.Cut(signed, []byte("\n\n"))
	return ledger.ParseText(string(text) + "\n")
}

// RotateKey goes over to a new key of the log and returns its public half. The
// record says so first, signed by both keys; a desk that is running signs with
// the new one from its next start, and with the old one beside it. A change
// that was cut short is carried on.
func RotateKey(ctx context.Context, o Options) (vkey string, err error) {
	ring, err := keys.OpenLog(keysPath(o.Data))
	if err != nil {
		return "", err
	}
	secrets, err := ring.Secrets()
	if err != nil {
		return "", err
	}
	next, err := ring.Next()
	if errors.Is(err, fs.ErrNotExist) {
		if next, _, err = ledger.GenerateKey(rand.Reader, originOf(secrets[0])); err != nil {
			return "", err
		}
		if err = ring.Prepare(next); err == nil {
			next, err = ring.Next()
		}
	}
	if err != nil {
		return "", err
	}
	if vkey, err = ledger.VerifierKey(next); err != nil {
		return "", err
	}
	done, err := rotated(ctx, o.DB, next)
	if err != nil {
		return "", err
	}
	if !done {
		err := o.DB.Update(ctx, func(tx *store.Tx) error { return Rotation(tx, secrets[0], next) })
		if err != nil {
			return "", err
		}
	}
	return vkey, ring.Change()
}

// originOf is the log's name in a secret key.
func originOf(secret string) string {
	signer, err := ledger.NewSigner(secret)
	if err != nil {
		return ""
	}
	return signer.Name()
}
