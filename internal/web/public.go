package web

import (
	"encoding/json"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"sangto/internal/catalog"
	"sangto/internal/desk"
	"sangto/internal/gate"
	"sangto/internal/lang"
	"sangto/internal/publish"
)

// recentChecks is how many checks the first page shows.
const recentChecks = 6

type homeView struct {
	frame
	Problem string
	Recent  []card
	// Standing are the service notices in force, below the box.
	Standing []noticeCard
	// Public says how public bodies were judged here.
	Public string
}

func (homeView) template() string { return "home" }

func (s *Site) home(v *visit) error { return s.showHome(v, nil) }

// showHome shows the box; with a problem, what was wrong with what came out of
// it.
func (s *Site) showHome(v *visit, wrong error) error {
	list, err := s.catalog.List(v.r.Context(), catalog.Filter{}, 1)
	if err != nil {
		return err
	}
	figures, err := s.catalog.Figures(v.r.Context())
	if err != nil {
		return err
	}
	standing, err := s.catalog.StandingNotices(v.r.Context())
	if err != nil {
		return err
	}
	site := s.site(v.r.Context())
	data := &homeView{frame: s.newFrame(v.words, site, "/"), Public: publicLine(v.words, figures)}
	for _, n := range standing {
		data.Standing = append(data.Standing, newNoticeCard(v.words, zoneOf(site), n.Notice, n.Published))
	}
	data.Recent = cards(v.words, list.Entries[:min(recentChecks, len(list.Entries))])
	data.Title = data.T("home.title")
	data.Description = data.T("home.promise")
	data.Canonical = s.absolute(data.Link("/"))
	data.Feeds = feedLinks(data.Words, "/", "")
	status := http.StatusOK
	if wrong != nil {
		data.Problem, status, data.NoIndex = data.Error(wrong), gate.Status(desk.KindOf(wrong)), true
		data.Title = data.T("site.error_title", "Page", data.Title)
	}
	s.switchLink(&data.frame)
	return s.reply(v, status, data)
}

// reply renders a page and sends it.
func (s *Site) reply(v *visit, status int, data page) error {
	body, err := s.pages.render(data)
	if err != nil {
		return err
	}
	return send(v.w, status, body)
}

type checkView struct {
	frame
	Card card
	// Lang is the language of the check where it is not the page's.
	Lang                                    string
	Old, Withdrawn, Corrected, Reason, Note string
	// Notices are plain sentences about the version; Changed is what it changed.
	Notices                                []string
	Changed                                []diffView
	NewestPath                             string
	Meaning                                string
	ImportedLine, Source, ReadOriginal     string
	Body, ToDo                             template.HTML
	Evidence                               []evidenceGroup
	DeskHref                               string
	Owner, OwnerLang, Funders, FundersLang string
	Permalink, AsOf, Written               string
	TwoKeys                                bool
	Topic, TopicHref                       string
	Versions                               []versionItem
	After                                  afterView
	// Record says where the version stands in the public record, nil if nowhere.
	Record *recordedView
	// ClaimReview describes the newest version to programs, nil where no finding
	// of ours is shown.
	ClaimReview json.RawMessage
	// OEmbed is the address of the card's description for other sites.
	OEmbed string
	Share  *shareView
}

func (checkView) template() string { return "check" }

// versionItem is a line of a check's history.
type versionItem struct {
	Label, Act, Note, Href string
	Here                   bool
}

func (s *Site) check(v *visit) error {
	p, err := s.catalog.Check(v.r.Context(), v.r.PathValue("id"))
	if err != nil {
		return err
	}
	path := checkPath(p.Check.ID, title(p.Shown))
	slug := v.r.PathValue("slug")
	if slug != "" && path != "/c/"+p.Check.ID+"/"+slug {
		http.Redirect(v.w, v.r, href(v.words.Tag(), path), http.StatusMovedPermanently)
		return nil
	}
	return s.showCheck(v, p, path)
}

func (s *Site) version(v *visit) error {
	n, err := strconv.Atoi(v.r.PathValue("n"))
	if err != nil {
		return notFound("read version")
	}
	p, err := s.catalog.Version(v.r.Context(), v.r.PathValue("id"), n)
	if err != nil {
		return err
	}
	return s.showCheck(v, p, versionPath(p.Check.ID, n))
}

func versionPath(id string, n int) string { return "/c/" + id + "/v/" + strconv.Itoa(n) }

