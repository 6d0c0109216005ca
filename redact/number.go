package redact

// Bounds of the digit-run finder.
const (
	separatorMax = 3  // characters between two digits of one number
	phoneMax     = 15 // digits of a telephone number (E.164)
	localMin     = 6  // fewest digits of a number that a word before it announces
	numberMin    = 8  // fewest digits of a number that nothing announces
	groupsMax    = 24 // groups of digits that are read as one number
	amountGroups = 4  // groups of three of the largest amount that is transferred
)

// A group is digits with nothing between them.
type group struct {
	start, end int
	// tight says that the separator to the next group is one that people put
	// inside a number: not a comma or stop with a space, a dash with spaces, a
	// bracket.
	tight bool
	// sep is that separator if it is a single character, else 0.
	sep byte
	// last says that no group follows in the run.
	last bool
}

func (g group) len() int { return g.end - g.start }

// takeNumbers finds every run of digits and takes out what may belong to a
// person.
func (p *page) takeNumbers() {
	p.takeDisguised()
	var groups []group
	from := 0
	for i := 0; i < len(p.f); i++ {
		if !isDigit(p.f[i]) {
			continue
		}
		l, index, ok := p.linkAt(i, from)
		from = index
		if ok {
			i = p.linkNumber(i, l) - 1
			continue
		}
		groups = p.run(groups[:0], i)
		i = p.classify(groups) - 1
	}
}

// run reads the groups of the run of digits at i.
func (p *page) run(groups []group, i int) []group {
	limit := len(p.f)
	for {
		g := group{start: i}
		for i < limit && isDigit(p.f[i]) {
			i++
		}
		g.end = i
		next := i
		for next < limit && next-i < separatorMax && separates(p.f[next]) {
			next++
		}
		if next == i || next == limit || !isDigit(p.f[next]) {
			g.last = true
			return append(groups, g)
		}
		g.tight = p.tight(i, next)
		if next == i+1 {
			g.sep = p.f[i]
		}
		groups = append(groups, g)
		i = next
	}
}

func separates(b byte) bool { return contains(" .,-()", b) || b == bullet }

// tight reports whether the separator between two positions keeps a number
// together.
func (p *page) tight(start, end int) bool {
	if end == start+1 {
		return true
	}
	for i := start; i < end; i++ {
		if contains(".,()", p.f[i]) || p.f[i] == '-' && (p.f[start] == ' ' || p.f[end-1] == ' ') {
			return false
		}
	}
	return true
}

// classify takes out the personal numbers of one run and returns its end.
func (p *page) classify(groups []group) int {
	end := groups[len(groups)-1].end
	if p.dressed(groups[len(groups)-1].start) {
		groups = groups[:len(groups)-1]
	}
	for len(groups) > 0 {
		n, kind := p.lead(groups)
		if kind != "" {
			p.takeGroups(groups[:n], kind)
		}
		groups = groups[n:]
	}
	return end
}

// takeGroups takes out groups with the sign and bracket around them.
func (p *page) takeGroups(groups []group, kind Kind) {
	start, end := groups[0].start, groups[len(groups)-1].end
	if p.at(start-1) == '(' {
		start--
		if p.at(end) == ')' {
			end++
		}
	}
	if p.at(start-1) == '+' {
		start--
		if p.at(start-1) == '(' && p.closes(start, end) {
			start--
		}
	}
	if kind == ID || kind == Account {
		for letters := 0; letters < 3 && isLetter(p.at(start-1)) && p.at(start-1) != foreign; letters++ {
			start--
		}
		if wordy(p.at(start - 1)) {
			start = groups[0].start
		}
	}
	p.take(start, end, kind)
}

// closes reports whether a closing bracket stands between two positions.
func (p *page) closes(start, end int) bool {
	for i := start; i < end; i++ {
		if p.f[i] == ')' {
			return true
		}
	}
	return false
}

