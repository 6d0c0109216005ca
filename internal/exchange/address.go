package exchange

import (
	"net"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"sangto/internal/desk"
	"sangto/viet"
)

// address is a normalised web address: https, ASCII host in lower case, no
// port 443, no user, no fragment, no parameter that only says who followed
// the link. The key is a reason where s is none.
func address(s string) (u *url.URL, key string) {
	s = strings.TrimSpace(s)
	if s == "" || len(s) > AddressMax || !utf8.ValidString(s) || strings.ContainsFunc(s, neverInAddress) {
		return nil, reasonAddress
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Opaque != "" || u.User != nil {
		return nil, reasonAddress
	}
	if u.Scheme != "https" {
		return nil, reasonHTTPS
	}
	host, ok := hostName(u.Hostname())
	if !ok {
		return nil, reasonAddress
	}
	u.Host = host
	if port := u.Port(); port != "" && port != "443" {
		u.Host = net.JoinHostPort(host, port)
	}
	u.Fragment, u.RawFragment = "", ""
	u.RawQuery, u.ForceQuery = untracked(u.RawQuery), false
	u = u.ResolveReference(&url.URL{Path: u.Path, RawPath: u.RawPath, RawQuery: u.RawQuery})
	if u.Path == "" {
		u.Path = "/"
	}
	if len(u.String()) > AddressMax {
		return nil, reasonAddress
	}
	return u, ""
}

// neverInAddress names the characters that browsers and parsers disagree on.
func neverInAddress(r rune) bool {
	return r <= ' ' || r == '\\' || r == '"' || r == '<' || r == '>' || r == '`' || r == '{' || r == '}' || r == '|' || r == '^' ||
		unicode.Is(unicode.C, r) || unicode.Is(unicode.Z, r)
}

// hostName writes a DNS name of at least two labels in ASCII and lower case.
// Addresses by number and names without a dot are no publisher's.
func hostName(s string) (string, bool) {
	s = strings.ToLower(viet.NFKC(strings.ToLower(s)))
	s = strings.TrimSuffix(strings.ReplaceAll(s, "。", "."), ".")
	labels := strings.Split(s, ".")
	if len(labels) < 2 {
		return "", false
	}
	for i, label := range labels {
		ascii, ok := asciiLabel(label)
		if !ok {
			return "", false
		}
		labels[i] = ascii
	}
	host := strings.Join(labels, ".")
	last := labels[len(labels)-1]
	if len(host) > 253 || len(last) < 2 || strings.Trim(last, "0123456789") == "" || net.ParseIP(host) != nil {
		return "", false
	}
	switch last {
	case "local", "localhost", "internal", "lan", "home", "invalid", "arpa":
		return "", false
	}
	return host, true
}

// asciiLabel checks one label and writes it in Punycode if it must be.
func asciiLabel(label string) (string, bool) {
	ascii := true
	for i, r := range label {
		switch {
		case r == '-':
			if i == 0 || i == len(label)-1 {
				return "", false
			}
		case r == '_', r < utf8.RuneSelf && !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9'):
			return "", false
		case r >= utf8.RuneSelf:
			if !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r) {
				return "", false
			}
			ascii = false
		}
	}
	if !ascii {
		label = "xn--" + punycode(label)
	}
	return label, label != "" && len(label) <= 63
}

// The parameters of Punycode.
const (
	punyBase = 36
	punyMin  = 1
	punyMax  = 26
)

// punycode encodes a label as RFC 3492, section 6.3, says.
func punycode(label string) string {
	runes := []rune(label)
	var out []byte
	for _, r := range runes {
		if r < utf8.RuneSelf {
			out = append(out, byte(r))
		}
	}
	basic := len(out)
	if basic > 0 {
		out = append(out, '-')
	}
	code, delta, bias := rune(128), 0, 72
	for done := basic; done < len(runes); {
		lowest := rune(unicode.MaxRune)
		for _, r := range runes {
			if r >= code {
				lowest = min(lowest, r)
			}
		}
		delta += int(lowest-code) * (done + 1)
		code = lowest
		for _, r := range runes {
			if r < code {
				delta++
			}
			if r == code {
				out = punyInteger(out, delta, bias)
				bias = punyAdapt(delta, done+1, done == basic)
				delta = 0
				done++
			}
		}
		delta++
		code++
	}
	return string(out)
}

// punyInteger appends a number with variable-length digits.
func punyInteger(out []byte, q, bias int) []byte {
	for k := punyBase; ; k += punyBase {
		t := min(max(k-bias, punyMin), punyMax)
		if q < t {
			return append(out, punyDigit(q))
		}
		out = append(out, punyDigit(t+(q-t)%(punyBase-t)))
		q = (q - t) / (punyBase - t)
	}
}

// punyAdapt is the bias for the next number, RFC 3492, section 6.1.
func punyAdapt(delta, points int, first bool) int {
	if first {
		delta /= 700
	} else {
		delta /= 2
	}
	delta += delta / points
	k := 0
	for ; delta > (punyBase-punyMin)*punyMax/2; k += punyBase {
		delta /= punyBase - punyMin
	}
	return k + (punyBase-punyMin+1)*delta/(delta+38)
}

func punyDigit(d int) byte { return "abcdefghijklmnopqrstuvwxyz0123456789"[d] }

