package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sangto/internal/api"
	"sangto/internal/desk"
	"sangto/internal/gate"
)

const lookupPath = api.Base + "/lookup"

// TestHeaders walks every route: published answers may be read from anywhere
// and are tagged, answers to a person's words are neither, and are padded.
func TestHeaders(t *testing.T) {
	b := newBench(t, nil)
	for _, r := range append(b.calls.Routes(), api.Route{Method: "GET", Pattern: api.Base}, api.Route{Method: "GET", Pattern: api.Base + "/nowhere"}) {
		path := strings.NewReplacer("{id}", dam, "{n}", "1", "{page}", "methodology").Replace(r.Pattern)
		if strings.Contains(r.Pattern, "/desks/") {
			path = strings.Replace(path, dam, "bensong", 1)
		}
		got := b.call(r.Method, path, `{}`, "Origin", "https://bensong.example")
		h := got.Header()
		want := map[string]string{"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin", "Set-Cookie": ""}
		if r.Method == http.MethodPost {
			want = map[string]string{
				"Access-Control-Allow-Origin": "", "Cross-Origin-Resource-Policy": "same-origin", "Cache-Control": "no-store",
				"X-Robots-Tag": "noindex", "Etag": "", "Set-Cookie": "",
			}
			if got.Body.Len()%gate.PadStep != 0 {
				t.Errorf("%s %s: %d bytes are not padded", r.Method, path, got.Body.Len())
			}
		} else if got.Code == http.StatusOK && h.Get("Etag") == "" {
			t.Errorf("%s %s has no tag", r.Method, path)
		}
		for name, value := range want {
			if h.Get(name) != value {
				t.Errorf("%s %s: %s is %q, want %q", r.Method, path, name, h.Get(name), value)
			}
		}
		if got.Code >= 500 || !json.Valid(got.Body.Bytes()) || !strings.Contains(h.Get("Content-Type"), "json") {
			t.Errorf("%s %s: %d %s %s", r.Method, path, got.Code, h.Get("Content-Type"), got.Body)
		}
	}
}

func TestUnchangedAnswersAreNotSentAgain(t *testing.T) {
	b := newBench(t, nil)
	tag := b.call("GET", api.Base+"/checks", "").Header().Get("Etag")
	if got := b.call("GET", api.Base+"/checks", "", "If-None-Match", tag); got.Code != http.StatusNotModified || got.Body.Len() != 0 || got.Header().Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("status %d, %d bytes, %v", got.Code, got.Body.Len(), got.Header())
	}
	if got := b.call("HEAD", api.Base+"/checks", ""); got.Code != http.StatusOK || got.Body.Len() != 0 {
		t.Errorf("HEAD: status %d, %d bytes", got.Code, got.Body.Len())
	}
}

// TestNoPageOfAnotherSiteCallsIt: a browser asks first and is refused, and
// what it sends without asking is refused too.
func TestNoPageOfAnotherSiteCallsIt(t *testing.T) {
	b := newBench(t, nil)
	for _, path := range []string{lookupPath, api.Base + "/ask", api.Base + "/track", api.Base + "/checks"} {
		got := b.call("OPTIONS", path, "", "Origin", "https://elsewhere.example", "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "content-type")
		if got.Code != http.StatusMethodNotAllowed || got.Header().Get("Access-Control-Allow-Methods")+got.Header().Get("Access-Control-Allow-Headers")+got.Header().Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("a preflight to %s: %d %v", path, got.Code, got.Header())
		}
	}
	for _, headers := range [][]string{
		{"Origin", "https://elsewhere.example"}, {"Sec-Fetch-Site", "cross-site"}, {"Origin", "null"},
	} {
		if got := b.call("POST", lookupPath, `{"text":"a b c"}`, headers...); got.Code != http.StatusForbidden || codeIn(got.Body.Bytes()) != "origin" {
			t.Errorf("%v: %d %s", headers, got.Code, got.Body)
		}
	}
	for _, kind := range []string{"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json; charset=latin1", "application/problem+json", "", "x"} {
		if got := b.call("POST", lookupPath, `{"text":"a b c"}`, "Content-Type", kind); got.Code != http.StatusUnsupportedMediaType {
			t.Errorf("a body of type %q: %d", kind, got.Code)
		}
	}
	if got := b.call("POST", lookupPath, `{"text":"a b c"}`, "Content-Type", "application/json; charset=UTF-8"); got.Code != http.StatusOK {
		t.Errorf("with a charset: %d %s", got.Code, got.Body)
	}
	if got := b.call("POST", lookupPath, "\x1f\x8b", "Content-Encoding", "gzip"); got.Code != http.StatusUnsupportedMediaType {
		t.Errorf("a compressed body: %d", got.Code)
	}
}

