package match

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// A quantity is a number with what it counts.
type quantity struct {
	value float64 // with its thousands and millions, before units
	scale float64 // what value is multiplied by to compare within a measure
	// measure is what is measured: "money", "time", "metre", …; "" for a count.
	measure string
	// noun is the concept counted, label the word a number names ("phường 5").
	noun  int32
	label string
	// weak quantities are perhaps none ("ba" may be a father, "one" a pronoun).
	// They make others equal but differ from nothing.
	weak, about bool
	scaled      bool // said with thousand, million, …
	first, last int  // its words, unit included
	taken       bool
}

// quantitiesMax bounds the quantities of a claim that each of a message's is
// held against.
const quantitiesMax = 64

// measure finds the quantities and the moments of the passage.
func (p *passage) measure() {
	for i := 0; i < len(p.words); {
		if n := p.moment(i); n > 0 {
			i += n
			continue
		}
		if n := p.quantity(i); n > 0 {
			i += n
			continue
		}
		i++
	}
}

// quantity reads the quantity that may start at word i and returns how many
// words it takes.
func (p *passage) quantity(i int) int {
	if p.words[i].skip {
		return 0
	}
	q := quantity{first: i, scale: 1}
	n := 0
	if p.words[i].figure {
		n = p.figures(i, &q)
	} else {
		n = p.spelled(i, &q)
	}
	if n == 0 {
		if p.words[i].figure {
			return p.numberRun(i)
		}
		return 0
	}
	q.last = i + n - 1
	p.unit(&q)
	q.about = p.roughly(i)
	if p.idle(&q) {
		return q.last - i + 1
	}
	p.quantities = append(p.quantities, q)
	return q.last - i + 1
}

// numberRun skips what is written in digits and is no quantity: a telephone
// number in groups, a product name.
func (p *passage) numberRun(i int) int {
	n := 1
	for i+n < len(p.words) && p.words[i+n].figure && p.gap(i+n) <= spaced {
		n++
	}
	return n
}

// figures reads a number in digits with the words that multiply it.
func (p *passage) figures(i int, q *quantity) int {
	w := &p.words[i]
	if w.gap == joined && i > 0 && !p.words[i-1].figure || p.afterHyphen(i) {
		return 0 // covid19, COVID-19
	}
	digits := len(w.folded)
	for k := range len(w.folded) {
		if c := w.folded[k]; (c < '0' || c > '9') && c != '.' {
			digits = k
			break
		}
	}
	v, err := strconv.ParseFloat(w.folded[:digits], 64)
	if err != nil {
		return 0
	}
	if w.folded[0] == '0' && digits > 1 && w.folded[1] != '.' && (digits > 2 || p.nextFigure(i)) || digits > 8 && w.text == w.folded {
		return 0 // a telephone or account number
	}
	q.value = v
	if rest := w.folded[digits:]; rest != "" {
		return p.glued(rest, q)
	}
	return 1 + p.multiples(i+1, q)
}

func (p *passage) nextFigure(i int) bool {
	return i+1 < len(p.words) && p.words[i+1].figure && p.gap(i+1) == spaced && len(p.words[i+1].folded) >= 3
}

func (p *passage) afterHyphen(i int) bool {
	if i == 0 || p.words[i-1].figure || p.words[i-1].skip {
		return false
	}
	at := p.words[i].start
	return at > 0 && p.text[at-1] == '-' && p.words[i-1].end == at-1
}

// glued reads letters written against a number: 1tr5, 4bn, 2nd.
func (p *passage) glued(rest string, q *quantity) int {
	letters := strings.TrimRight(rest, "0123456789")
	m := 0.0
	switch letters {
	case "tr":
		m = 1e6
	case "ty", "ti":
		m = 1e9
	case "k":
		m = 1e3
	case "bn", "b":
		m = 1e9
	case "mn", "mil":
		m = 1e6
	case "st", "nd", "rd", "th":
		q.weak = true
		return 1
	default:
		return 0
	}
	q.value *= m
	q.scaled = true
	if tail := rest[len(letters):]; tail != "" {
		f, _ := strconv.ParseFloat("0."+tail, 64)
		q.value += f * m
	}
	return 1
}

