package api

import (
	"context"
	"errors"
	"net/http"

	"sangto/internal/desk"
	"sangto/internal/gate"
	"sangto/internal/intake"
	"sangto/internal/publish"
)

type lookupRequest struct {
	Text words `json:"text" doc:"One message, as it came: up to 64 KiB"`
}

type lookupInput struct{ Body body[lookupRequest] }

// Difference is one thing that the message and a claim say differently.
type Difference struct {
	Kind    string `json:"kind" enum:"number,date,negation,opposite"`
	Message string `json:"message" doc:"What the message says; empty where it says nothing"`
	Claim   string `json:"claim" doc:"What the claim says; empty where it says nothing"`
	Words   Said   `json:"words" doc:"The difference in a sentence"`
}

// Candidate is a check that answers a text or may answer it.
type Candidate struct {
	Check   Check        `json:"check"`
	Differs []Difference `json:"differs" nullable:"false" doc:"Numbers, dates and negations in which the text and the claim differ. Show them: a check of two metres does not answer a message of eight"`
}

type lookupOutput struct {
	Body struct {
		Text       string      `json:"text" doc:"The text as it was read, personal identifiers replaced by placeholders"`
		Outcome    string      `json:"outcome" enum:"answer,candidates,none" doc:"none says only that no desk here has checked it, not whether it is true"`
		Answer     *Candidate  `json:"answer,omitempty" doc:"The check that answers the text"`
		Candidates []Candidate `json:"candidates" nullable:"false" doc:"What else may answer it, or, where none does, what is nearest"`
	}
}

type tokenOutput struct {
	Body struct {
		Token   string `json:"token" doc:"Good for one question or one contest"`
		NotFor  int    `json:"not_before" doc:"Seconds that must pass before it is taken"`
		Expires int    `json:"expires" doc:"Seconds after which it is taken no more"`
	}
}

type askRequest struct {
	Token   string `json:"token" doc:"From a call of token; the same token with the same text may be sent again until an answer arrives, and counts once"`
	Text    words  `json:"text" doc:"The question, up to 2,000 characters after redaction"`
	Receipt bool   `json:"receipt,omitempty" doc:"Whether a receipt is wanted"`
}

type askInput struct{ Body body[askRequest] }

// Redaction says how many identifiers of one kind were taken out.
type Redaction struct {
	Kind  string `json:"kind"`
	Count int    `json:"count"`
}

type askOutput struct {
	Body struct {
		Text       string      `json:"text" doc:"What was kept; empty where an earlier question stands"`
		Redactions []Redaction `json:"redactions" nullable:"false" doc:"What was taken out before anything was written"`
		Repeated   bool        `json:"repeated" doc:"This token was used before: the first question stands"`
		Different  bool        `json:"different" doc:"The repeated call carried other words, which were not kept"`
		Receipt    string      `json:"receipt,omitempty" doc:"The only way back to the question. Whoever holds it can read the answer and withdraw"`
		Days       int         `json:"days" doc:"Days that the words are kept at most"`
	}
}

type contestRequest struct {
	Token   string `json:"token" doc:"From a call of token"`
	Kind    string `json:"kind" enum:"contest,reply" doc:"contest says that the check is wrong; reply is the word of somebody it concerns, to be shown on its page"`
	Text    words  `json:"text" doc:"Up to 2,000 characters after redaction"`
	Receipt bool   `json:"receipt,omitempty" doc:"Whether a receipt is wanted"`
}

type contestInput struct {
	ID   string `path:"id" doc:"Id of a check"`
	Body body[contestRequest]
}

type codeRequest struct {
	Receipt string `json:"receipt" doc:"A receipt, as it was given or typed"`
}

type trackInput struct{ Body body[codeRequest] }

type trackOutput struct {
	Body struct {
		State    string   `json:"state" enum:"waiting,checking,answered,closed" doc:"As of the last daily change; of a contest see contest"`
		Wording  string   `json:"wording,omitempty" doc:"The claim in the desk's words, never the asker's"`
		ClosedAs *Term    `json:"closed_as,omitempty" doc:"Why it was closed without a check"`
		Check    *Check   `json:"check,omitempty" doc:"The check that answers it, as it stands today"`
		Contest  *Contest `json:"contest,omitempty" doc:"Set instead where the receipt is of a contest or a reply"`
	}
}

