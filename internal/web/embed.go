package web

import (
	"slices"
	"strings"

	"sangto/internal/desk"
	"sangto/internal/lang"
	"sangto/internal/publish"
)

// embedView is the card of one check that other sites show in a frame. It has
// no frame of ours around it, no form and no box: the site that shows it would
// learn who looks something up.
type embedView struct {
	frame
	Card    card
	Lang    string
	Address string
	// Change says what the newest version changed, Note why.
	Change, Note         string
	Funders, FundersLang string
}

func (embedView) template() string { return "embed" }

// embed shows the newest version of a check as a card.
func (s *Site) embed(v *visit) error {
	p, err := s.catalog.Check(v.r.Context(), v.r.PathValue("id"))
	if err != nil {
		return err
	}
	path, piece := "/c/"+p.Check.ID, newPiece(p)
	d := &embedView{
		frame: s.newFrame(v.words, s.site(v.r.Context()), path+"/embed"), Card: newCard(v.words, p.Entry, p.Shown, nil),
		Change: publish.ChangeLine(v.words, p.Shown),
	}
	d.Lang, d.Title = d.Card.Lang, d.Card.Title
	if d.Change != "" {
		d.Note = publish.Plain(p.Shown.Note)
	}
	if !piece.Stands() {
		// What the desk no longer says is not repeated on other people's pages.
		d.Title, d.Card.Summary = publish.Headline(v.words, piece), ""
	}
	d.Address = firstOf(s.absolute(d.Link(path)), d.Link(path))
	d.Canonical = s.absolute(d.Link(checkPath(p.Check.ID, title(p.Shown))))
	d.Funders, d.FundersLang = funders(v.words, p.Desk)
	return s.reply(v, 200, d)
}

// funders is what a desk declares of its money, and in which language.
func funders(words *lang.Words, d desk.Desk) (text, tag string) {
	if strings.TrimSpace(d.Funders) == "" {
		return words.T("check.undeclared"), ""
	}
	return publish.Plain(d.Funders), passage(words, d.Lang)
}

// embedSheet is the style sheet of cards. It is one that other sites may load,
// because a card in a sandbox of theirs is a stranger to this site.
func (s *Site) embedSheet(v *visit) error {
	f := s.assets.byName["embed.css"]
	return sendFile(v, f.contentType, f.body)
}

// oembed describes the card for programs that show it. The address of the check
// is in the path: the public side reads no query, so there is no endpoint that
// takes any address, and whoever follows the link in the page needs none.
func (s *Site) oembed(v *visit) error {
	if s.public == nil {
		return notFound("describe card")
	}
	p, err := s.catalog.Check(v.r.Context(), v.r.PathValue("id"))
	if err != nil {
		return err
	}
	provider := s.newFeed(v.words, s.site(v.r.Context()), "/", "").Author
	picture := s.picture(href(v.words.Tag(), "/c/"+p.Check.ID))
	return sendFile(v, publish.OEmbedType, publish.OEmbed(s.public, v.words, provider, newPiece(p), picture))
}

// The share card of a check, as a picture.
const (
	pictureEnd    = "/card.png"
	pictureWidth  = 1200
	pictureHeight = 630
)

// picture is the share card of the check at path, none where there are no share
// cards.
func (s *Site) picture(path string) publish.Picture {
	address := s.absolute(path + pictureEnd)
	if address == "" || !s.pictures {
		return publish.Picture{}
	}
	return publish.Picture{Address: address, Width: pictureWidth, Height: pictureHeight}
}

// hasPictures reports whether a route makes share cards.
func hasPictures(routes []Route) bool {
	return slices.ContainsFunc(routes, func(r Route) bool { return strings.HasSuffix(r.Pattern, "/c/{id}"+pictureEnd) })
}
