package record

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"sync"

	"sangto/ledger"
)

// Leaves are the entries of the log in the order that the database gave them.
// Once read, an entry never changes and none comes before it.
type Leaves interface {
	// Count is how many there are.
	Count(ctx context.Context) (int64, error)
	// Read gives up to limit entries from index from on, in order.
	Read(ctx context.Context, from int64, limit int) ([][]byte, error)
}

// Lock holds the newest signed checkpoint. It must never be rolled back: it is
// what two processes, or one with an old backup, are told apart by.
type Lock interface {
	// Load returns the signed checkpoint, nil where there is none yet.
	Load(ctx context.Context) ([]byte, error)
	// Replace puts next in the place of old (nil for none) in one durable
	// step and reports false, changing nothing, where old is not what is there.
	Replace(ctx context.Context, old, next []byte) (bool, error)
}

// Disk is the folder in which the log lies, by paths of package ledger. Every
// method is durable when it returns without an error.
type Disk interface {
	// Read fails with [fs.ErrNotExist] for what is not there.
	Read(path string) ([]byte, error)
	// Write makes or replaces a whole file, or changes nothing.
	Write(path string, data []byte) error
	// Remove removes a file; one that is not there is no error.
	Remove(path string) error
}

// stagePath holds what is about to be laid out. It is not a path of the log.
const stagePath = ".stage"

// stepMost bounds the leaves of one step, so that a step fits in memory and a
// checkpoint comes out every few thousand.
const stepMost = 4096

var (
	// ErrRolledBack means that the database lacks leaves that were signed, or
	// holds others in their place: an old backup was put back.
	ErrRolledBack = errors.New("the database does not continue the signed record")
	// ErrLockLost means that there is a published log but nothing in the
	// lock: to sign again could sign a second history.
	ErrLockLost = errors.New("the record is published but its lock is empty")
	// ErrOvertaken means that somebody else signed meanwhile.
	ErrOvertaken = errors.New("another program signs this record")
	// ErrLayout means that the published files are not those of the checkpoint.
	ErrLayout = errors.New("the published files do not belong to the signed checkpoint")
)

// Sequencer signs and lays out the log. One may run on a folder at a time; the
// lock refuses a second. Its methods may be called from any goroutine.
type Sequencer struct {
	leaves Leaves
	lock   Lock
	disk   Disk
	// signers are the log's keys, the newest first; all of them sign, so that
	// whoever knows the one before still reads the log after a change.
	signers   []ledger.Signer
	verifiers []ledger.Verifier

	mu sync.Mutex
	// front and signed are the tree and the checkpoint that the lock holds
	// and the folder shows.
	front  *ledger.Frontier
	signed []byte
	// stale means that a step failed on the way, so that only the lock knows
	// what holds.
	stale bool
}

// Open makes the folder show what the lock holds and checks that the database
// continues it. It returns an error that is [ErrRolledBack], [ErrLockLost] or
// [ErrLayout] where nothing may be signed; the published log stays readable.
func Open(ctx context.Context, leaves Leaves, lock Lock, disk Disk, skeys ...string) (*Sequencer, error) {
	s := &Sequencer{leaves: leaves, lock: lock, disk: disk}
	for _, skey := range skeys {
		if err := s.addKey(skey); err != nil {
			return nil, fmt.Errorf("the record's key: %w", err)
		}
	}
	if len(s.signers) == 0 {
		return nil, errors.New("the record has no key")
	}
	if err := s.resume(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Sequencer) addKey(skey string) error {
	signer, err := ledger.NewSigner(skey)
	if err != nil {
		return err
	}
	vkey, err := ledger.VerifierKey(skey)
	if err != nil {
		return err
	}
	verifier, err := ledger.NewVerifier(vkey)
	if err != nil {
		return err
	}
	s.signers, s.verifiers = append(s.signers, signer), append(s.verifiers, verifier)
	return nil
}

// resume brings folder and memory to what the lock holds.
func (s *Sequencer) resume(ctx context.Context) error {
	signed, err := s.lock.Load(ctx)
	if err != nil {
		return err
	}
	if signed == nil {
		return s.begin()
	}
	c, _, err := ledger.OpenCheckpoint(signed, s.verifiers...)
	if err != nil {
		return fmt.Errorf("the lock: %w", err)
	}
	if err := s.replay(signed); err != nil {
		return err
	}
	published, err := s.disk.Read(ledger.CheckpointPath)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if !sameCheckpoint(published, signed) {
		return fmt.Errorf("%w: the checkpoint is another one", ErrLayout)
	}
	front, err := ledger.LoadFrontier(c, s.disk.Read)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrLayout, err)
	}
	if err := s.continues(ctx, c); err != nil {
		return err
	}
	s.front, s.signed, s.stale = front, signed, false
	return nil
}

