package redact

import (
	"strings"

	"sangto/viet"
)

// handleMax is the longest account name that is taken.
const handleMax = 80

// takeTails takes author tails: "— Name (@handle) anything", to the end of the
// line, and "Name (@handle)" without the dash.
func (p *page) takeTails() {
	for i := 0; i+1 < len(p.f); i++ {
		if p.f[i] != '(' || p.f[i+1] != '@' || !wordy(p.at(i+2)) {
			continue
		}
		start, dash := p.tailStart(i)
		if start == i {
			continue
		}
		end := p.tailEnd(i, dash)
		p.remember(start, end)
		p.take(start, end, Sender)
		i = end - 1
	}
}

// tailStart returns where the name before the bracket at i begins, i if there
// is none, and whether a dash stands before it.
func (p *page) tailStart(i int) (start int, dash bool) {
	at := i
	for at > 0 && i-at < nameMax && p.f[at-1] != '\n' && p.f[at-1] != taken && p.f[at-1] != '@' && (p.f[at-1] != '-' || wordy(p.at(at-2))) {
		at--
	}
	switch first := p.skip(at, " ", 3); {
	case p.at(at-1) == '-':
		return first, true
	case p.at(at-1) == '\n' && p.words(first, i) <= nameWords+1:
		return first, false
	}
	start = i
	for at := i; at > 0 && i-at < nameMax; {
		end := p.back(at, " ")
		word := end
		for word > 0 && wordy(p.f[word-1]) {
			word--
		}
		if word == end || !p.upper(word) {
			break
		}
		start, at = word, word
	}
	return start, false
}

// words counts the words between two positions.
func (p *page) words(start, end int) int {
	n := 0
	for i := start; i < end; i++ {
		if wordy(p.f[i]) && !wordy(p.at(i-1)) {
			n++
		}
	}
	return n
}

// tailEnd returns where the tail whose handle is in the bracket at i ends:
// after a dash, with the line; else with the bracket, or the line if only a
// short date can follow.
func (p *page) tailEnd(i int, dash bool) int {
	const dateMax = 30
	end := i + 2
	for end < len(p.f) && p.f[end] != ')' && p.f[end] != '\n' && p.f[end] != taken && end-i < handleMax {
		end++
	}
	if p.at(end) == ')' {
		end++
	}
	if line := p.lineEnd(end); dash || line-end <= dateMax && p.words(end, line) <= 4 {
		end = line
	}
	for stop := i; stop < end; stop++ {
		if p.f[stop] == taken {
			end = stop
		}
	}
	for end > i && blank(p.f[end-1]) {
		end--
	}
	return end
}

// back returns the position after the last character before i that is none of
// the bytes.
func (p *page) back(i int, bytes string) int {
	for i > 0 && contains(bytes, p.f[i-1]) {
		i--
	}
	return i
}

// networks name the services whose account names people write without an @.
var networks = map[string]bool{
	"fb": true, "facebook": true, "face": true, "ig": true, "insta": true, "instagram": true, "tiktok": true, "tele": true, "telegram": true,
	"zalo": true, "twitter": true, "threads": true, "youtube": true, "skype": true, "wechat": true, "viber": true, "nick": true, "username": true,
	"user": true, "messenger": true, "line": true, "whatsapp": true, "snapchat": true, "acc": true,
}

// takeHandles takes account names: after @, and after the name of a network.
func (p *page) takeHandles() {
	for i := 0; i < len(p.f); i++ {
		switch b := p.f[i]; {
		case b == '@':
			i = p.handle(i)
		case isLetter(b) && !wordy(p.at(i-1)):
			end := i
			for isLetter(p.at(end)) {
				end++
			}
			if end-i <= 9 && networks[string(p.f[i:end])] {
				p.namedAccount(end)
			}
			i = end - 1
		}
	}
}

// handle takes the account name after the @ at i and returns the position of
// its last character, or of the last @.
func (p *page) handle(i int) int {
	before := p.at(i - 1)
	start := i
	for p.at(i+1) == '@' {
		i++
	}
	if wordy(before) || before == '.' && wordy(p.at(start-2)) {
		return i
	}
	end := i + 1
	for p.inHandle(end) && end-i <= handleMax {
		end++
	}
	if end-i < 3 {
		return i
	}
	p.remember(i+1, end)
	p.take(start, end, Handle)
	return end - 1
}

// inHandle reports whether the character at i can be part of an account name.
func (p *page) inHandle(i int) bool {
	b := p.at(i)
	return wordy(b) || (b == '.' || b == '-' || b == '@') && wordy(p.at(i+1))
}

// namedAccount takes the account name that may follow the name of a network:
// after a colon, slash or equals sign, one word that is made like an account
// name.
func (p *page) namedAccount(i int) {
	at := p.skip(i, " ", 2)
	if !contains(":/=", p.at(at)) {
		return
	}
	at = p.skip(at+1, " /", 2)
	end := at
	for p.inHandle(end) && end-at <= handleMax {
		end++
	}
	if end-at >= 3 && end-at <= handleMax && p.accountLike(at, end) {
		p.remember(at, end)
		p.take(at, end, Handle)
	}
}

// accountLike reports whether a word is made like an account name: letters
// with digits, dots or underscores among them, or three syllables and more run
// together.
func (p *page) accountLike(start, end int) bool {
	letters, joints := 0, 0
	for i := start; i < end; i++ {
		switch b := p.f[i]; {
		case isLetter(b):
			letters++
		default:
			joints++
		}
	}
	if letters == 0 {
		return false
	}
	return joints > 0 || len(viet.SplitHashtag(p.original(start, end))) >= 3
}

// remember keeps the words of what is about to be taken, for matching only:
// names, handles and the numbers of dates, but no longer numbers.
func (p *page) remember(start, end int) {
	words := p.original(start, end)
	for _, t := range viet.Tokens(words) {
		switch t.Kind {
		case viet.Word:
			p.tail = append(p.tail, splitName(t.Folded)...)
		case viet.Handle, viet.Hashtag:
			p.tail = append(p.tail, viet.SplitHashtag(words[t.Start:t.End])...)
		case viet.Number:
			if len(t.Folded) <= 4 {
				p.tail = append(p.tail, t.Folded)
			}
		}
	}
}

// splitName cuts a name that was run together, such as nguyenvana.
func splitName(word string) []string {
	if strings.ContainsAny(word, "0123456789") || len(word) > 7 {
		return viet.SplitHashtag(word)
	}
	return []string{word}
}
