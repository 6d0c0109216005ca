// Package app assembles the program from its configuration: it opens the
// parts bottom up, runs them, and stops them top down. The commands and the
// tests build the same value.
package app

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"sangto/internal/access"
	"sangto/internal/api"
	"sangto/internal/catalog"
	"sangto/internal/config"
	"sangto/internal/desk"
	"sangto/internal/dump"
	"sangto/internal/embed"
	"sangto/internal/evidence"
	"sangto/internal/feed"
	"sangto/internal/fetch"
	"sangto/internal/gate"
	"sangto/internal/intake"
	"sangto/internal/keys"
	"sangto/internal/lang"
	"sangto/internal/lookup"
	"sangto/internal/queue"
	"sangto/internal/record"
	"sangto/internal/store"
	"sangto/internal/transfer"
	"sangto/internal/web"
	"sangto/internal/workflow"
)

// How often the running program looks for what changed.
const (
	followEvery   = 300 * time.Millisecond // the change sequence: a new check is found within a second
	fillEvery     = 10 * time.Second       // tried again until every check is in memory
	keepEvery     = 3 * time.Minute        // the index is written to its file, if it changed
	reloadEvery   = time.Minute            // open claims held in memory
	tickEvery     = time.Minute            // whether a new day began
	feedsEvery    = time.Minute            // whether a feed is due; each is once an hour
	dataEvery     = time.Minute            // whether open data of today are there, and nothing in them was taken back
	scrubEvery    = time.Minute            // deleted words that a reader kept in the log
	backupEvery   = time.Minute            // whether the day has its backup
	signEvery     = time.Second            // what was published is in a signed checkpoint soon
	witnessEvery  = 2 * time.Second        // witnesses that have not signed yet, as far as their turn has come
	witnessWithin = 5 * time.Second        // what a witness gets to answer
	archiveEvery  = 2 * time.Second        // sources that a member wants a copy of
	stopWithin    = 10 * time.Second       // what requests under way get to finish
)

// App is the assembled program. Build it with New, run it once with Run.
type App struct {
	log     *slog.Logger
	db      *store.DB
	finder  *lookup.Finder
	intake  *intake.Intake
	flow    *workflow.Workflow
	door    fetch.Policy
	archive *evidence.Archive
	queue   *queue.Queue
	data    *dump.Folder
	feeds   *feed.Reader
	access  *access.Access
	server  *http.Server
	ln      net.Listener
	gate    *gate.Gate
	cfg     config.Config
	release func()
	// keyMark goes into backups.
	keyMark string
	record  *record.Log
	clock   *steadyClock
	// tickWaits is for the loop of the daily tick alone: it was said that it waits.
	tickWaits bool
	// embedder is nil if there is none.
	embedder *embed.Client

	close sync.Once
}

// New opens the data folder and everything on it, and listens. Nothing is
// served before Run. The caller must call Run or Close.
func New(ctx context.Context, cfg config.Config, log *slog.Logger) (*App, error) {
	return NewWith(ctx, cfg, log, fetch.Policy{})
}

// NewWith is New with another policy for fetching sources, by which tests reach
// a local server. The commands cannot make one: they may not import fetch.
func NewWith(ctx context.Context, cfg config.Config, log *slog.Logger, door fetch.Policy) (_ *App, err error) {
	a := &App{log: log, cfg: cfg, door: door, clock: newSteadyClock(log)}
	defer func() {
		if err != nil {
			a.Close()
		}
	}()
	if a.embedder, err = openEmbedder(cfg.Embed); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(cfg.Data, 0o700); err != nil {
		return nil, &desk.Error{Kind: desk.Invalid, Op: "open data folder", Key: "config.error.data", Args: map[string]any{"Path": cfg.Data}, Err: err}
	}
	if a.release, err = store.LockFolder(cfg.Data); err != nil {
		return nil, err
	}
	ring, err := keys.Open(filepath.Join(cfg.Data, "keys"))
	if err != nil {
		return nil, err
	}
	a.keyMark = ring.Mark()
	if a.db, err = OpenStore(ctx, cfg, a.clock.Now, false); err != nil {
		return nil, err
	}
	if err := a.listen(); err != nil {
		return nil, err
	}
	return a, a.open(ctx, ring)
}

// listen takes the port before the pages are built, because they carry the
// address that readers use.
func (a *App) listen() error {
	ln, err := a.cfg.Socket, error(nil)
	if ln == nil {
		ln, err = net.Listen("tcp", a.cfg.Listen)
	}
	if err != nil {
		return &desk.Error{Kind: desk.Unavailable, Op: "listen", Key: "config.error.listen", Args: map[string]any{"Addr": a.cfg.Listen}, Err: err}
	}
	a.cfg = a.cfg.Bound(ln.Addr())
	secure, err := a.cfg.TLS.Server(time.Now)
	if err != nil {
		return errors.Join(err, ln.Close())
	}
	if secure != nil {
		ln = tls.NewListener(ln, secure)
	}
	a.ln = ln
	return nil
}

