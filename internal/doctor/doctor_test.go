package doctor_test

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sangto/internal/config"
	"sangto/internal/doctor"
	"sangto/internal/keys"
	"sangto/internal/lang"
	"sangto/internal/store"
	"sangto/internal/testkit"
	"sangto/internal/transfer"
	"sangto/internal/workflow"
)

var now = time.Date(2026, 11, 20, 5, 0, 0, 0, time.UTC)

func at(t time.Time) func() time.Time { return func() time.Time { return t } }

// healthy is an installation in which all is well.
func healthy(t *testing.T, dsn string) doctor.Patient {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	cfg, err := config.Raw{Data: dir, DB: dsn}.Config()
	if err != nil {
		t.Fatal(err)
	}
	o := store.Options{DSN: dsn, Clock: at(now), Zone: cfg.Zone}
	if dsn == "" {
		o.Path = filepath.Join(dir, "sangto.db")
	}
	p := doctor.Patient{
		Config: cfg, Backups: filepath.Join(dir, "backups"), Program: "v1", Now: now,
		Free: func(string) (int64, error) { return 10 << 30, nil },
		Open: func(ctx context.Context) (*store.DB, error) {
			o := o
			o.ReadOnly, o.AsIs = true, true
			return store.Open(ctx, o)
		},
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if dsn == "" {
		copied(t, dir)
		return p
	}
	if err := furnish(dir, o); err != nil {
		t.Fatal(err)
	}
	return p
}

// furnish puts into a folder what a desk has after its first day.
func furnish(dir string, o store.Options) error {
	backups, ballast := filepath.Join(dir, "backups"), filepath.Join(dir, doctor.Ballast)
	err := errors.Join(os.MkdirAll(backups, 0o700), os.WriteFile(ballast, nil, 0o600), os.Truncate(ballast, doctor.BallastSize))
	if err != nil {
		return err
	}
	if _, err := keys.Open(filepath.Join(dir, "keys")); err != nil {
		return err
	}
	ctx := context.Background()
	lock, err := store.OpenLock(ctx, filepath.Join(dir, "lock.db"), true)
	if err != nil {
		return err
	}
	if err := lock.Close(); err != nil {
		return err
	}
	db, err := store.Open(ctx, o)
	if err != nil {
		return err
	}
	_, ticked := workflow.New(db).Tick(ctx)
	_, made := transfer.WriteBackup(ctx, db, transfer.BackupOptions{To: backups, Now: now.Add(-time.Hour)})
	return errors.Join(ticked, made, db.Close())
}

// furnished is such a folder, made once: each test gets a copy.
var furnished = sync.OnceValues(func() (map[string][]byte, error) {
	dir, err := os.MkdirTemp("", "sangto-doctor-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	zone, err := time.LoadLocation(config.DefaultZone)
	if err != nil {
		return nil, err
	}
	if err := furnish(dir, store.Options{Path: filepath.Join(dir, "sangto.db"), Clock: at(now), Zone: zone}); err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	return files, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == doctor.Ballast {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err == nil {
			files[name], err = os.ReadFile(path)
		}
		return err
	})
})

func copied(t *testing.T, dir string) {
	t.Helper()
	files, err := furnished()
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range files {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, b, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	ballast := filepath.Join(dir, doctor.Ballast)
	if err := errors.Join(os.WriteFile(ballast, nil, 0o600), os.Truncate(ballast, doctor.BallastSize)); err != nil {
		t.Fatal(err)
	}
}

// faults are the findings that are not good, without notes on this machine.
func faults(t *testing.T, p doctor.Patient) (out []string) {
	t.Helper()
	catalogue, err := lang.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range doctor.Look(t.Context(), p) {
		for _, tag := range lang.Tags() {
			if !catalogue.For(tag).Has(f.Key) {
				t.Errorf("%s has no sentence for %s", tag, f.Key)
			}
		}
		if f.State == doctor.Problem || f.State == doctor.Unknown {
			out = append(out, f.Check+" "+string(f.State)+" "+f.Key)
		}
	}
	return out
}

func TestDoctorFinds(t *testing.T) {
	p := healthy(t, "")
	if got := faults(t, p); len(got) != 0 || doctor.Worst(doctor.Look(t.Context(), p)) != doctor.Good {
		t.Fatalf("a healthy desk has %q", got)
	}
	in := func(p doctor.Patient, name ...string) string {
		return filepath.Join(append([]string{p.Config.Data}, name...)...)
	}
	shell := func(script string) func(*testing.T, *doctor.Patient) {
		return func(t *testing.T, p *doctor.Patient) {
			raw, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Opaque: in(*p, "sangto.db")}).String())
			if err != nil {
				t.Fatal(err)
			}
			defer raw.Close()
			if _, err := raw.ExecContext(t.Context(), script); err != nil {
				t.Fatal(err)
			}
		}
	}
	must := func(t *testing.T, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name string
		harm func(t *testing.T, p *doctor.Patient)
		want string
	}{
		{"no folder", func(t *testing.T, p *doctor.Patient) { p.Config.Data = in(*p, "nowhere") }, "folder problem doctor.folder.missing"},
		{"a folder for everybody", func(t *testing.T, p *doctor.Patient) { must(t, os.Chmod(p.Config.Data, 0o755)) }, "folder problem doctor.folder.open"},
		{"a restore cut short", func(t *testing.T, p *doctor.Patient) { must(t, os.WriteFile(in(*p, "restore.unfinished"), nil, 0o600)) }, "folder problem restore.error.unfinished"},
		{"no keys", func(t *testing.T, p *doctor.Patient) { must(t, os.RemoveAll(in(*p, "keys"))) }, "keys problem doctor.keys.missing"},
		{"half the keys", func(t *testing.T, p *doctor.Patient) { must(t, os.Remove(in(*p, "keys", "receipt.key"))) }, "keys problem doctor.keys.missing"},
		{"keys for everybody", func(t *testing.T, p *doctor.Patient) { must(t, os.Chmod(in(*p, "keys", "form.key"), 0o644)) }, "keys problem doctor.keys.bad"},
		{"half a key", func(t *testing.T, p *doctor.Patient) { must(t, os.Truncate(in(*p, "keys", "form.key"), 16)) }, "keys problem doctor.keys.bad"},
		{"little room", func(t *testing.T, p *doctor.Patient) {
			p.Free = func(string) (int64, error) { return 255 << 20, nil }
		}, "disk problem doctor.disk.low"},
		{"a disk that cannot be asked", func(t *testing.T, p *doctor.Patient) {
			p.Free = func(string) (int64, error) { return 0, errors.ErrUnsupported }
		}, "disk unknown doctor.unknown"},
		{"no database", func(t *testing.T, p *doctor.Patient) { must(t, os.Remove(in(*p, "sangto.db"))) }, "database problem error.database.missing"},
		{"no database but words", func(t *testing.T, p *doctor.Patient) {
			must(t, os.WriteFile(in(*p, "sangto.db"), []byte(strings.Repeat("these are no pages ", 500)), 0o600))
		}, "database problem error.storage"},
		{"a database of a newer program", shell(`UPDATE compatibility SET floor = 9000`), "database problem error.database.newer"},
		{"a guard gone", shell(`DROP TRIGGER versions_no_update`), "rows problem doctor.rows.flaw"},
		{"changes that do not add up", shell(`UPDATE counters SET value = 9`), "rows problem doctor.rows.flaw"},
		{"a day that has not come", shell(`INSERT INTO desks (id, local, name, url, lang, owner, owner_kind, funders, funder_kind, about, declared) VALUES ('d', 1, 'D', '', 'vi', '', 'unknown', '', 'unknown', '', 0);
			INSERT INTO claims (id, desk_id, state, wording, lang, closed_as, opened, closed, shown_state, shown_wording, shown_as) VALUES ('c', 'd', 'waiting', '', '', '', 20777, 0, 'waiting', '', '');
			INSERT INTO questions (id, claim_id, day, receipt_mac, text_mac, text) VALUES ('0123456789abcdef', 'c', 40000, zeroblob(32), zeroblob(32), '')`), "clock problem doctor.clock.behind"},
		{"duties left undone", func(t *testing.T, p *doctor.Patient) { p.Now = now.AddDate(0, 0, 2) }, "tick problem doctor.tick.late"},
		{"a backup of the day before yesterday", func(t *testing.T, p *doctor.Patient) { p.Now = now.Add(26 * time.Hour) }, "backup problem doctor.backup.old"},
		{"no backup", func(t *testing.T, p *doctor.Patient) { p.Backups = in(*p, "nowhere") }, "backup problem doctor.backup.none"},
		{"a backup kept too long", func(t *testing.T, p *doctor.Patient) {
			must(t, os.WriteFile(filepath.Join(p.Backups, "sangto-20261101T000000Z.tar"), nil, 0o600))
		}, "backup problem doctor.backup.outdated"},
		{"what a restore replaced, kept too long", func(t *testing.T, p *doctor.Patient) {
			must(t, os.Mkdir(in(*p, "before-restore-20261101T000000Z"), 0o700))
		}, "backup problem doctor.safety.old"},
		{"more signed than is there", func(t *testing.T, p *doctor.Patient) {
			lock, err := store.OpenLock(t.Context(), in(*p, "lock.db"), true)
			must(t, err)
			defer lock.Close()
			if ok, err := lock.Replace(t.Context(), nil, []byte("desk.example/log\n7\nroot\n\n— signature\n")); !ok || err != nil {
				t.Fatal(ok, err)
			}
		}, "record problem doctor.record.behind"},
		{"no lock", func(t *testing.T, p *doctor.Patient) { must(t, os.Remove(in(*p, "lock.db"))) }, "record problem doctor.record.lockless"},
		{"a lock of nothing", func(t *testing.T, p *doctor.Patient) {
			lock, err := store.OpenLock(t.Context(), in(*p, "lock.db"), true)
			must(t, err)
			defer lock.Close()
			if ok, err := lock.Replace(t.Context(), nil, []byte("words")); !ok || err != nil {
				t.Fatal(ok, err)
			}
		}, "record problem doctor.record.lockless"},
		{"what another part looks at", func(t *testing.T, p *doctor.Patient) {
			p.More = append(p.More, func(context.Context) []doctor.Finding {
				return []doctor.Finding{{Check: "record", State: doctor.Problem, Key: "doctor.unknown"}}
			})
		}, "record problem doctor.unknown"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := healthy(t, "")
			c.harm(t, &p)
			if got := faults(t, p); !slices.Contains(got, c.want) {
				t.Errorf("found %q, want %s", got, c.want)
			}
		})
	}
}

