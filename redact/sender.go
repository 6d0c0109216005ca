package redact

// nameMax is the longest name of a person, group or page that a rule takes, in
// characters; nameWords bounds names that no punctuation ends.
const (
	nameMax   = 60
	nameWords = 4
	stampMax  = 45
	headerMax = 160
)

// forwardPhrases come right before the name of who sent or posted, in folded
// form. What follows the first group is always a sender.
var forwardPhrases = [...]string{
	"chuyen tiep tu", "chuyen tiep boi", "forwarded message from", "forwarded from", "forward from", "fwd from", "forwarded by", "originally posted by",
	"nguon fb", "nguon: fb", "nguon: facebook", "cre: fb", "cre: facebook", "source: facebook", "nguon facebook", "nguon zalo", "nguon tiktok", "cre fb",
	"cre facebook", "source fb", "source facebook",
}

// namedPhrases are everyday words too ("a letter sent by mail"): a name must
// follow, with a capital where the text has any.
var namedPhrases = [...]string{
	"gui boi", "dang boi", "dang tai boi", "chia se boi", "viet boi", "posted by", "shared by", "sent by", "chia se bai viet cua", "theo fb", "theo facebook",
	"fb cua", "facebook cua", "zalo cua",
}

// colonPhrases are everyday words unless a colon follows.
var colonPhrases = [...]string{
	"nguoi gui", "nguoi chuyen tiep", "nguoi dang", "nguoi chia se", "nguoi viet", "nguoi chuyen", "tac gia", "message from", "tin nhan tu", "sender", "author",
}

// mailHeaders stand at the start of a line and go with the rest of it. The
// second group are everyday words and need a sign of mail in the line.
var (
	mailHeaders  = [...]string{"from:", "to:", "cc:", "bcc:", "reply-to:", "sender:", "return-path:", "delivered-to:", "x-original-to:", "nguoi nhan:", "nguoi gui:"}
	mailWords    = [...]string{"tu:", "den:", "gui:", "kinh gui:"}
	shareEndings = [...]string{
		"da chia se mot bai viet", "da chia se mot video", "da chia se mot lien ket", "da chia se mot ky niem", "da chia se mot anh",
		"da chia se bai viet", "shared a post", "shared a link", "shared a photo", "shared a video", "shared a memory", "dang cam thay", "is feeling", "is with",
	}
)

// takeSenders takes the speaker part of chat exports (WhatsApp, Telegram, Zalo,
// Viber), of forwarding and sharing lines, and of mail headers.
func (p *page) takeSenders() {
	for i := 0; i < len(p.f); i++ {
		switch b := p.f[i]; {
		case b == '[':
			p.bracketStamp(i)
		case isDigit(b) && !wordy(p.at(i-1)):
			p.dashStamp(i)
		case isLetter(b) && !wordy(p.at(i-1)):
			if p.lineStart(i) {
				p.lineOpening(i)
			}
			p.forwarded(i)
		}
	}
}

// bracketStamp handles "[12/05/2024, 19:30] Name:" and "Name, [12.05.2024
// 19:30]".
func (p *page) bracketStamp(i int) {
	end := i + 1
	for end < len(p.f) && end-i <= stampMax && p.f[end] != ']' && p.f[end] != '\n' && p.f[end] != '[' {
		end++
	}
	if p.at(end) != ']' || !p.hasClock(i+1, end) {
		return
	}
	if p.at(i-1) == ' ' && p.at(i-2) == ',' {
		start := i - 2
		for start > 0 && i-start <= nameMax && p.f[start-1] != '\n' && p.f[start-1] != taken {
			start--
		}
		if start == 0 || p.at(start-1) == '\n' {
			p.takeName(start, i-2)
			return
		}
	}
	p.nameBeforeColon(p.skip(end+1, " -~", 4))
}

// dashStamp handles "12/05/2024, 19:30 - Name:".
func (p *page) dashStamp(i int) {
	end := p.stamp(i)
	if end == 0 {
		return
	}
	dash := p.skip(end, " ", 2)
	if p.at(dash) != '-' {
		return
	}
	name := p.skip(dash+1, " ~", 3)
	if !p.nameBeforeColon(name) && p.lineStart(i) {
		// "Name added you": notes of the program have no colon.
		p.takeName(name, p.nameEnd(name, false))
	}
}

// nameBeforeColon takes the name at i if a colon ends it, and reports whether
// one does.
func (p *page) nameBeforeColon(i int) bool {
	end := i
	for end < len(p.f) && end-i <= nameMax && p.f[end] != ':' && p.f[end] != '\n' && p.f[end] != taken {
		end++
	}
	if p.at(end) != ':' && p.at(end) != taken {
		return false
	}
	p.takeName(i, end)
	return true
}

// takeName takes a name without the spaces around it.
func (p *page) takeName(start, end int) {
	for start < end && !wordy(p.f[start]) && p.f[start] != '+' && p.f[start] != '@' {
		start++
	}
	for end > start && (blank(p.f[end-1]) || p.f[end-1] == ',' || p.f[end-1] == ':') {
		end--
	}
	if start >= end || !p.free(start, end) || !p.nameLike(start, end) {
		return
	}
	p.remember(start, end)
	p.take(start, end, Sender)
}

