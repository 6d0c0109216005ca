package ledger

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"golang.org/x/mod/sumdb/tlog"
)

// Audit is a complete check of one log: every entry is read, every hash of
// every tile recomputed.
type Audit struct {
	// Policy says whose checkpoint is believed.
	Policy *Policy
	// Kept is a checkpoint seen earlier, nil for none. A log that does not
	// begin with it has been rewritten or forked.
	Kept *Checkpoint
	// Entry is called for every entry in order and returns what is wrong with it,
	// nil for nothing. It may be nil. The bytes are good until it returns.
	Entry func(index int64, entry []byte) error
	// Progress is called now and then with the entries read so far. It may be nil.
	Progress func(done, total int64)
}

// Report is what an audit found.
type Report struct {
	Checkpoint Checkpoint
	// Signed is the checkpoint as it was read, to be kept for the next audit.
	Signed []byte
	// Witnesses are the names of those that signed the checkpoint.
	Witnesses []string
	// Problems are what is wrong, in the order of the log, at most
	// [MaxProblems] of them.
	Problems []Problem
}

// Whole reports whether nothing is wrong.
func (r *Report) Whole() bool { return len(r.Problems) == 0 }

// MaxProblems bounds the list of a report.
const MaxProblems = 100

// ProblemKind says what sort of thing is wrong.
type ProblemKind string

// The kinds of problem.
const (
	// BadCheckpoint: no checkpoint, no log's signature, or not well formed.
	BadCheckpoint ProblemKind = "checkpoint"
	// NoQuorum: too few witnesses.
	NoQuorum ProblemKind = "quorum"
	// Fork: the log is not a continuation of the checkpoint that was kept.
	Fork ProblemKind = "fork"
	// Missing: a file that the checkpoint promises is not there.
	Missing ProblemKind = "missing"
	// BadTile: a tile or a bundle is not what the entries make it.
	BadTile ProblemKind = "tile"
	// BadRoot: the entries do not lead to the root of the checkpoint.
	BadRoot ProblemKind = "root"
	// BadEntry: the caller found an entry wrong.
	BadEntry ProblemKind = "entry"
)

// Problem is one thing that is wrong with a log.
type Problem struct {
	Kind ProblemKind `json:"kind"`
	// Index is the entry concerned, -1 where it is none in particular.
	Index int64 `json:"index"`
	// Path is the file concerned, empty where it is none in particular.
	Path string `json:"path,omitempty"`
	Text string `json:"text"`
}

func (p Problem) String() string {
	if p.Path != "" {
		return p.Path + ": " + p.Text
	}
	return p.Text
}

// Run audits the log at src. An error means that it could not be checked (the
// network failed, the context ended), which says nothing about the rest of
// the log; everything wrong with the log itself is in the report.
func (a Audit) Run(ctx context.Context, src Source) (*Report, error) {
	r := &auditor{Audit: a, src: src, report: &Report{}}
	signed, err := src.Read(ctx, CheckpointPath, MaxCheckpoint)
	if ok, err := r.usable(CheckpointPath, -1, err); err != nil || !ok {
		return r.report, err
	}
	if !r.open(signed) {
		return r.report, nil
	}
	return r.report, r.walk(ctx)
}

type auditor struct {
	Audit
	src    Source
	report *Report
	tree   Frontier
}

func (r *auditor) problem(p Problem) {
	if len(r.report.Problems) < MaxProblems {
		r.report.Problems = append(r.report.Problems, p)
	}
}

func (r *auditor) open(signed []byte) bool {
	c, witnesses, err := r.Policy.Open(signed)
	r.report.Checkpoint, r.report.Witnesses, r.report.Signed = c, witnesses, signed
	switch {
	case errors.Is(err, ErrQuorum):
		r.problem(Problem{NoQuorum, -1, CheckpointPath, err.Error()})
	case err != nil:
		r.problem(Problem{BadCheckpoint, -1, CheckpointPath, err.Error()})
		return false
	}
	if r.Kept == nil {
		return true
	}
	if r.Kept.Origin != c.Origin {
		r.problem(Problem{Fork, -1, CheckpointPath, fmt.Sprintf("the checkpoint kept from before is of %q, this one of %q", r.Kept.Origin, c.Origin)})
		return false
	}
	if r.Kept.Size > c.Size {
		r.problem(Problem{Fork, -1, CheckpointPath, fmt.Sprintf("the log had %d entries before and has %d now", r.Kept.Size, c.Size)})
	}
	return true
}

