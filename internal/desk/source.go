package desk

// SourceBy says whose words a source is, as a member declares it and a second
// key confirms.
type SourceBy string

// Whose words. Empty means that nobody has said.
const (
	ByOrganisation SourceBy = "organisation" // newsroom, office, company, institute; also on a network
	ByPerson       SourceBy = "person"       // a private person
)

// Valid reports whether b is one of the two.
func (b SourceBy) Valid() bool { return b == ByOrganisation || b == ByPerson }
