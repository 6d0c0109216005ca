package app

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"time"

	"sangto/internal/config"
	"sangto/internal/desk"
	"sangto/internal/intake"
	"sangto/internal/lang"
	"sangto/internal/lookup"
	"sangto/internal/store"
	"sangto/internal/telemetry"
	"sangto/internal/transfer"
)

// MaxLimit is the most candidates one look-up returns.
const MaxLimit = lookup.MaxLimit

// Outcome is what a look-up can say.
type Outcome = lookup.Outcome

// The three outcomes.
const (
	Found   = lookup.Found
	Perhaps = lookup.Perhaps
	Nothing = lookup.Nothing
)

// Candidate is a published check that may answer a message.
type Candidate = lookup.Candidate

// Finder looks messages up in a data folder without serving it. It reads only.
type Finder struct {
	db     *store.DB
	reader intake.Reader
}

// OpenFinder opens the folder for reading and builds the index.
func OpenFinder(ctx context.Context, cfg config.Config) (*Finder, error) {
	if err := exists(cfg); err != nil {
		return nil, err
	}
	db, err := OpenStore(ctx, cfg, time.Now, true)
	if err != nil {
		return nil, err
	}
	// A kept index that does not fit is no matter here: nothing is served.
	f, _, err := lookup.OpenKept(ctx, db, indexFile(cfg))
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &Finder{db: db, reader: intake.NewReader(f)}, nil
}

// exists refuses to read a folder that holds no database, which is nearly
// always a mistyped path.
func exists(cfg config.Config) error {
	if cfg.DB != "" {
		return nil
	}
	if _, err := os.Stat(databaseFile(cfg)); err != nil {
		return &desk.Error{Kind: desk.NotFound, Op: "open", Key: "cli.error.empty", Args: map[string]any{"Path": cfg.Data}}
	}
	return nil
}

// Look redacts the words and looks them up.
func (f *Finder) Look(ctx context.Context, words string, limit int) (intake.Seen, error) {
	return f.reader.Look(ctx, desk.NewRaw(words), limit)
}

// Close releases the folder.
func (f *Finder) Close() error { return f.db.Close() }

// Import takes published checks into the folder, which may be in use by a
// running desk.
func Import(ctx context.Context, cfg config.Config, sources []transfer.Source, o transfer.Options) (transfer.Report, error) {
	db, err := openForWork(ctx, cfg)
	if err != nil {
		return transfer.Report{}, err
	}
	report, err := transfer.Import(ctx, db, sources, o)
	return report, errors.Join(err, db.Close())
}

// Export writes the folder's published checks. site is the desk's public
// address, under which its own checks are found; without it they cannot be
// written, and the error says so after all others were.
func Export(ctx context.Context, cfg config.Config, site *url.URL, w io.Writer, f transfer.Format) (err error) {
	if err := exists(cfg); err != nil {
		return err
	}
	words, err := lang.Load()
	if err != nil {
		return err
	}
	db, err := OpenStore(ctx, cfg, time.Now, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	e := transfer.Exporter{
		Site:    site,
		Verdict: func(v desk.Version, tag string) string { return words.For(tag).Verdict(v.Verdict) },
		Notice:  func(tag string) string { return words.For(tag).T("check.fixed_line") },
	}
	done, err := e.Write(ctx, db, w, f)
	if err == nil && done.Unplaced > 0 {
		err = &desk.Error{Kind: desk.Invalid, Op: "export", Key: "import.error.site", Args: map[string]any{"Count": done.Unplaced}}
	}
	return err
}

// openForWork opens the store for writing beside a running desk, and makes
// the folder if it is new.
func openForWork(ctx context.Context, cfg config.Config) (*store.DB, error) {
	if err := os.MkdirAll(cfg.Data, 0o700); err != nil {
		return nil, &desk.Error{Kind: desk.Invalid, Op: "open data folder", Key: "config.error.data", Args: map[string]any{"Path": cfg.Data}, Err: err}
	}
	return OpenStore(ctx, cfg, time.Now, false)
}

func databaseFile(cfg config.Config) string { return filepath.Join(cfg.Data, "sangto.db") }

// dataFolder is where the files of open data are.
func dataFolder(cfg config.Config) string { return filepath.Join(cfg.Data, "data-out") }

// indexFile is where the index is kept between runs, empty for nowhere.
func indexFile(cfg config.Config) string {
	if cfg.Data == "" {
		return ""
	}
	return filepath.Join(cfg.Data, "index.snapshot")
}

// release is the version of a release, which the linker writes here: see
// scripts/release. Nothing else does.
var release string

// Version names what is running: the release, the module's version, or the
// commit it was built from.
func Version() string {
	if release != "" {
		return release
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value
		}
	}
	return "development"
}

// Build says what is running. Its JSON form is a promise.
type Build struct {
	Version string `json:"version"`
	Go      string `json:"go"`
	OS      string `json:"os"`
	Arch    string `json:"arch"`
	SQLite  string `json:"sqlite"`
	// Schema is the level of database that the program makes.
	Schema int64 `json:"schema"`
}

// BuildOf describes this program.
func BuildOf(ctx context.Context) (Build, error) {
	b := Build{Version: Version(), Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH}
	var err error
	if b.Schema, err = store.ProgramLevel(); err != nil {
		return b, err
	}
	b.SQLite, err = store.LinkedSQLite(ctx)
	return b, err
}

// Logger returns the program's logger: lines of text on w.
func Logger(w io.Writer, level slog.Leveler) *slog.Logger {
	return telemetry.New(w, level, telemetry.Text)
}
