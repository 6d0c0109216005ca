package desk

import (
	"strings"
	"time"
	"unicode/utf8"
)

// ContestKind says what somebody wants who writes to a desk about a check.
type ContestKind string

// The kinds. A contest says that something in the check is not right; a reply
// is the word of somebody the check concerns, to be shown beside it.
const (
	ContestCheck ContestKind = "contest"
	ReplyToCheck ContestKind = "reply"
)

// Valid reports whether k is a known kind.
func (k ContestKind) Valid() bool { return k == ContestCheck || k == ReplyToCheck }

// ContestState is where a contest stands.
type ContestState string

// The states. Upheld and Declined end a contest, Shown and Returned a reply.
// Lapsed ones were not decided within ContestDays; the page of the check says
// so.
const (
	ContestWaiting  ContestState = "waiting"
	ContestUpheld   ContestState = "upheld"
	ContestDeclined ContestState = "declined"
	ReplyShown      ContestState = "shown"
	ReplyReturned   ContestState = "returned"
	ContestLapsed   ContestState = "lapsed"
)

// EndsAs reports whether a contest of kind k may be decided as s.
func (k ContestKind) EndsAs(s ContestState) bool {
	if k == ContestCheck {
		return s == ContestUpheld || s == ContestDeclined
	}
	return k == ReplyToCheck && (s == ReplyShown || s == ReplyReturned)
}

// Contest is what somebody says of a check or of a service notice, without an
// account and without saying who. Day is the only time kept of it. Text is empty
// as soon as it is decided; what stays is the outcome and the desk's answer.
type Contest struct {
	ID, CheckID, DeskID string
	// NoticeID is set in place of CheckID where a notice is contested. Such a
	// contest has no receipt: the answer stands on the notice's page.
	NoticeID string
	// Number is the version that stood when it came.
	Number int
	Kind   ContestKind
	State  ContestState
	Day    Day
	// Due is the last day on which an answer is in time.
	Due Day
	// JoinedTo names the first contest with the very same words.
	JoinedTo   string
	ReceiptMAC []byte
	TextMAC    []byte
	Text       Text
	Decided    Day
	// Answer is the desk's reasoned answer, in AnswerLang.
	Answer, AnswerLang string
	// Outside names the person outside the desk who decided, where nobody
	// uninvolved was left in it.
	Outside             string
	DecidedBy, SecondBy string
	// DecidedKey and SecondKey are the public names of their approval keys.
	DecidedKey, SecondKey string
}

// Late reports whether the answer is or was not in time.
func (c Contest) Late(today Day) bool {
	if c.State == ContestWaiting {
		return today > c.Due
	}
	return c.State == ContestLapsed || c.Decided > c.Due
}

// Reply is the word of somebody a check concerns, shown on its page and never
// edited. Erased is the day on which it was taken out because it held a private
// person's data, 0 if it stands.
type Reply struct {
	ID, CheckID, DeskID string
	Text                Text
	Day, Erased         Day
}

// Aside is another desk's check on the same claim, shown beside ours, and since
// when.
type Aside struct {
	CheckID, OtherID string
	// Number counts the acts on this pair; odd ones show it.
	Number int
	Shown  bool
	Day    Day
	// Member and Second gave the keys of the newest act.
	MemberID, KeyID, SecondBy, SecondKey string
	// Reason says why it was taken away.
	Reason string
}

// Retention and lengths of contests. They are constants and not options.
const (
	// AnswerDays is how many working days a desk has to answer.
	AnswerDays = 7
	// ContestDays is how long anything of a contester's may be kept.
	ContestDays = 60
	// ContestMax is the longest contest or reply, in characters.
	ContestMax = 2000
	// ContestsMax is how many different contests of one kind a check may have
	// waiting. Equal ones count once.
	ContestsMax = 200
	// ReviewDays is after how many days a check on health or law must have been
	// looked at again, counted from the day its facts held.
	ReviewDays = 180
)

// WorkingDays returns the day that is n working days after d. Monday to Friday
// are working days everywhere; public holidays differ between places and years
// and are not left out, so that everybody can count along.
func WorkingDays(d Day, n int) Day {
	for n > 0 {
		d++
		if w := d.Time().Weekday(); w != time.Saturday && w != time.Sunday {
			n--
		}
	}
	return d
}

// Stale reports whether a check should have been looked at again: the day the
// desk set itself is over, or, where a check on health or law set none, it has
// not been looked at for ReviewDays.
func Stale(v Version, today Day) bool {
	if v.Review != 0 {
		return v.Stale(today)
	}
	if v.Topic != "health" && v.Topic != "law" {
		return false
	}
	return v.Act != Withdraw && v.Act != ImportAct && today-max(v.Published, v.AsOf) > ReviewDays
}

// Decision is how a contest ends.
type Decision struct {
	State      ContestState
	Answer     string
	AnswerLang string
	// NoNames is the member's word that a reply names no private person; a
	// reply is not shown without it.
	NoNames bool
	// Outside names the person outside the desk whose decision this is, where
	// nobody uninvolved is left in it.
	Outside string
}

// CheckDecision reports the first rule that a decision breaks.
func CheckDecision(kind ContestKind, d Decision) error {
	const op = "decide a contest"
	switch {
	case !kind.EndsAs(d.State):
		return invalid(op, "error.contest.outcome")
	case d.State == ReplyShown && !d.NoNames:
		return invalid(op, "error.contest.names")
	case d.State != ReplyShown && strings.TrimSpace(d.Answer) == "":
		return invalid(op, "error.contest.answer")
	case utf8.RuneCountInString(d.Answer) > ContestMax:
		return &Error{Kind: Invalid, Op: op, Key: "error.contest.answer_long", Args: map[string]any{"Max": ContestMax}}
	case utf8.RuneCountInString(d.Outside) > 200:
		return invalid(op, "error.contest.outside")
	}
	return nil
}

// Decider says who may decide a contest of one check.
type Decider uint8

// The ways of deciding.
const (
	// NotYou: you had a part in the check, and somebody else had none.
	NotYou Decider = iota
	// You may decide alone.
	You
	// TwoOfYou: nobody uninvolved is left, so two admins decide, or two
	// members write down what a person outside decided.
	TwoOfYou
)

// DecidedBy says how m may decide, given who of the desk's members had a part
// in the check. Only reviewers and admins decide.
func DecidedBy(m Member, members []Member, involved map[string]bool) Decider {
	if !mayAnswer(m) {
		return NotYou
	}
	if !involved[m.ID] {
		return You
	}
	if Uninvolved(members, involved) {
		return NotYou
	}
	return TwoOfYou
}

// Uninvolved reports whether anybody is left who may decide alone.
func Uninvolved(members []Member, involved map[string]bool) bool {
	for _, m := range members {
		if mayAnswer(m) && !involved[m.ID] {
			return true
		}
	}
	return false
}

func mayAnswer(m Member) bool { return !m.Ended && Allowed(m.Role, AnswerContest, ContestOpen) }

// CanonicalDecision are the bytes of a decision that two members have to agree
// on, bound to its contest.
func CanonicalDecision(contestID string, d Decision) []byte {
	return canonical(struct {
		Contest    string       `json:"contest"`
		State      ContestState `json:"state"`
		Answer     string       `json:"answer"`
		AnswerLang string       `json:"answer_lang"`
		NoNames    bool         `json:"no_names"`
		Outside    string       `json:"outside"`
	}{contestID, d.State, d.Answer, d.AnswerLang, d.NoNames, d.Outside})
}
