package sangto_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/token"
	"io/fs"
	"os"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"unicode"

	"golang.org/x/mod/modfile"
)

// ourSources is every Go file of this repository, parsed once for all tests.
var ourSources = sync.OnceValues(func() ([]*source, error) { return readSources(os.DirFS(".")) })

// eachFile calls visit with every file that belongs to the repository. What
// git ignores and git's own folder are left out; links are not followed.
func eachFile(tree fs.FS, visit func(name string, text []byte)) error {
	ignored := []string{".git", ".tools", ".cache", "sangto", "matcheval", "node_modules"}
	return fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case slices.Contains(ignored, name):
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case !d.Type().IsRegular() || strings.HasSuffix(name, ".test") || strings.HasSuffix(name, ".prof"):
			return nil
		}
		text, err := fs.ReadFile(tree, name)
		if err == nil {
			visit(name, text)
		}
		return err
	})
}

// foreign matches what a repository that speaks of itself only never holds:
// folders of one machine, and hosts that hand out packages. The words are put
// together here so that this file passes its own test.
var foreign = regexp.MustCompile(strings.Join([]string{
	`(^|[\s"'` + "`" + `(=:,])/(` + machineFolders + `)/[\w.-]`,
	`/tmp/` + `(team|bash_jobs)`,
	`\.\./` + `shared/`,
	`(proxy|sum)\.golang` + `\.org`,
	`registry\.npm` + `js\.org`,
	`deb\.debian` + `\.org`,
	`(pypi|pythonhosted)\.` + `org`,
	`(ghcr|docker|quay)\.` + `io/`,
}, "|"))

// suspects are parts of words that foreign matches: most files hold none, and
// looking for them is much faster.
var suspects = append(asParts(machineFolders), []byte("/tmp/"), []byte("../"), []byte(".org"), []byte(".io/"))

// machineFolders are the folders at a machine's root that checkouts stand in.
const machineFolders = `work|root|home|Users|build|builds|workspace`

// asParts spells the folders as parts of a path.
func asParts(folders string) [][]byte {
	var out [][]byte
	for folder := range strings.SplitSeq(folders, "|") {
		out = append(out, []byte("/"+folder+"/"))
	}
	return out
}

func suspicious(text []byte) bool {
	return slices.ContainsFunc(suspects, func(part []byte) bool { return bytes.Contains(text, part) })
}

func foreignWords(tree fs.FS) ([]string, error) {
	var out []string
	err := eachFile(tree, func(name string, text []byte) {
		if bytes.IndexByte(text[:min(len(text), 8000)], 0) >= 0 || !suspicious(text) {
			return // a font, a picture, or nothing to see
		}
		for i, line := range bytes.Split(text, []byte("\n")) {
			if !suspicious(line) {
				continue
			}
			if m := foreign.Find(line); m != nil {
				out = append(out, fmt.Sprintf("%s:%d: %q", name, i+1, m))
			}
		}
	})
	return out, err
}

// TestSpeaksOfItselfOnly keeps the paths of one machine and the addresses of
// package registries out of the repository.
func TestSpeaksOfItselfOnly(t *testing.T) {
	found, err := foreignWords(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		t.Error(f)
	}
	for _, planted := range []string{
		"see /wo" + "rk/main/x.go", "`/ro" + "ot/.cache`", `"/ho` + `me/me/src"`, "../sha" + "red/data/x",
		"GOPROXY=https://proxy.golang" + ".org", "https://registry.npm" + "js.org/x",
	} {
		tree := fstest.MapFS{"docs/x.md": {Data: []byte("fine\n" + planted + "\n")}}
		if got, err := foreignWords(tree); err != nil || len(got) != 1 {
			t.Errorf("%q passed: %v %q", planted, err, got)
		}
	}
	for _, innocent := range []string{"https://example.org/wo" + "rk/1", "internal/wo" + "rk/x", "a home/garden", "DIR/root/x"} {
		tree := fstest.MapFS{"x.md": {Data: []byte(innocent)}}
		if got, err := foreignWords(tree); err != nil || len(got) != 0 {
			t.Errorf("%q was taken for a machine's path: %v %q", innocent, err, got)
		}
	}
}

// TestDocumentsAreShort keeps the first hour an hour.
func TestDocumentsAreShort(t *testing.T) {
	for name, most := range map[string]int{"README.md": 120, "ARCHITECTURE.md": 200} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Error(err)
			continue
		}
		if n := bytes.Count(text, []byte("\n")); n > most {
			t.Errorf("%s has %d lines, at most %d are read", name, n, most)
		}
	}
}

