package transfer_test

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sangto/internal/desk"
	"sangto/internal/store"
	"sangto/internal/transfer"
)

var night = time.Date(2026, 11, 20, 17, 30, 0, 0, time.UTC)

// small is an open desk with a setting to recognise it by.
func small(t *testing.T, dir, mark string) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), store.Options{Path: filepath.Join(dir, "sangto.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.SetSetting("mark", mark) }); err != nil {
		t.Fatal(err)
	}
	return db
}

func markOf(t *testing.T, dir string) (mark string) {
	t.Helper()
	db, err := store.Open(t.Context(), store.Options{Path: filepath.Join(dir, "sangto.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.View(t.Context(), func(tx *store.Tx) (err error) { mark, err = tx.Setting("mark"); return err }); err != nil {
		t.Fatal(err)
	}
	return mark
}

func backUp(t *testing.T, db *store.DB, o transfer.BackupOptions) transfer.Backup {
	t.Helper()
	if o.Now.IsZero() {
		o.Now = night
	}
	b, err := transfer.WriteBackup(t.Context(), db, o)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// names lists a folder.
func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	out := []string{}
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

func write(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, b, 0o600)); err != nil {
		t.Fatal(err)
	}
}

// TestBackupAndRestore goes there and back, the published log included.
func TestBackupAndRestore(t *testing.T) {
	data, to, back := t.TempDir(), t.TempDir(), t.TempDir()
	db := small(t, data, "bản thứ nhất")
	record := filepath.Join(data, "log")
	write(t, filepath.Join(record, "tile", "0", "000.p", "5"), []byte("tile"))
	write(t, filepath.Join(record, "checkpoint"), []byte("old"))
	write(t, filepath.Join(record, ".staged"), []byte("no part of the log"))
	write(t, filepath.Join(data, "keys", "form.key"), []byte("secret"))
	write(t, filepath.Join(data, "lock.db"), []byte("lock"))

	var steps []string
	b := backUp(t, db, transfer.BackupOptions{To: to, Record: record, KeyMark: "k", Progress: func(step string, done, total int64) {
		if done > total {
			t.Errorf("%s: %d of %d", step, done, total)
		}
		if !slices.Contains(steps, step) {
			steps = append(steps, step)
		}
	}})
	if got := names(t, to); !slices.Equal(got, []string{"sangto-20261120T173000Z.tar"}) {
		t.Errorf("the folder holds %q", got)
	}
	if info, err := os.Stat(b.Path); err != nil || info.Mode().Perm() != 0o600 || info.Size() != b.Size {
		t.Errorf("the backup: %v, %v", info, err)
	}
	if !slices.Contains(steps, "pack") || !slices.Contains(steps, "prove") {
		t.Errorf("progress was told of %q", steps)
	}
	var parts []string
	for _, p := range contents(t, b.Path) {
		parts = append(parts, p.name)
	}
	if !slices.Equal(parts, []string{"manifest.json", "sangto.db", "log/checkpoint", "log/tile/0/000.p/5"}) {
		t.Errorf("the backup holds %q", parts)
	}

	write(t, filepath.Join(back, "log", "checkpoint"), []byte("newer"))
	write(t, filepath.Join(back, "lock.db"), []byte("another lock"))
	r, err := transfer.Restore(t.Context(), transfer.RestoreOptions{Backup: to, Data: back, Record: filepath.Join(back, "log"), KeyMark: "k", Now: night})
	if err != nil || r.Safety != "" || r.Manifest.Made != night {
		t.Fatalf("%+v, %v", r, err)
	}
	if got := markOf(t, back); got != "bản thứ nhất" {
		t.Errorf("restored desk: %q", got)
	}
	for path, want := range map[string]string{"log/checkpoint": "newer", "log/tile/0/000.p/5": "tile", "lock.db": "another lock"} {
		if got, err := os.ReadFile(filepath.Join(back, path)); err != nil || string(got) != want {
			t.Errorf("%s is %q, %v", path, got, err)
		}
	}
	if got := names(t, back); !slices.Equal(got, []string{"lock.db", "log", "sangto.db"}) {
		t.Errorf("the folder holds %q", got)
	}
}

type part struct {
	name string
	body []byte
}

// contents reads a backup with a tar program's eyes.
func contents(t *testing.T, path string) (out []part) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := tar.NewReader(f)
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, part{h.Name, body})
	}
}

