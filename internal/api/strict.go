package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"sangto/internal/desk"
)

// bodyMax is how many bytes a body may have on its way: a message of
// desk.MessageMax with every character escaped, which takes at most six bytes
// for each of one, and room for the rest. The gate's own limit lies below for
// most.
const bodyMax = 6*desk.MessageMax + 4<<10

// words is a text of a person's in a body. Like desk.Raw, which it becomes, it
// is not printed.
type words struct{ desk.Raw }

// Schema implements huma.SchemaProvider.
func (words) Schema(huma.Registry) *huma.Schema { return &huma.Schema{Type: huma.TypeString} }

// body is a request body that holds one flat object of type T. What was wrong
// with it is kept for the handler, so that one place speaks of errors.
type body[T any] struct {
	value T
	err   error
}

// UnmarshalJSON implements json.Unmarshaler; it never fails.
func (b *body[T]) UnmarshalJSON(raw []byte) error {
	b.err = decode(raw, &b.value)
	return nil
}

// Schema implements huma.SchemaProvider: a body is described as what it holds.
func (body[T]) Schema(r huma.Registry) *huma.Schema { return r.Schema(reflect.TypeFor[T](), true, "") }

func invalid(key string, args map[string]any) error {
	return &desk.Error{Kind: desk.Invalid, Op: "read body", Key: key, Args: args}
}

// decode reads one flat JSON object into v, a pointer to a struct of words,
// strings and truth values. It is stricter than encoding/json on purpose:
// names count to the letter, none may be unknown or come twice, values are
// never lists, objects, numbers or null, and nothing may follow the object.
// Fields without omitempty must be there. A repaired or guessed body could
// carry two texts in one call.
func decode(raw []byte, v any) error {
	if !utf8.Valid(raw) {
		return invalid("error.api.utf8", nil)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	switch t, err := d.Token(); {
	case errors.Is(err, io.EOF):
		return invalid("error.api.empty", nil)
	case err != nil:
		return invalid("error.api.json", nil)
	case t != json.Delim('{'):
		return invalid("error.api.object", nil)
	}
	target, seen := reflect.ValueOf(v).Elem(), map[string]bool{}
	for d.More() {
		name, err := field(d, target, seen)
		if err != nil {
			return err
		}
		seen[name] = true
	}
	if _, err := d.Token(); err != nil {
		return invalid("error.api.json", nil)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return invalid("error.api.trailing", nil)
	}
	for i := range target.NumField() {
		if name, optional := fieldName(target.Type().Field(i)); !optional && !seen[name] {
			return invalid("error.api.missing", map[string]any{"Field": name})
		}
	}
	return nil
}

// field reads one name and its value.
func field(d *json.Decoder, target reflect.Value, seen map[string]bool) (name string, err error) {
	t, err := d.Token()
	name, ok := t.(string)
	if err != nil || !ok {
		return "", invalid("error.api.json", nil)
	}
	to, known := fieldOf(target, name)
	switch {
	case !known:
		return "", invalid("error.api.unknown", map[string]any{"Known": knownFields(target)})
	case seen[name]:
		return "", invalid("error.api.twice", map[string]any{"Field": name})
	}
	if t, err = d.Token(); err != nil {
		return "", invalid("error.api.json", nil)
	}
	switch to := to.(type) {
	case *words:
		if s, ok := t.(string); ok {
			to.Raw = desk.NewRaw(strings.ReplaceAll(s, "\r\n", "\n")) // counted as the pages count
			return name, nil
		}
	case *string:
		if s, ok := t.(string); ok {
			*to = s
			return name, nil
		}
	case *bool:
		if b, ok := t.(bool); ok {
			*to = b
			return name, nil
		}
		return "", invalid("error.api.not_bool", map[string]any{"Field": name})
	}
	return "", invalid("error.api.not_string", map[string]any{"Field": name})
}

// fieldOf returns a pointer to the field of that name.
func fieldOf(target reflect.Value, name string) (to any, ok bool) {
	for i := range target.NumField() {
		if own, _ := fieldName(target.Type().Field(i)); own == name {
			return target.Field(i).Addr().Interface(), true
		}
	}
	return nil, false
}

func fieldName(f reflect.StructField) (name string, optional bool) {
	name, rest, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name, strings.Contains(rest, "omitempty")
}

// knownFields lists what a body may hold. The unknown name itself is not
// repeated: it may be somebody's words.
func knownFields(target reflect.Value) string {
	var out []string
	for i := range target.NumField() {
		name, _ := fieldName(target.Type().Field(i))
		out = append(out, name)
	}
	return strings.Join(out, ", ")
}

// onlyJSON refuses bodies that do not say they are JSON in UTF-8. A page of
// another site cannot send that type without asking first, and is refused then.
func (a *API) onlyJSON(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
		charset := strings.ToLower(params["charset"])
		encoding := strings.ToLower(r.Header.Get("Content-Encoding"))
		if err != nil || kind != jsonType || charset != "" && charset != "utf-8" || encoding != "" && encoding != "identity" {
			a.Refuse(w, r, &httpError{http.StatusUnsupportedMediaType, "error.api.type", nil})
			return
		}
		// One spelling, so that nothing behind has to read it again.
		r.Header.Set("Content-Type", jsonType)
		next.ServeHTTP(w, r)
	})
}
