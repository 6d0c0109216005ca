package desk

import (
	"strings"
	"time"
	"unicode/utf8"
)

// DraftState is where a draft stands.
type DraftState string

// The states. A returned draft is Writing again, with a reason.
const (
	Writing   DraftState = "writing"
	InReview  DraftState = "review"
	Published DraftState = "published"
	Dropped   DraftState = "dropped"
)

// Object is the state as the table of roles names it.
func (s DraftState) Object() ObjectState {
	switch s {
	case Writing:
		return DraftWriting
	case InReview:
		return DraftReview
	case Published:
		return DraftPublished
	}
	return DraftDropped
}

// Draft is a version under work. Its content is a Version without what only
// publishing can set.
type Draft struct {
	ID     string
	DeskID string
	// ClaimID is the open claim the draft answers, empty if nobody asked.
	ClaimID string
	// CheckID is the address the check has or will have.
	CheckID string
	// Base is the number of the version the draft builds on, 0 for a new check.
	Base  int
	Lang  string
	State DraftState
	// Counter grows with every save. A save names the counter it was based on.
	Counter int
	// Round grows with every submission; approvals belong to one round.
	Round   int
	Content Version
	// Revision is the hash that was submitted, empty while writing.
	Revision string
	// Disputed is set for good when a reviewer classified otherwise than the
	// author.
	Disputed bool
	// Named says that the gate suspected a name and the submitter declared that
	// no private person is named.
	Named bool
	// Returned is the reviewer's reason, empty if it was not returned.
	Returned string
	// Opened and Saved are UTC, whole microseconds.
	Opened, Saved time.Time
}

// Open reports whether the draft can still become a version.
func (d Draft) Open() bool { return d.State == Writing || d.State == InReview }

// Limits of a draft's fields, in characters.
const (
	ClaimMax     = 500
	TitleMax     = 200
	BodyMax      = 40_000
	ToDoMax      = 5_000
	RemarkMax    = 2_000
	SourcesMax   = 40
	QuoteMax     = 2_000
	SourceField  = 500
	SourceURLMax = 2_000
)

// Gate is one of the conditions of publication, as a reviewer's checklist
// shows it. ID names it; Key is the sentence of the catalogue that says what is
// missing, empty where OK. Ours says that the reviewer, not the writer, answers
// it.
type Gate struct {
	ID   string
	OK   bool
	Key  string
	Ours bool
}

// Facts are what the gates need to know beside the draft itself.
type Facts struct {
	Desk  Desk
	Today Day
	// Named: the wording may name a private person; Identified: it holds a
	// telephone number or the like. Cleared: the submitter declares that
	// nobody private is named. The gates are never told which words.
	Named, Identified, Cleared bool
	// Sources are what the addresses and owners say of the evidence.
	Sources SourceFacts
	// Pages says that the pages without which nothing may be published exist.
	Pages bool
	// Review is what the reviewer has answered so far.
	Review ReviewAnswers
}

// SourceFacts are what package source finds out of the evidence of a draft.
type SourceFacts struct {
	// Independent is how many sources do not hang together.
	Independent int
	// Broken and Person say that an address is none, or that whose page it is
	// was not said, and that a source is a private person's.
	Broken, Person bool
	// Networks says that a source stands on a network, where the second key
	// confirms whose page it is.
	Networks bool
}

// ReviewAnswers are the reviewer's own part of the checklist.
type ReviewAnswers struct {
	// OneSource is the public reason why one source is enough.
	OneSource string
	// Organisations confirms that pages on social networks are those of
	// organisations.
	Organisations bool
	// NoInterest answers the conflict-of-interest box.
	NoInterest bool
	// Classified says that the reviewer has classified the claim blind.
	Classified bool
}

// Checklist answers every gate that concerns the draft, in the order a
// reviewer goes through them. It is pure: the page, the workflow and the tests
// ask the same function.
func Checklist(v Version, f Facts) []Gate {
	var out []Gate
	add := func(id string, ok bool, key string) {
		g := Gate{ID: id, OK: ok}
		if !ok {
			g.Key = key
		}
		out = append(out, g)
	}
	wording(v, f, add)
	if v.Act.Judges() {
		finding(v, f, add)
		sources(v, f, add)
		dates(v, add)
	}
	pages(v, f, add)
	return append(out, reviewer(v, f)...)
}

type gateFunc func(id string, ok bool, key string)

func filled(s string) bool { return strings.TrimSpace(s) != "" }

func wording(v Version, f Facts, add gateFunc) {
	add("claim", filled(v.Claim) && short(v.Claim, ClaimMax), "error.version.claim")
	add("summary", filled(v.Summary) && short(v.Summary, SummaryMax), "error.version.summary")
	add("length", fits(v), "error.draft.length")
	add("names", !f.Identified && (!f.Named || f.Cleared), namesKey(f))
	if v.Act != Publish {
		add("reason", filled(v.Reason) && filled(v.Note), "error.version.reason")
	}
	if v.Act == WithholdOrder {
		add("order", v.Order.complete(), "error.draft.order")
	}
}

func namesKey(f Facts) string {
	if f.Identified {
		return "error.version.identifiers"
	}
	return "error.draft.names"
}

func (o Order) complete() bool {
	return filled(o.Body) && filled(o.Law) && o.Date != 0 && len(o.Digest) == 64 && strings.Trim(o.Digest, "0123456789abcdef") == ""
}

