package client_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// requireNode is the environment variable that turns a missing Node.js from a
// skipped test into a failed one.
const requireNode = "SANGTO_REQUIRE_NODE"

// TestTypeScriptTypes makes the types for TypeScript anew from the description
// of the interface, compares them with those kept here, and lets the compiler
// judge them and their example. The tools are those of the lock file, by their
// hashes, and stay in a temporary folder. `make types` writes the types.
func TestTypeScriptTypes(t *testing.T) {
	required := os.Getenv(requireNode) == "1"
	if testing.Short() && !required {
		t.Skip("NOT TESTED with TypeScript: -short")
	}
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			if required {
				t.Fatal(err)
			}
			t.Skipf("NOT TESTED with TypeScript: %v (set %s=1 to make this a failure)", err, requireNode)
		}
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("ts")); err != nil {
		t.Fatal(err)
	}
	description, err := filepath.Abs(filepath.Join("..", "internal", "api", "openapi.json"))
	if err != nil {
		t.Fatal(err)
	}
	run := func(name string, args ...string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), name, args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
		}
	}
	run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline")
	run("node", "node_modules/openapi-typescript/bin/cli.js", description, "--output", "made.d.ts")
	made, err := os.ReadFile(filepath.Join(dir, "made.d.ts"))
	if err != nil {
		t.Fatal(err)
	}
	kept, err := os.ReadFile(filepath.Join("ts", "api.d.ts"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(made, kept) {
		t.Error("client/ts/api.d.ts is not as the description would have it: make types")
	}
	run("node", "node_modules/typescript/bin/tsc", "--project", "tsconfig.json")
}
