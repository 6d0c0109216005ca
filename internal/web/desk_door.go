package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"sangto/internal/access"
	"sangto/internal/desk"
)

// accessRoutes are signing in and out, one-time links, a member's own page, the
// list of members, and set-up.
func (s *Site) accessRoutes() []Route {
	return []Route{
		s.staffGet(signInAddress, s.door(s.signInPage)),
		s.staffPost(signInAddress+"/passkey", s.door(s.signInPasskey)),
		s.staffPost(signInAddress+"/password", s.door(s.signInPassword)),
		s.staffGet(signInAddress+"/organisation", s.door(s.visitToSignIn)),
		s.staffGet(access.VisitPath, s.door(s.visitBack)),
		s.deskPost("/desk/sign-out", s.door(s.signOut)),
		s.staffGet(access.EnrolPath, s.door(s.codePage)),
		s.staffPost(access.EnrolPath, s.door(s.enrolPage)),
		s.staffPost(access.EnrolPath+"/passkey", s.door(s.enrolPasskey)),
		s.staffPost(access.EnrolPath+"/password", s.door(s.enrolPassword)),
		s.staffPost(access.EnrolPath+"/organisation", s.door(s.visitToEnrol)),
		s.deskGet(confirmAddress, s.door(s.confirmPage)),
		s.deskPost(confirmAddress+"/passkey", s.door(s.confirmPasskey)),
		s.deskPost(confirmAddress+"/password", s.door(s.confirmPassword)),
		s.deskGet(confirmAddress+"/organisation", s.door(s.visitToConfirm)),
		s.deskGet(meAddress, s.door(s.mePage)),
		s.deskPost(meAddress+"/passkey", s.door(s.addPasskey)),
		s.deskPost(meAddress+"/passkey/drop", s.door(s.dropPasskey)),
		s.deskPost(meAddress+"/key", s.door(s.newKey)),
		s.deskPost(meAddress+"/password", s.door(s.setPassword)),
		s.deskPost(meAddress+"/seats/end", s.door(s.endSeats)),
		s.deskPost(meAddress+"/recovery/drop", s.door(s.dropOwnRecovery)),
		s.deskGet(membersAddress, s.door(s.membersPage)),
		s.deskPost(membersAddress, s.door(s.addMember)),
		s.deskPost(membersAddress+"/{id}/link", s.door(s.memberLink)),
		s.deskPost(membersAddress+"/{id}/role", s.door(s.memberRole)),
		s.deskPost(membersAddress+"/{id}/end", s.door(s.memberEnd)),
		s.deskPost(membersAddress+"/{id}/recovery", s.door(s.memberRecovery)),
		s.staffGet(access.SetUpPath, s.door(s.setUpCodePage)),
		s.staffPost(access.SetUpPath, s.door(s.setUpPage)),
		s.staffPost(access.SetUpPath+"/desk", s.door(s.setUpDesk)),
		s.deskGet(startAddress, s.door(s.startPage)),
	}
}

// The addresses that pages lead to.
const (
	confirmAddress = "/desk/confirm"
	meAddress      = "/desk/me"
	membersAddress = "/desk/members"
	startAddress   = "/desk/start"
)

// doorScript does the passkey ceremonies and reads a link's code.
const doorScript = "door.js"

// door is for handlers that need Access; a desk without one has no such page.
func (s *Site) door(h deskHandler) deskHandler {
	return func(w http.ResponseWriter, r *http.Request, v visit) error {
		if s.access == nil {
			return notFound("find the door")
		}
		return h(w, r, v)
	}
}

// token is the session cookie a browser came with, "" if none.
func (s *Site) token(r *http.Request) string {
	c, err := r.Cookie(s.cookie)
	if err != nil {
		return ""
	}
	return c.Value
}

