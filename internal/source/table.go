package source

import (
	_ "embed"
	"strings"
	"sync"
)

//go:embed hosts.txt
var hostsFile string

// Owner is who several newsrooms belong to, as far as it is known.
type Owner struct {
	// Key tells owners apart.
	Key string
	// Name is shown to members.
	Name string
	// State is the country code if the owner is an organ of a state, its army
	// or its ruling party; empty if it is none, or if nobody has said.
	State string
}

// table is hosts.txt, read once and never changed.
type table struct {
	networks, archives, shared map[string]bool
	owners                     map[string]Owner // by host
	// faults are lines that nobody could read, for the test of the file.
	faults []string
}

var hosts = sync.OnceValue(func() *table { return readTable(hostsFile) })

// readTable reads the format that hosts.txt explains. A line it does not
// understand is left out, so that a slip in the file loses a hint and nothing
// else.
func readTable(text string) *table {
	t := &table{networks: map[string]bool{}, archives: map[string]bool{}, shared: map[string]bool{}, owners: map[string]Owner{}}
	seen := map[string]bool{}
	put := func(string) bool { return false }
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		line = strings.TrimSpace(line)
		ok := true
		switch {
		case line == "":
		case strings.HasPrefix(line, "["):
			put, ok = t.section(line, seen)
		default:
			ok = strings.ToLower(line) == line && !strings.ContainsAny(line, " \t/:") && put(line)
		}
		if !ok {
			t.faults = append(t.faults, line)
		}
	}
	return t
}

// section gives what takes the hosts below a line in brackets.
func (t *table) section(line string, seen map[string]bool) (put func(host string) bool, ok bool) {
	line, ok = strings.CutSuffix(strings.TrimPrefix(line, "["), "]")
	switch {
	case line == "network" && ok:
		return inSet(t.networks), true
	case line == "archive" && ok:
		return inSet(t.archives), true
	case line == "shared" && ok:
		return inSet(t.shared), true
	}
	parts := strings.Split(strings.TrimPrefix(line, "owner "), "|")
	nobody := func(string) bool { return false }
	if !ok || len(parts) != 3 || !strings.HasPrefix(line, "owner ") {
		return nobody, false
	}
	o := Owner{Key: strings.TrimSpace(parts[0]), State: strings.TrimSpace(parts[1]), Name: strings.TrimSpace(parts[2])}
	if o.State == "-" {
		o.State = ""
	}
	if o.Key == "" || o.Name == "" || seen[o.Key] {
		return nobody, false
	}
	seen[o.Key] = true
	return func(host string) bool {
		if _, twice := t.owners[host]; twice {
			return false
		}
		t.owners[host] = o
		return true
	}, true
}

func inSet(set map[string]bool) func(string) bool {
	return func(host string) bool {
		twice := set[host]
		set[host] = true
		return !twice
	}
}

// up calls look with host and each name above it, nearest first, until it
// says that it found something.
func up(host string, look func(string) bool) bool {
	for h := host; h != ""; {
		if look(h) {
			return true
		}
		_, h, _ = strings.Cut(h, ".")
	}
	return false
}

// IsNetwork reports whether an address leads to somebody's account rather than
// to a site: by its host, or by a path that begins with a handle, as on every
// federated network. It says nothing against the source.
func IsNetwork(host, path string) bool {
	return up(host, func(h string) bool { return hosts().networks[h] }) ||
		strings.HasPrefix(path, "/@") || strings.HasPrefix(path, "/users/") || strings.HasPrefix(path, "/profile/did:")
}

// IsArchive reports whether host is a public web archive.
func IsArchive(host string) bool {
	return up(host, func(h string) bool { return hosts().archives[h] })
}

// OwnerOf returns what is known of who owns the newsroom at host; ok is false
// where nothing is. It is a hint.
func OwnerOf(host string) (o Owner, ok bool) {
	ok = up(host, func(h string) bool { o, ok = hosts().owners[h]; return ok })
	return o, ok
}
