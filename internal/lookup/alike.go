package lookup

import (
	"context"

	"sangto/match"
)

// AlikeProbability is how likely a check of another desk must be to judge the
// same claim to be suggested to a member. It is low, because a member reads
// both before anything is shown, and what is not suggested is easily missed.
const AlikeProbability = 0.1

// Alike finds checks of other desks that may judge the claim, likeliest first.
// Our own are never among them. An error is one of the store's.
func (f *Finder) Alike(ctx context.Context, claim string) ([]Candidate, error) {
	found, err := f.known(ctx, f.ix.Search(match.Query{Text: claim, Limit: MaxLimit}).Hits)
	if err != nil {
		return nil, err
	}
	var out []Candidate
	for _, c := range found {
		if c.Check.Imported() && c.Probability >= AlikeProbability {
			out = append(out, c)
		}
	}
	return out[:min(len(out), defaultLimit)], nil
}
