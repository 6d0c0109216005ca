package web

import (
	"net/http"
	"strconv"
	"time"

	"sangto/internal/access"
	"sangto/internal/desk"
	"sangto/internal/lang"
	"sangto/internal/publish"
)

// moment writes an exact time of staff in the desk's zone.
func (s *Site) moment(w *lang.Words, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return w.T("desk_door.moment", "Date", w.Date(desk.DayOf(t, s.zone)), "Time", t.In(s.zone).Format("15:04"))
}

// meView is a member's own page: keys, ways to sign in, sessions.
type meView struct {
	deskPage
	Confirmed bool
	Warning   string
	State     string
	Passkeys  []passkeyView
	Sessions  []seatView
	Keys      []keyView
	Issuers   []string
	Password  bool
	Recovery  bool
	// What may be added; empty where it may not, or not before confirming.
	Options string
	Step    *stepView
	Typed   string
	Plain   bool // an approval key without a passkey may be renewed
	Problem string
	Confirm string
}

func (meView) template() string { return "desk_me" }

type passkeyView struct {
	Name, Label, Made string
	Approves          bool
}

type seatView struct {
	Name, Way, Opened, Used string
	Here                    bool
}

type keyView struct{ ID, State, Made, Until string }

func keyStateKey(k access.KeyState) string {
	switch k {
	case access.KeyGood:
		return "desk_door.key.good"
	case access.KeyAgeing:
		return "desk_door.key.ageing"
	case access.KeyYoung:
		return "desk_door.key.young"
	case access.KeyOld:
		return "desk_door.key.old"
	}
	return "desk_door.key.none"
}

func wayKey(way string) string {
	switch way {
	case "password":
		return "desk_door.way.password"
	case "organisation":
		return "desk_door.way.organisation"
	}
	return "desk_door.way.passkey"
}

func (s *Site) mePage(_ http.ResponseWriter, _ *http.Request, v visit) error {
	return s.showMe(v, http.StatusOK, nil)
}

func (s *Site) showMe(v visit, status int, problem error) error {
	own, err := s.access.Own(v.r.Context(), v.token)
	if err != nil {
		return err
	}
	data := &meView{
		Confirmed: v.Reauthenticated, Issuers: own.Identities, Password: own.Password, Recovery: own.Recovery,
		State: v.words.T(keyStateKey(own.State)), Warning: s.keyWarning(v.words, own),
		Plain: len(own.Passkeys) == 0, Confirm: confirmAddress + "?next=" + meAddress,
	}
	if problem != nil {
		data.Problem = v.words.Error(problem)
	}
	s.fillMe(v, data, own)
	if v.Reauthenticated {
		if err := s.offerMe(v, data); err != nil {
			return err
		}
	}
	data.deskPage = s.deskFrame(v, "", v.words.T("desk_door.me.title"), doorScript)
	return s.showPageAs(v, status, data)
}

// keyWarning is what a member must know of their approval key, "" if all is well.
func (s *Site) keyWarning(w *lang.Words, own access.Own) string {
	switch own.State {
	case access.KeyAgeing:
		return w.T("desk_door.warn.ageing", "Date", w.Date(desk.DayOf(own.Ends, s.zone)))
	case access.KeyOld:
		return w.T("desk_door.warn.old")
	case access.KeyNone:
		return w.T("desk_door.warn.none")
	case access.KeyYoung:
		return w.T("desk_door.warn.young", "Time", s.moment(w, own.Young))
	}
	return ""
}

func (s *Site) fillMe(v visit, data *meView, own access.Own) {
	for _, p := range own.Passkeys {
		data.Passkeys = append(data.Passkeys, passkeyView{Name: p.Name, Label: publish.Plain(p.Label), Made: s.moment(v.words, p.Made), Approves: p.Approves})
	}
	for _, x := range own.Sessions {
		data.Sessions = append(data.Sessions, seatView{
			Name: x.Name, Way: v.words.T(wayKey(x.Way)), Opened: s.moment(v.words, x.Opened), Used: s.moment(v.words, x.Used), Here: x.Here,
		})
	}
	for _, k := range own.Keys {
		data.Keys = append(data.Keys, keyView{
			ID: k.ID, State: v.words.T(keyStateKey(k.State)), Made: s.moment(v.words, k.Made), Until: s.moment(v.words, k.Until),
		})
	}
}

