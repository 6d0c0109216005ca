package web

import (
	"net/http"

	"sangto/internal/desk"
	"sangto/internal/lang"
)

// proseView is a page of explanation: what the site is, what it keeps, how it
// can be used.
type proseView struct {
	frame
	Heading, Lead string
	Sections      []section
}

func (proseView) template() string { return "prose" }

// section is a part of such a page.
type section struct {
	ID, Heading, Lead string
	Items             []link
	Scale             []scaleItem
	Code              string
}

type scaleItem struct {
	Stamp   stamp
	Meaning string
}

// prose starts a page; title and lead are keys.
func (s *Site) prose(v *visit, path, title, lead string) *proseView {
	d := &proseView{frame: s.newFrame(v.words, s.site(v.r.Context()), path)}
	d.Title = d.T(title)
	d.Heading, d.Lead = d.Title, d.T(lead)
	d.Description = d.Lead
	d.Canonical = s.absolute(d.Link(path))
	s.switchLink(&d.frame)
	return d
}

// add appends a section; heading and items are keys.
func (d *proseView) add(id, heading string, items ...link) *section {
	d.Sections = append(d.Sections, section{ID: id, Heading: d.T(heading), Items: items})
	return &d.Sections[len(d.Sections)-1]
}

// items turns keys of plain sentences into list items.
func (d *proseView) items(keys ...string) []link {
	out := make([]link, 0, len(keys))
	for _, key := range keys {
		out = append(out, link{Linked: d.L(key)})
	}
	return out
}

// offlineCommands are the same in every language.
const offlineCommands = "sangto import --data my-checks FILE\nsangto check --data my-checks -"

func (s *Site) about(v *visit) error {
	d := s.prose(v, "/about", "about.title", "about.lead")
	d.add("made", "about.made", d.items(
		"about.made.1", "about.made.2", "about.made.3", "about.made.4", "about.made.5", "about.made.6")...)
	scale := d.add("scale", "about.scale")
	scale.Lead, scale.Scale = d.T("about.scale.lead"), scaleItems(v.words)
	d.add("match", "about.match", d.items("about.match.1", "about.match.2", "about.match.3")...)
	never := d.add("never", "about.never", d.items(
		"about.never.1", "about.never.2", "about.never.3", "about.never.4",
		"about.never.5", "about.never.6", "about.never.7", "about.never.8")...)
	never.Lead = d.T("about.never.lead")
	d.add("limits", "about.limits", d.items(
		"about.limits.1", "about.limits.2", "about.limits.3", "about.limits.4", "about.limits.5")...)
	offline := d.add("offline", "about.offline", append([]link{d.A("about.offline.file", "/data/")}, d.items("about.offline.1", "about.offline.2", "about.offline.command")...)...)
	offline.Code = offlineCommands
	d.add("mirror", "about.mirror", append(d.items("about.mirror.1", "about.mirror.2"), d.A("about.mirror.3", "/data/"))...)
	return s.reply(v, http.StatusOK, d)
}

func scaleItems(words *lang.Words) []scaleItem {
	var out []scaleItem
	for _, verdict := range desk.Verdicts() {
		out = append(out, scaleItem{
			Stamp:   stamp{Sign: string(verdict), Label: words.Verdict(verdict)},
			Meaning: words.VerdictMeaning(verdict),
		})
	}
	return out
}

func (s *Site) privacy(v *visit) error {
	d := s.prose(v, "/privacy", "privacy.title", "privacy.lead")
	d.add("lookup", "privacy.lookup", d.items("privacy.lookup.1", "privacy.lookup.2")...)
	d.add(
		"ask", "privacy.ask",
		link{Linked: d.L("privacy.ask.1")},
		link{Linked: d.L("privacy.ask.2", "Text", desk.TextDays)},
		link{Linked: d.L("privacy.ask.3", "Backup", BackupDays, "Total", BackupDays+desk.TextDays)},
		link{Linked: d.L("privacy.ask.4")},
		link{Linked: d.L("privacy.ask.5", "Open", desk.OpenDays, "Receipt", desk.ReceiptDays)},
		link{Linked: d.L("privacy.ask.6")},
	)
	d.add("people", "privacy.people", d.items("privacy.people.1", "privacy.people.2")...)
	limits := d.items("privacy.limits.1", "privacy.limits.2", "privacy.limits.3", "privacy.limits.4", "privacy.limits.5")
	limits[3].Href = d.Link("/about#limits")
	d.add("limits", "privacy.limits", limits...)
	d.add("refuse", "privacy.refuse", d.items("privacy.refuse.1")...)
	return s.reply(v, http.StatusOK, d)
}

func (s *Site) accessibility(v *visit) error {
	d := s.prose(v, "/accessibility", "accessibility.title", "accessibility.lead")
	d.add("done", "accessibility.done", d.items(
		"accessibility.done.1", "accessibility.done.2", "accessibility.done.3", "accessibility.done.4", "accessibility.done.5")...)
	d.add("short", "accessibility.limits", d.items("accessibility.limits.1", "accessibility.limits.2")...)
	tell := d.A("accessibility.tell.1", "/desks")
	d.add("tell", "accessibility.tell", tell)
	return s.reply(v, http.StatusOK, d)
}