// TestRestoreReplaces keeps what was there, its log included, and never lets
// the old log be replayed into the new database.
func TestRestoreReplaces(t *testing.T) {
	data, to := t.TempDir(), t.TempDir()
	db := small(t, data, "cũ")
	b := backUp(t, db, transfer.BackupOptions{To: to})
	if err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.SetSetting("mark", "mới") }); err != nil {
		t.Fatal(err)
	}
	// As kill -9 leaves it: the log holds what the file does not.
	crashed := t.TempDir()
	for _, suffix := range []string{"", "-wal", "-shm"} {
		raw, err := os.ReadFile(filepath.Join(data, "sangto.db"+suffix))
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(crashed, "sangto.db"+suffix), raw)
	}
	write(t, filepath.Join(crashed, "index.snapshot"), []byte("index"))
	o := transfer.RestoreOptions{Backup: b.Path, Data: crashed, Now: night}
	if _, err := transfer.Restore(t.Context(), o); desk.KindOf(err) != desk.Conflict {
		t.Fatalf("over a desk: %v", err)
	}
	o.Replace = true
	r, err := transfer.Restore(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if got := markOf(t, crashed); got != "cũ" {
		t.Errorf("restored desk: %q", got)
	}
	if got := markOf(t, r.Safety); got != "mới" {
		t.Errorf("what was there: %q", got)
	}
	if _, err := os.Stat(filepath.Join(crashed, "index.snapshot")); !errors.Is(err, fs.ErrNotExist) {
		t.Error("the index of the other state stayed")
	}
	for _, days := range []int{13, 15} {
		if err := transfer.PruneSafeties(crashed, night.AddDate(0, 0, days)); err != nil {
			t.Fatal(err)
		}
		if left, err := transfer.Safeties(crashed); err != nil || (len(left) == 1) != (days == 13) {
			t.Errorf("after %d days: %v, %v", days, left, err)
		}
	}
}

// TestRestoreRefuses: nothing in the folder changes.
func TestRestoreRefuses(t *testing.T) {
	data, to := t.TempDir(), t.TempDir()
	b := backUp(t, small(t, data, "x"), transfer.BackupOptions{To: to, KeyMark: "k"})
	good := contents(t, b.Path)
	for _, c := range []struct {
		name   string
		change func(m *transfer.Manifest, parts *[]part)
		o      transfer.RestoreOptions
		key    string
	}{
		{"no keys", nil, transfer.RestoreOptions{}, "restore.error.keys_missing"},
		{"other keys", nil, transfer.RestoreOptions{KeyMark: "other"}, "restore.error.keys_other"},
		{"into PostgreSQL over something", nil, transfer.RestoreOptions{KeyMark: "k", DSN: "postgres://localhost/x", Replace: true}, "restore.error.replace_postgres"},
		{"a schema that needs a newer program", func(m *transfer.Manifest, _ *[]part) { m.Floor, m.Level = 9000, 9000 }, transfer.RestoreOptions{KeyMark: "k"}, "error.database.newer"},
		{"a newer form", func(m *transfer.Manifest, _ *[]part) { m.Format = 2 }, transfer.RestoreOptions{KeyMark: "k"}, "backup.error.newer"},
		{"another state than it says", func(m *transfer.Manifest, _ *[]part) { m.Change = 77 }, transfer.RestoreOptions{KeyMark: "k"}, "backup.error.damaged"},
		{"one byte of the database", func(_ *transfer.Manifest, p *[]part) { (*p)[1].body[5000] ^= 1 }, transfer.RestoreOptions{KeyMark: "k"}, "backup.error.damaged"},
		{"another checksum", func(m *transfer.Manifest, _ *[]part) { m.Files[0].SHA256 = strings.Repeat("0", 64) }, transfer.RestoreOptions{KeyMark: "k"}, "backup.error.damaged"},
		{"no checksum", func(m *transfer.Manifest, _ *[]part) { m.Files[0].SHA256 = "" }, transfer.RestoreOptions{KeyMark: "k"}, "backup.error.damaged"},
		{"no database", func(m *transfer.Manifest, p *[]part) { *p = (*p)[:1] }, transfer.RestoreOptions{KeyMark: "k"}, "backup.error.damaged"},
		{"a part too many", func(_ *transfer.Manifest, p *[]part) { *p = append(*p, part{"log/more", nil}) }, transfer.RestoreOptions{KeyMark: "k"}, "backup.error.damaged"},
		{"out of the folder", added("log/../../evil"), transfer.RestoreOptions{KeyMark: "k"}, "backup.error.damaged"},
		{"an absolute path", added("/tmp/evil"), transfer.RestoreOptions{KeyMark: "k"}, "backup.error.damaged"},
		{"keys", added("keys/form.key"), transfer.RestoreOptions{KeyMark: "k"}, "backup.error.damaged"},
		{"the lock", added("lock.db"), transfer.RestoreOptions{KeyMark: "k"}, "backup.error.damaged"},
		{"the database twice", added("sangto.db"), transfer.RestoreOptions{KeyMark: "k"}, "backup.error.damaged"},
		{"a hidden file", added("log/.bashrc"), transfer.RestoreOptions{KeyMark: "k"}, "backup.error.damaged"},
		{"a size of nothing", func(m *transfer.Manifest, _ *[]part) { m.Files[0].Size = -1 }, transfer.RestoreOptions{KeyMark: "k"}, "backup.error.damaged"},
		{"more than the disk", func(m *transfer.Manifest, _ *[]part) { m.Files[0].Size = 1 << 60 }, transfer.RestoreOptions{KeyMark: "k"}, "backup.error.room"},
		{"more than numbers hold", func(m *transfer.Manifest, _ *[]part) {
			m.Files[0].Size = 1<<63 - 1
			m.Files = append(m.Files, transfer.Part{Name: "log/x", Size: 1<<63 - 1, SHA256: m.Files[0].SHA256})
		}, transfer.RestoreOptions{KeyMark: "k"}, "backup.error.damaged"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := b.Path
			if c.change != nil {
				path = forge(t, good, c.change)
			}
			into := t.TempDir()
			write(t, filepath.Join(into, "other"), []byte("stays"))
			c.o.Backup, c.o.Data, c.o.Now = path, into, night
			_, err := transfer.Restore(t.Context(), c.o)
			var e *desk.Error
			if !errors.As(err, &e) || e.Key != c.key {
				t.Errorf("got %v, want %s", err, c.key)
			}
			if got := names(t, into); !slices.Equal(got, []string{"other"}) {
				t.Errorf("the folder holds %q", got)
			}
		})
	}
}

