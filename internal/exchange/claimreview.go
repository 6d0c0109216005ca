package exchange

import (
	"encoding/json"
	"strings"
)

// draft is a record with its fields found but nothing yet judged.
type draft struct {
	line   int
	offset int64

	organisation
	// reference is the @id of a publisher described elsewhere.
	reference string

	address, lang, published string
	claim, title, summary    string
	ratings                  []string
	linkOnly                 bool
	// twice names a member given more than once.
	twice string
}

// organisation is who stands for a check. person is set where somebody was
// named but no organisation.
type organisation struct {
	named  bool
	person bool
	// newsroom is a NewsMediaOrganization, which may publish on a page of its
	// own on a social network.
	newsroom bool
	name     string
	url      string
	owner    string
}

// LinkOnlyMark is the value of conditionsOfAccess, or of the column "access",
// with which exports mark a check of which only the link and the verdict are
// public. Only such a record may come without a claim.
const LinkOnlyMark = "link only"

// claimReview finds the fields of a schema.org ClaimReview.
func claimReview(n *node, rec *chunk) *draft {
	d := &draft{
		line: rec.line, offset: rec.offset,
		address:   first(text(n.get("url")), identifier(n.get("url"))),
		lang:      language(n.get("inLanguage")),
		published: text(n.get("datePublished")),
		claim:     text(n.get("claimReviewed")),
		title:     first(text(n.get("name")), text(n.get("headline"))),
		linkOnly:  text(n.get("conditionsOfAccess")) == LinkOnlyMark,
		twice:     n.twice,
	}
	explanation := ""
	for _, v := range list(n.get("reviewRating")) {
		words, why, twice := rating(v)
		d.ratings = append(d.ratings, words...)
		explanation, d.twice = first(explanation, why), first(d.twice, twice)
	}
	d.summary = first(explanation, text(n.get("description")), text(n.get("reviewBody")))
	d.publisher(append(list(n.get("author")), list(n.get("publisher"))...))
	return d
}

// rating gives the wordings a rating offers, best first.
func rating(v any) (words []string, why, twice string) {
	n, ok := v.(*node)
	if !ok {
		return []string{text(v)}, "", ""
	}
	if kinds := types(n); isPerson(kinds) || isOrganisation(kinds) {
		return nil, "", ""
	}
	words = []string{text(n.get("alternateName")), text(n.get("name")), text(n.get("ratingValue"))}
	return words, text(n.get("ratingExplanation")), n.twice
}

// publisher takes the first organisation among the authors and publishers.
func (d *draft) publisher(candidates []any) {
	for _, v := range candidates {
		n, ok := v.(*node)
		if !ok {
			continue
		}
		kinds := types(n)
		switch {
		case isPerson(kinds):
			d.person = true
		case isOrganisation(kinds):
			d.organisation, d.reference = organisationOf(n), ""
			d.newsroom = kinds["NewsMediaOrganization"]
			d.twice = first(d.twice, n.twice)
			return
		case len(kinds) == 0 && d.reference == "" && text(n.get("name")) == "":
			if id := text(n.get("@id")); len(id) <= maxID {
				d.reference = id
			}
		}
	}
}

func organisationOf(n *node) organisation {
	return organisation{
		named: true,
		name:  first(text(n.get("name")), text(n.get("legalName"))),
		url:   first(text(n.get("url")), identifier(n.get("url")), text(n.get("@id"))),
		owner: ownerOf(n),
	}
}

// ownerOf reads who owns an organisation in its own words: an address is no
// owner, and a person is not kept.
func ownerOf(n *node) string {
	for _, name := range []string{"ownershipFundingInfo", "parentOrganization"} {
		for _, v := range list(n.get(name)) {
			s := text(v)
			if inner, ok := v.(*node); ok && !isPerson(types(inner)) {
				s = first(s, text(inner.get("name")), text(inner.get("description")))
			}
			if s != "" && !strings.Contains(s, "://") {
				return s
			}
		}
	}
	return ""
}

