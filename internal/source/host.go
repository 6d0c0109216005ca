package source

import (
	"net"
	"strings"
	"unicode"
	"unicode/utf8"

	"sangto/viet"
)

// HostName writes a DNS name of at least two labels in ASCII and lower case.
// Addresses by number and names without a dot are no publisher's.
func HostName(s string) (string, bool) {
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

// Registry reports whether names below host are sold to anybody: a bare top
// level or a second level such as com.vn or co.uk.
func Registry(host string) bool {
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