// TestDoctorOnPostgres: the throw-away server keeps logs that a real one must
// not, and each is named.
func TestDoctorOnPostgres(t *testing.T) {
	dsn := testkit.Postgres(t)
	p := healthy(t, dsn)
	for _, f := range doctor.Look(t.Context(), p) {
		if f.State != doctor.Good && f.State != doctor.Note && f.Check != "server" {
			t.Errorf("%+v", f)
		}
	}
	raw, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	var name string
	if err := raw.QueryRowContext(t.Context(), `SELECT current_database()`).Scan(&name); err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{`ALTER DATABASE ` + name + ` SET log_statement = 'all'`, `ALTER DATABASE ` + name + ` SET log_parameter_max_length = 0`} {
		if _, err := raw.ExecContext(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	if got := faults(t, p); !slices.Contains(got, "server problem doctor.server.setting") {
		t.Errorf("a server that logs statements: %q", got)
	}
	if _, err := raw.ExecContext(t.Context(), `ALTER DATABASE `+name+` SET synchronous_commit = 'off'`); err != nil {
		t.Fatal(err)
	}
	if got := faults(t, p); !slices.Contains(got, "database problem error.database.setting") {
		t.Errorf("a server that may forget: %q", got)
	}
}

func TestWorst(t *testing.T) {
	for want, states := range map[doctor.State][]doctor.State{
		doctor.Good:    {doctor.Good, doctor.Note},
		doctor.Unknown: {doctor.Unknown, doctor.Good},
		doctor.Problem: {doctor.Unknown, doctor.Problem, doctor.Good},
	} {
		var findings []doctor.Finding
		for _, s := range states {
			findings = append(findings, doctor.Finding{State: s})
		}
		if got := doctor.Worst(findings); got != want {
			t.Errorf("%v: %s", states, got)
		}
	}
}
