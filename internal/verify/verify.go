package verify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"sangto/internal/desk"
	"sangto/ledger"
)

// Place is where a public record is read.
type Place struct {
	// Name is the address or the folder, as people know it.
	Name string
	// Source is rooted at the site: the log lies under "log/".
	Source ledger.Source
	// Shown is what readers see there, nil where there is only the record.
	Shown Shown
	// Own says that Shown is the desk's own database, from which its pages are
	// made, and not the pages.
	Own bool
}

// Folder is a copy of a record in a folder: of a site, of which log/ is a
// part, or of the log alone.
func Folder(dir string) (Place, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return Place{}, err
	}
	p := Place{Name: dir}
	if full, err := filepath.Abs(dir); err == nil {
		p.Name = full
	}
	p.Source = ledger.Folder(root.FS())
	if _, err := root.Stat("log/" + ledger.CheckpointPath); err != nil {
		p.Source = bareLog{p.Source}
	}
	return p, nil
}

// bareLog is a folder that is the log itself.
type bareLog struct{ src ledger.Source }

func (b bareLog) Read(ctx context.Context, path string, limit int) ([]byte, error) {
	rest, ok := strings.CutPrefix(path, logPrefix)
	if !ok {
		return nil, fs.ErrNotExist
	}
	return b.src.Read(ctx, rest, limit)
}

// logPrefix is where the log lies on a site.
const logPrefix = "log/"

// within reads the log of a site.
type within struct{ src ledger.Source }

func (w within) Read(ctx context.Context, path string, limit int) ([]byte, error) {
	return w.src.Read(ctx, logPrefix+path, limit)
}

// Stage is what is being read.
type Stage string

// The stages, in order.
const (
	ReadingLog      Stage = "log"
	ReadingContents Stage = "contents"
	ReadingPages    Stage = "pages"
	ReadingMirrors  Stage = "mirrors"
)

// Options say how much is asked for.
type Options struct {
	// Policy is a policy file (C2SP tlog-policy) of the reader's own: whose
	// signatures are asked for. Empty: the key kept from before, or the one that
	// the place shows.
	Policy []byte
	// Since is a signed checkpoint from before, beside what State keeps.
	Since []byte
	// State is where the last checkpoint is kept; nil for nowhere.
	State *State
	// Mirrors are compared with the place.
	Mirrors []Place
	// Patience is how long to wait for witnesses that have not signed yet.
	Patience time.Duration
	// Today is the present day, for what should have happened by now.
	Today desk.Day
	// Progress is told how far a stage is. It may be nil.
	Progress func(s Stage, done, total int64)
}

// keysMost and policyMost bound what a place says of itself.
const keysMost = 16 << 10

// Run checks the record at a place. An error means that it could not be checked;
// everything wrong with it is in the report.
func Run(ctx context.Context, p Place, o Options) (*Report, error) {
	r := &run{Options: o, place: p, log: within{p.Source}, report: &Report{}}
	err := r.all(ctx)
	r.report.finish()
	if err != nil {
		r.report.OK = false
	}
	return r.report, err
}

type run struct {
	Options
	place  Place
	log    ledger.Source
	report *Report
	policy *ledger.Policy
	// keys are the log's keys that are believed, newest first.
	keys   []string
	known  kept
	before bool
	head   ledger.Checkpoint
}

func (r *run) progress(s Stage) func(done, total int64) {
	if r.Progress == nil {
		return nil
	}
	return func(done, total int64) { r.Progress(s, done, total) }
}

func (r *run) all(ctx context.Context) error {
	if err := r.believe(ctx); err != nil {
		return err
	}
	sound, followed, err := r.audit(ctx)
	if err != nil {
		return err
	}
	if followed == nil {
		return nil // there is no checkpoint to go by
	}
	if sound {
		if err := r.since(ctx); err != nil {
			return err
		}
	}
	if err := r.words(ctx, followed); err != nil {
		return err
	}
	r.mirrors(ctx, sound)
	if !sound {
		return nil
	}
	return r.keep(followed)
}

// believe decides whose signature counts: the reader's own policy, else the key
// kept from before, else what the place says.
func (r *run) believe(ctx context.Context) error {
	if len(r.Policy) > 0 {
		return r.byPolicy()
	}
	origin, err := r.State.originAt(r.place.Name)
	if err != nil {
		return err
	}
	if origin != "" {
		if r.known, r.before, err = r.State.record(origin); err != nil {
			return err
		}
	}
	if r.before {
		r.keys = r.known.Keys
	} else if err := r.askKeys(ctx); err != nil {
		return err
	}
	r.policy, err = policyOf(r.keys)
	return err
}

// byPolicy takes the reader's policy, and what is kept of a log it names.
func (r *run) byPolicy() (err error) {
	if r.policy, err = ledger.ParsePolicy(r.Policy); err != nil {
		return err
	}
	for line := range strings.Lines(string(r.Policy)) {
		words := strings.Fields(line)
		if len(words) < 2 || words[0] != "log" {
			continue
		}
		r.keys = append(r.keys, words[1])
		name, _, _ := strings.Cut(words[1], "+")
		if k, ok, err := r.State.record(name); err != nil {
			return err
		} else if ok {
			r.known, r.before = k, true
		}
	}
	return nil
}