func (s *Site) showCheck(v *visit, p catalog.Page, path string) error {
	words, shown := v.words, p.Shown
	d := &checkView{
		frame: s.newFrame(words, s.site(v.r.Context()), path),
		Card:  newCard(words, p.Entry, shown, nil),
	}
	d.Lang, d.Title = d.Card.Lang, d.Card.Title
	d.Description = firstOf(d.Card.Summary, d.Card.Title)
	d.NewestPath = checkPath(p.Check.ID, title(p.Version))
	d.Permalink = s.absolute(d.Link("/c/" + p.Check.ID))
	d.describe(p)
	d.history(p)
	var err error
	if d.After, err = s.afterOf(v, p); err != nil {
		return err
	}
	if d.Record, err = s.recorded(v, d, p); err != nil {
		return err
	}
	if !p.Old() {
		d.Share = s.shareOf(words, p)
	}
	s.previews(d, p)
	s.describeToPrograms(d, p)
	s.switchLink(&d.frame)
	return s.reply(v, http.StatusOK, d)
}

// describe fills in what the check and its desk say.
func (d *checkView) describe(p catalog.Page) {
	words, shown := d.Words, p.Shown
	d.Evidence = evidenceOf(words, shown.Evidence, func(position int) string {
		if !slices.Contains(p.Copies, position) {
			return ""
		}
		return d.Link(copyPath(p.Check.ID, shown.Number, position))
	})
	d.DeskHref = d.Link("/desks/" + p.Desk.ID)
	d.Owner, d.OwnerLang = owner(words, p.Desk)
	d.Owner = firstOf(d.Owner, words.T("check.undeclared"))
	d.Funders, d.FundersLang = funders(words, p.Desk)
	if d.Lang != "" {
		d.Written = words.T("check.original_language", "Language", words.Language(p.Check.Lang))
	}
	if slices.Contains(desk.Topics(), shown.Topic) {
		d.Topic = words.T("check.topic", "Topic", words.Topic(shown.Topic))
		d.TopicHref = d.Link("/topics/" + shown.Topic)
	}
	if p.Check.Imported() {
		d.describeImported(p)
		return
	}
	d.TwoKeys = true
	d.Body, d.ToDo = markdown(shown.Body), markdown(shown.ToDo)
	switch {
	case shown.Withdrawn(), p.Withheld, shown.Erased: // no finding is left to explain
	case shown.Verdict == desk.NotRated:
		d.Meaning = words.NotRatedMeaning(shown.NotRatedKind)
	default:
		d.Meaning = words.VerdictMeaning(shown.Verdict)
	}
	if shown.AsOf != 0 {
		d.AsOf = words.T("check.as_of", "Date", words.Date(shown.AsOf))
	}
}

// describeImported keeps to the publisher's words and leads to them.
func (d *checkView) describeImported(p catalog.Page) {
	words := d.Words
	if desk.WebAddress(p.Check.SourceURL) {
		d.Source = p.Check.SourceURL
		d.ReadOriginal = words.T("check.read_original", "Desk", d.Card.DeskName)
	}
	if p.Shown.LinkOnly {
		d.ImportedLine = words.T("check.link_only", "Desk", d.Card.DeskName)
		return
	}
	d.ImportedLine = words.T("check.imported", "Desk", d.Card.DeskName)
	d.Body, d.ToDo = markdown(p.Shown.Body), markdown(p.Shown.ToDo)
}

// history fills in the versions and what to say of the one shown.
func (d *checkView) history(p catalog.Page) {
	words := d.Words
	for i, v := range p.Versions {
		d.Versions = append(d.Versions, versionItem{
			Label: words.T("check.version", "Number", v.Number, "Date", words.Date(v.Published)),
			Act:   words.T(actKey(v.Act)), Note: publish.Plain(v.Note),
			Href: d.Link(versionPath(p.Check.ID, v.Number)), Here: v.Number == p.Shown.Number,
		})
		if v.Number == p.Shown.Number && i+1 < len(p.Versions) {
			d.Old = words.T("check.old", "Date", words.Date(p.Versions[i+1].Published))
		}
	}
	date := words.Date(p.Shown.Published)
	d.notices(p)
	switch p.Shown.Act {
	case desk.Withdraw:
		d.Withdrawn = words.T("check.withdrawn", "Date", date)
	case desk.Correct:
		d.Corrected = words.T("check.correction", "Date", date)
	case desk.ErasePersonal:
		d.Corrected = words.T("check.erasing", "Date", date)
	case desk.WithholdOrder:
		d.Withdrawn = withheldBanner(words, p)
	case desk.Restore:
		d.Corrected = words.T("check.restored", "Date", date)
	default:
		return
	}
	d.Note = publish.Plain(p.Shown.Note)
	if reason := publish.Plain(p.Shown.Reason); reason != "" && reason != d.Note {
		d.Reason = words.T("check.correction_reason", "Reason", reason)
	}
}

