package web

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"sangto/internal/access"
	"sangto/internal/desk"
	"sangto/internal/gate"
	"sangto/internal/lang"
	"sangto/internal/publish"
)

// Seats finds the member behind a session cookie. *access.Access is one.
type Seats interface {
	// Seat returns who holds the session. A token that is unknown, ended or too
	// old is a desk.Unauthenticated.
	Seat(ctx context.Context, token string) (access.Seat, error)
	// SetLang keeps the language a member chose.
	SetLang(ctx context.Context, memberID, tag string) error
}

// Waits says in which sections of the desk something waits for a member, by
// the names of sections below.
type Waits func(ctx context.Context, m desk.Member) (map[string]bool, error)

// The sections of the desk, in the order of its navigation.
const (
	queueSection    = "queue"
	draftsSection   = "drafts"
	reviewSection   = "review"
	contestsSection = "contests"
	noticesSection  = "notices"
	pagesSection    = "pages"
	membersSection  = "members"
)

func sections() []string {
	return []string{queueSection, draftsSection, reviewSection, contestsSection, noticesSection, pagesSection, membersSection}
}

// sectionKey names a section in words.
func sectionKey(section string) string {
	switch section {
	case queueSection:
		return "desk_frame.nav.queue"
	case draftsSection:
		return "desk_frame.nav.drafts"
	case reviewSection:
		return "desk_frame.nav.review"
	case contestsSection:
		return "desk_frame.nav.contests"
	case noticesSection:
		return "desk_frame.nav.notices"
	case pagesSection:
		return "desk_frame.nav.pages"
	}
	return "desk_frame.nav.members"
}

// deskHandler answers a member's request or says why it could not. w and r
// are those of v.
type deskHandler func(w http.ResponseWriter, r *http.Request, v visit) error

// desk makes a handler that only members reach: it finds who sits there,
// sends everybody else to the sign-in page, and shows errors as pages of the
// desk. A form that arrives when the session is over is given back to be
// copied.
func (s *Site) desk(h deskHandler) handler {
	return s.staff(func(w http.ResponseWriter, r *http.Request, v visit) error {
		if v.Member.ID == "" {
			return unseated(v)
		}
		return h(w, r, v)
	})
}

// staff is desk for the pages that need no session: signing in and enrolling.
// v.Member is set if there is one all the same.
func (s *Site) staff(h deskHandler) handler {
	return func(s *Site, v *visit) error {
		if s.elsewhere(v) {
			return nil
		}
		v.Nonce = gate.NonceOf(v.r.Context())
		err := s.sit(v)
		if err == nil {
			err = h(v.w, v.r, *v)
		}
		if err != nil {
			s.showDesk(*v, err)
		}
		return nil
	}
}

// elsewhere sends a browser that came by this machine's number to its name:
// passkeys belong to names. Other hosts are left alone, since a proxy may have
// rewritten them.
func (s *Site) elsewhere(v *visit) bool {
	if s.deskURL == nil || s.deskURL.Hostname() != "localhost" || v.r.Method == http.MethodPost {
		return false
	}
	here, err := netip.ParseAddrPort(v.r.Host)
	if err != nil || !here.Addr().IsLoopback() {
		return false
	}
	to := url.URL{Scheme: s.deskURL.Scheme, Host: s.deskURL.Host, Path: v.r.URL.Path, RawQuery: v.r.URL.RawQuery}
	http.Redirect(v.w, v.r, to.String(), http.StatusTemporaryRedirect)
	return true
}

// sit finds out who asks and in which language to answer. That nobody does is
// no error.
func (s *Site) sit(v *visit) error {
	v.Lang = lang.Vietnamese
	if tag := v.r.URL.Query().Get("lang"); slices.Contains(lang.Tags(), tag) {
		v.Lang = tag
	}
	v.words = s.lang.For(v.Lang)
	cookie, err := v.r.Cookie(s.cookie)
	if err != nil {
		return nil
	}
	seat, err := s.seats.Seat(v.r.Context(), cookie.Value)
	if desk.KindOf(err) == desk.Unauthenticated {
		return nil
	}
	if err != nil {
		return err
	}
	v.token, v.Member, v.Reauthenticated = cookie.Value, seat.Member, seat.Reauthenticated
	if slices.Contains(lang.Tags(), seat.Lang) {
		v.Lang = seat.Lang
	}
	v.words = s.lang.For(v.Lang)
	return nil
}

// unseated answers whoever is not signed in.
func unseated(v visit) error {
	err := &desk.Error{Kind: desk.Unauthenticated, Op: "find the seat", Key: "error.session.over"}
	// A script cannot follow to a page, and a form must not lose its words.
	if v.r.Method == http.MethodPost || v.r.Header.Get("Sec-Fetch-Dest") == "empty" {
		return err
	}
	http.Redirect(v.w, v.r, signInPath(v), http.StatusSeeOther)
	return nil
}

const signInAddress = "/desk/sign-in"