// askKeys believes what the place says of itself, the first time.
func (r *run) askKeys(ctx context.Context) error {
	text, err := r.log.Read(ctx, "key", keysMost)
	if err != nil {
		return fmt.Errorf("the record's key (or give --policy): %w", err)
	}
	for _, vkey := range strings.Fields(string(text)) {
		if _, err := ledger.NewVerifier(vkey); err != nil {
			return fmt.Errorf("the record's key: %w", err)
		}
		r.keys = append(r.keys, vkey)
	}
	if len(r.keys) == 0 {
		return errors.New("the place shows no key of its record; give --policy")
	}
	origin, _, _ := strings.Cut(r.keys[0], "+")
	k, ok, err := r.State.record(origin)
	if err != nil {
		return err
	}
	if ok {
		// The same record was seen elsewhere: what was kept there counts.
		r.known, r.before, r.keys = k, true, k.Keys
		return nil
	}
	r.report.note(FirstUse, 1, r.keys[0])
	return nil
}

func policyOf(keys []string) (*ledger.Policy, error) {
	var b strings.Builder
	for _, k := range keys {
		b.WriteString("log " + k + "\n")
	}
	b.WriteString("quorum none\n")
	return ledger.ParsePolicy([]byte(b.String()))
}

// audit reads the whole log. sound means that the log itself is in order,
// whatever its entries mean; no leaves mean that there was no checkpoint.
func (r *run) audit(ctx context.Context) (sound bool, followed *leaves, err error) {
	head, err := r.settle(ctx)
	if err != nil {
		return false, nil, err
	}
	followed = newLeaves(r.report)
	a := ledger.Audit{
		Policy: r.policy, Progress: r.progress(ReadingLog),
		Entry: func(index int64, entry []byte) error {
			followed.add(index, entry)
			return nil
		},
	}
	if r.before {
		c, err := r.open([]byte(r.known.Checkpoint))
		if err != nil {
			return false, nil, fmt.Errorf("the checkpoint kept from before: %w", err)
		}
		a.Kept, r.report.Since = &c, c.Size
	}
	src := fixed{newAhead(r.log, head.size), head.signed}
	found, err := a.Run(ctx, src)
	if err != nil {
		return false, nil, err
	}
	r.head = found.Checkpoint
	r.report.Signed, r.report.Witnesses = found.Signed, found.Witnesses
	r.report.Origin, r.report.Size = r.head.Origin, r.head.Size
	sound = true
	for _, p := range found.Problems {
		r.report.problem(Problem{Kind: Kind(p.Kind), Index: p.Index, Path: withPrefix(p.Path), Text: p.Text})
		sound = sound && p.Kind == ledger.NoQuorum
	}
	if r.head.Origin == "" {
		return false, nil, nil
	}
	r.report.Root = r.head.Root.String()
	r.report.Checked.Entries = r.head.Size
	followed.sum(r.Today)
	r.logKeys(followed)
	return sound, followed, nil
}

func withPrefix(path string) string {
	if path == "" {
		return ""
	}
	return logPrefix + path
}

// logKeys holds the key that signs to the one that the entries name.
func (r *run) logKeys(followed *leaves) {
	if followed.logKey == "" || !r.signedBy(followed.logKey) {
		r.report.problem(Problem{Kind: Key, Index: -1, Path: logPrefix + ledger.CheckpointPath, Text: "the record does not name the key that signs it now"})
	}
	for _, k := range followed.rotated {
		r.report.note(NewKey, len(followed.rotated), k)
	}
}

func (r *run) signedBy(vkey string) bool {
	p, err := ledger.LogPolicy(vkey)
	if err != nil {
		return false
	}
	_, _, err = p.Open(r.report.Signed)
	return err == nil
}

// open reads a checkpoint of the log, whatever witnesses say.
func (r *run) open(signed []byte) (ledger.Checkpoint, error) {
	c, _, err := r.policy.Open(signed)
	if errors.Is(err, ledger.ErrQuorum) {
		err = nil
	}
	return c, err
}

// newest is the checkpoint as a run goes by it, so that a log that grows
// meanwhile is not two logs.
type newest struct {
	signed []byte
	size   int64
}

// settle reads the checkpoint and waits, within its patience, for witnesses
// that are missing.
func (r *run) settle(ctx context.Context) (newest, error) {
	const every = 3 * time.Second
	for left := r.Patience; ; left -= every {
		signed, err := r.log.Read(ctx, ledger.CheckpointPath, ledger.MaxCheckpoint)
		var damage *ledger.Damage
		if errors.Is(err, fs.ErrNotExist) || errors.As(err, &damage) {
			return newest{}, nil // the audit says so
		}
		if err != nil {
			return newest{}, err
		}
		c, _, err := r.policy.Open(signed)
		if !errors.Is(err, ledger.ErrQuorum) || left <= 0 {
			return newest{signed, c.Size}, nil
		}
		if err := pause(ctx, every); err != nil {
			return newest{}, err
		}
	}
}

