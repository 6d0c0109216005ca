package api

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"sangto/internal/desk"
	"sangto/internal/gate"
)

// Problem is every failure, as RFC 9457 has it: its type is about:blank, so
// that Title is the status in words, and Code says what it is.
type Problem struct {
	Title  string `json:"title" doc:"The status in words" example:"Bad Request"`
	Status int    `json:"status" doc:"The status" example:"400"`
	Code   string `json:"code" doc:"Stable name of what is wrong; the documentation page lists them" example:"text.empty"`
	Detail string `json:"detail" doc:"What is wrong and what to do about it, in English"`
	Words  Said   `json:"words" doc:"The same in each language"`
	// RetryAfter is how many seconds to wait.
	RetryAfter int    `json:"retry_after,omitempty" doc:"Seconds after which the same call may succeed"`
	Reference  string `json:"reference,omitempty" doc:"Random number under which the operator finds a failure of ours in the log"`
}

// Error implements error.
func (p *Problem) Error() string { return p.Code }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return problemType }

const problemType = "application/problem+json"

// httpError is a failure that is HTTP's own.
type httpError struct {
	status int
	key    string
	err    error
}

func (e *httpError) Error() string { return e.key }
func (e *httpError) Unwrap() error { return e.err }

// keys are the sentences that a Problem can carry, in the order they are
// explained. What is not among them is named by its kind, so that no name gets
// out that was not meant to last.
func keys() []string {
	return []string{
		"error.text.empty", "error.text.large", "error.text.binary", "error.text.wordless", "error.text.identifiers",
		"error.question.long", "error.contest.long", "error.contest.kind", "error.contest.many", "error.contest.elsewhere",
		"error.form.early", "error.form.expired", "error.form.forged",
		"error.receipt.length", "error.receipt.character", "error.receipt.unknown", "error.ask.confirm",
		"error.api.empty", "error.api.json", "error.api.object", "error.api.unknown", "error.api.twice", "error.api.missing",
		"error.api.not_string", "error.api.not_bool", "error.api.trailing", "error.api.utf8", "error.api.type", "error.api.method",
		"error.body.large", "error.body.cut", "error.body.busy",
		"error.rate.lookup", "error.rate.ask", "error.rate.track", "error.rate.page", "error.rate.busy",
		"error.identity", "error.origin", "error.not_found", "error.busy", "error.slow",
		"error.kind.invalid", "error.kind.conflict", "error.kind.forbidden", "error.kind.too_many", "error.kind.unavailable",
		"error.kind.too_large", "error.kind.internal",
	}
}

// Explanation is a code with the key of the sentence that explains it.
type Explanation struct{ Code, Key string }

// Explained lists every code that a Problem can have.
func Explained() []Explanation {
	var out []Explanation
	for _, key := range keys() {
		out = append(out, Explanation{Code: code(key), Key: key})
	}
	return out
}

func code(key string) string {
	return strings.TrimPrefix(strings.TrimPrefix(key, "error."), "kind.")
}

// codeOf names an error for programs: by its key if that is on the list,
// otherwise by its kind.
func codeOf(key string, kind desk.ErrorKind) string {
	if slices.Contains(keys(), key) {
		return code(key)
	}
	return strings.ReplaceAll(kind.String(), " ", "_")
}

// problem turns an error into a Problem and logs what is our failure. op says
// which call it was.
func (a *API) problem(ctx context.Context, op string, err error) *Problem {
	var own *Problem
	if errors.As(err, &own) {
		return own
	}
	var h *httpError
	if errors.As(err, &h) {
		p := &Problem{Status: h.status, Code: codeOf(h.key, desk.Invalid), Words: a.said(h.key)}
		p.Title, p.Detail = http.StatusText(p.Status), p.Words.EN
		return p
	}
	kind, key := desk.KindOf(err), ""
	p := &Problem{Status: gate.Status(kind), Words: Said{VI: a.vi.Error(err), EN: a.en.Error(err)}}
	p.Title, p.Detail = http.StatusText(p.Status), p.Words.EN
	var e *desk.Error
	if errors.As(err, &e) {
		key = e.Key
		p.RetryAfter, _ = e.Args["Seconds"].(int)
		p.Reference, _ = e.Args["ID"].(string) // a panic, which the gate has logged
	}
	p.Code = codeOf(key, kind)
	if kind == desk.Internal && p.Reference == "" {
		p.Reference = rand.Text()[:8]
		a.logger.LogAttrs(ctx, slog.LevelError, "a call failed", slog.String("id", p.Reference), slog.String("call", op), slog.Any("error", err))
	}
	return p
}

// own replaces huma's own errors. Their words are dropped: they may repeat
// what was sent.
func (a *API) own(_ huma.Context, _ string, v any) (any, error) {
	m, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	key := "error.api.json"
	switch m.Status {
	case http.StatusBadRequest:
		key = "error.api.empty"
	case http.StatusRequestEntityTooLarge:
		key = "error.body.large"
	case http.StatusInternalServerError:
		key = "error.kind.internal"
	}
	p := &Problem{Title: http.StatusText(m.Status), Status: m.Status, Code: codeOf(key, desk.Internal), Words: a.said(key)}
	p.Detail = p.Words.EN
	return p, nil
}

// Refuse answers a request that the gate turned away, or that no call takes.
// It is the Refuse of gate.Config for paths that this interface Owns.
func (a *API) Refuse(w http.ResponseWriter, r *http.Request, err error) {
	p := a.problem(r.Context(), "refuse", err)
	if seconds, err := strconv.Atoi(w.Header().Get("Retry-After")); err == nil && p.RetryAfter == 0 {
		p.RetryAfter = seconds
	}
	w.Header().Set("Content-Type", problemType)
	w.WriteHeader(p.Status)
	_ = marshal(w, p) // to memory: the gate holds the answer
}

// problems describes every failure of a call.
func (a *API) problems() *huma.Response {
	return &huma.Response{
		Description: "A failure, as RFC 9457 problem details",
		Content: map[string]*huma.MediaType{problemType: {
			Schema: a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "Problem"),
		}},
	}
}
