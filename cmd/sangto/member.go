package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"time"

	"sangto/internal/app"
	"sangto/internal/config"
	"sangto/internal/desk"
)

// memberCmd is for the operator: the first members, and those locked out. It
// works beside a running desk or on a stopped one.
type memberCmd struct {
	Add     memberAddCmd     `cmd:"" help:"${cli_member_add}"`
	List    memberListCmd    `cmd:"" help:"${cli_member_list}"`
	Recover memberRecoverCmd `cmd:"" help:"${cli_member_recover}"`
}

// memberLink is the answer to programs. Its fields are a promise.
type memberLink struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Role string `json:"role"`
	Desk string `json:"desk"`
	Link string `json:"link"`
	Ends string `json:"ends"`
}

func showLink(s std, cfg config.Config, l app.Link, address *url.URL, asJSON bool) error {
	link := l.Address(address)
	if asJSON {
		return json.NewEncoder(s.out).Encode(memberLink{
			ID: l.Member.ID, Name: l.Member.Name, Role: string(l.Member.Role), Desk: l.Member.DeskID, Link: link, Ends: l.Ends.Format(time.RFC3339),
		})
	}
	s.say("cli.member.link", "Name", l.Member.Name, "Time", l.Ends.In(cfg.Zone).Format("2006-01-02 15:04"))
	fmt.Fprintf(s.out, "  %s\n", link)
	return nil
}

type memberAddCmd struct {
	folder
	URL  string `name:"url" env:"SANGTO_URL" help:"${cli_flag_url}"`
	Name string `name:"name" required:"" help:"${cli_flag_member}"`
	Role string `name:"role" enum:"editor,reviewer,admin" default:"editor" help:"${cli_flag_role}"`
	Desk string `name:"desk" help:"${cli_flag_desk}"`
	JSON bool   `name:"json" help:"${cli_flag_json}"`
}

// Run makes a member and prints the link to hand over.
func (c memberAddCmd) Run(ctx context.Context, s std) error {
	cfg, _, err := c.public(c.URL)
	if err != nil {
		return err
	}
	l, address, err := app.AddMember(ctx, cfg, c.Desk, c.Name, desk.Role(c.Role))
	if err != nil {
		return err
	}
	return showLink(s, cfg, l, address, c.JSON)
}

type memberRecoverCmd struct {
	folder
	URL  string `name:"url" env:"SANGTO_URL" help:"${cli_flag_url}"`
	JSON bool   `name:"json" help:"${cli_flag_json}"`
	Who  string `arg:"" name:"member" help:"${cli_arg_member}"`
}

// Run gives a locked-out member a new link, and notes it in the desk's book of
// members, which all of them see.
func (c memberRecoverCmd) Run(ctx context.Context, s std) error {
	cfg, _, err := c.public(c.URL)
	if err != nil {
		return err
	}
	l, address, err := app.RecoverMember(ctx, cfg, c.Who)
	if err != nil {
		return err
	}
	return showLink(s, cfg, l, address, c.JSON)
}

type memberListCmd struct {
	folder
	JSON bool `name:"json" help:"${cli_flag_json}"`
}

// memberRow is the answer to programs. Its fields are a promise.
type memberRow struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Role  string `json:"role"`
	Desk  string `json:"desk"`
	State string `json:"state"`
}

// Run lists the members of the local desks.
func (c memberListCmd) Run(ctx context.Context, s std) error {
	cfg, err := c.config()
	if err != nil {
		return err
	}
	members, err := app.Members(ctx, cfg)
	if err != nil {
		return err
	}
	rows := []memberRow{}
	for _, m := range members {
		_, state, _ := strings.Cut(string(m.State()), ":")
		rows = append(rows, memberRow{ID: m.ID, Name: m.Name, Role: string(m.Role), Desk: m.DeskID, State: state})
	}
	if c.JSON {
		e := json.NewEncoder(s.out)
		e.SetIndent("", "  ")
		return e.Encode(rows)
	}
	if len(rows) == 0 {
		s.say("cli.member.none")
	}
	for _, r := range rows {
		fmt.Fprintf(s.out, "%s  %s  %s  %s  (%s)\n", r.ID, s.words.T("cli.role."+r.Role), s.words.T("cli.member.state."+r.State), r.Name, r.Desk)
	}
	return nil
}
