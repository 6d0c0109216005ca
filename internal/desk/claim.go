package desk

// ClaimState is where a claim stands in the desk's work.
type ClaimState string

// The states, in order. Waiting claims hold question text that a member has
// yet to word; Checking claims are worded; Answered claims have a check;
// Closed claims ended without one.
const (
	Waiting  ClaimState = "waiting"
	Checking ClaimState = "checking"
	Answered ClaimState = "answered"
	Closed   ClaimState = "closed"
)

// MayBecome reports whether a claim may move from s to t.
func (s ClaimState) MayBecome(t ClaimState) bool {
	switch s {
	case Waiting:
		return t == Checking || t == Closed
	case Checking:
		return t == Answered || t == Closed
	case Closed:
		return t == Checking
	}
	return false
}

// Claim is the checkable statement under which questions are grouped, in the
// desk's own words. Shown and ShownCheck are what receipts see; they follow
// State and CheckID only at the daily tick, so that a receipt holder cannot
// time the desk's work and an observer cannot time a question.
type Claim struct {
	ID      string
	DeskID  string
	State   ClaimState
	Wording string
	Lang    string
	// ClosedAs says why a claim was closed without a check.
	ClosedAs   NotRatedKind
	CheckID    string
	Opened     Day
	Closed     Day
	Shown      ClaimState
	ShownWords string
	ShownCheck string
	ShownAs    NotRatedKind
}

// Question is what one asker handed to the desk. ID is random and says
// nothing about order; Day is the only time kept. Text is empty as soon as the
// claim is worded, and always for a question that joined an open claim.
type Question struct {
	ID      string
	ClaimID string
	Day     Day
	// ReceiptMAC is the keyed hash of the receipt's secret, and what makes a
	// repeated form find its first acceptance.
	ReceiptMAC []byte
	// TextMAC binds the text to the form's one-time nonce, so that a repeated
	// form with other words can be told from a plain retry. Without the nonce,
	// which is never stored, it is unlinkable.
	TextMAC []byte
	Text    Text
}

// Retention, in days. They are constants and not options: no installation can
// lengthen them.
const (
	// TextDays is how long a question's text may wait for its claim to be
	// worded.
	TextDays = 14
	// OpenDays is how long a claim may stay unanswered before it is closed.
	OpenDays = 60
	// ReceiptDays is how long a receipt opens anything.
	ReceiptDays = 365
	// QuestionMax is the longest question, in characters.
	QuestionMax = 2000
	// MessageMax is the longest message a person may paste, in bytes.
	MessageMax = 64 << 10
)
