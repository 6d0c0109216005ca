package main

import (
	"context"
	"encoding/json"
	"fmt"

	"sangto/internal/app"
)

// witnessCmd runs this program as a witness for other desks. Without a further
// word it answers.
type witnessCmd struct {
	Serve  witnessServeCmd  `cmd:"" default:"withargs" help:"${cli_witness_serve}"`
	Add    witnessAddCmd    `cmd:"" help:"${cli_witness_add}"`
	List   witnessListCmd   `cmd:"" help:"${cli_witness_list}"`
	Remove witnessRemoveCmd `cmd:"" help:"${cli_witness_remove}"`
}

// witnessData is the folder of a witness.
type witnessData struct {
	Data string `name:"data" env:"SANGTO_DATA" required:"" type:"path" help:"${cli_flag_witness_data}"`
}

type witnessServeCmd struct {
	witnessData
	Listen string `name:"listen" env:"SANGTO_WITNESS_LISTEN" default:"127.0.0.1:8090" help:"${cli_flag_listen}"`
	Name   string `name:"name" env:"SANGTO_WITNESS_NAME" help:"${cli_flag_witness_name}"`
}

// Run answers logs until it is told to stop.
func (c witnessServeCmd) Run(ctx context.Context, s std) error {
	err := app.RunWitness(ctx, c.Data, c.Listen, c.Name, func(addr, vkey string) {
		s.say("cli.witness.open", "URL", "http://"+addr+"/")
		s.say("cli.witness.key")
		fmt.Fprintln(s.out, "  "+vkey)
		s.say("cli.serve.stop")
	})
	if err == nil {
		s.say("cli.serve.stopped")
	}
	return err
}

type witnessAddCmd struct {
	witnessData
	VKey string `arg:"" name:"vkey" help:"${cli_arg_vkey}"`
}

// Run follows one more log, also beside a running witness.
func (c witnessAddCmd) Run(s std) error {
	w, err := app.OpenWitness(c.Data)
	if err != nil {
		return err
	}
	if err := w.Follow(c.VKey); err != nil {
		return err
	}
	s.say("cli.witness.added")
	return nil
}

type witnessListCmd struct {
	witnessData
	JSON bool `name:"json" help:"${cli_flag_json}"`
}

// Run lists the logs that are followed.
func (c witnessListCmd) Run(s std) error {
	w, err := app.OpenWitness(c.Data)
	if err != nil {
		return err
	}
	logs, err := w.Logs()
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(s.out).Encode(logs)
	}
	if len(logs) == 0 {
		s.say("cli.witness.none")
	}
	for _, l := range logs {
		fmt.Fprintf(s.out, "%s\t%d\n  %s\n", l.Origin, l.Size, l.VKey)
	}
	return nil
}

type witnessRemoveCmd struct {
	witnessData
	Origin string `arg:"" name:"origin" help:"${cli_arg_origin}"`
}

// Run leaves a log.
func (c witnessRemoveCmd) Run(s std) error {
	w, err := app.OpenWitness(c.Data)
	if err != nil {
		return err
	}
	if err := w.Leave(c.Origin); err != nil {
		return err
	}
	s.say("cli.witness.removed")
	return nil
}
