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

// MayBecome reports whether a claim may move from s to t. A closed claim may
// wait again only if it never had a wording; the schema sees to that.
func (s ClaimState) MayBecome(t ClaimState) bool {
	switch s {
	case Waiting:
		return t == Checking || t == Closed
	case Checking:
		return t == Answered || t == Closed
	case Closed:
		return t == Checking || t == Waiting
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

	// JoinedTo is the claim of which this one is a part: it is not in the queue
	// by itself, and ends when that one is worded.
	JoinedTo string
	// Kin is the first open claim that this one resembled when it came, and Lap
	// how many twenties of its kin were there before it. Both are fixed at
	// asking. Apart says that a member looked and found the two different.
	Kin   string
	Lap   int
	Apart bool
	// Asked is how many questions stand under the claim, AskedMax at most.
	Asked int
	// Assignee is the member who took the claim on, empty for nobody.
	Assignee string
	// Binned is the day on which the claim was put in the bin, zero if it is not
	// there; Reopened the day on which a refusal was undone.
	Binned, Reopened Day
	// Note is the members' own, redacted, and gone when the claim ends.
	Note string
}

// Bucket says roughly how many asked: nobody sees more than that.
type Bucket int

// The buckets: one to nine, ten to ninety-nine, a hundred and more.
const (
	Few Bucket = iota
	Tens
	Hundreds
)

// AskedMax is where counting stops, because the last bucket begins there.
const AskedMax = 100

// BucketOf returns the bucket of a number of questions.
func BucketOf(asked int) Bucket {
	switch {
	case asked >= AskedMax:
		return Hundreds
	case asked >= 10:
		return Tens
	}
	return Few
}

// BucketDays is how many days of waiting one bucket is worth in the queue.
const BucketDays = 3

// Due is the day that orders the queue within a lap: what waits longest comes
// first, and each bucket counts as BucketDays of waiting.
func (c Claim) Due() Day { return c.Opened - BucketDays*Day(BucketOf(c.Asked)) }

// ObjectState is the state by which the table of roles knows the claim.
func (c Claim) ObjectState() ObjectState {
	if c.Binned != 0 {
		return ClaimBinned
	}
	return ObjectState("claim:" + string(c.State))
}

// Fairness and limits of the queue.
const (
	// KinShare is how many claims of one kin come in each lap, so that no kin
	// holds more than a fifth of the first hundred rows while others wait.
	KinShare = 20
	// NoteMax is the longest note on a claim, in characters.
	NoteMax = 500
	// BulkMax is the most claims that one stroke refuses.
	BulkMax = 100
	// ReadsADay is how many private questions a member may open in a day before
	// the admins are told.
	ReadsADay = 200
)

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
	// BinDays is how long words stay in the bin, within their TextDays.
	BinDays = 3
	// UndoDays is how long a refusal of many claims can be taken back.
	UndoDays = 1
	// ReadLogDays is how long the log of private readings is kept.
	ReadLogDays = 90
	// OpenDays is how long a claim may stay unanswered before it is closed.
	OpenDays = 60
	// ReceiptDays is how long a receipt opens anything.
	ReceiptDays = 365
	// QuestionMax is the longest question, in characters.
	QuestionMax = 2000
	// MessageMax is the longest message a person may paste, in bytes.
	MessageMax = 64 << 10
)
