// Package witness is a witness for other people's logs: it signs that a log
// it follows has only grown since it last looked, and never signs two histories
// of one log (C2SP tlog-witness).
//
// Everything lies in one folder: the key, the keys of the logs that are
// followed, and for each of them the last checkpoint that was signed. The folder must
// never be put back from a backup: a witness that forgot what it signed could
// sign the other history.
package witness

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
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

const (
	keyName = "witness.key"
	logsDir = "logs"
	seenDir = "seen"
	// keyPrefix opens the file of the key, which holds name and seed and a
	// sum over both, so that half a file is no key.
	keyPrefix = "SANGTO+WITNESS+KEY"
	keyMax    = 1024
	// logsMax bounds the logs that one witness follows.
	logsMax = 10_000
	logMax  = 1024
)

// Folder is what a witness keeps. Following and leaving a log may be done by
// one process while another answers.
type Folder struct{ dir string }

// Open opens the folder of a witness, or makes one that has no key yet.
func Open(dir string) (*Folder, error) {
	for _, d := range []string{dir, filepath.Join(dir, logsDir)} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return nil, &desk.Error{Kind: desk.Invalid, Op: "open the witness's folder", Key: "config.error.data", Args: map[string]any{"Path": dir}, Err: err}
		}
	}
	return &Folder{dir: dir}, nil
}

// Witness returns the witness of the folder. The first time, name becomes its
// name and a key is made; later it may be empty or must be the same.
func (f *Folder) Witness(name string, clock func() time.Time) (*ledger.Witness, *ledger.Cosigner, error) {
	signer, err := f.signer(name, clock)
	if err != nil {
		return nil, nil, err
	}
	memory := ledger.NewFolderMemory(filepath.Join(f.dir, seenDir))
	return ledger.NewOpenWitness(signer, memory, f.find), signer, nil
}

