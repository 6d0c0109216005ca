package main

import (
	"context"
	"io"
	"log/slog"
	"os"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/rogpeppe/go-internal/testscript"

	"sangto/internal/app"
	"sangto/internal/config"
	"sangto/internal/lang"
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
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"desk": makeDesk, "exits": exits, "publish": publish, "keep-copy": keepCopy, "tamper": tamper,
		},
	})
}

// TestNothingIsHidden: the help shows every command, argument and flag, so that a
// list made from it is whole.
func TestNothingIsHidden(t *testing.T) {
	catalogue, err := lang.Load()
	if err != nil {
		t.Fatal(err)
	}
	parser, err := newParser(&commands{}, std{out: io.Discard, err: io.Discard, words: catalogue.For(lang.English)}, func(int) {})
	if err != nil {
		t.Fatal(err)
	}
	flags := 0
	err = kong.Visit(parser.Model, func(node kong.Visitable, next kong.Next) error {
		switch n := node.(type) {
		case *kong.Node:
			if n.Hidden {
				t.Errorf("the command %s is hidden", n.FullPath())
			}
		case *kong.Flag:
			if flags++; n.Hidden {
				t.Errorf("the flag --%s is hidden", n.Name)
			}
		}
		return next(nil)
	})
	if err != nil || flags < 50 {
		t.Errorf("%d flags, %v", flags, err)
	}
}

// makeDesk puts a desk into a data folder, as the first start of serve does.
func makeDesk(ts *testscript.TestScript, _ bool, args []string) {
	cfg, err := config.Raw{Data: ts.MkAbs(args[0]), Listen: "127.0.0.1:0"}.Config()
	ts.Check(err)
	a, err := app.New(context.Background(), cfg, app.Logger(io.Discard, slog.LevelError))
	ts.Check(err)
	a.Close()
}
