// Package evidence keeps archived copies of the sources that a draft cites:
// what a page said when it was taken, as text, with a hash that the keys
// approve with the rest.
//
// A copy comes in one of three ways. The program fetches the page, through
// internal/fetch; a member uploads what they saved; or a member names a third
// party's archive. Each needs a source that a member has entered into the
// draft: no address out of a question, a page or a feed leads here.
//
// Text is kept as the page gave it. Identifiers are not masked: evidence that
// was altered is none, and what is cited is an organisation's publication. What
// keeps people out is earlier: a private person's page is refused, networks are
// not fetched, and a member can take a copy out of a draft.
//
// An Archive is safe for concurrent use.
package evidence

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"mime"
	"slices"
	"time"

	"sangto/internal/desk"
	"sangto/internal/exchange"
	"sangto/internal/fetch"
	"sangto/internal/source"
	"sangto/internal/store"
)

// Door gets one page. *fetch.Client is one.
type Door interface {
	Get(ctx context.Context, address string) (fetch.Page, error)
}

// Lease is how long a fetch may take before it counts as cut short, by a
// crash or a kill. It is longer than any fetch.
const Lease = 3 * fetch.MaxTime

// maxTries is how often a fetch is begun: once, and once more if the program
// died under it.
const maxTries = 2

// Reasons of a failed copy beside those of fetch. They are stored and are
// parts of catalogue keys.
const (
	Interrupted = "interrupted" // the program died under it twice
	TakenOut    = "taken_out"   // a member took it out of the draft
	Unkept      = "unkept"      // the database refused it
)

// Reasons lists every reason that a failed copy can carry.
func Reasons() []string {
	out := []string{Interrupted, TakenOut, Unkept}
	for _, r := range []fetch.Reason{
		fetch.BadAddress, fetch.BadPort, fetch.Network, fetch.OwnHost, fetch.NotPublic, fetch.Unknown, fetch.Unreached,
		fetch.Insecure, fetch.Redirected, fetch.Refused, fetch.TooLarge, fetch.TooSlow, fetch.Unreadable,
	} {
		out = append(out, string(r))
	}
	return out
}

// Archive keeps copies.
type Archive struct {
	db   *store.DB
	door Door
}

// New returns an Archive over db that fetches through door.
func New(db *store.DB, door Door) *Archive { return &Archive{db: db, door: door} }

// Want asks for a source of the draft to be fetched. The copy is only written
// down here, in one transaction; Work fetches it. The errors are *desk.Error:
// error.copy.cited (the draft does not cite the address), error.copy.network,
// error.copy.again, error.copy.many, those of source.Check, and Forbidden where
// the member may not.
func (a *Archive) Want(ctx context.Context, m desk.Member, draftID, address string) error {
	return a.add(ctx, m, draftID, address, desk.CopyFetched, func(c *desk.Copy, u addressed) error {
		if u.network {
			return invalid("error.copy.network")
		}
		c.State = desk.CopyWanted
		return nil
	})
}

// Upload keeps what a member saved of a source: text or HTML, at most
// desk.UploadMax bytes. The hash is that of exactly these bytes; their words
// are kept beside it. Further errors: error.copy.upload_large,
// error.copy.upload_type.
func (a *Archive) Upload(ctx context.Context, m desk.Member, draftID, address string, body []byte, contentType string) error {
	if len(body) > desk.UploadMax {
		return &desk.Error{Kind: desk.TooLarge, Op: op, Key: "error.copy.upload_large", Args: map[string]any{"Max": desk.UploadMax >> 20}}
	}
	kind, _, _ := mime.ParseMediaType(contentType)
	words := exchange.ReadWords(body, contentType)
	if words.Text == "" || (kind != "" && !readable(words.MediaType)) {
		return invalid("error.copy.upload_type")
	}
	return a.add(ctx, m, draftID, address, desk.CopyUploaded, func(c *desk.Copy, _ addressed) error {
		*c = filled(*c, body, words, c.URL)
		return nil
	})
}

