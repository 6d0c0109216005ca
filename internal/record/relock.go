package record

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"sangto/internal/desk"
	"sangto/internal/keys"
	"sangto/internal/store"
	"sangto/ledger"
)

// Head is a checkpoint as somebody outside has it: a mirror, a witness, a reader
// who verified.
type Head struct {
	Name   string
	Signed []byte
}

var (
	// ErrForked means that two checkpoints that this log signed do not belong to
	// one history. Nothing can be signed that continues both.
	ErrForked = errors.New("the record has been signed in two histories")
	// ErrLockBehind means that the lock is older than what was published: it was put
	// back from a backup.
	ErrLockBehind = errors.New("the record's lock is older than what was published")
	// ErrHead means that a checkpoint that was named is none of this log.
	ErrHead = errors.New("this is no checkpoint of the record")
	// ErrAhead means that the database holds so many leaves beyond every known
	// checkpoint that some must have been signed.
	ErrAhead = errors.New("the database is far ahead of every checkpoint that is known")
)

// aheadMost is how many leaves may wait that no known checkpoint covers. A desk
// signs within a second and takes no leaf without its lock, so that more of them
// mean that somebody has a newer checkpoint.
const aheadMost = 200

// Relock makes the lock hold the newest checkpoint that is known, where the lock was
// lost or put back from a backup: of the published one, of one that was staged, of
// the lock's own, of the heads and of those that the copies show. The operator
// asserts that nothing newer was signed; nothing here can know.
//
// It goes forward only and signs nothing. Every checkpoint must be this log's and
// all must belong to one history, which is recomputed from the entries and not
// believed; the database must hold that history or a beginning of it, and no more
// beyond it than may have been waiting. Nobody may serve the folder meanwhile.
func Relock(ctx context.Context, o Options, heads []Head, copies ...Copy) (ledger.Checkpoint, error) {
	l, err := openPublished(o)
	if err != nil {
		return ledger.Checkpoint{}, err
	}
	defer l.Close()
	held, err := l.held(ctx, o)
	if err != nil {
		return ledger.Checkpoint{}, err
	}
	known, err := l.known(ctx, held, heads, copies)
	if err != nil {
		return ledger.Checkpoint{}, err
	}
	newest := known[len(known)-1]
	entries, err := l.entriesUnder(ctx, newest, copies)
	if err != nil {
		return ledger.Checkpoint{}, err
	}
	if err := oneHistory(known, entries); err != nil {
		return ledger.Checkpoint{}, err
	}
	if err := l.within(ctx, entries); err != nil {
		return ledger.Checkpoint{}, err
	}
	if err := l.layOutAll(ctx, newest.signed, entries); err != nil {
		return ledger.Checkpoint{}, err
	}
	return newest.Checkpoint, l.hold(ctx, o, held, newest.signed)
}

// openPublished opens key and folder, and neither asks the database nor the lock.
func openPublished(o Options) (*Log, error) {
	l := &Log{db: o.DB}
	var err error
	if l.disk, err = NewFolder(folderPath(o.Data)); err != nil {
		return nil, err
	}
	l.files = ledger.Folder(os.DirFS(folderPath(o.Data)))
	ring, err := keys.OpenLog(keysPath(o.Data))
	if err != nil {
		return nil, err
	}
	secrets, err := ring.Secrets()
	if err != nil {
		return nil, err
	}
	return l, l.believe(secrets, nil)
}

// held is what the lock holds, nil where there is no lock or nothing in it.
func (l *Log) held(ctx context.Context, o Options) ([]byte, error) {
	lock, err := store.OpenLock(ctx, o.lock(), false)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = lock.Close() }()
	return lock.Load(ctx)
}

