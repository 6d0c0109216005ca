package intake

// What an answer shows, on pages and in the JSON interface alike.
const (
	// ShownMost is how many checks are shown at most beside the one that
	// answers; it is the limit to look up with.
	ShownMost = 5
	// shownNearest is how many are shown where none answers.
	shownNearest = 3
	// shownProbability is how likely another check must be to be shown beside
	// one that answers: less would only be noise.
	shownProbability = 0.05
)

// Shown are the checks to show beside the one that answers, or instead of it,
// the likeliest first.
func (s Seen) Shown() []Candidate {
	shown := s.Candidates
	switch {
	case s.Answer.Answer != nil:
		for i, c := range shown {
			if c.Probability < shownProbability {
				shown = shown[:i]
				break
			}
		}
	case s.Outcome != Perhaps:
		shown = shown[:min(len(shown), shownNearest)]
	}
	return shown[:min(len(shown), ShownMost)]
}
