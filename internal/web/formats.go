package web

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"sangto/internal/catalog"
	"sangto/internal/desk"
	"sangto/internal/gate"
	"sangto/internal/lang"
	"sangto/internal/publish"
)

// Walker is the part of the catalogue that gives published checks to programs.
type Walker interface {
	Newest(ctx context.Context, f catalog.Filter, limit int) ([]catalog.Dated, error)
	Walk(ctx context.Context, f catalog.Filter, after string, limit int) ([]catalog.Dated, error)
	Days(ctx context.Context, f catalog.Filter) ([]catalog.DayCount, error)
	State(ctx context.Context) (string, error)
	Written() int64
}

// open is a route for programs: published data that other sites may read.
func open(pattern string, h handler) Route {
	return Route{Method: http.MethodGet, Pattern: pattern, Class: gate.Open, Lane: gate.PageLane, Laned: true, handle: h}
}

// feedForm is one form that feeds are written in.
type feedForm struct {
	name, label, contentType string
	write                    func(publish.Feed) []byte
}

// mediaType is the content type without its parameters.
func (f feedForm) mediaType() string {
	kind, _, _ := strings.Cut(f.contentType, ";")
	return kind
}

func feedForms() []feedForm {
	return []feedForm{
		{"feed.atom", "Atom", publish.AtomType, publish.Feed.Atom},
		{"feed.rss", "RSS", publish.RSSType, publish.Feed.RSS},
		{"feed.json", "JSON Feed", publish.JSONType, publish.Feed.JSON},
	}
}

// feedRoutes are the feeds of a language, of everything and of each topic.
func feedRoutes() []Route {
	var out []Route
	for _, form := range feedForms() {
		out = append(out, open("/"+form.name, feed(form)), open("/topics/{topic}/"+form.name, feed(form)))
	}
	return out
}

// feedLength is how many checks a feed holds: a reader who looks once a week
// misses none of a busy desk's.
const feedLength = 50

// feed shows this desk's own newest checks of a language in one form.
func feed(form feedForm) handler {
	return func(s *Site, v *visit) error {
		if s.public == nil {
			return notFound("write feed")
		}
		shelf := "/"
		f := catalog.Filter{LocalOnly: true, Lang: v.words.Tag(), Topic: v.r.PathValue("topic")}
		if f.Topic != "" {
			if !slices.Contains(desk.Topics(), f.Topic) {
				return notFound("write feed")
			}
			shelf = "/topics/" + f.Topic + "/"
		}
		found, err := s.catalog.Newest(v.r.Context(), f, feedLength)
		if err != nil {
			return err
		}
		site := s.site(v.r.Context())
		out := s.newFeed(v.words, site, shelf, form.name)
		out.Title = v.words.T("publish.feed_title", "Site", out.Author)
		out.Home = s.absolute(href(v.words.Tag(), "/checks"))
		if f.Topic != "" {
			out.Title = v.words.T("publish.feed_topic", "Site", out.Author, "Topic", v.words.Topic(f.Topic))
			out.Home = s.absolute(href(v.words.Tag(), "/topics/"+f.Topic))
		}
		out.Summary = v.words.T("publish.feed_summary")
		for _, e := range found {
			out.Entries = append(out.Entries, publish.CheckEntry(s.public, v.words, zoneOf(site), pieceOf(e)))
		}
		return sendFile(v, form.contentType, form.write(out))
	}
}

// newFeed begins a feed that lives at shelf + name in the words' language. Its
// identity is its address as Atom, whatever form it is read in.
func (s *Site) newFeed(words *lang.Words, site catalog.Site, shelf, name string) publish.Feed {
	author := publish.Plain(site.Name)
	if author == "" {
		author = words.T("site.name")
	}
	return publish.Feed{
		ID: s.absolute(href(words.Tag(), shelf+feedForms()[0].name)), Self: s.absolute(href(words.Tag(), shelf+name)),
		Lang: words.Tag(), Author: author,
	}
}

