package web

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"sangto/internal/catalog"
	"sangto/internal/desk"
	"sangto/internal/gate"
	"sangto/internal/intake"
	"sangto/internal/lang"
	"sangto/internal/publish"
)

// Contester takes what readers say of a check or of a notice.
type Contester interface {
	ContestNotice(ctx context.Context, noticeID string, raw desk.Raw) (desk.Text, error)
	Contest(ctx context.Context, nonce [16]byte, receipt desk.Receipt, checkID string, kind desk.ContestKind, raw desk.Raw) (intake.Asked, error)
}

// contestView is the form with which anybody contests a check or replies to
// it.
type contestView struct {
	frame
	Card             card
	CheckHref        string
	Problem          string
	Action, Token    string
	Kind, Text       string
	Receipt          bool
	Hints            []hint
	Max              int
	Who              string
	Kept             link
	Elsewhere        string
	Source, ReadOrig string
}

func (contestView) template() string { return "contest" }

func (s *Site) contestForm(v *visit) error {
	p, err := s.catalog.Check(v.r.Context(), v.r.PathValue("id"))
	if err != nil {
		return err
	}
	token, err := s.forms.Issue()
	if err != nil {
		return err
	}
	d, err := s.newContest(v, p, token)
	if err != nil {
		return err
	}
	if k := desk.ContestKind(v.r.URL.Query().Get("kind")); k.Valid() {
		d.Kind = string(k)
	}
	s.switchLink(&d.frame)
	return s.reply(v, http.StatusOK, d)
}

func (s *Site) newContest(v *visit, p catalog.Page, token string) (*contestView, error) {
	words := v.words
	d := &contestView{
		frame: s.newFrame(words, s.site(v.r.Context()), "/c/"+p.Check.ID+"/contest"),
		Card:  newCard(words, p.Entry, p.Version, nil), Token: token, Receipt: true, Max: desk.ContestMax, Kind: string(desk.ContestCheck),
	}
	d.Title, d.NoIndex = d.T("contest.title"), true
	d.CheckHref, d.Action = d.Card.Href, d.Link("/c/"+p.Check.ID+"/contest")
	d.Kept = link{Linked: d.L("contest.kept", "Count", desk.ContestDays), Href: d.Link("/privacy")}
	if p.Check.Imported() {
		d.Elsewhere = d.T("contest.elsewhere", "Desk", d.Card.DeskName)
		if desk.WebAddress(p.Check.SourceURL) {
			d.Source, d.ReadOrig = p.Check.SourceURL, d.T("check.read_original", "Desk", d.Card.DeskName)
		}
		return d, nil
	}
	a, err := s.catalog.After(v.r.Context(), p.Check.ID)
	if err != nil {
		return nil, err
	}
	d.Who = d.T("contest.who", "Desk", d.Card.DeskName, "Count", desk.AnswerDays)
	if a.NobodyUninvolved {
		d.Who = d.T("contest.who_nobody", "Desk", d.Card.DeskName, "Count", desk.AnswerDays)
	}
	return d, nil
}

// contestedPage says that a contest was taken in.
type contestedPage struct {
	frame
	Card                card
	Code                string
	Groups              []string
	Repeated, Different bool
	Due                 string
	TrackURL            string
	Received            []word
}

func (contestedPage) template() string { return "contested" }

// contest takes a contest or a reply. Its page is shown only after it is kept
// for good.
func (s *Site) contest(v *visit) error {
	p, err := s.catalog.Check(v.r.Context(), v.r.PathValue("id"))
	if err != nil {
		return err
	}
	values, err := gate.ReadBody(v.w, v.r, gate.FormMax)
	if err != nil {
		return s.contestAgain(v, p, contestFields{receipt: true}, err)
	}
	f := contestFields{
		token: values.Get("token"), kind: desk.ContestKind(values.Get("kind")), raw: message(values), receipt: values.Get("receipt") != "no",
	}
	nonce, err := s.forms.Check(f.token)
	if err != nil {
		return s.contestRefused(v, p, f, nonce, err)
	}
	receipt := s.forms.Receipt(nonce)
	sent, err := s.intake.Contest(v.r.Context(), nonce, receipt, p.Check.ID, f.kind, f.raw)
	if err != nil {
		return s.contestAgain(v, p, f, err)
	}
	d := s.newContested(v, p, receipt, f.receipt)
	d.Repeated, d.Different = sent.Repeated, sent.Different
	if !sent.Different {
		d.Received = masked(v.words, sent.Text.String())
	}
	d.switchForm("/c/"+p.Check.ID+"/contest", field{"token", f.token}, field{"kind", string(f.kind)},
		field{"text", publish.Plain(sent.Text.String())}, field{"receipt", yesNo(f.receipt)})
	return s.reply(v, http.StatusOK, d)
}

