package match

import "strconv"

// A moment is a day, a weekday, an hour or a year, as far as it is said.
type moment struct {
	group            momentGroup
	day, month, year int // 0: not said
	weekday          int // 1 is Monday
	minute           int // of the day, -1: not said
	period           bool
	slashed          bool // 3/5, which is 5 March or 3 May
	named            bool // the month has its name and no figure
	idle             bool
	first, last      int
	taken            bool
}

type momentGroup uint8

const (
	calendar momentGroup = iota
	weekdays
	clock
)

// holds reports whether v is one of the moment's figures.
func (d *moment) holds(v float64) bool {
	n := int(v)
	return v == float64(n) && (n == d.day || n == d.month && !d.named || n == d.year || d.minute >= 0 && n == d.minute/60)
}

// moment reads the moment that may start at word i and returns how many words
// it takes.
func (p *passage) moment(i int) int {
	d := moment{minute: -1, first: i}
	n := 0
	for _, read := range [...]func(*passage, int, *moment) int{
		(*passage).weekday, (*passage).clock, (*passage).slashes, (*passage).dayOf, (*passage).monthAlone, (*passage).englishDate, (*passage).yearAlone,
	} {
		if n = read(p, i, &d); n > 0 {
			break
		}
		d = moment{minute: -1, first: i}
	}
	if n == 0 {
		return 0
	}
	d.last = i + n - 1
	d.idle = p.posting(i)
	p.moments = append(p.moments, d)
	return n
}

// posting reports whether what starts at word i is the date of a post.
func (p *passage) posting(i int) bool {
	if i > 0 && p.words[i-1].skip && p.gap(i) >= clause {
		return true // the tail of a post: Name (@handle) January 3, 2020
	}
	for k := i - 1; k >= max(0, i-4) && p.gap(k+1) < sentence; k-- {
		switch p.folded(k) {
		case "posted", "published", "updated", "source", "copied", "dated", "nguon":
			return true
		case "dang":
			if p.is(k, "đăng", "dang") {
				return true
			}
		}
	}
	return false
}

// digits is the plain whole number that word i is, -1 for anything else.
func (p *passage) digits(i int) int {
	if i < 0 || i >= len(p.words) || !p.words[i].figure || len(p.words[i].text) > 4 {
		return -1
	}
	n, err := strconv.Atoi(p.words[i].text)
	if err != nil || n < 0 {
		return -1
	}
	return n
}

// small is the whole number that word i is, in digits or as one syllable.
func (p *passage) small(i int) int {
	if n := p.digits(i); n >= 0 {
		return n
	}
	if v, ok := p.digitVietnamese(i); ok && p.vietnamese {
		return int(v)
	}
	return -1
}

func (p *passage) weekday(i int, d *moment) int {
	d.group = weekdays
	switch w := p.folded(i); w {
	case "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday":
		for k, name := range [...]string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"} {
			if w == name {
				d.weekday = k + 1
			}
		}
		return 1
	case "chu":
		if p.vietnamese && p.folded(i+1) == "nhat" && p.is(i, "chủ", "chu") {
			d.weekday = 7
			return 2
		}
	case "thu":
		if !p.vietnamese || !p.is(i, "thứ", "thu") || p.ordinal(i) {
			return 0
		}
		n := p.small(i + 1)
		if n >= 2 && n <= 7 && p.gap(i+1) <= spaced {
			d.weekday = n - 1
			return 2
		}
	}
	return 0
}

// ordinal reports whether "thứ" at i counts ("lần thứ hai") and names no day.
func (p *passage) ordinal(i int) bool {
	switch p.folded(i - 1) {
	case "lan", "nguoi", "dung", "cai", "dua", "mui", "con", "cau", "ca", "lieu", "xep", "top", "hang", "thang", "tuan", "nam":
		return true
	}
	return false
}

