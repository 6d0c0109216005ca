package web

import (
	"net/http"
	"regexp"
	"slices"
	"strings"

	"sangto/internal/desk"
	"sangto/internal/gate"
	"sangto/internal/lang"
)

// Route is one line of the table of routes.
type Route struct {
	// Method is GET, which serves HEAD too, or POST.
	Method string
	// Pattern is a path in the language of http.ServeMux.
	Pattern string
	// Class decides the headers.
	Class gate.PageClass
	// Lane bounds the work; Laned is false for the few routes without one.
	Lane  gate.Lane
	Laned bool
	// Lang is the language of the page, empty for what has none.
	Lang string

	handle handler
}

// visit is one request on its way through a handler.
type visit struct {
	w     http.ResponseWriter
	r     *http.Request
	words *lang.Words

	// The rest is known on the desk's own pages alone: the member who asks, the
	// language they read, the nonce of the answer's scripts, and whether they
	// proved a moment ago that it is still them.
	Member          desk.Member
	Lang            string
	Nonce           string
	Reauthenticated bool
	// token is the session's, for the pages that end sessions.
	token string
}

// handler answers a visit or says why it could not.
type handler func(s *Site, v *visit) error

// Routes returns every route of the public side: each page in each language,
// then what has no language.
func (s *Site) Routes() []Route {
	var out []Route
	for _, tag := range lang.Tags() {
		for _, r := range slices.Concat(pageRoutes(), afterRoutes(), feedRoutes(), shareRoutes(), noticeRoutes()) {
			r.Lang, r.Pattern = tag, href(tag, r.Pattern)
			out = append(out, r)
		}
	}
	return append(out, plainRoutes()...)
}

func pageRoutes() []Route {
	get := func(pattern string, class gate.PageClass, h handler) Route {
		return Route{Method: http.MethodGet, Pattern: pattern, Class: class, Lane: gate.PageLane, Laned: true, handle: h}
	}
	post := func(pattern string, lane gate.Lane, h handler) Route {
		return Route{Method: http.MethodPost, Pattern: pattern, Class: gate.Form, Lane: lane, Laned: true, handle: h}
	}
	return []Route{
		get("/{$}", gate.Front, (*Site).home),
		post("/lookup", gate.LookupLane, (*Site).look),
		// Whoever opens the address of a form by hand, or finds it in the
		// browser's memory, is led to where the form is.
		get("/lookup", gate.Form, redirect("/")),
		post("/ask", gate.AskLane, (*Site).ask),
		get("/ask", gate.Form, redirect("/")),
		get("/track", gate.Form, (*Site).trackForm),
		post("/track", gate.TrackLane, (*Site).track),
		post("/track/withdraw", gate.TrackLane, (*Site).withdraw),
		get("/track/withdraw", gate.Form, redirect("/track")),
		get("/c/{id}", gate.Page, (*Site).check),
		get("/c/{id}/{slug}", gate.Page, (*Site).check),
		get("/c/{id}/v/{n}", gate.Page, (*Site).version),
		get("/c/{id}/v/{n}/copy/{k}", gate.Page, (*Site).archived),
		get("/c/{id}/v/{n}/copy/{k}/copy.txt", gate.Page, (*Site).archivedFile),
		get("/c/{id}/embed", gate.Embed, (*Site).embed),
		open("/c/{id}/oembed.json", (*Site).oembed),
		get("/checks", gate.Page, (*Site).list),
		get("/checks/{month}", gate.Page, (*Site).month),
		get("/checks/{month}/{n}", gate.Page, (*Site).month),
		get("/topics/{topic}", gate.Page, (*Site).topic),
		get("/topics/{topic}/{n}", gate.Page, (*Site).topic),
		get("/desks", gate.Page, (*Site).desks),
		get("/desks/{id}", gate.Page, (*Site).oneDesk),
		get("/record", gate.Page, (*Site).recordPage),
		get("/about", gate.Page, (*Site).about),
		get("/privacy", gate.Page, (*Site).privacy),
		get("/accessibility", gate.Page, (*Site).accessibility),
		get("/api", gate.Page, (*Site).programs),
		get("/data/{$}", gate.Page, (*Site).openData),
	}
}

func plainRoutes() []Route {
	log := func(pattern string, h handler) Route {
		return Route{Method: http.MethodGet, Pattern: "/log/" + pattern, Class: gate.Open, Lane: gate.PageLane, Laned: true, handle: h}
	}
	return []Route{
		log("checkpoint", (*Site).logCheckpoint),
		log("tile/{path...}", (*Site).logTile),
		log("key", (*Site).logKey),
		log("policy", (*Site).logPolicy),
		log("content/{index}", (*Site).logContent),
		log("proof/{file}", (*Site).logProof),
		{Method: http.MethodGet, Pattern: "/static/{hash}/{name...}", Class: gate.Asset, handle: (*Site).staticFile},
		{Method: http.MethodGet, Pattern: "/data/{set}/{file}", Class: gate.Download, handle: (*Site).dataFile},
		{Method: http.MethodGet, Pattern: "/favicon.ico", Class: gate.Page, handle: (*Site).favicon},
		{Method: http.MethodGet, Pattern: "/robots.txt", Class: gate.Page, handle: (*Site).robots},
		open(claimReviewPath, (*Site).claimReviews),
		open("/sitemap.xml", (*Site).sitemaps),
		open("/sitemaps/{part}", (*Site).sitemap),
		open("/sitemap-news.xml", (*Site).newsSitemap),
		open("/embed.css", (*Site).embedSheet),
		{Method: http.MethodGet, Pattern: "/healthz", Class: gate.Page, handle: (*Site).healthz},
	}
}

