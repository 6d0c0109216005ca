package redact

// Bounds of the parts of an e-mail address (RFC 5321, 4.5.3.1).
const (
	localMax  = 64
	domainMax = 255
)

// mailHosts are the hosts of public mail services: after one of them a bare
// word "at" is enough.
var mailHosts = map[string]bool{
	"gmail": true, "googlemail": true, "yahoo": true, "ymail": true, "hotmail": true, "outlook": true, "live": true, "icloud": true,
	"protonmail": true, "proton": true, "mail": true, "zoho": true, "yandex": true, "msn": true,
}

// atSigns and dots are how people write @ and . to hide an address. The bare
// words need more evidence than the bracketed ones.
var (
	atSigns = [...]string{"@", "(@)", "[@]", "{@}", "(at)", "[at]", "{at}", "<at>", "(a cong)", "[a cong]", "(acong)", "a cong", "acong", "a moc", "at"}
	dots    = [...]string{".", "(.)", "[.]", "(dot)", "[dot]", "{dot}", "<dot>", "(cham)", "[cham]", "dot", "cham"}
)

// takeEmails takes e-mail addresses, plain and disguised.
func (p *page) takeEmails() {
	for i := 0; i < len(p.f); i++ {
		switch p.f[i] {
		case '@', '(', '[', '{', '<', 'a':
			if end := p.email(i); end > i {
				i = end - 1
			}
		}
	}
}

// email takes the address whose at sign is at i and returns its end, or 0.
func (p *page) email(i int) int {
	for _, sign := range atSigns {
		if !p.has(i, sign) {
			continue
		}
		bare := isLetter(sign[0])
		if bare && (wordy(p.at(i-1)) || wordy(p.at(i+len(sign)))) {
			continue
		}
		start := p.localStart(i, sign != "@" || p.at(i-1) == ' ')
		d := p.domain(i+len(sign), sign != "@")
		if start == i || d.end == 0 {
			continue
		}
		mail := p.mailHost(i + len(sign))
		tight := sign == "@" && p.at(i-1) != ' ' && p.at(i+1) != ' '
		if !tight && !p.lettered(d.last, d.end) {
			continue // 3 kg @ 4.500
		}
		switch {
		case tight:
		case !bare && sign != "@" && d.dotted:
		case sign == "@" && p.at(i-1) == ' ' && p.at(i+1) == ' ' && d.dotted:
		case sign == "at" && (!d.dotted || !d.hidden && !mail):
			continue
		case !mail && (!d.dotted || !d.hidden && !p.domainTail(d.last)):
			continue
		}
		p.take(start, d.end, Email)
		return d.end
	}
	return 0
}

// localStart returns where the local part that ends before i begins, or i.
func (p *page) localStart(i int, spaced bool) int {
	at := i
	if spaced {
		for at > 0 && blank(p.f[at-1]) && i-at < 2 {
			at--
		}
	}
	start := at
	for start > 0 && at-start < localMax && (wordy(p.f[start-1]) || contains(".+-%", p.f[start-1])) {
		start--
	}
	for start < at && !wordy(p.f[start]) {
		start++
	}
	if start == at {
		return i
	}
	return p.spokenLocal(start, spaced)
}

// spokenLocal takes in the words before a disguised address that say its dots:
// "anh dot nguyen a còng".
func (p *page) spokenLocal(start int, spaced bool) int {
	for spaced && start > 0 {
		next := start
		for _, dot := range [...]string{" dot ", " cham "} {
			if at := start - len(dot); p.has(at, dot) {
				for next = at; next > 0 && wordy(p.f[next-1]); next-- {
				}
			}
		}
		if next == start {
			break
		}
		start = next
	}
	return start
}

// lettered reports whether a label has letters alone, at least two.
func (p *page) lettered(start, end int) bool {
	for i := start; i < end; i++ {
		if !isLetter(p.f[i]) {
			return false
		}
	}
	return end-start >= 2
}

// A domain is what was read after an at sign.
type domain struct {
	end    int // 0 if there is none
	last   int // where its last label begins
	dotted bool
	hidden bool // a dot was disguised
}

// domain reads the domain at i.
func (p *page) domain(i int, spaced bool) domain {
	var d domain
	at := i
	if spaced || p.at(at) == ' ' {
		at = p.skip(at, " ", 2)
	}
	for limit := at + domainMax; at < limit; {
		label := at
		for wordy(p.at(at)) || p.at(at) == '-' && wordy(p.at(at+1)) {
			at++
		}
		if at == label {
			break
		}
		d.end, d.last = at, label
		next, spaced, hidden := p.dotEnd(at)
		if next == 0 || !wordy(p.at(next)) || spaced && !p.domainTail(next) {
			break
		}
		d.dotted = true
		d.hidden = d.hidden || hidden
		at = next
	}
	return d
}

// dotEnd returns where the dot at i, with the spaces around it, ends, whether
// it is a plain one with spaces, and whether it is disguised; 0 if there is
// none.
func (p *page) dotEnd(i int) (end int, spaced, hidden bool) {
	at := p.skip(i, " ", 2)
	for _, d := range dots {
		if !p.has(at, d) {
			continue
		}
		if isLetter(d[0]) && (at == i || wordy(p.at(at+len(d)))) {
			continue
		}
		end := p.skip(at+len(d), " ", 2)
		return end, d == "." && end > i+1, d != "."
	}
	return 0, false, false
}

// domainTail reports whether a label that follows a dot with spaces can be one
// of a mail domain: otherwise "a@b . Then" would swallow the next sentence.
func (p *page) domainTail(i int) bool {
	end := i
	for wordy(p.at(end)) {
		end++
	}
	switch w := string(p.f[i:end]); w {
	case "com", "net", "org", "vn", "edu", "gov", "info", "me", "io", "co", "asia", "biz", "us", "uk":
		return true
	default:
		return mailHosts[w]
	}
}

// mailHost reports whether the host after an at sign is a public mail service.
func (p *page) mailHost(i int) bool {
	i = p.skip(i, " ", 2)
	end := i
	for wordy(p.at(end)) {
		end++
	}
	return mailHosts[string(p.f[i:end])]
}