func added(name string) func(*transfer.Manifest, *[]part) {
	return func(m *transfer.Manifest, p *[]part) {
		sum := sha256.Sum256([]byte("evil"))
		m.Files = append(m.Files, transfer.Part{Name: name, Size: 4, SHA256: hex.EncodeToString(sum[:])})
		*p = append(*p, part{name, []byte("evil")})
	}
}

// forge packs a changed backup.
func forge(t *testing.T, good []part, change func(*transfer.Manifest, *[]part)) string {
	t.Helper()
	parts := []part{}
	for _, p := range good {
		parts = append(parts, part{p.name, bytes.Clone(p.body)})
	}
	var m transfer.Manifest
	if err := json.Unmarshal(parts[0].body, &m); err != nil {
		t.Fatal(err)
	}
	change(&m, &parts)
	parts[0].body, _ = json.Marshal(m)
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, p := range parts {
		if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: p.name, Size: int64(len(p.body)), Mode: 0o600}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(p.body); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "forged.tar")
	write(t, path, b.Bytes())
	return path
}

// TestBackupCutShort cuts a good backup at many places: each is refused and
// leaves nothing.
func TestBackupCutShort(t *testing.T) {
	b := backUp(t, small(t, t.TempDir(), "x"), transfer.BackupOptions{To: t.TempDir()})
	whole, err := os.ReadFile(b.Path)
	if err != nil {
		t.Fatal(err)
	}
	into := t.TempDir()
	cut := filepath.Join(t.TempDir(), "cut.tar")
	// The last 1,024 bytes are the end mark of a tar, without which it is whole.
	for n := 0; n < len(whole)-1024; n += len(whole)/40 + 1 {
		write(t, cut, whole[:n])
		if _, err := transfer.Restore(t.Context(), transfer.RestoreOptions{Backup: cut, Data: into, Now: night}); desk.KindOf(err) != desk.Invalid {
			t.Errorf("cut after %d bytes: %v", n, err)
		}
		if got := names(t, into); len(got) != 0 {
			t.Fatalf("cut after %d bytes: the folder holds %q", n, got)
		}
	}
}

