// Package api is the public JSON interface, version 1: what the public pages
// show and take, for programs. It holds no rules and reads no table: published
// matter comes from the catalogue, and a person's words go to intake unread.
//
// It stands behind the same gate as the pages, in the same lanes, so that a
// program gets no more out of it than a reader out of the pages: one text a
// call, no score, nothing of what others asked. Bodies are one flat object
// each, read by a reader of its own that refuses whatever it does not know.
// The description at openapi.json is made from the Go types and kept as a
// golden file.
package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"sangto/internal/catalog"
	"sangto/internal/desk"
	"sangto/internal/gate"
	"sangto/internal/intake"
	"sangto/internal/lang"
	"sangto/internal/record"
)

// Version is the version of the interface. It follows semantic versioning:
// within 1 things are only added. The description in openapi.json may not
// change without it.
const Version = "1.2.0"

// Base is where the interface lives.
const Base = "/api/v1"

// Catalog is the part of the catalogue of published matter that is shown.
// *catalog.Catalog is one.
type Catalog interface {
	Check(ctx context.Context, id string) (catalog.Page, error)
	Version(ctx context.Context, id string, n int) (catalog.Page, error)
	List(ctx context.Context, f catalog.Filter, page int) (catalog.List, error)
	After(ctx context.Context, id string) (catalog.After, error)
	Desks(ctx context.Context) ([]desk.Desk, error)
	Desk(ctx context.Context, id string) (desk.Desk, error)
	Policy(ctx context.Context, deskID string, kind desk.PageKind, n, page int) (catalog.Policy, error)
	Figures(ctx context.Context) (catalog.Figures, error)
	Site(ctx context.Context) (catalog.Site, error)
	Notices(ctx context.Context, page int) (catalog.Notices, error)
	Notice(ctx context.Context, id string, n int) (catalog.Notice, error)
}

// Record says where a version stands in the public record. *record.Log is one.
type Record interface {
	Place(ctx context.Context, checkID string, number int) (record.Place, error)
}

// Intake takes a person's words. *intake.Intake is one.
type Intake interface {
	Look(ctx context.Context, raw desk.Raw, limit int) (intake.Seen, error)
	Ask(ctx context.Context, nonce [16]byte, receipt desk.Receipt, raw desk.Raw) (intake.Asked, error)
	Contest(ctx context.Context, nonce [16]byte, receipt desk.Receipt, checkID string, kind desk.ContestKind, raw desk.Raw) (intake.Asked, error)
	Track(ctx context.Context, receipt desk.Receipt) (intake.Tracked, error)
	Withdraw(ctx context.Context, receipt desk.Receipt) error
}

// Forms issues and checks form tokens. *gate.Forms is one.
type Forms interface {
	Issue() (token string, err error)
	Check(token string) (nonce [16]byte, err error)
	Receipt(nonce [16]byte) desk.Receipt
}

// Gate stands before the handlers. *gate.Gate is one.
type Gate interface {
	Public(class gate.PageClass, next http.Handler) http.Handler
	Lane(lane gate.Lane, next http.Handler) http.Handler
}

// Deps are what the interface is made of. All but Record and Logger are
// required.
type Deps struct {
	Catalog Catalog
	Intake  Intake
	Forms   Forms
	Lang    *lang.Catalog
	// Record is the public record. Nil: no version says where it stands in it.
	Record Record
	// PublicURL is the address readers use, for the addresses in answers.
	PublicURL *url.URL
	// Logger receives one line for each failure of ours. It is given kinds and
	// causes, never a person's words. Default: none are written.
	Logger *slog.Logger
}

// API is the interface. It is safe for concurrent use.
type API struct {
	catalog Catalog
	intake  Intake
	forms   Forms
	vi, en  *lang.Words
	public  *url.URL
	record  Record
	logger  *slog.Logger

	huma   huma.API
	routes table
	spec   []byte
}

