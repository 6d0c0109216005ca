package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"sangto/internal/catalog"
	"sangto/internal/desk"
	"sangto/internal/lang"
	"sangto/internal/publish"
)

// shelf is a list of checks, in pages, at addresses of its own.
type shelf struct {
	filter catalog.Filter
	// base is the path of its first page. The later ones have their number
	// behind it, or in the query where the list came to be with one.
	base  string
	query url.Values
}

// at is the path of a page of the shelf.
func (f shelf) at(page int) string {
	if f.query == nil {
		if page > 1 {
			return f.base + "/" + strconv.Itoa(page)
		}
		return f.base
	}
	q := url.Values{}
	for name, values := range f.query {
		q[name] = values
	}
	if page > 1 {
		q.Set("page", strconv.Itoa(page))
	}
	if len(q) == 0 {
		return f.base
	}
	return f.base + "?" + q.Encode()
}

func newTopicShelf(topic string) shelf {
	return shelf{filter: catalog.Filter{Topic: topic}, base: "/topics/" + topic}
}

func newDeskShelf(id string) shelf {
	return shelf{filter: catalog.Filter{DeskID: id}, base: "/checks", query: url.Values{"desk": {id}}}
}

// newMonthShelf holds the checks whose newest version is of the month that
// begins on day first.
func newMonthShelf(first desk.Day) shelf {
	t := first.Time()
	return shelf{
		filter: catalog.Filter{Since: first, Until: desk.DayOf(t.AddDate(0, 1, 0), time.UTC)},
		base:   "/checks/" + t.Format(monthForm),
	}
}

// monthForm is how a month is written in an address.
const monthForm = "2006-01"

// monthOf is the first day of a day's month.
func monthOf(d desk.Day) desk.Day { return d - desk.Day(d.Time().Day()) + 1 }

type listView struct {
	frame
	Heading, Total, Where string
	Topics                []menuItem
	Cards                 []card
	Newer, Older          string
	// Years are the months in which something was published, by year.
	Years []yearItem
}

func (listView) template() string { return "list" }

type yearItem struct {
	Label  string
	Months []menuItem
}

// list is the list of everything, or of one desk. An address with a topic in
// its query is of an earlier kind and still good.
func (s *Site) list(v *visit) error {
	query := v.r.URL.Query()
	f := shelf{base: "/checks", query: url.Values{}}
	heading := v.words.T("list.title")
	number, err := pageNumber(query.Get("page"))
	if err != nil {
		return err
	}
	topic, id := query.Get("topic"), query.Get("desk")
	switch {
	case id != "":
		owner, err := s.catalog.Desk(v.r.Context(), id)
		if err != nil {
			return err
		}
		f, heading = newDeskShelf(id), v.words.T("list.title_desk", "Desk", publish.Plain(owner.Name))
	case topic != "":
		if !slices.Contains(desk.Topics(), topic) {
			return notFound("list checks")
		}
		f, heading = newTopicShelf(topic), v.words.T("list.title_topic", "Topic", v.words.Topic(topic))
	}
	d, err := s.newList(v, f, heading, number)
	if err != nil {
		return err
	}
	if number == 1 && id == "" && topic == "" {
		if err := s.months(v, d); err != nil {
			return err
		}
	}
	return s.showList(v, d)
}

// pageNumber reads the number of a page of a list, 1 where none is given.
func pageNumber(text string) (int, error) {
	if text == "" {
		return 1, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, notFound("list checks")
	}
	return n, nil
}

// topic lists the checks on one topic.
func (s *Site) topic(v *visit) error {
	topic := v.r.PathValue("topic")
	if !slices.Contains(desk.Topics(), topic) {
		return notFound("list checks")
	}
	return s.page(v, newTopicShelf(topic), v.words.T("list.title_topic", "Topic", v.words.Topic(topic)))
}