func (r *auditor) walk(ctx context.Context) error {
	size := r.report.Checkpoint.Size
	for n := int64(0); n*Width < size; n++ {
		ok, err := r.bundle(ctx, Tile{entriesLevel, n, int(min(Width, size-n*Width))})
		if err != nil {
			return err
		}
		if !ok {
			return nil
		}
		if r.Progress != nil {
			r.Progress(r.tree.size, size)
		}
	}
	for _, f := range r.tree.Edge() {
		if err := r.compare(ctx, f); err != nil {
			return err
		}
	}
	r.kept()
	if got := r.tree.Root(); got != r.report.Checkpoint.Root {
		r.problem(Problem{BadRoot, -1, "", fmt.Sprintf("the %d entries lead to the root %s, the checkpoint says %s", size, got, r.report.Checkpoint.Root)})
	}
	return nil
}

// kept compares the tree, when it has the size of the checkpoint kept from
// before, with that checkpoint.
func (r *auditor) kept() {
	if r.Kept == nil || r.tree.size != r.Kept.Size {
		return
	}
	if r.tree.Root() != r.Kept.Root {
		r.problem(Problem{Fork, -1, "", fmt.Sprintf("the first %d entries are not those of the checkpoint kept from before", r.Kept.Size)})
	}
}

// bundle reads one bundle of entries and adds them to the tree. Where the
// bundle is of no use, the hashes of its tile stand in, so that the rest of the log
// is still looked at; ok is false where there are none either.
func (r *auditor) bundle(ctx context.Context, t Tile) (ok bool, err error) {
	leaves, err := r.entries(ctx, t)
	if err != nil {
		return false, err
	}
	if leaves == nil {
		leaves, err = r.leafHashes(ctx, Tile{0, t.N, t.W})
		if err != nil || leaves == nil {
			return false, err
		}
	}
	var failed error
	for _, h := range leaves {
		if r.tree.size > 0 && r.tree.size < r.report.Checkpoint.Size {
			r.kept()
		}
		r.tree.Append(h, func(f File) {
			if err := r.compare(ctx, f); err != nil && failed == nil {
				failed = err
			}
		})
	}
	return true, failed
}

// entries reads and reports on a bundle. No hashes and no error mean that it
// is of no use.
func (r *auditor) entries(ctx context.Context, t Tile) ([]Hash, error) {
	b, err := ReadTile(ctx, r.src, t)
	if ok, err := r.usable(t.Path(), t.N*Width, err); err != nil || !ok {
		return nil, err
	}
	entries, err := ReadEntries(b, t.W)
	if err != nil {
		r.problem(Problem{BadTile, t.N * Width, t.Path(), err.Error()})
		return nil, nil
	}
	leaves := make([]Hash, len(entries))
	for i, e := range entries {
		leaves[i] = EntryHash(e)
		if r.Entry == nil {
			continue
		}
		index := t.N*Width + int64(i)
		if err := r.Entry(index, e); err != nil {
			r.problem(Problem{BadEntry, index, t.Path(), err.Error()})
		}
	}
	return leaves, nil
}

func (r *auditor) leafHashes(ctx context.Context, t Tile) ([]Hash, error) {
	b, err := ReadTile(ctx, r.src, t)
	if ok, err := r.usable(t.Path(), t.N*Width, err); err != nil || !ok {
		return nil, err
	}
	return tileHashes(b), nil
}

// usable turns what reading a file met into a problem of the log, where it is
// one: a file that is missing or cannot be what it should be. Any other error is given back.
func (r *auditor) usable(path string, index int64, err error) (bool, error) {
	var damage *Damage
	switch {
	case errors.Is(err, fs.ErrNotExist):
		r.problem(Problem{Missing, index, path, "the file is not there"})
	case errors.As(err, &damage):
		r.problem(Problem{BadTile, index, path, damage.Text})
	default:
		return err == nil, err
	}
	return false, nil
}

// compare holds a tile against what the entries make it.
func (r *auditor) compare(ctx context.Context, want File) error {
	t, err := ParsePath(want.Path)
	if err != nil {
		return err
	}
	got, err := ReadTile(ctx, r.src, t)
	if ok, err := r.usable(want.Path, -1, err); err != nil || !ok {
		return err
	}
	for i := 0; i < len(want.Data); i += tlog.HashSize {
		if string(got[i:i+tlog.HashSize]) == string(want.Data[i:i+tlog.HashSize]) {
			continue
		}
		index := int64(-1)
		if t.Level == 0 {
			index = t.N*Width + int64(i/tlog.HashSize)
		}
		r.problem(Problem{BadTile, index, want.Path, "the tile does not match the entries"})
		return nil
	}
	return nil
}
