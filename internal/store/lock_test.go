package store_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"sangto/internal/desk"
	"sangto/internal/store"
	"sangto/internal/testkit"
)

// TestLock is the contract of the lock, in a file and in a database.
func TestLock(t *testing.T) {
	for name, place := range map[string]func(t *testing.T) string{
		"file":     func(t *testing.T) string { return filepath.Join(t.TempDir(), "lock.db") },
		"database": func(t *testing.T) string { return testkit.Postgres(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			lockContract(t, place(t))
		})
	}
}

func lockContract(t *testing.T, place string) {
	ctx := t.Context()
	if _, err := store.OpenLock(ctx, place, false); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("one that is not there: %v", err)
	}
	open := func(create bool) *store.Lock {
		t.Helper()
		l, err := store.OpenLock(ctx, place, create)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() })
		return l
	}
	l := open(true)
	holds := func(l *store.Lock, want string) {
		t.Helper()
		if got, err := l.Load(ctx); err != nil || string(got) != want {
			t.Errorf("it holds %q and not %q, %v", got, want, err)
		}
	}
	replaces := func(old, next string, want bool) {
		t.Helper()
		var before []byte
		if old != "" {
			before = []byte(old)
		}
		if ok, err := l.Replace(ctx, before, []byte(next)); err != nil || ok != want {
			t.Errorf("%q in the place of %q: %v, %v", next, old, ok, err)
		}
	}
	holds(l, "")
	replaces("first", "second", false)
	holds(l, "")
	replaces("", "first", true)
	replaces("", "other", false)
	replaces("firs", "second", false)
	holds(l, "first")
	replaces("first", "a\nb\x00\xff", true)
	replaces("first", "third", false)
	other := open(false)
	holds(other, "a\nb\x00\xff")
	_ = other.Close()
	holds(open(true), "a\nb\x00\xff")
	oneOfManyWins(t, place)
}

// oneOfManyWins: of programs that hold the same old checkpoint, one replaces it.
func oneOfManyWins(t *testing.T, place string) {
	const programs, rounds = 4, 20
	var locks []*store.Lock
	for range programs {
		l, err := store.OpenLock(t.Context(), place, false)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		locks = append(locks, l)
	}
	for round := range rounds {
		old, err := locks[0].Load(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var won atomic.Int64
		var wg sync.WaitGroup
		for i, l := range locks {
			wg.Go(func() {
				ok, err := l.Replace(t.Context(), old, []byte{byte(round), byte(i)})
				if err != nil {
					t.Errorf("round %d: %v", round, err)
				}
				if ok {
					won.Add(1)
				}
			})
		}
		wg.Wait()
		if now, err := locks[1].Load(t.Context()); won.Load() != 1 || err != nil || bytes.Equal(now, old) {
			t.Fatalf("round %d: %d won, %v", round, won.Load(), err)
		}
	}
}

// TestLockIsNotTheDesks: a lock that an old backup brings back with the desk is none.
func TestLockIsNotTheDesks(t *testing.T) {
	dsn := testkit.Postgres(t)
	db, err := store.Open(t.Context(), store.Options{DSN: dsn})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	_, err = store.OpenLock(t.Context(), dsn, true)
	var e *desk.Error
	if !errors.As(err, &e) || e.Kind != desk.Invalid || e.Key != "error.lock.shared" {
		t.Errorf("the lock in the desk's own database: %v", err)
	}
	if _, err := store.OpenLock(t.Context(), "postgres://somebody:secret@192.0.2.1/lock", true); desk.KindOf(err) != desk.Invalid || strings.Contains(err.Error(), "secret") {
		t.Errorf("a lock on another machine without TLS: %v", err)
	}
}

func TestLockName(t *testing.T) {
	for place, want := range map[string]string{
		"/var/lib/sangto/lock.db":                             "/var/lib/sangto/lock.db",
		"postgres://somebody:secret@db.example:5432/lock?a=b": "postgres://db.example:5432/lock",
		"postgres://%zz":                                      "postgres://…",
	} {
		if got := store.LockName(place); got != want {
			t.Errorf("%q is shown as %q", place, got)
		}
	}
}

func TestLockFileIsPrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock.db")
	l, err := store.OpenLock(t.Context(), path, true)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}