// lead says how many groups from the first on belong together, and what they
// are: a kind to take out, or "" to keep.
func (p *page) lead(groups []group) (n int, kind Kind) {
	about := p.topicBefore(groups[0].start)
	announced := about == accountTopic || about == idTopic
	if n := p.hotline(groups); n > 0 && !announced {
		return n, ""
	}
	if n := p.dates(groups); n > 0 {
		return n, ""
	}
	if p.slashed(groups[0]) {
		return 1, ""
	}
	amount, sure := p.amount(groups, about)
	switch {
	case about == accountTopic || about == payTopic:
		if n := p.announced(groups, about == payTopic); n > 0 && amount == 0 {
			return n, Account
		}
	case about == idTopic || about == proofTopic:
		if n := p.announced(groups, true); n > 0 && amount == 0 {
			return n, ID
		}
	}
	if n := p.citizen(groups); n > 0 && !sure {
		return n, ID
	}
	if n := p.phone(groups); n > 0 && !sure {
		return n, Phone
	}
	if amount > 0 {
		return amount, ""
	}
	return p.rest(groups, about)
}

// digits writes the digits of groups into buf and returns how many there are,
// or more than len(buf) if they do not fit.
func (p *page) digits(buf []byte, groups []group) int {
	n := 0
	for _, g := range groups {
		if n+g.len() > len(buf) {
			return len(buf) + 1
		}
		n += copy(buf[n:], p.f[g.start:g.end])
	}
	return n
}

// hotline recognises service numbers, 1800 and 1900 with four to six digits.
func (p *page) hotline(groups []group) int {
	var buf [10]byte
	for n := min(len(groups), 5); n > 0; n-- {
		k := p.digits(buf[:], groups[:n])
		if k < 8 || k > 10 || !p.hotlineStart(groups) {
			continue
		}
		if !p.oneNumber(groups[:n]) || p.at(groups[0].start-1) == '+' {
			continue
		}
		// More digits close behind make it part of a longer number, unless they
		// begin a telephone number of their own.
		if g := groups[n-1]; g.last || !g.tight || p.phone(groups[n:]) > 0 || p.hotlineStart(groups[n:]) {
			return n
		}
	}
	return 0
}

// hotlineStart reports whether groups begin like a service number: 1800 or
// 1900 in one group, or 1 and the rest.
func (p *page) hotlineStart(groups []group) bool {
	g := groups[0]
	if g.len() == 1 && len(groups) > 1 && groups[1].len() == 3 {
		return p.f[g.start] == '1' && (p.has(groups[1].start, "800") || p.has(groups[1].start, "900"))
	}
	return g.len() >= 4 && (p.has(g.start, "1800") || p.has(g.start, "1900"))
}

// oneNumber reports whether groups are tight, or set off by a closing bracket
// as in (1900) 123456.
func (p *page) oneNumber(groups []group) bool {
	for _, g := range groups[:len(groups)-1] {
		if !g.tight && p.f[g.end] != ')' {
			return false
		}
	}
	return true
}

// value returns the number that a group spells, up to four digits.
func (p *page) value(g group) int {
	v := 0
	for _, b := range p.f[g.start:min(g.end, g.start+4)] {
		v = v*10 + int(b-'0')
	}
	return v
}

// year reports whether a group can be a year.
func (p *page) year(g group) bool {
	return g.len() == 4 && p.value(g) >= 1800 && p.value(g) < 2100
}

// dates recognises 02-09-1945, 1945-09-02, 2019-2020 and lists of years.
func (p *page) dates(groups []group) int {
	if len(groups) >= 3 {
		a, b, c := groups[0], groups[1], groups[2]
		sameSep := a.sep != 0 && a.sep == b.sep && (a.sep == '-' || a.sep == '.' || a.sep == ' ')
		spaced := a.sep == 0 && b.sep == 0 && !a.tight && !b.tight
		ends := c.last || c.sep != a.sep || a.sep == ' ' && p.year(c)
		if (sameSep || spaced) && ends && (p.dayMonth(a, b) && p.year(c) || p.year(a) && p.dayMonth(c, b)) {
			return 3
		}
	}
	n := 0
	for n < len(groups) && p.year(groups[n]) {
		n++
	}
	if n >= 2 && (groups[n-1].last || !groups[n-1].tight) {
		return n
	}
	return 0
}

// slashed reports whether a group ends a date written with slashes or a time
// written with a colon or h.
func (p *page) slashed(g group) bool {
	before := p.at(g.start - 1)
	switch {
	case !isDigit(p.at(g.start - 2)):
		return false
	case before == '/' && g.len() <= 2 || before == '/' && p.year(g):
		return isDigit(p.at(g.start-2)) && (p.at(g.start-3) == '/' || isDigit(p.at(g.start-3)) && p.at(g.start-4) == '/' || p.at(g.start-5) != '/' && p.year(g) && !isDigit(p.at(g.start-4)))
	case before == ':' || before == 'h':
		return g.len() == 2
	}
	return false
}

