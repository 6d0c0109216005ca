package app_test

import (
	"encoding/json"
	"html"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// requireCurl is the environment variable that turns a missing curl from a
// skipped test into a failed one.
const requireCurl = "SANGTO_REQUIRE_CURL"

var examplePattern = regexp.MustCompile(`(?s)<pre class="example">(.*?)</pre>`)

// TestExamplesOfThePageRun takes what the page for programs tells people to
// type, in each language, and types it, in one shell and against the assembled
// program. Whatever an example prints must be JSON.
func TestExamplesOfThePageRun(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		if os.Getenv(requireCurl) == "1" {
			t.Fatal(err)
		}
		t.Skipf("NOT TESTED that the examples run: %v (set %s=1 to make this a failure)", err, requireCurl)
	}
	if testing.Short() {
		t.Skip("a form must be five seconds old")
	}
	cfg, _ := demo(t)
	r := start(t, cfg)
	for _, page := range []string{"/api", "/en/api"} {
		t.Run(page, func(t *testing.T) {
			t.Parallel()
			status, body := r.get(t, page)
			if status != http.StatusOK {
				t.Fatalf("status %d", status)
			}
			script := "set -eu\n"
			found := examplePattern.FindAllStringSubmatch(body, -1)
			for _, m := range found {
				script += html.UnescapeString(m[1]) + "\n"
			}
			if len(found) < 7 || !strings.HasPrefix(script, "set -eu\nSITE="+r.base) {
				t.Fatalf("%d examples:\n%s", len(found), script)
			}
			cmd := exec.CommandContext(t.Context(), "sh", "-s")
			cmd.Dir, cmd.Stdin = t.TempDir(), strings.NewReader(script)
			var complaints strings.Builder
			cmd.Stderr = &complaints
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("%v: %s\n%s\n%s", err, complaints.String(), out, script)
			}
			answers := 0
			seen := map[string]bool{}
			for d := json.NewDecoder(strings.NewReader(string(out))); ; answers++ {
				var v map[string]any
				if err := d.Decode(&v); err == io.EOF {
					break
				} else if err != nil {
					t.Fatalf("answer %d is no JSON: %v\n%s", answers+1, err, out)
				}
				for key := range v {
					seen[key] = true
				}
			}
			if answers != 9 {
				t.Errorf("%d answers, want 9:\n%s", answers, out)
			}
			first, err := os.ReadFile(filepath.Join(cmd.Dir, "checks.json"))
			again, _ := os.ReadFile(filepath.Join(cmd.Dir, "checks.new"))
			if err != nil || len(first) == 0 || len(again) != 0 {
				t.Errorf("asked again for what did not change: %v, %d bytes after %d", err, len(again), len(first))
			}
			for _, key := range []string{"links", "checks", "evidence", "owners", "desks", "outcome", "state", "withdrawn", "code"} {
				if !seen[key] {
					t.Errorf("no example shows %q", key)
				}
			}
		})
	}
}