// New returns the interface. It fails if its description cannot be written.
func New(d Deps) (*API, error) {
	a := &API{
		catalog: d.Catalog, intake: d.Intake, forms: d.Forms, public: d.PublicURL, record: d.Record, logger: d.Logger,
		vi: d.Lang.For(lang.Vietnamese), en: d.Lang.For(lang.English), routes: table{},
	}
	if a.logger == nil {
		a.logger = slog.New(slog.DiscardHandler)
	}
	a.huma = humago.New(a.routes, a.config())
	a.readers()
	a.writers()
	a.trim()
	var err error
	if a.spec, err = describe(a.huma.OpenAPI()); err != nil {
		return nil, err
	}
	a.routes[http.MethodGet+" "+Base+"/openapi.json"] = http.HandlerFunc(a.serveSpec)
	return a, nil
}

// trim takes out of the description what huma puts there and is not so: its own
// errors, and that answers are closed. Only bodies are: answers may grow.
func (a *API) trim() {
	schemas := a.huma.OpenAPI().Components.Schemas.Map()
	delete(schemas, "ErrorModel")
	delete(schemas, "ErrorDetail")
	for name, s := range schemas {
		if !strings.HasSuffix(name, "Request") {
			s.AdditionalProperties = nil
		}
	}
}

// config leaves out what huma offers by itself: pages of documentation that
// load scripts from elsewhere, a second path for schemas, links in every
// answer.
func (a *API) config() huma.Config {
	format := huma.Format{Marshal: marshal, Unmarshal: unmarshal}
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title: "Sáng Tỏ public API", Version: Version,
				Description: "Published checks of public answers desks, and the same doors that their pages have: look up one text, ask, come back with a receipt. " +
					"No key is needed. Every sentence for people is given in Vietnamese and in English. " +
					"Calls share their limits with the pages. There is no batch, no webhook and no score, by design.",
			},
			Servers:    []*huma.Server{{URL: "/", Description: "This installation"}},
			Components: &huma.Components{Schemas: huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)},
			Tags: []*huma.Tag{
				{Name: "published", Description: "Read what was published. GET, no words of yours, readable from other sites."},
				{Name: "private", Description: "Give a text or a code. POST bodies only, never stored by caches, padded, not callable from other sites' pages."},
			},
		},
		Formats:       map[string]huma.Format{jsonType: format, "json": format}, // the second for types that end in +json
		DefaultFormat: jsonType,
		Transformers:  []huma.Transformer{a.own},
	}
}

const jsonType = "application/json"

func marshal(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// unmarshal hands a body to the type that reads it, as it came.
func unmarshal(data []byte, v any) error {
	r, ok := v.(json.Unmarshaler)
	if !ok {
		return fmt.Errorf("%T does not read itself", v)
	}
	return r.UnmarshalJSON(data)
}

func describe(o *huma.OpenAPI) ([]byte, error) {
	raw, err := json.Marshal(o)
	if err != nil {
		return nil, fmt.Errorf("describe the interface: %w", err)
	}
	var out bytes.Buffer
	if err := json.Indent(&out, raw, "", "  "); err != nil {
		return nil, fmt.Errorf("describe the interface: %w", err)
	}
	return append(out.Bytes(), '\n'), nil
}

// Spec is the OpenAPI description, as it is served.
func (a *API) Spec() []byte { return bytes.Clone(a.spec) }

func (a *API) serveSpec(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/openapi+json; charset=utf-8")
	_, _ = w.Write(a.spec)
}

// table collects what huma registers, by method and pattern.
type table map[string]http.Handler

// HandleFunc implements humago.Mux.
func (t table) HandleFunc(pattern string, h func(http.ResponseWriter, *http.Request)) {
	t[pattern] = http.HandlerFunc(h)
}

// ServeHTTP completes humago.Mux; requests come through Handler.
func (t table) ServeHTTP(w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) }

// Route is one line of the table of routes.
type Route struct {
	Method, Pattern string
	Class           gate.PageClass
	Lane            gate.Lane
}

// Routes returns every route, sorted by pattern.
func (a *API) Routes() []Route {
	out := make([]Route, 0, len(a.routes))
	for key := range a.routes {
		method, pattern, _ := strings.Cut(key, " ")
		r := Route{Method: method, Pattern: pattern, Class: gate.Open, Lane: gate.PageLane}
		if method == http.MethodPost {
			r.Class, r.Lane = gate.Form, laneOf(pattern)
		}
		out = append(out, r)
	}
	slices.SortFunc(out, func(x, y Route) int { return strings.Compare(x.Pattern+x.Method, y.Pattern+y.Method) })
	return out
}

