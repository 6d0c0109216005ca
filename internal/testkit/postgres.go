// Package testkit holds what only tests need and several packages share: a
// throw-away PostgreSQL and a browser.
package testkit

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// RequirePostgres is the environment variable that turns a missing PostgreSQL
// from a skipped test into a failed one.
const RequirePostgres = "SANGTO_REQUIRE_POSTGRES"

// Postgres returns the address of a new, empty database on a throw-away
// PostgreSQL cluster. The cluster is started once per test process, listens on
// a unix socket in a temporary folder only, sorts text by Vietnamese rules (so
// that whoever forgets to ask for byte order notices), keeps fsync on, and is
// stopped and removed when the process ends, however it ends. Where PostgreSQL
// is not installed, and under -short, the test is skipped; if RequirePostgres
// is 1 it is run whatever was asked, and fails.
func Postgres(tb testing.TB) (dsn string) {
	tb.Helper()
	required := os.Getenv(RequirePostgres) == "1"
	if testing.Short() && !required {
		tb.Skip("NOT TESTED on PostgreSQL: -short")
	}
	c, err := cluster()
	if errors.Is(err, errNoPostgres) && !required {
		tb.Skipf("NOT TESTED on PostgreSQL: %v (set %s=1 to make this a failure)", err, RequirePostgres)
	}
	if err != nil {
		tb.Fatal(err)
	}
	name := fmt.Sprintf("t%d", c.databases.Add(1))
	if out, err := c.command("psql", "-h", c.socket, "-U", clusterUser, "-d", "postgres", "-qc", "CREATE DATABASE "+name).CombinedOutput(); err != nil {
		tb.Fatalf("make a database: %v\n%s", err, out)
	}
	q := url.Values{"host": {c.socket}, "user": {clusterUser}}
	return "postgres:///" + name + "?" + q.Encode()
}

const clusterUser = "sangto"

var errNoPostgres = errors.New("PostgreSQL is not installed")

// cluster is the one cluster of this test process.
var cluster = sync.OnceValues(startCluster)

type postgresCluster struct {
	bin    string
	socket string
	// runAs is the unprivileged account, "" if we are unprivileged ourselves.
	runAs     string
	databases atomic.Int64
	// leash holds the server: when this end of the pipe closes, it stops.
	leash io.WriteCloser
}

func startCluster() (*postgresCluster, error) {
	bin, err := postgresBin()
	if err != nil {
		return nil, err
	}
	c := &postgresCluster{bin: bin}
	dir, err := c.folder()
	if err != nil {
		return nil, err
	}
	c.socket = dir
	data := filepath.Join(dir, "data")
	out, err := c.command("initdb", "-D", data, "-U", clusterUser, "-A", "trust", "-E", "UTF8",
		"--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=vi-VN", "--data-checksums", "--no-sync", "--no-instructions").CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	if err := c.serve(dir, data); err != nil {
		return nil, err
	}
	return c, c.await(filepath.Join(dir, "log"))
}

// serve starts the server under a shell that waits for the end of its input,
// which comes when this process is gone, then stops the server and cleans up.
func (c *postgresCluster) serve(dir, data string) error {
	script := `"$0" -D "$1" -k "$2" -c listen_addresses= -c max_connections=200 >"$2/log" 2>&1 &
read -r _
kill -INT $!
wait $!
rm -rf "$2"`
	cmd := c.command("/bin/sh", "-c", script, filepath.Join(c.bin, "postgres"), data, dir)
	var err error
	if c.leash, err = cmd.StdinPipe(); err != nil {
		return err
	}
	return cmd.Start()
}

func (c *postgresCluster) await(log string) error {
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if c.command("pg_isready", "-q", "-h", c.socket).Run() == nil {
			return nil
		}
	}
	words, _ := os.ReadFile(log)
	return fmt.Errorf("PostgreSQL did not start:\n%s", words)
}

// folder makes a folder with a short name (a socket's path is limited to about
// 100 bytes) that belongs to whoever runs the server.
func (c *postgresCluster) folder() (string, error) {
	dir, err := os.MkdirTemp("/tmp", "sangto-pg-")
	if err != nil || os.Getuid() != 0 {
		return dir, err
	}
	for _, name := range []string{"postgres", "nobody"} {
		account, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, _ := strconv.Atoi(account.Uid)
		gid, _ := strconv.Atoi(account.Gid)
		c.runAs = name
		return dir, errors.Join(os.Chown(dir, uid, gid), os.Chmod(dir, 0o755))
	}
	return "", errors.New("PostgreSQL refuses to run as root and there is no account to run it as")
}

// command runs a program as the unprivileged account.
func (c *postgresCluster) command(name string, args ...string) *exec.Cmd {
	if !filepath.IsAbs(name) {
		name = filepath.Join(c.bin, name)
	}
	var cmd *exec.Cmd
	if c.runAs == "" {
		cmd = exec.Command(name, args...)
	} else {
		cmd = exec.Command("runuser", append([]string{"-u", c.runAs, "--", name}, args...)...)
	}
	cmd.Dir = "/"
	return cmd
}

// postgresBin finds the programs of the newest installed PostgreSQL.
func postgresBin() (string, error) {
	// Debian keeps the servers' programs off the path, by release.
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		path, err := exec.LookPath("postgres")
		if err != nil {
			return "", errNoPostgres
		}
		return filepath.Dir(path), nil
	}
	release := func(path string) int {
		n, _ := strconv.Atoi(strings.Split(path, "/")[4])
		return n
	}
	newest := slices.MaxFunc(found, func(a, b string) int { return release(a) - release(b) })
	return filepath.Dir(newest), nil
}
