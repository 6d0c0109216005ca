package main

import (
	"encoding/json"
	"fmt"
	"text/tabwriter"

	"sangto/internal/desk"
)

type rolesCmd struct {
	JSON bool `name:"json" help:"${cli_flag_roles_json}"`
}

// Run prints every role, action and state with the answer, refusals included.
func (c rolesCmd) Run(s std) error {
	if c.JSON {
		e := json.NewEncoder(s.out)
		e.SetIndent("", "  ")
		return e.Encode(desk.Permissions())
	}
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "role\taction\tstate\tallowed")
	for _, p := range desk.Permissions() {
		fmt.Fprintf(w, "%s\t%s\t%s\t%t\n", p.Role, p.Action, p.State, p.Allowed)
	}
	return w.Flush()
}