// signInPath leads back to the page that was asked for.
func signInPath(v visit) string {
	q := url.Values{}
	if v.r.Method == http.MethodGet {
		if next := ownPath(v.r.URL.RequestURI()); next != "" && next != "/desk/" {
			q.Set("next", next)
		}
	}
	if v.Lang != lang.Vietnamese {
		q.Set("lang", v.Lang)
	}
	if len(q) == 0 {
		return signInAddress
	}
	return signInAddress + "?" + q.Encode()
}

// deskPath is an address that is certainly one of the desk's own.
var deskPath = regexp.MustCompile(`^/desk(/[A-Za-z0-9_-]+)*/?(\?[A-Za-z0-9=&_.%-]*)?$`)

// ownPath returns an address of the desk as it was given, "" for any other.
// Whatever a form or a query names as the next page goes through it.
func ownPath(path string) string {
	if len(path) > 500 || !deskPath.MatchString(path) {
		return ""
	}
	return path
}

// deskPage is what every page of the desk has. A page's struct embeds it.
type deskPage struct {
	*lang.Words
	Title string
	// Member is nil on the pages before signing in.
	Member *deskMember
	Nav    []deskNav
	Nonce  string
	// Said is the sentence about what was just done, from the address.
	Said string
	// Scripts are the page's own static scripts, beside none.
	Scripts []string
	// Refresh leads on to an address of the desk by itself, "" for none.
	Refresh string
	// Path is the page's address, for the language switch.
	Path     string
	SiteName string
	SiteLang string
	static   func(name string) string
}

// deskMember is the member as the header shows them.
type deskMember struct{ Name, Role string }

// deskNav is one section in the navigation; Waits marks that something waits
// there.
type deskNav struct {
	Label, Href string
	Here, Waits bool
}

// Static returns the address of a static file.
func (p *deskPage) Static(name string) string { return p.static(name) }

// Other returns the tag of the other language.
func (p *deskPage) Other() string { return otherTag(p.Tag()) }

// DocTitle is the page's title with the site's name.
func (p *deskPage) DocTitle() string {
	return p.T("site.page_title", "Page", p.Title, "Site", p.SiteName)
}

// A puts a sentence's link to an address of the desk.
func (p *deskPage) A(key, href string) link { return link{Linked: p.L(key), Href: href} }

// deskFrame starts a page of a section ("" for none) under a title that is
// already in words.
func (s *Site) deskFrame(v visit, section, title string, scripts ...string) deskPage {
	site := s.site(v.r.Context())
	p := deskPage{
		Words: v.words, Title: title, Nonce: v.Nonce, Scripts: scripts, Path: v.r.URL.RequestURI(),
		SiteName: publish.Plain(site.Name), static: s.static,
	}
	if p.SiteName == "" {
		p.SiteName, p.SiteLang = v.words.T("site.name"), lang.Vietnamese
	}
	if v.r.Method != http.MethodGet || ownPath(p.Path) == "" {
		p.Path = "/desk/"
	}
	if key := v.r.URL.Query().Get("said"); saidKey.MatchString(key) && v.words.Has(saidPrefix+key) {
		p.Said = v.words.T(saidPrefix + key)
	}
	if v.Member.ID != "" {
		p.Member = &deskMember{Name: publish.Plain(v.Member.Name), Role: v.words.T(roleKey(v.Member.Role))}
		p.Nav = s.navigation(v, section)
	}
	return p
}

// What was just done is said by a word in the address: a sentence of the
// catalogue under this prefix. Nothing is kept between two pages.
const saidPrefix = "desk_said."

var saidKey = regexp.MustCompile(`^[a-z][a-z0-9_]{0,40}$`)

// seeOther leads to a page of the desk after a form, which then says the
// sentence desk_said.SAID, or nothing if said is "".
func seeOther(v visit, path, said string) error {
	if said != "" {
		mark := "?"
		if strings.Contains(path, "?") {
			mark = "&"
		}
		path += mark + "said=" + said
	}
	http.Redirect(v.w, v.r, path, http.StatusSeeOther)
	return nil
}

func roleKey(r desk.Role) string {
	switch r {
	case desk.Reviewer:
		return "role.reviewer"
	case desk.Admin:
		return "role.admin"
	}
	return "role.editor"
}

// navigation lists the sections that this program has.
func (s *Site) navigation(v visit, here string) []deskNav {
	var waiting map[string]bool
	if s.waits != nil {
		var err error
		if waiting, err = s.waits(v.r.Context(), v.Member); err != nil {
			// A page without its marks is better than none.
			s.logger.LogAttrs(v.r.Context(), slog.LevelError, "what waits cannot be read", slog.Any("error", err))
		}
	}
	var out []deskNav
	for _, section := range sections() {
		path := "/desk/" + section
		if s.deskPaths[path] {
			out = append(out, deskNav{
				Label: v.words.T(sectionKey(section)), Href: path, Here: section == here, Waits: waiting[section],
			})
		}
	}
	return out
}

