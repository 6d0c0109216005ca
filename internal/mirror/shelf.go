package mirror

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"sync"

	"sangto/internal/desk"
	"sangto/internal/record/leaf"
	"sangto/internal/verify"
	"sangto/ledger"
)

// entry is a leaf of a version with its place.
type entry struct {
	index int64
	leaf.Leaf
}

// shelf is what a mirror knows of its copy: the leaves, without the words.
type shelf struct {
	about About
	head  ledger.Checkpoint
	// versions of each check in order; order holds the checks, newest act first.
	versions map[string][]entry
	order    []string
	// lapsed are the checks whose order has ended by itself.
	lapsed map[string]bool
	// owners are the entries of declarations, by their hash.
	owners map[string]int64
	kept   map[int64]bool
}

// Shelf is the copy in a folder, read anew when it has grown. It is safe for
// concurrent use.
type Shelf struct {
	dir  string
	root *os.Root
	mu   sync.Mutex
	seen string // the checkpoint that now was read by
	now  *shelf
}

// OpenShelf opens the mirror in a folder.
func OpenShelf(dir string) (*Shelf, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, noMirror(dir, err)
	}
	s := &Shelf{dir: dir, root: root}
	if _, err = s.current(); err != nil {
		return nil, errors.Join(noMirror(dir, err), root.Close())
	}
	return s, nil
}

// noMirror says of a folder without a mirror what to do.
func noMirror(dir string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return &desk.Error{Kind: desk.NotFound, Op: "open a mirror", Key: "mirror.error.empty", Args: map[string]any{"Path": dir}, Err: err}
	}
	return err
}

// Close releases the folder.
func (s *Shelf) Close() error { return s.root.Close() }

// current is the copy as it is now.
func (s *Shelf) current() (*shelf, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	signed, err := s.read("log/"+ledger.CheckpointPath, ledger.MaxCheckpoint)
	if err != nil {
		return nil, err
	}
	if s.now != nil && string(signed) == s.seen {
		return s.now, nil
	}
	next, err := s.load(signed)
	if err != nil {
		return nil, err
	}
	s.now, s.seen = next, string(signed)
	return next, nil
}

func (s *Shelf) read(name string, limit int) ([]byte, error) {
	f, err := s.root.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return ledger.ReadLimited(f, name, limit)
}

// source is the log.
func (s *Shelf) source() (ledger.Source, error) {
	sub, err := fs.Sub(s.root.FS(), "log")
	if err != nil {
		return nil, err
	}
	return ledger.Folder(sub), nil
}

func (s *Shelf) load(signed []byte) (*shelf, error) {
	about, err := ReadAbout(s.dir)
	if err != nil {
		return nil, err
	}
	text, _, _ := cutNote(signed)
	head, err := ledger.ParseText(text)
	if err != nil {
		return nil, err
	}
	src, err := s.source()
	if err != nil {
		return nil, err
	}
	next := &shelf{
		about: about, head: head, versions: map[string][]entry{}, lapsed: map[string]bool{}, owners: map[string]int64{}, kept: map[int64]bool{},
	}
	for _, i := range about.Kept {
		next.kept[i] = true
	}
	for n := int64(0); n*ledger.Width < head.Size; n++ {
		width := int(min(ledger.Width, head.Size-n*ledger.Width))
		bundle, err := ledger.ReadTile(context.Background(), src, ledger.Tile{Level: -1, N: n, W: width})
		if err != nil {
			return nil, err
		}
		entries, err := ledger.ReadEntries(bundle, width)
		if err != nil {
			return nil, err
		}
		for i, e := range entries {
			if err := next.add(n*ledger.Width+int64(i), e); err != nil {
				return nil, err
			}
		}
	}
	next.order = slices.SortedFunc(maps.Keys(next.versions), func(a, b string) int {
		return cmp.Compare(next.newest(b).index, next.newest(a).index)
	})
	return next, nil
}

// cutNote parts the text of a signed note from its signatures.
func cutNote(signed []byte) (text, signatures string, ok bool) {
	for i := 0; i+1 < len(signed); i++ {
		if signed[i] == '\n' && signed[i+1] == '\n' {
			return string(signed[:i+1]), string(signed[i+2:]), true
		}
	}
	return "", "", false
}

func (s *shelf) add(index int64, raw []byte) error {
	l, err := leaf.Parse(raw)
	if err != nil {
		return fmt.Errorf("entry %d: %w", index, err)
	}
	switch {
	case l.Kind == leaf.Restore && l.BodyH == "":
		s.lapsed[l.Check] = true
	case l.Kind.OfVersion():
		s.versions[l.Check] = append(s.versions[l.Check], entry{index, l})
		s.lapsed[l.Check] = false
	case l.Kind == leaf.Policy && l.Page == leaf.DeclarationPage:
		s.owners[l.BodyH] = index
	}
	return nil
}

func (s *shelf) newest(id string) entry { return s.versions[id][len(s.versions[id])-1] }

// withheldBy is the order that withholds a check at the origin, nil for none.
func (s *shelf) withheldBy(id string) *entry {
	all := s.versions[id]
	if len(all) == 0 || s.lapsed[id] || all[len(all)-1].Kind != leaf.WithholdOrder {
		return nil
	}
	return &all[len(all)-1]
}

// wording is the part of a version's body that a mirror shows.
type wording struct {
	Title    string            `json:"title"`
	Claim    string            `json:"claim"`
	Summary  string            `json:"summary"`
	Body     string            `json:"body"`
	ToDo     string            `json:"todo"`
	Reason   string            `json:"reason"`
	Note     string            `json:"note"`
	Evidence []json.RawMessage `json:"evidence"`
}

// declaration is what a desk declared of itself.
type declaration struct {
	Owner   string `json:"owner"`
	Funders string `json:"funders"`
}

// body reads the words behind an entry into v and holds them to its leaf once
// more; false where the words are not here.
func (s *Shelf) body(index int64, l leaf.Leaf, v any) (bool, error) {
	raw, err := s.read(verify.ContentPath(index), leaf.ContentMax)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	c, err := leaf.ParseContent(raw)
	if err != nil {
		return false, err
	}
	if l.BodyH != "" {
		if wrong := l.Holds(c); wrong != nil {
			return false, &ledger.Damage{Path: verify.ContentPath(index), Text: wrong[0]}
		}
	}
	return true, json.Unmarshal([]byte(c.Body), v)
}
