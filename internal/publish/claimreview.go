package publish

import (
	"encoding/json"
	"io"
	"net/url"

	"sangto/internal/desk"
	"sangto/internal/lang"
	"sangto/internal/schemaorg"
)

// The ends of the scale of ClaimReview, as those who read it know it.
const (
	scaleBest  = 5
	scaleWorst = 1
)

// onScale is a verdict's place between scaleWorst and scaleBest, 0 for a verdict
// that has none: missing context is neither more nor less true than something
// else, and not enough evidence says nothing about truth.
func onScale(v desk.Verdict) int {
	switch v {
	case desk.True:
		return scaleBest
	case desk.MostlyTrue:
		return scaleBest - 1
	case desk.NotTrue:
		return scaleWorst
	}
	return 0
}

// ClaimReview describes a check of ours in JSON-LD (schema.org, with what
// Google's rules for fact checks ask for). words is the language in which the
// verdict is shown beside it, so that the two are identical. ok is false where
// there is nothing to say: the check is another desk's, no longer stands, or its
// words may not be shown.
func ClaimReview(site *url.URL, words *lang.Words, p Piece) (b json.RawMessage, ok bool) {
	if p.Check.Imported() || !p.Stands() {
		return nil, false
	}
	v, address := p.Version, Address(site, p.Check)
	r := schemaorg.ClaimReview{
		Context: schemaorg.Context, Type: "ClaimReview", ID: address + "#claimreview", URL: address,
		Claim: Plain(v.Claim), Name: Plain(v.Title), Description: Plain(v.Summary), Lang: language(p.Check),
		Published: p.first().String(), Version: v.Number, Free: true, Rating: schemaorg.NewRating(Label(words, p)),
		Author: author(site, words, p.Desk), Publisher: &schemaorg.Reference{ID: DeskAddress(site, p.Desk)},
		Usage: schemaorg.NewCreativeWork(words.T("check.fixed_line")),
	}
	if v.Number > 1 {
		r.Modified = v.Published.String()
	}
	if v.Act == desk.Correct {
		r.Correction = schemaorg.NewCorrection(Plain(v.Note), v.Published.String())
	}
	if place := onScale(v.Verdict); place != 0 {
		r.Rating.Value, r.Rating.Best, r.Rating.Worst = place, scaleBest, scaleWorst
	}
	return encode(r), true
}

func author(site *url.URL, words *lang.Words, d desk.Desk) schemaorg.Organization {
	owner, funders := Ownership(words, d)
	address := DeskAddress(site, d)
	return schemaorg.Organization{Type: "Organization", ID: address, Name: Plain(d.Name), URL: address, Ownership: schemaorg.TextsOf(owner, funders)}
}

// encode writes one of this package's structs of strings, numbers and booleans,
// which cannot fail. "<" comes out escaped, so that no wording can end the
// element of a page that carries it.
func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

// DataFeed writes ClaimReviews as one JSON-LD document, a schema.org DataFeed,
// without holding more than one of them.
type DataFeed struct {
	w     io.Writer
	head  []byte
	begun bool
}

// NewDataFeed returns a DataFeed named name that lives at address. notice is the
// sentence that goes with every check.
func NewDataFeed(w io.Writer, name, address, notice string) *DataFeed {
	head := encode(struct {
		Context string                  `json:"@context"`
		Type    string                  `json:"@type"`
		Name    string                  `json:"name"`
		URL     string                  `json:"url"`
		Usage   *schemaorg.CreativeWork `json:"usageInfo"`
	}{schemaorg.Context, "DataFeed", Plain(name), address, schemaorg.NewCreativeWork(notice)})
	return &DataFeed{w: w, head: append(head[:len(head)-1], `,"dataFeedElement":[`...)}
}

// Add writes the next ClaimReview.
func (f *DataFeed) Add(review json.RawMessage) error {
	before := []byte(",\n")
	if !f.begun {
		before, f.begun = append(f.head, '\n'), true
	}
	if _, err := f.w.Write(before); err != nil {
		return err
	}
	_, err := f.w.Write(review)
	return err
}

// End completes the document, which may be empty.
func (f *DataFeed) End() error {
	if !f.begun {
		if _, err := f.w.Write(f.head); err != nil {
			return err
		}
	}
	_, err := io.WriteString(f.w, "\n]}\n")
	return err
}
