package main

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"sangto/internal/app"
	"sangto/internal/desk"
	"sangto/internal/mirror"
	"sangto/internal/verify"
	"sangto/ledger"
)

// mirrorCmd copies a desk's record, or serves a copy.
type mirrorCmd struct {
	URL          string        `arg:"" optional:"" name:"url" help:"${cli_arg_mirror_url}"`
	Dir          string        `arg:"" optional:"" name:"dir" type:"path" help:"${cli_arg_mirror_dir}"`
	Policy       string        `name:"policy" type:"path" help:"${cli_flag_policy}"`
	Wait         time.Duration `name:"wait" default:"60s" help:"${cli_flag_wait}"`
	FollowOrders bool          `name:"follow-orders" help:"${cli_flag_follow_orders}"`
	NoData       bool          `name:"no-data" help:"${cli_flag_no_data}"`
	JSON         bool          `name:"json" help:"${cli_flag_json}"`
	Serve        string        `name:"serve" type:"path" help:"${cli_flag_mirror_serve}"`
	Listen       string        `name:"listen" env:"SANGTO_MIRROR_LISTEN" default:"127.0.0.1:8091" help:"${cli_flag_listen}"`
}

// Run copies, or serves until it is told to stop. The exit codes of copying are
// those of verify: 0 copied and whole, 1 the origin is broken, 2 it could not be
// copied.
func (c mirrorCmd) Run(ctx context.Context, s std) error {
	switch {
	case c.Serve != "" && c.URL == "":
		return c.serve(ctx, s)
	case c.Serve != "" || c.URL == "" || c.Dir == "":
		return &desk.Error{Kind: desk.Invalid, Op: "mirror", Key: "mirror.error.usage"}
	}
	return c.copy(ctx, s)
}

func (c mirrorCmd) serve(ctx context.Context, s std) error {
	err := app.RunMirror(ctx, c.Serve, c.Listen, func(addr string, about mirror.About) {
		s.say("mirror.open", "URL", "http://"+addr+"/", "From", about.From)
		s.say("cli.serve.stop")
	})
	if err == nil {
		s.say("cli.serve.stopped")
	}
	return err
}

func (c mirrorCmd) copy(ctx context.Context, s std) error {
	policy, err := readSmall(c.Policy, ledger.MaxPolicy)
	if err != nil {
		return err
	}
	watch := newStages(s)
	report, err := app.CopyRecord(ctx, c.URL, c.Dir, mirror.Options{
		Policy: policy, Patience: c.Wait, Today: app.Today(), Progress: watch.show, FollowOrders: c.FollowOrders, NoData: c.NoData,
	})
	watch.finish()
	if errors.Is(err, mirror.ErrBroken) {
		err = nil // the report says it all
	}
	if report == nil {
		report = &verify.Report{Problems: []verify.Problem{}}
	}
	if err != nil {
		report.OK = false
		report.Unchecked = append(report.Unchecked, inEnglish(err))
	}
	if c.JSON {
		if err := json.NewEncoder(s.out).Encode(report); err != nil {
			return err
		}
	} else {
		c.print(s, report, err)
	}
	return verdictOf(report)
}

func (c mirrorCmd) print(s std, r *verify.Report, err error) {
	printReport(s, r, err)
	if !r.OK {
		s.say("mirror.not_replaced")
		return
	}
	s.say("mirror.copied", "Dir", c.Dir)
	if n := len(r.WithheldAt); n > 0 && !c.FollowOrders {
		s.say("mirror.copied_kept", "Count", n)
	}
}
