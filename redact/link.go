package redact

// socialHosts are hosts whose addresses lead to a person's account or post.
// Subdomains count. Addresses of these hosts go whole.
var socialHosts = map[string]bool{
	"facebook.com": true, "fb.com": true, "fb.me": true, "fb.watch": true, "m.me": true, "messenger.com": true, "instagram.com": true, "instagr.am": true,
	"threads.net": true, "threads.com": true, "tiktok.com": true, "x.com": true, "twitter.com": true, "t.co": true, "youtube.com": true, "youtu.be": true,
	"zalo.me": true, "zaloapp.com": true, "t.me": true, "telegram.me": true, "telegram.org": true, "wa.me": true, "whatsapp.com": true, "linkedin.com": true,
	"lnkd.in": true, "vk.com": true, "weibo.com": true, "weibo.cn": true, "bsky.app": true, "line.me": true, "snapchat.com": true, "pinterest.com": true,
	"reddit.com": true, "lotus.vn": true, "gapo.vn": true, "mocha.com.vn": true, "viber.com": true, "wechat.com": true, "locket.cam": true,
	"mastodon.social": true, "quora.com": true, "tumblr.com": true, "paypal.me": true, "fburl.com": true, "skype.com": true,
}

// payHosts carry account numbers in their addresses.
var payHosts = [...]string{"vietqr", "momo", "zalopay", "vnpay", "qr."}

// hostMax is the longest host name (RFC 1035).
const hostMax = 253

// A link is an address that stays, except for numbers of persons in it.
type link struct {
	start, end int
	pay        bool
}

// takeLinks takes the addresses of social networks and remembers the others.
func (p *page) takeLinks() {
	for i := 0; i < len(p.f); i++ {
		// What follows a dot was tried with the label before it.
		if !wordy(p.f[i]) || wordy(p.at(i-1)) || p.at(i-1) == '.' && p.scheme(i) == i {
			continue
		}
		if end := p.link(i); end > i {
			i = end - 1
		}
	}
}

// link handles the address that may start at i and returns its end, or 0.
func (p *page) link(i int) int {
	scheme := p.scheme(i)
	host, next := p.host(scheme)
	if host == "" || p.at(i-1) == '@' {
		return 0
	}
	path := p.at(next) == '/' || p.at(next) == '?' || p.at(next) == '#' || p.at(next) == ':'
	social := social(host)
	if scheme == i && (!path || !named(host)) {
		return 0
	}
	end := p.linkEnd(next)
	if (social && end > next+1) || p.personPath(next, end) {
		stop := next
		for stop < end && p.f[stop] != taken {
			stop++
		}
		if p.free(i, next) {
			p.remember(next, stop)
			p.take(i, stop, Profile)
			return stop
		}
		return next
	}
	if social {
		return next
	}
	pay := false
	for _, h := range payHosts {
		pay = pay || indexIn(host, h) >= 0
	}
	p.links = append(p.links, link{i, end, pay})
	return end
}

// scheme returns where the host of an address at i begins: after "https://" or
// a disguise of it, or at i.
func (p *page) scheme(i int) int {
	for _, s := range [...]string{"https://", "http://", "hxxps://", "hxxp://", "https:/", "http:/"} {
		if p.has(i, s) {
			return i + len(s)
		}
	}
	return i
}

// host reads a host name with at least one dot at i and returns it, in its
// plain form, and where it ends.
func (p *page) host(i int) (name string, end int) {
	var buf [hostMax]byte
	n, dotted := 0, false
	for n < hostMax {
		switch b := p.at(i); {
		case isLetter(b) && b != foreign, isDigit(b), b == '-' && wordy(p.at(i+1)):
			buf[n] = b
			n++
			i++
		case n > 0 && p.dot(i) > 0 && wordy(p.at(p.dot(i))):
			buf[n] = '.'
			n++
			i = p.dot(i)
			dotted = true
		default:
			if !dotted {
				return "", 0
			}
			return string(buf[:n]), i
		}
	}
	return "", 0
}

// dot returns the end of a dot at i, also of the disguises [.] and (.), or 0.
func (p *page) dot(i int) int {
	for _, d := range [...]string{".", "[.]", "(.)", "[dot]", "(dot)"} {
		if p.has(i, d) {
			return i + len(d)
		}
	}
	return 0
}

// named reports whether a host ends in a name: 19.000 does not.
func named(host string) bool {
	last := host[len(host)-1]
	return last >= 'a' && last <= 'z' && host[len(host)-2] != '.'
}

// social reports whether a host or a domain it belongs to is a social network.
func social(host string) bool {
	for {
		if socialHosts[host] {
			return true
		}
		dot := indexIn(host, ".")
		if dot < 0 {
			return false
		}
		host = host[dot+1:]
	}
}

func indexIn(s, sub string) int {
	for i := 0; i+len(sub) <= len(s); i++ {
		if s[i:i+len(sub)] == sub {
			return i
		}
	}
	return -1
}

// linkEnd returns the end of the address that continues at i.
func (p *page) linkEnd(i int) int {
	for i < len(p.f) && p.f[i] > ' ' || p.at(i) == taken || p.at(i) == foreign || p.at(i) == symbol {
		if contains("<>\"|\\^`{}", p.f[i]) {
			break
		}
		i++
	}
	for i > 0 && contains(".,;:!?)]'*", p.f[i-1]) {
		i--
	}
	return i
}

// personPath reports whether the path of an address names an account: /@name,
// as on video, blog and federated sites, or a place on a map.
func (p *page) personPath(start, end int) bool {
	for i := start; i+1 < end; i++ {
		if p.f[i] == '/' && p.f[i+1] == '@' {
			return true
		}
	}
	return false
}

// linkAt returns the address that covers i, if any. Addresses are in order, and
// from is where to begin looking.
func (p *page) linkAt(i int, from int) (l link, index int, ok bool) {
	for from < len(p.links) && p.links[from].end <= i {
		from++
	}
	if from < len(p.links) && p.links[from].start <= i {
		return p.links[from], from, true
	}
	return link{}, from, false
}
