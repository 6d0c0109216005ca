package desk

import "slices"

// Action is something a member does at the desk. Its name is the object, a colon and
// the verb, as `sangto roles` prints it.
type Action string

// The actions on a claim in the queue.
const (
	// ReadQuestion shows the redacted words of one question; each reading is
	// written to the read log.
	ReadQuestion Action = "claim:read"
	WordClaim    Action = "claim:word"
	DeclineClaim Action = "claim:decline"
	JoinClaims   Action = "claim:join"
	SplitClaim   Action = "claim:split"
	BinClaim     Action = "claim:bin"
	UnbinClaim   Action = "claim:unbin"
	AssignClaim  Action = "claim:assign"
	NoteClaim    Action = "claim:note"
	// ReopenClaim undoes a refusal.
	ReopenClaim Action = "claim:reopen"
	// StartDraft opens the draft of a check for a worded claim.
	StartDraft Action = "claim:draft"
)

// The actions on a draft.
const (
	ReadDraft Action = "draft:read"
	// WriteDraft changes a draft. In review it takes the draft back into
	// writing and voids what was approved.
	WriteDraft Action = "draft:write"
	// ArchiveSource keeps a copy of a source the draft cites.
	ArchiveSource Action = "draft:archive"
	// SubmitDraft signs the exact revision and sends it to review.
	SubmitDraft Action = "draft:submit"
	// ClassifyDraft sets kind and about power without seeing the author's.
	ClassifyDraft Action = "draft:classify"
	ApproveDraft  Action = "draft:approve"
	ReturnDraft   Action = "draft:return"
	DropDraft     Action = "draft:drop"
)

// The actions on a published check. Each opens a draft, which then takes its
// two keys, three for an order.
const (
	CorrectCheck    Action = "check:correct"
	WithdrawCheck   Action = "check:withdraw"
	ErasePersonalIn Action = "check:erase_personal"
	WithholdCheck   Action = "check:withhold_order"
	RestoreCheck    Action = "check:restore"
)

// The actions on a service notice. Proposing, updating and cancelling are the
// first of two keys, agreeing is the second.
const (
	ProposeNotice Action = "notice:propose"
	ReviseNotice  Action = "notice:update"
	EndNotice     Action = "notice:cancel"
	AgreeNotice   Action = "notice:agree"
)

// The actions on a contest, and on the desk itself.
const (
	ReadContest    Action = "contest:read"
	AnswerContest  Action = "contest:answer"
	ReadQueue      Action = "desk:queue"
	ManageMembers  Action = "desk:members"
	ManagePages    Action = "desk:pages"
	DeclareOwner   Action = "desk:owner"
	HandOver       Action = "desk:hand_over"
	ManageOwnKeys  Action = "member:own_keys"
	RecoverMember  Action = "member:recover"
	EndMembership  Action = "member:end"
	ChangeRole     Action = "member:role"
	InviteMember   Action = "member:invite"
	EndOwnSessions Action = "member:own_sessions"
)

// ObjectState is the state of what an action is done to: the object, a colon,
// the state.
type ObjectState string

// The states. A binned claim is a closed one that still may be taken back. A
// desk is new until its first check is out, a notice until its first version
// has both keys.
const (
	ClaimWaiting    ObjectState = "claim:waiting"
	ClaimChecking   ObjectState = "claim:checking"
	ClaimAnswered   ObjectState = "claim:answered"
	ClaimClosed     ObjectState = "claim:closed"
	ClaimBinned     ObjectState = "claim:binned"
	DraftWriting    ObjectState = "draft:writing"
	DraftReview     ObjectState = "draft:review"
	DraftPublished  ObjectState = "draft:published"
	DraftDropped    ObjectState = "draft:dropped"
	CheckStanding   ObjectState = "check:standing"
	CheckWithdrawn  ObjectState = "check:withdrawn"
	CheckWithheld   ObjectState = "check:withheld"
	NoticeNew       ObjectState = "notice:new"
	NoticeStanding  ObjectState = "notice:standing"
	NoticeOver      ObjectState = "notice:over"
	ContestOpen     ObjectState = "contest:open"
	ContestAnswered ObjectState = "contest:answered"
	DeskNew         ObjectState = "desk:new"
	DeskPublishing  ObjectState = "desk:publishing"
	MemberInvited   ObjectState = "member:invited"
	MemberActive    ObjectState = "member:active"
	MemberEnded     ObjectState = "member:ended"
)

// Roles lists the roles, from the one that may least.
func Roles() []Role { return []Role{Editor, Reviewer, Admin} }

// ObjectStates lists every state, grouped by object.
func ObjectStates() []ObjectState {
	return []ObjectState{
		ClaimWaiting, ClaimChecking, ClaimAnswered, ClaimClosed, ClaimBinned,
		DraftWriting, DraftReview, DraftPublished, DraftDropped,
		CheckStanding, CheckWithdrawn, CheckWithheld,
		NoticeNew, NoticeStanding, NoticeOver,
		ContestOpen, ContestAnswered,
		DeskNew, DeskPublishing,
		MemberInvited, MemberActive, MemberEnded,
	}
}

// permission says who may do an action, and in which states of its object.
type permission struct {
	action Action
	// least is the role that may; the roles above it may too.
	least  Role
	states []ObjectState
}

