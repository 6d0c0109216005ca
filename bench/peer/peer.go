// Package peer holds the systems that sangto's matcher is measured beside, each
// behind the same three calls, so that all of them see the same documents and
// the same messages in the same run.
//
// A peer is given what its users would give it: its own analyzer for the
// language where it has one, its own ranking function, its published
// thresholds. Nothing here is tuned against us, and nothing is tuned for the
// peer on the queries it is measured with.
package peer

import (
	"context"

	"sangto/match"
)

// Reply is what a system says to one message.
type Reply struct {
	// Docs are the identities of the documents found, best first.
	Docs []string
	// Answered says that the system would show Docs[0] as the answer and not
	// as one candidate of several. It is false for systems without such a rule.
	Answered bool
	// Present is a number that grows with the system's belief that the answer
	// is among Docs: a probability for sangto, the best score for a peer.
	Present float64
}

// System answers messages from the documents it was built of. One goroutine
// uses it at a time.
type System interface {
	// Ask returns at most k documents.
	Ask(ctx context.Context, text string, k int) (Reply, error)
	// Close frees what the system holds; files it made are removed.
	Close() error
}

// Kind is one way of matching, ready to be built of any documents.
type Kind struct {
	// Name is the row in the tables.
	Name string
	// Answers says that the system has a rule for showing one answer.
	Answers bool
	// Wall says that the work happens in another process, so that the time of
	// a query is wall time and not processor time.
	Wall bool
	// Build makes the system. Lang is the language of the documents, "en" or
	// "vi".
	Build func(ctx context.Context, docs []match.Doc, lang string) (System, error)
}

// searched is the text of a document for systems that index one field: title
// and claim, which is what a short message resembles, or the whole text where
// nobody wrote down the claim.
func searched(d match.Doc) string {
	switch {
	case d.Claim == "":
		return d.Text
	case d.Title == "":
		return d.Claim
	}
	return d.Title + " " + d.Claim
}
