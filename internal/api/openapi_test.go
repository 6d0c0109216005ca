package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sangto/internal/api"
	"sangto/internal/lang"
)

const specFile = "openapi.json"

// TestDescription holds the description to its golden file. Writing it anew
// with -update takes a higher api.Version, and refuses whatever would break
// those who use the version before: within 1 things are only added.
func TestDescription(t *testing.T) {
	got := newBench(t, nil).calls.Spec()
	want, err := os.ReadFile(specFile)
	if err != nil && !*update {
		t.Fatal(err)
	}
	if bytes.Equal(got, want) {
		return
	}
	if len(want) > 0 {
		was, is := parseSpec(t, want), parseSpec(t, got)
		if was.Info.Version == is.Info.Version {
			t.Fatalf("the interface changed and is still called %s: raise api.Version, then run with -update", is.Info.Version)
		}
		for _, loss := range losses("", was.raw, is.raw) {
			t.Error(loss)
		}
		if t.Failed() {
			t.Fatal("what was there is gone: that is another version of the interface, at another address")
		}
	}
	if !*update {
		t.Fatal("the interface is not as in openapi.json: run with -update")
	}
	must(t, os.WriteFile(specFile, got, 0o644))
}

type spec struct {
	Info  struct{ Version string }
	Paths map[string]map[string]struct {
		OperationID string
		Parameters  []struct{ Name, In string }
		RequestBody struct {
			Content map[string]struct {
				Schema map[string]any
			}
		}
	}
	Components struct{ Schemas map[string]map[string]any }
	raw        any
}

func parseSpec(t *testing.T, raw []byte) spec {
	t.Helper()
	var s spec
	must(t, json.Unmarshal(raw, &s))
	must(t, json.Unmarshal(raw, &s.raw))
	return s
}

// losses lists what was in a description and is not any more: paths, methods,
// parameters, schemas, fields, the types of fields, values of enums, and
// fields of requests that became required.
func losses(at string, was, is any) []string {
	switch was := was.(type) {
	case map[string]any:
		now, ok := is.(map[string]any)
		if !ok {
			return []string{at + " is gone"}
		}
		var out []string
		for _, key := range slices.Sorted(maps.Keys(was)) {
			if _, prose := was[key].(string); prose && slices.Contains([]string{"description", "version", "summary"}, key) {
				continue
			}
			value, ok := now[key]
			if !ok {
				out = append(out, at+"/"+key+" is gone")
				continue
			}
			out = append(out, losses(at+"/"+key, was[key], value)...)
		}
		if strings.HasSuffix(at, "Request") {
			out = append(out, newlyRequired(at, was, now)...)
		}
		return out
	case []any:
		now, _ := is.([]any)
		var out []string
		for _, item := range was {
			if !slices.ContainsFunc(now, func(n any) bool { return len(losses("", item, n)) == 0 }) {
				out = append(out, fmt.Sprintf("%s: %v is gone", at, item))
			}
		}
		return out
	}
	if was != is {
		return []string{fmt.Sprintf("%s was %v", at, was)}
	}
	return nil
}

func newlyRequired(at string, was, is map[string]any) []string {
	before, _ := was["required"].([]any)
	now, _ := is["required"].([]any)
	var out []string
	for _, name := range now {
		if !slices.Contains(before, name) {
			out = append(out, fmt.Sprintf("%s: %v became required", at, name))
		}
	}
	return out
}

// TestLossesAreSeen breaks a description in the ways that matter.
func TestLossesAreSeen(t *testing.T) {
	raw := string(newBench(t, nil).calls.Spec())
	was := parseSpec(t, []byte(raw)).raw
	for name, swap := range map[string][2]string{
		"a path":           {`"/api/v1/claims"`, `"/api/v1/sentences"`},
		"a field":          {`"summary": {`, `"why": {`},
		"a type":           {`"type": "boolean"`, `"type": "string"`},
		"a value":          {`"candidates",`, ``},
		"a new obligation": {`"LookupRequest": {`, `"LookupRequest": {"required": ["text", "lang"], "was": {`},
	} {
		if !strings.Contains(raw, swap[0]) {
			t.Errorf("%s: nothing to break", name)
			continue
		}
		broken := strings.Replace(raw, swap[0], swap[1], 1)
		if name == "a new obligation" {
			broken = strings.Replace(raw, `"required": [
          "text"
        ]`, `"required": ["text", "lang"]`, 1)
		}
		if got := losses("", was, parseSpec(t, []byte(broken)).raw); len(got) == 0 || broken == raw {
			t.Errorf("%s: not seen", name)
		}
	}
}

// forbiddenName matches what no request may take and no answer may hold.
var forbiddenName = regexp.MustCompile(`(?i)(^|_)(score|probability|confidence|rank|asked|askers|asker|demand|popularity|views|shares|likes|speaker|author|claimant_name|handle|profile|batch|texts|webhook|callback|user|ip|device|email|phone|member|editor|reviewer)($|_)`)

// TestNothingIsOfferedThatMustNotBe reads the description as somebody who
// wants to build a filter or to find people would.
func TestNothingIsOfferedThatMustNotBe(t *testing.T) {
	s := parseSpec(t, newBench(t, nil).calls.Spec())
	fields := 0
	for name, schema := range s.Components.Schemas {
		properties, _ := schema["properties"].(map[string]any)
		for field := range properties {
			fields++
			if forbiddenName.MatchString(field) {
				t.Errorf("%s has a field %s", name, field)
			}
		}
	}
	if fields < 100 {
		t.Fatalf("only %d fields were read", fields)
	}
	for path, methods := range s.Paths {
		for method, op := range methods {
			for _, p := range op.Parameters {
				if p.In != "path" && p.In != "query" || forbiddenName.MatchString(p.Name) {
					t.Errorf("%s %s takes %s in %s", method, path, p.Name, p.In)
				}
				if method == "get" && !slices.Contains([]string{"id", "n", "page", "topic", "desk"}, p.Name) {
					t.Errorf("%s %s takes %s: an address holds no words", method, path, p.Name)
				}
			}
			for _, content := range op.RequestBody.Content {
				ref, _ := content.Schema["$ref"].(string)
				schema := s.Components.Schemas[strings.TrimPrefix(ref, "#/components/schemas/")]
				if schema["type"] != "object" || schema["additionalProperties"] != false {
					t.Errorf("%s %s takes a body that is no closed object: %v", method, path, content.Schema)
				}
				properties, _ := schema["properties"].(map[string]any)
				for name, p := range properties {
					if kind := p.(map[string]any)["type"]; kind != "string" && kind != "boolean" {
						t.Errorf("%s %s: %s is a %v: one text a call", method, path, name, kind)
					}
				}
			}
		}
	}
	if strings.Contains(string(newBench(t, nil).calls.Spec()), `"callbacks"`) || strings.Contains(string(newBench(t, nil).calls.Spec()), `"webhooks"`) {
		t.Error("the interface calls back")
	}
}

// TestEveryCodeIsExplained in each language.
func TestEveryCodeIsExplained(t *testing.T) {
	words, err := lang.Load()
	must(t, err)
	seen := map[string]bool{}
	for _, p := range api.Explained() {
		if seen[p.Code] {
			t.Errorf("the code %s is given twice", p.Code)
		}
		seen[p.Code] = true
		for _, tag := range lang.Tags() {
			if !words.For(tag).Has(p.Key) {
				t.Errorf("%s has no sentence for %s", tag, p.Key)
			}
		}
	}
	if len(seen) < 40 {
		t.Fatalf("only %d codes", len(seen))
	}
}