// laneOf puts a call in the lane of the page that does the same.
func laneOf(pattern string) gate.Lane {
	switch strings.TrimPrefix(pattern, Base) {
	case "/lookup":
		return gate.LookupLane
	case "/ask", "/checks/{id}/contest":
		return gate.AskLane
	case "/track", "/withdraw":
		return gate.TrackLane
	}
	return gate.PageLane // a token costs nothing but a signature
}

// Owns reports whether a path belongs to this interface.
func Owns(path string) bool { return path == Base || strings.HasPrefix(path, Base+"/") }

// Handler returns the interface behind its gate. Every answer, also to an
// address that does not exist, goes through it.
func (a *API) Handler(g Gate) http.Handler {
	mux := http.NewServeMux()
	allowed := map[string][]string{}
	for _, r := range a.Routes() {
		h := a.routes[r.Method+" "+r.Pattern]
		if r.Method == http.MethodPost {
			h = a.onlyJSON(h)
		} else {
			allowed[r.Pattern] = append(allowed[r.Pattern], http.MethodHead)
		}
		mux.Handle(r.Method+" "+r.Pattern, g.Public(r.Class, g.Lane(r.Lane, h)))
		allowed[r.Pattern] = append(allowed[r.Pattern], r.Method)
	}
	for pattern, methods := range allowed {
		mux.Handle(pattern, g.Public(gate.Open, a.wrongMethod(methods)))
	}
	nowhere := g.Public(gate.Open, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.Refuse(w, r, notFound("find a route"))
	}))
	mux.Handle("/", nowhere)
	return gate.Tidy(mux, nowhere)
}

func (a *API) wrongMethod(methods []string) http.Handler {
	slices.Sort(methods)
	allow := strings.Join(methods, ", ")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Allow", allow)
		a.Refuse(w, r, &httpError{http.StatusMethodNotAllowed, "error.api.method", nil})
	})
}

// operation describes one call.
type operation struct {
	id, method, path, summary, text string
}

// register adds a call. Whatever h returns as an error becomes a Problem.
func register[I, O any](a *API, o operation, h func(context.Context, *I) (*O, error)) {
	tag := "published"
	if o.method == http.MethodPost {
		tag = "private"
	}
	huma.Register(a.huma, huma.Operation{
		OperationID: o.id, Method: o.method, Path: Base + o.path, Summary: o.summary, Description: o.text, Tags: []string{tag},
		SkipValidateParams: true, SkipValidateBody: true, MaxBodyBytes: bodyMax,
		Responses: map[string]*huma.Response{"default": a.problems()},
	}, func(ctx context.Context, in *I) (*O, error) {
		out, err := h(ctx, in)
		if err != nil {
			return nil, a.problem(ctx, o.id, err)
		}
		return out, nil
	})
}

// Said is one sentence or name in each language of the interface.
type Said struct {
	VI string `json:"vi" doc:"In Vietnamese"`
	EN string `json:"en" doc:"In English"`
}

// Term is one of a closed list: a code that does not change, and its name.
type Term struct {
	Code string `json:"code" doc:"Stable name for programs"`
	VI   string `json:"vi" doc:"Name in Vietnamese"`
	EN   string `json:"en" doc:"Name in English"`
}

func (a *API) said(key string, args ...any) Said {
	return Said{VI: a.vi.T(key, args...), EN: a.en.T(key, args...)}
}

// address is the public address of a path of the site.
func (a *API) address(path string) string {
	base := url.URL{Scheme: a.public.Scheme, Host: a.public.Host}
	return base.String() + strings.TrimSuffix(a.public.Path, "/") + path
}

func date(d desk.Day) string { return d.String() }

func zone(s catalog.Site) *time.Location {
	if s.Zone == nil {
		return time.UTC
	}
	return s.Zone
}

func notFound(op string) error {
	return &desk.Error{Kind: desk.NotFound, Op: op, Key: "error.not_found"}
}
