package record

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"sangto/internal/desk"
	"sangto/internal/fetch"
	"sangto/internal/keys"
	"sangto/internal/record/leaf"
	"sangto/internal/store"
	"sangto/ledger"
)

// Options say where the record of an installation lies.
type Options struct {
	DB *store.DB
	// Data is the data folder: the keys lie in keys/, the published log in log/.
	Data string
	// Lock is where the lock is, as store.OpenLock takes it; empty for lock.db in
	// Data.
	Lock string
	// Origin names a new log; one that exists keeps the name in its key.
	Origin string
	// Witnesses is the text of a policy file (C2SP tlog-policy) that names
	// witnesses and a quorum; empty for none.
	Witnesses []byte
	// Door is what witnesses are asked through. Nil asks none.
	Door *fetch.Client
	// Clock is the time source; nil is time.Now.
	Clock func() time.Time
}

// Log is the public record of an installation while it runs: it signs, lays
// out, and answers for what was published. Its methods may be called from any
// goroutine.
type Log struct {
	db     *store.DB
	disk   Folder
	files  ledger.Source
	lock   *store.Lock
	door   *fetch.Client
	clock  func() time.Time
	vkeys  []string
	text   []byte
	policy *ledger.Policy

	mu  sync.Mutex
	seq *Sequencer
	// refused is why nothing is signed, nil where it is.
	refused atomic.Pointer[error]
	asked   map[string]*asked
}

// The places in the data folder.
func folderPath(data string) string { return filepath.Join(data, "log") }
func keysPath(data string) string   { return filepath.Join(data, "keys") }

// lock is the place of the lock.
func (o Options) lock() string {
	if o.Lock != "" {
		return o.Lock
	}
	return filepath.Join(o.Data, "lock.db")
}

// Origin is the name of a log that is served at a desk's public address.
func Origin(site *url.URL) string { return site.Host + "/log" }

// OpenLog opens the record and checks that the database continues what was
// signed. Where it does not, the log opens all the same, so that what is
// published stays readable, but signs nothing, and the database takes no new
// leaf: Refused says why. Where it does, what the desk published before it had a
// record is recorded first.
func OpenLog(ctx context.Context, o Options) (_ *Log, err error) {
	l := &Log{db: o.DB, door: o.Door, clock: o.Clock, asked: map[string]*asked{}}
	if l.clock == nil {
		l.clock = time.Now
	}
	defer func() {
		if err != nil {
			l.Close()
		}
	}()
	if l.disk, err = NewFolder(folderPath(o.Data)); err != nil {
		return nil, err
	}
	l.files = ledger.Folder(os.DirFS(folderPath(o.Data)))
	secrets, err := l.openKeys(ctx, o)
	if err != nil {
		return nil, err
	}
	if err := l.believe(secrets, o.Witnesses); err != nil {
		return nil, err
	}
	if l.lock == nil {
		l.refuse(ErrLockLost)
		return l, nil
	}
	l.seq, err = Open(ctx, rows{o.DB}, l.lock, l.disk, secrets...)
	if stops(err) {
		l.refuse(err)
		return l, nil
	}
	if err != nil {
		return nil, err
	}
	return l, l.begin(ctx)
}

// begin records what the record lacks.
func (l *Log) begin(ctx context.Context) error {
	return l.db.Update(ctx, func(tx *store.Tx) error {
		if err := FirstKey(tx, l.vkeys[len(l.vkeys)-1]); err != nil {
			return err
		}
		_, err := CatchUp(tx)
		return err
	})
}

// stops reports whether an error means that nothing may be signed any more.
func stops(err error) bool {
	return errors.Is(err, ErrRolledBack) || errors.Is(err, ErrLockLost) || errors.Is(err, ErrLayout) || errors.Is(err, ErrOvertaken)
}

// refuse makes the log sign nothing and the database record nothing.
func (l *Log) refuse(err error) {
	l.refused.Store(&err)
	l.db.HoldLeaves(err)
}

// Refused is why the record signs nothing, nil where it does.
func (l *Log) Refused() error {
	if err := l.refused.Load(); err != nil {
		return *err
	}
	return nil
}

// openKeys opens the lock and the log's keys, and makes both where there is no
// log yet: the lock first, so that one that is missing beside a key was lost. It
// leaves the lock nil then: a new one could sign a second history.
func (l *Log) openKeys(ctx context.Context, o Options) ([]string, error) {
	ring, err := keys.OpenLog(keysPath(o.Data))
	if err != nil {
		return nil, err
	}
	secrets, err := ring.Secrets()
	if errors.Is(err, fs.ErrNotExist) {
		return l.firstKey(ctx, o, ring)
	}
	if err != nil {
		return nil, err
	}
	if l.lock, err = store.OpenLock(ctx, o.lock(), false); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return changed(ctx, o.DB, ring, secrets)
}

