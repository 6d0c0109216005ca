package lookup

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"sangto/internal/store"
	"sangto/match"
)

// SettingKept names the setting that ties a saved index to its database. It
// holds the key of the file last written and of the one before. A key is
// written to the database after the changes that its file holds and before the
// file: whatever becomes of either, a database that knows the key of a file
// has every change the file was made of. A database restored from an older
// copy does not know it.
const SettingKept = "index.kept"

// kept is where the index stands on disk.
type kept struct {
	path string // empty: nowhere

	mu  sync.Mutex // one Save at a time
	key string     // of the file that is there, empty if none is
	seq int64      // the last change in that file
}

// OpenKept is Open with an index kept in a file between runs: it loads the file
// and follows the changes since, or builds the index where there is no file,
// or none that fits. rebuilt then says why, nil if there was none. Save
// writes the file; Fill completes what is in memory. Nothing is written here.
func OpenKept(ctx context.Context, db *store.DB, path string) (f *Finder, rebuilt, err error) {
	f = &Finder{db: db, kept: kept{path: path}}
	if path != "" {
		if rebuilt = f.load(ctx); rebuilt == nil {
			return f, nil, nil
		}
		if errors.Is(rebuilt, fs.ErrNotExist) {
			rebuilt = nil
		}
		f.kept = kept{path: path}
	}
	return f, rebuilt, f.build(ctx)
}

// errOther is a file made of other changes than this database's.
var errOther = errors.New("the file belongs to another state of the database")

// errFar is a file that so much came after that building is quicker.
var errFar = errors.New("most of the database came after the file")

// load takes the index from the file and brings it up to the store.
func (f *Finder) load(ctx context.Context) error {
	ix, mark, err := match.Load(f.kept.path, match.Options{})
	if err != nil {
		return err
	}
	seq, key, err := readMark(mark)
	if err != nil {
		return err
	}
	err = f.db.View(ctx, func(tx *store.Tx) error {
		keys, err := keptKeys(tx)
		if err != nil {
			return err
		}
		last, err := tx.LastChange()
		switch {
		case err != nil:
			return err
		case !slices.Contains(keys, key) || last < seq:
			return errOther
		case last-seq > 1000+int64(ix.Len())/2:
			return errFar
		}
		return nil
	})
	if err != nil {
		return err
	}
	f.ix, f.entries, f.late = ix, map[string]store.Entry{}, map[string]bool{}
	f.seq, f.kept.seq, f.kept.key = seq, seq, key
	return f.Refresh(ctx)
}

func keptKeys(tx *store.Tx) ([]string, error) {
	value, err := tx.Setting(SettingKept)
	return strings.Fields(value), err
}

// mark is what a file says of the database: the last change in it and its key.
func mark(seq int64, key string) []byte {
	return append(binary.BigEndian.AppendUint64(nil, uint64(seq)), key...)
}

func readMark(m []byte) (seq int64, key string, err error) {
	if len(m) <= 8 || m[0] >= 0x80 {
		return 0, "", errOther
	}
	return int64(binary.BigEndian.Uint64(m)), string(m[8:]), nil
}

// Save writes the index to its file if it changed since that was written.
// Look-ups and changes go on meanwhile; only the next Refresh waits while the
// counts of words are copied.
func (f *Finder) Save(ctx context.Context) error {
	k := &f.kept
	if k.path == "" {
		return nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	f.follow.Lock()
	seq := f.seq
	if k.key != "" && seq == k.seq {
		f.follow.Unlock()
		return nil
	}
	snapshot := f.ix.Snapshot()
	f.follow.Unlock()
	key, err := f.newKey(ctx)
	if err != nil {
		return fmt.Errorf("keep the index: %w", err)
	}
	if err := snapshot.Save(k.path, mark(seq, key)); err != nil {
		return fmt.Errorf("keep the index: %w", err)
	}
	k.key, k.seq = key, seq
	return nil
}

// newKey adds a key to the database, beside that of the file that is there
// until the next one replaces it.
func (f *Finder) newKey(ctx context.Context) (key string, err error) {
	err = f.db.Update(ctx, func(tx *store.Tx) error {
		if key, err = tx.NewID(); err != nil {
			return err
		}
		return tx.SetSetting(SettingKept, strings.TrimSpace(key+" "+f.kept.key))
	})
	return key, err
}