func (f *Folder) signer(name string, clock func() time.Time) (*ledger.Cosigner, error) {
	path := filepath.Join(f.dir, keyName)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return f.newSigner(path, name, clock)
	}
	if err != nil {
		return nil, fmt.Errorf("read the witness's key: %w", err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("look at the witness's key: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s may be used by others; say: chmod 600 %s", path, path)
	}
	kept, seed, err := parseKey(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if name != "" && name != kept {
		return nil, &desk.Error{Kind: desk.Invalid, Op: "open the witness", Key: "witness.error.name", Args: map[string]any{"Name": kept}}
	}
	// Without it, everything signed so far would be forgotten.
	if _, err := os.Stat(filepath.Join(f.dir, seenDir)); err != nil {
		return nil, &desk.Error{Kind: desk.Conflict, Op: "open the witness", Key: "witness.error.memory", Args: map[string]any{"Path": filepath.Join(f.dir, seenDir)}, Err: err}
	}
	return ledger.NewCosigner(kept, ed25519.NewKeyFromSeed(seed), clock)
}

// newSigner makes the memory first and the key last: a folder with a key has a
// memory.
func (f *Folder) newSigner(path, name string, clock func() time.Time) (*ledger.Cosigner, error) {
	if name == "" {
		return nil, &desk.Error{Kind: desk.Invalid, Op: "make the witness's key", Key: "witness.error.new"}
	}
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make the witness's key: %w", err)
	}
	signer, err := ledger.NewCosigner(name, key, clock)
	if err != nil {
		return nil, &desk.Error{Kind: desk.Invalid, Op: "make the witness's key", Key: "witness.error.new", Err: err}
	}
	if err := os.Mkdir(filepath.Join(f.dir, seenDir), 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	if err := ledger.WriteFile(path, formatKey(name, key.Seed())); err != nil {
		return nil, fmt.Errorf("keep the witness's key: %w", err)
	}
	return signer, nil
}

func formatKey(name string, seed []byte) []byte {
	sum := sha256.Sum256(append([]byte(name+"\n"), seed...))
	return fmt.Appendf(nil, "%s+%s+%s+%s\n", keyPrefix, name, hex.EncodeToString(sum[:4]), base64.StdEncoding.EncodeToString(seed))
}

var errKey = errors.New("this is no witness key; put back your copy of it")

func parseKey(text []byte) (name string, seed []byte, err error) {
	if len(text) > keyMax {
		return "", nil, errKey
	}
	rest, ok := strings.CutPrefix(string(text), keyPrefix+"+")
	parts := strings.SplitN(strings.TrimSuffix(rest, "\n"), "+", 3)
	if !ok || len(parts) != 3 {
		return "", nil, errKey
	}
	seed, err = base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(seed) != ed25519.SeedSize || !bytes.Equal(formatKey(parts[0], seed), text) {
		return "", nil, errKey
	}
	return parts[0], seed, nil
}

// find is the ledger's question for a log's key.
func (f *Folder) find(_ context.Context, origin string) (string, error) {
	text, err := os.ReadFile(f.logFile(origin))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return strings.TrimSpace(string(text)), nil
}

// logFile is a name that no origin can lead out of the folder.
func (f *Folder) logFile(origin string) string {
	sum := sha256.Sum256([]byte(origin))
	return filepath.Join(f.dir, logsDir, hex.EncodeToString(sum[:16])+".vkey")
}

// Follow adds a log by its verifier key. The same log under another key is
// refused: what was signed under the first one stays remembered, but a change of
// key is the operator's decision, who leaves the log first.
func (f *Folder) Follow(vkey string) error {
	const op = "follow a log"
	vkey = strings.TrimSpace(vkey)
	v, err := ledger.NewVerifier(vkey)
	if err != nil || len(vkey) > logMax {
		return &desk.Error{Kind: desk.Invalid, Op: op, Key: "witness.error.vkey", Err: err}
	}
	there, err := f.find(context.Background(), v.Name())
	switch {
	case err != nil:
		return err
	case there == vkey:
		return nil
	case there != "":
		return &desk.Error{Kind: desk.Conflict, Op: op, Key: "witness.error.other_key", Args: map[string]any{"Name": v.Name()}}
	}
	all, err := f.Logs()
	if err != nil {
		return err
	}
	if len(all) >= logsMax {
		return &desk.Error{Kind: desk.TooMany, Op: op, Key: "witness.error.full", Args: map[string]any{"Max": logsMax}}
	}
	return ledger.WriteFile(f.logFile(v.Name()), []byte(vkey+"\n"))
}

// Leave stops following the log of an origin. What was signed for it stays
// remembered.
func (f *Folder) Leave(origin string) error {
	err := os.Remove(f.logFile(origin))
	if errors.Is(err, fs.ErrNotExist) {
		return &desk.Error{Kind: desk.NotFound, Op: "leave a log", Key: "witness.error.unknown", Args: map[string]any{"Name": origin}}
	}
	if err != nil {
		return err
	}
	return ledger.SyncFolder(filepath.Join(f.dir, logsDir))
}

// Log is one log that is followed.
type Log struct {
	Origin string `json:"origin"`
	VKey   string `json:"vkey"`
	// Size is how many entries it had when the witness last signed, 0 for never.
	Size int64 `json:"size"`
}

// Logs lists what is followed, by origin.
func (f *Folder) Logs() ([]Log, error) {
	names, err := filepath.Glob(filepath.Join(f.dir, logsDir, "*.vkey"))
	if err != nil {
		return nil, err
	}
	memory := ledger.NewFolderMemory(filepath.Join(f.dir, seenDir))
	out := make([]Log, 0, len(names))
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		vkey := strings.TrimSpace(string(text))
		v, err := ledger.NewVerifier(vkey)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		latest, err := memory.Latest(context.Background(), v.Name())
		if err != nil {
			return nil, err
		}
		out = append(out, Log{Origin: v.Name(), VKey: vkey, Size: latest.Size})
	}
	slices.SortFunc(out, func(a, b Log) int { return strings.Compare(a.Origin, b.Origin) })
	return out, nil
}
