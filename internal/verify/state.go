package verify

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"sangto/ledger"
)

// State is the folder in which the last checkpoint of every record that was
// checked is kept, with the key it was believed by. Whoever holds an old
// checkpoint can tell a desk that forked its record from one that did not, so it
// is what makes checking a second time worth more than the first.
type State struct{ dir string }

// OpenState uses a folder, which is made when there is something to keep.
func OpenState(dir string) *State { return &State{dir: dir} }

// kept is what is known of a record.
type kept struct {
	// Keys are the log's keys, newest first.
	Keys []string `json:"keys"`
	// Checkpoint is the signed checkpoint as it was read.
	Checkpoint string `json:"checkpoint"`
}

func (s *State) file(kind, name string) string {
	sum := sha256.Sum256([]byte(kind + "\n" + name))
	return filepath.Join(s.dir, kind+"-"+hex.EncodeToString(sum[:16])+".json")
}

func (s *State) load(kind, name string, into any) (bool, error) {
	b, err := os.ReadFile(s.file(kind, name))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err == nil {
		err = json.Unmarshal(b, into)
	}
	if err != nil {
		// To go on would be to forget, and a fork would pass.
		return false, fmt.Errorf("what was kept of %s: %w", name, err)
	}
	return true, nil
}

func (s *State) save(kind, name string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return err
	}
	return ledger.WriteFile(s.file(kind, name), append(b, '\n'))
}

// record returns what is kept of the log of an origin.
func (s *State) record(origin string) (k kept, ok bool, err error) {
	if s == nil {
		return kept{}, false, nil
	}
	ok, err = s.load("record", origin, &k)
	return k, ok, err
}

// originAt is the log that was found at a place the last time, "" for none.
func (s *State) originAt(place string) (origin string, err error) {
	if s == nil {
		return "", nil
	}
	_, err = s.load("place", place, &origin)
	return origin, err
}

// keep remembers both.
func (s *State) keep(place, origin string, k kept) error {
	if s == nil {
		return nil
	}
	return errors.Join(s.save("record", origin, k), s.save("place", place, origin))
}
