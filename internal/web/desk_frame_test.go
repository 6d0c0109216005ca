package web_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"sangto/internal/desk"
	"sangto/internal/lang"
	"sangto/internal/web"
)

// deskSample fills the wildcards of a pattern of the desk.
func deskSample(pattern string) string {
	return strings.ReplaceAll(regexp.MustCompile(`\{[a-z]+\}`).ReplaceAllString(pattern, id(1)), "{$}", "")
}

// TestDeskHeaders walks every route of the desk as nobody and as a member, and
// addresses it does not have: never stored, never framed, and scripts only with
// the nonce of that one answer.
func TestDeskHeaders(t *testing.T) {
	b := openDesk(t)
	nonces := map[string]bool{}
	check := func(method, path string, h http.Header) {
		got := send(b.handler, method, path, url.Values{"x": {"1"}}, h)
		policy := got.Header().Get("Content-Security-Policy")
		m := regexp.MustCompile(`script-src 'nonce-([A-Z2-7]{26})'`).FindStringSubmatch(policy)
		if m == nil || nonces[m[1]] {
			t.Fatalf("%s %s: no fresh nonce in %q", method, path, policy)
		}
		nonces[m[1]] = true
		for _, want := range []string{"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "object-src 'none'", "form-action 'self'", "require-trusted-types-for 'script'"} {
			if !strings.Contains(policy, want) {
				t.Errorf("%s %s: the policy lacks %s", method, path, want)
			}
		}
		if strings.Contains(policy, "unsafe") || strings.Contains(policy, "*") || strings.Contains(policy, "https:") {
			t.Errorf("%s %s: the policy is open: %s", method, path, policy)
		}
		for name, want := range map[string]string{
			"Cache-Control": "no-store", "X-Robots-Tag": "noindex", "Etag": "", "Referrer-Policy": "same-origin",
			"X-Content-Type-Options": "nosniff", "Cross-Origin-Opener-Policy": "same-origin", "Access-Control-Allow-Origin": "",
		} {
			if got.Header().Get(name) != want {
				t.Errorf("%s %s: %s is %q, want %q", method, path, name, got.Header().Get(name), want)
			}
		}
		for _, script := range regexp.MustCompile(`<script[^>]*>`).FindAllString(got.Body.String(), -1) {
			if !strings.Contains(script, `nonce="`+m[1]+`"`) || !strings.Contains(script, `src="/static/`) {
				t.Errorf("%s %s: %s cannot run, or came with the page", method, path, script)
			}
		}
		if got.Code >= 500 {
			t.Errorf("%s %s: status %d", method, path, got.Code)
		}
	}
	for _, r := range b.site.DeskRoutes() {
		check(r.Method, deskSample(r.Pattern), nil)
		check(r.Method, deskSample(r.Pattern), b.as(desk.Admin))
	}
	check("GET", "/desk/nowhere", nil)
	check("GET", "/desk/nowhere", b.as(desk.Editor))
	check("PUT", "/desk/language", b.as(desk.Editor))
}

// TestPublicPagesStayBare: with a desk in the program, public pages still run
// no script and see no cookie.
func TestPublicPagesStayBare(t *testing.T) {
	b := openDesk(t)
	got := b.get("/", b.as(desk.Admin))
	if got.Code != 200 || strings.Contains(got.Header().Get("Content-Security-Policy"), "script-src") ||
		strings.Contains(got.Body.String(), "<script") || strings.Contains(got.Body.String(), "Lan") || got.Header().Get("Set-Cookie") != "" {
		t.Errorf("%d %v", got.Code, got.Header())
	}
}

func TestDeskNeedsASeat(t *testing.T) {
	b := openDesk(t)
	for _, tt := range []struct {
		name, method, path string
		header             http.Header
		status             int
		to                 string
	}{
		{"nobody", "GET", "/desk/", nil, 303, "/desk/sign-in"},
		{"nobody, a page that is not there", "GET", "/desk/queue/x", nil, 303, "/desk/sign-in?next=%2Fdesk%2Fqueue%2Fx"},
		{"nobody, with a query", "GET", "/desk/x?page=2", nil, 303, "/desk/sign-in?next=%2Fdesk%2Fx%3Fpage%3D2"},
		{"an address that leads elsewhere", "GET", "/desk/x?u=https://evil.example", nil, 303, "/desk/sign-in"},
		{"nobody in English", "GET", "/desk/?lang=en", nil, 303, "/desk/sign-in?lang=en&next=%2Fdesk%2F%3Flang%3Den"},
		{"a made-up token", "GET", "/desk/", cookieOf("nobody"), 303, "/desk/sign-in"},
		{"nobody's form", "POST", "/desk/language", nil, 401, ""},
		{"a script", "GET", "/desk/", http.Header{"Sec-Fetch-Dest": {"empty"}}, 401, ""},
		{"a member, a page that is not there", "GET", "/desk/nowhere", b.as(desk.Editor), 404, ""},
	} {
		got := send(b.handler, tt.method, tt.path, url.Values{"lang": {"en"}}, tt.header)
		if got.Code != tt.status || got.Header().Get("Location") != tt.to {
			t.Errorf("%s: %d %q, want %d %q", tt.name, got.Code, got.Header().Get("Location"), tt.status, tt.to)
		}
	}
}