// Config is the settings in force, with the address that was really taken.
func (a *App) Config() config.Config { return a.cfg }

// open builds what stands on the store.
func (a *App) open(ctx context.Context, ring *keys.Ring) error {
	deskID, err := ensureDesk(ctx, a.db, a.cfg)
	if err != nil {
		return err
	}
	a.flow = workflow.New(a.db)
	if err := a.openRecord(ctx); err != nil {
		return err
	}
	a.door.Redirects, a.door.Own = fetch.MaxRedirects, []string{a.cfg.URL.Hostname()}
	a.archive = evidence.New(a.db, fetch.New(a.door))
	a.openFeeds()
	var rebuilt error
	if a.finder, rebuilt, err = lookup.OpenKept(ctx, a.db, indexFile(a.cfg)); err != nil {
		return err
	}
	if rebuilt != nil {
		a.log.Warn("the kept index was not used and is built anew", "cause", rebuilt)
	}
	a.useEmbedder()
	if a.intake, err = intake.New(ctx, a.db, a.finder, ring, deskID); err != nil {
		return err
	}
	if a.queue, err = queue.New(ctx, a.db, a.finder, a.flow, deskID); err != nil {
		return err
	}
	return a.front(ctx, ring, deskID)
}

// front builds the HTTP side. The pages render what the gate refuses, and the
// gate stands before the pages.
func (a *App) front(ctx context.Context, ring *keys.Ring, deskID string) error {
	words, err := lang.Load()
	if err != nil {
		return err
	}
	shown := catalog.New(a.db, a.cfg.Zone)
	asked, err := shown.Desk(ctx, deskID)
	if err != nil {
		return err
	}
	if err := a.openAccess(ring, asked.Name); err != nil {
		return err
	}
	a.data = dump.New(a.db, dataFolder(a.cfg), dump.Options{Site: a.cfg.URL, Licence: dump.Licence(a.cfg.Licence), Words: words})
	forms := gate.NewForms(ring, time.Now)
	calls, err := api.New(api.Deps{Catalog: shown, Record: a.record, Intake: a.intake, Forms: forms, Lang: words, PublicURL: a.cfg.URL, Logger: a.log})
	if err != nil {
		return err
	}
	site, err := web.New(web.Deps{
		Catalog: shown, Record: a.record, Intake: a.intake, Forms: forms, Lang: words,
		PublicURL: a.cfg.URL, AskDesk: asked.Name, Ready: a.readiness, Clock: time.Now, Logger: a.log, Data: a.data, Codes: codes(),
		Desk: web.DeskDeps{
			Seats: a.access, Door: a.access, Cookie: access.CookieName(a.DeskURL()), URL: a.DeskURL(), Zone: a.cfg.Zone,
			Queue: a.queue, Drafts: a.flow, Keys: a.access, Waits: a.waits, After: a.flow, Notices: a.flow, Alike: a.finder.Alike, Archive: a.archive,
		},
	})
	if err != nil {
		return err
	}
	g := gate.New(gate.Config{
		Clock: time.Now, Proxies: a.cfg.Proxies, Public: a.cfg.URL, Logger: a.log,
		Refuse: func(w http.ResponseWriter, r *http.Request, err error) {
			if api.Owns(r.URL.Path) {
				calls.Refuse(w, r, err)
				return
			}
			site.Refuse(w, r, err)
		},
	})
	a.gate, a.server = g, g.Server(sides(calls.Handler(g), site.Handler(g)))
	return nil
}

// codes are the failures of the JSON interface, for the page that explains it.
func codes() []web.Code {
	var out []web.Code
	for _, e := range api.Explained() {
		out = append(out, web.Code{Name: e.Code, Key: e.Key})
	}
	return out
}

// sides sends each request to the side its path belongs to: the JSON interface
// or the pages. Both stand behind one gate and share its lanes.
func sides(calls, pages http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if api.Owns(r.URL.Path) {
			calls.ServeHTTP(w, r)
			return
		}
		pages.ServeHTTP(w, r)
	})
}

// readiness reports whether the program can serve. A store that failed a write
// cannot take questions, and must not look well.
func (a *App) readiness(ctx context.Context) error { return a.db.Ping(ctx) }

// Addr is the address the program listens on.
func (a *App) Addr() string { return a.ln.Addr().String() }

