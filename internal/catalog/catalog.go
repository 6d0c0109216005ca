// Package catalog is every public read of published matter: checks and their
// versions, lists, desks, and the few facts about the site itself. It writes
// nothing and knows nothing of questions.
package catalog

import (
	"context"
	"slices"
	"time"

	"sangto/internal/desk"
	"sangto/internal/store"
)

// PageSize is how many checks a list page holds.
const PageSize = 20

// Entry is a check with its desk and its newest version.
type Entry = store.Entry

// Catalog reads published matter. It is safe for concurrent use.
type Catalog struct {
	db      *store.DB
	zone    *time.Location
	figures figures
	totals  memo[int]
	days    memo[[]DayCount]
}

// New returns a Catalog over db; zone is the desk's time zone.
func New(db *store.DB, zone *time.Location) *Catalog { return &Catalog{db: db, zone: zone} }

// Page is a check as a reader sees it: the version asked for, the newest one,
// and the heads of all of them.
type Page struct {
	Entry
	Shown desk.Version
	// Versions are oldest first and carry no evidence.
	Versions []desk.Version
	// Withheld says that the check is hidden, by an order or because the record
	// is ahead of the database: no version holds its wording.
	Withheld bool
	// Gone is the day since which another desk's check is no longer at its
	// source, zero while it is or where nobody looked.
	Gone desk.Day
	// Copies are the positions of Shown's sources of which this desk holds an
	// archived copy, in order.
	Copies []int
}

// Old reports whether a newer version than the one shown exists.
func (p Page) Old() bool { return p.Shown.Number < p.Version.Number }

// Check returns the newest version of a check, or a NotFound error.
func (c *Catalog) Check(ctx context.Context, id string) (Page, error) { return c.page(ctx, id, 0) }

// Version returns version n of a check, or a NotFound error.
func (c *Catalog) Version(ctx context.Context, id string, n int) (Page, error) {
	if n < 1 {
		return Page{}, notFound("read version")
	}
	return c.page(ctx, id, n)
}

// page reads version n, the newest if n is 0, in one snapshot.
func (c *Catalog) page(ctx context.Context, id string, n int) (Page, error) {
	if !desk.ValidID(id) {
		return Page{}, notFound("read check")
	}
	var p Page
	err := c.db.View(ctx, func(tx *store.Tx) error {
		var err error
		if p.Check, err = tx.Check(id); err != nil {
			return err
		}
		if p.Desk, err = tx.Desk(p.Check.DeskID); err != nil {
			return err
		}
		if p.Entry.Version, err = tx.Latest(id); err != nil {
			return err
		}
		if p.Versions, err = tx.Versions(id); err != nil {
			return err
		}
		missing, err := tx.Ahead(id)
		if err != nil {
			return err
		}
		if newest, hidden := desk.Ahead(p.Entry.Version, missing, tx.Day()); hidden {
			return p.replace(missing, newest, n)
		}
		p.Shown = p.Entry.Version
		if n != 0 && n != p.Shown.Number {
			if p.Shown, err = tx.Version(id, n); err != nil {
				return err
			}
		}
		if p.Copies, err = tx.VersionCopies(id, p.Shown.Number); err != nil {
			return err
		}
		if p.Entry.Version.Withheld(tx.Day()) {
			p.withhold()
		}
		if p.Check.Imported() {
			gone, err := tx.Gone([]string{id})
			p.Gone = gone[id]
			return err
		}
		return nil
	})
	return p, err
}

// replace shows version n of a check of which the record has versions that the
// database lacks, the newest if n is 0. newest stands for the last of them.
func (p *Page) replace(missing []desk.Version, newest desk.Version, n int) error {
	p.Versions = append(append(p.Versions, missing[:len(missing)-1]...), newest)
	if n == 0 {
		n = newest.Number
	}
	at := slices.IndexFunc(p.Versions, func(v desk.Version) bool { return v.Number == n })
	if at < 0 {
		return notFound("read version")
	}
	p.Shown, p.Entry.Version = p.Versions[at], newest
	p.withhold()
	return nil
}

// withhold leaves of a check what is shown while an order hides it: every
// version's act, day, reason and order, and no wording.
func (p *Page) withhold() {
	p.Copies = nil
	p.Shown, p.Entry.Version = p.Shown.Hidden(), p.Entry.Version.Hidden()
	for i, v := range p.Versions {
		p.Versions[i] = v.Hidden()
	}
	p.Withheld = true
}

// Archived is the copy of a source that a published version rests on.
type Archived struct {
	Page
	Evidence desk.Evidence
	Copy     desk.Copy
}

