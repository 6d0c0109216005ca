package access_test

import (
	"bufio"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"sangto/internal/access"
	"sangto/internal/desk"
)

// requireNode is the environment variable that turns a missing Node.js from a
// skipped test into a failed one.
const requireNode = "SANGTO_REQUIRE_NODE"

// realProvider starts the provider of testdata/oidc, which others wrote, and
// returns its issuer. Its packages are those of the lock file, by their hashes.
func realProvider(t *testing.T) string {
	t.Helper()
	required := os.Getenv(requireNode) == "1"
	if testing.Short() && !required {
		t.Skip("NOT TESTED with a real provider: -short")
	}
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			if required {
				t.Fatal(err)
			}
			t.Skipf("NOT TESTED with a real provider: %v (set %s=1 to make this a failure)", err, requireNode)
		}
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", "oidc"))); err != nil {
		t.Fatal(err)
	}
	install := exec.CommandContext(t.Context(), "npm", "ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline")
	install.Dir = dir
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("install the provider: %v\n%s", err, out)
	}
	run := exec.Command("node", "provider.mjs", clientID, clientSecret, secure+access.VisitPath)
	run.Dir = dir
	leash, err := run.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	said, err := run.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var complaints strings.Builder
	run.Stderr = &complaints
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(said)
	found := lines.Scan()
	t.Cleanup(func() {
		_ = leash.Close()
		_, _ = io.Copy(io.Discard, said)
		_ = run.Wait()
	})
	if !found {
		t.Fatalf("the provider says nothing: %s", complaints.String())
	}
	return lines.Text()
}

// person is somebody's browser at the real provider.
type person struct {
	*http.Client
	account string
	prompts []string // what the provider asked
}

func newPerson(t *testing.T, account string) *person {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	home, err := url.Parse(secure)
	if err != nil {
		t.Fatal(err)
	}
	return &person{account: account, Client: &http.Client{Jar: jar, Timeout: 10 * time.Second, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if r.URL.Host == home.Host {
			return http.ErrUseLastResponse
		}
		return nil
	}}}
}

// visit goes to the provider, fills in its forms, and comes back. Whoever
// refuses takes the way out that the forms offer.
func (p *person) visit(d *door, token, code string, refuses bool) back {
	d.t.Helper()
	v, err := d.BeginVisit(d.t.Context(), token, code, "/desk/queue")
	if err != nil {
		d.t.Fatal(err)
	}
	form := regexp.MustCompile(`<form[^>]* action="([^"]+)"`)
	prompt := regexp.MustCompile(`name="prompt" value="([a-z]+)"`)
	wayOut := regexp.MustCompile(`href="([^"]+/abort)"`)
	resp, err := p.Get(v.Address)
	for range 5 {
		if err != nil {
			d.t.Fatal(err)
		}
		body, err2 := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if to, err := resp.Location(); err == nil {
			return back{cookie: v.Cookie, state: to.Query().Get("state"), code: to.Query().Get("code")}
		}
		action, asked, out := form.FindSubmatch(body), prompt.FindSubmatch(body), wayOut.FindSubmatch(body)
		if err2 != nil || action == nil || asked == nil || out == nil {
			d.t.Fatalf("the provider shows no form: %d %v\n%s", resp.StatusCode, err2, body)
		}
		p.prompts = append(p.prompts, string(asked[1]))
		address := func(s []byte) string {
			u, err := resp.Request.URL.Parse(string(s))
			if err != nil {
				d.t.Fatal(err)
			}
			return u.String()
		}
		if refuses {
			resp, err = p.Get(address(out[1]))
			continue
		}
		resp, err = p.PostForm(address(action[1]), url.Values{"prompt": {string(asked[1])}, "login": {p.account}, "password": {"x"}})
	}
	d.t.Fatal("the provider asks without end")
	return back{}
}

// TestOrganisationForReal enrols, signs in and proves with a provider that
// others wrote: discovery, keys, codes, PKCE and tokens as they come.
func TestOrganisationForReal(t *testing.T) {
	issuer := realProvider(t)
	d := organised(t, issuer)
	d.clock.move(time.Since(d.clock.now()))
	hoa, stranger := newPerson(t, "hoa@toasoan.example"), newPerson(t, "nobody@toasoan.example")
	l := d.link("Hoa", desk.Editor)
	token, err := d.comeBack(hoa.visit(d, "", l.Code, false))
	if err != nil {
		t.Fatal(err)
	}
	if seat, err := d.Seat(t.Context(), token); err != nil || seat.Member.ID != l.Member.ID {
		t.Fatalf("%+v %v", seat, err)
	}
	// The provider remembers Hoa, and asks nothing for a sign-in.
	hoa.prompts = nil
	b := hoa.visit(d, "", "", false)
	if token, err = d.comeBack(b); err != nil || len(hoa.prompts) != 0 {
		t.Fatalf("sign in: %v, asked %v", err, hoa.prompts)
	}
	_, err = d.comeBack(b)
	refused(t, "the same answer again", err, "error.organisation.refused")
	// For a proof it asks again, though it remembers.
	fresh, err := d.comeBack(hoa.visit(d, token, "", false))
	if err != nil || len(hoa.prompts) == 0 || hoa.prompts[0] != "login" {
		t.Fatalf("prove: %v, asked %v", err, hoa.prompts)
	}
	_, err = d.comeBack(stranger.visit(d, "", "", false))
	refused(t, "a subject nobody enrolled", err, "error.organisation.unknown")
	_, err = d.comeBack(stranger.visit(d, fresh, "", false))
	refused(t, "a proof with another's account", err, "error.organisation.unknown")
	_, err = d.comeBack(newPerson(t, "hoa@toasoan.example").visit(d, "", "", true))
	refused(t, "whoever says no over there", err, "error.organisation.refused")
	// An answer to one browser's question is none to another's.
	mine, other := hoa.visit(d, "", "", false), hoa.visit(d, "", "", false)
	_, err = d.comeBack(back{mine.cookie, mine.state, other.code})
	refused(t, "another visit's code", err, "error.organisation.refused")
}
