package peer

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
	"sync/atomic"
	"time"
)

// ErrNoPostgres says that PostgreSQL's programs are not on this machine.
var ErrNoPostgres = errors.New("PostgreSQL is not installed")

// Cluster is a throw-away PostgreSQL that listens on a unix socket in its own
// folder and is gone when the process that started it is, however that ends.
type Cluster struct {
	bin, dir string
	// runAs is the unprivileged account, "" if we are unprivileged ourselves.
	runAs string
	// leash holds the server: when this end of the pipe closes, it stops.
	leash io.WriteCloser
	done  chan error
	made  atomic.Int64
}

const clusterUser = "bench"

// StartCluster makes and starts a cluster of the newest installed PostgreSQL.
func StartCluster() (*Cluster, error) {
	bin, err := postgresBin()
	if err != nil {
		return nil, err
	}
	c := &Cluster{bin: bin}
	if err := c.folder(); err != nil {
		return nil, err
	}
	data := filepath.Join(c.dir, "data")
	out, err := c.command("initdb", "-D", data, "-U", clusterUser, "-A", "trust", "-E", "UTF8",
		"--locale=C.UTF-8", "--no-sync", "--no-instructions").CombinedOutput()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("initdb: %w\n%s", err, out), os.RemoveAll(c.dir))
	}
	if err := c.serve(data); err != nil {
		return nil, err
	}
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if c.command("pg_isready", "-q", "-h", c.dir).Run() == nil {
			return c, nil
		}
	}
	words, _ := os.ReadFile(filepath.Join(c.dir, "log"))
	return nil, errors.Join(fmt.Errorf("PostgreSQL did not start:\n%s", words), c.Close())
}

// serve starts the server under a shell that waits for the end of its input,
// which comes when this process closes it or is gone, or for a signal sent to
// all of us, then stops the server and cleans up.
func (c *Cluster) serve(data string) error {
	script := `trap : INT TERM HUP
"$0" -D "$1" -k "$2" -c listen_addresses= -c fsync=off -c shared_buffers=512MB >"$2/log" 2>&1 &
read -r _
kill -INT $!
wait $!
rm -rf "$2"`
	cmd := c.command("/bin/sh", "-c", script, filepath.Join(c.bin, "postgres"), data, c.dir)
	var err error
	if c.leash, err = cmd.StdinPipe(); err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	c.done = make(chan error, 1)
	go func() { c.done <- cmd.Wait() }()
	return nil
}

// Database makes an empty database and returns its address.
func (c *Cluster) Database() (string, error) {
	name := fmt.Sprintf("d%d", c.made.Add(1))
	out, err := c.command("psql", "-h", c.dir, "-U", clusterUser, "-d", "postgres", "-qc", "CREATE DATABASE "+name).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("make a database: %w\n%s", err, out)
	}
	return "postgres:///" + name + "?" + url.Values{"host": {c.dir}, "user": {clusterUser}}.Encode(), nil
}

// Close stops the server and removes its folder.
func (c *Cluster) Close() error {
	c.leash.Close()
	<-c.done
	// The server's own script removed what is in the folder; the folder itself
	// may belong to us.
	return os.RemoveAll(c.dir)
}

// folder makes a folder with a short name (a socket's path is limited to about
// 100 bytes) that belongs to whoever runs the server.
func (c *Cluster) folder() error {
	dir, err := os.MkdirTemp("/tmp", "bench-pg-")
	c.dir = dir
	if err != nil || os.Getuid() != 0 {
		return err
	}
	for _, name := range []string{"postgres", "nobody"} {
		account, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, _ := strconv.Atoi(account.Uid)
		gid, _ := strconv.Atoi(account.Gid)
		c.runAs = name
		return errors.Join(os.Chown(dir, uid, gid), os.Chmod(dir, 0o755))
	}
	return errors.New("PostgreSQL refuses to run as root and there is no account to run it as")
}

// command runs a program as the unprivileged account.
func (c *Cluster) command(name string, args ...string) *exec.Cmd {
	if !filepath.IsAbs(name) {
		name = filepath.Join(c.bin, name)
	}
	cmd := exec.Command(name, args...)
	if c.runAs != "" {
		cmd = exec.Command("runuser", append([]string{"-u", c.runAs, "--", name}, args...)...)
	}
	cmd.Dir = "/"
	return cmd
}

// postgresBin finds the programs of the newest installed PostgreSQL. Debian
// keeps them off the path, by release.
func postgresBin() (string, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		path, err := exec.LookPath("postgres")
		if err != nil {
			return "", ErrNoPostgres
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
