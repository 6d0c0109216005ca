package match

// nearShare is the least share of the words of the shorter text that the other
// has too.
const nearShare = 0.6

// Near returns the claim that text most resembles, by a looser measure than
// Find: most words in common, whatever numbers, names or negations say
// differently. It never joins anything; it lets a person be asked, and keeps
// near-copies from crowding out the rest. Of equally close claims the one with
// the smallest id wins. Like Find it compares a bounded number of claims,
// those that share a band of the MinHash signature.
func (g *Grouper) Near(text string) (id string, ok bool) {
	e := read(text)
	if len(e.words) == 0 {
		return "", false
	}
	g.mu.RLock()
	defer g.mu.RUnlock()
	best, most := "", nearShare
	for _, c := range g.near(e) {
		if share := e.shared(c); share > most || share == most && (best == "" || c.id < best) {
			best, most = c.id, share
		}
	}
	return best, best != ""
}

// shared is the share of the words of the shorter text that stand in both; the
// longer text may hold no more than twice as many, because the words of a short
// question are found in any long one.
func (e *said) shared(c *said) float64 {
	few, many := min(len(e.words), len(c.words)), max(len(e.words), len(c.words))
	if many > 2*few {
		return 0
	}
	return float64(len(e.words)-len(difference(e.words, c.words))) / float64(few)
}