func codeIn(body []byte) string {
	var p struct{ Code string }
	_ = json.Unmarshal(body, &p)
	return p.Code
}

// TestIdentityIsRefused by every call, as a problem and without saying who.
func TestIdentityIsRefused(t *testing.T) {
	b := newBench(t, nil)
	for _, name := range []string{"Authorization", "Remote-User", "X-Forwarded-User", "X-Forwarded-Email"} {
		for _, r := range b.calls.Routes() {
			got := b.call(r.Method, strings.ReplaceAll(r.Pattern, "{id}", dam), `{"text":"a b c"}`, name, "nguyen.van.a")
			if got.Code != http.StatusBadRequest || codeIn(got.Body.Bytes()) != "identity" || strings.Contains(got.Body.String(), "nguyen.van.a") {
				t.Errorf("%s %s with %s: %d %s", r.Method, r.Pattern, name, got.Code, got.Body)
			}
		}
	}
}

// TestLanesAreShared spends a network's look-ups half on the page and half
// here; then both are over.
func TestLanesAreShared(t *testing.T) {
	for _, c := range []struct {
		lane       gate.Lane
		page, call string
		form       url.Values
		body, code string
	}{
		{gate.LookupLane, "/lookup", "/lookup", url.Values{"text": {"một hai ba"}}, `{"text":"một hai ba"}`, "rate.lookup"},
		{gate.AskLane, "/ask", "/ask", url.Values{"text": {"một hai ba"}, "token": {"x"}}, `{"text":"một hai ba","token":"x"}`, "rate.ask"},
		{gate.AskLane, "/c/" + dam + "/contest", "/checks/" + dam + "/contest", url.Values{"text": {"một hai ba"}, "token": {"x"}}, `{"text":"một hai ba","token":"x","kind":"contest"}`, "rate.ask"},
		{gate.TrackLane, "/track", "/track", url.Values{"code": {"x"}}, `{"receipt":"x"}`, "rate.track"},
		{gate.TrackLane, "/track/withdraw", "/withdraw", url.Values{"code": {"x"}}, `{"receipt":"x","confirm":true}`, "rate.track"},
	} {
		b := newBench(t, map[gate.Lane]gate.Limit{c.lane: {Rate: 1000, Burst: 1000, Concurrent: 4, Wait: time.Second, Each: 4, Per: time.Hour}})
		from := []string{"X-Forwarded-For", "203.0.113.7"}
		for i := range 4 {
			path, body, kind := c.page, c.form.Encode(), "application/x-www-form-urlencoded"
			if i%2 == 1 {
				path, body, kind = api.Base+c.call, c.body, "application/json"
			}
			if got := b.call("POST", path, body, append(from, "Content-Type", kind)...); got.Code == http.StatusTooManyRequests {
				t.Fatalf("%s: refused at call %d", c.page, i+1)
			}
		}
		got := b.call("POST", api.Base+c.call, c.body, from...)
		if got.Code != http.StatusTooManyRequests || codeIn(got.Body.Bytes()) != c.code || got.Header().Get("Retry-After") == "" {
			t.Errorf("the fifth call of %s: %d %s", c.call, got.Code, got.Body)
		}
		if got := b.call("POST", c.page, c.form.Encode(), append(from, "Content-Type", "application/x-www-form-urlencoded")...); got.Code != http.StatusTooManyRequests {
			t.Errorf("the sixth, on the page %s: %d", c.page, got.Code)
		}
		if got := b.call("POST", api.Base+c.call, c.body, "X-Forwarded-For", "198.51.100.9"); got.Code == http.StatusTooManyRequests {
			t.Errorf("%s: another network is refused", c.call)
		}
	}
}

