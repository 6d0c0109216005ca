package web_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"sangto/internal/access"
	"sangto/internal/desk"
	"sangto/internal/gate"
	"sangto/internal/lang"
	"sangto/internal/web"
)

// The desk's storybook. openDesk gives the members' side with invented members
// who are signed in: b.as(desk.Reviewer) is the cookie of one. A slice of the
// desk hands in what its pages are made of.

// The invented members, one of each role.
func storyMembers() []desk.Member {
	return []desk.Member{
		{ID: "hoa", DeskID: riverDesk.ID, Name: "Hoa", Role: desk.Editor, KeyID: "key-hoa"},
		{ID: "minh", DeskID: riverDesk.ID, Name: "Minh", Role: desk.Reviewer, KeyID: "key-minh"},
		{ID: "lan", DeskID: riverDesk.ID, Name: "Lan", Role: desk.Admin, KeyID: "key-lan"},
	}
}

const storyCookie = "sangto-story"

// chairs are sessions without a store: the token is the member's id. Tokens
// that begin with "late-" belong to members who signed in a while ago.
type chairs struct {
	members map[string]desk.Member
	langs   map[string]string
	ended   map[string]bool
}

func newChairs() *chairs {
	c := &chairs{members: map[string]desk.Member{}, langs: map[string]string{}, ended: map[string]bool{}}
	for _, m := range storyMembers() {
		c.members[m.ID] = m
	}
	return c
}

func (c *chairs) Seat(_ context.Context, token string) (access.Seat, error) {
	id := strings.TrimPrefix(token, "late-")
	m, ok := c.members[id]
	if !ok || c.ended[id] {
		return access.Seat{}, &desk.Error{Kind: desk.Unauthenticated, Op: "seat", Key: "error.session.over"}
	}
	return access.Seat{Member: m, Lang: c.langs[id], Reauthenticated: id == token}, nil
}

func (c *chairs) SetLang(_ context.Context, memberID, tag string) error {
	c.langs[memberID] = tag
	return nil
}

// deskBook is the assembled storybook of the desk.
type deskBook struct {
	*story
	*counter
	chairs  *chairs
	site    *web.Site
	handler http.Handler
}

// openDesk assembles the members' side; with may fill in what a slice's pages
// need.
func openDesk(t testing.TB, with ...func(*web.DeskDeps)) *deskBook {
	t.Helper()
	catalogue, err := lang.Load()
	if err != nil {
		t.Fatal(err)
	}
	b := &deskBook{story: newStory(), counter: newCounter(), chairs: newChairs()}
	public := &url.URL{Scheme: "https", Host: "sangto.example"}
	deps := web.DeskDeps{Seats: b.chairs, Cookie: storyCookie}
	for _, f := range with {
		f(&deps)
	}
	b.site, err = web.New(web.Deps{
		Catalog: b.story, Intake: b.counter, Forms: gate.NewForms(mac("story"), nil), Lang: catalogue,
		PublicURL: public, AskDesk: riverDesk.Name, Desk: deps,
	})
	if err != nil {
		t.Fatal(err)
	}
	limits := map[gate.Lane]gate.Limit{}
	for lane, l := range gate.DefaultLimits() {
		l.Each, l.Rate, l.Burst = 0, 1e6, 1e6
		limits[lane] = l
	}
	b.handler = b.site.Handler(gate.New(gate.Config{Public: public, Refuse: b.site.Refuse, Limits: limits}))
	return b
}

// as is the header with which the invented member of a role sends a request.
func (b *deskBook) as(role desk.Role) http.Header {
	all := storyMembers()
	i := slices.IndexFunc(all, func(m desk.Member) bool { return m.Role == role })
	return cookieOf(all[i].ID)
}

func cookieOf(token string) http.Header { return http.Header{"Cookie": {storyCookie + "=" + token}} }

// get and post are requests of the desk; a nil header is nobody's.
func (b *deskBook) get(path string, h http.Header) *httptest.ResponseRecorder {
	return send(b.handler, http.MethodGet, path, nil, h)
}

func (b *deskBook) post(path string, form url.Values, h http.Header) *httptest.ResponseRecorder {
	return send(b.handler, http.MethodPost, path, form, h)
}