// dayMonth reports whether two groups can be a day and a month.
func (p *page) dayMonth(day, month group) bool {
	return day.len() <= 2 && month.len() <= 2 && p.value(day) >= 1 && p.value(day) <= 31 && p.value(month) >= 1 && p.value(month) <= 12
}

// amount returns how many groups make an amount, and whether it surely is one
// and no telephone number: it is grouped by thousands and has a unit, or money
// stands before it.
func (p *page) amount(groups []group, about topic) (n int, sure bool) {
	first := groups[0]
	if p.f[first.start] == '0' || p.at(first.start-1) == '+' {
		return 0, false
	}
	n = p.grouped(groups)
	last := groups[max(n, 1)-1]
	if n > 0 && n < len(groups) && contains("- ", p.f[last.end]) {
		// The unit of a range stands after its second amount.
		if m := p.grouped(groups[n:]); m > 0 {
			last = groups[n+m-1]
		}
	}
	unit, exact := p.unitAfter(last.end)
	money := p.moneyBefore(first.start)
	switch {
	case n > 0 && (unit || money):
		return n, true
	case n > 0 && groups[0].sep == ' ':
		return 0, false // 912 345 678 needs a unit
	case n > 0 && p.mobileBare(groups[:n]) && about == phoneTopic:
		return 0, false // 912.345.678 after "gọi"
	case n == 2 && (about == idTopic || about == proofTopic):
		return n, false // six digits are too few for such a number
	case n > 0 && (about == accountTopic || about == idTopic || about == proofTopic):
		return 0, false
	case n > 0 && about == payTopic && (n > amountGroups || !p.has(groups[n-1].start, "000")):
		return 0, false
	case n > 0:
		return n, false
	}
	if first.len() > 13 || !(unit || money) || (about == accountTopic || about == idTopic) && !exact {
		return 0, false
	}
	if !first.last && first.tight {
		return 0, false
	}
	return 1, money || exact && p.has(first.end-3, "000")
}

// grouped returns how many groups make a number with thousands separators, and
// a decimal part if it has one; 0 if there is no separator or more digits
// follow closely.
func (p *page) grouped(groups []group) int {
	first := groups[0]
	if first.len() > 3 || first.last || first.sep != '.' && first.sep != ',' && first.sep != ' ' {
		return 0
	}
	n := 1
	for n < len(groups) && groups[n-1].sep == first.sep && groups[n].len() == 3 {
		n++
	}
	if n == 1 {
		return 0
	}
	g := groups[n-1]
	if (g.sep == '.' || g.sep == ',') && g.sep != first.sep && groups[n].len() <= 2 {
		n++
		g = groups[n-1]
	}
	switch {
	case g.last, !g.tight, g.sep == '-':
		return n
	case g.sep == ' ' && first.sep != ' ' && p.plain(groups[n:]):
		return n
	}
	return 0
}

// plain reports whether a run goes on with something that is no part of a
// personal number: an amount, a year, one or two digits at its end.
func (p *page) plain(groups []group) bool {
	g := groups[0]
	if p.year(g) && (g.last || !g.tight || g.sep == ' ') || g.len() <= 2 && g.last {
		return true
	}
	return g.len() <= 3 && !g.last && (g.sep == '.' || g.sep == ',') && p.f[g.start] != '0' && groups[1].len() <= 3
}

// mobileBare reports whether groups are a mobile number without its zero.
func (p *page) mobileBare(groups []group) bool {
	var buf [9]byte
	return p.digits(buf[:], groups) == 9 && contains("35789", buf[0])
}

// announced returns how many groups make the number that a word announced: at
// least localMin digits. Dashes with spaces keep short groups together there.
// A word that also goes with amounts does not reach into one.
func (p *page) announced(groups []group, amounts bool) int {
	n, count := 1, groups[0].len()
	for n < len(groups) && n < groupsMax {
		before, g := groups[n-1], groups[n]
		if !before.tight && (before.len() > 4 || g.len() > 4) {
			break
		}
		if count >= numberMin && p.another(groups, n) {
			break
		}
		if amounts && before.sep == ' ' && g.sep != ' ' && p.grouped(groups[n:]) > 0 {
			break
		}
		count += g.len()
		n++
	}
	if count < localMin {
		return 0
	}
	return n
}