// withheldBanner tells everything about the order: who, when, by which law,
// until when.
func withheldBanner(words *lang.Words, p catalog.Page) string {
	o, key := p.Shown.Order, "check.withheld"
	if !p.Withheld || p.Version.Lost {
		key = "check.withheld_over"
	}
	return words.T(key, "Body", publish.Plain(o.Body), "Date", words.Date(o.Date), "Law", publish.Plain(o.Law),
		"Since", words.Date(p.Shown.Published), "Until", words.Date(o.Lapses), "Digest", o.Digest)
}

// notices say what a version is besides its finding, and what changed in it.
func (d *checkView) notices(p catalog.Page) {
	shown, words := p.Shown, d.Words
	add := func(when bool, sentence string) {
		if when {
			d.Notices = append(d.Notices, sentence)
		}
	}
	add(shown.Emergency, words.T("check.emergency", "Date", words.Date(shown.Review)))
	add(shown.Gone && shown.Act != desk.Withdraw, words.T("check.gone"))
	add(p.Version.Lost, words.T("check.lost", "Date", words.Date(p.Version.Published)))
	add(shown.Erased, words.T("check.erased"))
	add(p.Gone != 0, words.T("check.gone_at_source", "Date", words.Date(p.Gone)))
	add(shown.OneSource != "", words.T("check.one_source", "Reason", publish.Plain(shown.OneSource)))
	add(shown.Sought != "", words.T("check.sought", "Text", publish.Plain(shown.Sought)))
	if shown.Hearing.State.Valid() {
		add(true, words.T(hearingKey(shown.Hearing.State))+". "+publish.Plain(shown.Hearing.Note))
	}
	if n := shown.Number; n > 1 && n <= len(p.Versions) && !p.Withheld && !shown.Erased && !p.Versions[n-2].Erased {
		for _, c := range diffs(words, shown, &p.Versions[n-2]) {
			if c.Changes != nil && c.Label != words.T("desk_draft.note") && c.Label != words.T("desk_draft.reason") {
				d.Changed = append(d.Changed, c)
			}
		}
	}
}

func actKey(a desk.Act) string {
	switch a {
	case desk.ErasePersonal:
		return "check.version_erase"
	case desk.WithholdOrder:
		return "check.version_withhold"
	case desk.Restore:
		return "check.version_restore"
	case desk.Correct:
		return "check.version_correct"
	case desk.Withdraw:
		return "check.version_withdraw"
	case desk.ImportAct:
		return "check.version_import"
	}
	return "check.version_first"
}

// previews tells link previews and search engines what the page is. An older
// version points to the newest.
func (s *Site) previews(d *checkView, p catalog.Page) {
	d.Canonical = s.absolute(d.Link(d.NewestPath))
	if d.Canonical == "" {
		return
	}
	zone := zoneOf(s.settings.last())
	first := p.Shown.Published
	if len(p.Versions) > 0 {
		first = p.Versions[0].Published
	}
	d.Graph = &graph{
		Type: "article", Title: d.Title, Description: d.Description, URL: d.Canonical,
		Site: d.SiteName, Locale: map[string]string{"vi": "vi_VN", "en": "en_GB"}[d.Tag()],
		Published: publish.DayTime(first, zone), Modified: publish.DayTime(p.Version.Published, zone), Section: filedUnder(d.Words, p.Version.Topic),
	}
	if picture := s.picture(d.Link("/c/" + p.Check.ID)); picture.Address != "" {
		d.Graph.Image = &graphImage{Picture: picture, Alt: d.Card.Stamp.Label + ": " + d.Title}
	}
}

// filedUnder names a topic of ours. What another desk calls its own may be
// anything and is left out.
func filedUnder(words *lang.Words, topic string) string {
	if !slices.Contains(desk.Topics(), topic) {
		return ""
	}
	return words.Topic(topic)
}