// multiplier is the power that word i stands for after a number, 0 for none.
func (p *passage) multiplier(i int) float64 {
	if i >= len(p.words) || p.gap(i) > spaced {
		return 0
	}
	switch p.words[i].folded {
	case "k":
		if p.gap(i) == joined {
			return 1e3
		}
	case "nghin", "ngan", "thousand":
		return 1e3
	case "trieu", "tr", "million", "millions":
		return 1e6
	case "ty", "ti", "billion", "bn":
		return 1e9
	case "tram", "hundred":
		return 100
	case "chuc":
		return 10
	case "van":
		if p.words[i].text == "vạn" {
			return 1e4
		}
	case "dozen":
		return 12
	}
	return 0
}

// multiples reads the multiplying words from i on: "triệu", "tỷ rưỡi",
// "trăm nghìn", "triệu 200 nghìn".
func (p *passage) multiples(i int, q *quantity) int {
	n, last := 0, 0.0
	for {
		m := p.multiplier(i + n)
		if m == 0 {
			break
		}
		q.value *= m
		q.scaled = true
		last = m
		n++
	}
	if n == 0 {
		return 0
	}
	if p.is(i+n, "rưỡi", "ruoi") {
		q.value += last / 2
		return n + 1
	}
	if next := i + n; next < len(p.words) && p.words[next].figure && p.gap(next) <= spaced && last >= 1e6 {
		lower, err := strconv.ParseFloat(p.words[next].folded, 64)
		m := p.multiplier(next + 1)
		switch {
		case err != nil || lower >= 1000:
		case m > 0 && m < last:
			q.value += lower * m
			n += 2
		case m == 0 && lower < 10 && p.gap(next+1) >= clause:
			q.value += lower * last / 10
			n++
		}
	}
	return n
}

// spelled reads a number in words.
func (p *passage) spelled(i int, q *quantity) int {
	if p.vietnamese {
		return p.spelledVietnamese(i, q)
	}
	return p.spelledEnglish(i, q)
}

// digitVietnamese is the value of a numeral syllable.
func (p *passage) digitVietnamese(i int) (float64, bool) {
	if i >= len(p.words) {
		return 0, false
	}
	w := &p.words[i]
	if p.accented {
		switch w.text {
		case "một", "mốt":
			return 1, true
		case "hai":
			return 2, true
		case "ba":
			return 3, true
		case "bốn", "tư":
			return 4, true
		case "năm", "lăm", "nhăm":
			return 5, true
		case "sáu":
			return 6, true
		case "bảy", "bẩy":
			return 7, true
		case "tám":
			return 8, true
		case "chín":
			return 9, true
		case "mười", "mươi":
			return 10, true
		}
		return 0, false
	}
	for k, s := range [...]string{"mot", "hai", "ba", "bon", "nam", "sau", "bay", "tam", "chin", "muoi"} {
		if w.folded == s {
			return float64(k + 1), true
		}
	}
	switch w.folded {
	case "tu":
		return 4, true
	case "lam":
		return 5, true
	}
	return 0, false
}

// bareAmbiguous reports numerals that, without their accents and by
// themselves, are nearly always other words: sau, bảy/bay, từ, muối, làm.
func bareAmbiguous(w string) bool {
	switch w {
	case "sau", "bay", "tu", "muoi", "lam":
		return true
	}
	return false
}