// firstKey makes the key of a log that has not begun. A new key under one that
// has would be another log under its name.
func (l *Log) firstKey(ctx context.Context, o Options, ring keys.Log) ([]string, error) {
	var err error
	if l.lock, err = store.OpenLock(ctx, o.lock(), true); err != nil {
		return nil, err
	}
	signed, err := l.lock.Load(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := l.disk.Read(ledger.CheckpointPath); signed != nil || !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the record has begun but its key %s is gone; put back your copy of it", filepath.Join(keysPath(o.Data), "log.key"))
	}
	secret, _, err := ledger.GenerateKey(rand.Reader, o.Origin)
	if err != nil {
		return nil, fmt.Errorf("make the record's key: %w", err)
	}
	if err := ring.Begin(secret); err != nil {
		return nil, fmt.Errorf("make the record's key: %w", err)
	}
	return ring.Secrets()
}

// changed ends a change of the log's key that was recorded but not carried
// out: we died in between.
func changed(ctx context.Context, db *store.DB, ring keys.Log, secrets []string) ([]string, error) {
	next, err := ring.Next()
	if errors.Is(err, fs.ErrNotExist) {
		return secrets, nil
	}
	if err != nil {
		return nil, err
	}
	if done, err := rotated(ctx, db, next); err != nil || !done {
		return secrets, err
	}
	if err := ring.Change(); err != nil {
		return nil, err
	}
	return ring.Secrets()
}

// rotated reports whether the record says that it goes on with a key.
func rotated(ctx context.Context, db *store.DB, secret string) (done bool, err error) {
	vkey, err := ledger.VerifierKey(secret)
	if err != nil {
		return false, err
	}
	err = db.View(ctx, func(tx *store.Tx) error {
		last, ok, err := tx.LastLeaf(logKeySubject)
		if err != nil || !ok {
			return err
		}
		l, err := leaf.Parse(last.Bytes)
		done = err == nil && l.VKey == vkey
		return err
	})
	return done, err
}

// believe sets the keys and the policy.
func (l *Log) believe(secrets []string, witnesses []byte) error {
	var text strings.Builder
	for _, s := range secrets {
		vkey, err := ledger.VerifierKey(s)
		if err != nil {
			return fmt.Errorf("the record's key: %w", err)
		}
		l.vkeys = append(l.vkeys, vkey)
		fmt.Fprintf(&text, "log %s\n", vkey)
	}
	own := "quorum none\n"
	if len(witnesses) > 0 {
		own = withoutLogs(string(witnesses))
	}
	text.WriteString(own)
	l.text = []byte(text.String())
	var err error
	if l.policy, err = ledger.ParsePolicy(l.text); err != nil {
		return &desk.Error{Kind: desk.Invalid, Op: "read the witnesses", Key: "config.error.witnesses", Err: err}
	}
	return nil
}

// withoutLogs leaves the lines that name logs out of a policy: ours is the one.
func withoutLogs(policy string) string {
	var out strings.Builder
	for line := range strings.Lines(policy) {
		if f := strings.Fields(line); len(f) == 0 || f[0] != "log" {
			out.WriteString(strings.TrimRight(line, "\n") + "\n")
		}
	}
	return out.String()
}

// Step signs and publishes what has come. It is called again and again; when
// it finds that the database is not the one that was signed, the log signs
// nothing from then on.
func (l *Log) Step(ctx context.Context) error {
	if l.Refused() != nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for {
		more, err := l.seq.Step(ctx)
		if stops(err) {
			l.refuse(err)
		}
		if err != nil || !more {
			return err
		}
	}
}

// Close releases the lock's file.
func (l *Log) Close() {
	if l.lock != nil {
		_ = l.lock.Close()
	}
}

// Key is the log's verifier keys, a line each, the newest first.
func (l *Log) Key() []byte { return []byte(strings.Join(l.vkeys, "\n") + "\n") }

// Policy is a policy file that names the log and the witnesses it asks.
func (l *Log) Policy() []byte { return l.text }

// Checkpoint is the newest published checkpoint with the lines that witnesses
// added; desk.NotFound before the first.
func (l *Log) Checkpoint() ([]byte, error) { return found(l.disk.Read(ledger.CheckpointPath)) }

// Tile is a tile or an entry bundle by its path; desk.NotFound for what is not
// there and for what is no path of a log.
func (l *Log) Tile(path string) ([]byte, error) {
	if _, err := ledger.ParsePath(path); err != nil {
		return nil, missing()
	}
	return found(l.disk.Read(path))
}

func found(b []byte, err error) ([]byte, error) {
	if errors.Is(err, fs.ErrNotExist) {
		return nil, missing()
	}
	return b, err
}

