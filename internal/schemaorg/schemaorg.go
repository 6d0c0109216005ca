// Package schemaorg is the part of schema.org's vocabulary that this program
// writes, spelt once: pages, exports and open data differ in what they fill in
// and never in what a thing is called.
//
// There is no itemReviewed among it: it would say who made a claim and where.
package schemaorg

import (
	"encoding/json"
	"net/url"
	"strings"
)

// Context is the vocabulary's address, the "@context" of a document.
const Context = "https://schema.org"

// ClaimReview is https://schema.org/ClaimReview as far as we fill it. What is
// empty is not written.
type ClaimReview struct {
	Context     string        `json:"@context,omitempty"`
	Type        string        `json:"@type"`
	ID          string        `json:"@id,omitempty"`
	URL         string        `json:"url"`
	Claim       string        `json:"claimReviewed,omitempty"`
	Name        string        `json:"name,omitempty"`
	Description string        `json:"description,omitempty"`
	Lang        string        `json:"inLanguage,omitempty"`
	Published   string        `json:"datePublished,omitempty"`
	Modified    string        `json:"dateModified,omitempty"`
	Version     int           `json:"version,omitempty"`
	Correction  *Correction   `json:"correction,omitempty"`
	Access      string        `json:"conditionsOfAccess,omitempty"`
	Free        bool          `json:"isAccessibleForFree,omitempty"`
	Licence     string        `json:"license,omitempty"`
	Usage       *CreativeWork `json:"usageInfo,omitempty"`
	Rating      *Rating       `json:"reviewRating,omitempty"`
	Author      Organization  `json:"author"`
	Publisher   *Reference    `json:"publisher,omitempty"`
}

// Correction is a CorrectionComment: what a version mends in the one before.
type Correction struct {
	Type      string `json:"@type"`
	Text      string `json:"text,omitempty"`
	Published string `json:"datePublished"`
}

// NewCorrection returns a Correction of the day published.
func NewCorrection(text, published string) *Correction {
	return &Correction{Type: "CorrectionComment", Text: text, Published: published}
}

// Rating carries numbers only where the verdict has a place on a scale.
type Rating struct {
	Type  string `json:"@type"`
	Words string `json:"alternateName"`
	Value int    `json:"ratingValue,omitempty"`
	Best  int    `json:"bestRating,omitempty"`
	Worst int    `json:"worstRating,omitempty"`
}

// NewRating returns a Rating in words alone.
func NewRating(words string) *Rating { return &Rating{Type: "Rating", Words: words} }

// Organization is who publishes, owns or pays.
type Organization struct {
	Type string `json:"@type"`
	ID   string `json:"@id,omitempty"`
	Name string `json:"name"`
	URL  string `json:"url,omitempty"`
	// Ownership is who owns the publisher and who pays for its work.
	Ownership Texts         `json:"ownershipFundingInfo,omitempty"`
	Funder    *Organization `json:"funder,omitempty"`
}

// Reference names a thing that is described elsewhere.
type Reference struct {
	ID string `json:"@id"`
}

// CreativeWork is a text.
type CreativeWork struct {
	Type string `json:"@type"`
	Text string `json:"text"`
}

// NewCreativeWork returns text as a CreativeWork.
func NewCreativeWork(text string) *CreativeWork {
	return &CreativeWork{Type: "CreativeWork", Text: text}
}

// Texts are the values of one property. A single one is written without a list
// around it, as JSON-LD has it and as the simplest readers expect it.
type Texts []string

// TextsOf returns those of s that are not empty.
func TextsOf(s ...string) Texts {
	var out Texts
	for _, one := range s {
		if one != "" {
			out = append(out, one)
		}
	}
	return out
}

// MarshalJSON implements json.Marshaler.
func (t Texts) MarshalJSON() ([]byte, error) {
	if len(t) == 1 {
		return json.Marshal(t[0])
	}
	return json.Marshal([]string(t))
}

// PublisherType is the type under which a publisher's checks come in again: a
// site below the root of a host is a newsroom's page on a social network, or
// one desk of an installation, which both types serve.
func PublisherType(site string) string {
	u, err := url.Parse(site)
	if err == nil && strings.Trim(u.Path, "/") != "" && !strings.Contains(u.Path, "/desks/") {
		return "NewsMediaOrganization"
	}
	return "Organization"
}