// spelledVietnamese reads "năm", "hai chục", "một trăm năm mươi nghìn". Bare
// syllables are many words, so a single one counts only before a unit.
func (p *passage) spelledVietnamese(i int, q *quantity) int {
	total, group, digit := 0.0, 0.0, 0.0
	n, lastBig := 0, 0.0
	for ; i+n < len(p.words) && (n == 0 || p.gap(i+n) <= spaced); n++ {
		if d, ok := p.digitVietnamese(i + n); ok {
			switch {
			case d == 10 && digit > 0:
				group, digit = group+digit*10, 0
			case d == 10 && n == 0:
				group = 10
			case digit > 0 || d == 10:
				return p.finishSpelled(i, n, total+group+digit, q)
			default:
				digit = d
			}
			continue
		}
		if n == 0 {
			return 0
		}
		m := p.multiplier(i + n)
		switch {
		case m == 10:
			group, digit = group+digit*10, 0
		case m == 100:
			group, digit = (group+digit)*100, 0
		case m >= 1000:
			total += max(group+digit, 1) * m
			group, digit, lastBig = 0, 0, m
			q.scaled = true
		case p.is(i+n, "rưỡi", "ruoi"):
			half := max(lastBig, 1) / 2
			return p.finishSpelled(i, n+1, total+group+digit+half, q)
		case (p.is(i+n, "linh", "linh") || p.is(i+n, "lẻ", "le")) && group > 0:
		default:
			return p.finishSpelled(i, n, total+group+digit, q)
		}
	}
	return p.finishSpelled(i, n, total+group+digit, q)
}

func (p *passage) finishSpelled(i, n int, value float64, q *quantity) int {
	q.value = value
	if n == 1 {
		q.weak = !p.countable(i+1) || p.gap(i+1) > spaced
		switch w := p.words[i].folded; {
		case w == "mot" && i > 0 && len(p.quantities) > 0 && p.quantities[len(p.quantities)-1].last == i-1:
			q.weak = true // "500 đồng một lít"
		case !p.accented && bareAmbiguous(w):
			return 0
		case p.folded(i-1) == "moi" || p.folded(i-1) == "thu" || p.folded(i-1) == "hang":
			q.weak = true
		}
	}
	return n
}

// countable reports whether word i is something that numbers in words stand
// before.
func (p *passage) countable(i int) bool {
	switch p.folded(i) {
	case "nguoi", "ca", "ngay", "gio", "phut", "thang", "tuan", "tuoi", "dong", "lit", "met", "km", "kg", "can", "tan", "ngoi", "truong", "lop", "hoc", "ho", "xa",
		"huyen", "tinh", "phuong", "lan", "vien", "qua", "ly", "coc", "vu", "chiec", "tre", "chau", "be", "phan", "nam", "benh", "em", "xe", "cau", "cong", "giao", "mui", "lieu":
		return p.folded(i) != "nam" || p.is(i, "năm", "nam") && p.folded(i-1) != "nam"
	}
	return false
}

func (p *passage) spelledEnglish(i int, q *quantity) int {
	n := 0
	total, group := 0.0, 0.0
	for ; i+n < len(p.words) && (n == 0 || p.gap(i+n) <= spaced); n++ {
		if v := smallEnglish(p.folded(i + n)); v > 0 {
			group += v
			continue
		}
		if p.folded(i+n) == "and" && group >= 100 && smallEnglish(p.folded(i+n+1)) > 0 {
			continue
		}
		m := p.multiplier(i + n)
		if m == 0 || n == 0 && m < 12 {
			break
		}
		if n == 0 {
			if p.folded(i-1) != "a" && m != 12 {
				return 0 // "hundreds of", "thousand"
			}
			group = 1
		}
		if m >= 1000 {
			total += group * m
			group = 0
			q.scaled = true
		} else {
			group *= m
		}
	}
	if n == 0 {
		return 0
	}
	q.value = total + group
	q.weak = q.value == 1
	return n
}

func smallEnglish(w string) float64 {
	for k, s := range [...]string{
		"one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen",
		"sixteen", "seventeen", "eighteen", "nineteen",
	} {
		if w == s {
			return float64(k + 1)
		}
	}
	for k, s := range [...]string{"twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"} {
		if w == s {
			return float64(k+2) * 10
		}
	}
	return 0
}

