package verify

import (
	"fmt"
	"slices"

	"sangto/internal/desk"
	"sangto/internal/record/leaf"
)

// Days that the rules about keys are made of (desk.KeyWait, desk.KeyLife).
const (
	waitDays = desk.Day(desk.KeyWait / (24 * 60 * 60 * 1e9))
	lifeDays = desk.Day(desk.KeyLife / (24 * 60 * 60 * 1e9))
	// quietDays is after how many days without an entry a reader is told.
	quietDays = 3
)

// numbered is a leaf with its place.
type numbered struct {
	index int64
	leaf.Leaf
}

// chain is what is known of one check, or one page of a desk.
type chain struct {
	hash string
	rev  int
	desk string
	// versions are the leaves of its versions in order; newest may be hidden
	// by what its kind says.
	versions []numbered
	// lapsed means that the order which the newest version follows has ended.
	lapsed bool
}

// newest is the leaf of the newest version.
func (c *chain) newest() numbered { return c.versions[len(c.versions)-1] }

// withheld reports whether an order hides the check's words.
func (c *chain) withheld() bool { return c.newest().Kind == leaf.WithholdOrder && !c.lapsed }

// erased reports whether a later version took the words of rev out.
func (c *chain) erased(rev int) bool {
	return slices.ContainsFunc(c.versions, func(v numbered) bool { return v.Kind == leaf.ErasePersonal && v.Rev > rev })
}

// key is the life of one approval key.
type key struct {
	numbered
	// removed is the index of the leaf that ends it, -1 while it stands.
	removed int64
}

// leaves follows the entries of a record in order and reports what contradicts
// what came before.
type leaves struct {
	report *Report
	// checks by id; pages by desk and page; keys by name.
	checks map[string]*chain
	pages  map[string]*chain
	keys   map[string]*key
	// hashes are the texts of policies, by desk and page, that were on the
	// record so far.
	hashes map[string][]string
	// published says of each desk that it has published on the record.
	published map[string]bool
	// logKey is the log's present key as the entries name it, "" for none yet.
	logKey string
	// rotated are the log's keys that came by rotation.
	rotated []string
	// bodies are the leaves that have words beside the log.
	bodies []numbered
	last   desk.Day
	// backwards counts entries dated before those in front of them.
	backwards int
}

func newLeaves(r *Report) *leaves {
	return &leaves{
		report: r, checks: map[string]*chain{}, pages: map[string]*chain{}, keys: map[string]*key{},
		hashes: map[string][]string{}, published: map[string]bool{},
	}
}

func (s *leaves) wrong(kind Kind, index int64, format string, args ...any) {
	s.report.problem(Problem{Kind: kind, Index: index, Text: fmt.Sprintf(format, args...)})
}

// add takes the next entry.
func (s *leaves) add(index int64, entry []byte) {
	l, err := leaf.Parse(entry)
	if err != nil {
		s.wrong(Leaf, index, "this is no entry of a record: %v", err)
		return
	}
	n := numbered{index, l}
	s.dated(n)
	switch {
	case l.Kind.OfVersion():
		s.version(n, leaf.Hash(entry))
	case l.Kind == leaf.Dispute:
		s.follow(s.chainOf(s.checks, l.Check), n, leaf.Hash(entry))
	case l.Kind == leaf.Policy:
		s.policy(n, leaf.Hash(entry))
	case l.Kind == leaf.Keys && l.Key != "":
		s.memberKey(n)
	case l.Kind == leaf.Keys:
		s.logsKey(n)
	}
	if l.BodyH != "" {
		s.bodies = append(s.bodies, n)
	}
}

// dated counts entries that go back in time. A clock that was set right does
// that too, so that it is no fault by itself.
func (s *leaves) dated(n numbered) {
	if n.Before == 1 {
		return
	}
	if n.Day < s.last {
		s.backwards++
	}
	s.last = max(s.last, n.Day)
}

func (s *leaves) chainOf(all map[string]*chain, name string) *chain {
	c := all[name]
	if c == nil {
		c = &chain{}
		all[name] = c
	}
	return c
}

// follow holds a leaf to the last one of its chain.
func (s *leaves) follow(c *chain, n numbered, hash string) {
	if n.Prev != c.hash {
		s.wrong(Chain, n.index, "the entry does not follow the last one of %s", n.subject())
	}
	if c.desk != "" && n.Desk != c.desk {
		s.wrong(Chain, n.index, "%s was of another desk before", n.subject())
	}
	c.hash, c.desk = hash, n.Desk
}

// subject names what an entry is about.
func (n numbered) subject() string {
	if n.Check != "" {
		return "check " + n.Check
	}
	return "page " + n.Page
}

