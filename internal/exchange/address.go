package exchange

import (
	"errors"
	"net/url"
	"strings"

	"sangto/internal/desk"
	"sangto/internal/source"
)

// address is a normalised web address: https, and otherwise as source.Parse
// writes it. The key is a reason where s is none.
func address(s string) (u *url.URL, key string) {
	u, err := source.Parse(s)
	switch {
	case errors.Is(err, source.ErrScheme):
		return nil, reasonHTTPS
	case err != nil:
		return nil, reasonAddress
	case u.Scheme != "https":
		return nil, reasonHTTPS
	}
	return u, ""
}

// publisherSite reads the address a publisher gives for itself: a whole
// address or a bare host. It may be http; only its host is used. key is what
// the publisher is told apart by, site its address to show.
func publisherSite(s string) (host, path string, ok bool) {
	s = strings.TrimSpace(s)
	if s == "" || len(s) > AddressMax || !source.Clean(s) {
		return "", "", false
	}
	if !strings.Contains(s, "://") {
		s = "https://" + strings.TrimPrefix(s, "//")
	}
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.User != nil {
		return "", "", false
	}
	host, ok = source.HostName(u.Hostname())
	if !ok || source.IsNetwork(host, u.Path) {
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
	return host == site || (strings.HasSuffix(host, "."+site) && !source.Registry(site))
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