// clock reads 22:00, 10h30, 22 giờ 15, 9 p.m., 10 giờ tối.
func (p *passage) clock(i int, d *moment) int {
	d.group = clock
	w := p.words[i]
	if !w.figure || w.skip {
		return 0
	}
	hour, k := p.digits(i), i+1
	minute := 0
	switch {
	case hour < 0:
		return p.clockGlued(i, d)
	case hour > 24:
		return 0
	case p.digits(k) >= 0 && p.digits(k) < 60 && len(p.words[k].text) == 2 && p.text[w.end:p.words[k].start] == ":":
		minute = p.digits(k)
		k++
	case p.is(k, "giờ", "gio") && p.gap(k) <= spaced, p.folded(k) == "h" && p.gap(k) <= spaced, p.folded(k) == "g" && p.gap(k) == joined:
		if p.lasting(i, k+1) {
			return 0
		}
		k++
		if m := p.digits(k); m >= 0 && m < 60 && p.gap(k) <= spaced && len(p.words[k].text) == 2 && p.multiplier(k+1) == 0 {
			minute = m
			k++
			if p.folded(k) == "phut" {
				k++
			}
		} else if p.is(k, "rưỡi", "ruoi") {
			minute = 30
			k++
		}
	case len(p.folded(k)) == 3 && p.folded(k)[0] == 'h' && p.gap(k) == joined:
		m, err := strconv.Atoi(p.folded(k)[1:])
		if err != nil {
			return 0
		}
		minute = m
		k++
	case p.meridiem(k) > 0:
	default:
		return 0
	}
	d.minute = hour*60 + minute
	return p.period(k, d) - i
}

// clockGlued reads 9pm, which reaches it as one word.
func (p *passage) clockGlued(i int, d *moment) int {
	s := p.words[i].folded
	if len(s) < 3 || len(s) > 4 || s[len(s)-1] != 'm' || s[len(s)-2] != 'a' && s[len(s)-2] != 'p' {
		return 0
	}
	hour, err := strconv.Atoi(s[:len(s)-2])
	if err != nil || hour > 12 {
		return 0
	}
	d.minute = hour % 12 * 60
	if s[len(s)-2] == 'p' {
		d.minute += 12 * 60
	}
	d.period = true
	return 1
}

// meridiem returns how many words "am", "p.m." at k take.
func (p *passage) meridiem(k int) int {
	switch p.folded(k) {
	case "am", "pm":
		return 1
	case "a", "p":
		if p.folded(k+1) == "m" && p.words[k+1].start == p.words[k].end+1 {
			return 2
		}
	}
	return 0
}

// period reads the part of the day after an hour, from word k on, and returns
// where it ends.
func (p *passage) period(k int, d *moment) int {
	if n := p.meridiem(k); n > 0 && !p.vietnamese {
		d.period = true
		if d.minute >= 12*60 {
			d.minute -= 12 * 60
		}
		if p.folded(k)[0] == 'p' {
			d.minute += 12 * 60
		}
		return k + n
	}
	if p.gap(k) > spaced || !p.vietnamese {
		return k
	}
	switch {
	case p.is(k, "tối", "toi"), p.is(k, "chiều", "chieu"), p.is(k, "đêm", "dem"):
		d.period = true
		if d.minute < 12*60 && (p.folded(k) != "dem" || d.minute >= 6*60) {
			d.minute += 12 * 60
		}
	case p.is(k, "sáng", "sang"), p.is(k, "trưa", "trua"):
		d.period = true
	}
	// The word stays outside: "10 giờ | tối nay" may say nay of the night.
	return k
}

// lasting reports whether the hours that start at word i are a span of time,
// with what follows them at word next.
func (p *passage) lasting(i, next int) bool {
	switch p.folded(next) {
	case "lien", "dong", "truoc", "ago", "moi", "nua", "qua", "mot", "lam", "mien":
		return p.folded(next) != "dong" || p.folded(next+1) == "ho"
	}
	for k := i - 1; k >= max(0, i-2); k-- {
		switch p.folded(k) {
		case "trong", "suot", "dai", "mat", "sau", "hon", "khoang", "them", "moi", "within", "for", "after", "tron", "gan":
			return true
		case "dien", "nuoc":
			return k == i-1 && p.gap(next) >= clause
		}
	}
	return false
}

