package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"sangto/internal/catalog"
	"sangto/internal/desk"
	"sangto/internal/gate"
	"sangto/internal/intake"
	"sangto/internal/lang"
	"sangto/internal/publish"
)

const (
	// startLength is how many characters of a long message show unopened.
	startLength = 90
	// codeLimit bounds the body of the receipt forms, in bytes.
	codeLimit = 4 << 10
	// BackupDays is how long a backup is kept at most; it is part of what the
	// privacy page promises.
	BackupDays = 14
)

type answerView struct {
	frame
	Asked                  askedView
	Sure                   *card
	Near, Perhaps, Nearest []card
	Ask                    askForm
}

func (answerView) template() string { return "answer" }

// askForm is the form with which a question is handed to the desk.
type askForm struct {
	*lang.Words
	Action, Token, Text, Problem, Readers string
	Max                                   int
	Receipt                               bool
	Hints                                 []hint
	Kept                                  link
}

type hint struct{ Kind, Text string }

// look answers a pasted message.
func (s *Site) look(v *visit) error {
	values, err := gate.ReadBody(v.w, v.r, gate.FormMax)
	if err != nil {
		return s.boxError(v, err)
	}
	seen, err := s.intake.Look(v.r.Context(), message(values), intake.ShownMost)
	if err != nil {
		return s.boxError(v, err)
	}
	token, err := s.forms.Issue()
	if err != nil {
		return err
	}
	return s.reply(v, http.StatusOK, s.answer(v, seen, token))
}

// message takes a person's words out of a form. Browsers send each line break
// as two characters and count it as one; what they let a person write must not
// be too long here.
func message(values url.Values) desk.Raw {
	return desk.NewRaw(strings.ReplaceAll(values.Get("text"), "\r\n", "\n"))
}

// boxError shows what was wrong with a message above the box it came from.
// Failures that are not about the message are left to the problem page.
func (s *Site) boxError(v *visit, err error) error {
	switch desk.KindOf(err) {
	case desk.Invalid, desk.TooLarge:
		return s.showHome(v, err)
	}
	return err
}

func (s *Site) answer(v *visit, seen intake.Seen, token string) *answerView {
	words, text := v.words, publish.Plain(seen.Text.String())
	d := &answerView{frame: s.newFrame(words, s.site(v.r.Context()), "")}
	d.Title, d.NoIndex = d.T("answer.title"), true
	d.switchForm("/lookup", field{"text", text})
	d.Asked = newAsked(words, text, seen.Redactions)
	d.Ask = s.newAskForm(v, &d.frame, seen, token)
	var found []card
	for _, c := range seen.Shown() {
		found = append(found, newFound(words, c))
	}
	switch {
	case seen.Answer.Answer != nil:
		sure := newFound(words, *seen.Answer.Answer)
		d.Sure, d.Near = &sure, found
	case seen.Outcome == intake.Perhaps:
		d.Perhaps = found
	default:
		d.Nearest = found
	}
	return d
}

// newFound is the card of a check that a message found, with what the two say
// differently.
func newFound(words *lang.Words, c intake.Candidate) card {
	d := newCard(words, c.Entry, c.Version, c.Terms)
	for _, x := range c.Differences {
		d.Differs = append(d.Differs, words.Differs(publish.Plain(x.Message), publish.Plain(x.Claim), x.Kind))
	}
	return d
}

// newAsked shows a message in full if it is short, and its beginning if it is
// long: the answer has to be on the first screen.
func newAsked(words *lang.Words, text string, found []desk.Redaction) askedView {
	a := askedView{Words: words, Text: masked(words, text)}
	if utf8.RuneCountInString(text) > startLength {
		a.Start = start(words, text)
	}
	for _, f := range found {
		a.Masked = append(a.Masked, words.Redaction(f))
	}
	return a
}

// start is the beginning of a message in one line, cut at a word.
func start(words *lang.Words, text string) string {
	var b strings.Builder
	for _, w := range masked(words, text) {
		b.WriteString(w.Text)
		b.WriteString(w.Chip)
	}
	line, n := "", 0
	for word := range strings.FieldsSeq(b.String()) {
		n += utf8.RuneCountInString(word) + 1
		if n > startLength {
			break
		}
		line += word + " "
	}
	if line == "" {
		line = string([]rune(b.String())[:startLength])
	}
	return strings.TrimSpace(line)
}

func (s *Site) newAskForm(v *visit, f *frame, seen intake.Seen, token string) askForm {
	form := askForm{
		Words: v.words, Action: f.Link("/ask"), Token: token, Text: publish.Plain(seen.Text.String()),
		Max: desk.QuestionMax, Receipt: true,
		Kept: link{Linked: f.L("ask.kept", "Count", desk.TextDays), Href: f.Link("/privacy")},
	}
	if s.askDesk != "" {
		form.Readers = f.T("ask.readers", "Desk", publish.Plain(s.askDesk))
	}
	for _, h := range seen.Hints {
		form.Hints = append(form.Hints, hint{Kind: v.words.Hint(h.Kind), Text: publish.Plain(h.Text)})
	}
	return form
}

