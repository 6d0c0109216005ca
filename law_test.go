// Package sangto_test holds the laws of the house: tests of the whole tree
// rather than of one package.
package sangto_test

import (
	"maps"
	"os"
	"strings"
	"testing"
	"testing/fstest"
)

// TestLaw judges this repository by the import table in ARCHITECTURE.md.
func TestLaw(t *testing.T) {
	breaches, err := checkHouse(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range breaches {
		t.Error(b)
	}
}

// smallHouse is a tree that keeps every law, on which the next test plants one
// breach at a time.
func smallHouse() fstest.MapFS {
	files := map[string]string{
		"ARCHITECTURE.md": strings.Join([]string{
			"# Map",
			"",
			"| package | in one sentence | may import | outside |",
			"|---|---|---|---|",
			"| `viet` | Text. | | `golang.org/x/text/unicode/norm` |",
			"| `internal/desk` | Nouns. | | |",
			"| `internal/store` | SQL. | `internal/desk` | `example.org/driver` |",
			"| `internal/intake` | Reader. | `viet` `internal/desk` | |",
			"| `internal/publish` | Bytes. | `internal/desk` | |",
			"| `internal/web` | Pages. | `internal/desk` `internal/intake` `internal/publish` | |",
			"| `internal/app` | All. | `*` | |",
			"",
			"Test-only, importable from `_test.go` files alone: `internal/testkit` (a clock).",
			"",
			"Outside modules that only tests import: `example.org/browser`.",
			"",
		}, "\n"),
		"go.mod":                      "module sangto\n\ngo 1.26.0\n\nrequire (\n\texample.org/browser v1.0.0\n\texample.org/driver/v2 v2.0.0\n\tgolang.org/x/text v0.1.0\n)\n",
		"viet/viet.go":                "package viet\n\nimport _ \"golang.org/x/text/unicode/norm\"\n",
		"viet/viet_test.go":           "package viet_test\n\nimport (\n\t_ \"testing\"\n\n\t_ \"example.org/browser\"\n\t_ \"sangto/internal/testkit\"\n)\n",
		"internal/desk/desk.go":       "package desk\n\nfunc NewRaw(string) int { return 0 }\n",
		"internal/store/store.go":     "package store\n\nimport (\n\t_ \"example.org/driver/v2/stdlib\"\n\t\"sangto/internal/desk\"\n)\n\nvar _ = desk.StoredText\n",
		"internal/intake/intake.go":   "package intake\n\nimport \"sangto/internal/desk\"\n\nfunc read(r desk.Raw) string { return r.Reveal() }\n",
		"internal/publish/publish.go": "package publish\n\nimport \"html/template\"\n\nfunc html(s string) template.HTML { return template.HTML(s) }\n",
		"internal/web/web.go":         "package web\n\nimport (\n\t\"html/template\"\n\t\"sangto/internal/desk\"\n)\n\ntype page struct{ Body template.HTML }\n\nvar _ = desk.NewRaw\n",
		"internal/app/app.go":         "package app\n\nimport _ \"sangto/internal/web\"\n",
		"internal/testkit/testkit.go": "package testkit\n\nimport (\n\t_ \"testing\"\n\n\t_ \"example.org/browser\"\n)\n",
		"internal/web/testdata/x.go":  "package broken ???",
		"tools/go.mod":                "module sangto/tools\n",
		"tools/tools.go":              "package tools\n\nimport _ \"example.org/anything\"\n",
		"law_test.go":                 "package sangto_test\n\nimport _ \"sangto/internal/web\"\n",
	}
	tree := fstest.MapFS{}
	for name, text := range files {
		tree[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return tree
}

// TestLawCatches plants one breach at a time and demands exactly one verdict,
// so that a checker gone blind fails here first.
func TestLawCatches(t *testing.T) {
	if got, err := checkHouse(smallHouse()); err != nil || len(got) != 0 {
		t.Fatalf("the small house keeps the law, yet: %v %q", err, got)
	}
	code := func(pkg, body string) string { return "package " + pkg + "\n\n" + body + "\n" }
	cases := []struct {
		name, file, text, want string
	}{
		{"package without a row", "internal/util/util.go", code("util", ""), "internal/util: has no row"},
		{"sub-package without a row", "viet/tone/tone.go", code("tone", ""), "viet/tone: has no row"},
		{"code at the root", "sangto.go", code("sangto", ""), ".: has no row"},
		{"row without a package", "internal/desk/desk.go", "", "internal/desk: has a row in the import table but no package"},
		{"test-only package missing", "internal/testkit/testkit.go", "", "internal/testkit: is listed as test-only but"},
		{"owned module unused", "internal/store/store.go", code("store", ""), "internal/store: owns example.org/driver"},
		{"own import upward", "internal/desk/up.go", code("desk", `import _ "sangto/internal/store"`), "does not allow internal/desk"},
		{"web reaches the store", "internal/web/bad.go", code("web", `import _ "sangto/internal/store"`), "does not allow internal/web"},
		{"library imports the application", "viet/bad.go", code("viet", `import _ "sangto/internal/desk"`), "does not allow viet"},
		{"outside module of another", "internal/web/bad.go", code("web", `import _ "example.org/driver/v2"`), "does not give this module to internal/web"},
		{"another package of an owned module", "viet/bad.go", code("viet", `import _ "golang.org/x/text/unicode/bidi"`), "does not give this module to viet"},
		{"a neighbour by prefix", "internal/store/bad.go", code("store", `import _ "example.org/driverless"`), "does not give this module to internal/store"},
		{"test module in production", "internal/web/bad.go", code("web", `import _ "example.org/browser"`), "does not give this module to internal/web"},
		{"unknown module in a test", "internal/web/bad_test.go", code("web_test", `import _ "example.org/surprise"`), "knows no such module"},
		{"test-only package in production", "internal/app/bad.go", code("app", `import _ "sangto/internal/testkit"`), "only tests may import it"},
		{"testing in production", "internal/web/bad.go", code("web", `import _ "testing"`), "links no test library"},
		{"testing/fstest in production", "internal/web/bad.go", code("web", `import _ "testing/fstest"`), "links no test library"},
		{"log", "internal/web/bad.go", code("web", `import _ "log"`), "logger is an argument"},
		{"math/rand", "internal/web/bad.go", code("web", `import _ "math/rand"`), "math/rand/v2"},
		{"pprof", "internal/app/bad.go", code("app", `import _ "net/http/pprof"`), "debug endpoint"},
		{"expvar", "internal/app/bad.go", code("app", `import _ "expvar"`), "publishes counters"},
		{"mail", "internal/app/bad.go", code("app", `import _ "net/smtp"`), "sends nothing"},
		{"NewRaw elsewhere", "internal/intake/bad.go", code("intake", "import \"sangto/internal/desk\"\n\nvar _ = desk.NewRaw(\"\")"), "uses desk.NewRaw"},
		{"NewRaw under another name", "internal/intake/bad.go", code("intake", "import d \"sangto/internal/desk\"\n\nvar f = d.NewRaw"), "uses desk.NewRaw"},
		{"Reveal elsewhere", "internal/web/bad.go", code("web", "func f(r interface{ Reveal() string }) { _ = r.Reveal() }"), "uses Raw.Reveal"},
		{"Reveal as a method value", "internal/web/bad.go", code("web", "import \"sangto/internal/desk\"\n\nvar f = desk.Raw.Reveal"), "uses Raw.Reveal"},
		{"a dot import", "internal/intake/bad.go", code("intake", `import . "sangto/internal/desk"`), "as a dot"},
		{"StoredText elsewhere", "internal/web/bad.go", code("web", "import \"sangto/internal/desk\"\n\nvar _ = desk.StoredText(\"\")"), "uses desk.StoredText"},
		{"markup elsewhere", "internal/web/bad.go", code("web", "import t \"html/template\"\n\nvar _ = t.HTML(\"<b>\")"), "uses template.HTML"},
		{"script made safe", "internal/publish/bad.go", code("publish", "import \"html/template\"\n\nvar _ = template.JS(\"1\")"), "unescaped template type"},
		{"address made safe", "internal/web/bad.go", code("web", "import \"html/template\"\n\nvar _ = template.URL(\"javascript:\")"), "unescaped template type"},
		{"http client", "internal/app/bad.go", code("app", "import \"net/http\"\n\nvar _, _ = http.Get(\"\")"), "call to the outside world"},
		{"http transport", "internal/app/bad.go", code("app", "import \"net/http\"\n\nvar _ = http.Transport{}"), "call to the outside world"},
		{"dialer", "internal/store/bad.go", code("store", "import \"net\"\n\nvar _ = net.Dialer{}"), "call to the outside world"},
		{"name look-up", "internal/app/bad.go", code("app", "import \"net\"\n\nvar _, _ = net.LookupAddr(\"\")"), "call to the outside world"},
		{"a wider door", "internal/app/bad.go", code("app", "import \"sangto/internal/fetch\"\n\nvar _ = fetch.Policy{Widen: nil}"), "only tests may let"},
		{"a door widened after", "internal/app/bad.go", code("app", "func f(p struct{ Widen func() }) { p.Widen = nil }"), "only tests may let"},
		{"another program", "internal/app/bad.go", code("app", "import \"os/exec\"\n\nvar _ = exec.Command(\"\")"), "call to the outside world"},
		{"init", "internal/app/bad.go", code("app", "func init() {}"), "declares init"},
		{"a global lock", "internal/app/bad.go", code("app", "import \"sync\"\n\nvar mu sync.Mutex"), "shared mutable state"},
		{"a global counter", "internal/app/bad.go", code("app", "import \"sync/atomic\"\n\nvar n = new(atomic.Int64)"), "shared mutable state"},
		{"module without an owner", "go.mod", string(smallHouse()["go.mod"].Data) + "\nrequire example.org/stray v1.0.0\n", "nobody owns example.org/stray"},
		{"replace", "go.mod", string(smallHouse()["go.mod"].Data) + "\nreplace example.org/browser => example.org/fork v1.0.0\n", "replace line"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			tree := maps.Clone(smallHouse())
			tree[c.file] = &fstest.MapFile{Data: []byte(c.text)}
			if c.text == "" {
				delete(tree, c.file)
			}
			got, err := checkHouse(tree)
			if err != nil {
				t.Fatal(err)
			}
			if len(got) != 1 || !strings.Contains(got[0], c.want) {
				t.Errorf("want one breach saying %q, got %q", c.want, got)
			}
		})
	}
}

// TestLawCountsModules grows go.mod past the limit.
func TestLawCountsModules(t *testing.T) {
	tree := smallHouse()
	text := string(tree["go.mod"].Data)
	for i := range maxDirectModules {
		text += "\nrequire example.org/driver/m" + string(rune('a'+i%26)) + string(rune('a'+i/26)) + " v1.0.0\n"
	}
	tree["go.mod"] = &fstest.MapFile{Data: []byte(text)}
	got, err := checkHouse(tree)
	if err != nil || len(got) != 1 || !strings.Contains(got[0], "direct modules, at most 35") {
		t.Errorf("38 direct modules passed: %v %q", err, got)
	}
	indirect := strings.ReplaceAll(text, "v1.0.0\n", "v1.0.0 // indirect\n")
	tree["go.mod"] = &fstest.MapFile{Data: []byte(indirect)}
	if got, err = checkHouse(tree); err != nil || len(got) != 0 {
		t.Errorf("indirect modules were counted: %v %q", err, got)
	}
}

// TestLawNeedsItsTable makes sure that a document without a table is an error
// and not a free pass.
func TestLawNeedsItsTable(t *testing.T) {
	for name, doc := range map[string]string{
		"no table":    "# Map\n\nAll is allowed.\n",
		"double row":  "| package | a | b | c |\n|---|---|---|---|\n| `viet` | | | |\n| `viet` | | | |\n",
		"nameless":    "| package | a | b | c |\n|---|---|---|---|\n| viet | | | |\n",
		"two at once": "| package | a | b | c |\n|---|---|---|---|\n| `viet` `match` | | | |\n",
	} {
		if _, err := readHouse(doc); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