// Handler returns the public side behind its gate. Every answer, also to an
// address that does not exist, goes through it.
func (s *Site) Handler(g Gate) http.Handler {
	mux := http.NewServeMux()
	allowed := map[string][]string{}
	var patterns []string
	for _, r := range s.Routes() {
		mux.Handle(r.Method+" "+r.Pattern, s.behind(g, r))
		if allowed[r.Pattern] == nil {
			patterns = append(patterns, r.Pattern)
		}
		allowed[r.Pattern] = append(allowed[r.Pattern], r.Method)
	}
	for _, p := range patterns {
		refusal := g.Public(gate.Page, s.wrap("", wrongMethod(allowed[p])))
		for _, method := range refused(p, allowed[p]) {
			mux.Handle(method+p, refusal)
		}
	}
	s.handleDesk(mux, g)
	nowhere := g.Public(gate.Page, s.wrap("", (*Site).lost))
	mux.Handle("/", nowhere)
	return gate.Tidy(mux, nowhere)
}

func (s *Site) behind(g Gate, r Route) http.Handler {
	h := s.wrap(r.Lang, r.handle)
	if r.Laned {
		h = g.Lane(r.Lane, h)
	}
	if keeps(r) {
		// Before the lane: an answer that is kept costs no more than a static file.
		h = s.kept.keep(h)
	}
	if r.Class == gate.Desk {
		return g.Staff(h)
	}
	return g.Public(r.Class, h)
}

// wrap makes an http.Handler that shows the errors of h. Without a language
// of its own a route takes that of the path.
func (s *Site) wrap(tag string, h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		words := s.wordsOf(r)
		if tag != "" {
			words = s.lang.For(tag)
		}
		v := &visit{w: w, r: r, words: words}
		if err := h(s, v); err != nil {
			s.show(v, err)
		}
	})
}

// wordsOf reads the language off the path.
func (s *Site) wordsOf(r *http.Request) *lang.Words {
	first, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if slices.Contains(lang.Tags(), first) {
		return s.lang.For(first)
	}
	return s.lang.For(lang.Vietnamese)
}

func redirect(path string) handler {
	return func(_ *Site, v *visit) error {
		http.Redirect(v.w, v.r, href(v.words.Tag(), path), http.StatusSeeOther)
		return nil
	}
}

// fixedEnd matches an address which stands where the readable end of a check's
// address may stand, or the number of a page of a topic.
var fixedEnd = regexp.MustCompile(`/(c/\{id\}|topics/\{topic\})/[^/{]+$`)

// refused lists the methods under which an address is registered to say that
// they are wrong: all of them, which has no name. Where two patterns fit one
// address, the mux wants the methods one by one.
func refused(pattern string, allowed []string) []string {
	if !fixedEnd.MatchString(pattern) {
		return []string{""}
	}
	var out []string
	for _, m := range []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions} {
		if !slices.Contains(allowed, m) {
			out = append(out, m+" ")
		}
	}
	return out
}

// allowList spells the Allow header.
func allowList(allowed []string) string {
	if slices.Contains(allowed, http.MethodGet) {
		allowed = append(slices.Clone(allowed), http.MethodHead)
	}
	return strings.Join(allowed, ", ")
}

func wrongMethod(allowed []string) handler {
	list := allowList(allowed)
	return func(s *Site, v *visit) error {
		v.w.Header().Set("Allow", list)
		return s.showProblem(v, problem{status: http.StatusMethodNotAllowed})
	}
}

// plainPath is an address that could be one of ours. Only such a one is
// redirected to: others could be read by a browser as another site's.
var plainPath = regexp.MustCompile(`^(/[A-Za-z0-9_-]+)+$`)

// lost answers for every address that no route has. A slash too many is
// forgiven.
func (s *Site) lost(v *visit) error {
	path := v.r.URL.Path
	trimmed := strings.TrimRight(path, "/")
	if v.r.Method != http.MethodPost && trimmed != path && plainPath.MatchString(trimmed) {
		http.Redirect(v.w, v.r, trimmed, http.StatusMovedPermanently)
		return nil
	}
	return notFound("find a route")
}

func (s *Site) staticFile(v *visit) error { return s.assets.serve(v.w, v.r) }

func (s *Site) favicon(v *visit) error {
	f := s.assets.byName["favicon.ico"]
	v.w.Header().Set("Content-Type", f.contentType)
	v.w.Header().Set("Cache-Control", "public, max-age=86400")
	_, err := v.w.Write(f.body)
	return clientGone(err)
}

func (s *Site) healthz(v *visit) error {
	status, text := http.StatusOK, "ok\n"
	if s.ready != nil && s.ready(v.r.Context()) != nil {
		status, text = http.StatusServiceUnavailable, "not ready\n"
	}
	v.w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	v.w.Header().Set("Cache-Control", "no-store")
	v.w.WriteHeader(status)
	_, err := v.w.Write([]byte(text))
	return clientGone(err)
}
