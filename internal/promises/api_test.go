package promises_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// calls is every call of the JSON interface. Whoever adds one answers first
// what somebody who wants to watch, count, filter or report could do with it.
var calls = []string{
	"GET /api/v1/openapi.json",
	"GET /api/v1/site",
	"GET /api/v1/checks",
	"GET /api/v1/checks/{id}",
	"GET /api/v1/checks/{id}/versions",
	"GET /api/v1/checks/{id}/versions/{n}",
	"GET /api/v1/checks/{id}/versions/{n}/evidence",
	"GET /api/v1/claims",
	"GET /api/v1/claims/{id}",
	"GET /api/v1/desks",
	"GET /api/v1/desks/{id}",
	"GET /api/v1/desks/{id}/pages/{page}",
	"GET /api/v1/desks/{id}/pages/{page}/{n}",
	"GET /api/v1/figures",
	"GET /api/v1/notices",
	"GET /api/v1/notices/{id}",
	"GET /api/v1/notices/{id}/versions",
	"GET /api/v1/notices/{id}/versions/{n}",
	"GET /api/v1/feeds",
	"GET /api/v1/record",
	"POST /api/v1/lookup",
	"POST /api/v1/token",
	"POST /api/v1/ask",
	"POST /api/v1/checks/{id}/contest",
	"POST /api/v1/track",
	"POST /api/v1/withdraw",
}

// postJSON calls the JSON interface.
func (p *place) postJSON(path, body string, change ...func(*http.Request)) (page, error) {
	req, err := http.NewRequest(http.MethodPost, p.url()+path, strings.NewReader(body))
	if err != nil {
		return page{}, err
	}
	req.Header.Set("Content-Type", "application/json")
	return send(req, change)
}

// TestCallsAreAClosedList reads the description that the program gives of
// itself, and tries what it does not describe.
func TestCallsAreAClosedList(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.serve(t)
	got, err := p.get("/api/v1/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	var described struct{ Paths map[string]map[string]any }
	if err := json.Unmarshal([]byte(got.body), &described); err != nil {
		t.Fatal(err)
	}
	found := []string{"GET /api/v1/openapi.json"}
	for path, methods := range described.Paths {
		for method := range methods {
			call := strings.ToUpper(method) + " " + path
			found = append(found, call)
			if !slices.Contains(calls, call) {
				t.Errorf("a new call: %s", call)
			}
		}
	}
	for _, call := range calls {
		if !slices.Contains(found, call) {
			t.Errorf("%s is not described", call)
		}
	}
	for _, method := range []string{"GET", "POST"} {
		for _, name := range []string{"lookups", "batch", "bulk", "questions", "asked", "demand", "trends", "search", "alerts", "subscribe", "webhook", "callback", "report", "block", "sources", "members", "users", "people", "speakers", "log", "export"} {
			for _, path := range []string{"/api/v1/" + name, "/api/v1/lookup/" + name, "/api/v1/claims/" + name + "/count"} {
				req, err := http.NewRequest(method, p.url()+path, strings.NewReader("{}"))
				if err != nil {
					t.Fatal(err)
				}
				req.Header.Set("Content-Type", "application/json")
				if got, err := send(req, nil); err != nil || got.status != http.StatusNotFound {
					t.Errorf("%s %s: status %d, %v; no such call may exist", method, path, got.status, err)
				}
			}
		}
	}
}

// TestOneTextACallInJSON tries to make a filter out of the look-up for
// programs: no list, no stream, no number that could be a threshold, no text in
// an address.
func TestOneTextACallInJSON(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.importChecks(t)
	p.serve(t)
	one := fmt.Sprintf(`{"text":%q}`, checkedClaim)
	got, err := p.postJSON("/api/v1/lookup", one)
	if err != nil || got.status != http.StatusOK || !strings.Contains(got.body, `"outcome":"answer"`) {
		t.Fatalf("the published check is not found at all: %d %v %s", got.status, err, got.body)
	}
	var answer map[string]any
	if err := json.Unmarshal([]byte(got.body), &answer); err != nil {
		t.Fatal(err)
	}
	noNumbers(t, "lookup", answer)
	for _, body := range []string{
		"[" + one + "," + one + "]", one + "\n" + one, one + one, fmt.Sprintf(`{"texts":[%q,%q]}`, checkedClaim, checkedClaim),
		fmt.Sprintf(`{"text":[%q,%q]}`, checkedClaim, checkedClaim), fmt.Sprintf(`{"text":%q,"text":%q}`, checkedClaim, checkedClaim),
		fmt.Sprintf(`{"text":%q,"callback":"http://127.0.0.1:9/"}`, checkedClaim), fmt.Sprintf(`{"text":%q,"scores":true}`, checkedClaim),
	} {
		if got, err := p.postJSON("/api/v1/lookup", body); err != nil || got.status < 400 || strings.Contains(got.body, "ung thư") {
			t.Errorf("%.60s: status %d, %v", body, got.status, err)
		}
	}
	for _, path := range []string{"/api/v1/lookup?text=", "/api/v1/checks?text=", "/api/v1/checks?q=", "/api/v1/claims?text="} {
		with, err := p.get(path + "zzz")
		if err != nil {
			t.Fatal(err)
		}
		without, err := p.get(strings.Split(path, "?")[0])
		if err != nil || with.body != without.body {
			t.Errorf("GET %szzz reads the address", path)
		}
	}
}

// noNumbers demands that an answer to a look-up holds no number but that of a
// version.
func noNumbers(t *testing.T, at string, v any) {
	t.Helper()
	switch v := v.(type) {
	case map[string]any:
		for key, x := range v {
			if key != "number" {
				noNumbers(t, at+"."+key, x)
			}
		}
	case []any:
		for _, x := range v {
			noNumbers(t, at, x)
		}
	case float64:
		t.Errorf("%s is %v: a look-up gives no score", at, v)
	}
}

// TestCallsTellNothingOfQuestions asks, and then reads everything that the
// interface gives anybody.
func TestCallsTellNothingOfQuestions(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.importChecks(t)
	p.serve(t)
	read := func() map[string]string {
		out := map[string]string{}
		for _, path := range []string{"/site", "/checks", "/claims", "/desks", "/figures"} {
			got, err := p.get("/api/v1" + path)
			if err != nil || got.status != http.StatusOK {
				t.Fatalf("%s: %d %v", path, got.status, err)
			}
			out[path] = got.body
		}
		return out
	}
	before := read()
	for i, token := range p.tokens(t, 8) {
		if receipt, got, err := p.ask(token, question(5, i)); receipt == "" {
			t.Fatalf("not accepted: status %d, %v", got.status, err)
		}
	}
	for path, body := range read() {
		if body != before[path] {
			t.Errorf("%s changed with what was asked", path)
		}
	}
}