// TestAskAndComeBack is the journey of a program that asks for somebody.
func TestAskAndComeBack(t *testing.T) {
	b := newBench(t, nil)
	token, _ := b.object("POST", api.Base+"/token", "", 200)["token"].(string)
	body := func(text string) string {
		raw, _ := json.Marshal(map[string]any{"token": token, "text": text, "receipt": true})
		return string(raw)
	}
	const words = "Có đúng là cầu phao đã đứt đêm qua không? Gọi 0912 345 678"
	early := b.object("POST", api.Base+"/ask", body(words), 429)
	if early["code"] != "form.early" || early["retry_after"] != 5.0 {
		t.Errorf("too early: %v", early)
	}
	b.now = b.now.Add(5 * time.Second)
	first := b.object("POST", api.Base+"/ask", body(words), 200)
	if first["repeated"] != false || strings.Contains(fmt.Sprint(first), "0912") || first["receipt"] == "" {
		t.Errorf("asked: %v", first)
	}
	again := b.object("POST", api.Base+"/ask", body(words), 200)
	if again["repeated"] != true || again["different"] != false || again["receipt"] != first["receipt"] {
		t.Errorf("the same again: %v", again)
	}
	other := b.object("POST", api.Base+"/ask", body("Chuyện khác hẳn về trường học"), 200)
	if other["different"] != true || other["text"] != "" || other["receipt"] != first["receipt"] {
		t.Errorf("other words under the same token: %v", other)
	}
	code := fmt.Sprintf(`{"receipt":%q}`, strings.ToLower(strings.ReplaceAll(first["receipt"].(string), "-", " ")))
	if got := b.object("POST", api.Base+"/track", code, 200); got["state"] != "waiting" || strings.Contains(fmt.Sprint(got), "cầu phao") {
		t.Errorf("tracked: %v", got)
	}
	b.now = b.now.Add(3 * time.Hour)
	if late := b.object("POST", api.Base+"/ask", body(words), 200); late["repeated"] != true || late["receipt"] != first["receipt"] {
		t.Errorf("after the token's time, for a question that was kept: %v", late)
	}
	confirm := fmt.Sprintf(`{"receipt":%q,"confirm":true}`, first["receipt"])
	if got := b.object("POST", api.Base+"/withdraw", confirm, 200); got["withdrawn"] != true {
		t.Errorf("withdrawn: %v", got)
	}
	gone, unknown := b.object("POST", api.Base+"/track", code, 404), b.object("POST", api.Base+"/track", `{"receipt":"0000-0000-0000-0000-0000-0000-000"}`, 404)
	if fmt.Sprint(gone) != fmt.Sprint(unknown) {
		t.Errorf("a withdrawn receipt and an unknown one differ: %v, %v", gone, unknown)
	}
	if got := b.object("POST", api.Base+"/ask", body(words), 409); got["code"] != "form.expired" {
		t.Errorf("an old token whose question is gone: %v", got)
	}
}

// TestAnOldTokenOfAContestIsNoQuestion: what a token kept stands for its own
// sort alone.
func TestAnOldTokenOfAContestIsNoQuestion(t *testing.T) {
	b := newBench(t, nil)
	token := b.token()
	contest := fmt.Sprintf(`{"token":%q,"kind":"reply","text":"Trạm đo ghi khác.","receipt":true}`, token)
	first := b.object("POST", api.Base+"/checks/"+dam+"/contest", contest, 200)
	b.now = b.now.Add(3 * time.Hour)
	if again := b.object("POST", api.Base+"/checks/"+dam+"/contest", contest, 200); again["repeated"] != true || again["receipt"] != first["receipt"] {
		t.Errorf("again: %v", again)
	}
	b.object("POST", api.Base+"/ask", fmt.Sprintf(`{"token":%q,"text":"Trạm đo ghi khác."}`, token), 409)
}

// hostile reads the corpus: a body in each file, the code it must earn in its
// name.
func hostile(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("testdata/hostile/*")
	must(t, err)
	out := map[string]string{}
	for _, f := range files {
		raw, err := os.ReadFile(f)
		must(t, err)
		code, _, _ := strings.Cut(filepath.Base(f), "-")
		out[string(raw)] = code
	}
	if len(out) < 25 {
		t.Fatalf("only %d hostile bodies", len(out))
	}
	return out
}