func readable(kind string) bool {
	return kind == "text/html" || kind == "text/plain" || kind == "application/xhtml+xml"
}

// Link notes a third party's copy of a source. Further error:
// error.copy.archive_host, where the address is on no public web archive.
func (a *Archive) Link(ctx context.Context, m desk.Member, draftID, address, archive string) error {
	to, err := source.Parse(archive)
	if err != nil || !source.IsArchive(to.Hostname()) {
		return invalid("error.copy.archive_host")
	}
	return a.add(ctx, m, draftID, address, desk.CopyLinked, func(c *desk.Copy, _ addressed) error {
		c.State, c.ArchiveURL = desk.CopyKept, to.String()
		return nil
	})
}

const op = "archive a source"

func invalid(key string) error { return &desk.Error{Kind: desk.Invalid, Op: op, Key: key} }

// addressed is what is known of a source's address.
type addressed struct{ network bool }

// add writes one copy if every rule allows it.
func (a *Archive) add(ctx context.Context, m desk.Member, draftID, address string, way desk.CopyWay, fill func(*desk.Copy, addressed) error) error {
	u, err := source.Parse(address)
	if err != nil {
		return &desk.Error{Kind: desk.Invalid, Op: op, Key: "error.source.address", Err: err}
	}
	return a.db.Update(ctx, func(tx *store.Tx) error {
		d, err := open(tx, m, draftID)
		if err != nil {
			return err
		}
		c := desk.Copy{DraftID: draftID, URL: u.String(), Page: source.Key(address), Way: way, Kept: tx.Now().Truncate(time.Second)}
		if err := cited(d, c.Page); err != nil {
			return err
		}
		if err := fits(tx, c); err != nil {
			return err
		}
		if err := fill(&c, addressed{network: source.IsNetwork(u.Hostname(), u.Path)}); err != nil {
			return err
		}
		if c.State == desk.CopyWanted {
			c.Kept = time.Time{}
		}
		if c.ID, err = tx.NewID(); err != nil {
			return err
		}
		return tx.AddCopy(c)
	})
}

// open returns a draft in which the member may archive sources now.
func open(tx *store.Tx, m desk.Member, draftID string) (desk.Draft, error) {
	d, err := tx.Draft(draftID)
	if err != nil {
		return d, err
	}
	if d.DeskID != m.DeskID {
		return d, &desk.Error{Kind: desk.NotFound, Op: op, Key: "error.missing"}
	}
	if m.Ended || !desk.Allowed(m.Role, desk.ArchiveSource, d.State.Object()) {
		return d, &desk.Error{Kind: desk.Forbidden, Op: op, Key: "error.copy.closed"}
	}
	return d, nil
}

// cited refuses a page that no source of the draft names, and one of a private
// person.
func cited(d desk.Draft, page string) error {
	at := slices.IndexFunc(d.Content.Evidence, func(e desk.Evidence) bool { return source.Key(e.URL) == page })
	if at < 0 {
		return invalid("error.copy.cited")
	}
	e := d.Content.Evidence[at]
	return source.Check(e.URL, e.By)
}

// fits says in words what the schema would refuse.
func fits(tx *store.Tx, c desk.Copy) error {
	have, err := tx.Copies(c.DraftID)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(have, func(h desk.Copy) bool { return h.Page == c.Page && h.Way == c.Way }) {
		return &desk.Error{Kind: desk.Conflict, Op: op, Key: "error.copy.again"}
	}
	if len(have) >= desk.CopiesMax {
		return &desk.Error{Kind: desk.Forbidden, Op: op, Key: "error.copy.many", Args: map[string]any{"Max": desk.CopiesMax}}
	}
	return nil
}

// filled is a copy with what was found, sealed.
func filled(c desk.Copy, body []byte, words exchange.Words, foundAt string) desk.Copy {
	sum := sha256.Sum256(body)
	c.State, c.FoundAt, c.MediaType = desk.CopyKept, foundAt, words.MediaType
	c.Title, c.Text, c.Cut = words.Title, words.Text, words.Cut
	c.Size, c.Original = int64(len(body)), hex.EncodeToString(sum[:])
	return c.Sealed()
}