// fixed gives one checkpoint, whatever the place says meanwhile.
type fixed struct {
	ledger.Source
	signed []byte
}

func (f fixed) Read(ctx context.Context, path string, limit int) ([]byte, error) {
	if path == ledger.CheckpointPath && f.signed != nil {
		return f.signed, nil
	}
	return f.Source.Read(ctx, path, limit)
}

// since holds the log to the checkpoint that the reader brought.
func (r *run) since(ctx context.Context) error {
	if len(r.Since) == 0 {
		return nil
	}
	old, err := r.open(r.Since)
	if err != nil {
		return fmt.Errorf("the checkpoint given: %w", err)
	}
	r.report.Since = max(r.report.Since, old.Size)
	wrong, err := r.continues(ctx, r.log, old, r.head)
	if err == nil && wrong != "" {
		r.report.problem(Problem{Kind: Fork, Index: -1, Text: wrong})
	}
	return err
}

// continues says in English why a newer checkpoint of the log at src does not
// continue an older one, "" if it does.
func (r *run) continues(ctx context.Context, src ledger.Source, old, next ledger.Checkpoint) (string, error) {
	switch {
	case old.Origin != next.Origin:
		return fmt.Sprintf("one checkpoint is of %q, the other of %q", old.Origin, next.Origin), nil
	case old.Size > next.Size:
		return fmt.Sprintf("the log had %d entries before and has %d now", old.Size, next.Size), nil
	}
	root, err := ledger.RootAt(ctx, src, next, old.Size)
	if err != nil {
		return "", err
	}
	if root != old.Root {
		return fmt.Sprintf("the first %d entries are not those of the checkpoint from before", old.Size), nil
	}
	return "", nil
}

// words reads what lies beside the log, and the pages.
func (r *run) words(ctx context.Context, followed *leaves) error {
	if err := r.askMirror(ctx); err != nil {
		return err
	}
	c := &contents{leaves: followed, src: r.place.Source, shown: r.place.Shown, progress: r.progress(ReadingContents)}
	if err := c.run(ctx); err != nil {
		return err
	}
	if r.place.Shown == nil {
		r.report.note(NoPages, 1, "")
		return nil
	}
	if r.place.Own {
		counted := &r.report.Checked
		counted.Rows, counted.Pages = counted.Pages, 0
		r.report.note(OwnRows, counted.Rows, "")
	}
	if r.Progress != nil {
		r.Progress(ReadingPages, 0, 0)
	}
	return c.walk(ctx)
}

// askMirror asks whether the place is a mirror, whose own pages are not those of
// the desk. A place that says so is not held to its pages, and the report says that it
// said so.
func (r *run) askMirror(ctx context.Context) error {
	if r.place.Shown == nil {
		return nil
	}
	text, err := r.log.Read(ctx, "mirror", keysMost)
	var damage *ledger.Damage
	if errors.Is(err, fs.ErrNotExist) || errors.As(err, &damage) {
		return nil
	}
	if err != nil {
		return err
	}
	var about struct {
		From string `json:"from"`
	}
	if json.Unmarshal(text, &about) == nil && about.From != "" && about.From != r.place.Name {
		r.place.Shown = nil
		r.report.note(Mirrored, 1, about.From)
	}
	return nil
}

// mirrors compares the heads of other copies with this one. A mirror that
// cannot be read says nothing about the record.
func (r *run) mirrors(ctx context.Context, sound bool) {
	for i, m := range r.Mirrors {
		if r.Progress != nil {
			r.Progress(ReadingMirrors, int64(i), int64(len(r.Mirrors)))
		}
		wrong, err := r.mirror(ctx, within{m.Source}, sound)
		switch {
		case err != nil:
			r.report.Unchecked = append(r.report.Unchecked, fmt.Sprintf("mirror %s: %v", m.Name, err))
		case wrong != "":
			r.report.problem(Problem{Kind: Mirror, Index: -1, Path: m.Name, Text: wrong})
		default:
			r.report.Checked.Mirrors++
		}
	}
}

func (r *run) mirror(ctx context.Context, src ledger.Source, sound bool) (string, error) {
	signed, err := src.Read(ctx, ledger.CheckpointPath, ledger.MaxCheckpoint)
	if err != nil {
		return "", err
	}
	c, err := r.open(signed)
	if err != nil {
		return fmt.Sprintf("its checkpoint is not of this record: %v", err), nil
	}
	if c.Size > r.head.Size {
		return r.continues(ctx, src, r.head, c)
	}
	if !sound && c.Size != r.head.Size {
		return "", errors.New("the record is too damaged to compare an older copy with it")
	}
	return r.continues(ctx, r.log, c, r.head)
}

// keep remembers a log that is in order, for the next time.
func (r *run) keep(followed *leaves) error {
	r.report.Keys = slices.Clone(r.keys)
	for _, k := range followed.rotated {
		if !slices.Contains(r.report.Keys, k) {
			r.report.Keys = append([]string{k}, r.report.Keys...)
		}
	}
	return r.State.keep(r.place.Name, r.head.Origin, kept{Keys: r.report.Keys, Checkpoint: string(r.report.Signed)})
}