// hold makes the lock hold a checkpoint in the place of what it held.
func (l *Log) hold(ctx context.Context, o Options, held, signed []byte) error {
	if bytes.Equal(held, signed) {
		return nil
	}
	lock, err := store.OpenLock(ctx, o.lock(), true)
	if err != nil {
		return err
	}
	defer func() { _ = lock.Close() }()
	ok, err := lock.Replace(ctx, held, signed)
	if err == nil && !ok {
		err = ErrOvertaken
	}
	return err
}

// knownHead is a checkpoint that this log signed.
type knownHead struct {
	ledger.Checkpoint
	name   string
	signed []byte
}

// known reads every checkpoint there is, the smallest first. One that was named and
// cannot be read or was not signed by this log is an error: to leave it out
// would be to forget what somebody saw.
func (l *Log) known(ctx context.Context, held []byte, heads []Head, copies []Copy) ([]knownHead, error) {
	heads = slices.Clone(heads)
	for _, c := range copies {
		signed, err := c.Source.Read(ctx, sitePrefix+ledger.CheckpointPath, ledger.MaxCheckpoint)
		if err != nil {
			return nil, fmt.Errorf("the checkpoint at %s: %w", c.Name, err)
		}
		heads = append(heads, Head{c.Name, signed})
	}
	if held != nil {
		heads = append(heads, Head{"lock.db", held})
	}
	switch published, err := l.disk.Read(ledger.CheckpointPath); {
	case err == nil:
		heads = append(heads, Head{"log/" + ledger.CheckpointPath, published})
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	// The lock may have taken what was staged before it was lost.
	if stage, err := l.disk.Read(stagePath); err == nil {
		if staged, _, err := unpackStage(stage); err == nil {
			heads = append(heads, Head{"log/" + stagePath, staged})
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	out := make([]knownHead, 0, len(heads))
	for _, h := range heads {
		c, err := l.open(h.Signed)
		if err != nil {
			return nil, fmt.Errorf("%s: %w: %w", h.Name, ErrHead, err)
		}
		out = append(out, knownHead{c, h.Name, h.Signed})
	}
	if len(out) == 0 {
		return nil, &desk.Error{Kind: desk.NotFound, Op: "rebuild the lock", Key: "error.record.no_head"}
	}
	slices.SortStableFunc(out, func(a, b knownHead) int { return cmp.Compare(a.Size, b.Size) })
	return out, nil
}

// entriesUnder finds the entries under a checkpoint wherever they are whole: in the
// folder, in the stage's files, in the database, at a copy.
func (l *Log) entriesUnder(ctx context.Context, h knownHead, copies []Copy) ([][]byte, error) {
	entries, err := l.entriesOf(ctx, l.files, h.signed)
	if err == nil || !errors.Is(err, ErrLayout) {
		return entries, err
	}
	entries, err = l.findSigned(ctx, h.signed, copies)
	if errors.Is(err, ErrLayout) {
		return nil, fmt.Errorf("the newest checkpoint is that of %s: %w", h.name, err)
	}
	return entries, err
}

// oneHistory recomputes what each checkpoint should say.
func oneHistory(known []knownHead, entries [][]byte) error {
	var tree ledger.Frontier
	for _, h := range known {
		for tree.Size() < h.Size {
			tree.Append(ledger.EntryHash(entries[tree.Size()]), nil)
		}
		if tree.Root() != h.Root {
			return fmt.Errorf("%w: that of %s, of %d entries, is not a beginning of that of %s", ErrForked, h.name, h.Size, known[len(known)-1].name)
		}
	}
	return nil
}

// within holds the database to the history.
func (l *Log) within(ctx context.Context, entries [][]byte) error {
	return l.db.View(ctx, func(tx *store.Tx) error {
		have, err := tx.CountLeaves()
		if err != nil {
			return err
		}
		if have > int64(len(entries))+aheadMost {
			return fmt.Errorf("%w: it holds %d entries, they cover %d", ErrAhead, have, len(entries))
		}
		return same(tx, entries, min(have, int64(len(entries))))
	})
}
