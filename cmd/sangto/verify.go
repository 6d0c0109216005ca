package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"sangto/internal/app"
	"sangto/internal/desk"
	"sangto/internal/verify"
	"sangto/ledger"
)

// Exit codes of verify.
const (
	exitBroken    = 1
	exitUnchecked = 2
)

type verifyCmd struct {
	Place  string        `arg:"" name:"place" help:"${cli_arg_place}"`
	Since  string        `name:"since" type:"path" help:"${cli_flag_since}"`
	Policy string        `name:"policy" type:"path" help:"${cli_flag_policy}"`
	Mirror []string      `name:"mirror" help:"${cli_flag_mirror}"`
	State  string        `name:"state" env:"SANGTO_STATE" type:"path" help:"${cli_flag_state}"`
	Wait   time.Duration `name:"wait" default:"60s" help:"${cli_flag_wait}"`
	DB     string        `name:"db" env:"SANGTO_DB" help:"${cli_flag_db}"`
	Lock   string        `name:"lock-db" env:"SANGTO_LOCK_DB" help:"${cli_flag_lock_db}"`
	Zone   string        `name:"zone" env:"SANGTO_ZONE" default:"Asia/Ho_Chi_Minh" help:"${cli_flag_zone}"`
	JSON   bool          `name:"json" help:"${cli_flag_json}"`
}

// Run checks a public record. Exit code 0: whole; 1: broken; 2: could not check.
func (c verifyCmd) Run(ctx context.Context, s std) error {
	report, err := c.verify(ctx, s)
	if report == nil {
		report = &verify.Report{Problems: []verify.Problem{}}
	}
	if err != nil {
		report.Unchecked = append(report.Unchecked, inEnglish(err))
	}
	if c.JSON {
		if err := json.NewEncoder(s.out).Encode(report); err != nil {
			return err
		}
	} else {
		printReport(s, report, err)
	}
	return verdictOf(report)
}

// verdictOf is the exit code of a report.
func verdictOf(r *verify.Report) error {
	switch {
	case !r.Whole():
		return exit(exitBroken)
	case !r.OK:
		return exit(exitUnchecked)
	}
	return nil
}

// inEnglish is an error as programs get it.
func inEnglish(err error) string {
	var known *desk.Error
	if errors.As(err, &known) && known.Err != nil {
		return known.Err.Error()
	}
	return err.Error()
}

func (c verifyCmd) verify(ctx context.Context, s std) (*verify.Report, error) {
	place, done, err := c.place(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	o := verify.Options{Patience: c.Wait, Today: app.Today()}
	if o.State, err = app.VerifyState(c.State); err != nil {
		return nil, err
	}
	for _, m := range c.Mirror {
		p, err := app.RecordPlace(m)
		if err != nil {
			return nil, err
		}
		o.Mirrors = append(o.Mirrors, p)
	}
	if o.Policy, err = readSmall(c.Policy, ledger.MaxPolicy); err != nil {
		return nil, err
	}
	if o.Since, err = readSmall(c.Since, ledger.MaxCheckpoint); err != nil {
		return nil, err
	}
	watch := newStages(s)
	defer watch.finish()
	o.Progress = watch.show
	return verify.Run(ctx, place, o)
}

// place is what is to be checked: an address, a copy, or the data folder of a
// desk, which is only read.
func (c verifyCmd) place(ctx context.Context) (p verify.Place, done func(), err error) {
	if !app.IsDeskFolder(c.Place) {
		p, err = app.RecordPlace(c.Place)
		return p, func() {}, err
	}
	cfg, err := folder{Data: c.Place, DB: c.DB, Lock: c.Lock, Zone: c.Zone}.config()
	if err != nil {
		return p, nil, err
	}
	p, shut, err := app.OwnRecord(ctx, cfg)
	return p, func() { _ = shut() }, err
}

// stages shows one bar after another. Several goroutines may report.
type stages struct {
	s   std
	mu  sync.Mutex
	now verify.Stage
	bar *bar
}

func newStages(s std) *stages { return &stages{s: s, bar: &bar{}} }

func (p *stages) show(stage verify.Stage, done, total int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.now != stage {
		p.bar.finish()
		p.now, p.bar = stage, counter(p.s, p.s.words.T("verify.stage."+string(stage)))
	}
	p.bar.show(done, total)
}

func (p *stages) finish() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bar.finish()
}

// readSmall reads a file that was named, if one was.
func readSmall(path string, most int) ([]byte, error) {
	if path == "" {
		return nil, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return ledger.ReadLimited(f, path, most)
}

// printReport says in plain words what was found.
func printReport(s std, r *verify.Report, err error) {
	switch {
	case !r.Whole():
		s.say("verify.result.broken")
	case !r.OK:
		s.say("verify.result.unchecked")
	default:
		s.say("verify.result.whole")
	}
	for _, p := range r.Problems {
		fmt.Fprintf(s.out, "  ✗ %s\n    (%s)\n", s.words.T("verify.problem."+string(p.Kind)), oneLine(p.String()))
	}
	if r.More > 0 {
		s.say("verify.more", "Count", r.More)
	}
	var known *desk.Error
	if errors.As(err, &known) {
		fmt.Fprintln(s.out, "  ? "+s.words.Error(err))
	}
	for _, text := range r.Unchecked {
		fmt.Fprintf(s.out, "  ? (%s)\n", oneLine(text))
	}
	looked(s, r)
	said := verify.NoteKind("")
	for _, n := range r.Notes {
		if n.Kind != said {
			fmt.Fprintln(s.out, "  · "+s.words.T("verify.note."+string(n.Kind), "Count", n.Count))
		}
		said = n.Kind
		if n.Text != "" {
			fmt.Fprintf(s.out, "    (%s)\n", oneLine(n.Text))
		}
	}
	s.say("verify.limits")
}

// looked says what was looked at.
func looked(s std, r *verify.Report) {
	if r.Origin == "" {
		return
	}
	fmt.Fprintf(s.out, "\n%s\n%d  %s\n\n", r.Origin, r.Size, r.Root)
	n := r.Checked
	s.say("verify.looked.log", "Count", int(n.Entries), "Checks", n.Checks)
	s.say("verify.looked.contents", "Count", n.Contents, "Approvals", n.Approvals, "Signed", n.Signed)
	if n.Pages > 0 {
		s.say("verify.looked.pages", "Count", n.Pages)
	}
	if n.Mirrors > 0 {
		s.say("verify.looked.mirrors", "Count", n.Mirrors)
	}
	if len(r.Witnesses) > 0 {
		s.say("verify.looked.witnesses", "Names", strings.Join(r.Witnesses, ", "))
	}
	if r.Since > 0 && r.Whole() {
		s.say("verify.looked.since", "Count", int(r.Since))
	}
}

// oneLine keeps what a stranger's server wrote from moving the cursor.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return ' '
		}
		return r
	}, text)
}