// seatCookie gives the browser a session's token. It is sent to the desk's pages
// alone, never with a request that another site caused, and ends with the
// browser.
func (s *Site) seatCookie(w http.ResponseWriter, token string) {
	c := s.cookieAt("/desk/", s.cookie, token)
	c.SameSite = http.SameSiteStrictMode
	if token == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

func (s *Site) cookieAt(path, name, value string) *http.Cookie {
	return &http.Cookie{
		Name: name, Value: value, Path: path, HttpOnly: true, Secure: strings.HasPrefix(s.cookie, "__Secure-"),
	}
}

// visitCookie is what a browser brings back from the organisation's sign-in:
// another site leads it here, so it cannot be Strict.
func (s *Site) visitCookie(w http.ResponseWriter, value string) {
	c := s.cookieAt(signInAddress, s.cookie+"-visit", value)
	c.SameSite, c.MaxAge = http.SameSiteLaxMode, int((15 * time.Minute).Seconds())
	if value == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

// signInView is the page of signing in, and of confirming that it is still the
// member.
type signInView struct {
	deskPage
	// Passkey are the browser's options; Password and Organisation say what else
	// there is.
	Passkey      string
	Password     bool
	Organisation string
	Confirm      bool
	Next         string
	// Base is the address the forms go under.
	Base    string
	Problem string
	Name    string
}

func (signInView) template() string { return "desk_sign_in" }

func (s *Site) signInPage(_ http.ResponseWriter, r *http.Request, v visit) error {
	next := ownPath(r.URL.Query().Get("next"))
	if v.Member.ID != "" {
		if next == "" {
			next = "/desk/"
		}
		return seeOther(v, next, "")
	}
	return s.showSignIn(v, http.StatusOK, next, "", nil)
}

// showSignIn shows the page, again with what was wrong.
func (s *Site) showSignIn(v visit, status int, next, name string, problem error) error {
	data := &signInView{Next: next, Name: name, Base: signInAddress, Password: s.access.Passwords(), Organisation: s.access.OrganisationName()}
	if s.access.Passkeys() {
		o, err := s.access.BeginSignIn()
		if err != nil {
			return err
		}
		data.Passkey = string(o)
	}
	if problem != nil {
		data.Problem = v.words.Error(problem)
	}
	data.deskPage = s.deskFrame(v, "", v.words.T("desk_door.sign_in.title"), doorScript)
	return s.showPageAs(v, status, data)
}

// mine reports whether an error is the sender's to mend on the same page.
func mine(err error) bool {
	switch desk.KindOf(err) {
	case desk.Invalid, desk.Forbidden, desk.Conflict, desk.TooMany:
		return true
	}
	return false
}

// mineOrAway is mine for visits to the organisation's sign-in: one that does
// not answer leaves the other ways, so the page that offers them is shown.
func mineOrAway(err error) bool {
	var e *desk.Error
	return mine(err) || errors.As(err, &e) && e.Key == "error.organisation.down"
}

func (s *Site) signInPasskey(w http.ResponseWriter, r *http.Request, v visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	token, err := s.access.FinishSignIn(r.Context(), s.token(r), []byte(form.Get("response")))
	if mine(err) {
		return s.showSignIn(v, statusOf(err), ownPath(form.Get("next")), "", err)
	}
	return s.arrived(w, v, token, form.Get("next"), err)
}

func (s *Site) signInPassword(w http.ResponseWriter, r *http.Request, v visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	if !s.access.Passwords() {
		return &desk.Error{Kind: desk.Forbidden, Op: "sign in", Key: "error.password.address"}
	}
	token, err := s.access.SignInPassword(r.Context(), s.token(r), form.Get("name"), form.Get("password"), form.Get("code"))
	if mine(err) {
		return s.showSignIn(v, statusOf(err), ownPath(form.Get("next")), form.Get("name"), err)
	}
	return s.arrived(w, v, token, form.Get("next"), err)
}

// arrived gives the browser its new session and leads on.
func (s *Site) arrived(w http.ResponseWriter, v visit, token, next string, err error) error {
	if err != nil {
		return err
	}
	s.seatCookie(w, token)
	if next = ownPath(next); next == "" {
		next = "/desk/"
	}
	return seeOther(v, next, "")
}

// signOut ends the session and has the browser forget the desk's pages. The
// cookie is ended by itself: "cookies" in the header would end those of the
// whole host.
func (s *Site) signOut(w http.ResponseWriter, r *http.Request, v visit) error {
	if err := s.access.SignOut(r.Context(), s.token(r)); err != nil {
		return err
	}
	s.seatCookie(w, "")
	w.Header().Set("Clear-Site-Data", `"cache", "storage"`)
	to := signInAddress + "?said=signed_out"
	if v.Lang != "vi" {
		to += "&lang=" + url.QueryEscape(v.Lang)
	}
	return seeOther(v, to, "")
}

// codeView is the page that takes the code of a one-time link. Its script reads
// the code off the address, where no server sees it; without script it is
// pasted.
type codeView struct {
	deskPage
	Action, Lead, Problem string
}

func (codeView) template() string { return "desk_code" }

func (s *Site) codePage(_ http.ResponseWriter, _ *http.Request, v visit) error {
	return s.showCode(v, http.StatusOK, access.EnrolPath, "desk_door.enrol.title", "desk_door.code.lead", nil)
}

func (s *Site) showCode(v visit, status int, action, titleKey, leadKey string, problem error) error {
	data := &codeView{Action: action, Lead: v.words.T(leadKey)}
	if problem != nil {
		data.Problem = v.words.Error(problem)
	}
	v.Member = desk.Member{}
	data.deskPage = s.deskFrame(v, "", v.words.T(titleKey), doorScript)
	return s.showPageAs(v, status, data)
}

// enrolView offers the ways to sign in that a link may be used for.
type enrolView struct {
	deskPage
	Code         string
	Name, Role   string
	DeskName     string
	Recovery     bool
	Passkey      string
	Step         *stepView
	Organisation string
	Problem      string
	Typed        string // the name for a password, as typed
}

func (enrolView) template() string { return "desk_enrol" }

// stepView is what an authenticator app is set up with.
type stepView struct {
	Secret, Link string
	QR           qrView
}

// qrView is a QR code as a drawing of squares.
type qrView struct {
	Size int
	Path string
}

func newStep(step *access.SecondStep) *stepView {
	if step == nil {
		return nil
	}
	size, path := step.QR()
	return &stepView{Secret: step.Secret, Link: step.Link, QR: qrView{Size: size, Path: path}}
}

// enrolPage opens a link without using it up.
func (s *Site) enrolPage(_ http.ResponseWriter, _ *http.Request, v visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	return s.showEnrol(v, form.Get("code"), "", nil)
}

func (s *Site) showEnrol(v visit, code, typed string, problem error) error {
	in, err := s.access.Open(v.r.Context(), code)
	if desk.KindOf(err) == desk.Forbidden {
		return s.showCode(v, http.StatusForbidden, access.EnrolPath, "desk_door.enrol.title", "desk_door.code.lead", err)
	}
	if err != nil {
		return err
	}
	data := &enrolView{
		Code: code, Name: in.Member.Name, Role: v.words.T(roleKey(in.Member.Role)), DeskName: in.Desk.Name, Recovery: in.Recovery,
		Passkey: string(in.Passkey), Step: newStep(in.Step), Organisation: s.access.OrganisationName(), Typed: typed,
	}
	if typed == "" {
		data.Typed = in.Member.Name
	}
	status := http.StatusOK
	if problem != nil {
		data.Problem, status = v.words.Error(problem), statusOf(problem)
	}
	v.Member = desk.Member{}
	data.deskPage = s.deskFrame(v, "", v.words.T("desk_door.enrol.title"), doorScript)
	return s.showPageAs(v, status, data)
}

func (s *Site) enrolPasskey(w http.ResponseWriter, r *http.Request, v visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	token, err := s.access.EnrolPasskey(r.Context(), s.token(r), form.Get("code"), form.Get("label"), []byte(form.Get("response")))
	if mine(err) {
		return s.showEnrol(v, form.Get("code"), "", err)
	}
	return s.arrived(w, v, token, startAddress, err)
}

func (s *Site) enrolPassword(w http.ResponseWriter, r *http.Request, v visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	token, err := s.access.EnrolPassword(r.Context(), s.token(r), form.Get("code"), form.Get("name"), form.Get("password"), form.Get("step"))
	if mine(err) {
		return s.showEnrol(v, form.Get("code"), form.Get("name"), err)
	}
	return s.arrived(w, v, token, startAddress, err)
}

// confirmPage asks a member to show that it is still them.
func (s *Site) confirmPage(_ http.ResponseWriter, r *http.Request, v visit) error {
	return s.showConfirm(v, http.StatusOK, ownPath(r.URL.Query().Get("next")), nil)
}

func (s *Site) showConfirm(v visit, status int, next string, problem error) error {
	own, err := s.access.Own(v.r.Context(), v.token)
	if err != nil {
		return err
	}
	data := &signInView{Next: next, Base: confirmAddress, Confirm: true, Password: own.Password && s.access.Passwords()}
	if len(own.Identities) > 0 {
		data.Organisation = s.access.OrganisationName()
	}
	if len(own.Passkeys) > 0 && s.access.Passkeys() {
		o, err := s.access.BeginProof(v.token)
		if err != nil {
			return err
		}
		data.Passkey = string(o)
	}
	if problem != nil {
		data.Problem = v.words.Error(problem)
	}
	data.deskPage = s.deskFrame(v, "", v.words.T("desk_door.confirm.title"), doorScript)
	return s.showPageAs(v, status, data)
}

func (s *Site) confirmPasskey(w http.ResponseWriter, r *http.Request, v visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	token, err := s.access.FinishProof(r.Context(), v.token, []byte(form.Get("response")))
	if mine(err) {
		return s.showConfirm(v, statusOf(err), ownPath(form.Get("next")), err)
	}
	return s.arrived(w, v, token, form.Get("next"), err)
}

func (s *Site) confirmPassword(w http.ResponseWriter, r *http.Request, v visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	token, err := s.access.ProvePassword(r.Context(), v.token, form.Get("password"), form.Get("code"))
	if mine(err) {
		return s.showConfirm(v, statusOf(err), ownPath(form.Get("next")), err)
	}
	return s.arrived(w, v, token, form.Get("next"), err)
}

// confirmFirst leads to the page of confirming, and back here.
func confirmFirst(v visit, next string) error {
	return seeOther(v, confirmAddress+"?next="+url.QueryEscape(next), "")
}

// unconfirmed reports whether an act was refused for want of a confirmation.
func unconfirmed(err error) bool {
	var e *desk.Error
	return errors.As(err, &e) && e.Key == "error.confirm"
}

func (s *Site) visitToSignIn(w http.ResponseWriter, r *http.Request, v visit) error {
	return s.visit(w, r, v, "", ownPath(r.URL.Query().Get("next")))
}

func (s *Site) visitToConfirm(w http.ResponseWriter, r *http.Request, v visit) error {
	return s.visit(w, r, v, v.token, ownPath(r.URL.Query().Get("next")))
}

func (s *Site) visit(w http.ResponseWriter, r *http.Request, v visit, token, next string) error {
	to, err := s.access.BeginVisit(r.Context(), token, "", next)
	switch {
	case mineOrAway(err) && token != "":
		return s.showConfirm(v, statusOf(err), next, err)
	case mineOrAway(err):
		return s.showSignIn(v, statusOf(err), next, "", err)
	}
	if err != nil {
		return err
	}
	s.visitCookie(w, to.Cookie)
	http.Redirect(w, r, to.Address, http.StatusSeeOther)
	return nil
}

// leadView sends the browser on by a link: a form may not lead to another site,
// and after another site's redirect a Strict cookie is only sent by a step of
// our own page.
type leadView struct {
	deskPage
	Sentence, Href, Label string
}

func (leadView) template() string { return "desk_lead" }

func (s *Site) visitToEnrol(w http.ResponseWriter, r *http.Request, v visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	to, err := s.access.BeginVisit(r.Context(), "", form.Get("code"), startAddress)
	if mineOrAway(err) {
		return s.showEnrol(v, form.Get("code"), "", err)
	}
	if err != nil {
		return err
	}
	s.visitCookie(w, to.Cookie)
	data := &leadView{Sentence: v.words.T("desk_door.visit.text"), Href: to.Address, Label: v.words.T("desk_door.visit.go", "Name", s.access.OrganisationName())}
	data.deskPage = s.deskFrame(v, "", v.words.T("desk_door.visit.title"))
	return s.showPage(v, data)
}

func (s *Site) visitBack(w http.ResponseWriter, r *http.Request, v visit) error {
	cookie := ""
	if c, err := r.Cookie(s.cookie + "-visit"); err == nil {
		cookie = c.Value
	}
	q := r.URL.Query()
	token, next, err := s.access.FinishVisit(r.Context(), s.token(r), cookie, q.Get("state"), q.Get("code"))
	s.visitCookie(w, "")
	if mineOrAway(err) {
		return s.showSignIn(v, statusOf(err), "", "", err)
	}
	if err != nil {
		return err
	}
	s.seatCookie(w, token)
	if next = ownPath(next); next == "" {
		next = "/desk/"
	}
	data := &leadView{Sentence: v.words.T("desk_door.back.text"), Href: next, Label: v.words.T("desk_door.back.go")}
	data.deskPage = s.deskFrame(v, "", v.words.T("desk_door.back.title"))
	data.Refresh = next
	return s.showPage(v, data)
}