func TestHostileBodies(t *testing.T) {
	b := newBench(t, nil)
	for body, code := range hostile(t) {
		got := b.call("POST", lookupPath, body)
		if got.Code < 400 || got.Code >= 500 || codeIn(got.Body.Bytes()) != code {
			t.Errorf("%.60q: %d %s, want %s", body, got.Code, codeIn(got.Body.Bytes()), code)
		}
	}
	deep := strings.Repeat(`{"text":`, 20_000) + `"a"` + strings.Repeat("}", 20_000)
	for body, code := range map[string]string{
		"": "api.empty", deep: "api.not_string", strings.Repeat("[", 100_000): "api.object",
		`{"text":"` + strings.Repeat("a ", desk.MessageMax) + `"}`: "text.large",
		`{"text":"` + strings.Repeat("a ", 400_000) + `"}`:         "body.large",
		`{"text":"` + strings.Repeat(`\u0000`, 500) + `"}`:         "text.binary",
		`{"` + strings.Repeat("k", 50_000) + `":"a"}`:              "api.unknown",
	} {
		got := b.call("POST", lookupPath, body)
		if codeIn(got.Body.Bytes()) != code {
			t.Errorf("%.30q, %d bytes: %d %s, want %s", body, len(body), got.Code, codeIn(got.Body.Bytes()), code)
		}
	}
	// As long as a message may be, with every letter escaped.
	long := `{"text":"` + strings.Repeat(`\u0111\u1ea5t `, desk.MessageMax/7) + `"}`
	if got := b.call("POST", lookupPath, long); got.Code != http.StatusOK {
		t.Errorf("a long message: %d %s", got.Code, codeIn(got.Body.Bytes()))
	}
}

// TestWhatWasSentIsNotRepeated: an answer to a damaged body says what is wrong
// without the words in it.
func TestWhatWasSentIsNotRepeated(t *testing.T) {
	b := newBench(t, nil)
	for _, body := range []string{
		`{"0912345678":"bí mật của tôi"}`, `{"text":["bí mật của tôi"]}`, `{"text":"bí mật của tôi","bí mật của tôi":1}`, `bí mật của tôi`, `{"text":"bí mật của tôi"} 0912345678`,
	} {
		if got := b.call("POST", lookupPath, body); got.Code < 400 || strings.Contains(got.Body.String(), "bí mật") || strings.Contains(got.Body.String(), "0912") {
			t.Errorf("%s: %d %s", body, got.Code, got.Body)
		}
	}
}

// TestEveryCheckSaysWhoseItIs walks every golden answer: whatever shows a
// check shows its owner, its funders and the line.
func TestEveryCheckSaysWhoseItIs(t *testing.T) {
	files, err := filepath.Glob("testdata/golden/*.txt")
	must(t, err)
	checks := 0
	var walk func(name string, v any)
	walk = func(name string, v any) {
		switch v := v.(type) {
		case map[string]any:
			if _, ok := v["withdrawn"]; ok && v["number"] != nil {
				checks++
				d, _ := v["desk"].(map[string]any)
				line, _ := v["line"].(map[string]any)
				_, owner := d["owner"].(string)
				_, funders := d["funders"].(string)
				if !owner || !funders || line["en"] != fixedLine || !strings.HasPrefix(fmt.Sprint(line["vi"]), "Bài này chỉ xem xét một câu.") {
					t.Errorf("%s shows a check without saying whose it is or what it is not: %v", name, v["id"])
				}
			}
			for _, x := range v {
				walk(name, x)
			}
		case []any:
			for _, x := range v {
				walk(name, x)
			}
		}
	}
	for _, f := range files {
		raw, err := os.ReadFile(f)
		must(t, err)
		_, body, _ := strings.Cut(string(raw), "\n\n")
		var v any
		must(t, json.Unmarshal([]byte(body), &v))
		walk(f, v)
	}
	if checks < 15 {
		t.Fatalf("only %d checks were seen", checks)
	}
}

const fixedLine = "This judges one sentence. It is not a finding of any court or authority and says nothing about anyone who wrote, believed, asked or shared it."
