package exchange

import (
	"crypto/sha256"
	"net/url"
	"strings"

	"sangto/internal/desk"
	"sangto/internal/source"
	"sangto/redact"
)

// keep passes a draft through every gate: what comes out is a published check
// of an organisation, or the reason why not.
func (d *draft) keep() (Item, *Drop) {
	item := Item{Line: d.line, Offset: d.offset, Lang: primaryLang(d.lang)}
	if d.twice != "" {
		return d.refuse(reasonTwice, map[string]any{"Name": d.twice})
	}
	u, key := address(d.address)
	if key != "" {
		return d.refuse(key, nil)
	}
	if source.IsNetwork(u.Hostname(), u.Path) && d.ownPage(u) == "" {
		return d.refuse(reasonSocial, map[string]any{"Host": u.Hostname()})
	}
	item.Address = u.String()
	if drop := d.keepPublisher(&item, u); drop != nil {
		return Item{}, drop
	}
	if key := d.keepRating(&item); key != "" {
		return d.refuse(key, nil)
	}
	if key := d.keepWording(&item); key != "" {
		return d.refuse(key, nil)
	}
	item.Published = day(d.published)
	item.CheckID = hashID("sangto check", item.DeskID, item.Address, item.Lang)
	return item, nil
}

// ownPage is the path of the page on a social network that a newsroom declares
// to be its own address, if the check u stands below it: no newsroom is shut
// out because it publishes there. Anybody else's account stays out, because
// there a check cannot be told from a person's post.
func (d *draft) ownPage(u *url.URL) string {
	page, key := address(d.url)
	if !d.newsroom || key != "" || bare(page.Hostname()) != bare(u.Hostname()) {
		return ""
	}
	path := strings.TrimRight(page.Path, "/")
	if path == "" || !strings.HasPrefix(u.Path, path+"/") {
		return ""
	}
	return path
}

func (d *draft) refuse(key string, args map[string]any) (Item, *Drop) {
	return Item{}, &Drop{Line: d.line, Offset: d.offset, Key: key, Args: args}
}

// keepPublisher wants an organisation, and the address to be on its site. An
// organisation that gives no site of its own, or only an account on a social
// network, is taken to be where its check was published.
func (d *draft) keepPublisher(item *Item, u *url.URL) *Drop {
	if !d.named {
		key := reasonPublisher
		if d.person {
			key = reasonPerson
		}
		_, drop := d.refuse(key, nil)
		return drop
	}
	host, path, ok := publisherSite(d.url)
	if !ok {
		host, path = u.Hostname(), ""
	}
	page := ""
	if source.IsNetwork(u.Hostname(), u.Path) {
		host, page = u.Hostname(), d.ownPage(u)
	}
	if !onSite(u.Hostname(), host) {
		_, drop := d.refuse(reasonHost, map[string]any{"Host": u.Hostname(), "Site": host})
		return drop
	}
	name, sound := plainText(d.name)
	if !says(name) || strings.Contains(name, "://") {
		name = bare(host)
	}
	if !sound || identifies(name) {
		_, drop := d.refuse(reasonIdentifies, nil)
		return drop
	}
	item.Publisher = shorten(name, PublisherMax)
	if owner, sound := plainText(d.owner); sound && says(owner) && !strings.Contains(owner, "://") && !identifies(owner) {
		item.Owner = shorten(owner, OwnerMax)
	}
	part := first(page, deskPath(path))
	item.Site = "https://" + host + part
	item.DeskID = hashID("sangto desk", bare(host)+part)
	return nil
}

// keepRating wants a verdict in words. A number on a scale is none: nobody
// but its publisher knows what it means.
func (d *draft) keepRating(item *Item) string {
	key := reasonRating
	for _, words := range d.ratings {
		words, sound := plainText(words)
		switch {
		case !sound || words == "":
			continue
		case !inWords(words):
			key = reasonNumber
			continue
		case identifies(words):
			return reasonIdentifies
		}
		item.Rating = shorten(words, RatingMax)
		item.NoVerdict = isNoVerdict(words)
		return ""
	}
	return key
}

// keepWording takes the claim, the headline and the reason given. If any of
// them holds what looks like a personal identifier, none is kept: cutting
// words out of another desk's finding would change it.
func (d *draft) keepWording(item *Item) string {
	if d.linkOnly && d.claim == "" {
		item.LinkOnly = true
		return ""
	}
	claim, soundClaim := plainText(d.claim)
	title, soundTitle := plainText(d.title)
	summary, soundSummary := plainText(d.summary)
	if !soundClaim || !soundTitle || !soundSummary {
		return reasonText
	}
	if !says(claim) {
		return reasonClaim
	}
	if d.linkOnly || identifies(claim+"\n"+title+"\n"+summary) {
		item.LinkOnly = true
		return ""
	}
	item.Claim = shorten(claim, ClaimMax)
	item.Title = shorten(title, TitleMax)
	item.Summary = shorten(summary, SummaryMax)
	return ""
}

// identifies reports whether wording holds what looks like a personal
// identifier.
func identifies(s string) bool { return s != "" && len(redact.Redact(s).Found) > 0 }

// day reads a date; what is none is an unknown day, which is no reason to
// lose a check.
func day(s string) desk.Day {
	d, err := desk.ParseDay(strings.TrimSpace(s))
	if err != nil {
		return 0
	}
	return d
}

// hashID makes a key from what identifies something in every installation.
func hashID(parts ...string) string {
	return desk.HashID(sha256.Sum256([]byte(strings.Join(parts, "\x00"))))
}