// begin is the start of a new log. A folder that already shows one belongs to
// a lock that was lost.
func (s *Sequencer) begin() error {
	if _, err := s.disk.Read(ledger.CheckpointPath); err == nil {
		return ErrLockLost
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	s.front, s.signed, s.stale = &ledger.Frontier{}, nil, false
	// A staged first step was never locked, so nobody has seen it.
	return s.disk.Remove(stagePath)
}

// continues recomputes the root of the database's leaves at the size that was
// signed. It reads every leaf once at start: a tenth of a second for a hundred thousand.
func (s *Sequencer) continues(ctx context.Context, c ledger.Checkpoint) error {
	count, err := s.leaves.Count(ctx)
	if err != nil {
		return err
	}
	if count < c.Size {
		return fmt.Errorf("%w: it has %d leaves, %d were signed", ErrRolledBack, count, c.Size)
	}
	var tree ledger.Frontier
	for tree.Size() < c.Size {
		entries, err := s.read(ctx, tree.Size(), min(stepMost, c.Size-tree.Size()))
		if err != nil {
			return err
		}
		for _, e := range entries {
			tree.Append(ledger.EntryHash(e), nil)
		}
	}
	if tree.Root() != c.Root {
		return fmt.Errorf("%w: among the first %d leaves are others", ErrRolledBack, c.Size)
	}
	return nil
}

// read gives exactly n entries.
func (s *Sequencer) read(ctx context.Context, from, n int64) ([][]byte, error) {
	entries, err := s.leaves.Read(ctx, from, int(n))
	if err != nil {
		return nil, err
	}
	if int64(len(entries)) != n {
		return nil, fmt.Errorf("the database gave %d leaves from %d on instead of %d", len(entries), from, n)
	}
	return entries, nil
}

// Signed is the newest signed checkpoint; nil before the first.
func (s *Sequencer) Signed() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return bytes.Clone(s.signed)
}

// Attach publishes the newest checkpoint with the lines that witnesses added to
// it. signed must be what Signed returned; if a newer one came meanwhile, the
// lines are dropped.
func (s *Sequencer) Attach(signed, cosigned []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stale || !bytes.Equal(signed, s.signed) || !sameCheckpoint(signed, cosigned) {
		return nil
	}
	if err := s.disk.Write(ledger.CheckpointPath, cosigned); err != nil {
		s.stale = true
		return fmt.Errorf("checkpoint: %w", err)
	}
	return nil
}

// Step signs and publishes the leaves that have come since the last step, at
// most a few thousand, and reports whether there were any. What is true on disk if
// we die after each part is said where the part is.
func (s *Sequencer) Step(ctx context.Context) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stale {
		if err := s.resume(ctx); err != nil {
			return false, err
		}
	}
	count, err := s.leaves.Count(ctx)
	if err != nil {
		return false, err
	}
	if count < s.front.Size() {
		return false, fmt.Errorf("%w: it has %d leaves, %d were signed", ErrRolledBack, count, s.front.Size())
	}
	if count == s.front.Size() && s.signed != nil {
		return false, nil
	}
	next, files, err := s.grow(ctx, min(count, s.front.Size()+stepMost))
	if err != nil {
		return false, err
	}
	c := ledger.Checkpoint{Origin: s.signers[0].Name(), Size: next.Size(), Root: next.Root()}
	signed, err := c.Sign(s.signers...)
	if err != nil {
		return false, err
	}
	if err := s.commit(ctx, signed, files); err != nil {
		s.stale = true
		return false, err
	}
	s.front, s.signed = next, signed
	return true, nil
}