// unit reads what a number counts, after or before it.
func (p *passage) unit(q *quantity) {
	end, start := p.words[q.last].end, p.words[q.first].start
	after := strings.TrimLeft(p.text[end:], " ")
	before := strings.TrimRight(p.text[:start], " ")
	switch {
	case strings.HasPrefix(after, "%"):
		q.measure = "percent"
		return
	case hasAnyPrefix(after, "$", "€", "£", "₫"):
		q.measure = currency(after)
		return
	case hasAnySuffix(before, "$", "€", "£", "₫"):
		q.measure = currency(before[len(before)-min(3, len(before)):])
		if p.folded(q.last+1) == "m" && p.gap(q.last+1) == joined {
			q.value *= 1e6
			q.last++
		}
		return
	}
	next := q.last + 1
	if next < len(p.words) && p.gap(next) <= spaced && !strings.Contains(p.text[end:p.words[next].start], "/") {
		if m, scale, n := p.measureAt(next, q); n > 0 {
			q.measure, q.scale = m, scale
			q.last += n
			return
		}
	}
	if label := p.label(q); label != "" {
		q.label = label
		return
	}
	if next < len(p.words) && p.gap(next) <= spaced && !p.words[next].figure {
		q.noun = p.words[next].concept
		if q.noun != 0 {
			q.last++
		} else if c := p.classifier(next); c != "" && next+1 < len(p.words) && p.gap(next+1) <= spaced {
			if q.noun = p.words[next+1].concept; q.noun != 0 {
				q.last += 2
			} else if q.noun = classifierNoun(c); q.noun != 0 {
				q.last++
			}
		}
	}
}

// classifier reports a word that stands between a number and its noun.
func (p *passage) classifier(i int) string {
	switch w := p.folded(i); w {
	case "cai", "chiec", "con", "ca", "em", "bai", "vu", "new", "more", "other", "anh", "lan":
		return w
	}
	return ""
}

// classifierNoun numbers the classifiers that can stand for the thing counted.
func classifierNoun(w string) int32 {
	for k, c := range [...]string{"em", "ca", "con", "cai", "chiec", "bai", "vu", "lan"} {
		if w == c {
			return -int32(k + 1)
		}
	}
	return 0
}

func hasAnyPrefix(s string, list ...string) bool {
	for _, x := range list {
		if strings.HasPrefix(s, x) {
			return true
		}
	}
	return false
}

func hasAnySuffix(s string, list ...string) bool {
	for _, x := range list {
		if strings.HasSuffix(s, x) {
			return true
		}
	}
	return false
}

func currency(s string) string {
	switch {
	case strings.Contains(s, "$"):
		return "usd"
	case strings.Contains(s, "€"):
		return "eur"
	case strings.Contains(s, "£"):
		return "gbp"
	}
	return "vnd"
}

// measureAt reads the unit of measure that starts at word i.
func (p *passage) measureAt(i int, q *quantity) (measure string, scale float64, n int) {
	w := p.folded(i)
	switch w {
	case "phan":
		if p.folded(i+1) == "tram" {
			return "percent", 1, 2
		}
	case "percent", "pct":
		return "percent", 1, 1
	case "per":
		if p.folded(i+1) == "cent" {
			return "percent", 1, 2
		}
	case "dong", "vnd":
		if w == "vnd" || q.value >= 100 && p.is(i, "đồng", "dong") {
			return "vnd", 1, 1
		}
	case "d":
		if p.gap(i) == joined || p.words[i].text == "đ" {
			return "vnd", 1, 1
		}
	case "usd", "dollar", "dollars", "do":
		if w != "do" || p.words[i].text == "đô" {
			return "usd", 1, 1
		}
	case "euro", "euros", "eur":
		return "eur", 1, 1
	case "pounds", "pound":
		return "gbp", 1, 1
	}
	measure, scale = unitOf(w)
	switch {
	case measure == "",
		len(w) == 1 && p.gap(i) != joined && w != "m" && w != "l",
		w == "can" && p.accented && p.words[i].text != "cân",
		w == "do" && (p.words[i].text == "do" || q.scaled),
		w == "tan" && p.accented && p.words[i].text != "tấn":
		return "", 0, 0
	case measure == "span" && (p.folded(i+1) == "old" || p.folded(i+1) == "tuoi"):
		return "age", 1, 2
	}
	return measure, scale, 1
}

