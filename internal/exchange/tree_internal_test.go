package exchange

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

// plainTree undoes node for comparison.
func plainTree(v any) any {
	switch v := v.(type) {
	case *node:
		m := map[string]any{}
		for k, e := range v.members {
			m[k] = plainTree(e)
		}
		return m
	case []any:
		out := []any{}
		for _, e := range v {
			out = append(out, plainTree(e))
		}
		return out
	}
	return v
}

// wantedOnly is what encoding/json builds, less what nobody wants. ok is false
// where two names are one, which the tree refuses elsewhere.
func wantedOnly(v any) (out any, ok bool) {
	switch v := v.(type) {
	case map[string]any:
		m := map[string]any{}
		for k, e := range v {
			if !wanted[localName(k)] {
				continue
			}
			if _, again := m[localName(k)]; again {
				return nil, false
			}
			inner, ok := wantedOnly(e)
			if !ok {
				return nil, false
			}
			m[localName(k)] = inner
		}
		return m, true
	case []any:
		list := []any{}
		for _, e := range v {
			inner, ok := wantedOnly(e)
			if !ok {
				return nil, false
			}
			list = append(list, inner)
		}
		return list, true
	}
	return v, true
}

// hasTwice looks for a refused record.
func hasTwice(v any) bool {
	switch v := v.(type) {
	case *node:
		if v.twice != "" {
			return true
		}
		for _, e := range v.members {
			if hasTwice(e) {
				return true
			}
		}
	case []any:
		for _, e := range v {
			if hasTwice(e) {
				return true
			}
		}
	}
	return false
}

// FuzzTree holds the tree against encoding/json.
func FuzzTree(f *testing.F) {
	names, _ := filepath.Glob("testdata/*/*.json*")
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	for _, s := range []string{
		`{"name":"a\"b\\","url":"\u0041\ud83d\ude00\ud800","item":[1,-2.5e3,true,false,null,{},[]]}`, ` "x" `, `0`, `{"a":{"name":1},"name":{"a":1,"name":[{"x":"]}"}]}}`,
		`{"schema:name":1,"http://schema.org/url":"x"}`, `{"":1,"name":""}`, "[\t1 ,\r\n2 ]",
	} {
		f.Add([]byte(s))
	}
	l := Limits{}.orDefault()
	f.Fuzz(func(t *testing.T, b []byte) {
		got, key := parse(b, l)
		var whole any
		dec := json.NewDecoder(bytes.NewReader(b))
		dec.UseNumber()
		valid := json.Valid(b) && dec.Decode(&whole) == nil
		if key != "" {
			if key == reasonJSON && valid {
				t.Fatalf("refused %q", b)
			}
			return
		}
		want, ok := wantedOnly(whole)
		if !valid || !ok || hasTwice(got) {
			if !valid {
				t.Fatalf("took %q", b)
			}
			return
		}
		if got := plainTree(got); !reflect.DeepEqual(got, want) {
			t.Fatalf("%q: got %#v, want %#v", b, got, want)
		}
	})
}
