package workflow_test

import (
	"errors"

	"sangto/internal/desk"
	"sangto/internal/workflow"
)

func asDesk(err error, e **desk.Error) bool { return errors.As(err, e) }

// errorKey is the sentence of an error, "" if it has none.
func errorKey(err error) string {
	var e *desk.Error
	if !errors.As(err, &e) {
		return ""
	}
	return e.Key
}

// handed is everything a submitter says, with an unsigned key.
func handed(m desk.Member, revision string) workflow.Handed {
	return workflow.Handed{
		NoInterest: true, NobodyNamed: true,
		Approval: desk.Approval{MemberID: m.ID, KeyID: m.KeyID, Revision: revision},
	}
}