// offerMe adds what only a member who just confirmed may do.
func (s *Site) offerMe(v visit, data *meView) error {
	o, err := s.access.BeginPasskey(v.r.Context(), v.token)
	if err != nil {
		return err
	}
	data.Options = string(o)
	if s.access.Passwords() {
		step, err := s.access.ChangePassword(v.r.Context(), v.token)
		if err != nil {
			return err
		}
		data.Step, data.Typed = newStep(&step), v.Member.Name
	}
	return nil
}

// own runs a change of a member's own keys and shows the page again: with what
// was done, with what was wrong, or after a confirmation.
func (s *Site) own(v visit, said string, do func(get func(string) string) error) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	err = do(form.Get)
	switch {
	case unconfirmed(err):
		return confirmFirst(v, meAddress)
	case mine(err):
		return s.showMe(v, statusOf(err), err)
	case err != nil:
		return err
	}
	return seeOther(v, meAddress, said)
}

func (s *Site) addPasskey(_ http.ResponseWriter, r *http.Request, v visit) error {
	return s.own(v, "passkey_added", func(get func(string) string) error {
		return s.access.AddPasskey(r.Context(), v.token, get("label"), []byte(get("response")))
	})
}

func (s *Site) dropPasskey(_ http.ResponseWriter, r *http.Request, v visit) error {
	return s.own(v, "passkey_dropped", func(get func(string) string) error {
		return s.access.DropPasskey(r.Context(), v.token, get("name"))
	})
}

// newKey makes a new approval key: of a passkey, or a plain one without.
func (s *Site) newKey(_ http.ResponseWriter, r *http.Request, v visit) error {
	return s.own(v, "key_made", func(get func(string) string) error {
		if name := get("name"); name != "" {
			return s.access.ApproveWith(r.Context(), v.token, name)
		}
		return s.access.RenewKey(r.Context(), v.token)
	})
}

func (s *Site) setPassword(_ http.ResponseWriter, r *http.Request, v visit) error {
	return s.own(v, "password_set", func(get func(string) string) error {
		return s.access.SetPassword(r.Context(), v.token, get("name"), get("password"), get("step"))
	})
}

func (s *Site) endSeats(_ http.ResponseWriter, r *http.Request, v visit) error {
	return s.own(v, "seats_ended", func(get func(string) string) error {
		return s.access.EndSession(r.Context(), v.token, get("name"))
	})
}

func (s *Site) dropOwnRecovery(_ http.ResponseWriter, r *http.Request, v visit) error {
	return s.own(v, "recovery_dropped", func(func(string) string) error {
		return s.access.DropRecovery(r.Context(), v.token, v.Member.ID)
	})
}

// membersView is the list of members and the book of what happened to it.
type membersView struct {
	deskPage
	Admin     bool
	Confirmed bool
	Confirm   string
	Members   []memberView
	Acts      []string
	Roles     []roleView
	Problem   string
	Typed     string
}

func (membersView) template() string { return "desk_members" }

type roleView struct {
	Value, Label string
	Chosen       bool
}

type memberView struct {
	ID, Name, Role, State, Key string
	Self, Ended                bool
	// What may be done.
	MayLink, MayEnd, MayRecover, MayConfirm, MayDrop bool
	Recovery                                         string
	Roles                                            []roleView
}

func (s *Site) roles(w *lang.Words, chosen desk.Role) []roleView {
	var out []roleView
	for _, r := range desk.Roles() {
		out = append(out, roleView{Value: string(r), Label: w.T(roleKey(r)), Chosen: r == chosen})
	}
	return out
}

