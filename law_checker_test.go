package sangto_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/modfile"
)

// modulePath is the prefix of our own imports.
const modulePath = "sangto"

// maxDirectModules is the most direct requirements go.mod may hold. Removing
// one is good news; raising this number is a decision with a page of its own.
const maxDirectModules = 35

// house is what ARCHITECTURE.md says: the import table and the two lists below
// it.
type house struct {
	rows        map[string]row
	testOnly    []string // packages importable from tests alone
	testModules []string // outside modules that only tests import
}

// row is one line of the import table.
type row struct {
	own     []string // packages of ours it may import; "*" is any
	outside []string // module paths, or package paths inside one, that it owns
}

// callers names the packages that may use a door which others must not even
// touch. Tests are free.
type callers struct {
	what    string
	why     string
	allowed []string
	matches func(f *source, n ast.Node) bool
}

// doors are the four places where a mistake becomes a leak or an injection.
var doors = []callers{
	{
		what:    "desk.NewRaw",
		why:     "a person's words enter where they arrive and nowhere else",
		allowed: []string{"internal/web", "internal/api", "internal/demo", "internal/app", "cmd/sangto"},
		matches: selects("internal/desk", "NewRaw"),
	},
	{
		what:    "Raw.Reveal",
		why:     "only intake reads a person's words",
		allowed: []string{"internal/intake"},
		matches: func(_ *source, n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			return ok && sel.Sel.Name == "Reveal"
		},
	},
	{
		what:    "desk.StoredText",
		why:     "only rows that come back from the store are already redacted",
		allowed: []string{"internal/store"},
		matches: selects("internal/desk", "StoredText"),
	},
	{
		what:    "template.HTML(…)",
		why:     "markup is made in one function, on the sanitiser's output",
		allowed: []string{"internal/publish"},
		matches: converts("HTML"),
	},
	{
		what:    "an unescaped template type",
		why:     "nothing but sanitised markup passes html/template unescaped",
		matches: converts("JS", "JSStr", "CSS", "HTMLAttr", "URL", "Srcset"),
	},
	{
		what:    "a call to the outside world",
		why:     "the program answers and calls nobody but through the guarded door, an embedder on this machine, the one provider of sign-in an operator named, and the desk that somebody asked this command to verify; the database drivers dial for themselves, and client is for other programs",
		allowed: []string{"client", "internal/access", "internal/embed", "internal/fetch", "internal/verify"},
		matches: dials,
	},
	{
		what:    "fetch.Policy.Widen",
		why:     "only tests may let the door lead to an address that is not public",
		allowed: []string{"internal/fetch"},
		matches: widens,
	},
}

// bannedImports may not appear in production code.
var bannedImports = map[string]string{
	"expvar":         "publishes counters on a public port",
	"log":            "the logger is an argument, and log writes what http.Server hands it, addresses included",
	"math/rand":      "use math/rand/v2, or crypto/rand for anything that must not be guessed",
	"net/http/pprof": "a debug endpoint shows memory, and memory holds people's words",
	"net/smtp":       "the program sends nothing",
	"plugin":         "one binary",
}

// exceptions are banned imports that one package needs: http.Server takes its
// ErrorLog as a *log.Logger, and gate's drops every line.
var exceptions = map[string]string{"log": "internal/gate"}

// source is one Go file of the tree.
type source struct {
	pkg     string // folder, relative to the root
	name    string // path, relative to the root
	test    bool   // ends in _test.go
	ast     *ast.File
	fset    *token.FileSet
	imports map[string]string // local name -> path
	targets []string          // every imported path
}

// checkHouse returns every breach of the law in the tree, sorted, each with
// the file and what to do about it.
func checkHouse(tree fs.FS) ([]string, error) {
	doc, err := fs.ReadFile(tree, "ARCHITECTURE.md")
	if err != nil {
		return nil, err
	}
	h, err := readHouse(string(doc))
	if err != nil {
		return nil, err
	}
	files, err := readSources(tree)
	if err != nil {
		return nil, err
	}
	out := checkRows(h, files)
	for _, f := range files {
		out = append(out, checkImports(h, f)...)
		if !f.test && !slices.Contains(h.testOnly, f.pkg) {
			out = append(out, checkProduction(f)...)
		}
	}
	more, err := checkModules(tree, h)
	out = append(out, more...)
	slices.Sort(out)
	return slices.Compact(out), err
}

