// Package web is the pages and forms, public and of the desk: one table of
// routes for each side, a typed struct for each page, templates and static files
// built in. It holds no rules and reads no table: published matter comes from
// the catalogue, and a person's words go to intake unread.
//
// Handlers return errors; one function turns an error into a page in the
// reader's language, which on the public side is the language of the path. No
// public page carries a script, sets a cookie or loads anything from elsewhere.
// The desk's pages, in the files desk_*.go, know their member by a cookie, work
// without script, and run a little of their own.
package web

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"

	"sangto/internal/access"
	"sangto/internal/catalog"
	"sangto/internal/desk"
	"sangto/internal/gate"
	"sangto/internal/intake"
	"sangto/internal/lang"
	"sangto/internal/publish"
	"sangto/internal/speech"
)

// Catalog is the part of the catalogue of published matter that the pages
// show. *catalog.Catalog is one.
type Catalog interface {
	Check(ctx context.Context, id string) (catalog.Page, error)
	Version(ctx context.Context, id string, n int) (catalog.Page, error)
	Copy(ctx context.Context, id string, n, position int) (catalog.Archived, error)
	List(ctx context.Context, f catalog.Filter, page int) (catalog.List, error)
	Desks(ctx context.Context) ([]desk.Desk, error)
	Desk(ctx context.Context, id string) (desk.Desk, error)
	Site(ctx context.Context) (catalog.Site, error)
	After
	Walker
	Notices
}

// Intake takes a person's words. *intake.Intake is one.
type Intake interface {
	Look(ctx context.Context, raw desk.Raw, limit int) (intake.Seen, error)
	Ask(ctx context.Context, nonce [16]byte, receipt desk.Receipt, raw desk.Raw) (intake.Asked, error)
	Track(ctx context.Context, receipt desk.Receipt) (intake.Tracked, error)
	Withdraw(ctx context.Context, receipt desk.Receipt) error
	Contester
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
	Staff(next http.Handler) http.Handler
	Lane(lane gate.Lane, next http.Handler) http.Handler
}

// Deps are what the pages are made of. All but PublicURL, AskDesk, Ready,
// Clock and Logger are required.
type Deps struct {
	Catalog Catalog
	Intake  Intake
	Forms   Forms
	Lang    *lang.Catalog
	// PublicURL is the address readers use, for canonical links. Without it
	// pages carry none.
	PublicURL *url.URL
	// AskDesk is the name of the desk whose members read questions; it is shown
	// beside the form.
	AskDesk string
	// Ready reports whether the program can serve; nil means always.
	Ready func(ctx context.Context) error
	// Clock is used for the short memory of the site's settings. Default
	// time.Now.
	Clock func() time.Time
	// Logger receives one line for each failure of ours. It is given kinds and
	// causes, never a person's words. Default: none are written.
	Logger *slog.Logger
	// Record is the public record. May be nil: then nothing of it is shown.
	Record Record
	// Data are the files of open data. May be nil: then there are none yet.
	Data Data
	// Codes are the failures that the page for programs explains.
	Codes []Code
	Desk  DeskDeps
}

// DeskDeps are what the members' pages are made of. Without Seats there are
// none.
type DeskDeps struct {
	Seats Seats
	// Cookie is the name of the session cookie.
	Cookie string
	// URL is the address of the desk, to which passkeys belong; nil if it is not
	// known.
	URL *url.URL
	// Waits may be nil: then nothing is marked.
	Waits Waits
	// After may be nil: then there are no pages for contests and the like.
	After AfterDesk
	// Notices may be nil: then members have no pages for service notices.
	Notices NoticeDesk
	// Alike may be nil: then no other desk's check is suggested.
	Alike Alike
	// Queue may be nil: then there is none.
	Queue Queue
	// Archive may be nil: then no sources can be archived.
	Archive Archive
	// Door is for signing in, members and keys. Without it those pages are not
	// there; Seats is then a test's.
	Door *access.Access
	// Zone is the desk's time zone; nil is UTC.
	Zone *time.Location
	// Drafts may be nil: then there are none. Keys take the members' assent.
	Drafts Drafts
	Keys   Keys
}