// Contest is what became of a contest or a reply.
type Contest struct {
	Kind    string `json:"kind" enum:"contest,reply"`
	State   string `json:"state" enum:"waiting,upheld,declined,shown,returned,lapsed"`
	Due     string `json:"due" format:"date" doc:"Last day on which an answer is in time"`
	Answer  string `json:"answer,omitempty"`
	Lang    string `json:"lang,omitempty"`
	Outside string `json:"outside,omitempty" doc:"Who outside the desk decided"`
}

type withdrawRequest struct {
	Receipt string `json:"receipt" doc:"A receipt"`
	Confirm bool   `json:"confirm" doc:"Must be true: the question and its words are deleted at once and the receipt opens nothing afterwards"`
}

type withdrawInput struct{ Body body[withdrawRequest] }

type withdrawOutput struct {
	Body struct {
		Withdrawn bool `json:"withdrawn"`
	}
}

// writers registers what takes a text or a code.
func (a *API) writers() {
	post := func(id, path, summary, text string) operation {
		return operation{id: id, method: http.MethodPost, path: path, summary: summary, text: text}
	}
	register(a, post("lookup", "/lookup", "Look a text up", "One text a call, in the lane of the page: 30 a minute for one network. Nothing is written down, and the answer carries no score: an answer is shown as the answer only if it is one."), a.lookup)
	register(a, post("token", "/token", "Take a token", "A question and a contest need a token that is at least five seconds and at most two hours old. It makes sending them twice harmless."), a.token)
	register(a, post("ask", "/ask", "Ask the desk", "Returns only after the question is kept for good."), a.ask)
	register(a, post("contest", "/checks/{id}/contest", "Contest a check or reply to it", "Without an account and without saying who. The desk owes an answer within seven working days."), a.contest)
	register(a, post("track", "/track", "Come back with a receipt", "Wrong, old and unknown codes get one answer."), a.track)
	register(a, post("withdraw", "/withdraw", "Withdraw a question or a contest", "Deletes it at once."), a.withdraw)
}

func (a *API) lookup(ctx context.Context, in *lookupInput) (*lookupOutput, error) {
	if in.Body.err != nil {
		return nil, in.Body.err
	}
	seen, err := a.intake.Look(ctx, in.Body.value.Text.Raw, intake.ShownMost)
	if err != nil {
		return nil, err
	}
	out := &lookupOutput{}
	b := &out.Body
	b.Text, b.Outcome, b.Candidates = publish.Plain(seen.Text.String()), string(seen.Outcome), []Candidate{}
	if seen.Answer.Answer != nil {
		answer := a.candidate(*seen.Answer.Answer)
		b.Answer = &answer
	}
	for _, c := range seen.Shown() {
		b.Candidates = append(b.Candidates, a.candidate(c))
	}
	return out, nil
}

func (a *API) candidate(c intake.Candidate) Candidate {
	out := Candidate{Check: a.check(c.Entry, c.Version), Differs: []Difference{}}
	for _, d := range c.Differences {
		message, claim := publish.Plain(d.Message), publish.Plain(d.Claim)
		out.Differs = append(out.Differs, Difference{
			Kind: d.Kind, Message: message, Claim: claim,
			Words: Said{VI: a.vi.Differs(message, claim, d.Kind), EN: a.en.Differs(message, claim, d.Kind)},
		})
	}
	return out
}

func (a *API) token(context.Context, *struct{}) (*tokenOutput, error) {
	token, err := a.forms.Issue()
	if err != nil {
		return nil, err
	}
	out := &tokenOutput{}
	out.Body.Token, out.Body.NotFor, out.Body.Expires = token, int(gate.FormMinAge.Seconds()), int(gate.FormMaxAge.Seconds())
	return out, nil
}

func (a *API) ask(ctx context.Context, in *askInput) (*askOutput, error) {
	if in.Body.err != nil {
		return nil, in.Body.err
	}
	r := in.Body.value
	return a.send(ctx, r.Token, r.Receipt, func(t intake.Tracked) bool { return t.Contest == nil },
		func(nonce [16]byte, receipt desk.Receipt) (intake.Asked, error) {
			return a.intake.Ask(ctx, nonce, receipt, r.Text.Raw)
		}, desk.TextDays)
}