// TestBackupMustBeSound: a desk that is damaged gets no backup that counts, no
// older one goes, and nothing is left behind.
func TestBackupMustBeSound(t *testing.T) {
	data, to := t.TempDir(), t.TempDir()
	db := small(t, data, "x")
	old := backUp(t, db, transfer.BackupOptions{To: to, Now: night.AddDate(0, 0, -20)})
	err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.SetSetting("x", "y") })
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(t.TempDir(), "x"), nil)
	breakChanges(t, data)
	_, err = transfer.WriteBackup(t.Context(), db, transfer.BackupOptions{To: to, Now: night})
	var e *desk.Error
	if !errors.As(err, &e) || e.Key != "backup.error.damaged" || !strings.Contains(fmt.Sprint(e.Err), "changes are numbered") {
		t.Errorf("a damaged desk was backed up: %v", err)
	}
	if got := names(t, to); !slices.Equal(got, []string{filepath.Base(old.Path)}) {
		t.Errorf("the folder holds %q", got)
	}
}

// TestBackupPlaces: what may be written where, and for how long it stays.
func TestBackupPlaces(t *testing.T) {
	db := small(t, t.TempDir(), "x")
	to := t.TempDir()
	for _, o := range []transfer.BackupOptions{
		{To: "", Now: night},
		{To: filepath.Join(to, "no", "file.tar"), Now: night},
		{To: filepath.Join(to, "no") + "/", Now: night},
		{To: to, KeepDays: 15, Now: night},
		{To: to, KeepDays: -1, Now: night},
	} {
		if _, err := transfer.WriteBackup(t.Context(), db, o); err == nil {
			t.Errorf("%+v was taken", o)
		}
	}
	if got := names(t, to); len(got) != 0 {
		t.Fatalf("refusals left %q", got)
	}
	stays := []string{"sangto-notes.txt", "sangto-20261101T000000Z.tar.old", "other-20200101T000000Z.tar"}
	for _, n := range stays {
		write(t, filepath.Join(to, n), nil)
	}
	old := filepath.Join(to, ".sangto-123")
	write(t, filepath.Join(old, "sangto.db"), nil)
	if err := os.Chtimes(old, night.AddDate(0, 0, -2), night.AddDate(0, 0, -2)); err != nil {
		t.Fatal(err)
	}
	for _, age := range []int{20, 15, 14, 3} {
		write(t, filepath.Join(to, "sangto-"+night.AddDate(0, 0, -age).Format("20060102T150405Z")+".tar"), nil)
	}
	b := backUp(t, db, transfer.BackupOptions{To: to})
	if want := []string{".sangto-123", "sangto-20261031T173000Z.tar", "sangto-20261105T173000Z.tar"}; !slices.Equal(b.Pruned, want) {
		t.Errorf("removed %q, want %q", b.Pruned, want)
	}
	for _, n := range stays {
		if _, err := os.Stat(filepath.Join(to, n)); err != nil {
			t.Errorf("%s was removed", n)
		}
	}
	// The newest is never removed, whatever the clock says.
	if gone, err := transfer.Prune(to, night.AddDate(10, 0, 0), 14); err != nil || slices.Contains(gone, filepath.Base(b.Path)) {
		t.Errorf("removed %q, %v", gone, err)
	}
}

// FuzzRestore reads hostile files: it never panics, never writes outside of its
// folder and leaves nothing in it.
func FuzzRestore(f *testing.F) {
	f.Add([]byte("manifest.json"))
	f.Add(bytes.Repeat([]byte{0}, 1024))
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	text := `{"format":1,"level":1,"floor":1,"files":[{"name":"sangto.db","size":1,"sha256":"` + strings.Repeat("0", 64) + `"}]}`
	_ = w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "manifest.json", Size: int64(len(text))})
	_, _ = w.Write([]byte(text))
	_ = w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "sangto.db", Size: 1})
	_, _ = w.Write([]byte("x"))
	_ = w.Close()
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, raw []byte) {
		if len(raw) > 1<<20 {
			t.Skip()
		}
		root := t.TempDir()
		path, into := filepath.Join(root, "x.tar"), filepath.Join(root, "data")
		write(t, path, raw)
		if err := os.Mkdir(into, 0o700); err != nil {
			t.Fatal(err)
		}
		if _, err := transfer.Restore(t.Context(), transfer.RestoreOptions{Backup: path, Data: into, AnyKeys: true, Now: night}); err == nil {
			t.Skip("a good backup")
		}
		if left, all := names(t, into), names(t, root); len(left) != 0 || len(all) != 2 {
			t.Errorf("left %q in %q", left, all)
		}
	})
}
