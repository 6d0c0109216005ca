package desk

// OwnerKind says what sort of body owns a desk or funds most of it. It decides
// whether the desk may rate claims about public power.
type OwnerKind string

// The kinds of owner. OwnerUnknown is for imported desks whose owner nobody
// has declared.
const (
	OwnerIndependent OwnerKind = "independent" // owned by its staff, members or a foundation
	OwnerCompany     OwnerKind = "company"
	OwnerUniversity  OwnerKind = "university"
	OwnerState       OwnerKind = "state"
	OwnerParty       OwnerKind = "party"
	OwnerUnknown     OwnerKind = "unknown"
)

// Valid reports whether k is a known kind.
func (k OwnerKind) Valid() bool {
	switch k {
	case OwnerIndependent, OwnerCompany, OwnerUniversity, OwnerState, OwnerParty, OwnerUnknown:
		return true
	}
	return false
}

// OfPower reports whether the kind is the state or a party, which may not
// judge public power.
func (k OwnerKind) OfPower() bool { return k == OwnerState || k == OwnerParty }

// Desk is the group that publishes under its own method. Imported checks
// belong to the desk that published them; Local desks work in this
// installation.
type Desk struct {
	ID    string
	Local bool
	Name  string
	// URL is the desk's public address, https for imported desks.
	URL  string
	Lang string
	// Owner and Funders are the declaration shown on every check, in the
	// desk's own words; empty when nobody has declared them.
	Owner     string
	OwnerKind OwnerKind
	Funders   string
	// FunderKind is the kind of whoever gives more than half of the income;
	// OwnerUnknown if nobody does or nobody said.
	FunderKind OwnerKind
	About      string
	Declared   Day
}

// OfPower reports whether the desk is owned or majority-funded by a state or
// a party.
func (d Desk) OfPower() bool { return d.OwnerKind.OfPower() || d.FunderKind.OfPower() }

// Role is what a member may do.
type Role string

// The roles.
const (
	Editor   Role = "editor"
	Reviewer Role = "reviewer"
	Admin    Role = "admin"
)

// Valid reports whether r is a known role.
func (r Role) Valid() bool { return r == Editor || r == Reviewer || r == Admin }

// Member is a staff account of a desk. KeyID is the public name of the
// member's approval key; it rotates, so that output cannot be added up per
// person.
type Member struct {
	ID     string
	DeskID string
	Name   string
	Role   Role
	KeyID  string
	Ended  bool
}