// grow reads the leaves up to size and makes the tree and the files of that
// size. The bundle that was partial is made anew from its first entry.
func (s *Sequencer) grow(ctx context.Context, size int64) (*ledger.Frontier, []ledger.File, error) {
	old := s.front.Size()
	from := old - old%ledger.Width
	entries, err := s.read(ctx, from, size-from)
	if err != nil {
		return nil, nil, err
	}
	next := s.front.Clone()
	var files []ledger.File
	var bundle []byte
	for i, e := range entries {
		index := from + int64(i)
		if bundle, err = ledger.AppendEntry(bundle, e); err != nil {
			return nil, nil, fmt.Errorf("leaf %d: %w", index, err)
		}
		if index >= old {
			next.Append(ledger.EntryHash(e), func(f ledger.File) { files = append(files, f) })
		}
		if width := int(index%ledger.Width) + 1; width == ledger.Width || index == size-1 {
			files = append(files, ledger.File{Path: ledger.EntriesPath(index/ledger.Width, width), Data: bundle})
			bundle = nil
		}
	}
	return next, append(files, next.Edge()...), nil
}

// commit makes the checkpoint the log's newest.
//
// Dying before the stage is written changes nothing. Dying after it, before
// the lock: the stage holds a checkpoint that nobody has seen and that is not in the
// lock; the next start drops it. The step is then made again from the database, with the
// same bytes, since Ed25519 signs alike.
//
// Dying after the lock: the lock is ahead of the folder, and the stage holds
// exactly what is missing; the next start lays it out. From here on this checkpoint is the
// truth, whether or not we were told that the lock took it: after any failure the
// next step begins, as a start does, with what the lock holds.
//
// Dying between the files: files beyond the published checkpoint are no part
// of any log that was shown. Dying after the checkpoint: the stage is left over and is dropped.
func (s *Sequencer) commit(ctx context.Context, signed []byte, files []ledger.File) error {
	if err := s.disk.Write(stagePath, packStage(signed, files)); err != nil {
		return fmt.Errorf("stage: %w", err)
	}
	ok, err := s.lock.Replace(ctx, s.signed, signed)
	if err != nil {
		return fmt.Errorf("lock: %w", err)
	}
	if !ok {
		return ErrOvertaken
	}
	return s.layOut(signed, files)
}

// layOut writes the files and then the checkpoint that promises them.
func (s *Sequencer) layOut(signed []byte, files []ledger.File) error {
	for _, f := range files {
		if err := s.put(f); err != nil {
			return err
		}
	}
	if err := s.disk.Write(ledger.CheckpointPath, signed); err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	return s.disk.Remove(stagePath)
}

// put writes a file that never changes. One that is there with other bytes is
// evidence of something gone badly wrong and is left alone.
func (s *Sequencer) put(f ledger.File) error {
	there, err := s.disk.Read(f.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if err := s.disk.Write(f.Path, f.Data); err != nil {
			return fmt.Errorf("%s: %w", f.Path, err)
		}
		return nil
	case err != nil:
		return fmt.Errorf("%s: %w", f.Path, err)
	case !bytes.Equal(there, f.Data):
		return fmt.Errorf("%w: %s is there with other bytes", ErrLayout, f.Path)
	}
	return nil
}

// replay lays out the stage where it is what the lock holds, and drops it
// where it is not.
func (s *Sequencer) replay(signed []byte) error {
	b, err := s.disk.Read(stagePath)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	staged, files, err := unpackStage(b)
	if err != nil || !bytes.Equal(staged, signed) {
		return s.disk.Remove(stagePath)
	}
	return s.layOut(signed, files)
}

// sameCheckpoint compares what was signed. Witnesses may have added lines to
// the published one.
func sameCheckpoint(a, b []byte) bool {
	textA, _, okA := bytes.Cut(a, []byte("\n\n"))
	textB, _, okB := bytes.Cut(b, []byte("\n\n"))
	return okA && okB && bytes.Equal(textA, textB)
}

// validPath keeps a damaged stage from writing outside the log.
func validPath(p string) bool {
	if p == ledger.CheckpointPath {
		return false
	}
	_, err := ledger.ParsePath(p)
	return err == nil && path.Clean(p) == p
}
