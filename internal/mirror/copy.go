// Package mirror keeps and serves a copy of another desk's public record: the
// log, the words beside it and the files of its open data.
//
// A mirror believes nothing it copies: everything is verified as an outsider
// would before it takes the place of what was there, and a record that was
// rewritten replaces nothing. What the origin withholds the mirror keeps, unless
// its own operator decides otherwise; what was erased for a private person's
// sake is erased here, too.
package mirror

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"sangto/internal/desk"
	"sangto/internal/verify"
	"sangto/ledger"
)

const (
	aboutName = "mirror.json"
	// stageDir holds what was read and is not verified yet. It survives an
	// interruption, so that the next run goes on from there.
	stageDir = ".new"
	stateDir = ".seen"
	dataDir  = "data"
	// dataMost bounds one file of the open data, in bytes.
	dataMost = 4 << 30
	sumsMost = 64 << 10
)

// About is what a mirror says of itself.
type About struct {
	// From is the address of the origin.
	From string `json:"from"`
	// Copied is the day on which it was last found whole.
	Copied desk.Day `json:"copied"`
	// FollowOrders means that this mirror withholds what its origin withholds.
	FollowOrders bool `json:"follow_orders"`
	// Kept are the entries whose words the origin withholds and this mirror
	// keeps.
	Kept []int64 `json:"kept,omitempty"`
}

// Options say how to copy.
type Options struct {
	// Policy, Patience, Today and Progress are as for verify.
	Policy   []byte
	Patience time.Duration
	Today    desk.Day
	Progress func(s verify.Stage, done, total int64)
	// FollowOrders withholds what the origin withholds by an order.
	FollowOrders bool
	// NoData leaves the files of the open data out.
	NoData bool
}

// ErrBroken means that the origin's record is not whole, so that nothing here
// was replaced; the report says why.
var ErrBroken = errors.New("the record there is not whole; nothing here was replaced")

// Copy brings the mirror in dir up to what the site shows, and returns what was
// found there. After an error the mirror is what it was.
func Copy(ctx context.Context, from *verify.Web, dir string, o Options) (*verify.Report, error) {
	if err := os.MkdirAll(filepath.Join(dir, stageDir), 0o755); err != nil {
		return nil, err
	}
	if about, err := ReadAbout(dir); err == nil && about.From != from.String() {
		return nil, &desk.Error{Kind: desk.Conflict, Op: "copy a record", Key: "mirror.error.other", Args: map[string]any{"From": about.From}}
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	src := &saving{web: from, dir: dir}
	report, err := verify.Run(ctx, verify.Place{Name: from.String(), Source: src}, verify.Options{
		Policy: o.Policy, Today: o.Today, Patience: o.Patience, Progress: o.Progress, State: verify.OpenState(filepath.Join(dir, stateDir)),
	})
	if err != nil {
		return report, err
	}
	if !report.OK {
		// What is staged is of no use, whoever damaged it.
		return report, errors.Join(ErrBroken, os.RemoveAll(filepath.Join(dir, stageDir)))
	}
	if err := adopt(dir, from.String(), report, o); err != nil {
		return report, err
	}
	if o.NoData {
		return report, nil
	}
	return report, copyData(ctx, from, dir)
}

// saving reads what the mirror has and fetches what it lacks into the stage.
// The checkpoint and what changes with it always come from the origin.
type saving struct {
	web *verify.Web
	dir string
}

func (s *saving) Read(ctx context.Context, name string, limit int) ([]byte, error) {
	if lasts(name) {
		for _, base := range []string{s.dir, filepath.Join(s.dir, stageDir)} {
			b, err := readFile(filepath.Join(base, filepath.FromSlash(name)), name, limit)
			if !errors.Is(err, fs.ErrNotExist) {
				return b, err
			}
		}
	}
	b, err := s.web.Read(ctx, name, limit)
	if err != nil {
		return nil, err
	}
	return b, write(filepath.Join(s.dir, stageDir), name, b)
}

// lasts reports whether a file of a record never changes once it is there.
func lasts(name string) bool {
	return strings.HasPrefix(name, "log/tile/") || strings.HasPrefix(name, "log/content/")
}

func readFile(full, name string, limit int) ([]byte, error) {
	f, err := os.Open(full)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return ledger.ReadLimited(f, name, limit)
}

func write(base, name string, data []byte) error {
	full := filepath.Join(base, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		return err
	}
	return ledger.WriteFile(full, data)
}

// adopt moves the stage into its place, the checkpoint last: whoever reads the
// mirror meanwhile sees the old head, of which everything is there.
func adopt(dir, from string, report *verify.Report, o Options) error {
	stage := filepath.Join(dir, stageDir)
	err := filepath.WalkDir(stage, func(full string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(stage, full)
		if err != nil || !lasts(filepath.ToSlash(rel)) {
			return err
		}
		to := filepath.Join(dir, rel)
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		return os.Rename(full, to)
	})
	if err != nil {
		return err
	}
	about, err := forget(dir, from, report, o)
	if err != nil {
		return err
	}
	text, err := json.Marshal(about)
	if err != nil {
		return err
	}
	keys := strings.Join(report.Keys, "\n") + "\n"
	err = errors.Join(write(dir, "log/key", []byte(keys)), write(dir, aboutName, append(text, '\n')), write(dir, "log/"+ledger.CheckpointPath, report.Signed))
	if err != nil {
		return err
	}
	return os.RemoveAll(stage)
}

// forget deletes what may not be kept and says what is kept all the same.
func forget(dir, from string, report *verify.Report, o Options) (About, error) {
	about := About{From: from, Copied: o.Today, FollowOrders: o.FollowOrders}
	drop := slices.Clone(report.ErasedAt)
	for _, i := range report.WithheldAt {
		_, err := os.Stat(filepath.Join(dir, filepath.FromSlash(verify.ContentPath(i))))
		switch {
		case err != nil:
		case o.FollowOrders:
			drop = append(drop, i)
		default:
			about.Kept = append(about.Kept, i)
		}
	}
	for _, i := range drop {
		if err := os.Remove(filepath.Join(dir, filepath.FromSlash(verify.ContentPath(i)))); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return about, err
		}
	}
	return about, nil
}