func (s *Site) membersPage(_ http.ResponseWriter, _ *http.Request, v visit) error {
	return s.showMembers(v, http.StatusOK, "", nil)
}

func (s *Site) showMembers(v visit, status int, typed string, problem error) error {
	roster, err := s.access.Roster(v.r.Context(), v.Member.DeskID)
	if err != nil {
		return err
	}
	data := &membersView{
		Admin: v.Member.Role == desk.Admin, Confirmed: v.Reauthenticated, Confirm: confirmAddress + "?next=" + membersAddress,
		Roles: s.roles(v.words, desk.Editor), Typed: typed,
	}
	if problem != nil {
		data.Problem = v.words.Error(problem)
	}
	for _, m := range roster.Members {
		data.Members = append(data.Members, s.memberView(v, m))
	}
	for _, a := range roster.Acts {
		data.Acts = append(data.Acts, s.actSentence(v.words, a))
	}
	data.deskPage = s.deskFrame(v, membersSection, v.words.T("desk_door.members.title"))
	return s.showPageAs(v, status, data)
}

func (s *Site) memberView(v visit, m access.Standing) memberView {
	out := memberView{
		ID: m.ID, Name: publish.Plain(m.Name), Role: v.words.T(roleKey(m.Role)), Self: m.ID == v.Member.ID, Ended: m.Ended,
		State: s.memberState(v.words, m), Key: v.words.T(keyStateKey(m.KeyState)),
	}
	may := func(action desk.Action) bool {
		return v.Reauthenticated && desk.Allowed(v.Member.Role, action, m.State())
	}
	out.MayEnd = may(desk.EndMembership)
	out.MayLink = may(desk.InviteMember) && !m.CanSignIn
	if may(desk.ChangeRole) {
		out.Roles = s.roles(v.words, m.Role)
	}
	if m.Recovery != "" {
		out.Recovery = v.words.T("desk_door.recovery.asked", "Name", publish.Plain(m.Recovery))
	}
	out.MayRecover = may(desk.RecoverMember) && !out.Self && m.Recovery == ""
	out.MayDrop = may(desk.RecoverMember) && m.Recovery != ""
	out.MayConfirm = out.MayDrop && m.AskedBy != v.Member.ID && !out.Self
	return out
}

func (s *Site) memberState(w *lang.Words, m access.Standing) string {
	switch {
	case m.Ended:
		return w.T("desk_door.member.ended")
	case !m.CanSignIn && !m.Link.IsZero():
		return w.T("desk_door.member.invited", "Time", s.moment(w, m.Link))
	case !m.CanSignIn:
		return w.T("desk_door.member.no_link")
	}
	return w.T("desk_door.member.active")
}

// actSentence is one line of the book in words.
func (s *Site) actSentence(w *lang.Words, a access.Act) string {
	by := publish.Plain(a.By)
	if by == "" {
		by = w.T("desk_door.act.operator")
	}
	detail := a.Detail
	if role := desk.Role(detail); role.Valid() {
		detail = w.T(roleKey(role))
	}
	return w.T(memberActKey(a.Act), "Time", s.moment(w, a.At), "Member", publish.Plain(a.Member), "By", by, "Detail", detail)
}

// memberActKey names the sentence of a line.
func memberActKey(act string) string {
	switch act {
	case "add":
		return "desk_door.act.add"
	case "enrol":
		return "desk_door.act.enrol"
	case "role":
		return "desk_door.act.role"
	case "end":
		return "desk_door.act.end"
	case "key":
		return "desk_door.act.key"
	case "ask_recovery":
		return "desk_door.act.ask_recovery"
	case "drop_recovery":
		return "desk_door.act.drop_recovery"
	}
	return "desk_door.act.recover"
}

// linkView shows a one-time link, once.
type linkView struct {
	deskPage
	Name, Address, Ends string
	Recovery, Again     bool
	Back                string
}

func (linkView) template() string { return "desk_link" }

