package exchange

import (
	"strings"
)

// Caps on what is remembered across the records of one input.
const (
	maxOrganisations = 1000
	maxPending       = 1000
	maxID            = 500
	// maxDropped is how many records may be dropped in an input that yields
	// fewer than one item in maxPerItem: it is a file of something else.
	maxDropped = 100_000
	maxPerItem = 50
)

// walker finds published checks in parsed records and hands them on.
type walker struct {
	limits  Limits
	yield   func(Item, *Drop) bool
	stopped bool
	// kept and dropped count what was handed on.
	kept, dropped int
	// organisations are the nodes that a publisher given by @id may mean;
	// pending are checks whose publisher has not been seen yet.
	organisations map[string]organisation
	pending       []*draft
	// page mutes everything that is no check: a web page is full of it.
	page bool
}

func newWalker(l Limits, yield func(Item, *Drop) bool) *walker {
	return &walker{limits: l, yield: yield, organisations: map[string]organisation{}}
}

func (w *walker) hand(item Item, drop *Drop) {
	if w.stopped {
		return
	}
	if drop == nil {
		w.kept++
	} else {
		w.dropped++
	}
	w.stopped = !w.yield(item, drop)
	if !w.stopped && w.dropped > maxDropped && w.dropped/maxPerItem > w.kept {
		w.yield(Item{}, &Drop{Line: drop.Line, Offset: drop.Offset, Key: reasonFlood})
		w.stopped = true
	}
}

func (w *walker) drop(line int, offset int64, key string, args map[string]any) {
	w.hand(Item{}, &Drop{Line: line, Offset: offset, Key: key, Args: args})
}

// record takes one record as it was cut out of the input.
func (w *walker) record(rec *chunk) { w.object(rec, false) }

// object is record for an object whose lists were already read (listed): it
// need not be a check itself.
func (w *walker) object(rec *chunk, listed bool) {
	if w.stopped {
		return
	}
	key := rec.fault(w.limits)
	var v any
	if key == "" {
		v, key = parse(rec.raw, w.limits)
	}
	if key != "" {
		w.drop(rec.line, rec.offset, key, nil)
		return
	}
	if w.descend(v, rec) || listed || w.page {
		return
	}
	if n, ok := v.(*node); ok && isContext(types(n)) {
		return
	}
	key = reasonNotCheck
	if isFeed(v) {
		key = reasonFeed
	}
	w.drop(rec.line, rec.offset, key, nil)
}

// below names the members in which a check may lie inside something else.
// What a check itself says about a claim is not among them.
var below = []string{
	"@graph", "dataFeedElement", "item", "itemListElement", "mainEntity", "hasPart", "review", "subjectOf",
	"associatedClaimReview", "claims",
}

// descend looks for checks in v and reports whether there was one. Its depth
// is bounded by the cap on the record.
func (w *walker) descend(v any, rec *chunk) (found bool) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			found = w.descend(e, rec) || found
		}
	case *node:
		kinds := types(v)
		switch {
		case kinds["ClaimReview"]:
			w.check(claimReview(v, rec))
			return true
		case v.get("claimReview") != nil && len(kinds) == 0:
			return w.searchResult(v, rec)
		case isOrganisation(kinds):
			w.remember(v)
		}
		for _, name := range below {
			if inner := v.get(name); inner != nil {
				found = w.descend(inner, rec) || found
			}
		}
	}
	return found
}

// searchResult reads one claim of a claims:search answer; it may have been
// checked by several publishers.
func (w *walker) searchResult(claim *node, rec *chunk) bool {
	found := false
	for _, v := range list(claim.get("claimReview")) {
		if review, ok := v.(*node); ok {
			w.check(foundReview(claim, review, rec))
			found = true
		}
	}
	return found
}

// check passes a draft through the gates, or lays it aside until the
// publisher it refers to has been read.
func (w *walker) check(d *draft) {
	if d.reference != "" && !w.resolve(d) && len(w.pending) < maxPending {
		w.pending = append(w.pending, d)
		return
	}
	w.hand(d.keep())
}

func (w *walker) resolve(d *draft) bool {
	org, ok := w.organisations[d.reference]
	if ok {
		d.organisation, d.reference = org, ""
	}
	return ok
}

// settle judges what waited for its publisher, now that no more will come.
func (w *walker) settle() {
	for _, d := range w.pending {
		w.resolve(d)
		w.hand(d.keep())
	}
	w.pending = nil
}

// finish names an input in which nothing was found.
func (w *walker) finish(line int, offset int64) {
	if w.kept+w.dropped > 0 {
		return
	}
	key := reasonEmpty
	if w.page {
		key = reasonPage
	}
	w.drop(line, offset, key, nil)
}

// remember keeps an organisation that later or earlier records may refer to.
func (w *walker) remember(n *node) {
	id := text(n.get("@id"))
	if id == "" || len(id) > maxID || len(w.organisations) >= maxOrganisations {
		return
	}
	if _, known := w.organisations[id]; !known {
		w.organisations[id] = organisationOf(n)
	}
}

// isFeed recognises feeds of posts, articles and films in JSON, whose reader
// would otherwise be told only that something is no check.
func isFeed(v any) bool {
	n, ok := v.(*node)
	if !ok {
		return false
	}
	if strings.HasPrefix(text(n.get("version")), "https://jsonfeed.org/") {
		return true
	}
	switch text(n.get("type")) {
	case "Note", "Create", "Announce", "OrderedCollection", "OrderedCollectionPage", "Collection", "Person", "Video", "Article":
		return true
	}
	return n.get("orderedItems") != nil
}

// failed hands on why an input ended early.
func (w *walker) failed(s *byteSource) bool {
	err := s.failure()
	if err == nil {
		return false
	}
	key := reasonRead
	if err == errInput {
		key = reasonInput
	}
	w.hand(Item{}, &Drop{Line: s.line, Offset: s.offset(), Key: key, Err: err})
	return true
}