// slashes reads 5/3, 05/03/2026, 3/2026; after "ngày" also 5.3 and 5-3.
func (p *passage) slashes(i int, d *moment) int {
	start := i
	if p.is(i, "ngày", "ngay") || p.is(i, "tháng", "thang") {
		i++
	}
	if i >= len(p.words) || !p.words[i].figure || p.gap(i) > spaced {
		return 0
	}
	a, b := p.digits(i), p.digits(i+1)
	if a < 0 || b < 0 || a > 31 && b > 31 {
		return 0
	}
	sep := p.text[p.words[i].end:p.words[i+1].start]
	named := i > start
	if sep != "/" && (sep != "-" || !named && p.digits(i+2) < 1900) {
		return 0
	}
	third := -1
	if sep == "-" && i+2 < len(p.words) && p.text[p.words[i+1].end:p.words[i+2].start] == "/" {
		return 0 // "7-18/11": the days from the 7th on
	}
	if i+2 < len(p.words) && p.text[p.words[i+1].end:p.words[i+2].start] == sep {
		third = p.digits(i + 2)
	}
	switch {
	case a >= 1 && a <= 12 && b >= 1900 && b < 2100:
		d.month, d.year = a, b
		return i + 2 - start
	case a < 1 || b < 1 || a > 31 || b > 31 || a > 12 && b > 12:
		return 0
	}
	d.day, d.month, d.slashed = a, b, true
	if b > 12 {
		d.day, d.month = b, a
	}
	switch {
	case third >= 1900 && third < 2100:
		d.year = third
	case third >= 0 && third < 100:
		d.year = 2000 + third
	case !named && p.fraction(i, a, b):
		return 0
	default:
		return i + 2 - start
	}
	return i + 3 - start
}

// fraction reports whether a/b at word i is a part of a whole, an address or
// a phrase, and no day.
func (p *passage) fraction(i, a, b int) bool {
	if p.gap(i+2) == joined {
		return true
	}
	switch p.folded(i + 2) {
	case "so", "dan", "of", "tong", "cup", "cups", "muong", "thia", "chung", "dien", "nguoi", "cua", "people", "lit", "kg", "cho", "mile", "inch", "teaspoon":
		return true
	}
	switch p.folded(i - 1) {
	case "ngay", "tu", "den", "toi", "on", "by", "from", "until", "hom", "mung", "before", "after", "sang", "chieu", "dem", "vao", "dip", "le":
		return false
	case "so", "hem", "ngo", "nha", "to", "duong", "lop":
		return true
	}
	return a == 24 && b == 7 || a < b && (b <= 5 || b == 10) && a <= 2
}

// dayOf reads "ngày 5 tháng 3 năm 2026", "mùng 5 tháng 3", "5 tháng 3", "ngày 5".
func (p *passage) dayOf(i int, d *moment) int {
	k := i
	named := false
	for k < i+2 && (p.is(k, "ngày", "ngay") || p.folded(k) == "mung" || p.folded(k) == "mong") {
		k++
		named = true
	}
	if k > i && p.gap(k) > spaced || !p.vietnamese {
		return 0
	}
	if d.day = p.small(k); d.day < 1 || d.day > 31 || !named && p.digits(k) < 0 || named && p.digits(k) < 0 && p.folded(k-1) == "ngay" && p.folded(k+1) != "thang" {
		return 0
	}
	month := p.small(k + 2)
	if p.is(k+1, "tháng", "thang") && month >= 1 && month <= 12 && p.gap(k+1) <= spaced && p.folded(k+3) != "ngay" {
		d.month = month
		return p.yearAfter(k+3, d) - i
	}
	if named && p.countsDays(i, k) {
		return 0
	}
	if !named {
		return 0
	}
	return k + 1 - i
}

