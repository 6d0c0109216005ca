package main

import (
	"context"
	"encoding/json"
	"fmt"

	"sangto/internal/app"
	"sangto/internal/desk"
)

// feedCmd says which feeds of other desks' published checks are read. It works
// beside a running desk or on a stopped one and calls nobody itself.
type feedCmd struct {
	Add    feedAddCmd    `cmd:"" help:"${cli_feed_add}"`
	List   feedListCmd   `cmd:"" help:"${cli_feed_list}"`
	Remove feedRemoveCmd `cmd:"" help:"${cli_feed_remove}"`
}

type feedAddCmd struct {
	folder
	Mirror  bool   `name:"mirror" help:"${cli_flag_feed_mirror}"`
	Address string `arg:"" name:"url" help:"${cli_arg_feed}"`
}

// Run begins to follow a feed.
func (c feedAddCmd) Run(ctx context.Context, s std) error {
	cfg, err := c.config()
	if err != nil {
		return err
	}
	f, err := app.AddFeed(ctx, cfg, c.Address, c.Mirror)
	if err != nil {
		return err
	}
	s.say("cli.feed.added", "Address", f.URL)
	return nil
}

type feedRemoveCmd struct {
	folder
	Address string `arg:"" name:"url" help:"${cli_arg_feed}"`
}

// Run ends following a feed.
func (c feedRemoveCmd) Run(ctx context.Context, s std) error {
	cfg, err := c.config()
	if err != nil {
		return err
	}
	f, err := app.RemoveFeed(ctx, cfg, c.Address)
	if err != nil {
		return err
	}
	s.say("cli.feed.removed", "Address", f.URL)
	return nil
}

type feedListCmd struct {
	folder
	JSON bool `name:"json" help:"${cli_flag_json}"`
}

// feedRow is the answer to programs. Its fields are a promise.
type feedRow struct {
	URL      string `json:"url"`
	Mirror   bool   `json:"mirror"`
	Added    string `json:"added"`
	Read     string `json:"read"`
	Taken    int    `json:"taken"`
	Dropped  int    `json:"dropped"`
	Failures int    `json:"failures"`
	Reason   string `json:"reason"`
	Status   int    `json:"status"`
}

// Run lists the feeds that are followed and how they fare.
func (c feedListCmd) Run(ctx context.Context, s std) error {
	cfg, err := c.config()
	if err != nil {
		return err
	}
	feeds, err := app.Feeds(ctx, cfg)
	if err != nil {
		return err
	}
	if c.JSON {
		rows := []feedRow{}
		for _, f := range feeds {
			rows = append(rows, feedRow{f.URL, f.Mirror, f.Added.String(), f.Pulled.String(), f.Taken, f.Dropped, f.Failures, f.Reason, f.Status})
		}
		e := json.NewEncoder(s.out)
		e.SetIndent("", "  ")
		return e.Encode(rows)
	}
	if len(feeds) == 0 {
		s.say("cli.feed.none")
	}
	for _, f := range feeds {
		fmt.Fprintf(s.out, "%s\n  %s\n", f.URL, state(s, f))
	}
	return nil
}

// state says in one sentence how a feed fares.
func state(s std, f desk.Feed) string {
	switch {
	case f.Failures > 0:
		return s.words.T("cli.feed.failing", "Count", f.Failures, "Reason", s.words.T("feed.why."+f.Reason, "Status", f.Status))
	case f.Pulled == 0:
		return s.words.T("cli.feed.new", "Date", s.words.Date(f.Added))
	}
	return s.words.T("cli.feed.read", "Date", s.words.Date(f.Pulled), "Count", f.Taken, "Dropped", f.Dropped)
}