// TestWordsOfAnEndedSessionComeBack: whoever wrote for an hour and is signed
// out meanwhile gets the words back, and neither keys nor secrets.
func TestWordsOfAnEndedSessionComeBack(t *testing.T) {
	b := openDesk(t)
	b.chairs.ended["hoa"] = true
	text := "Nhà máy chỉ mở <một> cửa từ 14 giờ.\nXem bảng 2."
	form := url.Values{"body": {text}, "password": {"một mật khẩu dài"}, "id": {"0123456789abcdef"}, "source": {"https://suoivang.example/lich"}}
	got := b.post("/desk/language", form, b.as(desk.Editor))
	body := html.UnescapeString(got.Body.String())
	if got.Code != http.StatusUnauthorized || !strings.Contains(body, text) || !strings.Contains(body, "https://suoivang.example/lich") {
		t.Errorf("%d: the words are gone:\n%s", got.Code, body)
	}
	for _, not := range []string{"mật khẩu dài", "0123456789abcdef"} {
		if strings.Contains(body, not) {
			t.Errorf("the page shows %q", not)
		}
	}
	if !strings.Contains(got.Body.String(), "&lt;một&gt;") {
		t.Error("the words are not escaped")
	}
}

// TestFormsOfOthersAreRefused: a form sent from another site changes nothing,
// whoever's cookie it carries.
func TestFormsOfOthersAreRefused(t *testing.T) {
	b := openDesk(t)
	h := b.as(desk.Admin)
	h.Set("Origin", "https://evil.example")
	req := send(withHeader(b.handler, "Sec-Fetch-Site", "cross-site"), "POST", "/desk/language", url.Values{"lang": {"en"}}, h)
	if req.Code != http.StatusForbidden || b.chairs.langs["lan"] != "" {
		t.Errorf("a form of another site: %d, language %q", req.Code, b.chairs.langs["lan"])
	}
}

func withHeader(h http.Handler, name, value string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Set(name, value)
		h.ServeHTTP(w, r)
	})
}

func TestLanguageOfAMember(t *testing.T) {
	b := openDesk(t)
	h := b.as(desk.Reviewer)
	if got := b.get("/desk/nowhere", h); !strings.Contains(got.Body.String(), `<html lang="vi">`) {
		t.Error("the first language is not Vietnamese")
	}
	for next, to := range map[string]string{
		"/desk/queue": "/desk/queue", "https://evil.example/": "/desk/", "//evil.example": "/desk/", "/desk/../c": "/desk/",
		"/desk\\evil": "/desk/", "": "/desk/", "/desk/x?y=1": "/desk/x?y=1",
	} {
		got := b.post("/desk/language", url.Values{"lang": {lang.English}, "next": {next}}, h)
		if got.Code != http.StatusSeeOther || got.Header().Get("Location") != to {
			t.Errorf("next %q: %d %q, want %q", next, got.Code, got.Header().Get("Location"), to)
		}
	}
	got := b.get("/desk/nowhere", h)
	if !strings.Contains(got.Body.String(), `<html lang="en">`) || !strings.Contains(got.Body.String(), "Minh") {
		t.Errorf("the choice is not kept:\n%s", got.Body)
	}
	if got := b.post("/desk/language", url.Values{"lang": {"xx"}}, h); got.Code != http.StatusBadRequest {
		t.Errorf("an unknown language: %d", got.Code)
	}
}

// TestThisMachineHasAName: passkeys belong to names, so a browser that came by
// number is led to the name, and other hosts are left alone.
func TestThisMachineHasAName(t *testing.T) {
	b := openDesk(t, func(d *web.DeskDeps) { d.URL = &url.URL{Scheme: "http", Host: "localhost:8080"} })
	for host, to := range map[string]string{
		"127.0.0.1:8080": "http://localhost:8080/desk/x?y=1", "[::1]:8080": "http://localhost:8080/desk/x?y=1",
		"localhost:8080": "/desk/sign-in?next=%2Fdesk%2Fx%3Fy%3D1", "10.0.0.7:8080": "/desk/sign-in?next=%2Fdesk%2Fx%3Fy%3D1",
	} {
		got := send(atHost(b.handler, host), "GET", "/desk/x?y=1", nil, nil)
		if got.Header().Get("Location") != to {
			t.Errorf("%s is led to %q, want %q", host, got.Header().Get("Location"), to)
		}
	}
}

func atHost(h http.Handler, host string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Host = host
		h.ServeHTTP(w, r)
	})
}