// Copy returns the archived copy behind the source at a position of version n,
// or a NotFound error. Where the version lost its wording because it held a
// private person's data, so has the copy its text.
func (c *Catalog) Copy(ctx context.Context, id string, n, position int) (Archived, error) {
	var a Archived
	var err error
	if a.Page, err = c.Version(ctx, id, n); err != nil {
		return Archived{}, err
	}
	at := slices.IndexFunc(a.Shown.Evidence, func(e desk.Evidence) bool { return e.Position == position })
	if at < 0 {
		return Archived{}, notFound("read copy")
	}
	a.Evidence = a.Shown.Evidence[at]
	err = c.db.View(ctx, func(tx *store.Tx) error {
		var err error
		a.Copy, err = tx.VersionCopy(id, n, position)
		return err
	})
	if desk.KindOf(err) == desk.NotFound {
		return Archived{}, notFound("read copy")
	}
	if a.Shown.Erased {
		a.Copy.State, a.Copy.Title, a.Copy.Text = desk.CopyErased, "", ""
	}
	return a, err
}

// Filter narrows a list. Empty fields do not. Since is the first day of the
// newest version, Until the first day that no longer belongs.
type Filter struct {
	Topic, Lang, DeskID string
	LocalOnly           bool
	Since, Until        desk.Day
}

// List is one page of checks, newest first.
type List struct {
	Entries            []Entry
	Page, Pages, Total int
}

// List returns the given page, counted from 1; pages outside the list are
// NotFound, but the first page of an empty list exists.
func (c *Catalog) List(ctx context.Context, f Filter, page int) (List, error) {
	if page < 1 {
		return List{}, notFound("list checks")
	}
	l := List{Page: page}
	err := c.db.View(ctx, func(tx *store.Tx) error {
		var err error
		if l.Total, err = c.totals.get(tx, f, tx.CountChecks); err != nil {
			return err
		}
		l.Entries, err = tx.List(store.ListFilter(f), (page-1)*PageSize, PageSize)
		return err
	})
	if err != nil {
		return List{}, err
	}
	l.Pages = max(1, (l.Total+PageSize-1)/PageSize)
	if page > l.Pages {
		return List{}, notFound("list checks")
	}
	return l, nil
}

// Desks returns every desk whose checks are here, local ones first.
func (c *Catalog) Desks(ctx context.Context) ([]desk.Desk, error) {
	var out []desk.Desk
	err := c.db.View(ctx, func(tx *store.Tx) error {
		var err error
		out, err = tx.Desks()
		return err
	})
	return out, err
}

// Desk returns one desk, or a NotFound error.
func (c *Catalog) Desk(ctx context.Context, id string) (desk.Desk, error) {
	var d desk.Desk
	err := c.db.View(ctx, func(tx *store.Tx) error {
		var err error
		d, err = tx.Desk(id)
		return err
	})
	return d, err
}

// Site says what this installation is called and what it wants every reader
// to know first.
type Site struct {
	Name string
	// Notice is a banner by language, empty if there is none.
	Notice map[string]string
	Zone   *time.Location
	// Overdue are the desks here that have not gone over one of their pages for
	// desk.PageAgeDays.
	Overdue []Overdue
}

// Overdue is a desk with the pages that are too old.
type Overdue struct {
	Desk  desk.Desk
	Pages []desk.PageKind
}

// The settings a site is made of.
const (
	SettingName   = "site.name"
	SettingNotice = "site.notice." // followed by a language
)

// Site reads the site's settings.
func (c *Catalog) Site(ctx context.Context) (Site, error) {
	s := Site{Notice: map[string]string{}, Zone: c.zone}
	err := c.db.View(ctx, func(tx *store.Tx) error {
		var err error
		if s.Name, err = tx.Setting(SettingName); err != nil {
			return err
		}
		for _, l := range []string{"vi", "en"} {
			text, err := tx.Setting(SettingNotice + l)
			if err != nil {
				return err
			}
			if text != "" {
				s.Notice[l] = text
			}
		}
		s.Overdue, err = overdue(tx)
		return err
	})
	return s, err
}

func overdue(tx *store.Tx) ([]Overdue, error) {
	local, err := tx.LocalDesks()
	if err != nil {
		return nil, err
	}
	var out []Overdue
	for _, d := range local {
		pages, err := tx.PolicyPages(d.ID)
		if err != nil {
			return nil, err
		}
		if old := desk.OldPages(pages, tx.Day()); len(old) > 0 {
			out = append(out, Overdue{Desk: d, Pages: old})
		}
	}
	return out, nil
}

func notFound(op string) error {
	return &desk.Error{Kind: desk.NotFound, Op: op, Key: "error.not_found"}
}
