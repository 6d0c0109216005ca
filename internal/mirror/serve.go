package mirror

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"

	"sangto/internal/desk"
	"sangto/internal/gate"
	"sangto/internal/lang"
	"sangto/internal/publish"
	"sangto/internal/record/leaf"
	"sangto/internal/verify"
	"sangto/ledger"
)

//go:embed templates
var files embed.FS

// perPage is how many checks one page of the list holds.
const perPage = 100

// server serves a shelf, read-only, under the paths of its origin.
type server struct {
	shelf *Shelf
	words *lang.Catalog
	pages *template.Template
	style []byte
}

// Handler serves the copy: the log, the words and the files of the open data
// under the same paths as at the origin, and for people a plain page of each
// check that says whose it is and that this is a mirror. Everything stands
// behind the gate, which keeps off who asks.
func Handler(s *Shelf, words *lang.Catalog, g *gate.Gate) (http.Handler, error) {
	pages, err := template.ParseFS(files, "templates/*.html")
	if err != nil {
		return nil, err
	}
	style, err := files.ReadFile("templates/mirror.css")
	if err != nil {
		return nil, err
	}
	v := &server{shelf: s, words: words, pages: pages, style: style}
	mux := http.NewServeMux()
	open := func(pattern string, h func(http.ResponseWriter, *http.Request) error) {
		mux.Handle("GET "+pattern, g.Public(gate.Open, v.wrap(lang.Vietnamese, h)))
	}
	open("/log/{file}", v.head)
	open("/log/tile/{path...}", v.tile)
	open("/log/content/{n}", v.content)
	open("/log/proof/{name}", v.proof)
	open("/style.css", v.css)
	mux.Handle("GET /data/latest/{file}", g.Public(gate.Download, v.wrap(lang.Vietnamese, v.data)))
	for _, tag := range lang.Tags() {
		prefix := ""
		if tag != lang.Vietnamese {
			prefix = "/" + tag
		}
		page := func(pattern string, h func(http.ResponseWriter, *http.Request, view) error) {
			mux.Handle("GET "+prefix+pattern, g.Public(gate.Page, v.wrap(tag, func(w http.ResponseWriter, r *http.Request) error {
				return h(w, r, view{Words: words.For(tag), Prefix: prefix, Tag: tag})
			})))
		}
		page("/{$}", v.front)
		page("/checks", v.list)
		page("/checks/{n}", v.list)
		page("/c/{id}", v.check)
		page("/c/{id}/{slug}", v.check)
		page("/c/{id}/v/{n}", v.check)
	}
	mux.Handle("/", g.Public(gate.Page, v.wrap(lang.Vietnamese, func(http.ResponseWriter, *http.Request) error { return errLost })))
	return mux, nil
}

var errLost = &desk.Error{Kind: desk.NotFound, Op: "find a page", Key: "mirror.error.lost"}

func (v *server) wrap(tag string, h func(http.ResponseWriter, *http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := h(w, r)
		if err == nil {
			return
		}
		if errors.Is(err, fs.ErrNotExist) {
			err = errLost
		}
		status := gate.Status(desk.KindOf(err))
		text := v.words.For(tag).Error(err)
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(text + "\n"))
	})
}

// Refuse shows what the gate refuses.
func Refuse(words *lang.Catalog) func(http.ResponseWriter, *http.Request, error) {
	return func(w http.ResponseWriter, _ *http.Request, err error) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(gate.Status(desk.KindOf(err)))
		for _, tag := range lang.Tags() {
			_, _ = w.Write([]byte(words.For(tag).Error(err) + "\n"))
		}
	}
}

// lasting is how long what never changes may be kept.
const lasting = "public, max-age=31536000, immutable"

func send(w http.ResponseWriter, contentType, cache string, b []byte) error {
	w.Header().Set("Content-Type", contentType)
	if cache != "" {
		w.Header().Set("Cache-Control", cache)
	}
	_, err := w.Write(b)
	return err
}

const (
	plainType = "text/plain; charset=utf-8"
	bytesType = "application/octet-stream"
)

func (v *server) head(w http.ResponseWriter, r *http.Request) error {
	name := r.PathValue("file")
	if name == "mirror" {
		return v.about(w)
	}
	if name != ledger.CheckpointPath && name != "key" {
		return errLost
	}
	b, err := v.shelf.read("log/"+name, ledger.MaxCheckpoint)
	if err != nil {
		return err
	}
	return send(w, plainType, "public, max-age=5", b)
}

// about is how programs know that this is a mirror: see verify.
func (v *server) about(w http.ResponseWriter) error {
	now, err := v.shelf.current()
	if err != nil {
		return err
	}
	b, err := json.Marshal(now.about)
	if err != nil {
		return err
	}
	return send(w, "application/json", "public, max-age=5", append(b, '\n'))
}