// pieceOf is an entry as it is published.
func pieceOf(e catalog.Dated) publish.Piece {
	return publish.Piece{Check: e.Check, Desk: e.Desk, Version: e.Version, First: e.First}
}

// sendFile sends a finished file.
func sendFile(v *visit, contentType string, body []byte) error {
	v.w.Header().Set("Content-Type", contentType)
	_, err := v.w.Write(body)
	return clientGone(err)
}

// walkStep is how many checks are read at a time for a long answer, so that no
// slow reader holds the database.
const walkStep = 500

const claimReviewPath = "/claimreview.json"

const claimReviewType = "application/ld+json; charset=utf-8"

// claimReviewMost bounds what is kept of the file, compressed: some 100,000 checks
// of the desks here.
const claimReviewMost = 32 << 20

// claimReviews gives every standing check of the desks here as one DataFeed,
// each in the language it is written in. What is corrected changes in place,
// what is withdrawn or withheld is no longer there; the news feeds say why. The
// file is made once and kept until something is published.
func (s *Site) claimReviews(v *visit) error {
	if s.public == nil {
		return notFound("write ClaimReviews")
	}
	ctx := v.r.Context()
	state, err := s.catalog.State(ctx)
	if err != nil {
		return err
	}
	title := v.words.T("publish.feed_title", "Site", s.newFeed(v.words, s.site(ctx), "/", "").Author)
	state += "\n" + title
	if gate.Unchanged(v.w, claimReviewPath+state) {
		return nil
	}
	kept, err := s.reviews.get(ctx, state, func(ctx context.Context) (*gate.Packed, error) {
		return gate.Pack(claimReviewType, claimReviewMost, func(w io.Writer) error { return s.writeReviews(ctx, v.words, title, w) })
	})
	switch {
	case err == nil:
		return clientGone(kept.Serve(v.w))
	case !errors.Is(err, gate.ErrTooLong):
		return err
	}
	v.w.Header().Set("Content-Type", claimReviewType)
	if err := s.writeReviews(ctx, v.words, title, v.w); err != nil {
		// Half a file must not look like a whole one.
		panic(http.ErrAbortHandler)
	}
	return nil
}

// writeReviews writes the file.
func (s *Site) writeReviews(ctx context.Context, words *lang.Words, title string, w io.Writer) error {
	out := publish.NewDataFeed(w, title, s.absolute(claimReviewPath), words.T("check.fixed_line"))
	for after := ""; ; {
		found, err := s.catalog.Walk(ctx, catalog.Filter{LocalOnly: true}, after, walkStep)
		if err != nil {
			return err
		}
		for _, e := range found {
			after = e.Check.ID
			if review, ok := publish.ClaimReview(s.public, s.lang.For(e.Check.Lang), pieceOf(e)); ok {
				if err := out.Add(review); err != nil {
					return err
				}
			}
		}
		if len(found) < walkStep {
			return out.End()
		}
	}
}

// keptFile is a long file of everything published, kept as long as a state of it
// lasts. The zero keptFile is ready. It is safe for concurrent use.
type keptFile struct {
	making sync.Mutex
	last   atomic.Pointer[fileOf]
}

// fileOf is the file of a state, or why there is none: it is too long.
type fileOf struct {
	state string
	file  *gate.Packed
	err   error
}

// get returns the file of a state. One reader makes it while the others wait, and
// goes on if he leaves.
func (k *keptFile) get(ctx context.Context, state string, write func(context.Context) (*gate.Packed, error)) (*gate.Packed, error) {
	if f := k.last.Load(); f != nil && f.state == state {
		return f.file, f.err
	}
	k.making.Lock()
	defer k.making.Unlock()
	if f := k.last.Load(); f != nil && f.state == state {
		return f.file, f.err
	}
	file, err := write(context.WithoutCancel(ctx))
	if err == nil || errors.Is(err, gate.ErrTooLong) {
		k.last.Store(&fileOf{state, file, err})
	}
	return file, err
}
