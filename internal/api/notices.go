package api

import (
	"context"
	"strconv"
	"time"

	"sangto/internal/catalog"
	"sangto/internal/desk"
	"sangto/internal/lang"
	"sangto/internal/publish"
)

// NoticeWords are the words of a service notice in one language.
type NoticeWords struct {
	What  string `json:"what"`
	Where string `json:"where"`
	ToDo  string `json:"to_do" doc:"What a reader can do"`
}

// Notice is a version of a service notice: a short-lived statement by a named
// body, passed on and not checked.
type Notice struct {
	ID        string       `json:"id"`
	URL       string       `json:"url" format:"uri" doc:"Lasting address of its page"`
	Heading   Said         `json:"heading" doc:"Whose statement it is, and that nobody here checked it; shown above it, always"`
	Checked   bool         `json:"checked" doc:"Always false"`
	Number    int          `json:"number" doc:"Number of this version, counted from 1"`
	Act       string       `json:"act" enum:"issue,update,cancel" doc:"What this version did"`
	Standing  bool         `json:"standing" doc:"Whether it is the newest version and in force; a notice ends by itself"`
	Kind      Term         `json:"kind"`
	VI        *NoticeWords `json:"vi,omitempty" doc:"In Vietnamese; at least one language is there"`
	EN        *NoticeWords `json:"en,omitempty" doc:"In English"`
	Source    string       `json:"source" doc:"Name of the body whose statement it is"`
	SourceURL string       `json:"source_url,omitempty" format:"uri"`
	Contact   string       `json:"contact" doc:"Where the body answers"`
	From      time.Time    `json:"from" doc:"Begin of the span it speaks of"`
	Until     time.Time    `json:"until" doc:"End of it; the notice is over then"`
	Note      *Said        `json:"note,omitempty" doc:"Why it was updated or cancelled; a language may be empty"`
	Issued    time.Time    `json:"issued" doc:"When the first version came out"`
	Published time.Time    `json:"published" doc:"When this version came out"`
	SHA256    string       `json:"sha256" doc:"Of its canonical bytes"`
	Desk      Desk         `json:"desk" doc:"Who passes it on, owns and pays"`
}

type noticesInput struct {
	Page number `query:"page" doc:"Of past notices, counted from 1; a page holds 20"`
}

type noticesOutput struct {
	Body struct {
		Page     Page     `json:"page" doc:"Of past notices"`
		Standing []Notice `json:"standing" nullable:"false" doc:"In force, the one that ends first at the top; the same on every page"`
		Past     []Notice `json:"past" nullable:"false" doc:"Over or cancelled, newest first"`
	}
}

type noticeInput struct {
	ID string `path:"id" doc:"Id of a notice"`
}

type noticeVersionInput struct {
	ID     string `path:"id" doc:"Id of a notice"`
	Number number `path:"n" doc:"Number of a version"`
}

type noticeOutput struct {
	Body struct {
		Notice
		Versions []string  `json:"versions" nullable:"false" doc:"Addresses of its versions, oldest first"`
		Waiting  []Due     `json:"waiting" nullable:"false"`
		Outcomes []Outcome `json:"outcomes" nullable:"false"`
	}
}

type noticeVersionsOutput struct {
	Body struct {
		Versions []Notice `json:"versions" nullable:"false" doc:"Oldest first"`
	}
}

type noticeVersionOutput struct{ Body Notice }

