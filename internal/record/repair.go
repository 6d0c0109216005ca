package record

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"sangto/internal/desk"
	"sangto/internal/keys"
	"sangto/internal/record/leaf"
	"sangto/internal/store"
	"sangto/ledger"
)

// Copy is somebody's copy of the record, rooted at the site: the log lies under
// log/, with the words behind its entries.
type Copy struct {
	Name   string
	Source ledger.Source
}

// Repair gives a database that lacks signed leaves those leaves back, from the
// files of the published log, after reading that log whole, and with them what the
// words behind them are enough for: versions, pages, erasures, ends of keys. Where
// the folder of the log lacks files itself, they come from the database or from a
// copy, if those hold exactly what was signed. It signs nothing and changes no leaf:
// a database that holds others in their place is ErrRolledBack, because none of the
// two may be taken away.
//
// Each leaf comes back in one transaction with what hangs on it. A repair that was cut
// short leaves a database that still lacks leaves, so that nothing can be signed, and
// is run again. Running it again later with a copy that has the words brings back
// what was lost for want of them. Nobody may serve the folder meanwhile.
func Repair(ctx context.Context, o Options, copies ...Copy) (Repaired, error) {
	l, signed, err := openSigned(ctx, o)
	if err != nil {
		return Repaired{}, err
	}
	defer l.Close()
	if signed == nil {
		return Repaired{}, nil
	}
	entries, err := l.readSigned(ctx, signed, copies)
	if err != nil {
		return Repaired{}, err
	}
	err = l.db.View(ctx, func(tx *store.Tx) error {
		have, err := tx.CountLeaves()
		if err != nil {
			return err
		}
		return same(tx, entries, min(have, int64(len(entries))))
	})
	if err != nil {
		return Repaired{}, err
	}
	r := restorer{db: l.db, copies: copies}
	err = r.run(ctx, entries)
	return r.out, err
}

// openSigned opens key, lock and folder without asking the database, and ends
// what a step had begun.
func openSigned(ctx context.Context, o Options) (*Log, []byte, error) {
	l, err := openPublished(o)
	if err != nil {
		return nil, nil, err
	}
	if l.lock, err = store.OpenLock(ctx, o.lock(), false); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			err = ErrLockLost
		}
		return nil, nil, err
	}
	signed, err := l.lock.Load(ctx)
	if err == nil && signed != nil {
		err = (&Sequencer{disk: l.disk}).replay(signed)
	}
	if err == nil && signed == nil {
		// An empty lock beside a log that was shown was lost and made anew.
		if _, err := l.disk.Read(ledger.CheckpointPath); err == nil {
			l.Close()
			return nil, nil, ErrLockLost
		}
	}
	if err != nil {
		l.Close()
		return nil, nil, err
	}
	return l, signed, nil
}

// readSigned reads the published log whole and requires it to be the signed one.
// If it is not, whoever has exactly what was signed gives the files back.
func (l *Log) readSigned(ctx context.Context, signed []byte, copies []Copy) ([][]byte, error) {
	published, err := l.Checkpoint()
	if err == nil && sameCheckpoint(published, signed) {
		entries, err := l.entriesOf(ctx, l.files, signed)
		if err == nil || !errors.Is(err, ErrLayout) {
			return entries, err
		}
	} else if err != nil && desk.KindOf(err) != desk.NotFound {
		return nil, err
	}
	if err := l.notAhead(published, signed); err != nil {
		return nil, err
	}
	entries, err := l.findSigned(ctx, signed, copies)
	if err != nil {
		return nil, err
	}
	return entries, l.layOutAll(ctx, signed, entries)
}

// notAhead refuses to lay out a log under a lock that is older than what the
// folder shows: that would take back what was signed.
func (l *Log) notAhead(published, signed []byte) error {
	shown, err := l.open(published)
	if err != nil {
		return nil // there is none, or it is none of ours
	}
	c, err := l.open(signed)
	if err != nil {
		return err
	}
	if shown.Size > c.Size {
		return fmt.Errorf("%w: log/ shows %d entries, lock.db knows of %d", ErrLockBehind, shown.Size, c.Size)
	}
	if shown.Size == c.Size && shown.Root != c.Root {
		return fmt.Errorf("%w: log/ and lock.db", ErrForked)
	}
	return nil
}

