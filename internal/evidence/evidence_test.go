package evidence_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sangto/internal/desk"
	"sangto/internal/evidence"
	"sangto/internal/fetch"
	"sangto/internal/store"
	"sangto/internal/testkit"
)

// eachStore runs a test on both engines.
func eachStore(t *testing.T, test func(t *testing.T, s *shelf)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, newShelf(t, store.Options{Path: filepath.Join(t.TempDir(), "desk.db")})) })
	t.Run("postgres", func(t *testing.T) { test(t, newShelf(t, store.Options{DSN: testkit.Postgres(t)})) })
}

// shelf is a store with a draft that cites sources.
type shelf struct {
	db  *store.DB
	now atomic.Int64
}

var (
	ann = desk.Member{ID: "ann", DeskID: "own", Role: desk.Editor}
	eve = desk.Member{ID: "eve", DeskID: "other", Role: desk.Admin}
)

const (
	newsPage = "https://news.example/tin"
	network  = "https://facebook.com/newsroom/posts/1"
	diary    = "https://diary.example/somebody"
)

func newShelf(t *testing.T, o store.Options) *shelf {
	t.Helper()
	s := &shelf{}
	s.now.Store(time.Date(2026, 11, 20, 3, 0, 0, 0, time.UTC).UnixMicro())
	o.Clock = func() time.Time { return time.UnixMicro(s.now.Load()) }
	db, err := store.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	s.db = db
	err = db.Update(t.Context(), func(tx *store.Tx) error {
		steps := []error{tx.PutDesk(desk.Desk{ID: "own", Local: true, Name: "Own"}), tx.PutDesk(desk.Desk{ID: "other", Local: true, Name: "Other"})}
		for _, m := range []desk.Member{ann, eve} {
			steps = append(steps, tx.PutMember(m))
		}
		content := desk.Version{Act: desk.Publish, Author: "ann", Evidence: []desk.Evidence{
			{URL: newsPage}, {URL: network, By: desk.ByOrganisation}, {URL: diary, By: desk.ByPerson},
		}}
		for i := range desk.CopiesMax + 1 {
			content.Evidence = append(content.Evidence, desk.Evidence{URL: fmt.Sprintf("https://many.example/%d", i)})
		}
		return errors.Join(append(steps, tx.AddDraft(desk.Draft{ID: "d1", DeskID: "own", CheckID: "check1", Lang: "vi", Content: content}))...)
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *shelf) pass(d time.Duration) { s.now.Add(d.Microseconds()) }

// pages is a door to an invented web.
type pages map[string]func() (fetch.Page, error)

func (p pages) Get(_ context.Context, address string) (fetch.Page, error) {
	if f := p[address]; f != nil {
		return f()
	}
	return fetch.Page{}, &fetch.Error{Reason: fetch.Unknown}
}

func says(body, kind string) func() (fetch.Page, error) {
	return func() (fetch.Page, error) {
		return fetch.Page{Address: newsPage + "/moved", ContentType: kind, Body: []byte(body)}, nil
	}
}

func key(err error) string {
	var e *desk.Error
	if errors.As(err, &e) {
		return e.Key
	}
	return ""
}

func (s *shelf) only(t *testing.T, a *evidence.Archive) desk.Copy {
	t.Helper()
	list, err := a.List(t.Context(), ann, "d1")
	if err != nil || len(list) != 1 {
		t.Fatalf("%+v %v", list, err)
	}
	c, err := a.Read(t.Context(), ann, "d1", list[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestFetched(t *testing.T) {
	eachStore(t, func(t *testing.T, s *shelf) {
		body := "<title>Nước sông</title><p>Nước sông <script>x</script>đục.</p>"
		a := evidence.New(s.db, pages{newsPage: says(body, "text/html; charset=utf-8")})
		if err := a.Want(t.Context(), ann, "d1", newsPage+"?utm_source=x"); err != nil {
			t.Fatal(err)
		}
		if c := s.only(t, a); c.State != desk.CopyWanted {
			t.Fatalf("%+v", c)
		}
		s.pass(time.Second)
		if err := a.Work(t.Context()); err != nil {
			t.Fatal(err)
		}
		c := s.only(t, a)
		if c.State != desk.CopyKept || c.Text != "Nước sông đục." || c.Title != "Nước sông" || c.Size != int64(len(body)) || c.FoundAt != newsPage+"/moved" ||
			!c.Kept.Equal(time.Date(2026, 11, 20, 3, 0, 1, 0, time.UTC)) || c.Sealed().SHA256 != c.SHA256 {
			t.Errorf("%+v", c)
		}
		if err := a.Want(t.Context(), ann, "d1", newsPage+"/"); key(err) != "error.copy.again" {
			t.Errorf("fetched again: %v", err)
		}
	})
}

func TestUnreadableIsKeptAsHash(t *testing.T) {
	s := newShelf(t, store.Options{Path: filepath.Join(t.TempDir(), "desk.db")})
	a := evidence.New(s.db, pages{newsPage: says("%PDF-1.7 ...", "application/pdf")})
	if err := errors.Join(a.Want(t.Context(), ann, "d1", newsPage), a.Work(t.Context())); err != nil {
		t.Fatal(err)
	}
	if c := s.only(t, a); c.State != desk.CopyKept || c.Readable() || c.MediaType != "application/pdf" || c.Size != 12 || len(c.Original) != 64 || len(c.SHA256) != 64 {
		t.Errorf("%+v", c)
	}
}

func TestRefusals(t *testing.T) {
	eachStore(t, func(t *testing.T, s *shelf) {
		a := evidence.New(s.db, pages{})
		ctx := t.Context()
		ended := ann
		ended.Ended = true
		for _, c := range []struct {
			name string
			err  error
			key  string
		}{
			{"an address the draft does not cite", a.Want(ctx, ann, "d1", "https://question.example/link"), "error.copy.cited"},
			{"no address", a.Want(ctx, ann, "d1", "http://127.0.0.1/"), "error.source.address"},
			{"a network", a.Want(ctx, ann, "d1", network), "error.copy.network"},
			{"a private person's page", a.Want(ctx, ann, "d1", diary), "error.source.person"},
			{"a private person's page, uploaded", a.Upload(ctx, ann, "d1", diary, []byte("lời"), "text/plain"), "error.source.person"},
			{"a private person's page, by link", a.Link(ctx, ann, "d1", diary, "https://web.archive.org/web/1/x"), "error.source.person"},
			{"another desk's member", a.Want(ctx, eve, "d1", newsPage), "error.missing"},
			{"who has left", a.Want(ctx, ended, "d1", newsPage), "error.copy.closed"},
			{"a draft that is none", a.Want(ctx, ann, "none", newsPage), "error.missing"},
			{"an archive that is none", a.Link(ctx, ann, "d1", newsPage, "https://archive.example/x"), "error.copy.archive_host"},
			{"an archive by another scheme", a.Link(ctx, ann, "d1", newsPage, "javascript:alert(1)"), "error.copy.archive_host"},
			{"a picture uploaded", a.Upload(ctx, ann, "d1", newsPage, []byte("GIF89a\x00"), "image/gif"), "error.copy.upload_type"},
			{"a picture under another name", a.Upload(ctx, ann, "d1", newsPage, []byte("GIF89a\x00"), "text/plain"), "error.copy.upload_type"},
			{"nothing uploaded", a.Upload(ctx, ann, "d1", newsPage, nil, "text/html"), "error.copy.upload_type"},
			{"too much", a.Upload(ctx, ann, "d1", newsPage, make([]byte, desk.UploadMax+1), "text/plain"), "error.copy.upload_large"},
		} {
			if key(c.err) != c.key {
				t.Errorf("%s: %v, want %s", c.name, c.err, c.key)
			}
		}
		if _, err := a.List(ctx, eve, "d1"); desk.KindOf(err) != desk.NotFound {
			t.Errorf("another desk's member reads: %v", err)
		}
		for i := range desk.CopiesMax {
			if err := a.Want(ctx, ann, "d1", fmt.Sprintf("https://many.example/%d", i)); err != nil {
				t.Fatal(err)
			}
		}
		if err := a.Want(ctx, ann, "d1", newsPage); key(err) != "error.copy.many" {
			t.Errorf("the twenty-first: %v", err)
		}
	})
}

func TestUploadAndLink(t *testing.T) {
	s := newShelf(t, store.Options{Path: filepath.Join(t.TempDir(), "desk.db")})
	a := evidence.New(s.db, pages{})
	ctx := t.Context()
	// A newsroom's own page on a network cannot be fetched, but uploaded.
	if err := a.Upload(ctx, ann, "d1", network, []byte("<p>Thông báo</p>"), "text/html"); err != nil {
		t.Fatal(err)
	}
	c := s.only(t, a)
	if c.Way != desk.CopyUploaded || c.Text != "Thông báo" || c.Size != int64(len("<p>Thông báo</p>")) || len(c.Original) != 64 {
		t.Errorf("%+v", c)
	}
	if err := a.TakeOut(ctx, ann, "d1", c.ID); err != nil {
		t.Fatal(err)
	}
	if list, err := a.List(ctx, ann, "d1"); err != nil || len(list) != 0 {
		t.Errorf("%+v %v", list, err)
	}
	if err := a.Link(ctx, ann, "d1", newsPage, "https://web.archive.org/web/2026/"+newsPage); err != nil {
		t.Fatal(err)
	}
	if c := s.only(t, a); c.Way != desk.CopyLinked || c.State != desk.CopyKept || !strings.HasPrefix(c.ArchiveURL, "https://web.archive.org/") || c.SHA256 != "" {
		t.Errorf("%+v", c)
	}
}

// TestDeathUnderAFetch: a program that dies in mid-fetch leaves the copy
// wanted; it is begun once more after the lease, and never a third time.
func TestDeathUnderAFetch(t *testing.T) {
	s := newShelf(t, store.Options{Path: filepath.Join(t.TempDir(), "desk.db")})
	calls := 0
	dying := pages{newsPage: func() (fetch.Page, error) { calls++; panic("killed") }}
	a := evidence.New(s.db, dying)
	if err := a.Want(t.Context(), ann, "d1", newsPage); err != nil {
		t.Fatal(err)
	}
	die := func() {
		defer func() { _ = recover() }()
		_ = a.Work(t.Context())
	}
	s.pass(time.Second)
	die()
	die() // a restart at once: somebody may still be at it
	if c := s.only(t, a); c.State != desk.CopyWanted || calls != 1 {
		t.Fatalf("%d calls, %+v", calls, c)
	}
	s.pass(evidence.Lease + time.Second)
	die()
	s.pass(evidence.Lease + time.Second)
	die()
	s.pass(evidence.Lease + time.Second)
	die()
	if c := s.only(t, a); c.State != desk.CopyFailed || c.Reason != evidence.Interrupted || calls != 2 {
		t.Errorf("%d calls, %+v", calls, c)
	}
}

// TestStopGivesBack: a stop of the program is no attempt.
func TestStopGivesBack(t *testing.T) {
	s := newShelf(t, store.Options{Path: filepath.Join(t.TempDir(), "desk.db")})
	ctx, stop := context.WithCancel(t.Context())
	a := evidence.New(s.db, pages{newsPage: func() (fetch.Page, error) { stop(); return fetch.Page{}, ctx.Err() }})
	if err := a.Want(t.Context(), ann, "d1", newsPage); err != nil {
		t.Fatal(err)
	}
	s.pass(time.Second)
	if err := a.Work(ctx); err != nil {
		t.Fatal(err)
	}
	if c := s.only(t, a); c.State != desk.CopyWanted || c.Tries != 0 {
		t.Errorf("%+v", c)
	}
	a = evidence.New(s.db, pages{newsPage: says("lời", "text/plain")})
	if err := a.Work(t.Context()); err != nil {
		t.Fatal(err)
	}
	if c := s.only(t, a); c.State != desk.CopyKept || c.Text != "lời" {
		t.Errorf("%+v", c)
	}
}

// TestThroughTheRealDoor fetches from a local server, and ends the hard cases
// with a reason and a right state.
func TestThroughTheRealDoor(t *testing.T) {
	s := newShelf(t, store.Options{Path: filepath.Join(t.TempDir(), "desk.db")})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/0":
			_, _ = io.WriteString(w, "<!doctype html><h1>Tin</h1>")
		case "/1":
			http.Redirect(w, r, "http://169.254.169.254/latest/meta-data/", http.StatusFound)
		case "/2":
			for {
				if _, err := w.Write(make([]byte, 1<<16)); err != nil {
					return
				}
			}
		case "/3":
			<-r.Context().Done()
		case "/4":
			http.Redirect(w, r, "http://inside.example/", http.StatusFound)
		}
	}))
	defer server.Close()
	at := netip.MustParseAddrPort(server.Listener.Addr().String())
	door := fetch.New(fetch.Policy{
		Redirects: 3, Time: time.Second, Bytes: 1 << 20,
		Widen: func(a netip.AddrPort) bool { return a == at },
		Resolve: func(_ context.Context, host string) ([]netip.Addr, error) {
			if host == "inside.example" {
				return []netip.Addr{netip.MustParseAddr("10.0.0.1")}, nil
			}
			return []netip.Addr{at.Addr()}, nil
		},
	})
	local := doorTo{door, fmt.Sprintf("http://many.example:%d", at.Port())}
	a := evidence.New(s.db, local)
	for i := range 5 {
		if err := a.Want(t.Context(), ann, "d1", fmt.Sprintf("https://many.example/%d", i)); err != nil {
			t.Fatal(err)
		}
	}
	s.pass(time.Second)
	if err := a.Work(t.Context()); err != nil {
		t.Fatal(err)
	}
	list, err := a.List(t.Context(), ann, "d1")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"0": "", "1": "address", "2": "large", "3": "slow", "4": "private"}
	for _, c := range list {
		if reason := want[c.URL[len(c.URL)-1:]]; c.Reason != reason || (c.State == desk.CopyKept) != (reason == "") {
			t.Errorf("%s: %s %s, want %q", c.URL, c.State, c.Reason, reason)
		}
	}
}

// doorTo sends every request to one server under the name it asked for.
type doorTo struct {
	*fetch.Client
	base string
}

func (d doorTo) Get(ctx context.Context, address string) (fetch.Page, error) {
	return d.Client.Get(ctx, d.base+strings.TrimPrefix(address, "https://many.example"))
}