// another reports whether the group at n begins a number of its own. Behind
// separators that are all the same it must be a telephone number in one piece.
func (p *page) another(groups []group, n int) bool {
	same := n > 1
	for _, g := range groups[:n] {
		same = same && g.tight && g.sep == groups[0].sep
	}
	if same {
		return p.phone(groups[n:]) == 1
	}
	return p.phone(groups[n:]) > 0 || p.dates(groups[n:]) > 0
}

// citizen recognises the twelve digits of a citizen's number, which begins with
// a zero. It goes before the international prefix: numbers of Hà Nội begin
// with 001.
func (p *page) citizen(groups []group) int {
	var buf [12]byte
	if p.f[groups[0].start] != '0' || p.at(groups[0].start-1) == '+' {
		return 0
	}
	for n := 1; n <= len(groups) && n <= 12; n++ {
		k := p.digits(buf[:], groups[:n])
		if k > 12 {
			return 0
		}
		if k < 12 {
			continue
		}
		if n > 1 && !uniform(groups[:n]) || !groups[n-1].last && groups[n-1].tight && groups[n-1].sep == groups[0].sep && p.phone(groups[n:]) == 0 {
			return 0
		}
		return n
	}
	return 0
}

// uniform reports whether groups are of at most six digits with one and the
// same separator.
func uniform(groups []group) bool {
	for i, g := range groups {
		if g.len() > 6 || i < len(groups)-1 && (g.sep != groups[0].sep || !g.tight) {
			return false
		}
	}
	return true
}

// phone returns how many groups make a telephone number: a Vietnamese one, or
// any after + or 00.
func (p *page) phone(groups []group) int {
	var buf [phoneMax + 3]byte
	first := groups[0]
	plus := p.at(first.start-1) == '+' || p.at(first.start-1) == '(' && p.at(first.start-2) == '+'
	foreign := 0
	for n := 1; n <= len(groups) && n <= phoneMax; n++ {
		k := p.digits(buf[:], groups[:n])
		if k > len(buf) {
			break
		}
		if vietnamese(buf[:k], plus) && !p.days(groups[:n]) {
			return n
		}
		abroad := plus && k >= 7 || k >= 10 && buf[0] == '0' && buf[1] == '0'
		if abroad && k <= phoneMax+2 {
			foreign = n
		}
		if !groups[n-1].tight {
			if foreign > 0 {
				break
			}
		}
	}
	return foreign
}

// days reports whether groups are a list of days or lots, "05, 07, 09, 11, 13":
// each has two digits at most and a comma after it.
func (p *page) days(groups []group) bool {
	for i, g := range groups {
		if g.len() > 2 || i < len(groups)-1 && p.f[g.end] != ',' {
			return false
		}
	}
	return p.topicBefore(groups[0].start) != phoneTopic
}

// vietnamese reports whether digits are a mobile number (nine digits from 3, 5,
// 7, 8 or 9 on) or a fixed one (ten from 2 on) after 0, 84 or 0084. The ranges
// are those of the numbering plan; gaps inside them are taken as well.
func vietnamese(d []byte, plus bool) bool {
	rest := d
	switch {
	case len(rest) > 4 && string(rest[:4]) == "0084":
		rest = rest[4:]
	case len(rest) > 2 && rest[0] == '8' && rest[1] == '4':
		rest = rest[2:]
	case len(rest) > 1 && rest[0] == '0':
	default:
		return false
	}
	if len(rest) > 0 && rest[0] == '0' {
		rest = rest[1:]
	}
	if plus && len(d) == len(rest) {
		return false
	}
	switch len(rest) {
	case 9:
		return contains("35789", rest[0])
	case 10:
		return rest[0] == '2'
	}
	return false
}