// notice shows a version; newest says whether none came after it.
func (a *API) notice(e catalog.NoticeEntry, newest bool, now time.Time) Notice {
	n := e.Notice
	out := Notice{
		ID: n.ID, URL: a.address("/n/" + n.ID), Heading: Said{VI: heading(a.vi, n), EN: heading(a.en, n)},
		Number: n.Number, Act: string(n.Act), Standing: newest && n.Standing(now), Kind: Term{string(n.Kind), a.vi.NoticeKind(n.Kind), a.en.NoticeKind(n.Kind)},
		VI: noticeWords(n.VI), EN: noticeWords(n.EN), Source: publish.Plain(n.Source), Contact: publish.Plain(n.Contact),
		From: n.From, Until: n.Until, Issued: n.Issued, Published: n.Published, SHA256: n.SHA256, Desk: a.deskOf(e.Desk),
	}
	if desk.WebAddress(n.SourceURL) {
		out.SourceURL = n.SourceURL
	}
	if n.Note != (desk.Wording{}) {
		out.Note = &Said{VI: publish.Plain(n.Note.VI), EN: publish.Plain(n.Note.EN)}
	}
	return out
}

func heading(words *lang.Words, n desk.Notice) string {
	l := publish.NoticeHeading(words, n)
	return l.Before + l.Link + l.After
}

func noticeWords(t desk.NoticeText) *NoticeWords {
	if t.Empty() {
		return nil
	}
	return &NoticeWords{What: publish.Plain(t.What), Where: publish.Plain(t.Where), ToDo: publish.Plain(t.ToDo)}
}

func (a *API) notices(ctx context.Context, in *noticesInput) (*noticesOutput, error) {
	n, err := in.Page.read()
	if err != nil {
		return nil, err
	}
	l, err := a.catalog.Notices(ctx, n)
	if err != nil {
		return nil, err
	}
	out := &noticesOutput{}
	b := &out.Body
	b.Page = Page{Number: l.Page, Pages: l.Pages, Total: l.Total}
	if l.Page < l.Pages {
		b.Page.Next = a.address(Base+"/notices") + "?page=" + strconv.Itoa(l.Page+1)
	}
	b.Standing, b.Past = a.noticeList(l.Standing, l.Now), a.noticeList(l.Past, l.Now)
	return out, nil
}

// noticeList shows the newest versions of notices.
func (a *API) noticeList(list []catalog.NoticeEntry, now time.Time) []Notice {
	out := []Notice{}
	for _, e := range list {
		out = append(out, a.notice(e, true, now))
	}
	return out
}

func (a *API) oneNotice(ctx context.Context, in *noticeInput) (*noticeOutput, error) {
	n, err := a.catalog.Notice(ctx, in.ID, 0)
	if err != nil {
		return nil, err
	}
	out := &noticeOutput{}
	b := &out.Body
	b.Notice, b.Versions, b.Waiting, b.Outcomes = a.notice(n.NoticeEntry, true, n.Now), []string{}, []Due{}, []Outcome{}
	for _, v := range n.Versions {
		b.Versions = append(b.Versions, a.address(Base+"/notices/"+n.ID+"/versions/"+strconv.Itoa(v.Number)))
	}
	if n.Waiting.Day != 0 {
		b.Waiting = append(b.Waiting, due(n.Waiting, n.Today))
	}
	for _, c := range n.Outcomes {
		b.Outcomes = append(b.Outcomes, outcome(c))
	}
	return out, nil
}

func (a *API) noticeVersions(ctx context.Context, in *noticeInput) (*noticeVersionsOutput, error) {
	n, err := a.catalog.Notice(ctx, in.ID, 0)
	if err != nil {
		return nil, err
	}
	out := &noticeVersionsOutput{}
	for i, v := range n.Versions {
		one := a.notice(catalog.NoticeEntry{Notice: v, Desk: n.Desk}, i == len(n.Versions)-1, n.Now)
		out.Body.Versions = append(out.Body.Versions, one)
	}
	return out, nil
}

func (a *API) noticeVersion(ctx context.Context, in *noticeVersionInput) (*noticeVersionOutput, error) {
	number, err := in.Number.read()
	if err != nil {
		return nil, err
	}
	n, err := a.catalog.Notice(ctx, in.ID, number)
	if err != nil {
		return nil, err
	}
	return &noticeVersionOutput{Body: a.notice(n.NoticeEntry, number == len(n.Versions), n.Now)}, nil
}
