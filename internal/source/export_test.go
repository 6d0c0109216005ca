package source

// Faults are the lines of hosts.txt that nobody can read.
func Faults() []string { return hosts().faults }
