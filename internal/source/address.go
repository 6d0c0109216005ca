package source

import (
	"errors"
	"net"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// AddressMax is the longest address, in bytes.
const AddressMax = 2048

// Why a text is no address that a source can have.
var (
	ErrAddress = errors.New("not the address of a page")
	ErrScheme  = errors.New("neither http nor https")
)

// Parse reads a web address and writes it in its normal form: http or https,
// the host in ASCII and lower case, no port that the scheme implies, no user,
// no fragment, no "..", and no parameter that only says who followed the link.
// Addresses by number and names without a dot are refused, so that no spelling
// of an IP address (octal, hexadecimal, one decimal number) gets through.
func Parse(s string) (*url.URL, error) {
	s = strings.TrimSpace(s)
	if s == "" || len(s) > AddressMax || !Clean(s) {
		return nil, ErrAddress
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Opaque != "" || u.User != nil {
		return nil, ErrAddress
	}
	if u.Scheme != "https" && u.Scheme != "http" {
		return nil, ErrScheme
	}
	host, ok := HostName(u.Hostname())
	if !ok {
		return nil, ErrAddress
	}
	port := u.Port()
	if u.Host = host; port != "" && port != implied(u.Scheme) {
		u.Host = net.JoinHostPort(host, port)
	}
	u.Fragment, u.RawFragment = "", ""
	u.RawQuery, u.ForceQuery = untracked(u.RawQuery), false
	u = u.ResolveReference(&url.URL{Path: u.Path, RawPath: u.RawPath, RawQuery: u.RawQuery})
	if u.Path == "" {
		u.Path = "/"
	}
	if len(u.String()) > AddressMax {
		return nil, ErrAddress
	}
	return u, nil
}

func implied(scheme string) string {
	if scheme == "https" {
		return "443"
	}
	return "80"
}

// Clean reports whether s is valid UTF-8 without the characters on which
// browsers and parsers disagree.
func Clean(s string) bool { return utf8.ValidString(s) && !strings.ContainsFunc(s, neverInAddress) }

func neverInAddress(r rune) bool {
	return r <= ' ' || r == '\\' || r == '"' || r == '<' || r == '>' || r == '`' || r == '{' || r == '}' || r == '|' || r == '^' ||
		unicode.Is(unicode.C, r) || unicode.Is(unicode.Z, r)
}

// Key is the same for addresses that lead to the same page as far as their
// spelling can tell: without scheme, "www.", "m." and "amp.", a slash or
// "index" at the end, and with parameters in order. It is compared and never
// followed. What is no address is its own key.
func Key(s string) string {
	u, err := Parse(s)
	if err != nil {
		return strings.TrimSpace(s)
	}
	host := u.Host
	for _, prefix := range []string{"www.", "m.", "mobile.", "amp."} {
		if rest, ok := strings.CutPrefix(host, prefix); ok && strings.Contains(rest, ".") {
			host = rest
		}
	}
	path := u.EscapedPath()
	for _, end := range []string{"index.html", "index.htm", "index.php", "amp"} {
		if rest, ok := strings.CutSuffix(path, "/"+end); ok {
			path = rest
		}
	}
	key := host + strings.TrimRight(path, "/")
	if u.RawQuery != "" {
		pairs := strings.Split(u.RawQuery, "&")
		slices.Sort(pairs)
		key += "?" + strings.Join(pairs, "&")
	}
	return key
}

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
