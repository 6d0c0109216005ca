package conformance_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"filippo.io/torchwood"
	"github.com/transparency-dev/tessera/client"
	"github.com/transparency-dev/tessera/fsck"
	"golang.org/x/mod/sumdb/note"
)

// startDesk runs the invented desk and returns the address of its log and the
// log's key.
func startDesk(t *testing.T) (base, vkey string) {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "sangto")
	build := exec.Command("go", "build", "-o", bin, "./cmd/sangto")
	build.Dir = ".."
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-buildvcs=false")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	cmd := exec.Command(bin, "serve", "--demo", "--listen", "127.0.0.1:0", "--lang", "en")
	out := &lines{}
	cmd.Stdout, cmd.Stderr = out, out
	must(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	})
	open := regexp.MustCompile(`is open: (http://\S+)/`)
	for range 300 {
		time.Sleep(100 * time.Millisecond)
		m := open.FindStringSubmatch(out.String())
		if m == nil {
			continue
		}
		base = m[1] + "/log/"
		if key, ok := read(base + "key"); ok {
			if _, there := read(base + "checkpoint"); there {
				time.Sleep(2 * time.Second)
				return base, strings.Fields(key)[0]
			}
		}
	}
	t.Fatalf("no record after 30 s:\n%s", out.String())
	return "", ""
}

func read(address string) (string, bool) {
	resp, err := http.Get(address)
	if err != nil {
		return "", false
	}
	defer resp.Body.Close()
	var b strings.Builder
	if _, err := copyAll(&b, resp.Body); err != nil || resp.StatusCode != http.StatusOK {
		return "", false
	}
	return b.String(), true
}

// TestOthersReadARunningDesk has torchwood and tessera read the record of a desk
// over HTTP, and tessera find the byte that somebody in between flips.
func TestOthersReadARunningDesk(t *testing.T) {
	base, vkey := startDesk(t)
	signed, ok := read(base + "checkpoint")
	if !ok {
		t.Fatal("no checkpoint")
	}
	policy, err := torchwood.ParsePolicy([]byte("log " + vkey + "\nquorum none\n"))
	must(t, err)
	c, _, err := torchwood.VerifyCheckpoint([]byte(signed), policy)
	must(t, err)
	fetcher, err := torchwood.NewTileFetcher(base)
	must(t, err)
	reader, err := torchwood.NewClient(fetcher)
	must(t, err)
	seen := int64(0)
	for range reader.AllEntries(t.Context(), c.Tree, 0) {
		seen++
	}
	if err := reader.Err(); err != nil || seen != c.N || seen < 50 {
		t.Errorf("torchwood read %d of %d entries: %v", seen, c.N, err)
	}
	if err := tesseraReads(t, base, c.Origin, vkey); err != nil {
		t.Errorf("tessera: %v", err)
	}
	liar := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, ok := read(strings.TrimSuffix(base, "/") + r.URL.Path)
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		b := []byte(text)
		if strings.HasPrefix(r.URL.Path, "/tile/entries/") {
			b[len(b)/2] ^= 1
		}
		_, _ = w.Write(b)
	}))
	defer liar.Close()
	if tesseraReads(t, liar.URL+"/", c.Origin, vkey) == nil {
		t.Error("tessera finds nothing wrong with a flipped byte")
	}
}

func tesseraReads(t *testing.T, base, origin, vkey string) error {
	t.Helper()
	v, err := note.NewVerifier(vkey)
	must(t, err)
	at, err := url.Parse(base)
	must(t, err)
	fetcher, err := client.NewHTTPFetcher(at, nil)
	must(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	return fsck.New(origin, v, fetcher, leafHashes, fsck.Opts{N: 4}).Check(ctx)
}