func (a *API) contest(ctx context.Context, in *contestInput) (*askOutput, error) {
	if in.Body.err != nil {
		return nil, in.Body.err
	}
	if _, err := a.catalog.Check(ctx, in.ID); err != nil {
		return nil, err
	}
	r := in.Body.value
	return a.send(ctx, r.Token, r.Receipt, func(t intake.Tracked) bool { return t.Contest != nil },
		func(nonce [16]byte, receipt desk.Receipt) (intake.Asked, error) {
			return a.intake.Contest(ctx, nonce, receipt, in.ID, desk.ContestKind(r.Kind), r.Text.Raw)
		}, desk.ContestDays)
}

// send hands something to the desk under a token. An expired token may belong
// to something that was kept while its answer got lost; mine tells from what
// its receipt opens whether it is of the same sort, and then the first stands.
func (a *API) send(ctx context.Context, token string, wanted bool, mine func(intake.Tracked) bool,
	keep func([16]byte, desk.Receipt) (intake.Asked, error), days int,
) (*askOutput, error) {
	nonce, err := a.forms.Check(token)
	var sent intake.Asked
	receipt := a.forms.Receipt(nonce)
	switch {
	case err == nil:
		if sent, err = keep(nonce, receipt); err != nil {
			return nil, err
		}
	case expired(err):
		t, trackErr := a.intake.Track(ctx, receipt)
		if trackErr != nil || !mine(t) {
			return nil, err
		}
		sent.Repeated = true
	default:
		return nil, err
	}
	out := &askOutput{}
	b := &out.Body
	b.Repeated, b.Different, b.Days, b.Redactions = sent.Repeated, sent.Different, days, []Redaction{}
	if !sent.Different {
		b.Text = publish.Plain(sent.Text.String())
	}
	for _, r := range sent.Redactions {
		b.Redactions = append(b.Redactions, Redaction(r))
	}
	if wanted {
		b.Receipt = receipt.Code()
	}
	return out, nil
}

func expired(err error) bool {
	var e *desk.Error
	return errors.As(err, &e) && e.Key == "error.form.expired"
}

func (a *API) track(ctx context.Context, in *trackInput) (*trackOutput, error) {
	receipt, err := a.receipt(in.Body.value.Receipt, in.Body.err)
	if err != nil {
		return nil, err
	}
	t, err := a.intake.Track(ctx, receipt)
	if err != nil {
		return nil, err
	}
	out := &trackOutput{}
	b := &out.Body
	b.State, b.Wording = string(t.State), publish.Plain(t.Wording)
	if t.ClosedAs.Valid() {
		b.ClosedAs = &Term{string(t.ClosedAs), a.vi.NotRated(t.ClosedAs), a.en.NotRated(t.ClosedAs)}
	}
	if c := t.Contest; c != nil {
		b.State = string(desk.Waiting)
		if c.State != desk.ContestWaiting {
			b.State = string(desk.Closed)
		}
		b.Contest = &Contest{
			Kind: string(c.Kind), State: string(c.State), Due: date(c.Due), Answer: publish.Plain(c.Answer), Lang: c.AnswerLang, Outside: publish.Plain(c.Outside),
		}
		if c.Check.Check.ID != "" {
			t.Check = &c.Check
		}
	}
	if t.Check != nil {
		check := a.check(*t.Check, t.Check.Version)
		b.Check = &check
	}
	return out, nil
}

// receipt reads the code of a body, unless the body had something wrong.
func (a *API) receipt(code string, wrong error) (desk.Receipt, error) {
	if wrong != nil {
		return desk.Receipt{}, wrong
	}
	return desk.ReadReceipt(code)
}

func (a *API) withdraw(ctx context.Context, in *withdrawInput) (*withdrawOutput, error) {
	receipt, err := a.receipt(in.Body.value.Receipt, in.Body.err)
	if err != nil {
		return nil, err
	}
	if !in.Body.value.Confirm {
		return nil, &desk.Error{Kind: desk.Invalid, Op: "withdraw", Key: "error.ask.confirm"}
	}
	if err := a.intake.Withdraw(ctx, receipt); err != nil {
		return nil, err
	}
	out := &withdrawOutput{}
	out.Body.Withdrawn = true
	return out, nil
}