func missing() error {
	return &desk.Error{Kind: desk.NotFound, Op: "read the record", Key: "error.not_found"}
}

// Absence says why the words behind a leaf are not shown.
type Absence string

// The reasons: none, an order withholds them, they were erased.
const (
	Present  Absence = ""
	Withheld Absence = "withheld"
	Erased   Absence = "erased"
)

// Content is what the hashes of a leaf cover. It is desk.NotFound for a leaf that
// is not there or has none.
func (l *Log) Content(ctx context.Context, index int64) (text string, why Absence, err error) {
	return content(ctx, l.db, index)
}

func content(ctx context.Context, db *store.DB, index int64) (text string, why Absence, err error) {
	err = db.View(ctx, func(tx *store.Tx) error {
		entry, err := tx.LeafAt(index)
		if err != nil {
			return err
		}
		parsed, err := leaf.Parse(entry.Bytes)
		if err != nil {
			return err
		}
		if parsed.BodyH == "" {
			return missing()
		}
		if parsed.Check != "" {
			latest, err := tx.Latest(parsed.Check)
			if err != nil {
				return err
			}
			missing, err := tx.Ahead(parsed.Check)
			if err != nil {
				return err
			}
			if newest, ahead := desk.Ahead(latest, missing, tx.Day()); ahead {
				latest = newest
			}
			if latest.Withheld(tx.Day()) {
				why = Withheld
				return nil
			}
		}
		text, _, err = tx.Content(index)
		if desk.KindOf(err) == desk.NotFound {
			why, err = Erased, nil
		}
		return err
	})
	return text, why, err
}

// Proof is a proof file (C2SP tlog-proof) that the leaf is in the published
// log; desk.NotFound for one that is not in it yet.
func (l *Log) Proof(ctx context.Context, index int64) ([]byte, error) {
	signed, err := l.Checkpoint()
	if err != nil {
		return nil, err
	}
	c, err := l.open(signed)
	if err != nil {
		return nil, err
	}
	if index < 0 || index >= c.Size {
		return nil, missing()
	}
	hashes, err := ledger.ProveInclusion(ctx, l.files, c, index)
	if err != nil {
		return nil, fmt.Errorf("prove leaf %d: %w", index, err)
	}
	return ledger.Proof{Index: index, Hashes: hashes, Checkpoint: signed}.Text(), nil
}

func (l *Log) open(signed []byte) (ledger.Checkpoint, error) {
	c, _, err := l.policy.Open(signed)
	if errors.Is(err, ledger.ErrQuorum) {
		err = nil
	}
	return c, err
}

// Place is where a version stands in the record.
type Place struct {
	// Leaf is its index, BodyH the hash of its text.
	Leaf  int64
	BodyH string
	// Signed says that the published checkpoint covers it; Witnesses are the
	// names of those that signed that checkpoint, and Quorum says that these
	// are as many as the desk's policy asks for. Asked is how many it asks.
	Signed    bool
	Witnesses []string
	Quorum    bool
	Asked     int
}

// Place finds a version of a check; desk.NotFound where it has no leaf.
func (l *Log) Place(ctx context.Context, checkID string, number int) (Place, error) {
	var p Place
	err := l.db.View(ctx, func(tx *store.Tx) error {
		entry, err := tx.LeafOf(checkID, number)
		if err != nil {
			return err
		}
		parsed, err := leaf.Parse(entry.Bytes)
		p.Leaf, p.BodyH = entry.Index, parsed.BodyH
		return err
	})
	if err != nil {
		return p, err
	}
	state, err := l.State()
	p.Signed, p.Witnesses, p.Quorum, p.Asked = p.Leaf < state.Size, state.Witnesses, state.Quorum && len(state.Witnesses) > 0, state.Asked
	return p, err
}

// State is the state of the log as a whole.
type State struct {
	Origin    string
	Size      int64
	Root      string
	Witnesses []string
	Quorum    bool
	Asked     int
	// Refused says that the record signs nothing now.
	Refused bool
}

// State reads the published checkpoint. Before the first there are no leaves.
func (l *Log) State() (State, error) {
	s := State{Asked: len(l.policy.Witnesses()), Refused: l.Refused() != nil}
	name, _, _ := strings.Cut(l.vkeys[0], "+")
	s.Origin = name
	signed, err := l.Checkpoint()
	if desk.KindOf(err) == desk.NotFound {
		return s, nil
	}
	if err != nil {
		return s, err
	}
	c, names, err := l.policy.Open(signed)
	s.Quorum = err == nil
	if errors.Is(err, ledger.ErrQuorum) {
		err = nil
	}
	s.Size, s.Root, s.Witnesses = c.Size, c.Root.String(), names
	return s, err
}
