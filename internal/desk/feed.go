package desk

import "time"

// Feed is an address at which other desks publish their checks for programs,
// and which this one reads by itself.
type Feed struct {
	ID  string
	URL string
	// Mirror lets the feed carry checks of publishers on other hosts than its
	// own; they never displace what a publisher's own feed says.
	Mirror bool
	Added  Day
	// Removed is the day it ended, zero while it is followed.
	Removed Day
	// ETag and Modified are what the server said of its last answer (RFC 9110,
	// section 8.8).
	ETag, Modified string
	// Next is when it is read again.
	Next time.Time
	// Pulled is the day of the last reading that succeeded, zero before the
	// first. Failures counts those that failed since; Reason says why the last
	// did, as a word of a closed list, and Status what the server answered.
	Pulled   Day
	Failures int
	Reason   string
	Status   int
	// Taken and Dropped are how many records of the last answer were published
	// checks, and how many were not.
	Taken, Dropped int
	// Refused is Dropped of the last answer in which nothing was lacking: more
	// than that, and what is lacking may be among what is refused.
	Refused int
}

// FeedItem is a check that a feed has carried.
type FeedItem struct {
	FeedID, CheckID string
	Published       Day
	// Missed is the first day on which a whole answer lacked it, Gone the same
	// day once a second answer lacked it too; zero while it is there.
	Missed, Gone Day
	// Slid marks one that left a feed of the newest as newer ones came in.
	Slid bool
}
