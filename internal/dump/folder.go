package dump

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"sangto/internal/desk"
	"sangto/internal/lang"
	"sangto/internal/store"
)

// Licence is what others may do with the files.
type Licence struct{ Name, URL string }

// Options say what the files carry.
type Options struct {
	// Site is the desk's public address, under which its checks are read.
	Site    *url.URL
	Licence Licence
	Words   *lang.Catalog
}

// Folder is where the sets are. It is safe for concurrent use.
type Folder struct {
	db   *store.DB
	path string
	o    Options
	// create makes files; tests replace it by one that fails.
	create func(path string) (diskFile, error)

	making sync.Mutex
	mu     sync.Mutex
	latest pointer
	known  bool
	// sets are the lists of files of the sets that are served.
	sets map[string]Set
}

// New returns the folder at path, which is made by the first Keep.
func New(db *store.DB, path string, o Options) *Folder {
	return &Folder{db: db, path: path, o: o, create: create, sets: map[string]Set{}}
}

// recipe changes whenever the same corpus would make other files, so that a
// new program or setting does not wait for the next day.
const recipe = "1"

func (f *Folder) recipe() string {
	sum := sha256.Sum256([]byte(strings.Join([]string{recipe, offlineDigest(), f.o.Site.String(), f.o.Licence.Name, f.o.Licence.URL}, "\x00")))
	return hex.EncodeToString(sum[:8])
}

// pointer is the content of the file "latest": which sets are served, and what
// the newest was made from.
type pointer struct {
	Set      string   `json:"set"`
	Previous string   `json:"previous,omitempty"`
	Day      desk.Day `json:"day"`
	Seq      int64    `json:"seq"`
	Recipe   string   `json:"recipe"`
}

const (
	pointerName = "latest"
	unfinished  = ".new-"
)

// Keep makes a new set if there is none of today, if the last one was made in
// another way, or if something was erased, withheld or withdrawn since; then
// sets that still hold it are deleted at once. Otherwise the set before the
// newest stays, for those who are taking it. Call it every minute.
func (f *Folder) Keep(ctx context.Context) error {
	f.making.Lock()
	defer f.making.Unlock()
	last, known, err := f.pointed()
	if err != nil {
		return err
	}
	due, taken, err := f.due(ctx, last, known)
	if err != nil || !due {
		return err
	}
	if err := os.MkdirAll(f.path, 0o755); err != nil {
		return err
	}
	if err := f.sweep(unfinished); err != nil {
		return err
	}
	path, err := os.MkdirTemp(f.path, unfinished)
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(path) }()
	s, err := f.build(ctx, path)
	if err != nil {
		return err
	}
	next := pointer{Set: s.id(), Day: s.day, Seq: s.seq, Recipe: f.recipe()}
	if known && !taken && last.Set != next.Set {
		next.Previous = last.Set
	}
	return f.publish(path, next)
}

// due reports whether a set is to be made, and whether something was taken
// back since the last.
func (f *Folder) due(ctx context.Context, last pointer, known bool) (due, taken bool, err error) {
	if !known {
		return true, false, nil
	}
	err = f.db.View(ctx, func(tx *store.Tx) error {
		seq, err := tx.LastChange()
		if err != nil {
			return err
		}
		if seq < last.Seq {
			// Another database than the one the set was made from: an old copy
			// was restored.
			taken = true
		} else if taken, err = tx.TakenBack(last.Seq); err != nil {
			return err
		}
		due = taken || last.Day != tx.Day() || last.Recipe != f.recipe()
		return nil
	})
	return due, taken, err
}

// publish gives a finished set its name, makes it the latest and deletes those
// that are served no more.
func (f *Folder) publish(path string, next pointer) error {
	if err := os.Chmod(path, 0o755); err != nil {
		return err
	}
	err := os.Rename(path, filepath.Join(f.path, next.Set))
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if err := syncFolder(f.path); err != nil {
		return err
	}
	content, err := json.Marshal(next)
	if err != nil {
		return err
	}
	if err := f.replace(pointerName, content); err != nil {
		return err
	}
	f.mu.Lock()
	f.latest, f.known = next, true
	clear(f.sets)
	f.mu.Unlock()
	return f.sweep("")
}

// replace writes a small file in one step.
func (f *Folder) replace(name string, content []byte) error {
	temp := filepath.Join(f.path, unfinished+name)
	out, err := f.create(temp)
	if err != nil {
		return err
	}
	_, err = out.Write(content)
	if err = errors.Join(err, out.Sync(), out.Close()); err == nil {
		err = os.Rename(temp, filepath.Join(f.path, name))
	}
	if err != nil {
		return errors.Join(err, os.RemoveAll(temp))
	}
	return syncFolder(f.path)
}

