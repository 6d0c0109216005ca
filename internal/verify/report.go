package verify

import (
	"cmp"
	"fmt"
	"slices"

	"sangto/ledger"
)

// Kind says what sort of thing is wrong. Its text is part of a catalogue key
// and of what programs read.
type Kind string

// The kinds: those of the log itself as package ledger finds them, and those of
// what the entries mean.
const (
	Checkpoint = Kind(ledger.BadCheckpoint)
	Quorum     = Kind(ledger.NoQuorum)
	Fork       = Kind(ledger.Fork)
	Missing    = Kind(ledger.Missing)
	Tile       = Kind(ledger.BadTile)
	Root       = Kind(ledger.BadRoot)
	// Leaf: an entry that is none of the record, or contradicts those before it.
	Leaf Kind = "leaf"
	// Chain: an entry that does not follow the last one of its check or page.
	Chain Kind = "chain"
	// Content: words that are not what was recorded, or are not there though no
	// entry says why.
	Content Kind = "content"
	// Approval: too few keys, a key that was not registered or not good on that
	// day, a signature that does not hold.
	Approval Kind = "approval"
	// Key: a key that was put on the record against the rules.
	Key Kind = "key"
	// Rule: a verdict that the desk may not give.
	Rule Kind = "rule"
	// Page: a page that does not show what was recorded, or that is gone.
	Page Kind = "page"
	// Unrecorded: a page of the desk that is not on the record.
	Unrecorded Kind = "unrecorded"
	// Mirror: a mirror that shows another history.
	Mirror Kind = "mirror"
)

// Kinds lists every kind.
func Kinds() []Kind {
	return []Kind{Checkpoint, Quorum, Fork, Missing, Tile, Root, Leaf, Chain, Content, Approval, Key, Rule, Page, Unrecorded, Mirror}
}

// Problem is one thing that is wrong.
type Problem struct {
	Kind Kind `json:"kind"`
	// Index is the entry concerned, -1 where it is none in particular.
	Index int64 `json:"index"`
	// Path is what was read, empty where it is nothing in particular.
	Path string `json:"path,omitempty"`
	Text string `json:"text"`
}

func (p Problem) String() string {
	switch {
	case p.Path != "":
		return p.Path + ": " + p.Text
	case p.Index >= 0:
		return fmt.Sprintf("entry %d: %s", p.Index, p.Text)
	}
	return p.Text
}

// NoteKind says what sort of remark a Note is; see Problem's Kind.
type NoteKind string

// The remarks.
const (
	// Unsigned: approvals that carry no signature, of keys without one.
	Unsigned NoteKind = "unsigned"
	// Before: versions older than the record, whose approvals cannot be checked.
	Before NoteKind = "before"
	// Quiet: no entry for more than a few days, though a desk writes one a day.
	Quiet NoteKind = "quiet"
	// Clock: entries dated before the one in front of them.
	Clock NoteKind = "clock"
	// Erased and Withheld: versions whose words are gone or hidden, with an
	// entry that says so.
	Erased   NoteKind = "erased"
	Withheld NoteKind = "withheld"
	// Others: checks of other desks, which are not on this record.
	Others NoteKind = "others"
	// NewKey: the log's key changed, and both keys signed the change.
	NewKey NoteKind = "new_key"
	// FirstUse: nothing is known from before; the key is believed as it came.
	FirstUse NoteKind = "first_use"
	// NoPages: only the record was there to read, not the desk's pages.
	NoPages NoteKind = "no_pages"
	// OwnRows: a desk's own data folder was read, and the rows of its database
	// were compared in the place of its pages.
	OwnRows NoteKind = "own_rows"
	// Mirrored: the place says that it is a mirror, and of whom.
	Mirrored NoteKind = "mirrored"
)

// NoteKinds lists every kind of note.
func NoteKinds() []NoteKind {
	return []NoteKind{Unsigned, Before, Quiet, Clock, Erased, Withheld, Others, NewKey, FirstUse, NoPages, OwnRows, Mirrored}
}

// Note is something a reader should know that is no fault.
type Note struct {
	Kind NoteKind `json:"kind"`
	// Count is of how many entries or pages it is true.
	Count int `json:"count,omitempty"`
	// Text gives the particulars, in English.
	Text string `json:"text,omitempty"`
}

// Counts says how much was looked at.
type Counts struct {
	Entries   int64 `json:"entries"`
	Checks    int   `json:"checks"`
	Contents  int   `json:"contents"`
	Approvals int   `json:"approvals"`
	Signed    int   `json:"signed"`
	Pages     int   `json:"pages"`
	// Rows are versions in a desk's own database, where that was read.
	Rows    int `json:"rows,omitempty"`
	Mirrors int `json:"mirrors"`
}

// Report is what was found. Its JSON is a promise to programs.
type Report struct {
	// OK means that everything was checked and nothing is wrong.
	OK bool `json:"ok"`
	// Origin, Size and Root are those of the checkpoint.
	Origin string `json:"origin"`
	Size   int64  `json:"size"`
	Root   string `json:"root"`
	// Problems are the first MaxProblems of what is wrong; More counts the rest.
	Problems []Problem `json:"problems"`
	More     int       `json:"more,omitempty"`
	// Unchecked says in English what could not be checked.
	Unchecked []string `json:"unchecked,omitempty"`
	Witnesses []string `json:"witnesses,omitempty"`
	Notes     []Note   `json:"notes,omitempty"`
	Checked   Counts   `json:"checked"`
	// Since is how large the record was when it was last checked from here, 0
	// for never.
	Since int64 `json:"since,omitempty"`

	// Signed is the checkpoint as it was read, Keys the log's keys that are
	// believed, newest first.
	Signed []byte   `json:"-"`
	Keys   []string `json:"-"`
	// ErasedAt and WithheldAt are the entries whose words are erased for good, or
	// withheld for now, whether the place still shows them or not.
	ErasedAt   []int64 `json:"-"`
	WithheldAt []int64 `json:"-"`
}

// MaxProblems bounds the list of a report.
const MaxProblems = 100

// Whole reports whether nothing is wrong with what was looked at.
func (r *Report) Whole() bool { return len(r.Problems) == 0 }

func (r *Report) problem(p Problem) {
	if len(r.Problems) >= MaxProblems {
		r.More++
		return
	}
	r.Problems = append(r.Problems, p)
}

func (r *Report) note(kind NoteKind, count int, text string) {
	r.Notes = append(r.Notes, Note{Kind: kind, Count: count, Text: text})
}

// finish puts the report in order.
func (r *Report) finish() {
	slices.SortStableFunc(r.Notes, func(a, b Note) int { return cmp.Compare(a.Kind, b.Kind) })
	if r.Problems == nil {
		r.Problems = []Problem{}
	}
	r.OK = r.Whole() && len(r.Unchecked) == 0
}