// foundReview finds the fields of one review in a claims:search answer, in
// which the publisher is always an organisation.
func foundReview(claim, review *node, rec *chunk) *draft {
	d := &draft{
		line: rec.line, offset: rec.offset,
		address:   text(review.get("url")),
		lang:      text(review.get("languageCode")),
		published: text(review.get("reviewDate")),
		claim:     text(claim.get("text")),
		title:     text(review.get("title")),
		ratings:   []string{text(review.get("textualRating"))},
		twice:     first(claim.twice, review.twice),
	}
	if publisher, ok := review.get("publisher").(*node); ok {
		d.organisation = organisation{named: true, name: text(publisher.get("name")), url: text(publisher.get("site"))}
		d.twice = first(d.twice, publisher.twice)
	}
	return d
}

// types is the set of a node's types by local name.
func types(n *node) map[string]bool {
	kinds := map[string]bool{}
	for _, v := range list(n.get("@type")) {
		if s, ok := v.(string); ok {
			kinds[localName(s)] = true
		}
	}
	return kinds
}

func isPerson(kinds map[string]bool) bool { return kinds["Person"] || kinds["Patient"] }

// organisationTypes are the schema.org subtypes of Organization whose names
// do not say so.
var organisationTypes = map[string]bool{
	"Corporation": true, "NGO": true, "Consortium": true, "Cooperative": true, "LocalBusiness": true, "OnlineBusiness": true,
	"Project": true, "FundingAgency": true, "LibrarySystem": true, "Library": true, "WorkersUnion": true, "PoliticalParty": true,
	"CollegeOrUniversity": true, "School": true, "HighSchool": true, "MiddleSchool": true, "ElementarySchool": true,
	"Hospital": true, "MedicalClinic": true, "GovernmentOffice": true, "ProfessionalService": true, "RadioStation": true,
	"TelevisionStation": true, "BroadcastService": true,
}

func isOrganisation(kinds map[string]bool) bool {
	if isPerson(kinds) {
		return false
	}
	for k := range kinds {
		if organisationTypes[k] || strings.HasSuffix(k, "Organization") {
			return true
		}
	}
	return false
}

// isContext recognises what describes a site and not a check; it is passed
// over without a word.
func isContext(kinds map[string]bool) bool {
	for _, k := range []string{"Person", "WebSite", "WebPage", "CollectionPage", "BreadcrumbList", "ImageObject", "SearchAction", "SiteNavigationElement"} {
		if kinds[k] {
			return true
		}
	}
	return isOrganisation(kinds)
}

// list is v as a list: JSON-LD writes a single value and a list of one alike.
func list(v any) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		return v
	}
	return []any{v}
}

// text is the first wording in v: a string, a number, a value object, or a
// list of them.
func text(v any) string {
	switch v := v.(type) {
	case string:
		return strings.TrimSpace(v)
	case json.Number:
		if len(v) <= maxID {
			return v.String()
		}
	case *node:
		if inner, ok := v.get("@value").(string); ok {
			return strings.TrimSpace(inner)
		}
	case []any:
		for _, e := range v {
			if _, nested := e.([]any); nested {
				continue
			}
			if s := text(e); s != "" {
				return s
			}
		}
	}
	return ""
}

// identifier is the @id of v, which is how expanded JSON-LD writes addresses.
func identifier(v any) string {
	for _, e := range list(v) {
		if n, ok := e.(*node); ok {
			return text(n.get("@id"))
		}
	}
	return ""
}

// language reads a tag or a Language node.
func language(v any) string {
	for _, e := range list(v) {
		if n, ok := e.(*node); ok {
			if s := first(text(n), text(n.get("alternateName")), text(n.get("name"))); s != "" {
				return s
			}
		}
	}
	return text(v)
}

func first(words ...string) string {
	for _, s := range words {
		if s != "" {
			return s
		}
	}
	return ""
}