// rest decides about what no rule recognised: eight digits that stand closely
// together go, six after a word that announces a telephone number.
func (p *page) rest(groups []group, about topic) (n int, kind Kind) {
	n, count := 1, groups[0].len()
	for n < len(groups) && groups[n-1].tight {
		if groups[n-1].sep == ' ' && p.begins(groups[n:]) {
			break
		}
		count += groups[n].len()
		n++
	}
	switch {
	case count >= localMin && about == phoneTopic:
		return n, Number
	case count >= numberMin && p.harmless(groups[:n]):
		return n, ""
	case count >= numberMin && !p.decree(groups[n-1].end):
		return n, Number
	case count == 7 && p.passport(groups[0].start) && n == 1:
		return n, ID
	}
	if k := p.dashed(groups); k > 0 {
		return k, Number
	}
	return 1, ""
}

// begins reports whether groups begin with something that is known for what it
// is, so that what stands before is no part of it.
func (p *page) begins(groups []group) bool {
	_, sure := p.amount(groups, noTopic)
	return sure || p.dates(groups) > 0 || p.phone(groups) > 0 || p.hotline(groups) > 0
}

// harmless reports whether closely written groups are separate figures: years,
// amounts, decimals of up to two digits.
func (p *page) harmless(groups []group) bool {
	for i := 0; i < len(groups); {
		g := groups[i]
		n := 1
		for i+n < len(groups) && (groups[i+n-1].sep == '.' || groups[i+n-1].sep == ',') {
			n++
		}
		switch {
		case n == 1 && p.year(g):
		case n == 2 && g.len() <= 3 && groups[i+1].len() <= 2:
		case n > 1 && p.f[g.start] != '0' && p.thousands(groups[i:i+n]):
		default:
			return false
		}
		i += n
	}
	return true
}

func (p *page) thousands(groups []group) bool {
	if groups[0].len() > 3 {
		return false
	}
	for _, g := range groups[1:] {
		if g.len() != 3 {
			return false
		}
	}
	return true
}

// decree reports whether the signature of a document follows: 12345678/QĐ-UBND.
func (p *page) decree(i int) bool {
	return p.at(i) == '/' && isLetter(p.at(i+1)) && isLetter(p.at(i+2)) && p.upper(i+1)
}

// passport reports whether the seven digits at i follow the one capital of a
// passport number.
func (p *page) passport(i int) bool {
	return i > 0 && contains("bcnpekm", p.at(i-1)) && p.upper(i-1) && !wordy(p.at(i-2))
}

// dashed recognises three groups and more, of three to six digits and all but
// the last of one length, with dashes and spaces between: a card or account
// number, unless they are years.
func (p *page) dashed(groups []group) int {
	n, years := 0, 0
	for n < len(groups) && groups[n].len() >= 3 && groups[n].len() <= 6 {
		if p.year(groups[n]) {
			years++
		}
		if n > 1 && groups[n-1].len() != groups[0].len() {
			return 0
		}
		n++
		if g := groups[n-1]; g.last || !p.spacedDash(g.end) {
			break
		}
	}
	if n < 3 || years == n {
		return 0
	}
	return n
}

func (p *page) spacedDash(i int) bool { return p.has(i, " - ") }

// dressed takes a mobile number whose digits are set off by one sign that does
// not count as a separator elsewhere, such as 0912/345/678, and reports whether
// it did. The number begins with the group at i.
func (p *page) dressed(i int) bool {
	if p.f[i] != '0' && p.f[i] != '8' {
		return false
	}
	var buf [13]byte
	n, at := 0, i
	var sign byte
	for {
		for isDigit(p.at(at)) {
			if n == len(buf) {
				return false
			}
			buf[n] = p.f[at]
			n++
			at++
		}
		next := p.skip(at, " ", 1)
		b := p.at(next)
		if !contains("/_|~:*'=\\", b) || sign != 0 && b != sign {
			break
		}
		next = p.skip(next+1, " ", 1)
		if !isDigit(p.at(next)) {
			break
		}
		sign = b
		at = next
	}
	if sign == 0 || !vietnamese(buf[:n], false) {
		return false
	}
	p.take(i, at, Phone)
	return true
}

// takeDisguised takes mobile numbers with letters for digits (O for 0, l or I
// for 1), with words for digits, or with more signs between the digits than a
// number has.
func (p *page) takeDisguised() {
	for i := 0; i < len(p.f); i++ {
		if contains("0okz", p.f[i]) && !wordy(p.at(i-1)) {
			if end := p.disguised(i); end > 0 {
				p.take(i, end, Phone)
				i = end - 1
			}
		}
	}
}