// Shelf is the sources of a draft with their copies, for the page on which a
// member archives them.
type Shelf struct {
	DraftID string
	Claim   string
	Sources []Source
	// Left is how many more copies the draft may have; Waiting says that one
	// has yet to be fetched, Open that the member may add some.
	Left          int
	Waiting, Open bool
}

// Source is one source of a draft and what is known of it.
type Source struct {
	desk.Evidence
	// Network: on a host where anybody has an account, which is not fetched.
	// Broken: its address is none, or it is a private person's.
	Network, Broken bool
	// SamePage and SameOwner are the positions, from 1, of the first earlier
	// source that leads to the same page or hangs together with this one, 0 if
	// none does. Owner is a hint at whose newsroom it is, empty if not known.
	SamePage, SameOwner int
	Owner               string
	Copies              []desk.Copy
}

// Shelf returns the sources of a draft with their copies, without text.
func (a *Archive) Shelf(ctx context.Context, m desk.Member, draftID string) (Shelf, error) {
	s := Shelf{DraftID: draftID}
	err := a.db.View(ctx, func(tx *store.Tx) error {
		if err := seen(tx, m, draftID); err != nil {
			return err
		}
		d, err := tx.Draft(draftID)
		if err != nil {
			return err
		}
		copies, err := tx.Copies(draftID)
		if err != nil {
			return err
		}
		s.Claim, s.Left = d.Content.Claim, desk.CopiesMax-len(copies)
		s.Open = !m.Ended && desk.Allowed(m.Role, desk.ArchiveSource, d.State.Object())
		s.Waiting = slices.ContainsFunc(copies, func(c desk.Copy) bool { return c.State == desk.CopyWanted })
		s.Sources = shelved(d.Content.Evidence, copies, d.Content.AboutPower)
		return nil
	})
	return s, err
}

func shelved(all []desk.Evidence, copies []desk.Copy, aboutPower bool) []Source {
	out := make([]Source, 0, len(all))
	page := map[string]int{}
	for i, e := range all {
		k := source.Key(e.URL)
		s := Source{Evidence: e, SamePage: page[k], Broken: source.Check(e.URL, e.By) != nil}
		if page[k] == 0 {
			page[k] = i + 1
		}
		if u, err := source.Parse(e.URL); err == nil {
			s.Network = source.IsNetwork(u.Hostname(), u.Path)
			if o, ok := source.OwnerOf(u.Hostname()); ok {
				s.Owner = o.Name
			}
		}
		for _, c := range copies {
			if c.Page == k {
				s.Copies = append(s.Copies, c)
			}
		}
		out = append(out, s)
	}
	for _, group := range source.Groups(all, aboutPower) {
		for _, i := range group[1:] {
			out[i].SameOwner = group[0] + 1
		}
	}
	return out
}

// List returns the copies of a draft without their text, oldest first.
func (a *Archive) List(ctx context.Context, m desk.Member, draftID string) ([]desk.Copy, error) {
	var out []desk.Copy
	err := a.db.View(ctx, func(tx *store.Tx) error {
		if err := seen(tx, m, draftID); err != nil {
			return err
		}
		var err error
		out, err = tx.Copies(draftID)
		return err
	})
	return out, err
}

// Read returns one copy of a draft with its text.
func (a *Archive) Read(ctx context.Context, m desk.Member, draftID, id string) (desk.Copy, error) {
	var c desk.Copy
	err := a.db.View(ctx, func(tx *store.Tx) error {
		if err := seen(tx, m, draftID); err != nil {
			return err
		}
		var err error
		c, err = tx.Copy(id)
		return err
	})
	if err == nil && c.DraftID != draftID {
		return desk.Copy{}, &desk.Error{Kind: desk.NotFound, Op: op, Key: "error.missing"}
	}
	return c, err
}