type askView struct {
	frame
	Problem string
	Ask     askForm
}

func (askView) template() string { return "ask" }

type askedPage struct {
	frame
	Code                string
	Groups              []string
	Repeated, Different bool
	TrackURL            string
	Received            []word
}

func (askedPage) template() string { return "asked" }

// ask hands a question to the desk. What it shows is sent only after the
// question is kept for good.
func (s *Site) ask(v *visit) error {
	values, err := gate.ReadBody(v.w, v.r, gate.FormMax)
	if err != nil {
		return s.boxError(v, err)
	}
	token, raw, wanted := values.Get("token"), message(values), values.Get("receipt") != "no"
	nonce, err := s.forms.Check(token)
	if err != nil {
		return s.askRefused(v, raw, token, wanted, nonce, err)
	}
	receipt := s.forms.Receipt(nonce)
	asked, err := s.intake.Ask(v.r.Context(), nonce, receipt, raw)
	if err != nil {
		return s.askAgain(v, raw, token, wanted, err)
	}
	d := s.newAskedPage(v, receipt, wanted)
	d.Repeated, d.Different = asked.Repeated, asked.Different
	if !asked.Different {
		d.Received = masked(v.words, asked.Text.String())
	}
	d.switchForm("/ask", field{"token", token}, field{"text", publish.Plain(asked.Text.String())}, field{"receipt", yesNo(wanted)})
	return s.reply(v, http.StatusOK, d)
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func (s *Site) newAskedPage(v *visit, receipt desk.Receipt, wanted bool) *askedPage {
	d := &askedPage{frame: s.newFrame(v.words, s.site(v.r.Context()), "")}
	d.Title, d.NoIndex = d.T("ask.done.title"), true
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

// askRefused deals with a token that did not pass. An expired one may belong
// to a question that was kept while its answer got lost: then the person gets
// that answer. An early one is shown again as it is, so that it may age;
// otherwise there is a fresh one.
func (s *Site) askRefused(v *visit, raw desk.Raw, token string, wanted bool, nonce [16]byte, refused error) error {
	var e *desk.Error
	if !errors.As(refused, &e) {
		return refused
	}
	if e.Key == "error.form.expired" {
		receipt := s.forms.Receipt(nonce)
		if _, err := s.intake.Track(v.r.Context(), receipt); err == nil {
			d := s.newAskedPage(v, receipt, wanted)
			d.Repeated = true
			return s.reply(v, http.StatusOK, d)
		}
	}
	if e.Key != "error.form.early" {
		fresh, err := s.forms.Issue()
		if err != nil {
			return err
		}
		token = fresh
	}
	return s.askAgain(v, raw, token, wanted, refused)
}

// askAgain shows the form again with the words kept and what was wrong.
func (s *Site) askAgain(v *visit, raw desk.Raw, token string, wanted bool, wrong error) error {
	kind := desk.KindOf(wrong)
	if kind == desk.Internal {
		return wrong
	}
	seen, err := s.intake.Look(v.r.Context(), raw, 1)
	if err != nil {
		// Nothing of the message is fit to be shown in the form, so the box
		// says what was wrong with it.
		return s.boxError(v, err)
	}
	d := &askView{frame: s.newFrame(v.words, s.site(v.r.Context()), "")}
	d.Title, d.NoIndex = d.T("site.error_title", "Page", d.T("ask.title")), true
	d.Problem = d.Error(wrong)
	d.Ask = s.newAskForm(v, &d.frame, seen, token)
	d.Ask.Problem, d.Ask.Receipt = d.Problem, wanted
	d.switchForm("/ask", field{"token", token}, field{"text", d.Ask.Text}, field{"receipt", yesNo(wanted)})
	return s.reply(v, gate.Status(kind), d)
}

type trackView struct {
	frame
	Problem string
}

func (trackView) template() string { return "track" }

func (s *Site) trackForm(v *visit) error { return s.showTrack(v, nil) }

func (s *Site) showTrack(v *visit, wrong error) error {
	d := &trackView{frame: s.newFrame(v.words, s.site(v.r.Context()), "/track")}
	d.Title, d.NoIndex = d.T("track.title"), true
	status := http.StatusOK
	if wrong != nil {
		d.Problem, status = d.Error(wrong), gate.Status(desk.KindOf(wrong))
		d.Title = d.T("site.error_title", "Page", d.Title)
	}
	s.switchLink(&d.frame)
	return s.reply(v, status, d)
}

// codeOf reads the receipt of a form.
func codeOf(v *visit) (receipt desk.Receipt, confirmed bool, err error) {
	values, err := gate.ReadBody(v.w, v.r, codeLimit)
	if err != nil {
		return receipt, false, err
	}
	receipt, err = desk.ReadReceipt(values.Get("code"))
	return receipt, values.Get("confirm") == "yes", err
}

type trackedView struct {
	frame
	Problem, State, StateText, Wording, Banner, Code string
	Check                                            *card
	// Contest says that the receipt is of a contest; Answer is the desk's.
	Contest    bool
	Answer     []string
	AnswerLang string
	Outside    string
}

func (trackedView) template() string { return "tracked" }

func (s *Site) track(v *visit) error {
	receipt, _, err := codeOf(v)
	if err != nil {
		return s.trackError(v, err)
	}
	return s.showTracked(v, receipt, nil)
}

// trackError shows what was wrong with a code above the field it came from.
func (s *Site) trackError(v *visit, err error) error {
	switch desk.KindOf(err) {
	case desk.Invalid, desk.NotFound, desk.TooLarge:
		return s.showTrack(v, err)
	}
	return err
}

func (s *Site) showTracked(v *visit, receipt desk.Receipt, wrong error) error {
	t, err := s.intake.Track(v.r.Context(), receipt)
	if err != nil {
		return s.trackError(v, err)
	}
	d := &trackedView{frame: s.newFrame(v.words, s.site(v.r.Context()), ""), Code: receipt.Code()}
	d.Title, d.NoIndex = d.T("track.result.title"), true
	d.Wording = publish.Plain(t.Wording)
	d.State, d.StateText = stateWords(v.words, t)
	if t.Contest != nil {
		t.Check = d.contest(*t.Contest)
	}
	if t.Check != nil {
		c := newCard(v.words, *t.Check, t.Check.Version, nil)
		d.Check = &c
		d.Banner = checkBanner(v.words, t.Check.Version)
	}
	d.switchForm("/track", field{"code", d.Code})
	status := http.StatusOK
	if wrong != nil {
		d.Problem, status = d.Error(wrong), gate.Status(desk.KindOf(wrong))
		d.Title = d.T("site.error_title", "Page", d.Title)
	}
	return s.reply(v, status, d)
}

// contest shows a receipt's contest instead of a question.
func (d *trackedView) contest(t intake.TrackedContest) *catalog.Entry {
	d.Title, d.Contest = d.T("track.contest.title"), true
	d.State, d.StateText = contestWords(d.Words, t)
	d.Answer, d.AnswerLang = paragraphs(publish.Plain(t.Answer)), passage(d.Words, t.AnswerLang)
	if t.Outside != "" {
		d.Outside = d.T("after.outcome.outside", "Who", publish.Plain(t.Outside))
	}
	if t.Check.Check.ID == "" {
		return nil
	}
	return &t.Check
}

// checkBanner says of a check that it was corrected or withdrawn.
func checkBanner(words *lang.Words, v desk.Version) string {
	switch v.Act {
	case desk.Correct:
		return words.T("check.correction", "Date", words.Date(v.Published))
	case desk.Withdraw:
		return words.T("check.withdrawn", "Date", words.Date(v.Published))
	}
	return ""
}

func stateWords(words *lang.Words, t intake.Tracked) (state, text string) {
	switch t.State {
	case desk.Checking:
		return words.T("track.state.checking"), words.T("track.state.checking_text")
	case desk.Answered:
		return words.T("track.state.answered"), words.T("track.state.answered_text")
	case desk.Closed:
		if t.ClosedAs.Valid() {
			return words.T("track.state.closed"), words.T("track.state.closed_as",
				"Reason", words.NotRated(t.ClosedAs), "Meaning", words.NotRatedMeaning(t.ClosedAs))
		}
		return words.T("track.state.closed"), words.T("track.state.closed_text", "Count", desk.OpenDays)
	}
	return words.T("track.state.waiting"), words.T("track.state.waiting_text")
}

type withdrawnView struct {
	frame
	BackupDays int
}

func (withdrawnView) template() string { return "withdrawn" }

func (s *Site) withdraw(v *visit) error {
	receipt, confirmed, err := codeOf(v)
	if err != nil {
		return s.trackError(v, err)
	}
	if !confirmed {
		return s.showTracked(v, receipt, &desk.Error{Kind: desk.Invalid, Op: "withdraw", Key: "error.ask.confirm"})
	}
	if err := s.intake.Withdraw(v.r.Context(), receipt); err != nil {
		return s.trackError(v, err)
	}
	d := &withdrawnView{frame: s.newFrame(v.words, s.site(v.r.Context()), "/track"), BackupDays: BackupDays}
	d.Title, d.NoIndex = d.T("track.withdrawn.title"), true
	s.switchLink(&d.frame)
	return s.reply(v, http.StatusOK, d)
}