// Site is the public side. It is safe for concurrent use.
type Site struct {
	catalog Catalog
	intake  Intake
	forms   Forms
	lang    *lang.Catalog
	public  *url.URL
	askDesk string
	ready   func(context.Context) error
	clock   func() time.Time
	logger  *slog.Logger
	codes   []Code
	pages   pages
	assets  assets
	// pictures says that checks have share cards.
	pictures bool

	settings settings
	kept     *answers
	reviews  keptFile
	data     Data
	record   Record
	printer  *publish.Printer
	speech   *speech.Speech
	drawings *drawings

	seats     Seats
	cookie    string
	deskURL   *url.URL
	waits     Waits
	after     AfterDesk
	notices   NoticeDesk
	alike     Alike
	queue     Queue
	archive   Archive
	drafts    Drafts
	keys      Keys
	deskPaths map[string]bool // that have a page
	access    *access.Access
	zone      *time.Location
}

// New returns the public side. It fails if a template or a static file of the
// program is broken. The gate that Handler takes may use Refuse, which is why
// the two are made one after the other.
func New(d Deps) (*Site, error) {
	s := &Site{
		catalog: d.Catalog, intake: d.Intake, forms: d.Forms, lang: d.Lang, public: d.PublicURL,
		askDesk: d.AskDesk, ready: d.Ready, clock: d.Clock, logger: d.Logger, data: d.Data, record: d.Record, codes: d.Codes,
		seats: d.Desk.Seats, cookie: d.Desk.Cookie, deskURL: d.Desk.URL, waits: d.Desk.Waits, after: d.Desk.After, alike: d.Desk.Alike, queue: d.Desk.Queue, drafts: d.Desk.Drafts, keys: d.Desk.Keys, archive: d.Desk.Archive, deskPaths: map[string]bool{},
		access: d.Desk.Door, zone: d.Desk.Zone,
	}
	s.notices = d.Desk.Notices
	if s.zone == nil {
		s.zone = time.UTC
	}
	s.pictures = hasPictures(s.Routes())
	for _, r := range s.DeskRoutes() {
		s.deskPaths[r.Pattern] = true
	}
	if s.clock == nil {
		s.clock = time.Now
	}
	if s.logger == nil {
		s.logger = slog.New(slog.DiscardHandler)
	}
	s.kept = newAnswers(s.catalog.Written, s.clock)
	var err error
	if s.pages, err = loadPages(); err != nil {
		return nil, err
	}
	if s.assets, err = loadAssets(); err != nil {
		return nil, err
	}
	if s.printer, err = publish.NewPrinter(); err != nil {
		return nil, err
	}
	if s.speech, err = speech.New(); err != nil {
		return nil, err
	}
	s.drawings = newDrawings()
	for _, name := range []string{"site.css", "desk.css", "embed.css", "logo.svg", "favicon.ico"} {
		if _, ok := s.assets.byName[name]; !ok {
			return nil, fmt.Errorf("static file %s is missing", name)
		}
	}
	// The page that shows failures must not be the first to fail.
	for _, tag := range lang.Tags() {
		if _, err := s.problemPage(d.Lang.For(tag), catalog.Site{}, problem{kind: desk.Internal}); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (s *Site) static(name string) string { return s.assets.byName[name].address }

// settingsAge is how long the site's name and notice are remembered, so that
// a page does not read them anew each time.
const settingsAge = 5 * time.Second

// settings remembers what the site is called.
type settings struct {
	mu   sync.Mutex
	site catalog.Site
	read time.Time
}

// last is what was remembered last, without a look at the database.
func (m *settings) last() catalog.Site {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.site
}

// site returns the site's settings. When they cannot be read a page still
// shows, under the program's own name.
func (s *Site) site(ctx context.Context) catalog.Site {
	m := &s.settings
	m.mu.Lock()
	defer m.mu.Unlock()
	now := s.clock()
	if age := now.Sub(m.read); age >= 0 && age < settingsAge {
		return m.site
	}
	site, err := s.catalog.Site(ctx)
	if err != nil {
		s.logger.LogAttrs(ctx, slog.LevelError, "the site's settings cannot be read", slog.Any("error", err))
		return m.site
	}
	m.site, m.read = site, now
	return site
}
