package desk_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"sangto/internal/desk"
)

var write = flag.Bool("write", false, "write the golden files instead of comparing")

// golden compares got with a file, or writes it.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *write {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is not what the table of roles says; after thinking about it: go test ./internal/desk -run Roles -write", file)
	}
}

// matrix writes one line for each action and state that anybody may do, with
// one cell for each role.
func matrix(row func(action desk.Action, state desk.ObjectState, may []bool) string) string {
	var b strings.Builder
	all := desk.Permissions()
	roles := len(desk.Roles())
	for i := 0; i < len(all); i += roles {
		var may []bool
		anybody := false
		for _, p := range all[i : i+roles] {
			may = append(may, p.Allowed)
			anybody = anybody || p.Allowed
		}
		if anybody {
			b.WriteString(row(all[i].Action, all[i].State, may))
		}
	}
	return b.String()
}

// TestRolesGolden pins every cell: a line that is not in the file is refused to
// everybody, which the test of refusals counts.
func TestRolesGolden(t *testing.T) {
	golden(t, "testdata/roles.txt", matrix(func(a desk.Action, s desk.ObjectState, may []bool) string {
		cells := ""
		for i, r := range desk.Roles() {
			if may[i] {
				cells += " " + string(r)
			} else {
				cells += " -"
			}
		}
		return fmt.Sprintf("%s %s%s\n", a, s, cells)
	}))
}

func TestRolesPage(t *testing.T) {
	var b strings.Builder
	b.WriteString(`# Who may do what

Written from the table in ` + "`internal/desk/roles.go`" + ` by ` + "`go test ./internal/desk -run Roles -write`" + `; the same rows are printed by
` + "`sangto roles`" + `. What has no line here is refused to everybody. The table knows roles and states. Beside it stand the rules about
persons: nobody approves a draft he wrote or edited last, nobody approves before classifying it blind, a key that is too young or
too old signs nothing, and publishing, correcting and withdrawing take two keys, as does every version of a service notice; an order to withhold takes three.

| action | state | editor | reviewer | admin |
|---|---|---|---|---|
`)
	b.WriteString(matrix(func(a desk.Action, s desk.ObjectState, may []bool) string {
		cells := ""
		for _, ok := range may {
			if ok {
				cells += " yes |"
			} else {
				cells += " |"
			}
		}
		return fmt.Sprintf("| `%s` | %s |%s\n", a, s, cells)
	}))
	golden(t, "../../docs/roles.md", b.String())
}

// TestRolesAreExhaustive asks for every combination, known and unknown.
func TestRolesAreExhaustive(t *testing.T) {
	all := desk.Permissions()
	if want := len(desk.Roles()) * len(desk.Actions()) * len(desk.ObjectStates()); len(all) != want {
		t.Fatalf("%d rows, want %d", len(all), want)
	}
	seen := map[desk.Permission]bool{}
	used := map[desk.ObjectState]bool{}
	rank := map[string]bool{}
	for _, p := range all {
		p.Allowed = false
		if seen[p] {
			t.Errorf("twice: %+v", p)
		}
		seen[p] = true
	}
	for _, p := range all {
		used[p.State] = used[p.State] || p.Allowed
		// A role may do whatever the one below it may.
		cell := string(p.Action) + " " + string(p.State)
		if rank[cell] && !p.Allowed {
			t.Errorf("%s may not %s, though a lower role may", p.Role, cell)
		}
		rank[cell] = rank[cell] || p.Allowed
		object, _, _ := strings.Cut(string(p.State), ":")
		subject, _, _ := strings.Cut(string(p.Action), ":")
		if p.Allowed && object != subject {
			t.Errorf("%s is done to a %s", p.Action, object)
		}
	}
	for _, s := range desk.ObjectStates() {
		// What is over stays as it is.
		if over := s == desk.MemberEnded || s == desk.NoticeOver; used[s] == over {
			t.Errorf("state %s is used: %v", s, used[s])
		}
	}
	for _, p := range []desk.Permission{
		{Role: "", Action: desk.ReadDraft, State: desk.DraftWriting},
		{Role: "owner", Action: desk.ReadDraft, State: desk.DraftWriting},
		{Role: desk.Admin, Action: "draft:publish", State: desk.DraftReview},
		{Role: desk.Admin, Action: desk.ReadDraft, State: "draft"},
	} {
		if desk.Allowed(p.Role, p.Action, p.State) {
			t.Errorf("unknown is allowed: %+v", p)
		}
	}
}

// TestAllow tells the three refusals apart.
func TestAllow(t *testing.T) {
	editor := desk.Member{ID: "a", Role: desk.Editor}
	for _, c := range []struct {
		name   string
		member desk.Member
		action desk.Action
		state  desk.ObjectState
		kind   desk.ErrorKind
		key    string
	}{
		{"too low", editor, desk.ApproveDraft, desk.DraftReview, desk.Forbidden, "error.role.higher"},
		{"wrong state", editor, desk.SubmitDraft, desk.DraftReview, desk.Conflict, "error.role.state"},
		{"ended", desk.Member{Role: desk.Admin, Ended: true}, desk.ReadDraft, desk.DraftReview, desk.Forbidden, "error.role.ended"},
		{"no role", desk.Member{}, desk.ReadDraft, desk.DraftReview, desk.Forbidden, "error.role.ended"},
	} {
		if err := desk.Allow(c.member, c.action, c.state); desk.KindOf(err) != c.kind || key(err) != c.key {
			t.Errorf("%s: %v, want %s", c.name, err, c.key)
		}
	}
	if err := desk.Allow(editor, desk.WriteDraft, desk.DraftWriting); err != nil {
		t.Error(err)
	}
}