var codeSpan = regexp.MustCompile("`([^`]+)`")

func codeSpans(s string) []string {
	var out []string
	for _, m := range codeSpan.FindAllStringSubmatch(s, -1) {
		out = append(out, m[1])
	}
	return out
}

// readHouse reads the import table, the list of test-only packages and the
// list of test-only modules.
func readHouse(doc string) (house, error) {
	h := house{rows: map[string]row{}}
	inTable := false
	for line := range strings.Lines(doc) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) != 6 {
			inTable = false
			continue
		}
		if strings.TrimSpace(cells[1]) == "package" {
			inTable = true
			continue
		}
		if !inTable || strings.HasPrefix(cells[1], "---") {
			continue
		}
		names := codeSpans(cells[1])
		if len(names) != 1 {
			return h, fmt.Errorf("the import table has a row without one package name: %q", line)
		}
		if _, twice := h.rows[names[0]]; twice {
			return h, fmt.Errorf("the import table names %s twice", names[0])
		}
		h.rows[names[0]] = row{own: codeSpans(cells[3]), outside: codeSpans(cells[4])}
	}
	if len(h.rows) == 0 {
		return h, fmt.Errorf("ARCHITECTURE.md has no import table")
	}
	h.testOnly = listAfter(doc, "Test-only, importable from")
	h.testModules = listAfter(doc, "Outside modules that only tests import")
	return h, nil
}

// listAfter returns the code spans behind the colon of the paragraph that
// begins with start.
func listAfter(doc, start string) []string {
	for _, paragraph := range strings.Split(doc, "\n\n") {
		if strings.HasPrefix(paragraph, start) {
			_, list, _ := strings.Cut(paragraph, ":")
			return codeSpans(list)
		}
	}
	return nil
}

// readSources parses every Go file of the module. Folders that Go ignores and
// nested modules are no part of it.
func readSources(tree fs.FS) ([]*source, error) {
	var out []*source
	fset := token.NewFileSet()
	err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := path.Base(name)
		if d.IsDir() {
			if name == "." {
				return nil
			}
			_, err := fs.Stat(tree, path.Join(name, "go.mod"))
			if err == nil || base == "testdata" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(base, ".go") {
			return nil
		}
		text, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		parsed, err := parser.ParseFile(fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		out = append(out, newSource(fset, name, parsed))
		return nil
	})
	return out, err
}

func newSource(fset *token.FileSet, name string, parsed *ast.File) *source {
	f := &source{
		pkg:     path.Dir(name),
		name:    name,
		test:    strings.HasSuffix(name, "_test.go"),
		ast:     parsed,
		fset:    fset,
		imports: map[string]string{},
	}
	for _, spec := range parsed.Imports {
		target, _ := strconv.Unquote(spec.Path.Value)
		local := path.Base(target)
		if spec.Name != nil {
			local = spec.Name.Name
		}
		f.imports[local] = target
		f.targets = append(f.targets, target)
	}
	return f
}

// at says where n stands.
func (f *source) at(n ast.Node) string {
	return fmt.Sprintf("%s:%d", f.name, f.fset.Position(n.Pos()).Line)
}

// checkRows compares the packages of the tree with the rows of the table.
func checkRows(h house, files []*source) []string {
	var out []string
	seen := map[string]bool{}
	used := map[string]bool{}
	for _, f := range files {
		seen[f.pkg] = true
		for _, target := range f.targets {
			for _, owned := range h.rows[f.pkg].outside {
				if within(target, owned) {
					used[f.pkg+" "+owned] = true
				}
			}
		}
		_, known := h.rows[f.pkg]
		rootTest := f.pkg == "." && f.test
		if !known && !rootTest && !slices.Contains(h.testOnly, f.pkg) {
			out = append(out, f.pkg+": has no row in the import table of ARCHITECTURE.md")
		}
	}
	for name, r := range h.rows {
		if !seen[name] {
			out = append(out, name+": has a row in the import table but no package in the tree")
			continue
		}
		for _, owned := range r.outside {
			if !used[name+" "+owned] {
				out = append(out, name+": owns "+owned+" in the import table but does not import it")
			}
		}
	}
	for _, name := range h.testOnly {
		if !seen[name] {
			out = append(out, name+": is listed as test-only but is not in the tree")
		}
	}
	return out
}