// contestFields are the fields of the form, the words unread.
type contestFields struct {
	token   string
	kind    desk.ContestKind
	raw     desk.Raw
	receipt bool
}

func (s *Site) newContested(v *visit, p catalog.Page, receipt desk.Receipt, wanted bool) *contestedPage {
	d := &contestedPage{frame: s.newFrame(v.words, s.site(v.r.Context()), ""), Card: newCard(v.words, p.Entry, p.Version, nil)}
	d.Title, d.NoIndex = d.T("contest.done.title"), true
	d.Due = d.T("contest.done.due", "Desk", d.Card.DeskName, "Count", desk.AnswerDays)
	if !wanted {
		return d
	}
	d.Code = receipt.Code()
	groups := strings.Split(d.Code, "-")
	for i, g := range groups {
		if i < len(groups)-1 {
			g += "-"
		}
		d.Groups = append(d.Groups, g)
	}
	d.TrackURL = s.absolute(d.Link("/track"))
	return d
}

// contestRefused deals with a token that did not pass, as askRefused does.
func (s *Site) contestRefused(v *visit, p catalog.Page, f contestFields, nonce [16]byte, refused error) error {
	var e *desk.Error
	if !errors.As(refused, &e) {
		return refused
	}
	if e.Key == "error.form.expired" {
		receipt := s.forms.Receipt(nonce)
		if t, err := s.intake.Track(v.r.Context(), receipt); err == nil && t.Contest != nil {
			d := s.newContested(v, p, receipt, f.receipt)
			d.Repeated = true
			return s.reply(v, http.StatusOK, d)
		}
	}
	if e.Key != "error.form.early" {
		fresh, err := s.forms.Issue()
		if err != nil {
			return err
		}
		f.token = fresh
	}
	return s.contestAgain(v, p, f, refused)
}

// contestAgain shows the form again with what was wrong, and with the words as
// they are after redaction.
func (s *Site) contestAgain(v *visit, p catalog.Page, f contestFields, wrong error) error {
	kind := desk.KindOf(wrong)
	if kind == desk.Internal || kind == desk.NotFound {
		return wrong
	}
	if f.token == "" {
		fresh, err := s.forms.Issue()
		if err != nil {
			return err
		}
		f.token = fresh
	}
	d, err := s.newContest(v, p, f.token)
	if err != nil {
		return err
	}
	d.Kind, d.Receipt, d.Problem = string(f.kind), f.receipt, d.Error(wrong)
	d.Title = d.T("site.error_title", "Page", d.Title)
	if seen, err := s.intake.Look(v.r.Context(), f.raw, 1); err == nil {
		d.Text = publish.Plain(seen.Text.String())
		for _, h := range seen.Hints {
			d.Hints = append(d.Hints, hint{Kind: v.words.Hint(h.Kind), Text: publish.Plain(h.Text)})
		}
	}
	d.switchForm("/c/"+p.Check.ID+"/contest", field{"token", f.token}, field{"kind", d.Kind}, field{"text", d.Text}, field{"receipt", yesNo(f.receipt)})
	return s.reply(v, gate.Status(kind), d)
}

// contestWords says what became of a contest, for whoever holds its receipt.
func contestWords(words *lang.Words, t intake.TrackedContest) (state, text string) {
	due := words.Date(t.Due)
	switch t.State {
	case desk.ContestUpheld:
		return words.T("track.contest.upheld"), words.T("track.contest.upheld_text")
	case desk.ContestDeclined:
		return words.T("track.contest.declined"), words.T("track.contest.declined_text")
	case desk.ReplyShown:
		return words.T("track.contest.shown"), words.T("track.contest.shown_text")
	case desk.ReplyReturned:
		return words.T("track.contest.returned"), words.T("track.contest.returned_text")
	case desk.ContestLapsed:
		return words.T("track.contest.lapsed"), words.T("track.contest.lapsed_text", "Count", desk.ContestDays)
	}
	return words.T("track.contest.waiting"), words.T("track.contest.waiting_text", "Date", due)
}