// seen refuses whoever may not read the draft.
func seen(tx *store.Tx, m desk.Member, draftID string) error {
	d, err := tx.Draft(draftID)
	if err != nil {
		return err
	}
	if d.DeskID != m.DeskID || !desk.Allowed(m.Role, desk.ReadDraft, d.State.Object()) {
		return &desk.Error{Kind: desk.NotFound, Op: op, Key: "error.missing"}
	}
	return nil
}

// TakeOut takes a copy out of a draft; its text is gone. A page that was
// fetched is not fetched again for this draft: a member may upload it instead.
func (a *Archive) TakeOut(ctx context.Context, m desk.Member, draftID, id string) error {
	err := a.db.Update(ctx, func(tx *store.Tx) error {
		if _, err := open(tx, m, draftID); err != nil {
			return err
		}
		c, err := tx.Copy(id)
		if err != nil {
			return err
		}
		if c.DraftID != draftID {
			return &desk.Error{Kind: desk.NotFound, Op: op, Key: "error.missing"}
		}
		return tx.TakeOutCopy(id)
	})
	if err == nil {
		a.db.ScrubSoon(ctx)
	}
	return err
}

// Work fetches what is wanted, one page after the other, until nothing is or
// ctx ends. Call it every few seconds; several programs may work on one
// database.
//
// What a crash leaves, by where it strikes: before TakeWanted commits, the copy
// is wanted and untouched; from there to the commit of EndCopy it is wanted and
// begun, and is begun once more when Lease is over; after that it is kept or
// failed. A second death under it ends it as Interrupted. A stop of the program
// gives it back.
func (a *Archive) Work(ctx context.Context) error {
	for ctx.Err() == nil {
		var c desk.Copy
		var ok bool
		// Looking is cheap and writes nothing; nearly always there is nothing.
		err := a.db.View(ctx, func(tx *store.Tx) error {
			var err error
			ok, err = tx.Wanted(Lease)
			return err
		})
		if err != nil || !ok {
			return err
		}
		err = a.db.Update(ctx, func(tx *store.Tx) error {
			var err error
			c, ok, err = tx.TakeWanted(Lease)
			return err
		})
		if err != nil || !ok {
			return err
		}
		if err := a.fetch(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

func (a *Archive) fetch(ctx context.Context, c desk.Copy) error {
	if c.Tries > maxTries {
		return a.end(ctx, failed(c, Interrupted))
	}
	page, err := a.door.Get(ctx, c.URL)
	if ctx.Err() != nil {
		return a.db.Update(context.WithoutCancel(ctx), func(tx *store.Tx) error { return tx.GiveBack(c.ID) })
	}
	if err != nil {
		return a.end(ctx, failed(c, reasonOf(err)))
	}
	words := exchange.ReadWords(page.Body, page.ContentType)
	return a.end(ctx, filled(c, page.Body, words, page.Address))
}

func failed(c desk.Copy, reason string) desk.Copy {
	return desk.Copy{ID: c.ID, State: desk.CopyFailed, Reason: reason}
}

func reasonOf(err error) string {
	var e *fetch.Error
	if errors.As(err, &e) {
		return string(e.Reason)
	}
	return string(fetch.Unreached)
}

// end writes what became of a copy. One that the database cannot hold must not
// be tried for ever, and one that somebody ended meanwhile is left as it is.
func (a *Archive) end(ctx context.Context, c desk.Copy) error {
	err := a.db.Update(ctx, func(tx *store.Tx) error {
		if c.State == desk.CopyKept {
			c.Kept = tx.Now().Truncate(time.Second)
			c = c.Sealed()
		}
		return tx.EndCopy(c)
	})
	switch desk.KindOf(err) {
	case desk.Conflict:
		return nil
	case desk.Invalid, desk.Forbidden:
		return a.db.Update(ctx, func(tx *store.Tx) error { return tx.EndCopy(failed(c, Unkept)) })
	}
	if err != nil {
		return fmt.Errorf("keep a copy: %w", err)
	}
	return nil
}
