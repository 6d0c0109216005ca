package main

import (
	"context"
	"fmt"

	"sangto/internal/app"
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
	From string `name:"from" type:"path" help:"${cli_flag_from}"`
}

// Run gives a database the signed entries it lacks.
func (c repairCmd) Run(ctx context.Context, s std) error {
	cfg, err := c.config()
	if err != nil {
		return err
	}
	done, err := app.RepairRecord(ctx, cfg, c.From)
	if err != nil {
		return err
	}
	s.say("cli.repair.done", "Leaves", int(done.Leaves), "Contents", int(done.Contents))
	if len(done.Lost) > 0 {
		s.say("cli.repair.lost")
		for _, l := range done.Lost {
			fmt.Fprintf(s.out, "  /c/%s/v/%d\n", l.CheckID, l.Number)
		}
	}
	return nil
}