// within reports whether the package path target is the path or lies below it.
func within(target, prefix string) bool {
	return target == prefix || strings.HasPrefix(target, prefix+"/")
}

func anyWithin(target string, prefixes []string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return within(target, p) })
}

// checkImports judges one file's imports by the table.
func checkImports(h house, f *source) []string {
	var out []string
	testCode := f.test || slices.Contains(h.testOnly, f.pkg)
	for _, spec := range f.ast.Imports {
		target, _ := strconv.Unquote(spec.Path.Value)
		if fault := importFault(h, f.pkg, target, testCode); fault != "" {
			out = append(out, f.at(spec)+": imports "+target+": "+fault)
		}
		if spec.Name != nil && spec.Name.Name == "." {
			out = append(out, f.at(spec)+": imports "+target+" as a dot, which hides what is used")
		}
	}
	return out
}

func importFault(h house, pkg, target string, testCode bool) string {
	first, _, _ := strings.Cut(target, "/")
	switch {
	case first == modulePath:
		if testCode {
			return ""
		}
		return ownImportFault(h, pkg, strings.TrimPrefix(target, modulePath+"/"))
	case strings.Contains(first, "."):
		return outsideImportFault(h, pkg, target, testCode)
	case testCode:
		return ""
	case within(target, "testing"):
		return "production code links no test library"
	}
	if why, banned := bannedImports[target]; banned && exceptions[target] != pkg {
		return why
	}
	return ""
}

func ownImportFault(h house, pkg, target string) string {
	if slices.Contains(h.testOnly, target) {
		return "only tests may import it"
	}
	allowed := h.rows[pkg].own
	if slices.Contains(allowed, target) || slices.Contains(allowed, "*") {
		return ""
	}
	return "the import table does not allow " + pkg + " to"
}

func outsideImportFault(h house, pkg, target string, testCode bool) string {
	if anyWithin(target, h.rows[pkg].outside) {
		return ""
	}
	if !testCode {
		return "the import table does not give this module to " + pkg
	}
	if anyWithin(target, h.testModules) {
		return ""
	}
	for _, r := range h.rows {
		if anyWithin(target, r.outside) {
			return ""
		}
	}
	return "ARCHITECTURE.md knows no such module"
}

// checkProduction judges what a production file does, beyond its imports.
func checkProduction(f *source) []string {
	var out []string
	ast.Inspect(f.ast, func(n ast.Node) bool {
		for _, d := range doors {
			if n != nil && !slices.Contains(d.allowed, f.pkg) && d.matches(f, n) {
				out = append(out, f.at(n)+": uses "+d.what+": "+d.why)
			}
		}
		return true
	})
	for _, decl := range f.ast.Decls {
		out = append(out, checkDeclaration(f, decl)...)
	}
	return out
}

// checkDeclaration refuses work in init and shared state behind a lock.
func checkDeclaration(f *source, decl ast.Decl) []string {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil && d.Name.Name == "init" {
			return []string{f.at(d) + ": declares init: construct explicitly"}
		}
	case *ast.GenDecl:
		if d.Tok != token.VAR {
			return nil
		}
		for _, spec := range d.Specs {
			if v := spec.(*ast.ValueSpec); lockTyped(f, v) {
				return []string{f.at(v) + ": declares shared mutable state: pass a value instead"}
			}
		}
	}
	return nil
}