// Run serves until ctx ends, then stops cleanly: it stops listening, lets
// requests finish, stops the loops and closes the store. It returns nil after
// a clean stop.
func (a *App) Run(ctx context.Context) error {
	defer a.Close()
	loops, stop := context.WithCancel(context.WithoutCancel(ctx))
	var wg sync.WaitGroup
	for _, l := range []struct {
		name  string
		every time.Duration
		do    func(context.Context) error
	}{
		{"follow changes", followEvery, a.finder.Refresh},
		{"read the checks into memory", fillEvery, a.finder.Fill},
		{"keep the index", keepEvery, a.finder.Save},
		{"reload open claims", reloadEvery, a.intake.Reload},
		{"reload worded claims", reloadEvery, a.queue.Reload},
		{"sign the record", signEvery, a.record.Step},
		{"ask the record's witnesses", witnessEvery, a.record.AskWitnesses},
		{"daily tick", tickEvery, a.tick},
		{"archive sources", archiveEvery, a.archive.Work},
		{"give checks their vectors", vectorsEvery, a.fillVectors},
		{"make the open data", dataEvery, a.data.Keep},
		{"read other desks' feeds", feedsEvery, a.feeds.Work},
		{"empty the log of deleted words", scrubEvery, a.db.Rescrub},
		{"back up", backupEvery, a.nightly()},
		{"watch the room on the disk", roomEvery, a.watchRoom(store.FreeSpace)},
	} {
		wg.Go(func() { a.loop(loops, l.name, l.every, l.do) })
	}
	served := make(chan error, 1)
	go func() { served <- a.server.Serve(a.ln) }()
	var err error
	select {
	case err = <-served:
	case <-ctx.Done():
		err = a.shutdown(ctx)
	}
	stop()
	wg.Wait()
	// What the last minutes brought need not be read again at the next start.
	if err := a.finder.Save(context.WithoutCancel(ctx)); err != nil {
		a.log.Warn("the index was not kept and will be built at the next start", "cause", err)
	}
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	return err
}

// loop runs do at once and then at every interval. A failure is logged when
// it begins and when it ends, not at every turn.
func (a *App) loop(ctx context.Context, name string, every time.Duration, do func(context.Context) error) {
	t := time.NewTicker(every)
	defer t.Stop()
	failing := false
	for {
		err := do(ctx)
		if ctx.Err() != nil {
			return
		}
		if (err != nil) != failing {
			failing = err != nil
			if failing {
				a.log.Error(name, "error", err)
			} else {
				a.log.Info(name + ": works again")
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}

func (a *App) tick(ctx context.Context) error {
	if wait, err := a.tickMustWait(ctx); wait || err != nil {
		return err
	}
	t, err := a.flow.Tick(ctx)
	if err == nil && t.Ran {
		a.log.Info("daily tick", "texts_deleted", t.Texts, "claims_closed", t.Closed, "receipts_ended", t.Receipts, "claims_shown", t.Shown)
	}
	return err
}

// Close releases everything. It is safe to call more than once, and before
// Run.
func (a *App) Close() {
	a.close.Do(func() {
		if a.ln != nil {
			_ = a.ln.Close()
		}
		if a.embedder != nil {
			a.embedder.Close()
		}
		if a.record != nil {
			a.record.Close()
		}
		if a.db != nil {
			if err := a.db.Close(); err != nil {
				a.log.Error("close the store", "error", err)
			}
		}
		if a.release != nil {
			a.release()
		}
	})
}

// OpenStore opens the store that cfg names.
func OpenStore(ctx context.Context, cfg config.Config, clock func() time.Time, readOnly bool) (*store.DB, error) {
	if cfg.Data != "" {
		if err := transfer.Unfinished(cfg.Data); err != nil {
			return nil, err
		}
	}
	o := store.Options{DSN: cfg.DB, Clock: clock, Zone: cfg.Zone, Random: rand.Reader, ReadOnly: readOnly}
	if o.DSN == "" {
		o.Path = databaseFile(cfg)
	}
	return store.Open(ctx, o)
}

// ensureDesk makes the desk that questions go to when a folder has none yet,
// and returns its id.
func ensureDesk(ctx context.Context, db *store.DB, cfg config.Config) (string, error) {
	id, err := intake.LocalDesk(ctx, db)
	if !errors.Is(err, intake.ErrNoDesk) {
		return id, err
	}
	err = db.Update(ctx, func(tx *store.Tx) error {
		if id, err = tx.NewID(); err != nil {
			return err
		}
		if err := tx.SetSetting(catalog.SettingName, cfg.Name); err != nil {
			return err
		}
		return tx.PutDesk(desk.Desk{
			ID: id, Local: true, Name: cfg.Name, URL: cfg.URL.String(), Lang: "vi",
			OwnerKind: desk.OwnerUnknown, FunderKind: desk.OwnerUnknown, Declared: tx.Day(),
		})
	})
	return id, err
}