// describeToPrograms adds the ClaimReview of the newest version, in whose words
// the page is.
func (s *Site) describeToPrograms(d *checkView, p catalog.Page) {
	d.Feeds = feedLinks(d.Words, "/", "")[:1]
	if s.public == nil {
		return
	}
	d.OEmbed = s.absolute(d.Link("/c/" + p.Check.ID + "/oembed.json"))
	if p.Old() || p.Withheld {
		return
	}
	d.ClaimReview, _ = publish.ClaimReview(s.public, d.Words, newPiece(p))
}

// newPiece is the newest version of a page's check as it is published
// elsewhere.
func newPiece(p catalog.Page) publish.Piece {
	out := publish.Piece{Check: p.Check, Desk: p.Desk, Version: p.Version}
	if len(p.Versions) > 0 {
		out.First = p.Versions[0].Published
	}
	return out
}

// firstOf returns the first text that is not blank.
func firstOf(texts ...string) string {
	for _, t := range texts {
		if strings.TrimSpace(t) != "" {
			return t
		}
	}
	return ""
}

type desksView struct {
	frame
	Local, Others []deskItem
}

func (desksView) template() string { return "desks" }

type deskItem struct {
	Href, Name, Lang string
	OwnerLine        ownerLine
	Kind             string
}

func (s *Site) desks(v *visit) error {
	all, err := s.catalog.Desks(v.r.Context())
	if err != nil {
		return err
	}
	d := &desksView{frame: s.newFrame(v.words, s.site(v.r.Context()), "/desks")}
	d.Title = d.T("desks.title")
	d.Canonical = s.absolute(d.Link("/desks"))
	for _, one := range all {
		item := deskItem{
			Href: d.Link("/desks/" + one.ID), Name: publish.Plain(one.Name), Lang: passage(v.words, one.Lang),
			OwnerLine: newOwnerLine(v.words, one),
		}
		if strings.TrimSpace(one.Owner) != "" {
			item.Kind = v.words.Owner(one.OwnerKind)
		}
		if one.Local {
			d.Local = append(d.Local, item)
		} else {
			d.Others = append(d.Others, item)
		}
	}
	s.switchLink(&d.frame)
	return s.reply(v, http.StatusOK, d)
}

type deskView struct {
	frame
	DeskName, DeskLang                     string
	Undeclared, Power                      bool
	Owner, OwnerLang, Funders, FundersLang string
	Kind, FunderKind, Declared, URL        string
	About                                  template.HTML
	ChecksPath                             string
	Pages                                  []menuItem
}

func (deskView) template() string { return "desk" }

func (s *Site) oneDesk(v *visit) error {
	one, err := s.catalog.Desk(v.r.Context(), v.r.PathValue("id"))
	if err != nil {
		return err
	}
	words := v.words
	d := &deskView{
		frame:    s.newFrame(words, s.site(v.r.Context()), "/desks/"+one.ID),
		DeskName: publish.Plain(one.Name), DeskLang: passage(words, one.Lang),
		Undeclared: one.Owner == "" && one.Funders == "" && (one.OwnerKind == desk.OwnerUnknown || one.OwnerKind == ""),
		Power:      one.OfPower(), Kind: firstOf(words.Owner(one.OwnerKind), words.T("check.undeclared")), FunderKind: words.T("desk.funder_none"),
		About: markdown(one.About), ChecksPath: newDeskShelf(one.ID).at(1),
	}
	d.Title = d.DeskName
	d.Canonical = s.absolute(d.Link(d.path))
	if one.Local {
		d.Pages = pageMenu(&d.frame, one.ID, "")
	}
	d.Owner, d.OwnerLang = owner(words, one)
	d.Owner = firstOf(d.Owner, words.T("check.undeclared"))
	d.Funders, d.FundersLang = publish.Plain(one.Funders), d.DeskLang
	if strings.TrimSpace(d.Funders) == "" {
		d.Funders, d.FundersLang = words.T("check.undeclared"), ""
	}
	if one.FunderKind.Valid() && one.FunderKind != desk.OwnerUnknown {
		d.FunderKind = words.Owner(one.FunderKind)
	}
	if one.Declared != 0 {
		d.Declared = words.T("desk.declared", "Date", words.Date(one.Declared))
	}
	if desk.WebAddress(one.URL) {
		d.URL = one.URL
	}
	s.switchLink(&d.frame)
	return s.reply(v, http.StatusOK, d)
}