// ReadAbout reads what a mirror says of itself.
func ReadAbout(dir string) (About, error) {
	var a About
	b, err := os.ReadFile(filepath.Join(dir, aboutName))
	if err != nil {
		return a, err
	}
	if err := json.Unmarshal(b, &a); err != nil {
		return a, fmt.Errorf("%s: %w", aboutName, err)
	}
	return a, nil
}

// sumLine is one line of SHA256SUMS.
var sumLine = regexp.MustCompile(`^([0-9a-f]{64})  ([A-Za-z0-9][A-Za-z0-9._-]{0,99})$`)

// copyData brings the files of the open data, each held to its sum before it
// takes the place of the one that was there. A desk without them has none.
func copyData(ctx context.Context, from *verify.Web, dir string) error {
	sums, err := from.Read(ctx, "data/latest/SHA256SUMS", sumsMost)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(sums)) {
		m := sumLine.FindStringSubmatch(strings.TrimRight(line, "\n"))
		if m == nil {
			return &ledger.Damage{Path: "data/latest/SHA256SUMS", Text: "a line that is none"}
		}
		if err := copyFile(ctx, from, dir, m[2], m[1]); err != nil {
			return err
		}
	}
	return write(dir, dataDir+"/SHA256SUMS", sums)
}

func copyFile(ctx context.Context, from *verify.Web, dir, name, sum string) error {
	to := filepath.Join(dir, dataDir, name)
	if is, err := sumOf(to); err == nil && is == sum {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(to), ".new-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	h := sha256.New()
	_, err = from.Download(ctx, path.Join("data/latest", name), io.MultiWriter(f, h), dataMost)
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		return err
	}
	if got := h.Sum(nil); !bytes.Equal(got, unhex(sum)) {
		return &ledger.Damage{Path: "data/latest/" + name, Text: "is not what its sum says; the desk may just have made new ones, try again"}
	}
	if err := os.Rename(f.Name(), to); err != nil {
		return err
	}
	return ledger.SyncFolder(filepath.Dir(to))
}

func unhex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		return nil
	}
	return b
}

func sumOf(full string) (string, error) {
	f, err := os.Open(full)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
