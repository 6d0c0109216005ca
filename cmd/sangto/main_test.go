package main

import (
	"context"
	"io"
	"log/slog"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"sangto/internal/app"
	"sangto/internal/config"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"sangto": func() {
			os.Exit(run(context.Background(), os.Args[1:], os.Getenv, os.Stdin, os.Stdout, os.Stderr))
		},
	})
}

// TestScripts runs the command as a person would. Each file of
// testdata/script is one story; anyone can add one.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script", UpdateScripts: os.Getenv("UPDATE") != "",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"desk": makeDesk},
	})
}

// makeDesk puts a desk into a data folder, as the first start of serve does.
func makeDesk(ts *testscript.TestScript, _ bool, args []string) {
	cfg, err := config.Raw{Data: ts.MkAbs(args[0]), Listen: "127.0.0.1:0"}.Config()
	ts.Check(err)
	a, err := app.New(context.Background(), cfg, app.Logger(io.Discard, slog.LevelError))
	ts.Check(err)
	a.Close()
}