// unitOf is what a unit measures, and how many of the base unit it is.
func unitOf(w string) (measure string, scale float64) {
	switch w {
	case "km", "kilomet", "kilometre", "kilometres", "kilometer", "kilometers", "cay":
		return "metre", 1000
	case "m", "met", "meter", "meters", "metre", "metres":
		return "metre", 1
	case "cm", "centimet", "centimetres", "centimeters":
		return "metre", 0.01
	case "mm":
		return "metre", 0.001
	case "kg", "kilogram", "kilograms", "kilo", "kilos", "can", "ky", "ki":
		return "gram", 1000
	case "g", "gram", "gam", "grams":
		return "gram", 1
	case "mg":
		return "gram", 0.001
	case "tan", "tonne", "tonnes", "ton", "tons":
		return "gram", 1e6
	case "l", "lit", "litre", "litres", "liter", "liters":
		return "litre", 1
	case "ml":
		return "litre", 0.001
	case "ha", "hecta", "hectare", "hectares":
		return "hectare", 1
	case "phut", "minute", "minutes", "min", "mins":
		return "time", 1
	case "gio", "tieng", "hour", "hours", "hrs", "h":
		return "time", 60
	case "ngay", "day", "days", "dem", "night", "nights":
		return "time", 60 * 24
	case "tuan", "week", "weeks":
		return "time", 60 * 24 * 7
	case "thang", "month", "months":
		return "span", 1
	case "nam", "year", "years":
		return "span", 12
	case "tuoi":
		return "age", 1
	case "do":
		return "degree", 1
	}
	return "", 0
}

// label is the noun that the number names: "phường 5", "grade 7".
func (p *passage) label(q *quantity) string {
	i := q.first - 1
	if i < 0 || p.gap(q.first) > spaced || q.scaled || q.value != math.Trunc(q.value) {
		return ""
	}
	switch w := p.folded(i); w {
	case "phuong", "quan", "lop", "dieu", "tuyen", "phong", "tap", "ky", "khoa", "cap", "tang", "khu", "thon", "ap", "xa", "doi", "duong", "block", "cum", "muc", "bac", "khoan", "so", "vong",
		"ward", "district", "grade", "route", "floor", "highway", "room", "phase", "line", "gate", "terminal", "level", "class", "year", "zone", "platform", "section", "article", "bus", "category", "type", "stage":
		return w
	}
	return ""
}

// roughly reports whether a number is given as about right.
func (p *passage) roughly(i int) bool {
	for k := i - 1; k >= max(0, i-2); k-- {
		switch p.folded(k) {
		case "khoang", "gan", "hon", "tren", "about", "around", "nearly", "almost", "over", "roughly", "some", "than", "xap", "chung", "approximately", "toi", "up":
			return true
		}
	}
	return strings.HasPrefix(p.text[p.words[i].end:], "+")
}

