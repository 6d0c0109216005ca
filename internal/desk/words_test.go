package desk_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"reflect"
	"strings"
	"testing"

	"sangto/internal/desk"
)

const canary = "geheimnis"

// TestRawNeverPrints tries every verb with every flag, bare, by pointer and
// inside other values, and every encoder the program uses.
func TestRawNeverPrints(t *testing.T) { neverPrints(t, desk.NewRaw(canary)) }

// A receipt's secret is the canary's bytes; its code must not show either.
func TestReceiptNeverPrints(t *testing.T) {
	var secret [desk.ReceiptSecretSize]byte
	copy(secret[:], canary+canary)
	neverPrints(t, desk.NewReceipt(secret))
}

func neverPrints[T comparable](t *testing.T, kept T) {
	t.Helper()
	values := map[string]any{
		"bare": kept, "pointer": &kept, "slice": []T{kept}, "array": [1]T{kept}, "map": map[string]T{"k": kept}, "key": map[T]int{kept: 1},
		"struct": struct{ Words T }{kept}, "pointer to struct": &struct{ Words T }{kept},
		"hidden field": struct{ words T }{kept}, "pointer to hidden field": &struct{ words T }{kept},
		"hidden pointer": struct{ words *T }{&kept}, "hidden slice": struct{ words []T }{[]T{kept}}, "hidden any": struct{ words any }{kept},
		"in any": []any{kept}, "in error": fmt.Errorf("failed on %v", kept),
	}
	for name, v := range values {
		for _, verb := range "vTtbcdoOqxXUeEfFgGspw" {
			for _, flags := range []string{"", "+", "#", "-", " ", "0", "20", ".2", "+#", "# "} {
				if out := fmt.Sprintf("%"+flags+string(verb), v); leaks(out) {
					t.Errorf("%s with %%%s%c: %s", name, flags, verb, out)
				}
			}
		}
		for how, out := range printed(t, v) {
			if leaks(out) {
				t.Errorf("%s by %s: %s", name, how, out)
			}
		}
	}
}

// leaks looks for the words also as hexadecimal and as a list of numbers.
func leaks(out string) bool {
	plain := strings.ToLower(out)
	return strings.Contains(plain, canary) || strings.Contains(plain, "csjp") || strings.Contains(strings.ReplaceAll(plain, " ", ""), "676568") ||
		strings.Contains(plain, "0x67, 0x65") || strings.Contains(plain, "103 101")
}

func printed(t *testing.T, v any) map[string]string {
	t.Helper()
	out := map[string]string{"Sprint": fmt.Sprint(v), "Sprintln": fmt.Sprintln(v)}
	var text, js bytes.Buffer
	slog.New(slog.NewTextHandler(&text, nil)).Info("m", "a", v, slog.Group("g", "b", v))
	slog.New(slog.NewJSONHandler(&js, nil)).Info("m", "a", v, slog.Group("g", "b", v))
	out["slog text"], out["slog JSON"] = text.String(), js.String()
	if b, err := json.Marshal(v); err == nil {
		out["JSON"] = string(b)
	}
	if b, err := xml.Marshal(v); err == nil {
		out["XML"] = string(b)
	}
	var page bytes.Buffer
	if err := template.Must(template.New("").Parse(`{{.}}<a href="/?{{.}}">{{printf "%v" .}}</a>`)).Execute(&page, v); err == nil {
		out["template"] = page.String()
	}
	return out
}

func TestRawIsRead(t *testing.T) {
	raw := desk.NewRaw("đập\x00\xff")
	if raw.Reveal() != "đập\x00\xff" || raw.Len() != 8 {
		t.Errorf("%d bytes", raw.Len())
	}
	if none := (desk.Raw{}); none.Reveal() != "" || none.Len() != 0 {
		t.Errorf("the zero Raw holds %d bytes", none.Len())
	}
}

type upper struct{}

func (upper) Redact(words string) (string, []desk.Redaction) {
	return strings.ReplaceAll(words, canary, "[phone]"), []desk.Redaction{{Kind: "phone", Count: 1}}
}

func TestRedacted(t *testing.T) {
	text, found := desk.Redacted(desk.NewRaw("gọi "+canary), upper{})
	if text.String() != "gọi [phone]" || text.Empty() || len(found) != 1 || found[0] != (desk.Redaction{Kind: "phone", Count: 1}) {
		t.Errorf("%v, %v", text, found)
	}
	if !desk.StoredText("").Empty() || desk.StoredText("x").String() != "x" {
		t.Error("stored text does not come back")
	}
}

// Nobody outside may make a Text or a Raw but by their doors: their fields
// must stay hidden.
func TestWordsHaveNoOpenFields(t *testing.T) {
	for _, typ := range []reflect.Type{reflect.TypeFor[desk.Raw](), reflect.TypeFor[desk.Text](), reflect.TypeFor[desk.Receipt]()} {
		for i := range typ.NumField() {
			if typ.Field(i).IsExported() {
				t.Errorf("%v has the open field %s", typ, typ.Field(i).Name)
			}
		}
	}
}

func TestErrors(t *testing.T) {
	cause := errors.New("disk")
	err := fmt.Errorf("ask: %w", &desk.Error{Kind: desk.Unavailable, Key: "error.storage", Op: "commit", Err: cause})
	if desk.KindOf(err) != desk.Unavailable || !errors.Is(err, cause) {
		t.Errorf("kind %v", desk.KindOf(err))
	}
	if got, want := err.Error(), "ask: commit: unavailable (error.storage): disk"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if desk.KindOf(cause) != desk.Internal || desk.KindOf(nil) != desk.Internal {
		t.Error("an unknown error is not internal")
	}
	if got := (&desk.Error{}).Error(); got != "internal" {
		t.Errorf("empty error: %q", got)
	}
	seen := map[string]bool{}
	for k := desk.Internal; k <= desk.TooLarge; k++ {
		if s := k.String(); s == "unknown" || seen[s] {
			t.Errorf("kind %d is called %q", k, s)
		} else {
			seen[s] = true
		}
	}
	if s := desk.ErrorKind(200).String(); s != "unknown" {
		t.Errorf("kind 200 is called %q", s)
	}
}
