package fetch

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	etagMax     = 256
	modifiedMax = 64
)

// knownOf reads the validators of an answer.
func knownOf(h http.Header) Known {
	var k Known
	if tag := h.Get("Etag"); len(tag) <= etagMax && quoted(tag) {
		k.ETag = tag
	}
	if day := h.Get("Last-Modified"); len(day) <= modifiedMax {
		if at, err := http.ParseTime(day); err == nil {
			k.Modified = at.UTC().Format(http.TimeFormat)
		}
	}
	return k
}

// quoted reports whether s is an entity tag as RFC 9110 writes it.
func quoted(s string) bool {
	s = strings.TrimPrefix(s, "W/")
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return false
	}
	return !strings.ContainsFunc(s[1:len(s)-1], func(r rune) bool { return r < 0x21 || r == '"' || r > 0x7e })
}

// afterMax bounds what a server may ask for: a longer wait would be an end.
const afterMax = 7 * 24 * time.Hour

// after reads Retry-After: seconds, or a day by the server's own clock.
func after(value, date string) time.Duration {
	value = strings.TrimSpace(value)
	if n, err := strconv.ParseUint(value, 10, 32); err == nil {
		return min(time.Duration(n)*time.Second, afterMax)
	}
	at, err := http.ParseTime(value)
	now, errDate := http.ParseTime(date)
	if err != nil || errDate != nil || !at.After(now) {
		return 0
	}
	return min(at.Sub(now), afterMax)
}