// countsDays reports whether "ngày 5" at i is "mỗi ngày 5 …": so many a day.
func (p *passage) countsDays(i, k int) bool {
	switch p.folded(i - 1) {
	case "moi", "mot", "hang", "hai", "ba", "vai", "may":
		return true
	}
	return i > 0 && p.words[i-1].figure || p.gap(k+1) <= spaced && (p.countable(k+1) || p.multiplier(k+1) > 0) && p.folded(k+1) != "nam"
}

// yearAfter reads "năm 2026", "/2026" or ", 2026" at word k and returns where
// it ends.
func (p *passage) yearAfter(k int, d *moment) int {
	j := k
	if p.is(j, "năm", "nam") {
		j++
	}
	if y := p.digits(j); y >= 1900 && y < 2100 && p.gap(j) <= clause {
		d.year = y
		return j + 1
	}
	return k
}

// monthAlone reads "tháng 3", "tháng 3 năm 2026".
func (p *passage) monthAlone(i int, d *moment) int {
	if !p.vietnamese || !p.is(i, "tháng", "thang") || i > 0 && p.words[i-1].figure || p.gap(i+1) > spaced || p.digits(i+1) < 1 || p.digits(i+1) > 12 {
		return 0
	}
	if switched := p.folded(i - 1); switched == "moi" || switched == "hang" || switched == "mot" {
		return 0
	}
	d.month = p.digits(i + 1)
	return p.yearAfter(i+2, d) - i
}

func monthEnglish(w string) int {
	switch w {
	case "january", "jan":
		return 1
	case "february", "feb":
		return 2
	case "march", "mar":
		return 3
	case "april", "apr":
		return 4
	case "may":
		return 5
	case "june", "jun":
		return 6
	case "july", "jul":
		return 7
	case "august", "aug":
		return 8
	case "september", "sept", "sep":
		return 9
	case "october", "oct":
		return 10
	case "november", "nov":
		return 11
	case "december", "dec":
		return 12
	}
	return 0
}

// monthName is the month word i names, 0 for none. In Vietnamese, "may" and the
// short names are other words.
func (p *passage) monthName(i int) int {
	if p.vietnamese && len(p.folded(i)) <= 4 {
		return 0
	}
	return monthEnglish(p.folded(i))
}

