package api

import (
	"context"

	"sangto/internal/lang"
	"sangto/internal/record"
)

// Feed is where one form of the feed is, in one language.
type Feed struct {
	Format string `json:"format" enum:"atom,rss,json"`
	Lang   string `json:"lang"`
	URL    string `json:"url" format:"uri"`
	Topic  string `json:"topic" doc:"The same for one topic: put its code in the place of {topic}"`
}

type feedsOutput struct {
	Body struct {
		Feeds       []Feed `json:"feeds" nullable:"false" doc:"The newest checks of the desks here, for feed readers"`
		ClaimReview string `json:"claim_review" format:"uri" doc:"Every standing check of the desks here, as schema.org's ClaimReview"`
		Data        string `json:"data" format:"uri" doc:"Everything published, to take away and search without a network"`
	}
}

func (a *API) feeds(context.Context, *struct{}) (*feedsOutput, error) {
	out := &feedsOutput{}
	for _, tag := range lang.Tags() {
		prefix := ""
		if tag != lang.Vietnamese {
			prefix = "/" + tag
		}
		for _, format := range []string{"atom", "rss", "json"} {
			out.Body.Feeds = append(out.Body.Feeds, Feed{
				Format: format, Lang: tag, URL: a.address(prefix + "/feed." + format), Topic: a.address(prefix + "/topics/{topic}/feed." + format),
			})
		}
	}
	out.Body.ClaimReview, out.Body.Data = a.address("/claimreview.json"), a.address("/data/")
	return out, nil
}

type recordOutput struct {
	Body struct {
		Origin     string `json:"origin" doc:"Name of the log, as its checkpoints give it"`
		Checkpoint string `json:"checkpoint" format:"uri" doc:"The newest signed checkpoint"`
		Tiles      string `json:"tiles" doc:"Tiles of the tree and of its entries, as the tlog-tiles format lays them out: put their path in the place of {path}"`
		Key        string `json:"key" format:"uri" doc:"The key that checkpoints are signed with. Note it once from somewhere you trust"`
		Policy     string `json:"policy" format:"uri" doc:"The log, its witnesses, and how many of them the desk asks for"`
		Content    string `json:"content" doc:"What an entry's hashes cover: put its index in the place of {index}"`
		Proof      string `json:"proof" doc:"Proof that an entry is in the log: put its index in the place of {index}"`
		Meaning    Said   `json:"meaning" doc:"What the record shows and what it does not"`
	}
}

// recordOf says where the material for verifying is. What is verified, and
// with what, is the reader's business: an interface of the desk cannot vouch
// for the desk.
func (a *API) recordOf(context.Context, *struct{}) (*recordOutput, error) {
	out := &recordOutput{}
	b := &out.Body
	b.Origin, b.Checkpoint, b.Tiles = record.Origin(a.public), a.address("/log/checkpoint"), a.address("/log/tile/{path}")
	b.Key, b.Policy = a.address("/log/key"), a.address("/log/policy")
	b.Content, b.Proof = a.address("/log/content/{index}"), a.address("/log/proof/{index}.tlog-proof")
	b.Meaning = a.said("programs.record.meaning")
	return out, nil
}
