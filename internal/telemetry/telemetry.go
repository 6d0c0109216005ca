// Package telemetry builds the program's logger and counts requests by route.
//
// It is the second fence around people's words and addresses. The first is
// that no code hands them to a logger; this package drops, whoever logs, every
// attribute whose name says that it holds such a thing, takes addresses out of
// every text, and never prints a value whose make-up it does not know.
package telemetry

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"reflect"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"
)

// Format is how log lines are written.
type Format uint8

// The formats.
const (
	Text Format = iota
	JSON
)

// New returns a logger that writes lines of level and above to out. It is safe
// for concurrent use; writes to out are not concurrent.
//
// Times are to the minute in UTC, so that the log cannot be laid beside
// another one to tell who did what; the order of lines says the rest.
func New(out io.Writer, level slog.Leveler, format Format) *slog.Logger {
	options := &slog.HandlerOptions{Level: level}
	var h slog.Handler = slog.NewTextHandler(out, options)
	if format == JSON {
		h = slog.NewJSONHandler(out, options)
	}
	return slog.New(fence{next: h, forbidden: forbidden()})
}

// forbidden lists attribute names, in lower case without separators, that the
// log never carries: they stand here to be dropped. A name is forbidden also as the last word of a longer
// one: client_ip, requestBody.
func forbidden() map[string]bool {
	names := map[string]bool{}
	for _, n := range []string{
		"ip", "addr", "address", "remote", "remoteaddr", "peer", "client", "clientip", "host", "port",
		"forwarded", "xff", "useragent", "agent", "ua", "referer", "referrer", "cookie", "cookies", "header", "headers",
		"authorization", "auth", "session", "user", "email", "phone", "language", "acceptlanguage",
		"text", "body", "words", "message", "question", "query", "rawquery", "form", "value", "values", "path", "uri", "url", "requesturi",
		"token", "nonce", "receipt", "code", "secret", "key", "mac", "password", "dsn", "request", "response", "panic", "recovered",
	} {
		names[n] = true
	}
	return names
}

// settings are the attributes that may hold an address, because the operator
// chose it himself.
func isSetting(name string) bool { return name == "listen" || name == "public" }

// fence is a slog.Handler that lets through only what may be logged.
type fence struct {
	next      slog.Handler
	forbidden map[string]bool
}

// Enabled implements slog.Handler.
func (f fence) Enabled(ctx context.Context, l slog.Level) bool { return f.next.Enabled(ctx, l) }

// Handle implements slog.Handler.
func (f fence) Handle(ctx context.Context, r slog.Record) error {
	clean := slog.NewRecord(r.Time.UTC().Truncate(time.Minute), r.Level, scrub(r.Message), 0)
	r.Attrs(func(a slog.Attr) bool {
		if a, ok := f.pass(a); ok {
			clean.AddAttrs(a)
		}
		return true
	})
	return f.next.Handle(ctx, clean)
}

// WithAttrs implements slog.Handler.
func (f fence) WithAttrs(attrs []slog.Attr) slog.Handler {
	f.next = f.next.WithAttrs(f.passAll(attrs))
	return f
}

// WithGroup implements slog.Handler.
func (f fence) WithGroup(name string) slog.Handler {
	f.next = f.next.WithGroup(name)
	return f
}

func (f fence) passAll(attrs []slog.Attr) []slog.Attr {
	var out []slog.Attr
	for _, a := range attrs {
		if a, ok := f.pass(a); ok {
			out = append(out, a)
		}
	}
	return out
}

// pass returns the attribute as it may be written, and whether it may.
func (f fence) pass(a slog.Attr) (slog.Attr, bool) {
	if f.drops(a.Key) {
		return slog.Attr{}, false
	}
	v := a.Value.Resolve()
	switch v.Kind() {
	case slog.KindGroup:
		return slog.Attr{Key: a.Key, Value: slog.GroupValue(f.passAll(v.Group())...)}, true
	case slog.KindString:
		if isSetting(a.Key) {
			return slog.String(a.Key, cut(v.String())), true
		}
		return slog.String(a.Key, scrub(v.String())), true
	case slog.KindAny:
		return slog.Attr{Key: a.Key, Value: plain(v.Any())}, true
	}
	return slog.Attr{Key: a.Key, Value: v}, true
}