// tracking lists parameters that say who followed a link from where and
// nothing about what it leads to.
var tracking = map[string]bool{
	"fbclid": true, "gclid": true, "gbraid": true, "wbraid": true, "dclid": true, "msclkid": true, "yclid": true,
	"twclid": true, "ttclid": true, "li_fat_id": true, "igshid": true, "igsh": true, "zarsrc": true, "zalo_id": true, "mc_cid": true, "mc_eid": true,
	"_ga": true, "_gl": true, "_hsenc": true, "_hsmi": true, "vero_id": true, "oly_enc_id": true, "oly_anon_id": true,
	"ref_src": true, "ref_url": true, "mibextid": true, "rdid": true, "share_id": true, "wt_mc": true, "s_cid": true,
	"cmpid": true, "ocid": true, "ncid": true, "spm": true, "at_medium": true, "at_campaign": true, "sessionid": true,
	"jsessionid": true, "phpsessid": true, "email": true, "uid": true, "user_id": true, "subscriber_id": true,
}

// untracked drops such parameters, and any that holds an e-mail address, and
// keeps the others in their order.
func untracked(query string) string {
	var kept []string
	for _, pair := range strings.Split(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(name)
		if pair == "" || err != nil {
			continue
		}
		name = strings.ToLower(name)
		value, err = url.QueryUnescape(value)
		if err != nil || tracking[name] || strings.HasPrefix(name, "utm_") || strings.HasPrefix(name, "pk_") || strings.Contains(value, "@") {
			continue
		}
		kept = append(kept, pair)
	}
	return strings.Join(kept, "&")
}

// social lists the hosts on which everybody has an account. There the host
// does not say who publishes, and an address is the address of somebody's
// post. It is no list of unwelcome sources: a newsroom's checks come from its own
// site, or from the page there that it declares to be its own, whoever it is.
var social = map[string]bool{
	"facebook.com": true, "fb.com": true, "fb.me": true, "fb.watch": true, "m.me": true, "messenger.com": true, "instagram.com": true,
	"threads.net": true, "threads.com": true, "tiktok.com": true, "douyin.com": true, "x.com": true, "twitter.com": true, "t.co": true,
	"youtube.com": true, "youtu.be": true, "youtube-nocookie.com": true, "zalo.me": true, "zaloapp.com": true, "gapo.vn": true, "lotus.vn": true,
	"t.me": true, "telegram.me": true, "telegram.org": true, "wa.me": true, "whatsapp.com": true, "viber.com": true, "line.me": true, "kakao.com": true,
	"linkedin.com": true, "lnkd.in": true, "vk.com": true, "ok.ru": true, "weibo.com": true, "weibo.cn": true, "weixin.qq.com": true, "bilibili.com": true, "xiaohongshu.com": true,
	"bsky.app": true, "reddit.com": true, "redd.it": true, "pinterest.com": true, "snapchat.com": true, "tumblr.com": true, "quora.com": true,
	"discord.com": true, "discord.gg": true, "truthsocial.com": true, "gab.com": true, "parler.com": true, "gettr.com": true, "minds.com": true,
	"twitch.tv": true, "vimeo.com": true, "dailymotion.com": true, "rumble.com": true, "odysee.com": true, "bitchute.com": true, "clubhouse.com": true,
	"mastodon.social": true, "mastodon.online": true, "mstdn.social": true,
}

// isSocial reports whether u leads to an account rather than to a site: by its
// host, or by a path that begins with a handle, as on every federated network.
func isSocial(host, path string) bool {
	for h := host; ; {
		if social[h] {
			return true
		}
		_, parent, ok := strings.Cut(h, ".")
		if !ok {
			break
		}
		h = parent
	}
	return strings.HasPrefix(path, "/@") || strings.HasPrefix(path, "/users/") || strings.HasPrefix(path, "/profile/did:")
}

// publisherSite reads the address a publisher gives for itself: a whole
// address or a bare host. It may be http; only its host is used. key is what
// the publisher is told apart by, site its address to show.
func publisherSite(s string) (host, path string, ok bool) {
	s = strings.TrimSpace(s)
	if s == "" || len(s) > AddressMax || strings.ContainsFunc(s, neverInAddress) {
		return "", "", false
	}
	if !strings.Contains(s, "://") {
		s = "https://" + strings.TrimPrefix(s, "//")
	}
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.User != nil {
		return "", "", false
	}
	host, ok = hostName(u.Hostname())
	if !ok || isSocial(host, u.Path) {
		return "", "", false
	}
	return host, u.Path, true
}

// bare is a host without the "www." that most sites answer to as well.
func bare(host string) string { return strings.TrimPrefix(host, "www.") }

// onSite is the rule that binds an address to its publisher: the host is the
// publisher's, with or without "www.", or one below it. A publisher that
// gives a whole registry ("com.vn") as its site has none.
func onSite(host, site string) bool {
	host, site = bare(host), bare(site)
	return host == site || (strings.HasSuffix(host, "."+site) && !registry(site))
}

// registry reports whether names below host are sold to anybody: a bare top
// level or a second level such as com.vn or co.uk.
func registry(host string) bool {
	first, rest, ok := strings.Cut(host, ".")
	if !ok {
		return true
	}
	if strings.Contains(rest, ".") || len(rest) != 2 {
		return false
	}
	switch first {
	case "com", "net", "org", "gov", "edu", "co", "ac", "info", "biz", "name", "pro", "health", "int", "gob", "gouv", "or", "ne", "go", "id", "io", "ai":
		return true
	}
	return false
}

// deskPath gives the part of a publisher's path that tells the desks of one
// installation of this program apart; every other path is ignored.
func deskPath(path string) string {
	rest, ok := strings.CutPrefix(strings.TrimPrefix(path, "/en"), "/desks/")
	if !ok || !desk.ValidID(rest) {
		return ""
	}
	return "/desks/" + rest
}