// lockTyped reports whether a package-level variable is a lock, an atomic or a
// concurrent map, which only shared mutable state needs.
func lockTyped(f *source, v *ast.ValueSpec) bool {
	found := false
	look := func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			switch f.imports[rootName(sel.X)] {
			case "sync/atomic":
				found = true
			case "sync":
				found = found || slices.Contains([]string{"Mutex", "RWMutex", "Map"}, sel.Sel.Name)
			}
		}
		_, isFunc := n.(*ast.FuncLit)
		return !isFunc
	}
	if v.Type != nil {
		ast.Inspect(v.Type, look)
	}
	for _, value := range v.Values {
		ast.Inspect(value, look)
	}
	return found
}

func rootName(e ast.Expr) string {
	id, ok := e.(*ast.Ident)
	if !ok {
		return ""
	}
	return id.Name
}

// selects matches pkg.name for one of our own packages, whatever its local
// name.
func selects(pkg, name string) func(*source, ast.Node) bool {
	return func(f *source, n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		return ok && sel.Sel.Name == name && f.imports[rootName(sel.X)] == modulePath+"/"+pkg
	}
}

// converts matches a conversion to one of html/template's unescaped types.
// Naming the type, in a struct field say, is free.
func converts(types ...string) func(*source, ast.Node) bool {
	return func(f *source, n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return false
		}
		sel, ok := call.Fun.(*ast.SelectorExpr)
		return ok && f.imports[rootName(sel.X)] == "html/template" && slices.Contains(types, sel.Sel.Name)
	}
}

// widens matches a use of the field by which tests reach a local server.
func widens(_ *source, n ast.Node) bool {
	switch n := n.(type) {
	case *ast.SelectorExpr:
		return n.Sel.Name == "Widen"
	case *ast.KeyValueExpr:
		return rootName(n.Key) == "Widen"
	}
	return false
}

// dials matches every name of the standard library that opens a connection or
// starts a program.
func dials(f *source, n ast.Node) bool {
	sel, ok := n.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	name := sel.Sel.Name
	switch f.imports[rootName(sel.X)] {
	case "net":
		return strings.HasPrefix(name, "Dial") || strings.HasPrefix(name, "Lookup") || name == "DefaultResolver"
	case "net/http":
		return slices.Contains([]string{"Get", "Head", "Post", "PostForm", "Client", "DefaultClient", "Transport", "DefaultTransport", "NewRequest", "NewRequestWithContext"}, name)
	case "net/http/httputil":
		return strings.Contains(name, "ReverseProxy")
	case "crypto/tls":
		return strings.HasPrefix(name, "Dial")
	case "os/exec":
		return strings.HasPrefix(name, "Command")
	case "os":
		return name == "StartProcess"
	}
	return false
}

// checkModules judges go.mod: few direct modules, and each one has an owner or
// is named as a pin in docs/dependencies.md.
func checkModules(tree fs.FS, h house) ([]string, error) {
	text, err := fs.ReadFile(tree, "go.mod")
	if err != nil {
		return nil, err
	}
	mod, err := modfile.Parse("go.mod", text, nil)
	if err != nil {
		return nil, err
	}
	var out []string
	direct := directModules(mod)
	if len(direct) > maxDirectModules {
		out = append(out, fmt.Sprintf("go.mod: %d direct modules, at most %d are allowed", len(direct), maxDirectModules))
	}
	if len(mod.Replace) > 0 {
		out = append(out, "go.mod: a replace line breaks go install for users")
	}
	for _, module := range direct {
		if !h.owned(module) && !slices.Contains(pinnedModules, module) {
			out = append(out, "go.mod: nobody owns "+module)
		}
	}
	return out, nil
}

// pinnedModules are required directly only to hold a version; no package
// imports them.
var pinnedModules = []string{"golang.org/x/exp"}

func directModules(mod *modfile.File) []string {
	var out []string
	for _, r := range mod.Require {
		if !r.Indirect {
			out = append(out, r.Mod.Path)
		}
	}
	return out
}

// owned reports whether a row or the list of test modules speaks of the
// module. The document may name a package inside it, or leave out the major
// version.
func (h house) owned(module string) bool {
	related := func(name string) bool { return within(module, name) || within(name, module) }
	if slices.ContainsFunc(h.testModules, related) {
		return true
	}
	for _, r := range h.rows {
		if slices.ContainsFunc(r.outside, related) {
			return true
		}
	}
	return false
}
