// Command sangto is a public answers desk: one program, one data folder.
//
// Exit codes: 0 done; 1 failed; 2 the command line was not understood; import
// adds 3 some records were left out, 4 none was taken; for verify 0 means whole,
// 1 broken, 2 could not check.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"sangto/internal/app"
	"sangto/internal/desk"
	"sangto/internal/lang"
)

// Exit codes.
const (
	exitFailed = 1
	exitUsage  = 2
	exitSome   = 3
	exitNone   = 4
)

// exit is an error that only sets the exit code: everything was said already.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit %d", int(e)) }

// commands is the command line. Help texts are names of catalogue sentences.
type commands struct {
	Lang string `name:"lang" env:"SANGTO_LANG" enum:"vi,en," default:"" help:"${cli_flag_lang}"`

	Serve   serveCmd   `cmd:"" help:"${cli_serve}"`
	Check   checkCmd   `cmd:"" help:"${cli_check}"`
	Import  importCmd  `cmd:"" help:"${cli_import}"`
	Export  exportCmd  `cmd:"" help:"${cli_export}"`
	Roles   rolesCmd   `cmd:"" help:"${cli_roles}"`
	Feed    feedCmd    `cmd:"" help:"${cli_feed}"`
	Member  memberCmd  `cmd:"" help:"${cli_member}"`
	Verify  verifyCmd  `cmd:"" help:"${cli_verify}"`
	Mirror  mirrorCmd  `cmd:"" help:"${cli_mirror}"`
	Witness witnessCmd `cmd:"" help:"${cli_witness}"`
	Backup  backupCmd  `cmd:"" help:"${cli_backup}"`
	Restore restoreCmd `cmd:"" help:"${cli_restore}"`
	Doctor  doctorCmd  `cmd:"" help:"${cli_doctor}"`
	Record  recordCmd  `cmd:"" help:"${cli_record}"`
	Repair  repairCmd  `cmd:"" help:"${cli_repair}"`
	Version versionCmd `cmd:"" help:"${cli_version}"`
}

// std is what a command talks to.
type std struct {
	in       io.Reader
	out, err io.Writer
	words    *lang.Words
}

func (s std) say(key string, args ...any) { fmt.Fprintln(s.out, s.words.T(key, args...)) }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Getenv, os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is main without the process: arguments in, exit code out.
func run(ctx context.Context, args []string, getenv func(string) string, in io.Reader, out, errOut io.Writer) int {
	catalogue, err := lang.Load()
	if err != nil {
		fmt.Fprintln(errOut, "sangto:", err)
		return exitFailed
	}
	s := std{in: in, out: out, err: errOut, words: catalogue.For(language(args, getenv))}
	var c commands
	code := -1
	parser, err := newParser(&c, s, func(n int) { code = n })
	if err != nil {
		fmt.Fprintln(errOut, "sangto:", err)
		return exitFailed
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	k, err := parser.Parse(args)
	switch {
	case code >= 0: // help was shown
		return code
	case err != nil:
		fmt.Fprintln(errOut, s.words.T("cli.usage", "Reason", err.Error()))
		return exitUsage
	}
	k.BindTo(ctx, (*context.Context)(nil))
	return finish(s, k.Run(s))
}

// newParser reads the command line into c.
func newParser(c *commands, s std, exit func(int)) (*kong.Kong, error) {
	return kong.New(c,
		kong.Name("sangto"), kong.Description(s.words.T("cli.description")), vars(s.words),
		kong.Writers(s.out, s.err), kong.UsageOnError(), kong.Exit(exit),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
	)
}

// finish turns an error into a sentence and an exit code.
func finish(s std, err error) int {
	var e exit
	switch {
	case err == nil:
		return 0
	case errors.As(err, &e):
		return int(e)
	}
	var known *desk.Error
	if errors.As(err, &known) && known.Key != "" {
		fmt.Fprintln(s.err, s.words.T("cli.failed", "Reason", s.words.Error(err)))
		if known.Err != nil {
			fmt.Fprintln(s.err, "  ("+known.Err.Error()+")")
		}
		return exitFailed
	}
	fmt.Fprintln(s.err, s.words.T("cli.failed", "Reason", err.Error()))
	return exitFailed
}

// language decides the language before the command line is parsed, because
// the help itself is in it: --lang, SANGTO_LANG, then the terminal's own.
func language(args []string, getenv func(string) string) string {
	for i, a := range args {
		if v, ok := strings.CutPrefix(a, "--lang="); ok {
			return v
		}
		if a == "--lang" && i+1 < len(args) {
			return args[i+1]
		}
	}
	for _, name := range []string{"SANGTO_LANG", "LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := getenv(name); v != "" {
			if strings.HasPrefix(v, lang.Vietnamese) {
				return lang.Vietnamese
			}
			return lang.English
		}
	}
	return lang.English
}

// vars gives kong every sentence of the command line by its name.
func vars(w *lang.Words) kong.Vars {
	v := kong.Vars{}
	for _, key := range w.Keys() {
		if strings.HasPrefix(key, "cli.") {
			v[strings.ReplaceAll(key, ".", "_")] = w.T(key)
		}
	}
	return v
}

type versionCmd struct {
	JSON bool `name:"json" help:"${cli_flag_json}"`
}

// Run prints what is running.
func (c versionCmd) Run(ctx context.Context, s std) error {
	if !c.JSON {
		fmt.Fprintln(s.out, "sangto", app.Version())
		return nil
	}
	b, err := app.BuildOf(ctx)
	if err != nil {
		return err
	}
	return json.NewEncoder(s.out).Encode(b)
}