// dayEnglish is the day that word i is: 5, 5th.
func (p *passage) dayEnglish(i int) int {
	if i < 0 || i >= len(p.words) || !p.words[i].figure {
		return 0
	}
	s := p.words[i].folded
	if len(s) > 2 {
		switch s[len(s)-2:] {
		case "st", "nd", "rd", "th":
			s = s[:len(s)-2]
		}
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > 31 {
		return 0
	}
	return n
}

// englishDate reads "March 5th, 2026", "5 March", "the 5th of March", "March
// 2026".
func (p *passage) englishDate(i int, d *moment) int {
	if month := p.monthName(i); month > 0 && p.gap(i+1) <= spaced {
		d.month, d.named = month, true
		if d.day = p.dayEnglish(i + 1); d.day > 0 {
			return p.yearAfter(i+2, d) - i
		}
		if end := p.yearAfter(i+1, d); end > i+1 {
			return end - i
		}
		return 0
	}
	day, k := p.dayEnglish(i), i+1
	if day == 0 {
		return 0
	}
	if p.folded(k) == "of" {
		k++
	}
	month := p.monthName(k)
	if month == 0 || p.gap(k) > spaced {
		return 0
	}
	d.day, d.month, d.named = day, month, true
	return p.yearAfter(k+1, d) - i
}

// yearAlone reads "năm 2026", or four digits that count nothing.
func (p *passage) yearAlone(i int, d *moment) int {
	k := i
	if p.is(k, "năm", "nam") {
		k++
	}
	y := p.digits(k)
	if y < 1900 || y >= 2100 || len(p.words[k].text) != 4 || p.gap(k) == joined || k > i && p.gap(k) > spaced {
		return 0
	}
	if k == i {
		if _, _, n := p.measureAt(k+1, &quantity{value: 2000}); n > 0 && p.gap(k+1) <= spaced || p.multiplier(k+1) > 0 || p.countable(k+1) && p.vietnamese {
			return 0
		}
		if next := p.folded(k + 1); next == "people" || next == "homes" || next == "cases" || next == "nurses" || next == "jobs" {
			return 0
		}
		if rest := p.text[p.words[k].end:]; hasAnyPrefix(rest, "%", " %", "$", "€", "£", "₫") {
			return 0
		}
		if hasAnySuffix(p.text[:p.words[k].start], "$", "€", "£", "₫", "$ ") {
			return 0
		}
	}
	d.year = y
	return k + 1 - i
}

// compare says how two moments stand to each other: whether they can be held
// against each other at all, and whether they agree.
func (d *moment) compare(o *moment) (comparable, agree bool) {
	if d.group != o.group {
		return false, false
	}
	switch d.group {
	case weekdays:
		return true, d.weekday == o.weekday
	case clock:
		if d.minute%(24*60) == o.minute%(24*60) {
			return true, true
		}
		half := !d.period && d.minute <= 12*60 || !o.period && o.minute <= 12*60
		return true, half && d.minute%(12*60) == o.minute%(12*60)
	}
	both, equal := 0, 0
	for _, f := range [...][2]int{{d.day, o.day}, {d.month, o.month}, {d.year, o.year}} {
		if f[0] != 0 && f[1] != 0 {
			both++
			if f[0] == f[1] {
				equal++
			}
		}
	}
	if both == equal {
		return both > 0, true
	}
	years := d.year == 0 || o.year == 0 || d.year == o.year
	swapped := years && (d.slashed || o.slashed) && d.day == o.month && d.month == o.day && d.day != 0
	return true, swapped
}

// differDates adds the moments of m that are another day or hour in c.
func differDates(out []placed, m, c *passage) []placed {
	theirs := c.moments
	if len(theirs) > quantitiesMax {
		theirs = theirs[:quantitiesMax]
	}
	if len(theirs) == 0 {
		return out
	}
	for i := range m.moments {
		d := &m.moments[i]
		for k := range theirs {
			if ok, agree := d.compare(&theirs[k]); ok && agree {
				d.taken, theirs[k].taken = true, true
			}
		}
	}
	for i := range m.moments {
		d := &m.moments[i]
		if d.taken || d.idle {
			continue
		}
		best, bestScore := -1, 0
		for k := range theirs {
			t := &theirs[k]
			if ok, _ := d.compare(t); !ok || t.taken || t.idle {
				continue
			}
			if s := sameOccasion(m, d, c, t); s > bestScore {
				best, bestScore = k, s
			}
		}
		if best < 0 {
			continue
		}
		theirs[best].taken = true
		out = append(out, placed{Difference{Date, m.told(d), c.told(&theirs[best])}, m.words[d.first].start})
	}
	return out
}

// sameOccasion scores how surely two moments are set for the same thing.
func sameOccasion(m *passage, a *moment, c *passage, b *moment) int {
	ours := m.around(make([]int32, 0, 2*reach), a.first, a.last)
	theirs := c.around(make([]int32, 0, 2*reach), b.first, b.last)
	n := shared(ours, theirs)
	if n < min(2, len(ours), len(theirs)) || n == 0 {
		return 0
	}
	return n
}

// told is the moment as the passage words it.
func (p *passage) told(d *moment) string {
	last := d.last
	if d.group == clock && p.meridiem(last+1) > 0 && !p.vietnamese {
		last++
	}
	if next := last + 1; d.group == clock && d.period && p.vietnamese && p.gap(next) <= spaced {
		switch p.folded(next) {
		case "sang", "trua", "chieu", "toi", "dem":
			last = next
		}
	}
	return p.wording(d.first, last)
}
