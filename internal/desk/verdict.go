package desk

// Verdict is a desk's finding on a claim. The scale is closed. There is no
// "misleading": either something in the claim is not so, or context is missing
// and the check gives it.
type Verdict string

// The scale. NotRated carries a NotRatedKind and is no finding.
const (
	True              Verdict = "true"
	MostlyTrue        Verdict = "mostly_true"
	MissingContext    Verdict = "missing_context"
	NotTrue           Verdict = "not_true"
	NotEnoughEvidence Verdict = "not_enough_evidence"
	NotRated          Verdict = "not_rated"
)

// Verdicts lists the scale in the order it is explained to readers.
func Verdicts() []Verdict {
	return []Verdict{True, MostlyTrue, MissingContext, NotTrue, NotEnoughEvidence, NotRated}
}

// Valid reports whether v is on the scale.
func (v Verdict) Valid() bool {
	for _, w := range Verdicts() {
		if v == w {
			return true
		}
	}
	return false
}

// NotRatedKind says why a check gives no verdict.
type NotRatedKind string

// The reasons. NotIndependent is for a desk that belongs to the power the
// claim is about: it may publish evidence but no verdict.
const (
	Opinion        NotRatedKind = "opinion"
	Prediction     NotRatedKind = "prediction"
	Satire         NotRatedKind = "satire"
	Private        NotRatedKind = "private"
	NotIndependent NotRatedKind = "not_independent"
)

// Unsettled is the reason of a check whose author and reviewer classified the
// claim differently. It is no kind of claim: nobody chooses it in the queue.
const Unsettled NotRatedKind = "unsettled"

// NotRatedKinds lists the reasons in the order they are explained.
func NotRatedKinds() []NotRatedKind {
	return []NotRatedKind{Opinion, Prediction, Satire, Private, NotIndependent}
}

// Valid reports whether k is one of the reasons, Unsettled included.
func (k NotRatedKind) Valid() bool {
	if k == Unsettled {
		return true
	}
	for _, w := range NotRatedKinds() {
		if k == w {
			return true
		}
	}
	return false
}

// ClaimKind says what sort of statement a claim is. Only a Fact may be given a
// verdict.
type ClaimKind string

// The kinds of claim.
const (
	FactKind       ClaimKind = "fact"
	OpinionKind    ClaimKind = "opinion"
	PredictionKind ClaimKind = "prediction"
	SatireKind     ClaimKind = "satire"
	PrivateKind    ClaimKind = "private"
)

// Valid reports whether k is a known kind.
func (k ClaimKind) Valid() bool {
	switch k {
	case FactKind, OpinionKind, PredictionKind, SatireKind, PrivateKind:
		return true
	}
	return false
}

// ClaimantKind is the category of whoever made a public statement, for the
// figures a desk owes its readers about fairness. It is never a person.
type ClaimantKind string

// The categories.
const (
	ClaimantOffice       ClaimantKind = "office"
	ClaimantCompany      ClaimantKind = "company"
	ClaimantParty        ClaimantKind = "party"
	ClaimantOrganisation ClaimantKind = "organisation"
	ClaimantUnknown      ClaimantKind = "unknown"
)

// Valid reports whether k is a known category.
func (k ClaimantKind) Valid() bool {
	switch k {
	case ClaimantOffice, ClaimantCompany, ClaimantParty, ClaimantOrganisation, ClaimantUnknown:
		return true
	}
	return false
}