func short(s string, limit int) bool { return utf8.RuneCountInString(s) <= limit }

// fits reports whether every field keeps its limit.
func fits(v Version) bool {
	ok := short(v.Title, TitleMax) && short(v.Body, BodyMax) && short(v.ToDo, ToDoMax) && short(v.Sought, RemarkMax) &&
		short(v.Hearing.Note, RemarkMax) && short(v.Reason, RemarkMax) && short(v.Note, RemarkMax) && len(v.Evidence) <= SourcesMax
	for _, e := range v.Evidence {
		ok = ok && short(e.Quote, QuoteMax) && len(e.URL) <= SourceURLMax && len(e.ArchiveURL) <= SourceURLMax &&
			short(e.Title, SourceField) && short(e.Publisher, SourceField) && short(e.OwnerGroup, SourceField) && short(e.Locator, SourceField)
	}
	return ok
}

// finding holds the verdict to the kind of claim (E1) and the reply (E5).
func finding(v Version, f Facts, add gateFunc) {
	add("kind", v.Kind.Valid(), "error.version.kind")
	add("verdict", v.Verdict.Valid() && (v.Verdict == NotRated) == v.NotRatedKind.Valid(), "error.version.verdict")
	rated := v.Verdict != NotRated
	add("only_facts", !rated || v.Kind == FactKind, "error.version.only_facts")
	add("own_cause", !rated || !v.AboutPower || !f.Desk.OfPower(), "error.version.own_cause")
	add("disputed", !rated || !v.Disputed, "error.version.disputed")
	add("hearing", v.Hearing.State.Valid() && filled(v.Hearing.Note), "error.draft.hearing")
}

// sources holds the evidence to E2 and E3. Without a verdict only what is
// cited has to be in order.
func sources(v Version, f Facts, add gateFunc) {
	detailed := !f.Sources.Broken
	kept, sides := false, map[Stance]bool{}
	for _, e := range v.Evidence {
		detailed = detailed && e.Stance.Valid() && WebAddress(e.URL) && filled(e.Title) && filled(e.Publisher) &&
			filled(e.OwnerGroup) && filled(e.Quote) && filled(e.Locator) && (e.ArchiveURL == "" || WebAddress(e.ArchiveURL))
		kept = kept || e.Kept()
		sides[e.Stance] = true
	}
	add("source_details", detailed, "error.draft.source_details")
	add("source_person", !f.Sources.Person, "error.draft.source_person")
	if v.Verdict == NotRated {
		return
	}
	// "Not enough evidence" may rest on what was sought and not found.
	nothing := v.Verdict == NotEnoughEvidence && filled(v.Sought)
	n := f.Sources.Independent
	add("two_sources", n >= 2 || nothing || n == 1 && filled(f.Review.OneSource), "error.draft.two_sources")
	add("archived", kept || len(v.Evidence) == 0 && nothing, "error.draft.archived")
	add("both_sides", sides[For] && sides[Against] || filled(v.Sought), "error.draft.both_sides")
}

// dates holds a check to its time (E17).
func dates(v Version, add gateFunc) {
	limit := Day(0)
	if v.Topic == "health" || v.Topic == "law" {
		limit = ReviewDays
	}
	add("as_of", limit == 0 || v.AsOf != 0, "error.draft.as_of")
	add("review", v.Review == 0 && limit == 0 || v.Review > v.AsOf && (limit == 0 || v.Review-v.AsOf <= limit), "error.draft.review")
}

// pages holds the desk to E7 and E8, and an emergency to its days.
func pages(v Version, f Facts, add gateFunc) {
	if v.Act == Publish {
		add("policies", f.Pages, "error.policy.missing")
	}
	if v.Emergency {
		add("emergency", v.Review > 0 && v.Review-f.Today <= EmergencyDays && v.Review > f.Today, "error.draft.emergency")
	}
}

// reviewer lists what only the second key can answer.
func reviewer(v Version, f Facts) []Gate {
	gates := []Gate{
		{ID: "classified", OK: f.Review.Classified || !v.Act.Judges(), Key: "error.draft.classify"},
		{ID: "interest", OK: f.Review.NoInterest, Key: "error.draft.interest"},
	}
	if f.Sources.Networks && v.Act.Judges() {
		gates = append(gates, Gate{ID: "organisations", OK: f.Review.Organisations, Key: "error.draft.organisations"})
	}
	for i := range gates {
		gates[i].Ours = true
		if gates[i].OK {
			gates[i].Key = ""
		}
	}
	return gates
}

// Submittable returns the first gate that keeps the draft from review as an
// error, nil if there is none. What only the reviewer can answer does not: he
// may give a reason why one source is enough.
func Submittable(v Version, f Facts) error {
	if f.Sources.Independent == 1 {
		f.Review.OneSource = "to be given"
	}
	return firstMissing("submit", Checklist(v, f), false)
}

// Publishable is Submittable with the reviewer's part.
func Publishable(v Version, f Facts) error { return firstMissing("publish", Checklist(v, f), true) }

func firstMissing(op string, gates []Gate, all bool) error {
	for _, g := range gates {
		if g.OK || g.Ours && !all {
			continue
		}
		kind := Invalid
		switch g.ID {
		case "only_facts", "own_cause", "disputed":
			kind = Forbidden
		}
		return &Error{Kind: kind, Op: op, Key: g.Key}
	}
	return nil
}

// DraftMax is the longest draft in bytes, as it is kept.
const DraftMax = 400_000