func (v *server) tile(w http.ResponseWriter, r *http.Request) error {
	t, err := ledger.ParsePath("tile/" + r.PathValue("path"))
	if err != nil {
		return errLost
	}
	src, err := v.shelf.source()
	if err != nil {
		return err
	}
	b, err := ledger.ReadTile(r.Context(), src, t)
	if err != nil {
		return err
	}
	return send(w, bytesType, lasting, b)
}

// index reads the number of an entry, in the one spelling that it has.
func index(s string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 || strconv.FormatInt(n, 10) != s {
		return 0, errLost
	}
	return n, nil
}

func (v *server) content(w http.ResponseWriter, r *http.Request) error {
	n, err := index(r.PathValue("n"))
	if err != nil {
		return err
	}
	b, err := v.shelf.read(verify.ContentPath(n), leaf.ContentMax)
	if err != nil {
		return err
	}
	return send(w, "application/json", "public, max-age=300", b)
}

func (v *server) proof(w http.ResponseWriter, r *http.Request) error {
	name, ok := strings.CutSuffix(r.PathValue("name"), ".tlog-proof")
	n, err := index(name)
	if !ok || err != nil {
		return errLost
	}
	now, err := v.shelf.current()
	if err != nil {
		return err
	}
	if n >= now.head.Size {
		return errLost
	}
	src, err := v.shelf.source()
	if err != nil {
		return err
	}
	signed, err := v.shelf.read("log/"+ledger.CheckpointPath, ledger.MaxCheckpoint)
	if err != nil {
		return err
	}
	hashes, err := ledger.ProveInclusion(r.Context(), src, now.head, n)
	if err != nil {
		return err
	}
	return send(w, plainType, "public, max-age=5", ledger.Proof{Index: n, Hashes: hashes, Checkpoint: signed}.Text())
}

func (v *server) css(w http.ResponseWriter, _ *http.Request) error {
	return send(w, "text/css; charset=utf-8", "public, max-age=3600", v.style)
}

var fileName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)

func (v *server) data(w http.ResponseWriter, r *http.Request) error {
	name := r.PathValue("file")
	if !fileName.MatchString(name) {
		return errLost
	}
	f, err := v.shelf.root.Open(path.Join(dataDir, name))
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	w.Header().Set("Content-Type", bytesType)
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	http.ServeContent(w, r, name, time.Time{}, f)
	return nil
}

// view is what every page is made of.
type view struct {
	Words  *lang.Words
	Prefix string
	Tag    string
	From   string
	Copied string
	Size   int64
	// Other is this page in the other language.
	Other string
	Page  any
}

// T is a sentence of the catalogue.
func (v view) T(key string, args ...any) string { return v.Words.T(key, args...) }

// Link is an address in the page's language.
func (v view) Link(path string) string { return v.Prefix + path }

func (v *server) show(w http.ResponseWriter, r *http.Request, name string, now *shelf, p view, page any) error {
	p.From, p.Copied, p.Size, p.Page = now.about.From, p.Words.Date(now.about.Copied), now.head.Size, page
	bare := strings.TrimPrefix(r.URL.Path, p.Prefix)
	if p.Other = bare; p.Tag == lang.Vietnamese {
		p.Other = "/" + lang.English + bare
	}
	var b bytes.Buffer
	if err := v.pages.ExecuteTemplate(&b, name, p); err != nil {
		return err
	}
	return send(w, "text/html; charset=utf-8", "", b.Bytes())
}

type frontPage struct {
	Checks   int
	Kept     int
	Follows  bool
	Withheld []item
}

// item is a check in a list.
type item struct{ Href, Title, Verdict, Day string }

func (v *server) front(w http.ResponseWriter, r *http.Request, p view) error {
	now, err := v.shelf.current()
	if err != nil {
		return err
	}
	page := frontPage{Checks: len(now.order), Kept: len(now.kept), Follows: now.about.FollowOrders}
	for _, id := range now.order {
		if now.withheldBy(id) == nil {
			continue
		}
		one, err := v.item(now, p, id)
		if err != nil {
			return err
		}
		page.Withheld = append(page.Withheld, one)
	}
	return v.show(w, r, "front.html", now, p, page)
}

func (v *server) item(now *shelf, p view, id string) (item, error) {
	e, _ := now.spoken(v.shelf, id)
	one := item{Href: p.Link("/c/" + id), Title: id, Verdict: verdict(p.Words, e.Leaf), Day: p.Words.Date(e.Day)}
	var words wording
	there, err := v.shelf.body(e.index, e.Leaf, &words)
	if there {
		one.Title = publish.Plain(words.Title)
	}
	return one, err
}

// spoken is the version of a check that is shown first: the newest, or, while an
// order withholds it at the origin, the newest before the order.
func (s *shelf) spoken(_ *Shelf, id string) (e entry, order *entry) {
	order = s.withheldBy(id)
	all := s.versions[id]
	for i := len(all) - 1; i >= 0; i-- {
		if order == nil || all[i].Kind != leaf.WithholdOrder {
			return all[i], order
		}
	}
	return all[len(all)-1], order
}

