package main

import (
	"context"
	"encoding/json"
	"fmt"

	"sangto/internal/app"
)

type doctorCmd struct {
	folder
	Backups string `name:"backups" type:"path" help:"${cli_flag_backups}"`
	JSON    bool   `name:"json" help:"${cli_flag_json}"`
}

// doctorFound is the answer to programs. Its fields are a promise.
type doctorFound struct {
	State    string          `json:"state"`
	Findings []doctorFinding `json:"findings"`
}

type doctorFinding struct {
	Check string `json:"check"`
	State string `json:"state"`
	Text  string `json:"text"`
	Cause string `json:"cause,omitempty"`
}

// Exit codes of doctor beside 0.
const (
	exitProblems = 1
	exitUnknown  = 2
)

// Run looks everything over and says what to do.
func (c doctorCmd) Run(ctx context.Context, s std) error {
	cfg, err := c.config()
	if err != nil {
		return err
	}
	findings := app.Doctor(ctx, cfg, c.Backups)
	worst := app.Worst(findings)
	out := doctorFound{State: string(worst)}
	for _, f := range findings {
		row := doctorFinding{Check: f.Check, State: string(f.State), Text: s.words.T(f.Key, pairs(f.Args)...)}
		if f.Err != nil {
			row.Cause = f.Err.Error()
		}
		out.Findings = append(out.Findings, row)
	}
	if c.JSON {
		e := json.NewEncoder(s.out)
		e.SetIndent("", "  ")
		if err := e.Encode(out); err != nil {
			return err
		}
	} else {
		c.print(s, out)
	}
	switch worst {
	case app.Problem:
		return exit(exitProblems)
	case app.Unknown:
		return exit(exitUnknown)
	}
	return nil
}

func (doctorCmd) print(s std, found doctorFound) {
	for _, f := range found.Findings {
		fmt.Fprintf(s.out, "%s  %s\n", s.words.T("doctor.state."+f.State), f.Text)
		if f.Cause != "" {
			fmt.Fprintf(s.out, "        (%s)\n", f.Cause)
		}
	}
	fmt.Fprintln(s.out)
	s.say("doctor.end." + found.State)
}