// idle reports whether a number says nothing of the matter: the counts of a
// chain letter, the figures below a post, a hotline.
func (p *passage) idle(q *quantity) bool {
	switch p.folded(q.last) {
	case "like", "likes", "share", "shares", "comment", "comments", "view", "views", "retweets":
		return true
	}
	for k := q.last + 1; k <= q.last+2; k++ {
		switch p.folded(k) {
		case "ago", "like", "likes", "shares", "comments", "views":
			return p.gap(k) <= spaced
		}
	}
	if (q.measure == "time" || q.measure == "span") && p.is(q.last+1, "trước", "truoc") && p.gap(q.last+1) == spaced {
		return true
	}
	if p.listMark(q) {
		return true
	}
	for k := q.first - 1; k >= max(0, q.first-6) && p.gap(k+1) < sentence; k-- {
		switch p.folded(k) {
		case "gui", "share", "shared", "send", "forward", "fwd", "tag", "pass":
			return p.recipients(q)
		case "se", "tiep":
			if prev := p.folded(k - 1); prev == "chia" || prev == "chuyen" {
				return p.recipients(q)
			}
		case "lh", "hotline", "sdt", "zalo", "tel", "phone", "call", "goi":
			return k >= q.first-3 && q.measure == "" && q.value >= 100 && !q.scaled
		}
	}
	return false
}

// recipients reports whether the quantity counts those a message should go to.
func (p *passage) recipients(q *quantity) bool {
	for k := q.first; k <= q.last+2; k++ {
		switch p.folded(k) {
		case "nguoi", "nhom", "ban", "group", "groups", "people", "friends", "friend", "contacts", "gr", "hoi", "khac", "others", "chats", "lan":
			return true
		}
	}
	return false
}

// listMark reports a number that only counts the lines: "1. …", "2) …".
func (p *passage) listMark(q *quantity) bool {
	if q.first != q.last && q.noun == 0 || !p.words[q.first].figure || q.value > 20 {
		return false
	}
	end := p.words[q.first].end
	if end+1 >= len(p.text) || (p.text[end] != '.' && p.text[end] != ')') || p.text[end+1] != ' ' {
		return false
	}
	return q.first == 0 || p.gap(q.first) >= sentence
}

func near(a, b, tolerance float64) bool {
	return math.Abs(a-b) <= tolerance*max(math.Abs(a), math.Abs(b))
}

// same reports whether two quantities say the same, or might.
func (a *quantity) same(b *quantity) bool {
	tolerance := 1e-6
	if a.about || b.about {
		tolerance = 0.1
	}
	if near(a.value*a.scale, b.value*b.scale, tolerance) {
		return true
	}
	return (a.measure != b.measure || a.measure == "" || a.scale == b.scale) && near(a.value, b.value, tolerance)
}

// differNumbers adds the numbers of m that play the part of another in c.
func differNumbers(out []placed, m, c *passage) []placed {
	theirs := c.quantities
	if len(theirs) > quantitiesMax {
		theirs = theirs[:quantitiesMax]
	}
	if len(theirs) == 0 {
		return out
	}
	for i := range m.quantities {
		q := &m.quantities[i]
		for k := range theirs {
			if q.same(&theirs[k]) {
				q.taken = true
				theirs[k].taken = theirs[k].taken || (q.label == "") == (theirs[k].label == "")
			}
		}
		for k := range c.moments {
			if k < quantitiesMax && c.moments[k].holds(q.value) {
				q.taken = true
			}
		}
	}
	for k := range theirs {
		for i := range m.moments {
			if i < quantitiesMax && m.moments[i].holds(theirs[k].value) {
				theirs[k].taken = true
			}
		}
	}
	for i := range m.quantities {
		if t := elsewhere(m, &m.quantities[i], c, theirs); t != nil {
			m.quantities[i].taken = false
		}
	}
	for i := range m.quantities {
		q := &m.quantities[i]
		if q.taken || q.weak {
			continue
		}
		best, bestScore := -1, 0
		for k := range theirs {
			if t := &theirs[k]; !t.taken && !t.weak {
				if s := samePart(m, q, c, t); s > bestScore {
					best, bestScore = k, s
				}
			}
		}
		if best < 0 {
			continue
		}
		theirs[best].taken = true
		out = append(out, placed{Difference{Number, m.said(q), c.said(&theirs[best])}, m.words[q.first].start})
	}
	return out
}