func (s *leaves) version(n numbered, hash string) {
	c := s.chainOf(s.checks, n.Check)
	s.follow(c, n, hash)
	if n.Kind == leaf.Restore && n.BodyH == "" {
		s.lapse(c, n)
		return
	}
	if n.Rev != c.rev+1 {
		s.wrong(Chain, n.index, "version %d of %s follows version %d", n.Rev, n.subject(), c.rev)
	}
	if first := c.rev == 0; first != (n.Kind == leaf.Publish) && n.Before == 0 {
		s.wrong(Leaf, n.index, "version %d of %s is recorded as %s", n.Rev, n.subject(), n.Kind)
	}
	c.rev, c.lapsed = n.Rev, false
	c.versions = append(c.versions, n)
	if n.Before == 0 {
		s.published[n.Desk] = true
		s.rests(n)
	}
}

// rests holds the methodology and the declaration that a version names to
// those on the record.
func (s *leaves) rests(n numbered) {
	if n.MethodH != "" && !slices.Contains(s.hashes[n.Desk+" "+string(desk.MethodologyPage)], n.MethodH) {
		s.wrong(Leaf, n.index, "the methodology that %s names is not on the record", n.subject())
	}
	if !slices.Contains(s.hashes[n.Desk+" "+leaf.DeclarationPage], n.OwnerH) {
		s.wrong(Leaf, n.index, "the declaration of owner and funders that %s names is not on the record", n.subject())
	}
}

// lapse ends an order by its own date.
func (s *leaves) lapse(c *chain, n numbered) {
	if len(c.versions) == 0 || !c.withheld() || n.Rev != c.rev || n.Day < c.newest().Expires {
		s.wrong(Leaf, n.index, "an order ends for %s that does not withhold it, or before its day", n.subject())
		return
	}
	c.lapsed = true
}

func (s *leaves) policy(n numbered, hash string) {
	name := n.Desk + " " + n.Page
	c := s.chainOf(s.pages, name)
	s.follow(c, n, hash)
	if len(c.versions) > 0 && n.Rev != c.rev+1 {
		s.wrong(Chain, n.index, "version %d of %s follows version %d", n.Rev, n.subject(), c.rev)
	}
	c.rev = n.Rev
	c.versions = append(c.versions, n)
	s.hashes[name] = append(s.hashes[name], n.BodyH)
}

// memberKey follows the key of a member. Whose it is, is not on the record.
func (s *leaves) memberKey(n numbered) {
	k := s.keys[n.Key]
	if n.Reason == leaf.Removed {
		if k == nil || k.removed >= 0 || k.Desk != n.Desk {
			s.wrong(Key, n.index, "key %s is removed without having been there", n.Key)
			return
		}
		k.removed = n.index
		return
	}
	if k != nil {
		s.wrong(Key, n.index, "key %s is added twice", n.Key)
		return
	}
	s.keys[n.Key] = &key{numbered: n, removed: -1}
	if n.Until-n.Day > lifeDays {
		s.wrong(Key, n.index, "key %s may approve until %s, longer than %d days", n.Key, n.Until, lifeDays)
	}
	if s.published[n.Desk] && n.Good-n.Day < waitDays {
		s.wrong(Key, n.index, "key %s may approve from %s, less than %d days after it came", n.Key, n.Good, waitDays)
	}
}

// logsKey follows the key of the log. That both keys signed a change is part of
// reading the leaf.
func (s *leaves) logsKey(n numbered) {
	switch {
	case n.Reason == leaf.Added && s.logKey == "":
	case n.Reason == leaf.Rotated && (s.logKey == "" || s.logKey == n.VKeyOld):
		s.rotated = append(s.rotated, n.VKey)
	default:
		s.wrong(Key, n.index, "the record's key changes without the old key's signature")
	}
	s.logKey = n.VKey
}

// good reports what is wrong with an approval by a key on the day and at the
// place of a leaf, "" for nothing.
func (s *leaves) good(name string, by numbered) (*key, string) {
	k := s.keys[name]
	switch {
	case k == nil || k.index > by.index:
		return nil, fmt.Sprintf("key %s was not on the record", name)
	case k.Desk != by.Desk:
		return k, fmt.Sprintf("key %s is of another desk", name)
	case k.removed >= 0 && k.removed < by.index:
		return k, fmt.Sprintf("key %s had been removed", name)
	case by.Day < k.Good || by.Day > k.Until:
		return k, fmt.Sprintf("key %s was good from %s to %s, and the approval is of %s", name, k.Good, k.Until, by.Day)
	}
	return k, ""
}

// sum writes down what is true of the whole.
func (s *leaves) sum(today desk.Day) {
	s.report.Checked.Checks = len(s.checks)
	if s.backwards > 0 {
		s.report.note(Clock, s.backwards, "")
	}
	if s.last != 0 && today-s.last > quietDays {
		s.report.note(Quiet, int(today-s.last), s.last.String())
	}
	before := 0
	for _, c := range s.checks {
		for _, v := range c.versions {
			before += v.Before
		}
	}
	for _, n := range s.bodies {
		switch of := s.checks[n.Check]; {
		case of == nil:
		case of.erased(n.Rev):
			s.report.ErasedAt = append(s.report.ErasedAt, n.index)
		case of.withheld():
			s.report.WithheldAt = append(s.report.WithheldAt, n.index)
		}
	}
	if before > 0 {
		s.report.note(Before, before, "")
	}
}
