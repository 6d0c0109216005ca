package source

import (
	"slices"
	"strings"

	"sangto/internal/desk"
	"sangto/viet"
)

// Independent counts sources that do not hang together: those at the same
// page, of the same publisher, of the same declared owner, of one owner known
// from hosts.txt, or on the same site count once. With aboutPower all organs
// of one state count once too.
func Independent(all []desk.Evidence, aboutPower bool) int { return len(Groups(all, aboutPower)) }

// Groups sorts sources into those that count as one, by their place in all;
// see Independent. Groups stand in the order of their first source.
func Groups(all []desk.Evidence, aboutPower bool) [][]int {
	var out [][]int
	var marks []map[string]bool
	for i, e := range all {
		mine := map[string]bool{}
		for _, m := range ties(e, aboutPower) {
			mine[m] = true
		}
		members := []int{i}
		// One source may tie two groups together that had nothing in common.
		for g := 0; g < len(out); {
			if !common(marks[g], mine) {
				g++
				continue
			}
			members = append(members, out[g]...)
			for m := range marks[g] {
				mine[m] = true
			}
			out, marks = slices.Delete(out, g, g+1), slices.Delete(marks, g, g+1)
		}
		slices.Sort(members)
		out, marks = append(out, members), append(marks, mine)
	}
	slices.SortFunc(out, func(a, b []int) int { return a[0] - b[0] })
	return out
}

func common(a, b map[string]bool) bool {
	for m := range a {
		if b[m] {
			return true
		}
	}
	return false
}

// ties is everything by which a source may hang together with another.
func ties(e desk.Evidence, aboutPower bool) []string {
	out := []string{"page " + Key(e.URL)}
	if p := folded(e.Publisher); p != "" {
		out = append(out, "name "+p)
	}
	if g := folded(e.OwnerGroup); g != "" {
		out = append(out, "name "+g)
	}
	u, err := Parse(e.URL)
	if err != nil {
		return out
	}
	host := u.Hostname()
	if IsNetwork(host, u.Path) || IsArchive(host) {
		// There the host says nothing of who publishes.
		return out
	}
	out = append(out, "site "+Site(host))
	if o, ok := OwnerOf(host); ok {
		out = append(out, "owner "+o.Key, "name "+folded(o.Name))
		if aboutPower && o.State != "" {
			out = append(out, "state "+o.State)
		}
	}
	return out
}

func folded(s string) string { return strings.Join(strings.Fields(viet.Fold(s)), " ") }

// Duplicates returns the sources that lead to the same page as an earlier one,
// by their place in all.
func Duplicates(all []desk.Evidence) []int {
	seen := map[string]bool{}
	var out []int
	for i, e := range all {
		k := Key(e.URL)
		if seen[k] {
			out = append(out, i)
		}
		seen[k] = true
	}
	return out
}

// Site is the part of a host that one body registers: "bbc.co.uk" of
// "news.bbc.co.uk".
func Site(host string) string {
	labels := strings.Split(host, ".")
	for i := range labels {
		rest := strings.Join(labels[i+1:], ".")
		if rest == "" || Registry(rest) || hosts().shared[rest] {
			return strings.Join(labels[i:], ".")
		}
	}
	return host
}

// Check reports why an address cannot be cited as evidence. There is one
// reason beside a broken address: it is a private person's post. Where anybody
// has an account a member must say whose page it is; elsewhere an organisation
// is taken for granted. The errors are *desk.Error of kind Invalid with the
// keys error.source.address, error.source.whose and error.source.person.
func Check(address string, by desk.SourceBy) error {
	const op = "cite a source"
	u, err := Parse(address)
	switch {
	case err != nil:
		return &desk.Error{Kind: desk.Invalid, Op: op, Key: "error.source.address", Err: err}
	case by == desk.ByPerson:
		return &desk.Error{Kind: desk.Invalid, Op: op, Key: "error.source.person"}
	case by != desk.ByOrganisation && IsNetwork(u.Hostname(), u.Path):
		return &desk.Error{Kind: desk.Invalid, Op: op, Key: "error.source.whose"}
	}
	return nil
}
