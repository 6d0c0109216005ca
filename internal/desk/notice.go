package desk

import (
	"encoding/json"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// NoticeKind is what a service notice is about.
type NoticeKind string

// The kinds. The list is closed: whatever is none of these is no service
// notice, however urgent somebody finds it.
const (
	WeatherNotice      NoticeKind = "weather"
	WaterNotice        NoticeKind = "water"
	PowerNotice        NoticeKind = "power"
	TransportNotice    NoticeKind = "transport"
	HealthHoursNotice  NoticeKind = "health_hours"
	OpeningHoursNotice NoticeKind = "opening_hours"
	RecallNotice       NoticeKind = "recall"
	RoadNotice         NoticeKind = "road"
)

// NoticeKinds lists the kinds in the order a form offers them.
func NoticeKinds() []NoticeKind {
	return []NoticeKind{
		WeatherNotice, WaterNotice, PowerNotice, TransportNotice, HealthHoursNotice, OpeningHoursNotice, RecallNotice, RoadNotice,
	}
}

// Valid reports whether k is a known kind.
func (k NoticeKind) Valid() bool {
	for _, w := range NoticeKinds() {
		if k == w {
			return true
		}
	}
	return false
}

// NoticeAct is what a version of a notice does.
type NoticeAct string

// The acts. A cancelled notice keeps its wording, so that readers see what no
// longer holds.
const (
	IssueNotice  NoticeAct = "issue"
	UpdateNotice NoticeAct = "update"
	CancelNotice NoticeAct = "cancel"
)

// Valid reports whether a is a known act.
func (a NoticeAct) Valid() bool { return a == IssueNotice || a == UpdateNotice || a == CancelNotice }

// How long and how many. They are constants and not options, and the schema
// holds bare SQL to them.
const (
	// NoticeLife is the longest a notice stands, from its first version on, and
	// the longest span it may speak of. Updates do not prolong it.
	NoticeLife = 72 * time.Hour
	// NoticesStanding is how many notices may stand at a time, of all desks that
	// work here together.
	NoticesStanding = 3
	// NoticeProposalDays is how long a proposal waits: what it proposes is over
	// by then.
	NoticeProposalDays = 3
)

// The longest parts of a notice, in characters.
const (
	NoticeTextMax   = 300
	NoticeSourceMax = 200
)

// NoticeText is what a notice says in one language.
type NoticeText struct {
	What  string `json:"what"`
	Where string `json:"where"`
	ToDo  string `json:"todo"`
}

// Empty reports whether nothing is said.
func (t NoticeText) Empty() bool { return !filled(t.What) && !filled(t.Where) && !filled(t.ToDo) }

func (t NoticeText) complete() bool { return filled(t.What) && filled(t.Where) && filled(t.ToDo) }

func (t NoticeText) fits() bool {
	return short(t.What, NoticeTextMax) && short(t.Where, NoticeTextMax) && short(t.ToDo, NoticeTextMax)
}

// Notice is one version of a service notice: a short-lived statement by a named
// body, which the desk passes on and has not checked. Versions are append-only.
type Notice struct {
	ID, DeskID string
	Number     int
	Act        NoticeAct
	Kind       NoticeKind
	VI, EN     NoticeText
	// Source is the name of the body whose statement this is, SourceURL where it
	// was made, empty if it has no address, and Contact where the body answers.
	Source, SourceURL, Contact string
	// From and Until are the span the notice speaks of: UTC, whole minutes. At
	// Until it is over by itself.
	From, Until time.Time
	// Note says why an update or a cancellation was made.
	Note Wording
	// Alert is the alert a member attached as evidence, nil if none.
	Alert *Alert
	// Named says that the gate suspected a name and the proposer declared that no
	// private person is named.
	Named  bool
	SHA256 string
	// Issued is when the first version came out and Published when this one did:
	// UTC, whole microseconds.
	Issued, Published time.Time
	Keys              Keys
}

// Text returns what the notice says in a language and the language it is really
// in: the other one where nothing was written in this.
func (n Notice) Text(tag string) (text NoticeText, in string) {
	own, other, otherTag := n.VI, n.EN, "en"
	if tag == "en" {
		own, other, otherTag = n.EN, n.VI, "vi"
	}
	if own.Empty() && !other.Empty() {
		return other, otherTag
	}
	return own, tag
}

// Standing reports whether this version, if it is the newest, stands at a
// moment: it is out, not cancelled and not over.
func (n Notice) Standing(now time.Time) bool {
	return n.Act != CancelNotice && !now.Before(n.Published) && now.Before(n.Until)
}

// Ahead reports whether the span the notice speaks of has not begun.
func (n Notice) Ahead(now time.Time) bool { return now.Before(n.From) }

// State is where the notice stands at a moment, as the table of roles names it.
func (n Notice) State(now time.Time) ObjectState {
	if n.Standing(now) {
		return NoticeStanding
	}
	return NoticeOver
}

// Alert is what is shown of a CAP 1.2 alert (OASIS Common Alerting Protocol): the
// fields that say who warns of what, where and when. It is evidence of what a body
// said; none is ever made here.
type Alert struct {
	Identifier string    `json:"identifier"`
	Sender     string    `json:"sender"`
	SenderName string    `json:"sender_name"`
	Sent       time.Time `json:"sent"`
	Lang       string    `json:"lang"`
	Event      string    `json:"event"`
	Urgency    string    `json:"urgency"`
	Severity   string    `json:"severity"`
	Certainty  string    `json:"certainty"`
	Area       string    `json:"area"`
	// Onset and Expires are zero where the alert gives none.
	Onset   time.Time `json:"onset"`
	Expires time.Time `json:"expires"`
	// SHA256 is the hash, in hex, of the file that was attached.
	SHA256 string `json:"sha256"`
}

// NoticeBytes are the canonical bytes of a version, over which its hash is taken
// and on which two members agree: JSON in the manner of PageBytes, times as
// seconds since 1970.
func NoticeBytes(n Notice) []byte {
	return canonical(noticeJSON{
		n.DeskID, n.ID, n.Number, n.Act, n.Kind, n.VI, n.EN, n.Source, n.SourceURL, n.Contact,
		n.From.Unix(), n.Until.Unix(), n.Note.VI, n.Note.EN, n.Alert, n.Named,
	})
}

type noticeJSON struct {
	Desk      string     `json:"desk"`
	Notice    string     `json:"notice"`
	Number    int        `json:"number"`
	Act       NoticeAct  `json:"act"`
	Kind      NoticeKind `json:"kind"`
	VI        NoticeText `json:"vi"`
	EN        NoticeText `json:"en"`
	Source    string     `json:"source"`
	SourceURL string     `json:"source_url"`
	Contact   string     `json:"contact"`
	From      int64      `json:"from"`
	Until     int64      `json:"until"`
	NoteVI    string     `json:"note_vi"`
	NoteEN    string     `json:"note_en"`
	Alert     *Alert     `json:"alert"`
	Named     bool       `json:"named"`
}

// ReadNotice reads NoticeBytes back. When it came out and by whose keys is not in
// them.
func ReadNotice(b []byte) (Notice, error) {
	var c noticeJSON
	if err := json.Unmarshal(b, &c); err != nil {
		return Notice{}, &Error{Kind: Internal, Op: "read notice", Err: err}
	}
	return Notice{
		DeskID: c.Desk, ID: c.Notice, Number: c.Number, Act: c.Act, Kind: c.Kind, VI: c.VI, EN: c.EN,
		Source: c.Source, SourceURL: c.SourceURL, Contact: c.Contact, From: time.Unix(c.From, 0).UTC(), Until: time.Unix(c.Until, 0).UTC(),
		Note: Wording{VI: c.NoteVI, EN: c.NoteEN}, Alert: c.Alert, Named: c.Named, SHA256: HashBytes(b),
	}, nil
}

// CheckNotice reports the first rule that a version breaks if it comes out now.
// before is the version it follows, nil for the first.
func CheckNotice(n Notice, before *Notice, now time.Time) error {
	if err := follows(n, before, now); err != nil {
		return err
	}
	if err := checkNoticeWords(n); err != nil {
		return err
	}
	return checkNoticeSpan(n, before, now)
}

// follows holds a version to the one before it.
func follows(n Notice, before *Notice, now time.Time) error {
	const op = "check notice"
	switch {
	case !n.Act.Valid(), (before == nil) != (n.Act == IssueNotice):
		return &Error{Kind: Conflict, Op: op, Key: "error.stale"}
	case before == nil:
		return nil
	case n.DeskID != before.DeskID, n.ID != before.ID, n.Number != before.Number+1:
		return &Error{Kind: Conflict, Op: op, Key: "error.stale"}
	case !before.Standing(now):
		return &Error{Kind: Conflict, Op: op, Key: "error.notice.over"}
	case n.Source != before.Source:
		return invalid(op, "error.notice.other_source")
	case n.Note.Empty():
		return invalid(op, "error.notice.note")
	}
	return nil
}

func checkNoticeWords(n Notice) error {
	const op = "check notice"
	switch {
	case !n.Kind.Valid():
		return invalid(op, "error.notice.kind")
	case n.VI.Empty() && n.EN.Empty(), !n.VI.Empty() && !n.VI.complete(), !n.EN.Empty() && !n.EN.complete():
		return invalid(op, "error.notice.words")
	case !n.VI.fits(), !n.EN.fits(), !short(n.Note.VI, NoticeTextMax), !short(n.Note.EN, NoticeTextMax):
		return &Error{Kind: Invalid, Op: op, Key: "error.notice.long", Args: map[string]any{"Max": NoticeTextMax}}
	case !oneLine(n.Source):
		return &Error{Kind: Invalid, Op: op, Key: "error.notice.source", Args: map[string]any{"Max": NoticeSourceMax}}
	case !oneLine(n.Contact):
		return &Error{Kind: Invalid, Op: op, Key: "error.notice.contact", Args: map[string]any{"Max": NoticeSourceMax}}
	case n.SourceURL != "" && (!WebAddress(n.SourceURL) || len(n.SourceURL) > SourceURLMax):
		return invalid(op, "error.notice.url")
	}
	return nil
}

// oneLine reports whether s is a name: something on one line, not too long.
func oneLine(s string) bool {
	return filled(s) && utf8.RuneCountInString(s) <= NoticeSourceMax && !strings.ContainsFunc(s, unicode.IsControl)
}

// checkNoticeSpan holds the span to NoticeLife, counted from the first version.
func checkNoticeSpan(n Notice, before *Notice, now time.Time) error {
	const op = "check notice"
	issued := now
	if before != nil {
		issued = before.Issued
	}
	switch {
	case !n.From.Before(n.Until), n.From.Unix()%60 != 0, n.Until.Unix()%60 != 0:
		return invalid(op, "error.notice.span")
	case !now.Before(n.Until):
		return invalid(op, "error.notice.past")
	case n.Until.Sub(n.From) > NoticeLife, n.Until.Sub(issued) > NoticeLife:
		return &Error{Kind: Invalid, Op: op, Key: "error.notice.life", Args: map[string]any{"Count": int(NoticeLife.Hours())}}
	}
	return nil
}