// elsewhere finds the quantity of the claim that plays the part of q, where the
// claim has q's number for something else only: "10 children died" where it says
// that 5 children died in 10 villages. It asks for more than samePart does, the
// same two words after the number, because the claim may well word the same
// thing in another way.
func elsewhere(m *passage, q *quantity, c *passage, theirs []quantity) *quantity {
	if q.noun == 0 || q.label != "" || q.measure != "" || q.weak {
		return nil
	}
	heads, met := m.heads(q.last, 1, 2), false
	var found *quantity
	for k := range theirs {
		t := &theirs[k]
		if q.same(t) {
			if t.noun == 0 || t.noun == q.noun {
				return nil
			}
			met = true
			continue
		}
		if t.noun == q.noun && !t.taken && !t.weak && len(heads) == 2 && slices.Equal(heads, c.heads(t.last, 1, 2)) && samePart(m, q, c, t) > 0 {
			found = t
		}
	}
	if !met {
		return nil
	}
	return found
}

// samePart scores how surely two quantities stand for the same thing; 0 is no.
func samePart(m *passage, a *quantity, c *passage, b *quantity) int {
	if a.label != b.label || (a.measure == "percent") != (b.measure == "percent") {
		return 0
	}
	context := shared(m.around(make([]int32, 0, 2*reach), a.first, a.last), c.around(make([]int32, 0, 2*reach), b.first, b.last))
	prev := meet(m.heads(a.first, -1, 2), c.heads(b.first, -1, 2))
	na, nb := m.heads(a.last, 1, 2), c.heads(b.last, 1, 2)
	next := meet(na, nb)
	switch {
	case a.label != "":
		if context == 0 {
			return 0
		}
		return 1 + context
	case a.measure != "" && a.measure == b.measure:
		if !prev && !next {
			return 0
		}
		return 1 + context
	case a.money() && b.money():
		if !prev && !next {
			return 0
		}
		return 1 + context
	case a.measure != "" || b.measure != "" || a.noun != b.noun || a.noun == 0:
		return 0
	}
	crossed := len(na) > 0 && containsConcept(c.heads(b.first, -1, 2), na[0]) || len(nb) > 0 && containsConcept(m.heads(a.first, -1, 2), nb[0])
	switch {
	case next || crossed:
	case len(na) > 0 && len(nb) > 0:
		if !prev || context < 3 {
			return 0
		}
	case !prev && context < 2:
		return 0
	}
	return 1 + context
}

// money reports whether the quantity is, or may well be, a sum: a currency, or
// millions of nothing else.
func (a *quantity) money() bool {
	switch a.measure {
	case "vnd":
		return true
	case "":
		return a.scaled && a.label == ""
	}
	return false
}

// tells reports whether word i, the nth after what is counted, belongs to its
// wording: the second half of a Vietnamese noun, or what is said of it.
func (p *passage) tells(i, n int) bool {
	if p.vietnamese && n == 0 {
		return !prepositionVietnamese(p.folded(i)) && !p.words[i].figure
	}
	return p.words[i].concept != 0 && (p.vietnamese || n == 0)
}

// said is the quantity as the passage words it, with the word that follows.
func (p *passage) said(q *quantity) string {
	first, last := q.first, q.last
	if q.label != "" {
		first--
	}
	for n := 0; n < 2 && q.noun != 0 && last+1 < len(p.words) && p.gap(last+1) <= spaced && p.tells(last+1, n); n++ {
		last++
	}
	s := p.wording(first, last)
	end := p.words[last].end
	if hasAnyPrefix(p.text[end:], "²", "³") {
		s += p.text[end : end+len("²")]
	}
	if last == q.last && q.measure == "percent" && strings.HasPrefix(strings.TrimLeft(p.text[end:], " "), "%") {
		s += "%"
	}
	start := p.words[first].start
	for _, sign := range [...]string{"$", "€", "£"} {
		if strings.HasSuffix(p.text[:start], sign) {
			s = sign + s
		}
	}
	return s
}