// permissions is the one table of who may do what when. What is not in it is
// refused. It knows roles and states only: that nobody approves what he wrote,
// or reviews blind after having looked, is decided by the acts themselves.
func permissions() []permission {
	open := []ObjectState{ClaimWaiting, ClaimChecking}
	drafts := []ObjectState{DraftWriting, DraftReview, DraftPublished, DraftDropped}
	desks := []ObjectState{DeskNew, DeskPublishing}
	members := []ObjectState{MemberInvited, MemberActive}
	return []permission{
		{ReadQueue, Editor, desks},
		{ReadQuestion, Editor, []ObjectState{ClaimWaiting, ClaimBinned}},
		{WordClaim, Editor, []ObjectState{ClaimWaiting}},
		{DeclineClaim, Editor, open},
		{JoinClaims, Editor, []ObjectState{ClaimWaiting}},
		{SplitClaim, Editor, []ObjectState{ClaimWaiting}},
		{BinClaim, Editor, []ObjectState{ClaimWaiting}},
		{UnbinClaim, Editor, []ObjectState{ClaimBinned}},
		{ReopenClaim, Editor, []ObjectState{ClaimClosed}},
		{AssignClaim, Editor, open},
		{NoteClaim, Editor, open},
		{StartDraft, Editor, []ObjectState{ClaimChecking, ClaimAnswered}},

		{ReadDraft, Editor, drafts},
		{WriteDraft, Editor, []ObjectState{DraftWriting, DraftReview}},
		{ArchiveSource, Editor, []ObjectState{DraftWriting, DraftReview}},
		{SubmitDraft, Editor, []ObjectState{DraftWriting}},
		{DropDraft, Editor, []ObjectState{DraftWriting, DraftReview}},
		{ClassifyDraft, Reviewer, []ObjectState{DraftReview}},
		{ApproveDraft, Reviewer, []ObjectState{DraftReview}},
		{ReturnDraft, Reviewer, []ObjectState{DraftReview}},

		{CorrectCheck, Editor, []ObjectState{CheckStanding}},
		{WithdrawCheck, Editor, []ObjectState{CheckStanding}},
		{ErasePersonalIn, Editor, []ObjectState{CheckStanding, CheckWithdrawn}},
		{WithholdCheck, Editor, []ObjectState{CheckStanding, CheckWithdrawn, CheckWithheld}},
		{RestoreCheck, Editor, []ObjectState{CheckWithheld}},

		{ProposeNotice, Editor, []ObjectState{NoticeNew}},
		{ReviseNotice, Editor, []ObjectState{NoticeStanding}},
		{EndNotice, Editor, []ObjectState{NoticeStanding}},
		{AgreeNotice, Editor, []ObjectState{NoticeNew, NoticeStanding}},

		{ReadContest, Editor, []ObjectState{ContestOpen, ContestAnswered}},
		{AnswerContest, Reviewer, []ObjectState{ContestOpen}},

		{ManageOwnKeys, Editor, []ObjectState{MemberActive}},
		{EndOwnSessions, Editor, []ObjectState{MemberActive}},
		{InviteMember, Admin, members},
		{ChangeRole, Admin, members},
		{EndMembership, Admin, members},
		{RecoverMember, Admin, []ObjectState{MemberActive}},
		{ManageMembers, Admin, desks},
		{ManagePages, Admin, desks},
		{DeclareOwner, Admin, desks},
		{HandOver, Admin, desks},
	}
}

// Permission is one line of the table of roles.
type Permission struct {
	Role    Role        `json:"role"`
	Action  Action      `json:"action"`
	State   ObjectState `json:"state"`
	Allowed bool        `json:"allowed"`
}

// Actions lists every action, in the order of the table.
func Actions() []Action {
	var out []Action
	for _, p := range permissions() {
		if !slices.Contains(out, p.action) {
			out = append(out, p.action)
		}
	}
	return out
}

// Permissions lists every role, action and state with the answer, refusals
// included: 3 roles by all actions by all states.
func Permissions() []Permission {
	var out []Permission
	for _, a := range Actions() {
		for _, s := range ObjectStates() {
			for _, r := range Roles() {
				out = append(out, Permission{Role: r, Action: a, State: s, Allowed: Allowed(r, a, s)})
			}
		}
	}
	return out
}

// Allowed reports whether a member of that role may do the action to an object
// in that state. Anything unknown is refused.
func Allowed(role Role, action Action, state ObjectState) bool {
	rank := slices.Index(Roles(), role)
	if rank < 0 {
		return false
	}
	for _, p := range permissions() {
		if p.action == action && slices.Contains(p.states, state) && rank >= slices.Index(Roles(), p.least) {
			return true
		}
	}
	return false
}

// Allow is Allowed as an error: Forbidden, with the sentence that says that
// the role does not reach or that the state does not permit it.
func Allow(m Member, action Action, state ObjectState) error {
	op := string(action)
	switch {
	case m.Ended || !m.Role.Valid():
		return &Error{Kind: Forbidden, Op: op, Key: "error.role.ended"}
	case Allowed(m.Role, action, state):
		return nil
	case Allowed(Admin, action, state):
		return &Error{Kind: Forbidden, Op: op, Key: "error.role.higher"}
	}
	return &Error{Kind: Conflict, Op: op, Key: "error.role.state"}
}