// month lists the checks of one month. A month without any has no page, so
// that there are no more pages than there is to read.
func (s *Site) month(v *visit) error {
	t, err := time.Parse(monthForm, v.r.PathValue("month"))
	first := desk.DayOf(t, time.UTC)
	if err != nil || t.Year() < 1970 || t.Year() > 2999 {
		return notFound("list checks")
	}
	f := newMonthShelf(first)
	some, err := s.catalog.Newest(v.r.Context(), f.filter, 1)
	if err != nil {
		return err
	}
	if len(some) == 0 {
		return notFound("list checks")
	}
	return s.page(v, f, v.words.T("list.title_month", "Month", v.words.Month(first)))
}

// page shows the page of a shelf that the path names.
func (s *Site) page(v *visit, f shelf, heading string) error {
	n := v.r.PathValue("n")
	number, err := pageNumber(n)
	if err != nil {
		return err
	}
	if n != "" && number == 1 {
		http.Redirect(v.w, v.r, href(v.words.Tag(), f.base), http.StatusMovedPermanently)
		return nil
	}
	d, err := s.newList(v, f, heading, number)
	if err != nil {
		return err
	}
	return s.showList(v, d)
}

func (s *Site) newList(v *visit, f shelf, heading string, number int) (*listView, error) {
	list, err := s.catalog.List(v.r.Context(), f.filter, number)
	if err != nil {
		return nil, err
	}
	d := &listView{frame: s.newFrame(v.words, s.site(v.r.Context()), f.at(number)), Heading: heading}
	d.Title = heading
	d.Canonical = s.absolute(d.Link(d.path))
	d.Total = d.T("list.total", "Count", list.Total)
	d.Cards = cards(v.words, list.Entries)
	if f.filter.DeskID == "" {
		d.topics(f.filter)
		d.Feeds = feedLinks(v.words, "/", "")
	}
	if f.filter.Topic != "" {
		d.Feeds = feedLinks(v.words, "/topics/"+f.filter.Topic+"/", v.words.Topic(f.filter.Topic))
	}
	d.turn(f, list)
	return d, nil
}

func (s *Site) showList(v *visit, d *listView) error {
	s.switchLink(&d.frame)
	return s.reply(v, http.StatusOK, d)
}

func (d *listView) topics(f catalog.Filter) {
	d.Topics = append(d.Topics, menuItem{Label: d.T("list.all_topics"), Href: d.Link("/checks"), Here: f == catalog.Filter{}})
	for _, topic := range desk.Topics() {
		d.Topics = append(d.Topics, menuItem{
			Label: d.Words.Topic(topic), Href: d.Link(newTopicShelf(topic).base), Here: f.Topic == topic,
		})
	}
}

// turn links the pages before and after.
func (d *listView) turn(f shelf, l catalog.List) {
	if l.Pages < 2 {
		return
	}
	d.Where = d.T("list.page", "Page", l.Page, "Pages", l.Pages)
	if l.Page > 1 {
		d.Newer = d.Link(f.at(l.Page - 1))
	}
	if l.Page < l.Pages {
		d.Older = d.Link(f.at(l.Page + 1))
	}
}

// months links the months in which something was published, latest first.
func (s *Site) months(v *visit, d *listView) error {
	days, err := s.catalog.Days(v.r.Context(), catalog.Filter{})
	if err != nil {
		return err
	}
	var last desk.Day
	for _, one := range days {
		first := monthOf(one.Day)
		if one.Day == 0 || first == last {
			continue
		}
		last = first
		year := strconv.Itoa(first.Time().Year())
		if n := len(d.Years); n == 0 || d.Years[n-1].Label != year {
			d.Years = append(d.Years, yearItem{Label: year})
		}
		at := &d.Years[len(d.Years)-1]
		at.Months = append(at.Months, menuItem{Label: v.words.Month(first), Href: d.Link(newMonthShelf(first).base)})
	}
	return nil
}

// feedLinks are the feeds that live at dir in every form.
func feedLinks(words *lang.Words, dir, topic string) []feedLink {
	var out []feedLink
	for _, form := range feedForms() {
		title := words.T("list.feed", "Form", form.label)
		if topic != "" {
			title = words.T("list.feed_topic", "Form", form.label, "Topic", topic)
		}
		out = append(out, feedLink{Label: form.label, Type: form.mediaType(), Title: title, Href: href(words.Tag(), dir+form.name)})
	}
	return out
}
