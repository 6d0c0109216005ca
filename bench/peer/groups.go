package peer

import (
	"sangto/internal/eval"
	"sangto/match"
)

// Grouping decides, message by message, whether a question has been asked
// before.
type Grouping interface {
	// Join returns the group of the message: that of an earlier message it
	// repeats, or a new one named id.
	Join(id, text string) string
}

// GroupingKind makes a Grouping that has seen nothing.
type GroupingKind struct {
	Name string
	New  func() Grouping
}

// Groupings are ours, the published rules of the peers, and the two ends of the
// scale.
func Groupings() []GroupingKind {
	return []GroupingKind{
		{"sangto", func() Grouping { return &sangtoGroups{match.NewGrouper()} }},
		{"Cofacts' rule, 0.95", func() Grouping { return &cofactsGroups{s: cofacts{index: newElastic()}, least: CofactsAnswer} }},
		{"Cofacts' rule, 0.70", func() Grouping { return &cofactsGroups{s: cofacts{index: newElastic()}, least: CofactsGroup} }},
		{"Check's rule, confirmed", func() Grouping { return newCheckGroups(checkConfirm, checkWords) }},
		{"Check's rule, suggested", func() Grouping { return newCheckGroups(checkSuggest, 0) }},
		{"each alone", func() Grouping { return alone{} }},
	}
}

type alone struct{}

func (alone) Join(id, _ string) string { return id }

type sangtoGroups struct{ g *match.Grouper }

// Join keeps the first wording of a claim only, and sees a message after
// redaction, as the program does.
func (s *sangtoGroups) Join(id, text string) string {
	text = eval.Served(text).Text
	if group, ok := s.g.Find(text); ok {
		return group
	}
	s.g.Put(id, text)
	return id
}

// cofactsGroups joins a message to the article that the bot calls similar
// enough. An article is the first message of its group: the bot stores no other.
type cofactsGroups struct {
	s     cofacts
	least float64
}

func (c *cofactsGroups) Join(id, text string) string {
	hits, similar := c.s.find(text, cofactsFetched)
	if len(hits) > 0 && similar >= c.least {
		return c.s.docs[hits[0].row].ID
	}
	c.s.put(match.Doc{ID: id, Claim: text})
	return id
}

// checkGroups attaches a message to the parent of the best match. Every message
// is stored and can be matched, as in Check.
type checkGroups struct {
	s            check
	share, words int
	parent       map[string]string
}

func newCheckGroups(share, words int) *checkGroups {
	return &checkGroups{s: check{index: newElastic()}, share: share, words: words, parent: map[string]string{}}
}

func (c *checkGroups) Join(id, text string) string {
	c.parent[id] = id
	words := standardWords(text)
	if len(words) > 0 && countFields(text) >= c.words {
		if hits := c.s.find(words, c.share, 1); len(hits) > 0 {
			c.parent[id] = c.parent[c.s.ids[hits[0].row]]
		}
	}
	c.s.put(match.Doc{ID: id, Claim: text})
	return c.parent[id]
}