// documents are the pages that people read: at the root and under docs.
func documents(tree fs.FS) (map[string]string, error) {
	out := map[string]string{}
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/*/*.md"} {
		names, err := fs.Glob(tree, pattern)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			text, err := fs.ReadFile(tree, name)
			if err != nil {
				return nil, err
			}
			out[name] = string(text)
		}
	}
	return out, nil
}

// quotedCommands returns the code spans and the lines of code blocks.
func quotedCommands(doc string) []string {
	var out []string
	fenced := false
	for line := range strings.Lines(doc) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "```"):
			fenced = !fenced
		case fenced:
			line, _, _ = strings.Cut(line, " #")
			for part := range strings.SplitSeq(line, "&&") {
				out = append(out, strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(part), "$ ")))
			}
		default:
			out = append(out, codeSpans(line)...)
		}
	}
	return out
}

// program is what the command line understands.
type program struct {
	targets  map[string]bool // of the Makefile
	commands map[string]bool // of sangto
	flags    map[string]bool // of sangto, without the dashes
}

var makeTarget = regexp.MustCompile(`(?m)^([a-z][a-z-]*):`)

// readProgram learns the targets from the Makefile and the commands and flags
// from the tags of the structs that kong parses into.
func readProgram() (program, error) {
	p := program{targets: map[string]bool{}, commands: map[string]bool{}, flags: map[string]bool{"help": true}}
	text, err := os.ReadFile("Makefile")
	if err != nil {
		return p, err
	}
	for _, m := range makeTarget.FindAllStringSubmatch(string(text), -1) {
		p.targets[m[1]] = true
	}
	files, err := ourSources()
	for _, f := range files {
		if f.pkg == "cmd/sangto" || f.pkg == "internal/config" {
			ast.Inspect(f.ast, p.learn)
		}
	}
	return p, err
}

func (p program) learn(n ast.Node) bool {
	field, ok := n.(*ast.Field)
	if !ok || field.Tag == nil {
		return true
	}
	tag := reflect.StructTag(strings.Trim(field.Tag.Value, "`"))
	for _, name := range field.Names {
		word := tag.Get("name")
		if word == "" {
			word = kebab(name.Name)
		}
		if _, isCommand := tag.Lookup("cmd"); isCommand {
			p.commands[word] = true
		} else {
			p.flags[word] = true
		}
	}
	return true
}

// kebab spells a Go name as kong does: DryRun is dry-run.
func kebab(name string) string {
	var b strings.Builder
	runes := []rune(name)
	for i, r := range runes {
		if i > 0 && unicode.IsUpper(r) && (unicode.IsLower(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1])) {
			b.WriteByte('-')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// fault says what is wrong with a command that a document quotes, or "".
func (p program) fault(command string) string {
	words := strings.Fields(command)
	for len(words) > 1 && strings.Contains(words[0], "=") {
		words = words[1:] // an environment setting
	}
	if len(words) > 3 && words[0] == "go" && words[1] == "run" && words[2] == "./cmd/sangto" {
		words = append([]string{"sangto"}, words[3:]...)
	}
	if len(words) < 2 {
		return ""
	}
	switch strings.TrimPrefix(words[0], "./") {
	case "make":
		for _, w := range words[1:] {
			if !strings.Contains(w, "=") && !p.targets[w] {
				return "the Makefile has no target " + w
			}
		}
	case "sangto":
		return p.sangtoFault(words[1:])
	}
	return ""
}

func (p program) sangtoFault(words []string) string {
	if !strings.HasPrefix(words[0], "-") && !p.commands[words[0]] {
		return "sangto has no command " + words[0]
	}
	for _, w := range words {
		w = strings.Trim(w, "[]|")
		if name, isFlag := strings.CutPrefix(w, "--"); isFlag {
			name, _, _ = strings.Cut(name, "=")
			if !p.flags[name] {
				return "sangto has no flag --" + name
			}
		}
	}
	return ""
}

// TestDocumentedCommandsExist reads every command that a document quotes.
func TestDocumentedCommandsExist(t *testing.T) {
	p, err := readProgram()
	if err != nil {
		t.Fatal(err)
	}
	docs, err := documents(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	judged := 0
	for name, doc := range docs {
		for _, command := range quotedCommands(doc) {
			judged++
			if fault := p.fault(command); fault != "" {
				t.Errorf("%s: `%s`: %s", name, command, fault)
			}
		}
	}
	if judged < 20 {
		t.Errorf("only %d quotations were found; the reader has gone blind", judged)
	}
}

// TestDocumentedCommandsAreJudged plants commands that do not exist.
func TestDocumentedCommandsAreJudged(t *testing.T) {
	p := program{
		targets:  map[string]bool{"run": true},
		commands: map[string]bool{"serve": true},
		flags:    map[string]bool{"demo": true},
	}
	doc := "Say `make run` or `make wish`.\n\n```\n$ ./sangto serve --demo   # comment with make nonsense\ngo run ./cmd/sangto fly\nmake run && make hay\nsangto serve --spy\n```\n"
	var got []string
	for _, command := range quotedCommands(doc) {
		if f := p.fault(command); f != "" {
			got = append(got, f)
		}
	}
	want := []string{
		"the Makefile has no target wish", "sangto has no command fly",
		"the Makefile has no target hay", "sangto has no flag --spy",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

var link = regexp.MustCompile(`\]\(([^)\s]+)\)`)

// brokenLinks returns the links of the documents that lead to no file.
func brokenLinks(tree fs.FS) ([]string, error) {
	docs, err := documents(tree)
	var out []string
	for name, doc := range docs {
		for _, m := range link.FindAllStringSubmatch(doc, -1) {
			target, _, _ := strings.Cut(m[1], "#")
			if target == "" || strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			if _, err := fs.Stat(tree, path.Join(path.Dir(name), target)); err != nil {
				out = append(out, name+" leads to "+m[1])
			}
		}
	}
	return out, err
}

// TestLinksLead follows every link between our documents.
func TestLinksLead(t *testing.T) {
	broken, err := brokenLinks(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range broken {
		t.Error(b)
	}
	planted := fstest.MapFS{
		"docs/a.md": {Data: []byte("[b](b.md) [c](../README.md#x) [d](gone.md) [e](https://example.org/) [f](#here)")},
		"docs/b.md": {}, "README.md": {},
	}
	if got, err := brokenLinks(planted); err != nil || !slices.Equal(got, []string{"docs/a.md leads to gone.md"}) {
		t.Errorf("planted links: %v %q", err, got)
	}
}

// undocumented returns the exported names of the given packages that have no
// doc comment, and those packages that do not introduce themselves.
func undocumented(files []*source, wanted func(pkg string) (names, intro bool)) []string {
	var out []string
	introduced := map[string]bool{}
	for _, f := range files {
		names, intro := wanted(f.pkg)
		if f.test || !names && !intro {
			continue
		}
		introduced[f.pkg] = introduced[f.pkg] || f.ast.Doc != nil
		if names {
			for _, decl := range f.ast.Decls {
				out = append(out, bareNames(f, decl)...)
			}
		}
	}
	for pkg, ok := range introduced {
		if !ok {
			out = append(out, pkg+": has no package comment")
		}
	}
	slices.Sort(out)
	return out
}

func bareNames(f *source, decl ast.Decl) []string {
	var out []string
	bare := func(name *ast.Ident, docs ...*ast.CommentGroup) {
		commented := slices.ContainsFunc(docs, func(d *ast.CommentGroup) bool { return d != nil })
		if name.IsExported() && !commented {
			out = append(out, f.at(name)+": "+name.Name+" has no doc comment")
		}
	}
	switch d := decl.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil || ast.IsExported(receiver(d.Recv.List[0].Type)) {
			bare(d.Name, d.Doc)
		}
	case *ast.GenDecl:
		if d.Tok == token.IMPORT {
			return nil
		}
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				bare(s.Name, s.Doc, d.Doc)
			case *ast.ValueSpec:
				for _, name := range s.Names {
					bare(name, s.Doc, s.Comment, d.Doc)
				}
			}
		}
	}
	return out
}

func receiver(e ast.Expr) string {
	switch x := e.(type) {
	case *ast.StarExpr:
		return receiver(x.X)
	case *ast.IndexExpr:
		return receiver(x.X)
	case *ast.Ident:
		return x.Name
	}
	return ""
}

// TestNamesAreExplained demands a doc comment on every exported name of the
// public libraries and of the nouns, and a package comment everywhere.
func TestNamesAreExplained(t *testing.T) {
	files, err := ourSources()
	if err != nil {
		t.Fatal(err)
	}
	explained := []string{"viet", "redact", "match", "internal/desk"}
	for _, fault := range undocumented(files, func(pkg string) (bool, bool) {
		return slices.Contains(explained, pkg), pkg != "."
	}) {
		t.Error(fault)
	}
	planted := fstest.MapFS{"viet/v.go": {Data: []byte("package viet\n\nfunc Bare() {}\n\n// Good is.\ntype Good int\n\nfunc (g *Good) Bald() {}\n\nfunc (small) Free() {}\n\ntype small int\n\nconst A, b = 1, 2\n\nvar (\n\t// C is.\n\tC int\n\tD int // D is.\n\tE int\n)\n")}}
	bare, err := readSources(planted)
	if err != nil {
		t.Fatal(err)
	}
	got := undocumented(bare, func(string) (bool, bool) { return true, true })
	if len(got) != 5 {
		t.Errorf("planted Bare, Bald, A, E and a package comment; caught %q", got)
	}
}

// moduleRow matches a line of docs/dependencies.md: module, owner, reason.
var moduleRow = regexp.MustCompile("(?m)^\\| `([^`]+)` \\| ([^|]*\\S) \\| ([^|]*\\S) \\|$")

func unexplainedModules(mod *modfile.File, doc string) []string {
	direct := directModules(mod)
	var out, explained []string
	for _, m := range moduleRow.FindAllStringSubmatch(doc, -1) {
		explained = append(explained, m[1])
		if !slices.Contains(direct, m[1]) {
			out = append(out, m[1]+" is explained but not required directly")
		}
	}
	for _, module := range direct {
		if !slices.Contains(explained, module) {
			out = append(out, module+" is required without an owner and a reason")
		}
	}
	return out
}

// TestDependenciesAreExplained compares docs/dependencies.md with go.mod.
func TestDependenciesAreExplained(t *testing.T) {
	text, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	mod, err := modfile.Parse("go.mod", text, nil)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := os.ReadFile("docs/dependencies.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, fault := range unexplainedModules(mod, string(doc)) {
		t.Error(fault)
	}
	planted, err := modfile.Parse("go.mod", []byte("module x\n\nrequire (\n\texample.org/a v1.0.0\n\texample.org/b v1.0.0\n)\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	got := unexplainedModules(planted, "| `example.org/a` |  | no owner |\n| `example.org/b` | x | y |\n| `example.org/c` | x | y |\n")
	if len(got) != 2 {
		t.Errorf("planted one unexplained and one stale module, caught %q", got)
	}
}

// ourTests are the names of all functions in test files that have no receiver.
func ourTests(t *testing.T) map[string]bool {
	t.Helper()
	files, err := ourSources()
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]bool{}
	for _, f := range files {
		for _, decl := range f.ast.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && f.test && fn.Recv == nil {
				tests[fn.Name.Name] = true
			}
		}
	}
	return tests
}

// TestPromisesHaveTests looks for every test that docs/promises.md names.
func TestPromisesHaveTests(t *testing.T) {
	doc, err := os.ReadFile("docs/promises.md")
	if err != nil {
		t.Fatal(err)
	}
	tests := ourTests(t)
	named := 0
	for _, name := range codeSpans(string(doc)) {
		if strings.HasPrefix(name, "Test") {
			named++
			if !tests[name] {
				t.Errorf("docs/promises.md names %s, which does not exist", name)
			}
		}
	}
	if named < 20 {
		t.Errorf("docs/promises.md names %d tests", named)
	}
}

var decisionName = regexp.MustCompile(`^(\d{4})-[a-z0-9-]+\.md$`)

// TestDecisionsAreComplete checks that decisions are numbered without a gap
// and that each says its status, context, decision and consequences.
func TestDecisionsAreComplete(t *testing.T) {
	entries, err := os.ReadDir("docs/decisions")
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range entries {
		m := decisionName.FindStringSubmatch(e.Name())
		if m == nil || m[1] != fmt.Sprintf("%04d", i+1) {
			t.Errorf("%s: want number %04d and a title in lower case", e.Name(), i+1)
		}
		text, err := os.ReadFile(path.Join("docs/decisions", e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range []string{"# ", "Status: ", "## Context", "## Decision", "## Consequences"} {
			if !strings.Contains("\n"+string(text), "\n"+part) {
				t.Errorf("%s lacks %q", e.Name(), part)
			}
		}
	}
	if len(entries) < 10 {
		t.Errorf("%d decisions are written down", len(entries))
	}
}