// nameLike reports whether a passage can name a sender: it has a letter, or is
// a telephone number.
func (p *page) nameLike(start, end int) bool {
	digits := 0
	for i := start; i < end; i++ {
		if isLetter(p.f[i]) {
			return true
		}
		if isDigit(p.f[i]) {
			digits++
		}
	}
	return digits >= localMin
}

// forwarded handles the phrases that name who a message comes from.
func (p *page) forwarded(i int) {
	if p.f[i] < 'a' {
		return
	}
	for _, o := range openings[p.f[i]-'a'] {
		if p.word(i, o.phrase) && (!o.colon || p.at(p.skip(i+len(o.phrase), " ", 1)) == ':') {
			p.named(i, i+len(o.phrase), o.capital)
			return
		}
	}
}

// An opening is a phrase before a name.
type opening struct {
	phrase  string
	colon   bool // only with a colon
	capital bool // only before a capital, where the text has any
}

// openings holds the phrases by their first letter.
var openings = func() (t [26][]opening) {
	for _, w := range forwardPhrases {
		t[w[0]-'a'] = append(t[w[0]-'a'], opening{phrase: w})
	}
	for _, w := range namedPhrases {
		t[w[0]-'a'] = append(t[w[0]-'a'], opening{phrase: w, capital: true})
	}
	for _, w := range colonPhrases {
		t[w[0]-'a'] = append(t[w[0]-'a'], opening{phrase: w, colon: true})
	}
	return t
}()

// named takes the name after the phrase between two positions.
func (p *page) named(start, end int, capital bool) {
	at := p.skip(end, " :\t", 4)
	if at == end {
		return
	}
	at = p.skip(at, "\"'*_", 3)
	stop := p.nameEnd(at, p.upper(start) && p.upper(start+1))
	if capital && !p.capitalised(at, stop) && !p.flat(start) {
		return
	}
	p.takeName(at, stop)
}

// capitalised reports whether the first word between two positions that is no
// leader has a capital.
func (p *page) capitalised(start, end int) bool {
	for start < end {
		stop := p.wordEnd(start, end-start)
		if stop == start {
			start++
			continue
		}
		if p.upper(start) {
			return true
		}
		if !leaders[string(p.f[start:stop])] {
			return false
		}
		start = stop
	}
	return false
}

// flat reports whether the line at i has no capital after its first word, so
// that small letters do not speak against a name.
func (p *page) flat(i int) bool {
	start := i
	for start > 0 && p.f[start-1] != '\n' && i-start < headerMax {
		start--
	}
	end := min(p.lineEnd(i), i+headerMax)
	for at := p.wordEnd(start, end-start); at < end; at++ {
		if isLetter(p.f[at]) && p.upper(at) {
			return false
		}
	}
	return true
}

// leaders may stand in small letters before a name and belong to it.
var leaders = map[string]bool{
	"nhom": true, "group": true, "hoi": true, "anh": true, "chi": true, "co": true, "chu": true, "bac": true, "ba": true, "ong": true, "em": true,
	"ban": true, "me": true, "bo": true, "thay": true, "bs": true, "si": true, "page": true, "trang": true, "kenh": true, "channel": true, "fb": true,
	"facebook": true, "zalo": true, "tai": true, "khoan": true, "account": true, "nick": true, "user": true, "cu": true, "di": true, "cau": true,
	"fanpage": true, "mr": true, "ms": true, "mrs": true, "dr": true, "the": true, "tiktok": true, "telegram": true,
}

// nameEnd returns where the name at i ends: at punctuation, at an emoji, at
// the first word in small letters after one with a capital. Where capitals
// tell nothing, because there are none or nothing else, it is nameWords words
// long at most.
func (p *page) nameEnd(i int, shouting bool) int {
	end, words, capitals := i, 0, 0
	for at := i; at < len(p.f) && at-i < nameMax; {
		start := at
		for at < len(p.f) && (wordy(p.f[at]) || p.inName(at)) {
			at++
		}
		if at == start {
			return end
		}
		switch capital := p.upper(start) || isDigit(p.f[start]); {
		case leaders[string(p.f[start:at])] && words == 0:
		case capital:
			words++
			capitals++
		case capitals > 0:
			return end
		default:
			words++
		}
		if words > nameWords && (shouting || capitals == 0) {
			return end
		}
		end = at
		if p.at(at) == '.' && at-start <= 3 {
			at++
		}
		next := p.skip(at, " ", 1)
		if next == at {
			return end
		}
		at = next
	}
	return end
}

// inName reports whether the character at i may stand inside a name.
func (p *page) inName(i int) bool {
	switch p.f[i] {
	case '\'', '-', '.', '@', '+':
		return wordy(p.at(i + 1))
	}
	return false
}

