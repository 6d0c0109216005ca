package web

import (
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"sangto/internal/catalog"
	"sangto/internal/desk"
	"sangto/internal/gate"
	"sangto/internal/lang"
)

func notFound(op string) error {
	return &desk.Error{Kind: desk.NotFound, Op: op, Key: "error.not_found"}
}

// problem is what a problem page is made from.
type problem struct {
	kind desk.ErrorKind
	// status replaces the kind's, for failures that are HTTP's own.
	status    int
	err       error
	reference string
	// retry is the form to send again, its fields unread.
	retry *retryForm
}

// retryForm carries a form that was refused for want of room back to its
// sender, to be sent again with one press.
type retryForm struct {
	Action string
	Fields []field
}

// Refuse answers a request that the gate turned away. It is the Refuse of
// gate.Config.
func (s *Site) Refuse(w http.ResponseWriter, r *http.Request, err error) {
	v := &visit{w: w, r: r, words: s.wordsOf(r)}
	if s.seats != nil && strings.HasPrefix(r.URL.Path, "/desk/") {
		s.refuseDesk(v, err)
		return
	}
	p := s.problemOf(v, err)
	if p.kind == desk.TooMany || p.kind == desk.Unavailable {
		p.retry = again(w, r)
	}
	s.finish(v, p)
}

// again reads the fields of a refused form so that nothing a person wrote is
// lost. They are not looked at, and go nowhere but back to whoever sent them.
func again(w http.ResponseWriter, r *http.Request) *retryForm {
	if r.Method != http.MethodPost {
		return nil
	}
	values, err := gate.ReadBody(w, r, gate.FormMax)
	if err != nil {
		return nil
	}
	form := &retryForm{Action: r.URL.Path}
	for _, name := range []string{"token", "text", "receipt", "code", "confirm", "kind"} {
		for _, value := range values[name] {
			form.Fields = append(form.Fields, field{name, value})
		}
	}
	return form
}

// show turns an error into a page. It is the only function that does.
func (s *Site) show(v *visit, err error) { s.finish(v, s.problemOf(v, err)) }

// problemOf decides what to say of an error, and logs what is our failure.
func (s *Site) problemOf(v *visit, err error) problem {
	p := problem{kind: desk.KindOf(err), err: err}
	if p.kind != desk.Internal {
		return p
	}
	var e *desk.Error
	if errors.As(err, &e) {
		// A panic: the gate has logged it, and its sentence gives the number.
		if e.Args["ID"] != nil {
			return p
		}
	}
	p.reference = rand.Text()[:8]
	s.logger.LogAttrs(v.r.Context(), slog.LevelError, "a page failed",
		slog.String("id", p.reference), slog.String("route", v.r.Pattern), slog.Any("error", err))
	return p
}

func (s *Site) finish(v *visit, p problem) {
	if err := s.showProblem(v, p); err != nil {
		v.w.WriteHeader(http.StatusInternalServerError)
	}
}

func (s *Site) showProblem(v *visit, p problem) error {
	data := s.problemData(v.words, s.site(v.r.Context()), p)
	data.Wait = waitSentence(v, p)
	body, err := s.pages.render(data)
	if err != nil {
		return err
	}
	status := p.status
	if status == 0 {
		status = gate.Status(p.kind)
	}
	return send(v.w, status, body)
}

// problemPage renders a problem away from any request.
func (s *Site) problemPage(words *lang.Words, site catalog.Site, p problem) ([]byte, error) {
	return s.pages.render(s.problemData(words, site, p))
}

// problemView is the page of a failure.
type problemView struct {
	frame
	Heading, Sentence, More, Wait, Reference string
	Retry                                    *retryForm
}

func (problemView) template() string { return "problem" }

func (s *Site) problemData(words *lang.Words, site catalog.Site, p problem) *problemView {
	data := &problemView{frame: s.newFrame(words, site, ""), Retry: p.retry}
	data.Heading, data.Sentence, data.More = explain(words, p)
	data.Title, data.NoIndex = data.Heading, true
	data.Switch = &langSwitch{Tag: otherTag(words.Tag()), Label: words.T("site.switch"), Href: href(otherTag(words.Tag()), "/")}
	if p.reference != "" {
		data.Reference = words.T("problem.reference", "Reference", p.reference)
	}
	return data
}

// explain gives the heading, the sentence and what more there is to say.
func explain(words *lang.Words, p problem) (heading, sentence, more string) {
	if p.status == http.StatusMethodNotAllowed {
		return words.T("problem.title.method"), words.T("problem.method.text"), ""
	}
	var e *desk.Error
	if errors.As(p.err, &e) && e.Key == "error.identity" {
		return words.T("problem.title.identity"), words.Error(p.err), words.T("problem.identity.more")
	}
	return words.T(headingKey(p.kind)), words.Error(p.err), ""
}

func headingKey(kind desk.ErrorKind) string {
	switch kind {
	case desk.Invalid:
		return "problem.title.invalid"
	case desk.NotFound:
		return "problem.title.not_found"
	case desk.Conflict:
		return "problem.title.conflict"
	case desk.Forbidden, desk.Unauthenticated:
		return "problem.title.forbidden"
	case desk.TooMany:
		return "problem.title.too_many"
	case desk.TooLarge:
		return "problem.title.too_large"
	case desk.Unavailable:
		return "problem.title.unavailable"
	}
	return "problem.title.internal"
}

// waitSentence repeats the Retry-After header in words, unless the error's own
// sentence names the time.
func waitSentence(v *visit, p problem) string {
	var e *desk.Error
	if errors.As(p.err, &e) && e.Args["Seconds"] != nil {
		return ""
	}
	seconds, err := strconv.Atoi(v.w.Header().Get("Retry-After"))
	if err != nil || seconds < 1 {
		return ""
	}
	return v.words.T("problem.wait", "Count", seconds)
}