var separators = strings.NewReplacer("_", "", "-", "", ".", "", " ", "")

// drops reports whether the name or its last word is forbidden.
func (f fence) drops(name string) bool {
	if f.forbidden[separators.Replace(strings.ToLower(name))] {
		return true
	}
	words := strings.FieldsFunc(splitCase(name), func(r rune) bool { return strings.ContainsRune("_-. ", r) })
	for i := range words {
		if f.forbidden[strings.ToLower(strings.Join(words[i:], ""))] {
			return true
		}
	}
	return false
}

// splitCase writes requestBody as request_Body and clientIP as client_IP.
func splitCase(name string) string {
	var b strings.Builder
	lower := false
	for _, r := range name {
		upper := r >= 'A' && r <= 'Z'
		if upper && lower {
			b.WriteByte('_')
		}
		lower = !upper
		b.WriteRune(r)
	}
	return b.String()
}

// plain turns a value of unknown make-up into one that is known to be fit to
// print, or into the name of its type: a struct may hold a whole request.
func plain(v any) slog.Value {
	switch v := v.(type) {
	case nil:
		return slog.StringValue("nil")
	case error:
		return slog.StringValue(scrub(v.Error()))
	case []string:
		clean := make([]string, len(v))
		for i, s := range v {
			clean[i] = scrub(s)
		}
		return slog.AnyValue(clean)
	case fmt.Stringer:
		if r := reflect.ValueOf(v); r.Kind() == reflect.Pointer && r.IsNil() {
			return slog.StringValue("nil")
		}
		return slog.StringValue(scrub(v.String()))
	}
	switch r := reflect.ValueOf(v); r.Kind() {
	case reflect.Bool, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Float32, reflect.Float64:
		return slog.AnyValue(v)
	case reflect.String:
		return slog.StringValue(scrub(r.String()))
	}
	return slog.StringValue(fmt.Sprintf("[%T]", v))
}

// lineMax is the longest text of one attribute, in bytes.
const lineMax = 1000

// addresses finds IPv4 and IPv6 addresses, with port or without. Errors of the
// network hold them. A clock time or a Go name with colons is no address:
// IPv6 needs two colons in a row or at least four groups.
var addresses = regexp.MustCompile(`\[?(?:[0-9A-Fa-f]{0,4}:){2,7}(?:(?:\d{1,3}\.){3}\d{1,3}|[0-9A-Fa-f]{0,4})(?:%[\w.]+)?(?:\]:\d{1,5}|\])?|\b(?:\d{1,3}\.){3}\d{1,3}(?::\d{1,5})?\b`)

// links finds the parts of a link that may hold words or a password: errors of
// HTTP clients and of database drivers print whole links.
var (
	queries  = regexp.MustCompile(`(\w+://[^\s"?#]*)[?#][^\s"]*`)
	userinfo = regexp.MustCompile(`(\w+://)[^\s"/@]*@`)
)

// scrub takes addresses and the telling parts of links out of a text and
// bounds its length.
func scrub(s string) string {
	s = queries.ReplaceAllString(s, "$1?[query]")
	s = userinfo.ReplaceAllString(s, "$1[user]@")
	return cut(addresses.ReplaceAllStringFunc(s, mask))
}

// mask keeps what only looks like an IPv6 address: 12:30:45.
func mask(found string) string {
	v6 := !strings.Contains(found, ".")
	if v6 && !strings.Contains(found, "::") && strings.Count(found, ":") < 4 {
		return found
	}
	if v6 && strings.Trim(found, ":") == "" {
		return found
	}
	return "[address]"
}

// cut bounds a text, at a whole character.
func cut(s string) string {
	if len(s) <= lineMax {
		return s
	}
	end := lineMax
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "…"
}
