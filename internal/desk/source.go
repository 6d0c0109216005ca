package desk

// SourceKind says whose page a source is, as the member who cites it declares
// and the second key confirms. Empty means that nobody has said.
type SourceKind string

// The kinds. A page of a newsroom, an office or a company is an
// organisation's, also where it stands on a social network. A person's page is
// refused: a check judges a sentence and points at nobody.
const (
	SourceOrganisation SourceKind = "organisation"
	SourcePerson       SourceKind = "person"
)

// Valid reports whether k is a known kind.
func (k SourceKind) Valid() bool { return k == SourceOrganisation || k == SourcePerson }