// lineOpening handles what is only known at the start of a line.
func (p *page) lineOpening(i int) {
	for _, h := range mailHeaders {
		if p.has(i, h) {
			p.mailHeader(i, i+len(h))
			return
		}
	}
	for _, h := range mailWords {
		if p.has(i, h) && p.mailSign(i) {
			p.mailHeader(i, i+len(h))
			return
		}
	}
	p.quoted(i)
	p.shared(i)
	p.replied(i)
}

// replied handles "Trả lời Name:" alone on a line.
func (p *page) replied(i int) {
	for _, opening := range [...]string{"tra loi", "dang tra loi", "replying to", "in reply to"} {
		if !p.word(i, opening) {
			continue
		}
		start := p.skip(i+len(opening), " ", 2)
		end := p.nameEnd(start, false)
		if p.at(p.skip(end, " ", 1)) == ':' || p.at(end) == '\n' && p.upper(start) {
			p.takeName(start, end)
		}
	}
}

// mailHeader takes what follows a header, to the end of the line.
func (p *page) mailHeader(i, start int) {
	start = p.skip(start, " \t", 4)
	end := p.lineEnd(start)
	if isDigit(p.at(start)) && !p.mailSign(i) {
		return
	}
	if end-start > headerMax {
		end = p.nameEnd(start, false)
	}
	for stop := start; stop < end; stop++ {
		if p.f[stop] == taken {
			end = stop
		}
	}
	p.takeName(start, end)
}

// mailSign reports whether the line at i looks like one of a mail: it has an
// address.
func (p *page) mailSign(i int) bool {
	for ; i < len(p.f) && p.f[i] != '\n'; i++ {
		if p.f[i] == '@' || p.f[i] == '<' || p.f[i] == taken {
			return true
		}
	}
	return false
}

// quoted handles "On Mon, May 5 at 19:30 Name <address> wrote:".
func (p *page) quoted(i int) {
	if !p.word(i, "on") && !p.word(i, "vao") {
		return
	}
	end := p.lineEnd(i)
	if end-i > headerMax || !p.hasClock(i, end) {
		return
	}
	for _, ending := range [...]string{"wrote:", "da viet:"} {
		if at := end - len(ending); at > i && p.has(at, ending) {
			if start := p.clockEnd(i, at); start > 0 && p.free(start, at) {
				p.takeName(start, at)
			}
		}
	}
}

// shared handles "Name shared a post" alone on a line: the name is at least two
// words, each with a capital. With more on the line it is a sentence.
func (p *page) shared(i int) {
	if !p.upper(i) {
		return
	}
	end := i
	for words := 0; end < len(p.f) && words < 6; words++ {
		for wordy(p.at(end)) {
			end++
		}
		next := end + 1
		if p.at(end) != ' ' {
			return
		}
		for _, e := range shareEndings {
			if words > 0 && p.word(next, e) && p.lineEnd(next) <= next+len(e)+1 {
				p.takeName(i, end)
				return
			}
		}
		if next >= len(p.f) || !isLetter(p.f[next]) || !p.upper(next) {
			return
		}
		end = next
	}
}

// hasClock reports whether a time of day stands between two positions.
func (p *page) hasClock(start, end int) bool { return p.clockEnd(start, end) > 0 }

// clockEnd returns the end of the last time of day between two positions, with
// AM or PM, or 0.
func (p *page) clockEnd(start, end int) int {
	last := 0
	for i := start; i+3 < end+1 && i < end; i++ {
		if isDigit(p.f[i]) && !isDigit(p.at(i-1)) {
			if e := p.clock(i); e > 0 && e <= end {
				last = e
			}
		}
	}
	return last
}

// clock parses a time of day at i, such as 7:30 PM or 19:30:05, and returns
// its end or 0.
func (p *page) clock(i int) int {
	n := i
	for isDigit(p.at(n)) && n-i < 3 {
		n++
	}
	if n == i || n-i > 2 || (p.at(n) != ':' && p.at(n) != 'h') || !isDigit(p.at(n+1)) || !isDigit(p.at(n+2)) {
		return 0
	}
	n += 3
	if p.at(n) == ':' && isDigit(p.at(n+1)) && isDigit(p.at(n+2)) {
		n += 3
	}
	half := p.skip(n, " ", 1)
	for _, h := range [...]string{"am", "pm", "sa", "ch", "a.m.", "p.m."} {
		if p.has(half, h) && !wordy(p.at(half+len(h))) {
			return half + len(h)
		}
	}
	return n
}

// stamp parses a date and a time of day at i, in either order, and returns the
// end or 0.
func (p *page) stamp(i int) int {
	first := p.date(i)
	if first > 0 {
		return p.clock(p.skip(first, ", ", 3))
	}
	if first = p.clock(i); first > 0 {
		return p.date(p.skip(first, ", ", 3))
	}
	return 0
}

// date parses a date of three numbers at i and returns its end or 0.
func (p *page) date(i int) int {
	n := i
	for part := range 3 {
		start := n
		for isDigit(p.at(n)) && n-start < 4 {
			n++
		}
		if n == start {
			return 0
		}
		if part < 2 {
			if b := p.at(n); b != '/' && b != '.' && b != '-' {
				return 0
			}
			n++
		}
	}
	return n
}