// disguised returns the end of the disguised mobile number at i, or 0. At least
// six of its ten digits are written as digits or as words for them.
func (p *page) disguised(i int) int {
	const signsMax, plainMin = 6, 6
	var buf [10]byte
	n, plain, last := 0, 0, i
	for at := i; at-last <= signsMax; {
		if contains(" .,-()*_~|'\"#=", p.at(at)) || p.at(at) == bullet {
			at++
			continue
		}
		end := p.wordEnd(at, len(buf)+1)
		k, sure := p.spokenDigits(buf[n:], at, end)
		if k == 0 {
			break
		}
		if k < 0 {
			return 0
		}
		n += k
		plain += sure
		at, last = end, end
	}
	if n < len(buf) || plain < plainMin || !vietnamese(buf[:], false) || p.date(i) > 0 {
		return 0
	}
	if plain == n && p.digitRun(i, last) {
		return 0
	}
	return last
}

// digitWords are the digits as words, in folded form.
var digitWords = map[string]byte{
	"khong": '0', "mot": '1', "hai": '2', "ba": '3', "bon": '4', "tu": '4', "nam": '5', "lam": '5', "sau": '6', "bay": '7', "bam": '7', "tam": '8', "chin": '9',
	"oh": '0', "zero": '0', "one": '1', "two": '2', "three": '3', "four": '4', "five": '5', "six": '6', "seven": '7', "eight": '8', "nine": '9',
}

// spokenDigits writes the digits that the word between two positions stands for
// into buf, and returns how many there are and how many of them are no letters.
// It is 0 for another word and negative if there is no room.
func (p *page) spokenDigits(buf []byte, start, end int) (n, sure int) {
	if start == end {
		return 0, 0
	}
	if d, ok := digitWords[string(p.f[start:end])]; ok {
		if len(buf) == 0 {
			return -1, 0
		}
		buf[0] = d
		return 1, 1
	}
	for _, b := range p.f[start:end] {
		switch {
		case isDigit(b):
			sure++
		case b == 'o':
			b = '0'
		case b == 'l' || b == 'i':
			b = '1'
		default:
			return 0, 0
		}
		if n == len(buf) {
			return -1, 0
		}
		buf[n] = b
		n++
	}
	return n, sure
}

// digitRun reports whether the run finder reads the digits between two
// positions as one run: then its rules decide.
func (p *page) digitRun(start, end int) bool {
	signs := 0
	for i := start; i < end; i++ {
		if isDigit(p.f[i]) {
			signs = 0
			continue
		}
		if signs++; signs > separatorMax || !separates(p.f[i]) {
			return false
		}
	}
	return true
}

// linkNumber handles the digits at i inside an address that stays, and returns
// where it went on to. Addresses are full of numbers of pages; only what is
// made like a telephone or citizen's number goes, and what a name in the
// address announces.
func (p *page) linkNumber(i int, l link) int {
	end := i
	for end < l.end && isDigit(p.at(end)) {
		end++
	}
	joined := end
	var buf [13]byte
	n := 0
	for at := i; at < l.end && n < len(buf) && (isDigit(p.f[at]) || (p.f[at] == '-' || p.f[at] == '.') && isDigit(p.at(at+1))); at++ {
		if isDigit(p.f[at]) {
			buf[n] = p.f[at]
			n++
			joined = at + 1
		}
	}
	switch {
	case vietnamese(p.f[i:end], false):
		p.take(i, end, Phone)
	case n <= 13 && !isDigit(p.at(joined)) && joined > end && vietnamese(buf[:n], false):
		p.take(i, joined, Phone)
		return joined
	case end-i == 12 && p.f[i] == '0':
		p.take(i, end, ID)
	case end-i >= localMin && (l.pay || p.parameter(i)):
		p.take(i, end, Number)
	}
	return end
}

// parameter reports whether the digits at i are the value of a parameter that
// names a personal number.
func (p *page) parameter(i int) bool {
	if p.at(i-1) != '=' {
		return false
	}
	end := i - 1
	start := end
	for start > 0 && wordy(p.f[start-1]) && end-start < 16 {
		start--
	}
	switch string(p.f[start:end]) {
	case "phone", "tel", "sdt", "mobile", "stk", "acc", "account", "acct", "zalo", "number", "so", "cccd", "cmnd", "uid", "user", "user_id", "userid", "to":
		return true
	}
	return false
}
