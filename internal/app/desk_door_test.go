package app_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"sangto/internal/config"
)

// reader is a browser without script: it has cookies, follows redirects, and
// sends the forms that a page shows.
type reader struct {
	*http.Client
	t    *testing.T
	home string
	// at is the address of the page it reads.
	at     string
	status int
	page   string
}

func newReader(t *testing.T, home string) *reader {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &reader{Client: &http.Client{Jar: jar, Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 30 * time.Second}, t: t, home: home}
}

func (r *reader) took(res *http.Response, err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	r.at, r.status, r.page = res.Request.URL.Path, res.StatusCode, string(body)
}

func (r *reader) open(path string) {
	r.t.Helper()
	r.took(r.Get(r.home + path))
}

// send fills in the form of an action and sends it: what it hides goes along,
// and what is filled in must be a field of it.
func (r *reader) send(action string, fill map[string]string) {
	r.t.Helper()
	m := regexp.MustCompile(`(?s)<form[^>]* action="` + regexp.QuoteMeta(action) + `"[^>]*>(.*?)</form>`).FindStringSubmatch(r.page)
	if m == nil {
		r.t.Fatalf("%s (%d) shows no form for %s:\n%s", r.at, r.status, action, r.page)
	}
	form := url.Values{}
	for _, hidden := range regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)"`).FindAllStringSubmatch(m[1], -1) {
		form.Set(hidden[1], html.UnescapeString(hidden[2]))
	}
	for name, value := range fill {
		if !strings.Contains(m[1], ` name="`+name+`"`) {
			r.t.Errorf("the form for %s has no %s", action, name)
		}
		form.Set(name, value)
	}
	r.took(r.PostForm(r.home+action, form))
}

// is demands where the reader is and what the page has.
func (r *reader) is(what string, status int, path string, has ...string) {
	r.t.Helper()
	if r.status != status || r.at != path {
		r.t.Fatalf("%s: %d at %s, want %d at %s\n%s", what, r.status, r.at, status, path, r.page)
	}
	for _, s := range has {
		if !strings.Contains(r.page, s) {
			r.t.Errorf("%s: the page lacks %s\n%s", what, s, r.page)
		}
	}
}

// totp is the code of a time step (RFC 6238).
func totp(t *testing.T, secret string, step int64) string {
	t.Helper()
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ReplaceAll(secret, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha1.New, key)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(step)))
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 15
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[at:])&0x7fffffff%1000000)
}

// TestSetUpWithoutScript sets a desk up, signs out and in with a password and
// the second step, in a browser that runs no script, while the organisation's
// sign-in is down: that is said, and the other ways stay.
func TestSetUpWithoutScript(t *testing.T) {
	gone := httptest.NewServer(nil)
	gone.Close()
	dir := t.TempDir()
	secret := filepath.Join(dir, "secret")
	if err := os.WriteFile(secret, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Raw{
		Data: filepath.Join(dir, "data"), Listen: "127.0.0.1:0",
		Organisation: gone.URL, OrganisationClient: "sangto", OrganisationSecret: secret, OrganisationName: "Tòa soạn",
	}.Config()
	if err != nil {
		t.Fatal(err)
	}
	a := start(t, cfg)
	link, due, err := a.SetUpLink(t.Context())
	if err != nil || !due {
		t.Fatal(due, err)
	}
	const down = "Trang đăng nhập của tổ chức không trả lời"
	r := newReader(t, a.DeskURL().String())
	r.open("/desk/set-up")
	r.send("/desk/set-up", map[string]string{"code": "AAAA-AAAA"})
	r.is("a wrong code", 403, "/desk/set-up", `class="alarm"`)
	r.send("/desk/set-up", map[string]string{"code": strings.ToLower(link.Code)})
	r.is("the code, typed", 200, "/desk/set-up", `value="independent"`)
	founding := map[string]string{
		"name": "Bàn tin Bến Sông", "lang": "vi", "owner": "", "owner_kind": "independent", "funders": "Bạn đọc góp",
		"funder_kind": "independent", "member": "Lan",
	}
	r.send("/desk/set-up/desk", founding)
	r.is("no owner", 400, "/desk/set-up/desk", "Bạn đọc góp", `value="Lan"`)
	founding["owner"] = "Hợp tác xã báo chí Bến Sông"
	r.send("/desk/set-up/desk", founding)
	r.is("the declaration", 200, "/desk/set-up/desk", `action="/desk/enrol/organisation"`)

	r.send("/desk/enrol/organisation", nil)
	r.is("enrolling while the organisation is down", 503, "/desk/enrol/organisation", down, `action="/desk/enrol/passkey"`)
	found := regexp.MustCompile(`<code class="secret">([A-Z2-7 ]+)</code>`).FindStringSubmatch(r.page)
	if found == nil {
		t.Fatalf("no secret to type:\n%s", r.page)
	}
	const password = "bờ sông có bốn cây bàng"
	step := time.Now().Unix() / 30
	r.send("/desk/enrol/password", map[string]string{"name": "Lan", "password": "ngắn", "step": totp(t, found[1], step)})
	r.is("a short password", 400, "/desk/enrol/password", `value="Lan"`)
	r.send("/desk/enrol/password", map[string]string{"name": "Lan", "password": password, "step": totp(t, found[1], step)})
	r.is("enrolled", 200, "/desk/start", `class="steps"`, "Lan")

	r.send("/desk/sign-out", nil)
	r.is("signed out", 200, "/desk/sign-in")
	r.open("/desk/me")
	r.is("nobody", 200, "/desk/sign-in", `value="/desk/me"`)
	r.open("/desk/sign-in/organisation")
	r.is("the organisation is down", 503, "/desk/sign-in/organisation", down, `action="/desk/sign-in/passkey"`, "Tòa soạn")
	r.open("/desk/sign-in/organisation/back?state=x&code=y")
	r.is("an answer nobody asked for", 403, "/desk/sign-in/organisation/back", `class="alarm"`)
	r.open("/desk/me")
	r.send("/desk/sign-in/password", map[string]string{"name": "lan", "password": password + "x", "code": totp(t, found[1], step+1)})
	r.is("another password", 403, "/desk/sign-in/password", `class="alarm"`, `value="lan"`, `value="/desk/me"`)
	r.send("/desk/sign-in/password", map[string]string{"name": "lan", "password": password, "code": totp(t, found[1], step)})
	r.is("the code of the enrolment", 403, "/desk/sign-in/password")
	r.send("/desk/sign-in/password", map[string]string{"name": "LAN", "password": password, "code": totp(t, found[1], step+1)})
	r.is("signed in", 200, "/desk/me", "Lan")
	r.open("/desk/confirm/organisation")
	r.is("confirming while the organisation is down", 503, "/desk/confirm/organisation", down, `action="/desk/confirm/password"`)
	r.open("/desk/set-up")
	r.send("/desk/set-up", map[string]string{"code": link.Code})
	r.is("the set-up link again", 403, "/desk/set-up")
}
