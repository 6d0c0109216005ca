package main

import (
	"context"
	"fmt"

	"sangto/internal/app"
	"sangto/internal/desk"
)

// recordCmd is for what no page of the desk records: what happened to the
// operator. It works beside a running desk.
type recordCmd struct {
	Demand    recordDemandCmd `cmd:"" help:"${cli_record_demand}"`
	RotateKey recordRotateCmd `cmd:"" name:"rotate-key" help:"${cli_record_rotate}"`
}

type recordDemandCmd struct {
	folder
	Requester string `name:"requester" required:"" enum:"court,prosecutor,police,ministry,local_authority,party,company,private_person,other" help:"${cli_flag_requester}"`
	Outcome   string `name:"outcome" required:"" enum:"nothing_held,refused,complied,complied_in_part,contested,pending" help:"${cli_flag_outcome}"`
	Law       string `name:"law" help:"${cli_flag_law}"`
}

// Run records a demand.
func (c recordDemandCmd) Run(ctx context.Context, s std) error {
	cfg, err := c.config()
	if err != nil {
		return err
	}
	if err := app.RecordDemand(ctx, cfg, c.Requester, c.Outcome, c.Law); err != nil {
		return err
	}
	s.say("cli.record.demanded")
	return nil
}

type recordRotateCmd struct{ folder }

// Run changes the key of the record.
func (c recordRotateCmd) Run(ctx context.Context, s std) error {
	cfg, err := c.config()
	if err != nil {
		return err
	}
	vkey, err := app.RotateRecordKey(ctx, cfg)
	if err != nil {
		return err
	}
	s.say("cli.record.rotated")
	fmt.Fprintln(s.out, "  "+vkey)
	return nil
}

type repairCmd struct {
	folder
	From     []string `name:"from" sep:"none" help:"${cli_flag_from}"`
	LostLock bool     `name:"lost-lock" help:"${cli_flag_lost_lock}"`
	Since    []string `name:"since" sep:"none" help:"${cli_flag_heads}"`
}

// Run gives a database the signed entries it lacks, and the lock what it lost.
func (c repairCmd) Run(ctx context.Context, s std) error {
	cfg, err := c.config()
	if err != nil {
		return err
	}
	if len(c.Since) > 0 && !c.LostLock {
		return &desk.Error{Kind: desk.Invalid, Op: "repair", Key: "error.record.since"}
	}
	done, size, err := app.RepairRecord(ctx, cfg, app.RepairOptions{From: c.From, LostLock: c.LostLock, Since: c.Since})
	if size > 0 {
		s.say("cli.repair.lock", "Count", int(size))
	}
	if err != nil {
		return err
	}
	s.say("cli.repair.done", "Leaves", int(done.Leaves), "Contents", int(done.Contents))
	s.say("cli.repair.rows", "Versions", int(done.Versions), "Pages", int(done.Pages), "Erased", int(done.Erased), "Retired", int(done.Retired))
	if len(done.Lost) > 0 {
		s.say("cli.repair.lost")
	}
	for _, l := range done.Lost {
		printLost(s, l)
	}
	s.say("cli.repair.never")
	return nil
}

// printLost says what did not come back, why, and what to do.
func printLost(s std, l app.Lost) {
	fmt.Fprintf(s.out, "  - %s: %s\n", s.words.T("cli.repair.lost."+string(l.Kind), "Name", oneLine(l.Name), "Number", l.Number, "Entry", int(l.Index)),
		s.words.T("cli.repair.why."+string(l.Why)))
	if l.Withheld {
		fmt.Fprintf(s.out, "    ! %s\n", s.words.T("cli.repair.withheld"))
	}
	if l.Cause != nil {
		fmt.Fprintf(s.out, "    (%s)\n", oneLine(inEnglish(l.Cause)))
	}
}
