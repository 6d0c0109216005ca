package viet

import "strings"

// linkEnd returns the end of the web address at i, or 0 if there is none: a
// scheme, "www.", or a name under one of the common top-level domains.
func linkEnd(s string, i int) int {
	rest := s[i:]
	switch {
	case prefixFold(rest, "http://"), prefixFold(rest, "https://"), prefixFold(rest, "www."):
		return i + addressLen(rest)
	}
	n := hostLen(rest)
	if n == 0 {
		return 0
	}
	if n < len(rest) && (rest[n] == '/' || rest[n] == '?' || rest[n] == ':') {
		return i + addressLen(rest)
	}
	return i + n
}

func prefixFold(s, prefix string) bool {
	return len(s) > len(prefix) && (s[0]|0x20) == prefix[0] && strings.EqualFold(s[:len(prefix)], prefix)
}

// addressLen is how much of s, which starts with an address, belongs to it:
// up to white space or a quoting character, without closing punctuation.
func addressLen(s string) int {
	n := strings.IndexFunc(s, func(r rune) bool {
		return r <= ' ' || strings.ContainsRune("<>\"“”«»{}|\\^`\u00a0\u3000", r)
	})
	if n < 0 {
		n = len(s)
	}
	for n > 0 && strings.IndexByte(".,;:!?)]'*", s[n-1]) >= 0 {
		n--
	}
	return n
}

// maxHost is the longest host name (RFC 1035).
const maxHost = 253

// hostLen returns the length of a bare host name such as "tinnong.com.vn" at
// the start of s, or 0.
func hostLen(s string) int {
	n, dot := 0, -1
	for n < len(s) && n <= maxHost {
		b := s[n]
		if b == '.' && n > 0 && n+1 < len(s) && (isLetter(s[n+1]) || isDigit(s[n+1])) {
			dot = n
		} else if !isLetter(b) && !isDigit(b) && b != '-' {
			break
		}
		n++
	}
	if dot < 0 || n > maxHost || !topLevel(strings.ToLower(s[dot+1:n])) {
		return 0
	}
	return n
}

// topLevel lists the domains under which bare names are taken for addresses.
// A longer list would make links of sentences without a space after the stop.
func topLevel(d string) bool {
	switch d {
	case "com", "net", "org", "info", "vn", "gov", "edu", "io", "biz", "xyz", "top", "online", "site", "club", "shop",
		"asia", "news", "app", "dev", "uk", "us", "fr", "de", "jp", "cn", "ru", "au", "eu", "tv", "cc", "example":
		return true
	}
	return false
}

// LinkWords returns the folded words of an address that may say what it is
// about: those of its path, without the file suffix, identifiers and the
// query. It fetches nothing.
func LinkWords(link string) []string {
	if i := strings.Index(link, "://"); i >= 0 {
		link = link[i+3:]
	}
	i := strings.IndexByte(link, '/')
	if i < 0 {
		return nil
	}
	path, _, _ := strings.Cut(link[i:], "?")
	path, _, _ = strings.Cut(path, "#")
	for _, suffix := range [...]string{".html", ".htm", ".aspx", ".php", ".amp"} {
		path = strings.TrimSuffix(path, suffix)
	}
	var words []string
	for _, w := range strings.FieldsFunc(Fold(path), func(r rune) bool { return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r > 0x7F) }) {
		if len(w) <= 24 && (len(w) <= 4 || strings.Trim(w, "0123456789") == w) {
			words = append(words, w)
		}
	}
	return words
}