// findSigned looks for the entries under a checkpoint in the database and in copies.
func (l *Log) findSigned(ctx context.Context, signed []byte, copies []Copy) ([][]byte, error) {
	c, err := l.open(signed)
	if err != nil {
		return nil, err
	}
	have, err := rows{l.db}.Count(ctx)
	if err != nil {
		return nil, err
	}
	if have >= c.Size {
		entries, err := l.ownEntries(ctx, c)
		if err != nil || entries != nil {
			return entries, err
		}
	}
	for _, from := range copies {
		entries, err := l.entriesOf(ctx, logOf{from.Source}, signed)
		if err == nil || !errors.Is(err, ErrLayout) {
			return entries, err
		}
	}
	return nil, fmt.Errorf("%w, and neither the database nor a copy that was named has all %d entries", ErrLayout, c.Size)
}

// ownEntries are the leaves of the database if they lead to the signed root, nil
// if they do not.
func (l *Log) ownEntries(ctx context.Context, c ledger.Checkpoint) ([][]byte, error) {
	var entries [][]byte
	var tree ledger.Frontier
	for tree.Size() < c.Size {
		some, err := rows{l.db}.Read(ctx, tree.Size(), int(min(stepMost, c.Size-tree.Size())))
		if err != nil {
			return nil, err
		}
		if len(some) == 0 {
			return nil, nil
		}
		for _, e := range some {
			tree.Append(ledger.EntryHash(e), nil)
		}
		entries = append(entries, some...)
	}
	if tree.Root() != c.Root {
		return nil, nil
	}
	return entries, nil
}

// entriesOf reads the log at src under a checkpoint, whole. One that lacks files or
// has others is ErrLayout.
func (l *Log) entriesOf(ctx context.Context, src ledger.Source, signed []byte) ([][]byte, error) {
	var text strings.Builder
	for _, vkey := range l.vkeys {
		fmt.Fprintf(&text, "log %s\n", vkey)
	}
	policy, err := ledger.ParsePolicy([]byte(text.String() + "quorum none\n"))
	if err != nil {
		return nil, err
	}
	var entries [][]byte
	report, err := ledger.Audit{Policy: policy, Entry: func(_ int64, b []byte) error {
		entries = append(entries, bytes.Clone(b))
		return nil
	}}.Run(ctx, under{src, signed})
	if err != nil {
		return nil, err
	}
	if !report.Whole() {
		return nil, fmt.Errorf("%w: %s", ErrLayout, report.Problems[0])
	}
	return entries, nil
}

// layOutAll writes every file of the log that is not there. One that is there with
// other bytes is ErrLayout and is left alone.
func (l *Log) layOutAll(ctx context.Context, signed []byte, entries [][]byte) error {
	s := &Sequencer{disk: l.disk, leaves: listed(entries), front: &ledger.Frontier{}}
	var files []ledger.File
	for size := int64(0); size < int64(len(entries)); {
		size = min(int64(len(entries)), size+stepMost)
		next, some, err := s.grow(ctx, size)
		if err != nil {
			return err
		}
		s.front, files = next, append(files, some...)
	}
	return s.layOut(signed, files)
}

// listed are leaves in memory.
type listed [][]byte

// Count implements [Leaves].
func (l listed) Count(context.Context) (int64, error) { return int64(len(l)), nil }

// Read implements [Leaves].
func (l listed) Read(_ context.Context, from int64, limit int) ([][]byte, error) {
	return l[from:min(int64(len(l)), from+int64(limit))], nil
}

// logOf reads the log of a site.
type logOf struct{ site ledger.Source }

// Read implements [ledger.Source].
func (l logOf) Read(ctx context.Context, path string, limit int) ([]byte, error) {
	return l.site.Read(ctx, sitePrefix+path, limit)
}

// under reads a log as it was under one checkpoint.
type under struct {
	ledger.Source
	signed []byte
}

// Read implements [ledger.Source].
func (u under) Read(ctx context.Context, path string, limit int) ([]byte, error) {
	if path == ledger.CheckpointPath {
		return u.signed, nil
	}
	return u.Source.Read(ctx, path, limit)
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

// Guard makes a database that a command opens beside or without a running desk
// take no leaf where it lacks some that were signed. place is where the lock is,
// as store.OpenLock takes it; an installation without one has no record yet.
func Guard(ctx context.Context, db *store.DB, place string) error {
	lock, err := store.OpenLock(ctx, place, false)
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