func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// sweep deletes what a broken run left and, without a prefix, the sets that
// are served no more. Nothing else in the folder is touched.
func (f *Folder) sweep(prefix string) error {
	entries, err := os.ReadDir(f.path)
	if err != nil {
		return err
	}
	var errs []error
	for _, e := range entries {
		name := e.Name()
		old := prefix == "" && setName.MatchString(name) && name != f.latest.Set && name != f.latest.Previous
		if old || strings.HasPrefix(name, unfinished) {
			errs = append(errs, os.RemoveAll(filepath.Join(f.path, name)))
		}
	}
	return errors.Join(errs...)
}

// pointed reads which set is the latest. A pointer that cannot be read, or
// that names a set that is not there, counts as none.
func (f *Folder) pointed() (pointer, bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.known {
		return f.latest, true, nil
	}
	content, err := os.ReadFile(filepath.Join(f.path, pointerName))
	if errors.Is(err, fs.ErrNotExist) {
		return pointer{}, false, nil
	}
	var p pointer
	if err != nil || json.Unmarshal(content, &p) != nil || !setName.MatchString(p.Set) || p.Previous != "" && !setName.MatchString(p.Previous) {
		return pointer{}, false, err
	}
	if _, err := os.Stat(filepath.Join(f.path, p.Set, Sums)); err != nil {
		return pointer{}, false, nil
	}
	f.latest, f.known = p, true
	return p, true, nil
}

// setName is what the folder of a set is called.
var setName = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}-[0-9a-f]{12}$`)

// Latest stands for the newest set in an address.
const Latest = "latest"

// Set is a finished set of files.
type Set struct {
	// Name is the set's own and never used again.
	Name  string
	Day   desk.Day
	Files []File
}

// File is one file of a set, with its length in bytes and its SHA-256 in hex.
type File struct {
	Name, SHA256 string
	Size         int64
}

// Licence is what the files of this folder are given under.
func (f *Folder) Licence() Licence { return f.o.Licence }

// Newest describes the newest set; it is desk.NotFound before the first is
// made.
func (f *Folder) Newest() (Set, error) {
	p, known, err := f.pointed()
	if err == nil && !known {
		err = notFound()
	}
	if err != nil {
		return Set{}, err
	}
	return f.set(p.Set)
}

// Open opens a file of a set that is served, by the set's name or Latest. The
// caller closes it. A set or a file that is none is desk.NotFound.
func (f *Folder) Open(set, name string) (*os.File, File, error) {
	p, known, err := f.pointed()
	if err != nil {
		return nil, File{}, err
	}
	if set == Latest {
		set = p.Set
	}
	if !known || set == "" || set != p.Set && set != p.Previous || !slices.Contains(Names(), name) {
		return nil, File{}, notFound()
	}
	s, err := f.set(set)
	if err != nil {
		return nil, File{}, err
	}
	at := slices.IndexFunc(s.Files, func(one File) bool { return one.Name == name })
	if at < 0 {
		return nil, File{}, notFound()
	}
	out, err := os.Open(filepath.Join(f.path, set, name))
	if errors.Is(err, fs.ErrNotExist) {
		err = notFound()
	}
	return out, s.Files[at], err
}

func notFound() error {
	return &desk.Error{Kind: desk.NotFound, Op: "open data", Key: "error.not_found"}
}

// set reads the list of files of a set, once.
func (f *Folder) set(name string) (Set, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if s, ok := f.sets[name]; ok {
		return s, nil
	}
	content, err := os.ReadFile(filepath.Join(f.path, name, Sums))
	if errors.Is(err, fs.ErrNotExist) {
		return Set{}, notFound()
	}
	if err != nil {
		return Set{}, err
	}
	sum := sha256.Sum256(content)
	sums := map[string]string{Sums: hex.EncodeToString(sum[:])}
	for lines := bufio.NewScanner(bytes.NewReader(content)); lines.Scan(); {
		if hash, file, ok := strings.Cut(lines.Text(), "  "); ok {
			sums[file] = hash
		}
	}
	s := Set{Name: name}
	if s.Day, err = desk.ParseDay(name[:len("2006-01-02")]); err != nil {
		return Set{}, err
	}
	for _, file := range Names() {
		info, err := os.Stat(filepath.Join(f.path, name, file))
		if err != nil || sums[file] == "" {
			continue
		}
		s.Files = append(s.Files, File{Name: file, SHA256: sums[file], Size: info.Size()})
	}
	f.sets[name] = s
	return s, nil
}
