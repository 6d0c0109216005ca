package exchange

import (
	"sangto/internal/desk"
	"sangto/internal/source"
)

// Item is one published check of another desk. All text is plain: no markup,
// no control or bidirectional characters, NFC, one line, within the caps
// below. There is deliberately no field for whoever made the claim.
type Item struct {
	// CheckID is made of the publisher, the address and the language, and
	// DeskID of the publisher's site alone, so that the same check gets the
	// same keys in every installation.
	CheckID, DeskID string

	// Publisher is the organisation's name, Site its address (https, host
	// only) and Owner who owns it in its own words, empty if it does not say.
	Publisher, Site, Owner string

	// Address is where the check was published: https, normalised, ASCII.
	Address string
	// Lang is the primary language tag in lower case, "und" if unknown.
	Lang string

	// Rating is the verdict in the publisher's words. NoVerdict marks wording
	// that is none ("See the article").
	Rating    string
	NoVerdict bool

	// Claim, Title and Summary are empty if LinkOnly: their wording held what
	// looks like a personal identifier.
	Claim, Title, Summary string
	LinkOnly              bool

	// Published is the day of publication, zero if unknown.
	Published desk.Day

	// Line and Offset say where the record began, counted from line 1 and
	// byte 0.
	Line   int
	Offset int64
}

// Longest fields, in characters; what is longer is cut at a word and ends in
// an ellipsis.
const (
	ClaimMax     = 1000
	TitleMax     = 300
	SummaryMax   = desk.SummaryMax
	RatingMax    = 200
	PublisherMax = 120
	OwnerMax     = 300
	AddressMax   = source.AddressMax // bytes; a longer address is refused, not cut
)

// Drop says why a record, or the rest of an input, was not taken. Key names
// a sentence of the catalogue, Args fill it; neither holds wording of the
// record beyond host names and the names of its columns.
type Drop struct {
	Line   int
	Offset int64
	Key    string
	Args   map[string]any
	// Err is the cause where reading itself failed.
	Err error
}

// The reasons, as keys of the catalogue.
const (
	reasonRead       = "import.reason.read"
	reasonInput      = "import.reason.input_large"
	reasonBinary     = "import.reason.binary"
	reasonEncoding   = "import.reason.encoding"
	reasonEmpty      = "import.reason.empty"
	reasonFeed       = "import.reason.feed"
	reasonFlood      = "import.reason.flood"
	reasonPage       = "import.reason.page"
	reasonColumns    = "import.reason.columns"
	reasonBroken     = "import.reason.broken"
	reasonJSON       = "import.reason.json"
	reasonRow        = "import.reason.row"
	reasonLarge      = "import.reason.large"
	reasonDeep       = "import.reason.deep"
	reasonTokens     = "import.reason.tokens"
	reasonTwice      = "import.reason.twice"
	reasonNotCheck   = "import.reason.not_check"
	reasonAddress    = "import.reason.address"
	reasonHTTPS      = "import.reason.https"
	reasonSocial     = "import.reason.social"
	reasonHost       = "import.reason.host"
	reasonPerson     = "import.reason.person"
	reasonPublisher  = "import.reason.publisher"
	reasonIdentifies = "import.reason.identifies"
	reasonRating     = "import.reason.rating"
	reasonNumber     = "import.reason.rating_number"
	reasonClaim      = "import.reason.claim"
	reasonText       = "import.reason.text"
)

// Reasons lists every key a Drop can carry, for the test that the catalogue
// has a sentence for each.
func Reasons() []string {
	return []string{
		reasonRead, reasonInput, reasonBinary, reasonEncoding, reasonEmpty, reasonFeed, reasonFlood, reasonPage,
		reasonColumns, reasonBroken, reasonJSON, reasonRow, reasonLarge, reasonDeep, reasonTokens, reasonTwice,
		reasonNotCheck, reasonAddress, reasonHTTPS, reasonSocial, reasonHost, reasonPerson, reasonPublisher,
		reasonIdentifies, reasonRating, reasonNumber, reasonClaim, reasonText,
	}
}

// Limits are the caps on one input. The zero value of a field stands for the
// default.
type Limits struct {
	// Input is the most that is read, in bytes: 512 MiB. A web page ends at
	// Page, 16 MiB.
	Input, Page int64
	// Record is the longest record, in bytes: 1 MiB.
	Record int
	// Depth is how deep a record may nest: 64.
	Depth int
	// Tokens is how many values and separators a record may have: 50,000.
	Tokens int
}

func (l Limits) orDefault() Limits {
	if l.Input <= 0 {
		l.Input = 512 << 20
	}
	if l.Page <= 0 {
		l.Page = 16 << 20
	}
	if l.Record <= 0 {
		l.Record = 1 << 20
	}
	if l.Depth <= 0 {
		l.Depth = 64
	}
	if l.Tokens <= 0 {
		l.Tokens = 50_000
	}
	return l
}