// showPage renders a page of the desk.
func (s *Site) showPage(v visit, data page) error { return s.showPageAs(v, http.StatusOK, data) }

// showPageAs is showPage with a status.
func (s *Site) showPageAs(v visit, status int, data page) error {
	body, err := s.pages.render(data)
	if err != nil {
		return err
	}
	return send(v.w, status, body)
}

// form reads a form of the desk.
func (v visit) form() (url.Values, error) {
	return gate.ReadBody(v.w, v.r, gate.DeskFormMax)
}

// deskProblem is a failure as a page of the desk. Kept are the words of a form
// that was not taken.
type deskProblem struct {
	deskPage
	Heading, Sentence, Wait, Reference, SignIn, Confirm string
	Kept                                                []keptField
}

func (deskProblem) template() string { return "desk_problem" }

// keptField is what a member had written in one field.
type keptField struct {
	ID, Label, Value string
	Rows             int
}

// statusOf is the status of an error that its page explains.
func statusOf(err error) int { return gate.Status(desk.KindOf(err)) }

// showDesk turns an error into a page of the desk.
func (s *Site) showDesk(v visit, err error) {
	s.finishDesk(v, s.problemOf(&v, err))
}

func (s *Site) finishDesk(v visit, p problem) {
	status := p.status
	if status == 0 {
		status = gate.Status(p.kind)
	}
	if err := s.showPageAs(v, status, s.deskProblemPage(v, p)); err != nil {
		v.w.WriteHeader(http.StatusInternalServerError)
	}
}

func (s *Site) deskProblemPage(v visit, p problem) *deskProblem {
	heading, sentence, _ := explain(v.words, p)
	data := &deskProblem{Heading: heading, Sentence: sentence, Wait: waitSentence(&v, p)}
	if p.kind == desk.Unauthenticated {
		data.Heading, data.SignIn = v.words.T("desk_frame.over.title"), signInPath(v)
		v.Member = desk.Member{}
	}
	if unconfirmed(p.err) {
		data.Heading, data.Confirm = v.words.T("desk_door.confirm.title"), confirmAddress
	}
	if p.reference != "" {
		data.Reference = v.words.T("problem.reference", "Reference", p.reference)
	}
	if p.kind != desk.Invalid && p.kind != desk.NotFound {
		data.Kept = kept(v)
	}
	data.deskPage = s.deskFrame(v, "", data.Heading)
	return data
}

// secretField matches the fields that are never shown back.
var secretField = regexp.MustCompile(`password|code|secret|token|response`)

// kept reads the words of a form that was refused, so that nothing a member
// wrote is lost.
func kept(v visit) []keptField {
	if v.r.Method != http.MethodPost {
		return nil
	}
	values, err := v.form()
	if err != nil {
		return nil
	}
	var names []string
	for name := range values {
		if !secretField.MatchString(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var out []keptField
	for _, name := range names {
		for _, value := range values[name] {
			if !worthKeeping(value) {
				continue
			}
			out = append(out, keptField{
				ID: "kept-" + strconv.Itoa(len(out)+1), Label: v.words.T("desk_frame.kept.field", "Number", len(out)+1),
				Value: value, Rows: min(12, 2+len(value)/60),
			})
		}
	}
	return out
}

// worthKeeping tells sentences from keys and choices.
func worthKeeping(value string) bool {
	return len(strings.Fields(value)) > 1 || strings.ContainsAny(value, "/\n")
}

// refuseDesk is Refuse for the paths of the desk.
func (s *Site) refuseDesk(v *visit, err error) {
	v.Nonce, v.Lang = gate.NonceOf(v.r.Context()), v.words.Tag()
	if sitErr := s.sit(v); sitErr != nil {
		v.Member = desk.Member{}
	}
	s.showDesk(*v, err)
}

// deskHome leads to the first section that there is.
func (s *Site) deskHome(_ http.ResponseWriter, _ *http.Request, v visit) error {
	for _, section := range sections() {
		if s.deskPaths["/desk/"+section] {
			return seeOther(v, "/desk/"+section, "")
		}
	}
	return notFound("find a section")
}

// setLanguage keeps the language a member chose and leads back.
func (s *Site) setLanguage(_ http.ResponseWriter, _ *http.Request, v visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	tag := form.Get("lang")
	if !slices.Contains(lang.Tags(), tag) {
		return &desk.Error{Kind: desk.Invalid, Op: "choose a language", Key: "error.kind.invalid"}
	}
	if err := s.seats.SetLang(v.r.Context(), v.Member.ID, tag); err != nil {
		return err
	}
	next := ownPath(form.Get("next"))
	if next == "" {
		next = "/desk/"
	}
	return seeOther(v, next, "")
}

func (s *Site) deskLost(http.ResponseWriter, *http.Request, visit) error {
	return &desk.Error{Kind: desk.NotFound, Op: "find a page of the desk", Key: "error.desk_path"}
}