func verdict(words *lang.Words, l leaf.Leaf) string {
	switch {
	case l.Kind == leaf.Retract:
		return words.T("check.withdrawn_label")
	case l.Verdict == string(desk.NotRated):
		return words.T("check.not_rated", "Reason", words.NotRated(desk.NotRatedKind(l.NotRated)))
	}
	return words.Verdict(desk.Verdict(l.Verdict))
}

type listPage struct {
	Items        []item
	Newer, Older string
}

func (v *server) list(w http.ResponseWriter, r *http.Request, p view) error {
	now, err := v.shelf.current()
	if err != nil {
		return err
	}
	n := int64(1)
	if s := r.PathValue("n"); s != "" {
		if n, err = index(s); err != nil {
			return err
		}
	}
	from := (int(min(n, 1<<20)) - 1) * perPage
	if from < 0 || from > 0 && from >= len(now.order) {
		return errLost
	}
	var page listPage
	for _, id := range now.order[from:min(len(now.order), from+perPage)] {
		one, err := v.item(now, p, id)
		if err != nil {
			return err
		}
		page.Items = append(page.Items, one)
	}
	if n > 1 {
		page.Newer = p.Link("/checks/" + strconv.FormatInt(n-1, 10))
	}
	if from+perPage < len(now.order) {
		page.Older = p.Link("/checks/" + strconv.FormatInt(n+1, 10))
	}
	return v.show(w, r, "list.html", now, p, page)
}

type checkPage struct {
	Lang, Title, Claim, Verdict, Summary string
	Body, ToDo                           template.HTML
	Reason, Note                         string
	Evidence                             []source
	Index                                int64
	Day                                  string
	Owner, Funders                       string
	Origin                               string
	Versions                             []item
	// Gone means that the words are not here; Order and Kept say that the
	// origin withholds them, and that this mirror does not.
	Gone  bool
	Kept  bool
	Order string
	Old   bool
}

type source struct {
	Title     string `json:"title"`
	URL       string `json:"url"`
	Publisher string `json:"publisher"`
	Quote     string `json:"quote"`
	Stance    string `json:"stance"`
}

func (v *server) check(w http.ResponseWriter, r *http.Request, p view) error {
	now, err := v.shelf.current()
	if err != nil {
		return err
	}
	id := r.PathValue("id")
	all := now.versions[id]
	if len(all) == 0 {
		return errLost
	}
	e, order := now.spoken(v.shelf, id)
	if s := r.PathValue("n"); s != "" {
		n, err := index(s)
		if err != nil || n < 1 || n > int64(len(all)) {
			return errLost
		}
		e = all[n-1]
	}
	page := checkPage{
		Lang: e.Lang, Verdict: verdict(p.Words, e.Leaf), Index: e.index, Day: p.Words.Date(e.Day),
		Origin: now.about.From + r.URL.Path, Old: e.index != now.newest(id).index && order == nil,
	}
	if order != nil {
		page.Order = p.T("mirror.withheld", "Body", publish.Plain(order.OrderBody), "Law", publish.Plain(order.Law), "Date", p.Words.Date(order.Ordered), "Until", p.Words.Date(order.Expires))
	}
	for _, one := range all {
		page.Versions = append(page.Versions, item{
			Href: p.Link("/c/" + id + "/v/" + strconv.Itoa(one.Rev)), Title: strconv.Itoa(one.Rev), Verdict: verdict(p.Words, one.Leaf), Day: p.Words.Date(one.Day),
		})
	}
	if err := v.fill(&page, now, e); err != nil {
		return err
	}
	page.Kept = order != nil && !page.Gone
	return v.show(w, r, "check.html", now, p, page)
}

// fill puts the words of a version on its page.
func (v *server) fill(page *checkPage, now *shelf, e entry) error {
	var words wording
	there, err := v.shelf.body(e.index, e.Leaf, &words)
	if err != nil {
		return err
	}
	page.Gone = !there
	page.Title, page.Claim, page.Summary = publish.Plain(words.Title), publish.Plain(words.Claim), publish.Plain(words.Summary)
	page.Reason, page.Note = publish.Plain(words.Reason), publish.Plain(words.Note)
	page.Body, page.ToDo = publish.HTML(words.Body), publish.HTML(words.ToDo)
	for _, raw := range words.Evidence {
		var s source
		if err := json.Unmarshal(raw, &s); err != nil {
			return err
		}
		s.Title, s.Publisher, s.Quote = publish.Plain(s.Title), publish.Plain(s.Publisher), publish.Plain(s.Quote)
		if !desk.WebAddress(s.URL) {
			s.URL = ""
		}
		page.Evidence = append(page.Evidence, s)
	}
	at, known := now.owners[e.OwnerH]
	if !known {
		return nil
	}
	var d declaration
	if _, err := v.shelf.body(at, leaf.Leaf{}, &d); err != nil {
		return err
	}
	page.Owner, page.Funders = publish.Plain(d.Owner), publish.Plain(d.Funders)
	return nil
}