func (s *Site) showLink(v visit, l access.Link, recovery bool) error {
	data := &linkView{
		Name: publish.Plain(l.Member.Name), Address: l.Address(s.access.URL()), Ends: s.moment(v.words, l.Ends), Recovery: recovery, Back: membersAddress,
	}
	data.deskPage = s.deskFrame(v, membersSection, v.words.T("desk_door.link.title"))
	return s.showPage(v, data)
}

// manage runs a change to the list of members. do returns a link to show, or
// the word of what was done.
func (s *Site) manage(v visit, do func(get func(string) string) (access.Link, string, error)) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	l, said, err := do(form.Get)
	switch {
	case unconfirmed(err):
		return confirmFirst(v, membersAddress)
	case mine(err):
		return s.showMembers(v, statusOf(err), form.Get("name"), err)
	case err != nil:
		return err
	case l.Code != "":
		return s.showLink(v, l, said == "recover")
	}
	return seeOther(v, membersAddress, said)
}

func (s *Site) addMember(_ http.ResponseWriter, r *http.Request, v visit) error {
	return s.manage(v, func(get func(string) string) (access.Link, string, error) {
		l, err := s.access.Invite(r.Context(), v.token, get("name"), desk.Role(get("role")))
		return l, "", err
	})
}

func (s *Site) memberLink(_ http.ResponseWriter, r *http.Request, v visit) error {
	return s.manage(v, func(func(string) string) (access.Link, string, error) {
		l, err := s.access.InviteAgain(r.Context(), v.token, r.PathValue("id"))
		return l, "", err
	})
}

func (s *Site) memberRole(_ http.ResponseWriter, r *http.Request, v visit) error {
	return s.manage(v, func(get func(string) string) (access.Link, string, error) {
		return access.Link{}, "role_changed", s.access.ChangeRole(r.Context(), v.token, r.PathValue("id"), desk.Role(get("role")))
	})
}

func (s *Site) memberEnd(_ http.ResponseWriter, r *http.Request, v visit) error {
	return s.manage(v, func(get func(string) string) (access.Link, string, error) {
		if get("confirm") != "yes" {
			return access.Link{}, "", &desk.Error{Kind: desk.Invalid, Op: "end member", Key: "error.member.confirm"}
		}
		return access.Link{}, "member_ended", s.access.End(r.Context(), v.token, r.PathValue("id"))
	})
}

func (s *Site) memberRecovery(_ http.ResponseWriter, r *http.Request, v visit) error {
	return s.manage(v, func(get func(string) string) (l access.Link, said string, err error) {
		id := r.PathValue("id")
		switch get("act") {
		case "confirm":
			l, err = s.access.ConfirmRecovery(r.Context(), v.token, id)
			return l, "recover", err
		case "drop":
			return l, "recovery_dropped", s.access.DropRecovery(r.Context(), v.token, id)
		}
		l, needed, err := s.access.AskRecovery(r.Context(), v.token, id)
		if needed {
			return l, "recovery_asked", err
		}
		return l, "recover", err
	})
}

// setUpView asks for the desk's declaration and its first member.
type setUpView struct {
	deskPage
	Code    string
	Form    access.Founding
	Langs   []roleView
	Owners  []roleView
	Funders []roleView
	Problem string
}

func (setUpView) template() string { return "desk_set_up" }

func (s *Site) setUpCodePage(_ http.ResponseWriter, _ *http.Request, v visit) error {
	return s.showCode(v, http.StatusOK, access.SetUpPath, "desk_door.set_up.title", "desk_door.set_up.code", nil)
}

func (s *Site) setUpPage(_ http.ResponseWriter, r *http.Request, v visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	d, err := s.access.OpenSetUp(r.Context(), form.Get("code"))
	if desk.KindOf(err) == desk.Forbidden {
		return s.showCode(v, http.StatusForbidden, access.SetUpPath, "desk_door.set_up.title", "desk_door.set_up.code", err)
	}
	if err != nil {
		return err
	}
	return s.showSetUp(v, http.StatusOK, form.Get("code"), access.Founding{
		Name: d.Name, Lang: d.Lang, Owner: d.Owner, Funders: d.Funders, OwnerKind: d.OwnerKind, FunderKind: d.FunderKind,
	}, nil)
}

