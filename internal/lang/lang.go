// Package lang is the catalogue of every sentence a person reads, in each
// language, and the forms that go with a language: plurals, dates, numbers and
// the names of the desk's nouns.
//
// The sentences are JSON files under catalog/, one an area and a language, so
// that a translator needs no Go. Each key is a whole sentence or a whole
// label: a page never joins two of them, because word order is the language's
// business.
package lang

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"

	"sangto/internal/desk"
)

//go:embed catalog/*.json
var files embed.FS

// The languages of the interface, the first being the one used when a tag is
// not among them.
const (
	Vietnamese = "vi"
	English    = "en"
)

// Tags lists the languages of the interface, the default first.
func Tags() []string { return []string{Vietnamese, English} }

// Catalog holds the sentences of every language. It is read-only once loaded
// and safe for any number of goroutines.
type Catalog struct{ words map[string]*Words }

// Words speaks one language. It is safe for any number of goroutines.
type Words struct {
	tag       string
	localizer *i18n.Localizer
	keys      map[string]bool
}

// Load reads the catalogue built into the program. It fails on a file that is
// not JSON, a sentence that is not a template, or a key that two files give.
func Load() (*Catalog, error) { return load(files, "catalog") }

func load(fsys fs.FS, dir string) (*Catalog, error) {
	bundle := i18n.NewBundle(language.MustParse(Vietnamese))
	bundle.RegisterUnmarshalFunc("json", json.Unmarshal)
	c := &Catalog{words: map[string]*Words{}}
	for _, tag := range Tags() {
		c.words[tag] = &Words{tag: tag, localizer: i18n.NewLocalizer(bundle, tag), keys: map[string]bool{}}
	}
	names, err := fs.Glob(fsys, path.Join(dir, "*.json"))
	if err != nil {
		return nil, fmt.Errorf("list the catalogue: %w", err)
	}
	for _, name := range names {
		if err := c.add(bundle, fsys, name); err != nil {
			return nil, fmt.Errorf("catalogue file %s: %w", path.Base(name), err)
		}
	}
	return c, nil
}

func (c *Catalog) add(bundle *i18n.Bundle, fsys fs.FS, name string) error {
	parts := strings.Split(path.Base(name), ".")
	if len(parts) != 3 || c.words[parts[1]] == nil {
		return errors.New("a file is named AREA.LANGUAGE.json")
	}
	raw, err := fs.ReadFile(fsys, name)
	if err != nil {
		return err
	}
	file, err := bundle.ParseMessageFileBytes(raw, name)
	if err != nil {
		return err
	}
	keys := c.words[parts[1]].keys
	for _, m := range file.Messages {
		if keys[m.ID] {
			return fmt.Errorf("key %q is given twice", m.ID)
		}
		keys[m.ID] = true
	}
	return nil
}

// For returns the words of a language tag, Vietnamese if the tag is unknown.
func (c *Catalog) For(tag string) *Words {
	if w, ok := c.words[tag]; ok {
		return w
	}
	return c.words[Vietnamese]
}

// Tag returns the language's tag, for a lang attribute.
func (w *Words) Tag() string { return w.tag }

// Has reports whether the catalogue has the key in this language.
func (w *Words) Has(key string) bool { return w.keys[key] }

// Keys returns every key of this language, sorted.
func (w *Words) Keys() []string {
	out := make([]string, 0, len(w.keys))
	for k := range w.keys {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// T returns the sentence of key. The arguments are names and values in turn,
// as in T("list.total", "Count", 12); the one named Count chooses the plural
// form, and whole numbers are written the language's way. A key that the
// catalogue lacks comes back as itself: a test sees to it that none does.
func (w *Words) T(key string, args ...any) string {
	data := make(map[string]any, len(args)/2)
	for i := 0; i+1 < len(args); i += 2 {
		if name, ok := args[i].(string); ok {
			data[name] = args[i+1]
		}
	}
	return w.say(key, data)
}

func (w *Words) say(key string, args map[string]any) string {
	config := i18n.LocalizeConfig{MessageID: key}
	if count, ok := args["Count"].(int); ok {
		config.PluralCount = count
	}
	data := make(map[string]any, len(args))
	for name, value := range args {
		if n, ok := value.(int); ok {
			value = w.Number(n)
		}
		data[name] = value
	}
	config.TemplateData = data
	if !w.keys[key] {
		return key
	}
	// The error is not the last word: where a language has no form for a count,
	// as Vietnamese has none for one, it comes with the general form.
	text, _ := w.localizer.Localize(&config)
	if text == "" {
		return key
	}
	return text
}

// Linked is a sentence with one stretch that is a link, marked [[so]] in the
// catalogue. It lets a translator put the link where the sentence wants it.
type Linked struct{ Before, Link, After string }

// L returns the sentence of key, cut at its link.
func (w *Words) L(key string, args ...any) Linked {
	text := w.T(key, args...)
	before, rest, ok := strings.Cut(text, "[[")
	if !ok {
		return Linked{Before: text}
	}
	link, after, _ := strings.Cut(rest, "]]")
	return Linked{Before: before, Link: link, After: after}
}

// Number writes a whole number with the language's thousands separator.
func (w *Words) Number(n int) string {
	digits := strconv.Itoa(n)
	sign := ""
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	separator := "."
	if w.tag == English {
		separator = ","
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + separator + digits[i:]
	}
	return sign + digits
}

// Date writes a day in full: ngày 5 tháng 3 năm 2026, 5 March 2026. The zero
// Day, which means that no day is known, is the empty string.
func (w *Words) Date(d desk.Day) string {
	if d == 0 {
		return ""
	}
	t := d.Time()
	month := w.T("date.month." + strconv.Itoa(int(t.Month())))
	// Days and years are names here, not quantities: no separators.
	return w.T("date.full", "Day", strconv.Itoa(t.Day()), "Month", month, "Year", strconv.Itoa(t.Year()))
}

// Month writes the month of a day: tháng 3 năm 2026, March 2026.
func (w *Words) Month(d desk.Day) string {
	t := d.Time()
	return w.T("date.of_month", "Month", w.T("date.month."+strconv.Itoa(int(t.Month()))), "Year", strconv.Itoa(t.Year()))
}

// Error puts a failure in words a reader can act on. A *desk.Error speaks by
// its key, or by its kind when the catalogue lacks the key; every other error
// says only that something failed here.
func (w *Words) Error(err error) string {
	var e *desk.Error
	if !errors.As(err, &e) {
		return w.T("error.kind.internal")
	}
	if w.Has(e.Key) {
		return w.say(e.Key, e.Args)
	}
	return w.T(kindKey(e.Kind))
}

// kindKey names the sentence of an error kind. The kinds are spelt out so that
// a search for a key finds its use.
func kindKey(k desk.ErrorKind) string {
	switch k {
	case desk.Invalid:
		return "error.kind.invalid"
	case desk.NotFound:
		return "error.kind.not_found"
	case desk.Conflict:
		return "error.kind.conflict"
	case desk.Forbidden:
		return "error.kind.forbidden"
	case desk.Unauthenticated:
		return "error.kind.unauthenticated"
	case desk.TooMany:
		return "error.kind.too_many"
	case desk.Unavailable:
		return "error.kind.unavailable"
	case desk.TooLarge:
		return "error.kind.too_large"
	}
	return "error.kind.internal"
}
