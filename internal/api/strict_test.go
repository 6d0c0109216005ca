package api

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
)

// FuzzDecode holds the strict reader to two others: whatever it takes, the
// standard reader takes too and finds the same text in, and the published
// description allows.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{"text":"a"}`, `{"text":"\ud83d\ude00"}`, `{"token":"t","text":"a","receipt":true}`, `{"text":"a","text":"b"}`, `[]`, `{"text":"\ud800"}`, ` {"text" : "a" } `, `{"receipt":false,"text":"","token":""}`,
	} {
		f.Add([]byte(seed))
	}
	registry := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	schema := registry.Schema(reflect.TypeFor[askRequest](), false, "")
	f.Fuzz(func(t *testing.T, raw []byte) {
		var got askRequest
		if err := decode(raw, &got); err != nil {
			return
		}
		if !utf8.Valid(raw) {
			t.Fatal("took what is not UTF-8")
		}
		var loose struct {
			Token, Text string
			Receipt     bool
		}
		var any map[string]any
		if err := json.Unmarshal(raw, &any); err != nil {
			t.Fatalf("took what is no JSON: %v", err)
		}
		must := json.Unmarshal(raw, &loose)
		if must != nil || loose.Token != got.Token || loose.Receipt != got.Receipt || len(any) > 3 {
			t.Fatalf("read %+v otherwise than the standard reader: %+v, %v", got, loose, must)
		}
		var result huma.ValidateResult
		huma.Validate(registry, schema, huma.NewPathBuffer([]byte{}, 0), huma.ModeWriteToServer, any, &result)
		if len(result.Errors) > 0 {
			t.Fatalf("took what the description forbids: %v", result.Errors)
		}
	})
}

// TestWordsArePrintedByNobody: a body that holds a person's words cannot leak
// through a formatter.
func TestWordsArePrintedByNobody(t *testing.T) {
	var b body[lookupRequest]
	if err := b.UnmarshalJSON([]byte(`{"text":"bí mật"}`)); err != nil || b.err != nil {
		t.Fatal(err, b.err)
	}
	if b.value.Text.Len() != len("bí mật") {
		t.Fatal("the words are not there at all")
	}
	raw, _ := json.Marshal(b.value)
	for _, s := range []string{fmt.Sprintf("%v %+v %#v %s", b, b, b.value, b.value.Text), string(raw)} {
		for _, part := range []string{"bí", "mật"} {
			if strings.Contains(s, part) {
				t.Errorf("printed: %s", s)
			}
		}
	}
}