func (s *Site) showSetUp(v visit, status int, code string, f access.Founding, problem error) error {
	data := &setUpView{Code: code, Form: f}
	if problem != nil {
		data.Problem = v.words.Error(problem)
	}
	for _, tag := range lang.Tags() {
		data.Langs = append(data.Langs, roleView{Value: tag, Label: v.words.T("language." + tag), Chosen: tag == f.Lang})
	}
	for _, k := range []desk.OwnerKind{desk.OwnerIndependent, desk.OwnerCompany, desk.OwnerUniversity, desk.OwnerState, desk.OwnerParty} {
		data.Owners = append(data.Owners, roleView{Value: string(k), Label: v.words.Owner(k), Chosen: k == f.OwnerKind})
		data.Funders = append(data.Funders, roleView{Value: string(k), Label: v.words.Owner(k), Chosen: k == f.FunderKind})
	}
	nobody := roleView{Value: string(desk.OwnerUnknown), Label: v.words.T("desk_door.set_up.no_funder"), Chosen: f.FunderKind == desk.OwnerUnknown}
	data.Funders = append([]roleView{nobody}, data.Funders...)
	v.Member = desk.Member{}
	data.deskPage = s.deskFrame(v, "", v.words.T("desk_door.set_up.title"))
	return s.showPageAs(v, status, data)
}

func (s *Site) setUpDesk(_ http.ResponseWriter, r *http.Request, v visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	f := access.Founding{
		Name: form.Get("name"), Lang: form.Get("lang"), Owner: form.Get("owner"), Funders: form.Get("funders"),
		OwnerKind: desk.OwnerKind(form.Get("owner_kind")), FunderKind: desk.OwnerKind(form.Get("funder_kind")), Member: form.Get("member"),
	}
	l, err := s.access.SetUp(r.Context(), form.Get("code"), f)
	switch {
	case desk.KindOf(err) == desk.Forbidden:
		return s.showCode(v, http.StatusForbidden, access.SetUpPath, "desk_door.set_up.title", "desk_door.set_up.code", err)
	case mine(err):
		return s.showSetUp(v, statusOf(err), form.Get("code"), f, err)
	case err != nil:
		return err
	}
	return s.showEnrol(v, l.Code, "", nil)
}

// startView is what a new desk still has to do.
type startView struct {
	deskPage
	Steps []startStep
}

func (startView) template() string { return "desk_start" }

type startStep struct {
	Done        bool
	Label, Text string
	Href, Link  string
}

// startPage leads on after set-up and enrolment. A member of a desk that has
// begun its work is led to that work.
func (s *Site) startPage(_ http.ResponseWriter, r *http.Request, v visit) error {
	roster, err := s.access.Roster(r.Context(), v.Member.DeskID)
	if err != nil {
		return err
	}
	serving := 0
	for _, m := range roster.Members {
		if m.State() == desk.MemberActive {
			serving++
		}
	}
	if v.Member.Role != desk.Admin || serving > 1 {
		return seeOther(v, "/desk/", "welcome")
	}
	data := &startView{}
	step := func(done bool, name, href string) {
		data.Steps = append(data.Steps, startStep{
			Done: done, Label: v.words.T("desk_door.start." + name), Text: v.words.T("desk_door.start." + name + "_text"), Href: href,
			Link: v.words.T("desk_door.start." + name + "_go"),
		})
	}
	step(true, "desk", "/desks/"+v.Member.DeskID)
	step(true, "first", meAddress)
	if s.deskPaths["/desk/pages"] {
		step(false, "pages", "/desk/pages")
	}
	step(serving > 1, "second", membersAddress)
	data.deskPage = s.deskFrame(v, "", v.words.T("desk_door.start.title", "Count", strconv.Itoa(len(data.Steps))))
	return s.showPage(v, data)
}
